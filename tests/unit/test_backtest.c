/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <math.h>
#include <string.h>

#include "support/core_fixture.h"
#include "wire/backtest.h"

#define STEP_MS CORE_POLL_MS
#define HOUR_MS (60LL * 60 * 1000)
#define DAY_MS (24 * HOUR_MS)

/* A value that is put in place of the healthy one for a while; NAN stands for "no point". */
struct incident {
	const char *query;
	int64_t from_ms; /* since the start of the history */
	int64_t until_ms;
	double value;
};

struct test {
	struct core *core;
	struct mig_backtest_options options;
	const struct incident *incidents;
	size_t incident_count;
	struct mig_backtest *backtest;
	const struct mig_backtest_report *report;
};

static void
begin(struct test *test, int64_t span_ms)
{
	memset(test, 0, sizeof(*test));
	test->core = core_new();
	test->options = (struct mig_backtest_options) { { CORE_START_MS },
		{ CORE_START_MS + span_ms }, STEP_MS, true, false, { 0 } };
}

static void
end(struct test *test)
{
	mig_backtest_free(test->backtest);
	core_free(test->core);
}

static double
healthy(const char *query)
{
	if (strcmp(query, "p95_response_time") == 0)
		return 200;
	if (strcmp(query, "availability") == 0)
		return 0.999;
	return strcmp(query, "requests") == 0 ? 100 : 0.01;
}

/* The point of a query at a time; whether there is one. */
static bool
point_at(const struct test *test, const char *query, int64_t ms, struct mig_prom_point *point)
{
	*point = (struct mig_prom_point) { { CORE_START_MS + ms }, healthy(query) };
	for (size_t i = 0; i < test->incident_count; i++) {
		const struct incident *incident = &test->incidents[i];
		if (strcmp(incident->query, query) == 0 && ms >= incident->from_ms &&
		    ms < incident->until_ms)
			point->value = incident->value;
	}
	return !isnan(point->value);
}

/* Answer one query over one chunk. */
static void
answer(struct test *test, size_t query, mig_wall from, mig_wall to)
{
	static struct mig_prom_point points[512];
	size_t count = 0;

	for (int64_t at = from.ms; at <= to.ms; at += STEP_MS) {
		assert_true(count < TEST_COUNT(points));
		if (point_at(test, mig_backtest_query(test->backtest, query), at - CORE_START_MS,
			&points[count]))
			count++;
	}
	assert_int_equal(mig_backtest_add(test->backtest, query, points, count), 0);
}

static void
run(struct test *test)
{
	mig_wall from;
	mig_wall to;

	assert_int_equal(mig_backtest_new(&test->core->policy, &test->options, &test->backtest), 0);
	for (size_t i = 0; i < mig_backtest_query_count(test->backtest); i++) {
		for (size_t chunk = 0; mig_backtest_chunk(test->backtest, chunk, 500, &from, &to);
		     chunk++)
			answer(test, i, from, to);
	}
	while (mig_backtest_run(test->backtest, 100))
		;
	test->report = mig_backtest_report(test->backtest);
}

static void
check_sums(const struct test *test)
{
	for (size_t i = 0; i < test->core->policy.trigger_count; i++) {
		double sum = 0;
		for (int word = 0; word < MIG_BACKTEST_WORDS; word++)
			sum += mig_backtest_share(test->report, i, (enum mig_backtest_word)word);
		assert_double_near(sum, 1, 1e-12);
	}
}

static void
test_calm(void **state)
{
	struct test test;
	(void)state;
	begin(&test, DAY_MS);
	run(&test);
	assert_int_equal(test.report->moments, DAY_MS / STEP_MS + 1);
	/* Baselines take their window, and twenty samples; then the triggers are at work. */
	assert_int_equal(test.report->judged_from.ms, CORE_START_MS + 210000);
	assert_int_equal(test.report->judged, test.report->moments - 21);
	assert_double_same(test.report->metrics[CORE_ERROR_RATE].baseline, 0.01);
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(test.report->triggers[i].firing_count, 0);
		assert_int_equal(test.report->triggers[i].stretches_kept, 0);
		assert_double_same(mig_backtest_share(test.report, i, MIG_BACKTEST_OK), 1);
	}
	assert_double_same(test.report->triggers[CORE_SPIKE].threshold_min, 0.05);
	assert_double_same(test.report->triggers[CORE_SPIKE].threshold_max, 0.05);
	end(&test);
}

static void
check_firing(const struct test *test, size_t trigger, size_t index,
    const struct mig_backtest_firing *wanted)
{
	const struct mig_backtest_trigger *is = &test->report->triggers[trigger];

	assert_true(index < is->firings_kept);
	assert_int_equal(is->firings[index].breached_at.ms - CORE_START_MS,
	    wanted->breached_at.ms);
	assert_int_equal(is->firings[index].at.ms - CORE_START_MS, wanted->at.ms);
	assert_int_equal(is->firings[index].until.ms == 0 ? 0 :
	    is->firings[index].until.ms - CORE_START_MS, wanted->until.ms);
	assert_double_same(is->firings[index].value, wanted->value);
	assert_double_same(is->firings[index].threshold, wanted->threshold);
	assert_double_same(is->firings[index].worst, wanted->worst);
}

static void
test_incidents(void **state)
{
	static const struct incident incidents[] = {
		{ "error_rate", HOUR_MS, HOUR_MS + 300000, 0.2 },
		{ "error_rate", HOUR_MS + 100000, HOUR_MS + 110000, 0.4 },
		{ "error_rate", 3 * HOUR_MS, 3 * HOUR_MS + 20000, 0.2 }, /* too short */
		{ "error_rate", 5 * HOUR_MS, 5 * HOUR_MS + 60000, 0.06 },
		{ "availability", 7 * HOUR_MS, 7 * HOUR_MS + 10000, 0.5 },
		{ "p95_response_time", DAY_MS - 120000, DAY_MS + 1, 900 },
	};
	struct test test;
	(void)state;
	begin(&test, DAY_MS);
	test.incidents = incidents;
	test.incident_count = TEST_COUNT(incidents);
	run(&test);
	assert_int_equal(test.report->triggers[CORE_SPIKE].firing_count, 2);
	check_firing(&test, CORE_SPIKE, 0, &(struct mig_backtest_firing) { { HOUR_MS },
	    { HOUR_MS + 30000 }, { HOUR_MS + 300000 }, 0.2, 0.05, 0.4 });
	check_firing(&test, CORE_SPIKE, 1, &(struct mig_backtest_firing) { { 5 * HOUR_MS },
	    { 5 * HOUR_MS + 30000 }, { 5 * HOUR_MS + 60000 }, 0.06, 0.05, 0.06 });
	assert_int_equal(test.report->triggers[CORE_DOWN].firing_count, 1);
	check_firing(&test, CORE_DOWN, 0, &(struct mig_backtest_firing) { { 7 * HOUR_MS },
	    { 7 * HOUR_MS }, { 7 * HOUR_MS + 10000 }, 0.5, 0.95, 0.5 });
	assert_int_equal(test.report->triggers[CORE_LATENCY].firing_count, 1);
	check_firing(&test, CORE_LATENCY, 0, &(struct mig_backtest_firing) { { DAY_MS - 120000 },
	    { DAY_MS - 60000 }, { 0 }, 900, 400, 900 });
	check_sums(&test);
	double days = (double)mig_backtest_seen(test.report, CORE_SPIKE) * STEP_MS /
	    (double)DAY_MS;
	assert_double_near(mig_backtest_per_week(test.report, CORE_SPIKE), 14 / days, 1e-9);
	/* Pending before and between, fired from the firing to the end: 27 + 3 moments. */
	assert_int_equal(test.report->triggers[CORE_SPIKE].moments[MIG_BACKTEST_FIRED], 30);
	assert_int_equal(test.report->triggers[CORE_SPIKE].moments[MIG_BACKTEST_PENDING], 8);
	end(&test);
}

static void
test_gaps(void **state)
{
	static const struct incident incidents[] = {
		{ "error_rate", HOUR_MS, 2 * HOUR_MS, NAN },
		{ "error_rate", 4 * HOUR_MS, 4 * HOUR_MS + 60000, INFINITY },
		{ "availability", 5 * HOUR_MS, 5 * HOUR_MS + 10000, 0.1 },
		{ "availability", 5 * HOUR_MS + 10000, 6 * HOUR_MS, NAN },
	};
	struct test test;
	(void)state;
	begin(&test, DAY_MS);
	test.incidents = incidents;
	test.incident_count = TEST_COUNT(incidents);
	run(&test);
	const struct mig_backtest_trigger *spike = &test.report->triggers[CORE_SPIKE];
	assert_int_equal(spike->firing_count, 0);
	assert_int_equal(spike->stretches_kept, 2);
	assert_int_equal(spike->stretches[0].word, MIG_BACKTEST_UNKNOWN);
	assert_int_equal(spike->stretches[0].from.ms, CORE_START_MS + HOUR_MS);
	assert_int_equal(spike->stretches[0].until.ms, CORE_START_MS + 2 * HOUR_MS);
	assert_int_equal(spike->stretches[1].from.ms, CORE_START_MS + 4 * HOUR_MS);
	assert_int_equal(spike->stretches[1].until.ms, CORE_START_MS + 4 * HOUR_MS + 60000);
	assert_int_equal(spike->moments[MIG_BACKTEST_UNKNOWN], 366);
	/* What is fired and not seen any more is unknown, and cleared by the next good reading. */
	const struct mig_backtest_trigger *down = &test.report->triggers[CORE_DOWN];
	assert_int_equal(down->moments[MIG_BACKTEST_FIRED], 1);
	assert_int_equal(down->moments[MIG_BACKTEST_UNKNOWN], 359);
	check_firing(&test, CORE_DOWN, 0, &(struct mig_backtest_firing) { { 5 * HOUR_MS },
	    { 5 * HOUR_MS }, { 6 * HOUR_MS }, 0.1, 0.95, 0.1 });
	check_sums(&test);
	end(&test);
}

/* The same silence: on the old path nobody knows, on the new one it was to be expected. */
static void
test_silence(void **state)
{
	static const struct incident silent = { "error_rate", 0, 2 * DAY_MS, NAN };
	(void)state;
	for (int old_path = 0; old_path <= 1; old_path++) {
		struct test test;
		enum mig_backtest_word word = old_path ? MIG_BACKTEST_UNKNOWN :
		    MIG_BACKTEST_LOW_TRAFFIC;
		begin(&test, HOUR_MS);
		test.options.old_path = old_path != 0;
		test.incidents = &silent;
		test.incident_count = 1;
		run(&test);
		assert_double_same(mig_backtest_share(test.report, CORE_SPIKE, word), 1);
		assert_double_same(mig_backtest_share(test.report, CORE_DOWN, MIG_BACKTEST_OK), 1);
		end(&test);
	}
}

static void
test_no_baseline(void **state)
{
	static const struct incident silent = { "error_rate of the old path", 0, DAY_MS, NAN };
	struct test test;
	(void)state;
	begin(&test, HOUR_MS);
	test.options.damage = true;
	test.incidents = &silent;
	test.incident_count = 1;
	run(&test);
	assert_int_equal(test.report->judged, 0);
	assert_int_equal(test.report->judged_from.ms, 0);
	assert_false(test.report->damage_done);
	assert_double_same(mig_backtest_share(test.report, 0, MIG_BACKTEST_OK), 0);
	assert_double_same(mig_backtest_per_week(test.report, 0), 0);
	end(&test);
}

/* One row of what is known of damage, for x2, x5 and x20: seconds, -1 for not seen. */
static void
check_damage(const struct test *test, size_t trigger, size_t exposure,
    const int wanted[MIG_BACKTEST_FACTORS])
{
	for (size_t i = 0; i < MIG_BACKTEST_FACTORS; i++) {
		const struct mig_backtest_sight *sight =
		    &test->report->triggers[trigger].damage[exposure][i];
		assert_int_equal(sight->outcome, wanted[i] < 0 ? MIG_BACKTEST_NOT_SEEN :
		    MIG_BACKTEST_SEEN);
		if (wanted[i] >= 0)
			assert_int_equal(sight->after_ms, wanted[i] * 1000);
	}
}

static void
test_damage(void **state)
{
	static const struct incident incidents[] = {
		{ "error_rate", HOUR_MS, HOUR_MS + 300000, 0.2 },
	};
	struct test test;
	(void)state;
	begin(&test, DAY_MS);
	test.options.damage = true;
	test.incidents = incidents;
	test.incident_count = 1;
	/* Above the limit, not at it, for what must be seen at x5. */
	core_threshold(test.core, CORE_SPIKE, "baseline_error_rate * 4");
	core_threshold(test.core, CORE_DOWN, "0.99");
	run(&test);
	assert_true(test.report->damage_done);
	/* Behind the incident it is calm for longest. */
	assert_int_equal(test.report->damage_at.ms, CORE_START_MS + HOUR_MS + 300000);
	assert_int_equal(test.report->exposure_count, 3);
	assert_double_same(test.report->exposures[2].percentage, 100);
	assert_int_equal(test.report->exposures[2].watch_ms, 130000);
	assert_false(test.report->exposures[2].cut);
	/* The new path alone: all of the damage at every exposure. */
	for (size_t i = 0; i < 3; i++)
		check_damage(&test, CORE_SPIKE, i, (const int[]) { -1, 40, 40 });
	/* The whole fleet: 5 % of x20 is x1.95, 25 % of it x5.75, but 70 s are past the hold. */
	check_damage(&test, CORE_LATENCY, 0, (const int[]) { -1, -1, -1 });
	check_damage(&test, CORE_LATENCY, 1, (const int[]) { -1, -1, -1 });
	check_damage(&test, CORE_LATENCY, 2, (const int[]) { -1, 70, 70 });
	/* Availability falls by its shortfall: 0.1 % x 20 at full exposure is 98 %. */
	check_damage(&test, CORE_DOWN, 1, (const int[]) { -1, -1, -1 });
	check_damage(&test, CORE_DOWN, 2, (const int[]) { -1, -1, 10 });
	/* What was recorded is as it was without damage. */
	assert_int_equal(test.report->triggers[CORE_SPIKE].firing_count, 1);
	check_sums(&test);
	end(&test);
}

static void
test_damage_from_a_chosen_time(void **state)
{
	struct test test;
	(void)state;
	begin(&test, HOUR_MS);
	test.options.damage = true;
	test.options.damage_at.ms = CORE_START_MS + HOUR_MS - 40000;
	core_threshold(test.core, CORE_SPIKE, "baseline_error_rate * 4");
	run(&test);
	assert_true(test.report->damage_done);
	assert_int_equal(test.report->damage_at.ms, CORE_START_MS + HOUR_MS - 40000);
	/* The history ends before the holds do. */
	assert_true(test.report->exposures[0].cut);
	check_damage(&test, CORE_SPIKE, 0, (const int[]) { -1, 40, 40 });
	check_damage(&test, CORE_LATENCY, 2, (const int[]) { -1, -1, -1 });
	end(&test);
}

/* A twentieth of the requests is too little to judge by. */
static void
test_damage_with_little_traffic(void **state)
{
	struct test test;
	(void)state;
	begin(&test, HOUR_MS);
	test.options.damage = true;
	test.core->metrics[CORE_ERROR_RATE].count_query = "requests";
	test.core->metrics[CORE_ERROR_RATE].min_samples = 10;
	test.core->triggers[CORE_DOWN].op = MIG_OP_EQUALS;
	run(&test);
	assert_double_same(mig_backtest_share(test.report, CORE_SPIKE, MIG_BACKTEST_OK), 1);
	assert_int_equal(test.report->triggers[CORE_SPIKE].damage[0][2].outcome,
	    MIG_BACKTEST_BLIND);
	check_damage(&test, CORE_SPIKE, 1, (const int[]) { -1, -1, 40 });
	assert_int_equal(test.report->triggers[CORE_DOWN].damage[0][2].outcome,
	    MIG_BACKTEST_NOT_APPLICABLE);
	end(&test);
}

/* Damage goes where most can see it, not into a time in which nothing was measured. */
static void
test_damage_where_it_is_seen(void **state)
{
	static const struct incident unseen[] = {
		{ "error_rate", 0, 20 * HOUR_MS, NAN },
		{ "p95_response_time", 0, 20 * HOUR_MS, NAN },
		{ "availability", 22 * HOUR_MS, DAY_MS + 1, NAN },
	};
	struct test test;
	(void)state;
	begin(&test, DAY_MS);
	test.options.damage = true;
	test.incidents = unseen;
	test.incident_count = TEST_COUNT(unseen);
	core_threshold(test.core, CORE_SPIKE, "baseline_error_rate * 4");
	run(&test);
	assert_true(test.report->damage_done);
	assert_int_equal(test.report->damage_at.ms, CORE_START_MS + 20 * HOUR_MS);
	check_damage(&test, CORE_SPIKE, 0, (const int[]) { -1, 40, 40 });
	/* Firings are those of the time in which it could have fired. */
	assert_int_equal(mig_backtest_seen(test.report, CORE_SPIKE), 4 * HOUR_MS / STEP_MS + 1);
	end(&test);
}

/* A trigger that sees nothing now and then does not make the calm of the others short. */
static void
test_damage_beside_a_gap(void **state)
{
	static struct incident gaps[24];
	struct test test;
	(void)state;
	for (size_t i = 0; i < TEST_COUNT(gaps); i++)
		gaps[i] = (struct incident) { "p95_response_time", (int64_t)i * HOUR_MS + 600000,
			(int64_t)i * HOUR_MS + 1200000, NAN };
	begin(&test, DAY_MS);
	test.options.damage = true;
	test.core->policy.settings.bake_ms = 4 * HOUR_MS;
	test.incidents = gaps;
	test.incident_count = TEST_COUNT(gaps);
	run(&test);
	assert_true(test.report->damage_done);
	assert_int_equal(test.report->exposures[2].watch_ms, 4 * HOUR_MS + 30000);
	assert_false(test.report->exposures[2].cut);
	end(&test);
}

/* A query over a window sees damage as far as that has filled it. */
static void
test_damage_fills_a_window(void **state)
{
	struct test test;
	(void)state;
	begin(&test, HOUR_MS);
	test.options.damage = true;
	test.core->metrics[CORE_ERROR_RATE].query =
	    "rate(a{b=\"[2h]\"}[30s]) + max_over_time(c[1m:10s]) + rate(d[ 20s ]) # [3h]";
	core_threshold(test.core, CORE_SPIKE, "baseline_error_rate * 4");
	run(&test);
	/* More than x4 with three quarters of a minute at x5, and with a sixth of it at x20. */
	check_damage(&test, CORE_SPIKE, 2, (const int[]) { -1, 80, 40 });
	check_damage(&test, CORE_LATENCY, 2, (const int[]) { -1, 70, 70 });
	end(&test);
}

/* Nothing is twice nothing: that its triggers did not see it says nothing about them. */
static void
test_damage_of_nothing(void **state)
{
	static const struct incident zero = { "p95_response_time", 0, DAY_MS, 0 };
	struct test test;
	(void)state;
	begin(&test, HOUR_MS);
	test.options.damage = true;
	test.incidents = &zero;
	test.incident_count = 1;
	run(&test);
	for (size_t i = 0; i < MIG_BACKTEST_FACTORS; i++)
		assert_int_equal(test.report->triggers[CORE_LATENCY].damage[2][i].outcome,
		    MIG_BACKTEST_UNCHANGED);
	check_damage(&test, CORE_SPIKE, 2, (const int[]) { -1, -1, 40 });
	end(&test);
}

/* What fires then without damage has not seen the damage, unless it was sooner. */
static void
test_damage_on_an_incident(void **state)
{
	static const struct incident incident = { "error_rate", HOUR_MS, DAY_MS, 0.2 };
	struct test test;
	(void)state;
	begin(&test, 2 * HOUR_MS);
	test.options.damage = true;
	test.options.damage_at.ms = CORE_START_MS + HOUR_MS - 60000;
	test.incidents = &incident;
	test.incident_count = 1;
	core_threshold(test.core, CORE_SPIKE, "baseline_error_rate * 4");
	run(&test);
	const struct mig_backtest_sight *sights =
	    test.report->triggers[CORE_SPIKE].damage[2];
	assert_int_equal(sights[0].outcome, MIG_BACKTEST_INCIDENT);
	assert_int_equal(sights[1].outcome, MIG_BACKTEST_SEEN);
	assert_int_equal(sights[1].after_ms, 40000);
	end(&test);
}

/* History has no new path: a live baseline is asked for with the very query of the value. */
static void
test_live_baseline(void **state)
{
	static const struct incident incident = { "error_rate", HOUR_MS, 2 * HOUR_MS, 0.4 };
	(void)state;
	for (int same = 0; same <= 1; same++) {
		struct test test;
		begin(&test, 3 * HOUR_MS);
		test.core->metrics[CORE_ERROR_RATE].baseline = MIG_BASELINE_LIVE;
		if (same != 0)
			test.core->metrics[CORE_ERROR_RATE].baseline_query = "error_rate";
		test.incidents = &incident;
		test.incident_count = 1;
		run(&test);
		const struct mig_backtest_trigger *spike = &test.report->triggers[CORE_SPIKE];
		assert_int_equal(spike->firing_count, same != 0 ? 0 : 1);
		assert_int_equal(spike->compared_with_itself, same != 0);
		assert_false(test.report->triggers[CORE_LATENCY].compared_with_itself);
		end(&test);
	}
}

/* A rollout may be rolled back because nothing is seen, too. */
static void
test_blindness(void **state)
{
	static const struct incident silent[] = {
		{ "error_rate", HOUR_MS, 2 * HOUR_MS, NAN },
		{ "error_rate", 3 * HOUR_MS, 3 * HOUR_MS + 600000, NAN },
		{ "availability", 5 * HOUR_MS, 6 * HOUR_MS, NAN },
		{ "p95_response_time", 0, DAY_MS, NAN },
	};
	(void)state;
	for (int told = 0; told <= 1; told++) {
		struct test test;
		begin(&test, 8 * HOUR_MS);
		test.core->policy.settings.blind_rollback_after_ms = told != 0 ? 900000 : 0;
		test.incidents = silent;
		test.incident_count = TEST_COUNT(silent);
		run(&test);
		/* What was never measured tells nothing of blindness. */
		assert_double_same(mig_backtest_share(test.report, CORE_LATENCY,
		    MIG_BACKTEST_UNKNOWN), 1);
		assert_int_equal(test.report->blind_count, told != 0 ? 2 : 0);
		if (told != 0)
			assert_int_equal(test.report->blind_at[0].ms, CORE_START_MS + HOUR_MS +
			    test.core->policy.settings.blind_after_ms + 900000);
		end(&test);
	}
}

/* Whatever the history is like, the words of each trigger make up all of the time. */
static void
test_noise(void **state)
{
	static struct incident incidents[400];
	static const char *const queries[] = { "error_rate", "p95_response_time", "availability",
		"error_rate of the old path" };
	static const double values[] = { NAN, INFINITY, 0, 0.5, 1000 };
	uint64_t random = 20261125;
	struct test test;
	(void)state;
	for (size_t i = 0; i < TEST_COUNT(incidents); i++) {
		int64_t from = (int64_t)(test_random(&random) % DAY_MS);
		incidents[i] = (struct incident) {
			queries[test_random(&random) % TEST_COUNT(queries)], from,
			from + (int64_t)(test_random(&random) % 600000),
			values[test_random(&random) % TEST_COUNT(values)] };
	}
	begin(&test, DAY_MS);
	test.core->metrics[CORE_ERROR_RATE].baseline = MIG_BASELINE_LIVE;
	test.options.damage = true;
	test.incidents = incidents;
	test.incident_count = TEST_COUNT(incidents);
	run(&test);
	check_sums(&test);
	assert_true(test.report->triggers[CORE_SPIKE].firing_count > 0);
	for (size_t i = 0; i < 3; i++) {
		const struct mig_backtest_trigger *trigger = &test.report->triggers[i];
		for (size_t k = 1; k < trigger->stretches_kept; k++)
			assert_true(trigger->stretches[k].from.ms >=
			    trigger->stretches[k - 1].until.ms);
		for (size_t k = 1; k < trigger->firings_kept; k++)
			assert_true(trigger->firings[k].at.ms >=
			    trigger->firings[k - 1].until.ms);
	}
	end(&test);
}

static void
test_chunks(void **state)
{
	struct test test;
	mig_wall from;
	mig_wall to;
	size_t count = 0;
	int64_t next = CORE_START_MS;
	(void)state;
	begin(&test, 999 * STEP_MS);
	assert_int_equal(mig_backtest_new(&test.core->policy, &test.options, &test.backtest), 0);
	/* The value and the baseline of the error rate are two queries, each asked once. */
	assert_int_equal(mig_backtest_query_count(test.backtest), 4);
	for (; mig_backtest_chunk(test.backtest, count, 500, &from, &to); count++) {
		assert_int_equal(from.ms, next);
		assert_int_equal(to.ms, from.ms + 499 * STEP_MS);
		next = to.ms + STEP_MS;
	}
	assert_int_equal(count, 2);
	assert_true(mig_backtest_chunk(test.backtest, 1, 999, &from, &to));
	assert_int_equal(from.ms, to.ms);
	assert_false(mig_backtest_chunk(test.backtest, 1, 1000, &from, &to));
	assert_false(mig_backtest_chunk(test.backtest, 1, 11000, &from, &to));
	end(&test);
}

static void
test_refusals(void **state)
{
	const struct mig_prom_point points[] = { { { CORE_START_MS } , 1 },
		{ { CORE_START_MS }, 2 } };
	struct mig_backtest *none = NULL;
	struct test test;
	(void)state;
	begin(&test, HOUR_MS);
	struct mig_backtest_options options = test.options;
	options.to.ms = options.from.ms - 1;
	assert_int_equal(mig_backtest_new(&test.core->policy, &options, &none), MIG_EDOC);
	options = test.options;
	options.step_ms = 0;
	assert_int_equal(mig_backtest_new(&test.core->policy, &options, &none), MIG_EDOC);
	options.step_ms = 1;
	assert_int_equal(mig_backtest_new(&test.core->policy, &options, &none), MIG_ELIMIT);
	assert_null(none);
	assert_int_equal(mig_backtest_new(&test.core->policy, &test.options, &test.backtest), 0);
	assert_int_equal(mig_backtest_add(test.backtest, 0, points, 2), MIG_EDOC);
	assert_int_equal(mig_backtest_add(test.backtest, 0, points, 1), 0);
	assert_int_equal(mig_backtest_add(test.backtest, 0, points, 1), MIG_EDOC);
	assert_int_equal(mig_backtest_add(test.backtest, 0, points, 0), 0);
	end(&test);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_calm),
		cmocka_unit_test(test_incidents),
		cmocka_unit_test(test_gaps),
		cmocka_unit_test(test_silence),
		cmocka_unit_test(test_no_baseline),
		cmocka_unit_test(test_damage),
		cmocka_unit_test(test_damage_from_a_chosen_time),
		cmocka_unit_test(test_damage_with_little_traffic),
		cmocka_unit_test(test_damage_where_it_is_seen),
		cmocka_unit_test(test_damage_beside_a_gap),
		cmocka_unit_test(test_damage_fills_a_window),
		cmocka_unit_test(test_damage_of_nothing),
		cmocka_unit_test(test_damage_on_an_incident),
		cmocka_unit_test(test_live_baseline),
		cmocka_unit_test(test_blindness),
		cmocka_unit_test(test_noise),
		cmocka_unit_test(test_chunks),
		cmocka_unit_test(test_refusals),
	};
	return cmocka_run_group_tests(tests, NULL, NULL) != 0;
}
