/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <string.h>

#include "support/script_fixture.h"
#include "support/test_support.h"

/* The undo makes the older index of columns that still have their new names. */
static void
test_undos_come_before_old_names(void **state)
{
	(void)state;
	const struct mig_db_rename renames[] = { { "t.a", "b" } };
	struct scripts scripts = scripts_between(
	    read_ddl("CREATE TABLE t (a int, z int); CREATE INDEX i ON t (a);"),
	    read_ddl("CREATE TABLE t (b int, z int); CREATE INDEX i ON t (z);"), renames, 1);
	assert_true(
	    place_of(&scripts, "rename_column_t_a") < place_of(&scripts, "change_index_t_i"));
	scripts_free(&scripts);
}

/* A key that has another name in the new table has each name only in the table of that side. */
static void
test_keys_of_remade_tables_have_own_names(void **state)
{
	(void)state;
	const struct mig_db_rename renames[] = { { "o", "u" } };
	struct scripts scripts = scripts_between(
	    read_ddl("CREATE TABLE o (z int); CREATE TABLE t (a int CONSTRAINT old PRIMARY KEY)"
		     " PARTITION BY LIST (a);"),
	    read_ddl("CREATE TABLE u (z int); CREATE TABLE t (a int CONSTRAINT new PRIMARY KEY)"
		     " PARTITION BY HASH (a);"),
	    renames, 1);
	must_have(scripts.list[place_of(&scripts, "change_table_t")].down,
	    "CONSTRAINT old PRIMARY KEY (a)");
	scripts_free(&scripts);
}

/* Each part of a part has a key of its own, by a name of its own. */
static void
test_keys_of_subpartitions_have_own_names(void **state)
{
	(void)state;
	struct scripts scripts = scripts_of("",
	    "CREATE TABLE p (a int) PARTITION BY LIST (a);"
	    "CREATE TABLE q PARTITION OF p DEFAULT PARTITION BY LIST (a);"
	    "CREATE TABLE r PARTITION OF q DEFAULT; ALTER TABLE p ADD PRIMARY KEY (a);");
	must_have(scripts.list[place_of(&scripts, "add_table_r")].up, "CONSTRAINT r_pkey PRIMARY");
	scripts_free(&scripts);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_undos_come_before_old_names),
		cmocka_unit_test(test_keys_of_remade_tables_have_own_names),
		cmocka_unit_test(test_keys_of_subpartitions_have_own_names),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
