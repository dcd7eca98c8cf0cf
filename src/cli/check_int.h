/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/*
 * What the parts of migarch check share.  Private to check*.c.
 */
#ifndef MIG_CLI_CHECK_INT_H
#define MIG_CLI_CHECK_INT_H

#include <stdbool.h>
#include <stddef.h>

#include "check/finish.h"
#include "check/report.h"
#include "source/compare.h"
#include "source/side.h"

#define CHECK_RENAMES_MAX 1000
#define CHECK_SCRIPTS_MAX 1000

/* What -f asks for: a form of its own, or JSON and text. */
enum check_format { CHECK_FORM, CHECK_BOTH };

/* The command line. */
struct check_choice {
	const char *before; /* NULL: only scripts are judged */
	const char *after;  /* likewise */
	const char *output;
	const char *ignore;   /* NULL: the file of that name, if there is one */
	const char *baseline; /* NULL: none */
	const char *write_baseline;
	enum check_format format;
	enum mig_report_form form; /* of CHECK_FORM */
	struct side_options side;
	bool dialect_given;
	enum mig_api_view view;
	enum mig_fail_on fail_on;
	struct mig_db_rename renames[CHECK_RENAMES_MAX];
	size_t renames_count;
	const char *scripts[CHECK_SCRIPTS_MAX + 1]; /* ended by NULL */
	size_t scripts_count;
};

/*
 * Take an argument of --scripts, which is kept; false after a message.
 */
bool check_scripts_take(char *path, struct check_choice *choice);

/*
 * Judge the scripts, append what is found to the report, and say in findings what cannot be read.
 * An error of review_path(), the last of several.
 */
int check_scripts_review(const struct check_choice *choice, enum mig_db_dialect dialect,
    struct mig_check *check, struct mig_findings *findings) MIG_MUSTCHECK;

/*
 * Do it; returns the exit status.
 */
int check_do(const struct check_choice *choice);

/*
 * Write the report to where it is wanted.  CLI_OK, or another exit status after a message.
 */
int check_write(const struct check_choice *choice, const struct mig_report *report);

/*
 * Print findings, each in a line.
 */
void check_tell(const struct mig_findings *findings);

#endif
