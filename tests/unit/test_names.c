/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <string.h>

#include "core/step.h"
#include "support/test_support.h"

/* The words are contracts: what reads the API or the journal goes by them. */
static void
test_blocks(void **state)
{
	static const char *const words[MIG_BLOCK_COUNT] = { "hold", "gate", "window", "metrics",
		"traffic", "trigger", "blind", "drift", "paused", "unverified", "hook", "baseline",
		"start", "steps" };

	(void)state;
	for (unsigned i = 0; i < MIG_BLOCK_COUNT; i++)
		assert_string_equal(mig_block_name(i), words[i]);
}

static void
test_next_actions(void **state)
{
	static const char *const words[] = { "nothing", "start", "run", "enter_phase", "step_up",
		"leave_phase", "complete", "roll_back" };

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(words); i++)
		assert_string_equal(mig_next_action_name((enum mig_next_action)i), words[i]);
}

static void
test_commands(void **state)
{
	static const char *const words[MIG_COMMAND_COUNT] = { "start", "pause", "resume", "abort",
		"approve", "dismiss", "ack" };

	(void)state;
	for (size_t i = 0; i < MIG_COMMAND_COUNT; i++) {
		assert_string_equal(mig_command_name((enum mig_command)i), words[i]);
		assert_int_equal(mig_command_by_name(words[i]), i);
	}
	assert_int_equal(mig_command_by_name("stop"), MIG_COMMAND_COUNT);
	assert_int_equal(mig_command_by_name(""), MIG_COMMAND_COUNT);
}

static void
test_effects(void **state)
{
	static const char *const kinds[] = { "set_flag", "rollback_step", "hook", "scale_up",
		"notify" };
	static const char *const reasons[] = { "start", "step", "rollback", "abort", "drift" };
	static const char *const notices[] = { "alert", "rollback_start", "rollback_complete",
		"emergency_escalation", "completed" };

	(void)state;
	for (size_t i = 0; i < 5; i++) {
		assert_string_equal(mig_effect_kind_name((enum mig_effect_kind)i), kinds[i]);
		assert_string_equal(mig_write_reason_name((enum mig_write_reason)i), reasons[i]);
		assert_string_equal(mig_notice_name((enum mig_notice)i), notices[i]);
	}
}

static void
test_rollback_steps(void **state)
{
	static const char *const words[MIG_RB_STEP_RUN_COUNT] = { "pending", "running",
		"waiting_for_ack", "done", "skipped" };

	(void)state;
	for (size_t i = 0; i < MIG_RB_STEP_RUN_COUNT; i++)
		assert_string_equal(mig_rb_step_run_name((enum mig_rb_step_run)i), words[i]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_blocks),
		cmocka_unit_test(test_next_actions),
		cmocka_unit_test(test_commands),
		cmocka_unit_test(test_effects),
		cmocka_unit_test(test_rollback_steps),
	};

	return cmocka_run_group_tests(tests, NULL, NULL) != 0;
}
