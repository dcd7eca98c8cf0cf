/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/*
 * The Prometheus HTTP API as bytes: request paths out, replies in.  No transport.
 */
#ifndef MIG_WIRE_PROM_H
#define MIG_WIRE_PROM_H

#include <stddef.h>

#include "base/err.h"
#include "base/time.h"
#include "core/state.h"

struct mig_buf;

/* One instant reading as Prometheus gave it. */
struct mig_prom_sample {
	enum mig_quality quality; /* ok, no_data, nan, partial, error */
	double value;             /* when ok */
	mig_wall at;              /* evaluation time when there is one, else ms 0 */
	char error[MIG_ERROR_MAX]; /* what is wrong, one line, when quality is not ok */
};

/*
 * Append the body of a POST to /api/v1/query (application/x-www-form-urlencoded).  at.ms 0 means
 * "now" on the server.
 */
void mig_prom_query_body(const char *query, mig_wall at, struct mig_buf *out);

/*
 * Append the body of a POST to /api/v1/query_range.
 */
void mig_prom_range_body(const char *query, mig_wall from, mig_wall to, int64_t step_ms,
    struct mig_buf *out);

/*
 * Judge the reply of an instant query: HTTP status (0: no reply, then body is a line that says
 * why) and body.  A scalar or a vector of exactly one series is ok when finite and nan when not;
 * an empty vector is no_data; several series, a wrong type, a non-JSON body or
 * "status":"error" are errors; warnings make it partial.
 */
void mig_prom_read_instant(long http_status, const char *body, size_t len,
    struct mig_prom_sample *ret_sample);

/* One point of a range reply. */
struct mig_prom_point {
	mig_wall at;
	double value; /* may be NAN or infinite */
};

/*
 * Read the reply of a range query with at most one series at any one time into at most max points,
 * in order of time: where one series takes over from another (a pod was replaced, say), an instant
 * query had one number all the while, too.  MIG_EDOC with a one-line ret_error (size bytes) when it
 * is no such reply or a partial one; an empty result is 0 points.
 */
int mig_prom_read_range(const char *body, size_t len, struct mig_prom_point *ret_points,
    size_t max, size_t *ret_count, char *ret_error, size_t size) MIG_MUSTCHECK;

#endif
