/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include "config.h"

#include <string.h>

#include "schema/script_pg.h"

/* What makes the signature stay, so that nothing is in the way of CREATE OR REPLACE. */
static void
create_routine(struct mig_sql *sql, const struct mig_db_object *object, bool whole)
{
	MIG_ASSERT(object != NULL);
	mig_sql_put(sql, "SET LOCAL check_function_bodies = off;\n%x;\n",
	    mig_db_written(object, object->definition));
	if (whole)
		mig_pg_belongings(sql, object);
}

static void
routine_fact(struct mig_script *script, const struct mig_db_op *op, unsigned aspects)
{
	if (op->what == MIG_DB_ADDED) {
		mig_pg_make_step(script, MIG_SCRIPT_EXPAND, op->after);
		return;
	}
	if (op->what == MIG_DB_DROPPED) {
		mig_pg_drop_step(script, op->before);
		return;
	}
	if ((aspects & (MIG_DB_DEFINITION | MIG_DB_OPTIONS | MIG_DB_TYPE | MIG_DB_COLUMNS)) != 0) {
		struct mig_script_step *step =
		    mig_step_new(script, MIG_SCRIPT_MIGRATE, op->before, op->after);
		mig_step_name(script, step, "change", op->after);
		create_routine(&step->up, op->after, false);
		create_routine(&step->down, op->before, false);
	}
	mig_pg_common_steps(script, op, aspects);
}

static void
put_target(struct mig_sql *sql, const struct mig_db_object *statistics)
{
	mig_sql_put(sql, "ALTER STATISTICS %t SET STATISTICS %d;\n", statistics,
	    (int64_t)mig_db_as_statistics(statistics)->target);
}

static void
create_simple(struct mig_sql *sql, const struct mig_db_object *object)
{
	if (object->kind == MIG_DB_EXTENSION) {
		mig_sql_put(sql, "CREATE EXTENSION IF NOT EXISTS %n", object->name);
		if (object->schema != NULL)
			mig_sql_put(sql, " WITH SCHEMA %n", object->schema);
		mig_sql_put(sql, ";\n");
	} else if (object->kind == MIG_DB_NAMESPACE) {
		mig_sql_put(sql, "CREATE SCHEMA %n;\n", object->name);
	} else {
		mig_sql_put(sql, "%x;\n", mig_db_written(object, object->definition));
	}
	if (object->kind == MIG_DB_STATISTICS && mig_db_as_statistics(object)->target >= 0)
		put_target(sql, object);
	mig_pg_belongings(sql, object);
}

static void
alter_simple(struct mig_sql *sql, const struct mig_db_object *to, unsigned aspects)
{
	if (to->kind == MIG_DB_STATISTICS && (aspects & MIG_DB_STORAGE) != 0)
		put_target(sql, to);
	if (to->kind != MIG_DB_EXTENSION)
		return;
	if ((aspects & MIG_DB_DEFINITION) != 0 && to->definition != NULL)
		mig_sql_put(sql, "ALTER EXTENSION %n UPDATE TO %l;\n", to->name, to->definition);
	if ((aspects & MIG_DB_SCHEMA) != 0 && to->schema != NULL)
		mig_sql_put(sql, "ALTER EXTENSION %n SET SCHEMA %n;\n", to->name, to->schema);
}

static void
simple_fact(struct mig_script *script, const struct mig_db_op *op, unsigned aspects)
{
	if (op->what == MIG_DB_ADDED) {
		mig_pg_make_step(script, MIG_SCRIPT_EXPAND, op->after);
		return;
	}
	if (op->what == MIG_DB_DROPPED) {
		mig_pg_drop_step(script, op->before);
		return;
	}
	unsigned other = aspects & (MIG_DB_DEFINITION | MIG_DB_SCHEMA);
	if (op->kind == MIG_DB_EXTENSION && other != 0) {
		mig_pg_alter_step(script, MIG_SCRIPT_MIGRATE, op, other, "change");
	} else if (other != 0) {
		struct mig_script_step *step =
		    mig_step_new(script, MIG_SCRIPT_MIGRATE, op->before, op->after);
		mig_step_name(script, step, "change", op->after);
		mig_pg_drop(&step->up, op->before);
		mig_pg_create(&step->up, op->after);
		mig_pg_drop(&step->down, op->after);
		mig_pg_create(&step->down, op->before);
		return;
	}
	if ((aspects & MIG_DB_STORAGE) != 0)
		mig_pg_alter_step(
		    script, MIG_SCRIPT_MIGRATE, op, MIG_DB_STORAGE, "change target of");
	mig_pg_common_steps(script, op, aspects);
}

void
mig_pg_create(struct mig_sql *sql, const struct mig_db_object *object)
{
	sql->about = object;
	switch (object->kind) {
	case MIG_DB_TABLE:
		mig_pg_create_table(sql, mig_db_as_table(object));
		break;
	case MIG_DB_VIEW:
	case MIG_DB_MATVIEW:
		mig_pg_create_view(sql, mig_db_as_table(object), false);
		break;
	case MIG_DB_COLUMN:
		mig_pg_add_column(sql, mig_db_as_column(object));
		break;
	case MIG_DB_CONSTRAINT:
		mig_pg_add_constraint(sql, mig_db_as_constraint(object));
		break;
	case MIG_DB_INDEX:
		mig_pg_create_index(sql, mig_db_as_index(object), NULL, false);
		mig_pg_index_marks(sql, mig_db_as_index(object));
		break;
	case MIG_DB_TRIGGER:
	case MIG_DB_POLICY:
	case MIG_DB_RULE:
		mig_pg_create_trigger(sql, mig_db_as_trigger(object));
		break;
	case MIG_DB_ENUM:
	case MIG_DB_DOMAIN:
	case MIG_DB_COMPOSITE:
	case MIG_DB_SEQUENCE:
		mig_pg_create_type(sql, object);
		break;
	case MIG_DB_ROUTINE:
		create_routine(sql, object, true);
		break;
	case MIG_DB_EXTENSION:
	case MIG_DB_NAMESPACE:
	case MIG_DB_RANGE_TYPE:
	case MIG_DB_COLLATION:
	case MIG_DB_STATISTICS:
	case MIG_DB_OTHER:
		create_simple(sql, object);
		break;
	}
}

void
mig_pg_drop(struct mig_sql *sql, const struct mig_db_object *object)
{
	MIG_ASSERT(object != NULL);
	if (object->kind == MIG_DB_CONSTRAINT) {
		mig_pg_drop_constraint(sql, mig_db_as_constraint(object));
		return;
	}
	if (object->kind == MIG_DB_COLUMN) {
		mig_sql_put(sql, "ALTER TABLE %t DROP COLUMN %c;\n", object->parent, object);
		mig_sql_lock(sql, MIG_LOCK_ACCESS_EXCLUSIVE, 0);
		return;
	}
	if (object->kind == MIG_DB_TABLE) {
		mig_pg_drop_table(sql, mig_db_as_table(object));
		return;
	}
	mig_sql_put(sql, "DROP ");
	mig_pg_put_target(sql, object);
	mig_sql_put(sql, ";\n");
	bool table =
	    object->parent != NULL || object->kind == MIG_DB_VIEW || object->kind == MIG_DB_MATVIEW;
	mig_sql_lock(sql, table ? MIG_LOCK_ACCESS_EXCLUSIVE : MIG_LOCK_NONE, 0);
}

void
mig_pg_alter(struct mig_sql *sql, const struct mig_db_object *from, const struct mig_db_object *to,
    unsigned aspects)
{
	switch (to->kind) {
	case MIG_DB_TABLE:
	case MIG_DB_VIEW:
	case MIG_DB_MATVIEW:
		mig_pg_alter_table(sql, mig_db_as_table(from), mig_db_as_table(to), aspects);
		return;
	case MIG_DB_COLUMN:
		mig_pg_alter_column(sql, mig_db_as_column(from), mig_db_as_column(to), aspects);
		return;
	case MIG_DB_ENUM:
	case MIG_DB_DOMAIN:
	case MIG_DB_COMPOSITE:
	case MIG_DB_SEQUENCE:
		mig_pg_alter_type(sql, from, to, aspects);
		return;
	case MIG_DB_CONSTRAINT:
	case MIG_DB_INDEX:
	case MIG_DB_TRIGGER:
	case MIG_DB_POLICY:
	case MIG_DB_RULE:
	case MIG_DB_ROUTINE:
	case MIG_DB_EXTENSION:
	case MIG_DB_NAMESPACE:
	case MIG_DB_RANGE_TYPE:
	case MIG_DB_COLLATION:
	case MIG_DB_STATISTICS:
	case MIG_DB_OTHER:
		break;
	}
	alter_simple(sql, to, aspects);
	mig_pg_alter_common(sql, from, to, aspects);
}

/* Whether the thing is part of one that a cluster drops and makes again as a whole. */
static bool
parent_remade(const struct mig_script *script, const struct mig_db_op *op)
{
	const struct mig_db_object *part = op->before != NULL ? op->before : op->after;
	/* Keys to other tables are made apart. */
	if (op->what == MIG_DB_ADDED && part->kind == MIG_DB_CONSTRAINT &&
	    mig_pg_leads_away(mig_db_as_constraint(part)))
		return false;
	return part->parent != NULL && mig_script_clustered(script, part->parent) == ~0U;
}

/* A cluster finds things under their new names: these are given to them before. */
static void
rename_clustered(struct mig_script *script, const struct mig_db_op *op)
{
	if (op->what != MIG_DB_CHANGED || (op->aspects & MIG_DB_NAME) == 0)
		return;
	MIG_ASSERT(op->before != NULL && op->after != NULL);
	if (op->kind == MIG_DB_COLUMN && op->before->parent->kind == MIG_DB_TABLE)
		mig_pg_column_fact(script, op, MIG_DB_NAME);
	else if (op->kind == MIG_DB_TABLE || op->kind == MIG_DB_VIEW || op->kind == MIG_DB_MATVIEW)
		mig_pg_table_fact(script, op, MIG_DB_NAME);
}

void
mig_pg_fact(struct mig_script *script, const struct mig_db_op *op)
{
	unsigned done = mig_script_clustered(script, op->before != NULL ? op->before : op->after);
	unsigned aspects = op->aspects & ~done;
	if (mig_pg_goes_with_parent(script, op))
		aspects &= MIG_DB_COMMENT;
	if (done == ~0U || parent_remade(script, op)) {
		rename_clustered(script, op);
		return;
	}
	switch (op->kind) {
	case MIG_DB_TABLE:
		mig_pg_table_fact(script, op, aspects);
		break;
	case MIG_DB_VIEW:
	case MIG_DB_MATVIEW:
		mig_pg_view_fact(script, op, aspects);
		break;
	case MIG_DB_COLUMN:
		mig_pg_column_fact(script, op, aspects);
		break;
	case MIG_DB_CONSTRAINT:
		mig_pg_constraint_fact(script, op, aspects);
		break;
	case MIG_DB_INDEX:
		mig_pg_index_fact(script, op, aspects);
		break;
	case MIG_DB_TRIGGER:
	case MIG_DB_POLICY:
	case MIG_DB_RULE:
		mig_pg_trigger_fact(script, op, aspects);
		break;
	case MIG_DB_ENUM:
	case MIG_DB_DOMAIN:
	case MIG_DB_COMPOSITE:
	case MIG_DB_SEQUENCE:
		mig_pg_type_fact(script, op, aspects);
		break;
	case MIG_DB_ROUTINE:
		routine_fact(script, op, aspects);
		break;
	case MIG_DB_EXTENSION:
	case MIG_DB_NAMESPACE:
	case MIG_DB_RANGE_TYPE:
	case MIG_DB_COLLATION:
	case MIG_DB_STATISTICS:
	case MIG_DB_OTHER:
		simple_fact(script, op, aspects);
		break;
	}
}
