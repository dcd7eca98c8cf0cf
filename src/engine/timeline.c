/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <math.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/json.h"
#include "base/json_write.h"
#include "base/limits.h"
#include "engine/compile_int.h"
#include "engine/shape.h"
#include "engine/timeline.h"

#define INDENT 2
#define HOUR_MS 3600000.0
#define HOURS_MAX 87600.0 /* ten years: the daemon takes no more */

/* A flag on its way up: the step that comes next, and when the last one has been held. */
struct ramp {
	const char *flag;
	const struct mig_json *next;
	mig_wall held;
	bool moved;
};

/* A flag goes up. */
struct move {
	const char *flag;
	double percentage;
	mig_wall at;
	const char *waits_for; /* NULL: it did not have to wait */
};

/* A phase while it is laid out. */
struct span {
	const struct mig_json *phase;
	mig_wall start;
	mig_wall gate; /* its flags' second steps and its end wait for this */
	mig_wall end;
	const char *waits_for;
	struct ramp *ramps;
	size_t ramp_count;
	struct move *moves;
	size_t move_count;
};

/* The timeline while it is laid out. */
struct line {
	const struct mig_json *plan;
	struct mig_arena *arena;
	struct mig_findings *findings;
	struct mig_policy policy; /* only the windows in it */
	struct mig_jw jw;
	mig_wall now;
	const struct mig_json *flag; /* of the specification: the search for the next begins here */
	bool never;                  /* the windows do not open again */
};

static const char *
string_of(const struct mig_json *node, const char *key)
{
	const char *text = mig_json_string(mig_json_get(node, key));
	return text == NULL ? "" : text;
}

static int64_t
ms_of(const struct mig_json *node, const char *key)
{
	double hours = mig_json_number(mig_json_get(node, key));
	return (int64_t)llround((hours < HOURS_MAX ? hours : HOURS_MAX) * HOUR_MS);
}

static mig_wall
later(mig_wall a, mig_wall b)
{
	return a.ms > b.ms ? a : b;
}

/* Which of the windows was the last to open: that is what was waited for. */
static const char *
last_obstacle(const struct line *line, mig_wall opens)
{
	const struct mig_policy preferred = { .preferred_window = line->policy.preferred_window };
	return mig_policy_window_open(&preferred, (mig_wall){ opens.ms - 1 }, NULL)
	    ? "critical_business_hours" : "preferred_migration_window";
}

/* Go on to when the windows allow what is risky; returns what had to be waited for, or NULL. */
static const char *
wait_for_window(struct line *line, const char *what)
{
	mig_wall opens = { 0 };
	char text[MIG_TIME_TEXT];
	if (line->never || mig_policy_window_open(&line->policy, line->now, &opens))
		return NULL;
	if (opens.ms == 0) {
		line->never = true;
		mig_findings_add(line->findings, MIG_SEV_ERROR, NULL, "/business_continuity",
		    "leave some of the preferred window outside the critical hours",
		    "\"%s\" is due at %s and would wait for ever: the windows never open", what,
		    mig_time_format(line->now, text));
		return NULL;
	}
	line->now = opens;
	return last_obstacle(line, opens);
}

/* The longest of a phase's gates that are open after some hours. */
static int64_t
gate_ms(const struct mig_json *phase, const char *at)
{
	int64_t longest = 0;
	const struct mig_json *gate = mig_json_first(mig_json_get(phase, "gates"));
	for (; gate != NULL; gate = mig_json_next(gate)) {
		if (strcmp(string_of(gate, "kind"), "duration") != 0 ||
		    strcmp(string_of(gate, "at"), at) != 0)
			continue;
		int64_t ms = ms_of(gate, "hours");
		longest = ms > longest ? ms : longest;
	}
	return longest;
}

/*
 * A flag of the specification.  Plans name flags in the order of the specification: the search
 * goes on where the last one ended, so that it is over at once.
 */
static const struct mig_json *
find_flag(struct line *line, const char *name)
{
	const struct mig_json *spec = mig_json_get(line->plan, "spec");
	const struct mig_json *first = mig_json_first(mig_json_get(spec, "feature_flags"));
	const struct mig_json *from = line->flag != NULL ? line->flag : first;
	const struct mig_json *flag = from;
	while (flag != NULL && strcmp(string_of(flag, "name"), name) != 0) {
		flag = mig_json_next(flag);
		if (flag == NULL)
			flag = first;
		if (flag == from)
			return NULL;
	}
	line->flag = mig_json_next(flag);
	return flag;
}

/* The flags of a phase, and room for all their steps. */
static int
find_ramps(struct line *line, struct span *span)
{
	const struct mig_json *flags = mig_json_get(span->phase, "flags");
	size_t steps = 0;
	span->ramps = mig_arena_array(line->arena, mig_json_count(flags) + 1, sizeof(struct ramp));
	if (span->ramps == NULL)
		return MIG_ENOMEM;
	const struct mig_json *node = mig_json_first(flags);
	for (; node != NULL; node = mig_json_next(node)) {
		const struct mig_json *flag = find_flag(line, mig_json_string(node));
		const struct mig_json *schedule = mig_json_get(flag, "rollout_schedule");
		if (schedule == NULL)
			continue;
		steps += mig_json_count(schedule);
		span->ramps[span->ramp_count++] = (struct ramp){ .flag = mig_json_string(node),
			.next = mig_json_first(schedule) };
	}
	span->moves = mig_arena_array(line->arena, steps + 1, sizeof(struct move));
	return span->moves == NULL ? MIG_ENOMEM : MIG_OK;
}

static void
move_up(struct line *line, struct span *span, struct ramp *ramp)
{
	line->now = later(line->now, ramp->held);
	if (ramp->moved)
		line->now = later(line->now, span->gate);
	struct move *move = &span->moves[span->move_count++];
	move->flag = ramp->flag;
	move->percentage = mig_json_number(mig_json_get(ramp->next, "percentage"));
	move->waits_for = wait_for_window(line, ramp->flag);
	move->at = line->now;
	ramp->moved = true;
	ramp->held = (mig_wall){ line->now.ms + ms_of(ramp->next, "duration_hours") };
	ramp->next = mig_json_next(ramp->next);
	span->end = later(span->end, ramp->held);
}

static void
move_one_by_one(struct line *line, struct span *span)
{
	for (size_t i = 0; i < span->ramp_count; i++) {
		struct ramp *ramp = &span->ramps[i];
		while (ramp->next != NULL && !line->never)
			move_up(line, span, ramp);
		line->now = later(line->now, ramp->held);
	}
}

/* As the daemon does it: no flag takes its next step before all have taken this one. */
static void
move_side_by_side(struct line *line, struct span *span)
{
	size_t count = span->ramp_count;
	while (count > 0 && !line->never) {
		size_t kept = 0;
		for (size_t i = 0; i < count; i++) {
			if (span->ramps[i].next != NULL)
				move_up(line, span, &span->ramps[i]);
			if (span->ramps[i].next != NULL)
				span->ramps[kept++] = span->ramps[i];
		}
		count = kept;
	}
}

static int
lay_out(struct line *line, struct span *span)
{
	const char *risk = string_of(span->phase, "risk_level");
	line->now.ms += gate_ms(span->phase, "entry");
	if (strcmp(risk, "high") == 0 || strcmp(risk, "critical") == 0)
		span->waits_for = wait_for_window(line, string_of(span->phase, "name"));
	span->start = line->now;
	span->gate = (mig_wall){ span->start.ms + gate_ms(span->phase, "leave") };
	span->end = later(span->gate,
	    (mig_wall){ span->start.ms + ms_of(span->phase, "duration_hours") });
	int error = find_ramps(line, span);
	if (error != MIG_OK)
		return error;
	if (mig_json_bool(mig_json_get(span->phase, "parallel")))
		move_side_by_side(line, span);
	else
		move_one_by_one(line, span);
	line->now = span->end;
	return line->never ? MIG_EDOC : MIG_OK;
}

static void
write_time(struct mig_jw *jw, const char *key, mig_wall at)
{
	char text[MIG_TIME_TEXT];
	mig_jw_string(jw, key, mig_time_format(at, text));
}

static void
write_span(struct mig_jw *jw, const struct span *span)
{
	mig_jw_object(jw, NULL);
	mig_jw_string(jw, "phase", string_of(span->phase, "name"));
	write_time(jw, "start", span->start);
	write_time(jw, "end", span->end);
	if (span->waits_for != NULL)
		mig_jw_string(jw, "waits_for", span->waits_for);
	mig_jw_array(jw, "steps");
	for (size_t i = 0; i < span->move_count; i++) {
		const struct move *move = &span->moves[i];
		mig_jw_object(jw, NULL);
		mig_jw_string(jw, "flag", move->flag);
		mig_jw_number(jw, "percentage", move->percentage);
		write_time(jw, "at", move->at);
		if (move->waits_for != NULL)
			mig_jw_string(jw, "waits_for", move->waits_for);
		mig_jw_object_end(jw);
	}
	mig_jw_array_end(jw);
	mig_jw_object_end(jw);
}

/* A window is read as the daemon reads it, from the specification. */
static int
read_windows(struct line *line, const struct mig_timeline_start *start)
{
	size_t errors = line->findings->errors;
	struct mig_compiler compiler = {
		.reader = { line->findings, NULL, MIG_SEV_WARNING },
		.doubt = MIG_SEV_ERROR,
		.arena = line->arena,
		.policy = &line->policy,
		.zones = start->zones,
		.zones_context = start->zones_context,
		.spec = mig_shape_root(mig_json_get(line->plan, "spec")),
	};
	mig_compile_windows(&compiler);
	if (mig_arena_failed(line->arena))
		return MIG_ENOMEM;
	return line->findings->errors > errors ? MIG_EDOC : MIG_OK;
}

static void
write_timeline(struct line *line, mig_wall start, const struct span *spans, size_t count)
{
	struct mig_jw *jw = &line->jw;
	mig_jw_object(jw, "timeline");
	write_time(jw, "start", start);
	write_time(jw, "end", line->now);
	mig_jw_array(jw, "phases");
	for (size_t i = 0; i < count; i++)
		write_span(jw, &spans[i]);
	mig_jw_array_end(jw);
	mig_jw_object_end(jw);
}

/* The plan's members in their order, with the timeline before the specification. */
static void
write_plan(struct line *line, mig_wall start, const struct span *spans, size_t count)
{
	const struct mig_json *node = mig_json_first(line->plan);
	bool written = false;
	mig_jw_object(&line->jw, NULL);
	for (; node != NULL; node = mig_json_next(node)) {
		const char *key = mig_json_key(node);
		if (strcmp(key, "timeline") == 0)
			continue;
		if (strcmp(key, "spec") == 0) {
			write_timeline(line, start, spans, count);
			written = true;
		}
		mig_jw_node(&line->jw, key, node);
	}
	if (!written)
		write_timeline(line, start, spans, count);
	mig_jw_object_end(&line->jw);
}

static int
add(struct line *line, mig_wall start)
{
	const struct mig_json *phase = mig_json_first(mig_json_get(line->plan, "phases"));
	size_t count = mig_json_count(mig_json_get(line->plan, "phases"));
	struct span *spans = mig_arena_array(line->arena, count + 1, sizeof(*spans));
	if (spans == NULL)
		return MIG_ENOMEM;
	for (size_t i = 0; i < count; i++, phase = mig_json_next(phase)) {
		spans[i].phase = phase;
		int error = lay_out(line, &spans[i]);
		if (error != MIG_OK)
			return error;
	}
	write_plan(line, start, spans, count);
	return mig_buf_ok(line->jw.out) ? MIG_OK : MIG_ELIMIT;
}

int
mig_timeline_add(const struct mig_json *plan, const struct mig_timeline_start *start,
    struct mig_buf *ret_plan_json, struct mig_findings *findings)
{
	struct line line = { .plan = plan, .findings = findings, .now = start->at };
	line.arena = mig_arena_new(MIG_DOC_BYTES_MAX);
	if (line.arena == NULL)
		return MIG_ENOMEM;
	mig_jw_init(&line.jw, ret_plan_json, INDENT);
	int error = read_windows(&line, start);
	if (error == MIG_OK)
		error = add(&line, start->at);
	mig_arena_free(line.arena);
	return error;
}
