/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/limits.h"
#include "engine/advise.h"
#include "engine/column_type.h"
#include "engine/render.h"
#include "engine/spec_tables.h"
#include "support/skeleton.h"
#include "support/test_support.h"

#define WIDTH 80
#define TEXT_MAX 4096

static struct mig_json_doc *
advice_of(const struct mig_json *spec)
{
	struct mig_findings findings = { 0 };
	struct mig_buf out;
	mig_buf_init(&out, MIG_DOC_BYTES_MAX);
	int error = mig_advise(spec, &out, &findings);
	if (error != MIG_OK)
		fail_msg("%s", test_findings(&findings));
	struct mig_json_doc *advice = test_json(out.data);
	mig_buf_fini(&out);
	mig_findings_fini(&findings);
	return advice;
}

/* The advice about a specification with source, target and these members. */
static struct mig_json_doc *
advice_about(const char *members)
{
	char text[TEXT_MAX];
	assert_true(snprintf(text, sizeof(text), "{\"source\":\"Old\",\"target\":\"New\",%s}",
	                members) < TEXT_MAX);
	struct mig_json_doc *spec = test_json(text);
	struct mig_json_doc *advice = advice_of(mig_json_root(spec));
	mig_json_free(spec);
	return advice;
}

/* The first finding of a rule, NULL when there is none. */
static const struct mig_json *
finding_of(const struct mig_json_doc *advice, const char *id)
{
	return test_find(mig_json_get(mig_json_root(advice), "findings"), "id", id);
}

/* The place of a pattern in the ranking, NULL when it is not there. */
static const struct mig_json *
rank_of(const struct mig_json_doc *advice, const char *pattern)
{
	const struct mig_json *patterns = mig_json_get(mig_json_root(advice), "patterns");
	return test_find(mig_json_get(patterns, "ranking"), "pattern", pattern);
}

/* A rule: a specification that draws it, one that nearly does, and what is said of the first. */
struct rule_row {
	const char *id;
	const char *with;
	const char *without;
	const char *pointer;
	const char *found;
	const char *action;
};

#define SCHEDULE(steps) \
	"\"feature_flags\":[{\"name\":\"f\",\"rollout_schedule\":[" steps "]}]"
#define STEP(share, hours) "{\"percentage\":" #share ",\"duration_hours\":" #hours "}"
#define PHASE(name, hours) \
	"{\"phase\":\"" name "\",\"estimated_duration_hours\":" #hours "}"
#define TRIGGER(metric, minutes, action) \
	"\"rollback_triggers\":[{\"metric\":\"" metric "\",\"threshold\":1," \
	"\"duration_minutes\":" #minutes ",\"action\":\"" action "\"}]"
#define CHANGE(change) \
	"\"schema_changes\":[{\"table\":\"a\",\"changes\":[{\"type\":\"add_index\"," \
	"\"index_name\":\"i\",\"columns\":[\"c\"]}]},{\"table\":\"t\",\"changes\":[" change "]}]"
#define WORKLOADS(first, second) \
	"\"infrastructure_details\":{\"workloads\":[" \
	"{\"name\":\"w\",\"kind\":\"compute\",\"wave\":" #first "}," \
	"{\"name\":\"v\",\"kind\":\"compute\",\"wave\":" #second ",\"critical\":true}]}"
#define ENDPOINTS \
	"\"service_details\":{\"legacy_service\":{\"endpoints\":[\"GET /a\",\"GET /b\"]}," \
	"\"new_service\":{\"endpoints\":[\"GET /a\",\"GET /b\"]}}"
#define DATABASE "\"type\":\"database\""
#define SERVICE "\"type\":\"service\""
#define API "\"type\":\"api\""
#define DATA "\"type\":\"data\""
#define ESTATE "\"type\":\"infrastructure\""

static const struct rule_row rule_rows[] = {
	{ "big_bang_one_step", SERVICE "," SCHEDULE(STEP(100, 0)),
	    SERVICE "," SCHEDULE(STEP(50, 1) "," STEP(100, 0)), "/feature_flags/0/rollout_schedule",
	    "f goes from 0 to 100 percent", "Give f steps" },
	{ "big_bang_one_step", SERVICE "," SCHEDULE(STEP(51, 0)),
	    SERVICE "," SCHEDULE(STEP(50, 0)), "/feature_flags/0/rollout_schedule",
	    "f goes from 0 to 51 percent", "Give f steps" },
	{ "big_bang_no_flags", SERVICE, SERVICE "," SCHEDULE(STEP(5, 0)), "/feature_flags",
	    "no flag", "from Old to New" },
	{ "big_bang_no_flags", API, DATABASE, "/feature_flags", "no flag", "Add a flag" },
	{ "big_bang_no_flags", ESTATE, DATA, "/feature_flags", "no flag",
	    "Add a flag" },
	{ "big_bang_jump", SERVICE "," SCHEDULE(STEP(10, 1) "," STEP(61, 1) "," STEP(100, 0)),
	    SERVICE "," SCHEDULE(STEP(10, 1) "," STEP(60, 1) "," STEP(100, 0)),
	    "/feature_flags/0/rollout_schedule/1/percentage", "f jumps from 10 to 61 percent",
	    "a step of 35 percent between 10 and 61" },
	{ "big_bang_one_phase", DATABASE ",\"migration_phases\":[" PHASE("move", 90) "]",
	    DATABASE ",\"migration_phases\":[" PHASE("move", 90) "," PHASE("end", 1) "]",
	    "/migration_phases", "1 phase from Old to New", "remove Old" },
	{ "big_bang_one_wave", ESTATE "," WORKLOADS(2, 2), ESTATE "," WORKLOADS(1, 2),
	    "/infrastructure_details/workloads", "all 2 workloads move in wave 2",
	    "and v a later one" },
	{ "no_steps", DATABASE, DATABASE ",\"pattern\":\"dual_write\"", "/migration_phases",
	    "neither pattern nor", "Set pattern to " },
	{ "no_steps", DATA, SERVICE, "/migration_phases", "neither pattern nor",
	    "Set pattern to " },
	{ "no_rollback_triggers", DATABASE,
	    DATABASE "," TRIGGER("error_rate", 5, "alert_team"), "/rollback_triggers",
	    "no rollback trigger", "limit that Old keeps" },
	{ "no_automatic_rollback", DATABASE "," TRIGGER("error_rate", 5, "alert_team"),
	    DATABASE "," TRIGGER("error_rate", 5, "automatic_rollback"), "/rollback_triggers",
	    "error_rate above 1 for 5 minutes", "the trigger on error_rate" },
	{ "destructive_before_read_switch",
	    DATABASE "," CHANGE("{\"type\":\"drop_column\",\"column\":\"c\"}"),
	    DATABASE "," SCHEDULE(STEP(5, 0)) ","
	    CHANGE("{\"type\":\"drop_column\",\"column\":\"c\"}"),
	    "/schema_changes/1/changes/0", "drop_column t.c without", "move reads off t.c" },
	{ "destructive_before_read_switch",
	    DATABASE ",\"pattern\":\"data_migration\","
	    CHANGE("{\"type\":\"rename_column\",\"column\":\"c\",\"new_name\":\"d\"}"),
	    DATABASE ",\"pattern\":\"dual_write\","
	    CHANGE("{\"type\":\"rename_column\",\"column\":\"c\",\"new_name\":\"d\"}"),
	    "/schema_changes/1/changes/0", "rename_column t.c to d", "move reads off t.c" },
	{ "destructive_before_read_switch",
	    DATABASE "," CHANGE("{\"type\":\"drop_constraint\",\"constraint_name\":\"k\"}"),
	    DATABASE "," CHANGE("{\"type\":\"drop_index\",\"index_name\":\"k\"}"),
	    "/schema_changes/1/changes/0", "drop_constraint t.k", "move reads off t.k" },
	{ "destructive_before_read_switch",
	    DATABASE "," CHANGE("{\"type\":\"modify_column\",\"column\":\"c\","
	                        "\"old_type\":\"varchar(20)\",\"new_type\":\"varchar(19)\"}"),
	    DATABASE "," CHANGE("{\"type\":\"modify_column\",\"column\":\"c\","
	                        "\"old_type\":\"varchar(20)\",\"new_type\":\"varchar(21)\"}"),
	    "/schema_changes/1/changes/0", "modify_column from varchar(20) to varchar(19) on t.c",
	    "move reads off t.c" },
	{ "no_validation_phase",
	    DATABASE ",\"migration_phases\":[" PHASE("move", 90) "," PHASE("end", 1) "]",
	    DATABASE ",\"migration_phases\":[" PHASE("move", 90) "," PHASE("data_tests", 1) "]",
	    "/migration_phases", "none of the phases", "removes Old" },
	{ "no_trial", DATABASE ",\"pattern\":\"dual_write\"",
	    DATABASE ",\"migration_phases\":[" PHASE("pilot", 90) "," PHASE("end", 1) "]",
	    "/migration_phases", "no phase is a pilot", "staging copy of Old" },
	{ "no_trial", SERVICE "," SCHEDULE(STEP(11, 1) "," STEP(100, 0)),
	    SERVICE "," SCHEDULE(STEP(10, 1) "," STEP(100, 0)), "/migration_phases",
	    "no phase is a pilot", "staging copy of Old" },
	{ "no_trial", ESTATE, ESTATE ",\"pattern\":\"on_prem_to_cloud\"", "/migration_phases",
	    "no phase is a pilot", "staging copy of Old" },
	{ "critical_tables_unvalidated",
	    DATABASE ",\"pattern\":\"schema_change\",\"tables_to_migrate\":[{\"name\":\"t\","
	    "\"row_count\":1,\"size_mb\":1,\"critical\":true}]",
	    DATABASE ",\"pattern\":\"schema_change\",\"tables_to_migrate\":[{\"name\":\"t\","
	    "\"row_count\":1,\"size_mb\":1,\"critical\":true}],"
	    "\"monitoring\":{\"critical_metrics\":[\"data_validation_failures\"]}",
	    "/tables_to_migrate", "t: critical", "cover t." },
	{ "critical_tables_unvalidated",
	    DATABASE ",\"pattern\":\"schema_change\",\"tables_to_migrate\":[{\"name\":\"t\","
	    "\"row_count\":1,\"size_mb\":1,\"critical\":true}]",
	    DATABASE ",\"pattern\":\"schema_change\",\"tables_to_migrate\":[{\"name\":\"t\","
	    "\"row_count\":1,\"size_mb\":1}]",
	    "/tables_to_migrate", "t: critical", "cover t." },
	{ "dependencies_not_mapped", DATABASE,
	    DATABASE ",\"constraints\":{\"dependencies\":[\"shop\"]}", "/constraints/dependencies",
	    "no dependency", "feed Old" },
	{ "endpoints_without_callers", SERVICE "," ENDPOINTS,
	    SERVICE "," ENDPOINTS ",\"constraints\":{\"dependencies\":[\"shop\"]}",
	    "/constraints/dependencies", "Old has 2 endpoints", "callers of GET /a, GET /b" },
	{ "no_critical_metrics", DATABASE ",\"monitoring\":{\"critical_metrics\":[]}",
	    DATABASE ",\"monitoring\":{\"critical_metrics\":[\"error_rate\"]}",
	    "/monitoring/critical_metrics", "no critical metric", "availability of New" },
	{ "trigger_not_monitored",
	    DATABASE "," TRIGGER("p95_response_time", 5, "alert_team")
	    ",\"monitoring\":{\"critical_metrics\":[\"error_rate\"]}",
	    DATABASE "," TRIGGER("p95_response_time", 5, "alert_team")
	    ",\"monitoring\":{\"critical_metrics\":[\"response_time_p95\"]}",
	    "/rollback_triggers/0/metric", "waits for p95_response_time",
	    "Measure p95_response_time on Old" },
	{ "rushed_timeline",
	    DATABASE ",\"migration_phases\":[" PHASE("move", 35) "," PHASE("test", 0.5) "]",
	    DATABASE ",\"migration_phases\":[" PHASE("move", 35) "," PHASE("test", 1) "]",
	    "/migration_phases", "take 35.5 hours, the estimate for this complexity is 72",
	    "nearer to 72 hours" },
	{ "rushed_rollout", SERVICE "," SCHEDULE(STEP(50, 8.9) "," STEP(100, 0)),
	    SERVICE "," SCHEDULE(STEP(50, 9) "," STEP(100, 0)), "/feature_flags/0/rollout_schedule",
	    "f is at its last step after 8.9 hours, 18 are estimated for cutover",
	    "steps of f for 18 hours" },
	{ "schedule_longer_than_phases",
	    SERVICE "," SCHEDULE(STEP(50, 31) "," STEP(100, 0))
	    ",\"migration_phases\":[" PHASE("move", 30) "," PHASE("test", 20) "]",
	    SERVICE "," SCHEDULE(STEP(50, 30) "," STEP(100, 0))
	    ",\"migration_phases\":[" PHASE("move", 30) "," PHASE("test", 20) "]",
	    "/feature_flags/0/rollout_schedule", "for 31 hours, the longest of migration_phases "
	    "takes 30 hours", "moves f at least 31 hours" },
	{ "schedule_longer_than_phases", SERVICE "," SCHEDULE(STEP(50, 73) "," STEP(100, 0)),
	    SERVICE "," SCHEDULE(STEP(50, 72) "," STEP(100, 0)),
	    "/feature_flags/0/rollout_schedule",
	    "for 73 hours, the whole migration is estimated at 72 hours", "at least 73 hours" },
	{ "no_performance_baseline", SERVICE,
	    SERVICE ",\"performance_requirements\":{\"transactions_per_second\":5}",
	    "/service_details/legacy_service/current_load", "neither the load", "of Old" },
	{ "no_performance_requirements", DATABASE,
	    DATABASE ",\"performance_requirements\":{\"transactions_per_second\":5}",
	    "/performance_requirements", "no performance is required of New", "Measure Old" },
	{ "no_window", DATABASE ",\"constraints\":{\"dependencies\":[\"shop\"]}",
	    DATABASE ",\"business_continuity\":{\"critical_business_hours\":{\"start\":\"08:00\","
	    "\"end\":\"18:00\",\"timezone\":\"UTC\"}}", "/business_continuity",
	    "neither critical hours", "owners of shop" },
	{ "hold_shorter_than_trigger",
	    SERVICE "," TRIGGER("error_rate", 31, "automatic_rollback") ","
	    SCHEDULE(STEP(5, 1) "," STEP(50, 0.5) "," STEP(100, 0)),
	    SERVICE "," TRIGGER("error_rate", 30, "automatic_rollback") ","
	    SCHEDULE(STEP(5, 1) "," STEP(50, 0.5) "," STEP(100, 0)),
	    "/feature_flags/0/rollout_schedule/1/duration_hours",
	    "f stays at 50 percent for 30 minutes, and error_rate must be bad for 31",
	    "Hold f at 50 percent for well over 31 minutes" },
	{ "hold_shorter_than_trigger",
	    SERVICE "," TRIGGER("error_rate", 61, "automatic_rollback") ","
	    SCHEDULE(STEP(5, 1) "," STEP(100, 0)),
	    SERVICE "," TRIGGER("error_rate", 61, "alert_team") ","
	    SCHEDULE(STEP(5, 1) "," STEP(100, 0)),
	    "/feature_flags/0/rollout_schedule/0/duration_hours", "for 60 minutes",
	    "well over 61 minutes" },
	{ "pattern_outranked", DATABASE ",\"pattern\":\"parallel_schema\"",
	    DATABASE ",\"pattern\":\"event_sourcing\"", "/pattern",
	    "parallel_schema is 4 points behind data_migration",
	    "set pattern to data_migration" },
	{ "pattern_missing", API, API ",\"pattern\":\"canary\"", "/pattern", "no pattern",
	    "Set pattern to blue_green" },
};

static void
check_said(const struct mig_json *finding, const char *key, const char *wanted)
{
	if (strstr(test_member(finding, key), wanted) == NULL)
		fail_msg("%s: %s is \"%s\", wanted \"%s\"", test_member(finding, "id"), key,
		    test_member(finding, key), wanted);
}

static void
test_rules(void **state)
{
	(void)state;
	for (size_t i = 0; i < TEST_COUNT(rule_rows); i++) {
		const struct rule_row *row = &rule_rows[i];
		struct mig_json_doc *with = advice_about(row->with);
		struct mig_json_doc *without = advice_about(row->without);
		const struct mig_json *finding = finding_of(with, row->id);
		if (finding == NULL)
			fail_msg("%s is not found in %s", row->id, row->with);
		assert_string_equal(test_member(finding, "pointer"), row->pointer);
		check_said(finding, "found", row->found);
		check_said(finding, "action", row->action);
		if (finding_of(without, row->id) != NULL)
			fail_msg("%s is found in %s", row->id, row->without);
		mig_json_free(without);
		mig_json_free(with);
	}
}

/* The schema lists every rule, and each has a row above. */
static void
test_rules_complete(void **state)
{
	(void)state;
	size_t len = 0;
	char *text = test_read_source("docs/schemas/migration-advice.schema.json", &len);
	struct mig_json_doc *schema = test_json(text);
	const struct mig_json *node = mig_json_root(schema);
	static const char *const way[] = { "$defs", "finding", "properties", "id", "enum" };
	for (size_t i = 0; i < TEST_COUNT(way); i++)
		node = mig_json_get(node, way[i]);
	assert_int_equal(mig_json_count(node), 25);
	for (node = mig_json_first(node); node != NULL; node = mig_json_next(node)) {
		size_t i = 0;
		while (i < TEST_COUNT(rule_rows) &&
		    strcmp(rule_rows[i].id, mig_json_string(node)) != 0)
			i++;
		if (i == TEST_COUNT(rule_rows))
			fail_msg("the rule %s is not tested", mig_json_string(node));
	}
	mig_json_free(schema);
	free(text);
}

/* One row of the selection matrix: the specification, what comes first, and why. */
struct matrix_row {
	const char *spec;
	const char *pattern;
	const char *reason;
};

#define CONSTRAINTS(minutes, points) \
	"\"constraints\":{\"max_downtime_minutes\":" #minutes ",\"special_requirements\":[" points \
	"]}"
#define THREE "\"r1\",\"r2\",\"r3\""
#define FIVE THREE ",\"r4\",\"r5\""
#define ADD CHANGE("{\"type\":\"add_column\",\"column\":\"c\",\"data_type\":\"int\"}")

static const struct matrix_row matrix_rows[] = {
	{ DATABASE "," ADD "," CONSTRAINTS(0, ""), "schema_change",
	    "a schema change: for low complexity (downtime aside) and zero downtime the selection "
	    "matrix names schema_change" },
	{ DATABASE "," ADD "," CONSTRAINTS(0, FIVE), "parallel_schema",
	    "a schema change: for high complexity (downtime aside) and zero downtime the selection "
	    "matrix names parallel_schema" },
	{ SERVICE "," ENDPOINTS "," CONSTRAINTS(0, THREE), "strangler_fig",
	    "the replacement of a service: for medium complexity (downtime aside) and zero "
	    "downtime the selection matrix names strangler_fig" },
	{ SERVICE "," ENDPOINTS "," CONSTRAINTS(0, FIVE), "strangler_fig",
	    "the replacement of a service: for zero downtime the selection matrix names "
	    "strangler_fig, but at another complexity than high" },
	{ DATA "," CONSTRAINTS(480, FIVE), "event_sourcing",
	    "a move of data: for high complexity (downtime aside) and some downtime the selection "
	    "matrix names event_sourcing" },
	{ ESTATE "," CONSTRAINTS(480, ""), "lift_and_shift",
	    "a move of infrastructure: for low complexity (downtime aside) and some downtime the "
	    "selection matrix names lift_and_shift" },
	{ ESTATE "," CONSTRAINTS(0, FIVE), "hybrid_cloud",
	    "a move of infrastructure: for high complexity (downtime aside) and zero downtime the "
	    "selection matrix names hybrid_cloud" },
};

static const char *
first_pattern(const struct mig_json_doc *advice)
{
	return test_member(mig_json_get(mig_json_root(advice), "patterns"), "recommended");
}

static bool
has_reason(const struct mig_json *rank, const char *text)
{
	const struct mig_json *reason = mig_json_first(mig_json_get(rank, "reasons"));
	for (; reason != NULL; reason = mig_json_next(reason))
		if (strstr(test_member(reason, "text"), text) != NULL)
			return true;
	return false;
}

static void
test_matrix(void **state)
{
	(void)state;
	for (size_t i = 0; i < TEST_COUNT(matrix_rows); i++) {
		struct mig_json_doc *advice = advice_about(matrix_rows[i].spec);
		assert_string_equal(first_pattern(advice), matrix_rows[i].pattern);
		if (!has_reason(rank_of(advice, matrix_rows[i].pattern), matrix_rows[i].reason))
			fail_msg("%s lacks: %s", matrix_rows[i].spec, matrix_rows[i].reason);
		mig_json_free(advice);
	}
}

/* The row of updates needs a source and a target that are releases of one system. */
static void
test_matrix_update(void **state)
{
	(void)state;
	struct mig_json_doc *spec = test_json("{\"type\":\"service\",\"source\":\"Shop 1\","
	    "\"target\":\"Shop 2\",\"constraints\":{\"max_downtime_minutes\":0}}");
	struct mig_json_doc *advice = advice_of(mig_json_root(spec));
	assert_string_equal(first_pattern(advice), "blue_green");
	assert_true(has_reason(rank_of(advice, "blue_green"), "the update of a service: for low "
	    "complexity (downtime aside) and zero downtime the selection matrix names blue_green"));
	mig_json_free(advice);
	mig_json_free(spec);
}

/* Every pattern of the type is ranked, best first, by the sum of its reasons. */
static void
check_ranking(const struct mig_json_doc *advice, const struct mig_type_patterns *type)
{
	size_t count = 0;
	double before = 1000;
	for (; type->patterns[count] != NULL; count++)
		assert_non_null(rank_of(advice, type->patterns[count]));
	const struct mig_json *ranking =
	    mig_json_get(mig_json_get(mig_json_root(advice), "patterns"), "ranking");
	assert_int_equal(mig_json_count(ranking), count);
	const struct mig_json *rank = mig_json_first(ranking);
	assert_string_equal(test_member(rank, "pattern"), first_pattern(advice));
	for (double place = 1; rank != NULL; rank = mig_json_next(rank), place++) {
		double points = mig_json_number(mig_json_get(rank, "points"));
		double sum = 0;
		const struct mig_json *reason = mig_json_first(mig_json_get(rank, "reasons"));
		for (; reason != NULL; reason = mig_json_next(reason)) {
			sum += mig_json_number(mig_json_get(reason, "points"));
			assert_int_equal(*test_member(reason, "pointer"), '/');
		}
		assert_double_same(points, sum);
		assert_true(points <= before);
		assert_double_same(mig_json_number(mig_json_get(rank, "rank")), place);
		before = points;
	}
}

static void
test_ranking(void **state)
{
	(void)state;
	for (size_t i = 0; mig_type_patterns[i].type != NULL; i++) {
		char members[64];
		(void)snprintf(members, sizeof(members), "\"type\":\"%s\"",
		    mig_type_patterns[i].type);
		struct mig_json_doc *advice = advice_about(members);
		check_ranking(advice, &mig_type_patterns[i]);
		mig_json_free(advice);
	}
}

/* Among equals the specification's own choice stands. */
static void
test_ties(void **state)
{
	static const char *const own[] = { "expand_contract", "schema_change" };
	(void)state;
	for (size_t i = 0; i < TEST_COUNT(own); i++) {
		char members[512];
		(void)snprintf(members, sizeof(members), "%s,\"pattern\":\"%s\"",
		    DATABASE "," ADD "," CONSTRAINTS(0, ""), own[i]);
		struct mig_json_doc *advice = advice_about(members);
		const struct mig_json *patterns =
		    mig_json_get(mig_json_root(advice), "patterns");
		assert_string_equal(first_pattern(advice), own[i]);
		assert_string_equal(test_member(patterns, "chosen"), own[i]);
		assert_true(mig_json_bool(mig_json_get(patterns, "agrees")));
		mig_json_free(advice);
	}
}

/* A reason of a pattern: a specification that gives it, one that does not. */
struct reason_row {
	const char *pattern;
	const char *with;
	const char *without;
	const char *pointer;
	double points;
	const char *text;
};

#define VOLUME(gigabytes, minutes) \
	"\"constraints\":{\"data_volume_gb\":" #gigabytes ",\"max_downtime_minutes\":" #minutes "}"
#define PLACES(from, to) \
	"\"infrastructure_details\":{\"source_environment\":{\"kind\":\"" from "\"}," \
	"\"target_environment\":{\"kind\":\"" to "\"}}"

static const struct reason_row reason_rows[] = {
	{ "bulk_snapshot", DATA "," VOLUME(360, 60), DATA "," VOLUME(361, 60),
	    "/constraints/data_volume_gb", 2, "is 360 GB: 1h at 100 MB/s to copy, which fits" },
	{ "lift_and_shift", ESTATE "," VOLUME(361, 60), ESTATE "," VOLUME(360, 60),
	    "/constraints/data_volume_gb", -3, "longer than the downtime" },
	{ "lift_and_shift", ESTATE "," VOLUME(0, 0), ESTATE "," VOLUME(0, 1),
	    "/constraints/max_downtime_minutes", -4, "is 0: lift_and_shift stops Old" },
	{ "lift_and_shift", ESTATE "," VOLUME(0, 59), ESTATE "," VOLUME(0, 60),
	    "/constraints/max_downtime_minutes", -2, "is 59: little for" },
	{ "canary", SERVICE, SERVICE "," VOLUME(0, 0), "/constraints", 2,
	    "low (0 points), which canary is made for" },
	{ "event_sourcing", DATABASE, DATABASE "," CONSTRAINTS(0, FIVE), "/constraints", -2,
	    "low (0 points): event_sourcing costs more than that, it is made for high" },
	{ "rolling_update", SERVICE "," CONSTRAINTS(0, ""), SERVICE, "/constraints", -1,
	    "medium (3 points): rolling_update is made for low" },
	{ "parallel_schema", DATABASE "," CHANGE("{\"type\":\"drop_column\",\"column\":\"c\"}"),
	    DATABASE "," ADD, "/schema_changes", 1, "converts or removes" },
	{ "expand_contract", DATABASE "," ADD, DATABASE, "/schema_changes", 2, "edits 2 tables" },
	{ "dual_write", DATABASE "," SCHEDULE(STEP(5, 0)), DATABASE, "/feature_flags", 1,
	    "has f: reads can go over by a flag" },
	{ "dual_write", DATABASE "," CONSTRAINTS(480, "\"zero_data_loss\""), DATABASE,
	    "/constraints/special_requirements", -1, "one of two writes" },
	{ "change_data_capture", DATABASE "," CONSTRAINTS(480, "\"zero_data_loss\""), DATABASE,
	    "/constraints/special_requirements", 1, "the log has every change" },
	{ "data_migration", DATA "," VOLUME(101, 480), DATA "," VOLUME(100, 480),
	    "/constraints/data_volume_gb", 2, "is 101 GB: copied ahead while Old is in use" },
	{ "stream_processing", DATA ",\"monitoring\":{\"critical_metrics\":"
	    "[\"replication_lag_seconds\"]}", DATA,
	    "/monitoring/critical_metrics", 1, "when to switch" },
	{ "event_sourcing", DATABASE ",\"constraints\":{\"compliance_requirements\":[\"SOX\"]}",
	    DATABASE, "/constraints/compliance_requirements", 1, "has SOX: events are a record" },
	{ "multi_cloud", ESTATE ",\"constraints\":{\"compliance_requirements\":[\"SOX\"]}", ESTATE,
	    "/constraints/compliance_requirements", -2, "the risk of multi_cloud is high" },
	{ "parallel_run", API ",\"monitoring\":{\"critical_metrics\":"
	    "[\"comparison_mismatch_rate\"]}", API, "/monitoring/critical_metrics", 3,
	    "the answers of both are compared" },
	{ "canary", API "," SCHEDULE(STEP(10, 0)), API "," SCHEDULE(STEP(11, 0)), "/feature_flags",
	    2, "begins with a share of at most 10 percent: f 10 percent" },
	{ "blue_green", API "," VOLUME(1, 0), API "," VOLUME(0, 0), "/constraints/data_volume_gb",
	    -1, "is 1 GB that two environments must keep equal" },
	{ "glue_layer", API ",\"constraints\":{\"dependencies\":[\"a\",\"b\",\"c\",\"d\",\"e\","
	    "\"f\"]}", API ",\"constraints\":{\"dependencies\":[\"a\",\"b\",\"c\",\"d\",\"e\"]}",
	    "/constraints/dependencies", 1, "has a, b, c, d and 2 more" },
	{ "rolling_update", SERVICE ",\"service_details\":{\"legacy_service\":{\"endpoints\":"
	    "[\"GET /b\",\"GET /a\"]},\"new_service\":{\"endpoints\":[\"GET /a\"]}}",
	    SERVICE ",\"service_details\":{\"legacy_service\":{\"endpoints\":"
	    "[\"GET /b\",\"GET /a\"]},\"new_service\":{\"endpoints\":[\"GET /a\",\"GET /b\"]}}",
	    "/service_details/new_service/endpoints", -2, "lacks addresses" },
	{ "on_prem_to_cloud", ESTATE "," PLACES("on_premises", "cloud"),
	    ESTATE "," PLACES("cloud", "cloud"),
	    "/infrastructure_details/source_environment/kind", 3, "is on_premises" },
	{ "cloud_migration", ESTATE "," PLACES("cloud", "cloud"),
	    ESTATE "," PLACES("on_premises", "cloud"),
	    "/infrastructure_details/source_environment/kind", 3, "is cloud and that of" },
	{ "hybrid_cloud", ESTATE "," PLACES("on_premises", "hybrid"),
	    ESTATE "," PLACES("on_premises", "cloud"),
	    "/infrastructure_details/target_environment/kind", 3, "a part is to stay" },
};

static const struct mig_json *
reason_of(const struct mig_json_doc *advice, const struct reason_row *row)
{
	const struct mig_json *rank = rank_of(advice, row->pattern);
	const struct mig_json *reason = mig_json_first(mig_json_get(rank, "reasons"));
	for (; reason != NULL; reason = mig_json_next(reason))
		if (strcmp(test_member(reason, "pointer"), row->pointer) == 0 &&
		    strstr(test_member(reason, "text"), row->text) != NULL)
			break;
	return reason;
}

static void
test_reasons(void **state)
{
	(void)state;
	for (size_t i = 0; i < TEST_COUNT(reason_rows); i++) {
		const struct reason_row *row = &reason_rows[i];
		struct mig_json_doc *with = advice_about(row->with);
		struct mig_json_doc *without = advice_about(row->without);
		const struct mig_json *reason = reason_of(with, row);
		if (reason == NULL)
			fail_msg("%s lacks the reason: %s", row->with, row->text);
		assert_double_same(mig_json_number(mig_json_get(reason, "points")), row->points);
		if (reason_of(without, row) != NULL)
			fail_msg("%s has the reason: %s", row->without, row->text);
		mig_json_free(without);
		mig_json_free(with);
	}
}

/* What each sample draws, in order. */
struct sample_row {
	const char *sample;
	const char *recommended;
	bool agrees;
	const char *ids;
};

static const struct sample_row sample_rows[] = {
	{ "database", "change_data_capture", false,
	    "no_rollback_triggers critical_tables_unvalidated no_critical_metrics no_trial "
	    "pattern_outranked" },
	{ "service", "strangler_fig", true,
	    "rushed_timeline rushed_rollout schedule_longer_than_phases no_window" },
	{ "infrastructure", "on_prem_to_cloud", true, "no_validation_phase" },
	{ "bulk_copy", "data_migration", true,
	    "destructive_before_read_switch no_trial trigger_not_monitored trigger_not_monitored" },
	{ "parallel_run", "parallel_run", true,
	    "big_bang_jump schedule_longer_than_phases no_window" },
	{ "blue_green", "blue_green", true,
	    "big_bang_no_flags no_critical_metrics no_trial no_performance_baseline no_window" },
	{ "minimal_api", "blue_green", false,
	    "big_bang_no_flags no_rollback_triggers no_critical_metrics no_trial "
	    "dependencies_not_mapped no_performance_baseline no_window pattern_missing" },
};

/* The findings' ids with blanks between them, and how many of each severity were counted. */
static void
check_sample(const struct sample_row *row, const struct mig_json_doc *advice)
{
	static const char *const severities[] = { "high", "medium", "low" };
	const struct mig_json *root = mig_json_root(advice);
	double counts[3] = { 0 };
	size_t severity = 0;
	struct mig_buf ids;
	mig_buf_init(&ids, TEXT_MAX);
	const struct mig_json *finding = mig_json_first(mig_json_get(root, "findings"));
	for (; finding != NULL; finding = mig_json_next(finding)) {
		mig_buf_printf(&ids, "%s%s", ids.len > 0 ? " " : "", test_member(finding, "id"));
		while (strcmp(test_member(finding, "severity"), severities[severity]) != 0)
			severity++;
		counts[severity]++;
	}
	assert_string_equal(ids.data, row->ids);
	for (size_t i = 0; i < 3; i++)
		assert_double_same(mig_json_number(mig_json_get(mig_json_get(root, "counts"),
		                       severities[i])), counts[i]);
	mig_buf_fini(&ids);
}

static void
test_samples(void **state)
{
	(void)state;
	for (size_t i = 0; i < TEST_COUNT(sample_rows); i++) {
		const struct sample_row *row = &sample_rows[i];
		struct mig_json_doc *spec = test_sample_read(row->sample);
		struct mig_json_doc *plan = test_plan(mig_json_root(spec));
		struct mig_json_doc *advice = advice_of(mig_json_root(spec));
		const struct mig_json *root = mig_json_root(advice);
		assert_string_equal(first_pattern(advice), row->recommended);
		assert_int_equal(mig_json_bool(mig_json_get(mig_json_get(root, "patterns"),
		                     "agrees")), row->agrees);
		check_sample(row, advice);
		/* The plan of the same specification says the same of it. */
		assert_string_equal(test_member(root, "migration_id"),
		    test_member(mig_json_root(plan), "migration_id"));
		assert_string_equal(test_member(root, "complexity"),
		    test_member(mig_json_root(plan), "complexity"));
		mig_json_free(advice);
		mig_json_free(plan);
		mig_json_free(spec);
	}
}

/* A page: no line is too wide, every finding and pattern stands in it. */
static void
check_page(const struct mig_json_doc *advice, enum mig_render_form form, const char *page)
{
	const struct mig_json *root = mig_json_root(advice);
	assert_non_null(strstr(page, "MIGRATION ADVICE"));
	const struct mig_json *finding = mig_json_first(mig_json_get(root, "findings"));
	for (; finding != NULL; finding = mig_json_next(finding))
		assert_non_null(strstr(page, test_member(finding, "id")));
	const struct mig_json *patterns = mig_json_get(root, "patterns");
	const struct mig_json *rank = mig_json_first(mig_json_get(patterns, "ranking"));
	for (; rank != NULL; rank = mig_json_next(rank))
		assert_non_null(strstr(page, test_member(rank, "pattern")));
	for (; form == MIG_RENDER_TEXT && *page != '\0'; page += strspn(page, "\n")) {
		size_t len = strcspn(page, "\n");
		assert_true(len <= WIDTH);
		page += len;
	}
}

static void
test_pages(void **state)
{
	(void)state;
	for (size_t i = 0; i < TEST_COUNT(sample_rows); i++) {
		struct mig_json_doc *spec = test_sample_read(sample_rows[i].sample);
		struct mig_json_doc *advice = advice_of(mig_json_root(spec));
		for (int form = MIG_RENDER_TEXT; form <= MIG_RENDER_MARKDOWN; form++) {
			struct mig_buf page;
			mig_buf_init(&page, MIG_DOC_BYTES_MAX);
			assert_int_equal(mig_render_advice(mig_json_root(advice),
			                     (enum mig_render_form)form, &page), MIG_OK);
			check_page(advice, (enum mig_render_form)form, page.data);
			mig_buf_fini(&page);
		}
		mig_json_free(advice);
		mig_json_free(spec);
	}
}

/* The order of keys and white space change nothing. */
static void
test_determinism(void **state)
{
	(void)state;
	static const char *const texts[2] = {
		"{\"type\":\"api\",\"source\":\"a\",\"target\":\"b\",\"constraints\":"
		"{\"data_volume_gb\":5,\"dependencies\":[\"x\"]}}",
		"{ \"constraints\": {\"dependencies\": [\"x\"],\n\"data_volume_gb\": 5},"
		"\"target\":\"b\",\"source\":\"a\",\"type\":\"api\"}",
	};
	struct mig_buf out[2];
	struct mig_findings findings = { 0 };
	for (size_t i = 0; i < 2; i++) {
		struct mig_json_doc *spec = test_json(texts[i]);
		mig_buf_init(&out[i], MIG_DOC_BYTES_MAX);
		assert_int_equal(mig_advise(mig_json_root(spec), &out[i], &findings), MIG_OK);
		mig_json_free(spec);
	}
	assert_string_equal(out[0].data, out[1].data);
	mig_buf_fini(&out[0]);
	mig_buf_fini(&out[1]);
	mig_findings_fini(&findings);
}

/* A wrong specification appends nothing and has all its faults told; a small buffer is an error. */
static void
test_failures(void **state)
{
	(void)state;
	struct mig_findings findings = { 0 };
	struct mig_buf out;
	mig_buf_init(&out, MIG_DOC_BYTES_MAX);
	struct mig_json_doc *wrong = test_json("{\"type\":\"apy\",\"source\":\"\"}");
	assert_int_equal(mig_advise(mig_json_root(wrong), &out, &findings), MIG_EDOC);
	assert_int_equal(out.len, 0);
	assert_int_equal(findings.errors, 3);
	mig_buf_fini(&out);

	struct mig_json_doc *spec = test_sample_read("service");
	mig_buf_init(&out, 4000);
	assert_int_equal(mig_advise(mig_json_root(spec), &out, &findings), MIG_ELIMIT);
	mig_buf_fini(&out);
	mig_findings_fini(&findings);
	mig_json_free(spec);
	mig_json_free(wrong);
}

/* Of one kind fifty are listed, the others are counted. */
static void
test_many(void **state)
{
	(void)state;
	struct mig_buf text;
	mig_buf_init(&text, MIG_DOC_BYTES_MAX);
	mig_buf_puts(&text, "{\"type\":\"service\",\"source\":\"a\",\"target\":\"b\","
			    "\"feature_flags\":[");
	for (int i = 0; i < 53; i++)
		mig_buf_printf(&text,
		    "%s{\"name\":\"f%d\",\"rollout_schedule\":[" STEP(100, 99) "]}",
		    i > 0 ? "," : "", i);
	mig_buf_puts(&text, "]}");
	struct mig_json_doc *spec = test_json(text.data);
	struct mig_json_doc *advice = advice_of(mig_json_root(spec));
	const struct mig_json *counts = mig_json_get(mig_json_root(advice), "counts");
	const struct mig_json *findings = mig_json_get(mig_json_root(advice), "findings");
	size_t steps = 0;
	const struct mig_json *node = mig_json_first(findings);
	for (; node != NULL; node = mig_json_next(node))
		if (strcmp(test_member(node, "id"), "big_bang_one_step") == 0)
			steps++;
	assert_int_equal(steps, 50);
	/* The rules of schedules that are longer than the estimate find as many. */
	assert_double_same(mig_json_number(mig_json_get(counts, "omitted")), 6);
	assert_double_same(mig_json_number(mig_json_get(counts, "high")), 55);
	mig_buf_reset(&text);
	assert_int_equal(mig_render_advice(mig_json_root(advice), MIG_RENDER_TEXT, &text), MIG_OK);
	assert_non_null(strstr(text.data, "Not listed: 6 more like those that are"));
	mig_json_free(advice);
	mig_json_free(spec);
	mig_buf_fini(&text);
}

/* Texts with a meaning for templates are the user's, not ours. */
static void
test_hostile_names(void **state)
{
	(void)state;
	struct mig_json_doc *spec = test_json("{\"type\":\"service\",\"source\":\"{flag} %s\","
	    "\"target\":\"{nothing}\",\"constraints\":{\"dependencies\":[\"{at}\"]}}");
	struct mig_json_doc *advice = advice_of(mig_json_root(spec));
	const struct mig_json *finding = finding_of(advice, "no_window");
	check_said(finding, "action", "owners of {at}.");
	check_said(finding, "why", "depend on {flag} %s do");
	mig_json_free(advice);
	mig_json_free(spec);
}

static void
test_column_types(void **state)
{
	static const struct {
		const char *old;
		const char *new;
		bool widens;
	} rows[] = {
		{ "int", "int", true },
		{ "jsonb", "jsonb", true },
		{ "json", "jsonb", false },
		{ "int", "bigint", true },
		{ "INTEGER", "bigint", true },
		{ "bigint", "int", false },
		{ "smallint", "int8", true },
		{ "varchar(255)", "text", true },
		{ "text", "varchar(255)", false },
		{ "varchar(20)", "varchar(20)", true },
		{ "varchar(20)", "character varying ( 21 )", true },
		{ "varchar(20)", "varchar(19)", false },
		{ "varchar(20)", "varchar", true },
		{ "varchar", "varchar(20)", false },
		{ "char(8)", "varchar(8)", true },
		{ "char(8)", "varchar(7)", false },
		{ "decimal(10,2)", "numeric(12, 2)", true },
		{ "decimal(10,2)", "decimal(10,3)", false },
		{ "decimal(10,2)", "decimal(11,3)", true },
		{ "decimal(10,2)", "decimal(11,1)", false },
		{ "int", "decimal", true },
		{ "int", "decimal(10)", true },
		{ "int", "decimal(9)", false },
		{ "bigint", "decimal(20,2)", false },
		{ "bigint", "decimal(21,2)", true },
		{ "datetime", "timestamp", true },
		{ "timestamp", "date", false },
		{ "varchar(1", "varchar(2)", false },
		{ "varchar(1)", "varchar(2) x", false },
		{ "varchar(1)", "varchar(x)", false },
		{ "decimal(1,2,3)", "decimal(2,2,3)", false },
		{ "varchar(1)", "varchar(99999999999)", false },
		{ "", "int", false },
	};
	(void)state;
	for (size_t i = 0; i < TEST_COUNT(rows); i++)
		if (mig_column_type_widens(rows[i].old, rows[i].new) != rows[i].widens)
			fail_msg("%s to %s", rows[i].old, rows[i].new);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rules),
		cmocka_unit_test(test_rules_complete),
		cmocka_unit_test(test_matrix),
		cmocka_unit_test(test_matrix_update),
		cmocka_unit_test(test_ranking),
		cmocka_unit_test(test_ties),
		cmocka_unit_test(test_reasons),
		cmocka_unit_test(test_samples),
		cmocka_unit_test(test_pages),
		cmocka_unit_test(test_determinism),
		cmocka_unit_test(test_failures),
		cmocka_unit_test(test_many),
		cmocka_unit_test(test_hostile_names),
		cmocka_unit_test(test_column_types),
	};
	return !!cmocka_run_group_tests(tests, NULL, NULL);
}
