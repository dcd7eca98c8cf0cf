/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include "config.h"

#include <string.h>
#include <strings.h>

#include "base/limits.h"
#include "source/ddl_split.h"
#include "source/sql_tree.h"

/*
 * The depth of a statement's tree is bounded without building it: what a pair of brackets holds is
 * one deeper than what is around it, an operator may hold all that stands on one side of it, and
 * a comma, AND or OR begins anew.  What binds weaker than those (UNION, JOIN) is never
 * forgotten, CASE … END is a pair of brackets.
 */
struct level {
	size_t chain; /* operators since the last new beginning */
	size_t held;  /* the deepest brackets among them */
	size_t best;  /* the deepest of the beginnings before */
	size_t weak;  /* UNION and the like */
	bool by_case; /* CASE … END */
};

#define LEVELS (MIG_SQL_DEPTH_MAX + 2U)

struct depth {
	struct level levels[LEVELS];
	size_t at;
	bool over;
};

struct lexer {
	const char *text;
	size_t len;
	size_t at;
	bool open;    /* something has no end */
	int begins;   /* BEGIN ATOMIC and CASE that are open */
	int brackets; /* that are open */
	size_t words; /* seen so far */
	bool routine; /* CREATE FUNCTION or PROCEDURE */
	bool began;   /* the last word was BEGIN */
	struct depth *depth;
	struct ddl_piece *piece;
};

static void
anew(struct level *level)
{
	if (level->chain + level->held > level->best)
		level->best = level->chain + level->held;
	level->chain = 0;
	level->held = 0;
}

static void
bracket_open(struct depth *depth, bool by_case)
{
	if (depth->at + 1 >= LEVELS) {
		depth->over = true;
		return;
	}
	depth->levels[++depth->at] = (struct level){ .by_case = by_case };
}

static size_t
level_depth(struct level *level)
{
	anew(level);
	return level->best + level->weak;
}

static void
bracket_close(struct depth *depth)
{
	if (depth->at == 0)
		return;
	size_t inner = level_depth(&depth->levels[depth->at]) + 1;
	struct level *level = &depth->levels[--depth->at];
	if (inner > level->held)
		level->held = inner;
}

static size_t
depth_result(struct depth *depth)
{
	if (depth->over)
		return MIG_SQL_DEPTH_MAX + 1U;
	while (depth->at > 0)
		bracket_close(depth);
	return level_depth(&depth->levels[0]);
}

/* A bracket closes what CASE has left open in it, END only what CASE has opened. */
static void
see_close(struct depth *depth, bool end)
{
	while (!end && depth->levels[depth->at].by_case)
		bracket_close(depth);
	if (!end || depth->levels[depth->at].by_case)
		bracket_close(depth);
}

static char
peek(const struct lexer *lexer, size_t ahead)
{
	return lexer->at + ahead < lexer->len ? lexer->text[lexer->at + ahead] : '\0';
}

static bool
is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

static bool
is_word_start(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
	    ((unsigned char)c & 0x80U) != 0;
}

static bool
is_word(char c)
{
	return is_word_start(c) || (c >= '0' && c <= '9') || c == '$';
}

static void
skip_line(struct lexer *lexer)
{
	while (lexer->at < lexer->len && lexer->text[lexer->at] != '\n')
		lexer->at++;
}

/* A comment in the manner of C; PostgreSQL's may be nested. */
static void
skip_block(struct lexer *lexer)
{
	size_t nested = 0;
	while (lexer->at < lexer->len) {
		if (peek(lexer, 0) == '/' && peek(lexer, 1) == '*') {
			nested++;
			lexer->at += 2;
		} else if (peek(lexer, 0) == '*' && peek(lexer, 1) == '/') {
			lexer->at += 2;
			if (--nested == 0)
				return;
		} else {
			lexer->at++;
		}
	}
	lexer->open = true;
}

/* From an opening quote to behind the closing one.  A doubled quote closes and opens again. */
static void
skip_quoted(struct lexer *lexer, char quote, bool escapes)
{
	for (lexer->at++; lexer->at < lexer->len; lexer->at++) {
		char c = lexer->text[lexer->at];
		if (escapes && c == '\\' && lexer->at + 1 < lexer->len) {
			lexer->at++;
		} else if (c == quote) {
			lexer->at++;
			return;
		}
	}
	lexer->open = true;
}

/* $tag$ … $tag$; a $ that begins none is a parameter or an operator's neighbour. */
static void
skip_dollar(struct lexer *lexer)
{
	const char *start = lexer->text + lexer->at;
	size_t tag = 1;
	while (is_word(peek(lexer, tag)) && peek(lexer, tag) != '$')
		tag++;
	if (peek(lexer, tag) != '$' || (tag > 1 && !is_word_start(start[1]))) {
		lexer->at++;
		return;
	}
	tag++;
	const char *end = memmem(start + tag, lexer->len - lexer->at - tag, start, tag);
	lexer->open = end == NULL;
	lexer->at = end != NULL ? (size_t)(end - lexer->text) + tag : lexer->len;
}

/* A psql command: to the end of its line. */
static bool
skip_meaningless(struct lexer *lexer)
{
	char c = peek(lexer, 0);
	if (is_space(c))
		lexer->at++;
	else if ((c == '-' && peek(lexer, 1) == '-') || c == '\\')
		skip_line(lexer);
	else if (c == '/' && peek(lexer, 1) == '*')
		skip_block(lexer);
	else
		return false;
	return true;
}

enum weight { WEIGHT_NONE, WEIGHT_CHAIN, WEIGHT_WEAK, WEIGHT_ANEW };

static enum weight
word_weight(const char *word)
{
	static const struct {
		const char *word;
		enum weight weight;
	} words[] = {
		{ "AND", WEIGHT_ANEW },
		{ "AT", WEIGHT_CHAIN },
		{ "BETWEEN", WEIGHT_CHAIN },
		{ "COLLATE", WEIGHT_CHAIN },
		{ "ELSE", WEIGHT_ANEW },
		{ "EXCEPT", WEIGHT_WEAK },
		{ "FROM", WEIGHT_ANEW },
		{ "ILIKE", WEIGHT_CHAIN },
		{ "IN", WEIGHT_CHAIN },
		{ "INTERSECT", WEIGHT_WEAK },
		{ "IS", WEIGHT_CHAIN },
		{ "ISNULL", WEIGHT_CHAIN },
		{ "JOIN", WEIGHT_WEAK },
		{ "LIKE", WEIGHT_CHAIN },
		{ "NOT", WEIGHT_CHAIN },
		{ "NOTNULL", WEIGHT_CHAIN },
		{ "ON", WEIGHT_ANEW },
		{ "OPERATOR", WEIGHT_CHAIN },
		{ "OR", WEIGHT_ANEW },
		{ "OVERLAPS", WEIGHT_CHAIN },
		{ "SELECT", WEIGHT_ANEW },
		{ "SIMILAR", WEIGHT_CHAIN },
		{ "THEN", WEIGHT_ANEW },
		{ "UNION", WEIGHT_WEAK },
		{ "WHEN", WEIGHT_ANEW },
		{ "WHERE", WEIGHT_ANEW },
	};
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strcmp(word, words[i].word) == 0)
			return words[i].weight;
	return WEIGHT_NONE;
}

static void
weigh(struct depth *depth, enum weight weight)
{
	struct level *level = &depth->levels[depth->at];
	if (weight == WEIGHT_CHAIN)
		level->chain++;
	else if (weight == WEIGHT_WEAK)
		level->weak++;
	else if (weight == WEIGHT_ANEW)
		anew(level);
}

/* Whether a semicolon ends the statement: not in the body of a routine written in SQL. */
static void
see_body(struct lexer *lexer, const char *word)
{
	if (lexer->words <= DDL_WORDS &&
	    (strcmp(word, "FUNCTION") == 0 || strcmp(word, "PROCEDURE") == 0))
		lexer->routine = true;
	if (!lexer->routine)
		return;
	if ((lexer->began && strcmp(word, "ATOMIC") == 0) ||
	    (lexer->begins > 0 && strcmp(word, "CASE") == 0))
		lexer->begins++;
	else if (lexer->begins > 0 && strcmp(word, "END") == 0)
		lexer->begins--;
	lexer->began = strcmp(word, "BEGIN") == 0;
}

static void
read_word(struct lexer *lexer)
{
	char word[DDL_WORD_MAX] = "";
	size_t len = 0;
	for (; is_word(peek(lexer, 0)); lexer->at++) {
		char c = peek(lexer, 0);
		if (len < sizeof(word) - 1)
			word[len++] = c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
	}
	if (peek(lexer, 0) == '\'' && strcmp(word, "E") == 0)
		skip_quoted(lexer, '\'', true);
	if (lexer->piece != NULL && lexer->words < DDL_WORDS)
		memcpy(lexer->piece->words[lexer->words], word, sizeof(word));
	lexer->words++;
	see_body(lexer, word);
	if (strcmp(word, "CASE") == 0)
		bracket_open(lexer->depth, true);
	else if (strcmp(word, "END") == 0)
		see_close(lexer->depth, true);
	else
		weigh(lexer->depth, word_weight(word));
}

static void
read_operator(struct lexer *lexer)
{
	static const char operators[] = "+-*/<>=~!@#%^&|`?:";
	char c = peek(lexer, 0);
	if (c == '(' || c == '[') {
		lexer->brackets++;
		bracket_open(lexer->depth, false);
		if (c == '[')
			weigh(lexer->depth, WEIGHT_CHAIN);
	} else if (c == ')' || c == ']') {
		lexer->brackets--;
		see_close(lexer->depth, false);
	} else if (c == ',' || c == ';') {
		weigh(lexer->depth, WEIGHT_ANEW);
	} else if (c != '\0' && strchr(operators, c) != NULL) {
		weigh(lexer->depth, WEIGHT_CHAIN);
	}
	lexer->at++;
}

/* One token; false: the semicolon that ends the statement. */
static bool
read_token(struct lexer *lexer)
{
	char c = peek(lexer, 0);
	if (c == ';' && lexer->brackets <= 0 && lexer->begins == 0)
		return false;
	if (c == '\'' || c == '"')
		skip_quoted(lexer, c, false);
	else if (c == '$')
		skip_dollar(lexer);
	else if (is_word_start(c))
		read_word(lexer);
	else if (c >= '0' && c <= '9')
		while (is_word(peek(lexer, 0)) || peek(lexer, 0) == '.')
			lexer->at++;
	else
		read_operator(lexer);
	return true;
}

size_t
sql_depth(const char *text, size_t len)
{
	struct depth depth = { .at = 0 };
	struct lexer lexer = { .text = text, .len = len, .depth = &depth };
	while (lexer.at < len && !depth.over)
		if (!skip_meaningless(&lexer) && !read_token(&lexer))
			lexer.at++;
	return depth_result(&depth);
}

static int
lines_between(const char *text, size_t from, size_t to)
{
	int lines = 0;
	const char *end = text + to;
	for (const char *at = text + from; (at = memchr(at, '\n', (size_t)(end - at))) != NULL;
	     at++)
		lines++;
	return lines;
}

/* COPY … FROM stdin: its rows follow, up to a line with \. */
static bool
is_copy_in(const struct ddl_piece *piece)
{
	if (strcmp(piece->words[0], "COPY") != 0)
		return false;
	for (size_t i = 0; i + 5 <= piece->len; i++)
		if (strncasecmp(piece->text + i, "stdin", 5) == 0)
			return true;
	return false;
}

static void
skip_rows(struct lexer *lexer)
{
	for (skip_line(lexer); lexer->at < lexer->len; skip_line(lexer)) {
		lexer->at++;
		if (peek(lexer, 0) != '\\' || peek(lexer, 1) != '.')
			continue;
		char end = peek(lexer, 2);
		if (end == '\n' || end == '\r' || end == '\0') {
			skip_line(lexer);
			return;
		}
	}
}

/* Where the line of a place behind the last one begins: a line may be as long as the file. */
static void
see_line(struct ddl_split *split, size_t at)
{
	size_t from = split->at > split->line_start ? split->at : split->line_start;
	const char *newline = memrchr(split->text + from, '\n', at - from);
	if (newline != NULL)
		split->line_start = (size_t)(newline - split->text) + 1;
}

bool
ddl_split_next(struct ddl_split *split, struct ddl_piece *ret_piece)
{
	struct depth depth = { .at = 0 };
	struct lexer lexer = { .text = split->text,
		.len = split->len,
		.at = split->at,
		.depth = &depth,
		.piece = ret_piece };
	memset(ret_piece, 0, sizeof(*ret_piece));
	while (lexer.at < lexer.len && (skip_meaningless(&lexer) || peek(&lexer, 0) == ';'))
		lexer.at += peek(&lexer, 0) == ';' ? 1 : 0;
	size_t start = lexer.at;
	ret_piece->line = split->line + lines_between(split->text, split->at, start) + 1;
	see_line(split, start);
	ret_piece->column = (int)(start - split->line_start) + 1;
	ret_piece->text = split->text + start;
	size_t end = start;
	while (lexer.at < lexer.len) {
		if (skip_meaningless(&lexer))
			continue;
		if (!read_token(&lexer))
			break;
		end = lexer.at;
	}
	ret_piece->len = end - start;
	ret_piece->open = lexer.open;
	ret_piece->depth = depth_result(&depth);
	if (lexer.at < lexer.len)
		lexer.at++;
	if (is_copy_in(ret_piece))
		skip_rows(&lexer);
	split->line += lines_between(split->text, split->at, lexer.at);
	see_line(split, lexer.at);
	split->at = lexer.at;
	return ret_piece->len > 0 || ret_piece->open;
}

#define STRING_OF(number) #number
#define STRING(number) STRING_OF(number)

const char ddl_too_deep[] =
    "this statement is nested deeper than " STRING(MIG_SQL_DEPTH_MAX) " brackets or operators";

void
ddl_piece_fault(const struct ddl_piece *piece, const char *file, size_t offset, const char *message,
    struct mig_findings *findings)
{
	struct mig_finding *finding =
	    mig_findings_add(findings, MIG_SEV_ERROR, file, NULL, NULL, "%s", message);
	if (finding == NULL)
		return;
	finding->line = piece->line;
	finding->column = piece->column;
	for (size_t i = 0; i < offset && i < piece->len; i++) {
		finding->column++;
		if (piece->text[i] == '\n') {
			finding->line++;
			finding->column = 1;
		}
	}
}
