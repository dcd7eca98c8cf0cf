/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/*
 * Strict reading and exact writing of numbers, durations and the like.  The only place that may
 * call strtod() and strtol().  Locale-free.
 */
#ifndef MIG_BASE_NUM_H
#define MIG_BASE_NUM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct mig_buf;

/*
 * A decimal integer in min..max: optional '-', digits, nothing else.  MIG_EDOC otherwise.
 */
int mig_num_int(const char *text, int64_t min, int64_t max, int64_t *ret_value) MIG_MUSTCHECK;

/*
 * A finite decimal number (JSON's grammar plus a leading '+'); the whole string must be used.
 * MIG_EDOC otherwise, including NaN, Inf, hexadecimal and overflow.
 */
int mig_num_double(const char *text, double *ret_value) MIG_MUSTCHECK;

/*
 * A Prometheus sample value: as mig_num_double() but "NaN", "+Inf" and "-Inf" are accepted and
 * give the corresponding double.
 */
int mig_num_sample(const char *text, double *ret_value) MIG_MUSTCHECK;

/*
 * A duration such as "500ms", "15s", "10m", "24h", "7d", "1h30m" or "0", in milliseconds.  A
 * bare number is seconds.  Units may be combined from large to small.  MIG_EDOC for anything
 * else, negative values and more than ten years.
 */
int mig_num_duration(const char *text, int64_t *ret_ms) MIG_MUSTCHECK;

/*
 * Append the shortest decimal form that reads back as the same double (JSON number grammar).
 * The value must be finite.
 */
void mig_num_format(double value, struct mig_buf *out);

/*
 * Append an integer in decimal.
 */
void mig_num_format_int(int64_t value, struct mig_buf *out);

/*
 * Append a duration for people with at most two units: "0s", "450ms", "12s", "4m 30s", "23h 50m",
 * "3d 4h". Negative values get a '-'.
 */
void mig_num_format_duration(int64_t ms, struct mig_buf *out);

/*
 * Whether two doubles are the same number (bit-wise, all NaNs equal, 0 equals -0).
 */
bool mig_num_same(double a, double b);

/*
 * The name among names (NULL-terminated) that is closest to text by edit distance, or NULL when
 * none is near enough to be meant (distance above a third of the length, or above 3).
 */
const char *mig_num_nearest(const char *text, const char *const *names);

#endif
