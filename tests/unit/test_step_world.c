/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <string.h>

#include "support/core_fixture.h"

/* A rollout whose first flag stands at 5, seen, with all the rest of its hold before it. */
static struct core *
core_at_first_step(void)
{
	struct core *core = core_new();

	core_to_first_step(core);
	return core;
}

/* Somebody moves a flag by hand. */
static void
move_by_hand(struct core *core, size_t flag, double percentage)
{
	core->provider[flag] = percentage;
	core_poll(core);
}

static void
test_drift_freezes(void **state)
{
	struct core *core = core_at_first_step();

	(void)state;
	core_run(core, 20000);
	move_by_hand(core, 0, 40);
	assert_string_equal(core->records.data, "drift");
	assert_string_equal(core->effects.data, "notify:alert");
	assert_int_equal(core->state.overlays, MIG_OVERLAY_DRIFT);
	assert_int_equal(core_blocks(core),
	    MIG_BLOCK_DRIFT | MIG_BLOCK_UNVERIFIED | MIG_BLOCK_HOLD);
	int64_t held = core->state.flags[0].held_ms;
	core_run(core, 200000);
	assert_int_equal(core->state.flags[0].held_ms, held);
	assert_string_equal(core->records.data, "drift"); /* told once */
	core_free(core);
}

static void
test_drift_restored(void **state)
{
	struct core *core = core_at_first_step();

	(void)state;
	core_run(core, 20000);
	move_by_hand(core, 0, 40);
	core_forget(core);
	core_obey(core, MIG_COMMAND_APPROVE, "restore");
	assert_string_equal(core->records.data, "drift_restored flag_write");
	assert_string_equal(core->effects.data, "set:0=5(drift)");
	assert_int_equal(core->state.overlays, 0);
	assert_int_equal(core_blocks(core), MIG_BLOCK_UNVERIFIED | MIG_BLOCK_HOLD);
	core_ack_writes(core);
	core_read_back(core);
	/* The hold goes on where it was: only healthy time has counted. */
	assert_int_equal(core->state.flags[0].held_ms, 30000);
	core_run(core, 30000);
	assert_double_same(core->state.flags[0].intended, 25);
	core_free(core);
}

static void
test_drift_adopted(void **state)
{
	struct core *core = core_at_first_step();

	(void)state;
	core_run(core, 20000);
	move_by_hand(core, 0, 40);
	core_forget(core);
	core_obey(core, MIG_COMMAND_APPROVE, "adopt");
	assert_string_equal(core->records.data, "drift_adopted");
	assert_non_null(strstr(core->details.data,
	    "\"flag\":\"enable_new_reader\",\"percentage\":40"));
	assert_string_equal(core->effects.data, "");
	assert_double_same(core->state.flags[0].intended, 40);
	assert_int_equal(core->state.flags[0].step, 1);
	assert_int_equal(core->state.flags[0].held_ms, 0);
	core_run(core, 50000);
	assert_double_same(core->state.flags[0].intended, 40);
	core_run(core, 20000);
	assert_double_same(core->state.flags[0].intended, 100);
	core_free(core);
}

/* Adopted below the first step, the schedule begins again. */
static void
test_drift_adopted_down(void **state)
{
	struct core *core = core_at_first_step();

	(void)state;
	move_by_hand(core, 0, 1);
	core_obey(core, MIG_COMMAND_APPROVE, "adopt");
	assert_int_equal(core->state.flags[0].intended > 1, true); /* the first step at once */
	assert_double_same(core->state.flags[0].intended, 5);
	assert_double_same(core->state.flags[0].previous, 1);
	core_free(core);
}

/* When the phase that moves the flag is over, nothing would raise it any more. */
static void
test_drift_adopted_late(void **state)
{
	struct core *core = core_at_first_step();

	(void)state;
	for (int i = 0; i < 1000 && core->state.phase <= CORE_REDIRECT; i++)
		core_poll(core);
	assert_true(core->state.phase > CORE_REDIRECT);
	move_by_hand(core, 0, 46);
	assert_int_equal(core_command(core, MIG_COMMAND_APPROVE, "adopt"), MIG_ESTATE);
	assert_non_null(strstr(core->out.refusal, "flag enable_new_reader would stay at 46 %"));
	assert_double_same(core->state.flags[0].intended, 100);
	assert_int_equal(core->state.overlays & MIG_OVERLAY_DRIFT, MIG_OVERLAY_DRIFT);
	core_obey(core, MIG_COMMAND_APPROVE, "restore");
	core_run(core, 20000);
	assert_double_same(core->state.flags[0].observed, 100);
	core_free(core);

	/* The executor is told already that the phase is over. */
	core = core_at_first_step();
	move_by_hand(core, 0, 1);
	core->state.stage = MIG_STAGE_LEAVE_HOOK;
	assert_int_equal(core_command(core, MIG_COMMAND_APPROVE, "adopt"), MIG_ESTATE);
	core_free(core);
}

static void
test_drift_cleared(void **state)
{
	struct core *core = core_at_first_step();

	(void)state;
	move_by_hand(core, 0, 0);
	core_forget(core);
	move_by_hand(core, 0, 5);
	assert_string_equal(core->records.data, "flag_verified drift_cleared");
	assert_int_equal(core->state.overlays, 0);
	core_free(core);
}

/* Two flags drift: both are told, and the drift is over when both are back. */
static void
test_drift_of_two(void **state)
{
	struct core *core = core_at_first_step();

	(void)state;
	core->provider[0] = 40;
	move_by_hand(core, 1, 60);
	assert_int_equal(core_count(core, "drift"), 2);
	move_by_hand(core, 1, 0);
	assert_int_equal(core_count(core, "drift_cleared"), 0);
	move_by_hand(core, 0, 5);
	assert_int_equal(core_count(core, "drift_cleared"), 1);
	core_free(core);
}

/* A flag that is elsewhere from the beginning: nothing starts before it is settled. */
static void
test_drift_at_start(void **state)
{
	struct core *core = core_new();

	(void)state;
	core->provider[1] = 30;
	core_obey(core, MIG_COMMAND_START, NULL);
	core_run(core, 400000);
	assert_int_equal(core->state.run, MIG_RUN_BASELINING);
	assert_int_equal(core_blocks(core), MIG_BLOCK_DRIFT | MIG_BLOCK_UNVERIFIED);
	core_obey(core, MIG_COMMAND_APPROVE, "restore");
	core_poll(core);
	assert_int_equal(core->state.run, MIG_RUN_RUNNING);
	assert_double_same(core->provider[1], 0);
	core_free(core);
}

/* A flag that nobody can read is not asked for and believed. */
static void
test_unreadable(void **state)
{
	struct core *core = core_new();
	struct mig_wants wants;

	(void)state;
	core->flags[0].readable = false;
	core->provider[0] = 77;
	core_start(core);
	mig_wants(&core->policy, &core->state, &wants);
	assert_int_equal(wants.reads & 1U, 0);
	core_obey(core, MIG_COMMAND_APPROVE, NULL);
	assert_false(core->state.flags[0].verified);
	core_ack_writes(core);
	assert_true(core->state.flags[0].verified);
	assert_non_null(strstr(core->details.data, "\"read_back\":false"));
	core_free(core);
}

static void
test_write_refused(void **state)
{
	struct core *core = core_at_first_step();

	(void)state;
	core_run(core, 50000);
	core_tick(core, 10000);
	assert_int_equal(core->owed_count, 1);
	core_forget(core);
	core_result(core, 0, MIG_RESULT_REFUSED, 1);
	assert_string_equal(core->records.data, "effect_refused");
	assert_string_equal(core->effects.data, "notify:alert");
	core_run(core, 200000);
	/* Frozen, and no drift on top: the flag stands where it stood. */
	assert_string_equal(core->records.data, "effect_refused");
	assert_int_equal(core_blocks(core), MIG_BLOCK_UNVERIFIED | MIG_BLOCK_HOLD);
	core_obey(core, MIG_COMMAND_APPROVE, "restore");
	assert_int_equal(core->owed_count, 1);
	core_ack_writes(core);
	core_read_back(core);
	core_run(core, 70000);
	assert_double_same(core->state.flags[0].intended, 100);
	core_free(core);
}

/* Adopting after a refusal goes back to the step that is in force at the provider. */
static void
test_write_refused_adopted(void **state)
{
	struct core *core = core_at_first_step();

	(void)state;
	core_run(core, 50000);
	core_tick(core, 10000);
	core_result(core, 0, MIG_RESULT_REFUSED, 1);
	core_poll(core);
	core_obey(core, MIG_COMMAND_APPROVE, "adopt");
	assert_double_same(core->state.flags[0].intended, 5);
	assert_int_equal(core->state.flags[0].step, 0);
	core_run(core, 50000);
	assert_double_same(core->state.flags[0].intended, 5);
	core_run(core, 20000);
	assert_double_same(core->state.flags[0].intended, 25);
	core_free(core);
}

/* Refused because it is so already: the read-back settles it. */
static void
test_write_refused_but_there(void **state)
{
	struct core *core = core_at_first_step();

	(void)state;
	core_run(core, 50000);
	core_tick(core, 10000);
	core->provider[0] = 25;
	core_result(core, 0, MIG_RESULT_REFUSED, 1);
	core_poll(core);
	assert_false(core->state.flags[0].write_failed);
	assert_true(core->state.flags[0].verified);
	core_run(core, 70000);
	assert_double_same(core->state.flags[0].intended, 100);
	core_free(core);
}

/* Acknowledged but never seen: at first the provider gets time, then it is drift. */
static void
test_lying_provider(void **state)
{
	struct core *core = core_at_first_step();

	(void)state;
	core_run(core, 50000);
	core->lying = true;
	core_poll(core);
	core_forget(core);
	assert_double_same(core->state.flags[0].intended, 25);
	assert_double_same(core->state.flags[0].acked, 25);
	core_run(core, 20000);
	assert_int_equal(core->state.overlays, 0);
	core_poll(core);
	assert_int_equal(core->state.overlays, MIG_OVERLAY_DRIFT);
	assert_string_equal(core->records.data, "drift");
	core->lying = false;
	core_obey(core, MIG_COMMAND_APPROVE, "restore");
	core_run(core, 90000);
	assert_double_same(core->state.flags[0].intended, 100);
	core_free(core);
}

/* An answer that was on its way before the write says nothing about it. */
static void
test_late_read(void **state)
{
	struct core *core = core_at_first_step();
	struct mig_wants wants;

	(void)state;
	core_run(core, 50000);
	core_tick(core, 10000);
	mig_wants(&core->policy, &core->state, &wants);
	assert_int_equal(wants.reads, 2); /* the other flag's, with the poll */
	core_read(core, 0, 5); /* the write is under way */
	assert_false(core->state.flags[0].verified);
	core_ack_writes(core);
	core_read(core, 0, 5); /* asked before the acknowledgement, answered behind it */
	assert_int_equal(core->state.overlays, 0);
	core_tick(core, 1000);
	core_read_back(core);
	assert_true(core->state.flags[0].verified);
	core_free(core);
}

/* A read-back that fails is no drift; it is asked again soon. */
static void
test_read_fails(void **state)
{
	struct core *core = core_at_first_step();
	struct mig_event event = { .kind = MIG_EVENT_READ, .u.read = { 0, false, 0, "refused" } };
	struct mig_wants wants;

	(void)state;
	core_run(core, 50000);
	core_tick(core, 10000);
	core_ack_writes(core);
	assert_int_equal(core_event(core, &event), MIG_OK);
	assert_int_equal(core->state.overlays, 0);
	mig_wants(&core->policy, &core->state, &wants);
	assert_int_equal(wants.reads & 1U, 0);
	assert_int_equal(wants.wake_ms, 1000);
	core_tick(core, wants.wake_ms);
	mig_wants(&core->policy, &core->state, &wants);
	assert_int_equal(wants.reads & 1U, 1);
	core_free(core);
}

/* Who waits for a flag that can't be seen is not silent about it. */
static void
test_unseen_forward(void **state)
{
	struct core *core = core_at_first_step();

	(void)state;
	core_run(core, 50000);
	core->unreadable = 1;
	core_tick(core, 10000); /* the next step */
	core_ack_writes(core);
	core_forget(core);
	core_run(core, 20000);
	assert_int_equal(core_count(core, "flag_unseen"), 0);
	core_run(core, 20000);
	assert_int_equal(core_count(core, "flag_unseen"), 1);
	assert_string_equal(core->effects.data, "notify:alert");
	assert_non_null(strstr(core->details.data, "\"percentage\":25"));
	core_run(core, 600000);
	assert_int_equal(core_count(core, "flag_unseen"), 1);
	core_run(core, 400000);
	assert_int_equal(core_count(core, "flag_unseen"), 2);
	assert_int_equal(core->state.run, MIG_RUN_RUNNING);
	core->unreadable = 0;
	core_run(core, 20000);
	assert_true(core->state.flags[0].verified);
	assert_int_equal(core->state.flags[0].unread_ms, 0);
	core_free(core);
}

/* What was seen long ago, before reads failed, is no evidence: no time counts, nothing goes up. */
static void
test_unseen_in_hold(void **state)
{
	struct core *core = core_at_first_step();

	(void)state;
	core->steps[0][0].hold_ms = 90000;
	core_run(core, 20000);
	core->unreadable = 1;
	core_run(core, 60000);
	int64_t held_ms = core->state.flags[0].held_ms;
	assert_in_range(held_ms, 70000, 80000);
	core_run(core, 100000);
	assert_int_equal(core->state.flags[0].held_ms, held_ms);
	assert_int_equal(core_blocks(core), MIG_BLOCK_HOLD | MIG_BLOCK_UNVERIFIED);
	assert_int_equal(core_count(core, "flag_unseen"), 1);
	core->unreadable = 0;
	core_run(core, 10000);
	assert_double_same(core->state.flags[0].intended, 5);
	core_run(core, 20000);
	assert_double_same(core->state.flags[0].intended, 25);
	core_free(core);
}

/* Nor behind a standstill, before it is seen again. */
static void
test_standstill_in_hold(void **state)
{
	struct core *core = core_at_first_step();

	(void)state;
	core_run(core, 50000);
	core_tick(core, 100000);
	core_tick(core, 10000);
	core_samples(core);
	core_tick(core, 10000);
	core_samples(core);
	assert_double_same(core->state.flags[0].intended, 5);
	assert_int_equal(core_blocks(core) & MIG_BLOCK_UNVERIFIED, MIG_BLOCK_UNVERIFIED);
	core_free(core);
}

/* Before the first step, too; a standstill is not the provider's fault. */
static void
test_unseen_at_start(void **state)
{
	struct core *core = core_new();

	(void)state;
	core->unreadable = ~0U;
	core_obey(core, MIG_COMMAND_START, NULL);
	core_tick(core, 60000);
	assert_int_equal(core_count(core, "flag_unseen"), 0);
	core_run(core, 40000);
	assert_int_equal(core_count(core, "flag_unseen"), core->policy.flag_count);
	core_free(core);
}

/* Replicas that disagree are told of once; who moves it for good meanwhile is not missed. */
static void
test_drift_flaps(void **state)
{
	struct core *core = core_at_first_step();
	unsigned notices = 0;

	(void)state;
	core_obey(core, MIG_COMMAND_PAUSE, NULL);
	for (int i = 0; i < 9; i++) {
		core_forget(core);
		move_by_hand(core, 0, 40);
		assert_int_equal(core->state.overlays, MIG_OVERLAY_PAUSED | MIG_OVERLAY_DRIFT);
		notices += strstr(core->effects.data, "notify:alert") != NULL;
		move_by_hand(core, 0, 5);
		assert_int_equal(core->state.overlays, MIG_OVERLAY_PAUSED);
	}
	assert_int_equal(notices, 1);
	core_forget(core);
	move_by_hand(core, 0, 40);
	core_run(core, 20000);
	assert_string_equal(core->effects.data, "");
	core_run(core, 20000);
	assert_string_equal(core->effects.data, "notify:alert");
	core_run(core, 2000000);
	assert_string_equal(core->effects.data, "notify:alert");
	core->provider[0] = 5;
	core_poll(core);
	core_forget(core);
	move_by_hand(core, 0, 40);
	assert_string_equal(core->effects.data, "notify:alert");
	core_free(core);
}

/* What is read after a restart says whether a flag can be seen, not what was asked before it. */
static void
test_seen_after_refill(void **state)
{
	struct core *core = core_at_first_step();

	(void)state;
	core_run(core, 20000);
	core_restore(core, 300000, true);
	for (int i = 0; i < 30; i++) {
		core_tick(core, 10000);
		core_samples(core);
	}
	core_read_back(core);
	assert_int_equal(core_count(core, "flag_unseen"), 0);
	assert_true(core->state.flags[0].checked);
	core_free(core);
}

static void
set_window(struct core *core, struct mig_window *window, int from, int to)
{
	window->present = true;
	window->start_minute = from;
	window->end_minute = to;
	window->zone_name = "UTC";
	window->zone = &core->utc;
}

/* The clock starts at 02:00; the window closes at 02:06, in the middle of a hold. */
static void
test_window_closes(void **state)
{
	struct core *core = core_new();
	struct mig_next next;

	(void)state;
	set_window(core, &core->policy.preferred_window, 60, 126);
	core->steps[0][0].hold_ms = 300000;
	core_to_first_step(core);
	mig_next(&core->policy, &core->state, core->wall, &next);
	/* Told before it is so: the hold ends in a time that is closed. */
	assert_int_equal(next.waiting_for,
	    MIG_BLOCK_HOLD | MIG_BLOCK_METRICS | MIG_BLOCK_WINDOW);
	assert_int_equal(next.earliest.ms, CORE_START_MS + 23 * 3600000LL);
	core_run(core, 400000);
	assert_string_equal(core->records.data, "window_closed");
	assert_non_null(strstr(core->details.data, "\"windows\":{\"open\":false"));
	assert_int_equal(core_blocks(core), MIG_BLOCK_WINDOW);
	/* Other reasons come and go without a word about the window. */
	core->now[CORE_P95].quality = MIG_QUALITY_ERROR;
	core_run(core, 20000);
	core->now[CORE_P95].quality = MIG_QUALITY_OK;
	core_run(core, 20000);
	assert_string_equal(core->records.data, "window_closed");
	core->wall.ms = next.earliest.ms;
	core_poll(core);
	assert_string_equal(core->records.data,
	    "window_closed window_opened flag_write flag_verified");
	assert_double_same(core->state.flags[0].intended, 25);
	core_free(core);
}

/* A flag adopted at the end of its schedule waits for no window; that is closed all the same. */
static void
test_window_not_waited_for(void **state)
{
	struct core *core = core_new();

	(void)state;
	set_window(core, &core->policy.preferred_window, 60, 125);
	core_to_first_step(core);
	core_run(core, 600000);
	assert_int_equal(core_blocks(core), MIG_BLOCK_WINDOW);
	assert_int_equal(core_count(core, "window_closed"), 1);
	core_forget(core);
	move_by_hand(core, 0, 100);
	core_obey(core, MIG_COMMAND_APPROVE, "adopt");
	core_run(core, 600000);
	assert_string_equal(core->records.data, "drift drift_adopted");
	core_wait(core, 82800000);
	core_run(core, 20000);
	assert_int_equal(core_count(core, "window_opened"), 1);
	core_free(core);
}

/* Out of the window a flag comes down all the same. */
static void
test_window_rollback(void **state)
{
	struct core *core = core_at_first_step();

	(void)state;
	set_window(core, &core->policy.critical_hours, 0, 1439);
	core_run(core, 100000);
	assert_double_same(core->state.flags[0].intended, 5);
	core->now[CORE_AVAILABILITY].value = 0.5;
	core_poll(core);
	assert_int_equal(core->state.run, MIG_RUN_ROLLING_BACK);
	assert_double_same(core->provider[0], 0);
	core_free(core);
}

/* A window that never opens: nobody can tell when it goes on. */
static void
test_window_never(void **state)
{
	struct core *core = core_at_first_step();
	struct mig_next next;

	(void)state;
	set_window(core, &core->policy.critical_hours, 0, 0);
	core_poll(core);
	mig_next(&core->policy, &core->state, core->wall, &next);
	assert_int_equal(next.waiting_for, MIG_BLOCK_HOLD | MIG_BLOCK_WINDOW);
	assert_int_equal(next.earliest.ms, 0);
	core_free(core);
}

/* Risky phases are entered inside the window only, others at any time. */
static void
test_window_risky(void **state)
{
	(void)state;
	for (int risky = 0; risky < 2; risky++) {
		struct core *core = core_new();
		set_window(core, &core->policy.preferred_window, 600, 660);
		core->phases[CORE_PREPARE].risky = risky != 0;
		core_obey(core, MIG_COMMAND_START, NULL);
		core_run(core, 250000);
		assert_int_equal(core_count(core, "phase_entered"), risky != 0 ? 0 : 1);
		assert_int_equal(core_blocks(core), risky != 0 ? MIG_BLOCK_WINDOW : MIG_BLOCK_GATE);
		core_free(core);
	}
}

/* Back after a short while: what is not seen again holds up, the hold goes on. */
static void
test_restore_short(void **state)
{
	struct core *core = core_at_first_step();

	(void)state;
	core_run(core, 50000);
	core_forget(core);
	core_restore(core, 20000, false);
	assert_string_equal(core->records.data, "restored");
	assert_int_equal(core->state.flags[0].held_ms, 50000);
	assert_int_equal(core_blocks(core),
	    MIG_BLOCK_HOLD | MIG_BLOCK_METRICS | MIG_BLOCK_UNVERIFIED);
	core_tick(core, 30000);
	assert_int_equal(core->state.flags[0].held_ms, 50000);
	core_samples(core);
	assert_int_equal(core_blocks(core), MIG_BLOCK_HOLD | MIG_BLOCK_UNVERIFIED);
	core_read_back(core);
	assert_int_equal(core_blocks(core), MIG_BLOCK_HOLD);
	core_tick(core, 10000);
	assert_double_same(core->state.flags[0].intended, 25);
	core_free(core);
}

/* Back after a long while: the hold starts again, unless history fills the gap. */
static void
test_restore_long(void **state)
{
	(void)state;
	for (int refilled = 0; refilled < 2; refilled++) {
		struct core *core = core_at_first_step();
		core_run(core, 50000);
		core_restore(core, 46000, refilled != 0);
		assert_int_equal(core->state.flags[0].held_ms, refilled != 0 ? 50000 : 0);
		core_free(core);
	}
}

/* Away for 100 s, of which 90 s of good readings are read from history. */
static void
come_back(struct core *core)
{
	struct mig_event event = { .kind = MIG_EVENT_SAMPLE, .hold_back = true,
		.history = true };

	event.u.sample.quality = MIG_QUALITY_OK;
	core_restore(core, 100000, true);
	for (size_t i = 0; i < 30; i++) {
		size_t metric = i % 3;
		core_wait(core, metric == 0 ? CORE_POLL_MS : 0);
		event.u.sample.metric = metric;
		event.u.sample.value = core->now[metric].value;
		assert_int_equal(core_event(core, &event), MIG_OK);
	}
}

/* The history of the absence is lived through: it counts, but nothing goes up on it. */
static void
test_restore_refilled(void **state)
{
	struct core *core = core_at_first_step();

	(void)state;
	core_run(core, 20000);
	come_back(core);
	assert_int_equal(core->state.flags[0].held_ms, 20000 + 90000);
	assert_int_equal(core_blocks(core), MIG_BLOCK_UNVERIFIED);
	core_tick(core, 0);
	assert_double_same(core->state.flags[0].intended, 5);
	core_read_back(core);
	assert_double_same(core->state.flags[0].intended, 25);
	core_free(core);
}

/* It counts for no step that was never seen in place. */
static void
test_restore_unverified(void **state)
{
	struct core *core = core_at_first_step();

	(void)state;
	core_run(core, 50000);
	core->unreadable = 1;
	core_tick(core, 10000);
	core_ack_writes(core);
	assert_double_same(core->state.flags[0].intended, 25);
	come_back(core);
	assert_int_equal(core->state.flags[0].held_ms, 0);
	core_free(core);
}

/* The machine was not booted meanwhile: its clock has gone on, the rollout's has not. */
static void
test_restore_same_boot(void **state)
{
	struct core *core = core_at_first_step();
	struct mig_event event = { .kind = MIG_EVENT_RESTORE };
	int64_t clock_ms = core->state.clock_ms;

	(void)state;
	core_wait(core, 40000);
	assert_int_equal(core_event(core, &event), MIG_OK);
	assert_int_equal(core->state.clock_ms, clock_ms);
	core_free(core);
}

/* What a webhook gate said before the restart has to be said again. */
static void
test_restore_gate(void **state)
{
	struct core *core = core_new();

	(void)state;
	(void)core_gate(core, CORE_REDIRECT, "backlog", MIG_GATE_WEBHOOK, false);
	core_to_first_step(core);
	core->gates[0] = true;
	core_run(core, 20000);
	assert_true(core->state.gates[0].open);
	core_restore(core, 1000, false);
	assert_false(core->state.gates[0].open);
	core_free(core);
}

/* A first step needs no hold; after a restart it waits for readings all the same. */
static void
test_restore_before_first_step(void **state)
{
	struct core *core = core_new();

	(void)state;
	core_start(core);
	core_restore(core, 1000, false);
	core_obey(core, MIG_COMMAND_APPROVE, NULL);
	core_tick(core, 1000);
	assert_double_same(core->state.flags[0].intended, 0);
	core_samples(core);
	assert_double_same(core->state.flags[0].intended, 0);
	core_read_back(core);
	assert_double_same(core->state.flags[0].intended, 5);
	core_free(core);
}

/* The flag was moved while the daemon was away: seen before anything goes up. */
static void
test_restore_drift(void **state)
{
	struct core *core = core_at_first_step();

	(void)state;
	core_run(core, 50000);
	core->provider[0] = 60;
	core_restore(core, 20000, false);
	core_run(core, 100000);
	assert_int_equal(core->state.overlays, MIG_OVERLAY_DRIFT);
	assert_int_equal(core_count(core, "flag_write"), 0);
	core_free(core);
}

/* An event that holds back changes what is known, but nothing goes forward on it. */
static void
test_hold_back(void **state)
{
	struct core *core = core_at_first_step();
	struct mig_event event = { .kind = MIG_EVENT_TICK, .hold_back = true };

	(void)state;
	core_run(core, 50000);
	core_wait(core, 10000);
	assert_int_equal(core_event(core, &event), MIG_OK);
	assert_int_equal(core_blocks(core), 0);
	assert_double_same(core->state.flags[0].intended, 5);
	core_tick(core, 0);
	assert_double_same(core->state.flags[0].intended, 25);
	core_free(core);
}

/* Of two flags the second waits until the first is through with its last hold. */
static void
test_sequence(void **state)
{
	struct core *core = core_at_first_step();
	struct mig_next next;

	(void)state;
	core_run(core, 130000);
	assert_double_same(core->state.flags[0].intended, 100);
	assert_double_same(core->state.flags[1].intended, 0);
	mig_next(&core->policy, &core->state, core->wall, &next);
	assert_int_equal(next.waiting_for, MIG_BLOCK_HOLD);
	core_run(core, 30000);
	assert_true(core->state.flags[0].done);
	assert_double_same(core->state.flags[1].intended, 5);
	mig_next(&core->policy, &core->state, core->wall, &next);
	assert_int_equal(next.action, MIG_NEXT_STEP_UP);
	assert_int_equal(next.flag, 1);
	assert_double_same(next.percentage, 25);
	core_free(core);
}

/* A window that opens during the hold: closed now, but only the hold is what takes time. */
static void
test_window_opens_in_hold(void **state)
{
	struct core *core = core_new();
	struct mig_next next;

	(void)state;
	core->steps[0][0].hold_ms = 300000;
	core_to_first_step(core);
	assert_true(core->wall.ms < CORE_START_MS + 5 * 60000);
	set_window(core, &core->policy.preferred_window, 125, 180);
	mig_next(&core->policy, &core->state, core->wall, &next);
	assert_int_equal(next.waiting_for,
	    MIG_BLOCK_HOLD | MIG_BLOCK_METRICS | MIG_BLOCK_WINDOW);
	assert_int_equal(next.earliest.ms, core->wall.ms + 300000);
	core_free(core);
}

/* The wall clock went backwards while the daemon was away: nobody knows how long that was. */
static void
test_restore_backwards(void **state)
{
	struct core *core = core_at_first_step();

	(void)state;
	core_run(core, 50000);
	core_restore(core, -3000, false);
	assert_int_equal(core->state.flags[0].held_ms, 0);
	assert_non_null(strstr(core->details.data,
	    "restored migarchd {\"downtime_seconds\":0,\"refilled\":false,"
	    "\"hold_starts_again\":true}"));
	core_free(core);
}

/* It was set back by nearly as long as the absence was: the other clock knows. */
static void
test_restore_set_back(void **state)
{
	struct mig_event event = { .kind = MIG_EVENT_RESTORE };

	(void)state;
	for (int64_t ms = 45000; ms <= 45001; ms++) {
		struct core *core = core_at_first_step();
		core_run(core, 50000);
		core->wall.ms += 1000;
		core->mono.ms += ms;
		assert_int_equal(core_event(core, &event), MIG_OK);
		assert_int_equal(core->state.flags[0].held_ms, ms > 45000 ? 0 : 50000);
		core_free(core);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_drift_freezes),
		cmocka_unit_test(test_drift_restored),
		cmocka_unit_test(test_drift_adopted),
		cmocka_unit_test(test_drift_adopted_down),
		cmocka_unit_test(test_drift_adopted_late),
		cmocka_unit_test(test_drift_cleared),
		cmocka_unit_test(test_drift_of_two),
		cmocka_unit_test(test_drift_at_start),
		cmocka_unit_test(test_unreadable),
		cmocka_unit_test(test_write_refused),
		cmocka_unit_test(test_write_refused_adopted),
		cmocka_unit_test(test_write_refused_but_there),
		cmocka_unit_test(test_lying_provider),
		cmocka_unit_test(test_late_read),
		cmocka_unit_test(test_read_fails),
		cmocka_unit_test(test_unseen_forward),
		cmocka_unit_test(test_unseen_in_hold),
		cmocka_unit_test(test_standstill_in_hold),
		cmocka_unit_test(test_unseen_at_start),
		cmocka_unit_test(test_drift_flaps),
		cmocka_unit_test(test_seen_after_refill),
		cmocka_unit_test(test_window_closes),
		cmocka_unit_test(test_window_not_waited_for),
		cmocka_unit_test(test_window_rollback),
		cmocka_unit_test(test_window_never),
		cmocka_unit_test(test_window_risky),
		cmocka_unit_test(test_restore_short),
		cmocka_unit_test(test_restore_long),
		cmocka_unit_test(test_restore_refilled),
		cmocka_unit_test(test_restore_unverified),
		cmocka_unit_test(test_restore_same_boot),
		cmocka_unit_test(test_restore_gate),
		cmocka_unit_test(test_restore_before_first_step),
		cmocka_unit_test(test_restore_drift),
		cmocka_unit_test(test_hold_back),
		cmocka_unit_test(test_sequence),
		cmocka_unit_test(test_window_opens_in_hold),
		cmocka_unit_test(test_restore_backwards),
		cmocka_unit_test(test_restore_set_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL) != 0;
}
