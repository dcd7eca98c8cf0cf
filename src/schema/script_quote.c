/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include "config.h"

#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/utf8.h"
#include "schema/script_quote.h"
#include "schema/type.h"

static bool
is_word_start(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
	    (unsigned char)c >= 0x80;
}

static bool
is_word(char c)
{
	return is_word_start(c) || (c >= '0' && c <= '9') || c == '$';
}

/* Only what the server itself would leave as it is. */
static bool
is_plain(const char *name)
{
	if (!((*name >= 'a' && *name <= 'z') || *name == '_'))
		return false;
	for (const char *p = name; *p != '\0'; p++)
		if (!((*p >= 'a' && *p <= 'z') || (*p >= '0' && *p <= '9') || *p == '_'))
			return false;
	return !mig_db_type_reserved(name);
}

static void
put_doubled(struct mig_buf *out, const char *text, char quote)
{
	mig_buf_putc(out, quote);
	for (; *text != '\0'; text++) {
		if (*text == quote)
			mig_buf_putc(out, quote);
		mig_buf_putc(out, *text);
	}
	mig_buf_putc(out, quote);
}

void
mig_sql_put_name(struct mig_buf *out, enum mig_db_dialect dialect, const char *name)
{
	if (dialect == MIG_DB_MYSQL)
		put_doubled(out, name, '`');
	else if (is_plain(name))
		mig_buf_puts(out, name);
	else
		put_doubled(out, name, '"');
}

void
mig_sql_put_literal(struct mig_buf *out, enum mig_db_dialect dialect, const char *text)
{
	bool backslash = strchr(text, '\\') != NULL;
	if (backslash && dialect == MIG_DB_POSTGRESQL)
		mig_buf_putc(out, 'E');
	mig_buf_putc(out, '\'');
	for (; *text != '\0'; text++) {
		if (*text == '\'' || *text == '\\')
			mig_buf_putc(out, *text);
		mig_buf_putc(out, *text);
	}
	mig_buf_putc(out, '\'');
}

/* Behind the literal whose quote is at p. */
static const char *
pass_quote(const char *p, bool escapes)
{
	for (p++; *p != '\0'; p++) {
		bool escaped = escapes && *p == '\\' && p[1] != '\0';
		if (escaped || (*p == '\'' && p[1] == '\''))
			p++;
		else if (*p == '\'')
			return p + 1;
	}
	return p;
}

/* Behind the dollar quote at p; NULL when it is none. */
static const char *
pass_dollar(const char *p)
{
	size_t len = 1;
	while (is_word_start(p[len]))
		len++;
	if (p[len] != '$')
		return NULL;
	len++;
	const char *end = p + len;
	while (*end != '\0' && strncmp(end, p, len) != 0)
		end++;
	return *end != '\0' ? end + len : end;
}

static const char *
pass_comment(const char *p)
{
	const char *end = strstr(p, p[0] == '-' ? "\n" : "*/");
	return end == NULL ? p + strlen(p) : end + (p[0] == '-' ? 1 : 2);
}

static void
keep(struct mig_sql_word *word, size_t *len, char c)
{
	if (*len + 1 < sizeof(word->name))
		word->name[(*len)++] = c;
	word->name[*len] = '\0';
}

/* The word at p, which is the first byte of one; the place behind it. */
static const char *
take_word(const char *p, struct mig_sql_word *word)
{
	size_t len = 0;
	word->start = p;
	word->name[0] = '\0';
	char quote = *p == '"' || *p == '`' ? *p : '\0';
	if (quote != '\0') {
		for (p++; *p != '\0' && (*p != quote || p[1] == quote); p++) {
			p += *p == quote;
			keep(word, &len, *p);
		}
		p += *p != '\0';
	} else {
		for (; is_word(*p); p++)
			keep(word, &len, *p >= 'A' && *p <= 'Z' ? (char)(*p - 'A' + 'a') : *p);
	}
	word->len = (size_t)(p - word->start);
	return p;
}

bool
mig_sql_next(const char **text, struct mig_sql_word *ret_word)
{
	const char *p = *text;
	while (*p != '\0') {
		bool escapes = (*p == 'e' || *p == 'E') && p[1] == '\'';
		const char *behind = *p == '$' ? pass_dollar(p) : NULL;
		if (*p == '\'' || escapes) {
			p = pass_quote(p + (escapes ? 1 : 0), escapes);
		} else if ((p[0] == '-' && p[1] == '-') || (p[0] == '/' && p[1] == '*')) {
			p = pass_comment(p);
		} else if (behind != NULL) {
			p = behind;
		} else if (is_word_start(*p) || *p == '"' || *p == '`') {
			*text = take_word(p, ret_word);
			return true;
		} else {
			size_t digits = 0;
			while (is_word(p[digits]))
				digits++;
			p += digits > 0 ? digits : 1;
		}
	}
	*text = p;
	return false;
}

bool
mig_sql_mentions(const char *text, const char *name)
{
	struct mig_sql_word word;
	if (text == NULL || name == NULL)
		return false;
	while (mig_sql_next(&text, &word))
		if (strcmp(word.name, name) == 0)
			return true;
	return false;
}

const char *
mig_sql_made_name(struct mig_arena *arena, const char *first, const char *second, const char *label)
{
	size_t first_len = strlen(first);
	size_t second_len = second != NULL ? strlen(second) : 0;
	size_t rest = strlen(label) + 1 + (second != NULL ? 1 : 0);
	size_t room = rest < MIG_SQL_NAME_MAX ? MIG_SQL_NAME_MAX - rest : 0;
	while (first_len + second_len > room) {
		if (first_len > second_len)
			first_len--;
		else
			second_len--;
	}
	first_len = mig_utf8_cut(first, strlen(first), first_len);
	second_len = second != NULL ? mig_utf8_cut(second, strlen(second), second_len) : 0;
	return mig_arena_printf(arena, "%.*s%s%.*s_%s", (int)first_len, first,
	    second != NULL ? "_" : "", (int)second_len, second != NULL ? second : "", label);
}
