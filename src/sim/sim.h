/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/*
 * The simulator: one run of the daemon's real driver, dispatcher and Prometheus client over the
 * real core, in a world without clock, socket or disk.  Loop, HTTP client and store of the daemon
 * are played by this folder under the same headers.  One setup is one run, bit for bit.  After
 * every event the rules of rules.h are checked.
 */
#ifndef MIG_SIM_SIM_H
#define MIG_SIM_SIM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "core/state.h"
#include "core/step.h"
#include "sim/rules.h"

struct sim_setup;

/* How a run ended. */
struct sim_result {
	bool broken; /* a rule was broken; the run ended there */
	enum sim_rule rule;
	int64_t at_ms;  /* when */
	char text[256]; /* how, one line */
	enum mig_run ended; /* the rollout's last run state */
	int64_t length_ms;  /* virtual time */
	uint64_t events;    /* callbacks of the loop */
	uint64_t steps_up;
	uint64_t crashes;
	uint64_t hash; /* over all that happened */
	bool commands[MIG_RUN_COUNT][MIG_COMMAND_COUNT]; /* given in which run state */
	bool transitions[MIG_RUN_COUNT][MIG_RUN_COUNT];  /* made durable; row = from */
};

/* Called for each line of the trace, without newline. */
typedef void (*sim_tracer)(void *context, const char *line);

/*
 * Run a setup to its end.  tracer may be NULL.  MIG_ENOMEM, or MIG_EDOC when the setup makes no
 * policy (our mistake; the text says why).
 */
int sim_run(const struct sim_setup *setup, sim_tracer tracer, void *context,
    struct sim_result *ret_result) MIG_MUSTCHECK;

/*
 * Leave out faults of a setup whose run breaks a rule, as long as it still breaks the same rule.
 */
void sim_shrink(struct sim_setup *setup);

#endif
