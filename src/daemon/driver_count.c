/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include "daemon/driver_int.h"
#include "daemon/metrics.h"

static void
count(const struct rollout *rollout, const char *operation, bool done, int64_t took_ms)
{
	metrics_operation(rollout->driver->parts.metrics, operation, done ? "success" : "failure",
	    (double)took_ms / 1000);
}

/* A step up begins with the write of its percentage, and is done when the flag is seen there. */
static void
count_step(struct rollout *rollout, const struct mig_state *next, size_t index)
{
	const struct mig_flag_state *before = &rollout->state->flags[index];
	const struct mig_flag_state *flag = &next->flags[index];
	mig_mono *begun = &rollout->steps_begun[index];

	if (flag->write_seq != 0 && flag->step != before->step)
		*begun = next->last_mono;
	if (begun->ms == 0)
		return;
	if (next->run == MIG_RUN_RUNNING && (flag->verified || flag->write_failed)) {
		count(rollout, "step_up", flag->verified, next->last_mono.ms - begun->ms);
		begun->ms = 0;
	} else if (next->run != MIG_RUN_RUNNING) {
		begun->ms = 0; /* it is undone, and neither */
	}
}

void
rollout_count(struct rollout *rollout, const struct mig_state *next)
{
	const struct mig_state *before = rollout->state;
	int64_t at_ms = next->updated_at.ms;

	for (size_t i = 0; i < rollout->policy->flag_count; i++)
		count_step(rollout, next, i);
	if (before->run == MIG_RUN_RUNNING &&
	    (next->phase != before->phase || next->run == MIG_RUN_BAKING))
		count(rollout, "phase", true, at_ms - before->phase_entered_at.ms);
	if (next->run == before->run)
		return;
	if (next->run == MIG_RUN_ROLLED_BACK)
		count(rollout, "rollback", true, at_ms - next->rollback.decided_at.ms);
	else if (next->run == MIG_RUN_COMPLETED)
		count(rollout, "rollout", true, at_ms - next->started_at.ms);
	else if (next->run == MIG_RUN_HELD && before->run != MIG_RUN_COMPLETED)
		count(rollout, "rollout", false, at_ms - next->started_at.ms);
}
