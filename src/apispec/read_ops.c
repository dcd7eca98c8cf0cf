/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "apispec/api_int.h"
#include "base/arena.h"
#include "base/limits.h"

/* Members of a path item that are operations; others are none, whatever they look like. */
static const struct {
	const char *member;
	const char *method;
} methods[] = {
	{ "get", "GET" },
	{ "put", "PUT" },
	{ "post", "POST" },
	{ "delete", "DELETE" },
	{ "options", "OPTIONS" },
	{ "head", "HEAD" },
	{ "patch", "PATCH" },
	{ "trace", "TRACE" },
};

static int
compare_texts(const void *a, const void *b)
{
	const char *const *left = a;
	const char *const *right = b;
	return strcmp(*left, *right);
}

/* The path with {} for each parameter: what it is called does not matter. */
static const char *
path_key(struct mig_api *api, const char *path)
{
	char *key = mig_api_alloc(api, strlen(path) + 1, 1);
	if (key == NULL)
		return NULL;
	size_t len = 0;
	bool inside = false;
	for (const char *p = path; *p != '\0'; p++) {
		inside = inside && *p != '}' && *p != '/';
		if (!inside)
			key[len++] = *p;
		if (*p == '{')
			inside = true;
	}
	return key;
}

static struct mig_api_op *
add_op(struct mig_api *api, struct mig_api_ops *ops)
{
	if (ops->count == ops->cap) {
		size_t cap = ops->cap == 0 ? 8 : ops->cap * 2;
		struct mig_api_op *items = mig_api_alloc(api, cap, sizeof(*items));
		if (items == NULL)
			return NULL;
		if (ops->count > 0)
			memcpy(items, ops->items, ops->count * sizeof(*items));
		ops->items = items;
		ops->cap = cap;
	}
	return &ops->items[ops->count++];
}

/* The strings of a list, in its order. */
static const char **
read_texts(struct mig_api *api, const struct mig_tree *list, size_t *ret_count)
{
	const char **texts = mig_api_alloc(api, list->count, sizeof(*texts));
	size_t count = 0;
	if (texts == NULL || !mig_api_few(api, list))
		return NULL;
	for (const struct mig_tree *at = list->first; at != NULL; at = at->next) {
		if (at->type == MIG_JSON_STRING)
			texts[count++] = at->text;
		else
			mig_api_fault(api, at, NULL, "must be a string, not %s",
			    mig_json_type_name(at->type));
	}
	*ret_count = count;
	return texts;
}

static void
read_scheme(struct mig_api *api, const struct mig_tree *node, struct mig_api_scheme *scheme)
{
	scheme->name = node->key;
	if (node->type != MIG_JSON_ARRAY) {
		mig_api_fault(api, node, NULL, "the scopes must be a list, not %s",
		    mig_json_type_name(node->type));
		return;
	}
	scheme->scopes = read_texts(api, node, &scheme->count);
	if (scheme->scopes != NULL && scheme->count > 1)
		qsort(scheme->scopes, scheme->count, sizeof(*scheme->scopes), compare_texts);
}

static int
compare_schemes(const void *a, const void *b)
{
	return strcmp(
	    ((const struct mig_api_scheme *)a)->name, ((const struct mig_api_scheme *)b)->name);
}

struct mig_api_security
mig_api_read_security(struct mig_api *api, const struct mig_tree *node)
{
	struct mig_api_security security = { .node = mig_api_array(api, node, "security") };
	if (security.node == NULL || !mig_api_few(api, security.node))
		return security;
	security.items = mig_api_alloc(api, security.node->count, sizeof(*security.items));
	for (const struct mig_tree *at = security.node->first; at != NULL && !api->failed;
	     at = at->next) {
		if (at->type != MIG_JSON_OBJECT) {
			mig_api_fault(api, at, NULL, "a requirement must be an object, not %s",
			    mig_json_type_name(at->type));
			continue;
		}
		struct mig_api_alternative *alternative = &security.items[security.count++];
		alternative->schemes = mig_api_alloc(api, at->count, sizeof(*alternative->schemes));
		for (const struct mig_tree *each = at->first; each != NULL && !api->failed;
		     each = each->next)
			read_scheme(api, each, &alternative->schemes[alternative->count++]);
		if (alternative->count > 1)
			qsort(alternative->schemes, alternative->count,
			    sizeof(*alternative->schemes), compare_schemes);
	}
	return security;
}

/* An address with the defaults of its variables, without a slash at its end. */
static const char *
server_url(struct mig_api *api, const struct mig_tree *server)
{
	const char *url = mig_api_text(api, server, "url");
	if (url == NULL)
		return NULL;
	const struct mig_tree *variables = mig_api_object(api, server, "variables");
	if (variables != NULL && !mig_api_few(api, variables))
		return url;
	const struct mig_tree *at = variables == NULL ? NULL : variables->first;
	for (; at != NULL && url != NULL; at = at->next) {
		const char *value = mig_tree_get_text(at, "default");
		const char *name = mig_api_printf(api, "{%s}", at->key);
		const char *found = name == NULL ? NULL : strstr(url, name);
		if (found != NULL && value != NULL)
			url = mig_api_printf(
			    api, "%.*s%s%s", (int)(found - url), url, value, found + strlen(name));
	}
	size_t len = url == NULL ? 0 : strlen(url);
	return len > 1 && url[len - 1] == '/' ? mig_arena_strndup(api->doc.arena, url, len - 1) :
	                                        url;
}

struct mig_api_servers
mig_api_read_servers(struct mig_api *api, const struct mig_tree *node)
{
	struct mig_api_servers servers = { .node = mig_api_array(api, node, "servers") };
	if (servers.node == NULL || servers.node->count == 0 || !mig_api_few(api, servers.node)) {
		servers.node = NULL;
		return servers;
	}
	servers.urls = mig_api_alloc(api, servers.node->count, sizeof(*servers.urls));
	for (const struct mig_tree *at = servers.node->first; at != NULL && !api->failed;
	     at = at->next) {
		const char *url = server_url(api, at);
		if (url != NULL)
			servers.urls[servers.count++] = url;
		else
			mig_api_fault(api, at, NULL, "a server needs an \"url\"");
	}
	return servers;
}

static void
read_marks(struct mig_api *api, struct mig_api_op *op)
{
	op->id = mig_api_text(api, op->node, "operationId");
	op->deprecated = mig_api_flag(api, op->node, "deprecated");
	op->stability = mig_tree_get_text(op->node, "x-stability-level");
	op->sunset = mig_tree_get_text(op->node, "x-sunset");
	const struct mig_tree *tags = mig_api_array(api, op->node, "tags");
	if (tags != NULL)
		op->tags = read_texts(api, tags, &op->tags_count);
}

/* Callbacks of callbacks are not looked at. */
static void
read_callbacks(struct mig_api *api, struct mig_api_op *op, bool nested)
{
	const struct mig_tree *callbacks =
	    nested ? NULL : mig_api_object(api, op->node, "callbacks");
	const struct mig_tree *at = callbacks == NULL ? NULL : callbacks->first;
	for (; at != NULL && !api->failed; at = at->next) {
		const struct mig_tree *callback = mig_api_follow(api, at);
		const struct mig_tree *each = callback == NULL ? NULL : callback->first;
		if (op->callbacks.count > MIG_API_PARAMS_MAX) {
			mig_api_fault(api, at, NULL, "an operation has more than %d callbacks",
			    MIG_API_PARAMS_MAX);
			return;
		}
		for (; each != NULL && !api->failed; each = each->next) {
			if (strncmp(each->key, "x-", 2) == 0)
				continue;
			/* The braces of an expression are no parameters. */
			const char *name = mig_api_printf(api, "%s %s", at->key, each->key);
			if (name != NULL)
				mig_api_read_item(api, each, name, &op->callbacks);
		}
	}
}

static void
read_op(struct mig_api *api, struct mig_api_op *op, const struct mig_api_ops *ops)
{
	if (op->node->type != MIG_JSON_OBJECT) {
		mig_api_fault(api, op->node, NULL, "an operation must be an object, not %s",
		    mig_json_type_name(op->node->type));
		return;
	}
	read_marks(api, op);
	mig_api_read_params(api, op);
	mig_api_read_bodies(api, op);
	op->security = mig_api_read_security(api, op->node);
	op->servers = mig_api_read_servers(api, op->node);
	if (op->servers.node == NULL)
		op->servers = mig_api_read_servers(api, op->path_node);
	/* Operations of a path, and only they, have callbacks of their own. */
	read_callbacks(api, op, ops != &api->ops);
}

void
mig_api_read_item(
    struct mig_api *api, const struct mig_tree *item, const char *path, struct mig_api_ops *ops)
{
	const struct mig_tree *node = mig_api_follow(api, item);
	if (node == NULL)
		return;
	if (node->type != MIG_JSON_OBJECT) {
		mig_api_fault(api, node, NULL, "a path must be an object, not %s",
		    mig_json_type_name(node->type));
		return;
	}
	const char *key = ops == &api->ops ? path_key(api, path) : path;
	for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]) && !api->failed; i++) {
		const struct mig_tree *member = mig_tree_get(node, methods[i].member);
		if (member == NULL)
			continue;
		struct mig_api_op *op = mig_api_count(api, member) ? add_op(api, ops) : NULL;
		if (op == NULL)
			return;
		op->path = path;
		op->key = key;
		op->method = methods[i].method;
		op->node = member;
		op->path_node = node;
		read_op(api, op, ops);
	}
}

static void
read_paths(struct mig_api *api, const char *section, struct mig_api_ops *ops)
{
	const struct mig_tree *paths = mig_api_object(api, api->doc.root, section);
	const struct mig_tree *at = paths == NULL ? NULL : paths->first;
	for (; at != NULL && !api->failed; at = at->next)
		if (strncmp(at->key, "x-", 2) != 0)
			mig_api_read_item(api, at, at->key, ops);
}

static int
compare_components(const void *a, const void *b)
{
	const struct mig_api_component *const *left = a;
	const struct mig_api_component *const *right = b;
	return strcmp((*left)->name, (*right)->name);
}

const struct mig_api_component *
mig_api_component(const struct mig_api *api, const char *name)
{
	const struct mig_api_component wanted = { .name = name };
	const struct mig_api_component *key = &wanted;
	const struct mig_api_component *const *found = api->components_count == 0 ?
	    NULL :
	    bsearch(&key, api->by_name, api->components_count, sizeof(*api->by_name),
	        compare_components);
	return found == NULL ? NULL : *found;
}

static void
sort_components(struct mig_api *api)
{
	api->by_name = mig_api_alloc(api, api->components_count, sizeof(*api->by_name));
	for (size_t i = 0; !api->failed && i < api->components_count; i++)
		api->by_name[i] = &api->components[i];
	if (!api->failed && api->components_count > 1)
		qsort(
		    api->by_name, api->components_count, sizeof(*api->by_name), compare_components);
}

/* What is compared of security schemes is of the types that it must have. */
static void
check_schemes(struct mig_api *api, const struct mig_tree *schemes)
{
	static const char *const texts[] = { "type", "scheme", "in", "name", "openIdConnectUrl" };
	static const char *const urls[] = { "authorizationUrl", "tokenUrl" };
	const struct mig_tree *each = schemes == NULL ? NULL : schemes->first;
	for (; each != NULL && !api->failed; each = each->next) {
		const struct mig_tree *at = mig_api_follow(api, each);
		if (at == NULL)
			continue;
		if (at->type != MIG_JSON_OBJECT) {
			mig_api_fault(api, at, NULL, "a security scheme must be an object, not %s",
			    mig_json_type_name(at->type));
			continue;
		}
		for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
			(void)mig_api_text(api, at, texts[i]);
		const struct mig_tree *flows = mig_api_object(api, at, "flows");
		const struct mig_tree *flow = flows == NULL ? NULL : flows->first;
		for (; flow != NULL; flow = flow->next) {
			for (size_t i = 0; i < sizeof(urls) / sizeof(urls[0]); i++)
				(void)mig_api_text(api, flow, urls[i]);
			(void)mig_api_texts(api, flow, "scopes");
		}
	}
}

/* The schemas with names, each with its own. */
static void
read_components(struct mig_api *api)
{
	const struct mig_tree *components = mig_api_object(api, api->doc.root, "components");
	const struct mig_tree *schemas = mig_api_object(api, components, "schemas");
	api->schemes_node = mig_api_object(api, components, "securitySchemes");
	check_schemes(api, api->schemes_node);
	api->schemas_node = schemas;
	if (schemas == NULL)
		return;
	api->components = mig_api_alloc(api, schemas->count, sizeof(*api->components));
	for (const struct mig_tree *at = schemas->first; at != NULL && !api->failed;
	     at = at->next) {
		const struct mig_schema *schema = mig_schema_of(api, at);
		if (schema == NULL)
			return;
		api->components[api->components_count++] =
		    (struct mig_api_component){ at->key, at, schema };
		struct mig_schema *own = api->schemas[schema->index];
		if (own->component == NULL && own->parts_count > 0)
			own->component = at->key;
	}
	sort_components(api);
}

void
mig_api_read_openapi(struct mig_api *api)
{
	/* Anything goes by that name first, so that no component gets it. */
	api->anything = mig_schema_of(api, NULL);
	read_components(api);
	api->security = mig_api_read_security(api, api->doc.root);
	api->servers = mig_api_read_servers(api, api->doc.root);
	read_paths(api, "paths", &api->ops);
	read_paths(api, "webhooks", &api->webhooks);
}
