/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/json_read.h"
#include "core/policy.h"
#include "engine/spec.h"
#include "engine/spec_tables.h"

#define MINUTES_PER_DAY 1440

/* Two members of one object of which the second must not be below the first. */
struct spec_pair {
	const char *low;
	const char *high;
};

/* An object somewhere in the specification, and such a pair in it. */
struct spec_limit {
	const char *path[4]; /* ended by NULL */
	struct spec_pair pair;
};

/* A list whose entries carry names. */
struct spec_list {
	const char *outer; /* NULL: the list is at the top */
	const char *list;
	const char *key;
};

static const struct spec_limit spec_limits[] = {
	{ { "service_details", "legacy_service", "current_load", NULL },
	    { "requests_per_second", "peak_requests_per_second" } },
	{ { "service_details", "legacy_service", "current_load", NULL },
	    { "average_response_time_ms", "p95_response_time_ms" } },
	{ { "service_details", "new_service", "target_performance", NULL },
	    { "requests_per_second", "peak_requests_per_second" } },
	{ { "service_details", "new_service", "target_performance", NULL },
	    { "average_response_time_ms", "p95_response_time_ms" } },
	{ { "service_details", "new_service", "infrastructure", NULL },
	    { "initial_replicas", "max_replicas" } },
	{ { "service_details", "new_service", "infrastructure", NULL },
	    { "cpu_request_millicores", "cpu_limit_millicores" } },
	{ { "service_details", "new_service", "infrastructure", NULL },
	    { "memory_request_mb", "memory_limit_mb" } },
};

static const struct spec_list spec_lists[] = {
	{ NULL, "tables_to_migrate", "name" },
	{ NULL, "feature_flags", "name" },
	{ NULL, "migration_phases", "phase" },
	{ "infrastructure_details", "workloads", "name" },
};

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

static bool
names_contain(const char *const *names, const char *name)
{
	for (; *names != NULL; names++)
		if (strcmp(*names, name) == 0)
			return true;
	return false;
}

static void
check_pattern(struct mig_reader *reader, const struct mig_at *spec)
{
	const char *type = mig_json_string(mig_json_get(spec->node, "type"));
	struct mig_at at = mig_at_key(spec, "pattern");
	const char *pattern = mig_json_string(at.node);
	if (type == NULL || pattern == NULL || !names_contain(mig_names_pattern, pattern))
		return;
	for (const struct mig_type_patterns *row = mig_type_patterns; row->type != NULL; row++) {
		if (strcmp(row->type, type) != 0 || names_contain(row->patterns, pattern))
			continue;
		struct mig_buf list;
		mig_buf_init(&list, 1024);
		mig_buf_puts(&list, "use ");
		for (size_t i = 0; row->patterns[i] != NULL; i++)
			mig_buf_printf(&list, "%s%s", i == 0 ? "" : ", ", row->patterns[i]);
		mig_at_error(reader, &at, mig_buf_ok(&list) ? list.data : NULL,
		    "the pattern %s does not belong to the type %s", pattern, type);
		mig_buf_fini(&list);
	}
}

static void
check_limits(struct mig_reader *reader, const struct mig_at *spec)
{
	for (size_t i = 0; i < COUNT_OF(spec_limits); i++) {
		const struct spec_limit *row = &spec_limits[i];
		struct mig_at way[COUNT_OF(row->path) + 1];
		size_t depth = 0;
		way[0] = *spec;
		for (; row->path[depth] != NULL; depth++)
			way[depth + 1] = mig_at_key(&way[depth], row->path[depth]);
		struct mig_at low = mig_at_key(&way[depth], row->pair.low);
		struct mig_at high = mig_at_key(&way[depth], row->pair.high);
		if (low.node == NULL || high.node == NULL ||
		    mig_json_type(low.node) != MIG_JSON_NUMBER ||
		    mig_json_type(high.node) != MIG_JSON_NUMBER)
			continue;
		if (mig_json_number(high.node) < mig_json_number(low.node))
			mig_at_error(reader, &high, NULL, "is below %s", row->pair.low);
	}
}

static void
check_names(struct mig_reader *reader, const struct mig_at *spec)
{
	for (size_t i = 0; i < COUNT_OF(spec_lists); i++) {
		const struct spec_list *row = &spec_lists[i];
		struct mig_at outer = row->outer == NULL ? *spec : mig_at_key(spec, row->outer);
		struct mig_at list = mig_at_key(&outer, row->list);
		if (list.node != NULL)
			mig_shape_unique(reader, &list, row->key);
	}
}

/* Call `step` for each plateau whose share is a number, with the share before it. */
static void
each_step(struct mig_reader *reader, const struct mig_at *spec,
    void (*step)(struct mig_reader *reader, const struct mig_at *at, double before))
{
	struct mig_at flags = mig_at_key(spec, "feature_flags");
	struct mig_at flag = { 0 };
	while (flags.node != NULL && mig_at_each(&flags, &flag)) {
		struct mig_at schedule = mig_at_key(&flag, "rollout_schedule");
		double before = mig_json_number(mig_json_get(flag.node, "initial_percentage"));
		struct mig_at it = { 0 };
		while (schedule.node != NULL && mig_at_each(&schedule, &it)) {
			const struct mig_json *share = mig_json_get(it.node, "percentage");
			if (share == NULL || mig_json_type(share) != MIG_JSON_NUMBER)
				break;
			step(reader, &it, before);
			before = mig_json_number(share);
		}
	}
}

static void
check_rise(struct mig_reader *reader, const struct mig_at *step, double before)
{
	struct mig_at share = mig_at_key(step, "percentage");
	if (mig_json_number(share.node) < before)
		mig_at_error(reader, &share, "a schedule only rises; rollback sets 0",
		    "falls below the share before it");
}

static void
check_hold(struct mig_reader *reader, const struct mig_at *step, double before)
{
	struct mig_at hours = mig_at_key(step, "duration_hours");
	(void)before; /* asked for by each_step() */
	if (mig_json_next(step->node) != NULL && hours.node != NULL &&
	    mig_json_type(hours.node) == MIG_JSON_NUMBER && mig_json_number(hours.node) <= 0)
		mig_at_error(reader, &hours, "only the last plateau may have 0 hours",
		    "a plateau of no length would be skipped");
}

static void
check_end(struct mig_reader *reader, const struct mig_at *step, double before)
{
	struct mig_at share = mig_at_key(step, "percentage");
	(void)before; /* asked for by each_step() */
	if (mig_json_next(step->node) == NULL && mig_json_number(share.node) < 100)
		mig_at_warning(reader, &share, NULL, "the schedule does not end at 100");
}

static void
check_rises(struct mig_reader *reader, const struct mig_at *spec)
{
	each_step(reader, spec, check_rise);
}

static void
check_holds(struct mig_reader *reader, const struct mig_at *spec)
{
	each_step(reader, spec, check_hold);
}

static void
check_ends(struct mig_reader *reader, const struct mig_at *spec)
{
	each_step(reader, spec, check_end);
}

/* The alert level of a metric must be reached no later than the level of the rollback. */
static void
check_alert_level(struct mig_reader *reader, const struct mig_at *levels,
    const struct mig_json *trigger)
{
	const char *metric = mig_json_string(mig_json_get(trigger, "metric"));
	const char *operator = mig_json_string(mig_json_get(trigger, "operator"));
	const char *action = mig_json_string(mig_json_get(trigger, "action"));
	const struct mig_json *threshold = mig_json_get(trigger, "threshold");
	if (metric == NULL || action == NULL || threshold == NULL ||
	    strcmp(action, "automatic_rollback") != 0)
		return;
	struct mig_at level = { 0 };
	while (mig_at_each(levels, &level)) {
		if (strcmp(mig_metric_canonical(level.key), mig_metric_canonical(metric)) != 0)
			continue;
		double alert = mig_json_number(level.node);
		double rollback = mig_json_number(threshold);
		bool less = operator != NULL && strcmp(operator, "less_than") == 0;
		bool equals = operator != NULL && strcmp(operator, "equals") == 0;
		if (!equals && (less ? alert < rollback : alert > rollback))
			mig_at_error(reader, &level, "alert first, roll back later",
			    "the alert level lies beyond the rollback level of the same metric");
	}
}

static void
check_alert_levels(struct mig_reader *reader, const struct mig_at *spec)
{
	struct mig_at triggers = mig_at_key(spec, "rollback_triggers");
	struct mig_at monitoring = mig_at_key(spec, "monitoring");
	struct mig_at levels = mig_at_key(&monitoring, "alert_thresholds");
	struct mig_at trigger = { 0 };
	if (levels.node == NULL || mig_json_type(levels.node) != MIG_JSON_OBJECT)
		return;
	while (triggers.node != NULL && mig_at_each(&triggers, &trigger))
		check_alert_level(reader, &levels, trigger.node);
}

/* Shares between 0 and 1 are often written as percent. */
static void
check_ratios(struct mig_reader *reader, const struct mig_at *spec)
{
	struct mig_at triggers = mig_at_key(spec, "rollback_triggers");
	struct mig_at trigger = { 0 };
	while (triggers.node != NULL && mig_at_each(&triggers, &trigger)) {
		const char *metric = mig_json_string(mig_json_get(trigger.node, "metric"));
		struct mig_at threshold = mig_at_key(&trigger, "threshold");
		if (metric != NULL && threshold.node != NULL && mig_metric_is_ratio(metric) &&
		    mig_json_number(threshold.node) > 1)
			mig_at_error(reader, &threshold, "a ratio: five percent are 0.05",
			    "must be between 0 and 1");
	}
}

/* What is not polled cannot fire. */
static void
check_polled(struct mig_reader *reader, const struct mig_at *spec)
{
	struct mig_at triggers = mig_at_key(spec, "rollback_triggers");
	const struct mig_json *metrics =
	    mig_json_get(mig_json_get(spec->node, "monitoring"), "critical_metrics");
	struct mig_at trigger = { 0 };
	while (metrics != NULL && triggers.node != NULL && mig_at_each(&triggers, &trigger)) {
		struct mig_at metric = mig_at_key(&trigger, "metric");
		const char *name = mig_json_string(metric.node);
		if (name != NULL && !mig_metric_listed(metrics, name))
			mig_at_warning(reader, &metric, "add it to monitoring.critical_metrics",
			    "%s is not among the critical metrics", name);
	}
}

/* Minutes since midnight of "HH:MM", which the form check has accepted, or -1. */
static int
clock_minutes(const struct mig_json *node)
{
	const char *text = mig_json_string(node);
	if (text == NULL || strlen(text) != 5)
		return -1;
	return ((text[0] - '0') * 10 + (text[1] - '0')) * 60 + (text[3] - '0') * 10 +
	    (text[4] - '0');
}

/* Whether a minute lies in the half-open span; equal ends are the whole day. */
static bool
span_holds(int start, int end, int minute)
{
	if (start == end)
		return true;
	return start < end ? minute >= start && minute < end : minute >= start || minute < end;
}

static void
check_windows(struct mig_reader *reader, const struct mig_at *spec)
{
	struct mig_at outer = mig_at_key(spec, "business_continuity");
	struct mig_at preferred = mig_at_key(&outer, "preferred_migration_window");
	const struct mig_json *busy = mig_json_get(outer.node, "critical_business_hours");
	const char *zone = mig_json_string(mig_json_get(preferred.node, "timezone"));
	const char *busy_zone = mig_json_string(mig_json_get(busy, "timezone"));
	int start = clock_minutes(mig_json_get(preferred.node, "start"));
	int end = clock_minutes(mig_json_get(preferred.node, "end"));
	int busy_start = clock_minutes(mig_json_get(busy, "start"));
	int busy_end = clock_minutes(mig_json_get(busy, "end"));
	if (zone == NULL || busy_zone == NULL || start < 0 || end < 0 || busy_start < 0 ||
	    busy_end < 0)
		return;
	/* Different zones can only be compared on a date; the daemon does that. */
	if (strcmp(zone, busy_zone) != 0)
		return;
	for (int minute = 0; minute < MINUTES_PER_DAY; minute++) {
		if (!span_holds(start, end, minute) || !span_holds(busy_start, busy_end, minute))
			continue;
		mig_at_warning(reader, &preferred, "steps wait until the critical hours are over",
		    "overlaps critical_business_hours");
		return;
	}
}

static int
compare_names(const void *a, const void *b)
{
	const char *const *left = a;
	const char *const *right = b;
	return strcmp(*left, *right);
}

/* The names of tables_to_migrate, sorted, in an allocated array; NULL without memory. */
static const char **
sorted_tables(const struct mig_json *tables, size_t *ret_count)
{
	const char **names = calloc(mig_json_count(tables) + 1, sizeof(*names));
	if (names == NULL)
		return NULL;
	size_t count = 0;
	const struct mig_json *table = mig_json_first(tables);
	for (; table != NULL; table = mig_json_next(table)) {
		const char *name = mig_json_string(mig_json_get(table, "name"));
		if (name != NULL)
			names[count++] = name;
	}
	qsort(names, count, sizeof(*names), compare_names);
	*ret_count = count;
	return names;
}

/* Edits of tables that are not among those to be migrated are likely misspelt. */
static void
check_changed_tables(struct mig_reader *reader, const struct mig_at *spec)
{
	struct mig_at changes = mig_at_key(spec, "schema_changes");
	size_t count = 0;
	const char **names = sorted_tables(mig_json_get(spec->node, "tables_to_migrate"), &count);
	struct mig_at change = { 0 };
	while (count > 0 && changes.node != NULL && mig_at_each(&changes, &change)) {
		struct mig_at table = mig_at_key(&change, "table");
		const char *name = mig_json_string(table.node);
		if (name != NULL &&
		    bsearch(&name, names, count, sizeof(*names), compare_names) == NULL)
			mig_at_warning(reader, &table, NULL, "%s is not among tables_to_migrate",
			    name);
	}
	free(names);
}

static const struct mig_check spec_checks[] = {
	{ "pattern_of_type", check_pattern },
	{ "limits_in_order", check_limits },
	{ "unique_names", check_names },
	{ "schedule_rises", check_rises },
	{ "schedule_holds", check_holds },
	{ "schedule_ends", check_ends },
	{ "alert_before_rollback", check_alert_levels },
	{ "ratio", check_ratios },
	{ "metric_polled", check_polled },
	{ "windows_apart", check_windows },
	{ "table_listed", check_changed_tables },
	{ NULL, NULL },
};

int
mig_spec_check_at(struct mig_reader *reader, const struct mig_at *at)
{
	return mig_shape_run(reader, at, &mig_spec_shape, spec_checks);
}

int
mig_spec_check(const struct mig_json *spec, const char *file, struct mig_findings *findings)
{
	struct mig_reader reader = { findings, file, MIG_SEV_WARNING };
	struct mig_at at = mig_shape_root(spec);
	return mig_spec_check_at(&reader, &at);
}
