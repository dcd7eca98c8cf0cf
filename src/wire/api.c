/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <math.h>

#include "core/step.h"
#include "wire/api.h"

static void
write_overlays(struct mig_jw *jw, const struct mig_state *state)
{
	mig_jw_array(jw, "overlays");
	if (state->overlays & MIG_OVERLAY_PAUSED)
		mig_jw_string(jw, NULL, "paused");
	if (state->overlays & MIG_OVERLAY_BLIND)
		mig_jw_string(jw, NULL, "blind");
	if (state->overlays & MIG_OVERLAY_DRIFT)
		mig_jw_string(jw, NULL, "drift");
	mig_jw_array_end(jw);
}

/* What the provider was last seen to serve; never what it was merely told. */
static void
write_verified(struct mig_jw *jw, const struct mig_flag_state *flag)
{
	mig_jw_number(jw, "verified_percentage", flag->observed_known ? flag->observed : NAN);
	mig_jw_time(jw, "verified_at", flag->verified_at);
}

static void
write_gate(struct mig_jw *jw, const struct mig_policy *policy, const struct mig_state *state,
    size_t index)
{
	const struct mig_gate *gate = &policy->phases[state->phase].gates[index];
	const struct mig_gate_state *gs = &state->gates[index];

	mig_jw_object(jw, NULL);
	mig_jw_string(jw, "name", gate->name);
	mig_jw_string(jw, "kind", mig_gate_kind_name(gate->kind));
	mig_jw_string(jw, "state", mig_gate_open(policy, state, index) ? "open" : "closed");
	mig_jw_string(jw, "at", gate->at_entry ? "entry" : "exit");
	switch (gate->kind) {
	case MIG_GATE_APPROVAL:
		mig_jw_string(jw, "actor", gs->open && gs->actor[0] != '\0' ? gs->actor : NULL);
		mig_jw_time(jw, "opened_at", gs->at);
		break;
	case MIG_GATE_METRIC:
		mig_jw_string(jw, "metric", policy->metrics[gate->metric].name);
		mig_jw_string(jw, "operator", mig_operator_name(gate->op));
		mig_jw_seconds(jw, "for_seconds", gate->duration_ms);
		mig_jw_seconds(jw, "held_seconds", gs->ok_ms);
		break;
	case MIG_GATE_DURATION:
		mig_jw_seconds(jw, "for_seconds", gate->duration_ms);
		mig_jw_seconds(jw, "held_seconds", state->phase_held_ms);
		break;
	case MIG_GATE_SCHEMA:
		mig_jw_string(jw, "actor", gs->actor[0] != '\0' ? gs->actor : NULL);
		mig_jw_time(jw, "opened_at", gs->at);
		mig_jw_string(jw, "answer", mig_schema_answer_name(state->schema.answer));
		mig_jw_string(jw, "reason", state->schema.why[0] != '\0' ? state->schema.why :
		    NULL);
		break;
	case MIG_GATE_WEBHOOK:
		break;
	}
	mig_jw_object_end(jw);
}

static void
write_phase(struct mig_jw *jw, const struct mig_policy *policy, const struct mig_state *state)
{
	if (state->phase >= policy->phase_count) {
		mig_jw_null(jw, "phase");
		return;
	}
	const struct mig_phase *phase = &policy->phases[state->phase];

	mig_jw_object(jw, "phase");
	mig_jw_string(jw, "name", phase->name);
	mig_jw_int(jw, "index", state->phase);
	mig_jw_int(jw, "count", (int64_t)policy->phase_count);
	mig_jw_string(jw, "stage", mig_stage_name(state->stage));
	mig_jw_bool(jw, "point_of_no_return", phase->point_of_no_return);
	mig_jw_bool(jw, "hook_failed", state->hook_failed);
	mig_jw_time(jw, "entered_at", state->phase_entered_at);
	mig_jw_array(jw, "gates");
	for (size_t i = 0; i < phase->gate_count; i++)
		write_gate(jw, policy, state, i);
	mig_jw_array_end(jw);
	mig_jw_object_end(jw);
}

static void
write_flag(struct mig_jw *jw, const struct mig_flag *flag, const struct mig_flag_state *fs)
{
	size_t step = fs->step < 0 ? 0 : (size_t)fs->step + 1;
	bool in_schedule = step > 0 && step <= flag->step_count;

	mig_jw_object(jw, NULL);
	mig_jw_string(jw, "name", flag->name);
	mig_jw_number(jw, "intended_percentage", fs->intended);
	write_verified(jw, fs);
	mig_jw_bool(jw, "verified", fs->verified);
	mig_jw_bool(jw, "readable", flag->readable);
	mig_jw_bool(jw, "checked", fs->checked);
	mig_jw_bool(jw, "acknowledged", fs->write_seq == 0);
	mig_jw_bool(jw, "write_failed", fs->write_failed);
	mig_jw_int(jw, "step", (int64_t)step);
	mig_jw_int(jw, "step_count", (int64_t)flag->step_count);
	mig_jw_seconds(jw, "hold_seconds", in_schedule ? flag->steps[step - 1].hold_ms : 0);
	mig_jw_seconds(jw, "held_seconds", fs->held_ms);
	mig_jw_bool(jw, "done", fs->done);
	mig_jw_number(jw, "rollback_percentage", flag->rollback);
	mig_jw_object_end(jw);
}

static void
write_trigger(struct mig_jw *jw, const struct mig_policy *policy, const struct mig_state *state,
    size_t index)
{
	const struct mig_trigger *trigger = &policy->triggers[index];
	const struct mig_trigger_state *ts = &state->triggers[index];
	const struct mig_metric *metric = &policy->metrics[trigger->metric];
	const struct mig_reading *now = &state->metrics[trigger->metric].now;
	const struct mig_metric_state *base =
	    &state->metrics[mig_policy_baseline_metric(policy, trigger)];
	int64_t left_ms = trigger->for_ms - ts->pending_ms;

	mig_jw_object(jw, NULL);
	mig_jw_string(jw, "id", trigger->id);
	mig_jw_string(jw, "name", trigger->name);
	mig_jw_string(jw, "metric", metric->name);
	mig_jw_string(jw, "state", mig_trigger_run_name(ts->run));
	mig_jw_number(jw, "value", mig_state_trigger_value(state, policy, index));
	mig_jw_string(jw, "quality", mig_quality_name(now->quality));
	mig_jw_time(jw, "sampled_at", now->at);
	mig_jw_bool(jw, "excused", mig_excused(policy, state, index));
	mig_jw_bool(jw, "breached", ts->breached);
	mig_jw_string(jw, "operator", mig_operator_name(trigger->op));
	mig_jw_number(jw, "threshold", ts->threshold_known ? ts->threshold : NAN);
	mig_jw_number(jw, "baseline", base->baseline_known ? base->baseline : NAN);
	mig_jw_bool(jw, "floor_used", base->baseline_known && base->floor_used);
	mig_jw_array(jw, "baseline_metrics");
	for (size_t i = 0; i < trigger->threshold.name_count; i++) {
		size_t made_of = mig_policy_metric(policy, trigger->threshold.names[i]);
		if (made_of < policy->metric_count)
			mig_jw_string(jw, NULL, policy->metrics[made_of].name);
	}
	mig_jw_array_end(jw);
	mig_jw_seconds(jw, "for_seconds", trigger->for_ms);
	mig_jw_seconds(jw, "pending_seconds", ts->pending_ms);
	if (ts->run == MIG_TRIGGER_PENDING)
		mig_jw_seconds(jw, "time_to_fire_seconds", left_ms > 0 ? left_ms : 0);
	mig_jw_time(jw, "fired_at", ts->fired_at);
	mig_jw_string(jw, "action", mig_action_name(trigger->action));
	mig_jw_string(jw, "origin", mig_origin_name(trigger->origin));
	mig_jw_string(jw, "query", metric->query);
	mig_jw_object_end(jw);
}

static void
write_baselines(struct mig_jw *jw, const struct mig_policy *policy, const struct mig_state *state)
{
	mig_jw_array(jw, "baselines");
	for (size_t i = 0; i < policy->metric_count; i++) {
		const struct mig_metric *metric = &policy->metrics[i];
		const struct mig_metric_state *ms = &state->metrics[i];

		if (!metric->baseline_wanted)
			continue;
		mig_jw_object(jw, NULL);
		mig_jw_string(jw, "metric", metric->name);
		mig_jw_string(jw, "kind", mig_baseline_kind_name(metric->baseline));
		mig_jw_number(jw, "value", ms->baseline_known ? ms->baseline : NAN);
		mig_jw_number(jw, "floor", metric->floor);
		mig_jw_bool(jw, "floor_used", ms->baseline_known && ms->floor_used);
		if (metric->baseline == MIG_BASELINE_CAPTURED) {
			mig_jw_int(jw, "samples", (int64_t)ms->captured_count);
			mig_jw_number(jw, "spread", ms->captured_spread);
			mig_jw_time(jw, "captured_at", ms->captured_at);
		} else if (metric->baseline == MIG_BASELINE_LIVE) {
			mig_jw_string(jw, "quality", mig_quality_name(ms->old.quality));
			mig_jw_time(jw, "sampled_at", ms->old.at);
		}
		mig_jw_string(jw, "query", metric->baseline_query);
		mig_jw_object_end(jw);
	}
	mig_jw_array_end(jw);
}

static void
write_next(struct mig_jw *jw, const struct mig_policy *policy, const struct mig_state *state,
    mig_wall now)
{
	struct mig_next next = { 0 };
	mig_next(policy, state, now, &next);
	bool step_up = next.action == MIG_NEXT_STEP_UP && next.flag < policy->flag_count;

	mig_jw_object(jw, "next");
	mig_jw_string(jw, "action", mig_next_action_name(next.action));
	mig_jw_string(jw, "flag", step_up ? policy->flags[next.flag].name : NULL);
	mig_jw_number(jw, "percentage", step_up ? next.percentage : NAN);
	mig_jw_time(jw, "earliest_at", next.earliest);
	mig_jw_array(jw, "waiting_for");
	for (unsigned bit = 0; bit < MIG_BLOCK_COUNT; bit++) {
		if (next.waiting_for & (1U << bit))
			mig_jw_string(jw, NULL, mig_block_name(bit));
	}
	mig_jw_array_end(jw);
	mig_jw_object_end(jw);
}

/* Who decided to go back (or to hold), when and why. */
static void
write_decision(struct mig_jw *jw, const struct mig_policy *policy,
    const struct mig_rollback_state *rb)
{
	bool by_trigger = rb->trigger >= 0 && (size_t)rb->trigger < policy->trigger_count;

	mig_jw_string(jw, "reason", mig_reason_name(rb->reason));
	mig_jw_string(jw, "actor", rb->actor[0] != '\0' ? rb->actor : NULL);
	mig_jw_string(jw, "trigger", by_trigger ? policy->triggers[rb->trigger].id : NULL);
	mig_jw_string(jw, "comment", rb->comment[0] != '\0' ? rb->comment : NULL);
	mig_jw_time(jw, "decided_at", rb->decided_at);
}

static void
write_rb_step(struct mig_jw *jw, const struct mig_policy *policy,
    const struct mig_rollback_state *rb, size_t index)
{
	const struct mig_rb_step *step = &policy->rb_steps[index];
	const struct mig_rb_step_state *ss = &rb->steps[index];
	/* Only the error of the step at work is kept; what failed before it is in the history. */
	bool at_work = ss->run == MIG_RB_STEP_RUNNING && ss->attempts > 0;

	mig_jw_object(jw, NULL);
	mig_jw_string(jw, "step_id", step->id);
	mig_jw_string(jw, "name", step->name);
	mig_jw_bool(jw, "manual", step->manual);
	mig_jw_string(jw, "state", mig_rb_step_run_name(ss->run));
	mig_jw_int(jw, "attempts", ss->attempts);
	mig_jw_string(jw, "last_error",
	    at_work && rb->last_error[0] != '\0' ? rb->last_error : NULL);
	mig_jw_object_end(jw);
}

/* A phase is what its steps are: all done, all skipped, none begun, or somewhere between. */
static const char *
rb_phase_state(const struct mig_rb_phase *phase, const struct mig_rollback_state *rb)
{
	size_t counts[MIG_RB_STEP_RUN_COUNT] = { 0 };

	for (size_t i = 0; i < phase->step_count; i++)
		counts[rb->steps[phase->first_step + i].run]++;
	size_t finished = counts[MIG_RB_STEP_DONE] + counts[MIG_RB_STEP_SKIPPED];

	if (phase->step_count > 0 && counts[MIG_RB_STEP_SKIPPED] == phase->step_count)
		return "skipped";
	if (finished == phase->step_count)
		return "done";
	if (counts[MIG_RB_STEP_PENDING] + counts[MIG_RB_STEP_SKIPPED] == phase->step_count)
		return "pending";
	return "running";
}

static void
write_rollback(struct mig_jw *jw, const struct mig_policy *policy, const struct mig_state *state)
{
	const struct mig_rollback_state *rb = &state->rollback;

	if (rb->stage == MIG_RB_NONE) {
		mig_jw_null(jw, "rollback");
		return;
	}
	mig_jw_object(jw, "rollback");
	write_decision(jw, policy, rb);
	mig_jw_string(jw, "stage", mig_rb_stage_name(rb->stage));
	mig_jw_time(jw, "flags_restored_at", rb->flags_restored_at);
	mig_jw_string(jw, "last_error", rb->last_error[0] != '\0' ? rb->last_error : NULL);
	mig_jw_seconds(jw, "quiet_seconds", rb->quiet_ms);
	mig_jw_seconds(jw, "validation_seconds", policy->settings.validation_window_ms);
	mig_jw_array(jw, "phases");
	for (size_t i = 0; i < policy->rb_phase_count; i++) {
		const struct mig_rb_phase *phase = &policy->rb_phases[i];

		mig_jw_object(jw, NULL);
		mig_jw_string(jw, "name", phase->name);
		mig_jw_string(jw, "state", rb_phase_state(phase, rb));
		mig_jw_array(jw, "steps");
		for (size_t k = 0; k < phase->step_count; k++)
			write_rb_step(jw, policy, rb, phase->first_step + k);
		mig_jw_array_end(jw);
		mig_jw_object_end(jw);
	}
	mig_jw_array_end(jw);
	mig_jw_object_end(jw);
}

/* A held rollout may have no rollback; why it is held must be told all the same. */
static void
write_held(struct mig_jw *jw, const struct mig_policy *policy, const struct mig_state *state)
{
	if (state->run != MIG_RUN_HELD) {
		mig_jw_null(jw, "held");
		return;
	}
	mig_jw_object(jw, "held");
	write_decision(jw, policy, &state->rollback);
	mig_jw_object_end(jw);
}

static void
write_times(struct mig_jw *jw, const struct mig_state *state)
{
	mig_jw_time(jw, "created_at", state->created_at);
	mig_jw_time(jw, "started_at", state->started_at);
	mig_jw_time(jw, "state_since", state->run_at);
	mig_jw_time(jw, "updated_at", state->updated_at);
}

static void
write_blind(struct mig_jw *jw, const struct mig_policy *policy, const struct mig_state *state)
{
	if (!(state->overlays & MIG_OVERLAY_BLIND)) {
		mig_jw_null(jw, "blind");
		return;
	}
	/* While baselines are taken there is nothing to roll back. */
	int64_t limit_ms = state->run == MIG_RUN_BASELINING ? 0 :
	    policy->settings.blind_rollback_after_ms;

	mig_jw_object(jw, "blind");
	mig_jw_seconds(jw, "seconds", state->clock_ms - state->blind_ms);
	if (limit_ms > 0)
		mig_jw_seconds(jw, "rollback_after_seconds", limit_ms);
	else
		mig_jw_null(jw, "rollback_after_seconds");
	mig_jw_object_end(jw);
}

static void
write_progress(struct mig_jw *jw, const struct mig_policy *policy, const struct mig_state *state)
{
	mig_jw_object(jw, "bake");
	mig_jw_seconds(jw, "for_seconds", policy->settings.bake_ms);
	mig_jw_seconds(jw, "held_seconds", state->bake_held_ms);
	mig_jw_object_end(jw);
	mig_jw_seconds(jw, "poll_interval_seconds", policy->settings.poll_interval_ms);
	mig_jw_string(jw, "policy_hash", policy->hash);
}

void
mig_api_rollout(struct mig_jw *jw, const char *key, const struct mig_policy *policy,
    const struct mig_state *state, mig_wall now)
{
	enum mig_reason reason = state->rollback.reason;

	mig_jw_object(jw, key);
	mig_jw_string(jw, "id", state->rollout_id);
	mig_jw_string(jw, "migration_id", policy->migration_id);
	mig_jw_string(jw, "migration_name", policy->migration_name);
	mig_jw_string(jw, "state", mig_run_name(state->run));
	write_overlays(jw, state);
	mig_jw_string(jw, "reason", reason == MIG_REASON_NONE ? NULL : mig_reason_name(reason));
	write_times(jw, state);
	mig_jw_time(jw, "now", now);
	write_phase(jw, policy, state);
	mig_jw_array(jw, "flags");
	for (size_t i = 0; i < policy->flag_count; i++)
		write_flag(jw, &policy->flags[i], &state->flags[i]);
	mig_jw_array_end(jw);
	mig_jw_array(jw, "triggers");
	for (size_t i = 0; i < policy->trigger_count; i++)
		write_trigger(jw, policy, state, i);
	mig_jw_array_end(jw);
	write_baselines(jw, policy, state);
	write_next(jw, policy, state, now);
	mig_jw_bool(jw, "no_return", state->no_return);
	write_blind(jw, policy, state);
	write_progress(jw, policy, state);
	write_rollback(jw, policy, state);
	write_held(jw, policy, state);
	mig_jw_object_end(jw);
}

void
mig_api_summary(struct mig_jw *jw, const char *key, const struct mig_policy *policy,
    const struct mig_state *state)
{
	bool in_phase = state->phase < policy->phase_count;

	mig_jw_object(jw, key);
	mig_jw_string(jw, "id", state->rollout_id);
	mig_jw_string(jw, "migration_id", policy->migration_id);
	mig_jw_string(jw, "migration_name", policy->migration_name);
	mig_jw_string(jw, "state", mig_run_name(state->run));
	write_overlays(jw, state);
	mig_jw_bool(jw, "finished", mig_state_finished(state));
	mig_jw_string(jw, "phase", in_phase ? policy->phases[state->phase].name : NULL);
	mig_jw_array(jw, "flags");
	for (size_t i = 0; i < policy->flag_count; i++) {
		mig_jw_object(jw, NULL);
		mig_jw_string(jw, "name", policy->flags[i].name);
		mig_jw_number(jw, "intended_percentage", state->flags[i].intended);
		write_verified(jw, &state->flags[i]);
		mig_jw_object_end(jw);
	}
	mig_jw_array_end(jw);
	write_times(jw, state);
	mig_jw_object_end(jw);
}

void
mig_api_problem(struct mig_jw *jw, int status, const char *title, const char *detail,
    const char *pointer)
{
	mig_jw_object(jw, NULL);
	mig_jw_string(jw, "type", "about:blank");
	mig_jw_string(jw, "title", title);
	mig_jw_int(jw, "status", status);
	if (detail != NULL)
		mig_jw_string(jw, "detail", detail);
	if (pointer != NULL)
		mig_jw_string(jw, "pointer", pointer);
	mig_jw_object_end(jw);
}
