/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/*
 * The trigger conditions of a runbook: the general ones, those of the plan's type, and
 * those of the specification in the plan.  Private to runbook.c.
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
