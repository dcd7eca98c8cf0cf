/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "source/ddl_alter_int.h"

typedef void (*column_fn)(
    struct ddl *ddl, struct mig_db_column *column, const PgQuery__AlterTableCmd *command);

static void
set_default(struct ddl *ddl, struct mig_db_column *column, const PgQuery__AlterTableCmd *command)
{
	ddl_release_sequence(ddl, column);
	mig_db_set_refs(ddl->db, &column->base, NULL, 0);
	column->default_expr =
	    ddl_default(ddl, column->base.parent, command->def, column->type, &column->base);
	ddl_find_serial(ddl, column);
}

static void
set_not_null(struct ddl *ddl, struct mig_db_column *column, const PgQuery__AlterTableCmd *command)
{
	(void)ddl;
	column->nullable = command->subtype == PG_QUERY__ALTER_TABLE_TYPE__AT_DropNotNull;
}

static void
drop_expression(
    struct ddl *ddl, struct mig_db_column *column, const PgQuery__AlterTableCmd *command)
{
	struct mig_db_column_more *more = mig_db_column_more(ddl->db, column);
	(void)command;
	column->generated = MIG_DB_GENERATED_NONE;
	if (more != NULL)
		more->generated_expr = NULL;
}

static void
set_statistics(struct ddl *ddl, struct mig_db_column *column, const PgQuery__AlterTableCmd *command)
{
	struct mig_db_column_more *more = mig_db_column_more(ddl->db, column);
	if (more != NULL && command->def != NULL &&
	    command->def->node_case == PG_QUERY__NODE__NODE_INTEGER)
		more->statistics = command->def->integer->ival;
}

/* What storage a type has by itself. */
static const char *
own_storage(const char *type)
{
	static const char *const plain[] = { "\"char\"", "bigint", "boolean", "box", "circle",
		"date", "double precision", "integer", "interval", "lseg", "macaddr", "macaddr8",
		"money", "name", "oid", "pg_lsn", "point", "real", "smallint", "time", "timestamp",
		"uuid" };
	size_t word = strcspn(type, "(");
	if (strstr(type, "[]") != NULL)
		return "EXTENDED";
	if (strncmp(type, "numeric", 7) == 0 || strcmp(type, "inet") == 0 ||
	    strcmp(type, "cidr") == 0)
		return "MAIN";
	if (strncmp(type, "time", 4) == 0)
		return "PLAIN";
	for (size_t i = 0; i < sizeof(plain) / sizeof(plain[0]); i++)
		if (strlen(plain[i]) == word && strncmp(plain[i], type, word) == 0)
			return "PLAIN";
	return "EXTENDED";
}

static void
set_storage(struct ddl *ddl, struct mig_db_column *column, const PgQuery__AlterTableCmd *command)
{
	struct mig_db_column_more *more = mig_db_column_more(ddl->db, column);
	const char *text = sql_string(command->def);
	char *word = text != NULL ? mig_arena_strdup(ddl->arena, text) : NULL;
	if (more == NULL || word == NULL)
		return;
	for (char *at = word; *at != '\0'; at++)
		if (*at >= 'a' && *at <= 'z')
			*at = (char)(*at - 'a' + 'A');
	bool own = strcmp(word, "DEFAULT") == 0 ||
	    (column->type != NULL && strcmp(word, own_storage(column->type)) == 0);
	more->storage = own ? NULL : word;
}

static void
set_compression(
    struct ddl *ddl, struct mig_db_column *column, const PgQuery__AlterTableCmd *command)
{
	struct mig_db_column_more *more = mig_db_column_more(ddl->db, column);
	const char *text = sql_string(command->def);
	if (more != NULL)
		more->compression =
		    mig_db_same(text, "default") ? NULL : mig_arena_strdup(ddl->arena, text);
}

/* A serial's sequence stays what it was, an identity's follows. */
static void
keep_sequence(struct ddl *ddl, struct mig_db_column *column)
{
	struct mig_db_column_more *more = mig_db_column_more(ddl->db, column);
	if (more == NULL || column->identity != MIG_DB_SERIAL || more->sequence != NULL)
		return;
	more->sequence = mig_arena_alloc(ddl->arena, sizeof(*more->sequence));
	if (more->sequence == NULL)
		return;
	int64_t max = INT64_MAX;
	if (mig_db_same(column->type, "integer"))
		max = INT32_MAX;
	else if (mig_db_same(column->type, "smallint"))
		max = INT16_MAX;
	*more->sequence = (struct mig_db_sequence_options){
		.type = column->type, .start = 1, .increment = 1, .min = 1, .max = max, .cache = 1
	};
}

static void
set_type(struct ddl *ddl, struct mig_db_column *column, const PgQuery__AlterTableCmd *command)
{
	const PgQuery__ColumnDef *definition = command->def->column_def;
	if (column->identity != MIG_DB_IDENTITY_NONE)
		keep_sequence(ddl, column);
	column->type = ddl_type(ddl, definition->type_name, &column->base);
	column->type_text = column->type;
	if (column->more->collation == NULL && column->more->storage == NULL &&
	    definition->coll_clause == NULL)
		return;
	struct mig_db_column_more *more = mig_db_column_more(ddl->db, column);
	if (more == NULL)
		return;
	more->storage = NULL;
	more->collation = NULL;
	if (definition->coll_clause != NULL)
		more->collation = ddl_collation(ddl,
		    sql_before_last(
		        definition->coll_clause->collname, definition->coll_clause->n_collname),
		    sql_last(
		        definition->coll_clause->collname, definition->coll_clause->n_collname));
}

static void
add_identity(struct ddl *ddl, struct mig_db_column *column, const PgQuery__AlterTableCmd *command)
{
	const PgQuery__Constraint *constraint = command->def->constraint;
	ddl_column_sequence(ddl, column, constraint->options, constraint->n_options,
	    *constraint->generated_when == 'a' ? MIG_DB_IDENTITY_ALWAYS :
	                                         MIG_DB_IDENTITY_BY_DEFAULT);
}

static void
set_identity(struct ddl *ddl, struct mig_db_column *column, const PgQuery__AlterTableCmd *command)
{
	const PgQuery__List *list = command->def->list;
	ddl_alter_column_sequence(ddl, column, list->items, list->n_items);
}

static void
drop_identity(struct ddl *ddl, struct mig_db_column *column, const PgQuery__AlterTableCmd *command)
{
	struct mig_db_column_more *more = mig_db_column_more(ddl->db, column);
	(void)command;
	ddl_forget(ddl, &column->base);
	column->identity = MIG_DB_IDENTITY_NONE;
	if (more != NULL) {
		more->sequence = NULL;
		more->sequence_name = NULL;
	}
	ddl_remember(ddl, &column->base);
}

/* Nothing that the model has: n_distinct and the like. */
static void
nothing(struct ddl *ddl, struct mig_db_column *column, const PgQuery__AlterTableCmd *command)
{
	(void)ddl;
	(void)column;
	(void)command;
}

static const struct {
	PgQuery__AlterTableType type;
	column_fn apply;
	bool recurse; /* children follow */
} commands[] = {
	{ PG_QUERY__ALTER_TABLE_TYPE__AT_ColumnDefault, set_default, true },
	{ PG_QUERY__ALTER_TABLE_TYPE__AT_SetNotNull, set_not_null, true },
	{ PG_QUERY__ALTER_TABLE_TYPE__AT_DropNotNull, set_not_null, true },
	{ PG_QUERY__ALTER_TABLE_TYPE__AT_DropExpression, drop_expression, true },
	{ PG_QUERY__ALTER_TABLE_TYPE__AT_SetStatistics, set_statistics, true },
	{ PG_QUERY__ALTER_TABLE_TYPE__AT_SetOptions, nothing, false },
	{ PG_QUERY__ALTER_TABLE_TYPE__AT_ResetOptions, nothing, false },
	{ PG_QUERY__ALTER_TABLE_TYPE__AT_SetStorage, set_storage, true },
	{ PG_QUERY__ALTER_TABLE_TYPE__AT_SetCompression, set_compression, false },
	{ PG_QUERY__ALTER_TABLE_TYPE__AT_AlterColumnType, set_type, true },
	{ PG_QUERY__ALTER_TABLE_TYPE__AT_AddIdentity, add_identity, false },
	{ PG_QUERY__ALTER_TABLE_TYPE__AT_SetIdentity, set_identity, false },
	{ PG_QUERY__ALTER_TABLE_TYPE__AT_DropIdentity, drop_identity, false },
};

struct down {
	const struct ddl_alter *alter;
	column_fn apply;
	uint32_t walk;
};

static bool
apply_down(struct ddl *ddl, struct mig_db_object *heir, void *context)
{
	const struct down *down = context;
	/* With several parents each there are a million ways to one table. */
	if (mig_db_as_table(heir)->walk == down->walk)
		return false;
	mig_db_as_table(heir)->walk = down->walk;
	struct mig_db_object *column =
	    mig_db_find_part(heir, MIG_DB_COLUMN, down->alter->command->name);
	if (column != NULL)
		down->apply(ddl, mig_db_as_column(column), down->alter->command);
	return true;
}

bool
ddl_alter_column(struct ddl *ddl, const struct ddl_alter *alter)
{
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		if (commands[i].type != alter->command->subtype)
			continue;
		if (alter->table->kind != MIG_DB_TABLE)
			return true;
		struct mig_db_column *column =
		    ddl_need_column(ddl, alter->table, alter->command->name, false);
		if (column == NULL)
			return true;
		struct down down = { alter, commands[i].apply, mig_db_new_walk(ddl->db) };
		commands[i].apply(ddl, column, alter->command);
		if (commands[i].recurse && alter->recurse)
			ddl_each_heir(ddl, alter->table, apply_down, &down);
		return true;
	}
	return false;
}
