/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include "config.h"

#include <string.h>

#include "schema/script_order_int.h"

/* Parents of parents, so far up. */
#define PARENTS_MAX 16

const struct mig_db_table *
mig_script_parent_meanwhile(
    const struct mig_script *script, const struct mig_db_table *partition, bool back)
{
	const struct mig_db *own = back ? script->before : script->after;
	const struct mig_db *other = back ? script->after : script->before;
	const struct mig_db_object *found = NULL;
	const struct mig_db_table *table = partition;
	for (int up = 0; up < PARENTS_MAX && found == NULL && table->partition_of != NULL; up++) {
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

/* A partition to whose rows others refer goes when the keys to the whole have gone, if they do. */
static void
order_by_keys(struct mig_order *order, size_t number, const struct mig_db_object *table)
{
	const struct mig_script *script = order->script;
	const struct mig_db_ref *ref =
	    table->kind == MIG_DB_TABLE ? mig_db_as_table(table)->partition_of : NULL;
	for (int up = 0; ref != NULL && up < PARENTS_MAX; up++) {
		const struct mig_db_object *whole =
		    mig_db_find(script->before, MIG_DB_TABLE, ref->schema, ref->name);
		size_t count = 0;
		const struct mig_script_use *users =
		    mig_script_users_of(&script->uses[0], whole, &count);
		for (size_t i = 0; i < count; i++) {
			size_t at = users[i].user->kind == MIG_DB_CONSTRAINT ?
			    mig_script_map_get(&order->ends.first, users[i].user) :
			    0;
			if (at > 0)
				mig_order_edge(
				    order, mig_order_link_at(&order->ends, at)->step, number);
		}
		ref = whole != NULL && whole->kind == MIG_DB_TABLE ?
		    mig_db_as_table(whole)->partition_of :
		    NULL;
	}
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
			if (early > 0 && kinds[k] == MIG_DB_CONSTRAINT)
				mig_order_edge(order, early - 1, number);
			size_t other = at > 0 ? mig_order_link_at(index, at)->step : number;
			mig_order_edge(order, back ? other : number, back ? number : other);
		}
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
	bool from = item->before != NULL ? mig_db_as_column(item->before)->inherited :
	                                   mig_db_as_table(op->before)->partition_of != NULL;
	bool to = item->after != NULL ? mig_db_as_column(item->after)->inherited :
	                                mig_db_as_table(op->after)->partition_of != NULL;
	if (from == to)
		return;
	if (from)
		mig_order_edge(order, moved - 1, number);
	else
		mig_order_edge(order, number, moved - 1);
}

/* A table as it is before and after; NULL: it is not there. */
static void
both_sides(const struct mig_script *script, const struct mig_db_object *table,
    const struct mig_db_object *ret_sides[2])
{
	const struct mig_db_op *op = mig_script_op(script, table);
	bool changed = op != NULL && op->what == MIG_DB_CHANGED;
	ret_sides[0] = changed ? op->before : mig_db_find_same(script->before, table);
	ret_sides[1] = changed ? op->after : mig_db_find_same(script->after, table);
}

/* A foreign key to its own table: the server makes keys of its own of it, for each partition. */
static bool
leads_home(const struct mig_db_object *part)
{
	const struct mig_db_constraint *key =
	    part->kind == MIG_DB_CONSTRAINT ? mig_db_as_constraint(part) : NULL;
	return key != NULL && key->type == MIG_DB_FOREIGN_KEY &&
	    mig_db_same(key->ref_table, part->parent->name) &&
	    mig_db_same(key->ref_schema, part->parent->schema);
}

/*
 * What comes to a parent, goes, or gets a name, does so in all its children: those that leave it
 * do so before, those that join it come after.  A name that the server may choose is taken before
 * a child that stays gets another place.
 */
static void
order_part_by_moves(struct mig_order *order, size_t number, const struct mig_script_item *item)
{
	struct mig_script *script = order->script;
	const struct mig_db_object *part = item->before != NULL ? item->before : item->after;
	bool renames = script->steps[number]->frees && part->kind == MIG_DB_CONSTRAINT;
	int taken = renames && leads_home(part) ? 1 : -1;
	if (part->parent == NULL || part->parent->kind != MIG_DB_TABLE ||
	    (item->before != NULL && item->after != NULL && !renames))
		return;
	const struct mig_db_object *sides[2];
	both_sides(script, part->parent, sides);
	for (int side = 0; side < 2 && sides[0] != NULL && sides[1] != NULL; side++) {
		size_t count = 0;
		const struct mig_script_use *users =
		    mig_script_users_of(&script->uses[side], sides[side], &count);
		for (size_t i = 0; i < count; i++) {
			const struct mig_db_op *op = mig_script_op(script, users[i].user);
			size_t moved = mig_script_map_get(&script->moved, users[i].user);
			if (moved == 0 || op == NULL ||
			    (side != taken &&
			        mig_db_has_parent(
			            side == 0 ? op->after : op->before, sides[1 - side])))
				continue;
			if (side == 0)
				mig_order_edge(order, moved - 1, number);
			else
				mig_order_edge(order, number, moved - 1);
		}
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
		if (item->after != NULL && item->before == NULL)
			after_siblings(order, number, item->after);
		if (item->before != NULL && (item->after == NULL || step->moves))
			order_by_keys(order, number, item->before);
		if (item->after == NULL || item->before == NULL)
			order_partition(order, number,
			    item->after != NULL ? item->after : item->before, item->after == NULL);
	}
}
