/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/limits.h"
#include "support/core_fixture.h"
#include "wire/backtest_render.h"
#include "wire/backtest_render_int.h"

#define STEP_MS CORE_POLL_MS
#define MOMENTS 2000
/* With what begins an order to a terminal, in one byte and in two, and with what XML has not. */
#define NASTY "a \"<b>&\x1b[31m\xc2\x9b[1m\xef\xbf\xbe"

/* What a query gave at a moment; NAN: nothing. */
static double
value_at(const char *query, size_t moment, bool baseline)
{
	if ((moment >= 1200 && moment < 1260) || (!baseline && strstr(query, "old") != NULL))
		return NAN;
	if (moment >= 1000 && moment < 1100 && strcmp(query, "error_rate") == 0)
		return 0.25;
	return strcmp(query, "availability") == 0 ? 0.999 : 0.01;
}

/* The beginning of a history with an incident in the middle and a gap behind it. */
static struct mig_backtest *
make_moments(struct core *core, bool baseline, size_t moments)
{
	const struct mig_backtest_options options = { { CORE_START_MS },
		{ CORE_START_MS + (int64_t)(moments - 1) * STEP_MS }, STEP_MS, true, true,
		{ 0 } };
	static struct mig_prom_point points[MOMENTS];
	struct mig_backtest *backtest = NULL;

	core->policy.migration_id = "23a52ed1507f";
	core->policy.migration_name = "shop 1 to shop 2";
	core->triggers[CORE_LATENCY].armed = false;
	assert_int_equal(mig_backtest_new(&core->policy, &options, &backtest), 0);
	for (size_t i = 0; i < mig_backtest_query_count(backtest); i++) {
		const char *query = mig_backtest_query(backtest, i);
		size_t count = 0;
		for (size_t k = 0; k < moments; k++) {
			double value = value_at(query, k, baseline);
			points[count] = (struct mig_prom_point) {
				{ CORE_START_MS + (int64_t)k * STEP_MS }, value };
			count += isnan(value) ? 0 : 1;
		}
		assert_int_equal(mig_backtest_add(backtest, i, points, count), 0);
	}
	while (mig_backtest_run(backtest, 1000))
		;
	return backtest;
}

static struct mig_backtest *
make(struct core *core, bool baseline)
{
	return make_moments(core, baseline, MOMENTS);
}

static char *
render(const struct mig_backtest *backtest, enum mig_backtest_form form)
{
	struct mig_buf out;
	mig_buf_init(&out, MIG_DOC_BYTES_MAX);
	assert_int_equal(mig_backtest_render(mig_backtest_report(backtest), form, &out), 0);
	char *text = mig_buf_steal(&out);
	assert_non_null(text);
	return text;
}

static void
must_say(const char *text, const char *phrase)
{
	if (strstr(text, phrase) == NULL)
		fail_msg("\"%s\" is not in: %s", phrase, text);
}

static void
test_text(void **state)
{
	struct core *core = core_new();
	(void)state;
	core->triggers[CORE_DOWN].id = NASTY;
	core->policy.settings.blind_rollback_after_ms = 300000;
	struct mig_backtest *backtest = make(core, true);
	char *text = render(backtest, MIG_BACKTEST_TEXT);
	must_say(text, "Blind     WOULD HAVE ROLLED BACK 1 time because nothing was seen for 5m:\n"
	    "          2026-11-22T05:2");
	must_say(text, "Backtest  23a52ed1507f: shop 1 to shop 2\n");
	must_say(text, "\n          at the old path.\n");
	must_say(text, "Baselines error_rate: 0.01, captured: median of 21 samples up to\n");
	must_say(text, "\nerror_rate_spike\n  error_rate > 0.05 for 30s\n");
	must_say(text, "  WOULD HAVE FIRED 1 time, ");
	must_say(text, "    2026-11-22T04:47:10Z  0.25       0.05       30s       16m 10s   "
	    "0.25\n");
	must_say(text, "    unknown from 2026-11-22T05:20:00Z for 10m\n");
	must_say(text, "    at 5 %, 1m             not seen    not seen    40s\n");
	must_say(text, "\nlatency\n  not armed: nobody measures p95_response_time\n");
	must_say(text, "a \"<b>&?[31m??[1m\xef\xbf\xbe\n  availability < 0.95\n");
	must_say(text, "  would not have fired\n");
	for (const char *line = text; *line != '\0'; line += strcspn(line, "\n") + 1)
		assert_true(strcspn(line, "\n") <= 80);
	free(text);
	mig_backtest_free(backtest);
	core_free(core);
}

static void
test_json_form(void **state)
{
	struct core *core = core_new();
	(void)state;
	core->triggers[CORE_DOWN].id = NASTY;
	struct mig_backtest *backtest = make(core, true);
	char *text = render(backtest, MIG_BACKTEST_JSON);
	struct mig_json_doc *doc = test_json(text);
	const struct mig_json *root = mig_json_root(doc);
	const struct mig_json *spike = mig_json_first(mig_json_get(root, "triggers"));
	const struct mig_json *firing = mig_json_first(mig_json_get(spike, "firings"));
	assert_string_equal(mig_json_string(mig_json_get(root, "path")), "old");
	assert_double_same(mig_json_number(mig_json_get(root, "moments")), MOMENTS);
	assert_double_same(mig_json_number(mig_json_get(spike, "firing_count")), 1);
	assert_string_equal(mig_json_string(mig_json_get(firing, "at")), "2026-11-22T04:47:10Z");
	assert_double_same(mig_json_number(mig_json_get(firing, "fired_seconds")), 970);
	double sum = 0;
	const struct mig_json *share = mig_json_first(mig_json_get(spike, "shares"));
	for (; share != NULL; share = mig_json_next(share))
		sum += mig_json_number(share);
	assert_double_near(sum, 1, 1e-12);
	assert_int_equal(mig_json_count(mig_json_get(spike, "damage")), 9);
	mig_json_free(doc);
	free(text);
	mig_backtest_free(backtest);
	core_free(core);
}

/* Every element is closed by its own end, and no control character is left. */
static void
check_well_formed(const char *text)
{
	char open[64][32];
	size_t depth = 0;
	const char *at = strchr(text, '>') + 1; /* behind the doctype */
	while ((at = strchr(at, '<')) != NULL) {
		bool end = at[1] == '/';
		const char *name = at + 1 + end;
		size_t len = strcspn(name, " />\n");
		at = strchr(at, '>');
		assert_non_null(at);
		if (end) {
			assert_true(depth > 0);
			depth--;
			assert_int_equal(strlen(open[depth]), len);
			assert_memory_equal(open[depth], name, len);
		} else if (at[-1] != '/') {
			assert_true(depth < TEST_COUNT(open) && len < sizeof(open[0]));
			memcpy(open[depth], name, len);
			open[depth++][len] = '\0';
		}
	}
	assert_int_equal(depth, 0);
	for (const char *c = text; *c != '\0'; c++)
		assert_true((unsigned char)*c >= 0x20 || *c == '\n');
}

static void
test_html(void **state)
{
	struct core *core = core_new();
	(void)state;
	core->triggers[CORE_DOWN].id = NASTY;
	core->policy.migration_name = "<script>alert(1)</script>";
	struct mig_backtest *backtest = make(core, true);
	core->policy.migration_name = "<script>alert(1)</script>";
	char *text = render(backtest, MIG_BACKTEST_HTML);
	check_well_formed(text);
	assert_null(strstr(text, "http"));
	assert_null(strstr(text, "<script"));
	assert_null(strstr(text, "url("));
	must_say(text, "<rect class=\"fired\"");
	must_say(text, "<rect class=\"unknown\"");
	must_say(text, "<path class=\"limit\" d=\"M");
	must_say(text, "prefers-color-scheme: dark");
	must_say(text, "<td class=\"alarm\">1</td>");
	must_say(text, "<h2>a &quot;&lt;b&gt;&amp; [31m  [1m   </h2>");
	free(text);
	mig_backtest_free(backtest);
	core_free(core);
}

static size_t
count_in_path(const char *html, const char *class, char letter)
{
	const char *at = strstr(html, class);
	size_t count = 0;
	assert_non_null(at);
	for (at += strlen(class); *at != '"' && *at != '\0'; at++)
		count += *at == letter ? 1 : 0;
	return count;
}

/* Where there are fewer moments than columns, lines are drawn, not lone points. */
static void
test_short_chart(void **state)
{
	struct core *core = core_new();
	(void)state;
	struct mig_backtest *backtest = make_moments(core, true, 240);
	char *text = render(backtest, MIG_BACKTEST_HTML);
	size_t judged = (size_t)mig_backtest_report(backtest)->judged;
	must_say(text, ">11-22 02:00</text>");
	assert_int_equal(count_in_path(text, "<path class=\"value\" d=\"", 'M'), 1);
	assert_int_equal(count_in_path(text, "<path class=\"value\" d=\"", 'L'), judged - 1);
	assert_int_equal(count_in_path(text, "<path class=\"limit\" d=\"", 'M'), 1);
	assert_int_equal(count_in_path(text, "<path class=\"limit\" d=\"", 'L'), judged - 1);
	free(text);
	mig_backtest_free(backtest);
	core_free(core);
}

/* Limits that differ in digits that are not shown are one limit. */
static void
test_limits(void **state)
{
	struct core *core = core_new();
	struct mig_buf out;
	(void)state;
	struct mig_backtest *backtest = make(core, true);
	struct mig_backtest_report report = *mig_backtest_report(backtest);
	struct mig_backtest_trigger triggers[3];
	memcpy(triggers, report.triggers, sizeof(triggers));
	report.triggers = triggers;
	mig_buf_init(&out, 4096);
	triggers[CORE_SPIKE].threshold_min = 0.05;
	triggers[CORE_SPIKE].threshold_max = 0.0500001;
	mig_backtest_condition(&report, CORE_SPIKE, &out);
	assert_string_equal(out.data, "error_rate > 0.05 for 30s");
	mig_buf_reset(&out);
	triggers[CORE_SPIKE].threshold_max = 0.06;
	mig_backtest_condition(&report, CORE_SPIKE, &out);
	assert_string_equal(out.data, "error_rate > 0.05 to 0.06 for 30s");
	/* A number of the runbook is known even where nothing was ever judged by it. */
	triggers[CORE_DOWN].threshold_known = false;
	mig_buf_reset(&out);
	mig_backtest_condition(&report, CORE_DOWN, &out);
	assert_string_equal(out.data, "availability < 0.95");
	mig_buf_fini(&out);
	mig_backtest_free(backtest);
	core_free(core);
}

/* More firings than are kept: nobody is told that the others are to be had. */
static void
test_many_firings(void **state)
{
	struct core *core = core_new();
	struct mig_buf out;
	(void)state;
	struct mig_backtest *backtest = make(core, true);
	struct mig_backtest_report report = *mig_backtest_report(backtest);
	struct mig_backtest_trigger triggers[MIG_TRIGGERS_MAX];
	memcpy(triggers, report.triggers, core->policy.trigger_count * sizeof(triggers[0]));
	report.triggers = triggers;
	triggers[CORE_SPIKE].firing_count = 2000;
	mig_buf_init(&out, MIG_DOC_BYTES_MAX);
	assert_int_equal(mig_backtest_render(&report, MIG_BACKTEST_TEXT, &out), 0);
	must_say(out.data, "    and 1980 more (-f json has the first 1)\n");
	mig_buf_reset(&out);
	assert_int_equal(mig_backtest_render(&report, MIG_BACKTEST_HTML, &out), 0);
	must_say(out.data, "<p>and 1999 more, which the chart does not show either.</p>\n");
	check_well_formed(out.data);
	mig_buf_fini(&out);
	mig_backtest_free(backtest);
	core_free(core);
}

/* Nothing was judged: all forms say so instead of showing zeros. */
static void
test_nothing_judged(void **state)
{
	struct core *core = core_new();
	(void)state;
	struct mig_backtest *backtest = make(core, false);
	char *text = render(backtest, MIG_BACKTEST_TEXT);
	must_say(text, "Judged    nothing: the baselines were never known.\n");
	must_say(text, "  cannot be told: there was nothing to judge by\n");
	must_say(text, "\n  error_rate > ? for 30s (the limit was never known)\n");
	must_say(text, "Baselines error_rate: never known (captured)\n");
	must_say(text, "Damage    not tried: no stretch of the history is calm and seen.\n");
	free(text);
	text = render(backtest, MIG_BACKTEST_JSON);
	must_say(text, "\"judged_from\": null");
	must_say(text, "\"false_alarms_per_week\": null");
	free(text);
	text = render(backtest, MIG_BACKTEST_HTML);
	must_say(text, "Nothing was judged");
	must_say(text, "Damage: not tried: no stretch of the history is calm and seen.");
	must_say(text, "<td>cannot be told</td>");
	must_say(text, "Firings: cannot be told: there was nothing to judge by.");
	check_well_formed(text);
	free(text);
	mig_backtest_free(backtest);
	core_free(core);
}

static void
test_no_room(void **state)
{
	struct core *core = core_new();
	struct mig_buf out;
	(void)state;
	struct mig_backtest *backtest = make(core, true);
	mig_buf_init(&out, 1000);
	assert_int_equal(mig_backtest_render(mig_backtest_report(backtest), MIG_BACKTEST_TEXT,
	    &out), MIG_ELIMIT);
	mig_buf_fini(&out);
	mig_backtest_free(backtest);
	core_free(core);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_text),
		cmocka_unit_test(test_json_form),
		cmocka_unit_test(test_html),
		cmocka_unit_test(test_short_chart),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_many_firings),
		cmocka_unit_test(test_nothing_judged),
		cmocka_unit_test(test_no_room),
	};
	return cmocka_run_group_tests(tests, NULL, NULL) != 0;
}
