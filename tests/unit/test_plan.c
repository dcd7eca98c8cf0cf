/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/limits.h"
#include "engine/docid.h"
#include "engine/plan.h"
#include "engine/plan_tables.h"
#include "engine/risk.h"
#include "support/skeleton.h"
#include "support/test_support.h"

/* What is known of each sample. */
struct vector {
	const char *sample;
	size_t score;
	const char *level;
	int hours;
	const char *id;
	size_t risks;
	const char *traffic; /* the phase that carries the flags; NULL: the sample has none */
};

static const struct vector vectors[] = {
	{ "database", 9, "critical", 95, "23a52ed1507f", 6, NULL },
	{ "service", 8, "critical", 500, "21031930da18", 6, "redirect" },
	{ "infrastructure", 7, "high", 960, "c05cd3d5c17a", 6, "migration" },
	{ "bulk_copy", 4, "medium", 96, "2412e98f04d1", 4, NULL },
	{ "parallel_run", 1, "low", 72, "b92a7b277d98", 4, "cutover" },
	{ "blue_green", 4, "medium", 72, "d67a9e829cf5", 6, NULL },
	{ "minimal_api", 0, "low", 72, "fdac46b15fd9", 0, NULL },
};

/* The total hours of every pattern at every level. */
struct hours_row {
	const char *type;
	const char *pattern;
	int hours[MIG_LEVELS];
	const char *traffic;
};

static const struct hours_row hours_rows[] = {
	{ "database", "schema_change", { 20, 35, 60, 95 }, "migrate" },
	{ "database", "data_migration", { 54, 96, 144, 240 }, "cutover" },
	{ "service", "strangler_fig", { 130, 165, 300, 500 }, "redirect" },
	{ "service", "parallel_run", { 72, 90, 144, 252 }, "cutover" },
	{ "infrastructure", "cloud_migration", { 432, 720, 1080, 1800 }, "migration" },
	{ "infrastructure", "on_prem_to_cloud", { 384, 576, 960, 1440 }, "migration" },
	{ "database", NULL, { 72, 72, 72, 72 }, "cutover" },
	{ "database", "dual_write", { 72, 72, 72, 72 }, "switch_reads" },
	{ "service", "canary", { 70, 70, 70, 70 }, "canary" },
	{ "infrastructure", NULL, { 72, 72, 72, 72 }, "migration" },
	{ "data", NULL, { 72, 72, 72, 72 }, "execution" },
	{ "api", NULL, { 72, 72, 72, 72 }, "execution" },
};

static const struct mig_json *
phase_named(const struct mig_json *plan, const char *name)
{
	return test_find(mig_json_get(plan, "phases"), "name", name);
}

static void
test_vectors(void **state)
{
	(void)state;
	for (size_t i = 0; i < TEST_COUNT(vectors); i++) {
		const struct vector *row = &vectors[i];
		struct mig_json_doc *spec = test_sample_read(row->sample);
		struct mig_json_doc *doc = test_plan(mig_json_root(spec));
		const struct mig_json *plan = mig_json_root(doc);
		assert_int_equal(mig_risk_score(mig_json_root(spec)), row->score);
		assert_string_equal(mig_json_string(mig_json_get(plan, "complexity")), row->level);
		assert_double_same(mig_json_number(mig_json_get(plan, "estimated_duration_hours")),
		    row->hours);
		assert_string_equal(mig_json_string(mig_json_get(plan, "migration_id")), row->id);
		assert_int_equal(mig_json_count(mig_json_get(plan, "risks")), row->risks);
		assert_string_equal(mig_json_string(mig_json_get(plan, "created_at")),
		    "2026-01-15T09:30:00Z");
		mig_json_free(doc);
		mig_json_free(spec);
	}
}

static void
test_structure(void **state)
{
	(void)state;
	for (size_t i = 0; test_samples_all[i] != NULL; i++) {
		struct mig_json_doc *spec = test_sample_read(test_samples_all[i]);
		struct mig_json_doc *plan = test_plan(mig_json_root(spec));
		struct mig_json_doc *skeleton = test_skeleton_read("plan", test_samples_all[i]);
		test_skeleton(mig_json_root(plan), mig_json_root(skeleton));
		mig_json_free(skeleton);
		mig_json_free(plan);
		mig_json_free(spec);
	}
}

/* Flags lead through one phase; every other one ends with an approval, whatever else it needs. */
static void
check_phase(const struct mig_json *phase, const struct mig_json *flags, bool traffic)
{
	const struct mig_json *own = mig_json_get(phase, "flags");
	const struct mig_json *flag = mig_json_first(flags);
	const struct mig_json *name = mig_json_first(own);
	const struct mig_json *gate = mig_json_first(mig_json_get(phase, "gates"));
	size_t approvals = 0;

	assert_non_null(own);
	assert_int_equal(mig_json_type(mig_json_get(phase, "parallel")), MIG_JSON_BOOL);
	assert_false(mig_json_bool(mig_json_get(phase, "parallel")));
	assert_int_equal(mig_json_count(own), traffic ? mig_json_count(flags) : 0);
	for (; name != NULL; name = mig_json_next(name)) {
		assert_string_equal(mig_json_string(name),
		    mig_json_string(mig_json_get(flag, "name")));
		flag = mig_json_next(flag);
	}
	for (; gate != NULL; gate = mig_json_next(gate)) {
		assert_string_equal(mig_json_string(mig_json_get(gate, "at")), "leave");
		if (strcmp(mig_json_string(mig_json_get(gate, "kind")), "approval") == 0)
			approvals++;
	}
	assert_int_equal(approvals, traffic ? 0 : 1);
}

/* What the new side has to reach, and how long the old one stays, are conditions to go on. */
static void
test_gates(void **state)
{
	static const struct {
		const char *sample;
		const char *phase;
		const char *gate;
		double value;
	} rows[] = {
		{ "service", "validate", "target_performance", 200 },
		{ "service", "implement", NULL, 0 },
		{ "database", "migrate", "target_performance", 100 },
		{ "infrastructure", "validation", "target_performance", 150 },
		{ "parallel_run", "compare", "both_sides_agree", 0.001 },
		{ "minimal_api", "validation", NULL, 0 },
	};
	(void)state;
	for (size_t i = 0; i < TEST_COUNT(rows); i++) {
		struct mig_json_doc *spec = test_sample_read(rows[i].sample);
		struct mig_json_doc *doc = test_plan(mig_json_root(spec));
		const struct mig_json *phase = phase_named(mig_json_root(doc), rows[i].phase);
		const struct mig_json *gate = mig_json_first(mig_json_get(phase, "gates"));
		bool metric = strcmp(mig_json_string(mig_json_get(gate, "kind")), "metric") == 0;
		assert_int_equal(metric, rows[i].gate != NULL);
		if (metric) {
			assert_string_equal(
			    mig_json_string(mig_json_get(gate, "name")), rows[i].gate);
			assert_double_same(
			    mig_json_number(mig_json_get(gate, "value")), rows[i].value);
		}
		mig_json_free(doc);
		mig_json_free(spec);
	}
}

static void
test_extensions(void **state)
{
	(void)state;
	for (size_t i = 0; i < TEST_COUNT(vectors); i++) {
		struct mig_json_doc *spec = test_sample_read(vectors[i].sample);
		struct mig_json_doc *doc = test_plan(mig_json_root(spec));
		const struct mig_json *plan = mig_json_root(doc);
		const struct mig_json *phase = mig_json_first(mig_json_get(plan, "phases"));
		const struct mig_json *flags = mig_json_get(mig_json_root(spec), "feature_flags");
		assert_int_equal(vectors[i].traffic != NULL, mig_json_count(flags) > 0);
		for (; phase != NULL; phase = mig_json_next(phase)) {
			const char *name = mig_json_string(mig_json_get(phase, "name"));
			check_phase(phase, flags, vectors[i].traffic != NULL &&
			    strcmp(vectors[i].traffic, name) == 0);
		}
		mig_json_free(doc);
		mig_json_free(spec);
	}
}

/* The whole specification stands in the plan, value for value. */
static void
test_spec_inside(void **state)
{
	(void)state;
	struct mig_json_doc *spec = test_sample_read("infrastructure");
	struct mig_json_doc *plan = test_plan(mig_json_root(spec));
	struct mig_buf wanted;
	struct mig_buf found;
	mig_buf_init(&wanted, MIG_DOC_BYTES_MAX);
	mig_buf_init(&found, MIG_DOC_BYTES_MAX);
	mig_json_canonical(mig_json_root(spec), &wanted);
	mig_json_canonical(mig_json_get(mig_json_root(plan), "spec"), &found);
	assert_string_equal(found.data, wanted.data);
	mig_buf_fini(&wanted);
	mig_buf_fini(&found);
	mig_json_free(plan);
	mig_json_free(spec);
}

/* A flag without a schedule gets that of its ramp, from its initial share on. */
static void
test_ramps(void **state)
{
	static const struct {
		const char *flag;
		size_t steps;
		double first;
		double hours; /* of all steps together */
	} rows[] = {
		{ "", 7, 1, 672 },
		{ ",\"ramp\":\"careful\",\"initial_percentage\":10", 5, 10, 600 },
		{ ",\"ramp\":\"canary\"", 20, 5, 19 * 5.0 / 60 },
		{ ",\"ramp\":\"progressive\"", 10, 10, 9 * 5.0 / 60 },
		{ ",\"ramp\":\"canary\",\"rollout_schedule\":[{\"percentage\":100,"
		  "\"duration_hours\":0}]", 1, 100, 0 },
	};
	(void)state;
	for (size_t i = 0; i < TEST_COUNT(rows); i++) {
		char text[256];
		(void)snprintf(text, sizeof(text), "{\"type\":\"api\",\"source\":\"a\","
		    "\"target\":\"b\",\"feature_flags\":[{\"name\":\"f\"%s}]}", rows[i].flag);
		struct mig_json_doc *spec = test_json(text);
		struct mig_json_doc *plan = test_plan(mig_json_root(spec));
		struct mig_findings findings = { 0 };
		const struct mig_json *flag = mig_json_first(mig_json_get(
		    mig_json_get(mig_json_root(plan), "spec"), "feature_flags"));
		const struct mig_json *steps = mig_json_get(flag, "rollout_schedule");
		const struct mig_json *step = mig_json_first(steps);
		double hours = 0;
		assert_int_equal(mig_plan_check(mig_json_root(plan), NULL, &findings), MIG_OK);
		assert_int_equal(mig_json_count(steps), rows[i].steps);
		assert_double_same(
		    mig_json_number(mig_json_get(step, "percentage")), rows[i].first);
		for (; step != NULL; step = mig_json_next(step))
			hours += mig_json_number(mig_json_get(step, "duration_hours"));
		assert_double_near(hours, rows[i].hours, 1e-9);
		mig_findings_fini(&findings);
		mig_json_free(plan);
		mig_json_free(spec);
	}
}

/* The author's phases and hours, when the specification asks for them. */
static void
test_authored(void **state)
{
	static const struct {
		const char *rest;
		const char *fault; /* NULL: none */
		double hours;
		const char *traffic;
	} rows[] = {
		{ "", NULL, 300, "redirect" },
		{ ",\"phases_from\":\"pattern\"", NULL, 300, "redirect" },
		{ ",\"phases_from\":\"authored\"", NULL, 11, "redirect" },
		{ ",\"phases_from\":\"authored\",\"migration_phases\":[{\"phase\":\"go\","
		  "\"estimated_duration_hours\":1,\"traffic\":true}]", NULL, 1, "go" },
		{ ",\"phases_from\":\"authored\",\"migration_phases\":[{\"phase\":\"go\","
		  "\"estimated_duration_hours\":1}]",
		    "/migration_phases: no phase moves the feature flags", 0, NULL },
		{ ",\"phases_from\":\"authored\",\"migration_phases\":[]",
		    "/phases_from: there are no authored phases", 0, NULL },
	};
	(void)state;
	for (size_t i = 0; i < TEST_COUNT(rows); i++) {
		char text[2048];
		bool own = strstr(rows[i].rest, "migration_phases") != NULL;
		(void)snprintf(text, sizeof(text), "{\"type\":\"service\",\"pattern\":"
		    "\"strangler_fig\",\"source\":\"a\",\"target\":\"b\",\"constraints\":{"
		    "\"special_requirements\":[\"p\",\"q\",\"r\",\"s\",\"t\"]},"
		    "\"feature_flags\":[{\"name\":\"f\"}]%s%s}",
		    own ? "" : ",\"migration_phases\":[{\"phase\":\"rehearse\",\"description\":"
		    "\"Try it twice\",\"estimated_duration_hours\":8.5},{\"phase\":"
		    "\"redirect\",\"estimated_duration_hours\":2}]", rows[i].rest);
		struct mig_json_doc *spec = test_json(text);
		struct mig_findings findings = { 0 };
		struct mig_buf out;
		mig_buf_init(&out, MIG_DOC_BYTES_MAX);
		int error = mig_plan_from_spec(
		    mig_json_root(spec), (mig_wall) { 0 }, &out, &findings);
		char *said = test_findings(&findings);
		assert_int_equal(error, rows[i].fault == NULL ? MIG_OK : MIG_EDOC);
		if (rows[i].fault != NULL) {
			if (strstr(said, rows[i].fault) == NULL)
				fail_msg("%s", said);
		} else {
			struct mig_json_doc *doc = test_json(out.data);
			const struct mig_json *plan = mig_json_root(doc);
			assert_double_same(mig_json_number(mig_json_get(plan,
			    "estimated_duration_hours")), rows[i].hours);
			assert_double_same(mig_json_number(mig_json_get(plan,
			    "pattern_estimate_hours")), 302);
			assert_int_equal(mig_json_count(mig_json_get(
			    phase_named(plan, rows[i].traffic), "flags")), 1);
			mig_json_free(doc);
		}
		free(said);
		mig_findings_fini(&findings);
		mig_buf_fini(&out);
		mig_json_free(spec);
	}
}

/* Whoever has the plan can compute its name from the specification in it. */
static void
test_id_of_spec_inside(void **state)
{
	(void)state;
	struct mig_json_doc *spec = test_json("{\"type\":\"api\",\"source\":\"a\","
	    "\"target\":\"b\","
	    "\"constraints\":{\"max_downtime_minutes\":30.0,\"data_volume_gb\":5e3}}");
	struct mig_json_doc *plan = test_plan(mig_json_root(spec));
	const struct mig_json *root = mig_json_root(plan);
	struct mig_buf id;
	mig_buf_init(&id, 64);
	assert_int_equal(mig_docid(mig_json_get(root, "spec"), NULL, 12, &id), MIG_OK);
	assert_string_equal(id.data, mig_json_string(mig_json_get(root, "migration_id")));
	mig_buf_fini(&id);
	mig_json_free(plan);
	mig_json_free(spec);
}

/* What removes is final under whatever plan, or its scripts could not be undone. */
static void
test_authored_end(void **state)
{
	(void)state;
	struct mig_json_doc *spec = test_json("{\"type\":\"database\",\"pattern\":"
	    "\"schema_change\",\"source\":\"a\",\"target\":\"b\",\"phases_from\":\"authored\","
	    "\"migration_phases\":[{\"phase\":\"expand\",\"estimated_duration_hours\":1},"
	    "{\"phase\":\"decommission\",\"estimated_duration_hours\":1}],\"schema_changes\":[{"
	    "\"table\":\"t\",\"changes\":[{\"type\":\"drop_column\",\"column\":\"c\"}]}]}");
	struct mig_json_doc *plan = test_plan(mig_json_root(spec));
	struct mig_findings findings = { 0 };
	const struct mig_json *last = phase_named(mig_json_root(plan), "decommission");
	assert_true(mig_json_bool(mig_json_get(last, "point_of_no_return")));
	assert_int_equal(mig_plan_check(mig_json_root(plan), NULL, &findings), MIG_OK);
	mig_findings_fini(&findings);
	mig_json_free(plan);
	mig_json_free(spec);
}

static void
test_no_return(void **state)
{
	static const char *const rows[][3] = {
		{ "service", "retire", "redirect" },
		{ "database", "contract", "migrate" },
		{ "database", "cleanup", "expand" },
		{ "parallel_run", "cleanup", "cutover" },
	};
	(void)state;
	for (size_t i = 0; i < TEST_COUNT(rows); i++) {
		struct mig_json_doc *spec = test_sample_read(rows[i][0]);
		struct mig_json_doc *doc = test_plan(mig_json_root(spec));
		const struct mig_json *final = phase_named(mig_json_root(doc), rows[i][1]);
		const struct mig_json *other = phase_named(mig_json_root(doc), rows[i][2]);
		assert_true(mig_json_bool(mig_json_get(final, "point_of_no_return")));
		assert_false(mig_json_bool(mig_json_get(other, "point_of_no_return")));
		assert_non_null(mig_json_get(other, "point_of_no_return"));
		mig_json_free(doc);
		mig_json_free(spec);
	}
}

/* A plan whose specification has as many special requirements as the level needs points. */
static struct mig_json_doc *
plan_at_level(const struct hours_row *row, size_t points)
{
	struct mig_buf text;
	mig_buf_init(&text, 4096);
	mig_buf_printf(&text, "{\"type\":\"%s\",\"source\":\"a\",\"target\":\"b\",", row->type);
	if (row->pattern != NULL)
		mig_buf_printf(&text, "\"pattern\":\"%s\",", row->pattern);
	mig_buf_puts(&text, "\"feature_flags\":[{\"name\":\"f\",\"rollout_schedule\":"
			    "[{\"percentage\":100,\"duration_hours\":0}]}],");
	mig_buf_puts(&text, "\"constraints\":{\"special_requirements\":[");
	for (size_t i = 0; i < points; i++)
		mig_buf_printf(&text, "%s\"r%zu\"", i == 0 ? "" : ",", i);
	mig_buf_puts(&text, "]}}");
	struct mig_json_doc *spec = test_json(text.data);
	struct mig_json_doc *plan = test_plan(mig_json_root(spec));
	mig_json_free(spec);
	mig_buf_fini(&text);
	return plan;
}

static void
test_patterns(void **state)
{
	static const size_t points[MIG_LEVELS] = { 2, 4, 7, 8 };
	(void)state;
	for (size_t i = 0; i < TEST_COUNT(hours_rows); i++) {
		const struct hours_row *row = &hours_rows[i];
		for (size_t level = 0; level < MIG_LEVELS; level++) {
			struct mig_json_doc *doc = plan_at_level(row, points[level]);
			const struct mig_json *plan = mig_json_root(doc);
			const struct mig_json *phase = phase_named(plan, row->traffic);
			assert_double_same(
			    mig_json_number(mig_json_get(plan, "estimated_duration_hours")),
			    row->hours[level]);
			assert_non_null(phase);
			assert_int_equal(mig_json_count(mig_json_get(phase, "flags")), 1);
			mig_json_free(doc);
		}
	}
}

/* Limits of the score: exactly on a limit earns the lower points. */
static void
test_score(void **state)
{
	static const struct {
		const char *constraints;
		size_t score;
	} rows[] = {
		{ "{}", 0 },
		{ "{\"data_volume_gb\":100}", 0 },
		{ "{\"data_volume_gb\":100.5}", 1 },
		{ "{\"data_volume_gb\":1000}", 1 },
		{ "{\"data_volume_gb\":1001}", 2 },
		{ "{\"data_volume_gb\":10000}", 2 },
		{ "{\"data_volume_gb\":10001}", 3 },
		{ "{\"max_downtime_minutes\":480}", 0 },
		{ "{\"max_downtime_minutes\":479.9}", 1 },
		{ "{\"max_downtime_minutes\":240}", 1 },
		{ "{\"max_downtime_minutes\":239}", 2 },
		{ "{\"max_downtime_minutes\":60}", 2 },
		{ "{\"max_downtime_minutes\":0}", 3 },
		{ "{\"dependencies\":[\"a\",\"b\"]}", 0 },
		{ "{\"dependencies\":[\"a\",\"b\",\"c\"]}", 1 },
		{ "{\"dependencies\":[\"a\",\"b\",\"c\",\"d\",\"e\",\"f\"]}", 2 },
		{ "{\"dependencies\":[\"a\",\"b\",\"c\",\"d\",\"e\",\"f\",\"g\",\"h\",\"i\","
		  "\"j\",\"k\"]}", 3 },
		{ "{\"special_requirements\":[\"a\",\"b\",\"c\",\"d\",\"e\"]}", 5 },
		{ "{\"compliance_requirements\":[\"GDPR\"]}", 0 },
	};
	(void)state;
	for (size_t i = 0; i < TEST_COUNT(rows); i++) {
		char text[512];
		snprintf(text, sizeof(text), "{\"constraints\":%s}", rows[i].constraints);
		struct mig_json_doc *doc = test_json(text);
		assert_int_equal(mig_risk_score(mig_json_root(doc)), rows[i].score);
		mig_json_free(doc);
	}
}

/* White space and the order of keys change nothing, values do. */
static void
test_determinism(void **state)
{
	(void)state;
	struct mig_json_doc *one = test_json("{\"type\":\"api\",\"source\":\"a\",\"target\":\"b\","
	    "\"constraints\":{\"data_volume_gb\":5,\"dependencies\":[\"x\",\"y\"]}}");
	struct mig_json_doc *two = test_json("{ \"constraints\" : {\"dependencies\":[\"x\", \"y\"],"
	    "\n\"data_volume_gb\": 5},\"target\":\"b\",\"source\":\"a\",\"type\":\"api\" }");
	struct mig_json_doc *three = test_json("{\"type\":\"api\",\"source\":\"a\","
	    "\"target\":\"b\",\"constraints\":"
	    "{\"data_volume_gb\":5.0,\"dependencies\":[\"x\",\"y\"]}}");
	struct mig_json_doc *plans[3] = { test_plan(mig_json_root(one)),
		test_plan(mig_json_root(two)), test_plan(mig_json_root(three)) };
	const char *ids[3];
	for (size_t i = 0; i < 3; i++)
		ids[i] = mig_json_string(mig_json_get(mig_json_root(plans[i]), "migration_id"));
	assert_string_equal(ids[0], ids[1]);
	assert_string_not_equal(ids[0], ids[2]);
	for (size_t i = 0; i < 3; i++)
		mig_json_free(plans[i]);
	mig_json_free(one);
	mig_json_free(two);
	mig_json_free(three);
}

/* A wrong specification appends nothing; a buffer too small is an error, not a short plan. */
static void
test_failures(void **state)
{
	(void)state;
	struct mig_findings findings = { 0 };
	struct mig_buf out;
	mig_buf_init(&out, MIG_DOC_BYTES_MAX);
	struct mig_json_doc *wrong = test_json("{\"type\":\"api\",\"source\":\"a\"}");
	assert_int_equal(mig_plan_from_spec(mig_json_root(wrong), (mig_wall){ 0 }, &out, &findings),
	    MIG_EDOC);
	assert_int_equal(out.len, 0);
	assert_int_equal(findings.errors, 1);
	mig_buf_fini(&out);

	struct mig_json_doc *spec = test_sample_read("service");
	mig_buf_init(&out, 4000);
	assert_int_equal(mig_plan_from_spec(mig_json_root(spec), (mig_wall){ 0 }, &out, &findings),
	    MIG_ELIMIT);
	mig_buf_fini(&out);
	mig_findings_fini(&findings);
	mig_json_free(spec);
	mig_json_free(wrong);
}

/* An edit of a good plan (old text, new text) and what is said of it. */
struct edit {
	const char *old;
	const char *new;
	const char *wanted;
	int error;
};

static const struct edit edits[] = {
	{ "\"name\": \"implement\"", "\"name\": \"intercept\"", "\"intercept\" is there twice",
	    MIG_EDOC },
	{ "\"duration_hours\": 100", "\"duration_hours\": 99", "warning: is not the sum", MIG_OK },
	{ "\"migration_type\": \"service\"", "\"migration_type\": \"api\"",
	    "differs from spec.type", MIG_EDOC },
	{ "\"kind\": \"approval\"", "\"kind\": \"duration\"", "needs the key \"hours\"", MIG_EDOC },
	{ "\"kind\": \"approval\"", "\"kind\": \"metric\"", "needs the key \"operator\"",
	    MIG_EDOC },
	{ "\"kind\": \"approval\"", "\"kind\": \"aproval\"", "did you mean \"approval\"?",
	    MIG_EDOC },
	{ "\"flags\": []", "\"flags\": [\"no_such_flag\"]", "no flag of the specification",
	    MIG_EDOC },
	{ "\"flags\": []", "\"flags\": [\"enable_new_user_service\"]",
	    "an earlier phase moves \"enable_new_user_service\" already", MIG_EDOC },
	{ "\"intercept\"\n      ]", "\"retire\"\n      ]", "no earlier phase is called \"retire\"",
	    MIG_EDOC },
	{ "\"parallel\": false", "\"paralel\": false", "did you mean \"parallel\"?", MIG_OK },
	{ "\"phase\": \"retire\"", "\"phase\": \"retired\"", "no phase is called \"retired\"",
	    MIG_EDOC },
	{ "\"created_at\": \"2026-01-15T09:30:00Z\"", "\"created_at\": \"yesterday\"",
	    "created_at: \"yesterday\" has the wrong form", MIG_EDOC },
	{ "\"created_at\": \"2026-01-15T09:30:00Z\"",
	    "\"created_at\": \"2026-01-15T09:30:00.123456\"", "", MIG_OK },
	{ "\"migration_id\": \"2", "\"migration_id\": \"A", "migration_id: \"A1031930da18\"",
	    MIG_EDOC },
	{ "\"initial_percentage\": 5", "\"initial_percentage\": 500",
	    "/spec/feature_flags/0/initial_percentage: must be between 0 and 100", MIG_EDOC },
};

static void
check_edit(const char *text, const struct edit *edit)
{
	struct mig_buf edited;
	mig_buf_init(&edited, MIG_DOC_BYTES_MAX);
	const char *at = strstr(text, edit->old);
	if (at == NULL)
		fail_msg("the plan has no %s", edit->old);
	mig_buf_add(&edited, text, (size_t)(at - text));
	mig_buf_puts(&edited, edit->new);
	mig_buf_puts(&edited, at + strlen(edit->old));
	struct mig_json_doc *doc = test_json(edited.data);
	struct mig_findings findings = { 0 };
	int error = mig_plan_check(mig_json_root(doc), "plan.json", &findings);
	char *said = test_findings(&findings);
	if (error != edit->error || strstr(said, edit->wanted) == NULL)
		fail_msg("%s gave %d: %s", edit->new, error, said);
	free(said);
	mig_findings_fini(&findings);
	mig_json_free(doc);
	mig_buf_fini(&edited);
}

static void
test_check(void **state)
{
	(void)state;
	struct mig_json_doc *spec = test_sample_read("service");
	struct mig_findings findings = { 0 };
	struct mig_buf out;
	mig_buf_init(&out, MIG_DOC_BYTES_MAX);
	mig_wall now = { INT64_C(1768469400000) };
	assert_int_equal(mig_plan_from_spec(mig_json_root(spec), now, &out, &findings), MIG_OK);
	assert_int_equal(findings.count, 0);
	for (size_t i = 0; i < TEST_COUNT(edits); i++)
		check_edit(out.data, &edits[i]);
	mig_buf_fini(&out);
	mig_findings_fini(&findings);
	mig_json_free(spec);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_vectors),
		cmocka_unit_test(test_structure),
		cmocka_unit_test(test_extensions),
		cmocka_unit_test(test_gates),
		cmocka_unit_test(test_spec_inside),
		cmocka_unit_test(test_ramps),
		cmocka_unit_test(test_authored),
		cmocka_unit_test(test_id_of_spec_inside),
		cmocka_unit_test(test_authored_end),
		cmocka_unit_test(test_no_return),
		cmocka_unit_test(test_patterns),
		cmocka_unit_test(test_score),
		cmocka_unit_test(test_determinism),
		cmocka_unit_test(test_failures),
		cmocka_unit_test(test_check),
	};
	return cmocka_run_group_tests(tests, NULL, NULL) != 0;
}
