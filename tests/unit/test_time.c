/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include "base/time.h"
#include "support/test_support.h"

static void
check_format(int64_t ms, const char *wanted)
{
	char text[MIG_TIME_TEXT];
	assert_string_equal(mig_time_format((mig_wall){ ms }, text), wanted);
}

static void
test_format(void **state)
{
	(void)state;
	check_format(0, "1970-01-01T00:00:00Z");
	check_format(INT64_C(1795313400123), "2026-11-22T02:10:00.123Z");
	check_format(INT64_C(1795313400000), "2026-11-22T02:10:00Z");
	check_format(INT64_C(1795313400007), "2026-11-22T02:10:00.007Z");
	check_format(INT64_C(951782400000), "2000-02-29T00:00:00Z");
	check_format(-1, "1969-12-31T23:59:59.999Z");
	check_format(INT64_C(253402300799999), "9999-12-31T23:59:59.999Z");
	check_format(INT64_MAX, "9999-12-31T23:59:59.999Z");
	check_format(INT64_MIN, "0001-01-01T00:00:00Z");
}

static void
test_parse_accepts(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		int64_t ms;
	} rows[] = {
		{ "1970-01-01T00:00:00Z", 0 },
		{ "2026-11-22T02:10:00.123Z", INT64_C(1795313400123) },
		{ "2026-11-22t02:10:00z", INT64_C(1795313400000) },
		{ "2026-11-22 02:10:00Z", INT64_C(1795313400000) },
		{ "2026-11-22T02:10:00", INT64_C(1795313400000) },
		{ "2026-11-22T02:10:00.5", INT64_C(1795313400500) },
		{ "2026-11-22T02:10:00.123456", INT64_C(1795313400123) },
		{ "2026-11-22T02:10:00.999999999Z", INT64_C(1795313400999) },
		{ "2026-11-22T03:10:00+01:00", INT64_C(1795313400000) },
		{ "2026-11-21T18:10:00-08:00", INT64_C(1795313400000) },
		{ "2026-11-22T02:10:00-00:00", INT64_C(1795313400000) },
		{ "2026-11-22T07:55:00+05:45", INT64_C(1795313400000) },
		{ "2024-02-29T00:00:00Z", INT64_C(1709164800000) },
		{ "1990-12-31T23:59:60Z", INT64_C(662688000000) },
		{ "1990-12-31T15:59:60-08:00", INT64_C(662688000000) },
		{ "0001-01-01T00:00:00Z", INT64_C(-62135596800000) },
		{ "9999-12-31T23:59:59.999Z", INT64_C(253402300799999) },
		{ "1937-01-01T12:00:27.87+00:20", INT64_C(-1041337172130) },
	};
	for (size_t i = 0; i < TEST_COUNT(rows); i++) {
		mig_wall at = { 99 };
		assert_int_equal(mig_time_parse(rows[i].text, &at), MIG_OK);
		assert_true(at.ms == rows[i].ms);
	}
}

static void
test_parse_refuses(void **state)
{
	(void)state;
	static const char *const rows[] = {
		"", "now", "2026-11-22", "2026-11-22T", "2026-11-22T02:10Z",
		"2026-11-22T02:10:00.Z",
		"2026-11-22T02:10:00.1234567890Z", "2026-11-22T02:10:00,5Z", "2026-11-22T24:00:00Z",
		"2026-11-22T23:60:00Z", "2026-11-22T02:10:60Z", "2026-11-22T23:59:61Z",
		"2026-13-01T00:00:00Z", "2026-00-01T00:00:00Z", "2026-01-00T00:00:00Z",
		"2026-01-32T00:00:00Z", "2026-02-29T00:00:00Z", "1900-02-29T00:00:00Z",
		"2026-04-31T00:00:00Z", "0000-01-01T00:00:00Z", "10000-01-01T00:00:00Z",
		"26-11-22T02:10:00Z", "2026-1-22T02:10:00Z", "2026-11-22T2:10:00Z",
		"2026-11-22T02:10:00+1:00", "2026-11-22T02:10:00+0100", "2026-11-22T02:10:00+24:00",
		"2026-11-22T02:10:00+01:60", "2026-11-22T02:10:00+01", "2026-11-22T02:10:00Zx",
		"2026-11-22T02:10:00ZZ", " 2026-11-22T02:10:00Z", "2026-11-22T02:10:00Z ",
		"2026-11-22_02:10:00Z", "0001-01-01T00:00:00+01:00", "9999-12-31T23:59:59-01:00",
		"2026/11/22T02:10:00Z", "1795313400",
	};
	for (size_t i = 0; i < TEST_COUNT(rows); i++) {
		mig_wall at = { 99 };
		if (mig_time_parse(rows[i], &at) != MIG_EDOC || at.ms != 99)
			fail_msg("\"%s\" was not refused", rows[i]);
	}
}

static void
test_round_trip(void **state)
{
	(void)state;
	uint64_t seed = 20261122;
	for (int i = 0; i < 5000; i++) {
		/* From the year 1 to 9999. */
		int64_t ms = (int64_t)(test_random(&seed) % UINT64_C(315537897600000)) -
		    INT64_C(62135596800000);
		char text[MIG_TIME_TEXT];
		mig_wall at = { 0 };
		assert_int_equal(mig_time_parse(mig_time_format((mig_wall){ ms }, text), &at),
		    MIG_OK);
		assert_true(at.ms == ms);
	}
}

static void
test_civil(void **state)
{
	(void)state;
	static const int lengths[12] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	assert_true(mig_time_days_from_civil(1970, 1, 1) == 0);
	assert_true(mig_time_days_from_civil(2000, 3, 1) == 11017);
	assert_true(mig_time_days_from_civil(1, 1, 1) == -719162);
	assert_true(mig_time_days_from_civil(9999, 12, 31) == 2932896);

	/* Count the days of a few centuries one by one. */
	int64_t days = mig_time_days_from_civil(1890, 1, 1);
	for (int year = 1890; year < 2110; year++) {
		bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
		for (int month = 1; month <= 12; month++) {
			int length = lengths[month - 1] + (month == 2 && leap ? 1 : 0);
			for (int day = 1; day <= length; day++, days++) {
				int y = 0;
				int m = 0;
				int d = 0;
				assert_true(mig_time_days_from_civil(year, month, day) == days);
				mig_time_civil_from_days(days, &y, &m, &d);
				assert_int_equal(y, year);
				assert_int_equal(m, month);
				assert_int_equal(d, day);
			}
		}
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_format),
		cmocka_unit_test(test_parse_accepts),
		cmocka_unit_test(test_parse_refuses),
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_civil),
	};
	return cmocka_run_group_tests(tests, NULL, NULL) != 0;
}
