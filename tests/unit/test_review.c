/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/*
 * Scripts judged by themselves: for each rule what breaks it and what comes close and does not.
 */

#include <string.h>

#include "base/buf.h"
#include "check/check.h"
#include "check/finish.h"
#include "source/folder.h"
#include "source/review.h"
#include "support/test_support.h"

#define FOUND_MAX 8192U

/* So that the rules about waiting and names have nothing to say. */
#define CALM "SET lock_timeout = '3s'; SET statement_timeout = 0; SET search_path = app;\n"

/* A script and what is to be found in it: "rule:line" with blanks between, in the order found. */
struct row {
	const char *text;
	const char *found;
};

static void
judge(const char *name, const char *text, enum mig_db_dialect dialect, struct mig_buf *out)
{
	struct mig_findings findings = { 0 };
	struct mig_check *check = mig_check_new();
	struct review_text script = { name, text, strlen(text), dialect };
	size_t count = 0;
	assert_non_null(check);
	assert_int_equal(review_text(&script, check, &findings), MIG_OK);
	assert_int_equal(findings.count, 0);
	const struct mig_change *changes = mig_check_changes(check, &count);
	for (size_t i = 0; i < count; i++) {
		mig_buf_printf(out, "%s%s:%d", i > 0 ? " " : "", changes[i].rule,
		    changes[i].after.line);
		assert_string_equal(changes[i].after.file, name);
		assert_true(strncmp(changes[i].type, "script_", 7) == 0);
		assert_true(strlen(changes[i].description) > 10);
		assert_true(strlen(changes[i].impact) > 10);
		assert_true(strlen(changes[i].suggestion) > 10);
		assert_true(strlen(changes[i].safe_way) > 10);
		assert_true(strncmp(changes[i].field_path, "scripts.", 8) == 0);
		assert_non_null(changes[i].new_value);
	}
	mig_check_free(check);
}

static void
run(const struct row *rows, size_t count, enum mig_db_dialect dialect, const char *lead)
{
	for (size_t i = 0; i < count; i++) {
		struct mig_buf text;
		struct mig_buf found;
		mig_buf_init(&text, FOUND_MAX);
		mig_buf_init(&found, FOUND_MAX);
		mig_buf_printf(&text, "%s%s", lead, rows[i].text);
		judge("a.sql", text.data, dialect, &found);
		if (strcmp(found.data, rows[i].found) != 0)
			fail_msg("%s\nfound:  %s\nwanted: %s", text.data, found.data,
			    rows[i].found);
		mig_buf_fini(&text);
		mig_buf_fini(&found);
	}
}

#define RUN(rows, dialect, lead) run(rows, sizeof(rows) / sizeof((rows)[0]), dialect, lead)

#define PATIENT "SET statement_timeout = '60s'; SET search_path = app;\n"
#define WAITS "script.no_lock_timeout:2"

static const struct row waits[] = {
	{ "ALTER TABLE t ADD c int;", WAITS },
	{ "ALTER TABLE t ADD c int, ALTER c SET STATISTICS 5;", WAITS },
	{ "ALTER TABLE t ADD FOREIGN KEY (c) REFERENCES u NOT VALID;", WAITS },
	{ "ALTER TABLE t ENABLE TRIGGER g;", WAITS },
	{ "ALTER TABLE t RENAME c TO d;", WAITS },
	{ "ALTER TABLE t DETACH PARTITION p;", WAITS },
	{ "ALTER TABLE p ATTACH PARTITION t FOR VALUES IN (1);", WAITS },
	{ "ALTER SEQUENCE s RESTART;", WAITS },
	{ "CREATE INDEX i ON t (c);", WAITS },
	{ "CREATE TRIGGER g AFTER INSERT ON t FOR EACH ROW EXECUTE FUNCTION f();", WAITS },
	{ "CREATE POLICY p ON t;", WAITS },
	{ "CREATE TABLE u (c bigint REFERENCES t);", WAITS },
	{ "CREATE TABLE u (c bigint, FOREIGN KEY (c) REFERENCES t);", WAITS },
	{ "CREATE TABLE u PARTITION OF t DEFAULT;", WAITS },
	{ "DROP TABLE t;", WAITS },
	{ "DROP VIEW v;", WAITS },
	{ "DROP INDEX i;", WAITS },
	{ "DROP TRIGGER g ON t;", WAITS },
	{ "TRUNCATE t;", WAITS " table.truncated:2" },
	{ "LOCK TABLE t;", WAITS },
	{ "LOCK TABLE t IN SHARE MODE;", WAITS },
	{ "REINDEX TABLE t;", WAITS " index.reindexed:2" },
	{ "REFRESH MATERIALIZED VIEW m;", WAITS },
	{ "SET lock_timeout = 0; DROP TABLE t;", WAITS },
	{ "SET lock_timeout = '0s'; DROP TABLE t;", WAITS },
	{ "SET lock_timeout = '1s'; RESET lock_timeout; DROP TABLE t;", WAITS },
	{ "SET lock_timeout = '1s'; DISCARD ALL; ANALYZE; SET statement_timeout = 1;\n"
	  "SET search_path = a; DROP TABLE t;",
	    "script.no_lock_timeout:3" },
	{ "SET LOCAL lock_timeout = '1s'; DROP TABLE t;", WAITS },
	{ "BEGIN; SET LOCAL lock_timeout = '1s'; DROP TABLE t; COMMIT;\nDROP TABLE u;",
	    "script.no_lock_timeout:3" },
	{ "BEGIN; SET lock_timeout = '1s'; ROLLBACK;\nDROP TABLE u;", "script.no_lock_timeout:3" },
	/* Once for what one SET would mend. */
	{ "BEGIN; DROP VIEW t; DROP VIEW u; COMMIT;\nBEGIN; DROP VIEW v; COMMIT;",
	    WAITS " script.no_lock_timeout:3" },
	{ "SET lock_timeout = '1s'; DROP TABLE t;", "" },
	{ "SET lock_timeout = 1000; DROP TABLE t;", "" },
	{ "SELECT set_config('lock_timeout', '1s', false); DROP TABLE t;", "" },
	{ "BEGIN; SET LOCAL lock_timeout = '1s'; DROP TABLE t; COMMIT;", "" },
	{ "BEGIN; SET lock_timeout = '1s'; COMMIT; DROP TABLE t;", "" },
	{ "ALTER TABLE t ALTER c SET STATISTICS 5;", "" },
	{ "ALTER TABLE t VALIDATE CONSTRAINT k;", "" },
	{ "ALTER TABLE t SET (fillfactor = 50);", "" },
	{ "ALTER TABLE t DETACH PARTITION p CONCURRENTLY;", "" },
	{ "ALTER INDEX i RENAME TO j;", "" },
	{ "ALTER TYPE e ADD VALUE 'x';", "" },
	{ "CREATE INDEX CONCURRENTLY IF NOT EXISTS i ON t (c);", "" },
	{ "DROP INDEX CONCURRENTLY IF EXISTS i;", "" },
	{ "REINDEX TABLE CONCURRENTLY t;", "" },
	{ "LOCK TABLE t NOWAIT;", "" },
	{ "LOCK TABLE t IN ROW SHARE MODE;", "" },
	{ "COMMENT ON TABLE t IS 'x'; GRANT SELECT ON t TO bob; ANALYZE t;", "" },
	/* What the script has made is nobody else's. */
	{ "CREATE TABLE t (c bigint); ALTER TABLE t ADD d int; CREATE INDEX i ON t (d);",
	    "script.not_rerunnable:2 script.not_rerunnable:2" },
	{ "CREATE TABLE IF NOT EXISTS app.t (); TRUNCATE t;\n"
	  "ALTER TABLE t RENAME TO u; TRUNCATE u;",
	    "script.not_rerunnable:3" },
	{ "CREATE TEMP TABLE t (); TRUNCATE t; DROP TABLE t;", "" },
	{ "CREATE TABLE IF NOT EXISTS t (); CREATE TABLE IF NOT EXISTS u (c bigint REFERENCES t);",
	    "" },
	{ "CREATE TABLE t (id bigint PRIMARY KEY, up bigint REFERENCES t);", "" },
};

static void
test_waiting_for_locks(void **state)
{
	(void)state;
	RUN(waits, MIG_DB_POSTGRESQL, PATIENT);
}

#define QUICK "SET lock_timeout = '3s'; SET search_path = app;\n"
#define LONG "script.no_statement_timeout:2"

static const struct row lasts[] = {
	{ "ALTER TABLE t ADD c int;", LONG },
	{ "ALTER TABLE t VALIDATE CONSTRAINT k;", LONG },
	{ "CREATE INDEX CONCURRENTLY IF NOT EXISTS i ON t (c);", LONG },
	{ "UPDATE t SET c = 1 WHERE d = 2;", LONG },
	{ "SET statement_timeout = 0; RESET ALL; SET lock_timeout = 1; SET search_path = a;\n"
	  "DROP TABLE t;",
	    "script.no_statement_timeout:3" },
	{ "SET statement_timeout = '60s'; ALTER TABLE t ADD c int;", "" },
	{ "SET statement_timeout = 0; ALTER TABLE t VALIDATE CONSTRAINT k;", "" },
	{ "CREATE TABLE t (c bigint);", "" },
	{ "INSERT INTO t VALUES (1);", "" },
	{ "CREATE TABLE IF NOT EXISTS t (c bigint); CREATE INDEX i ON t (c);", "" },
	{ "CREATE TEMP TABLE t (c bigint); UPDATE t SET c = 1; DELETE FROM t;", "" },
};

static void
test_time_of_statements(void **state)
{
	(void)state;
	RUN(lasts, MIG_DB_POSTGRESQL, QUICK);
}

static const struct row transactions[] = {
	{ "BEGIN;\nBEGIN;\nCOMMIT;", "script.tx_nesting:3" },
	{ "BEGIN;\nSTART TRANSACTION;\nCOMMIT;", "script.tx_nesting:3" },
	{ "SELECT 1;\nCOMMIT;", "script.tx_nesting:3" },
	{ "BEGIN;\nSELECT 1;", "script.tx_nesting:2" },
	{ "BEGIN; COMMIT AND CHAIN;", "script.tx_nesting:2" },
	{ "BEGIN;\nCOMMIT;\nCOMMIT;", "script.tx_nesting:4" },
	{ "BEGIN; SELECT 1; COMMIT; BEGIN; SELECT 2; ROLLBACK;", "" },
	{ "BEGIN; SAVEPOINT a; ROLLBACK TO a; RELEASE a; END;", "" },
	{ "BEGIN; PREPARE TRANSACTION 'a'; COMMIT PREPARED 'a';", "" },
	{ "DO $$ BEGIN COMMIT; END $$;", "script.raw_sql:2" },
	{ "CREATE OR REPLACE FUNCTION f() RETURNS void LANGUAGE sql\n"
	  "BEGIN ATOMIC SELECT 1; END;",
	    "" },
	/* In a transaction of the tool's. */
	{ "-- +goose Up\nBEGIN;\nCOMMIT;", "script.tx_nesting:3 script.tx_nesting:4" },
	{ "-- +goose Up\n-- +goose NO TRANSACTION\nBEGIN;\nCOMMIT;", "" },
	{ "-- migrate:up\nDROP TABLE t; DROP TABLE u;", "" },
	{ "-- migrate:up transaction:false\nDROP TABLE t; DROP TABLE u;",
	    "script.not_rerunnable:3" },
};

static void
test_transactions(void **state)
{
	(void)state;
	RUN(transactions, MIG_DB_POSTGRESQL, CALM);
}

#define ONCE "script.not_rerunnable:2"
#define MORE " SELECT 1;"

static const struct row reruns[] = {
	{ "CREATE TABLE t ();" MORE, ONCE },
	{ "CREATE TABLE t AS SELECT 1;" MORE, ONCE },
	{ "CREATE SCHEMA s;" MORE, ONCE },
	{ "CREATE SEQUENCE s;" MORE, ONCE },
	{ "CREATE EXTENSION citext;" MORE, ONCE },
	{ "CREATE VIEW v AS SELECT 1;" MORE, ONCE },
	{ "CREATE TYPE e AS ENUM ('a');" MORE, ONCE },
	{ "CREATE TYPE e AS (a int);" MORE, ONCE },
	{ "CREATE DOMAIN d AS text;" MORE, ONCE },
	{ "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1';" MORE, ONCE },
	{ "CREATE TRIGGER g AFTER INSERT ON t FOR EACH ROW EXECUTE FUNCTION f();" MORE, ONCE },
	{ "CREATE POLICY p ON t;" MORE, ONCE },
	{ "CREATE INDEX i ON t (c);" MORE, ONCE },
	{ "DROP TABLE t;" MORE, ONCE },
	{ "ALTER TABLE t ADD c int;" MORE, ONCE },
	{ "ALTER TABLE t DROP c;" MORE, ONCE },
	{ "ALTER TABLE t DROP CONSTRAINT k;" MORE, ONCE },
	{ "ALTER TABLE t ADD CONSTRAINT k CHECK (c > 0) NOT VALID;" MORE, ONCE },
	{ "ALTER TABLE t RENAME TO u;" MORE, ONCE },
	{ "ALTER TYPE e ADD VALUE 'x';" MORE, ONCE },
	/* A half of it stays when it fails. */
	{ "CREATE INDEX CONCURRENTLY i ON t (c);", ONCE },
	{ "CREATE TABLE IF NOT EXISTS t ();" MORE, "" },
	{ "CREATE TEMP TABLE t ();" MORE, "" },
	{ "CREATE OR REPLACE VIEW v AS SELECT 1;" MORE, "" },
	{ "CREATE OR REPLACE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1';" MORE, "" },
	{ "CREATE INDEX CONCURRENTLY IF NOT EXISTS i ON t (c);" MORE, "" },
	{ "DROP TABLE IF EXISTS t;" MORE, "" },
	{ "DROP POLICY IF EXISTS p ON t; CREATE POLICY p ON t;" MORE, "" },
	{ "DROP TYPE IF EXISTS e; CREATE TYPE e AS ENUM ('a');" MORE, "" },
	{ "ALTER TABLE t ADD COLUMN IF NOT EXISTS c int;" MORE, "" },
	{ "ALTER TABLE t DROP CONSTRAINT IF EXISTS k;\n"
	  "ALTER TABLE t ADD CONSTRAINT k CHECK (c > 0) NOT VALID;" MORE,
	    "" },
	{ "ALTER TYPE e ADD VALUE IF NOT EXISTS 'x';" MORE, "" },
	{ "ALTER TABLE t ALTER c DROP DEFAULT;" MORE, "" },
	{ "BEGIN; CREATE TABLE t (); DROP TABLE u; COMMIT;", "" },
	{ "CREATE TABLE t ();", "" },
	{ "SELECT 1; CREATE TABLE t ();", "" },
};

static void
test_running_again(void **state)
{
	(void)state;
	RUN(reruns, MIG_DB_POSTGRESQL, CALM);
}

#define N54 "a23456789b23456789c23456789d23456789e23456789f23456789"
#define N63 N54 "g23456789"
#define LONG_NAME "script.identifier_too_long:2"

static const struct row lengths[] = {
	{ "CREATE TABLE IF NOT EXISTS " N63 "x ();", LONG_NAME },
	{ "CREATE TABLE IF NOT EXISTS \"" N63 "x\" ();", LONG_NAME },
	/* Bytes and not characters, and each name once. */
	{ "ALTER TABLE t DROP \"" N54 "\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\";", LONG_NAME },
	{ "SELECT 1 AS " N63 "x, 2 AS " N63 "x;", LONG_NAME },
	{ "CREATE TABLE IF NOT EXISTS " N63 " ();", "" },
	{ "CREATE TABLE IF NOT EXISTS \"" N54 "\"\"2345678\" ();", "" },
	{ "SELECT '" N63 "x'; -- " N63 "x", "" },
	{ "DO $$ BEGIN PERFORM " N63 "x(); END $$;", "script.raw_sql:2" },
};

static void
test_lengths_of_names(void **state)
{
	(void)state;
	RUN(lengths, MIG_DB_POSTGRESQL, CALM);
}

#define TIMED "SET lock_timeout = '3s'; SET statement_timeout = 0;\n"
#define BARE "script.unqualified:2"

static const struct row qualified[] = {
	{ "CREATE TABLE IF NOT EXISTS t ();", BARE },
	{ "CREATE INDEX i ON t (c);", BARE },
	{ "DROP INDEX i;", BARE },
	{ "DROP FUNCTION f(int);", BARE },
	{ "DROP TRIGGER g ON t;", BARE },
	{ "CREATE TYPE e AS ENUM ('a');", BARE },
	{ "CREATE OR REPLACE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1';", BARE },
	{ "COMMENT ON COLUMN t.c IS 'x';", BARE },
	{ "ALTER TABLE a.t ADD FOREIGN KEY (c) REFERENCES u NOT VALID;", BARE },
	{ "INSERT INTO a.t SELECT * FROM u;", BARE },
	{ "INSERT INTO t VALUES (1);\nINSERT INTO t VALUES (2);", BARE },
	{ "SET search_path = ''; DROP TABLE t;", BARE },
	{ "SET search_path = a; RESET search_path; DROP TABLE t;", BARE },
	{ "BEGIN; SET LOCAL search_path = a; COMMIT; DROP TABLE t;", BARE },
	{ "WITH x AS (SELECT 1) SELECT * FROM y;", BARE },
	{ "CREATE TABLE IF NOT EXISTS a.t ();", "" },
	{ "CREATE INDEX i ON a.t (c); DROP INDEX a.i;", "script.not_rerunnable:2" },
	{ "DROP FUNCTION a.f(int);", "" },
	{ "COMMENT ON COLUMN a.t.c IS 'x'; COMMENT ON SCHEMA a IS 'x';", "" },
	{ "SET search_path = a; DROP TABLE t;", "" },
	{ "SET search_path TO a, public; DROP TABLE t;", "" },
	{ "SELECT pg_catalog.set_config('search_path', 'a', false); DROP TABLE t;", "" },
	{ "CREATE TEMP TABLE t (); INSERT INTO t SELECT 1; DROP TABLE t;", "" },
	{ "CREATE TEMP TABLE t AS SELECT 1; SELECT * FROM t;", "" },
	{ "WITH x AS (SELECT 1) SELECT * FROM x FOR UPDATE OF x;", "" },
	{ "SELECT count(*) FROM pg_class;", "" },
	{ "CREATE SCHEMA IF NOT EXISTS a; CREATE EXTENSION IF NOT EXISTS citext;", "" },
	{ "CREATE SCHEMA a CREATE TABLE t ();", "" },
	{ "CREATE OR REPLACE FUNCTION a.f() RETURNS int LANGUAGE sql AS 'SELECT a FROM t';", "" },
	{ "CREATE OR REPLACE FUNCTION a.f() RETURNS int LANGUAGE sql\n"
	  "BEGIN ATOMIC SELECT a FROM t; END;",
	    "" },
};

static void
test_schemas_of_names(void **state)
{
	(void)state;
	RUN(qualified, MIG_DB_POSTGRESQL, TIMED);
}

#define AGAIN "script.rewrite:2"

static const struct row rewrites[] = {
	{ "VACUUM FULL t;", AGAIN },
	{ "VACUUM (FULL, ANALYZE) t;", AGAIN },
	{ "VACUUM FULL;", AGAIN },
	{ "CLUSTER t USING i;", AGAIN },
	{ "ALTER TABLE t ADD c uuid DEFAULT gen_random_uuid();", AGAIN },
	{ "ALTER TABLE t ADD c double precision DEFAULT 1 + random();", AGAIN },
	{ "ALTER TABLE t ADD c bigint GENERATED ALWAYS AS IDENTITY;", AGAIN },
	{ "ALTER TABLE t ADD c bigint GENERATED ALWAYS AS (d * 2) STORED;", AGAIN },
	{ "ALTER TABLE t ADD c bigserial;", AGAIN " style.types:2" },
	{ "ALTER TABLE t ALTER c TYPE bigint;", AGAIN },
	{ "ALTER TABLE t ALTER c TYPE text USING upper(c);", AGAIN },
	{ "ALTER TABLE t ALTER c TYPE timestamptz;", AGAIN },
	{ "ALTER TABLE t ALTER c TYPE text[];", AGAIN },
	{ "ALTER TABLE t SET UNLOGGED;", AGAIN },
	{ "ALTER TABLE t SET TABLESPACE s;", AGAIN },
	{ "VACUUM t;", "" },
	{ "VACUUM (FULL false) t;", "" },
	{ "ALTER TABLE t CLUSTER ON i;", "" },
	{ "ALTER TABLE t ADD c int DEFAULT 5;", "" },
	{ "ALTER TABLE t ADD c timestamptz DEFAULT now();", "" },
	{ "ALTER TABLE t ALTER c SET DEFAULT random();", "" },
	{ "ALTER TABLE t ALTER c TYPE text;", "" },
	{ "ALTER TABLE t ALTER c TYPE varchar(50) USING c::varchar(50);", "" },
	{ "SET timezone = 'UTC'; ALTER TABLE t ALTER c TYPE timestamptz;", "" },
	{ "CREATE TABLE IF NOT EXISTS t (); ALTER TABLE t ALTER c TYPE bigint;", "" },
};

static void
test_writing_again(void **state)
{
	(void)state;
	RUN(rewrites, MIG_DB_POSTGRESQL, CALM);
}

#define ALL "script.unbatched_backfill:2"

static const struct row backfills[] = {
	{ "UPDATE t SET c = 1;", ALL },
	{ "UPDATE t SET c = 1 WHERE true;", ALL },
	{ "WITH x AS (UPDATE t SET c = 1 RETURNING c) SELECT * FROM x;", ALL },
	{ "ALTER TABLE t ADD COLUMN IF NOT EXISTS c int;\nUPDATE t SET c = 1 WHERE c IS NULL;",
	    "script.unbatched_backfill:3" },
	{ "BEGIN; ALTER TABLE t ADD c int;\nUPDATE t SET c = 1 WHERE d > e; COMMIT;",
	    "script.unbatched_backfill:3" },
	{ "UPDATE t SET c = 1 WHERE id BETWEEN 1 AND 1000;", "" },
	{ "UPDATE t SET c = 1 WHERE c IS NULL;", "" },
	{ "UPDATE t SET c = 1 WHERE id IN (SELECT id FROM t WHERE c IS NULL LIMIT 100);", "" },
	{ "BEGIN; ALTER TABLE t ADD c int; UPDATE t SET c = 1 WHERE id = 5; COMMIT;", "" },
	{ "BEGIN; ALTER TABLE t ADD c int; COMMIT; UPDATE t SET c = 1 WHERE d > e;", "" },
	{ "BEGIN; ALTER TABLE t ADD c int; UPDATE u SET c = 1 WHERE d > e; COMMIT;", "" },
	{ "CREATE TABLE IF NOT EXISTS t (); UPDATE t SET c = 1;", "" },
	{ "CREATE TEMP TABLE t (); UPDATE t SET c = 1;", "" },
	{ "DO $$ BEGIN UPDATE t SET c = 1; END $$;", "script.raw_sql:2" },
};

static void
test_changing_all_rows(void **state)
{
	(void)state;
	RUN(backfills, MIG_DB_POSTGRESQL, CALM);
}

#define RAW "script.raw_sql:2"

static const struct row raws[] = {
	{ "DO $$ BEGIN END $$;", RAW },
	{ "CALL p();", RAW },
	{ "EXECUTE s;", RAW },
	{ "LOAD 'x';", RAW },
	{ "COPY t FROM PROGRAM 'cat';", RAW },
	{ "SELECT do_things();", RAW },
	{ "SELECT set_config('a.b', 'c', false); SELECT setval('s', 5); SELECT pg_sleep(1);", "" },
	{ "SELECT c FROM t;", "" },
	{ "COPY t FROM STDIN;\nDO $$ BEGIN END $$;\n\\.\n", "" },
	{ "CREATE PROCEDURE p() LANGUAGE sql AS 'CALL q()';", "" },
};

static void
test_what_is_not_known(void **state)
{
	(void)state;
	RUN(raws, MIG_DB_POSTGRESQL, CALM);
}

#define STYLE "style.types:2"

static const struct row styles[] = {
	{ "CREATE TABLE t (id int PRIMARY KEY);", STYLE },
	{ "CREATE TABLE t (id int, PRIMARY KEY (id));", STYLE },
	{ "CREATE TABLE t (a smallint);", STYLE },
	{ "CREATE TABLE t (a varchar(10));", STYLE },
	{ "CREATE TABLE t (a char(10));", STYLE },
	{ "CREATE TABLE t (a timestamp);", STYLE },
	{ "CREATE TABLE t (a serial);", STYLE },
	{ "CREATE TABLE t (a smallint, b timestamp);", STYLE " " STYLE },
	{ "ALTER TABLE t ADD a timestamp without time zone;", STYLE },
	{ "CREATE TABLE t (id bigint PRIMARY KEY, a int, b text, c varchar, d timestamptz);", "" },
	{ "CREATE TABLE t (id bigint GENERATED BY DEFAULT AS IDENTITY);", "" },
	{ "CREATE TEMP TABLE t (id serial);", "" },
	{ "ALTER TABLE t ALTER a DROP DEFAULT;", "" },
	/* Assignments. */
	{ "UPDATE t SET a = 1, b = 2, a = 3 WHERE id = 1;", "style.duplicate_assignment:2" },
	{ "UPDATE t SET (a, b) = (1, 2), b = 3 WHERE id = 1;", "style.duplicate_assignment:2" },
	{ "INSERT INTO t (a, b, a) VALUES (1, 2, 3);", "style.duplicate_assignment:2" },
	{ "INSERT INTO t (a) VALUES (1) ON CONFLICT (a) DO UPDATE SET b = 1, b = 2;",
	    "style.duplicate_assignment:2" },
	{ "UPDATE t SET a = b, b = a WHERE id = 1;", "" },
	{ "UPDATE t SET a[1] = 1, a[2] = 2 WHERE id = 1;", "" },
	{ "INSERT INTO t (a, b) VALUES (1, 2) ON CONFLICT (a) DO UPDATE SET a = 1;", "" },
};

static void
test_style(void **state)
{
	(void)state;
	RUN(styles, MIG_DB_POSTGRESQL, CALM);
}

static const struct row alones[] = {
	{ "BEGIN; CREATE INDEX CONCURRENTLY IF NOT EXISTS i ON t (c); COMMIT;",
	    "index.concurrent_in_tx:2" },
	{ "BEGIN; DROP INDEX CONCURRENTLY IF EXISTS i; COMMIT;", "index.concurrent_in_tx:2" },
	{ "BEGIN; REINDEX INDEX CONCURRENTLY i; COMMIT;", "index.concurrent_in_tx:2" },
	{ "BEGIN; ALTER TABLE t DETACH PARTITION p CONCURRENTLY; COMMIT;",
	    "index.concurrent_in_tx:2" },
	{ "-- +goose Up\nDROP INDEX CONCURRENTLY IF EXISTS i;", "index.concurrent_in_tx:3" },
	{ "CREATE INDEX CONCURRENTLY IF NOT EXISTS i ON t (c);", "" },
	{ "BEGIN; CREATE INDEX i ON t (c); COMMIT;", "" },
	{ "BEGIN; ALTER TABLE t ADD CONSTRAINT k CHECK (c > 0) NOT VALID;\n"
	  "ALTER TABLE t VALIDATE CONSTRAINT k; COMMIT;",
	    "constraint.validated_in_same_tx:3" },
	{ "BEGIN; ALTER TABLE t ADD CONSTRAINT k CHECK (c > 0) NOT VALID; COMMIT;\n"
	  "BEGIN; ALTER TABLE t VALIDATE CONSTRAINT k; COMMIT;",
	    "" },
	{ "BEGIN; ALTER TABLE t VALIDATE CONSTRAINT k; COMMIT;", "" },
	{ "REINDEX INDEX i;", "index.reindexed:2" },
	{ "REINDEX DATABASE d;", "index.reindexed:2" },
	{ "REINDEX (CONCURRENTLY) TABLE t;", "" },
	{ "TRUNCATE t, u;", "table.truncated:2 table.truncated:2" },
	{ "CREATE TEMP TABLE t (); TRUNCATE t;", "" },
	{ "DROP DATABASE d;", "database.dropped:2" },
};

static void
test_what_stands_alone(void **state)
{
	(void)state;
	RUN(alones, MIG_DB_POSTGRESQL, CALM);
}

#define LIMITED "SET SESSION lock_wait_timeout = 5;\n"

static const struct row mysql[] = {
	{ "ALTER TABLE t ADD c int, ALGORITHM=COPY;", "script.algorithm_copy:2" },
	{ "CREATE INDEX i ON t (c) algorithm copy;", "script.algorithm_copy:2" },
	{ "ALTER TABLE t ADD c int, ALGORITHM=INPLACE;", "" },
	{ "CREATE ALGORITHM=MERGE VIEW v AS SELECT 1;", "" },
	{ "ALTER TABLE t COMMENT 'ALGORITHM=COPY'; -- ALGORITHM=COPY", "" },
	{ "ALTER TABLE t ADD c int, LOCK=SHARED;", "script.lock_option:2" },
	{ "ALTER TABLE `t` ADD c int, LOCK = EXCLUSIVE;", "script.lock_option:2" },
	{ "ALTER TABLE t ADD c int, LOCK=NONE;", "" },
	{ "LOCK TABLES t WRITE; UNLOCK TABLES;", "" },
	{ "START TRANSACTION;\nINSERT INTO t VALUES (1);\nDROP TABLE u;\nCOMMIT;",
	    "script.not_transactional:4" },
	{ "ALTER TABLE t ADD c int;\nUPDATE t SET c = 1 WHERE id = 1;",
	    "script.not_transactional:3" },
	{ "ALTER TABLE t ADD c int;", "" },
	{ "START TRANSACTION; INSERT INTO t VALUES (1); UPDATE t SET c = 1; COMMIT;", "" },
	{ "CREATE TEMPORARY TABLE a (b int); INSERT INTO a VALUES (1);", "" },
	{ "SET lock_wait_timeout = DEFAULT;\nALTER TABLE t ADD c int;", "script.metadata_lock:3" },
	{ "SET lock_wait_timeout = DEFAULT;\nDROP INDEX i ON a.t;", "script.metadata_lock:3" },
	{ "SET @@session.lock_wait_timeout = 5; ALTER TABLE t ADD c int;", "" },
	{ "SET lock_wait_timeout = DEFAULT; ALTER TABLE t WAIT 5 ADD c int;", "" },
	{ "SET lock_wait_timeout = DEFAULT; CREATE TABLE t (a int);", "" },
	{ "ALTER TABLE t ALTER COLUMN c TYPE bigint;", "script.gap:2" },
	{ "ALTER TABLE t ALTER c SET DATA TYPE bigint;", "script.gap:2" },
	{ "ALTER TABLE t ALTER COLUMN c SET NOT NULL;", "script.gap:2" },
	{ "ALTER TABLE t ADD CONSTRAINT k CHECK (c > 0) NOT VALID;", "script.gap:2" },
	{ "UPDATE t SET a = b::int WHERE id = 1;", "script.gap:2" },
	{ "CREATE INDEX CONCURRENTLY i ON t (c);", "script.gap:2" },
	{ "CREATE UNIQUE INDEX i ON t (c) WHERE c > 0;", "script.gap:2" },
	{ "ALTER TABLE t MODIFY c NOT NULL;", "script.gap:2" },
	{ "ALTER TABLE t MODIFY COLUMN c bigint NOT NULL;", "" },
	{ "ALTER TABLE t ALTER COLUMN c SET DEFAULT 5;", "" },
	{ "ALTER TABLE t ADD INDEX i USING BTREE (c);", "" },
	{ "UPDATE t SET a = 'b::int', `c::d` = 1 WHERE id = 1; /* a::b */ # c::d", "" },
	{ "ALTER TABLE t ADD c bigint REFERENCES u (id);", "column.added.inline_ref:2" },
	{ "ALTER TABLE t ADD COLUMN (b int, c bigint REFERENCES u (id));",
	    "column.added.inline_ref:2" },
	{ "CREATE TABLE t (id bigint, c bigint REFERENCES u (id), d int);",
	    "column.added.inline_ref:2" },
	{ "ALTER TABLE t ADD c bigint, ADD FOREIGN KEY (c) REFERENCES u (id);", "" },
	{ "CREATE TABLE t (c bigint, CONSTRAINT k FOREIGN KEY (c) REFERENCES u (id));", "" },
	/* Delimiters, bodies and comments that a server runs. */
	{ "DELIMITER $$\nCREATE TRIGGER g BEFORE INSERT ON t FOR EACH ROW\nBEGIN\n"
	  "  SET NEW.a = 1; DROP TABLE u;\nEND$$\nDELIMITER ;\n",
	    "" },
	{ "/*!50003 ALTER TABLE t ADD c int, ALGORITHM=COPY */;", "script.algorithm_copy:2" },
	{ "/*! SET lock_wait_timeout = DEFAULT */;\n/*M!100100 DROP TABLE t */;",
	    "script.metadata_lock:3" },
	{ "INSERT INTO t VALUES ('a\\';b', \"c'; DROP\", 'd''; e');", "" },
};

static void
test_mysql(void **state)
{
	(void)state;
	RUN(mysql, MIG_DB_MYSQL, LIMITED);
}

/* Flyway runs each file in a transaction, and looks itself whether it cannot. */
static void
test_names_of_files(void **state)
{
	static const struct {
		const char *name;
		const char *text;
		const char *found;
	} files[] = {
		{ "db/V1__a.sql", CALM "DROP TABLE t; DROP TABLE u;", "" },
		{ "db/V1__a.sql", CALM "BEGIN; COMMIT;",
		    "script.tx_nesting:2 script.tx_nesting:2" },
		{ "db/V1__a.sql", CALM "DROP INDEX CONCURRENTLY i; DROP INDEX CONCURRENTLY j;",
		    "script.not_rerunnable:2 script.not_rerunnable:2" },
		{ "db/V1_a.sql", CALM "DROP TABLE t; DROP TABLE u;", "script.not_rerunnable:2" },
	};
	(void)state;
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		struct mig_buf found;
		mig_buf_init(&found, FOUND_MAX);
		judge(files[i].name, files[i].text, MIG_DB_POSTGRESQL, &found);
		assert_string_equal(found.data, files[i].found);
		mig_buf_fini(&found);
	}
}

/* Errors count as breaking, hazards as what may break, advice as harmless. */
static void
test_weights(void **state)
{
	static const struct {
		const char *text;
		enum mig_compatibility verdict;
	} texts[] = {
		{ "BEGIN;", MIG_BREAKING_CHANGES },
		{ "DROP TABLE a.t;", MIG_POTENTIALLY_INCOMPATIBLE },
		{ "CREATE TABLE a.t (a smallint);", MIG_BACKWARD_COMPATIBLE },
		{ "CREATE TABLE a.t (a int);", MIG_FULLY_COMPATIBLE },
	};
	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct mig_findings findings = { 0 };
		struct mig_finish_options options = { .now = { 1 } };
		struct mig_verdict verdict;
		struct mig_check *check = mig_check_new();
		struct review_text script = { "a.sql", texts[i].text, strlen(texts[i].text),
			MIG_DB_POSTGRESQL };
		assert_non_null(check);
		assert_int_equal(review_text(&script, check, &findings), MIG_OK);
		assert_int_equal(mig_check_finish(check, &options, &verdict, &findings), MIG_OK);
		assert_int_equal(verdict.compatibility, texts[i].verdict);
		mig_check_free(check);
	}
}

/* What cannot be read is said with its line, and what can be is judged all the same. */
static void
test_faults(void **state)
{
	static const struct {
		const char *text;
		enum mig_db_dialect dialect;
		int line;
		int column;
		size_t found;
	} texts[] = {
		{ "BEGIN;\nCREATE TABLE (;", MIG_DB_POSTGRESQL, 2, 14, 1 },
		{ "SELECT 1;\n SELECT 2; FROM;\nSELECT 3;", MIG_DB_POSTGRESQL, 2, 12, 0 },
		{ "SELECT 1; SELECT\n2; SELECT FROM FROM;", MIG_DB_POSTGRESQL, 2, 16, 0 },
		{ "SELECT 1;\n\nSELECT 'a;", MIG_DB_POSTGRESQL, 3, 8, 0 },
		{ "SELECT 1;\nSELECT 'a;", MIG_DB_MYSQL, 2, 0, 0 },
		{ "SELECT 1;\n/* a;", MIG_DB_MYSQL, 2, 0, 0 },
		{ "SELECT '\xff';", MIG_DB_MYSQL, 0, 0, 0 },
	};
	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct mig_findings findings = { 0 };
		struct mig_check *check = mig_check_new();
		struct review_text script = { "a.sql", texts[i].text, strlen(texts[i].text),
			texts[i].dialect };
		size_t count = 0;
		assert_non_null(check);
		assert_int_equal(review_text(&script, check, &findings), MIG_EDOC);
		assert_int_equal(findings.errors, 1);
		assert_string_equal(findings.items[0].file, "a.sql");
		assert_int_equal(findings.items[0].line, texts[i].line);
		assert_int_equal(findings.items[0].column, texts[i].column);
		(void)mig_check_changes(check, &count);
		assert_int_equal(count, texts[i].found);
		mig_findings_fini(&findings);
		mig_check_free(check);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_waiting_for_locks),
		cmocka_unit_test(test_time_of_statements),
		cmocka_unit_test(test_transactions),
		cmocka_unit_test(test_running_again),
		cmocka_unit_test(test_lengths_of_names),
		cmocka_unit_test(test_schemas_of_names),
		cmocka_unit_test(test_writing_again),
		cmocka_unit_test(test_changing_all_rows),
		cmocka_unit_test(test_what_is_not_known),
		cmocka_unit_test(test_style),
		cmocka_unit_test(test_what_stands_alone),
		cmocka_unit_test(test_mysql),
		cmocka_unit_test(test_names_of_files),
		cmocka_unit_test(test_weights),
		cmocka_unit_test(test_faults),
	};
	return !!cmocka_run_group_tests(tests, NULL, NULL);
}
