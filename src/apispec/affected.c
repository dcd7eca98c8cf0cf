/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "apispec/affected.h"
#include "base/arena.h"
#include "base/limits.h"

/* Turn counts into offsets, one behind. */
static void
offsets(size_t *first, size_t count)
{
	size_t sum = 0;
	for (size_t i = 0; i <= count; i++) {
		size_t here = first[i];
		first[i] = sum;
		sum += here;
	}
}

static void
fill(struct mig_affected *affected)
{
	const struct mig_judge *judge = affected->judge;
	size_t count = judge->pairs_count;
	for (size_t i = 0; i < judge->edges_count; i++)
		affected->sources_first[judge->edges[i].to]++;
	for (size_t i = 0; i < judge->roots_count; i++)
		affected->roots_first[judge->roots[i].pair]++;
	offsets(affected->sources_first, count);
	offsets(affected->roots_first, count);
	/* Each entry goes to its offset, which moves on; then all have to move back by one pair. */
	for (size_t i = 0; i < judge->edges_count; i++)
		affected->sources[affected->sources_first[judge->edges[i].to]++] =
		    judge->edges[i].from;
	for (size_t i = 0; i < judge->roots_count; i++)
		affected->roots[affected->roots_first[judge->roots[i].pair]++] = i;
	memmove(affected->sources_first + 1, affected->sources_first,
	    count * sizeof(*affected->sources_first));
	memmove(affected->roots_first + 1, affected->roots_first,
	    count * sizeof(*affected->roots_first));
	affected->sources_first[0] = 0;
	affected->roots_first[0] = 0;
}

bool
mig_affected_init(struct mig_affected *affected, struct mig_judge *judge)
{
	size_t count = judge->pairs_count;
	*affected = (struct mig_affected){
		.judge = judge,
		.sources = calloc(judge->edges_count + 1, sizeof(size_t)),
		.sources_first = calloc(count + 2, sizeof(size_t)),
		.roots = calloc(judge->roots_count + 1, sizeof(size_t)),
		.roots_first = calloc(count + 2, sizeof(size_t)),
		.visited = calloc(count + 1, sizeof(size_t)),
		.open = calloc(count + 1, sizeof(size_t)),
		.known = calloc(count + 1, sizeof(*affected->known)),
	};
	if (affected->sources == NULL || affected->sources_first == NULL ||
	    affected->roots == NULL || affected->roots_first == NULL || affected->visited == NULL ||
	    affected->open == NULL || affected->known == NULL) {
		judge->failed = true;
		return false;
	}
	fill(affected);
	return true;
}

void
mig_affected_fini(struct mig_affected *affected)
{
	free(affected->sources);
	free(affected->sources_first);
	free(affected->roots);
	free(affected->roots_first);
	free(affected->visited);
	free(affected->open);
	free(affected->known);
	*affected = (struct mig_affected){ 0 };
}

static int
compare_ops(const void *a, const void *b)
{
	const struct mig_api_op *const *left = a;
	const struct mig_api_op *const *right = b;
	if (*left == *right)
		return 0;
	return (*left)->node->seq < (*right)->node->seq ? -1 : 1;
}

const char *const *
mig_affected_names(struct mig_judge *judge, const struct mig_api_op **ops, size_t count)
{
	const char **names = mig_arena_array(judge->arena, count + 1, sizeof(*names));
	size_t filled = 0;
	if (names == NULL) {
		judge->failed = true;
		return NULL;
	}
	if (count > 1)
		qsort(ops, count, sizeof(*ops), compare_ops);
	/* What is no path (webhooks, callbacks) is no operation that anyone calls. */
	for (size_t i = 0; i < count; i++) {
		if (ops[i]->path[0] != '/')
			continue;
		const char *name = mig_op_name(judge, ops[i]);
		if (name != NULL && (filled == 0 || strcmp(names[filled - 1], name) != 0))
			names[filled++] = name;
	}
	return filled == 0 ? NULL : names;
}

/* Up to the pair that others, or operations, reach in more than one way. */
static size_t
only_source(const struct mig_affected *affected, size_t pair)
{
	for (size_t step = 0; step < affected->judge->pairs_count; step++) {
		size_t first = affected->sources_first[pair];
		if (affected->sources_first[pair + 1] != first + 1 ||
		    affected->roots_first[pair + 1] != affected->roots_first[pair])
			break;
		pair = affected->sources[first];
	}
	return pair;
}

/* Walk to all that contain the pair, and collect what reaches them. */
static size_t
collect(struct mig_affected *affected, size_t pair, const struct mig_api_op **ops)
{
	size_t count = 0;
	size_t end = 0;
	affected->walk++;
	affected->open[end++] = pair;
	affected->visited[pair] = affected->walk;
	for (size_t next = 0; next < end; next++) {
		size_t at = affected->open[next];
		for (size_t i = affected->roots_first[at]; i < affected->roots_first[at + 1]; i++) {
			if (count == MIG_API_AFFECTED_MAX)
				return count;
			ops[count++] = affected->judge->roots[affected->roots[i]].op;
		}
		for (size_t i = affected->sources_first[at]; i < affected->sources_first[at + 1];
		     i++) {
			size_t source = affected->sources[i];
			if (affected->visited[source] == affected->walk)
				continue;
			affected->visited[source] = affected->walk;
			affected->open[end++] = source;
		}
	}
	return count;
}

const char *const *
mig_affected_by(struct mig_affected *affected, size_t pair)
{
	const struct mig_api_op *ops[MIG_API_AFFECTED_MAX];
	pair = only_source(affected, pair);
	if (affected->known[pair] == NULL)
		affected->known[pair] =
		    mig_affected_names(affected->judge, ops, collect(affected, pair, ops));
	return affected->known[pair];
}
