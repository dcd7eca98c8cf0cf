/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/*
 * Changes JSON documents as trees, because of bytes changed at random hardly any get past the
 * scanner.  Linked only with libFuzzer.
 */

#include <stdlib.h>
#include <string.h>

#include "base/json_write.h"
#include "base/limits.h"
#include "fuzz/fuzz.h"
#include "support/test_support.h"

#define TEXT_BYTES 256

/* What can happen to a node; twice in the list: twice as likely. */
enum change {
	CHANGE_DROP,
	CHANGE_VALUE,
	CHANGE_TEXT,
	CHANGE_TEXT_AGAIN,
	CHANGE_NUMBER,
	CHANGE_KEY,
	CHANGE_DONOR,
	CHANGE_DONOR_AGAIN,
	CHANGE_BESIDE,
	CHANGE_INSIDE,
	CHANGE_COUNT
};

/* A copy of a document with one node changed. */
struct edit {
	struct mig_jw jw;
	uint64_t dice;
	size_t left; /* nodes until the one that is changed */
	enum change change;
	const struct mig_json *donor; /* some other node of the document */
};

static size_t
pick(struct edit *edit, size_t limit)
{
	return (size_t)(test_random(&edit->dice) % limit);
}

static size_t
count_nodes(const struct mig_json *node)
{
	size_t count = 1;
	const struct mig_json *child = mig_json_first(node);
	for (; child != NULL; child = mig_json_next(child))
		count += count_nodes(child);
	return count;
}

/* The node that *left others stand before; NULL when there are not so many. */
static const struct mig_json *
find_node(const struct mig_json *node, size_t *left)
{
	if ((*left)-- == 0)
		return node;
	const struct mig_json *found = NULL;
	const struct mig_json *child = mig_json_first(node);
	for (; child != NULL && found == NULL; child = mig_json_next(child))
		found = find_node(child, left);
	return found;
}

/* A text with some bytes changed, words of the dictionary among them. */
static void
mutate_text(const char *text, char ret_text[TEXT_BYTES])
{
	size_t len = strnlen(text, TEXT_BYTES - 1);
	memcpy(ret_text, text, len);
	len = LLVMFuzzerMutate((uint8_t *)ret_text, len, TEXT_BYTES - 1);
	ret_text[len] = '\0';
}

static void
write_text(struct edit *edit, const char *key, const struct mig_json *node)
{
	char text[TEXT_BYTES];
	const char *old = mig_json_string(node);
	mutate_text(old != NULL ? old : "", text);
	mig_jw_string(&edit->jw, key, text);
}

static void
write_number(struct edit *edit, const char *key, const struct mig_json *node)
{
	double value = mig_json_number(node);
	const double values[] = { value + 1, value - 1, -value, value * 2, value / 2, value * 1e6,
		value + 0.5, 100 - value, (double)pick(edit, 200), (double)pick(edit, 100000) };
	mig_jw_number(&edit->jw, key, values[pick(edit, TEST_COUNT(values))]);
}

static void
write_value(struct edit *edit, const char *key)
{
	static const char *const values[] = { "null", "true", "false", "0", "-1", "1", "0.5",
		"1e-9", "1e308", "9007199254740993", "\"\"", "\"a\"", "\"00:00\"", "[]", "{}",
		"[[]]" };
	mig_jw_raw(&edit->jw, key, values[pick(edit, TEST_COUNT(values))]);
}

static void
write_renamed(struct edit *edit, const char *key, const struct mig_json *node)
{
	char text[TEXT_BYTES];
	const char *other = mig_json_key(edit->donor);
	if (key == NULL) {
		mig_jw_node(&edit->jw, NULL, node);
	} else if (other != NULL && pick(edit, 2) == 0) {
		mig_jw_node(&edit->jw, other, node);
	} else {
		mutate_text(key, text);
		mig_jw_node(&edit->jw, text, node);
	}
}

/* The donor beside the node, under its own key where keys are needed. */
static void
write_beside(struct edit *edit, const char *key, const struct mig_json *node)
{
	const char *other = mig_json_key(edit->donor);
	mig_jw_node(&edit->jw, key, node);
	if (edit->jw.depth > 0 && (key == NULL || other != NULL))
		mig_jw_node(&edit->jw, key == NULL ? NULL : other, edit->donor);
}

/* The donor as the last child of the node. */
static void
write_inside(struct edit *edit, const char *key, const struct mig_json *node)
{
	const char *other = mig_json_key(edit->donor);
	bool object = mig_json_type(node) == MIG_JSON_OBJECT;
	if (!object && mig_json_type(node) != MIG_JSON_ARRAY) {
		mig_jw_node(&edit->jw, key, edit->donor);
		return;
	}
	object ? mig_jw_object(&edit->jw, key) : mig_jw_array(&edit->jw, key);
	const struct mig_json *child = mig_json_first(node);
	for (; child != NULL; child = mig_json_next(child))
		mig_jw_node(&edit->jw, mig_json_key(child), child);
	mig_jw_node(&edit->jw, object && other == NULL ? "a" : object ? other : NULL, edit->donor);
	object ? mig_jw_object_end(&edit->jw) : mig_jw_array_end(&edit->jw);
}

static void
write_changed(struct edit *edit, const char *key, const struct mig_json *node)
{
	switch (edit->change) {
	case CHANGE_DROP:
		break;
	case CHANGE_TEXT:
	case CHANGE_TEXT_AGAIN:
		write_text(edit, key, node);
		break;
	case CHANGE_NUMBER:
		write_number(edit, key, node);
		break;
	case CHANGE_KEY:
		write_renamed(edit, key, node);
		break;
	case CHANGE_DONOR:
	case CHANGE_DONOR_AGAIN:
		mig_jw_node(&edit->jw, key, edit->donor);
		break;
	case CHANGE_BESIDE:
		write_beside(edit, key, node);
		break;
	case CHANGE_INSIDE:
		write_inside(edit, key, node);
		break;
	case CHANGE_VALUE:
	case CHANGE_COUNT:
		write_value(edit, key);
		break;
	}
}

static void
write_edited(struct edit *edit, const char *key, const struct mig_json *node)
{
	enum mig_json_type type = mig_json_type(node);
	if (edit->left-- == 0) {
		write_changed(edit, key, node);
		return;
	}
	if (type != MIG_JSON_OBJECT && type != MIG_JSON_ARRAY) {
		mig_jw_node(&edit->jw, key, node);
		return;
	}
	bool object = type == MIG_JSON_OBJECT;
	object ? mig_jw_object(&edit->jw, key) : mig_jw_array(&edit->jw, key);
	const struct mig_json *child = mig_json_first(node);
	for (; child != NULL; child = mig_json_next(child))
		write_edited(edit, mig_json_key(child), child);
	object ? mig_jw_object_end(&edit->jw) : mig_jw_array_end(&edit->jw);
}

/* A change that means something for the kind of node, more often than not. */
static enum change
choose(struct edit *edit, const struct mig_json *node)
{
	enum mig_json_type type = mig_json_type(node);
	if (type == MIG_JSON_STRING && pick(edit, 2) == 0)
		return CHANGE_TEXT;
	if (type == MIG_JSON_NUMBER && pick(edit, 2) == 0)
		return CHANGE_NUMBER;
	return (enum change)pick(edit, CHANGE_COUNT);
}

/* Change one node of the document; the new size, 0 when it does not fit. */
static size_t
mutate_tree(const struct mig_json *root, uint8_t *data, size_t max, unsigned seed)
{
	struct edit edit = { .dice = (uint64_t)seed * 2654435761U + 1 };
	size_t count = count_nodes(root);
	size_t place = pick(&edit, count);
	size_t left = pick(&edit, count);
	struct mig_buf out;
	mig_buf_init(&out, max + 1);
	mig_jw_init(&edit.jw, &out, 0);
	edit.left = place;
	edit.donor = find_node(root, &left);
	edit.change = choose(&edit, find_node(root, &place));
	write_edited(&edit, NULL, root);
	size_t size = mig_buf_ok(&out) && out.len <= max ? out.len : 0;
	memcpy(data, out.data, size);
	mig_buf_fini(&out);
	return size;
}

size_t
LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max, unsigned seed)
{
	struct mig_findings findings = { 0 };
	struct mig_json_doc *doc = NULL;
	size_t made = 0;
	if (seed % 4 != 0 &&
	    mig_json_parse((const char *)data, size, NULL, &doc, &findings) == MIG_OK)
		made = mutate_tree(mig_json_root(doc), data, max, seed);
	mig_json_free(doc);
	mig_findings_fini(&findings);
	return made > 0 ? made : LLVMFuzzerMutate(data, size, max);
}
