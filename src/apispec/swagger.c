/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/*
 * Swagger 2 rewritten as OpenAPI 3.0: a second tree, whose nodes know where they come from.
 */
#include "config.h"

#include <string.h>

#include "apispec/api_int.h"
#include "base/arena.h"
#include "base/limits.h"

struct rewriting {
	struct mig_api *api;
	const struct mig_tree *old; /* the root of the document as it was */
	const struct mig_tree *consumes;
	const struct mig_tree *produces;
};

/* Parameters of one operation that make up its body. */
struct form {
	const struct mig_tree *body;
	const struct mig_tree *fields[MIG_API_PARAMS_MAX];
	size_t count;
	bool file;
};

/* Members of a parameter or header that do not belong to its schema. */
static const char *const outside[] = { "name", "in", "required", "description", "allowEmptyValue",
	"deprecated", "x-sunset", "collectionFormat", "schema", NULL };

static const struct {
	const char *format;
	const char *style;
	bool explode;
} collections[] = {
	{ "csv", NULL, false },
	{ "multi", NULL, true },
	{ "ssv", "spaceDelimited", false },
	{ "pipes", "pipeDelimited", false },
	{ "tsv", "tabDelimited", false },
};

/* Room for the origin of a node. */
static bool
keep_origins(struct rewriting *r, size_t seq)
{
	struct mig_tree_doc *doc = &r->api->doc;
	if (seq < doc->origins_count)
		return true;
	size_t count = 2 * (seq + 1);
	const struct mig_tree **origins = mig_arena_array(doc->arena, count, sizeof(*origins));
	if (origins == NULL)
		return false;
	if (doc->origins_count > 0)
		memcpy(origins, doc->origins, doc->origins_count * sizeof(*origins));
	doc->origins = origins;
	doc->origins_count = count;
	return true;
}

static struct mig_tree *
add(struct rewriting *r, struct mig_tree *parent, const char *key, enum mig_json_type type,
    const struct mig_tree *origin)
{
	struct mig_tree *node = mig_tree_add(&r->api->doc, parent, key, type, origin->line);
	if (node != NULL && !keep_origins(r, node->seq))
		node = NULL;
	if (node == NULL) {
		if (!mig_arena_failed(r->api->doc.arena) && !r->api->failed)
			mig_api_fault(
			    r->api, r->old, NULL, "more than %u values", MIG_TREE_NODES_MAX);
		r->api->failed = true;
		return NULL;
	}
	r->api->doc.origins[node->seq] = origin;
	return node;
}

/* What a node was made from. */
static const struct mig_tree *
origin_of(const struct rewriting *r, const struct mig_tree *node)
{
	return r->api->doc.origins[node->seq];
}

static void
add_text(struct rewriting *r, struct mig_tree *parent, const char *key, const char *text,
    const struct mig_tree *origin)
{
	struct mig_tree *node = add(r, parent, key, MIG_JSON_STRING, origin);
	if (node != NULL)
		node->text = text;
}

static void
add_truth(struct rewriting *r, struct mig_tree *parent, const char *key, bool truth,
    const struct mig_tree *origin)
{
	struct mig_tree *node = add(r, parent, key, MIG_JSON_BOOL, origin);
	if (node != NULL)
		node->truth = truth;
}

static void
close_object(struct rewriting *r, struct mig_tree *object)
{
	if (object != NULL)
		(void)mig_tree_close(&r->api->doc, object); /* keys differ as they did before */
}

/* A reference to a definition leads among the components now. */
static const char *
new_ref(struct rewriting *r, const char *ref)
{
	static const char was[] = "#/definitions/";
	if (strncmp(ref, was, sizeof(was) - 1) != 0)
		return ref;
	return mig_api_printf(r->api, "#/components/schemas/%s", ref + sizeof(was) - 1);
}

/* A copy of a value; as deep as documents may be. */
static void
copy(struct rewriting *r, struct mig_tree *parent, const char *key, const struct mig_tree *from)
{
	if (key != NULL && strcmp(key, "x-nullable") == 0)
		key = "nullable";
	struct mig_tree *node = add(r, parent, key, from->type, from);
	if (node == NULL)
		return;
	if (from->type == MIG_JSON_BOOL)
		node->truth = from->truth;
	else if (from->type == MIG_JSON_NUMBER)
		node->number = from->number;
	node->text = from->text;
	if (key != NULL && from->type == MIG_JSON_STRING && strcmp(key, "$ref") == 0)
		node->text = new_ref(r, from->text);
	if (key != NULL && from->type == MIG_JSON_STRING && strcmp(key, "discriminator") == 0) {
		node->type = MIG_JSON_OBJECT;
		node->text = NULL;
		add_text(r, node, "propertyName", from->text, from);
	}
	for (const struct mig_tree *at = from->first; at != NULL; at = at->next)
		copy(r, node, at->key, at);
	if (node->type == MIG_JSON_OBJECT)
		close_object(r, node);
}

static void
copy_member(
    struct rewriting *r, struct mig_tree *parent, const struct mig_tree *from, const char *key)
{
	const struct mig_tree *member = mig_tree_get(from, key);
	if (member != NULL)
		copy(r, parent, key, member);
}

/* The schema of a parameter or header, whose keywords stand among its own members. */
static void
inline_schema(
    struct rewriting *r, struct mig_tree *parent, const char *key, const struct mig_tree *from)
{
	struct mig_tree *schema = add(r, parent, key, MIG_JSON_OBJECT, from);
	for (const struct mig_tree *at = from->first; schema != NULL && at != NULL; at = at->next) {
		bool own = true;
		for (size_t i = 0; outside[i] != NULL; i++)
			own = own && strcmp(outside[i], at->key) != 0;
		if (own)
			copy(r, schema, at->key, at);
	}
	close_object(r, schema);
}

/* How the elements of a list are put together. */
static void
collection(struct rewriting *r, struct mig_tree *param, const struct mig_tree *from)
{
	const char *format = mig_tree_get_text(from, "collectionFormat");
	if (!mig_tree_is(mig_tree_get(from, "type"), "array"))
		return;
	for (size_t i = 0; i < sizeof(collections) / sizeof(collections[0]); i++) {
		if (strcmp(collections[i].format, format == NULL ? "csv" : format) != 0)
			continue;
		if (collections[i].style != NULL)
			add_text(r, param, "style", collections[i].style, from);
		add_truth(r, param, "explode", collections[i].explode, from);
	}
}

static void
parameter(struct rewriting *r, struct mig_tree *list, const struct mig_tree *from)
{
	static const char *const kept[] = { "name", "in", "required", "deprecated", "x-sunset" };
	if (from->type != MIG_JSON_OBJECT) {
		copy(r, list, NULL, from); /* who reads it says that it is wrong */
		return;
	}
	struct mig_tree *param = add(r, list, NULL, MIG_JSON_OBJECT, from);
	if (param == NULL)
		return;
	for (size_t i = 0; i < sizeof(kept) / sizeof(kept[0]); i++)
		copy_member(r, param, from, kept[i]);
	collection(r, param, from);
	inline_schema(r, param, "schema", from);
}

/* Parameters in their places; those of the body are put aside. */
static void
parameters(struct rewriting *r, struct mig_tree *to, const struct mig_tree *from, struct form *form)
{
	const struct mig_tree *given = mig_api_array(r->api, from, "parameters");
	if (given == NULL)
		return;
	struct mig_tree *list = to == NULL ? NULL : add(r, to, "parameters", MIG_JSON_ARRAY, given);
	for (const struct mig_tree *at = given->first; at != NULL; at = at->next) {
		const struct mig_tree *node = mig_api_follow(r->api, at);
		const struct mig_tree *in = mig_tree_get(node, "in");
		if (node == NULL)
			continue;
		if (mig_tree_is(in, "body")) {
			form->body = form->body == NULL ? node : form->body;
		} else if (mig_tree_is(in, "formData")) {
			form->file = form->file || mig_tree_is(mig_tree_get(node, "type"), "file");
			if (form->count < MIG_API_PARAMS_MAX)
				form->fields[form->count++] = node;
		} else if (list != NULL) {
			parameter(r, list, node);
		}
	}
}

/* Media types with one schema each; types NULL: one usual type. */
static struct mig_tree *
media(struct rewriting *r, struct mig_tree *content, const struct mig_tree *types,
    const char *usual, size_t index)
{
	const struct mig_tree *at = types == NULL ? NULL : types->first;
	for (size_t i = 0; at != NULL && i < index; i++)
		at = at->next;
	if (types != NULL && types->count > 0)
		return at == NULL || at->type != MIG_JSON_STRING ?
		    NULL :
		    add(r, content, at->text, MIG_JSON_OBJECT, at);
	return index > 0 ? NULL : add(r, content, usual, MIG_JSON_OBJECT, origin_of(r, content));
}

static void
form_schema(struct rewriting *r, struct mig_tree *parent, const struct form *form)
{
	struct mig_tree *schema = add(r, parent, "schema", MIG_JSON_OBJECT, form->fields[0]);
	if (schema == NULL)
		return;
	add_text(r, schema, "type", "object", form->fields[0]);
	struct mig_tree *required = add(r, schema, "required", MIG_JSON_ARRAY, form->fields[0]);
	struct mig_tree *props = add(r, schema, "properties", MIG_JSON_OBJECT, form->fields[0]);
	for (size_t i = 0; i < form->count && required != NULL && props != NULL; i++) {
		const char *name = mig_tree_get_text(form->fields[i], "name");
		if (name == NULL)
			continue;
		inline_schema(r, props, name, form->fields[i]);
		if (mig_tree_get_true(form->fields[i], "required"))
			add_text(r, required, NULL, name, form->fields[i]);
	}
	close_object(r, props);
}

static void
request_body(
    struct rewriting *r, struct mig_tree *op, const struct mig_tree *types, const struct form *form)
{
	const struct mig_tree *origin = form->body != NULL ? form->body : form->fields[0];
	const struct mig_tree *schema = mig_tree_get(form->body, "schema");
	struct mig_tree *body = add(r, op, "requestBody", MIG_JSON_OBJECT, origin);
	if (body == NULL)
		return;
	bool required = mig_tree_get_true(form->body, "required");
	for (size_t i = 0; i < form->count; i++)
		required = required || mig_tree_get_true(form->fields[i], "required");
	add_truth(r, body, "required", required, origin);
	struct mig_tree *content = add(r, body, "content", MIG_JSON_OBJECT, origin);
	const char *usual =
	    form->file ? "multipart/form-data" : "application/x-www-form-urlencoded";
	for (size_t i = 0; content != NULL && i < MIG_API_PARAMS_MAX; i++) {
		struct mig_tree *type =
		    media(r, content, types, form->body != NULL ? "application/json" : usual, i);
		if (type == NULL)
			break;
		if (form->body == NULL)
			form_schema(r, type, form);
		else if (schema != NULL)
			copy(r, type, "schema", schema);
	}
	close_object(r, content);
}

static void
headers(struct rewriting *r, struct mig_tree *response, const struct mig_tree *from)
{
	const struct mig_tree *given = mig_api_object(r->api, from, "headers");
	if (given == NULL)
		return;
	struct mig_tree *list = add(r, response, "headers", MIG_JSON_OBJECT, given);
	for (const struct mig_tree *at = given->first; at != NULL && list != NULL; at = at->next) {
		bool whole = at->type == MIG_JSON_OBJECT;
		struct mig_tree *header =
		    whole ? add(r, list, at->key, MIG_JSON_OBJECT, at) : NULL;
		if (header != NULL)
			inline_schema(r, header, "schema", at);
		else
			copy(r, list, at->key, at); /* as in parameter() */
	}
	close_object(r, list);
}

static void
response(struct rewriting *r, struct mig_tree *list, const struct mig_tree *given,
    const struct mig_tree *types)
{
	const struct mig_tree *from = mig_api_follow(r->api, given);
	struct mig_tree *to = from == NULL ? NULL : add(r, list, given->key, MIG_JSON_OBJECT, from);
	const struct mig_tree *schema = mig_tree_get(from, "schema");
	if (to == NULL)
		return;
	headers(r, to, from);
	struct mig_tree *content =
	    schema == NULL ? NULL : add(r, to, "content", MIG_JSON_OBJECT, schema);
	for (size_t i = 0; content != NULL && i < MIG_API_PARAMS_MAX; i++) {
		struct mig_tree *type = media(r, content, types, "application/json", i);
		if (type == NULL)
			break;
		copy(r, type, "schema", schema);
	}
	close_object(r, content);
}

static void
operation(struct rewriting *r, struct mig_tree *item, const struct mig_tree *from,
    const struct form *shared)
{
	static const char *const kept[] = { "operationId", "deprecated", "tags", "security",
		"x-stability-level", "x-sunset" };
	struct form form = { .body = shared->body };
	struct mig_tree *op = add(r, item, from->key, MIG_JSON_OBJECT, from);
	if (op == NULL)
		return;
	for (size_t i = 0; i < sizeof(kept) / sizeof(kept[0]); i++)
		copy_member(r, op, from, kept[i]);
	parameters(r, op, from, &form);
	const struct mig_tree *consumes = mig_api_array(r->api, from, "consumes");
	const struct mig_tree *produces = mig_api_array(r->api, from, "produces");
	if (form.body != NULL || form.count > 0)
		request_body(r, op, consumes != NULL ? consumes : r->consumes, &form);
	const struct mig_tree *given = mig_api_object(r->api, from, "responses");
	struct mig_tree *list =
	    given == NULL ? NULL : add(r, op, "responses", MIG_JSON_OBJECT, given);
	const struct mig_tree *at = given == NULL ? NULL : given->first;
	for (; at != NULL && list != NULL; at = at->next)
		if (strncmp(at->key, "x-", 2) != 0)
			response(r, list, at, produces != NULL ? produces : r->produces);
	close_object(r, list);
	close_object(r, op);
}

static void
path_item(struct rewriting *r, struct mig_tree *paths, const struct mig_tree *given)
{
	static const char *const methods[] = { "get", "put", "post", "delete", "options", "head",
		"patch" };
	const struct mig_tree *from = mig_api_follow(r->api, given);
	struct mig_tree *item =
	    from == NULL ? NULL : add(r, paths, given->key, MIG_JSON_OBJECT, from);
	struct form shared = { 0 };
	if (item == NULL)
		return;
	if (from->type != MIG_JSON_OBJECT) {
		mig_api_fault(r->api, from, NULL, "a path must be an object, not %s",
		    mig_json_type_name(from->type));
		return;
	}
	parameters(r, item, from, &shared);
	for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
		const struct mig_tree *member = mig_api_object(r->api, from, methods[i]);
		if (member != NULL)
			operation(r, item, member, &shared);
	}
	close_object(r, item);
}

static void
oauth(struct rewriting *r, struct mig_tree *scheme, const struct mig_tree *from)
{
	static const char *const names[][2] = { { "implicit", "implicit" },
		{ "password", "password" }, { "application", "clientCredentials" },
		{ "accessCode", "authorizationCode" } };
	const char *flow = mig_tree_get_text(from, "flow");
	struct mig_tree *flows = add(r, scheme, "flows", MIG_JSON_OBJECT, from);
	for (size_t i = 0; flow != NULL && flows != NULL && i < 4; i++) {
		if (strcmp(names[i][0], flow) != 0)
			continue;
		struct mig_tree *to = add(r, flows, names[i][1], MIG_JSON_OBJECT, from);
		if (to == NULL)
			return;
		copy_member(r, to, from, "authorizationUrl");
		copy_member(r, to, from, "tokenUrl");
		copy_member(r, to, from, "scopes");
	}
}

static void
security_scheme(struct rewriting *r, struct mig_tree *list, const struct mig_tree *from)
{
	struct mig_tree *scheme = add(r, list, from->key, MIG_JSON_OBJECT, from);
	if (scheme == NULL)
		return;
	if (mig_tree_is(mig_tree_get(from, "type"), "basic")) {
		add_text(r, scheme, "type", "http", from);
		add_text(r, scheme, "scheme", "basic", from);
		return;
	}
	copy_member(r, scheme, from, "type");
	copy_member(r, scheme, from, "name");
	copy_member(r, scheme, from, "in");
	if (mig_tree_is(mig_tree_get(from, "type"), "oauth2"))
		oauth(r, scheme, from);
}

static void
components(struct rewriting *r, struct mig_tree *root)
{
	const struct mig_tree *definitions = mig_api_object(r->api, r->old, "definitions");
	const struct mig_tree *schemes = mig_api_object(r->api, r->old, "securityDefinitions");
	struct mig_tree *to = add(r, root, "components", MIG_JSON_OBJECT, r->old);
	if (to == NULL)
		return;
	if (definitions != NULL)
		copy(r, to, "schemas", definitions);
	struct mig_tree *list =
	    schemes == NULL ? NULL : add(r, to, "securitySchemes", MIG_JSON_OBJECT, schemes);
	for (const struct mig_tree *at = list == NULL ? NULL : schemes->first; at != NULL;
	     at = at->next)
		security_scheme(r, list, at);
	close_object(r, list);
}

static void
server(
    struct rewriting *r, struct mig_tree *list, const char *scheme, const struct mig_tree *origin)
{
	const char *host = mig_tree_get_text(r->old, "host");
	const char *base = mig_tree_get_text(r->old, "basePath");
	struct mig_tree *to = add(r, list, NULL, MIG_JSON_OBJECT, origin);
	if (to == NULL)
		return;
	add_text(r, to, "url",
	    mig_api_printf(r->api, "%s%s%s%s", host == NULL ? "" : scheme,
	        host == NULL ? "" : "://", host == NULL ? "" : host, base == NULL ? "/" : base),
	    origin);
}

static void
servers(struct rewriting *r, struct mig_tree *root)
{
	const struct mig_tree *host = mig_tree_get(r->old, "host");
	const struct mig_tree *base = mig_tree_get(r->old, "basePath");
	const struct mig_tree *schemes = mig_api_array(r->api, r->old, "schemes");
	if (host == NULL && base == NULL)
		return;
	struct mig_tree *list = add(r, root, "servers", MIG_JSON_ARRAY, host != NULL ? host : base);
	if (list == NULL)
		return;
	const struct mig_tree *at = host == NULL || schemes == NULL ? NULL : schemes->first;
	if (at == NULL)
		server(r, list, "https", origin_of(r, list));
	for (; at != NULL; at = at->next)
		if (at->type == MIG_JSON_STRING)
			server(r, list, at->text, at);
}

void
mig_api_from_swagger(struct mig_api *api)
{
	struct mig_tree *old = api->doc.root;
	struct rewriting r = { .api = api, .old = old };
	r.consumes = mig_api_array(api, r.old, "consumes");
	r.produces = mig_api_array(api, r.old, "produces");
	struct mig_tree *root = add(&r, NULL, NULL, MIG_JSON_OBJECT, r.old);
	/* References are followed in the old document until the new one is complete. */
	api->doc.root = old;
	if (root == NULL)
		return;
	servers(&r, root);
	copy_member(&r, root, r.old, "security");
	const struct mig_tree *given = mig_api_object(api, r.old, "paths");
	struct mig_tree *paths =
	    given == NULL ? NULL : add(&r, root, "paths", MIG_JSON_OBJECT, given);
	for (const struct mig_tree *at = paths == NULL ? NULL : given->first; at != NULL;
	     at = at->next)
		if (strncmp(at->key, "x-", 2) != 0)
			path_item(&r, paths, at);
	close_object(&r, paths);
	components(&r, root);
	close_object(&r, root);
	api->doc.root = root;
	api->version = 30;
}
