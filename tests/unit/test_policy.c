/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <string.h>

#include "base/arena.h"
#include "base/time.h"
#include "core/policy.h"
#include "support/test_support.h"

static mig_wall
at(const char *text)
{
	mig_wall wall = { 0 };
	assert_int_equal(mig_time_parse(text, &wall), 0);
	return wall;
}

/* Central Europe in 2026: an hour east of UTC, two from 29 March to 25 October, 01:00 UTC. */
static const struct mig_zone *
paris(void)
{
	static struct mig_zone zone;
	zone.count = 2;
	zone.at[0] = at("2026-03-29T01:00:00Z");
	zone.at[1] = at("2026-10-25T01:00:00Z");
	zone.offset_s[0] = 3600;
	zone.offset_s[1] = 7200;
	zone.offset_s[2] = 3600;
	return &zone;
}

static struct mig_window
window(int start, int end)
{
	return (struct mig_window){ .present = true,
		.start_minute = start,
		.end_minute = end,
		.zone_name = "Europe/Paris",
		.zone = paris() };
}

static void
expect(const struct mig_policy *policy, const char *when, const char *next)
{
	mig_wall from = at(when);
	mig_wall found = { -1 };
	char text[MIG_TIME_TEXT];
	bool open = mig_policy_window_open(policy, from, &found);
	assert_int_equal(open, mig_policy_window_open(policy, from, NULL));
	assert_int_equal(open, found.ms == from.ms);
	if (next == NULL)
		assert_int_equal(found.ms, 0);
	else
		assert_string_equal(mig_time_format(found, text), next);
}

static void
test_no_windows(void **state)
{
	struct mig_policy policy = { 0 };
	(void)state;
	expect(&policy, "2026-06-01T12:00:00Z", "2026-06-01T12:00:00Z");
}

static void
test_preferred(void **state)
{
	struct mig_policy policy = { .preferred_window = window(2 * 60, 4 * 60) };
	(void)state;
	/* Summer: 02:00 local is 00:00 UTC. */
	expect(&policy, "2026-06-01T23:59:59Z", "2026-06-02T00:00:00Z");
	expect(&policy, "2026-06-02T00:00:00Z", "2026-06-02T00:00:00Z");
	expect(&policy, "2026-06-02T01:59:59.999Z", "2026-06-02T01:59:59.999Z");
	expect(&policy, "2026-06-02T02:00:00Z", "2026-06-03T00:00:00Z");
	/* Winter: 02:00 local is 01:00 UTC. */
	expect(&policy, "2026-12-01T00:30:00Z", "2026-12-01T01:00:00Z");
}

static void
test_past_midnight(void **state)
{
	struct mig_policy policy = { .preferred_window = window(23 * 60, 60) };
	(void)state;
	expect(&policy, "2026-12-01T21:59:00Z", "2026-12-01T22:00:00Z");
	expect(&policy, "2026-12-01T23:30:00Z", "2026-12-01T23:30:00Z");
	expect(&policy, "2026-12-02T00:00:00Z", "2026-12-02T22:00:00Z");
}

static void
test_clock_jumps(void **state)
{
	/* On 29 March there is no 02:00 to 03:00: the window 02:30 to 03:30 starts at 03:00. */
	struct mig_policy spring = { .preferred_window = window(150, 210) };
	struct mig_policy autumn = { .critical_hours = window(150, 180) };
	(void)state;
	expect(&spring, "2026-03-29T00:30:00Z", "2026-03-29T01:00:00Z");
	expect(&spring, "2026-03-29T01:30:00Z", "2026-03-30T00:30:00Z");
	/* On 25 October 02:30 to 03:00 comes twice, once an hour. */
	expect(&autumn, "2026-10-25T00:30:00Z", "2026-10-25T01:00:00Z");
	expect(&autumn, "2026-10-25T01:00:00Z", "2026-10-25T01:00:00Z");
	expect(&autumn, "2026-10-25T01:30:00Z", "2026-10-25T02:00:00Z");
}

static void
test_both_windows(void **state)
{
	struct mig_policy policy = {
		.critical_hours = window(8 * 60, 18 * 60),
		.preferred_window = window(17 * 60, 19 * 60),
	};
	(void)state;
	expect(&policy, "2026-12-01T12:00:00Z", "2026-12-01T17:00:00Z");
	expect(&policy, "2026-12-01T17:30:00Z", "2026-12-01T17:30:00Z");
	policy.preferred_window = window(9 * 60, 10 * 60);
	expect(&policy, "2026-12-01T12:00:00Z", NULL);
	policy.preferred_window.present = false;
	policy.critical_hours = window(0, 0);
	expect(&policy, "2026-12-01T12:00:00Z", NULL);
}

/* The search must agree with asking minute by minute. */
static void
test_search_is_exhaustive(void **state)
{
	uint64_t seed = 20260329;
	(void)state;
	for (int round = 0; round < 200; round++) {
		struct mig_policy policy = {
			.critical_hours = window(
			    (int)(test_random(&seed) % 1440), (int)(test_random(&seed) % 1440)),
			.preferred_window = window(
			    (int)(test_random(&seed) % 1440), (int)(test_random(&seed) % 1440)),
		};
		policy.critical_hours.present = test_random(&seed) % 4 != 0;
		policy.preferred_window.present = test_random(&seed) % 4 != 0;
		mig_wall from = at("2026-03-28T10:00:00Z");
		from.ms += (int64_t)(test_random(&seed) % 1440) * 60000;
		mig_wall found = { -1 };
		(void)mig_policy_window_open(&policy, from, &found);
		mig_wall walk = from;
		while (walk.ms < from.ms + 3 * 86400000LL &&
		    !mig_policy_window_open(&policy, walk, NULL))
			walk.ms += 60000;
		if (walk.ms < from.ms + 3 * 86400000LL)
			assert_int_equal(found.ms, walk.ms);
		else
			assert_int_equal(found.ms, 0);
	}
}

static void
test_lookup(void **state)
{
	struct mig_metric metrics[] = { { .name = "error_rate" }, { .name = "p95_response_time" } };
	struct mig_trigger triggers[] = { { .id = "a" }, { .id = "b" } };
	struct mig_flag flags[] = { { .name = "x" } };
	const struct mig_policy policy = { .metric_count = 2,
		.metrics = metrics,
		.trigger_count = 2,
		.triggers = triggers,
		.flag_count = 1,
		.flags = flags };
	(void)state;
	assert_int_equal(mig_policy_metric(&policy, "error_rate"), 0);
	assert_int_equal(mig_policy_metric(&policy, "response_time_p95"), 1);
	assert_int_equal(mig_policy_metric(&policy, "p95"), 1);
	assert_int_equal(mig_policy_metric(&policy, "p99"), 2);
	assert_int_equal(mig_policy_trigger(&policy, "b"), 1);
	assert_int_equal(mig_policy_trigger(&policy, "c"), 2);
	assert_int_equal(mig_policy_flag(&policy, "x"), 0);
	assert_int_equal(mig_policy_flag(&policy, "y"), 1);
	assert_string_equal(mig_metric_canonical("p99_response_time"), "response_time_p99");
	assert_string_equal(mig_metric_canonical("anything"), "anything");
}

static void
test_names(void **state)
{
	static const char *const operators[] = { "greater_than", "less_than", "equals" };
	static const char *const origins[] = { "general", "type", "spec" };
	static const char *const kinds[] = { "captured", "fixed", "live" };
	static const char *const actions[] = { "automatic_rollback", "propose_rollback",
		"alert_team", "scale_up" };
	static const char *const gates[] = { "approval", "metric", "webhook", "duration" };

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		assert_string_equal(mig_operator_name((enum mig_operator)i), operators[i]);
		assert_string_equal(mig_origin_name((enum mig_origin)i), origins[i]);
		assert_string_equal(mig_baseline_kind_name((enum mig_baseline_kind)i), kinds[i]);
	}
	for (size_t i = 0; i < 4; i++) {
		assert_string_equal(mig_action_name((enum mig_action)i), actions[i]);
		assert_string_equal(mig_gate_kind_name((enum mig_gate_kind)i), gates[i]);
	}
}

static void
test_release(void **state)
{
	struct mig_arena *arena = mig_arena_new(4096);
	struct mig_policy *policy = mig_arena_alloc(arena, sizeof(*policy));
	(void)state;
	assert_non_null(policy);
	policy->arena = arena;
	mig_policy_free(policy);
	mig_policy_free(NULL);
}

/* The compiler asks at the epoch whether a window ever opens; west of Greenwich that is 1969. */
static void
test_before_the_epoch(void **state)
{
	static const struct mig_zone bogota = { .offset_s = { -18000 } };
	struct mig_policy policy = { .preferred_window = window(2 * 60, 4 * 60) };

	(void)state;
	policy.preferred_window.zone = &bogota;
	expect(&policy, "1970-01-01T00:00:00.001Z", "1970-01-01T07:00:00Z");
	expect(&policy, "1970-01-01T07:00:00Z", "1970-01-01T07:00:00Z");
}

/* The first baseline of a threshold; the trigger's own metric where there is none to be had. */
static void
test_baseline_metric(void **state)
{
	static const struct {
		const char *threshold;
		size_t metric;
	} rows[] = { { "0.05", 1 }, { "baseline_error_rate * baseline_p95", 0 },
		{ "baseline_cpu * 2", 1 } };
	struct mig_metric metrics[] = { { .name = "error_rate" }, { .name = "p95_response_time" } };
	const struct mig_policy policy = { .metric_count = 2, .metrics = metrics };
	char error[160];

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(rows); i++) {
		struct mig_trigger trigger = { .metric = 1 };
		assert_int_equal(mig_expr_parse(rows[i].threshold, &trigger.threshold, error,
		    sizeof(error)), 0);
		assert_int_equal(mig_policy_baseline_metric(&policy, &trigger), rows[i].metric);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_no_windows),
		cmocka_unit_test(test_preferred),
		cmocka_unit_test(test_past_midnight),
		cmocka_unit_test(test_clock_jumps),
		cmocka_unit_test(test_both_windows),
		cmocka_unit_test(test_search_is_exhaustive),
		cmocka_unit_test(test_lookup),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_release),
		cmocka_unit_test(test_before_the_epoch),
		cmocka_unit_test(test_baseline_metric),
	};
	return cmocka_run_group_tests(tests, NULL, NULL) != 0;
}
