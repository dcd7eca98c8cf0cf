/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/limits.h"
#include "support/script_fixture.h"
#include "support/test_support.h"

/* What is changed in a parent is changed in its children: one that leaves does so before. */
static void
test_children_leave_before_a_change(void **state)
{
	(void)state;
	struct scripts scripts = scripts_of(
	    "CREATE TABLE p (a int) PARTITION BY LIST (a);"
	    "CREATE TABLE c PARTITION OF p FOR VALUES IN (1);",
	    "CREATE TABLE p (a int NOT NULL) PARTITION BY LIST (a); CREATE TABLE c (a int);");
	assert_true(place_of(&scripts, "change_parent_of_table_c") <
	    place_of(&scripts, "add_a_check_for_not_null_of_column_p_a"));
	scripts_free(&scripts);
	scripts = scripts_of("CREATE TABLE p (a int); CREATE TABLE c (a int NOT NULL);",
	    "CREATE TABLE p (a int NOT NULL); CREATE TABLE c () INHERITS (p);");
	assert_true(place_of(&scripts, "set_not_null_of_column_p_a") <
	    place_of(&scripts, "change_parents_of_table_c"));
	scripts_free(&scripts);
}

/* An index of the whole that is made anew would be made anew in the part that leaves as well. */
static void
test_parts_leave_before_another_index(void **state)
{
	(void)state;
	struct scripts scripts = scripts_of(
	    "CREATE TABLE p (a int, b int) PARTITION BY LIST (a);"
	    "CREATE TABLE c PARTITION OF p FOR VALUES IN (1); CREATE INDEX i ON p (a);",
	    "CREATE TABLE p (a int, b int) PARTITION BY LIST (a);"
	    "CREATE TABLE c (a int, b int); CREATE INDEX i ON p (b);");
	assert_true(place_of(&scripts, "change_parent_of_table_c") <
	    place_of(&scripts, "change_index_p_i"));
	scripts_free(&scripts);
}

/* The server looks in all heirs for a key that came from a whole, and there it is not. */
static void
test_keys_of_parts_go_before_heirs_come(void **state)
{
	(void)state;
	struct scripts scripts =
	    scripts_of("CREATE TABLE p (a int PRIMARY KEY) PARTITION BY LIST (a);"
		       "CREATE TABLE c PARTITION OF p FOR VALUES IN (1);",
		"CREATE TABLE p (a int PRIMARY KEY) PARTITION BY LIST (a);"
		"CREATE TABLE c (a int NOT NULL); CREATE TABLE h () INHERITS (c);");
	assert_true(place_of(&scripts, "drop_primary_key_c_c_pkey") <
	    place_of(&scripts, "add_table_h"));
	scripts_free(&scripts);
}

/* Levels of four tables, each of which inherits from all of the level above; to be freed. */
static char *
levels(const char *first, const char *rest)
{
	struct mig_buf text;
	mig_buf_init(&text, MIG_SQL_BYTES_MAX);
	for (int i = 0; i < 4; i++)
		mig_buf_printf(&text, "CREATE TABLE t0_%d (%s);", i, first);
	for (int level = 1, above = 0; level < 16; level++, above++)
		for (int i = 0; i < 4; i++)
			mig_buf_printf(&text,
			    "CREATE TABLE t%d_%d () INHERITS (t%d_0, t%d_1, t%d_2, t%d_3);",
			    level, i, above, above, above, above);
	mig_buf_puts(&text, rest);
	char *result = mig_buf_steal(&text);
	assert_non_null(result);
	return result;
}

/* There may be more ways from one table to another than time: each table is looked at once. */
static void
test_many_ways_to_one_heir(void **state)
{
	(void)state;
	char *before = levels("a int", "CREATE TABLE z () INHERITS (t15_0);");
	char *after = levels("a bigint NOT NULL, b text DEFAULT 'x'",
	    "CREATE TABLE z (a bigint, b text) WITH (toast.autovacuum_enabled=false);");
	struct scripts scripts = scripts_of(before, after);
	assert_true(place_of(&scripts, "change_parents_of_table_z") <
	    place_of(&scripts, "change_column_t0_0_a"));
	scripts_free(&scripts);
	free(before);
	free(after);
}

/* Tables in one line, and one that inherits from the last of them and from the first. */
static char *
line(int length, const char *first, const char *rest)
{
	struct mig_buf text;
	mig_buf_init(&text, MIG_SQL_BYTES_MAX);
	mig_buf_printf(&text, "CREATE TABLE t0 (%s);", first);
	for (int i = 1; i < length; i++)
		mig_buf_printf(&text, "CREATE TABLE t%d () INHERITS (t%d);", i, i - 1);
	mig_buf_printf(&text, "CREATE TABLE z () INHERITS (t%d, t0);%s", length - 1, rest);
	char *result = mig_buf_steal(&text);
	assert_non_null(result);
	return result;
}

/* What is too far away by one way may be near by another. */
static void
test_the_nearest_way(void **state)
{
	(void)state;
	for (int length = 12; length < 20; length++) {
		char *before = line(length, "a int", "CREATE TABLE zz () INHERITS (z);");
		char *after = line(length, "a int, b text DEFAULT 'x'",
		    "CREATE TABLE zz () INHERITS (z);"
		    "ALTER TABLE ONLY zz ALTER b SET DEFAULT 'zz';");
		struct scripts scripts = scripts_of(before, after);
		const char *up = scripts.list[place_of(&scripts, "add_column_t0_b")].up;
		static const char own[] =
		    "ALTER TABLE ONLY public.zz ALTER COLUMN b SET DEFAULT 'zz'";
		const char *at = strstr(up, own);
		if (at == NULL || strstr(at + 1, own) != NULL)
			fail_msg("%d tables: %s", length, up);
		scripts_free(&scripts);
		free(before);
		free(after);
	}
}

/* Heirs of heirs keep the old name of a column when they leave, and so do their indexes. */
static void
test_children_leave_with_old_names(void **state)
{
	(void)state;
	const struct mig_db_rename renames[] = { { "p.a", "b" } };
	struct scripts scripts = scripts_between(
	    read_ddl("CREATE TABLE p (a text); CREATE TABLE m () INHERITS (p);"
		     "CREATE TABLE c (a text, z int) INHERITS (m);"
		     "CREATE INDEX i ON c ((a || 'x'));"),
	    read_ddl("CREATE TABLE p (b text); CREATE TABLE m () INHERITS (p);"
		     "CREATE TABLE c (a int, z int);"),
	    renames, 1);
	size_t leaves = place_of(&scripts, "change_parents_of_table_c");
	assert_true(leaves < place_of(&scripts, "rename_column_p_a"));
	/* The column is its table's own as well as the parent's: alone it is altered later. */
	assert_true(leaves < place_of(&scripts, "change_column_c_a"));
	must_have(scripts.list[place_of(&scripts, "change_column_c_a")].down, "((a || 'x'))");
	scripts_free(&scripts);
}

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
	struct scripts scripts = scripts_of(
	    "CREATE TABLE t (a int CONSTRAINT old PRIMARY KEY) PARTITION BY LIST (a);",
	    "CREATE TABLE t (a int CONSTRAINT new PRIMARY KEY) PARTITION BY HASH (a);");
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

/* A new child's check is valid at once: that of its parent is made again, by its new name. */
static void
test_children_wait_for_the_name_of_a_check(void **state)
{
	(void)state;
#define CHECKED(name) "ALTER TABLE p ADD CONSTRAINT " name " CHECK (a > 0) NOT VALID;"
	struct scripts scripts = scripts_of("CREATE TABLE p (a int);" CHECKED("x"),
	    "CREATE TABLE p (a int); CREATE TABLE c () INHERITS (p);" CHECKED("y"));
	size_t made = place_of(&scripts, "add_table_c");
	assert_true(place_of(&scripts, "rename_check_p_x") < made);
	must_have(scripts.list[made].up, "ADD CONSTRAINT y CHECK (a > 0) NOT VALID;\n");
	scripts_free(&scripts);
}

/* A whole that refers to itself ends that before a part is taken off, which then has no key. */
static void
test_keys_of_the_whole_go_before_parts_leave(void **state)
{
	(void)state;
	struct scripts scripts = scripts_of(
	    "CREATE TABLE p (a int PRIMARY KEY, b int REFERENCES p CHECK (b > 0))"
	    " PARTITION BY LIST (a); CREATE TABLE c PARTITION OF p FOR VALUES IN (1);",
	    "CREATE TABLE p (a int PRIMARY KEY, b int CHECK (b > 0)) PARTITION BY LIST (a);"
	    "CREATE TABLE c (a int PRIMARY KEY, b int);"
	    "CREATE TABLE d PARTITION OF p FOR VALUES IN (1);");
	size_t leaves = place_of(&scripts, "change_parent_of_table_c");
	assert_true(place_of(&scripts, "drop_foreign_key_p_p_b_fkey") < leaves);
	assert_true(leaves < place_of(&scripts, "add_table_d"));
	for (size_t i = 0; i < scripts.count; i++)
		assert_null(strstr(scripts.list[i].up, "TABLE public.c DROP CONSTRAINT p_b_fkey"));
	scripts_free(&scripts);
}

/* The server names the key to a new part as the key to the whole is to be called. */
static void
test_keys_have_their_names_before_new_parts(void **state)
{
	(void)state;
#define KEY_TO_PARTS(name)                                                   \
	"CREATE TABLE p (a int PRIMARY KEY) PARTITION BY LIST (a);"          \
	"CREATE TABLE t (a int, CONSTRAINT " name " FOREIGN KEY (a) REFERENCES p);"
	struct scripts scripts = scripts_of(KEY_TO_PARTS("k"),
	    KEY_TO_PARTS("t_a_fkey") "CREATE TABLE c PARTITION OF p FOR VALUES IN (1);");
	assert_true(
	    place_of(&scripts, "rename_foreign_key_t_k") < place_of(&scripts, "add_table_c"));
	scripts_free(&scripts);
}

/* The server builds an index again for a column that it includes, but not under a foreign key. */
static void
test_keys_go_for_columns_beside_them(void **state)
{
	(void)state;
#define BESIDE(type)                                                                    \
	"CREATE TABLE p (a int, b " type "); CREATE TABLE c (UNIQUE (a) INCLUDE (b))"   \
	" INHERITS (p); CREATE TABLE t (z int REFERENCES c (a));"                       \
	"CREATE TABLE d (k int, b " type "); CREATE UNIQUE INDEX ON d (k) INCLUDE (b);" \
	"CREATE TABLE u (z int REFERENCES d (k));"
	struct scripts scripts = scripts_of(BESIDE("varchar(5)"), BESIDE("varchar(9)"));
	must_have(scripts.list[place_of(&scripts, "change_column_p_b")].up,
	    "ALTER TABLE public.t DROP CONSTRAINT t_z_fkey;\nALTER TABLE public.p ALTER COLUMN b");
	must_have(scripts.list[place_of(&scripts, "change_column_d_b")].down,
	    "ALTER TABLE public.u DROP CONSTRAINT u_z_fkey;\nALTER TABLE public.d ALTER COLUMN b");
	scripts_free(&scripts);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_children_leave_before_a_change),
		cmocka_unit_test(test_parts_leave_before_another_index),
		cmocka_unit_test(test_keys_of_parts_go_before_heirs_come),
		cmocka_unit_test(test_many_ways_to_one_heir),
		cmocka_unit_test(test_the_nearest_way),
		cmocka_unit_test(test_children_leave_with_old_names),
		cmocka_unit_test(test_undos_come_before_old_names),
		cmocka_unit_test(test_keys_of_remade_tables_have_own_names),
		cmocka_unit_test(test_keys_of_subpartitions_have_own_names),
		cmocka_unit_test(test_children_wait_for_the_name_of_a_check),
		cmocka_unit_test(test_keys_of_the_whole_go_before_parts_leave),
		cmocka_unit_test(test_keys_have_their_names_before_new_parts),
		cmocka_unit_test(test_keys_go_for_columns_beside_them),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
