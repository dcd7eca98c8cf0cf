/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/*
 * Judging two schemas in a test.
 */
#ifndef MIG_TEST_DB_JUDGE_H
#define MIG_TEST_DB_JUDGE_H

#include "check/check.h"
#include "schema/diff.h"

/*
 * Compare and judge; takes both schemas.  The report is the caller's (mig_check_free()); its
 * strings
 * of places and values do not live in the schemas, names may not be looked at.
 */
struct mig_check *db_judge(struct mig_db *before, struct mig_db *after);

/*
 * As db_judge(), with renames.
 */
struct mig_check *db_judge_renamed(struct mig_db *before, struct mig_db *after,
    const struct mig_db_rename *renames, size_t count);

/*
 * The first change of a rule and severity; NULL: there is none.
 */
const struct mig_change *db_judge_find(struct mig_check *check, const char *rule,
    enum mig_change_severity severity);

/*
 * The first change of a rule; NULL: there is none.
 */
const struct mig_change *db_judge_rule(struct mig_check *check, const char *rule);

/*
 * Show all changes, for a test that fails.
 */
void db_judge_print(struct mig_check *check);

#endif
