/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/*
 * Shapes: a number for each schema that is the same for schemas that say the same.  They start from
 * what a schema says itself and take in, round after round, the shapes of the schemas inside,
 * until no more schemas are told apart.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "apispec/judge_int.h"

/* FNV-1a of 64 bits. */
#define HASH_START UINT64_C(0xcbf29ce484222325)
#define HASH_PRIME UINT64_C(0x100000001b3)

/* A chain of schemas that is longer is not followed to its end. */
#define ROUNDS_MAX 64

static uint64_t
mix(uint64_t hash, uint64_t value)
{
	hash = (hash ^ value) * HASH_PRIME;
	return hash ^ hash >> 29;
}

static uint64_t
mix_text(uint64_t hash, const char *text)
{
	if (text == NULL)
		return mix(hash, 1);
	for (; *text != '\0'; text++)
		hash = (hash ^ (unsigned char)*text) * HASH_PRIME;
	return mix(hash, 2);
}

static uint64_t
mix_number(uint64_t hash, double value)
{
	uint64_t bits = 0;
	memcpy(&bits, &value, sizeof(bits));
	return mix(hash, bits);
}

static uint64_t
mix_values(uint64_t hash, const struct mig_values *values)
{
	hash = mix(hash, values->items == NULL ? 0 : values->count + 1);
	if (values->items == NULL)
		return hash;
	for (size_t i = 0; i < values->count; i++)
		hash = mix_text(hash, values->items[i]);
	return hash;
}

static uint64_t
mix_node(uint64_t hash, const struct mig_tree *node, struct mig_judge *judge)
{
	if (node == NULL)
		return mix(hash, 3);
	const char *text = mig_tree_json_text(node, true, judge->arena);
	judge->failed = judge->failed || text == NULL;
	return mix_text(hash, text);
}

/* What a schema says itself. */
static uint64_t
own_hash(struct mig_judge *judge, const struct mig_schema *schema)
{
	unsigned flags = (schema->never ? 1U : 0U) | (schema->nullable ? 2U : 0U) |
	    (schema->read_only ? 4U : 0U) | (schema->write_only ? 8U : 0U) |
	    (schema->deprecated ? 16U : 0U) | (schema->unique_items ? 32U : 0U) |
	    (schema->closed ? 64U : 0U);
	uint64_t hash = mix(HASH_START, schema->types | flags << 8);
	hash = mix_text(mix_text(hash, schema->format), schema->pattern);
	hash = mix_node(hash, schema->default_node, judge);
	hash = mix_text(hash, schema->const_text);
	hash = mix_values(mix_values(hash, &schema->enumeration), &schema->extensible);
	for (size_t i = 0; i < MIG_BOUNDS; i++) {
		const struct mig_limit *limit = &schema->limits[i];
		if (limit->node != NULL)
			hash =
			    mix_number(mix(hash, i * 2 + (limit->exclusive ? 1 : 0)), limit->value);
	}
	for (size_t i = 0; i < schema->props_count; i++)
		hash = mix(mix_text(hash, schema->props[i].name), schema->props[i].required);
	for (size_t i = 0; i < schema->keywords_count; i++)
		if (schema->keywords[i].schema == NULL)
			hash = mix_node(hash, schema->keywords[i].node, judge);
	hash = mix_node(hash, mig_tree_get(schema->discriminator, "propertyName"), judge);
	return mix_node(hash, mig_tree_get(schema->discriminator, "mapping"), judge);
}

static uint64_t
inner(const uint64_t *shapes, const struct mig_schema *schema)
{
	return schema == NULL ? 4 : shapes[schema->index];
}

/* The shape of a schema with those of the schemas inside; the order of choices does not matter. */
static uint64_t
with_inner(const struct mig_schema *schema, const uint64_t *shapes)
{
	uint64_t hash = shapes[schema->index];
	for (size_t i = 0; i < schema->props_count; i++)
		hash = mix(hash, inner(shapes, schema->props[i].schema));
	hash = mix(hash, inner(shapes, schema->items));
	hash = mix(hash, inner(shapes, schema->additional));
	for (size_t i = 0; i < schema->prefix_count; i++)
		hash = mix(hash, inner(shapes, schema->prefix[i]));
	for (size_t i = 0; i < schema->groups_count; i++) {
		uint64_t sum = schema->groups[i].any ? 5 : 6;
		for (size_t j = 0; j < schema->groups[i].count; j++)
			sum += mix(HASH_START, inner(shapes, schema->groups[i].members[j]));
		hash = mix(hash, sum);
	}
	for (size_t i = 0; i < schema->keywords_count; i++)
		if (schema->keywords[i].schema != NULL)
			hash = mix(mix_text(hash, schema->keywords[i].name),
			    inner(shapes, schema->keywords[i].schema));
	return hash;
}

/* Numbers that were seen, in a table of twice as many slots; 0 is never a shape. */
struct distinct {
	uint64_t *slots;
	size_t size; /* a power of two */
	size_t count;
};

static void
add_distinct(struct distinct *distinct, const uint64_t *shapes, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		uint64_t shape = shapes[i] == 0 ? 1 : shapes[i];
		size_t slot = shape & (distinct->size - 1);
		while (distinct->slots[slot] != 0 && distinct->slots[slot] != shape)
			slot = (slot + 1) & (distinct->size - 1);
		distinct->count += distinct->slots[slot] == 0;
		distinct->slots[slot] = shape;
	}
}

/* How many different shapes there are in both versions together. */
static size_t
count_different(const struct mig_judge *judge, struct distinct *distinct)
{
	memset(distinct->slots, 0, distinct->size * sizeof(*distinct->slots));
	distinct->count = 0;
	add_distinct(distinct, judge->shapes_before, judge->before->schemas_count);
	add_distinct(distinct, judge->shapes_after, judge->after->schemas_count);
	return distinct->count;
}

/* One round for one version. */
static void
refine(const struct mig_api *api, uint64_t *shapes, uint64_t *scratch)
{
	for (size_t i = 0; i < api->schemas_count; i++)
		scratch[i] = with_inner(api->schemas[i], shapes);
	memcpy(shapes, scratch, api->schemas_count * sizeof(*shapes));
}

static uint64_t *
first_shapes(struct mig_judge *judge, const struct mig_api *api)
{
	uint64_t *shapes = calloc(api->schemas_count + 1, sizeof(*shapes));
	for (size_t i = 0; shapes != NULL && i < api->schemas_count; i++)
		shapes[i] = own_hash(judge, api->schemas[i]);
	return shapes;
}

/* Round after round, until no more schemas are told apart. */
static void
refine_all(struct mig_judge *judge, struct distinct *distinct, uint64_t *scratch)
{
	size_t different = count_different(judge, distinct);
	for (int round = 0; round < ROUNDS_MAX; round++) {
		refine(judge->before, judge->shapes_before, scratch);
		refine(judge->after, judge->shapes_after, scratch);
		size_t more = count_different(judge, distinct);
		if (more == different)
			break;
		different = more;
	}
}

void
mig_shapes(struct mig_judge *judge)
{
	size_t count = judge->before->schemas_count + judge->after->schemas_count;
	struct distinct distinct = { .size = 64 };
	while (distinct.size < 2 * count)
		distinct.size *= 2;
	distinct.slots = calloc(distinct.size, sizeof(*distinct.slots));
	uint64_t *scratch = calloc(count + 1, sizeof(*scratch));
	judge->shapes_before = first_shapes(judge, judge->before);
	judge->shapes_after = first_shapes(judge, judge->after);
	if (distinct.slots == NULL || scratch == NULL || judge->shapes_before == NULL ||
	    judge->shapes_after == NULL)
		judge->failed = true;
	else
		refine_all(judge, &distinct, scratch);
	free(distinct.slots);
	free(scratch);
}
