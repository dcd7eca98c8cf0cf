/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <string.h>

#include "support/core_fixture.h"

/* With an approval behind each step, each step takes one approval, and leaving one more. */
static void
test_approval_per_step(void **state)
{
	struct core *core = core_new();

	(void)state;
	core->phases[CORE_REDIRECT].flag_count = 1;
	(void)core_gate(core, CORE_REDIRECT, "go", MIG_GATE_APPROVAL, false);
	core_to_first_step(core);
	for (size_t step = 0; step < 3; step++) {
		core_run(core, 100000);
		assert_int_equal(core->state.flags[0].step, step);
		assert_int_equal(core_blocks(core), MIG_BLOCK_GATE);
		assert_int_equal(core_next(core), step < 2 ? MIG_NEXT_STEP_UP : MIG_NEXT_LEAVE);
		core_obey(core, MIG_COMMAND_APPROVE, "go");
		core_poll(core);
	}
	assert_int_equal(core->state.phase, CORE_OBSERVE);
	core_free(core);
}

/* Given during the hold, an approval is kept for its end. */
static void
test_approval_early(void **state)
{
	struct core *core = core_new();

	(void)state;
	(void)core_gate(core, CORE_REDIRECT, "go", MIG_GATE_APPROVAL, false);
	core_to_first_step(core);
	core_obey(core, MIG_COMMAND_APPROVE, "go");
	assert_double_same(core->state.flags[0].intended, 5);
	core_run(core, 60000);
	assert_double_same(core->state.flags[0].intended, 25);
	core_run(core, 100000);
	assert_double_same(core->state.flags[0].intended, 25);
	core_free(core);
}

/* Nobody passes the point of no return unasked, and behind it there is no way back. */
static void
test_entry_approval(void **state)
{
	struct core *core = core_new();

	(void)state;
	core_to_no_return(core);
	core_run(core, 300000);
	assert_int_equal(core->state.stage, MIG_STAGE_ENTRY);
	assert_false(core->state.phase_entered[CORE_RETIRE]);
	assert_int_equal(core_command(core, MIG_COMMAND_APPROVE, "approval"), MIG_ENOTFOUND);
	core_obey(core, MIG_COMMAND_APPROVE, "point_of_no_return");
	assert_true(core->state.phase_entered[CORE_RETIRE]);
	assert_true(core->state.no_return);
	core_free(core);
}

/* Given while the metrics are bad, an entry approval waits for them. */
static void
test_entry_waits_for_metrics(void **state)
{
	struct core *core = core_new();

	(void)state;
	core_to_no_return(core);
	core->now[CORE_P95].quality = MIG_QUALITY_ERROR;
	core_samples(core);
	core_obey(core, MIG_COMMAND_APPROVE, NULL);
	core_run(core, 50000);
	assert_false(core->state.no_return);
	core->now[CORE_P95].quality = MIG_QUALITY_OK;
	core_poll(core);
	assert_true(core->state.no_return);
	core_free(core);
}

static struct core *
core_with_metric_gate(int64_t duration_ms)
{
	struct core *core = core_new();
	struct mig_gate *gate = core_gate(core, CORE_OBSERVE, "lag", MIG_GATE_METRIC, false);

	core->metrics[3].name = "replication_lag";
	core->metrics[3].query = "lag";
	core->metrics[3].wanted = true;
	core->now[3] = (struct core_answer) { MIG_QUALITY_OK, 100, -1 };
	core->policy.metric_count = 4;
	gate->metric = 3;
	gate->op = MIG_OP_LESS;
	mig_expr_number(10, &gate->threshold);
	gate->duration_ms = duration_ms;
	core_to_first_step(core);
	for (int i = 0; i < 60 && core->state.phase != CORE_OBSERVE; i++)
		core_poll(core);
	core_run(core, 100000);
	assert_int_equal(core_blocks(core), MIG_BLOCK_GATE);
	return core;
}

/* The condition must hold on ok samples, without a break, for its whole time. */
static void
test_gate_metric(void **state)
{
	struct core *core = core_with_metric_gate(35000);

	(void)state;
	core->now[3].value = 5;
	core_run(core, 30000);
	core->now[3].value = 50;
	core_poll(core);
	core->now[3].value = 5;
	core_run(core, 30000);
	core->now[3].quality = MIG_QUALITY_NO_DATA;
	core_poll(core);
	core->now[3].quality = MIG_QUALITY_OK;
	core_run(core, 40000);
	assert_int_equal(core->state.phase, CORE_OBSERVE);
	core_poll(core);
	assert_int_equal(core->state.phase, CORE_RETIRE);
	core_free(core);
}

/* A threshold that is not known opens nothing, whatever the operator. */
static void
test_gate_metric_unknown(void **state)
{
	struct core *core = core_with_metric_gate(0);
	struct mig_gate *gate = &core->phases[CORE_OBSERVE].gates[1];
	char error[MIG_ERROR_MAX];

	(void)state;
	assert_int_equal(mig_expr_parse("baseline_replication_lag * 2", &gate->threshold, error,
	    sizeof(error)), MIG_OK);
	for (int op = MIG_OP_GREATER; op <= MIG_OP_EQUALS; op++) {
		gate->op = (enum mig_operator)op;
		core_run(core, 30000);
		assert_int_equal(core_blocks(core), MIG_BLOCK_GATE);
	}
	core_free(core);
}

static void
test_gate_webhook(void **state)
{
	struct core *core = core_new();
	struct mig_wants wants;

	(void)state;
	(void)core_gate(core, CORE_REDIRECT, "backlog", MIG_GATE_WEBHOOK, false);
	core_start(core);
	mig_wants(&core->policy, &core->state, &wants);
	assert_int_equal(wants.gates, 0); /* another phase's */
	core_obey(core, MIG_COMMAND_APPROVE, NULL);
	mig_wants(&core->policy, &core->state, &wants);
	assert_int_equal(wants.gates, 1);
	core_run(core, 100000);
	assert_double_same(core->state.flags[0].intended, 5);
	assert_int_equal(core_blocks(core), MIG_BLOCK_GATE);
	/* It is the executor's, not the operator's. */
	assert_int_equal(core_command(core, MIG_COMMAND_APPROVE, "backlog"), MIG_ENOTFOUND);
	core->gates[0] = true;
	core_forget(core);
	core_poll(core);
	assert_int_equal(core_count(core, "gate_opened"), 1);
	assert_double_same(core->state.flags[0].intended, 25);
	/* The answer was about 5 percent; for 25 it is asked again. */
	assert_false(core->state.gates[0].open);
	core->gates[0] = false;
	core_run(core, 100000);
	assert_double_same(core->state.flags[0].intended, 25);
	core_free(core);
}

/*
 * A phase of one flag, which goes from 5 straight to 100 and is through there at once but for its
 * gate, up to the write of the 100, which is long under way.
 */
static struct core *
core_at_slow_write(enum mig_gate_kind kind)
{
	struct core *core = core_new();
	struct mig_gate *gate = core_gate(core, CORE_REDIRECT, "well", kind, false);

	gate->metric = CORE_AVAILABILITY;
	gate->op = MIG_OP_GREATER;
	mig_expr_number(0.99, &gate->threshold);
	gate->duration_ms = 35000;
	core->phases[CORE_REDIRECT].flag_count = 1;
	core->flags[0].step_count = 2;
	core->steps[0][1] = (struct mig_flag_step) { 100, 0 };
	core->gates[0] = true;
	core_to_first_step(core);
	for (int i = 0; i < 60 && core->state.flags[0].write_seq == 0; i++) {
		core_tick(core, CORE_POLL_MS);
		core_samples(core);
		core_answer_gates(core);
		core_read_back(core);
	}
	assert_double_same(core->state.flags[0].intended, 100);
	for (int i = 0; i < 10; i++) {
		core_tick(core, CORE_POLL_MS);
		core_samples(core);
		core_answer_gates(core);
	}
	core_tick(core, 1000);
	core_ack_writes(core);
	core_read_back(core);
	return core;
}

/* Nobody has seen the new split before the write is acknowledged: no gate judges it by then. */
static void
test_gate_slow_write(void **state)
{
	struct core *core = core_at_slow_write(MIG_GATE_METRIC);

	(void)state;
	core_run(core, 40000);
	assert_int_equal(core->state.phase, CORE_REDIRECT);
	assert_int_equal(core_blocks(core), MIG_BLOCK_GATE);
	core_poll(core);
	assert_int_equal(core->state.phase, CORE_OBSERVE);
	core_free(core);

	core = core_at_slow_write(MIG_GATE_WEBHOOK);
	assert_false(core->state.gates[0].open);
	core_tick(core, CORE_POLL_MS);
	core_samples(core);
	assert_int_equal(core_blocks(core), MIG_BLOCK_GATE);
	core_poll(core);
	assert_int_equal(core->state.phase, CORE_OBSERVE);
	core_free(core);
}

/* An answer for a gate that is not asked now, or is no webhook, opens nothing. */
static void
test_gate_webhook_stray(void **state)
{
	struct core *core = core_new();
	struct mig_event event = { .kind = MIG_EVENT_GATE, .u.gate = { 0, true } };

	(void)state;
	(void)core_gate(core, CORE_PREPARE, "early", MIG_GATE_WEBHOOK, true);
	core_gate(core, CORE_PREPARE, "late", MIG_GATE_WEBHOOK, false);
	core_obey(core, MIG_COMMAND_START, NULL);
	core_run(core, 250000);
	assert_int_equal(core->state.stage, MIG_STAGE_ENTRY);
	for (size_t i = 0; i <= MIG_GATES_MAX; i++) {
		event.u.gate.gate = i;
		if (i != 1)
			assert_int_equal(core_event(core, &event), MIG_OK);
	}
	assert_int_equal(core->state.stage, MIG_STAGE_ENTRY);
	assert_false(core->state.gates[0].open);
	assert_false(core->state.gates[2].open);
	event.u.gate.gate = 1;
	assert_int_equal(core_event(core, &event), MIG_OK);
	assert_int_equal(core->state.stage, MIG_STAGE_ACTIVE);
	core_free(core);
}

/* Healthy time in the phase, before it is entered or while it goes on. */
static void
test_gate_duration(void **state)
{
	struct core *core = core_new();
	struct mig_next next;

	(void)state;
	core_gate(core, CORE_OBSERVE, "first", MIG_GATE_DURATION, true)->duration_ms = 20000;
	core_to_first_step(core);
	for (int i = 0; i < 60 && core->state.phase != CORE_OBSERVE; i++)
		core_poll(core);
	assert_int_equal(core->state.stage, MIG_STAGE_ENTRY);
	core_poll(core);
	mig_next(&core->policy, &core->state, core->wall, &next);
	assert_int_equal(next.waiting_for, MIG_BLOCK_GATE);
	assert_true(next.earliest.ms - core->wall.ms <= 20000 && next.earliest.ms > core->wall.ms);
	core_run(core, next.earliest.ms - core->wall.ms);
	assert_int_equal(core->state.stage, MIG_STAGE_ACTIVE);
	assert_int_equal(core->state.phase_held_ms, 0);
	core_run(core, 20000);
	core_obey(core, MIG_COMMAND_PAUSE, NULL);
	core_run(core, 100000);
	core_obey(core, MIG_COMMAND_RESUME, NULL);
	core_run(core, 20000);
	assert_int_equal(core->state.phase, CORE_OBSERVE);
	core_run(core, 20000);
	assert_int_equal(core->state.phase, CORE_RETIRE);
	core_free(core);
}

static struct core *
core_with_hooks(void)
{
	struct core *core = core_new();

	core->policy.hooks = true;
	core_obey(core, MIG_COMMAND_START, NULL);
	core_run(core, 200000 - CORE_POLL_MS);
	core_tick(core, CORE_POLL_MS);
	core_samples(core);
	core_samples(core); /* the first ones ended the baseline, these are judged */
	assert_string_equal(core->effects.data, "hook:enter:prepare");
	return core;
}

static void
test_hooks(void **state)
{
	struct core *core = core_with_hooks();

	(void)state;
	assert_int_equal(core_next(core), MIG_NEXT_ENTER);
	assert_int_equal(core_blocks(core), MIG_BLOCK_HOOK);
	core_result(core, 0, MIG_RESULT_RETRYING, 1);
	core_result(core, 0, MIG_RESULT_ACCEPTED, 2);
	assert_int_equal(core->state.stage, MIG_STAGE_ENTER_HOOK);
	/* Waiting for the executor is no time in the phase. */
	core_tick(core, 10000);
	core_tick(core, 10000);
	assert_int_equal(core->state.phase_held_ms, 0);
	core_result(core, 0, MIG_RESULT_DONE, 3);
	assert_int_equal(core->state.stage, MIG_STAGE_ACTIVE);
	core_poll(core);
	core_forget(core);
	core_obey(core, MIG_COMMAND_APPROVE, NULL);
	assert_string_equal(core->effects.data, "hook:leave:prepare");
	assert_int_equal(core_next(core), MIG_NEXT_LEAVE);
	assert_int_equal(core_blocks(core), MIG_BLOCK_HOOK);
	core_ack_writes(core);
	assert_string_equal(core->effects.data, "hook:leave:prepare hook:enter:redirect");
	core_ack_writes(core);
	assert_string_equal(core->effects.data,
	    "hook:leave:prepare hook:enter:redirect set:0=5(start)");
	core_free(core);
}

static void
test_hook_refused(void **state)
{
	struct core *core = core_with_hooks();

	(void)state;
	core_forget(core);
	core_result(core, 0, MIG_RESULT_REFUSED, 1);
	assert_string_equal(core->records.data, "effect_refused");
	assert_string_equal(core->effects.data, "notify:alert");
	core_run(core, 100000);
	assert_int_equal(core->state.stage, MIG_STAGE_ENTER_HOOK);
	core_obey(core, MIG_COMMAND_APPROVE, "hook");
	assert_int_equal(core->state.stage, MIG_STAGE_ACTIVE);
	assert_int_equal(core->state.phase_held_ms, 0);
	assert_false(core->state.hook_failed);
	assert_int_equal(core_command(core, MIG_COMMAND_APPROVE, "hook"), MIG_ESTATE);
	core_free(core);
}

/* A hook that never gets through is told once, and can be passed over. */
static void
test_hook_unanswered(void **state)
{
	struct core *core = core_with_hooks();

	(void)state;
	core_forget(core);
	for (uint32_t attempts = 1; attempts < 8; attempts++)
		core_result(core, 0, MIG_RESULT_RETRYING, attempts);
	assert_string_equal(core->records.data, "effect_failing");
	assert_string_equal(core->effects.data, "notify:alert");
	core_obey(core, MIG_COMMAND_APPROVE, "hook");
	assert_int_equal(core->state.stage, MIG_STAGE_ACTIVE);
	core_free(core);
}

/* The answer to something else is none to the hook. */
static void
test_hook_other(void **state)
{
	struct core *core = core_with_hooks();
	struct mig_event event = { .kind = MIG_EVENT_RESULT };

	(void)state;
	event.u.result.seq = core->owed[0].seq + 1;
	assert_int_equal(core_event(core, &event), MIG_OK);
	assert_int_equal(core->state.stage, MIG_STAGE_ENTER_HOOK);
	assert_int_equal(core->state.hook_seq, core->owed[0].seq);
	core_free(core);
}

/* A hook's answer behind a rollback moves nothing. */
static void
test_hook_late(void **state)
{
	struct core *core = core_with_hooks();
	struct mig_event event = { .kind = MIG_EVENT_RESULT };

	(void)state;
	event.u.result.seq = core->owed[0].seq;
	core_obey(core, MIG_COMMAND_ABORT, NULL);
	assert_int_equal(core_event(core, &event), MIG_OK);
	assert_int_equal(core->state.stage, MIG_STAGE_ENTER_HOOK);
	assert_int_equal(core->state.run, MIG_RUN_ROLLING_BACK);
	core_free(core);
}

static struct core *
core_baking(void)
{
	struct core *core = core_new();

	core_to_no_return(core);
	core->phases[CORE_RETIRE].point_of_no_return = false;
	core_obey(core, MIG_COMMAND_APPROVE, NULL);
	core_obey(core, MIG_COMMAND_APPROVE, NULL);
	assert_int_equal(core->state.run, MIG_RUN_BAKING);
	core_forget(core);
	return core;
}

/* Baking counts healthy time, with the triggers armed. */
static void
test_baking(void **state)
{
	struct core *core = core_baking();

	(void)state;
	assert_int_equal(core_next(core), MIG_NEXT_COMPLETE);
	core_run(core, 50000);
	core->now[CORE_ERROR_RATE].quality = MIG_QUALITY_ERROR;
	core_run(core, 100000);
	assert_int_equal(core_blocks(core), MIG_BLOCK_HOLD | MIG_BLOCK_METRICS);
	core->now[CORE_ERROR_RATE].quality = MIG_QUALITY_OK;
	core_run(core, 40000);
	assert_int_equal(core->state.run, MIG_RUN_BAKING);
	core_run(core, 30000);
	assert_int_equal(core->state.run, MIG_RUN_COMPLETED);
	core_free(core);
}

static void
test_baking_trigger(void **state)
{
	struct core *core = core_baking();

	(void)state;
	core->now[CORE_AVAILABILITY].value = 0.5;
	core_poll(core);
	assert_int_equal(core->state.run, MIG_RUN_ROLLING_BACK);
	assert_double_same(core->provider[0], 0);
	assert_double_same(core->provider[1], 0);
	core_free(core);
}

/* Send everything there is; the fixture checks that a finished rollout stays as it is. */
static void
bombard(struct core *core)
{
	struct mig_event events[] = {
		{ .kind = MIG_EVENT_TICK },
		{ .kind = MIG_EVENT_SAMPLE, .u.sample = { CORE_AVAILABILITY, false,
		    MIG_QUALITY_OK, 0, -1, { 1 } } },
		{ .kind = MIG_EVENT_READ, .u.read = { 0, true, 77, NULL } },
		{ .kind = MIG_EVENT_RESULT, .u.result = { 1, MIG_RESULT_DONE, 1, NULL } },
		{ .kind = MIG_EVENT_GATE, .u.gate = { 0, true } },
		{ .kind = MIG_EVENT_RESTORE },
	};
	struct mig_wants wants;

	for (size_t i = 0; i < TEST_COUNT(events); i++) {
		core_wait(core, 1000);
		assert_int_equal(core_event(core, &events[i]), MIG_OK);
	}
	for (size_t i = 0; i < MIG_COMMAND_COUNT; i++) {
		if (i != MIG_COMMAND_ABORT || core->state.run != MIG_RUN_COMPLETED)
			(void)core_command(core, (enum mig_command)i, NULL);
	}
	mig_wants(&core->policy, &core->state, &wants);
	assert_int_equal(wants.metrics | wants.baselines | wants.reads | wants.gates, 0);
	assert_int_equal(wants.wake_ms, -1);
	assert_int_equal(core_next(core), MIG_NEXT_NOTHING);
	assert_int_equal(core_blocks(core), 0);
}

static void
test_latch(void **state)
{
	struct core *core = core_baking();

	(void)state;
	core_run_until(core, MIG_RUN_COMPLETED, 20);
	bombard(core);
	/* Regretted an hour later: everything goes back all the same, and the hour is no delay. */
	core_wait(core, 3600000);
	core_forget(core);
	core_obey(core, MIG_COMMAND_ABORT, NULL);
	assert_int_equal(core->state.run, MIG_RUN_ROLLING_BACK);
	assert_non_null(strstr(core->effects.data, "=0(abort)"));
	assert_null(strstr(core->records.data, "flags_not_restored"));
	core_free(core);
	core = core_new();
	core_obey(core, MIG_COMMAND_ABORT, NULL);
	assert_int_equal(core->state.run, MIG_RUN_ROLLED_BACK);
	bombard(core);
	core_free(core);
	core = core_new();
	core_to_no_return(core);
	core_obey(core, MIG_COMMAND_APPROVE, NULL);
	core_obey(core, MIG_COMMAND_ABORT, NULL);
	assert_int_equal(core->state.run, MIG_RUN_HELD);
	bombard(core);
	core_free(core);
}

/* A rollout without anything to measure, to move or to wait for goes through by itself. */
static void
test_empty_policy(void **state)
{
	struct core *core = core_new();

	(void)state;
	core->policy.metric_count = 0;
	core->policy.trigger_count = 0;
	core->policy.flag_count = 0;
	core->policy.rb_step_count = 0;
	core->policy.phase_count = 1;
	memset(&core->phases[0], 0, sizeof(core->phases[0]));
	core->phases[0].name = "alone";
	mig_state_init(&core->state, &core->policy, "x-1", core->wall);
	core_obey(core, MIG_COMMAND_START, NULL);
	core_run_until(core, MIG_RUN_COMPLETED, 20);
	core_free(core);
}

/* A gate on what nobody can measure stays closed, but makes nobody blind. */
static void
test_unmeasurable(void **state)
{
	struct core *core = core_new();
	struct mig_gate *gate = core_gate(core, CORE_REDIRECT, "lag", MIG_GATE_METRIC, false);

	(void)state;
	core->metrics[3].name = "replication_lag";
	core->metrics[3].wanted = true;
	core->policy.metric_count = 4;
	gate->metric = 3;
	core_to_first_step(core);
	core_run(core, 300000);
	assert_int_equal(core->state.overlays, 0);
	assert_int_equal(core_blocks(core), MIG_BLOCK_GATE);
	core_free(core);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_approval_per_step),
		cmocka_unit_test(test_approval_early),
		cmocka_unit_test(test_entry_approval),
		cmocka_unit_test(test_entry_waits_for_metrics),
		cmocka_unit_test(test_gate_metric),
		cmocka_unit_test(test_gate_metric_unknown),
		cmocka_unit_test(test_gate_webhook),
		cmocka_unit_test(test_gate_slow_write),
		cmocka_unit_test(test_gate_webhook_stray),
		cmocka_unit_test(test_gate_duration),
		cmocka_unit_test(test_hooks),
		cmocka_unit_test(test_hook_refused),
		cmocka_unit_test(test_hook_unanswered),
		cmocka_unit_test(test_hook_other),
		cmocka_unit_test(test_hook_late),
		cmocka_unit_test(test_baking),
		cmocka_unit_test(test_baking_trigger),
		cmocka_unit_test(test_latch),
		cmocka_unit_test(test_empty_policy),
		cmocka_unit_test(test_unmeasurable),
	};

	return cmocka_run_group_tests(tests, NULL, NULL) != 0;
}
