/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/*
 * Which choices of oneOf and anyOf belong together: those of one name, those that are equal, and of
 * the rest those of one type, in their order.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "apispec/judge_int.h"

/* A choice by what it is found. */
struct token {
	const char *name;
	uint64_t shape;
	size_t index;
};

static int
compare_tokens(const void *a, const void *b)
{
	const struct token *left = a;
	const struct token *right = b;
	int order = strcmp(left->name, right->name);
	if (order != 0)
		return order;
	if (left->shape != right->shape)
		return left->shape < right->shape ? -1 : 1;
	return left->index < right->index ? -1 : left->index > right->index;
}

/* Whether a schema is a choice and nothing else. */
static bool
is_bare(const struct mig_schema *schema)
{
	return schema->groups_count == 1 && schema->types == 0 && schema->props_count == 0;
}

/* The list of choices of a schema; the schema itself, where the other side is nothing but one. */
static const struct mig_schema *const *
list_of(const struct mig_schema *const *schema, const struct mig_schema *other, size_t group,
    size_t *ret_count)
{
	if (group < (*schema)->groups_count) {
		*ret_count = (*schema)->groups[group].count;
		return (*schema)->groups[group].members;
	}
	*ret_count = 1;
	return (*schema)->groups_count == 0 && is_bare(other) ? schema : NULL;
}

/* Those without a match, by name or by shape. */
static size_t
tokens_of(const struct mig_schema *const *list, size_t count, const size_t *match,
    const uint64_t *shapes, struct token *tokens)
{
	size_t filled = 0;
	for (size_t i = 0; i < count; i++) {
		if (match[i] != SIZE_MAX || (shapes == NULL && list[i]->component == NULL))
			continue;
		tokens[filled++] = (struct token){
			.name = shapes == NULL ? list[i]->component : "",
			.shape = shapes == NULL ? 0 : shapes[list[i]->index],
			.index = i,
		};
	}
	if (filled > 1)
		qsort(tokens, filled, sizeof(*tokens), compare_tokens);
	return filled;
}

static void
match_sorted(struct mig_choices *choices, const struct token *left, size_t left_count,
    const struct token *right, size_t right_count)
{
	for (size_t i = 0, j = 0; i < left_count && j < right_count;) {
		int order = strcmp(left[i].name, right[j].name);
		if (order == 0 && left[i].shape != right[j].shape)
			order = left[i].shape < right[j].shape ? -1 : 1;
		if (order == 0) {
			choices->before_match[left[i].index] = right[j].index;
			choices->after_match[right[j].index] = left[i].index;
		}
		i += order <= 0;
		j += order >= 0;
	}
}

/* What is left and has no name: in order, when the types fit. */
static void
match_rest(struct mig_choices *choices)
{
	size_t j = 0;
	for (size_t i = 0; i < choices->before_count; i++) {
		if (choices->before_match[i] != SIZE_MAX || choices->before[i]->component != NULL)
			continue;
		while (j < choices->after_count &&
		    (choices->after_match[j] != SIZE_MAX || choices->after[j]->component != NULL))
			j++;
		if (j == choices->after_count)
			return;
		if (mig_types_apart(choices->before[i], choices->after[j]))
			continue;
		choices->before_match[i] = j;
		choices->after_match[j] = i;
	}
}

static void
match(struct mig_judge *judge, struct mig_choices *choices)
{
	struct token *left = calloc(choices->before_count + 1, sizeof(*left));
	struct token *right = calloc(choices->after_count + 1, sizeof(*right));
	if (left == NULL || right == NULL)
		judge->failed = true;
	for (int by_shape = 0; by_shape < 2 && !judge->failed; by_shape++) {
		size_t left_count = tokens_of(choices->before, choices->before_count,
		    choices->before_match, by_shape ? judge->shapes_before : NULL, left);
		size_t right_count = tokens_of(choices->after, choices->after_count,
		    choices->after_match, by_shape ? judge->shapes_after : NULL, right);
		match_sorted(choices, left, left_count, right, right_count);
	}
	if (!judge->failed)
		match_rest(choices);
	free(left);
	free(right);
}

static size_t *
no_match(size_t count)
{
	size_t *list = calloc(count + 1, sizeof(*list));
	for (size_t i = 0; list != NULL && i < count; i++)
		list[i] = SIZE_MAX;
	return list;
}

bool
mig_choices_init(
    struct mig_judge *judge, const struct mig_pair *pair, size_t group, struct mig_choices *choices)
{
	*choices = (struct mig_choices){ 0 };
	if (group >= pair->before->groups_count && group >= pair->after->groups_count)
		return false;
	choices->before = list_of(&pair->before, pair->after, group, &choices->before_count);
	choices->after = list_of(&pair->after, pair->before, group, &choices->after_count);
	if (choices->before == NULL || choices->after == NULL)
		return false;
	const struct mig_schema *said =
	    group < pair->after->groups_count ? pair->after : pair->before;
	choices->any = said->groups[group].any;
	choices->before_match = no_match(choices->before_count);
	choices->after_match = no_match(choices->after_count);
	if (choices->before_match == NULL || choices->after_match == NULL) {
		judge->failed = true;
		mig_choices_fini(choices);
		return false;
	}
	match(judge, choices);
	return true;
}

void
mig_choices_fini(struct mig_choices *choices)
{
	free(choices->before_match);
	free(choices->after_match);
	*choices = (struct mig_choices){ 0 };
}
