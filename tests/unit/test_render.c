/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/limits.h"
#include "engine/plan.h"
#include "engine/render.h"
#include "engine/runbook.h"
#include "support/skeleton.h"
#include "support/test_support.h"

#define WIDTH 80

static const char *const plan_sections[] = { "MIGRATION PLAN", "MIGRATION PHASES",
	"RISK ASSESSMENT", "ROLLBACK STRATEGY", "SUCCESS CRITERIA", "STAKEHOLDERS", NULL };
static const char *const runbook_sections[] = { "ROLLBACK RUNBOOK", "EMERGENCY CONTACTS",
	"ESCALATION MATRIX", "AUTOMATIC ROLLBACK TRIGGERS", "ROLLBACK PHASES",
	"DATA RECOVERY PLAN", "POST-ROLLBACK VALIDATION CHECKLIST", "POST-ROLLBACK PROCEDURES",
	NULL };

static struct mig_json_doc *
plan_of(const char *name)
{
	struct mig_json_doc *spec = test_sample_read(name);
	struct mig_json_doc *plan = test_plan(mig_json_root(spec));
	mig_json_free(spec);
	return plan;
}

static struct mig_json_doc *
runbook_of(const char *name)
{
	struct mig_json_doc *plan = plan_of(name);
	struct mig_json_doc *runbook = test_runbook(mig_json_root(plan), NULL);
	mig_json_free(plan);
	return runbook;
}

/* The sections stand in the page, in this order. */
static void
check_order(const char *page, const char *const *sections)
{
	const char *at = page;
	for (; *sections != NULL; sections++) {
		const char *found = strstr(at, *sections);
		if (found == NULL)
			fail_msg("%s is missing or out of order", *sections);
		at = found + 1;
	}
}

/* No line is wider than the page, unless it is one word or a line of a script. */
static void
check_width(const char *page)
{
	for (const char *line = page; *line != '\0';) {
		size_t len = strcspn(line, "\n");
		size_t wide = 0;
		for (size_t i = 0; i < len; i++)
			wide += ((unsigned char)line[i] & 0xc0) != 0x80 ? 1 : 0;
		bool script = strncmp(line, "      ", 6) == 0;
		if (wide > WIDTH && !script)
			fail_msg("%zu columns: %.*s", wide, (int)len, line);
		assert_true(len == 0 || line[len - 1] != ' ' || script);
		line += len + (line[len] == '\n' ? 1 : 0);
	}
}

static void
test_plan_text(void **state)
{
	(void)state;
	for (size_t i = 0; test_samples_all[i] != NULL; i++) {
		struct mig_json_doc *plan = plan_of(test_samples_all[i]);
		struct mig_buf out;
		mig_buf_init(&out, MIG_DOC_BYTES_MAX);
		assert_int_equal(mig_render_plan(mig_json_root(plan), MIG_RENDER_TEXT, &out),
		    MIG_OK);
		check_order(out.data, plan_sections);
		check_width(out.data);
		mig_buf_fini(&out);
		mig_json_free(plan);
	}
}

static void
test_runbook_text(void **state)
{
	(void)state;
	for (size_t i = 0; test_samples_all[i] != NULL; i++) {
		struct mig_json_doc *runbook = runbook_of(test_samples_all[i]);
		struct mig_buf out;
		mig_buf_init(&out, MIG_DOC_BYTES_MAX);
		assert_int_equal(mig_render_runbook(mig_json_root(runbook), MIG_RENDER_TEXT, &out),
		    MIG_OK);
		check_order(out.data, runbook_sections);
		check_width(out.data);
		mig_buf_fini(&out);
		mig_json_free(runbook);
	}
}

/* Both documents in both forms, as they were read by us line by line. */
static void
test_golden(void **state)
{
	static const char *const rows[][3] = {
		{ "plan", "txt", "md" },
		{ "runbook", "txt", "md" },
	};
	(void)state;
	for (size_t i = 0; i < TEST_COUNT(rows) * 2; i++) {
		const char *kind = rows[i / 2][0];
		char path[128];
		snprintf(path, sizeof(path), "tests/data/render/%s.json", kind);
		char *text = test_read_source(path, NULL);
		struct mig_json_doc *doc = test_json(text);
		struct mig_findings findings = { 0 };
		struct mig_buf out;
		mig_buf_init(&out, MIG_DOC_BYTES_MAX);
		enum mig_render_form form = i % 2 == 0 ? MIG_RENDER_TEXT : MIG_RENDER_MARKDOWN;
		bool plan = strcmp(kind, "plan") == 0;
		assert_int_equal(plan ? mig_plan_check(mig_json_root(doc), NULL, &findings)
		                      : mig_runbook_check(mig_json_root(doc), NULL, &findings),
		    MIG_OK);
		assert_int_equal(plan ? mig_render_plan(mig_json_root(doc), form, &out)
		                      : mig_render_runbook(mig_json_root(doc), form, &out),
		    MIG_OK);
		snprintf(path, sizeof(path), "tests/data/render/%s.%s", kind,
		    rows[i / 2][1 + i % 2]);
		char *wanted = test_read_source(path, NULL);
		assert_string_equal(out.data, wanted);
		free(wanted);
		mig_findings_fini(&findings);
		mig_buf_fini(&out);
		mig_json_free(doc);
		free(text);
	}
}

/* Markdown of all samples: blocks are one empty line apart, fences and diagrams are closed. */
static void
check_markdown(const char *page)
{
	bool open = false;
	assert_null(strstr(page, "\n\n\n"));
	for (const char *line = page; line != NULL; line = strchr(line, '\n')) {
		line += *line == '\n' ? 1 : 0;
		if (strncmp(line, "```", 3) != 0)
			continue;
		assert_true(open == (line[3] == '\n'));
		open = !open;
	}
	assert_false(open);
}

static void
test_markdown(void **state)
{
	(void)state;
	for (size_t i = 0; test_samples_all[i] != NULL; i++) {
		struct mig_json_doc *plan = plan_of(test_samples_all[i]);
		struct mig_json_doc *runbook = runbook_of(test_samples_all[i]);
		struct mig_buf out;
		mig_buf_init(&out, MIG_DOC_BYTES_MAX);
		assert_int_equal(mig_render_plan(mig_json_root(plan), MIG_RENDER_MARKDOWN, &out),
		    MIG_OK);
		check_order(out.data, plan_sections);
		check_markdown(out.data);
		assert_non_null(strstr(out.data, "```mermaid\ngantt\n"));
		assert_non_null(strstr(out.data, "```mermaid\nflowchart TD\n"));
		mig_buf_reset(&out);
		assert_int_equal(
		    mig_render_runbook(mig_json_root(runbook), MIG_RENDER_MARKDOWN, &out), MIG_OK);
		check_order(out.data, runbook_sections);
		check_markdown(out.data);
		mig_buf_fini(&out);
		mig_json_free(runbook);
		mig_json_free(plan);
	}
}

/* What a specification says cannot disturb a terminal, nor a page. */
static void
test_hostile(void **state)
{
	static const char text[] = "{\"type\":\"api\",\"target\":\"b|*c*<img>`d`\","
	    "\"source\":\"a\\u001b[31m\\r\\n## fake \\u00fcber _x_ snake_case \\u009b1m\"}";
	(void)state;
	struct mig_json_doc *spec = test_json(text);
	struct mig_json_doc *plan = test_plan(mig_json_root(spec));
	struct mig_buf out;
	mig_buf_init(&out, MIG_DOC_BYTES_MAX);
	assert_int_equal(mig_render_plan(mig_json_root(plan), MIG_RENDER_TEXT, &out), MIG_OK);
	assert_null(strchr(out.data, 0x1b));
	assert_null(strchr(out.data, '\r'));
	assert_null(strstr(out.data, "\302\233"));
	assert_non_null(strstr(out.data, "a [31m ## fake \303\274ber _x_ snake_case"));
	mig_buf_reset(&out);
	assert_int_equal(mig_render_plan(mig_json_root(plan), MIG_RENDER_MARKDOWN, &out), MIG_OK);
	assert_null(strchr(out.data, 0x1b));
	assert_null(strstr(out.data, "\302\233"));
	assert_null(strstr(out.data, "\n## fake"));
	assert_non_null(strstr(out.data, "b\\|\\*c\\*\\<img\\>\\`d\\`"));
	assert_non_null(strstr(out.data, "\\_x\\_ snake_case"));
	mig_buf_fini(&out);
	mig_json_free(plan);
	mig_json_free(spec);
}

static const char *
render(const char *json, enum mig_render_form form, struct mig_buf *out)
{
	struct mig_json_doc *doc = test_json(json);
	mig_buf_reset(out);
	assert_int_equal(mig_render_plan(mig_json_root(doc), form, out), MIG_OK);
	mig_json_free(doc);
	return out->data;
}

#define CUT_OFF "\342\200\246"

/* Whatever a plan says, the diagrams have only what we put there. */
static void
test_mermaid_text(void **state)
{
	static const char *const rows[][2] = {
		{ "end", "end" },
		{ "a\\\"]:::final", "a#34;#93;#58;#58;#58;final" },
		{ "a: b, 2026-01-01; c", "a#58; b#44; 2026-01-01#59; c" },
		{ "x\\ny\\u202ez\\u0085", "x y z " },
		{ "#35; %%{init}%%", "#35;35#59; #37;#37;#123;init#125;#37;#37;" },
		{ "1. `md` _x_ - y_z 1.5", "1#46; #96;md#96; #95;x#95; #45; y_z 1.5" },
		{ "<br/>&amp;", "#60;br#47;#62;#38;amp#59;" },
		{ "\\u00fcber\\ud83d\\ude00", "\303\274ber\360\237\230\200" },
		{ "", "" },
		{ "0123456789012345678901234567890123456789012345678901234567890",
		    "012345678901234567890123456789012345678901234567890123456789" CUT_OFF },
		{ "\\u00fc1234567890123456789012345678901234567890123456789012345678\\u00fc.",
		    "\303\2741234567890123456789012345678901234567890123456789012345678\303\274"
		    CUT_OFF },
	};
	(void)state;
	struct mig_buf out;
	struct mig_buf text;
	mig_buf_init(&out, 65536);
	mig_buf_init(&text, 65536);
	for (size_t i = 0; i < TEST_COUNT(rows); i++) {
		mig_buf_reset(&text);
		mig_buf_printf(&text,
		    "{\"phases\":[{\"name\":\"%s\",\"duration_hours\":1,\"flags\":[\"%s\"],"
		    "\"gates\":[{\"name\":\"%s\",\"kind\":\"webhook\",\"at\":\"entry\"}]}]}",
		    rows[i][0], rows[i][0], rows[i][0]);
		const char *page = render(text.data, MIG_RENDER_MARKDOWN, &out);
		mig_buf_reset(&text);
		mig_buf_printf(&text,
		    "    1. %s :2001-01-01 00:00, 2001-01-01 01:00\n", rows[i][1]);
		if (strstr(page, text.data) == NULL)
			fail_msg("no bar \"%s\" in %s", text.data, page);
		mig_buf_reset(&text);
		mig_buf_printf(&text,
		    "    p1[\"%s<br/>phase 1, 1 h, risk <br/>moves traffic by<br/>%s\"]:::traffic\n"
		    "    e1{{\"gate %s, webhook\"}}\n    e1 --> p1\n",
		    rows[i][1], rows[i][1], rows[i][1]);
		if (strstr(page, text.data) == NULL)
			fail_msg("no box \"%s\" in %s", text.data, page);
	}
	mig_buf_fini(&text);
	mig_buf_fini(&out);
}

/* Bars: risk, marks without length, steps up to the next one, the axis. */
static void
test_mermaid_bars(void **state)
{
#define SPAN(phase, start, end, steps)                                                       \
	"{\"phase\":\"" phase "\",\"start\":\"2026-12-" start "\",\"end\":\"2026-12-" end \
	"\",\"steps\":[" steps "]}"
	static const char dated[] = "{\"phases\":["
	    "{\"name\":\"a\",\"risk_level\":\"critical\"},{\"name\":\"b\"}],\"timeline\":{"
	    "\"start\":\"2026-12-01T00:00:00Z\",\"end\":\"2026-12-02T00:00:00Z\",\"phases\":["
	    SPAN("a", "01T00:00:00+01:00", "02T01:30:59Z",
	        "{\"flag\":\"f\",\"percentage\":0.5,\"at\":\"2026-12-01T00:00:00Z\"},"
	        "{\"flag\":\"f\",\"percentage\":100,\"at\":\"2026-12-01T01:00:00Z\"},"
	        "{\"flag\":\"g\",\"percentage\":5,\"at\":\"2026-12-01T02:00:00Z\"}") ","
	    SPAN("b", "02T01:30:59Z", "02T01:30:59Z", "") "]}}";
	static const char bars[] = "    axisFormat %m-%d %H:%M\n"
	    "    1. a :crit, 2026-11-30 23:00, 2026-12-02 01:30\n"
	    "    0.5 % f :active, 2026-12-01 00:00, 2026-12-01 01:00\n"
	    "    100 % f :active, milestone, 2026-12-01 01:00, 0d\n"
	    "    5 % g :active, milestone, 2026-12-01 02:00, 0d\n"
	    "    2. b :milestone, 2026-12-02 01:30, 0d\n```\n";
	(void)state;
	struct mig_buf out;
	mig_buf_init(&out, 65536);
	assert_non_null(strstr(render(dated, MIG_RENDER_MARKDOWN, &out), bars));
	assert_null(strstr(out.data, "todayMarker"));
	assert_non_null(strstr(render("{\"estimated_duration_hours\":10000,\"phases\":["
	    "{\"name\":\"a\",\"duration_hours\":9000},{\"name\":\"b\",\"duration_hours\":1000}]}",
	    MIG_RENDER_MARKDOWN, &out),
	    "    axisFormat year %-y, day %-j\n    todayMarker off\n"
	    "    1. a :2001-01-01 00:00, 2002-01-11 00:00\n"
	    "    2. b :2002-01-11 00:00, 2002-02-21 16:00\n```\n"));
	assert_null(strstr(render("{\"phases\":[{\"name\":\"a\"}]}", MIG_RENDER_TEXT, &out),
	    "TIMELINE"));
	mig_buf_fini(&out);
#undef SPAN
}

/* Edges: what a phase depends on, else what it follows; to and from gates where there are any. */
static void
test_mermaid_edges(void **state)
{
	static const char plan[] = "{\"phases\":["
	    "{\"name\":\"a\",\"gates\":[{\"name\":\"approval\",\"kind\":\"approval\","
	    "\"at\":\"leave\"}]},"
	    "{\"name\":\"b\",\"point_of_no_return\":true,\"flags\":[\"1\",\"2\",\"3\",\"4\",\"5\","
	    "\"6\",\"7\"]},"
	    "{\"name\":\"c\",\"dependencies\":[\"a\",\"b\",\"x\"],\"gates\":["
	    "{\"name\":\"approval\",\"kind\":\"approval\",\"at\":\"entry\"},"
	    "{\"name\":\"ok\",\"kind\":\"webhook\",\"at\":\"entry\"}]}]}";
	static const char chart[] = "    p1[\"a<br/>phase 1, 0 h, risk \"]\n"
	    "    l1{{\"gate approval\"}}\n    p1 --> l1\n"
	    "    p2[\"b<br/>phase 2, 0 h, risk <br/>moves traffic by<br/>1<br/>2<br/>3<br/>4<br/>5"
	    "<br/>and 2 more<br/>POINT OF NO RETURN\"]:::final\n    l1 -.-> p2\n"
	    "    p3[\"c<br/>phase 3, 0 h, risk \"]\n"
	    "    e3{{\"gate approval<br/>ok, webhook\"}}\n    e3 --> p3\n"
	    "    l1 --> e3\n    p2 --> e3\n    classDef";
	(void)state;
	struct mig_buf out;
	mig_buf_init(&out, 65536);
	assert_non_null(strstr(render(plan, MIG_RENDER_MARKDOWN, &out), chart));
	mig_buf_fini(&out);
}

/* Long lists are cut off, in diagrams, too; what is left out is counted. */
static void
test_limits(void **state)
{
	(void)state;
	struct mig_buf out;
	struct mig_buf text;
	mig_buf_init(&out, MIG_DOC_BYTES_MAX);
	mig_buf_init(&text, MIG_DOC_BYTES_MAX);
	mig_buf_puts(&text, "{\"phases\":[");
	for (int i = 1; i <= 130; i++)
		mig_buf_printf(&text, "%s{\"name\":\"p%d\"}", i > 1 ? "," : "", i);
	mig_buf_puts(&text, "]}");
	const char *page = render(text.data, MIG_RENDER_MARKDOWN, &out);
	assert_non_null(strstr(page, "    120. p120 :milestone, 2001-01-01 00:00, 0d\n```\n\n"
	    CUT_OFF " and 10 more (see the JSON)\n"));
	assert_non_null(strstr(page, "    p49 -.-> p50\n    more[\"and 80 more phases\"]\n"
	    "    p50 -.-> more\n"));

	mig_buf_reset(&text);
	mig_buf_puts(&text, "{\"phases\":[{\"name\":\"a\",\"tasks\":[");
	for (int i = 1; i <= 50000; i++)
		mig_buf_printf(&text, "%s\"task %d\"", i > 1 ? "," : "", i);
	mig_buf_puts(&text, "],\"scripts\":[");
	for (int i = 1; i <= 21; i++)
		mig_buf_printf(&text, "%s{\"id\":\"s%d\"}", i > 1 ? "," : "", i);
	mig_buf_puts(&text, "],\"flags\":[");
	for (int i = 1; i <= 25; i++)
		mig_buf_printf(&text, "%s\"f%d\"", i > 1 ? "," : "", i);
	mig_buf_puts(&text, "]}]}");
	page = render(text.data, MIG_RENDER_TEXT, &out);
	assert_non_null(strstr(page, "    - task 20\n    - " CUT_OFF
	    " and 49980 more (see the JSON)\n"));
	assert_null(strstr(page, "task 21"));
	assert_non_null(strstr(page, "  Script 20 of 21: s20:\n"));
	assert_null(strstr(page, "s21"));
	assert_non_null(strstr(page, "f20 " CUT_OFF " and 5 more (see the JSON)\n"));
	mig_buf_fini(&text);
	mig_buf_fini(&out);
}

/* Code comes out as it is, but for what a terminal or a reader would be misled by. */
static void
test_code(void **state)
{
	static const char json[] = "{\"phases\":[{\"name\":\"a\",\"scripts\":[{\"id\":\"s\","
	    "\"forward\":\"A\\r\\n\\n\\tB\\u001b[31m\\u202eC\\u009bD\\rE ```` F\\n\\n\"}]}]}";
	(void)state;
	struct mig_buf out;
	mig_buf_init(&out, 65536);
	assert_non_null(strstr(render(json, MIG_RENDER_TEXT, &out),
	    "      A\n\n      \tB [31m C D E ```` F\n\n    - Cannot be undone"));
	assert_non_null(strstr(render(json, MIG_RENDER_MARKDOWN, &out),
	    "`````sql\nA\n\n\tB [31m C D E ```` F\n\n`````\n\n- Cannot be undone"));
	mig_buf_fini(&out);
}

/* Where a line begins, what would begin a list or a heading does not. */
static void
test_line_starts(void **state)
{
	static const char json[] = "{\"phases\":[{\"name\":\"a\",\"description\":\" 12. x\","
	    "\"tasks\":[\"# a\",\"+ b\",\"- [ ] c\",\"=d\",\"7) e\",\"7 f\",\"~~g~~ &lt; $h$\","
	    "\"\"]}]}";
	(void)state;
	struct mig_buf out;
	mig_buf_init(&out, 65536);
	assert_non_null(strstr(render(json, MIG_RENDER_MARKDOWN, &out), "\n12\\. x\n"));
	assert_non_null(strstr(out.data, "- \\# a\n- \\+ b\n- \\- \\[ \\] c\n- \\=d\n- 7\\) e\n"
	    "- 7 f\n- \\~\\~g\\~\\~ \\&lt; \\$h\\$\n- \n"));
	mig_buf_fini(&out);
}

/* A page that does not fit is an error, wherever it ends. */
static void
test_no_room(void **state)
{
	(void)state;
	char *text = test_read_source("tests/data/render/plan.json", NULL);
	struct mig_json_doc *plan = test_json(text);
	struct mig_buf whole;
	mig_buf_init(&whole, MIG_DOC_BYTES_MAX);
	assert_int_equal(mig_render_plan(mig_json_root(plan), MIG_RENDER_MARKDOWN, &whole), MIG_OK);
	for (size_t max = 0; max < whole.len; max += 97) {
		struct mig_buf out;
		mig_buf_init(&out, max);
		assert_int_equal(mig_render_plan(mig_json_root(plan), MIG_RENDER_MARKDOWN, &out),
		    MIG_ELIMIT);
		mig_buf_fini(&out);
	}
	mig_buf_fini(&whole);
	mig_json_free(plan);
	free(text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_plan_text),
		cmocka_unit_test(test_runbook_text),
		cmocka_unit_test(test_golden),
		cmocka_unit_test(test_markdown),
		cmocka_unit_test(test_hostile),
		cmocka_unit_test(test_mermaid_text),
		cmocka_unit_test(test_mermaid_bars),
		cmocka_unit_test(test_mermaid_edges),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_code),
		cmocka_unit_test(test_line_starts),
		cmocka_unit_test(test_no_room),
	};
	return cmocka_run_group_tests(tests, NULL, NULL) != 0;
}
