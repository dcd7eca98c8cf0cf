/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <string.h>

#include "base/arena.h"
#include "base/limits.h"
#include "schema/type.h"
#include "support/test_support.h"

struct spelling {
	const char *text;
	const char *canonical;
};

/* As a document that gives nothing besides the text. */
static void
assert_spellings(enum mig_db_dialect dialect, const struct spelling *rows, size_t count)
{
	struct mig_arena *arena = mig_arena_new(MIG_DB_BYTES_MAX);

	assert_non_null(arena);
	for (size_t i = 0; i < count; i++) {
		const char *once = mig_db_type_canonical(arena, dialect, rows[i].text, -1, -1, -1);
		assert_string_equal(once, rows[i].canonical);
		const char *twice = mig_db_type_canonical(arena, dialect, once, -1, -1, -1);
		assert_string_equal(twice, rows[i].canonical);
	}
	mig_arena_free(arena);
}

static void
test_postgresql(void **state)
{
	static const struct spelling rows[] = {
		{ "INT", "integer" },
		{ "int4", "integer" },
		{ "pg_catalog.int8", "bigint" },
		{ "pg_catalog.\"char\"", "\"char\"" },
		{ "smallint", "smallint" },
		{ "BOOL", "boolean" },
		{ "float", "double precision" },
		{ "float(24)", "real" },
		{ "float(25)", "double precision" },
		{ "Double  Precision", "double precision" },
		{ "decimal", "numeric" },
		{ "decimal(10)", "numeric(10,0)" },
		{ "numeric ( 10 , 2 )", "numeric(10,2)" },
		{ "numeric(3,-2)", "numeric(3,-2)" },
		{ "varchar(255)", "character varying(255)" },
		{ "VARCHAR", "character varying" },
		{ "national character varying(7)", "character varying(7)" },
		{ "char", "character(1)" },
		{ "\"char\"", "\"char\"" },
		{ "char(8)", "character(8)" },
		{ "bpchar", "bpchar" },
		{ "bpchar(3)", "character(3)" },
		{ "bit", "bit(1)" },
		{ "varbit(12)", "bit varying(12)" },
		{ "bit varying", "bit varying" },
		{ "timestamp", "timestamp without time zone" },
		{ "timestamp(3)", "timestamp(3) without time zone" },
		{ "timestamptz", "timestamp with time zone" },
		{ "timestamptz(0)", "timestamp(0) with time zone" },
		{ "timestamp with time zone", "timestamp with time zone" },
		{ "time(2) with time zone", "time(2) with time zone" },
		{ "timetz", "time with time zone" },
		{ "time", "time without time zone" },
		{ "interval", "interval" },
		{ "interval(3)", "interval(3)" },
		{ "interval day to second(3)", "interval day to second(3)" },
		{ "INTERVAL YEAR TO MONTH", "interval year to month" },
		{ "int[]", "integer[]" },
		{ "int4[3][4]", "integer[]" },
		{ "_int4", "integer[]" },
		{ "_own", "_own" },
		{ "text array", "text[]" },
		{ "varchar(5)[]", "character varying(5)[]" },
		{ "timestamptz(3)[]", "timestamp(3) with time zone[]" },
		{ "public.mood", "public.mood" },
		{ "\"public\".\"mood\"", "public.mood" },
		{ "\"My Schema\".\"a\"\"b\"", "\"My Schema\".\"a\"\"b\"" },
		{ "\"user\"", "\"user\"" },
		{ "Mood", "mood" },
		{ "geometry(Point, 4326)", "geometry(Point,4326)" },
		{ "datetime", "datetime" },
		{ "nvarchar(10)", "nvarchar(10)" },
		{ "tinyint", "tinyint" },
		{ "string", "string" },
	};

	(void)state;
	assert_spellings(MIG_DB_POSTGRESQL, rows, TEST_COUNT(rows));
}

static void
test_mysql(void **state)
{
	static const struct spelling rows[] = {
		{ "INT(11) UNSIGNED", "int unsigned" },
		{ "INTEGER", "int" },
		{ "tinyint(1)", "tinyint(1)" },
		{ "tinyint(4)", "tinyint" },
		{ "BOOLEAN", "tinyint(1)" },
		{ "bigint(20) unsigned", "bigint unsigned" },
		{ "bigint unsigned", "bigint unsigned" },
		{ "int(5) unsigned zerofill", "int(5) unsigned zerofill" },
		{ "numeric(10, 2)", "decimal(10,2)" },
		{ "decimal", "decimal(10,0)" },
		{ "decimal(8)", "decimal(8,0)" },
		{ "double precision", "double" },
		{ "float(10)", "float" },
		{ "float(53)", "double" },
		{ "character varying(20)", "varchar(20)" },
		{ "char", "char(1)" },
		{ "binary", "binary(1)" },
		{ "year(4)", "year" },
		{ "DATETIME(6)", "datetime(6)" },
		{ "timestamp", "timestamp" },
		{ "ENUM('a', 'B','it''s, ok')", "enum('a','B','it''s, ok')" },
		{ "set('x','y)')", "set('x','y)')" },
		{ "json", "json" },
	};

	(void)state;
	assert_spellings(MIG_DB_MYSQL, rows, TEST_COUNT(rows));
}

/* What a snapshot says beside the type, which gives way to what the text says. */
static void
test_given(void **state)
{
	static const struct {
		const char *text;
		int64_t length;
		int64_t precision;
		int64_t scale;
		const char *canonical;
	} rows[] = {
		{ "VARCHAR", 255, -1, -1, "character varying(255)" },
		{ "varchar(10)", 255, -1, -1, "character varying(10)" },
		{ "varchar", 0, -1, -1, "character varying" },
		{ "char", 8, -1, -1, "character(8)" },
		{ "text", 100, -1, -1, "text" },
		{ "nvarchar", 30, -1, -1, "nvarchar(30)" },
		{ "decimal", -1, 12, 2, "numeric(12,2)" },
		{ "decimal", -1, 12, -1, "numeric(12,0)" },
		{ "numeric(4,1)", -1, 12, 2, "numeric(4,1)" },
		{ "timestamp", -1, 3, -1, "timestamp(3) without time zone" },
		{ "int", 11, -1, -1, "integer" },
		{ "varchar[]", 9, -1, -1, "character varying(9)[]" },
	};
	struct mig_arena *arena = mig_arena_new(MIG_DB_BYTES_MAX);

	(void)state;
	assert_non_null(arena);
	for (size_t i = 0; i < TEST_COUNT(rows); i++)
		assert_string_equal(
		    mig_db_type_canonical(arena, MIG_DB_POSTGRESQL, rows[i].text, rows[i].length,
			rows[i].precision, rows[i].scale),
		    rows[i].canonical);
	mig_arena_free(arena);
}

/* What cannot be taken apart is left as it is, and ends nowhere else. */
static void
test_hostile(void **state)
{
	static const char *const rows[] = { "", "  ", "(", "varchar(", "varchar(10", "\"open",
		"enum('a", "a(1)(2)", "array", "[]" };
	char name[2 * MIG_DB_TYPE_NAME_MAX];
	struct mig_arena *arena = mig_arena_new(MIG_DB_BYTES_MAX);
	struct mig_db_type type;

	(void)state;
	assert_non_null(arena);
	memset(name, 'x', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	assert_false(mig_db_type_parse(MIG_DB_POSTGRESQL, name, &type));
	for (size_t i = 0; i < TEST_COUNT(rows); i++) {
		assert_false(mig_db_type_parse(MIG_DB_POSTGRESQL, rows[i], &type));
		assert_string_equal(
		    mig_db_type_canonical(arena, MIG_DB_POSTGRESQL, rows[i], -1, -1, -1), rows[i]);
	}
	mig_arena_free(arena);
}

static void
test_reserved(void **state)
{
	(void)state;
	assert_true(mig_db_type_reserved("all"));
	assert_true(mig_db_type_reserved("user"));
	assert_true(mig_db_type_reserved("xmltable"));
	assert_false(mig_db_type_reserved("users"));
	assert_false(mig_db_type_reserved(""));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_postgresql),
		cmocka_unit_test(test_mysql),
		cmocka_unit_test(test_given),
		cmocka_unit_test(test_hostile),
		cmocka_unit_test(test_reserved),
	};
	return cmocka_run_group_tests(tests, NULL, NULL) != 0;
}
