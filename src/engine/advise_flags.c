/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <string.h>

#include "engine/advise_int.h"

#define JUMP_MAX 50    /* percentage points that a step may add */
#define SMALL_SHARE 10 /* percent; a first step up to this is a trial */
#define ROUND 5        /* percent; proposed steps are multiples */

/* The hours of a flag's schedule; with or without those of its last step. */
static double
schedule_hours(const struct mig_json *flag, bool last)
{
	double sum = 0;
	const struct mig_json *step = mig_json_first(mig_json_get(flag, "rollout_schedule"));
	for (; step != NULL; step = mig_json_next(step))
		if (last || mig_json_next(step) != NULL)
			sum += mig_json_number(mig_json_get(step, "duration_hours"));
	return sum;
}

bool
mig_advise_rolls_back(const struct mig_json *trigger)
{
	return strcmp(mig_advise_text(trigger, "action"), "automatic_rollback") == 0;
}

bool
mig_advise_begins_small(const struct mig_advisor *advisor)
{
	const struct mig_json *flag = mig_json_first(mig_advise_at(advisor, "/feature_flags"));
	for (; flag != NULL; flag = mig_json_next(flag)) {
		const struct mig_json *step =
		    mig_json_first(mig_json_get(flag, "rollout_schedule"));
		if (mig_json_number(mig_json_get(step, "percentage")) <= SMALL_SHARE)
			return true;
	}
	return false;
}

double
mig_advise_phase_hours(const struct mig_advisor *advisor, double *ret_longest)
{
	double sum = 0;
	*ret_longest = 0;
	const struct mig_json *phase = mig_json_first(mig_advise_at(advisor, "/migration_phases"));
	for (; phase != NULL; phase = mig_json_next(phase)) {
		double hours = mig_json_number(mig_json_get(phase, "estimated_duration_hours"));
		sum += hours;
		if (hours > *ret_longest)
			*ret_longest = hours;
	}
	return sum;
}

int
mig_advise_planned_hours(const struct mig_advisor *advisor)
{
	return advisor->phase_hours * (int)advisor->phase_count;
}

/* The words that the rules of flags share: {flag} and {at}. */
static void
say_flag(struct mig_advisor *advisor, const struct mig_json *flag, size_t index)
{
	mig_advise_say(advisor, "flag", "%s", mig_advise_text(flag, "name"));
	mig_advise_say(advisor, "at", "/feature_flags/%zu/rollout_schedule", index);
}

static double
share_of(const struct mig_json *step)
{
	return mig_json_number(mig_json_get(step, "percentage"));
}

void
mig_advise_flags_one_step(struct mig_advisor *advisor, const struct mig_advise_rule *rule)
{
	size_t index = 0;
	const struct mig_json *flag = mig_json_first(mig_advise_at(advisor, "/feature_flags"));
	for (; flag != NULL; flag = mig_json_next(flag), index++) {
		const struct mig_json *schedule = mig_json_get(flag, "rollout_schedule");
		double from = mig_json_number(mig_json_get(flag, "initial_percentage"));
		double to = share_of(mig_json_first(schedule));
		if (mig_json_count(schedule) != 1 || to - from <= JUMP_MAX)
			continue;
		say_flag(advisor, flag, index);
		mig_advise_say_number(advisor, "from", "", from);
		mig_advise_say_number(advisor, "to", "", to);
		mig_advise_report(advisor, rule);
	}
}

/* Jumps within the schedule of one flag that has more than one step. */
static void
look_for_jumps_of(struct mig_advisor *advisor, const struct mig_json *flag, size_t index,
    const struct mig_advise_rule *rule)
{
	double from = mig_json_number(mig_json_get(flag, "initial_percentage"));
	size_t number = 0;
	const struct mig_json *step = mig_json_first(mig_json_get(flag, "rollout_schedule"));
	for (; step != NULL; step = mig_json_next(step), number++) {
		double to = share_of(step);
		if (to - from > JUMP_MAX) {
			int between = (int)((from + to) / 2 / ROUND) * ROUND;
			say_flag(advisor, flag, index);
			mig_advise_say(advisor, "at",
			    "/feature_flags/%zu/rollout_schedule/%zu/percentage", index, number);
			mig_advise_say_number(advisor, "from", "", from);
			mig_advise_say_number(advisor, "to", "", to);
			mig_advise_say(advisor, "between", "%d", between);
			mig_advise_report(advisor, rule);
		}
		from = to;
	}
}

void
mig_advise_flags_jumps(struct mig_advisor *advisor, const struct mig_advise_rule *rule)
{
	size_t index = 0;
	const struct mig_json *flag = mig_json_first(mig_advise_at(advisor, "/feature_flags"));
	for (; flag != NULL; flag = mig_json_next(flag), index++)
		if (mig_json_count(mig_json_get(flag, "rollout_schedule")) > 1)
			look_for_jumps_of(advisor, flag, index, rule);
}

/* The trigger that has to be true for the longest time before it rolls back. */
static const struct mig_json *
slowest_trigger(const struct mig_advisor *advisor)
{
	const struct mig_json *slowest = NULL;
	double longest = 0;
	const struct mig_json *trigger =
	    mig_json_first(mig_advise_at(advisor, "/rollback_triggers"));
	for (; trigger != NULL; trigger = mig_json_next(trigger)) {
		double minutes = mig_json_number(mig_json_get(trigger, "duration_minutes"));
		if (mig_advise_rolls_back(trigger) && minutes > longest) {
			longest = minutes;
			slowest = trigger;
		}
	}
	return slowest;
}

static void
look_for_haste_in(struct mig_advisor *advisor, const struct mig_json *flag, size_t index,
    double needed, const struct mig_advise_rule *rule)
{
	size_t number = 0;
	const struct mig_json *step = mig_json_first(mig_json_get(flag, "rollout_schedule"));
	for (; step != NULL; step = mig_json_next(step), number++) {
		double minutes = mig_json_number(mig_json_get(step, "duration_hours")) * 60;
		if (minutes >= needed || mig_json_next(step) == NULL)
			continue;
		say_flag(advisor, flag, index);
		mig_advise_say(advisor, "at",
		    "/feature_flags/%zu/rollout_schedule/%zu/duration_hours", index, number);
		mig_advise_say_number(advisor, "to", "", share_of(step));
		mig_advise_say_number(advisor, "minutes", "", minutes);
		mig_advise_report(advisor, rule);
	}
}

void
mig_advise_flags_haste(struct mig_advisor *advisor, const struct mig_advise_rule *rule)
{
	const struct mig_json *trigger = slowest_trigger(advisor);
	double needed = mig_json_number(mig_json_get(trigger, "duration_minutes"));
	if (trigger == NULL)
		return;
	mig_advise_say_number(advisor, "needed", "", needed);
	mig_advise_say(advisor, "metric", "%s", mig_advise_text(trigger, "metric"));
	size_t index = 0;
	const struct mig_json *flag = mig_json_first(mig_advise_at(advisor, "/feature_flags"));
	for (; flag != NULL; flag = mig_json_next(flag), index++)
		look_for_haste_in(advisor, flag, index, needed, rule);
}

/* Schedules that are longer than what is there for them. */
void
mig_advise_flags_long_schedules(struct mig_advisor *advisor, const struct mig_advise_rule *rule)
{
	double longest = 0;
	bool own = mig_json_count(mig_advise_at(advisor, "/migration_phases")) > 0;
	(void)mig_advise_phase_hours(advisor, &longest);
	double room = own ? longest : mig_advise_planned_hours(advisor);
	size_t index = 0;
	const struct mig_json *flag = mig_json_first(mig_advise_at(advisor, "/feature_flags"));
	for (; flag != NULL; flag = mig_json_next(flag), index++) {
		double hours = schedule_hours(flag, true);
		if (hours <= room)
			continue;
		say_flag(advisor, flag, index);
		mig_advise_say_number(advisor, "hours", "", hours);
		mig_advise_say_number(advisor, "room",
		    own ? "the longest of migration_phases takes " :
		          "the whole migration is estimated at ",
		    room);
		mig_advise_report(advisor, rule);
	}
}

/* Schedules that hold for less than half of the time that the traffic phase should take. */
void
mig_advise_flags_short_schedules(struct mig_advisor *advisor, const struct mig_advise_rule *rule)
{
	size_t index = 0;
	const struct mig_json *flag = mig_json_first(mig_advise_at(advisor, "/feature_flags"));
	for (; flag != NULL; flag = mig_json_next(flag), index++) {
		double hours = schedule_hours(flag, false);
		/* A single step is another rule's. */
		if (hours * 2 >= advisor->phase_hours ||
		    mig_json_count(mig_json_get(flag, "rollout_schedule")) == 1)
			continue;
		say_flag(advisor, flag, index);
		mig_advise_say_number(advisor, "hours", "", hours);
		mig_advise_say(advisor, "planned", "%d", advisor->phase_hours);
		mig_advise_say(advisor, "traffic", "%s", advisor->planned->traffic);
		mig_advise_report(advisor, rule);
	}
}
