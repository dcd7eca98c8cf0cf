/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <string.h>

#include "ctl/show.h"
#include "ctl/show_int.h"

#define ID_WIDTH 20U
#define STATE_WIDTH 20U
#define PHASE_WIDTH 14U
#define FLAGS_WIDTH 12U

static enum text_colour
state_colour(const struct mig_json *rollout)
{
	if (mig_json_count(mig_json_get(rollout, "overlays")) != 0)
		return TEXT_YELLOW;
	if (show_is(rollout, "state", "rolling_back"))
		return TEXT_RED;
	if (show_is(rollout, "state", "held"))
		return TEXT_ALARM;
	if (show_is(rollout, "state", "running") || show_is(rollout, "state", "baking"))
		return TEXT_GREEN;
	return TEXT_PLAIN;
}

/* "running+blind" */
static void
add_state(struct mig_buf *out, const struct mig_json *rollout)
{
	mig_buf_puts(out, show_string(rollout, "state", "?"));
	for (const struct mig_json *item = mig_json_first(mig_json_get(rollout, "overlays"));
	    item != NULL; item = mig_json_next(item)) {
		const char *word = mig_json_string(item);

		mig_buf_printf(out, "+%s", word != NULL ? word : "?");
	}
}

/* "25 %", or "100/25/0 %"; a '!' behind it when the provider was seen to serve something else. */
static void
add_flags(struct mig_buf *out, const struct mig_json *rollout)
{
	const char *sep = "";
	bool differs = false;

	for (const struct mig_json *flag = mig_json_first(mig_json_get(rollout, "flags"));
	    flag != NULL; flag = mig_json_next(flag)) {
		double intended = show_number_or_0(flag, "intended_percentage");
		double seen = 0;

		mig_buf_printf(out, "%s%.6g", sep, intended);
		sep = "/";
		differs = differs || (show_number(flag, "verified_percentage", &seen) &&
		    (seen < intended || seen > intended));
	}
	mig_buf_puts(out, *sep == '\0' ? "-" : " %");
	mig_buf_puts(out, differs ? " !" : "");
}

static void
show_row(struct screen *screen, const struct mig_json *rollout)
{
	struct mig_buf cell;
	struct mig_buf padded;
	mig_buf_init(&cell, 1024);
	mig_buf_init(&padded, 2048);

	text_cell(screen->out, show_string(rollout, "id", "?"), ID_WIDTH);
	mig_buf_putc(screen->out, ' ');
	add_state(&cell, rollout);
	text_cell(&padded, cell.data, STATE_WIDTH);
	screen_paint(screen, state_colour(rollout), padded.data);
	mig_buf_putc(screen->out, ' ');
	text_cell(screen->out, show_string(rollout, "phase", "-"), PHASE_WIDTH);
	mig_buf_putc(screen->out, ' ');
	mig_buf_reset(&cell);
	add_flags(&cell, rollout);
	text_cell(screen->out, cell.data, FLAGS_WIDTH);
	mig_buf_putc(screen->out, ' ');
	mig_buf_reset(&cell);
	show_age(screen, &cell, show_at(rollout, "updated_at"));
	mig_buf_printf(screen->out, "%s\n", cell.data);
	mig_buf_fini(&padded);
	mig_buf_fini(&cell);
}

void
show_list(struct screen *screen, const struct mig_json *reply)
{
	const struct mig_json *rollouts = mig_json_get(reply, "rollouts");
	struct mig_buf head;

	if (mig_json_count(rollouts) == 0) {
		mig_buf_puts(screen->out, "No rollout is loaded.\n");
		return;
	}
	mig_buf_init(&head, 256);
	mig_buf_printf(&head, "%-*s %-*s %-*s %-*s %s", (int)ID_WIDTH, "ROLLOUT", (int)STATE_WIDTH,
	    "STATE", (int)PHASE_WIDTH, "PHASE", (int)FLAGS_WIDTH, "FLAGS", "UPDATED");
	screen_paint(screen, TEXT_DIM, head.data);
	mig_buf_putc(screen->out, '\n');
	mig_buf_fini(&head);
	for (const struct mig_json *rollout = mig_json_first(rollouts); rollout != NULL;
	    rollout = mig_json_next(rollout))
		show_row(screen, rollout);
}
