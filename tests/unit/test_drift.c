/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/*
 * What counts as drift of a live schema while a migration is under way.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "schema/drift.h"
#include "source/ddl.h"
#include "support/test_support.h"

#define BEFORE "CREATE TABLE users (id bigint PRIMARY KEY, name text NOT NULL, nick text);" \
	"CREATE TABLE old (id integer); CREATE VIEW v AS SELECT id FROM users;"
#define AFTER "CREATE TABLE users (id bigint PRIMARY KEY, name varchar(50), phone text);" \
	"CREATE TABLE fresh (id integer CONSTRAINT c CHECK (id > 0));" \
	"CREATE VIEW v AS SELECT id FROM users;"

struct row {
	const char *what;
	const char *between; /* statements behind BEFORE; NULL: not known */
	const char *live;
	const char *drift; /* "": none */
};

static struct mig_db *
schema(const char *first, const char *second)
{
	struct mig_findings findings = { 0 };
	struct mig_db *db = mig_db_new(MIG_DB_POSTGRESQL);
	assert_non_null(db);
	if (ddl_apply(db, first, strlen(first), "a.sql", &findings) != MIG_OK ||
	    ddl_apply(db, second, strlen(second), "b.sql", &findings) != MIG_OK)
		fail_msg("%s", findings.items[0].message);
	mig_findings_fini(&findings);
	assert_int_equal(mig_db_seal(db), MIG_OK);
	return db;
}

static void
check_row(const struct row *row, bool contracts, size_t max, size_t want)
{
	struct mig_db *before = schema(BEFORE, "");
	struct mig_db *after = schema(AFTER, "");
	struct mig_db *between = row->between != NULL ? schema(BEFORE, row->between) : NULL;
	struct mig_db *live = schema(row->live, "");
	const struct mig_drift_sides sides = { before, after, between, live,
		contracts };
	struct mig_buf out;
	size_t count = 99;

	mig_buf_init(&out, 65536);
	assert_int_equal(mig_db_drift(&sides, max, &out, &count), MIG_OK);
	const char *told = out.data != NULL ? out.data : "";
	if (strcmp(told, row->drift) != 0)
		fail_msg("%s: \"%s\" instead of \"%s\"", row->what, told, row->drift);
	if (want != SIZE_MAX)
		assert_int_equal(count, want);
	else
		assert_int_equal(count > 0, row->drift[0] != '\0');
	mig_buf_fini(&out);
	mig_db_free(before);
	mig_db_free(after);
	mig_db_free(between);
	mig_db_free(live);
}

#define VIEW " CREATE VIEW v AS SELECT id FROM users;"
#define USERS(columns) "CREATE TABLE users (id bigint PRIMARY KEY, " columns ");"
#define OLD "CREATE TABLE old (id integer);"

static void
test_rows(void **state)
{
	static const struct row rows[] = {
		{ "nothing has begun", NULL, BEFORE, "" },
		{ "all is done", NULL, AFTER, "" },
		{ "what adds is done", NULL,
		    USERS("name text NOT NULL, nick text, phone text") OLD
		    "CREATE TABLE fresh (id integer CONSTRAINT c CHECK (id > 0));" VIEW, "" },
		{ "half of a column is done", NULL, USERS("name text, nick text") OLD VIEW, "" },
		{ "the other half", NULL, USERS("name varchar(50) NOT NULL, nick text") OLD VIEW,
		    "" },
		{ "a dropped one first", NULL, USERS("name text NOT NULL") OLD VIEW, "" },
		{ "who owns it, and what is said of it", NULL,
		    BEFORE "COMMENT ON TABLE old IS 'x'; COMMENT ON COLUMN users.id IS 'y';"
		    "GRANT SELECT ON old TO public; ALTER TABLE old OWNER TO somebody;", "" },
		{ "the order of columns", NULL,
		    "CREATE TABLE users (nick text, id bigint PRIMARY KEY, name text NOT NULL);"
		    OLD VIEW, "" },
		{ "a column by hand", NULL, USERS("name text NOT NULL, nick text, hack text") OLD
		    VIEW, "column users.hack is not in the plan" },
		{ "one that both have is gone", NULL, USERS("nick text") OLD VIEW,
		    "column users.name is missing" },
		{ "another type than either", NULL, USERS("name varchar(99), nick text") OLD VIEW,
		    "column users.name differs in type" },
		{ "a new one of another type", NULL,
		    USERS("name text NOT NULL, nick text, phone integer") OLD VIEW,
		    "column users.phone differs in type" },
		{ "one to be dropped that got strict", NULL,
		    USERS("name text, nick text NOT NULL DEFAULT 'x'") OLD VIEW,
		    "column users.nick differs in nullability, default" },
		{ "a new one that is stricter than it will be", NULL,
		    USERS("name text, nick text, phone text NOT NULL DEFAULT ''") OLD VIEW,
		    "column users.phone differs in nullability, default" },
		{ "one that stays with another default", NULL,
		    USERS("name text DEFAULT 'x', nick text") OLD VIEW,
		    "column users.name differs in default" },
		{ "a new constraint, not valid yet", NULL,
		    BEFORE "CREATE TABLE fresh (id integer);"
		    "ALTER TABLE fresh ADD CONSTRAINT c CHECK (id > 0) NOT VALID;", "" },
		{ "another one", NULL,
		    BEFORE "CREATE TABLE fresh (id integer CONSTRAINT c CHECK (id > 1));",
		    "constraint fresh.c differs in definition" },
		{ "a column of the new table", NULL,
		    BEFORE "CREATE TABLE fresh (id integer CONSTRAINT c CHECK (id > 0), m text);",
		    "column fresh.m is not in the plan" },
		{ "a column of the table to be dropped", NULL,
		    USERS("name text NOT NULL, nick text") "CREATE TABLE old (id integer, a text);"
		    VIEW, "column old.a is not in the plan" },
		{ "a column of it is missing", NULL,
		    USERS("name text NOT NULL, nick text") "CREATE TABLE old (a integer);" VIEW,
		    "column old.a is not in the plan; column old.id is missing" },
		{ "a table, an index, a function", NULL,
		    BEFORE "CREATE TABLE log (id integer); CREATE INDEX i ON users (nick);"
		    "CREATE FUNCTION f(integer) RETURNS integer LANGUAGE sql AS 'SELECT 1';",
		    "routine f(integer) is not in the plan; table log is not in the plan; "
		    "index users.i is not in the plan" },
		{ "another namespace", NULL, BEFORE "CREATE SCHEMA s; CREATE TABLE s.old ();",
		    "schema s is not in the plan; table s.old is not in the plan" },
		{ "a view", NULL, USERS("name text NOT NULL, nick text") OLD
		    "CREATE VIEW v AS SELECT id + 1 AS id FROM users;",
		    "view v differs in definition" },
	};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(rows); i++)
		check_row(&rows[i], false, 100, SIZE_MAX);
}

/* What the plan's scripts are known to have changed is not as before any more. */
static void
test_scripts(void **state)
{
	static const struct row rows[] = {
		{ "what a script has made", "ALTER TABLE users ADD COLUMN name_new varchar(50);",
		    USERS("name text NOT NULL, nick text, name_new varchar(50)") OLD VIEW, "" },
		{ "and what it has not", "ALTER TABLE users ADD COLUMN name_new varchar(50);",
		    USERS("name text NOT NULL, nick text, name_new text, x text") OLD VIEW,
		    "column users.name_new differs in type; column users.x is not in the plan" },
		{ "what was in between may be gone",
		    "ALTER TABLE users ADD COLUMN name_new varchar(50);", BEFORE, "" },
		{ "a script that adds has not run", "ALTER TABLE users ADD COLUMN phone text;",
		    BEFORE, "column users.phone is not there yet: has the expand script run?" },
		{ "it has", "ALTER TABLE users ADD COLUMN phone text;",
		    USERS("name text NOT NULL, nick text, phone text") OLD VIEW, "" },
		{ "one that drops has not", "DROP TABLE old;", BEFORE,
		    "table old is still there: has the script that drops it run?" },
		{ "one that changes has not", "ALTER TABLE users ALTER name DROP NOT NULL;", BEFORE,
		    "column users.name is still as before in nullability: has the script that "
		    "changes it run?" },
	};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(rows); i++)
		check_row(&rows[i], false, 100, SIZE_MAX);
}

/* Before what old versions use goes, what new ones need is there. */
static void
test_contracts(void **state)
{
	static const struct row rows[] = {
		{ "nothing is there yet, which is too late by now", NULL, BEFORE,
		    "table fresh is not there yet: has the expand script run?; "
		    "column users.phone is not there yet: has the expand script run?" },
		{ "whether or not other scripts are known", "DROP TABLE old;",
		    USERS("name text NOT NULL, nick text") VIEW,
		    "table fresh is not there yet: has the expand script run?; "
		    "column users.phone is not there yet: has the expand script run?" },
		{ "all is there, and what is to be dropped as well", NULL,
		    USERS("name text NOT NULL, nick text, phone text") OLD
		    "CREATE TABLE fresh (id integer CONSTRAINT c CHECK (id > 0));" VIEW, "" },
	};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(rows); i++)
		check_row(&rows[i], true, 100, SIZE_MAX);
}

/* All are counted, some are told. */
static void
test_many(void **state)
{
	static const struct row row = { "many", NULL,
		BEFORE "CREATE TABLE a (); CREATE TABLE b (); CREATE TABLE c ();",
		"table a is not in the plan; table b is not in the plan" };

	(void)state;
	check_row(&row, false, 2, 3);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_scripts),
		cmocka_unit_test(test_contracts),
		cmocka_unit_test(test_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL) != 0;
}
