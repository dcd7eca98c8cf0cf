/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/*
 * The daemon's own metrics: counted here, written in Prometheus text format for GET /metrics
 * together with what the rollouts' states say (INTERFACES section 5).
 */
#ifndef MIG_DAEMON_METRICS_H
#define MIG_DAEMON_METRICS_H

#include "base/err.h"
#include "core/step.h"

struct driver;
struct metrics;
struct mig_buf;
struct store;

/*
 * New counters at zero; NULL without memory.
 */
struct metrics *metrics_new(void);

/*
 * Free; NULL is a no-op.
 */
void metrics_free(struct metrics *metrics);

/*
 * A Prometheus query ended after that many seconds; failure is a short word ("timeout", "error",
 * "connect", "http", "decode") or NULL when it was answered.  A NULL registry is a no-op, here
 * and below.
 */
void metrics_query(struct metrics *metrics, double seconds, const char *failure);

/*
 * One attempt of an effect ended; outcome is "done", "accepted", "retry" or "refused".
 */
void metrics_effect(struct metrics *metrics, enum mig_effect_kind kind, const char *outcome,
    double seconds);

/*
 * Seconds from an event's arrival to the moment its effect was handed to the network.
 */
void metrics_decision_to_send(struct metrics *metrics, double seconds);

/*
 * Count a finished operation for migration_progress_total{operation,status} and its duration for
 * migration_operation_duration_seconds{operation}: operation "step_up", "phase", "rollback",
 * "rollout"; status "success", "failure".
 */
void metrics_operation(struct metrics *metrics, const char *operation, const char *status,
    double seconds);

/*
 * Append everything in Prometheus text format 0.0.4.
 */
void metrics_render(struct metrics *metrics, const struct driver *driver, struct store *store,
    struct mig_buf *out);

#endif
