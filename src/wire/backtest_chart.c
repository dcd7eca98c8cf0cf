/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <inttypes.h>
#include <math.h>

#include "wire/backtest_render_int.h"

/* The picture in its own units; the browser scales it. */
#define WIDTH 900.0
#define HEIGHT 220.0
#define LEFT 62.0
#define TOP 12.0
#define BOTTOM 24.0
#define PLOT_WIDTH (WIDTH - LEFT - 8)
#define PLOT_HEIGHT (HEIGHT - TOP - BOTTOM)
#define TICKS 7
#define YEAR_CHARS 5  /* of "2026-11-22T02:00:00Z", with the dash */
#define DATE_CHARS 10
#define TIME_CHARS 5
#define DATES_ONLY_MS (INT64_C(14) * 24 * 60 * 60 * 1000)

/* How values and times become places. */
struct scale {
	double low;
	double high;
	int64_t from_ms;
	int64_t span_ms;
};

static double
x_of(const struct scale *scale, mig_wall at)
{
	double x = (double)(at.ms - scale->from_ms) / (double)scale->span_ms;

	return LEFT + PLOT_WIDTH * fmin(fmax(x, 0), 1);
}

static double
y_of(const struct scale *scale, double value)
{
	double y = (value - scale->low) / (scale->high - scale->low);

	return TOP + PLOT_HEIGHT * (1 - fmin(fmax(y, 0), 1));
}

static void
stretch_to(struct scale *scale, double value)
{
	scale->low = fmin(scale->low, value);
	scale->high = fmax(scale->high, value);
}

/* From 0 where that leaves something to see; what should not fall is shown close up. */
static struct scale
make_scale(const struct mig_backtest_report *report, size_t index)
{
	const struct mig_backtest_bucket *buckets = report->triggers[index].buckets;
	const struct mig_backtest_options *options = &report->options;
	struct scale scale = { INFINITY, -INFINITY, options->from.ms,
		options->to.ms + options->step_ms - options->from.ms };

	for (size_t i = 0; i < mig_backtest_buckets(report); i++) {
		if (buckets[i].seen) {
			stretch_to(&scale, buckets[i].min);
			stretch_to(&scale, buckets[i].max);
		}
		if (buckets[i].threshold_known)
			stretch_to(&scale, buckets[i].threshold);
	}
	if (!(scale.low <= scale.high))
		scale.low = scale.high = 0;
	if (report->policy->triggers[index].op != MIG_OP_LESS && scale.low > 0)
		scale.low = 0;
	double room = (scale.high - scale.low) * 0.06;
	if (!(room > 0))
		room = fabs(scale.high) > 0 ? fabs(scale.high) * 0.5 : 1;
	scale.high += room;
	if (report->policy->triggers[index].op == MIG_OP_LESS)
		scale.low -= room;
	return scale;
}

static void
write_rect(struct mig_buf *out, const struct scale *scale, const char *class, mig_wall from,
    mig_wall until)
{
	char text[MIG_TIME_TEXT];
	double x = x_of(scale, from);

	/* An incident of minutes in a history of weeks must still be seen. */
	mig_buf_printf(out, "<rect class=\"%s\" x=\"%.2f\" y=\"%.2f\" width=\"%.2f\" "
	    "height=\"%.2f\"><title>%s from %s to ", class, x, TOP,
	    fmax(x_of(scale, until) - x, 1.5), PLOT_HEIGHT, class, mig_time_format(from, text));
	mig_buf_printf(out, "%s</title></rect>\n", mig_time_format(until, text));
}

static void
write_times(struct mig_buf *out, const struct scale *scale,
    const struct mig_backtest_trigger *trigger)
{
	mig_wall end = { scale->from_ms + scale->span_ms };

	for (size_t i = 0; i < trigger->stretches_kept; i++)
		write_rect(out, scale, trigger->stretches[i].word == MIG_BACKTEST_UNKNOWN ?
		    "unknown" : "low", trigger->stretches[i].from, trigger->stretches[i].until);
	for (size_t i = 0; i < trigger->firings_kept; i++)
		write_rect(out, scale, "fired", trigger->firings[i].at,
		    trigger->firings[i].until.ms != 0 ? trigger->firings[i].until : end);
}

static double
bucket_x(size_t bucket, size_t count)
{
	return LEFT + PLOT_WIDTH * ((double)bucket + 0.5) / (double)count;
}

/* The values as vertical strokes from least to greatest, joined while there is no gap. */
static void
write_values(struct mig_buf *out, const struct scale *scale,
    const struct mig_backtest_bucket *buckets, size_t count)
{
	bool joined = false;

	mig_buf_puts(out, "<path class=\"value\" d=\"");
	for (size_t i = 0; i < count; i++) {
		if (buckets[i].seen)
			mig_buf_printf(out, "%s%.2f %.2fV%.2f", joined ? "L" : "M",
			    bucket_x(i, count), y_of(scale, buckets[i].min),
			    y_of(scale, buckets[i].max));
		joined = buckets[i].seen;
	}
	mig_buf_puts(out, "\"/>\n");
}

static void
write_threshold(struct mig_buf *out, const struct scale *scale,
    const struct mig_backtest_bucket *buckets, size_t count)
{
	bool joined = false;

	mig_buf_puts(out, "<path class=\"limit\" d=\"");
	for (size_t i = 0; i < count; i++) {
		if (buckets[i].threshold_known)
			mig_buf_printf(out, "%s%.2f %.2f", joined ? "L" : "M",
			    bucket_x(i, count), y_of(scale, buckets[i].threshold));
		joined = buckets[i].threshold_known;
	}
	mig_buf_puts(out, "\"/>\n");
}

static void
write_axes(struct mig_buf *out, const struct scale *scale)
{
	char text[MIG_TIME_TEXT];

	for (int i = 0; i <= 2; i++) {
		double value = scale->low + (scale->high - scale->low) * i / 2;
		double y = y_of(scale, value);
		mig_buf_printf(out, "<path class=\"grid\" d=\"M%.2f %.2fH%.2f\"/>"
		    "<text class=\"left\" x=\"%.2f\" y=\"%.2f\">", LEFT, y, LEFT + PLOT_WIDTH,
		    LEFT - 6, y + 4);
		mig_backtest_number(value, out);
		mig_buf_puts(out, "</text>\n");
	}
	for (int i = 0; i < TICKS; i++) {
		mig_wall at = { scale->from_ms + scale->span_ms * i / TICKS };
		(void)mig_time_format(at, text);
		mig_buf_printf(out, "<text x=\"%.2f\" y=\"%.2f\">", x_of(scale, at), HEIGHT - 8);
		/* In less than weeks two of them would be of one day. */
		if (scale->span_ms > DATES_ONLY_MS)
			mig_buf_add(out, text, DATE_CHARS);
		else
			mig_buf_printf(out, "%.*s %.*s", DATE_CHARS - YEAR_CHARS,
			    text + YEAR_CHARS, TIME_CHARS, text + DATE_CHARS + 1);
		mig_buf_puts(out, "</text>\n");
	}
}

void
mig_backtest_chart(const struct mig_backtest_report *report, size_t index, struct mig_buf *out)
{
	const struct mig_backtest_trigger *trigger = &report->triggers[index];
	struct scale scale = make_scale(report, index);

	mig_buf_printf(out, "<svg viewBox=\"0 0 %g %g\" role=\"img\"><title>", WIDTH, HEIGHT);
	mig_backtest_escape(report->policy->triggers[index].id, out);
	mig_buf_puts(out, ": values, limit, firings and times unknown</title>\n");
	write_times(out, &scale, trigger);
	write_axes(out, &scale);
	write_values(out, &scale, trigger->buckets, mig_backtest_buckets(report));
	write_threshold(out, &scale, trigger->buckets, mig_backtest_buckets(report));
	mig_buf_puts(out, "</svg>\n");
}
