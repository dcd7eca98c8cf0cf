/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/json.h"
#include "base/limits.h"
#include "engine/plan_diff_int.h"

/* Where ids come from. */
struct source {
	struct mig_arena *arena;
	struct mig_buf text;
	const char *const *keys;
};

static int
compare_indexes(const struct mig_diff_item *left, const struct mig_diff_item *right)
{
	return left->index < right->index ? -1 : left->index > right->index;
}

static int
by_index(const void *a, const void *b)
{
	return compare_indexes(a, b);
}

static int
by_id(const void *a, const void *b)
{
	const struct mig_diff_item *left = a;
	const struct mig_diff_item *right = b;
	int order = strcmp(left->id, right->id);
	return order != 0 ? order : compare_indexes(left, right);
}

static void
sort(struct mig_diff_item *items, size_t count, int (*compare)(const void *, const void *))
{
	if (count > 1)
		qsort(items, count, sizeof(*items), compare);
}

/* Strings are their own id; others get one made of their keys or their content. */
static void
identify(struct source *source, struct mig_diff_item *item)
{
	item->id = mig_json_string(item->node);
	if (item->id != NULL)
		return;
	mig_buf_reset(&source->text);
	item->keyed = mig_json_type(item->node) == MIG_JSON_OBJECT &&
	    mig_diff_name(item->node, source->keys, &source->text);
	if (!item->keyed)
		mig_json_canonical(item->node, &source->text);
	item->id = mig_buf_ok(&source->text)
	    ? mig_arena_strndup(source->arena, source->text.data, source->text.len) : NULL;
}

static int
collect(const struct mig_json *list, struct source *source, struct mig_diff_item **ret_items,
    size_t *ret_count)
{
	size_t count = list != NULL ? mig_json_count(list) : 0;
	struct mig_diff_item *items = calloc(count + 1, sizeof(*items));
	if (items == NULL)
		return MIG_ENOMEM;
	*ret_items = items;
	*ret_count = count;
	const struct mig_json *node = mig_json_first(list);
	for (size_t i = 0; i < count; i++) {
		items[i].node = node;
		items[i].index = i;
		items[i].partner = MIG_DIFF_NONE;
		identify(source, &items[i]);
		if (items[i].id == NULL)
			return MIG_ENOMEM;
		node = mig_json_next(node);
	}
	return MIG_OK;
}

/* Both sides are sorted by id. */
static void
pair(struct mig_diff_match *match)
{
	size_t i = 0;
	size_t j = 0;
	while (i < match->old_count && j < match->new_count) {
		struct mig_diff_item *old_item = &match->old_items[i];
		struct mig_diff_item *new_item = &match->new_items[j];
		int order = strcmp(old_item->id, new_item->id);
		if (order == 0) {
			old_item->partner = new_item->index;
			new_item->partner = old_item->index;
		}
		i += order <= 0;
		j += order >= 0;
	}
}

/* The first of the ends (indexes of items, partners rising) whose partner is not below. */
static size_t
find_end(const struct mig_diff_item *items, const size_t *ends, size_t count, size_t partner)
{
	size_t low = 0;
	size_t high = count;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (items[ends[middle]].partner < partner)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/*
 * Which elements have moved: all but the longest sequence that is in the old order still.  Ends has
 * for each length the last element of the best sequence so far, before the one ahead of each.
 */
static void
mark_moved(struct mig_diff_item *items, size_t count, size_t *ends, size_t *before)
{
	size_t longest = 0;
	for (size_t i = 0; i < count; i++) {
		if (items[i].partner == MIG_DIFF_NONE)
			continue;
		size_t at = find_end(items, ends, longest, items[i].partner);
		before[i] = at > 0 ? ends[at - 1] : MIG_DIFF_NONE;
		ends[at] = i;
		if (at == longest)
			longest++;
		items[i].moved = true;
	}
	size_t kept = longest > 0 ? ends[longest - 1] : MIG_DIFF_NONE;
	for (; kept != MIG_DIFF_NONE; kept = before[kept])
		items[kept].moved = false;
}

static int
find_moved(struct mig_diff_match *match)
{
	size_t count = match->new_count;
	size_t *room = calloc(count * 2 + 1, sizeof(*room));
	if (room == NULL)
		return MIG_ENOMEM;
	mark_moved(match->new_items, count, room, room + count);
	free(room);
	return MIG_OK;
}

/* Members that the table does not have, with their keys for ids. */
static int
collect_members(const struct mig_json *object, const struct mig_diff_rule *known,
    struct mig_diff_item **ret_items, size_t *ret_count)
{
	struct mig_diff_item *items =
	    calloc((object != NULL ? mig_json_count(object) : 0) + 1, sizeof(*items));
	if (items == NULL)
		return MIG_ENOMEM;
	size_t count = 0;
	const struct mig_json *node = mig_json_first(object);
	for (; node != NULL; node = mig_json_next(node)) {
		const struct mig_diff_rule *rule = known;
		while (rule != NULL && rule->key != NULL &&
		    strcmp(rule->key, mig_json_key(node)) != 0)
			rule++;
		if (rule != NULL && rule->key != NULL)
			continue;
		items[count] = (struct mig_diff_item){ .id = mig_json_key(node), .node = node,
			.index = count, .partner = MIG_DIFF_NONE };
		count++;
	}
	sort(items, count, by_id);
	for (size_t i = 0; i < count; i++)
		items[i].index = i;
	*ret_items = items;
	*ret_count = count;
	return MIG_OK;
}

void
mig_diff_match_fini(struct mig_diff_match *match)
{
	free(match->old_items);
	free(match->new_items);
	mig_arena_free(match->texts);
	memset(match, 0, sizeof(*match));
}

int
mig_diff_match_lists(const struct mig_json *old_list, const struct mig_json *new_list,
    const struct mig_diff_rule *rule, struct mig_diff_match *ret_match)
{
	/* Ids are parts of a document, or a canonical form at most six times as long. */
	struct mig_diff_match match = { .texts = mig_arena_new((size_t)MIG_DOC_BYTES_MAX * 12) };
	struct source source = { .arena = match.texts,
		.keys = rule->keys != NULL ? rule->keys : mig_diff_default_keys };
	int error = match.texts != NULL ? MIG_OK : MIG_ENOMEM;

	mig_buf_init(&source.text, (size_t)MIG_DOC_BYTES_MAX * 6);
	if (error == MIG_OK)
		error = collect(old_list, &source, &match.old_items, &match.old_count);
	if (error == MIG_OK)
		error = collect(new_list, &source, &match.new_items, &match.new_count);
	if (error == MIG_OK) {
		sort(match.old_items, match.old_count, by_id);
		sort(match.new_items, match.new_count, by_id);
		pair(&match);
		sort(match.old_items, match.old_count, by_index);
		sort(match.new_items, match.new_count, by_index);
	}
	if (error == MIG_OK && (rule->flags & MIG_DIFF_ORDERED) != 0)
		error = find_moved(&match);
	mig_buf_fini(&source.text);
	*ret_match = match;
	return error;
}

int
mig_diff_match_members(const struct mig_json *old_object, const struct mig_json *new_object,
    const struct mig_diff_rule *known, struct mig_diff_match *ret_match)
{
	struct mig_diff_match match = { 0 };
	int error = collect_members(old_object, known, &match.old_items, &match.old_count);
	if (error == MIG_OK)
		error = collect_members(new_object, known, &match.new_items, &match.new_count);
	if (error == MIG_OK)
		pair(&match);
	*ret_match = match;
	return error;
}
