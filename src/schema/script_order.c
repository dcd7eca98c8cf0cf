/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "schema/script_int.h"

/* A step in a list of steps. */
struct link {
	size_t step;
	size_t next; /* 1 + the place of the next one; 0: the end */
};

/* Steps by what they make or take away. */
struct index {
	struct mig_script_map first; /* a thing: 1 + the place of its first link */
	struct link *links;
	size_t count;
	size_t cap;
};

/* A name that becomes free, or is taken. */
struct name_use {
	const char *key;
	size_t step;
};

struct names {
	struct name_use *list;
	size_t count;
	size_t cap;
};

struct order {
	struct mig_script *script;
	struct index makes;
	struct index ends;
	struct names freed;
	size_t *heap;
	size_t heap_count;
};

static bool
index_add(struct index *index, const void *key, size_t step)
{
	if (index->count == index->cap) {
		size_t cap = index->cap == 0 ? 128 : index->cap * 2;
		struct link *grown = reallocarray(index->links, cap, sizeof(*grown));
		if (grown == NULL)
			return false;
		index->links = grown;
		index->cap = cap;
	}
	size_t first = mig_script_map_get(&index->first, key);
	index->links[index->count++] = (struct link){ step, first };
	return mig_script_map_set(&index->first, key, index->count);
}

/* The link whose place is at - 1; there is one. */
static const struct link *
link_at(const struct index *index, size_t at)
{
	MIG_ASSERT(index->links != NULL && at > 0 && at <= index->count);
	return &index->links[at - 1];
}

void
mig_step_wait(
    struct mig_script *script, struct mig_script_step *step, const struct mig_script_step *earlier)
{
	if (step == NULL || earlier == NULL || step == earlier || script->failed)
		return;
	struct mig_script_step *from = script->steps[earlier->number];
	if (from->next_count > 0 && from->next[from->next_count - 1] == step->number)
		return;
	if (from->next_count == from->next_cap) {
		size_t cap = from->next_cap == 0 ? 4 : from->next_cap * 2;
		size_t *grown = reallocarray(from->next, cap, sizeof(*grown));
		if (grown == NULL) {
			script->failed = true;
			return;
		}
		from->next = grown;
		from->next_cap = cap;
	}
	from->next[from->next_count++] = step->number;
	step->waits++;
}

static void
edge(struct order *order, size_t from, size_t to)
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
after_rename(struct order *order, size_t step, const struct mig_db_object *target)
{
	for (int up = 0; target != NULL && up < 2; up++) {
		size_t early = mig_script_map_get(&order->script->early, target);
		if (early > 0 && early - 1 != step)
			edge(order, early - 1, step);
		target = target->parent;
	}
}

/* The steps that make the target have to come before; own: of those only that which adds it. */
static void
after_makers(struct order *order, size_t step, const struct mig_db_object *target, bool own)
{
	struct index *makes = &order->makes;
	size_t at = mig_script_map_get(&makes->first, target);
	bool parent = at == 0 && target->parent != NULL;
	after_rename(order, step, target);
	if (parent) {
		target = target->parent;
		at = mig_script_map_get(&makes->first, target);
	}
	for (; at != 0; at = link_at(makes, at)->next) {
		size_t maker = link_at(makes, at)->step;
		const struct mig_script_item *item = item_of(order->script->steps[maker], target);
		const struct mig_script_step *other = order->script->steps[maker];
		bool adds = item != NULL && item->before == NULL;
		bool alters = target->kind == MIG_DB_COLUMN || own;
		bool waits = adds || (!parent && (other->cluster || other->gives || !alters));
		if (maker != step && waits)
			edge(order, maker, step);
	}
}

/* The steps that take the target away have to come later. */
static void
before_enders(struct order *order, size_t step, bool dropped, const struct mig_db_object *target)
{
	struct index *ends = &order->ends;
	size_t at = mig_script_map_get(&ends->first, target);
	if (at == 0 && target->parent != NULL) {
		target = target->parent;
		at = mig_script_map_get(&ends->first, target);
	}
	for (; at != 0; at = link_at(ends, at)->next) {
		size_t ender = link_at(ends, at)->step;
		const struct mig_script_step *other = order->script->steps[ender];
		const struct mig_script_item *item = item_of(other, target);
		bool goes = item != NULL && item->after == NULL;
		if (ender != step && (goes || other->takes || (other->cluster && dropped)))
			edge(order, step, ender);
	}
}

static void
needs_of(struct order *order, size_t step, const struct mig_db_object *user)
{
	size_t count = 0;
	const struct mig_script_use *uses =
	    mig_script_uses_of(&order->script->uses[1], user, &count);
	for (size_t i = 0; i < count; i++)
		after_makers(order, step, uses[i].target, false);
	if (user->parent != NULL)
		after_makers(order, step, user->parent, false);
}

static void
leaves_of(struct order *order, size_t step, bool dropped, const struct mig_db_object *user)
{
	size_t count = 0;
	const struct mig_script_use *uses =
	    mig_script_uses_of(&order->script->uses[0], user, &count);
	for (size_t i = 0; i < count; i++)
		before_enders(order, step, dropped, uses[i].target);
	if (user->parent != NULL)
		before_enders(order, step, dropped, user->parent);
}

/* The kinds of which things have parts. */
static const enum mig_db_kind part_kinds[] = { MIG_DB_COLUMN, MIG_DB_CONSTRAINT, MIG_DB_INDEX,
	MIG_DB_TRIGGER };

/* What a thing that is made brings along, but for parts that have a step of their own. */
static void
needs_of_parts(struct order *order, size_t step, const struct mig_db_object *object)
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
leaves_of_parts(struct order *order, size_t step, const struct mig_db_object *object)
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

/* A new part of a table may take the place of one that goes or moves. */
static void
after_siblings(struct order *order, size_t number, const struct mig_db_object *made)
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
			edge(order, moved - 1, number);
		for (; at != 0; at = link_at(&order->ends, at)->next)
			if (link_at(&order->ends, at)->step != number)
				edge(order, link_at(&order->ends, at)->step, number);
	}
}

/* A new name of a column asks for nothing, and all that is done with the column comes after it. */
static bool
renames_column(
    const struct mig_script *script, size_t number, const struct mig_script_item *item)
{
	return item->before != NULL && item->before->kind == MIG_DB_COLUMN &&
	    mig_script_map_get(&script->early, item->before) == number + 1;
}

static void
order_item_by_uses(struct order *order, size_t number, const struct mig_script_item *item)
{
	const struct mig_script_step *step = order->script->steps[number];
	bool whole = !step->side && (item->before == NULL || item->after == NULL || step->cluster);
	if (step->side && item->after != NULL)
		after_makers(order, number, item->after, true);
	if (step->side && item->before != NULL)
		before_enders(order, number, item->after == NULL, item->before);
	if (item->after != NULL && item->before == NULL)
		after_siblings(order, number, item->after);
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

static void
order_by_uses(struct order *order, size_t number)
{
	const struct mig_script_step *step = order->script->steps[number];
	for (size_t i = 0; i < step->items_count; i++)
		if (!renames_column(order->script, number, &step->items[i]))
			order_item_by_uses(order, number, &step->items[i]);
}

/* The rights of columns are given once they are there, and taken while they still are. */
static void
order_by_grants(struct order *order, size_t number)
{
	const struct mig_script_step *step = order->script->steps[number];
	if (!step->grants)
		return;
	for (int side = 0; side < 2; side++) {
		const struct mig_db_object *whole =
		    side == 0 ? step->items[0].before : step->items[0].after;
		for (uint32_t i = 0; i < whole->grants_count; i++) {
			const char *name = whole->grants[i].column;
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
order_thing(struct order *order, size_t number, const struct mig_db_object *object)
{
	struct mig_script *script = order->script;
	const struct mig_script_step *step = script->steps[number];
	const struct mig_db_object *chain[2] = { object, object->parent };
	for (size_t i = 0; i < COUNT_OF(chain) && chain[i] != NULL; i++) {
		size_t early = mig_script_map_get(&script->early, chain[i]);
		size_t veiled = mig_script_map_get(&script->veiled, chain[i]);
		if (early > 0 && early - 1 != number && !step->leads)
			edge(order, early - 1, number);
		if (veiled > 0 && veiled - 1 != number && unveils(step, object))
			edge(order, veiled - 1, number);
	}
}

static void
order_by_early(struct order *order, size_t number)
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
order_strict(struct order *order, size_t number, const struct mig_db_object *column, bool made)
{
	size_t strict = mig_script_map_get(&order->script->strict, column);
	if (strict == 0 || strict - 1 == number)
		return;
	if (made)
		edge(order, strict - 1, number);
	else
		edge(order, number, strict - 1);
}

static void
order_by_strict(struct order *order, size_t number)
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

/*
 * A column that its table had from a parent is the table's own once that has left the parent, and
 * has to be like the parent's before the table joins it.
 */
static void
order_column_by_move(struct order *order, size_t number, const struct mig_script_item *item)
{
	const struct mig_db_object *part = item->before != NULL ? item->before : item->after;
	if (part->kind != MIG_DB_COLUMN)
		return;
	size_t moved = mig_script_map_get(&order->script->moved, part->parent);
	bool from = item->before != NULL && mig_db_as_column(item->before)->inherited;
	bool to = item->after != NULL && mig_db_as_column(item->after)->inherited;
	if (moved == 0 || from == to)
		return;
	if (from)
		edge(order, moved - 1, number);
	else
		edge(order, number, moved - 1);
}

/* Whether a table that gets another parent, or another place in it, has this one on that side. */
static bool
has_parent(const struct mig_db_object *child, const struct mig_db_object *parent)
{
	size_t count = 0;
	const struct mig_db_ref *refs = mig_script_parents(child, &count);
	for (size_t i = 0; i < count; i++)
		if (mig_db_same(refs[i].schema, parent->schema) &&
		    strcmp(refs[i].name, parent->name) == 0)
			return true;
	return false;
}

/*
 * What comes to a parent, or goes, does so in all its children: those that leave it do so before,
 * those that join it come after.
 */
static void
order_part_by_moves(struct order *order, size_t number, const struct mig_script_item *item)
{
	struct mig_script *script = order->script;
	const struct mig_db_object *part = item->before != NULL ? item->before : item->after;
	if (part->parent == NULL || (item->before != NULL && item->after != NULL))
		return;
	const struct mig_db_op *parent = mig_script_op(script, part->parent);
	const struct mig_db_object *sides[2] = { part->parent, part->parent };
	if (parent != NULL && parent->what == MIG_DB_CHANGED) {
		sides[0] = parent->before;
		sides[1] = parent->after;
	} else {
		sides[0] = mig_db_find_same(script->before, part->parent);
		sides[1] = mig_db_find_same(script->after, part->parent);
	}
	for (int side = 0; side < 2 && sides[0] != NULL && sides[1] != NULL; side++) {
		size_t count = 0;
		const struct mig_script_use *users =
		    mig_script_users_of(&script->uses[side], sides[side], &count);
		for (size_t i = 0; i < count; i++) {
			const struct mig_db_op *op = mig_script_op(script, users[i].user);
			size_t moved = mig_script_map_get(&script->moved, users[i].user);
			if (moved == 0 || op == NULL ||
			    has_parent(side == 0 ? op->after : op->before, sides[1 - side]))
				continue;
			if (side == 0)
				edge(order, moved - 1, number);
			else
				edge(order, number, moved - 1);
		}
	}
}

static void
order_by_moves(struct order *order, size_t number)
{
	const struct mig_script_step *step = order->script->steps[number];
	for (size_t i = 0; i < step->items_count; i++) {
		order_column_by_move(order, number, &step->items[i]);
		order_part_by_moves(order, number, &step->items[i]);
	}
}

/* The key under which a name is taken: relations, indexes and types share theirs. */
static const char *
name_key(struct mig_script *script, const struct mig_db_object *object, bool in_table)
{
	const struct mig_db_object *parent = object->parent;
	const char *schema = parent != NULL ? parent->schema : object->schema;
	if (object->name == NULL)
		return NULL;
	/* MySQL has one routine of a name, and names of triggers are the database's. */
	if (object->kind == MIG_DB_ROUTINE && script->dialect == MIG_DB_MYSQL)
		return mig_arena_printf(script->work, "f:%d:%s",
		    (int)mig_db_as_routine(object)->procedure, object->name);
	if (object->kind == MIG_DB_ROUTINE)
		return mig_arena_printf(script->work, "f:%s.%s(%s)", schema != NULL ? schema : "",
		    object->name, mig_db_as_routine(object)->arguments);
	if (in_table && object->kind == MIG_DB_TRIGGER && script->dialect == MIG_DB_MYSQL)
		return mig_arena_printf(script->work, "t:%s", object->name);
	if (in_table)
		return mig_arena_printf(script->work, "p:%d:%s.%s:%s", (int)object->kind,
		    schema != NULL ? schema : "", parent->name, object->name);
	return mig_arena_printf(
	    script->work, "r:%s.%s", schema != NULL ? schema : "", object->name);
}

static bool
has_index(const struct mig_db_object *object)
{
	if (object->kind == MIG_DB_INDEX)
		return true;
	if (object->kind != MIG_DB_CONSTRAINT)
		return false;
	enum mig_db_constraint_type type = mig_db_as_constraint(object)->type;
	return type == MIG_DB_PRIMARY_KEY || type == MIG_DB_UNIQUE || type == MIG_DB_EXCLUSION;
}

static void
note_name(struct order *order, struct names *names, size_t step, const char *key)
{
	if (key == NULL)
		return;
	if (names->count == names->cap) {
		size_t cap = names->cap == 0 ? 64 : names->cap * 2;
		struct name_use *grown = reallocarray(names->list, cap, sizeof(*grown));
		if (grown == NULL) {
			order->script->failed = true;
			return;
		}
		names->list = grown;
		names->cap = cap;
	}
	names->list[names->count++] = (struct name_use){ key, step };
}

/* The names that a thing has for itself and its parts. */
static void
note_names(
    struct order *order, struct names *names, size_t step, const struct mig_db_object *object)
{
	static const enum mig_db_kind kinds[] = { MIG_DB_CONSTRAINT, MIG_DB_INDEX };
	struct mig_script *script = order->script;
	if (object->parent == NULL || has_index(object))
		note_name(order, names, step, name_key(script, object, false));
	if (object->parent != NULL)
		note_name(order, names, step, name_key(script, object, true));
	for (size_t k = 0; object->parent == NULL && k < COUNT_OF(kinds); k++) {
		size_t count = 0;
		struct mig_db_object *const *parts = mig_db_parts(object, kinds[k], &count);
		for (size_t i = 0; i < count; i++)
			if (has_index(parts[i]))
				note_name(order, names, step, name_key(script, parts[i], false));
	}
}

static int
compare_names(const void *a, const void *b)
{
	return strcmp(((const struct name_use *)a)->key, ((const struct name_use *)b)->key);
}

/* Who takes a name waits for those who free it. */
static void
order_by_names(struct order *order)
{
	struct mig_script *script = order->script;
	struct names taken = { .count = 0 };
	for (size_t s = 0; s < script->steps_count; s++) {
		const struct mig_script_step *step = script->steps[s];
		for (size_t i = 0; i < step->items_count; i++) {
			const struct mig_script_item *item = &step->items[i];
			if ((item->after == NULL && !step->side) || step->frees)
				note_names(order, &order->freed, s, item->before);
			if ((item->before == NULL && !step->side) || step->frees)
				note_names(order, &taken, s, item->after);
		}
	}
	if (order->freed.count > 0)
		qsort(
		    order->freed.list, order->freed.count, sizeof(struct name_use), compare_names);
	for (size_t i = 0; i < taken.count && order->freed.count > 0; i++) {
		const struct name_use *found = bsearch(&taken.list[i], order->freed.list,
		    order->freed.count, sizeof(struct name_use), compare_names);
		if (found != NULL && found->step != taken.list[i].step)
			edge(order, found->step, taken.list[i].step);
	}
	free(taken.list);
}

/* Whether one step is to come before another that could come as well. */
static bool
goes_first(const struct mig_script *script, size_t a, size_t b)
{
	const struct mig_script_step *left = script->steps[a];
	const struct mig_script_step *right = script->steps[b];
	if (left->script.phase != right->script.phase)
		return left->script.phase < right->script.phase;
	return left->rank != right->rank ? left->rank < right->rank : a < b;
}

static void
heap_push(struct order *order, size_t step)
{
	size_t at = order->heap_count++;
	while (at > 0 && goes_first(order->script, step, order->heap[(at - 1) / 2])) {
		order->heap[at] = order->heap[(at - 1) / 2];
		at = (at - 1) / 2;
	}
	order->heap[at] = step;
}

static size_t
heap_pop(struct order *order)
{
	size_t first = order->heap[0];
	size_t last = order->heap[--order->heap_count];
	size_t at = 0;
	for (;;) {
		size_t child = 2 * at + 1;
		if (child + 1 < order->heap_count &&
		    goes_first(order->script, order->heap[child + 1], order->heap[child]))
			child++;
		if (child >= order->heap_count ||
		    goes_first(order->script, last, order->heap[child]))
			break;
		order->heap[at] = order->heap[child];
		at = child;
	}
	order->heap[at] = last;
	return first;
}

/* In a circle somebody has to begin: the one that would if the others were not there. */
static size_t
break_circle(const struct order *order)
{
	const struct mig_script *script = order->script;
	size_t best = SIZE_MAX;
	for (size_t i = 0; i < script->steps_count; i++)
		if (!script->steps[i]->placed && (best == SIZE_MAX || goes_first(script, i, best)))
			best = i;
	return best;
}

static const char *
lead_in(const struct mig_script_step *step, const struct mig_sql *sql)
{
	bool slow = (sql->work & (MIG_WORK_SCAN | MIG_WORK_REWRITE | MIG_WORK_INDEX)) != 0;
	if (!step->script.transactional)
		return "SET lock_timeout = 0;\nSET statement_timeout = 0;\n";
	return slow ? "SET LOCAL lock_timeout = '3s';\nSET LOCAL statement_timeout = 0;\n" :
	              "SET LOCAL lock_timeout = '3s';\nSET LOCAL statement_timeout = '60s';\n";
}

static const char *
sql_of(struct mig_script *script, const struct mig_script_step *step, const struct mig_sql *sql)
{
	if (!mig_buf_ok(&sql->out)) {
		script->failed = true;
		return "";
	}
	if (sql->out.len == 0)
		return "";
	const char *lead = script->dialect == MIG_DB_POSTGRESQL ? lead_in(step, sql) : "";
	return mig_arena_printf(script->arena, "%s%s", lead, sql->out.data);
}

static void
hand_over(struct mig_script *script, struct mig_script_step *step)
{
	if (step->up.out.len == 0 && step->down.out.len == 0 && step->script.batch == NULL)
		return;
	step->script.up = sql_of(script, step, &step->up);
	step->script.down =
	    step->script.irreversible == NULL ? sql_of(script, step, &step->down) : NULL;
	step->script.lock = step->up.lock;
	step->script.work = step->up.work;
	mig_check_add_script(script->check, &step->script);
}

static void
place(struct order *order, size_t number)
{
	struct mig_script *script = order->script;
	struct mig_script_step *step = script->steps[number];
	step->placed = true;
	hand_over(script, step);
	for (size_t i = 0; i < step->next_count; i++) {
		struct mig_script_step *next = script->steps[step->next[i]];
		if (next->script.phase < step->script.phase)
			next->script.phase = step->script.phase;
		if (--next->waits == 0 && !next->placed)
			heap_push(order, step->next[i]);
	}
}

static void
find_edges(struct order *order)
{
	struct mig_script *script = order->script;
	for (size_t s = 0; s < script->steps_count; s++) {
		const struct mig_script_step *step = script->steps[s];
		for (size_t i = 0; i < step->items_count && !step->side; i++) {
			const struct mig_script_item *item = &step->items[i];
			bool kept =
			    (item->after == NULL || index_add(&order->makes, item->after, s)) &&
			    (item->before == NULL || index_add(&order->ends, item->before, s));
			script->failed = script->failed || !kept;
		}
	}
	order_by_names(order);
	for (size_t s = 0; s < script->steps_count; s++) {
		order_by_early(order, s);
		order_by_strict(order, s);
		order_by_moves(order, s);
		order_by_grants(order, s);
		order_by_uses(order, s);
	}
}

void
mig_script_order(struct mig_script *script)
{
	struct order order = { .script = script };
	order.heap = calloc(script->steps_count + 1, sizeof(*order.heap));
	if (order.heap == NULL)
		script->failed = true;
	if (!script->failed)
		find_edges(&order);
	size_t placed = 0;
	for (size_t s = 0; s < script->steps_count && !script->failed; s++)
		if (script->steps[s]->waits == 0)
			heap_push(&order, s);
	while (placed < script->steps_count && !script->failed) {
		size_t step = order.heap_count > 0 ? heap_pop(&order) : break_circle(&order);
		if (script->steps[step]->placed)
			continue;
		place(&order, step);
		placed++;
	}
	free(order.heap);
	free(order.freed.list);
	free(order.makes.links);
	free(order.ends.links);
	mig_script_map_fini(&order.makes.first);
	mig_script_map_fini(&order.ends.first);
}
