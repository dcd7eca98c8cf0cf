/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/*
 * The parts of GET /metrics that are not counted but looked up when asked.  Internal to
 * metrics.
 */
#ifndef MIG_DAEMON_METRICS_INT_H
#define MIG_DAEMON_METRICS_INT_H

struct driver;
struct mig_buf;

/*
 * Append what the rollouts' states say; driver NULL: nothing.
 */
void metrics_rollouts(const struct driver *driver, struct mig_buf *out);

/*
 * Append process_*, from /proc/self; what can't be read is left out.  started_at is in Unix
 * seconds, NAN unknown.
 */
void metrics_process(double started_at, struct mig_buf *out);

#endif
