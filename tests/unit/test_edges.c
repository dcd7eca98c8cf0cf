/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/*
 * Inputs at which other readers of these documents stumble, one row for each: where the fault is,
 * and what is said.  Specifications stand here as a whole; plans and runbooks are those of
 * tests/data/daemon with one change.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/limits.h"
#include "engine/plan.h"
#include "engine/runbook.h"
#include "engine/spec.h"
#include "support/test_support.h"

#define HEAD "{\"type\":\"service\",\"source\":\"a\",\"target\":\"b\","
#define LIMITS(text) HEAD "\"constraints\":{" text "}}"

/* A specification that is refused. */
struct spec_row {
	const char *text;
	const char *pointer; /* of the finding */
	const char *message; /* part of it */
	int column;          /* where the value stands; all texts are of one line */
};

static const struct spec_row spec_rows[] = {
	/* The type is null, a number, a boolean: a plan with generic phases. */
	{ "{\"type\":null,\"source\":\"a\",\"target\":\"b\"}", "/type", "a string, not null", 9 },
	{ "{\"type\":7,\"source\":\"a\",\"target\":\"b\"}", "/type", "a string, not number", 9 },
	{ "{\"type\":true,\"source\":\"a\",\"target\":\"b\"}", "/type",
	    "a string, not boolean", 9 },
	/* The type or the pattern is an array or object: a failure inside. */
	{ "{\"type\":[],\"source\":\"a\",\"target\":\"b\"}", "/type", "a string, not array", 9 },
	{ "{\"type\":{},\"source\":\"a\",\"target\":\"b\"}", "/type", "a string, not object", 9 },
	{ HEAD "\"pattern\":[]}", "/pattern", "a string, not array", 55 },
	{ HEAD "\"pattern\":{}}", "/pattern", "a string, not object", 55 },
	/* Another letter case, an unknown type: generic phases without a word. */
	{ "{\"type\":\"Service\",\"source\":\"a\",\"target\":\"b\"}", "/type",
	    "\"Service\" is not one of the known names (did you mean \"service\"?)", 9 },
	{ "{\"type\":\"DATABASE\",\"source\":\"a\",\"target\":\"b\"}", "/type",
	    "did you mean \"database\"?", 9 },
	{ "{\"type\":\"mainframe\",\"source\":\"a\",\"target\":\"b\"}", "/type",
	    "use database, service, infrastructure, data or api", 9 },
	{ HEAD "\"pattern\":\"Canary\"}", "/pattern", "did you mean \"canary\"?", 55 },
	/* The constraints are null, an array, a number: a failure inside. */
	{ HEAD "\"constraints\":null}", "/constraints", "an object, not null", 59 },
	{ HEAD "\"constraints\":[]}", "/constraints", "an object, not array", 59 },
	{ HEAD "\"constraints\":3}", "/constraints", "an object, not number", 59 },
	/* Volume or downtime are null or text: a failure inside. */
	{ LIMITS("\"data_volume_gb\":null"), "/constraints/data_volume_gb", "a number, not null",
	    77 },
	{ LIMITS("\"data_volume_gb\":\"5\""), "/constraints/data_volume_gb", "a number, not string",
	    77 },
	{ LIMITS("\"max_downtime_minutes\":null"), "/constraints/max_downtime_minutes",
	    "a number, not null", 83 },
	{ LIMITS("\"max_downtime_minutes\":\"5\""), "/constraints/max_downtime_minutes",
	    "a number, not string", 83 },
	/* Volume or downtime are negative or boolean: accepted. */
	{ LIMITS("\"data_volume_gb\":-1"), "/constraints/data_volume_gb", "at least 0, not -1",
	    77 },
	{ LIMITS("\"max_downtime_minutes\":-0.5"), "/constraints/max_downtime_minutes",
	    "at least 0, not -0.5", 83 },
	{ LIMITS("\"data_volume_gb\":true"), "/constraints/data_volume_gb",
	    "a number, not boolean", 77 },
	{ LIMITS("\"max_downtime_minutes\":false"), "/constraints/max_downtime_minutes",
	    "a number, not boolean", 83 },
	/* NaN, infinity, numbers that are too large: accepted. */
	{ LIMITS("\"data_volume_gb\":NaN"), "/constraints/data_volume_gb",
	    "JSON has finite numbers only", 77 },
	{ LIMITS("\"data_volume_gb\":Infinity"), "/constraints/data_volume_gb",
	    "JSON has finite numbers only", 77 },
	{ LIMITS("\"data_volume_gb\":1e400"), "/constraints/data_volume_gb",
	    "the number 1e400 is too large", 77 },
	/* Lists as text: its length is counted. */
	{ LIMITS("\"dependencies\":\"abc\""), "/constraints/dependencies",
	    "an array, not string", 75 },
	{ LIMITS("\"special_requirements\":\"abc\""), "/constraints/special_requirements",
	    "an array, not string", 83 },
	/* Lists as an object: its keys are counted. */
	{ LIMITS("\"dependencies\":{\"a\":1}"), "/constraints/dependencies",
	    "an array, not object", 75 },
	{ LIMITS("\"special_requirements\":{}"), "/constraints/special_requirements",
	    "an array, not object", 83 },
	/* Compliance requirements of any kind: taken for some. */
	{ LIMITS("\"compliance_requirements\":true"), "/constraints/compliance_requirements",
	    "an array, not boolean", 86 },
	{ LIMITS("\"compliance_requirements\":1"), "/constraints/compliance_requirements",
	    "an array, not number", 86 },
	{ LIMITS("\"compliance_requirements\":\"GDPR\""), "/constraints/compliance_requirements",
	    "an array, not string", 86 },
	/* A key given twice: the last wins. */
	{ HEAD "\"type\":\"data\"}", "/type",
	    "the key \"type\" is given twice, first in line 1, column 2", 45 },
	{ LIMITS("\"data_volume_gb\":1,\"data_volume_gb\":2"), "/constraints/data_volume_gb",
	    "given twice", 79 },
	/* A byte-order mark, a trailing comma, comments, trailing text. */
	{ "\xef\xbb\xbf" HEAD "\"pattern\":\"canary\"}", "", "byte-order mark", 1 },
	{ HEAD "\"pattern\":\"canary\",}", "/pattern", "a comma before the closing '}'", 63 },
	{ HEAD "/* why */\"pattern\":\"canary\"}", "/target", "a key in double quotes", 45 },
	{ HEAD "\"pattern\":\"canary\"} {}", "", "expected the end of the text", 65 },
	/* A lone surrogate: the JSON is written, the text is not. */
	{ HEAD "\"description\":\"\\ud800\"}", "/description", "only half a character", 60 },
	/* And what is no object at all, or passes for valid because the words are in it. */
	{ "[\"type\",\"source\",\"target\"]", "", "an object, not array", 1 },
	{ "\"type source target\"", "", "an object, not string", 1 },
	{ "null", "", "an object, not null", 1 },
};

/* A plan or a runbook that is refused: one change to a good one. */
struct change_row {
	const char *from;
	const char *to;
	const char *pointer;
	const char *message;
};

static const struct change_row plan_rows[] = {
	/* The phases are null or a number: a failure inside. */
	{ "\"phases\": [", "\"phases\": null, \"x_phases\": [", "/phases", "an array, not null" },
	{ "\"phases\": [", "\"phases\": 3, \"x_phases\": [", "/phases", "an array, not number" },
	{ "\"phases\": [", "\"x_phases\": [", "", "the key \"phases\" is missing" },
	/* The name of a phase is null or a number: a failure inside. */
	{ "\"name\": \"intercept\"", "\"name\": null", "/phases/0/name", "a string, not null" },
	{ "\"name\": \"intercept\"", "\"name\": 1", "/phases/0/name", "a string, not number" },
	/* Its hours are null or text: a failure inside. */
	{ "\"duration_hours\": 6", "\"duration_hours\": null", "/phases/0/duration_hours",
	    "a whole number, not null" },
	{ "\"duration_hours\": 6", "\"duration_hours\": \"6\"", "/phases/0/duration_hours",
	    "a whole number, not string" },
	/* The phases are text or an object: its characters or keys are phases. */
	{ "\"phases\": [", "\"phases\": \"abc\", \"x_phases\": [", "/phases",
	    "an array, not string" },
	{ "\"phases\": [", "\"phases\": {\"a\":{}}, \"x_phases\": [", "/phases",
	    "an array, not object" },
	/* The phases are names: two hours each. */
	{ "\"phases\": [", "\"phases\": [\"redirect\"], \"x_phases\": [", "/phases/0",
	    "an object, not string" },
	/* Hours are a fraction or negative: so are the minutes. */
	{ "\"duration_hours\": 6", "\"duration_hours\": 2.25", "/phases/0/duration_hours",
	    "must be a whole number" },
	{ "\"duration_hours\": 6", "\"duration_hours\": -1", "/phases/0/duration_hours", "not -1" },
	/* An unknown risk: copied. */
	{ "\"risk_level\": \"low\"", "\"risk_level\": \"tiny\"", "/phases/0/risk_level",
	    "\"tiny\" is not one of the known names" },
	{ "\"risk_level\": \"low\"", "\"risk_level\": null", "/phases/0/risk_level",
	    "a string, not null" },
	/* No type: half the triggers and checks. */
	{ "\"migration_type\": \"service\",", "", "", "the key \"migration_type\" is missing" },
	{ "\"migration_type\": \"service\"", "\"migration_type\": \"unknown\"", "/migration_type",
	    "\"unknown\" is not one of the known names" },
};

static const struct change_row runbook_rows[] = {
	{ "\"rollback_phases\": [", "\"rollback_phases\": null, \"x_phases\": [",
	    "/rollback_phases", "an array, not null" },
	{ "\"rollback_phases\": [", "\"rollback_phases\": \"abc\", \"x_phases\": [",
	    "/rollback_phases", "an array, not string" },
	{ "\"rollback_phases\": [", "\"rollback_phases\": {\"a\":{}}, \"x_phases\": [",
	    "/rollback_phases", "an array, not object" },
	{ "\"rollback_phases\": [", "\"rollback_phases\": [\"redirect\"], \"x_phases\": [",
	    "/rollback_phases/0", "an object, not string" },
	{ "\"phase_name\": \"rollback_retire\"", "\"phase_name\": null",
	    "/rollback_phases/0/phase_name", "a string, not null" },
	{ "\"estimated_duration_minutes\": 60", "\"estimated_duration_minutes\": 135.5",
	    "/rollback_phases/0/estimated_duration_minutes", "must be a whole number" },
	{ "\"estimated_duration_minutes\": 60", "\"estimated_duration_minutes\": -15",
	    "/rollback_phases/0/estimated_duration_minutes", "not -15" },
	{ "\"risk_level\": \"", "\"risk_level\": \"very ", "/rollback_phases/0/risk_level",
	    "is not one of the known names" },
	{ "\"urgency_level\": \"medium\"", "\"urgency_level\": null",
	    "/rollback_phases/0/urgency_level", "a string, not null" },
	{ "\"value\": 0.95", "\"value\": null",
	    "/trigger_conditions/2/metric_threshold/value", "is no threshold" },
	{ "\"value\": 0.95", "\"value\": NaN", "/trigger_conditions/2/metric_threshold/value",
	    "JSON has finite numbers only" },
};

typedef int (*checker)(const struct mig_json *node, const char *file,
    struct mig_findings *findings);

/* Parse and check as the programs do it; pointers get their line and column. */
static int
read_document(const char *text, size_t len, checker check, struct mig_findings *findings)
{
	struct mig_json_doc *doc = NULL;
	int error = mig_json_parse(text, len, "file.json", &doc, findings);
	if (error == MIG_OK)
		error = check(mig_json_root(doc), "file.json", findings);
	for (size_t i = 0; doc != NULL && i < findings->count; i++) {
		struct mig_finding *finding = &findings->items[i];
		assert_int_equal(mig_json_locate(text, len, finding->pointer, &finding->line,
		    &finding->column), MIG_OK);
	}
	mig_json_free(doc);
	return error;
}

/* Whether one of the errors is that one; column 0: anywhere. */
static bool
has(const struct mig_findings *findings, const char *pointer, const char *message, int column)
{
	struct mig_buf line;
	bool found = false;
	mig_buf_init(&line, MIG_DOC_BYTES_MAX);
	for (size_t i = 0; i < findings->count && !found; i++) {
		const struct mig_finding *finding = &findings->items[i];
		const char *at = finding->pointer != NULL ? finding->pointer : "";
		mig_buf_reset(&line);
		mig_finding_format(finding, &line);
		found = finding->severity == MIG_SEV_ERROR && strcmp(at, pointer) == 0 &&
		    strstr(line.data, message) != NULL && finding->line > 0 &&
		    (column == 0 || finding->column == column);
	}
	mig_buf_fini(&line);
	return found;
}

static void
refuse(const char *text, const char *pointer, const char *message, int column, checker check)
{
	struct mig_findings findings = { 0 };
	int error = read_document(text, strlen(text), check, &findings);
	if (error != MIG_EDOC || !has(&findings, pointer, message, column)) {
		char *said = test_findings(&findings);
		fail_msg("gave %d and said: %s\nwanted at %s, column %d: %s\nof %.200s", error,
		    said, pointer, column, message, text);
	}
	mig_findings_fini(&findings);
}

static void
test_specs(void **state)
{
	(void)state;
	for (size_t i = 0; i < TEST_COUNT(spec_rows); i++)
		refuse(spec_rows[i].text, spec_rows[i].pointer, spec_rows[i].message,
		    spec_rows[i].column, mig_spec_check);
}

static void
refuse_changed(const char *path, const struct change_row *rows, size_t count, checker check)
{
	char *good = test_read_source(path, NULL);
	for (size_t i = 0; i < count; i++) {
		const char *at = strstr(good, rows[i].from);
		if (at == NULL)
			fail_msg("%s has no %s", path, rows[i].from);
		struct mig_buf text;
		mig_buf_init(&text, MIG_DOC_BYTES_MAX);
		mig_buf_add(&text, good, (size_t)(at - good));
		mig_buf_puts(&text, rows[i].to);
		mig_buf_puts(&text, at + strlen(rows[i].from));
		refuse(text.data, rows[i].pointer, rows[i].message, 0, check);
		mig_buf_fini(&text);
	}
	free(good);
}

static void
test_plans(void **state)
{
	(void)state;
	refuse_changed("tests/data/daemon/plan.json", plan_rows, TEST_COUNT(plan_rows),
	    mig_plan_check);
}

static void
test_runbooks(void **state)
{
	(void)state;
	refuse_changed("tests/data/daemon/runbook.json", runbook_rows, TEST_COUNT(runbook_rows),
	    mig_runbook_check);
}

/* A text with `count` times the same in its middle. */
static char *
repeat(const char *before, char c, size_t count, const char *behind)
{
	struct mig_buf text;
	mig_buf_init(&text, MIG_DOC_BYTES_MAX);
	mig_buf_puts(&text, before);
	for (size_t i = 0; i < count; i++)
		mig_buf_putc(&text, c);
	mig_buf_puts(&text, behind);
	return mig_buf_steal(&text);
}

/* Nesting of a hundred thousand, a number of five thousand digits: a failure inside. */
static void
test_sizes(void **state)
{
	(void)state;
	char *text = repeat(LIMITS("\"data_volume_gb\":"), '7', 0, "");
	char *end = strrchr(text, ':') + 1;
	*end = '\0';
	char *digits = repeat(text, '7', 5000, "}}");
	refuse(digits, "/constraints/data_volume_gb", "more than 63 characters", 77,
	    mig_spec_check);
	char *deep = repeat(text, '[', 100000, "");
	struct mig_findings findings = { 0 };
	assert_int_equal(read_document(deep, strlen(deep), mig_spec_check, &findings), MIG_EDOC);
	assert_int_equal(findings.count, 1);
	assert_non_null(strstr(findings.items[0].message,
	    "more than 512 arrays and objects inside each other"));
	/* The way down is cut where it gets too long, at a whole step. */
	assert_memory_equal(findings.items[0].pointer, "/constraints/data_volume_gb/0/0/0", 33);
	assert_true(strlen(findings.items[0].pointer) < 256);
	assert_int_equal(findings.items[0].line, 1);
	/* 510 levels fit below those two. */
	assert_int_equal(findings.items[0].column, 77 + 510);
	mig_findings_fini(&findings);
	free(deep);
	free(digits);
	free(text);
}

/* Too much text is refused before the first byte is looked at. */
static void
test_too_large(void **state)
{
	struct mig_findings findings = { 0 };
	struct mig_json_doc *doc = NULL;
	(void)state;
	assert_int_equal(mig_json_parse("{}", (size_t)MIG_DOC_BYTES_MAX + 1, "file.json", &doc,
	    &findings), MIG_EDOC);
	assert_non_null(strstr(findings.items[0].message, "more than 67108864 bytes"));
	mig_findings_fini(&findings);
}

/* What is unknown is let pass with a warning that names the nearest known key. */
static void
test_unknown_keys(void **state)
{
	static const struct spec_row rows[] = {
		{ HEAD "\"patern\":\"canary\"}", "/patern", "did you mean \"pattern\"?", 54 },
		{ LIMITS("\"max_downtime_minute\":1"), "/constraints/max_downtime_minute",
		    "did you mean \"max_downtime_minutes\"?", 82 },
		{ HEAD "\"business_continuty\":{}}", "/business_continuty",
		    "did you mean \"business_continuity\"?", 66 },
		{ HEAD "\"monitoring\":{\"alert_treshold\":{}}}", "/monitoring/alert_treshold",
		    "did you mean \"alert_thresholds\"?", 76 },
		{ HEAD "\"xyzzy\":1}", "/xyzzy", "warning: unknown key", 53 },
	};
	(void)state;
	for (size_t i = 0; i < TEST_COUNT(rows); i++) {
		struct mig_findings findings = { 0 };
		const char *text = rows[i].text;
		assert_int_equal(read_document(text, strlen(text), mig_spec_check, &findings),
		    MIG_OK);
		assert_int_equal(findings.count, 1);
		const struct mig_finding *finding = &findings.items[0];
		char *said = test_findings(&findings);
		if (strcmp(finding->pointer, rows[i].pointer) != 0 ||
		    strstr(said, rows[i].message) == NULL || finding->column != rows[i].column)
			fail_msg("%s: column %d: %s", text, finding->column, said);
		free(said);
		mig_findings_fini(&findings);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_specs),
		cmocka_unit_test(test_plans),
		cmocka_unit_test(test_runbooks),
		cmocka_unit_test(test_sizes),
		cmocka_unit_test(test_too_large),
		cmocka_unit_test(test_unknown_keys),
	};
	return cmocka_run_group_tests(tests, NULL, NULL) != 0;
}
