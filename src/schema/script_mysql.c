/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include "config.h"

#include <string.h>

#include "schema/script_mysql_int.h"

/*
 * MySQL and MariaDB: no step can be undone by a transaction, each statement commits by itself.
 * The algorithm is left to the server, which takes the cheapest; locks are those of MariaDB 10.11.
 */

static const char values_lost[] = "the undo does not bring the rows' values back";

static bool
is_key(const struct mig_db_constraint *constraint)
{
	return constraint->type == MIG_DB_PRIMARY_KEY || constraint->type == MIG_DB_UNIQUE;
}

static bool
is_auto(const struct mig_db_object *column)
{
	return column != NULL && mig_db_as_column(column)->identity != MIG_DB_IDENTITY_NONE;
}

static const struct mig_db_object *
either(const struct mig_db_op *op)
{
	return op->after != NULL ? op->after : op->before;
}

static const char *
first_column(const struct mig_db_object *key)
{
	if (key->kind == MIG_DB_INDEX) {
		const struct mig_db_index *index = mig_db_as_index(key);
		return index->columns_count > 0 ? index->columns[0] : NULL;
	}
	const struct mig_db_constraint *constraint = mig_db_as_constraint(key);
	return is_key(constraint) && constraint->columns_count > 0 ? constraint->columns[0] : NULL;
}

/* The column of that name whose counting begins, ends, or comes or goes with it. */
static const struct mig_db_op *
counter_of(const struct mig_script *script, const struct mig_db_object *key)
{
	const char *name = key != NULL ? first_column(key) : NULL;
	const struct mig_db_object *column =
	    name != NULL ? mig_db_find_part(key->parent, MIG_DB_COLUMN, name) : NULL;
	const struct mig_db_op *op = column != NULL ? mig_script_op(script, column) : NULL;
	bool counts = op != NULL && (is_auto(op->before) || is_auto(op->after));
	return counts && is_auto(op->before) != is_auto(op->after) ? op : NULL;
}

/* A column that counts has to be a key's first all the time: both change in one statement. */
static const struct mig_db_op *
counter_of_op(const struct mig_script *script, const struct mig_db_op *key)
{
	const struct mig_db_op *found = counter_of(script, key->after);
	return found != NULL ? found : counter_of(script, key->before);
}

/* What the plain statement does to a table while it is carried out. */
static void
note_column(struct mig_sql *sql, const struct mig_db_op *op)
{
	unsigned retypes = MIG_DB_TYPE | MIG_DB_COLLATE | MIG_DB_GENERATED;
	if (op->what == MIG_DB_CHANGED) {
		if ((op->aspects & retypes) != 0 ||
		    ((op->aspects & MIG_DB_IDENTITY) != 0 && is_auto(op->after)))
			mig_sql_lock(sql, MIG_LOCK_SHARE, MIG_WORK_REWRITE | MIG_WORK_SCAN);
		else if ((op->aspects & MIG_DB_NULLABLE) != 0)
			mig_sql_lock(sql, MIG_LOCK_NONE, MIG_WORK_REWRITE | MIG_WORK_SCAN);
	} else if (op->what == MIG_DB_ADDED) {
		const struct mig_db_column *column = mig_db_as_column(op->after);
		if (column->generated == MIG_DB_GENERATED_STORED ||
		    column->identity != MIG_DB_IDENTITY_NONE ||
		    mig_db_virtual_behind(sql->script->before, column))
			mig_sql_lock(sql, MIG_LOCK_SHARE, MIG_WORK_REWRITE | MIG_WORK_SCAN);
	}
}

static void
note_table(struct mig_sql *sql, const struct mig_db_op *op)
{
	const struct mig_db_table *old = mig_db_as_table(op->before);
	const struct mig_db_table *new = mig_db_as_table(op->after);
	if ((op->aspects & (MIG_DB_COLLATE | MIG_DB_PARTITION_KEY)) != 0 ||
	    !mig_db_same(old->engine, new->engine))
		mig_sql_lock(sql, MIG_LOCK_SHARE, MIG_WORK_REWRITE | MIG_WORK_SCAN);
	if (!mig_db_same(old->row_format, new->row_format))
		mig_sql_lock(sql, MIG_LOCK_NONE, MIG_WORK_REWRITE | MIG_WORK_SCAN);
	if ((op->aspects & MIG_DB_NAME) != 0)
		mig_sql_lock(sql, MIG_LOCK_EXCLUSIVE, 0);
}

static void
note_work(struct mig_sql *sql, const struct mig_db_op *op)
{
	if (op->kind == MIG_DB_COLUMN) {
		note_column(sql, op);
	} else if (op->kind == MIG_DB_CONSTRAINT && op->what != MIG_DB_DROPPED) {
		bool key = is_key(mig_db_as_constraint(op->after));
		mig_sql_lock(sql, key ? MIG_LOCK_NONE : MIG_LOCK_SHARE,
		    key ? MIG_WORK_INDEX | MIG_WORK_SCAN : MIG_WORK_REWRITE | MIG_WORK_SCAN);
	} else if (op->kind == MIG_DB_INDEX && op->what != MIG_DB_DROPPED) {
		mig_sql_lock(sql, MIG_LOCK_NONE, MIG_WORK_INDEX | MIG_WORK_SCAN);
	} else if (op->kind == MIG_DB_TABLE && op->what == MIG_DB_CHANGED) {
		note_table(sql, op);
	}
}

static enum mig_script_phase
phase_of(const struct mig_db_op *op)
{
	if (op->what == MIG_DB_DROPPED)
		return MIG_SCRIPT_CONTRACT;
	if (op->what == MIG_DB_ADDED)
		return op->kind == MIG_DB_CONSTRAINT ? MIG_SCRIPT_CONTRACT : MIG_SCRIPT_EXPAND;
	bool strict = op->kind == MIG_DB_COLUMN && (op->aspects & MIG_DB_NULLABLE) != 0 &&
	    !mig_db_as_column(op->after)->nullable;
	return strict || (op->aspects & MIG_DB_NAME) != 0 ? MIG_SCRIPT_CONTRACT :
	                                                    MIG_SCRIPT_MIGRATE;
}

static const char *
verb_of(const struct mig_db_op *op)
{
	return op->what == MIG_DB_ADDED ? "add" : op->what == MIG_DB_DROPPED ? "drop" : "change";
}

/* A step that makes after of before, with nothing in it yet. */
static struct mig_script_step *
step_of(struct mig_script *script, const struct mig_db_op *op)
{
	struct mig_script_step *step = mig_step_new(script, phase_of(op), op->before, op->after);
	mig_step_name(script, step, verb_of(op), either(op));
	if (op->what == MIG_DB_DROPPED && (op->kind == MIG_DB_TABLE || op->kind == MIG_DB_COLUMN))
		step->script.lossy = values_lost;
	note_work(&step->up, op);
	return step;
}

/* The column that stops to count while the first one of the key begins; NULL: there is none. */
static const struct mig_db_op *
other_counter(const struct mig_script *script, const struct mig_db_op *key)
{
	const struct mig_db_op *old = counter_of(script, key->before);
	const struct mig_db_op *new = counter_of(script, key->after);
	return new != NULL && old != new ? old : NULL;
}

static void
put_other(struct mig_script *script, struct mig_script_step *step, const struct mig_db_op *column,
    const struct mig_db_op *key)
{
	const struct mig_db_op *other = other_counter(script, key);
	if (other == NULL || other == column)
		return;
	mig_step_item(script, step, other->before, other->after);
	mig_sql_put(&step->up, ", ");
	mig_sql_put(&step->down, ", ");
	mig_mysql_column_clause(&step->up, other->before, other->after);
	mig_mysql_column_clause(&step->down, other->after, other->before);
	step->script.phase = MIG_SCRIPT_CONTRACT;
	if (other->after == NULL)
		step->script.lossy = values_lost;
}

/* Whether the step of another column, which shares a key with this one, changes it as well. */
static bool
goes_along(const struct mig_script *script, const struct mig_db_op *column)
{
	size_t count = 0;
	if (!is_auto(column->before))
		return false;
	struct mig_db_object *const *keys =
	    mig_db_parts(column->before->parent, MIG_DB_CONSTRAINT, &count);
	for (size_t i = 0; i < count; i++) {
		const struct mig_db_op *op = mig_script_op(script, keys[i]);
		if (op != NULL && other_counter(script, op) == column)
			return true;
	}
	return false;
}

/* The keys that have to change in the same statement as the column. */
static void
put_keys(struct mig_script *script, struct mig_script_step *step, const struct mig_db_op *column,
    enum mig_db_kind kind)
{
	const struct mig_db_object *tables[2] = {
		column->before != NULL ? column->before->parent : NULL,
		column->after != NULL ? column->after->parent : NULL
	};
	for (int side = 0; side < 2; side++) {
		size_t count = 0;
		struct mig_db_object *const *keys =
		    tables[side] != NULL ? mig_db_parts(tables[side], kind, &count) : NULL;
		for (size_t i = 0; i < count; i++) {
			const struct mig_db_op *op = mig_script_op(script, keys[i]);
			if (op == NULL || (side == 1 && tables[0] != NULL && op->before != NULL) ||
			    counter_of_op(script, op) != column)
				continue;
			put_other(script, step, column, op);
			mig_step_item(script, step, op->before, op->after);
			mig_sql_put(&step->up, ", ");
			mig_sql_put(&step->down, ", ");
			void (*put)(struct mig_sql *, const struct mig_db_object *,
			    const struct mig_db_object *) =
			    kind == MIG_DB_INDEX ? mig_mysql_index_clause :
			                           mig_mysql_constraint_clause;
			put(&step->up, op->before, op->after);
			put(&step->down, op->after, op->before);
		}
	}
}

/* Whether values that were written become computed ones. */
static bool
forgets(const struct mig_db_op *op)
{
	return op->what == MIG_DB_CHANGED &&
	    mig_db_as_column(op->before)->generated == MIG_DB_GENERATED_NONE &&
	    mig_db_as_column(op->after)->generated != MIG_DB_GENERATED_NONE;
}

/* Whether the undo would have to find values for a column that is unique and NOT NULL. */
static bool
leaves_unique(const struct mig_db_op *op)
{
	if (op->what != MIG_DB_DROPPED || is_auto(op->before) ||
	    mig_db_as_column(op->before)->nullable ||
	    mig_db_as_column(op->before)->generated != MIG_DB_GENERATED_NONE)
		return false;
	const struct mig_db_table *table = mig_db_as_table(op->before->parent);
	for (size_t i = 0; i < table->constraints_count; i++) {
		const struct mig_db_constraint *key = table->constraints[i];
		for (size_t k = 0; is_key(key) && k < key->columns_count; k++)
			if (strcmp(key->columns[k], op->before->name) == 0)
				return true;
	}
	return false;
}

/* The name alone, before all that is done with the column. */
static void
rename_column(struct mig_script *script, const struct mig_db_op *op)
{
	struct mig_script_step *step =
	    mig_step_new(script, MIG_SCRIPT_CONTRACT, op->before, op->after);
	mig_step_name(script, step, "rename", op->after);
	mig_mysql_rename_column(&step->up, op->before, op->after, op->after->parent);
	mig_mysql_rename_column(&step->down, op->after, op->before, op->after->parent);
}

static void
column_fact(struct mig_script *script, const struct mig_db_op *op)
{
	if (goes_along(script, op))
		return;
	if (op->what == MIG_DB_CHANGED && (op->aspects & MIG_DB_NAME) != 0)
		rename_column(script, op);
	if (!mig_mysql_modifies(op))
		return;
	struct mig_script_step *step = step_of(script, op);
	const struct mig_db_object *table = either(op)->parent;
	if (forgets(op))
		step->script.lossy = values_lost;
	if (leaves_unique(op))
		step->script.irreversible =
		    "rows that are there cannot have unique values when it is added again";
	mig_sql_put(&step->up, "ALTER TABLE %t ", table);
	mig_mysql_column_clause(&step->up, op->before, op->after);
	mig_sql_put(&step->down, "ALTER TABLE %t ", table);
	mig_mysql_column_clause(&step->down, op->after, op->before);
	if (is_auto(op->before) != is_auto(op->after)) {
		put_keys(script, step, op, MIG_DB_CONSTRAINT);
		put_keys(script, step, op, MIG_DB_INDEX);
	}
	mig_sql_put(&step->up, ";\n");
	mig_sql_put(&step->down, ";\n");
}

/* The same column on the other side. */
static const struct mig_db_object *
other_column(const struct mig_script *script, const struct mig_db_object *column, bool before)
{
	const struct mig_db_op *op = mig_script_op(script, column);
	if (op != NULL)
		return before ? op->after : op->before;
	const struct mig_db_op *renamed = mig_script_op(script, column->parent);
	const struct mig_db_object *table =
	    mig_db_find(before ? script->after : script->before, MIG_DB_TABLE, NULL,
	        column->parent->name);
	if (renamed != NULL)
		table = before ? renamed->after : renamed->before;
	return table != NULL ? mig_db_find_part(table, MIG_DB_COLUMN, column->name) : NULL;
}

/* A check that was said at a column changes with it. */
static void
own_check_fact(struct mig_script *script, const struct mig_db_op *op)
{
	const struct mig_db_constraint *check = mig_db_as_constraint(either(op));
	const struct mig_db_object *column =
	    mig_db_find_part(check->base.parent, MIG_DB_COLUMN, check->columns[0]);
	if (column == NULL || mig_mysql_modifies(mig_script_op(script, column)))
		return;
	const struct mig_db_object *other = other_column(script, column, op->after == NULL);
	if (other == NULL)
		return;
	const struct mig_db_object *old = op->after == NULL ? column : other;
	const struct mig_db_object *new = op->after == NULL ? other : column;
	struct mig_script_step *step = step_of(script, op);
	mig_sql_put(&step->up, "ALTER TABLE %t ", new->parent);
	mig_mysql_column_clause(&step->up, old, new);
	mig_sql_put(&step->up, ";\n");
	mig_sql_put(&step->down, "ALTER TABLE %t ", new->parent);
	mig_mysql_column_clause(&step->down, new, old);
	mig_sql_put(&step->down, ";\n");
}

static bool
uses_retyped(const struct mig_script *script, const struct mig_db_object *table,
    const char *const *names, size_t count)
{
	unsigned types = MIG_DB_TYPE | MIG_DB_COLLATE;
	for (size_t i = 0; table != NULL && i < count; i++) {
		const struct mig_db_object *column =
		    mig_db_find_part(table, MIG_DB_COLUMN, names[i]);
		const struct mig_db_op *op = column != NULL ? mig_script_op(script, column) : NULL;
		if (op != NULL && op->what == MIG_DB_CHANGED && (op->aspects & types) != 0)
			return true;
	}
	return false;
}

/* Whether columns that the foreign key joins get another type, which it does not let happen. */
static bool
blocks_types(const struct mig_script *script, const struct mig_db_constraint *key)
{
	const struct mig_db_object *target =
	    mig_db_find(script->before, MIG_DB_TABLE, key->ref_schema, key->ref_table);
	return uses_retyped(script, key->base.parent, key->columns, key->columns_count) ||
	    uses_retyped(script, target, key->ref_columns, key->ref_columns_count);
}

/* Whether rows that stay point to a table that goes: the undo makes it again without its rows. */
static bool
loses_target(const struct mig_script *script, const struct mig_db_object *object)
{
	const struct mig_db_constraint *key = mig_db_as_constraint(object);
	const struct mig_db_object *target =
	    mig_db_find(script->before, MIG_DB_TABLE, key->ref_schema, key->ref_table);
	const struct mig_db_op *gone = target != NULL ? mig_script_op(script, target) : NULL;
	const struct mig_db_op *own = mig_script_op(script, object->parent);
	return gone != NULL && gone->what == MIG_DB_DROPPED &&
	    (own == NULL || own->what != MIG_DB_DROPPED);
}

static struct mig_script_step *
half_step(struct mig_script *script, enum mig_script_phase phase,
    const struct mig_db_object *before, const struct mig_db_object *after)
{
	const struct mig_db_object *key = after != NULL ? after : before;
	MIG_ASSERT(key != NULL);
	struct mig_script_step *step = mig_step_new(script, phase, before, after);
	mig_step_name(script, step, after != NULL ? "add" : "drop", key);
	struct mig_sql *add = after != NULL ? &step->up : &step->down;
	struct mig_sql *drop = after != NULL ? &step->down : &step->up;
	bool unchecked = after == NULL && loses_target(script, key);
	mig_sql_put(add, unchecked ? "SET foreign_key_checks = 0;\n" : "");
	mig_sql_put(add, "ALTER TABLE %t ", key->parent);
	mig_mysql_constraint_clause(add, NULL, key);
	mig_sql_put(add, ";\n");
	mig_sql_put(add, unchecked ? "SET foreign_key_checks = 1;\n" : "");
	if (unchecked)
		step->script.lossy = "the undo does not bring the rows back that rows point to";
	mig_sql_put(drop, "ALTER TABLE %t ", key->parent);
	mig_mysql_constraint_clause(drop, key, NULL);
	mig_sql_put(drop, ";\n");
	return step;
}

void
mig_mysql_release(struct mig_script *script, const struct mig_db_object *before,
    const struct mig_db_object *after)
{
	if (!blocks_types(script, mig_db_as_constraint(before)))
		return;
	struct mig_script_step *drop = half_step(script, MIG_SCRIPT_MIGRATE, before, NULL);
	struct mig_script_step *add = half_step(script, MIG_SCRIPT_MIGRATE, NULL, after);
	mig_sql_lock(&add->up, MIG_LOCK_SHARE, MIG_WORK_REWRITE | MIG_WORK_SCAN);
	mig_step_wait(script, add, drop);
}

/* A foreign key is dropped and added by two statements: one would find its own name taken. */
static void
foreign_fact(struct mig_script *script, const struct mig_db_op *op)
{
	struct mig_script_step *drop = NULL;
	struct mig_script_step *add = NULL;
	if (op->before != NULL)
		drop = half_step(script,
		    op->after != NULL ? MIG_SCRIPT_MIGRATE : MIG_SCRIPT_CONTRACT, op->before, NULL);
	if (op->after != NULL) {
		add = half_step(script, MIG_SCRIPT_CONTRACT, NULL, op->after);
		mig_sql_lock(&add->up, MIG_LOCK_SHARE, MIG_WORK_REWRITE | MIG_WORK_SCAN);
	}
	mig_step_wait(script, add, drop);
}

/* Constraints and indexes: what goes and what comes in one statement. */
static void
key_fact(struct mig_script *script, const struct mig_db_op *op)
{
	if (counter_of_op(script, op) != NULL)
		return;
	struct mig_script_step *step = step_of(script, op);
	const struct mig_db_object *table = either(op)->parent;
	void (*put)(struct mig_sql *, const struct mig_db_object *, const struct mig_db_object *) =
	    op->kind == MIG_DB_INDEX ? mig_mysql_index_clause : mig_mysql_constraint_clause;
	mig_sql_put(&step->up, "ALTER TABLE %t ", table);
	put(&step->up, op->before, op->after);
	mig_sql_put(&step->up, ";\n");
	mig_sql_put(&step->down, "ALTER TABLE %t ", table);
	put(&step->down, op->after, op->before);
	mig_sql_put(&step->down, ";\n");
}

static void
constraint_fact(struct mig_script *script, const struct mig_db_op *op)
{
	const struct mig_db_constraint *constraint = mig_db_as_constraint(either(op));
	bool own = op->before == NULL || mig_mysql_is_own_check(mig_db_as_constraint(op->before));
	own = own && (op->after == NULL || mig_mysql_is_own_check(constraint));
	if (own && constraint->type == MIG_DB_CHECK)
		own_check_fact(script, op);
	else if (constraint->type == MIG_DB_FOREIGN_KEY)
		foreign_fact(script, op);
	else
		key_fact(script, op);
}

/* The foreign keys of a table that comes or goes have steps of their own. */
static void
foreign_of_table(struct mig_script *script, const struct mig_db_op *op)
{
	const struct mig_db_table *table = mig_db_as_table(either(op));
	for (size_t i = 0; i < table->constraints_count; i++) {
		const struct mig_db_object *key = &table->constraints[i]->base;
		if (!mig_db_is_foreign_key(key))
			continue;
		if (op->what == MIG_DB_ADDED)
			half_step(script, MIG_SCRIPT_EXPAND, NULL, key);
		else
			half_step(script, MIG_SCRIPT_CONTRACT, key, NULL);
	}
}

static void
thing_fact(struct mig_script *script, const struct mig_db_op *op)
{
	struct mig_script_step *step = step_of(script, op);
	if (op->kind == MIG_DB_TABLE && op->what == MIG_DB_CHANGED) {
		mig_mysql_change_table(&step->up, op->before, op->after, op->aspects);
		mig_mysql_change_table(&step->down, op->after, op->before, op->aspects);
		return;
	}
	bool commented = op->kind == MIG_DB_ROUTINE || op->kind == MIG_DB_OTHER;
	if (commented && op->what == MIG_DB_CHANGED && op->aspects == MIG_DB_COMMENT) {
		mig_mysql_comment(&step->up, op->after);
		mig_mysql_comment(&step->down, op->before);
		return;
	}
	/* A view is replaced. */
	bool replaced = op->kind == MIG_DB_VIEW && op->what == MIG_DB_CHANGED;
	if (op->before != NULL && !replaced)
		mig_mysql_drop(&step->up, op->before);
	if (op->after != NULL) {
		mig_mysql_create(&step->up, op->after);
		if (!replaced)
			mig_mysql_drop(&step->down, op->after);
	}
	if (op->before != NULL)
		mig_mysql_create(&step->down, op->before);
	if (op->kind == MIG_DB_TABLE)
		foreign_of_table(script, op);
}

static void
note_rename(struct mig_script *script, const struct mig_db_op *op, size_t first)
{
	bool early = (op->aspects & MIG_DB_NAME) != 0 && op->what == MIG_DB_CHANGED &&
	    (op->kind == MIG_DB_TABLE || op->kind == MIG_DB_COLUMN);
	if (!early || first >= script->steps_count)
		return;
	if (!mig_script_map_set(&script->early, op->before, first + 1) ||
	    !mig_script_map_set(&script->early, op->after, first + 1))
		script->failed = true;
}

void
mig_mysql_fact(struct mig_script *script, const struct mig_db_op *op)
{
	unsigned quiet = MIG_DB_OWNER | MIG_DB_GRANTS | MIG_DB_LENGTH;
	size_t first = script->steps_count;
	/* Where columns stand is seen to at the end. */
	if (op->kind == MIG_DB_COLUMN)
		quiet |= MIG_DB_POSITION;
	if (op->what == MIG_DB_CHANGED && (op->aspects & ~quiet) == 0)
		return;
	if (mig_mysql_remakes(script, op))
		return;
	if (op->kind == MIG_DB_COLUMN)
		column_fact(script, op);
	else if (op->kind == MIG_DB_CONSTRAINT)
		constraint_fact(script, op);
	else if (op->kind == MIG_DB_INDEX)
		key_fact(script, op);
	else
		thing_fact(script, op);
	note_rename(script, op, first);
}
