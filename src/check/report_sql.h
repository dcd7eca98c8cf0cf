/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/*
 * The scripts of a report as files that can be run one by one, two for each, and the list of them
 * for programs.
 */
#ifndef MIG_CHECK_REPORT_SQL_H
#define MIG_CHECK_REPORT_SQL_H

#include "check/report.h"

enum mig_report_way { MIG_REPORT_UP, MIG_REPORT_DOWN };

/*
 * Append the name of a script's file: "001_expand_add_column_users_email.up.sql".  index is that
 * of mig_check_scripts(); numbers have as many digits as the last, at least three.
 */
void mig_report_sql_name(
    const struct mig_report *report, size_t index, enum mig_report_way way, struct mig_buf *out);

/*
 * Append the content of that file.  It runs with psql -v ON_ERROR_STOP=1 -f, or with the client of
 * MySQL, and opens the transaction that it needs itself.  The undo of what cannot be undone
 * fails.
 */
void mig_report_sql_file(
    const struct mig_report *report, size_t index, enum mig_report_way way, struct mig_buf *out);

/*
 * Append the list of all scripts with their files, in order, as JSON.
 */
void mig_report_sql_manifest(const struct mig_report *report, struct mig_buf *out);

#endif
