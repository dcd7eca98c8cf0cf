/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include "config.h"

#include <stdarg.h>
#include <string.h>

#include "apispec/api_int.h"
#include "base/arena.h"
#include "base/buf.h"
#include "base/limits.h"
#include "base/num.h"

#define MESSAGE_BYTES_MAX 1024
#define TOKEN_BYTES_MAX 4096

void
mig_api_fault(
    struct mig_api *api, const struct mig_tree *node, const char *hint, const char *fmt, ...)
{
	struct mig_buf message;
	va_list args;
	mig_buf_init(&message, MESSAGE_BYTES_MAX);
	va_start(args, fmt);
	mig_buf_vprintf(&message, fmt, args);
	va_end(args);
	mig_tree_error(&api->doc, node, api->findings, hint, "%s",
	    mig_buf_ok(&message) ? message.data : "a value is wrong, and its name too long");
	mig_buf_fini(&message);
}

void *
mig_api_alloc(struct mig_api *api, size_t count, size_t size)
{
	void *memory = mig_arena_array(api->doc.arena, count, size);
	if (memory == NULL)
		api->failed = true;
	return memory;
}

bool
mig_api_count(struct mig_api *api, const struct mig_tree *node)
{
	if (api->read_parts++ < MIG_API_PARTS_MAX)
		return !api->failed;
	if (!api->failed)
		mig_api_fault(api, node, NULL,
		    "with all references followed, more than %u operations and parts of them",
		    MIG_API_PARTS_MAX);
	api->failed = true;
	return false;
}

bool
mig_api_few(struct mig_api *api, const struct mig_tree *node)
{
	if (node->count <= MIG_API_PARAMS_MAX)
		return true;
	mig_api_fault(api, node, NULL, "there are more than %d of these", MIG_API_PARAMS_MAX);
	return false;
}

const char *
mig_api_printf(struct mig_api *api, const char *fmt, ...)
{
	struct mig_buf text;
	va_list args;
	mig_buf_init(&text, MIG_SCHEMA_BYTES_MAX);
	va_start(args, fmt);
	mig_buf_vprintf(&text, fmt, args);
	va_end(args);
	const char *copy =
	    mig_buf_ok(&text) ? mig_arena_strndup(api->doc.arena, text.data, text.len) : NULL;
	mig_buf_fini(&text);
	if (copy == NULL)
		api->failed = true;
	return copy;
}

const char *
mig_api_shared(const struct mig_tree *node, const char *section)
{
	static const char prefix[] = "#/components/";
	const char *ref = mig_tree_get_text(node, "$ref");
	size_t len = strlen(section);
	if (ref == NULL || strncmp(ref, prefix, sizeof(prefix) - 1) != 0)
		return NULL;
	ref += sizeof(prefix) - 1;
	if (strncmp(ref, section, len) != 0 || ref[len] != '/')
		return NULL;
	return strchr(ref + len + 1, '/') == NULL ? ref + len + 1 : NULL;
}

/* Whether there is no such member; one of another type is a finding and counts as none. */
static bool
absent(struct mig_api *api, const struct mig_tree *node, enum mig_json_type wanted)
{
	if (node == NULL)
		return true;
	if (node->type == wanted)
		return false;
	mig_api_fault(api, node, NULL, "must be of type %s, not %s", mig_json_type_name(wanted),
	    mig_json_type_name(node->type));
	return true;
}

const struct mig_tree *
mig_api_object(struct mig_api *api, const struct mig_tree *node, const char *key)
{
	const struct mig_tree *member = mig_tree_get(node, key);
	return absent(api, member, MIG_JSON_OBJECT) ? NULL : member;
}

const struct mig_tree *
mig_api_array(struct mig_api *api, const struct mig_tree *node, const char *key)
{
	const struct mig_tree *member = mig_tree_get(node, key);
	return absent(api, member, MIG_JSON_ARRAY) ? NULL : member;
}

const char *
mig_api_text(struct mig_api *api, const struct mig_tree *node, const char *key)
{
	const struct mig_tree *member = mig_tree_get(node, key);
	return absent(api, member, MIG_JSON_STRING) ? NULL : member->text;
}

const struct mig_tree *
mig_api_texts(struct mig_api *api, const struct mig_tree *node, const char *key)
{
	const struct mig_tree *member = mig_api_object(api, node, key);
	for (const struct mig_tree *at = member == NULL ? NULL : member->first; at != NULL;
	     at = at->next)
		(void)absent(api, at, MIG_JSON_STRING);
	return member;
}

bool
mig_api_flag(struct mig_api *api, const struct mig_tree *node, const char *key)
{
	const struct mig_tree *member = mig_tree_get(node, key);
	return !absent(api, member, MIG_JSON_BOOL) && member->truth;
}

static int
hex_digit(char c)
{
	static const char digits[] = "0123456789abcdef";
	const char *found = c == '\0' ? NULL : strchr(digits, c | (c >= 'A' ? 0x20 : 0));
	return found == NULL ? -1 : (int)(found - digits);
}

/* One token of a pointer in a URL: up to the next '/', its escapes undone. */
static const char *
take_token(const char *p, struct mig_buf *token)
{
	mig_buf_reset(token);
	while (*p != '\0' && *p != '/') {
		char c = *p++;
		if (c == '%' && hex_digit(p[0]) >= 0 && hex_digit(p[1]) >= 0) {
			c = (char)(hex_digit(p[0]) * 16 + hex_digit(p[1]));
			p += 2;
		}
		if (c == '~' && (*p == '0' || *p == '1'))
			c = *p++ == '0' ? '~' : '/';
		mig_buf_putc(token, c);
	}
	return p;
}

static const struct mig_tree *
child_named(const struct mig_tree *node, const char *name)
{
	int64_t index = 0;
	if (node->type == MIG_JSON_OBJECT)
		return mig_tree_get(node, name);
	if (node->type != MIG_JSON_ARRAY || mig_num_int(name, 0, INT64_MAX, &index) != MIG_OK)
		return NULL;
	const struct mig_tree *at = node->first;
	while (at != NULL && index-- > 0)
		at = at->next;
	return at;
}

/* What a reference inside the document names; NULL when there is no such thing. */
static const struct mig_tree *
locate(const struct mig_api *api, const char *ref)
{
	static const char schemas[] = "#/components/schemas/";
	struct mig_buf token;
	const struct mig_tree *at = api->doc.root;
	/* Most references are of this kind, and need no escapes undone. */
	if (api->schemas_node != NULL && strncmp(ref, schemas, sizeof(schemas) - 1) == 0 &&
	    strpbrk(ref + sizeof(schemas) - 1, "/~%") == NULL)
		return mig_tree_get(api->schemas_node, ref + sizeof(schemas) - 1);
	mig_buf_init(&token, TOKEN_BYTES_MAX);
	const char *p = ref + 1;
	while (at != NULL && *p == '/') {
		p = take_token(p + 1, &token);
		at = mig_buf_ok(&token) ? child_named(at, token.data) : NULL;
	}
	mig_buf_fini(&token);
	return *p == '\0' ? at : NULL;
}

const struct mig_tree *
mig_api_follow_once(struct mig_api *api, const struct mig_tree *ref)
{
	if (ref->type != MIG_JSON_STRING) {
		mig_api_fault(api, ref, NULL, "$ref must be a string");
		return NULL;
	}
	if (ref->text[0] != '#') {
		mig_api_fault(api, ref, "bundle the documents into one file first",
		    "the reference \"%s\" leads out of this document; nothing is fetched or opened",
		    ref->text);
		return NULL;
	}
	if (ref->text[1] != '/' && ref->text[1] != '\0') {
		mig_api_fault(api, ref, "name the place as in \"#/components/schemas/NAME\"",
		    "the reference \"%s\" names an anchor", ref->text);
		return NULL;
	}
	const struct mig_tree *target = locate(api, ref->text);
	if (target == NULL)
		mig_api_fault(api, ref, NULL, "the reference \"%s\" leads nowhere", ref->text);
	return target;
}

const struct mig_tree *
mig_api_meant(const struct mig_api *api, const struct mig_tree *node)
{
	const struct mig_tree *at = node;
	for (int step = 0; at != NULL && step < MIG_API_REFS_MAX; step++) {
		const char *ref = mig_tree_get_text(at, "$ref");
		if (ref == NULL)
			return at;
		at = locate(api, ref);
	}
	return NULL;
}

const struct mig_tree *
mig_api_follow(struct mig_api *api, const struct mig_tree *node)
{
	const struct mig_tree *at = node;
	for (int step = 0; step < MIG_API_REFS_MAX; step++) {
		const struct mig_tree *ref = mig_tree_get(at, "$ref");
		if (ref == NULL)
			return at;
		at = mig_api_follow_once(api, ref);
		if (at == NULL)
			return NULL;
	}
	mig_api_fault(api, node, NULL,
	    "the references from here come back to themselves, or are more than %d",
	    MIG_API_REFS_MAX);
	return NULL;
}
