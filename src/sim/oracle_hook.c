/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/*
 * What the oracle knows of the executor: it is told before a phase is worked on and before it is
 * left, and nothing goes on before it has said that it is done.
 */

#include <string.h>

#include "core/policy.h"
#include "sim/sim_int.h"
#include "wire/webhook.h"

void
sim_oracle_job_done(struct sim *sim, const char *url)
{
	struct sim_oracle *oracle = &sim->oracle;

	/* Places are used again: the newest request that was sent there is meant. */
	for (size_t i = oracle->key_count; i > 0; i--) {
		struct sim_key *key = &oracle->keys[i - 1];
		if (key->job == NULL || strcmp(key->job, url) != 0)
			continue;
		key->done = true;
		return;
	}
}

/* How far a rollout is: four places for each phase, of which every second is a hook. */
static size_t
place(const struct sim *sim, const struct mig_state *state)
{
	switch (state->run) {
	case MIG_RUN_RUNNING:
		return 4 * state->phase + (size_t)state->stage;
	case MIG_RUN_BAKING:
	case MIG_RUN_COMPLETED:
		return 4 * sim->truth.policy->phase_count;
	case MIG_RUN_LOADED:
	case MIG_RUN_BASELINING:
	case MIG_RUN_ROLLING_BACK:
	case MIG_RUN_ROLLED_BACK:
	case MIG_RUN_HELD:
		break;
	}
	return 0;
}

/* Whether the executor is done, or a person has said that nobody need wait for it. */
static bool
is_over(const struct sim *sim, const struct mig_state *state)
{
	char key[MIG_KEY_MAX];

	mig_webhook_key(state, state->hook_seq, key);
	for (size_t i = 0; i < sim->oracle.key_count; i++) {
		if (strcmp(sim->oracle.keys[i].key, key) == 0 && sim->oracle.keys[i].done)
			return true;
	}
	return sim->oracle.approve_asked;
}

void
sim_oracle_hooks(struct sim *sim, const struct mig_state *now)
{
	const struct mig_state *before = &sim->oracle.before;
	size_t from = place(sim, before);
	size_t to = place(sim, now);
	size_t hook = from | 1;

	if (!sim->truth.policy->hooks || to <= hook)
		return;
	if (from != hook || to > hook + 2)
		sim_broken(sim, SIM_RULE_HOOK, "the executor was not told of phase %zu", hook / 4);
	else if (!is_over(sim, before))
		sim_broken(sim, SIM_RULE_HOOK, "the executor is not done with phase %zu", hook / 4);
}
