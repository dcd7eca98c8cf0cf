/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include "config.h"

#include <string.h>

#include "schema/script_pg.h"

/*
 * Whether the query has others within it, or joins tables.  What inner queries call their columns
 * stays what it was when the view was made, whatever the columns of the tables are called later;
 * and of columns of the same name in two tables only one may have got another.
 */
static bool
wants_old_names(const char *text)
{
	struct mig_sql_word word;
	size_t selects = 0;
	bool joins = false;
	while (text != NULL && selects < 2 && !joins && mig_sql_next(&text, &word)) {
		selects += strcmp(word.name, "select") == 0;
		joins = strcmp(word.name, "join") == 0;
	}
	return selects >= 2 || joins;
}

void
mig_pg_create_view(struct mig_sql *sql, const struct mig_db_table *view, bool replace)
{
	const struct mig_db_object *object = &view->base;
	const char *query = mig_db_written(object, object->definition);
	bool stored = object->kind == MIG_DB_MATVIEW;
	bool old_names = wants_old_names(query);
	sql->about = object;
	if (old_names)
		mig_sql_old_names(sql, true);
	mig_sql_put(sql, "CREATE %s%sVIEW %t", replace ? "OR REPLACE " : "",
	    stored ? "MATERIALIZED " : "", object);
	for (size_t i = 0; i < view->columns_count; i++)
		mig_sql_put(sql, i == 0 ? " (%n" : ", %n", view->columns[i]->base.name);
	mig_sql_put(sql, view->columns_count > 0 ? ")" : "");
	if (view->options != NULL)
		mig_sql_put(sql, " WITH (%s)", view->options);
	if (view->tablespace != NULL)
		mig_sql_put(sql, " TABLESPACE %n", view->tablespace);
	mig_sql_put(sql, " AS\n%x", query);
	mig_sql_put(sql, stored && !view->populated ? "\nWITH NO DATA;\n" : ";\n");
	if (old_names)
		mig_sql_old_names(sql, false);
	if (replace)
		return;
	for (size_t i = 0; i < view->columns_count; i++)
		mig_pg_column_more(sql, view->columns[i]);
	for (size_t i = 0; i < view->indexes_count; i++) {
		mig_pg_create_index(sql, view->indexes[i], NULL, false);
		mig_pg_index_marks(sql, view->indexes[i]);
	}
	mig_pg_belongings(sql, object);
	for (size_t i = 0; i < view->triggers_count; i++)
		mig_pg_create_trigger(sql, view->triggers[i]);
}

/* The same names, types and order: all that CREATE OR REPLACE VIEW leaves as it is. */
static bool
same_columns(const struct mig_db_table *a, const struct mig_db_table *b)
{
	if (a->columns_count != b->columns_count || a->columns_count == 0)
		return false;
	for (size_t i = 0; i < a->columns_count; i++) {
		const struct mig_db_column *x = a->columns[i];
		const struct mig_db_column *y = b->columns[i];
		if (strcmp(x->base.name, y->base.name) != 0 || x->type == NULL ||
		    !mig_db_same(x->type, y->type) ||
		    !mig_db_same(x->more->collation, y->more->collation))
			return false;
	}
	return true;
}

static bool
routine_replaces(const struct mig_db_routine *a, const struct mig_db_routine *b)
{
	return !a->aggregate && !b->aggregate && a->procedure == b->procedure &&
	    mig_db_same(a->returns, b->returns) && mig_db_same(a->parameters, b->parameters);
}

bool
mig_pg_replaces(const struct mig_db_op *op)
{
	if (op->kind == MIG_DB_ROUTINE)
		return routine_replaces(
		    mig_db_as_routine(op->before), mig_db_as_routine(op->after));
	return op->kind == MIG_DB_VIEW &&
	    same_columns(mig_db_as_table(op->before), mig_db_as_table(op->after));
}

static const char *
enabled_word(char enabled)
{
	switch (enabled) {
	case 'D':
		return "DISABLE";
	case 'R':
		return "ENABLE REPLICA";
	case 'A':
		return "ENABLE ALWAYS";
	default:
		return "ENABLE";
	}
}

static void
put_enabled(struct mig_sql *sql, const struct mig_db_trigger *trigger)
{
	const struct mig_db_object *object = &trigger->base;
	mig_sql_put(sql, "ALTER TABLE %t %s %s %n;\n", object->parent,
	    enabled_word(trigger->enabled), object->kind == MIG_DB_RULE ? "RULE" : "TRIGGER",
	    object->name);
}

void
mig_pg_create_trigger(struct mig_sql *sql, const struct mig_db_trigger *trigger)
{
	const struct mig_db_object *object = &trigger->base;
	sql->about = object;
	mig_sql_put(sql, "%x;\n", mig_db_written(object, object->definition));
	if (object->kind != MIG_DB_POLICY && trigger->enabled != 'O')
		put_enabled(sql, trigger);
	mig_pg_belongings(sql, object);
	mig_sql_lock(sql,
	    object->kind == MIG_DB_TRIGGER ? MIG_LOCK_SHARE_ROW_EXCLUSIVE :
	                                     MIG_LOCK_ACCESS_EXCLUSIVE,
	    0);
}

static void
replace_step(struct mig_script *script, const struct mig_db_op *op)
{
	struct mig_script_step *step =
	    mig_step_new(script, MIG_SCRIPT_MIGRATE, op->before, op->after);
	mig_step_name(script, step, "change", op->after);
	mig_pg_create_view(&step->up, mig_db_as_table(op->after), true);
	mig_pg_create_view(&step->down, mig_db_as_table(op->before), true);
	mig_sql_lock(&step->up, MIG_LOCK_ACCESS_EXCLUSIVE, 0);
}

void
mig_pg_view_fact(struct mig_script *script, const struct mig_db_op *op, unsigned aspects)
{
	if (op->what == MIG_DB_ADDED) {
		mig_pg_make_step(script, MIG_SCRIPT_EXPAND, op->after);
		return;
	}
	if (op->what == MIG_DB_DROPPED) {
		mig_sql_lock(
		    &mig_pg_drop_step(script, op->before)->up, MIG_LOCK_ACCESS_EXCLUSIVE, 0);
		return;
	}
	if ((aspects & MIG_DB_NAME) != 0)
		mig_pg_table_fact(script, op, MIG_DB_NAME);
	if ((aspects & (MIG_DB_DEFINITION | MIG_DB_COLUMNS)) != 0)
		replace_step(script, op);
	else if ((aspects & MIG_DB_OPTIONS) != 0)
		mig_pg_alter_step(
		    script, MIG_SCRIPT_CONTRACT, op, MIG_DB_OPTIONS, "change options of");
	if ((aspects & MIG_DB_TABLESPACE) != 0)
		mig_pg_alter_step(script, MIG_SCRIPT_MIGRATE, op, MIG_DB_TABLESPACE,
		    "move to another tablespace");
	mig_pg_common_steps(script, op, aspects);
}

static void
trigger_change(struct mig_script *script, const struct mig_db_op *op)
{
	struct mig_script_step *step =
	    mig_step_new(script, MIG_SCRIPT_CONTRACT, op->before, op->after);
	mig_step_name(script, step, "change", op->after);
	mig_pg_drop(&step->up, op->before);
	mig_pg_create(&step->up, op->after);
	mig_pg_drop(&step->down, op->after);
	mig_pg_create(&step->down, op->before);
}

void
mig_pg_trigger_fact(struct mig_script *script, const struct mig_db_op *op, unsigned aspects)
{
	const struct mig_db_trigger *trigger =
	    mig_db_as_trigger(op->after != NULL ? op->after : op->before);
	if (trigger->inherited && (op->what != MIG_DB_CHANGED || aspects != MIG_DB_ENABLED))
		return;
	if (op->what == MIG_DB_ADDED) {
		mig_pg_make_step(script, MIG_SCRIPT_CONTRACT, op->after);
	} else if (op->what == MIG_DB_DROPPED) {
		mig_pg_drop_step(script, op->before);
	} else if ((aspects & MIG_DB_DEFINITION) != 0) {
		trigger_change(script, op);
	} else {
		if ((aspects & MIG_DB_ENABLED) != 0) {
			struct mig_script_step *step =
			    mig_step_new(script, MIG_SCRIPT_CONTRACT, op->before, op->after);
			step->side = true;
			mig_step_name(script, step, "toggle", op->after);
			put_enabled(&step->up, trigger);
			put_enabled(&step->down, mig_db_as_trigger(op->before));
			mig_sql_lock(&step->up, MIG_LOCK_SHARE_ROW_EXCLUSIVE, 0);
		}
		mig_pg_common_steps(script, op, aspects);
	}
}
