/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/* The simulator: one seed is one run, its oracle is awake, and stories told in full. */

#include <string.h>

#include "base/buf.h"
#include "base/num.h"
#include "sim/failure.h"
#include "sim/setup.h"
#include "sim/sim.h"
#include "support/test_support.h"

#define MINUTE_MS INT64_C(60000)
#define TRACE_BYTES_MAX ((size_t)16 * 1024 * 1024)
#define SEEDS 20

static void
keep_line(void *context, const char *line)
{
	mig_buf_puts(context, line);
	mig_buf_putc(context, '\n');
}

static void
run(const struct sim_setup *setup, struct mig_buf *trace, struct sim_result *ret_result)
{
	mig_buf_init(trace, TRACE_BYTES_MAX);
	assert_int_equal(sim_run(setup, keep_line, trace, ret_result), MIG_OK);
	assert_true(mig_buf_ok(trace));
	if (ret_result->broken)
		print_message("%s: %s\n", sim_rule_name(ret_result->rule), ret_result->text);
	assert_false(ret_result->broken);
}

/* The time in seconds at the beginning of the first line that has the text; -1 without one. */
static double
time_of(const struct mig_buf *trace, const char *text)
{
	const char *at = strstr(trace->data, text);

	if (at == NULL)
		return -1;
	while (at > trace->data && at[-1] != '\n')
		at--;
	char number[32] = "";
	double seconds = -1;
	at += strspn(at, " ");
	memcpy(number, at, strcspn(at, " "));
	assert_int_equal(mig_num_double(number, &seconds), MIG_OK);
	return seconds;
}

static void
test_same_twice(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= SEEDS; seed++) {
		struct sim_result first = { 0 };
		struct sim_result second = { 0 };
		struct sim_setup setup;
		struct mig_buf traces[2];
		sim_setup_draw(&setup, seed);
		run(&setup, &traces[0], &first);
		run(&setup, &traces[1], &second);
		assert_string_equal(traces[0].data, traces[1].data);
		assert_true(first.hash == second.hash);
		assert_true(first.events > 0);
		mig_buf_fini(&traces[0]);
		mig_buf_fini(&traces[1]);
	}
}

/* Seeds differ in what happens. */
static void
test_seeds_differ(void **state)
{
	struct sim_result first = { 0 };
	struct sim_result second = { 0 };
	struct sim_setup setup;

	(void)state;
	sim_setup_draw(&setup, 1);
	assert_int_equal(sim_run(&setup, NULL, NULL, &first), MIG_OK);
	sim_setup_draw(&setup, 2);
	assert_int_equal(sim_run(&setup, NULL, NULL, &second), MIG_OK);
	assert_true(first.hash != second.hash);
}

/* Seeds that have broken a rule once, most of them far behind those of every test run. */
static const uint64_t once_broken[] = {
	40, 2123, 4637, 6437, 8715, 12735, 19498, 23632, 27268, 27521, 33481, 34496, 39694,
	42282, 48029, 64754, 79475, 84881, 106095, 139317, 168706, 172609, 172654, 173423,
	175709, 193790, 205444, 319715, 348732, 2436228, 2515375, 2560058, 2578166,
	3284775, 40178842 };

static void
test_once_broken(void **state)
{
	(void)state;
	for (size_t i = 0; i < TEST_COUNT(once_broken); i++) {
		struct sim_result result = { 0 };
		struct sim_setup setup;
		sim_setup_draw(&setup, once_broken[i]);
		assert_int_equal(sim_run(&setup, NULL, NULL, &result), MIG_OK);
		if (result.broken)
			fail_msg("seed %u breaks a rule again", (unsigned)once_broken[i]);
	}
}

/* The plain story: three steps of ten minutes each, ten minutes of baking, the end. */
static void
test_calm(void **state)
{
	struct sim_result result = { 0 };
	struct sim_setup setup;
	struct mig_buf trace;

	(void)state;
	sim_setup_calm(&setup, 1);
	run(&setup, &trace, &result);
	assert_string_equal(mig_run_name(result.ended), "completed");
	assert_int_equal(result.steps_up, 3);
	double first = time_of(&trace, "flag 0 is at 5 %");
	assert_true(time_of(&trace, "flag 0 is at 25 %") >= first + 600);
	assert_true(time_of(&trace, "flag 0 is at 100 %") >= first + 1200);
	assert_true(time_of(&trace, "is now completed") >= first + 2400);
	mig_buf_fini(&trace);
}

/*
 * Prometheus is away for a quarter of an hour in the middle of a hold: the rollout holds, does not
 * go back, goes on when it returns, and the hold is complete in the end.
 */
static void
test_prometheus_restarted(void **state)
{
	struct sim_result calm = { 0 };
	struct sim_result result = { 0 };
	struct sim_setup setup;
	struct mig_buf trace;

	(void)state;
	sim_setup_calm(&setup, 1);
	run(&setup, &trace, &calm);
	double first = time_of(&trace, "flag 0 is at 5 %");
	double second = time_of(&trace, "flag 0 is at 25 %");
	mig_buf_fini(&trace);

	/* Five minutes into the hold of the first step. */
	int64_t from = (int64_t)(first * 1000) + 5 * MINUTE_MS;
	sim_setup_add(&setup, SIM_PROM_DOWN, from, from + 15 * MINUTE_MS);
	run(&setup, &trace, &result);
	assert_string_equal(mig_run_name(result.ended), "completed");
	assert_null(strstr(trace.data, "rollback_decided"));
	double blind = time_of(&trace, "record blind");
	double sighted = time_of(&trace, "record sighted");
	double later = time_of(&trace, "flag 0 is at 25 %");
	double gone_s = (double)from / 1000;
	assert_true(blind > gone_s && blind < gone_s + 15 * 60);
	assert_true(sighted > gone_s + 15 * 60);
	/* Nothing moved meanwhile, and what was missed of the hold came behind the return. */
	assert_true(later >= second + 15 * 60);
	assert_true(later - sighted >= 4 * 60);
	assert_true(later < second + 18 * 60);
	mig_buf_fini(&trace);
}

/* What was missed while it was stopped is read, also where points lie at whole steps only. */
static void
test_refill(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 3; seed++) {
		struct sim_result result = { 0 };
		struct sim_setup setup;
		struct mig_buf trace;
		sim_setup_calm(&setup, seed);
		sim_setup_add(&setup, SIM_STOP, 20 * MINUTE_MS + 7, 20 * MINUTE_MS + 7);
		setup.faults[0].draw = 16 * 52007 + 1; /* for 52.007 s */
		run(&setup, &trace, &result);
		assert_string_equal(mig_run_name(result.ended), "completed");
		assert_non_null(strstr(trace.data, "\"refilled\":true"));
		mig_buf_fini(&trace);
	}
}

/* What breaks the new path for good is seen, and ends rolled back with the flag at 0. */
static void
test_damage(void **state)
{
	struct sim_result result = { 0 };
	struct sim_setup setup;
	struct mig_buf trace;

	(void)state;
	sim_setup_calm(&setup, 3);
	sim_setup_add(&setup, SIM_DAMAGE, 20 * MINUTE_MS, INT64_MAX);
	setup.faults[0].draw = 1; /* forty times as bad */
	run(&setup, &trace, &result);
	assert_string_equal(mig_run_name(result.ended), "rolled_back");
	double decided = time_of(&trace, "rollback_decided");
	assert_true(decided > 20 * 60 && decided < 24 * 60);
	assert_true(time_of(&trace, "flag 0 is at 0 %") - decided < 1);
	mig_buf_fini(&trace);
}

/* An oracle that finds nothing is worth nothing: here it must. */
static void
test_oracle_awake(void **state)
{
	struct sim_result result = { 0 };
	struct sim_setup setup;
	struct sim_setup shrunk;

	(void)state;
	/* Nobody on call: the rollout is never started, and the run never ends. */
	sim_setup_calm(&setup, 1);
	setup.oncall_ms = 1000 * 24 * 60 * MINUTE_MS;
	sim_setup_add(&setup, SIM_PROM_DOWN, 0, MINUTE_MS);
	sim_setup_add(&setup, SIM_NOTIFY_HANG, 0, MINUTE_MS);
	assert_int_equal(sim_run(&setup, NULL, NULL, &result), MIG_OK);
	assert_true(result.broken);
	assert_string_equal(sim_rule_name(result.rule), "stuck");
	assert_non_null(strstr(sim_rule_text(result.rule), "ends"));

	/* None of its faults is to blame, so none is left. */
	shrunk = setup;
	sim_shrink(&shrunk);
	for (size_t i = 0; i < shrunk.fault_count; i++)
		assert_true(shrunk.faults[i].off);
}

/* Who reads of a failure and runs what it says must find the same time and words. */
static void
test_failure_is_told(void **state)
{
	struct sim_result whole = { 0 };
	struct sim_result least = { 0 };
	struct sim_setup setup;
	struct mig_buf text;
	struct mig_buf head;

	(void)state;
	sim_setup_calm(&setup, 1);
	/* Never started, as above; the fault is not to blame, but with it that is seen sooner. */
	setup.oncall_ms = 1000 * 24 * 60 * MINUTE_MS;
	sim_setup_add(&setup, SIM_SECOND, 6000 * MINUTE_MS, 6000 * MINUTE_MS);
	setup.faults[0].to_ms = 0;
	assert_int_equal(sim_run(&setup, NULL, NULL, &whole), MIG_OK);
	mig_buf_init(&text, TRACE_BYTES_MAX);
	sim_failure_write(&setup, &text);
	assert_int_equal(sim_run(&setup, NULL, NULL, &least), MIG_OK);
	assert_true(least.broken && least.at_ms > whole.at_ms);
	mig_buf_init(&head, TRACE_BYTES_MAX);
	mig_buf_printf(&head, "seed 1 breaks \"stuck\" (%s) after %.3f s: %s\n",
	    sim_rule_text(least.rule), (double)least.at_ms / 1000, least.text);
	assert_memory_equal(text.data, head.data, head.len);
	assert_non_null(strstr(text.data, "\n  its trace:\n"));
	mig_buf_reset(&head);
	mig_buf_printf(&head, "%12.3f BROKEN stuck: %s\n  all of it: migarch simulate --seed 1 "
	    "--trace --only \"\"\n", (double)least.at_ms / 1000, least.text);
	assert_true(text.len > head.len);
	assert_string_equal(text.data + text.len - head.len, head.data);
	mig_buf_fini(&head);
	mig_buf_fini(&text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_same_twice),
		cmocka_unit_test(test_seeds_differ),
		cmocka_unit_test(test_once_broken),
		cmocka_unit_test(test_calm),
		cmocka_unit_test(test_prometheus_restarted),
		cmocka_unit_test(test_refill),
		cmocka_unit_test(test_damage),
		cmocka_unit_test(test_oracle_awake),
		cmocka_unit_test(test_failure_is_told),
	};

	return !!cmocka_run_group_tests(tests, NULL, NULL);
}
