/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include "config.h"

#include <string.h>

#include "base/arena.h"
#include "source/review_mysql_int.h"

#define WORDS_MAX 4

/* Words in a row, outside of brackets, that only PostgreSQL takes. */
static const struct {
	const char *statement[WORDS_MAX]; /* how the statement begins */
	const char *words[WORDS_MAX];
	const char *what;
} forms[] = {
	{ { "ALTER", "TABLE" }, { "NOT", "VALID" }, "NOT VALID" },
	{ { "ALTER", "TABLE" }, { "VALIDATE", "CONSTRAINT" }, "VALIDATE CONSTRAINT" },
	{ { "ALTER", "TABLE" }, { "USING", "INDEX" }, "USING INDEX" },
	{ { "CREATE", "INDEX" }, { "INDEX", "CONCURRENTLY" }, "CONCURRENTLY" },
	{ { "CREATE", "UNIQUE" }, { "INDEX", "CONCURRENTLY" }, "CONCURRENTLY" },
	{ { "DROP", "INDEX" }, { "INDEX", "CONCURRENTLY" }, "CONCURRENTLY" },
	{ { "CREATE", "INDEX" }, { "WHERE" }, "an index on a part of the rows (WHERE)" },
	{ { "CREATE", "UNIQUE" }, { "WHERE" }, "an index on a part of the rows (WHERE)" },
	{ { "INSERT" }, { "ON", "CONFLICT" }, "ON CONFLICT" },
};

/* What ALTER COLUMN goes on with there and not here. */
static const struct {
	const char *words[WORDS_MAX];
	const char *what;
} column_forms[] = {
	{ { "TYPE" }, "ALTER COLUMN ... TYPE" },
	{ { "SET", "DATA", "TYPE" }, "ALTER COLUMN ... SET DATA TYPE" },
	{ { "SET", "NOT", "NULL" }, "ALTER COLUMN ... SET NOT NULL" },
	{ { "DROP", "NOT", "NULL" }, "ALTER COLUMN ... DROP NOT NULL" },
};

static void
say_gap(struct review *review, const char *what)
{
	static const struct review_about about = { 0 };
	review_say(review, REVIEW_MYSQL_GAP, &about, "%s is PostgreSQL's, not MySQL's.", what);
}

/* An action of ALTER TABLE, at the word ALTER; what is wrong with it, or NULL. */
static const char *
alter_column(const struct mysql_statement *statement, size_t at)
{
	at += 1 + mysql_is(statement, at + 1, "COLUMN");
	for (size_t i = 0; i < sizeof(column_forms) / sizeof(column_forms[0]); i++)
		if (mysql_are(statement, at + 1, column_forms[i].words))
			return column_forms[i].what;
	return NULL;
}

/* MODIFY repeats the whole definition: behind the name stands a type. */
static bool
lacks_type(const struct mysql_statement *statement, size_t at)
{
	static const char *const others[] = { "NOT", "NULL", "DEFAULT", "COMMENT", "FIRST", "AFTER",
		"," };
	at += 1 + mysql_is(statement, at + 1, "COLUMN");
	at = mysql_skip_if(statement, at) + 1;
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (mysql_is(statement, at, others[i]))
			return true;
	return at >= statement->count;
}

static const char *
form_at(const struct mysql_statement *statement, size_t at)
{
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++)
		if (mysql_are(statement, 0, forms[i].statement) &&
		    mysql_are(statement, at, forms[i].words))
			return forms[i].what;
	return NULL;
}

void
review_mysql_gap(struct review *review, const struct mysql_statement *statement)
{
	static const char *const alter[] = { "ALTER", "TABLE", NULL };
	bool alters = mysql_are(statement, 0, alter);
	for (size_t i = 0; i < statement->count; i++) {
		bool outside = statement->tokens[i].depth == 0;
		/* An action begins behind the table's name or a comma. */
		bool begins = alters && outside && i > 2;
		const char *what = mysql_is(statement, i, "::") ? "The cast by ::" : NULL;
		if (what == NULL && outside && i > 0)
			what = form_at(statement, i);
		if (what == NULL && begins && mysql_is(statement, i, "ALTER"))
			what = alter_column(statement, i);
		if (what != NULL) {
			say_gap(review, what);
			return;
		}
		if (begins && mysql_is(statement, i, "MODIFY") && lacks_type(statement, i)) {
			static const struct review_about about = { 0 };
			review_say(review, REVIEW_MYSQL_GAP, &about,
			    "MODIFY must repeat the whole definition of the column, and there is "
			    "no type.");
			return;
		}
	}
}

/* Whether an element or action defines a column: it begins with none of these. */
static bool
is_column(const struct mysql_statement *statement, size_t at)
{
	static const char *const others[] = { "CONSTRAINT", "FOREIGN", "INDEX", "KEY", "UNIQUE",
		"PRIMARY", "FULLTEXT", "SPATIAL", "CHECK", "PARTITION", "PERIOD", "SYSTEM",
		"LIKE" };
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (mysql_is(statement, at, others[i]))
			return false;
	return at < statement->count;
}

static void
say_reference(struct review *review, const struct mysql_statement *statement, size_t column)
{
	const struct mysql_token *token = &statement->tokens[column];
	char *name = mig_arena_strndup(review->scratch, token->text, token->len);
	struct review_about about = { .object = name };
	if (name != NULL)
		review_say(review, REVIEW_MYSQL_INLINE_REF, &about,
		    "REFERENCES in the definition of column %s makes no foreign key.", name);
}

/* Elements between commas at that depth, from one token on: columns with a REFERENCES are told. */
static void
see_elements(struct review *review, const struct mysql_statement *statement, size_t from, int depth)
{
	size_t column = from;
	bool told = false;
	for (size_t i = from; i < statement->count && statement->tokens[i].depth >= depth; i++) {
		if (statement->tokens[i].depth != depth)
			continue;
		if (mysql_is(statement, i, ",")) {
			column = i + 1;
			told = false;
		} else if (!told && mysql_is(statement, i, "REFERENCES") &&
		    is_column(statement, column)) {
			say_reference(review, statement, column);
			told = true;
		}
	}
}

/* One action of ALTER TABLE, at the word ADD, up to the comma behind it. */
static void
see_add(struct review *review, const struct mysql_statement *statement, size_t at)
{
	at += 1 + mysql_is(statement, at + 1, "COLUMN");
	at = mysql_skip_if(statement, at);
	if (mysql_is(statement, at, "(")) {
		see_elements(review, statement, at + 1, 1);
		return;
	}
	for (size_t i = at; i < statement->count && is_column(statement, at); i++) {
		if (statement->tokens[i].depth != 0)
			continue;
		if (mysql_is(statement, i, ","))
			return;
		if (mysql_is(statement, i, "REFERENCES")) {
			say_reference(review, statement, at);
			return;
		}
	}
}

void
review_mysql_reference(struct review *review, const struct mysql_statement *statement)
{
	static const char *const alter[] = { "ALTER", "TABLE", NULL };
	bool creates = mysql_is(statement, 0, "CREATE") &&
	    (mysql_is(statement, 1, "TABLE") || mysql_is(statement, 2, "TABLE"));
	bool alters = mysql_are(statement, 0, alter);
	for (size_t i = 2; i < statement->count && (creates || alters); i++) {
		if (statement->tokens[i].depth != 0)
			continue;
		if (creates && mysql_is(statement, i, "(")) {
			see_elements(review, statement, i + 1, 1);
			return;
		}
		if (alters && mysql_is(statement, i, "ADD"))
			see_add(review, statement, i);
	}
}
