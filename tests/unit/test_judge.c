/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <float.h>
#include <math.h>
#include <string.h>

#include "core/step_int.h"
#include "support/core_fixture.h"

/* A running rollout at its first step in which only one trigger looks at the p95. */
static struct core *
core_judging(int64_t for_ms, enum mig_action action)
{
	struct core *core = core_new();

	core->triggers[CORE_LATENCY].for_ms = for_ms;
	core->triggers[CORE_LATENCY].action = action;
	core->steps[0][0].hold_ms = 36000000;
	core_to_first_step(core);
	return core;
}

static enum mig_trigger_run
run_of(const struct core *core)
{
	return core->state.triggers[CORE_LATENCY].run;
}

static int64_t
pending_of(const struct core *core)
{
	return core->state.triggers[CORE_LATENCY].pending_ms;
}

/* Time passes, then the p95 is read. */
static void
read_p95(struct core *core, int64_t after_ms, double value)
{
	core_tick(core, after_ms);
	core_sample(core, CORE_P95, value);
}

static void
test_for_duration(void **state)
{
	struct core *core = core_judging(60000, MIG_ACTION_ROLLBACK);

	(void)state;
	read_p95(core, 10000, 401);
	assert_int_equal(run_of(core), MIG_TRIGGER_PENDING);
	assert_string_equal(core->records.data, "trigger_pending");
	for (int i = 1; i < 6; i++) {
		read_p95(core, 10000, 401);
		assert_int_equal(pending_of(core), i * 10000);
		assert_int_equal(run_of(core), MIG_TRIGGER_PENDING);
	}
	read_p95(core, 10000, 401);
	assert_int_equal(run_of(core), MIG_TRIGGER_FIRED);
	assert_int_equal(core->state.run, MIG_RUN_ROLLING_BACK);
	assert_int_equal(core->state.rollback.trigger, CORE_LATENCY);
	assert_int_equal(core_count(core, "trigger_pending"), 1);
	assert_non_null(strstr(core->details.data,
	    "trigger_fired migarchd {\"trigger\":\"latency\",\"metric\":\"p95_response_time\","
	    "\"value\":401,\"operator\":\"greater_than\",\"threshold\":400,\"baseline\":200,"
	    "\"floor_used\":false,\"for_seconds\":60,\"pending_seconds\":60"));
	core_free(core);
}

/* Neither a breach nor a healthy value is at the threshold itself. */
static void
test_threshold_itself(void **state)
{
	struct core *core = core_judging(0, MIG_ACTION_ROLLBACK);

	(void)state;
	read_p95(core, 1000, 400);
	assert_int_equal(run_of(core), MIG_TRIGGER_OK);
	read_p95(core, 1000, 400.0000001);
	assert_int_equal(run_of(core), MIG_TRIGGER_FIRED);
	core_free(core);
}

static void
test_cleared_by_one(void **state)
{
	struct core *core = core_judging(60000, MIG_ACTION_ROLLBACK);

	(void)state;
	for (int i = 0; i < 6; i++)
		read_p95(core, 10000, 500);
	read_p95(core, 5000, 300);
	assert_int_equal(run_of(core), MIG_TRIGGER_OK);
	assert_int_equal(pending_of(core), 0);
	assert_string_equal(core->records.data, "trigger_pending trigger_cleared");
	for (int i = 0; i < 6; i++)
		read_p95(core, 10000, 500);
	assert_int_equal(pending_of(core), 50000);
	assert_int_equal(core->state.run, MIG_RUN_RUNNING);
	core_free(core);
}

/* A short gap freezes the pending time: it neither counts nor clears. */
static void
test_short_gap(void **state)
{
	struct core *core = core_judging(60000, MIG_ACTION_ROLLBACK);

	(void)state;
	for (int i = 0; i < 7; i++)
		read_p95(core, 9000, 500);
	assert_int_equal(pending_of(core), 54000);
	core_tick(core, 5000);
	core_reading(core, CORE_P95, false, MIG_QUALITY_ERROR, 0);
	assert_int_equal(run_of(core), MIG_TRIGGER_UNKNOWN);
	read_p95(core, 5000, 500);
	assert_int_equal(run_of(core), MIG_TRIGGER_PENDING);
	assert_int_equal(pending_of(core), 54000);
	read_p95(core, 5000, 500);
	assert_int_equal(pending_of(core), 59000);
	read_p95(core, 5000, 500);
	assert_int_equal(run_of(core), MIG_TRIGGER_FIRED);
	core_free(core);
}

/* After a long gap nobody knows what was: the time starts over. */
static void
test_long_gap(void **state)
{
	struct core *core = core_judging(60000, MIG_ACTION_ROLLBACK);

	(void)state;
	for (int i = 0; i < 6; i++)
		read_p95(core, 10000, 500);
	assert_int_equal(pending_of(core), 50000);
	read_p95(core, 45001, 500);
	assert_int_equal(pending_of(core), 0);
	assert_int_equal(run_of(core), MIG_TRIGGER_PENDING);
	for (int i = 0; i < 5; i++)
		read_p95(core, 10000, 500);
	assert_int_equal(run_of(core), MIG_TRIGGER_PENDING);
	read_p95(core, 10000, 500);
	assert_int_equal(run_of(core), MIG_TRIGGER_FIRED);
	core_free(core);
}

/* Enough pending time, but too little of the window was seen. */
static void
test_coverage(void **state)
{
	struct core *core = core_judging(60000, MIG_ACTION_ROLLBACK);

	(void)state;
	for (int i = 0; i < 10; i++) { /* 10 s seen, 10 s not */
		read_p95(core, 10000, 500);
		core_tick(core, 5000);
		core_reading(core, CORE_P95, false, MIG_QUALITY_ERROR, 0);
		read_p95(core, 5000, 500);
	}
	assert_int_equal(pending_of(core), 90000);
	assert_int_equal(run_of(core), MIG_TRIGGER_PENDING);
	/* 90 s of 190 s seen is too little; a whole duration without a gap is enough by itself. */
	for (int i = 0; i < 5; i++)
		read_p95(core, 10000, 500);
	assert_int_equal(run_of(core), MIG_TRIGGER_PENDING);
	read_p95(core, 10000, 500);
	assert_int_equal(run_of(core), MIG_TRIGGER_FIRED);
	assert_non_null(strstr(core->details.data, "\"steady_seconds\":60,"));
	core_free(core);
}

/* A duration of 0 or below a poll: one ok sample is enough; a whole poll is not. */
static void
test_shorter_than_poll(void **state)
{
	static const struct {
		int64_t for_ms;
		enum mig_trigger_run run;
	} rows[] = { { 0, MIG_TRIGGER_FIRED }, { CORE_POLL_MS - 1, MIG_TRIGGER_FIRED },
		{ CORE_POLL_MS, MIG_TRIGGER_PENDING } };

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(rows); i++) {
		struct core *core = core_judging(rows[i].for_ms, MIG_ACTION_ROLLBACK);
		read_p95(core, 5000, 500);
		assert_int_equal(run_of(core), rows[i].run);
		core_free(core);
	}
}

/* Between 0.8 x threshold and the threshold a breach neither grows nor clears. */
static void
test_hysteresis(void **state)
{
	struct core *core = core_judging(60000, MIG_ACTION_ROLLBACK);

	(void)state;
	core->triggers[CORE_LATENCY].clear_ratio = 0.8;
	read_p95(core, 10000, 350);
	assert_int_equal(run_of(core), MIG_TRIGGER_OK); /* no breach to keep */
	read_p95(core, 10000, 500);
	read_p95(core, 10000, 500);
	assert_int_equal(pending_of(core), 10000);
	read_p95(core, 10000, 350);
	assert_int_equal(run_of(core), MIG_TRIGGER_PENDING);
	assert_int_equal(pending_of(core), 10000);
	read_p95(core, 10000, 500);
	assert_int_equal(pending_of(core), 10000); /* it was below for a while */
	read_p95(core, 10000, 500);
	assert_int_equal(pending_of(core), 20000);
	core_reading(core, CORE_P95, false, MIG_QUALITY_NAN, 0);
	read_p95(core, 10000, 350);
	assert_int_equal(run_of(core), MIG_TRIGGER_PENDING);
	read_p95(core, 10000, 320);
	assert_int_equal(run_of(core), MIG_TRIGGER_OK);
	core_free(core);
}

static void
test_equals(void **state)
{
	struct core *core = core_judging(30000, MIG_ACTION_ROLLBACK);

	(void)state;
	core->triggers[CORE_LATENCY].op = MIG_OP_EQUALS;
	mig_expr_number(0, &core->triggers[CORE_LATENCY].threshold);
	read_p95(core, 10000, 0.001);
	assert_int_equal(run_of(core), MIG_TRIGGER_OK);
	read_p95(core, 10000, -0.001);
	assert_int_equal(run_of(core), MIG_TRIGGER_OK);
	for (int i = 0; i < 4; i++)
		read_p95(core, 10000, i % 2 == 0 ? 0.0 : -0.0);
	assert_int_equal(run_of(core), MIG_TRIGGER_FIRED);
	core_free(core);
}

/* Pending times do not survive a long absence; a short one only leaves a gap. */
static void
test_restore(void **state)
{
	(void)state;
	for (int minutes = 0; minutes < 2; minutes++) {
		struct core *core = core_judging(60000, MIG_ACTION_ROLLBACK);
		for (int i = 0; i < 6; i++)
			read_p95(core, 10000, 500);
		core_restore(core, minutes * 60000 + 5000, false);
		assert_int_equal(run_of(core), MIG_TRIGGER_UNKNOWN);
		read_p95(core, 1000, 500);
		assert_int_equal(pending_of(core), minutes > 0 ? 0 : 50000);
		core_free(core);
	}
}

/* Numbers that no server should send. */
static void
test_not_finite(void **state)
{
	static const double rows[] = { NAN, INFINITY, -INFINITY };

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(rows); i++) {
		struct core *core = core_judging(0, MIG_ACTION_ROLLBACK);
		struct mig_event event = { .kind = MIG_EVENT_SAMPLE };
		read_p95(core, 1000, rows[i]);
		assert_int_equal(core->state.metrics[CORE_P95].now.quality, MIG_QUALITY_NAN);
		assert_int_equal(run_of(core), MIG_TRIGGER_UNKNOWN);
		event.u.sample.metric = CORE_P95;
		event.u.sample.quality = MIG_QUALITY_OK;
		event.u.sample.count = rows[i];
		assert_int_equal(core_event(core, &event), MIG_OK);
		assert_true(isfinite(core->state.metrics[CORE_P95].now.sample_count));
		core_tick(core, 20000);
		core_read(core, 0, rows[i]);
		assert_double_same(core->state.flags[0].observed, 5);
		core_free(core);
	}
	struct core *core = core_new();
	core->old[CORE_ERROR_RATE].value = DBL_MAX;
	core_obey(core, MIG_COMMAND_START, NULL);
	for (int i = 0; i < 21; i++) {
		core_poll(core);
		core->old[CORE_ERROR_RATE].value *= -1;
	}
	assert_true(core->state.metrics[CORE_ERROR_RATE].baseline_known);
	assert_true(isfinite(core->state.metrics[CORE_ERROR_RATE].captured_spread));
	core_free(core);
}

static void
test_min_samples(void **state)
{
	static const struct {
		double count;
		const char *query;
		enum mig_quality quality;
	} rows[] = {
		{ 100, "count", MIG_QUALITY_OK },
		{ 50, "count", MIG_QUALITY_OK },
		{ 49, "count", MIG_QUALITY_LOW_TRAFFIC },
		{ 0, "count", MIG_QUALITY_LOW_TRAFFIC },
		{ -1, "count", MIG_QUALITY_PARTIAL }, /* asked and not answered */
		{ -1, NULL, MIG_QUALITY_OK },         /* nobody can tell */
	};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(rows); i++) {
		struct core *core = core_judging(0, MIG_ACTION_ROLLBACK);
		core->metrics[CORE_P95].min_samples = 50;
		core->metrics[CORE_P95].count_query = rows[i].query;
		core->now[CORE_P95].count = rows[i].count;
		core->now[CORE_P95].value = 200;
		core_samples(core);
		assert_int_equal(core->state.metrics[CORE_P95].now.quality, rows[i].quality);
		/* Even a bad value is no breach when there was next to no traffic. */
		core->now[CORE_P95].value = 9999;
		core_samples(core);
		assert_int_equal(core->state.run, rows[i].quality == MIG_QUALITY_OK ?
		    MIG_RUN_ROLLING_BACK : MIG_RUN_RUNNING);
		core_free(core);
	}
}

static void
test_alert(void **state)
{
	struct core *core = core_judging(0, MIG_ACTION_ALERT);

	(void)state;
	read_p95(core, 1000, 500);
	assert_string_equal(core->records.data, "trigger_fired");
	assert_string_equal(core->effects.data, "notify:alert");
	assert_int_equal(core_blocks(core) & MIG_BLOCK_TRIGGER, MIG_BLOCK_TRIGGER);
	read_p95(core, 1000, 500);
	assert_string_equal(core->effects.data, "notify:alert");
	read_p95(core, 1000, 300);
	assert_int_equal(run_of(core), MIG_TRIGGER_OK);
	core_free(core);
}

static void
test_scale_up(void **state)
{
	(void)state;
	for (int hooks = 0; hooks < 2; hooks++) {
		struct core *core = core_judging(0, MIG_ACTION_SCALE_UP);
		core->policy.hooks = hooks != 0;
		read_p95(core, 1000, 500);
		assert_string_equal(core->effects.data,
		    hooks != 0 ? "scale_up:latency notify:alert" : "notify:alert");
		assert_int_equal(core->state.run, MIG_RUN_RUNNING);
		core_free(core);
	}
}

/* A proposal waits for a person, even when the breach is over. */
static void
test_propose(void **state)
{
	struct core *core = core_judging(0, MIG_ACTION_PROPOSE);

	(void)state;
	assert_int_equal(core_command(core, MIG_COMMAND_APPROVE, "rollback"), MIG_ESTATE);
	read_p95(core, 1000, 500);
	assert_string_equal(core->effects.data, "notify:alert");
	read_p95(core, 1000, 300);
	assert_int_equal(run_of(core), MIG_TRIGGER_FIRED);
	assert_string_equal(core->records.data, "trigger_fired trigger_cleared");
	core_run(core, 100000);
	assert_int_equal(core->state.run, MIG_RUN_RUNNING);
	core_obey(core, MIG_COMMAND_APPROVE, "rollback");
	assert_int_equal(core->state.run, MIG_RUN_ROLLING_BACK);
	assert_int_equal(core->state.rollback.reason, MIG_REASON_TRIGGER);
	assert_int_equal(core->state.rollback.trigger, CORE_LATENCY);
	assert_string_equal(core->state.rollback.actor, "anna");
	assert_string_equal(core->state.rollback.comment, "because");
	core_free(core);
}

/* Dismissed is not ok: only a reading can say that. */
static void
test_dismiss(void **state)
{
	struct core *core = core_judging(0, MIG_ACTION_PROPOSE);

	(void)state;
	core->steps[0][0].hold_ms = 20000;
	core_run(core, 10000);
	core_tick(core, CORE_POLL_MS - 1);
	core_sample(core, CORE_P95, 500);
	core_tick(core, 2);
	core_obey(core, MIG_COMMAND_DISMISS, NULL);
	assert_int_equal(run_of(core), MIG_TRIGGER_UNKNOWN);
	assert_double_same(core->state.flags[0].intended, 5);
	read_p95(core, 1, 500);
	assert_int_equal(run_of(core), MIG_TRIGGER_FIRED);
	assert_int_equal(core_count(core, "trigger_fired"), 2);
	core_obey(core, MIG_COMMAND_DISMISS, "latency");
	assert_int_equal(core_command(core, MIG_COMMAND_DISMISS, "latency"), MIG_ESTATE);
	core_samples(core);
	core_read_back(core);
	assert_int_equal(run_of(core), MIG_TRIGGER_OK);
	core_run(core, 10000);
	assert_double_same(core->state.flags[0].intended, 25);
	core_free(core);
}

/* All triggers are judged and told, the first in the runbook's order is the reason. */
static void
test_no_short_cut(void **state)
{
	struct core *core = core_judging(0, MIG_ACTION_ALERT);

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		core->triggers[i].metric = CORE_AVAILABILITY;
		core->triggers[i].op = MIG_OP_LESS;
		core->triggers[i].for_ms = 0;
		mig_expr_number(0.9, &core->triggers[i].threshold);
	}
	core->triggers[CORE_SPIKE].action = MIG_ACTION_ALERT;
	core_sample(core, CORE_AVAILABILITY, 0.5);
	assert_string_equal(core->records.data, "trigger_fired trigger_fired trigger_fired "
	    "rollback_decided flag_write");
	assert_int_equal(core->state.rollback.trigger, CORE_DOWN);
	core_free(core);
}

/* No trigger looks before the first phase, and a disarmed one never does. */
static void
test_disarmed(void **state)
{
	struct core *core = core_new();

	(void)state;
	core->triggers[CORE_DOWN].armed = false;
	mig_state_init(&core->state, &core->policy, "x-1", core->wall);
	core->now[CORE_P95].value = 5000;
	core->now[CORE_AVAILABILITY].value = 0.1;
	core->triggers[CORE_LATENCY].for_ms = 0;
	core_obey(core, MIG_COMMAND_START, NULL);
	core_run(core, 100000);
	assert_int_equal(run_of(core), MIG_TRIGGER_UNKNOWN);
	core->now[CORE_P95].value = 200;
	core_run(core, 200000);
	assert_int_equal(core->state.triggers[CORE_DOWN].run, MIG_TRIGGER_DISARMED);
	assert_int_equal(core_blocks(core), MIG_BLOCK_GATE);
	core_free(core);
}

static void
test_blind(void **state)
{
	struct core *core = core_judging(60000, MIG_ACTION_ROLLBACK);

	(void)state;
	core->now[CORE_P95].quality = MIG_QUALITY_ERROR;
	core->now[CORE_ERROR_RATE].quality = MIG_QUALITY_PARTIAL;
	core_run(core, 120000);
	assert_int_equal(core->state.overlays, 0);
	core_poll(core);
	assert_int_equal(core->state.overlays, MIG_OVERLAY_BLIND);
	assert_string_equal(core->records.data, "blind");
	assert_string_equal(core->effects.data, "notify:alert");
	assert_non_null(strstr(core->details.data, "{\"metrics\":[{\"metric\":\"error_rate\","
	    "\"quality\":\"partial\",\"unseen_seconds\":130,"));
	assert_non_null(strstr(core->details.data,
	    "{\"metric\":\"p95_response_time\",\"quality\":\"error\","));
	core_run(core, 600000);
	assert_string_equal(core->records.data, "blind");
	/* Triggers that can be judged stay armed. */
	core->now[CORE_P95].quality = MIG_QUALITY_OK;
	core_poll(core);
	assert_int_equal(core->state.overlays, MIG_OVERLAY_BLIND);
	core->now[CORE_ERROR_RATE].quality = MIG_QUALITY_OK;
	core_poll(core);
	assert_int_equal(core->state.overlays, 0);
	assert_string_equal(core->records.data, "blind sighted");
	core_free(core);
}

/* A rollout with a trigger that proposes to go back when nothing has moved for 300 s. */
static struct core *
core_with_progress(double rate)
{
	struct core *core = core_new();
	struct mig_trigger *trigger = &core->triggers[3];

	core->metrics[3] = (struct mig_metric) { .name = "migration_progress_rate",
		.query = "progress", .wanted = true };
	core->now[3] = (struct core_answer) { MIG_QUALITY_OK, rate, -1 };
	*trigger = (struct mig_trigger) { .id = "stalled", .name = "stalled", .metric = 3,
		.op = MIG_OP_EQUALS, .for_ms = 300000, .clear_ratio = 1,
		.action = MIG_ACTION_PROPOSE, .armed = true, .standstill = true };
	core_threshold(core, 3, "0");
	core->policy.metric_count = 4;
	core->policy.trigger_count = 4;
	return core;
}

/* What does not move yet, or no more, is in nobody's way before that has lasted. */
static void
test_standstill(void **state)
{
	struct core *core = core_with_progress(0);
	const struct mig_trigger_state *ts = &core->state.triggers[3];

	(void)state;
	core_start(core);
	core_run(core, 200000);
	assert_int_equal(ts->run, MIG_TRIGGER_PENDING);
	assert_int_equal(core_blocks(core), MIG_BLOCK_GATE);
	core_run(core, 200000);
	assert_int_equal(ts->run, MIG_TRIGGER_FIRED);
	assert_int_equal(core_blocks(core), MIG_BLOCK_GATE | MIG_BLOCK_TRIGGER);
	/* Who has dismissed it knows. */
	core_obey(core, MIG_COMMAND_DISMISS, "stalled");
	core_run(core, 400000);
	assert_int_equal(ts->run, MIG_TRIGGER_OK);
	core_restore(core, 1000, false);
	core_run(core, 400000);
	assert_int_equal(ts->run, MIG_TRIGGER_OK);
	assert_int_equal(core_blocks(core), MIG_BLOCK_GATE);
	/* But not when something has moved since. */
	core->now[3].value = 5;
	core_poll(core);
	core->now[3].value = 0;
	core_poll(core);
	assert_int_equal(ts->run, MIG_TRIGGER_PENDING);
	core_run(core, 310000);
	assert_int_equal(ts->run, MIG_TRIGGER_FIRED);
	core_obey(core, MIG_COMMAND_APPROVE, "rollback");
	assert_int_equal(core->state.run, MIG_RUN_ROLLING_BACK);
	core_free(core);
}

/* Behind the last phase, and once all goes back, nothing has to move, nor to be measured. */
static void
test_standstill_is_rest(void **state)
{
	static const enum mig_quality rows[] = { MIG_QUALITY_OK, MIG_QUALITY_NO_DATA };

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(rows); i++) {
		struct core *core = core_with_progress(5);
		core->policy.settings.bake_ms = 400000;
		core->phases[CORE_RETIRE].gate_count = 0;
		core_to_first_step(core);
		core_run_until(core, MIG_RUN_BAKING, 200);
		core->now[3] = (struct core_answer) { rows[i], 0, -1 };
		core_forget(core);
		core_run_until(core, MIG_RUN_COMPLETED, 45);
		assert_string_equal(core->records.data, "completed");
		core_free(core);

		core = core_with_progress(5);
		core->policy.rb_step_count = 0;
		core_to_first_step(core);
		core_obey(core, MIG_COMMAND_ABORT, NULL);
		core->now[3] = (struct core_answer) { rows[i], 0, -1 };
		core_to_stage(core, MIG_RB_VALIDATION);
		core_run_until(core, MIG_RUN_ROLLED_BACK, 10);
		core_free(core);
	}
}

/* Everything fails, and then no request is counted any more: that is told, and once. */
static void
test_unjudged(void **state)
{
	struct core *core = core_new();

	(void)state;
	core->metrics[CORE_ERROR_RATE].count_query = "requests";
	core->metrics[CORE_ERROR_RATE].min_samples = 10;
	core->now[CORE_ERROR_RATE].quality = MIG_QUALITY_NAN;
	core->now[CORE_ERROR_RATE].count = 0;
	core_start(core);
	core_run(core, 2000000);
	/* Nothing is to be seen there without traffic. */
	assert_int_equal(core_count(core, "triggers_unjudged"), 0);
	core_obey(core, MIG_COMMAND_APPROVE, NULL);
	core_poll(core);
	core->now[CORE_ERROR_RATE] = (struct core_answer) { MIG_QUALITY_OK, 1, 100 };
	core_run(core, 20000);
	assert_double_same(core->state.flags[0].intended, 5);
	assert_int_equal(core->state.triggers[CORE_SPIKE].run, MIG_TRIGGER_PENDING);
	core_forget(core);
	core->now[CORE_ERROR_RATE] = (struct core_answer) { MIG_QUALITY_NAN, 0, 0 };
	core_run(core, 890000);
	assert_string_equal(core->records.data, "");
	core_restore(core, 1000, false);
	core_forget(core);
	core_run(core, 20000);
	assert_string_equal(core->records.data, "triggers_unjudged");
	assert_string_equal(core->effects.data, "notify:alert");
	assert_non_null(strstr(core->details.data, "{\"unjudged\":[\"error_rate_spike\"],"
	    "\"unjudged_seconds\":900,"));
	core_run(core, 7200000);
	assert_string_equal(core->records.data, "triggers_unjudged");
	core_free(core);
}

static void
test_blind_trigger_stays_armed(void **state)
{
	struct core *core = core_judging(60000, MIG_ACTION_ROLLBACK);

	(void)state;
	core->now[CORE_P95].quality = MIG_QUALITY_ERROR;
	core_run(core, 200000);
	core->now[CORE_AVAILABILITY].value = 0.1;
	core_poll(core);
	assert_int_equal(core->state.run, MIG_RUN_ROLLING_BACK);
	assert_int_equal(core->state.overlays, 0);
	core_free(core);
}

static void
test_blind_rollback(void **state)
{
	struct core *core = core_judging(60000, MIG_ACTION_ROLLBACK);

	(void)state;
	core->policy.settings.blind_rollback_after_ms = 300000;
	core->now[CORE_P95].quality = MIG_QUALITY_ERROR;
	core_run(core, 130000);
	core_run(core, 290000);
	assert_int_equal(core->state.run, MIG_RUN_RUNNING);
	core_poll(core);
	assert_int_equal(core->state.run, MIG_RUN_ROLLING_BACK);
	assert_int_equal(core->state.rollback.reason, MIG_REASON_BLIND);
	assert_int_equal(core->state.rollback.trigger, -1);
	core_free(core);
}

/* Seen again before the limit: the time counts from the next time on. */
static void
test_blind_again(void **state)
{
	struct core *core = core_judging(60000, MIG_ACTION_ROLLBACK);

	(void)state;
	core->policy.settings.blind_rollback_after_ms = 300000;
	for (int i = 0; i < 3; i++) {
		core->now[CORE_P95].quality = MIG_QUALITY_ERROR;
		core_run(core, 400000);
		core->now[CORE_P95].quality = MIG_QUALITY_OK;
		core_run(core, 20000);
	}
	assert_int_equal(core->state.run, MIG_RUN_RUNNING);
	assert_int_equal(core_count(core, "sighted"), 3);
	core_free(core);
}

/* A long query must not cost the record its numbers. */
static void
test_long_query(void **state)
{
	static char query[5000];
	struct core *core = core_judging(0, MIG_ACTION_ALERT);

	(void)state;
	memset(query, '"', sizeof(query) - 1);
	core->metrics[CORE_P95].query = query;
	read_p95(core, 1000, 500);
	assert_null(strstr(core->details.data, "truncated"));
	assert_non_null(strstr(core->details.data, "\"value\":500"));
	core_free(core);
}

/* What has fired and clears by itself does not do so in between either. */
static void
test_hysteresis_fired(void **state)
{
	struct core *core = core_judging(0, MIG_ACTION_ALERT);

	(void)state;
	core->triggers[CORE_LATENCY].clear_ratio = 0.8;
	read_p95(core, 1000, 500);
	assert_int_equal(run_of(core), MIG_TRIGGER_FIRED);
	read_p95(core, 1000, 350);
	assert_int_equal(run_of(core), MIG_TRIGGER_FIRED);
	read_p95(core, 1000, 300);
	assert_int_equal(run_of(core), MIG_TRIGGER_OK);
	core_free(core);
}

/* A threshold made of a metric that the policy does not have is never known. */
static void
test_unknown_baseline(void **state)
{
	struct core *core = core_judging(0, MIG_ACTION_ROLLBACK);

	(void)state;
	core_threshold(core, CORE_LATENCY, "baseline_nobody_measures_this * 2");
	read_p95(core, 1000, 5000);
	assert_int_equal(run_of(core), MIG_TRIGGER_UNKNOWN);
	assert_false(core->state.triggers[CORE_LATENCY].threshold_known);
	assert_int_equal(core->state.run, MIG_RUN_RUNNING);
	assert_int_equal(core_blocks(core) & MIG_BLOCK_METRICS, MIG_BLOCK_METRICS);
	core_free(core);
}

/* A ratio of nothing to nothing: the count explains it, so that nobody is blind. */
static void
test_no_requests(void **state)
{
	static const struct {
		double count;
		enum mig_quality quality;
		enum mig_quality expected;
		bool blind;
	} rows[] = {
		{ 0, MIG_QUALITY_NAN, MIG_QUALITY_LOW_TRAFFIC, false },
		{ 49, MIG_QUALITY_NAN, MIG_QUALITY_LOW_TRAFFIC, false },
		{ 0, MIG_QUALITY_NO_DATA, MIG_QUALITY_LOW_TRAFFIC, false },
		{ 50, MIG_QUALITY_NAN, MIG_QUALITY_NAN, true },
		{ -1, MIG_QUALITY_NAN, MIG_QUALITY_NAN, true }, /* the count was not answered */
		{ -1, MIG_QUALITY_NO_DATA, MIG_QUALITY_NO_DATA, true },
		{ 0, MIG_QUALITY_ERROR, MIG_QUALITY_ERROR, true },
		{ 0, MIG_QUALITY_STALE, MIG_QUALITY_STALE, true },
	};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(rows); i++) {
		struct core *core = core_judging(0, MIG_ACTION_ROLLBACK);
		const struct mig_reading *now = &core->state.metrics[CORE_P95].now;
		core->metrics[CORE_P95].min_samples = 50;
		core->metrics[CORE_P95].count_query = "count";
		core->policy.settings.blind_after_ms = 60000;
		core->now[CORE_P95] = (struct core_answer) { rows[i].quality, 9999,
			rows[i].count };
		for (int k = 0; k < 8; k++) {
			core_tick(core, 10000);
			core_samples(core);
		}
		assert_int_equal(now->quality, rows[i].expected);
		assert_double_same(now->value, 0);
		if (rows[i].count <= 0)
			assert_true(isnan(mig_state_trigger_value(&core->state, &core->policy,
			    CORE_LATENCY)));
		assert_int_equal((core->state.overlays & MIG_OVERLAY_BLIND) != 0, rows[i].blind);
		assert_int_equal(core_blocks(core) & MIG_BLOCK_TRAFFIC,
		    rows[i].blind ? 0 : MIG_BLOCK_TRAFFIC);
		assert_int_equal(core->state.run, MIG_RUN_RUNNING);
		core_free(core);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_for_duration),
		cmocka_unit_test(test_threshold_itself),
		cmocka_unit_test(test_cleared_by_one),
		cmocka_unit_test(test_short_gap),
		cmocka_unit_test(test_long_gap),
		cmocka_unit_test(test_coverage),
		cmocka_unit_test(test_shorter_than_poll),
		cmocka_unit_test(test_hysteresis),
		cmocka_unit_test(test_equals),
		cmocka_unit_test(test_restore),
		cmocka_unit_test(test_not_finite),
		cmocka_unit_test(test_min_samples),
		cmocka_unit_test(test_alert),
		cmocka_unit_test(test_scale_up),
		cmocka_unit_test(test_propose),
		cmocka_unit_test(test_dismiss),
		cmocka_unit_test(test_no_short_cut),
		cmocka_unit_test(test_disarmed),
		cmocka_unit_test(test_blind),
		cmocka_unit_test(test_standstill),
		cmocka_unit_test(test_standstill_is_rest),
		cmocka_unit_test(test_unjudged),
		cmocka_unit_test(test_blind_trigger_stays_armed),
		cmocka_unit_test(test_blind_rollback),
		cmocka_unit_test(test_blind_again),
		cmocka_unit_test(test_long_query),
		cmocka_unit_test(test_hysteresis_fired),
		cmocka_unit_test(test_unknown_baseline),
		cmocka_unit_test(test_no_requests),
	};

	return cmocka_run_group_tests(tests, NULL, NULL) != 0;
}
