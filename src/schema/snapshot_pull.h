/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/*
 * Reading JSON as it comes: the caller walks down objects and arrays in the order of the text and
 * takes each value once; nothing is kept.  Values of the wrong type become findings and are
 * stepped over; text that is no JSON ends everything (sticky).  Internal to the snapshots.
 */
#ifndef MIG_SCHEMA_SNAPSHOT_PULL_H
#define MIG_SCHEMA_SNAPSHOT_PULL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/json.h"
#include "base/json_token.h"

/* As deep as a caller goes by itself; what it steps over may be deeper. */
#define MIG_PULL_DEPTH_MAX 16

/* Bytes that are not NUL-terminated; good until the next string is taken. */
struct mig_text {
	const char *data;
	size_t len;
};

/* Where a value stands. */
struct mig_pull_spot {
	size_t at; /* offset */
	int line;
	size_t depth; /* how many levels its pointer has */
};

/* An array or object that is open. */
struct mig_pull_level {
	bool object;
	bool begun;   /* at least one child was seen */
	size_t key;   /* offset of the quote that begins the key of the child at hand */
	size_t index; /* of the child at hand */
};

struct mig_pull {
	struct mig_json_cursor cursor;
	struct mig_json_fault fault;
	struct mig_findings *findings; /* borrowed */
	const char *file;              /* borrowed */
	int error;                     /* sticky: MIG_EDOC or MIG_ENOMEM */
	int line;                      /* of the cursor */
	struct mig_buf scratch;        /* the last string that could not be taken as it stands */
	/* The last place whose column was counted: the next one is most often close to it. */
	size_t counted_line; /* offset of the line's begin */
	size_t counted_at;
	int counted;
	size_t depth;
	struct mig_pull_level levels[MIG_PULL_DEPTH_MAX];
};

/*
 * Begin with the text (borrowed; len bytes).  Goes up to the first value; ended by
 * mig_pull_fini().
 */
void mig_pull_init(struct mig_pull *pull, const char *text, size_t len, const char *file,
    struct mig_findings *findings);

/*
 * Free what the reader owns.
 */
void mig_pull_fini(struct mig_pull *pull);

/*
 * Behind the last value there must be nothing; otherwise the sticky error is set, with a finding.
 */
void mig_pull_end(struct mig_pull *pull);

/*
 * The place of the value at hand.
 */
struct mig_pull_spot mig_pull_here(const struct mig_pull *pull);

/*
 * Add an error about a place; while its parents are open.  hint may be NULL.
 */
void mig_pull_finding(struct mig_pull *pull, const struct mig_pull_spot *spot, const char *hint,
    const char *fmt, ...) MIG_PRINTF(4, 5);

/*
 * The type of the value at hand, judged by its first byte; false with a sticky error when none
 * begins so.
 */
bool mig_pull_type(struct mig_pull *pull, enum mig_json_type *ret_type) MIG_MUSTCHECK;

/*
 * Go into the object at hand; false (and it is stepped over, with a finding) when it is none.
 */
bool mig_pull_object(struct mig_pull *pull) MIG_MUSTCHECK;

/*
 * Go into the array at hand; as mig_pull_object().
 */
bool mig_pull_array(struct mig_pull *pull) MIG_MUSTCHECK;

/*
 * Go to the next member of the innermost object, whose value is to be taken then.  False at its
 * end, which is left behind, and after an error.  Keys are not compared with each other.
 */
bool mig_pull_key(struct mig_pull *pull, struct mig_text *ret_key) MIG_MUSTCHECK;

/*
 * Go to the next element of the innermost array; as mig_pull_key().
 */
bool mig_pull_item(struct mig_pull *pull) MIG_MUSTCHECK;

/*
 * Take a string; false (and the value is stepped over, with a finding) when it is none.
 */
bool mig_pull_string(struct mig_pull *pull, struct mig_text *ret_text) MIG_MUSTCHECK;

/*
 * Take true or false; as mig_pull_string().
 */
bool mig_pull_bool(struct mig_pull *pull, bool *ret_value) MIG_MUSTCHECK;

/*
 * Take an integer of at least min; as mig_pull_string().
 */
bool mig_pull_int(struct mig_pull *pull, int64_t min, int64_t *ret_value) MIG_MUSTCHECK;

/*
 * Take a number; as mig_pull_string().
 */
bool mig_pull_number(struct mig_pull *pull, double *ret_value) MIG_MUSTCHECK;

/*
 * Step over the value at hand, whatever it is; it must be JSON, without a key twice.  The text of
 * the value.
 */
struct mig_text mig_pull_skip(struct mig_pull *pull);

#endif
