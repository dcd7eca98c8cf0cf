/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <string.h>

#include "core/step.h"

const char *
mig_block_name(unsigned bit)
{
	static const char *const names[MIG_BLOCK_COUNT] = { "hold", "gate", "window", "metrics",
		"traffic", "trigger", "blind", "drift", "paused", "unverified", "hook", "baseline",
		"start", "steps" };

	MIG_ASSERT(bit < MIG_BLOCK_COUNT);
	return names[bit];
}

const char *
mig_next_action_name(enum mig_next_action action)
{
	static const char *const names[] = { "nothing", "start", "run", "enter_phase", "step_up",
		"leave_phase", "complete", "roll_back" };

	return names[action];
}

static const char *const command_names[MIG_COMMAND_COUNT] = { "start", "pause", "resume", "abort",
	"approve", "dismiss", "ack" };

const char *
mig_command_name(enum mig_command command)
{
	return command_names[command];
}

size_t
mig_command_by_name(const char *name)
{
	size_t i = 0;

	while (i < MIG_COMMAND_COUNT && strcmp(command_names[i], name) != 0)
		i++;
	return i;
}

const char *
mig_effect_kind_name(enum mig_effect_kind kind)
{
	static const char *const names[] = { "set_flag", "rollback_step", "hook", "scale_up",
		"notify" };

	return names[kind];
}

const char *
mig_write_reason_name(enum mig_write_reason reason)
{
	static const char *const names[] = { "start", "step", "rollback", "abort", "drift" };

	return names[reason];
}

const char *
mig_notice_name(enum mig_notice notice)
{
	static const char *const names[] = { "alert", "rollback_start", "rollback_complete",
		"emergency_escalation", "completed" };

	return names[notice];
}
