/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/*
 * Which nodes make a schema: references are followed, allOf is taken apart, and what is left is
 * the set of nodes that all have to hold.  Equal sets are one schema, so that cycles end.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "apispec/api_int.h"
#include "base/limits.h"

#define TABLE_FIRST 1024U

/* FNV-1a of 64 bits, over words. */
#define HASH_START UINT64_C(0xcbf29ce484222325)
#define HASH_PRIME UINT64_C(0x100000001b3)

struct nodes {
	const struct mig_tree **items;
	size_t count;
	size_t cap;
};

struct collecting {
	struct mig_api *api;
	struct nodes open; /* still to be looked at, the next one last */
	struct nodes parts;
	bool nullable;
	bool never;
};

/* Keywords that say nothing about values, or that are gone once a node was taken apart. */
static const char *const silent[] = { "$ref", "allOf", "description", "title", "example",
	"examples", "$comment", "externalDocs", "xml", "$schema", "$id", "$anchor", "$defs",
	"definitions", "summary", NULL };

static bool
push(struct collecting *c, struct nodes *list, const struct mig_tree *node)
{
	if (list->count == list->cap) {
		size_t cap = list->cap == 0 ? 16 : list->cap * 2;
		const struct mig_tree **items = reallocarray(list->items, cap, sizeof(*items));
		if (items == NULL) {
			c->api->failed = true;
			return false;
		}
		list->items = items;
		list->cap = cap;
	}
	list->items[list->count++] = node;
	return true;
}

/* The elements of an array, so that the first is looked at first. */
static void
push_all(struct collecting *c, const struct mig_tree *array)
{
	size_t first = c->open.count;
	for (const struct mig_tree *at = array->first; at != NULL; at = at->next)
		if (!push(c, &c->open, at))
			return;
	for (size_t i = first, j = c->open.count; i + 1 < j; i++) {
		const struct mig_tree *swap = c->open.items[i];
		c->open.items[i] = c->open.items[--j];
		c->open.items[j] = swap;
	}
}

bool
mig_schema_is_null(const struct mig_tree *node)
{
	const struct mig_tree *type = mig_tree_get(node, "type");
	return node->type == MIG_JSON_OBJECT && mig_tree_is(type, "null");
}

const struct mig_tree *
mig_schema_single(const struct mig_tree *node, const char *keyword, bool *ret_null)
{
	const struct mig_tree *list = mig_tree_get(node, keyword);
	const struct mig_tree *found = NULL;
	size_t nulls = 0;
	if (list == NULL || list->type != MIG_JSON_ARRAY)
		return NULL;
	for (const struct mig_tree *at = list->first; at != NULL; at = at->next) {
		if (mig_schema_is_null(at)) {
			nulls++;
			continue;
		}
		if (found != NULL)
			return NULL;
		found = at;
	}
	if (found != NULL && nulls > 0)
		*ret_null = true;
	return found;
}

/* Whether a node itself says something about values, beside what it was taken apart into. */
static bool
has_content(const struct mig_tree *node)
{
	bool nothing = false;
	for (const struct mig_tree *at = node->first; at != NULL; at = at->next) {
		bool quiet =
		    strncmp(at->key, "x-", 2) == 0 && strcmp(at->key, "x-extensible-enum") != 0;
		for (size_t i = 0; !quiet && silent[i] != NULL; i++)
			quiet = strcmp(at->key, silent[i]) == 0;
		if (!quiet && (strcmp(at->key, "oneOf") == 0 || strcmp(at->key, "anyOf") == 0))
			quiet = mig_schema_single(node, at->key, &nothing) != NULL;
		if (!quiet)
			return true;
	}
	return false;
}

/* The nodes that an object is made of, and itself when there is something left. */
static void
take_apart(struct collecting *c, const struct mig_tree *node)
{
	struct mig_api *api = c->api;
	const struct mig_tree *ref = mig_tree_get(node, "$ref");
	if (ref != NULL) {
		const struct mig_tree *target = mig_api_follow_once(api, ref);
		bool chain = target != NULL && mig_tree_get(target, "$ref") != NULL;
		/* A chain must have an end. */
		if (target == NULL || (chain && mig_api_follow(api, node) == NULL) ||
		    !push(c, &c->open, target))
			return;
		/* Before 3.1 nothing beside a reference counts. */
		if (api->version < 31)
			return;
	}
	const struct mig_tree *all = mig_api_array(api, node, "allOf");
	const struct mig_tree *one = mig_schema_single(node, "oneOf", &c->nullable);
	const struct mig_tree *any = mig_schema_single(node, "anyOf", &c->nullable);
	if (one != NULL)
		(void)push(c, &c->open, one); /* failure is kept in the interface */
	if (any != NULL)
		(void)push(c, &c->open, any); /* the same */
	if (all != NULL)
		push_all(c, all);
	if (has_content(node))
		(void)push(c, &c->parts, node); /* the same */
}

static void
look_at(struct collecting *c, const struct mig_tree *node)
{
	struct mig_api *api = c->api;
	if (++api->steps > MIG_API_STEPS_MAX) {
		mig_api_fault(api, node, NULL,
		    "the schemas need more than %u steps to be put together", MIG_API_STEPS_MAX);
		api->failed = true;
		return;
	}
	if (node->type == MIG_JSON_BOOL) {
		c->never = c->never || !node->truth;
		return;
	}
	if (node->type != MIG_JSON_OBJECT) {
		mig_api_fault(api, node, "write for example {\"type\": \"string\"}",
		    "a schema must be an object, not %s", mig_json_type_name(node->type));
		return;
	}
	if (api->seen[node->seq] == api->seen_round)
		return;
	api->seen[node->seq] = api->seen_round;
	take_apart(c, node);
}

static uint64_t
hash_of(const struct collecting *c)
{
	uint64_t hash = HASH_START ^ (c->nullable ? 2U : 0U) ^ (c->never ? 1U : 0U);
	for (size_t i = 0; i < c->parts.count; i++)
		hash = (hash ^ c->parts.items[i]->seq) * HASH_PRIME;
	return hash ^ hash >> 32;
}

static bool
same(const struct mig_schema *schema, const struct collecting *c)
{
	return schema->parts_count == c->parts.count && schema->wrap_null == c->nullable &&
	    schema->never == c->never &&
	    (c->parts.count == 0 ||
	        memcmp(schema->parts, c->parts.items, c->parts.count * sizeof(*c->parts.items)) ==
	            0);
}

/* The schemas' hashes are not kept: they follow from their parts. */
static uint64_t
hash_again(const struct mig_schema *schema)
{
	struct collecting c = {
		.parts = { .items = schema->parts, .count = schema->parts_count },
		.nullable = schema->wrap_null,
		.never = schema->never,
	};
	return hash_of(&c);
}

/* Twice the room in the table. */
static bool
grow_table(struct mig_api *api)
{
	size_t size = api->table_size == 0 ? TABLE_FIRST : api->table_size * 2;
	struct mig_schema **schemas = mig_api_alloc(api, size / 2, sizeof(*schemas));
	size_t *table = mig_api_alloc(api, size, sizeof(*table));
	if (schemas == NULL || table == NULL)
		return false;
	for (size_t i = 0; i < api->schemas_count; i++) {
		size_t slot = hash_again(api->schemas[i]) & (size - 1);
		while (table[slot] != 0)
			slot = (slot + 1) & (size - 1);
		table[slot] = i + 1;
		schemas[i] = api->schemas[i];
	}
	api->schemas = schemas;
	api->schemas_cap = size / 2;
	api->table = table;
	api->table_size = size;
	return true;
}

static struct mig_schema *
add_schema(struct collecting *c, size_t slot)
{
	struct mig_api *api = c->api;
	size_t count = c->parts.count;
	struct mig_schema *schema = mig_api_alloc(api, 1, sizeof(*schema));
	const struct mig_tree **parts = mig_api_alloc(api, count, sizeof(*parts));
	if (schema == NULL || parts == NULL)
		return NULL;
	if (count > 0)
		memcpy(parts, c->parts.items, count * sizeof(*parts));
	*schema = (struct mig_schema){
		.index = api->schemas_count,
		.parts = parts,
		.parts_count = count,
		.wrap_null = c->nullable,
		.never = c->never,
	};
	api->schemas[api->schemas_count++] = schema;
	api->table[slot] = api->schemas_count;
	return schema;
}

/* The schema of these parts. */
static const struct mig_schema *
intern(struct collecting *c)
{
	struct mig_api *api = c->api;
	if (api->schemas_count == MIG_API_SCHEMAS_MAX) {
		mig_api_fault(api, api->doc.root, NULL, "more than %u different schemas",
		    MIG_API_SCHEMAS_MAX);
		api->failed = true;
		return NULL;
	}
	if (api->schemas_count == api->schemas_cap && !grow_table(api))
		return NULL;
	size_t slot = hash_of(c) & (api->table_size - 1);
	while (api->table[slot] != 0) {
		const struct mig_schema *known = api->schemas[api->table[slot] - 1];
		if (same(known, c))
			return known;
		slot = (slot + 1) & (api->table_size - 1);
	}
	return add_schema(c, slot);
}

const struct mig_schema *
mig_schema_of_all(struct mig_api *api, const struct mig_source *sources)
{
	struct collecting c = { .api = api };
	const struct mig_schema *schema = NULL;
	if (api->failed)
		return NULL;
	api->seen_round++;
	for (; sources != NULL && !api->failed; sources = sources->next) {
		if (!push(&c, &c.open, sources->node))
			break;
		while (c.open.count > 0 && !api->failed)
			look_at(&c, c.open.items[--c.open.count]);
	}
	if (!api->failed)
		schema = intern(&c);
	free(c.open.items);
	free(c.parts.items);
	return schema;
}

const struct mig_schema *
mig_schema_of(struct mig_api *api, const struct mig_tree *node)
{
	const struct mig_source source = { .node = node };
	return mig_schema_of_all(api, node == NULL ? NULL : &source);
}

void
mig_schema_finish(struct mig_api *api)
{
	for (size_t i = 0; i < api->schemas_count && !api->failed; i++)
		mig_schema_extract(api, api->schemas[i]);
}
