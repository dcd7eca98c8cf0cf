/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/*
 * Laying out text for a terminal: cells, wrapping, colours, ages.  What comes from outside is
 * cleaned of control characters, so that no comment or name can play tricks with the terminal.
 */
#ifndef MIG_CTL_TEXT_H
#define MIG_CTL_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/time.h"

enum text_colour { TEXT_PLAIN, TEXT_BOLD, TEXT_DIM, TEXT_RED, TEXT_GREEN, TEXT_YELLOW, TEXT_ALARM };

/* Where a screen goes and how it may look. */
struct screen {
	struct mig_buf *out;
	bool colour;
	size_t width; /* columns */
	mig_wall now; /* what ages are counted from */
};

/*
 * Append text with control characters replaced by '?'; NULL appends nothing.
 */
void text_clean(struct mig_buf *out, const char *text);

/*
 * As text_clean(), but newlines stay.
 */
void text_clean_lines(struct mig_buf *out, const char *text);

/*
 * Columns a text takes (one per code point).
 */
size_t text_width(const char *text);

/*
 * Append text, cleaned, filled up with blanks to width; longer text is not cut.
 */
void text_cell(struct mig_buf *out, const char *text, size_t width);

/*
 * As text_cell(), flush right.
 */
void text_cell_right(struct mig_buf *out, const char *text, size_t width);

/*
 * Whether a rollout in that state has ended; NULL has not.
 */
bool text_state_finished(const char *state);

/*
 * Append text in a colour, if there are colours.
 */
void screen_paint(struct screen *screen, enum text_colour colour, const char *text);

/*
 * Append text, broken at blanks; `column` is where it starts, `indent` where further lines start.
 * Ends with a newline.
 */
void screen_wrap(struct screen *screen, const char *text, size_t column, size_t indent);

/*
 * Append "2026-11-22 02:10:00Z (10m ago)" or "(in 10m)"; "never" for 0.
 */
void screen_time(struct screen *screen, struct mig_buf *out, mig_wall at);

/*
 * Append a duration in whole seconds for people ("23h 50m"); below a second in ms.
 */
void text_duration(struct mig_buf *out, double seconds);

/*
 * Append a measured value with at most four significant digits.
 */
void text_value(struct mig_buf *out, double value);

/*
 * Append a percentage: "25 %".
 */
void text_percent(struct mig_buf *out, double percentage);

#endif
