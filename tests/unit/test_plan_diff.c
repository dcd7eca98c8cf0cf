/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/json_write.h"
#include "base/limits.h"
#include "engine/plan.h"
#include "engine/plan_diff.h"
#include "support/skeleton.h"
#include "support/test_support.h"

#define ARROW " \342\206\222 "
#define DOTS "\342\200\246"

/* One edit of a text, and all that it must lead to: "effect kind pointer text", one a line. */
struct edit {
	const char *was;
	const char *is;
	const char *lines;
};

/* Edits of tests/data/diff/plan.json: what a plan says and the differences that makes. */
static const struct edit edits[] = {
	/* What says the same in other words. */
	{ "\"abcdef\"", "\"abcdefg\"", "" },
	{ "2026-01-15", "2026-01-16", "" },
	{ "\"dependencies\": [],", "", "" },
	{ "\"parallel\": false,", "", "" },
	{ "\"point_of_no_return\": false", "\"point_of_no_return\":\tfalse", "" },
	{ "\"percentage\": 25,", "\"percentage\": 25.0,", "" },
	{ "\"threshold\": 0.05,", "\"operator\": \"greater_than\", \"threshold\": 5e-2,", "" },
	{ "\"name\": \"shop_v2\",", "\"initial_percentage\": 0, \"name\": \"shop_v2\",", "" },
	{ "\"Install shop 2\", \"Copy the carts\"", "\"Copy the carts\", \"Install shop 2\"", "" },
	{ "\"bank\", \"stock\"", "\"stock\", \"bank\"", "" },
	/* Traffic. */
	{ "\"duration_hours\": 24", "\"duration_hours\": 12",
	    "traffic changed /spec/feature_flags/0/rollout_schedule/1/duration_hours "
	    "phase cutover, flag shop_v2, step to 25 %, hold: 24 h" ARROW "12 h\n" },
	{ "{\"percentage\": 25, \"duration_hours\": 24},", "",
	    "traffic removed /spec/feature_flags/0/rollout_schedule/1 "
	    "phase cutover, flag shop_v2, step to 25 % removed: hold 24 h\n" },
	{ "{\"percentage\": 25,", "{\"percentage\": 30,",
	    "traffic added /spec/feature_flags/0/rollout_schedule/1 "
	    "phase cutover, flag shop_v2, step to 30 % added: hold 24 h\n"
	    "traffic removed /spec/feature_flags/0/rollout_schedule/1 "
	    "phase cutover, flag shop_v2, step to 25 % removed: hold 24 h\n" },
	{ "\"name\": \"shop_v2\",", "\"initial_percentage\": 5, \"name\": \"shop_v2\",",
	    "traffic changed /spec/feature_flags/0/initial_percentage "
	    "phase cutover, flag shop_v2, begins at: 0 %" ARROW "5 %\n" },
	{ "\"flags\": [\"shop_v2\"],", "",
	    "traffic removed /phases/2/flags/0 phase cutover, flag to move removed: shop_v2\n" },
	{ "\"threshold\": 0.05", "\"threshold\": 0.1",
	    "traffic changed /spec/rollback_triggers/0/threshold "
	    "trigger on error_rate, threshold: 0.05" ARROW "0.1\n" },
	{ "\"threshold\": 0.05,", "\"operator\": \"less_than\", \"threshold\": 0.05,",
	    "traffic changed /spec/rollback_triggers/0/operator "
	    "trigger on error_rate, operator: greater_than" ARROW "less_than\n" },
	{ "\"error_rate\", \"threshold\"", "\"availability\", \"threshold\"",
	    "traffic added /spec/rollback_triggers/0 trigger on availability added: "
	    "threshold 0.05, duration 2 min, action automatic_rollback\n"
	    "traffic removed /spec/rollback_triggers/0 trigger on error_rate removed: "
	    "threshold 0.05, duration 2 min, action automatic_rollback\n" },
	{ "\"error_rate\": 0.02", "\"error_rate\": 0.03",
	    "traffic changed /spec/monitoring/alert_thresholds/error_rate "
	    "alert level, error_rate: 0.02" ARROW "0.03\n" },
	{ "\"end\": \"18:00\"", "\"end\": \"20:00\"",
	    "traffic changed /spec/business_continuity/critical_business_hours/end "
	    "critical business hours, end: 18:00" ARROW "20:00\n" },
	{ "\"critical_business_hours\"", "\"preferred_migration_window\"",
	    "traffic removed /spec/business_continuity/critical_business_hours "
	    "critical business hours removed: start 08:00, end 18:00, timezone Europe/Berlin\n"
	    "traffic added /spec/business_continuity/preferred_migration_window "
	    "preferred window added: start 08:00, end 18:00, timezone Europe/Berlin\n" },
	{ "\"point_of_no_return\": false", "\"point_of_no_return\": true",
	    "traffic changed /phases/2/point_of_no_return "
	    "phase cutover, point of no return: no" ARROW "yes\n" },
	{ "\"risk_level\": \"medium\"", "\"risk_level\": \"high\"",
	    "traffic changed /phases/1/risk_level phase shadow, risk: medium" ARROW "high\n" },
	{ "\"hours\": 2}", "\"hours\": 1}",
	    "traffic changed /phases/1/gates/0/hours "
	    "phase shadow, gate soak, duration: 2 h" ARROW "1 h\n" },
	{ "{\"name\": \"approval\", \"kind\": \"approval\", \"at\": \"leave\"}", "",
	    "traffic removed /phases/0/gates/0 "
	    "phase setup, gate approval removed: kind approval, at leave\n" },
	{ "\"name\": \"shadow\"", "\"name\": \"probe\"",
	    "traffic added /phases/1 phase probe added: gate soak, risk medium, duration 2 h\n"
	    "traffic removed /phases/1 phase shadow removed: gate soak, risk medium, "
	    "duration 2 h\n" },
	{ "\"target_system\": \"shop 2\"", "\"target_system\": \"shop 3\"",
	    "traffic changed /target_system target system: shop 2" ARROW "shop 3\n" },
	{ "\"orders are lost\"],\n    \"rollback_d", "\"a cart is lost\"],\n    \"rollback_d",
	    "traffic added /rollback_plan/rollback_triggers/0 "
	    "way back when added: a cart is lost\n"
	    "traffic removed /rollback_plan/rollback_triggers/0 "
	    "way back when removed: orders are lost\n" },
	/* Work. */
	{ "\"duration_hours\": 4", "\"duration_hours\": 40",
	    "work changed /phases/0/duration_hours phase setup, duration: 4 h" ARROW "40 h\n" },
	{ "\"Install shop 2\", \"Copy the carts\"", "\"Install shop 2\", \"Install shop 2\"",
	    "work added /phases/0/tasks/1 phase setup, task added: Install shop 2\n"
	    "work removed /phases/0/tasks/1 phase setup, task removed: Copy the carts\n" },
	{ "\"no mismatch\"", "\"no mismatch\", \"no error\"",
	    "work added /phases/1/validation_criteria/1 "
	    "phase shadow, criterion added: no error\n" },
	{ "\"Set shop_v2 to 0\", \"Tell the users\"", "\"Tell the users\", \"Set shop_v2 to 0\"",
	    "work moved /rollback_plan/rollback_phases/0/rollback_actions/0 "
	    "way back of cutover, action moved from place 2 to 1: Tell the users\n" },
	{ "\"risk_level\": \"low\",",
	    "\"risk_level\": \"low\", \"scripts\": [{\"id\": \"s1\", \"sql\": \"SELECT 1\"}],",
	    "work added /phases/0/scripts/0 phase setup, script s1 added: sql SELECT 1\n" },
	{ "\"complexity\": \"low\"", "\"complexity\": \"high\"",
	    "work changed /complexity complexity: low" ARROW "high\n" },
	{ "\"max_downtime_minutes\": 30", "\"max_downtime_minutes\": null",
	    "work removed /spec/constraints/max_downtime_minutes longest downtime removed: "
	    "30 min\n" },
	{ "\"high_severity\": \"go back\"", "\"high_severity\": \"wait\"",
	    "work changed /rollback_plan/rollback_decision_matrix/high_severity "
	    "decision at, high_severity: go back" ARROW "wait\n" },
	/* A member that nobody knows is of the effect of what it is in; unless it is the user's. */
	{ "\"duration_minutes\": 2,", "\"duration_minutes\": 2, \"grace/~\": [1, {}],",
	    "traffic added /spec/rollback_triggers/0/grace~1~0/0 "
	    "trigger on error_rate, grace/~ added: 1\n"
	    "traffic added /spec/rollback_triggers/0/grace~1~0/1 "
	    "trigger on error_rate, grace/~ added\n" },
	{ "\"duration_minutes\": 2,", "\"duration_minutes\": \"2\",",
	    "traffic changed /spec/rollback_triggers/0/duration_minutes "
	    "trigger on error_rate, duration: 2 min" ARROW "2\n" },
	{ "\"type\": \"service\",", "\"type\": \"service\", \"x_ticket\": {\"id\": 7},",
	    "words added /spec/x_ticket x_ticket added\n" },
	/* Words. */
	{ "\"Ask both\"", "\"Ask both sides\"",
	    "words changed /phases/1/description "
	    "phase shadow, description: Ask both" ARROW "Ask both sides\n" },
	{ "\"mitigation\": \"Copy them twice\"", "\"mitigation\": \"Count them\"",
	    "words changed /risks/0/mitigation "
	    "risk Carts are lost, mitigation: Copy them twice" ARROW "Count them\n" },
	{ "[\"Shop Team\"]", "[\"Shop Team\", \"Bank\"]",
	    "words added /stakeholders/1 stakeholder added: Bank\n" },
};

/* A document of tests/data with an edit; was NULL: without. */
static struct mig_json_doc *
read_edited(const char *path, const char *was, const char *is)
{
	char *text = test_read_source(path, NULL);
	struct mig_buf edited;
	char *at = was != NULL ? strstr(text, was) : NULL;
	mig_buf_init(&edited, MIG_DOC_BYTES_MAX);
	if (was != NULL && at == NULL)
		fail_msg("%s has no %s", path, was);
	size_t start = at != NULL ? (size_t)(at - text) : strlen(text);
	mig_buf_add(&edited, text, start);
	if (at != NULL)
		mig_buf_printf(&edited, "%s%s", is, at + strlen(was));
	struct mig_json_doc *doc = test_json(edited.data);
	mig_buf_fini(&edited);
	free(text);
	return doc;
}

static struct mig_json_doc *
read_plan(const char *was, const char *is)
{
	return read_edited("tests/data/diff/plan.json", was, is);
}

/* All differences as "effect kind pointer text", one a line; owned by the caller (free()). */
static char *
lines_of(const struct mig_json_doc *old_doc, const struct mig_json_doc *new_doc, size_t limit)
{
	struct mig_plan_diff diff = { 0 };
	struct mig_buf out;
	mig_buf_init(&out, MIG_DOC_BYTES_MAX);
	assert_int_equal(mig_plan_diff(mig_json_root(old_doc), mig_json_root(new_doc), limit,
	    &diff), MIG_OK);
	const struct mig_plan_change *change = mig_plan_diff_next(&diff, NULL);
	for (; change != NULL; change = mig_plan_diff_next(&diff, change))
		mig_buf_printf(&out, "%s %s %s %s\n", mig_diff_effect_name(change->effect),
		    mig_diff_kind_name(change->kind), change->pointer, change->text);
	mig_plan_diff_fini(&diff);
	char *lines = mig_buf_steal(&out);
	assert_non_null(lines);
	return lines;
}

static void
test_edits(void **state)
{
	(void)state;
	struct mig_json_doc *plan = read_plan(NULL, NULL);
	struct mig_findings findings = { 0 };
	assert_int_equal(mig_plan_check(mig_json_root(plan), NULL, &findings), MIG_OK);
	for (size_t i = 0; i < TEST_COUNT(edits); i++) {
		struct mig_json_doc *edited = read_plan(edits[i].was, edits[i].is);
		char *lines = lines_of(plan, edited, MIG_DIFF_SHOWN_MAX);
		assert_string_equal(lines, edits[i].lines);
		free(lines);
		mig_json_free(edited);
	}
	mig_findings_fini(&findings);
	mig_json_free(plan);
}

/* Both ways there are as many differences, and what was added is removed. */
static void
test_both_ways(void **state)
{
	(void)state;
	struct mig_json_doc *plan = read_plan(NULL, NULL);
	for (size_t i = 0; i < TEST_COUNT(edits); i++) {
		struct mig_json_doc *edited = read_plan(edits[i].was, edits[i].is);
		struct mig_plan_diff there = { 0 };
		struct mig_plan_diff back = { 0 };
		assert_int_equal(mig_plan_diff(mig_json_root(plan), mig_json_root(edited), 10,
		    &there), MIG_OK);
		assert_int_equal(mig_plan_diff(mig_json_root(edited), mig_json_root(plan), 10,
		    &back), MIG_OK);
		assert_memory_equal(there.count, back.count, sizeof(there.count));
		size_t balance[4] = { 0 };
		const struct mig_plan_change *change = NULL;
		while ((change = mig_plan_diff_next(&there, change)) != NULL)
			balance[change->kind]++;
		while ((change = mig_plan_diff_next(&back, change)) != NULL)
			balance[change->kind == MIG_DIFF_ADDED ? MIG_DIFF_REMOVED :
			    change->kind == MIG_DIFF_REMOVED ? MIG_DIFF_ADDED : change->kind]--;
		for (size_t kind = 0; kind < TEST_COUNT(balance); kind++)
			assert_int_equal(balance[kind], 0);
		mig_plan_diff_fini(&there);
		mig_plan_diff_fini(&back);
		mig_json_free(edited);
	}
	mig_json_free(plan);
}

/* Phases in some order, and what has moved. */
static const struct {
	const char *now;
	const char *lines;
} orders[] = {
	{ "abcde", "" },
	{ "bcdea", "traffic moved /phases/4 phase a moved from place 1 to 5\n" },
	{ "eabcd", "traffic moved /phases/0 phase e moved from place 5 to 1\n" },
	{ "acbde", "traffic moved /phases/1 phase c moved from place 3 to 2\n" },
	{ "cab", "traffic moved /phases/0 phase c moved from place 3 to 1\n"
	    "traffic removed /phases/3 phase d removed\n"
	    "traffic removed /phases/4 phase e removed\n" },
	{ "abfcdge", "traffic added /phases/2 phase f added\n"
	    "traffic added /phases/5 phase g added\n" },
	{ "aabcde", "traffic added /phases/1 phase a added\n" },
};

static struct mig_json_doc *
phases_named(const char *names)
{
	struct mig_buf text;
	struct mig_jw jw;
	mig_buf_init(&text, MIG_DOC_BYTES_MAX);
	mig_jw_init(&jw, &text, 0);
	mig_jw_object(&jw, NULL);
	mig_jw_array(&jw, "phases");
	for (; *names != '\0'; names++) {
		const char name[] = { *names, '\0' };
		mig_jw_object(&jw, NULL);
		mig_jw_string(&jw, "name", name);
		mig_jw_object_end(&jw);
	}
	mig_jw_array_end(&jw);
	mig_jw_object_end(&jw);
	struct mig_json_doc *doc = test_json(text.data);
	mig_buf_fini(&text);
	return doc;
}

static void
test_moved(void **state)
{
	(void)state;
	struct mig_json_doc *before = phases_named("abcde");
	for (size_t i = 0; i < TEST_COUNT(orders); i++) {
		struct mig_json_doc *now = phases_named(orders[i].now);
		char *lines = lines_of(before, now, MIG_DIFF_SHOWN_MAX);
		assert_string_equal(lines, orders[i].lines);
		free(lines);
		mig_json_free(now);
	}
	mig_json_free(before);
}

/* The same document with all keys in the order of their bytes. */
static struct mig_json_doc *
in_other_order(const struct mig_json_doc *doc)
{
	struct mig_buf text;
	mig_buf_init(&text, MIG_DOC_BYTES_MAX);
	mig_json_canonical(mig_json_root(doc), &text);
	struct mig_json_doc *other = test_json(text.data);
	mig_buf_fini(&text);
	return other;
}

static void
test_order_of_keys(void **state)
{
	(void)state;
	struct mig_json_doc *plan = read_plan(NULL, NULL);
	struct mig_json_doc *plan_other = in_other_order(plan);
	char *none = lines_of(plan, plan_other, MIG_DIFF_SHOWN_MAX);
	assert_string_equal(none, "");
	free(none);
	for (size_t i = 0; test_samples_all[i] != NULL; i++) {
		struct mig_json_doc *spec = test_sample_read(test_samples_all[i]);
		struct mig_json_doc *sample = test_plan(mig_json_root(spec));
		struct mig_json_doc *other = in_other_order(sample);
		char *lines = lines_of(plan, sample, MIG_DIFF_SHOWN_MAX);
		char *lines_other = lines_of(plan_other, sample, MIG_DIFF_SHOWN_MAX);
		assert_string_not_equal(lines, "");
		assert_string_equal(lines, lines_other);
		free(lines_other);
		lines_other = lines_of(sample, other, MIG_DIFF_SHOWN_MAX);
		assert_string_equal(lines_other, "");
		free(lines_other);
		free(lines);
		mig_json_free(other);
		mig_json_free(sample);
		mig_json_free(spec);
	}
	mig_json_free(plan_other);
	mig_json_free(plan);
}

/* What one edit of a specification does to its plan, among other things. */
static const struct {
	const char *sample;
	const char *was;
	const char *is;
	const char *line;
} spec_edits[] = {
	{ "service", "\"duration_hours\": 24", "\"duration_hours\": 12",
	    "traffic changed /spec/feature_flags/0/rollout_schedule/0/duration_hours phase "
	    "redirect, flag enable_new_user_service, step to 5 %, hold: 24 h" ARROW "12 h\n" },
	{ "service", "\"enable_new_auth_endpoints\"", "\"enable_auth\"",
	    "traffic added /phases/2/flags/1 phase redirect, flag to move added: "
	    "enable_auth\n" },
	{ "service", "\"pattern\": \"strangler_fig\"", "\"pattern\": \"parallel_run\"",
	    "traffic changed /pattern pattern: strangler_fig" ARROW "parallel_run\n" },
	{ "service", "\"pattern\": \"strangler_fig\"", "\"pattern\": \"parallel_run\"",
	    "traffic added /phases/5 phase cleanup added: " },
	{ "service", "\"pattern\": \"strangler_fig\"", "\"pattern\": \"parallel_run\"",
	    "traffic removed /phases/0 phase intercept removed: " },
	{ "database", "\"start\": \"08:00\"", "\"start\": \"07:00\"",
	    "traffic changed /spec/business_continuity/critical_business_hours/start "
	    "critical business hours, start: 08:00" ARROW "07:00\n" },
	{ "database", "\"row_count\": 1500000", "\"row_count\": 2500000",
	    "work changed /spec/tables_to_migrate/0/row_count table users, rows: 1500000" ARROW
	    "2500000\n" },
	{ "database", "\"data_volume_gb\": 2500", "\"data_volume_gb\": 20000",
	    "words added /risks/5 risk " },
	{ "minimal_api", "\"source\": \"", "\"source\": \"the ",
	    "traffic changed /source_system source system: " },
};

static void
test_specs(void **state)
{
	(void)state;
	for (size_t i = 0; i < TEST_COUNT(spec_edits); i++) {
		char path[128];
		(void)snprintf(path, sizeof(path), "tests/data/specs/sample_%s_migration.json",
		    spec_edits[i].sample);
		struct mig_json_doc *spec = read_edited(path, NULL, NULL);
		struct mig_json_doc *edited =
		    read_edited(path, spec_edits[i].was, spec_edits[i].is);
		struct mig_json_doc *old_plan = test_plan(mig_json_root(spec));
		struct mig_json_doc *new_plan = test_plan(mig_json_root(edited));
		char *lines = lines_of(old_plan, new_plan, MIG_DIFF_SHOWN_MAX);
		if (strstr(lines, spec_edits[i].line) == NULL)
			fail_msg("no \"%s\" in:\n%s", spec_edits[i].line, lines);
		free(lines);
		mig_json_free(new_plan);
		mig_json_free(old_plan);
		mig_json_free(edited);
		mig_json_free(spec);
	}
}

/* Over the limit differences are counted, and those of each effect have a limit of their own. */
static void
test_limit(void **state)
{
	(void)state;
	struct mig_json_doc *before = phases_named("abcde");
	struct mig_json_doc *now = test_json("{\"phases\":["
	    "{\"name\":\"a\",\"tasks\":[\"1\",\"2\"]},"
	    "{\"name\":\"b\",\"description\":\"first\"}]}");
	struct mig_plan_diff diff = { 0 };
	struct mig_buf summary;
	mig_buf_init(&summary, 200);
	assert_int_equal(mig_plan_diff(mig_json_root(before), mig_json_root(now), 2, &diff),
	    MIG_OK);
	mig_plan_diff_summary(&diff, &summary);
	assert_string_equal(summary.data, "3 in traffic, 2 in work, 1 in words");
	assert_int_equal(mig_plan_diff_count(&diff), 6);
	assert_int_equal(diff.kept[MIG_DIFF_TRAFFIC], 2);
	mig_plan_diff_fini(&diff);
	assert_int_equal(mig_plan_diff(mig_json_root(before), mig_json_root(now), 0, &diff),
	    MIG_OK);
	assert_null(mig_plan_diff_next(&diff, NULL));
	assert_int_equal(mig_plan_diff_count(&diff), 6);
	mig_plan_diff_fini(&diff);
	assert_int_equal(mig_plan_diff(mig_json_root(now), mig_json_root(now), 2, &diff), MIG_OK);
	mig_buf_reset(&summary);
	mig_plan_diff_summary(&diff, &summary);
	assert_string_equal(summary.data, "none");
	mig_plan_diff_fini(&diff);
	mig_buf_fini(&summary);
	mig_json_free(before);
	mig_json_free(now);
}

/* What is long is cut in sentences, and a pointer that is too long ends above. */
static void
test_long_values(void **state)
{
	(void)state;
	struct mig_buf old_text;
	struct mig_buf new_text;
	struct mig_buf key;
	mig_buf_init(&old_text, MIG_DOC_BYTES_MAX);
	mig_buf_init(&new_text, MIG_DOC_BYTES_MAX);
	mig_buf_init(&key, MIG_DOC_BYTES_MAX);
	for (size_t i = 0; i < 1000; i++)
		mig_buf_puts(&key, "\303\244\303\274"); /* two letters of two bytes */
	mig_buf_puts(&old_text, "{\"complexity\":\"low\"}");
	mig_buf_printf(&new_text, "{\"complexity\":\"low\",\"spec\":{\"x_%s\":\"%s\"}}", key.data,
	    key.data);
	struct mig_json_doc *before = test_json(old_text.data);
	struct mig_json_doc *now = test_json(new_text.data);
	char *lines = lines_of(before, now, 10);
	assert_non_null(strstr(lines, "work added /spec spec added: x_"));
	assert_true(strlen(lines) < 1000);
	free(lines);
	mig_json_free(before);

	before = test_json("{\"complexity\":\"low\",\"spec\":{\"x\":1}}");
	lines = lines_of(before, now, 10);
	assert_non_null(strstr(lines, "words added /spec x_"));
	assert_true(strlen(lines) < 1000);
	free(lines);
	mig_json_free(now);
	mig_json_free(before);
	mig_buf_fini(&old_text);
	mig_buf_fini(&new_text);
	mig_buf_fini(&key);
}

/* Of long texts that begin alike what follows is shown. */
static void
test_common_start(void **state)
{
	(void)state;
	struct mig_json_doc *before = test_json("{\"complexity\":\"Run both sides in "
	    "parallel and move the traffic by flag_one, flag_two, never by a restart\"}");
	struct mig_json_doc *now = test_json("{\"complexity\":\"Run both sides in "
	    "parallel and move the traffic by flag_one, renamed, never by a restart\"}");
	char *lines = lines_of(before, now, 10);
	assert_string_equal(lines, "work changed /complexity complexity: " DOTS
	    "traffic by flag_one, flag_two, never by a restart" ARROW DOTS
	    "traffic by flag_one, renamed, never by a restart\n");
	free(lines);
	mig_json_free(now);
	mig_json_free(before);
}

static void
test_json_form(void **state)
{
	(void)state;
	struct mig_json_doc *before = phases_named("abc");
	struct mig_json_doc *now = test_json("{\"phases\":[{\"name\":\"c\"},"
	    "{\"name\":\"a\",\"duration_hours\":3},{\"name\":\"b\"}]}");
	struct mig_plan_diff diff = { 0 };
	struct mig_buf text;
	struct mig_jw jw;
	mig_buf_init(&text, MIG_DOC_BYTES_MAX);
	mig_jw_init(&jw, &text, 0);
	assert_int_equal(mig_plan_diff(mig_json_root(before), mig_json_root(now), 10, &diff),
	    MIG_OK);
	mig_plan_diff_write(&diff, &jw);
	assert_string_equal(text.data, "[{\"pointer\":\"/phases/0\",\"kind\":\"moved\","
	    "\"effect\":\"traffic\",\"old\":3,\"new\":1,"
	    "\"text\":\"phase c moved from place 3 to 1\"},"
	    "{\"pointer\":\"/phases/1/duration_hours\",\"kind\":\"added\",\"effect\":\"work\","
	    "\"new\":3,\"text\":\"phase a, duration added: 3 h\"}]");
	mig_plan_diff_fini(&diff);
	mig_buf_fini(&text);
	mig_json_free(now);
	mig_json_free(before);
}

/* Dates are told by phase and by step of a flag. */
static void
test_timeline(void **state)
{
	(void)state;
	struct mig_json_doc *before = test_json("{\"timeline\":{\"start\":\"1\",\"end\":\"9\","
	    "\"phases\":[{\"phase\":\"a\",\"start\":\"1\",\"end\":\"4\",\"steps\":["
	    "{\"flag\":\"f\",\"percentage\":5,\"at\":\"2\"},"
	    "{\"flag\":\"f\",\"percentage\":50,\"at\":\"3\"}]}]}}");
	struct mig_json_doc *now = test_json("{\"timeline\":{\"start\":\"1\",\"end\":\"8\","
	    "\"phases\":[{\"phase\":\"a\",\"start\":\"1\",\"end\":\"4\",\"steps\":["
	    "{\"flag\":\"f\",\"percentage\":5,\"at\":\"2\"},"
	    "{\"flag\":\"f\",\"percentage\":50,\"at\":\"4\"}]}]}}");
	char *lines = lines_of(before, now, 10);
	assert_string_equal(lines, "work changed /timeline/end timeline, end: 9" ARROW "8\n"
	    "work changed /timeline/phases/0/steps/1/at timeline, phase a, step f 50 %, at: 3" ARROW
	    "4\n");
	free(lines);
	mig_json_free(now);
	mig_json_free(before);
}

/* The page: both plans at the top, no line wider than a terminal. */
static void
test_page(void **state)
{
	(void)state;
	struct mig_json_doc *old_plan = read_plan(NULL, NULL);
	struct mig_json_doc *spec = test_sample_read("database");
	struct mig_json_doc *new_plan = test_plan(mig_json_root(spec));
	struct mig_plan_diff diff = { 0 };
	struct mig_buf page;
	mig_buf_init(&page, MIG_DOC_BYTES_MAX);
	assert_int_equal(mig_plan_diff(mig_json_root(old_plan), mig_json_root(new_plan), 3, &diff),
	    MIG_OK);
	assert_int_equal(mig_render_plan_diff(mig_json_root(old_plan), mig_json_root(new_plan),
	    &diff, MIG_RENDER_TEXT, &page), MIG_OK);
	assert_non_null(strstr(page.data, "Old plan: abcdef, shop 1 to shop 2, created "));
	assert_non_null(strstr(page.data, "TRAFFIC\n"));
	assert_non_null(strstr(page.data, "    - and "));
	for (const char *line = page.data; *line != '\0'; line += *line == '\n') {
		size_t len = strcspn(line, "\n");
		size_t wide = 0;
		for (size_t i = 0; i < len; i++)
			wide += ((unsigned char)line[i] & 0xc0) != 0x80;
		assert_in_range(wide, 0, 80);
		line += len;
	}
	mig_buf_reset(&page);
	assert_int_equal(mig_render_plan_diff(mig_json_root(old_plan), mig_json_root(new_plan),
	    &diff, MIG_RENDER_MARKDOWN, &page), MIG_OK);
	assert_non_null(strstr(page.data, "\n## WORK\n\n- "));
	mig_buf_fini(&page);
	mig_buf_init(&page, 100);
	assert_int_equal(mig_render_plan_diff(mig_json_root(old_plan), mig_json_root(new_plan),
	    &diff, MIG_RENDER_TEXT, &page), MIG_ELIMIT);
	mig_buf_fini(&page);
	mig_plan_diff_fini(&diff);
	mig_json_free(new_plan);
	mig_json_free(spec);
	mig_json_free(old_plan);
}

/* Whatever stands where: no plan is needed, only JSON. */
static void
test_odd_documents(void **state)
{
	(void)state;
	static const char *const odd[] = { "{}", "[]", "null", "7", "\"plan\"",
		"{\"phases\":7,\"spec\":[],\"risks\":{\"a\":[]}}",
		"{\"phases\":[7,\"7\",null,[7],{\"name\":[]},{\"name\":7},{\"flags\":{\"a\":1}}]}",
		"{\"spec\":{\"feature_flags\":[{\"name\":true,\"rollout_schedule\":[1,[2]]}]}}" };
	for (size_t i = 0; i < TEST_COUNT(odd); i++) {
		for (size_t j = 0; j < TEST_COUNT(odd); j++) {
			struct mig_json_doc *before = test_json(odd[i]);
			struct mig_json_doc *now = test_json(odd[j]);
			char *lines = lines_of(before, now, 10);
			/* Nothing, in three ways, is nothing. */
			bool empty = i == j || (i < 3 && j < 3);
			assert_int_equal(lines[0] == '\0', empty);
			free(lines);
			mig_json_free(now);
			mig_json_free(before);
		}
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_edits),
		cmocka_unit_test(test_both_ways),
		cmocka_unit_test(test_moved),
		cmocka_unit_test(test_order_of_keys),
		cmocka_unit_test(test_specs),
		cmocka_unit_test(test_limit),
		cmocka_unit_test(test_long_values),
		cmocka_unit_test(test_common_start),
		cmocka_unit_test(test_json_form),
		cmocka_unit_test(test_timeline),
		cmocka_unit_test(test_page),
		cmocka_unit_test(test_odd_documents),
	};
	return !!cmocka_run_group_tests_name("plan_diff", tests, NULL, NULL);
}
