/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include "config.h"

#include "schema/script_order_int.h"

/* No logged table may have a foreign key to an unlogged one, not for a moment. */

/* A key that goes does so before the step, one that comes does so after it. */
static void
order_key(struct mig_order *order, size_t number, const struct mig_db_object *key, bool goes)
{
	const struct mig_db_object *chain[2] = { key, key->parent };
	for (size_t i = 0; i < COUNT_OF(chain); i++) {
		const struct mig_db_op *op = mig_script_op(order->script, chain[i]);
		if (op == NULL || op->what != (goes ? MIG_DB_DROPPED : MIG_DB_ADDED))
			continue;
		const struct mig_order_index *index = goes ? &order->ends : &order->makes;
		size_t at = mig_script_map_get(&index->first, chain[i]);
		if (at == 0)
			continue;
		size_t other = mig_order_link_at(index, at)->step;
		mig_order_edge(order, goes ? other : number, goes ? number : other);
		return;
	}
}

/* A table that refers to this one and is altered, too: first if unlogged, last if logged. */
static void
order_referrer(struct mig_order *order, size_t number, const struct mig_db_object *key)
{
	const struct mig_script_step *step = order->script->steps[number];
	size_t other = mig_script_map_get(&order->script->logged, key->parent);
	if (other == 0 || other - 1 == number)
		return;
	bool first = mig_db_as_table(step->items[0].after)->unlogged;
	mig_order_edge(order, first ? other - 1 : number, first ? number : other - 1);
}

static void
order_keys(struct mig_order *order, size_t number, const struct mig_db_object *table, int side)
{
	size_t count = 0;
	struct mig_db_object *const *own = mig_db_parts(table, MIG_DB_CONSTRAINT, &count);
	for (size_t i = 0; i < count; i++)
		if (mig_db_is_foreign_key(own[i]))
			order_key(order, number, own[i], side == 0);
	const struct mig_script_use *users =
	    mig_script_users_of(&order->script->uses[side], table, &count);
	for (size_t i = 0; i < count; i++) {
		if (!mig_db_is_foreign_key(users[i].user) || users[i].user->parent == table)
			continue;
		order_key(order, number, users[i].user, side == 0);
		if (side == 0)
			order_referrer(order, number, users[i].user);
	}
}

void
mig_order_by_logging(struct mig_order *order, size_t number)
{
	const struct mig_script_step *step = order->script->steps[number];
	const struct mig_script_item *item = step->items_count == 1 ? &step->items[0] : NULL;
	if (item == NULL || item->before == NULL || item->after == NULL ||
	    mig_script_map_get(&order->script->logged, item->before) != number + 1)
		return;
	order_keys(order, number, item->before, 0);
	order_keys(order, number, item->after, 1);
}
