/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include "config.h"

#include <string.h>

#include "source/ddl_int.h"

static struct mig_db_object *
find_exact(const struct ddl *ddl, const char *schema, const char *name, const char *arguments)
{
	const char *whole =
	    mig_arena_printf(ddl->scratch, "%s(%s)", name, arguments != NULL ? arguments : "");
	return whole != NULL ? mig_db_find(ddl->db, MIG_DB_ROUTINE, schema, whole) : NULL;
}

struct mig_db_object *
ddl_find_routine(struct ddl *ddl, const PgQuery__ObjectWithArgs *with)
{
	struct ddl_name name = ddl_name_of(with->objname, with->n_objname);
	struct mig_db_object *const *routines = NULL;
	if (name.name == NULL)
		return NULL;
	if (with->args_unspecified) {
		size_t count = ddl_routines_named(ddl, name, &routines);
		return count == 1 ? routines[0] : NULL;
	}
	ddl->tree = (struct canon_tree){ .canon = &ddl->canon, .scratch = ddl->scratch };
	const char *arguments = with->n_objfuncargs > 0 ?
	    canon_arguments(&ddl->tree, with->objfuncargs, with->n_objfuncargs) :
	    canon_arguments(&ddl->tree, with->objargs, with->n_objargs);
	if (name.schema != NULL)
		return find_exact(ddl, name.schema, name.name, arguments);
	struct mig_db_object *found = NULL;
	for (size_t i = 0; ddl->path[i] != NULL && found == NULL; i++)
		found = find_exact(ddl, ddl->path[i], name.name, arguments);
	return found;
}

/* Types and, where the body is in SQL itself, what it mentions. */
static void
collect_refs(
    struct ddl *ddl, struct mig_db_routine *routine, PgQuery__CreateFunctionStmt *statement)
{
	for (size_t i = 0; i < statement->n_parameters; i++)
		(void)ddl_type(
		    ddl, statement->parameters[i]->function_parameter->arg_type, &routine->base);
	if (statement->return_type != NULL)
		(void)ddl_type(ddl, statement->return_type, &routine->base);
	PgQuery__ParseResult *result = NULL;
	struct sql_error error;
	if (statement->sql_body != NULL) {
		ddl_statement_refs(ddl, NULL, statement->sql_body, &routine->base);
		return;
	}
	if (!mig_db_same(routine->language, "sql") || routine->body == NULL ||
	    sql_parse(ddl->scratch, routine->body, &result, &error) != MIG_OK)
		return;
	for (size_t i = 0; i < result->n_stmts; i++)
		if (result->stmts[i]->stmt != NULL)
			ddl_statement_refs(ddl, NULL, result->stmts[i]->stmt, &routine->base);
}

void
ddl_create_routine(struct ddl *ddl, PgQuery__Node *node)
{
	PgQuery__CreateFunctionStmt *statement = node->create_function_stmt;
	struct ddl_name name = ddl_name_of(statement->funcname, statement->n_funcname);
	struct mig_db_routine *routine = ddl_make(ddl, MIG_DB_ROUTINE, name, true);
	if (routine == NULL)
		return;
	ddl->tree = (struct canon_tree){ .canon = &ddl->canon, .scratch = ddl->scratch };
	canon_fill_routine(&ddl->tree, statement, ddl->db, routine);
	struct mig_db_object *there =
	    find_exact(ddl, routine->base.schema, routine->base.name, routine->arguments);
	if (there != NULL && !statement->replace) {
		ddl_say(ddl, MIG_SEV_ERROR, NULL, "routine \"%s(%s)\" is there already",
		    routine->base.name, routine->arguments);
		return;
	}
	collect_refs(ddl, routine, statement);
	if (there == NULL) {
		ddl_put(ddl, routine);
		return;
	}
	/* In the old one's place, with its rights and comment. */
	struct mig_db_routine *old = mig_db_as_routine(there);
	struct mig_db_extra *extra = mig_db_extra(ddl->db, &routine->base);
	if (extra == NULL)
		return;
	extra->comment = there->extra->comment;
	extra->owner = there->extra->owner;
	extra->grants = there->extra->grants;
	extra->grants_count = there->extra->grants_count;
	*old = *routine;
}

/* The argument types of an aggregate: a list of parameters, and how many are direct. */
static const char *
aggregate_arguments(struct ddl *ddl, const PgQuery__DefineStmt *statement)
{
	if (statement->n_args == 0 || statement->args[0]->node_case != PG_QUERY__NODE__NODE_LIST)
		return "";
	const PgQuery__List *list = statement->args[0]->list;
	ddl->tree = (struct canon_tree){ .canon = &ddl->canon, .scratch = ddl->scratch };
	return canon_arguments(&ddl->tree, list->items, list->n_items);
}

void
ddl_create_aggregate(struct ddl *ddl, PgQuery__Node *node)
{
	PgQuery__DefineStmt *statement = node->define_stmt;
	struct ddl_name name = ddl_name_of(statement->defnames, statement->n_defnames);
	const char *arguments = aggregate_arguments(ddl, statement);
	struct mig_db_routine *routine = ddl_make(ddl, MIG_DB_ROUTINE, name, true);
	if (routine == NULL)
		return;
	routine->aggregate = true;
	routine->arguments = arguments;
	routine->parameters = arguments;
	routine->language = "internal";
	/* Its functions are found by their names. */
	for (size_t i = 0; i < statement->n_definition; i++) {
		const PgQuery__DefElem *option = statement->definition[i]->def_elem;
		if (option->arg != NULL && option->arg->node_case == PG_QUERY__NODE__NODE_TYPE_NAME)
			ddl_add_routine_refs(ddl, &routine->base, ddl_name_of_node(option->arg));
	}
	struct mig_db_object *there =
	    find_exact(ddl, routine->base.schema, routine->base.name, arguments);
	if (there != NULL)
		ddl_remove(ddl, there);
	statement->defnames = NULL;
	statement->n_defnames = 0;
	PgQuery__Node *names[] = { sql_make_string(ddl->scratch, routine->base.schema),
		sql_make_string(ddl->scratch, routine->base.name) };
	statement->defnames = names;
	statement->n_defnames = 2;
	routine->base.definition = ddl_statement(ddl, NULL, node, NULL, &routine->base);
	ddl_put(ddl, routine);
}

void
ddl_alter_routine(struct ddl *ddl, PgQuery__AlterFunctionStmt *statement)
{
	struct mig_db_object *object = ddl_find_routine(ddl, statement->func);
	PgQuery__ParseResult *result = NULL;
	struct sql_error error;
	if (object == NULL || object->definition == NULL || mig_db_as_routine(object)->aggregate ||
	    sql_parse(ddl->scratch, object->definition, &result, &error) != MIG_OK) {
		ddl_say(ddl, MIG_SEV_ERROR, NULL, "there is no such routine");
		return;
	}
	PgQuery__CreateFunctionStmt *old = result->stmts[0]->stmt->create_function_stmt;
	size_t count = old->n_options + statement->n_actions;
	PgQuery__Node **options = mig_arena_array(ddl->scratch, count, sizeof(PgQuery__Node *));
	if (options == NULL)
		return;
	/* The new ones first, as the first of a name counts; settings of the same name give way. */
	count = 0;
	for (size_t i = 0; i < statement->n_actions; i++)
		options[count++] = statement->actions[i];
	for (size_t i = 0; i < old->n_options; i++)
		options[count++] = old->options[i];
	old->options = options;
	old->n_options = count;
	ddl->tree = (struct canon_tree){ .canon = &ddl->canon, .scratch = ddl->scratch };
	canon_fill_routine(&ddl->tree, old, ddl->db, mig_db_as_routine(object));
}
