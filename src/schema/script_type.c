/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include "config.h"

#include <string.h>

#include "schema/script_pg.h"

static void
create_enum(struct mig_sql *sql, const struct mig_db_enum *type)
{
	mig_sql_put(sql, "CREATE TYPE %t AS ENUM (", &type->base);
	for (size_t i = 0; i < type->labels_count; i++)
		mig_sql_put(sql, i > 0 ? ", %l" : "%l", type->labels[i]);
	mig_sql_put(sql, ");\n");
}

static void
create_domain(struct mig_sql *sql, const struct mig_db_domain *domain)
{
	mig_sql_put(
	    sql, "CREATE DOMAIN %t AS %s", &domain->base, mig_pg_type(sql->script, domain->type));
	if (domain->collation != NULL)
		mig_sql_put(sql, " COLLATE %s", domain->collation);
	if (domain->default_expr != NULL)
		mig_sql_put(sql, " DEFAULT %x",
		    mig_db_written(&domain->base, domain->default_expr));
	mig_sql_put(sql, domain->nullable ? ";\n" : " NOT NULL;\n");
	for (size_t i = 0; i < domain->checks_count; i++)
		mig_pg_add_constraint(sql, domain->checks[i]);
}

static void
put_attribute(struct mig_sql *sql, const struct mig_db_column *column)
{
	mig_sql_put(sql, "%n %s", column->base.name, mig_pg_type(sql->script, column->type));
	if (column->more->collation != NULL)
		mig_sql_put(sql, " COLLATE %s", column->more->collation);
}

static void
create_composite(struct mig_sql *sql, const struct mig_db_composite *type)
{
	mig_sql_put(sql, "CREATE TYPE %t AS (", &type->base);
	for (size_t i = 0; i < type->columns_count; i++) {
		mig_sql_put(sql, i > 0 ? ", " : "");
		put_attribute(sql, type->columns[i]);
	}
	mig_sql_put(sql, ");\n");
	for (size_t i = 0; i < type->columns_count; i++)
		if (type->columns[i]->base.extra->comment != NULL)
			mig_pg_belongings(sql, &type->columns[i]->base);
}

static void
create_sequence(struct mig_sql *sql, const struct mig_db_sequence *sequence)
{
	mig_sql_put(
	    sql, "CREATE %sSEQUENCE %t", sequence->unlogged ? "UNLOGGED " : "", &sequence->base);
	if (sequence->options.type != NULL)
		mig_sql_put(sql, " AS %s", sequence->options.type);
	mig_pg_put_sequence(sql, &sequence->options);
	mig_sql_put(sql, ";\n");
}

void
mig_pg_create_type(struct mig_sql *sql, const struct mig_db_object *object)
{
	if (object->kind == MIG_DB_ENUM)
		create_enum(sql, mig_db_as_enum(object));
	else if (object->kind == MIG_DB_DOMAIN)
		create_domain(sql, mig_db_as_domain(object));
	else if (object->kind == MIG_DB_COMPOSITE)
		create_composite(sql, mig_db_as_composite(object));
	else
		create_sequence(sql, mig_db_as_sequence(object));
	mig_pg_belongings(sql, object);
}

static size_t
label_place(const struct mig_db_enum *type, const char *label)
{
	size_t i = 0;
	while (i < type->labels_count && strcmp(type->labels[i], label) != 0)
		i++;
	return i;
}

bool
mig_pg_enum_grows(const struct mig_db_op *op)
{
	const struct mig_db_enum *old = mig_db_as_enum(op->before);
	const struct mig_db_enum *new = mig_db_as_enum(op->after);
	size_t next = 0;
	for (size_t i = 0; i < new->labels_count &&next < old->labels_count; i++)
		next += strcmp(new->labels[i], old->labels[next]) == 0;
	return next == old->labels_count;
}

static const struct mig_db_column *
attribute(const struct mig_db_composite *type, const char *name)
{
	for (size_t i = 0; i < type->columns_count; i++)
		if (strcmp(type->columns[i]->base.name, name) == 0)
			return type->columns[i];
	return NULL;
}

static void
alter_composite(
    struct mig_sql *sql, const struct mig_db_composite *from, const struct mig_db_composite *to)
{
	for (size_t i = 0; i < from->columns_count; i++)
		if (attribute(to, from->columns[i]->base.name) == NULL)
			mig_sql_put(sql, "ALTER TYPE %t DROP ATTRIBUTE %n;\n", &to->base,
			    from->columns[i]->base.name);
	for (size_t i = 0; i < to->columns_count; i++) {
		const struct mig_db_column *new = to->columns[i];
		const struct mig_db_column *old = attribute(from, new->base.name);
		if (old == NULL) {
			mig_sql_put(sql, "ALTER TYPE %t ADD ATTRIBUTE ", &to->base);
			put_attribute(sql, new);
			mig_sql_put(sql, ";\n");
		} else if (!mig_db_same(old->type, new->type) ||
		    !mig_db_same(old->more->collation, new->more->collation)) {
			mig_sql_put(sql, "ALTER TYPE %t ALTER ATTRIBUTE %n TYPE %s", &to->base,
			    new->base.name, mig_pg_type(sql->script, new->type));
			if (new->more->collation != NULL)
				mig_sql_put(sql, " COLLATE %s", new->more->collation);
			mig_sql_put(sql, ";\n");
		}
		if (!mig_db_same(
		        old != NULL ? old->base.extra->comment : NULL, new->base.extra->comment))
			mig_pg_alter_common(sql, &new->base, &new->base, MIG_DB_COMMENT);
	}
}

static void
alter_domain(struct mig_sql *sql, const struct mig_db_domain *to, unsigned aspects)
{
	if ((aspects & MIG_DB_DEFAULT) != 0 && to->default_expr != NULL)
		mig_sql_put(sql, "ALTER DOMAIN %t SET DEFAULT %x;\n", &to->base,
		    mig_db_written(&to->base, to->default_expr));
	else if ((aspects & MIG_DB_DEFAULT) != 0)
		mig_sql_put(sql, "ALTER DOMAIN %t DROP DEFAULT;\n", &to->base);
	if ((aspects & MIG_DB_NULLABLE) != 0)
		mig_sql_put(sql, "ALTER DOMAIN %t %s NOT NULL;\n", &to->base,
		    to->nullable ? "DROP" : "SET");
}

void
mig_pg_put_owned(
    struct mig_sql *sql, const struct mig_db_object *sequence, const struct mig_db_object *column)
{
	mig_sql_put(sql, "ALTER SEQUENCE %t OWNED BY ", sequence);
	if (column != NULL)
		mig_sql_put(sql, "%t.%c;\n", column->parent, column);
	else
		mig_sql_put(sql, "NONE;\n");
}

static void
alter_sequence(struct mig_sql *sql, const struct mig_db_sequence *from,
    const struct mig_db_sequence *to, unsigned aspects)
{
	if ((aspects & (MIG_DB_TYPE | MIG_DB_OPTIONS)) != 0) {
		mig_sql_put(sql, "ALTER SEQUENCE %t", &to->base);
		if (to->options.type != NULL)
			mig_sql_put(sql, " AS %s", to->options.type);
		mig_pg_put_sequence(sql, &to->options);
		/* Where it stands may be outside of the new bounds. */
		if (from->options.min < to->options.min || from->options.max > to->options.max)
			mig_sql_put(sql, " RESTART");
		mig_sql_put(sql, ";\n");
	}
	if ((aspects & MIG_DB_PERSISTENCE) != 0)
		mig_sql_put(sql, "ALTER SEQUENCE %t SET %s;\n", &to->base,
		    to->unlogged ? "UNLOGGED" : "LOGGED");
}

void
mig_pg_alter_type(struct mig_sql *sql, const struct mig_db_object *from,
    const struct mig_db_object *to, unsigned aspects)
{
	if (to->kind == MIG_DB_DOMAIN)
		alter_domain(sql, mig_db_as_domain(to), aspects);
	else if (to->kind == MIG_DB_COMPOSITE && (aspects & MIG_DB_COLUMNS) != 0)
		alter_composite(sql, mig_db_as_composite(from), mig_db_as_composite(to));
	else if (to->kind == MIG_DB_SEQUENCE)
		alter_sequence(sql, mig_db_as_sequence(from), mig_db_as_sequence(to), aspects);
	mig_pg_alter_common(sql, from, to, aspects);
}

/* Labels can be added in place; for the way back the type and all its columns are made anew. */
static void
grow_step(struct mig_script *script, const struct mig_db_op *op)
{
	const struct mig_db_enum *old = mig_db_as_enum(op->before);
	const struct mig_db_enum *new = mig_db_as_enum(op->after);
	struct mig_script_step *step =
	    mig_step_new(script, MIG_SCRIPT_EXPAND, op->before, op->after);
	mig_step_name(script, step, "add labels to", op->after);
	/* The undo is right only when all else has been undone. */
	step->rank = -1;
	for (size_t i = 0; i < new->labels_count; i++) {
		size_t next = i + 1;
		if (label_place(old, new->labels[i]) < old->labels_count)
			continue;
		while (next < new->labels_count &&
		    label_place(old, new->labels[next]) == old->labels_count)
			next++;
		mig_sql_put(&step->up, "ALTER TYPE %t ADD VALUE IF NOT EXISTS %l", op->after,
		    new->labels[i]);
		if (next < new->labels_count)
			mig_sql_put(&step->up, " BEFORE %l", new->labels[next]);
		mig_sql_put(&step->up, ";\n");
	}
	step->script.validation =
	    mig_sql_text(script, "SELECT count(*) FROM pg_enum WHERE enumtypid = %l::regtype",
	        mig_sql_text(script, "%t", op->after));
	step->script.expected = mig_sql_text(script, "%d", (int64_t) new->labels_count);
	mig_script_enum_undo(script, op, step);
}

/* That a sequence goes with a column: said when both are there, unsaid before either goes. */
static void
own_step(struct mig_script *script, const struct mig_db_object *before,
    const struct mig_db_object *after)
{
	const struct mig_db_object *sides[2] = { before, after };
	const struct mig_db_object *columns[2] = { NULL, NULL };
	for (size_t i = 0; i < COUNT_OF(sides); i++) {
		const struct mig_db_ref *ref =
		    sides[i] != NULL ? mig_db_as_sequence(sides[i])->owned_by : NULL;
		const struct mig_db_object *table = ref == NULL ?
		    NULL :
		    mig_db_find(i == 0 ? script->before : script->after, MIG_DB_TABLE, ref->schema,
		        ref->name);
		if (table != NULL)
			columns[i] = mig_db_find_part(table, MIG_DB_COLUMN, ref->column);
	}
	const struct mig_db_object *sequence = after != NULL ? after : before;
	struct mig_script_step *step = mig_step_new(
	    script, after != NULL ? MIG_SCRIPT_EXPAND : MIG_SCRIPT_CONTRACT, before, after);
	step->side = true;
	step->rank = after != NULL ? step->rank : 0;
	mig_step_name(script, step, "change the column of", sequence);
	for (size_t i = 0; i < COUNT_OF(columns); i++)
		if (columns[i] != NULL)
			mig_step_item(
			    script, step, i == 0 ? columns[i] : NULL, i == 1 ? columns[i] : NULL);
	mig_pg_put_owned(&step->up, sequence, columns[1]);
	mig_pg_put_owned(&step->down, sequence, columns[0]);
}

static void
sequence_fact(struct mig_script *script, const struct mig_db_op *op, unsigned aspects)
{
	bool owns = (op->before != NULL && mig_db_as_sequence(op->before)->owned_by != NULL) ||
	    (op->after != NULL && mig_db_as_sequence(op->after)->owned_by != NULL);
	if (op->what == MIG_DB_ADDED)
		mig_pg_make_step(script, MIG_SCRIPT_EXPAND, op->after);
	else if (op->what == MIG_DB_DROPPED)
		mig_pg_drop_step(script, op->before);
	else if ((aspects & (MIG_DB_TYPE | MIG_DB_OPTIONS)) != 0)
		mig_sql_lock(&mig_pg_alter_step(script, MIG_SCRIPT_MIGRATE, op,
		                 MIG_DB_TYPE | MIG_DB_OPTIONS, "change")
		                  ->up,
		    MIG_LOCK_SHARE_ROW_EXCLUSIVE, 0);
	if ((aspects & MIG_DB_PERSISTENCE) != 0)
		mig_pg_alter_step(
		    script, MIG_SCRIPT_MIGRATE, op, MIG_DB_PERSISTENCE, "change persistence of");
	if (owns && (op->what != MIG_DB_CHANGED || (aspects & MIG_DB_IDENTITY) != 0))
		own_step(script, op->before, op->after);
}

void
mig_pg_type_fact(struct mig_script *script, const struct mig_db_op *op, unsigned aspects)
{
	if (op->kind == MIG_DB_SEQUENCE)
		sequence_fact(script, op, aspects);
	else if (op->what == MIG_DB_ADDED)
		mig_pg_make_step(script, MIG_SCRIPT_EXPAND, op->after);
	else if (op->what == MIG_DB_DROPPED)
		mig_pg_drop_step(script, op->before);
	else if (op->kind == MIG_DB_ENUM && (aspects & MIG_DB_LABELS) != 0)
		grow_step(script, op);
	else if (op->kind == MIG_DB_DOMAIN && (aspects & MIG_DB_DEFAULT) != 0)
		mig_pg_alter_step(
		    script, MIG_SCRIPT_MIGRATE, op, MIG_DB_DEFAULT, "change default of");
	else if (op->kind == MIG_DB_COMPOSITE && (aspects & MIG_DB_COLUMNS) != 0)
		mig_pg_alter_step(
		    script, MIG_SCRIPT_MIGRATE, op, MIG_DB_COLUMNS, "change attributes of")
		    ->side = false;
	if (op->kind == MIG_DB_DOMAIN && op->what == MIG_DB_CHANGED &&
	    (aspects & MIG_DB_NULLABLE) != 0) {
		bool strict = !mig_db_as_domain(op->after)->nullable;
		struct mig_script_step *step =
		    mig_pg_alter_step(script, strict ? MIG_SCRIPT_CONTRACT : MIG_SCRIPT_EXPAND, op,
		        MIG_DB_NULLABLE, "change NOT NULL of");
		mig_sql_lock(
		    &step->up, strict ? MIG_LOCK_SHARE : MIG_LOCK_NONE, strict ? MIG_WORK_SCAN : 0);
	}
	if (op->what == MIG_DB_CHANGED)
		mig_pg_common_steps(script, op, aspects);
}
