/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>

#include "base/buf.h"
#include "base/json.h"
#include "base/json_scan.h"
#include "base/json_write.h"
#include "base/limits.h"

/* A struct mig_json is cJSON's node; its valueint is ours and tells whether it is an integer. */
struct mig_json_doc {
	cJSON *root;
};

static const cJSON *
node_tree(const struct mig_json *node)
{
	return (const cJSON *)node;
}

static const struct mig_json *
tree_node(const cJSON *tree)
{
	return (const struct mig_json *)tree;
}

/*
 * Mark the numbers of a tree, in document order.  Depth is bounded by the scanner.  cJSON keeps
 * a rounded and clipped int there, which nobody may use.
 */
static void
mark_integers(cJSON *tree, const char **next)
{
	if (cJSON_IsNumber(tree))
		tree->valueint = (unsigned char)*(*next)++;
	for (cJSON *child = tree->child; child != NULL; child = child->next)
		mark_integers(child, next);
}

static int
add_fault(const char *text, const struct mig_json_fault *fault, const char *file,
    struct mig_findings *findings)
{
	const char *pointer = fault->pointer[0] != '\0' ? fault->pointer : NULL;
	struct mig_finding *finding = mig_findings_add(findings, MIG_SEV_ERROR, file, pointer,
	    fault->hint, "%s", fault->message);
	if (finding != NULL)
		mig_json_place(text, fault->at, &finding->line, &finding->column);
	return MIG_EDOC;
}

static int
compare_members(const void *a, const void *b)
{
	const struct mig_json *const *left = a;
	const struct mig_json *const *right = b;
	return strcmp(mig_json_key(*left), mig_json_key(*right));
}

/* Write a value with sorted keys.  Without memory the buffer is marked as failed. */
static void
canonical_value(struct mig_jw *jw, const char *key, const struct mig_json *node)
{
	if (mig_json_type(node) == MIG_JSON_ARRAY) {
		mig_jw_array(jw, key);
		const struct mig_json *child = mig_json_first(node);
		for (; child != NULL; child = mig_json_next(child))
			canonical_value(jw, NULL, child);
		mig_jw_array_end(jw);
		return;
	}
	if (mig_json_type(node) == MIG_JSON_NUMBER) {
		mig_jw_number(jw, key, mig_json_number(node));
		return;
	}
	size_t count = mig_json_count(node);
	if (mig_json_type(node) != MIG_JSON_OBJECT || count == 0) {
		mig_jw_node(jw, key, node);
		return;
	}

	const struct mig_json **members = malloc(count * sizeof(*members));
	if (members == NULL) {
		jw->out->failed = true;
		return;
	}
	size_t filled = 0;
	const struct mig_json *member = mig_json_first(node);
	for (; member != NULL && filled < count; member = mig_json_next(member))
		members[filled++] = member;
	qsort(members, filled, sizeof(*members), compare_members);
	mig_jw_object(jw, key);
	for (size_t i = 0; i < filled; i++)
		canonical_value(jw, mig_json_key(members[i]), members[i]);
	mig_jw_object_end(jw);
	free(members);
}

int
mig_json_parse(const char *text, size_t len, const char *file, struct mig_json_doc **ret_doc,
    struct mig_findings *findings)
{
	if (len > MIG_DOC_BYTES_MAX) {
		(void)mig_findings_add(findings, MIG_SEV_ERROR, file, NULL, NULL,
		    "the document has more than %u bytes", MIG_DOC_BYTES_MAX);
		return MIG_EDOC;
	}
	struct mig_json_fault fault;
	struct mig_json_doc *doc = NULL;
	struct mig_buf integers;
	mig_buf_init(&integers, MIG_DOC_BYTES_MAX);
	int error = mig_json_scan(text, len, &integers, &fault);
	if (error == MIG_EDOC)
		error = add_fault(text, &fault, file, findings);
	if (error != MIG_OK)
		goto out;

	error = MIG_ENOMEM;
	doc = calloc(1, sizeof(*doc));
	if (doc == NULL)
		goto out;
	/* What passed the scanner is JSON, so only memory can be missing here. */
	doc->root = cJSON_ParseWithLengthOpts(text, len, NULL, 0);
	if (doc->root == NULL)
		goto out;
	const char *next = integers.data;
	mark_integers(doc->root, &next);
	MIG_ASSERT(next == integers.data + integers.len);
	*ret_doc = doc;
	doc = NULL;
	error = MIG_OK;

out:
	mig_json_free(doc);
	mig_buf_fini(&integers);
	return error;
}

void
mig_json_free(struct mig_json_doc *doc)
{
	if (doc == NULL)
		return;
	cJSON_Delete(doc->root);
	free(doc);
}

const struct mig_json *
mig_json_root(const struct mig_json_doc *doc)
{
	return tree_node(doc->root);
}

enum mig_json_type
mig_json_type(const struct mig_json *node)
{
	const cJSON *tree = node_tree(node);
	if (cJSON_IsObject(tree))
		return MIG_JSON_OBJECT;
	if (cJSON_IsArray(tree))
		return MIG_JSON_ARRAY;
	if (cJSON_IsString(tree))
		return MIG_JSON_STRING;
	if (cJSON_IsNumber(tree))
		return MIG_JSON_NUMBER;
	return cJSON_IsBool(tree) ? MIG_JSON_BOOL : MIG_JSON_NULL;
}

const char *
mig_json_type_name(enum mig_json_type type)
{
	switch (type) {
	case MIG_JSON_NULL:
		return "null";
	case MIG_JSON_BOOL:
		return "boolean";
	case MIG_JSON_NUMBER:
		return "number";
	case MIG_JSON_STRING:
		return "string";
	case MIG_JSON_ARRAY:
		return "array";
	case MIG_JSON_OBJECT:
		return "object";
	}
	return "unknown";
}

const struct mig_json *
mig_json_get(const struct mig_json *node, const char *key)
{
	if (!cJSON_IsObject(node_tree(node)))
		return NULL;
	const cJSON *child = node_tree(node)->child;
	while (child != NULL && strcmp(child->string, key) != 0)
		child = child->next;
	return tree_node(child);
}

const struct mig_json *
mig_json_first(const struct mig_json *node)
{
	return node == NULL ? NULL : tree_node(node_tree(node)->child);
}

const struct mig_json *
mig_json_next(const struct mig_json *node)
{
	return tree_node(node_tree(node)->next);
}

const char *
mig_json_key(const struct mig_json *node)
{
	return node_tree(node)->string;
}

size_t
mig_json_count(const struct mig_json *node)
{
	size_t count = 0;
	const struct mig_json *child = mig_json_first(node);
	for (; child != NULL; child = mig_json_next(child))
		count++;
	return count;
}

const char *
mig_json_string(const struct mig_json *node)
{
	return cJSON_IsString(node_tree(node)) ? node_tree(node)->valuestring : NULL;
}

double
mig_json_number(const struct mig_json *node)
{
	return cJSON_IsNumber(node_tree(node)) ? node_tree(node)->valuedouble : 0.0;
}

bool
mig_json_bool(const struct mig_json *node)
{
	return cJSON_IsTrue(node_tree(node)) != 0;
}

bool
mig_json_is_integer(const struct mig_json *node)
{
	return cJSON_IsNumber(node_tree(node)) && node_tree(node)->valueint == 1;
}

void
mig_json_canonical(const struct mig_json *node, struct mig_buf *out)
{
	struct mig_jw jw;
	mig_jw_init(&jw, out, 0);
	canonical_value(&jw, NULL, node);
}
