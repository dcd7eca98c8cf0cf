/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <string.h>

#include "ctl/show_int.h"

/* One paragraph: a mark, the text, and on lines of their own the commands that help. */
static void
tell(struct screen *screen, enum text_colour colour, const char *word, const char *text)
{
	struct mig_buf head;
	mig_buf_init(&head, 256);
	mig_buf_printf(&head, "! %s", word);

	screen_paint(screen, colour, head.data);
	mig_buf_puts(screen->out, "  ");
	screen_wrap(screen, text, text_width(head.data) + 2, SHOW_LABEL);
	mig_buf_fini(&head);
}

static void
offer(struct screen *screen, const char *what, const char *verb, const struct mig_json *rollout,
    const char *operand)
{
	struct mig_buf line;
	mig_buf_init(&line, 4096);

	mig_buf_printf(&line, "migarchctl %s %s", verb, show_string(rollout, "id", "ROLLOUT"));
	if (operand != NULL)
		mig_buf_printf(&line, " %s", operand);
	mig_buf_printf(screen->out, "%*s", (int)SHOW_LABEL, "");
	text_cell(screen->out, what, 12);
	screen_paint(screen, TEXT_BOLD, line.data);
	mig_buf_putc(screen->out, '\n');
	mig_buf_fini(&line);
}

/* What an abort comes to. */
static const char *
way_out(const struct mig_json *rollout)
{
	return show_no_return(rollout) ? "hold it" : "go back";
}

static void
tell_no_return(struct screen *screen, const struct mig_json *rollout)
{
	if (show_no_return(rollout) && (show_is(rollout, "state", "running") ||
	    show_is(rollout, "state", "baking")))
		tell(screen, TEXT_YELLOW, "NO RETURN", "flags are not moved back any more: what "
		    "would roll back holds the rollout, and people must decide.");
}

static void
tell_paused(struct screen *screen, const struct mig_json *rollout)
{
	if (!show_has(mig_json_get(rollout, "overlays"), "paused"))
		return;
	tell(screen, TEXT_YELLOW, "PAUSED",
	    "by an operator: nothing advances, triggers stay armed.");
	offer(screen, "go on", "resume", rollout, NULL);
}

/* Several triggers may look at one metric; it is told with the first. */
static bool
told_before(const struct mig_json *rollout, const struct mig_json *trigger)
{
	const char *metric = show_string(trigger, "metric", "?");

	for (const struct mig_json *other = mig_json_first(mig_json_get(rollout, "triggers"));
	    other != NULL && other != trigger; other = mig_json_next(other)) {
		if (show_is(other, "metric", metric) && !show_is(other, "state", "disarmed"))
			return true;
	}
	return false;
}

static void
add_unbelievable(struct mig_buf *out, const struct mig_json *rollout)
{
	const char *sep = " No believable reading of ";

	for (const struct mig_json *trigger = mig_json_first(mig_json_get(rollout, "triggers"));
	    trigger != NULL; trigger = mig_json_next(trigger)) {
		const char *quality = show_string(trigger, "quality", "none");

		if (strcmp(quality, "ok") == 0 || strcmp(quality, "low_traffic") == 0 ||
		    show_is(trigger, "state", "disarmed") || told_before(rollout, trigger))
			continue;
		mig_buf_printf(out, "%s%s (%s)", sep, show_string(trigger, "metric", "?"), quality);
		sep = ", ";
	}
	for (const struct mig_json *item = mig_json_first(mig_json_get(rollout, "baselines"));
	    item != NULL; item = mig_json_next(item)) {
		const char *quality = show_string(item, "quality", "none");

		if (!show_is(item, "kind", "live") || strcmp(quality, "ok") == 0 ||
		    strcmp(quality, "low_traffic") == 0)
			continue;
		mig_buf_printf(out, "%s%s of the old path (%s)", sep,
		    show_string(item, "metric", "?"), quality);
		sep = ", ";
	}
	mig_buf_puts(out, strcmp(sep, ", ") == 0 ? "." : "");
}

static void
tell_blind(struct screen *screen, const struct mig_json *rollout)
{
	const struct mig_json *blind = mig_json_get(rollout, "blind");
	double seconds = 0;
	double limit = 0;
	struct mig_buf text;

	if (!show_has(mig_json_get(rollout, "overlays"), "blind"))
		return;
	mig_buf_init(&text, 8192);
	mig_buf_puts(&text, "nothing advances");
	if (show_number(blind, "seconds", &seconds)) {
		mig_wall since = { .ms = screen->now.ms - (int64_t)(seconds * 1000) };
		mig_buf_puts(&text, " since ");
		screen_time(screen, &text, since);
	}
	mig_buf_putc(&text, '.');
	add_unbelievable(&text, rollout);
	if (show_number(blind, "rollback_after_seconds", &limit)) {
		mig_buf_puts(&text, show_no_return(rollout) ? " Is held by itself " :
		    " Rolls back by itself ");
		text_duration(&text, limit > seconds ? limit - seconds : 0);
		mig_buf_puts(&text, " from now if this does not end.");
	} else {
		mig_buf_puts(&text, " Does NOT roll back by itself.");
	}
	tell(screen, TEXT_YELLOW, "BLIND", text.data);
	offer(screen, way_out(rollout), "abort", rollout, NULL);
	mig_buf_fini(&text);
}

static void
tell_drift(struct screen *screen, const struct mig_json *rollout)
{
	if (!show_has(mig_json_get(rollout, "overlays"), "drift"))
		return;
	struct mig_buf text;
	mig_buf_init(&text, 8192);
	mig_buf_puts(&text, "somebody else moved a flag; nothing advances.");
	for (const struct mig_json *flag = mig_json_first(mig_json_get(rollout, "flags"));
	    flag != NULL; flag = mig_json_next(flag)) {
		double intended = show_number_or_0(flag, "intended_percentage");
		double seen = 0;

		if (!show_number(flag, "verified_percentage", &seen) ||
		    !(seen < intended || seen > intended))
			continue;
		mig_buf_printf(&text, " %s: intended ", show_string(flag, "name", "?"));
		text_percent(&text, intended);
		mig_buf_puts(&text, " but the provider says ");
		text_percent(&text, seen);
		mig_buf_putc(&text, '.');
	}
	tell(screen, TEXT_YELLOW, "DRIFT", text.data);
	offer(screen, "keep it", "approve", rollout, "adopt");
	offer(screen, "put it back", "approve", rollout, "restore");
	mig_buf_fini(&text);
}

static void
tell_refused_writes(struct screen *screen, const struct mig_json *rollout)
{
	for (const struct mig_json *flag = mig_json_first(mig_json_get(rollout, "flags"));
	    flag != NULL; flag = mig_json_next(flag)) {
		if (!mig_json_bool(mig_json_get(flag, "write_failed")))
			continue;
		struct mig_buf text;
		mig_buf_init(&text, 8192);
		mig_buf_printf(&text, "the provider refused to set %s to ",
		    show_string(flag, "name", "?"));
		text_percent(&text, show_number_or_0(flag, "intended_percentage"));
		mig_buf_puts(&text, "; nothing advances.");
		tell(screen, TEXT_RED, "REFUSED", text.data);
		offer(screen, "try again", "approve", rollout, "restore");
		mig_buf_fini(&text);
	}
}

static void
tell_trigger(struct screen *screen, const struct mig_json *rollout,
    const struct mig_json *trigger)
{
	const char *id = show_string(trigger, "id", "?");
	const char *action = show_action_now(rollout, trigger);
	double value = 0;
	double left = 0;
	struct mig_buf text;
	mig_buf_init(&text, 8192);

	mig_buf_printf(&text, "%s: ", id);
	if (show_number(trigger, "value", &value))
		text_value(&text, value);
	else
		mig_buf_putc(&text, '?');
	mig_buf_putc(&text, ' ');
	show_condition(&text, trigger);
	if (show_is(trigger, "state", "pending")) {
		if (show_number(trigger, "time_to_fire_seconds", &left)) {
			mig_buf_printf(&text, "; %s in ", action);
			text_duration(&text, left);
		}
		mig_buf_puts(&text, " unless it recovers.");
		tell(screen, TEXT_YELLOW, "BREACH", text.data);
	} else if (show_is(trigger, "action", "propose_rollback")) {
		mig_buf_puts(&text, show_no_return(rollout) ? "; to HOLD the rollout is PROPOSED "
		    "and waits for you." : "; a rollback is PROPOSED and waits for you.");
		tell(screen, TEXT_RED, "FIRED", text.data);
		offer(screen, way_out(rollout), "approve", rollout, "rollback");
		offer(screen, "dismiss it", "dismiss", rollout, id);
	} else {
		mig_buf_printf(&text, "; it %s.", action);
		tell(screen, TEXT_RED, "FIRED", text.data);
		offer(screen, "dismiss it", "dismiss", rollout, id);
	}
	mig_buf_fini(&text);
}

static void
tell_triggers(struct screen *screen, const struct mig_json *rollout)
{
	/* Once it goes back or has ended, it is told above or below which one it was. */
	if (show_is(rollout, "state", "rolling_back") ||
	    text_state_finished(show_string(rollout, "state", NULL)))
		return;
	for (const struct mig_json *trigger = mig_json_first(mig_json_get(rollout, "triggers"));
	    trigger != NULL; trigger = mig_json_next(trigger)) {
		if (show_is(trigger, "state", "fired") || show_is(trigger, "state", "pending"))
			tell_trigger(screen, rollout, trigger);
	}
}

/* The live server is not as the plan wants it, or nobody can see it. */
static void
tell_schema(struct screen *screen, const struct mig_json *rollout, const struct mig_json *gate)
{
	const char *answer = show_string(gate, "answer", "unasked");
	struct mig_buf text;

	if (strcmp(answer, "drift") != 0 && strcmp(answer, "unknown") != 0)
		return;
	mig_buf_init(&text, 4096);
	mig_buf_printf(&text, strcmp(answer, "drift") == 0 ?
	    "the live schema is not the one that the plan was made for: %s." :
	    "the live schema cannot be seen: %s.", show_string(gate, "reason", "?"));
	tell(screen, TEXT_YELLOW, "SCHEMA", text.data);
	offer(screen, "enter it", "approve", rollout, show_string(gate, "name", "?"));
	mig_buf_fini(&text);
}

static void
tell_approval(struct screen *screen, const struct mig_json *rollout, const struct mig_json *gate)
{
	const struct mig_json *phase = mig_json_get(rollout, "phase");
	const char *name = show_string(gate, "name", "?");
	struct mig_buf text;

	mig_buf_init(&text, 4096);
	mig_buf_printf(&text, "gate %s of %s waits for you.%s", name,
	    show_string(phase, "name", "?"),
	    mig_json_bool(mig_json_get(phase, "point_of_no_return")) ?
	    " This is a POINT OF NO RETURN: after it flags are not moved back." : "");
	tell(screen, TEXT_YELLOW, "APPROVE", text.data);
	offer(screen, "go on", "approve", rollout, name);
	mig_buf_fini(&text);
}

static void
tell_gates(struct screen *screen, const struct mig_json *rollout)
{
	const struct mig_json *phase = mig_json_get(rollout, "phase");
	const struct mig_json *next = mig_json_get(rollout, "next");

	if (mig_json_bool(mig_json_get(phase, "hook_failed"))) {
		tell(screen, TEXT_RED, "HOOK",
		    "the executor refused the phase's hook; nothing advances.");
		offer(screen, "go on", "approve", rollout, "hook");
	} else if (show_has(mig_json_get(next, "waiting_for"), "hook")) {
		tell(screen, TEXT_YELLOW, "HOOK",
		    "the executor is at the phase's hook; nothing advances before it is done.");
		offer(screen, "it is done", "approve", rollout, "hook");
	}
	if (!show_has(mig_json_get(next, "waiting_for"), "gate"))
		return;
	for (const struct mig_json *gate = mig_json_first(mig_json_get(phase, "gates"));
	    gate != NULL; gate = mig_json_next(gate)) {
		/* An exit gate is of no interest while the entry gates are still closed. */
		bool entering = show_is(phase, "stage", "entry");
		bool at_entry = show_is(gate, "at", "entry");

		if (!show_is(gate, "state", "closed") || (entering && !at_entry))
			continue;
		if (show_is(gate, "kind", "approval"))
			tell_approval(screen, rollout, gate);
		else if (show_is(gate, "kind", "schema"))
			tell_schema(screen, rollout, gate);
	}
}

void
show_attention(struct screen *screen, const struct mig_json *rollout)
{
	if (show_is(rollout, "state", "loaded"))
		offer(screen, "start it", "start", rollout, NULL);
	tell_no_return(screen, rollout);
	tell_triggers(screen, rollout);
	tell_blind(screen, rollout);
	tell_drift(screen, rollout);
	tell_refused_writes(screen, rollout);
	tell_gates(screen, rollout);
	tell_paused(screen, rollout);
}
