/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "core/expr.h"
#include "support/test_support.h"

/* Value of an expression whose baselines are 2, 3, 5 and 7 in the order of their appearance. */
static double
value_of(const char *text)
{
	static const double baselines[MIG_EXPR_BASELINES_MAX] = { 2, 3, 5, 7 };
	struct mig_expr expr;
	char error[160] = "";
	int result = mig_expr_parse(text, &expr, error, sizeof(error));
	if (result != 0)
		print_error("%s: %s\n", text, error);
	assert_int_equal(result, 0);
	return mig_expr_eval(&expr, baselines);
}

static void
test_values(void **state)
{
	static const struct {
		const char *text;
		double value;
	} cases[] = {
		{ "0", 0 },
		{ "0.05", 0.05 },
		{ "  12  ", 12 },
		{ "1e3", 1000 },
		{ "95%", 0.95 },
		{ "250ms", 250 },
		{ "1.5 s", 1500 },
		{ "2m", 120000 },
		{ "1h", 3600000 },
		{ "500us", 0.5 },
		{ "3B", 3 },
		{ "2KB", 2000 },
		{ "2KiB", 2048 },
		{ "1GiB", 1073741824 },
		{ "1MB/second", 1e6 },
		{ "1MB/minute", 1e6 / 60 },
		{ "36/hour", 0.01 },
		{ "60 / minute", 1 },
		{ "60 /\tminute", 1 },
		{ "1\t+\t2", 3 },
		{ "1E3", 1000 },
		{ "25e+1", 250 },
		{ "25e-1", 2.5 },
		{ "1 + 2 * 3", 7 },
		{ "(1 + 2) * 3", 9 },
		{ "8 - 2 - 1", 5 },
		{ "8 / 2 / 2", 2 },
		{ "2 * (3 + (4 - 1))", 12 },
		{ "baseline_error_rate * 5", 10 },
		{ "baseline_p95 * 3", 6 },
		{ "baseline_error_rate + baseline_p99", 5 },
		{ "baseline_error_rate * baseline_error_rate", 4 },
		{ "100 / baseline_error_rate", 50 },
		{ "10/baseline_error_rate", 5 },
	};
	(void)state;
	for (size_t i = 0; i < TEST_COUNT(cases); i++)
		assert_double_near(value_of(cases[i].text), cases[i].value, 1e-9);
}

static void
test_names_are_canonical(void **state)
{
	struct mig_expr expr;
	char error[160];
	(void)state;
	assert_int_equal(mig_expr_parse("baseline_p95 + baseline_response_time_p95 + baseline_p99",
	                     &expr, error, sizeof(error)),
	    0);
	assert_int_equal(expr.name_count, 2);
	assert_string_equal(expr.names[0], "p95_response_time");
	assert_string_equal(expr.names[1], "response_time_p99");
}

static void
test_faults(void **state)
{
	static const struct {
		const char *text;
		const char *phrase;
	} cases[] = {
		{ "", "ends too early at column 1" },
		{ "1 +", "ends too early at column 4" },
		{ "(1", "\")\" is missing at column 3" },
		{ "1)", "unexpected \")\" at column 2" },
		{ "1 2", "unexpected \"2\" at column 3" },
		{ "-1", "unexpected \"-\" at column 1" },
		{ "* 2", "unexpected \"*\" at column 1" },
		{ "~1", "unexpected \"~\" at column 1" },
		{ "60 / minute\n", "unexpected \"?\" at column 12" },
		{ "1 \xe2\x82\xac", "unexpected \"\xe2\x82\xac\" at column 3" },
		{ "1 \xe2", "unexpected \"?\" at column 3" },
		{ "\xc2\x9b", "unexpected \"?\" at column 1" },
		{ "1e", "unknown unit \"e\" at column 2" },
		{ "1e+", "unknown unit \"e\" at column 2" },
		{ "1234567890123456789012345678901234567890",
		    "the number is too long at column 1" },
		{ "baseline_a123456789b123456789c123456789d123456789e1234567",
		    "the baseline's name is too long at column 1" },
		{ "5parsec", "unknown unit \"parsec\" at column 2" },
		{ "1MB/fortnight", "\"fortnight\" is none of second, minute, hour at column 5" },
		{ "error_rate * 5", "\"error_rate\" is not a number or a baseline at column 1" },
		{ "baseline_", "is not a number or a baseline" },
		{ "1.", "\"1.\" is not a number" },
		{ "1e999", "is not a number" },
		{ "1e308 h", "too large" },
		{ "baseline_a+baseline_b+baseline_c+baseline_d+baseline_e", "more than 4" },
	};
	(void)state;
	for (size_t i = 0; i < TEST_COUNT(cases); i++) {
		struct mig_expr expr = { .count = 77 };
		char error[160] = "";
		assert_int_equal(
		    mig_expr_parse(cases[i].text, &expr, error, sizeof(error)), MIG_EDOC);
		if (strstr(error, cases[i].phrase) == NULL)
			fail_msg("%s: \"%s\" lacks \"%s\"", cases[i].text, error, cases[i].phrase);
		assert_int_equal(expr.count, 77);
	}
}

static void
test_limits(void **state)
{
	char text[512] = "1";
	struct mig_expr expr;
	char error[160];
	size_t len = 1;
	(void)state;
	for (int i = 0; i < MIG_EXPR_OPS_MAX; i++)
		len += (size_t)snprintf(text + len, sizeof(text) - len, "+1");
	assert_int_equal(mig_expr_parse(text, &expr, error, sizeof(error)), MIG_EDOC);
	memset(text, '(', 100);
	text[100] = '\0';
	assert_int_equal(mig_expr_parse(text, &expr, error, sizeof(error)), MIG_EDOC);
}

static void
test_unknown_is_nan(void **state)
{
	static const double unknown[MIG_EXPR_BASELINES_MAX] = { NAN, NAN, NAN, NAN };
	static const double zero[MIG_EXPR_BASELINES_MAX] = { 0, 0, 0, 0 };
	struct mig_expr expr;
	char error[160];
	(void)state;
	assert_int_equal(mig_expr_parse("baseline_x * 0", &expr, error, sizeof(error)), 0);
	assert_double_same(mig_expr_eval(&expr, unknown), NAN);
	assert_int_equal(mig_expr_parse("1 / baseline_x", &expr, error, sizeof(error)), 0);
	assert_double_same(mig_expr_eval(&expr, zero), NAN);
	mig_expr_number(0.25, &expr);
	assert_double_same(mig_expr_eval(&expr, NULL), 0.25);
}

/* One operation more than there is room for, wherever it comes up: a number, ")", the end. */
static void
test_too_long(void **state)
{
	static const struct {
		const char *head;
		const char *more;
		int count;
		const char *tail;
	} rows[] = { { "1", "+1", 33, "" }, { "(1", "+1", 16, ")" },
		{ "1", "+1", 16, "" } };

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(rows); i++) {
		char text[512];
		char error[160] = "";
		struct mig_expr expr;
		size_t len = (size_t)snprintf(text, sizeof(text), "%s", rows[i].head);
		for (int j = 0; j < rows[i].count; j++)
			len += (size_t)snprintf(text + len, sizeof(text) - len, "%s", rows[i].more);
		(void)snprintf(text + len, sizeof(text) - len, "%s", rows[i].tail);
		assert_int_equal(mig_expr_parse(text, &expr, error, sizeof(error)), MIG_EDOC);
		assert_non_null(strstr(error, "the expression is too long"));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_names_are_canonical),
		cmocka_unit_test(test_faults),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_unknown_is_nan),
		cmocka_unit_test(test_too_long),
	};
	return cmocka_run_group_tests(tests, NULL, NULL) != 0;
}
