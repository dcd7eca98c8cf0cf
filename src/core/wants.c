/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <string.h>

#include "core/step_int.h"

static bool
watching(const struct mig_state *state)
{
	return state->run != MIG_RUN_LOADED && !mig_state_finished(state);
}

/* Which baselines are asked: all wanted ones before the first phase, then only the live ones. */
static bool
asks_baseline(const struct mig_metric *metric, const struct mig_state *state)
{
	if (!metric->baseline_wanted || metric->baseline_query == NULL)
		return false;
	return metric->baseline == MIG_BASELINE_LIVE || (metric->baseline ==
	    MIG_BASELINE_CAPTURED && state->run == MIG_RUN_BASELINING);
}

/* A flag that is not where it should be is looked at soon; the others with the polls. */
static void
want_reads(const struct mig_policy *policy, const struct mig_state *state,
    struct mig_wants *wants)
{
	for (size_t i = 0; i < policy->flag_count; i++) {
		const struct mig_flag_state *fs = &state->flags[i];
		int64_t left = fs->read_due_ms - state->clock_ms;
		if (!policy->flags[i].readable || fs->write_seq != 0)
			continue;
		if (left <= 0)
			wants->reads |= 1U << i;
		else if (!fs->verified && (wants->wake_ms < 0 || left < wants->wake_ms))
			wants->wake_ms = left;
	}
}

void
mig_wants(const struct mig_policy *policy, const struct mig_state *state,
    struct mig_wants *ret_wants)
{
	memset(ret_wants, 0, sizeof(*ret_wants));
	ret_wants->wake_ms = -1;
	if (!watching(state))
		return;
	for (size_t i = 0; i < policy->metric_count; i++) {
		const struct mig_metric *metric = &policy->metrics[i];
		if (metric->wanted && metric->query != NULL)
			ret_wants->metrics |= 1U << i;
		if (asks_baseline(metric, state))
			ret_wants->baselines |= 1U << i;
	}
	want_reads(policy, state, ret_wants);
	if (state->run != MIG_RUN_RUNNING)
		return;
	const struct mig_phase *phase = &policy->phases[state->phase];
	for (size_t i = 0; i < phase->gate_count; i++) {
		if (mig_gate_asked(policy, state, i) && !mig_schema_rests(policy, state, i))
			ret_wants->gates |= 1U << i;
	}
}
