/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <string.h>

#include "ctl/show.h"
#include "ctl/show_int.h"

#define FLAG_WIDTH 34U
#define PERCENT_WIDTH 9U
#define SEEN_WIDTH 20U
#define BAR_CELLS 30

static void
show_facts(struct screen *screen, const struct mig_json *rollout)
{
	mig_wall started = show_at(rollout, "started_at");
	struct mig_buf line;
	mig_buf_init(&line, 8192);

	mig_buf_printf(&line, "%s", show_string(rollout, "id", "?"));
	const char *name = show_string(rollout, "migration_name", NULL);
	if (name != NULL)
		mig_buf_printf(&line, ", %s", name);
	mig_buf_putc(screen->out, '\n');
	text_cell(screen->out, "Rollout", SHOW_LABEL);
	screen_wrap(screen, line.data, SHOW_LABEL, SHOW_LABEL);

	mig_buf_reset(&line);
	if (started.ms != 0) {
		mig_buf_puts(&line, "started ");
		screen_time(screen, &line, started);
	} else {
		mig_buf_puts(&line, "loaded ");
		screen_time(screen, &line, show_at(rollout, "created_at"));
	}
	mig_buf_puts(&line, ", last event ");
	show_age(screen, &line, show_at(rollout, "updated_at"));
	mig_buf_puts(&line, " ago");
	text_cell(screen->out, "", SHOW_LABEL);
	screen_wrap(screen, line.data, SHOW_LABEL, SHOW_LABEL);
	mig_buf_fini(&line);
}

/* What a look at the live server has shown, where that is what the gate asks for. */
static void
add_answer(struct mig_buf *line, const struct mig_json *gate)
{
	const char *answer = show_string(gate, "answer", NULL);
	const char *reason = show_string(gate, "reason", NULL);

	if (answer == NULL)
		return;
	mig_buf_printf(line, ", live schema: %s", answer);
	if (reason != NULL)
		mig_buf_printf(line, " (%s)", reason);
}

static void
show_gate(struct screen *screen, const struct mig_json *gate)
{
	bool open = show_is(gate, "state", "open");
	const char *actor = show_string(gate, "actor", NULL);
	double wanted = 0;
	struct mig_buf line;
	mig_buf_init(&line, 4096);

	text_cell(screen->out, "", SHOW_LABEL);
	screen_paint(screen, open ? TEXT_GREEN : TEXT_YELLOW, open ? "[open]   " : "[closed] ");
	mig_buf_printf(&line, "%s gate %s (%s)",
	    show_is(gate, "at", "entry") ? "entry" : "exit", show_string(gate, "name", "?"),
	    show_string(gate, "kind", "?"));
	if (actor != NULL) {
		mig_buf_printf(&line, ", opened by %s ", actor);
		screen_time(screen, &line, show_at(gate, "opened_at"));
	}
	if (show_number(gate, "for_seconds", &wanted) && wanted > 0) {
		mig_buf_puts(&line, ", held ");
		text_duration(&line, show_number_or_0(gate, "held_seconds"));
		mig_buf_puts(&line, " of ");
		text_duration(&line, wanted);
	}
	add_answer(&line, gate);
	screen_wrap(screen, line.data, SHOW_LABEL + 9, SHOW_LABEL + 9);
	mig_buf_fini(&line);
}

static void
show_phase(struct screen *screen, const struct mig_json *rollout)
{
	const struct mig_json *phase = mig_json_get(rollout, "phase");
	mig_wall entered = show_at(phase, "entered_at");
	struct mig_buf line;

	if (mig_json_first(phase) == NULL)
		return;
	mig_buf_init(&line, 4096);
	mig_buf_printf(&line, "%s (%.0f of %.0f), ", show_string(phase, "name", "?"),
	    show_number_or_0(phase, "index") + 1, show_number_or_0(phase, "count"));
	/* Of a phase that is not entered yet the time is when its turn has come. */
	if (show_is(phase, "stage", "entry") || entered.ms == 0) {
		mig_buf_puts(&line, "not entered yet");
	} else {
		mig_buf_puts(&line, "entered ");
		screen_time(screen, &line, entered);
	}
	if (mig_json_bool(mig_json_get(phase, "point_of_no_return")))
		mig_buf_puts(&line, ", POINT OF NO RETURN");
	text_cell(screen->out, "Phase", SHOW_LABEL);
	screen_wrap(screen, line.data, SHOW_LABEL, SHOW_LABEL);
	for (const struct mig_json *gate = mig_json_first(mig_json_get(phase, "gates"));
	    gate != NULL; gate = mig_json_next(gate))
		show_gate(screen, gate);
	mig_buf_fini(&line);
}

/* "[######........................] 10m of 24h healthy, 23h 50m to go" */
static void
show_hold(struct screen *screen, const struct mig_json *flag)
{
	double hold = show_number_or_0(flag, "hold_seconds");
	double held = show_number_or_0(flag, "held_seconds");
	struct mig_buf *out = screen->out;

	if (!(hold > 0))
		return;
	int full = held >= hold ? BAR_CELLS : (int)(held / hold * BAR_CELLS);
	mig_buf_puts(out, "  [");
	for (int i = 0; i < BAR_CELLS; i++)
		mig_buf_putc(out, i < full ? '#' : '.');
	mig_buf_puts(out, "] held ");
	text_duration(out, held);
	mig_buf_puts(out, " of ");
	text_duration(out, hold);
	if (held < hold) {
		mig_buf_puts(out, ", ");
		text_duration(out, hold - held);
		mig_buf_puts(out, " to go");
	}
	mig_buf_putc(out, '\n');
}

static void
show_flag(struct screen *screen, const struct mig_json *flag)
{
	double intended = show_number_or_0(flag, "intended_percentage");
	double seen = 0;
	bool known = show_number(flag, "verified_percentage", &seen);
	bool differs = known && (seen < intended || seen > intended);
	struct mig_buf cell;
	mig_buf_init(&cell, 1024);

	text_cell(screen->out, show_string(flag, "name", "?"), FLAG_WIDTH);
	mig_buf_putc(screen->out, ' ');
	text_percent(&cell, intended);
	text_cell_right(screen->out, cell.data, PERCENT_WIDTH);
	mig_buf_puts(screen->out, "  ");
	mig_buf_reset(&cell);
	if (known) {
		text_percent(&cell, seen);
		mig_wall at = show_at(flag, "verified_at");
		if (at.ms != 0) { /* else it was seen, but never where it should be */
			mig_buf_puts(&cell, " (");
			show_age(screen, &cell, at);
			mig_buf_puts(&cell, " ago)");
		}
	} else {
		mig_buf_puts(&cell, "not seen");
	}
	if (mig_json_bool(mig_json_get(flag, "write_failed")))
		mig_buf_puts(&cell, " REFUSED");
	struct mig_buf padded;
	mig_buf_init(&padded, 2048);
	text_cell(&padded, cell.data, SEEN_WIDTH);
	screen_paint(screen, !known || differs ? TEXT_YELLOW : TEXT_GREEN, padded.data);
	mig_buf_printf(screen->out, " %.0f of %.0f\n", show_number_or_0(flag, "step"),
	    show_number_or_0(flag, "step_count"));
	mig_buf_fini(&padded);
	mig_buf_fini(&cell);
}

static void
show_flags(struct screen *screen, const struct mig_json *rollout)
{
	const struct mig_json *flags = mig_json_get(rollout, "flags");
	bool holding = show_is(rollout, "state", "running");
	struct mig_buf head;

	if (mig_json_count(flags) == 0)
		return;
	mig_buf_init(&head, 256);
	mig_buf_printf(&head, "%-*s %*s  %-*s %s", (int)FLAG_WIDTH, "FLAG", (int)PERCENT_WIDTH,
	    "INTENDED", (int)SEEN_WIDTH, "SEEN AT PROVIDER", "STEP");
	mig_buf_putc(screen->out, '\n');
	screen_paint(screen, TEXT_DIM, head.data);
	mig_buf_putc(screen->out, '\n');
	mig_buf_fini(&head);
	for (const struct mig_json *flag = mig_json_first(flags); flag != NULL;
	    flag = mig_json_next(flag)) {
		show_flag(screen, flag);
		if (holding && !mig_json_bool(mig_json_get(flag, "done")))
			show_hold(screen, flag);
	}
}

void
show_status(struct screen *screen, const struct mig_json *rollout)
{
	mig_wall now = show_at(rollout, "now");

	if (now.ms != 0)
		screen->now = now;
	show_headline(screen, rollout);
	show_attention(screen, rollout);
	show_rollback(screen, rollout);
	show_facts(screen, rollout);
	show_phase(screen, rollout);
	show_flags(screen, rollout);
	show_triggers(screen, rollout);
}
