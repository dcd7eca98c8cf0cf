/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "schema/script_order_int.h"

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
		    schema != NULL ? schema : "", mig_script_now(script, parent)->name,
		    object->name);
	return mig_arena_printf(
	    script->work, "r:%s.%s", schema != NULL ? schema : "", object->name);
}

static void
note_name(struct mig_script *script, struct names *names, size_t step, const char *key)
{
	if (key == NULL)
		return;
	if (names->count == names->cap) {
		size_t cap = names->cap == 0 ? 64 : names->cap * 2;
		struct name_use *grown = reallocarray(names->list, cap, sizeof(*grown));
		if (grown == NULL) {
			script->failed = true;
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
    struct mig_script *script, struct names *names, size_t step, const struct mig_db_object *object)
{
	static const enum mig_db_kind kinds[] = { MIG_DB_CONSTRAINT, MIG_DB_INDEX };
	if (object->parent == NULL || mig_db_has_index(object))
		note_name(script, names, step, name_key(script, object, false));
	if (object->parent != NULL)
		note_name(script, names, step, name_key(script, object, true));
	for (size_t k = 0; object->parent == NULL && k < COUNT_OF(kinds); k++) {
		size_t count = 0;
		struct mig_db_object *const *parts = mig_db_parts(object, kinds[k], &count);
		for (size_t i = 0; i < count; i++)
			if (mig_db_has_index(parts[i]))
				note_name(script, names, step, name_key(script, parts[i], false));
	}
}

static int
compare_names(const void *a, const void *b)
{
	return strcmp(((const struct name_use *)a)->key, ((const struct name_use *)b)->key);
}

void
mig_script_order_names(struct mig_script *script)
{
	struct names taken = { .count = 0 };
	struct names freed = { .count = 0 };
	for (size_t s = 0; s < script->steps_count; s++) {
		const struct mig_script_step *step = script->steps[s];
		for (size_t i = 0; i < step->items_count; i++) {
			const struct mig_script_item *item = &step->items[i];
			if ((item->after == NULL && !step->side) || step->frees)
				note_names(script, &freed, s, item->before);
			if ((item->before == NULL && !step->side) || step->frees)
				note_names(script, &taken, s, item->after);
		}
	}
	if (freed.count > 0)
		qsort(freed.list, freed.count, sizeof(struct name_use), compare_names);
	for (size_t i = 0; i < taken.count && freed.count > 0; i++) {
		const struct name_use *found = bsearch(&taken.list[i], freed.list, freed.count,
		    sizeof(struct name_use), compare_names);
		if (found != NULL)
			mig_step_wait(
			    script, script->steps[taken.list[i].step], script->steps[found->step]);
	}
	free(taken.list);
	free(freed.list);
}
