/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/*
 * Queries to one Prometheus-compatible server: equal queries of one round are asked once and
 * shared, none overlaps itself, each has a deadline.
 */
#ifndef MIG_DAEMON_PROM_CLIENT_H
#define MIG_DAEMON_PROM_CLIENT_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/time.h"
#include "wire/prom.h"

struct http_client;
struct loop;
struct metrics;
struct prom_client;

/* How to reach the server; strings are copied. */
struct prom_settings {
	const char *url;
	int64_t timeout_ms;
	size_t header_count;
	const char *const *headers;
	const char *bearer_token_file; /* read for each query (secrets.h), NULL none */
	const char *ca_file;
	const char *cert_file;
	const char *key_file;
};

/* The times of a range query: from, from + step, ... up to `to`. */
struct prom_span {
	mig_wall from;
	mig_wall to;
	int64_t step_ms;
};

typedef void (*prom_callback)(void *context, const struct mig_prom_sample *sample);
typedef void (*prom_range_callback)(void *context, int error, const struct mig_prom_point *points,
    size_t count);

/*
 * A new client; NULL on failure.  metrics may be NULL.
 */
struct prom_client *prom_client_new(struct loop *loop, struct http_client *http,
    struct metrics *metrics, const struct prom_settings *settings);

/*
 * Use other settings from the next query on (reload).
 */
int prom_client_configure(struct prom_client *client, const struct prom_settings *settings)
    MIG_MUSTCHECK;

/*
 * Cancel all and free; not from a callback.  NULL is a no-op.
 */
void prom_client_free(struct prom_client *client);

/*
 * Ask an instant query.  While an equal query is under way its answer is shared.  The callback
 * runs exactly once, from the loop, with a sample of some quality (no answer in time is quality
 * error), unless prom_client_cancel() is called for its context.  On failure (MIG_ENOMEM; MIG_EDOC
 * for a bad URL or header; MIG_EIO while the token file has never been read) there is no callback.
 */
int prom_client_query(struct prom_client *client, const char *query, prom_callback callback,
    void *context) MIG_MUSTCHECK;

/*
 * Ask a range query over a span.  The callback runs as above with error 0 and the
 * points in order (borrowed), or MIG_EIO (no answer, or an error of the server), MIG_EDOC (not
 * the answer to such a query), MIG_ENOMEM.  Failures as above; also MIG_ELIMIT for more than
 * 11000 points.
 */
int prom_client_range(struct prom_client *client, const char *query, const struct prom_span *span,
    prom_range_callback callback, void *context) MIG_MUSTCHECK;

/*
 * Why the range query failed whose callback runs now, in one line.
 */
const char *prom_client_range_error(const struct prom_client *client);

/*
 * Forget all callbacks with this context.
 */
void prom_client_cancel(struct prom_client *client, const void *context);

#endif
