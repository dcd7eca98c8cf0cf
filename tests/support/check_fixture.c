/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <string.h>

#include "base/arena.h"
#include "support/check_fixture.h"
#include "support/test_support.h"

#define NOW_MS INT64_C(1768469400000)
#define LONG_BYTES 200000

static const char *const statements[] = { "SELECT", "INSERT", NULL };
static const char *const hostile_list[] = { TEST_HOSTILE, NULL };

/* One of each severity; texts are plain. */
static const struct mig_change plain_changes[] = {
	{ .rule = "column.dropped",
	    .type = "column_removed",
	    .severity = MIG_BREAKING,
	    .field_path = "tables.users.columns.email",
	    .description = "Column email of table users is dropped.",
	    .impact = "Queries that name it fail.",
	    .suggestion = "Stop using it first.",
	    .old_value = "{\"type\":\"text\"}",
	    .affected = statements,
	    .before = { "before.sql", 7 },
	    .has_hazard = true,
	    .lock = MIG_LOCK_ACCESS_EXCLUSIVE,
	    .blocking_seconds = 0.5,
	    .safe_way = "Rename it, wait, then drop it." },
	{ .rule = "column.type",
	    .type = "risky_type_change",
	    .severity = MIG_POTENTIALLY_BREAKING,
	    .field_path = "tables.users.columns.age.type",
	    .old_value = "\"integer\"",
	    .new_value = "\"real\"",
	    .before = { "before.sql", 8 },
	    .after = { "after.sql", 9 },
	    .has_hazard = true,
	    .lock = MIG_LOCK_ACCESS_EXCLUSIVE,
	    .work = MIG_WORK_REWRITE | MIG_WORK_INDEX,
	    .blocking_seconds = -1 },
	{ .rule = "index.dropped",
	    .type = "index_removed",
	    .severity = MIG_NON_BREAKING,
	    .field_path = "tables.users.indexes.by_age" },
	{ .rule = "table.added",
	    .type = "table_added",
	    .severity = MIG_ADDITIVE,
	    .field_path = "tables.orders",
	    .new_value = "{}",
	    .after = { "after.sql", 20 } },
};

static const struct mig_check_script plain_scripts[] = {
	{ .phase = MIG_SCRIPT_EXPAND,
	    .slug = "add_table_orders",
	    .description = "Add table orders.",
	    .up = "CREATE TABLE orders (id bigint);\n",
	    .down = "DROP TABLE orders;\n",
	    .validation = "SELECT to_regclass('orders') IS NOT NULL",
	    .expected = "t",
	    .transactional = true },
	{ .phase = MIG_SCRIPT_CONTRACT,
	    .slug = "Drop Column \"users\".email!",
	    .description = "Drop column email.",
	    .up = "ALTER TABLE users DROP COLUMN email;\n",
	    .irreversible = "the values are gone: a backup is needed",
	    .lock = MIG_LOCK_ACCESS_EXCLUSIVE,
	    .transactional = true },
};

static void
start(struct test_comparison *comparison)
{
	memset(comparison, 0, sizeof(*comparison));
	comparison->check = mig_check_new();
	assert_non_null(comparison->check);
	comparison->report = (struct mig_report){
		.check = comparison->check,
		.verdict = &comparison->verdict,
		.before = { "before.sql", "before.sql", "CREATE TABLE users (...)" },
		.after = { "after.sql", "after.sql", "CREATE TABLE users ()" },
		.now = { NOW_MS },
		.database = true,
	};
}

static void
finish(struct test_comparison *comparison)
{
	struct mig_finish_options options = { .now = { NOW_MS } };
	struct mig_findings notes = { 0 };
	assert_int_equal(mig_check_finish(comparison->check, &options, &comparison->verdict,
	                     &notes),
	    MIG_OK);
	assert_int_equal(notes.count, 0);
	mig_findings_fini(&notes);
}

void
test_comparison_plain(struct test_comparison *comparison)
{
	start(comparison);
	for (size_t i = 0; i < TEST_COUNT(plain_changes); i++)
		mig_check_add(comparison->check, &plain_changes[i]);
	for (size_t i = 0; i < TEST_COUNT(plain_scripts); i++)
		mig_check_add_script(comparison->check, &plain_scripts[i]);
	finish(comparison);
}

static const char *
long_text(struct mig_check *check)
{
	char *text = mig_arena_alloc(mig_check_arena(check), LONG_BYTES + 1);
	assert_non_null(text);
	for (size_t i = 0; i < LONG_BYTES; i++)
		text[i] = i % 10 == 9 ? '`' : i % 7 == 6 ? ' ' : 'x';
	return text;
}

void
test_comparison_hostile(struct test_comparison *comparison)
{
	struct mig_change change = { .rule = TEST_HOSTILE,
		.type = "column_removed",
		.field_path = "tables." TEST_HOSTILE,
		.description = TEST_HOSTILE,
		.impact = TEST_HOSTILE,
		.suggestion = TEST_HOSTILE,
		.affected = hostile_list,
		.before = { TEST_HOSTILE, 3 },
		.after = { TEST_HOSTILE, 4 },
		.safe_way = TEST_HOSTILE };
	struct mig_check_script script = { .phase = MIG_SCRIPT_MIGRATE,
		.slug = TEST_HOSTILE,
		.description = TEST_HOSTILE,
		.up = "",
		.irreversible = TEST_HOSTILE,
		.lossy = TEST_HOSTILE,
		.precheck = "SELECT count(*) FROM t WHERE x = '$guard$ $query$'",
		.validation = "SELECT '" TEST_HOSTILE,
		.expected = TEST_HOSTILE,
		.batch = "UPDATE t SET x = '$loop$ $batch$ $batch1$' WHERE x IS NULL;\n",
		.depends = hostile_list };
	start(comparison);
	comparison->report.before = (struct mig_report_side){ TEST_HOSTILE, TEST_HOSTILE,
		TEST_HOSTILE };
	for (int i = 0; i < MIG_CHANGE_SEVERITIES; i++) {
		change.severity = (enum mig_change_severity)i;
		mig_check_add(comparison->check, &change);
	}
	change.description = long_text(comparison->check);
	change.severity = MIG_BREAKING;
	mig_check_add(comparison->check, &change);
	mig_check_add_script(comparison->check, &script);
	finish(comparison);
}

void
test_comparison_empty(struct test_comparison *comparison)
{
	start(comparison);
	finish(comparison);
}

void
test_comparison_fini(struct test_comparison *comparison)
{
	mig_check_free(comparison->check);
	memset(comparison, 0, sizeof(*comparison));
}
