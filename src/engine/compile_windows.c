/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <string.h>

#include "base/arena.h"
#include "engine/compile_int.h"

/* Minutes since midnight of "HH:MM"; -1 when it is none. */
static int
minute_of(const char *text)
{
	for (size_t i = 0; i < 5; i++) {
		bool digit = text[i] >= '0' && text[i] <= '9';
		if (i == 2 ? text[i] != ':' : !digit)
			return -1;
	}
	int hour = (text[0] - '0') * 10 + (text[1] - '0');
	int minute = (text[3] - '0') * 10 + (text[4] - '0');
	return text[5] == '\0' && hour < 24 && minute < 60 ? hour * 60 + minute : -1;
}

static int
read_clock(struct mig_compiler *compiler, const struct mig_at *at, const char *key)
{
	const char *text = mig_read_string(&compiler->reader, at, key, MIG_READ_REQUIRED, "00:00");
	int minute = minute_of(text);
	if (minute >= 0)
		return minute;
	struct mig_at clock = mig_at_key(at, key);
	mig_at_error(&compiler->reader, &clock, "write it like \"22:30\"",
	    "\"%s\" is not a time of day", text);
	return 0;
}

/* Nobody knows what time it is there: no time is good enough. */
static void
close_for_good(struct mig_compiler *compiler, const char *zone_name, struct mig_zone *zone)
{
	mig_zone_utc(zone);
	compiler->policy->critical_hours = (struct mig_window){ .present = true,
		.zone_name = mig_arena_strdup(compiler->arena, zone_name), .zone = zone };
}

/* Whether the zone is known; else that has been told. */
static bool
compile_window(struct mig_compiler *compiler, const struct mig_at *at, struct mig_window *window)
{
	static const char *const keys[] = { "start", "end", "timezone", NULL };
	if (!mig_read_object(&compiler->reader, at, 0, keys))
		return true;
	const char *name = mig_read_string(
	    &compiler->reader, at, "timezone", MIG_READ_REQUIRED | MIG_READ_NONEMPTY, NULL);
	struct mig_zone *zone = mig_arena_alloc(compiler->arena, sizeof(*zone));
	if (name == NULL || zone == NULL)
		return true;
	if (compiler->zones(compiler->zones_context, name, zone) != 0) {
		struct mig_at zone_at = mig_at_key(at, "timezone");
		mig_at_finding(&compiler->reader, compiler->doubt, &zone_at,
		    "use a name of the IANA data base such as \"Europe/Paris\" or \"UTC\"",
		    "the time zone \"%s\" is not known here", name);
		if (compiler->doubt != MIG_SEV_ERROR)
			close_for_good(compiler, name, zone);
		return false;
	}
	window->present = true;
	window->start_minute = read_clock(compiler, at, "start");
	window->end_minute = read_clock(compiler, at, "end");
	window->zone_name = mig_arena_strdup(compiler->arena, name);
	window->zone = zone;
	return true;
}

/* Two windows in one zone that leave no minute open would stop every rollout for ever. */
static void
check_never_open(struct mig_compiler *compiler, const struct mig_at *at)
{
	const struct mig_policy *policy = compiler->policy;
	const struct mig_window *critical = &policy->critical_hours;
	const struct mig_window *preferred = &policy->preferred_window;
	if (!critical->present || critical->zone_name == NULL)
		return;
	if (preferred->present &&
	    (preferred->zone_name == NULL ||
	        strcmp(critical->zone_name, preferred->zone_name) != 0))
		return;
	mig_wall next = { 0 };
	if (!mig_policy_window_open(policy, (mig_wall){ .ms = 1 }, &next) && next.ms == 0)
		mig_at_finding(&compiler->reader, compiler->doubt, at,
		    "leave some of the preferred window outside the critical hours",
		    "the two windows never let a flag go up");
}

void
mig_compile_windows(struct mig_compiler *compiler)
{
	struct mig_at at = mig_at_key(&compiler->spec, "business_continuity");
	struct mig_at critical = mig_at_key(&at, "critical_business_hours");
	struct mig_at preferred = mig_at_key(&at, "preferred_migration_window");
	bool known = compile_window(compiler, &critical, &compiler->policy->critical_hours);
	known = compile_window(compiler, &preferred, &compiler->policy->preferred_window) && known;
	if (known)
		check_never_open(compiler, &at);
}
