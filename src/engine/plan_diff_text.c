/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/json.h"
#include "base/num.h"
#include "base/utf8.h"
#include "engine/plan_diff_int.h"

#define HOUR_MS 3600000.0
#define HOURS_MAX 1e6 /* longer ones are left as they are */
#define POINTER_BYTES_MAX 1024U
#define TEXT_BYTES_MAX 4096U
#define SCALAR_BYTES_MAX 4096U
#define VALUE_BYTES_MAX 240 /* of a value in a sentence */
#define NAME_BYTES_MAX 80   /* of what a sentence is about */

/* Of two long texts only what follows their common start is shown, and so much before it. */
#define LONG_BYTES 60
#define CONTEXT_BYTES 16

#define ARROW " \342\206\222 " /* a space on each side */
#define DOTS "\342\200\246"

/* Text that is cut when it is longer than max bytes. */
static void
append_cut(struct mig_buf *out, const char *text, size_t max)
{
	size_t len = strlen(text);
	size_t cut = mig_utf8_cut(text, len, max);
	mig_buf_add(out, text, cut);
	if (cut < len)
		mig_buf_puts(out, DOTS);
}

void
mig_diff_scalar(const struct mig_json *node, struct mig_buf *out)
{
	if (node == NULL)
		return;
	switch (mig_json_type(node)) {
	case MIG_JSON_BOOL:
		mig_buf_puts(out, mig_json_bool(node) ? "yes" : "no");
		break;
	case MIG_JSON_NUMBER:
		mig_num_format(mig_json_number(node), out);
		break;
	case MIG_JSON_STRING:
		mig_buf_puts(out, mig_json_string(node));
		break;
	case MIG_JSON_NULL:
	case MIG_JSON_ARRAY:
	case MIG_JSON_OBJECT:
		break;
	}
}

bool
mig_diff_name(const struct mig_json *object, const char *const *keys, struct mig_buf *out)
{
	size_t start = out->len;
	for (; *keys != NULL; keys++) {
		size_t before = out->len;
		if (before > start)
			mig_buf_putc(out, ' ');
		size_t empty = out->len;
		mig_diff_scalar(mig_json_get(object, *keys), out);
		if (out->len == empty)
			mig_buf_truncate(out, before);
	}
	return out->len > start;
}

bool
mig_diff_is_vacant(const struct mig_json *node, const struct mig_diff_rule *rule)
{
	if (node == NULL)
		return true;
	switch (mig_json_type(node)) {
	case MIG_JSON_NULL:
		return true;
	case MIG_JSON_ARRAY:
	case MIG_JSON_OBJECT:
		return mig_json_first(node) == NULL;
	case MIG_JSON_BOOL:
	case MIG_JSON_NUMBER:
	case MIG_JSON_STRING:
		break;
	}
	if (rule->absent == NULL)
		return false;
	struct mig_buf text;
	mig_buf_init(&text, SCALAR_BYTES_MAX);
	mig_diff_scalar(node, &text);
	bool same = mig_buf_ok(&text) && strcmp(text.data, rule->absent) == 0;
	mig_buf_fini(&text);
	return same;
}

static const char *const *
keys_of(const struct mig_diff_rule *rule)
{
	return rule->keys != NULL ? rule->keys : mig_diff_default_keys;
}

static const char *
label_of(const struct mig_diff_rule *rule)
{
	bool spoken = rule->label != NULL && *rule->label != '\0';
	return spoken ? rule->label : rule->key != NULL ? rule->key : "plan";
}

/* A scalar with its unit; what it means when nothing is there. */
static void
append_scalar(struct mig_buf *out, const struct mig_diff_rule *rule, const struct mig_json *node)
{
	if (node == NULL) {
		mig_buf_printf(out, "%s%s", rule->absent != NULL ? rule->absent : "nothing",
		    rule->absent != NULL && rule->unit != NULL ? rule->unit : "");
		return;
	}
	enum mig_json_type type = mig_json_type(node);
	double number = mig_json_number(node);
	/* Parts of an hour are read better as minutes. */
	if (type == MIG_JSON_NUMBER && rule->unit != NULL && strcmp(rule->unit, " h") == 0 &&
	    number < HOURS_MAX && !mig_num_same(number, trunc(number))) {
		mig_num_format_duration((int64_t)llround(number * HOUR_MS), out);
		return;
	}
	if (type == MIG_JSON_STRING)
		append_cut(out, mig_json_string(node), VALUE_BYTES_MAX);
	else if (type == MIG_JSON_NULL || type == MIG_JSON_ARRAY || type == MIG_JSON_OBJECT)
		mig_buf_printf(out, "(%s)", mig_json_type_name(type));
	else
		mig_diff_scalar(node, out);
	if (type == MIG_JSON_NUMBER && rule->unit != NULL)
		mig_buf_puts(out, rule->unit);
}

static bool
is_listed(const char *const *names, const char *name)
{
	for (; names != NULL && *names != NULL; names++)
		if (strcmp(*names, name) == 0)
			return true;
	return false;
}

/* What the elements of a list are called, up to a length. */
static void
append_elements(struct mig_buf *out, const struct mig_diff_rule *rule,
    const struct mig_json *list, size_t end)
{
	const struct mig_json *node = mig_json_first(list);
	for (; node != NULL && out->len < end; node = mig_json_next(node)) {
		if (node != mig_json_first(list))
			mig_buf_puts(out, ", ");
		if (mig_json_type(node) == MIG_JSON_OBJECT &&
		    mig_diff_name(node, keys_of(rule), out))
			mig_buf_puts(out, rule->unit);
		else
			append_scalar(out, rule, node);
	}
}

/* Whether a member of what has come or gone is worth telling: neither its name nor words. */
static bool
is_told(const struct mig_diff_rule *rule, const struct mig_diff_rule *member,
    const struct mig_json *node)
{
	bool words = member->effect == MIG_DIFF_WORDS && rule->effect != MIG_DIFF_WORDS;
	bool list = node != NULL && mig_json_type(node) == MIG_JSON_ARRAY &&
	    (member->effect != MIG_DIFF_TRAFFIC || (member->flags & MIG_DIFF_PROSE) != 0);
	return !mig_diff_is_vacant(node, member) && !words && !list &&
	    !is_listed(keys_of(rule), member->key);
}

/* The name of a member that is told; false when there is no room for more. */
static bool
begin_member(struct mig_buf *out, const struct mig_diff_rule *member, size_t start, size_t end)
{
	if (out->len > start)
		mig_buf_puts(out, ", ");
	if (out->len >= end) {
		mig_buf_puts(out, DOTS);
		return false;
	}
	append_cut(out, label_of(member), NAME_BYTES_MAX);
	mig_buf_putc(out, ' ');
	return true;
}

/*
 * A value as a whole, objects up to a length: the known members in the order of their table, then
 * the others in that of their keys.  Recursion as deep as documents nest.
 */
static void
append_value(struct mig_buf *out, const struct mig_diff_rule *rule, const struct mig_json *value,
    size_t end)
{
	struct mig_diff_match others = { 0 };
	size_t start = out->len;
	bool room = true;
	if (mig_json_type(value) == MIG_JSON_ARRAY)
		append_elements(out, rule, value, end);
	else if (mig_json_type(value) != MIG_JSON_OBJECT)
		append_scalar(out, rule, value);
	if (mig_json_type(value) != MIG_JSON_OBJECT)
		return;
	const struct mig_diff_rule *member = rule->below;
	for (; room && member != NULL && member->key != NULL; member++) {
		const struct mig_json *node = mig_json_get(value, member->key);
		if (!is_told(rule, member, node))
			continue;
		room = begin_member(out, member, start, end);
		if (room)
			append_value(out, member, node, end);
	}
	/* Without memory the sentence is shorter. */
	if (mig_diff_match_members(value, NULL, rule->below, &others) != MIG_OK)
		others.old_count = 0;
	for (size_t i = 0; room && i < others.old_count; i++) {
		const struct mig_diff_item *item = &others.old_items[i];
		const struct mig_diff_rule unknown = { .key = item->id, .effect = rule->effect };
		if (!is_told(rule, &unknown, item->node))
			continue;
		room = begin_member(out, &unknown, start, end);
		if (room)
			append_value(out, &unknown, item->node, end);
	}
	mig_diff_match_fini(&others);
}

/* The phase that moves a flag; NULL when none does. */
static const char *
phase_of_flag(const struct mig_json *plan, const char *flag)
{
	const struct mig_json *phase = mig_json_first(mig_json_get(plan, "phases"));
	for (; phase != NULL; phase = mig_json_next(phase)) {
		const struct mig_json *name = mig_json_first(mig_json_get(phase, "flags"));
		for (; name != NULL; name = mig_json_next(name))
			if (mig_json_string(name) != NULL &&
			    strcmp(mig_json_string(name), flag) == 0)
				return mig_json_string(mig_json_get(phase, "name"));
	}
	return NULL;
}

/* What one place is called. */
static void
append_name(const struct mig_differ *differ, const struct mig_diff_place *place,
    struct mig_buf *out)
{
	const struct mig_diff_rule *rule = place->rule;
	if (place->id != NULL && (rule->flags & MIG_DIFF_FLAG) != 0) {
		const char *phase = phase_of_flag(differ->new_plan, place->id);
		if (phase == NULL)
			phase = phase_of_flag(differ->old_plan, place->id);
		if (phase != NULL) {
			mig_buf_puts(out, "phase ");
			append_cut(out, phase, NAME_BYTES_MAX);
			mig_buf_puts(out, ", ");
		}
	}
	append_cut(out, label_of(rule), NAME_BYTES_MAX);
	if (place->id != NULL) {
		mig_buf_putc(out, ' ');
		append_cut(out, place->id, NAME_BYTES_MAX);
		mig_buf_puts(out, rule->unit);
	}
}

/* The names of all places down to the one above `below`; recursion as deep as documents nest. */
static void
append_way(const struct mig_differ *differ, const struct mig_diff_place *place,
    const struct mig_diff_place *below, struct mig_buf *out)
{
	if (place->up != NULL)
		append_way(differ, place->up, place, out);
	if (below != NULL) {
		/* An element names its list. */
		bool list = below->new_at.key == NULL;
		const char *label = place->rule->label;
		if (list || (label != NULL && *label == '\0'))
			return;
	}
	if (out->len > 0)
		mig_buf_puts(out, ", ");
	append_name(differ, place, out);
}

/* What has come, gone or moved. */
static void
append_one(struct mig_buf *out, const struct mig_diff_rule *rule, const struct mig_json *node)
{
	size_t before = out->len;
	mig_buf_puts(out, ": "); /* unless there is nothing to tell */
	size_t start = out->len;
	append_value(out, rule, node, start + VALUE_BYTES_MAX);
	if (out->len == start)
		mig_buf_truncate(out, before);
}

/* Where two texts begin to differ, with some words before that for the eye. */
static size_t
common_start(const char *a, const char *b)
{
	size_t same = 0;
	while (a[same] != '\0' && a[same] == b[same])
		same++;
	same = same > CONTEXT_BYTES ? same - CONTEXT_BYTES : 0;
	while (same > 0 && a[same - 1] != ' ')
		same--;
	return same;
}

/* A value before or after a change; of long texts that are much alike from a byte on. */
static void
append_side(struct mig_buf *out, const struct mig_diff_rule *rule, const struct mig_json *node,
    size_t from)
{
	if (from == 0) {
		append_scalar(out, rule, node);
		return;
	}
	mig_buf_puts(out, DOTS);
	append_cut(out, mig_json_string(node) + from, VALUE_BYTES_MAX);
}

static void
append_change(struct mig_buf *out, const struct mig_diff_rule *rule,
    const struct mig_plan_change *change)
{
	const char *old_text = mig_json_string(change->old_value);
	const char *new_text = mig_json_string(change->new_value);
	size_t from = 0;
	if (old_text != NULL && new_text != NULL && strlen(old_text) > LONG_BYTES &&
	    strlen(new_text) > LONG_BYTES)
		from = common_start(old_text, new_text);
	append_side(out, rule, change->old_value, from);
	mig_buf_puts(out, ARROW);
	append_side(out, rule, change->new_value, from);
}

static void
append_sentence(const struct mig_differ *differ, const struct mig_diff_place *place,
    const struct mig_plan_change *change, struct mig_buf *out)
{
	const struct mig_diff_rule *rule = place->rule;
	append_way(differ, place, NULL, out);
	switch (change->kind) {
	case MIG_DIFF_ADDED:
		mig_buf_puts(out, " added");
		append_one(out, rule, change->new_value);
		break;
	case MIG_DIFF_REMOVED:
		mig_buf_puts(out, " removed");
		append_one(out, rule, change->old_value);
		break;
	case MIG_DIFF_CHANGED:
		mig_buf_puts(out, ": ");
		append_change(out, rule, change);
		break;
	case MIG_DIFF_MOVED:
		mig_buf_printf(out, " moved from place %zu to %zu", change->old_place,
		    change->new_place);
		if (place->id == NULL)
			append_one(out, rule, change->new_value);
		break;
	}
}

/* Where it is; where what is around it is, when that is too long a way. */
static void
append_pointer(const struct mig_diff_place *place, enum mig_diff_kind kind, struct mig_buf *out)
{
	const struct mig_at *at = kind == MIG_DIFF_REMOVED ? &place->old_at : &place->new_at;
	for (; at != NULL; at = at->up) {
		mig_buf_reset(out);
		mig_at_pointer(at, out);
		if (mig_buf_ok(out))
			return;
	}
}

void
mig_diff_tell(struct mig_differ *differ, const struct mig_diff_place *place,
    enum mig_diff_kind kind, const struct mig_json *old_value, const struct mig_json *new_value)
{
	enum mig_diff_effect effect = place->rule->effect;
	struct mig_plan_diff *diff = differ->diff;
	struct mig_buf pointer;
	struct mig_buf text;

	diff->count[effect]++;
	if (diff->kept[effect] >= differ->limit)
		return;
	struct mig_plan_change *change = mig_arena_alloc(diff->arena, sizeof(*change));
	if (change == NULL)
		return;
	*change = (struct mig_plan_change){ .kind = kind, .effect = effect,
		.old_value = old_value, .new_value = new_value };
	if (kind == MIG_DIFF_MOVED) {
		change->old_place = place->old_at.index + 1;
		change->new_place = place->new_at.index + 1;
	}
	mig_buf_init(&pointer, POINTER_BYTES_MAX);
	mig_buf_init(&text, TEXT_BYTES_MAX);
	append_pointer(place, kind, &pointer);
	append_sentence(differ, place, change, &text);
	change->pointer = mig_arena_strndup(diff->arena, pointer.data, pointer.len);
	change->text = mig_arena_strndup(diff->arena, text.data, text.len);
	mig_buf_fini(&pointer);
	mig_buf_fini(&text);
	if (change->pointer == NULL || change->text == NULL)
		return;
	if (differ->last[effect] != NULL)
		differ->last[effect]->next = change;
	else
		diff->first[effect] = change;
	differ->last[effect] = change;
	diff->kept[effect]++;
}
