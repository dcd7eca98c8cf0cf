/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/*
 * Schedules by name, for flags whose specification gives none.
 */
#ifndef MIG_ENGINE_RAMP_H
#define MIG_ENGINE_RAMP_H

#include "base/err.h"

struct mig_json;
struct mig_json_doc;

/* The names of the ramps, ended by NULL: careful (the default), canary, progressive. */
extern const char *const mig_names_ramp[];

/*
 * Give each flag of a specification that has no rollout_schedule that of its ramp:
 *
 *   careful      1, 5, 10, 25, 50, 90 and 100 percent over four weeks
 *   canary       5 percent, then 5 more every 5 minutes
 *   progressive  10 percent, then 10 more every 5 minutes
 *
 * Shares below the flag's initial percentage are left out.  The specification must have passed
 * mig_spec_check().  ret_doc is owned by the caller, and NULL when every flag has a schedule.
 * MIG_ENOMEM.
 */
int mig_ramp_expand(const struct mig_json *spec, struct mig_json_doc **ret_doc) MIG_MUSTCHECK;

#endif
