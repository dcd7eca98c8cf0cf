/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/json_write.h"
#include "base/limits.h"
#include "ctl/show.h"
#include "support/core_fixture.h"
#include "sys/file.h"
#include "wire/api.h"

#define COLUMNS 80

typedef void (*show_function)(struct screen *screen, const struct mig_json *root);

/* A file of tests/data/ctl; owned by the caller. */
static char *
read_data(const char *name, const char *suffix)
{
	const char *srcdir = getenv("MIGARCH_SRCDIR");
	char path[512];
	char error[512];
	char *text = NULL;
	size_t len = 0;

	(void)snprintf(path, sizeof(path), "%s/tests/data/ctl/%s.%s",
	    srcdir != NULL ? srcdir : ".", name, suffix);
	if (file_read(path, MIG_REPLY_BYTES_MAX, &text, &len, error, sizeof(error)) != 0)
		fail_msg("%s", error);
	return text;
}

static struct mig_json_doc *
parse(const char *text)
{
	struct mig_findings findings = { 0 };
	struct mig_json_doc *doc = NULL;

	assert_int_equal(mig_json_parse(text, strlen(text), NULL, &doc, &findings), 0);
	mig_findings_fini(&findings);
	return doc;
}

static struct mig_json_doc *
parse_data(const char *name)
{
	char *text = read_data(name, "json");
	struct mig_json_doc *doc = parse(text);

	free(text);
	return doc;
}

static struct screen
screen_into(struct mig_buf *out)
{
	mig_wall now = { 0 };

	mig_buf_init(out, MIG_REPLY_BYTES_MAX);
	assert_int_equal(mig_time_parse("2026-11-22T02:10:00.250Z", &now), 0);
	return (struct screen) { .out = out, .colour = false, .width = COLUMNS, .now = now };
}

static void
show_all_records(struct screen *screen, const struct mig_json *root)
{
	for (const struct mig_json *record = mig_json_first(mig_json_get(root, "events"));
	    record != NULL; record = mig_json_next(record))
		show_record(screen, record);
}

static const struct {
	const char *name;
	show_function show;
} goldens[] = {
	{ "loaded", show_status },
	{ "baselining", show_status },
	{ "running", show_status },
	{ "pending", show_status },
	{ "no_return", show_status },
	{ "troubled", show_status },
	{ "approval", show_status },
	{ "schema_drift", show_status },
	{ "aborting", show_status },
	{ "rolling_back", show_status },
	{ "rolled_back", show_status },
	{ "baking", show_status },
	{ "completed", show_status },
	{ "held", show_status },
	{ "list", show_list },
	{ "history", show_all_records },
	{ "why_rollback", show_why },
	{ "why_abort", show_why },
	{ "why_proposed", show_why },
	{ "why_held", show_why },
	{ "why_step", show_why },
	{ "why_fired", show_why },
	{ "why_gappy", show_why },
	{ "why_few", show_why },
	{ "why_blind", show_why },
	{ "why_phase", show_why },
	{ "why_before", show_why },
	{ "why_unknown", show_why },
	{ "why_loaded", show_why },
	{ "why_preflight", show_why },
	{ "why_preflight_schema", show_why },
	{ "why_baselining", show_why },
	{ "why_pending", show_why },
	{ "why_no_return", show_why },
	{ "why_troubled", show_why },
	{ "why_approval", show_why },
	{ "why_schema_drift", show_why },
	{ "why_baking", show_why },
	{ "why_rolling_back", show_why },
	{ "why_baseline", show_why },
	{ "why_begun", show_why },
	{ "why_unseen", show_why },
	{ "why_unread", show_why },
	{ "why_validating", show_why },
};
#define GOLDENS (sizeof(goldens) / sizeof(goldens[0]))

static void
test_goldens(void **state)
{
	size_t wrong = 0;

	(void)state;
	for (size_t i = 0; i < GOLDENS; i++) {
		struct mig_buf out;
		struct screen screen = screen_into(&out);
		struct mig_json_doc *doc = parse_data(goldens[i].name);
		char *expected = read_data(goldens[i].name, "txt");

		goldens[i].show(&screen, mig_json_root(doc));
		assert_true(mig_buf_ok(&out));
		if (strcmp(out.data, expected) != 0) {
			print_error("%s is now:\n", goldens[i].name);
			(void)fputs(out.data, stderr); /* print_error() cuts long texts */
			wrong++;
		}
		free(expected);
		mig_json_free(doc);
		mig_buf_fini(&out);
	}
	assert_int_equal(wrong, 0);
}

/* Every kind of record has a sentence that says why. */
static void
test_every_kind_has_a_reason(void **state)
{
	struct mig_json_doc *history = parse_data("history");
	const struct mig_json *record =
	    mig_json_first(mig_json_get(mig_json_root(history), "events"));
	size_t kinds = 0;

	(void)state;
	for (; record != NULL; record = mig_json_next(record)) {
		struct mig_buf text;
		struct mig_buf out;
		struct mig_jw jw;
		const char *kind = mig_json_string(mig_json_get(record, "kind"));
		/* One that this program is too old for, and one that is broken. */
		if (strcmp(kind, "moon_phase") == 0 || (strcmp(kind, "flag_write") == 0 &&
		    mig_json_count(mig_json_get(record, "detail")) == 0))
			continue;
		struct screen screen = screen_into(&out);
		mig_buf_init(&text, MIG_REPLY_BYTES_MAX);
		mig_jw_init(&jw, &text, 0);
		mig_jw_object(&jw, NULL);
		mig_jw_array(&jw, "records");
		mig_jw_node(&jw, NULL, record);
		mig_jw_array_end(&jw);
		mig_jw_object_end(&jw);
		struct mig_json_doc *doc = parse(text.data);
		show_why(&screen, mig_json_root(doc));
		if (strstr(out.data, "\nWhy  ") == NULL)
			fail_msg("of %s it says:\n%s", text.data, out.data);
		kinds++;
		mig_json_free(doc);
		mig_buf_fini(&text);
		mig_buf_fini(&out);
	}
	assert_true(kinds > 20);
	mig_json_free(history);
}

/* Where a floor stands in for the median, that is said. */
static void
test_floor(void **state)
{
	struct mig_buf out;
	struct screen screen = screen_into(&out);
	struct mig_json_doc *doc = parse("{\"records\":[{\"kind\":\"baseline_captured\","
	    "\"detail\":{\"metric\":\"m\",\"median\":0,\"baseline\":0.001,\"floor_used\":true,"
	    "\"samples\":21,\"spread\":0,\"window_seconds\":1800}}]}");

	(void)state;
	screen.width = 10000;
	show_why(&screen, mig_json_root(doc));
	assert_non_null(strstr(out.data, "That is made of 21 readings of the old path in 30m, "
	    "whose median was 0; half of them were within 0 of it. That is less than the metric's "
	    "floor, which stands in for it."));
	mig_json_free(doc);
	mig_buf_fini(&out);
}

/* A screen fits the usual terminal. */
static void
test_width(void **state)
{
	size_t lines = 0;

	(void)state;
	for (size_t i = 0; i < GOLDENS; i++) {
		struct mig_buf out;
		struct screen screen = screen_into(&out);
		struct mig_json_doc *doc = parse_data(goldens[i].name);

		if (goldens[i].show == show_all_records) {
			mig_json_free(doc);
			continue;
		}
		goldens[i].show(&screen, mig_json_root(doc));
		for (char *line = strtok(out.data, "\n"); line != NULL;
		    line = strtok(NULL, "\n")) {
			if (text_width(line) > COLUMNS)
				fail_msg("%s: more than %d columns: %s", goldens[i].name, COLUMNS,
				    line);
			lines++;
		}
		mig_json_free(doc);
		mig_buf_fini(&out);
	}
	assert_true(lines > 100);
}

/* Colour changes nothing but colour, and is there only when asked for. */
static void
test_colour(void **state)
{
	struct mig_buf plain;
	struct mig_buf coloured;
	struct mig_buf stripped;
	struct screen screen = screen_into(&plain);
	struct screen bright = screen_into(&coloured);
	struct mig_json_doc *doc = parse_data("troubled");

	(void)state;
	(void)screen_into(&stripped);
	bright.colour = true;
	show_status(&screen, mig_json_root(doc));
	show_status(&bright, mig_json_root(doc));
	assert_null(strchr(plain.data, '\033'));
	assert_non_null(strchr(coloured.data, '\033'));
	for (const char *p = coloured.data; *p != '\0'; p++) {
		if (*p == '\033')
			p = strchr(p, 'm');
		else
			mig_buf_putc(&stripped, *p);
	}
	assert_string_equal(stripped.data, plain.data);
	mig_json_free(doc);
	mig_buf_fini(&plain);
	mig_buf_fini(&coloured);
	mig_buf_fini(&stripped);
}

/* Whatever is missing or of another type, something is shown and nothing breaks. */
static void
test_tolerance(void **state)
{
	static const char *const texts[] = {
		"{}",
		"[]",
		"null",
		"{\"state\":\"dreaming\",\"overlays\":[1,\"odd\"],\"now\":\"x\",\"phase\":7}",
		("{\"state\":\"running\",\"flags\":[{}],\"triggers\":[{}],\"next\":{},"
		 "\"phase\":{\"a\":1}}"),
		("{\"state\":\"rolling_back\",\"rollback\":{\"phases\":[{\"state\":\"running\","
		 "\"steps\":[{\"state\":\"waiting_for_ack\"}]}]}}"),
		("{\"state\":\"running\",\"flags\":[{\"hold_seconds\":1e300,"
		 "\"held_seconds\":1e299}]}"),
		"{\"rollouts\":[{}]}",
		"{\"seq\":1}",
		"{\"kind\":\"flag_write\",\"detail\":[]}",
		"{\"records\":[{}],\"rollout\":{\"next\":{\"waiting_for\":[1,\"odd\"]}}}",
		("{\"records\":[{\"kind\":\"rollback_decided\",\"detail\":{\"reason\":\"trigger\","
		 "\"trigger\":1,\"quality\":\"x\",\"for_seconds\":1,\"coverage\":1e300,"
		 "\"min_coverage\":1,\"since_seconds\":1e300,\"baseline_used\":true,"
		 "\"metrics\":[1],\"gates\":[{}],\"windows\":[1],\"overlays\":7,"
		 "\"flags\":[{}],\"triggers\":[{}]}}]}"),
		("{\"rollout\":{\"state\":\"running\",\"flags\":[{}],\"triggers\":[{}],"
		 "\"next\":{\"action\":\"step_up\",\"waiting_for\":[\"hold\",\"gate\","
		 "\"window\",\"metrics\",\"traffic\",\"trigger\",\"blind\",\"drift\",\"paused\","
		 "\"unverified\",\"hook\",\"baseline\",\"start\",\"steps\"]}}}"),
	};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct mig_buf out;
		struct screen screen = screen_into(&out);
		struct mig_json_doc *doc = parse(texts[i]);

		show_status(&screen, mig_json_root(doc));
		show_list(&screen, mig_json_root(doc));
		show_record(&screen, mig_json_root(doc));
		show_why(&screen, mig_json_root(doc));
		assert_true(mig_buf_ok(&out));
		assert_true(out.len > 0);
		mig_json_free(doc);
		mig_buf_fini(&out);
	}
}

/* What a screen says of a rollout now, in long lines, has that in it. */
static void
assert_shown(const struct core *core, show_function show, const char *text)
{
	struct mig_buf json;
	struct mig_buf out;
	struct mig_jw jw;
	struct screen screen = screen_into(&out);

	mig_buf_init(&json, MIG_REPLY_BYTES_MAX);
	mig_jw_init(&jw, &json, 0);
	mig_jw_object(&jw, NULL);
	mig_jw_time(&jw, "now", core->wall);
	mig_api_rollout(&jw, "rollout", &core->policy, &core->state, core->wall);
	mig_jw_object_end(&jw);
	struct mig_json_doc *doc = parse(json.data);
	screen.width = 10000;
	screen.now = core->wall;
	show(&screen, show == show_status ? mig_json_get(mig_json_root(doc), "rollout") :
	    mig_json_root(doc));
	if (strstr(out.data, text) == NULL)
		fail_msg("\"%s\" is not in:\n%s", text, out.data);
	mig_json_free(doc);
	mig_buf_fini(&json);
	mig_buf_fini(&out);
}

static void
assert_why(const struct core *core, const char *text)
{
	assert_shown(core, show_why, text);
}

/* A rollout of the core itself: without its live baseline, and behind a restart. */
static void
test_waits(void **state)
{
	struct core *core = core_new();

	(void)state;
	core->metrics[CORE_ERROR_RATE].baseline = MIG_BASELINE_LIVE;
	core_obey(core, MIG_COMMAND_START, NULL);
	core_run_until(core, MIG_RUN_RUNNING, 60);
	assert_why(core, "waits for:\n          - the next reading of error_rate for trigger "
	    "error_rate_spike\n");
	core_run(core, 10 * (int64_t)CORE_POLL_MS);
	core_obey(core, MIG_COMMAND_APPROVE, "approval");
	core_run(core, 2 * (int64_t)CORE_POLL_MS);
	core_reading(core, CORE_ERROR_RATE, true, MIG_QUALITY_NO_DATA, 0);
	assert_why(core, "- a baseline for error_rate_spike: the old path has no believable "
	    "reading of error_rate; asked with error_rate of the old path\n");
	core_reading(core, CORE_ERROR_RATE, false, MIG_QUALITY_LOW_TRAFFIC, 0.002);
	assert_why(core, "- a baseline for error_rate_spike: the old path has no believable ");
	core_obey(core, MIG_COMMAND_ABORT, NULL);
	core_run(core, 3 * (int64_t)CORE_POLL_MS);
	assert_shown(core, show_status, "; the flags are back.");
	core->unreadable = ~0U;
	core_restore(core, 1000, false);
	assert_shown(core, show_status, "; the flags were back, but not all can be seen now.");
	assert_shown(core, show_status, " Not all can be seen NOW: see migarchctl why.");
	assert_why(core, "- enable_new_reader to be read back, as after a restart, a standstill or "
	    "reads that fail: it was last seen at 0 % on 2026-11-22 ");
	core_free(core);
}

/* An executor that has accepted a hook and cannot tell when it is done: somebody else can. */
static void
test_waits_for_hook(void **state)
{
	struct core *core = core_new();

	(void)state;
	core->policy.hooks = true;
	core_obey(core, MIG_COMMAND_START, NULL);
	core_run(core, 200000 - CORE_POLL_MS);
	core_tick(core, CORE_POLL_MS);
	core_samples(core);
	core_samples(core); /* the first ones ended the baseline, these are judged */
	assert_why(core, "- the executor to be done with the phase's hook, or, if it cannot say "
	    "so, an operator");
	assert_why(core, "migarchctl approve 23a52ed1507f-1 hook\n");
	assert_shown(core, show_status, "! HOOK  the executor is at the phase's hook; nothing "
	    "advances before it is done.\n          it is done  migarchctl approve "
	    "23a52ed1507f-1 hook\n");
	core_free(core);
}

/* No name or comment reaches the terminal as a command to it. */
static void
test_clean(void **state)
{
	static const char text[] =
	    "{\"id\":\"a\\u001b[2J\",\"state\":\"running\\u0007\",\"rollback\":{\"comment\":"
	    "\"x\\u001b]0;y\\u0007 \\u009b31m\"},\"flags\":[{\"name\":\"f\\r\\n\"}],"
	    "\"triggers\":[{\"id\":\"t\\u001b[1m\",\"state\":\"fired\",\"action\":\"\\u001b\"}]}";
	struct mig_buf out;
	struct screen screen = screen_into(&out);
	struct mig_json_doc *doc = parse(text);

	(void)state;
	show_status(&screen, mig_json_root(doc));
	assert_null(strchr(out.data, '\033'));
	assert_null(strchr(out.data, '\a'));
	assert_null(strchr(out.data, '\r'));
	assert_null(strstr(out.data, "\xc2\x9b"));
	assert_non_null(strstr(out.data, "?]0;y?"));
	mig_json_free(doc);
	mig_buf_fini(&out);
}

static void
test_text(void **state)
{
	struct mig_buf out;
	struct screen screen = screen_into(&out);

	(void)state;
	assert_int_equal(text_width("ab\xc3\xa4"), 3);
	text_cell(&out, "\xc3\xa4", 3);
	text_cell_right(&out, "b", 3);
	assert_string_equal(out.data, "\xc3\xa4    b");
	mig_buf_reset(&out);
	screen.width = 10;
	screen_wrap(&screen, "one two  three fourteenhundred", 0, 2);
	assert_string_equal(out.data, "one two\n  three\n  fourteenhundred\n");
	mig_buf_reset(&out);
	text_duration(&out, 85800.4);
	text_duration(&out, 0.25);
	text_duration(&out, 1e300);
	assert_string_equal(out.data, "23h 50m250ms?");
	mig_buf_reset(&out);
	text_value(&out, 123456);
	mig_buf_putc(&out, ' ');
	text_value(&out, 0.123456);
	mig_buf_putc(&out, ' ');
	text_percent(&out, 12.5);
	assert_string_equal(out.data, "123456 0.1235 12.5 %");
	mig_buf_reset(&out);
	screen_time(&screen, &out, (mig_wall) { 0 });
	mig_buf_putc(&out, ' ');
	screen_time(&screen, &out, (mig_wall) { .ms = screen.now.ms + 61000 });
	assert_string_equal(out.data, "never 2026-11-22 02:11:01Z (in 1m 1s)");
	mig_buf_fini(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_goldens),
		cmocka_unit_test(test_every_kind_has_a_reason),
		cmocka_unit_test(test_floor),
		cmocka_unit_test(test_width),
		cmocka_unit_test(test_colour),
		cmocka_unit_test(test_tolerance),
		cmocka_unit_test(test_waits),
		cmocka_unit_test(test_waits_for_hook),
		cmocka_unit_test(test_clean),
		cmocka_unit_test(test_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL) != 0;
}
