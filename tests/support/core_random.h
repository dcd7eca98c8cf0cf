/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/*
 * Random policies and random events for walks through the decision core.  The same seed gives the
 * same walk.
 */
#ifndef MIG_TEST_CORE_RANDOM_H
#define MIG_TEST_CORE_RANDOM_H

#include "support/core_fixture.h"

/*
 * A number below limit.
 */
uint64_t core_random(uint64_t *seed, uint64_t limit);

/*
 * Change the standard policy at random: metrics, triggers, flags, phases, gates, windows,
 * settings.  Times are short, so that a walk of 200 events comes far.
 */
void core_random_policy(struct core *core, uint64_t *seed);

/*
 * Let some time pass and make up an event that could happen now.  calm worlds are mostly healthy.
 * An effect that the event settles is taken out of core->owed.  Texts of the event are static.
 */
void core_random_event(struct core *core, uint64_t *seed, bool calm, struct mig_event *ret_event);

#endif
