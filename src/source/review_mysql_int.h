/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/*
 * MySQL's and MariaDB's SQL cut into statements and words, as their command line client does it.
 * Not a parser: enough to recognise a few forms in statements that a server would take.
 */
#ifndef MIG_SOURCE_REVIEW_MYSQL_INT_H
#define MIG_SOURCE_REVIEW_MYSQL_INT_H

#include "source/review_int.h"

/* Words of a statement that are looked at; what is behind them is rows. */
#define MYSQL_TOKENS_MAX 65536U
#define MYSQL_DELIMITER_MAX 16

enum mysql_kind {
	MYSQL_WORD,   /* a keyword or a bare name */
	MYSQL_NAME,   /* a name in backticks */
	MYSQL_STRING, /* in single or double quotes */
	MYSQL_MARK    /* a character, and "::" */
};

struct mysql_token {
	enum mysql_kind kind;
	const char *text; /* without its quotes; not ended */
	size_t len;
	int depth; /* brackets around it; a bracket has the depth of what is outside */
};

/* Where the cutting stands.  Zero, then set text and len; free with mysql_split_fini(). */
struct mysql_split {
	const char *text;
	size_t len;
	size_t at;
	int line; /* of at, from 0 */
	char delimiter[MYSQL_DELIMITER_MAX];
	bool in_version; /* in a comment that a server runs */
	bool failed;     /* memory has run out */
	struct mysql_token *tokens;
	size_t cap;
};

struct mysql_statement {
	const struct mysql_token *tokens; /* until the next one is read */
	size_t count;
	const char *text;
	size_t len;
	int line;  /* of its first word, from 1 */
	bool open; /* a quote or comment has no end */
};

/*
 * The next statement; false: there is none, or memory has run out.
 */
bool mysql_split_next(struct mysql_split *split, struct mysql_statement *ret_statement);

/*
 * Free what the cutting has used.
 */
void mysql_split_fini(struct mysql_split *split);

/*
 * Whether there is a token at that index and it is the word, in whatever case, or the mark.
 */
bool mysql_is(const struct mysql_statement *statement, size_t at, const char *word);

/*
 * Whether the words, ended by NULL, stand one after the other from that index on.
 */
bool mysql_are(const struct mysql_statement *statement, size_t at, const char *const *words);

/*
 * Behind the words IF [NOT] EXISTS, if they stand there.
 */
size_t mysql_skip_if(const struct mysql_statement *statement, size_t at);

/*
 * The rule about forms of PostgreSQL.
 */
void review_mysql_gap(struct review *review, const struct mysql_statement *statement);

/*
 * The rule about REFERENCES in the definition of a column.
 */
void review_mysql_reference(struct review *review, const struct mysql_statement *statement);

#endif
