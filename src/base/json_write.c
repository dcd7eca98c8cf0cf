/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "base/buf.h"
#include "base/json.h"
#include "base/json_token.h"
#include "base/json_write.h"
#include "base/num.h"

#define REPLACEMENT "\xef\xbf\xbd" /* U+FFFD */

/* The escape for a byte below 0x20, a quote or a backslash. */
static void
write_escape(struct mig_buf *out, unsigned char c)
{
	static const char values[] = "\"\\\b\f\n\r\t";
	static const char names[] = "\"\\bfnrt";
	const char *value = c == 0 ? NULL : strchr(values, c);
	if (value != NULL) {
		mig_buf_putc(out, '\\');
		mig_buf_putc(out, names[value - values]);
	} else {
		mig_buf_printf(out, "\\u%04x", (unsigned)c);
	}
}

static void
write_quoted(struct mig_buf *out, const char *text)
{
	const char *end = text + strlen(text);
	size_t run = mig_json_plain(text, (size_t)(end - text));
	if (text + run == end) {
		char *start = mig_buf_extend(out, run + 2);
		if (start != NULL) {
			start[0] = '"';
			memcpy(start + 1, text, run);
			start[run + 1] = '"';
		}
		return;
	}
	mig_buf_putc(out, '"');
	while (text + run < end) {
		mig_buf_add(out, text, run);
		text += run;
		unsigned char c = (unsigned char)*text++;
		if (c < 0x80)
			write_escape(out, c);
		else
			mig_buf_puts(out, REPLACEMENT);
		run = mig_json_plain(text, (size_t)(end - text));
	}
	mig_buf_add(out, text, run);
	mig_buf_putc(out, '"');
}

static void
write_newline(struct mig_jw *jw)
{
	if (jw->indent == 0)
		return;
	static const char spaces[] = "                ";
	size_t left = (size_t)(jw->indent * jw->depth);
	mig_buf_putc(jw->out, '\n');
	for (size_t part = 0; left > 0; left -= part) {
		part = left < sizeof(spaces) - 1 ? left : sizeof(spaces) - 1;
		mig_buf_add(jw->out, spaces, part);
	}
}

/* What stands in front of a value: the comma, the new line and the key. */
static void
write_lead(struct mig_jw *jw, const char *key)
{
	if (jw->comma)
		mig_buf_putc(jw->out, ',');
	if (jw->depth > 0)
		write_newline(jw);
	if (key != NULL) {
		write_quoted(jw->out, key);
		mig_buf_puts(jw->out, jw->indent > 0 ? ": " : ":");
	}
	jw->comma = true;
}

static void
write_open(struct mig_jw *jw, const char *key, char bracket)
{
	write_lead(jw, key);
	mig_buf_putc(jw->out, bracket);
	jw->depth++;
	jw->comma = false;
}

static void
write_close(struct mig_jw *jw, char bracket)
{
	MIG_ASSERT(jw->depth > 0);
	jw->depth--;
	/* Nothing was written since the bracket was opened: keep both together. */
	if (jw->comma)
		write_newline(jw);
	mig_buf_putc(jw->out, bracket);
	jw->comma = true;
}

void
mig_jw_init(struct mig_jw *jw, struct mig_buf *out, int indent)
{
	memset(jw, 0, sizeof(*jw));
	jw->out = out;
	jw->indent = indent;
}

void
mig_jw_object(struct mig_jw *jw, const char *key)
{
	write_open(jw, key, '{');
}

void
mig_jw_object_end(struct mig_jw *jw)
{
	write_close(jw, '}');
}

void
mig_jw_array(struct mig_jw *jw, const char *key)
{
	write_open(jw, key, '[');
}

void
mig_jw_array_end(struct mig_jw *jw)
{
	write_close(jw, ']');
}

void
mig_jw_string(struct mig_jw *jw, const char *key, const char *value)
{
	if (value == NULL) {
		mig_jw_null(jw, key);
		return;
	}
	write_lead(jw, key);
	write_quoted(jw->out, value);
}

void
mig_jw_number(struct mig_jw *jw, const char *key, double value)
{
	if (!isfinite(value)) {
		mig_jw_null(jw, key);
		return;
	}
	write_lead(jw, key);
	mig_num_format(value, jw->out);
}

void
mig_jw_int(struct mig_jw *jw, const char *key, int64_t value)
{
	write_lead(jw, key);
	mig_num_format_int(value, jw->out);
}

void
mig_jw_bool(struct mig_jw *jw, const char *key, bool value)
{
	mig_jw_raw(jw, key, value ? "true" : "false");
}

void
mig_jw_null(struct mig_jw *jw, const char *key)
{
	mig_jw_raw(jw, key, "null");
}

void
mig_jw_time(struct mig_jw *jw, const char *key, mig_wall at)
{
	char text[MIG_TIME_TEXT];
	mig_jw_string(jw, key, at.ms == 0 ? NULL : mig_time_format(at, text));
}

void
mig_jw_seconds(struct mig_jw *jw, const char *key, int64_t ms)
{
	/* In integers, so that no rounding can creep in. */
	uint64_t size = ms < 0 ? 0 - (uint64_t)ms : (uint64_t)ms;
	unsigned fraction = (unsigned)(size % 1000);
	int decimals = 3;
	write_lead(jw, key);
	mig_buf_printf(jw->out, "%s%" PRIu64, ms < 0 ? "-" : "", size / 1000);
	if (fraction == 0)
		return;
	for (; fraction % 10 == 0; fraction /= 10)
		decimals--;
	mig_buf_printf(jw->out, ".%0*u", decimals, fraction);
}

/* 30.0 stays apart from 30: identifiers of documents keep them apart, too. */
static void
write_number(struct mig_jw *jw, const char *key, const struct mig_json *node)
{
	write_lead(jw, key);
	size_t start = jw->out->len;
	mig_num_format(mig_json_number(node), jw->out);
	if (!mig_json_is_integer(node) && strpbrk(jw->out->data + start, ".e") == NULL)
		mig_buf_puts(jw->out, ".0");
}

void
mig_jw_node(struct mig_jw *jw, const char *key, const struct mig_json *node)
{
	const struct mig_json *child = mig_json_first(node);
	enum mig_json_type type = node == NULL ? MIG_JSON_NULL : mig_json_type(node);
	switch (type) {
	case MIG_JSON_NULL:
		mig_jw_null(jw, key);
		return;
	case MIG_JSON_BOOL:
		mig_jw_bool(jw, key, mig_json_bool(node));
		return;
	case MIG_JSON_NUMBER:
		write_number(jw, key, node);
		return;
	case MIG_JSON_STRING:
		mig_jw_string(jw, key, mig_json_string(node));
		return;
	case MIG_JSON_ARRAY:
	case MIG_JSON_OBJECT:
		break;
	}
	write_open(jw, key, type == MIG_JSON_OBJECT ? '{' : '[');
	for (; child != NULL; child = mig_json_next(child))
		mig_jw_node(jw, mig_json_key(child), child);
	write_close(jw, type == MIG_JSON_OBJECT ? '}' : ']');
}

void
mig_jw_raw(struct mig_jw *jw, const char *key, const char *json)
{
	write_lead(jw, key);
	mig_buf_puts(jw->out, json);
}
