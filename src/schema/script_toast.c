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

/* A step that changes the options of a table, and what is done with that table's columns. */
struct storing {
	struct mig_order *order;
	size_t number;
	bool comes;                 /* options come */
	struct mig_script_map seen; /* parents that were looked at */
};

/* A column that comes from a parent is changed there. */
static void
order_lineage(struct storing *storing, const struct mig_db_object *table, int depth)
{
	const struct mig_script *script = storing->order->script;
	size_t count = 0;
	const struct mig_db_ref *refs = mig_db_parents(table, &count);
	order_columns(storing->order, storing->number, table, storing->comes);
	for (size_t i = 0; i < count && depth < MIG_SCRIPT_LEVELS_MAX; i++) {
		const struct mig_db_object *parent =
		    mig_db_find(storing->comes ? script->after : script->before, MIG_DB_TABLE,
		        refs[i].schema, refs[i].name);
		if (parent != NULL && parent->kind == MIG_DB_TABLE &&
		    mig_script_first(&storing->seen, parent))
			order_lineage(storing, parent, depth + 1);
	}
}

void
mig_order_by_toast(struct mig_order *order, size_t number)
{
	const struct mig_script_step *step = order->script->steps[number];
	if (!step->stores)
		return;
	const struct mig_script_item *item = &step->items[0];
	bool to = has_toast_options(item->after);
	if (has_toast_options(item->before) == to)
		return;
	struct storing storing = { .order = order, .number = number, .comes = to };
	order_lineage(&storing, to ? item->after : item->before, 0);
	mig_script_map_fini(&storing.seen);
}
