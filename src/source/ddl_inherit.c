/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include "config.h"

#include <string.h>

#include "source/ddl_int.h"

/* Tables whose children, or parents, are to be looked at. */
struct heirs {
	const struct mig_db_object **tables;
	size_t count;
	size_t cap;
};

static void
add_heir(struct ddl *ddl, struct heirs *heirs, const struct mig_db_object *table)
{
	const struct mig_db_object **tables = mig_arena_grow(
	    ddl->scratch, (void *)heirs->tables, heirs->count, &heirs->cap, sizeof(*tables));
	if (tables == NULL)
		return;
	heirs->tables = tables;
	heirs->tables[heirs->count++] = table;
}

void
ddl_each_heir(struct ddl *ddl, const struct mig_db_object *table, ddl_heir_fn call, void *context)
{
	struct heirs heirs = { .count = 0 };
	for (size_t next = 0; table != NULL;
	     table = next < heirs.count ? heirs.tables[next++] : NULL) {
		size_t count = 0;
		struct mig_db_object **children = ddl_children(ddl, table, &count);
		for (size_t i = 0; i < count; i++)
			if (call(ddl, children[i], context))
				add_heir(ddl, &heirs, children[i]);
	}
}

bool
ddl_comes_from(
    struct ddl *ddl, const struct mig_db_object *table, const struct mig_db_object *origin)
{
	struct heirs above = { .count = 0 };
	uint32_t walk = mig_db_new_walk(ddl->db);
	for (size_t next = 0; table != NULL && table != origin;
	     table = next < above.count ? above.tables[next++] : NULL) {
		size_t count = 0;
		const struct mig_db_ref *refs = mig_db_parents(table, &count);
		for (size_t i = 0; i < count; i++) {
			struct mig_db_object *parent =
			    mig_db_find(ddl->db, MIG_DB_TABLE, refs[i].schema, refs[i].name);
			if (parent == NULL || parent->kind != MIG_DB_TABLE ||
			    mig_db_as_table(parent)->walk == walk)
				continue;
			mig_db_as_table(parent)->walk = walk;
			add_heir(ddl, &above, parent);
		}
	}
	return table != NULL;
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

bool
ddl_copy_constraint(struct ddl *ddl, struct mig_db_object *table,
    const struct mig_db_constraint *from, const char *name, bool inherited)
{
	struct mig_db_constraint *same = inherited ? find_same(table, from) : NULL;
	if (same != NULL) {
		/* A table that is no partition keeps what it had itself. */
		same->inherited =
		    same->inherited || mig_db_as_table(table)->partition_of != NULL;
		return false;
	}
	/* A name that was chosen is this table's alone: parts further down get theirs. */
	bool free = name != NULL && ddl_find_part(ddl, table, MIG_DB_CONSTRAINT, name) == NULL;
	struct mig_db_constraint *copy = ddl_make_part(
	    ddl, MIG_DB_CONSTRAINT, table, free ? name : copy_name(ddl, table, from));
	if (copy == NULL)
		return false;
	struct mig_db_object base = copy->base;
	*copy = *from;
	copy->base = base;
	copy->base.definition = from->base.definition;
	mig_db_share_refs(ddl->db, &copy->base, &from->base);
	copy->inherited = inherited;
	if (copy->type == MIG_DB_PRIMARY_KEY)
		ddl_set_not_null(table, copy->columns, copy->columns_count);
	ddl_put(ddl, copy);
	return true;
}

struct passing {
	const struct mig_db_constraint *constraint;
	const struct mig_db_index *index;
};

/* The name that a constraint has in all heirs; NULL: each has its own. */
static const char *
common_name(const struct mig_db_constraint *from)
{
	bool named = from->type == MIG_DB_CHECK || from->type == MIG_DB_FOREIGN_KEY;
	return named ? from->base.name : NULL;
}

static bool
take_constraint(struct ddl *ddl, struct mig_db_object *heir, void *context)
{
	const struct mig_db_constraint *from = ((const struct passing *)context)->constraint;
	bool partition = mig_db_as_table(heir)->partition_of != NULL;
	if (!partition && (from->type != MIG_DB_CHECK || from->no_inherit))
		return false;
	return ddl_copy_constraint(ddl, heir, from, common_name(from), true);
}

void
ddl_pass_constraint(
    struct ddl *ddl, const struct mig_db_object *table, const struct mig_db_constraint *from)
{
	ddl_each_heir(ddl, table, take_constraint, &(struct passing){ .constraint = from });
}

bool
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
			return false;
		}
	}
	const char *name =
	    ddl_choose_name(ddl, table, ddl_index_columns(ddl, from->base.definition), "idx", true);
	struct mig_db_index *copy = ddl_make_part(ddl, MIG_DB_INDEX, table, name);
	if (copy == NULL)
		return false;
	struct mig_db_object base = copy->base;
	*copy = *from;
	copy->base = base;
	copy->base.definition = from->base.definition;
	mig_db_share_refs(ddl->db, &copy->base, &from->base);
	copy->inherited = inherited;
	copy->clustered = false;
	copy->replica_identity = false;
	ddl_put(ddl, copy);
	return true;
}

static bool
take_index(struct ddl *ddl, struct mig_db_object *heir, void *context)
{
	return mig_db_as_table(heir)->partition_of != NULL &&
	    ddl_copy_index(ddl, heir, ((const struct passing *)context)->index, true);
}

void
ddl_pass_index(
    struct ddl *ddl, const struct mig_db_object *table, const struct mig_db_index *from)
{
	ddl_each_heir(ddl, table, take_index, &(struct passing){ .index = from });
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
		if ((check ? !from->no_inherit : partition) &&
		    ddl_copy_constraint(ddl, child, from, common_name(from), true))
			ddl_pass_constraint(ddl, child, from);
	}
	if (!partition)
		return;
	parts = mig_db_parts(parent, MIG_DB_INDEX, &count);
	for (size_t i = 0; i < count; i++) {
		const struct mig_db_index *from = mig_db_as_index(parts[i]);
		if (ddl_copy_index(ddl, child, from, true))
			ddl_pass_index(ddl, child, from);
	}
	parts = mig_db_parts(parent, MIG_DB_TRIGGER, &count);
	for (size_t i = 0; i < count; i++)
		if (parts[i]->kind == MIG_DB_TRIGGER &&
		    strstr(parts[i]->definition, "FOR EACH ROW") != NULL)
			ddl_copy_trigger(ddl, child, mig_db_as_trigger(parts[i]));
}
