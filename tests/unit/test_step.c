/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <math.h>
#include <string.h>

#include "support/core_fixture.h"

static void
test_happy_path(void **state)
{
	struct core *core = core_new();

	(void)state;
	core_obey(core, MIG_COMMAND_START, NULL);
	assert_string_equal(core->records.data, "started");
	assert_int_equal(core->state.run, MIG_RUN_BASELINING);
	core_run(core, 190000); /* nineteen samples */
	assert_int_equal(core->state.run, MIG_RUN_BASELINING);
	assert_int_equal(core_blocks(core), MIG_BLOCK_BASELINE);
	core_poll(core);
	assert_string_equal(core->records.data,
	    "started flag_verified flag_verified baseline_captured running phase_entered");
	core_forget(core);
	core_poll(core);
	assert_int_equal(core_next(core), MIG_NEXT_LEAVE);
	assert_int_equal(core_blocks(core), MIG_BLOCK_GATE);
	core_obey(core, MIG_COMMAND_APPROVE, NULL);
	assert_string_equal(core->records.data, "gate_opened phase_left phase_entered flag_write");
	assert_string_equal(core->effects.data, "set:0=5(start)");
	core_forget(core);
	core_run_until(core, MIG_RUN_RUNNING, 1);
	core_run(core, 600000);
	assert_string_equal(core->effects.data, "set:0=25(step) set:0=100(step) set:1=5(start) "
	    "set:1=25(step) set:1=100(step)");
	assert_string_equal(core->records.data, "flag_verified flag_write flag_verified flag_write "
	    "flag_verified flag_write flag_verified flag_write flag_verified flag_write "
	    "flag_verified phase_left phase_entered phase_left");
	assert_int_equal(core->state.phase, CORE_RETIRE);
	assert_int_equal(core_next(core), MIG_NEXT_ENTER);
	assert_int_equal(core_blocks(core), MIG_BLOCK_GATE);
	assert_false(core->state.no_return);
	core_forget(core);
	core_obey(core, MIG_COMMAND_APPROVE, "point_of_no_return");
	assert_true(core->state.no_return);
	core_obey(core, MIG_COMMAND_APPROVE, "approval");
	assert_string_equal(core->records.data,
	    "gate_opened phase_entered gate_opened phase_left baking");
	core_run(core, 100000);
	assert_int_equal(core->state.run, MIG_RUN_COMPLETED);
	assert_string_equal(core->effects.data, "notify:completed");
	assert_int_equal(core_next(core), MIG_NEXT_NOTHING);
	core_free(core);
}

/* What a state makes of a command: the error, or the run state it leads to. */
struct ruling {
	int error;
	enum mig_run then;
};

/* Bring a fresh rollout into a run state. */
static struct core *
core_in(enum mig_run run)
{
	struct core *core = core_new();

	switch (run) {
	case MIG_RUN_LOADED:
		break;
	case MIG_RUN_BASELINING:
		core_obey(core, MIG_COMMAND_START, NULL);
		core_run(core, 50000);
		break;
	case MIG_RUN_RUNNING:
		core_to_first_step(core);
		break;
	case MIG_RUN_ROLLING_BACK:
	case MIG_RUN_ROLLED_BACK:
		core_to_first_step(core);
		core_obey(core, MIG_COMMAND_ABORT, NULL);
		if (run == MIG_RUN_ROLLING_BACK)
			break;
		core_run(core, 20000);
		core_obey(core, MIG_COMMAND_ACK, "rb_redirect_2");
		core_run_until(core, MIG_RUN_ROLLED_BACK, 20);
		break;
	case MIG_RUN_BAKING:
	case MIG_RUN_COMPLETED:
	case MIG_RUN_HELD:
		core_to_no_return(core);
		core_obey(core, MIG_COMMAND_APPROVE, NULL);
		core_obey(core, MIG_COMMAND_APPROVE, NULL);
		if (run == MIG_RUN_COMPLETED)
			core_run_until(core, MIG_RUN_COMPLETED, 20);
		if (run == MIG_RUN_HELD)
			core_obey(core, MIG_COMMAND_ABORT, NULL);
		break;
	}
	assert_string_equal(mig_run_name(core->state.run), mig_run_name(run));
	core_forget(core);
	return core;
}

/* Every command in every state. */
static void
test_commands(void **state)
{
#define NO(run) { MIG_ESTATE, run }
#define OK(run) { MIG_OK, run }
	static const struct ruling rows[MIG_RUN_COUNT][MIG_COMMAND_COUNT] = {
		/* start, pause, resume, abort, approve, dismiss, ack */
		[MIG_RUN_LOADED] = { OK(MIG_RUN_BASELINING), NO(0), NO(0), OK(MIG_RUN_ROLLED_BACK),
		    NO(0), NO(0), NO(0) },
		[MIG_RUN_BASELINING] = { OK(MIG_RUN_BASELINING), OK(MIG_RUN_BASELINING),
		    OK(MIG_RUN_BASELINING), OK(MIG_RUN_ROLLED_BACK), NO(0), NO(0), NO(0) },
		[MIG_RUN_RUNNING] = { OK(MIG_RUN_RUNNING), OK(MIG_RUN_RUNNING),
		    OK(MIG_RUN_RUNNING), OK(MIG_RUN_ROLLING_BACK), NO(0), NO(0), NO(0) },
		[MIG_RUN_BAKING] = { OK(MIG_RUN_BAKING), OK(MIG_RUN_BAKING), OK(MIG_RUN_BAKING),
		    OK(MIG_RUN_HELD), NO(0), NO(0), NO(0) },
		[MIG_RUN_COMPLETED] = { NO(0), NO(0), NO(0), OK(MIG_RUN_HELD), NO(0), NO(0),
		    NO(0) },
		[MIG_RUN_ROLLING_BACK] = { NO(0), NO(0), NO(0), OK(MIG_RUN_ROLLING_BACK), NO(0),
		    NO(0), { MIG_ENOTFOUND, 0 } },
		[MIG_RUN_ROLLED_BACK] = { NO(0), NO(0), NO(0), OK(MIG_RUN_ROLLED_BACK), NO(0),
		    NO(0), NO(0) },
		[MIG_RUN_HELD] = { NO(0), NO(0), NO(0), OK(MIG_RUN_HELD), NO(0), NO(0), NO(0) },
	};
#undef NO
#undef OK
	(void)state;
	for (size_t run = 0; run < MIG_RUN_COUNT; run++) {
		for (size_t command = 0; command < MIG_COMMAND_COUNT; command++) {
			const struct ruling *row = &rows[run][command];
			struct core *core = core_in((enum mig_run)run);
			int error = core_command(core, (enum mig_command)command, NULL);
			if (error != row->error)
				print_error("%s %s: %s\n", mig_run_name((enum mig_run)run),
				    mig_command_name((enum mig_command)command),
				    core->out.refusal);
			assert_int_equal(error, row->error);
			assert_int_equal(core->state.run, error == MIG_OK ? row->then : run);
			core_free(core);
		}
	}
}

/* Approvals that name what is not there to be approved. */
static void
test_approve_what(void **state)
{
	struct core *core = core_in(MIG_RUN_RUNNING);

	(void)state;
	assert_int_equal(core_command(core, MIG_COMMAND_APPROVE, "rollback"), MIG_ESTATE);
	assert_int_equal(core_command(core, MIG_COMMAND_APPROVE, "adopt"), MIG_ESTATE);
	assert_int_equal(core_command(core, MIG_COMMAND_APPROVE, "restore"), MIG_ESTATE);
	assert_int_equal(core_command(core, MIG_COMMAND_APPROVE, "hook"), MIG_ESTATE);
	assert_int_equal(core_command(core, MIG_COMMAND_APPROVE, "approval"), MIG_ENOTFOUND);
	assert_int_equal(core_command(core, MIG_COMMAND_APPROVE, NULL), MIG_ESTATE);
	assert_int_equal(core_command(core, MIG_COMMAND_DISMISS, "down"), MIG_ESTATE);
	assert_int_equal(core_command(core, MIG_COMMAND_DISMISS, "nonsense"), MIG_ENOTFOUND);
	core_free(core);
}

/* Without a name an approval opens the next gate that is closed. */
static void
test_approve_next(void **state)
{
	struct core *core = core_new();

	(void)state;
	(void)core_gate(core, CORE_PREPARE, "second", MIG_GATE_APPROVAL, false);
	core_start(core);
	core_obey(core, MIG_COMMAND_APPROVE, NULL);
	assert_int_equal(core->state.phase, CORE_PREPARE);
	core_obey(core, MIG_COMMAND_APPROVE, NULL);
	assert_int_equal(core->state.phase, CORE_REDIRECT);
	assert_non_null(strstr(core->details.data, "\"gate\":\"second\""));
	assert_non_null(strstr(core->details.data, "gate_opened anna {\"comment\":\"because\""));
	core_free(core);
}

/* The clock of a rollout starts with its start, however long it was loaded. */
static void
test_loaded_for_long(void **state)
{
	struct core *core = core_new();

	(void)state;
	core_tick(core, 3600000);
	core_wait(core, 7200000);
	core_obey(core, MIG_COMMAND_START, NULL);
	assert_int_equal(core->state.clock_ms, 0);
	core_wait(core, 1000);
	for (int i = 0; i < 25; i++) /* enough samples, but not the whole window */
		core_samples(core);
	core_read_back(core);
	assert_int_equal(core->state.run, MIG_RUN_BASELINING);
	assert_int_equal(core->state.clock_ms, 1000);
	core_free(core);
}

static void
test_one_step_per_event(void **state)
{
	struct core *core = core_new();

	(void)state;
	core->phases[CORE_REDIRECT].parallel = true;
	for (size_t i = 0; i < 2; i++) {
		for (size_t j = 0; j < 3; j++)
			core->steps[i][j].hold_ms = 0;
	}
	core_start(core);
	core_forget(core);
	core_obey(core, MIG_COMMAND_APPROVE, NULL);
	assert_string_equal(core->effects.data, "set:0=5(start)");
	/* A long time without anything is not caught up with: one write, seen, then the next. */
	core_tick(core, 40000);
	assert_string_equal(core->effects.data, "set:0=5(start)");
	core_samples(core);
	core_ack_writes(core);
	assert_string_equal(core->effects.data, "set:0=5(start)");
	core_read_back(core);
	/* Seen, but what came in last was asked before it was there. */
	assert_string_equal(core->effects.data, "set:0=5(start)");
	core_poll(core);
	assert_string_equal(core->effects.data, "set:0=5(start) set:1=5(start)");
	core_run_until(core, MIG_RUN_RUNNING, 1);
	core_run(core, 60000);
	assert_string_equal(core->effects.data, "set:0=5(start) set:1=5(start) set:0=25(step) "
	    "set:1=25(step) set:0=100(step) set:1=100(step)");
	core_free(core);
}

/* Side by side, a flag that is through its steps does not keep the others waiting. */
static void
test_parallel(void **state)
{
	struct core *core = core_new();

	(void)state;
	core->phases[CORE_REDIRECT].parallel = true;
	core->flags[0].step_count = 1;
	core->steps[0][0].hold_ms = 3600000;
	core_to_first_step(core);
	core_run(core, 300000);
	assert_string_equal(core->effects.data,
	    "set:1=5(start) set:1=25(step) set:1=100(step)");
	assert_int_equal(core_next(core), MIG_NEXT_LEAVE);
	assert_int_equal(core_blocks(core), MIG_BLOCK_HOLD);
	assert_int_equal(core->state.phase, CORE_REDIRECT);
	core_run(core, 3400000);
	assert_int_equal(core->state.phase, CORE_RETIRE);
	core_free(core);
}

/* Go on for less than the hold, in a world where time does not count; then it still is not over. */
static void
expect_no_time(struct core *core)
{
	int64_t held = core->state.flags[0].held_ms;

	core_run(core, 100000);
	assert_int_equal(core->state.flags[0].held_ms, held);
	assert_double_same(core->state.flags[0].intended, 5);
}

/* The world is well again: the rest of the hold, no more and no less, then the step up. */
static void
expect_rest_of_hold(struct core *core)
{
	int64_t left = core->steps[0][0].hold_ms - core->state.flags[0].held_ms;

	core_forget(core);
	core_poll(core); /* begins to count with this poll's last answer */
	core_run(core, left - CORE_POLL_MS);
	assert_int_equal(core_count(core, "flag_write"), 0);
	core_poll(core);
	assert_int_equal(core_count(core, "flag_write"), 1);
	assert_double_same(core->state.flags[0].intended, 25);
}

/* Even without a hold a percentage must have been judged before the next one. */
static void
test_hold_of_nothing(void **state)
{
	struct core *core = core_new();

	(void)state;
	core->steps[0][0].hold_ms = 0;
	core->steps[0][1].hold_ms = 0;
	core_to_first_step(core);
	for (int i = 0; i < 5; i++) {
		core_wait(core, 10);
		core_tick(core, 10);
		core_read_back(core);
	}
	assert_double_same(core->state.flags[0].intended, 5);
	assert_true((core_blocks(core) & MIG_BLOCK_METRICS) != 0);
	core_poll(core);
	assert_int_equal(core->state.flags[0].step, 1);
	core_free(core);
}

static void
test_hold_paused(void **state)
{
	struct core *core = core_in(MIG_RUN_RUNNING);

	(void)state;
	core_run(core, 20000);
	assert_int_equal(core->state.flags[0].held_ms, 20000);
	core_obey(core, MIG_COMMAND_PAUSE, NULL);
	assert_int_equal(core_blocks(core) & MIG_BLOCK_PAUSED, MIG_BLOCK_PAUSED);
	expect_no_time(core);
	core_obey(core, MIG_COMMAND_PAUSE, NULL); /* again, without effect */
	assert_int_equal(core_count(core, "paused"), 1);
	core_obey(core, MIG_COMMAND_RESUME, NULL);
	assert_string_equal(core->records.data, "paused resumed");
	core_run(core, 30000);
	assert_int_equal(core->state.flags[0].held_ms, 50000);
	core_poll(core);
	assert_double_same(core->state.flags[0].intended, 25);
	core_free(core);
}

/* Readings that are not ok stop the clock, whatever is wrong with them. */
static void
test_hold_bad_quality(void **state)
{
	static const enum mig_quality rows[] = { MIG_QUALITY_NO_DATA, MIG_QUALITY_NAN,
		MIG_QUALITY_STALE, MIG_QUALITY_PARTIAL, MIG_QUALITY_ERROR,
		MIG_QUALITY_LOW_TRAFFIC };

	(void)state;
	for (size_t metric = 0; metric < 3; metric++) {
		for (size_t i = 0; i < TEST_COUNT(rows); i++) {
			struct core *core = core_in(MIG_RUN_RUNNING);
			uint32_t block = rows[i] == MIG_QUALITY_LOW_TRAFFIC ?
			    MIG_BLOCK_TRAFFIC : MIG_BLOCK_METRICS;
			core_run(core, 20000);
			core->now[metric].quality = rows[i];
			core_samples(core);
			assert_int_equal(core_blocks(core), block | MIG_BLOCK_HOLD);
			expect_no_time(core);
			assert_int_equal(core_count(core, "rollback_decided"), 0);
			core->now[metric].quality = MIG_QUALITY_OK;
			expect_rest_of_hold(core);
			core_free(core);
		}
	}
}

/* Nobody answers at all: the last readings go stale by themselves and then the rollout is blind. */
static void
test_hold_silence(void **state)
{
	struct core *core = core_in(MIG_RUN_RUNNING);

	(void)state;
	core->steps[0][0].hold_ms = 200000;
	core_run(core, 20000);
	for (int i = 0; i < 20; i++)
		core_tick(core, 10000);
	/* Readings count for as long as the greatest gap, and until the tick behind it. */
	assert_int_equal(core->state.flags[0].held_ms, 20000 + 50000);
	assert_double_same(core->state.flags[0].intended, 5);
	assert_int_equal(core_count(core, "blind"), 1);
	assert_int_equal(core_blocks(core), MIG_BLOCK_HOLD | MIG_BLOCK_METRICS | MIG_BLOCK_BLIND |
	    MIG_BLOCK_UNVERIFIED);
	core_free(core);
}

static void
test_hold_pending(void **state)
{
	struct core *core = core_in(MIG_RUN_RUNNING);

	(void)state;
	core->triggers[CORE_LATENCY].for_ms = 3600000;
	core_run(core, 20000);
	core->now[CORE_P95].value = 500;
	core_samples(core);
	assert_int_equal(core_blocks(core), MIG_BLOCK_TRIGGER | MIG_BLOCK_HOLD);
	expect_no_time(core);
	core->now[CORE_P95].value = 200;
	expect_rest_of_hold(core);
	core_free(core);
}

static void
test_hold_gap(void **state)
{
	struct core *core = core_in(MIG_RUN_RUNNING);

	(void)state;
	core_tick(core, 45000);
	assert_int_equal(core->state.flags[0].held_ms, 45000);
	core_samples(core);
	core_tick(core, 45001);
	assert_int_equal(core->state.flags[0].held_ms, 45000);
	assert_double_same(core->state.flags[0].intended, 5);
	core_samples(core);
	core_read_back(core);
	core_tick(core, 15000);
	assert_double_same(core->state.flags[0].intended, 25);
	core_free(core);
}

/* While a write is under way or not seen, time does not count. */
static void
test_hold_unverified(void **state)
{
	struct core *core = core_in(MIG_RUN_RUNNING);

	(void)state;
	core_run(core, 60000 - CORE_POLL_MS);
	core_tick(core, CORE_POLL_MS);
	assert_double_same(core->state.flags[0].intended, 25);
	for (int i = 0; i < 20; i++) {
		core_tick(core, CORE_POLL_MS);
		core_samples(core);
	}
	assert_int_equal(core->state.flags[0].held_ms, 0);
	assert_int_equal(core_blocks(core) & MIG_BLOCK_UNVERIFIED, MIG_BLOCK_UNVERIFIED);
	core_ack_writes(core);
	assert_double_same(core->state.flags[0].acked, 25);
	core_tick(core, 1000);
	assert_int_equal(core->state.flags[0].held_ms, 0);
	core_read_back(core);
	core_tick(core, 1000);
	assert_int_equal(core->state.flags[0].held_ms, 1000);
	core_free(core);
}

/* Monotonic time that jumps back is no time. */
static void
test_clock_backwards(void **state)
{
	struct core *core = core_in(MIG_RUN_RUNNING);
	int64_t clock = core->state.clock_ms;

	(void)state;
	core_tick(core, -50000);
	assert_int_equal(core->state.clock_ms, clock);
	core_tick(core, 1000);
	assert_int_equal(core->state.clock_ms, clock + 1000);
	assert_int_equal(core->state.flags[0].held_ms, 1000);
	core_free(core);
}

/* Before any exposure the new path has nothing to say; that alone is no reason to wait. */
static void
test_first_step_silence(void **state)
{
	static const struct {
		enum mig_quality quality;
		bool new_path;
		bool others; /* the other metrics are ok */
		bool goes;
	} rows[] = {
		{ MIG_QUALITY_NO_DATA, true, true, true },
		{ MIG_QUALITY_NAN, true, true, true },
		{ MIG_QUALITY_LOW_TRAFFIC, true, true, true },
		{ MIG_QUALITY_NO_DATA, false, true, true },
		{ MIG_QUALITY_NAN, false, true, true },
		{ MIG_QUALITY_ERROR, true, true, false },
		{ MIG_QUALITY_STALE, true, true, false },
		{ MIG_QUALITY_PARTIAL, true, true, false },
		{ MIG_QUALITY_ERROR, false, true, false },
		{ MIG_QUALITY_NO_DATA, true, false, true },
		{ MIG_QUALITY_NO_DATA, false, false, false },
		{ MIG_QUALITY_NAN, false, false, false },
	};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(rows); i++) {
		struct core *core = core_new();
		core->phases[CORE_PREPARE].gate_count = 0;
		for (size_t metric = 0; metric < 3; metric++) {
			if (metric == CORE_ERROR_RATE || !rows[i].others) {
				core->metrics[metric].new_path = rows[i].new_path;
				core->now[metric].quality = rows[i].quality;
			}
		}
		core_obey(core, MIG_COMMAND_START, NULL);
		core_run(core, 400000);
		assert_double_same(core->state.flags[0].intended, rows[i].goes ? 5 : 0);
		assert_int_equal(core->state.overlays & MIG_OVERLAY_BLIND,
		    rows[i].goes ? core->state.overlays & MIG_OVERLAY_BLIND : MIG_OVERLAY_BLIND);
		core_free(core);
	}
}

/* Also when the first phase takes its time: a silence that is no obstacle blinds nobody. */
static void
test_first_step_long_silence(void **state)
{
	static const enum mig_quality rows[] = { MIG_QUALITY_NO_DATA, MIG_QUALITY_NAN };

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(rows); i++) {
		struct core *core = core_new();
		core->metrics[CORE_ERROR_RATE].new_path = false;
		core->now[CORE_ERROR_RATE].quality = rows[i];
		core_start(core);
		core_run(core, 400000);
		assert_int_equal(core->state.overlays, 0);
		assert_int_equal(core_blocks(core), MIG_BLOCK_GATE);
		core_obey(core, MIG_COMMAND_APPROVE, NULL);
		core_run(core, 20000);
		assert_double_same(core->state.flags[0].intended, 5);
		/* With traffic it is one. */
		core_run(core, 130000);
		assert_int_equal(core->state.overlays, MIG_OVERLAY_BLIND);
		core_free(core);
	}
}

/* What the status says of it. */
static void
test_excused(void **state)
{
	struct core *core = core_new();

	(void)state;
	core->now[CORE_ERROR_RATE].quality = MIG_QUALITY_NO_DATA;
	core_start(core);
	assert_true(mig_excused(&core->policy, &core->state, CORE_SPIKE));
	core_reading(core, CORE_ERROR_RATE, false, MIG_QUALITY_ERROR, 0);
	assert_false(mig_excused(&core->policy, &core->state, CORE_SPIKE));
	core_free(core);
}

/* Silence excuses only as long as somebody listens. */
static void
test_first_step_old_silence(void **state)
{
	static const enum mig_quality rows[] = { MIG_QUALITY_NO_DATA, MIG_QUALITY_NAN,
		MIG_QUALITY_LOW_TRAFFIC };

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(rows); i++) {
		struct core *core = core_new();
		core->now[CORE_ERROR_RATE].quality = rows[i];
		core_start(core);
		core_tick(core, 60001);
		core_sample(core, CORE_P95, 200);
		core_sample(core, CORE_AVAILABILITY, 0.999);
		core_read_back(core);
		core_obey(core, MIG_COMMAND_APPROVE, NULL);
		assert_int_equal(core_blocks(core), MIG_BLOCK_METRICS);
		assert_double_same(core->state.flags[0].intended, 0);
		core_reading(core, CORE_ERROR_RATE, false, rows[i], 0);
		assert_double_same(core->state.flags[0].intended, 5);
		core_free(core);
	}
}

/* The same silence with exposure is no data: nothing goes up any more. */
static void
test_silence_with_exposure(void **state)
{
	struct core *core = core_in(MIG_RUN_RUNNING);

	(void)state;
	core->now[CORE_ERROR_RATE].quality = MIG_QUALITY_NO_DATA;
	core_run(core, 300000);
	assert_double_same(core->state.flags[0].intended, 5);
	assert_int_equal(core->state.overlays, MIG_OVERLAY_BLIND);
	core_free(core);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_happy_path),
		cmocka_unit_test(test_commands),
		cmocka_unit_test(test_approve_what),
		cmocka_unit_test(test_approve_next),
		cmocka_unit_test(test_loaded_for_long),
		cmocka_unit_test(test_one_step_per_event),
		cmocka_unit_test(test_parallel),
		cmocka_unit_test(test_hold_of_nothing),
		cmocka_unit_test(test_hold_paused),
		cmocka_unit_test(test_hold_bad_quality),
		cmocka_unit_test(test_hold_silence),
		cmocka_unit_test(test_hold_pending),
		cmocka_unit_test(test_hold_gap),
		cmocka_unit_test(test_hold_unverified),
		cmocka_unit_test(test_clock_backwards),
		cmocka_unit_test(test_first_step_silence),
		cmocka_unit_test(test_first_step_long_silence),
		cmocka_unit_test(test_excused),
		cmocka_unit_test(test_first_step_old_silence),
		cmocka_unit_test(test_silence_with_exposure),
	};

	return cmocka_run_group_tests(tests, NULL, NULL) != 0;
}
