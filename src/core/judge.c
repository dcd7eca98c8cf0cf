/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <math.h>
#include <string.h>

#include "core/step_int.h"

double
mig_judge_threshold(const struct mig_policy *policy, const struct mig_state *state,
    const struct mig_expr *expr)
{
	double baselines[MIG_EXPR_BASELINES_MAX];

	for (size_t i = 0; i < expr->name_count; i++) {
		size_t m = mig_policy_metric(policy, expr->names[i]);
		baselines[i] = m == policy->metric_count ?
		    NAN : mig_baseline_now(policy, state, m);
	}
	return mig_expr_eval(expr, baselines);
}

bool
mig_judge_compare(double value, enum mig_operator op, double threshold)
{
	switch (op) {
	case MIG_OP_GREATER:
		return value > threshold;
	case MIG_OP_LESS:
		return value < threshold;
	case MIG_OP_EQUALS:
		break;
	}
	return value <= threshold && value >= threshold; /* and false for NaN */
}

/* Whether the trigger wants something to move when nothing is left that should. */
static bool
at_rest(const struct mig_trigger *trigger, const struct mig_state *state)
{
	return trigger->standstill &&
	    (state->run == MIG_RUN_BAKING || state->run == MIG_RUN_ROLLING_BACK);
}

/* Whether only such triggers look at the metric. */
static bool
is_idle(const struct mig_policy *policy, const struct mig_state *state, size_t metric)
{
	bool any = false;

	for (size_t i = 0; i < policy->trigger_count; i++) {
		const struct mig_trigger *trigger = &policy->triggers[i];
		if (!trigger->armed || trigger->metric != metric)
			continue;
		if (!at_rest(trigger, state))
			return false;
		any = true;
	}
	return any;
}

/* Whether a query was answered, but with nothing: as by a path without traffic. */
static bool
is_silence(enum mig_quality quality)
{
	return quality == MIG_QUALITY_NAN || quality == MIG_QUALITY_NO_DATA;
}

/* Whether no data is what must be expected: the new path alone is measured and has no traffic. */
static bool
silence_expected(const struct mig_policy *policy, const struct mig_state *state, size_t metric)
{
	enum mig_quality quality = state->metrics[metric].now.quality;

	return (is_silence(quality) || quality == MIG_QUALITY_LOW_TRAFFIC) &&
	    policy->metrics[metric].new_path && !mig_flags_exposed(policy, state);
}

/* The fields that trigger records share. */
static void
note_trigger(struct mig_turn *turn, struct mig_note *note, size_t index)
{
	const struct mig_trigger *trigger = &turn->policy->triggers[index];
	const struct mig_trigger_state *ts = &turn->state->triggers[index];

	mig_jw_string(&note->jw, "trigger", trigger->id);
	mig_jw_string(&note->jw, "metric", turn->policy->metrics[trigger->metric].name);
	mig_jw_number(&note->jw, "value", ts->value);
	mig_jw_string(&note->jw, "operator", mig_operator_name(trigger->op));
	mig_jw_number(&note->jw, "threshold", ts->threshold_known ? ts->threshold : NAN);
	mig_note_essential(note);
	mig_explain_inputs(turn, note, index);
}

static void
record_trigger(struct mig_turn *turn, const char *kind, size_t index)
{
	struct mig_note note;

	mig_note_open(&note, turn, kind, NULL);
	note_trigger(turn, &note, index);
	mig_note_close(&note);
}

/* The condition has held long enough.  What follows besides a rollback is owed here. */
static void
fire(struct mig_turn *turn, size_t index)
{
	const struct mig_trigger *trigger = &turn->policy->triggers[index];
	struct mig_trigger_state *ts = &turn->state->triggers[index];

	ts->run = MIG_TRIGGER_FIRED;
	ts->fired_at = turn->now;
	record_trigger(turn, "trigger_fired", index);
	switch (trigger->action) {
	case MIG_ACTION_ROLLBACK:
		break; /* mig_judge_verdict() */
	case MIG_ACTION_SCALE_UP:
		if (turn->policy->hooks)
			mig_turn_owe(turn, MIG_EFFECT_SCALE_UP)->u.scale_up.trigger = index;
		mig_turn_notify(turn, MIG_NOTICE_ALERT);
		break;
	case MIG_ACTION_PROPOSE:
	case MIG_ACTION_ALERT:
		mig_turn_notify(turn, MIG_NOTICE_ALERT);
		break;
	}
}

/* Add the time since the previous reading to a breach, if it is believable evidence. */
static void
lengthen_breach(const struct mig_settings *settings, struct mig_trigger_state *ts, int64_t clock)
{
	int64_t gap = clock - ts->last_ms;

	if (gap > settings->max_gap_ms) {
		/* Nobody knows what happened in between: the time starts over. */
		ts->since_ms = clock;
		ts->pending_ms = 0;
	} else if (ts->chained) {
		ts->pending_ms += gap;
	}
}

static bool
long_enough(const struct mig_settings *settings, const struct mig_trigger *trigger,
    const struct mig_trigger_state *ts, int64_t clock)
{
	if (trigger->for_ms < settings->poll_interval_ms)
		return true; /* one ok sample is enough */
	/* A gap before the last stretch must not make that stretch count for less. */
	if (clock - ts->steady_ms >= trigger->for_ms)
		return true;
	return ts->pending_ms >= trigger->for_ms &&
	    (double)ts->pending_ms >= settings->min_coverage * (double)(clock - ts->since_ms);
}

static void
breach(struct mig_turn *turn, size_t index)
{
	const struct mig_settings *settings = &turn->policy->settings;
	const struct mig_trigger *trigger = &turn->policy->triggers[index];
	struct mig_trigger_state *ts = &turn->state->triggers[index];
	int64_t clock = turn->state->clock_ms;
	bool first = !ts->breached;

	if (first) {
		ts->since_ms = clock;
		ts->pending_ms = 0;
	} else {
		lengthen_breach(settings, ts, clock);
	}
	if (!ts->chained || clock - ts->last_ms > settings->max_gap_ms)
		ts->steady_ms = clock;
	ts->breached = true;
	if (ts->run == MIG_TRIGGER_FIRED)
		return;
	if (trigger->standstill && ts->fired_at.ms != 0) {
		/* Dismissed: people know that nothing moves, until something does. */
		ts->run = MIG_TRIGGER_OK;
		return;
	}
	ts->run = MIG_TRIGGER_PENDING;
	/* While rolling back the triggers only tell when it is quiet again. */
	bool may_fire = turn->state->run != MIG_RUN_ROLLING_BACK;
	if (may_fire && long_enough(settings, trigger, ts, clock))
		fire(turn, index);
	else if (first)
		record_trigger(turn, "trigger_pending", index);
}

static void
all_clear(struct mig_turn *turn, size_t index)
{
	const struct mig_trigger *trigger = &turn->policy->triggers[index];
	struct mig_trigger_state *ts = &turn->state->triggers[index];
	/* What rolls back or waits for a person stays fired. */
	bool latched = ts->run == MIG_TRIGGER_FIRED && (trigger->action == MIG_ACTION_ROLLBACK ||
	    trigger->action == MIG_ACTION_PROPOSE);

	if (ts->breached)
		record_trigger(turn, "trigger_cleared", index);
	ts->breached = false;
	ts->pending_ms = 0;
	if (latched)
		return;
	ts->run = MIG_TRIGGER_OK;
	if (trigger->standstill)
		ts->fired_at.ms = 0;
}

/* Between the threshold and clear_ratio x threshold a pending breach neither grows nor clears. */
static bool
within_hysteresis(const struct mig_trigger *trigger, const struct mig_trigger_state *ts)
{
	if (!ts->breached)
		return false;
	return mig_judge_compare(ts->value, trigger->op, ts->threshold * trigger->clear_ratio);
}

static void
judge_trigger(struct mig_turn *turn, size_t index)
{
	const struct mig_trigger *trigger = &turn->policy->triggers[index];
	struct mig_trigger_state *ts = &turn->state->triggers[index];
	const struct mig_reading *reading = &turn->state->metrics[trigger->metric].now;
	double threshold = mig_judge_threshold(turn->policy, turn->state, &trigger->threshold);

	ts->threshold_known = isfinite(threshold);
	ts->threshold = ts->threshold_known ? threshold + 0.0 : 0; /* never -0, as in a record */
	if (reading->quality != MIG_QUALITY_OK || !ts->threshold_known) {
		ts->chained = false;
		if (ts->run == MIG_TRIGGER_FIRED)
			return;
		ts->run = reading->quality == MIG_QUALITY_LOW_TRAFFIC ||
		    silence_expected(turn->policy, turn->state, trigger->metric) ?
		    MIG_TRIGGER_LOW_TRAFFIC : MIG_TRIGGER_UNKNOWN;
		return;
	}
	ts->value = reading->value;
	bool resting = at_rest(trigger, turn->state);
	bool breached = !resting && mig_judge_compare(ts->value, trigger->op, threshold);
	ts->breached = ts->breached && !resting;
	if (breached)
		breach(turn, index);
	else if (!within_hysteresis(trigger, ts))
		all_clear(turn, index);
	else if (ts->run != MIG_TRIGGER_FIRED)
		ts->run = MIG_TRIGGER_PENDING;
	ts->chained = breached;
	ts->last_ms = turn->state->clock_ms;
}

/* Judge all armed triggers that look at a metric. */
static void
judge_metric(struct mig_turn *turn, size_t metric)
{
	for (size_t i = 0; i < turn->policy->trigger_count; i++) {
		if (turn->policy->triggers[i].armed && turn->policy->triggers[i].metric == metric)
			judge_trigger(turn, i);
	}
}

/* What a sample is worth: what the driver says, or less. */
static enum mig_quality
sample_quality(const struct mig_metric *metric, const struct mig_event *event)
{
	bool old_path = event->u.sample.old_path;
	const char *asked = old_path ? metric->baseline_count_query : metric->count_query;
	double count = event->u.sample.count;
	enum mig_quality quality = event->u.sample.quality;

	if (quality == MIG_QUALITY_OK && !isfinite(event->u.sample.value))
		quality = MIG_QUALITY_NAN;
	if ((quality != MIG_QUALITY_OK && !is_silence(quality)) || !(metric->min_samples > 0) ||
	    (old_path && asked == NULL))
		return quality;
	/* So few requests explain a ratio of 0 / 0, too. */
	if (count >= 0)
		return count < metric->min_samples ? MIG_QUALITY_LOW_TRAFFIC : quality;
	/* A ratio of nobody knows how many requests is half an answer. */
	return asked == NULL || is_silence(quality) ? quality : MIG_QUALITY_PARTIAL;
}

static void
take_reading(struct mig_turn *turn, const struct mig_event *event, struct mig_reading *reading)
{
	enum mig_quality quality =
	    sample_quality(&turn->policy->metrics[event->u.sample.metric], event);
	bool believable = quality == MIG_QUALITY_OK || quality == MIG_QUALITY_LOW_TRAFFIC;
	bool known = believable && !is_silence(event->u.sample.quality) &&
	    isfinite(event->u.sample.value);

	reading->quality = quality;
	reading->value = known ? event->u.sample.value + 0.0 : 0;
	reading->sample_count = event->u.sample.count > 0 && isfinite(event->u.sample.count) ?
	    event->u.sample.count : 0;
	reading->at = event->u.sample.at;
	reading->clock_ms = turn->state->clock_ms;
	if (believable)
		reading->ok_clock_ms = turn->state->clock_ms;
}

/* Judge the triggers whose threshold has just become unknown: their live baseline is missing. */
static void
lose_thresholds(struct mig_turn *turn)
{
	for (size_t i = 0; i < turn->policy->trigger_count; i++) {
		const struct mig_trigger *trigger = &turn->policy->triggers[i];
		if (trigger->armed && turn->state->triggers[i].threshold_known && !isfinite(
		    mig_judge_threshold(turn->policy, turn->state, &trigger->threshold)))
			judge_trigger(turn, i);
	}
}

/* Triggers are judged from the first phase on, and still tell when it is quiet after a rollback. */
static bool
judging(const struct mig_state *state)
{
	return state->run == MIG_RUN_RUNNING || state->run == MIG_RUN_BAKING ||
	    state->run == MIG_RUN_ROLLING_BACK;
}

void
mig_judge_sample(struct mig_turn *turn, const struct mig_event *event)
{
	size_t index = event->u.sample.metric;
	struct mig_state *state = turn->state;

	MIG_ASSERT(index < turn->policy->metric_count);
	if (event->u.sample.old_path) {
		take_reading(turn, event, &state->metrics[index].old);
		mig_baseline_take(turn, index);
		if (mig_flags_all_over(turn->policy, state))
			state->metrics[index].old.ok_clock_ms = state->clock_ms;
		if (judging(state))
			lose_thresholds(turn);
		return;
	}
	take_reading(turn, event, &state->metrics[index].now);
	if (judging(state))
		judge_metric(turn, index);
	/* Silence that nobody minds blinds nobody, however long it lasts. */
	if (mig_judge_excused(turn->policy, state, index))
		state->metrics[index].now.ok_clock_ms = state->clock_ms;
}

void
mig_judge_begin(struct mig_turn *turn)
{
	for (size_t i = 0; i < turn->policy->metric_count; i++) {
		const struct mig_metric *metric = &turn->policy->metrics[i];
		struct mig_metric_state *ms = &turn->state->metrics[i];
		ms->now.ok_clock_ms = turn->state->clock_ms;
		ms->old.ok_clock_ms = turn->state->clock_ms;
		mig_baseline_fix(metric, ms);
	}
}

void
mig_judge_forget(struct mig_turn *turn, bool again)
{
	for (size_t i = 0; i < turn->policy->metric_count; i++) {
		turn->state->metrics[i].now.quality = MIG_QUALITY_NONE;
		turn->state->metrics[i].old.quality = MIG_QUALITY_NONE;
	}
	for (size_t i = 0; i < turn->policy->trigger_count; i++) {
		struct mig_trigger_state *ts = &turn->state->triggers[i];
		if (turn->policy->triggers[i].armed && judging(turn->state))
			judge_trigger(turn, i);
		if (!again || !ts->breached)
			continue;
		ts->since_ms = turn->state->clock_ms;
		ts->pending_ms = 0;
	}
}

/* Whether the reading is as old as that, and said something that may have changed since. */
static bool
gone_stale(const struct mig_turn *turn, const struct mig_reading *reading)
{
	switch (reading->quality) {
	case MIG_QUALITY_OK:
	case MIG_QUALITY_NO_DATA:
	case MIG_QUALITY_NAN:
	case MIG_QUALITY_LOW_TRAFFIC:
		return turn->state->clock_ms - reading->clock_ms >
		    turn->policy->settings.max_sample_age_ms;
	case MIG_QUALITY_NONE:
	case MIG_QUALITY_STALE:
	case MIG_QUALITY_PARTIAL:
	case MIG_QUALITY_ERROR:
		break;
	}
	return false;
}

/* Readings that nobody has renewed are stale, whatever they said. */
static void
age_readings(struct mig_turn *turn)
{
	for (size_t i = 0; i < turn->policy->metric_count; i++) {
		struct mig_metric_state *ms = &turn->state->metrics[i];
		if (turn->policy->metrics[i].baseline == MIG_BASELINE_LIVE &&
		    gone_stale(turn, &ms->old)) {
			ms->old.quality = MIG_QUALITY_STALE;
			if (judging(turn->state))
				lose_thresholds(turn);
		}
		if (!gone_stale(turn, &ms->now))
			continue;
		ms->now.quality = MIG_QUALITY_STALE;
		if (judging(turn->state))
			judge_metric(turn, i);
	}
}

/* Whether a reading of the old path is what the metric is compared with now. */
static bool
compared_live(const struct mig_policy *policy, const struct mig_state *state, size_t metric)
{
	return policy->metrics[metric].baseline_wanted &&
	    policy->metrics[metric].baseline == MIG_BASELINE_LIVE &&
	    policy->metrics[metric].baseline_query != NULL && !mig_flags_all_over(policy, state);
}

const struct mig_reading *
mig_judge_unseen(const struct mig_policy *policy, const struct mig_state *state, size_t metric)
{
	const struct mig_metric *row = &policy->metrics[metric];
	const struct mig_metric_state *ms = &state->metrics[metric];
	int64_t allowance = policy->settings.blind_after_ms;

	/* Before the first phase it is the old path that has to be seen. */
	if (state->run == MIG_RUN_BASELINING) {
		allowance += policy->settings.baseline_window_ms;
		return row->baseline_wanted && !ms->baseline_known && state->clock_ms > allowance ?
		    &ms->old : NULL;
	}
	if (row->wanted && row->query != NULL && !is_idle(policy, state, metric) &&
	    state->clock_ms - ms->now.ok_clock_ms > allowance)
		return &ms->now;
	/* Without it no trigger could tell either. */
	if (compared_live(policy, state, metric) &&
	    state->clock_ms - ms->old.ok_clock_ms > allowance)
		return &ms->old;
	return NULL;
}

static void
go_blind(struct mig_turn *turn)
{
	struct mig_note note;

	turn->state->overlays |= MIG_OVERLAY_BLIND;
	turn->state->blind_ms = turn->state->clock_ms;
	mig_note_open(&note, turn, "blind", NULL);
	mig_explain_blind(turn, &note);
	mig_note_close(&note);
	mig_turn_notify(turn, MIG_NOTICE_ALERT);
}

/* For how long a trigger could not be judged although there is exposure; 0 when it can be. */
static int64_t
unjudged_ms(const struct mig_turn *turn, size_t index)
{
	const struct mig_trigger *trigger = &turn->policy->triggers[index];
	const struct mig_trigger_state *ts = &turn->state->triggers[index];
	int64_t moved_ms = mig_flags_moved(turn->policy, turn->state);

	if ((ts->run != MIG_TRIGGER_LOW_TRAFFIC && ts->run != MIG_TRIGGER_UNKNOWN) ||
	    at_rest(trigger, turn->state) || !mig_flags_exposed(turn->policy, turn->state))
		return 0;
	return turn->state->clock_ms - (ts->last_ms > moved_ms ? ts->last_ms : moved_ms);
}

/*
 * Few requests are no blindness, but none at all may be what is left of a broken path: people
 * hear once of a trigger that nothing can be said of, and that holds the rollout for so long.
 */
static void
tell_unjudged(struct mig_turn *turn)
{
	int64_t patience = turn->policy->settings.manual_reminder_ms;
	int64_t longest = 0;
	struct mig_note note;

	for (size_t i = 0; i < turn->policy->trigger_count; i++) {
		int64_t ms = unjudged_ms(turn, i);
		longest = ms > longest ? ms : longest;
	}
	if (longest < patience || longest - turn->elapsed_ms >= patience ||
	    (turn->state->overlays & MIG_OVERLAY_BLIND) != 0)
		return;
	mig_note_open(&note, turn, "triggers_unjudged", NULL);
	mig_jw_array(&note.jw, "unjudged");
	for (size_t i = 0; i < turn->policy->trigger_count; i++) {
		if (unjudged_ms(turn, i) >= patience)
			mig_jw_string(&note.jw, NULL, turn->policy->triggers[i].id);
	}
	mig_jw_array_end(&note.jw);
	mig_jw_seconds(&note.jw, "unjudged_seconds", longest);
	mig_note_essential(&note);
	mig_explain_situation(turn, &note, turn->policy->trigger_count);
	mig_note_close(&note);
	mig_turn_notify(turn, MIG_NOTICE_ALERT);
}

bool
mig_judge_time(struct mig_turn *turn)
{
	struct mig_state *state = turn->state;
	bool blind = false;

	/* While baselining, too: the first phase may be entered in the turn that ends it. */
	if (judging(state) || state->run == MIG_RUN_BASELINING)
		age_readings(turn);
	if (state->run != MIG_RUN_BASELINING && state->run != MIG_RUN_RUNNING &&
	    state->run != MIG_RUN_BAKING)
		return false;
	for (size_t i = 0; i < turn->policy->metric_count; i++)
		blind = blind || mig_judge_unseen(turn->policy, state, i) != NULL;
	if (blind && (state->overlays & MIG_OVERLAY_BLIND) == 0) {
		go_blind(turn);
	} else if (!blind && (state->overlays & MIG_OVERLAY_BLIND) != 0) {
		state->overlays &= ~MIG_OVERLAY_BLIND;
		mig_turn_record(turn, "sighted", NULL);
	}
	if (state->run != MIG_RUN_BASELINING)
		tell_unjudged(turn);
	int64_t patience = turn->policy->settings.blind_rollback_after_ms;
	return blind && state->run != MIG_RUN_BASELINING && patience > 0 &&
	    state->clock_ms - state->blind_ms >= patience;
}

/*
 * Before any exposure a query over the new path has nothing to say.  Where a query does not
 * tell which path it sees, silence is believed only while another trigger proves that metrics
 * do arrive.
 */
bool
mig_judge_excused(const struct mig_policy *policy, const struct mig_state *state, size_t metric)
{
	enum mig_quality quality = state->metrics[metric].now.quality;

	if (silence_expected(policy, state, metric))
		return true;
	if (mig_flags_exposed(policy, state) ||
	    (!is_silence(quality) && quality != MIG_QUALITY_LOW_TRAFFIC))
		return false;
	for (size_t i = 0; i < policy->trigger_count; i++) {
		if (policy->triggers[i].armed && state->triggers[i].run == MIG_TRIGGER_OK)
			return true;
	}
	return false;
}

uint32_t
mig_judge_blocks(const struct mig_policy *policy, const struct mig_state *state)
{
	uint32_t blocks = 0;

	for (size_t i = 0; i < policy->trigger_count; i++) {
		const struct mig_trigger *trigger = &policy->triggers[i];
		bool excused = mig_judge_excused(policy, state, trigger->metric);
		if (at_rest(trigger, state))
			continue;
		switch (state->triggers[i].run) {
		case MIG_TRIGGER_DISARMED:
		case MIG_TRIGGER_OK:
			break;
		case MIG_TRIGGER_UNKNOWN:
		case MIG_TRIGGER_LOW_TRAFFIC:
			/* No traffic yet is no excuse for having nothing to compare it with. */
			if (!state->triggers[i].threshold_known ||
			    (!excused && state->triggers[i].run == MIG_TRIGGER_UNKNOWN))
				blocks |= MIG_BLOCK_METRICS;
			else if (!excused)
				blocks |= MIG_BLOCK_TRAFFIC;
			break;
		case MIG_TRIGGER_PENDING:
			/* What does not move for a while is as it should be. */
			if (!trigger->standstill)
				blocks |= MIG_BLOCK_TRIGGER;
			break;
		case MIG_TRIGGER_FIRED:
			blocks |= MIG_BLOCK_TRIGGER;
			break;
		}
	}
	return blocks;
}

bool
mig_excused(const struct mig_policy *policy, const struct mig_state *state, size_t trigger)
{
	return mig_judge_excused(policy, state, policy->triggers[trigger].metric);
}

bool
mig_judge_noisy(const struct mig_policy *policy, const struct mig_state *state, bool *ret_unknown)
{
	bool noisy = false;
	bool unknown = false;

	for (size_t i = 0; i < policy->trigger_count; i++) {
		const struct mig_trigger *trigger = &policy->triggers[i];
		const struct mig_reading *reading = &state->metrics[trigger->metric].now;
		if (!trigger->armed || at_rest(trigger, state) ||
		    mig_judge_excused(policy, state, trigger->metric))
			continue;
		/* Before the first phase there may be no baseline yet, and nothing to compare. */
		if (reading->quality != MIG_QUALITY_OK ||
		    (!state->triggers[i].threshold_known && state->phase_entered[0]))
			unknown = true;
		else if (state->triggers[i].breached && trigger->action != MIG_ACTION_SCALE_UP)
			noisy = true;
	}
	*ret_unknown = unknown;
	return noisy;
}

size_t
mig_judge_verdict(const struct mig_policy *policy, const struct mig_state *state)
{
	for (size_t i = 0; i < policy->trigger_count; i++) {
		if (state->triggers[i].run == MIG_TRIGGER_FIRED &&
		    policy->triggers[i].action == MIG_ACTION_ROLLBACK)
			return i;
	}
	return policy->trigger_count;
}

void
mig_judge_dismiss(struct mig_turn *turn, size_t index, const char *actor)
{
	struct mig_trigger_state *ts = &turn->state->triggers[index];
	struct mig_note note;

	/* Written first: it tells what was dismissed. */
	mig_note_open(&note, turn, "trigger_dismissed", actor);
	note_trigger(turn, &note, index);
	mig_note_close(&note);
	/* Not ok before a reading says so. */
	ts->run = MIG_TRIGGER_UNKNOWN;
	ts->breached = false;
	ts->pending_ms = 0;
	ts->chained = false;
}
