/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <float.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/num.h"
#include "support/test_support.h"

static void
check_format(double value, const char *wanted)
{
	struct mig_buf out;
	mig_buf_init(&out, 64);
	mig_num_format(value, &out);
	assert_true(mig_buf_ok(&out));
	assert_string_equal(out.data, wanted);
	mig_buf_fini(&out);
}

static void
test_int_accepts(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		int64_t value;
	} rows[] = {
		{ "0", 0 },
		{ "-0", 0 },
		{ "42", 42 },
		{ "007", 7 },
		{ "-5", -5 },
		{ "9223372036854775807", INT64_MAX },
		{ "-9223372036854775808", INT64_MIN },
	};
	for (size_t i = 0; i < TEST_COUNT(rows); i++) {
		int64_t value = 99;
		assert_int_equal(mig_num_int(rows[i].text, INT64_MIN, INT64_MAX, &value), MIG_OK);
		assert_true(value == rows[i].value);
	}
}

static void
test_int_refuses(void **state)
{
	(void)state;
	static const char *const rows[] = {
		"", "-", "+1", " 1", "1 ", "1.0", "0x10", "1e3", "--1", "9223372036854775808",
		"-9223372036854775809", "99999999999999999999", "one",
	};
	for (size_t i = 0; i < TEST_COUNT(rows); i++) {
		int64_t value = 99;
		assert_int_equal(mig_num_int(rows[i], INT64_MIN, INT64_MAX, &value), MIG_EDOC);
		assert_true(value == 99);
	}
	int64_t value = 99;
	assert_int_equal(mig_num_int("11", 0, 10, &value), MIG_EDOC);
	assert_int_equal(mig_num_int("-1", 0, 10, &value), MIG_EDOC);
	assert_int_equal(mig_num_int("10", 0, 10, &value), MIG_OK);
	assert_true(value == 10);
}

static void
test_double_accepts(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		double value;
	} rows[] = {
		{ "0", 0.0 },
		{ "-0.0", 0.0 },
		{ "+1", 1.0 },
		{ "12.5", 12.5 },
		{ "1e3", 1000.0 },
		{ "1E-3", 0.001 },
		{ "-2.5e+2", -250.0 },
		{ "0.1", 0.1 },
		{ "1.7976931348623157e308", DBL_MAX },
		{ "4.9406564584124654e-324", 0x1p-1074 },
		{ "1e-400", 0.0 },
		{ "0e999999999999", 0.0 },
		{ "9007199254740993", 9007199254740992.0 },
		{ "0.1000000000000000055511151231257827021181583404541015625", 0.1 },
	};
	for (size_t i = 0; i < TEST_COUNT(rows); i++) {
		double value = 99.0;
		assert_int_equal(mig_num_double(rows[i].text, &value), MIG_OK);
		assert_double_same(value, rows[i].value);
	}
}

static void
test_double_refuses(void **state)
{
	(void)state;
	static const char *const rows[] = {
		"", "-", "+", ".5", "5.", "1e", "1e+", "01", "-01", "1,5", "0x10", "NaN", "nan",
		"Inf", "+Inf", "-Inf", "infinity", "1e400", "-1e400", " 1", "1 ", "1.2.3", "1e5e5",
		"++1", "1_000",
	};
	for (size_t i = 0; i < TEST_COUNT(rows); i++) {
		double value = 99.0;
		assert_int_equal(mig_num_double(rows[i], &value), MIG_EDOC);
		assert_double_same(value, 99.0);
	}
}

static void
test_sample(void **state)
{
	(void)state;
	double value = 0.0;
	assert_int_equal(mig_num_sample("NaN", &value), MIG_OK);
	assert_true(isnan(value));
	assert_int_equal(mig_num_sample("+Inf", &value), MIG_OK);
	assert_true(isinf(value) && value > 0.0);
	assert_int_equal(mig_num_sample("-Inf", &value), MIG_OK);
	assert_true(isinf(value) && value < 0.0);
	assert_int_equal(mig_num_sample("0.25", &value), MIG_OK);
	assert_double_same(value, 0.25);

	/* The smallest double written out without exponent, as Prometheus does. */
	char tiny[400] = "0.";
	memset(tiny + 2, '0', 323);
	tiny[325] = '5';
	assert_int_equal(mig_num_sample(tiny, &value), MIG_OK);
	assert_double_same(value, 0x1p-1074);

	static const char *const bad[] = { "Inf", "nan", "+inf", "-NaN", "" };
	for (size_t i = 0; i < TEST_COUNT(bad); i++)
		assert_int_equal(mig_num_sample(bad[i], &value), MIG_EDOC);
}

static void
test_digits_are_limited(void **state)
{
	(void)state;
	char *text = malloc(5001);
	assert_non_null(text);
	memset(text, '1', 5000);
	text[5000] = '\0';
	double value = 99.0;
	assert_int_equal(mig_num_double(text, &value), MIG_EDOC);
	assert_double_same(value, 99.0);
	free(text);
}

static void
test_duration_accepts(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		int64_t ms;
	} rows[] = {
		{ "0", 0 },
		{ "0s", 0 },
		{ "500ms", 500 },
		{ "15s", 15000 },
		{ "10m", 600000 },
		{ "24h", 86400000 },
		{ "7d", 604800000 },
		{ "1h30m", 5400000 },
		{ "1d2h3m4s5ms", 93784005 },
		{ "1m500ms", 60500 },
		{ "90", 90000 },
		{ "1.5", 1500 },
		{ "0.25", 250 },
		{ "0.001", 1 },
		{ "3650d", INT64_C(315360000000) },
		{ "315360000", INT64_C(315360000000) },
	};
	for (size_t i = 0; i < TEST_COUNT(rows); i++) {
		int64_t ms = -1;
		assert_int_equal(mig_num_duration(rows[i].text, &ms), MIG_OK);
		assert_true(ms == rows[i].ms);
	}
}

static void
test_duration_refuses(void **state)
{
	(void)state;
	static const char *const rows[] = {
		"", "s", "-1s", "-1", "+1s", "1 s", " 1s", "1s ", "1x", "1w", "1M", "30m1h", "1m1m",
		"1ms1s", "1.5s", "1.", ".5", "1.2345", "1..5", "1h30", "3651d", "3650d1ms",
		"315360001", "99999999999999999999d", "99999999999999999999", "1e3", "inf", "ms",
	};
	for (size_t i = 0; i < TEST_COUNT(rows); i++) {
		int64_t ms = 99;
		assert_int_equal(mig_num_duration(rows[i], &ms), MIG_EDOC);
		assert_true(ms == 99);
	}
}

static void
test_format(void **state)
{
	(void)state;
	check_format(0.0, "0");
	check_format(-0.0, "0");
	check_format(1.0, "1");
	check_format(-1.5, "-1.5");
	check_format(100.0, "100");
	check_format(0.1, "0.1");
	check_format(0.1 + 0.2, "0.30000000000000004");
	check_format(1.0 / 3.0, "0.3333333333333333");
	check_format(9007199254740992.0, "9007199254740992");
	check_format(3000000000.0, "3000000000");
	check_format(1e20, "100000000000000000000");
	check_format(1e21, "1e+21");
	check_format(1.5e300, "1.5e+300");
	check_format(0.000001, "0.000001");
	check_format(0.0000001, "1e-7");
	check_format(123456.789, "123456.789");
	check_format(DBL_MAX, "1.7976931348623157e+308");
	check_format(DBL_MIN, "2.2250738585072014e-308");
	check_format(0x1p-1074, "5e-324");
}

/* Every double must survive being written and read. */
static void
test_format_round_trip(void **state)
{
	(void)state;
	uint64_t seed = UINT64_C(0x9e3779b97f4a7c15);
	struct mig_buf out;
	mig_buf_init(&out, 64);
	for (int i = 0; i < 20000; i++) {
		uint64_t bits = test_random(&seed);
		double value = 0.0;
		if (i % 2 == 0)
			memcpy(&value, &bits, sizeof(value));
		else
			value = (double)(int64_t)(bits >> 20) / 1000.0;
		if (!isfinite(value))
			continue;
		mig_buf_reset(&out);
		mig_num_format(value, &out);
		assert_true(mig_buf_ok(&out));
		double back = 0.0;
		assert_int_equal(mig_num_double(out.data, &back), MIG_OK);
		assert_double_same(back, value);
	}
	mig_buf_fini(&out);
}

/* A decimal of at most 15 digits comes back as it was. */
static void
test_format_is_short(void **state)
{
	(void)state;
	uint64_t seed = 7;
	struct mig_buf out;
	mig_buf_init(&out, 64);
	for (int i = 0; i < 5000; i++) {
		unsigned whole = (unsigned)(test_random(&seed) % 100000000);
		unsigned tenth = (unsigned)(test_random(&seed) % 10);
		unsigned hundredth = (unsigned)(test_random(&seed) % 9) + 1;
		mig_buf_reset(&out);
		mig_buf_printf(&out, "%u.%u%u", whole, tenth, hundredth);
		double value = 0.0;
		assert_int_equal(mig_num_double(out.data, &value), MIG_OK);
		char *wanted = mig_buf_steal(&out);
		assert_non_null(wanted);
		mig_num_format(value, &out);
		assert_string_equal(out.data, wanted);
		free(wanted);
	}
	mig_buf_fini(&out);
}

/* Significant digits of a number's text. */
static int
count_digits(const char *text)
{
	int count = 0;
	int zeros = 0; /* that may be the last ones */
	for (; *text != '\0' && *text != 'e'; text++) {
		if (*text < '0' || *text > '9' || (count == 0 && *text == '0'))
			continue;
		zeros = *text == '0' ? zeros + 1 : 0;
		count++;
	}
	return count - zeros;
}

/* Reading is what the C library makes of it; writing takes the fewest digits that read back. */
static void
test_as_the_library(void **state)
{
	(void)state;
	uint64_t seed = 11;
	struct mig_buf out;
	mig_buf_init(&out, 64);
	for (int i = 0; i < 60000; i++) {
		char text[64];
		int digits = (int)(test_random(&seed) % 18) + 1;
		uint64_t number = test_random(&seed) % (uint64_t)pow(10, digits);
		(void)snprintf(text, sizeof(text), "%" PRIu64 "e%d", number,
		    (int)(test_random(&seed) % 60) - 40);
		double value = 0.0;
		assert_int_equal(mig_num_double(text, &value), MIG_OK);
		assert_double_same(value, strtod(text, NULL));
		mig_buf_reset(&out);
		mig_num_format(value, &out);
		assert_double_same(strtod(out.data, NULL), value);
		int fewest = 1;
		do
			(void)snprintf(text, sizeof(text), "%.*e", fewest - 1, value);
		while (!mig_num_same(strtod(text, NULL), value) && fewest++ < 17);
		if (count_digits(out.data) != count_digits(text))
			fail_msg("%s, but %s will do", out.data, text);
	}
	mig_buf_fini(&out);
}

static void
test_format_duration(void **state)
{
	(void)state;
	static const struct {
		int64_t ms;
		const char *text;
	} rows[] = {
		{ 0, "0s" },
		{ 1, "1ms" },
		{ 450, "450ms" },
		{ 12000, "12s" },
		{ 1500, "1s 500ms" },
		{ 270000, "4m 30s" },
		{ 270999, "4m 30s" },
		{ 60000, "1m" },
		{ 60500, "1m" },
		{ 85800000, "23h 50m" },
		{ 3605000, "1h" },
		{ 273600000, "3d 4h" },
		{ 259200000, "3d" },
		{ -90000, "-1m 30s" },
		{ INT64_MIN, "-106751991167d 7h" },
	};
	struct mig_buf out;
	mig_buf_init(&out, 64);
	for (size_t i = 0; i < TEST_COUNT(rows); i++) {
		mig_buf_reset(&out);
		mig_num_format_duration(rows[i].ms, &out);
		assert_string_equal(out.data, rows[i].text);
	}
	mig_buf_fini(&out);
}

static void
test_same(void **state)
{
	(void)state;
	assert_true(mig_num_same(0.0, -0.0));
	assert_true(mig_num_same((double)NAN, -(double)NAN));
	assert_true(mig_num_same(HUGE_VAL, HUGE_VAL));
	assert_false(mig_num_same(HUGE_VAL, -HUGE_VAL));
	assert_false(mig_num_same((double)NAN, 0.0));
	assert_false(mig_num_same(0.1 + 0.2, 0.3));
}

static void
test_nearest(void **state)
{
	(void)state;
	static const char *const names[] = {
		"type", "pattern", "source", "target", "constraints", "database", "id", NULL,
	};
	assert_string_equal(mig_num_nearest("tpye", names), "type");
	assert_string_equal(mig_num_nearest("patern", names), "pattern");
	assert_string_equal(mig_num_nearest("constrainst", names), "constraints");
	assert_string_equal(mig_num_nearest("DATABASE", names), "database");
	assert_string_equal(mig_num_nearest("ids", names), "id");
	assert_null(mig_num_nearest("colour", names));
	assert_null(mig_num_nearest("", names));
	assert_null(mig_num_nearest("x", names));
	char long_text[1000];
	memset(long_text, 'a', sizeof(long_text) - 1);
	long_text[sizeof(long_text) - 1] = '\0';
	assert_null(mig_num_nearest(long_text, names));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_int_accepts),
		cmocka_unit_test(test_int_refuses),
		cmocka_unit_test(test_double_accepts),
		cmocka_unit_test(test_double_refuses),
		cmocka_unit_test(test_sample),
		cmocka_unit_test(test_digits_are_limited),
		cmocka_unit_test(test_duration_accepts),
		cmocka_unit_test(test_duration_refuses),
		cmocka_unit_test(test_format),
		cmocka_unit_test(test_format_round_trip),
		cmocka_unit_test(test_format_is_short),
		cmocka_unit_test(test_as_the_library),
		cmocka_unit_test(test_format_duration),
		cmocka_unit_test(test_same),
		cmocka_unit_test(test_nearest),
	};
	return cmocka_run_group_tests(tests, NULL, NULL) != 0;
}
