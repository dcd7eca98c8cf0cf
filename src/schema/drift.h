/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/*
 * Whether a live server still has the schema that a migration was planned for.  While the migration
 * is under way each thing may be as it was before, as it will be after, or as the plan's own
 * scripts have left it; what is none of these has been changed by somebody else.
 */
#ifndef MIG_SCHEMA_DRIFT_H
#define MIG_SCHEMA_DRIFT_H

#include "schema/model.h"

struct mig_buf;

/* One schema at several times; all of one dialect, and sealed. */
struct mig_drift_sides {
	const struct mig_db *before;  /* what the plan starts from */
	const struct mig_db *after;   /* what it leads to */
	const struct mig_db *between; /* what its scripts have made of it so far; NULL: unknown */
	const struct mig_db *live;
};

/*
 * Count what in the live schema is as in none of the others and append the first max of them to
 * out, as phrases with "; " between: "column users.x is not in the plan".  Compared aspect by
 * aspect: a column may have its new type and its old default, and a thing that only the plan's
 * beginning or its end has may differ in nullability, default and validity.  Who owns a thing and
 * who may use it, comments and the order of columns are no drift.  MIG_ENOMEM.
 */
int mig_db_drift(const struct mig_drift_sides *sides, size_t max, struct mig_buf *out,
    size_t *ret_count) MIG_MUSTCHECK;

#endif
