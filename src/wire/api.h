/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/*
 * The control API's JSON (INTERFACES section 3), written from policy and state.
 */
#ifndef MIG_WIRE_API_H
#define MIG_WIRE_API_H

#include "base/json_write.h"
#include "base/time.h"
#include "core/policy.h"
#include "core/state.h"

/*
 * Write the object of GET /v1/rollouts/ID under key (NULL at the top).
 */
void mig_api_rollout(struct mig_jw *jw, const char *key, const struct mig_policy *policy,
    const struct mig_state *state, mig_wall now);

/*
 * Write the summary that GET /v1/rollouts lists: id, migration_id, migration_name, state, overlays,
 * finished, phase name, flags with intended and verified percentage, created_at, started_at,
 * state_since, updated_at.
 */
void mig_api_summary(struct mig_jw *jw, const char *key, const struct mig_policy *policy,
    const struct mig_state *state);

/*
 * Write an RFC 9457 problem of type "about:blank": title, status, detail and pointer (NULL leaves
 * one of these two out).
 */
void mig_api_problem(struct mig_jw *jw, int status, const char *title, const char *detail,
    const char *pointer);

#endif
