/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/*
 * Before a rollout starts: the two versions of a schema that its binding names are compared, and
 * what breaks the old version has to be carried by the plan, in a phase behind the last step of
 * traffic.  Otherwise the start is refused.
 */
#ifndef MIG_DAEMON_SCHEMA_GATE_H
#define MIG_DAEMON_SCHEMA_GATE_H

#include <stdbool.h>

#include "base/err.h"

struct driver_view;

/*
 * Whether a file of a schema still holds what it did when the rollout was loaded, pin; with a
 * finding when it does not.  So does one that was not pinned (NULL), and one that cannot be read,
 * which is told by who reads it.
 */
bool schema_gate_unchanged(const char *path, const char *pin, struct mig_findings *findings);

/*
 * Look at a rollout that is about to start.  MIG_OK when its binding names no schemas, says
 * override, or all is carried.  MIG_ECONFLICT with one finding for each change that is not;
 * another MIG_E… with findings when the check cannot be made.  Reads the files: some milliseconds,
 * about a second for a schema of 50,000 tables.
 */
int schema_gate_check(const struct driver_view *view, struct mig_findings *findings) MIG_MUSTCHECK;

#endif
