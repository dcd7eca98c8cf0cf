/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <string.h>

#include "base/num.h"
#include "base/utf8.h"
#include "wire/backtest_render_int.h"

#define WIDTH 80
#define FIRINGS_SHOWN 20
#define STRETCHES_SHOWN 10

/* Append a cell of a table, at least one blank wide of the next. */
static void
cell(struct mig_buf *out, struct mig_buf *text, int width)
{
	mig_buf_printf(out, "%-*s", width, text->data);
	mig_buf_reset(text);
}

/*
 * Append a line with a head, wrapped at WIDTH; what follows stands under what the head is for.
 * Words that are longer than a line stay whole.
 */
static void
wrapped(struct mig_buf *out, const char *head, const char *text)
{
	int indent = (int)strlen(head);
	int column = indent;

	mig_buf_puts(out, head);
	while (*text != '\0') {
		size_t len = strcspn(text, " ");
		bool first = column == indent;
		if (!first && column + 1 + (int)len > WIDTH) {
			mig_buf_printf(out, "\n%*s", indent, "");
			column = indent;
			first = true;
		}
		mig_buf_printf(out, "%s%.*s", first ? "" : " ", (int)len, text);
		column += (int)len + (first ? 0 : 1);
		text += len + (text[len] == ' ');
	}
	mig_buf_putc(out, '\n');
}

static void
write_span(const struct mig_backtest_report *report, struct mig_buf *out)
{
	const struct mig_backtest_options *options = &report->options;
	char from[MIG_TIME_TEXT];
	char to[MIG_TIME_TEXT];
	struct mig_buf text;

	mig_buf_init(&text, 4096);
	mig_buf_printf(&text, "%s to %s, every ", mig_time_format(options->from, from),
	    mig_time_format(options->to, to));
	mig_num_format_duration(options->step_ms, &text);
	mig_buf_printf(&text, "; queries look at the %s path.", options->old_path ? "old" : "new");
	wrapped(out, "History   ", text.data);
	mig_buf_reset(&text);
	if (report->judged == 0) {
		mig_buf_puts(&text, "nothing: the baselines were never known.");
	} else {
		mig_num_format_duration((int64_t)report->judged * options->step_ms, &text);
		mig_buf_printf(&text, " from %s on. On calm history every firing is a false "
		    "alarm.", mig_time_format(report->judged_from, from));
	}
	wrapped(out, "Judged    ", text.data);
	mig_buf_reset(&text);
	mig_backtest_blind(report, &text);
	if (text.len > 0)
		wrapped(out, "Blind     ", text.data);
	mig_buf_fini(&text);
}

static void
write_baselines(const struct mig_backtest_report *report, struct mig_buf *out)
{
	const char *head = "Baselines ";
	struct mig_buf text;

	mig_buf_init(&text, 4096);
	for (size_t i = 0; i < report->policy->metric_count; i++) {
		if (!report->policy->metrics[i].baseline_wanted)
			continue;
		mig_buf_reset(&text);
		mig_backtest_baseline(report, i, &text);
		wrapped(out, head, text.data);
		head = "          ";
	}
	mig_buf_fini(&text);
}

static void
write_damage_head(const struct mig_backtest_report *report, struct mig_buf *out)
{
	struct mig_buf text;

	mig_buf_init(&text, 4096);
	mig_backtest_damage(report, &text);
	if (text.len > 0)
		wrapped(out, "Damage    ", text.data);
	mig_buf_fini(&text);
}

static void
write_firing(const struct mig_backtest_report *report, const struct mig_backtest_firing *firing,
    struct mig_buf *out, struct mig_buf *text)
{
	char at[MIG_TIME_TEXT];
	int64_t end = report->options.to.ms + report->options.step_ms;

	mig_buf_printf(out, "    %s  ", mig_time_format(firing->at, at));
	mig_backtest_number(firing->value, text);
	cell(out, text, 11);
	mig_backtest_number(firing->threshold, text);
	cell(out, text, 11);
	mig_num_format_duration(firing->at.ms - firing->breached_at.ms, text);
	cell(out, text, 10);
	mig_num_format_duration((firing->until.ms != 0 ? firing->until.ms : end) - firing->at.ms,
	    text);
	cell(out, text, 10);
	mig_backtest_number(firing->worst, text);
	mig_buf_printf(out, "%s\n", text->data);
	mig_buf_reset(text);
}

static void
write_firings(const struct mig_backtest_report *report, size_t index, struct mig_buf *out,
    struct mig_buf *text)
{
	const struct mig_backtest_trigger *trigger = &report->triggers[index];

	if (trigger->firing_count == 0) {
		mig_backtest_silence(report, index, text);
		wrapped(out, "  ", text->data);
		mig_buf_reset(text);
		return;
	}
	mig_buf_printf(out, "  WOULD HAVE FIRED %zu time%s, %.3g a week\n", trigger->firing_count,
	    trigger->firing_count == 1 ? "" : "s", mig_backtest_per_week(report, index));
	mig_buf_puts(out, "    AT                    VALUE      LIMIT      BREACH    ON FOR    "
	    "WORST\n");
	for (size_t i = 0; i < trigger->firings_kept && i < FIRINGS_SHOWN; i++)
		write_firing(report, &trigger->firings[i], out, text);
	if (trigger->firing_count <= FIRINGS_SHOWN)
		return;
	mig_buf_printf(out, "    and %zu more (-f json has ",
	    trigger->firing_count - FIRINGS_SHOWN);
	if (trigger->firing_count == trigger->firings_kept)
		mig_buf_puts(out, "them)\n");
	else
		mig_buf_printf(out, "the first %zu)\n", trigger->firings_kept);
}

static void
write_shares(const struct mig_backtest_report *report, size_t index, struct mig_buf *out,
    struct mig_buf *text)
{
	static const char *const words[] = { "ok", "pending", "fired", "unknown", "low traffic" };

	for (unsigned word = 0; word < MIG_BACKTEST_WORDS; word++) {
		mig_buf_printf(text, "%s%s ", word == 0 ? "" : ", ", words[word]);
		mig_backtest_percent(mig_backtest_share(report, index, word), text);
	}
	wrapped(out, "  ", text->data);
	mig_buf_reset(text);
}

static void
write_stretches(const struct mig_backtest_trigger *trigger, struct mig_buf *out)
{
	char from[MIG_TIME_TEXT];

	for (size_t i = 0; i < trigger->stretches_kept && i < STRETCHES_SHOWN; i++) {
		const struct mig_backtest_stretch *stretch = &trigger->stretches[i];
		mig_buf_printf(out, "    %s from %s for ",
		    stretch->word == MIG_BACKTEST_UNKNOWN ? "unknown" : "low traffic",
		    mig_time_format(stretch->from, from));
		mig_num_format_duration(stretch->until.ms - stretch->from.ms, out);
		mig_buf_putc(out, '\n');
	}
	if (trigger->stretches_kept > STRETCHES_SHOWN)
		mig_buf_printf(out, "    and %zu%s more such times\n",
		    trigger->stretches_kept - STRETCHES_SHOWN, trigger->stretches_cut ? "+" : "");
}

static void
write_damage(const struct mig_backtest_report *report, size_t index, struct mig_buf *out,
    struct mig_buf *text)
{
	if (!report->damage_done)
		return;
	mig_buf_puts(out, "  DAMAGE IS SEEN AFTER     x2          x5          x20\n");
	for (size_t i = 0; i < report->exposure_count; i++) {
		const struct mig_backtest_exposure *exposure = &report->exposures[i];
		mig_buf_printf(text, "    at %.4g %%, ", exposure->percentage);
		mig_num_format_duration(exposure->watch_ms, text);
		mig_buf_puts(text, exposure->cut ? "+" : "");
		cell(out, text, 27);
		for (size_t k = 0; k < MIG_BACKTEST_FACTORS; k++) {
			mig_backtest_sight(&report->triggers[index].damage[i][k], text);
			cell(out, text, k + 1 < MIG_BACKTEST_FACTORS ? 12 : 0);
		}
		mig_buf_putc(out, '\n');
	}
}

static void
write_trigger(const struct mig_backtest_report *report, size_t index, struct mig_buf *out,
    struct mig_buf *text)
{
	const struct mig_trigger *trigger = &report->policy->triggers[index];

	mig_buf_printf(out, "\n%s\n", trigger->id);
	if (!trigger->armed) {
		mig_buf_printf(out, "  not armed: nobody measures %s\n",
		    report->policy->metrics[trigger->metric].name);
		return;
	}
	mig_backtest_condition(report, index, text);
	wrapped(out, "  ", text->data);
	mig_buf_reset(text);
	mig_backtest_manner(report, index, text);
	wrapped(out, "  ", text->data);
	mig_buf_reset(text);
	write_firings(report, index, out, text);
	write_shares(report, index, out, text);
	write_stretches(&report->triggers[index], out);
	write_damage(report, index, out, text);
}

/* Names come from documents: nothing of them may steer a terminal. */
static void
clean(struct mig_buf *out, size_t begin)
{
	for (size_t i = begin; i < out->len;) {
		size_t step = mig_utf8_printable(out->data + i, out->len - i);

		if (step == 0 && out->data[i] != '\n')
			out->data[i] = '?';
		i += step > 0 ? step : 1;
	}
}

void
mig_backtest_text(const struct mig_backtest_report *report, struct mig_buf *out)
{
	struct mig_buf text;
	size_t begin = out->len;
	bool cut = false;

	mig_buf_init(&text, 4096);
	mig_buf_printf(&text, "%s: %s", report->policy->migration_id,
	    report->policy->migration_name);
	wrapped(out, "Backtest  ", text.data);
	mig_buf_reset(&text);
	write_span(report, out);
	write_baselines(report, out);
	write_damage_head(report, out);
	for (size_t i = 0; i < report->policy->trigger_count; i++)
		write_trigger(report, i, out, &text);
	for (size_t i = 0; i < report->exposure_count; i++)
		cut = cut || report->exposures[i].cut;
	if (report->damage_done && cut)
		mig_buf_puts(out, "\n+ the calm history is shorter than that step is held.\n");
	clean(out, begin);
	mig_buf_fini(&text);
}
