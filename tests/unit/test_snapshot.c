/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "schema/diff.h"
#include "schema/snapshot.h"
#include "schema/snapshot_int.h"
#include "support/test_support.h"

#define OUT_BYTES_MAX (16U * 1024U * 1024U)

/* A schema of which nothing is wrong. */
static struct mig_db *
read_good(const char *text)
{
	struct mig_findings findings = { .items = NULL };
	struct mig_db *db = NULL;
	int error =
	    mig_snapshot_read(text, strlen(text), "f", MIG_DB_POSTGRESQL, &db, &findings);
	if (error != MIG_OK) {
		char *shown = test_findings(&findings);
		print_error("%s", shown);
		free(shown);
	}
	mig_findings_fini(&findings);
	assert_int_equal(error, MIG_OK);
	return db;
}

static char *
write_text(const struct mig_db *db)
{
	struct mig_buf out;
	mig_buf_init(&out, OUT_BYTES_MAX);
	mig_snapshot_write(db, &out);
	char *text = mig_buf_steal(&out);
	assert_non_null(text);
	return text;
}

/* Two schemas between which there must be no difference. */
static void
must_equal(const struct mig_db *a, const struct mig_db *b)
{
	struct mig_findings findings = { .items = NULL };
	struct mig_db_diff *diff = NULL;
	size_t count = 0;
	assert_int_equal(mig_db_compare(a, b, NULL, 0, &diff, &findings), MIG_OK);
	const struct mig_db_op *ops = mig_db_ops(diff, &count);
	if (count > 0)
		print_error("%s %s: aspects %x\n", mig_db_kind_name(ops[0].kind),
		    ops[0].before != NULL ? ops[0].before->name : ops[0].after->name,
		    ops[0].aspects);
	assert_int_equal(count, 0);
	mig_db_diff_free(diff);
	mig_findings_fini(&findings);
}

static const struct mig_db_table *
table(const struct mig_db *db, const char *schema, const char *name)
{
	const struct mig_db_object *object = mig_db_find(db, MIG_DB_TABLE, schema, name);
	assert_non_null(object);
	return mig_db_as_table(object);
}

static const struct mig_db_column *
column(const struct mig_db *db, const char *schema, const char *of, const char *name)
{
	const struct mig_db_object *object =
	    mig_db_find_part(&table(db, schema, of)->base, MIG_DB_COLUMN, name);
	assert_non_null(object);
	return mig_db_as_column(object);
}

/* What the reference's samples become. */
static void
test_samples(void **state)
{
	(void)state;
	char *text = test_read_source("tests/data/check/ledger_schema_after.json", NULL);
	struct mig_db *db = read_good(text);
	free(text);
	size_t count = 0;
	(void)mig_db_objects(db, &count);
	assert_int_equal(count, 4);
	const struct mig_db_column *id = column(db, NULL, "accounts", "id");
	assert_int_equal(id->identity, MIG_DB_AUTO_INCREMENT);
	assert_false(id->nullable);
	assert_int_equal(id->base.line, 7);
	assert_string_equal(id->base.file, "f");
	const struct mig_db_column *owner = column(db, NULL, "accounts", "owner");
	assert_string_equal(owner->type_text, "varchar");
	assert_int_equal(owner->length, 120);
	assert_int_equal(owner->position, 2);
	assert_null(owner->default_expr);
	const struct mig_db_column *balance = column(db, NULL, "accounts", "balance");
	assert_string_equal(balance->default_expr, "0");
	assert_string_equal(balance->default_json, "0");
	const struct mig_db_column *issued = column(db, NULL, "tokens", "issued_at");
	assert_string_equal(issued->default_expr, "CURRENT_TIMESTAMP");
	assert_string_equal(issued->default_json, "\"CURRENT_TIMESTAMP\"");
	assert_string_equal(column(db, NULL, "regions", "name")->default_expr, "'unassigned'");

	const struct mig_db_table *accounts = table(db, NULL, "accounts");
	assert_int_equal(accounts->constraints_count, 3);
	const struct mig_db_constraint *key = accounts->constraints[0];
	assert_int_equal(key->type, MIG_DB_PRIMARY_KEY);
	assert_int_equal(key->columns_count, 2);
	assert_string_equal(key->columns[1], "code");
	assert_null(key->base.name);
	assert_false(key->inline_column);
	assert_string_equal(accounts->constraints[2]->expression, "balance >= -500");
	assert_int_equal(accounts->indexes_count, 1);
	assert_string_equal(accounts->indexes[0]->base.name, "idx_accounts_owner");
	const struct mig_db_constraint *region = table(db, NULL, "branches")->constraints[1];
	assert_string_equal(region->ref_table, "regions");
	assert_string_equal(region->ref_columns[0], "id");
	assert_string_equal(region->on_delete, "SET NULL");
	assert_string_equal(region->on_update, "NO ACTION");
	mig_db_free(db);
}

static void
test_views_and_procedures(void **state)
{
	(void)state;
	char *text = test_read_source("tests/data/check/database_schema_after.json", NULL);
	struct mig_db *db = read_good(text);
	free(text);
	const struct mig_db_table *view = table(db, NULL, "active_users");
	assert_int_equal(view->base.kind, MIG_DB_VIEW);
	assert_int_equal(view->columns_count, 7);
	assert_string_equal(view->columns[6]->base.name, "last_login_at");
	assert_null(view->columns[6]->type);
	assert_memory_equal(view->base.definition, "SELECT u.id", 11);
	const struct mig_db_object *found =
	    mig_db_find(db, MIG_DB_ROUTINE, NULL, "cleanup_expired_sessions()");
	assert_non_null(found);
	assert_true(mig_db_as_routine(found)->procedure);
	assert_memory_equal(mig_db_as_routine(found)->body, "DELETE FROM", 11);
	assert_null(found->definition);
	const struct mig_db_column *updated = column(db, NULL, "users", "updated_at");
	assert_string_equal(updated->default_expr, "CURRENT_TIMESTAMP");
	assert_string_equal(updated->more->on_update, "CURRENT_TIMESTAMP");
	mig_db_free(db);
}

/* What a default means as SQL. */
static void
test_defaults(void **state)
{
	(void)state;
	static const struct {
		const char *type;
		const char *json;
		const char *sql;
	} rows[] = {
		{ "integer", "0", "0" },
		{ "integer", "-1.50", "-1.50" },
		{ "boolean", "true", "true" },
		{ "boolean", "\"false\"", "false" },
		{ "text", "\"false\"", "'false'" },
		{ "integer", "null", "" },
		{ "integer", "\"7\"", "7" },
		{ "text", "\"7\"", "'7'" },
		{ "text", "\"it's\"", "'it''s'" },
		{ "text", "\"\"", "''" },
		{ "text", "\"a \\\"b\\\" \\\\ \\u00e9\"", "'a \"b\" \\ \xc3\xa9'" },
		{ "text", "\"Current\"", "'Current'" },
		{ "date", "\"current_date\"", "CURRENT_DATE" },
		{ "timestamp", "\"NOW()\"", "now()" },
		{ "timestamp", "\"current_timestamp(6)\"", "CURRENT_TIMESTAMP(6)" },
		{ "timestamp", "\"now() + interval '1 day'\"", "now() + interval '1 day'" },
		{ "timestamp", "\"now() at time zone 'utc'\"", "now() at time zone 'utc'" },
		{ "uuid", "\"public.uuid_generate_v4()\"", "public.uuid_generate_v4()" },
		{ "integer", "\"nextval('a_id_seq'::regclass)\"",
		    "nextval('a_id_seq'::regclass)" },
		{ "text", "\"'new'::text\"", "'new'::text" },
		{ "text", "\"'new\"", "'''new'" },
		{ "text", "\"n/a (none)\"", "'n/a (none)'" },
		{ "text", "\"f(x) is\"", "'f(x) is'" },
		{ "text", "\"f(x\"", "'f(x'" },
		{ "text", "\"(none)\"", "'(none)'" },
		{ "integer", "\"(1 + 2)\"", "(1 + 2)" },
		{ "integer", "\"1 + 2\"", "1 + 2" },
		{ "integer[]", "\"ARRAY[1, 2]\"", "ARRAY[1, 2]" },
		{ "bit(1)", "\"b'0'\"", "b'0'" },
		{ "interval", "\"INTERVAL '1 day'\"", "INTERVAL '1 day'" },
		{ "mood", "\"happy\"", "'happy'" },
		{ NULL, "\"1\"", "'1'" },
	};
	for (size_t i = 0; i < TEST_COUNT(rows); i++) {
		struct mig_buf sql;
		struct mig_buf update;
		mig_buf_init(&sql, 1000);
		mig_buf_init(&update, 1000);
		mig_snap_default(MIG_DB_POSTGRESQL, rows[i].type,
		    (struct mig_text){ rows[i].json, strlen(rows[i].json) }, &sql, &update);
		assert_string_equal(sql.data, rows[i].sql);
		assert_string_equal(update.data, "");
		mig_buf_fini(&sql);
		mig_buf_fini(&update);
	}
}

static void
test_default_of_mysql(void **state)
{
	(void)state;
	static const char path[] = "\"c:\\\\\"";
	static const char stamp[] = "\"current_timestamp ON UPDATE CURRENT_TIMESTAMP\"";
	struct mig_buf sql;
	struct mig_buf update;
	mig_buf_init(&sql, 1000);
	mig_buf_init(&update, 1000);
	mig_snap_default(MIG_DB_MYSQL, "text", (struct mig_text){ path, strlen(path) }, &sql,
	    &update);
	assert_string_equal(sql.data, "'c:\\\\'");
	mig_buf_reset(&sql);
	mig_snap_default(MIG_DB_MYSQL, "datetime", (struct mig_text){ stamp, strlen(stamp) },
	    &sql, &update);
	assert_string_equal(sql.data, "CURRENT_TIMESTAMP");
	assert_string_equal(update.data, "CURRENT_TIMESTAMP");
	mig_buf_fini(&sql);
	mig_buf_fini(&update);
}

/* What columns say of keys counts only where the table does not say it. */
static void
test_marked_columns(void **state)
{
	(void)state;
	struct mig_db *db = read_good("{\"tables\":{"
	    "\"a\":{\"columns\":{\"x\":{\"type\":\"int\",\"primary_key\":true},"
	    "\"y\":{\"type\":\"int\",\"primary_key\":true,\"unique\":true}}},"
	    "\"b\":{\"constraints\":{\"primary_key\":[\"y\"],\"unique\":[\"x\",[\"x\"]]},"
	    "\"columns\":{\"x\":{\"type\":\"int\",\"primary_key\":true,\"unique\":true},"
	    "\"y\":{\"type\":\"int\"}}}}}");
	const struct mig_db_table *a = table(db, NULL, "a");
	assert_int_equal(a->constraints_count, 2);
	assert_int_equal(a->constraints[0]->type, MIG_DB_PRIMARY_KEY);
	assert_true(a->constraints[0]->inline_column);
	assert_int_equal(a->constraints[0]->columns_count, 2);
	assert_string_equal(a->constraints[0]->columns[1], "y");
	assert_int_equal(a->constraints[1]->type, MIG_DB_UNIQUE);
	assert_true(a->constraints[1]->inline_column);
	const struct mig_db_table *b = table(db, NULL, "b");
	assert_int_equal(b->constraints_count, 2);
	assert_string_equal(b->constraints[0]->columns[0], "y");
	assert_false(b->constraints[1]->inline_column);
	mig_db_free(db);
}

static void
test_names(void **state)
{
	(void)state;
	struct mig_db *db = read_good("{\"tables\":{"
	    "\"shop.orders\":{\"columns\":{\"a.b\":{\"type\":\"int\"},\"c\\\"d\":{\"type\":"
	    "\"int\"}},\"constraints\":{\"foreign_key\":[{\"columns\":[\"a.b\",\"c\\\"d\"],"
	    "\"references\":\"\\\"my.shop\\\".\\\"Odd (x)\\\"( \\\"p,q\\\" , r s )\"}]}},"
	    "\"\\\"my.shop\\\".Odd (x)\":{\"columns\":{}},"
	    "\"\\\"a\\\"\\\"b\\\"\":{\"columns\":{}},"
	    "\"Gr\\u00f6\\u00dfe\":{\"columns\":{}}}}");
	assert_int_equal(table(db, "my.shop", "Odd (x)")->columns_count, 0);
	assert_int_equal(table(db, NULL, "a\"b")->columns_count, 0);
	assert_int_equal(table(db, NULL, "Gr\xc3\xb6\xc3\x9f"
	                                 "e")
	                     ->columns_count,
	    0);
	const struct mig_db_constraint *key = table(db, "shop", "orders")->constraints[0];
	assert_string_equal(key->ref_schema, "my.shop");
	assert_string_equal(key->ref_table, "Odd (x)");
	assert_string_equal(key->ref_columns[0], "p,q");
	assert_string_equal(key->ref_columns[1], "r s");
	char *text = write_text(db);
	struct mig_db *again = read_good(text);
	must_equal(db, again);
	key = table(again, "shop", "orders")->constraints[0];
	assert_string_equal(key->ref_table, "Odd (x)");
	assert_string_equal(key->ref_columns[0], "p,q");
	free(text);
	mig_db_free(db);
	mig_db_free(again);
}

/* The document says which dialect it is written in, wherever it says so. */
static void
test_dialect(void **state)
{
	(void)state;
	static const char *const texts[] = {
		"{\"dialect\":\"mysql\",\"server_version\":101119,\"tables\":{}}",
		"{\"tables\":{\"t\":{\"columns\":{}}},\"server_version\":101119,\"dialect\":"
		"\"mysql\"}",
	};
	for (size_t i = 0; i < TEST_COUNT(texts); i++) {
		struct mig_db *db = read_good(texts[i]);
		assert_int_equal(mig_db_dialect(db), MIG_DB_MYSQL);
		assert_int_equal(mig_db_version(db), 101119);
		mig_db_free(db);
	}
}

static void
test_procedure_arguments(void **state)
{
	(void)state;
	struct mig_db *db = read_good(
	    "{\"tables\":{},\"procedures\":[{\"name\":\"app.f\",\"definition\":\"x\","
	    "\"parameters\":[\"a numeric(5, 2)\",\"OUT b text\",\"INOUT c date\","
	    "\"d text DEFAULT 'x'\",\"e text = 'y'\"]}]}");
	size_t count = 0;
	struct mig_db_object *const *objects = mig_db_objects(db, &count);
	assert_int_equal(count, 1);
	const struct mig_db_routine *routine = mig_db_as_routine(objects[0]);
	assert_string_equal(routine->base.schema, "app");
	assert_string_equal(routine->base.name, "f");
	assert_string_equal(routine->parameters,
	    "a numeric(5, 2), OUT b text, INOUT c date, d text DEFAULT 'x', e text = 'y'");
	assert_string_equal(routine->arguments, "numeric, date, text, text");
	assert_ptr_equal(mig_db_find(db, MIG_DB_ROUTINE, "app", "f(numeric, date, text, text)"),
	    objects[0]);
	mig_db_free(db);
}

/*
 * snapshot_full.json has every key there is: what is read of it and written again is the same to
 * the byte, so nothing gets lost on the way into the schema and out of it.
 */
static void
test_round_trip(void **state)
{
	(void)state;
	char *text = test_read_source("tests/data/check/snapshot_full.json", NULL);
	struct mig_db *db = read_good(text);
	char *written = write_text(db);
	assert_string_equal(written, text);
	struct mig_db *again = read_good(written);
	must_equal(db, again);
	must_equal(again, db);
	free(written);
	mig_db_free(again);
	mig_db_free(db);
	free(text);
}

/* Every key of the form must stand in the text. */
static void
must_use(const struct mig_snap_form *form, const char *text)
{
	for (size_t i = form->required; i < form->count; i++)
		assert_int_equal(form->rows[i].flags & SNAP_REQUIRED, 0);
	for (size_t i = 0; i < form->count; i++) {
		char quoted[64];
		(void)snprintf(quoted, sizeof(quoted), "\"%s\": ", form->rows[i].key);
		bool kept = form != &mig_snap_root_form || form->rows[i].kind != SNAP_TEXT;
		if (kept && strstr(text, quoted) == NULL)
			print_error("%s is missing\n", quoted);
		assert_true(!kept || strstr(text, quoted) != NULL);
		if (form->rows[i].form != NULL)
			must_use(form->rows[i].form, text);
	}
}

static void
test_round_trip_is_whole(void **state)
{
	(void)state;
	char *text = test_read_source("tests/data/check/snapshot_full.json", NULL);
	must_use(&mig_snap_root_form, text);
	must_use(&mig_snap_column_form, text);
	must_use(&mig_snap_sequence_form, text);
	must_use(&mig_snap_constraint_form, text);
	must_use(&mig_snap_foreign_key_form, text);
	must_use(&mig_snap_index_form, text);
	must_use(&mig_snap_trigger_form, text);
	must_use(&mig_snap_ref_form, text);
	must_use(&mig_snap_grant_form, text);
	free(text);
}

/* The reference's samples come back as they were, but for what columns say of keys. */
static void
test_samples_round_trip(void **state)
{
	(void)state;
	static const char *const names[] = { "tests/data/check/database_schema_before.json",
		"tests/data/check/database_schema_after.json",
		"tests/data/check/ledger_schema_before.json",
		"tests/data/check/ledger_schema_after.json" };
	for (size_t i = 0; i < TEST_COUNT(names); i++) {
		char *text = test_read_source(names[i], NULL);
		struct mig_db *db = read_good(text);
		free(text);
		text = write_text(db);
		struct mig_db *again = read_good(text);
		must_equal(db, again);
		free(text);
		mig_db_free(again);
		mig_db_free(db);
	}
}

/* A million columns, constraints and keys of one's own, in a time that grows with their number. */
static void
test_large(void **state)
{
	(void)state;
	struct mig_buf text;
	mig_buf_init(&text, 8 * OUT_BYTES_MAX);
	mig_buf_puts(&text, "{\"tables\":{\"t\":{\"columns\":{\"c\":{\"type\":\"int\"}");
	for (int i = 0; i < 300000; i++)
		mig_buf_printf(&text, ",\"c%d\":{\"type\":\"t%d\",\"unique\":true}", i, i);
	mig_buf_puts(&text, "},\"constraints\":{\"unique\":[\"c\"");
	for (int i = 0; i < 300000; i++)
		mig_buf_printf(&text, ",[\"c%d\",\"c\"]", i);
	mig_buf_puts(&text, "]}");
	for (int i = 0; i < 300000; i++)
		mig_buf_printf(&text, ",\"x_%d\":[]", i);
	mig_buf_puts(&text, "}}}");
	assert_true(mig_buf_ok(&text));
	struct mig_db *db = read_good(text.data);
	mig_buf_fini(&text);
	assert_int_equal(table(db, NULL, "t")->columns_count, 300001);
	assert_int_equal(table(db, NULL, "t")->constraints_count, 600001);
	mig_db_free(db);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_samples),
		cmocka_unit_test(test_views_and_procedures),
		cmocka_unit_test(test_defaults),
		cmocka_unit_test(test_default_of_mysql),
		cmocka_unit_test(test_marked_columns),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_dialect),
		cmocka_unit_test(test_procedure_arguments),
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_round_trip_is_whole),
		cmocka_unit_test(test_samples_round_trip),
		cmocka_unit_test(test_large),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
