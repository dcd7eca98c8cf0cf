/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/*
 * Credentials and addresses.  What holds for the whole interface is told once; operations tell
 * only what they say themselves.
 */
#include "config.h"

#include <string.h>

#include "apispec/judge_int.h"

/* Requirements of two sides, with the facts that speak of them. */
struct needs {
	struct mig_judge *judge;
	const struct mig_api_security *before;
	const struct mig_api_security *after;
	struct mig_raw raw;
	enum mig_fact added;
	enum mig_fact removed;
	enum mig_fact scope_added;
	enum mig_fact scope_removed;
};

static bool
has_scope(const struct mig_api_scheme *scheme, const char *scope)
{
	for (size_t i = 0; i < scheme->count; i++)
		if (strcmp(scheme->scopes[i], scope) == 0)
			return true;
	return false;
}

static const struct mig_api_scheme *
scheme_of(const struct mig_api_alternative *alternative, const char *name)
{
	for (size_t i = 0; i < alternative->count; i++)
		if (strcmp(alternative->schemes[i].name, name) == 0)
			return &alternative->schemes[i];
	return NULL;
}

static bool
same_schemes(const struct mig_api_alternative *left, const struct mig_api_alternative *right)
{
	if (left->count != right->count)
		return false;
	for (size_t i = 0; i < left->count; i++)
		if (strcmp(left->schemes[i].name, right->schemes[i].name) != 0)
			return false;
	return true;
}

/* Whether who has what `have` asks for has what `need` asks for. */
static bool
covers(const struct mig_api_alternative *have, const struct mig_api_alternative *need)
{
	for (size_t i = 0; i < need->count; i++) {
		const struct mig_api_scheme *own = scheme_of(have, need->schemes[i].name);
		if (own == NULL)
			return false;
		for (size_t j = 0; j < need->schemes[i].count; j++)
			if (!has_scope(own, need->schemes[i].scopes[j]))
				return false;
	}
	return true;
}

/* The same alternative, or one that differs in scopes only. */
static const struct mig_api_alternative *
alternative_like(
    const struct mig_api_security *security, const struct mig_api_alternative *alternative)
{
	for (size_t i = 0; i < security->count; i++)
		if (covers(&security->items[i], alternative) &&
		    covers(alternative, &security->items[i]))
			return &security->items[i];
	for (size_t i = 0; i < security->count; i++)
		if (same_schemes(&security->items[i], alternative))
			return &security->items[i];
	return NULL;
}

/* Whether nothing is asked for. */
static bool
is_open(const struct mig_api_security *security)
{
	for (size_t i = 0; i < security->count; i++)
		if (security->items[i].count == 0)
			return true;
	return security->count == 0;
}

/* An alternative as a JSON text: "oauth (read, write) and key". */
static const char *
alternative_text(struct mig_judge *judge, const struct mig_api_alternative *alternative)
{
	const char *text = "";
	for (size_t i = 0; i < alternative->count && text != NULL; i++) {
		const struct mig_api_scheme *scheme = &alternative->schemes[i];
		const char *scopes = "";
		for (size_t j = 0; j < scheme->count && scopes != NULL; j++)
			scopes = mig_judge_printf(
			    judge, "%s%s%s", scopes, j > 0 ? ", " : "", scheme->scopes[j]);
		text = mig_judge_printf(judge, "%s%s%s%s%s%s", text, i > 0 ? " and " : "",
		    scheme->name, scheme->count > 0 ? " (" : "", scopes == NULL ? "" : scopes,
		    scheme->count > 0 ? ")" : "");
	}
	return mig_judge_printf(judge, "\"%s\"", text == NULL || *text == '\0' ? "nothing" : text);
}

static void
note(const struct needs *needs, enum mig_fact fact, const char *was, const char *is)
{
	struct mig_raw raw = needs->raw;
	raw.fact = fact;
	raw.name = is != NULL ? is : was;
	raw.old_text = was == NULL ? "null" : was;
	raw.new_text = is == NULL ? "null" : is;
	mig_judge_note(needs->judge, &raw);
}

/* Scopes of the same schemes that are asked for on one side only. */
static void
compare_scopes(const struct needs *needs, const struct mig_api_alternative *left,
    const struct mig_api_alternative *right)
{
	for (size_t i = 0; i < left->count; i++) {
		const struct mig_api_scheme *was = &left->schemes[i];
		const struct mig_api_scheme *is = &right->schemes[i];
		for (size_t j = 0; j < was->count; j++)
			if (!has_scope(is, was->scopes[j]))
				note(needs, needs->scope_removed,
				    mig_judge_printf(needs->judge, "\"%s\"", was->scopes[j]), NULL);
		for (size_t j = 0; j < is->count; j++)
			if (!has_scope(was, is->scopes[j]))
				note(needs, needs->scope_added, NULL,
				    mig_judge_printf(needs->judge, "\"%s\"", is->scopes[j]));
	}
}

static bool
covered_by_any(const struct mig_api_security *security, const struct mig_api_alternative *have)
{
	for (size_t i = 0; i < security->count; i++)
		if (covers(have, &security->items[i]))
			return true;
	return false;
}

static void
compare_alternatives(const struct needs *needs)
{
	for (size_t i = 0; i < needs->before->count; i++) {
		const struct mig_api_alternative *left = &needs->before->items[i];
		const struct mig_api_alternative *right = alternative_like(needs->after, left);
		if (right != NULL)
			compare_scopes(needs, left, right);
		else if (!covered_by_any(needs->after, left))
			note(needs, needs->removed, alternative_text(needs->judge, left), NULL);
	}
	for (size_t i = 0; i < needs->after->count; i++) {
		const struct mig_api_alternative *right = &needs->after->items[i];
		if (alternative_like(needs->before, right) == NULL)
			note(needs, needs->added, NULL, alternative_text(needs->judge, right));
	}
}

static void
compare_needs(const struct needs *needs)
{
	bool was_open = is_open(needs->before);
	bool is_open_now = is_open(needs->after);
	if (was_open && is_open_now)
		return;
	if (was_open && needs->after->count > 0)
		note(needs, MIG_FACT_SECURITY_TIGHTENED, NULL,
		    alternative_text(needs->judge, &needs->after->items[0]));
	else if (is_open_now && needs->before->count > 0)
		note(needs, MIG_FACT_SECURITY_LOOSENED,
		    alternative_text(needs->judge, &needs->before->items[0]), NULL);
	else
		compare_alternatives(needs);
}

/* Where an operation says what it asks for; otherwise where it stands itself. */
static const struct mig_tree *
place_of(const struct mig_api_op *op)
{
	return op->security.node != NULL ? op->security.node : op->node;
}

void
mig_judge_security(
    struct mig_judge *judge, const struct mig_api_op *before, const struct mig_api_op *after)
{
	/* Where neither says anything the whole interface has said it. */
	if (before->security.node == NULL && after->security.node == NULL)
		return;
	const struct needs needs = {
		.judge = judge,
		.before = before->security.node != NULL ? &before->security
		                                        : &judge->before->security,
		.after = after->security.node != NULL ? &after->security : &judge->after->security,
		.raw = {
			.pair = MIG_NO_PAIR,
			.where = MIG_AT_REQUEST,
			.before = place_of(before),
			.after = place_of(after),
			.path = mig_judge_printf(judge, "%s.security", mig_op_path(judge, after)),
			.subject = mig_op_name(judge, after),
			.op = after,
		},
		.added = MIG_FACT_SECURITY_ADDED,
		.removed = MIG_FACT_SECURITY_REMOVED,
		.scope_added = MIG_FACT_SCOPE_ADDED,
		.scope_removed = MIG_FACT_SCOPE_REMOVED,
	};
	compare_needs(&needs);
}

static bool
has_url(const struct mig_api_servers *servers, const char *url)
{
	for (size_t i = 0; i < servers->count; i++)
		if (strcmp(servers->urls[i], url) == 0)
			return true;
	return servers->count == 0 && strcmp(url, "/") == 0;
}

/* What comes before the path of an address. */
static size_t
host_len(const char *url)
{
	const char *host = strstr(url, "://");
	if (host == NULL)
		return 0;
	host += 3;
	return (size_t)(host - url) + strcspn(host, "/");
}

static void
note_server(struct mig_judge *judge, const struct mig_raw *raw, enum mig_fact fact, const char *was,
    const char *is)
{
	struct mig_raw copy = *raw;
	copy.fact = fact;
	copy.old_text = was == NULL ? "null" : mig_judge_printf(judge, "\"%s\"", was);
	copy.new_text = is == NULL ? "null" : mig_judge_printf(judge, "\"%s\"", is);
	mig_judge_note(judge, &copy);
}

static void
compare_servers(struct mig_judge *judge, const struct mig_api_servers *before,
    const struct mig_api_servers *after, const struct mig_raw *raw)
{
	if (before->count == 1 && after->count == 1 && !has_url(after, before->urls[0])) {
		const char *was = before->urls[0];
		const char *is = after->urls[0];
		size_t len = host_len(was);
		if (len == host_len(is) && strncmp(was, is, len) == 0) {
			note_server(judge, raw, MIG_FACT_BASE_PATH_CHANGED, was, is);
			return;
		}
	}
	for (size_t i = 0; i < before->count; i++)
		if (!has_url(after, before->urls[i]))
			note_server(judge, raw, MIG_FACT_SERVER_REMOVED, before->urls[i], NULL);
	for (size_t i = 0; i < after->count; i++)
		if (!has_url(before, after->urls[i]))
			note_server(judge, raw, MIG_FACT_SERVER_ADDED, NULL, after->urls[i]);
}

void
mig_judge_servers(
    struct mig_judge *judge, const struct mig_api_op *before, const struct mig_api_op *after)
{
	if (before->servers.node == NULL && after->servers.node == NULL)
		return;
	const struct mig_raw raw = {
		.pair = MIG_NO_PAIR,
		.where = MIG_AT_REQUEST,
		.before = before->servers.node != NULL ? before->servers.node : before->node,
		.after = after->servers.node != NULL ? after->servers.node : after->node,
		.path = mig_judge_printf(judge, "%s.servers", mig_op_path(judge, after)),
		.subject = mig_op_name(judge, after),
		.op = after,
	};
	compare_servers(judge,
	    before->servers.node != NULL ? &before->servers : &judge->before->servers,
	    after->servers.node != NULL ? &after->servers : &judge->after->servers, &raw);
}

/* A difference of a security scheme. */
static void
note_scheme(struct mig_judge *judge, enum mig_fact fact, const struct mig_tree *left,
    const struct mig_tree *right, const char *name)
{
	mig_judge_note(judge,
	    &(struct mig_raw){
	        .fact = fact,
	        .pair = MIG_NO_PAIR,
	        .where = MIG_AT_REQUEST,
	        .name = name,
	        .old_node = left,
	        .new_node = right,
	        .before = left,
	        .after = right,
	        .path = mig_judge_printf(judge, "components.securitySchemes.%s", name),
	        .subject = name,
	    });
}

static void
compare_flow(struct mig_judge *judge, const struct mig_tree *left, const struct mig_tree *right,
    const char *name)
{
	static const struct {
		const char *member;
		enum mig_fact fact;
	} urls[] = {
		{ "authorizationUrl", MIG_FACT_SCHEME_URL },
		{ "tokenUrl", MIG_FACT_SCHEME_TOKEN_URL },
	};
	for (size_t i = 0; i < sizeof(urls) / sizeof(urls[0]); i++) {
		const struct mig_tree *is = mig_tree_get(right, urls[i].member);
		const char *was = mig_tree_get_text(left, urls[i].member);
		if (was != NULL && is != NULL && !mig_tree_is(is, was))
			note_scheme(
			    judge, urls[i].fact, mig_tree_get(left, urls[i].member), is, name);
	}
	const struct mig_tree *scopes = mig_tree_get(left, "scopes");
	const struct mig_tree *others = mig_tree_get(right, "scopes");
	const struct mig_tree *at = scopes == NULL ? NULL : scopes->first;
	for (; at != NULL; at = at->next) {
		const struct mig_tree *is = mig_tree_get(others, at->key);
		if (is == NULL)
			note_scheme(judge, MIG_FACT_SCHEME_SCOPE_REMOVED, at, NULL, name);
		else if (at->text != NULL && is->text != NULL && strcmp(at->text, is->text) != 0)
			note_scheme(judge, MIG_FACT_SCHEME_SCOPE_CHANGED, at, is, name);
	}
	for (at = others == NULL ? NULL : others->first; at != NULL; at = at->next)
		if (mig_tree_get(scopes, at->key) == NULL)
			note_scheme(judge, MIG_FACT_SCHEME_SCOPE_ADDED, NULL, at, name);
}

static void
compare_scheme(struct mig_judge *judge, const struct mig_tree *left, const struct mig_tree *right,
    const char *name)
{
	static const char *const members[] = { "type", "scheme", "in", "name", "openIdConnectUrl" };
	for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
		const struct mig_tree *was = mig_tree_get(left, members[i]);
		const struct mig_tree *is = mig_tree_get(right, members[i]);
		bool same =
		    was == NULL || is == NULL || is->text == NULL || mig_tree_is(was, is->text);
		if (!same) {
			note_scheme(judge, MIG_FACT_SCHEME_TYPE, was, is, name);
			return;
		}
	}
	const struct mig_tree *flows = mig_tree_get(left, "flows");
	const struct mig_tree *at = flows == NULL ? NULL : flows->first;
	for (; at != NULL; at = at->next) {
		const struct mig_tree *is = mig_tree_get(mig_tree_get(right, "flows"), at->key);
		if (is != NULL)
			compare_flow(judge, at, is, name);
	}
}

static void
compare_schemes(struct mig_judge *judge)
{
	const struct mig_tree *before = judge->before->schemes_node;
	const struct mig_tree *after = judge->after->schemes_node;
	const struct mig_tree *at = before == NULL ? NULL : before->first;
	for (; at != NULL; at = at->next) {
		const struct mig_tree *other = mig_tree_get(after, at->key);
		if (other == NULL)
			note_scheme(judge, MIG_FACT_SCHEME_REMOVED, at, NULL, at->key);
		else
			compare_scheme(judge, mig_api_meant(judge->before, at),
			    mig_api_meant(judge->after, other), at->key);
	}
	for (at = after == NULL ? NULL : after->first; at != NULL; at = at->next)
		if (mig_tree_get(before, at->key) == NULL)
			note_scheme(judge, MIG_FACT_SCHEME_ADDED, NULL, at, at->key);
}

void
mig_judge_globals(struct mig_judge *judge)
{
	struct mig_raw raw = {
		.pair = MIG_NO_PAIR,
		.where = MIG_AT_REQUEST,
		.before = judge->before->servers.node,
		.after = judge->after->servers.node,
		.path = "paths.servers",
		.subject = "the interface",
	};
	compare_schemes(judge);
	compare_servers(judge, &judge->before->servers, &judge->after->servers, &raw);
	raw.before = judge->before->security.node;
	raw.after = judge->after->security.node;
	raw.path = "paths.security";
	const struct needs needs = {
		.judge = judge,
		.before = &judge->before->security,
		.after = &judge->after->security,
		.raw = raw,
		.added = MIG_FACT_GLOBAL_SECURITY_ADDED,
		.removed = MIG_FACT_GLOBAL_SECURITY_REMOVED,
		.scope_added = MIG_FACT_GLOBAL_SCOPE_ADDED,
		.scope_removed = MIG_FACT_GLOBAL_SCOPE_REMOVED,
	};
	compare_needs(&needs);
}
