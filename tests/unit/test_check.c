/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/limits.h"
#include "check/baseline.h"
#include "check/excerpt.h"
#include "check/glob.h"
#include "check/ignore.h"
#include "support/check_fixture.h"
#include "support/test_support.h"

/* 2026-06-15T12:00:00Z */
#define NOW_MS INT64_C(1781524800000)

static struct mig_ignore *
ignore_of(const char *text)
{
	struct mig_findings findings = { 0 };
	struct mig_ignore *ignore = NULL;
	int error = mig_ignore_read(text, strlen(text), "i.json", &ignore, &findings);
	if (error != MIG_OK)
		fail_msg("%s", test_findings(&findings));
	assert_int_equal(findings.count, 0);
	mig_findings_fini(&findings);
	return ignore;
}

/* Finish the plain comparison with an ignore file; the notes are owned by the caller. */
static char *
finished(const char *text, struct test_comparison *comparison)
{
	struct mig_findings notes = { 0 };
	struct mig_ignore *ignore = ignore_of(text);
	struct mig_finish_options options = { .ignore = ignore, .now = { NOW_MS } };
	test_comparison_plain(comparison);
	assert_int_equal(mig_check_finish(comparison->check, &options, &comparison->verdict,
	                     &notes),
	    MIG_OK);
	char *told = test_findings(&notes);
	/* Reasons are the ignore file's, which has to live as long as the report. */
	assert_int_equal(comparison->verdict.total + comparison->verdict.ignored +
	        comparison->verdict.excluded,
	    4);
	mig_findings_fini(&notes);
	mig_ignore_free(ignore);
	return told;
}

static void
test_globs(void **state)
{
	(void)state;
	static const struct {
		const char *pattern;
		const char *text;
		bool match;
	} rows[] = {
		{ "", "", true },
		{ "", "a", false },
		{ "a", "a", true },
		{ "a", "ab", false },
		{ "*", "", true },
		{ "*", "tables.users", true },
		{ "tables.*", "tables.users.columns.a", true },
		{ "tables.*.columns.*", "tables.a.b.columns.c", true },
		{ "tables.*.columns.*", "tables.a.b", false },
		{ "*a*b*c*", "xxaxxbxxc", true },
		{ "*a*b*c*", "xxaxxcxxb", false },
		{ "a?c", "abc", true },
		{ "a?c", "ac", false },
		{ "?", "", false },
		{ "**", "x", true },
		{ "*ab", "aab", true },
		{ "a*", "b", false },
	};
	for (size_t i = 0; i < TEST_COUNT(rows); i++)
		if (mig_glob_match(rows[i].pattern, rows[i].text) != rows[i].match)
			fail_msg("\"%s\" on \"%s\"", rows[i].pattern, rows[i].text);
}

static void
test_verdicts(void **state)
{
	(void)state;
	static const struct {
		enum mig_change_severity severity;
		enum mig_compatibility compatibility;
		int status[3]; /* by enum mig_fail_on */
	} rows[] = {
		{ MIG_BREAKING, MIG_BREAKING_CHANGES, { 2, 2, 0 } },
		{ MIG_POTENTIALLY_BREAKING, MIG_POTENTIALLY_INCOMPATIBLE, { 1, 0, 0 } },
		{ MIG_NON_BREAKING, MIG_BACKWARD_COMPATIBLE, { 0, 0, 0 } },
		{ MIG_ADDITIVE, MIG_FULLY_COMPATIBLE, { 0, 0, 0 } },
	};
	for (size_t i = 0; i < TEST_COUNT(rows); i++) {
		for (int fail_on = 0; fail_on < 3; fail_on++) {
			struct mig_change change = { .rule = "r", .type = "t", .field_path = "p" };
			struct mig_finish_options options = { .fail_on =
				                                  (enum mig_fail_on)fail_on };
			struct mig_verdict verdict;
			struct mig_findings notes = { 0 };
			struct mig_check *check = mig_check_new();
			change.severity = rows[i].severity;
			mig_check_add(check, &change);
			assert_int_equal(mig_check_finish(check, &options, &verdict, &notes), 0);
			assert_int_equal(verdict.status, rows[i].status[fail_on]);
			assert_int_equal(verdict.compatibility, rows[i].compatibility);
			assert_int_equal(verdict.counts[rows[i].severity], 1);
			assert_int_equal(verdict.total, 1);
			mig_check_free(check);
		}
	}
	/* With a breaking change the others do not matter, unless nothing does. */
	struct test_comparison comparison;
	test_comparison_plain(&comparison);
	assert_int_equal(comparison.verdict.status, 2);
	test_comparison_fini(&comparison);
	test_comparison_empty(&comparison);
	assert_int_equal(comparison.verdict.status, 0);
	assert_int_equal(comparison.verdict.compatibility, MIG_FULLY_COMPATIBLE);
	test_comparison_fini(&comparison);
}

static void
test_rows_by_rule_type_and_path(void **state)
{
	(void)state;
	static const struct {
		const char *row;
		size_t ignored;
	} rows[] = {
		{ "\"rule\": \"column.dropped\"", 1 },
		{ "\"rule\": \"column.*\"", 2 },
		{ "\"rule\": \"*\"", 4 },
		{ "\"type\": \"column_removed\"", 1 },
		{ "\"path\": \"tables.users.*\"", 3 },
		{ "\"path\": \"tables.users.*\", \"rule\": \"column.*\"", 2 },
		{ "\"path\": \"tables.users.*\", \"type\": \"index_removed\"", 1 },
		{ "\"rule\": \"column\"", 0 },
		{ "\"path\": \"tables.users\"", 0 },
	};
	for (size_t i = 0; i < TEST_COUNT(rows); i++) {
		struct test_comparison comparison;
		struct mig_buf text;
		mig_buf_init(&text, MIG_DOC_BYTES_MAX);
		mig_buf_printf(&text, "{\"ignore\": [{%s, \"reason\": \"r\"}]}", rows[i].row);
		char *told = finished(text.data, &comparison);
		if (comparison.verdict.ignored != rows[i].ignored)
			fail_msg("%s: %zu", rows[i].row, comparison.verdict.ignored);
		/* One that names nothing is told of. */
		assert_int_equal(strstr(told, "names no change") != NULL, rows[i].ignored == 0);
		free(told);
		mig_buf_fini(&text);
		test_comparison_fini(&comparison);
	}
}

static void
test_expiry(void **state)
{
	(void)state;
	static const struct {
		const char *expires;
		bool holds;
	} rows[] = {
		{ "2026-06-14", false },
		/* The day itself is the last on which it holds. */
		{ "2026-06-15", true },
		{ "2026-06-16", true },
		{ "2026-06-15T11:59:59Z", false },
		{ "2026-06-15T12:00:00Z", false },
		{ "2026-06-15T12:00:01Z", true },
		{ "2026-06-15T13:30:00+02:00", false },
	};
	for (size_t i = 0; i < TEST_COUNT(rows); i++) {
		struct test_comparison comparison;
		struct mig_buf text;
		mig_buf_init(&text, MIG_DOC_BYTES_MAX);
		mig_buf_printf(&text,
		    "{\"ignore\": [{\"rule\": \"column.dropped\", \"reason\": \"r\", "
		    "\"expires\": \"%s\"}]}",
		    rows[i].expires);
		char *told = finished(text.data, &comparison);
		if ((comparison.verdict.ignored == 1) != rows[i].holds)
			fail_msg("%s", rows[i].expires);
		assert_int_equal(comparison.verdict.status, rows[i].holds ? 1 : 2);
		assert_int_equal(strstr(told, "expired on") != NULL, !rows[i].holds);
		free(told);
		mig_buf_fini(&text);
		test_comparison_fini(&comparison);
	}
}

static void
test_severity_and_order(void **state)
{
	(void)state;
	struct test_comparison comparison;
	/* The first row that fits decides, and an expired one does not. */
	char *told = finished("{\"ignore\": [{\"rule\": \"column.dropped\", \"reason\": \"old\", "
			      "\"expires\": \"2020-01-01\"}, {\"rule\": \"column.*\", "
			      "\"reason\": \"why\", \"severity\": \"non_breaking\"}, {\"rule\": "
			      "\"*\", \"reason\": \"rest\"}]}",
	    &comparison);
	assert_int_equal(comparison.verdict.counts[MIG_NON_BREAKING], 2);
	assert_int_equal(comparison.verdict.ignored, 2);
	assert_int_equal(comparison.verdict.status, 0);
	assert_non_null(strstr(told, "i.json: /ignore/0: warning: expired on 2020-01-01"));
	free(told);
	test_comparison_fini(&comparison);
}

static void
test_exclusion(void **state)
{
	(void)state;
	struct test_comparison comparison;
	char *told = finished("{\"exclude\": [\"tables.users\"]}", &comparison);
	assert_int_equal(comparison.verdict.excluded, 3);
	assert_int_equal(comparison.verdict.total, 1);
	assert_string_equal(told, "");
	free(told);
	test_comparison_fini(&comparison);
	struct mig_ignore *ignore = ignore_of("{\"exclude\": [\"tables.user*\", \"views.v\"]}");
	assert_true(mig_ignore_excludes(ignore, "tables.users"));
	assert_true(mig_ignore_excludes(ignore, "views.v"));
	assert_true(mig_ignore_excludes(ignore, "views.v.columns.c"));
	assert_false(mig_ignore_excludes(ignore, "views.vx"));
	assert_false(mig_ignore_excludes(ignore, "tables.orders"));
	assert_false(mig_ignore_excludes(NULL, "tables.orders"));
	assert_int_equal(mig_ignore_deprecation(ignore).stable_days, 0);
	mig_ignore_free(ignore);
	ignore = ignore_of("{\"deprecation\": {\"stable_days\": 90, \"beta_days\": 30}}");
	assert_int_equal(mig_ignore_deprecation(ignore).stable_days, 90);
	assert_int_equal(mig_ignore_deprecation(ignore).beta_days, 30);
	mig_ignore_free(ignore);
	assert_int_equal(mig_ignore_deprecation(NULL).beta_days, 0);
}

static void
test_bad_ignore_files(void **state)
{
	(void)state;
	static const char *const rows[][2] = {
		{ "[]", "i.json:1:1: must be an object" },
		{ "{\"ignore\": {}}", "/ignore: must be an array" },
		{ "{\"ignroe\": []}", "did you mean \"ignore\"?" },
		{ "{\"ignore\":\n [{\"rule\": \"a\"}]}",
		    "i.json:2:3: /ignore/0: the key \"reason\" is missing" },
		{ "{\"ignore\": [{\"rule\": \"a\", \"reason\": \"\"}]}", "must not be empty" },
		{ "{\"ignore\": [{\"reason\": \"r\"}]}", "this would ignore everything" },
		{ "{\"ignore\": [{\"rule\": \"a\", \"reason\": \"r\", \"expire\": \"x\"}]}",
		    "did you mean \"expires\"?" },
		{ "{\"ignore\": [{\"rule\": \"a\", \"reason\": \"r\",\n\"expires\": \"soon\"}]}",
		    "i.json:2:12: /ignore/0/expires: \"soon\" is no date" },
		{ "{\"ignore\": [{\"rule\": \"a\", \"reason\": \"r\", "
		  "\"expires\": \"2026-02-30\"}]}",
		    "is no date" },
		{ "{\"ignore\": [{\"rule\": \"a\", \"reason\": \"r\", \"severity\": \"high\"}]}",
		    "/ignore/0/severity" },
		{ "{\"ignore\": [{\"rule\": 1, \"reason\": \"r\"}]}", "/ignore/0/rule" },
		{ "{\"exclude\": [\"\"]}", "/exclude/0: must be a path" },
		{ "{\"exclude\": [1]}", "/exclude/0: must be a path" },
		{ "{\"ignore\": [", "i.json:1:" },
		{ "{\"deprecation\": {\"stable_days\": -1}}", "/deprecation/stable_days" },
		{ "{\"deprecation\": {\"stable_day\": 1}}", "did you mean \"stable_days\"?" },
		{ "{\"deprecation\": 90}", "/deprecation: must be an object" },
	};
	for (size_t i = 0; i < TEST_COUNT(rows); i++) {
		struct mig_findings findings = { 0 };
		struct mig_ignore *ignore = NULL;
		assert_int_equal(mig_ignore_read(rows[i][0], strlen(rows[i][0]), "i.json", &ignore,
		                     &findings),
		    MIG_EDOC);
		char *told = test_findings(&findings);
		if (strstr(told, rows[i][1]) == NULL)
			fail_msg("%s: no \"%s\" in %s", rows[i][0], rows[i][1], told);
		free(told);
		mig_findings_fini(&findings);
	}
}

static void
test_fingerprints(void **state)
{
	(void)state;
	struct mig_change change = { .rule = "a", .field_path = "b", .old_value = "1" };
	char first[MIG_FINGERPRINT_TEXT];
	char second[MIG_FINGERPRINT_TEXT];
	mig_change_fingerprint(&change, first);
	/* In files that are kept: this must never change. */
	assert_string_equal(first, "bd30e3e7a51eddb83778b43f7a377493");
	change.description = "other words";
	change.after = (struct mig_place){ "f", 3 };
	change.severity = MIG_ADDITIVE;
	mig_change_fingerprint(&change, second);
	assert_string_equal(first, second);
	/* The parts do not run into each other. */
	change = (struct mig_change){ .rule = "ab", .field_path = "", .old_value = "1" };
	mig_change_fingerprint(&change, second);
	assert_string_not_equal(first, second);
}

static void
test_baseline(void **state)
{
	(void)state;
	struct test_comparison comparison;
	struct mig_buf out;
	struct mig_findings findings = { 0 };
	struct mig_baseline *baseline = NULL;
	size_t count = 0;
	test_comparison_plain(&comparison);
	mig_buf_init(&out, MIG_DOC_BYTES_MAX);
	mig_baseline_write(comparison.check, &out);
	struct mig_finish_options options = { .now = { NOW_MS } };
	assert_int_equal(mig_baseline_read(out.data, out.len, "b.json", &baseline, &findings), 0);
	options.baseline = baseline;
	assert_int_equal(mig_check_finish(comparison.check, &options, &comparison.verdict,
	                     &findings),
	    0);
	assert_int_equal(comparison.verdict.known, 4);
	assert_int_equal(comparison.verdict.total, 0);
	assert_int_equal(comparison.verdict.status, 0);
	/* What is known stays in a baseline that is written again. */
	struct mig_buf again;
	mig_buf_init(&again, MIG_DOC_BYTES_MAX);
	mig_baseline_write(comparison.check, &again);
	assert_string_equal(again.data, out.data);
	mig_buf_fini(&again);
	test_comparison_fini(&comparison);

	/* Another value is another change. */
	test_comparison_plain(&comparison);
	mig_check_changes(comparison.check, &count)[1].new_value = "\"text\"";
	assert_int_equal(mig_check_finish(comparison.check, &options, &comparison.verdict,
	                     &findings),
	    0);
	assert_int_equal(comparison.verdict.known, 3);
	assert_int_equal(comparison.verdict.status, 1);
	test_comparison_fini(&comparison);
	mig_baseline_free(baseline);
	mig_buf_fini(&out);
}

static void
test_bad_baselines(void **state)
{
	(void)state;
	static const char *const rows[][2] = {
		{ "[]", "must be an object" },
		{ "{}", "the key \"known\" is missing" },
		{ "{\"known\": {}}", "/known: must be an array" },
		{ "{\"known\": [], \"x\": 1}", "/x" },
		{ "{\"known\": [{}]}", "/known/0: the key \"fingerprint\" is missing" },
		{ "{\"known\":\n[{\"fingerprint\": \"0123\"}]}", "b.json:2:18: /known/0" },
		{ "{\"known\": [{\"fingerprint\": \"0123456789ABCDEF0123456789abcdef\"}]}",
		    "the fingerprint is not" },
		{ "{\"known\": [1]}", "/known/0: must be an object" },
	};
	for (size_t i = 0; i < TEST_COUNT(rows); i++) {
		struct mig_findings findings = { 0 };
		struct mig_baseline *baseline = NULL;
		assert_int_equal(mig_baseline_read(rows[i][0], strlen(rows[i][0]), "b.json",
		                     &baseline, &findings),
		    MIG_EDOC);
		char *told = test_findings(&findings);
		if (strstr(told, rows[i][1]) == NULL)
			fail_msg("%s: no \"%s\" in %s", rows[i][0], rows[i][1], told);
		free(told);
		mig_findings_fini(&findings);
	}
}

static void
check_excerpt(void (*excerpt)(const char *, size_t, struct mig_buf *), const char *text,
    const char *wanted)
{
	struct mig_buf out;
	mig_buf_init(&out, MIG_DOC_BYTES_MAX);
	excerpt(text, strlen(text), &out);
	assert_string_equal(out.data, wanted);
	mig_buf_fini(&out);
}

static void
test_excerpts(void **state)
{
	(void)state;
	check_excerpt(mig_excerpt_json,
	    "{\"a\":[1,true,null],\"b\":{},\"c\":[ ],\"d\":\"x, {\\\"\"}",
	    "{\n  \"a\": [\n    1,\n    true,\n    null\n  ],\n  \"b\": {},\n  \"c\": [],\n"
	    "  \"d\": \"x, {\\\"\"\n}");
	check_excerpt(mig_excerpt_json, "", "");
	check_excerpt(mig_excerpt_text, "a  b\n", "a  b\n");
}

/* Characters of the longest excerpt that a document of so many elements gives. */
static size_t
excerpt_length(const char *open, const char *element, size_t count, const char *close)
{
	struct mig_buf text;
	struct mig_buf out;
	mig_buf_init(&text, MIG_DOC_BYTES_MAX);
	mig_buf_init(&out, MIG_DOC_BYTES_MAX);
	mig_buf_puts(&text, open);
	for (size_t i = 0; i < count; i++)
		mig_buf_puts(&text, element);
	mig_buf_puts(&text, close);
	mig_excerpt_json(text.data, text.len, &out);
	size_t length = 0;
	for (size_t i = 0; i < out.len; i++)
		length += ((unsigned char)out.data[i] & 0xc0) != 0x80;
	mig_buf_fini(&text);
	mig_buf_fini(&out);
	return length;
}

static void
test_excerpts_are_cut(void **state)
{
	(void)state;
	/* In one line 500 characters stay whole, 501 do not: here 165 times "1, " and a number. */
	assert_int_equal(excerpt_length("[", "1,", 165, "123]"), 1 + 165 * 5 + 6 + 2);
	assert_int_equal(excerpt_length("[", "1,", 165, "1234]"), 503);
	/* Characters are counted, not bytes. */
	assert_int_equal(excerpt_length("\"", "\303\251", 498, "\""), 500);
	assert_int_equal(excerpt_length("\"", "\303\251", 499, "\""), 503);
	/* Depth is not paid for with white space without end. */
	assert_in_range(excerpt_length("", "[", 240, ""), 1, 2000);
	assert_in_range(excerpt_length("", "[", 100000, ""), 1, 2000);
	/* What is no JSON at all does no harm. */
	assert_in_range(excerpt_length("\"", "\\", 1001, ""), 1, 2000);
	assert_in_range(excerpt_length("", "]", 1000, ""), 1, 2000);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_globs),
		cmocka_unit_test(test_verdicts),
		cmocka_unit_test(test_rows_by_rule_type_and_path),
		cmocka_unit_test(test_expiry),
		cmocka_unit_test(test_severity_and_order),
		cmocka_unit_test(test_exclusion),
		cmocka_unit_test(test_bad_ignore_files),
		cmocka_unit_test(test_fingerprints),
		cmocka_unit_test(test_baseline),
		cmocka_unit_test(test_bad_baselines),
		cmocka_unit_test(test_excerpts),
		cmocka_unit_test(test_excerpts_are_cut),
	};
	return cmocka_run_group_tests(tests, NULL, NULL) != 0;
}
