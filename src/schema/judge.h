/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/*
 * What the differences between two database schemas mean for those who use the old one: one or
 * more changes for each fact, by the rules of the rule tables (judge_rules*.c), with the lock
 * and the work of the plain statement.
 */
#ifndef MIG_SCHEMA_JUDGE_H
#define MIG_SCHEMA_JUDGE_H

#include "schema/diff.h"

struct mig_check;

/*
 * Append the changes to the report.  Without memory the report is marked as failed.
 */
void mig_db_judge(const struct mig_db_diff *diff, struct mig_check *check);

#endif
