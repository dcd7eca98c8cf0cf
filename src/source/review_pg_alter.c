/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include "config.h"

#include <string.h>

#include "source/review_pg_int.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Actions of ALTER TABLE that take less than the strongest lock. */
static const struct {
	PgQuery__AlterTableType action;
	enum mig_lock lock;
} gentle[] = {
	{ PG_QUERY__ALTER_TABLE_TYPE__AT_SetStatistics, MIG_LOCK_SHARE_UPDATE_EXCLUSIVE },
	{ PG_QUERY__ALTER_TABLE_TYPE__AT_SetOptions, MIG_LOCK_SHARE_UPDATE_EXCLUSIVE },
	{ PG_QUERY__ALTER_TABLE_TYPE__AT_ResetOptions, MIG_LOCK_SHARE_UPDATE_EXCLUSIVE },
	{ PG_QUERY__ALTER_TABLE_TYPE__AT_ClusterOn, MIG_LOCK_SHARE_UPDATE_EXCLUSIVE },
	{ PG_QUERY__ALTER_TABLE_TYPE__AT_DropCluster, MIG_LOCK_SHARE_UPDATE_EXCLUSIVE },
	{ PG_QUERY__ALTER_TABLE_TYPE__AT_SetRelOptions, MIG_LOCK_SHARE_UPDATE_EXCLUSIVE },
	{ PG_QUERY__ALTER_TABLE_TYPE__AT_ResetRelOptions, MIG_LOCK_SHARE_UPDATE_EXCLUSIVE },
	{ PG_QUERY__ALTER_TABLE_TYPE__AT_ValidateConstraint, MIG_LOCK_SHARE_UPDATE_EXCLUSIVE },
	{ PG_QUERY__ALTER_TABLE_TYPE__AT_AttachPartition, MIG_LOCK_SHARE_UPDATE_EXCLUSIVE },
	{ PG_QUERY__ALTER_TABLE_TYPE__AT_DetachPartitionFinalize, MIG_LOCK_SHARE_UPDATE_EXCLUSIVE },
	{ PG_QUERY__ALTER_TABLE_TYPE__AT_EnableTrig, MIG_LOCK_SHARE_ROW_EXCLUSIVE },
	{ PG_QUERY__ALTER_TABLE_TYPE__AT_EnableAlwaysTrig, MIG_LOCK_SHARE_ROW_EXCLUSIVE },
	{ PG_QUERY__ALTER_TABLE_TYPE__AT_EnableReplicaTrig, MIG_LOCK_SHARE_ROW_EXCLUSIVE },
	{ PG_QUERY__ALTER_TABLE_TYPE__AT_DisableTrig, MIG_LOCK_SHARE_ROW_EXCLUSIVE },
	{ PG_QUERY__ALTER_TABLE_TYPE__AT_EnableTrigAll, MIG_LOCK_SHARE_ROW_EXCLUSIVE },
	{ PG_QUERY__ALTER_TABLE_TYPE__AT_DisableTrigAll, MIG_LOCK_SHARE_ROW_EXCLUSIVE },
	{ PG_QUERY__ALTER_TABLE_TYPE__AT_EnableTrigUser, MIG_LOCK_SHARE_ROW_EXCLUSIVE },
	{ PG_QUERY__ALTER_TABLE_TYPE__AT_DisableTrigUser, MIG_LOCK_SHARE_ROW_EXCLUSIVE },
};

/* Types to which a column often comes without being written again, whatever it was before. */
static const char *const easy_types[] = { "text", "varchar", "citext", "numeric", "inet",
	"varbit" };
static const char *const timed_types[] = { "timestamp", "timestamptz", "time", "timetz",
	"interval" };
static const char *const zoned_types[] = { "timestamp", "timestamptz" };

/* Functions of the server and of usual extensions that give each row a value of its own. */
static const char *const volatile_functions[] = { "random", "clock_timestamp", "gen_random_uuid",
	"gen_random_bytes", "nextval", "timeofday", "uuid_generate_v1", "uuid_generate_v1mc",
	"uuid_generate_v4", "uuidv4", "uuidv7", "random_normal" };

static const char *const serial_types[] = { "serial", "serial4", "bigserial", "serial8",
	"smallserial", "serial2" };

static bool
is_one_of(const char *word, const char *const *list, size_t count)
{
	for (size_t i = 0; word != NULL && i < count; i++)
		if (strcmp(word, list[i]) == 0)
			return true;
	return false;
}

static const char *
type_word(const PgQuery__TypeName *type)
{
	return type != NULL ? sql_last(type->names, type->n_names) : NULL;
}

static enum mig_lock
lock_of(const PgQuery__AlterTableCmd *command)
{
	const PgQuery__Node *def = command->def;
	if (command->subtype == PG_QUERY__ALTER_TABLE_TYPE__AT_AddConstraint && def != NULL &&
	    def->constraint->contype == PG_QUERY__CONSTR_TYPE__CONSTR_FOREIGN)
		return MIG_LOCK_SHARE_ROW_EXCLUSIVE;
	if (command->subtype == PG_QUERY__ALTER_TABLE_TYPE__AT_DetachPartition && def != NULL &&
	    def->partition_cmd->concurrent)
		return MIG_LOCK_SHARE_UPDATE_EXCLUSIVE;
	for (size_t i = 0; i < COUNT(gentle); i++)
		if (gentle[i].action == command->subtype)
			return gentle[i].lock;
	return MIG_LOCK_ACCESS_EXCLUSIVE;
}

static bool
find_volatile(ProtobufCMessage *message, void *context)
{
	const PgQuery__FuncCall *call = (PgQuery__FuncCall *)message;
	if (message->descriptor == &pg_query__func_call__descriptor &&
	    is_one_of(sql_last(call->funcname, call->n_funcname), volatile_functions,
	        COUNT(volatile_functions)))
		*(bool *)context = true;
	return true;
}

static const char *
constraint_reason(const PgQuery__Constraint *constraint)
{
	bool found = false;
	switch ((int)constraint->contype) {
	case PG_QUERY__CONSTR_TYPE__CONSTR_IDENTITY:
		return "ADD COLUMN ... AS IDENTITY";
	case PG_QUERY__CONSTR_TYPE__CONSTR_GENERATED:
		return "ADD COLUMN ... GENERATED ... STORED";
	case PG_QUERY__CONSTR_TYPE__CONSTR_DEFAULT:
		if (constraint->raw_expr != NULL)
			sql_walk(&constraint->raw_expr->base, find_volatile, NULL, &found);
		return found ? "ADD COLUMN with a default of its own for each row" : NULL;
	default:
		return NULL;
	}
}

static const char *
column_reason(const PgQuery__ColumnDef *column)
{
	const char *why = NULL;
	if (is_one_of(type_word(column->type_name), serial_types, COUNT(serial_types)))
		return "ADD COLUMN of type serial";
	for (size_t i = 0; i < column->n_constraints && why == NULL; i++)
		why = constraint_reason(column->constraints[i]->constraint);
	return why;
}

/* USING that says nothing but the column itself. */
static bool
is_plain_using(const PgQuery__Node *expr)
{
	if (expr != NULL && expr->node_case == PG_QUERY__NODE__NODE_TYPE_CAST)
		expr = expr->type_cast->arg;
	return expr == NULL || expr->node_case == PG_QUERY__NODE__NODE_COLUMN_REF;
}

/* What the column was is not known: where the new type may be reached in the catalogue, it is. */
static const char *
type_reason(const struct review *review, const PgQuery__ColumnDef *column)
{
	const char *type = type_word(column->type_name);
	bool array = column->type_name != NULL && column->type_name->n_array_bounds > 0;
	bool typmod = column->type_name != NULL && column->type_name->n_typmods > 0;
	bool utc = review_setting(review, REVIEW_TIME_ZONE) == REVIEW_ON;
	bool easy = is_one_of(type, easy_types, COUNT(easy_types)) ||
	    (typmod && is_one_of(type, timed_types, COUNT(timed_types))) ||
	    (utc && is_one_of(type, zoned_types, COUNT(zoned_types)));
	if (easy && !array && is_plain_using(column->raw_default))
		return NULL;
	return "ALTER COLUMN ... TYPE";
}

static const char *
reason_of(const struct review *review, const PgQuery__AlterTableCmd *command)
{
	switch ((int)command->subtype) {
	case PG_QUERY__ALTER_TABLE_TYPE__AT_AddColumn:
		return column_reason(command->def->column_def);
	case PG_QUERY__ALTER_TABLE_TYPE__AT_AlterColumnType:
		return type_reason(review, command->def->column_def);
	case PG_QUERY__ALTER_TABLE_TYPE__AT_SetLogged:
		return "SET LOGGED";
	case PG_QUERY__ALTER_TABLE_TYPE__AT_SetUnLogged:
		return "SET UNLOGGED";
	case PG_QUERY__ALTER_TABLE_TYPE__AT_SetAccessMethod:
		return "SET ACCESS METHOD";
	case PG_QUERY__ALTER_TABLE_TYPE__AT_SetTableSpace:
		return "SET TABLESPACE";
	default:
		return NULL;
	}
}

/* The other tables that an action locks. */
static void
lock_others(
    struct review *review, const PgQuery__AlterTableCmd *command, struct review_effect *effect)
{
	const PgQuery__Node *def = command->def;
	struct review_name other = { NULL, NULL };
	enum mig_lock lock = MIG_LOCK_ACCESS_EXCLUSIVE;
	if (def == NULL)
		return;
	if (def->node_case == PG_QUERY__NODE__NODE_CONSTRAINT && def->constraint->pktable != NULL) {
		other = review_pg_range(def->constraint->pktable);
		lock = MIG_LOCK_SHARE_ROW_EXCLUSIVE;
	} else if (def->node_case == PG_QUERY__NODE__NODE_PARTITION_CMD &&
	    !def->partition_cmd->concurrent) {
		other = review_pg_range(def->partition_cmd->name);
	}
	review_pg_lock(review, &other, lock, effect);
	for (size_t i = 0; def->node_case == PG_QUERY__NODE__NODE_COLUMN_DEF &&
	     i < def->column_def->n_constraints;
	     i++) {
		other = review_pg_range(def->column_def->constraints[i]->constraint->pktable);
		review_pg_lock(review, &other, MIG_LOCK_SHARE_ROW_EXCLUSIVE, effect);
	}
}

static bool
is_slow(const PgQuery__AlterTableCmd *command)
{
	return command->subtype == PG_QUERY__ALTER_TABLE_TYPE__AT_ValidateConstraint;
}

void
review_pg_alter(
    struct review *review, const PgQuery__AlterTableStmt *alter, struct review_effect *effect)
{
	struct review_name table = review_pg_range(alter->relation);
	/* An index's options and a composite type lock no table that could be named here. */
	if (alter->objtype == PG_QUERY__OBJECT_TYPE__OBJECT_TYPE ||
	    alter->objtype == PG_QUERY__OBJECT_TYPE__OBJECT_INDEX)
		return;
	bool made = review_thing(review, &table)->made;
	for (size_t i = 0; i < alter->n_cmds; i++) {
		const PgQuery__AlterTableCmd *command = alter->cmds[i]->alter_table_cmd;
		const char *why = made ? NULL : reason_of(review, command);
		review_pg_lock(review, &table, lock_of(command), effect);
		lock_others(review, command, effect);
		effect->slow = effect->slow || why != NULL || (!made && is_slow(command));
		if (why != NULL && effect->why == NULL) {
			effect->written = table;
			effect->why = why;
		}
	}
}
