/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <stdio.h>
#include <string.h>

#include "base/num.h"
#include "base/utf8.h"
#include "wire/backtest_render_int.h"

#define BLIND_SHOWN 5

/* Bytes of a character that a page can have; 0: none, also of the two that XML has not. */
static size_t
shown(const char *text, size_t len)
{
	size_t step = mig_utf8_printable(text, len);

	return step == 3 && (memcmp(text, "\xef\xbf\xbe", step) == 0 ||
	    memcmp(text, "\xef\xbf\xbf", step) == 0) ? 0 : step;
}

static void
escape_one(const char *text, size_t len, struct mig_buf *out)
{
	switch (*text) {
	case '&':
		mig_buf_puts(out, "&amp;");
		break;
	case '<':
		mig_buf_puts(out, "&lt;");
		break;
	case '>':
		mig_buf_puts(out, "&gt;");
		break;
	case '"':
		mig_buf_puts(out, "&quot;");
		break;
	default:
		mig_buf_add(out, text, len);
		break;
	}
}

void
mig_backtest_escape(const char *text, struct mig_buf *out)
{
	size_t len = strlen(text);

	for (size_t i = 0; i < len;) {
		size_t step = shown(text + i, len - i);

		if (step > 0)
			escape_one(text + i, step, out);
		else
			mig_buf_putc(out, ' ');
		i += step > 0 ? step : 1;
	}
}

void
mig_backtest_number(double value, struct mig_buf *out)
{
	mig_buf_printf(out, "%.4g", value);
}

void
mig_backtest_percent(double share, struct mig_buf *out)
{
	if (share > 0 && share < 0.0001)
		mig_buf_puts(out, "<0.01 %");
	else if (share < 1 && share > 0.9999)
		mig_buf_puts(out, ">99.99 %");
	else
		mig_buf_printf(out, "%.4g %%", (double)(int64_t)(share * 10000 + 0.5) / 100);
}

void
mig_backtest_condition(const struct mig_backtest_report *report, size_t index, struct mig_buf *out)
{
	static const char *const signs[] = { ">", "<", "=" };
	const struct mig_trigger *trigger = &report->policy->triggers[index];
	const struct mig_backtest_trigger *was = &report->triggers[index];
	bool fixed = trigger->threshold.count == 1 &&
	    trigger->threshold.ops[0].op == MIG_EXPR_NUMBER;

	mig_buf_printf(out, "%s %s ", report->policy->metrics[trigger->metric].name,
	    signs[trigger->op]);
	if (!was->threshold_known && fixed) {
		mig_backtest_number(trigger->threshold.ops[0].number, out);
	} else if (!was->threshold_known) {
		mig_buf_putc(out, '?');
	} else {
		char least[32];
		char most[32];
		(void)snprintf(least, sizeof(least), "%.4g", was->threshold_min);
		(void)snprintf(most, sizeof(most), "%.4g", was->threshold_max);
		/* What a live baseline moves in its fifth digit is no range to the reader. */
		mig_buf_puts(out, least);
		if (strcmp(least, most) != 0)
			mig_buf_printf(out, " to %s", most);
	}
	if (trigger->for_ms > 0) {
		mig_buf_puts(out, " for ");
		mig_num_format_duration(trigger->for_ms, out);
	}
	if (!was->threshold_known && !fixed)
		mig_buf_puts(out, " (the limit was never known)");
}

void
mig_backtest_manner(const struct mig_backtest_report *report, size_t index, struct mig_buf *out)
{
	static const char *const actions[] = { "rolls back", "proposes a rollback", "alerts",
		"scales up" };
	const struct mig_trigger *trigger = &report->policy->triggers[index];

	mig_buf_printf(out, "%s; in a rollout it looks at %s", actions[trigger->action],
	    report->policy->metrics[trigger->metric].new_path ? "the new path alone" :
	    "all traffic");
}

void
mig_backtest_silence(const struct mig_backtest_report *report, size_t index, struct mig_buf *out)
{
	if (report->triggers[index].compared_with_itself)
		mig_buf_puts(out, "cannot be told: its live baseline is the old path, which "
		    "history compares with itself");
	else if (mig_backtest_seen(report, index) == 0)
		mig_buf_puts(out, "cannot be told: there was nothing to judge by");
	else
		mig_buf_puts(out, "would not have fired");
}

void
mig_backtest_blind(const struct mig_backtest_report *report, struct mig_buf *out)
{
	int64_t patience = report->policy->settings.blind_rollback_after_ms;
	char at[MIG_TIME_TEXT];

	if (patience == 0 || report->judged == 0)
		return;
	if (report->blind_count == 0)
		mig_buf_puts(out, "no time without readings was long enough for a rollback: ");
	else
		mig_buf_printf(out, "WOULD HAVE ROLLED BACK %zu time%s because nothing was seen "
		    "for ", report->blind_count, report->blind_count == 1 ? "" : "s");
	mig_num_format_duration(patience, out);
	for (size_t i = 0; i < report->blind_count && i < BLIND_SHOWN; i++)
		mig_buf_printf(out, "%s %s", i > 0 ? "," : ":",
		    mig_time_format(report->blind_at[i], at));
	if (report->blind_count > BLIND_SHOWN)
		mig_buf_printf(out, " and %zu more", report->blind_count - BLIND_SHOWN);
	mig_buf_putc(out, '.');
}

void
mig_backtest_damage(const struct mig_backtest_report *report, struct mig_buf *out)
{
	char at[MIG_TIME_TEXT];

	if (!report->options.damage)
		return;
	if (!report->damage_done)
		mig_buf_puts(out, "not tried: no stretch of the history is calm and seen.");
	else
		mig_buf_printf(out, "put on what was recorded from %s on, at every step of the "
		    "flags.", mig_time_format(report->damage_at, at));
	if (report->exposures_left_out > 0)
		mig_buf_printf(out, " %zu further steps are left out.",
		    report->exposures_left_out);
}

void
mig_backtest_sight(const struct mig_backtest_sight *sight, struct mig_buf *out)
{
	switch (sight->outcome) {
	case MIG_BACKTEST_SEEN:
		mig_num_format_duration(sight->after_ms, out);
		break;
	case MIG_BACKTEST_NOT_SEEN:
		mig_buf_puts(out, "not seen");
		break;
	case MIG_BACKTEST_INCIDENT:
		mig_buf_puts(out, "incident");
		break;
	case MIG_BACKTEST_BLIND:
		mig_buf_puts(out, "no reading");
		break;
	case MIG_BACKTEST_UNCHANGED:
		mig_buf_puts(out, "no change");
		break;
	case MIG_BACKTEST_NOT_APPLICABLE:
		mig_buf_puts(out, "-");
		break;
	}
}

void
mig_backtest_baseline(const struct mig_backtest_report *report, size_t index, struct mig_buf *out)
{
	const struct mig_metric *metric = &report->policy->metrics[index];
	const struct mig_metric_state *ms = &report->metrics[index];
	char text[MIG_TIME_TEXT];

	mig_buf_printf(out, "%s: ", metric->name);
	if (!ms->baseline_known) {
		mig_buf_printf(out, "never known (%s)", mig_baseline_kind_name(metric->baseline));
		return;
	}
	mig_backtest_number(ms->baseline, out);
	switch (metric->baseline) {
	case MIG_BASELINE_CAPTURED:
		mig_buf_printf(out, ", captured: median of %zu samples up to %s",
		    ms->captured_count, mig_time_format(ms->captured_at, text));
		break;
	case MIG_BASELINE_FIXED:
		mig_buf_puts(out, ", fixed");
		break;
	case MIG_BASELINE_LIVE:
		mig_buf_puts(out, " in the end, live: the old path at each moment");
		break;
	}
	if (ms->floor_used)
		mig_buf_puts(out, " (its floor)");
}

int
mig_backtest_render(const struct mig_backtest_report *report, enum mig_backtest_form form,
    struct mig_buf *out)
{
	switch (form) {
	case MIG_BACKTEST_TEXT:
		mig_backtest_text(report, out);
		break;
	case MIG_BACKTEST_JSON:
		mig_backtest_json(report, out);
		break;
	case MIG_BACKTEST_HTML:
		mig_backtest_html(report, out);
		break;
	}
	return mig_buf_ok(out) ? MIG_OK : MIG_ELIMIT;
}
