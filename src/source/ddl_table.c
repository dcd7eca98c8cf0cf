/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include "config.h"

#include <string.h>

#include "source/ddl_int.h"

/* Bits of LIKE t INCLUDING … */
enum like {
	LIKE_COMMENTS = 1U << 0,
	LIKE_COMPRESSION = 1U << 1,
	LIKE_CONSTRAINTS = 1U << 2,
	LIKE_DEFAULTS = 1U << 3,
	LIKE_GENERATED = 1U << 4,
	LIKE_IDENTITY = 1U << 5,
	LIKE_INDEXES = 1U << 6,
	LIKE_STATISTICS = 1U << 7,
	LIKE_STORAGE = 1U << 8
};

/* The storage, compression and expression of the copy, as far as they were asked for. */
static void
like_more(
    struct ddl *ddl, struct mig_db_column *copy, const struct mig_db_column *from, uint32_t options)
{
	struct mig_db_column *fresh = mig_db_make(ddl->db, MIG_DB_COLUMN, copy->base.parent);
	const struct mig_db_column_more *old = from->more;
	bool generated =
	    from->generated != MIG_DB_GENERATED_NONE && (options & LIKE_GENERATED) != 0;
	if (fresh == NULL)
		return;
	copy->more = fresh->more;
	copy->generated = generated ? from->generated : MIG_DB_GENERATED_NONE;
	if (!generated && old->collation == NULL && old->storage == NULL &&
	    old->compression == NULL)
		return;
	struct mig_db_column_more *more = mig_db_column_more(ddl->db, copy);
	if (more == NULL)
		return;
	more->collation = old->collation;
	more->generated_expr = generated ? old->generated_expr : NULL;
	more->storage = (options & LIKE_STORAGE) != 0 ? old->storage : NULL;
	more->compression = (options & LIKE_COMPRESSION) != 0 ? old->compression : NULL;
}

static void
like_columns(struct ddl *ddl, struct mig_db_object *table, const struct mig_db_object *source,
    uint32_t options)
{
	size_t count = 0;
	struct mig_db_object *const *columns = mig_db_parts(source, MIG_DB_COLUMN, &count);
	for (size_t i = 0; i < count; i++) {
		const struct mig_db_column *from = mig_db_as_column(columns[i]);
		struct mig_db_column *copy = ddl_copy_column(ddl, table, from, false);
		if (copy == NULL)
			return;
		if ((options & LIKE_DEFAULTS) == 0)
			copy->default_expr = NULL;
		like_more(ddl, copy, from, options);
		if ((options & LIKE_COMMENTS) != 0)
			mig_db_set_comment(ddl->db, &copy->base, from->base.extra->comment);
		bool identity = from->identity == MIG_DB_IDENTITY_ALWAYS ||
		    from->identity == MIG_DB_IDENTITY_BY_DEFAULT;
		if (identity && (options & LIKE_IDENTITY) != 0) {
			ddl_column_sequence(ddl, copy, NULL, 0, from->identity);
			struct mig_db_column_more *more = mig_db_column_more(ddl->db, copy);
			if (more != NULL)
				more->sequence = from->more->sequence;
		}
	}
}

static void
like_constraints(struct ddl *ddl, struct mig_db_object *table, const struct mig_db_object *source,
    uint32_t options)
{
	size_t count = 0;
	struct mig_db_object *const *parts = mig_db_parts(source, MIG_DB_CONSTRAINT, &count);
	for (size_t i = 0; i < count; i++) {
		const struct mig_db_constraint *from = mig_db_as_constraint(parts[i]);
		bool check = from->type == MIG_DB_CHECK;
		bool index = !check && from->type != MIG_DB_FOREIGN_KEY;
		if (check && (options & LIKE_CONSTRAINTS) != 0)
			(void)ddl_copy_constraint(ddl, table, from, from->base.name, false);
		else if (index && (options & LIKE_INDEXES) != 0)
			(void)ddl_copy_constraint(ddl, table, from, NULL, false);
	}
	parts = mig_db_parts(source, MIG_DB_INDEX, &count);
	for (size_t i = 0; (options & LIKE_INDEXES) != 0 && i < count; i++)
		(void)ddl_copy_index(ddl, table, mig_db_as_index(parts[i]), false);
}

static struct mig_db_ref *
make_ref(struct ddl *ddl, const struct mig_db_object *object)
{
	struct mig_db_ref *ref = mig_arena_alloc(ddl->arena, sizeof(*ref));
	if (ref != NULL)
		*ref = (struct mig_db_ref){ MIG_DB_TABLE, object->schema, object->name, NULL };
	return ref;
}

/* What the table is a child of, before its own columns are there. */
static void
set_parents(struct ddl *ddl, struct mig_db_table *table, PgQuery__CreateStmt *statement)
{
	size_t count = statement->n_inh_relations;
	struct mig_db_ref *refs = mig_arena_array(ddl->arena, count, sizeof(*refs));
	if (refs == NULL || count == 0)
		return;
	size_t found = 0;
	for (size_t i = 0; i < count; i++) {
		struct mig_db_object *parent = ddl_need(ddl, MIG_DB_TABLE,
		    ddl_range_name(statement->inh_relations[i]->range_var), false);
		if (parent == NULL)
			continue;
		refs[found++] =
		    (struct mig_db_ref){ MIG_DB_TABLE, parent->schema, parent->name, NULL };
		ddl_add_ref(ddl, &table->base, refs[found - 1]);
		if (statement->partbound != NULL) {
			table->partition_of = make_ref(ddl, parent);
			ddl_set_bound(ddl, table, parent, statement->partbound);
			return;
		}
	}
	table->inherits = refs;
	table->inherits_count = found;
}

/* Columns of parents come first. */
static void
take_parents_columns(struct ddl *ddl, struct mig_db_table *table)
{
	const struct mig_db_ref *refs =
	    table->partition_of != NULL ? table->partition_of : table->inherits;
	size_t count = table->partition_of != NULL ? 1 : table->inherits_count;
	for (size_t p = 0; p < count; p++) {
		size_t columns_count = 0;
		const struct mig_db_object *parent =
		    mig_db_find(ddl->db, MIG_DB_TABLE, refs[p].schema, refs[p].name);
		struct mig_db_object *const *columns =
		    parent != NULL ? mig_db_parts(parent, MIG_DB_COLUMN, &columns_count) : NULL;
		for (size_t i = 0; i < columns_count; i++)
			if (mig_db_find_part(&table->base, MIG_DB_COLUMN, columns[i]->name) == NULL)
				(void)ddl_copy_column(
				    ddl, &table->base, mig_db_as_column(columns[i]), true);
	}
}

static void
take_parents_parts(struct ddl *ddl, struct mig_db_table *table)
{
	const struct mig_db_ref *refs =
	    table->partition_of != NULL ? table->partition_of : table->inherits;
	size_t count = table->partition_of != NULL ? 1 : table->inherits_count;
	for (size_t p = 0; p < count; p++) {
		const struct mig_db_object *parent =
		    mig_db_find(ddl->db, MIG_DB_TABLE, refs[p].schema, refs[p].name);
		if (parent != NULL)
			ddl_inherit_parts(ddl, &table->base, parent, table->partition_of != NULL);
	}
}

/* A column that a parent has too is one and the same. */
static void
add_or_merge_column(struct ddl *ddl, struct mig_db_object *table, PgQuery__ColumnDef *definition,
    struct ddl_pending *pending)
{
	struct mig_db_object *there = mig_db_find_part(table, MIG_DB_COLUMN, definition->colname);
	if (there == NULL || !mig_db_as_column(there)->inherited) {
		ddl_add_column(ddl, table, definition, pending);
		return;
	}
	struct mig_db_column *column = mig_db_as_column(there);
	column->inherited = mig_db_as_table(table)->partition_of != NULL;
	ddl_column_constraints(ddl, column, definition, pending);
}

static void
add_elements(struct ddl *ddl, struct mig_db_object *table, PgQuery__CreateStmt *statement,
    struct ddl_pending *pending)
{
	for (size_t i = 0; i < statement->n_table_elts; i++) {
		PgQuery__Node *element = statement->table_elts[i];
		if (element->node_case == PG_QUERY__NODE__NODE_COLUMN_DEF) {
			add_or_merge_column(ddl, table, element->column_def, pending);
		} else if (element->node_case == PG_QUERY__NODE__NODE_CONSTRAINT) {
			ddl_pending_add(ddl, pending, element->constraint, NULL);
		} else if (element->node_case == PG_QUERY__NODE__NODE_TABLE_LIKE_CLAUSE) {
			const PgQuery__TableLikeClause *like = element->table_like_clause;
			struct mig_db_object *source =
			    ddl_need(ddl, MIG_DB_TABLE, ddl_range_name(like->relation), false);
			if (source != NULL)
				like_columns(ddl, table, source, like->options);
		}
	}
	for (size_t i = 0; i < statement->n_constraints; i++)
		ddl_pending_add(ddl, pending, statement->constraints[i]->constraint, NULL);
}

static void
add_likes(struct ddl *ddl, struct mig_db_object *table, PgQuery__CreateStmt *statement)
{
	for (size_t i = 0; i < statement->n_table_elts; i++) {
		const PgQuery__Node *element = statement->table_elts[i];
		if (element->node_case != PG_QUERY__NODE__NODE_TABLE_LIKE_CLAUSE)
			continue;
		const PgQuery__TableLikeClause *like = element->table_like_clause;
		struct mig_db_object *source =
		    ddl_find(ddl, MIG_DB_TABLE, ddl_range_name(like->relation));
		if (source != NULL)
			like_constraints(ddl, table, source, like->options);
	}
}

/* CREATE TABLE … OF type */
static void
take_type(struct ddl *ddl, struct mig_db_object *table, const PgQuery__TypeName *type)
{
	size_t count = 0;
	struct ddl_name name = ddl_name_of(type->names, type->n_names);
	struct mig_db_object *composite = ddl_need(ddl, MIG_DB_COMPOSITE, name, false);
	if (composite == NULL)
		return;
	ddl_add_ref(ddl, table,
	    (struct mig_db_ref){ MIG_DB_COMPOSITE, composite->schema, composite->name, NULL });
	struct mig_db_object *const *columns = mig_db_parts(composite, MIG_DB_COLUMN, &count);
	for (size_t i = 0; i < count; i++)
		(void)ddl_copy_column(ddl, table, mig_db_as_column(columns[i]), false);
}

const char *
ddl_partition_key(struct ddl *ddl, struct mig_db_object *table, PgQuery__PartitionSpec *spec)
{
	PgQuery__Node node = PG_QUERY__NODE__INIT;
	node.node_case = PG_QUERY__NODE__NODE_PARTITION_SPEC;
	node.partition_spec = spec;
	ddl_statement_refs(ddl, table, &node, NULL);
	return canon_write_partition_key(&ddl->tree, spec);
}

void
ddl_set_bound(struct ddl *ddl, struct mig_db_table *table, struct mig_db_object *parent,
    PgQuery__PartitionBoundSpec *bound)
{
	PgQuery__Node node = PG_QUERY__NODE__INIT;
	node.node_case = PG_QUERY__NODE__NODE_PARTITION_BOUND_SPEC;
	node.partition_bound_spec = bound;
	ddl_fix_names(ddl, NULL, &node);
	const char *written = canon_write_bound(&ddl->tree, parent, bound);
	ddl_statement_refs(ddl, NULL, &node, NULL);
	table->partition_bound = canon_write_bound(&ddl->tree, parent, bound);
	ddl_set_written(ddl, &table->base, written, table->partition_bound);
}

void
ddl_create_table(struct ddl *ddl, PgQuery__CreateStmt *statement)
{
	if (strcmp(statement->relation->relpersistence, "t") == 0)
		return;
	struct mig_db_table *table = ddl_make(
	    ddl, MIG_DB_TABLE, ddl_range_name(statement->relation), statement->if_not_exists);
	if (table == NULL)
		return;
	struct ddl_pending pending = { .table = &table->base, .only = true };
	table->unlogged = strcmp(statement->relation->relpersistence, "u") == 0;
	table->tablespace = ddl_text(ddl, statement->tablespacename);
	table->options = ddl_options(ddl, NULL, statement->options, statement->n_options, false);
	set_parents(ddl, table, statement);
	ddl_put(ddl, table);
	take_parents_columns(ddl, table);
	if (statement->of_typename != NULL)
		take_type(ddl, &table->base, statement->of_typename);
	add_elements(ddl, &table->base, statement, &pending);
	if (statement->partspec != NULL)
		table->partition_key = ddl_partition_key(ddl, &table->base, statement->partspec);
	ddl_pending_make(ddl, &pending);
	add_likes(ddl, &table->base, statement);
	take_parents_parts(ddl, table);
}
