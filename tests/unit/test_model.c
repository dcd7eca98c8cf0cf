/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "schema/model.h"
#include "support/test_support.h"

static struct mig_db_object *
put(struct mig_db *db, enum mig_db_kind kind, struct mig_db_object *parent, const char *name)
{
	struct mig_db_object *object = mig_db_make(db, kind, parent);
	assert_non_null(object);
	object->name = mig_arena_strdup(mig_db_arena(db), name);
	assert_int_equal(mig_db_put(db, object), MIG_OK);
	return object;
}

static void
put_columns(struct mig_db *db, struct mig_db_object *table, int from, int to)
{
	for (int i = from; i < to; i++) {
		char name[32];
		(void)snprintf(name, sizeof(name), "c%d", i);
		(void)put(db, MIG_DB_COLUMN, table, name);
	}
}

/* Lists that grow side by side, and take over what others have outgrown, keep what is in them. */
static void
test_lists(void **state)
{
	(void)state;
	struct mig_db *db = mig_db_new(MIG_DB_POSTGRESQL);
	assert_non_null(db);
	struct mig_db_object *a = put(db, MIG_DB_TABLE, NULL, "a");
	struct mig_db_object *b = put(db, MIG_DB_TABLE, NULL, "b");
	for (int i = 0; i < 40; i += 5) {
		put_columns(db, a, i, i + 5);
		put_columns(db, b, i, i + 5);
		(void)put(db, MIG_DB_INDEX, a, "i");
	}
	const struct mig_db_table *tables[] = { mig_db_as_table(a), mig_db_as_table(b) };
	for (size_t t = 0; t < TEST_COUNT(tables); t++) {
		assert_int_equal(tables[t]->columns_count, 40);
		for (int i = 0; i < 40; i++) {
			char name[32];
			(void)snprintf(name, sizeof(name), "c%d", i);
			assert_string_equal(tables[t]->columns[i]->base.name, name);
			assert_ptr_equal(tables[t]->columns[i]->base.parent, tables[t]);
		}
	}
	assert_int_equal(tables[0]->indexes_count, 8);
	mig_db_remove(db, tables[0]->columns[3]);
	assert_int_equal(tables[0]->columns_count, 39);
	assert_string_equal(tables[0]->columns[3]->base.name, "c4");
	mig_db_free(db);
}

/* What is found in a sealed schema is what was found before, in wide tables and in others. */
static void
test_seal(void **state)
{
	(void)state;
	struct mig_db *db = mig_db_new(MIG_DB_POSTGRESQL);
	assert_non_null(db);
	struct mig_db_object *wide = put(db, MIG_DB_TABLE, NULL, "wide");
	struct mig_db_object *small = put(db, MIG_DB_TABLE, NULL, "small");
	struct mig_db_object *type = put(db, MIG_DB_COMPOSITE, NULL, "type");
	put_columns(db, wide, 0, 1000);
	put_columns(db, small, 0, 3);
	put_columns(db, type, 0, 3);
	struct mig_db_object *index = put(db, MIG_DB_INDEX, wide, "c7");
	struct mig_db_object *policy = put(db, MIG_DB_POLICY, wide, "p");
	struct mig_db_object *trigger = put(db, MIG_DB_TRIGGER, wide, "p");
	(void)put(db, MIG_DB_INDEX, wide, "c7");
	struct mig_db_object *nameless = mig_db_make(db, MIG_DB_CONSTRAINT, wide);
	assert_int_equal(mig_db_put(db, nameless), MIG_OK);
	for (int sealed = 0; sealed <= 1; sealed++) {
		struct mig_db_object *c999 = mig_db_find_part(wide, MIG_DB_COLUMN, "c999");
		assert_ptr_equal(c999, mig_db_as_table(wide)->columns[999]);
		assert_ptr_equal(mig_db_find_part(wide, MIG_DB_INDEX, "c7"), index);
		assert_ptr_equal(mig_db_find_part(wide, MIG_DB_POLICY, "p"), policy);
		assert_ptr_equal(mig_db_find_part(wide, MIG_DB_TRIGGER, "p"), trigger);
		assert_ptr_equal(mig_db_find_part(wide, MIG_DB_CONSTRAINT, NULL), nameless);
		assert_null(mig_db_find_part(wide, MIG_DB_RULE, "p"));
		assert_null(mig_db_find_part(wide, MIG_DB_COLUMN, "c1000"));
		assert_non_null(mig_db_find_part(small, MIG_DB_COLUMN, "c2"));
		assert_non_null(mig_db_find_part(type, MIG_DB_COLUMN, "c2"));
		assert_int_equal(mig_db_seal(db), MIG_OK);
	}
	put_columns(db, wide, 1000, 1001);
	assert_non_null(mig_db_find_part(wide, MIG_DB_COLUMN, "c1000"));
	mig_db_remove(db, mig_db_find_part(wide, MIG_DB_COLUMN, "c0"));
	assert_null(mig_db_find_part(wide, MIG_DB_COLUMN, "c0"));
	mig_db_free(db);
}

/* Routines of one name are apart by their arguments, however many there are. */
static void
test_overloads(void **state)
{
	(void)state;
	struct mig_db *db = mig_db_new(MIG_DB_POSTGRESQL);
	assert_non_null(db);
	for (int i = 0; i < 500; i++) {
		struct mig_db_object *object = mig_db_make(db, MIG_DB_ROUTINE, NULL);
		assert_non_null(object);
		object->name = "f";
		mig_db_as_routine(object)->arguments =
		    mig_arena_printf(mig_db_arena(db), "t%d", i);
		assert_int_equal(mig_db_put(db, object), MIG_OK);
	}
	const struct mig_db_object *found = mig_db_find(db, MIG_DB_ROUTINE, NULL, "f(t77)");
	assert_non_null(found);
	assert_string_equal(mig_db_as_routine(found)->arguments, "t77");
	assert_null(mig_db_find(db, MIG_DB_ROUTINE, NULL, "f(t500)"));
	assert_null(mig_db_find(db, MIG_DB_ROUTINE, NULL, "f"));
	struct mig_db_object *sized = mig_db_make(db, MIG_DB_ROUTINE, NULL);
	assert_non_null(sized);
	sized->name = "g(x";
	mig_db_as_routine(sized)->arguments = "varchar(5), numeric(3,1)";
	assert_null(mig_db_find_same(db, sized));
	assert_int_equal(mig_db_put(db, sized), MIG_OK);
	assert_ptr_equal(mig_db_find_same(db, sized), sized);
	assert_ptr_equal(mig_db_find(db, MIG_DB_ROUTINE, NULL, "g(x(varchar(5), numeric(3,1))"),
	    sized);
	mig_db_free(db);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lists),
		cmocka_unit_test(test_seal),
		cmocka_unit_test(test_overloads),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
