/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include "config.h"

#include <string.h>

#include "source/ddl_alter_int.h"

struct copy_down {
	const struct mig_db_column *column;
};

static bool
add_down(struct ddl *ddl, struct mig_db_object *heir, void *context)
{
	const struct copy_down *copy = context;
	struct mig_db_object *there =
	    mig_db_find_part(heir, MIG_DB_COLUMN, copy->column->base.name);
	/* Where it is already, all that inherit from there have it, too. */
	return there == NULL && ddl_copy_column(ddl, heir, copy->column, true) != NULL;
}

static void
add_column(struct ddl *ddl, const struct ddl_alter *alter)
{
	PgQuery__ColumnDef *definition = alter->command->def->column_def;
	if (alter->command->missing_ok &&
	    mig_db_find_part(alter->table, MIG_DB_COLUMN, definition->colname) != NULL)
		return;
	ddl_add_column(ddl, alter->table, definition, alter->pending);
	struct mig_db_object *column =
	    mig_db_find_part(alter->table, MIG_DB_COLUMN, definition->colname);
	if (column == NULL || !alter->recurse || alter->table->kind != MIG_DB_TABLE)
		return;
	struct copy_down copy = { mig_db_as_column(column) };
	ddl_each_heir(ddl, alter->table, add_down, &copy);
}

/* Whether one of a table's parents, which are told by name, has a part. */
typedef bool (*parent_fn)(const struct mig_db_object *parent, const void *what);

static bool
comes_from_another(struct ddl *ddl, const struct mig_db_object *heir, parent_fn has,
    const void *what)
{
	size_t count = 0;
	const struct mig_db_ref *parents = mig_db_parents(heir, &count);
	for (size_t i = 0; i < count; i++) {
		const struct mig_db_object *parent =
		    mig_db_find(ddl->db, MIG_DB_TABLE, parents[i].schema, parents[i].name);
		if (parent != NULL && has(parent, what))
			return true;
	}
	return false;
}

static bool
has_column(const struct mig_db_object *parent, const void *name)
{
	return mig_db_find_part(parent, MIG_DB_COLUMN, name) != NULL;
}

struct drop_down {
	const char *name;
	bool cascade;
};

/* With ONLY the children keep what has gone from their parent, as their own. */
static bool
keep_column(struct ddl *ddl, struct mig_db_object *child, void *context)
{
	const struct drop_down *drop = context;
	struct mig_db_object *column = mig_db_find_part(child, MIG_DB_COLUMN, drop->name);
	if (column != NULL && mig_db_as_column(column)->inherited)
		mig_db_as_column(column)->inherited =
		    comes_from_another(ddl, child, has_column, drop->name);
	return false;
}

/* What has gone from one parent stays while another one has it. */
static bool
drop_down(struct ddl *ddl, struct mig_db_object *heir, void *context)
{
	const struct drop_down *drop = context;
	struct mig_db_object *column = mig_db_find_part(heir, MIG_DB_COLUMN, drop->name);
	if (column == NULL || !mig_db_as_column(column)->inherited ||
	    comes_from_another(ddl, heir, has_column, drop->name))
		return false;
	ddl_drop_object(ddl, column, drop->cascade);
	return true;
}

static void
drop_column(struct ddl *ddl, const struct ddl_alter *alter)
{
	struct mig_db_column *column =
	    ddl_need_column(ddl, alter->table, alter->command->name, alter->command->missing_ok);
	if (column == NULL)
		return;
	struct drop_down drop = { alter->command->name,
		alter->command->behavior == PG_QUERY__DROP_BEHAVIOR__DROP_CASCADE };
	ddl_drop_object(ddl, &column->base, drop.cascade);
	if (alter->table->kind == MIG_DB_TABLE)
		ddl_each_heir(ddl, alter->table, alter->recurse ? drop_down : keep_column, &drop);
}

/* ALTER TYPE … ALTER ATTRIBUTE */
static void
alter_attribute(struct ddl *ddl, const struct ddl_alter *alter)
{
	struct mig_db_column *column =
	    ddl_need_column(ddl, alter->table, alter->command->name, false);
	if (column == NULL)
		return;
	column->type = ddl_type(ddl, alter->command->def->column_def->type_name, &column->base);
	column->type_text = column->type;
}

static struct mig_db_constraint *
need_constraint(struct ddl *ddl, const struct ddl_alter *alter, const char *name)
{
	struct mig_db_object *constraint =
	    ddl_find_part(ddl, alter->table, MIG_DB_CONSTRAINT, name);
	if (constraint == NULL && !alter->command->missing_ok)
		ddl_say(ddl, MIG_SEV_ERROR, NULL, "table \"%s\" has no constraint \"%s\"",
		    alter->table->name, name);
	return constraint != NULL ? mig_db_as_constraint(constraint) : NULL;
}

/* A constraint of a table that says what another one says, or only one that is inherited. */
static struct mig_db_constraint *
find_alike(
    const struct mig_db_object *table, const struct mig_db_constraint *from, bool inherited)
{
	size_t count = 0;
	struct mig_db_object *const *parts = mig_db_parts(table, MIG_DB_CONSTRAINT, &count);
	for (size_t i = 0; i < count; i++) {
		struct mig_db_constraint *other = mig_db_as_constraint(parts[i]);
		if (other->type == from->type && (other->inherited || !inherited) &&
		    mig_db_same(other->base.definition, from->base.definition) &&
		    (from->type != MIG_DB_CHECK ||
		        mig_db_same(other->base.name, from->base.name)))
			return other;
	}
	return NULL;
}

static bool
has_check(const struct mig_db_object *parent, const void *check)
{
	const struct mig_db_constraint *other = find_alike(parent, check, false);
	return other != NULL && !other->no_inherit;
}

/* Keys come from one table, checks may come from several. */
static bool
is_from_another(
    struct ddl *ddl, const struct mig_db_object *heir, const struct mig_db_constraint *from)
{
	return from->type == MIG_DB_CHECK && comes_from_another(ddl, heir, has_check, from);
}

static bool
keep_constraint(struct ddl *ddl, struct mig_db_object *child, void *context)
{
	struct mig_db_constraint *other = find_alike(child, context, true);
	if (other != NULL)
		other->inherited = is_from_another(ddl, child, other);
	return false;
}

static bool
drop_constraint_down(struct ddl *ddl, struct mig_db_object *heir, void *context)
{
	struct mig_db_constraint *other = find_alike(heir, context, true);
	if (other == NULL || is_from_another(ddl, heir, other))
		return false;
	ddl_remove(ddl, &other->base);
	return true;
}

static void
drop_constraint(struct ddl *ddl, const struct ddl_alter *alter)
{
	struct mig_db_constraint *constraint = need_constraint(ddl, alter, alter->command->name);
	if (constraint == NULL)
		return;
	ddl_drop_object(ddl, &constraint->base,
	    alter->command->behavior == PG_QUERY__DROP_BEHAVIOR__DROP_CASCADE);
	ddl_each_heir(
	    ddl, alter->table, alter->recurse ? drop_constraint_down : keep_constraint, constraint);
}

static void
validate_constraint(struct ddl *ddl, const struct ddl_alter *alter)
{
	struct mig_db_constraint *constraint = need_constraint(ddl, alter, alter->command->name);
	if (constraint != NULL)
		constraint->not_valid = false;
}

static void
alter_constraint(struct ddl *ddl, const struct ddl_alter *alter)
{
	const PgQuery__Constraint *new = alter->command->def->constraint;
	struct mig_db_constraint *constraint = need_constraint(ddl, alter, new->conname);
	if (constraint == NULL)
		return;
	constraint->deferrable = new->deferrable;
	constraint->initially_deferred = new->initdeferred;
}

static void
add_constraint(struct ddl *ddl, const struct ddl_alter *alter)
{
	ddl_pending_add(ddl, alter->pending, alter->command->def->constraint, NULL);
}

static void
cluster_on(struct ddl *ddl, const struct ddl_alter *alter)
{
	size_t count = 0;
	struct mig_db_object *const *indexes = mig_db_parts(alter->table, MIG_DB_INDEX, &count);
	bool on = alter->command->subtype == PG_QUERY__ALTER_TABLE_TYPE__AT_ClusterOn;
	(void)ddl;
	for (size_t i = 0; i < count; i++)
		mig_db_as_index(indexes[i])->clustered =
		    on && mig_db_same(indexes[i]->name, alter->command->name);
}

static void
set_logged(struct ddl *ddl, const struct ddl_alter *alter)
{
	(void)ddl;
	mig_db_as_table(alter->table)->unlogged =
	    alter->command->subtype == PG_QUERY__ALTER_TABLE_TYPE__AT_SetUnLogged;
}

static void
set_tablespace(struct ddl *ddl, const struct ddl_alter *alter)
{
	bool plain = strcmp(alter->command->name, "pg_default") == 0;
	mig_db_as_table(alter->table)->tablespace =
	    plain ? NULL : mig_arena_strdup(ddl->arena, alter->command->name);
}

static void
set_options(struct ddl *ddl, const struct ddl_alter *alter)
{
	struct mig_db_table *table = mig_db_as_table(alter->table);
	const PgQuery__List *list = alter->command->def->list;
	table->options = ddl_options(ddl, table->options, list->items, list->n_items,
	    alter->command->subtype == PG_QUERY__ALTER_TABLE_TYPE__AT_ResetRelOptions);
}

static char
enabled_letter(PgQuery__AlterTableType type)
{
	switch ((int)type) {
	case PG_QUERY__ALTER_TABLE_TYPE__AT_EnableAlwaysTrig:
	case PG_QUERY__ALTER_TABLE_TYPE__AT_EnableAlwaysRule:
		return 'A';
	case PG_QUERY__ALTER_TABLE_TYPE__AT_EnableReplicaTrig:
	case PG_QUERY__ALTER_TABLE_TYPE__AT_EnableReplicaRule:
		return 'R';
	case PG_QUERY__ALTER_TABLE_TYPE__AT_DisableTrig:
	case PG_QUERY__ALTER_TABLE_TYPE__AT_DisableTrigAll:
	case PG_QUERY__ALTER_TABLE_TYPE__AT_DisableTrigUser:
	case PG_QUERY__ALTER_TABLE_TYPE__AT_DisableRule:
		return 'D';
	default:
		return 'O';
	}
}

static void
enable(struct ddl *ddl, const struct ddl_alter *alter)
{
	size_t count = 0;
	struct mig_db_object *const *parts = mig_db_parts(alter->table, MIG_DB_TRIGGER, &count);
	bool found = *alter->command->name == '\0';
	for (size_t i = 0; i < count; i++) {
		if (parts[i]->kind == MIG_DB_POLICY ||
		    (*alter->command->name != '\0' &&
		        !mig_db_same(parts[i]->name, alter->command->name)))
			continue;
		mig_db_as_trigger(parts[i])->enabled = enabled_letter(alter->command->subtype);
		found = true;
	}
	if (!found)
		ddl_say(ddl, MIG_SEV_ERROR, NULL, "table \"%s\" has no trigger or rule \"%s\"",
		    alter->table->name, alter->command->name);
}

static void
row_security(struct ddl *ddl, const struct ddl_alter *alter)
{
	struct mig_db_table *table = mig_db_as_table(alter->table);
	int type = (int)alter->command->subtype;
	(void)ddl;
	if (type == PG_QUERY__ALTER_TABLE_TYPE__AT_EnableRowSecurity ||
	    type == PG_QUERY__ALTER_TABLE_TYPE__AT_DisableRowSecurity)
		table->row_security = type == PG_QUERY__ALTER_TABLE_TYPE__AT_EnableRowSecurity;
	else
		table->force_row_security = type == PG_QUERY__ALTER_TABLE_TYPE__AT_ForceRowSecurity;
}

static void
replica_identity(struct ddl *ddl, const struct ddl_alter *alter)
{
	const PgQuery__ReplicaIdentityStmt *identity = alter->command->def->replica_identity_stmt;
	size_t count = 0;
	struct mig_db_object *const *indexes = mig_db_parts(alter->table, MIG_DB_INDEX, &count);
	(void)ddl;
	mig_db_as_table(alter->table)->replica_identity = *identity->identity_type;
	for (size_t i = 0; i < count; i++)
		mig_db_as_index(indexes[i])->replica_identity = *identity->identity_type == 'i' &&
		    mig_db_same(indexes[i]->name, identity->name);
}

static void
set_owner(struct ddl *ddl, const struct ddl_alter *alter)
{
	mig_db_set_owner(ddl->db, alter->table, ddl_role(ddl, alter->command->newowner));
}

/* As the server: a table cannot come from itself, and a partition is one of one table. */
static bool
cannot_inherit(
    struct ddl *ddl, const struct mig_db_object *child, const struct mig_db_object *parent)
{
	if (mig_db_as_table(child)->partition_of != NULL)
		ddl_say(ddl, MIG_SEV_ERROR, "Detach it from its table first.",
		    "table \"%s\" is a partition already", child->name);
	else if (ddl_comes_from(ddl, parent, child))
		ddl_say(ddl, MIG_SEV_ERROR, NULL,
		    "table \"%s\" cannot inherit from \"%s\", which comes from it", child->name,
		    parent->name);
	else
		return false;
	return true;
}

static void
attach(struct ddl *ddl, const struct ddl_alter *alter)
{
	const PgQuery__PartitionCmd *command = alter->command->def->partition_cmd;
	struct mig_db_object *child =
	    ddl_need(ddl, MIG_DB_TABLE, ddl_range_name(command->name), false);
	struct mig_db_ref *parent = mig_arena_alloc(ddl->arena, sizeof(*parent));
	if (child == NULL || parent == NULL || child->kind != MIG_DB_TABLE ||
	    cannot_inherit(ddl, child, alter->table))
		return;
	*parent =
	    (struct mig_db_ref){ MIG_DB_TABLE, alter->table->schema, alter->table->name, NULL };
	struct mig_db_table *table = mig_db_as_table(child);
	table->partition_of = parent;
	ddl_set_bound(ddl, table, alter->table, command->bound);
	ddl_remember_child(ddl, parent, child, true);
	ddl_add_ref(ddl, child, *parent);
	ddl_inherit_parts(ddl, child, alter->table, true);
}

/* The parts of a table that came from the parent that it has left are its own now. */
static void
own_parts(struct ddl *ddl, struct mig_db_object *table)
{
	size_t count = 0;
	struct mig_db_object *const *parts = mig_db_parts(table, MIG_DB_COLUMN, &count);
	for (size_t i = 0; i < count; i++)
		if (mig_db_as_column(parts[i])->inherited)
			mig_db_as_column(parts[i])->inherited =
			    comes_from_another(ddl, table, has_column, parts[i]->name);
	parts = mig_db_parts(table, MIG_DB_CONSTRAINT, &count);
	for (size_t i = 0; i < count; i++)
		if (mig_db_as_constraint(parts[i])->inherited)
			mig_db_as_constraint(parts[i])->inherited =
			    is_from_another(ddl, table, mig_db_as_constraint(parts[i]));
	parts = mig_db_parts(table, MIG_DB_INDEX, &count);
	for (size_t i = 0; i < count; i++)
		mig_db_as_index(parts[i])->inherited = false;
}

static void
detach(struct ddl *ddl, const struct ddl_alter *alter)
{
	struct mig_db_object *child = ddl_need(
	    ddl, MIG_DB_TABLE, ddl_range_name(alter->command->def->partition_cmd->name), false);
	if (child == NULL || child->kind != MIG_DB_TABLE ||
	    mig_db_as_table(child)->partition_of == NULL)
		return;
	struct mig_db_table *table = mig_db_as_table(child);
	ddl_remember_child(ddl, table->partition_of, child, false);
	ddl_remove_ref(ddl, child, table->partition_of);
	table->partition_of = NULL;
	table->partition_bound = NULL;
	own_parts(ddl, child);
	/* Cloned triggers go, the rest stays. */
	for (size_t i = table->triggers_count; i > 0; i--)
		if (table->triggers[i - 1]->inherited)
			ddl_remove(ddl, &table->triggers[i - 1]->base);
}

static void
inherit(struct ddl *ddl, const struct ddl_alter *alter)
{
	struct mig_db_table *table = mig_db_as_table(alter->table);
	struct mig_db_object *parent =
	    ddl_need(ddl, MIG_DB_TABLE, ddl_range_name(alter->command->def->range_var), false);
	bool add = alter->command->subtype == PG_QUERY__ALTER_TABLE_TYPE__AT_AddInherit;
	struct mig_db_ref *refs =
	    mig_arena_array(ddl->arena, table->inherits_count + 1, sizeof(*refs));
	size_t count = 0;
	if (parent == NULL || refs == NULL || parent->kind != MIG_DB_TABLE ||
	    (add && cannot_inherit(ddl, alter->table, parent)))
		return;
	for (size_t i = 0; i < table->inherits_count; i++) {
		bool same = mig_db_same(table->inherits[i].name, parent->name) &&
		    mig_db_same(table->inherits[i].schema, parent->schema);
		if (!same)
			refs[count++] = table->inherits[i];
		else
			ddl_remember_child(ddl, &table->inherits[i], alter->table, false);
	}
	struct mig_db_ref ref = { MIG_DB_TABLE, parent->schema, parent->name, NULL };
	if (add)
		refs[count++] = ref;
	table->inherits = refs;
	table->inherits_count = count;
	if (add) {
		ddl_remember_child(ddl, &ref, alter->table, true);
		ddl_add_ref(ddl, alter->table, ref);
		ddl_inherit_parts(ddl, alter->table, parent, false);
	} else {
		ddl_remove_ref(ddl, alter->table, &ref);
		own_parts(ddl, alter->table);
	}
}

static void
nothing(struct ddl *ddl, const struct ddl_alter *alter)
{
	(void)ddl;
	(void)alter;
}

/* What PG_QUERY__ALTER_TABLE_TYPE__AT_… does. */
#define AT(name) PG_QUERY__ALTER_TABLE_TYPE__AT_##name

static const struct {
	PgQuery__AlterTableType type;
	void (*apply)(struct ddl *ddl, const struct ddl_alter *alter);
	bool composite; /* for composite types too */
	bool view;      /* for views too */
} commands[] = {
	{ AT(AddColumn), add_column, true, false },
	{ AT(DropColumn), drop_column, true, false },
	{ AT(AddConstraint), add_constraint, false, false },
	{ AT(DropConstraint), drop_constraint, false, false },
	{ AT(ValidateConstraint), validate_constraint, false, false },
	{ AT(AlterConstraint), alter_constraint, false, false },
	{ AT(ChangeOwner), set_owner, true, true },
	{ AT(ClusterOn), cluster_on, false, true },
	{ AT(DropCluster), cluster_on, false, true },
	{ AT(SetLogged), set_logged, false, false },
	{ AT(SetUnLogged), set_logged, false, false },
	{ AT(SetTableSpace), set_tablespace, false, true },
	{ AT(SetRelOptions), set_options, false, true },
	{ AT(ResetRelOptions), set_options, false, true },
	{ AT(EnableTrig), enable, false, true },
	{ AT(EnableAlwaysTrig), enable, false, true },
	{ AT(EnableReplicaTrig), enable, false, true },
	{ AT(DisableTrig), enable, false, true },
	{ AT(EnableTrigAll), enable, false, true },
	{ AT(DisableTrigAll), enable, false, true },
	{ AT(EnableTrigUser), enable, false, true },
	{ AT(DisableTrigUser), enable, false, true },
	{ AT(EnableRule), enable, false, true },
	{ AT(EnableAlwaysRule), enable, false, true },
	{ AT(EnableReplicaRule), enable, false, true },
	{ AT(DisableRule), enable, false, true },
	{ AT(AddInherit), inherit, false, false },
	{ AT(DropInherit), inherit, false, false },
	{ AT(ReplicaIdentity), replica_identity, false, true },
	{ AT(EnableRowSecurity), row_security, false, false },
	{ AT(DisableRowSecurity), row_security, false, false },
	{ AT(ForceRowSecurity), row_security, false, false },
	{ AT(NoForceRowSecurity), row_security, false, false },
	{ AT(AttachPartition), attach, false, false },
	{ AT(DetachPartition), detach, false, false },
	{ AT(DetachPartitionFinalize), nothing, false, false },
	{ AT(SetAccessMethod), nothing, false, true },
	{ AT(DropOids), nothing, false, false },
};

static void
apply(struct ddl *ddl, const struct ddl_alter *alter)
{
	bool composite = alter->table->kind == MIG_DB_COMPOSITE;
	if (composite && alter->command->subtype == AT(AlterColumnType)) {
		alter_attribute(ddl, alter);
		return;
	}
	if (!composite && ddl_alter_column(ddl, alter))
		return;
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		if (commands[i].type != alter->command->subtype)
			continue;
		bool fits = composite ? commands[i].composite :
		                        alter->table->kind == MIG_DB_TABLE || commands[i].view;
		if (fits)
			commands[i].apply(ddl, alter);
		return;
	}
	ddl_not_understood(ddl, "a command of ALTER TABLE");
}

/* ALTER INDEX a ATTACH PARTITION b, SET (…), and owners of what pg_dump takes for tables. */
static void
alter_index(struct ddl *ddl, struct mig_db_object *index, const PgQuery__AlterTableCmd *command)
{
	if (command->subtype != AT(AttachPartition))
		return;
	struct mig_db_object *child =
	    ddl_find_relation(ddl, ddl_range_name(command->def->partition_cmd->name));
	(void)index;
	if (child != NULL && child->kind == MIG_DB_INDEX)
		mig_db_as_index(child)->inherited = true;
	else if (child != NULL && child->kind == MIG_DB_CONSTRAINT)
		mig_db_as_constraint(child)->inherited = true;
}

/* What is no table: sequence, index, or something that is kept as its statement only. */
static bool
alter_other(struct ddl *ddl, PgQuery__AlterTableStmt *statement)
{
	struct ddl_name name = ddl_range_name(statement->relation);
	struct mig_db_object *sequence = ddl_find(ddl, MIG_DB_SEQUENCE, name);
	struct mig_db_object *index = sequence == NULL ? ddl_find_relation(ddl, name) : NULL;
	for (size_t i = 0; i < statement->n_cmds; i++) {
		PgQuery__AlterTableCmd *command = statement->cmds[i]->alter_table_cmd;
		if (sequence != NULL && command->subtype == AT(ChangeOwner))
			mig_db_set_owner(ddl->db, sequence, ddl_role(ddl, command->newowner));
		else if (sequence != NULL && command->subtype == AT(SetUnLogged))
			mig_db_as_sequence(sequence)->unlogged = true;
		else if (sequence != NULL && command->subtype == AT(SetLogged))
			mig_db_as_sequence(sequence)->unlogged = false;
		else if (index != NULL)
			alter_index(ddl, index, command);
	}
	return sequence != NULL || index != NULL ||
	    statement->objtype == PG_QUERY__OBJECT_TYPE__OBJECT_FOREIGN_TABLE;
}

void
ddl_alter_table(struct ddl *ddl, PgQuery__AlterTableStmt *statement)
{
	bool type = statement->objtype == PG_QUERY__OBJECT_TYPE__OBJECT_TYPE;
	struct ddl_name name = ddl_range_name(statement->relation);
	struct mig_db_object *table = ddl_find(ddl, type ? MIG_DB_COMPOSITE : MIG_DB_TABLE, name);
	if (table == NULL) {
		if (type || !alter_other(ddl, statement))
			(void)ddl_need(ddl, type ? MIG_DB_COMPOSITE : MIG_DB_TABLE, name,
			    statement->missing_ok);
		return;
	}
	struct ddl_pending pending = {
		.table = table, .existing = true, .only = !statement->relation->inh
	};
	for (size_t i = 0; i < statement->n_cmds; i++) {
		struct ddl_alter alter = { .table = table,
			.command = statement->cmds[i]->alter_table_cmd,
			.recurse = statement->relation->inh,
			.pending = &pending };
		apply(ddl, &alter);
	}
	ddl_pending_make(ddl, &pending);
}
