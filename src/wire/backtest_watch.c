/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <math.h>
#include <string.h>

#include "wire/backtest_int.h"

enum mig_backtest_word
mig_backtest_word(const struct mig_policy *policy, const struct mig_state *state, size_t trigger)
{
	const struct mig_reading *now = &state->metrics[policy->triggers[trigger].metric].now;

	switch (state->triggers[trigger].run) {
	case MIG_TRIGGER_OK:
		return MIG_BACKTEST_OK;
	case MIG_TRIGGER_PENDING:
		return MIG_BACKTEST_PENDING;
	case MIG_TRIGGER_LOW_TRAFFIC:
		return MIG_BACKTEST_LOW_TRAFFIC;
	case MIG_TRIGGER_FIRED:
		/* It stays fired while nothing is seen; that time tells nothing about the alarm. */
		if (now->quality == MIG_QUALITY_LOW_TRAFFIC)
			return MIG_BACKTEST_LOW_TRAFFIC;
		return now->quality == MIG_QUALITY_OK ? MIG_BACKTEST_FIRED : MIG_BACKTEST_UNKNOWN;
	case MIG_TRIGGER_DISARMED:
	case MIG_TRIGGER_UNKNOWN:
		break;
	}
	return MIG_BACKTEST_UNKNOWN;
}

/* Whether value a lies farther on the bad side than b. */
static bool
is_worse(enum mig_operator op, double a, double b)
{
	return op == MIG_OP_LESS ? a < b : a > b;
}

static void
note_firing(struct mig_backtest *backtest, size_t index, mig_wall at, bool was_fired)
{
	const struct mig_state *state = &backtest->here->state;
	const struct mig_trigger_state *ts = &state->triggers[index];
	struct mig_backtest_trigger *trigger = &backtest->report.triggers[index];
	bool fired = ts->run == MIG_TRIGGER_FIRED;

	if (fired && !was_fired && trigger->firing_count++ < MIG_BACKTEST_FIRINGS_MAX)
		trigger->firings[trigger->firings_kept++] = (struct mig_backtest_firing) {
			.breached_at = { at.ms - (state->clock_ms - ts->since_ms) }, .at = at,
			.value = ts->value, .threshold = ts->threshold, .worst = ts->value };
	if (trigger->firings_kept == 0)
		return;
	struct mig_backtest_firing *last = &trigger->firings[trigger->firings_kept - 1];
	/* One that was not kept must not be mistaken for the last one that was. */
	if (last->until.ms != 0 || trigger->firing_count != trigger->firings_kept)
		return;
	if (!fired)
		last->until = at;
	else if (is_worse(backtest->watch.triggers[index].op, ts->value, last->worst))
		last->worst = ts->value;
}

static void
note_stretch(struct mig_backtest_trigger *trigger, enum mig_backtest_word word, mig_wall at)
{
	struct mig_backtest_stretch *last = trigger->stretches_kept == 0 ? NULL :
	    &trigger->stretches[trigger->stretches_kept - 1];
	bool silent = word == MIG_BACKTEST_UNKNOWN || word == MIG_BACKTEST_LOW_TRAFFIC;

	MIG_ASSERT(trigger->stretches != NULL); /* made with the report */
	if (last != NULL && last->until.ms == 0) {
		if (last->word == word)
			return;
		last->until = at;
	}
	if (silent && trigger->stretches_kept < MIG_BACKTEST_STRETCHES_MAX)
		trigger->stretches[trigger->stretches_kept++] = (struct mig_backtest_stretch) {
			.from = at, .word = word };
	else if (silent)
		trigger->stretches_cut = true;
}

static void
note_chart(struct mig_backtest *backtest, size_t index, size_t moment)
{
	const struct mig_state *state = &backtest->here->state;
	const struct mig_trigger_state *ts = &state->triggers[index];
	struct mig_backtest_trigger *trigger = &backtest->report.triggers[index];
	struct mig_backtest_bucket *bucket = &trigger->buckets[(uint64_t)moment *
	    mig_backtest_buckets(&backtest->report) / backtest->report.moments];
	const struct mig_reading *now =
	    &state->metrics[backtest->watch.triggers[index].metric].now;

	if (ts->threshold_known) {
		bool first = !trigger->threshold_known;
		trigger->threshold_known = true;
		trigger->threshold_min = first || ts->threshold < trigger->threshold_min ?
		    ts->threshold : trigger->threshold_min;
		trigger->threshold_max = first || ts->threshold > trigger->threshold_max ?
		    ts->threshold : trigger->threshold_max;
		bucket->threshold_known = true;
		bucket->threshold = ts->threshold;
	}
	if (now->quality != MIG_QUALITY_OK)
		return;
	bucket->min = bucket->seen ? fmin(bucket->min, now->value) : now->value;
	bucket->max = bucket->seen ? fmax(bucket->max, now->value) : now->value;
	bucket->seen = true;
}

/* Nothing is rolled back here, so each time that nothing is seen is counted once. */
static void
note_blind(struct mig_backtest *backtest, mig_wall at)
{
	const struct mig_state *state = &backtest->here->state;
	struct mig_backtest_report *report = &backtest->report;
	int64_t patience = report->policy->settings.blind_rollback_after_ms;
	bool blind = patience > 0 && (state->overlays & MIG_OVERLAY_BLIND) != 0 &&
	    state->clock_ms - state->blind_ms >= patience;

	if (blind && !backtest->blind && report->blind_count++ < MIG_BACKTEST_BLIND_MAX)
		report->blind_at[report->blind_count - 1] = at;
	backtest->blind = blind;
}

void
mig_backtest_note(struct mig_backtest *backtest, size_t moment)
{
	mig_wall at = mig_backtest_time(backtest, moment);

	note_blind(backtest, at);
	for (size_t i = 0; i < backtest->watch.trigger_count; i++) {
		if (!backtest->watch.triggers[i].armed)
			continue;
		enum mig_backtest_word word =
		    mig_backtest_word(&backtest->watch, &backtest->here->state, i);
		backtest->report.triggers[i].moments[word]++;
		note_firing(backtest, i, at, backtest->fired[i]);
		note_stretch(&backtest->report.triggers[i], word, at);
		note_chart(backtest, i, moment);
		backtest->fired[i] = backtest->here->state.triggers[i].run == MIG_TRIGGER_FIRED;
	}
}

void
mig_backtest_close(struct mig_backtest *backtest)
{
	mig_wall end = mig_backtest_time(backtest, (size_t)backtest->report.moments);

	for (size_t i = 0; i < backtest->watch.trigger_count; i++) {
		struct mig_backtest_trigger *trigger = &backtest->report.triggers[i];
		if (trigger->stretches_kept > 0 &&
		    trigger->stretches[trigger->stretches_kept - 1].until.ms == 0)
			trigger->stretches[trigger->stretches_kept - 1].until = end;
	}
}

/*
 * The triggers that are ok, as bits; none when one is pending or has fired: nobody can tell damage
 * from an incident that was on already.
 */
static uint32_t
calm_triggers(const struct mig_backtest *backtest)
{
	uint32_t ok = 0;

	for (size_t i = 0; i < backtest->watch.trigger_count; i++) {
		enum mig_trigger_run run = backtest->here->state.triggers[i].run;
		if (run == MIG_TRIGGER_PENDING || run == MIG_TRIGGER_FIRED)
			return 0;
		ok |= run == MIG_TRIGGER_OK ? UINT32_C(1) << i : 0;
	}
	return ok;
}

/* Moments that the longest exposure takes, and the one before them. */
static size_t
longest_watch(const struct mig_backtest_report *report)
{
	int64_t most = 0;

	for (size_t i = 0; i < report->exposure_count; i++)
		most = report->exposures[i].watch_ms > most ? report->exposures[i].watch_ms : most;
	return (size_t)(most / report->options.step_ms) + 2;
}

static size_t
count_bits(uint32_t bits)
{
	size_t count = 0;

	for (; bits != 0; bits &= bits - 1)
		count++;
	return count;
}

/* The present stretch goes on, ends, or begins anew: who sees only later has no part in it. */
static void
go_on_calm(struct mig_backtest *backtest, uint32_t ok)
{
	bool begins = backtest->calm_moments_now == 0 || (ok & ~backtest->calm_ok_now) != 0;

	if (ok == 0 || begins) {
		backtest->calm_moments_now = 0;
		backtest->calm_worth_now = 0;
		backtest->calm_ok_now = ok;
	}
	if (ok == 0)
		return;
	if (begins)
		*backtest->calm_now = *backtest->here;
	if (backtest->calm_moments_now++ < longest_watch(&backtest->report))
		backtest->calm_worth_now += count_bits(ok);
}

void
mig_backtest_note_calm(struct mig_backtest *backtest)
{
	const struct mig_backtest_options *options = &backtest->report.options;
	mig_wall at = mig_backtest_time(backtest, backtest->here->moment - 1);
	/* From a time that was chosen on all is taken as it is. */
	bool chosen = options->damage_at.ms != 0;

	if (!options->damage)
		return;
	go_on_calm(backtest, chosen ? at.ms >= options->damage_at.ms : calm_triggers(backtest));
	if (backtest->calm_worth_now < backtest->calm_worth ||
	    (backtest->calm_worth_now == backtest->calm_worth &&
	    backtest->calm_moments_now <= backtest->calm_moments))
		return;
	/* The best so far, or as good and longer: a copy once for each, then only the count. */
	if (backtest->calm->moment != backtest->calm_now->moment)
		*backtest->calm = *backtest->calm_now;
	backtest->calm_worth = backtest->calm_worth_now;
	backtest->calm_moments = backtest->calm_moments_now;
}

const char *
mig_backtest_word_name(enum mig_backtest_word word)
{
	static const char *const names[] = { "ok", "pending", "fired", "unknown", "low_traffic" };

	return names[word];
}

const char *
mig_backtest_outcome_name(enum mig_backtest_outcome outcome)
{
	static const char *const names[] = { "seen", "not_seen", "incident", "blind",
		"unchanged", "not_applicable" };

	return names[outcome];
}
