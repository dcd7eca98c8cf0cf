/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include "config.h"

#include <string.h>
#include <strings.h>

#include "apispec/judge_int.h"

struct responses {
	struct mig_judge *judge;
	const struct mig_api_op *before;
	const struct mig_api_op *after;
	unsigned turned;
};

/* Two responses that stand for each other. */
struct both {
	const struct responses *r;
	const struct mig_api_response *left;
	const struct mig_api_response *right;
	struct mig_site site;
	bool shared;
};

static const struct mig_api_response *
response_of(const struct mig_api_op *op, const char *code)
{
	for (size_t i = 0; i < op->responses_count; i++)
		if (strcasecmp(op->responses[i].code, code) == 0)
			return &op->responses[i];
	return NULL;
}

/* The first response of a class ("2XX"). */
static const struct mig_api_response *
response_in(const struct mig_api_op *op, char class)
{
	for (size_t i = 0; i < op->responses_count; i++)
		if (op->responses[i].code[0] == class)
			return &op->responses[i];
	return NULL;
}

/* The response that stands for a code: its own, that of its class, or one of the class it is. */
static const struct mig_api_response *
counterpart(const struct mig_api_op *op, const struct mig_api_response *response)
{
	const struct mig_api_response *own = response_of(op, response->code);
	if (own != NULL || strlen(response->code) != 3)
		return own;
	if (response->code[1] == 'X' || response->code[1] == 'x')
		return response_in(op, response->code[0]);
	const char class[] = { response->code[0], 'X', 'X', '\0' };
	return response_of(op, class);
}

static bool
is_success(const struct mig_api_response *response)
{
	return response->code[0] == '2' || response->code[0] == '3';
}

static bool
is_default(const struct mig_api_response *response)
{
	return strcmp(response->code, "default") == 0;
}

/* Whether some success of one side has no counterpart on the other. */
static bool
loses_success(const struct mig_api_op *op, const struct mig_api_op *other)
{
	for (size_t i = 0; i < op->responses_count; i++)
		if (is_success(&op->responses[i]) && counterpart(other, &op->responses[i]) == NULL)
			return true;
	return false;
}

static void
note_status(const struct responses *r, const struct mig_api_response *response, bool added)
{
	enum mig_fact fact = added ? MIG_FACT_ERROR_STATUS_ADDED : MIG_FACT_ERROR_STATUS_REMOVED;
	bool exchanged = loses_success(r->before, r->after) && loses_success(r->after, r->before);
	if (is_default(response))
		fact = added ? MIG_FACT_DEFAULT_RESPONSE_ADDED : MIG_FACT_DEFAULT_RESPONSE_REMOVED;
	else if (is_success(response) && exchanged)
		fact = added ? MIG_FACT_STATUS_ADDED_INSTEAD : MIG_FACT_STATUS_REMOVED_FOR;
	else if (is_success(response))
		fact = added ? MIG_FACT_STATUS_ADDED : MIG_FACT_STATUS_REMOVED;
	mig_judge_note(r->judge,
	    &(struct mig_raw){
	        .fact = fact,
	        .pair = MIG_NO_PAIR,
	        .where = MIG_AT_RESPONSE << r->turned,
	        .name = response->code,
	        .old_node = added ? NULL : response->node,
	        .new_node = added ? response->node : NULL,
	        .before = added ? r->before->node : response->node,
	        .after = added ? response->node : r->after->node,
	        .path = mig_judge_printf(
	            r->judge, "%s.responses.%s", mig_op_path(r->judge, r->after), response->code),
	        .subject = mig_op_name(r->judge, r->after),
	        .op = r->after,
	    });
}

/* What all differences of these responses have in common. */
static struct mig_raw
raw_of(const struct both *both)
{
	struct mig_judge *judge = both->r->judge;
	return (struct mig_raw){
		.pair = MIG_NO_PAIR,
		.where = MIG_AT_RESPONSE << both->r->turned,
		.shared = both->shared,
		.before = both->left->node,
		.after = both->right->node,
		.path = mig_site_path(judge, &both->site),
		.subject = mig_site_subject(judge, &both->site),
		.op = both->r->after,
	};
}

static void
note_named(const struct both *both, enum mig_fact fact, const char *name,
    const struct mig_tree *left, const struct mig_tree *right)
{
	struct mig_raw raw = raw_of(both);
	raw.fact = fact;
	raw.name = name;
	raw.old_node = left;
	raw.new_node = right;
	raw.before = left != NULL ? left : raw.before;
	raw.after = right != NULL ? right : raw.after;
	mig_judge_note(both->r->judge, &raw);
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
compare_media(
    const struct both *both, const struct mig_api_media *left, const struct mig_api_media *right)
{
	struct mig_judge *judge = both->r->judge;
	if (strcmp(left->parameters, right->parameters) != 0) {
		struct mig_raw raw = raw_of(both);
		raw.fact = MIG_FACT_MEDIA_PARAMETER;
		raw.name = left->type;
		raw.before = left->node;
		raw.after = right->node;
		raw.old_text = mig_judge_printf(judge, "\"%s\"", left->parameters);
		raw.new_text = mig_judge_printf(judge, "\"%s\"", right->parameters);
		mig_judge_note(judge, &raw);
	}
	if (left->schema == NULL && right->schema == NULL)
		return;
	const struct mig_schema *was =
	    left->schema != NULL ? left->schema : judge->before->anything;
	const struct mig_schema *is =
	    right->schema != NULL ? right->schema : judge->after->anything;
	mig_pair_reach(judge, mig_pair_of(judge, was, is, &both->site),
	    MIG_AT_RESPONSE << both->r->turned, both->r->after);
}

static void
compare_contents(const struct both *both)
{
	const struct mig_api_content *before = &both->left->content;
	const struct mig_api_content *after = &both->right->content;
	for (size_t i = 0; i < before->count; i++) {
		const struct mig_api_media *left = &before->items[i];
		const struct mig_api_media *right = media_of(after, left);
		if (right != NULL)
			compare_media(both, left, right);
		else
			note_named(
			    both, MIG_FACT_RESPONSE_MEDIA_REMOVED, left->type, left->node, NULL);
	}
	for (size_t i = 0; i < after->count; i++)
		if (media_of(before, &after->items[i]) == NULL)
			note_named(both, MIG_FACT_RESPONSE_MEDIA_ADDED, after->items[i].type, NULL,
			    after->items[i].node);
}

static const struct mig_api_header *
header_of(const struct mig_api_response *response, const char *name)
{
	for (size_t i = 0; i < response->headers_count; i++)
		if (strcasecmp(response->headers[i].name, name) == 0)
			return &response->headers[i];
	return NULL;
}

static void
compare_header(
    const struct both *both, const struct mig_api_header *left, const struct mig_api_header *right)
{
	struct mig_judge *judge = both->r->judge;
	if (left->required != right->required)
		note_named(both,
		    right->required ? MIG_FACT_HEADER_REQUIRED : MIG_FACT_HEADER_OPTIONAL,
		    left->name, left->node, right->node);
	if (left->schema == NULL || right->schema == NULL)
		return;
	struct mig_site site = both->site;
	site.home = MIG_HOME_HEADER;
	site.name = right->name;
	mig_pair_reach(judge, mig_pair_of(judge, left->schema, right->schema, &site),
	    MIG_AT_HEADER << both->r->turned, both->r->after);
}

static void
compare_headers(const struct both *both)
{
	for (size_t i = 0; i < both->left->headers_count; i++) {
		const struct mig_api_header *left = &both->left->headers[i];
		const struct mig_api_header *right = header_of(both->right, left->name);
		if (right != NULL)
			compare_header(both, left, right);
		else
			note_named(both,
			    left->required ? MIG_FACT_HEADER_REMOVED_REQUIRED :
			                     MIG_FACT_HEADER_REMOVED_OPTIONAL,
			    left->name, left->node, NULL);
	}
	for (size_t i = 0; i < both->right->headers_count; i++) {
		const struct mig_api_header *right = &both->right->headers[i];
		if (header_of(both->left, right->name) == NULL)
			note_named(both, MIG_FACT_HEADER_ADDED, right->name, NULL, right->node);
	}
}

/* Descriptions do not count. */
static bool
same_link(struct mig_judge *judge, const struct mig_tree *left, const struct mig_tree *right)
{
	static const char *const members[] = { "$ref", "operationId", "operationRef", "parameters",
		"requestBody", "server" };
	for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
		const char *was =
		    mig_tree_json_text(mig_tree_get(left, members[i]), true, judge->arena);
		const char *is =
		    mig_tree_json_text(mig_tree_get(right, members[i]), true, judge->arena);
		if (was == NULL || is == NULL || strcmp(was, is) != 0)
			return false;
	}
	return true;
}

static void
compare_links(const struct both *both)
{
	const struct mig_tree *before = both->left->links;
	const struct mig_tree *after = both->right->links;
	const struct mig_tree *at = before == NULL ? NULL : before->first;
	for (; at != NULL; at = at->next) {
		const struct mig_tree *other = mig_tree_get(after, at->key);
		if (other == NULL)
			note_named(both, MIG_FACT_LINK_REMOVED, at->key, at, NULL);
		else if (!same_link(both->r->judge, at, other))
			note_named(both, MIG_FACT_LINK_CHANGED, at->key, at, other);
	}
	for (at = after == NULL ? NULL : after->first; at != NULL; at = at->next)
		if (mig_tree_get(before, at->key) == NULL)
			note_named(both, MIG_FACT_LINK_ADDED, at->key, NULL, at);
}

static void
compare(const struct responses *r, const struct mig_api_response *left,
    const struct mig_api_response *right)
{
	struct both both = { .r = r, .left = left, .right = right };
	both.shared = left->shared != NULL && right->shared != NULL;
	both.site = (struct mig_site){
		.home = MIG_HOME_RESPONSE,
		.op = r->after,
		.code = left->code,
		.shared = both.shared ? right->shared : NULL,
	};
	compare_contents(&both);
	compare_headers(&both);
	compare_links(&both);
}

void
mig_judge_responses(struct mig_judge *judge, const struct mig_api_op *before,
    const struct mig_api_op *after, unsigned turned)
{
	const struct responses r = { judge, before, after, turned };
	for (size_t i = 0; i < before->responses_count; i++) {
		const struct mig_api_response *left = &before->responses[i];
		const struct mig_api_response *right = counterpart(after, left);
		if (right == NULL)
			note_status(&r, left, false);
		else
			compare(&r, left, right);
	}
	for (size_t i = 0; i < after->responses_count; i++)
		if (counterpart(before, &after->responses[i]) == NULL)
			note_status(&r, &after->responses[i], true);
}
