/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/*
 * The tokens of strict JSON: words, numbers, strings and white space, read from a cursor over
 * the text.  Knows nothing of arrays and objects; json_scan.c does.  Internal to base.
 */
#ifndef MIG_BASE_JSON_TOKEN_H
#define MIG_BASE_JSON_TOKEN_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

struct mig_buf;

#define MIG_JSON_FAULT_TEXT 256
#define MIG_JSON_FAULT_POINTER 256

/* The first fault of a text. */
struct mig_json_fault {
	size_t at; /* offset in bytes */
	char message[MIG_JSON_FAULT_TEXT];
	const char *hint; /* static, or NULL */
	/* Of the value at the fault or before it; of one around it where that is too long. */
	char pointer[MIG_JSON_FAULT_POINTER];
};

/* A place in a text. */
struct mig_json_cursor {
	const char *text; /* borrowed; len bytes, need not be NUL-terminated */
	size_t len;
	size_t pos;
	struct mig_json_fault *fault; /* borrowed */
};

/*
 * Fill in the cursor's fault; hint is static or NULL.  Returns MIG_EDOC.
 */
int mig_json_fault_set(struct mig_json_cursor *cursor, size_t at, const char *hint,
    const char *fmt, ...) MIG_PRINTF(4, 5);

/*
 * The fault that something else stands at the cursor than `wanted`.  Returns MIG_EDOC.
 */
int mig_json_unexpected(struct mig_json_cursor *cursor, const char *wanted);

/*
 * The byte at the cursor (0-255); -1 at the end.
 */
int mig_json_peek(const struct mig_json_cursor *cursor);

/*
 * Whether the text goes on with the bytes of word.
 */
bool mig_json_ahead(const struct mig_json_cursor *cursor, const char *word);

/*
 * Step over white space.
 */
void mig_json_skip_space(struct mig_json_cursor *cursor);

/*
 * Step over a literal word; MIG_EDOC with a fault when it is not there.
 */
int mig_json_token_word(struct mig_json_cursor *cursor, const char *word) MIG_MUSTCHECK;

/*
 * Step over a number; ret_integer tells whether it is written as an integer and fits int64_t
 * and double exactly.  MIG_EDOC with a fault when it is wrong, too long or out of range.
 */
int mig_json_token_number(struct mig_json_cursor *cursor, bool *ret_integer) MIG_MUSTCHECK;

/*
 * How many bytes from the start stand for themselves within a JSON string: UTF-8 without quotes,
 * backslashes and control characters.
 */
size_t mig_json_plain(const char *text, size_t len);

/*
 * Step over a string, from its quote on, and append its content as UTF-8 to decoded (NULL: not
 * wanted).  MIG_EDOC with a fault when it is wrong.
 */
int mig_json_token_string(struct mig_json_cursor *cursor, struct mig_buf *decoded) MIG_MUSTCHECK;

#endif
