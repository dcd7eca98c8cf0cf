/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/*
 * From a specification to a migration plan: score, phases, hours, risks, way back.  All
 * decisions are rows of plan_tables.c and risk_tables.c.  The output depends only on the
 * specification's values and the time given.
 */
#ifndef MIG_ENGINE_PLAN_H
#define MIG_ENGINE_PLAN_H

#include "base/err.h"
#include "base/time.h"

struct mig_at;
struct mig_buf;
struct mig_json;
struct mig_reader;

/*
 * Check the specification and append its plan as JSON (two spaces of indentation, no
 * newline at the end).  MIG_EDOC with findings when the specification is wrong, and then
 * nothing is appended; MIG_ENOMEM or MIG_ELIMIT when ret_plan_json cannot hold it.
 * Warnings are added on success, too.
 */
int mig_plan_from_spec(const struct mig_json *spec, mig_wall now, struct mig_buf *ret_plan_json,
    struct mig_findings *findings) MIG_MUSTCHECK;

/*
 * Check a plan: types, ranges, enumerations, unique phases, known dependencies, and the
 * specification in it.  All faults are added to findings; unknown keys are warnings. file
 * is for the findings and may be NULL.  MIG_EDOC when there is at least one error.
 */
int mig_plan_check(const struct mig_json *plan, const char *file, struct mig_findings *findings)
    MIG_MUSTCHECK;

/*
 * As mig_plan_check(), for a plan inside another document: pointers start where it stands.
 */
int mig_plan_check_at(struct mig_reader *reader, const struct mig_at *at) MIG_MUSTCHECK;

#endif
