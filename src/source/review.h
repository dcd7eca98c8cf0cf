/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/*
 * Migration scripts judged as they are written, without a server and without a schema: what a
 * statement locks and for how long, whether it can be run again, whether its names say what they
 * mean.  What is found goes into a report as changes do.
 */
#ifndef MIG_SOURCE_REVIEW_H
#define MIG_SOURCE_REVIEW_H

#include <stddef.h>

#include "schema/model.h"

struct mig_check;

/* A script.  text is len bytes and a NUL behind them. */
struct review_text {
	const char *name; /* its path; outlives the report */
	const char *text;
	size_t len;
	enum mig_db_dialect dialect;
};

/*
 * Judge a script, which is run in a session of its own from its first statement to its last, and
 * append what is found to the report.  MIG_EDOC with findings (file and line) when it cannot be
 * read; MIG_ENOMEM.
 */
int review_text(const struct review_text *script, struct mig_check *check,
    struct mig_findings *findings) MIG_MUSTCHECK;

/*
 * Judge a file, standard input ("-") or all *.sql files of a directory in the order of their
 * application, ways back included.  All files are read, whatever is wrong with one of them.  As
 * review_text(), and MIG_ENOTFOUND and MIG_ELIMIT with findings.
 */
int review_path(const char *path, enum mig_db_dialect dialect, struct mig_check *check,
    struct mig_findings *findings) MIG_MUSTCHECK;

#endif
