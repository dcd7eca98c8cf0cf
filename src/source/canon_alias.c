/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include "config.h"

#include <string.h>

#include "base/arena.h"
#include "source/canon_int.h"

/*
 * In "SELECT a FROM t WHERE a IN (SELECT b FROM t)" the server calls the inner t "t_1": what is
 * read by an inner query has another name than all that is read around it.  That is taken back
 * where the inner query does not speak of the outer one's.
 */

#define LEVELS_MAX 64
#define FROM_DEPTH_MAX 100
#define TRIES_MAX 256 /* of one text: each looks through a query */

struct aliases {
	struct canon_tree *tree;
	PgQuery__SelectStmt *open[LEVELS_MAX]; /* the queries around what is looked at */
	size_t depth;
	size_t tries;
};

/* One name, looked for in what a query says of columns. */
struct naming {
	struct mig_arena *scratch;
	const char *from;
	const char *to; /* NULL: it is only looked for */
	bool found;
};

static bool
reads_as(const PgQuery__Node *node, const char *name, int depth)
{
	const PgQuery__Alias *alias = NULL;
	if (node->node_case == PG_QUERY__NODE__NODE_JOIN_EXPR && depth < FROM_DEPTH_MAX)
		return reads_as(node->join_expr->larg, name, depth + 1) ||
		    reads_as(node->join_expr->rarg, name, depth + 1);
	if (node->node_case == PG_QUERY__NODE__NODE_RANGE_VAR) {
		alias = node->range_var->alias;
		if (alias == NULL)
			return strcmp(node->range_var->relname, name) == 0;
	} else if (node->node_case == PG_QUERY__NODE__NODE_RANGE_SUBSELECT) {
		alias = node->range_subselect->alias;
	} else if (node->node_case == PG_QUERY__NODE__NODE_RANGE_FUNCTION) {
		alias = node->range_function->alias;
	}
	return alias != NULL && strcmp(alias->aliasname, name) == 0;
}

static bool
query_reads(const PgQuery__SelectStmt *query, const char *name)
{
	for (size_t i = 0; i < query->n_from_clause; i++)
		if (reads_as(query->from_clause[i], name, 0))
			return true;
	return false;
}

static bool
name_column(ProtobufCMessage *message, void *context)
{
	struct naming *naming = context;
	if (message->descriptor != &pg_query__column_ref__descriptor)
		return true;
	PgQuery__ColumnRef *ref = (PgQuery__ColumnRef *)message;
	const char *source = sql_before_last(ref->fields, ref->n_fields);
	if (source == NULL || strcmp(source, naming->from) != 0)
		return true;
	naming->found = true;
	if (naming->to != NULL) {
		PgQuery__Node *name = sql_make_string(naming->scratch, naming->to);
		if (name != NULL)
			ref->fields[ref->n_fields - 2] = name;
	}
	return true;
}

/* "t_1" to "t"; NULL: it is no such name. */
static char *
first_name(struct mig_arena *scratch, const char *name)
{
	const char *end = strrchr(name, '_');
	if (end == NULL || end == name || end[1] == '\0' ||
	    strspn(end + 1, "0123456789") != strlen(end + 1))
		return NULL;
	return mig_arena_strndup(scratch, name, (size_t)(end - name));
}

/* The name that was made another one for the sake of a query around; NULL: none. */
static char *
name_before(struct aliases *aliases, const PgQuery__Alias *alias)
{
	struct mig_arena *scratch = aliases->tree->scratch;
	char *name = first_name(scratch, alias->aliasname);
	if (name == NULL || aliases->depth < 2 || aliases->depth > LEVELS_MAX ||
	    aliases->tries++ == TRIES_MAX)
		return NULL;
	PgQuery__SelectStmt *query = aliases->open[aliases->depth - 1];
	struct naming outer = { scratch, name, NULL, false };
	bool around = false;
	for (size_t i = 0; i + 1 < aliases->depth && !around; i++)
		around = query_reads(aliases->open[i], name);
	if (!around || query_reads(query, name) || !query_reads(query, alias->aliasname))
		return NULL;
	sql_walk(&query->base, name_column, NULL, &outer);
	return outer.found ? NULL : name;
}

/* Give what a query reads its first name back; whether an alias is still needed. */
static bool
name_source(struct aliases *aliases, PgQuery__Alias *alias, const char *relation)
{
	char *name = alias != NULL ? name_before(aliases, alias) : NULL;
	if (name == NULL)
		return true;
	struct naming naming = { aliases->tree->scratch, alias->aliasname, name, false };
	sql_walk(&aliases->open[aliases->depth - 1]->base, name_column, NULL, &naming);
	alias->aliasname = name;
	return !mig_db_same(relation, name) || alias->n_colnames > 0;
}

static bool
enter(ProtobufCMessage *message, void *context)
{
	struct aliases *aliases = context;
	if (message->descriptor == &pg_query__select_stmt__descriptor) {
		if (aliases->depth < LEVELS_MAX)
			aliases->open[aliases->depth] = (PgQuery__SelectStmt *)message;
		aliases->depth++;
	} else if (message->descriptor == &pg_query__range_var__descriptor) {
		PgQuery__RangeVar *range = (PgQuery__RangeVar *)message;
		if (!name_source(aliases, range->alias, range->relname))
			range->alias = NULL;
	} else if (message->descriptor == &pg_query__range_subselect__descriptor) {
		(void)name_source(aliases, ((PgQuery__RangeSubselect *)message)->alias, NULL);
	} else if (message->descriptor == &pg_query__range_function__descriptor) {
		(void)name_source(aliases, ((PgQuery__RangeFunction *)message)->alias, NULL);
	}
	return true;
}

static bool
leave(ProtobufCMessage *message, void *context)
{
	struct aliases *aliases = context;
	if (message->descriptor == &pg_query__select_stmt__descriptor)
		aliases->depth--;
	return true;
}

void
canon_fix_aliases(struct canon_tree *tree, ProtobufCMessage *message)
{
	struct aliases aliases = { .tree = tree };
	sql_walk(message, enter, leave, &aliases);
}
