/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/arena.h"
#include "base/buf.h"
#include "engine/ddl_int.h"

#define SQL_BYTES_MAX (1024U * 1024U)

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

static const char word_bytes[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_$";
static const char spaces[] = " \t\r\n";

/* A copy without white space at either end; NULL when the arena has failed. */
static char *
trimmed(struct mig_arena *arena, const char *text, size_t len)
{
	while (len > 0 && strchr(spaces, *text) != NULL) {
		text++;
		len--;
	}
	while (len > 0 && strchr(spaces, text[len - 1]) != NULL)
		len--;
	return mig_arena_strndup(arena, text, len);
}

/* What stands behind a keyword at the start of a text; NULL when it does not start with it. */
static const char *
behind(const char *text, const char *keyword)
{
	size_t len = strlen(keyword);
	if (strncasecmp(text, keyword, len) != 0 || strspn(text + len, word_bytes) > 0)
		return NULL;
	return text + len + strspn(text + len, spaces);
}

/* Whether a text is one pair of parentheses with what is in them. */
static bool
in_parentheses(const char *text)
{
	size_t len = strlen(text);
	int depth = 0;
	char quote = '\0';
	for (size_t i = 0; i < len; i++) {
		if (quote != '\0') {
			if (text[i] == quote)
				quote = '\0';
			continue;
		}
		if (text[i] == '\'' || text[i] == '"')
			quote = text[i];
		else if (text[i] == '(')
			depth++;
		else if (text[i] == ')')
			depth--;
		if (depth == 0)
			return i > 0 && i + 1 == len;
	}
	return false;
}

/* Whether all that follows a name in an index is an order or an operator class. */
static bool
is_order(const char *rest)
{
	static const char *const words[] = { "asc", "desc", "nulls", "first", "last" };
	while (*(rest += strspn(rest, spaces)) != '\0') {
		size_t run = strspn(rest, word_bytes);
		bool known = run > 4 && strncmp(rest + run - 4, "_ops", 4) == 0;
		for (size_t i = 0; i < COUNT_OF(words); i++)
			known = known ||
			    (strlen(words[i]) == run && strncasecmp(rest, words[i], run) == 0);
		if (run == 0 || !known)
			return false;
		rest += run;
	}
	return true;
}

char *
mig_ddl_index_column(struct mig_arena *arena, const char *text)
{
	char *whole = trimmed(arena, text, strlen(text));
	if (whole == NULL || *whole == '"')
		return whole;
	size_t run = strspn(whole, word_bytes);
	if (strchr(whole, '(') != NULL) {
		bool call = run > 0 && whole[run] == '(';
		return call || *whole == '(' ? whole : mig_arena_printf(arena, "(%s)", whole);
	}
	if (run == 0 || whole[run] == '\0' || !is_order(whole + run))
		return mig_ddl_name(arena, whole);
	const char *name = mig_arena_strndup(arena, whole, run);
	const char *quoted = name == NULL ? NULL : mig_ddl_name(arena, name);
	return quoted == NULL ? NULL : mig_arena_printf(arena, "%s%s", quoted, whole + run);
}

/* One column of a list in SQL, as SQL reads it: small letters unless in quotes. */
static bool
append_column(struct mig_arena *arena, const char *text, size_t len, struct mig_buf *out)
{
	char *name = trimmed(arena, text, len);
	if (name == NULL || *name == '\0')
		return false;
	len = strlen(name);
	bool quoted = len > 2 && *name == '"' && strcspn(name + 1, "\"") == len - 2;
	if (!quoted && strspn(name, word_bytes) != len)
		return false;
	for (char *c = name; !quoted && *c != '\0'; c++)
		if (*c >= 'A' && *c <= 'Z')
			*c = (char)(*c - 'A' + 'a');
	if (out->len > 0)
		mig_buf_puts(out, ", ");
	mig_buf_puts(out, quoted ? name : mig_ddl_name(arena, name));
	return true;
}

static char *
column_list(struct mig_arena *arena, const char *text)
{
	struct mig_buf out;
	char *list = trimmed(arena, text, strlen(text));
	if (list == NULL)
		return NULL;
	if (in_parentheses(list)) {
		list[strlen(list) - 1] = '\0';
		list++;
	}
	mig_buf_init(&out, SQL_BYTES_MAX);
	bool good = true;
	for (const char *at = list; good; at++) {
		size_t len = strcspn(at, ",");
		good = append_column(arena, at, len, &out);
		at += len;
		if (*at == '\0')
			break;
	}
	char *columns = good && mig_buf_ok(&out) ? mig_arena_strdup(arena, out.data) : NULL;
	mig_buf_fini(&out);
	return columns;
}

/* A definition without "UNIQUE" or "PRIMARY KEY" in front. */
static const char *
key_body(const char *kind, const char *text)
{
	bool primary = strcmp(kind, "primary_key") == 0;
	text += strspn(text, spaces);
	const char *body = behind(text, primary ? "primary" : "unique");
	if (body != NULL && primary)
		body = behind(body, "key");
	return body == NULL ? text : body;
}

char *
mig_ddl_key_columns(struct mig_arena *arena, const char *kind, const char *definition)
{
	return column_list(arena, key_body(kind, definition));
}

/* "a, b REFERENCES t (c)" with or without FOREIGN KEY and parentheses. */
static char *
foreign_key(struct mig_arena *arena, char *text)
{
	char *references = text;
	while (behind(references, "references") == NULL) {
		references += strspn(references, word_bytes);
		references += strcspn(references, word_bytes);
		if (*references == '\0')
			return mig_arena_printf(arena, "FOREIGN KEY (%s)", text);
	}
	char *list = trimmed(arena, text, (size_t)(references - text));
	if (list == NULL)
		return NULL;
	const char *columns = column_list(arena, list);
	return mig_arena_printf(arena, "FOREIGN KEY (%s) %s", columns == NULL ? list : columns,
	    references);
}

/* Cut "NOT VALID" off the end: whether rows are checked at once is for us to say. */
static void
cut_not_valid(char *text)
{
	static const char *const words[] = { "valid", "not" };
	size_t len = strlen(text);
	for (size_t i = 0; i < COUNT_OF(words); i++) {
		size_t run = strlen(words[i]);
		if (len <= run || strncasecmp(text + len - run, words[i], run) != 0 ||
		    strchr(word_bytes, text[len - run - 1]) != NULL)
			return;
		len -= run;
		while (len > 0 && strchr(spaces, text[len - 1]) != NULL)
			len--;
	}
	text[len] = '\0';
}

char *
mig_ddl_definition(struct mig_arena *arena, const char *kind, const char *definition)
{
	char *text = trimmed(arena, definition, strlen(definition));
	if (text == NULL)
		return NULL;
	cut_not_valid(text);
	if (strcmp(kind, "check") == 0) {
		if (behind(text, "check") != NULL)
			return text;
		return mig_arena_printf(arena, in_parentheses(text) ? "CHECK %s" : "CHECK (%s)",
		    text);
	}
	if (strcmp(kind, "foreign_key") == 0)
		return behind(text, "foreign") != NULL ? text : foreign_key(arena, text);
	const char *body = key_body(kind, text);
	if (body != text)
		return text;
	const char *keyword = strcmp(kind, "unique") == 0 ? "UNIQUE" : "PRIMARY KEY";
	/* "(a) DEFERRABLE" has its parentheses already. */
	return mig_arena_printf(arena, *text == '(' ? "%s %s" : "%s (%s)", keyword, text);
}
