/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <math.h>
#include <string.h>

#include "base/buf.h"
#include "base/json.h"
#include "base/num.h"
#include "engine/lint_int.h"
#include "engine/plan_tables.h"
#include "engine/risk.h"

#define MINUTES_PER_HOUR 60.0
#define MINUTES_PER_DAY 1440
#define MB_PER_GB 1024 /* the larger of the two that people mean */
#define FAR_FROM_ESTIMATE 0.5
#define TEXT_MAX 64
#define ERROR_TEXT 160

/* Index of a word in a list ended by NULL; fallback when it is not there. */
static int
word_index(const char *text, const char *const *words, int fallback)
{
	for (int i = 0; text != NULL && words[i] != NULL; i++)
		if (strcmp(words[i], text) == 0)
			return i;
	return fallback;
}

/* Room for one more trigger; NULL when there is none, or when nobody measures its metric. */
static struct mig_lint_watch *
new_watch(struct mig_lint *lint, const struct mig_json *condition)
{
	const char *metric = mig_json_string(mig_json_get(condition, "metric"));
	const char *op = mig_json_string(mig_json_get(condition, "operator"));
	const struct mig_policy *policy = lint->in->policy;
	size_t index = policy != NULL && metric != NULL ? mig_policy_metric(policy, metric) : 0;
	bool measured = policy != NULL && metric != NULL && index < policy->metric_count &&
	    policy->metrics[index].query != NULL;
	if (metric == NULL || (policy != NULL && !measured) ||
	    lint->watch_count == MIG_TRIGGERS_MAX)
		return NULL;
	struct mig_lint_watch *watch = &lint->watches[lint->watch_count];
	watch->metric = mig_metric_canonical(metric);
	watch->op = (enum mig_operator)word_index(op, mig_names_operator, MIG_OP_GREATER);
	watch->minutes = mig_json_number(mig_json_get(condition, "duration_minutes"));
	watch->new_path = measured && policy->metrics[index].new_path;
	return watch;
}

static bool
read_threshold(const struct mig_json *value, struct mig_expr *ret_expr)
{
	char error[ERROR_TEXT];
	const char *text = mig_json_string(value);
	if (text != NULL)
		return mig_expr_parse(text, ret_expr, error, sizeof(error)) == 0;
	mig_expr_number(mig_json_number(value), ret_expr);
	return value != NULL;
}

static void
add_condition(struct mig_lint *lint, const struct mig_json *trigger)
{
	const struct mig_json *condition = mig_json_get(trigger, "metric_threshold");
	struct mig_lint_watch *watch = new_watch(lint, condition);
	if (watch == NULL ||
	    !read_threshold(mig_json_get(condition, "value"), &watch->threshold))
		return;
	watch->name = mig_json_string(mig_json_get(trigger, "trigger_id"));
	watch->rolls_back = mig_json_bool(mig_json_get(trigger, "auto_execute"));
	lint->watch_count++;
}

static void
add_specified(struct mig_lint *lint, const struct mig_json *trigger)
{
	const char *action = mig_json_string(mig_json_get(trigger, "action"));
	struct mig_lint_watch *watch = new_watch(lint, trigger);
	if (watch == NULL ||
	    !read_threshold(mig_json_get(trigger, "threshold"), &watch->threshold))
		return;
	watch->name = mig_json_string(mig_json_get(trigger, "metric"));
	watch->rolls_back = action != NULL && strcmp(action, mig_names_action[0]) == 0;
	lint->watch_count++;
}

void
mig_lint_watches(struct mig_lint *lint)
{
	const struct mig_json *list = mig_json_get(lint->runbook.node, "trigger_conditions");
	const struct mig_json *it = mig_json_first(list);
	for (; it != NULL; it = mig_json_next(it))
		add_condition(lint, it);
	it = mig_json_first(mig_json_get(lint->spec.node, "rollback_triggers"));
	for (; list == NULL && it != NULL; it = mig_json_next(it))
		add_specified(lint, it);
}

static void
check_volume(struct mig_lint *lint)
{
	struct mig_at constraints = mig_at_key(&lint->spec, "constraints");
	struct mig_at volume = mig_at_key(&constraints, "data_volume_gb");
	const struct mig_json *table =
	    mig_json_first(mig_json_get(lint->spec.node, "tables_to_migrate"));
	double sum_mb = 0;
	for (; table != NULL; table = mig_json_next(table))
		sum_mb += mig_json_number(mig_json_get(table, "size_mb"));
	if (volume.node != NULL && sum_mb > mig_json_number(volume.node) * MB_PER_GB)
		mig_lint_say(lint->spec_list, &volume, "volume_explained",
		    "correct data_volume_gb, or the tables' size_mb",
		    "the tables are %.1f GB together, more than the %.1f GB of the whole",
		    sum_mb / MB_PER_GB, mig_json_number(volume.node));
}

/* The hours that pattern and complexity let expect. */
static double
estimated_hours(const struct mig_json *spec)
{
	const struct mig_pattern_row *row =
	    mig_pattern_find(mig_json_string(mig_json_get(spec, "type")),
	        mig_json_string(mig_json_get(spec, "pattern")));
	enum mig_level level = mig_risk_level(mig_risk_score(spec));
	return mig_pattern_hours(row, level);
}

static void
check_hours(struct mig_lint *lint)
{
	struct mig_at phases = mig_at_key(&lint->spec, "migration_phases");
	const struct mig_json *it = mig_json_first(phases.node);
	double sum = 0;
	if (it == NULL)
		return;
	for (; it != NULL; it = mig_json_next(it))
		sum += mig_json_number(mig_json_get(it, "estimated_duration_hours"));
	double estimate = estimated_hours(lint->spec.node);
	if (fabs(sum - estimate) > estimate * FAR_FROM_ESTIMATE)
		mig_lint_say(lint->spec_list, &phases, "hours_near_estimate",
		    "check the hours, or say in the description why this is another case",
		    "the phases take %.0f h, the estimate for pattern and complexity is %.0f h",
		    sum, estimate);
}

/* The trigger that needs longest; NULL when there is none. */
static const struct mig_lint_watch *
slowest(const struct mig_lint *lint)
{
	const struct mig_lint_watch *found = NULL;
	for (size_t i = 0; i < lint->watch_count; i++)
		if (found == NULL || lint->watches[i].minutes > found->minutes)
			found = &lint->watches[i];
	return found;
}

static void
check_hold(struct mig_lint *lint, const struct mig_at *step, double share, double hours)
{
	const struct mig_lint_watch *watch = slowest(lint);
	struct mig_at at = mig_at_key(step, "duration_hours");
	double minutes = hours * MINUTES_PER_HOUR;
	if (watch == NULL || mig_json_next(step->node) == NULL || minutes <= 0 ||
	    minutes >= watch->minutes)
		return;
	mig_lint_say(lint->spec_list, &at, "hold_outlasts_triggers",
	    "hold the step longer, or give the trigger a shorter duration",
	    "the step to %g %% is held for %g minutes, but %s fires after %g: the next step comes "
	    "first", share, minutes, watch->name, watch->minutes);
}

/* Minutes since midnight of "HH:MM", -1 when it is not given. */
static int
clock_minutes(const struct mig_json *node)
{
	const char *text = mig_json_string(node);
	if (text == NULL || strlen(text) != 5)
		return -1;
	return ((text[0] - '0') * 10 + (text[1] - '0')) * 60 + (text[3] - '0') * 10 +
	    (text[4] - '0');
}

/* Close the minutes that are inside (or outside) of a span. */
static void
close_minutes(bool open[MINUTES_PER_DAY], const struct mig_json *span, bool inside)
{
	int start = clock_minutes(mig_json_get(span, "start"));
	int end = clock_minutes(mig_json_get(span, "end"));
	if (start < 0 || end < 0)
		return;
	for (int i = 0; i < MINUTES_PER_DAY; i++) {
		bool in = start < end ? i >= start && i < end : i >= start || i < end;
		if (in == inside)
			open[i] = false;
	}
}

/* How many minutes from `minute` on are all open or all closed. */
static int
run_length(const bool open[MINUTES_PER_DAY], int minute)
{
	int length = 0;
	while (length < MINUTES_PER_DAY &&
	    open[(minute + length) % MINUTES_PER_DAY] == open[minute])
		length++;
	return length;
}

/*
 * The minutes at which steps may be made, and the first of the longest run of them.  false when
 * that cannot be told: spans of two zones can only be compared on a date.
 */
static bool
open_minutes(const struct mig_json *outer, bool open[MINUTES_PER_DAY], int *ret_first)
{
	const struct mig_json *busy = mig_json_get(outer, "critical_business_hours");
	const struct mig_json *window = mig_json_get(outer, "preferred_migration_window");
	const char *zone = mig_json_string(mig_json_get(window, "timezone"));
	const char *busy_zone = mig_json_string(mig_json_get(busy, "timezone"));
	if ((zone == NULL && busy_zone == NULL) ||
	    (zone != NULL && busy_zone != NULL && strcmp(zone, busy_zone) != 0))
		return false;
	for (int i = 0; i < MINUTES_PER_DAY; i++)
		open[i] = true;
	close_minutes(open, window, false);
	close_minutes(open, busy, true);
	int longest = 0;
	*ret_first = -1;
	for (int i = 0; i < MINUTES_PER_DAY; i++) {
		bool starts = open[i] && !open[(i + MINUTES_PER_DAY - 1) % MINUTES_PER_DAY];
		if (starts && run_length(open, i) > longest) {
			longest = run_length(open, i);
			*ret_first = i;
		}
	}
	return true;
}

/* A step is made when the window opens; when its hold is over, the window must be open again. */
static void
check_fit(struct mig_lint *lint, const struct mig_at *step, double share, double hours)
{
	bool open[MINUTES_PER_DAY];
	int first = -1;
	const struct mig_json *outer = mig_json_get(lint->spec.node, "business_continuity");
	if (mig_json_next(step->node) == NULL || !open_minutes(outer, open, &first) || first < 0)
		return;
	int over = (int)fmod(first + ceil(hours * MINUTES_PER_HOUR), MINUTES_PER_DAY);
	struct mig_at at = mig_at_key(step, "duration_hours");
	if (!open[over])
		mig_lint_say(lint->spec_list, &at, "window_fits_hold",
		    "make the hold as long as the step really takes, or the window longer",
		    "the hold of %g h at %g %% ends at %02d:%02d, when the window of %.1f h is "
		    "closed: the step takes %.1f h", hours, share, over / 60, over % 60,
		    run_length(open, first) / MINUTES_PER_HOUR,
		    hours + run_length(open, over) / MINUTES_PER_HOUR);
}

static void
check_opens(struct mig_lint *lint)
{
	bool open[MINUTES_PER_DAY];
	int first = -1;
	struct mig_at outer = mig_at_key(&lint->spec, "business_continuity");
	if (open_minutes(outer.node, open, &first) && first < 0 && !open[0])
		mig_lint_say(lint->spec_list, &outer, "window_opens",
		    "leave some of the preferred window outside the critical hours",
		    "at no minute of the day may a flag go up");
}

void
mig_lint_spec(struct mig_lint *lint)
{
	if (lint->spec.node == NULL)
		return;
	check_volume(lint);
	check_hours(lint);
	check_opens(lint);
	mig_lint_each_step(lint, check_fit);
	mig_lint_each_step(lint, check_hold);
}
