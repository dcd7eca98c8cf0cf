/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include "config.h"

#include <string.h>

#include "source/ddl_int.h"

void
ddl_create_enum(struct ddl *ddl, PgQuery__CreateEnumStmt *statement)
{
	struct mig_db_enum *type = ddl_make(
	    ddl, MIG_DB_ENUM, ddl_name_of(statement->type_name, statement->n_type_name), false);
	if (type == NULL)
		return;
	type->labels = ddl_strings(ddl, statement->vals, statement->n_vals);
	type->labels_count = type->labels != NULL ? statement->n_vals : 0;
	ddl_put(ddl, type);
}

/* The position of a label; as many as there are: it is not there. */
static size_t
find_label(const struct mig_db_enum *type, const char *label)
{
	size_t at = 0;
	while (at < type->labels_count && !mig_db_same(type->labels[at], label))
		at++;
	return at;
}

static void
rename_label(struct ddl *ddl, struct mig_db_enum *type, const PgQuery__AlterEnumStmt *statement)
{
	size_t at = find_label(type, statement->old_val);
	const char **labels = mig_arena_array(ddl->arena, type->labels_count, sizeof(*labels));
	if (at == type->labels_count) {
		ddl_say(ddl, MIG_SEV_ERROR, NULL, "type \"%s\" has no label \"%s\"",
		    type->base.name, statement->old_val);
		return;
	}
	if (labels == NULL)
		return;
	memcpy(labels, type->labels, type->labels_count * sizeof(*labels));
	labels[at] = mig_arena_strdup(ddl->arena, statement->new_val);
	type->labels = labels;
}

static void
add_label(struct ddl *ddl, struct mig_db_enum *type, const PgQuery__AlterEnumStmt *statement)
{
	size_t at = type->labels_count;
	if (find_label(type, statement->new_val) < type->labels_count) {
		if (!statement->skip_if_new_val_exists)
			ddl_say(ddl, MIG_SEV_ERROR, NULL, "type \"%s\" has label \"%s\" already",
			    type->base.name, statement->new_val);
		return;
	}
	if (*statement->new_val_neighbor != '\0') {
		at = find_label(type, statement->new_val_neighbor);
		if (at < type->labels_count && statement->new_val_is_after)
			at++;
	}
	const char **labels = mig_arena_array(ddl->arena, type->labels_count + 1, sizeof(*labels));
	if (labels == NULL)
		return;
	if (at > 0)
		memcpy(labels, type->labels, at * sizeof(*labels));
	labels[at] = mig_arena_strdup(ddl->arena, statement->new_val);
	if (at < type->labels_count)
		memcpy(labels + at + 1, type->labels + at,
		    (type->labels_count - at) * sizeof(*labels));
	type->labels = labels;
	type->labels_count++;
}

void
ddl_alter_enum(struct ddl *ddl, PgQuery__AlterEnumStmt *statement)
{
	struct mig_db_object *object = ddl_need(
	    ddl, MIG_DB_ENUM, ddl_name_of(statement->type_name, statement->n_type_name), false);
	if (object == NULL)
		return;
	if (*statement->old_val != '\0')
		rename_label(ddl, mig_db_as_enum(object), statement);
	else
		add_label(ddl, mig_db_as_enum(object), statement);
}

static void
domain_constraint(struct ddl *ddl, struct mig_db_domain *domain, PgQuery__Constraint *constraint)
{
	if (constraint->contype == PG_QUERY__CONSTR_TYPE__CONSTR_NOTNULL) {
		domain->nullable = false;
	} else if (constraint->contype == PG_QUERY__CONSTR_TYPE__CONSTR_NULL) {
		domain->nullable = true;
	} else if (constraint->contype == PG_QUERY__CONSTR_TYPE__CONSTR_DEFAULT) {
		domain->default_expr =
		    ddl_default(ddl, NULL, constraint->raw_expr, domain->type, &domain->base);
	} else if (constraint->contype == PG_QUERY__CONSTR_TYPE__CONSTR_CHECK) {
		struct ddl_pending pending = { .table = &domain->base, .existing = true };
		ddl_pending_add(ddl, &pending, constraint, NULL);
		ddl_pending_make(ddl, &pending);
	}
}

void
ddl_create_domain(struct ddl *ddl, PgQuery__CreateDomainStmt *statement)
{
	struct mig_db_domain *domain = ddl_make(
	    ddl, MIG_DB_DOMAIN, ddl_name_of(statement->domainname, statement->n_domainname), false);
	if (domain == NULL)
		return;
	domain->type = ddl_type(ddl, statement->type_name, &domain->base);
	if (statement->coll_clause != NULL)
		domain->collation = ddl_collation(ddl,
		    sql_before_last(
		        statement->coll_clause->collname, statement->coll_clause->n_collname),
		    sql_last(statement->coll_clause->collname, statement->coll_clause->n_collname));
	ddl_put(ddl, domain);
	for (size_t i = 0; i < statement->n_constraints; i++)
		domain_constraint(ddl, domain, statement->constraints[i]->constraint);
}

void
ddl_alter_domain(struct ddl *ddl, PgQuery__AlterDomainStmt *statement)
{
	struct mig_db_object *object = ddl_need(ddl, MIG_DB_DOMAIN,
	    ddl_name_of(statement->type_name, statement->n_type_name), statement->missing_ok);
	if (object == NULL)
		return;
	struct mig_db_domain *domain = mig_db_as_domain(object);
	struct mig_db_object *constraint = *statement->name != '\0' ?
	    ddl_find_part(ddl, object, MIG_DB_CONSTRAINT, statement->name) :
	    NULL;
	switch (*statement->subtype) {
	case 'T': /* SET or DROP DEFAULT */
		domain->default_expr = ddl_default(ddl, NULL, statement->def, domain->type, object);
		break;
	case 'N':
		domain->nullable = true;
		break;
	case 'O':
		domain->nullable = false;
		break;
	case 'C':
		domain_constraint(ddl, domain, statement->def->constraint);
		break;
	case 'X':
		if (constraint != NULL)
			ddl_remove(ddl, constraint);
		else if (!statement->missing_ok)
			ddl_say(ddl, MIG_SEV_ERROR, NULL, "domain \"%s\" has no constraint \"%s\"",
			    object->name, statement->name);
		break;
	case 'V':
		if (constraint != NULL)
			mig_db_as_constraint(constraint)->not_valid = false;
		break;
	default:
		ddl_not_understood(ddl, "ALTER DOMAIN");
		break;
	}
}

void
ddl_create_composite(struct ddl *ddl, PgQuery__CompositeTypeStmt *statement)
{
	struct mig_db_composite *type =
	    ddl_make(ddl, MIG_DB_COMPOSITE, ddl_range_name(statement->typevar), false);
	struct ddl_pending pending = { .table = NULL };
	if (type == NULL)
		return;
	ddl_put(ddl, type);
	for (size_t i = 0; i < statement->n_coldeflist; i++)
		ddl_add_column(ddl, &type->base, statement->coldeflist[i]->column_def, &pending);
}

/* A name with its schema, so that the statement can be run anywhere. */
static void
qualify(struct ddl *ddl, PgQuery__Node ***names, size_t *count, const struct mig_db_object *object)
{
	PgQuery__Node **list = mig_arena_array(ddl->scratch, 2, sizeof(PgQuery__Node *));
	if (list == NULL || object->schema == NULL)
		return;
	list[0] = sql_make_string(ddl->scratch, object->schema);
	list[1] = (*names)[*count - 1];
	*names = list;
	*count = 2;
}

void
ddl_create_range(struct ddl *ddl, PgQuery__Node *node)
{
	PgQuery__CreateRangeStmt *statement = node->create_range_stmt;
	struct mig_db_simple *type = ddl_make(ddl, MIG_DB_RANGE_TYPE,
	    ddl_name_of(statement->type_name, statement->n_type_name), false);
	if (type == NULL)
		return;
	/* The name that it would get anyway need not be said. */
	for (size_t i = 0; i < statement->n_params; i++) {
		const PgQuery__DefElem *option = statement->params[i]->def_elem;
		if (strcmp(option->defname, "multirange_type_name") == 0 &&
		    ddl_is_own_multirange(ddl, type->base.name, ddl_name_of_node(option->arg).name))
			statement->params[i--] = statement->params[--statement->n_params];
	}
	qualify(ddl, &statement->type_name, &statement->n_type_name, &type->base);
	type->base.definition = ddl_statement(ddl, NULL, node, NULL, &type->base);
	ddl_put(ddl, type);
}

bool
ddl_is_own_multirange(struct ddl *ddl, const char *range, const char *multirange)
{
	const char *at = strstr(range, "range");
	const char *own = at != NULL ?
	    mig_arena_printf(ddl->scratch, "%.*smulti%s", (int)(at - range), range, at) :
	    mig_arena_printf(ddl->scratch, "%.52s_multirange", range);
	return own != NULL && multirange != NULL && strncmp(own, multirange, DDL_NAME_MAX) == 0;
}

void
ddl_create_statistics(struct ddl *ddl, PgQuery__Node *node)
{
	PgQuery__CreateStatsStmt *statement = node->create_stats_stmt;
	struct ddl_name name = ddl_name_of(statement->defnames, statement->n_defnames);
	if (statement->n_relations != 1 ||
	    statement->relations[0]->node_case != PG_QUERY__NODE__NODE_RANGE_VAR)
		return;
	struct mig_db_object *table =
	    ddl_need(ddl, MIG_DB_TABLE, ddl_range_name(statement->relations[0]->range_var), false);
	if (table == NULL || name.name == NULL)
		return;
	struct mig_db_statistics *statistics =
	    ddl_make(ddl, MIG_DB_STATISTICS, name, statement->if_not_exists);
	if (statistics == NULL)
		return;
	qualify(ddl, &statement->defnames, &statement->n_defnames, &statistics->base);
	statistics->base.definition = ddl_statement(ddl, table, node, NULL, &statistics->base);
	ddl_add_ref(ddl, &statistics->base,
	    (struct mig_db_ref){ MIG_DB_TABLE, table->schema, table->name, NULL });
	for (size_t i = 0; i < statement->n_exprs; i++) {
		const char *column = statement->exprs[i]->stats_elem->name;
		if (*column != '\0')
			ddl_add_ref(ddl, &statistics->base,
			    (struct mig_db_ref){
			        MIG_DB_TABLE, table->schema, table->name, column });
	}
	ddl_put(ddl, statistics);
}

void
ddl_alter_statistics(struct ddl *ddl, const PgQuery__AlterStatsStmt *statement)
{
	struct mig_db_object *statistics = ddl_need(ddl, MIG_DB_STATISTICS,
	    ddl_name_of(statement->defnames, statement->n_defnames), statement->missing_ok);
	if (statistics != NULL)
		mig_db_as_statistics(statistics)->target = statement->stxstattarget;
}

static void
define_named(struct ddl *ddl, PgQuery__Node *node, enum mig_db_kind kind, struct ddl_name name)
{
	PgQuery__DefineStmt *statement = node->define_stmt;
	struct mig_db_simple *object = ddl_make(ddl, kind, name, statement->if_not_exists);
	if (object == NULL)
		return;
	if (kind != MIG_DB_OTHER)
		qualify(ddl, &statement->defnames, &statement->n_defnames, &object->base);
	object->base.definition = ddl_statement(ddl, NULL, node, NULL, &object->base);
	ddl_put(ddl, object);
}

/* "operator = (a, b)" */
static const char *
operator_name(struct ddl *ddl, const PgQuery__DefineStmt *statement, const char *name)
{
	const char *left = "-";
	const char *right = "-";
	for (size_t i = 0; i < statement->n_definition; i++) {
		const PgQuery__DefElem *option = statement->definition[i]->def_elem;
		if (option->arg == NULL || option->arg->node_case != PG_QUERY__NODE__NODE_TYPE_NAME)
			continue;
		if (strcmp(option->defname, "leftarg") == 0)
			left = ddl_type(ddl, option->arg->type_name, NULL);
		else if (strcmp(option->defname, "rightarg") == 0)
			right = ddl_type(ddl, option->arg->type_name, NULL);
	}
	return mig_arena_printf(ddl->scratch, "operator %s (%s, %s)", name, left, right);
}

void
ddl_define(struct ddl *ddl, PgQuery__Node *node)
{
	PgQuery__DefineStmt *statement = node->define_stmt;
	struct ddl_name name = ddl_name_of(statement->defnames, statement->n_defnames);
	if (name.name == NULL)
		return;
	if (statement->kind == PG_QUERY__OBJECT_TYPE__OBJECT_AGGREGATE) {
		ddl_create_aggregate(ddl, node);
	} else if (statement->kind == PG_QUERY__OBJECT_TYPE__OBJECT_COLLATION) {
		define_named(ddl, node, MIG_DB_COLLATION, name);
	} else if (statement->kind == PG_QUERY__OBJECT_TYPE__OBJECT_OPERATOR) {
		name.schema = ddl_schema(ddl, name.schema);
		name.name = operator_name(ddl, statement, name.name);
		define_named(ddl, node, MIG_DB_OTHER, name);
	} else if (statement->n_definition > 0) {
		const char *what = statement->kind == PG_QUERY__OBJECT_TYPE__OBJECT_TYPE ?
		    "base type" :
		    "text search object";
		name.schema = ddl_schema(ddl, name.schema);
		name.name = mig_arena_printf(ddl->scratch, "%s %s", what, name.name);
		define_named(ddl, node, MIG_DB_OTHER, name);
	}
	/* CREATE TYPE t; is only a promise of what comes. */
}

/* The version among the options of a statement about an extension; NULL: it has none. */
static const char *
extension_version(struct ddl *ddl, PgQuery__Node *const *options, size_t count)
{
	const char *version = NULL;
	for (size_t i = 0; i < count; i++)
		if (strcmp(options[i]->def_elem->defname, "new_version") == 0)
			version = ddl_option_value(ddl, options[i]->def_elem);
	return mig_arena_strdup(ddl->arena, version);
}

void
ddl_create_extension(struct ddl *ddl, PgQuery__CreateExtensionStmt *statement)
{
	struct ddl_name name = { NULL, statement->extname };
	/* Every database has it. */
	if (strcmp(statement->extname, "plpgsql") == 0)
		return;
	struct mig_db_simple *extension =
	    ddl_make(ddl, MIG_DB_EXTENSION, name, statement->if_not_exists);
	if (extension == NULL)
		return;
	extension->base.definition =
	    extension_version(ddl, statement->options, statement->n_options);
	ddl_put(ddl, extension);
}

void
ddl_alter_extension(struct ddl *ddl, PgQuery__AlterExtensionStmt *statement)
{
	if (strcmp(statement->extname, "plpgsql") == 0)
		return;
	struct mig_db_object *extension = ddl_need(
	    ddl, MIG_DB_EXTENSION, (struct ddl_name){ NULL, statement->extname }, false);
	/* Without TO it is the newest that the server has, which no file tells. */
	if (extension != NULL)
		extension->definition =
		    extension_version(ddl, statement->options, statement->n_options);
}

void
ddl_create_other(struct ddl *ddl, PgQuery__Node *statement, const char *what, const char *name)
{
	struct ddl_name whole = { NULL, mig_arena_printf(ddl->scratch, "%s %s", what, name) };
	struct mig_db_simple *object = ddl_make(ddl, MIG_DB_OTHER, whole, false);
	if (object == NULL)
		return;
	object->base.definition = ddl_statement(ddl, NULL, statement, NULL, &object->base);
	if (statement->node_case == PG_QUERY__NODE__NODE_CREATE_EVENT_TRIG_STMT)
		ddl_add_routine_refs(ddl, &object->base,
		    ddl_name_of(statement->create_event_trig_stmt->funcname,
		        statement->create_event_trig_stmt->n_funcname));
	ddl_put(ddl, object);
}
