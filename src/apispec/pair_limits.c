/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include "config.h"

#include <math.h>
#include <string.h>

#include "apispec/judge_int.h"

/* The first of the four facts about a limit, in the order of enum mig_bound. */
static const enum mig_fact limit_facts[] = {
	MIG_FACT_MAX_LOWERED,
	MIG_FACT_MIN_LOWERED,
	MIG_FACT_MAX_LENGTH_LOWERED,
	MIG_FACT_MIN_LENGTH_LOWERED,
	MIG_FACT_MAX_ITEMS_LOWERED,
	MIG_FACT_MIN_ITEMS_LOWERED,
	MIG_FACT_MAX_PROPERTIES_LOWERED,
	MIG_FACT_MIN_PROPERTIES_LOWERED,
};

/* Keywords that are compared as a whole, and their facts. */
static const struct {
	const char *keyword;
	enum mig_fact fact;
} keyword_facts[] = {
	{ "if", MIG_FACT_CONDITION_CHANGED },
	{ "then", MIG_FACT_CONDITION_CHANGED },
	{ "else", MIG_FACT_CONDITION_CHANGED },
	{ "not", MIG_FACT_NOT_CHANGED },
	{ "contains", MIG_FACT_CONTAINS_CHANGED },
	{ "minContains", MIG_FACT_CONTAINS_CHANGED },
	{ "maxContains", MIG_FACT_CONTAINS_CHANGED },
	{ "patternProperties", MIG_FACT_PATTERN_PROPERTIES_CHANGED },
};

static void
note(struct mig_judge *judge, size_t index, enum mig_fact fact, const struct mig_tree *left,
    const struct mig_tree *right)
{
	const struct mig_pair *pair = &judge->pairs[index];
	struct mig_raw raw = {
		.fact = fact,
		.pair = index,
		.old_node = left,
		.new_node = right,
		.before = left,
		.after = right,
	};
	if (left == NULL && pair->before->parts_count > 0)
		raw.before = pair->before->parts[0];
	if (right == NULL && pair->after->parts_count > 0)
		raw.after = pair->after->parts[0];
	mig_judge_note(judge, &raw);
}

static bool
same_limit(const struct mig_limit *left, const struct mig_limit *right)
{
	if (left->node == NULL || right->node == NULL)
		return left->node == right->node;
	return !(left->value < right->value) && !(left->value > right->value) &&
	    left->exclusive == right->exclusive;
}

static void
facts_limit(struct mig_judge *judge, size_t index, enum mig_bound bound)
{
	const struct mig_limit *left = mig_schema_limit(judge->pairs[index].before, bound);
	const struct mig_limit *right = mig_schema_limit(judge->pairs[index].after, bound);
	bool upper = bound == MIG_BOUND_MAX;
	if (same_limit(left, right))
		return;
	enum mig_fact first = limit_facts[bound];
	bool gone = right->node == NULL;
	bool fresh = left->node == NULL;
	bool lower = !fresh && !gone && right->value < left->value;
	bool higher = !fresh && !gone && right->value > left->value;
	if (left->exclusive || right->exclusive) {
		bool tighter = fresh || (upper ? lower : higher) ||
		    (!gone && !lower && !higher && right->exclusive);
		note(judge, index,
		    tighter ? MIG_FACT_EXCLUSIVE_TIGHTENED : MIG_FACT_EXCLUSIVE_RELAXED, left->node,
		    right->node);
		return;
	}
	unsigned which = lower ? 0 : 1;
	if (fresh || gone)
		which = fresh ? 2 : 3;
	note(judge, index, first + which, left->node, right->node);
}

/* Whether one number is a multiple of another. */
static bool
divides(double divisor, double value)
{
	double times = divisor > 0.0 ? value / divisor : 0.5;
	return !(fabs(times - round(times)) > 1e-9);
}

static void
facts_multiple(struct mig_judge *judge, size_t index)
{
	const struct mig_limit *left =
	    mig_schema_limit(judge->pairs[index].before, MIG_BOUND_MULTIPLE);
	const struct mig_limit *right =
	    mig_schema_limit(judge->pairs[index].after, MIG_BOUND_MULTIPLE);
	if (same_limit(left, right))
		return;
	enum mig_fact fact = MIG_FACT_MULTIPLE_CHANGED;
	if (left->node == NULL || (right->node != NULL && divides(left->value, right->value)))
		fact = MIG_FACT_MULTIPLE_TIGHTENED;
	else if (right->node == NULL || divides(right->value, left->value))
		fact = MIG_FACT_MULTIPLE_RELAXED;
	note(judge, index, fact, left->node, right->node);
}

/* The value of a keyword of one of the schema's parts. */
static const struct mig_tree *
keyword_node(const struct mig_schema *schema, const char *keyword)
{
	for (size_t i = 0; i < schema->parts_count; i++) {
		const struct mig_tree *node = mig_tree_get(schema->parts[i], keyword);
		if (node != NULL)
			return node;
	}
	return NULL;
}

static void
facts_pattern(struct mig_judge *judge, size_t index)
{
	const struct mig_schema *before = judge->pairs[index].before;
	const struct mig_schema *after = judge->pairs[index].after;
	const char *left = before->pattern;
	const char *right = after->pattern;
	if (left == right || (left != NULL && right != NULL && strcmp(left, right) == 0))
		return;
	enum mig_fact fact = MIG_FACT_PATTERN_CHANGED;
	if (left == NULL || right == NULL)
		fact = left == NULL ? MIG_FACT_PATTERN_ADDED : MIG_FACT_PATTERN_REMOVED;
	else if (strcmp(right, ".*") == 0 || strcmp(right, "^.*$") == 0)
		fact = MIG_FACT_PATTERN_WIDENED;
	note(judge, index, fact, keyword_node(before, "pattern"), keyword_node(after, "pattern"));
}

/* Whether there is such a keyword on the other side, with the same value. */
static bool
has_keyword(struct mig_judge *judge, const struct mig_keyword *keyword,
    const struct mig_schema *other, bool forward)
{
	const uint64_t *own = forward ? judge->shapes_before : judge->shapes_after;
	const uint64_t *theirs = forward ? judge->shapes_after : judge->shapes_before;
	for (size_t i = 0; i < other->keywords_count; i++) {
		const struct mig_keyword *each = &other->keywords[i];
		if (strcmp(each->name, keyword->name) != 0 || strcmp(each->key, keyword->key) != 0)
			continue;
		if (each->schema != NULL && keyword->schema != NULL)
			return theirs[each->schema->index] == own[keyword->schema->index];
		const char *left = mig_tree_json_text(keyword->node, true, judge->arena);
		const char *right = mig_tree_json_text(each->node, true, judge->arena);
		return left != NULL && right != NULL && strcmp(left, right) == 0;
	}
	return false;
}

static void
note_keyword(struct mig_judge *judge, size_t index, const struct mig_keyword *keyword)
{
	const struct mig_pair *pair = &judge->pairs[index];
	const struct mig_tree *left = keyword_node(pair->before, keyword->name);
	const struct mig_tree *right = keyword_node(pair->after, keyword->name);
	enum mig_fact fact = MIG_FACT_KEYWORD_CHANGED;
	for (size_t i = 0; i < sizeof(keyword_facts) / sizeof(keyword_facts[0]); i++)
		if (strcmp(keyword_facts[i].keyword, keyword->name) == 0)
			fact = keyword_facts[i].fact;
	mig_judge_note(judge,
	    &(struct mig_raw){
	        .fact = fact,
	        .pair = index,
	        .name = keyword->name,
	        .old_node = left,
	        .new_node = right,
	        .before = left,
	        .after = right,
	    });
}

/* Keywords that are compared as a whole; those of one name once. */
static void
facts_keywords(struct mig_judge *judge, size_t index)
{
	const struct mig_schema *before = judge->pairs[index].before;
	const struct mig_schema *after = judge->pairs[index].after;
	const char *last = "";
	for (size_t i = 0; i < before->keywords_count; i++) {
		const struct mig_keyword *keyword = &before->keywords[i];
		if (has_keyword(judge, keyword, after, true) || strcmp(last, keyword->name) == 0)
			continue;
		note_keyword(judge, index, keyword);
		last = keyword->name;
	}
	for (size_t i = 0; i < after->keywords_count; i++) {
		const struct mig_keyword *keyword = &after->keywords[i];
		bool told =
		    keyword_node(before, keyword->name) != NULL && strcmp(last, keyword->name) == 0;
		if (told || has_keyword(judge, keyword, before, false))
			continue;
		if (strcmp(last, keyword->name) != 0)
			note_keyword(judge, index, keyword);
		last = keyword->name;
	}
}

static void
facts_const(struct mig_judge *judge, size_t index)
{
	const struct mig_schema *before = judge->pairs[index].before;
	const struct mig_schema *after = judge->pairs[index].after;
	const char *left = before->const_text;
	const char *right = after->const_text;
	/* A single value of "enum" is told there. */
	if ((left == NULL && before->enumeration.items != NULL) ||
	    (right == NULL && after->enumeration.items != NULL))
		return;
	if (left == right || (left != NULL && right != NULL && strcmp(left, right) == 0))
		return;
	note(judge, index, MIG_FACT_CONST_CHANGED, before->const_node, after->const_node);
}

static void
facts_mapping(struct mig_judge *judge, size_t index, const struct mig_tree *left,
    const struct mig_tree *right)
{
	const struct mig_tree *at = left == NULL ? NULL : left->first;
	struct mig_raw raw = { .pair = index, .before = left, .after = right };
	for (; at != NULL; at = at->next) {
		const char *now = mig_tree_get_text(right, at->key);
		raw.name = at->key;
		raw.old_node = at;
		raw.new_node = mig_tree_get(right, at->key);
		raw.fact = now == NULL ? MIG_FACT_MAPPING_DELETED : MIG_FACT_MAPPING_CHANGED;
		if (now == NULL || !mig_tree_is(at, now))
			mig_judge_note(judge, &raw);
	}
	for (at = right == NULL ? NULL : right->first; at != NULL; at = at->next) {
		raw.fact = MIG_FACT_MAPPING_ADDED;
		raw.name = at->key;
		raw.old_node = NULL;
		raw.new_node = at;
		if (mig_tree_get(left, at->key) == NULL)
			mig_judge_note(judge, &raw);
	}
}

static void
facts_discriminator(struct mig_judge *judge, size_t index)
{
	const struct mig_tree *left = judge->pairs[index].before->discriminator;
	const struct mig_tree *right = judge->pairs[index].after->discriminator;
	if (left == NULL && right == NULL)
		return;
	if (left == NULL || right == NULL) {
		note(judge, index,
		    left == NULL ? MIG_FACT_DISCRIMINATOR_ADDED : MIG_FACT_DISCRIMINATOR_REMOVED,
		    left, right);
		return;
	}
	const struct mig_tree *was = mig_tree_get(left, "propertyName");
	const struct mig_tree *is = mig_tree_get(right, "propertyName");
	if (was != NULL && is != NULL && is->text != NULL && !mig_tree_is(was, is->text))
		note(judge, index, MIG_FACT_DISCRIMINATOR_RENAMED, was, is);
	facts_mapping(judge, index, mig_tree_get(left, "mapping"), mig_tree_get(right, "mapping"));
}

void
mig_pair_facts_limits(struct mig_judge *judge, size_t index)
{
	const struct mig_schema *before = judge->pairs[index].before;
	const struct mig_schema *after = judge->pairs[index].after;
	for (unsigned bound = MIG_BOUND_MAX; bound <= MIG_BOUND_MIN_PROPERTIES; bound++)
		facts_limit(judge, index, bound);
	facts_multiple(judge, index);
	if (before->unique_items != after->unique_items)
		note(judge, index,
		    after->unique_items ? MIG_FACT_UNIQUE_SET : MIG_FACT_UNIQUE_UNSET,
		    keyword_node(before, "uniqueItems"), keyword_node(after, "uniqueItems"));
	facts_pattern(judge, index);
	if (before->closed != after->closed)
		note(judge, index,
		    after->closed ? MIG_FACT_ADDITIONAL_FORBIDDEN : MIG_FACT_ADDITIONAL_ALLOWED,
		    before->additional_node, after->additional_node);
	if (before->prefix_count != after->prefix_count)
		note(
		    judge, index, MIG_FACT_PREFIX_CHANGED, before->prefix_node, after->prefix_node);
	facts_const(judge, index);
	facts_keywords(judge, index);
	facts_discriminator(judge, index);
}
