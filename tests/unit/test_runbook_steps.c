/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/limits.h"
#include "engine/plan.h"
#include "engine/promql.h"
#include "engine/runbook.h"
#include "engine/shape.h"
#include "engine/spec.h"
#include "support/skeleton.h"
#include "support/test_support.h"

#define NAMES "abcdefghijklmnopqrstuvwxyz0123456789_"

static const mig_wall now = { INT64_C(1768469400000) };

/* What the specifications of these tests have beside type, pattern and names. */
#define DETAILS \
	"\"tables_to_migrate\":[{\"name\":\"audit\",\"row_count\":7,\"size_mb\":1}," \
	"{\"name\":\"Shop.orders\",\"row_count\":9,\"size_mb\":1,\"critical\":true}]," \
	"\"feature_flags\":[{\"name\":\"new_shop\",\"rollout_schedule\":[" \
	"{\"percentage\":100,\"duration_hours\":0}]}]," \
	"\"infrastructure_details\":{\"workloads\":[" \
	"{\"name\":\"web\",\"kind\":\"compute\",\"wave\":1}," \
	"{\"name\":\"mail\",\"kind\":\"compute\",\"wave\":2}," \
	"{\"name\":\"api\",\"kind\":\"compute\",\"wave\":1}]}"

static struct mig_json_doc *
runbook_of_spec(const char *text, const struct mig_template_var *sets)
{
	struct mig_json_doc *spec = test_json(text);
	struct mig_json_doc *plan = test_plan(mig_json_root(spec));
	struct mig_json_doc *runbook = test_runbook(mig_json_root(plan), sets);
	mig_json_free(plan);
	mig_json_free(spec);
	return runbook;
}

static const struct mig_json *
phase_of(const struct mig_json *runbook, const char *name)
{
	const struct mig_json *phase =
	    test_find(mig_json_get(runbook, "rollback_phases"), "phase_name", name);
	if (phase == NULL)
		fail_msg("no phase %s", name);
	return phase;
}

/* The first step of a phase whose id begins like this. */
static const struct mig_json *
step_of(const struct mig_json *runbook, const char *phase, const char *id)
{
	const struct mig_json *node =
	    mig_json_first(mig_json_get(phase_of(runbook, phase), "steps"));
	while (node != NULL && strncmp(test_member(node, "step_id"), id, strlen(id)) != 0)
		node = mig_json_next(node);
	if (node == NULL)
		fail_msg("%s has no step %s", phase, id);
	return node;
}

/* Every text of a node, also in its lists, through `look`. */
static void
each_text(const struct mig_json *node, void (*look)(void *context, const char *text), void *context)
{
	const char *text = mig_json_string(node);
	if (text != NULL)
		look(context, text);
	const struct mig_json *child = mig_json_first(node);
	for (; child != NULL; child = mig_json_next(child))
		each_text(child, look, context);
}

/* Where placeholders are looked for. */
struct scan {
	const struct mig_json *missing; /* the list of the runbook */
	const char *where;
	size_t found;
};

static bool
lists(const struct mig_json *names, const char *name)
{
	const struct mig_json *node = mig_json_first(names);
	while (node != NULL && strcmp(mig_json_string(node), name) != 0)
		node = mig_json_next(node);
	return node != NULL;
}

/* Each placeholder in the text must be on the list, with this place. */
static void
scan_text(void *context, const char *text)
{
	struct scan *scan = context;
	for (const char *at = text; (at = strchr(at, '{')) != NULL; at++) {
		size_t len = strspn(at + 1, NAMES);
		char name[64] = "";
		if (len == 0 || at[1 + len] != '}' || len >= sizeof(name))
			continue;
		memcpy(name, at + 1, len);
		const struct mig_json *entry = test_find(scan->missing, "placeholder", name);
		if (entry == NULL || !lists(mig_json_get(entry, "steps"), scan->where))
			fail_msg("%s: {%s} is not listed as unresolved", scan->where, name);
		scan->found++;
	}
}

static size_t
scan_runbook(const struct mig_json *runbook)
{
	struct scan scan = { .missing = mig_json_get(runbook, "unresolved") };
	const struct mig_json *phase = mig_json_first(mig_json_get(runbook, "rollback_phases"));
	assert_non_null(scan.missing);
	for (; phase != NULL; phase = mig_json_next(phase)) {
		const struct mig_json *step = mig_json_first(mig_json_get(phase, "steps"));
		for (; step != NULL; step = mig_json_next(step)) {
			/* Other texts may name what has braces of its own, such as endpoints. */
			scan.where = test_member(step, "step_id");
			each_text(mig_json_get(step, "script_content"), scan_text, &scan);
			each_text(mig_json_get(step, "validation_commands"), scan_text, &scan);
		}
	}
	scan.where = "data_recovery_plan";
	each_text(mig_json_get(runbook, scan.where), scan_text, &scan);
	return scan.found;
}

/* Phases that only look: nothing there needs to be undone. */
static bool
only_looks(const char *phase)
{
	static const char *const names[] = { "assessment", "discovery", "planning", "design",
		"validation", "validate", "compare", "comparison", "testing", "reconcile",
		"rehearsal", "mapping", "preparation" };
	for (size_t i = 0; i < TEST_COUNT(names); i++)
		if (strcmp(phase + strlen("rollback_"), names[i]) == 0)
			return true;
	return false;
}

static void
check_steps(const char *pattern, const struct mig_json *phase)
{
	const struct mig_json *step = mig_json_first(mig_json_get(phase, "steps"));
	const char *name = test_member(phase, "phase_name");
	size_t executable = 0;
	double order = 0;
	for (; step != NULL; step = mig_json_next(step)) {
		double next = mig_json_number(mig_json_get(step, "rollback_order"));
		if (next <= order)
			fail_msg("%s %s: orders do not rise", pattern, name);
		order = next;
		if (strcmp(test_member(step, "script_type"), "manual") != 0)
			executable++;
		assert_true(mig_json_count(mig_json_get(step, "preconditions")) > 0);
		assert_true(mig_json_number(mig_json_get(step, "timeout_minutes")) >=
		    mig_json_number(mig_json_get(step, "estimated_duration_minutes")));
		assert_non_null(mig_json_get(step, "retry"));
	}
	if (executable == 0 && !only_looks(name))
		fail_msg("%s %s: nothing can be executed", pattern, name);
}

/* The runbook of a type and pattern; false when they do not belong together. */
static bool
check_pattern(const char *type, const char *pattern)
{
	struct mig_buf text;
	struct mig_findings findings = { 0 };
	struct mig_buf out;
	mig_buf_init(&text, MIG_DOC_BYTES_MAX);
	mig_buf_init(&out, MIG_DOC_BYTES_MAX);
	mig_buf_printf(&text, "{\"type\":\"%s\",%s%s%s\"source\":\"a\",\"target\":\"b\","
	    DETAILS "}",
	    type, pattern != NULL ? "\"pattern\":\"" : "", pattern != NULL ? pattern : "",
	    pattern != NULL ? "\"," : "");
	struct mig_json_doc *spec = test_json(text.data);
	bool fits = mig_plan_from_spec(mig_json_root(spec), now, &out, &findings) == MIG_OK;
	mig_findings_fini(&findings);
	if (fits) {
		struct mig_json_doc *plan = test_json(out.data);
		struct mig_json_doc *doc = test_runbook(mig_json_root(plan), NULL);
		const struct mig_json *runbook = mig_json_root(doc);
		const struct mig_json *phase =
		    mig_json_first(mig_json_get(runbook, "rollback_phases"));
		for (; phase != NULL; phase = mig_json_next(phase))
			check_steps(pattern != NULL ? pattern : type, phase);
		assert_int_equal(mig_runbook_check(runbook, NULL, &findings), MIG_OK);
		assert_int_equal(findings.count, 0);
		assert_true(scan_runbook(runbook) > 0);
		mig_json_free(doc);
		mig_json_free(plan);
	}
	mig_json_free(spec);
	mig_buf_fini(&out);
	mig_buf_fini(&text);
	return fits;
}

/* Whatever changes something can be taken back by a program, and lists what it needs. */
static void
test_patterns(void **state)
{
	size_t count = 0;
	(void)state;
	for (size_t i = 0; mig_names_type[i] != NULL; i++) {
		assert_true(check_pattern(mig_names_type[i], NULL));
		for (size_t k = 0; mig_names_pattern[k] != NULL; k++)
			count += check_pattern(mig_names_type[i], mig_names_pattern[k]) ? 1 : 0;
	}
	assert_true(count >= 10);
}

static void
test_samples(void **state)
{
	(void)state;
	for (size_t i = 0; test_samples_all[i] != NULL; i++) {
		struct mig_json_doc *spec = test_sample_read(test_samples_all[i]);
		struct mig_json_doc *plan = test_plan(mig_json_root(spec));
		struct mig_json_doc *doc = test_runbook(mig_json_root(plan), NULL);
		assert_true(scan_runbook(mig_json_root(doc)) > 0);
		mig_json_free(doc);
		mig_json_free(plan);
		mig_json_free(spec);
	}
}

/* Critical tables first, by their names; flags to 0; waves from the last. */
static void
test_named(void **state)
{
	(void)state;
	struct mig_json_doc *doc = runbook_of_spec("{\"type\":\"database\",\"source\":\"a\","
	    "\"target\":\"b\",\"pattern\":\"data_migration\"," DETAILS "}", NULL);
	const struct mig_json *runbook = mig_json_root(doc);
	const struct mig_json *step = step_of(runbook, "rollback_cutover", "rb_table_0");
	assert_string_equal(test_member(step, "name"), "Bring Shop.orders back");
	assert_non_null(strstr(test_member(step, "script_content"),
	    "(LIKE \"Shop\".\"orders\")'"));
	assert_string_equal(test_member(step, "origin"), "spec");
	step = mig_json_next(step);
	assert_string_equal(test_member(step, "name"), "Bring audit back");
	step = step_of(runbook, "rollback_cutover", "rb_flag_0_03");
	assert_string_equal(test_member(step, "name"), "Set new_shop to 0 percent");
	assert_string_equal(test_member(step, "script_type"), "api");
	mig_json_free(doc);

	doc = runbook_of_spec("{\"type\":\"infrastructure\",\"source\":\"a\",\"target\":\"b\","
	    "\"pattern\":\"cloud_migration\"," DETAILS "}", NULL);
	step = step_of(mig_json_root(doc), "rollback_migration", "rb_wave_");
	assert_string_equal(test_member(step, "name"), "Bring wave 2 back");
	step = mig_json_next(step);
	assert_string_equal(test_member(step, "name"), "Bring wave 1 back");
	assert_non_null(strstr(test_member(step, "description"), "Run web, api on a again"));
	mig_json_free(doc);
}

/* At most twenty steps for tables, then one that lists the rest. */
static void
test_many(void **state)
{
	struct mig_buf text;
	(void)state;
	mig_buf_init(&text, MIG_DOC_BYTES_MAX);
	mig_buf_puts(&text, "{\"type\":\"database\",\"pattern\":\"data_migration\","
	    "\"source\":\"a\",\"target\":\"b\",\"tables_to_migrate\":[");
	for (int i = 0; i < 23; i++)
		mig_buf_printf(&text, "%s{\"name\":\"t%d\",\"row_count\":1,\"size_mb\":1}",
		    i > 0 ? "," : "", i);
	mig_buf_puts(&text, "]}");
	struct mig_json_doc *doc = runbook_of_spec(text.data, NULL);
	const struct mig_json *runbook = mig_json_root(doc);
	const struct mig_json *last = step_of(runbook, "rollback_cutover", "rb_table_0_25");
	assert_string_equal(test_member(last, "name"), "Compare 3 further tables");
	assert_non_null(strstr(test_member(last, "script_content"),
	    "<<'TABLES'\n\"t20\"\n\"t21\"\n\"t22\"\nTABLES\nexit $status"));
	assert_string_equal(test_member(mig_json_next(last), "step_id"), "rb_validate_0_final");
	mig_json_free(doc);
	mig_buf_fini(&text);
}

/* A value, and the text that a step or command then has. */
struct quoting {
	const char *type;
	struct mig_template_var sets[3];
	const char *phase;
	const char *step;
	const char *wanted;
};

static const struct quoting quotings[] = {
	{ "service", { { "service_name", "a; rm -rf /" }, { "orchestrator", "kubernetes" } },
	    "rollback_deployment", "rb_build",
	    "kubectl scale deployment/'a; rm -rf /' --replicas=0" },
	{ "service", { { "service_name", "it's $(id)" }, { "orchestrator", "systemd" } },
	    "rollback_deployment", "rb_build", "systemctl stop 'it'\\''s $(id)'" },
	{ "service", { { "service_name", "shop-2" }, { "orchestrator", "systemd" } },
	    "rollback_deployment", "rb_build", "systemctl stop shop-2" },
	{ "database", { { "database_name", "x' OR '1'='1" } }, "rollback_migration", "rb_data",
	    "datname = 'x'' OR ''1''=''1'" },
	{ "database", { { "copy_job_name", "a'\"$(id)`b\\" } }, "rollback_bulk_copy", "rb_job",
	    "application_name = 'a''\"$(id)`b\\';" },
	{ "database", { { "migration_start", "'; DROP \"$(id)`" } }, "rollback_cutover",
	    "rb_table", ">= '''; DROP \\\"\\$(id)\\`')" },
	{ "database", { { "primary_key", "Id" } }, "rollback_cutover", "rb_table",
	    "ON CONFLICT (\"Id\") DO NOTHING" },
	{ "service", { { "flag_url", "http://f/{flag}?by=a b\"" } }, "rollback_cutover", "rb_flag",
	    "PUT http://f/new_shop?by=a%20b%22\n" },
	{ "service", { { "router", "haproxy" }, { "haproxy_socket", "/run/my sock" } },
	    "rollback_cutover", "rb_service", "UNIX-CONNECT:'/run/my sock')" },
};

static void
test_quoting(void **state)
{
	(void)state;
	for (size_t i = 0; i < TEST_COUNT(quotings); i++) {
		const struct quoting *row = &quotings[i];
		struct mig_buf text;
		mig_buf_init(&text, MIG_DOC_BYTES_MAX);
		mig_buf_printf(&text, "{\"type\":\"%s\",\"source\":\"a\",\"target\":\"b\",%s"
		    DETAILS "}", row->type, strcmp(row->phase, "rollback_bulk_copy") == 0
		    ? "\"pattern\":\"data_migration\"," : "");
		struct mig_json_doc *doc = runbook_of_spec(text.data, row->sets);
		const char *script = test_member(
		    step_of(mig_json_root(doc), row->phase, row->step), "script_content");
		if (strstr(script, row->wanted) == NULL)
			fail_msg("\"%s\" gave: %s", row->sets[0].value, script);
		mig_json_free(doc);
		mig_buf_fini(&text);
	}
}

/* A value that cannot be taken, and what is said of it. */
static void
test_refused(void **state)
{
	static const struct {
		struct mig_template_var sets[2];
		const char *wanted;
	} rows[] = {
		{ { { "service_nam", "x" } }, "did you mean service_name?" },
		{ { { "service_name", "" } }, "must not be empty" },
		{ { { "service_name", "-rf" } }, "must not begin with -" },
		{ { { "flag_url", "http://a\r\nHost: b" } }, "must be one line" },
		{ { { "haproxy_backend", "shop; shutdown" } }, "may hold letters, digits" },
		{ { { "table_name", "t; DROP TABLE u" } }, "the value of table_name " },
		{ { { "router", "pigeon" } }, "is none of the known ones" },
		{ { { "source", "x" } }, "cannot be set" },
	};
	(void)state;
	struct mig_json_doc *spec = test_sample_read("parallel_run");
	struct mig_json_doc *plan = test_plan(mig_json_root(spec));
	for (size_t i = 0; i < TEST_COUNT(rows); i++) {
		struct mig_findings findings = { 0 };
		struct mig_buf out;
		mig_buf_init(&out, MIG_DOC_BYTES_MAX);
		assert_int_equal(mig_runbook_from_plan_set(mig_json_root(plan), now, rows[i].sets,
		    &out, &findings), MIG_EDOC);
		assert_int_equal(out.len, 0);
		char *said = test_findings(&findings);
		if (strstr(said, rows[i].wanted) == NULL)
			fail_msg("%s: %s", rows[i].sets[0].name, said);
		free(said);
		mig_findings_fini(&findings);
		mig_buf_fini(&out);
	}
	mig_json_free(plan);
	mig_json_free(spec);
}

/* Contacts and parameters of a specification, and what is said of them. */
static void
test_spec(void **state)
{
	static const char *const rows[][2] = {
		{ "\"parameters\":[]", "/parameters: must be an object, not array" },
		{ "\"parameters\":{\"service_name\":7}",
		    "/parameters/service_name: must be a string" },
		{ "\"parameters\":{\"Service\":\"x\"}", "is no name of a parameter" },
		{ "\"parameters\":{\"service_name\":\"a\\nb\"}", "must be one line" },
		{ "\"contacts\":[{\"role\":\"x\"}]", "/contacts/0: the key \"name\" is missing" },
		{ "\"contacts\":[{\"role\":\"x\",\"name\":\"y\",\"primary_phone\":\"1\","
		  "\"email\":\"nobody\",\"backup_contact\":\"a@b\"}]", "like name@example.com" },
	};
	(void)state;
	for (size_t i = 0; i < TEST_COUNT(rows); i++) {
		struct mig_findings findings = { 0 };
		struct mig_buf text;
		mig_buf_init(&text, MIG_DOC_BYTES_MAX);
		mig_buf_printf(&text,
		    "{\"type\":\"api\",\"source\":\"a\",\"target\":\"b\",%s}", rows[i][0]);
		struct mig_json_doc *spec = test_json(text.data);
		assert_int_equal(mig_spec_check(mig_json_root(spec), NULL, &findings), MIG_EDOC);
		char *said = test_findings(&findings);
		if (strstr(said, rows[i][1]) == NULL)
			fail_msg("%s: %s", rows[i][0], said);
		free(said);
		mig_json_free(spec);
		mig_findings_fini(&findings);
		mig_buf_fini(&text);
	}
}

/* The command line goes before the parameters, these before what is derived. */
static void
test_precedence(void **state)
{
	static const char text[] = "{\"type\":\"service\",\"source\":\"a\",\"target\":\"derived\","
	    "\"parameters\":{\"service_name\":\"given\",\"orchestrator\":\"systemd\","
	    "\"health_check_url\":\"http://h/\",\"x_unused\":\"1\"}}";
	static const struct mig_template_var sets[] = { { "service_name", "set" }, { NULL, NULL } };
	(void)state;
	struct mig_json_doc *doc = runbook_of_spec(text, sets);
	const char *script = test_member(
	    step_of(mig_json_root(doc), "rollback_deployment", "rb_build"), "script_content");
	assert_string_equal(script, "set -eu\nsystemctl stop set");
	mig_json_free(doc);
	doc = runbook_of_spec(text, NULL);
	script = test_member(step_of(mig_json_root(doc), "rollback_deployment", "rb_build"),
	    "script_content");
	assert_string_equal(script, "set -eu\nsystemctl stop given");
	const struct mig_json *missing = mig_json_get(mig_json_root(doc), "unresolved");
	assert_null(test_find(missing, "placeholder", "health_check_url"));
	assert_non_null(test_find(missing, "placeholder", "service_endpoint"));
	mig_json_free(doc);
	doc = runbook_of_spec("{\"type\":\"service\",\"source\":\"a\",\"target\":\"derived\","
	    "\"parameters\":{\"orchestrator\":\"systemd\"}}", NULL);
	script = test_member(step_of(mig_json_root(doc), "rollback_deployment", "rb_build"),
	    "script_content");
	assert_string_equal(script, "set -eu\nsystemctl stop derived");
	mig_json_free(doc);
}

/* The plan's scripts are undone from the last to the first; people do what no statement does. */
static void
test_scripts(void **state)
{
	static const char scripts[] = "\"scripts\":["
	    "{\"id\":\"s1\",\"kind\":\"sql\",\"table\":\"users\",\"change\":\"add_column\","
	    "\"description\":\"add users.bio\",\"forward\":\"f1;\",\"undo\":\"u1;\","
	    "\"reversible\":true,\"transactional\":true,\"verify\":\"SELECT 'v1'\"},"
	    "{\"id\":\"s2\",\"kind\":\"sql\",\"table\":\"users\",\"change\":\"add_index\","
	    "\"description\":\"index users.bio\",\"forward\":\"f2;\",\"undo\":\"u2;\","
	    "\"reversible\":true,\"transactional\":false,\"verify\":\"SELECT 2\"},"
	    "{\"id\":\"s3\",\"kind\":\"sql\",\"table\":\"users\",\"change\":\"drop_column\","
	    "\"description\":\"drop users.age\",\"forward\":\"f3;\",\"undo\":null,"
	    "\"reversible\":false,\"transactional\":true,\"verify\":\"SELECT 3\"}],";
	(void)state;
	struct mig_json_doc *spec = test_json("{\"type\":\"database\",\"source\":\"a\","
	    "\"target\":\"b\",\"pattern\":\"schema_change\"}");
	struct mig_json_doc *plan = test_plan(mig_json_root(spec));
	struct mig_buf text;
	struct mig_buf with;
	mig_buf_init(&text, MIG_DOC_BYTES_MAX);
	mig_buf_init(&with, MIG_DOC_BYTES_MAX);
	mig_json_canonical(mig_json_root(plan), &text);
	/* In canonical form nothing of a phase stands behind its tasks but its criteria. */
	char *name = strstr(text.data, "\"name\":\"contract\"");
	assert_non_null(name);
	mig_buf_add(&with, text.data, (size_t)(name - text.data));
	mig_buf_puts(&with, scripts);
	mig_buf_puts(&with, name);
	struct mig_json_doc *changed = test_json(with.data);
	struct mig_json_doc *doc = test_runbook(mig_json_root(changed), NULL);
	const struct mig_json *step = step_of(mig_json_root(doc), "rollback_contract", "rb_script");
	assert_string_equal(test_member(step, "script_content"), "u2;");
	step = mig_json_next(step);
	assert_string_equal(test_member(step, "name"), "Undo add_column on users");
	assert_string_equal(test_member(step, "script_type"), "sql");
	assert_string_equal(test_member(step, "script_content"), "BEGIN;\nu1;\nCOMMIT;");
	assert_string_equal(mig_json_string(mig_json_first(mig_json_get(step,
	    "validation_commands"))), "psql {schema_dsn} -Atc 'SELECT '\\''v1'\\'''");
	step = mig_json_next(step);
	assert_string_equal(test_member(step, "name"), "Restore what drop_column took from users");
	assert_string_equal(test_member(step, "script_type"), "manual");
	assert_string_equal(test_member(step, "retry"), "never");
	mig_json_free(doc);
	mig_json_free(changed);
	mig_json_free(plan);
	mig_json_free(spec);
	mig_buf_fini(&with);
	mig_buf_fini(&text);
}

static void
test_contacts(void **state)
{
	static const char text[] = "{\"type\":\"api\",\"source\":\"a\",\"target\":\"b\","
	    "\"contacts\":[{\"role\":\"technical lead\",\"name\":\"Ada\",\"primary_phone\":\"+1\","
	    "\"email\":\"ada@x.test\",\"backup_contact\":\"bob@x.test\"},"
	    "{\"role\":\"Vendor\",\"name\":\"Eve\",\"primary_phone\":\"+2\","
	    "\"email\":\"eve@x.test\",\"backup_contact\":\"eva@x.test\"}]}";
	(void)state;
	struct mig_json_doc *doc = runbook_of_spec(text, NULL);
	const struct mig_json *list = mig_json_get(mig_json_root(doc), "emergency_contacts");
	assert_int_equal(mig_json_count(list), 6);
	assert_null(test_find(list, "role", "Technical Lead"));
	assert_string_equal(test_member(test_find(list, "role", "technical lead"), "name"), "Ada");
	assert_string_equal(test_member(test_find(list, "role", "Vendor"), "email"), "eve@x.test");
	assert_string_equal(test_member(test_find(list, "role", "Business Owner"), "name"),
	    "to be named");
	mig_json_free(doc);
}

/* Whether a trigger is marked. */
static bool
stricter(const struct mig_json *runbook, const char *id)
{
	const struct mig_json *node =
	    test_find(mig_json_get(runbook, "trigger_conditions"), "trigger_id", id);
	if (node == NULL)
		fail_msg("no trigger %s", id);
	return mig_json_bool(mig_json_get(node, "stricter"));
}

static void
test_stricter(void **state)
{
	static const char head[] = "{\"type\":\"service\",\"source\":\"a\",\"target\":\"b\","
	    "\"rollback_triggers\":["
	    "{\"metric\":\"availability\",\"threshold\":0.9,\"operator\":\"less_than\","
	    "\"duration_minutes\":1,\"action\":\"alert_team\"},"
	    "{\"metric\":\"cpu_utilization\",\"threshold\":0.8,\"duration_minutes\":60,"
	    "\"action\":\"alert_team\"},"
	    "{\"metric\":\"error_rate\",\"threshold\":0.5,\"duration_minutes\":4,"
	    "\"action\":\"alert_team\"},"
	    "{\"metric\":\"response_time_p95\",\"threshold\":500,\"duration_minutes\":30,"
	    "\"action\":\"alert_team\"}]";
	static const char load[] = ",\"service_details\":{\"legacy_service\":{\"endpoints\":[],"
	    "\"current_load\":{\"requests_per_second\":1,\"peak_requests_per_second\":1,"
	    "\"average_response_time_ms\":1,\"p95_response_time_ms\":200}},"
	    "\"new_service\":{\"endpoints\":[]}}";
	(void)state;
	struct mig_buf text;
	mig_buf_init(&text, MIG_DOC_BYTES_MAX);
	mig_buf_printf(&text, "%s}", head);
	struct mig_json_doc *doc = runbook_of_spec(text.data, NULL);
	const struct mig_json *runbook = mig_json_root(doc);
	/* 0.95 is reached before 0.9, 0.8 before 0.9; 0.5 and a multiple: the shorter one. */
	assert_true(stricter(runbook, "availability_drop"));
	assert_false(stricter(runbook, "spec_availability"));
	assert_true(stricter(runbook, "spec_cpu_utilization"));
	assert_true(stricter(runbook, "spec_error_rate"));
	assert_false(stricter(runbook, "error_rate_spike"));
	assert_true(stricter(runbook, "response_time_degradation"));
	assert_false(stricter(runbook, "memory_leak_detected"));
	mig_json_free(doc);
	/* Three times 200 ms is more than 500: now the thresholds can be compared. */
	mig_buf_reset(&text);
	mig_buf_printf(&text, "%s%s}", head, load);
	doc = runbook_of_spec(text.data, NULL);
	assert_true(stricter(mig_json_root(doc), "spec_response_time_p95"));
	assert_false(stricter(mig_json_root(doc), "response_time_degradation"));
	mig_json_free(doc);
	mig_buf_fini(&text);
}

/* Everybody hears something: ours are marked, the five of every runbook stay in front. */
static void
test_messages(void **state)
{
	static const char *const own[][2] = { { "rollback_start", "customers" },
		{ "rollback_progress", "technical" }, { "rollback_progress", "business" },
		{ "rollback_complete", "business" }, { "rollback_complete", "customers" } };
	(void)state;
	struct mig_json_doc *doc = runbook_of_spec(
	    "{\"type\":\"api\",\"source\":\"a\",\"target\":\"b\"}", NULL);
	const struct mig_json *node = mig_json_first(
	    mig_json_get(mig_json_root(doc), "communication_templates"));
	for (int i = 0; i < 5; i++, node = mig_json_next(node))
		assert_null(mig_json_get(node, "origin"));
	for (size_t i = 0; i < TEST_COUNT(own); i++, node = mig_json_next(node)) {
		assert_string_equal(test_member(node, "template_type"), own[i][0]);
		assert_string_equal(test_member(node, "audience"), own[i][1]);
		assert_string_equal(test_member(node, "origin"), "spec");
	}
	assert_null(node);
	mig_json_free(doc);
}

static void
test_recovery(void **state)
{
	(void)state;
	struct mig_json_doc *doc = runbook_of_spec("{\"type\":\"database\",\"source\":\"a\","
	    "\"target\":\"b\",\"pattern\":\"event_sourcing\"}", NULL);
	const struct mig_json *plan = mig_json_get(mig_json_root(doc), "data_recovery_plan");
	assert_string_equal(test_member(plan, "recovery_method"), "event_replay");
	assert_null(strstr(test_member(plan, "backup_location"), "{migration_id}"));
	mig_json_free(doc);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_patterns),
		cmocka_unit_test(test_samples),
		cmocka_unit_test(test_named),
		cmocka_unit_test(test_many),
		cmocka_unit_test(test_quoting),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_spec),
		cmocka_unit_test(test_precedence),
		cmocka_unit_test(test_scripts),
		cmocka_unit_test(test_contacts),
		cmocka_unit_test(test_stricter),
		cmocka_unit_test(test_messages),
		cmocka_unit_test(test_recovery),
	};
	return cmocka_run_group_tests(tests, NULL, NULL) != 0;
}
