/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/limits.h"
#include "wire/backtest_int.h"

#define WEEK_MS (7.0 * 24 * 60 * 60 * 1000)

/* The number under which a query's history is kept; equal queries share one. */
static size_t
series_for(struct mig_backtest *backtest, const char *query)
{
	size_t i = 0;

	if (query == NULL)
		return MIG_BACKTEST_NOT_ASKED;
	while (i < backtest->series_count && strcmp(backtest->series[i].query, query) != 0)
		i++;
	if (i == backtest->series_count)
		backtest->series[backtest->series_count++].query = query;
	return i;
}

/* Which queries a rollout would ask at some time: what mig_wants() can ever want. */
static void
collect_queries(struct mig_backtest *backtest)
{
	for (size_t i = 0; i < backtest->watch.metric_count; i++) {
		const struct mig_metric *metric = &backtest->watch.metrics[i];
		for (enum mig_sample_part part = 0; part < MIG_SAMPLE_PARTS; part++) {
			const char *now = metric->wanted && metric->query != NULL ?
			    mig_sample_query(&backtest->watch, i, false, part) : NULL;
			const char *old = metric->baseline_wanted ?
			    mig_sample_query(&backtest->watch, i, true, part) : NULL;
			backtest->series_of[0][i][part] = series_for(backtest, now);
			backtest->series_of[1][i][part] = series_for(backtest, old);
		}
	}
}

static void *
copy(struct mig_arena *arena, const void *from, size_t count, size_t size)
{
	void *to = mig_arena_array(arena, count + 1, size);

	if (to != NULL && count > 0)
		memcpy(to, from, count * size);
	return to;
}

/* The policy as it watches: its conditions untouched, but nothing follows from them. */
static int
make_watch(struct mig_backtest *backtest, const struct mig_policy *policy)
{
	struct mig_policy *watch = &backtest->watch;

	*watch = *policy;
	watch->metrics = copy(backtest->arena, policy->metrics, policy->metric_count,
	    sizeof(*watch->metrics));
	watch->triggers = copy(backtest->arena, policy->triggers, policy->trigger_count,
	    sizeof(*watch->triggers));
	watch->flags = copy(backtest->arena, policy->flags, policy->flag_count,
	    sizeof(*watch->flags));
	if (mig_arena_failed(backtest->arena))
		return MIG_ENOMEM;
	for (size_t i = 0; i < watch->trigger_count; i++)
		watch->triggers[i].action = MIG_ACTION_ALERT;
	for (size_t i = 0; i < watch->metric_count; i++) {
		if (backtest->report.options.old_path)
			watch->metrics[i].new_path = false;
	}
	for (size_t i = 0; i < watch->flag_count; i++) {
		watch->flags[i].readable = false;
		/* The old path stands for the new one, and has traffic: its silence is none's. */
		if (backtest->report.options.old_path)
			watch->flags[i].initial = 1;
	}
	watch->settings.blind_rollback_after_ms = 0;
	watch->hooks = false;
	return MIG_OK;
}

/* Whole steps, which is what caches in front of Prometheus round to anyway. */
static int
round_span(struct mig_backtest_options *options, uint64_t *ret_moments)
{
	int64_t step = options->step_ms;

	if (step <= 0 || options->from.ms < 0 || options->to.ms < options->from.ms)
		return MIG_EDOC;
	options->from.ms -= options->from.ms % step;
	options->to.ms -= options->to.ms % step;
	*ret_moments = (uint64_t)((options->to.ms - options->from.ms) / step) + 1;
	return *ret_moments <= MIG_BACKTEST_MOMENTS_MAX ? MIG_OK : MIG_ELIMIT;
}

/* Whether value and live baseline of a trigger are answers to one query. */
static bool
is_compared_with_itself(const struct mig_policy *policy, const struct mig_trigger *trigger)
{
	const char *query = policy->metrics[trigger->metric].query;

	for (size_t i = 0; query != NULL && i < trigger->threshold.name_count; i++) {
		size_t index = mig_policy_metric(policy, trigger->threshold.names[i]);
		const struct mig_metric *metric = &policy->metrics[index];
		if (index < policy->metric_count && metric->baseline == MIG_BASELINE_LIVE &&
		    metric->baseline_query != NULL && strcmp(metric->baseline_query, query) == 0)
			return true;
	}
	return false;
}

static int
make_report(struct mig_backtest *backtest)
{
	struct mig_backtest_report *report = &backtest->report;
	struct mig_arena *arena = backtest->arena;

	report->triggers = mig_arena_array(arena, MIG_TRIGGERS_MAX, sizeof(*report->triggers));
	report->metrics = mig_arena_array(arena, MIG_METRICS_MAX, sizeof(*report->metrics));
	for (size_t i = 0; report->triggers != NULL && i < report->policy->trigger_count; i++) {
		struct mig_backtest_trigger *trigger = &report->triggers[i];
		trigger->compared_with_itself =
		    is_compared_with_itself(report->policy, &report->policy->triggers[i]);
		trigger->firings = mig_arena_array(arena, MIG_BACKTEST_FIRINGS_MAX,
		    sizeof(*trigger->firings));
		trigger->stretches = mig_arena_array(arena, MIG_BACKTEST_STRETCHES_MAX,
		    sizeof(*trigger->stretches));
		trigger->buckets = mig_arena_array(arena, MIG_BACKTEST_BUCKETS,
		    sizeof(*trigger->buckets));
	}
	return mig_arena_failed(arena) ? MIG_ENOMEM : mig_backtest_damage_init(backtest);
}

/* A fresh rollout that somebody has started at the first moment. */
static void
start(struct mig_backtest *backtest)
{
	struct mig_backtest_place *here = backtest->here;
	mig_wall from = backtest->report.options.from;
	struct mig_event event = { .kind = MIG_EVENT_COMMAND, .wall = from,
		.mono = { from.ms }, .hold_back = true,
		.u.command = { MIG_COMMAND_START, "backtest", NULL, NULL } };

	mig_state_init(&here->state, &backtest->watch, "backtest", from);
	here->state.last_mono.ms = from.ms;
	int error = mig_step(&backtest->watch, &here->state, &event, backtest->outcome);
	MIG_ASSERT(error == MIG_OK); /* a loaded rollout can be started */
}

static int
build(struct mig_backtest *backtest, const struct mig_policy *policy)
{
	backtest->report.policy = policy;
	backtest->arena = mig_arena_new(MIG_DOC_BYTES_MAX);
	if (backtest->arena == NULL)
		return MIG_ENOMEM;
	backtest->outcome = mig_arena_alloc(backtest->arena, sizeof(*backtest->outcome));
	backtest->here = mig_arena_alloc(backtest->arena, sizeof(*backtest->here));
	backtest->calm = mig_arena_alloc(backtest->arena, sizeof(*backtest->calm));
	backtest->calm_now = mig_arena_alloc(backtest->arena, sizeof(*backtest->calm_now));
	int error = make_watch(backtest, policy);
	if (error == MIG_OK)
		error = make_report(backtest);
	if (error != MIG_OK)
		return error;
	collect_queries(backtest);
	start(backtest);
	return MIG_OK;
}

int
mig_backtest_new(const struct mig_policy *policy, const struct mig_backtest_options *options,
    struct mig_backtest **ret_backtest)
{
	struct mig_backtest_options rounded = *options;
	uint64_t moments = 0;
	int error = round_span(&rounded, &moments);

	if (error != MIG_OK)
		return error;
	struct mig_backtest *backtest = calloc(1, sizeof(*backtest));
	if (backtest == NULL)
		return MIG_ENOMEM;
	backtest->report.options = rounded;
	backtest->report.moments = moments;
	error = build(backtest, policy);
	if (error != MIG_OK) {
		mig_backtest_free(backtest);
		return error;
	}
	*ret_backtest = backtest;
	return MIG_OK;
}

void
mig_backtest_free(struct mig_backtest *backtest)
{
	if (backtest == NULL)
		return;
	for (size_t i = 0; i < backtest->series_count; i++)
		free(backtest->series[i].points);
	mig_arena_free(backtest->arena);
	free(backtest);
}

size_t
mig_backtest_query_count(const struct mig_backtest *backtest)
{
	return backtest->series_count;
}

const char *
mig_backtest_query(const struct mig_backtest *backtest, size_t query)
{
	MIG_ASSERT(query < backtest->series_count);
	return backtest->series[query].query;
}

mig_wall
mig_backtest_time(const struct mig_backtest *backtest, size_t moment)
{
	const struct mig_backtest_options *options = &backtest->report.options;

	return (mig_wall) { options->from.ms + (int64_t)moment * options->step_ms };
}

bool
mig_backtest_chunk(const struct mig_backtest *backtest, size_t index, size_t most,
    mig_wall *ret_from, mig_wall *ret_to)
{
	size_t moments = (size_t)backtest->report.moments;

	MIG_ASSERT(most > 0);
	if (index > moments / most || index * most >= moments)
		return false;
	size_t first = index * most;
	size_t last = moments - first < most ? moments - 1 : first + most - 1;
	*ret_from = mig_backtest_time(backtest, first);
	*ret_to = mig_backtest_time(backtest, last);
	return true;
}

static int
make_room(struct mig_backtest_series *series, size_t count)
{
	size_t room = series->room == 0 ? 1024 : series->room;

	while (room - series->count < count)
		room *= 2;
	if (room == series->room)
		return MIG_OK;
	struct mig_prom_point *points = realloc(series->points, room * sizeof(*points));
	if (points == NULL)
		return MIG_ENOMEM;
	series->points = points;
	series->room = room;
	return MIG_OK;
}

int
mig_backtest_add(struct mig_backtest *backtest, size_t query, const struct mig_prom_point *points,
    size_t count)
{
	struct mig_backtest_series *series = &backtest->series[query];

	MIG_ASSERT(query < backtest->series_count);
	for (size_t i = 0; i < count; i++) {
		int64_t before = i > 0 ? points[i - 1].at.ms :
		    series->count > 0 ? series->points[series->count - 1].at.ms : -1;
		if (points[i].at.ms <= before)
			return MIG_EDOC;
	}
	if (count == 0)
		return MIG_OK;
	int error = count > MIG_BACKTEST_MOMENTS_MAX ? MIG_ELIMIT : make_room(series, count);
	if (error != MIG_OK)
		return error;
	memcpy(series->points + series->count, points, count * sizeof(*points));
	series->count += count;
	return MIG_OK;
}

/* One answered query, or one poll's tick: what happens at a moment goes through the core's door. */
static void
send(struct mig_backtest *backtest, struct mig_backtest_place *place, struct mig_event *event)
{
	event->wall = mig_backtest_time(backtest, place->moment);
	event->mono.ms = event->wall.ms;
	/* Baselining has to end by itself; then all is history, on which nothing goes forward. */
	event->hold_back = place->state.run != MIG_RUN_BASELINING;
	int error = mig_step(&backtest->watch, &place->state, event, backtest->outcome);
	MIG_ASSERT(error == MIG_OK); /* only commands are refused */
}

static void
send_sample(struct mig_backtest *backtest, struct mig_backtest_place *place, size_t metric,
    bool old_path, const struct mig_backtest_harm *harm)
{
	struct mig_answers answers = { .metric = metric, .old_path = old_path };
	struct mig_event event = { .kind = MIG_EVENT_SAMPLE };
	mig_wall at = mig_backtest_time(backtest, place->moment);

	for (size_t part = 0; part < MIG_SAMPLE_PARTS; part++) {
		size_t which = backtest->series_of[old_path][metric][part];
		if (which == MIG_BACKTEST_NOT_ASKED)
			continue;
		const struct mig_backtest_series *series = &backtest->series[which];
		answers.asked[part] = true;
		mig_sample_at(series->points, series->count, at, &place->next[which],
		    &answers.parts[part]);
	}
	mig_sample_event(&backtest->watch, &answers, &event);
	if (harm != NULL && !old_path)
		mig_backtest_harm_sample(backtest, harm, &event);
	send(backtest, place, &event);
}

void
mig_backtest_live(struct mig_backtest *backtest, struct mig_backtest_place *place,
    const struct mig_backtest_harm *harm)
{
	struct mig_event tick = { .kind = MIG_EVENT_TICK };
	struct mig_wants wants;

	send(backtest, place, &tick);
	mig_wants(&backtest->watch, &place->state, &wants);
	for (size_t i = 0; i < backtest->watch.metric_count; i++) {
		if ((wants.baselines & 1U << i) != 0)
			send_sample(backtest, place, i, true, harm);
		if ((wants.metrics & 1U << i) != 0)
			send_sample(backtest, place, i, false, harm);
	}
	place->moment++;
}

/*
 * A metric that only the new path has blinds nobody before that is there: its triggers are unknown,
 * and that is all.
 */
static void
leave_out_unmeasured(struct mig_backtest *backtest)
{
	for (size_t i = 0; i < backtest->watch.metric_count; i++) {
		size_t which = backtest->series_of[0][i][MIG_SAMPLE_VALUE];

		if (which != MIG_BACKTEST_NOT_ASKED && backtest->series[which].count == 0)
			backtest->watch.metrics[i].wanted = false;
	}
}

/* One moment of what was recorded. */
static void
live_recorded(struct mig_backtest *backtest)
{
	struct mig_backtest_report *report = &backtest->report;
	struct mig_backtest_place *here = backtest->here;
	size_t moment = here->moment;
	/* The moment in which baselining ends was not judged as a whole. */
	bool judged = here->state.run == MIG_RUN_RUNNING;

	if (moment == 0 && report->options.old_path)
		leave_out_unmeasured(backtest);
	mig_backtest_live(backtest, here, NULL);
	if (judged) {
		if (report->judged++ == 0)
			report->judged_from = mig_backtest_time(backtest, moment);
		mig_backtest_note(backtest, moment);
		mig_backtest_note_calm(backtest);
	}
	if (here->moment < report->moments)
		return;
	mig_backtest_close(backtest);
	memcpy(report->metrics, here->state.metrics, sizeof(here->state.metrics));
	backtest->recorded = true;
}

bool
mig_backtest_run(struct mig_backtest *backtest, size_t moments)
{
	for (size_t i = 0; i < moments; i++) {
		if (!backtest->recorded)
			live_recorded(backtest);
		else if (!mig_backtest_damage_step(backtest))
			return false;
	}
	return true;
}

const struct mig_backtest_report *
mig_backtest_report(const struct mig_backtest *backtest)
{
	return &backtest->report;
}

uint64_t
mig_backtest_seen(const struct mig_backtest_report *report, size_t trigger)
{
	const uint64_t *moments = report->triggers[trigger].moments;

	return moments[MIG_BACKTEST_OK] + moments[MIG_BACKTEST_PENDING] +
	    moments[MIG_BACKTEST_FIRED];
}

double
mig_backtest_per_week(const struct mig_backtest_report *report, size_t trigger)
{
	double seen_ms = (double)mig_backtest_seen(report, trigger) *
	    (double)report->options.step_ms;

	return seen_ms > 0 ? (double)report->triggers[trigger].firing_count * WEEK_MS / seen_ms :
	    0;
}

double
mig_backtest_share(const struct mig_backtest_report *report, size_t trigger,
    enum mig_backtest_word word)
{
	return report->judged > 0 ? (double)report->triggers[trigger].moments[word] /
	    (double)report->judged : 0;
}

size_t
mig_backtest_buckets(const struct mig_backtest_report *report)
{
	return report->moments < MIG_BACKTEST_BUCKETS ? (size_t)report->moments :
	    MIG_BACKTEST_BUCKETS;
}
