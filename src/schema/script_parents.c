/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include "config.h"

#include <string.h>

#include "schema/script_order_int.h"

/* Whether a table of one side has another as its parent, or as one of its parents' parents. */
static bool
is_under(const struct mig_script *script, const struct mig_db *db,
    const struct mig_db_object *child, const struct mig_db_object *parent)
{
	struct mig_script_walk walk = { .count = 0 };
	bool under = false;
	for (; child != NULL && !under; child = mig_script_walk_next(&walk)) {
		size_t count = 0;
		const struct mig_db_ref *refs = mig_db_parents(child, &count);
		under = mig_db_has_parent(child, parent);
		for (size_t i = 0; i < count && !under; i++) {
			const struct mig_db_object *next =
			    mig_db_find(db, MIG_DB_TABLE, refs[i].schema, refs[i].name);
			if (next != NULL && next->kind == MIG_DB_TABLE)
				mig_script_walk_add(script, &walk, next);
		}
	}
	mig_script_walk_fini(&walk);
	return under;
}

bool
mig_script_leaves(const struct mig_script *script, const struct mig_db_object *child,
    const struct mig_db_object *parent)
{
	if (child->kind != MIG_DB_TABLE || parent->kind != MIG_DB_TABLE ||
	    !is_under(script, script->before, child, parent))
		return false;
	const struct mig_db_object *new_child = mig_script_partner(script, child);
	const struct mig_db_object *new_parent = mig_script_partner(script, parent);
	return new_child != NULL && new_parent != NULL && new_child->kind == MIG_DB_TABLE &&
	    !is_under(script, script->after, new_child, new_parent);
}

static const struct mig_db_object *
parents_check(const struct mig_db *db, const struct mig_db_object *check)
{
	const struct mig_db_table *table = mig_db_as_table(check->parent);
	for (size_t i = 0; i < table->inherits_count; i++) {
		const struct mig_db_object *parent = mig_db_find(
		    db, MIG_DB_TABLE, table->inherits[i].schema, table->inherits[i].name);
		const struct mig_db_object *found = parent == NULL ?
		    NULL :
		    mig_db_find_part(parent, MIG_DB_CONSTRAINT, check->name);
		if (found != NULL)
			return found;
	}
	return NULL;
}

const struct mig_db_object *
mig_script_check_origin(const struct mig_db *db, const struct mig_db_object *check)
{
	const struct mig_db_object *origin = check;
	for (int up = 0; origin != NULL && up < MIG_SCRIPT_LEVELS_MAX &&
	     mig_db_as_constraint(origin)->inherited;
	     up++)
		origin = parents_check(db, origin);
	return origin != NULL && mig_db_as_constraint(origin)->inherited ? NULL : origin;
}

const struct mig_db_table *
mig_script_parent_meanwhile(
    const struct mig_script *script, const struct mig_db_table *partition, bool back)
{
	const struct mig_db *own = back ? script->before : script->after;
	const struct mig_db *other = back ? script->after : script->before;
	const struct mig_db_object *found = NULL;
	const struct mig_db_table *table = partition;
	for (int up = 0; up < MIG_SCRIPT_LEVELS_MAX && found == NULL && table->partition_of != NULL;
	     up++) {
		const struct mig_db_object *parent = mig_db_find(
		    own, MIG_DB_TABLE, table->partition_of->schema, table->partition_of->name);
		if (parent == NULL || parent->kind != MIG_DB_TABLE)
			return NULL;
		const struct mig_db_op *op = mig_script_op(script, parent);
		if (op != NULL)
			found = back ? op->after : op->before;
		else
			found = mig_db_find_same(other, parent);
		table = mig_db_as_table(parent);
	}
	if (found == NULL || found->kind != MIG_DB_TABLE || script->passive ||
	    mig_script_clustered(script, found) == ~0U)
		return NULL;
	return mig_db_as_table(found);
}

bool
mig_script_part_meanwhile(
    const struct mig_script *script, const struct mig_db_object *part, bool back)
{
	const struct mig_db_op *op = mig_script_op(script, part);
	bool alone = op != NULL && op->what == (back ? MIG_DB_ADDED : MIG_DB_DROPPED);
	if (part->kind == MIG_DB_COLUMN)
		return alone;
	bool other = op != NULL && op->what == MIG_DB_CHANGED &&
	    (op->aspects & (MIG_DB_DEFINITION | (back ? MIG_DB_NAME : 0U))) != 0 &&
	    mig_script_clustered(script, op->before) == 0;
	return (alone || other) && part->kind == MIG_DB_CONSTRAINT &&
	    mig_db_as_constraint(part)->type == MIG_DB_CHECK &&
	    !mig_db_as_constraint(part)->no_inherit;
}

/*
 * The step, and 1, that has to come before a part of a whole goes or comes for a key to that: what
 * drops the key, as rows of the part may be referred to, and what gives it a name, as the server
 * makes keys for each new part, whose names must not be those that others are to get.
 */
static size_t
step_of_key(const struct mig_order *order, const struct mig_db_object *key, bool goes)
{
	if (!goes)
		return mig_script_map_get(&order->script->early, key);
	size_t at = mig_script_map_get(&order->ends.first, key);
	return at > 0 ? mig_order_link_at(&order->ends, at)->step + 1 : 0;
}

/* A part goes or comes after what is done with the keys to its whole; its own leave with it. */
static void
order_by_keys(struct mig_order *order, size_t number, const struct mig_db_object *part, bool goes)
{
	const struct mig_script *script = order->script;
	const struct mig_db *db = goes ? script->before : script->after;
	bool any = part->kind == MIG_DB_TABLE && (goes || script->early.count > 0);
	const struct mig_db_ref *ref = any ? mig_db_as_table(part)->partition_of : NULL;
	for (int up = 0; ref != NULL && up < MIG_SCRIPT_LEVELS_MAX; up++) {
		const struct mig_db_object *whole =
		    mig_db_find(db, MIG_DB_TABLE, ref->schema, ref->name);
		size_t count = 0;
		const struct mig_script_use *users =
		    mig_script_users_of(&script->uses[goes ? 0 : 1], whole, &count);
		for (size_t i = 0; i < count; i++) {
			const struct mig_db_object *key = users[i].user;
			bool counts = mig_db_is_foreign_key(key) && (!goes || key->parent != part);
			size_t other = counts ? step_of_key(order, key, goes) : 0;
			if (other > 0)
				mig_order_edge(order, other - 1, number);
		}
		ref = whole != NULL && whole->kind == MIG_DB_TABLE ?
		    mig_db_as_table(whole)->partition_of :
		    NULL;
	}
}

/*
 * NOT NULL of the whole is asked of its partitions: one that is new comes when it has gone, or has
 * come whole, and one that goes does so before it comes, to be made again when it has gone again.
 */
static void
order_by_not_null(
    struct mig_order *order, size_t number, const struct mig_db_object *part, bool back)
{
	const struct mig_script *script = order->script;
	const struct mig_db_op *op = mig_script_op(script, part);
	if (part->kind != MIG_DB_COLUMN || op == NULL || op->what != MIG_DB_CHANGED)
		return;
	size_t set = mig_script_map_get(&script->strict, op->after);
	size_t dropped = mig_script_map_get(&script->strict, op->before);
	if (set > 0 && back)
		mig_order_edge(order, number, set - MIG_STRICT_STEPS);
	else if (set > 0)
		mig_order_edge(order, set - 1, number);
	if (dropped > 0 && !back)
		mig_order_edge(order, dropped - 1, number);
}

/* A partition is made before its parent loses something, and goes after that has got more. */
static void
order_partition(
    struct mig_order *order, size_t number, const struct mig_db_object *table, bool back)
{
	static const enum mig_db_kind kinds[] = { MIG_DB_COLUMN, MIG_DB_CONSTRAINT };
	const struct mig_script *script = order->script;
	const struct mig_db_table *parent = table->kind == MIG_DB_TABLE ?
	    mig_script_parent_meanwhile(script, mig_db_as_table(table), back) :
	    NULL;
	const struct mig_order_index *index = back ? &order->makes : &order->ends;
	for (size_t k = 0; parent != NULL && k < COUNT_OF(kinds); k++) {
		size_t count = 0;
		struct mig_db_object *const *parts = mig_db_parts(&parent->base, kinds[k], &count);
		for (size_t i = 0; i < count; i++) {
			size_t at = mig_script_part_meanwhile(script, parts[i], back) ?
			    mig_script_map_get(&index->first, parts[i]) :
			    0;
			size_t early = mig_script_map_get(&script->early, parts[i]);
			order_by_not_null(order, number, parts[i], back);
			if (early > 0 && kinds[k] == MIG_DB_CONSTRAINT)
				mig_order_edge(order, early - 1, number);
			size_t other = at > 0 ? mig_order_link_at(index, at)->step : number;
			mig_order_edge(order, back ? other : number, back ? number : other);
		}
	}
}

/* What a new child makes of a check that is not valid speaks of the check's new name. */
static void
order_by_check_names(
    struct mig_order *order, size_t number, const struct mig_db_object *table, bool back)
{
	struct mig_script *script = order->script;
	size_t count = 0;
	struct mig_db_object *const *checks =
	    table->kind == MIG_DB_TABLE ? mig_db_parts(table, MIG_DB_CONSTRAINT, &count) : NULL;
	for (size_t i = 0; i < count; i++) {
		const struct mig_db_constraint *check = mig_db_as_constraint(checks[i]);
		const struct mig_db_object *origin = check->inherited && check->not_valid ?
		    mig_script_check_origin(back ? script->before : script->after, checks[i]) :
		    NULL;
		size_t early = mig_script_map_get(&script->early, origin);
		if (origin != NULL && early > 0)
			mig_order_edge(order, early - 1, number);
	}
}

/* A new part of a table may take the place of one that goes or moves. */
static void
after_siblings(struct mig_order *order, size_t number, const struct mig_db_object *made)
{
	struct mig_script *script = order->script;
	const struct mig_db_ref *ref =
	    made->kind == MIG_DB_TABLE ? mig_db_as_table(made)->partition_of : NULL;
	const struct mig_db_object *parent =
	    ref != NULL ? mig_db_find(script->after, MIG_DB_TABLE, ref->schema, ref->name) : NULL;
	if (parent == NULL)
		return;
	const struct mig_db_op *op = mig_script_op(script, parent);
	const struct mig_db_object *before = op != NULL ?
	    op->before :
	    mig_db_find(script->before, MIG_DB_TABLE, parent->schema, parent->name);
	size_t count = 0;
	const struct mig_script_use *users =
	    before != NULL ? mig_script_users_of(&script->uses[0], before, &count) : NULL;
	for (size_t i = 0; i < count; i++) {
		const struct mig_db_object *sibling = users[i].user;
		size_t moved = mig_script_map_get(&script->moved, sibling);
		size_t at = mig_script_map_get(&order->ends.first, sibling);
		if (sibling->kind != MIG_DB_TABLE)
			continue;
		if (moved > 0 && moved - 1 != number)
			mig_order_edge(order, moved - 1, number);
		for (; at != 0; at = mig_order_link_at(&order->ends, at)->next)
			mig_order_edge(order, mig_order_link_at(&order->ends, at)->step, number);
	}
}

/* Whether a column comes from a parent, be it that its table has declared it as well. */
static bool
has_origin(const struct mig_script *script, const struct mig_db_object *column, int side)
{
	size_t count = 0;
	const struct mig_script_use *uses = mig_script_uses_of(&script->uses[side], column, &count);
	for (size_t i = 0; i < count; i++)
		if (uses[i].target->kind == MIG_DB_COLUMN &&
		    strcmp(uses[i].target->name, column->name) == 0)
			return true;
	return mig_db_as_column(column)->inherited;
}

/*
 * A column that its table had from a parent is the table's own once that has left the parent, and
 * has to be like the parent's before the table joins it.
 */
static void
order_column_by_move(struct mig_order *order, size_t number, const struct mig_script_item *item)
{
	const struct mig_db_object *part = item->before != NULL ? item->before : item->after;
	if (part->kind != MIG_DB_COLUMN)
		return;
	size_t moved = mig_script_map_get(&order->script->moved, part->parent);
	const struct mig_db_op *op = mig_script_op(order->script, part->parent);
	if (moved == 0 || op == NULL)
		return;
	/* The server lets nothing be done with the columns of a partition alone. */
	bool from = item->before != NULL ? has_origin(order->script, item->before, 0) :
	                                   mig_db_as_table(op->before)->partition_of != NULL;
	bool to = item->after != NULL ? has_origin(order->script, item->after, 1) :
	                                mig_db_as_table(op->after)->partition_of != NULL;
	if (from == to)
		return;
	if (from)
		mig_order_edge(order, moved - 1, number);
	else
		mig_order_edge(order, number, moved - 1);
}

/* A table as it is on one side; NULL: it is not there. */
static const struct mig_db_object *
table_of(const struct mig_script *script, const struct mig_db_object *table, int side)
{
	const struct mig_db_op *op = mig_script_op(script, table);
	if (op != NULL && op->what == MIG_DB_CHANGED)
		return side == 0 ? op->before : op->after;
	return mig_db_find_same(side == 0 ? script->before : script->after, table);
}

/* The foreign key of that definition which a table has; NULL: it has none. */
static const struct mig_db_constraint *
key_like(const struct mig_db_object *table, const struct mig_db_constraint *key)
{
	const struct mig_db_table *owner = mig_db_as_table(table);
	for (size_t i = 0; i < owner->constraints_count; i++)
		if (owner->constraints[i]->type == MIG_DB_FOREIGN_KEY &&
		    mig_db_same(owner->constraints[i]->base.definition, key->base.definition))
			return owner->constraints[i];
	return NULL;
}

bool
mig_script_key_goes_above(const struct mig_script *script, const struct mig_db_constraint *key)
{
	const struct mig_db_constraint *origin = key;
	if (key->type != MIG_DB_FOREIGN_KEY || key->base.definition == NULL)
		return false;
	for (int up = 0; origin != NULL && origin->inherited && up < MIG_SCRIPT_LEVELS_MAX; up++) {
		const struct mig_db_ref *ref = mig_db_as_table(origin->base.parent)->partition_of;
		const struct mig_db_object *whole = ref == NULL ?
		    NULL :
		    mig_db_find(script->before, MIG_DB_TABLE, ref->schema, ref->name);
		origin = whole != NULL ? key_like(whole, key) : NULL;
	}
	if (origin == NULL || origin == key || origin->inherited)
		return false;
	const struct mig_db_object *table = origin->base.parent;
	const struct mig_db_op *op = mig_script_op(script, &origin->base);
	return op != NULL && op->what == MIG_DB_DROPPED &&
	    mig_db_find(script->before, MIG_DB_TABLE, origin->ref_schema, origin->ref_table) ==
	    table;
}

/* Whether a part that leaves loses its key by the key's end in the whole, which has to be first. */
static bool
loses_key(const struct mig_script *script, const struct mig_db_object *child,
    const struct mig_db_object *part)
{
	if (!mig_db_is_foreign_key(part))
		return false;
	const struct mig_db_constraint *key = key_like(child, mig_db_as_constraint(part));
	const struct mig_db_op *op = key != NULL ? mig_script_op(script, &key->base) : NULL;
	return op != NULL && op->what == MIG_DB_DROPPED && mig_script_key_goes_above(script, key);
}

/* What a step does with a part of a table, and so with that of all its children. */
struct passing {
	struct mig_order *order;
	size_t number;
	const struct mig_db_object *part;
	int side;                          /* whose children they are */
	const struct mig_db_object *other; /* the table on the other side */
	bool staying;                      /* children that stay, but move, as well */
};

/* A child that leaves does so before, one that joins comes after. */
static void
order_child(const struct passing *passing, const struct mig_db_object *child)
{
	struct mig_script *script = passing->order->script;
	size_t moved = mig_script_map_get(&script->moved, child);
	const struct mig_db_op *op = mig_script_op(script, child);
	if (moved == 0 || op == NULL || loses_key(script, child, passing->part))
		return;
	if (!passing->staying &&
	    is_under(script, passing->side == 0 ? script->after : script->before,
	        passing->side == 0 ? op->after : op->before, passing->other))
		return;
	if (passing->side == 0)
		mig_order_edge(passing->order, moved - 1, passing->number);
	else
		mig_order_edge(passing->order, passing->number, moved - 1);
}

/* The children of a table, and theirs. */
static void
order_children(const struct passing *passing, const struct mig_db_object *table)
{
	const struct mig_script *script = passing->order->script;
	struct mig_script_walk walk = { .count = 0 };
	for (; table != NULL; table = mig_script_walk_next(&walk)) {
		size_t count = 0;
		const struct mig_script_use *users =
		    mig_script_users_of(&script->uses[passing->side], table, &count);
		for (size_t i = 0; i < count; i++)
			if (users[i].user->kind == MIG_DB_TABLE &&
			    mig_db_has_parent(users[i].user, table))
				mig_script_walk_add(script, &walk, users[i].user);
	}
	for (size_t i = 0; i < walk.next; i++)
		order_child(passing, walk.things[i]);
	mig_script_walk_fini(&walk);
}

/* A foreign key to its own table: the server makes keys of its own of it, for each partition. */
static bool
leads_home(const struct mig_db_object *part)
{
	const struct mig_db_constraint *key =
	    mig_db_is_foreign_key(part) ? mig_db_as_constraint(part) : NULL;
	return key != NULL && mig_db_same(key->ref_table, part->parent->name) &&
	    mig_db_same(key->ref_schema, part->parent->schema);
}

/*
 * What comes to a parent, goes, or is changed, does so in all its children.  A name that the server
 * may choose is taken before a child that stays gets another place.
 */
static void
order_part_by_moves(struct mig_order *order, size_t number, const struct mig_script_item *item)
{
	struct mig_script *script = order->script;
	const struct mig_db_object *part = item->before != NULL ? item->before : item->after;
	bool passes = script->steps[number]->passes;
	bool named = script->steps[number]->frees && leads_home(part);
	if (part->parent == NULL || part->parent->kind != MIG_DB_TABLE ||
	    script->moved.count == 0 ||
	    (item->before != NULL && item->after != NULL && !passes && !named))
		return;
	const struct mig_db_object *sides[2] = { table_of(script, part->parent, 0),
		table_of(script, part->parent, 1) };
	for (int side = 0; side < 2 && sides[0] != NULL && sides[1] != NULL; side++)
		order_children(&(struct passing){ order, number, part, side, sides[1 - side],
		                   named && side == 1 },
		    sides[side]);
}

/* A key that came from a whole is looked for in all heirs when it goes: so it does so before. */
static void
order_by_left_keys(struct mig_order *order, size_t number, const struct mig_db_object *left)
{
	size_t count = 0;
	struct mig_db_object *const *keys = mig_db_parts(left, MIG_DB_CONSTRAINT, &count);
	for (size_t i = 0; i < count; i++) {
		size_t at = mig_db_as_constraint(keys[i])->inherited ?
		    mig_script_map_get(&order->ends.first, keys[i]) :
		    0;
		for (; at != 0; at = mig_order_link_at(&order->ends, at)->next)
			mig_order_edge(order, mig_order_link_at(&order->ends, at)->step, number);
	}
}

/* A partition can have no heirs: these come after it has left, and leave before it becomes one. */
static void
order_heir(struct mig_order *order, size_t number, const struct mig_script_item *item, int side)
{
	const struct mig_script *script = order->script;
	const struct mig_db_object *heir = side == 0 ? item->before : item->after;
	const struct mig_db_object *other = side == 0 ? item->after : item->before;
	size_t count = 0;
	const struct mig_db_ref *refs =
	    heir != NULL && heir->kind == MIG_DB_TABLE ? mig_db_parents(heir, &count) : NULL;
	for (size_t i = 0; i < count; i++) {
		const struct mig_db_object *parent =
		    mig_db_find(side == 0 ? script->before : script->after, MIG_DB_TABLE,
		        refs[i].schema, refs[i].name);
		size_t moved = mig_script_map_get(&script->moved, parent);
		bool stays = parent != NULL && other != NULL && other->kind == MIG_DB_TABLE &&
		    mig_db_has_parent(other, parent);
		if (moved == 0 || moved - 1 == number || stays)
			continue;
		if (side == 0) {
			mig_order_edge(order, number, moved - 1);
		} else {
			mig_order_edge(order, moved - 1, number);
			order_by_left_keys(order, number, mig_script_op(script, parent)->before);
		}
	}
}

/* An heir that is dropped goes before its parent's columns become NOT NULL, as do its rows. */
static void
order_dropped_heir(struct mig_order *order, size_t number, const struct mig_db_object *heir)
{
	const struct mig_script *script = order->script;
	size_t count = 0;
	const struct mig_db_ref *refs =
	    heir->kind == MIG_DB_TABLE ? mig_db_parents(heir, &count) : NULL;
	for (size_t i = 0; i < count; i++) {
		const struct mig_db_object *parent =
		    mig_db_find(script->before, MIG_DB_TABLE, refs[i].schema, refs[i].name);
		size_t columns_count = 0;
		struct mig_db_object *const *columns =
		    parent != NULL ? mig_db_parts(parent, MIG_DB_COLUMN, &columns_count) : NULL;
		for (size_t k = 0; k < columns_count; k++)
			order_by_not_null(order, number, columns[k], true);
	}
}

/* A table that comes, goes or gets another parent. */
static void
order_table(struct mig_order *order, size_t number, const struct mig_script_item *item)
{
	bool moves = order->script->steps[number]->moves;
	if (item->before == NULL)
		after_siblings(order, number, item->after);
	if (item->after == NULL)
		order_dropped_heir(order, number, item->before);
	if (item->before != NULL && (item->after == NULL || moves)) {
		order_by_keys(order, number, item->before, true);
		order_heir(order, number, item, 0);
	}
	if (item->after != NULL && (item->before == NULL || moves)) {
		order_by_keys(order, number, item->after, false);
		order_heir(order, number, item, 1);
	}
}

void
mig_order_by_parents(struct mig_order *order, size_t number)
{
	const struct mig_script_step *step = order->script->steps[number];
	for (size_t i = 0; i < step->items_count; i++) {
		const struct mig_script_item *item = &step->items[i];
		order_column_by_move(order, number, item);
		order_part_by_moves(order, number, item);
		order_table(order, number, item);
		if (item->after != NULL && item->before != NULL)
			continue;
		bool back = item->after == NULL;
		order_partition(order, number, back ? item->before : item->after, back);
		order_by_check_names(order, number, back ? item->before : item->after, back);
	}
}
