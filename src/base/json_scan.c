/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/json.h"
#include "base/json_scan.h"
#include "base/limits.h"
#include "base/num.h"
#include "base/utf8.h"

/* As much of a key as a message shows. */
#define KEY_SHOWN_MAX 60

/* FNV-1a of 64 bits. */
#define HASH_START UINT64_C(0xcbf29ce484222325)
#define HASH_PRIME UINT64_C(0x100000001b3)

#define DIGITS_MAX 20

/* One key of an object that is still open. */
struct scan_key {
	const char *text; /* decoded; set only when the keys are compared */
	size_t start;     /* in scan.decoded, which may still move */
	size_t len;
	size_t at; /* offset in the text */
};

/* An array or object that is still open. */
struct scan_level {
	char close;           /* the bracket that ends it */
	size_t index;         /* of the value that comes next or was last, in an array */
	uint64_t hash;        /* of its pointer */
	size_t keys_first;    /* where its keys begin */
	size_t decoded_first; /* where their bytes begin */
};

/* A pointer that is looked for. */
struct scan_wanted {
	uint64_t hash;
	struct mig_json_spot *spot;
};

struct scan {
	struct mig_json_cursor cursor;
	const struct scan_wanted *wanted; /* sorted by hash */
	size_t wanted_count;
	uint64_t hash;      /* of the pointer of the value at hand */
	size_t placed;      /* offset whose line and column are known */
	int line, column;   /* of it */
	struct mig_buf *integers; /* NULL: just step over values, do not collect anything */
	struct mig_buf decoded;   /* the keys of all open objects, one behind the other */
	struct scan_key *keys;
	size_t keys_count;
	size_t keys_cap;
	size_t outside; /* arrays and objects around the text that is looked at */
	size_t depth;
	struct scan_level levels[MIG_JSON_DEPTH_MAX]; /* set as they are opened */
};

/* Step from an offset whose line and column are known to a later one. */
static void
place_next(const char *text, size_t *at, size_t to, int *line, int *column)
{
	for (; *at < to; (*at)++) {
		unsigned char c = (unsigned char)text[*at];
		if (c == '\n') {
			(*line)++;
			*column = 1;
		} else if ((c & 0xc0U) != 0x80U) {
			/* Bytes inside a character do not count. */
			(*column)++;
		}
	}
}

/* By bytes, then by place, so that equal keys stand in document order. */
static int
compare_keys(const void *a, const void *b)
{
	const struct scan_key *left = a;
	const struct scan_key *right = b;
	size_t len = left->len < right->len ? left->len : right->len;
	int order = len == 0 ? 0 : memcmp(left->text, right->text, len);
	if (order != 0)
		return order;
	if (left->len != right->len)
		return left->len < right->len ? -1 : 1;
	if (left->at != right->at)
		return left->at < right->at ? -1 : 1;
	return 0;
}

static bool
same_key(const struct scan_key *a, const struct scan_key *b)
{
	return a->len == b->len && (a->len == 0 || memcmp(a->text, b->text, a->len) == 0);
}

/*
 * The keys of an object that ends, from first on, must differ.  They are sorted, because
 * comparing each with each would take forever on a large object.
 */
static int
scan_check_keys(struct scan *s, size_t first)
{
	if (s->keys_count - first < 2)
		return MIG_OK;
	struct scan_key *keys = s->keys + first;
	size_t count = s->keys_count - first;
	for (size_t i = 0; i < count; i++)
		keys[i].text = s->decoded.data + keys[i].start;
	qsort(keys, count, sizeof(*keys), compare_keys);

	struct scan_key *twice = NULL;
	for (size_t i = 1; i < count; i++) {
		bool earlier = twice == NULL || keys[i].at < twice->at;
		if (earlier && same_key(&keys[i - 1], &keys[i]))
			twice = &keys[i];
	}
	if (twice == NULL)
		return MIG_OK;
	int line = 0;
	int column = 0;
	mig_json_place(s->cursor.text, twice[-1].at, &line, &column);
	/* The last key of an open object is the one that is spoken of. */
	struct scan_key last = *twice;
	keys[count - 1] = last;
	return mig_json_fault_set(&s->cursor, last.at, "remove one of them",
	    "the key \"%.*s\" is given twice, first in line %d, column %d",
	    (int)mig_utf8_cut(last.text, last.len, KEY_SHOWN_MAX), last.text, line, column);
}

/* Remember the key whose bytes were just decoded, from start on. */
static int
scan_add_key(struct scan *s, size_t start, size_t at)
{
	if (!mig_buf_ok(&s->decoded))
		return MIG_ENOMEM;
	if (s->keys_count == s->keys_cap) {
		size_t cap = s->keys_cap == 0 ? 64 : s->keys_cap * 2;
		struct scan_key *keys = realloc(s->keys, cap * sizeof(*keys));
		if (keys == NULL)
			return MIG_ENOMEM;
		s->keys = keys;
		s->keys_cap = cap;
	}
	s->keys[s->keys_count] = (struct scan_key){
		.start = start,
		.len = s->decoded.len - start,
		.at = at,
	};
	s->keys_count++;
	return MIG_OK;
}

/* A key, its colon and the space around them; the key is added to those of the open object. */
static int
scan_key(struct scan *s)
{
	struct mig_json_cursor *cursor = &s->cursor;
	if (mig_json_peek(cursor) != '"')
		return mig_json_unexpected(cursor, "a key in double quotes");
	size_t at = cursor->pos;
	size_t start = s->decoded.len;
	int error = mig_json_token_string(cursor, s->integers != NULL ? &s->decoded : NULL);
	if (error == MIG_OK && s->integers != NULL)
		error = scan_add_key(s, start, at);
	if (error != MIG_OK)
		return error;

	mig_json_skip_space(cursor);
	if (mig_json_peek(cursor) != ':')
		return mig_json_unexpected(cursor, "':' behind the key");
	cursor->pos++;
	mig_json_skip_space(cursor);
	return MIG_OK;
}

/* Go into an array or object and up to its first value, or its end when there is none. */
static int
scan_open(struct scan *s, bool *ret_empty)
{
	struct mig_json_cursor *cursor = &s->cursor;
	if (s->depth + s->outside >= MIG_JSON_DEPTH_MAX)
		return mig_json_fault_set(cursor, cursor->pos, NULL,
		    "more than %d arrays and objects inside each other", MIG_JSON_DEPTH_MAX);
	char close = mig_json_peek(cursor) == '{' ? '}' : ']';
	s->levels[s->depth] = (struct scan_level){
		.close = close,
		.keys_first = s->keys_count,
		.decoded_first = s->decoded.len,
		.hash = s->hash,
	};
	s->depth++;
	cursor->pos++;
	mig_json_skip_space(cursor);
	*ret_empty = mig_json_peek(cursor) == close;
	return close == '}' && !*ret_empty ? scan_key(s) : MIG_OK;
}

/* Leave the innermost array or object. */
static int
scan_close(struct scan *s)
{
	const struct scan_level *level = &s->levels[s->depth - 1];
	s->cursor.pos++;
	int error = scan_check_keys(s, level->keys_first);
	if (error != MIG_OK)
		return error; /* still inside, which is where the fault is */
	s->keys_count = level->keys_first;
	mig_buf_truncate(&s->decoded, level->decoded_first);
	s->depth--;
	return MIG_OK;
}

/* Behind a value of an array or object: a comma and what leads to the next value, or its end. */
static int
scan_comma(struct scan *s, char close)
{
	struct mig_json_cursor *cursor = &s->cursor;
	if (mig_json_peek(cursor) != ',')
		return mig_json_unexpected(cursor, close == '}' ? "',' or '}'" : "',' or ']'");
	size_t comma = cursor->pos++;
	mig_json_skip_space(cursor);
	if (mig_json_peek(cursor) == close)
		return mig_json_fault_set(cursor, comma, "remove the comma",
		    "a comma before the closing '%c'", close);
	s->levels[s->depth - 1].index++;
	return close == '}' ? scan_key(s) : MIG_OK;
}

/* A value that is neither array nor object. */
static int
scan_scalar(struct scan *s)
{
	struct mig_json_cursor *cursor = &s->cursor;
	int c = mig_json_peek(cursor);
	if (c == '"')
		return mig_json_token_string(cursor, NULL);
	if (c == 't')
		return mig_json_token_word(cursor, "true");
	if (c == 'f')
		return mig_json_token_word(cursor, "false");
	if (c == 'n' && !mig_json_ahead(cursor, "nan"))
		return mig_json_token_word(cursor, "null");
	if (c != '-' && (c < '0' || c > '9'))
		return mig_json_unexpected(cursor, "a value");

	bool integer = false;
	int error = mig_json_token_number(cursor, &integer);
	if (error == MIG_OK && s->integers != NULL)
		mig_buf_putc(s->integers, integer ? 1 : 0);
	return error;
}

/*
 * Everything that ends behind a complete value: leave arrays and objects, or step to the next
 * value.  ret_done tells that the outermost one (at depth base) is complete.
 */
static int
scan_after(struct scan *s, size_t base, bool *ret_done)
{
	while (s->depth > base) {
		char close = s->levels[s->depth - 1].close;
		mig_json_skip_space(&s->cursor);
		if (mig_json_peek(&s->cursor) != close) {
			*ret_done = false;
			return scan_comma(s, close);
		}
		int error = scan_close(s);
		if (error != MIG_OK)
			return error;
	}
	*ret_done = true;
	return MIG_OK;
}

static uint64_t
hash_byte(uint64_t hash, char c)
{
	return (hash ^ (unsigned char)c) * HASH_PRIME;
}

/* The hash of a pointer's text. */
static uint64_t
hash_pointer(const char *pointer)
{
	uint64_t hash = HASH_START;
	for (; *pointer != '\0'; pointer++)
		hash = hash_byte(hash, *pointer);
	return hash;
}

/* The hash of the pointer of the value that comes next. */
static uint64_t
hash_value(const struct scan *s)
{
	if (s->depth == 0)
		return HASH_START;
	const struct scan_level *level = &s->levels[s->depth - 1];
	uint64_t hash = hash_byte(level->hash, '/');
	if (level->close == ']') {
		char digits[DIGITS_MAX];
		size_t first = sizeof(digits);
		size_t index = level->index;
		do
			digits[--first] = (char)('0' + index % 10);
		while ((index /= 10) > 0);
		for (; first < sizeof(digits); first++)
			hash = hash_byte(hash, digits[first]);
		return hash;
	}
	const struct scan_key *key = &s->keys[s->keys_count - 1];
	for (size_t i = 0; i < key->len; i++) {
		char c = s->decoded.data[key->start + i];
		bool escaped = c == '~' || c == '/';
		hash = hash_byte(hash, escaped ? '~' : c);
		if (escaped)
			hash = hash_byte(hash, c == '~' ? '0' : '1');
	}
	return hash;
}

/* The first of the wanted whose hash is not below; wanted_count when there is none. */
static size_t
find_wanted(const struct scan *s, uint64_t hash)
{
	size_t low = 0;
	size_t high = s->wanted_count;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (s->wanted[middle].hash < hash)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/*
 * Note where the value that comes next stands, when it is looked for.  That two pointers have the
 * same 64 bits is unlikely enough for what hangs on it: a line number in a message.
 */
static void
scan_match(struct scan *s)
{
	s->hash = hash_value(s);
	size_t i = find_wanted(s, s->hash);
	if (i == s->wanted_count || s->wanted[i].hash != s->hash)
		return;
	place_next(s->cursor.text, &s->placed, s->cursor.pos, &s->line, &s->column);
	for (; i < s->wanted_count && s->wanted[i].hash == s->hash; i++) {
		s->wanted[i].spot->line = s->line;
		s->wanted[i].spot->column = s->column;
	}
}

/* Step over one value, however deep. */
static int
scan_value(struct scan *s)
{
	size_t base = s->depth;
	bool done = false;
	while (!done) {
		int c = mig_json_peek(&s->cursor);
		if (s->wanted_count > 0)
			scan_match(s);
		/* An empty array or object is complete at once, any other goes on with a value. */
		bool complete = true;
		int error = c == '{' || c == '[' ? scan_open(s, &complete) : scan_scalar(s);
		if (error == MIG_OK && complete)
			error = scan_after(s, base, &done);
		if (error != MIG_OK)
			return error;
	}
	return MIG_OK;
}

/* The whole text. */
static int
scan_text(struct scan *s)
{
	struct mig_json_cursor *cursor = &s->cursor;
	if (mig_json_ahead(cursor, "\xef\xbb\xbf"))
		return mig_json_fault_set(cursor, 0, "save the file as UTF-8 without it",
		    "the text begins with a byte-order mark");
	mig_json_skip_space(cursor);
	if (cursor->pos == cursor->len)
		return mig_json_fault_set(cursor, cursor->pos, NULL, "the text is empty");
	int error = scan_value(s);
	if (error != MIG_OK)
		return error;
	mig_json_skip_space(cursor);
	return cursor->pos < cursor->len ? mig_json_unexpected(cursor, "the end of the text")
	                                 : MIG_OK;
}

static void
scan_init(struct scan *s, const char *text, size_t len, struct mig_json_fault *fault)
{
	/* Most documents are small; the levels are larger than all else together. */
	memset(s, 0, offsetof(struct scan, levels));
	s->cursor.text = text;
	s->cursor.len = len;
	s->cursor.fault = fault;
	mig_buf_init(&s->decoded, MIG_DOC_BYTES_MAX);
}

static void
scan_fini(struct scan *s)
{
	mig_buf_fini(&s->decoded);
	free(s->keys);
}

/* Append a key to a pointer. */
static void
pointer_key(const struct scan *s, const struct scan_key *key, struct mig_buf *out)
{
	for (size_t i = 0; i < key->len; i++) {
		char c = s->decoded.data[key->start + i];
		if (c == '~' || c == '/')
			mig_buf_puts(out, c == '~' ? "~0" : "~1");
		else
			mig_buf_putc(out, c);
	}
}

/* The way to where the scanner stands, as far as it fits into the fault. */
static void
scan_pointer(const struct scan *s, struct mig_json_fault *fault)
{
	struct mig_buf out;
	mig_buf_init(&out, MIG_JSON_FAULT_POINTER - 1);
	size_t whole = 0;
	for (size_t i = 0; i < s->depth && mig_buf_ok(&out); i++) {
		const struct scan_level *level = &s->levels[i];
		size_t end = i + 1 < s->depth ? s->levels[i + 1].keys_first : s->keys_count;
		whole = out.len;
		if (level->close == '}' && end == level->keys_first)
			break;
		mig_buf_putc(&out, '/');
		if (level->close == '}')
			pointer_key(s, &s->keys[end - 1], &out);
		else
			mig_num_format_int((int64_t)level->index, &out);
	}
	if (!mig_buf_ok(&out))
		mig_buf_truncate(&out, whole);
	memcpy(fault->pointer, out.data, out.len);
	fault->pointer[out.len] = '\0';
	mig_buf_fini(&out);
}

/* The first token of a pointer without its '/', unescaped; steps over it. */
static int
pointer_token(const char **pointer, struct mig_buf *token)
{
	const char *p = *pointer;
	if (*p != '/')
		return MIG_ENOTFOUND;
	mig_buf_reset(token);
	for (p++; *p != '\0' && *p != '/'; p++) {
		char c = *p;
		if (c == '~' && p[1] != '0' && p[1] != '1')
			return MIG_ENOTFOUND;
		if (c == '~')
			c = *++p == '0' ? '~' : '/';
		mig_buf_putc(token, c);
	}
	*pointer = p;
	return mig_buf_ok(token) ? MIG_OK : MIG_ENOMEM;
}

/*
 * From an opening bracket go to the value of the child that token names.  The text parses, so
 * anything unexpected just means that there is none.
 */
static int
locate_child(struct scan *s, const struct mig_buf *token)
{
	struct mig_json_cursor *cursor = &s->cursor;
	int open = mig_json_peek(cursor);
	bool padded = token->data[0] == '0' && token->len > 1;
	int64_t wanted = -1;
	if (open != '{' && (open != '[' || padded ||
	    mig_num_int(token->data, 0, INT64_MAX, &wanted) != MIG_OK))
		return MIG_ENOTFOUND;

	cursor->pos++;
	mig_json_skip_space(cursor);
	for (int64_t index = 0; mig_json_peek(cursor) >= 0; index++) {
		bool here = index == wanted;
		if (open == '{') {
			mig_buf_reset(&s->decoded);
			if (mig_json_peek(cursor) != '"' ||
			    mig_json_token_string(cursor, &s->decoded) != MIG_OK)
				return MIG_ENOTFOUND;
			mig_json_skip_space(cursor);
			cursor->pos++;
			mig_json_skip_space(cursor);
			here = s->decoded.len == token->len &&
			    memcmp(s->decoded.data, token->data, token->len) == 0;
		}
		if (here)
			return mig_json_peek(cursor) == ']' ? MIG_ENOTFOUND : MIG_OK;
		if (scan_value(s) != MIG_OK)
			return MIG_ENOTFOUND;
		mig_json_skip_space(cursor);
		if (mig_json_peek(cursor) != ',')
			return MIG_ENOTFOUND;
		cursor->pos++;
		mig_json_skip_space(cursor);
	}
	return MIG_ENOTFOUND;
}

void
mig_json_place(const char *text, size_t at, int *ret_line, int *ret_column)
{
	size_t from = 0;
	*ret_line = 1;
	*ret_column = 1;
	place_next(text, &from, at, ret_line, ret_column);
}

int
mig_json_scan(const char *text, size_t len, struct mig_buf *integers,
    struct mig_json_fault *fault)
{
	struct scan s;
	scan_init(&s, text, len, fault);
	s.integers = integers;
	int error = scan_text(&s);
	if (error == MIG_EDOC)
		scan_pointer(&s, fault);
	if (error == MIG_OK && !mig_buf_ok(integers))
		error = MIG_ENOMEM;
	scan_fini(&s);
	return error;
}

int
mig_json_scan_value(struct mig_json_cursor *cursor, size_t depth, struct mig_buf *integers)
{
	struct scan s;
	scan_init(&s, cursor->text, cursor->len, cursor->fault);
	s.cursor.pos = cursor->pos;
	s.outside = depth;
	s.integers = integers;
	int error = scan_value(&s);
	if (error == MIG_EDOC)
		scan_pointer(&s, cursor->fault);
	if (error == MIG_OK && !mig_buf_ok(integers))
		error = MIG_ENOMEM;
	if (error == MIG_OK)
		cursor->pos = s.cursor.pos;
	scan_fini(&s);
	return error;
}

int
mig_json_locate(const char *text, size_t len, const char *pointer, int *ret_line,
    int *ret_column)
{
	struct mig_json_fault fault;
	struct scan s;
	struct mig_buf token;
	scan_init(&s, text, len, &fault);
	mig_buf_init(&token, MIG_DOC_BYTES_MAX);

	int error = MIG_OK;
	mig_json_skip_space(&s.cursor);
	while (error == MIG_OK && *pointer != '\0') {
		error = pointer_token(&pointer, &token);
		if (error == MIG_OK)
			error = locate_child(&s, &token);
	}
	if (error == MIG_OK && mig_json_peek(&s.cursor) < 0)
		error = MIG_ENOTFOUND;
	if (error == MIG_OK)
		mig_json_place(text, s.cursor.pos, ret_line, ret_column);
	mig_buf_fini(&token);
	scan_fini(&s);
	return error;
}

static int
compare_wanted(const void *a, const void *b)
{
	const struct scan_wanted *left = a;
	const struct scan_wanted *right = b;
	return left->hash < right->hash ? -1 : left->hash > right->hash;
}

int
mig_json_locate_all(const char *text, size_t len, struct mig_json_spot *spots, size_t count)
{
	struct mig_json_fault fault;
	struct mig_buf integers;
	struct scan s;
	struct scan_wanted *wanted = calloc(count + 1, sizeof(*wanted));
	if (wanted == NULL)
		return MIG_ENOMEM;
	for (size_t i = 0; i < count; i++) {
		wanted[i] = (struct scan_wanted){ hash_pointer(spots[i].pointer), &spots[i] };
		spots[i].line = 0;
		spots[i].column = 0;
	}
	qsort(wanted, count, sizeof(*wanted), compare_wanted);
	scan_init(&s, text, len, &fault);
	mig_buf_init(&integers, MIG_DOC_BYTES_MAX);
	s.integers = &integers;
	s.wanted = wanted;
	s.wanted_count = count;
	s.line = 1;
	s.column = 1;
	int error = scan_text(&s);
	scan_fini(&s);
	mig_buf_fini(&integers);
	free(wanted);
	return error;
}
