/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/*
 * The state as a versioned JSON record and back, without loss.  Only what the policy uses is
 * written (its flags, triggers, metrics …), so the policy is needed both ways.
 */
#ifndef MIG_CORE_STATE_CODEC_H
#define MIG_CORE_STATE_CODEC_H

#include <stddef.h>

#include "base/err.h"

struct mig_buf;
struct mig_policy;
struct mig_state;

/*
 * Append the record as one line of JSON.
 */
void mig_state_encode(const struct mig_state *state, const struct mig_policy *policy,
    struct mig_buf *out);

/*
 * Read a record back.  MIG_EDOC with findings when it is damaged, of a newer version, or does
 * not fit the policy (counts differ).
 */
int mig_state_decode(const char *json, size_t len, const struct mig_policy *policy,
    struct mig_state *ret_state, struct mig_findings *findings) MIG_MUSTCHECK;

#endif
