/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/*
 * Shared by the config*.c files only: libconfig text as a JSON tree that remembers where each
 * value stood, and the table of all keys.
 */
#ifndef MIG_DAEMON_CONFIG_INT_H
#define MIG_DAEMON_CONFIG_INT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/json_read.h"

struct mig_arena;
struct mig_buf;

#define CONFIG_BYTES_MAX (4U * 1024U * 1024U)
#define CONFIG_FAULT_TEXT 512

/* Where a value stood. */
struct config_place {
	const char *pointer; /* in the JSON tree */
	const char *file;
	int line;
};

/* A configuration file as JSON. */
struct config_tree {
	struct mig_arena *arena; /* borrowed; owns all but doc */
	const char *path;        /* the main file, as the user gave it */
	const char *folder;      /* of the main file; relative names start here */
	struct mig_json_doc *doc;
	size_t place_count;
	struct config_place *places; /* sorted by pointer */
};

/*
 * Look for what libconfig passes over or gets wrong: long integers, unknown escapes, comments and
 * strings that do not end, text that is no UTF-8; also in included files.  Returns false when
 * parsing makes no sense any more.
 */
bool config_scan(const char *text, size_t len, const char *path, const char *folder,
    struct mig_findings *findings);

/*
 * Parse libconfig text into a tree, with config_scan() before.  path and folder are borrowed.  On
 * MIG_EDOC findings has the reason.  Release with config_tree_fini().
 */
int config_tree_parse(const char *text, size_t len, struct config_tree *tree,
    struct mig_findings *findings) MIG_MUSTCHECK;

/*
 * Free the tree's document.
 */
void config_tree_fini(struct config_tree *tree);

/*
 * The place of a pointer or, when that is not there, of what it would stand in.
 */
struct config_place config_tree_place(const struct config_tree *tree, const char *pointer);

/*
 * Add a finding about a JSON pointer of the tree to a list: with file and line, and the pointer
 * as a dotted key ("migrations[0].metrics.error_rate").  A finding that is in the list already is
 * not added again.
 */
void config_tree_report(const struct config_tree *tree, const struct mig_finding *finding,
    const char *pointer, struct mig_findings *findings);

/*
 * As mig_findings_add() with file, pointer and place given, unless the same is there already.
 */
void config_report(const struct config_place *place, const struct mig_finding *finding, int column,
    struct mig_findings *findings);

enum config_type {
	CONFIG_GROUP,
	CONFIG_LIST,
	CONFIG_TEXT,
	CONFIG_ENUM,
	CONFIG_URL,
	CONFIG_BASE_URL, /* one behind which a path is put */
	CONFIG_DURATION,
	CONFIG_NUMBER,
	CONFIG_BOOL,
	CONFIG_HEADERS,
	CONFIG_LISTEN,     /* HOST:PORT or "" */
	CONFIG_FILE,       /* a file that must be readable */
	CONFIG_SECRET,     /* a file that must be readable, and not by everyone */
	CONFIG_STATE_PATH, /* relative to the state directory */
	CONFIG_SOCKET,     /* relative to the runtime directory */
	CONFIG_QUERY,      /* PromQL */
	CONFIG_LABELS      /* PromQL matchers */
};

/* One key: the row from which it is read, documented and tested. */
struct config_key {
	const char *group; /* "" at the top; "migrations.metrics" and the like below */
	const char *key;
	enum config_type type;
	size_t
	    offset; /* in struct config or struct config_notify; CONFIG_ELSEWHERE: not kept there */
	int64_t min, max;     /* DURATION: ms */
	const char *fallback; /* as it is written in the file; "" for none */
	const char *choices;  /* ENUM: separated by blanks */
	bool reloadable;      /* takes effect without a restart */
	const char *sentence;
};

#define CONFIG_ELSEWHERE ((size_t)-1)

/*
 * All keys, ended by a NULL key.
 */
extern const struct config_key config_keys[];

/*
 * The keys of a group, ended by NULL; keys has room for max + 1.
 */
void config_keys_of(const char *group, const char **keys, size_t max);

/*
 * A file name of the configuration: absolute, or relative to the tree's folder.  In the arena.
 */
const char *config_tree_path(const struct config_tree *tree, const char *name);

/*
 * Check that the file that `at` names can be read and, when it is a secret, that not everyone can.
 * path is where it is.
 */
void config_check_file(
    struct mig_reader *reader, const struct mig_at *at, const char *path, bool secret);

#endif
