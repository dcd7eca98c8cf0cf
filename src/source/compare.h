/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/*
 * Two sides, of whatever kind, into one report: the same for the tool and for the daemon.
 */
#ifndef MIG_SOURCE_COMPARE_H
#define MIG_SOURCE_COMPARE_H

#include <stddef.h>

#include "apispec/judge.h"
#include "base/time.h"
#include "schema/diff.h"
#include "source/side.h"

struct mig_check;
struct mig_ignore;

struct compare_options {
	const struct mig_db_rename *renames; /* of databases */
	size_t renames_count;
	enum mig_api_view view;          /* of interfaces */
	mig_wall now;                    /* for dates of interfaces; 0: none has passed */
	const struct mig_ignore *ignore; /* what it excludes is no part of either side; or NULL */
};

/*
 * Compare two sides that match (side_match()) and append changes and, for databases, scripts
 * to the report.  MIG_EDOC with findings; MIG_ENOMEM.
 */
int compare_sides(const struct side *before, const struct side *after,
    const struct compare_options *options, struct mig_check *check,
    struct mig_findings *findings) MIG_MUSTCHECK;

#endif
