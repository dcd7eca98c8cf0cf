/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include "config.h"

#include <string.h>

#include "schema/judge_int.h"

#define WORD_MAX 128

/* Functions of servers and of usual extensions that give another value for each row. */
static const char *const volatile_functions[] = { "random", "clock_timestamp", "gen_random_uuid",
	"gen_random_bytes", "nextval", "currval", "lastval", "setval", "timeofday",
	"uuid_generate_v1", "uuid_generate_v1mc", "uuid_generate_v4", "uuidv4", "uuidv7",
	"random_normal", "txid_current", "pg_current_xact_id" };

/* Words and functions that give one value for each statement or transaction. */
static const char *const stable_words[] = { "current_timestamp", "current_date", "current_time",
	"localtime", "localtimestamp", "current_user", "session_user", "user", "current_role",
	"current_schema", "current_catalog" };

static const char *const mysql_now[] = { "current_timestamp", "now", "localtime",
	"localtimestamp" };

static bool
is_listed(const char *word, const char *const *list, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(word, list[i]) == 0)
			return true;
	return false;
}

static char
lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static bool
is_word(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	    c == '_' || c == '$' || (unsigned char)c >= 0x80;
}

/* What somebody's own function says of itself. */
static enum judge_default
own_function(const struct judge *judge, const char *name)
{
	const struct mig_db_object *routine = mig_judge_routine(judge, NULL, name);
	if (routine == NULL)
		return DEFAULT_STABLE;
	const char *attributes = mig_db_as_routine(routine)->attributes;
	bool steady =
	    mig_judge_mentions(attributes, "IMMUTABLE") || mig_judge_mentions(attributes, "STABLE");
	return steady ? DEFAULT_STABLE : DEFAULT_VOLATILE;
}

static enum judge_default
word_default(const struct judge *judge, const char *word, bool called)
{
	size_t now = sizeof(mysql_now) / sizeof(mysql_now[0]);
	if (judge->dialect == MIG_DB_MYSQL) {
		if (is_listed(word, mysql_now, now))
			return DEFAULT_STABLE;
		return called ? DEFAULT_VOLATILE : DEFAULT_CONSTANT;
	}
	if (is_listed(word, stable_words, sizeof(stable_words) / sizeof(stable_words[0])))
		return DEFAULT_STABLE;
	if (!called || strcmp(word, "array") == 0 || strcmp(word, "cast") == 0)
		return DEFAULT_CONSTANT;
	if (is_listed(word, volatile_functions,
	        sizeof(volatile_functions) / sizeof(volatile_functions[0])))
		return DEFAULT_VOLATILE;
	return own_function(judge, word);
}

/* Past a literal, p at its first quote. */
static const char *
skip_literal(const char *p)
{
	for (p++; *p != '\0'; p++)
		if (*p == '\'')
			return p + 1;
	return p;
}

/* Past the type behind "::", with its brackets. */
static const char *
skip_type(const char *p)
{
	while (is_word(*p) || *p == ' ' || *p == '"' || *p == '.')
		p++;
	if (*p != '(')
		return p;
	while (*p != '\0' && *p != ')')
		p++;
	return *p == ')' ? p + 1 : p;
}

/* The word at p in lower case; past it. */
static const char *
take_word(const char *p, char word[WORD_MAX])
{
	size_t len = 0;
	for (; is_word(*p); p++)
		if (len + 1 < WORD_MAX)
			word[len++] = lower(*p);
	word[len] = '\0';
	return p;
}

enum judge_default
mig_judge_default(const struct judge *judge, const char *expression)
{
	enum judge_default worst = DEFAULT_CONSTANT;
	const char *p = expression;
	while (*p != '\0') {
		char word[WORD_MAX];
		if (*p == '\'') {
			p = skip_literal(p);
		} else if (p[0] == ':' && p[1] == ':') {
			p = skip_type(p + 2);
		} else if (is_word(*p)) {
			p = take_word(p, word);
			enum judge_default one = word_default(judge, word, *p == '(');
			worst = one > worst ? one : worst;
		} else {
			p++;
		}
	}
	return worst;
}

/* A text that is read without what does not matter: blanks, and letter case outside of quotes. */
struct reader {
	const char *p;
	const char *end;
	char last;
	char quote; /* that is open; 0: none */
};

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* The next character that matters, 0 at the end: of blanks only one that parts two words. */
static char
next(struct reader *reader)
{
	if (reader->p >= reader->end)
		return 0;
	char c = *reader->p;
	if (reader->quote == 0 && is_blank(c)) {
		while (reader->p < reader->end && is_blank(*reader->p))
			reader->p++;
		bool parts =
		    reader->p < reader->end && is_word(reader->last) && is_word(*reader->p);
		if (parts || reader->p >= reader->end)
			return parts ? ' ' : 0;
		c = *reader->p;
	}
	if (reader->quote != 0)
		reader->quote = c == reader->quote ? 0 : reader->quote;
	else if (c == '\'' || c == '"')
		reader->quote = c;
	else
		c = lower(c);
	reader->last = c;
	reader->p++;
	return c;
}

/* Where the bracket at p is closed; NULL: nowhere before the end. */
static const char *
closing(const char *p, const char *end)
{
	size_t depth = 0;
	char quote = 0;
	for (; p < end; p++) {
		if (quote != 0)
			quote = *p == quote ? 0 : quote;
		else if (*p == '\'' || *p == '"')
			quote = *p;
		else if (*p == '(')
			depth++;
		else if (*p == ')' && --depth == 0)
			return p;
	}
	return NULL;
}

/* The text without blanks and brackets around the whole. */
static struct reader
open_reader(const char *text)
{
	struct reader reader = { .p = text, .end = text + strlen(text) };
	while (true) {
		while (reader.p < reader.end && is_blank(*reader.p))
			reader.p++;
		while (reader.end > reader.p && is_blank(reader.end[-1]))
			reader.end--;
		if (reader.p >= reader.end || *reader.p != '(' ||
		    closing(reader.p, reader.end) != reader.end - 1)
			return reader;
		reader.p++;
		reader.end--;
	}
}

bool
mig_judge_equivalent(const char *a, const char *b)
{
	if (a == NULL || b == NULL)
		return false;
	struct reader left = open_reader(a);
	struct reader right = open_reader(b);
	while (true) {
		char c = next(&left);
		if (c != next(&right))
			return false;
		if (c == 0)
			return true;
	}
}
