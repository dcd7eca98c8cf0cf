/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/* What the oracle knows of the way back: every flag is sent there at once, and gets there. */

#include "core/policy.h"
#include "sim/sim_int.h"

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

void
sim_oracle_rolled_back(struct sim *sim, const struct mig_state *now)
{
	if (!service_honest(sim) || sim->site.later != NULL || sim->packets != NULL)
		return;
	for (size_t i = 0; i < sim->setup->flag_count; i++) {
		double back = sim->truth.policy->flags[i].rollback;
		if (now->flags[i].touched && (sim->site.flags[i] > back ||
		    sim->site.flags[i] < back) &&
		    (sim->site.moved_ms[i] < sim->oracle.decided_ms ||
		    sim->now_ms - sim->site.moved_ms[i] > 2 * sim->setup->poll_ms + 60000))
			sim_broken(sim, SIM_RULE_RESTORED, "rolled back, and flag %zu at %g %%", i,
			    sim->site.flags[i]);
	}
}
