/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include "config.h"

#include <string.h>

#include "source/ddl_int.h"

struct fall {
	struct mig_db_object *object;
	bool cascade;
};

/* What is dropped, and all that falls with it, one after the other. */
struct ddl_falling {
	struct fall *falls;
	size_t count;
	size_t cap;
};

/* Whether a mention is of the thing. */
static bool
is_mention(struct ddl *ddl, const struct mig_db_ref *ref, const struct mig_db_object *object)
{
	if (object->kind == MIG_DB_COLUMN)
		return ref->column != NULL && strcmp(ref->column, object->name) == 0 &&
		    mig_db_same(ref->name, object->parent->name) &&
		    mig_db_same(ref->schema, object->parent->schema);
	if (ref->column != NULL || !mig_db_same(ref->schema, object->schema))
		return false;
	bool relation = object->kind == MIG_DB_TABLE || object->kind == MIG_DB_VIEW ||
	    object->kind == MIG_DB_MATVIEW;
	if (relation ? ref->kind != MIG_DB_TABLE : ref->kind != object->kind)
		return false;
	if (object->kind != MIG_DB_ROUTINE)
		return mig_db_same(ref->name, object->name);
	const char *whole = mig_arena_printf(
	    ddl->scratch, "%s(%s)", object->name, mig_db_as_routine(object)->arguments);
	return mig_db_same(ref->name, whole);
}

static bool
mentions(struct ddl *ddl, const struct mig_db_object *who, const struct mig_db_object *object)
{
	for (uint32_t i = 0; i < who->extra->refs_count; i++)
		if (is_mention(ddl, &who->extra->refs[i], object))
			return true;
	return false;
}

static void
forget_mentions(struct ddl *ddl, struct mig_db_object *who, const struct mig_db_object *object)
{
	/* Another one: the columns of heirs share theirs. */
	struct mig_db_ref *refs =
	    mig_arena_array(ddl->arena, who->extra->refs_count, sizeof(*refs));
	uint32_t kept = 0;
	for (uint32_t i = 0; refs != NULL && i < who->extra->refs_count; i++)
		if (!is_mention(ddl, &who->extra->refs[i], object))
			refs[kept++] = who->extra->refs[i];
	mig_db_set_refs(ddl->db, who, refs, kept);
}

/* What does not stand without the other: the thing itself, or of a column its default. */
static void
lose(struct ddl *ddl, struct mig_db_object *who, const struct mig_db_object *object, bool cascade)
{
	struct mig_db_column *column = who->kind == MIG_DB_COLUMN ? mig_db_as_column(who) : NULL;
	bool calls = object->kind == MIG_DB_SEQUENCE || object->kind == MIG_DB_ROUTINE;
	if (column == NULL || !calls || column->generated != MIG_DB_GENERATED_NONE) {
		ddl_drop_object(ddl, who, cascade);
		return;
	}
	column->default_expr = NULL;
	forget_mentions(ddl, who, object);
}

/* The parts of a thing that mention another. */
static void
lose_parts(
    struct ddl *ddl, struct mig_db_object *table, const struct mig_db_object *object, bool cascade)
{
	static const enum mig_db_kind kinds[] = { MIG_DB_CONSTRAINT, MIG_DB_INDEX, MIG_DB_TRIGGER,
		MIG_DB_COLUMN };
	for (size_t k = 0; k < sizeof(kinds) / sizeof(kinds[0]); k++) {
		size_t count = 0;
		struct mig_db_object *const *parts = mig_db_parts(table, kinds[k], &count);
		for (size_t i = count; i > 0; i--)
			if (parts[i - 1] != object && mentions(ddl, parts[i - 1], object))
				lose(ddl, parts[i - 1], object, cascade);
	}
}

static bool
names_column(const char *const *columns, size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++)
		if (mig_db_same(columns[i], name))
			return true;
	return false;
}

/* Keys and indexes over a column go with it. */
static void
drop_over_column(struct ddl *ddl, struct mig_db_object *table, const char *name)
{
	size_t count = 0;
	struct mig_db_object *const *parts = mig_db_parts(table, MIG_DB_CONSTRAINT, &count);
	for (size_t i = count; i > 0; i--) {
		const struct mig_db_constraint *constraint = mig_db_as_constraint(parts[i - 1]);
		if (names_column(constraint->columns, constraint->columns_count, name) ||
		    names_column(constraint->include, constraint->include_count, name))
			ddl_remove(ddl, parts[i - 1]);
	}
	parts = mig_db_parts(table, MIG_DB_INDEX, &count);
	for (size_t i = count; i > 0; i--)
		if (names_column(mig_db_as_index(parts[i - 1])->columns,
		        mig_db_as_index(parts[i - 1])->columns_count, name))
			ddl_remove(ddl, parts[i - 1]);
}

/* Whether a foreign key stands on the columns of a key, or unique index, of a table. */
static bool
stands_on(const struct mig_db_constraint *foreign, const struct mig_db_object *table,
    const char *const *columns, size_t count)
{
	if (foreign->type != MIG_DB_FOREIGN_KEY || foreign->ref_columns_count != count ||
	    !mig_db_same(foreign->ref_table, table->name) ||
	    !mig_db_same(foreign->ref_schema, table->schema))
		return false;
	for (size_t i = 0; i < count; i++)
		if (!names_column(columns, count, foreign->ref_columns[i]))
			return false;
	return true;
}

/* The foreign keys that stand on a key or unique index that is gone. */
static void
lose_foreign_keys(struct ddl *ddl, const struct mig_db_object *key)
{
	bool index = key->kind == MIG_DB_INDEX;
	if (index ? !mig_db_as_index(key)->unique : !mig_db_has_index(key))
		return;
	size_t columns_count = index ? mig_db_as_index(key)->columns_count
	                             : mig_db_as_constraint(key)->columns_count;
	const char *const *columns =
	    index ? mig_db_as_index(key)->columns : mig_db_as_constraint(key)->columns;
	size_t count = 0;
	struct mig_db_object *const *objects = mig_db_objects(ddl->db, &count);
	for (size_t i = 0; i < count; i++) {
		size_t parts_count = 0;
		struct mig_db_object *const *parts =
		    mig_db_parts(objects[i], MIG_DB_CONSTRAINT, &parts_count);
		for (size_t j = 0; j < parts_count; j++)
			if (stands_on(mig_db_as_constraint(parts[j]), key->parent, columns,
			        columns_count))
				ddl_drop_object(ddl, parts[j], true);
	}
}

/* Everything that mentions a thing. */
static void
lose_all(struct ddl *ddl, struct mig_db_object *object)
{
	size_t count = 0;
	struct mig_db_object *const *objects = mig_db_objects(ddl->db, &count);
	for (size_t i = count; i > 0; i--) {
		struct mig_db_object *who = objects[i - 1];
		if (who != object && who != object->parent && mentions(ddl, who, object))
			lose(ddl, who, object, true);
		else if (who != object)
			lose_parts(ddl, who, object, true);
	}
}

/* Sequences that a table or column owns. */
static void
drop_owned(struct ddl *ddl, const struct mig_db_object *table, const char *column, bool cascade)
{
	size_t count = 0;
	struct mig_db_object *const *objects = mig_db_objects(ddl->db, &count);
	for (size_t i = count; i > 0; i--) {
		if (objects[i - 1]->kind != MIG_DB_SEQUENCE)
			continue;
		const struct mig_db_ref *owner = mig_db_as_sequence(objects[i - 1])->owned_by;
		if (owner != NULL && mig_db_same(owner->name, table->name) &&
		    mig_db_same(owner->schema, table->schema) &&
		    (column == NULL || mig_db_same(owner->column, column)))
			ddl_drop_object(ddl, objects[i - 1], cascade);
	}
}

static void
renumber(struct mig_db_object *table)
{
	size_t count = 0;
	struct mig_db_object *const *columns = mig_db_parts(table, MIG_DB_COLUMN, &count);
	for (size_t i = 0; i < count; i++)
		mig_db_as_column(columns[i])->position = (int)i + 1;
}

static void
drop_column(struct ddl *ddl, struct mig_db_object *column, bool cascade)
{
	struct mig_db_object *table = column->parent;
	if (cascade)
		lose_all(ddl, column);
	if (table->kind == MIG_DB_TABLE) {
		drop_over_column(ddl, table, column->name);
		lose_parts(ddl, table, column, cascade);
	}
	if (ddl->sequences_owned)
		drop_owned(ddl, table, column->name, cascade);
	ddl_remove(ddl, column);
	renumber(table);
}

/* Partitions and children go with their table; a table that is inherited from needs CASCADE. */
static void
drop_children(struct ddl *ddl, struct mig_db_object *table, bool cascade)
{
	size_t count = 0;
	struct mig_db_object **children = ddl_children(ddl, table, &count);
	for (size_t i = 0; i < count; i++)
		if (mig_db_as_table(children[i])->partition_of != NULL || cascade)
			ddl_drop_object(ddl, children[i], cascade);
}

static void
fall(struct ddl *ddl, struct mig_db_object *object, bool cascade)
{
	if (object->kind == MIG_DB_COLUMN) {
		drop_column(ddl, object, cascade);
		return;
	}
	if (object->kind == MIG_DB_TABLE)
		drop_children(ddl, object, cascade);
	ddl_remove(ddl, object);
	if (cascade && object->parent == NULL)
		lose_all(ddl, object);
	else if (cascade && (object->kind == MIG_DB_CONSTRAINT || object->kind == MIG_DB_INDEX))
		lose_foreign_keys(ddl, object);
	if (object->kind == MIG_DB_TABLE && ddl->sequences_owned)
		drop_owned(ddl, object, NULL, cascade);
}

static void
add_fall(struct ddl *ddl, struct ddl_falling *falling, struct mig_db_object *object, bool cascade)
{
	struct fall *falls = mig_arena_grow(
	    ddl->scratch, falling->falls, falling->count, &falling->cap, sizeof(*falls));
	if (falls == NULL)
		return;
	falling->falls = falls;
	falling->falls[falling->count++] = (struct fall){ object, cascade };
}

void
ddl_drop_object(struct ddl *ddl, struct mig_db_object *object, bool cascade)
{
	if (ddl->falling != NULL) {
		add_fall(ddl, ddl->falling, object, cascade);
		return;
	}
	struct ddl_falling falling = { .count = 0 };
	ddl->falling = &falling;
	add_fall(ddl, &falling, object, cascade);
	for (size_t i = 0; i < falling.count; i++) {
		struct fall next = falling.falls[i];
		/* It may mention several things that fall. */
		if (mig_db_has(ddl->db, next.object))
			fall(ddl, next.object, next.cascade);
	}
	ddl->falling = NULL;
}

/* DROP SCHEMA … CASCADE */
static void
drop_schema(struct ddl *ddl, const char *name, bool cascade)
{
	size_t count = 0;
	struct mig_db_object *schema = mig_db_find(ddl->db, MIG_DB_NAMESPACE, NULL, name);
	if (schema != NULL)
		ddl_remove(ddl, schema);
	struct mig_db_object *const *objects = mig_db_objects(ddl->db, &count);
	for (size_t i = count; cascade && i > 0; i--) {
		if (i <= count && mig_db_same(objects[i - 1]->schema, name))
			ddl_drop_object(ddl, objects[i - 1], true);
		objects = mig_db_objects(ddl->db, &count);
	}
}

static bool
is_sequence_of_column(struct ddl *ddl, const PgQuery__DropStmt *statement, struct ddl_name name)
{
	struct mig_db_object *column = ddl_find_relation(ddl, name);
	if (statement->remove_type != PG_QUERY__OBJECT_TYPE__OBJECT_SEQUENCE || column == NULL ||
	    column->kind != MIG_DB_COLUMN)
		return false;
	struct mig_db_column *owner = mig_db_as_column(column);
	struct mig_db_column_more *more = mig_db_column_more(ddl->db, owner);
	ddl_forget(ddl, column);
	owner->identity = MIG_DB_IDENTITY_NONE;
	if (more != NULL) {
		more->sequence = NULL;
		more->sequence_name = NULL;
	}
	ddl_remember(ddl, column);
	return true;
}

void
ddl_drop(struct ddl *ddl, PgQuery__DropStmt *statement)
{
	bool cascade = statement->behavior == PG_QUERY__DROP_BEHAVIOR__DROP_CASCADE;
	for (size_t i = 0; i < statement->n_objects; i++) {
		const PgQuery__Node *node = statement->objects[i];
		struct ddl_name name = ddl_name_of_node(node);
		bool known = false;
		struct mig_db_object *object =
		    ddl_resolve(ddl, statement->remove_type, node, &known);
		if (statement->remove_type == PG_QUERY__OBJECT_TYPE__OBJECT_SCHEMA &&
		    (object != NULL || mig_db_same(name.name, "public")))
			drop_schema(ddl, name.name, cascade);
		else if (object != NULL)
			ddl_drop_object(ddl, object, cascade);
		else if (!known)
			ddl_not_understood(ddl, "DROP of something that is not kept");
		else if (!is_sequence_of_column(ddl, statement, name) && !statement->missing_ok)
			ddl_say(ddl, MIG_SEV_ERROR, NULL, "there is no \"%s\" to drop",
			    name.name != NULL ? name.name : "");
	}
}
