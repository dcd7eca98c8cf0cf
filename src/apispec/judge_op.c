/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "apispec/judge_int.h"

struct ops {
	struct mig_judge *judge;
	const struct mig_api_op *before;
	const struct mig_api_op *after;
	unsigned turned;
};

/* What all differences of these operations have in common. */
static struct mig_raw
raw_of(struct ops *ops)
{
	return (struct mig_raw){
		.pair = MIG_NO_PAIR,
		.where = MIG_AT_REQUEST << ops->turned,
		.before = ops->before->node,
		.after = ops->after->node,
		.path = mig_op_path(ops->judge, ops->after),
		.subject = mig_op_name(ops->judge, ops->after),
		.op = ops->after,
	};
}

static void
note_texts(struct ops *ops, enum mig_fact fact, const char *was, const char *is)
{
	struct mig_raw raw = raw_of(ops);
	raw.fact = fact;
	raw.old_text = was == NULL ? "null" : mig_judge_printf(ops->judge, "\"%s\"", was);
	raw.new_text = is == NULL ? "null" : mig_judge_printf(ops->judge, "\"%s\"", is);
	mig_judge_note(ops->judge, &raw);
}

/* How far a level is from a promise; negative when it is none. */
static int
stability_rank(const char *level)
{
	static const char *const levels[] = { "draft", "alpha", "beta", "stable" };
	for (int i = 0; level != NULL && i < 4; i++)
		if (strcmp(levels[i], level) == 0)
			return i;
	return level == NULL ? 3 : -1;
}

static void
compare_stability(struct ops *ops)
{
	int was = stability_rank(ops->before->stability);
	int is = stability_rank(ops->after->stability);
	if (is < 0)
		note_texts(
		    ops, MIG_FACT_STABILITY_UNKNOWN, ops->before->stability, ops->after->stability);
	else if (is < was)
		note_texts(ops, MIG_FACT_STABILITY_DECREASED,
		    ops->before->stability == NULL ? "stable" : ops->before->stability,
		    ops->after->stability);
}

/* What is announced about the end of an operation. */
static void
compare_sunset(struct ops *ops)
{
	const struct mig_api_policy *policy = &ops->judge->policy;
	const char *was = ops->before->sunset;
	const char *is = ops->after->sunset;
	bool beta = ops->after->stability != NULL && strcmp(ops->after->stability, "beta") == 0;
	int days = beta ? policy->beta_days : policy->stable_days;
	int64_t earlier = 0;
	int64_t day = 0;
	if (ops->before->deprecated && was != NULL && is != NULL && strcmp(was, is) == 0)
		return; /* no news, whatever it says */
	if (is != NULL && !mig_date_read(is, &day)) {
		note_texts(ops, MIG_FACT_SUNSET_UNREADABLE, was, is);
	} else if (ops->before->deprecated && was != NULL && is == NULL) {
		note_texts(ops, MIG_FACT_SUNSET_DELETED, was, is);
	} else if (ops->before->deprecated && mig_date_read(was, &earlier) && day < earlier) {
		if (policy->today == 0 || day < policy->today + days)
			note_texts(ops, MIG_FACT_SUNSET_EARLIER, was, is);
	} else if (!ops->before->deprecated && days > 0) {
		if (is == NULL)
			note_texts(ops, MIG_FACT_SUNSET_MISSING, was, is);
		else if (policy->today != 0 && day < policy->today + days)
			note_texts(ops, MIG_FACT_SUNSET_SOON, was, is);
	}
}

static void
compare_marks(struct ops *ops)
{
	const struct mig_api_op *before = ops->before;
	const struct mig_api_op *after = ops->after;
	compare_stability(ops);
	if (before->deprecated != after->deprecated) {
		struct mig_raw raw = raw_of(ops);
		raw.fact = after->deprecated ? MIG_FACT_DEPRECATED : MIG_FACT_REACTIVATED;
		raw.old_text = before->deprecated ? "true" : "false";
		raw.new_text = after->deprecated ? "true" : "false";
		mig_judge_note(ops->judge, &raw);
	}
	if (after->deprecated)
		compare_sunset(ops);
	if (before->id != NULL && after->id != NULL) {
		if (strcmp(before->id, after->id) != 0)
			note_texts(ops, MIG_FACT_ID_CHANGED, before->id, after->id);
	} else if (before->id != after->id) {
		note_texts(ops, before->id == NULL ? MIG_FACT_ID_ADDED : MIG_FACT_ID_REMOVED,
		    before->id, after->id);
	}
}

static bool
has_tag(const struct mig_api_op *op, const char *tag)
{
	for (size_t i = 0; i < op->tags_count; i++)
		if (strcmp(op->tags[i], tag) == 0)
			return true;
	return false;
}

static void
compare_tags(struct ops *ops)
{
	for (size_t i = 0; i < ops->before->tags_count; i++)
		if (!has_tag(ops->after, ops->before->tags[i]))
			note_texts(ops, MIG_FACT_TAG_REMOVED, ops->before->tags[i], NULL);
	for (size_t i = 0; i < ops->after->tags_count; i++)
		if (!has_tag(ops->before, ops->after->tags[i]))
			note_texts(ops, MIG_FACT_TAG_ADDED, NULL, ops->after->tags[i]);
}

static const struct mig_api_media *
media_of(const struct mig_api_content *content, const struct mig_api_media *media)
{
	const struct mig_api_media *found = NULL;
	for (size_t i = 0; i < content->count; i++) {
		if (strcmp(content->items[i].type, media->type) != 0)
			continue;
		if (found == NULL || strcmp(content->items[i].parameters, media->parameters) == 0)
			found = &content->items[i];
	}
	return found;
}

static void
compare_media(struct ops *ops, const struct mig_api_media *left, const struct mig_api_media *right)
{
	struct mig_judge *judge = ops->judge;
	if (strcmp(left->parameters, right->parameters) != 0) {
		struct mig_raw raw = raw_of(ops);
		raw.fact = MIG_FACT_MEDIA_PARAMETER;
		raw.name = left->type;
		raw.before = left->node;
		raw.after = right->node;
		raw.old_text = mig_judge_printf(judge, "\"%s\"", left->parameters);
		raw.new_text = mig_judge_printf(judge, "\"%s\"", right->parameters);
		mig_judge_note(judge, &raw);
	}
	const struct mig_schema *was =
	    left->schema != NULL ? left->schema : judge->before->anything;
	const struct mig_schema *is =
	    right->schema != NULL ? right->schema : judge->after->anything;
	if (left->schema == NULL && right->schema == NULL)
		return;
	const struct mig_site site = {
		.home = MIG_HOME_REQUEST,
		.op = ops->after,
		.shared = ops->before->body.shared == NULL ? NULL : ops->after->body.shared,
	};
	mig_pair_reach(
	    judge, mig_pair_of(judge, was, is, &site), MIG_AT_REQUEST << ops->turned, ops->after);
}

static void
note_media(struct ops *ops, const struct mig_api_media *media, bool added)
{
	struct mig_raw raw = raw_of(ops);
	raw.fact = added ? MIG_FACT_REQUEST_MEDIA_ADDED : MIG_FACT_REQUEST_MEDIA_REMOVED;
	raw.name = media->type;
	raw.path = mig_judge_printf(ops->judge, "%s.requestBody", raw.path);
	raw.old_node = added ? NULL : media->node;
	raw.new_node = added ? media->node : NULL;
	raw.before = added ? ops->before->body.node : media->node;
	raw.after = added ? media->node : ops->after->body.node;
	mig_judge_note(ops->judge, &raw);
}

static void
compare_contents(struct ops *ops)
{
	const struct mig_api_content *before = &ops->before->body.content;
	const struct mig_api_content *after = &ops->after->body.content;
	for (size_t i = 0; i < before->count; i++) {
		const struct mig_api_media *right = media_of(after, &before->items[i]);
		if (right == NULL)
			note_media(ops, &before->items[i], false);
		else
			compare_media(ops, &before->items[i], right);
	}
	for (size_t i = 0; i < after->count; i++)
		if (media_of(before, &after->items[i]) == NULL)
			note_media(ops, &after->items[i], true);
}

/* The body as a whole: it is new, gone, or needed otherwise. */
static void
note_body(struct ops *ops, enum mig_fact fact)
{
	const struct mig_api_body *before = &ops->before->body;
	const struct mig_api_body *after = &ops->after->body;
	struct mig_raw raw = raw_of(ops);
	raw.fact = fact;
	raw.path = mig_judge_printf(ops->judge, "%s.requestBody", raw.path);
	raw.before = before->node != NULL ? before->node : ops->before->node;
	raw.after = after->node != NULL ? after->node : ops->after->node;
	raw.old_node = before->node;
	raw.new_node = after->node;
	if (before->node != NULL && after->node != NULL) {
		raw.old_text = before->required ? "true" : "false";
		raw.new_text = after->required ? "true" : "false";
	}
	mig_judge_note(ops->judge, &raw);
}

static void
compare_body(struct ops *ops)
{
	const struct mig_api_body *before = &ops->before->body;
	const struct mig_api_body *after = &ops->after->body;
	if (before->node == NULL && after->node == NULL)
		return;
	if (after->node == NULL) {
		note_body(ops, MIG_FACT_BODY_REMOVED);
		return;
	}
	if (before->node == NULL) {
		note_body(ops,
		    after->required ? MIG_FACT_BODY_ADDED_REQUIRED : MIG_FACT_BODY_ADDED_OPTIONAL);
		return;
	}
	if (before->required != after->required)
		note_body(ops, after->required ? MIG_FACT_BODY_REQUIRED : MIG_FACT_BODY_OPTIONAL);
	compare_contents(ops);
}

static const struct mig_api_op *
callback_of(const struct mig_api_op *op, const struct mig_api_op *callback)
{
	for (size_t i = 0; i < op->callbacks.count; i++)
		if (strcmp(op->callbacks.items[i].key, callback->key) == 0 &&
		    strcmp(op->callbacks.items[i].method, callback->method) == 0)
			return &op->callbacks.items[i];
	return NULL;
}

static void
note_callback(struct ops *ops, const struct mig_api_op *callback, bool added)
{
	struct mig_raw raw = raw_of(ops);
	raw.fact = added ? MIG_FACT_CALLBACK_ADDED : MIG_FACT_CALLBACK_REMOVED;
	raw.name = callback->path;
	raw.path = mig_judge_printf(ops->judge, "%s.callbacks.%s", raw.path, callback->path);
	raw.old_node = added ? NULL : callback->node;
	raw.new_node = added ? callback->node : NULL;
	raw.before = added ? ops->before->node : callback->node;
	raw.after = added ? callback->node : ops->after->node;
	mig_judge_note(ops->judge, &raw);
}

/* All but the callbacks. */
static void
judge_one(struct ops *ops)
{
	compare_marks(ops);
	/* Drafts promise nothing. */
	int rank = stability_rank(ops->before->stability);
	if (ops->before->stability != NULL && rank >= 0 && rank < 2)
		return;
	compare_tags(ops);
	mig_judge_params(ops->judge, ops->before, ops->after, ops->turned);
	compare_body(ops);
	mig_judge_responses(ops->judge, ops->before, ops->after, ops->turned);
	mig_judge_security(ops->judge, ops->before, ops->after);
	mig_judge_servers(ops->judge, ops->before, ops->after);
}

void
mig_judge_op(struct mig_judge *judge, const struct mig_api_op *before,
    const struct mig_api_op *after, unsigned turned)
{
	struct ops ops = { judge, before, after, turned };
	judge_one(&ops);
	for (size_t i = 0; i < before->callbacks.count; i++) {
		const struct mig_api_op *left = &before->callbacks.items[i];
		const struct mig_api_op *right = callback_of(after, left);
		if (right == NULL) {
			note_callback(&ops, left, false);
			continue;
		}
		struct ops inner = { judge, left, right, MIG_AT_TURNED };
		judge_one(&inner);
	}
	for (size_t i = 0; i < after->callbacks.count; i++)
		if (callback_of(before, &after->callbacks.items[i]) == NULL)
			note_callback(&ops, &after->callbacks.items[i], true);
}
