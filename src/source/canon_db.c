/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include "config.h"

#include <string.h>

#include "base/arena.h"
#include "base/limits.h"
#include "source/canon_int.h"

/* A schema whose texts are those of a server, being brought into the one spelling. */
struct work {
	struct mig_db *db;
	struct canon canon;
	struct canon_tree tree;
};

/* Parse a text behind a head that makes a statement of it; NULL: it stays as it is. */
static PgQuery__Node *
parse(struct work *work, const struct mig_db_object *table, const char *head, const char *text)
{
	PgQuery__ParseResult *result = NULL;
	struct sql_error error;
	char *statement = mig_arena_printf(work->tree.scratch, "%s%s", head, text);
	work->canon.table = table;
	work->tree = (struct canon_tree){ .canon = &work->canon, .scratch = work->tree.scratch };
	if (statement == NULL ||
	    sql_parse(work->tree.scratch, statement, &result, &error) != MIG_OK ||
	    result->n_stmts != 1)
		return NULL;
	return result->stmts[0]->stmt;
}

/* Defaults that are what they are in any spelling. */
static bool
is_simple(const char *text)
{
	return text == NULL || strcmp(text, "now()") == 0 || strcmp(text, "true") == 0 ||
	    strcmp(text, "false") == 0 || text[strspn(text, "0123456789")] == '\0';
}

static void
fix_expr(struct work *work, const struct mig_db_object *table, const char **text)
{
	if (is_simple(*text))
		return;
	work->canon.table = table;
	*text = canon_expr(&work->canon, *text);
}

/* What the server wrote is what scripts say where it is not canonical. */
static void
keep_written(
    struct work *work, struct mig_db_object *object, const char *written, const char *canonical)
{
	if (canonical != NULL && !mig_db_same(written, canonical))
		mig_db_set_written(work->db, object, written);
}

static void
fix_column(struct work *work, const struct mig_db_object *table, struct mig_db_column *column)
{
	const char *written = column->default_expr;
	work->canon.table = table;
	if (!is_simple(column->default_expr))
		column->default_expr =
		    canon_default(&work->canon, column->default_expr, column->type);
	keep_written(work, &column->base, written, column->default_expr);
	if (column->more->generated_expr == NULL)
		return;
	struct mig_db_column_more *more = mig_db_column_more(work->db, column);
	if (more == NULL)
		return;
	written = more->generated_expr;
	fix_expr(work, table, &more->generated_expr);
	keep_written(work, &column->base, written, more->generated_expr);
}

static void
fix_constraint(
    struct work *work, const struct mig_db_object *parent, struct mig_db_constraint *constraint)
{
	if (constraint->type == MIG_DB_CHECK && constraint->expression != NULL) {
		const char *written = constraint->expression;
		fix_expr(work, parent, &constraint->expression);
		keep_written(work, &constraint->base, written, constraint->expression);
		constraint->base.definition =
		    mig_arena_printf(work->canon.arena, "CHECK (%s)", constraint->expression);
	}
	if (constraint->type != MIG_DB_EXCLUSION || constraint->base.definition == NULL)
		return;
	PgQuery__Node *node =
	    parse(work, parent, "ALTER TABLE t ADD ", constraint->base.definition);
	if (node == NULL || node->node_case != PG_QUERY__NODE__NODE_ALTER_TABLE_STMT)
		return;
	const char *written = constraint->base.definition;
	canon_fix(&work->tree, &node->base);
	constraint->base.definition = canon_write_exclusion(
	    &work->tree, node->alter_table_stmt->cmds[0]->alter_table_cmd->def->constraint);
	keep_written(work, &constraint->base, written, constraint->base.definition);
}

static void
fix_index(struct work *work, const struct mig_db_object *table, struct mig_db_index *index)
{
	PgQuery__Node *node = index->base.definition != NULL ?
	    parse(work, table, "CREATE INDEX ON t ", index->base.definition) :
	    NULL;
	if (node == NULL || node->node_case != PG_QUERY__NODE__NODE_INDEX_STMT)
		return;
	PgQuery__IndexStmt *statement = node->index_stmt;
	const char *written = index->base.definition;
	canon_fix(&work->tree, &node->base);
	index->base.definition = canon_write_index(&work->tree, statement);
	keep_written(work, &index->base, written, index->base.definition);
	if (statement->where_clause != NULL)
		index->predicate = mig_arena_strdup(work->canon.arena,
		    sql_deparse_expr(work->tree.scratch, statement->where_clause));
	const char **columns =
	    mig_arena_array(work->canon.arena, statement->n_index_params, sizeof(*columns));
	if (columns == NULL || statement->n_index_params != index->columns_count)
		return;
	for (size_t i = 0; i < statement->n_index_params; i++) {
		const PgQuery__IndexElem *element = statement->index_params[i]->index_elem;
		columns[i] = index->columns[i];
		if (*element->name == '\0')
			columns[i] = mig_arena_strdup(
			    work->canon.arena, sql_deparse_expr(work->tree.scratch, element->expr));
	}
	index->columns = columns;
}

static void
fix_statement(struct work *work, const struct mig_db_object *table, struct mig_db_object *object)
{
	const char *written = object->definition;
	if (written == NULL)
		return;
	work->canon.table = table;
	object->definition = canon_statement(&work->canon, written);
	keep_written(work, object, written, object->definition);
}

static void
fix_partition(struct work *work, struct mig_db_table *table)
{
	PgQuery__Node *node = NULL;
	if (table->partition_key != NULL)
		node = parse(
		    work, &table->base, "CREATE TABLE t () PARTITION BY ", table->partition_key);
	if (node != NULL && node->node_case == PG_QUERY__NODE__NODE_CREATE_STMT) {
		canon_fix(&work->tree, &node->base);
		table->partition_key =
		    canon_write_partition_key(&work->tree, node->create_stmt->partspec);
	}
	node = NULL;
	if (table->partition_bound != NULL && table->partition_of != NULL)
		node =
		    parse(work, NULL, "ALTER TABLE t ATTACH PARTITION p ", table->partition_bound);
	if (node == NULL || node->node_case != PG_QUERY__NODE__NODE_ALTER_TABLE_STMT)
		return;
	const struct mig_db_object *parent = mig_db_find(
	    work->db, MIG_DB_TABLE, table->partition_of->schema, table->partition_of->name);
	const char *written = table->partition_bound;
	table->partition_bound = canon_write_bound(&work->tree, parent,
	    node->alter_table_stmt->cmds[0]->alter_table_cmd->def->partition_cmd->bound);
	keep_written(work, &table->base, written, table->partition_bound);
}

static void
fix_table(struct work *work, struct mig_db_table *table)
{
	struct mig_db_object *base = &table->base;
	fix_statement(work, NULL, base);
	for (size_t i = 0; i < table->columns_count; i++)
		fix_column(work, base, table->columns[i]);
	for (size_t i = 0; i < table->constraints_count; i++)
		fix_constraint(work, base, table->constraints[i]);
	for (size_t i = 0; i < table->indexes_count; i++)
		fix_index(work, base, table->indexes[i]);
	for (size_t i = 0; i < table->triggers_count; i++)
		fix_statement(work, base, &table->triggers[i]->base);
	fix_partition(work, table);
}

static void
fix_routine(struct work *work, struct mig_db_routine *routine)
{
	if (routine->aggregate || routine->base.definition == NULL) {
		fix_statement(work, NULL, &routine->base);
		if (!routine->aggregate)
			return;
		/* This follows from the functions that it is made of. */
		routine->returns = NULL;
		routine->attributes = NULL;
		routine->language = "internal";
		routine->body = NULL;
		return;
	}
	/* Its arguments are a part of its name, by which it is found: they stay. */
	const char *arguments = routine->arguments;
	PgQuery__Node *node = parse(work, NULL, "", routine->base.definition);
	if (node == NULL || node->node_case != PG_QUERY__NODE__NODE_CREATE_FUNCTION_STMT)
		return;
	canon_fill_routine(&work->tree, node->create_function_stmt, work->db, routine);
	routine->arguments = arguments;
}

static void
fix_object(struct work *work, struct mig_db_object *object)
{
	switch (object->kind) {
	case MIG_DB_TABLE:
	case MIG_DB_VIEW:
	case MIG_DB_MATVIEW:
		fix_table(work, mig_db_as_table(object));
		break;
	case MIG_DB_ROUTINE:
		fix_routine(work, mig_db_as_routine(object));
		break;
	case MIG_DB_DOMAIN: {
		struct mig_db_domain *domain = mig_db_as_domain(object);
		const char *written = domain->default_expr;
		if (!is_simple(domain->default_expr))
			domain->default_expr =
			    canon_default(&work->canon, domain->default_expr, domain->type);
		keep_written(work, object, written, domain->default_expr);
		for (size_t i = 0; i < domain->checks_count; i++)
			fix_constraint(work, object, domain->checks[i]);
		break;
	}
	case MIG_DB_EXTENSION:
		/* It brings its own comment, which nobody writes in a file. */
		mig_db_set_comment(work->db, object, NULL);
		break;
	case MIG_DB_RANGE_TYPE:
	case MIG_DB_COLLATION:
	case MIG_DB_STATISTICS:
	case MIG_DB_OTHER:
		fix_statement(work, NULL, object);
		break;
	case MIG_DB_NAMESPACE:
	case MIG_DB_ENUM:
	case MIG_DB_COMPOSITE:
	case MIG_DB_SEQUENCE:
	case MIG_DB_COLUMN:
	case MIG_DB_CONSTRAINT:
	case MIG_DB_INDEX:
	case MIG_DB_TRIGGER:
	case MIG_DB_POLICY:
	case MIG_DB_RULE:
		break;
	}
}

int
canon_db(struct mig_db *db)
{
	size_t count = 0;
	struct mig_db_object *const *objects = mig_db_objects(db, &count);
	struct work work = { .db = db };
	work.canon = (struct canon){ .arena = mig_db_arena(db), .db = db };
	for (size_t i = 0; i < count; i++) {
		struct mig_arena *scratch = mig_arena_new(MIG_SQL_BYTES_MAX);
		if (scratch == NULL)
			return MIG_ENOMEM;
		work.tree = (struct canon_tree){ .canon = &work.canon, .scratch = scratch };
		fix_object(&work, objects[i]);
		mig_arena_free(scratch);
	}
	return mig_arena_failed(mig_db_arena(db)) ? MIG_ENOMEM : MIG_OK;
}
