/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/limits.h"
#include "base/utf8.h"
#include "check/baseline.h"
#include "check/report_sql.h"
#include "support/check_fixture.h"
#include "support/test_support.h"

typedef void (*maker)(struct test_comparison *comparison);

static const maker makers[] = { test_comparison_plain, test_comparison_hostile,
	test_comparison_empty };

/* The report of a comparison in a form; owned by the caller. */
static char *
written(maker make, enum mig_report_form form)
{
	struct test_comparison comparison;
	struct mig_buf out;
	make(&comparison);
	mig_buf_init(&out, MIG_CHECK_PAGE_BYTES_MAX);
	mig_report_write(&comparison.report, form, &out);
	assert_true(mig_buf_ok(&out));
	char *text = mig_buf_steal(&out);
	assert_non_null(text);
	test_comparison_fini(&comparison);
	return text;
}

static struct mig_json_doc *
parsed(maker make, enum mig_report_form form)
{
	char *text = written(make, form);
	struct mig_json_doc *doc = test_json(text);
	free(text);
	return doc;
}

static void
has(const char *page, const char *text)
{
	if (strstr(page, text) == NULL)
		fail_msg("no \"%s\" in:\n%s", text, page);
}

static void
has_not(const char *page, const char *text)
{
	if (strstr(page, text) != NULL)
		fail_msg("there is \"%s\" in:\n%.3000s", text, page);
}

/* Forms for people and logs: valid UTF-8 without controls but line feeds. */
static void
check_clean(const char *text)
{
	assert_true(mig_utf8_valid(text, strlen(text)));
	for (; *text != '\0'; text++)
		if ((unsigned char)*text < ' ' && *text != '\n')
			fail_msg("control character %d before \"%.40s\"", *text, text + 1);
	has_not(text, "\x7f");
}

static void
test_same_bytes(void **state)
{
	(void)state;
	for (size_t i = 0; i < TEST_COUNT(makers); i++) {
		for (int form = 0; form < MIG_REPORT_FORMS; form++) {
			char *first = written(makers[i], (enum mig_report_form)form);
			char *second = written(makers[i], (enum mig_report_form)form);
			assert_string_equal(first, second);
			assert_true(mig_utf8_valid(first, strlen(first)) || form == MIG_REPORT_SQL);
			free(first);
			free(second);
		}
	}
}

static void
test_json_form(void **state)
{
	(void)state;
	struct mig_json_doc *doc = parsed(test_comparison_plain, MIG_REPORT_JSON);
	const struct mig_json *root = mig_json_root(doc);
	const struct mig_json *issues = mig_json_get(root, "issues");
	const struct mig_json *issue = mig_json_first(issues);
	assert_string_equal(test_member(root, "analysis_date"), "2026-01-15T09:30:00Z");
	assert_string_equal(test_member(root, "overall_compatibility"), "breaking_changes");
	assert_int_equal(mig_json_count(issues), 4);
	assert_double_same(mig_json_number(mig_json_get(root, "breaking_changes_count")), 1);
	assert_double_same(mig_json_number(mig_json_get(root, "potentially_breaking_count")), 1);
	assert_double_same(mig_json_number(mig_json_get(root, "non_breaking_changes_count")), 1);
	assert_double_same(mig_json_number(mig_json_get(root, "additive_changes_count")), 1);
	assert_string_equal(test_member(issue, "rule_id"), "column.dropped");
	assert_string_equal(test_member(issue, "lock"), "ACCESS EXCLUSIVE");
	assert_string_equal(test_member(mig_json_get(issue, "old_value"), "type"), "text");
	assert_int_equal(mig_json_type(mig_json_get(issue, "new_value")), MIG_JSON_NULL);
	assert_string_equal(
	    test_member(mig_json_get(mig_json_get(issue, "location"), "before"), "file"),
	    "before.sql");
	/* A change without texts of its own has those of its severity. */
	issue = mig_json_next(issue);
	assert_string_not_equal(test_member(issue, "impact"), "");
	assert_string_not_equal(test_member(issue, "suggested_migration"), "");
	assert_int_equal(mig_json_type(mig_json_get(issue, "blocking_seconds")), MIG_JSON_NULL);
	assert_true(mig_json_bool(mig_json_get(issue, "rewrite")));
	assert_int_equal(mig_json_count(mig_json_get(issue, "work")), 2);
	assert_null(mig_json_get(mig_json_next(issue), "lock"));
	assert_int_equal(mig_json_count(mig_json_get(root, "recommendations")), 9);
	const struct mig_json *risk = mig_json_get(root, "risk_assessment");
	assert_string_equal(test_member(risk, "rollback_complexity"), "medium");
	assert_int_equal(mig_json_count(mig_json_get(risk, "testing_requirements")), 3);
	mig_json_free(doc);

	doc = parsed(test_comparison_empty, MIG_REPORT_JSON);
	root = mig_json_root(doc);
	assert_string_equal(test_member(root, "overall_compatibility"), "fully_compatible");
	assert_int_equal(mig_json_count(mig_json_get(root, "recommendations")), 2);
	assert_int_equal(mig_json_count(mig_json_get(mig_json_get(root, "risk_assessment"),
	                     "testing_requirements")),
	    2);
	mig_json_free(doc);

	doc = parsed(test_comparison_hostile, MIG_REPORT_JSON);
	issue = mig_json_first(mig_json_get(mig_json_root(doc), "issues"));
	has(test_member(issue, "description"), "c\\d`e```f|g<h>i&j]]>k-->l%m%0An::o\r\np\tq\001r");
	has(test_member(issue, "description"), "\177t\xef\xbf\xbd");
	mig_json_free(doc);
}

static void
test_text_form(void **state)
{
	(void)state;
	static const char *const sections[] = { "COMPATIBILITY REPORT", "Verdict: BREAKING CHANGES",
		"SUMMARY", "Issues in all: 4", "RISK ASSESSMENT",
		"\nBREAKING ISSUES", "column.dropped", "Safe way: Rename it",
		"Lock: ACCESS EXCLUSIVE; blocks for about 500ms", "\nPOTENTIALLY BREAKING ISSUES",
		"after.sql:9", "Lock: ACCESS EXCLUSIVE; rewrite, index", "\nNON BREAKING ISSUES",
		"\nADDITIVE ISSUES", "\nSUGGESTED MIGRATION SCRIPTS", "CREATE TABLE orders",
		"Cannot be undone", "\nRECOMMENDATIONS" };
	char *page = written(test_comparison_plain, MIG_REPORT_TEXT);
	const char *at = page;
	for (size_t i = 0; i < TEST_COUNT(sections); i++) {
		at = strstr(at, sections[i]);
		if (at == NULL)
			fail_msg("%s is missing or out of order in:\n%s", sections[i], page);
	}
	free(page);
	page = written(test_comparison_hostile, MIG_REPORT_TEXT);
	check_clean(page);
	free(page);
	page = written(test_comparison_empty, MIG_REPORT_TEXT);
	has(page, "Verdict: FULLY COMPATIBLE");
	has_not(page, "ISSUES\n");
	free(page);
}

/* What stands between two marks, each time; all of them in one buffer. */
static size_t
count_of(const char *page, const char *text)
{
	size_t count = 0;
	for (; (page = strstr(page, text)) != NULL; page += strlen(text))
		count++;
	return count;
}

static void
test_markdown_form(void **state)
{
	(void)state;
	char *page = written(test_comparison_plain, MIG_REPORT_MARKDOWN);
	has(page, "| Breaking | 1 |\n");
	has(page, "<details><summary>Column email of table users is dropped.</summary>");
	has(page, "- Rule: `column.dropped`\n");
	has(page, "- Where: `after.sql:9`\n");
	has(page, "```sql\nCREATE TABLE orders (id bigint);\n```\n");
	free(page);

	page = written(test_comparison_hostile, MIG_REPORT_MARKDOWN);
	check_clean(page);
	/* Each that is opened is closed, by us and by nobody else: five changes and the scripts. */
	assert_int_equal(count_of(page, "<details><summary>"), 6);
	assert_int_equal(count_of(page, "\n</details>\n"), 6);
	assert_int_equal(count_of(page, "</summary>\n"), 6);
	has(page, "@<!-- -->all#<!-- -->1");
	has(page, "a\"b'c&#92;d&#96;e&#96;&#96;&#96;f&#124;g&lt;h&gt;i&amp;j&#93;&#93;&gt;k--&gt;");
	/* A name in backquotes has more of them around it than in it. */
	has(page, "- Rule: ```` a\"b'c\\d`e```f|g");
	assert_in_range(strlen(page), 1, 65000);
	free(page);
}

/* However many changes there are, the page fits into a comment. */
static void
test_markdown_is_bounded(void **state)
{
	(void)state;
	struct test_comparison comparison;
	struct mig_buf out;
	size_t count = 0;
	test_comparison_plain(&comparison);
	struct mig_change change = mig_check_changes(comparison.check, &count)[0];
	for (int i = 0; i < 5000; i++)
		mig_check_add(comparison.check, &change);
	mig_buf_init(&out, MIG_CHECK_PAGE_BYTES_MAX);
	mig_report_write(&comparison.report, MIG_REPORT_MARKDOWN, &out);
	assert_in_range(out.len, 30000, 65000);
	has(out.data, " more are not shown here.");
	has(out.data, "### Recommendations");
	mig_buf_fini(&out);
	test_comparison_fini(&comparison);
}

static void
test_sarif_form(void **state)
{
	(void)state;
	struct mig_json_doc *doc = parsed(test_comparison_plain, MIG_REPORT_SARIF);
	const struct mig_json *run = mig_json_first(mig_json_get(mig_json_root(doc), "runs"));
	const struct mig_json *driver = mig_json_get(mig_json_get(run, "tool"), "driver");
	const struct mig_json *result = mig_json_first(mig_json_get(run, "results"));
	const struct mig_json *place = mig_json_get(
	    mig_json_first(mig_json_get(result, "locations")), "physicalLocation");
	assert_string_equal(test_member(mig_json_root(doc), "version"), "2.1.0");
	assert_int_equal(mig_json_count(mig_json_get(driver, "rules")), 4);
	assert_int_equal(mig_json_count(mig_json_get(run, "results")), 4);
	assert_string_equal(test_member(result, "level"), "error");
	assert_string_equal(test_member(mig_json_get(place, "artifactLocation"), "uri"),
	    "before.sql");
	assert_double_same(
	    mig_json_number(mig_json_get(mig_json_get(place, "region"), "startLine")), 7);
	assert_string_equal(test_member(mig_json_next(result), "level"), "warning");
	/* Each result points at the rule that it names. */
	for (; result != NULL; result = mig_json_next(result)) {
		const struct mig_json *rule = mig_json_first(mig_json_get(driver, "rules"));
		for (double n = mig_json_number(mig_json_get(result, "ruleIndex")); n > 0; n--)
			rule = mig_json_next(rule);
		assert_string_equal(test_member(rule, "id"), test_member(result, "ruleId"));
	}
	mig_json_free(doc);

	doc = parsed(test_comparison_hostile, MIG_REPORT_SARIF);
	run = mig_json_first(mig_json_get(mig_json_root(doc), "runs"));
	result = mig_json_first(mig_json_get(run, "results"));
	place = mig_json_get(mig_json_first(mig_json_get(result, "locations")),
	    "physicalLocation");
	has(test_member(mig_json_get(place, "artifactLocation"), "uri"),
	    "a%22b%27c%5Cd%60e%60%60%60f%7Cg%3Ch%3Ei%26j");
	mig_json_free(doc);
	doc = parsed(test_comparison_empty, MIG_REPORT_SARIF);
	run = mig_json_first(mig_json_get(mig_json_root(doc), "runs"));
	assert_int_equal(mig_json_count(mig_json_get(run, "results")), 0);
	mig_json_free(doc);
}

/* Tags match, and text has no brackets. */
static void
check_xml(const char *text)
{
	size_t depth = 0;
	for (const char *at = text; (at = strchr(at, '<')) != NULL; at++) {
		const char *end = strchr(at, '>');
		assert_non_null(end);
		const char *inner = memchr(at + 1, '<', (size_t)(end - at - 1));
		assert_null(inner);
		if (at[1] == '/')
			depth--;
		else if (at[1] != '?' && end[-1] != '/')
			depth++;
	}
	assert_int_equal(depth, 0);
}

static void
test_junit_form(void **state)
{
	(void)state;
	char *page = written(test_comparison_plain, MIG_REPORT_JUNIT);
	check_xml(page);
	has(page, "tests=\"4\" failures=\"2\" errors=\"0\" skipped=\"0\"");
	has(page, "name=\"column.dropped tables.users.columns.email\"");
	has(page, "type=\"breaking\"");
	assert_int_equal(count_of(page, "<failure"), 2);
	free(page);
	page = written(test_comparison_hostile, MIG_REPORT_JUNIT);
	check_xml(page);
	check_clean(page);
	assert_int_equal(count_of(page, "<testcase"), 5);
	has(page, "j]]&#62;k--&#62;");
	free(page);
	page = written(test_comparison_empty, MIG_REPORT_JUNIT);
	check_xml(page);
	has(page, "tests=\"1\" failures=\"0\"");
	free(page);
}

static void
test_github_form(void **state)
{
	(void)state;
	char *page = written(test_comparison_plain, MIG_REPORT_GITHUB);
	has(page, "::error file=before.sql,line=7,title=column.dropped::Column email of table "
		  "users is dropped.%0AQueries that name it fail.%0AStop using it first.");
	has(page, "\n::warning file=after.sql,line=9,title=column.type::");
	has(page, "\n::notice ");
	free(page);
	page = written(test_comparison_hostile, MIG_REPORT_GITHUB);
	check_clean(page);
	/* A line for each change, and all begin a command of ours. */
	assert_int_equal(count_of(page, "\n"), 5);
	for (const char *line = page; *line != '\0'; line = strchr(line, '\n') + 1)
		assert_memory_equal(line, "::", 2);
	has(page, "l%25m%250An%3A%3Ao");
	free(page);
	page = written(test_comparison_empty, MIG_REPORT_GITHUB);
	assert_string_equal(page, "");
	free(page);
}

static char *
sql_file(maker make, size_t index, enum mig_report_way way)
{
	struct test_comparison comparison;
	struct mig_buf out;
	make(&comparison);
	mig_buf_init(&out, MIG_CHECK_PAGE_BYTES_MAX);
	mig_report_sql_file(&comparison.report, index, way, &out);
	char *text = mig_buf_steal(&out);
	assert_non_null(text);
	test_comparison_fini(&comparison);
	return text;
}

static void
test_sql_files(void **state)
{
	(void)state;
	char *up = sql_file(test_comparison_plain, 0, MIG_REPORT_UP);
	has(up, "-- Lock: none\n");
	has(up, "-- Done when this query:\n--   SELECT to_regclass('orders') IS NOT NULL\n"
		"-- gives: t\n");
	has(up, "\nBEGIN;\nCREATE TABLE orders (id bigint);\nCOMMIT;\n");
	free(up);
	char *down = sql_file(test_comparison_plain, 0, MIG_REPORT_DOWN);
	has(down, "\nBEGIN;\nDROP TABLE orders;\nCOMMIT;\n");
	free(down);
	down = sql_file(test_comparison_plain, 1, MIG_REPORT_DOWN);
	has(down, "RAISE EXCEPTION USING MESSAGE = 'the values are gone: a backup is needed'");
	free(down);

	/* Comments end where their lines end, and quotes are not closed by what they quote. */
	up = sql_file(test_comparison_hostile, 0, MIG_REPORT_UP);
	has(up, "DO $guard1$");
	has(up, "EXECUTE $query1$\nSELECT count(*) FROM t WHERE x = '$guard$ $query$'\n$query1$");
	has(up, "DO $loop1$");
	has(up, "EXECUTE $batch2$\nUPDATE t SET x = '$loop$ $batch$ $batch1$' WHERE x IS NULL;");
	has(up, "(outside of a transaction)");
	const char *body = strstr(up, "\n\nDO ");
	assert_non_null(body);
	for (const char *line = up; line < body; line = strchr(line, '\n') + 1)
		assert_memory_equal(line, "--", 2);
	free(up);
	down = sql_file(test_comparison_hostile, 0, MIG_REPORT_DOWN);
	has(down, "DO $never1$\nBEGIN\n\tRAISE EXCEPTION USING MESSAGE = 'a\"b''c/d`e");
	free(down);
}

static void
test_sql_names(void **state)
{
	(void)state;
	static const char *const names[] = { "001_expand_add_table_orders.up.sql",
		"002_contract_drop_column_users_email.down.sql" };
	struct test_comparison comparison;
	struct mig_buf out;
	size_t count = 0;
	test_comparison_plain(&comparison);
	mig_buf_init(&out, MIG_DOC_BYTES_MAX);
	mig_report_sql_name(&comparison.report, 0, MIG_REPORT_UP, &out);
	assert_string_equal(out.data, names[0]);
	mig_buf_reset(&out);
	mig_report_sql_name(&comparison.report, 1, MIG_REPORT_DOWN, &out);
	assert_string_equal(out.data, names[1]);
	/* With many scripts the names still sort as they run. */
	struct mig_check_script script = mig_check_scripts(comparison.check, &count)[0];
	for (int i = 0; i < 998; i++)
		mig_check_add_script(comparison.check, &script);
	mig_buf_reset(&out);
	mig_report_sql_name(&comparison.report, 0, MIG_REPORT_UP, &out);
	assert_string_equal(out.data, "0001_expand_add_table_orders.up.sql");
	mig_buf_fini(&out);
	test_comparison_fini(&comparison);

	test_comparison_hostile(&comparison);
	mig_report_sql_name(&comparison.report, 0, MIG_REPORT_UP, &out);
	assert_string_equal(out.data,
	    "001_migrate_a_b_c_d_e_f_g_h_i_j_k_l_m_0an_o_p_q_r_31ms_t_u_all_1_loop_ne.up.sql");
	mig_buf_fini(&out);
	test_comparison_fini(&comparison);
}

static void
test_sql_stream_and_manifest(void **state)
{
	(void)state;
	char *stream = written(test_comparison_plain, MIG_REPORT_SQL);
	const char *first = strstr(stream, "CREATE TABLE orders");
	const char *second = strstr(stream, "ALTER TABLE users DROP");
	const char *back = strstr(stream, "-- The way back");
	assert_true(first != NULL && second > first && back > second);
	/* The ways back are comments to the last line, the newest first. */
	for (const char *line = back; *line != '\0'; line = strchr(line, '\n') + 1)
		assert_memory_equal(line, "--", 2);
	assert_true(strstr(back, "RAISE EXCEPTION") < strstr(back, "DROP TABLE orders"));
	free(stream);
	stream = written(test_comparison_empty, MIG_REPORT_SQL);
	assert_string_equal(stream, "-- Nothing has to be done.\n");
	free(stream);

	struct test_comparison comparison;
	struct mig_buf out;
	test_comparison_plain(&comparison);
	mig_buf_init(&out, MIG_DOC_BYTES_MAX);
	mig_report_sql_manifest(&comparison.report, &out);
	struct mig_json_doc *doc = test_json(out.data);
	const struct mig_json *script =
	    mig_json_first(mig_json_get(mig_json_root(doc), "scripts"));
	assert_string_equal(test_member(script, "up_file"), "001_expand_add_table_orders.up.sql");
	assert_string_equal(test_member(script, "rollback_script"), "DROP TABLE orders;\n");
	assert_string_equal(test_member(mig_json_next(script), "irreversible"),
	    "the values are gone: a backup is needed");
	mig_json_free(doc);
	mig_buf_fini(&out);
	test_comparison_fini(&comparison);
}

static void
test_mysql_files(void **state)
{
	(void)state;
	struct test_comparison comparison;
	struct mig_buf out;
	test_comparison_hostile(&comparison);
	comparison.report.mysql = true;
	mig_buf_init(&out, MIG_DOC_BYTES_MAX);
	mig_report_sql_file(&comparison.report, 0, MIG_REPORT_UP, &out);
	has(out.data, "-- Repeat this until it changes no row.\nUPDATE t SET");
	has_not(out.data, "DO $");
	mig_buf_reset(&out);
	mig_report_sql_file(&comparison.report, 0, MIG_REPORT_DOWN, &out);
	has(out.data, "SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'a\"b''c/d`e");
	mig_buf_fini(&out);
	test_comparison_fini(&comparison);
}

/* Paths below the working directory are written as they are from there. */
static void
test_paths(void **state)
{
	(void)state;
	struct test_comparison comparison;
	struct mig_buf out;
	size_t count = 0;
	test_comparison_plain(&comparison);
	struct mig_change *changes = mig_check_changes(comparison.check, &count);
	comparison.report.folder = "/src/app";
	changes[0].before.file = "/src/app/db/x y.sql";
	changes[1].after.file = "/src/apples/z.sql";
	changes[3].after.file = "./db/new.sql";
	mig_buf_init(&out, MIG_DOC_BYTES_MAX);
	mig_report_write(&comparison.report, MIG_REPORT_SARIF, &out);
	has(out.data, "\"uri\": \"db/x%20y.sql\"");
	has(out.data, "\"uri\": \"file:///src/apples/z.sql\"");
	has(out.data, "\"uri\": \"db/new.sql\"");
	/* What has no place is shown at the top of the newer document. */
	has(out.data, "\"uri\": \"after.sql\"");
	mig_buf_fini(&out);
	test_comparison_fini(&comparison);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_same_bytes),
		cmocka_unit_test(test_json_form),
		cmocka_unit_test(test_text_form),
		cmocka_unit_test(test_markdown_form),
		cmocka_unit_test(test_markdown_is_bounded),
		cmocka_unit_test(test_sarif_form),
		cmocka_unit_test(test_junit_form),
		cmocka_unit_test(test_github_form),
		cmocka_unit_test(test_sql_files),
		cmocka_unit_test(test_sql_names),
		cmocka_unit_test(test_sql_stream_and_manifest),
		cmocka_unit_test(test_mysql_files),
		cmocka_unit_test(test_paths),
	};
	return cmocka_run_group_tests(tests, NULL, NULL) != 0;
}
