/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <string.h>

#include "ctl/show_int.h"

#define WORDS_BYTES_MAX 8192U

/* Column of an item behind its dash. */
#define ITEM (SHOW_LABEL + 2U)

/* One thing that is in the way: a paragraph, and a command that helps (NULL: none does). */
static void
tell(struct screen *screen, const char *text, const char *command)
{
	mig_buf_printf(screen->out, "%*s", (int)ITEM, "- ");
	screen_wrap(screen, text, ITEM, ITEM);
	if (command == NULL)
		return;
	mig_buf_printf(screen->out, "%*s", (int)ITEM + 2, "");
	screen_paint(screen, TEXT_BOLD, command);
	mig_buf_putc(screen->out, '\n');
}

/* Fill a sentence in and tell it, with "migarchctl VERB ROLLOUT[ OPERAND]" below. */
static void
tell_filled(struct screen *screen, const char *text, const struct mig_json *object,
    const char *command)
{
	struct mig_buf words;
	mig_buf_init(&words, WORDS_BYTES_MAX);

	show_fill(&words, text, object);
	tell(screen, words.data, command);
	mig_buf_fini(&words);
}

static void
command(struct mig_buf *out, const char *verb, const struct mig_json *rollout, const char *operand)
{
	mig_buf_reset(out);
	mig_buf_printf(out, "migarchctl %s %s%s%s", verb, show_string(rollout, "id", "ROLLOUT"),
	    operand != NULL ? " " : "", operand != NULL ? operand : "");
}

static void
tell_offer(struct screen *screen, const char *text, const struct mig_json *rollout,
    const char *verb, const char *operand)
{
	struct mig_buf line;
	mig_buf_init(&line, WORDS_BYTES_MAX);

	command(&line, verb, rollout, operand);
	tell(screen, text, line.data);
	mig_buf_fini(&line);
}

static void
way_hold(struct screen *screen, const struct mig_json *rollout)
{
	const char *next = show_string(mig_json_get(rollout, "next"), "flag", "");

	const struct mig_json *bake = mig_json_get(rollout, "bake");
	const struct mig_json *rb = mig_json_get(rollout, "rollback");

	if (show_is(rollout, "state", "baking")) {
		tell_filled(screen, "the watch after the last phase: {held_seconds:d} of healthy "
		    "time so far, {for_seconds:d} are asked for", bake, NULL);
		return;
	}
	if (show_is(rollout, "state", "rolling_back")) {
		tell_filled(screen, "quiet triggers: for {quiet_seconds:d} so far, "
		    "{validation_seconds:d} are asked for", rb, NULL);
		return;
	}
	for (const struct mig_json *flag = mig_json_first(mig_json_get(rollout, "flags"));
	    flag != NULL; flag = mig_json_next(flag)) {
		if (show_is(flag, "name", next) || (next[0] == '\0' &&
		    show_number_or_0(flag, "held_seconds") <
		    show_number_or_0(flag, "hold_seconds")))
			tell_filled(screen, "the hold of {name} at {intended_percentage:p}: "
			    "{held_seconds:d} of healthy time so far, {hold_seconds:d} are asked "
			    "for", flag, NULL);
	}
}

static void
way_gate(struct screen *screen, const struct mig_json *rollout)
{
	const struct mig_json *phase = mig_json_get(rollout, "phase");
	const char *side = show_is(phase, "stage", "entry") ? "entry" : "exit";

	for (const struct mig_json *gate = mig_json_first(mig_json_get(phase, "gates"));
	    gate != NULL; gate = mig_json_next(gate)) {
		struct mig_buf line;

		if (!show_is(gate, "state", "closed") || !show_is(gate, "at", side))
			continue;
		mig_buf_init(&line, WORDS_BYTES_MAX);
		command(&line, "approve", rollout, show_string(gate, "name", NULL));
		if (show_is(gate, "kind", "approval"))
			tell_filled(screen, "gate {name}: an operator has to approve", gate,
			    line.data);
		else if (show_is(gate, "kind", "schema"))
			tell_filled(screen, "gate {name}: a look at the live schema shows "
			    "{answer}[: {reason}]", gate, line.data);
		else if (show_is(gate, "kind", "webhook"))
			tell_filled(screen, "gate {name}: the executor has not opened it", gate,
			    NULL);
		else
			tell_filled(screen, "gate {name}[ on {metric}]: held for {held_seconds:d}, "
			    "{for_seconds:d} are asked for", gate, NULL);
		mig_buf_fini(&line);
	}
}

static void
way_window(struct screen *screen, const struct mig_json *rollout)
{
	(void)rollout;
	tell(screen, "the migration window: at this time of the day nothing may go up", NULL);
}

/* The triggers that are in one of two states, with what is known of each. */
static bool
tell_triggers(struct screen *screen, const struct mig_json *rollout, const char *state,
    const char *text)
{
	bool any = false;

	for (const struct mig_json *item = mig_json_first(mig_json_get(rollout, "triggers"));
	    item != NULL; item = mig_json_next(item)) {
		if (!show_is(item, "state", state))
			continue;
		tell_filled(screen, text, item, NULL);
		any = true;
	}
	return any;
}

static void
way_metrics(struct screen *screen, const struct mig_json *rollout)
{
	if (!tell_triggers(screen, rollout, "unknown",
	    "a believable reading of {metric} for trigger {id}: the newest is {quality}"))
		tell(screen, "a reading of every metric since the flag was moved", NULL);
}

static void
way_traffic(struct screen *screen, const struct mig_json *rollout)
{
	if (!tell_triggers(screen, rollout, "low_traffic",
	    "more traffic: too few requests to judge {metric} for trigger {id}"))
		tell(screen, "more traffic: too few requests to judge", NULL);
}

static void
way_trigger(struct screen *screen, const struct mig_json *rollout)
{
	(void)tell_triggers(screen, rollout, "pending",
	    "trigger {id} to be quiet: {metric}[ is {value:v}], {operator:w} {threshold:v}, for "
	    "{pending_seconds:d}[ of {for_seconds:D}]; it {action:a} then");
	for (const struct mig_json *item = mig_json_first(mig_json_get(rollout, "triggers"));
	    item != NULL; item = mig_json_next(item)) {
		struct mig_buf line;

		if (!show_is(item, "state", "fired"))
			continue;
		if (show_is(rollout, "state", "rolling_back")) {
			/* It is answered already; until it is quiet nobody knows that it helped. */
			tell_filled(screen, "trigger {id} to be quiet: {metric}[ is {value:v}], "
			    "fires when {operator:w} {threshold:v}", item, NULL);
			continue;
		}
		mig_buf_init(&line, WORDS_BYTES_MAX);
		command(&line, "dismiss", rollout, show_string(item, "id", NULL));
		tell_filled(screen, "an answer to trigger {id}, which has fired: {metric}"
		    "[ is {value:v}], fires when {operator:w} {threshold:v}", item, line.data);
		if (show_is(item, "action", "propose_rollback"))
			tell_offer(screen, "or, to go back:", rollout, "approve", "rollback");
		mig_buf_fini(&line);
	}
}

static void
way_blind(struct screen *screen, const struct mig_json *rollout)
{
	tell_filled(screen, "metrics to come back: blind[ for {seconds:d}][; it rolls back after "
	    "{rollback_after_seconds:d} of that]", mig_json_get(rollout, "blind"), NULL);
}

static void
way_drift(struct screen *screen, const struct mig_json *rollout)
{
	for (const struct mig_json *flag = mig_json_first(mig_json_get(rollout, "flags"));
	    flag != NULL; flag = mig_json_next(flag)) {
		double seen = 0;

		if (!mig_json_bool(mig_json_get(flag, "verified")) &&
		    show_number(flag, "verified_percentage", &seen))
			tell_filled(screen, "{name}: it is to be at {intended_percentage:p}, but "
			    "the provider says {verified_percentage:p}", flag, NULL);
	}
	tell_offer(screen, "an operator who takes the flags as they are:", rollout, "approve",
	    "adopt");
	tell_offer(screen, "or puts them back:", rollout, "approve", "restore");
}

static void
way_paused(struct screen *screen, const struct mig_json *rollout)
{
	tell_offer(screen, "an operator: it is paused", rollout, "resume", NULL);
}

static void
way_unverified(struct screen *screen, const struct mig_json *rollout)
{
	for (const struct mig_json *flag = mig_json_first(mig_json_get(rollout, "flags"));
	    flag != NULL; flag = mig_json_next(flag)) {
		if (mig_json_bool(mig_json_get(flag, "write_failed")))
			tell_filled(screen, "{name}: the provider refused to set it to "
			    "{intended_percentage:p} (approve restore writes it again)", flag,
			    NULL);
		else if (!mig_json_bool(mig_json_get(flag, "acknowledged")))
			tell_filled(screen, "{name}: the provider has not acknowledged "
			    "{intended_percentage:p} yet", flag, NULL);
		else if (!mig_json_bool(mig_json_get(flag, "verified")))
			tell_filled(screen, "{name}: it has not been seen at "
			    "{intended_percentage:p} yet[; the provider says "
			    "{verified_percentage:p}]", flag, NULL);
	}
}

static void
way_hook(struct screen *screen, const struct mig_json *rollout)
{
	if (mig_json_bool(mig_json_get(mig_json_get(rollout, "phase"), "hook_failed")))
		tell_offer(screen, "an operator: the executor refused the phase's hook", rollout,
		    "approve", "hook");
	else
		tell(screen, "the executor to answer the phase's hook", NULL);
}

static void
way_baseline(struct screen *screen, const struct mig_json *rollout)
{
	for (const struct mig_json *item = mig_json_first(mig_json_get(rollout, "baselines"));
	    item != NULL; item = mig_json_next(item)) {
		double value = 0;

		if (!show_number(item, "value", &value))
			tell_filled(screen, "the baseline of {metric}[: {samples} readings so far]",
			    item, NULL);
	}
}

static void
way_start(struct screen *screen, const struct mig_json *rollout)
{
	tell_offer(screen, "an operator to start it", rollout, "start", NULL);
}

static void
way_steps(struct screen *screen, const struct mig_json *rollout)
{
	const struct mig_json *phases = mig_json_get(mig_json_get(rollout, "rollback"), "phases");

	for (const struct mig_json *phase = mig_json_first(phases); phase != NULL;
	    phase = mig_json_next(phase)) {
		const struct mig_json *step = mig_json_first(mig_json_get(phase, "steps"));

		for (; step != NULL; step = mig_json_next(step)) {
			if (show_is(step, "state", "waiting_for_ack"))
				tell_offer(screen, "somebody to do a step and acknowledge it:",
				    rollout, "ack", show_string(step, "step_id", NULL));
			else if (show_is(step, "state", "running"))
				tell_filled(screen, "the executor to do step {step_id}[ "
				    "({attempts:V} attempts)][: {last_error}]", step, NULL);
		}
	}
}

/* The words of waiting_for. */
static const struct {
	const char *word;
	void (*tell)(struct screen *screen, const struct mig_json *rollout);
} ways[] = {
	{ "start", way_start },
	{ "paused", way_paused },
	{ "drift", way_drift },
	{ "blind", way_blind },
	{ "trigger", way_trigger },
	{ "metrics", way_metrics },
	{ "traffic", way_traffic },
	{ "unverified", way_unverified },
	{ "hook", way_hook },
	{ "gate", way_gate },
	{ "steps", way_steps },
	{ "baseline", way_baseline },
	{ "hold", way_hold },
	{ "window", way_window },
};

/* What has come of a rollback so far. */
static void
add_outcome(struct mig_buf *out, const struct mig_json *rollout)
{
	const struct mig_json *rb = mig_json_get(rollout, "rollback");
	mig_wall decided = show_at(rb, "decided_at");
	mig_wall restored = show_at(rb, "flags_restored_at");

	if (mig_json_first(rb) == NULL)
		return;
	if (restored.ms == 0) {
		mig_buf_puts(out, "The flags are NOT all back yet. ");
		return;
	}
	mig_buf_puts(out, "All flags were seen back in their place ");
	text_duration(out, (double)(restored.ms - decided.ms) / 1000);
	mig_buf_puts(out, " after the decision. ");
}

static void
add_state(struct mig_buf *out, const struct mig_json *rollout)
{
	mig_buf_puts(out, "The rollout is ");
	for (const char *p = show_string(rollout, "state", "?"); *p != '\0'; p++)
		mig_buf_putc(out, *p == '_' ? ' ' : *p);
	for (const struct mig_json *item = mig_json_first(mig_json_get(rollout, "overlays"));
	    item != NULL; item = mig_json_next(item)) {
		const char *word = mig_json_string(item);

		mig_buf_printf(out, " + %s", word != NULL ? word : "?");
	}
}

void
show_why_now(struct screen *screen, const struct mig_json *rollout)
{
	const struct mig_json *next = mig_json_get(rollout, "next");
	const struct mig_json *waiting_for = mig_json_get(next, "waiting_for");
	mig_wall earliest = show_at(next, "earliest_at");
	struct mig_buf words;
	mig_buf_init(&words, WORDS_BYTES_MAX);

	add_outcome(&words, rollout);
	add_state(&words, rollout);
	mig_buf_puts(&words, ". ");
	size_t before = words.len;
	mig_buf_puts(&words, "Next: ");
	if (!show_next_action(&words, rollout)) {
		mig_buf_truncate(&words, before);
		mig_buf_puts(&words, "Nothing more happens.");
	} else if (mig_json_count(waiting_for) == 0) {
		mig_buf_puts(&words, ". Nothing is in the way.");
	} else {
		if (earliest.ms > screen->now.ms) {
			mig_buf_puts(&words, ", not before ");
			screen_time(screen, &words, earliest);
		}
		mig_buf_puts(&words, ". It waits for:");
	}
	show_labelled(screen, "Now", words.data);
	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
		if (show_has(waiting_for, ways[i].word))
			ways[i].tell(screen, rollout);
	}
	mig_buf_fini(&words);
}
