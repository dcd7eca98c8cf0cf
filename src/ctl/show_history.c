/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <string.h>

#include "ctl/show.h"
#include "ctl/show_int.h"

/*
 * How a record reads, in the words of show_fill().
 */
static const struct {
	const char *kind;
	enum text_colour colour;
	const char *text;
} kinds[] = {
	{ "loaded", TEXT_PLAIN, "loaded[: {migration_name}]" },
	{ "preflight_refused", TEXT_YELLOW, "NOT STARTED by itself: {reason}" },
	{ "started", TEXT_BOLD, "started" },
	{ "baseline_captured", TEXT_PLAIN,
	    "baseline of {metric} is {baseline:v}[ ({samples} samples, spread {spread:v})]" },
	{ "running", TEXT_BOLD, "running" },
	{ "phase_entered", TEXT_BOLD, "phase {phase} entered" },
	{ "phase_left", TEXT_PLAIN, "phase {phase} left" },
	{ "flag_write", TEXT_BOLD, "{flag}: {from:p} to {to:p}[ ({reason})]" },
	{ "flag_verified", TEXT_PLAIN, "{flag}: {percentage:p} seen at the provider" },
	{ "trigger_pending", TEXT_YELLOW,
	    "{trigger} is breached: {value:v} {operator:o} {threshold:v}[, {action:a} "
	    "after {for_seconds:D}]" },
	{ "trigger_cleared", TEXT_PLAIN, "{trigger} has recovered[: {value:v}]" },
	{ "trigger_fired", TEXT_RED,
	    "{trigger} FIRED: {value:v} {operator:o} {threshold:v}[ for {for_seconds:D}][, "
	    "{action:a}]" },
	{ "trigger_dismissed", TEXT_PLAIN, "{trigger} dismissed[: {comment}]" },
	{ "blind", TEXT_YELLOW, "BLIND: no believable reading[ of {metrics:m}]" },
	{ "sighted", TEXT_PLAIN, "metrics are back" },
	{ "triggers_unjudged", TEXT_YELLOW,
	    "NOT JUDGED[ for {unjudged_seconds:d}], with traffic on the new path: {unjudged}" },
	{ "drift", TEXT_YELLOW,
	    "DRIFT: {flag} intended {intended:p} but the provider says {observed:p}" },
	{ "flag_unseen", TEXT_YELLOW, "{flag} is not seen at {percentage:p}[: {error}]" },
	{ "drift_cleared", TEXT_PLAIN, "drift is gone: the flags are where they belong" },
	{ "drift_adopted", TEXT_PLAIN, "drift adopted[: {flag}][ at {percentage:p}]" },
	{ "drift_restored", TEXT_PLAIN, "drift restored[: {flag}][ to {percentage:p}]" },
	{ "paused", TEXT_YELLOW, "paused[: {comment}]" },
	{ "resumed", TEXT_PLAIN, "resumed[: {comment}]" },
	{ "gate_opened", TEXT_PLAIN,
	    "gate {gate} opened[: {comment}][ (against {answer}: {reason})]" },
	{ "gate_unanswered", TEXT_YELLOW, "nobody answers at gate {gate}[: {error}]" },
	{ "schema_drift", TEXT_YELLOW,
	    "SCHEMA DRIFT: phase {phase} is not entered[: {reason}]" },
	{ "schema_unknown", TEXT_YELLOW,
	    "SCHEMA UNKNOWN: phase {phase} is not entered[: {reason}]" },
	{ "hook_waiting", TEXT_YELLOW,
	    "the hook of phase {phase} was accepted: say when it is done" },
	{ "hook_passed_over", TEXT_PLAIN, "the phase's hook is passed over[: {comment}]" },
	{ "window_closed", TEXT_PLAIN, "outside the migration window[ until {until}]" },
	{ "window_opened", TEXT_PLAIN, "inside the migration window" },
	{ "effect_refused", TEXT_RED, "{kind} was refused[: {error}]" },
	{ "effect_failing", TEXT_YELLOW,
	    "{kind} of {name} does not get through[ ({attempts} attempts)][: {error}]" },
	{ "rollback_decided", TEXT_RED,
	    "ROLLBACK decided ({reason})[: {trigger}][, {value:v}][ against {threshold:v}]"
	    "[: {comment}]" },
	{ "rollback_step_sent", TEXT_PLAIN, "step {step} sent" },
	{ "rollback_step_waiting", TEXT_YELLOW, "step {step} waits for an ack" },
	{ "rollback_step_done", TEXT_PLAIN, "step {step} done" },
	{ "rollback_step_failed", TEXT_RED,
	    "step {step} failed[ (attempt {attempts})][: {error}]" },
	{ "flags_restored", TEXT_BOLD, "all flags are back[ after {seconds:d}]" },
	{ "flags_not_restored", TEXT_ALARM, "flags NOT seen back yet: {flags}[; {error}]" },
	{ "rollback_step_reminder", TEXT_YELLOW, "step {step} still waits for an ack" },
	{ "validating", TEXT_PLAIN, "validating: triggers must stay quiet[ for {for_seconds:D}]" },
	{ "validation_failing", TEXT_YELLOW,
	    "triggers are not quiet after the rollback[, for {noisy_seconds:d} now]" },
	{ "validation_accepted", TEXT_YELLOW, "validation ended by hand[: {comment}]" },
	{ "rolled_back", TEXT_BOLD, "ROLLED BACK" },
	{ "baking", TEXT_BOLD, "all phases are through; baking[ for {for_seconds:D}]" },
	{ "completed", TEXT_GREEN, "COMPLETED" },
	{ "held", TEXT_ALARM, "HELD[ ({reason})][: {trigger}][: {comment}]" },
	{ "records_lost", TEXT_ALARM, "{count} records were lost while the store failed" },
	{ "restored", TEXT_PLAIN, "the daemon is back[ after {downtime_seconds:d}]" },
};

#define KEY_MAX 64U

/* Any value in one line; the members of an object inside a list go without their keys. */
static void
add_value(struct mig_buf *out, const struct mig_json *node, bool listed)
{
	const char *sep = "";

	switch (mig_json_type(node)) {
	case MIG_JSON_NULL:
		mig_buf_putc(out, '-');
		break;
	case MIG_JSON_BOOL:
		mig_buf_puts(out, mig_json_bool(node) ? "yes" : "no");
		break;
	case MIG_JSON_NUMBER:
		text_value(out, mig_json_number(node));
		break;
	case MIG_JSON_STRING:
		mig_buf_puts(out, mig_json_string(node));
		break;
	case MIG_JSON_ARRAY:
	case MIG_JSON_OBJECT:
		for (const struct mig_json *child = mig_json_first(node); child != NULL;
		    child = mig_json_next(child)) {
			mig_buf_puts(out, sep);
			sep = listed ? " " : ", ";
			if (mig_json_key(child) != NULL && !listed)
				mig_buf_printf(out, "%s ", mig_json_key(child));
			add_value(out, child, mig_json_type(node) == MIG_JSON_ARRAY);
		}
		break;
	}
}

/* The metrics of a list, with the quality of their readings. */
static void
add_metrics(struct mig_buf *out, const struct mig_json *metrics)
{
	const char *sep = "";

	for (const struct mig_json *item = mig_json_first(metrics); item != NULL;
	    item = mig_json_next(item)) {
		mig_buf_printf(out, "%s%s %s", sep, show_string(item, "metric", "?"),
		    show_string(item, "quality", "?"));
		sep = ", ";
	}
}

static void
add_formatted(struct mig_buf *out, const struct mig_json *node, char format)
{
	bool number = mig_json_type(node) == MIG_JSON_NUMBER;
	const char *text = mig_json_string(node);

	if ((format == 'd' || format == 'D') && number) {
		text_duration(out, mig_json_number(node));
	} else if (format == 'p' && number) {
		text_percent(out, mig_json_number(node));
	} else if (format == 'o' && text != NULL) {
		mig_buf_puts(out, show_operator(text));
	} else if (format == 'w' && text != NULL) {
		mig_buf_puts(out, show_comparison(text));
	} else if (format == 'a' && text != NULL) {
		mig_buf_puts(out, show_action(text));
	} else if (format == 'm') {
		add_metrics(out, node);
	} else {
		add_value(out, node, false);
	}
}

/*
 * Append text up to `end` with its members filled in; false when one is missing (a '?' stands for
 * it).
 */
static bool
fill_in(struct mig_buf *out, const char *text, const char *end, const struct mig_json *detail)
{
	bool complete = true;

	while (text < end) {
		if (*text != '{') {
			mig_buf_putc(out, *text++);
			continue;
		}
		size_t len = strcspn(text, ":}");
		size_t key_len = len - 1 < KEY_MAX - 1 ? len - 1 : KEY_MAX - 1;
		char key[KEY_MAX];
		memcpy(key, text + 1, key_len);
		key[key_len] = '\0';
		char format = text[len] == ':' ? text[len + 1] : '\0';
		const struct mig_json *node = mig_json_get(detail, key);

		if (node == NULL || mig_json_type(node) == MIG_JSON_NULL ||
		    ((format == 'D' || format == 'V') && !(mig_json_number(node) > 0))) {
			complete = false;
			mig_buf_putc(out, '?');
		} else {
			add_formatted(out, node, format);
		}
		text = strchr(text, '}') + 1;
	}
	return complete;
}

void
show_fill(struct mig_buf *out, const char *text, const struct mig_json *detail)
{
	while (*text != '\0') {
		size_t plain = strcspn(text, "[");

		(void)fill_in(out, text, text + plain, detail); /* a '?' is all one can say */
		text += plain;
		if (*text != '[')
			continue;
		const char *close = strchr(text, ']');
		size_t before = out->len;
		if (!fill_in(out, text + 1, close, detail))
			mig_buf_truncate(out, before);
		text = close + 1;
	}
}

enum text_colour
show_words(struct mig_buf *out, const struct mig_json *record)
{
	const char *kind = show_string(record, "kind", "?");
	const struct mig_json *detail = mig_json_get(record, "detail");
	size_t i = 0;

	while (i < sizeof(kinds) / sizeof(kinds[0]) && strcmp(kinds[i].kind, kind) != 0)
		i++;
	if (i < sizeof(kinds) / sizeof(kinds[0])) {
		show_fill(out, kinds[i].text, detail);
		return kinds[i].colour;
	}
	mig_buf_printf(out, "%s: ", kind);
	if (detail != NULL)
		add_value(out, detail, false);
	return TEXT_PLAIN;
}

void
show_record(struct screen *screen, const struct mig_json *record)
{
	mig_wall at = show_at(record, "at");
	mig_wall whole = { .ms = at.ms - at.ms % 1000 };
	char time[MIG_TIME_TEXT];
	struct mig_buf text;
	mig_buf_init(&text, 65536);

	enum text_colour colour = show_words(&text, record);
	mig_buf_printf(screen->out, "%s %5.0f  ", mig_time_format(whole, time),
	    show_number_or_0(record, "seq"));
	text_cell(screen->out, show_string(record, "actor", "?"), 10);
	mig_buf_putc(screen->out, ' ');
	screen_paint(screen, colour, text.data);
	mig_buf_putc(screen->out, '\n');
	mig_buf_fini(&text);
}
