/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/json.h"
#include "engine/docid.h"
#include "engine/spec.h"
#include "support/test_support.h"

/* A specification, or what stands in one behind the three required keys, and what is said of it. */
struct row {
	const char *text;
	const char *wanted; /* part of a finding; NULL: no finding at all */
	int error;
};

static const char *const samples[] = { "database", "service", "infrastructure", "bulk_copy",
	"parallel_run", "blue_green", "minimal_api" };

#define HEAD "{\"type\":\"service\",\"source\":\"a\",\"target\":\"b\""

/* Refusals of whole documents; wrong types and the like are in test_edges.c. */
static const struct row whole_rows[] = {
	{ HEAD "}", NULL, MIG_OK },
	{ "{}", "the key \"type\" is missing", MIG_EDOC },
	{ "{\"type\":\"api\",\"source\":\"a\"}", "the key \"target\" is missing", MIG_EDOC },
	{ "{\"type\":\"api\",\"source\":\"\",\"target\":\"b\"}", "/source: must not be empty",
	    MIG_EDOC },
};

/* Refusals and warnings of single fields. */
static const struct row field_rows[] = {
	{ "\"pattern\":\"strangler\"", "/pattern: \"strangler\" is not one of", MIG_EDOC },
	{ "\"pattern\":\"schema_change\"", "does not belong to the type service", MIG_EDOC },
	{ "\"pattern\":\"canary\"", NULL, MIG_OK },
	{ "\"x_ticket\":\"OPS-1\"", NULL, MIG_OK },
	{ "\"constraints\":{\"dependencies\":[\"a\",\"b\",\"a\"]}",
	    "/constraints/dependencies/2: \"a\" is there twice", MIG_EDOC },
	{ "\"constraints\":{\"dependencies\":[1]}", "/constraints/dependencies/0: must be a string",
	    MIG_EDOC },
	{ "\"constraints\":{\"compliance_requirements\":[\"gdpr\"]}", "upper-case like PCI_DSS",
	    MIG_EDOC },
	{ "\"constraints\":{\"special_requirements\":[\"Zero\"]}", "lower-case letters", MIG_EDOC },
	{ "\"tables_to_migrate\":[{\"name\":\"t\",\"row_count\":1.5,\"size_mb\":1}]",
	    "/tables_to_migrate/0/row_count: must be a whole number", MIG_EDOC },
	{ "\"tables_to_migrate\":[{\"name\":\"t t\",\"row_count\":1,\"size_mb\":1}]",
	    "\"t t\" has the wrong form", MIG_EDOC },
	{ "\"tables_to_migrate\":[{\"name\":\"t\",\"row_count\":1,\"size_mb\":1},"
	  "{\"name\":\"t\",\"row_count\":1,\"size_mb\":1}]",
	    "/tables_to_migrate/1/name: \"t\" is there twice", MIG_EDOC },
	{ "\"schema_changes\":[{\"table\":\"t\",\"changes\":[]}]", "changes: must not be empty",
	    MIG_EDOC },
	{ "\"schema_changes\":[{\"table\":\"t\",\"changes\":[{\"type\":\"add_column\","
	  "\"column\":\"c\"}]}]",
	    "/schema_changes/0/changes/0: the key \"data_type\" is missing", MIG_EDOC },
	{ "\"schema_changes\":[{\"table\":\"t\",\"changes\":[{\"type\":\"add_colum\"}]}]",
	    "did you mean \"add_column\"?", MIG_EDOC },
	{ "\"schema_changes\":[{\"table\":\"t\",\"changes\":[7]}]", "must be an object, not number",
	    MIG_EDOC },
	{ "\"tables_to_migrate\":[{\"name\":\"u\",\"row_count\":1,\"size_mb\":1}],"
	  "\"schema_changes\":[{\"table\":\"t\",\"changes\":[{\"type\":\"drop_column\","
	  "\"column\":\"c\"}]}]",
	    "warning: t is not among tables_to_migrate", MIG_OK },
	{ "\"business_continuity\":{\"critical_business_hours\":{\"start\":\"24:00\","
	  "\"end\":\"06:00\",\"timezone\":\"UTC\"}}",
	    "\"24:00\" has the wrong form (HH:MM", MIG_EDOC },
	{ "\"business_continuity\":{\"critical_business_hours\":{\"start\":\"08:00\","
	  "\"end\":\"18:00\",\"timezone\":\"UTC\"},\"preferred_migration_window\":{\"start\":"
	  "\"17:59\",\"end\":\"06:00\",\"timezone\":\"UTC\"}}",
	    "warning: overlaps critical_business_hours", MIG_OK },
	{ "\"business_continuity\":{\"critical_business_hours\":{\"start\":\"08:00\","
	  "\"end\":\"18:00\",\"timezone\":\"UTC\"},\"preferred_migration_window\":{\"start\":"
	  "\"18:00\",\"end\":\"08:00\",\"timezone\":\"UTC\"}}",
	    NULL, MIG_OK },
	{ "\"service_details\":{\"legacy_service\":{\"endpoints\":[\"FETCH /x\"]},"
	  "\"new_service\":{\"endpoints\":[]}}",
	    "/service_details/legacy_service/endpoints/0: \"FETCH /x\" has the wrong form",
	    MIG_EDOC },
	{ "\"service_details\":{\"legacy_service\":{\"endpoints\":[]},\"new_service\":"
	  "{\"endpoints\":[],\"infrastructure\":{\"initial_replicas\":3,\"max_replicas\":2}}}",
	    "max_replicas: is below initial_replicas", MIG_EDOC },
	{ "\"service_details\":{\"legacy_service\":{\"endpoints\":[],\"current_load\":"
	  "{\"requests_per_second\":9,\"peak_requests_per_second\":8,"
	  "\"average_response_time_ms\":1,\"p95_response_time_ms\":2}},\"new_service\":"
	  "{\"endpoints\":[]}}",
	    "peak_requests_per_second: is below requests_per_second", MIG_EDOC },
	{ "\"infrastructure_details\":{\"workloads\":[{\"name\":\"w\",\"kind\":\"compute\","
	  "\"wave\":0}]}",
	    "wave: must be between 1 and", MIG_EDOC },
	{ "\"infrastructure_details\":{\"network\":{\"link\":\"vpn\",\"source_cidr\":\"10.0\"}}",
	    "like 10.20.0.0/16", MIG_EDOC },
	{ "\"feature_flags\":[{\"name\":\"f\",\"rollout_schedule\":[]}]", "must not be empty",
	    MIG_EDOC },
	{ "\"feature_flags\":[{\"name\":\"f\",\"rollout_schedule\":[{\"percentage\":101,"
	  "\"duration_hours\":0}]}]",
	    "must be between 0 and 100, not 101", MIG_EDOC },
	{ "\"feature_flags\":[{\"name\":\"f\",\"rollout_schedule\":[{\"percentage\":50,"
	  "\"duration_hours\":1},{\"percentage\":25,\"duration_hours\":1},{\"percentage\":100,"
	  "\"duration_hours\":0}]}]",
	    "/feature_flags/0/rollout_schedule/1/percentage: falls below", MIG_EDOC },
	{ "\"feature_flags\":[{\"name\":\"f\",\"initial_percentage\":10,\"rollout_schedule\":"
	  "[{\"percentage\":5,\"duration_hours\":1},{\"percentage\":100,\"duration_hours\":0}]}]",
	    "falls below the share before it", MIG_EDOC },
	{ "\"feature_flags\":[{\"name\":\"f\",\"rollout_schedule\":[{\"percentage\":50,"
	  "\"duration_hours\":0},{\"percentage\":100,\"duration_hours\":0}]}]",
	    "only the last plateau may have 0 hours", MIG_EDOC },
	{ "\"feature_flags\":[{\"name\":\"f\",\"rollout_schedule\":[{\"percentage\":50,"
	  "\"duration_hours\":0}]}]",
	    "warning: the schedule does not end at 100", MIG_OK },
	{ "\"monitoring\":{\"critical_metrics\":[\"eror_rate\"]}", "did you mean \"error_rate\"?",
	    MIG_EDOC },
	{ "\"monitoring\":{\"alert_thresholds\":{\"error_rate\":5}}",
	    "/monitoring/alert_thresholds/error_rate: must be between 0 and 1, not 5", MIG_EDOC },
	{ "\"rollback_triggers\":[{\"metric\":\"error_rate\",\"threshold\":5,"
	  "\"duration_minutes\":1,\"action\":\"alert_team\"}]",
	    "threshold: must be between 0 and 1", MIG_EDOC },
	{ "\"rollback_triggers\":[{\"metric\":\"error_rate\",\"threshold\":0.1,"
	  "\"duration_minutes\":1,\"action\":\"panic\"}]",
	    "/rollback_triggers/0/action: \"panic\" is not one of", MIG_EDOC },
	{ "\"monitoring\":{\"alert_thresholds\":{\"error_rate\":0.2}},\"rollback_triggers\":"
	  "[{\"metric\":\"error_rate\",\"threshold\":0.1,\"duration_minutes\":1,"
	  "\"action\":\"automatic_rollback\"}]",
	    "the alert level lies beyond the rollback level", MIG_EDOC },
	{ "\"monitoring\":{\"alert_thresholds\":{\"availability\":0.9}},\"rollback_triggers\":"
	  "[{\"metric\":\"availability\",\"threshold\":0.95,\"operator\":\"less_than\","
	  "\"duration_minutes\":1,\"action\":\"automatic_rollback\"}]",
	    "the alert level lies beyond the rollback level", MIG_EDOC },
	{ "\"monitoring\":{\"critical_metrics\":[\"response_time_p95\"]},\"rollback_triggers\":"
	  "[{\"metric\":\"p95_response_time\",\"threshold\":100,\"duration_minutes\":1,"
	  "\"action\":\"alert_team\"}]",
	    NULL, MIG_OK },
	{ "\"monitoring\":{\"critical_metrics\":[\"error_rate\"]},\"rollback_triggers\":"
	  "[{\"metric\":\"availability\",\"threshold\":0.9,\"duration_minutes\":1,"
	  "\"action\":\"alert_team\"}]",
	    "warning: availability is not among the critical metrics", MIG_OK },
};

static void
check(const char *text, const struct row *row)
{
	struct mig_findings findings = { 0 };
	struct mig_json_doc *doc = test_json(text);
	int error = mig_spec_check(mig_json_root(doc), "spec.json", &findings);
	char *said = test_findings(&findings);
	if (error != row->error || (row->wanted == NULL && findings.count > 0) ||
	    (row->wanted != NULL && strstr(said, row->wanted) == NULL))
		fail_msg("%s\ngave %d and said: %s\nwanted: %s", text, error, said,
		    row->wanted == NULL ? "nothing" : row->wanted);
	assert_int_equal(error == MIG_OK, findings.errors == 0);
	free(said);
	mig_findings_fini(&findings);
	mig_json_free(doc);
}

static void
test_whole(void **state)
{
	(void)state;
	for (size_t i = 0; i < TEST_COUNT(whole_rows); i++)
		check(whole_rows[i].text, &whole_rows[i]);
}

static void
test_fields(void **state)
{
	(void)state;
	for (size_t i = 0; i < TEST_COUNT(field_rows); i++) {
		struct mig_buf text;
		mig_buf_init(&text, 4096);
		mig_buf_printf(&text, HEAD ",%s}", field_rows[i].text);
		assert_true(mig_buf_ok(&text));
		check(text.data, &field_rows[i]);
		mig_buf_fini(&text);
	}
}

static void
test_all_faults(void **state)
{
	(void)state;
	struct mig_findings findings = { 0 };
	const char *text = "{\"type\":1,\"target\":\"\",\"constraints\":"
	    "{\"data_volume_gb\":-1,\"dependencies\":[0]}}";
	struct mig_json_doc *doc = test_json(text);
	assert_int_equal(mig_spec_check(mig_json_root(doc), NULL, &findings), MIG_EDOC);
	assert_int_equal(findings.errors, 5);
	mig_findings_fini(&findings);
	mig_json_free(doc);
}

static void
test_samples(void **state)
{
	(void)state;
	for (size_t i = 0; i < TEST_COUNT(samples); i++) {
		char path[128];
		snprintf(path, sizeof(path), "tests/data/specs/sample_%s_migration.json",
		    samples[i]);
		char *text = test_read_source(path, NULL);
		struct mig_json_doc *doc = test_json(text);
		struct mig_findings findings = { 0 };
		assert_int_equal(mig_spec_check(mig_json_root(doc), path, &findings), MIG_OK);
		mig_findings_fini(&findings);
		mig_json_free(doc);
		free(text);
	}
}

/* The text that identifiers hash: values by kind. */
static void
test_docid_text(void **state)
{
	static const char *const rows[][2] = {
		{ "{\"b\":1,\"a\":[true,null,\"x\"]}", "{\"a\": [true, null, \"x\"], \"b\": 1}" },
		{ "[30,30.0,3e1,-0.5,0.1]", "[30, 30.0, 30.0, -0.5, 0.1]" },
		{ "[1e16,123456789012345680.0,1e-5,0.0001,1.5e300]",
		    "[1e+16, 1.2345678901234568e+17, 1e-05, 0.0001, 1.5e+300]" },
		{ "[9999999999999998.0,1234.5,100.0,0.0,-7]",
		    "[9999999999999998.0, 1234.5, 100.0, 0.0, -7]" },
		{ "\"\\u00e9 \\ud83d\\ude00 \\n \\u001f \\\" \\\\ / \\u007f\"",
		    "\"\\u00e9 \\ud83d\\ude00 \\n \\u001f \\\" \\\\ / \\u007f\"" },
		{ "{}", "{}" },
		{ "[]", "[]" },
	};
	(void)state;
	for (size_t i = 0; i < TEST_COUNT(rows); i++) {
		struct mig_json_doc *doc = test_json(rows[i][0]);
		struct mig_buf out;
		mig_buf_init(&out, 4096);
		assert_int_equal(mig_docid_text(mig_json_root(doc), NULL, &out), MIG_OK);
		assert_string_equal(out.data, rows[i][1]);
		mig_buf_fini(&out);
		mig_json_free(doc);
	}
}

static void
test_docid(void **state)
{
	(void)state;
	static const char *const rows[][2] = {
		{ "{\"id\":1,\"name\":\"Ada\"}", "ec21ad5549a3bac1a9bd040a9ed63d51" },
		{ "{\"version\":2,\"name\":\"Ada\",\"updated_at\":\"now\",\"id\":1}",
		    "ec21ad5549a3bac1a9bd040a9ed63d51" },
		{ "{\"balance\":12.5,\"id\":1,\"name\":\"Ada\",\"note\":null,\"ok\":true}",
		    "ac3ff70df5b9f33d067e73d2ade9fd40" },
		{ "{\"id\":2,\"name\":\"Zo\303\253\"}", "97b381631a4f1b178bec85b16508fbff" },
		{ "{}", "99914b932bd37a50b983c5e7c90ae93b" },
	};
	static const char *const skip[] = { "updated_at", "version", NULL };
	for (size_t i = 0; i < TEST_COUNT(rows); i++) {
		struct mig_json_doc *doc = test_json(rows[i][0]);
		struct mig_buf out;
		mig_buf_init(&out, 256);
		assert_int_equal(mig_docid(mig_json_root(doc), skip, 32, &out), MIG_OK);
		assert_string_equal(out.data, rows[i][1]);
		mig_buf_reset(&out);
		assert_int_equal(mig_docid(mig_json_root(doc), skip, 5, &out), MIG_OK);
		assert_int_equal(out.len, 5);
		mig_buf_fini(&out);
		mig_json_free(doc);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_whole),
		cmocka_unit_test(test_fields),
		cmocka_unit_test(test_all_faults),
		cmocka_unit_test(test_samples),
		cmocka_unit_test(test_docid_text),
		cmocka_unit_test(test_docid),
	};
	return cmocka_run_group_tests(tests, NULL, NULL) != 0;
}
