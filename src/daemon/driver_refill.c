/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <stdlib.h>
#include <string.h>

#include "daemon/driver_int.h"
#include "daemon/log.h"
#include "daemon/loop.h"
#include "daemon/prom_client.h"

/* A longer absence is not asked for: the current hold starts again. */
#define ABSENCE_MAX_MS (6LL * 60 * 60 * 1000)

/* Points asked for at most; a longer absence is looked at more coarsely. */
#define POINTS_MAX 1000

#define SERIES_MAX (2 * MIG_METRICS_MAX * MIG_SAMPLE_PARTS)

/* The history of one query. */
struct series {
	struct refill *refill;
	size_t metric;
	bool old_path;
	enum mig_sample_part part;
	size_t next; /* where mig_sample_at() looks first */
	size_t count;
	struct mig_prom_point *points;
};

/* What Prometheus saw while the daemon was away. */
struct refill {
	struct rollout *rollout;
	mig_wall seen; /* when the daemon was last there */
	struct prom_span span;
	size_t outstanding;
	bool failed;
	size_t series_count;
	struct series series[SERIES_MAX];
};

void
rollout_refill_cancel(struct rollout *rollout)
{
	struct refill *refill = rollout->refill;

	if (refill == NULL)
		return;
	for (size_t i = 0; i < refill->series_count; i++) {
		prom_client_cancel(rollout->driver->parts.prom, &refill->series[i]);
		free(refill->series[i].points);
	}
	free(refill);
	rollout->refill = NULL;
}

/* Whether the rollout goes forward, so that what was measured meanwhile matters. */
static bool
goes_forward(const struct rollout *rollout)
{
	return rollout->state->run == MIG_RUN_RUNNING || rollout->state->run == MIG_RUN_BAKING;
}

/* Feed one moment of one metric to the core. */
static void
replay_metric(struct refill *refill, size_t metric, bool old_path, mig_wall at)
{
	struct rollout *rollout = refill->rollout;
	struct loop *loop = rollout->driver->parts.loop;
	struct mig_answers answers = { .metric = metric, .old_path = old_path };
	struct mig_event event = { .kind = MIG_EVENT_SAMPLE, .hold_back = true,
		.history = true };

	if (!goes_forward(rollout))
		return; /* what came later in the history was before the decision all the same */
	for (size_t i = 0; i < refill->series_count; i++) {
		struct series *series = &refill->series[i];
		if (series->metric != metric || series->old_path != old_path)
			continue;
		answers.asked[series->part] = true;
		mig_sample_at(series->points, series->count, at, &series->next,
		    &answers.parts[series->part]);
	}
	if (!answers.asked[MIG_SAMPLE_VALUE])
		return;
	rollout->answered_s = loop_seconds(loop);
	mig_sample_event(rollout->policy, &answers, &event);
	event.mono.ms = loop_mono(loop).ms - (loop_wall(loop).ms - at.ms);
	(void)rollout_apply(rollout, &event, NULL, NULL, 0); /* logged there */
}

/* Tell the core that the daemon is back; the clock goes on from `seen` when the gap is known. */
static void
tell_restored(struct rollout *rollout, bool refilled, mig_wall seen)
{
	struct loop *loop = rollout->driver->parts.loop;
	struct mig_event event = { .kind = MIG_EVENT_RESTORE, .u.restore.refilled = refilled };

	event.mono = loop_mono(loop);
	if (refilled)
		event.mono.ms -= loop_wall(loop).ms - seen.ms;
	(void)rollout_apply(rollout, &event, NULL, NULL, 0); /* logged there */
}

/*
 * Whether some value belongs to a moment that was asked for.  Else the history says nothing: the
 * server gave points between the moments, or had nothing at all from that time.
 */
static bool
any_value(const struct refill *refill)
{
	for (size_t i = 0; i < refill->series_count; i++) {
		const struct series *series = &refill->series[i];
		for (size_t k = 0; k < series->count && series->part == MIG_SAMPLE_VALUE; k++) {
			int64_t behind = series->points[k].at.ms - refill->span.from.ms;
			if (behind >= 0 && behind % refill->span.step_ms == 0)
				return true;
		}
	}
	return false;
}

/* All histories are in: live through them, moment by moment, then go on. */
static void
finish(struct refill *refill)
{
	struct rollout *rollout = refill->rollout;

	if (refill->failed || !any_value(refill)) {
		rollout_refill_give_up(rollout);
		return;
	}
	tell_restored(rollout, true, refill->seen);
	for (mig_wall at = refill->span.from; at.ms <= refill->span.to.ms;
	    at.ms += refill->span.step_ms) {
		for (size_t metric = 0; metric < rollout->policy->metric_count; metric++) {
			replay_metric(refill, metric, true, at);
			replay_metric(refill, metric, false, at);
		}
	}
	if (!goes_forward(rollout))
		rollout->state->last_mono = loop_mono(rollout->driver->parts.loop);
	rollout_refill_cancel(rollout);
	driver_resume(rollout);
}

void
rollout_refill_give_up(struct rollout *rollout)
{
	rollout_refill_cancel(rollout);
	tell_restored(rollout, false, (mig_wall) { 0 });
	driver_resume(rollout);
}

static void
on_range(void *context, int error, const struct mig_prom_point *points, size_t count)
{
	struct series *series = context;
	struct refill *refill = series->refill;

	if (error == MIG_OK && count > 0) {
		series->points = calloc(count, sizeof(*points));
		if (series->points != NULL) {
			memcpy(series->points, points, count * sizeof(*points));
			series->count = count;
		}
	}
	refill->failed = refill->failed || error != MIG_OK ||
	    (count > 0 && series->points == NULL);
	if (--refill->outstanding == 0)
		finish(refill);
}

static void
ask_history(struct refill *refill, struct series which)
{
	const struct rollout *rollout = refill->rollout;
	struct series *series = &refill->series[refill->series_count];
	const char *query = mig_sample_query(rollout->policy, which.metric, which.old_path,
	    which.part);

	if (query == NULL)
		return;
	*series = which;
	series->refill = refill;
	refill->series_count++;
	if (prom_client_range(rollout->driver->parts.prom, query, &refill->span, on_range,
	    series) == MIG_OK)
		refill->outstanding++;
	else
		refill->failed = true;
}

static void
ask_histories(struct refill *refill)
{
	const struct mig_policy *policy = refill->rollout->policy;
	struct mig_wants wants;

	mig_wants(policy, refill->rollout->state, &wants);
	for (size_t i = 0; i < policy->metric_count; i++) {
		for (enum mig_sample_part part = 0; part < MIG_SAMPLE_PARTS; part++) {
			if ((wants.baselines & 1U << i) != 0)
				ask_history(refill, (struct series) { .metric = i,
				    .old_path = true, .part = part });
			if ((wants.metrics & 1U << i) != 0)
				ask_history(refill, (struct series) { .metric = i, .part = part });
		}
	}
}

/*
 * Whether the wall clock was set while the daemon was away, as far as the monotonic clock knows,
 * which starts again when the machine does.  Then nobody knows which part of the history is the
 * absence's.
 */
static bool
clock_was_set(const struct rollout *rollout, int64_t away)
{
	int64_t counted = loop_mono(rollout->driver->parts.loop).ms - rollout->state->last_mono.ms;
	int64_t apart = counted > away ? counted - away : away - counted;

	return counted >= 0 && apart > rollout->policy->settings.poll_interval_ms;
}

void
rollout_refill(struct rollout *rollout)
{
	const struct mig_settings *settings = &rollout->policy->settings;
	mig_wall now = loop_wall(rollout->driver->parts.loop);
	mig_wall seen = rollout->state->updated_at;
	int64_t away = now.ms - seen.ms;
	int64_t step = away / POINTS_MAX > settings->poll_interval_ms ?
	    away / POINTS_MAX : settings->poll_interval_ms;
	bool useful = goes_forward(rollout) && away >= settings->poll_interval_ms &&
	    away <= ABSENCE_MAX_MS && step <= settings->max_gap_ms &&
	    !clock_was_set(rollout, away);
	struct refill *refill = useful ? calloc(1, sizeof(*refill)) : NULL;

	if (refill == NULL) {
		rollout_refill_give_up(rollout);
		return;
	}
	refill->rollout = rollout;
	refill->seen = seen;
	/* At whole steps, to which some servers round: Thanos' query frontend, VictoriaMetrics. */
	refill->span.step_ms = step;
	refill->span.from.ms = (seen.ms + step - 1) / step * step;
	refill->span.to.ms = now.ms / step * step;
	rollout->refill = refill;
	ask_histories(refill);
	if (refill->outstanding == 0 || refill->failed)
		rollout_refill_give_up(rollout);
}
