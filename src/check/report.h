/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/*
 * A finished comparison as a document: the reference's JSON, text, Markdown for a pull request,
 * SARIF 2.1.0, JUnit, annotations of GitHub, SQL.  The same report gives the same bytes.
 */
#ifndef MIG_CHECK_REPORT_H
#define MIG_CHECK_REPORT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/time.h"
#include "check/check.h"
#include "check/finish.h"

struct mig_buf;

enum mig_report_form {
	MIG_REPORT_JSON,
	MIG_REPORT_TEXT,
	MIG_REPORT_MARKDOWN,
	MIG_REPORT_SQL, /* all scripts in one stream; see also report_sql.h */
	MIG_REPORT_SARIF,
	MIG_REPORT_JUNIT,
	MIG_REPORT_GITHUB
};

#define MIG_REPORT_FORMS 7

/* One of the two things that were compared. */
struct mig_report_side {
	const char *name;    /* for people */
	const char *file;    /* for places that are not known; NULL: it is no file */
	const char *excerpt; /* how it begins */
};

/* What a report is made of; everything is borrowed. */
struct mig_report {
	struct mig_check *check; /* after mig_check_finish() */
	const struct mig_verdict *verdict;
	const struct mig_findings *notes; /* what else was said; NULL: nothing */
	struct mig_report_side before; /* name NULL, of both: only scripts were judged */
	struct mig_report_side after;
	const char *const *scripts; /* that were judged, ended by NULL; NULL: none */
	const char *folder; /* paths below it are written relative to it; NULL: none are */
	mig_wall now;
	bool database; /* not an interface */
	bool mysql;    /* the scripts are MySQL's */
};

/*
 * Append the report in a form.  Whether it fits is for mig_buf_ok().
 */
void mig_report_write(const struct mig_report *report, enum mig_report_form form,
    struct mig_buf *out);

#endif
