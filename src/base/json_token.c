/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/json_token.h"
#include "base/num.h"
#include "base/utf8.h"

/* cJSON reads no longer ones, and no double needs them. */
#define NUMBER_CHARS_MAX 63

/* Things that other notations allow and people therefore write. */
static const char *
hint_for(const struct mig_json_cursor *cursor)
{
	static const struct {
		const char *start;
		const char *hint;
	} hints[] = {
		{ "/", "JSON has no comments" },
		{ "#", "JSON has no comments" },
		{ "'", "strings stand in double quotes" },
		{ "True", "write true" },
		{ "False", "write false" },
		{ "None", "write null" },
		{ "NaN", "JSON has finite numbers only" },
		{ "nan", "JSON has finite numbers only" },
		{ "Inf", "JSON has finite numbers only" },
		{ "inf", "JSON has finite numbers only" },
		{ "+", "a positive number has no sign" },
		{ ".", "write a digit before the decimal point" },
	};
	for (size_t i = 0; i < sizeof(hints) / sizeof(hints[0]); i++) {
		if (mig_json_ahead(cursor, hints[i].start))
			return hints[i].hint;
	}
	return NULL;
}

/* At least one digit. */
static bool
skip_digits(struct mig_json_cursor *cursor)
{
	size_t start = cursor->pos;
	while (mig_json_peek(cursor) >= '0' && mig_json_peek(cursor) <= '9')
		cursor->pos++;
	return cursor->pos > start;
}

/* Whether a number written as an integer survives in a double and in an int64_t. */
static bool
integer_is_exact(const char *number)
{
	int64_t value = 0;
	if (mig_num_int(number, INT64_MIN, INT64_MAX, &value) != MIG_OK)
		return false;
	double as_double = (double)value;
	return as_double < 0x1p63 && (int64_t)as_double == value;
}

/* The number's grammar alone; tells whether it has neither fraction nor exponent. */
static int
number_grammar(struct mig_json_cursor *cursor, bool *ret_whole)
{
	size_t start = cursor->pos;
	bool whole = true;
	if (mig_json_peek(cursor) == '-')
		cursor->pos++;
	size_t first = cursor->pos;
	bool zero = mig_json_peek(cursor) == '0';
	if (!skip_digits(cursor))
		return mig_json_unexpected(cursor, "a digit");
	if (zero && cursor->pos - first > 1)
		return mig_json_fault_set(cursor, start, NULL,
		    "a number must not have leading zeros");
	if (mig_json_peek(cursor) == '.') {
		whole = false;
		cursor->pos++;
		if (!skip_digits(cursor))
			return mig_json_unexpected(cursor, "a digit behind the decimal point");
	}
	if (mig_json_peek(cursor) == 'e' || mig_json_peek(cursor) == 'E') {
		whole = false;
		cursor->pos++;
		if (mig_json_peek(cursor) == '+' || mig_json_peek(cursor) == '-')
			cursor->pos++;
		if (!skip_digits(cursor))
			return mig_json_unexpected(cursor, "a digit in the exponent");
	}
	*ret_whole = whole;
	return MIG_OK;
}

/* Four hexadecimal digits. */
static bool
read_hex4(struct mig_json_cursor *cursor, uint32_t *ret_code)
{
	static const char digits[] = "0123456789abcdef0123456789ABCDEF";
	uint32_t code = 0;
	for (size_t i = 0; i < 4; i++) {
		int c = mig_json_peek(cursor);
		const char *digit = c > 0 ? strchr(digits, c) : NULL;
		if (digit == NULL)
			return false;
		code = code * 16 + (uint32_t)(digit - digits) % 16;
		cursor->pos++;
	}
	*ret_code = code;
	return true;
}

/* The rest of \uXXXX, from behind the 'u', with its second half where it needs one. */
static int
string_unicode(struct mig_json_cursor *cursor, size_t at, uint32_t *ret_code)
{
	uint32_t code = 0;
	if (!read_hex4(cursor, &code))
		return mig_json_fault_set(cursor, at, NULL, "\\u needs four hexadecimal digits");
	if (code == 0)
		return mig_json_fault_set(cursor, at, NULL, "\\u0000 is not allowed in a string");

	uint32_t low = 0;
	bool high_half = code >= 0xd800 && code <= 0xdbff;
	bool half = code >= 0xd800 && code <= 0xdfff;
	if (high_half && mig_json_ahead(cursor, "\\u")) {
		cursor->pos += 2;
		half = !read_hex4(cursor, &low) || low < 0xdc00 || low > 0xdfff;
	}
	if (half)
		return mig_json_fault_set(cursor, at,
		    "characters above U+FFFF need two \\u in a row",
		    "\\u%04x is only half a character", (unsigned)code);
	*ret_code = high_half ? 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00) : code;
	return MIG_OK;
}

/* One escape, from its backslash on. */
static int
string_escape(struct mig_json_cursor *cursor, struct mig_buf *decoded)
{
	static const char names[] = "\"\\/bfnrt";
	static const char values[] = "\"\\/\b\f\n\r\t";
	size_t at = cursor->pos++;
	int c = mig_json_peek(cursor);
	const char *name = c > 0 ? strchr(names, c) : NULL;
	uint32_t code = 0;
	if (name == NULL && c != 'u')
		return mig_json_fault_set(cursor, at, "a backslash itself is written as \\\\",
		    "unknown escape in a string");
	cursor->pos++;
	if (name != NULL) {
		code = (unsigned char)values[name - names];
	} else {
		int error = string_unicode(cursor, at, &code);
		if (error != MIG_OK)
			return error;
	}
	if (decoded != NULL) {
		char bytes[4];
		size_t count = mig_utf8_encode(code, bytes);
		mig_buf_add(decoded, bytes, count);
	}
	return MIG_OK;
}

/* What is wrong with the byte at which a string cannot go on. */
static int
string_fault(struct mig_json_cursor *cursor, size_t start)
{
	int c = mig_json_peek(cursor);
	if (c < 0)
		return mig_json_fault_set(cursor, start, NULL, "the string has no end");
	if (c == 0)
		return mig_json_fault_set(cursor, cursor->pos, NULL, "a NUL byte is not allowed");
	if (c < 0x20)
		return mig_json_fault_set(cursor, cursor->pos,
		    "write it as an escape, for example \\n",
		    "control character 0x%02x in a string", (unsigned)c);
	return mig_json_fault_set(cursor, cursor->pos, "save the file as UTF-8",
	    "invalid UTF-8 in a string");
}

int
mig_json_fault_set(struct mig_json_cursor *cursor, size_t at, const char *hint, const char *fmt,
    ...)
{
	struct mig_json_fault *fault = cursor->fault;
	fault->at = at;
	fault->hint = hint;
	va_list args;
	va_start(args, fmt);
	(void)vsnprintf(fault->message, sizeof(fault->message), fmt, args);
	va_end(args);
	return MIG_EDOC;
}

int
mig_json_unexpected(struct mig_json_cursor *cursor, const char *wanted)
{
	int c = mig_json_peek(cursor);
	const char *here = cursor->text + cursor->pos;
	if (c < 0)
		return mig_json_fault_set(cursor, cursor->pos, "the text may be cut off",
		    "expected %s, found the end of the text", wanted);
	size_t shown = mig_utf8_sequence(here, cursor->len - cursor->pos);
	if (c < 0x20 || c == 0x7f || shown == 0)
		return mig_json_fault_set(cursor, cursor->pos, NULL,
		    "expected %s, found byte 0x%02x", wanted, (unsigned)c);
	return mig_json_fault_set(cursor, cursor->pos, hint_for(cursor),
	    "expected %s, found \"%.*s\"", wanted, (int)shown, here);
}

int
mig_json_peek(const struct mig_json_cursor *cursor)
{
	return cursor->pos < cursor->len ? (unsigned char)cursor->text[cursor->pos] : -1;
}

bool
mig_json_ahead(const struct mig_json_cursor *cursor, const char *word)
{
	size_t len = strlen(word);
	return len <= cursor->len - cursor->pos &&
	    memcmp(cursor->text + cursor->pos, word, len) == 0;
}

void
mig_json_skip_space(struct mig_json_cursor *cursor)
{
	int c = mig_json_peek(cursor);
	while (c == ' ' || c == '\t' || c == '\n' || c == '\r') {
		cursor->pos++;
		c = mig_json_peek(cursor);
	}
}

int
mig_json_token_word(struct mig_json_cursor *cursor, const char *word)
{
	if (!mig_json_ahead(cursor, word))
		return mig_json_unexpected(cursor, "a value");
	cursor->pos += strlen(word);
	return MIG_OK;
}

int
mig_json_token_number(struct mig_json_cursor *cursor, bool *ret_integer)
{
	size_t start = cursor->pos;
	bool whole = false;
	int error = number_grammar(cursor, &whole);
	if (error != MIG_OK)
		return error;
	size_t len = cursor->pos - start;
	if (len > NUMBER_CHARS_MAX)
		return mig_json_fault_set(cursor, start, NULL,
		    "a number must not have more than %d characters", NUMBER_CHARS_MAX);

	char number[NUMBER_CHARS_MAX + 1];
	memcpy(number, cursor->text + start, len);
	number[len] = '\0';
	double value = 0.0;
	if (mig_num_double(number, &value) != MIG_OK)
		return mig_json_fault_set(cursor, start, NULL, "the number %s is too large",
		    number);
	*ret_integer = whole && integer_is_exact(number);
	return MIG_OK;
}

/* Whether eight bytes are all ASCII and none is a control character, a quote or a backslash. */
static bool
eight_plain(const char *text)
{
	static const uint64_t ones = UINT64_MAX / 255; /* 1 in each byte */
	static const uint64_t tops = UINT64_MAX / 255 * 128;
	uint64_t bytes = 0;
	memcpy(&bytes, text, sizeof(bytes));
	/* A top bit is left where a byte below 128 is less than what is taken away from it. */
	uint64_t control = bytes - ones * 0x20;
	uint64_t quote = (bytes ^ ones * '"') - ones;
	uint64_t backslash = (bytes ^ ones * '\\') - ones;
	return ((bytes | control | quote | backslash) & tops) == 0;
}

size_t
mig_json_plain(const char *text, size_t len)
{
	size_t run = 0;
	while (len - run >= sizeof(uint64_t) && eight_plain(text + run))
		run += sizeof(uint64_t);
	for (;;) {
		unsigned char c = run < len ? (unsigned char)text[run] : '"';
		if (c < 0x20 || c == '"' || c == '\\')
			return run;
		size_t step = c < 0x80 ? 1 : mig_utf8_sequence(text + run, len - run);
		if (step == 0)
			return run;
		run += step;
	}
}

int
mig_json_token_string(struct mig_json_cursor *cursor, struct mig_buf *decoded)
{
	size_t start = cursor->pos++;
	for (;;) {
		const char *here = cursor->text + cursor->pos;
		size_t run = mig_json_plain(here, cursor->len - cursor->pos);
		if (decoded != NULL)
			mig_buf_add(decoded, here, run);
		cursor->pos += run;
		int c = mig_json_peek(cursor);
		if (c == '"')
			break;
		if (c != '\\')
			return string_fault(cursor, start);
		int error = string_escape(cursor, decoded);
		if (error != MIG_OK)
			return error;
	}
	cursor->pos++;
	return MIG_OK;
}
