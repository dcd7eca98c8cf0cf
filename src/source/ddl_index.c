/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include "config.h"

#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/limits.h"
#include "source/ddl_int.h"

/* What an element is called in the name of its index: a function's name, or "expr". */
static const char *
element_word(const PgQuery__Node *node)
{
	PgQuery__ResTarget target;
	pg_query__res_target__init(&target);
	PgQuery__Node holder = PG_QUERY__NODE__INIT;
	const PgQuery__IndexElem *element = node->index_elem;
	if (*element->name != '\0')
		return element->name;
	target.val = element->expr;
	holder.node_case = PG_QUERY__NODE__NODE_RES_TARGET;
	holder.res_target = &target;
	const char *name = canon_target_name(&holder);
	return name != NULL ? name : "expr";
}

/* Words that come twice get a number: "lower_lower1". */
static const char *
unique_word(struct ddl *ddl, const char *base, const char *const *words, size_t count)
{
	const char *word = base;
	size_t number = 1;
	for (size_t i = 0; i < count; i++) {
		if (!mig_db_same(words[i], word))
			continue;
		word = mig_arena_printf(ddl->scratch, "%s%zu", base, number++);
		i = (size_t)-1;
	}
	return word;
}

/* The words of elements, joined by "_". */
static const char *
join_words(struct ddl *ddl, PgQuery__Node *const *elements, size_t count)
{
	struct mig_buf text;
	const char **words = mig_arena_array(ddl->scratch, count + 1, sizeof(*words));
	mig_buf_init(&text, MIG_SQL_BYTES_MAX);
	for (size_t i = 0; words != NULL && i < count && text.len <= DDL_NAME_MAX; i++) {
		words[i] = unique_word(ddl, element_word(elements[i]), words, i);
		mig_buf_printf(&text, "%s%s", i > 0 ? "_" : "", words[i] != NULL ? words[i] : "");
	}
	const char *joined = mig_arena_strdup(ddl->scratch, text.data);
	mig_buf_fini(&text);
	return joined;
}

/* A definition behind its head, parsed; NULL: it is none. */
static PgQuery__Node *
parse_behind(struct ddl *ddl, const char *head, const char *definition)
{
	PgQuery__ParseResult *result = NULL;
	struct sql_error error;
	char *statement = mig_arena_printf(ddl->scratch, "%s%s", head, definition);
	if (statement == NULL || sql_parse(ddl->scratch, statement, &result, &error) != MIG_OK)
		return NULL;
	return result->stmts[0]->stmt;
}

const char *
ddl_index_columns(struct ddl *ddl, const char *definition)
{
	const PgQuery__Node *node = parse_behind(ddl, "CREATE INDEX ON t ", definition);
	if (node == NULL)
		return NULL;
	const PgQuery__IndexStmt *index = node->index_stmt;
	size_t count = index->n_index_params + index->n_index_including_params;
	PgQuery__Node **elements = mig_arena_array(ddl->scratch, count, sizeof(PgQuery__Node *));
	for (size_t i = 0; elements != NULL && i < count; i++)
		elements[i] = i < index->n_index_params ?
		    index->index_params[i] :
		    index->index_including_params[i - index->n_index_params];
	return elements != NULL ? join_words(ddl, elements, count) : NULL;
}

const char *
ddl_exclusion_columns(struct ddl *ddl, const char *definition)
{
	const PgQuery__Node *node = parse_behind(ddl, "ALTER TABLE t ADD ", definition);
	if (node == NULL)
		return NULL;
	const PgQuery__Constraint *constraint =
	    node->alter_table_stmt->cmds[0]->alter_table_cmd->def->constraint;
	size_t count = constraint->n_exclusions;
	PgQuery__Node **elements = mig_arena_array(ddl->scratch, count, sizeof(PgQuery__Node *));
	for (size_t i = 0; elements != NULL && i < count; i++)
		elements[i] = constraint->exclusions[i]->list->items[0];
	return elements != NULL ? join_words(ddl, elements, count) : NULL;
}

static void
set_columns(struct ddl *ddl, struct mig_db_index *index, const PgQuery__IndexStmt *statement)
{
	const char **columns =
	    mig_arena_array(ddl->arena, statement->n_index_params, sizeof(*columns));
	for (size_t i = 0; columns != NULL && i < statement->n_index_params; i++) {
		const PgQuery__IndexElem *element = statement->index_params[i]->index_elem;
		bool plain = *element->name != '\0';
		const char *text =
		    plain ? element->name : sql_deparse_expr(ddl->scratch, element->expr);
		columns[i] = mig_arena_strdup(ddl->arena, text != NULL ? text : "");
		index->expressions = index->expressions || !plain;
	}
	index->columns = columns;
	index->columns_count = columns != NULL ? statement->n_index_params : 0;
}

/* COLLATE that is the column's own is not said by the server. */
static void
drop_own_collations(
    struct ddl *ddl, const struct mig_db_object *table, const PgQuery__IndexStmt *statement)
{
	for (size_t i = 0; i < statement->n_index_params; i++) {
		PgQuery__IndexElem *element = statement->index_params[i]->index_elem;
		const char *name = sql_last(element->collation, element->n_collation);
		struct mig_db_object *column = *element->name != '\0' ?
		    mig_db_find_part(table, MIG_DB_COLUMN, element->name) :
		    NULL;
		if (name == NULL || column == NULL)
			continue;
		const char *own = mig_db_as_column(column)->more->collation;
		const char *given = ddl_collation(
		    ddl, sql_before_last(element->collation, element->n_collation), name);
		if (mig_db_same(own, given) || (own == NULL && strcmp(name, "default") == 0))
			element->n_collation = 0;
	}
}

void
ddl_create_index(struct ddl *ddl, PgQuery__IndexStmt *statement)
{
	struct mig_db_object *table =
	    ddl_need(ddl, MIG_DB_TABLE, ddl_range_name(statement->relation), false);
	if (table == NULL)
		return;
	struct ddl_name name = { table->schema, statement->idxname };
	if (*statement->idxname != '\0' && ddl_find_relation(ddl, name) != NULL) {
		if (!statement->if_not_exists)
			ddl_say(
			    ddl, MIG_SEV_ERROR, NULL, "index \"%s\" is there already", name.name);
		return;
	}
	struct mig_db_index *index = ddl_make_part(
	    ddl, MIG_DB_INDEX, table, *statement->idxname != '\0' ? statement->idxname : NULL);
	PgQuery__Node node = PG_QUERY__NODE__INIT;
	node.node_case = PG_QUERY__NODE__NODE_INDEX_STMT;
	node.index_stmt = statement;
	if (index == NULL)
		return;
	drop_own_collations(ddl, table, statement);
	ddl_fix_names(ddl, table, &node);
	const char *written = canon_write_index(&ddl->tree, statement);
	ddl_statement_refs(ddl, table, &node, &index->base);
	index->base.definition = canon_write_index(&ddl->tree, statement);
	ddl_set_written(ddl, &index->base, written, index->base.definition);
	index->method = mig_arena_strdup(
	    ddl->arena, *statement->access_method != '\0' ? statement->access_method : "btree");
	index->unique = statement->unique;
	index->nulls_not_distinct = statement->nulls_not_distinct;
	if (statement->where_clause != NULL)
		index->predicate = mig_arena_strdup(
		    ddl->arena, sql_deparse_expr(ddl->scratch, statement->where_clause));
	set_columns(ddl, index, statement);
	if (index->base.name == NULL)
		index->base.name = ddl_choose_name(
		    ddl, table, ddl_index_columns(ddl, index->base.definition), "idx", true);
	ddl_put(ddl, index);
	if (table->kind == MIG_DB_TABLE && statement->relation->inh)
		ddl_pass_index(ddl, table, index);
}
