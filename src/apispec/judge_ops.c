/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/*
 * Which operations stand for each other, which are new or gone, and where a lost one may have gone.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "apispec/walk.h"

/* Operations of one section, sorted by key and method. */
struct sorted {
	const struct mig_api_op **items;
	size_t count;
};

struct matching {
	struct mig_judge *judge;
	struct sorted before;
	struct sorted after;
	const struct mig_api_op **gone; /* operations without counterpart */
	const struct mig_api_op **fresh;
	size_t gone_count;
	size_t fresh_count;
};

static int
compare_ops(const void *a, const void *b)
{
	const struct mig_api_op *const *left = a;
	const struct mig_api_op *const *right = b;
	int order = strcmp((*left)->key, (*right)->key);
	return order != 0 ? order : strcmp((*left)->method, (*right)->method);
}

static int
compare_places(const void *a, const void *b)
{
	const struct mig_api_op *const *left = a;
	const struct mig_api_op *const *right = b;
	return (*left)->node->seq < (*right)->node->seq ? -1 : 1;
}

static bool
sort_ops(struct mig_judge *judge, const struct mig_api_ops *ops, struct sorted *sorted)
{
	sorted->items = calloc(ops->count + 1, sizeof(*sorted->items));
	if (sorted->items == NULL) {
		judge->failed = true;
		return false;
	}
	sorted->count = ops->count;
	for (size_t i = 0; i < ops->count; i++)
		sorted->items[i] = &ops->items[i];
	if (ops->count > 1)
		qsort(sorted->items, ops->count, sizeof(*sorted->items), compare_ops);
	return true;
}

/* Whether any operation of a path is there. */
static bool
has_path(const struct sorted *sorted, const char *key)
{
	size_t low = 0;
	size_t high = sorted->count;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = strcmp(sorted->items[middle]->key, key);
		if (order == 0)
			return true;
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return false;
}

const char *
mig_op_path(struct mig_judge *judge, const struct mig_api_op *op)
{
	char method[16];
	size_t len = strlen(op->method);
	for (size_t i = 0; i <= len && i < sizeof(method); i++)
		method[i] = (char)(op->method[i] >= 'A' ? op->method[i] | 0x20 : op->method[i]);
	return mig_judge_printf(judge, "paths.%s.%s", op->path, method);
}

const char *
mig_op_name(struct mig_judge *judge, const struct mig_api_op *op)
{
	return mig_judge_printf(judge, "%s %s", op->method, op->path);
}

/* Drafts promise nothing. */
static bool
is_draft(const struct mig_api_op *op)
{
	return op->stability != NULL &&
	    (strcmp(op->stability, "draft") == 0 || strcmp(op->stability, "alpha") == 0);
}

/* Days of a month before those of a year that ends in February. */
bool
mig_date_read(const char *text, int64_t *ret_days)
{
	static const char form[] = "0000-00-00";
	int64_t number[3] = { 0, 0, 0 };
	int part = 0;
	if (text == NULL || strlen(text) < sizeof(form) - 1)
		return false;
	for (size_t i = 0; i < sizeof(form) - 1; i++) {
		if (form[i] == '-') {
			if (text[i] != '-')
				return false;
			part++;
			continue;
		}
		if (text[i] < '0' || text[i] > '9')
			return false;
		number[part] = number[part] * 10 + (text[i] - '0');
	}
	if (number[1] < 1 || number[1] > 12 || number[2] < 1 || number[2] > 31)
		return false;
	/* Years that begin in March have their odd day at the end. */
	int64_t year = number[1] <= 2 ? number[0] - 1 : number[0];
	int64_t month = (number[1] + 9) % 12;
	int64_t days =
	    year * 365 + year / 4 - year / 100 + year / 400 + (month * 153 + 2) / 5 + number[2] - 1;
	*ret_days = days - 719468;
	return true;
}

/* The fact about a lost operation: what was announced counts. */
static enum mig_fact
lost_fact(const struct mig_judge *judge, const struct mig_api_op *op, bool whole_path)
{
	int64_t sunset = 0;
	enum mig_fact first = whole_path ? MIG_FACT_PATH_REMOVED : MIG_FACT_METHOD_REMOVED;
	if (!op->deprecated)
		return first;
	if (op->sunset == NULL)
		return first + 1;
	if (!mig_date_read(op->sunset, &sunset))
		return first + 3;
	return judge->policy.today == 0 || judge->policy.today < sunset ? first + 2 : first + 1;
}

/* The last part of a path that is no parameter. */
static const char *
last_word(const char *key, size_t *ret_len)
{
	const char *end = key + strlen(key);
	while (end > key) {
		const char *start = end;
		while (start > key && start[-1] != '/')
			start--;
		if (start < end && *start != '{') {
			*ret_len = (size_t)(end - start);
			return start;
		}
		end = start > key ? start - 1 : key;
	}
	*ret_len = 0;
	return key;
}

/* Whether a new operation looks like a lost one: the same id, or the same end of the path. */
static bool
looks_like(const struct mig_api_op *gone, const struct mig_api_op *fresh)
{
	size_t left_len = 0;
	size_t right_len = 0;
	MIG_ASSERT(gone != NULL && fresh != NULL);
	if (strcmp(gone->method, fresh->method) != 0)
		return false;
	if (gone->id != NULL && fresh->id != NULL)
		return strcmp(gone->id, fresh->id) == 0;
	const char *left = last_word(gone->key, &left_len);
	const char *right = last_word(fresh->key, &right_len);
	return left_len > 0 && left_len == right_len && memcmp(left, right, left_len) == 0 &&
	    gone->params_count == fresh->params_count &&
	    (gone->body.node == NULL) == (fresh->body.node == NULL);
}

/* Where a lost operation may have gone; NULL when no single one looks like it. */
static const struct mig_api_op *
find_moved(const struct matching *matching, const struct mig_api_op *gone)
{
	const struct mig_api_op *found = NULL;
	for (size_t i = 0; i < matching->fresh_count; i++) {
		if (!looks_like(gone, matching->fresh[i]))
			continue;
		if (found != NULL)
			return NULL;
		found = matching->fresh[i];
	}
	return found;
}

static void
note_gone(struct matching *matching, const struct mig_api_op *op)
{
	MIG_ASSERT(op != NULL);
	struct mig_judge *judge = matching->judge;
	struct mig_raw raw = {
		.fact = lost_fact(judge, op, !has_path(&matching->after, op->key)),
		.pair = MIG_NO_PAIR,
		.where = MIG_AT_REQUEST,
		.old_node = op->node,
		.before = op->node,
		.path = mig_op_path(judge, op),
		.subject = mig_op_name(judge, op),
		.op = op,
	};
	const struct mig_api_op *moved = find_moved(matching, op);
	if (raw.fact == MIG_FACT_PATH_REMOVED_EARLY || raw.fact == MIG_FACT_METHOD_REMOVED_EARLY ||
	    raw.fact == MIG_FACT_PATH_REMOVED_UNDATED ||
	    raw.fact == MIG_FACT_METHOD_REMOVED_UNDATED)
		raw.old_text = mig_judge_printf(judge, "\"%s\"", op->sunset);
	if (moved != NULL)
		raw.advice = mig_judge_printf(judge,
		    "It seems to have moved to %s %s: keep the old path and answer from there.",
		    moved->method, moved->path);
	if (!is_draft(op))
		mig_judge_note(judge, &raw);
}

static void
note_fresh(struct matching *matching, const struct mig_api_op *op)
{
	MIG_ASSERT(op != NULL);
	struct mig_judge *judge = matching->judge;
	mig_judge_note(judge,
	    &(struct mig_raw){
	        .fact = has_path(&matching->before, op->key) ? MIG_FACT_METHOD_ADDED :
	                                                       MIG_FACT_PATH_ADDED,
	        .pair = MIG_NO_PAIR,
	        .where = MIG_AT_REQUEST,
	        .new_node = op->node,
	        .after = op->node,
	        .path = mig_op_path(judge, op),
	        .subject = mig_op_name(judge, op),
	        .op = op,
	    });
}

/* An operation that has no counterpart still tells which components are in use, and as what. */
static void
walk_from(struct mig_walk *walk, const struct mig_schema *start, unsigned where,
    const struct mig_api_op *op)
{
	size_t count = start == NULL ? 0 : mig_walk_from(walk, start);
	for (size_t i = 0; i < count; i++)
		mig_pair_reach(walk->judge, walk->found[i], where, op);
}

static void
walk_op(struct mig_walk *walk, const struct mig_api_op *op)
{
	for (size_t i = 0; i < op->params_count; i++)
		walk_from(walk, op->params[i].schema, MIG_AT_PARAM, op);
	for (size_t i = 0; i < op->body.content.count; i++)
		walk_from(walk, op->body.content.items[i].schema, MIG_AT_REQUEST, op);
	for (size_t i = 0; i < op->responses_count; i++)
		for (size_t j = 0; j < op->responses[i].content.count; j++)
			walk_from(
			    walk, op->responses[i].content.items[j].schema, MIG_AT_RESPONSE, op);
}

static void
walk_all(struct mig_judge *judge, bool after, const struct mig_api_op **ops, size_t count)
{
	struct mig_walk walk;
	if (mig_walk_init(&walk, judge, after))
		for (size_t i = 0; i < count && !judge->failed; i++)
			walk_op(&walk, ops[i]);
	mig_walk_fini(&walk);
}

/* Pair the operations of two sorted lists. */
static void
match_ops(struct matching *matching)
{
	const struct sorted *before = &matching->before;
	const struct sorted *after = &matching->after;
	size_t i = 0;
	size_t j = 0;
	while (i < before->count || j < after->count) {
		int order = 0;
		if (i == before->count || j == after->count)
			order = i == before->count ? 1 : -1;
		else
			order = compare_ops(&before->items[i], &after->items[j]);
		if (order < 0)
			matching->gone[matching->gone_count++] = before->items[i];
		else if (order > 0)
			matching->fresh[matching->fresh_count++] = after->items[j];
		else
			mig_judge_op(matching->judge, before->items[i], after->items[j], 0);
		i += order <= 0;
		j += order >= 0;
	}
}

static void
tell_unmatched(struct matching *matching)
{
	struct mig_judge *judge = matching->judge;
	if (matching->gone_count > 1)
		qsort(
		    matching->gone, matching->gone_count, sizeof(*matching->gone), compare_places);
	if (matching->fresh_count > 1)
		qsort(matching->fresh, matching->fresh_count, sizeof(*matching->fresh),
		    compare_places);
	for (size_t i = 0; i < matching->gone_count; i++)
		note_gone(matching, matching->gone[i]);
	for (size_t i = 0; i < matching->fresh_count; i++)
		note_fresh(matching, matching->fresh[i]);
	walk_all(judge, false, matching->gone, matching->gone_count);
	walk_all(judge, true, matching->fresh, matching->fresh_count);
}

/* A webhook that only one side has; order below 0 says that it is the old one. */
static void
note_webhook(struct mig_judge *judge, const struct mig_api_op *op, int order)
{
	mig_judge_note(judge,
	    &(struct mig_raw){
	        .fact = order < 0 ? MIG_FACT_WEBHOOK_REMOVED : MIG_FACT_WEBHOOK_ADDED,
	        .pair = MIG_NO_PAIR,
	        .where = MIG_AT_REQUEST,
	        .name = op->path,
	        .before = order < 0 ? op->node : NULL,
	        .after = order < 0 ? NULL : op->node,
	        .old_node = order < 0 ? op->node : NULL,
	        .new_node = order < 0 ? NULL : op->node,
	        .path = mig_op_path(judge, op),
	        .subject = mig_op_name(judge, op),
	    });
}

/*
 * Of two sorted lists: whether the next is the old side's alone (-1), the new one's (1), or
 * both.
 */
static int
next_order(const struct sorted *before, size_t i, const struct sorted *after, size_t j)
{
	if (i == before->count || j == after->count)
		return i == before->count ? 1 : -1;
	return compare_ops(&before->items[i], &after->items[j]);
}

/* What the server calls: there the roles are turned. */
static void
judge_webhooks(struct mig_judge *judge)
{
	struct sorted before = { 0 };
	struct sorted after = { 0 };
	size_t i = 0;
	size_t j = 0;
	if (sort_ops(judge, &judge->before->webhooks, &before) &&
	    sort_ops(judge, &judge->after->webhooks, &after)) {
		while (i < before.count || j < after.count) {
			int order = next_order(&before, i, &after, j);
			const struct mig_api_op *op = order <= 0 ? before.items[i] : after.items[j];
			if (order == 0)
				mig_judge_op(judge, op, after.items[j], MIG_AT_TURNED);
			else
				note_webhook(judge, op, order);
			i += order <= 0;
			j += order >= 0;
		}
	}
	free(before.items);
	free(after.items);
}

void
mig_judge_ops(struct mig_judge *judge)
{
	struct matching matching = { .judge = judge };
	bool sorted = sort_ops(judge, &judge->before->ops, &matching.before) &&
	    sort_ops(judge, &judge->after->ops, &matching.after);
	matching.gone = calloc(judge->before->ops.count + 1, sizeof(*matching.gone));
	matching.fresh = calloc(judge->after->ops.count + 1, sizeof(*matching.fresh));
	if (matching.gone == NULL || matching.fresh == NULL)
		judge->failed = true;
	else if (sorted) {
		match_ops(&matching);
		tell_unmatched(&matching);
	}
	free(matching.before.items);
	free(matching.after.items);
	free(matching.gone);
	free(matching.fresh);
	judge_webhooks(judge);
}
