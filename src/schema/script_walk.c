/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include "config.h"

#include <stdlib.h>

#include "base/arena.h"
#include "schema/script_int.h"

#define WALK_FIRST 8U /* places: most things have few around them */

void
mig_script_walk_add(const struct mig_script *script, struct mig_script_walk *walk,
    const struct mig_db_object *thing)
{
	if (mig_script_map_get(&walk->seen, thing) != 0)
		return;
	if (walk->count == walk->cap) {
		size_t cap = walk->cap == 0 ? WALK_FIRST : walk->cap * 2;
		const struct mig_db_object **grown =
		    reallocarray((void *)walk->things, cap, sizeof(*grown));
		if (grown == NULL) {
			mig_arena_fail(script->work);
			return;
		}
		walk->things = grown;
		walk->cap = cap;
	}
	if (mig_script_map_set(&walk->seen, thing, 1))
		walk->things[walk->count++] = thing;
	else
		mig_arena_fail(script->work);
}

const struct mig_db_object *
mig_script_walk_next(struct mig_script_walk *walk)
{
	if (walk->next == walk->level_end) {
		walk->level++;
		walk->level_end = walk->count;
	}
	if (walk->next == walk->level_end || walk->level > MIG_SCRIPT_LEVELS_MAX)
		return NULL;
	return walk->things[walk->next++];
}

void
mig_script_walk_fini(struct mig_script_walk *walk)
{
	/* The things are only looked at, their array is the walk's. */
	free((void *)walk->things);
	mig_script_map_fini(&walk->seen);
	*walk = (struct mig_script_walk){ .count = 0 };
}
