/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/*
 * The text screens, made from the daemon's JSON.  They tell what a tired operator needs: what
 * state this is, what it means, what comes next and when, and what to type.  Unknown or missing
 * members are left out, never an error.
 */
#ifndef MIG_CTL_SHOW_H
#define MIG_CTL_SHOW_H

#include "base/json.h"
#include "ctl/text.h"

/*
 * The screen of one rollout (the object of GET /v1/rollouts/ID).  Its own "now" replaces the
 * screen's, so ages are right when the clocks of daemon and operator differ.
 */
void show_status(struct screen *screen, const struct mig_json *rollout);

/*
 * The table of all rollouts (the object of GET /v1/rollouts).
 */
void show_list(struct screen *screen, const struct mig_json *reply);

/*
 * Why a decision was made, in sentences: the object that "why" prints as JSON, with `records` (the
 * decision, or none) and `rollout` (as it is now, or null).
 */
void show_why(struct screen *screen, const struct mig_json *why);

/*
 * One line for one record of the history.
 */
void show_record(struct screen *screen, const struct mig_json *record);

#endif
