/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <string.h>

#include "base/limits.h"
#include "ctl/show_int.h"

static void
mean_loaded(struct mig_buf *out, const struct mig_json *rollout)
{
	(void)rollout;
	mig_buf_puts(out, "nothing has begun, no flag was touched.");
}

/* The slowest baseline tells how far the capture is. */
static void
mean_baselining(struct mig_buf *out, const struct mig_json *rollout)
{
	double fewest = -1;

	for (const struct mig_json *item = mig_json_first(mig_json_get(rollout, "baselines"));
	    item != NULL; item = mig_json_next(item)) {
		double samples = 0;

		if (show_number(item, "samples", &samples) && (fewest < 0 || samples < fewest))
			fewest = samples;
	}
	mig_buf_puts(out, "measuring the old path before the first step");
	if (fewest >= 0)
		mig_buf_printf(out, " (%.0f samples, at least %d are needed)", fewest,
		    MIG_BASELINE_MIN_COUNT);
	mig_buf_putc(out, '.');
}

/* The flag at work: the one that goes up next, else the last one that has left its first place. */
static const struct mig_json *
flag_at_work(const struct mig_json *rollout)
{
	const char *next = show_string(mig_json_get(rollout, "next"), "flag", "");
	const struct mig_json *found = NULL;

	for (const struct mig_json *flag = mig_json_first(mig_json_get(rollout, "flags"));
	    flag != NULL; flag = mig_json_next(flag)) {
		if (show_is(flag, "name", next))
			return flag;
		if (show_number_or_0(flag, "step") > 0)
			found = flag;
	}
	return found;
}

static void
add_phase(struct mig_buf *out, const struct mig_json *rollout)
{
	const struct mig_json *phase = mig_json_get(rollout, "phase");

	if (mig_json_first(phase) == NULL)
		return;
	mig_buf_printf(out, "%s (phase %.0f of %.0f)", show_string(phase, "name", "?"),
	    show_number_or_0(phase, "index") + 1, show_number_or_0(phase, "count"));
}

static void
mean_running(struct mig_buf *out, const struct mig_json *rollout)
{
	const struct mig_json *phase = mig_json_get(rollout, "phase");
	const struct mig_json *flag = flag_at_work(rollout);

	add_phase(out, rollout);
	if (show_is(phase, "stage", "entry")) {
		mig_buf_puts(out, " is waiting to be entered");
	} else if (show_is(phase, "stage", "enter_hook") ||
	    show_is(phase, "stage", "leave_hook")) {
		mig_buf_puts(out, " is being announced to the executor");
	}
	if (flag != NULL) {
		mig_buf_puts(out, ": ");
		text_percent(out, show_number_or_0(flag, "intended_percentage"));
		mig_buf_printf(out, " of %s", show_string(flag, "name", "?"));
	}
	mig_buf_putc(out, '.');
}

static void
mean_baking(struct mig_buf *out, const struct mig_json *rollout)
{
	const struct mig_json *bake = mig_json_get(rollout, "bake");

	mig_buf_puts(out, "all phases are through; watching with triggers armed (");
	text_duration(out, show_number_or_0(bake, "held_seconds"));
	mig_buf_puts(out, " of ");
	text_duration(out, show_number_or_0(bake, "for_seconds"));
	mig_buf_puts(out, " healthy).");
}

static void
mean_completed(struct mig_buf *out, const struct mig_json *rollout)
{
	(void)rollout;
	mig_buf_puts(out, "the migration is through. Nothing more happens.");
}

static void
add_reason(struct mig_buf *out, const struct mig_json *decision)
{
	const char *trigger = show_string(decision, "trigger", NULL);
	const char *actor = show_string(decision, "actor", NULL);

	if (trigger != NULL)
		mig_buf_printf(out, "because %s fired", trigger);
	else if (show_is(decision, "reason", "operator"))
		mig_buf_printf(out, "ordered by %s", actor != NULL ? actor : "an operator");
	else if (show_is(decision, "reason", "blind"))
		mig_buf_puts(out, "because it was blind for too long");
	else if (show_is(decision, "reason", "daemon_loss"))
		mig_buf_puts(out, "because the daemon was lost");
	else
		mig_buf_puts(out, show_string(decision, "reason", "for no known reason"));
}

static void
mean_rolling_back(struct mig_buf *out, const struct mig_json *rollout)
{
	const struct mig_json *rb = mig_json_get(rollout, "rollback");

	mig_buf_puts(out, "going back ");
	add_reason(out, rb);
	if (show_at(rb, "flags_restored_at").ms == 0)
		mig_buf_puts(out, "; the flags are NOT back yet.");
	else if (show_waits_for_flags(rollout))
		mig_buf_puts(out, "; the flags were back, but not all can be seen now.");
	else
		mig_buf_puts(out, "; the flags are back.");
}

static void
mean_rolled_back(struct mig_buf *out, const struct mig_json *rollout)
{
	mig_buf_puts(out, "everything is back on the old path, ");
	add_reason(out, mig_json_get(rollout, "rollback"));
	mig_buf_puts(out, ". Nothing more happens; a new attempt is a new rollout.");
}

static void
mean_held(struct mig_buf *out, const struct mig_json *rollout)
{
	mig_buf_puts(out, "FROZEN ");
	add_reason(out, mig_json_get(rollout, "held"));
	if (mig_json_bool(mig_json_get(rollout, "no_return")))
		mig_buf_puts(out, "; past the point of no return flags are not moved back");
	mig_buf_puts(out, ". People must decide now.");
}

/* The states: how they are shouted, in which colour, and what they mean. */
static const struct {
	const char *state;
	const char *title;
	enum text_colour colour;
	void (*meaning)(struct mig_buf *out, const struct mig_json *rollout);
} states[] = {
	{ "loaded", "LOADED", TEXT_BOLD, mean_loaded },
	{ "baselining", "BASELINING", TEXT_BOLD, mean_baselining },
	{ "running", "RUNNING", TEXT_GREEN, mean_running },
	{ "baking", "BAKING", TEXT_GREEN, mean_baking },
	{ "completed", "COMPLETED", TEXT_GREEN, mean_completed },
	{ "rolling_back", "ROLLING BACK", TEXT_RED, mean_rolling_back },
	{ "rolled_back", "ROLLED BACK", TEXT_YELLOW, mean_rolled_back },
	{ "held", "HELD", TEXT_ALARM, mean_held },
};

/* The words of waiting_for and how people say them; what is missing is said as it is. */
static const struct {
	const char *word;
	const char *text;
} blocks[] = {
	{ "window", "the migration window" },
	{ "metrics", "believable metrics" },
	{ "traffic", "enough traffic to judge" },
	{ "trigger", "quiet triggers" },
	{ "blind", "metrics to come back" },
	{ "drift", "the drift to be settled" },
	{ "paused", "an operator to resume" },
	{ "unverified", "flags to be seen in place" },
	{ "hook", "the executor" },
	{ "baseline", "baselines" },
	{ "steps", "rollback steps" },
};

/* The gates that are asked at this stage of the phase and are closed. */
static void
add_gates(struct mig_buf *out, const struct mig_json *phase)
{
	const char *side = show_is(phase, "stage", "entry") ? "entry" : "exit";
	const char *sep = "";

	for (const struct mig_json *gate = mig_json_first(mig_json_get(phase, "gates"));
	    gate != NULL; gate = mig_json_next(gate)) {
		if (!show_is(gate, "state", "closed") || !show_is(gate, "at", side))
			continue;
		mig_buf_printf(out, "%sgate %s", sep, show_string(gate, "name", "?"));
		sep = ", ";
	}
	mig_buf_puts(out, *sep == '\0' ? "gate" : "");
}

/* What stands in the way; that nobody has started it is the whole sentence already. */
static void
add_waiting(struct mig_buf *out, const struct mig_json *rollout)
{
	const struct mig_json *waiting_for =
	    mig_json_get(mig_json_get(rollout, "next"), "waiting_for");
	const char *sep = ", waiting for ";

	for (const struct mig_json *item = mig_json_first(waiting_for); item != NULL;
	    item = mig_json_next(item)) {
		const char *word = mig_json_string(item);

		if (word == NULL || strcmp(word, "start") == 0)
			continue;
		/* Being blind says it already. */
		if (strcmp(word, "metrics") == 0 && show_has(waiting_for, "blind"))
			continue;
		mig_buf_puts(out, sep);
		sep = ", ";
		if (strcmp(word, "gate") == 0) {
			add_gates(out, mig_json_get(rollout, "phase"));
			continue;
		}
		for (size_t i = 0; i < sizeof(blocks) / sizeof(blocks[0]); i++) {
			if (strcmp(blocks[i].word, word) == 0)
				word = blocks[i].text;
		}
		mig_buf_puts(out, word);
	}
}

bool
show_next_action(struct mig_buf *out, const struct mig_json *rollout)
{
	const struct mig_json *next = mig_json_get(rollout, "next");
	const char *action = show_string(next, "action", "nothing");
	const char *phase = show_string(mig_json_get(rollout, "phase"), "name", "the phase");

	if (strcmp(action, "nothing") == 0)
		return false;
	if (strcmp(action, "step_up") == 0) {
		mig_buf_puts(out, "step up to ");
		text_percent(out, show_number_or_0(next, "percentage"));
	} else if (strcmp(action, "start") == 0) {
		mig_buf_puts(out, "an operator starts it");
	} else if (strcmp(action, "run") == 0) {
		mig_buf_puts(out, "the first phase begins");
	} else if (strcmp(action, "enter_phase") == 0) {
		mig_buf_printf(out, "enter %s", phase);
	} else if (strcmp(action, "leave_phase") == 0) {
		mig_buf_printf(out, "leave %s", phase);
	} else if (strcmp(action, "complete") == 0) {
		mig_buf_puts(out, "completion");
	} else if (strcmp(action, "roll_back") == 0) {
		mig_buf_puts(out, "the rollback goes on");
	} else {
		mig_buf_puts(out, action);
	}
	return true;
}

/* Whether time alone brings it about. */
static bool
certain(const struct mig_json *next)
{
	static const char *const of_time[] = { "hold", "window", "baseline" };
	size_t expected = 0;
	const struct mig_json *waiting_for = mig_json_get(next, "waiting_for");

	for (size_t i = 0; i < sizeof(of_time) / sizeof(of_time[0]); i++)
		expected += show_has(waiting_for, of_time[i]) ? 1 : 0;
	return expected == mig_json_count(waiting_for);
}

static void
show_next(struct screen *screen, const struct mig_json *rollout)
{
	const struct mig_json *next = mig_json_get(rollout, "next");
	mig_wall earliest = show_at(next, "earliest_at");
	int64_t left_ms = earliest.ms - screen->now.ms;
	struct mig_buf line;
	mig_buf_init(&line, 8192);

	if (show_next_action(&line, rollout)) {
		if (earliest.ms != 0 && left_ms > 0) {
			int64_t left_s = (left_ms + 999) / 1000;
			mig_buf_puts(&line, " in ");
			text_duration(&line, (double)left_s);
			mig_buf_puts(&line, certain(next) ? "" : " at the earliest");
		}
		add_waiting(&line, rollout);
		if (earliest.ms != 0 && left_ms > 0) {
			char at[MIG_TIME_TEXT];
			mig_wall whole = { .ms = earliest.ms - earliest.ms % 1000 };
			mig_buf_printf(&line, " (%s)", mig_time_format(whole, at));
		}
		mig_buf_putc(&line, '.');
		text_cell(screen->out, "Next", SHOW_LABEL);
		screen_wrap(screen, line.data, SHOW_LABEL, SHOW_LABEL);
	}
	mig_buf_fini(&line);
}

static void
add_title(struct mig_buf *out, const char *title, const struct mig_json *rollout)
{
	mig_buf_puts(out, title);
	for (const struct mig_json *item = mig_json_first(mig_json_get(rollout, "overlays"));
	    item != NULL; item = mig_json_next(item)) {
		const char *word = mig_json_string(item);

		mig_buf_puts(out, " + ");
		for (; word != NULL && *word != '\0'; word++)
			mig_buf_putc(out, *word >= 'a' && *word <= 'z' ? (char)(*word - 'a' + 'A') :
			    *word);
	}
}

void
show_headline(struct screen *screen, const struct mig_json *rollout)
{
	const char *state = show_string(rollout, "state", "?");
	bool troubled = mig_json_count(mig_json_get(rollout, "overlays")) != 0;
	size_t i = 0;
	struct mig_buf text;
	mig_buf_init(&text, 16384);

	while (i < sizeof(states) / sizeof(states[0]) && strcmp(states[i].state, state) != 0)
		i++;
	bool known = i < sizeof(states) / sizeof(states[0]);
	add_title(&text, known ? states[i].title : state, rollout);
	screen_paint(screen, troubled || !known ? TEXT_YELLOW : states[i].colour, text.data);
	mig_buf_puts(screen->out, "  ");
	size_t column = text_width(text.data) + 2;
	mig_buf_reset(&text);
	if (known)
		states[i].meaning(&text, rollout);
	screen_wrap(screen, text.data, column, SHOW_LABEL);
	show_next(screen, rollout);
	mig_buf_fini(&text);
}
