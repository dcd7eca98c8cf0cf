/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/*
 * The trigger conditions of a runbook: the general ones, those of the plan's type, and
 * those of the specification in the plan.  Private to runbook.c.
 *
 * Where several watch the same quantity in the same direction, one is marked as the stricter:
 * of two the one with the threshold that is reached first, when both are known (a multiple
 * of baseline_p95 is, with a current load in the specification); else, or when they are
 * equal, the one with the shorter duration, then the one that rolls back unattended, then
 * that of the specification, then the first.  All stay in force.
 */
#ifndef MIG_ENGINE_RUNBOOK_TRIGGERS_H
#define MIG_ENGINE_RUNBOOK_TRIGGERS_H

#include "base/err.h"

struct mig_json;
struct mig_jw;

/*
 * Write the trigger conditions as a JSON array under key.  MIG_ENOMEM when a text could
 * not be built.
 */
int mig_runbook_write_triggers(const struct mig_json *plan, struct mig_jw *jw, const char *key)
    MIG_MUSTCHECK;

/*
 * Warn of what the runbook cannot say as the specification does: durations of broken
 * minutes are rounded up.
 */
void mig_runbook_warn_triggers(const struct mig_json *plan, struct mig_findings *findings);

#endif
