/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/*
 * Whether a live server still has the schema that a migration was planned for.  While the migration
 * is under way each thing may be as it will be after, or as the plan's own scripts have left it;
 * where no script is known, as it was before.  What is none of these has been changed by somebody
 * else, or a script has not run.
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
	/* What old versions use is about to be taken away: what new ones need is all there */
	bool contracts;
};

/*
 * Count what in the live schema is as it may not be and append the first max of them to out, as
 * phrases with "; " between: "column users.x is not in the plan".  Compared aspect by aspect: a
 * column may have its new type and its old default; a thing that only the plan's beginning or its
 * end has may lack NOT NULL, the default or the validation that it has there.  With contracts, a
 * table or a column that only the end has must be there.  Who owns a thing and who may use it,
 * comments and the order of columns are no drift.  MIG_ENOMEM.
 */
int mig_db_drift(const struct mig_drift_sides *sides, size_t max, struct mig_buf *out,
    size_t *ret_count) MIG_MUSTCHECK;

#endif
