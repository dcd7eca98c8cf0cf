/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "schema/script_order_int.h"

static bool
index_add(struct mig_order_index *index, const void *key, size_t step)
{
	if (index->count == index->cap) {
		size_t cap = index->cap == 0 ? 128 : index->cap * 2;
		struct mig_order_link *grown = reallocarray(index->links, cap, sizeof(*grown));
		if (grown == NULL)
			return false;
		index->links = grown;
		index->cap = cap;
	}
	size_t first = mig_script_map_get(&index->first, key);
	index->links[index->count++] = (struct mig_order_link){ step, first };
	return mig_script_map_set(&index->first, key, index->count);
}

const struct mig_order_link *
mig_order_link_at(const struct mig_order_index *index, size_t at)
{
	MIG_ASSERT(index->links != NULL && at > 0 && at <= index->count);
	return &index->links[at - 1];
}

void
mig_order_edge(struct mig_order *order, size_t from, size_t to)
{
	mig_step_wait(order->script, order->script->steps[to], order->script->steps[from]);
}

static const struct mig_script_item *
item_of(const struct mig_script_step *step, const struct mig_db_object *object)
{
	for (size_t i = 0; i < step->items_count; i++)
		if (step->items[i].before == object || step->items[i].after == object)
			return &step->items[i];
	return NULL;
}

/* What has a new name is known by it from here on. */
static void
after_rename(struct mig_order *order, size_t step, const struct mig_db_object *target)
{
	for (int up = 0; target != NULL && up < 2; up++) {
		size_t early = mig_script_map_get(&order->script->early, target);
		if (early > 0 && early - 1 != step)
			mig_order_edge(order, early - 1, step);
		target = target->parent;
	}
}

/* The steps that make the target have to come before; own: of those only that which adds it. */
static void
after_makers(struct mig_order *order, size_t step, const struct mig_db_object *target, bool own)
{
	struct mig_order_index *makes = &order->makes;
	size_t at = mig_script_map_get(&makes->first, target);
	bool parent = at == 0 && target->parent != NULL;
	after_rename(order, step, target);
	if (parent) {
		target = target->parent;
		at = mig_script_map_get(&makes->first, target);
	}
	for (; at != 0; at = mig_order_link_at(makes, at)->next) {
		size_t maker = mig_order_link_at(makes, at)->step;
		const struct mig_script_item *item = item_of(order->script->steps[maker], target);
		const struct mig_script_step *other = order->script->steps[maker];
		bool adds = item != NULL && item->before == NULL;
		bool alters = target->kind == MIG_DB_COLUMN || own;
		bool waits = adds || (!parent && (other->cluster || other->gives || !alters));
		if (maker != step && waits)
			mig_order_edge(order, maker, step);
	}
}

/* The steps that take the target away have to come later. */
static void
before_enders(
    struct mig_order *order, size_t step, bool dropped, const struct mig_db_object *target)
{
	struct mig_order_index *ends = &order->ends;
	size_t at = mig_script_map_get(&ends->first, target);
	if (at == 0 && target->parent != NULL) {
		target = target->parent;
		at = mig_script_map_get(&ends->first, target);
	}
	for (; at != 0; at = mig_order_link_at(ends, at)->next) {
		size_t ender = mig_order_link_at(ends, at)->step;
		const struct mig_script_step *other = order->script->steps[ender];
		const struct mig_script_item *item = item_of(other, target);
		bool goes = item != NULL && item->after == NULL;
		if (ender != step && (goes || other->takes || (other->cluster && dropped)))
			mig_order_edge(order, step, ender);
	}
}

static void
needs_of(struct mig_order *order, size_t step, const struct mig_db_object *user)
{
	size_t count = 0;
	const struct mig_script_use *uses =
	    mig_script_uses_of(&order->script->uses[1], user, &count);
	for (size_t i = 0; i < count; i++)
		after_makers(order, step, uses[i].target, false);
	if (user->parent != NULL)
		after_makers(order, step, user->parent, false);
}

/*
 * Whether a part of a table uses a parent's column only as the one that the table has from it,
 * which the server changes with the parent's, and checks with it.
 */
static bool
is_given(const struct mig_db_object *part, const struct mig_db_object *parents)
{
	bool check =
	    part->kind == MIG_DB_CONSTRAINT && mig_db_as_constraint(part)->type == MIG_DB_CHECK;
	if (parents->kind != MIG_DB_COLUMN || part->parent == parents->parent ||
	    part->parent == NULL || part->parent->kind != MIG_DB_TABLE ||
	    (part->kind != MIG_DB_COLUMN && !check))
		return false;
	const struct mig_db_object *own =
	    mig_db_find_part(part->parent, MIG_DB_COLUMN, parents->name);
	return own != NULL && mig_db_as_column(own)->inherited;
}

/* Whether a thing of the after side uses what has become of one of the before side. */
static bool
uses_now(const struct mig_script *script, const struct mig_db_object *user,
    const struct mig_db_object *target)
{
	const struct mig_db_object *now = mig_script_partner(script, target);
	size_t count = 0;
	const struct mig_script_use *uses =
	    user != NULL ? mig_script_uses_of(&script->uses[1], user, &count) : NULL;
	for (size_t i = 0; i < count; i++)
		if (uses[i].target == now)
			return true;
	return false;
}

/* Whether the step makes something that looks at a column of a parent, which then comes before. */
static bool
returns_to(const struct mig_script *script, const struct mig_script_step *step,
    const struct mig_db_object *part, const struct mig_db_object *parents)
{
	bool returns = false;
	if (!step->cluster || !is_given(part, parents))
		return false;
	for (size_t i = 0; i < step->items_count && !returns; i++)
		returns = uses_now(script, step->items[i].after, parents);
	return returns;
}

static void
leaves_of(struct mig_order *order, size_t step, bool dropped, const struct mig_db_object *user)
{
	size_t count = 0;
	const struct mig_script_use *uses =
	    mig_script_uses_of(&order->script->uses[0], user, &count);
	const struct mig_script *script = order->script;
	for (size_t i = 0; i < count; i++) {
		const struct mig_db_object *target = uses[i].target;
		bool gone = dropped && !returns_to(script, script->steps[step], user, target);
		before_enders(order, step, gone, target);
		/* The undo speaks of what the thing used by the names that it has then. */
		if (!script->steps[step]->leads)
			after_rename(order, step, target);
	}
	if (user->parent != NULL)
		before_enders(order, step, dropped, user->parent);
}

/* The kinds of which things have parts. */
static const enum mig_db_kind part_kinds[] = { MIG_DB_COLUMN, MIG_DB_CONSTRAINT, MIG_DB_INDEX,
	MIG_DB_TRIGGER };

/* What a thing that is made brings along, but for parts that have a step of their own. */
static void
needs_of_parts(struct mig_order *order, size_t step, const struct mig_db_object *object)
{
	for (size_t k = 0; k < COUNT_OF(part_kinds); k++) {
		size_t count = 0;
		struct mig_db_object *const *parts = mig_db_parts(object, part_kinds[k], &count);
		for (size_t i = 0; i < count; i++)
			if (mig_script_map_get(&order->makes.first, parts[i]) == 0)
				needs_of(order, step, parts[i]);
	}
}

static void
leaves_of_parts(struct mig_order *order, size_t step, const struct mig_db_object *object)
{
	for (size_t k = 0; k < COUNT_OF(part_kinds); k++) {
		size_t count = 0;
		struct mig_db_object *const *parts = mig_db_parts(object, part_kinds[k], &count);
		for (size_t i = 0; i < count; i++)
			if (mig_script_map_get(&order->ends.first, parts[i]) == 0)
				leaves_of(order, step, true, parts[i]);
	}
}

static bool
has_parts(const struct mig_db_object *object)
{
	return object->parent == NULL &&
	    (object->kind == MIG_DB_TABLE || object->kind == MIG_DB_VIEW ||
	        object->kind == MIG_DB_MATVIEW || object->kind == MIG_DB_DOMAIN ||
	        object->kind == MIG_DB_COMPOSITE);
}

/* A new name of a column asks for nothing, and all that is done with the column comes after it. */
static bool
renames_column(const struct mig_script *script, size_t number, const struct mig_script_item *item)
{
	return item->before != NULL && item->before->kind == MIG_DB_COLUMN &&
	    mig_script_map_get(&script->early, item->before) == number + 1;
}

static void
order_item_by_uses(struct mig_order *order, size_t number, const struct mig_script_item *item)
{
	const struct mig_script_step *step = order->script->steps[number];
	bool whole = !step->side && (item->before == NULL || item->after == NULL || step->cluster);
	if (step->side && item->after != NULL)
		after_makers(order, number, item->after, true);
	if (step->side && item->before != NULL)
		before_enders(order, number, item->after == NULL, item->before);
	if (item->after != NULL) {
		needs_of(order, number, item->after);
		if (whole && has_parts(item->after))
			needs_of_parts(order, number, item->after);
	}
	if (item->before != NULL) {
		leaves_of(order, number, item->after == NULL || step->moves, item->before);
		if (whole && has_parts(item->before))
			leaves_of_parts(order, number, item->before);
	}
}

/* The type whose columns, or their values, may stop a step that changes it; NULL: none may. */
static const struct mig_db_object *
stopped_by(const struct mig_script *script, const struct mig_script_step *step,
    const struct mig_script_item *item)
{
	const struct mig_db_object *type = item->after;
	bool strict = step->script.phase == MIG_SCRIPT_CONTRACT;
	if (type == NULL || step->cluster)
		return NULL;
	if (type->kind == MIG_DB_CONSTRAINT)
		type = type->parent;
	if ((type->kind != MIG_DB_DOMAIN || !strict) &&
	    (type->kind != MIG_DB_COMPOSITE || step->side))
		return NULL;
	const struct mig_db_op *op = mig_script_op(script, type);
	return op != NULL ? op->before : mig_db_find_same(script->before, type);
}

/* What a change of a type looks at is only what stays of its columns. */
static void
order_by_values(struct mig_order *order, size_t number, const struct mig_script_item *item)
{
	struct mig_script *script = order->script;
	const struct mig_db_object *type = stopped_by(script, script->steps[number], item);
	size_t count = 0;
	const struct mig_script_use *users =
	    type != NULL ? mig_script_users_of(&script->uses[0], type, &count) : NULL;
	for (size_t i = 0; i < count; i++) {
		const struct mig_db_object *user = users[i].user;
		if (user->kind != MIG_DB_COLUMN ||
		    uses_now(script, mig_script_partner(script, user), type))
			continue;
		size_t at = mig_script_map_get(&order->ends.first, user);
		if (at == 0)
			at = mig_script_map_get(&order->ends.first, user->parent);
		for (; at != 0; at = mig_order_link_at(&order->ends, at)->next)
			mig_order_edge(order, mig_order_link_at(&order->ends, at)->step, number);
	}
}

static void
order_by_uses(struct mig_order *order, size_t number)
{
	const struct mig_script_step *step = order->script->steps[number];
	for (size_t i = 0; i < step->items_count; i++) {
		if (renames_column(order->script, number, &step->items[i]))
			continue;
		order_item_by_uses(order, number, &step->items[i]);
		order_by_values(order, number, &step->items[i]);
	}
}

/* The rights of columns are given once they are there, and taken while they still are. */
static void
order_by_grants(struct mig_order *order, size_t number)
{
	const struct mig_script_step *step = order->script->steps[number];
	if (!step->grants)
		return;
	for (int side = 0; side < 2; side++) {
		const struct mig_db_object *whole =
		    side == 0 ? step->items[0].before : step->items[0].after;
		for (uint32_t i = 0; i < whole->extra->grants_count; i++) {
			const char *name = whole->extra->grants[i].column;
			const struct mig_db_object *column =
			    name != NULL ? mig_db_find_part(whole, MIG_DB_COLUMN, name) : NULL;
			if (column != NULL && side == 0)
				before_enders(order, number, false, column);
			else if (column != NULL)
				after_makers(order, number, column, false);
		}
	}
}

/* Whether the step could not be taken while a view looks at the column or table. */
static bool
unveils(const struct mig_script_step *step, const struct mig_db_object *object)
{
	const struct mig_script_item *item = item_of(step, object);
	const struct mig_db_op *op = mig_script_op(step->up.script, object);
	bool renames = op != NULL && op->kind == MIG_DB_COLUMN && op->what == MIG_DB_CHANGED &&
	    (op->aspects & MIG_DB_NAME) != 0;
	return step->cluster || renames || (item != NULL && item->after == NULL);
}

/* Renames come before all that touches the thing. */
static void
order_thing(struct mig_order *order, size_t number, const struct mig_db_object *object)
{
	struct mig_script *script = order->script;
	const struct mig_script_step *step = script->steps[number];
	const struct mig_db_object *chain[2] = { object, object->parent };
	for (size_t i = 0; i < COUNT_OF(chain) && chain[i] != NULL; i++) {
		size_t early = mig_script_map_get(&script->early, chain[i]);
		size_t veiled = mig_script_map_get(&script->veiled, chain[i]);
		if (early > 0 && early - 1 != number && !step->leads)
			mig_order_edge(order, early - 1, number);
		if (veiled > 0 && veiled - 1 != number && unveils(step, object))
			mig_order_edge(order, veiled - 1, number);
	}
}

static void
order_by_early(struct mig_order *order, size_t number)
{
	const struct mig_script_step *step = order->script->steps[number];
	for (size_t i = 0; i < step->items_count; i++) {
		if (step->items[i].before != NULL)
			order_thing(order, number, step->items[i].before);
		if (step->items[i].after != NULL)
			order_thing(order, number, step->items[i].after);
	}
}

/* What asks for NOT NULL: a primary key of its columns, and an identity; a serial does not. */
static bool
is_strict(const struct mig_db_object *object)
{
	if (object == NULL)
		return false;
	if (object->kind == MIG_DB_COLUMN && object->parent->kind == MIG_DB_TABLE)
		return mig_db_as_column(object)->identity != MIG_DB_IDENTITY_NONE &&
		    mig_db_as_column(object)->identity != MIG_DB_SERIAL;
	return object->kind == MIG_DB_CONSTRAINT &&
	    mig_db_as_constraint(object)->type == MIG_DB_PRIMARY_KEY;
}

/* The step on which NOT NULL of a column hangs has to come before, or after, another. */
static void
order_strict(struct mig_order *order, size_t number, const struct mig_db_object *column, bool made)
{
	size_t strict = mig_script_map_get(&order->script->strict, column);
	if (strict == 0 || strict - 1 == number)
		return;
	if (made)
		mig_order_edge(order, strict - 1, number);
	else
		mig_order_edge(order, number, strict - 1);
}

static void
order_by_strict(struct mig_order *order, size_t number)
{
	const struct mig_script_step *step = order->script->steps[number];
	for (size_t i = 0; i < step->items_count; i++) {
		for (int side = 0; side < 2; side++) {
			const struct mig_db_object *object =
			    side == 0 ? step->items[i].before : step->items[i].after;
			if (!is_strict(object) ||
			    (object->kind == MIG_DB_COLUMN && !step->strict && !step->cluster))
				continue;
			size_t count = 0;
			const struct mig_script_use *uses =
			    mig_script_uses_of(&order->script->uses[side], object, &count);
			order_strict(order, number, object, side == 1);
			for (size_t k = 0; k < count; k++)
				order_strict(order, number, uses[k].target, side == 1);
		}
	}
}

void
mig_script_edges(struct mig_script *script)
{
	struct mig_order order = { .script = script };
	for (size_t s = 0; s < script->steps_count; s++) {
		const struct mig_script_step *step = script->steps[s];
		for (size_t i = 0; i < step->items_count && !step->side; i++) {
			const struct mig_script_item *item = &step->items[i];
			bool kept =
			    (item->after == NULL || index_add(&order.makes, item->after, s)) &&
			    (item->before == NULL || index_add(&order.ends, item->before, s));
			script->failed = script->failed || !kept;
		}
	}
	mig_script_order_names(script);
	for (size_t s = 0; s < script->steps_count; s++) {
		order_by_early(&order, s);
		order_by_strict(&order, s);
		mig_order_by_parents(&order, s);
		mig_order_by_logging(&order, s);
		mig_order_by_toast(&order, s);
		order_by_grants(&order, s);
		order_by_uses(&order, s);
	}
	free(order.makes.links);
	free(order.ends.links);
	mig_script_map_fini(&order.makes.first);
	mig_script_map_fini(&order.ends.first);
}
