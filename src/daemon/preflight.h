/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/*
 * Before a rollout starts by itself its triggers are tried on history (wire/backtest): when it
 * would have been rolled back, or history says too little about that, the rollout stays loaded and
 * people are told.  Nothing here blocks: history comes in parts through prom_client, and is lived
 * through in slices of a few milliseconds.  One rollout at a time.
 */
#ifndef MIG_DAEMON_PREFLIGHT_H
#define MIG_DAEMON_PREFLIGHT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

struct driver;
struct loop;
struct preflight;
struct prom_client;

/* What it works with; all borrowed and outliving it. */
struct preflight_parts {
	struct loop *loop;
	struct prom_client *prom;
	struct driver *driver;
	/* Its history is calm; called again when that may help (driver_may_pass()). */
	int (*start)(void *context, const char *rollout_id, bool again);
	void *context;
};

/*
 * A new preflight; NULL without memory.
 */
struct preflight *preflight_new(const struct preflight_parts *parts);

/*
 * Forget what is under way and free; NULL is a no-op.
 */
void preflight_free(struct preflight *preflight);

/*
 * Forget what waits and what is under way: nothing of it starts.
 */
void preflight_clear(struct preflight *preflight);

/*
 * Try a loaded rollout on history_ms of history up to now, after those that wait already; one that
 * waits or is tried already is not taken again.  What comes out is told in the log, and by
 * parts.start() or an alert.  A rollout that is no longer loaded by then is left alone.
 * MIG_ENOMEM.
 */
int preflight_add(struct preflight *preflight, const char *rollout_id,
    int64_t history_ms) MIG_MUSTCHECK;

#endif
