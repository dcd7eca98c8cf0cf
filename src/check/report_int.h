/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/*
 * What the forms of a report share.  Private to report*.c.
 */
#ifndef MIG_CHECK_REPORT_INT_H
#define MIG_CHECK_REPORT_INT_H

#include "base/buf.h"
#include "base/limits.h"
#include "check/report.h"

/* Most bytes of one text that is put together: no value is longer than its document. */
#define MIG_REPORT_LINE_MAX MIG_SCHEMA_BYTES_MAX

struct mig_jw;

/* Most of each list of words below, with its NULL. */
#define MIG_REPORT_ADVICE_MAX 10
#define MIG_REPORT_TESTS_MAX 4

/* What follows from the numbers. */
struct mig_report_risk {
	const char *overall;    /* "high", "medium", "low" */
	const char *deployment; /* "requires_coordinated_deployment" or the other */
	const char *rollback;   /* "high", "medium", "low" */
	const char *tests[MIG_REPORT_TESTS_MAX];   /* ended by NULL */
	const char *advice[MIG_REPORT_ADVICE_MAX]; /* sentences, ended by NULL */
};

/*
 * Risks and advice of a report.
 */
struct mig_report_risk mig_report_risk(const struct mig_report *report);

/*
 * The texts of a change that must not be empty: what is there, else a general sentence.
 */
const char *mig_change_description(const struct mig_change *change);

/*
 * As mig_change_description(): whom it hurts, and how.
 */
const char *mig_change_impact(const struct mig_change *change);

/*
 * As mig_change_description(): what to do about it.
 */
const char *mig_change_suggestion(const struct mig_change *change);

/*
 * Where a change is to be shown: in the newer document if that is known, else in the older, else
 * line 1 of a file that was compared.  file NULL: there is no file.
 */
struct mig_place mig_change_place(const struct mig_report *report, const struct mig_change *change);

/*
 * A path as it is to be shown: without the report's folder in front, and without "./".
 */
const char *mig_report_path(const struct mig_report *report, const char *path);

/*
 * The statement that a script runs: up, or what is to be repeated.
 */
const char *mig_script_statement(const struct mig_check_script *script);

/*
 * Append a text in one line: control characters, invalid bytes and marks that turn the direction
 * of text become a space each.
 */
void mig_report_line(struct mig_buf *out, const char *text);

/*
 * Append the words for what a statement does: "scan, rewrite", "" for none.
 */
void mig_report_work(struct mig_buf *out, unsigned work);

/*
 * Append lock, work and time of a change in words: "ACCESS EXCLUSIVE lock, rewrite, about 12 s".
 */
void mig_report_hazard(struct mig_buf *out, const struct mig_change *change);

/*
 * The words for the n-th kind of work (from 0), and its bit in ret_bit; NULL behind the last.
 */
const char *mig_work_name(size_t n, unsigned *ret_bit);

/*
 * Write the members of a script's object.
 */
void mig_report_script(struct mig_jw *jw, const struct mig_check_script *script);

/*
 * The forms, one function each.
 */
void mig_report_json(const struct mig_report *report, struct mig_buf *out);

/*
 * See mig_report_json().
 */
void mig_report_text(const struct mig_report *report, struct mig_buf *out);

/*
 * See mig_report_json().
 */
void mig_report_markdown(const struct mig_report *report, struct mig_buf *out);

/*
 * See mig_report_json().
 */
void mig_report_sql(const struct mig_report *report, struct mig_buf *out);

/*
 * See mig_report_json().
 */
void mig_report_sarif(const struct mig_report *report, struct mig_buf *out);

/*
 * See mig_report_json().
 */
void mig_report_junit(const struct mig_report *report, struct mig_buf *out);

/*
 * See mig_report_json().
 */
void mig_report_github(const struct mig_report *report, struct mig_buf *out);

#endif
