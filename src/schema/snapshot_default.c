/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include "config.h"

#include <string.h>

#include "base/json_token.h"
#include "base/limits.h"
#include "base/num.h"
#include "schema/snapshot_int.h"

/* A document says "now()" for the time of the insert, and "pending" for a text. */

static bool
is_word(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	    c == '_';
}

static size_t
word_length(const char *text)
{
	size_t len = 0;
	if (text[0] >= '0' && text[0] <= '9')
		return 0;
	while (is_word(text[len]))
		len++;
	return len;
}

/* Whether a word of len bytes is one of those, in whatever letters. */
static bool
is_one_of(const char *text, size_t len, const char *const *words)
{
	for (; *words != NULL; words++)
		if (strlen(*words) == len && strncasecmp(*words, text, len) == 0)
			return true;
	return false;
}

/* The length of a text in single quotes, with them; 0: it has no end. */
static size_t
quoted_length(const char *text)
{
	if (text[0] != '\'')
		return 0;
	for (size_t i = 1; text[i] != '\0'; i++) {
		if (text[i] != '\'')
			continue;
		if (text[i + 1] != '\'')
			return i + 1;
		i++;
	}
	return 0;
}

/* The length of what stands in brackets, with them; 0: they do not end. */
static size_t
bracket_length(const char *text)
{
	size_t open = 0;
	for (size_t i = 0; text[i] != '\0'; i++) {
		if (text[i] == '\'') {
			size_t len = quoted_length(text + i);
			if (len == 0)
				return 0;
			i += len - 1;
		} else if (text[i] == '(' || text[i] == '[') {
			open++;
		} else if ((text[i] == ')' || text[i] == ']') && --open == 0) {
			return i + 1;
		}
	}
	return 0;
}

/* Words that are an expression by themselves. */
static const char *const keywords[] = { "current_timestamp", "current_date", "current_time",
	"current_user", "current_role", "current_schema", "current_catalog", "session_user",
	"localtime", "localtimestamp", NULL };

/* Words that are values of some type, but words in a text. */
static const char *const constants[] = { "null", "true", "false", NULL };

/* Words before a text in quotes. */
static const char *const prefixes[] = { "b", "x", "e", "n", "date", "time", "timestamp",
	"timestamptz", "interval", NULL };

/* A function's name, with dots, and its brackets. */
static size_t
call_length(const char *text)
{
	size_t len = 0;
	for (;;) {
		size_t word = word_length(text + len);
		if (word == 0)
			return 0;
		len += word;
		if (text[len] != '.')
			break;
		len++;
	}
	bool brackets = text[len] == '(' ||
	    (text[len] == '[' && is_one_of(text, len, (const char *const[]){ "array", NULL }));
	size_t inside = brackets ? bracket_length(text + len) : 0;
	return inside == 0 ? 0 : len + inside;
}

/* The first operand of an expression; 0: none begins here. */
static size_t
operand_length(const char *text, bool textual)
{
	size_t word = word_length(text);
	size_t len = quoted_length(text);
	if (len > 0)
		return len;
	len = call_length(text);
	if (len > 0)
		return len;
	if (is_one_of(text, word, keywords) || (!textual && is_one_of(text, word, constants)))
		return word;
	if (is_one_of(text, word, prefixes)) {
		size_t space = text[word] == ' ' ? 1 : 0;
		len = quoted_length(text + word + space);
		return len == 0 ? 0 : word + space + len;
	}
	if (textual)
		return 0;
	if (text[0] == '(')
		return bracket_length(text);
	len = text[0] == '-' ? 1 : 0;
	return strspn(text + len, "0123456789.") > 0 ? len + strspn(text + len, "0123456789.") : 0;
}

/* Whether what stands behind an operand goes on with an expression. */
static bool
goes_on(const char *text, bool textual)
{
	static const char *const operators[] = { "::", "||", "AT TIME ZONE ", "+", "-", "*", "/",
		"%" };
	size_t count = textual ? 3 : sizeof(operators) / sizeof(operators[0]);
	text += strspn(text, " ");
	for (size_t i = 0; i < count; i++)
		if (strncasecmp(text, operators[i], strlen(operators[i])) == 0)
			return text[strlen(operators[i])] != '\0';
	return false;
}

/* Where ON UPDATE begins, with the spaces before it; NULL: nowhere. */
static const char *
find_update(const char *text)
{
	static const char words[] = " on update ";
	for (; *text != '\0'; text++)
		if (strncasecmp(text, words, sizeof(words) - 1) == 0)
			return text;
	return NULL;
}

/* Append an expression; what people write in either case is written in one. */
static void
add_expression(const char *text, size_t len, struct mig_buf *sql)
{
	size_t word = word_length(text);
	bool keyword = is_one_of(text, word, keywords);
	for (size_t i = 0; i < word && i < len; i++) {
		char c = text[i];
		if (keyword && c >= 'a' && c <= 'z')
			c = (char)(c - 'a' + 'A');
		else if (!keyword && text[word] == '(' && c >= 'A' && c <= 'Z')
			c = (char)(c - 'A' + 'a');
		mig_buf_putc(sql, c);
	}
	mig_buf_add(sql, text + word, len - word);
}

/* Append a text as a literal. */
static void
add_literal(enum mig_db_dialect dialect, const char *text, struct mig_buf *sql)
{
	mig_buf_putc(sql, '\'');
	for (; *text != '\0'; text++) {
		if (*text == '\'' || (*text == '\\' && dialect == MIG_DB_MYSQL))
			mig_buf_putc(sql, *text);
		mig_buf_putc(sql, *text);
	}
	mig_buf_putc(sql, '\'');
}

/* Whether values of the type are texts, so that words are nothing else. */
static bool
is_textual(const char *type)
{
	static const char *const begins[] = { "char", "varchar", "text", "tinytext", "mediumtext",
		"longtext", "citext", "enum(", "set(", "\"char\"", "bpchar", "nchar", "nvarchar",
		"name" };
	if (type == NULL)
		return true;
	for (size_t i = 0; i < sizeof(begins) / sizeof(begins[0]); i++)
		if (strncmp(type, begins[i], strlen(begins[i])) == 0)
			return true;
	return false;
}

static void
add_text(enum mig_db_dialect dialect, bool textual, const char *text, struct mig_buf *sql,
    struct mig_buf *on_update)
{
	size_t len = operand_length(text, textual);
	const char *update = len > 0 ? find_update(text + len) : NULL;
	if (len > 0 && update == text + len) {
		add_expression(text, len, sql);
		update += strlen(" on update ");
		add_expression(update, strlen(update), on_update);
	} else if (len > 0 && (text[len] == '\0' || goes_on(text + len, textual))) {
		add_expression(text, strlen(text), sql);
	} else {
		add_literal(dialect, text, sql);
	}
}

void
mig_snap_default(enum mig_db_dialect dialect, const char *type, struct mig_text json,
    struct mig_buf *sql, struct mig_buf *on_update)
{
	if (json.len == 0 || json.data[0] == 'n')
		return;
	if (json.data[0] != '"') {
		mig_buf_add(sql, json.data, json.len);
		return;
	}
	struct mig_json_fault fault;
	struct mig_json_cursor cursor = { json.data, json.len, 0, &fault };
	struct mig_buf text;
	mig_buf_init(&text, MIG_DB_BYTES_MAX);
	if (mig_json_token_string(&cursor, &text) == MIG_OK && mig_buf_ok(&text))
		add_text(dialect, is_textual(type), text.data, sql, on_update);
	else
		sql->failed = true;
	mig_buf_fini(&text);
}
