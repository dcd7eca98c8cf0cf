/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <string.h>

#include "base/arena.h"
#include "core/policy.h"

#define MINUTES_PER_DAY 1440
#define MS_PER_MINUTE 60000
#define MS_PER_DAY ((int64_t)MINUTES_PER_DAY * MS_PER_MINUTE)
#define SEARCH_DAYS 8

/* Other spellings of metric names, and the one that is used here. */
static const char *const aliases[][2] = {
	{ "response_time_p95", "p95_response_time" },
	{ "p95", "p95_response_time" },
	{ "p99_response_time", "response_time_p99" },
	{ "p99", "response_time_p99" },
};

static bool
window_covers(const struct mig_window *window, mig_wall at)
{
	if (window->start_minute == window->end_minute)
		return true;
	int minute = mig_zone_minute_of_day(window->zone, at);
	if (window->start_minute < window->end_minute)
		return minute >= window->start_minute && minute < window->end_minute;
	return minute >= window->start_minute || minute < window->end_minute;
}

static bool
is_open(const struct mig_policy *policy, mig_wall at)
{
	if (policy->critical_hours.present && window_covers(&policy->critical_hours, at))
		return false;
	return !policy->preferred_window.present || window_covers(&policy->preferred_window, at);
}

/* Milliseconds from a local time of day to the next time the clock shows minute; never 0. */
static int64_t
ms_until(int64_t local_ms, int minute)
{
	int64_t of_day = local_ms % MS_PER_DAY;
	if (of_day < 0)
		of_day += MS_PER_DAY;
	int64_t wait = (int64_t)minute * MS_PER_MINUTE - of_day;
	return wait > 0 ? wait : wait + MS_PER_DAY;
}

/*
 * The next time at which the answer about this window may change: when local clocks reach one of
 * its ends, or when the zone's offset changes and they jump.
 */
static mig_wall
next_edge(const struct mig_window *window, mig_wall at)
{
	if (!window->present)
		return (mig_wall){ at.ms + MS_PER_DAY };
	int64_t local_ms = at.ms + (int64_t)mig_zone_offset(window->zone, at) * 1000;
	int64_t wait = ms_until(local_ms, window->start_minute);
	int64_t to_end = ms_until(local_ms, window->end_minute);
	if (to_end < wait)
		wait = to_end;
	for (size_t i = 0; i < window->zone->count; i++) {
		int64_t to_jump = window->zone->at[i].ms - at.ms;
		if (to_jump > 0 && to_jump < wait)
			wait = to_jump;
	}
	return (mig_wall){ at.ms + wait };
}

static mig_wall
find_opening(const struct mig_policy *policy, mig_wall from)
{
	mig_wall at = from;
	while (!is_open(policy, at)) {
		mig_wall critical = next_edge(&policy->critical_hours, at);
		mig_wall preferred = next_edge(&policy->preferred_window, at);
		at = critical.ms < preferred.ms ? critical : preferred;
		if (at.ms > from.ms + SEARCH_DAYS * MS_PER_DAY)
			return (mig_wall){ 0 };
	}
	return at;
}

void
mig_policy_free(struct mig_policy *policy)
{
	/* The policy itself lives in its arena, too. */
	if (policy != NULL)
		mig_arena_free(policy->arena);
}

size_t
mig_policy_metric(const struct mig_policy *policy, const char *name)
{
	const char *canonical = mig_metric_canonical(name);
	size_t i = 0;
	while (i < policy->metric_count && strcmp(policy->metrics[i].name, canonical) != 0)
		i++;
	return i;
}

size_t
mig_policy_trigger(const struct mig_policy *policy, const char *id)
{
	size_t i = 0;
	while (i < policy->trigger_count && strcmp(policy->triggers[i].id, id) != 0)
		i++;
	return i;
}

size_t
mig_policy_baseline_metric(const struct mig_policy *policy, const struct mig_trigger *trigger)
{
	if (trigger->threshold.name_count == 0)
		return trigger->metric;
	size_t named = mig_policy_metric(policy, trigger->threshold.names[0]);

	return named < policy->metric_count ? named : trigger->metric;
}

size_t
mig_policy_flag(const struct mig_policy *policy, const char *name)
{
	size_t i = 0;
	while (i < policy->flag_count && strcmp(policy->flags[i].name, name) != 0)
		i++;
	return i;
}

const char *
mig_metric_canonical(const char *name)
{
	for (size_t i = 0; i < sizeof(aliases) / sizeof(aliases[0]); i++) {
		if (strcmp(aliases[i][0], name) == 0)
			return aliases[i][1];
	}
	return name;
}

bool
mig_policy_window_open(const struct mig_policy *policy, mig_wall at, mig_wall *ret_next)
{
	bool open = is_open(policy, at);
	if (ret_next != NULL)
		*ret_next = open ? at : find_opening(policy, at);
	return open;
}

const char *
mig_operator_name(enum mig_operator op)
{
	static const char *const names[] = { "greater_than", "less_than", "equals" };

	return names[op];
}

const char *
mig_action_name(enum mig_action action)
{
	static const char *const names[] = { "automatic_rollback", "propose_rollback",
		"alert_team", "scale_up" };

	return names[action];
}

const char *
mig_origin_name(enum mig_origin origin)
{
	static const char *const names[] = { "general", "type", "spec" };

	return names[origin];
}

const char *
mig_gate_kind_name(enum mig_gate_kind kind)
{
	static const char *const names[] = { "approval", "metric", "webhook", "duration",
		"schema" };

	return names[kind];
}

const char *
mig_baseline_kind_name(enum mig_baseline_kind kind)
{
	static const char *const names[] = { "captured", "fixed", "live" };

	return names[kind];
}
