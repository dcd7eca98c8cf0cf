/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/json_write.h"
#include "base/limits.h"
#include "engine/ddl.h"
#include "engine/ddl_int.h"
#include "engine/plan.h"
#include "engine/plan_tables.h"
#include "engine/spec_tables.h"
#include "support/skeleton.h"
#include "support/test_support.h"

static struct mig_arena *arena;

static int
make_arena(void **state)
{
	(void)state;
	arena = mig_arena_new(1U << 24);
	return arena == NULL ? -1 : 0;
}

static int
drop_arena(void **state)
{
	(void)state;
	mig_arena_free(arena);
	return 0;
}

/* The specification of one table with these changes (JSON, without the brackets). */
static struct mig_json_doc *
spec_of(const char *type, const char *pattern, const char *table, const char *changes)
{
	struct mig_buf text;
	mig_buf_init(&text, 1U << 20);
	mig_buf_printf(&text, "{\"type\":\"%s\",\"source\":\"a\",\"target\":\"b\",", type);
	if (pattern != NULL)
		mig_buf_printf(&text, "\"pattern\":\"%s\",", pattern);
	mig_buf_printf(&text, "\"schema_changes\":[{\"table\":\"%s\",\"changes\":[%s]}]}", table,
	    changes);
	struct mig_json_doc *doc = test_json(text.data);
	mig_buf_fini(&text);
	return doc;
}

/* All scripts of a plan, "PHASE STATEMENTS" a line each; owned by the caller. */
static char *
listing(const struct mig_json *plan, const char *field)
{
	struct mig_buf out;
	mig_buf_init(&out, 1U << 20);
	const struct mig_json *phase = mig_json_first(mig_json_get(plan, "phases"));
	for (; phase != NULL; phase = mig_json_next(phase)) {
		const struct mig_json *script = mig_json_first(mig_json_get(phase, "scripts"));
		for (; script != NULL; script = mig_json_next(script)) {
			const char *text = mig_json_string(mig_json_get(script, field));
			const char *name = mig_json_string(mig_json_get(phase, "name"));
			mig_buf_printf(&out, "%s: %s\n", name, text == NULL ? "-" : text);
		}
	}
	char *text = mig_buf_steal(&out);
	assert_non_null(text);
	return text;
}

/* What a schema_change plan of these changes says; owned by the caller. */
static char *
scripts_of(const char *table, const char *changes, const char *field)
{
	struct mig_json_doc *spec = spec_of("database", "schema_change", table, changes);
	struct mig_json_doc *plan = test_plan(mig_json_root(spec));
	char *text = listing(mig_json_root(plan), field);
	mig_json_free(plan);
	mig_json_free(spec);
	return text;
}

static void
assert_says(const char *text, const char *part)
{
	if (strstr(text, part) == NULL)
		fail_msg("%s\n  does not say: %s", text, part);
}

static void
assert_silent(const char *text, const char *part)
{
	if (strstr(text, part) != NULL)
		fail_msg("%s\n  says: %s", text, part);
}

/* One change of each kind and way, how many scripts it takes, and how many of them are final. */
struct kind {
	const char *change;
	size_t scripts;
	size_t final;
};

static const struct kind kinds[] = {
	{ "{\"type\":\"add_column\",\"column\":\"c\",\"data_type\":\"text\"}", 1, 0 },
	{ "{\"type\":\"add_column\",\"column\":\"c\",\"data_type\":\"uuid\","
	  "\"default\":\"gen_random_uuid()\"}", 2, 0 },
	{ "{\"type\":\"add_column\",\"column\":\"c\",\"data_type\":\"uuid\",\"nullable\":false,"
	  "\"default\":\"gen_random_uuid()\"}", 5, 0 },
	{ "{\"type\":\"add_column\",\"column\":\"c\",\"data_type\":\"int\",\"nullable\":false}", 5,
	    0 },
	{ "{\"type\":\"add_column\",\"column\":\"c\",\"data_type\":\"bigserial\","
	  "\"nullable\":false}", 1, 0 },
	{ "{\"type\":\"modify_column\",\"column\":\"c\",\"old_type\":\"varchar(9)\","
	  "\"new_type\":\"text\"}", 1, 0 },
	{ "{\"type\":\"modify_column\",\"column\":\"c\",\"old_type\":\"int\","
	  "\"new_type\":\"bigint\"}", 6, 1 },
	{ "{\"type\":\"rename_column\",\"column\":\"c\",\"new_name\":\"d\"}", 4, 0 },
	{ "{\"type\":\"drop_column\",\"column\":\"c\"}", 2, 1 },
	{ "{\"type\":\"add_constraint\",\"constraint_type\":\"check\",\"constraint_name\":\"k\","
	  "\"definition\":\"c > 0\"}", 2, 0 },
	{ "{\"type\":\"add_constraint\",\"constraint_type\":\"foreign_key\","
	  "\"constraint_name\":\"k\",\"definition\":\"c REFERENCES o(id)\"}", 2, 0 },
	{ "{\"type\":\"add_constraint\",\"constraint_type\":\"unique\",\"constraint_name\":\"k\","
	  "\"definition\":\"c\"}", 2, 0 },
	{ "{\"type\":\"add_constraint\",\"constraint_type\":\"unique\",\"constraint_name\":\"k\","
	  "\"definition\":\"(c) DEFERRABLE\"}", 1, 0 },
	{ "{\"type\":\"add_constraint\",\"constraint_type\":\"primary_key\","
	  "\"constraint_name\":\"k\",\"definition\":\"c\"}", 2, 0 },
	{ "{\"type\":\"drop_constraint\",\"constraint_name\":\"k\"}", 2, 1 },
	{ "{\"type\":\"add_index\",\"index_name\":\"i\",\"columns\":[\"c\"]}", 1, 0 },
	{ "{\"type\":\"drop_index\",\"index_name\":\"i\"}", 3, 1 },
};

/* What a plan does with its scripts, whatever the pattern. */
static void
check_plan(const struct mig_json *plan, const struct kind *kind)
{
	size_t scripts = 0;
	size_t final = 0;
	bool no_return = false;
	const struct mig_json *phase = mig_json_first(mig_json_get(plan, "phases"));
	for (; phase != NULL; phase = mig_json_next(phase)) {
		const struct mig_json *list = mig_json_get(phase, "scripts");
		const struct mig_json *script = mig_json_first(list);
		assert_true(list == NULL || mig_json_count(list) > 0);
		no_return = no_return ||
		    mig_json_bool(mig_json_get(phase, "point_of_no_return"));
		for (; script != NULL; script = mig_json_next(script)) {
			bool reversible = mig_json_bool(mig_json_get(script, "reversible"));
			assert_true(reversible || no_return);
			assert_true(reversible ||
			    mig_json_string(mig_json_get(script, "undo")) == NULL);
			scripts++;
			final += reversible ? 0 : 1;
		}
	}
	assert_true(final == kind->final || (final == 0 && !no_return));
	assert_int_equal(scripts - final, kind->scripts - kind->final);
}

static void
check_kinds(const char *type, const char *pattern)
{
	for (size_t i = 0; i < TEST_COUNT(kinds); i++) {
		struct mig_json_doc *spec = spec_of(type, pattern, "t", kinds[i].change);
		struct mig_json_doc *plan = test_plan(mig_json_root(spec));
		check_plan(mig_json_root(plan), &kinds[i]);
		mig_json_free(plan);
		mig_json_free(spec);
	}
}

/* The place of a phase, or the end. */
static size_t
place_of(const char *const *phases, const char *name)
{
	size_t i = 0;
	while (phases[i] != NULL && strcmp(phases[i], name) != 0)
		i++;
	return i;
}

static void
check_stages(const char *type, const char *pattern)
{
	const char *const *phases = mig_pattern_find(type, pattern)->phases;
	size_t count = place_of(phases, "");
	size_t place[MIG_DDL_STAGES];
	for (int stage = MIG_DDL_EXPAND; stage < MIG_DDL_STAGES; stage++)
		place[stage] = mig_ddl_phase(phases, (enum mig_ddl_stage)stage);
	assert_true(place[MIG_DDL_EXPAND] <= place[MIG_DDL_MIGRATE]);
	assert_true(place[MIG_DDL_MIGRATE] <= place[MIG_DDL_CONTRACT]);
	assert_true(place[MIG_DDL_CONTRACT] < count);
	size_t cutover = place_of(phases, "cutover");
	assert_true(cutover == count || place[MIG_DDL_CONTRACT] >= cutover);
	bool final = mig_phase_is_final(phases[count - 1]);
	assert_int_equal(place[MIG_DDL_DROP] == MIG_DDL_NOWHERE, !final);
	assert_true(!final || place[MIG_DDL_DROP] >= place[MIG_DDL_CONTRACT]);
}

/* Every change lands in one place of every pattern; nothing is lost where there is a way back. */
static void
test_patterns(void **state)
{
	(void)state;
	for (const struct mig_type_patterns *row = mig_type_patterns; row->type != NULL; row++) {
		check_stages(row->type, NULL);
		check_kinds(row->type, NULL);
		for (size_t i = 0; row->patterns[i] != NULL; i++) {
			check_stages(row->type, row->patterns[i]);
			check_kinds(row->type, row->patterns[i]);
		}
	}
}

static void
test_phases(void **state)
{
	static const struct {
		const char *phases[8];
		const char *wanted; /* of the four stages */
	} rows[] = {
		{ { "preparation", "expand", "migrate", "contract", "cleanup", NULL },
		    "expand migrate contract cleanup" },
		{ { "setup", "bulk_copy", "delta_sync", "validation", "cutover", NULL },
		    "setup delta_sync cutover -" },
		{ { "preparation", "migration", "validation", "cutover", NULL },
		    "preparation migration cutover -" },
		{ { "setup", "deploy", "shadow", "compare", "cutover", "cleanup", NULL },
		    "setup shadow cleanup cleanup" },
		{ { "schema_expand", "old_and_new", "contract_schema", NULL },
		    "schema_expand old_and_new contract_schema -" },
		{ { "all_at_once", NULL }, "all_at_once all_at_once all_at_once -" },
		{ { "one", "two", "three", NULL }, "one two three -" },
		{ { "expand", "migrate", "contract", NULL }, "expand migrate contract contract" },
	};
	(void)state;
	for (size_t i = 0; i < TEST_COUNT(rows); i++) {
		char found[256] = "";
		for (int stage = MIG_DDL_EXPAND; stage < MIG_DDL_STAGES; stage++) {
			size_t place = mig_ddl_phase(rows[i].phases, (enum mig_ddl_stage)stage);
			size_t len = strlen(found);
			snprintf(found + len, sizeof(found) - len, "%s%s", len > 0 ? " " : "",
			    place == MIG_DDL_NOWHERE ? "-" : rows[i].phases[place]);
		}
		assert_string_equal(found, rows[i].wanted);
	}
}

/* A text that is too long, or an arena that is full, must not pass for a short text. */
static void
test_limits(void **state)
{
	(void)state;
	char *text = malloc((1U << 20) + 1);
	assert_non_null(text);
	memset(text, 'x', 1U << 20);
	text[1U << 20] = '\0';
	struct mig_arena *large = mig_arena_new(1U << 24);
	assert_null(mig_ddl_literal(large, text));
	assert_true(mig_arena_failed(large));
	mig_arena_free(large);
	free(text);

	struct mig_json_doc *value = test_json("\"some text\"");
	struct mig_arena *small = mig_arena_new(1);
	const char *sql = NULL;
	(void)mig_ddl_default(small, "text", mig_json_root(value), &sql);
	assert_string_equal(sql, "");
	assert_null(mig_ddl_definition(small, "foreign_key", "a REFERENCES b(c)"));
	assert_null(mig_ddl_key_columns(small, "unique", "a"));
	assert_null(mig_ddl_index_column(small, "a"));
	assert_true(mig_arena_failed(small));
	mig_arena_free(small);
	mig_json_free(value);
}

static void
test_names(void **state)
{
	static const char x63[] = "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx";
	char longer[80];
	(void)state;
	assert_string_equal(mig_ddl_name(arena, "order"), "\"order\"");
	assert_string_equal(mig_ddl_name(arena, "User Id"), "\"User Id\"");
	assert_string_equal(mig_ddl_name(arena, "a\"b"), "\"a\"\"b\"");
	assert_string_equal(mig_ddl_path(arena, NULL, "Sales.order"), "\"Sales\".\"order\"");
	assert_string_equal(mig_ddl_path(arena, "Sales", "i"), "\"Sales\".\"i\"");
	assert_string_equal(mig_ddl_path(arena, "Sales", "other.i"), "\"other\".\"i\"");
	assert_string_equal(mig_ddl_literal(arena, "it's"), "'it''s'");

	/* What PostgreSQL would cut is cut, and no character in two. */
	assert_int_equal(strlen(x63), 63);
	snprintf(longer, sizeof(longer), "%syz", x63);
	assert_int_equal(strlen(mig_ddl_name(arena, longer)), 65);
	assert_int_equal(strlen(mig_ddl_name_literal(arena, longer)), 65);
	snprintf(longer, sizeof(longer), "%.62s\xc3\xa4z", x63);
	assert_int_equal(strlen(mig_ddl_name(arena, longer)), 64);

	/* Our own names stay different however long the others are. */
	assert_string_equal(mig_ddl_derived(arena, "", "bio", "_new"), "bio_new");
	snprintf(longer, sizeof(longer), "%.62sa", x63);
	const char *one = mig_ddl_derived(arena, "migarch_sync_", longer, "");
	snprintf(longer, sizeof(longer), "%.62sb", x63);
	const char *two = mig_ddl_derived(arena, "migarch_sync_", longer, "");
	assert_int_equal(strlen(one), 63);
	assert_string_not_equal(one, two);
}

static void
test_types(void **state)
{
	static const char *const spellings[][2] = {
		{ "varchar(20)", "varchar(20)" },
		{ "  numeric(10, 2) ", "numeric(10, 2)" },
		{ "int(11)", "int" },
		{ "DATETIME", "timestamp" },
		{ "datetime(3)", "timestamp(3)" },
		{ "double", "double precision" },
		{ "double precision", "double precision" },
		{ "text[]", "text[]" },
		{ "\"Mood\"", "\"Mood\"" },
		{ "int; DROP TABLE users", "\"int; DROP TABLE users\"" },
		{ "text -- x", "\"text -- x\"" },
	};
	/* Old, new, how the server shows the new one, whether it writes all rows anew. */
	static const struct {
		const char *old;
		const char *new;
		const char *shown; /* NULL: no widening */
		bool rewrites;
	} rows[] = {
		{ "varchar(255)", "text", "text", false },
		{ "character varying (10)", "VARCHAR(20)", "character varying(20)", false },
		{ "varchar(20)", "varchar(10)", NULL, false },
		{ "varchar(20)", "varchar", "character varying", false },
		{ "varchar", "varchar(20)", NULL, false },
		{ "text", "varchar", "character varying", false },
		{ "text", "varchar(20)", NULL, false },
		{ "text", "int", NULL, false },
		{ "int", "text", NULL, false },
		{ "numeric(8,2)", "decimal(10, 2)", "numeric(10,2)", false },
		{ "numeric(8,2)", "numeric(10,3)", NULL, false },
		{ "numeric(8,2)", "numeric", NULL, false },
		{ "numeric", "numeric", "numeric", false },
		{ "numeric", "varchar", NULL, false },
		{ "smallint", "int", "integer", true },
		{ "int4", "int8", "bigint", true },
		{ "int", "integer", "integer", false },
		{ "bigint", "int", NULL, false },
		{ "int", "numeric", NULL, false },
		{ "timestamp", "date", NULL, false },
		{ "varchar(99999999999)", "text", NULL, false },
		{ "varchar(5", "text", NULL, false },
		{ "text[]", "text[]", NULL, false },
	};
	(void)state;
	for (size_t i = 0; i < TEST_COUNT(spellings); i++)
		assert_string_equal(mig_ddl_type(arena, spellings[i][0]), spellings[i][1]);
	for (size_t i = 0; i < TEST_COUNT(rows); i++) {
		const char *shown = NULL;
		bool rewrites = false;
		bool widens = mig_ddl_widens(arena, rows[i].old, rows[i].new, &shown, &rewrites);
		if (widens != (rows[i].shown != NULL))
			fail_msg("%s to %s", rows[i].old, rows[i].new);
		if (widens)
			assert_string_equal(shown, rows[i].shown);
		assert_int_equal(rewrites, rows[i].rewrites);
	}
}

static void
test_defaults(void **state)
{
	static const struct {
		const char *type;
		const char *value; /* JSON */
		const char *sql;
		enum mig_ddl_default wanted;
	} rows[] = {
		{ "int", "0", "0", MIG_DDL_DEFAULT_SAME },
		{ "int", "-7", "-7", MIG_DDL_DEFAULT_SAME },
		{ "int", "\"5\"", "5", MIG_DDL_DEFAULT_SAME },
		{ "int", "\"5; DROP\"", "'5; DROP'", MIG_DDL_DEFAULT_SAME },
		{ "int", "true", "1", MIG_DDL_DEFAULT_SAME },
		{ "numeric(5,2)", "1.25", "1.25", MIG_DDL_DEFAULT_SAME },
		{ "numeric(5,2)", "\"NaN\"", "'NaN'", MIG_DDL_DEFAULT_SAME },
		{ "boolean", "false", "false", MIG_DDL_DEFAULT_SAME },
		{ "boolean", "1", "true", MIG_DDL_DEFAULT_SAME },
		{ "bool", "0", "false", MIG_DDL_DEFAULT_SAME },
		{ "bool", "\"yes\"", "'yes'", MIG_DDL_DEFAULT_SAME },
		{ "text", "\"it's\"", "'it''s'", MIG_DDL_DEFAULT_SAME },
		{ "text", "\"\"", "''", MIG_DDL_DEFAULT_SAME },
		{ "text", "5", "'5'", MIG_DDL_DEFAULT_SAME },
		{ "text", "true", "'true'", MIG_DDL_DEFAULT_SAME },
		{ "text", "\"now()\"", "'now()'", MIG_DDL_DEFAULT_SAME },
		{ "varchar(9)", "\"random()\"", "'random()'", MIG_DDL_DEFAULT_SAME },
		{ "timestamp", "\"now()\"", "now()", MIG_DDL_DEFAULT_SAME },
		{ "timestamp with time zone", "\"NOW()\"", "now()", MIG_DDL_DEFAULT_SAME },
		{ "timestamptz", "\"current_timestamp\"", "CURRENT_TIMESTAMP",
		    MIG_DDL_DEFAULT_SAME },
		{ "timestamp", "\"2026-01-01\"", "'2026-01-01'", MIG_DDL_DEFAULT_SAME },
		{ "timestamp", "\"clock_timestamp()\"", "clock_timestamp()",
		    MIG_DDL_DEFAULT_BY_ROW },
		{ "uuid", "\"gen_random_uuid()\"", "gen_random_uuid()", MIG_DDL_DEFAULT_BY_ROW },
		{ "jsonb", "\"{}\"", "'{}'", MIG_DDL_DEFAULT_SAME },
		{ "text[]", "\"{}\"", "'{}'", MIG_DDL_DEFAULT_SAME },
		{ "int[]", "\"5\"", "'5'", MIG_DDL_DEFAULT_SAME },
		{ "int", "null", "", MIG_DDL_DEFAULT_NONE },
	};
	(void)state;
	for (size_t i = 0; i < TEST_COUNT(rows); i++) {
		struct mig_json_doc *value = test_json(rows[i].value);
		const char *sql = NULL;
		assert_int_equal(mig_ddl_default(arena, rows[i].type, mig_json_root(value), &sql),
		    rows[i].wanted);
		assert_string_equal(sql, rows[i].sql);
		mig_json_free(value);
	}
	const char *sql = NULL;
	assert_int_equal(mig_ddl_default(arena, "int", NULL, &sql), MIG_DDL_DEFAULT_NONE);
	assert_string_equal(sql, "");
}

static void
test_definitions(void **state)
{
	static const char *const definitions[][3] = {
		{ "check", "a > 0", "CHECK (a > 0)" },
		{ "check", " (a > 0) ", "CHECK (a > 0)" },
		{ "check", "(a > 0) OR (b = ')')", "CHECK ((a > 0) OR (b = ')'))" },
		{ "check", "check(a > 0)", "check(a > 0)" },
		{ "check", "checked", "CHECK (checked)" },
		{ "check", "CHECK (a > 0) NOT VALID", "CHECK (a > 0)" },
		{ "check", "is_valid", "CHECK (is_valid)" },
		{ "check", "not valid", "CHECK (not valid)" },
		{ "foreign_key", "user_id REFERENCES users(id)",
		    "FOREIGN KEY (\"user_id\") REFERENCES users(id)" },
		{ "foreign_key", "(a, B) references o (a, b) on delete cascade",
		    "FOREIGN KEY (\"a\", \"b\") references o (a, b) on delete cascade" },
		{ "foreign_key", "FOREIGN KEY (a) REFERENCES o", "FOREIGN KEY (a) REFERENCES o" },
		{ "foreign_key", "nothing", "FOREIGN KEY (nothing)" },
		{ "unique", "(a) DEFERRABLE", "UNIQUE (a) DEFERRABLE" },
		{ "unique", "UNIQUE NULLS NOT DISTINCT (a)", "UNIQUE NULLS NOT DISTINCT (a)" },
		{ "primary_key", "(a) INCLUDE (b)", "PRIMARY KEY (a) INCLUDE (b)" },
	};
	static const char *const keys[][3] = {
		{ "unique", "a", "\"a\"" },
		{ "unique", "(order, B)", "\"order\", \"b\"" },
		{ "unique", "UNIQUE (\"B\")", "\"B\"" },
		{ "primary_key", "PRIMARY  KEY(a,b)", "\"a\", \"b\"" },
		{ "unique", "unique_id", "\"unique_id\"" },
		{ "unique", "(a) DEFERRABLE", NULL },
		{ "unique", "lower(a)", NULL },
		{ "unique", "a,", NULL },
		{ "unique", "()", NULL },
	};
	static const char *const columns[][2] = {
		{ "a", "\"a\"" },
		{ "Order", "\"Order\"" },
		{ "first name", "\"first name\"" },
		{ "a DESC NULLS LAST", "\"a\" DESC NULLS LAST" },
		{ "a text_pattern_ops", "\"a\" text_pattern_ops" },
		{ "\"A\" DESC", "\"A\" DESC" },
		{ "lower(a)", "lower(a)" },
		{ "(a || b) DESC", "(a || b) DESC" },
		{ "a + abs(b)", "(a + abs(b))" },
		{ "a\"; DROP", "\"a\"\"; DROP\"" },
	};
	(void)state;
	for (size_t i = 0; i < TEST_COUNT(definitions); i++)
		assert_string_equal(mig_ddl_definition(arena, definitions[i][0], definitions[i][1]),
		    definitions[i][2]);
	for (size_t i = 0; i < TEST_COUNT(keys); i++) {
		const char *list = mig_ddl_key_columns(arena, keys[i][0], keys[i][1]);
		if (keys[i][2] == NULL)
			assert_null(list);
		else
			assert_string_equal(list, keys[i][2]);
	}
	for (size_t i = 0; i < TEST_COUNT(columns); i++)
		assert_string_equal(mig_ddl_index_column(arena, columns[i][0]), columns[i][1]);
	assert_true(mig_ddl_mentions("LENGTH(Bio) <= 2000", "bio"));
	assert_false(mig_ddl_mentions("LENGTH(biography)", "bio"));
}

/* Names that need quotes, in every kind of change. */
static void
test_awkward(void **state)
{
	(void)state;
	char *text = scripts_of("Shop.order",
	    "{\"type\":\"add_column\",\"column\":\"order.Select\",\"data_type\":\"int\","
	    "\"default\":3},"
	    "{\"type\":\"drop_column\",\"column\":\"a$b\"},"
	    "{\"type\":\"add_index\",\"index_name\":\"Shop.I\",\"columns\":[\"user\"]},"
	    "{\"type\":\"drop_index\",\"index_name\":\"other.J\"}", "forward");
	assert_says(text, "ALTER TABLE \"Shop\".\"order\" ADD COLUMN \"Select\" int DEFAULT 3;");
	assert_says(text, "RENAME COLUMN \"a$b\" TO \"a$b_retired\";");
	assert_says(text, "CREATE INDEX CONCURRENTLY \"I\" ON \"Shop\".\"order\" (\"user\");");
	assert_says(text, "DROP INDEX CONCURRENTLY \"other\".\"J\";");
	assert_says(text, "CREATE TABLE \"Shop\".\"migarch_kept_order_a$b\" AS");
	free(text);
	text = scripts_of("Shop.order", "{\"type\":\"add_index\",\"index_name\":\"I\","
	    "\"unique\":true,\"columns\":[\"b\"]}", "undo");
	assert_says(text, "expand: DROP INDEX CONCURRENTLY IF EXISTS \"Shop\".\"I\";");
	free(text);
}

/* Columns come before what is built on them, what is dropped before its successor. */
static void
test_order(void **state)
{
	static const char wanted[] =
	    "expand: rename_column\nexpand: add_column\n"
	    "expand: add_index\n" /* i; j waits for the new name, and k for its predecessor */
	    "migrate: rename_column\nmigrate: add_constraint\n"
	    "contract: drop_constraint\n"
	    "contract: rename_column\ncontract: rename_column\n"
	    "contract: drop_column\n"
	    "contract: add_index\n"
	    "contract: add_constraint\ncontract: add_constraint\n"
	    "cleanup: drop_column\ncleanup: drop_constraint\n";
	(void)state;
	char *text = scripts_of("t",
	    "{\"type\":\"add_index\",\"index_name\":\"i\",\"columns\":[\"c\"]},"
	    "{\"type\":\"add_index\",\"index_name\":\"j\",\"columns\":[\"e\"]},"
	    "{\"type\":\"drop_column\",\"column\":\"old\"},"
	    "{\"type\":\"add_constraint\",\"constraint_type\":\"check\",\"constraint_name\":\"k\","
	    "\"definition\":\"c > 1\"},"
	    "{\"type\":\"drop_constraint\",\"constraint_name\":\"k\"},"
	    "{\"type\":\"rename_column\",\"column\":\"d\",\"new_name\":\"e\"},"
	    "{\"type\":\"add_constraint\",\"constraint_type\":\"unique\",\"constraint_name\":\"u\","
	    "\"definition\":\"(c) DEFERRABLE\"},"
	    "{\"type\":\"add_column\",\"column\":\"c\",\"data_type\":\"int\"}", "change");
	assert_string_equal(text, wanted);
	free(text);
}

/* A foreign key may need a key that the plan makes, and waits for it. */
static void
test_foreign(void **state)
{
	static const char foreign[] = "{\"type\":\"add_constraint\",\"constraint_type\":"
	    "\"foreign_key\",\"constraint_name\":\"f\",\"definition\":\"a REFERENCES t(b)\"}";
	char both[512];
	(void)state;
	char *text = scripts_of("t", foreign, "forward");
	assert_says(text, "expand: SET LOCAL lock_timeout = '5s';\n"
	    "ALTER TABLE \"t\" ADD CONSTRAINT \"f\" FOREIGN KEY (\"a\") REFERENCES t(b) "
	    "NOT VALID;");
	free(text);
	snprintf(both, sizeof(both), "%s,{\"type\":\"add_constraint\","
	    "\"constraint_type\":\"unique\",\"constraint_name\":\"u\",\"definition\":\"b\"}",
	    foreign);
	text = scripts_of("t", both, "forward");
	const char *key = strstr(text, "ADD CONSTRAINT \"u\"");
	const char *user = strstr(text, "ADD CONSTRAINT \"f\"");
	assert_non_null(key);
	assert_non_null(user);
	assert_true(key < user);
	free(text);
}

/* An integer that grows: in place when the table is small, beside it when nobody knows. */
static void
test_sizes(void **state)
{
	static const struct {
		const char *tables;
		const char *wanted;
		const char *never;
	} rows[] = {
		{ "", "+ 100)::tid", "ALTER COLUMN \"n\" TYPE" },
		{ "{\"name\":\"t\",\"row_count\":100000,\"size_mb\":8}", "TYPE bigint;", "n_new" },
		{ "{\"name\":\"t\",\"row_count\":100001,\"size_mb\":8}", "+ 10)::tid",
		    "TYPE bigint" },
		{ "{\"name\":\"t\",\"row_count\":2000000,\"size_mb\":200}", "+ 128)::tid",
		    "TYPE bigint" },
		{ "{\"name\":\"t\",\"row_count\":2000000,\"size_mb\":90000000}", "+ 10000)::tid",
		    "TYPE bigint" },
		{ "{\"name\":\"t\",\"row_count\":900000000,\"size_mb\":1}", "+ 1)::tid",
		    "TYPE bigint" },
		{ "{\"name\":\"s\",\"row_count\":10,\"size_mb\":8},"
		  "{\"name\":\"u\",\"row_count\":10,\"size_mb\":8}", "+ 100)::tid", "TYPE bigint" },
	};
	(void)state;
	for (size_t i = 0; i < TEST_COUNT(rows); i++) {
		char text[1024];
		snprintf(text, sizeof(text), "{\"type\":\"database\",\"pattern\":\"schema_change\","
		    "\"source\":\"a\",\"target\":\"b\",\"tables_to_migrate\":[%s],"
		    "\"schema_changes\":[{\"table\":\"t\",\"changes\":[{\"type\":\"modify_column\","
		    "\"column\":\"n\",\"old_type\":\"int\",\"new_type\":\"bigint\"}]}]}",
		    rows[i].tables);
		struct mig_json_doc *spec = test_json(text);
		struct mig_json_doc *plan = test_plan(mig_json_root(spec));
		char *sql = listing(mig_json_root(plan), "forward");
		assert_says(sql, rows[i].wanted);
		assert_silent(sql, rows[i].never);
		free(sql);
		mig_json_free(plan);
		mig_json_free(spec);
	}
}

/* No script without a place in the specification, and none for a server that reads other SQL. */
static void
test_none(void **state)
{
	static const char *const specs[] = {
		"{\"type\":\"database\",\"source\":\"a\",\"target\":\"b\"}",
		"{\"type\":\"database\",\"source\":\"a\",\"target\":\"b\",\"schema_changes\":[]}",
		"{\"type\":\"database\",\"source\":\"a\",\"target\":\"MySQL 8\",\"schema_changes\":"
		"[{\"table\":\"t\",\"changes\":[{\"type\":\"drop_column\",\"column\":\"c\"}]}]}",
		"{\"type\":\"database\",\"source\":\"a\",\"target\":\"SQL Server\","
		"\"schema_changes\":[{\"table\":\"t\",\"changes\":"
		"[{\"type\":\"drop_column\",\"column\":\"c\"}]}]}",
	};
	(void)state;
	for (size_t i = 0; i < TEST_COUNT(specs); i++) {
		struct mig_json_doc *spec = test_json(specs[i]);
		struct mig_json_doc *plan = test_plan(mig_json_root(spec));
		char *text = listing(mig_json_root(plan), "id");
		assert_string_equal(text, "");
		free(text);
		mig_json_free(plan);
		mig_json_free(spec);
	}
}

/* A writer that is full says so. */
static void
test_full(void **state)
{
	static const char *const phases[] = { "expand", NULL };
	struct mig_json_doc *spec = spec_of("database", NULL, "t", kinds[0].change);
	struct mig_buf out;
	struct mig_jw jw;
	(void)state;
	mig_buf_init(&out, 200);
	mig_jw_init(&jw, &out, 0);
	mig_jw_object(&jw, NULL);
	mig_ddl_write(mig_json_root(spec), phases, 0, &jw, "scripts");
	assert_false(mig_buf_ok(&out));
	mig_buf_fini(&out);
	mig_json_free(spec);
}

/* Edits of a plan with scripts (old text, new text) and what is said of them. */
static void
test_check(void **state)
{
	static const char *const edits[][3] = {
		{ "\"kind\": \"sql\"", "\"kind\": \"sh\"", "/phases/1/scripts/0/kind: " },
		{ "\"change\": \"drop_column\"", "\"change\": \"drop\"",
		    "/phases/3/scripts/0/change: " },
		{ "\"undo\": null", "\"undo\": \"\"",
		    "/phases/4/scripts/0/undo: must be null or a string that is not empty" },
		{ "\"undo\": null", "\"undo\": \"x\"",
		    "a script that is not reversible has no undo" },
		{ "\"reversible\": true", "\"reversible\": false",
		    "/phases/1/scripts/0: cannot be undone, but the phase can" },
		{ "\"transactional\": true,", "", "the key \"transactional\" is missing" },
		{ "\"id\": \"sc_expand_02\"", "\"id\": \"sc_expand_01\"",
		    "\"sc_expand_01\" is there twice" },
	};
	(void)state;
	struct mig_json_doc *spec = spec_of("database", "schema_change", "t",
	    "{\"type\":\"add_column\",\"column\":\"a\",\"data_type\":\"int\"},"
	    "{\"type\":\"add_column\",\"column\":\"b\",\"data_type\":\"int\"},"
	    "{\"type\":\"drop_column\",\"column\":\"c\"}");
	struct mig_findings findings = { 0 };
	struct mig_buf plan;
	mig_buf_init(&plan, 1U << 20);
	assert_int_equal(mig_plan_from_spec(mig_json_root(spec), (mig_wall){ 1 }, &plan, &findings),
	    MIG_OK);
	for (size_t i = 0; i < TEST_COUNT(edits); i++) {
		const char *at = strstr(plan.data, edits[i][0]);
		assert_non_null(at);
		struct mig_buf text;
		mig_buf_init(&text, 1U << 20);
		mig_buf_add(&text, plan.data, (size_t)(at - plan.data));
		mig_buf_puts(&text, edits[i][1]);
		mig_buf_puts(&text, at + strlen(edits[i][0]));
		struct mig_json_doc *doc = test_json(text.data);
		assert_int_equal(mig_plan_check(mig_json_root(doc), NULL, &findings), MIG_EDOC);
		char *said = test_findings(&findings);
		assert_says(said, edits[i][2]);
		free(said);
		mig_findings_fini(&findings);
		mig_json_free(doc);
		mig_buf_fini(&text);
	}
	mig_buf_fini(&plan);
	mig_json_free(spec);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_patterns),
		cmocka_unit_test(test_phases),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_types),
		cmocka_unit_test(test_defaults),
		cmocka_unit_test(test_definitions),
		cmocka_unit_test(test_awkward),
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_foreign),
		cmocka_unit_test(test_sizes),
		cmocka_unit_test(test_none),
		cmocka_unit_test(test_full),
		cmocka_unit_test(test_check),
	};
	return cmocka_run_group_tests(tests, make_arena, drop_arena);
}
