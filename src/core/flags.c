/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <math.h>

#include "core/step_int.h"

/* Percentages closer than this are the same: providers may round to hundredths. */
#define SAME_PERCENTAGE 0.005

/* While a write is not seen yet it is read back this often. */
#define READ_AGAIN_MS 1000

/* A rollback's write that is never seen is made again at least this often. */
#define REWRITE_MAX_MS 60000

static bool
same_percentage(double a, double b)
{
	return fabs(a - b) < SAME_PERCENTAGE;
}

/* Of a step up also why it may be made. */
static void
note_write(struct mig_turn *turn, const struct mig_effect *effect)
{
	size_t index = effect->u.set_flag.flag;
	enum mig_write_reason reason = effect->u.set_flag.reason;
	struct mig_note note;

	mig_note_open(&note, turn, "flag_write", NULL);
	mig_jw_string(&note.jw, "flag", turn->policy->flags[index].name);
	mig_jw_number(&note.jw, "from", effect->u.set_flag.previous);
	mig_jw_number(&note.jw, "to", effect->u.set_flag.percentage);
	mig_jw_string(&note.jw, "reason", mig_write_reason_name(reason));
	mig_jw_int(&note.jw, "generation", effect->u.set_flag.generation);
	mig_jw_int(&note.jw, "effect", (int64_t)effect->seq);
	mig_note_essential(&note);
	if (reason == MIG_WRITE_START || reason == MIG_WRITE_STEP)
		mig_explain_step(turn, &note, index);
	mig_note_close(&note);
}

void
mig_flags_write(struct mig_turn *turn, size_t index, double percentage,
    enum mig_write_reason reason)
{
	struct mig_flag_state *fs = &turn->state->flags[index];
	struct mig_effect *effect = mig_turn_owe(turn, MIG_EFFECT_SET_FLAG);

	effect->u.set_flag.flag = index;
	effect->u.set_flag.percentage = percentage;
	effect->u.set_flag.previous = fs->intended;
	effect->u.set_flag.generation = fs->generation + 1;
	effect->u.set_flag.reason = reason;
	note_write(turn, effect); /* on what was, not on what it becomes */
	fs->previous = fs->intended;
	fs->intended = percentage;
	fs->generation++;
	fs->touched = true;
	fs->checked = true;
	fs->verified = false;
	fs->drifted = false;
	fs->unread_ms = 0;
	fs->unread_told = false;
	fs->write_failed = false;
	fs->write_seq = effect->seq;
}

static void
verify(struct mig_turn *turn, size_t index)
{
	struct mig_flag_state *fs = &turn->state->flags[index];

	fs->verified = true;
	fs->verified_at = turn->now;

	struct mig_note note;
	mig_note_open(&note, turn, "flag_verified", NULL);
	mig_jw_string(&note.jw, "flag", turn->policy->flags[index].name);
	mig_jw_number(&note.jw, "percentage", fs->intended);
	mig_jw_bool(&note.jw, "read_back", turn->policy->flags[index].readable);
	mig_note_close(&note);
}

/* The provider refused for good: freeze and call for help. */
static void
refused(struct mig_turn *turn, size_t index, const char *error)
{
	struct mig_flag_state *fs = &turn->state->flags[index];
	struct mig_note note;

	fs->write_failed = true;
	mig_note_open(&note, turn, "effect_refused", NULL);
	mig_jw_string(&note.jw, "kind", mig_effect_kind_name(MIG_EFFECT_SET_FLAG));
	mig_jw_string(&note.jw, "flag", turn->policy->flags[index].name);
	mig_jw_number(&note.jw, "percentage", fs->intended);
	mig_jw_string(&note.jw, "error", error);
	mig_note_close(&note);
	mig_turn_notify(turn, MIG_NOTICE_ALERT);
}

static void
acknowledged(struct mig_turn *turn, size_t index)
{
	struct mig_flag_state *fs = &turn->state->flags[index];

	fs->acked = fs->intended;
	fs->acked_ms = turn->state->clock_ms;
	fs->read_due_ms = turn->state->clock_ms;
	if (turn->policy->flags[index].readable)
		return;
	/* Nothing to read back: the acknowledgement is all there is. */
	fs->observed = fs->intended;
	fs->observed_known = true;
	verify(turn, index);
}

bool
mig_flags_result(struct mig_turn *turn, const struct mig_event *event)
{
	for (size_t i = 0; i < turn->policy->flag_count; i++) {
		struct mig_flag_state *fs = &turn->state->flags[i];
		if (fs->write_seq == 0 || fs->write_seq != event->u.result.seq)
			continue;
		switch (event->u.result.result) {
		case MIG_RESULT_DONE:
		case MIG_RESULT_ACCEPTED:
			fs->write_seq = 0;
			acknowledged(turn, i);
			break;
		case MIG_RESULT_REFUSED:
			fs->write_seq = 0;
			refused(turn, i, event->u.result.error);
			break;
		case MIG_RESULT_RETRYING:
			mig_text_copy(turn->state->rollback.last_error,
			    sizeof(turn->state->rollback.last_error), event->u.result.error);
			/* A rollback has its own alarm. */
			if (turn->state->run != MIG_RUN_ROLLING_BACK)
				mig_turn_failing(turn, event, MIG_EFFECT_SET_FLAG,
				    turn->policy->flags[i].name);
			break;
		}
		return true;
	}
	return false;
}

/* A moment of the clock that 0 does not stand for. */
static int64_t
moment(const struct mig_turn *turn)
{
	return turn->state->clock_ms > 0 ? turn->state->clock_ms : 1;
}

static void
note_drift(struct mig_turn *turn, size_t index)
{
	const struct mig_flag_state *fs = &turn->state->flags[index];
	struct mig_note note;

	mig_note_open(&note, turn, "drift", NULL);
	mig_jw_string(&note.jw, "flag", turn->policy->flags[index].name);
	mig_jw_number(&note.jw, "intended", fs->intended);
	mig_jw_number(&note.jw, "observed", fs->observed);
	mig_jw_bool(&note.jw, "written", fs->touched);
	mig_jw_time(&note.jw, "verified_at", fs->verified_at);
	mig_note_close(&note);
}

/*
 * People hear of each drift; only where one was told of a short while ago, as when replicas
 * disagree, it has to last.
 */
static bool
must_tell_drift(const struct mig_turn *turn, const struct mig_flag_state *fs)
{
	const struct mig_settings *settings = &turn->policy->settings;
	int64_t now = turn->state->clock_ms;

	if (fs->drift_told_ms == 0)
		return true;
	return fs->drift_told_ms < fs->drifted_ms &&
	    (now - fs->drift_told_ms >= settings->manual_reminder_ms ||
	    now - fs->drifted_ms >= settings->verify_timeout_ms);
}

static void
drift(struct mig_turn *turn, size_t index)
{
	struct mig_flag_state *fs = &turn->state->flags[index];
	bool begins = !fs->drifted;

	fs->read_due_ms = turn->state->clock_ms + READ_AGAIN_MS;
	if (begins) {
		fs->drifted = true;
		fs->drifted_ms = turn->state->clock_ms;
		fs->verified = false;
		turn->state->overlays |= MIG_OVERLAY_DRIFT;
	}
	bool tell = must_tell_drift(turn, fs);
	if (begins || tell)
		note_drift(turn, index);
	if (!tell)
		return;
	fs->drift_told_ms = moment(turn);
	mig_turn_notify(turn, MIG_NOTICE_ALERT);
}

/* Whether any flag was found elsewhere than it should be. */
static bool
drifting(const struct mig_turn *turn)
{
	for (size_t i = 0; i < turn->policy->flag_count; i++) {
		if (turn->state->flags[i].drifted)
			return true;
	}
	return false;
}

/* The flag is where it should be. */
static void
agreed(struct mig_turn *turn, size_t index)
{
	struct mig_flag_state *fs = &turn->state->flags[index];

	fs->read_due_ms = turn->state->clock_ms + turn->policy->settings.poll_interval_ms;
	fs->checked = true;
	fs->drifted = false;
	if (fs->write_failed) {
		/* Refused because it was so already: that is success. */
		fs->write_failed = false;
		fs->acked = fs->intended;
	}
	if (fs->verified)
		fs->verified_at = turn->now;
	else
		verify(turn, index);
	if ((turn->state->overlays & MIG_OVERLAY_DRIFT) != 0 && !drifting(turn)) {
		/* Somebody moved it back. */
		turn->state->overlays &= ~MIG_OVERLAY_DRIFT;
		mig_turn_record(turn, "drift_cleared", NULL);
	}
}

/*
 * How long a write may stay unseen before it is made again: longer each time, so that a provider
 * that lies for hours does not fill the history.
 */
static int64_t
rewrite_patience(const struct mig_settings *settings, const struct mig_flag_state *fs)
{
	int64_t patience = settings->verify_timeout_ms / 10;

	for (uint32_t i = 0; i < fs->rewrites && patience < REWRITE_MAX_MS; i++)
		patience *= 2;
	return patience < REWRITE_MAX_MS ? patience : REWRITE_MAX_MS;
}

/* The provider says something else than what was written. */
static void
disagreed(struct mig_turn *turn, size_t index)
{
	const struct mig_settings *settings = &turn->policy->settings;
	struct mig_flag_state *fs = &turn->state->flags[index];
	double back = turn->policy->flags[index].rollback;
	bool fresh = fs->touched && !fs->verified &&
	    turn->state->clock_ms - fs->acked_ms < settings->verify_timeout_ms;

	if (turn->state->run == MIG_RUN_ROLLING_BACK) {
		/* A rollback never waits for an operator: written again until it is seen. */
		fs->read_due_ms = turn->state->clock_ms + READ_AGAIN_MS;
		if (!fs->touched) {
			/* As at the decision: what is raised comes back, whoever raised it. */
			fs->checked = true;
			if (turn->state->phase_entered[0] && fs->observed > back)
				mig_flags_write(turn, index, back, MIG_WRITE_ROLLBACK);
		} else if (fs->verified ||
		    turn->state->clock_ms - fs->acked_ms >= rewrite_patience(settings, fs)) {
			fs->rewrites++;
			mig_flags_write(turn, index, fs->intended, MIG_WRITE_ROLLBACK);
		}
	} else if (fresh || fs->write_failed) {
		/* Not there yet, or refused: an operator was called for that already. */
		fs->read_due_ms = turn->state->clock_ms + READ_AGAIN_MS;
	} else {
		drift(turn, index);
	}
}

/*
 * Another read has failed: people hear of it where nothing goes on before the flag is seen.  A
 * rollback has its own alarm.
 */
static void
unread(struct mig_turn *turn, size_t index, const char *error)
{
	const struct mig_settings *settings = &turn->policy->settings;
	struct mig_flag_state *fs = &turn->state->flags[index];
	bool waits = fs->write_seq == 0 && !fs->write_failed && !fs->drifted &&
	    (!fs->checked || (fs->touched && !fs->verified));
	struct mig_note note;

	if (fs->unread_ms == 0)
		fs->unread_ms = moment(turn);
	if (!waits || turn->state->run == MIG_RUN_ROLLING_BACK || turn->state->clock_ms -
	    fs->unread_ms < (fs->unread_told ? settings->manual_reminder_ms :
	    settings->verify_timeout_ms))
		return;
	fs->unread_ms = moment(turn);
	fs->unread_told = true;
	mig_note_open(&note, turn, "flag_unseen", NULL);
	mig_jw_string(&note.jw, "flag", turn->policy->flags[index].name);
	mig_jw_number(&note.jw, "percentage", fs->intended);
	mig_jw_string(&note.jw, "error", error);
	mig_note_close(&note);
	mig_turn_notify(turn, MIG_NOTICE_ALERT);
}

void
mig_flags_read(struct mig_turn *turn, const struct mig_event *event)
{
	size_t index = event->u.read.flag;

	MIG_ASSERT(index < turn->policy->flag_count);
	struct mig_flag_state *fs = &turn->state->flags[index];
	if (!event->u.read.ok || !isfinite(event->u.read.percentage)) {
		fs->read_due_ms = turn->state->clock_ms + READ_AGAIN_MS;
		mig_text_copy(turn->state->rollback.last_error,
		    sizeof(turn->state->rollback.last_error), event->u.read.error);
		unread(turn, index, event->u.read.error);
		return;
	}
	fs->unread_ms = 0;
	fs->unread_told = false;
	if (fs->write_seq != 0)
		return; /* read before the write under way: says nothing about it */
	fs->seen_ms = turn->state->clock_ms;
	fs->observed = event->u.read.percentage + 0.0; /* never -0, as in a record */
	fs->observed_known = true;
	if (same_percentage(fs->observed, fs->intended))
		agreed(turn, index);
	else
		disagreed(turn, index);
}

void
mig_flags_age(struct mig_turn *turn)
{
	const struct mig_settings *settings = &turn->policy->settings;
	int64_t most = settings->max_gap_ms + settings->poll_interval_ms;
	bool stood_still = turn->elapsed_ms > settings->max_gap_ms;

	for (size_t i = 0; i < turn->policy->flag_count; i++) {
		struct mig_flag_state *fs = &turn->state->flags[i];
		bool old = fs->checked && turn->state->clock_ms - fs->seen_ms > most;
		/* Behind a standstill what is heard now may have been said before. */
		if (!turn->policy->flags[i].readable || (!old && !stood_still))
			continue;
		fs->checked = false;
		fs->read_due_ms = turn->state->clock_ms;
	}
}

bool
mig_flags_verified(const struct mig_policy *policy, const struct mig_state *state)
{
	for (size_t i = 0; i < policy->flag_count; i++) {
		const struct mig_flag_state *fs = &state->flags[i];
		if (fs->write_seq != 0 || fs->write_failed || !fs->checked ||
		    (fs->touched && !fs->verified))
			return false;
	}
	return true;
}

bool
mig_flags_restored(const struct mig_policy *policy, const struct mig_state *state)
{
	for (size_t i = 0; i < policy->flag_count; i++) {
		const struct mig_flag_state *fs = &state->flags[i];
		if (fs->touched && (fs->write_seq != 0 || !fs->verified))
			return false;
	}
	return true;
}

bool
mig_flags_exposed(const struct mig_policy *policy, const struct mig_state *state)
{
	for (size_t i = 0; i < policy->flag_count; i++) {
		const struct mig_flag_state *fs = &state->flags[i];
		if (fs->intended > 0 || fs->acked > 0 || (fs->observed_known && fs->observed > 0))
			return true;
	}
	return policy->flag_count == 0;
}

bool
mig_flags_all_over(const struct mig_policy *policy, const struct mig_state *state)
{
	for (size_t i = 0; i < policy->flag_count; i++) {
		if (state->flags[i].intended < 100)
			return false;
	}
	return policy->flag_count > 0;
}

bool
mig_flags_moving(const struct mig_policy *policy, const struct mig_state *state)
{
	for (size_t i = 0; i < policy->flag_count; i++) {
		if (state->flags[i].write_seq != 0)
			return true;
	}
	return false;
}

int64_t
mig_flags_moved(const struct mig_policy *policy, const struct mig_state *state)
{
	int64_t moved_ms = -1;

	for (size_t i = 0; i < policy->flag_count; i++) {
		if (state->flags[i].touched && state->flags[i].acked_ms > moved_ms)
			moved_ms = state->flags[i].acked_ms;
	}
	return moved_ms;
}

/* Whether the phase that moves the flag is over. */
static bool
moved_before(const struct mig_policy *policy, const struct mig_state *state, size_t flag)
{
	size_t upto = state->run == MIG_RUN_BAKING ? policy->phase_count : state->phase;

	if (state->run == MIG_RUN_RUNNING && state->stage == MIG_STAGE_LEAVE_HOOK)
		upto++;
	for (size_t p = 0; p < upto; p++) {
		for (size_t i = 0; i < policy->phases[p].flag_count; i++) {
			if (policy->phases[p].flags[i] == flag)
				return true;
		}
	}
	return false;
}

size_t
mig_flags_left_behind(const struct mig_policy *policy, const struct mig_state *state)
{
	for (size_t i = 0; i < policy->flag_count; i++) {
		const struct mig_flag_state *fs = &state->flags[i];
		const struct mig_flag *flag = &policy->flags[i];
		if ((!fs->drifted && !fs->write_failed) || !fs->observed_known)
			continue;
		double last = flag->steps[flag->step_count - 1].percentage;
		if (fs->observed < last - SAME_PERCENTAGE && moved_before(policy, state, i))
			return i;
	}
	return policy->flag_count;
}

/* Take the percentage somebody set as our own position in the schedule. */
static void
adopt(struct mig_turn *turn, size_t index)
{
	const struct mig_flag *flag = &turn->policy->flags[index];
	struct mig_flag_state *fs = &turn->state->flags[index];

	fs->intended = fs->observed;
	fs->acked = fs->observed;
	fs->touched = true;
	fs->checked = true;
	fs->verified = true;
	fs->verified_at = turn->now;
	fs->drifted = false;
	fs->write_failed = false;
	fs->held_ms = 0;
	fs->done = false;
	fs->step = -1;
	while ((size_t)(fs->step + 1) < flag->step_count &&
	    flag->steps[fs->step + 1].percentage <= fs->observed + SAME_PERCENTAGE)
		fs->step++;
}

void
mig_flags_settle_drift(struct mig_turn *turn, bool take, const char *actor)
{
	for (size_t i = 0; i < turn->policy->flag_count; i++) {
		struct mig_flag_state *fs = &turn->state->flags[i];
		if (!fs->drifted && !fs->write_failed)
			continue;
		bool adopts = take && fs->observed_known;
		struct mig_note note;
		mig_note_open(&note, turn, adopts ? "drift_adopted" : "drift_restored", actor);
		mig_jw_string(&note.jw, "flag", turn->policy->flags[i].name);
		mig_jw_number(&note.jw, "percentage", adopts ? fs->observed : fs->intended);
		mig_note_close(&note);
		if (adopts)
			adopt(turn, i);
		else
			mig_flags_write(turn, i, fs->intended, MIG_WRITE_DRIFT);
	}
	turn->state->overlays &= ~MIG_OVERLAY_DRIFT;
}
