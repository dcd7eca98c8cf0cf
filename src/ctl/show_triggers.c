/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <string.h>

#include "base/limits.h"
#include "ctl/show_int.h"

#define STATE_WIDTH 11U
#define ID_WIDTH 27U
#define VALUE_WIDTH 9U
#define LIMIT_WIDTH 12U

/* Worst first; what the API may add later comes before what is harmless. */
static const struct {
	const char *state;
	int rank;
	enum text_colour colour;
	const char *title;
} ranks[] = {
	{ "fired", 0, TEXT_RED, "FIRED" },
	{ "pending", 1, TEXT_YELLOW, "PENDING" },
	{ "unknown", 2, TEXT_YELLOW, "UNKNOWN" },
	{ "low_traffic", 3, TEXT_YELLOW, "low_traffic" },
	{ "ok", 5, TEXT_GREEN, "ok" },
	{ "disarmed", 6, TEXT_DIM, "disarmed" },
};

static size_t
rank_index(const struct mig_json *trigger)
{
	const char *state = show_string(trigger, "state", "");
	size_t i = 0;

	while (i < sizeof(ranks) / sizeof(ranks[0]) && strcmp(ranks[i].state, state) != 0)
		i++;
	return i;
}

static int
rank(const struct mig_json *trigger)
{
	size_t i = rank_index(trigger);

	return i < sizeof(ranks) / sizeof(ranks[0]) ? ranks[i].rank : 4;
}

/* How much stands behind a trigger: the baseline, the time it must hold, what it does then. */
static void
second_line(struct screen *screen, const struct mig_json *rollout, const struct mig_json *trigger)
{
	const char *action = show_action_now(rollout, trigger);
	bool held = show_is(rollout, "state", "held");
	/* On the way back already, or at the end, there is no more to come of it. */
	bool decided = text_state_finished(show_string(rollout, "state", NULL)) ||
	    mig_json_first(mig_json_get(rollout, "rollback")) != NULL;
	double baseline = 0;
	double left = 0;
	struct mig_buf line;
	mig_buf_init(&line, 4096);

	if (show_number(trigger, "baseline", &baseline)) {
		mig_buf_puts(&line, "baseline ");
		text_value(&line, baseline);
		mig_buf_puts(&line, mig_json_bool(mig_json_get(trigger, "floor_used")) ?
		    " (the floor; it was below), " : ", ");
	}
	if (show_is(trigger, "state", "fired")) {
		mig_buf_puts(&line, "fired ");
		screen_time(screen, &line, show_at(trigger, "fired_at"));
		if (!held)
			mig_buf_printf(&line, ", %s", action);
	} else if (show_number(trigger, "time_to_fire_seconds", &left)) {
		mig_buf_puts(&line, "breached for ");
		text_duration(&line, show_number_or_0(trigger, "pending_seconds"));
		mig_buf_puts(&line, " of ");
		text_duration(&line, show_number_or_0(trigger, "for_seconds"));
		if (!decided) {
			mig_buf_printf(&line, ", %s in ", action);
			text_duration(&line, left);
		}
	} else if (show_number_or_0(trigger, "for_seconds") > 0) {
		mig_buf_printf(&line, "%s after ", action);
		text_duration(&line, show_number_or_0(trigger, "for_seconds"));
	} else {
		mig_buf_printf(&line, "%s at once", action);
	}
	mig_buf_printf(screen->out, "%*s", (int)(STATE_WIDTH + 1), "");
	screen_wrap(screen, line.data, STATE_WIDTH + 1, STATE_WIDTH + 1);
	mig_buf_fini(&line);
}

static void
reading(struct screen *screen, const struct mig_json *trigger)
{
	const char *quality = show_string(trigger, "quality", "none");
	mig_wall at = show_at(trigger, "sampled_at");
	struct mig_buf text;
	mig_buf_init(&text, 256);

	text_clean(&text, strcmp(quality, "none") == 0 ? "not asked yet" : quality);
	if (at.ms != 0) {
		mig_buf_puts(&text, ", ");
		show_age(screen, &text, at);
	}
	screen_paint(screen, strcmp(quality, "ok") == 0 ? TEXT_PLAIN : TEXT_YELLOW, text.data);
	mig_buf_fini(&text);
}

static void
first_line(struct screen *screen, const struct mig_json *trigger)
{
	size_t i = rank_index(trigger);
	bool known = i < sizeof(ranks) / sizeof(ranks[0]);
	double value = 0;
	struct mig_buf cell;
	mig_buf_init(&cell, 4096);

	text_cell(&cell, known ? ranks[i].title : show_string(trigger, "state", "?"), STATE_WIDTH);
	screen_paint(screen, known ? ranks[i].colour : TEXT_YELLOW, cell.data);
	mig_buf_putc(screen->out, ' ');
	text_cell(screen->out, show_string(trigger, "id", "?"), ID_WIDTH);
	mig_buf_putc(screen->out, ' ');
	mig_buf_reset(&cell);
	if (show_number(trigger, "value", &value))
		text_value(&cell, value);
	else
		mig_buf_putc(&cell, '-');
	text_cell_right(screen->out, cell.data, VALUE_WIDTH);
	mig_buf_puts(screen->out, "  ");
	mig_buf_reset(&cell);
	show_condition(&cell, trigger);
	text_cell(screen->out, cell.data, LIMIT_WIDTH);
	mig_buf_putc(screen->out, ' ');
	reading(screen, trigger);
	mig_buf_putc(screen->out, '\n');
	mig_buf_fini(&cell);
}

/* Nobody measures these: one line is enough to say so. */
static void
show_disarmed(struct screen *screen, const struct mig_json *triggers)
{
	struct mig_buf line;
	mig_buf_init(&line, 8192);

	for (const struct mig_json *trigger = mig_json_first(triggers); trigger != NULL;
	    trigger = mig_json_next(trigger)) {
		if (!show_is(trigger, "state", "disarmed"))
			continue;
		mig_buf_puts(&line, line.len == 0 ? "" : ", ");
		mig_buf_puts(&line, show_string(trigger, "id", "?"));
	}
	if (line.len != 0) {
		struct mig_buf cell;
		mig_buf_init(&cell, 64);
		text_cell(&cell, "disarmed", STATE_WIDTH);
		screen_paint(screen, TEXT_DIM, cell.data);
		mig_buf_fini(&cell);
		mig_buf_putc(screen->out, ' ');
		mig_buf_puts(&line, " (nobody measures what they watch)");
		screen_wrap(screen, line.data, STATE_WIDTH + 1, STATE_WIDTH + 1);
	}
	mig_buf_fini(&line);
}

void
show_triggers(struct screen *screen, const struct mig_json *rollout)
{
	const struct mig_json *triggers = mig_json_get(rollout, "triggers");

	if (mig_json_count(triggers) == 0)
		return;

	mig_buf_putc(screen->out, '\n');
	struct mig_buf head;
	mig_buf_init(&head, 256);
	mig_buf_printf(&head, "%-*s %-*s %*s  %-*s %s", (int)STATE_WIDTH, "TRIGGER", (int)ID_WIDTH,
	    "", (int)VALUE_WIDTH, "VALUE", (int)LIMIT_WIDTH, "LIMIT", "READING");
	screen_paint(screen, TEXT_DIM, head.data);
	mig_buf_putc(screen->out, '\n');
	mig_buf_fini(&head);

	for (int wanted = 0; wanted <= 5; wanted++) {
		for (const struct mig_json *trigger = mig_json_first(triggers); trigger != NULL;
		    trigger = mig_json_next(trigger)) {
			if (rank(trigger) != wanted)
				continue;
			first_line(screen, trigger);
			second_line(screen, rollout, trigger);
		}
	}
	show_disarmed(screen, triggers);
}
