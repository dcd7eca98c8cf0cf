/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include "config.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "source/review_mysql_int.h"

static char
peek(const struct mysql_split *split, size_t ahead)
{
	return split->at + ahead < split->len ? split->text[split->at + ahead] : '\0';
}

static bool
is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

static bool
is_word(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	    c == '_' || c == '$' || ((unsigned char)c & 0x80U) != 0;
}

static void
step(struct mysql_split *split, size_t count)
{
	for (; count > 0 && split->at < split->len; count--)
		split->line += split->text[split->at++] == '\n';
}

static void
skip_line(struct mysql_split *split)
{
	while (split->at < split->len && peek(split, 0) != '\n')
		split->at++;
}

/* A comment in the manner of C; what a server runs of one is not skipped. */
static bool
skip_block(struct mysql_split *split, bool *ret_open)
{
	size_t mark = peek(split, 2) == 'M' && peek(split, 3) == '!' ? 4 : 3;
	if (peek(split, mark - 1) == '!') {
		step(split, mark);
		while (peek(split, 0) >= '0' && peek(split, 0) <= '9')
			split->at++;
		split->in_version = true;
		return true;
	}
	const char *end = split->len - split->at >= 4 ?
	    memmem(split->text + split->at + 2, split->len - split->at - 2, "*/", 2) :
	    NULL;
	*ret_open = end == NULL;
	step(split, end != NULL ? (size_t)(end - split->text) + 2 - split->at : split->len);
	return true;
}

static bool
skip_meaningless(struct mysql_split *split, bool *ret_open)
{
	char c = peek(split, 0);
	char next = peek(split, 1);
	if (split->at >= split->len)
		return false;
	if (is_space(c)) {
		step(split, 1);
		return true;
	}
	if (c == '#' ||
	    (c == '-' && next == '-' && (is_space(peek(split, 2)) || peek(split, 2) == '\0'))) {
		skip_line(split);
		return true;
	}
	if (c == '/' && next == '*')
		return skip_block(split, ret_open);
	if (c != '*' || next != '/' || !split->in_version)
		return false;
	split->in_version = false;
	step(split, 2);
	return true;
}

/* From an opening quote to behind the closing one; a doubled one closes and opens again. */
static void
read_quoted(struct mysql_split *split, struct mysql_token *token, bool *ret_open)
{
	char quote = peek(split, 0);
	step(split, 1);
	token->kind = quote == '`' ? MYSQL_NAME : MYSQL_STRING;
	token->text = split->text + split->at;
	while (split->at < split->len && peek(split, 0) != quote) {
		bool escape = peek(split, 0) == '\\' && quote != '`' && split->at + 1 < split->len;
		step(split, escape ? 2 : 1);
	}
	token->len = (size_t)(split->text + split->at - token->text);
	*ret_open = split->at >= split->len;
	step(split, 1);
}

static void
read_token(struct mysql_split *split, struct mysql_token *token, bool *ret_open)
{
	char c = peek(split, 0);
	*token = (struct mysql_token){ MYSQL_MARK, split->text + split->at, 1, 0 };
	if (c == '\'' || c == '"' || c == '`') {
		read_quoted(split, token, ret_open);
	} else if (is_word(c)) {
		token->kind = MYSQL_WORD;
		while (is_word(peek(split, 0)))
			split->at++;
		token->len = (size_t)(split->text + split->at - token->text);
	} else {
		token->len = c == ':' && peek(split, 1) == ':' ? 2 : 1;
		step(split, token->len);
	}
}

static bool
at_delimiter(const struct mysql_split *split)
{
	size_t len = strlen(split->delimiter);
	return split->len - split->at >= len &&
	    memcmp(split->text + split->at, split->delimiter, len) == 0;
}

/* DELIMITER and what it is to be, which is the client's own and no statement. */
static bool
take_delimiter(struct mysql_split *split)
{
	static const char word[] = "delimiter";
	size_t len = sizeof(word) - 1;
	if (split->len - split->at <= len || strncasecmp(split->text + split->at, word, len) != 0 ||
	    is_word(peek(split, len)))
		return false;
	step(split, len);
	while (peek(split, 0) == ' ' || peek(split, 0) == '\t')
		step(split, 1);
	size_t wide = 0;
	while (!is_space(peek(split, wide)) && peek(split, wide) != '\0')
		wide++;
	if (wide > 0 && wide < sizeof(split->delimiter)) {
		memcpy(split->delimiter, split->text + split->at, wide);
		split->delimiter[wide] = '\0';
	}
	skip_line(split);
	return true;
}

/* A place for one more token; those behind the last are not kept. */
static struct mysql_token *
next_token(struct mysql_split *split, size_t count, struct mysql_token *spare)
{
	if (count < split->cap)
		return &split->tokens[count];
	if (count >= MYSQL_TOKENS_MAX)
		return spare;
	size_t cap = split->cap == 0 ? 64 : 2 * split->cap;
	struct mysql_token *tokens = reallocarray(split->tokens, cap, sizeof(*tokens));
	if (tokens == NULL) {
		split->failed = true;
		return spare;
	}
	split->tokens = tokens;
	split->cap = cap;
	return &split->tokens[count];
}

/* To the first word of a statement; past delimiters that end nothing. */
static void
skip_to_statement(struct mysql_split *split, bool *ret_open)
{
	while (split->at < split->len) {
		if (skip_meaningless(split, ret_open) || take_delimiter(split))
			continue;
		if (!at_delimiter(split))
			return;
		step(split, strlen(split->delimiter));
	}
}

static void
read_statement(struct mysql_split *split, struct mysql_statement *statement)
{
	struct mysql_token spare = { MYSQL_MARK, "", 0, 0 };
	size_t end = split->at;
	int depth = 0;
	while (split->at < split->len && !split->failed) {
		if (skip_meaningless(split, &statement->open))
			continue;
		if (at_delimiter(split))
			break;
		struct mysql_token *token = next_token(split, statement->count, &spare);
		read_token(split, token, &statement->open);
		bool mark = token->kind == MYSQL_MARK;
		depth -= mark && *token->text == ')' && depth > 0;
		token->depth = depth;
		depth += mark && *token->text == '(';
		statement->count += token != &spare;
		end = split->at;
	}
	statement->len = (size_t)(split->text + end - statement->text);
	step(split, strlen(split->delimiter));
}

bool
mysql_split_next(struct mysql_split *split, struct mysql_statement *ret_statement)
{
	struct mysql_statement statement = { 0 };
	if (*split->delimiter == '\0')
		memcpy(split->delimiter, ";", sizeof(";"));
	skip_to_statement(split, &statement.open);
	statement.text = split->text + split->at;
	statement.line = split->line + 1;
	read_statement(split, &statement);
	statement.tokens = split->tokens;
	*ret_statement = statement;
	return !split->failed && (statement.count > 0 || statement.open);
}

void
mysql_split_fini(struct mysql_split *split)
{
	free(split->tokens);
	split->tokens = NULL;
	split->cap = 0;
}

bool
mysql_is(const struct mysql_statement *statement, size_t at, const char *word)
{
	if (at >= statement->count)
		return false;
	const struct mysql_token *token = &statement->tokens[at];
	return (token->kind == MYSQL_WORD || token->kind == MYSQL_MARK) &&
	    token->len == strlen(word) && strncasecmp(token->text, word, token->len) == 0;
}

bool
mysql_are(const struct mysql_statement *statement, size_t at, const char *const *words)
{
	for (; *words != NULL; words++)
		if (!mysql_is(statement, at++, *words))
			return false;
	return true;
}

size_t
mysql_skip_if(const struct mysql_statement *statement, size_t at)
{
	if (!mysql_is(statement, at, "IF"))
		return at;
	at++;
	at += mysql_is(statement, at, "NOT");
	return at + mysql_is(statement, at, "EXISTS");
}
