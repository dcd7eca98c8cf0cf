/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/limits.h"
#include "engine/runbook.h"
#include "support/skeleton.h"
#include "support/test_support.h"

/* What is known of each sample: steps, triggers of our tables and of the specification. */
struct vector {
	const char *sample;
	size_t steps;
	size_t triggers;
	size_t spec_triggers;
};

static const struct vector vectors[] = {
	{ "database", 6, 5, 0 },
	{ "service", 5, 5, 3 },
	{ "infrastructure", 18, 3, 5 },
	{ "bulk_copy", 8, 5, 2 },
	{ "parallel_run", 8, 5, 2 },
	{ "blue_green", 6, 5, 1 },
	{ "minimal_api", 4, 3, 0 },
};

static const mig_wall now = { INT64_C(1768469400000) };

static struct mig_json_doc *
runbook_at(const struct mig_json *plan, mig_wall at)
{
	struct mig_findings findings = { 0 };
	struct mig_buf out;
	mig_buf_init(&out, MIG_DOC_BYTES_MAX);
	assert_int_equal(mig_runbook_from_plan(plan, at, &out, &findings), MIG_OK);
	struct mig_json_doc *doc = test_json(out.data);
	mig_buf_fini(&out);
	mig_findings_fini(&findings);
	return doc;
}

static struct mig_json_doc *
runbook_of_spec(const char *text)
{
	struct mig_json_doc *spec = test_json(text);
	struct mig_json_doc *plan = test_plan(mig_json_root(spec));
	struct mig_json_doc *runbook = test_runbook(mig_json_root(plan), NULL);
	mig_json_free(plan);
	mig_json_free(spec);
	return runbook;
}

static struct mig_json_doc *
sample_runbook(const char *name)
{
	struct mig_json_doc *spec = test_sample_read(name);
	struct mig_json_doc *plan = test_plan(mig_json_root(spec));
	struct mig_json_doc *runbook = test_runbook(mig_json_root(plan), NULL);
	mig_json_free(plan);
	mig_json_free(spec);
	return runbook;
}

static const struct mig_json *
trigger_named(const struct mig_json *runbook, const char *id)
{
	return test_find(mig_json_get(runbook, "trigger_conditions"), "trigger_id", id);
}

static void
test_structure(void **state)
{
	(void)state;
	for (size_t i = 0; test_samples_all[i] != NULL; i++) {
		struct mig_json_doc *runbook = sample_runbook(test_samples_all[i]);
		struct mig_json_doc *skeleton =
		    test_skeleton_read("runbook", test_samples_all[i]);
		test_skeleton(mig_json_root(runbook), mig_json_root(skeleton));
		mig_json_free(skeleton);
		mig_json_free(runbook);
	}
}

/* How many steps are not only ours. */
static size_t
count_others(const struct mig_json *steps)
{
	size_t count = 0;
	const struct mig_json *node = mig_json_first(steps);
	for (; node != NULL; node = mig_json_next(node))
		count += mig_json_get(node, "origin") == NULL ? 1 : 0;
	return count;
}

static void
test_counts(void **state)
{
	(void)state;
	for (size_t i = 0; i < TEST_COUNT(vectors); i++) {
		struct mig_json_doc *doc = sample_runbook(vectors[i].sample);
		const struct mig_json *runbook = mig_json_root(doc);
		const struct mig_json *list = mig_json_get(runbook, "trigger_conditions");
		const struct mig_json *node = mig_json_first(mig_json_get(runbook,
		    "rollback_phases"));
		size_t steps = 0;
		size_t spec = 0;
		for (; node != NULL; node = mig_json_next(node))
			steps += count_others(mig_json_get(node, "steps"));
		for (node = mig_json_first(list); node != NULL; node = mig_json_next(node))
			spec += strcmp(test_member(node, "origin"), "spec") == 0 ? 1 : 0;
		assert_int_equal(steps, vectors[i].steps);
		assert_int_equal(spec, vectors[i].spec_triggers);
		assert_int_equal(mig_json_count(list) - spec, vectors[i].triggers);
		mig_json_free(doc);
	}
}

/* Everything that is made passes our own check without a word. */
static void
test_own_check(void **state)
{
	(void)state;
	for (size_t i = 0; test_samples_all[i] != NULL; i++) {
		struct mig_json_doc *doc = sample_runbook(test_samples_all[i]);
		struct mig_findings findings = { 0 };
		assert_int_equal(mig_runbook_check(mig_json_root(doc), NULL, &findings), MIG_OK);
		assert_int_equal(findings.count, 0);
		mig_findings_fini(&findings);
		mig_json_free(doc);
	}
}

static void
test_origins(void **state)
{
	(void)state;
	struct mig_json_doc *doc = sample_runbook("service");
	const struct mig_json *runbook = mig_json_root(doc);
	const struct mig_json *general = trigger_named(runbook, "error_rate_spike");
	const struct mig_json *own = trigger_named(runbook, "memory_leak_detected");
	const struct mig_json *spec = trigger_named(runbook, "spec_error_rate");
	const struct mig_json *scale = trigger_named(runbook, "spec_cpu_utilization");
	assert_string_equal(test_member(general, "origin"), "general");
	assert_null(mig_json_get(general, "action"));
	assert_string_equal(test_member(own, "origin"), "type");
	assert_string_equal(test_member(spec, "origin"), "spec");
	assert_string_equal(test_member(spec, "action"), "automatic_rollback");
	assert_true(mig_json_bool(mig_json_get(spec, "auto_execute")));
	assert_string_equal(test_member(scale, "action"), "scale_up");
	assert_false(mig_json_bool(mig_json_get(scale, "auto_execute")));
	const struct mig_json *threshold = mig_json_get(spec, "metric_threshold");
	assert_string_equal(test_member(threshold, "operator"), "greater_than");
	assert_double_same(mig_json_number(mig_json_get(threshold, "value")), 0.1);
	assert_double_same(mig_json_number(mig_json_get(threshold, "duration_minutes")), 5);
	mig_json_free(doc);
}

/* Twins get ids of their own; broken minutes are rounded up, with a warning. */
static void
test_spec_triggers(void **state)
{
	static const char text[] = "{\"type\":\"api\",\"source\":\"a\",\"target\":\"b\","
	    "\"rollback_triggers\":["
	    "{\"metric\":\"error_rate\",\"threshold\":0.05,\"duration_minutes\":0.5,"
	    "\"action\":\"alert_team\"},"
	    "{\"metric\":\"error_rate\",\"threshold\":0.1,\"duration_minutes\":0,"
	    "\"action\":\"automatic_rollback\"},"
	    "{\"metric\":\"availability\",\"threshold\":0.9,\"operator\":\"less_than\","
	    "\"duration_minutes\":2,\"action\":\"alert_team\"}]}";
	(void)state;
	struct mig_json_doc *doc = runbook_of_spec(text);
	const struct mig_json *runbook = mig_json_root(doc);
	const struct mig_json *first = trigger_named(runbook, "spec_error_rate");
	const struct mig_json *second = trigger_named(runbook, "spec_error_rate_2");
	const struct mig_json *third = trigger_named(runbook, "spec_availability");
	assert_double_same(mig_json_number(mig_json_get(first, "evaluation_window_minutes")), 1);
	assert_double_same(mig_json_number(mig_json_get(second, "evaluation_window_minutes")), 0);
	assert_string_equal(test_member(third, "condition"), "availability < 0.9 for 2 minutes");
	mig_json_free(doc);

	struct mig_json_doc *spec = test_json(text);
	struct mig_json_doc *plan = test_plan(mig_json_root(spec));
	struct mig_findings findings = { 0 };
	struct mig_buf out;
	mig_buf_init(&out, MIG_DOC_BYTES_MAX);
	assert_int_equal(mig_runbook_from_plan(mig_json_root(plan), now, &out, &findings), MIG_OK);
	assert_int_equal(findings.count, 2);
	assert_string_equal(findings.items[0].pointer,
	    "/spec/rollback_triggers/0/duration_minutes");
	assert_non_null(strstr(findings.items[1].message, "have no value: "));
	mig_buf_fini(&out);
	mig_findings_fini(&findings);
	mig_json_free(plan);
	mig_json_free(spec);
}

/* The id follows the plan's content, not its time or the time of the runbook. */
static void
test_id(void **state)
{
	(void)state;
	struct mig_json_doc *spec = test_sample_read("service");
	struct mig_json_doc *plan = test_plan(mig_json_root(spec));
	struct mig_buf text;
	mig_buf_init(&text, MIG_DOC_BYTES_MAX);
	mig_json_canonical(mig_json_root(plan), &text);
	char *stamp = strstr(text.data, "2026-01-15T09:30:00Z");
	assert_non_null(stamp);
	memcpy(stamp, "2027", 4);
	struct mig_json_doc *later = test_json(text.data);
	char *hours = strstr(text.data, "\"duration_hours\":100");
	assert_non_null(hours);
	memcpy(hours, "\"duration_hours\":101", strlen("\"duration_hours\":101"));
	struct mig_json_doc *longer = test_json(text.data);
	struct mig_json_doc *one = test_runbook(mig_json_root(plan), NULL);
	struct mig_json_doc *two = runbook_at(mig_json_root(later), (mig_wall){ 5000 });
	struct mig_json_doc *three = test_runbook(mig_json_root(longer), NULL);
	const char *id = test_member(mig_json_root(one), "runbook_id");
	assert_string_equal(id, test_member(mig_json_root(two), "runbook_id"));
	assert_string_not_equal(id, test_member(mig_json_root(three), "runbook_id"));
	assert_int_equal(strlen(id), 11);
	assert_memory_equal(id, "rb_", 3);
	assert_string_equal(test_member(mig_json_root(two), "created_at"), "1970-01-01T00:00:05Z");
	mig_json_free(one);
	mig_json_free(two);
	mig_json_free(three);
	mig_json_free(longer);
	mig_json_free(later);
	mig_json_free(plan);
	mig_json_free(spec);
	mig_buf_fini(&text);
}

/* A specification is no plan, however much it looks like one to others. */
static void
test_refusals(void **state)
{
	(void)state;
	struct mig_json_doc *spec = test_sample_read("service");
	struct mig_findings findings = { 0 };
	struct mig_buf out;
	mig_buf_init(&out, MIG_DOC_BYTES_MAX);
	assert_int_equal(mig_runbook_from_plan(mig_json_root(spec), now, &out, &findings),
	    MIG_EDOC);
	assert_int_equal(out.len, 0);
	assert_true(findings.errors > 0);
	mig_findings_fini(&findings);
	mig_buf_fini(&out);

	struct mig_json_doc *plan = test_plan(mig_json_root(spec));
	mig_buf_init(&out, 3000);
	assert_int_equal(mig_runbook_from_plan(mig_json_root(plan), now, &out, &findings),
	    MIG_ELIMIT);
	mig_buf_fini(&out);
	mig_findings_fini(&findings);
	mig_json_free(plan);
	mig_json_free(spec);
}

/* An edit of a good runbook (old text, new text) and what is said of it. */
struct edit {
	const char *old;
	const char *new;
	const char *wanted;
	int error;
};

static const struct edit edits[] = {
	{ "\"runbook_id\":\"rb_", "\"runbook_id\":\"xx_", "rb_ and 6 to 64", MIG_EDOC },
	{ "\"step_id\":\"rb_service_1_01\"", "\"step_id\":\"step one\"", "like rb_service_0_01",
	    MIG_EDOC },
	{ "\"step_id\":\"rb_service_1_01\"", "\"step_id\":\"rb_service_1_07\"",
	    "no step of this phase is called \"rb_service_1_01\"", MIG_EDOC },
	{ "\"step_id\":\"rb_service_1_02\"", "\"step_id\":\"rb_service_1_01\"",
	    "\"rb_service_1_01\" is there twice", MIG_EDOC },
	{ "\"step_id\":\"rb_validate_0_final\"", "\"step_id\":\"rb_validate_1_final\"",
	    "another phase has a step \"rb_validate_1_final\"", MIG_EDOC },
	{ "\"rollback_order\":1,", "\"rollback_order\":3,", "does not come before this one",
	    MIG_EDOC },
	{ "\"rollback_order\":1,", "\"rollback_order\":0,", "must be between 1 and 99, not 0",
	    MIG_EDOC },
	{ "\"script_type\":\"bash\"", "\"script_type\":\"perl\"", "use sql, bash, api or manual",
	    MIG_EDOC },
	{ "\"urgency_level\":\"medium\"", "\"urgency_level\":\"critical\"",
	    "use low, medium, high or emergency", MIG_EDOC },
	{ "\"phase_name\":\"rollback_setup\"", "\"phase_name\":\"setup\"", "rollback_ and a phase",
	    MIG_EDOC },
	{ "\"value\":\"baseline_error_rate * 5\"", "\"value\":\"baseline_error_rate times 5\"",
	    "is no threshold", MIG_EDOC },
	{ "\"value\":\"1MB/minute\"", "\"value\":\"1MB/fortnight\"", "is no threshold", MIG_EDOC },
	{ "\"value\":\"1MB/minute\"", "\"value\":\"1.5GB/hour\"", "", MIG_OK },
	{ "\"value\":\"baseline_p95 * 3\"", "\"value\":\"baseline_p95 * 2.5\"", "", MIG_OK },
	{ "\"trigger_id\":\"availability_drop\"", "\"trigger_id\":\"error_rate_spike\"",
	    "\"error_rate_spike\" is there twice", MIG_EDOC },
	{ "\"action\":\"automatic_rollback\"", "\"action\":\"alert_team\"",
	    "contradicts auto_execute", MIG_EDOC },
	{ "\"evaluation_window_minutes\":2,", "\"evaluation_window_minutes\":3,",
	    "warning: differs from metric_threshold.duration_minutes", MIG_OK },
	{ "\"delivery_methods\":[\"email\",\"slack\"]",
	    "\"delivery_methods\":[\"email\",\"email\"]",
	    "\"email\" is there twice", MIG_EDOC },
	{ "\"email\":\"on.call@example.com\"", "\"email\":\"nobody\"", "like name@example.com",
	    MIG_EDOC },
	{ "\"validation_checklist\":", "\"validation_checklists\":",
	    "did you mean \"validation_checklist\"?", MIG_EDOC },
};

static void
check_edit(const char *text, const struct edit *edit)
{
	struct mig_buf edited;
	mig_buf_init(&edited, MIG_DOC_BYTES_MAX);
	const char *at = strstr(text, edit->old);
	if (at == NULL)
		fail_msg("the runbook has no %s", edit->old);
	mig_buf_add(&edited, text, (size_t)(at - text));
	mig_buf_puts(&edited, edit->new);
	mig_buf_puts(&edited, at + strlen(edit->old));
	struct mig_json_doc *doc = test_json(edited.data);
	struct mig_findings findings = { 0 };
	int error = mig_runbook_check(mig_json_root(doc), "runbook.json", &findings);
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
	struct mig_json_doc *doc = sample_runbook("parallel_run");
	struct mig_buf text;
	mig_buf_init(&text, MIG_DOC_BYTES_MAX);
	mig_json_canonical(mig_json_root(doc), &text);
	for (size_t i = 0; i < TEST_COUNT(edits); i++)
		check_edit(text.data, &edits[i]);
	mig_buf_fini(&text);
	mig_json_free(doc);
}

/* A condition that nobody can measure has no threshold, and that is fine. */
static void
test_unmeasured(void **state)
{
	(void)state;
	struct mig_json_doc *doc = sample_runbook("minimal_api");
	struct mig_buf text;
	mig_buf_init(&text, MIG_DOC_BYTES_MAX);
	mig_json_canonical(mig_json_root(doc), &text);
	char *start = strstr(text.data, "\"metric_threshold\":{");
	assert_non_null(start);
	char *end = strchr(start, '}');
	assert_non_null(end);
	static const char null_text[] = "\"metric_threshold\":null";
	memset(start, ' ', (size_t)(end - start) + 1);
	memcpy(start, null_text, strlen(null_text));
	struct mig_json_doc *edited = test_json(text.data);
	struct mig_findings findings = { 0 };
	assert_int_equal(mig_runbook_check(mig_json_root(edited), NULL, &findings), MIG_OK);
	assert_int_equal(findings.count, 0);
	mig_findings_fini(&findings);
	mig_json_free(edited);
	mig_json_free(doc);
	mig_buf_fini(&text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_structure),
		cmocka_unit_test(test_counts),
		cmocka_unit_test(test_own_check),
		cmocka_unit_test(test_origins),
		cmocka_unit_test(test_spec_triggers),
		cmocka_unit_test(test_id),
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_check),
		cmocka_unit_test(test_unmeasured),
	};
	return cmocka_run_group_tests(tests, NULL, NULL) != 0;
}
