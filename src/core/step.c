/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <string.h>

#include "core/step_int.h"

/* Time that passed since the last event counts for holds if all was well then. */
static void
pass_time(struct mig_turn *turn, const struct mig_event *event, enum mig_run before)
{
	struct mig_state *state = turn->state;
	int64_t elapsed = event->mono.ms - state->last_mono.ms;

	/* The rollout's clock runs from its start to its end, and stands still over a restart. */
	if (elapsed < 0 || before == MIG_RUN_LOADED || before == MIG_RUN_COMPLETED ||
	    event->kind == MIG_EVENT_RESTORE)
		elapsed = 0;
	/* What a command has just begun did not last since the last event. */
	turn->elapsed_ms = state->run == before ? elapsed : 0;
	state->last_mono = event->mono;
	state->clock_ms += elapsed;
	state->updated_at = event->wall;
	/* Nobody looked for too long: what happened in between is not known to have been well. */
	if (!state->healthy || elapsed > turn->policy->settings.max_gap_ms)
		return;
	if (state->run == MIG_RUN_BAKING)
		state->bake_held_ms += elapsed;
	if (state->run != MIG_RUN_RUNNING)
		return;
	state->phase_held_ms += elapsed;
	if (state->stage != MIG_STAGE_ACTIVE)
		return;
	const struct mig_phase *phase = &turn->policy->phases[state->phase];
	for (size_t i = 0; i < phase->flag_count; i++) {
		if (state->flags[phase->flags[i]].step >= 0)
			state->flags[phase->flags[i]].held_ms += elapsed;
	}
}

/*
 * Whether time from now on counts: nothing is unknown, unwell, unverified, paused or old.  Over
 * an absence a flag is taken to have stood where it was seen; it is looked at before any step.
 */
static bool
is_healthy(const struct mig_turn *turn, bool history)
{
	const struct mig_state *state = turn->state;

	if (state->overlays != 0 || mig_judge_blocks(turn->policy, state) != 0 ||
	    !(history ? mig_flags_restored(turn->policy, state) :
	    mig_flags_verified(turn->policy, state)))
		return false;
	for (size_t i = 0; i < turn->policy->metric_count; i++) {
		const struct mig_metric *metric = &turn->policy->metrics[i];
		if (metric->wanted && metric->query != NULL && state->clock_ms -
		    state->metrics[i].now.clock_ms > turn->policy->settings.max_gap_ms)
			return false;
	}
	/* Waiting for the executor is no time spent in the phase. */
	return state->run == MIG_RUN_BAKING || (state->run == MIG_RUN_RUNNING &&
	    (state->stage == MIG_STAGE_ENTRY || state->stage == MIG_STAGE_ACTIVE));
}

/* Metric gates: how long each condition has held, with the flags where they are. */
static void
time_gates(struct mig_turn *turn)
{
	struct mig_state *state = turn->state;

	if (state->run != MIG_RUN_RUNNING)
		return;
	int64_t moved_ms = mig_flags_moved(turn->policy, state);
	const struct mig_phase *phase = &turn->policy->phases[state->phase];
	for (size_t i = 0; i < phase->gate_count; i++) {
		const struct mig_gate *gate = &phase->gates[i];
		if (gate->kind != MIG_GATE_METRIC)
			continue;
		const struct mig_reading *reading = &state->metrics[gate->metric].now;
		double threshold = mig_judge_threshold(turn->policy, state, &gate->threshold);
		bool open = reading->quality == MIG_QUALITY_OK && reading->clock_ms > moved_ms &&
		    mig_judge_compare(reading->value, gate->op, threshold);
		bool lasted = open && state->gates[i].open &&
		    turn->elapsed_ms <= turn->policy->settings.max_gap_ms;
		state->gates[i].ok_ms = lasted ? state->gates[i].ok_ms + turn->elapsed_ms : 0;
		state->gates[i].open = open;
	}
}

static void
take_result(struct mig_turn *turn, const struct mig_event *event)
{
	if (mig_flags_result(turn, event) || mig_rollback_result(turn, event))
		return;
	/* Whatever is left is a hook, or an answer that came too late to matter. */
	(void)mig_advance_hook_result(turn, event);
}

static void
take_gate(struct mig_turn *turn, const struct mig_event *event)
{
	struct mig_state *state = turn->state;
	size_t index = event->u.gate.gate;

	/* An answer that nobody waits for says nothing about the time when it is needed. */
	if (state->run != MIG_RUN_RUNNING || !mig_gate_asked(turn->policy, state, index))
		return;
	if (turn->policy->phases[state->phase].gates[index].kind == MIG_GATE_SCHEMA) {
		mig_schema_take(turn, event);
		return;
	}
	/* With a write under way it is said of what was, too. */
	bool open = event->u.gate.open && !mig_flags_moving(turn->policy, state);
	bool opened = open && !state->gates[index].open;
	state->gates[index].open = open;
	if (!opened)
		return;
	struct mig_note note;
	state->gates[index].at = turn->now;
	mig_note_open(&note, turn, "gate_opened", NULL);
	mig_jw_string(&note.jw, "phase", turn->policy->phases[state->phase].name);
	mig_jw_string(&note.jw, "gate", turn->policy->phases[state->phase].gates[index].name);
	mig_jw_string(&note.jw, "kind", mig_gate_kind_name(MIG_GATE_WEBHOOK));
	mig_note_close(&note);
}

/* Whether the daemon was away for so long that what it saw before does not count any more. */
static bool
was_long_away(const struct mig_turn *turn, const struct mig_event *event, mig_wall last_seen,
    mig_mono last_mono)
{
	int64_t max_gap = turn->policy->settings.max_gap_ms;

	/*
	 * A clock that went backwards says nothing about how long it was.  Unless the machine was
	 * booted anew, the monotonic clock has gone on, and knows better.
	 */
	return event->wall.ms - last_seen.ms > max_gap || event->wall.ms < last_seen.ms ||
	    event->mono.ms - last_mono.ms > max_gap;
}

/* The daemon is back: nothing is known until it is seen again; a long absence ends all holds. */
static void
restore(struct mig_turn *turn, const struct mig_event *event, mig_wall last_seen, bool again)
{
	struct mig_state *state = turn->state;
	int64_t away = event->wall.ms > last_seen.ms ? event->wall.ms - last_seen.ms : 0;
	struct mig_note note;

	mig_judge_forget(turn, again);
	for (size_t i = 0; i < MIG_GATES_MAX; i++) {
		if (state->run == MIG_RUN_RUNNING && mig_gate_asked(turn->policy, state, i))
			state->gates[i].open = false;
	}
	for (size_t i = 0; i < turn->policy->flag_count; i++) {
		state->flags[i].read_due_ms = state->clock_ms;
		state->flags[i].checked = !turn->policy->flags[i].readable;
		state->flags[i].unread_ms = 0;
		if (again)
			state->flags[i].held_ms = 0;
	}
	if (again) {
		state->phase_held_ms = 0;
		state->bake_held_ms = 0;
	}
	mig_note_open(&note, turn, "restored", NULL);
	mig_jw_seconds(&note.jw, "downtime_seconds", away);
	mig_jw_bool(&note.jw, "refilled", event->u.restore.refilled);
	mig_jw_bool(&note.jw, "hold_starts_again", again);
	mig_note_close(&note);
}

/* Everything was taken in: the strongest reason acts (DESIGN section 4). */
static void
decide(struct mig_turn *turn, bool blind_too_long, bool may_advance)
{
	struct mig_state *state = turn->state;

	if (state->run == MIG_RUN_RUNNING || state->run == MIG_RUN_BAKING) {
		size_t trigger = mig_judge_verdict(turn->policy, state);
		struct mig_cause cause = { MIG_REASON_TRIGGER, (int32_t)trigger, MIG_ACTOR_DAEMON,
			NULL };
		if (trigger < turn->policy->trigger_count) {
			mig_rollback_begin(turn, &cause);
		} else if (blind_too_long) {
			cause.reason = MIG_REASON_BLIND;
			cause.trigger = -1;
			mig_rollback_begin(turn, &cause);
		}
	}
	if (state->run == MIG_RUN_ROLLING_BACK)
		mig_rollback_go_on(turn);
	else if (may_advance && !mig_state_finished(state))
		mig_advance(turn);
}

int
mig_step(const struct mig_policy *policy, struct mig_state *state, const struct mig_event *event,
    struct mig_outcome *outcome)
{
	struct mig_turn turn = { .policy = policy, .state = state, .out = outcome,
		.now = event->wall };
	mig_wall last_seen = state->updated_at;
	mig_mono last_mono = state->last_mono;
	enum mig_run before = state->run;

	outcome->drop_forward = false;
	outcome->effect_count = 0;
	outcome->record_count = 0;
	outcome->refusal[0] = '\0';
	if (event->kind == MIG_EVENT_COMMAND) {
		/* Obeyed on what is known, before time passes: a refusal must change nothing. */
		int error = mig_command_obey(&turn, event);
		if (error != MIG_OK)
			return error;
	}
	if (mig_state_finished(state) && outcome->record_count == 0)
		return MIG_OK;
	pass_time(&turn, event, before);
	switch (event->kind) {
	case MIG_EVENT_TICK:
	case MIG_EVENT_COMMAND:
		break;
	case MIG_EVENT_SAMPLE:
		mig_judge_sample(&turn, event);
		break;
	case MIG_EVENT_READ:
		mig_flags_read(&turn, event);
		break;
	case MIG_EVENT_RESULT:
		take_result(&turn, event);
		break;
	case MIG_EVENT_GATE:
		take_gate(&turn, event);
		break;
	case MIG_EVENT_RESTORE:
		restore(&turn, event, last_seen, !event->u.restore.refilled &&
		    was_long_away(&turn, event, last_seen, last_mono));
		break;
	}
	bool blind_too_long = mig_judge_time(&turn);
	mig_flags_age(&turn);
	time_gates(&turn);
	decide(&turn, blind_too_long, !event->hold_back && event->kind != MIG_EVENT_RESTORE);
	state->healthy = is_healthy(&turn, event->history);
	return MIG_OK;
}
