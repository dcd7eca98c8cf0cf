/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "source/canon_int.h"

static int
order_roles(const void *a, const void *b)
{
	const PgQuery__Node *const *left = a;
	const PgQuery__Node *const *right = b;
	return strcmp((*left)->role_spec->rolename, (*right)->role_spec->rolename);
}

/* Roles have no order. */
static void
fix_policy(PgQuery__CreatePolicyStmt *policy)
{
	if (policy->n_roles > 1)
		qsort(policy->roles, policy->n_roles, sizeof(PgQuery__Node *), order_roles);
}

static int
order_options(const void *a, const void *b)
{
	const PgQuery__Node *const *left = a;
	const PgQuery__Node *const *right = b;
	return strcmp((*left)->def_elem->defname, (*right)->def_elem->defname);
}

/* What the options of a thing have without being said. */
static bool
is_plain_option(const PgQuery__DefElem *option)
{
	const char *text =
	    option->arg != NULL && option->arg->node_case == PG_QUERY__NODE__NODE_TYPE_NAME ?
	    sql_last(option->arg->type_name->names, option->arg->type_name->n_names) :
	    sql_string(option->arg);
	if (strcmp(option->defname, "provider") == 0)
		return mig_db_same(text, "libc");
	if (strcmp(option->defname, "deterministic") == 0)
		return mig_db_same(text, "true");
	if (strcmp(option->defname, "parallel") == 0)
		return mig_db_same(text, "unsafe");
	if (strcmp(option->defname, "publish") == 0)
		return mig_db_same(text, "insert, update, delete, truncate");
	if (strcmp(option->defname, "publish_via_partition_root") == 0)
		return mig_db_same(text, "false");
	return false;
}

static void
fix_definition(PgQuery__Node **options, size_t *count)
{
	size_t kept = 0;
	for (size_t i = 0; i < *count; i++)
		if (options[i]->node_case != PG_QUERY__NODE__NODE_DEF_ELEM)
			return;
	for (size_t i = 0; i < *count; i++)
		if (!is_plain_option(options[i]->def_elem))
			options[kept++] = options[i];
	*count = kept;
	if (kept > 1)
		qsort(options, kept, sizeof(PgQuery__Node *), order_options);
}

/* INSERT without columns means the first ones. */
static void
fix_insert(const struct canon_tree *tree, PgQuery__InsertStmt *insert)
{
	const PgQuery__SelectStmt *select =
	    insert->select_stmt != NULL ? insert->select_stmt->select_stmt : NULL;
	const struct mig_db_object *table = tree->canon->db != NULL ?
	    mig_db_find(tree->canon->db, MIG_DB_TABLE, insert->relation->schemaname,
	        insert->relation->relname) :
	    NULL;
	if (insert->n_cols > 0 || select == NULL || table == NULL)
		return;
	size_t width = select->n_target_list;
	if (select->n_values_lists > 0)
		width = select->values_lists[0]->list->n_items;
	size_t count = 0;
	struct mig_db_object *const *columns = mig_db_parts(table, MIG_DB_COLUMN, &count);
	PgQuery__Node **list = mig_arena_array(tree->scratch, width, sizeof(PgQuery__Node *));
	for (size_t i = 0; i < width; i++) {
		PgQuery__ResTarget *target = mig_arena_alloc(tree->scratch, sizeof(*target));
		if (list == NULL || target == NULL || i >= count)
			return;
		pg_query__res_target__init(target);
		target->name = mig_arena_strdup(tree->scratch, columns[i]->name);
		list[i] = sql_node(tree->scratch, PG_QUERY__NODE__NODE_RES_TARGET, target);
	}
	insert->cols = list;
	insert->n_cols = width;
}

static int
order_elements(const void *a, const void *b)
{
	const PgQuery__Node *const *left = a;
	const PgQuery__Node *const *right = b;
	return strcmp((*left)->stats_elem->name, (*right)->stats_elem->name);
}

static int
order_strings(const void *a, const void *b)
{
	const PgQuery__Node *const *left = a;
	const PgQuery__Node *const *right = b;
	return strcmp((*left)->string->sval, (*right)->string->sval);
}

/* The server sorts the columns and puts expressions behind them; all kinds are what it takes. */
static void
fix_statistics(const struct canon_tree *tree, PgQuery__CreateStatsStmt *statistics)
{
	statistics->if_not_exists = false;
	PgQuery__Node **list = mig_arena_array(tree->scratch, statistics->n_exprs, sizeof(*list));
	if (list == NULL || tree->names_only)
		return;
	size_t count = 0;
	for (size_t i = 0; i < statistics->n_exprs; i++)
		if (*statistics->exprs[i]->stats_elem->name != '\0')
			list[count++] = statistics->exprs[i];
	if (count > 0)
		qsort(list, count, sizeof(*list), order_elements);
	for (size_t i = 0; i < statistics->n_exprs; i++)
		if (*statistics->exprs[i]->stats_elem->name == '\0')
			list[count++] = statistics->exprs[i];
	statistics->exprs = list;
	if (statistics->n_stat_types == 3)
		statistics->n_stat_types = 0;
	if (statistics->n_stat_types > 1)
		qsort(
		    statistics->stat_types, statistics->n_stat_types, sizeof(*list), order_strings);
}

void
canon_fix_statement(const struct canon_tree *tree, ProtobufCMessage *message)
{
	const ProtobufCMessageDescriptor *kind = message->descriptor;
	if (kind == &pg_query__create_trig_stmt__descriptor) {
		PgQuery__CreateTrigStmt *trigger = (PgQuery__CreateTrigStmt *)message;
		trigger->replace = false;
		canon_fix_path(&trigger->funcname, &trigger->n_funcname);
	} else if (kind == &pg_query__rule_stmt__descriptor) {
		((PgQuery__RuleStmt *)message)->replace = false;
	} else if (kind == &pg_query__insert_stmt__descriptor) {
		fix_insert(tree, (PgQuery__InsertStmt *)message);
	} else if (kind == &pg_query__create_event_trig_stmt__descriptor) {
		PgQuery__CreateEventTrigStmt *trigger = (PgQuery__CreateEventTrigStmt *)message;
		canon_fix_path(&trigger->funcname, &trigger->n_funcname);
	} else if (kind == &pg_query__create_policy_stmt__descriptor) {
		fix_policy((PgQuery__CreatePolicyStmt *)message);
	} else if (kind == &pg_query__define_stmt__descriptor) {
		PgQuery__DefineStmt *define = (PgQuery__DefineStmt *)message;
		define->replace = false;
		define->if_not_exists = false;
		fix_definition(define->definition, &define->n_definition);
	} else if (kind == &pg_query__create_range_stmt__descriptor) {
		PgQuery__CreateRangeStmt *range = (PgQuery__CreateRangeStmt *)message;
		fix_definition(range->params, &range->n_params);
	} else if (kind == &pg_query__create_publication_stmt__descriptor) {
		PgQuery__CreatePublicationStmt *publication =
		    (PgQuery__CreatePublicationStmt *)message;
		fix_definition(publication->options, &publication->n_options);
	} else if (kind == &pg_query__publication_table__descriptor) {
		/* pg_dump always writes ONLY. */
		((PgQuery__PublicationTable *)message)->relation->inh = true;
	} else if (kind == &pg_query__create_stats_stmt__descriptor) {
		fix_statistics(tree, (PgQuery__CreateStatsStmt *)message);
	}
}
