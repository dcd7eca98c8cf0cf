/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include "config.h"

#include <string.h>

#include "source/ddl_int.h"

#define LEVELS_MAX 64

void
ddl_each_child(struct ddl *ddl, const struct mig_db_object *table, ddl_child_fn call, void *context)
{
	size_t count = 0;
	struct mig_db_object **children = ddl_children(ddl, table, &count);
	if (count > 0 && ddl->levels == LEVELS_MAX) {
		ddl_say(ddl, MIG_SEV_ERROR, "Look for a circle of INHERITS.",
		    "what inherits from \"%s\" stands below %d levels of tables", table->name,
		    LEVELS_MAX);
		return;
	}
	ddl->levels++;
	for (size_t i = 0; i < count; i++)
		call(ddl, children[i], context);
	ddl->levels--;
}

static bool
same_columns(const char *const *a, size_t a_count, const char *const *b, size_t b_count)
{
	if (a_count != b_count)
		return false;
	for (size_t i = 0; i < a_count; i++)
		if (!mig_db_same(a[i], b[i]))
			return false;
	return true;
}

/* Whether two constraints say the same, whatever they are called. */
static bool
same_constraint(const struct mig_db_constraint *a, const struct mig_db_constraint *b)
{
	if (a->type != b->type)
		return false;
	if (a->type == MIG_DB_CHECK)
		return mig_db_same(a->base.name, b->base.name) &&
		    mig_db_same(a->expression, b->expression);
	return same_columns(a->columns, a->columns_count, b->columns, b->columns_count) &&
	    mig_db_same(a->ref_table, b->ref_table) && mig_db_same(a->ref_schema, b->ref_schema);
}

/*
 * What the child has already, and is now the parent's as well; NULL: nothing.  A check may come
 * from several parents.
 */
static struct mig_db_constraint *
find_same(const struct mig_db_object *child, const struct mig_db_constraint *from)
{
	size_t count = 0;
	struct mig_db_object *const *parts = mig_db_parts(child, MIG_DB_CONSTRAINT, &count);
	for (size_t i = 0; i < count; i++) {
		struct mig_db_constraint *other = mig_db_as_constraint(parts[i]);
		if ((!other->inherited || from->type == MIG_DB_CHECK) &&
		    same_constraint(other, from))
			return other;
	}
	return NULL;
}

static const char *
copy_name(struct ddl *ddl, struct mig_db_object *table, const struct mig_db_constraint *from)
{
	static const char *const labels[] = { [MIG_DB_PRIMARY_KEY] = "pkey",
		[MIG_DB_UNIQUE] = "key",
		[MIG_DB_FOREIGN_KEY] = "fkey",
		[MIG_DB_CHECK] = "check",
		[MIG_DB_EXCLUSION] = "excl" };
	bool relation = from->type != MIG_DB_FOREIGN_KEY && from->type != MIG_DB_CHECK;
	const char *columns =
	    from->type == MIG_DB_PRIMARY_KEY ? NULL : ddl_constraint_columns(ddl, from);
	return ddl_choose_name(ddl, table, columns, labels[from->type], relation);
}

struct copied {
	const struct mig_db_constraint *constraint;
	const char *name;
};

static void
copy_constraint_down(struct ddl *ddl, struct mig_db_object *child, void *context)
{
	const struct copied *copied = context;
	ddl_copy_constraint(ddl, child, copied->constraint, copied->name, true);
}

void
ddl_copy_constraint(struct ddl *ddl, struct mig_db_object *table,
    const struct mig_db_constraint *from, const char *name, bool inherited)
{
	struct mig_db_constraint *same = inherited ? find_same(table, from) : NULL;
	if (same != NULL) {
		same->inherited = true;
		return;
	}
	/* A name that was chosen is this table's alone: parts further down get theirs. */
	bool free = name != NULL && ddl_find_part(ddl, table, MIG_DB_CONSTRAINT, name) == NULL;
	struct mig_db_constraint *copy = ddl_make_part(
	    ddl, MIG_DB_CONSTRAINT, table, free ? name : copy_name(ddl, table, from));
	if (copy == NULL)
		return;
	struct mig_db_object base = copy->base;
	*copy = *from;
	copy->base = base;
	copy->base.definition = from->base.definition;
	mig_db_share_refs(ddl->db, &copy->base, &from->base);
	copy->inherited = inherited;
	if (copy->type == MIG_DB_PRIMARY_KEY)
		ddl_set_not_null(table, copy->columns, copy->columns_count);
	ddl_put(ddl, copy);
	struct copied copied = { copy, name };
	if (inherited)
		ddl_each_child(ddl, table, copy_constraint_down, &copied);
}

static void
copy_index_down(struct ddl *ddl, struct mig_db_object *child, void *context)
{
	ddl_copy_index(ddl, child, context, true);
}

void
ddl_copy_index(
    struct ddl *ddl, struct mig_db_object *table, const struct mig_db_index *from, bool inherited)
{
	size_t count = 0;
	struct mig_db_object *const *parts = mig_db_parts(table, MIG_DB_INDEX, &count);
	for (size_t i = 0; inherited && i < count; i++) {
		struct mig_db_index *other = mig_db_as_index(parts[i]);
		if (!other->inherited && other->unique == from->unique &&
		    mig_db_same(other->base.definition, from->base.definition)) {
			other->inherited = true;
			return;
		}
	}
	const char *name =
	    ddl_choose_name(ddl, table, ddl_index_columns(ddl, from->base.definition), "idx", true);
	struct mig_db_index *copy = ddl_make_part(ddl, MIG_DB_INDEX, table, name);
	if (copy == NULL)
		return;
	struct mig_db_object base = copy->base;
	*copy = *from;
	copy->base = base;
	copy->base.definition = from->base.definition;
	mig_db_share_refs(ddl->db, &copy->base, &from->base);
	copy->inherited = inherited;
	copy->clustered = false;
	copy->replica_identity = false;
	ddl_put(ddl, copy);
	if (inherited)
		ddl_each_child(ddl, table, copy_index_down, copy);
}

void
ddl_copy_trigger(struct ddl *ddl, struct mig_db_object *child, const struct mig_db_trigger *from)
{
	if (ddl_find_part(ddl, child, MIG_DB_TRIGGER, from->base.name) != NULL)
		return;
	struct mig_db_trigger *copy = ddl_make_part(ddl, MIG_DB_TRIGGER, child, from->base.name);
	if (copy == NULL)
		return;
	copy->constraint = from->constraint;
	copy->enabled = from->enabled;
	copy->inherited = true;
	mig_db_share_refs(ddl->db, &copy->base, &from->base);
	copy->base.definition =
	    ddl_trigger_on(ddl, from->base.definition, child->schema, child->name);
	mig_db_set_written(ddl->db, &copy->base,
	    ddl_trigger_on(ddl, from->base.extra->written, child->schema, child->name));
	ddl_put(ddl, copy);
}

static void
inherit_columns(struct ddl *ddl, struct mig_db_object *child, const struct mig_db_object *parent,
    bool partition)
{
	size_t count = 0;
	struct mig_db_object *const *columns = mig_db_parts(parent, MIG_DB_COLUMN, &count);
	for (size_t i = 0; i < count; i++) {
		struct mig_db_object *own =
		    mig_db_find_part(child, MIG_DB_COLUMN, columns[i]->name);
		const struct mig_db_column *from = mig_db_as_column(columns[i]);
		if (own == NULL) {
			(void)ddl_copy_column(ddl, child, from, true);
			continue;
		}
		struct mig_db_column *column = mig_db_as_column(own);
		column->inherited = column->inherited || partition;
		column->nullable = column->nullable && from->nullable;
	}
}

void
ddl_inherit_parts(struct ddl *ddl, struct mig_db_object *child, const struct mig_db_object *parent,
    bool partition)
{
	size_t count = 0;
	inherit_columns(ddl, child, parent, partition);
	struct mig_db_object *const *parts = mig_db_parts(parent, MIG_DB_CONSTRAINT, &count);
	for (size_t i = 0; i < count; i++) {
		const struct mig_db_constraint *from = mig_db_as_constraint(parts[i]);
		bool check = from->type == MIG_DB_CHECK;
		if (check ? !from->no_inherit : partition)
			ddl_copy_constraint(ddl, child, from,
			    check || from->type == MIG_DB_FOREIGN_KEY ? from->base.name : NULL,
			    true);
	}
	if (!partition)
		return;
	parts = mig_db_parts(parent, MIG_DB_INDEX, &count);
	for (size_t i = 0; i < count; i++)
		ddl_copy_index(ddl, child, mig_db_as_index(parts[i]), true);
	parts = mig_db_parts(parent, MIG_DB_TRIGGER, &count);
	for (size_t i = 0; i < count; i++)
		if (parts[i]->kind == MIG_DB_TRIGGER &&
		    strstr(parts[i]->definition, "FOR EACH ROW") != NULL)
			ddl_copy_trigger(ddl, child, mig_db_as_trigger(parts[i]));
}
