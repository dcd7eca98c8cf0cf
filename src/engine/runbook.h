/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/*
 * From a migration plan to its rollback runbook: phases in reverse, steps, triggers,
 * messages.  All decisions are rows of runbook_tables.c and its neighbours.  The output
 * depends only on the plan's content without its timestamp, the values and the time given.
 */
#ifndef MIG_ENGINE_RUNBOOK_H
#define MIG_ENGINE_RUNBOOK_H

#include "base/err.h"
#include "base/time.h"

struct mig_at;
struct mig_buf;
struct mig_json;
struct mig_reader;
struct mig_template_var;

/*
 * Check the plan and append its runbook as JSON (two spaces of indentation, no newline at
 * the end).  MIG_EDOC with findings when the plan is wrong, and then nothing is appended;
 * MIG_ENOMEM or MIG_ELIMIT when ret_runbook_json cannot hold it.  Warnings are added on
 * success, too.
 */
int mig_runbook_from_plan(const struct mig_json *plan, mig_wall now,
    struct mig_buf *ret_runbook_json, struct mig_findings *findings) MIG_MUSTCHECK;

/*
 * As mig_runbook_from_plan(), with values for the placeholders of the steps: sets is ended
 * by a NULL name, and borrowed; NULL for none.  They go before the `parameters` of the
 * specification.  MIG_EDOC also for an unknown name and a value that its place cannot hold.
 */
int mig_runbook_from_plan_set(const struct mig_json *plan, mig_wall now,
    const struct mig_template_var *sets, struct mig_buf *ret_runbook_json,
    struct mig_findings *findings) MIG_MUSTCHECK;

/*
 * Check a runbook: types, ranges, enumerations, unique steps and triggers, known step
 * dependencies.  All faults are added to findings; unknown keys are warnings. file is for
 * the findings and may be NULL.  MIG_EDOC when there is at least one error.
 */
int mig_runbook_check(const struct mig_json *runbook, const char *file,
    struct mig_findings *findings) MIG_MUSTCHECK;

/*
 * As mig_runbook_check(), for a runbook inside another document: pointers start where it
 * stands.
 */
int mig_runbook_check_at(struct mig_reader *reader, const struct mig_at *at) MIG_MUSTCHECK;

#endif
