/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <stdio.h>
#include <string.h>

#include "support/core_fixture.h"

static void
break_service(struct core *core)
{
	core->now[CORE_AVAILABILITY].value = 0.5;
	core_sample(core, CORE_AVAILABILITY, 0.5);
}

/* A rollback whose flags and steps are over, in a world that is well. */
static struct core *
core_validating(void)
{
	struct core *core = core_both_up();

	core_obey(core, MIG_COMMAND_ABORT, NULL);
	core_ack_writes(core);
	core_read_back(core);
	core_ack_writes(core);
	core_obey(core, MIG_COMMAND_ACK, "rb_redirect_2");
	core_ack_writes(core);
	assert_int_equal(core->state.rollback.stage, MIG_RB_VALIDATION);
	core_forget(core);
	return core;
}

static void
test_whole_way(void **state)
{
	struct core *core = core_both_up();

	(void)state;
	break_service(core);
	/* Both flags at once and first; the word about it behind them. */
	assert_string_equal(core->records.data,
	    "trigger_fired rollback_decided flag_write flag_write");
	assert_string_equal(core->effects.data,
	    "set:0=0(rollback) set:1=0(rollback) notify:rollback_start");
	assert_true(core->out.drop_forward);
	assert_int_equal(core->out.effects[2].u.notify.record_seq, core->out.records[1].seq);
	assert_int_equal(core_next(core), MIG_NEXT_ROLLBACK);
	assert_int_equal(core_blocks(core), MIG_BLOCK_UNVERIFIED);
	core_forget(core);
	core_result(core, 1, MIG_RESULT_DONE, 1);
	core_result(core, 0, MIG_RESULT_DONE, 1);
	assert_string_equal(core->records.data, "");
	core_read_back(core);
	assert_string_equal(core->records.data,
	    "flag_verified flag_verified flags_restored rollback_step_sent");
	/* The newest phase that was entered first; "retire" and its step were never reached. */
	assert_string_equal(core->effects.data, "step:rb_redirect_1");
	assert_int_equal(core->state.rollback.steps[0].run, MIG_RB_STEP_SKIPPED);
	assert_int_equal(core_blocks(core), MIG_BLOCK_STEPS);
	core_forget(core);
	core_result(core, 0, MIG_RESULT_DONE, 1);
	assert_string_equal(core->records.data, "rollback_step_done rollback_step_waiting");
	assert_string_equal(core->effects.data, "notify:alert");
	core_forget(core);
	core_obey(core, MIG_COMMAND_ACK, "rb_redirect_2");
	assert_string_equal(core->records.data, "rollback_step_done rollback_step_sent");
	assert_string_equal(core->effects.data, "step:rb_prepare_1");
	core->now[CORE_AVAILABILITY].value = 0.999;
	core_ack_writes(core);
	core_forget(core);
	core_run(core, 60000);
	assert_int_equal(core->state.run, MIG_RUN_ROLLING_BACK);
	core_poll(core);
	assert_string_equal(core->records.data, "trigger_cleared rolled_back");
	assert_string_equal(core->effects.data, "notify:rollback_complete");
	assert_int_equal(core->state.rollback.stage, MIG_RB_DONE);
	core_free(core);
}

/* An abort in every state in which something can still be done. */
static void
test_abort_everywhere(void **state)
{
	(void)state;
	for (int polls = 0; polls < 90; polls++) {
		struct core *core = core_new();
		core_obey(core, MIG_COMMAND_START, NULL);
		for (int i = 0; i < polls; i++) {
			core_poll(core);
			(void)core_command(core, MIG_COMMAND_APPROVE, "approval");
		}
		if (polls % 3 == 1)
			(void)core_command(core, MIG_COMMAND_PAUSE, NULL);
		core_forget(core);
		assert_false(mig_state_finished(&core->state));
		core_obey(core, MIG_COMMAND_ABORT, NULL);
		assert_int_equal(core->state.overlays, 0);
		assert_int_equal(core_count(core, "rollback_decided"), 1);
		core_obey(core, MIG_COMMAND_ABORT, NULL); /* again */
		assert_int_equal(core_count(core, "rollback_decided"), 1);
		assert_int_equal(core->state.rollback.reason, MIG_REASON_OPERATOR);
		assert_string_equal(core->state.rollback.actor, "anna");
		assert_string_equal(core->state.rollback.comment, "because");
		for (int i = 0; i < 30 && !mig_state_finished(&core->state); i++) {
			core_poll(core);
			(void)core_command(core, MIG_COMMAND_ACK, "rb_redirect_2");
		}
		assert_int_equal(core->state.run, MIG_RUN_ROLLED_BACK);
		assert_double_same(core->provider[0], 0);
		assert_double_same(core->provider[1], 0);
		core_free(core);
	}
}

/* The trigger rolls back from every state it is armed in. */
static void
test_trigger_everywhere(void **state)
{
	(void)state;
	for (int polls = 22; polls < 80; polls++) {
		struct core *core = core_new();
		core_obey(core, MIG_COMMAND_START, NULL);
		for (int i = 0; i < polls; i++) {
			core_poll(core);
			(void)core_command(core, MIG_COMMAND_APPROVE, "approval");
		}
		if (polls % 3 == 1)
			core_obey(core, MIG_COMMAND_PAUSE, NULL);
		if (polls % 3 == 2) {
			core->now[CORE_P95].quality = MIG_QUALITY_ERROR;
			core_run(core, 150000);
			assert_int_equal(core->state.overlays, MIG_OVERLAY_BLIND);
		}
		break_service(core);
		assert_int_equal(core->state.run, MIG_RUN_ROLLING_BACK);
		core_ack_writes(core);
		assert_double_same(core->provider[0], 0);
		assert_double_same(core->provider[1], 0);
		core_free(core);
	}
}

/* A write that is under way is void; its late success changes nothing. */
static void
test_forward_write_under_way(void **state)
{
	struct core *core = core_new();
	struct mig_event event = { .kind = MIG_EVENT_RESULT };

	(void)state;
	core_to_first_step(core);
	core_run(core, 50000);
	core_tick(core, CORE_POLL_MS);
	assert_string_equal(core->effects.data, "set:0=25(step)");
	event.u.result.seq = core->owed[0].seq;
	uint32_t generation = core->owed[0].u.set_flag.generation;
	core_obey(core, MIG_COMMAND_ABORT, NULL);
	assert_int_equal(core->owed_count, 1);
	assert_true(core->owed[0].u.set_flag.generation > generation);
	assert_double_same(core->owed[0].u.set_flag.previous, 25);
	event.u.result.result = MIG_RESULT_DONE;
	assert_int_equal(core_event(core, &event), MIG_OK);
	assert_double_same(core->state.flags[0].acked, 5);
	assert_false(core->state.flags[0].verified);
	event.u.result.result = MIG_RESULT_REFUSED;
	assert_int_equal(core_event(core, &event), MIG_OK);
	assert_false(core->state.flags[0].write_failed);
	core_free(core);
}

/* What the deciding turn itself had owed before is not sent either. */
static void
test_owed_in_same_turn(void **state)
{
	struct core *core = core_new();

	(void)state;
	core->policy.settings.blind_rollback_after_ms = 300000;
	core_to_first_step(core);
	core->provider[0] = 60;
	core->now[CORE_P95].quality = MIG_QUALITY_ERROR;
	core_run(core, 420000);
	core_wait(core, 60000);
	core_forget(core);
	core_obey(core, MIG_COMMAND_APPROVE, "restore");
	assert_string_equal(core->effects.data, "set:0=0(rollback) notify:rollback_start");
	assert_non_null(strstr(core->details.data,
	    "rollback_decided migarchd {\"reason\":\"blind\""));
	core_free(core);
}

/* Fired by a sample of refilled history: the rollback does not wait for the present. */
static void
test_held_back_event(void **state)
{
	struct core *core = core_both_up();
	struct mig_event event = { .kind = MIG_EVENT_SAMPLE, .hold_back = true };

	(void)state;
	event.u.sample.metric = CORE_AVAILABILITY;
	event.u.sample.quality = MIG_QUALITY_OK;
	event.u.sample.value = 0.1;
	event.u.sample.count = -1;
	assert_int_equal(core_event(core, &event), MIG_OK);
	assert_int_equal(core->state.run, MIG_RUN_ROLLING_BACK);
	core_free(core);
}

/* A flag whose rollback percentage is not 0, one that was never touched, one that was up before. */
static void
test_which_flags(void **state)
{
	struct core *core = core_new();

	(void)state;
	core->policy.flag_count = 4;
	core->flags[0].rollback = 1;
	core->flags[2].initial = 50;
	core->flags[2].rollback = 10;
	core->provider[2] = 50;
	mig_state_init(&core->state, &core->policy, "x-1", core->wall);
	core_to_first_step(core);
	core->provider[3] = 0;
	core_obey(core, MIG_COMMAND_ABORT, NULL);
	assert_string_equal(core->effects.data,
	    "set:0=1(abort) set:2=10(abort) notify:rollback_start");
	core_free(core);
}

/* Before the start nothing is ours: an abort of a loaded rollout moves nothing. */
static void
test_abort_loaded(void **state)
{
	struct core *core = core_new();

	(void)state;
	core->flags[0].initial = 50;
	mig_state_init(&core->state, &core->policy, "x-1", core->wall);
	core_obey(core, MIG_COMMAND_ABORT, NULL);
	assert_int_equal(core->state.run, MIG_RUN_ROLLED_BACK);
	assert_string_equal(core->effects.data,
	    "notify:rollback_start notify:rollback_complete");
	core_free(core);
}

/* A flag of somebody else that stands elsewhere is not touched by the rollback of ours. */
static void
test_foreign_drift(void **state)
{
	struct core *core = core_new();

	(void)state;
	core->flags[0].initial = 1;
	core->provider[0] = 1;
	core->provider[1] = 60;
	mig_state_init(&core->state, &core->policy, "x-1", core->wall);
	core_obey(core, MIG_COMMAND_START, NULL);
	core_run(core, 50000);
	assert_int_equal(core->state.overlays, MIG_OVERLAY_DRIFT);
	core_forget(core);
	core_obey(core, MIG_COMMAND_ABORT, NULL);
	for (int i = 0; i < 30 && !mig_state_finished(&core->state); i++)
		core_poll(core);
	assert_int_equal(core->state.run, MIG_RUN_ROLLED_BACK);
	assert_double_same(core->provider[0], 0);
	assert_double_same(core->provider[1], 60);
	core_free(core);
}

static void
test_webhook_steps(void **state)
{
	struct core *core = core_both_up();
	const struct mig_rb_step_state *step = &core->state.rollback.steps[1];

	(void)state;
	core_obey(core, MIG_COMMAND_ABORT, NULL);
	core_ack_writes(core);
	core_read_back(core);
	core_forget(core);
	core_result(core, 0, MIG_RESULT_RETRYING, 0); /* not tried yet: nothing to tell */
	assert_string_equal(core->records.data, "");
	/* Failures are told when they are one, two, four … */
	for (uint32_t i = 1; i <= 9; i++)
		core_result(core, 0, MIG_RESULT_RETRYING, i);
	assert_int_equal(core_count(core, "rollback_step_failed"), 4);
	assert_int_equal(step->attempts, 9);
	assert_string_equal(core->state.rollback.last_error, "the peer said no");
	assert_non_null(strstr(core->details.data,
	    "\"attempts\":8,\"error\":\"the peer said no\""));
	core_forget(core);
	core_result(core, 0, MIG_RESULT_ACCEPTED, 10);
	assert_int_equal(step->run, MIG_RB_STEP_WAITING);
	assert_string_equal(core->records.data, "rollback_step_waiting");
	core_run(core, 100000);
	assert_int_equal(step->run, MIG_RB_STEP_DONE); /* later the answer is 200 */
	core_free(core);
}

static void
test_ack_order(void **state)
{
	struct core *core = core_both_up();

	(void)state;
	core_obey(core, MIG_COMMAND_ABORT, NULL);
	assert_int_equal(core_command(core, MIG_COMMAND_ACK, "rb_redirect_1"), MIG_ESTATE);
	core_ack_writes(core);
	core_read_back(core);
	assert_int_equal(core_command(core, MIG_COMMAND_ACK, NULL), MIG_ENOTFOUND);
	assert_int_equal(core_command(core, MIG_COMMAND_ACK, "nonsense"), MIG_ENOTFOUND);
	assert_int_equal(core_command(core, MIG_COMMAND_ACK, "rb_retire_1"), MIG_ESTATE);
	assert_int_equal(core_command(core, MIG_COMMAND_ACK, "rb_redirect_2"), MIG_ESTATE);
	assert_int_equal(core_command(core, MIG_COMMAND_ACK, "rb_prepare_1"), MIG_ESTATE);
	/* A person may do what the executor can't. */
	core_result(core, 0, MIG_RESULT_ACCEPTED, 1);
	core_forget(core);
	core_obey(core, MIG_COMMAND_ACK, "rb_redirect_1");
	assert_string_equal(core->records.data, "rollback_step_done rollback_step_waiting");
	core_obey(core, MIG_COMMAND_ACK, "rb_redirect_1"); /* again */
	assert_string_equal(core->records.data, "rollback_step_done rollback_step_waiting");
	core_ack_writes(core); /* the executor's answer comes late */
	assert_string_equal(core->records.data, "rollback_step_done rollback_step_waiting");
	core_obey(core, MIG_COMMAND_ACK, "rb_redirect_2");
	assert_non_null(strstr(core->details.data, "rollback_step_done anna"));
	core_free(core);
}

static void
test_manual_reminder(void **state)
{
	struct core *core = core_both_up();

	(void)state;
	core_obey(core, MIG_COMMAND_ABORT, NULL);
	core_ack_writes(core);
	core_read_back(core);
	core_ack_writes(core);
	core_forget(core);
	core_run(core, 890000);
	assert_string_equal(core->records.data, "");
	core_poll(core);
	assert_string_equal(core->records.data, "rollback_step_reminder");
	assert_string_equal(core->effects.data, "notify:emergency_escalation");
	core_run(core, 900000);
	assert_int_equal(core_count(core, "rollback_step_reminder"), 2);
	core_free(core);
}

static void
test_validation_quiet(void **state)
{
	struct core *core = core_validating();

	(void)state;
	core_tick(core, 0);
	core_run(core, 30000);
	assert_int_equal(core->state.rollback.quiet_ms, 30000);
	core->now[CORE_P95].value = 5000;
	core_samples(core);
	assert_int_equal(core->state.rollback.quiet_ms, 0);
	assert_int_equal(core_blocks(core), MIG_BLOCK_TRIGGER | MIG_BLOCK_HOLD);
	core->now[CORE_P95].value = 200;
	core_samples(core);
	core_run(core, 50000);
	assert_int_equal(core->state.run, MIG_RUN_ROLLING_BACK);
	core_run(core, 10000);
	assert_int_equal(core->state.run, MIG_RUN_ROLLED_BACK);
	/* A trigger that fires while rolling back starts no second rollback. */
	assert_int_equal(core_count(core, "trigger_fired"), 0);
	assert_int_equal(core_count(core, "rollback_decided"), 0);
	core_free(core);
}

/* A gap nobody looked into is not quiet, also where no flag can be looked at behind it. */
static void
test_validation_gap(void **state)
{
	(void)state;
	for (int readable = 0; readable < 2; readable++) {
		struct core *core = core_validating();
		for (size_t i = 0; i < core->policy.flag_count; i++)
			core->policy.flags[i].readable = readable != 0;
		core_poll(core);
		core_tick(core, 46000);
		assert_true(core->state.rollback.quiet_ms <= 10000);
		for (int i = 0; i < 10; i++)
			core_tick(core, 10000); /* readings go stale here, too */
		assert_int_equal(core->state.run, MIG_RUN_ROLLING_BACK);
		assert_int_equal(core_blocks(core) & MIG_BLOCK_METRICS, MIG_BLOCK_METRICS);
		core_free(core);
	}
}

/* Nor is it noise that people have to hear of. */
static void
test_noise_before_gap(void **state)
{
	struct core *core = core_validating();

	(void)state;
	for (size_t i = 0; i < core->policy.flag_count; i++)
		core->policy.flags[i].readable = false; /* else they are looked at first */
	core->now[CORE_P95].value = 5000;
	core_run(core, 20000);
	core_tick(core, 600000);
	assert_int_equal(core_count(core, "validation_failing"), 0);
	core_run(core, 60000);
	assert_int_equal(core_count(core, "validation_failing"), 1);
	core_free(core);
}

/* Noise, or nothing to be seen, is escalated when it lasts, and again when it goes on. */
static void
test_validation_noise(void **state)
{
	(void)state;
	for (int missing = 0; missing < 3; missing++) {
		struct core *core = core_validating();
		core->now[CORE_P95].value = missing == 0 ? 5000 : 100;
		if (missing == 1)
			core->now[CORE_P95].quality = MIG_QUALITY_ERROR;
		if (missing == 2) { /* nothing to compare it with */
			core->metrics[CORE_P95].baseline = MIG_BASELINE_LIVE;
			core->metrics[CORE_P95].baseline_query = "old p95";
			core->old[CORE_P95].quality = MIG_QUALITY_ERROR;
		}
		core_run(core, 60000);
		assert_int_equal(core_count(core, "validation_failing"), 0);
		core_run(core, 300000);
		assert_int_equal(core_count(core, "validation_failing"), 1);
		assert_string_equal(core->effects.data, "notify:emergency_escalation");
		assert_non_null(strstr(core->details.data, "{\"noisy_seconds\":60,"));
		assert_non_null(strstr(core->details.data, "{\"trigger\":\"latency\""));
		/* It is rolling back already: nothing fires, however long the noise lasts. */
		core_run(core, 900000);
		assert_int_equal(core_count(core, "trigger_fired"), 0);
		assert_int_equal(core_count(core, "validation_failing"), 2);
		assert_int_equal(core->state.run, MIG_RUN_ROLLING_BACK);
		core_free(core);
	}
}

/* With the new path out of traffic its queries fall silent; that is quiet. */
static void
test_validation_silence(void **state)
{
	struct core *core = core_validating();

	(void)state;
	core->now[CORE_ERROR_RATE].quality = MIG_QUALITY_NO_DATA;
	core_run_until(core, MIG_RUN_ROLLED_BACK, 9);
	core_free(core);
}

/* An operator may end a validation that can't come to its end, and only that. */
static void
test_validation_accepted(void **state)
{
	struct core *core = core_both_up();

	(void)state;
	core_obey(core, MIG_COMMAND_ABORT, NULL);
	assert_int_equal(core_command(core, MIG_COMMAND_APPROVE, "validation"), MIG_ESTATE);
	core_free(core);
	core = core_validating();
	assert_int_equal(core_command(core, MIG_COMMAND_APPROVE, NULL), MIG_ESTATE);
	core_obey(core, MIG_COMMAND_APPROVE, "validation");
	assert_int_equal(core->state.run, MIG_RUN_ROLLED_BACK);
	assert_string_equal(core->records.data, "validation_accepted rolled_back");
	core_free(core);
}

/* Raised again behind the rollback's back: written down at once, in any stage. */
static void
test_mismatch(void **state)
{
	static const enum mig_rb_stage stages[] = { MIG_RB_STEPS, MIG_RB_VALIDATION };

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(stages); i++) {
		struct core *core =
		    stages[i] == MIG_RB_VALIDATION ? core_validating() : core_both_up();
		(void)core_command(core, MIG_COMMAND_ABORT, NULL);
		core_to_stage(core, stages[i]);
		core_poll(core);
		core_forget(core);
		core->provider[0] = 60;
		core_tick(core, CORE_POLL_MS);
		core_read_back(core);
		assert_string_equal(core->effects.data, "set:0=0(rollback)");
		assert_int_equal(core->state.overlays, 0);
		assert_int_equal(core_blocks(core) & MIG_BLOCK_UNVERIFIED, MIG_BLOCK_UNVERIFIED);
		/* Nobody may end it like that. */
		assert_int_equal(core_command(core, MIG_COMMAND_APPROVE, "validation"),
		    MIG_ESTATE);
		core_ack_writes(core);
		core_read_back(core);
		assert_double_same(core->provider[0], 0);
		assert_true(core->state.flags[0].verified);
		core_free(core);
	}
}

/* A provider that acknowledges and does nothing is asked again and again, and people are called. */
static void
test_never_seen(void **state)
{
	struct core *core = core_both_up();

	(void)state;
	core_obey(core, MIG_COMMAND_ABORT, NULL);
	core->lying = true;
	core_forget(core);
	core_run(core, 30000);
	assert_string_equal(core->effects.data,
	    "set:0=0(rollback) set:1=0(rollback) notify:emergency_escalation");
	assert_int_equal(core_count(core, "flags_not_restored"), 1);
	assert_non_null(strstr(core->details.data,
	    "{\"flags\":[\"enable_new_reader\",\"enable_new_writer\"]"));
	core_run(core, 900000 - CORE_POLL_MS);
	assert_int_equal(core_count(core, "flags_not_restored"), 1);
	core_run(core, CORE_POLL_MS);
	assert_int_equal(core_count(core, "flags_not_restored"), 2);
	core->lying = false;
	core_to_stage(core, MIG_RB_STEPS);
	assert_double_same(core->provider[0], 0);
	core_free(core);
}

/* The provider is down: the one write stays owed and people are called. */
static void
test_never_acknowledged(void **state)
{
	struct core *core = core_both_up();

	(void)state;
	core_obey(core, MIG_COMMAND_ABORT, NULL);
	core_forget(core);
	for (uint32_t i = 1; i < 6; i++) {
		core_tick(core, CORE_POLL_MS);
		core_result(core, 0, MIG_RESULT_RETRYING, i);
	}
	assert_string_equal(core->effects.data, "notify:emergency_escalation");
	assert_non_null(strstr(core->details.data, "\"error\":\"the peer said no\""));
	assert_int_equal(core->owed_count, 2);
	core_ack_writes(core);
	core_read_back(core);
	assert_int_equal(core->state.rollback.stage, MIG_RB_STEPS);
	core_free(core);
}

/* Behind the point of no return nothing is moved: held, and the highest alarm. */
static void
test_held(void **state)
{
	(void)state;
	for (int abort = 0; abort < 2; abort++) {
		struct core *core = core_new();
		core_to_no_return(core);
		core_obey(core, MIG_COMMAND_APPROVE, NULL);
		core_forget(core);
		if (abort != 0)
			core_obey(core, MIG_COMMAND_ABORT, NULL);
		else
			break_service(core);
		assert_int_equal(core->state.run, MIG_RUN_HELD);
		assert_string_equal(core->effects.data, "notify:emergency_escalation");
		assert_string_equal(core->records.data, abort != 0 ? "held" : "trigger_fired held");
		assert_non_null(strstr(core->details.data, "\"point_of_no_return_passed\":true"));
		assert_true(core->out.drop_forward);
		assert_double_same(core->provider[0], 100);
		core_free(core);
	}
}

/* One moment before it, the rollback is still whole. */
static void
test_before_no_return(void **state)
{
	struct core *core = core_new();

	(void)state;
	core_to_no_return(core);
	break_service(core);
	assert_int_equal(core->state.run, MIG_RUN_ROLLING_BACK);
	core_ack_writes(core);
	assert_double_same(core->provider[0], 0);
	assert_double_same(core->provider[1], 0);
	core_free(core);
}

/* The daemon dies at any moment of the rollback and comes back: it goes on to its end. */
static void
test_restore(void **state)
{
	(void)state;
	for (int polls = 0; polls < 10; polls++) {
		struct core *core = core_both_up();
		core_obey(core, MIG_COMMAND_ABORT, NULL);
		for (int i = 0; i < polls; i++) {
			core_poll(core);
			(void)core_command(core, MIG_COMMAND_ACK, "rb_redirect_2");
		}
		if (mig_state_finished(&core->state)) {
			core_free(core);
			continue;
		}
		core_restore(core, 600000, false);
		for (int i = 0; i < 30 && !mig_state_finished(&core->state); i++) {
			core_poll(core);
			(void)core_command(core, MIG_COMMAND_ACK, "rb_redirect_2");
		}
		assert_int_equal(core->state.run, MIG_RUN_ROLLED_BACK);
		core_free(core);
	}
}

/* As many of everything as a policy may have: nothing overflows. */
static void
test_largest_policy(void **state)
{
	static char ids[MIG_TRIGGERS_MAX][MIG_NAME_MAX];
	struct core *core = core_new();

	(void)state;
	core->policy.flag_count = MIG_FLAGS_MAX;
	core->policy.trigger_count = MIG_TRIGGERS_MAX;
	core->policy.hooks = true;
	core->policy.settings.blind_rollback_after_ms = 1000;
	core->phases[CORE_REDIRECT].flag_count = MIG_FLAGS_MAX;
	core->phases[CORE_REDIRECT].parallel = true;
	for (size_t i = 0; i < MIG_FLAGS_MAX; i++)
		core->phases[CORE_REDIRECT].flags[i] = i;
	for (size_t i = 0; i < MIG_TRIGGERS_MAX; i++) {
		core->triggers[i] = core->triggers[CORE_DOWN];
		memset(ids[i], 'x', sizeof(ids[i]) - 1);
		(void)snprintf(ids[i], sizeof(ids[i]), "%0100zu", i);
		core->triggers[i].id = ids[i];
		core->triggers[i].action = MIG_ACTION_SCALE_UP;
	}
	core->triggers[0].action = MIG_ACTION_ROLLBACK;
	mig_state_init(&core->state, &core->policy, "x-1", core->wall);
	core_obey(core, MIG_COMMAND_START, NULL);
	for (int i = 0; i < 200; i++) {
		core_poll(core);
		(void)core_command(core, MIG_COMMAND_APPROVE, "approval");
	}
	assert_int_equal(core->state.phase, CORE_RETIRE);
	core_forget(core);
	break_service(core);
	assert_int_equal(core_count(core, "trigger_fired"), MIG_TRIGGERS_MAX);
	assert_int_equal(core_count(core, "flag_write"), MIG_FLAGS_MAX);
	assert_null(strstr(core->details.data, "truncated"));
	core_free(core);
}

/* A record may say that a rollback is in no stage; then it can't be told what it waits for. */
static void
test_no_stage(void **state)
{
	static const enum mig_rb_stage stages[] = { MIG_RB_NONE, MIG_RB_DONE };
	struct core *core = core_validating();
	struct mig_next next;

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(stages); i++) {
		core->state.rollback.stage = stages[i];
		mig_next(&core->policy, &core->state, core->wall, &next);
		assert_int_equal(next.action, MIG_NEXT_ROLLBACK);
		assert_int_equal(next.waiting_for, 0);
		core_tick(core, 1000);
		assert_int_equal(core->state.run, MIG_RUN_ROLLING_BACK);
	}
	core_free(core);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_whole_way),
		cmocka_unit_test(test_abort_everywhere),
		cmocka_unit_test(test_trigger_everywhere),
		cmocka_unit_test(test_forward_write_under_way),
		cmocka_unit_test(test_owed_in_same_turn),
		cmocka_unit_test(test_held_back_event),
		cmocka_unit_test(test_which_flags),
		cmocka_unit_test(test_abort_loaded),
		cmocka_unit_test(test_foreign_drift),
		cmocka_unit_test(test_webhook_steps),
		cmocka_unit_test(test_ack_order),
		cmocka_unit_test(test_manual_reminder),
		cmocka_unit_test(test_validation_quiet),
		cmocka_unit_test(test_validation_gap),
		cmocka_unit_test(test_noise_before_gap),
		cmocka_unit_test(test_validation_noise),
		cmocka_unit_test(test_validation_silence),
		cmocka_unit_test(test_validation_accepted),
		cmocka_unit_test(test_mismatch),
		cmocka_unit_test(test_never_seen),
		cmocka_unit_test(test_never_acknowledged),
		cmocka_unit_test(test_held),
		cmocka_unit_test(test_before_no_return),
		cmocka_unit_test(test_restore),
		cmocka_unit_test(test_largest_policy),
		cmocka_unit_test(test_no_stage),
	};

	return cmocka_run_group_tests(tests, NULL, NULL) != 0;
}
