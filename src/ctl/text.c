/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <string.h>

#include "base/num.h"
#include "ctl/text.h"

/* Above this many seconds a duration is not one; it keeps the conversion to integers defined. */
#define SECONDS_MAX 1e12

static const char *const colours[] = {
	[TEXT_PLAIN] = "",
	[TEXT_BOLD] = "\033[1m",
	[TEXT_DIM] = "\033[2m",
	[TEXT_RED] = "\033[1;31m",
	[TEXT_GREEN] = "\033[1;32m",
	[TEXT_YELLOW] = "\033[1;33m",
	[TEXT_ALARM] = "\033[1;37;41m",
};

static void
clean(struct mig_buf *out, const char *text, bool lines)
{
	for (const unsigned char *p = (const unsigned char *)text; *p != '\0'; p++) {
		/* C1 controls are 0xc2 0x80 to 0xc2 0x9f in UTF-8. */
		if (p[0] == 0xc2 && p[1] >= 0x80 && p[1] <= 0x9f) {
			mig_buf_putc(out, '?');
			p++;
		} else if ((*p < 0x20 && !(lines && *p == '\n')) || *p == 0x7f) {
			mig_buf_putc(out, '?');
		} else {
			mig_buf_putc(out, (char)*p);
		}
	}
}

static void
fill(struct mig_buf *out, size_t used, size_t width)
{
	for (; used < width; used++)
		mig_buf_putc(out, ' ');
}

void
text_clean(struct mig_buf *out, const char *text)
{
	if (text != NULL)
		clean(out, text, false);
}

void
text_clean_lines(struct mig_buf *out, const char *text)
{
	if (text != NULL)
		clean(out, text, true);
}

size_t
text_width(const char *text)
{
	size_t width = 0;

	for (; *text != '\0'; text++) {
		if (((unsigned char)*text & 0xc0U) != 0x80U)
			width++;
	}
	return width;
}

void
text_cell(struct mig_buf *out, const char *text, size_t width)
{
	text_clean(out, text);
	fill(out, text_width(text), width);
}

void
text_cell_right(struct mig_buf *out, const char *text, size_t width)
{
	fill(out, text_width(text), width);
	text_clean(out, text);
}

bool
text_state_finished(const char *state)
{
	return state != NULL && (strcmp(state, "completed") == 0 ||
	    strcmp(state, "rolled_back") == 0 || strcmp(state, "held") == 0);
}

void
screen_paint(struct screen *screen, enum text_colour colour, const char *text)
{
	bool paint = screen->colour && colour != TEXT_PLAIN;

	mig_buf_puts(screen->out, paint ? colours[colour] : "");
	text_clean(screen->out, text);
	mig_buf_puts(screen->out, paint ? "\033[0m" : "");
}

void
screen_wrap(struct screen *screen, const char *text, size_t column, size_t indent)
{
	size_t at = column;
	bool first = true;

	while (*text != '\0') {
		size_t len = strcspn(text, " ");
		struct mig_buf word;
		mig_buf_init(&word, 4096);
		mig_buf_add(&word, text, len);
		size_t width = text_width(word.data);

		if (!first && at + 1 + width > screen->width) {
			mig_buf_putc(screen->out, '\n');
			fill(screen->out, 0, indent);
			at = indent;
		} else if (!first) {
			mig_buf_putc(screen->out, ' ');
			at++;
		}
		text_clean(screen->out, word.data);
		at += width;
		first = false;
		mig_buf_fini(&word);
		text += len;
		text += strspn(text, " ");
	}
	mig_buf_putc(screen->out, '\n');
}

void
screen_time(struct screen *screen, struct mig_buf *out, mig_wall at)
{
	char text[MIG_TIME_TEXT];

	if (at.ms == 0) {
		mig_buf_puts(out, "never");
		return;
	}
	/* Whole seconds are enough for people, and the T between date and time is not for them. */
	mig_wall whole = { .ms = at.ms - at.ms % 1000 };
	(void)mig_time_format(whole, text);
	for (char *p = text; *p != '\0'; p++)
		mig_buf_putc(out, *p == 'T' ? ' ' : *p);
	int64_t ago = screen->now.ms - at.ms;
	mig_buf_puts(out, ago >= 0 ? " (" : " (in ");
	mig_num_format_duration((ago >= 0 ? ago : -ago) / 1000 * 1000, out);
	mig_buf_puts(out, ago >= 0 ? " ago)" : ")");
}

void
text_duration(struct mig_buf *out, double seconds)
{
	if (!(seconds > -SECONDS_MAX && seconds < SECONDS_MAX)) {
		mig_buf_putc(out, '?');
		return;
	}
	int64_t ms = (int64_t)(seconds * 1000 + (seconds < 0 ? -0.5 : 0.5));

	if (ms >= 1000 || ms <= -1000)
		ms -= ms % 1000;
	mig_num_format_duration(ms, out);
}

void
text_value(struct mig_buf *out, double value)
{
	bool large = value >= 10000 || value <= -10000;

	/* An exponent is for machines; up to a size at which digits are no help either. */
	mig_buf_printf(out, large && value < 1e12 && value > -1e12 ? "%.0f" : "%.4g", value);
}

void
text_percent(struct mig_buf *out, double percentage)
{
	mig_buf_printf(out, "%.6g %%", percentage);
}
