/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/*
 * Typed reading of a JSON tree with friendly findings: each names the JSON pointer, what was
 * expected and what is there; unknown keys come with the nearest known one.
 */
#ifndef MIG_BASE_JSON_READ_H
#define MIG_BASE_JSON_READ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/json.h"

/* Where a reader puts its findings, and what it does with unknown keys. */
struct mig_reader {
	struct mig_findings *findings;
	const char *file;                /* borrowed, may be NULL */
	enum mig_severity unknown_keys;  /* severity of an unknown key */
};

/* A place in a document: a node and the way to it. Lives on the caller's stack. */
struct mig_at {
	const struct mig_at *up;    /* NULL at the root */
	const char *key;            /* NULL for an array element and for the root */
	size_t index;               /* in an array */
	const struct mig_json *node; /* NULL: absent */
};

/* Bits for the readers below. */
#define MIG_READ_REQUIRED 1U /* absent is an error */
#define MIG_READ_NONEMPTY 2U /* "" or [] is an error */

/*
 * The place of the document's root.
 */
struct mig_at mig_at_root(const struct mig_json_doc *doc);

/*
 * The place of a member (node NULL when it is absent).  `up` must outlive the result.
 */
struct mig_at mig_at_key(const struct mig_at *up, const char *key);

/*
 * Walk the children of an array or object: start with a zeroed `it`, which is filled with the
 * first, then the next child; false at the end.  `up` must outlive `it`.
 */
bool mig_at_each(const struct mig_at *up, struct mig_at *it);

/*
 * Append the JSON pointer of a place ("" for the root).
 */
void mig_at_pointer(const struct mig_at *at, struct mig_buf *out);

/*
 * Add a finding about a place.  hint may be NULL.
 */
void mig_at_error(struct mig_reader *reader, const struct mig_at *at, const char *hint,
    const char *fmt, ...) MIG_PRINTF(4, 5);

/*
 * As mig_at_error(), but only a warning.
 */
void mig_at_warning(struct mig_reader *reader, const struct mig_at *at, const char *hint,
    const char *fmt, ...) MIG_PRINTF(4, 5);

/*
 * As mig_at_error(), for where the severity depends.
 */
void mig_at_finding(struct mig_reader *reader, enum mig_severity severity,
    const struct mig_at *at, const char *hint, const char *fmt, ...) MIG_PRINTF(5, 6);

/*
 * Check that the place is an object and that it has only the keys of known (NULL-terminated) or
 * keys starting with "x_".  Adds findings; returns whether it is an object (absent is not, and is
 * reported only with MIG_READ_REQUIRED).
 */
bool mig_read_object(struct mig_reader *reader, const struct mig_at *at, unsigned flags,
    const char *const *known);

/*
 * Check that the place is an array; as mig_read_object().
 */
bool mig_read_array(struct mig_reader *reader, const struct mig_at *at, unsigned flags);

/*
 * A string member; borrowed from the document.  fallback when absent or wrong (with a finding).
 */
const char *mig_read_string(struct mig_reader *reader, const struct mig_at *object, const char *key,
    unsigned flags, const char *fallback);

/*
 * A number member within min..max; fallback when absent or wrong (with a finding).
 */
double mig_read_number(struct mig_reader *reader, const struct mig_at *object, const char *key,
    unsigned flags, double min, double max, double fallback);

/*
 * An integer member within min..max; fallback when absent or wrong (with a finding).
 */
int64_t mig_read_integer(struct mig_reader *reader, const struct mig_at *object, const char *key,
    unsigned flags, int64_t min, int64_t max, int64_t fallback);

/*
 * A boolean member; fallback when absent or wrong (with a finding).
 */
bool mig_read_bool(struct mig_reader *reader, const struct mig_at *object, const char *key,
    unsigned flags, bool fallback);

/*
 * A duration member in ms: a string for mig_num_duration() or a number of seconds, within
 * min_ms..max_ms; fallback when absent or wrong (with a finding).
 */
int64_t mig_read_duration(struct mig_reader *reader, const struct mig_at *object, const char *key,
    unsigned flags, int64_t min_ms, int64_t max_ms, int64_t fallback);

/*
 * A string member that must be one of names (NULL-terminated); its index.  fallback when absent or
 * wrong (with a finding that lists the names or the nearest one).
 */
int mig_read_enum(struct mig_reader *reader, const struct mig_at *object, const char *key,
    unsigned flags, const char *const *names, int fallback);

#endif
