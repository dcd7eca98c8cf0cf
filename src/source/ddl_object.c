/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include "config.h"

#include <string.h>

#include "source/ddl_int.h"

/* What a kind of thing in a statement is in the model. */
static enum mig_db_kind
kind_of(PgQuery__ObjectType type)
{
	switch ((int)type) {
	case PG_QUERY__OBJECT_TYPE__OBJECT_TABLE:
	case PG_QUERY__OBJECT_TYPE__OBJECT_VIEW:
	case PG_QUERY__OBJECT_TYPE__OBJECT_MATVIEW:
		return MIG_DB_TABLE;
	case PG_QUERY__OBJECT_TYPE__OBJECT_SEQUENCE:
		return MIG_DB_SEQUENCE;
	case PG_QUERY__OBJECT_TYPE__OBJECT_DOMAIN:
		return MIG_DB_DOMAIN;
	case PG_QUERY__OBJECT_TYPE__OBJECT_SCHEMA:
		return MIG_DB_NAMESPACE;
	case PG_QUERY__OBJECT_TYPE__OBJECT_EXTENSION:
		return MIG_DB_EXTENSION;
	case PG_QUERY__OBJECT_TYPE__OBJECT_COLLATION:
		return MIG_DB_COLLATION;
	case PG_QUERY__OBJECT_TYPE__OBJECT_STATISTIC_EXT:
		return MIG_DB_STATISTICS;
	case PG_QUERY__OBJECT_TYPE__OBJECT_EVENT_TRIGGER:
	case PG_QUERY__OBJECT_TYPE__OBJECT_PUBLICATION:
	case PG_QUERY__OBJECT_TYPE__OBJECT_FOREIGN_TABLE:
	case PG_QUERY__OBJECT_TYPE__OBJECT_FOREIGN_SERVER:
	case PG_QUERY__OBJECT_TYPE__OBJECT_FDW:
		return MIG_DB_OTHER;
	case PG_QUERY__OBJECT_TYPE__OBJECT_TRIGGER:
		return MIG_DB_TRIGGER;
	case PG_QUERY__OBJECT_TYPE__OBJECT_POLICY:
		return MIG_DB_POLICY;
	case PG_QUERY__OBJECT_TYPE__OBJECT_RULE:
		return MIG_DB_RULE;
	case PG_QUERY__OBJECT_TYPE__OBJECT_TABCONSTRAINT:
		return MIG_DB_CONSTRAINT;
	default:
		return MIG_DB_KINDS;
	}
}

static const char *
other_word(PgQuery__ObjectType type)
{
	switch ((int)type) {
	case PG_QUERY__OBJECT_TYPE__OBJECT_EVENT_TRIGGER:
		return "event trigger";
	case PG_QUERY__OBJECT_TYPE__OBJECT_PUBLICATION:
		return "publication";
	case PG_QUERY__OBJECT_TYPE__OBJECT_FOREIGN_TABLE:
		return "foreign table";
	case PG_QUERY__OBJECT_TYPE__OBJECT_FOREIGN_SERVER:
		return "foreign server";
	default:
		return "foreign data wrapper";
	}
}

static struct mig_db_object *
find_type(struct ddl *ddl, struct ddl_name name)
{
	static const enum mig_db_kind kinds[] = { MIG_DB_ENUM, MIG_DB_COMPOSITE, MIG_DB_DOMAIN,
		MIG_DB_RANGE_TYPE };
	struct mig_db_object *found = NULL;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]) && found == NULL; i++)
		found = ddl_find(ddl, kinds[i], name);
	return found;
}

/* List of a table's name and a part's behind it. */
static struct mig_db_object *
find_part_of(struct ddl *ddl, enum mig_db_kind kind, const PgQuery__Node *object)
{
	if (object->node_case != PG_QUERY__NODE__NODE_LIST || object->list->n_items < 2)
		return NULL;
	const PgQuery__List *list = object->list;
	struct ddl_name name = ddl_name_of(list->items, list->n_items - 1);
	const char *part = sql_last(list->items, list->n_items);
	struct mig_db_object *table = ddl_find(ddl, MIG_DB_TABLE, name);
	if (table == NULL && kind == MIG_DB_COLUMN)
		table = ddl_find(ddl, MIG_DB_COMPOSITE, name);
	if (table == NULL || part == NULL)
		return NULL;
	return kind == MIG_DB_COLUMN ? mig_db_find_part(table, kind, part) :
	                               ddl_find_part(ddl, table, kind, part);
}

static struct mig_db_object *
find_domain_constraint(struct ddl *ddl, const PgQuery__Node *object)
{
	if (object->node_case != PG_QUERY__NODE__NODE_LIST || object->list->n_items != 2)
		return NULL;
	struct mig_db_object *domain =
	    ddl_find(ddl, MIG_DB_DOMAIN, ddl_name_of_node(object->list->items[0]));
	return domain != NULL ?
	    ddl_find_part(ddl, domain, MIG_DB_CONSTRAINT, sql_string(object->list->items[1])) :
	    NULL;
}

static bool
is_routine(PgQuery__ObjectType type)
{
	return type == PG_QUERY__OBJECT_TYPE__OBJECT_FUNCTION ||
	    type == PG_QUERY__OBJECT_TYPE__OBJECT_PROCEDURE ||
	    type == PG_QUERY__OBJECT_TYPE__OBJECT_ROUTINE ||
	    type == PG_QUERY__OBJECT_TYPE__OBJECT_AGGREGATE;
}

struct mig_db_object *
ddl_resolve(struct ddl *ddl, PgQuery__ObjectType type, const PgQuery__Node *object, bool *ret_known)
{
	enum mig_db_kind kind = kind_of(type);
	struct ddl_name name = ddl_name_of_node(object);
	*ret_known = true;
	if (is_routine(type))
		return ddl_find_routine(ddl, object->object_with_args);
	if (type == PG_QUERY__OBJECT_TYPE__OBJECT_TYPE)
		return find_type(ddl, name);
	if (type == PG_QUERY__OBJECT_TYPE__OBJECT_COLUMN ||
	    type == PG_QUERY__OBJECT_TYPE__OBJECT_ATTRIBUTE)
		return find_part_of(ddl, MIG_DB_COLUMN, object);
	if (type == PG_QUERY__OBJECT_TYPE__OBJECT_DOMCONSTRAINT)
		return find_domain_constraint(ddl, object);
	if (type == PG_QUERY__OBJECT_TYPE__OBJECT_INDEX)
		return ddl_find_relation(ddl, name);
	*ret_known = kind != MIG_DB_KINDS;
	if (kind == MIG_DB_TRIGGER || kind == MIG_DB_POLICY || kind == MIG_DB_RULE ||
	    kind == MIG_DB_CONSTRAINT)
		return find_part_of(ddl, kind, object);
	if (kind == MIG_DB_OTHER && name.name != NULL)
		return mig_db_find(ddl->db, MIG_DB_OTHER, NULL,
		    mig_arena_printf(ddl->scratch, "%s %s", other_word(type), name.name));
	return *ret_known ? ddl_find(ddl, kind, name) : NULL;
}

/* Things that every database has, and that are not in the model. */
static bool
is_always_there(PgQuery__ObjectType type, const PgQuery__Node *object)
{
	struct ddl_name name = ddl_name_of_node(object);
	if (type == PG_QUERY__OBJECT_TYPE__OBJECT_SCHEMA)
		return mig_db_same(name.name, "public");
	return type == PG_QUERY__OBJECT_TYPE__OBJECT_EXTENSION && mig_db_same(name.name, "plpgsql");
}

/* A sequence that is a part of its column has no words of its own. */
static bool
is_part_of_column(struct ddl *ddl, PgQuery__ObjectType type, const PgQuery__Node *object)
{
	if (type != PG_QUERY__OBJECT_TYPE__OBJECT_SEQUENCE)
		return false;
	const struct mig_db_object *column = ddl_find_relation(ddl, ddl_name_of_node(object));
	return column != NULL && column->kind == MIG_DB_COLUMN;
}

static struct mig_db_object *
need(struct ddl *ddl, PgQuery__ObjectType type, const PgQuery__Node *object, bool missing_ok)
{
	bool known = false;
	struct mig_db_object *found = ddl_resolve(ddl, type, object, &known);
	if (found != NULL || !known || missing_ok || is_always_there(type, object) ||
	    is_part_of_column(ddl, type, object))
		return found;
	const char *name = ddl_name_of_node(object).name;
	ddl_say(ddl, MIG_SEV_ERROR, "it must be made before, in this file or one before it",
	    "there is no \"%s\" of that kind", name != NULL ? name : "");
	return NULL;
}

void
ddl_comment(struct ddl *ddl, PgQuery__CommentStmt *statement)
{
	struct mig_db_object *object = need(ddl, statement->objtype, statement->object, false);
	/* An extension brings its own comment, and the index of a key has none in the model. */
	if (object == NULL || object->kind == MIG_DB_EXTENSION ||
	    (statement->objtype == PG_QUERY__OBJECT_TYPE__OBJECT_INDEX &&
	        object->kind != MIG_DB_INDEX))
		return;
	mig_db_set_comment(ddl->db, object, ddl_text(ddl, statement->comment));
}

const char *
ddl_role(struct ddl *ddl, const PgQuery__RoleSpec *role)
{
	if (role == NULL)
		return NULL;
	switch ((int)role->roletype) {
	case PG_QUERY__ROLE_SPEC_TYPE__ROLESPEC_PUBLIC:
		return "PUBLIC";
	case PG_QUERY__ROLE_SPEC_TYPE__ROLESPEC_CSTRING:
		return mig_arena_strdup(ddl->arena, role->rolename);
	default:
		/* Who that is depends on who runs the file. */
		return NULL;
	}
}

void
ddl_set_owner(struct ddl *ddl, PgQuery__AlterOwnerStmt *statement)
{
	struct mig_db_object *object = need(ddl, statement->object_type, statement->object, false);
	if (object != NULL)
		mig_db_set_owner(ddl->db, object, ddl_role(ddl, statement->newowner));
}

void
ddl_create_schema(struct ddl *ddl, PgQuery__CreateSchemaStmt *statement)
{
	const char *name = *statement->schemaname != '\0' ? statement->schemaname :
	    statement->authrole != NULL                   ? ddl_role(ddl, statement->authrole) :
	                                                    NULL;
	if (name == NULL)
		return;
	if (strcmp(name, "public") != 0) {
		struct mig_db_simple *schema = ddl_make(ddl, MIG_DB_NAMESPACE,
		    (struct ddl_name){ NULL, name }, statement->if_not_exists);
		if (schema != NULL)
			mig_db_set_owner(
			    ddl->db, &schema->base, ddl_role(ddl, statement->authrole));
		ddl_put(ddl, schema);
	}
	if (statement->n_schema_elts > 0)
		ddl_run_in_schema(ddl, name, statement->schema_elts, statement->n_schema_elts);
}

void
ddl_set_path(struct ddl *ddl, PgQuery__Node *const *values, size_t count)
{
	size_t found = 0;
	for (size_t i = 0; i < count && found < DDL_PATH_MAX; i++) {
		const char *name = sql_const_string(values[i]);
		if (name == NULL || *name == '\0' || strcmp(name, "$user") == 0 ||
		    strcmp(name, "pg_catalog") == 0 || strcmp(name, "pg_temp") == 0)
			continue;
		ddl->path[found++] = mig_arena_strdup(ddl->arena, name);
	}
	if (values == NULL)
		ddl->path[found++] = "public";
	ddl->path[found] = NULL;
}

void
ddl_set_schema(struct ddl *ddl, PgQuery__AlterObjectSchemaStmt *statement)
{
	PgQuery__Node node = PG_QUERY__NODE__INIT;
	const PgQuery__Node *object = statement->object;
	if (statement->relation != NULL) {
		node.node_case = PG_QUERY__NODE__NODE_RANGE_VAR;
		node.range_var = statement->relation;
		object = &node;
	}
	struct mig_db_object *found =
	    need(ddl, statement->object_type, object, statement->missing_ok);
	/* Where an extension lives is not in the model. */
	if (found != NULL && found->kind != MIG_DB_EXTENSION && found->parent == NULL)
		ddl_move(ddl, found, statement->newschema, found->name);
}

/* ADD TABLE, as pg_dump writes it, and SET; what is dropped must be there. */
void
ddl_alter_publication(struct ddl *ddl, PgQuery__AlterPublicationStmt *statement)
{
	PgQuery__ParseResult *result = NULL;
	struct sql_error error;
	struct mig_db_object *object = mig_db_find(ddl->db, MIG_DB_OTHER, NULL,
	    mig_arena_printf(ddl->scratch, "publication %s", statement->pubname));
	if (object == NULL || object->definition == NULL ||
	    sql_parse(ddl->scratch, object->definition, &result, &error) != MIG_OK) {
		ddl_say(
		    ddl, MIG_SEV_ERROR, NULL, "there is no publication \"%s\"", statement->pubname);
		return;
	}
	PgQuery__CreatePublicationStmt *old = result->stmts[0]->stmt->create_publication_stmt;
	bool add = statement->action == PG_QUERY__ALTER_PUBLICATION_ACTION__AP_AddObjects;
	if (statement->action == PG_QUERY__ALTER_PUBLICATION_ACTION__AP_DropObjects) {
		ddl_not_understood(ddl, "ALTER PUBLICATION … DROP");
		return;
	}
	size_t count = (add ? old->n_pubobjects : 0) + statement->n_pubobjects;
	PgQuery__Node **items = mig_arena_array(ddl->scratch, count, sizeof(PgQuery__Node *));
	if (items == NULL)
		return;
	for (size_t i = 0; i < count; i++)
		items[i] = add && i < old->n_pubobjects ?
		    old->pubobjects[i] :
		    statement->pubobjects[i - (add ? old->n_pubobjects : 0)];
	if (statement->n_pubobjects > 0) {
		old->pubobjects = items;
		old->n_pubobjects = count;
	}
	if (statement->n_options > 0) {
		old->options = statement->options;
		old->n_options = statement->n_options;
	}
	object->definition = ddl_statement(ddl, NULL, result->stmts[0]->stmt, NULL, object);
}
