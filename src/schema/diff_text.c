/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include "config.h"

#include <stdint.h>
#include <string.h>

#include "schema/diff_int.h"
#include "schema/script_quote.h"

#define DEPTH_MAX 64 /* of brackets: as many as a word has bits */

/* SQL texts of both sides, told apart but for renames. */

static bool
is_word(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	    c == '_' || c == '$' || (unsigned char)c >= 0x80;
}

static size_t
word_length(const char *text)
{
	size_t len = 0;
	while (is_word(text[len]))
		len++;
	return len;
}

static bool
is_name(const char *name, const char *word, size_t len)
{
	return strlen(name) == len && memcmp(name, word, len) == 0;
}

/* Whether a word of the old text became the word of the new one by a rename. */
static bool
renamed_word(const struct mig_db_diff *diff, const char *old, size_t old_len, const char *new,
    size_t new_len)
{
	for (size_t i = 0; i < diff->renames_count; i++)
		if (is_name(diff->renames[i].before->name, old, old_len) &&
		    is_name(diff->renames[i].after->name, new, new_len))
			return true;
	return false;
}

/* The word or the quoted name at *text, which is moved behind it; without its quotes. */
static const char *
take_word(const char **text, size_t *ret_len)
{
	const char *start = *text;
	if (*start != '"') {
		*ret_len = word_length(start);
		*text = start + *ret_len;
		return start;
	}
	*ret_len = strcspn(++start, "\"");
	*text = start + *ret_len + (start[*ret_len] == '"');
	return start;
}

bool
mig_db_same_text(const struct mig_db_diff *diff, const char *before, const char *after)
{
	if (mig_db_same(before, after))
		return true;
	if (before == NULL || after == NULL || diff->renames_count == 0)
		return false;
	while (*before != '\0' && *after != '\0') {
		size_t old_len = 0;
		size_t new_len = 0;
		const char *old = take_word(&before, &old_len);
		const char *new = take_word(&after, &new_len);
		bool same = old_len == new_len && memcmp(old, new, old_len) == 0;
		if (!same && !renamed_word(diff, old, old_len, new, new_len))
			return false;
		if (*before != *after)
			return false;
		if (*before != '\0') {
			before++;
			after++;
		}
	}
	return *before == *after;
}

/* The place in a query: by their depth in brackets, whether lists of columns are open. */
struct place {
	uint64_t lists;
	unsigned depth;
	bool joins; /* the last word was USING */
};

static void
place_set(struct place *place, bool list)
{
	uint64_t bit = place->depth < DEPTH_MAX ? UINT64_C(1) << place->depth : 0;
	place->lists = list ? place->lists | bit : place->lists & ~bit;
}

/* What stands between two words. */
static void
place_pass(struct place *place, const char *from, const char *to)
{
	bool literal = false;
	for (; from < to; from++) {
		literal = literal != (*from == '\'');
		if (!literal && *from == '(') {
			place->depth++;
			place_set(place, place->joins);
		} else if (!literal && *from == ')' && place->depth > 0) {
			place->depth--;
		}
	}
}

static bool
ends_list(const struct mig_sql_word *word)
{
	return strcmp(word->name, "from") == 0 || strcmp(word->name, "where") == 0;
}

static void
place_word(struct place *place, const struct mig_sql_word *word)
{
	if (strcmp(word->name, "select") == 0 || ends_list(word))
		place_set(place, !ends_list(word));
	place->joins = strcmp(word->name, "using") == 0;
}

/* Whether the last word was that by which a column of an inner query, or of a join, is called. */
static bool
place_names(const struct place *place, const char *behind)
{
	struct mig_sql_word next;
	if (place->depth == 0 || place->depth >= DEPTH_MAX ||
	    (place->lists >> place->depth & 1) == 0)
		return false;
	behind += strspn(behind, " \t\r\n");
	return *behind == ',' || *behind == ')' ||
	    (is_word(*behind) && mig_sql_next(&behind, &next) && ends_list(&next));
}

/*
 * Whether the renames between two texts, else the same, are about what inner queries call their
 * columns: to the server these keep the names that they had when the view was made.
 */
static bool
renames_within(const char *before, const char *after)
{
	struct place place = { .depth = 0 };
	struct mig_sql_word old;
	struct mig_sql_word new;
	const char *from = before;
	while (mig_sql_next(&before, &old) && mig_sql_next(&after, &new)) {
		place_pass(&place, from, old.start);
		from = before;
		if (strcmp(old.name, new.name) != 0 && place_names(&place, before))
			return true;
		place.joins = false;
		if (*old.start != '"')
			place_word(&place, &old);
	}
	return false;
}

bool
mig_diff_same_query(const struct mig_db_diff *diff, const char *before, const char *after)
{
	if (mig_db_same(before, after))
		return true;
	return mig_db_same_text(diff, before, after) &&
	    (mig_db_dialect(diff->before) != MIG_DB_POSTGRESQL || !renames_within(before, after));
}
