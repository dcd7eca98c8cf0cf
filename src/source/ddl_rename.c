/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include "config.h"

#include <string.h>

#include "source/ddl_int.h"

static void
rename_table(struct ddl *ddl, PgQuery__RenameStmt *statement)
{
	struct ddl_name name = ddl_range_name(statement->relation);
	struct mig_db_object *object = ddl_find(ddl, MIG_DB_TABLE, name);
	if (object == NULL)
		object = ddl_find(ddl, MIG_DB_SEQUENCE, name);
	if (object != NULL) {
		ddl_move(ddl, object, object->schema, statement->newname);
		return;
	}
	object = ddl_find_relation(ddl, name);
	if (object == NULL) {
		(void)ddl_need(ddl, MIG_DB_TABLE, name, statement->missing_ok);
		return;
	}
	/* The sequence of a column, or an index, which is a part of its table. */
	ddl_forget(ddl, object);
	if (object->kind == MIG_DB_COLUMN) {
		struct mig_db_column_more *more =
		    mig_db_column_more(ddl->db, mig_db_as_column(object));
		if (more != NULL)
			more->sequence_name =
			    ddl_quoted_name(ddl, ddl_schema(ddl, name.schema), statement->newname);
	} else {
		object->name = mig_arena_strdup(ddl->arena, statement->newname);
	}
	ddl_remember(ddl, object);
}

static void
rename_column(struct ddl *ddl, PgQuery__RenameStmt *statement, enum mig_db_kind kind)
{
	struct mig_db_object *table =
	    ddl_need(ddl, kind, ddl_range_name(statement->relation), statement->missing_ok);
	if (table == NULL)
		return;
	struct mig_db_column *column =
	    ddl_need_column(ddl, table, statement->subname, statement->missing_ok);
	if (column == NULL)
		return;
	size_t count = 0;
	struct mig_db_object **children =
	    table->kind == MIG_DB_TABLE ? ddl_children(ddl, table, &count) : NULL;
	ddl_move_column(ddl, &column->base, statement->newname);
	for (size_t i = 0; i < count; i++) {
		struct mig_db_object *inherited =
		    mig_db_find_part(children[i], MIG_DB_COLUMN, statement->subname);
		if (inherited != NULL)
			ddl_move_column(ddl, inherited, statement->newname);
	}
}

/* The name of a trigger, policy or rule stands in its statement too. */
static void
rename_statement(struct ddl *ddl, struct mig_db_object *part, const char *name)
{
	PgQuery__ParseResult *result = NULL;
	struct sql_error error;
	if (part->definition == NULL ||
	    sql_parse(ddl->scratch, part->definition, &result, &error) != MIG_OK)
		return;
	PgQuery__Node *node = result->stmts[0]->stmt;
	char *copy = mig_arena_strdup(ddl->scratch, name);
	if (node->node_case == PG_QUERY__NODE__NODE_CREATE_TRIG_STMT)
		node->create_trig_stmt->trigname = copy;
	else if (node->node_case == PG_QUERY__NODE__NODE_CREATE_POLICY_STMT)
		node->create_policy_stmt->policy_name = copy;
	else if (node->node_case == PG_QUERY__NODE__NODE_RULE_STMT)
		node->rule_stmt->rulename = copy;
	part->definition = ddl_statement(ddl, part->parent, node, NULL, NULL);
	mig_db_set_written(ddl->db, part, NULL);
}

static void
rename_part(struct ddl *ddl, struct mig_db_object *table, enum mig_db_kind kind,
    const PgQuery__RenameStmt *statement)
{
	struct mig_db_object *part =
	    table != NULL ? ddl_find_part(ddl, table, kind, statement->subname) : NULL;
	if (part == NULL) {
		if (table != NULL && !statement->missing_ok)
			ddl_say(ddl, MIG_SEV_ERROR, NULL, "%s \"%s\" has no %s \"%s\"",
			    mig_db_kind_name(table->kind), table->name, mig_db_kind_name(kind),
			    statement->subname);
		return;
	}
	ddl_forget(ddl, part);
	if (kind != MIG_DB_CONSTRAINT)
		rename_statement(ddl, part, statement->newname);
	part->name = mig_arena_strdup(ddl->arena, statement->newname);
	ddl_remember(ddl, part);
}

static void
rename_schema(struct ddl *ddl, const PgQuery__RenameStmt *statement)
{
	struct mig_db_object *schema = ddl_need(ddl, MIG_DB_NAMESPACE,
	    (struct ddl_name){ NULL, statement->subname }, statement->missing_ok);
	size_t count = 0;
	if (schema == NULL)
		return;
	struct mig_db_object *const *objects = mig_db_objects(ddl->db, &count);
	struct mig_db_object **all =
	    mig_arena_array(ddl->scratch, count, sizeof(struct mig_db_object *));
	if (all == NULL)
		return;
	memcpy(all, objects, count * sizeof(struct mig_db_object *));
	for (size_t i = 0; i < count; i++)
		if (mig_db_same(all[i]->schema, statement->subname))
			ddl_move(ddl, all[i], statement->newname, all[i]->name);
	ddl_move(ddl, schema, NULL, statement->newname);
}

static void
rename_object(struct ddl *ddl, const PgQuery__RenameStmt *statement)
{
	bool known = false;
	struct mig_db_object *object =
	    ddl_resolve(ddl, statement->rename_type, statement->object, &known);
	if (object != NULL && object->kind == MIG_DB_OTHER)
		object = NULL;
	if (object != NULL)
		ddl_move(ddl, object, object->schema, statement->newname);
	else if (!known)
		ddl_not_understood(ddl, "RENAME of something that is not kept");
	else if (!statement->missing_ok)
		ddl_say(ddl, MIG_SEV_ERROR, NULL, "there is nothing to be renamed to \"%s\"",
		    statement->newname);
}

void
ddl_rename(struct ddl *ddl, PgQuery__RenameStmt *statement)
{
	struct ddl_name relation = ddl_range_name(statement->relation);
	switch ((int)statement->rename_type) {
	case PG_QUERY__OBJECT_TYPE__OBJECT_TABLE:
	case PG_QUERY__OBJECT_TYPE__OBJECT_VIEW:
	case PG_QUERY__OBJECT_TYPE__OBJECT_MATVIEW:
	case PG_QUERY__OBJECT_TYPE__OBJECT_SEQUENCE:
	case PG_QUERY__OBJECT_TYPE__OBJECT_INDEX:
		rename_table(ddl, statement);
		break;
	case PG_QUERY__OBJECT_TYPE__OBJECT_COLUMN:
		rename_column(ddl, statement, MIG_DB_TABLE);
		break;
	case PG_QUERY__OBJECT_TYPE__OBJECT_ATTRIBUTE:
		rename_column(ddl, statement, MIG_DB_COMPOSITE);
		break;
	case PG_QUERY__OBJECT_TYPE__OBJECT_TABCONSTRAINT:
		rename_part(ddl, ddl_need(ddl, MIG_DB_TABLE, relation, statement->missing_ok),
		    MIG_DB_CONSTRAINT, statement);
		break;
	case PG_QUERY__OBJECT_TYPE__OBJECT_DOMCONSTRAINT:
		rename_part(ddl,
		    ddl_need(ddl, MIG_DB_DOMAIN, ddl_name_of_node(statement->object), false),
		    MIG_DB_CONSTRAINT, statement);
		break;
	case PG_QUERY__OBJECT_TYPE__OBJECT_TRIGGER:
		rename_part(ddl, ddl_need(ddl, MIG_DB_TABLE, relation, statement->missing_ok),
		    MIG_DB_TRIGGER, statement);
		break;
	case PG_QUERY__OBJECT_TYPE__OBJECT_POLICY:
		rename_part(ddl, ddl_need(ddl, MIG_DB_TABLE, relation, statement->missing_ok),
		    MIG_DB_POLICY, statement);
		break;
	case PG_QUERY__OBJECT_TYPE__OBJECT_RULE:
		rename_part(ddl, ddl_need(ddl, MIG_DB_TABLE, relation, statement->missing_ok),
		    MIG_DB_RULE, statement);
		break;
	case PG_QUERY__OBJECT_TYPE__OBJECT_SCHEMA:
		rename_schema(ddl, statement);
		break;
	case PG_QUERY__OBJECT_TYPE__OBJECT_ROLE:
	case PG_QUERY__OBJECT_TYPE__OBJECT_DATABASE:
	case PG_QUERY__OBJECT_TYPE__OBJECT_TABLESPACE:
		break;
	default:
		rename_object(ddl, statement);
		break;
	}
}
