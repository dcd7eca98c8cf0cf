/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "apispec/graphql.h"
#include "base/arena.h"

/* By name; definitions before what extends them, otherwise in their order. */
static int
compare_types(const void *a, const void *b)
{
	const struct mig_gql_type *left = *(const struct mig_gql_type *const *)a;
	const struct mig_gql_type *right = *(const struct mig_gql_type *const *)b;
	int order = strcmp(left->name, right->name);
	if (order != 0)
		return order;
	if (left->extends != right->extends)
		return left->extends ? 1 : -1;
	return left < right ? -1 : left > right;
}

static void
append_names(struct mig_arena *arena, struct mig_gql_names *to, const struct mig_gql_names *from)
{
	const char **items = mig_arena_array(arena, to->count + from->count, sizeof(*items));
	if (items == NULL || from->count == 0)
		return;
	if (to->count > 0)
		memcpy(items, to->items, to->count * sizeof(*items));
	memcpy(items + to->count, from->items, from->count * sizeof(*items));
	to->items = items;
	to->count += from->count;
}

/* How many fields a type and what extends it have together. */
static size_t
count_fields(struct mig_gql_type *const *types, size_t count)
{
	size_t sum = 0;
	for (size_t i = 0; i < count; i++)
		sum += types[i]->fields_count;
	return sum;
}

/* Put the others of a group of one name to its first. */
static void
join(struct mig_arena *arena, struct mig_gql_type **types, size_t count)
{
	struct mig_gql_type *first = types[0];
	struct mig_gql_field *fields =
	    mig_arena_array(arena, count_fields(types, count), sizeof(*fields));
	size_t filled = 0;
	if (fields == NULL || count < 2)
		return;
	for (size_t i = 0; i < count; i++) {
		if (types[i]->fields_count > 0)
			memcpy(fields + filled, types[i]->fields,
			    types[i]->fields_count * sizeof(*fields));
		filled += types[i]->fields_count;
		if (i == 0)
			continue;
		append_names(arena, &first->interfaces, &types[i]->interfaces);
		append_names(arena, &first->members, &types[i]->members);
		types[i]->name = NULL;
	}
	first->fields = fields;
	first->fields_count = filled;
}

const struct mig_gql_type *
mig_gql_merge(struct mig_graphql *graphql)
{
	size_t count = graphql->types_count;
	const struct mig_gql_type *twice = NULL;
	struct mig_gql_type **sorted = mig_arena_array(graphql->arena, count, sizeof(*sorted));
	const struct mig_gql_type **by_name =
	    mig_arena_array(graphql->arena, count, sizeof(*by_name));
	if (sorted == NULL || by_name == NULL)
		return NULL;
	for (size_t i = 0; i < count; i++)
		sorted[i] = &graphql->types[i];
	if (count > 1)
		qsort(sorted, count, sizeof(*sorted), compare_types);
	size_t kept = 0;
	for (size_t i = 0, end = 0; i < count; i = end) {
		while (end < count && strcmp(sorted[end]->name, sorted[i]->name) == 0) {
			if (end > i &&
			    (!sorted[end]->extends || sorted[end]->kind != sorted[i]->kind))
				twice = sorted[end];
			end++;
		}
		if (twice != NULL)
			return twice;
		join(graphql->arena, &sorted[i], end - i);
		sorted[kept++] = sorted[i];
	}
	for (size_t i = 0; i < kept; i++)
		by_name[i] = sorted[i];
	graphql->by_name = by_name;
	graphql->by_name_count = kept;
	return NULL;
}

static int
compare_fields(const void *a, const void *b)
{
	const struct mig_gql_field *left = *(const struct mig_gql_field *const *)a;
	const struct mig_gql_field *right = *(const struct mig_gql_field *const *)b;
	int order = strcmp(left->name, right->name);
	return order != 0 ? order : (left > right) - (left < right);
}

/* The second of two fields of one name; NULL: there are none such. */
static const struct mig_gql_field *
twice_among(struct mig_arena *arena, const struct mig_gql_field *fields, size_t count)
{
	const struct mig_gql_field **sorted =
	    count < 2 ? NULL : mig_arena_array(arena, count, sizeof(*sorted));
	if (sorted == NULL)
		return NULL;
	for (size_t i = 0; i < count; i++)
		sorted[i] = &fields[i];
	qsort(sorted, count, sizeof(*sorted), compare_fields);
	for (size_t i = 1; i < count; i++)
		if (strcmp(sorted[i]->name, sorted[i - 1]->name) == 0)
			return sorted[i];
	return NULL;
}

const struct mig_gql_field *
mig_gql_twice(const struct mig_graphql *graphql)
{
	const struct mig_gql_field *twice = NULL;
	for (size_t i = 0; i < graphql->by_name_count && twice == NULL; i++) {
		const struct mig_gql_type *type = graphql->by_name[i];
		twice = twice_among(graphql->arena, type->fields, type->fields_count);
		for (size_t k = 0; k < type->fields_count && twice == NULL; k++)
			twice = twice_among(
			    graphql->arena, type->fields[k].args, type->fields[k].args_count);
	}
	for (size_t i = 0; i < graphql->directives_count && twice == NULL; i++) {
		const struct mig_gql_field *head = &graphql->directives[i].head;
		twice = twice_among(graphql->arena, head->args, head->args_count);
		/* There are few of them. */
		for (size_t k = 0; k < i && twice == NULL; k++)
			if (strcmp(graphql->directives[k].name, head->name) == 0)
				twice = head;
	}
	return twice;
}

const struct mig_gql_type *
mig_gql_type(const struct mig_graphql *graphql, const char *name)
{
	size_t low = 0;
	size_t high = graphql->by_name_count;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = strcmp(graphql->by_name[middle]->name, name);
		if (order == 0)
			return graphql->by_name[middle];
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}
