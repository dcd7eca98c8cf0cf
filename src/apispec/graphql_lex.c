/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include "config.h"

#include <string.h>

#include "apispec/graphql_lex.h"

static bool
is_name(char c, bool first)
{
	return c == '_' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	    (!first && c >= '0' && c <= '9');
}

static char
peek(const struct mig_gql_lex *lex, size_t ahead)
{
	return lex->pos + ahead < lex->len ? lex->text[lex->pos + ahead] : '\0';
}

/* White space, commas and comments mean nothing. */
static void
skip(struct mig_gql_lex *lex)
{
	while (lex->pos < lex->len) {
		char c = lex->text[lex->pos];
		if (c == '\n')
			lex->line++;
		if (c == '#') {
			const char *end = memchr(lex->text + lex->pos, '\n', lex->len - lex->pos);
			lex->pos = end == NULL ? lex->len : (size_t)(end - lex->text);
		} else if (c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == ',') {
			lex->pos++;
		} else {
			return;
		}
	}
}

static void
set(struct mig_gql_lex *lex, enum mig_gql_token token, size_t start, size_t end)
{
	lex->token = token;
	lex->start = lex->text + start;
	lex->size = end - start;
}

static void
wrong(struct mig_gql_lex *lex, const char *what)
{
	lex->token = MIG_GQL_WRONG;
	lex->wrong = what;
	lex->size = 0;
}

/* A string over several lines; the cursor stands on its quotes. */
static void
block_string(struct mig_gql_lex *lex)
{
	size_t start = lex->pos + 3;
	for (lex->pos = start; lex->pos < lex->len; lex->pos++) {
		if (peek(lex, 0) == '\n')
			lex->line++;
		bool quotes = peek(lex, 0) == '"' && peek(lex, 1) == '"' && peek(lex, 2) == '"';
		if (!quotes)
			continue;
		if (lex->text[lex->pos - 1] == '\\') {
			lex->pos += 2;
			continue;
		}
		set(lex, MIG_GQL_STRING, start, lex->pos);
		lex->pos += 3;
		return;
	}
	wrong(lex, "a text that begins with three quotes does not end");
}

static void
string(struct mig_gql_lex *lex)
{
	size_t start = lex->pos + 1;
	for (lex->pos = start; lex->pos < lex->len && peek(lex, 0) != '\n'; lex->pos++) {
		if (peek(lex, 0) == '\\') {
			lex->pos++;
		} else if (peek(lex, 0) == '"') {
			set(lex, MIG_GQL_STRING, start, lex->pos);
			lex->pos++;
			return;
		}
	}
	wrong(lex, "a text does not end in its line");
}

static void
number(struct mig_gql_lex *lex)
{
	size_t start = lex->pos++;
	while (peek(lex, 0) == '.' || peek(lex, 0) == '-' || peek(lex, 0) == '+' ||
	    is_name(peek(lex, 0), false))
		lex->pos++;
	set(lex, MIG_GQL_NUMBER, start, lex->pos);
}

void
mig_gql_lex_next(struct mig_gql_lex *lex)
{
	skip(lex);
	lex->token_line = lex->line;
	lex->size = 0;
	char c = peek(lex, 0);
	size_t start = lex->pos;
	if (start >= lex->len) {
		set(lex, MIG_GQL_END, lex->len, lex->len);
	} else if (is_name(c, true)) {
		while (is_name(peek(lex, 0), false))
			lex->pos++;
		set(lex, MIG_GQL_NAME, start, lex->pos);
	} else if (c == '"') {
		if (peek(lex, 1) == '"' && peek(lex, 2) == '"')
			block_string(lex);
		else
			string(lex);
	} else if (c == '-' || (c >= '0' && c <= '9')) {
		number(lex);
	} else if (c == '.' && peek(lex, 1) == '.' && peek(lex, 2) == '.') {
		lex->pos += 3;
		set(lex, MIG_GQL_PUNCTUATOR, start, lex->pos);
	} else if (c != '\0' && strchr("!$&():=@[]{}|", c) != NULL) {
		lex->pos++;
		set(lex, MIG_GQL_PUNCTUATOR, start, lex->pos);
	} else {
		wrong(lex, "a character that GraphQL does not know");
	}
}

void
mig_gql_lex_init(struct mig_gql_lex *lex, const char *text, size_t len)
{
	static const char mark[] = "\xef\xbb\xbf";
	*lex = (struct mig_gql_lex){ .text = text, .len = len, .line = 1 };
	if (len >= sizeof(mark) - 1 && memcmp(text, mark, sizeof(mark) - 1) == 0)
		lex->pos = sizeof(mark) - 1;
	mig_gql_lex_next(lex);
}

bool
mig_gql_lex_is(const struct mig_gql_lex *lex, const char *word)
{
	return (lex->token == MIG_GQL_NAME || lex->token == MIG_GQL_PUNCTUATOR) &&
	    lex->size == strlen(word) && memcmp(lex->start, word, lex->size) == 0;
}
