/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/*
 * From the changes that were found to a verdict: what is ignored or known already is set aside,
 * the rest is counted.  The tool's reports and the daemon's preflight have it from here.
 */
#ifndef MIG_CHECK_FINISH_H
#define MIG_CHECK_FINISH_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "base/time.h"
#include "check/check.h"

struct mig_baseline;
struct mig_ignore;

/* From which severity on a change makes the comparison fail. */
enum mig_fail_on { MIG_FAIL_ON_POTENTIALLY_BREAKING, MIG_FAIL_ON_BREAKING, MIG_FAIL_NEVER };

struct mig_finish_options {
	const struct mig_ignore *ignore;     /* NULL: nothing is ignored */
	const struct mig_baseline *baseline; /* NULL: nothing is known */
	mig_wall now;                        /* for rows that expire */
	enum mig_fail_on fail_on;
};

enum mig_compatibility {
	MIG_FULLY_COMPATIBLE,
	MIG_BACKWARD_COMPATIBLE,
	MIG_POTENTIALLY_INCOMPATIBLE,
	MIG_BREAKING_CHANGES
};

struct mig_verdict {
	size_t counts[MIG_CHANGE_SEVERITIES]; /* of changes that count, by severity */
	size_t total;                         /* their sum */
	size_t ignored;
	size_t known;
	size_t excluded;
	enum mig_compatibility compatibility;
	enum mig_fail_on fail_on;
	int status; /* 0 compatible, 1 potentially breaking, 2 breaking, as fail_on has it */
};

/*
 * Set aside, count and judge.  notes gets what is to be said of the ignore file.  MIG_ENOMEM, also
 * when the report is not whole (mig_check_failed()).
 */
int mig_check_finish(struct mig_check *check, const struct mig_finish_options *options,
    struct mig_verdict *ret_verdict, struct mig_findings *notes) MIG_MUSTCHECK;

/*
 * Whether a change of this severity makes the comparison fail.
 */
bool mig_severity_fails(enum mig_change_severity severity, enum mig_fail_on fail_on);

/*
 * The word of reports for a verdict: "breaking_changes" and so on.
 */
const char *mig_compatibility_name(enum mig_compatibility compatibility);

#endif
