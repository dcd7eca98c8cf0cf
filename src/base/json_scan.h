/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/*
 * The strict RFC 8259 scanner in front of cJSON: it says yes or no and where, and builds
 * nothing.  Also holds mig_json_locate() of json.h.  Internal to base.
 */
#ifndef MIG_BASE_JSON_SCAN_H
#define MIG_BASE_JSON_SCAN_H

#include <stddef.h>

#include "base/err.h"
#include "base/json_token.h"

struct mig_buf;

/*
 * Check that text is one JSON value and nothing else.  For each number, in document order, one
 * byte is appended to integers: 1 when it was written as an integer and fits int64_t and double
 * exactly, else 0.  MIG_EDOC (fault is filled in) or MIG_ENOMEM.
 */
int mig_json_scan(const char *text, size_t len, struct mig_buf *integers,
    struct mig_json_fault *fault) MIG_MUSTCHECK;

/*
 * Step over one value in a text, around which depth arrays and objects are open; it is checked as
 * by mig_json_scan().  When it is wrong, the cursor stays where it is, and the fault's pointer
 * begins at the value.
 */
int mig_json_scan_value(struct mig_json_cursor *cursor, size_t depth, struct mig_buf *integers)
    MIG_MUSTCHECK;

/*
 * Line and column (from 1, columns in characters) of an offset in a text.
 */
void mig_json_place(const char *text, size_t at, int *ret_line, int *ret_column);

#endif
