/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/*
 * The baseline (docs/schemas/check-baseline.schema.json): changes that are known and are not to
 * be reported again, by their fingerprints.
 */
#ifndef MIG_CHECK_BASELINE_H
#define MIG_CHECK_BASELINE_H

#include <stddef.h>

#include "base/err.h"

struct mig_buf;
struct mig_change;
struct mig_check;
struct mig_baseline;

#define MIG_FINGERPRINT_TEXT 33 /* 32 hex digits and NUL */

/*
 * What is the same for the same change in every run, wherever it is written: made of rule,
 * path, old and new value.
 */
void mig_change_fingerprint(const struct mig_change *change, char ret_text[MIG_FINGERPRINT_TEXT]);

/*
 * Read a baseline; as mig_ignore_read() in ignore.h.  Free with mig_baseline_free().
 */
int mig_baseline_read(const char *text, size_t len, const char *file,
    struct mig_baseline **ret_baseline, struct mig_findings *findings) MIG_MUSTCHECK;

/*
 * Free the baseline; NULL is a no-op.
 */
void mig_baseline_free(struct mig_baseline *baseline);

/*
 * Mark the changes that count and are in the baseline as known; NULL knows nothing.
 */
void mig_baseline_apply(const struct mig_baseline *baseline, struct mig_check *check);

/*
 * Append the baseline of all changes that count or are known already, as indented JSON.
 */
void mig_baseline_write(struct mig_check *check, struct mig_buf *out);

#endif
