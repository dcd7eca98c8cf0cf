/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/*
 * The ignore file (docs/schemas/check-ignore.schema.json): changes that are not to count, or
 * to count as less, each for a reason and perhaps until a day; things that are not to be looked
 * at; and how long an interface has to be deprecated.
 */
#ifndef MIG_CHECK_IGNORE_H
#define MIG_CHECK_IGNORE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "base/time.h"

struct mig_check;
struct mig_ignore;

/* How many days have to lie between deprecation and removal in an interface; 0: none. */
struct mig_ignore_deprecation {
	int stable_days;
	int beta_days;
};

/*
 * Read the file's text (len bytes); file is its path for findings.  Free with
 * mig_ignore_free().  MIG_EDOC with findings that say file, line and JSON pointer; MIG_ENOMEM.
 */
int mig_ignore_read(const char *text, size_t len, const char *file, struct mig_ignore **ret_ignore,
    struct mig_findings *findings) MIG_MUSTCHECK;

/*
 * Free the rows; NULL is a no-op.
 */
void mig_ignore_free(struct mig_ignore *ignore);

/*
 * Whether a thing (by its field path, or a path above it) is not to be looked at; NULL excludes
 * nothing.
 */
bool mig_ignore_excludes(const struct mig_ignore *ignore, const char *path);

/*
 * What the file says of deprecation; all 0 for NULL.
 */
struct mig_ignore_deprecation mig_ignore_deprecation(const struct mig_ignore *ignore);

/*
 * Mark the changes that the rows name: the first row that fits and has not expired decides.
 * Rows that have expired or name nothing are told of in notes.  MIG_ENOMEM.
 */
int mig_ignore_apply(const struct mig_ignore *ignore, struct mig_check *check, mig_wall now,
    struct mig_findings *notes) MIG_MUSTCHECK;

#endif
