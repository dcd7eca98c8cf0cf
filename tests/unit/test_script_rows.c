/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include "support/script_fixture.h"
#include "support/test_support.h"

/* Tables that are dropped and made again, and what becomes of their rows. */

/* What its table owns stays, and its parts go with it. */
static void
test_remade_tables_keep_their_sequences(void **state)
{
	(void)state;
#define OWNED(key)                                                                     \
	"CREATE TABLE t (a int, b int) PARTITION BY LIST (" key ");"                   \
	"CREATE SEQUENCE s OWNED BY t.a; CREATE TABLE c PARTITION OF t FOR VALUES IN (1);"
	struct scripts scripts = scripts_of(OWNED("a"), OWNED("b"));
	const struct mig_check_script *script =
	    &scripts.list[place_of(&scripts, "change_table_t")];
	must_have(script->up, "ALTER SEQUENCE public.s OWNED BY NONE;\nDROP TABLE public.t;\n");
	must_have(script->up, "ALTER SEQUENCE public.s OWNED BY public.t.a;\n");
	must_have(script->down, "ALTER SEQUENCE public.s OWNED BY public.t.a;\n");
	scripts_free(&scripts);
}

/* By what rows are placed the server does not alter, not even by that of a part of the table. */
static void
test_columns_that_place_rows_make_the_table_again(void **state)
{
	(void)state;
#define PLACED(labels, type, flag)                                                            \
	"CREATE TYPE e AS ENUM (" labels "); CREATE TABLE t (a " type ", k e, f " flag ")"    \
	" PARTITION BY LIST (k); CREATE TABLE c PARTITION OF t FOR VALUES IN ('x') PARTITION" \
	" BY RANGE (a); CREATE TABLE d PARTITION OF c FOR VALUES FROM (1) TO (9);"
	struct scripts scripts =
	    scripts_of(PLACED("'x'", "int", "text"), PLACED("'x'", "bigint", "text[]"));
	const struct mig_check_script *script =
	    &scripts.list[place_of(&scripts, "change_column_t_a")];
	must_have(script->up, "AS SELECT * FROM public.t;\nDROP TABLE public.t;\n");
	must_have(script->up, "SELECT a, k, ARRAY[f]::text[] FROM public_t_migarch_rows;\n");
	must_have(script->down, "SELECT a, k, f::text::text FROM public_t_migarch_rows;\n");
	scripts_free(&scripts);
	scripts = scripts_of(PLACED("'x', 'y'", "int", "text"), PLACED("'x'", "int", "text"));
	script = &scripts.list[place_of(&scripts, "change_enumeration_type_e")];
	must_have(script->up, "AS SELECT a, k::text AS k, f FROM public.t;\n");
	must_have(script->up, "SELECT a, k::public.e, f FROM public_t_migarch_rows;\n");
	scripts_free(&scripts);
	scripts = scripts_of(PLACED("'x'", "int", "text"), PLACED("'x', 'y'", "int", "text"));
	assert_int_equal(scripts.count, 1);
	assert_non_null(scripts.list[0].irreversible);
	scripts_free(&scripts);
#define TIMED(type) "CREATE TABLE t (at " type ") PARTITION BY RANGE (at);"
	scripts = scripts_of(TIMED("timestamp"), TIMED("timestamptz"));
	must_have(scripts.list[0].up, "SET LOCAL TimeZone = 'UTC';\nINSERT INTO public.t (at)");
	must_have(scripts.list[0].down, "SET LOCAL TimeZone = 'UTC';\nINSERT INTO public.t (at)");
	scripts_free(&scripts);
}

/* Rows stay rows though no column of theirs does, and what its domain would fill stays empty. */
static void
test_rows_stay_without_their_columns(void **state)
{
	(void)state;
	struct scripts scripts = scripts_of("CREATE TABLE t (a int) PARTITION BY LIST (a);",
	    "CREATE DOMAIN d AS int DEFAULT -1; CREATE TABLE t (b int DEFAULT 1, c d)"
	    " PARTITION BY HASH (b);");
	const struct mig_check_script *script =
	    &scripts.list[place_of(&scripts, "change_table_t")];
	must_have(script->up, "INSERT INTO public.t (c) OVERRIDING SYSTEM VALUE SELECT NULL FROM");
	must_have(script->down, "INSERT INTO public.t OVERRIDING SYSTEM VALUE SELECT FROM");
	scripts_free(&scripts);
}

/* A part that leaves a table which is made again takes its rows with it. */
static void
test_parts_that_leave_keep_their_rows(void **state)
{
	(void)state;
	struct scripts scripts = scripts_of("CREATE TABLE t (a int) PARTITION BY LIST (a);"
	                                    "CREATE TABLE c PARTITION OF t FOR VALUES IN (1);",
	    "CREATE TABLE t (a int) PARTITION BY RANGE (a); CREATE TABLE c (a int);");
	const struct mig_check_script *script =
	    &scripts.list[place_of(&scripts, "change_table_t")];
	must_have(script->up, "AS SELECT * FROM public.t WHERE tableoid NOT IN (SELECT relid FROM"
	                      " pg_partition_tree('public.c'));\n");
	must_have(script->up, "AS SELECT * FROM ONLY public.c;\n");
	must_have(script->up, "INSERT INTO public.c (a) OVERRIDING");
	must_have(script->down, "AS SELECT * FROM public.t;\n");
	scripts_free(&scripts);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_remade_tables_keep_their_sequences),
		cmocka_unit_test(test_columns_that_place_rows_make_the_table_again),
		cmocka_unit_test(test_rows_stay_without_their_columns),
		cmocka_unit_test(test_parts_that_leave_keep_their_rows),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
