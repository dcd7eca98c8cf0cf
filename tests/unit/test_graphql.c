/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/*
 * Changes of GraphQL schemas: every rule with two documents between which it fires, and what fires
 * when they change places.
 */
#include <stdlib.h>
#include <string.h>

#include "apispec/graphql.h"
#include "apispec/read.h"
#include "support/api_fixture.h"

#define B MIG_BREAKING
#define P MIG_POTENTIALLY_BREAKING
#define N MIG_NON_BREAKING
#define A MIG_ADDITIVE

struct row {
	const char *before;
	const char *after;
	const char *rule;
	enum mig_change_severity severity;
	const char *back;
	enum mig_change_severity back_severity;
};

#define T "type T { a: Int } "
#define Q(field) "type Q { " field " }"
#define I(field) "input I { x: Int " field " }"
#define E(value) "enum E { X " value " }"
#define D(rest) T "directive @d" rest

static const struct row rows[] = {
	{ T, T "type U { b: Int }", "TYPE_ADDED", A, "TYPE_REMOVED", B },
	{ T "scalar U", T "type U { b: Int }", "TYPE_KIND_CHANGED", B, "TYPE_KIND_CHANGED", B },
	{ T, "'one' " T, "TYPE_DESCRIPTION_ADDED", N, "TYPE_DESCRIPTION_REMOVED", N },
	{ "'one' " T, "'two' " T, "TYPE_DESCRIPTION_CHANGED", N, "TYPE_DESCRIPTION_CHANGED", N },
	{ Q("a: Int"), Q("a: Int b: Int!"), "FIELD_ADDED", A, "FIELD_REMOVED", B },
	{ Q("a: Int"), Q("a: Int!"), "FIELD_TYPE_CHANGED", N, "FIELD_TYPE_CHANGED", B },
	{ Q("a: [Int]"), Q("a: [Int!]!"), "FIELD_TYPE_CHANGED", N, "FIELD_TYPE_CHANGED", B },
	{ Q("a: Int"), Q("a: [Int]"), "FIELD_TYPE_CHANGED", B, "FIELD_TYPE_CHANGED", B },
	{ Q("a: Int"), Q("a: Float"), "FIELD_TYPE_CHANGED", B, "FIELD_TYPE_CHANGED", B },
	{ Q("a: Int"), Q("'''\n one\n''' a: Int"), "FIELD_DESCRIPTION_ADDED", N,
	    "FIELD_DESCRIPTION_REMOVED", N },
	{ Q("'one' a: Int"), Q("'two' a: Int"), "FIELD_DESCRIPTION_CHANGED", N,
	    "FIELD_DESCRIPTION_CHANGED", N },
	{ Q("a: Int"), Q("a: Int @deprecated"), "FIELD_DEPRECATION_ADDED", N,
	    "FIELD_DEPRECATION_REMOVED", N },
	{ Q("a: Int @deprecated"), Q("a: Int @deprecated(reason: 'b')"),
	    "FIELD_DEPRECATION_REASON_ADDED", N, "FIELD_DEPRECATION_REASON_REMOVED", N },
	{ Q("a: Int @deprecated(reason: 'a')"), Q("a: Int @deprecated(reason: 'b')"),
	    "FIELD_DEPRECATION_REASON_CHANGED", N, "FIELD_DEPRECATION_REASON_CHANGED", N },
	{ Q("a: Int"), Q("a(b: Int): Int"), "FIELD_ARGUMENT_ADDED", A, "FIELD_ARGUMENT_REMOVED",
	    B },
	{ Q("a: Int"), Q("a(b: Int!): Int"), "FIELD_ARGUMENT_ADDED", B, "FIELD_ARGUMENT_REMOVED",
	    B },
	{ Q("a: Int"), Q("a(b: Int! = 1): Int"), "FIELD_ARGUMENT_ADDED", A,
	    "FIELD_ARGUMENT_REMOVED", B },
	{ Q("a(b: Int): Int"), Q("a(b: Int!): Int"), "FIELD_ARGUMENT_TYPE_CHANGED", B,
	    "FIELD_ARGUMENT_TYPE_CHANGED", N },
	{ Q("a(b: Int = 1): Int"), Q("a(b: Int = 2): Int"), "FIELD_ARGUMENT_DEFAULT_CHANGED", P,
	    "FIELD_ARGUMENT_DEFAULT_CHANGED", P },
	{ Q("a(b: Int): Int"), Q("a('one' b: Int): Int"), "FIELD_ARGUMENT_DESCRIPTION_CHANGED", N,
	    "FIELD_ARGUMENT_DESCRIPTION_CHANGED", N },
	{ I(""), I("y: Int"), "INPUT_FIELD_ADDED", A, "INPUT_FIELD_REMOVED", B },
	{ I(""), I("y: Int!"), "INPUT_FIELD_ADDED", B, "INPUT_FIELD_REMOVED", B },
	{ I(""), I("y: Int! = 1"), "INPUT_FIELD_ADDED", A, "INPUT_FIELD_REMOVED", B },
	{ I("y: Int"), I("y: Int!"), "INPUT_FIELD_TYPE_CHANGED", B, "INPUT_FIELD_TYPE_CHANGED", N },
	{ I("y: [Int!]"), I("y: [Int]"), "INPUT_FIELD_TYPE_CHANGED", N, "INPUT_FIELD_TYPE_CHANGED",
	    B },
	{ I("y: [Int] = [1 2]"), I("y: [Int] = [2]"), "INPUT_FIELD_DEFAULT_VALUE_CHANGED", P,
	    "INPUT_FIELD_DEFAULT_VALUE_CHANGED", P },
	{ I("y: Int"), I("'one' y: Int"), "INPUT_FIELD_DESCRIPTION_ADDED", N,
	    "INPUT_FIELD_DESCRIPTION_REMOVED", N },
	{ I("'two' y: Int"), I("'one' y: Int"), "INPUT_FIELD_DESCRIPTION_CHANGED", N,
	    "INPUT_FIELD_DESCRIPTION_CHANGED", N },
	{ E(""), E("Y"), "ENUM_VALUE_ADDED", P, "ENUM_VALUE_REMOVED", B },
	{ E("Y"), E("'one' Y"), "ENUM_VALUE_DESCRIPTION_CHANGED", N,
	    "ENUM_VALUE_DESCRIPTION_CHANGED", N },
	{ E("Y"), E("Y @deprecated"), "ENUM_VALUE_DEPRECATION_REASON_ADDED", N,
	    "ENUM_VALUE_DEPRECATION_REASON_REMOVED", N },
	{ E("Y @deprecated"), E("Y @deprecated(reason: 'a')"),
	    "ENUM_VALUE_DEPRECATION_REASON_CHANGED", N, "ENUM_VALUE_DEPRECATION_REASON_CHANGED",
	    N },
	{ T "union U = T", T "union U = | T | Q", "UNION_MEMBER_ADDED", P, "UNION_MEMBER_REMOVED",
	    B },
	{ Q("a: Int"), "type Q implements N { a: Int }", "OBJECT_TYPE_INTERFACE_ADDED", P,
	    "OBJECT_TYPE_INTERFACE_REMOVED", B },
	{ T, D(" on FIELD"), "DIRECTIVE_ADDED", A, "DIRECTIVE_REMOVED", B },
	{ D(" on FIELD"), T "'one' directive @d on FIELD", "DIRECTIVE_DESCRIPTION_CHANGED", N,
	    "DIRECTIVE_DESCRIPTION_CHANGED", N },
	{ D(" on FIELD"), D(" on FIELD | OBJECT"), "DIRECTIVE_LOCATION_ADDED", A,
	    "DIRECTIVE_LOCATION_REMOVED", B },
	{ D(" on FIELD"), D(" repeatable on FIELD"), "DIRECTIVE_REPEATABLE_ADDED", N,
	    "DIRECTIVE_REPEATABLE_REMOVED", P },
	{ D(" on FIELD"), D("(a: Int!) on FIELD"), "DIRECTIVE_ARGUMENT_ADDED", B,
	    "DIRECTIVE_ARGUMENT_REMOVED", B },
	{ D("(a: Int) on FIELD"), D("(a: Int!) on FIELD"), "DIRECTIVE_ARGUMENT_TYPE_CHANGED", B,
	    "DIRECTIVE_ARGUMENT_TYPE_CHANGED", N },
	{ D("(a: Int = 1) on FIELD"), D("(a: Int = 2) on FIELD"),
	    "DIRECTIVE_ARGUMENT_DEFAULT_VALUE_CHANGED", P,
	    "DIRECTIVE_ARGUMENT_DEFAULT_VALUE_CHANGED", P },
	{ D("(a: Int) on FIELD"), D("('one' a: Int) on FIELD"),
	    "DIRECTIVE_ARGUMENT_DESCRIPTION_CHANGED", N, "DIRECTIVE_ARGUMENT_DESCRIPTION_CHANGED",
	    N },
	{ T "schema { query: T }", T "schema { query: U }", "SCHEMA_QUERY_TYPE_CHANGED", B,
	    "SCHEMA_QUERY_TYPE_CHANGED", B },
	{ T "schema { query: T }", T "schema { query: T mutation: T }",
	    "SCHEMA_MUTATION_TYPE_CHANGED", A, "SCHEMA_MUTATION_TYPE_CHANGED", B },
	{ T "schema { query: T }", T "schema { query: T subscription: T }",
	    "SCHEMA_SUBSCRIPTION_TYPE_CHANGED", A, "SCHEMA_SUBSCRIPTION_TYPE_CHANGED", B },
};

/* The same in other words. */
static const char *const harmless[][2] = {
	{ T "type U { b: Int c: Int }", "type U { c: Int, b: Int } # so\n" T },
	{ "'''\n  one\n  two\n''' " T, "'one two' " T },
	{ E("Y Z"), "enum E { Z Y X }" },
	{ T "union U = T | Q", T "union U = Q | T" },
	{ "type U implements N & M { a: Int b: Int }",
	    "type U implements M { a: Int } extend type U implements N { b: Int }" },
	{ Q("a(b: Int, c: Int): Int"), Q("a(c: Int b: Int): Int") },
	{ I("y: [Int] = [1, 2]"), I("y: [Int] = [ 1 2 ]") },
	{ D(" on FIELD | OBJECT"), D(" on | OBJECT | FIELD") },
	{ "type Query { a: Int }", "schema { query: Query } type Query { a: Int }" },
	{ "\357\273\277" T, T },
};

static struct mig_api *
read_sdl(const char *text)
{
	struct mig_findings findings = { 0 };
	struct mig_api *api = NULL;
	char *sdl = test_quotes(text);
	int error = mig_api_read_graphql(sdl, strlen(sdl), "api.graphql", &api, &findings);
	char *lines = test_findings(&findings);
	if (error != MIG_OK)
		print_error("%s%s\n", lines, sdl);
	assert_int_equal(error, MIG_OK);
	free(lines);
	free(sdl);
	mig_findings_fini(&findings);
	return api;
}

/* One change of that rule and severity, or (rule NULL) none. */
static void
expect(const char *before, const char *after, const char *rule, enum mig_change_severity severity)
{
	const struct mig_api_policy policy = { .view = MIG_VIEW_CLIENT };
	struct mig_check *check = test_api_judge(read_sdl(before), read_sdl(after), &policy);
	size_t count = 0;
	const struct mig_change *changes = mig_check_changes(check, &count);
	bool right = rule == NULL ? count == 0
	                          : count == 1 && strcmp(changes[0].rule, rule) == 0 &&
	            changes[0].severity == severity;
	if (!right) {
		char *all = test_changes(check);
		print_error("not just %s but\n%sbetween %s\nand %s\n",
		    rule == NULL ? "nothing" : rule, all, before, after);
		free(all);
		fail();
	}
	mig_check_free(check);
}

static void
test_rules(void **state)
{
	(void)state;
	for (size_t i = 0; i < TEST_COUNT(rows); i++) {
		expect(rows[i].before, rows[i].after, rows[i].rule, rows[i].severity);
		expect(rows[i].after, rows[i].before, rows[i].back, rows[i].back_severity);
	}
}

/* No rule without a row. */
static void
test_all_rules(void **state)
{
	(void)state;
	size_t count = 0;
	const struct mig_gql_rule *rules = mig_gql_rules(&count);
	assert_int_equal(count, 54);
	for (size_t i = 0; i < count; i++) {
		bool there = false;
		for (size_t j = 0; j < TEST_COUNT(rows) && !there; j++)
			there = strcmp(rows[j].rule, rules[i].id) == 0 ||
			    strcmp(rows[j].back, rules[i].id) == 0;
		if (!there)
			print_error("no row for %s\n", rules[i].id);
		assert_true(there);
	}
}

static void
test_harmless(void **state)
{
	(void)state;
	for (size_t i = 0; i < TEST_COUNT(harmless); i++) {
		expect(harmless[i][0], harmless[i][1], NULL, N);
		expect(harmless[i][1], harmless[i][0], NULL, N);
	}
}

/* Places, values and sentences; and the other point of view. */
static void
test_details(void **state)
{
	(void)state;
	struct mig_api_policy policy = { .view = MIG_VIEW_CLIENT };
	struct mig_check *check =
	    test_api_judge(read_sdl(T "\n" Q("\na: Int\nb: Int")), read_sdl(Q("a: "
	    "String")), &policy);
	size_t count = 0;
	const struct mig_change *changes = mig_check_changes(check, &count);
	assert_int_equal(count, 3);
	assert_string_equal(changes[0].field_path, "components.types.T");
	assert_string_equal(changes[0].type, "model_removed");
	assert_string_equal(changes[1].field_path, "components.types.Q.fields.a");
	assert_string_equal(changes[1].old_value, "\"Int\"");
	assert_string_equal(changes[1].description,
	    "The type of the field Q.a changed from \"Int\" to \"String\".");
	assert_int_equal(changes[1].before.line, 3);
	assert_int_equal(changes[1].after.line, 1);
	assert_string_equal(changes[2].description, "The field Q.b was removed.");
	mig_check_free(check);
	policy.view = MIG_VIEW_SERVER;
	check = test_api_judge(read_sdl(Q("a: Int")), read_sdl(Q("a: Int b: Int")), &policy);
	changes = mig_check_changes(check, &count);
	assert_int_equal(count, 1);
	assert_int_equal(changes[0].severity, MIG_BREAKING);
	mig_check_free(check);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rules),
		cmocka_unit_test(test_all_rules),
		cmocka_unit_test(test_harmless),
		cmocka_unit_test(test_details),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
