/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/limits.h"
#include "schema/diff.h"
#include "source/canon.h"
#include "source/ddl.h"
#include "support/test_support.h"

static struct mig_db *
read_with(const char *sql, struct mig_findings *findings, int wanted)
{
	struct mig_db *db = mig_db_new(MIG_DB_POSTGRESQL);
	assert_non_null(db);
	int error = ddl_apply(db, sql, strlen(sql), "a.sql", findings);
	if (error != wanted)
		fail_msg("%d for %s: %s", error, sql,
		    findings->count > 0 ? findings->items[0].message : "no finding");
	return db;
}

static struct mig_db *
read_sql(const char *sql)
{
	struct mig_findings findings = { 0 };
	struct mig_db *db = read_with(sql, &findings, MIG_OK);
	if (findings.count > 0)
		fail_msg("%s: %s", sql, findings.items[0].message);
	mig_findings_fini(&findings);
	return db;
}

/* How many differences there are between two texts; the first is told when none is wanted. */
static size_t
count_changes(const char *a, const char *b, bool none)
{
	struct mig_findings findings = { 0 };
	struct mig_db *before = read_sql(a);
	struct mig_db *after = read_sql(b);
	struct mig_db_diff *diff = NULL;
	size_t count = 0;
	assert_int_equal(mig_db_compare(before, after, NULL, 0, &diff, &findings), MIG_OK);
	const struct mig_db_op *ops = mig_db_ops(diff, &count);
	if (none && count > 0) {
		const struct mig_db_object *x = ops[0].before;
		const struct mig_db_object *y = ops[0].after;
		fail_msg("%s\n%s\naspects %x of %s (%s), now %s (%s)", a, b, ops[0].aspects,
		    x != NULL ? x->name : "-", x != NULL ? x->definition : "-",
		    y != NULL ? y->name : "-", y != NULL ? y->definition : "-");
	}
	mig_db_diff_free(diff);
	mig_db_free(before);
	mig_db_free(after);
	mig_findings_fini(&findings);
	return count;
}

#define T "CREATE TABLE public.t (a integer, b character varying(9), c numeric, d text, "

/* As people write it, and as pg_dump does. */
static const char *const same_rows[][2] = {
	{ T "CHECK (a>1))", T "CONSTRAINT t_a_check CHECK ((a > 1)))" },
	{ T "CHECK (b IN ('x','y')))",
	    T "CONSTRAINT t_b_check CHECK (((b)::text = ANY ((ARRAY['x'::character varying,"
	      " 'y'::character varying])::text[]))))" },
	{ T "CHECK (d IN ('x','y')))",
	    T "CONSTRAINT t_d_check CHECK ((d = ANY (ARRAY['x'::text, 'y'::text]))))" },
	{ T "CHECK (b NOT IN ('x','y')))",
	    T "CONSTRAINT t_b_check CHECK (((b)::text <> ALL (ARRAY[('x'::character"
	      " varying)::text, ('y'::character varying)::text]))))" },
	{ T "CHECK (a IN (3)))", T "CONSTRAINT t_a_check CHECK ((a = 3)))" },
	{ T "CHECK (c BETWEEN 1 AND 2))",
	    T "CONSTRAINT t_c_check CHECK (((c >= (1)::numeric) AND (c <="
	      " (2)::numeric))))" },
	{ T "CHECK (d LIKE 'a%' and d not like 'b%'))",
	    T "CONSTRAINT t_d_check CHECK (((d ~~ 'a%'::text) AND (d !~~ 'b%'::text))))" },
	{ T "CHECK (a > -1))", T "CONSTRAINT t_a_check CHECK ((a > '-1'::integer)))" },
	{ T "CHECK (a*c >= 0))",
	    T "CONSTRAINT t_check CHECK ((((a)::numeric * c) >= (0)::numeric)))" },
	{ T "CHECK (t.a <> 1 and (a > 0 and a < 9)))",
	    T "CONSTRAINT t_a_check CHECK (((a <> 1) AND ((a > 0) AND (a < 9)))))" },
	{ T "CHECK (coalesce(b, '') != ''))",
	    T "CONSTRAINT t_b_check CHECK (((COALESCE(b, ''::character varying))::text <>"
	      " ''::text)))" },
	{ "create table t (a varchar(9) default 'x')",
	    "CREATE TABLE public.t (a character varying(9) DEFAULT 'x'::character"
	    " varying)" },
	{ "create table t (a timestamptz default now() + interval '30 minutes')",
	    "CREATE TABLE public.t (a timestamp with time zone DEFAULT (now() +"
	    " '00:30:00'::interval))" },
	{ "create table t (a jsonb default '{\"a\":[1,2]}')",
	    "CREATE TABLE public.t (a jsonb DEFAULT '{\"a\": [1, 2]}'::jsonb)" },
	{ "create table t (a bool default 't', b bigint default '5', c float8 default -1)",
	    "CREATE TABLE public.t (a boolean DEFAULT true, b bigint DEFAULT 5,"
	    " c double precision DEFAULT '-1'::integer)" },
	{ "create table t (a text default null)", "CREATE TABLE public.t (a text)" },
	{ "create table t (id serial primary key)",
	    "SELECT pg_catalog.set_config('search_path', '', false);"
	    "CREATE TABLE public.t (id integer NOT NULL);"
	    "CREATE SEQUENCE public.t_id_seq AS integer START WITH 1 INCREMENT BY 1"
	    " NO MINVALUE NO MAXVALUE CACHE 1;"
	    "ALTER SEQUENCE public.t_id_seq OWNED BY public.t.id;"
	    "ALTER TABLE ONLY public.t ALTER COLUMN id SET DEFAULT"
	    " nextval('public.t_id_seq'::regclass);"
	    "ALTER TABLE ONLY public.t ADD CONSTRAINT t_pkey PRIMARY KEY (id);" },
	{ "create table t (id int generated always as identity)",
	    "CREATE TABLE public.t (id integer NOT NULL);"
	    "ALTER TABLE public.t ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY ("
	    "SEQUENCE NAME public.t_id_seq START WITH 1 INCREMENT BY 1 NO MINVALUE"
	    " NO MAXVALUE CACHE 1);" },
	{ "create table t (a text, b int); create index on t (lower(a) desc) where b in"
	  " (1,2)",
	    "CREATE TABLE public.t (a text, b integer); CREATE INDEX t_lower_idx ON"
	    " public.t"
	    " USING btree (lower(a) DESC) WHERE (b = ANY (ARRAY[1, 2]));" },
	{ "create table t (a int, b text); create view v as select * from t where b = 'x'",
	    "CREATE TABLE public.t (a integer, b text); CREATE VIEW public.v AS"
	    " SELECT t.a,\n    t.b\n   FROM public.t\n  WHERE (t.b = 'x'::text);" },
	{ "create table t (a int); create view v (n) as select count(*) from t group by a"
	  " order by 1",
	    "CREATE TABLE public.t (a integer); CREATE VIEW public.v AS SELECT count(*)"
	    " AS n"
	    " FROM public.t GROUP BY t.a ORDER BY (count(*));" },
	{ "create function f(a int, b text default 'x') returns int language sql as"
	  " 'select 1'",
	    "CREATE FUNCTION public.f(a integer, b text DEFAULT 'x'::text) RETURNS integer"
	    " LANGUAGE sql AS $$select 1$$;" },
	{ "create domain d as numeric(9,2) check (value > -1000000000000) default '5';"
	  "create table t (a d default '9.75', check (a >= 0)); create view v as"
	  " select coalesce(sum(a - 1), 0) as n from t",
	    "CREATE DOMAIN public.d AS numeric(9,2) DEFAULT 5 CONSTRAINT d_check CHECK ((VALUE >"
	    " ('-1000000000000'::bigint)::numeric)); CREATE TABLE public.t (a public.d DEFAULT"
	    " 9.75, CONSTRAINT t_a_check CHECK (((a)::numeric >= (0)::numeric))); CREATE VIEW"
	    " public.v AS SELECT COALESCE(sum(((t.a)::numeric - (1)::numeric)), (0)::numeric) AS n"
	    " FROM public.t;" },
	{ "create table t (a smallint check (coalesce(a, 0) > 0), b varbit check (length(b) > 1),"
	  " c cidr check (masklen(c) > 0), d tstzrange default tstzrange(now(), null))",
	    "CREATE TABLE public.t (a smallint, b bit varying, c cidr, d tstzrange DEFAULT"
	    " tstzrange(now(), NULL::timestamp with time zone), CONSTRAINT t_a_check CHECK"
	    " ((COALESCE((a)::integer, 0) > 0)), CONSTRAINT t_b_check CHECK ((length((b)::\"bit\")"
	    " > 1)), CONSTRAINT t_c_check CHECK ((masklen((c)::inet) > 0)))" },
	{ "create function f(bigint) returns bool language sql as 'select true';"
	  "create table t (a int check (f(a)), b numeric default 2 * 3.5, c point default"
	  " point(1, 2))",
	    "CREATE FUNCTION public.f(bigint) RETURNS boolean LANGUAGE sql AS 'select true';"
	    "CREATE TABLE public.t (a integer, b numeric DEFAULT ((2)::numeric * 3.5), c point"
	    " DEFAULT point((1)::double precision, (2)::double precision), CONSTRAINT t_a_check"
	    " CHECK (public.f((a)::bigint)))" },
	{ "create table t (a timetz default '12:30', b time(0) default '12:30', c macaddr8"
	  " default '08:00:2b:01:02:03', d money default '1000.5', e interval default '-1 day',"
	  " f numeric default 1.5e3, g timestamptz(0)[] default array[]::timestamptz(0)[])",
	    "CREATE TABLE public.t (a time with time zone DEFAULT '12:30:00+00'::time with time"
	    " zone, b time(0) without time zone DEFAULT '12:30:00'::time without time zone,"
	    " c macaddr8 DEFAULT '08:00:2b:ff:fe:01:02:03'::macaddr8, d money DEFAULT"
	    " '$1,000.5'::money, e interval DEFAULT '-1 days'::interval, f numeric DEFAULT 1500,"
	    " g timestamp(0) with time zone[] DEFAULT (ARRAY[]::timestamp with time"
	    " zone[])::timestamp(0) with time zone[])" },
	{ "create table t (a int, b int, \"$c\" int); create statistics s (dependencies, ndistinct)"
	  " on b, \"$c\", a from t; alter statistics s set statistics 9",
	    "CREATE TABLE public.t (a integer, b integer, \"$c\" integer); CREATE STATISTICS"
	    " public.s (ndistinct, dependencies) ON a, b, \"$c\" FROM public.t; ALTER STATISTICS"
	    " public.s SET STATISTICS 9" },
	{ "create table t (a int); create function f() returns bigint language sql begin atomic"
	  " select count(a) from t where a in (1, 2); end; grant execute on function f() to public",
	    "CREATE TABLE public.t (a integer); CREATE FUNCTION public.f() RETURNS bigint LANGUAGE"
	    " sql BEGIN ATOMIC SELECT count(t.a) AS count FROM public.t WHERE (t.a = ANY (ARRAY[1,"
	    " 2])); END" },
	{ "create extension citext; create table t (a citext check ((a)::text = current_user))",
	    "CREATE EXTENSION citext; CREATE TABLE public.t (a citext, CONSTRAINT t_a_check CHECK"
	    " ((a = CURRENT_USER)))" },
	{ "create extension citext; create table t (a citext check (length(a) > 0), b bool[][]"
	  " default array[]::bool[][])",
	    "CREATE EXTENSION citext; CREATE TABLE public.t (a citext, b boolean[] DEFAULT"
	    " ARRAY[]::boolean[], CONSTRAINT t_a_check CHECK ((length((a)::text) > 0)))" },
	{ "create table t (j jsonb); create view v as select j #>> '{a,b}' x, j ?| '{a}' y from t",
	    "CREATE TABLE public.t (j jsonb); CREATE VIEW public.v AS SELECT (t.j #>>"
	    " '{a,b}'::text[]) AS x, (t.j ?| '{a}'::text[]) AS y FROM public.t" },
	{ "create type "
	  "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
	  " as range (subtype = inet)",
	    "CREATE TYPE "
	    "public.xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
	    " AS RANGE (SUBTYPE = inet, MULTIRANGE_TYPE_NAME ="
	    " xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx_multirange)" },
	{ "create table p (a timestamptz) partition by range (a); create table c partition of p for"
	  " values from ('2024-01-01 00:00+00') to ('2024-02-01')",
	    "CREATE TABLE public.p (a timestamp with time zone) PARTITION BY RANGE (a); CREATE"
	    " TABLE public.c PARTITION OF public.p FOR VALUES FROM ('2024-01-01 00:00:00+00') TO"
	    " ('2024-02-01 00:00:00+00')" },
	{ "create table p (a int primary key) partition by list (a); create table c partition of p"
	  " default; create table t (a int constraint k references p references p)",
	    "CREATE TABLE public.p (a integer, PRIMARY KEY (a)) PARTITION BY LIST (a); CREATE TABLE"
	    " public.c PARTITION OF public.p DEFAULT; CREATE TABLE public.t (a integer, CONSTRAINT"
	    " k FOREIGN KEY (a) REFERENCES public.p, CONSTRAINT t_a_fkey1 FOREIGN KEY (a)"
	    " REFERENCES public.p)" },
};

static void
test_same_meaning(void **state)
{
	(void)state;
	for (size_t i = 0; i < TEST_COUNT(same_rows); i++)
		(void)count_changes(same_rows[i][0], same_rows[i][1], true);
}

#define F "create function f() returns int language sql as 'select 1';"
#define S "create table t (a int, b int); create statistics s on a, b from t;"
#define P                                                    \
	"create table p (a int) partition by list (a);"      \
	"create table c partition of p for values in (1, 2);"

/* What only looks alike. */
static void
test_other_meaning(void **state)
{
	(void)state;
	static const char *const rows[][2] = {
		{ T "CHECK (a > 1))", T "CHECK (a >= 1))" },
		{ T "CHECK (a IN (1, 2)))", T "CHECK (a IN (1, 2, 3)))" },
		{ T "CHECK (d = 'x'))", T "CHECK (d = 'y'))" },
		{ T "CHECK (5::numeric / 2 > c))", T "CHECK (5 / 2 > c))" },
		{ T "CHECK (a::text = d))", T "CHECK (b = d))" },
		{ "create table t (a date default 'now')", "create table t (a date default"
		  " now())" },
		{ "create table t (a interval default '1 day')",
		    "create table t (a interval default '24 hours')" },
		{ "create table t (a int); create view v as select a from t",
		    "create table t (a int); create view v as select a as b from t" },
		{ "create table t (a int); create index i on t (a)",
		    "create table t (a int); create index i on t (a desc)" },
		{ F, F "revoke execute on function f() from public" },
		{ F "revoke all on function f() from public", F "grant all on function f() to x" },
		{ S, S "alter statistics s set statistics 9" },
		{ P "alter table only p alter a set statistics 9",
		    P "alter table p alter a set statistics 9" },
	};
	for (size_t i = 0; i < TEST_COUNT(rows); i++)
		if (count_changes(rows[i][0], rows[i][1], false) == 0)
			fail_msg("%s is taken for %s", rows[i][0], rows[i][1]);
}

/* Statements one after the other, and the one that gives the same at once. */
static void
test_alter(void **state)
{
	(void)state;
	static const char *const rows[][2] = {
		{ "create table t (a int); alter table t add b text not null default 'x', drop a",
		    "create table t (b text not null default 'x')" },
		{ "create table t (a int, b int, unique (a, b)); create index i on t (b);"
		  "alter table t drop column b",
		    "create table t (a int)" },
		{ "create table t (a int check (a > 0)); alter table t rename a to b;"
		  "alter table t rename constraint t_a_check to t_b_check; alter table t rename"
		  " to u;"
		  "alter table u rename constraint t_b_check to u_b_check",
		    "create table u (b int check (b > 0))" },
		{ "create table t (a int primary key); create table u (x int references t);"
		  "create view v as select t.a from t; alter table t rename to n;"
		  "alter table n rename a to k; alter table n rename constraint t_pkey to n_pkey",
		    "create table n (k int primary key); create table u (x int references n);"
		    "create view v as select n.k as a from n" },
		{ "create table t (a int); alter table t alter a type bigint, alter a set not null,"
		  "alter a set default 5, add constraint p primary key (a); alter table t drop"
		  " constraint p",
		    "create table t (a bigint not null default 5)" },
		{ "create type e as enum ('a', 'c'); alter type e add value 'b' before 'c';"
		  "alter type e rename value 'a' to 'z'; alter type e rename to f",
		    "create type f as enum ('z', 'b', 'c')" },
		{ "create table t (a int); create unique index i on t (a); alter table t add"
		  " constraint"
		  " k unique using index i",
		    "create table t (a int constraint k unique)" },
		{ "create table t (a int); create view v as select a from t; drop table t"
		  " cascade", "" },
		{ "create schema s; create table s.t (a int); create type s.e as enum ('x');"
		  "drop schema s cascade",
		    "" },
		{ "create table p (a int) partition by list (a); create table c (a int);"
		  "alter table p attach partition c for values in (1, 2)",
		    "create table p (a int) partition by list (a);"
		    "create table c partition of p for values in (1, 2)" },
		{ "create table p (a int); create table c () inherits (p); alter table p add b int",
		    "create table p (a int, b int); create table c () inherits (p)" },
		{ "create table t (a int); alter table t set (fillfactor=50,"
		  " autovacuum_enabled=false);"
		  "alter table t reset (fillfactor)",
		    "create table t (a int) with (autovacuum_enabled=false)" },
		{ "create function f() returns int language sql as 'select 1';"
		  "alter function f() stable; alter function f() rename to g",
		    "create function g() returns int language sql stable as 'select 1'" },
		{ "create table t (a int); grant all on t to x; revoke insert, update, delete,"
		  " truncate,"
		  " references, trigger on t from x",
		    "create table t (a int); grant select on t to x" },
		{ "create extension e version '1'; alter extension e update to '2'",
		    "create extension e version '2'" },
		{ "create extension e version '1'; alter extension e update",
		    "create extension e" },
		{ "create schema s; set search_path = s, public; create table t (a int)",
		    "create schema s; create table s.t (a int)" },
		{ "create table t (a int); insert into t values (1); copy t (a) from"
		  " stdin;\n1\n;(\n\\.\n"
		  "\\restrict abc\nselect pg_catalog.setval('x', 1, true); begin; commit;",
		    "create table t (a int)" },
	};
	for (size_t i = 0; i < TEST_COUNT(rows); i++)
		(void)count_changes(rows[i][0], rows[i][1], true);
}

/* Keys that one CREATE TABLE says twice are one, with the first name that is said. */
static void
test_said_twice(void **state)
{
	(void)state;
	(void)count_changes("create table t (a int unique, b int, constraint k unique (a), unique"
	                    " (b) include (a), unique (b), exclude (b with =), constraint x exclude"
	                    " using btree (b with =), unique (a) deferrable)",
	    "create table t (a int constraint k unique, b int, constraint t_b_a_key unique (b)"
	    " include (a), constraint t_b_key unique (b), constraint x exclude (b with =),"
	    " constraint t_a_key unique (a) deferrable)",
	    true);
	(void)count_changes("create table t (a int unique); alter table t add unique (a)",
	    "create table t (a int constraint t_a_key unique);"
	    "alter table t add constraint t_a_key1 unique (a)",
	    true);
}

/* Names that PostgreSQL gives, read off a server of version 15. */
static void
test_names(void **state)
{
	(void)state;
	static const struct {
		const char *sql;
		enum mig_db_kind kind;
		const char *name;
	} rows[] = {
		{ "create table t (a int check (a > 0), check (a <"
		  " 9))", MIG_DB_CONSTRAINT, "t_a_check1" },
		{ "create table t (a int, b int, check (a < b))", MIG_DB_CONSTRAINT, "t_check" },
		{ "create table t (a int, b int, unique (a, b))", MIG_DB_CONSTRAINT, "t_a_b_key" },
		{ "create table t_a_key (x int); create table t (a int unique)", MIG_DB_CONSTRAINT,
		    "t_a_key1" },
		{ "create table t (a int primary key, b int references t)", MIG_DB_CONSTRAINT,
		    "t_b_fkey" },
		{ "create table t (a int, b int, unique (a) include (b))", MIG_DB_CONSTRAINT,
		    "t_a_b_key" },
		{ "create table t (a text); create index on t (lower(a), upper(a), (a || 'x'))",
		    MIG_DB_INDEX, "t_lower_upper_expr_idx" },
		{ "create table t (a text); create index on t (a); create index on t (a)",
		    MIG_DB_INDEX, "t_a_idx1" },
	};
	for (size_t i = 0; i < TEST_COUNT(rows); i++) {
		struct mig_db *db = read_sql(rows[i].sql);
		const struct mig_db_object *t = mig_db_find(db, MIG_DB_TABLE, "public", "t");
		if (mig_db_find_part(t, rows[i].kind, rows[i].name) == NULL)
			fail_msg("%s: no %s", rows[i].sql, rows[i].name);
		mig_db_free(db);
	}
	struct mig_db *db = read_sql("create table table_with_a_name_that_is_quite_long_indeed"
				     " (column_with_a_name_that_is_long_too int unique)");
	size_t count = 0;
	const struct mig_db_object *table = mig_db_objects(db, &count)[0];
	assert_string_equal(mig_db_parts(table, MIG_DB_CONSTRAINT, &count)[0]->name,
	    "table_with_a_name_that_is_qui_column_with_a_name_that_is_lo_key");
	mig_db_free(db);
}

/* What scripts say of the last thing (or part of it) in the text, whatever it is compared as. */
static void
test_written(void **state)
{
	(void)state;
	static const struct {
		const char *sql;
		enum mig_db_kind kind; /* of the part; MIG_DB_TABLE: the thing itself */
		const char *written;
	} rows[] = {
		{ "create table t (a varchar check (a in ('x', 'y')))", MIG_DB_CONSTRAINT,
		    "a IN ('x', 'y')" },
		{ "create table t (a int check (a between 1 and 2 and (a > 0 and a < 9)))",
		    MIG_DB_CONSTRAINT, "a BETWEEN 1 AND 2 AND (a > 0 AND a < 9)" },
		{ "create type e as enum ('x', 'y'); create table t (a e); create index i on t (a)"
		  " where a = any (array['x', 'y']::e[])",
		    MIG_DB_INDEX,
		    "USING btree (a) WHERE (a = ANY(ARRAY['x', 'y']::public.e[]))" },
		{ "create table t (a numeric(9,2) default '1000'::numeric)", MIG_DB_COLUMN,
		    "'1000'::numeric" },
		{ "create table t (a int); create view v as select * from t where a in (1, 2)",
		    MIG_DB_TABLE, "SELECT t.a FROM public.t WHERE a IN (1, 2)" },
		{ "create table t (a int); create table u (like t); create view v as select a as x"
		  " from t union select a as y from u",
		    MIG_DB_TABLE,
		    "SELECT a AS x FROM public.t UNION SELECT a AS y FROM public.u" },
		{ "create table t (a varchar); create policy p on t using (a in ('x', 'y'))",
		    MIG_DB_POLICY,
		    "CREATE POLICY p ON public.t TO public USING (a IN ('x', 'y'))" },
		/* A name that changes is mended in the canonical text alone. */
		{ "create table t (a varchar check (a in ('x', 'y'))); alter table t rename a to b",
		    MIG_DB_CONSTRAINT, "b = ANY(ARRAY['x', 'y'])" },
	};
	for (size_t i = 0; i < TEST_COUNT(rows); i++) {
		size_t count = 0;
		struct mig_db *db = read_sql(rows[i].sql);
		struct mig_db_object *const *objects = mig_db_objects(db, &count);
		const struct mig_db_object *thing = objects[count - 1];
		if (rows[i].kind != MIG_DB_TABLE)
			thing = mig_db_parts(thing, rows[i].kind, &count)[0];
		const char *canonical = thing->definition;
		if (thing->kind == MIG_DB_COLUMN)
			canonical = mig_db_as_column(thing)->default_expr;
		else if (thing->kind == MIG_DB_CONSTRAINT)
			canonical = mig_db_as_constraint(thing)->expression;
		assert_string_equal(mig_db_written(thing, canonical), rows[i].written);
		mig_db_free(db);
	}
}

static void
test_facts(void **state)
{
	(void)state;
	struct mig_db *db = read_sql("-- a comment\n\nCREATE TYPE mood AS ENUM ('a');\n"
				     "CREATE FUNCTION f(int) RETURNS bool LANGUAGE sql AS"
				     " 'select true';\n"
				     "CREATE TABLE t (id serial, m mood, CHECK (f(id)));\n"
				     "CREATE VIEW v AS SELECT id FROM t;\n");
	const struct mig_db_object *t = mig_db_find(db, MIG_DB_TABLE, "public", "t");
	const struct mig_db_object *v = mig_db_find(db, MIG_DB_VIEW, "public", "v");
	assert_int_equal(t->line, 5);
	assert_string_equal(t->file, "a.sql");
	const struct mig_db_column *id = mig_db_as_table(t)->columns[0];
	assert_int_equal(id->identity, MIG_DB_SERIAL);
	assert_false(id->nullable);
	assert_null(id->default_expr);
	assert_string_equal(id->more->sequence_name, "public.t_id_seq");
	assert_string_equal(mig_db_as_table(t)->columns[1]->type, "public.mood");
	assert_string_equal(mig_db_as_table(t)->columns[1]->base.extra->refs[0].name, "mood");
	const struct mig_db_constraint *check = mig_db_as_table(t)->constraints[0];
	assert_int_equal(check->columns_count, 1);
	const struct mig_db_extra *extra = check->base.extra;
	assert_string_equal(extra->refs[extra->refs_count - 2].name, "f(integer)");
	assert_string_equal(mig_db_as_table(v)->columns[0]->type, "integer");
	assert_string_equal(v->extra->refs[0].name, "t");
	assert_null(v->extra->refs[0].column);
	assert_string_equal(v->extra->refs[1].column, "id");
	mig_db_free(db);
}

static void
test_faults(void **state)
{
	(void)state;
	static const struct {
		const char *sql;
		int line;
		int column;
		const char *message;
	} rows[] = {
		{ "create table t (a int);\n\ncreate tabel u (a int);", 3, 8, "syntax error" },
		{ "create table t (a int,\n  b in t);", 2, 5, "syntax error" },
		{ "alter table t add a int", 1, 1, "there is no table \"t\"" },
		{ "create table t (a int); alter table t drop b", 1, 25, "no column \"b\"" },
		{ "create table t (a int); create table t (a int)", 1, 25, "is there already" },
		{ "create table t (a int, a int)", 1, 1, "has column \"a\" already" },
		{ "drop view v", 1, 1, "there is no \"v\" to drop" },
		{ "select 'abc", 1, 8, "unterminated" },
		{ "create table a (x int); create table b (x int); alter table b rename to a", 1,
		    49, "table \"a\" is there already" },
		{ "create schema s; create table s.a (x int); create view a as select 1;"
		  "alter view a set schema s",
		    1, 70, "\"a\" is there already" },
		{ "create table a (x int); alter table a inherit a", 1, 25, "which comes from it" },
		{ "create table a (x int); create table b () inherits (a);"
		  "create table c () inherits (b); alter table a inherit c",
		    1, 88, "\"a\" cannot inherit from \"c\", which comes from it" },
		{ "create table a (x int) partition by range (x); create index on a (x);"
		  "alter table a attach partition a for values from (0) to (1)",
		    1, 70, "which comes from it" },
		{ "create table a (x int) partition by range (x);"
		  "create table b partition of a for values from (0) to (1);"
		  "alter table a attach partition b for values from (0) to (1)",
		    1, 104, "table \"b\" is a partition already" },
	};
	for (size_t i = 0; i < TEST_COUNT(rows); i++) {
		struct mig_findings findings = { 0 };
		struct mig_db *db = read_with(rows[i].sql, &findings, MIG_EDOC);
		assert_int_equal(findings.errors, 1);
		if (strstr(findings.items[0].message, rows[i].message) == NULL)
			fail_msg("%s: %s", rows[i].sql, findings.items[0].message);
		assert_int_equal(findings.items[0].line, rows[i].line);
		if (findings.items[0].column != rows[i].column)
			fail_msg("%s: column %d", rows[i].sql, findings.items[0].column);
		mig_findings_fini(&findings);
		mig_db_free(db);
	}
}

/* What is not read is said, and never passed over. */
static void
test_not_understood(void **state)
{
	(void)state;
	static const char *const rows[][2] = {
		{ "do $$ begin end $$;\ncreate table if not exists t (a int)", "a DO block" },
		{ "alter default privileges grant select on tables to x",
		    "ALTER DEFAULT PRIVILEGES" },
		{ "create function f() returns event_trigger language sql as '';"
		  "create event trigger e on sql_drop execute function f();"
		  "alter event trigger e disable",
		    "ALTER EVENT TRIGGER" },
		{ "drop owned by x", "DROP OWNED BY" },
	};
	for (size_t i = 0; i < TEST_COUNT(rows); i++) {
		struct mig_findings findings = { 0 };
		mig_db_free(read_with(rows[i][0], &findings, MIG_OK));
		assert_int_equal(findings.count, 1);
		assert_int_equal(findings.items[0].severity, MIG_SEV_WARNING);
		if (strstr(findings.items[0].message, rows[i][1]) == NULL)
			fail_msg("%s: %s", rows[i][0], findings.items[0].message);
		mig_findings_fini(&findings);
	}
}

/* A text of count times a, then b, then count times c. */
static char *
nested(const char *head, const char *a, const char *b, const char *c, size_t count)
{
	struct mig_buf text;
	mig_buf_init(&text, MIG_DOC_BYTES_MAX);
	mig_buf_puts(&text, head);
	for (size_t i = 0; i < count; i++)
		mig_buf_puts(&text, a);
	mig_buf_puts(&text, b);
	for (size_t i = 0; i < count; i++)
		mig_buf_puts(&text, c);
	char *result = mig_buf_steal(&text);
	assert_non_null(result);
	return result;
}

static void
test_hostile(void **state)
{
	(void)state;
	static const struct {
		const char *a;
		const char *b;
		const char *c;
	} rows[] = {
		{ "(", "1", ")" },
		{ "f(", "1", ")" },
		{ "", "1", "+1" },
		{ "not ", "true", "" },
		{ "- ", "1", "" },
		{ "case when true then ", "1", " end" },
		{ "", "1", "::int" },
		{ "", "a", " union select 1" },
		{ "(select ", "1", ")" },
		{ "a[", "1", "]" },
	};
	for (size_t i = 0; i < TEST_COUNT(rows); i++) {
		struct mig_findings findings = { 0 };
		char *text =
		    nested("create view v as select ", rows[i].a, rows[i].b, rows[i].c, 100000);
		mig_db_free(read_with(text, &findings, MIG_EDOC));
		assert_int_equal(findings.errors, 1);
		mig_findings_fini(&findings);
		free(text);
	}
	/* As deep as is allowed goes through all that we do. */
	struct mig_findings findings = { 0 };
	char *text = nested("create view v as select ", "(1+", "1", ")", 450);
	mig_db_free(read_with(text, &findings, MIG_OK));
	free(text);
	mig_findings_fini(&findings);
}

/* Tables in levels, each of which inherits from all of the level above, and then more. */
static char *
levels(size_t depth, size_t width, const char *rest)
{
	struct mig_buf text;
	mig_buf_init(&text, MIG_DOC_BYTES_MAX);
	for (size_t level = 0; level < depth; level++) {
		for (size_t i = 0; i < width; i++) {
			mig_buf_printf(&text, "create table t%zu_%zu (%s)", level, i,
			    level > 0 ? "" : "a int, constraint k check (a > 0)");
			for (size_t above = 0; level > 0 && above < width; above++)
				mig_buf_printf(&text, "%s t%zu_%zu",
				    above == 0 ? " inherits (" : ",", level - 1, above);
			mig_buf_puts(&text, level > 0 ? ");" : ";");
		}
	}
	mig_buf_puts(&text, rest);
	char *result = mig_buf_steal(&text);
	assert_non_null(result);
	return result;
}

/* What comes by several ways comes once; there may be more ways than time. */
static void
test_heirs(void **state)
{
	(void)state;
	char *text = levels(16, 4,
	    "alter table t0_0 add b text; alter table t0_0 alter b set default 'x';"
	    "alter table t0_0 add constraint n check (b <> '')");
	struct mig_db *db = read_sql(text);
	free(text);
	const struct mig_db_object *last = mig_db_find(db, MIG_DB_TABLE, "public", "t15_0");
	assert_int_equal(mig_db_as_table(last)->constraints_count, 2);
	assert_int_equal(mig_db_as_table(last)->columns_count, 2);
	assert_string_equal(mig_db_as_table(last)->columns[1]->default_expr, "'x'");
	mig_db_free(db);
}

static size_t
count_objects(const struct mig_db *db)
{
	size_t count = 0;
	(void)mig_db_objects(db, &count);
	return count;
}

/* However far away it stands: heirs of heirs, and views of views, here all of the table as well. */
static void
test_far(void **state)
{
	(void)state;
	char *text = levels(3000, 1,
	    "alter table t0_0 add b text, alter a set default 1, drop constraint k;"
	    "alter table t0_0 drop b; alter table t0_0 add constraint n check (a > 1)");
	struct mig_db *db = read_sql(text);
	free(text);
	const struct mig_db_table *last =
	    mig_db_as_table(mig_db_find(db, MIG_DB_TABLE, "public", "t2999_0"));
	assert_int_equal(last->columns_count, 1);
	assert_string_equal(last->columns[0]->default_expr, "1");
	assert_int_equal(last->constraints_count, 1);
	assert_string_equal(last->constraints[0]->base.name, "n");
	mig_db_free(db);
	struct mig_buf views;
	mig_buf_init(&views, MIG_DOC_BYTES_MAX);
	mig_buf_puts(&views, "create table kept (a int); create table v0 (a int);");
	for (int i = 1; i < 300; i++)
		mig_buf_printf(&views, "create view v%d as select v0.a from v0, v%d x;", i, i - 1);
	mig_buf_puts(&views, "drop table v0 cascade");
	db = read_sql(views.data);
	mig_buf_fini(&views);
	assert_int_equal(count_objects(db), 1);
	mig_db_free(db);
}

/* What comes from two parents stays when one of them has lost it, and goes with the other. */
static void
test_two_parents(void **state)
{
	(void)state;
	static const char both[] =
	    "create table a (x int, constraint k check (x > 0));"
	    "create table b (x int, constraint k check (x > 0));"
	    "create table c () inherits (a, b); create table d () inherits (c, a);"
	    "alter table a drop constraint k; alter table a drop x;";
	for (int gone = 0; gone < 2; gone++) {
		char text[512];
		(void)snprintf(text, sizeof(text), "%s%s", both,
		    gone ? "alter table b drop constraint k, drop x" : "");
		struct mig_db *db = read_sql(text);
		static const char *const heirs[] = { "c", "d" };
		for (size_t i = 0; i < TEST_COUNT(heirs); i++) {
			const struct mig_db_table *heir =
			    mig_db_as_table(mig_db_find(db, MIG_DB_TABLE, "public", heirs[i]));
			assert_int_equal(heir->columns_count, gone ? 0 : 1);
			assert_int_equal(heir->constraints_count, gone ? 0 : 1);
		}
		mig_db_free(db);
	}
}

/* What falls and what stays, and whose it is then: as a PostgreSQL 15 has it. */
static void
test_heirs_keep(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		const char *same; /* all of it said at once */
	} rows[] = {
		{ "create table p (a int, b int, constraint k check (a > 0));"
		  "create table c () inherits (p); alter table only p drop b, drop constraint k;",
		    "create table p (a int); create table c (b int, constraint k check (a > 0))"
		    " inherits (p)" },
		{ "create table p (a int); create table c (b int, constraint k check (b > 0))"
		  " inherits (p); alter table p add b int, add constraint k check (b > 0);"
		  "alter table p drop constraint k, drop b",
		    "create table p (a int); create table c (b int, constraint k check (b > 0))"
		    " inherits (p)" },
		{ "create table p (a int); create table q (a int);"
		  "create table c () inherits (p, q); alter table c no inherit p;"
		  "alter table q drop a",
		    "create table p (a int); create table q (); create table c () inherits (q)" },
		{ "create table t (a int constraint k primary key); create table f (a int"
		  " references t); alter table t drop constraint k cascade",
		    "create table t (a int not null); create table f (a int)" },
		{ "create table t (a int unique, b int); create unique index i on t (b, a);"
		  "create table f (a int, b int, foreign key (a, b) references t (a, b),"
		  " foreign key (a) references t (a)); drop index i cascade",
		    "create table t (a int unique, b int);"
		    "create table f (a int, b int, foreign key (a) references t (a))" },
		{ "create table p (a int not null) partition by range (a);"
		  "create table c partition of p for values from (0) to (10);"
		  "alter table only p add constraint k unique (a);"
		  "alter table only c add constraint own unique (a);"
		  "alter table only c add constraint ck unique (a);"
		  "alter index k attach partition ck; alter table p drop constraint k;"
		  "alter table p detach partition c",
		    "create table p (a int not null) partition by range (a);"
		    "create table c (a int not null, constraint own unique (a))" },
		{ "create type e as enum ('x'); create function f() returns e language sql"
		  " return 'x'::e; create function g(int) returns int language sql immutable"
		  " return 1; create table t (a e default f(), b int,"
		  " c int generated always as (g(b)) stored); create table h () inherits (t);"
		  "drop function f() cascade; drop function g(int) cascade; drop type e cascade",
		    "create table t (b int); create table h () inherits (t)" },
		{ "create sequence s; create table t (a int); alter sequence s owned by t.a;"
		  "create table u (a int default nextval('s')); drop table t cascade",
		    "create table u (a int)" },
		{ "create table t (a text); create table h () inherits (t);"
		  "alter table t alter a set compression pglz",
		    "create table t (a text); create table h () inherits (t);"
		    "alter table only t alter a set compression pglz" },
	};
	for (size_t i = 0; i < TEST_COUNT(rows); i++)
		(void)count_changes(rows[i].text, rows[i].same, true);
}

/* Migration files: what one has passed down to heirs, the next passes down again. */
static void
test_heirs_of_files(void **state)
{
	(void)state;
	static const char *const files[] = {
		"create table t (a int); create table c () inherits (t); alter table t alter a set "
		"default 1",
		"alter table t alter a set default 2",
	};
	struct mig_db *db = mig_db_new(MIG_DB_POSTGRESQL);
	assert_non_null(db);
	for (size_t i = 0; i < TEST_COUNT(files); i++) {
		struct mig_findings findings = { 0 };
		int error = ddl_apply(db, files[i], strlen(files[i]), "a.sql", &findings);
		assert_int_equal(error, MIG_OK);
		mig_findings_fini(&findings);
	}
	const struct mig_db_object *child = mig_db_find(db, MIG_DB_TABLE, "public", "c");
	assert_string_equal(mig_db_as_table(child)->columns[0]->default_expr, "2");
	mig_db_free(db);
}

/* Rich schemas, by hand and as pg_dump gives them back. */
static void
test_dump(void **state)
{
	(void)state;
	static const char *const files[][2] = {
		{ "tests/data/check/rich.sql", "tests/data/check/rich_dump.sql" },
		{ "tests/data/check/blog.sql", "tests/data/check/blog_dump.sql" },
	};
	for (size_t i = 0; i < TEST_COUNT(files); i++) {
		char *hand = test_read_source(files[i][0], NULL);
		char *dump = test_read_source(files[i][1], NULL);
		(void)count_changes(hand, dump, true);
		free(hand);
		free(dump);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_same_meaning),
		cmocka_unit_test(test_other_meaning),
		cmocka_unit_test(test_alter),
		cmocka_unit_test(test_said_twice),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_written),
		cmocka_unit_test(test_facts),
		cmocka_unit_test(test_faults),
		cmocka_unit_test(test_not_understood),
		cmocka_unit_test(test_hostile),
		cmocka_unit_test(test_heirs),
		cmocka_unit_test(test_far),
		cmocka_unit_test(test_two_parents),
		cmocka_unit_test(test_heirs_keep),
		cmocka_unit_test(test_heirs_of_files),
		cmocka_unit_test(test_dump),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
