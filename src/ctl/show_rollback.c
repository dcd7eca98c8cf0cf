/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <string.h>

#include "ctl/show_int.h"

#define STEP_STATE_WIDTH 9U

static void
label(struct screen *screen, const char *text)
{
	text_cell(screen->out, text, SHOW_LABEL);
}

/* Why, who and when, in one sentence. */
static void
show_decision(struct screen *screen, const char *title, const struct mig_json *rb)
{
	const char *trigger = show_string(rb, "trigger", NULL);
	const char *actor = show_string(rb, "actor", NULL);
	const char *comment = show_string(rb, "comment", NULL);
	struct mig_buf line;
	mig_buf_init(&line, 8192);

	if (trigger != NULL)
		mig_buf_printf(&line, "trigger %s", trigger);
	else
		mig_buf_puts(&line, show_string(rb, "reason", "no reason known"));
	if (actor != NULL)
		mig_buf_printf(&line, ", decided by %s", actor);
	mig_buf_puts(&line, actor != NULL ? " at " : ", decided at ");
	screen_time(screen, &line, show_at(rb, "decided_at"));
	label(screen, title);
	screen_wrap(screen, line.data, SHOW_LABEL, SHOW_LABEL);
	if (comment != NULL) {
		mig_buf_reset(&line);
		mig_buf_printf(&line, "\"%s\"", comment);
		label(screen, "");
		screen_wrap(screen, line.data, SHOW_LABEL, SHOW_LABEL);
	}
	mig_buf_fini(&line);
}

/* Whether the provider has shown all flags where they are meant to be. */
static bool
all_seen(const struct mig_json *rollout)
{
	const struct mig_json *flag = mig_json_first(mig_json_get(rollout, "flags"));

	for (; flag != NULL; flag = mig_json_next(flag)) {
		if (!mig_json_bool(mig_json_get(flag, "readable")) ||
		    !mig_json_bool(mig_json_get(flag, "verified")))
			return false;
	}
	return true;
}

static void
show_flags_back(struct screen *screen, const struct mig_json *rollout, const struct mig_json *rb)
{
	mig_wall decided = show_at(rb, "decided_at");
	mig_wall restored = show_at(rb, "flags_restored_at");
	const char *error = show_string(rb, "last_error", NULL);
	struct mig_buf line;
	mig_buf_init(&line, 8192);

	label(screen, "");
	if (restored.ms == 0) {
		screen_paint(screen, TEXT_RED, "Flags are NOT back yet");
		mig_buf_puts(screen->out, "; retried without end.\n");
	} else {
		mig_buf_puts(&line, all_seen(rollout) ? "Flags are back and were seen there at " :
		    "Flags are back since ");
		screen_time(screen, &line, restored);
		mig_buf_puts(&line, ", ");
		text_duration(&line, (double)(restored.ms - decided.ms) / 1000);
		mig_buf_puts(&line, " after the decision.");
		if (show_waits_for_flags(rollout))
			mig_buf_puts(&line, " Not all can be seen NOW: see migarchctl why.");
		screen_wrap(screen, line.data, SHOW_LABEL, SHOW_LABEL);
	}
	if (error != NULL) {
		mig_buf_reset(&line);
		mig_buf_printf(&line, "Last error: %s", error);
		label(screen, "");
		screen_wrap(screen, line.data, SHOW_LABEL, SHOW_LABEL);
	}
	mig_buf_fini(&line);
}

static void
show_step(struct screen *screen, const char *id, const struct mig_json *step)
{
	const char *state = show_string(step, "state", "?");
	const char *step_id = show_string(step, "step_id", "?");
	bool waiting = strcmp(state, "waiting_for_ack") == 0;
	double attempts = show_number_or_0(step, "attempts");
	const char *error = show_string(step, "last_error", NULL);
	const size_t indent = SHOW_LABEL + 2 + STEP_STATE_WIDTH + 1;
	struct mig_buf line;
	mig_buf_init(&line, 8192);

	mig_buf_printf(screen->out, "%*s", (int)SHOW_LABEL + 2, "");
	text_cell(&line, waiting ? "WAITING" : state, STEP_STATE_WIDTH);
	screen_paint(screen, waiting ? TEXT_YELLOW : TEXT_PLAIN, line.data);
	mig_buf_putc(screen->out, ' ');
	mig_buf_reset(&line);
	mig_buf_printf(&line, "%s: %s", step_id, show_string(step, "name", ""));
	if (attempts > 1)
		mig_buf_printf(&line, " (%.0f attempts)", attempts);
	if (error != NULL)
		mig_buf_printf(&line, "; last error: %s", error);
	screen_wrap(screen, line.data, indent, indent);
	if (waiting) {
		mig_buf_reset(&line);
		mig_buf_printf(&line, "migarchctl ack %s %s", id, step_id);
		mig_buf_printf(screen->out, "%*s", (int)indent, "");
		screen_paint(screen, TEXT_BOLD, line.data);
		mig_buf_putc(screen->out, '\n');
	}
	mig_buf_fini(&line);
}

static size_t
steps_in(const struct mig_json *steps, const char *state)
{
	size_t count = 0;

	for (const struct mig_json *step = mig_json_first(steps); step != NULL;
	    step = mig_json_next(step)) {
		if (show_is(step, "state", state))
			count++;
	}
	return count;
}

/* Only the phase at work shows all its steps: the others would push it off the screen. */
static void
show_rb_phase(struct screen *screen, const char *id, const struct mig_json *phase)
{
	const struct mig_json *steps = mig_json_get(phase, "steps");
	bool at_work = show_is(phase, "state", "running");

	text_cell(screen->out, "", SHOW_LABEL);
	text_clean(screen->out, show_string(phase, "name", "?"));
	mig_buf_puts(screen->out, ": ");
	screen_paint(screen, at_work ? TEXT_YELLOW : TEXT_PLAIN,
	    at_work ? "at work" : show_string(phase, "state", "?"));
	mig_buf_printf(screen->out, ", %zu of %zu steps done\n", steps_in(steps, "done"),
	    mig_json_count(steps));
	if (!at_work)
		return;
	for (const struct mig_json *step = mig_json_first(steps); step != NULL;
	    step = mig_json_next(step))
		show_step(screen, id, step);
}

static void
show_validation(struct screen *screen, const struct mig_json *rb)
{
	struct mig_buf line;
	mig_buf_init(&line, 512);

	mig_buf_puts(&line, "Validation: all triggers quiet for ");
	text_duration(&line, show_number_or_0(rb, "quiet_seconds"));
	mig_buf_puts(&line, " of ");
	text_duration(&line, show_number_or_0(rb, "validation_seconds"));
	label(screen, "");
	screen_wrap(screen, line.data, SHOW_LABEL, SHOW_LABEL);
	mig_buf_fini(&line);
}

void
show_rollback(struct screen *screen, const struct mig_json *rollout)
{
	const struct mig_json *rb = mig_json_get(rollout, "rollback");
	const struct mig_json *held = mig_json_get(rollout, "held");
	const char *id = show_string(rollout, "id", "ROLLOUT");

	if (mig_json_first(rb) == NULL && mig_json_first(held) != NULL) {
		mig_buf_putc(screen->out, '\n');
		show_decision(screen, "Held", held);
	}
	if (mig_json_first(rb) == NULL)
		return;
	mig_buf_putc(screen->out, '\n');
	show_decision(screen, "Rollback", rb);
	show_flags_back(screen, rollout, rb);
	for (const struct mig_json *phase = mig_json_first(mig_json_get(rb, "phases"));
	    phase != NULL; phase = mig_json_next(phase))
		show_rb_phase(screen, id, phase);
	if (show_is(rb, "stage", "validation"))
		show_validation(screen, rb);
}
