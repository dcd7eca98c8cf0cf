/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/json.h"
#include "engine/ddl_int.h"

#define SQL_BYTES_MAX (4U * 1024U * 1024U)

/* Backfills: rows of a transaction by the size of the table, and pages when it is not known. */
#define SMALL_TABLE_ROWS 1000000
#define SMALL_BATCH_ROWS 1000
#define LARGE_BATCH_ROWS 10000
#define PAGES_PER_MB 128
#define PAGES_DEFAULT 100
#define PAGES_MAX 10000

const char *
mig_ddl_member(const struct mig_ddl_change *change, const char *key)
{
	return mig_json_string(mig_json_get(change->node, key));
}

const char *
mig_ddl_own_name(const char *name)
{
	const char *dot = name == NULL ? NULL : strchr(name, '.');
	return dot == NULL ? name : dot + 1;
}

const char *
mig_ddl_change_name(const struct mig_ddl_change *change)
{
	const char *name = mig_ddl_member(change, "constraint_name");
	return mig_ddl_own_name(name != NULL ? name : mig_ddl_member(change, "index_name"));
}

static void
set(struct mig_ddl_vars *vars, const char *name, const char *value)
{
	MIG_ASSERT(vars->count < MIG_DDL_VARS_MAX);
	vars->list[vars->count++] = (struct mig_template_var){ name, value == NULL ? "" : value };
}

/* A name in quotes, and in quotes as a string: for the catalogue. */
static void
set_name(struct mig_ddl_vars *vars, const char *key, const char *key_text, const char *name)
{
	set(vars, key, mig_ddl_name(vars->arena, name));
	set(vars, key_text, mig_ddl_name_literal(vars->arena, name));
}

static void
set_table(struct mig_ddl_vars *vars, const struct mig_ddl_change *change)
{
	const char *path = mig_ddl_path(vars->arena, NULL, change->table);
	set(vars, "table", path);
	set(vars, "table_text", path == NULL ? NULL : mig_ddl_literal(vars->arena, path));
	set(vars, "table_name", change->table);
}

/* The schema of the table, NULL when none is named. */
static const char *
table_schema(struct mig_ddl_vars *vars, const struct mig_ddl_change *change)
{
	const char *dot = strchr(change->table, '.');
	if (dot == NULL)
		return NULL;
	return mig_arena_strndup(vars->arena, change->table, (size_t)(dot - change->table));
}

/* "table_object", for names of our own. */
static const char *
joint_name(struct mig_ddl_vars *vars, const struct mig_ddl_change *change, const char *object)
{
	const char *joint = mig_arena_printf(vars->arena, "%s_%s", mig_ddl_own_name(change->table),
	    object);
	return joint == NULL ? "" : joint;
}

/* What is made for one object of a table and lives in the table's schema. */
static void
set_helpers(struct mig_ddl_vars *vars, const struct mig_ddl_change *change, const char *object)
{
	struct mig_arena *arena = vars->arena;
	const char *schema = table_schema(vars, change);
	const char *joint = joint_name(vars, change, object);
	const char *check = mig_ddl_derived(arena, "migarch_required_", joint, "");
	const char *sync = mig_ddl_derived(arena, "migarch_sync_", joint, "");
	const char *kept = mig_ddl_derived(arena,
	    mig_ddl_change_name(change) == NULL ? "migarch_kept_" : "migarch_definition_", joint,
	    "");
	if (check == NULL || sync == NULL || kept == NULL)
		return;
	set_name(vars, "check", "check_text", check);
	set_name(vars, "trigger", "trigger_text", sync);
	set(vars, "sync", mig_ddl_path(arena, schema, sync));
	const char *path = mig_ddl_path(arena, schema, kept);
	set(vars, "kept", path);
	set(vars, "kept_text", path == NULL ? NULL : mig_ddl_literal(arena, path));
	set(vars, "kept_name", kept);
}

/* "table.column" for people. */
static void
set_shown(struct mig_ddl_vars *vars, const struct mig_ddl_change *change, const char *key,
    const char *column)
{
	set(vars, key, mig_arena_printf(vars->arena, "%s.%s", change->table, column));
}

static void
set_columns(struct mig_ddl_vars *vars, const struct mig_ddl_change *change, const char *column)
{
	const char *new_name = mig_ddl_own_name(mig_ddl_member(change, "new_name"));
	const char *shadow = new_name != NULL ? new_name
	    : mig_ddl_derived(vars->arena, "", column, "_new");
	const char *retired = mig_ddl_derived(vars->arena, "", column, "_retired");
	if (shadow == NULL || retired == NULL)
		return;
	set_name(vars, "column", "column_text", column);
	set_name(vars, "shadow", "shadow_text", shadow);
	set_name(vars, "retired", "retired_text", retired);
	set_shown(vars, change, "name", column);
	set_shown(vars, change, "shadow_name", shadow);
	set_shown(vars, change, "retired_name", retired);
}

/* A text as it stands between the quotes of an SQL string. */
static const char *
inside_quotes(struct mig_ddl_vars *vars, const char *text)
{
	char *literal = text == NULL ? NULL : mig_ddl_literal(vars->arena, text);
	return literal == NULL ? NULL
	    : mig_arena_strndup(vars->arena, literal + 1, strlen(literal) - 2);
}

static void
set_types(struct mig_ddl_vars *vars, const struct mig_ddl_change *change)
{
	struct mig_arena *arena = vars->arena;
	const char *old_type = mig_ddl_member(change, "old_type");
	const char *wanted = mig_ddl_member(change, old_type != NULL ? "new_type" : "data_type");
	const char *shown = "";
	bool rewrites;
	if (wanted == NULL)
		return;
	const char *type = mig_ddl_type(arena, wanted);
	set(vars, "type", type);
	set(vars, "type_inside", inside_quotes(vars, type));
	if (old_type == NULL)
		return;
	set(vars, "old_type", mig_ddl_type(arena, old_type));
	if (mig_ddl_widens(arena, old_type, wanted, &shown, &rewrites))
		set(vars, "shown_text", mig_ddl_literal(arena, shown));
}

/* What an added column is: "int DEFAULT 0 NOT NULL". */
static void
set_form(struct mig_ddl_vars *vars, const struct mig_ddl_change *change)
{
	const char *data_type = mig_ddl_member(change, "data_type");
	const struct mig_json *nullable = mig_json_get(change->node, "nullable");
	const char *sql = "";
	if (data_type == NULL)
		return;
	const char *type = mig_ddl_type(vars->arena, data_type);
	enum mig_ddl_default value = mig_ddl_default(vars->arena, data_type,
	    mig_json_get(change->node, "default"), &sql);
	set(vars, "default", sql);
	set(vars, "form", mig_arena_printf(vars->arena, "%s%s%s%s", type == NULL ? "" : type,
	    value == MIG_DDL_DEFAULT_NONE ? "" : " DEFAULT ", sql,
	    nullable != NULL && !mig_json_bool(nullable) ? " NOT NULL" : ""));
}

/* Backfills go by pages: as many as hold the rows that one transaction should change. */
static void
set_batch(struct mig_ddl_vars *vars, const struct mig_json *size)
{
	double rows = mig_json_number(mig_json_get(size, "row_count"));
	double pages = mig_json_number(mig_json_get(size, "size_mb")) * PAGES_PER_MB;
	int batch_rows = rows > SMALL_TABLE_ROWS ? LARGE_BATCH_ROWS : SMALL_BATCH_ROWS;
	if (rows < 1 || pages < 1) {
		set(vars, "pages", mig_arena_printf(vars->arena, "%d", PAGES_DEFAULT));
		set(vars, "batch", mig_arena_printf(vars->arena, "%d pages a transaction",
		    PAGES_DEFAULT));
		return;
	}
	double wanted = batch_rows / (rows / pages);
	int step = wanted < 1 ? 1 : wanted > PAGES_MAX ? PAGES_MAX : (int)wanted;
	set(vars, "pages", mig_arena_printf(vars->arena, "%d", step));
	set(vars, "batch", mig_arena_printf(vars->arena,
	    "about %.0f of %.0f rows (%d pages) a transaction", rows / pages * step, rows, step));
}

/* Names of the constraints and indexes that the specification drops from the table, as SQL. */
static void
set_dropped(struct mig_ddl_vars *vars, const struct mig_ddl_change *change)
{
	struct mig_buf out;
	mig_buf_init(&out, SQL_BYTES_MAX);
	for (size_t i = 0; i < change->group_count; i++) {
		const struct mig_ddl_change *other = change->group[i];
		if ((other->way & (MIG_DDL_DROP_CONSTRAINT | MIG_DDL_DROP_INDEX)) == 0)
			continue;
		mig_buf_puts(&out, out.len > 0 ? ", " : "");
		mig_buf_puts(&out, mig_ddl_name_literal(vars->arena, mig_ddl_change_name(other)));
	}
	set(vars, "dropped", mig_ddl_keep(vars->arena, &out));
}

static const char *
index_columns(struct mig_ddl_vars *vars, const struct mig_ddl_change *change)
{
	struct mig_buf out;
	mig_buf_init(&out, SQL_BYTES_MAX);
	const struct mig_json *item = mig_json_first(mig_json_get(change->node, "columns"));
	for (; item != NULL; item = mig_json_next(item)) {
		mig_buf_puts(&out, out.len > 0 ? ", " : "");
		mig_buf_puts(&out, mig_ddl_index_column(vars->arena, mig_json_string(item)));
	}
	return mig_ddl_keep(vars->arena, &out);
}

/* Constraints and indexes. */
static void
set_constraint(struct mig_ddl_vars *vars, const struct mig_ddl_change *change, const char *name)
{
	struct mig_arena *arena = vars->arena;
	const char *kind = mig_ddl_member(change, "constraint_type");
	const char *definition = mig_ddl_member(change, "definition");
	const char *given = mig_ddl_member(change, "index_name");
	const char *path = mig_ddl_path(arena, table_schema(vars, change),
	    given != NULL ? given : name);
	set_name(vars, "constraint", "constraint_text", name);
	set(vars, "constraint_name", name);
	set(vars, "index_path", path);
	set(vars, "index_text", path == NULL ? NULL : mig_ddl_literal(arena, path));
	set(vars, "unique", mig_json_bool(mig_json_get(change->node, "unique")) ? "UNIQUE " : "");
	if (kind != NULL)
		set(vars, "definition", mig_ddl_definition(arena, kind, definition));
	set(vars, "columns", kind != NULL ? mig_ddl_key_columns(arena, kind, definition)
	    : index_columns(vars, change));
}

static void
set_later(struct mig_ddl_vars *vars, const char *drop_phase)
{
	set(vars, "later", drop_phase == NULL
	    ? "there it stays, since no phase of this plan is a point of no return"
	    : mig_arena_printf(vars->arena, "%s drops it", drop_phase));
}

void
mig_ddl_set_vars(struct mig_ddl_vars *vars, const struct mig_ddl_change *change,
    const struct mig_ddl_context *context)
{
	const char *column = mig_ddl_own_name(mig_ddl_member(change, "column"));
	const char *name = mig_ddl_change_name(change);
	set_table(vars, change);
	set_helpers(vars, change, column != NULL ? column : name);
	set_later(vars, context->drop_phase);
	set_batch(vars, context->size);
	if (column == NULL) {
		set_constraint(vars, change, name);
		return;
	}
	set_columns(vars, change, column);
	set_types(vars, change);
	set_form(vars, change);
	set_dropped(vars, change);
}
