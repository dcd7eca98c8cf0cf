/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/zone.h"
#include "support/test_support.h"

static mig_wall
wall(const char *text)
{
	mig_wall at = { 0 };
	assert_int_equal(mig_time_parse(text, &at), MIG_OK);
	return at;
}

static void
put_number(struct mig_buf *out, int64_t value, int bytes)
{
	for (int i = bytes - 1; i >= 0; i--)
		mig_buf_putc(out, (char)(uint8_t)((uint64_t)value >> (8 * i)));
}

static void
put_header(struct mig_buf *out, char version, int times, int types)
{
	mig_buf_puts(out, "TZif");
	mig_buf_putc(out, version);
	for (int i = 0; i < 15; i++)
		mig_buf_putc(out, '\0');
	const int counts[6] = { 0, 0, 0, times, types, 4 };
	for (size_t i = 0; i < 6; i++)
		put_number(out, counts[i], 4);
}

static void
put_type(struct mig_buf *out, int32_t offset)
{
	put_number(out, offset, 4);
	mig_buf_add(out, "\0\0", 2);
}

/* A "slim" file: an empty first block, one type, no transitions, all in the footer. */
static void
put_slim(struct mig_buf *out, const char *footer)
{
	put_header(out, '2', 0, 1);
	put_type(out, 0);
	mig_buf_add(out, "UTC", 4);
	put_header(out, '2', 0, 1);
	put_type(out, 0);
	mig_buf_add(out, "UTC", 4);
	mig_buf_printf(out, "\n%s\n", footer);
}

static int
parse_footer(const char *footer, const char *around, struct mig_zone *ret_zone)
{
	struct mig_buf file;
	mig_buf_init(&file, 10000);
	put_slim(&file, footer);
	/* Exactly as long as it is, so that reading too far is seen. */
	char *data = malloc(file.len);
	assert_non_null(data);
	memcpy(data, file.data, file.len);
	int error = mig_zone_parse(data, file.len, wall(around), ret_zone);
	free(data);
	mig_buf_fini(&file);
	return error;
}

static void
check_offset(const struct mig_zone *zone, const char *at, int32_t wanted)
{
	int32_t offset = mig_zone_offset(zone, wall(at));
	if (offset != wanted)
		fail_msg("%s: %d, not %d", at, offset, wanted);
}

static void
check_berlin(const struct mig_zone *zone)
{
	check_offset(zone, "2026-01-01T00:00:00Z", 3600);
	check_offset(zone, "2026-03-29T00:59:59.999Z", 3600);
	check_offset(zone, "2026-03-29T01:00:00Z", 7200);
	check_offset(zone, "2026-07-01T00:00:00Z", 7200);
	check_offset(zone, "2026-10-25T00:59:59.999Z", 7200);
	check_offset(zone, "2026-10-25T01:00:00Z", 3600);
	check_offset(zone, "2025-12-31T00:00:00Z", 3600);
	check_offset(zone, "2036-03-30T00:59:59Z", 3600);
	check_offset(zone, "2036-03-30T01:00:00Z", 7200);
	check_offset(zone, "2036-10-26T01:00:00Z", 3600);

	assert_int_equal(mig_zone_minute_of_day(zone, wall("2026-03-29T00:59:00Z")), 119);
	assert_int_equal(mig_zone_minute_of_day(zone, wall("2026-03-29T01:00:00Z")), 180);
	assert_int_equal(mig_zone_minute_of_day(zone, wall("2026-07-01T22:30:00Z")), 30);
	assert_int_equal(mig_zone_minute_of_day(zone, wall("2026-12-01T23:00:00Z")), 0);
	assert_int_equal(mig_zone_minute_of_day(zone, wall("2026-12-01T22:59:59.999Z")), 1439);
}

static void
test_berlin_file(void **state)
{
	(void)state;
	size_t len = 0;
	char *data = test_read_file("/usr/share/zoneinfo/Europe/Berlin", &len);
	struct mig_zone zone;
	assert_int_equal(mig_zone_parse(data, len, wall("2026-11-22T00:00:00Z"), &zone), MIG_OK);
	check_berlin(&zone);
	/* Behind the explicit transitions of the file, which end in 2037 at the latest. */
	assert_int_equal(mig_zone_parse(data, len, wall("2050-01-01T00:00:00Z"), &zone), MIG_OK);
	check_offset(&zone, "2050-03-27T00:59:59Z", 3600);
	check_offset(&zone, "2050-03-27T01:00:00Z", 7200);
	check_offset(&zone, "2059-10-26T01:00:00Z", 3600);

	/* No file that was cut off may pass, and none may be read beyond its end. */
	for (size_t cut = 0; cut < len; cut++) {
		char *part = malloc(cut > 0 ? cut : 1);
		assert_non_null(part);
		memcpy(part, data, cut);
		int error = mig_zone_parse(part, cut, wall("2026-11-22T00:00:00Z"), &zone);
		free(part);
		assert_int_equal(error, MIG_EDOC);
	}
	free(data);
}

static void
test_berlin_rule(void **state)
{
	(void)state;
	struct mig_zone zone;
	assert_int_equal(parse_footer("CET-1CEST,M3.5.0,M10.5.0/3", "2026-11-22T00:00:00Z", &zone),
	    MIG_OK);
	check_berlin(&zone);
	assert_int_equal(zone.count, MIG_ZONE_TRANSITIONS_MAX);
	/* From a year before on. */
	assert_true(zone.at[0].ms >= wall("2025-11-21T00:00:00Z").ms);
	check_offset(&zone, "2025-11-21T00:00:00Z", 3600);
}

static void
test_rules(void **state)
{
	(void)state;
	static const struct {
		const char *footer;
		const char *at;
		int32_t offset;
	} rows[] = {
		{ "UTC0", "2026-07-01T00:00:00Z", 0 },
		{ "<+0545>-5:45", "2026-07-01T00:00:00Z", 20700 },
		{ "<-0330>3:30:15", "2026-07-01T00:00:00Z", -12615 },
		{ "EST5EDT,M3.2.0,M11.1.0", "2026-03-08T06:59:59Z", -18000 },
		{ "EST5EDT,M3.2.0,M11.1.0", "2026-03-08T07:00:00Z", -14400 },
		{ "EST5EDT,M3.2.0,M11.1.0", "2026-11-01T05:59:59Z", -14400 },
		{ "EST5EDT,M3.2.0,M11.1.0", "2026-11-01T06:00:00Z", -18000 },
		/* South: summer time goes over the new year. */
		{ "AEST-10AEDT,M10.1.0,M4.1.0/3", "2026-01-15T00:00:00Z", 39600 },
		{ "AEST-10AEDT,M10.1.0,M4.1.0/3", "2026-04-04T16:00:00Z", 36000 },
		{ "AEST-10AEDT,M10.1.0,M4.1.0/3", "2026-10-03T15:59:59Z", 36000 },
		{ "AEST-10AEDT,M10.1.0,M4.1.0/3", "2026-10-03T16:00:00Z", 39600 },
		/* Half an hour of summer time, written out. */
		{ "<+1030>-10:30<+11>-11,M10.1.0,M4.1.0", "2026-12-01T00:00:00Z", 39600 },
		/* Negative summer time, as in Ireland. */
		{ "IST-1GMT0,M10.5.0,M3.5.0/1", "2026-07-01T00:00:00Z", 3600 },
		{ "IST-1GMT0,M10.5.0,M3.5.0/1", "2026-12-01T00:00:00Z", 0 },
		/* A negative time of day: the day before. */
		{ "<-02>2<-01>,M3.5.0/-1,M10.5.0/0", "2026-03-29T00:59:59Z", -7200 },
		{ "<-02>2<-01>,M3.5.0/-1,M10.5.0/0", "2026-03-29T01:00:00Z", -3600 },
		/* Days of the year, with and without February 29. */
		{ "AAA0BBB,J60/0,J300/0", "2028-03-01T00:00:00Z", 3600 },
		{ "AAA0BBB,J60/0,J300/0", "2028-02-29T23:59:59Z", 0 },
		{ "AAA0BBB,59/0,300/0", "2028-02-29T00:00:00Z", 3600 },
		{ "AAA0BBB,59/0,300/0", "2027-03-01T00:00:00Z", 3600 },
		{ "AAA0BBB,59/0,300/0", "2027-02-28T23:59:59Z", 0 },
		/* Summer time all year long. */
		{ "XXX3EDT4,0/0,J365/23", "2026-12-31T23:30:00Z", -14400 },
		{ "XXX3EDT4,0/0,J365/23", "2027-01-01T03:30:00Z", -14400 },
		{ "XXX3EDT4,0/0,J365/23", "2027-07-01T00:00:00Z", -14400 },
	};
	for (size_t i = 0; i < TEST_COUNT(rows); i++) {
		struct mig_zone zone;
		assert_int_equal(parse_footer(rows[i].footer, "2026-11-22T00:00:00Z", &zone),
		    MIG_OK);
		check_offset(&zone, rows[i].at, rows[i].offset);
	}
}

static void
test_bad_rules(void **state)
{
	(void)state;
	static const char *const rows[] = {
		"CE-1", "CET", "CET-1CEST", "CET-1CEST,M3.5.0", "CET-1CEST,M3.5.0,M10.5.0/3x",
		"CET-25", "CET-1:60", "CET-1CEST,M13.5.0,M10.5.0", "CET-1CEST,M0.5.0,M10.5.0",
		"CET-1CEST,M3.6.0,M10.5.0", "CET-1CEST,M3.0.0,M10.5.0", "CET-1CEST,M3.5.7,M10.5.0",
		"CET-1CEST,J0,J300", "CET-1CEST,J366,J300", "CET-1CEST,366,300",
		"CET-1CEST,M3.5.0/168,M10.5.0", "<CET-1", "CET-99999999999999999999", "CET-", "-1",
		"CET-1CEST,M3.5,M10.5.0", "CET-1,M3.5.0,M10.5.0",
	};
	for (size_t i = 0; i < TEST_COUNT(rows); i++) {
		struct mig_zone zone = { .count = 7 };
		if (parse_footer(rows[i], "2026-11-22T00:00:00Z", &zone) != MIG_EDOC)
			fail_msg("\"%s\" was not refused", rows[i]);
		assert_int_equal(zone.count, 7);
	}
}

/* A file of version 1 has no footer: its last transition holds for ever. */
static void
test_version_1(void **state)
{
	(void)state;
	struct mig_buf file;
	mig_buf_init(&file, 10000);
	put_header(&file, '\0', 3, 2);
	put_number(&file, wall("2000-01-01T00:00:00Z").ms / 1000, 4);
	put_number(&file, wall("2026-03-01T00:00:00Z").ms / 1000, 4);
	put_number(&file, wall("2026-06-01T00:00:00Z").ms / 1000, 4);
	mig_buf_add(&file, "\1\0\1", 3);
	put_type(&file, -3600);
	put_type(&file, 5400);
	mig_buf_add(&file, "AAA", 4);
	struct mig_zone zone;
	assert_int_equal(mig_zone_parse(file.data, file.len, wall("2026-11-22T00:00:00Z"), &zone),
	    MIG_OK);
	assert_int_equal(zone.count, 2);
	check_offset(&zone, "2026-02-28T23:59:59Z", 5400);
	check_offset(&zone, "2026-03-01T00:00:00Z", -3600);
	check_offset(&zone, "2026-06-01T00:00:00Z", 5400);
	check_offset(&zone, "2090-01-01T00:00:00Z", 5400);
	assert_int_equal(mig_zone_minute_of_day(&zone, wall("2026-04-01T00:30:00Z")), 1410);

	/* Before the first transition the first type holds. */
	assert_int_equal(mig_zone_parse(file.data, file.len, wall("1990-01-01T00:00:00Z"), &zone),
	    MIG_OK);
	check_offset(&zone, "1995-01-01T00:00:00Z", -3600);

	/* A transition to a type that is not there; times that do not rise. */
	file.data[44 + 12] = 2;
	assert_int_equal(mig_zone_parse(file.data, file.len, wall("2026-11-22T00:00:00Z"), &zone),
	    MIG_EDOC);
	file.data[44 + 12] = 1;
	memcpy(file.data + 44, file.data + 52, 4);
	assert_int_equal(mig_zone_parse(file.data, file.len, wall("2026-11-22T00:00:00Z"), &zone),
	    MIG_EDOC);
	mig_buf_fini(&file);
}

static void
test_no_zone_file(void **state)
{
	(void)state;
	struct mig_zone zone;
	mig_wall around = wall("2026-11-22T00:00:00Z");
	char zeros[200] = "";
	assert_int_equal(mig_zone_parse("", 0, around, &zone), MIG_EDOC);
	assert_int_equal(mig_zone_parse(zeros, sizeof(zeros), around, &zone), MIG_EDOC);
	memcpy(zeros, "TZif2", 5);
	assert_int_equal(mig_zone_parse(zeros, sizeof(zeros), around, &zone), MIG_EDOC);
	/* Counts that promise more than there is. */
	memset(zeros + 20, 0xff, 24);
	assert_int_equal(mig_zone_parse(zeros, sizeof(zeros), around, &zone), MIG_EDOC);
}

/* Times at the ends of the range do no harm. */
static void
test_extremes(void **state)
{
	(void)state;
	struct mig_buf file;
	struct mig_zone zone;
	mig_buf_init(&file, 10000);
	put_slim(&file, "CET-1CEST,M3.5.0,M10.5.0/3");
	static const int64_t times[] = { INT64_MIN, -1, 0, 1, INT64_MAX };
	for (size_t i = 0; i < TEST_COUNT(times); i++) {
		mig_wall at = { times[i] };
		assert_int_equal(mig_zone_parse(file.data, file.len, at, &zone), MIG_OK);
		int32_t offset = mig_zone_offset(&zone, at);
		assert_true(offset == 3600 || offset == 7200);
		assert_in_range(mig_zone_minute_of_day(&zone, at), 0, 1439);
	}
	mig_buf_fini(&file);
}

static void
test_utc(void **state)
{
	(void)state;
	struct mig_zone zone;
	mig_zone_utc(&zone);
	check_offset(&zone, "2026-07-01T00:00:00Z", 0);
	assert_int_equal(mig_zone_minute_of_day(&zone, wall("2026-07-01T23:59:59Z")), 1439);
	assert_int_equal(mig_zone_minute_of_day(&zone, wall("1969-07-01T12:34:00Z")), 754);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_berlin_file),
		cmocka_unit_test(test_berlin_rule),
		cmocka_unit_test(test_rules),
		cmocka_unit_test(test_bad_rules),
		cmocka_unit_test(test_version_1),
		cmocka_unit_test(test_no_zone_file),
		cmocka_unit_test(test_extremes),
		cmocka_unit_test(test_utc),
	};
	return cmocka_run_group_tests(tests, NULL, NULL) != 0;
}
