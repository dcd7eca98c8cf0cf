/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/*
 * What the parts of the comparison share.
 */
#ifndef MIG_SCHEMA_DIFF_INT_H
#define MIG_SCHEMA_DIFF_INT_H

#include <stdbool.h>

#include "schema/diff.h"

/* A rename that was found in both schemas. */
struct diff_rename {
	const struct mig_db_object *before; /* table, column, or routine over a renamed type */
	const struct mig_db_object *after;
};

/* Room for pairing the parts of one table, used again for the next. */
struct diff_scratch {
	size_t *pair;  /* for each part before: the one after, or DIFF_NONE */
	size_t *back;  /* for each part after: the one before, or DIFF_NONE */
	size_t cap;    /* of both */
	size_t *slots; /* parts after by a hash of their name: index + 1 */
	size_t slots_count;
};

#define DIFF_NONE ((size_t)-1)

struct mig_db_diff {
	const struct mig_db *before;
	const struct mig_db *after;
	struct mig_db_op *ops;
	size_t count;
	size_t cap;
	struct diff_rename *renames;
	size_t renames_count;
	struct diff_scratch scratch;
	bool failed; /* out of memory */
};

/*
 * Append a fact; CHANGED without an aspect is none.
 */
void mig_diff_add(struct mig_db_diff *diff, enum mig_db_what what,
    const struct mig_db_object *before, const struct mig_db_object *after, unsigned aspects);

/*
 * The thing of the after schema that a rename makes of one of the before schema, and NULL when none
 * does.
 */
const struct mig_db_object *mig_diff_renamed(const struct mig_db_diff *diff,
    const struct mig_db_object *before);

/*
 * The thing of the before schema that a rename makes into one of the after schema; NULL.
 */
const struct mig_db_object *mig_diff_renamed_from(const struct mig_db_diff *diff,
    const struct mig_db_object *after);

/*
 * Whether two queries are equal, and the server makes the one of the other by the renames: what
 * inner queries call their columns keeps its name there.
 */
bool mig_diff_same_query(const struct mig_db_diff *diff, const char *before, const char *after);

/*
 * Whether two mentions mean the same table, renames considered; NULL equals only NULL.
 */
bool mig_diff_same_table(const struct mig_db_diff *diff, const struct mig_db_ref *before,
    const struct mig_db_ref *after);

/*
 * Whether two lists of columns of a table (that of the before side is given) are equal, renames
 * considered.
 */
bool mig_diff_same_columns(const struct mig_db_diff *diff, const struct mig_db_object *table,
    const struct mig_db_constraint *before, const struct mig_db_constraint *after);

/*
 * The aspects in which two things of one kind differ, parts left aside.
 */
unsigned mig_diff_aspects(const struct mig_db_diff *diff, const struct mig_db_object *before,
    const struct mig_db_object *after);

/*
 * The aspects in which two columns differ, but for their position.
 */
unsigned mig_diff_column(const struct mig_db_diff *diff, const struct mig_db_column *before,
    const struct mig_db_column *after);

/*
 * The aspects in which two constraints differ.
 */
unsigned mig_diff_constraint(const struct mig_db_diff *diff, const struct mig_db_constraint *before,
    const struct mig_db_constraint *after);

/*
 * The aspects in which two indexes differ.
 */
unsigned mig_diff_index(const struct mig_db_diff *diff, const struct mig_db_index *before,
    const struct mig_db_index *after);

/*
 * Append the facts about the parts of a table, view or domain that both schemas have.
 */
void mig_diff_parts(struct mig_db_diff *diff, const struct mig_db_object *before,
    const struct mig_db_object *after);

#endif
