/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <string.h>

#include "base/buf.h"
#include "base/limits.h"
#include "engine/runbook_quote.h"

#define LOWER "abcdefghijklmnopqrstuvwxyz"
#define LETTERS LOWER "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGITS "0123456789"
#define WORD LETTERS DIGITS ".:_/-"
#define URL WORD "?#[]@!$&()*+,;=~%{}"

/* In a shell's double quotes the statement of psql -c has quotes of its own. */
static void
pass_bash(struct mig_quote *quote, char c)
{
	bool start = quote->before == '\0' || quote->before == '\n' || quote->before == ' ';
	if (quote->open == 0) {
		if (c == '\\')
			quote->escaped = true;
		else if (c == '\'' || c == '"' || (c == '#' && start))
			quote->open = c;
		quote->nested = false;
	} else if (quote->open == '"') {
		if (c == '\\')
			quote->escaped = true;
		else if (c == '\'')
			quote->nested = !quote->nested;
		else if (c == '"')
			quote->open = 0;
	} else if (c == (quote->open == '#' ? '\n' : quote->open)) {
		quote->open = 0;
	}
}

static void
pass_sql(struct mig_quote *quote, char c)
{
	if (quote->open == 0) {
		if (c == '\'' || c == '"')
			quote->open = c;
		else if (c == '-' && quote->before == '-')
			quote->open = '#';
	} else if (c == (quote->open == '#' ? '\n' : quote->open)) {
		quote->open = 0;
	}
}

void
mig_quote_pass(struct mig_quote *quote, char c)
{
	if (quote->escaped) {
		quote->escaped = false;
	} else {
		switch (quote->place) {
		case MIG_PLACE_BASH:
			pass_bash(quote, c);
			break;
		case MIG_PLACE_SQL:
			pass_sql(quote, c);
			break;
		case MIG_PLACE_HTTP:
			quote->body = quote->body || (c == '\n' && quote->before == '\n');
			break;
		case MIG_PLACE_PLAIN:
			break;
		}
	}
	quote->before = c;
}

size_t
mig_quote_name(const struct mig_quote *quote, const char *text)
{
	if (*text != '{' || quote->before == '$')
		return 0;
	size_t len = strspn(text + 1, LOWER DIGITS "_");
	return len > 0 && text[1 + len] == '}' ? len : 0;
}

bool
mig_quote_is_word(const char *text)
{
	return *text != '\0' && *text != '-' && strspn(text, WORD) == strlen(text);
}

/* Append text with one character replaced. */
static void
replace(const char *text, char c, const char *by, struct mig_buf *out)
{
	for (; *text != '\0'; text++) {
		if (*text == c)
			mig_buf_puts(out, by);
		else
			mig_buf_putc(out, *text);
	}
}

static void
put_escaped(const char *text, const char *special, struct mig_buf *out)
{
	for (; *text != '\0'; text++) {
		if (strchr(special, *text) != NULL)
			mig_buf_putc(out, '\\');
		mig_buf_putc(out, *text);
	}
}

/* Always in quotes: so a reserved word is a name, too, and letters keep their case. */
static void
put_identifier(const char *text, struct mig_buf *out)
{
	mig_buf_putc(out, '"');
	replace(text, '.', "\".\"", out);
	mig_buf_putc(out, '"');
}

static void
put_bash(const struct mig_quote *quote, const char *value, struct mig_buf *out)
{
	struct mig_buf inner;
	mig_buf_init(&inner, MIG_DOC_BYTES_MAX);
	switch (quote->open) {
	case '\'':
		replace(value, '\'', "'\\''", out);
		break;
	case '"':
		replace(value, '\'', quote->nested ? "''" : "'", &inner);
		put_escaped(inner.data, "\\\"$`", out);
		break;
	case '#':
		mig_buf_puts(out, value);
		break;
	default:
		if (mig_quote_is_word(value)) {
			mig_buf_puts(out, value);
			break;
		}
		mig_buf_putc(out, '\'');
		replace(value, '\'', "'\\''", out);
		mig_buf_putc(out, '\'');
		break;
	}
	if (!mig_buf_ok(&inner))
		out->failed = true;
	mig_buf_fini(&inner);
}

static void
put_sql(const struct mig_quote *quote, enum mig_value_kind kind, const char *value,
    struct mig_buf *out)
{
	bool bare = quote->open == 0;
	if (quote->open == '#' || (bare && kind != MIG_VALUE_TEXT)) {
		mig_buf_puts(out, value);
		return;
	}
	mig_buf_puts(out, bare ? "'" : "");
	replace(value, quote->open == '"' ? '"' : '\'', quote->open == '"' ? "\"\"" : "''", out);
	mig_buf_puts(out, bare ? "'" : "");
}

/* In the head only what may stand in an address; in the body a part of a JSON string. */
static void
put_http(const struct mig_quote *quote, const char *value, struct mig_buf *out)
{
	if (quote->body) {
		put_escaped(value, "\\\"", out);
		return;
	}
	for (; *value != '\0'; value++) {
		if (strchr(URL, *value) != NULL)
			mig_buf_putc(out, *value);
		else
			mig_buf_printf(out, "%%%02X", (unsigned)(unsigned char)*value);
	}
}

void
mig_quote_put(const struct mig_quote *quote, enum mig_value_kind kind, const char *value,
    struct mig_buf *out)
{
	struct mig_buf name;
	mig_buf_init(&name, MIG_DOC_BYTES_MAX);
	bool script = quote->place == MIG_PLACE_BASH || quote->place == MIG_PLACE_SQL;
	if (kind == MIG_VALUE_IDENTIFIER && script && quote->open != '#') {
		put_identifier(value, &name);
		value = name.data;
	}
	switch (kind == MIG_VALUE_STATEMENT ? MIG_PLACE_PLAIN : quote->place) {
	case MIG_PLACE_BASH:
		put_bash(quote, value, out);
		break;
	case MIG_PLACE_SQL:
		put_sql(quote, kind, value, out);
		break;
	case MIG_PLACE_HTTP:
		put_http(quote, value, out);
		break;
	case MIG_PLACE_PLAIN:
		mig_buf_puts(out, value);
		break;
	}
	if (!mig_buf_ok(&name))
		out->failed = true;
	mig_buf_fini(&name);
}
