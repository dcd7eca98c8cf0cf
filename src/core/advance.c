/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <math.h>
#include <string.h>

#include "core/step_int.h"

/* Phases passed in one turn; the rest follows with the next event. */
#define ADVANCES_PER_TURN 4

/* What every advance needs, whatever it is. */
static uint32_t
common_blocks(const struct mig_policy *policy, const struct mig_state *state)
{
	uint32_t blocks = mig_judge_blocks(policy, state);

	if ((state->overlays & MIG_OVERLAY_PAUSED) != 0)
		blocks |= MIG_BLOCK_PAUSED;
	if ((state->overlays & MIG_OVERLAY_BLIND) != 0)
		blocks |= MIG_BLOCK_BLIND;
	if ((state->overlays & MIG_OVERLAY_DRIFT) != 0)
		blocks |= MIG_BLOCK_DRIFT;
	if (!mig_flags_verified(policy, state))
		blocks |= MIG_BLOCK_UNVERIFIED;
	return blocks;
}

static const struct mig_phase *
current_phase(const struct mig_policy *policy, const struct mig_state *state)
{
	MIG_ASSERT(state->phase < policy->phase_count);
	return &policy->phases[state->phase];
}

bool
mig_gate_open(const struct mig_policy *policy, const struct mig_state *state, size_t index)
{
	const struct mig_gate *gate = &current_phase(policy, state)->gates[index];
	const struct mig_gate_state *gs = &state->gates[index];

	switch (gate->kind) {
	case MIG_GATE_APPROVAL:
	case MIG_GATE_WEBHOOK:
		return gs->open;
	case MIG_GATE_METRIC:
		return gs->open && gs->ok_ms >= gate->duration_ms;
	case MIG_GATE_SCHEMA:
		return mig_schema_open(policy, state, index);
	case MIG_GATE_DURATION:
		break;
	}
	return state->phase_held_ms >= gate->duration_ms;
}

bool
mig_gate_asked(const struct mig_policy *policy, const struct mig_state *state, size_t index)
{
	const struct mig_phase *phase = current_phase(policy, state);

	if (index >= phase->gate_count)
		return false;
	enum mig_gate_kind kind = phase->gates[index].kind;
	/* What an operator has opened against the answer stays open for the phase. */
	bool overridden = kind == MIG_GATE_SCHEMA && state->gates[index].actor[0] != '\0';
	if ((kind != MIG_GATE_WEBHOOK && kind != MIG_GATE_SCHEMA) || overridden)
		return false;
	return state->stage == (phase->gates[index].at_entry ? MIG_STAGE_ENTRY : MIG_STAGE_ACTIVE);
}

/* Add what a time in the future means for a decision: it is waited for, and not before then. */
static void
wait_until(struct mig_next *next, uint32_t block, mig_wall at)
{
	next->waiting_for |= block;
	if (at.ms > next->earliest.ms)
		next->earliest = at;
}

static void
wait_for_gates(const struct mig_policy *policy, const struct mig_state *state, bool at_entry,
    mig_wall now, struct mig_next *next)
{
	const struct mig_phase *phase = current_phase(policy, state);

	for (size_t i = 0; i < phase->gate_count; i++) {
		if (phase->gates[i].at_entry != at_entry || mig_gate_open(policy, state, i))
			continue;
		next->waiting_for |= MIG_BLOCK_GATE;
		if (phase->gates[i].kind == MIG_GATE_DURATION)
			wait_until(next, MIG_BLOCK_GATE, (mig_wall) {
			    now.ms + phase->gates[i].duration_ms - state->phase_held_ms });
	}
}

static void
wait_for_window(const struct mig_policy *policy, mig_wall now, struct mig_next *next)
{
	mig_wall opens = next->earliest.ms > now.ms ? next->earliest : now;

	/* Asked for the time at which the rest may be over: that is when it must be open. */
	if (!mig_policy_window_open(policy, opens, &opens) ||
	    !mig_policy_window_open(policy, now, NULL))
		wait_until(next, MIG_BLOCK_WINDOW, opens);
	if (opens.ms == 0)
		next->earliest = opens; /* never: whatever else is over by then */
}

/* Whether flag a of a parallel phase moves before b: it has steps left, then fewest taken. */
static bool
moves_before(const struct mig_policy *policy, const struct mig_state *state, size_t a, size_t b)
{
	bool a_up = (size_t)(state->flags[a].step + 1) < policy->flags[a].step_count;
	bool b_up = (size_t)(state->flags[b].step + 1) < policy->flags[b].step_count;

	if (a_up != b_up)
		return a_up;
	return state->flags[a].step < state->flags[b].step;
}

/* The flag that moves next: the first that is not through, in parallel the furthest behind. */
static size_t
flag_to_move(const struct mig_policy *policy, const struct mig_state *state)
{
	const struct mig_phase *phase = current_phase(policy, state);
	size_t best = policy->flag_count;

	for (size_t i = 0; i < phase->flag_count; i++) {
		size_t flag = phase->flags[i];
		if (state->flags[flag].done)
			continue;
		if (!phase->parallel)
			return flag;
		if (best == policy->flag_count || moves_before(policy, state, flag, best))
			best = flag;
	}
	return best;
}

static int64_t
hold_left(const struct mig_flag *flag, const struct mig_flag_state *fs)
{
	if (fs->step < 0)
		return 0;
	int64_t left = flag->steps[fs->step].hold_ms - fs->held_ms;
	return left > 0 ? left : 0;
}

static void
wait_for_hold(const struct mig_policy *policy, const struct mig_state *state, size_t flag,
    mig_wall now, struct mig_next *next)
{
	int64_t left = hold_left(&policy->flags[flag], &state->flags[flag]);

	if (left > 0)
		wait_until(next, MIG_BLOCK_HOLD, (mig_wall) { now.ms + left });
}

/*
 * Whether every armed trigger has had a reading since the last flag was moved: the flags of a
 * parallel phase must not go up together on readings from before.
 */
static bool
judged_there(const struct mig_policy *policy, const struct mig_state *state)
{
	int64_t moved_ms = mig_flags_moved(policy, state);

	for (size_t i = 0; i < policy->trigger_count; i++) {
		const struct mig_trigger *trigger = &policy->triggers[i];
		if (trigger->armed && state->metrics[trigger->metric].now.clock_ms <= moved_ms)
			return false;
	}
	return true;
}

/* In a phase whose work goes on: a flag goes up, or the phase is left. */
static void
next_in_phase(const struct mig_policy *policy, const struct mig_state *state, mig_wall now,
    struct mig_next *next)
{
	size_t flag = flag_to_move(policy, state);

	next->waiting_for |= common_blocks(policy, state);
	if (flag < policy->flag_count) {
		const struct mig_flag_state *fs = &state->flags[flag];
		size_t step = (size_t)(fs->step + 1);
		wait_for_hold(policy, state, flag, now, next);
		/* Also without a hold: what is judged must have been seen at this percentage. */
		if (!judged_there(policy, state))
			next->waiting_for |= MIG_BLOCK_METRICS;
		if (step < policy->flags[flag].step_count) {
			next->action = MIG_NEXT_STEP_UP;
			next->flag = flag;
			next->percentage = policy->flags[flag].steps[step].percentage;
			if (fs->step >= 0)
				wait_for_gates(policy, state, false, now, next);
			wait_for_window(policy, now, next);
			return;
		}
	}
	next->action = MIG_NEXT_LEAVE;
	wait_for_gates(policy, state, false, now, next);
}

static void
next_while_running(const struct mig_policy *policy, const struct mig_state *state, mig_wall now,
    struct mig_next *next)
{
	switch (state->stage) {
	case MIG_STAGE_ENTRY:
		next->action = MIG_NEXT_ENTER;
		next->waiting_for |= common_blocks(policy, state);
		wait_for_gates(policy, state, true, now, next);
		if (current_phase(policy, state)->risky)
			wait_for_window(policy, now, next);
		break;
	case MIG_STAGE_ENTER_HOOK:
		next->action = MIG_NEXT_ENTER;
		next->waiting_for |= MIG_BLOCK_HOOK;
		break;
	case MIG_STAGE_ACTIVE:
		next_in_phase(policy, state, now, next);
		break;
	case MIG_STAGE_LEAVE_HOOK:
		next->action = MIG_NEXT_LEAVE;
		next->waiting_for |= MIG_BLOCK_HOOK;
		break;
	}
}

static void
next_while_baselining(const struct mig_policy *policy, const struct mig_state *state, mig_wall now,
    struct mig_next *next)
{
	next->action = MIG_NEXT_RUN;
	next->waiting_for |= common_blocks(policy, state) &
	    (MIG_BLOCK_PAUSED | MIG_BLOCK_BLIND | MIG_BLOCK_DRIFT | MIG_BLOCK_UNVERIFIED);
	if (mig_baselines_known(policy, state))
		return;
	wait_until(next, MIG_BLOCK_BASELINE,
	    (mig_wall) { now.ms + mig_baseline_left(policy, state) });
	for (size_t i = 0; i < policy->metric_count; i++) {
		if (policy->metrics[i].baseline_wanted && !state->metrics[i].baseline_known &&
		    state->metrics[i].old.quality == MIG_QUALITY_LOW_TRAFFIC)
			next->waiting_for |= MIG_BLOCK_TRAFFIC;
	}
}

static void
next_while_rolling_back(const struct mig_policy *policy, const struct mig_state *state,
    mig_wall now, struct mig_next *next)
{
	bool unknown = false;

	next->action = MIG_NEXT_ROLLBACK;
	switch (state->rollback.stage) {
	case MIG_RB_NONE:
	case MIG_RB_DONE:
		break;
	case MIG_RB_FLAGS:
		next->waiting_for |= MIG_BLOCK_UNVERIFIED;
		break;
	case MIG_RB_STEPS:
		next->waiting_for |= MIG_BLOCK_STEPS;
		if (state->rollback.away.now)
			next->waiting_for |= MIG_BLOCK_UNVERIFIED;
		break;
	case MIG_RB_VALIDATION:
		if (mig_judge_noisy(policy, state, &unknown))
			next->waiting_for |= MIG_BLOCK_TRIGGER;
		if (unknown)
			next->waiting_for |= MIG_BLOCK_METRICS;
		if (state->rollback.away.now)
			next->waiting_for |= MIG_BLOCK_UNVERIFIED;
		wait_until(next, MIG_BLOCK_HOLD, (mig_wall) { now.ms +
		    policy->settings.validation_window_ms - state->rollback.quiet_ms });
		break;
	}
}

void
mig_next(const struct mig_policy *policy, const struct mig_state *state, mig_wall at,
    struct mig_next *ret_next)
{
	memset(ret_next, 0, sizeof(*ret_next));
	switch (state->run) {
	case MIG_RUN_LOADED:
		ret_next->action = MIG_NEXT_START;
		ret_next->waiting_for = MIG_BLOCK_START;
		break;
	case MIG_RUN_BASELINING:
		next_while_baselining(policy, state, at, ret_next);
		break;
	case MIG_RUN_RUNNING:
		next_while_running(policy, state, at, ret_next);
		break;
	case MIG_RUN_BAKING:
		ret_next->action = MIG_NEXT_COMPLETE;
		ret_next->waiting_for = common_blocks(policy, state);
		if (state->bake_held_ms < policy->settings.bake_ms)
			wait_until(ret_next, MIG_BLOCK_HOLD, (mig_wall) { at.ms +
			    policy->settings.bake_ms - state->bake_held_ms });
		break;
	case MIG_RUN_ROLLING_BACK:
		next_while_rolling_back(policy, state, at, ret_next);
		break;
	case MIG_RUN_COMPLETED:
	case MIG_RUN_ROLLED_BACK:
	case MIG_RUN_HELD:
		break;
	}
	if (ret_next->waiting_for == 0 && ret_next->action != MIG_NEXT_NOTHING)
		ret_next->earliest = at;
}

static void
record_phase(struct mig_turn *turn, const char *kind, bool entering)
{
	const struct mig_phase *phase = current_phase(turn->policy, turn->state);
	struct mig_note note;

	mig_note_open(&note, turn, kind, NULL);
	mig_jw_string(&note.jw, "phase", phase->name);
	mig_jw_int(&note.jw, "index", turn->state->phase);
	mig_note_essential(&note);
	mig_jw_bool(&note.jw, "point_of_no_return", phase->point_of_no_return);
	/* The windows have a say only where there is a risk. */
	if (entering)
		mig_jw_bool(&note.jw, "risky", phase->risky);
	else
		mig_jw_seconds(&note.jw, "held_seconds", turn->state->phase_held_ms);
	mig_explain_gates(turn, &note, entering);
	mig_explain_situation(turn, &note, turn->policy->trigger_count);
	mig_note_close(&note);
}

static void
owe_hook(struct mig_turn *turn, enum mig_hook hook)
{
	struct mig_effect *effect = mig_turn_owe(turn, MIG_EFFECT_HOOK);

	effect->u.hook.phase = turn->state->phase;
	effect->u.hook.hook = hook;
	turn->state->hook_seq = effect->seq;
	turn->state->hook_failed = false;
}

static void
begin_phase(struct mig_turn *turn)
{
	turn->state->stage = MIG_STAGE_ENTRY;
	turn->state->phase_entered_at = turn->now;
	turn->state->phase_held_ms = 0;
	memset(turn->state->gates, 0, sizeof(turn->state->gates));
	memset(&turn->state->schema, 0, sizeof(turn->state->schema));
}

static void
next_phase(struct mig_turn *turn)
{
	struct mig_note note;

	record_phase(turn, "phase_left", false);
	if (turn->state->phase + 1 < turn->policy->phase_count) {
		turn->state->phase++;
		begin_phase(turn);
		return;
	}
	mig_turn_enter(turn, MIG_RUN_BAKING);
	mig_note_open(&note, turn, "baking", NULL);
	mig_jw_seconds(&note.jw, "for_seconds", turn->policy->settings.bake_ms);
	mig_note_close(&note);
}

static void
enter_phase(struct mig_turn *turn)
{
	struct mig_state *state = turn->state;

	record_phase(turn, "phase_entered", true);
	state->phase_entered[state->phase] = true;
	state->phase_entered_at = turn->now;
	state->phase_held_ms = 0;
	if (current_phase(turn->policy, state)->point_of_no_return)
		state->no_return = true;
	state->stage = MIG_STAGE_ACTIVE;
	if (turn->policy->hooks) {
		state->stage = MIG_STAGE_ENTER_HOOK;
		owe_hook(turn, MIG_HOOK_PHASE_ENTER);
	}
}

static void
leave_phase(struct mig_turn *turn)
{
	if (!turn->policy->hooks) {
		next_phase(turn);
		return;
	}
	turn->state->stage = MIG_STAGE_LEAVE_HOOK;
	owe_hook(turn, MIG_HOOK_PHASE_LEAVE);
}

static void
step_up(struct mig_turn *turn, const struct mig_next *next)
{
	struct mig_flag_state *fs = &turn->state->flags[next->flag];
	const struct mig_phase *phase = current_phase(turn->policy, turn->state);
	bool first = fs->step < 0;

	/* First, since it tells of the step that is left. */
	mig_flags_write(turn, next->flag, next->percentage,
	    first ? MIG_WRITE_START : MIG_WRITE_STEP);
	fs->step++;
	fs->held_ms = 0;
	/* A gate that was open judged what was; it has to open again for what is now. */
	for (size_t i = 0; i < phase->gate_count; i++) {
		if (!phase->gates[i].at_entry)
			memset(&turn->state->gates[i], 0, sizeof(turn->state->gates[i]));
	}
}

/* A flag on its last step is through when that step's own hold is over. */
static void
finish_flags(struct mig_turn *turn)
{
	const struct mig_phase *phase = current_phase(turn->policy, turn->state);

	for (size_t i = 0; i < phase->flag_count; i++) {
		const struct mig_flag *flag = &turn->policy->flags[phase->flags[i]];
		struct mig_flag_state *fs = &turn->state->flags[phase->flags[i]];
		/* What is verified is under no write: mig_flags_write() sees to that. */
		if ((size_t)(fs->step + 1) >= flag->step_count && fs->verified &&
		    hold_left(flag, fs) == 0 && judged_there(turn->policy, turn->state))
			fs->done = true;
	}
}

static void
record_completed(struct mig_turn *turn)
{
	struct mig_note note;

	mig_note_open(&note, turn, "completed", NULL);
	mig_jw_seconds(&note.jw, "for_seconds", turn->policy->settings.bake_ms);
	mig_jw_seconds(&note.jw, "held_seconds", turn->state->bake_held_ms);
	mig_note_essential(&note);
	mig_explain_situation(turn, &note, turn->policy->trigger_count);
	mig_note_close(&note);
}

/* Do what comes next; whether there may be more in this turn. */
static bool
do_next(struct mig_turn *turn, const struct mig_next *next)
{
	switch (next->action) {
	case MIG_NEXT_NOTHING:
	case MIG_NEXT_START:
	case MIG_NEXT_ROLLBACK:
		break; /* never due: mig_advance() waits then, or is not called */
	case MIG_NEXT_RUN:
		mig_turn_enter(turn, MIG_RUN_RUNNING);
		mig_turn_record(turn, "running", NULL);
		turn->state->phase = 0;
		begin_phase(turn);
		mig_judge_begin(turn);
		return true;
	case MIG_NEXT_ENTER:
		enter_phase(turn);
		return true;
	case MIG_NEXT_STEP_UP:
		step_up(turn, next);
		break;
	case MIG_NEXT_LEAVE:
		leave_phase(turn);
		return true;
	case MIG_NEXT_COMPLETE:
		mig_turn_enter(turn, MIG_RUN_COMPLETED);
		record_completed(turn);
		mig_turn_notify(turn, MIG_NOTICE_COMPLETED);
		break;
	}
	return false;
}

/* Tell once when nothing but the calendar is in the way, and once when it no longer is. */
static void
tell_window(struct mig_turn *turn, const struct mig_next *next)
{
	/* Once told it stays so until the window opens, whatever else comes in the way or next. */
	bool closed = next->waiting_for == MIG_BLOCK_WINDOW || (turn->state->window_closed &&
	    !mig_policy_window_open(turn->policy, turn->now, NULL));

	if (closed == turn->state->window_closed)
		return;
	turn->state->window_closed = closed;
	if (!closed) {
		mig_turn_record(turn, "window_opened", NULL);
		return;
	}
	struct mig_note note;
	mig_note_open(&note, turn, "window_closed", NULL);
	mig_jw_time(&note.jw, "until", next->earliest);
	mig_explain_windows(turn, &note);
	mig_note_close(&note);
}

void
mig_advance(struct mig_turn *turn)
{
	struct mig_next next;

	for (int i = 0; i < ADVANCES_PER_TURN; i++) {
		if (turn->state->run == MIG_RUN_RUNNING && turn->state->stage == MIG_STAGE_ACTIVE)
			finish_flags(turn);
		mig_next(turn->policy, turn->state, turn->now, &next);
		tell_window(turn, &next);
		if (next.waiting_for != 0 || !do_next(turn, &next))
			return;
	}
}

bool
mig_advance_hook_result(struct mig_turn *turn, const struct mig_event *event)
{
	struct mig_state *state = turn->state;
	struct mig_note note;

	if (state->hook_seq == 0 || state->hook_seq != event->u.result.seq)
		return false;
	switch (event->u.result.result) {
	case MIG_RESULT_DONE:
		state->hook_seq = 0;
		state->hook_failed = false;
		if (state->stage == MIG_STAGE_ENTER_HOOK)
			state->stage = MIG_STAGE_ACTIVE;
		else
			next_phase(turn);
		break;
	case MIG_RESULT_ACCEPTED:
	case MIG_RESULT_RETRYING:
		mig_turn_failing(turn, event, MIG_EFFECT_HOOK,
		    current_phase(turn->policy, state)->name);
		break;
	case MIG_RESULT_REFUSED:
		state->hook_failed = true;
		mig_note_open(&note, turn, "effect_refused", NULL);
		mig_jw_string(&note.jw, "kind", mig_effect_kind_name(MIG_EFFECT_HOOK));
		mig_jw_string(&note.jw, "phase", current_phase(turn->policy, state)->name);
		mig_jw_string(&note.jw, "error", event->u.result.error);
		mig_note_close(&note);
		mig_turn_notify(turn, MIG_NOTICE_ALERT);
		break;
	}
	return true;
}
