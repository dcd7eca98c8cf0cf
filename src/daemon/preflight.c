/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/json_write.h"
#include "base/limits.h"
#include "base/num.h"
#include "daemon/driver.h"
#include "daemon/log.h"
#include "daemon/loop.h"
#include "daemon/preflight.h"
#include "daemon/prom_client.h"
#include "engine/compile.h"
#include "sys/file.h"
#include "wire/backtest.h"

/* Points of one answer: reading it takes the loop a millisecond or so. */
#define POINTS_AT_ONCE 1000

/* A server that does not give so many is asked for half, and so on down to about that many. */
#define POINTS_AT_LEAST 100

/* How often in a row the server may fail, and how long it is left alone each time. */
#define FAILURES_MAX 5
#define AGAIN_MS 1000 /* later the first time; twice as long each time */

/* Moments lived through before the loop turns: about as long. */
#define MOMENTS_AT_ONCE 1000

/* More moments than that are looked at more coarsely, as far as the settings allow. */
#define MOMENTS_MAX 100000

/* The share of the history in which a trigger that rolls back must have been judged. */
#define SEEN_MIN 0.5

/* How much a line and a record say. */
#define TRIGGERS_TOLD 4
#define TIMES_TOLD 3
#define REASON_MAX 700

/* One rollout that waits, or (the first) is tried. */
struct trial {
	struct preflight *preflight;
	struct trial *next;
	char rollout_id[MIG_ID_MAX];
	int64_t history_ms;
	struct mig_compiled compiled; /* a policy of its own, which looks at the old path */
	struct mig_backtest *backtest;
	size_t query; /* being asked */
	size_t points; /* at once */
	size_t chunk;
	size_t failures; /* in a row */
	bool calm; /* nothing in history stands against the start */
};

struct preflight {
	struct preflight_parts parts;
	struct loop_timer *timer; /* the next slice */
	struct trial *first;
};

static void
trial_free(struct trial *trial)
{
	prom_client_cancel(trial->preflight->parts.prom, trial);
	mig_backtest_free(trial->backtest);
	mig_policy_free(trial->compiled.policy);
	free(trial);
}

/* The first trial is over; the next begins when the loop turns. */
static void
finish(struct preflight *preflight)
{
	struct trial *trial = preflight->first;

	preflight->first = trial->next;
	trial_free(trial);
	if (preflight->first != NULL)
		loop_timer_set(preflight->timer, 0);
}

/* Whether the rollout of a trial still waits for its start. */
static bool
waits(const struct trial *trial, struct driver_view *ret_view)
{
	return driver_find(trial->preflight->parts.driver, trial->rollout_id, ret_view) ==
	    MIG_OK && ret_view->state->run == MIG_RUN_LOADED;
}

/* The rollout stays loaded: one line in the log, a record in its history, an alert. */
static void
refuse(struct trial *trial, const char *reason)
{
	struct preflight *preflight = trial->preflight;
	struct driver_view view;
	struct mig_buf detail;
	struct mig_jw jw;

	if (!waits(trial, &view)) {
		finish(preflight);
		return;
	}
	log_event(LOG_LEVEL_WARNING, "preflight", "not started automatically", "rollout",
	    trial->rollout_id, "reason", reason, "remedy",
	    "migarchctl start, or preflight.override = true", NULL);
	mig_buf_init(&detail, MIG_DETAIL_MAX - 1);
	mig_jw_init(&jw, &detail, 0);
	mig_jw_object(&jw, NULL);
	mig_jw_string(&jw, "reason", reason);
	mig_jw_seconds(&jw, "history_seconds", trial->history_ms);
	mig_jw_object_end(&jw);
	if (driver_alert(preflight->parts.driver, trial->rollout_id, "preflight_refused",
	    detail.data) != MIG_OK)
		log_event(LOG_LEVEL_ERROR, "preflight", "nobody could be told", "rollout",
		    trial->rollout_id, NULL);
	mig_buf_fini(&detail);
	finish(preflight);
}

/* Add what one trigger would have done: "error_rate_spike at TIME, TIME (2 times)". */
static void
tell_firings(const struct mig_backtest_report *report, size_t index, struct mig_buf *text)
{
	const struct mig_backtest_trigger *trigger = &report->triggers[index];
	char at[MIG_TIME_TEXT];

	mig_buf_printf(text, "%s at ", report->policy->triggers[index].id);
	for (size_t i = 0; i < trigger->firings_kept && i < TIMES_TOLD; i++)
		mig_buf_printf(text, "%s%s", i > 0 ? ", " : "",
		    mig_time_format(trigger->firings[i].at, at));
	mig_buf_printf(text, " (%zu time%s)", trigger->firing_count,
	    trigger->firing_count == 1 ? "" : "s");
}

static bool
rolls_back(const struct mig_backtest_report *report, size_t index)
{
	const struct mig_trigger *trigger = &report->policy->triggers[index];

	return trigger->armed && trigger->action == MIG_ACTION_ROLLBACK;
}

/*
 * The share of the history in which a trigger could be judged.  The time in which baselines are
 * captured is not asked for, as far as it is no more than half of all.
 */
static double
share_seen(const struct mig_backtest_report *report, size_t index)
{
	int64_t step_ms = report->options.step_ms;
	int64_t before = (report->judged_from.ms - report->options.from.ms) / step_ms;
	int64_t window = report->policy->settings.baseline_window_ms / step_ms;
	int64_t half = (int64_t)report->moments / 2;
	int64_t capture = before < window ? before : window;
	int64_t asked = (int64_t)report->moments - (capture < half ? capture : half);

	return (double)mig_backtest_seen(report, index) / (double)asked;
}

static void
judge_firings(const struct mig_backtest_report *report, struct mig_buf *reason)
{
	size_t fired = 0;

	for (size_t i = 0; i < report->policy->trigger_count; i++) {
		if (!rolls_back(report, i) || report->triggers[i].firing_count == 0 ||
		    fired++ >= TRIGGERS_TOLD)
			continue;
		mig_buf_puts(reason, fired == 1 ? "would have rolled back on calm history: " :
		    "; ");
		tell_firings(report, i, reason);
	}
	if (fired > TRIGGERS_TOLD)
		mig_buf_printf(reason, "; and %zu more triggers", fired - TRIGGERS_TOLD);
}

static void
judge_blindness(const struct mig_backtest_report *report, struct mig_buf *reason)
{
	char at[MIG_TIME_TEXT];

	if (report->blind_count == 0)
		return;
	mig_buf_puts(reason, "would have rolled back because nothing was seen for ");
	mig_num_format_duration(report->policy->settings.blind_rollback_after_ms, reason);
	mig_buf_printf(reason, ", first at %s (%zu time%s)",
	    mig_time_format(report->blind_at[0], at), report->blind_count,
	    report->blind_count == 1 ? "" : "s");
}

/* What was not seen cannot be called calm. */
static void
judge_silence(const struct mig_backtest_report *report, struct mig_buf *reason)
{
	const struct mig_trigger *compared = NULL;
	bool told = false;

	for (size_t i = 0; i < report->policy->trigger_count; i++) {
		const struct mig_trigger *trigger = &report->policy->triggers[i];
		if (!rolls_back(report, i))
			continue;
		if (mig_backtest_seen(report, i) == 0) {
			mig_buf_printf(reason, "the history says nothing about %s", trigger->id);
			return;
		}
		if (share_seen(report, i) < SEEN_MIN) {
			mig_buf_printf(reason, "the history says too little about %s: it could be "
			    "judged in %d %% of that time, and half is needed", trigger->id,
			    (int)(100 * share_seen(report, i)));
			return;
		}
		if (report->triggers[i].compared_with_itself)
			compared = trigger;
		else
			told = true;
	}
	if (compared != NULL && !told)
		mig_buf_printf(reason, "the history cannot tell of %s: with its live baseline the "
		    "old path is compared with itself", compared->id);
}

/* Why the rollout must not start by itself; nothing is appended when it may. */
static void
judge(const struct mig_backtest_report *report, struct mig_buf *reason)
{
	judge_firings(report, reason);
	if (reason->len == 0)
		judge_blindness(report, reason);
	if (reason->len == 0)
		judge_silence(report, reason);
}

/* How much the history is worth: who was seen least, and of whom it can say nothing. */
static void
tell_calm(const struct mig_backtest_report *report, const char *rollout_id)
{
	struct mig_buf compared;
	char least[MIG_NAME_MAX + 16] = "no trigger rolls back";
	double share = 2;

	mig_buf_init(&compared, REASON_MAX);
	for (size_t i = 0; i < report->policy->trigger_count; i++) {
		const char *id = report->policy->triggers[i].id;
		if (!rolls_back(report, i))
			continue;
		if (report->triggers[i].compared_with_itself)
			mig_buf_printf(&compared, "%s%s", compared.len > 0 ? " " : "", id);
		if (share_seen(report, i) >= share)
			continue;
		share = share_seen(report, i);
		(void)snprintf(least, sizeof(least), "%s %.3g %%", id, 100 * share);
	}
	log_event(LOG_LEVEL_INFO, "preflight", "no trigger would have rolled back", "rollout",
	    rollout_id, "least_judged", least, NULL);
	if (compared.len > 0)
		log_event(LOG_LEVEL_WARNING, "preflight", "history cannot tell of triggers with a "
		    "live baseline: it is the old path, compared with itself", "rollout",
		    rollout_id, "triggers", compared.data, NULL);
	mig_buf_fini(&compared);
}

/* Start what was found calm; for what may pass, it stays the first and is tried again. */
static void
start_calm(struct trial *trial)
{
	struct preflight *preflight = trial->preflight;
	struct driver_view view;
	bool again = trial->calm;

	trial->calm = true;
	if (waits(trial, &view) && driver_may_pass(preflight->parts.start(preflight->parts.context,
	    trial->rollout_id, again)))
		loop_timer_set(preflight->timer, DRIVER_LOAD_AGAIN_MS);
	else
		finish(preflight);
}

static void
conclude(struct trial *trial)
{
	const struct mig_backtest_report *report = mig_backtest_report(trial->backtest);
	struct driver_view view;
	struct mig_buf reason;

	mig_buf_init(&reason, REASON_MAX);
	judge(report, &reason);
	if (reason.len > 0) {
		refuse(trial, reason.data);
	} else {
		if (waits(trial, &view))
			tell_calm(report, trial->rollout_id);
		start_calm(trial);
	}
	mig_buf_fini(&reason);
}

/* It has failed, or has a limit: ask for half, from where it goes on; whether that may help. */
static bool
ask_less(struct trial *trial, int error)
{
	if (error != MIG_EIO || ++trial->failures == FAILURES_MAX)
		return false;
	if (trial->points / 2 >= POINTS_AT_LEAST) {
		trial->points /= 2;
		trial->chunk *= 2;
	}
	loop_timer_set(trial->preflight->timer, (int64_t)AGAIN_MS << (trial->failures - 1));
	return true;
}

/* A query that is too long to be told is in the log. */
static void
refuse_unheard(struct trial *trial, const char *why)
{
	const char *query = mig_backtest_query(trial->backtest, trial->query);
	struct mig_buf reason;

	mig_buf_init(&reason, REASON_MAX);
	mig_buf_printf(&reason, "the history cannot be had: %s", why);
	if (reason.len + strlen(query) < REASON_MAX - sizeof(" (the query is )"))
		mig_buf_printf(&reason, " (the query is %s)", query);
	refuse(trial, reason.data);
	mig_buf_fini(&reason);
}

static void
on_range(void *context, int error, const struct mig_prom_point *points, size_t count)
{
	struct trial *trial = context;

	if (error != MIG_OK && !ask_less(trial, error)) {
		refuse_unheard(trial, prom_client_range_error(trial->preflight->parts.prom));
		return;
	}
	if (error != MIG_OK)
		return;
	error = mig_backtest_add(trial->backtest, trial->query, points, count);
	if (error != MIG_OK) {
		refuse_unheard(trial, mig_error_text(error));
		return;
	}
	trial->failures = 0;
	trial->chunk++;
	loop_timer_set(trial->preflight->timer, 0);
}

/* Ask for the next part; false when all parts of all queries are in. */
static bool
ask_next(struct trial *trial)
{
	struct prom_span span = {
		.step_ms = mig_backtest_report(trial->backtest)->options.step_ms };

	while (trial->query < mig_backtest_query_count(trial->backtest) &&
	    !mig_backtest_chunk(trial->backtest, trial->chunk, trial->points, &span.from,
		&span.to)) {
		trial->query++;
		trial->chunk = 0;
	}
	if (trial->query == mig_backtest_query_count(trial->backtest))
		return false;
	if (prom_client_range(trial->preflight->parts.prom,
	    mig_backtest_query(trial->backtest, trial->query), &span, on_range, trial) != MIG_OK)
		refuse(trial, "the history cannot be had: the query cannot be sent");
	return true;
}

/* As often as the daemon polls, unless that is more than can be looked at. */
static int64_t
choose_step(const struct mig_settings *settings, int64_t history_ms)
{
	int64_t step = history_ms / MOMENTS_MAX;
	int64_t most = settings->max_gap_ms < settings->max_sample_age_ms ?
	    settings->max_gap_ms : settings->max_sample_age_ms;

	step = step > most ? most : step;
	return step > settings->poll_interval_ms ? step : settings->poll_interval_ms;
}

/* Make a policy that looks at the old path, from what the rollout was loaded with. */
static int
compile(struct trial *trial, const struct mig_json *source)
{
	struct mig_findings findings = { 0 };
	mig_wall now = loop_wall(trial->preflight->parts.loop);
	int error = mig_compile(source, NULL, file_zone, &now, &trial->compiled, &findings);

	mig_findings_fini(&findings);
	return error == MIG_OK ? mig_compile_old_path(&trial->compiled) : error;
}

static void
begin(struct trial *trial)
{
	mig_wall now = loop_wall(trial->preflight->parts.loop);
	struct mig_backtest_options options = { .to = now, .old_path = true,
		.from = { now.ms > trial->history_ms ? now.ms - trial->history_ms : 0 } };
	struct driver_view view;

	if (!waits(trial, &view)) {
		finish(trial->preflight);
		return;
	}
	int error = compile(trial, view.source);
	if (error == MIG_OK) {
		options.step_ms = choose_step(&trial->compiled.policy->settings,
		    trial->history_ms);
		error = mig_backtest_new(trial->compiled.policy, &options, &trial->backtest);
	}
	if (error == MIG_OK)
		loop_timer_set(trial->preflight->timer, 0);
	else if (error == MIG_ENOTFOUND)
		refuse(trial, "metrics.old is missing: nobody knows what the old path is");
	else if (error == MIG_ELIMIT)
		refuse(trial, "the history is too long for the poll interval");
	else
		refuse(trial, mig_error_text(error));
}

static void
on_turn(void *context)
{
	struct preflight *preflight = context;
	struct trial *trial = preflight->first;

	if (trial == NULL)
		return;
	if (trial->backtest == NULL)
		begin(trial);
	else if (trial->calm)
		start_calm(trial);
	else if (ask_next(trial))
		return; /* on_range() goes on */
	else if (mig_backtest_run(trial->backtest, MOMENTS_AT_ONCE))
		loop_timer_set(preflight->timer, 0);
	else
		conclude(trial);
}

struct preflight *
preflight_new(const struct preflight_parts *parts)
{
	struct preflight *preflight = calloc(1, sizeof(*preflight));

	if (preflight == NULL)
		return NULL;
	preflight->parts = *parts;
	preflight->timer = loop_timer_new(parts->loop, on_turn, preflight);
	if (preflight->timer == NULL) {
		free(preflight);
		return NULL;
	}
	return preflight;
}

void
preflight_clear(struct preflight *preflight)
{
	while (preflight->first != NULL) {
		struct trial *trial = preflight->first;
		preflight->first = trial->next;
		trial_free(trial);
	}
	loop_timer_clear(preflight->timer);
}

void
preflight_free(struct preflight *preflight)
{
	if (preflight == NULL)
		return;
	preflight_clear(preflight);
	loop_timer_free(preflight->timer);
	free(preflight);
}

int
preflight_add(struct preflight *preflight, const char *rollout_id, int64_t history_ms)
{
	struct trial **end = &preflight->first;
	char history[MIG_TIME_TEXT];
	struct mig_buf text;

	for (; *end != NULL; end = &(*end)->next) {
		if (strcmp((*end)->rollout_id, rollout_id) == 0)
			return MIG_OK;
	}
	struct trial *trial = calloc(1, sizeof(*trial));
	if (trial == NULL)
		return MIG_ENOMEM;
	trial->preflight = preflight;
	trial->history_ms = history_ms;
	trial->points = POINTS_AT_ONCE;
	(void)snprintf(trial->rollout_id, sizeof(trial->rollout_id), "%s", rollout_id);
	*end = trial;
	if (preflight->first == trial)
		loop_timer_set(preflight->timer, 0);
	mig_buf_init(&text, sizeof(history) - 1);
	mig_num_format_duration(history_ms, &text);
	log_event(LOG_LEVEL_INFO, "preflight", "the triggers are tried on history first",
	    "rollout", rollout_id, "history", text.data, NULL);
	mig_buf_fini(&text);
	return MIG_OK;
}
