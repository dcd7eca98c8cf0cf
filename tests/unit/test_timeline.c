/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/limits.h"
#include "engine/plan.h"
#include "engine/timeline.h"
#include "support/skeleton.h"
#include "support/test_support.h"

#define HIGH "\"risk_level\":\"high\""
#define LOW "\"risk_level\":\"low\""
#define PHASE(name, hours, more) "{\"name\":\"" name "\",\"duration_hours\":" #hours "," more "}"
#define WINDOW(start, end, zone) \
	"{\"start\":\"" start "\",\"end\":\"" end "\",\"timezone\":\"" zone "\"}"
#define PREFERRED(start, end, zone) \
	"\"business_continuity\":{\"preferred_migration_window\":" WINDOW(start, end, zone) "}"
#define CRITICAL(start, end, zone) \
	"\"business_continuity\":{\"critical_business_hours\":" WINDOW(start, end, zone) "}"
#define BOTH(critical, preferred)                                   \
	"\"business_continuity\":{\"critical_business_hours\":" critical \
	",\"preferred_migration_window\":" preferred "}"
#define STEP(share, hours) "{\"percentage\":" #share ",\"duration_hours\":" #hours "}"
#define FLAG(name, steps) "{\"name\":\"" name "\",\"rollout_schedule\":[" steps "]}"

static mig_wall
at(const char *text)
{
	mig_wall wall = { 0 };
	assert_int_equal(mig_time_parse(text, &wall), MIG_OK);
	return wall;
}

/* Berlin and Paris in 2026, Tokyo, UTC: no test reads the system's zone files. */
static int
find_zone(void *context, const char *name, struct mig_zone *ret_zone)
{
	(void)context;
	mig_zone_utc(ret_zone);
	if (strcmp(name, "UTC") == 0)
		return 0;
	if (strcmp(name, "Asia/Tokyo") == 0) {
		ret_zone->offset_s[0] = 9 * 3600;
		return 0;
	}
	if (strcmp(name, "Europe/Berlin") != 0 && strcmp(name, "Europe/Paris") != 0)
		return MIG_ENOTFOUND;
	ret_zone->count = 2;
	ret_zone->at[0] = at("2026-03-29T01:00:00Z");
	ret_zone->at[1] = at("2026-10-25T01:00:00Z");
	ret_zone->offset_s[0] = 3600;
	ret_zone->offset_s[1] = 7200;
	ret_zone->offset_s[2] = 3600;
	return 0;
}

/* The timeline of a plan; NULL with findings. */
static struct mig_json_doc *
try_timeline(const struct mig_json *plan, const char *start, struct mig_findings *findings)
{
	struct mig_timeline_start begin = { at(start), find_zone, NULL };
	struct mig_json_doc *doc = NULL;
	struct mig_buf out;
	mig_buf_init(&out, MIG_DOC_BYTES_MAX);
	int error = mig_timeline_add(plan, &begin, &out, findings);
	assert_true(error == MIG_OK || (error == MIG_EDOC && findings->errors > 0));
	if (error == MIG_OK)
		doc = test_json(out.data);
	mig_buf_fini(&out);
	return doc;
}

/* One line for each phase and step: what, when, and what it waited for. */
static void
describe(const struct mig_json *timeline, struct mig_buf *out)
{
	const struct mig_json *phase = mig_json_first(mig_json_get(timeline, "phases"));
	for (; phase != NULL; phase = mig_json_next(phase)) {
		mig_buf_printf(out, "%s %s %s %s\n", test_member(phase, "phase"),
		    test_member(phase, "start"), test_member(phase, "end"),
		    test_member(phase, "waits_for"));
		const struct mig_json *step = mig_json_first(mig_json_get(phase, "steps"));
		for (; step != NULL; step = mig_json_next(step))
			mig_buf_printf(out, "- %s %g %s %s\n", test_member(step, "flag"),
			    mig_json_number(mig_json_get(step, "percentage")),
			    test_member(step, "at"), test_member(step, "waits_for"));
	}
}

struct row {
	const char *phases;
	const char *spec;
	const char *start;
	const char *wanted;
};

static void
check_rows(const struct row *rows, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct mig_findings findings = { 0 };
		struct mig_buf text;
		mig_buf_init(&text, 65536);
		mig_buf_printf(&text, "{\"phases\":[%s],\"spec\":{%s}}", rows[i].phases,
		    rows[i].spec);
		struct mig_json_doc *plan = test_json(text.data);
		struct mig_json_doc *made =
		    try_timeline(mig_json_root(plan), rows[i].start, &findings);
		mig_buf_reset(&text);
		if (made != NULL) {
			describe(mig_json_get(mig_json_root(made), "timeline"), &text);
			assert_string_equal(text.data, rows[i].wanted);
		} else {
			char *faults = test_findings(&findings);
			assert_string_equal(faults, rows[i].wanted);
			free(faults);
		}
		mig_json_free(made);
		mig_json_free(plan);
		mig_buf_fini(&text);
		mig_findings_fini(&findings);
	}
}

static void
test_windows(void **state)
{
	static const struct row rows[] = {
		{ PHASE("a", 10, HIGH) "," PHASE("b", 5, HIGH), "", "2026-12-01T12:00:00Z",
		    "a 2026-12-01T12:00:00Z 2026-12-01T22:00:00Z \n"
		    "b 2026-12-01T22:00:00Z 2026-12-02T03:00:00Z \n" },
		/* Only what is risky waits. */
		{ PHASE("a", 10, LOW) "," PHASE("b", 5, HIGH) "," PHASE("c", 1, LOW),
		    PREFERRED("02:00", "04:00", "UTC"), "2026-12-01T12:00:00Z",
		    "a 2026-12-01T12:00:00Z 2026-12-01T22:00:00Z \n"
		    "b 2026-12-02T02:00:00Z 2026-12-02T07:00:00Z preferred_migration_window\n"
		    "c 2026-12-02T07:00:00Z 2026-12-02T08:00:00Z \n" },
		/* The start is in the window, the end is not. */
		{ PHASE("a", 1, HIGH), PREFERRED("02:00", "04:00", "UTC"), "2026-12-01T02:00:00Z",
		    "a 2026-12-01T02:00:00Z 2026-12-01T03:00:00Z \n" },
		{ PHASE("a", 1, HIGH), PREFERRED("02:00", "04:00", "UTC"), "2026-12-01T04:00:00Z",
		    "a 2026-12-02T02:00:00Z 2026-12-02T03:00:00Z preferred_migration_window\n" },
		{ PHASE("a", 1, HIGH), CRITICAL("08:00", "18:00", "UTC"), "2026-12-01T08:00:00Z",
		    "a 2026-12-01T18:00:00Z 2026-12-01T19:00:00Z critical_business_hours\n" },
		{ PHASE("a", 1, HIGH), CRITICAL("08:00", "18:00", "UTC"), "2026-12-01T18:00:00Z",
		    "a 2026-12-01T18:00:00Z 2026-12-01T19:00:00Z \n" },
		/* Of two windows the one that opened last is named. */
		{ PHASE("a", 1, "\"risk_level\":\"critical\""),
		    BOTH(WINDOW("08:00", "18:00", "UTC"), WINDOW("17:00", "20:00", "UTC")),
		    "2026-12-01T12:00:00Z",
		    "a 2026-12-01T18:00:00Z 2026-12-01T19:00:00Z critical_business_hours\n" },
		{ PHASE("a", 1, HIGH),
		    BOTH(WINDOW("08:00", "18:00", "UTC"), WINDOW("23:00", "02:00", "UTC")),
		    "2026-12-01T12:00:00Z",
		    "a 2026-12-01T23:00:00Z 2026-12-02T00:00:00Z preferred_migration_window\n" },
		/* Past midnight. */
		{ PHASE("a", 1, HIGH), PREFERRED("22:30", "04:30", "Europe/Berlin"),
		    "2026-12-01T03:00:00Z",
		    "a 2026-12-01T03:00:00Z 2026-12-01T04:00:00Z \n" },
		{ PHASE("a", 1, HIGH), PREFERRED("22:30", "04:30", "Europe/Berlin"),
		    "2026-12-01T03:30:00Z",
		    "a 2026-12-01T21:30:00Z 2026-12-01T22:30:00Z preferred_migration_window\n" },
		/* Equal ends are the whole day. */
		{ PHASE("a", 1, HIGH), PREFERRED("06:00", "06:00", "UTC"), "2026-12-01T12:00:00Z",
		    "a 2026-12-01T12:00:00Z 2026-12-01T13:00:00Z \n" },
	};
	(void)state;
	check_rows(rows, TEST_COUNT(rows));
}

/* The nights in which the clocks of Berlin jump. */
static void
test_clock_jumps(void **state)
{
	static const struct row rows[] = {
		/* There is no 02:30: the window opens when the clocks show 03:00. */
		{ PHASE("a", 1, HIGH), PREFERRED("02:30", "03:30", "Europe/Berlin"),
		    "2026-03-29T00:30:00Z",
		    "a 2026-03-29T01:00:00Z 2026-03-29T02:00:00Z preferred_migration_window\n" },
		/* 02:30 to 03:00 comes twice, once before and once after the jump. */
		{ PHASE("a", 0, HIGH) "," PHASE("b", 1, HIGH),
		    CRITICAL("02:30", "03:00", "Europe/Berlin"), "2026-10-25T00:30:00Z",
		    "a 2026-10-25T01:00:00Z 2026-10-25T01:00:00Z critical_business_hours\n"
		    "b 2026-10-25T01:00:00Z 2026-10-25T02:00:00Z \n" },
		{ PHASE("a", 1, HIGH), CRITICAL("02:30", "03:00", "Europe/Berlin"),
		    "2026-10-25T01:40:00Z",
		    "a 2026-10-25T02:00:00Z 2026-10-25T03:00:00Z critical_business_hours\n" },
		/* A day later the local time is another one. */
		{ PHASE("a", 1, LOW ",\"flags\":[\"f\"]"),
		    PREFERRED("02:00", "04:00", "Europe/Berlin") ",\"feature_flags\":["
		    FLAG("f", STEP(5, 24) "," STEP(25, 24) "," STEP(100, 0)) "]",
		    "2026-10-24T00:00:00Z",
		    "a 2026-10-24T00:00:00Z 2026-10-26T01:00:00Z \n"
		    "- f 5 2026-10-24T00:00:00Z \n"
		    "- f 25 2026-10-25T00:00:00Z \n"
		    "- f 100 2026-10-26T01:00:00Z preferred_migration_window\n" },
		{ PHASE("a", 1, LOW ",\"flags\":[\"f\"]"),
		    PREFERRED("03:00", "03:30", "Europe/Berlin") ",\"feature_flags\":["
		    FLAG("f", STEP(5, 24) "," STEP(25, 24) "," STEP(100, 0)) "]",
		    "2026-03-28T02:00:00Z",
		    "a 2026-03-28T02:00:00Z 2026-03-31T01:00:00Z \n"
		    "- f 5 2026-03-28T02:00:00Z \n"
		    "- f 25 2026-03-30T01:00:00Z preferred_migration_window\n"
		    "- f 100 2026-03-31T01:00:00Z \n" },
	};
	(void)state;
	check_rows(rows, TEST_COUNT(rows));
}

static void
test_flags(void **state)
{
#define FLAGS                                                                             \
	"\"feature_flags\":[" FLAG("f", STEP(5, 24) "," STEP(50, 1.5) "," STEP(100, 0)) "," \
	    FLAG("g", STEP(10, 12) "," STEP(100, 6)) ",{\"name\":\"h\"}]"
	static const struct row rows[] = {
		/* Longer than the phase; one after the other. */
		{ PHASE("a", 10, LOW ",\"flags\":[\"f\",\"g\",\"h\"]") "," PHASE("b", 1, LOW),
		    FLAGS, "2026-12-01T00:00:00Z",
		    "a 2026-12-01T00:00:00Z 2026-12-02T19:30:00Z \n"
		    "- f 5 2026-12-01T00:00:00Z \n"
		    "- f 50 2026-12-02T00:00:00Z \n"
		    "- f 100 2026-12-02T01:30:00Z \n"
		    "- g 10 2026-12-02T01:30:00Z \n"
		    "- g 100 2026-12-02T13:30:00Z \n"
		    "b 2026-12-02T19:30:00Z 2026-12-02T20:30:00Z \n" },
		/* Side by side: no flag is two steps ahead. */
		{ PHASE("a", 10, LOW ",\"parallel\":true,\"flags\":[\"g\",\"f\"]"), FLAGS,
		    "2026-12-01T00:00:00Z",
		    "a 2026-12-01T00:00:00Z 2026-12-02T01:30:00Z \n"
		    "- g 10 2026-12-01T00:00:00Z \n"
		    "- f 5 2026-12-01T00:00:00Z \n"
		    "- g 100 2026-12-01T12:00:00Z \n"
		    "- f 50 2026-12-02T00:00:00Z \n"
		    "- f 100 2026-12-02T01:30:00Z \n" },
		/* Shorter than the phase; each step waits for the window, the phase does not. */
		{ PHASE("a", 100, LOW ",\"flags\":[\"g\"]"),
		    CRITICAL("08:00", "18:00", "UTC") "," FLAGS, "2026-12-01T09:00:00Z",
		    "a 2026-12-01T09:00:00Z 2026-12-05T13:00:00Z \n"
		    "- g 10 2026-12-01T18:00:00Z critical_business_hours\n"
		    "- g 100 2026-12-02T06:00:00Z \n" },
		/* Gates that open after some hours. */
		{ PHASE("a", 1, LOW ",\"flags\":[\"g\"],\"gates\":["
		    "{\"name\":\"x\",\"kind\":\"duration\",\"at\":\"entry\",\"hours\":2},"
		    "{\"name\":\"y\",\"kind\":\"duration\",\"at\":\"leave\",\"hours\":36},"
		    "{\"name\":\"z\",\"kind\":\"approval\",\"at\":\"leave\"}]"),
		    FLAGS, "2026-12-01T00:00:00Z",
		    "a 2026-12-01T02:00:00Z 2026-12-02T20:00:00Z \n"
		    "- g 10 2026-12-01T02:00:00Z \n"
		    "- g 100 2026-12-02T14:00:00Z \n" },
		{ PHASE("a", 1, LOW ",\"gates\":["
		    "{\"name\":\"y\",\"kind\":\"duration\",\"at\":\"leave\",\"hours\":36}]"),
		    FLAGS, "2026-12-01T00:00:00Z",
		    "a 2026-12-01T00:00:00Z 2026-12-02T12:00:00Z \n" },
		/* No such flag, a flag without a schedule, more hours than any phase has. */
		{ PHASE("a", 1, LOW ",\"flags\":[\"q\",\"h\"]") "," PHASE("b", 9e99, LOW), FLAGS,
		    "2026-12-01T00:00:00Z",
		    "a 2026-12-01T00:00:00Z 2026-12-01T01:00:00Z \n"
		    "b 2026-12-01T01:00:00Z 2036-11-28T01:00:00Z \n" },
	};
	(void)state;
	check_rows(rows, TEST_COUNT(rows));
#undef FLAGS
}

static void
test_never(void **state)
{
	static const struct row rows[] = {
		{ PHASE("a", 1, HIGH), CRITICAL("06:00", "06:00", "UTC"), "2026-12-01T12:00:00Z",
		    "/business_continuity: the two windows never let a flag go up (leave some of "
		    "the preferred window outside the critical hours)\n" },
		/* In two zones only the dates show it; said once. */
		{ PHASE("a", 12, LOW) "," PHASE("b", 1, HIGH) "," PHASE("c", 1, HIGH),
		    BOTH(WINDOW("00:00", "12:00", "Asia/Tokyo"),
		        WINDOW("02:00", "03:00", "Europe/Berlin")),
		    "2026-12-01T12:00:00Z",
		    "/business_continuity: \"b\" is due at 2026-12-02T00:00:00Z and would wait for "
		    "ever: the windows never open (leave some of the preferred window outside the "
		    "critical hours)\n" },
		{ PHASE("a", 1, LOW ",\"flags\":[\"f\"]"),
		    BOTH(WINDOW("00:00", "12:00", "Asia/Tokyo"),
		        WINDOW("02:00", "03:00", "Europe/Berlin")) ",\"feature_flags\":["
		    FLAG("f", STEP(5, 24) "," STEP(25, 24)) "," FLAG("g", STEP(5, 24)) "]",
		    "2026-12-01T12:00:00Z",
		    "/business_continuity: \"f\" is due at 2026-12-01T12:00:00Z and would wait for "
		    "ever: the windows never open (leave some of the preferred window outside the "
		    "critical hours)\n" },
		{ PHASE("a", 1, LOW), PREFERRED("01:00", "02:00", "Mars/Base"),
		    "2026-12-01T12:00:00Z",
		    "/business_continuity/preferred_migration_window/timezone: the time zone "
		    "\"Mars/Base\" is not known here (use a name of the IANA data base such as "
		    "\"Europe/Paris\" or \"UTC\")\n" },
	};
	(void)state;
	check_rows(rows, TEST_COUNT(rows));
}

/* The window of a test, by minutes of the day in Berlin. */
static bool
is_open(int opens, int closes, mig_wall when)
{
	struct mig_zone berlin;
	assert_int_equal(find_zone(NULL, "Europe/Berlin", &berlin), 0);
	int minute = mig_zone_minute_of_day(&berlin, when);
	return opens < closes ? minute >= opens && minute < closes
	                      : minute >= opens || minute < closes;
}

/* With any window: nothing goes back in time, nothing risky begins while it is closed. */
static void
check_window(int opens, int closes, const char *parallel, int hours)
{
	struct mig_findings findings = { 0 };
	struct mig_buf text;
	mig_buf_init(&text, 65536);
	mig_buf_printf(&text,
	    "{\"phases\":[" PHASE("a", 30, LOW) "," PHASE("b", 7, HIGH)
	    ",{\"name\":\"c\",\"duration_hours\":%d," LOW ",\"parallel\":%s,"
	    "\"flags\":[\"f\",\"g\"]}],\"spec\":{"
	    PREFERRED("%02d:%02d", "%02d:%02d", "Europe/Berlin") ",\"feature_flags\":["
	    FLAG("f", STEP(5, 13) "," STEP(25, 9) "," STEP(100, 0)) ","
	    FLAG("g", STEP(5, 5) "," STEP(25, 3)) "]}}",
	    hours, parallel, opens / 60, opens % 60, closes / 60, closes % 60);
	struct mig_json_doc *plan = test_json(text.data);
	struct mig_json_doc *made =
	    try_timeline(mig_json_root(plan), "2026-10-23T07:00:00Z", &findings);
	const struct mig_json *phase = mig_json_first(mig_json_get(
	    mig_json_get(mig_json_root(made), "timeline"), "phases"));
	mig_wall before = { 0 };
	for (size_t i = 0; phase != NULL; phase = mig_json_next(phase), i++) {
		const struct mig_json *step = mig_json_first(mig_json_get(phase, "steps"));
		mig_wall start = at(test_member(phase, "start"));
		assert_true(start.ms >= before.ms);
		assert_true(i != 1 || is_open(opens, closes, start));
		for (before = start; step != NULL; step = mig_json_next(step)) {
			mig_wall moved = at(test_member(step, "at"));
			assert_true(is_open(opens, closes, moved));
			assert_true(moved.ms >= before.ms);
			before = moved;
		}
		assert_true(at(test_member(phase, "end")).ms >= before.ms);
		before = at(test_member(phase, "end"));
	}
	assert_int_not_equal(before.ms, 0);
	mig_json_free(made);
	mig_json_free(plan);
	mig_buf_fini(&text);
	mig_findings_fini(&findings);
}

static void
test_random_windows(void **state)
{
	uint64_t seed = 20261025;
	(void)state;
	for (int round = 0; round < 200; round++)
		check_window((int)(test_random(&seed) % 1440), (int)(test_random(&seed) % 1440),
		    round % 2 == 0 ? "true" : "false", (int)(test_random(&seed) % 99));
}

static const char *
runbook_id(const struct mig_json *plan, char id[32])
{
	struct mig_json_doc *runbook = test_runbook(plan, NULL);
	snprintf(id, 32, "%s", test_member(mig_json_root(runbook), "runbook_id"));
	mig_json_free(runbook);
	return id;
}

/* Of a real plan nothing else changes, and its runbook keeps its name whenever it starts. */
static void
test_plans(void **state)
{
	(void)state;
	for (size_t i = 0; test_samples_all[i] != NULL; i++) {
		struct mig_findings findings = { 0 };
		char ids[3][32];
		struct mig_json_doc *spec = test_sample_read(test_samples_all[i]);
		struct mig_json_doc *plan = test_plan(mig_json_root(spec));
		struct mig_json_doc *early =
		    try_timeline(mig_json_root(plan), "2026-12-01T00:00:00Z", &findings);
		struct mig_json_doc *late =
		    try_timeline(mig_json_root(early), "2027-05-01T00:00:00Z", &findings);
		assert_int_equal(mig_plan_check(mig_json_root(early), NULL, &findings), MIG_OK);
		assert_int_equal(findings.errors, 0);
		assert_int_equal(mig_json_count(mig_json_root(plan)) + 1,
		    mig_json_count(mig_json_root(late)));
		assert_string_equal(test_member(mig_json_get(mig_json_root(late), "timeline"),
		    "start"), "2027-05-01T00:00:00Z");
		runbook_id(mig_json_root(plan), ids[0]);
		assert_string_equal(runbook_id(mig_json_root(early), ids[1]), ids[0]);
		assert_string_equal(runbook_id(mig_json_root(late), ids[2]), ids[0]);
		mig_json_free(late);
		mig_json_free(early);
		mig_json_free(plan);
		mig_json_free(spec);
		mig_findings_fini(&findings);
	}
}

/* The plan whose pages are in tests/data/render has the timeline that we make for it. */
static void
test_rendered(void **state)
{
	(void)state;
	char *text = test_read_source("tests/data/render/plan.json", NULL);
	struct mig_findings findings = { 0 };
	struct mig_json_doc *plan = test_json(text);
	struct mig_json_doc *made =
	    try_timeline(mig_json_root(plan), "2026-12-01T09:00:00Z", &findings);
	struct mig_buf lines[2];
	mig_buf_init(&lines[0], 65536);
	mig_buf_init(&lines[1], 65536);
	describe(mig_json_get(mig_json_root(plan), "timeline"), &lines[0]);
	describe(mig_json_get(mig_json_root(made), "timeline"), &lines[1]);
	assert_string_equal(lines[0].data, lines[1].data);
	mig_buf_fini(&lines[1]);
	mig_buf_fini(&lines[0]);
	mig_json_free(made);
	mig_json_free(plan);
	mig_findings_fini(&findings);
	free(text);
}

/* The hours at which the flags of the service sample go up, each from its own beginning. */
static void
test_sample(void **state)
{
	static const struct {
		const char *flag;
		double percentage;
		int hours;
	} rows[] = {
		{ "enable_new_user_service", 5, 0 }, { "enable_new_user_service", 25, 24 },
		{ "enable_new_user_service", 50, 48 }, { "enable_new_user_service", 100, 72 },
		{ "enable_new_auth_endpoints", 10, 0 }, { "enable_new_auth_endpoints", 50, 12 },
		{ "enable_new_auth_endpoints", 100, 24 },
	};
	(void)state;
	struct mig_json_doc *spec = test_sample_read("service");
	struct mig_json_doc *plan = test_plan(mig_json_root(spec));
	struct mig_findings findings = { 0 };
	struct mig_json_doc *made =
	    try_timeline(mig_json_root(plan), "2026-12-01T00:00:00Z", &findings);
	const struct mig_json *timeline = mig_json_get(mig_json_root(made), "timeline");
	const struct mig_json *phase = mig_json_first(mig_json_get(timeline, "phases"));
	while (mig_json_count(mig_json_get(phase, "steps")) == 0)
		phase = mig_json_next(phase);
	const struct mig_json *step = mig_json_first(mig_json_get(phase, "steps"));
	mig_wall began = { 0 };
	for (size_t i = 0; i < TEST_COUNT(rows); i++) {
		mig_wall at;
		assert_non_null(step);
		assert_string_equal(mig_json_string(mig_json_get(step, "flag")), rows[i].flag);
		assert_double_same(
		    mig_json_number(mig_json_get(step, "percentage")), rows[i].percentage);
		assert_int_equal(
		    mig_time_parse(mig_json_string(mig_json_get(step, "at")), &at), MIG_OK);
		began = rows[i].hours == 0 ? at : began;
		assert_int_equal(at.ms - began.ms, rows[i].hours * INT64_C(3600000));
		step = mig_json_next(step);
	}
	assert_null(step);
	mig_json_free(made);
	mig_findings_fini(&findings);
	mig_json_free(plan);
	mig_json_free(spec);
}

/* A timeline that is not the plan's is told. */
static void
test_check(void **state)
{
	static const char *const rows[][3] = {
		{ "\"phase\":\"", "\"phase\":\"x_",
		    "/timeline/phases/0: the plan has another phase here than \"x_" },
		{ "[{\"end\":\"2", "[{\"end\":\"x", "/timeline/phases/0/end:" },
		{ "\"timeline\":{\"end\":\"2", "\"timeline\":{\"end\":\"x", "/timeline/end:" },
		{ "\"phases\":[{", "\"phases\":[],\"x_rest\":[{", "/timeline/phases:" },
		{ "\"percentage\":5}", "\"percentage\":500}", "/steps/0/percentage:" },
	};
	(void)state;
	struct mig_json_doc *spec = test_sample_read("service");
	struct mig_json_doc *plan = test_plan(mig_json_root(spec));
	for (size_t i = 0; i < TEST_COUNT(rows); i++) {
		struct mig_findings findings = { 0 };
		struct mig_json_doc *made =
		    try_timeline(mig_json_root(plan), "2026-12-01T00:00:00Z", &findings);
		struct mig_buf text;
		mig_buf_init(&text, MIG_DOC_BYTES_MAX);
		mig_json_canonical(mig_json_root(made), &text);
		char *timeline = strstr(text.data, "\"timeline\":");
		char *from = timeline != NULL ? strstr(timeline, rows[i][0]) : NULL;
		if (from == NULL)
			fail_msg("the timeline lacks %s", rows[i][0]);
		struct mig_buf changed;
		mig_buf_init(&changed, MIG_DOC_BYTES_MAX);
		mig_buf_add(&changed, text.data, (size_t)(from - text.data));
		mig_buf_printf(&changed, "%s%s", rows[i][1], from + strlen(rows[i][0]));
		struct mig_json_doc *wrong = test_json(changed.data);
		assert_int_equal(mig_plan_check(mig_json_root(wrong), NULL, &findings), MIG_EDOC);
		char *faults = test_findings(&findings);
		if (strstr(faults, rows[i][2]) == NULL)
			fail_msg("not told: %s", rows[i][2]);
		free(faults);
		mig_json_free(wrong);
		mig_json_free(made);
		mig_buf_fini(&changed);
		mig_buf_fini(&text);
		mig_findings_fini(&findings);
	}
	mig_json_free(plan);
	mig_json_free(spec);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_windows),
		cmocka_unit_test(test_clock_jumps),
		cmocka_unit_test(test_flags),
		cmocka_unit_test(test_never),
		cmocka_unit_test(test_random_windows),
		cmocka_unit_test(test_plans),
		cmocka_unit_test(test_rendered),
		cmocka_unit_test(test_sample),
		cmocka_unit_test(test_check),
	};
	return cmocka_run_group_tests(tests, NULL, NULL) != 0;
}
