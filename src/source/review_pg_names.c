/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include "config.h"

#include <string.h>

#include "base/arena.h"
#include "base/utf8.h"
#include "source/review_pg_int.h"

#define NAME_BYTES_MAX 63U /* NAMEDATALEN - 1 */

static void
see_identifier(const char *name, size_t len, void *context)
{
	struct review *review = context;
	struct review_about about = { 0 };
	size_t kept = mig_utf8_cut(name, len, NAME_BYTES_MAX);
	if (len <= NAME_BYTES_MAX)
		return;
	char *whole = mig_arena_strndup(review->scratch, name, len);
	char *cut = mig_arena_strndup(review->scratch, name, kept);
	if (whole == NULL || cut == NULL)
		return;
	struct review_thing *thing = review_thing(review, &(struct review_name){ "\n", whole });
	if (thing->told)
		return;
	thing->told = true;
	about.object = whole;
	review_say(review, REVIEW_IDENTIFIER, &about,
	    "The name %s has %zu bytes: the server takes it for %s.", whole, len, cut);
}

void
review_pg_lengths(struct review *review, const char *text)
{
	if (sql_identifiers(review->scratch, text, see_identifier, review) != MIG_OK)
		mig_check_fail(review->check);
}

/* Names that WITH gives to queries. */
struct local_names {
	struct review *review;
	const char **names;
	size_t count;
	size_t cap;
};

static void
keep_local(struct local_names *locals, const char *name)
{
	const char **names = mig_arena_grow(locals->review->scratch, (void *)locals->names,
	    locals->count, &locals->cap, sizeof(*names));
	if (names == NULL)
		return;
	locals->names = names;
	locals->names[locals->count++] = name;
}

static bool
find_locals(ProtobufCMessage *message, void *context)
{
	if (message->descriptor == &pg_query__common_table_expr__descriptor)
		keep_local(context, ((PgQuery__CommonTableExpr *)message)->ctename);
	return true;
}

static bool
is_local(const struct local_names *locals, const char *name)
{
	for (size_t i = 0; i < locals->count; i++)
		if (strcmp(locals->names[i], name) == 0)
			return true;
	return false;
}

/* Once for each name: who mends one mends all. */
static void
say_unqualified(struct review *review, const struct review_name *name)
{
	struct review_thing *thing = review_thing(review, name);
	struct review_about about = { .object = name->name };
	/* The server's own schema is always looked into first. */
	if (thing->told || thing->temporary || strncmp(name->name, "pg_", 3) == 0)
		return;
	thing->told = true;
	review_say(review, REVIEW_UNQUALIFIED, &about,
	    "%s has no schema, and no search_path is set.", name->name);
}

static bool
has_schema(const struct review_name *name)
{
	return name->name == NULL || *name->name == '\0' ||
	    (name->schema != NULL && *name->schema != '\0');
}

/* The body of a routine is no part of the script, FOR UPDATE OF names an alias. */
static bool
see_range(ProtobufCMessage *message, void *context)
{
	struct local_names *locals = context;
	if (message->descriptor == &pg_query__create_function_stmt__descriptor ||
	    message->descriptor == &pg_query__locking_clause__descriptor)
		return false;
	if (message->descriptor != &pg_query__range_var__descriptor)
		return true;
	struct review_name name = review_pg_range((PgQuery__RangeVar *)message);
	if (!has_schema(&name) && !is_local(locals, name.name))
		say_unqualified(locals->review, &name);
	return true;
}

/* How many words a name of that kind has without its schema; 0: it has none. */
static size_t
words_of(PgQuery__ObjectType type)
{
	switch ((int)type) {
	case PG_QUERY__OBJECT_TYPE__OBJECT_TABLE:
	case PG_QUERY__OBJECT_TYPE__OBJECT_VIEW:
	case PG_QUERY__OBJECT_TYPE__OBJECT_MATVIEW:
	case PG_QUERY__OBJECT_TYPE__OBJECT_SEQUENCE:
	case PG_QUERY__OBJECT_TYPE__OBJECT_INDEX:
	case PG_QUERY__OBJECT_TYPE__OBJECT_FOREIGN_TABLE:
	case PG_QUERY__OBJECT_TYPE__OBJECT_TYPE:
	case PG_QUERY__OBJECT_TYPE__OBJECT_DOMAIN:
	case PG_QUERY__OBJECT_TYPE__OBJECT_FUNCTION:
	case PG_QUERY__OBJECT_TYPE__OBJECT_PROCEDURE:
	case PG_QUERY__OBJECT_TYPE__OBJECT_ROUTINE:
	case PG_QUERY__OBJECT_TYPE__OBJECT_AGGREGATE:
	case PG_QUERY__OBJECT_TYPE__OBJECT_STATISTIC_EXT:
		return 1;
	case PG_QUERY__OBJECT_TYPE__OBJECT_COLUMN:
	case PG_QUERY__OBJECT_TYPE__OBJECT_TABCONSTRAINT:
	case PG_QUERY__OBJECT_TYPE__OBJECT_TRIGGER:
	case PG_QUERY__OBJECT_TYPE__OBJECT_POLICY:
	case PG_QUERY__OBJECT_TYPE__OBJECT_RULE:
		return 2;
	default:
		return 0;
	}
}

static void
see_words(struct review *review, PgQuery__Node *const *names, size_t count, size_t bare)
{
	struct review_name name = { NULL, count > 0 ? sql_string(names[0]) : NULL };
	if (count == bare && !has_schema(&name))
		say_unqualified(review, &name);
}

/* A thing that DROP, COMMENT and ALTER … RENAME name by a list. */
static void
see_object(struct review *review, PgQuery__ObjectType type, const PgQuery__Node *object)
{
	size_t bare = words_of(type);
	if (object == NULL || bare == 0)
		return;
	if (object->node_case == PG_QUERY__NODE__NODE_LIST)
		see_words(review, object->list->items, object->list->n_items, bare);
	else if (object->node_case == PG_QUERY__NODE__NODE_TYPE_NAME)
		see_words(review, object->type_name->names, object->type_name->n_names, bare);
	else if (object->node_case == PG_QUERY__NODE__NODE_OBJECT_WITH_ARGS)
		see_words(review, object->object_with_args->objname,
		    object->object_with_args->n_objname, bare);
}

static void
see_named(struct review *review, const PgQuery__Node *node)
{
	switch ((int)node->node_case) {
	case PG_QUERY__NODE__NODE_DROP_STMT:
		for (size_t i = 0; i < node->drop_stmt->n_objects; i++)
			see_object(
			    review, node->drop_stmt->remove_type, node->drop_stmt->objects[i]);
		break;
	case PG_QUERY__NODE__NODE_COMMENT_STMT:
		see_object(review, node->comment_stmt->objtype, node->comment_stmt->object);
		break;
	case PG_QUERY__NODE__NODE_RENAME_STMT:
		see_object(review, node->rename_stmt->rename_type, node->rename_stmt->object);
		break;
	case PG_QUERY__NODE__NODE_ALTER_OWNER_STMT:
		see_object(
		    review, node->alter_owner_stmt->object_type, node->alter_owner_stmt->object);
		break;
	case PG_QUERY__NODE__NODE_CREATE_FUNCTION_STMT:
		see_words(review, node->create_function_stmt->funcname,
		    node->create_function_stmt->n_funcname, 1);
		break;
	case PG_QUERY__NODE__NODE_CREATE_ENUM_STMT:
		see_words(review, node->create_enum_stmt->type_name,
		    node->create_enum_stmt->n_type_name, 1);
		break;
	case PG_QUERY__NODE__NODE_CREATE_DOMAIN_STMT:
		see_words(review, node->create_domain_stmt->domainname,
		    node->create_domain_stmt->n_domainname, 1);
		break;
	case PG_QUERY__NODE__NODE_ALTER_ENUM_STMT:
		see_words(review, node->alter_enum_stmt->type_name,
		    node->alter_enum_stmt->n_type_name, 1);
		break;
	case PG_QUERY__NODE__NODE_ALTER_DOMAIN_STMT:
		see_words(review, node->alter_domain_stmt->type_name,
		    node->alter_domain_stmt->n_type_name, 1);
		break;
	default:
		break;
	}
}

void
review_pg_qualified(struct review *review, PgQuery__Node *statement)
{
	struct local_names locals = { .review = review };
	/* What CREATE SCHEMA makes is made in it. */
	if (review_setting(review, REVIEW_SEARCH_PATH) == REVIEW_ON ||
	    statement->node_case == PG_QUERY__NODE__NODE_CREATE_SCHEMA_STMT)
		return;
	sql_walk(&statement->base, find_locals, NULL, &locals);
	sql_walk(&statement->base, see_range, NULL, &locals);
	see_named(review, statement);
}

static void
make(struct review *review, const PgQuery__RangeVar *range)
{
	struct review_name name = review_pg_range(range);
	if (name.name == NULL || *name.name == '\0')
		return;
	struct review_thing *thing = review_thing(review, &name);
	thing->made = true;
	thing->temporary = name.schema != NULL && strcmp(name.schema, "pg_temp") == 0;
}

/* An index lies in the schema of its table, and belongs to the script when that does. */
static void
keep_index(struct review *review, const PgQuery__IndexStmt *statement)
{
	struct review_name table = review_pg_range(statement->relation);
	struct review_name index = { table.schema, statement->idxname };
	if (*index.name != '\0' && review_thing(review, &table)->made)
		review_thing(review, &index)->made = true;
}

/* A table that is called otherwise from now on is still the script's own. */
static void
keep_rename(struct review *review, const PgQuery__RenameStmt *rename)
{
	if (rename->relation == NULL || *rename->subname != '\0')
		return;
	struct review_name old = review_pg_range(rename->relation);
	struct review_name new = { old.schema, rename->newname };
	struct review_thing *from = review_thing(review, &old);
	bool made = from->made;
	bool temporary = from->temporary;
	unsigned long locked = from->locked;
	from->made = false;
	struct review_thing *to = review_thing(review, &new);
	to->made = made;
	to->temporary = temporary;
	to->locked = locked;
}

/* What is dropped with IF EXISTS can be made afterwards, whether it was there or not. */
static void
keep_drop(struct review *review, const PgQuery__DropStmt *drop)
{
	for (size_t i = 0; i < drop->n_objects; i++) {
		const PgQuery__Node *object = drop->objects[i];
		struct review_name name = { NULL, NULL };
		if (object->node_case == PG_QUERY__NODE__NODE_LIST)
			name = review_pg_list(object->list->items, object->list->n_items);
		else if (object->node_case == PG_QUERY__NODE__NODE_TYPE_NAME)
			name = review_pg_list(object->type_name->names, object->type_name->n_names);
		else if (object->node_case == PG_QUERY__NODE__NODE_OBJECT_WITH_ARGS)
			name = review_pg_list(
			    object->object_with_args->objname, object->object_with_args->n_objname);
		if (name.name != NULL && drop->missing_ok)
			review_part(review, &(struct review_name){ "\n", "" }, name.name)->dropped =
			    true;
	}
}

/* Columns that are new to the script are empty in every row; constraints come and go. */
static void
keep_alter(struct review *review, const PgQuery__AlterTableStmt *alter)
{
	struct review_name table = review_pg_range(alter->relation);
	for (size_t i = 0; i < alter->n_cmds; i++) {
		const PgQuery__AlterTableCmd *command = alter->cmds[i]->alter_table_cmd;
		if (command->subtype == PG_QUERY__ALTER_TABLE_TYPE__AT_AddColumn)
			review_part(review, &table, command->def->column_def->colname)->made = true;
		if (command->subtype == PG_QUERY__ALTER_TABLE_TYPE__AT_AddConstraint &&
		    command->def->constraint->skip_validation)
			review_part(review, &table, command->def->constraint->conname)->locked =
			    review->session.transaction;
		if (command->subtype == PG_QUERY__ALTER_TABLE_TYPE__AT_DropConstraint &&
		    command->missing_ok)
			review_part(review, &table, command->name)->dropped = true;
	}
}

void
review_pg_keep(struct review *review, const PgQuery__Node *statement)
{
	switch ((int)statement->node_case) {
	case PG_QUERY__NODE__NODE_CREATE_STMT:
		make(review, statement->create_stmt->relation);
		break;
	case PG_QUERY__NODE__NODE_CREATE_TABLE_AS_STMT:
		make(review, statement->create_table_as_stmt->into->rel);
		break;
	case PG_QUERY__NODE__NODE_SELECT_STMT:
		if (statement->select_stmt->into_clause != NULL)
			make(review, statement->select_stmt->into_clause->rel);
		break;
	case PG_QUERY__NODE__NODE_VIEW_STMT:
		make(review, statement->view_stmt->view);
		break;
	case PG_QUERY__NODE__NODE_CREATE_SEQ_STMT:
		make(review, statement->create_seq_stmt->sequence);
		break;
	case PG_QUERY__NODE__NODE_INDEX_STMT:
		keep_index(review, statement->index_stmt);
		break;
	case PG_QUERY__NODE__NODE_RENAME_STMT:
		keep_rename(review, statement->rename_stmt);
		break;
	case PG_QUERY__NODE__NODE_DROP_STMT:
		keep_drop(review, statement->drop_stmt);
		break;
	case PG_QUERY__NODE__NODE_ALTER_TABLE_STMT:
		keep_alter(review, statement->alter_table_stmt);
		break;
	default:
		break;
	}
}
