/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include "base/num.h"
#include "wire/backtest_render_int.h"

/* Also well-formed XML, so that any parser can check it. */
static const char head[] =
    "<!DOCTYPE html>\n"
    "<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\"/>\n"
    "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n"
    "<meta name=\"color-scheme\" content=\"light dark\"/>\n";

static const char style[] =
    "<style>\n"
    ":root { color-scheme: light dark; --back: #fff; --text: #1c2430; --soft: #5b6675;\n"
    "  --rule: #d9dee5; --value: #1f6fb2; --limit: #b35c00; --fired: #d11f3a;\n"
    "  --unknown: #8a94a3; --low: #c9a227; }\n"
    "@media (prefers-color-scheme: dark) { :root { --back: #12161c; --text: #e6eaf0;\n"
    "  --soft: #9aa5b4; --rule: #2c3540; --value: #6db3f2; --limit: #f0a35a; --fired: #ff6b81;\n"
    "  --unknown: #7d8896; --low: #d8b84a; } }\n"
    "body { margin: 2rem auto; max-width: 60rem; padding: 0 1rem; background: var(--back);\n"
    "  color: var(--text); font: 16px/1.5 system-ui, sans-serif; }\n"
    "h1, h2 { line-height: 1.2; } h2 { margin-top: 2.5rem; }\n"
    "p.soft, figcaption { color: var(--soft); } code { font-size: 0.9em;\n"
    "  overflow-wrap: anywhere; }\n"
    "table { border-collapse: collapse; margin: 0.75rem 0; font-variant-numeric: tabular-nums; }\n"
    "th, td { padding: 0.2rem 1rem 0.2rem 0; text-align: left; font-weight: normal;\n"
    "  border-bottom: 1px solid var(--rule); } th { color: var(--soft); }\n"
    ".alarm { color: var(--fired); font-weight: bold; } figure { margin: 1rem 0; }\n"
    "svg { width: 100%; height: auto; } svg text { fill: var(--soft); font-size: 12px; }\n"
    "svg .left { text-anchor: end; } .grid { stroke: var(--rule); }\n"
    ".value { stroke: var(--value); fill: none; stroke-width: 1.3; stroke-linecap: round; }\n"
    ".limit { stroke: var(--limit); fill: none; stroke-width: 1.5; stroke-dasharray: 6 4; }\n"
    "rect.fired { fill: var(--fired); opacity: 0.45; }\n"
    "rect.unknown { fill: var(--unknown); opacity: 0.4; }\n"
    "rect.low { fill: var(--low); opacity: 0.25; }\n"
    "b.value { color: var(--value); } b.limit { color: var(--limit); }\n"
    "b.fired { color: var(--fired); } b.unknown { color: var(--unknown); }\n"
    "b.low { color: var(--low); }\n"
    "</style>\n";

static const char legend[] =
    "<figcaption><b class=\"value\">value</b>, <b class=\"limit\">limit</b>, times "
    "<b class=\"fired\">fired</b>, <b class=\"unknown\">unknown</b>, "
    "<b class=\"low\">low traffic</b>; times are UTC</figcaption>";

static void
write_intro(const struct mig_backtest_report *report, struct mig_buf *out)
{
	const struct mig_backtest_options *options = &report->options;
	char from[MIG_TIME_TEXT];
	char to[MIG_TIME_TEXT];

	mig_buf_puts(out, "<h1>Backtest of ");
	mig_backtest_escape(report->policy->migration_name, out);
	mig_buf_puts(out, "</h1>\n<p>What the triggers of migration <code>");
	mig_backtest_escape(report->policy->migration_id, out);
	mig_buf_printf(out, "</code> would have done from %s to %s, asked every ",
	    mig_time_format(options->from, from), mig_time_format(options->to, to));
	mig_num_format_duration(options->step_ms, out);
	mig_buf_printf(out, ". Queries look at the %s path. ", options->old_path ? "old" : "new");
	if (report->judged == 0) {
		mig_buf_puts(out, "<b class=\"alarm\">Nothing was judged: the baselines were never "
		    "known.</b></p>\n");
		return;
	}
	mig_buf_puts(out, "Judged: ");
	mig_num_format_duration((int64_t)report->judged * options->step_ms, out);
	mig_buf_printf(out, " from %s on. On calm history every firing is a false alarm.</p>\n",
	    mig_time_format(report->judged_from, from));
}

static void
write_baselines(const struct mig_backtest_report *report, struct mig_buf *out)
{
	struct mig_buf text;

	mig_buf_init(&text, 4096);
	for (size_t i = 0; i < report->policy->metric_count; i++) {
		if (!report->policy->metrics[i].baseline_wanted)
			continue;
		mig_buf_reset(&text);
		mig_backtest_baseline(report, i, &text);
		mig_buf_puts(out, "<p class=\"soft\">Baseline of ");
		mig_backtest_escape(text.data, out);
		mig_buf_puts(out, "</p>\n");
	}
	mig_buf_fini(&text);
}

/* A paragraph that the text report has, too. */
static void
write_words(const struct mig_backtest_report *report, const char *what,
    void (*append)(const struct mig_backtest_report *report, struct mig_buf *out),
    struct mig_buf *out)
{
	struct mig_buf text;

	mig_buf_init(&text, 4096);
	append(report, &text);
	if (text.len > 0) {
		mig_buf_printf(out, "<p class=\"soft\">%s", what);
		mig_backtest_escape(text.data, out);
		mig_buf_puts(out, "</p>\n");
	}
	mig_buf_fini(&text);
}

static void
write_summary(const struct mig_backtest_report *report, struct mig_buf *out)
{
	mig_buf_puts(out, "<table>\n<tr><th>trigger</th><th>would have fired</th><th>a week</th>"
	    "<th>unknown</th><th>low traffic</th></tr>\n");
	for (size_t i = 0; i < report->policy->trigger_count; i++) {
		const struct mig_backtest_trigger *trigger = &report->triggers[i];
		if (!report->policy->triggers[i].armed)
			continue;
		mig_buf_puts(out, "<tr><td>");
		mig_backtest_escape(report->policy->triggers[i].id, out);
		if (trigger->firing_count == 0 && (trigger->compared_with_itself ||
		    mig_backtest_seen(report, i) == 0))
			mig_buf_puts(out, "</td><td>cannot be told</td><td>–</td><td>");
		else
			mig_buf_printf(out, "</td><td%s>%zu</td><td>%.3g</td><td>",
			    trigger->firing_count > 0 ? " class=\"alarm\"" : "",
			    trigger->firing_count, mig_backtest_per_week(report, i));
		struct mig_buf text;
		mig_buf_init(&text, 64);
		mig_backtest_percent(mig_backtest_share(report, i, MIG_BACKTEST_UNKNOWN), &text);
		mig_backtest_escape(text.data, out);
		mig_buf_puts(out, "</td><td>");
		mig_buf_reset(&text);
		mig_backtest_percent(mig_backtest_share(report, i, MIG_BACKTEST_LOW_TRAFFIC),
		    &text);
		mig_backtest_escape(text.data, out);
		mig_buf_puts(out, "</td></tr>\n");
		mig_buf_fini(&text);
	}
	mig_buf_puts(out, "</table>\n");
}

static void
write_firings(const struct mig_backtest_report *report, const struct mig_backtest_trigger *trigger,
    struct mig_buf *out)
{
	char at[MIG_TIME_TEXT];
	int64_t end = report->options.to.ms + report->options.step_ms;

	if (trigger->firings_kept == 0)
		return;
	mig_buf_puts(out, "<table>\n<tr><th>fired at</th><th>value</th><th>limit</th>"
	    "<th>breached for</th><th>on for</th><th>worst</th></tr>\n");
	for (size_t i = 0; i < trigger->firings_kept; i++) {
		const struct mig_backtest_firing *firing = &trigger->firings[i];
		mig_buf_printf(out, "<tr><td>%s</td><td>%.4g</td><td>%.4g</td><td>",
		    mig_time_format(firing->at, at), firing->value, firing->threshold);
		mig_num_format_duration(firing->at.ms - firing->breached_at.ms, out);
		mig_buf_puts(out, "</td><td>");
		mig_num_format_duration(
		    (firing->until.ms != 0 ? firing->until.ms : end) - firing->at.ms, out);
		mig_buf_printf(out, "</td><td>%.4g</td></tr>\n", firing->worst);
	}
	mig_buf_puts(out, "</table>\n");
	if (trigger->firing_count > trigger->firings_kept)
		mig_buf_printf(out, "<p>and %zu more, which the chart does not show either.</p>\n",
		    trigger->firing_count - trigger->firings_kept);
}

static void
write_damage(const struct mig_backtest_report *report, const struct mig_backtest_trigger *trigger,
    struct mig_buf *out)
{
	if (!report->damage_done)
		return;
	mig_buf_puts(out, "<table>\n<tr><th>damage is seen after</th>");
	for (size_t k = 0; k < MIG_BACKTEST_FACTORS; k++)
		mig_buf_printf(out, "<th>x%g</th>", mig_backtest_factors[k]);
	mig_buf_puts(out, "</tr>\n");
	for (size_t i = 0; i < report->exposure_count; i++) {
		const struct mig_backtest_exposure *exposure = &report->exposures[i];
		mig_buf_printf(out, "<tr><td>at %.4g %%, watched for ", exposure->percentage);
		mig_num_format_duration(exposure->watch_ms, out);
		mig_buf_puts(out, exposure->cut ? " (calm history is shorter)" : "");
		for (size_t k = 0; k < MIG_BACKTEST_FACTORS; k++) {
			mig_buf_puts(out, "</td><td>");
			mig_backtest_sight(&trigger->damage[i][k], out);
		}
		mig_buf_puts(out, "</td></tr>\n");
	}
	mig_buf_puts(out, "</table>\n");
}

static void
write_trigger(const struct mig_backtest_report *report, size_t index, struct mig_buf *out)
{
	const struct mig_trigger *trigger = &report->policy->triggers[index];
	const struct mig_metric *metric = &report->policy->metrics[trigger->metric];
	struct mig_buf text;

	mig_buf_puts(out, "<h2>");
	mig_backtest_escape(trigger->id, out);
	mig_buf_puts(out, "</h2>\n");
	if (!trigger->armed) {
		mig_buf_printf(out, "<p class=\"soft\">Not armed: nobody measures %s.</p>\n",
		    metric->name);
		return;
	}
	mig_buf_init(&text, 4096);
	mig_backtest_condition(report, index, &text);
	mig_buf_puts(&text, ": ");
	mig_backtest_manner(report, index, &text);
	mig_buf_puts(out, "<p>");
	mig_backtest_escape(text.data, out);
	mig_buf_puts(out, "<br/><code>");
	mig_backtest_escape(metric->query, out);
	mig_buf_puts(out, "</code></p>\n<figure>\n");
	mig_backtest_chart(report, index, out);
	mig_buf_printf(out, "%s\n</figure>\n", legend);
	if (report->triggers[index].firing_count == 0) {
		mig_buf_reset(&text);
		mig_backtest_silence(report, index, &text);
		mig_buf_puts(out, "<p>Firings: ");
		mig_backtest_escape(text.data, out);
		mig_buf_puts(out, ".</p>\n");
	}
	mig_buf_fini(&text);
	write_firings(report, &report->triggers[index], out);
	write_damage(report, &report->triggers[index], out);
}

void
mig_backtest_html(const struct mig_backtest_report *report, struct mig_buf *out)
{
	mig_buf_puts(out, head);
	mig_buf_puts(out, "<title>Backtest of ");
	mig_backtest_escape(report->policy->migration_name, out);
	mig_buf_printf(out, "</title>\n%s</head>\n<body>\n", style);
	write_intro(report, out);
	write_baselines(report, out);
	write_words(report, "Damage: ", mig_backtest_damage, out);
	write_words(report, "Blindness: ", mig_backtest_blind, out);
	write_summary(report, out);
	for (size_t i = 0; i < report->policy->trigger_count; i++)
		write_trigger(report, i, out);
	mig_buf_puts(out, "</body>\n</html>\n");
}
