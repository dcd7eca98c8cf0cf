/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include "config.h"

#include <string.h>

#include "source/ddl_int.h"

/* The SELECT that names the columns: of a UNION the first. */
static PgQuery__SelectStmt *
naming_select(PgQuery__Node *query)
{
	if (query == NULL || query->node_case != PG_QUERY__NODE__NODE_SELECT_STMT)
		return NULL;
	PgQuery__SelectStmt *select = query->select_stmt;
	while (select->op != PG_QUERY__SET_OPERATION__SETOP_NONE && select->larg != NULL)
		select = select->larg;
	return select;
}

/* CREATE VIEW v (a, b): the names stand in the query as well. */
static void
name_columns(PgQuery__SelectStmt *select, PgQuery__Node *const *names, size_t count)
{
	for (size_t i = 0; i < count && i < select->n_target_list; i++)
		select->target_list[i]->res_target->name = names[i]->string->sval;
}

/* Columns of the view, unless a star hides some. */
static void
add_columns(struct ddl *ddl, struct mig_db_object *view, PgQuery__SelectStmt *select)
{
	for (size_t i = 0; i < select->n_target_list; i++)
		if (canon_target_name(select->target_list[i]) == NULL &&
		    select->target_list[i]->res_target->val->node_case ==
		        PG_QUERY__NODE__NODE_COLUMN_REF)
			return;
	for (size_t i = 0; i < select->n_target_list; i++) {
		const char *name = canon_target_name(select->target_list[i]);
		const struct mig_db_column *from =
		    canon_source_column(&ddl->tree, select, select->target_list[i]);
		struct mig_db_column *column =
		    ddl_make_part(ddl, MIG_DB_COLUMN, view, name != NULL ? name : "?column?");
		if (column == NULL)
			return;
		const PgQuery__Node *value = select->target_list[i]->res_target->val;
		column->type = from != NULL ? from->type : NULL;
		/* pg_dump makes views of NULL::type first where they need each other. */
		if (value->node_case == PG_QUERY__NODE__NODE_TYPE_CAST)
			column->type = canon_type_name(&ddl->tree, value->type_cast->type_name);
		column->type_text = column->type;
		column->position = (int)i + 1;
		ddl_put(ddl, column);
	}
}

static void
set_query(struct ddl *ddl, struct mig_db_table *view, PgQuery__Node *query,
    PgQuery__Node *const *names, size_t count)
{
	view->columns_count = 0;
	mig_db_set_refs(ddl->db, &view->base, NULL, 0);
	PgQuery__SelectStmt *select = naming_select(query);
	if (select != NULL)
		name_columns(select, names, count);
	view->base.definition = ddl_statement(ddl, NULL, query, NULL, &view->base);
	if (select != NULL)
		add_columns(ddl, &view->base, select);
}

static void
set_check_option(struct ddl *ddl, struct mig_db_table *view, PgQuery__ViewCheckOption option)
{
	PgQuery__String value;
	pg_query__string__init(&value);
	PgQuery__Node arg = PG_QUERY__NODE__INIT;
	PgQuery__DefElem element;
	pg_query__def_elem__init(&element);
	PgQuery__Node node = PG_QUERY__NODE__INIT;
	PgQuery__Node *nodes[] = { &node };
	static char name[] = "check_option";
	static char local[] = "local";
	static char cascaded[] = "cascaded";
	if (option != PG_QUERY__VIEW_CHECK_OPTION__LOCAL_CHECK_OPTION &&
	    option != PG_QUERY__VIEW_CHECK_OPTION__CASCADED_CHECK_OPTION)
		return;
	value.sval = option == PG_QUERY__VIEW_CHECK_OPTION__LOCAL_CHECK_OPTION ? local : cascaded;
	arg.node_case = PG_QUERY__NODE__NODE_STRING;
	arg.string = &value;
	element.defname = name;
	element.arg = &arg;
	node.node_case = PG_QUERY__NODE__NODE_DEF_ELEM;
	node.def_elem = &element;
	view->options = ddl_options(ddl, view->options, nodes, 1, false);
}

void
ddl_create_view(struct ddl *ddl, PgQuery__ViewStmt *statement)
{
	struct ddl_name name = ddl_range_name(statement->view);
	struct mig_db_object *there = ddl_find(ddl, MIG_DB_VIEW, name);
	struct mig_db_table *view = NULL;
	if (strcmp(statement->view->relpersistence, "t") == 0)
		return;
	bool replace = there != NULL && statement->replace && there->kind == MIG_DB_VIEW;
	if (replace) {
		view = mig_db_as_table(there);
		there->file = ddl->file;
		there->line = ddl->piece->line;
	} else {
		view = ddl_make(ddl, MIG_DB_VIEW, name, false);
	}
	if (view == NULL)
		return;
	view->options = ddl_options(ddl, NULL, statement->options, statement->n_options, false);
	set_check_option(ddl, view, statement->with_check_option);
	set_query(ddl, view, statement->query, statement->aliases, statement->n_aliases);
	if (!replace)
		ddl_put(ddl, view);
}

static bool
has_unknown_types(const struct mig_db_table *table)
{
	for (size_t i = 0; i < table->columns_count; i++)
		if (table->columns[i]->type == NULL)
			return true;
	return table->columns_count == 0;
}

void
ddl_create_table_as(struct ddl *ddl, PgQuery__CreateTableAsStmt *statement)
{
	bool view = statement->objtype == PG_QUERY__OBJECT_TYPE__OBJECT_MATVIEW;
	const PgQuery__IntoClause *into = statement->into;
	if (strcmp(into->rel->relpersistence, "t") == 0)
		return;
	struct mig_db_table *table = ddl_make(ddl, view ? MIG_DB_MATVIEW : MIG_DB_TABLE,
	    ddl_range_name(into->rel), statement->if_not_exists);
	if (table == NULL)
		return;
	table->populated = !into->skip_data;
	table->tablespace = ddl_text(ddl, into->table_space_name);
	table->unlogged = strcmp(into->rel->relpersistence, "u") == 0;
	table->options = ddl_options(ddl, NULL, into->options, into->n_options, false);
	set_query(ddl, table, statement->query, into->col_names, into->n_col_names);
	if (!view) {
		table->base.definition = NULL;
		if (has_unknown_types(table))
			ddl_not_understood(ddl, "CREATE TABLE AS, where types follow from rows");
	}
	ddl_put(ddl, table);
}

/* The table of a trigger, policy or rule. */
static struct mig_db_object *
owner_of(struct ddl *ddl, const PgQuery__RangeVar *range)
{
	return ddl_need(ddl, MIG_DB_TABLE, ddl_range_name(range), false);
}

/* A new one, or with OR REPLACE the old one, to be filled. */
static struct mig_db_trigger *
start(struct ddl *ddl, enum mig_db_kind kind, struct mig_db_object *table, const char *name,
    bool replace)
{
	struct mig_db_object *there = ddl_find_part(ddl, table, kind, name);
	if (there != NULL && !replace) {
		ddl_say(ddl, MIG_SEV_ERROR, NULL, "%s \"%s\" has %s \"%s\" already",
		    mig_db_kind_name(table->kind), table->name, mig_db_kind_name(kind), name);
		return NULL;
	}
	if (there != NULL)
		ddl_remove(ddl, there);
	struct mig_db_trigger *trigger = ddl_make_part(ddl, kind, table, name);
	if (trigger != NULL && there != NULL)
		mig_db_set_comment(ddl->db, &trigger->base, there->extra->comment);
	return trigger;
}

const char *
ddl_trigger_on(struct ddl *ddl, const char *text, const char *schema, const char *table)
{
	PgQuery__ParseResult *result = NULL;
	struct sql_error error;
	if (text == NULL || sql_parse(ddl->scratch, text, &result, &error) != MIG_OK)
		return text;
	PgQuery__Node *node = result->stmts[0]->stmt;
	PgQuery__RangeVar *range = node->create_trig_stmt->relation;
	range->schemaname = mig_arena_strdup(ddl->scratch, schema);
	range->relname = mig_arena_strdup(ddl->scratch, table);
	return mig_arena_strdup(ddl->arena, sql_deparse(ddl->scratch, node));
}

static bool
take_trigger(struct ddl *ddl, struct mig_db_object *heir, void *context)
{
	if (mig_db_as_table(heir)->partition_of == NULL)
		return false;
	ddl_copy_trigger(ddl, heir, context);
	return true;
}

void
ddl_create_trigger(struct ddl *ddl, PgQuery__Node *node)
{
	PgQuery__CreateTrigStmt *statement = node->create_trig_stmt;
	struct mig_db_object *table = owner_of(ddl, statement->relation);
	struct mig_db_trigger *trigger = table != NULL ?
	    start(ddl, MIG_DB_TRIGGER, table, statement->trigname, statement->replace) :
	    NULL;
	if (trigger == NULL)
		return;
	trigger->constraint = statement->isconstraint;
	trigger->base.definition = ddl_statement(ddl, table, node, NULL, &trigger->base);
	ddl_put(ddl, trigger);
	if (table->kind == MIG_DB_TABLE && statement->row &&
	    mig_db_as_table(table)->partition_key != NULL)
		ddl_each_heir(ddl, table, take_trigger, trigger);
}

void
ddl_create_rule(struct ddl *ddl, PgQuery__Node *node)
{
	PgQuery__RuleStmt *statement = node->rule_stmt;
	struct mig_db_object *table = owner_of(ddl, statement->relation);
	/* How old dumps write a view that was made before what it reads. */
	if (table != NULL && strcmp(statement->rulename, "_RETURN") == 0) {
		if (statement->n_actions == 1)
			set_query(ddl, mig_db_as_table(table), statement->actions[0], NULL, 0);
		return;
	}
	struct mig_db_trigger *rule = table != NULL ?
	    start(ddl, MIG_DB_RULE, table, statement->rulename, statement->replace) :
	    NULL;
	if (rule == NULL)
		return;
	rule->base.definition = ddl_statement(ddl, table, node, NULL, &rule->base);
	ddl_put(ddl, rule);
}

void
ddl_create_policy(struct ddl *ddl, PgQuery__Node *node)
{
	PgQuery__CreatePolicyStmt *statement = node->create_policy_stmt;
	struct mig_db_object *table = owner_of(ddl, statement->table);
	struct mig_db_trigger *policy =
	    table != NULL ? start(ddl, MIG_DB_POLICY, table, statement->policy_name, false) : NULL;
	if (policy == NULL)
		return;
	policy->base.definition = ddl_statement(ddl, table, node, NULL, &policy->base);
	ddl_put(ddl, policy);
}

void
ddl_alter_policy(struct ddl *ddl, PgQuery__AlterPolicyStmt *statement)
{
	struct mig_db_object *table = owner_of(ddl, statement->table);
	struct mig_db_object *policy =
	    table != NULL ? ddl_find_part(ddl, table, MIG_DB_POLICY, statement->policy_name) : NULL;
	PgQuery__ParseResult *result = NULL;
	struct sql_error error;
	if (policy == NULL || policy->definition == NULL ||
	    sql_parse(ddl->scratch, policy->definition, &result, &error) != MIG_OK) {
		if (table != NULL)
			ddl_say(ddl, MIG_SEV_ERROR, NULL, "table \"%s\" has no policy \"%s\"",
			    table->name, statement->policy_name);
		return;
	}
	PgQuery__CreatePolicyStmt *old = result->stmts[0]->stmt->create_policy_stmt;
	if (statement->n_roles > 0) {
		old->n_roles = statement->n_roles;
		old->roles = statement->roles;
	}
	old->qual = statement->qual != NULL ? statement->qual : old->qual;
	old->with_check = statement->with_check != NULL ? statement->with_check : old->with_check;
	mig_db_set_refs(ddl->db, policy, NULL, 0);
	policy->definition = ddl_statement(ddl, table, result->stmts[0]->stmt, NULL, policy);
}
