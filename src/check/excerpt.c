/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include "config.h"

#include <stdbool.h>
#include <string.h>

#include "base/buf.h"
#include "check/excerpt.h"

#define EXCERPT_MAX 500
/* What the schema of reports allows: deep nesting is mostly white space. */
#define EXCERPT_WIDE_MAX 1990
#define INDENT 2

/* One text on its way into two forms: that of one line is only counted. */
struct layout {
	struct mig_buf *out;
	size_t wide;   /* characters of the indented form */
	size_t narrow; /* characters of the form in one line */
	size_t cut;    /* bytes of out where the indented form has EXCERPT_MAX characters */
	int depth;
};

static bool
is_continuation(char c)
{
	return ((unsigned char)c & 0xc0) == 0x80;
}

static void
put(struct layout *layout, char c)
{
	if (!is_continuation(c)) {
		if (layout->wide == EXCERPT_MAX)
			layout->cut = layout->out->len;
		layout->wide++;
	}
	mig_buf_putc(layout->out, c);
}

static void
new_line(struct layout *layout)
{
	put(layout, '\n');
	for (int i = 0; i < layout->depth * INDENT; i++)
		put(layout, ' ');
}

static bool
is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static size_t
skip_space(const char *text, size_t len, size_t at)
{
	while (at < len && is_space(text[at]))
		at++;
	return at;
}

/* The string that begins at an offset; the offset behind it. */
static size_t
put_string(struct layout *layout, const char *text, size_t len, size_t at)
{
	bool escaped = false;
	bool open = true;
	for (size_t i = at; i < len && open && layout->narrow <= EXCERPT_WIDE_MAX; i++) {
		open = i == at || escaped || text[i] != '"';
		escaped = !escaped && text[i] == '\\';
		layout->narrow += !is_continuation(text[i]);
		put(layout, text[i]);
		at = i;
	}
	return at + 1;
}

/* An empty list or object stays in one line. */
static size_t
put_open(struct layout *layout, const char *text, size_t len, size_t at)
{
	size_t next = skip_space(text, len, at + 1);
	layout->narrow++;
	put(layout, text[at]);
	if (next < len && (text[next] == ']' || text[next] == '}')) {
		layout->narrow++;
		put(layout, text[next]);
		return next + 1;
	}
	layout->depth++;
	new_line(layout);
	return at + 1;
}

static void
put_mark(struct layout *layout, char c)
{
	layout->narrow += c == '}' || c == ']' ? 1 : 2;
	if (c == '}' || c == ']') {
		layout->depth -= layout->depth > 0;
		new_line(layout);
		put(layout, c);
	} else if (c == ',') {
		put(layout, c);
		new_line(layout);
	} else {
		put(layout, c);
		put(layout, ' ');
	}
}

/* Cut what is longer than it may be. */
static void
finish(struct layout *layout)
{
	if (layout->narrow <= EXCERPT_MAX && layout->wide <= EXCERPT_WIDE_MAX)
		return;
	if (layout->wide > EXCERPT_MAX)
		mig_buf_truncate(layout->out, layout->cut);
	mig_buf_puts(layout->out, "...");
}

void
mig_excerpt_json(const char *text, size_t len, struct mig_buf *out)
{
	struct layout layout = { .out = out };
	size_t at = 0;
	while ((at = skip_space(text, len, at)) < len && layout.narrow <= EXCERPT_WIDE_MAX &&
	    layout.wide <= EXCERPT_WIDE_MAX) {
		char c = text[at];
		if (c == '"') {
			at = put_string(&layout, text, len, at);
		} else if (c == '{' || c == '[') {
			at = put_open(&layout, text, len, at);
		} else if (strchr("}],:", c) != NULL && c != '\0') {
			put_mark(&layout, c);
			at++;
		} else {
			layout.narrow += !is_continuation(c);
			put(&layout, c);
			at++;
		}
	}
	finish(&layout);
}

void
mig_excerpt_text(const char *text, size_t len, struct mig_buf *out)
{
	struct layout layout = { .out = out };
	for (size_t i = 0; i < len && layout.narrow <= EXCERPT_MAX; i++) {
		layout.narrow += !is_continuation(text[i]);
		put(&layout, text[i]);
	}
	finish(&layout);
}
