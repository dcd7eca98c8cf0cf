/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include "config.h"

#include <string.h>

#include "schema/script_pg.h"

/* Functions that give all rows of a statement one value: what else is called may not. */
static const char *const steady[] = { "now", "current_timestamp", "current_date", "current_time",
	"localtimestamp", "localtime", "transaction_timestamp", "statement_timestamp",
	"current_user", "session_user", "current_setting", "timezone", "to_timestamp", "date_trunc",
	"make_interval", "md5", "lower", "upper", "array", "row", "cast", "collate", "interval",
	"numeric", "varchar", "char", "bit", "varbit", "character", "varying", "timestamp", "time",
	"without", "zone", "with", "to_jsonb", "to_json", "jsonb_build_object", "jsonb_build_array",
	"json_build_object", "int4range", "int8range", "numrange", "daterange", "tsrange",
	"tstzrange", "point", "box", "coalesce", "nullif", "greatest", "least", "length", "abs",
	"round", "substr", "substring", "concat", "chr", "repeat", "make_date", "decode", "encode",
	"convert_to" };

bool
mig_pg_by_row(const char *expression)
{
	struct mig_sql_word word;
	while (expression != NULL && mig_sql_next(&expression, &word)) {
		const char *rest = expression + strspn(expression, " ");
		bool known = *rest != '(';
		for (size_t i = 0; i < COUNT_OF(steady) && !known; i++)
			known = strcmp(steady[i], word.name) == 0;
		if (!known)
			return true;
	}
	return false;
}

static bool
is_partitioned(const struct mig_db_object *table)
{
	return mig_db_as_table(table)->partition_key != NULL;
}

static bool
has_children(const struct mig_script *script, const struct mig_db_object *table)
{
	size_t count = 0;
	const struct mig_script_use *users = mig_script_users_of(&script->uses[1], table, &count);
	for (size_t i = 0; i < count; i++)
		if (users[i].user->kind == MIG_DB_TABLE)
			return true;
	return is_partitioned(table);
}

/* An UPDATE of at most so many rows that have no value yet; value may use the row's "n". */
static const char *
batch_of(struct mig_script *script, const struct mig_db_column *column, const char *value)
{
	const struct mig_db_object *table = column->base.parent;
	const char *row = has_children(script, table) ? "tableoid, ctid" : "ctid";
	const char *place = has_children(script, table) ? "t.tableoid, t.ctid" : "t.ctid";
	return mig_sql_text(script,
	    "UPDATE %t AS t SET %n = %s\n"
	    "FROM (SELECT %s, (ctid::text::point)[0]::bigint * 1000 + "
	    "(ctid::text::point)[1]::bigint"
	    " AS n\n"
	    "\tFROM %t WHERE %n IS NULL LIMIT %d) AS b (%s, n)\n"
	    "WHERE (%s) = (%s);\n",
	    table, column->base.name, value, row, table, column->base.name,
	    (int64_t)MIG_SCRIPT_BATCH_ROWS, has_children(script, table) ? "part, place" : "place",
	    place, has_children(script, table) ? "b.part, b.place" : "b.place");
}

static struct mig_script_step *
fill_step(struct mig_script *script, const struct mig_db_column *column, const char *value,
    const struct mig_script_step *earlier)
{
	struct mig_script_step *step =
	    mig_step_new(script, MIG_SCRIPT_MIGRATE, NULL, &column->base);
	step->side = true;
	mig_step_name(script, step, "fill", &column->base);
	step->script.batch = batch_of(script, column, value);
	step->script.validation = mig_sql_text(script, "SELECT count(*) FROM %t WHERE %n IS NULL",
	    column->base.parent, column->base.name);
	step->script.expected = "0";
	step->up.lock = MIG_LOCK_ROW_EXCLUSIVE;
	mig_step_wait(script, step, earlier);
	return step;
}

static const char *
null_check(struct mig_script *script, const struct mig_db_column *column)
{
	const char *name = mig_sql_made_name(
	    script->arena, column->base.parent->name, column->base.name, "migarch_not_null");
	return name != NULL ? name : "";
}

/* A check that all rows will have to pass, but not yet, then its validation, then NOT NULL. */
static struct mig_script_step *
strict_steps(struct mig_script *script, const struct mig_db_op *op, enum mig_script_phase phase,
    const struct mig_script_step *earlier)
{
	const struct mig_db_column *column = mig_db_as_column(op->after);
	const struct mig_db_object *table = op->after->parent;
	const char *check = null_check(script, column);
	struct mig_script_step *steps[MIG_STRICT_STEPS];
	static const char *const verbs[MIG_STRICT_STEPS] = { "add a check for NOT NULL of",
		"validate the check for NOT NULL of", "set NOT NULL of" };
	for (size_t i = 0; i < COUNT_OF(steps); i++) {
		steps[i] = mig_step_new(script, phase, op->before, op->after);
		steps[i]->side = true;
		steps[i]->passes = true;
		mig_step_name(script, steps[i], verbs[i], op->after);
		mig_step_wait(script, steps[i], i == 0 ? earlier : steps[i - 1]);
	}
	const char *add = mig_sql_text(script,
	    "ALTER TABLE %t ADD CONSTRAINT %n CHECK (%n IS NOT NULL) NOT VALID;\n", table, check,
	    op->after->name);
	const char *drop =
	    mig_sql_text(script, "ALTER TABLE %t DROP CONSTRAINT %n;\n", table, check);
	mig_sql_put(&steps[0]->up, "%s", add);
	mig_sql_put(&steps[0]->down, "%s", drop);
	mig_sql_lock(&steps[0]->up, MIG_LOCK_ACCESS_EXCLUSIVE, 0);
	mig_sql_put(&steps[1]->up, "ALTER TABLE %t VALIDATE CONSTRAINT %n;\n", table, check);
	mig_sql_put(&steps[1]->down, "%s%s", drop, add);
	mig_sql_lock(&steps[1]->up, MIG_LOCK_SHARE_UPDATE_EXCLUSIVE, MIG_WORK_SCAN);
	steps[1]->script.precheck = mig_sql_text(
	    script, "SELECT count(*) FROM %t WHERE %n IS NULL", table, op->after->name);
	mig_sql_put(&steps[2]->up, "ALTER TABLE %t ALTER COLUMN %n SET NOT NULL;\n%s", table,
	    op->after->name, drop);
	mig_sql_put(&steps[2]->down, "%sALTER TABLE %t ALTER COLUMN %n DROP NOT NULL;\n", add,
	    table, op->after->name);
	mig_sql_lock(&steps[2]->up, MIG_LOCK_ACCESS_EXCLUSIVE, 0);
	steps[2]->script.validation = mig_sql_text(script,
	    "SELECT attnotnull FROM pg_attribute WHERE attrelid = %l::regclass AND attname = %l",
	    mig_sql_text(script, "%t", table), op->after->name);
	steps[2]->script.expected = "t";
	if (!mig_script_map_set(&script->strict, op->after, steps[2]->number + 1))
		script->failed = true;
	return steps[2];
}

static bool
is_constrained_domain(const struct mig_script *script, const struct mig_db_column *column)
{
	const struct mig_db_object *object = mig_pg_own_type(script, column, 1, MIG_DB_DOMAIN);
	const struct mig_db_domain *domain = object != NULL ? mig_db_as_domain(object) : NULL;
	return domain != NULL && (!domain->nullable || domain->checks_count > 0);
}

/* The default of a child's column, which has got that of the parent's, if it has any. */
static void
put_child_default(struct mig_sql *sql, const struct mig_db_column *column, const char *given)
{
	if (column->generated != MIG_DB_GENERATED_NONE || mig_db_same(given, column->default_expr))
		return;
	mig_sql_put(
	    sql, "ALTER TABLE ONLY %t ALTER COLUMN %c ", column->base.parent, &column->base);
	if (column->default_expr != NULL)
		mig_sql_put(sql, "SET DEFAULT %x;\n", mig_pg_default(sql, column));
	else
		mig_sql_put(sql, "DROP DEFAULT;\n");
}

/* The column that a child has from a table; NULL: it has none, or is itself made or dropped. */
static const struct mig_db_object *
given_column(
    const struct mig_script *script, const struct mig_db_object *child, const char *name)
{
	const struct mig_db_op *op = mig_script_op(script, child);
	if (child->kind != MIG_DB_TABLE || (op != NULL && op->what != MIG_DB_CHANGED))
		return NULL;
	const struct mig_db_object *column = mig_db_find_part(child, MIG_DB_COLUMN, name);
	return column != NULL && mig_db_as_column(column)->inherited ? column : NULL;
}

void
mig_pg_put_children(struct mig_sql *sql, const struct mig_db_object *column, const char *given)
{
	const struct mig_script *script = sql->script;
	struct mig_script_walk walk = { .count = 0 };
	const struct mig_db_object *at = column;
	for (; at != NULL; at = mig_script_walk_next(&walk)) {
		size_t count = 0;
		const struct mig_script_use *users = mig_script_users_of(
		    &script->uses[sql->back ? 0 : 1], at->parent, &count);
		for (size_t i = 0; i < count; i++) {
			const struct mig_db_object *theirs =
			    given_column(script, users[i].user, column->name);
			if (theirs != NULL)
				mig_script_walk_add(script, &walk, theirs);
		}
		if (at == column)
			continue;
		put_child_default(sql, mig_db_as_column(at), given);
		mig_pg_column_more(sql, mig_db_as_column(at));
	}
	mig_script_walk_fini(&walk);
}

/* A column that may first be empty, then is filled, then may not be empty any more. */
static void
add_in_steps(struct mig_script *script, const struct mig_db_op *op, const char *value)
{
	const struct mig_db_column *column = mig_db_as_column(op->after);
	struct mig_script_step *step = mig_step_new(script, MIG_SCRIPT_EXPAND, NULL, op->after);
	bool required = column->default_expr == NULL && column->identity != MIG_DB_SERIAL;
	mig_step_name(script, step, "add", op->after);
	mig_step_validate(script, step, op->after, true);
	mig_sql_put(&step->up, "ALTER TABLE %t ADD COLUMN ", op->after->parent);
	mig_pg_put_column(&step->up, column, true);
	mig_sql_put(&step->up, ";\n");
	if (!required) {
		struct mig_db_column nothing = { .base = column->base, .more = column->more };
		mig_pg_column_default_on(&step->up, &nothing.base, op->after);
	}
	mig_pg_column_more(&step->up, column);
	mig_pg_put_children(&step->up, op->after, NULL);
	mig_pg_drop(&step->down, op->after);
	mig_sql_lock(&step->up, MIG_LOCK_ACCESS_EXCLUSIVE, 0);
	step->up.work = 0;
	struct mig_script_step *fill = step;
	if (value != NULL)
		fill = fill_step(script, column, value, step);
	if (required && value != NULL)
		fill->script.description = mig_sql_text(script,
		    "Fill column %s.%s; the value stands in for one that only you can know.",
		    op->after->parent->name, op->after->name);
	if (!column->nullable)
		strict_steps(script, op, required ? MIG_SCRIPT_CONTRACT : MIG_SCRIPT_MIGRATE, fill);
}

static bool
is_parent(const struct mig_script *script, const struct mig_db_object *parent,
    const struct mig_db_object *child)
{
	size_t count = 0;
	const struct mig_db_ref *refs = mig_db_parents(child, &count);
	for (size_t i = 0; i < count; i++)
		if (mig_db_find(script->after, MIG_DB_TABLE, refs[i].schema, refs[i].name) ==
		    parent)
			return true;
	return false;
}

/*
 * Whether an inherited column comes or goes by the step of a parent, which then is one on both
 * sides.
 */
static bool
parent_steps(const struct mig_script *script, const struct mig_db_op *op)
{
	const struct mig_db_object *part = op->before != NULL ? op->before : op->after;
	const struct mig_db_op *table = mig_script_op(script, part->parent);
	if (mig_script_map_get(&script->moved, part->parent) == 0 || table == NULL)
		return true;
	size_t count = 0;
	const struct mig_db_ref *refs = mig_db_parents(table->before, &count);
	for (size_t i = 0; i < count; i++) {
		const struct mig_db_object *old =
		    mig_db_find(script->before, MIG_DB_TABLE, refs[i].schema, refs[i].name);
		const struct mig_db_object *new =
		    old != NULL ? mig_script_partner(script, old) : NULL;
		if (new != NULL && is_parent(script, new, table->after) &&
		    mig_db_find_part(
		        op->before != NULL ? old : new, MIG_DB_COLUMN, part->name) != NULL)
			return true;
	}
	return false;
}

static void
add_column(struct mig_script *script, const struct mig_db_op *op)
{
	const struct mig_db_column *column = mig_db_as_column(op->after);
	bool serial = column->identity == MIG_DB_SERIAL;
	bool identity = column->identity != MIG_DB_IDENTITY_NONE && !serial;
	bool generated = column->generated != MIG_DB_GENERATED_NONE;
	if (column->inherited && parent_steps(script, op))
		return;
	if (serial || (!generated && !identity && mig_pg_by_row(column->default_expr))) {
		add_in_steps(script, op, "DEFAULT");
		return;
	}
	if (!generated && !identity && !column->nullable && column->default_expr == NULL) {
		add_in_steps(script, op, mig_pg_placeholder(script, column->type));
		return;
	}
	bool rewrites = identity || column->generated == MIG_DB_GENERATED_STORED ||
	    is_constrained_domain(script, column);
	struct mig_script_step *step = mig_pg_make_step(script, MIG_SCRIPT_EXPAND, op->after);
	mig_pg_put_children(&step->up, op->after, column->default_expr);
	mig_sql_lock(
	    &step->up, MIG_LOCK_ACCESS_EXCLUSIVE, rewrites ? MIG_WORK_REWRITE | MIG_WORK_SCAN : 0);
}

bool
mig_pg_domain_fills(const struct mig_script *script, const struct mig_db_column *column, int side)
{
	const struct mig_db_object *object = mig_pg_own_type(script, column, side, MIG_DB_DOMAIN);
	const struct mig_db_domain *domain = object != NULL ? mig_db_as_domain(object) : NULL;
	return domain != NULL && domain->default_expr != NULL && domain->nullable &&
	    column->nullable && column->default_expr == NULL &&
	    column->identity == MIG_DB_IDENTITY_NONE &&
	    column->generated == MIG_DB_GENERATED_NONE;
}

/* Its domain's default is for new rows, and may be one that the domain's own checks refuse. */
static bool
put_empty_column(struct mig_sql *sql, const struct mig_db_column *column)
{
	if (!mig_pg_domain_fills(sql->script, column, 0))
		return false;
	mig_sql_put(sql, "ALTER TABLE %t ADD COLUMN ", column->base.parent);
	mig_pg_put_column(sql, column, true);
	mig_sql_put(sql, " DEFAULT NULL;\nALTER TABLE %t ALTER COLUMN %c DROP DEFAULT;\n",
	    column->base.parent, &column->base);
	mig_pg_column_more(sql, column);
	return true;
}

/* The old column again, with values that are there only because there must be some. */
static void
put_column_back(struct mig_sql *sql, const struct mig_db_column *column)
{
	const struct mig_db_object *table = column->base.parent;
	bool filled = column->nullable || column->default_expr != NULL ||
	    column->identity != MIG_DB_IDENTITY_NONE || column->generated != MIG_DB_GENERATED_NONE;
	if (filled) {
		if (!put_empty_column(sql, column))
			mig_pg_add_column(sql, column);
		mig_pg_put_children(sql, &column->base, column->default_expr);
		return;
	}
	const char *value = mig_pg_placeholder(sql->script, column->type);
	mig_sql_put(sql, "ALTER TABLE %t ADD COLUMN ", table);
	mig_pg_put_column(sql, column, true);
	mig_sql_put(sql,
	    ";\nUPDATE %t AS t SET %n = %s\nFROM (SELECT tableoid, ctid, row_number() OVER () AS n"
	    " FROM %t) AS b (part, place, n)\nWHERE t.tableoid = b.part AND t.ctid = b.place;\n"
	    "ALTER TABLE %t ALTER COLUMN %n SET NOT NULL;\n",
	    table, column->base.name, value != NULL ? value : "NULL", table, table,
	    column->base.name);
	mig_sql_lock(sql, MIG_LOCK_ACCESS_EXCLUSIVE, MIG_WORK_REWRITE);
	mig_pg_column_more(sql, column);
	mig_pg_put_children(sql, &column->base, column->default_expr);
}

static void
drop_column(struct mig_script *script, const struct mig_db_op *op)
{
	const struct mig_db_column *column = mig_db_as_column(op->before);
	if (column->inherited && parent_steps(script, op))
		return;
	struct mig_script_step *step = mig_step_new(script, MIG_SCRIPT_CONTRACT, op->before, NULL);
	mig_step_name(script, step, "drop", op->before);
	mig_step_validate(script, step, op->before, false);
	mig_pg_drop(&step->up, op->before);
	put_column_back(&step->down, column);
	mig_sql_lock(&step->up, MIG_LOCK_ACCESS_EXCLUSIVE, 0);
	step->script.irreversible = mig_pg_irreversible(script, op->before);
	if (column->generated == MIG_DB_GENERATED_NONE)
		step->script.lossy =
		    mig_sql_text(script, "the undo adds %s.%s again, last and without its values",
		        op->before->parent->name, op->before->name);
}

/*
 * Whether the parent of an inherited column is changed in the same way: then nothing is left to
 * do.
 */
static bool
parent_does(const struct mig_script *script, const struct mig_db_op *op, unsigned aspect)
{
	size_t count = 0;
	const struct mig_db_ref *refs = mig_db_parents(op->after->parent, &count);
	for (size_t i = 0; i < count; i++) {
		const struct mig_db_object *parent =
		    mig_db_find(script->after, MIG_DB_TABLE, refs[i].schema, refs[i].name);
		const struct mig_db_object *column = parent == NULL ?
		    NULL :
		    mig_db_find_part(parent, MIG_DB_COLUMN, op->after->name);
		const struct mig_db_op *other =
		    column != NULL ? mig_script_op(script, column) : NULL;
		if (other != NULL && other->what == MIG_DB_CHANGED &&
		    (other->aspects & aspect) != 0)
			return true;
	}
	return false;
}

bool
mig_pg_goes_with_parent(const struct mig_script *script, const struct mig_db_op *op)
{
	return op->kind == MIG_DB_COLUMN && op->what == MIG_DB_CHANGED &&
	    op->after->parent->kind == MIG_DB_TABLE && mig_db_as_column(op->before)->inherited &&
	    mig_db_as_column(op->after)->inherited && parent_does(script, op, MIG_DB_GENERATED);
}

static void
change_nullable(
    struct mig_script *script, const struct mig_db_op *op, const struct mig_script_step *earlier)
{
	const struct mig_db_column *column = mig_db_as_column(op->after);
	if (parent_does(script, op, MIG_DB_NULLABLE))
		return;
	if (!column->nullable) {
		const struct mig_script_step *fill = earlier;
		if (column->default_expr != NULL && column->identity == MIG_DB_IDENTITY_NONE) {
			struct mig_script_step *step =
			    fill_step(script, column, "DEFAULT", earlier);
			step->items[0].before = op->before;
			step->script.lossy = mig_sql_text(script,
			    "the undo does not tell which rows of %s.%s were NULL",
			    op->after->parent->name, op->after->name);
			fill = step;
		}
		strict_steps(script, op, MIG_SCRIPT_CONTRACT, fill);
		return;
	}
	struct mig_script_step *step =
	    mig_pg_alter_step(script, MIG_SCRIPT_EXPAND, op, MIG_DB_NULLABLE, "allow NULL in");
	mig_sql_lock(&step->up, MIG_LOCK_ACCESS_EXCLUSIVE, 0);
	mig_sql_lock(&step->down, MIG_LOCK_ACCESS_EXCLUSIVE, MIG_WORK_SCAN);
	step->passes = true;
	mig_step_wait(script, step, earlier);
	if (!mig_script_map_set(&script->strict, op->before, step->number + 1))
		script->failed = true;
}

static struct mig_script_step *
change_default(struct mig_script *script, const struct mig_db_op *op, unsigned aspects)
{
	const struct mig_db_column *old = mig_db_as_column(op->before);
	const struct mig_db_column *new = mig_db_as_column(op->after);
	enum mig_script_phase phase = MIG_SCRIPT_MIGRATE;
	if (old->default_expr == NULL && new->default_expr != NULL)
		phase = MIG_SCRIPT_EXPAND;
	if (new->default_expr == NULL &&new->identity == MIG_DB_IDENTITY_NONE && !new->nullable)
		phase = MIG_SCRIPT_CONTRACT;
	struct mig_script_step *step = mig_pg_alter_step(
	    script, phase, op, aspects & (MIG_DB_DEFAULT | MIG_DB_IDENTITY), "change default of");
	step->side = false;
	step->strict = true;
	step->gives = old->identity != MIG_DB_SERIAL && new->identity == MIG_DB_SERIAL;
	step->takes = old->identity == MIG_DB_SERIAL && new->identity != MIG_DB_SERIAL;
	mig_sql_lock(&step->up, MIG_LOCK_ACCESS_EXCLUSIVE, 0);
	return step;
}

static void
rename_column(struct mig_script *script, const struct mig_db_op *op)
{
	struct mig_script_step *step =
	    mig_step_new(script, MIG_SCRIPT_CONTRACT, op->before, op->after);
	step->side = true;
	step->frees = true;
	step->passes = true;
	step->rank = 0;
	mig_step_name(script, step, "rename", op->before);
	mig_step_validate(script, step, op->after, true);
	step->script.description = mig_sql_text(script,
	    "Rename column %s.%s to %s; where old and new clients run side by side, add the new "
	    "column, keep both equal by a trigger, fill it, and drop the old one last.",
	    op->before->parent->name, op->before->name, op->after->name);
	mig_sql_put(&step->up, "ALTER TABLE %t RENAME COLUMN %n TO %n;\n", op->after->parent,
	    op->before->name, op->after->name);
	mig_sql_put(&step->down, "ALTER TABLE %t RENAME COLUMN %n TO %n;\n", op->after->parent,
	    op->after->name, op->before->name);
	mig_pg_rename_sequence(step, mig_db_as_column(op->before));
	mig_sql_lock(&step->up, MIG_LOCK_ACCESS_EXCLUSIVE, 0);
	if (!mig_script_map_set(&script->early, op->before, step->number + 1) ||
	    !mig_script_map_set(&script->early, op->after, step->number + 1))
		script->failed = true;
}

void
mig_pg_column_fact(struct mig_script *script, const struct mig_db_op *op, unsigned aspects)
{
	if (op->what == MIG_DB_ADDED) {
		add_column(script, op);
		return;
	}
	if (op->what == MIG_DB_DROPPED) {
		drop_column(script, op);
		return;
	}
	struct mig_script_step *step = NULL;
	if ((aspects & MIG_DB_NAME) != 0)
		rename_column(script, op);
	if ((aspects & (MIG_DB_DEFAULT | MIG_DB_IDENTITY)) != 0)
		step = change_default(script, op, aspects);
	/* An identity needs NOT NULL first, and is gone before NULL is allowed. */
	const struct mig_db_column *column = mig_db_as_column(op->after);
	bool strict = step != NULL && !column->nullable && column->identity != MIG_DB_SERIAL;
	if ((aspects & MIG_DB_NULLABLE) != 0)
		change_nullable(script, op, strict ? NULL : step);
	if ((aspects & MIG_DB_STORAGE) != 0) {
		step = mig_pg_alter_step(
		    script, MIG_SCRIPT_MIGRATE, op, MIG_DB_STORAGE, "change storage of");
		mig_sql_lock(&step->up, MIG_LOCK_ACCESS_EXCLUSIVE, 0);
	}
	mig_pg_common_steps(script, op, aspects);
}
