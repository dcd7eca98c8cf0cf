/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/*
 * The migration specification: what somebody wants to move.  Here it is checked, field by
 * field and as a whole; nothing is changed in it.  Planning is plan.h.
 */
#ifndef MIG_ENGINE_SPEC_H
#define MIG_ENGINE_SPEC_H

#include "base/err.h"

struct mig_at;
struct mig_json;
struct mig_reader;

/*
 * Check a specification: types, ranges, enumerations, and what must fit together (pattern
 * and type, rising schedules, windows, names).  All faults are added to findings; unknown
 * keys are warnings. file is for the findings and may be NULL.  MIG_EDOC when there is at
 * least one error.
 */
int mig_spec_check(const struct mig_json *spec, const char *file, struct mig_findings *findings)
    MIG_MUSTCHECK;

/*
 * As mig_spec_check(), for a specification inside another document: pointers start where it
 * stands.  Unknown keys have the reader's severity.
 */
int mig_spec_check_at(struct mig_reader *reader, const struct mig_at *at) MIG_MUSTCHECK;

#endif
