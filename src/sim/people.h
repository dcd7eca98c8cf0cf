/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/*
 * The people around a simulated rollout: who is on call and does what is waited for, and who gives
 * orders out of turn.
 */
#ifndef MIG_SIM_PEOPLE_H
#define MIG_SIM_PEOPLE_H

#include <stdbool.h>

struct sim;
struct sim_fault;

/*
 * Somebody on call looks at the rollout and does what waits for a person.
 */
void people_look(struct sim *sim);

/*
 * A fault of the kinds ABORT, PAUSE and COMMAND: it begins, or (PAUSE) ends.
 */
void people_act(struct sim *sim, const struct sim_fault *fault, bool begins);

/*
 * Somebody tries any command on a rollout that has ended.
 */
void people_try(struct sim *sim);

#endif
