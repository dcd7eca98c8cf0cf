/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <float.h>
#include <math.h>
#include <string.h>

#include "core/step_int.h"
#include "support/core_fixture.h"

static enum mig_trigger_run
run_of(const struct core *core)
{
	return core->state.triggers[CORE_LATENCY].run;
}

/* Time passes, then the p95 is read. */
static void
read_p95(struct core *core, int64_t after_ms, double value)
{
	core_tick(core, after_ms);
	core_sample(core, CORE_P95, value);
}

/* A latency trigger whose baseline is the old path's newest reading. */
static struct core *
core_live(void)
{
	struct core *core = core_new();

	core->metrics[CORE_P95].baseline = MIG_BASELINE_LIVE;
	core->metrics[CORE_P95].baseline_query = "old p95";
	core->old[CORE_P95].value = 300;
	return core;
}

static void
test_live_baseline(void **state)
{
	struct core *core = core_live();
	struct mig_wants wants;

	(void)state;
	core->triggers[CORE_LATENCY].for_ms = 0;
	core->steps[0][0].hold_ms = 36000000;
	core_to_first_step(core);
	/* The captured one is asked no more, the live one is. */
	mig_wants(&core->policy, &core->state, &wants);
	assert_int_equal(wants.baselines, 1U << CORE_P95);
	/* Traffic makes both slower: no breach. */
	core_reading(core, CORE_P95, true, MIG_QUALITY_OK, 300);
	read_p95(core, 1000, 550);
	assert_int_equal(run_of(core), MIG_TRIGGER_OK);
	assert_double_same(core->state.triggers[CORE_LATENCY].threshold, 600);
	/* The old path is not to be seen: at once nothing can be told. */
	core_reading(core, CORE_P95, true, MIG_QUALITY_NO_DATA, 0);
	assert_int_equal(run_of(core), MIG_TRIGGER_UNKNOWN);
	assert_int_equal(core_blocks(core) & MIG_BLOCK_METRICS, MIG_BLOCK_METRICS);
	read_p95(core, 1000, 5000);
	assert_int_equal(run_of(core), MIG_TRIGGER_UNKNOWN);
	assert_int_equal(core->state.run, MIG_RUN_RUNNING);
	core_reading(core, CORE_P95, true, MIG_QUALITY_OK, 300);
	read_p95(core, 1000, 550);
	assert_int_equal(run_of(core), MIG_TRIGGER_OK);
	/* Asked no more: stale by itself. */
	for (int i = 0; i < 7; i++)
		read_p95(core, 10000, 550);
	assert_int_equal(run_of(core), MIG_TRIGGER_UNKNOWN);
	read_p95(core, 1000, 5000);
	core_reading(core, CORE_P95, true, MIG_QUALITY_OK, 300);
	read_p95(core, 1000, 601);
	assert_int_equal(core->state.run, MIG_RUN_ROLLING_BACK);
	core_free(core);
}

/* While baselining: enough samples, the whole window, the median of them. */
static void
test_captured_baseline(void **state)
{
	struct core *core = core_new();
	const struct mig_metric_state *ms = &core->state.metrics[CORE_ERROR_RATE];

	(void)state;
	core_obey(core, MIG_COMMAND_START, NULL);
	for (int i = 0; i < 21; i++) {
		core->old[CORE_ERROR_RATE].value = i == 7 ? 9 : 0.01 + 0.001 * i;
		core->old[CORE_ERROR_RATE].quality = i == 9 ? MIG_QUALITY_NAN : MIG_QUALITY_OK;
		assert_false(ms->baseline_known);
		core_poll(core);
	}
	assert_true(ms->baseline_known);
	assert_int_equal(ms->captured_count, 20);
	/* Without the 7th and the 9th, and the wild one sorted to the end. */
	assert_double_near(ms->baseline, 0.0215, 1e-12);
	assert_double_near(ms->captured_spread, 0.006, 1e-12);
	assert_false(ms->floor_used);
	assert_non_null(strstr(core->details.data, "\"samples\":20"));
	core_free(core);
}

/* A baseline that does not come is told, and the rollout goes on when it does. */
static void
test_baseline_overdue(void **state)
{
	struct core *core = core_new();

	(void)state;
	core->policy.settings.baseline_window_ms = 30000;
	core->policy.settings.blind_after_ms = 60000;
	core->policy.settings.blind_rollback_after_ms = 60000;
	core->old[CORE_ERROR_RATE].quality = MIG_QUALITY_NO_DATA;
	core_obey(core, MIG_COMMAND_START, NULL);
	while (core->state.clock_ms <= 90000) {
		assert_int_equal(core->state.overlays, 0);
		core_poll(core);
	}
	assert_int_equal(core->state.overlays, MIG_OVERLAY_BLIND);
	assert_int_equal(core_count(core, "blind"), 1);
	assert_non_null(strstr(core->effects.data, "notify:alert"));
	/* There is nothing to roll back yet, however long it lasts. */
	core_run(core, 120000);
	assert_int_equal(core->state.run, MIG_RUN_BASELINING);
	core->old[CORE_ERROR_RATE].quality = MIG_QUALITY_OK;
	for (int i = 0; i < 22 && core->state.run == MIG_RUN_BASELINING; i++)
		core_poll(core);
	assert_int_equal(core->state.run, MIG_RUN_RUNNING);
	assert_int_equal(core->state.overlays, 0);
	core_free(core);
}

/* A long window with short polls: the samples that are kept span the whole of it. */
static void
test_captured_spans_window(void **state)
{
	struct core *core = core_new();
	const struct mig_metric_state *ms = &core->state.metrics[CORE_ERROR_RATE];

	(void)state;
	core->policy.settings.baseline_window_ms = 3600000;
	core_obey(core, MIG_COMMAND_START, NULL);
	for (int i = 0; i < 360; i++) {
		core->old[CORE_ERROR_RATE].value = i;
		core_poll(core);
	}
	assert_true(ms->baseline_known);
	assert_double_near(ms->baseline, 180, 6);
	assert_true(ms->captured_count >= MIG_BASELINE_MIN_COUNT);
	core_free(core);
}

static void
test_floor(void **state)
{
	struct core *core = core_new();

	(void)state;
	core->old[CORE_ERROR_RATE].value = 0;
	core->now[CORE_ERROR_RATE].value = 0;
	core->triggers[CORE_SPIKE].for_ms = 0;
	core_to_first_step(core);
	assert_true(core->state.metrics[CORE_ERROR_RATE].floor_used);
	assert_double_same(core->state.metrics[CORE_ERROR_RATE].baseline, 0.001);
	core_sample(core, CORE_ERROR_RATE, 0.005);
	assert_int_equal(core->state.run, MIG_RUN_RUNNING);
	core_sample(core, CORE_ERROR_RATE, 0.0051);
	assert_int_equal(core->state.run, MIG_RUN_ROLLING_BACK);
	core_free(core);
}

static void
test_fixed_baseline(void **state)
{
	struct core *core = core_new();
	struct mig_wants wants;

	(void)state;
	core_obey(core, MIG_COMMAND_START, NULL);
	assert_true(core->state.metrics[CORE_P95].baseline_known);
	assert_double_same(core->state.metrics[CORE_P95].baseline, 200);
	mig_wants(&core->policy, &core->state, &wants);
	assert_int_equal(wants.baselines, 1U << CORE_ERROR_RATE);
	assert_int_equal(wants.metrics, 7);
	core_run_until(core, MIG_RUN_RUNNING, 30);
	mig_wants(&core->policy, &core->state, &wants);
	assert_int_equal(wants.baselines, 0);
	core_free(core);
}

/* A ratio of a handful of the old path's requests is no baseline: the last one stands. */
static void
test_few_old_requests(void **state)
{
	static const struct {
		double count;
		const char *query;
		enum mig_quality answer;
		enum mig_quality quality;
		double baseline;
	} rows[] = {
		{ 50, "count", MIG_QUALITY_OK, MIG_QUALITY_OK, 3000 },
		{ 49, "count", MIG_QUALITY_OK, MIG_QUALITY_LOW_TRAFFIC, 300 },
		{ 0, "count", MIG_QUALITY_NAN, MIG_QUALITY_LOW_TRAFFIC, 300 },
		{ 50, "count", MIG_QUALITY_NAN, MIG_QUALITY_NAN, NAN },
		{ -1, "count", MIG_QUALITY_OK, MIG_QUALITY_PARTIAL, NAN },
		{ 0, "count", MIG_QUALITY_STALE, MIG_QUALITY_STALE, NAN },
		{ 0, NULL, MIG_QUALITY_OK, MIG_QUALITY_OK, 3000 }, /* nobody can tell */
	};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(rows); i++) {
		struct core *core = core_live();
		core->steps[0][0].hold_ms = 36000000;
		core->metrics[CORE_P95].min_samples = 50;
		core->metrics[CORE_P95].baseline_count_query = "old count";
		core->old[CORE_P95].count = 50;
		core_to_first_step(core);
		core->metrics[CORE_P95].baseline_count_query = rows[i].query;
		core->old[CORE_P95] = (struct core_answer){ rows[i].answer, 3000, rows[i].count };
		core_samples(core);
		const struct mig_metric_state *ms = &core->state.metrics[CORE_P95];
		assert_int_equal(ms->old.quality, rows[i].quality);
		double baseline = mig_baseline_now(&core->policy, &core->state, CORE_P95);
		if (isnan(rows[i].baseline))
			assert_true(isnan(baseline));
		else
			assert_double_same(baseline, rows[i].baseline);
		core_free(core);
	}
}

/* The last reading before the old path runs dry is of the fewest requests: it alone stands not. */
static void
test_stands_on_many(void **state)
{
	struct core *core = core_live();
	const struct mig_metric_state *ms = &core->state.metrics[CORE_P95];

	(void)state;
	core->steps[0][0].hold_ms = 36000000;
	core->metrics[CORE_P95].min_samples = 50;
	core->metrics[CORE_P95].baseline_count_query = "old count";
	core->old[CORE_P95].count = 50;
	core_to_first_step(core);
	for (int i = 0; i < MIG_BASELINE_LIVE_SAMPLES; i++) {
		core->old[CORE_P95].value = 300 + i;
		core_poll(core);
	}
	mig_wall last = ms->old.at;
	core->old[CORE_P95].value = 4000;
	core_poll(core);
	assert_double_same(ms->baseline, 4000);
	core->old[CORE_P95].count = 49;
	core_forget(core);
	core_poll(core);
	assert_double_same(ms->baseline, 308); /* of 301 to 314 and 4000 */
	assert_true(ms->captured_at.ms > last.ms);
	core_restore(core, 5000, false);
	core_poll(core);
	assert_double_same(ms->baseline, 308);
	core_sample(core, CORE_P95, 700);
	assert_non_null(strstr(core->details.data, "\"baseline_stands\":true"));
	assert_non_null(strstr(core->details.data, "\"baseline_samples\":15"));
	assert_non_null(strstr(core->details.data, "\"baseline_quality\":\"low_traffic\""));
	core->old[CORE_P95].count = 50;
	core_poll(core);
	assert_double_same(ms->baseline, 4000);
	core_free(core);
}

/* However long the old path has next to no requests, nobody is blind for that. */
static void
test_old_path_runs_dry(void **state)
{
	struct core *core = core_live();

	(void)state;
	core->metrics[CORE_P95].min_samples = 50;
	core->metrics[CORE_P95].baseline_count_query = "old count";
	core->old[CORE_P95].count = 50;
	core->policy.settings.blind_after_ms = 60000;
	core->policy.settings.blind_rollback_after_ms = 60000;
	core->steps[0][0].hold_ms = 3600000;
	core_to_first_step(core);
	core->old[CORE_P95].quality = MIG_QUALITY_NAN;
	core->old[CORE_P95].count = 0;
	for (int i = 0; i < 1000 && !mig_flags_all_over(&core->policy, &core->state); i++) {
		core_poll(core);
		assert_int_equal(core->state.overlays & MIG_OVERLAY_BLIND, 0);
		assert_int_equal(run_of(core), MIG_TRIGGER_OK);
	}
	assert_true(mig_flags_all_over(&core->policy, &core->state));
	core_free(core);
}

/* Too few requests make no captured baseline, and who looks is told what is missing. */
static void
test_few_requests_to_capture(void **state)
{
	struct core *core = core_new();
	struct mig_next next = { 0 };

	(void)state;
	core->metrics[CORE_ERROR_RATE].min_samples = 50;
	core->metrics[CORE_ERROR_RATE].baseline_count_query = "old count";
	core->old[CORE_ERROR_RATE].count = 49;
	core_obey(core, MIG_COMMAND_START, NULL);
	for (int i = 0; i < 10; i++)
		core_poll(core);
	assert_int_equal(core->state.run, MIG_RUN_BASELINING);
	assert_int_equal(core->state.metrics[CORE_ERROR_RATE].captured_count, 0);
	mig_next(&core->policy, &core->state, core->wall, &next);
	assert_int_equal(next.waiting_for, MIG_BLOCK_BASELINE | MIG_BLOCK_TRAFFIC);
	core->old[CORE_ERROR_RATE].count = 50;
	for (int i = 0; i < 100 && core->state.run == MIG_RUN_BASELINING; i++)
		core_poll(core);
	assert_int_equal(core->state.run, MIG_RUN_RUNNING);
	core_free(core);
}

static void
read_all(struct core *core, double p95)
{
	core->now[CORE_P95].value = p95;
	core_tick(core, 10000);
	core_samples(core);
}

/* Nothing comes from the old path: the trigger that needs it sees nothing, and people are told. */
static void
test_live_baseline_lost(void **state)
{
	struct core *core = core_live();

	(void)state;
	core->steps[0][0].hold_ms = 36000000;
	core->policy.settings.blind_after_ms = 60000;
	core->policy.settings.blind_rollback_after_ms = 30000;
	core_to_first_step(core);
	read_all(core, 200);
	core->old[CORE_P95].quality = MIG_QUALITY_NAN;
	for (int i = 0; i < 6; i++) {
		read_all(core, 9000);
		assert_int_equal(core->state.overlays & MIG_OVERLAY_BLIND, 0);
	}
	read_all(core, 9000);
	assert_int_equal(core->state.overlays & MIG_OVERLAY_BLIND, MIG_OVERLAY_BLIND);
	assert_non_null(strstr(core->details.data, "\"metric\":\"p95_response_time\","
	    "\"quality\":\"nan\",\"unseen_seconds\":70"));
	assert_non_null(strstr(core->details.data, "\"query\":\"old p95\""));
	/* It is back, and so is sight. */
	core->old[CORE_P95].quality = MIG_QUALITY_OK;
	read_all(core, 200);
	core_tick(core, 1000);
	assert_int_equal(core->state.overlays & MIG_OVERLAY_BLIND, 0);
	/* It goes for good. */
	core->old[CORE_P95].quality = MIG_QUALITY_NO_DATA;
	for (int i = 0; i < 9; i++) {
		assert_int_equal(core->state.run, MIG_RUN_RUNNING);
		read_all(core, 200);
	}
	assert_int_equal(core->state.run, MIG_RUN_ROLLING_BACK);
	assert_int_equal(core->state.rollback.reason, MIG_REASON_BLIND);
	core_free(core);
}

/* That the new path is silent before the first step is no excuse for not seeing the old one. */
static void
test_lost_before_first_step(void **state)
{
	struct core *core = core_live();

	(void)state;
	core->metrics[CORE_P95].new_path = true;
	core->now[CORE_P95].quality = MIG_QUALITY_NO_DATA;
	core_start(core);
	core->old[CORE_P95].quality = MIG_QUALITY_ERROR;
	core_poll(core);
	core_obey(core, MIG_COMMAND_APPROVE, "approval");
	core_run(core, 100000);
	assert_int_equal(core_blocks(core) & MIG_BLOCK_METRICS, MIG_BLOCK_METRICS);
	assert_double_same(core->state.flags[0].intended, 0);
	core->old[CORE_P95].quality = MIG_QUALITY_OK;
	for (int i = 0; i < 30 && !(core->state.flags[0].intended > 0); i++)
		core_poll(core);
	assert_true(core->state.flags[0].intended > 0);
	core_free(core);
}

/* All traffic is on the new path: the last live baseline stands, whatever trickles in. */
static void
test_live_baseline_stands(void **state)
{
	struct core *core = core_live();
	const struct mig_metric_state *ms = &core->state.metrics[CORE_P95];

	(void)state;
	core->triggers[CORE_LATENCY].for_ms = 0;
	core->policy.settings.blind_after_ms = 60000;
	core_to_first_step(core);
	for (int i = 0; i < 1000 && !mig_flags_all_over(&core->policy, &core->state); i++)
		core_poll(core);
	assert_true(mig_flags_all_over(&core->policy, &core->state));
	assert_double_same(ms->baseline, 300);
	core->old[CORE_P95].value = 5000;
	read_all(core, 200);
	assert_double_same(ms->baseline, 300);
	core->old[CORE_P95].quality = MIG_QUALITY_NAN;
	for (int i = 0; i < 12; i++) {
		read_all(core, 599);
		assert_int_equal(run_of(core), MIG_TRIGGER_OK);
	}
	assert_int_equal(core->state.overlays & MIG_OVERLAY_BLIND, 0);
	read_all(core, 601);
	assert_int_equal(core->state.run, MIG_RUN_ROLLING_BACK);
	assert_non_null(strstr(core->details.data, "\"baseline_stands\":true"));
	assert_null(strstr(core->details.data, "\"baseline_quality\":\"nan\""));
	core_free(core);
}

/* Twenty values at once, the last when the window is over: the one in the middle. */
static void
test_captured_odd(void **state)
{
	struct core *core = core_new();
	const struct mig_metric_state *ms = &core->state.metrics[CORE_ERROR_RATE];

	(void)state;
	core_obey(core, MIG_COMMAND_START, NULL);
	for (int i = 0; i < 20; i++)
		core_reading(core, CORE_ERROR_RATE, true, MIG_QUALITY_OK, 100 - i);
	assert_false(ms->baseline_known);
	core_tick(core, 200000);
	core_reading(core, CORE_ERROR_RATE, true, MIG_QUALITY_OK, 1);
	assert_true(ms->baseline_known);
	assert_int_equal(ms->captured_count, 21);
	assert_double_same(ms->baseline, 90);
	core_free(core);
}

/* More answers than there is room for: the first are kept. */
static void
test_captured_full(void **state)
{
	struct core *core = core_new();
	const struct mig_metric_state *ms = &core->state.metrics[CORE_ERROR_RATE];

	(void)state;
	core_obey(core, MIG_COMMAND_START, NULL);
	for (int i = 0; i < MIG_BASELINE_SAMPLES + 3; i++)
		core_reading(core, CORE_ERROR_RATE, true, MIG_QUALITY_OK,
		    i < MIG_BASELINE_SAMPLES ? 7 : 9000);
	assert_int_equal(ms->captured_count, MIG_BASELINE_SAMPLES);
	core_tick(core, 200000);
	core_reading(core, CORE_ERROR_RATE, true, MIG_QUALITY_OK, 9000);
	assert_true(ms->baseline_known);
	assert_int_equal(ms->captured_count, MIG_BASELINE_SAMPLES);
	assert_double_same(ms->baseline, 7);
	assert_double_same(ms->captured_spread, 0);
	core_free(core);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_live_baseline),
		cmocka_unit_test(test_captured_baseline),
		cmocka_unit_test(test_baseline_overdue),
		cmocka_unit_test(test_captured_spans_window),
		cmocka_unit_test(test_floor),
		cmocka_unit_test(test_fixed_baseline),
		cmocka_unit_test(test_few_old_requests),
		cmocka_unit_test(test_stands_on_many),
		cmocka_unit_test(test_old_path_runs_dry),
		cmocka_unit_test(test_few_requests_to_capture),
		cmocka_unit_test(test_live_baseline_lost),
		cmocka_unit_test(test_lost_before_first_step),
		cmocka_unit_test(test_live_baseline_stands),
		cmocka_unit_test(test_captured_odd),
		cmocka_unit_test(test_captured_full),
	};

	return !!cmocka_run_group_tests(tests, NULL, NULL);
}
