/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include "config.h"

#include <stdbool.h>
#include <string.h>
#include <strings.h>

#include "source/guess.h"

/* The part of a text that is still to be looked at. */
struct rest {
	const char *at;
	const char *end;
};

/* What a name at the top of a document says about it. */
struct mark {
	const char *name;
	enum guess_kind json;
	enum guess_kind yaml;
};

static const struct mark marks[] = {
	{ "openapi", GUESS_API_JSON, GUESS_API_YAML },
	{ "swagger", GUESS_API_JSON, GUESS_API_YAML },
	{ "paths", GUESS_API_JSON, GUESS_API_YAML },
	{ "tables", GUESS_SNAPSHOT, GUESS_YAML_SNAPSHOT },
};
#define MARKS (sizeof(marks) / sizeof(marks[0]))

/* Words that statements begin with. */
static const char *const sql_words[] = { "create", "alter", "drop", "set", "select", "begin",
	"start", "commit", "comment", "grant", "revoke", "insert", "update", "delete", "do", "copy",
	"truncate", "with", "analyze", "lock", "reset", "call", "refresh", "reindex", "vacuum",
	"security", "import", "use", "show", "end", "rollback", "merge", "values", "cluster",
	"reassign", NULL };
static const char *const graphql_words[] = { "schema", "scalar", "type", "interface", "union",
	"enum", "input", "directive", "extend", NULL };

static bool
is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' || c == '\v';
}

static bool
is_word(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	    c == '_' || c == '-' || c == '.' || c == '$';
}

static bool
begins(const struct rest *rest, const char *text)
{
	size_t len = strlen(text);
	return (size_t)(rest->end - rest->at) >= len && memcmp(rest->at, text, len) == 0;
}

static void
skip_space(struct rest *rest)
{
	while (rest->at < rest->end && is_space(*rest->at))
		rest->at++;
}

/* To the end of the line, its line feed included. */
static void
skip_line(struct rest *rest)
{
	const char *feed = memchr(rest->at, '\n', (size_t)(rest->end - rest->at));
	rest->at = feed != NULL ? feed + 1 : rest->end;
}

/* Behind a comment of SQL in slashes and stars, which may have others in it. */
static void
skip_block(struct rest *rest)
{
	size_t depth = 0;
	do {
		if (begins(rest, "/*")) {
			depth++;
			rest->at += 2;
		} else if (begins(rest, "*/")) {
			depth--;
			rest->at += 2;
		} else {
			rest->at++;
		}
	} while (depth > 0 && rest->at < rest->end);
}

/* White space and comments of any of the languages; "---" begins a document of YAML. */
static void
skip_blank(struct rest *rest)
{
	const char *before = NULL;
	while (before != rest->at) {
		before = rest->at;
		skip_space(rest);
		if (begins(rest, "#") || (begins(rest, "--") && !begins(rest, "---")))
			skip_line(rest);
		else if (begins(rest, "/*"))
			skip_block(rest);
	}
}

/* The word at the front; its length. */
static size_t
word_length(const struct rest *rest)
{
	size_t len = 0;
	while (rest->at + len < rest->end && is_word(rest->at[len]))
		len++;
	return len;
}

static bool
is_one_of(const char *word, size_t len, const char *const *words)
{
	for (; *words != NULL; words++)
		if (strlen(*words) == len && strncasecmp(*words, word, len) == 0)
			return true;
	return false;
}

static const struct mark *
find_mark(const char *name, size_t len)
{
	for (size_t i = 0; i < MARKS; i++)
		if (strlen(marks[i].name) == len && memcmp(marks[i].name, name, len) == 0)
			return &marks[i];
	return NULL;
}

/* The end of a JSON string that begins at the front: its closing quote, or the end of all. */
static const char *
string_end(const char *at, const char *end)
{
	for (at++; at < end && *at != '"'; at++)
		if (*at == '\\')
			at++;
	return at < end ? at : end;
}

/* JSON: the first of the object's own names that says what it is. */
static enum guess_kind
guess_json(struct rest rest)
{
	size_t depth = 0;
	for (; rest.at < rest.end; rest.at++) {
		if (*rest.at == '{' || *rest.at == '[') {
			depth++;
		} else if (*rest.at == '}' || *rest.at == ']') {
			depth -= depth > 0;
		} else if (*rest.at == '"') {
			const char *name = rest.at + 1;
			rest.at = string_end(rest.at, rest.end);
			const struct mark *mark =
			    depth == 1 ? find_mark(name, (size_t)(rest.at - name)) : NULL;
			struct rest behind = { rest.at + (rest.at < rest.end), rest.end };
			skip_space(&behind);
			if (mark != NULL && begins(&behind, ":"))
				return mark->json;
		}
	}
	return GUESS_JSON;
}

/* A name of YAML at the start of a line, in quotes or not; NULL when there is none. */
static const char *
yaml_name(const struct rest *line, size_t *ret_len)
{
	struct rest name = *line;
	bool quoted = name.at < name.end && (*name.at == '"' || *name.at == '\'');
	name.at += quoted;
	*ret_len = word_length(&name);
	const char *behind = name.at + *ret_len + quoted;
	while (behind < name.end && (*behind == ' ' || *behind == '\t'))
		behind++;
	bool value =
	    behind < name.end && *behind == ':' && (behind + 1 == name.end || is_space(behind[1]));
	return *ret_len > 0 && value ? name.at : NULL;
}

/* YAML: the first name at the margin that says what it is. */
static enum guess_kind
guess_yaml(struct rest rest)
{
	for (; rest.at < rest.end; skip_line(&rest)) {
		size_t len = 0;
		const char *name = yaml_name(&rest, &len);
		const struct mark *mark = name != NULL ? find_mark(name, len) : NULL;
		if (mark != NULL)
			return mark->yaml;
	}
	return GUESS_YAML;
}

static bool
has_suffix(const char *name, const char *suffix)
{
	size_t len = strlen(name);
	size_t suffix_len = strlen(suffix);
	return len >= suffix_len && strcasecmp(name + len - suffix_len, suffix) == 0;
}

/* Where the text leaves it open. */
static enum guess_kind
guess_name(const char *name, enum guess_kind otherwise)
{
	if (has_suffix(name, ".sql"))
		return GUESS_SQL;
	if (has_suffix(name, ".graphql") || has_suffix(name, ".graphqls") ||
	    has_suffix(name, ".gql"))
		return GUESS_GRAPHQL;
	return otherwise;
}

enum guess_kind
guess_text(const char *name, const char *text, size_t len)
{
	struct rest rest = { text, text + len };
	size_t name_len = 0;
	/* Refused by all readers, but by the right one. */
	if (begins(&rest, "\xEF\xBB\xBF"))
		rest.at += strlen("\xEF\xBB\xBF");
	skip_blank(&rest);
	if (rest.at == rest.end)
		return guess_name(name, GUESS_EMPTY);
	if (*rest.at == '{' && !has_suffix(name, ".graphql"))
		return guess_json(rest);
	if (*rest.at == '[')
		return GUESS_JSON;
	if (begins(&rest, "---") || *rest.at == '%' || yaml_name(&rest, &name_len) != NULL)
		return guess_yaml(rest);
	size_t word = word_length(&rest);
	if (is_one_of(rest.at, word, graphql_words) || *rest.at == '"')
		return GUESS_GRAPHQL;
	/* A command of psql, as dumps have them. */
	if (is_one_of(rest.at, word, sql_words) || *rest.at == '\\')
		return GUESS_SQL;
	return guess_name(name, GUESS_UNKNOWN);
}
