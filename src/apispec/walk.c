/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include "config.h"

#include <stdlib.h>

#include "apispec/walk.h"

bool
mig_walk_init(struct mig_walk *walk, struct mig_judge *judge, bool after)
{
	const struct mig_api *api = after ? judge->after : judge->before;
	*walk = (struct mig_walk){
		.judge = judge,
		.api = api,
		.open = calloc(api->schemas_count + 1, sizeof(*walk->open)),
		.seen = calloc(api->schemas_count + 1, sizeof(*walk->seen)),
		.found = calloc(api->schemas_count + 1, sizeof(*walk->found)),
	};
	if (walk->open != NULL && walk->seen != NULL && walk->found != NULL)
		return true;
	judge->failed = true;
	return false;
}

void
mig_walk_fini(struct mig_walk *walk)
{
	free(walk->open);
	free(walk->seen);
	free(walk->found);
}

static void
walk_to(struct mig_walk *walk, const struct mig_schema *schema)
{
	if (schema == NULL || walk->seen[schema->index])
		return;
	walk->seen[schema->index] = true;
	walk->open[walk->count++] = schema;
}

/* The pair of a component that both versions have; MIG_NO_PAIR when it is no such. */
static size_t
component_pair(const struct mig_walk *walk, const struct mig_schema *schema)
{
	if (schema->component == NULL)
		return MIG_NO_PAIR;
	const struct mig_api_component *left =
	    mig_api_component(walk->judge->before, schema->component);
	const struct mig_api_component *right =
	    mig_api_component(walk->judge->after, schema->component);
	if (left == NULL || right == NULL)
		return MIG_NO_PAIR;
	return mig_pair_find(walk->judge, left->schema, right->schema);
}

static void
walk_into(struct mig_walk *walk, const struct mig_schema *schema)
{
	for (size_t i = 0; i < schema->props_count; i++)
		walk_to(walk, schema->props[i].schema);
	for (size_t i = 0; i < schema->groups_count; i++)
		for (size_t j = 0; j < schema->groups[i].count; j++)
			walk_to(walk, schema->groups[i].members[j]);
	for (size_t i = 0; i < schema->prefix_count; i++)
		walk_to(walk, schema->prefix[i]);
	walk_to(walk, schema->items);
	walk_to(walk, schema->additional);
}

size_t
mig_walk_from(struct mig_walk *walk, const struct mig_schema *start)
{
	size_t found = 0;
	walk->count = 0;
	walk_to(walk, start);
	for (size_t next = 0; next < walk->count; next++) {
		size_t pair = component_pair(walk, walk->open[next]);
		if (pair == MIG_NO_PAIR)
			walk_into(walk, walk->open[next]);
		else
			walk->found[found++] = pair;
	}
	for (size_t i = 0; i < walk->count; i++)
		walk->seen[walk->open[i]->index] = false;
	return found;
}
