/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/*
 * The control API (INTERFACES section 3), the embedded flag provider, /metrics and health: all
 * routes on the Unix socket and, where configured, on TCP.
 */
#ifndef MIG_DAEMON_API_H
#define MIG_DAEMON_API_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

struct api;
struct config;
struct driver;
struct loop;
struct metrics;
struct store;

/* What the API works with; all borrowed and outliving it. */
struct api_parts {
	struct loop *loop;
	struct driver *driver;
	struct store *store;
	struct metrics *metrics;
	const struct config *config; /* until api_configure() brings another */
	/* POST /v1/reload: 0, or MIG_E… with findings; calls api_configure() itself. */
	int (*reload)(void *context, struct mig_findings *findings);
	const char *(*unready)(void *context); /* for /readyz: why not; NULL when it is */
	void *context;                /* of both */
};

/*
 * Listen as the configuration says.  MIG_ECONFLICT when another daemon answers on the socket,
 * other MIG_E… otherwise, with a one-line reason in ret_error (size bytes).  A TCP address that
 * can't be opened is no failure: it is told to the log and tried again.
 */
int api_new(const struct api_parts *parts, struct api **ret_api, char *ret_error, size_t size)
    MIG_MUSTCHECK;

/*
 * Close all listeners and connections and free; NULL is a no-op.
 */
void api_free(struct api *api);

/*
 * Use another configuration: its group, its token (read anew).  Listeners stay as they are.  On
 * an error (one finding) nothing changes and the old configuration stays in use.
 */
int api_configure(struct api *api, const struct config *config, struct mig_findings *findings)
    MIG_MUSTCHECK;

/*
 * New records were committed: wake the event streams.  Cheap; may be called from anywhere.
 */
void api_notify_records(struct api *api);

#endif
