/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include "config.h"

#include <endian.h>
#include <stdarg.h>
#include <string.h>

#include "base/json_scan.h"
#include "base/limits.h"
#include "base/num.h"
#include "base/utf8.h"
#include "schema/snapshot_pull.h"

#define MESSAGE_BYTES_MAX 4096U
#define KEY_SHOWN_MAX 256U
#define NUMBER_CHARS_MAX 63U
/* So many digits fit into int64_t and double, whatever they are. */
#define DIGITS_SAFE 15U

/* Bytes of a line that begin a character. */
static int
count_characters(const char *text, size_t from, size_t to)
{
	int count = 0;
	for (; from < to; from++)
		count += ((unsigned char)text[from] & 0xc0U) != 0x80U;
	return count;
}

static int
count_lines(const char *text, size_t from, size_t to)
{
	int count = 0;
	for (; from < to; from++)
		count += text[from] == '\n';
	return count;
}

/* The column (from 1) of an offset; counted on from the last one on that line, or back. */
static int
column_of(struct mig_pull *pull, size_t at)
{
	const char *text = pull->cursor.text;
	const char *feed = memrchr(text, '\n', at);
	size_t line = feed == NULL ? 0 : (size_t)(feed - text) + 1;
	if (line != pull->counted_line) {
		pull->counted_line = line;
		pull->counted_at = line;
		pull->counted = 0;
	}
	if (at >= pull->counted_at)
		pull->counted += count_characters(text, pull->counted_at, at);
	else
		pull->counted -= count_characters(text, at, pull->counted_at);
	pull->counted_at = at;
	return pull->counted + 1;
}

/* Append a key, given by the offset of its quote, as part of a pointer. */
static void
pointer_key(const struct mig_pull *pull, size_t key, struct mig_buf *out)
{
	struct mig_json_fault fault;
	struct mig_json_cursor cursor = pull->cursor;
	struct mig_buf text;
	cursor.fault = &fault;
	cursor.pos = key;
	mig_buf_init(&text, MIG_SCHEMA_BYTES_MAX);
	/* It was read before. */
	(void)!mig_json_token_string(&cursor, &text);
	size_t len = mig_utf8_cut(text.data, text.len, KEY_SHOWN_MAX);
	for (size_t i = 0; i < len; i++) {
		if (text.data[i] == '~' || text.data[i] == '/')
			mig_buf_puts(out, text.data[i] == '~' ? "~0" : "~1");
		else
			mig_buf_putc(out, text.data[i]);
	}
	mig_buf_fini(&text);
}

/* The pointer of the value under the first levels. */
static void
pointer_of(const struct mig_pull *pull, size_t depth, struct mig_buf *out)
{
	for (size_t i = 0; i < depth; i++) {
		const struct mig_pull_level *level = &pull->levels[i];
		mig_buf_putc(out, '/');
		if (level->object)
			pointer_key(pull, level->key, out);
		else
			mig_num_format_int((int64_t)level->index, out);
	}
}

/* Add a finding; inner is what the pointer goes on with. */
static void
add_finding(struct mig_pull *pull, const struct mig_pull_spot *spot, const char *inner,
    const char *hint, const char *message)
{
	struct mig_buf pointer;
	mig_buf_init(&pointer, MIG_SCHEMA_BYTES_MAX);
	if (pull->findings->count < MIG_FINDINGS_MAX)
		pointer_of(pull, spot->depth, &pointer);
	mig_buf_puts(&pointer, inner);
	struct mig_finding *finding = mig_findings_add(
	    pull->findings, MIG_SEV_ERROR, pull->file, pointer.data, hint, "%s", message);
	if (finding != NULL) {
		finding->line = spot->line;
		finding->column = column_of(pull, spot->at);
	}
	mig_buf_fini(&pointer);
}

/* The levels that really have a child at hand. */
static size_t
depth_here(const struct mig_pull *pull)
{
	bool inside = pull->depth == 0 || pull->levels[pull->depth - 1].begun;
	return inside ? pull->depth : pull->depth - 1;
}

/* The text is no JSON, as the fault says: everything ends here. */
static void
fail_syntax(struct mig_pull *pull, const char *inner)
{
	size_t pos = pull->cursor.pos;
	struct mig_pull_spot spot = { pull->fault.at, pull->line, depth_here(pull) };
	spot.line += count_lines(pull->cursor.text, pos, spot.at);
	spot.line -= count_lines(pull->cursor.text, spot.at, pos);
	pull->error = MIG_EDOC;
	add_finding(pull, &spot, inner, pull->fault.hint, pull->fault.message);
}

/* As mig_json_skip_space(), and counts lines.  Documents are mostly indentation. */
static void
skip_space(struct mig_pull *pull)
{
	static const char spaces[] = "        ";
	const char *text = pull->cursor.text;
	size_t len = pull->cursor.len;
	size_t pos = pull->cursor.pos;
	while (pos < len) {
		char c = text[pos];
		if (c != ' ' && c != '\n' && c != '\t' && c != '\r')
			break;
		pos++;
		if (c != '\n')
			continue;
		pull->line++;
		while (len - pos >= 8 && memcmp(text + pos, spaces, 8) == 0)
			pos += 8;
	}
	pull->cursor.pos = pos;
}

static int
peek(const struct mig_pull *pull)
{
	const struct mig_json_cursor *cursor = &pull->cursor;
	return cursor->pos < cursor->len ? (unsigned char)cursor->text[cursor->pos] : -1;
}

#define EACH_BYTE(c) (UINT64_C(0x0101010101010101) * (c))

/*
 * Of eight bytes, the highest bit of each that is the given one; of those above the first that is,
 * some may be set as well.
 */
static uint64_t
match_byte(uint64_t bytes, unsigned char c)
{
	uint64_t other = bytes ^ EACH_BYTE(c);
	return (other - EACH_BYTE(1U)) & ~other & EACH_BYTE(0x80U);
}

/* The offset of the first byte of a string that does not simply stand for itself. */
static size_t
skip_plain(const char *text, size_t pos, size_t len)
{
	uint64_t bytes = 0;
	for (; len - pos >= sizeof(bytes); pos += sizeof(bytes)) {
		memcpy(&bytes, text + pos, sizeof(bytes));
		bytes = le64toh(bytes);
		/* Control characters borrow, and others than ASCII have the bit by themselves. */
		uint64_t odd = (bytes | (bytes - EACH_BYTE(0x20U))) & EACH_BYTE(0x80U);
		odd |= match_byte(bytes, '"') | match_byte(bytes, '\\');
		if (odd != 0)
			return pos + (size_t)__builtin_ctzll(odd) / 8;
	}
	while (pos < len && (unsigned char)text[pos] >= ' ' && (unsigned char)text[pos] < 0x80 &&
	    text[pos] != '"' && text[pos] != '\\')
		pos++;
	return pos;
}

/* Take the string at the cursor: as it stands where it is plain, else decoded. */
static bool
take_string(struct mig_pull *pull, struct mig_text *ret_text)
{
	struct mig_json_cursor *cursor = &pull->cursor;
	const char *text = cursor->text;
	size_t start = cursor->pos + 1;
	size_t pos = skip_plain(text, start, cursor->len);
	if (pos < cursor->len && text[pos] == '"') {
		*ret_text = (struct mig_text){ text + start, pos - start };
		cursor->pos = pos + 1;
		return true;
	}
	mig_buf_reset(&pull->scratch);
	if (mig_json_token_string(cursor, &pull->scratch) != MIG_OK) {
		fail_syntax(pull, "");
		return false;
	}
	if (!mig_buf_ok(&pull->scratch)) {
		pull->error = MIG_ENOMEM;
		return false;
	}
	*ret_text = (struct mig_text){ pull->scratch.data, pull->scratch.len };
	return true;
}

/* Something else than `wanted` stands at the cursor. */
static bool
fail_unexpected(struct mig_pull *pull, const char *wanted)
{
	(void)mig_json_unexpected(&pull->cursor, wanted);
	fail_syntax(pull, "");
	return false;
}

void
mig_pull_init(struct mig_pull *pull, const char *text, size_t len, const char *file,
    struct mig_findings *findings)
{
	memset(pull, 0, sizeof(*pull));
	pull->cursor = (struct mig_json_cursor){ text, len, 0, &pull->fault };
	pull->findings = findings;
	pull->file = file;
	pull->line = 1;
	mig_buf_init(&pull->scratch, MIG_SCHEMA_BYTES_MAX);
	if (len > MIG_SCHEMA_BYTES_MAX) {
		(void)mig_json_fault_set(&pull->cursor, 0, NULL, "the text is larger than %u bytes",
		    MIG_SCHEMA_BYTES_MAX);
		fail_syntax(pull, "");
		return;
	}
	if (mig_json_ahead(&pull->cursor, "\xef\xbb\xbf")) {
		(void)mig_json_fault_set(&pull->cursor, 0, "save the file as UTF-8 without it",
		    "the text begins with a byte-order mark");
		fail_syntax(pull, "");
		return;
	}
	skip_space(pull);
	if (pull->cursor.pos == len) {
		(void)mig_json_fault_set(&pull->cursor, len, NULL, "the text is empty");
		fail_syntax(pull, "");
	}
}

void
mig_pull_fini(struct mig_pull *pull)
{
	mig_buf_fini(&pull->scratch);
}

void
mig_pull_end(struct mig_pull *pull)
{
	if (pull->error != MIG_OK)
		return;
	skip_space(pull);
	if (pull->cursor.pos < pull->cursor.len)
		(void)fail_unexpected(pull, "the end of the text");
}

struct mig_pull_spot
mig_pull_here(const struct mig_pull *pull)
{
	return (struct mig_pull_spot){ pull->cursor.pos, pull->line, pull->depth };
}

void
mig_pull_finding(
    struct mig_pull *pull, const struct mig_pull_spot *spot, const char *hint, const char *fmt, ...)
{
	struct mig_buf message;
	mig_buf_init(&message, MESSAGE_BYTES_MAX);
	va_list args;
	va_start(args, fmt);
	mig_buf_vprintf(&message, fmt, args);
	va_end(args);
	add_finding(pull, spot, "", hint, message.data);
	mig_buf_fini(&message);
}

bool
mig_pull_type(struct mig_pull *pull, enum mig_json_type *ret_type)
{
	int c = peek(pull);
	if (pull->error != MIG_OK)
		return false;
	if (c == '"')
		*ret_type = MIG_JSON_STRING;
	else if (c == 't' || c == 'f')
		*ret_type = MIG_JSON_BOOL;
	else if (c == '-' || (c >= '0' && c <= '9'))
		*ret_type = MIG_JSON_NUMBER;
	else if (c == '{' || c == '[')
		*ret_type = c == '{' ? MIG_JSON_OBJECT : MIG_JSON_ARRAY;
	else if (c == 'n' && !mig_json_ahead(&pull->cursor, "nan"))
		*ret_type = MIG_JSON_NULL;
	else
		return fail_unexpected(pull, "a value");
	return true;
}

/* Whether the value at hand has the type; a finding and stepped over when it does not. */
static bool
want(struct mig_pull *pull, enum mig_json_type type)
{
	static const char *const wanted[] = {
		[MIG_JSON_NULL] = "null",
		[MIG_JSON_BOOL] = "true or false",
		[MIG_JSON_NUMBER] = "a number",
		[MIG_JSON_STRING] = "a string",
		[MIG_JSON_ARRAY] = "an array",
		[MIG_JSON_OBJECT] = "an object",
	};
	enum mig_json_type found = MIG_JSON_NULL;
	if (!mig_pull_type(pull, &found))
		return false;
	if (found == type)
		return true;
	struct mig_pull_spot here = mig_pull_here(pull);
	mig_pull_finding(
	    pull, &here, NULL, "must be %s, not %s", wanted[type], mig_json_type_name(found));
	(void)mig_pull_skip(pull);
	return false;
}

static bool
open_level(struct mig_pull *pull, enum mig_json_type type)
{
	if (!want(pull, type))
		return false;
	MIG_ASSERT(pull->depth < MIG_PULL_DEPTH_MAX);
	pull->levels[pull->depth++] = (struct mig_pull_level){ .object = type == MIG_JSON_OBJECT };
	pull->cursor.pos++;
	return true;
}

bool
mig_pull_object(struct mig_pull *pull)
{
	return open_level(pull, MIG_JSON_OBJECT);
}

bool
mig_pull_array(struct mig_pull *pull)
{
	return open_level(pull, MIG_JSON_ARRAY);
}

/* What leads to the next child of the innermost level; false at its end. */
static bool
next_child(struct mig_pull *pull)
{
	if (pull->error != MIG_OK)
		return false;
	struct mig_pull_level *level = &pull->levels[pull->depth - 1];
	char close = level->object ? '}' : ']';
	skip_space(pull);
	if (peek(pull) == close) {
		pull->cursor.pos++;
		pull->depth--;
		return false;
	}
	if (!level->begun) {
		level->begun = true;
		return true;
	}
	if (peek(pull) != ',')
		return fail_unexpected(pull, level->object ? "',' or '}'" : "',' or ']'");
	size_t comma = pull->cursor.pos++;
	skip_space(pull);
	level->index++;
	if (peek(pull) != close)
		return true;
	(void)mig_json_fault_set(
	    &pull->cursor, comma, "remove the comma", "a comma before the closing '%c'", close);
	fail_syntax(pull, "");
	return false;
}

bool
mig_pull_key(struct mig_pull *pull, struct mig_text *ret_key)
{
	bool first = pull->error == MIG_OK && !pull->levels[pull->depth - 1].begun;
	if (!next_child(pull))
		return false;
	struct mig_pull_level *level = &pull->levels[pull->depth - 1];
	if (peek(pull) != '"') {
		/* There is no key yet that a pointer could name. */
		level->begun = !first;
		return fail_unexpected(pull, "a key in double quotes");
	}
	size_t key = pull->cursor.pos;
	level->begun = !first;
	if (!take_string(pull, ret_key))
		return false;
	level->begun = true;
	level->key = key;
	skip_space(pull);
	if (peek(pull) != ':')
		return fail_unexpected(pull, "':' behind the key");
	pull->cursor.pos++;
	skip_space(pull);
	return true;
}

bool
mig_pull_item(struct mig_pull *pull)
{
	return next_child(pull);
}

bool
mig_pull_string(struct mig_pull *pull, struct mig_text *ret_text)
{
	return want(pull, MIG_JSON_STRING) && take_string(pull, ret_text);
}

/* Step over a literal word. */
static bool
take_word(struct mig_pull *pull, const char *word)
{
	if (mig_json_token_word(&pull->cursor, word) == MIG_OK)
		return true;
	fail_syntax(pull, "");
	return false;
}

bool
mig_pull_bool(struct mig_pull *pull, bool *ret_value)
{
	if (!want(pull, MIG_JSON_BOOL))
		return false;
	bool value = peek(pull) == 't';
	if (!take_word(pull, value ? "true" : "false"))
		return false;
	*ret_value = value;
	return true;
}

/* Step over a number and copy it. */
static bool
take_number(struct mig_pull *pull, char ret_number[NUMBER_CHARS_MAX + 1])
{
	size_t start = pull->cursor.pos;
	bool integer = false;
	if (mig_json_token_number(&pull->cursor, &integer) != MIG_OK) {
		fail_syntax(pull, "");
		return false;
	}
	size_t len = pull->cursor.pos - start;
	memcpy(ret_number, pull->cursor.text + start, len);
	ret_number[len] = '\0';
	return true;
}

/* A short integer, by far the most frequent kind of number; false: it is another one. */
static bool
take_digits(struct mig_pull *pull, int64_t *ret_value)
{
	const char *text = pull->cursor.text;
	size_t pos = pull->cursor.pos;
	size_t end = pull->cursor.len - pos > DIGITS_SAFE ? pos + DIGITS_SAFE : pull->cursor.len;
	int64_t value = 0;
	if (pos == end || text[pos] < '1' || text[pos] > '9')
		return false;
	for (; pos < end && text[pos] >= '0' && text[pos] <= '9'; pos++)
		value = value * 10 + (text[pos] - '0');
	if (pos == end || text[pos] == '\0' ||
	    strchr(",}] \n\t\r", text[pos]) == NULL)
		return false;
	pull->cursor.pos = pos;
	*ret_value = value;
	return true;
}

bool
mig_pull_int(struct mig_pull *pull, int64_t min, int64_t *ret_value)
{
	if (!want(pull, MIG_JSON_NUMBER))
		return false;
	struct mig_pull_spot here = mig_pull_here(pull);
	char number[NUMBER_CHARS_MAX + 1];
	int64_t value = 0;
	if (!take_digits(pull, &value)) {
		if (!take_number(pull, number))
			return false;
		if (mig_num_int(number, INT64_MIN, INT64_MAX, &value) != MIG_OK) {
			mig_pull_finding(pull, &here, NULL, "must be an integer, not %s", number);
			return false;
		}
	}
	if (value < min) {
		mig_pull_finding(pull, &here, NULL, "must be at least %lld, not %lld",
		    (long long)min, (long long)value);
		return false;
	}
	*ret_value = value;
	return true;
}

bool
mig_pull_number(struct mig_pull *pull, double *ret_value)
{
	char number[NUMBER_CHARS_MAX + 1];
	if (!want(pull, MIG_JSON_NUMBER) || !take_number(pull, number))
		return false;
	/* The tokenizer has read it already. */
	return mig_num_double(number, ret_value) == MIG_OK;
}

/* Step over an array or object that nobody wants: it must be right all the same. */
static void
skip_nested(struct mig_pull *pull)
{
	size_t start = pull->cursor.pos;
	struct mig_buf integers;
	mig_buf_init(&integers, MIG_SCHEMA_BYTES_MAX);
	int error = mig_json_scan_value(&pull->cursor, pull->depth, &integers);
	mig_buf_fini(&integers);
	if (error == MIG_OK)
		pull->line += count_lines(pull->cursor.text, start, pull->cursor.pos);
	else if (error == MIG_EDOC)
		fail_syntax(pull, pull->fault.pointer);
	else
		pull->error = error;
}

struct mig_text
mig_pull_skip(struct mig_pull *pull)
{
	struct mig_text text = { pull->cursor.text + pull->cursor.pos, 0 };
	enum mig_json_type type = MIG_JSON_NULL;
	struct mig_text string;
	char number[NUMBER_CHARS_MAX + 1];
	if (!mig_pull_type(pull, &type))
		return text;
	switch (type) {
	case MIG_JSON_NULL:
		(void)take_word(pull, "null");
		break;
	case MIG_JSON_BOOL:
		(void)take_word(pull, peek(pull) == 't' ? "true" : "false");
		break;
	case MIG_JSON_NUMBER:
		(void)take_number(pull, number);
		break;
	case MIG_JSON_STRING:
		(void)take_string(pull, &string);
		break;
	case MIG_JSON_ARRAY:
	case MIG_JSON_OBJECT:
		skip_nested(pull);
		break;
	}
	text.len = (size_t)(pull->cursor.text + pull->cursor.pos - text.data);
	return text;
}
