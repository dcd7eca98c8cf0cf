/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/*
 * A document as a tree of nodes with their lines, whatever it was written in: JSON is read here,
 * YAML in source/yaml.c.  Keys differ, depth and number of nodes are limited, values are those
 * that JSON has.
 */
#ifndef MIG_APISPEC_TREE_H
#define MIG_APISPEC_TREE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/json.h"

struct mig_arena;
struct mig_buf;

/* A value of the document.  Open for reading. */
struct mig_tree {
	enum mig_json_type type;
	int line;         /* from 1 */
	uint32_t seq;     /* place in the document: smaller stands before larger */
	uint32_t count;   /* of children */
	const char *key;  /* in an object; NULL in an array and at the root */
	const char *text; /* of a string; of a number its digits; otherwise NULL */
	union {
		double number;         /* of a number; finite */
		struct mig_tree *last; /* of an array or object */
	};
	struct mig_tree *parent;
	struct mig_tree *first;
	struct mig_tree *next;
	const struct mig_tree **members; /* of a large object, sorted by key */
	bool truth;                      /* of a boolean */
};

/* A document that is being built or read. */
struct mig_tree_doc {
	struct mig_arena *arena; /* owned */
	const char *file;        /* borrowed */
	struct mig_tree *root;
	size_t nodes;
	const struct mig_tree **origins; /* by seq: what a rewritten node was made from; NULL */
	size_t origins_count;
};

/*
 * An empty document; file is borrowed.  MIG_ENOMEM.
 */
int mig_tree_init(struct mig_tree_doc *doc, const char *file) MIG_MUSTCHECK;

/*
 * Free all that the document owns.
 */
void mig_tree_fini(struct mig_tree_doc *doc);

/*
 * Read strict JSON into an empty document.  MIG_EDOC with a finding (line, pointer); MIG_ENOMEM.
 */
int mig_tree_read_json(struct mig_tree_doc *doc, const char *text, size_t len,
    struct mig_findings *findings) MIG_MUSTCHECK;

/*
 * A new node behind the children of parent (NULL: the root), under a key of the document's arena
 * (NULL in an array).  NULL when memory or MIG_TREE_NODES_MAX is exhausted.
 */
struct mig_tree *mig_tree_add(struct mig_tree_doc *doc, struct mig_tree *parent, const char *key,
    enum mig_json_type type, int line);

/*
 * An object has all its members: from now on they are found quickly.  The later of two members of
 * one key, if there are such, else NULL.  Without memory the arena has failed.
 */
const struct mig_tree *mig_tree_close(struct mig_tree_doc *doc, struct mig_tree *object);

/*
 * A member by its key; NULL when node is NULL or no object, or there is none.
 */
const struct mig_tree *mig_tree_get(const struct mig_tree *node, const char *key);

/*
 * The text of a string member; NULL when there is none or it is no string.
 */
const char *mig_tree_get_text(const struct mig_tree *node, const char *key);

/*
 * Whether there is such a member and it is true.
 */
bool mig_tree_get_true(const struct mig_tree *node, const char *key);

/*
 * Whether a node is a string of these characters.
 */
bool mig_tree_is(const struct mig_tree *node, const char *text);

/*
 * Append the node's JSON pointer ("" for the root).
 */
void mig_tree_pointer(const struct mig_tree *node, struct mig_buf *out);

/*
 * Append the value as JSON in one line, its members in their order or (sorted) by key; NULL gives
 * null.  Numbers are written so that equal ones look equal.
 */
void mig_tree_json(const struct mig_tree *node, bool sorted, struct mig_buf *out);

/*
 * The same as a text in an arena; NULL without memory.
 */
const char *mig_tree_json_text(const struct mig_tree *node, bool sorted, struct mig_arena *arena);

/*
 * Add a finding about a node; hint may be NULL.
 */
void mig_tree_error(const struct mig_tree_doc *doc, const struct mig_tree *node,
    struct mig_findings *findings, const char *hint, const char *fmt, ...) MIG_PRINTF(5, 6);

#endif
