/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include "config.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "apispec/tree.h"
#include "base/arena.h"
#include "base/buf.h"
#include "base/json_scan.h"
#include "base/json_token.h"
#include "base/limits.h"
#include "base/num.h"

/* As much of a key as a message shows. */
#define KEY_SHOWN_MAX 60

/* So many digits are exact in a double. */
#define WHOLE_DIGITS_MAX 15U

/* Short strings that were read lately are shared: most are the format's own words. */
#define SHARED_SLOTS 4096U
#define SHARED_CHARS_MAX 48U

struct shared {
	const char *text;
	size_t len;
};

struct reading {
	struct mig_tree_doc *doc;
	struct mig_json_cursor cursor;
	struct mig_json_fault fault;
	struct mig_buf decoded;
	struct mig_tree *open; /* the innermost array or object that is not closed */
	const char *key;       /* of the value that comes next */
	size_t depth;
	size_t placed; /* offset whose line is known */
	int line;
	struct shared shared[SHARED_SLOTS]; /* by a hash of their bytes */
};

/* The line at the cursor. */
static int
line_here(struct reading *reading)
{
	const char *text = reading->cursor.text;
	size_t to = reading->cursor.pos;
	while (reading->placed < to) {
		const char *found = memchr(text + reading->placed, '\n', to - reading->placed);
		if (found == NULL)
			break;
		reading->placed = (size_t)(found - text) + 1;
		reading->line++;
	}
	reading->placed = to;
	return reading->line;
}

/* A text in the arena; NULL without memory. */
static const char *
keep(struct reading *reading, const char *text, size_t len)
{
	if (len > SHARED_CHARS_MAX)
		return mig_arena_strndup(reading->doc->arena, text, len);
	uint32_t hash = 2166136261U;
	for (size_t i = 0; i < len; i++)
		hash = (hash ^ (unsigned char)text[i]) * 16777619U;
	struct shared *slot = &reading->shared[(hash ^ hash >> 16) % SHARED_SLOTS];
	if (slot->text != NULL && slot->len == len && memcmp(slot->text, text, len) == 0)
		return slot->text;
	*slot = (struct shared){ mig_arena_strndup(reading->doc->arena, text, len), len };
	return slot->text;
}

/* How many bytes from the cursor on are plain ASCII up to a closing quote; 0: they are not. */
static size_t
plain_length(const struct mig_json_cursor *cursor)
{
	size_t at = cursor->pos + 1;
	while (at < cursor->len) {
		unsigned char c = (unsigned char)cursor->text[at];
		if (c == '"')
			return at - cursor->pos;
		if (c < 0x20 || c >= 0x7f || c == '\\')
			return 0;
		at++;
	}
	return 0;
}

/* The string at the cursor, decoded, in the arena. */
static int
read_string(struct reading *reading, const char **ret_text)
{
	size_t plain = plain_length(&reading->cursor);
	if (plain > 0) {
		*ret_text =
		    keep(reading, reading->cursor.text + reading->cursor.pos + 1, plain - 1);
		reading->cursor.pos += plain + 1;
		return *ret_text == NULL ? MIG_ENOMEM : MIG_OK;
	}
	mig_buf_reset(&reading->decoded);
	int error = mig_json_token_string(&reading->cursor, &reading->decoded);
	if (error != MIG_OK)
		return error;
	const struct mig_buf *decoded = &reading->decoded;
	*ret_text = mig_buf_ok(decoded) ?
	    mig_arena_strndup(reading->doc->arena, decoded->data, decoded->len) :
	    NULL;
	return *ret_text == NULL ? MIG_ENOMEM : MIG_OK;
}

/* Small whole numbers are read at once; false when it is none. */
static bool
read_whole(struct reading *reading, struct mig_tree *node)
{
	struct mig_json_cursor *cursor = &reading->cursor;
	size_t at = cursor->pos;
	int64_t value = 0;
	while (at < cursor->len && cursor->text[at] >= '0' && cursor->text[at] <= '9' &&
	    at - cursor->pos <= WHOLE_DIGITS_MAX)
		value = value * 10 + (cursor->text[at++] - '0');
	size_t digits = at - cursor->pos;
	if (digits == 0 || digits > WHOLE_DIGITS_MAX || at == cursor->len ||
	    (digits > 1 && cursor->text[cursor->pos] == '0') ||
	    strchr(",]} \n\r\t", cursor->text[at]) == NULL)
		return false;
	node->text = keep(reading, cursor->text + cursor->pos, digits);
	node->number = (double)value;
	cursor->pos = at;
	return node->text != NULL;
}

static int
read_number(struct reading *reading, struct mig_tree *node)
{
	node->type = MIG_JSON_NUMBER;
	if (read_whole(reading, node))
		return MIG_OK;
	bool integer = false;
	size_t start = reading->cursor.pos;
	int error = mig_json_token_number(&reading->cursor, &integer);
	if (error != MIG_OK)
		return error;
	node->text = keep(reading, reading->cursor.text + start, reading->cursor.pos - start);
	if (node->text == NULL)
		return MIG_ENOMEM;
	return mig_num_double(node->text, &node->number);
}

/* A value that is neither array nor object, into its node. */
static int
read_scalar(struct reading *reading, struct mig_tree *node)
{
	struct mig_json_cursor *cursor = &reading->cursor;
	int c = mig_json_peek(cursor);
	if (c == '"') {
		node->type = MIG_JSON_STRING;
		return read_string(reading, &node->text);
	}
	if (c == 't' || c == 'f') {
		node->type = MIG_JSON_BOOL;
		node->truth = c == 't';
		return mig_json_token_word(cursor, c == 't' ? "true" : "false");
	}
	if (c == 'n' && !mig_json_ahead(cursor, "nan"))
		return mig_json_token_word(cursor, "null");
	if (c != '-' && (c < '0' || c > '9'))
		return mig_json_unexpected(cursor, "a value");
	return read_number(reading, node);
}

/* A key with its colon. */
static int
read_key(struct reading *reading)
{
	struct mig_json_cursor *cursor = &reading->cursor;
	if (mig_json_peek(cursor) != '"')
		return mig_json_unexpected(cursor, "a key in double quotes");
	int error = read_string(reading, &reading->key);
	if (error != MIG_OK)
		return error;
	mig_json_skip_space(cursor);
	if (mig_json_peek(cursor) != ':')
		return mig_json_unexpected(cursor, "':' behind the key");
	cursor->pos++;
	mig_json_skip_space(cursor);
	return MIG_OK;
}

/* Leave the innermost array or object. */
static int
leave(struct reading *reading)
{
	struct mig_tree *node = reading->open;
	reading->cursor.pos++;
	if (node->type == MIG_JSON_OBJECT) {
		const struct mig_tree *twice = mig_tree_close(reading->doc, node);
		if (twice != NULL)
			return mig_json_fault_set(&reading->cursor, reading->cursor.pos,
			    "remove one of them",
			    "the key \"%.*s\" is given twice, again in line %d", KEY_SHOWN_MAX,
			    twice->key, twice->line);
	}
	reading->open = node->parent;
	reading->depth--;
	return MIG_OK;
}

/* Behind a value: leave what is complete, or go to the next value. */
static int
go_on(struct reading *reading)
{
	struct mig_json_cursor *cursor = &reading->cursor;
	int error = MIG_OK;
	while (reading->open != NULL && error == MIG_OK) {
		bool object = reading->open->type == MIG_JSON_OBJECT;
		mig_json_skip_space(cursor);
		int c = mig_json_peek(cursor);
		if (c == (object ? '}' : ']')) {
			error = leave(reading);
			continue;
		}
		if (c != ',')
			return mig_json_unexpected(cursor, object ? "',' or '}'" : "',' or ']'");
		size_t comma = cursor->pos++;
		mig_json_skip_space(cursor);
		if (mig_json_peek(cursor) == (object ? '}' : ']'))
			return mig_json_fault_set(cursor, comma, "remove the comma",
			    "a comma before the closing '%c'", object ? '}' : ']');
		return object ? read_key(reading) : MIG_OK;
	}
	return error;
}

/* Go into an array or object. */
static int
enter(struct reading *reading, struct mig_tree *node)
{
	struct mig_json_cursor *cursor = &reading->cursor;
	if (reading->depth == MIG_JSON_DEPTH_MAX)
		return mig_json_fault_set(cursor, cursor->pos, NULL,
		    "more than %d arrays and objects inside each other", MIG_JSON_DEPTH_MAX);
	bool object = mig_json_peek(cursor) == '{';
	node->type = object ? MIG_JSON_OBJECT : MIG_JSON_ARRAY;
	reading->open = node;
	reading->depth++;
	cursor->pos++;
	mig_json_skip_space(cursor);
	if (mig_json_peek(cursor) == (object ? '}' : ']'))
		return go_on(reading);
	return object ? read_key(reading) : MIG_OK;
}

static int
read_value(struct reading *reading)
{
	struct mig_json_cursor *cursor = &reading->cursor;
	const char *key = reading->key;
	reading->key = NULL;
	struct mig_tree *node =
	    mig_tree_add(reading->doc, reading->open, key, MIG_JSON_NULL, line_here(reading));
	if (node == NULL)
		return mig_arena_failed(reading->doc->arena) ?
		    MIG_ENOMEM :
		    mig_json_fault_set(
		        cursor, cursor->pos, NULL, "more than %u values", MIG_TREE_NODES_MAX);
	int c = mig_json_peek(cursor);
	if (c == '{' || c == '[')
		return enter(reading, node);
	int error = read_scalar(reading, node);
	return error != MIG_OK ? error : go_on(reading);
}

static int
read_text(struct reading *reading)
{
	struct mig_json_cursor *cursor = &reading->cursor;
	if (cursor->len > MIG_SCHEMA_BYTES_MAX)
		return mig_json_fault_set(cursor, 0, NULL, "the text has more than %u MiB",
		    MIG_SCHEMA_BYTES_MAX / 1024U / 1024U);
	if (mig_json_ahead(cursor, "\xef\xbb\xbf"))
		return mig_json_fault_set(cursor, 0, "save the file as UTF-8 without it",
		    "the text begins with a byte-order mark");
	mig_json_skip_space(cursor);
	if (cursor->pos == cursor->len)
		return mig_json_fault_set(cursor, cursor->pos, NULL, "the text is empty");
	int error = MIG_OK;
	do
		error = read_value(reading);
	while (error == MIG_OK && reading->open != NULL);
	if (error != MIG_OK)
		return error;
	mig_json_skip_space(cursor);
	return cursor->pos < cursor->len ? mig_json_unexpected(cursor, "the end of the text") :
	                                   MIG_OK;
}

/* The finding of a text that is no JSON. */
static void
tell(struct reading *reading, struct mig_findings *findings)
{
	struct mig_buf pointer;
	int line = 0;
	int column = 0;
	mig_buf_init(&pointer, MIG_JSON_FAULT_POINTER);
	if (reading->open != NULL)
		mig_tree_pointer(reading->open, &pointer);
	mig_json_place(reading->cursor.text, reading->fault.at, &line, &column);
	struct mig_finding *finding = mig_findings_add(findings, MIG_SEV_ERROR, reading->doc->file,
	    mig_buf_ok(&pointer) ? pointer.data : NULL, reading->fault.hint, "%s",
	    reading->fault.message);
	if (finding != NULL) {
		finding->line = line;
		finding->column = column;
	}
	mig_buf_fini(&pointer);
}

int
mig_tree_read_json(
    struct mig_tree_doc *doc, const char *text, size_t len, struct mig_findings *findings)
{
	struct reading *reading = calloc(1, sizeof(*reading));
	if (reading == NULL)
		return MIG_ENOMEM;
	reading->doc = doc;
	reading->cursor = (struct mig_json_cursor){ .text = text, .len = len };
	reading->cursor.fault = &reading->fault;
	reading->line = 1;
	mig_buf_init(&reading->decoded, MIG_SCHEMA_BYTES_MAX);
	int error = read_text(reading);
	if (error == MIG_EDOC)
		tell(reading, findings);
	mig_buf_fini(&reading->decoded);
	free(reading);
	return error;
}
