/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include "config.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "apispec/tree.h"
#include "base/arena.h"
#include "base/buf.h"
#include "base/json_write.h"
#include "base/limits.h"
#include "base/num.h"

/* Objects of up to so many members are searched from end to end. */
#define MEMBERS_PLAIN 8

#define MESSAGE_BYTES_MAX 1024
#define POINTER_BYTES_MAX 4096

int
mig_tree_init(struct mig_tree_doc *doc, const char *file)
{
	*doc = (struct mig_tree_doc){ .file = file };
	doc->arena = mig_arena_new(MIG_DB_BYTES_MAX);
	return doc->arena == NULL ? MIG_ENOMEM : MIG_OK;
}

void
mig_tree_fini(struct mig_tree_doc *doc)
{
	mig_arena_free(doc->arena);
	*doc = (struct mig_tree_doc){ 0 };
}

struct mig_tree *
mig_tree_add(struct mig_tree_doc *doc, struct mig_tree *parent, const char *key,
    enum mig_json_type type, int line)
{
	if (doc->nodes == MIG_TREE_NODES_MAX)
		return NULL;
	struct mig_tree *node = mig_arena_alloc(doc->arena, sizeof(*node));
	if (node == NULL)
		return NULL;
	node->type = type;
	node->line = line;
	node->seq = (uint32_t)doc->nodes++;
	node->key = key;
	node->parent = parent;
	if (parent == NULL) {
		doc->root = node;
		return node;
	}
	if (parent->first == NULL)
		parent->first = node;
	else
		parent->last->next = node;
	parent->last = node;
	parent->count++;
	return node;
}

/* By key, then by place. */
static int
compare_members(const void *a, const void *b)
{
	const struct mig_tree *const *left = a;
	const struct mig_tree *const *right = b;
	int order = strcmp((*left)->key, (*right)->key);
	if (order != 0)
		return order;
	return (*left)->seq < (*right)->seq ? -1 : (*left)->seq > (*right)->seq;
}

/* The members of an object, sorted by key, in an arena. */
static const struct mig_tree **
sort_members(const struct mig_tree *object, struct mig_arena *arena)
{
	const struct mig_tree **members = mig_arena_array(arena, object->count, sizeof(*members));
	if (members == NULL)
		return NULL;
	size_t count = 0;
	for (const struct mig_tree *at = object->first; at != NULL; at = at->next)
		members[count++] = at;
	qsort(members, count, sizeof(*members), compare_members);
	return members;
}

/* The first member, in document order, whose key is that of one before it. */
static const struct mig_tree *
find_twice(const struct mig_tree *object)
{
	const struct mig_tree *twice = NULL;
	if (object->members == NULL) {
		const struct mig_tree *at = object->first;
		while (at != NULL && mig_tree_get(object, at->key) == at)
			at = at->next;
		return at;
	}
	for (size_t i = 1; i < object->count; i++) {
		const struct mig_tree *at = object->members[i];
		if (strcmp(at->key, object->members[i - 1]->key) == 0 &&
		    (twice == NULL || at->seq < twice->seq))
			twice = at;
	}
	return twice;
}

const struct mig_tree *
mig_tree_close(struct mig_tree_doc *doc, struct mig_tree *object)
{
	if (object->count > MEMBERS_PLAIN)
		object->members = sort_members(object, doc->arena);
	return mig_arena_failed(doc->arena) ? NULL : find_twice(object);
}

const struct mig_tree *
mig_tree_get(const struct mig_tree *node, const char *key)
{
	if (node == NULL || node->type != MIG_JSON_OBJECT)
		return NULL;
	if (node->members == NULL) {
		const struct mig_tree *at = node->first;
		while (at != NULL && strcmp(at->key, key) != 0)
			at = at->next;
		return at;
	}
	size_t low = 0;
	size_t high = node->count;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = strcmp(node->members[middle]->key, key);
		if (order == 0)
			return node->members[middle];
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

const char *
mig_tree_get_text(const struct mig_tree *node, const char *key)
{
	const struct mig_tree *member = mig_tree_get(node, key);
	return member != NULL && member->type == MIG_JSON_STRING ? member->text : NULL;
}

bool
mig_tree_get_true(const struct mig_tree *node, const char *key)
{
	const struct mig_tree *member = mig_tree_get(node, key);
	return member != NULL && member->type == MIG_JSON_BOOL && member->truth;
}

bool
mig_tree_is(const struct mig_tree *node, const char *text)
{
	return node != NULL && node->type == MIG_JSON_STRING && strcmp(node->text, text) == 0;
}

/* Append one step of a pointer. */
static void
pointer_step(const struct mig_tree *node, struct mig_buf *out)
{
	mig_buf_putc(out, '/');
	if (node->key == NULL) {
		int64_t index = 0;
		for (const struct mig_tree *at = node->parent->first; at != NULL && at != node;
		     at = at->next)
			index++;
		mig_num_format_int(index, out);
		return;
	}
	for (const char *p = node->key; *p != '\0'; p++) {
		if (*p == '~' || *p == '/')
			mig_buf_puts(out, *p == '~' ? "~0" : "~1");
		else
			mig_buf_putc(out, *p);
	}
}

void
mig_tree_pointer(const struct mig_tree *node, struct mig_buf *out)
{
	const struct mig_tree *way[MIG_JSON_DEPTH_MAX + 1];
	size_t depth = 0;
	for (; node != NULL && node->parent != NULL && depth <= MIG_JSON_DEPTH_MAX;
	     node = node->parent)
		way[depth++] = node;
	while (depth > 0)
		pointer_step(way[--depth], out);
}

/* Append a number so that 1, 1.0 and 1e0 look the same, and no digit of a large one is lost. */
static void
json_number(const struct mig_tree *node, struct mig_buf *out)
{
	if (strpbrk(node->text, ".eE") == NULL)
		mig_buf_puts(out, node->text);
	else
		mig_num_format(node->number, out);
}

/* A value that is neither array nor object. */
static void
json_scalar(const struct mig_tree *node, struct mig_buf *out)
{
	struct mig_jw jw;
	switch (node->type) {
	case MIG_JSON_BOOL:
		mig_buf_puts(out, node->truth ? "true" : "false");
		break;
	case MIG_JSON_NUMBER:
		json_number(node, out);
		break;
	case MIG_JSON_STRING:
		mig_jw_init(&jw, out, 0);
		mig_jw_string(&jw, NULL, node->text);
		break;
	case MIG_JSON_NULL:
	case MIG_JSON_ARRAY:
	case MIG_JSON_OBJECT:
		mig_buf_puts(out, "null");
		break;
	}
}

/* The member that follows `at` (NULL: the first) by key.  Small objects only, or sorted ones. */
static const struct mig_tree *
next_by_key(const struct mig_tree *object, const struct mig_tree *at, size_t index)
{
	if (object->members != NULL)
		return index < object->count ? object->members[index] : NULL;
	const struct mig_tree *best = NULL;
	for (const struct mig_tree *each = object->first; each != NULL; each = each->next) {
		bool behind = at == NULL || strcmp(each->key, at->key) > 0;
		if (behind && (best == NULL || strcmp(each->key, best->key) < 0))
			best = each;
	}
	return best;
}

/* As deep as documents may be. */
static void
json_value(const struct mig_tree *node, bool sorted, struct mig_buf *out)
{
	bool object = node->type == MIG_JSON_OBJECT;
	if (!object && node->type != MIG_JSON_ARRAY) {
		json_scalar(node, out);
		return;
	}
	bool by_key = object && sorted;
	mig_buf_putc(out, object ? '{' : '[');
	const struct mig_tree *at = by_key ? next_by_key(node, NULL, 0) : node->first;
	for (size_t i = 0; at != NULL && mig_buf_ok(out); i++) {
		struct mig_jw jw;
		if (i > 0)
			mig_buf_putc(out, ',');
		if (object) {
			mig_jw_init(&jw, out, 0);
			mig_jw_string(&jw, NULL, at->key);
			mig_buf_putc(out, ':');
		}
		json_value(at, sorted, out);
		at = by_key ? next_by_key(node, at, i + 1) : at->next;
	}
	mig_buf_putc(out, object ? '}' : ']');
}

void
mig_tree_json(const struct mig_tree *node, bool sorted, struct mig_buf *out)
{
	if (node == NULL)
		mig_buf_puts(out, "null");
	else
		json_value(node, sorted, out);
}

const char *
mig_tree_json_text(const struct mig_tree *node, bool sorted, struct mig_arena *arena)
{
	struct mig_buf out;
	mig_buf_init(&out, MIG_SCHEMA_BYTES_MAX);
	mig_tree_json(node, sorted, &out);
	const char *text = mig_buf_ok(&out) ? mig_arena_strndup(arena, out.data, out.len) : NULL;
	mig_buf_fini(&out);
	return text;
}

void
mig_tree_error(const struct mig_tree_doc *doc, const struct mig_tree *node,
    struct mig_findings *findings, const char *hint, const char *fmt, ...)
{
	struct mig_buf pointer;
	struct mig_buf message;
	va_list args;
	mig_buf_init(&pointer, POINTER_BYTES_MAX);
	mig_buf_init(&message, MESSAGE_BYTES_MAX);
	bool rewritten = node != NULL && node->seq < doc->origins_count;
	if (rewritten && doc->origins[node->seq] != NULL)
		node = doc->origins[node->seq];
	mig_tree_pointer(node, &pointer);
	va_start(args, fmt);
	mig_buf_vprintf(&message, fmt, args);
	va_end(args);
	struct mig_finding *finding = mig_findings_add(findings, MIG_SEV_ERROR, doc->file,
	    mig_buf_ok(&pointer) ? pointer.data : NULL, hint, "%s",
	    mig_buf_ok(&message) ? message.data : "a value is wrong, and its name too long");
	if (finding != NULL && node != NULL)
		finding->line = node->line;
	mig_buf_fini(&pointer);
	mig_buf_fini(&message);
}
