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
		tell_offer(screen, "or an operator who knows that all is well:", rollout,
		    "approve", "validation");
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

/* Whether a trigger can't be judged for want of a reading of its own metric. */
static bool
lacks_reading(const struct mig_json *rollout, const struct mig_json *trigger)
{
	/* On the way back whatever was judged before has to be seen again. */
	bool asked = show_is(rollout, "state", "rolling_back") ?
	    !show_is(trigger, "state", "disarmed") : show_is(trigger, "state", "unknown");

	return asked && !show_is(trigger, "quality", "ok") &&
	    !mig_json_bool(mig_json_get(trigger, "excused"));
}

/* A baseline that the trigger's limit is made of and that is not known now; NULL: there is none. */
static const struct mig_json *
missing_baseline(const struct mig_json *rollout, const struct mig_json *trigger)
{
	const struct mig_json *names = mig_json_get(trigger, "baseline_metrics");
	double value = 0;

	for (const struct mig_json *item = mig_json_first(mig_json_get(rollout, "baselines"));
	    item != NULL; item = mig_json_next(item)) {
		bool known = show_number(item, "value", &value) &&
		    (!show_is(item, "kind", "live") || show_is(item, "quality", "ok"));
		if (!known && show_has(names, show_string(item, "metric", "")))
			return item;
	}
	return NULL;
}

/* The baseline for want of which it can't be judged; NULL: that is not why. */
static const struct mig_json *
lacking_baseline(const struct mig_json *rollout, const struct mig_json *trigger)
{
	bool judged = show_is(trigger, "state", "unknown") ||
	    show_is(trigger, "state", "low_traffic");
	double value = 0;

	if (show_is(rollout, "state", "rolling_back")) {
		/* Before the first phase there was nothing to compare. */
		judged = show_at(mig_json_get(rollout, "phase"), "entered_at").ms != 0 &&
		    !show_is(trigger, "state", "disarmed");
	}
	return judged && !show_number(trigger, "threshold", &value) ?
	    missing_baseline(rollout, trigger) : NULL;
}

/* Whether it was not judged by the newest reading: it was dismissed, or there was no time yet. */
static bool
lacks_judgement(const struct mig_json *rollout, const struct mig_json *trigger)
{
	return show_is(trigger, "state", "unknown") && show_is(trigger, "quality", "ok") &&
	    lacking_baseline(rollout, trigger) == NULL;
}

/* The triggers that wait for one baseline, in one paragraph; whether there are any. */
static bool
tell_baseline(struct screen *screen, const struct mig_json *rollout,
    const struct mig_json *baseline)
{
	const char *sep = "a baseline for ";
	struct mig_buf words;
	mig_buf_init(&words, WORDS_BYTES_MAX);

	for (const struct mig_json *item = mig_json_first(mig_json_get(rollout, "triggers"));
	    item != NULL; item = mig_json_next(item)) {
		if (lacking_baseline(rollout, item) != baseline)
			continue;
		mig_buf_printf(&words, "%s%s", sep, show_string(item, "id", "?"));
		sep = ", ";
	}
	bool any = words.len > 0;
	if (any && show_is(baseline, "kind", "live"))
		show_fill(&words, ": the old path has no believable reading of {metric}[; asked "
		    "with {query}]", baseline);
	else if (any)
		show_fill(&words, ": that of {metric} is still being captured[, {samples} "
		    "readings so far]", baseline);
	if (any)
		tell(screen, words.data, NULL);
	mig_buf_fini(&words);
	return any;
}

static void
way_metrics(struct screen *screen, const struct mig_json *rollout)
{
	bool any = false;

	for (const struct mig_json *item = mig_json_first(mig_json_get(rollout, "triggers"));
	    item != NULL; item = mig_json_next(item)) {
		const char *text = NULL;

		if (lacks_reading(rollout, item) && show_is(item, "quality", "none"))
			text = "a reading of {metric} for trigger {id}: the daemon has had none "
			    "yet";
		else if (lacks_reading(rollout, item))
			text = "a believable reading of {metric} for trigger {id}: the newest is "
			    "{quality}";
		else if (lacks_judgement(rollout, item))
			text = "the next reading of {metric} for trigger {id}";
		if (text == NULL)
			continue;
		tell_filled(screen, text, item, NULL);
		any = true;
	}
	for (const struct mig_json *item = mig_json_first(mig_json_get(rollout, "baselines"));
	    item != NULL; item = mig_json_next(item))
		any = tell_baseline(screen, rollout, item) || any;
	if (!any && show_is(rollout, "state", "rolling_back"))
		tell(screen, "a believable reading of every metric", NULL);
	else if (!any)
		tell(screen, "a reading of every metric since the flag was moved", NULL);
}

static void
way_traffic(struct screen *screen, const struct mig_json *rollout)
{
	bool any = false;

	if (show_is(rollout, "state", "baselining")) {
		tell(screen, "more traffic on the old path: too few requests for a baseline", NULL);
		return;
	}
	for (const struct mig_json *item = mig_json_first(mig_json_get(rollout, "triggers"));
	    item != NULL; item = mig_json_next(item)) {
		if (!show_is(item, "state", "low_traffic") ||
		    mig_json_bool(mig_json_get(item, "excused")))
			continue;
		tell_filled(screen, "more traffic: too few requests to judge {metric} for trigger "
		    "{id}", item, NULL);
		any = true;
	}
	if (!any)
		tell(screen, "more traffic: too few requests to judge", NULL);
}

/* On the way back it is answered already; until it is quiet nobody knows that it helped. */
static void
tell_noisy(struct screen *screen, const struct mig_json *rollout)
{
	for (const struct mig_json *item = mig_json_first(mig_json_get(rollout, "triggers"));
	    item != NULL; item = mig_json_next(item)) {
		if (mig_json_bool(mig_json_get(item, "breached")) &&
		    show_is(item, "quality", "ok") && !show_is(item, "action", "scale_up"))
			tell_filled(screen, "trigger {id} to be quiet: {metric}[ is {value:v}], "
			    "fires when {operator:w} {threshold:v}", item, NULL);
	}
}

static void
tell_pending(struct screen *screen, const struct mig_json *rollout, const struct mig_json *trigger)
{
	struct mig_buf words;
	mig_buf_init(&words, WORDS_BYTES_MAX);

	show_fill(&words, "trigger {id} to be quiet: {metric}[ is {value:v}], {operator:w} "
	    "{threshold:v}, for {pending_seconds:d}[ of {for_seconds:D}]; it ", trigger);
	mig_buf_printf(&words, "%s then", show_action_now(rollout, trigger));
	tell(screen, words.data, NULL);
	mig_buf_fini(&words);
}

static void
way_trigger(struct screen *screen, const struct mig_json *rollout)
{
	if (show_is(rollout, "state", "rolling_back")) {
		tell_noisy(screen, rollout);
		return;
	}
	for (const struct mig_json *item = mig_json_first(mig_json_get(rollout, "triggers"));
	    item != NULL; item = mig_json_next(item)) {
		if (show_is(item, "state", "pending"))
			tell_pending(screen, rollout, item);
	}
	for (const struct mig_json *item = mig_json_first(mig_json_get(rollout, "triggers"));
	    item != NULL; item = mig_json_next(item)) {
		struct mig_buf line;

		if (!show_is(item, "state", "fired"))
			continue;
		mig_buf_init(&line, WORDS_BYTES_MAX);
		command(&line, "dismiss", rollout, show_string(item, "id", NULL));
		tell_filled(screen, "an answer to trigger {id}, which has fired: {metric}"
		    "[ is {value:v}], fires when {operator:w} {threshold:v}", item, line.data);
		if (show_is(item, "action", "propose_rollback"))
			tell_offer(screen, show_no_return(rollout) ? "or, to hold the rollout "
			    "(there is no way back):" : "or, to go back:", rollout, "approve",
			    "rollback");
		mig_buf_fini(&line);
	}
}

static void
way_blind(struct screen *screen, const struct mig_json *rollout)
{
	tell_filled(screen, show_no_return(rollout) ?
	    "metrics to come back: blind[ for {seconds:d}][; the rollout is held after "
	    "{rollback_after_seconds:d} of that]" :
	    "metrics to come back: blind[ for {seconds:d}][; it rolls back after "
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

/* What a flag waits for as far as the status knows; NULL when it was in its place. */
static const char *
flag_words(const struct mig_json *flag)
{
	if (mig_json_bool(mig_json_get(flag, "write_failed")))
		return "{name}: the provider refused to set it to {intended_percentage:p} (approve "
		    "restore writes it again)";
	if (!mig_json_bool(mig_json_get(flag, "acknowledged")))
		return "{name}: the provider has not acknowledged {intended_percentage:p} yet";
	if (!mig_json_bool(mig_json_get(flag, "verified")))
		return "{name}: it has not been seen at {intended_percentage:p} yet[; the provider "
		    "says {verified_percentage:p}]";
	return NULL;
}

/* A flag that was in its place has to be seen there again. */
static void
tell_unseen(struct screen *screen, const struct mig_json *rollout, const struct mig_json *flag)
{
	const struct mig_json *rb = mig_json_get(rollout, "rollback");
	struct mig_buf words;
	mig_buf_init(&words, WORDS_BYTES_MAX);

	show_fill(&words, "{name} to be read back, as after a restart, a standstill or reads that "
	    "fail: it was last seen at {intended_percentage:p} on ", flag);
	screen_time(screen, &words, show_at(flag, "verified_at"));
	/* Later it may be the error of a step. */
	if (show_at(rb, "flags_restored_at").ms == 0)
		show_fill(&words, "[; the last error: {last_error}]", rb);
	tell(screen, words.data, NULL);
	mig_buf_fini(&words);
}

static void
way_unverified(struct screen *screen, const struct mig_json *rollout)
{
	for (const struct mig_json *flag = mig_json_first(mig_json_get(rollout, "flags"));
	    flag != NULL; flag = mig_json_next(flag)) {
		const char *text = flag_words(flag);

		if (text != NULL)
			tell_filled(screen, text, flag, NULL);
		else if (!mig_json_bool(mig_json_get(flag, "checked")))
			tell_unseen(screen, rollout, flag);
	}
}

static void
way_hook(struct screen *screen, const struct mig_json *rollout)
{
	if (mig_json_bool(mig_json_get(mig_json_get(rollout, "phase"), "hook_failed")))
		tell_offer(screen, "an operator: the executor refused the phase's hook", rollout,
		    "approve", "hook");
	else
		tell_offer(screen, "the executor to be done with the phase's hook, or, if it "
		    "cannot say so, an operator", rollout, "approve", "hook");
}

static void
way_baseline(struct screen *screen, const struct mig_json *rollout)
{
	for (const struct mig_json *item = mig_json_first(mig_json_get(rollout, "baselines"));
	    item != NULL; item = mig_json_next(item)) {
		double value = 0;

		if (!show_number(item, "value", &value))
			tell_filled(screen, show_is(item, "kind", "live") ?
			    "the baseline of {metric}: the old path has no believable reading yet"
			    "[; asked with {query}]" :
			    "the baseline of {metric}[: {samples} readings so far]", item, NULL);
	}
}

/* An operator may pass over what history says, but not over a check of the schemas. */
static void
way_start(struct screen *screen, const struct mig_json *rollout, const struct mig_json *record)
{
	bool refused = show_is(record, "kind", "preflight_refused");
	double history = 0;

	if (!refused)
		tell_offer(screen, "an operator to start it", rollout, "start", NULL);
	else if (show_number(mig_json_get(record, "detail"), "history_seconds", &history))
		tell_offer(screen, "an operator to start it all the same", rollout, "start", NULL);
	else
		tell_offer(screen, "an operator to start it; that is refused as well until what "
		    "stands against it is gone (or schema has override = true)", rollout, "start",
		    NULL);
}

/* A step that is at work; false when nothing is to be said of it. */
static bool
tell_step(struct screen *screen, const struct mig_json *rollout, const struct mig_json *step)
{
	if (show_is(step, "state", "waiting_for_ack")) {
		tell_offer(screen, "somebody to do a step and acknowledge it:", rollout, "ack",
		    show_string(step, "step_id", NULL));
		return true;
	}
	if (!show_is(step, "state", "running"))
		return false;
	tell_filled(screen, "the executor to do step {step_id}[ ({attempts:V} attempts)]"
	    "[: {last_error}]", step, NULL);
	return true;
}

static void
way_steps(struct screen *screen, const struct mig_json *rollout)
{
	const struct mig_json *phases = mig_json_get(mig_json_get(rollout, "rollback"), "phases");
	const struct mig_json *first = NULL;
	bool any = false;

	for (const struct mig_json *phase = mig_json_first(phases); phase != NULL;
	    phase = mig_json_next(phase)) {
		const struct mig_json *step = mig_json_first(mig_json_get(phase, "steps"));

		for (; step != NULL; step = mig_json_next(step)) {
			any = tell_step(screen, rollout, step) || any;
			if (first == NULL && show_is(step, "state", "pending"))
				first = step;
		}
	}
	if (!any && first != NULL)
		tell_filled(screen, "step {step_id}: it begins when the flags are seen back",
		    first, NULL);
}

/* The words of waiting_for. */
static const struct {
	const char *word;
	void (*tell)(struct screen *screen, const struct mig_json *rollout);
} ways[] = {
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
show_why_now(struct screen *screen, const struct mig_json *rollout, const struct mig_json *record)
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
	if (show_has(waiting_for, "start"))
		way_start(screen, rollout, record);
	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
		if (show_has(waiting_for, ways[i].word))
			ways[i].tell(screen, rollout);
	}
	mig_buf_fini(&words);
}
