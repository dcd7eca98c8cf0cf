/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include "config.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "apispec/walk.h"
#include "base/arena.h"
#include "base/buf.h"
#include "base/limits.h"

#define TABLE_FIRST 1024U

bool
mig_judge_grow(struct mig_judge *judge, void **list, size_t count, size_t *cap, size_t size)
{
	if (judge->failed)
		return false;
	if (count < *cap)
		return true;
	size_t wanted = *cap == 0 ? 64 : *cap * 2;
	void *grown = reallocarray(*list, wanted, size);
	if (grown == NULL) {
		judge->failed = true;
		return false;
	}
	*list = grown;
	*cap = wanted;
	return true;
}

const char *
mig_judge_printf(struct mig_judge *judge, const char *fmt, ...)
{
	struct mig_buf text;
	va_list args;
	mig_buf_init(&text, MIG_SCHEMA_BYTES_MAX);
	va_start(args, fmt);
	mig_buf_vprintf(&text, fmt, args);
	va_end(args);
	const char *copy =
	    mig_buf_ok(&text) ? mig_arena_strndup(judge->arena, text.data, text.len) : NULL;
	mig_buf_fini(&text);
	judge->failed = judge->failed || copy == NULL;
	return copy;
}

void
mig_judge_note(struct mig_judge *judge, const struct mig_raw *raw)
{
	void *list = judge->raws;
	if (!mig_judge_grow(judge, &list, judge->raws_count, &judge->raws_cap, sizeof(*raw)))
		return;
	judge->raws = list;
	judge->raws[judge->raws_count++] = *raw;
}

/* Where a pair stands in the table, or would. */
static size_t
slot_of(
    const struct mig_judge *judge, const struct mig_schema *before, const struct mig_schema *after)
{
	uint64_t hash = (before->index * UINT64_C(0x9e3779b97f4a7c15)) ^ (after->index + 1);
	hash = (hash ^ hash >> 31) * UINT64_C(0xbf58476d1ce4e5b9);
	size_t slot = (hash ^ hash >> 32) & (judge->table_size - 1);
	while (judge->table[slot] != 0) {
		const struct mig_pair *pair = &judge->pairs[judge->table[slot] - 1];
		if (pair->before == before && pair->after == after)
			return slot;
		slot = (slot + 1) & (judge->table_size - 1);
	}
	return slot;
}

static bool
grow_table(struct mig_judge *judge)
{
	if (judge->pairs_count * 2 < judge->table_size)
		return true;
	size_t size = judge->table_size == 0 ? TABLE_FIRST : judge->table_size * 2;
	size_t *table = calloc(size, sizeof(*table));
	if (table == NULL) {
		judge->failed = true;
		return false;
	}
	free(judge->table);
	judge->table = table;
	judge->table_size = size;
	for (size_t i = 0; i < judge->pairs_count; i++)
		table[slot_of(judge, judge->pairs[i].before, judge->pairs[i].after)] = i + 1;
	return true;
}

size_t
mig_pair_find(
    const struct mig_judge *judge, const struct mig_schema *before, const struct mig_schema *after)
{
	if (judge->table_size == 0)
		return MIG_NO_PAIR;
	size_t found = judge->table[slot_of(judge, before, after)];
	return found == 0 ? MIG_NO_PAIR : found - 1;
}

/* A pair that is not there yet. */
static size_t
add_pair(struct mig_judge *judge, const struct mig_pair *pair)
{
	void *list = judge->pairs;
	if (!grow_table(judge) ||
	    !mig_judge_grow(judge, &list, judge->pairs_count, &judge->pairs_cap, sizeof(*pair)))
		return MIG_NO_PAIR;
	judge->pairs = list;
	judge->pairs[judge->pairs_count] = *pair;
	judge->table[slot_of(judge, pair->before, pair->after)] = judge->pairs_count + 1;
	return judge->pairs_count++;
}

size_t
mig_pair_of(struct mig_judge *judge, const struct mig_schema *before,
    const struct mig_schema *after, const struct mig_site *site)
{
	size_t known = mig_pair_find(judge, before, after);
	if (known != MIG_NO_PAIR)
		return known;
	return add_pair(judge,
	    &(struct mig_pair){
	        .before = before,
	        .after = after,
	        .site = *site,
	        .parent = MIG_NO_PAIR,
	    });
}

void
mig_pair_reach(struct mig_judge *judge, size_t pair, unsigned where, const struct mig_api_op *op)
{
	void *list = judge->roots;
	if (pair == MIG_NO_PAIR ||
	    !mig_judge_grow(
	        judge, &list, judge->roots_count, &judge->roots_cap, sizeof(*judge->roots)))
		return;
	judge->roots = list;
	judge->roots[judge->roots_count++] = (struct mig_root){ pair, where, op };
}

/* What is inside a pair. */
struct inside {
	struct mig_judge *judge;
	size_t parent;
	const char *name;
	const char *step;
	bool inner;
	bool read_only;
	bool write_only;
};

/* Once there are too many pairs the rest is not looked at, and the report says so. */
static size_t
inside_pair(
    const struct inside *in, const struct mig_schema *before, const struct mig_schema *after)
{
	struct mig_judge *judge = in->judge;
	size_t known = mig_pair_find(judge, before, after);
	if (known != MIG_NO_PAIR)
		return known;
	if (judge->pairs_count == MIG_API_PAIRS_MAX) {
		mig_judge_note(judge,
		    &(struct mig_raw){
		        .fact = MIG_FACT_COMPARISON_CUT,
		        .pair = in->parent,
		    });
		return MIG_NO_PAIR;
	}
	const struct mig_pair *parent = &judge->pairs[in->parent];
	return add_pair(judge,
	    &(struct mig_pair){
	        .before = before,
	        .after = after,
	        .site = parent->site,
	        .parent = in->parent,
	        .name = in->name,
	        .step = in->step,
	    });
}

static void
add_edge(const struct inside *in, const struct mig_schema *before, const struct mig_schema *after)
{
	struct mig_judge *judge = in->judge;
	if (before == NULL || after == NULL)
		return;
	size_t to = inside_pair(in, before, after);
	void *list = judge->edges;
	if (to == MIG_NO_PAIR || to == in->parent ||
	    !mig_judge_grow(
	        judge, &list, judge->edges_count, &judge->edges_cap, sizeof(*judge->edges)))
		return;
	judge->edges = list;
	judge->edges[judge->edges_count++] = (struct mig_edge){
		.from = in->parent,
		.to = to,
		.inner = in->inner,
		.read_only = in->read_only,
		.write_only = in->write_only,
	};
	judge->pairs[in->parent].edges_count++;
}

bool
mig_types_apart(const struct mig_schema *before, const struct mig_schema *after)
{
	unsigned left = before->types & ~MIG_T_NULL;
	unsigned right = after->types & ~MIG_T_NULL;
	return (left != 0 && right != 0 && (left & right) == 0) || before->never != after->never;
}

/* Properties of one name.  Both lists are sorted. */
static void
expand_props(struct inside *in, const struct mig_schema *before, const struct mig_schema *after)
{
	in->inner = true;
	for (size_t i = 0, j = 0; i < before->props_count && j < after->props_count;) {
		const struct mig_prop *left = &before->props[i];
		const struct mig_prop *right = &after->props[j];
		int order = strcmp(left->name, right->name);
		i += order <= 0;
		j += order >= 0;
		if (order != 0 || left->schema == NULL || right->schema == NULL)
			continue;
		in->name = left->name;
		in->read_only = left->schema->read_only && right->schema->read_only;
		in->write_only = left->schema->write_only && right->schema->write_only;
		add_edge(in, left->schema, right->schema);
	}
	in->name = NULL;
	in->read_only = false;
	in->write_only = false;
}

static void
expand_elements(struct inside *in, const struct mig_schema *before, const struct mig_schema *after)
{
	in->step = "items";
	add_edge(in, before->items, after->items);
	in->step = "prefixItems";
	for (size_t i = 0; i < before->prefix_count && i < after->prefix_count; i++)
		add_edge(in, before->prefix[i], after->prefix[i]);
	if (before->closed || after->closed ||
	    (before->additional == NULL && after->additional == NULL))
		return;
	in->step = "additionalProperties";
	add_edge(in, before->additional != NULL ? before->additional : in->judge->before->anything,
	    after->additional != NULL ? after->additional : in->judge->after->anything);
}

static void
expand_choices(struct inside *in, const struct mig_pair *pair)
{
	struct mig_choices choices;
	in->inner = false;
	for (size_t group = 0; mig_choices_init(in->judge, pair, group, &choices); group++) {
		in->step = choices.any ? "anyOf" : "oneOf";
		for (size_t i = 0; i < choices.before_count; i++)
			if (choices.before_match[i] != SIZE_MAX)
				add_edge(
				    in, choices.before[i], choices.after[choices.before_match[i]]);
		mig_choices_fini(&choices);
	}
}

/* The pair of a component that is a part of both: who reaches the whole reaches it as well. */
static void
expand_parts(struct inside *in, const struct mig_pair *pair)
{
	struct mig_judge *judge = in->judge;
	if (pair->before->parts_count + pair->after->parts_count < 3)
		return;
	for (size_t i = 0; i < pair->before->parts_count; i++) {
		const struct mig_tree *part = pair->before->parts[i];
		const struct mig_tree *other = part->parent == judge->before->schemas_node ?
		    mig_tree_get(judge->after->schemas_node, part->key) :
		    NULL;
		for (size_t j = 0; other != NULL && j < pair->after->parts_count; j++) {
			if (pair->after->parts[j] != other)
				continue;
			const struct mig_api_component *left =
			    mig_api_component(judge->before, part->key);
			const struct mig_api_component *right =
			    mig_api_component(judge->after, part->key);
			add_edge(in, left->schema, right->schema);
		}
	}
}

/* Schemas that have nothing in common still tell which components are in use inside them. */
static void
expand_apart(struct inside *in, const struct mig_schema *schema, struct mig_walk *walk)
{
	size_t count = mig_walk_from(walk, schema);
	in->inner = true;
	for (size_t i = 0; i < count; i++)
		add_edge(in, in->judge->pairs[walk->found[i]].before,
		    in->judge->pairs[walk->found[i]].after);
}

static void
expand(struct mig_judge *judge, size_t index, struct mig_walk *walks)
{
	/* The list of pairs may move while it grows. */
	const struct mig_pair pair = judge->pairs[index];
	struct inside in = { .judge = judge, .parent = index };
	judge->pairs[index].edges_first = judge->edges_count;
	if (mig_types_apart(pair.before, pair.after)) {
		expand_apart(&in, pair.before, &walks[0]);
		expand_apart(&in, pair.after, &walks[1]);
		return;
	}
	expand_props(&in, pair.before, pair.after);
	expand_elements(&in, pair.before, pair.after);
	expand_choices(&in, &pair);
	expand_parts(&in, &pair);
}

/* Places, not turned, seen from one level further in. */
static unsigned
move_in(unsigned where, const struct mig_edge *edge)
{
	unsigned out = where & (MIG_AT_READ_ONLY | MIG_AT_WRITE_ONLY | MIG_AT_HEADER);
	if (!edge->inner)
		return where;
	if ((where & (MIG_AT_PARAM | MIG_AT_PARAM_PROP)) != 0)
		out |= MIG_AT_PARAM_PROP;
	if ((where & (MIG_AT_HEADER_PARAM | MIG_AT_HEADER_PROP)) != 0)
		out |= MIG_AT_HEADER_PROP;
	if ((where & (MIG_AT_REQUEST | MIG_AT_REQUEST_PROP)) != 0)
		out |= edge->read_only ? MIG_AT_READ_ONLY : MIG_AT_REQUEST_PROP;
	if ((where & (MIG_AT_RESPONSE | MIG_AT_RESPONSE_PROP)) != 0)
		out |= edge->write_only ? MIG_AT_WRITE_ONLY : MIG_AT_RESPONSE_PROP;
	return out;
}

/* Pairs whose places have still to be told to those inside. */
struct queue {
	size_t *items;
	bool *waits;
	size_t count;
};

static void
arrive(struct mig_judge *judge, struct queue *queue, size_t pair, unsigned where)
{
	unsigned all = judge->pairs[pair].where | where;
	if (all == judge->pairs[pair].where)
		return;
	judge->pairs[pair].where = all;
	if (!queue->waits[pair]) {
		queue->waits[pair] = true;
		queue->items[queue->count++] = pair;
	}
}

static void
spread(struct mig_judge *judge, struct queue *queue)
{
	for (size_t i = 0; i < judge->roots_count; i++)
		arrive(judge, queue, judge->roots[i].pair, judge->roots[i].where);
	while (queue->count > 0) {
		size_t index = queue->items[--queue->count];
		queue->waits[index] = false;
		const struct mig_pair *pair = &judge->pairs[index];
		for (size_t i = 0; i < pair->edges_count; i++) {
			const struct mig_edge *edge = &judge->edges[pair->edges_first + i];
			unsigned plain = pair->where & ((1U << MIG_AT_TURNED) - 1);
			unsigned turned = pair->where >> MIG_AT_TURNED;
			arrive(judge, queue, edge->to,
			    move_in(plain, edge) | move_in(turned, edge) << MIG_AT_TURNED);
		}
	}
}

void
mig_pairs_expand(struct mig_judge *judge)
{
	struct mig_walk walks[2] = { 0 };
	if (mig_walk_init(&walks[0], judge, false) && mig_walk_init(&walks[1], judge, true))
		for (size_t i = 0; i < judge->pairs_count && !judge->failed; i++)
			expand(judge, i, walks);
	mig_walk_fini(&walks[0]);
	mig_walk_fini(&walks[1]);
	struct queue queue = {
		.items = calloc(judge->pairs_count + 1, sizeof(*queue.items)),
		.waits = calloc(judge->pairs_count + 1, sizeof(*queue.waits)),
	};
	if (queue.items == NULL || queue.waits == NULL)
		judge->failed = true;
	else if (!judge->failed)
		spread(judge, &queue);
	free(queue.items);
	free(queue.waits);
}
