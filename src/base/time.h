/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/*
 * The two kinds of time, in milliseconds, as structs so that they cannot be mixed: wall time
 * (Unix epoch, UTC) for records, queries and windows; monotonic time for durations.  No clock is
 * read here.
 */
#ifndef MIG_BASE_TIME_H
#define MIG_BASE_TIME_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

/* Size of a formatted time with its NUL: "2026-11-22T02:10:00.123Z". */
#define MIG_TIME_TEXT 32

/* Milliseconds since 1970-01-01T00:00:00Z, without leap seconds; ms 0 means "never". */
typedef struct {
	int64_t ms;
} mig_wall;

/* Milliseconds on a clock that never jumps; comparable only within one boot of the system. */
typedef struct {
	int64_t ms;
} mig_mono;

/*
 * Format as RFC 3339 in UTC with 'Z'; milliseconds only when they are not zero.  Returns text.
 */
const char *mig_time_format(mig_wall at, char text[MIG_TIME_TEXT]);

/*
 * Read RFC 3339 (date and time, optional fraction of 1-9 digits cut to milliseconds, 'Z' or an
 * offset; without one UTC is meant).  MIG_EDOC when it is anything else or no real date.
 */
int mig_time_parse(const char *text, mig_wall *ret_at) MIG_MUSTCHECK;

/*
 * Days since 1970-01-01 of a civil date (proleptic Gregorian, any year from 1 to 9999).
 */
int64_t mig_time_days_from_civil(int year, int month, int day);

/*
 * The civil date of a day number; month 1-12, day 1-31.
 */
void mig_time_civil_from_days(int64_t days, int *ret_year, int *ret_month, int *ret_day);

#endif
