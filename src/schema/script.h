/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/*
 * The SQL that leads from one database schema to another and back, in steps that can be run
 * one by one on a live server: each with its undo, its check, its lock and its phase.
 */
#ifndef MIG_SCHEMA_SCRIPT_H
#define MIG_SCHEMA_SCRIPT_H

#include "schema/diff.h"

struct mig_check;

/*
 * Append the scripts, in the order in which they are to be run, to the report: expand,
 * migrate, contract; their undoes are to be run in the reverse order.  Without memory the
 * report is marked as failed.
 */
void mig_db_scripts(const struct mig_db_diff *diff, struct mig_check *check);

#endif
