/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include "config.h"

#include <string.h>
#include <strings.h>

#include "apispec/api_int.h"
#include "base/limits.h"

/* The place of a parameter among those of its path; those that are not in it come last. */
static size_t
position_in(const char *path, const char *name)
{
	size_t position = 0;
	size_t len = strlen(name);
	for (const char *p = strchr(path, '{'); p != NULL; p = strchr(p + 1, '{')) {
		if (strncmp(p + 1, name, len) == 0 && p[len + 1] == '}')
			return position;
		position++;
	}
	return SIZE_MAX;
}

/* Whether a parameter's value has parts: only then it matters how they are put together. */
static bool
has_parts(struct mig_api *api, const struct mig_tree *node)
{
	const struct mig_tree *given = mig_tree_get(node, "schema");
	const struct mig_tree *schema = given == NULL ? NULL : mig_api_follow(api, given);
	const struct mig_tree *type = mig_tree_get(schema, "type");
	return mig_tree_is(type, "array") || mig_tree_is(type, "object");
}

/* How the value is written. */
static void
read_style(struct mig_api *api, struct mig_api_param *param)
{
	const struct mig_tree *node = param->node;
	bool form = strcmp(param->in, "query") == 0 || strcmp(param->in, "cookie") == 0;
	const struct mig_tree *content = mig_api_object(api, node, "content");
	if (content != NULL && content->first != NULL) {
		param->style = content->first->key;
		return;
	}
	param->style = mig_api_text(api, node, "style");
	if (param->style == NULL)
		param->style = form ? "form" : "simple";
	bool exploded = mig_tree_get(node, "explode") == NULL ? strcmp(param->style, "form") == 0 :
	                                                        mig_api_flag(api, node, "explode");
	param->exploded = exploded && has_parts(api, node);
	param->reserved = mig_api_flag(api, node, "allowReserved");
}

static const struct mig_schema *
schema_of(struct mig_api *api, const struct mig_tree *node)
{
	const struct mig_tree *schema = mig_tree_get(node, "schema");
	const struct mig_tree *content = mig_tree_get(node, "content");
	if (schema == NULL && content != NULL && content->first != NULL)
		schema = mig_tree_get(content->first, "schema");
	return mig_schema_of(api, schema);
}

static bool
same_param(const struct mig_api_param *param, const char *name, const char *in)
{
	return strcmp(param->in, in) == 0 &&
	    (strcmp(in, "header") == 0 ? strcasecmp(param->name, name) == 0 :
	                                 strcmp(param->name, name) == 0);
}

/* Whether an operation replaces a parameter of its path by one of its own. */
static bool
is_replaced(const struct mig_api_op *op, const char *name, const char *in)
{
	for (size_t i = 0; i < op->params_count && !op->params[i].path_level; i++)
		if (same_param(&op->params[i], name, in))
			return true;
	return false;
}

static void
read_param(
    struct mig_api *api, struct mig_api_op *op, const struct mig_tree *given, bool path_level)
{
	const struct mig_tree *node = mig_api_follow(api, given);
	if (node == NULL || !mig_api_count(api, given))
		return;
	const char *name = mig_api_text(api, node, "name");
	const char *in = mig_api_text(api, node, "in");
	if (name == NULL || in == NULL) {
		mig_api_fault(api, node, NULL, "a parameter needs \"name\" and \"in\"");
		return;
	}
	if (strcmp(in, "query") != 0 && strcmp(in, "path") != 0 && strcmp(in, "header") != 0 &&
	    strcmp(in, "cookie") != 0) {
		mig_api_fault(api, mig_tree_get(node, "in"), "use query, path, header or cookie",
		    "\"%s\" is no place of a parameter", in);
		return;
	}
	if (path_level && is_replaced(op, name, in))
		return;
	struct mig_api_param *param = &op->params[op->params_count++];
	*param = (struct mig_api_param){
		.name = name,
		.in = in,
		.node = node,
		.shared = mig_api_shared(given, "parameters"),
		.schema = schema_of(api, node),
		.position = strcmp(in, "path") == 0 ? position_in(op->path, name) : 0,
		.required = strcmp(in, "path") == 0 || mig_api_flag(api, node, "required"),
		.path_level = path_level,
	};
	(void)mig_api_flag(api, node, "required"); /* only checked, for a path */
	read_style(api, param);
}

void
mig_api_read_params(struct mig_api *api, struct mig_api_op *op)
{
	const struct mig_tree *own = mig_api_array(api, op->node, "parameters");
	const struct mig_tree *path = mig_api_array(api, op->path_node, "parameters");
	size_t room = (own == NULL ? 0 : own->count) + (path == NULL ? 0 : path->count);
	if (room == 0)
		return;
	if (room > MIG_API_PARAMS_MAX) {
		mig_api_fault(api, op->node, NULL, "an operation has more than %d parameters",
		    MIG_API_PARAMS_MAX);
		return;
	}
	op->params = mig_api_alloc(api, room, sizeof(*op->params));
	if (op->params == NULL)
		return;
	for (const struct mig_tree *at = own == NULL ? NULL : own->first; at != NULL; at = at->next)
		read_param(api, op, at, false);
	for (const struct mig_tree *at = path == NULL ? NULL : path->first; at != NULL;
	     at = at->next)
		read_param(api, op, at, true);
}

/* The type in lower case without white space, and its parameters apart. */
static void
split_type(struct mig_api *api, const char *key, struct mig_api_media *media)
{
	size_t len = strcspn(key, ";");
	char *type = mig_api_alloc(api, len + 1, 1);
	char *parameters = mig_api_alloc(api, strlen(key) + 1, 1);
	if (type == NULL || parameters == NULL)
		return;
	size_t count = 0;
	for (size_t i = 0; i < len; i++)
		if (key[i] != ' ')
			type[count++] =
			    (char)(key[i] >= 'A' && key[i] <= 'Z' ? key[i] | 0x20 : key[i]);
	count = 0;
	for (const char *p = key + len; *p != '\0'; p++)
		if (*p != ' ' && (count > 0 || *p != ';'))
			parameters[count++] = (char)(*p >= 'A' && *p <= 'Z' ? *p | 0x20 : *p);
	media->type = type;
	media->parameters = parameters;
}

struct mig_api_content
mig_api_read_content(struct mig_api *api, const struct mig_tree *node)
{
	struct mig_api_content content = { 0 };
	const struct mig_tree *list = mig_api_object(api, node, "content");
	if (list == NULL || list->count == 0 || !mig_api_few(api, list))
		return content;
	content.items = mig_api_alloc(api, list->count, sizeof(*content.items));
	for (const struct mig_tree *at = list->first; at != NULL && !api->failed; at = at->next) {
		if (at->type != MIG_JSON_OBJECT) {
			mig_api_fault(api, at, NULL, "a media type must be an object, not %s",
			    mig_json_type_name(at->type));
			continue;
		}
		if (!mig_api_count(api, at))
			break;
		struct mig_api_media *media = &content.items[content.count++];
		const struct mig_tree *schema = mig_tree_get(at, "schema");
		split_type(api, at->key, media);
		media->node = at;
		media->schema = schema == NULL ? NULL : mig_schema_of(api, schema);
	}
	return content;
}

static void
read_headers(struct mig_api *api, struct mig_api_response *response)
{
	const struct mig_tree *headers = mig_api_object(api, response->node, "headers");
	if (headers == NULL || headers->count == 0 || !mig_api_few(api, headers))
		return;
	response->headers = mig_api_alloc(api, headers->count, sizeof(*response->headers));
	for (const struct mig_tree *at = headers->first; at != NULL && !api->failed;
	     at = at->next) {
		const struct mig_tree *node = mig_api_follow(api, at);
		if (node == NULL || !mig_api_count(api, at))
			continue;
		if (node->type != MIG_JSON_OBJECT) {
			mig_api_fault(api, node, NULL, "a header must be an object, not %s",
			    mig_json_type_name(node->type));
			continue;
		}
		response->headers[response->headers_count++] = (struct mig_api_header){
			.name = at->key,
			.node = node,
			.schema = schema_of(api, node),
			.required = mig_api_flag(api, node, "required"),
		};
	}
}

static void
read_response(struct mig_api *api, struct mig_api_op *op, const struct mig_tree *given)
{
	const struct mig_tree *node = mig_api_follow(api, given);
	if (node == NULL || !mig_api_count(api, given))
		return;
	if (node->type != MIG_JSON_OBJECT) {
		mig_api_fault(api, node, NULL, "a response must be an object, not %s",
		    mig_json_type_name(node->type));
		return;
	}
	struct mig_api_response *response = &op->responses[op->responses_count++];
	response->code = given->key;
	response->node = node;
	response->shared = mig_api_shared(given, "responses");
	response->content = mig_api_read_content(api, node);
	response->links = mig_api_object(api, node, "links");
	read_headers(api, response);
}

static void
read_body(struct mig_api *api, struct mig_api_op *op)
{
	const struct mig_tree *given = mig_api_object(api, op->node, "requestBody");
	const struct mig_tree *node = given == NULL ? NULL : mig_api_follow(api, given);
	if (node == NULL)
		return;
	op->body.node = node;
	op->body.shared = mig_api_shared(given, "requestBodies");
	op->body.required = mig_api_flag(api, node, "required");
	op->body.content = mig_api_read_content(api, node);
}

void
mig_api_read_bodies(struct mig_api *api, struct mig_api_op *op)
{
	read_body(api, op);
	const struct mig_tree *responses = mig_api_object(api, op->node, "responses");
	if (responses == NULL || responses->count == 0 || !mig_api_few(api, responses))
		return;
	op->responses = mig_api_alloc(api, responses->count, sizeof(*op->responses));
	for (const struct mig_tree *at = responses->first; at != NULL && !api->failed;
	     at = at->next)
		if (strncmp(at->key, "x-", 2) != 0)
			read_response(api, op, at);
}
