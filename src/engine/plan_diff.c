/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <stdbool.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/json.h"
#include "base/json_write.h"
#include "base/num.h"
#include "engine/plan_diff_int.h"

/* All that is kept of a comparison; what does not fit is counted. */
#define KEPT_BYTES_MAX ((size_t)1024 * 1024 * 1024)

static const char *const kind_names[] = { "added", "removed", "changed", "moved" };
static const char *const effect_names[MIG_DIFF_EFFECTS] = { "traffic", "work", "words" };

static bool
are_both(enum mig_json_type type, const struct mig_json *a, const struct mig_json *b)
{
	return mig_json_type(a) == type && mig_json_type(b) == type;
}

/* Of lists and objects only the type is looked at. */
static bool
is_same(const struct mig_json *a, const struct mig_json *b)
{
	if (mig_json_type(a) != mig_json_type(b))
		return false;
	switch (mig_json_type(a)) {
	case MIG_JSON_BOOL:
		return mig_json_bool(a) == mig_json_bool(b);
	case MIG_JSON_NUMBER:
		return mig_num_same(mig_json_number(a), mig_json_number(b));
	case MIG_JSON_STRING:
		return strcmp(mig_json_string(a), mig_json_string(b)) == 0;
	case MIG_JSON_NULL:
	case MIG_JSON_ARRAY:
	case MIG_JSON_OBJECT:
		break;
	}
	return true;
}

/* A member that no table knows: of the effect of its object, unless it is the author's own. */
static struct mig_diff_rule
unknown_rule(const struct mig_diff_rule *object, const char *key)
{
	return (struct mig_diff_rule){ .key = key, .effect =
		strncmp(key, "x_", 2) == 0 ? MIG_DIFF_WORDS : object->effect };
}

/* The place of a member, or (key NULL) of an element. */
static struct mig_diff_place
place_below(const struct mig_diff_place *up, const struct mig_diff_rule *rule, const char *key)
{
	return (struct mig_diff_place){ .up = up, .rule = rule,
		.old_at = { .up = &up->old_at, .key = key },
		.new_at = { .up = &up->new_at, .key = key } };
}

static void
compare_member(struct mig_differ *differ, const struct mig_diff_place *object,
    const struct mig_json *old_value, const struct mig_json *new_value)
{
	const char *key = mig_json_key(old_value != NULL ? old_value : new_value);
	struct mig_diff_rule rule = unknown_rule(object->rule, key);
	struct mig_diff_place place = place_below(object, &rule, key);
	mig_diff_value(differ, &place, old_value, new_value);
}

/* Members that no table knows, in the order of their keys: those there now, then those gone. */
static void
compare_unknown(struct mig_differ *differ, const struct mig_diff_place *object,
    const struct mig_diff_match *match)
{
	for (size_t i = 0; i < match->new_count; i++) {
		const struct mig_diff_item *item = &match->new_items[i];
		compare_member(differ, object, item->partner == MIG_DIFF_NONE ? NULL :
		    match->old_items[item->partner].node, item->node);
	}
	for (size_t i = 0; i < match->old_count; i++)
		if (match->old_items[i].partner == MIG_DIFF_NONE)
			compare_member(differ, object, match->old_items[i].node, NULL);
}

static void
compare_objects(struct mig_differ *differ, const struct mig_diff_place *place,
    const struct mig_json *old_object, const struct mig_json *new_object)
{
	const struct mig_diff_rule *rule = place->rule->below;
	for (; rule != NULL && rule->key != NULL; rule++) {
		struct mig_diff_place member = place_below(place, rule, rule->key);
		mig_diff_value(differ, &member, mig_json_get(old_object, rule->key),
		    mig_json_get(new_object, rule->key));
	}
	struct mig_diff_match match = { 0 };
	int error = mig_diff_match_members(old_object, new_object, place->rule->below, &match);
	if (error == MIG_OK)
		compare_unknown(differ, place, &match);
	else
		differ->error = error;
	mig_diff_match_fini(&match);
}

/* An element that both lists have. */
static void
compare_pair(struct mig_differ *differ, const struct mig_diff_place *place,
    const struct mig_diff_item *old_item, const struct mig_diff_item *new_item)
{
	if (new_item->moved)
		mig_diff_tell(differ, place, MIG_DIFF_MOVED, old_item->node, new_item->node);
	/* Else they are equal, as that is what has brought them together. */
	if (new_item->keyed || mig_json_type(old_item->node) != mig_json_type(new_item->node))
		mig_diff_value(differ, place, old_item->node, new_item->node);
}

static void
compare_lists(struct mig_differ *differ, const struct mig_diff_place *list,
    const struct mig_json *old_list, const struct mig_json *new_list)
{
	struct mig_diff_match match = { 0 };
	struct mig_diff_place place = place_below(list, list->rule, NULL);
	int error = mig_diff_match_lists(old_list, new_list, list->rule, &match);
	if (error != MIG_OK)
		differ->error = error;
	for (size_t i = 0; error == MIG_OK && i < match.new_count; i++) {
		const struct mig_diff_item *item = &match.new_items[i];
		place.id = item->keyed ? item->id : NULL;
		place.new_at.index = item->index;
		place.old_at.index = item->partner;
		if (item->partner == MIG_DIFF_NONE)
			mig_diff_tell(differ, &place, MIG_DIFF_ADDED, NULL, item->node);
		else
			compare_pair(differ, &place, &match.old_items[item->partner], item);
	}
	for (size_t i = 0; error == MIG_OK && i < match.old_count; i++) {
		const struct mig_diff_item *item = &match.old_items[i];
		place.id = item->keyed ? item->id : NULL;
		place.old_at.index = item->index;
		if (item->partner == MIG_DIFF_NONE)
			mig_diff_tell(differ, &place, MIG_DIFF_REMOVED, item->node, NULL);
	}
	mig_diff_match_fini(&match);
}

/* Something is there on one side only. */
static void
compare_one_sided(struct mig_differ *differ, const struct mig_diff_place *place,
    const struct mig_json *old_value, const struct mig_json *new_value)
{
	const struct mig_json *there = old_value != NULL ? old_value : new_value;
	if (mig_json_type(there) == MIG_JSON_ARRAY)
		compare_lists(differ, place, old_value, new_value);
	else if (place->rule->absent != NULL)
		mig_diff_tell(differ, place, MIG_DIFF_CHANGED, old_value, new_value);
	else
		mig_diff_tell(differ, place, old_value != NULL ? MIG_DIFF_REMOVED :
		    MIG_DIFF_ADDED, old_value, new_value);
}

void
mig_diff_value(struct mig_differ *differ, const struct mig_diff_place *place,
    const struct mig_json *old_value, const struct mig_json *new_value)
{
	const struct mig_diff_rule *rule = place->rule;
	bool no_old = mig_diff_is_vacant(old_value, rule);
	bool no_new = mig_diff_is_vacant(new_value, rule);
	bool told = rule->twin != NULL && mig_json_get(differ->old_plan, rule->twin) != NULL &&
	    mig_json_get(differ->new_plan, rule->twin) != NULL;

	if (told || (no_old && no_new) || (rule->flags & MIG_DIFF_SKIP) != 0)
		return;
	if (no_old || no_new)
		compare_one_sided(differ, place, no_old && rule->absent == NULL ? NULL : old_value,
		    no_new && rule->absent == NULL ? NULL : new_value);
	else if (are_both(MIG_JSON_ARRAY, old_value, new_value))
		compare_lists(differ, place, old_value, new_value);
	else if (are_both(MIG_JSON_OBJECT, old_value, new_value))
		compare_objects(differ, place, old_value, new_value);
	else if (!is_same(old_value, new_value))
		mig_diff_tell(differ, place, MIG_DIFF_CHANGED, old_value, new_value);
}

int
mig_plan_diff(const struct mig_json *old_plan, const struct mig_json *new_plan, size_t limit,
    struct mig_plan_diff *ret_diff)
{
	struct mig_plan_diff diff = { .arena = mig_arena_new(KEPT_BYTES_MAX) };
	struct mig_differ differ = { .diff = &diff, .old_plan = old_plan, .new_plan = new_plan,
		.limit = limit };
	const struct mig_diff_place place = { .rule = &mig_diff_plan_rule };

	if (diff.arena == NULL)
		return MIG_ENOMEM;
	mig_diff_value(&differ, &place, old_plan, new_plan);
	if (differ.error != MIG_OK) {
		mig_plan_diff_fini(&diff);
		return differ.error;
	}
	*ret_diff = diff;
	return MIG_OK;
}

void
mig_plan_diff_fini(struct mig_plan_diff *diff)
{
	mig_arena_free(diff->arena);
	memset(diff, 0, sizeof(*diff));
}

size_t
mig_plan_diff_count(const struct mig_plan_diff *diff)
{
	size_t count = 0;
	for (size_t i = 0; i < MIG_DIFF_EFFECTS; i++)
		count += diff->count[i];
	return count;
}

void
mig_plan_diff_summary(const struct mig_plan_diff *diff, struct mig_buf *out)
{
	const char *lead = "";
	for (size_t i = 0; i < MIG_DIFF_EFFECTS; i++) {
		if (diff->count[i] == 0)
			continue;
		mig_buf_printf(out, "%s%zu in %s", lead, diff->count[i], effect_names[i]);
		lead = ", ";
	}
	if (*lead == '\0')
		mig_buf_puts(out, "none");
}

const struct mig_plan_change *
mig_plan_diff_next(const struct mig_plan_diff *diff, const struct mig_plan_change *change)
{
	if (change != NULL && change->next != NULL)
		return change->next;
	size_t effect = change == NULL ? 0 : (size_t)change->effect + 1;
	while (effect < MIG_DIFF_EFFECTS && diff->first[effect] == NULL)
		effect++;
	return effect < MIG_DIFF_EFFECTS ? diff->first[effect] : NULL;
}

const char *
mig_diff_kind_name(enum mig_diff_kind kind)
{
	return kind_names[kind];
}

const char *
mig_diff_effect_name(enum mig_diff_effect effect)
{
	return effect_names[effect];
}

static void
write_value(struct mig_jw *jw, const char *key, const struct mig_json *node, size_t place)
{
	if (place > 0)
		mig_jw_int(jw, key, (int64_t)place);
	else if (node != NULL)
		mig_jw_node(jw, key, node);
}

void
mig_plan_diff_write(const struct mig_plan_diff *diff, struct mig_jw *jw)
{
	const struct mig_plan_change *change = mig_plan_diff_next(diff, NULL);
	mig_jw_array(jw, NULL);
	for (; change != NULL; change = mig_plan_diff_next(diff, change)) {
		mig_jw_object(jw, NULL);
		mig_jw_string(jw, "pointer", change->pointer);
		mig_jw_string(jw, "kind", kind_names[change->kind]);
		mig_jw_string(jw, "effect", effect_names[change->effect]);
		write_value(jw, "old", change->old_value, change->old_place);
		write_value(jw, "new", change->new_value, change->new_place);
		mig_jw_string(jw, "text", change->text);
		mig_jw_object_end(jw);
	}
	mig_jw_array_end(jw);
}
