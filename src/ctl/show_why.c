/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <string.h>

#include "ctl/show.h"
#include "ctl/show_int.h"

#define WORDS_BYTES_MAX 65536U

/* A record and where its words go: one paragraph after the other. */
struct telling {
	struct screen *screen;
	const struct mig_json *record;
	const struct mig_json *detail;
	struct mig_buf words;
};

/*
 * Why, by the kind of the record and its "reason" (NULL: whatever it is), in the words of
 * show_fill().
 */
static const struct {
	const char *kind;
	const char *reason;
	const char *text;
} reasons[] = {
	{ "trigger_fired", NULL,
	    "{metric} was {value:v}. Trigger {trigger} fires when it is {operator:w} "
	    "{threshold:v}[, and then {action:a}]." },
	{ "trigger_pending", NULL,
	    "{metric} was {value:v}, and trigger {trigger} wants it not to be {operator:w} "
	    "{threshold:v}.[ If that lasts for {for_seconds:D}, it {action:a}.]" },
	{ "trigger_cleared", NULL,
	    "{metric} was {value:v}, which is not {operator:w} {threshold:v} any more: trigger "
	    "{trigger} is quiet again." },
	{ "trigger_dismissed", NULL,
	    "An operator dismissed trigger {trigger}: it is armed again, and counts as unknown "
	    "until its next reading.[ {metric} had been {value:v}, {operator:w} {threshold:v}.]" },
	{ "rollback_decided", "trigger",
	    "Trigger {trigger} fired[: {metric} was {value:v}, and must not be {operator:w} "
	    "{threshold:v}].[ It {action:a}.]" },
	{ "rollback_decided", "operator", "An operator ordered it." },
	{ "rollback_decided", "blind",
	    "Nobody could see how the service was[ for {blind_seconds:d}][, and after "
	    "{blind_rollback_after_seconds:d} of that the rollout goes back]." },
	{ "rollback_decided", "daemon_loss", "The daemon was lost and could not be kept alive." },
	{ "held", "trigger",
	    "Trigger {trigger} fired[: {metric} was {value:v}, and must not be {operator:w} "
	    "{threshold:v}]. A point of no return had been passed: flags are not moved back to a "
	    "system that is gone. People must decide." },
	{ "held", NULL,
	    "It was to go back, but a point of no return had been passed: flags are not moved "
	    "back to a system that is gone. People must decide." },
	{ "flag_write", "start",
	    "{flag} went from {from:p} to {to:p}, its first step[ ({step} of {step_count})]: "
	    "nothing was in the way." },
	{ "flag_write", "step",
	    "{flag} went from {from:p} to {to:p}[ (step {step} of {step_count})]: nothing was in "
	    "the way." },
	{ "flag_write", "rollback",
	    "The rollback brings {flag} back from {from:p} to {to:p}." },
	{ "flag_write", "abort", "The abort brings {flag} back from {from:p} to {to:p}." },
	{ "flag_write", "drift",
	    "An operator had {flag} written again, so that it is at {to:p} as intended." },
	{ "phase_entered", NULL,
	    "Phase {phase} was entered: the one before it was left, and nothing was in the way." },
	{ "phase_left", NULL,
	    "Phase {phase} was left[ after {held_seconds:d} of healthy time]: its work was done, "
	    "and nothing was in the way." },
	{ "blind", NULL,
	    "No believable reading had come[ for more than {blind_after_seconds:d}]: nothing goes "
	    "forward until metrics are back.[ It rolls back when that lasts for "
	    "{blind_rollback_after_seconds:D}.]" },
	{ "triggers_unjudged", NULL,
	    "Users are sent to the new path, but[ for {unjudged_seconds:d}] there were too few "
	    "requests, or none, to judge it by: {unjudged}. That holds the rollout and fires "
	    "nothing. Look whether the new path still answers." },
	{ "drift", NULL,
	    "{flag} is to be at {intended:p}, but the provider says {observed:p}[; last seen in "
	    "its place at {verified_at}]. Somebody else moved it. Nothing goes forward until it "
	    "is adopted or restored." },
	{ "flag_unseen", NULL,
	    "{flag} was to be seen at {percentage:p}, but each attempt to read it failed[: "
	    "{error}]. Nothing goes forward until it is seen; it is read again every second." },
	{ "gate_unanswered", NULL,
	    "Nobody answered at gate {gate} of phase {phase}, four times in a row[: {error}]. It "
	    "stays closed, and is asked again with every poll, until the executor or an operator "
	    "opens it." },
	{ "drift_adopted", NULL, "An operator took {flag} as it was[, at {percentage:p}]." },
	{ "drift_restored", NULL, "An operator had {flag} put back[ to {percentage:p}]." },
	{ "completed", NULL,
	    "All phases were through, and the watch after them was over[: {held_seconds:d} of "
	    "healthy time, {for_seconds:d} were asked for]." },
	{ "rolled_back", NULL,
	    "All flags are back, the runbook's steps are done[, and all triggers were quiet for "
	    "{quiet_seconds:d} ({validation_seconds:d} are asked for)].[ It took {seconds:d} from "
	    "the decision on.]" },
	{ "preflight_refused", NULL,
	    "It should have started by itself, and that stood against it.[ Its triggers were to be "
	    "tried on {history_seconds:d} of history first.]" },
	{ "loaded", NULL, "Plan, runbook and binding were taken in; nothing moves before it is "
	    "started." },
	{ "running", NULL,
	    "All that its triggers compare with is known: the first phase can be entered." },
	{ "flags_restored", NULL,
	    "Every flag is known to be where the rollback wants it[, {seconds:d} after the "
	    "decision]." },
	{ "flags_not_restored", NULL,
	    "The rollback has set them back, but nobody has seen them there yet[: {error}]. That "
	    "goes on until they are." },
	{ "rollback_step_waiting", NULL,
	    "Only people can say when step {step}[ ({name})][ of {phase}] is done: it is manual, "
	    "no executor is configured (steps.url), or the executor has taken it on without a word "
	    "on its end. It waits for migarchctl ack." },
	{ "rollback_step_failed", NULL,
	    "The executor has not done step {step}[ ({name})][ of {phase}][: {error}]. It is asked "
	    "again until it has." },
	{ "rollback_step_sent", NULL,
	    "Step {step}[ ({name})][ of {phase}] was due: the executor was asked to do it." },
	{ "rollback_step_done", NULL,
	    "Whoever does step {step}[ ({name})][ of {phase}] has said that it is done." },
	{ "rollback_step_reminder", NULL,
	    "Step {step}[ ({name})][ of {phase}] still waits for migarchctl ack; nothing of the "
	    "rollback behind it begins before." },
	{ "hook_waiting", NULL,
	    "The executor has taken on the hook of phase {phase}, and nothing tells of its end. It "
	    "waits for migarchctl approve, with hook." },
	{ "hook_passed_over", NULL, "An operator had the phase's hook taken for done." },
	{ "window_opened", NULL, "A step up is allowed again at this time of day." },
	{ "validation_accepted", NULL,
	    "An operator took the rollback for good without waiting for quiet triggers." },
	{ "records_lost", NULL,
	    "The store failed, and more happened meanwhile than memory has room for: {count} "
	    "records of it." },
	{ "validating", NULL,
	    "Flags are back and the runbook's steps are done. Now all triggers have to be quiet, "
	    "without a break[, for {for_seconds:D}] (validation_window)." },
	{ "validation_failing", NULL,
	    "Flags and steps are back, but[ for {noisy_seconds:d}] a trigger has been breached or "
	    "without a believable reading: it may be something else than the new "
	    "path. People should look; it goes on waiting for quiet." },
	{ "sighted", NULL, "Believable readings have come again; the time without any is over." },
	{ "drift_cleared", NULL, "All flags are again where this rollout wants them." },
	{ "baking", NULL,
	    "All phases are through. It is completed when[ {for_seconds:D} of] healthy time "
	    "(bake_time) is over." },
	{ "effect_failing", NULL,
	    "No attempt has come through[, {attempts} so far][: {error}]. It is tried again." },
	{ "effect_refused", NULL,
	    "The other end says no, for good[: {error}]. Nothing goes forward until an operator "
	    "has decided." },
	{ "paused", NULL,
	    "An operator paused it: nothing goes forward until it is resumed. Triggers stay "
	    "armed." },
	{ "resumed", NULL, "An operator ended the pause." },
	{ "gate_opened", NULL, "Gate {gate} of phase {phase} was opened[ ({kind})][, although a "
	    "look at the live server had shown {answer}: {reason}]." },
	{ "schema_drift", NULL,
	    "The schema of the live server is not the one that the plan was made for[: {reason}]. "
	    "Phase {phase} is not entered until that is gone or an operator opens the gate "
	    "{gate}; nothing is rolled back." },
	{ "schema_unknown", NULL,
	    "The schema of the live server could not be seen[: {reason}]. Phase {phase} is not "
	    "entered until it can, or until an operator opens the gate {gate}; it is asked again "
	    "with every poll." },
	{ "window_closed", NULL,
	    "All else was ready, but a step up is not allowed at this time of day[; it is again "
	    "from {until} on]." },
};

/* Add words to the paragraph at work, with members of the object filled in. */
static void
say(struct telling *telling, const char *text, const struct mig_json *object)
{
	show_fill(&telling->words, text, object);
}

/* Words so far become a paragraph. */
static void
end_paragraph(struct telling *telling, const char *label)
{
	show_labelled(telling->screen, label, telling->words.data);
	mig_buf_reset(&telling->words);
}

/* The record in a line, or in several where it is long, each in its colour. */
static void
tell_words(struct screen *screen, enum text_colour colour, const char *words)
{
	struct mig_buf lines;
	struct screen plain = *screen;

	mig_buf_init(&lines, WORDS_BYTES_MAX);
	plain.out = &lines;
	screen_wrap(&plain, words, 0, SHOW_LABEL);
	for (char *line = lines.data, *end = NULL; (end = strchr(line, '\n')) != NULL;
	    line = end + 1) {
		*end = '\0';
		screen_paint(screen, colour, line);
		mig_buf_putc(screen->out, '\n');
	}
	mig_buf_fini(&lines);
}

static void
tell_head(struct telling *telling, const char *id)
{
	struct screen *screen = telling->screen;
	mig_wall at = show_at(telling->record, "at");

	enum text_colour colour = show_words(&telling->words, telling->record);
	tell_words(screen, colour, telling->words.data);
	mig_buf_reset(&telling->words);
	mig_buf_printf(&telling->words, "by %s at ", show_string(telling->record, "actor", "?"));
	screen_time(screen, &telling->words, at);
	mig_buf_printf(&telling->words, ", record %.0f of rollout %s",
	    show_number_or_0(telling->record, "seq"), id);
	end_paragraph(telling, "");
	mig_buf_putc(screen->out, '\n');
}

/* What the words of a kind alone cannot say; whether there was something. */
static bool
tell_otherwise(struct telling *telling)
{
	bool by_itself = show_is(telling->record, "actor", "migarchd");
	double index = 0;

	if (show_is(telling->record, "kind", "started")) {
		mig_buf_puts(&telling->words, by_itself ? "The configuration has it started by "
		    "itself (start = \"auto\")." : "An operator started it.");
	} else if (show_is(telling->record, "kind", "phase_entered") &&
	    show_number(telling->detail, "index", &index) && index <= 0) {
		say(telling, "Phase {phase} was entered, the first one: nothing was in the way.",
		    telling->detail);
	} else if (show_is(telling->record, "kind", "flag_verified")) {
		say(telling, mig_json_bool(mig_json_get(telling->detail, "read_back")) ?
		    "{flag} was read back from the provider, and was at {percentage:p}." :
		    "The provider has acknowledged {percentage:p} for {flag}. It is not one that "
		    "is read back, so that is believed.", telling->detail);
	} else if (show_is(telling->record, "kind", "baseline_captured")) {
		say(telling, "That is made of {samples} readings of the old path[ in "
		    "{window_seconds:d}][, whose median was {median:v}][; half of them were within "
		    "{spread:v} of it].", telling->detail);
		if (mig_json_bool(mig_json_get(telling->detail, "floor_used")))
			mig_buf_puts(&telling->words, " That is less than the metric's floor, "
			    "which stands in for it.");
	} else if (show_is(telling->record, "kind", "restored")) {
		say(telling, "The daemon had been away[ for {downtime_seconds:d}].",
		    telling->detail);
		if (mig_json_bool(mig_json_get(telling->detail, "refilled")))
			mig_buf_puts(&telling->words, " The server's history told what triggers "
			    "would have seen meanwhile.");
		if (mig_json_bool(mig_json_get(telling->detail, "hold_starts_again")))
			mig_buf_puts(&telling->words, " That was too long to count: what has to be "
			    "kept for a time is kept for all of it again.");
	} else {
		return false;
	}
	return true;
}

/* A rollback that was only proposed: who wanted it. */
static void
confirmed(struct telling *telling)
{
	mig_wall fired = show_at(telling->detail, "fired_at");

	if (fired.ms != 0) {
		mig_buf_puts(&telling->words, " It fired at ");
		show_time(&telling->words, fired);
		mig_buf_putc(&telling->words, '.');
	}
	mig_buf_printf(&telling->words, " %s confirmed it.",
	    show_string(telling->record, "actor", "?"));
}

static void
tell_reason(struct telling *telling)
{
	const char *comment = show_string(telling->detail, "comment", NULL);
	bool told = tell_otherwise(telling);

	for (size_t i = 0; !told && i < sizeof(reasons) / sizeof(reasons[0]); i++) {
		if (!show_is(telling->record, "kind", reasons[i].kind) ||
		    (reasons[i].reason != NULL &&
		    !show_is(telling->detail, "reason", reasons[i].reason)))
			continue;
		say(telling, reasons[i].text, telling->detail);
		break;
	}
	if (show_is(telling->record, "kind", "rollback_decided") &&
	    show_is(telling->detail, "action", "propose_rollback"))
		confirmed(telling);
	if (comment != NULL)
		mig_buf_printf(&telling->words, "%sThe comment was: \"%s\".",
		    telling->words.len > 0 ? " " : "", comment);
	if (mig_json_bool(mig_json_get(telling->detail, "truncated")))
		mig_buf_puts(&telling->words, " (The record had no room for more.)");
	end_paragraph(telling, "Why");
}

/* How long a trigger's condition had held, and how long it has to. */
static void
tell_duration(struct telling *telling)
{
	const struct mig_json *detail = telling->detail;
	double needed = 0;
	double poll = 0;
	double since = 0;

	if (mig_json_get(detail, "trigger") == NULL || !show_number(detail, "for_seconds", &needed))
		return;
	if (needed <= 0) {
		mig_buf_puts(&telling->words, "One believable reading is enough for it.");
	} else if (show_number(detail, "poll_interval_seconds", &poll) && needed < poll) {
		say(telling, "One believable reading is enough: it takes "
		    "{for_seconds:d}, and there is one every {poll_interval_seconds:d}.", detail);
	} else if (show_number(detail, "since_seconds", &since)) {
		say(telling, "It had been so for {since_seconds:d}, and "
		    "{pending_seconds:d} of that count; it takes {for_seconds:d}.", detail);
	} else {
		say(telling, "It takes {for_seconds:d}.", detail);
	}
	double steady = 0;
	double share = 0;
	double least = 0;
	bool covered = show_number(detail, "coverage", &share) &&
	    show_number(detail, "min_coverage", &least);
	if (needed > 0 && covered && share < least &&
	    show_number(detail, "steady_seconds", &steady) && steady >= needed) {
		say(telling, " The last {steady_seconds:d} were without a gap, which is enough.",
		    detail);
	} else if (needed > 0 && covered) {
		mig_buf_printf(&telling->words, " Readings covered %.0f %% of the time, and at "
		    "least %.0f %% are needed.", share * 100, least * 100);
	}
	end_paragraph(telling, "How long");
}

/* A sample's own time behind some words, and how old it was. */
static void
add_time(struct telling *telling, const char *words, const char *key)
{
	mig_wall sampled = show_at(telling->detail, key);
	int64_t age_ms = show_at(telling->record, "at").ms - sampled.ms;

	if (sampled.ms == 0)
		return;
	mig_buf_puts(&telling->words, words);
	show_time(&telling->words, sampled);
	mig_buf_puts(&telling->words, " (");
	text_duration(&telling->words, age_ms > 0 ? (double)age_ms / 1000 : 0);
	mig_buf_puts(&telling->words, " before)");
}

static void
tell_sample(struct telling *telling)
{
	const struct mig_json *detail = telling->detail;
	const char *quality = show_string(detail, "quality", NULL);

	if (mig_json_get(detail, "trigger") == NULL || quality == NULL)
		return;
	if (strcmp(quality, "ok") == 0)
		say(telling, "{value:v}", detail);
	else
		say(telling, "{value:v} is what was judged last. The newest reading "
		    "was {quality} and says nothing", detail);
	add_time(telling, ", of ", "sampled_at");
	say(telling, "[, over {sample_count:v} requests][ (at least {min_samples:V} "
	    "are needed)]", detail);
	if (strcmp(quality, "ok") == 0)
		mig_buf_puts(&telling->words, "; the reading is believable (ok)");
	mig_buf_putc(&telling->words, '.');
	end_paragraph(telling, "Sample");
}

/* Where the limit comes from. */
static void
tell_limit(struct telling *telling)
{
	static const struct {
		const char *kind;
		const char *text;
	} rows[] = {
		{ "captured", "[: the median of {baseline_samples} readings of the old path before "
		    "the first step][ (spread {baseline_spread:v})]" },
		{ "live", ": the newest reading of the old path[ ({baseline_quality})]" },
		{ "fixed", ": a number of the configuration" },
	};
	const struct mig_json *detail = telling->detail;
	const struct mig_json *used = mig_json_get(detail, "baseline_used");

	if (used == NULL)
		return;
	if (!mig_json_bool(used)) {
		say(telling, "{threshold:v} is a fixed number.", detail);
		end_paragraph(telling, "Limit");
		return;
	}
	say(telling, "{threshold:v} comes from the baseline[ of {baseline_metric}], "
	    "{baseline:v}", detail);
	bool stands = mig_json_bool(mig_json_get(detail, "baseline_stands"));
	bool few = show_is(detail, "baseline_quality", "low_traffic");
	if (stands)
		say(telling, ": the median of the last[ {baseline_samples}] readings of the old "
		    "path", detail);
	if (stands)
		add_time(telling, ", up to ", "baseline_at");
	for (size_t i = 0; !stands && i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (show_is(detail, "baseline_kind", rows[i].kind))
			say(telling, rows[i].text, detail);
	}
	mig_buf_putc(&telling->words, '.');
	if (stands && few)
		say(telling, " Since then it has too few requests[: {baseline_sample_count:v}].",
		    detail);
	else if (stands)
		say(telling, " All traffic has gone to the new path since.", detail);
	if (mig_json_bool(mig_json_get(detail, "floor_used")))
		say(telling, " It was less; the floor[ of {baseline_floor:v}] stands in for it.",
		    detail);
	for (const struct mig_json *item = mig_json_first(mig_json_get(detail, "baselines"));
	    item != NULL; item = mig_json_next(item))
		say(telling, " Baseline of {metric}: {value:v} ({kind}).", item);
	end_paragraph(telling, "Limit");
}

static void
tell_queries(struct telling *telling)
{
	static const struct {
		const char *key;
		const char *label;
	} rows[] = {
		{ "query", "Query" },
		{ "count_query", "Requests" },
		{ "baseline_query", "Baseline" },
		{ "baseline_count_query", "Old count" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		show_labelled(telling->screen, rows[i].label,
		    show_string(telling->detail, rows[i].key, ""));
}

/* The members of a list for which the record had no room. */
static void
tell_left_out(struct telling *telling, const char *label, const char *key, const char *text)
{
	if (show_number_or_0(telling->detail, key) > 0)
		say(telling, text, telling->detail);
	end_paragraph(telling, label);
}

/* What was not seen. */
static void
tell_metrics(struct telling *telling)
{
	const char *label = "Unseen";

	for (const struct mig_json *item = mig_json_first(mig_json_get(telling->detail, "metrics"));
	    item != NULL; item = mig_json_next(item)) {
		say(telling, "{metric}: {quality}[, {sample_count:v} requests where "
		    "{min_samples:v} are needed][, nothing to believe for {unseen_seconds:d}]"
		    "[; asked with {query}]", item);
		end_paragraph(telling, label);
		label = "";
	}
	tell_left_out(telling, label, "metrics_left_out", "and {metrics_left_out} more");
}

static void
tell_hold(struct telling *telling)
{
	const struct mig_json *detail = telling->detail;

	if (show_number_or_0(detail, "hold_seconds") > 0)
		say(telling, "The step before was kept for {held_seconds:d} of healthy "
		    "time; {hold_seconds:d} were asked for.", detail);
	end_paragraph(telling, "Hold");
}

/* Unless it was ok what the newest reading was; how old it was, and of how many requests. */
static void
add_reading(struct telling *telling, const struct mig_json *item)
{
	mig_wall sampled = show_at(item, "sampled_at");
	int64_t age_ms = show_at(telling->record, "at").ms - sampled.ms;

	bool ok = show_is(item, "quality", "ok");

	if (!ok)
		say(telling, "[, reading {quality}]", item);
	if (sampled.ms != 0) {
		mig_buf_puts(&telling->words, ok ? ", read " : " ");
		text_duration(&telling->words, age_ms > 0 ? (double)age_ms / 1000 : 0);
		mig_buf_puts(&telling->words, " before");
	}
	say(telling, "[ over {sample_count:v} requests][ (at least {min_samples:V})]", item);
}

static void
tell_metric_gate(struct telling *telling, const struct mig_json *gate)
{
	const char *sep = "; its limit is made of the baseline of ";

	say(telling, ": {metric} {value:v}", gate);
	add_reading(telling, gate);
	say(telling, ", asked to be {operator:w} {threshold:v}[ for {for_seconds:D}]"
	    "[, and so for {held_seconds:D}]", gate);
	for (const struct mig_json *item = mig_json_first(mig_json_get(gate, "baselines"));
	    item != NULL; item = mig_json_next(item)) {
		mig_buf_puts(&telling->words, sep);
		say(telling, "{metric}, {value:v} ({kind})", item);
		if (mig_json_bool(mig_json_get(item, "floor_used")))
			mig_buf_puts(&telling->words, ", the floor");
		sep = " and of ";
	}
}

static void
tell_gates(struct telling *telling)
{
	const char *label = "Gates";

	for (const struct mig_json *item = mig_json_first(mig_json_get(telling->detail, "gates"));
	    item != NULL; item = mig_json_next(item)) {
		say(telling, "{gate} was {state}", item);
		if (show_is(item, "kind", "approval"))
			say(telling, "[: approved by {actor}][ at {opened_at}]", item);
		else if (show_is(item, "kind", "webhook"))
			say(telling, ": the executor said so[ at {opened_at}]", item);
		else if (show_is(item, "kind", "schema"))
			say(telling, ": the live schema showed {answer}[ at {opened_at}][, opened "
			    "by {actor} all the same]", item);
		else if (show_is(item, "kind", "metric"))
			tell_metric_gate(telling, item);
		else
			say(telling, "[: {held_seconds:d} of healthy time]"
			    "[ ({for_seconds:d} asked for)]", item);
		end_paragraph(telling, label);
		label = "";
	}
	tell_left_out(telling, label, "gates_left_out", "and {gates_left_out} more");
}

static void
tell_windows(struct telling *telling)
{
	const struct mig_json *windows = mig_json_get(telling->detail, "windows");

	if (mig_json_first(windows) == NULL)
		return;
	mig_buf_puts(&telling->words, mig_json_bool(mig_json_get(windows, "open")) ?
	    "A step up was allowed at that time" : "A step up was not allowed at that time");
	say(telling, "[; only in {preferred_window}][; never in {critical_hours}]", windows);
	mig_buf_putc(&telling->words, '.');
	end_paragraph(telling, "Windows");
}

/* Where the rollout was, and what lay over it. */
static void
tell_place(struct telling *telling)
{
	const struct mig_json *overlays = mig_json_get(telling->detail, "overlays");
	const char *sep = "It was ";

	if (overlays == NULL)
		return;
	if (mig_json_get(telling->detail, "state") != NULL) {
		say(telling, show_is(telling->detail, "stage", "entry") ?
		    "It was {state}[, still before phase {phase}]" :
		    "It was {state}[ in phase {phase}]", telling->detail);
		sep = ", ";
	}
	if (mig_json_first(overlays) == NULL)
		mig_buf_printf(&telling->words, "%snot paused, not blind, and no flag had drifted.",
		    sep);
	for (const struct mig_json *item = mig_json_first(overlays); item != NULL;
	    item = mig_json_next(item)) {
		const char *word = mig_json_string(item);

		if (word != NULL && strcmp(word, "drift") == 0)
			word = "with a flag that had drifted";
		mig_buf_printf(&telling->words, "%s%s", sep, word != NULL ? word : "?");
		sep = " and ";
	}
	mig_buf_puts(&telling->words, mig_json_first(overlays) != NULL ? "." : "");
	end_paragraph(telling, "Then");
}

static void
tell_flags(struct telling *telling)
{
	const char *label = "Flags";

	for (const struct mig_json *item = mig_json_first(mig_json_get(telling->detail, "flags"));
	    item != NULL; item = mig_json_next(item)) {
		double seen = 0;

		if (mig_json_string(item) != NULL)
			continue; /* of another kind of record */
		say(telling, "{flag} was to be at {intended_percentage:p}", item);
		if (show_number(item, "verified_percentage", &seen))
			say(telling, " and was seen at {verified_percentage:p}", item);
		else
			mig_buf_puts(&telling->words, " and had not been read back");
		end_paragraph(telling, label);
		label = "";
	}
	tell_left_out(telling, label, "flags_left_out", "and {flags_left_out} more");
}

static void
tell_trigger(struct telling *telling, const struct mig_json *item)
{
	double value = 0;
	double share = 0;

	say(telling, "{trigger} was {state}: {metric}", item);
	if (show_number(item, "value", &value))
		say(telling, show_is(item, "quality", "ok") ? " {value:v}" :
		    " {value:v} when last judged", item);
	add_reading(telling, item);
	say(telling, ", fires when {operator:w} {threshold:v}[ (baseline {baseline:v})]"
	    "[, seen so for {pending_seconds:d}][ of {for_seconds:D}]", item);
	if (show_number(item, "coverage", &share))
		mig_buf_printf(&telling->words, " (%.0f %% of the time since it began)",
		    share * 100);
	if (mig_json_bool(mig_json_get(item, "excused")))
		mig_buf_puts(&telling->words, "; the new path had no traffic yet");
}

static void
tell_triggers(struct telling *telling)
{
	const struct mig_json *detail = telling->detail;
	/* The one that decided is told already. */
	const char *label = mig_json_get(detail, "trigger") != NULL ? "Others" : "Triggers";

	for (const struct mig_json *item = mig_json_first(mig_json_get(detail, "triggers"));
	    item != NULL; item = mig_json_next(item)) {
		tell_trigger(telling, item);
		end_paragraph(telling, label);
		label = "";
	}
	tell_left_out(telling, label, "triggers_left_out",
	    "and {triggers_left_out} more that were no worse");
}

/* What was asked for the metrics of triggers and gates, each once. */
static void
tell_asked(struct telling *telling)
{
	const struct mig_json *queries = mig_json_get(telling->detail, "queries");
	const char *label = "Queries";

	for (const struct mig_json *item = mig_json_first(queries); item != NULL;
	    item = mig_json_next(item)) {
		const char *name = mig_json_key(item);
		const char *query = mig_json_string(item);

		mig_buf_printf(&telling->words, "%s: %s", name != NULL ? name : "?",
		    query != NULL ? query : "?");
		end_paragraph(telling, label);
		label = "";
	}
	for (const struct mig_json *gate = mig_json_first(mig_json_get(telling->detail, "gates"));
	    gate != NULL; gate = mig_json_next(gate)) {
		if (mig_json_get(queries, show_string(gate, "metric", "")) == NULL)
			say(telling, "[{metric}: {query}]", gate);
		if (telling->words.len == 0)
			continue;
		end_paragraph(telling, label);
		label = "";
	}
	tell_left_out(telling, label, "queries_left_out", "and {queries_left_out} more");
}

static void
tell_record(struct screen *screen, const struct mig_json *record, const char *id)
{
	struct telling telling = { .screen = screen, .record = record,
		.detail = mig_json_get(record, "detail") };
	mig_buf_init(&telling.words, WORDS_BYTES_MAX);

	tell_head(&telling, id);
	tell_reason(&telling);
	tell_duration(&telling);
	tell_sample(&telling);
	tell_limit(&telling);
	tell_queries(&telling);
	tell_metrics(&telling);
	tell_hold(&telling);
	tell_gates(&telling);
	tell_windows(&telling);
	tell_place(&telling);
	tell_flags(&telling);
	tell_triggers(&telling);
	tell_asked(&telling);
	mig_buf_fini(&telling.words);
}

void
show_why(struct screen *screen, const struct mig_json *why)
{
	const struct mig_json *record = mig_json_first(mig_json_get(why, "records"));
	const struct mig_json *rollout = mig_json_get(why, "rollout");
	mig_wall now = show_at(why, "now");

	if (now.ms != 0)
		screen->now = now; /* ages are counted by the daemon's clock */
	if (record != NULL)
		tell_record(screen, record, show_string(why, "rollout_id", "?"));
	if (mig_json_first(rollout) == NULL)
		return;
	if (record != NULL)
		mig_buf_putc(screen->out, '\n');
	show_why_now(screen, rollout, record);
}
