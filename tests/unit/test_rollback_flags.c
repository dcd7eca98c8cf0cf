/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/* Flags that go away again while a rollback is at its steps or its validation. */

#include <string.h>

#include "support/core_fixture.h"

/* A rollback that waits for a person at its manual step; the flags are back. */
static struct core *
core_at_steps(void)
{
	struct core *core = core_both_up();

	core_obey(core, MIG_COMMAND_ABORT, NULL);
	core_to_stage(core, MIG_RB_STEPS);
	core_ack_writes(core);
	assert_int_equal(core->state.rollback.steps[2].run, MIG_RB_STEP_WAITING);
	core_forget(core);
	return core;
}

/* The same at its validation. */
static struct core *
core_at_validation(void)
{
	struct core *core = core_at_steps();

	core_obey(core, MIG_COMMAND_ACK, "rb_redirect_2");
	core_ack_writes(core);
	assert_int_equal(core->state.rollback.stage, MIG_RB_VALIDATION);
	core_forget(core);
	return core;
}

/* Somebody raises a flag, and the provider does not bring it back. */
static void
raise_for_good(struct core *core)
{
	core->provider[0] = 60;
	core->lying = true;
	core_tick(core, CORE_POLL_MS);
	core_read_back(core);
}

/* While a flag is away again no step begins, which may stop what has the traffic. */
static void
test_steps_wait(void **state)
{
	struct core *core = core_at_steps();

	(void)state;
	raise_for_good(core);
	core_obey(core, MIG_COMMAND_ACK, "rb_redirect_2");
	core_forget(core);
	core_run(core, 30000);
	assert_null(strstr(core->effects.data, "step:"));
	assert_non_null(strstr(core->effects.data, "notify:emergency_escalation"));
	assert_int_equal(core_count(core, "flags_not_restored"), 1);
	core->lying = false;
	core_forget(core);
	for (int i = 0; i < 30 && core->state.rollback.stage == MIG_RB_STEPS; i++)
		core_poll(core);
	assert_non_null(strstr(core->effects.data, "step:rb_prepare_1"));
	assert_double_same(core->provider[0], 0);
	core_free(core);
}

/* A step that was never handed out is nothing that a person could have seen done. */
static void
test_unbegun_step(void **state)
{
	struct core *core = core_at_steps();

	(void)state;
	raise_for_good(core);
	core_obey(core, MIG_COMMAND_ACK, "rb_redirect_2");
	core_forget(core);
	assert_int_equal(core_command(core, MIG_COMMAND_ACK, "rb_prepare_1"), MIG_ESTATE);
	assert_non_null(strstr(core->out.refusal, "has not begun"));
	assert_int_equal(core_count(core, "rollback_step_done"), 0);
	core_free(core);
}

/* After an absence, or a standstill of the process, nobody knows where a flag is. */
static void
test_unseen_flags(void **state)
{
	(void)state;
	for (int stood_still = 0; stood_still < 2; stood_still++) {
		struct core *core = core_at_steps();
		if (stood_still != 0)
			core_tick(core, 46000); /* a little more than a gap is enough */
		else
			core_restore(core, 3600000, false);
		core_obey(core, MIG_COMMAND_ACK, "rb_redirect_2");
		assert_null(strstr(core->effects.data, "step:"));
		core_read_back(core);
		assert_non_null(strstr(core->effects.data, "step:rb_prepare_1"));
		assert_int_equal(core_count(core, "flags_restored"), 0);
		core_run(core, 60000);
		assert_int_equal(core_count(core, "flags_not_restored"), 0);
		core_free(core);
	}
}

/* Where they can't be seen any more, people are told, and may know better. */
static void
test_unreadable_flags(void **state)
{
	struct core *core = core_at_steps();

	(void)state;
	core->unreadable = ~0U;
	core_restore(core, 5000, false);
	core_run(core, 60000);
	assert_int_equal(core_count(core, "flags_not_restored"), 1);
	assert_non_null(strstr(core->details.data, "\"flags\":[\"enable_new_reader\""));
	core_obey(core, MIG_COMMAND_ACK, "rb_redirect_2");
	assert_null(strstr(core->effects.data, "step:"));
	core_obey(core, MIG_COMMAND_ACK, "rb_prepare_1");
	core_run(core, 60000);
	assert_int_equal(core->state.rollback.stage, MIG_RB_VALIDATION);
	assert_int_equal(core->state.rollback.quiet_ms, 0);
	core_obey(core, MIG_COMMAND_APPROVE, "validation");
	assert_int_equal(core->state.run, MIG_RUN_ROLLED_BACK);
	core_free(core);
}

/* Nobody says that all is over on what was seen long ago, however quiet it is. */
static void
test_reads_that_fail(void **state)
{
	struct core *core = core_at_validation();

	(void)state;
	core_run(core, 20000);
	core->unreadable = ~0U;
	core_run(core, 600000);
	assert_int_equal(core->state.run, MIG_RUN_ROLLING_BACK);
	assert_int_equal(core_count(core, "flags_not_restored"), 1);
	/* Nor does it ask without a pause. */
	struct mig_wants wants;
	core_read_back(core);
	mig_wants(&core->policy, &core->state, &wants);
	assert_int_equal(wants.reads, 0);
	core->unreadable = 0;
	core_run(core, 50000);
	assert_int_equal(core->state.run, MIG_RUN_ROLLING_BACK);
	core_run(core, 20000);
	assert_int_equal(core->state.run, MIG_RUN_ROLLED_BACK);
	core_free(core);
}

/* The last look at the flags is behind the window, not before it. */
static void
test_last_look(void **state)
{
	struct core *core = core_at_validation();

	(void)state;
	core_run(core, 50000);
	core->provider[0] = 60;
	core->lying = true;
	core_tick(core, 20000);
	core_samples(core);
	assert_int_equal(core->state.run, MIG_RUN_ROLLING_BACK);
	core_read_back(core);
	assert_int_equal(core->state.run, MIG_RUN_ROLLING_BACK);
	assert_int_equal(core->state.rollback.quiet_ms, 0);
	core_free(core);
}

/* Somebody else's controller raises the flag as often as the rollback brings it back. */
static void
test_tug_of_war(void **state)
{
	struct core *core = core_at_steps();

	(void)state;
	for (int i = 0; i < 20; i++) {
		core->provider[0] = 60;
		core_run(core, CORE_POLL_MS);
		core_read_back(core);
	}
	assert_double_same(core->provider[0], 0);
	assert_true(core->state.flags[0].rewrites >= 5);
	/* The second time, the fourth, the eighth … */
	assert_in_range(core_count(core, "flags_not_restored"), 2, 5);
	assert_non_null(strstr(core->details.data, "\"flags\":[\"enable_new_reader\"]"));
	assert_non_null(strstr(core->effects.data, "notify:emergency_escalation"));
	core_free(core);
}

/* The quiet time is that of the old path alone. */
static void
test_away_in_validation(void **state)
{
	struct core *core = core_at_validation();

	(void)state;
	core_run(core, core->policy.settings.validation_window_ms / 2);
	assert_int_equal(core->state.run, MIG_RUN_ROLLING_BACK);
	core->provider[0] = 60;
	core->lying = true;
	core_run(core, 600000);
	assert_int_equal(core->state.rollback.quiet_ms, 0);
	assert_int_equal(core_count(core, "flags_not_restored"), 1);
	assert_int_equal(core_command(core, MIG_COMMAND_APPROVE, "validation"), MIG_ESTATE);
	assert_non_null(strstr(core->out.refusal, "not all back"));
	core->lying = false;
	for (int i = 0; i < 30 && core->state.rollback.away.now; i++)
		core_poll(core);
	int64_t back_ms = core->state.clock_ms;
	core_run_until(core, MIG_RUN_ROLLED_BACK, 100);
	assert_true(core->state.clock_ms - back_ms + CORE_POLL_MS >=
	    core->policy.settings.validation_window_ms);
	core_free(core);
}

/* What the plan had not come to yet comes back as well when somebody raises it. */
static void
test_untouched_flag(void **state)
{
	struct core *core = core_new();

	(void)state;
	core_to_first_step(core);
	core_obey(core, MIG_COMMAND_ABORT, NULL);
	core_to_stage(core, MIG_RB_STEPS);
	assert_false(core->state.flags[1].touched);
	core->provider[1] = 60;
	core_run(core, 60000);
	assert_double_same(core->provider[1], 0);
	core_free(core);
}

/* What was never touched has to be seen before all is over, but stops no step. */
static void
test_untouched_and_unseen(void **state)
{
	struct core *core = core_new();

	(void)state;
	core_to_first_step(core);
	core_obey(core, MIG_COMMAND_ABORT, NULL);
	core->unreadable = 2;
	core->provider[1] = 60;
	core_to_stage(core, MIG_RB_STEPS);
	core_poll(core);
	core_obey(core, MIG_COMMAND_ACK, "rb_redirect_2");
	core_ack_writes(core);
	core_run(core, 600000);
	assert_int_equal(core->state.run, MIG_RUN_ROLLING_BACK);
	assert_int_equal(core->state.rollback.stage, MIG_RB_VALIDATION);
	assert_int_equal(core_count(core, "flags_not_restored"), 1);
	core->unreadable = 0;
	core_run(core, 120000);
	assert_double_same(core->provider[1], 0);
	assert_int_equal(core->state.run, MIG_RUN_ROLLED_BACK);
	core_free(core);
}

/* One that stands below where a rollback would bring it is left there. */
static void
test_untouched_and_low(void **state)
{
	struct core *core = core_new();

	(void)state;
	core->flags[1].initial = 10;
	core->flags[1].rollback = 10;
	core->state.flags[1].intended = 10;
	core->provider[1] = 10;
	core_to_first_step(core);
	core->provider[1] = 3;
	core_obey(core, MIG_COMMAND_ABORT, NULL);
	core_to_stage(core, MIG_RB_STEPS);
	core_poll(core);
	core_obey(core, MIG_COMMAND_ACK, "rb_redirect_2");
	core_ack_writes(core);
	core_run(core, 120000);
	assert_double_same(core->provider[1], 3);
	assert_int_equal(core->state.run, MIG_RUN_ROLLED_BACK);
	core_free(core);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_steps_wait),
		cmocka_unit_test(test_unbegun_step),
		cmocka_unit_test(test_unseen_flags),
		cmocka_unit_test(test_unreadable_flags),
		cmocka_unit_test(test_reads_that_fail),
		cmocka_unit_test(test_last_look),
		cmocka_unit_test(test_tug_of_war),
		cmocka_unit_test(test_away_in_validation),
		cmocka_unit_test(test_untouched_flag),
		cmocka_unit_test(test_untouched_and_unseen),
		cmocka_unit_test(test_untouched_and_low),
	};

	return !!cmocka_run_group_tests(tests, NULL, NULL);
}
