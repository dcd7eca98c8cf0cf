/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/*
 * Names and texts as SQL has them, and the reverse: the names that an SQL text mentions.
 */
#ifndef MIG_SCHEMA_SCRIPT_QUOTE_H
#define MIG_SCHEMA_SCRIPT_QUOTE_H

#include <stdbool.h>
#include <stddef.h>

#include "schema/model.h"

struct mig_arena;
struct mig_buf;

/* Bytes that PostgreSQL keeps of a name. */
#define MIG_SQL_NAME_MAX 63

/* A name in an SQL text. */
struct mig_sql_word {
	const char *start; /* with its quotes */
	size_t len;
	char name[2 * MIG_SQL_NAME_MAX + 2]; /* without, as the catalogue has it */
};

/*
 * Append a name, in quotes where it needs them (MySQL: always, in its own).
 */
void mig_sql_put_name(struct mig_buf *out, enum mig_db_dialect dialect, const char *name);

/*
 * Append a text as a literal.
 */
void mig_sql_put_literal(struct mig_buf *out, enum mig_db_dialect dialect, const char *text);

/*
 * The next name at or behind *text, which is moved behind it; literals, dollar quotes and
 * comments are passed over.  Key words count as names.  False at the end.
 */
bool mig_sql_next(const char **text, struct mig_sql_word *ret_word);

/*
 * Whether the text mentions the name.
 */
bool mig_sql_mentions(const char *text, const char *name);

/*
 * The name that PostgreSQL gives to an index, a constraint or a sequence: "first_second_label",
 * cut in its halves to 63 bytes; second NULL leaves it out.  In the arena; NULL without memory.
 */
const char *mig_sql_made_name(
    struct mig_arena *arena, const char *first, const char *second, const char *label);

#endif
