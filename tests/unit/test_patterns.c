/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/* Every pattern of the catalogue by its sample: the plan speaks of what the specification has. */

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/limits.h"
#include "engine/plan.h"
#include "engine/plan_tables.h"
#include "engine/render.h"
#include "support/skeleton.h"
#include "support/test_support.h"

#define SAMPLES "tests/data/specs/"

/* A sample of each pattern. */
static const char *const samples[] = {
	"sample_database_migration", "sample_bulk_copy_migration", "sample_service_migration",
	"sample_parallel_run_migration", "sample_blue_green_migration",
	"sample_infrastructure_migration", "sample_minimal_api_migration",
	"pattern_expand_contract", "pattern_parallel_schema", "pattern_event_sourcing",
	"pattern_dual_write", "pattern_change_data_capture", "pattern_bulk_snapshot",
	"pattern_incremental_sync", "pattern_stream_processing", "pattern_canary",
	"pattern_rolling_update", "pattern_glue_layer", "pattern_api_strangler_fig",
	"pattern_cloud_migration", "pattern_lift_and_shift", "pattern_re_architecture",
	"pattern_hybrid_cloud", "pattern_multi_cloud",
};

/* Names that occur in the specification, as the texts of a plan may write them. */
struct names {
	size_t count;
	char *text[1024];
};

static struct mig_json_doc *
read_sample(const char *name)
{
	char path[128];
	(void)snprintf(path, sizeof(path), SAMPLES "%s.json", name);
	char *text = test_read_source(path, NULL);
	struct mig_json_doc *doc = test_json(text);
	free(text);
	return doc;
}

static void
add_name(struct names *names, const char *text, size_t len)
{
	assert_true(names->count < TEST_COUNT(names->text));
	names->text[names->count] = strndup(text, len);
	assert_non_null(names->text[names->count]);
	names->count++;
}

/* All strings below a node, demands as words, systems without what explains them. */
static void
add_strings(struct names *names, const struct mig_json *node)
{
	const char *text = mig_json_string(node);
	const char *key = mig_json_key(node);
	if (text != NULL && (key == NULL || strcmp(key, "description") != 0)) {
		size_t len = strcspn(text, "(,");
		while (len > 0 && text[len - 1] == ' ')
			len--;
		add_name(names, text, strchr(text, '/') != NULL ? strlen(text) : len);
		add_name(names, text, strlen(text));
		for (char *c = names->text[names->count - 1]; *c != '\0'; c++)
			*c = *c == '_' ? ' ' : *c;
	}
	for (node = mig_json_first(node); node != NULL; node = mig_json_next(node))
		add_strings(names, node);
}

static void
free_names(struct names *names)
{
	for (size_t i = 0; i < names->count; i++)
		free(names->text[i]);
}

static bool
speaks_of_names(const char *text, const struct names *names)
{
	for (size_t i = 0; i < names->count; i++) {
		if (strlen(names->text[i]) > 2 && strstr(text, names->text[i]) != NULL)
			return true;
	}
	return false;
}

/* Whether a text has one of the words with | between, whatever the case of its first letter. */
static bool
speaks_of_nouns(const char *text, const char *nouns)
{
	while (*nouns != '\0') {
		size_t len = strcspn(nouns, "|");
		for (const char *at = text; *at != '\0'; at++) {
			if (tolower((unsigned char)*at) == *nouns &&
			    strncmp(at + 1, nouns + 1, len - 1) == 0)
				return true;
		}
		nouns += len + (nouns[len] == '|' ? 1 : 0);
	}
	return false;
}

static void
check_texts(const char *sample, const struct mig_json *list, const struct names *names,
    const struct mig_pattern_row *row)
{
	const struct mig_json *text = mig_json_first(list);
	assert_non_null(text);
	for (; text != NULL; text = mig_json_next(text)) {
		const char *said = mig_json_string(text);
		if (!speaks_of_names(said, names) && !speaks_of_nouns(said, row->nouns) &&
		    !speaks_of_nouns(said, mig_plan_nouns))
			fail_msg("%s: \"%s\" speaks of nothing", sample, said);
		if (strstr(said, "activities") != NULL || strchr(said, '@') != NULL)
			fail_msg("%s: \"%s\"", sample, said);
	}
}

static const struct mig_pattern_row *
row_of(const struct mig_json *spec)
{
	return mig_pattern_find(mig_json_string(mig_json_get(spec, "type")),
	    mig_json_string(mig_json_get(spec, "pattern")));
}

/* No sentence says nothing. */
static void
test_sentences(void **state)
{
	(void)state;
	for (size_t i = 0; i < TEST_COUNT(samples); i++) {
		struct mig_json_doc *spec = read_sample(samples[i]);
		struct mig_json_doc *plan = test_plan(mig_json_root(spec));
		struct names names = { 0 };
		add_strings(&names, mig_json_root(spec));
		const struct mig_json *phase =
		    mig_json_first(mig_json_get(mig_json_root(plan), "phases"));
		for (; phase != NULL; phase = mig_json_next(phase)) {
			const struct mig_pattern_row *row = row_of(mig_json_root(spec));
			check_texts(samples[i], mig_json_get(phase, "tasks"), &names, row);
			check_texts(samples[i], mig_json_get(phase, "validation_criteria"), &names,
			    row);
		}
		free_names(&names);
		mig_json_free(plan);
		mig_json_free(spec);
	}
}

/* Whether a task of the plan has the text in it. */
static bool
is_planned(const struct mig_json *plan, const char *text)
{
	const struct mig_json *phase = mig_json_first(mig_json_get(plan, "phases"));
	for (; phase != NULL; phase = mig_json_next(phase)) {
		const struct mig_json *task = mig_json_first(mig_json_get(phase, "tasks"));
		for (; task != NULL; task = mig_json_next(task)) {
			if (strstr(mig_json_string(task), text) != NULL)
				return true;
		}
	}
	return false;
}

static void
check_planned(const char *sample, const struct mig_json *plan, const struct mig_json *text)
{
	const char *name = mig_json_string(text);
	if (name != NULL && !is_planned(plan, name))
		fail_msg("%s: no task speaks of %s", sample, name);
}

/* Each element of a list, or a member of each, is the matter of a task. */
static void
check_list(const char *sample, const struct mig_json *plan, const struct mig_json *list,
    const char *member)
{
	const struct mig_json *node = mig_json_first(list);
	for (; node != NULL; node = mig_json_next(node))
		check_planned(sample, plan, member == NULL ? node : mig_json_get(node, member));
}

static void
check_changes(const char *sample, const struct mig_json *plan, const struct mig_json *spec)
{
	const struct mig_json *table = mig_json_first(mig_json_get(spec, "schema_changes"));
	for (; table != NULL; table = mig_json_next(table)) {
		const struct mig_json *changes = mig_json_get(table, "changes");
		check_list(sample, plan, changes, "column");
		check_list(sample, plan, changes, "constraint_name");
		check_list(sample, plan, changes, "index_name");
	}
}

/*
 * Whatever the specification has is the matter of a task.  The lists of the reference's elaborated
 * phases are cut, so patterns that consist of these alone are left out.
 */
static void
test_objects(void **state)
{
	(void)state;
	for (size_t i = 0; i < TEST_COUNT(samples); i++) {
		struct mig_json_doc *doc = read_sample(samples[i]);
		const struct mig_json *spec = mig_json_root(doc);
		struct mig_json_doc *made = test_plan(spec);
		const struct mig_json *plan = mig_json_root(made);
		const struct mig_json *constraints = mig_json_get(spec, "constraints");
		const struct mig_json *service = mig_json_get(spec, "service_details");
		const struct mig_json *estate = mig_json_get(spec, "infrastructure_details");
		check_list(samples[i], plan, mig_json_get(spec, "tables_to_migrate"), "name");
		check_changes(samples[i], plan, spec);
		check_list(samples[i], plan, mig_json_get(estate, "workloads"), "name");
		check_list(samples[i], plan, mig_json_get(constraints, "dependencies"), NULL);
		check_list(samples[i], plan, mig_json_get(constraints, "compliance_requirements"),
		    NULL);
		if (strcmp(row_of(spec)->phases[0], "intercept") == 0) {
			check_list(samples[i], plan,
			    mig_json_get(mig_json_get(service, "legacy_service"), "endpoints"),
			    NULL);
			check_list(samples[i], plan,
			    mig_json_get(mig_json_get(service, "new_service"), "endpoints"), NULL);
		}
		mig_json_free(made);
		mig_json_free(doc);
	}
}

/* Each row has phases that are known, a phase for the traffic among them, and a sample. */
static void
test_rows(void **state)
{
	static const char *const types[] = { "database", "service", "infrastructure", "data",
		"api" };
	(void)state;
	for (size_t i = 0; i < mig_pattern_row_count; i++) {
		const struct mig_pattern_row *row = &mig_pattern_rows[i];
		const char *first = row->types == NULL ? "api" : row->types;
		char type[32];
		char pattern[32];
		(void)snprintf(type, sizeof(type), "%.*s", (int)strcspn(first, "|"), first);
		first = row->patterns == NULL ? "" : row->patterns;
		(void)snprintf(pattern, sizeof(pattern), "%.*s", (int)strcspn(first, "|"), first);
		bool traffic = false;
		for (size_t k = 0; row->phases[k] != NULL; k++) {
			traffic = traffic || strcmp(row->phases[k], row->traffic) == 0;
			if (mig_phase_find(type, pattern, row->phases[k]) == NULL)
				fail_msg("%s %s: nobody knows %s", type, pattern, row->phases[k]);
		}
		assert_true(traffic);
		bool sampled = row->patterns == NULL;
		for (size_t k = 0; k < TEST_COUNT(samples) && !sampled; k++) {
			struct mig_json_doc *spec = read_sample(samples[k]);
			sampled = row_of(mig_json_root(spec)) == row;
			mig_json_free(spec);
		}
		if (!sampled)
			fail_msg("%s %s has no sample", type, pattern);
	}
	for (size_t i = 0; i < TEST_COUNT(types); i++)
		assert_non_null(mig_pattern_find(types[i], NULL));
	assert_ptr_equal(mig_pattern_find("data", "canary"), mig_pattern_find("api", NULL));
	assert_ptr_equal(
	    mig_pattern_find("database", "expand"), mig_pattern_find("database", NULL));
}

/* Of endpoints, what becomes of each; of tables, the critical ones first. */
static void
test_lists(void **state)
{
	static const char *const wanted[] = {
		"Route PUT /api/v1/users/{id} through the router, later to PUT /api/v2/users/{id}",
		"Route POST /api/v1/users/login through the router; its new place is "
		"POST /api/v2/auth/login",
		"Build POST /api/v2/auth/refresh, which Legacy User Service does not have",
		"Raise enable_new_user_service over 3d: 5, 25, 50, 100 percent",
	};
	(void)state;
	struct mig_json_doc *spec = read_sample("sample_service_migration");
	struct mig_json_doc *plan = test_plan(mig_json_root(spec));
	for (size_t i = 0; i < TEST_COUNT(wanted); i++) {
		if (!is_planned(mig_json_root(plan), wanted[i]))
			fail_msg("there is no \"%s\"", wanted[i]);
	}
	mig_json_free(plan);
	mig_json_free(spec);

	spec = test_json("{\"type\":\"database\",\"pattern\":\"data_migration\",\"source\":\"a\","
	    "\"target\":\"b\",\"tables_to_migrate\":["
	    "{\"name\":\"small\",\"row_count\":10,\"size_mb\":1},"
	    "{\"name\":\"large\",\"row_count\":1234567890,\"size_mb\":2500,\"critical\":true}]}");
	plan = test_plan(mig_json_root(spec));
	const struct mig_json *copy = mig_json_first(mig_json_get(mig_json_root(plan), "phases"));
	copy = mig_json_get(mig_json_next(mig_json_next(copy)), "tasks");
	assert_string_equal(mig_json_string(mig_json_first(copy)),
	    "Copy large: 1,234,567,890 rows, 2.5 GB, about 17h 8m at 20000 rows a second, "
	    "in chunks by primary key");
	assert_string_equal(mig_json_string(mig_json_next(mig_json_first(copy))),
	    "Copy small: 10 rows, 1 MB, about a second at 100 MB a second, "
	    "in chunks by primary key");
	mig_json_free(plan);
	mig_json_free(spec);
}

/* The document as people read it is the one that was read when it last changed. */
static void
check_golden(const char *sample, const char *kind, const char *page)
{
	char path[128];
	(void)snprintf(path, sizeof(path), "tests/data/golden/%s.%s.txt", sample, kind);
	char *wanted = test_read_source(path, NULL);
	if (strcmp(page, wanted) != 0)
		fail_msg("%s differs: run scripts/update-golden and read what changes", path);
	free(wanted);
}

static void
test_golden(void **state)
{
	(void)state;
	for (size_t i = 0; i < TEST_COUNT(samples); i++) {
		struct mig_json_doc *spec = read_sample(samples[i]);
		struct mig_json_doc *plan = test_plan(mig_json_root(spec));
		struct mig_buf text;
		mig_buf_init(&text, MIG_DOC_BYTES_MAX);
		assert_int_equal(
		    mig_render_plan(mig_json_root(plan), MIG_RENDER_TEXT, &text), MIG_OK);
		check_golden(samples[i], "plan", text.data);

		struct mig_json_doc *runbook = test_runbook(mig_json_root(plan), NULL);
		mig_buf_reset(&text);
		assert_int_equal(
		    mig_render_runbook(mig_json_root(runbook), MIG_RENDER_TEXT, &text), MIG_OK);
		check_golden(samples[i], "runbook", text.data);

		mig_json_free(runbook);
		mig_buf_fini(&text);
		mig_json_free(plan);
		mig_json_free(spec);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_sentences),
		cmocka_unit_test(test_objects),
		cmocka_unit_test(test_lists),
		cmocka_unit_test(test_golden),
	};
	return cmocka_run_group_tests(tests, NULL, NULL) != 0;
}
