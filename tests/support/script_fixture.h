/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/*
 * The scripts between two schemas, for the tests that look at one or two of them.
 */
#ifndef MIG_TEST_SCRIPT_FIXTURE_H
#define MIG_TEST_SCRIPT_FIXTURE_H

#include "schema/diff.h"
#include "schema/script.h"

/* The scripts, and what they were made of. */
struct scripts {
	struct mig_db *before;
	struct mig_db *after;
	struct mig_db_diff *diff;
	struct mig_check *check;
	const struct mig_check_script *list;
	size_t count;
};

/*
 * The schema of PostgreSQL that the statements make, returned owned; fails when they are refused.
 */
struct mig_db *read_ddl(const char *text);

/*
 * Compare two schemas, both of which it takes, with these renames.  Free with scripts_free().
 */
struct scripts scripts_between(struct mig_db *before, struct mig_db *after,
    const struct mig_db_rename *renames, size_t renames_count);

/*
 * Compare what two texts of statements make, without renames.  Free with scripts_free().
 */
struct scripts scripts_of(const char *before, const char *after);

/*
 * Free what the scripts own.
 */
void scripts_free(struct scripts *scripts);

/*
 * The place of the script of that slug; fails without one.
 */
size_t place_of(const struct scripts *scripts, const char *slug);

/*
 * Fail when the part is not in the text; NULL for the part asks for nothing.
 */
void must_have(const char *text, const char *part);

#endif
