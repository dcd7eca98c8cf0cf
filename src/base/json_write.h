/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/*
 * Writing JSON into a buffer, in the order of the calls.  Commas, quoting and indentation are
 * the writer's business; invalid UTF-8 is replaced by U+FFFD.  Numbers are exact.
 */
#ifndef MIG_BASE_JSON_WRITE_H
#define MIG_BASE_JSON_WRITE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/time.h"

struct mig_buf;
struct mig_json;

struct mig_jw {
	struct mig_buf *out;
	int indent; /* spaces per level; 0 = one line */
	int depth;
	bool comma;     /* a comma is due before the next value */
	bool after_key; /* the next value belongs to a key */
};

/*
 * Start writing into out (borrowed); indent 0 for one line, else spaces per level.
 */
void mig_jw_init(struct mig_jw *jw, struct mig_buf *out, int indent);

/*
 * Open an object; key NULL inside an array or at the top.
 */
void mig_jw_object(struct mig_jw *jw, const char *key);

/*
 * Close the object.
 */
void mig_jw_object_end(struct mig_jw *jw);

/*
 * Open an array; key NULL inside an array or at the top.
 */
void mig_jw_array(struct mig_jw *jw, const char *key);

/*
 * Close the array.
 */
void mig_jw_array_end(struct mig_jw *jw);

/*
 * A string; NULL writes null.  key as above, here and below.
 */
void mig_jw_string(struct mig_jw *jw, const char *key, const char *value);

/*
 * A finite number in its shortest exact form; NaN and infinities write null.
 */
void mig_jw_number(struct mig_jw *jw, const char *key, double value);

/*
 * An integer.
 */
void mig_jw_int(struct mig_jw *jw, const char *key, int64_t value);

/*
 * A boolean.
 */
void mig_jw_bool(struct mig_jw *jw, const char *key, bool value);

/*
 * null.
 */
void mig_jw_null(struct mig_jw *jw, const char *key);

/*
 * A time as RFC 3339 string; "never" (0) writes null.
 */
void mig_jw_time(struct mig_jw *jw, const char *key, mig_wall at);

/*
 * Milliseconds as a number of seconds (1500 -> 1.5).
 */
void mig_jw_seconds(struct mig_jw *jw, const char *key, int64_t ms);

/*
 * A copy of a parsed value, with its order kept and with 30.0 apart from 30.
 */
void mig_jw_node(struct mig_jw *jw, const char *key, const struct mig_json *node);

/*
 * Text that is known to be valid JSON, as it is.
 */
void mig_jw_raw(struct mig_jw *jw, const char *key, const char *json);

#endif
