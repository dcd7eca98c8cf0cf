/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/limits.h"
#include "source/canon_int.h"
#include "source/canon_model.h"

#define REMEMBERED 4096 /* a power of two */

/* A default that was met before: most of a schema's are the same few. */
struct known {
	const char *text; /* NULL: free */
	const char *type;
	const char *result;
};

struct job {
	struct mig_db *db;
	struct mig_arena *arena; /* of db */
	struct canon canon;
	struct mig_arena *scratch; /* of one text */
	struct canon_tree tree;
	struct known *known;
};

static size_t
hash_text(size_t hash, const char *text)
{
	for (; *text != '\0'; text++)
		hash = (hash ^ (unsigned char)*text) * 1099511628211U;
	return hash ^ hash >> 29;
}

/* A default mentions no columns, so that text and type are all that decides. */
static const char *
canon_known_default(struct job *job, const char *text, const char *type)
{
	if (text == NULL || type == NULL)
		return text;
	size_t at = hash_text(hash_text(14695981039346656037U, type), text) & (REMEMBERED - 1);
	struct known *known = &job->known[at];
	if (known->text == NULL || strcmp(known->text, text) != 0 ||
	    strcmp(known->type, type) != 0) {
		const char *result = canon_default(&job->canon, text, type);
		*known = (struct known){ text, type, result };
	}
	return known->result;
}

static const char *
expr_of(const struct job *job, const char *text)
{
	return text != NULL ? canon_expr(&job->canon, text) : NULL;
}

/* The text without blanks at its end, which the library leaves behind some statements. */
static const char *
statement_of(const struct job *job, const char *text)
{
	const char *written = text != NULL ? canon_statement(&job->canon, text) : NULL;
	size_t len = written != NULL ? strlen(written) : 0;
	if (len == 0 || written[len - 1] != ' ')
		return written;
	while (len > 0 && written[len - 1] == ' ')
		len--;
	return mig_arena_strndup(job->arena, written, len);
}

/* The tree of a statement that is made of a piece of one; NULL: it stays as it is. */
static PgQuery__Node *
parse(struct job *job, const char *head, const char *piece)
{
	PgQuery__ParseResult *result = NULL;
	struct sql_error error;
	mig_arena_free(job->scratch);
	job->scratch = mig_arena_new(MIG_SQL_BYTES_MAX);
	if (job->scratch == NULL || piece == NULL)
		return NULL;
	job->tree = (struct canon_tree){ .canon = &job->canon, .scratch = job->scratch };
	const char *text = mig_arena_printf(job->scratch, "%s%s", head, piece);
	if (text == NULL || sql_parse(job->scratch, text, &result, &error) != MIG_OK ||
	    result->n_stmts != 1)
		return NULL;
	return result->stmts[0]->stmt;
}

static void
canon_index(struct job *job, struct mig_db_index *index)
{
	PgQuery__Node *node = parse(job, "CREATE INDEX i ON t ", index->base.definition);
	if (node == NULL || node->node_case != PG_QUERY__NODE__NODE_INDEX_STMT)
		return;
	PgQuery__IndexStmt *statement = node->index_stmt;
	canon_fix(&job->tree, &node->base);
	index->base.definition = canon_write_index(&job->tree, statement);
	if (statement->where_clause != NULL)
		index->predicate = mig_arena_strdup(
		    job->arena, sql_deparse_expr(job->scratch, statement->where_clause));
	const char **columns = mig_arena_array(job->arena, index->columns_count, sizeof(*columns));
	for (size_t i = 0; columns != NULL && i < index->columns_count; i++) {
		PgQuery__Node *expr = i < statement->n_index_params ?
		    statement->index_params[i]->index_elem->expr :
		    NULL;
		columns[i] = expr == NULL ?
		    index->columns[i] :
		    mig_arena_strdup(job->arena, sql_deparse_expr(job->scratch, expr));
	}
	index->columns = columns;
}

static void
canon_exclusion(struct job *job, struct mig_db_constraint *constraint)
{
	PgQuery__Node *node =
	    parse(job, "ALTER TABLE t ADD CONSTRAINT c ", constraint->base.definition);
	if (node == NULL || node->node_case != PG_QUERY__NODE__NODE_ALTER_TABLE_STMT ||
	    node->alter_table_stmt->n_cmds != 1)
		return;
	PgQuery__Node *made = node->alter_table_stmt->cmds[0]->alter_table_cmd->def;
	canon_fix(&job->tree, &node->base);
	if (made != NULL && made->node_case == PG_QUERY__NODE__NODE_CONSTRAINT)
		constraint->base.definition = canon_write_exclusion(&job->tree, made->constraint);
}

static void
canon_constraint(struct job *job, struct mig_db_constraint *constraint)
{
	if (constraint->type == MIG_DB_EXCLUSION)
		canon_exclusion(job, constraint);
	if (constraint->type != MIG_DB_CHECK)
		return;
	constraint->expression = expr_of(job, constraint->expression);
	constraint->base.definition =
	    mig_arena_printf(job->arena, "CHECK (%s)", constraint->expression);
}

static void
canon_partition(struct job *job, struct mig_db_table *table)
{
	PgQuery__Node *node = parse(job, "CREATE TABLE t () PARTITION BY ", table->partition_key);
	if (node != NULL && node->node_case == PG_QUERY__NODE__NODE_CREATE_STMT &&
	    node->create_stmt->partspec != NULL) {
		canon_fix(&job->tree, &node->base);
		table->partition_key =
		    canon_write_partition_key(&job->tree, node->create_stmt->partspec);
	}
	const struct mig_db_object *parent = table->partition_of == NULL ?
	    NULL :
	    mig_db_find(
	        job->db, MIG_DB_TABLE, table->partition_of->schema, table->partition_of->name);
	node = parse(job, "CREATE TABLE t PARTITION OF p ", table->partition_bound);
	if (node != NULL && node->node_case == PG_QUERY__NODE__NODE_CREATE_STMT &&
	    node->create_stmt->partbound != NULL) {
		canon_fix(&job->tree, &node->base);
		table->partition_bound =
		    canon_write_bound(&job->tree, parent, node->create_stmt->partbound);
	}
}

static void
canon_column(struct job *job, struct mig_db_column *column)
{
	column->default_expr = canon_known_default(job, column->default_expr, column->type);
	if (column->more->generated_expr == NULL)
		return;
	struct mig_db_column_more *more = mig_db_column_more(job->db, column);
	if (more != NULL)
		more->generated_expr = expr_of(job, more->generated_expr);
}

static void
canon_table(struct job *job, struct mig_db_table *table)
{
	job->canon.table = NULL;
	table->base.definition = statement_of(job, table->base.definition);
	job->canon.table = &table->base;
	for (size_t i = 0; i < table->columns_count; i++)
		canon_column(job, table->columns[i]);
	for (size_t i = 0; i < table->constraints_count; i++)
		canon_constraint(job, table->constraints[i]);
	for (size_t i = 0; i < table->indexes_count; i++)
		canon_index(job, table->indexes[i]);
	for (size_t i = 0; i < table->triggers_count; i++)
		table->triggers[i]->base.definition =
		    statement_of(job, table->triggers[i]->base.definition);
	if (table->partition_key != NULL || table->partition_bound != NULL)
		canon_partition(job, table);
}

static void
canon_domain(struct job *job, struct mig_db_domain *domain)
{
	domain->default_expr = canon_known_default(job, domain->default_expr, domain->type);
	job->canon.table = &domain->base;
	for (size_t i = 0; i < domain->checks_count; i++)
		canon_constraint(job, domain->checks[i]);
}

static void
canon_routine(struct job *job, struct mig_db_routine *routine)
{
	if (routine->aggregate) {
		routine->base.definition = statement_of(job, routine->base.definition);
		return;
	}
	PgQuery__Node *node = parse(job, "", routine->base.definition);
	if (node == NULL || node->node_case != PG_QUERY__NODE__NODE_CREATE_FUNCTION_STMT)
		return;
	/* Its name for others is made of its arguments, and stays what it is. */
	const char *arguments = routine->arguments;
	canon_fill_routine(&job->tree, node->create_function_stmt, routine);
	routine->arguments = arguments;
}

static void
canon_object(struct job *job, struct mig_db_object *object)
{
	job->canon.table = NULL;
	switch (object->kind) {
	case MIG_DB_TABLE:
	case MIG_DB_VIEW:
	case MIG_DB_MATVIEW:
		canon_table(job, mig_db_as_table(object));
		break;
	case MIG_DB_DOMAIN:
		canon_domain(job, mig_db_as_domain(object));
		break;
	case MIG_DB_ROUTINE:
		canon_routine(job, mig_db_as_routine(object));
		break;
	case MIG_DB_RANGE_TYPE:
	case MIG_DB_COLLATION:
	case MIG_DB_STATISTICS:
	case MIG_DB_OTHER:
		object->definition = statement_of(job, object->definition);
		break;
	case MIG_DB_EXTENSION:
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
canon_model(struct mig_db *db)
{
	static const char *const path[] = { "public", NULL };
	size_t count = 0;
	struct mig_arena *arena = mig_db_arena(db);
	struct job job = { .db = db,
		.arena = arena,
		.canon = { .arena = arena, .db = db, .path = path },
		.known = calloc(REMEMBERED, sizeof(*job.known)) };
	struct mig_db_object *const *objects = mig_db_objects(db, &count);
	for (size_t i = 0; i < count && job.known != NULL; i++)
		canon_object(&job, objects[i]);
	bool failed = job.known == NULL || mig_arena_failed(arena);
	mig_arena_free(job.scratch);
	free(job.known);
	return failed ? MIG_ENOMEM : MIG_OK;
}
