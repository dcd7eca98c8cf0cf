/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/*
 * Asking a Prometheus-compatible server, one request after the other.  The only user of libcurl in
 * the tool.  No redirects, http and https only, TLS verified, body and time bounded, no proxy of
 * the environment.
 */
#ifndef MIG_CLI_FETCH_H
#define MIG_CLI_FETCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/time.h"
#include "wire/prom.h"

/* What a server gives at most in one reply, so no more is ever asked. */
#define FETCH_POINTS_MAX 11000

struct fetch;

enum fetch_remedy {
	FETCH_HOPELESS,
	FETCH_ASK_LESS, /* a limit of the server, a time that was over, an answer too large */
	FETCH_ASK_LATER /* and less: the server is in trouble, or was lost */
};

/* How to reach the server; strings are borrowed and outlive the client. */
struct fetch_settings {
	const char *url;
	int64_t timeout_ms; /* of one request */
	size_t header_count;
	const char *const *headers; /* "Name: value" */
	const char *bearer_token;   /* this and those below: NULL none */
	const char *ca_file;
	const char *cert_file;
	const char *key_file;
};

/*
 * A new client; MIG_EDOC when a header or the token could not be sent as it is, MIG_ENOMEM.
 */
int fetch_new(const struct fetch_settings *settings, struct fetch **ret_fetch) MIG_MUSTCHECK;

/*
 * Free; NULL is a no-op.
 */
void fetch_free(struct fetch *fetch);

/*
 * Ask a range query that gives at most FETCH_POINTS_MAX points and one series.  The points, in
 * order of time, are borrowed until the next call.  On failure fetch_error() says why: MIG_EIO (no
 * answer, or the server is in trouble or does not let us in), MIG_EDOC (the server refuses the
 * query, or its answer is none that can be used), MIG_ENOMEM.
 */
int fetch_range(struct fetch *fetch, const char *query, mig_wall from, mig_wall to,
    int64_t step_ms, const struct mig_prom_point **ret_points, size_t *ret_count) MIG_MUSTCHECK;

/*
 * Why the last call failed, one line.
 */
const char *fetch_error(const struct fetch *fetch);

/*
 * What may help against the last failure.
 */
enum fetch_remedy fetch_remedy(const struct fetch *fetch);

#endif
