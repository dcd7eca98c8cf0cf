/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/step_int.h"

/* Order of doubles for qsort(). */
static int
compare_doubles(const void *a, const void *b)
{
	double x = *(const double *)a;
	double y = *(const double *)b;

	return (x > y) - (x < y);
}

/* The median of count values, which are sorted in place. */
static double
median(double *values, size_t count)
{
	qsort(values, count, sizeof(values[0]), compare_doubles);
	if (count % 2 == 1)
		return values[count / 2];
	return values[count / 2 - 1] / 2 + values[count / 2] / 2; /* the sum might overflow */
}

/* The effective baseline is never below the metric's floor: 5 x 0 would fire on the first error. */
static void
set_baseline(const struct mig_metric *metric, struct mig_metric_state *ms, double value)
{
	ms->floor_used = value < metric->floor;
	ms->baseline = ms->floor_used ? metric->floor : value;
	ms->baseline_known = true;
}

/* The samples are many enough and the window is over: the median becomes the baseline. */
static void
finish_capture(struct mig_turn *turn, size_t index)
{
	const struct mig_metric *metric = &turn->policy->metrics[index];
	struct mig_metric_state *ms = &turn->state->metrics[index];
	double values[MIG_BASELINE_SAMPLES];

	memcpy(values, ms->captured, sizeof(values));
	double middle = median(values, ms->captured_count);
	for (size_t i = 0; i < ms->captured_count; i++)
		values[i] = fmin(fabs(values[i] - middle), DBL_MAX);
	ms->captured_spread = median(values, ms->captured_count);
	ms->captured_at = turn->now;
	set_baseline(metric, ms, middle);

	struct mig_note note;
	mig_note_open(&note, turn, "baseline_captured", NULL);
	mig_jw_string(&note.jw, "metric", metric->name);
	mig_jw_number(&note.jw, "median", middle);
	mig_jw_number(&note.jw, "baseline", ms->baseline);
	mig_jw_bool(&note.jw, "floor_used", ms->floor_used);
	mig_jw_int(&note.jw, "samples", (int64_t)ms->captured_count);
	mig_jw_number(&note.jw, "spread", ms->captured_spread);
	mig_jw_seconds(&note.jw, "window_seconds", turn->policy->settings.baseline_window_ms);
	(void)mig_note_query(&note, "query", metric->baseline_query);
	mig_note_close(&note);
}

/* Clock time between two samples that are kept, so that the array spans the window. */
static int64_t
capture_spacing(const struct mig_settings *settings)
{
	int64_t spacing = settings->baseline_window_ms / MIG_BASELINE_SAMPLES;

	return spacing > settings->poll_interval_ms ? spacing : 0;
}

/* Keep one ok sample of the old path for the captured baseline. */
static void
capture(struct mig_turn *turn, size_t index, double value)
{
	const struct mig_settings *settings = &turn->policy->settings;
	struct mig_metric_state *ms = &turn->state->metrics[index];
	int64_t clock = turn->state->clock_ms;

	if (ms->captured_count < MIG_BASELINE_SAMPLES && (ms->captured_count == 0 ||
	    clock - ms->captured_last_ms >= capture_spacing(settings))) {
		ms->captured[ms->captured_count++] = value;
		ms->captured_last_ms = clock;
	}
	if (ms->captured_count >= MIG_BASELINE_MIN_COUNT &&
	    mig_baseline_left(turn->policy, turn->state) == 0)
		finish_capture(turn, index);
}

int64_t
mig_baseline_left(const struct mig_policy *policy, const struct mig_state *state)
{
	/* The clock starts with the rollout's start: baselining is the first thing it does. */
	int64_t left = policy->settings.baseline_window_ms - state->clock_ms;

	return left > 0 ? left : 0;
}

/*
 * The newest reading of a live baseline.  The last ones are kept: what stands when no more come is
 * their median, for the very last is of the fewest requests.
 */
static void
take_live(const struct mig_metric *metric, struct mig_metric_state *ms)
{
	if (ms->captured_count >= MIG_BASELINE_LIVE_SAMPLES) {
		ms->captured_count = MIG_BASELINE_LIVE_SAMPLES - 1;
		memmove(ms->captured, ms->captured + 1,
		    ms->captured_count * sizeof(ms->captured[0]));
	}
	ms->captured[ms->captured_count++] = ms->old.value;
	ms->captured_at = ms->old.at;
	set_baseline(metric, ms, ms->old.value);
}

static void
let_stand(const struct mig_metric *metric, struct mig_metric_state *ms)
{
	double values[MIG_BASELINE_SAMPLES]; /* whatever a record may hold */

	if (ms->captured_count == 0)
		return;
	memcpy(values, ms->captured, ms->captured_count * sizeof(values[0]));
	set_baseline(metric, ms, median(values, ms->captured_count));
}

bool
mig_baseline_stands(const struct mig_policy *policy, const struct mig_state *state, size_t metric)
{
	/* What trickles in behind the last step is no measure any more. */
	return policy->metrics[metric].baseline == MIG_BASELINE_LIVE &&
	    (state->metrics[metric].old.quality == MIG_QUALITY_LOW_TRAFFIC ||
	    mig_flags_all_over(policy, state));
}

/* A sample of the old path: the live baseline, or one more for the captured one. */
void
mig_baseline_take(struct mig_turn *turn, size_t index)
{
	const struct mig_metric *metric = &turn->policy->metrics[index];
	struct mig_metric_state *ms = &turn->state->metrics[index];
	bool ok = ms->old.quality == MIG_QUALITY_OK;

	switch (metric->baseline) {
	case MIG_BASELINE_LIVE:
		if (mig_baseline_stands(turn->policy, turn->state, index))
			let_stand(metric, ms);
		else if (ok)
			take_live(metric, ms);
		break;
	case MIG_BASELINE_CAPTURED:
		if (ok && turn->state->run == MIG_RUN_BASELINING && !ms->baseline_known)
			capture(turn, index, ms->old.value);
		break;
	case MIG_BASELINE_FIXED:
		break;
	}
}

bool
mig_baselines_known(const struct mig_policy *policy, const struct mig_state *state)
{
	for (size_t i = 0; i < policy->metric_count; i++) {
		if (policy->metrics[i].baseline_wanted && !state->metrics[i].baseline_known)
			return false;
	}
	return true;
}

/*
 * A live baseline counts only while its own newest reading is ok.  Where the old path has too few
 * requests for one, and with all traffic on the new path, what was read last stands.
 */
double
mig_baseline_now(const struct mig_policy *policy, const struct mig_state *state, size_t metric)
{
	const struct mig_metric_state *ms = &state->metrics[metric];

	if (!ms->baseline_known)
		return NAN;
	if (policy->metrics[metric].baseline == MIG_BASELINE_LIVE &&
	    ms->old.quality != MIG_QUALITY_OK && !mig_baseline_stands(policy, state, metric))
		return NAN;
	return ms->baseline;
}

void
mig_baseline_fix(const struct mig_metric *metric, struct mig_metric_state *ms)
{
	if (metric->baseline_wanted && metric->baseline == MIG_BASELINE_FIXED)
		set_baseline(metric, ms, metric->baseline_fixed);
}
