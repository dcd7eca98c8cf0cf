/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/*
 * A file of SQL cut into its statements, as psql does it: quotes, dollar quotes, comments, brackets
 * and bodies of routines are seen, psql's own commands and the data of COPY are passed over.
 */
#ifndef MIG_SOURCE_DDL_SPLIT_H
#define MIG_SOURCE_DDL_SPLIT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

#define DDL_WORDS 5
#define DDL_WORD_MAX 24

/* Where the cutting stands.  Zero, then set text and len. */
struct ddl_split {
	const char *text;
	size_t len;
	size_t at;
	int line;          /* of at, counted from 0 */
	size_t line_start; /* where that line, or that of the last statement, begins */
};

/* One statement, without its semicolon and what stands before it. */
struct ddl_piece {
	const char *text;
	size_t len;
	int line;                            /* of its first word, from 1 */
	int column;                          /* likewise, in bytes */
	size_t depth;                        /* see sql_depth() */
	char words[DDL_WORDS][DDL_WORD_MAX]; /* the first words in upper case, cut */
	bool open;                           /* a quote or comment has no end */
};

/*
 * The next statement; false: there is none.
 */
bool ddl_split_next(struct ddl_split *split, struct ddl_piece *ret_piece);

/* What is said of a statement whose depth is above MIG_SQL_DEPTH_MAX. */
extern const char ddl_too_deep[];

/*
 * Add what is wrong with a statement to findings, as an error so many bytes behind its beginning.
 */
void ddl_piece_fault(const struct ddl_piece *piece, const char *file, size_t offset,
    const char *message, struct mig_findings *findings);

#endif
