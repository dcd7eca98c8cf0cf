/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <string.h>

#include "core/step_int.h"

/* Where the rollout was when it was decided. */
static void
note_place(struct mig_turn *turn, struct mig_note *note)
{
	const struct mig_state *state = turn->state;

	mig_jw_string(&note->jw, "state", mig_run_name(state->run));
	if (state->run != MIG_RUN_RUNNING)
		return;
	mig_jw_string(&note->jw, "phase", turn->policy->phases[state->phase].name);
	mig_jw_string(&note->jw, "stage", mig_stage_name(state->stage));
}

/* The fields that say why, and what else was true. */
static void
note_cause(struct mig_turn *turn, struct mig_note *note, const struct mig_cause *cause)
{
	bool fired = cause->trigger >= 0;
	size_t index = fired ? (size_t)cause->trigger : turn->policy->trigger_count;

	mig_jw_string(&note->jw, "reason", mig_reason_name(cause->reason));
	if (fired) {
		mig_jw_string(&note->jw, "trigger", turn->policy->triggers[index].id);
		mig_jw_number(&note->jw, "value", turn->state->triggers[index].value);
		mig_jw_number(&note->jw, "threshold", turn->state->triggers[index].threshold);
	}
	mig_jw_bool(&note->jw, "point_of_no_return_passed", turn->state->no_return);
	if (fired) {
		const struct mig_trigger *trigger = &turn->policy->triggers[index];
		mig_jw_string(&note->jw, "metric", turn->policy->metrics[trigger->metric].name);
		mig_jw_string(&note->jw, "operator", mig_operator_name(trigger->op));
		mig_note_essential(note);
		mig_explain_inputs(turn, note, index);
		mig_jw_time(&note->jw, "fired_at", turn->state->triggers[index].fired_at);
	}
	mig_note_essential(note);
	if (cause->reason == MIG_REASON_BLIND) {
		mig_jw_seconds(&note->jw, "blind_seconds",
		    turn->state->clock_ms - turn->state->blind_ms);
		mig_explain_blind(turn, note);
	}
	note_place(turn, note);
	mig_explain_situation(turn, note, index);
}

/* Nothing that was owed counts any more; what is sent from here on is the way back. */
static void
void_forward(struct mig_turn *turn)
{
	struct mig_outcome *out = turn->out;
	size_t kept = 0;

	/* That holds for what was owed earlier in this very turn, too. */
	for (size_t i = 0; i < out->effect_count; i++) {
		if (out->effects[i].kind == MIG_EFFECT_NOTIFY)
			out->effects[kept++] = out->effects[i];
	}
	out->effect_count = kept;
	out->drop_forward = true;
	turn->state->hook_seq = 0;
	turn->state->hook_failed = false;
	for (size_t i = 0; i < turn->policy->flag_count; i++) {
		turn->state->flags[i].write_seq = 0;
		turn->state->flags[i].write_failed = false;
		turn->state->flags[i].drifted = false;
	}
}

/*
 * Whether this rollout has to bring the flag back.  Before the start it is not ours; before the
 * first phase only what the plan itself had raised is; later whatever is raised.
 */
static bool
must_restore(const struct mig_turn *turn, size_t index, enum mig_run from)
{
	const struct mig_flag *flag = &turn->policy->flags[index];
	const struct mig_flag_state *fs = &turn->state->flags[index];

	if (from == MIG_RUN_LOADED)
		return false;
	return fs->touched || flag->initial > flag->rollback || (from != MIG_RUN_BASELINING &&
	    fs->observed_known && fs->observed > flag->rollback);
}

/* Keep the cause in the state, and what each rollback step has to wait for. */
static void
remember(struct mig_turn *turn, const struct mig_cause *cause)
{
	struct mig_rollback_state *rb = &turn->state->rollback;

	memset(rb, 0, sizeof(*rb));
	rb->reason = cause->reason;
	rb->trigger = cause->trigger;
	rb->decided_at = turn->now;
	mig_text_copy(rb->actor, sizeof(rb->actor), cause->actor);
	mig_text_copy(rb->comment, sizeof(rb->comment), cause->comment);
	for (size_t i = 0; i < turn->policy->rb_step_count; i++) {
		size_t phase =
		    turn->policy->rb_phases[turn->policy->rb_steps[i].rb_phase].phase;
		rb->steps[i].run = turn->state->phase_entered[phase] ?
		    MIG_RB_STEP_PENDING : MIG_RB_STEP_SKIPPED;
	}
}

void
mig_rollback_begin(struct mig_turn *turn, const struct mig_cause *cause)
{
	struct mig_state *state = turn->state;
	bool hold = state->no_return;
	enum mig_run from = state->run;
	struct mig_note note;

	/* Written first: it tells what it was decided on, not what comes of it. */
	mig_note_open(&note, turn, hold ? "held" : "rollback_decided", cause->actor);
	note_cause(turn, &note, cause);
	mig_note_close(&note);
	void_forward(turn);
	remember(turn, cause);
	state->overlays = 0;
	mig_turn_enter(turn, hold ? MIG_RUN_HELD : MIG_RUN_ROLLING_BACK);
	if (hold) {
		/* The old system is gone: moving flags back would break what still works. */
		mig_turn_notify(turn, MIG_NOTICE_EMERGENCY);
		return;
	}
	turn->elapsed_ms = 0; /* was before the decision */
	uint64_t decision = state->record_seq;
	state->rollback.stage = MIG_RB_FLAGS;
	for (size_t i = 0; i < turn->policy->flag_count; i++) {
		if (must_restore(turn, i, from))
			mig_flags_write(turn, i, turn->policy->flags[i].rollback,
			    cause->reason == MIG_REASON_OPERATOR ?
			    MIG_WRITE_ABORT : MIG_WRITE_ROLLBACK);
	}
	mig_turn_notify(turn, MIG_NOTICE_ROLLBACK_START);
	turn->out->effects[turn->out->effect_count - 1].u.notify.record_seq = decision;
}

static bool
anything_to_validate(const struct mig_turn *turn)
{
	for (size_t i = 0; i < turn->policy->flag_count; i++) {
		if (turn->state->flags[i].touched)
			return true;
	}
	for (size_t i = 0; i < turn->policy->phase_count; i++) {
		if (turn->state->phase_entered[i])
			return true;
	}
	return false;
}

static void
record_step(struct mig_turn *turn, const char *kind, size_t index, const char *actor)
{
	struct mig_note note;

	mig_note_open(&note, turn, kind, actor);
	mig_jw_string(&note.jw, "step", turn->policy->rb_steps[index].id);
	mig_jw_string(&note.jw, "name", turn->policy->rb_steps[index].name);
	mig_jw_string(&note.jw, "phase",
	    turn->policy->rb_phases[turn->policy->rb_steps[index].rb_phase].name);
	if (turn->state->rollback.steps[index].attempts > 0) {
		mig_jw_int(&note.jw, "attempts", turn->state->rollback.steps[index].attempts);
		mig_jw_string(&note.jw, "error", turn->state->rollback.last_error);
	}
	mig_note_close(&note);
}

/* Hand a step to the executor, or to a person. */
static void
ask_for_step(struct mig_turn *turn, size_t index)
{
	struct mig_rb_step_state *step = &turn->state->rollback.steps[index];

	memset(turn->state->rollback.last_error, 0, sizeof(turn->state->rollback.last_error));
	step->asked_ms = turn->state->clock_ms;
	if (turn->policy->rb_steps[index].manual) {
		step->run = MIG_RB_STEP_WAITING;
		record_step(turn, "rollback_step_waiting", index, NULL);
		mig_turn_notify(turn, MIG_NOTICE_ALERT);
		return;
	}
	struct mig_effect *effect = mig_turn_owe(turn, MIG_EFFECT_RB_STEP);
	effect->u.rb_step.step = index;
	step->run = MIG_RB_STEP_RUNNING;
	step->seq = effect->seq;
	record_step(turn, "rollback_step_sent", index, NULL);
}

/* The first step that is not over; rb_step_count when all are. */
static size_t
current_step(const struct mig_turn *turn)
{
	size_t i = 0;

	while (i < turn->policy->rb_step_count &&
	    (turn->state->rollback.steps[i].run == MIG_RB_STEP_DONE ||
	    turn->state->rollback.steps[i].run == MIG_RB_STEP_SKIPPED))
		i++;
	return i;
}

/* Whether a flag is known to be elsewhere than it belongs, or on its way there. */
static bool
is_elsewhere(const struct mig_flag_state *fs)
{
	return fs->touched && (fs->write_seq != 0 || !fs->verified);
}

static bool
any_elsewhere(const struct mig_turn *turn)
{
	for (size_t i = 0; i < turn->policy->flag_count; i++) {
		if (is_elsewhere(&turn->state->flags[i]))
			return true;
	}
	return false;
}

/* Whether a flag is looked at on the way back: also what somebody else raises comes back. */
static bool
is_watched(const struct mig_turn *turn, size_t index)
{
	return turn->policy->flags[index].readable &&
	    (turn->state->flags[index].touched || turn->state->phase_entered[0]);
}

/*
 * Whether a flag is where it belongs, and was looked at since the daemon is back.  One that the
 * rollout has not touched stops no step; but all is not over with it unseen.
 */
static bool
is_back(const struct mig_turn *turn, size_t index)
{
	const struct mig_flag_state *fs = &turn->state->flags[index];

	if (fs->touched)
		return !is_elsewhere(fs) && fs->checked;
	return fs->checked || !is_watched(turn, index) ||
	    turn->state->rollback.stage < MIG_RB_VALIDATION;
}

static void
tell_of_flags(struct mig_turn *turn)
{
	struct mig_note note;

	turn->state->rollback.away.away_ms = 0;
	turn->state->rollback.away.told = true;
	mig_note_open(&note, turn, "flags_not_restored", NULL);
	mig_jw_array(&note.jw, "flags");
	for (size_t i = 0; i < turn->policy->flag_count; i++) {
		if (!is_back(turn, i))
			mig_jw_string(&note.jw, NULL, turn->policy->flags[i].name);
	}
	mig_jw_array_end(&note.jw);
	mig_jw_string(&note.jw, "error", turn->state->rollback.last_error);
	mig_note_close(&note);
	mig_turn_notify(turn, MIG_NOTICE_EMERGENCY);
}

/* Who waits long for flags is heard. */
static void
wait_for_flags(struct mig_turn *turn)
{
	const struct mig_settings *settings = &turn->policy->settings;
	struct mig_away_state *away = &turn->state->rollback.away;

	/* A standstill is not the flags' fault. */
	if (away->now && turn->elapsed_ms <= settings->max_gap_ms)
		away->away_ms += turn->elapsed_ms;
	away->now = true;
	if (away->away_ms >=
	    (away->told ? settings->manual_reminder_ms : settings->verify_timeout_ms))
		tell_of_flags(turn);
}

static void
flags_are_back(struct mig_turn *turn)
{
	struct mig_rollback_state *rb = &turn->state->rollback;
	struct mig_note note;

	rb->away.now = false;
	rb->away.told = false;
	rb->away.away_ms = 0;
	if (rb->flags_restored_at.ms != 0)
		return; /* they were only not seen */
	rb->flags_restored_at = turn->now;
	mig_note_open(&note, turn, "flags_restored", NULL);
	mig_jw_seconds(&note.jw, "seconds", turn->now.ms - rb->decided_at.ms);
	mig_note_close(&note);
}

/* All were back, and somebody or something late has moved one.  Who does it twice is told of. */
static void
moved_again(struct mig_turn *turn)
{
	struct mig_rollback_state *rb = &turn->state->rollback;

	rb->flags_restored_at.ms = 0;
	rb->away.moves++;
	if (rb->away.moves > 1 && mig_turn_worth_telling(rb->away.moves))
		tell_of_flags(turn);
}

/* Whether all were seen not longer ago than that. */
static bool
seen_within(const struct mig_turn *turn, int64_t ms)
{
	for (size_t i = 0; i < turn->policy->flag_count; i++) {
		const struct mig_flag_state *fs = &turn->state->flags[i];
		if (is_watched(turn, i) && turn->state->clock_ms - fs->seen_ms > ms)
			return false;
	}
	return true;
}

/* Whether the flags are where they belong. */
static bool
watch_flags(struct mig_turn *turn)
{
	struct mig_rollback_state *rb = &turn->state->rollback;
	bool back = true;

	for (size_t i = 0; i < turn->policy->flag_count; i++)
		back = back && is_back(turn, i);
	if (any_elsewhere(turn) && rb->flags_restored_at.ms != 0)
		moved_again(turn);
	if (!back)
		wait_for_flags(turn);
	else if (rb->away.now || rb->flags_restored_at.ms == 0)
		flags_are_back(turn);
	return back;
}

/*
 * Steps go one after the other, and none begins while a flag is away again: it may take down what
 * has the traffic.  Whether all are over.
 */
static bool
go_on_with_steps(struct mig_turn *turn)
{
	size_t index = current_step(turn);

	if (index == turn->policy->rb_step_count)
		return true;
	struct mig_rb_step_state *step = &turn->state->rollback.steps[index];
	if (step->run == MIG_RB_STEP_PENDING) {
		if (!turn->state->rollback.away.now)
			ask_for_step(turn, index);
	} else if (step->run == MIG_RB_STEP_WAITING && turn->state->clock_ms -
	    step->asked_ms >= turn->policy->settings.manual_reminder_ms) {
		step->asked_ms = turn->state->clock_ms;
		record_step(turn, "rollback_step_reminder", index, NULL);
		mig_turn_notify(turn, MIG_NOTICE_EMERGENCY);
	}
	return false;
}

/*
 * The triggers must be quiet for the whole window, and then the flags are looked at once more;
 * whether that is so.
 */
static bool
validated(struct mig_turn *turn)
{
	struct mig_rollback_state *rb = &turn->state->rollback;
	int64_t window = turn->policy->settings.validation_window_ms;
	bool looked = turn->elapsed_ms <= turn->policy->settings.max_gap_ms;
	bool unknown = false;
	bool noisy = mig_judge_noisy(turn->policy, turn->state, &unknown);
	struct mig_note note;

	if (noisy || unknown) {
		rb->quiet_ms = 0;
		rb->noisy_ms += looked ? turn->elapsed_ms : 0;
	} else if (looked) {
		rb->quiet_ms += turn->elapsed_ms;
	}
	if (rb->noisy_ms > 0 && rb->noisy_ms >= window +
	    rb->escalations * turn->policy->settings.manual_reminder_ms) {
		rb->escalations++;
		mig_note_open(&note, turn, "validation_failing", NULL);
		mig_jw_seconds(&note.jw, "noisy_seconds", rb->noisy_ms);
		mig_note_essential(&note);
		mig_explain_situation(turn, &note, turn->policy->trigger_count);
		mig_note_close(&note);
		mig_turn_notify(turn, MIG_NOTICE_EMERGENCY);
	}
	return rb->quiet_ms >= window && seen_within(turn, rb->quiet_ms - window);
}

static void
finish(struct mig_turn *turn)
{
	struct mig_rollback_state *rb = &turn->state->rollback;
	struct mig_note note;

	rb->stage = MIG_RB_DONE;
	mig_turn_enter(turn, MIG_RUN_ROLLED_BACK);
	mig_note_open(&note, turn, "rolled_back", NULL);
	mig_jw_string(&note.jw, "reason", mig_reason_name(rb->reason));
	if (rb->trigger >= 0)
		mig_jw_string(&note.jw, "trigger", turn->policy->triggers[rb->trigger].id);
	mig_jw_seconds(&note.jw, "seconds", turn->now.ms - rb->decided_at.ms);
	mig_jw_seconds(&note.jw, "quiet_seconds", rb->quiet_ms);
	mig_jw_seconds(&note.jw, "validation_seconds",
	    turn->policy->settings.validation_window_ms);
	mig_note_essential(&note);
	mig_explain_situation(turn, &note, turn->policy->trigger_count);
	mig_note_close(&note);
	mig_turn_notify(turn, MIG_NOTICE_ROLLBACK_COMPLETE);
}

void
mig_rollback_go_on(struct mig_turn *turn)
{
	struct mig_rollback_state *rb = &turn->state->rollback;
	bool back = watch_flags(turn);
	struct mig_note note;

	if (rb->stage == MIG_RB_FLAGS && back)
		rb->stage = MIG_RB_STEPS;
	if (rb->stage == MIG_RB_STEPS && go_on_with_steps(turn)) {
		rb->stage = MIG_RB_VALIDATION;
		rb->noisy_ms = 0;
		rb->escalations = 0;
		if (!anything_to_validate(turn)) {
			finish(turn);
			return;
		}
		mig_note_open(&note, turn, "validating", NULL);
		mig_jw_seconds(&note.jw, "for_seconds",
		    turn->policy->settings.validation_window_ms);
		mig_note_close(&note);
	} else if (rb->stage == MIG_RB_VALIDATION && !back) {
		rb->quiet_ms = 0; /* how it is with the new path tells nothing */
	} else if (rb->stage == MIG_RB_VALIDATION && validated(turn)) {
		finish(turn);
	}
}

int
mig_rollback_accept(struct mig_turn *turn, const char *actor)
{
	if (turn->state->rollback.stage != MIG_RB_VALIDATION)
		return mig_turn_refuse(turn, MIG_ESTATE,
		    "the rollback has not come to its validation yet");
	if (any_elsewhere(turn))
		return mig_turn_refuse(turn, MIG_ESTATE, "the flags are not all back");
	mig_turn_record(turn, "validation_accepted", actor);
	finish(turn);
	return MIG_OK;
}

bool
mig_rollback_result(struct mig_turn *turn, const struct mig_event *event)
{
	struct mig_rollback_state *rb = &turn->state->rollback;

	for (size_t i = 0; i < turn->policy->rb_step_count; i++) {
		struct mig_rb_step_state *step = &rb->steps[i];
		if (step->seq == 0 || step->seq != event->u.result.seq)
			continue;
		if (step->run != MIG_RB_STEP_RUNNING && step->run != MIG_RB_STEP_WAITING)
			return true; /* an operator was faster */
		switch (event->u.result.result) {
		case MIG_RESULT_DONE:
			step->run = MIG_RB_STEP_DONE;
			record_step(turn, "rollback_step_done", i, NULL);
			break;
		case MIG_RESULT_ACCEPTED:
			step->run = MIG_RB_STEP_WAITING;
			record_step(turn, "rollback_step_waiting", i, NULL);
			break;
		case MIG_RESULT_RETRYING:
		case MIG_RESULT_REFUSED:
			step->attempts = event->u.result.attempts;
			mig_text_copy(rb->last_error, sizeof(rb->last_error),
			    event->u.result.error);
			if (mig_turn_worth_telling(step->attempts)) {
				record_step(turn, "rollback_step_failed", i, NULL);
				mig_turn_notify(turn, MIG_NOTICE_ALERT);
			}
			break;
		}
		return true;
	}
	return false;
}

int
mig_rollback_ack(struct mig_turn *turn, const char *step_id, const char *actor)
{
	size_t index = current_step(turn);
	size_t i = 0;

	if (step_id == NULL)
		return mig_turn_refuse(turn, MIG_ENOTFOUND, "name the step to acknowledge");
	while (i < turn->policy->rb_step_count &&
	    strcmp(turn->policy->rb_steps[i].id, step_id) != 0)
		i++;
	if (i == turn->policy->rb_step_count)
		return mig_turn_refuse(turn, MIG_ENOTFOUND, "the runbook has no such step");
	if (turn->state->rollback.steps[i].run == MIG_RB_STEP_DONE)
		return MIG_OK;
	if (i != index || turn->state->rollback.stage != MIG_RB_STEPS)
		return mig_turn_refuse(turn, MIG_ESTATE,
		    "this step is not due yet; steps are acknowledged in the runbook's order");
	/* Of one that waits because nobody sees the flags a person may know better. */
	if (turn->state->rollback.steps[i].run == MIG_RB_STEP_PENDING && any_elsewhere(turn))
		return mig_turn_refuse(turn, MIG_ESTATE,
		    "this step has not begun: it waits until the flags are back");
	turn->state->rollback.steps[i].run = MIG_RB_STEP_DONE;
	record_step(turn, "rollback_step_done", i, actor);
	return MIG_OK;
}
