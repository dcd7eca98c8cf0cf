/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/* What the oracle knows of the way back: flags at once, then step by step, then quiet. */

#include <string.h>

#include "core/policy.h"
#include "sim/sim_int.h"
#include "sim/source.h"

/* Backoff, rewriting and the longest delay of the flag service together. */
#define RESTORED_MS 300000

void
sim_oracle_prompt(struct sim *sim, const struct mig_state *now)
{
	for (size_t i = 0; i < sim->setup->flag_count; i++) {
		const struct mig_flag_state *flag = &now->flags[i];
		double back = sim->truth.policy->flags[i].rollback;
		bool needed = sim->oracle.before.flags[i].touched;
		bool sent = sim->setup->embedded ? flag->acked <= back && flag->acked >= back :
		    sim->oracle.flags[i].sent_back_ms == sim->now_ms;
		if (needed && (!sent || flag->intended > back || flag->intended < back))
			sim_broken(sim, SIM_RULE_PROMPT, "flag %zu is not sent back at once", i);
	}
}

/* Whether the flag service shows what it was told, or the daemon can see that it does not. */
static bool
service_honest(const struct sim *sim)
{
	for (size_t i = 0; i < sim->setup->fault_count; i++) {
		enum sim_fault_kind kind = sim->setup->faults[i].kind;
		bool blames = kind >= SIM_FLAG_ERROR && kind <= SIM_FLAG_MOVED;
		if (blames && !sim->setup->faults[i].off && !sim->setup->readable &&
		    !sim->setup->embedded)
			return false;
	}
	return true;
}

/* When the last fault ended that has begun and may keep a flag from going back. */
static int64_t
hindered_until(const struct sim *sim)
{
	int64_t until = 0;

	for (size_t i = 0; i < sim->setup->fault_count; i++) {
		const struct sim_fault *fault = &sim->setup->faults[i];
		bool hinders = fault->kind == SIM_FREEZE ||
		    (fault->kind >= SIM_FLAG_ERROR && fault->kind <= SIM_FLAG_MOVED);
		if (hinders && !fault->off && fault->from_ms <= sim->now_ms && fault->to_ms > until)
			until = fault->to_ms;
	}
	return until;
}

void
sim_oracle_restored(struct sim *sim, const struct mig_state *now)
{
	int64_t since = sim->oracle.decided_ms > sim->oracle.up_ms ?
	    sim->oracle.decided_ms : sim->oracle.up_ms;
	int64_t end = hindered_until(sim);

	if (now->run != MIG_RUN_ROLLING_BACK || !service_honest(sim))
		return;
	since = since > end ? since : end;
	if (sim->now_ms - since <= RESTORED_MS)
		return;
	for (size_t i = 0; i < sim->setup->flag_count; i++) {
		double back = sim->truth.policy->flags[i].rollback;
		if (now->flags[i].touched && (sim->site.flags[i] > back ||
		    sim->site.flags[i] < back))
			sim_broken(sim, SIM_RULE_RESTORED, "flag %zu is at %g %%", i,
			    sim->site.flags[i]);
	}
}

/* Whether something is on its way that may still move a flag. */
static bool
flags_under_way(const struct sim *sim)
{
	for (const struct sim_packet *it = sim->packets; it != NULL; it = it->next) {
		if (strncmp(it->url, SIM_FLAGS, strlen(SIM_FLAGS)) == 0 &&
		    strcmp(it->method, "GET") != 0)
			return true;
	}
	return sim->site.later != NULL;
}

void
sim_oracle_rolled_back(struct sim *sim, const struct mig_state *now)
{
	if (!service_honest(sim) || flags_under_way(sim))
		return;
	for (size_t i = 0; i < sim->setup->flag_count; i++) {
		double back = sim->truth.policy->flags[i].rollback;
		bool away = now->flags[i].touched ? sim->site.flags[i] > back ||
		    sim->site.flags[i] < back : sim->setup->readable && now->phase_entered[0] &&
		    !sim->oracle.approve_asked && sim->site.flags[i] > back;
		if (away &&
		    (sim->site.moved_ms[i] < sim->oracle.decided_ms ||
		    sim->now_ms - sim->site.moved_ms[i] > 2 * sim->setup->poll_ms + 60000))
			sim_broken(sim, SIM_RULE_RESTORED, "rolled back, and flag %zu at %g %%", i,
			    sim->site.flags[i]);
	}
}

void
sim_oracle_flag_set(struct sim *sim, size_t flag)
{
	double back = sim->truth.policy->flags[flag].rollback;

	if (sim->site.flags[flag] >= back && sim->site.flags[flag] <= back)
		sim->oracle.flags[flag].back_ms = sim->now_ms;
}

void
sim_oracle_flags_found(struct sim *sim)
{
	for (size_t i = 0; i < sim->setup->flag_count; i++)
		sim_oracle_flag_set(sim, i);
}

/*
 * Whether every flag that was moved has been back since the decision; what comes late, or moves it
 * after that, the daemon may not have seen yet.
 */
static bool
flags_back(const struct sim *sim, const struct mig_state *now)
{
	for (size_t i = 0; i < sim->setup->flag_count && service_honest(sim); i++) {
		double back = sim->truth.policy->flags[i].rollback;
		bool away = sim->site.flags[i] > back || sim->site.flags[i] < back;
		if (now->flags[i].touched && away &&
		    sim->oracle.flags[i].back_ms < sim->oracle.decided_ms)
			return false;
	}
	return true;
}

/* Whether step b has to be over before step a may begin: both are of phases that were entered. */
static bool
comes_first(const struct mig_policy *policy, size_t a, size_t b)
{
	size_t phase_a = policy->rb_phases[policy->rb_steps[a].rb_phase].phase;
	size_t phase_b = policy->rb_phases[policy->rb_steps[b].rb_phase].phase;

	return phase_b > phase_a || (phase_b == phase_a && b < a);
}

/*
 * Whether the newest that the daemon was shown of a flag, since it is up or has stood still for
 * longer than a gap, is that it is back.
 */
static bool
is_seen_back(const struct sim *sim, const struct mig_state *now, size_t flag)
{
	const struct mig_flag *row = &sim->truth.policy->flags[flag];

	if (!row->readable)
		return now->flags[flag].verified;
	return sim_oracle_was_seen(sim, flag, sim->now_ms) &&
	    sim_oracle_last_shown(sim, flag, row->rollback);
}

/* A step has begun, or is over without that. */
static void
check_step(struct sim *sim, const struct mig_state *now, size_t index)
{
	const struct mig_policy *policy = sim->truth.policy;
	const char *id = policy->rb_steps[index].id;

	if (!now->phase_entered[policy->rb_phases[policy->rb_steps[index].rb_phase].phase])
		sim_broken(sim, SIM_RULE_WAY_BACK, "step %s undoes what was never done", id);
	if (!flags_back(sim, now))
		sim_broken(sim, SIM_RULE_WAY_BACK, "step %s does not wait for the flags", id);
	for (size_t i = 0; i < policy->flag_count; i++) {
		if (now->flags[i].touched && !is_seen_back(sim, now, i))
			sim_broken(sim, SIM_RULE_WAY_BACK, "step %s, and flag %zu is away", id, i);
	}
	for (size_t i = 0; i < policy->rb_step_count; i++) {
		size_t phase = policy->rb_phases[policy->rb_steps[i].rb_phase].phase;
		if (comes_first(policy, index, i) && now->phase_entered[phase] &&
		    now->rollback.steps[i].run != MIG_RB_STEP_DONE)
			sim_broken(sim, SIM_RULE_WAY_BACK, "step %s comes before %s", id,
			    policy->rb_steps[i].id);
	}
}

static bool
is_open_step(const struct mig_state *state, size_t index)
{
	return state->rollback.steps[index].run == MIG_RB_STEP_PENDING ||
	    state->rollback.steps[index].run == MIG_RB_STEP_SKIPPED;
}

/* It is over: everything was undone, and then it was quiet for long enough. */
static void
check_end(struct sim *sim, const struct mig_state *now)
{
	const struct mig_policy *policy = sim->truth.policy;
	const struct sim_oracle *oracle = &sim->oracle;
	bool anything = false;

	for (size_t i = 0; i < policy->phase_count; i++)
		anything = anything || now->phase_entered[i];
	for (size_t i = 0; i < policy->rb_step_count; i++) {
		if (now->phase_entered[policy->rb_phases[policy->rb_steps[i].rb_phase].phase] &&
		    now->rollback.steps[i].run != MIG_RB_STEP_DONE)
			sim_broken(sim, SIM_RULE_WAY_BACK, "rolled back without step %s",
			    policy->rb_steps[i].id);
	}
	/* What was shown just now, or while it slept, may not have been heard yet. */
	int64_t shown_ms = oracle->validating_ms > oracle->up_ms ? oracle->validating_ms :
	    oracle->up_ms;
	bool heard = sim->now_ms - shown_ms > SIM_HEARD_MS;
	int64_t quiet_ms = sim->now_ms -
	    (heard ? oracle->validating_ms : oracle->validating_before_ms);
	if (anything && !oracle->approve_asked && quiet_ms < sim->setup->validation_ms)
		sim_broken(sim, SIM_RULE_WAY_BACK, "rolled back after %lld ms of validation",
		    (long long)quiet_ms);
}

static void
validating_since(struct sim_oracle *oracle, int64_t at_ms)
{
	oracle->validating_ms = at_ms;
	oracle->validating_before_ms = at_ms;
}

void
sim_oracle_way_back(struct sim *sim, const struct mig_state *now)
{
	struct sim_oracle *oracle = &sim->oracle;
	const struct mig_state *before = &oracle->before;

	if (before->run == MIG_RUN_ROLLED_BACK ||
	    (now->run != MIG_RUN_ROLLING_BACK && now->run != MIG_RUN_ROLLED_BACK))
		return;
	for (size_t i = 0; i < sim->truth.policy->rb_step_count; i++) {
		if (is_open_step(before, i) && !is_open_step(now, i))
			check_step(sim, now, i);
	}
	if (now->rollback.stage >= MIG_RB_VALIDATION && before->rollback.stage < MIG_RB_VALIDATION)
		validating_since(oracle, sim->now_ms);
	if (now->run == MIG_RUN_ROLLED_BACK)
		check_end(sim, now);
}

void
sim_oracle_shown_away(struct sim *sim, size_t flag)
{
	double back = sim->truth.policy->flags[flag].rollback;
	double shown = sim->oracle.flags[flag].shown;

	/* It begins anew when they are back. */
	if (!sim->oracle.before.flags[flag].touched || (shown >= back && shown <= back))
		return;
	if (sim->now_ms - sim->oracle.validating_ms > SIM_HEARD_MS)
		sim->oracle.validating_before_ms = sim->oracle.validating_ms;
	sim->oracle.validating_ms = sim->now_ms;
}

void
sim_oracle_way_back_found(struct sim *sim, const struct mig_state *now)
{
	struct sim_oracle *oracle = &sim->oracle;

	/* It got there as it died, no earlier than the last event before. */
	if (now->rollback.stage != oracle->before.rollback.stage)
		validating_since(oracle, oracle->before_ms);
}
