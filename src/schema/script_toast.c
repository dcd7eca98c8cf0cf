/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include "config.h"

#include <string.h>

#include "schema/script_order_int.h"

/*
 * Options of a TOAST table are kept while there is one, and there is none before the table has a
 * column that can be long.
 */

static bool
has_toast_options(const struct mig_db_object *table)
{
	const char *options = table->kind == MIG_DB_TABLE ? mig_db_as_table(table)->options : NULL;
	return options != NULL && strstr(options, "toast.") != NULL;
}

/* Options that come do so after what is done with the columns, those that go before. */
static void
order_columns(struct mig_order *order, size_t number, const struct mig_db_object *table, bool comes)
{
	const struct mig_order_index *index = comes ? &order->makes : &order->ends;
	size_t count = 0;
	struct mig_db_object *const *columns = mig_db_parts(table, MIG_DB_COLUMN, &count);
	for (size_t i = 0; i < count; i++) {
		size_t at = mig_script_map_get(&index->first, columns[i]);
		for (; at != 0; at = mig_order_link_at(index, at)->next) {
			size_t other = mig_order_link_at(index, at)->step;
			mig_order_edge(order, comes ? other : number, comes ? number : other);
		}
	}
}

/* A column that comes from a parent is changed there. */
static void
order_lineage(
    struct mig_order *order, size_t number, const struct mig_db_object *table, bool comes)
{
	const struct mig_script *script = order->script;
	struct mig_script_walk walk = { .count = 0 };
	for (; table != NULL; table = mig_script_walk_next(&walk)) {
		size_t count = 0;
		const struct mig_db_ref *refs = mig_db_parents(table, &count);
		order_columns(order, number, table, comes);
		for (size_t i = 0; i < count; i++) {
			const struct mig_db_object *parent =
			    mig_db_find(comes ? script->after : script->before, MIG_DB_TABLE,
			        refs[i].schema, refs[i].name);
			if (parent != NULL && parent->kind == MIG_DB_TABLE)
				mig_script_walk_add(script, &walk, parent);
		}
	}
	mig_script_walk_fini(&walk);
}

void
mig_order_by_toast(struct mig_order *order, size_t number)
{
	const struct mig_script_step *step = order->script->steps[number];
	if (!step->stores)
		return;
	const struct mig_script_item *item = &step->items[0];
	bool to = has_toast_options(item->after);
	if (has_toast_options(item->before) != to)
		order_lineage(order, number, to ? item->after : item->before, to);
}
