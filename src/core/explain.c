/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <math.h>
#include <stdio.h>

#include "core/step_int.h"

/* The old path's newest reading, or the last ones that stand for it. */
static void
explain_live(struct mig_turn *turn, struct mig_note *note, size_t metric)
{
	const struct mig_metric_state *ms = &turn->state->metrics[metric];
	bool stands = mig_baseline_stands(turn->policy, turn->state, metric);

	mig_jw_bool(&note->jw, "baseline_stands", stands);
	mig_jw_time(&note->jw, "baseline_at", stands ? ms->captured_at : ms->old.at);
	if (stands)
		mig_jw_int(&note->jw, "baseline_samples", (int64_t)ms->captured_count);
	if (mig_flags_all_over(turn->policy, turn->state))
		return; /* whatever is read now */
	mig_jw_string(&note->jw, "baseline_quality", mig_quality_name(ms->old.quality));
	mig_jw_number(&note->jw, "baseline_sample_count",
	    turn->policy->metrics[metric].baseline_count_query != NULL ?
	    ms->old.sample_count : NAN);
}

/* The baseline a threshold is made of, and what it rests on. */
static void
explain_baseline(struct mig_turn *turn, struct mig_note *note, size_t metric)
{
	const struct mig_metric *row = &turn->policy->metrics[metric];
	const struct mig_metric_state *ms = &turn->state->metrics[metric];

	mig_jw_string(&note->jw, "baseline_metric", row->name);
	mig_jw_string(&note->jw, "baseline_kind", mig_baseline_kind_name(row->baseline));
	mig_jw_number(&note->jw, "baseline_floor", row->floor);
	switch (row->baseline) {
	case MIG_BASELINE_CAPTURED:
		mig_jw_int(&note->jw, "baseline_samples", (int64_t)ms->captured_count);
		mig_jw_number(&note->jw, "baseline_spread", ms->captured_spread);
		mig_jw_time(&note->jw, "baseline_at", ms->captured_at);
		break;
	case MIG_BASELINE_LIVE:
		explain_live(turn, note, metric);
		break;
	case MIG_BASELINE_FIXED:
		break;
	}
}

/* A threshold that is made of several baselines has the others here. */
static void
explain_baselines(struct mig_turn *turn, struct mig_note *note, const struct mig_expr *expr)
{
	mig_jw_array(&note->jw, "baselines");
	for (size_t i = 0; i < expr->name_count; i++) {
		size_t metric = mig_policy_metric(turn->policy, expr->names[i]);

		/* What was judged has a threshold, so all it is made of is there. */
		MIG_ASSERT(metric < turn->policy->metric_count);
		const struct mig_metric *row = &turn->policy->metrics[metric];
		const struct mig_metric_state *ms = &turn->state->metrics[metric];
		mig_jw_object(&note->jw, NULL);
		mig_jw_string(&note->jw, "metric", row->name);
		mig_jw_string(&note->jw, "kind", mig_baseline_kind_name(row->baseline));
		mig_jw_number(&note->jw, "value",
		    mig_baseline_now(turn->policy, turn->state, metric));
		mig_jw_bool(&note->jw, "floor_used", ms->floor_used);
		mig_jw_object_end(&note->jw);
	}
	mig_jw_array_end(&note->jw);
}

/* The part of the time since a breach has begun that was seen; NaN when there is none yet. */
static double
coverage(const struct mig_turn *turn, const struct mig_trigger_state *ts)
{
	int64_t since_ms = turn->state->clock_ms - ts->since_ms;

	return ts->breached && since_ms > 0 ? (double)ts->pending_ms / (double)since_ms :
	    (double)NAN;
}

/* The requests behind a reading, and how many it takes, where they are asked for. */
static void
explain_count(struct mig_note *note, const struct mig_metric *metric,
    const struct mig_reading *reading)
{
	if (metric->count_query == NULL)
		return;
	mig_jw_number(&note->jw, "sample_count", reading->sample_count);
	mig_jw_number(&note->jw, "min_samples", metric->min_samples);
}

/* How long the condition has held, how much of that time was seen, and what would be enough. */
static void
explain_window(struct mig_turn *turn, struct mig_note *note, const struct mig_trigger_state *ts)
{
	const struct mig_settings *settings = &turn->policy->settings;

	if (ts->breached) {
		mig_jw_seconds(&note->jw, "since_seconds", turn->state->clock_ms - ts->since_ms);
		mig_jw_seconds(&note->jw, "steady_seconds",
		    turn->state->clock_ms - ts->steady_ms);
	} else {
		mig_jw_null(&note->jw, "since_seconds");
	}
	mig_jw_number(&note->jw, "coverage", coverage(turn, ts));
	mig_jw_number(&note->jw, "min_coverage", settings->min_coverage);
	mig_jw_seconds(&note->jw, "poll_interval_seconds", settings->poll_interval_ms);
}

void
mig_explain_inputs(struct mig_turn *turn, struct mig_note *note, size_t index)
{
	const struct mig_trigger *trigger = &turn->policy->triggers[index];
	const struct mig_trigger_state *ts = &turn->state->triggers[index];
	const struct mig_metric *metric = &turn->policy->metrics[trigger->metric];
	const struct mig_reading *now = &turn->state->metrics[trigger->metric].now;
	size_t base = mig_policy_baseline_metric(turn->policy, trigger);
	const struct mig_metric_state *ms = &turn->state->metrics[base];

	if (ms->baseline_known) {
		mig_jw_number(&note->jw, "baseline", ms->baseline);
		mig_jw_bool(&note->jw, "floor_used", ms->floor_used);
	}
	mig_jw_seconds(&note->jw, "for_seconds", trigger->for_ms);
	mig_jw_seconds(&note->jw, "pending_seconds", ts->pending_ms);
	mig_jw_time(&note->jw, "sampled_at", now->at);
	/* While a rollback is under way triggers tell only when it is quiet. */
	if (turn->state->run != MIG_RUN_ROLLING_BACK || ts->run == MIG_TRIGGER_FIRED)
		mig_jw_string(&note->jw, "action", mig_action_name(trigger->action));
	mig_jw_string(&note->jw, "quality", mig_quality_name(now->quality));
	mig_jw_number(&note->jw, "sample_count",
	    metric->count_query != NULL ? now->sample_count : NAN);
	mig_jw_number(&note->jw, "min_samples", metric->min_samples);
	explain_window(turn, note, ts);
	mig_jw_bool(&note->jw, "baseline_used", trigger->threshold.name_count > 0);
	if (ms->baseline_known)
		explain_baseline(turn, note, base);
	if (trigger->threshold.name_count > 1)
		explain_baselines(turn, note, &trigger->threshold);
	(void)mig_note_query(note, "query", metric->query); /* it is in the policy as well */
	(void)mig_note_query(note, "count_query", metric->count_query);
	if (trigger->threshold.name_count == 0)
		return;
	metric = &turn->policy->metrics[base];
	(void)mig_note_query(note, "baseline_query", metric->baseline_query);
	(void)mig_note_query(note, "baseline_count_query", metric->baseline_count_query);
}

/* One trigger among those that did not decide. */
static void
explain_trigger(struct mig_turn *turn, struct mig_note *note, size_t index)
{
	const struct mig_trigger *trigger = &turn->policy->triggers[index];
	const struct mig_trigger_state *ts = &turn->state->triggers[index];
	const struct mig_metric *metric = &turn->policy->metrics[trigger->metric];
	const struct mig_reading *now = &turn->state->metrics[trigger->metric].now;
	const struct mig_metric_state *ms =
	    &turn->state->metrics[mig_policy_baseline_metric(turn->policy, trigger)];

	mig_jw_object(&note->jw, NULL);
	mig_jw_string(&note->jw, "trigger", trigger->id);
	mig_jw_string(&note->jw, "metric", metric->name);
	mig_jw_string(&note->jw, "state", mig_trigger_run_name(ts->run));
	mig_jw_number(&note->jw, "value",
	    mig_state_trigger_value(turn->state, turn->policy, index));
	mig_jw_string(&note->jw, "quality", mig_quality_name(now->quality));
	mig_jw_time(&note->jw, "sampled_at", now->at);
	explain_count(note, metric, now);
	mig_jw_string(&note->jw, "operator", mig_operator_name(trigger->op));
	mig_jw_number(&note->jw, "threshold", ts->threshold_known ? ts->threshold : NAN);
	if (trigger->threshold.name_count > 0 && ms->baseline_known) {
		mig_jw_number(&note->jw, "baseline", ms->baseline);
		mig_jw_bool(&note->jw, "floor_used", ms->floor_used);
	}
	if (ts->run == MIG_TRIGGER_UNKNOWN || ts->run == MIG_TRIGGER_LOW_TRAFFIC)
		mig_jw_bool(&note->jw, "excused",
		    ts->threshold_known &&
		    mig_judge_excused(turn->policy, turn->state, trigger->metric));
	if (ts->breached) {
		mig_jw_seconds(&note->jw, "for_seconds", trigger->for_ms);
		mig_jw_seconds(&note->jw, "pending_seconds", ts->pending_ms);
		mig_jw_number(&note->jw, "coverage", coverage(turn, ts));
	}
	mig_jw_object_end(&note->jw);
}

/* All armed triggers but one, the worst first: what does not fit is what matters least. */
static void
explain_triggers(struct mig_turn *turn, struct mig_note *note, size_t except)
{
	static const enum mig_trigger_run order[] = { MIG_TRIGGER_FIRED, MIG_TRIGGER_PENDING,
		MIG_TRIGGER_UNKNOWN, MIG_TRIGGER_LOW_TRAFFIC, MIG_TRIGGER_OK };
	size_t left_out = 0;

	mig_jw_array(&note->jw, "triggers");
	for (size_t k = 0; k < sizeof(order) / sizeof(order[0]); k++) {
		for (size_t i = 0; i < turn->policy->trigger_count; i++) {
			if (i == except || !turn->policy->triggers[i].armed ||
			    turn->state->triggers[i].run != order[k])
				continue;
			struct mig_mark mark = mig_note_mark(note);
			explain_trigger(turn, note, i);
			left_out += mig_note_keep(note, &mark) ? 0 : 1;
		}
	}
	mig_jw_array_end(&note->jw);
	if (left_out > 0)
		mig_jw_int(&note->jw, "triggers_left_out", (int64_t)left_out);
}

static void
explain_flags(struct mig_turn *turn, struct mig_note *note)
{
	size_t left_out = 0;

	mig_jw_array(&note->jw, "flags");
	for (size_t i = 0; i < turn->policy->flag_count; i++) {
		const struct mig_flag_state *fs = &turn->state->flags[i];
		struct mig_mark mark = mig_note_mark(note);

		mig_jw_object(&note->jw, NULL);
		mig_jw_string(&note->jw, "flag", turn->policy->flags[i].name);
		mig_jw_number(&note->jw, "intended_percentage", fs->intended);
		mig_jw_number(&note->jw, "verified_percentage",
		    fs->observed_known ? fs->observed : NAN);
		mig_jw_time(&note->jw, "verified_at", fs->verified_at);
		mig_jw_object_end(&note->jw);
		left_out += mig_note_keep(note, &mark) ? 0 : 1;
	}
	mig_jw_array_end(&note->jw);
	if (left_out > 0)
		mig_jw_int(&note->jw, "flags_left_out", (int64_t)left_out);
}

static void
explain_span(struct mig_note *note, const char *key, const struct mig_window *window)
{
	char text[MIG_NAME_MAX];

	if (!window->present)
		return;
	(void)snprintf(text, sizeof(text), "%02d:%02d-%02d:%02d %s", window->start_minute / 60,
	    window->start_minute % 60, window->end_minute / 60, window->end_minute % 60,
	    window->zone_name);
	mig_jw_string(&note->jw, key, text);
}

void
mig_explain_windows(struct mig_turn *turn, struct mig_note *note)
{
	const struct mig_policy *policy = turn->policy;

	if (!policy->critical_hours.present && !policy->preferred_window.present) {
		mig_jw_null(&note->jw, "windows");
		return;
	}
	mig_jw_object(&note->jw, "windows");
	mig_jw_bool(&note->jw, "open", mig_policy_window_open(policy, turn->now, NULL));
	explain_span(note, "critical_hours", &policy->critical_hours);
	explain_span(note, "preferred_window", &policy->preferred_window);
	mig_jw_object_end(&note->jw);
}

static bool
watched_by_other(const struct mig_policy *policy, size_t metric, size_t except)
{
	for (size_t i = 0; i < policy->trigger_count; i++) {
		const struct mig_trigger *trigger = &policy->triggers[i];

		if (i != except && trigger->armed && trigger->metric == metric)
			return true;
	}
	return false;
}

/* What the values of the other triggers were asked with, once for each metric. */
static void
explain_queries(struct mig_turn *turn, struct mig_note *note, size_t except)
{
	const struct mig_policy *policy = turn->policy;
	size_t told = except < policy->trigger_count ? policy->triggers[except].metric :
	    policy->metric_count;
	size_t left_out = 0;

	mig_jw_object(&note->jw, "queries");
	for (size_t i = 0; i < policy->metric_count; i++) {
		if (i == told || !watched_by_other(policy, i, except))
			continue;
		if (!mig_note_query(note, policy->metrics[i].name, policy->metrics[i].query))
			left_out++;
	}
	mig_jw_object_end(&note->jw);
	if (left_out > 0)
		mig_jw_int(&note->jw, "queries_left_out", (int64_t)left_out);
}

void
mig_explain_situation(struct mig_turn *turn, struct mig_note *note, size_t except)
{
	mig_jw_array(&note->jw, "overlays");
	if ((turn->state->overlays & MIG_OVERLAY_PAUSED) != 0)
		mig_jw_string(&note->jw, NULL, "paused");
	if ((turn->state->overlays & MIG_OVERLAY_BLIND) != 0)
		mig_jw_string(&note->jw, NULL, "blind");
	if ((turn->state->overlays & MIG_OVERLAY_DRIFT) != 0)
		mig_jw_string(&note->jw, NULL, "drift");
	mig_jw_array_end(&note->jw);
	mig_explain_windows(turn, note);
	explain_flags(turn, note);
	explain_triggers(turn, note, except);
	explain_queries(turn, note, except);
}

static void
explain_metric_gate(struct mig_turn *turn, struct mig_note *note, const struct mig_gate *gate)
{
	const struct mig_metric *metric = &turn->policy->metrics[gate->metric];
	const struct mig_reading *now = &turn->state->metrics[gate->metric].now;
	bool usable = now->quality == MIG_QUALITY_OK || now->quality == MIG_QUALITY_LOW_TRAFFIC;

	mig_jw_string(&note->jw, "metric", metric->name);
	mig_jw_number(&note->jw, "value", usable ? now->value : NAN);
	mig_jw_string(&note->jw, "quality", mig_quality_name(now->quality));
	mig_jw_time(&note->jw, "sampled_at", now->at);
	explain_count(note, metric, now);
	mig_jw_string(&note->jw, "operator", mig_operator_name(gate->op));
	mig_jw_number(&note->jw, "threshold",
	    mig_judge_threshold(turn->policy, turn->state, &gate->threshold));
	if (gate->threshold.name_count > 0)
		explain_baselines(turn, note, &gate->threshold);
	(void)mig_note_query(note, "query", metric->query);
}

static void
explain_gate(struct mig_turn *turn, struct mig_note *note, size_t index)
{
	const struct mig_gate *gate = &turn->policy->phases[turn->state->phase].gates[index];
	const struct mig_gate_state *gs = &turn->state->gates[index];

	mig_jw_object(&note->jw, NULL);
	mig_jw_string(&note->jw, "gate", gate->name);
	mig_jw_string(&note->jw, "kind", mig_gate_kind_name(gate->kind));
	mig_jw_string(&note->jw, "state",
	    mig_gate_open(turn->policy, turn->state, index) ? "open" : "closed");
	switch (gate->kind) {
	case MIG_GATE_APPROVAL:
		mig_jw_string(&note->jw, "actor", gs->actor); /* passed, so somebody opened it */
		mig_jw_time(&note->jw, "opened_at", gs->at);
		break;
	case MIG_GATE_WEBHOOK:
		mig_jw_time(&note->jw, "opened_at", gs->at);
		break;
	case MIG_GATE_SCHEMA:
		mig_jw_string(&note->jw, "actor", gs->actor[0] != '\0' ? gs->actor : NULL);
		mig_jw_time(&note->jw, "opened_at", gs->at);
		mig_jw_string(&note->jw, "answer",
		    mig_schema_answer_name(turn->state->schema.answer));
		break;
	case MIG_GATE_METRIC:
		explain_metric_gate(turn, note, gate);
		mig_jw_seconds(&note->jw, "for_seconds", gate->duration_ms);
		mig_jw_seconds(&note->jw, "held_seconds", gs->ok_ms);
		break;
	case MIG_GATE_DURATION:
		mig_jw_seconds(&note->jw, "for_seconds", gate->duration_ms);
		mig_jw_seconds(&note->jw, "held_seconds", turn->state->phase_held_ms);
		break;
	}
	mig_jw_object_end(&note->jw);
}

void
mig_explain_gates(struct mig_turn *turn, struct mig_note *note, bool at_entry)
{
	const struct mig_phase *phase = &turn->policy->phases[turn->state->phase];
	size_t left_out = 0;

	mig_jw_array(&note->jw, "gates");
	for (size_t i = 0; i < phase->gate_count; i++) {
		if (phase->gates[i].at_entry != at_entry)
			continue;
		struct mig_mark mark = mig_note_mark(note);
		explain_gate(turn, note, i);
		left_out += mig_note_keep(note, &mark) ? 0 : 1;
	}
	mig_jw_array_end(&note->jw);
	if (left_out > 0)
		mig_jw_int(&note->jw, "gates_left_out", (int64_t)left_out);
}

void
mig_explain_step(struct mig_turn *turn, struct mig_note *note, size_t index)
{
	const struct mig_flag *flag = &turn->policy->flags[index];
	const struct mig_flag_state *fs = &turn->state->flags[index];

	mig_jw_string(&note->jw, "phase", turn->policy->phases[turn->state->phase].name);
	mig_jw_int(&note->jw, "step", (int64_t)fs->step + 2); /* the one to come, from 1 on */
	mig_jw_int(&note->jw, "step_count", (int64_t)flag->step_count);
	if (fs->step >= 0) {
		mig_jw_seconds(&note->jw, "hold_seconds", flag->steps[fs->step].hold_ms);
		mig_jw_seconds(&note->jw, "held_seconds", fs->held_ms);
		mig_explain_gates(turn, note, false);
	}
	mig_explain_situation(turn, note, turn->policy->trigger_count);
}

void
mig_explain_blind(struct mig_turn *turn, struct mig_note *note)
{
	size_t left_out = 0;
	/* Before there are baselines there is nothing to roll back. */
	int64_t patience_ms = turn->state->run == MIG_RUN_BASELINING ? 0 :
	    turn->policy->settings.blind_rollback_after_ms;

	mig_jw_array(&note->jw, "metrics");
	for (size_t i = 0; i < turn->policy->metric_count; i++) {
		const struct mig_metric *metric = &turn->policy->metrics[i];
		const struct mig_metric_state *ms = &turn->state->metrics[i];
		const struct mig_reading *reading =
		    mig_judge_unseen(turn->policy, turn->state, i);

		if (reading == NULL)
			continue;
		struct mig_mark mark = mig_note_mark(note);
		mig_jw_object(&note->jw, NULL);
		mig_jw_string(&note->jw, "metric", metric->name);
		mig_jw_string(&note->jw, "quality", mig_quality_name(reading->quality));
		mig_jw_seconds(&note->jw, "unseen_seconds",
		    turn->state->clock_ms - reading->ok_clock_ms);
		mig_jw_time(&note->jw, "sampled_at", reading->at);
		if (reading->quality == MIG_QUALITY_LOW_TRAFFIC) {
			mig_jw_number(&note->jw, "sample_count", reading->sample_count);
			mig_jw_number(&note->jw, "min_samples", metric->min_samples);
		}
		(void)mig_note_query(note, "query",
		    reading == &ms->old ? metric->baseline_query : metric->query);
		mig_jw_object_end(&note->jw);
		left_out += mig_note_keep(note, &mark) ? 0 : 1;
	}
	mig_jw_array_end(&note->jw);
	if (left_out > 0)
		mig_jw_int(&note->jw, "metrics_left_out", (int64_t)left_out);
	mig_jw_seconds(&note->jw, "blind_after_seconds", turn->policy->settings.blind_after_ms);
	mig_jw_seconds(&note->jw, "blind_rollback_after_seconds", patience_ms);
}
