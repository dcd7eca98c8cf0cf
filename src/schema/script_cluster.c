/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "schema/script_pg.h"

/*
 * Some things cannot be changed while others use them: the type of a column under a view, a
 * function with another result under a trigger.  What hangs together so makes a cluster: in one
 * transaction all users are dropped, the change is made, and the users are made again.
 */

/* Aspects that go with the type of a column. */
#define WITH_TYPE                                                                          \
	(MIG_DB_TYPE | MIG_DB_LENGTH | MIG_DB_COLLATE | MIG_DB_DEFAULT | MIG_DB_IDENTITY | \
	    MIG_DB_STORAGE)

/* Aspects by which a part is another one. */
#define DEFINES                                                                                  \
	(MIG_DB_DEFINITION | MIG_DB_NULLS | MIG_DB_OPTIONS | MIG_DB_ACTION | MIG_DB_UNIQUENESS | \
	    MIG_DB_DEFERRABLE | MIG_DB_VALID)

static bool
is_type(enum mig_db_kind kind)
{
	return kind == MIG_DB_ENUM || kind == MIG_DB_DOMAIN || kind == MIG_DB_COMPOSITE ||
	    kind == MIG_DB_RANGE_TYPE;
}

static bool
is_key(const struct mig_db_object *object)
{
	if (object->kind != MIG_DB_CONSTRAINT)
		return false;
	enum mig_db_constraint_type type = mig_db_as_constraint(object)->type;
	return type == MIG_DB_PRIMARY_KEY || type == MIG_DB_UNIQUE;
}

unsigned
mig_script_clustered(const struct mig_script *script, const struct mig_db_object *before)
{
	size_t number = mig_script_map_get(&script->node_of, before);
	if (number == 0)
		return 0;
	switch (script->nodes[number - 1].action) {
	case MIG_NODE_DEFAULT:
		return MIG_DB_DEFAULT;
	case MIG_NODE_RETYPE:
		return WITH_TYPE;
	case MIG_NODE_REMAKE:
		break;
	}
	return ~0U;
}

bool
mig_script_type_anew(const struct mig_script *script, const struct mig_db_column *column, bool back)
{
	size_t count = 0;
	const struct mig_script_use *uses =
	    mig_script_uses_of(&script->uses[back ? 1 : 0], &column->base, &count);
	for (size_t i = 0; i < count; i++)
		if (is_type(uses[i].target->kind) &&
		    mig_script_map_get(&script->node_of, uses[i].target) > 0)
			return true;
	return false;
}

static size_t
root_of(const struct mig_script *script, size_t node)
{
	while (script->nodes[node].parent != node)
		node = script->nodes[node].parent;
	return node;
}

static void
unite(struct mig_script *script, size_t a, size_t b)
{
	a = root_of(script, a);
	b = root_of(script, b);
	/* The first of a cluster stays its root, so the order does not depend on chance. */
	if (a < b)
		script->nodes[b].parent = a;
	else
		script->nodes[a].parent = b;
}

/* The place of the node; SIZE_MAX without memory. */
static size_t
add_node(struct mig_script *script, const struct mig_db_object *before,
    const struct mig_db_object *after, enum mig_script_action action)
{
	if (script->nodes_count == script->nodes_cap) {
		size_t cap = script->nodes_cap == 0 ? 64 : script->nodes_cap * 2;
		struct mig_script_node *grown = reallocarray(script->nodes, cap, sizeof(*grown));
		if (grown == NULL) {
			script->failed = true;
			return SIZE_MAX;
		}
		script->nodes = grown;
		script->nodes_cap = cap;
	}
	size_t place = script->nodes_count++;
	script->nodes[place] = (struct mig_script_node){
		.item = { before, after }, .action = action, .parent = place
	};
	if ((before != NULL && !mig_script_map_set(&script->node_of, before, place + 1)) ||
	    (after != NULL && !mig_script_map_set(&script->node_of, after, place + 1)))
		script->failed = true;
	return place;
}

static bool
column_soft(const struct mig_script *script, const struct mig_db_object *before,
    const struct mig_db_object *after)
{
	return after != NULL &&
	    mig_pg_retype_soft(script, mig_db_as_column(before), mig_db_as_column(after));
}

/* Whether a fact cannot be carried out on its own, and how the thing is changed then. */
static bool
is_seed(const struct mig_db_op *op, enum mig_script_action *ret_action)
{
	*ret_action = MIG_NODE_REMAKE;
	if (op->what != MIG_DB_CHANGED)
		return false;
	bool defined = (op->aspects & (MIG_DB_DEFINITION | MIG_DB_COLUMNS)) != 0;
	switch (op->kind) {
	case MIG_DB_COLUMN:
		if (op->before->parent->kind != MIG_DB_TABLE)
			return false;
		if ((op->aspects & MIG_DB_GENERATED) == 0)
			*ret_action = MIG_NODE_RETYPE;
		return (op->aspects & (MIG_DB_GENERATED | MIG_DB_TYPE | MIG_DB_COLLATE)) != 0;
	case MIG_DB_ROUTINE:
		return !mig_pg_replaces(op);
	case MIG_DB_VIEW:
		return defined && !mig_pg_replaces(op);
	case MIG_DB_MATVIEW:
		return defined;
	case MIG_DB_ENUM:
		return (op->aspects & MIG_DB_LABELS) != 0 && !mig_pg_enum_grows(op);
	case MIG_DB_DOMAIN:
		return (op->aspects & (MIG_DB_TYPE | MIG_DB_COLLATE)) != 0;
	case MIG_DB_RANGE_TYPE:
	case MIG_DB_COLLATION:
		return defined;
	case MIG_DB_CONSTRAINT:
		return is_key(op->before) && (op->aspects & DEFINES) != 0;
	case MIG_DB_TABLE:
		return (op->aspects & MIG_DB_PARTITION_KEY) != 0;
	case MIG_DB_EXTENSION:
	case MIG_DB_NAMESPACE:
	case MIG_DB_COMPOSITE:
	case MIG_DB_SEQUENCE:
	case MIG_DB_STATISTICS:
	case MIG_DB_OTHER:
	case MIG_DB_INDEX:
	case MIG_DB_TRIGGER:
	case MIG_DB_POLICY:
	case MIG_DB_RULE:
		break;
	}
	return false;
}

/* Whether a fact makes another part of it, or takes it away. */
static bool
redefined(const struct mig_script *script, const struct mig_db_object *user)
{
	const struct mig_db_op *op = mig_script_op(script, user);
	return op != NULL && (op->what == MIG_DB_DROPPED || (op->aspects & DEFINES) != 0);
}

/* Whether an index, or a key's, has the column besides those that it is of. */
static bool
includes(const struct mig_db_object *object, const char *column)
{
	bool index = object->kind == MIG_DB_INDEX;
	size_t count = index ? mig_db_as_index(object)->columns_count :
	                       mig_db_as_constraint(object)->include_count;
	const char *const *names = index ? mig_db_as_index(object)->columns :
	                                   mig_db_as_constraint(object)->include;
	for (size_t i = 0; i < count; i++)
		if (strcmp(names[i], column) == 0)
			return !index;
	return index && mig_sql_mentions(object->definition, column);
}

/* Whether a foreign key stands on an index that the server builds again for any new type. */
static bool
stands_beside(const struct mig_script *script, const struct mig_db_object *user,
    const struct mig_db_object *column)
{
	size_t count = 0;
	const struct mig_script_use *uses = mig_script_uses_of(&script->uses[0], user, &count);
	for (size_t i = 0; i < count; i++)
		if (mig_db_has_index(uses[i].target) && includes(uses[i].target, column->name))
			return true;
	return false;
}

/* How an index or constraint of a column takes part when the column changes. */
static bool
follows_column(const struct mig_script *script, const struct mig_script_node *target,
    const struct mig_db_object *user)
{
	if (target->action == MIG_NODE_REMAKE || redefined(script, user))
		return true;
	if (target->soft)
		return mig_db_is_foreign_key(user) &&
		    stands_beside(script, user, target->item.before);
	if (user->kind == MIG_DB_INDEX) {
		const struct mig_db_index *index = mig_db_as_index(user);
		return index->expressions || index->predicate != NULL;
	}
	enum mig_db_constraint_type type = mig_db_as_constraint(user)->type;
	return type == MIG_DB_FOREIGN_KEY || type == MIG_DB_CHECK;
}

/* Whether a column takes part when what it uses is changed, and how. */
static bool
follows_as_column(const struct mig_script_node *target, const struct mig_db_object *user,
    enum mig_script_action *ret_action)
{
	const struct mig_db_column *column = mig_db_as_column(user);
	const struct mig_db_object *origin = target->item.before;
	if (user->parent->kind != MIG_DB_TABLE)
		return false;
	/* A child's column goes with its parent's, but for its default. */
	if (origin->kind == MIG_DB_COLUMN && origin->parent != user->parent &&
	    strcmp(origin->name, user->name) == 0) {
		*ret_action = MIG_NODE_DEFAULT;
		return target->action == MIG_NODE_RETYPE &&
		    column->generated == MIG_DB_GENERATED_NONE;
	}
	if (column->generated != MIG_DB_GENERATED_NONE)
		*ret_action = MIG_NODE_REMAKE;
	else if (is_type(target->item.before->kind))
		*ret_action = MIG_NODE_RETYPE;
	else if (target->item.before->kind == MIG_DB_ROUTINE)
		*ret_action = MIG_NODE_DEFAULT;
	else
		return false;
	return true;
}

/* Whether the user of a member has to be a member as well, and how. */
static bool
follows(const struct mig_script *script, const struct mig_script_node *target,
    const struct mig_db_object *user, enum mig_script_action *ret_action)
{
	enum mig_db_kind kind = target->item.before->kind;
	*ret_action = MIG_NODE_REMAKE;
	if (kind == MIG_DB_COLUMN && target->action == MIG_NODE_DEFAULT)
		return false;
	switch (user->kind) {
	case MIG_DB_COLUMN:
		return follows_as_column(target, user, ret_action);
	case MIG_DB_CONSTRAINT:
		if (user->parent->kind == MIG_DB_DOMAIN)
			return user->parent != target->item.before;
		if (is_key(target->item.before))
			return mig_db_is_foreign_key(user);
		return kind != MIG_DB_COLUMN || follows_column(script, target, user);
	case MIG_DB_INDEX:
		return kind != MIG_DB_COLUMN || follows_column(script, target, user);
	case MIG_DB_STATISTICS:
		/* The server would keep the expressions, with casts back to the type that was. */
		return target->action == MIG_NODE_REMAKE || redefined(script, user) ||
		    (kind == MIG_DB_COLUMN && !target->soft);
	case MIG_DB_VIEW:
	case MIG_DB_MATVIEW:
	case MIG_DB_ROUTINE:
	case MIG_DB_TRIGGER:
	case MIG_DB_POLICY:
	case MIG_DB_RULE:
	case MIG_DB_OTHER:
	case MIG_DB_RANGE_TYPE:
		return true;
	case MIG_DB_DOMAIN:
	case MIG_DB_COMPOSITE:
		return is_type(kind);
	case MIG_DB_TABLE:
		/* Its rows are those of the table of which it is a part. */
		return kind == MIG_DB_TABLE && mig_db_as_table(user)->partition_of != NULL;
	case MIG_DB_EXTENSION:
	case MIG_DB_NAMESPACE:
	case MIG_DB_ENUM:
	case MIG_DB_COLLATION:
	case MIG_DB_SEQUENCE:
		break;
	}
	return false;
}

static bool
parent_goes(const struct mig_script *script, const struct mig_db_object *user)
{
	return user->parent != NULL && mig_script_partner(script, user->parent) == NULL;
}

/* What comes from a parent goes and comes with that of the parent. */
static bool
is_inherited(const struct mig_db_object *object)
{
	return (object->kind == MIG_DB_CONSTRAINT && mig_db_as_constraint(object)->inherited) ||
	    (object->kind == MIG_DB_INDEX && mig_db_as_index(object)->inherited) ||
	    (object->kind == MIG_DB_TRIGGER && mig_db_as_trigger(object)->inherited);
}

/* Whether an index or constraint goes, and a column of its table that goes too is in it. */
static bool
goes_with_column(const struct mig_script *script, const struct mig_db_object *user)
{
	if ((user->kind != MIG_DB_CONSTRAINT && user->kind != MIG_DB_INDEX) || script->passive ||
	    parent_goes(script, user) || mig_script_partner(script, user) != NULL)
		return false;
	size_t count = 0;
	const struct mig_script_use *uses = mig_script_uses_of(&script->uses[0], user, &count);
	for (size_t i = 0; i < count; i++)
		if (uses[i].target->kind == MIG_DB_COLUMN &&
		    uses[i].target->parent == user->parent &&
		    mig_script_partner(script, uses[i].target) == NULL)
			return true;
	return false;
}

/* Whether the column is from a parent on both sides: it is dropped and made with the parent's. */
static bool
stays_inherited(const struct mig_db_object *before, const struct mig_db_object *after)
{
	return mig_db_as_column(before)->inherited && mig_db_as_column(after)->inherited;
}

/* Take the user of a member in, if it has to be. */
static void
take_user(struct mig_script *script, size_t place, const struct mig_db_object *user)
{
	enum mig_script_action action;
	if (user->kind == MIG_DB_COLUMN && user->parent->kind == MIG_DB_COMPOSITE)
		user = user->parent;
	if (is_inherited(user) || !follows(script, &script->nodes[place], user, &action))
		return;
	/* What goes with its table or column goes before; but of a table not its foreign keys. */
	if ((!script->passive && parent_goes(script, user) && !mig_db_is_foreign_key(user)) ||
	    goes_with_column(script, user))
		return;
	const struct mig_db_object *after =
	    script->passive ? user : mig_script_partner(script, user);
	if (user->kind == MIG_DB_COLUMN &&
	    (after == NULL || (action == MIG_NODE_REMAKE && stays_inherited(user, after))))
		return;
	size_t number = mig_script_map_get(&script->node_of, user);
	if (number == 0) {
		number = add_node(script, user, after, action) + 1;
		if (script->failed)
			return;
		if (action == MIG_NODE_RETYPE && !is_type(script->nodes[place].item.before->kind))
			script->nodes[number - 1].soft = column_soft(script, user, after);
	}
	struct mig_script_node *node = &script->nodes[number - 1];
	if (action > node->action ||
	    (action == MIG_NODE_RETYPE && node->soft &&
	        is_type(script->nodes[place].item.before->kind))) {
		/* More than was thought: its users have to be looked at again. */
		node->action = action;
		node->soft = false;
		node->group = 0;
	}
	unite(script, place, number - 1);
}

/* The keys that a table has to others, and its parts that are new. */
static void
take_table(struct mig_script *script, size_t place)
{
	const struct mig_db_object *before = script->nodes[place].item.before;
	const struct mig_db_object *after = script->nodes[place].item.after;
	size_t count = 0;
	if (before != NULL && before->kind == MIG_DB_TABLE) {
		const struct mig_db_table *table = mig_db_as_table(before);
		for (size_t i = 0; i < table->constraints_count && !script->failed; i++)
			if (mig_pg_leads_away(table->constraints[i]))
				take_user(script, place, &table->constraints[i]->base);
	}
	if (after == NULL || after->kind != MIG_DB_TABLE || script->passive)
		return;
	const struct mig_script_use *users = mig_script_users_of(&script->uses[1], after, &count);
	for (size_t i = 0; i < count && !script->failed; i++) {
		const struct mig_db_object *child = users[i].user;
		const struct mig_db_op *op = mig_script_op(script, child);
		if (child->kind != MIG_DB_TABLE || op == NULL || op->what != MIG_DB_ADDED ||
		    mig_db_as_table(child)->partition_of == NULL ||
		    mig_script_map_get(&script->node_of, child) > 0)
			continue;
		size_t number = add_node(script, NULL, child, MIG_NODE_REMAKE);
		if (!script->failed)
			unite(script, place, number);
	}
}

/*
 * Whether the table of a column is partitioned by it, or a partition of that: tables use columns
 * for nothing else, and those of their parents as their own.
 */
static bool
partitions_by(const struct mig_script *script, const struct mig_db_object *column)
{
	size_t count = 0;
	const struct mig_script_use *users =
	    mig_script_users_of(&script->uses[0], column, &count);
	for (size_t i = 0; i < count; i++)
		if (users[i].user->kind == MIG_DB_TABLE &&
		    mig_db_as_table(users[i].user)->partition_key != NULL)
			return true;
	return false;
}

/* The server does not alter a column by which rows are placed: the whole table is made anew. */
static void
take_whole(struct mig_script *script, size_t place)
{
	const struct mig_db_object *column = script->nodes[place].item.before;
	if (column == NULL || column->kind != MIG_DB_COLUMN || script->passive ||
	    script->nodes[place].action != MIG_NODE_RETYPE ||
	    !partitions_by(script, column))
		return;
	const struct mig_db_object *table = column->parent;
	const struct mig_db_object *after = mig_script_partner(script, table);
	size_t number = mig_script_map_get(&script->node_of, table);
	if (after == NULL)
		return;
	if (number == 0)
		number = add_node(script, table, after, MIG_NODE_REMAKE) + 1;
	if (!script->failed)
		unite(script, place, number - 1);
}

static void
take_users(struct mig_script *script, size_t place)
{
	const struct mig_db_object *before = script->nodes[place].item.before;
	size_t count = 0;
	const struct mig_script_use *users =
	    before != NULL ? mig_script_users_of(&script->uses[0], before, &count) : NULL;
	for (size_t i = 0; i < count && !script->failed; i++)
		take_user(script, place, users[i].user);
	take_whole(script, place);
	if (script->nodes[place].action == MIG_NODE_REMAKE)
		take_table(script, place);
}

/* group is used as a mark here: its users have been taken in. */
static void
take_all_users(struct mig_script *script)
{
	bool more = true;

	while (more && !script->failed) {
		more = false;
		for (size_t i = 0; i < script->nodes_count && !script->failed; i++) {
			if (script->nodes[i].group != 0)
				continue;
			script->nodes[i].group = 1;
			take_users(script, i);
			more = true;
		}
	}
}

/* The thing of another kind that takes the name of one that goes, and so its place. */
static const struct mig_db_object *
successor(const struct mig_script *script, const struct mig_db_op *op)
{
	static const enum mig_db_kind relations[] = { MIG_DB_TABLE };
	static const enum mig_db_kind types[] = { MIG_DB_ENUM, MIG_DB_DOMAIN, MIG_DB_COMPOSITE,
		MIG_DB_RANGE_TYPE };
	const struct mig_db_object *before = op->before;
	if (op->what != MIG_DB_DROPPED || before->parent != NULL)
		return NULL;
	bool relation = before->kind == MIG_DB_TABLE || before->kind == MIG_DB_VIEW ||
	    before->kind == MIG_DB_MATVIEW;
	const enum mig_db_kind *kinds = relation ? relations : types;
	size_t count = relation ? COUNT_OF(relations) : COUNT_OF(types);
	if (!relation && !is_type(before->kind))
		return NULL;
	for (size_t i = 0; i < count; i++) {
		const struct mig_db_object *after =
		    mig_db_find(script->after, kinds[i], before->schema, before->name);
		const struct mig_db_op *other = after != NULL ? mig_script_op(script, after) : NULL;
		if (other != NULL && other->what == MIG_DB_ADDED)
			return after;
	}
	return NULL;
}

static void
find_members(struct mig_script *script)
{
	for (size_t i = 0; i < script->ops_count && !script->failed; i++) {
		const struct mig_db_op *op = &script->ops[i];
		enum mig_script_action action;
		const struct mig_db_object *after = successor(script, op);
		if ((!is_seed(op, &action) && after == NULL) || mig_pg_goes_with_parent(script, op))
			continue;
		size_t place =
		    add_node(script, op->before, after != NULL ? after : op->after, action);
		if (!script->failed && action == MIG_NODE_RETYPE)
			script->nodes[place].soft = column_soft(script, op->before, op->after);
	}
	take_all_users(script);
}

void
mig_script_clusters(struct mig_script *script)
{
	find_members(script);
	if (!script->failed)
		mig_clusters_write(script);
}

/* A column whose type the undo alters and by which its table is partitioned; NULL: none is. */
static const struct mig_db_object *
retyped_key(const struct mig_script *script)
{
	for (size_t n = 0; n < script->nodes_count; n++)
		if (script->nodes[n].action == MIG_NODE_RETYPE &&
		    partitions_by(script, script->nodes[n].item.before))
			return script->nodes[n].item.before;
	return NULL;
}

/* The cluster of its own that an enumeration makes when it is to lose labels again. */
void
mig_script_enum_undo(
    struct mig_script *script, const struct mig_db_op *op, struct mig_script_step *step)
{
	struct mig_script saved = *script;
	script->node_of = (struct mig_script_map){ .cap = 0 };
	script->nodes = NULL;
	script->nodes_count = script->nodes_cap = 0;
	script->passive = true;
	add_node(script, op->before, op->after, MIG_NODE_REMAKE);
	if (!script->failed)
		take_all_users(script);
	const struct mig_db_object *key = script->failed ? NULL : retyped_key(script);
	if (key != NULL)
		step->script.irreversible = mig_sql_text(script,
		    "%s.%s has this type, and rows are placed by it; the new labels can stay, "
		    "unused",
		    key->parent->name, key->name);
	else if (!script->failed)
		mig_cluster_write_undo(script, step);
	free(script->nodes);
	mig_script_map_fini(&script->node_of);
	script->node_of = saved.node_of;
	script->nodes = saved.nodes;
	script->nodes_count = saved.nodes_count;
	script->nodes_cap = saved.nodes_cap;
	script->passive = false;
}
