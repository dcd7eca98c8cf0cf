/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "schema/script_quote.h"
#include "schema/snapshot.h"
#include "support/script_fixture.h"
#include "support/test_support.h"

static struct mig_db *
read_snapshot(const char *text, enum mig_db_dialect dialect)
{
	struct mig_findings findings = { .items = NULL };
	struct mig_db *db = NULL;
	int error = mig_snapshot_read(text, strlen(text), "t.json", dialect, &db, &findings);
	if (error != MIG_OK)
		fail_msg("%s", test_findings(&findings));
	mig_findings_fini(&findings);
	return db;
}

/* A fact, and what the one script that is looked at must be like. */
struct row {
	const char *before;
	const char *after;
	const char *slug;
	enum mig_script_phase phase;
	bool transactional;
	enum mig_lock lock;
	const char *up;
	const char *down; /* NULL: not looked at */
};

#define T "CREATE TABLE t (id integer NOT NULL, a text, b character varying(10));\n"

#define F                                                                \
	"CREATE FUNCTION f() RETURNS integer LANGUAGE sql BEGIN ATOMIC " \
	"SELECT 1; END; REVOKE ALL ON FUNCTION f() FROM PUBLIC;\n"

static const struct row rows[] = {
	{ "", T, "add_table_t", MIG_SCRIPT_EXPAND, true, MIG_LOCK_NONE, "CREATE TABLE public.t (",
	    "DROP TABLE public.t;\n" },
	{ T, "", "drop_table_t", MIG_SCRIPT_CONTRACT, true, MIG_LOCK_ACCESS_EXCLUSIVE,
	    "DROP TABLE public.t;\n", "CREATE TABLE public.t (" },
	{ T, T "ALTER TABLE t ADD c integer DEFAULT 5 NOT NULL;", "add_column_t_c",
	    MIG_SCRIPT_EXPAND, true, MIG_LOCK_ACCESS_EXCLUSIVE,
	    "ALTER TABLE public.t ADD COLUMN c integer DEFAULT 5 NOT NULL;\n",
	    "ALTER TABLE public.t DROP COLUMN c;\n" },
	{ "", "CREATE TABLE n (c boolean DEFAULT (1 IN (1, 2)));", "add_table_n", MIG_SCRIPT_EXPAND,
	    true, MIG_LOCK_NONE, "c boolean DEFAULT (1 IN (1, 2))\n", NULL },
	{ "CREATE TABLE m (a money);", "CREATE TABLE m (a integer);", "change_column_m_a",
	    MIG_SCRIPT_MIGRATE, true, MIG_LOCK_ACCESS_EXCLUSIVE, " USING a::numeric::integer;\n",
	    NULL },
	{ T "GRANT SELECT (a) ON t TO ann; ALTER TABLE t OWNER TO ann;",
	    T "ALTER TABLE t OWNER TO bob; GRANT SELECT (a) ON t TO ann;",
	    "change_owner_of_table_t", MIG_SCRIPT_CONTRACT, true, MIG_LOCK_ACCESS_EXCLUSIVE,
	    "REVOKE SELECT (a) ON TABLE public.t FROM ann;\n"
	    "ALTER TABLE public.t OWNER TO bob;\n"
	    "GRANT SELECT (a) ON TABLE public.t TO ann;\n",
	    NULL },
	{ T "CREATE INDEX i ON t (a); CREATE INDEX j ON t (b); ALTER TABLE t CLUSTER ON j;",
	    T "CREATE INDEX i ON t (a); CREATE INDEX j ON t (b); ALTER TABLE t CLUSTER ON i;",
	    "change_marks_of_index_t_i", MIG_SCRIPT_MIGRATE, true, MIG_LOCK_ACCESS_EXCLUSIVE,
	    "60s';\nALTER TABLE public.t CLUSTER ON i;\n", NULL },
	{ T, T "ALTER TABLE t ADD c double precision DEFAULT random();", "add_column_t_c",
	    MIG_SCRIPT_EXPAND, true, MIG_LOCK_ACCESS_EXCLUSIVE,
	    "ALTER TABLE public.t ADD COLUMN c double precision;\nALTER TABLE ONLY public.t ALTER "
	    "COLUMN c SET DEFAULT random();\n",
	    NULL },
	{ T, T "ALTER TABLE t ADD c integer NOT NULL;", "set_not_null_of_column_t_c",
	    MIG_SCRIPT_CONTRACT, true, MIG_LOCK_ACCESS_EXCLUSIVE,
	    "ALTER TABLE public.t ALTER COLUMN c SET NOT NULL;\n"
	    "ALTER TABLE public.t DROP CONSTRAINT t_c_migarch_not_null;\n",
	    "ALTER COLUMN c DROP NOT NULL;\n" },
	{ T, T "ALTER TABLE t DROP a;", "drop_column_t_a", MIG_SCRIPT_CONTRACT, true,
	    MIG_LOCK_ACCESS_EXCLUSIVE, "ALTER TABLE public.t DROP COLUMN a;\n",
	    "ALTER TABLE public.t ADD COLUMN a text;\n" },
	{ T, T "ALTER TABLE t ALTER b TYPE varchar(20);", "change_column_t_b", MIG_SCRIPT_MIGRATE,
	    true, MIG_LOCK_ACCESS_EXCLUSIVE,
	    "ALTER TABLE public.t ALTER COLUMN b TYPE character varying(20);\n",
	    "ALTER TABLE public.t ALTER COLUMN b TYPE character varying(10);\n" },
	{ T, T "ALTER TABLE t ALTER id DROP NOT NULL;", "allow_null_in_column_t_id",
	    MIG_SCRIPT_EXPAND, true, MIG_LOCK_ACCESS_EXCLUSIVE, "ALTER COLUMN id DROP NOT NULL;\n",
	    "ALTER COLUMN id SET NOT NULL;\n" },
	{ T, T "ALTER TABLE t ALTER a SET DEFAULT 'x';", "change_default_of_column_t_a",
	    MIG_SCRIPT_EXPAND, true, MIG_LOCK_ACCESS_EXCLUSIVE, "ALTER COLUMN a SET DEFAULT 'x'",
	    "ALTER COLUMN a DROP DEFAULT;\n" },
	{ T, T "ALTER TABLE t ADD CONSTRAINT k PRIMARY KEY (id);", "add_primary_key_t_k",
	    MIG_SCRIPT_CONTRACT, false, MIG_LOCK_ACCESS_EXCLUSIVE,
	    "CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS k ON public.t (id);\n"
	    "SET lock_timeout = '3s';\n"
	    "ALTER TABLE public.t ADD CONSTRAINT k PRIMARY KEY USING INDEX k;\n",
	    "SET lock_timeout = '3s';\nALTER TABLE public.t DROP CONSTRAINT k;\n" },
	{ T, T "ALTER TABLE t ADD CONSTRAINT c CHECK (id > 0);", "add_check_t_c",
	    MIG_SCRIPT_CONTRACT, true, MIG_LOCK_ACCESS_EXCLUSIVE, " NOT VALID;\n",
	    "ALTER TABLE public.t DROP CONSTRAINT c;\n" },
	{ T, T "ALTER TABLE t ADD CONSTRAINT c CHECK (id > 0);", "validate_check_t_c",
	    MIG_SCRIPT_CONTRACT, true, MIG_LOCK_SHARE_UPDATE_EXCLUSIVE,
	    "ALTER TABLE public.t VALIDATE CONSTRAINT c;\n", " NOT VALID;\n" },
	{ T, T "CREATE INDEX i ON t (a DESC);", "add_index_t_i", MIG_SCRIPT_EXPAND, false,
	    MIG_LOCK_SHARE_UPDATE_EXCLUSIVE,
	    "CREATE INDEX CONCURRENTLY IF NOT EXISTS i ON public.t USING btree (a DESC);\n",
	    "DROP INDEX CONCURRENTLY IF EXISTS public.i;\n" },
	{ T "CREATE INDEX i ON t (a);", T "CREATE INDEX i ON t (b);", "change_index_t_i",
	    MIG_SCRIPT_MIGRATE, false, MIG_LOCK_SHARE_UPDATE_EXCLUSIVE,
	    "DROP INDEX CONCURRENTLY IF EXISTS public.i;\nALTER INDEX IF EXISTS "
	    "public.i_migarch_new RENAME TO i;\n",
	    "USING btree (a);\n" },
	{ "CREATE TYPE e AS ENUM ('a', 'c');", "CREATE TYPE e AS ENUM ('a', 'b', 'c');",
	    "add_labels_to_enumeration_type_e", MIG_SCRIPT_EXPAND, true, MIG_LOCK_NONE,
	    "ALTER TYPE public.e ADD VALUE IF NOT EXISTS 'b' BEFORE 'c';\n",
	    "CREATE TYPE public.e AS ENUM ('a', 'c');\n" },
	{ "CREATE TYPE e AS ENUM ('a', 'c');\nCREATE TABLE u (x e);",
	    "CREATE TYPE e AS ENUM ('a');\nCREATE TABLE u (x e);", "change_enumeration_type_e",
	    MIG_SCRIPT_MIGRATE, true, MIG_LOCK_ACCESS_EXCLUSIVE,
	    "ALTER TABLE public.u ALTER COLUMN x TYPE public.e USING x::text::public.e;\nDROP TYPE "
	    "public.e__migarch_old;\n",
	    "CREATE TYPE public.e AS ENUM ('a', 'c');\n" },
	{ T "CREATE VIEW v AS SELECT a FROM t;", T "CREATE VIEW v AS SELECT a, id FROM t;",
	    "change_view_v", MIG_SCRIPT_MIGRATE, true, MIG_LOCK_ACCESS_EXCLUSIVE,
	    "DROP VIEW public.v;\nCREATE VIEW public.v", "DROP VIEW public.v;\n" },
	{ "CREATE SEQUENCE s;", "CREATE SEQUENCE s INCREMENT 5;", "change_sequence_s",
	    MIG_SCRIPT_MIGRATE, true, MIG_LOCK_SHARE_ROW_EXCLUSIVE, "INCREMENT BY 5 ",
	    "INCREMENT BY 1 " },
	{ T, T "COMMENT ON TABLE t IS 'it''s';", "change_comment_of_table_t", MIG_SCRIPT_EXPAND,
	    true, MIG_LOCK_SHARE_UPDATE_EXCLUSIVE, "COMMENT ON TABLE public.t IS 'it''s';\n",
	    "COMMENT ON TABLE public.t IS NULL;\n" },
	{ T, T "GRANT SELECT ON t TO bob;", "change_rights_on_table_t", MIG_SCRIPT_EXPAND, true,
	    MIG_LOCK_NONE, "GRANT SELECT ON TABLE public.t TO bob;\n",
	    "REVOKE SELECT ON TABLE public.t FROM bob;\n" },
	{ "", F, "add_function_f", MIG_SCRIPT_EXPAND, true, MIG_LOCK_NONE,
	    "END;\nREVOKE EXECUTE ON FUNCTION public.f() FROM PUBLIC;\n", NULL },
	{ F "GRANT EXECUTE ON FUNCTION f() TO PUBLIC;", F, "change_rights_on_function_f",
	    MIG_SCRIPT_CONTRACT, true, MIG_LOCK_NONE,
	    "REVOKE EXECUTE ON FUNCTION public.f() FROM PUBLIC;\n",
	    "GRANT EXECUTE ON FUNCTION public.f() TO PUBLIC;\n" },
	{ T "CREATE STATISTICS s ON id, a FROM t;",
	    T "CREATE STATISTICS s ON id, a FROM t; ALTER STATISTICS s SET STATISTICS 9;",
	    "change_target_of_statistics_s", MIG_SCRIPT_MIGRATE, true, MIG_LOCK_NONE,
	    "ALTER STATISTICS public.s SET STATISTICS 9;\n",
	    "ALTER STATISTICS public.s SET STATISTICS -1;\n" },
	{ T, T "ALTER TABLE t ADD c integer DEFAULT 5 CONSTRAINT u UNIQUE;",
	    "add_unique_constraint_t_u", MIG_SCRIPT_CONTRACT, false, MIG_LOCK_ACCESS_EXCLUSIVE,
	    "ADD CONSTRAINT u UNIQUE USING INDEX u;\n", NULL },
	{ T, T "ALTER TABLE t ADD c integer CONSTRAINT u UNIQUE;", "add_unique_constraint_t_u",
	    MIG_SCRIPT_EXPAND, false, MIG_LOCK_ACCESS_EXCLUSIVE,
	    "ADD CONSTRAINT u UNIQUE USING INDEX u;\n", NULL },
	{ "CREATE DOMAIN d AS int DEFAULT -1 CHECK (VALUE > 0); CREATE TABLE u (a int, b d);",
	    "CREATE TABLE u (a int);", "drop_column_u_b", MIG_SCRIPT_CONTRACT, true,
	    MIG_LOCK_ACCESS_EXCLUSIVE, "ALTER TABLE public.u DROP COLUMN b;\n",
	    "ALTER TABLE public.u ADD COLUMN b public.d DEFAULT NULL;\n"
	    "ALTER TABLE public.u ALTER COLUMN b DROP DEFAULT;\n" },
	{ "", "CREATE TABLE \"Odd \"\"x\" (\"select\" integer, \"\xc3\xa4\" text);",
	    "add_table_odd_x", MIG_SCRIPT_EXPAND, true, MIG_LOCK_NONE,
	    "CREATE TABLE public.\"Odd \"\"x\" (\n\t\"select\" integer,\n\t\"\xc3\xa4\" text\n)",
	    "DROP TABLE public.\"Odd \"\"x\";\n" },
};

static void
test_each_fact_has_its_script(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct scripts scripts = scripts_of(rows[i].before, rows[i].after);
		const struct mig_check_script *script =
		    &scripts.list[place_of(&scripts, rows[i].slug)];
		must_have(script->up, rows[i].up);
		must_have(script->down, rows[i].down);
		assert_string_equal(
		    mig_script_phase_name(script->phase), mig_script_phase_name(rows[i].phase));
		assert_int_equal(script->transactional, rows[i].transactional);
		assert_string_equal(mig_lock_name(script->lock), mig_lock_name(rows[i].lock));
		assert_true(strlen(script->description) > 5);
		must_have(script->up, script->transactional ? "SET LOCAL lock_timeout = "
		                                            : "SET lock_timeout = 0;\n");
		scripts_free(&scripts);
	}
}

/* Pairs in which one script must come before another. */
#define CHILD "CREATE TABLE p (a int); CREATE TABLE c (b int)"
#define PARTED                                                                             \
	"CREATE TABLE o (id int PRIMARY KEY); CREATE TABLE p (a int) PARTITION BY LIST (a);"

#define SELF(key)                                                                       \
	"CREATE TABLE p (a int UNIQUE, b int, CONSTRAINT " key " FOREIGN KEY (b)" \
	" REFERENCES p (a)) PARTITION BY LIST (a);"

static const struct {
	const char *before;
	const char *after;
	const char *first;
	const char *second;
} orders[] = {
	{ "", "CREATE TABLE a (id int PRIMARY KEY, b int);"
	      "CREATE TABLE b (id int PRIMARY KEY, a int);"
	      "ALTER TABLE a ADD CONSTRAINT ab FOREIGN KEY (b) REFERENCES b (id);"
	      "ALTER TABLE b ADD CONSTRAINT ba FOREIGN KEY (a) REFERENCES a (id);",
	    "add_table_b", "add_foreign_key_a_ab" },
	{ "CREATE TABLE a (id int PRIMARY KEY); CREATE TABLE b (a int);"
	  "ALTER TABLE b ADD CONSTRAINT ba FOREIGN KEY (a) REFERENCES a (id);",
	    "CREATE TABLE b (a int);", "drop_foreign_key_b_ba", "drop_table_a" },
	{ T "CREATE VIEW v AS SELECT a FROM t;", "", "drop_view_v", "drop_table_t" },
	{ "", "CREATE TYPE e AS ENUM ('a'); CREATE TABLE z (x e);", "add_enumeration_type_e",
	    "add_table_z" },
	{ T "CREATE INDEX n ON t (a);", T "CREATE TABLE n (x int);", "drop_index_t_n",
	    "add_table_n" },
	{ T, T "ALTER TABLE t ADD c int; CREATE INDEX i ON t (c);", "add_column_t_c",
	    "add_index_t_i" },
	{ T, T "CREATE VIEW v AS SELECT a FROM t; CREATE VIEW u AS SELECT a FROM v;", "add_view_v",
	    "add_view_u" },
	{ T,
	    T "ALTER TABLE t ALTER a SET NOT NULL;"
	      "ALTER TABLE t ADD CONSTRAINT k PRIMARY KEY (a);",
	    "set_not_null_of_column_t_a", "add_primary_key_t_k" },
	{ CHILD "INHERITS (p);", CHILD "; ALTER TABLE c ADD a bigint;",
	    "change_parents_of_table_c", "change_column_c_a" },
	{ CHILD "; ALTER TABLE c ADD a bigint;", CHILD "INHERITS (p);", "change_column_c_a",
	    "change_parents_of_table_c" },
	{ CHILD "INHERITS (p);", CHILD ";", "change_parents_of_table_c", "drop_column_c_a" },
	{ CHILD ";", CHILD "INHERITS (p);", "add_column_c_a", "change_parents_of_table_c" },
	{ PARTED "CREATE TABLE c PARTITION OF p FOR VALUES IN (1);",
	    PARTED "CREATE TABLE c (a int); ALTER TABLE p ADD CONSTRAINT k FOREIGN KEY (a)"
		   " REFERENCES o (id);",
	    "change_parent_of_table_c", "add_foreign_key_p_k" },
	{ PARTED "CREATE TABLE c PARTITION OF p FOR VALUES IN (1);",
	    PARTED "CREATE TABLE c (a int, b int);", "change_parent_of_table_c",
	    "add_column_c_b" },
	{ PARTED "ALTER TABLE p ADD CONSTRAINT k CHECK (a > 0);"
		 "CREATE TABLE c PARTITION OF p FOR VALUES IN (1);"
		 "CREATE TABLE d PARTITION OF p FOR VALUES IN (2);",
	    PARTED "ALTER TABLE p ADD CONSTRAINT l CHECK (a > 0); CREATE TABLE c (a int);",
	    "change_parent_of_table_c", "rename_check_p_k" },
	{ T, T "ALTER TABLE t ADD c int; GRANT SELECT (c) ON t TO bob;", "add_column_t_c",
	    "change_rights_on_table_t" },
	{ T "GRANT SELECT (b) ON t TO bob;", T "ALTER TABLE t DROP b;",
	    "change_rights_on_table_t", "drop_column_t_b" },
	{ "CREATE TABLE s (a int); CREATE TABLE u (a int);",
	    "CREATE TABLE s (a serial); CREATE TABLE u (a int DEFAULT nextval('s_a_seq'));",
	    "change_default_of_column_s_a", "change_default_of_column_u_a" },
	{ "CREATE TABLE s (a int); CREATE TABLE u (a int);",
	    "CREATE TABLE s (a serial); CREATE TABLE u (a int DEFAULT nextval('s_a_seq'));",
	    "change_default_of_column_s_a", "set_not_null_of_column_s_a" },
	{ "CREATE TABLE s (a serial); CREATE TABLE u (a int DEFAULT nextval('s_a_seq'));",
	    "CREATE TABLE u (a int);", "change_default_of_column_u_a", "drop_table_s" },
	{ T "CREATE TABLE u (id int); CREATE RULE r AS ON DELETE TO t DO ALSO DELETE FROM u;"
	    "CREATE RULE r AS ON DELETE TO u DO ALSO DELETE FROM t;",
	    "", "drop_rule_u_r", "drop_table_t" },
	{ "CREATE TABLE t (a int); CREATE TABLE c () INHERITS (t);"
	  "CREATE RULE r AS ON DELETE TO t DO ALSO SELECT count(*) FROM c;",
	    "CREATE VIEW t AS SELECT 1 AS a;", "drop_rule_t_r", "drop_table_c" },
	{ "CREATE TYPE e AS ENUM ('a', 'b'); CREATE DOMAIN d AS e; CREATE TABLE t (a int, x d"
	  " CONSTRAINT k CHECK (x IS NOT NULL));",
	    "CREATE DOMAIN e AS text; CREATE TABLE t (a int);", "drop_column_t_x",
	    "change_enumeration_type_e" },
	{ "CREATE DOMAIN d AS int; CREATE TABLE t (a d);", "CREATE DOMAIN d AS int NOT NULL;",
	    "drop_table_t", "change_not_null_of_domain_d" },
	{ "CREATE DOMAIN d AS int; CREATE TABLE t (a d);",
	    "CREATE DOMAIN d AS int CONSTRAINT k CHECK (VALUE > 0);", "drop_table_t",
	    "add_check_d_k" },
	{ "CREATE TYPE c AS (x int); CREATE TABLE t (a int, b c);",
	    "CREATE TYPE c AS (x text); CREATE TABLE t (a int);", "drop_column_t_b",
	    "change_attributes_of_composite_type_c" },
	{ "CREATE TABLE p (a int); CREATE TABLE c (CHECK (a > 0)) INHERITS (p);",
	    "CREATE TABLE p (a bigint); CREATE VIEW c AS SELECT a FROM p;", "change_column_p_a",
	    "change_table_c" },
	{ SELF("k") "CREATE TABLE c PARTITION OF p FOR VALUES IN (1);",
	    SELF("p_b_fkey") "CREATE TABLE c PARTITION OF p FOR VALUES IN (1, 2);",
	    "rename_foreign_key_p_k", "change_parent_of_table_c" },
	{ SELF("k") "CREATE TABLE c PARTITION OF p FOR VALUES IN (1);", "", "drop_foreign_key_p_k",
	    "drop_table_c" },
	{ "CREATE TABLE t (a int);",
	    "CREATE TABLE t (a int, b uuid DEFAULT gen_random_uuid());", "add_column_t_b",
	    "fill_column_t_b" },
};

static void
test_scripts_come_in_an_order_that_works(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(orders) / sizeof(orders[0]); i++) {
		struct scripts scripts = scripts_of(orders[i].before, orders[i].after);
		size_t first = place_of(&scripts, orders[i].first);
		size_t second = place_of(&scripts, orders[i].second);
		if (first >= second)
			fail_msg("%s comes after %s", orders[i].first, orders[i].second);
		for (size_t k = 1; k < scripts.count; k++)
			assert_true(scripts.list[k - 1].phase <= scripts.list[k].phase);
		scripts_free(&scripts);
	}
}

static void
test_what_stands_on_a_column_is_made_again(void **state)
{
	(void)state;
	const char *parts = "CREATE VIEW v AS SELECT b FROM t; CREATE VIEW w AS SELECT b FROM v;"
			    "GRANT SELECT ON v TO bob; COMMENT ON VIEW w IS 'w';";
	char before[512];
	char after[512];
	(void)snprintf(before, sizeof(before), "%s%s", T, parts);
	(void)snprintf(after, sizeof(after), "%sALTER TABLE t ALTER b TYPE text;%s", T, parts);
	struct scripts scripts = scripts_of(before, after);
	const struct mig_check_script *script =
	    &scripts.list[place_of(&scripts, "change_column_t_b")];
	const char *up = script->up;
	const char *steps[] = { "DROP VIEW public.w;\n", "DROP VIEW public.v;\n",
		"ALTER TABLE public.t ALTER COLUMN b TYPE text;\n", "CREATE VIEW public.v",
		"GRANT SELECT ON TABLE public.v TO bob;\n", "CREATE VIEW public.w",
		"COMMENT ON VIEW public.w IS 'w';\n" };
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		must_have(up, steps[i]);
		up = strstr(up, steps[i]) + 1;
	}
	scripts_free(&scripts);
}

/* What cannot be undone must say so, and what an undo loses as well. */
static void
test_losses_are_declared(void **state)
{
	(void)state;
	struct scripts scripts = scripts_of(
	    "CREATE TABLE p (id int PRIMARY KEY, k int NOT NULL UNIQUE, note text NOT NULL);"
	    "CREATE TABLE c (p int REFERENCES p (k));",
	    "CREATE TABLE p (id int PRIMARY KEY); CREATE TABLE c (p int);");
	const struct mig_check_script *key = &scripts.list[place_of(&scripts, "drop_column_p_k")];
	assert_null(key->down);
	must_have(key->irreversible, "backup");
	const struct mig_check_script *note =
	    &scripts.list[place_of(&scripts, "drop_column_p_note")];
	assert_null(note->irreversible);
	must_have(note->lossy, "without its values");
	must_have(note->down, "ALTER TABLE public.p ALTER COLUMN note SET NOT NULL;\n");
	for (size_t i = 0; i < scripts.count; i++)
		assert_true((scripts.list[i].down == NULL) ==
		    (scripts.list[i].irreversible != NULL));
	scripts_free(&scripts);
	scripts = scripts_of("CREATE TABLE g (a int, b text);",
	    "CREATE TABLE g (a int, b bigint GENERATED ALWAYS AS (a * 2) STORED);");
	must_have(scripts.list[0].lossy, "replaced by those of its expression");
	assert_null(scripts.list[0].precheck);
	scripts_free(&scripts);
}

/* The server alters what children have from a parent with the parent, and refuses it alone. */
static void
test_children_go_with_their_parents(void **state)
{
	(void)state;
#define PARTS                                                                    \
	"CREATE TABLE o (id int PRIMARY KEY); CREATE TABLE p (a int, k int REFERENCES o)" \
	" PARTITION BY LIST (k); CREATE INDEX i ON p ((a + 1));"                   \
	"CREATE TABLE c PARTITION OF p FOR VALUES IN (1);"
	struct scripts scripts =
	    scripts_of(PARTS, PARTS "ALTER TABLE p ALTER a TYPE text USING a::text;");
	const struct mig_check_script *script =
	    &scripts.list[place_of(&scripts, "change_column_p_a")];
	must_have(script->up, "ALTER TABLE public.p ALTER COLUMN a TYPE text");
	must_have(script->up, "DROP INDEX public.i;\n");
	assert_null(strstr(script->up, "ALTER TABLE public.c ALTER COLUMN a TYPE"));
	assert_null(strstr(script->up, "DROP INDEX public.c"));
	assert_null(strstr(script->down, "ALTER TABLE public.c ALTER COLUMN a TYPE"));
	scripts_free(&scripts);
	static const struct mig_db_rename rename = { "p.a", "z" };
	scripts = scripts_between(
	    read_ddl("CREATE TABLE p (a int); CREATE TABLE c () INHERITS (p);"),
	    read_ddl("CREATE TABLE p (z text DEFAULT 'x'); CREATE TABLE c () INHERITS (p);"),
	    &rename, 1);
	must_have(scripts.list[place_of(&scripts, "change_column_p_a")].up,
	    "ALTER TABLE ONLY public.c ALTER COLUMN z SET DEFAULT 'x'");
	scripts_free(&scripts);
}

/* A partition has, while it is attached, the columns and checks that its parent has just then. */
static void
test_partitions_are_made_for_the_moment(void **state)
{
	(void)state;
#define P(more, check)                                                        \
	"CREATE TABLE p (k int" more ", CONSTRAINT c CHECK (k > " check "))" \
	" PARTITION BY LIST (k);"
#define PART "CREATE TABLE q PARTITION OF p FOR VALUES IN (1);"
	struct scripts scripts =
	    scripts_of(P(", old text NOT NULL", "1"), P(", new text", "2") PART);
	size_t made = place_of(&scripts, "add_table_q");
	must_have(scripts.list[made].up, "old text NOT NULL");
	must_have(scripts.list[made].up, "CHECK (k > 1)");
	assert_null(strstr(scripts.list[made].up, "CHECK (k > 2)"));
	assert_true(made < place_of(&scripts, "drop_column_p_old"));
	assert_true(made < place_of(&scripts, "change_check_p_c"));
	scripts_free(&scripts);
	scripts = scripts_of(P(", old text", "1") PART, P(", new text", "2"));
	size_t gone = place_of(&scripts, "drop_table_q");
	must_have(scripts.list[gone].down, "new text");
	must_have(scripts.list[gone].down, "CHECK (k > 2)");
	assert_true(gone > place_of(&scripts, "add_column_p_new"));
	assert_true(gone > place_of(&scripts, "change_check_p_c"));
	scripts_free(&scripts);
	scripts = scripts_of("CREATE TABLE p (a text COMPRESSION pglz);"
			     "CREATE TABLE q () INHERITS (p);",
	    "CREATE TABLE p (a text);");
	must_have(scripts.list[place_of(&scripts, "drop_table_q")].down,
	    "ALTER TABLE ONLY public.q ALTER COLUMN a SET COMPRESSION pglz;\n");
	scripts_free(&scripts);
}

/* Rights are those of the column, whatever it is called. */
static void
test_rights_follow_renamed_columns(void **state)
{
	(void)state;
	const struct mig_db_rename renames[] = { { "t.b", "c" } };
	struct scripts scripts = scripts_between(read_ddl(T "GRANT SELECT (b) ON t TO ann;"),
	    read_ddl("CREATE TABLE t (id integer NOT NULL, a text, c character varying(10));"
		     "GRANT SELECT (c) ON t TO ann;"),
	    renames, 1);
	assert_int_equal(scripts.count, 1);
	must_have(scripts.list[0].up, "ALTER TABLE public.t RENAME COLUMN b TO c;\n");
	scripts_free(&scripts);
	scripts = scripts_between(read_ddl(T "GRANT SELECT (b) ON t TO ann;"),
	    read_ddl("CREATE TABLE t (id integer NOT NULL, a text, c character varying(10));"),
	    renames, 1);
	must_have(scripts.list[1].up, "REVOKE SELECT (c) ON TABLE public.t FROM ann;\n");
	must_have(scripts.list[1].down, "GRANT SELECT (c) ON TABLE public.t TO ann;\n");
	scripts_free(&scripts);
}

/* A query within a view keeps the names of its columns: they have to be the old ones. */
static void
test_inner_queries_keep_old_names(void **state)
{
	(void)state;
	static const char *const steps[] = { "ALTER TABLE public.t RENAME COLUMN c TO b;\n",
		"WITH s AS (SELECT b FROM public.t) SELECT s.b",
		"ALTER TABLE public.t RENAME COLUMN b TO c;\n" };
	const struct mig_db_rename renames[] = { { "t.b", "c" } };
	struct scripts scripts = scripts_between(
	    read_ddl(T "CREATE VIEW v AS WITH s AS (SELECT b FROM t) SELECT s.b AS x FROM s;"),
	    read_ddl("CREATE TABLE t (id integer NOT NULL, a text, c character varying(10));"
		     "CREATE VIEW v AS WITH s AS (SELECT c FROM t) SELECT 1 AS y FROM s;"),
	    renames, 1);
	const char *down = scripts.list[place_of(&scripts, "change_view_v")].down;
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		must_have(down, steps[i]);
		down = strstr(down, steps[i]) + 1;
	}
	scripts_free(&scripts);
}

/* For that they are written again once the column has its new name, but only for that. */
static void
test_inner_queries_get_new_names(void **state)
{
	(void)state;
#define WITHIN(column)                                                                 \
	"CREATE TABLE t (id int, " column " text);"                                    \
	"CREATE VIEW u AS SELECT s." column " AS x FROM (SELECT " column " FROM t) s;" \
	"CREATE VIEW v AS SELECT j.id FROM (t JOIN t k USING (" column ")) j;"         \
	"CREATE VIEW w AS SELECT id FROM t WHERE id IN (SELECT max(id) FROM t k"       \
	" WHERE k." column " <> t." column ") ORDER BY " column ";"
	const struct mig_db_rename renames[] = { { "t.b", "c" } };
	struct scripts scripts =
	    scripts_between(read_ddl(WITHIN("b")), read_ddl(WITHIN("c")), renames, 1);
	size_t renamed = place_of(&scripts, "rename_column_t_b");
	assert_true(renamed < place_of(&scripts, "change_view_u"));
	assert_true(renamed < place_of(&scripts, "change_view_v"));
	assert_int_equal(scripts.count, 3);
	scripts_free(&scripts);
}

/* Its identity has the type of the table in it. */
static void
test_routines_follow_renamed_types(void **state)
{
	(void)state;
	const struct mig_db_rename renames[] = { { "t", "user" } };
	struct scripts scripts =
	    scripts_between(
	        read_ddl(T "CREATE FUNCTION f(r t) RETURNS int LANGUAGE sql AS 'SELECT 1';"),
	        read_ddl("CREATE TABLE \"user\" (id integer NOT NULL, a text,"
	                 " b character varying(10));"
	                 "CREATE FUNCTION f(r \"user\") RETURNS int LANGUAGE sql AS 'SELECT 2';"),
	        renames, 1);
	const struct mig_check_script *script =
	    &scripts.list[place_of(&scripts, "change_function_f")];
	must_have(script->up, "f(r public.\"user\")");
	must_have(script->down, "f(r public.\"user\")");
	for (size_t i = 0; i < scripts.count; i++)
		assert_null(strstr(scripts.list[i].up, "DROP FUNCTION public.f(public.t)"));
	scripts_free(&scripts);
}

static void
test_renames_go_before_all_else(void **state)
{
	(void)state;
	const struct mig_db_rename renames[] = { { "t", "u" } };
	struct scripts scripts = scripts_between(read_ddl(T),
	    read_ddl("CREATE TABLE u (id integer NOT NULL, a text, b character varying(10),"
		     " c int);"),
	    renames, 1);
	size_t rename = place_of(&scripts, "rename_table_t");
	assert_true(rename < place_of(&scripts, "add_column_u_c"));
	must_have(scripts.list[rename].up,
	    "ALTER TABLE public.t RENAME TO u;\n"
	    "CREATE VIEW public.t AS SELECT id, a, b FROM public.u;\n");
	must_have(scripts.list[rename].down, "ALTER TABLE public.u RENAME TO t;\n");
	scripts_free(&scripts);
}

static void
test_a_new_column_waits_for_its_name(void **state)
{
	(void)state;
	const struct mig_db_rename renames[] = { { "t.b", "c" } };
	struct scripts scripts = scripts_between(read_ddl(T),
	    read_ddl("CREATE TABLE t (id integer NOT NULL, a text, c character varying(10),"
		     " b int);"),
	    renames, 1);
	assert_true(place_of(&scripts, "rename_column_t_b") < place_of(&scripts, "add_column_t_b"));
	scripts_free(&scripts);
}

static void
test_rights_of_remade_columns_are_given_again(void **state)
{
	(void)state;
#define G "CREATE TABLE t (a int, b int "
	struct scripts scripts =
	    scripts_of(G "GENERATED ALWAYS AS (a + 1) STORED); GRANT SELECT (b) ON t TO bob;",
	        G "); GRANT SELECT (b) ON t TO bob;");
	const struct mig_check_script *script =
	    &scripts.list[place_of(&scripts, "change_column_t_b")];
	must_have(script->up, "ALTER TABLE public.t ALTER COLUMN b DROP EXPRESSION;\n");
	must_have(script->down, "STORED;\nGRANT SELECT (b) ON TABLE public.t TO bob;\n");
	scripts_free(&scripts);
}

/* The server drops, makes and changes generated columns of children with those of the parent. */
static void
test_generated_columns_of_children_go_with_the_parents(void **state)
{
	(void)state;
#define H(how) "CREATE TABLE p (a int, b int" how "); CREATE TABLE c () INHERITS (p);"
	struct scripts scripts =
	    scripts_of(H(" DEFAULT 1"), H(" GENERATED ALWAYS AS (a + 1) STORED"));
	assert_int_equal(scripts.count, 1);
	must_have(scripts.list[0].up, "ALTER TABLE public.p DROP COLUMN b;\n");
	assert_null(strstr(scripts.list[0].up, "public.c"));
	scripts_free(&scripts);
	scripts = scripts_of(H(" GENERATED ALWAYS AS (a + 1) STORED"), H(" DEFAULT 1"));
	assert_int_equal(scripts.count, 1);
	must_have(scripts.list[0].up, "ALTER TABLE ONLY public.c ALTER COLUMN b SET DEFAULT 1;\n");
	scripts_free(&scripts);
}

/* A view in place of a table: the undo makes the keys that led to others too. */
static void
test_keys_of_replaced_tables_come_back(void **state)
{
	(void)state;
#define O "CREATE TABLE o (id int PRIMARY KEY);"
	struct scripts scripts = scripts_of(O "CREATE TABLE t (a int REFERENCES o);",
	    O "CREATE VIEW t AS SELECT 1 AS b;");
	must_have(scripts.list[place_of(&scripts, "change_table_t")].down,
	    "FOREIGN KEY (a) REFERENCES public.o (id);\n");
	scripts_free(&scripts);
}

/* What is made anew has its new name before. */
static void
test_remade_tables_are_renamed_first(void **state)
{
	(void)state;
	const struct mig_db_rename renames[] = { { "t", "u" } };
	struct scripts scripts = scripts_between(read_ddl(T),
	    read_ddl("CREATE TABLE u (id integer NOT NULL, a text, b character varying(10))"
		     " PARTITION BY HASH (id);"),
	    renames, 1);
	size_t remade = place_of(&scripts, "change_table_t");
	assert_true(place_of(&scripts, "rename_table_t") < remade);
	must_have(scripts.list[remade].up, "DROP TABLE public.u;\n");
	scripts_free(&scripts);
}

/* The server would keep what is computed in extended statistics, with a cast to the old type. */
static void
test_statistics_are_made_again(void **state)
{
	(void)state;
#define MEASURED(type) \
	"CREATE TABLE t (a " type ", b int); CREATE STATISTICS s ON b, (a % 10) FROM t;"
	struct scripts scripts = scripts_of(MEASURED("bigint"), MEASURED("int"));
	const struct mig_check_script *script =
	    &scripts.list[place_of(&scripts, "change_column_t_a")];
	must_have(script->up, "DROP STATISTICS public.s;\n");
	must_have(script->up, "CREATE STATISTICS public.s");
	scripts_free(&scripts);
}

/* A part leaves before the whole gets more, whatever of its own leaves with it. */
static void
test_parts_leave_before_the_whole_gets_more(void **state)
{
	(void)state;
#define LEFT(constraints, part)                                                           \
	"CREATE TABLE o (id int PRIMARY KEY); CREATE TABLE t (a int, UNIQUE (a)" constraints \
	") PARTITION BY LIST (a); CREATE TABLE c " part ";"
	struct scripts scripts = scripts_of(
	    LEFT(", CHECK (a > 0), FOREIGN KEY (a) REFERENCES t (a)", "PARTITION OF t DEFAULT"),
	    LEFT(", CONSTRAINT k FOREIGN KEY (a) REFERENCES o", "(a int)"));
	size_t leaves = place_of(&scripts, "change_parent_of_table_c");
	assert_true(leaves < place_of(&scripts, "add_foreign_key_t_k"));
	assert_true(leaves < place_of(&scripts, "drop_check_t_t_a_check"));
	scripts_free(&scripts);
}

/* Between the first and the last step a partition would have to have the check as well. */
static void
test_partitions_keep_out_of_the_way_of_not_null(void **state)
{
	(void)state;
#define N(flag, part)                                                   \
	"CREATE TABLE t (a int, b int" flag ") PARTITION BY LIST (a);" \
	"CREATE TABLE " part " PARTITION OF t DEFAULT;"
	struct scripts scripts = scripts_of(N("", "c"), N(" NOT NULL", "d"));
	assert_true(place_of(&scripts, "drop_table_c") <
	    place_of(&scripts, "add_a_check_for_not_null_of_column_t_b"));
	assert_true(place_of(&scripts, "add_table_d") >
	    place_of(&scripts, "set_not_null_of_column_t_b"));
	scripts_free(&scripts);
	scripts = scripts_of(N(" NOT NULL", "c"), N("", "d"));
	assert_true(place_of(&scripts, "add_table_d") >
	    place_of(&scripts, "allow_null_in_column_t_b"));
	scripts_free(&scripts);
	scripts = scripts_of("CREATE TABLE p (b int); CREATE TABLE h () INHERITS (p);",
	    "CREATE TABLE p (b int NOT NULL);");
	assert_true(place_of(&scripts, "drop_table_h") <
	    place_of(&scripts, "add_a_check_for_not_null_of_column_p_b"));
	scripts_free(&scripts);
}

/* No logged table refers to an unlogged one, neither on the way nor on the way back. */
static void
test_keys_go_with_logging(void **state)
{
	(void)state;
#define L(way, key) "CREATE " way " TABLE t (a int PRIMARY KEY); CREATE " way \
	" TABLE r (a int" key ", b int REFERENCES t); CREATE TABLE o (a int, b int" key ");"
	struct scripts scripts = scripts_of(L("", " REFERENCES t"), L("UNLOGGED", ""));
	size_t whole = place_of(&scripts, "change_persistence_of_table_t");
	assert_true(place_of(&scripts, "change_persistence_of_table_r") < whole);
	assert_true(place_of(&scripts, "drop_foreign_key_o_o_b_fkey") < whole);
	scripts_free(&scripts);
	scripts = scripts_of(L("UNLOGGED", ""), L("", " REFERENCES t"));
	whole = place_of(&scripts, "change_persistence_of_table_t");
	assert_true(place_of(&scripts, "change_persistence_of_table_r") > whole);
	assert_true(place_of(&scripts, "add_foreign_key_o_o_b_fkey") > whole);
	scripts_free(&scripts);
}

/* A TOAST table, and with it what its options are kept in, comes with the first long column. */
static void
test_toast_options_stay_with_long_columns(void **state)
{
	(void)state;
	static const char with_none[] =
	    "CREATE TABLE p (a char(3), b int); CREATE TABLE c () INHERITS (p);";
	static const char with_some[] =
	    "CREATE TABLE p (a text, b int);"
	    "CREATE TABLE c () INHERITS (p) WITH (toast.autovacuum_enabled=false);";
	struct scripts scripts = scripts_of(with_none, with_some);
	assert_true(place_of(&scripts, "change_column_p_a") <
	    place_of(&scripts, "change_options_of_table_c"));
	scripts_free(&scripts);
	scripts = scripts_of(with_some, with_none);
	assert_true(place_of(&scripts, "change_options_of_table_c") <
	    place_of(&scripts, "change_column_p_a"));
	scripts_free(&scripts);
}

/* "LIST" of a partition key is no function of that name, and no column is. */
static void
test_only_calls_are_of_functions(void **state)
{
	(void)state;
	struct scripts scripts = scripts_of(
	    "CREATE TABLE t (a int, list int, b int GENERATED ALWAYS AS (abs(list + 1)) STORED)"
	    " PARTITION BY LIST (a); CREATE TABLE c PARTITION OF t DEFAULT;"
	    "CREATE FUNCTION list(x int) RETURNS SETOF c LANGUAGE sql AS 'SELECT * FROM c';",
	    "");
	assert_true(
	    place_of(&scripts, "drop_function_list") < place_of(&scripts, "drop_table_c"));
	assert_true(place_of(&scripts, "drop_table_c") < place_of(&scripts, "drop_table_t"));
	scripts_free(&scripts);
}

/* The sequence of a renamed table has its new name until that rename is undone, which is last. */
static void
test_undos_know_renamed_sequences(void **state)
{
	(void)state;
	const struct mig_db_rename renames[] = { { "t", "u" } };
	struct scripts scripts = scripts_between(
	    read_ddl("CREATE TABLE t (id int GENERATED ALWAYS AS IDENTITY, k serial);"
		     "CREATE TABLE o (n int DEFAULT nextval('t_k_seq'));"),
	    read_ddl("CREATE TABLE u (id serial, k serial); CREATE TABLE o (n int);"), renames, 1);
	must_have(scripts.list[place_of(&scripts, "change_default_of_column_u_id")].down,
	    "AS IDENTITY (SEQUENCE NAME public.u_id_seq);\nSELECT setval('public.u_id_seq'");
	must_have(scripts.list[place_of(&scripts, "change_default_of_column_o_n")].down,
	    "SET DEFAULT nextval('public.u_k_seq'");
	scripts_free(&scripts);
}

/* A snapshot names nothing and may have other servers' types. */
static void
test_snapshots_give_sql_that_a_server_takes(void **state)
{
	(void)state;
	struct scripts scripts = scripts_between(
	    read_snapshot("{\"tables\": {\"t\": {\"columns\": {\"a\": {\"type\": \"int\"}},"
			  " \"constraints\": {\"unique\": [\"a\"]}}}}",
	        MIG_DB_POSTGRESQL),
	    read_snapshot("{\"tables\": {\"t\": {\"columns\": {\"a\": {\"type\": \"int\"},"
			  " \"b\": {\"type\": \"datetime\"}},"
			  " \"constraints\": {\"check\": [\"a > 0\"]}}}}",
	        MIG_DB_POSTGRESQL),
	    NULL, 0);
	must_have(scripts.list[place_of(&scripts, "add_column_t_b")].up,
	    "ALTER TABLE t ADD COLUMN b timestamp without time zone;\n");
	must_have(scripts.list[place_of(&scripts, "add_check_t")].up,
	    "ALTER TABLE t ADD CONSTRAINT t_a_check CHECK (a > 0) NOT VALID;\n");
	const struct mig_check_script *drop =
	    &scripts.list[place_of(&scripts, "drop_unique_constraint_t")];
	must_have(drop->up, "SELECT conname INTO STRICT found FROM pg_constraint");
	must_have(drop->down, "ALTER TABLE t ADD CONSTRAINT t_a_key UNIQUE (a);\n");
	scripts_free(&scripts);
}

/* Nobody else may have to wait long behind a script that waits. */
#define SOON "SET SESSION lock_wait_timeout = 3;\n"

static void
test_mysql_says_the_whole_column(void **state)
{
	(void)state;
	struct scripts scripts = scripts_between(
	    read_snapshot("{\"tables\": {\"t\": {\"columns\": {\"a\": {\"type\": \"int\"}}}}}",
	        MIG_DB_MYSQL),
	    read_snapshot("{\"tables\": {\"t\": {\"columns\": {\"a\": {\"type\": \"bigint\","
			  " \"nullable\": false}, \"b\": {\"type\": \"int\"}}}}}",
	        MIG_DB_MYSQL),
	    NULL, 0);
	const struct mig_check_script *change =
	    &scripts.list[place_of(&scripts, "change_column_t_a")];
	assert_string_equal(change->up, SOON
	    "ALTER TABLE `t` MODIFY COLUMN `a` bigint NOT NULL;\n");
	assert_string_equal(change->down, SOON "ALTER TABLE `t` MODIFY COLUMN `a` int NULL;\n");
	assert_false(change->transactional);
	assert_int_equal(change->lock, MIG_LOCK_SHARE);
	assert_string_equal(scripts.list[place_of(&scripts, "add_column_t_b")].up,
	    SOON "ALTER TABLE `t` ADD COLUMN `b` int NULL AFTER `a`;\n");
	scripts_free(&scripts);
}

#define MARIADB(parts) "{\"server_version\": 101100, \"tables\": {\"t\": " parts "}}"
#define COLUMN_A "\"columns\": {\"a\": {\"type\": \"int\"}}"
#define FIRED(name, when, body)                                                       \
	"{\"name\": \"" name "\", \"definition\": \"CREATE TRIGGER `" name "` " when \
	" ON `t` FOR EACH ROW " body "\"}"

/* Triggers of one moment have an order, and others have nothing to do with it. */
static void
test_mysql_keeps_the_order_of_triggers(void **state)
{
	(void)state;
	struct scripts scripts = scripts_between(
	    read_snapshot(
	        MARIADB("{" COLUMN_A ", \"triggers\": [" FIRED("one", "BEFORE INSERT", "SET @a=1")
	            "," FIRED("gone", "BEFORE INSERT", "SET @a=2") "," FIRED("other",
	            "AFTER INSERT", "SET @a=3") "," FIRED("two", "BEFORE INSERT", "SET @a=4")
	            "]}"), MIG_DB_MYSQL),
	    read_snapshot(
	        MARIADB("{" COLUMN_A ", \"triggers\": [" FIRED("new", "BEFORE INSERT", "SET @a=5")
	            "," FIRED("one", "BEFORE INSERT", "SET @a=1") "," FIRED("other",
	            "AFTER INSERT", "SET @a=6") "," FIRED("two", "BEFORE INSERT", "SET @a=7")
	            "]}"), MIG_DB_MYSQL),
	    NULL, 0);
	assert_string_equal(scripts.list[place_of(&scripts, "add_trigger_t_new")].up, SOON
	    "CREATE TRIGGER `new` BEFORE INSERT ON `t` FOR EACH ROW PRECEDES `one` SET @a=5;\n");
	size_t gone = place_of(&scripts, "drop_trigger_t_gone");
	assert_string_equal(scripts.list[gone].down, SOON
	    "CREATE TRIGGER `gone` BEFORE INSERT ON `t` FOR EACH ROW FOLLOWS `one` SET @a=2;\n");
	/* The undo goes from the last to the first. */
	size_t drop = place_of(&scripts, "drop_trigger_t_two");
	assert_true(drop < gone);
	assert_string_equal(scripts.list[drop].down, SOON
	    "CREATE TRIGGER `two` BEFORE INSERT ON `t` FOR EACH ROW FOLLOWS `gone` SET @a=4;\n");
	size_t add = place_of(&scripts, "add_trigger_t_two");
	assert_true(drop < add);
	assert_string_equal(scripts.list[add].up, SOON
	    "CREATE TRIGGER `two` BEFORE INSERT ON `t` FOR EACH ROW FOLLOWS `one` SET @a=7;\n");
	assert_string_equal(scripts.list[place_of(&scripts, "change_trigger_t_other")].up,
	    SOON "DROP TRIGGER IF EXISTS `other`;\n"
	    "CREATE TRIGGER `other` AFTER INSERT ON `t` FOR EACH ROW SET @a=6;\n");
	scripts_free(&scripts);
}

/* That the order is another one is a change of its own. */
static void
test_mysql_moves_triggers(void **state)
{
	(void)state;
	struct scripts scripts = scripts_between(
	    read_snapshot(MARIADB("{" COLUMN_A ", \"triggers\": [" FIRED("one", "BEFORE INSERT",
	            "SET @a=1") "," FIRED("two", "BEFORE INSERT", "SET @a=2") "]}"),
	        MIG_DB_MYSQL),
	    read_snapshot(MARIADB("{" COLUMN_A ", \"triggers\": [" FIRED("two", "BEFORE INSERT",
	            "SET @a=2") "," FIRED("one", "BEFORE INSERT", "SET @a=1") "]}"),
	        MIG_DB_MYSQL),
	    NULL, 0);
	assert_int_equal(scripts.count, 2);
	const struct mig_check_script *drop =
	    &scripts.list[place_of(&scripts, "drop_trigger_t_two")];
	const struct mig_check_script *add =
	    &scripts.list[place_of(&scripts, "add_trigger_t_two")];
	assert_string_equal(drop->down, SOON
	    "CREATE TRIGGER `two` BEFORE INSERT ON `t` FOR EACH ROW FOLLOWS `one` SET @a=2;\n");
	assert_string_equal(add->up, SOON
	    "CREATE TRIGGER `two` BEFORE INSERT ON `t` FOR EACH ROW PRECEDES `one` SET @a=2;\n");
	scripts_free(&scripts);
}

/* MariaDB has to forget an alias of the table before a column that a check looks at is renamed. */
static void
test_mysql_renames_columns_in_checks(void **state)
{
	static const struct mig_db_rename rename = { "t.a", "b" };
	static const char *const texts[2][2] = {
		{ MARIADB("{" COLUMN_A "}"),
		    MARIADB("{\"columns\": {\"b\": {\"type\": \"int\"}}}") },
		{ MARIADB("{\"columns\": {\"a\": {\"type\": \"json\"}}}"),
		    MARIADB("{\"columns\": {\"b\": {\"type\": \"json\"}}}") },
	};
	(void)state;
	for (int checked = 0; checked < 2; checked++) {
		struct scripts scripts = scripts_between(
		    read_snapshot(texts[checked][0], MIG_DB_MYSQL),
		    read_snapshot(texts[checked][1], MIG_DB_MYSQL), &rename, 1);
		assert_int_equal(scripts.count, 1);
		assert_string_equal(scripts.list[0].up, checked ?
		        SOON "ALTER TABLE `t` RENAME COLUMN `a` TO `a`;\n"
		        "ALTER TABLE `t` RENAME COLUMN `a` TO `b`;\n" :
		        SOON "ALTER TABLE `t` RENAME COLUMN `a` TO `b`;\n");
		scripts_free(&scripts);
	}
}

/* Its rows are not there again when the undo makes the key that points to them. */
static void
test_mysql_undoes_keys_to_dropped_tables(void **state)
{
#define POINTS "\"t\": {\"columns\": {\"a\": {\"type\": \"int\"}}"
	(void)state;
	struct scripts scripts = scripts_between(
	    read_snapshot("{\"server_version\": 101100, \"tables\": {" POINTS
			  ", \"constraint_details\": [{\"kind\": \"foreign_key\","
			  " \"name\": \"k\", \"columns\": [\"a\"],"
			  " \"references\": \"u(b)\"}]},"
			  " \"u\": {\"columns\": {\"b\": {\"type\": \"int\"}}}}}", MIG_DB_MYSQL),
	    read_snapshot("{\"server_version\": 101100, \"tables\": {" POINTS "}}}", MIG_DB_MYSQL),
	    NULL, 0);
	const struct mig_check_script *drop =
	    &scripts.list[place_of(&scripts, "drop_foreign_key_t_k")];
	must_have(drop->down, "SET foreign_key_checks = 0;\nALTER TABLE `t` ADD ");
	must_have(drop->down, ";\nSET foreign_key_checks = 1;\n");
	assert_non_null(drop->lossy);
	scripts_free(&scripts);
#undef POINTS
}

static void
test_names_and_literals(void **state)
{
	(void)state;
	static const char *const names[][2] = { { "plain_1", "plain_1" }, { "user", "\"user\"" },
		{ "Big", "\"Big\"" }, { "a\"b", "\"a\"\"b\"" }, { "1st", "\"1st\"" },
		{ "\xc3\xa4", "\"\xc3\xa4\"" } };
	struct mig_buf out;
	mig_buf_init(&out, 1024);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		mig_buf_reset(&out);
		mig_sql_put_name(&out, MIG_DB_POSTGRESQL, names[i][0]);
		assert_string_equal(out.data, names[i][1]);
	}
	mig_buf_reset(&out);
	mig_sql_put_literal(&out, MIG_DB_POSTGRESQL, "it's a \\");
	assert_string_equal(out.data, "E'it''s a \\\\'");
	mig_buf_fini(&out);
}

static void
test_made_names_are_cut_as_the_server_cuts(void **state)
{
	(void)state;
	struct mig_arena *arena = mig_arena_new(65536);
	const char *long_name = "a_name_that_is_longer_than_it_would_have_to_be_in_any_schema";
	const char *made = mig_sql_made_name(arena, long_name, long_name, "key");
	assert_int_equal(strlen(made), MIG_SQL_NAME_MAX);
	assert_string_equal(mig_sql_made_name(arena, "t", "a_b", "fkey"), "t_a_b_fkey");
	assert_string_equal(mig_sql_made_name(arena, "t", NULL, "pkey"), "t_pkey");
	mig_arena_free(arena);
}

static void
test_only_names_are_mentions(void **state)
{
	(void)state;
	assert_true(mig_sql_mentions("lower(Email) > \"Odd\"", "email"));
	assert_true(mig_sql_mentions("lower(Email) > \"Odd\"", "Odd"));
	assert_false(mig_sql_mentions("'email' || $$email$$ /* email */ -- email", "email"));
	assert_false(mig_sql_mentions("E'\\' email' || emails", "email"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_fact_has_its_script),
		cmocka_unit_test(test_scripts_come_in_an_order_that_works),
		cmocka_unit_test(test_what_stands_on_a_column_is_made_again),
		cmocka_unit_test(test_losses_are_declared),
		cmocka_unit_test(test_renames_go_before_all_else),
		cmocka_unit_test(test_a_new_column_waits_for_its_name),
		cmocka_unit_test(test_remade_tables_are_renamed_first),
		cmocka_unit_test(test_rights_of_remade_columns_are_given_again),
		cmocka_unit_test(test_generated_columns_of_children_go_with_the_parents),
		cmocka_unit_test(test_keys_of_replaced_tables_come_back),
		cmocka_unit_test(test_statistics_are_made_again),
		cmocka_unit_test(test_parts_leave_before_the_whole_gets_more),
		cmocka_unit_test(test_partitions_keep_out_of_the_way_of_not_null),
		cmocka_unit_test(test_keys_go_with_logging),
		cmocka_unit_test(test_toast_options_stay_with_long_columns),
		cmocka_unit_test(test_only_calls_are_of_functions),
		cmocka_unit_test(test_undos_know_renamed_sequences),
		cmocka_unit_test(test_children_go_with_their_parents),
		cmocka_unit_test(test_partitions_are_made_for_the_moment),
		cmocka_unit_test(test_routines_follow_renamed_types),
		cmocka_unit_test(test_rights_follow_renamed_columns),
		cmocka_unit_test(test_inner_queries_keep_old_names),
		cmocka_unit_test(test_inner_queries_get_new_names),
		cmocka_unit_test(test_snapshots_give_sql_that_a_server_takes),
		cmocka_unit_test(test_mysql_says_the_whole_column),
		cmocka_unit_test(test_mysql_keeps_the_order_of_triggers),
		cmocka_unit_test(test_mysql_moves_triggers),
		cmocka_unit_test(test_mysql_renames_columns_in_checks),
		cmocka_unit_test(test_mysql_undoes_keys_to_dropped_tables),
		cmocka_unit_test(test_names_and_literals),
		cmocka_unit_test(test_made_names_are_cut_as_the_server_cuts),
		cmocka_unit_test(test_only_names_are_mentions),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
