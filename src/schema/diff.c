/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include "config.h"

#include "schema/diff.h"

int
mig_db_compare(const struct mig_db *before, const struct mig_db *after,
    const struct mig_db_rename *renames, size_t renames_count, struct mig_db_diff **ret_diff,
    struct mig_findings *findings)
{
	(void)before;
	(void)after;
	(void)renames;
	(void)renames_count;
	(void)ret_diff;
	mig_findings_add(findings, MIG_SEV_ERROR, NULL, NULL, NULL, "not built yet");
	return MIG_EDOC;
}

void
mig_db_diff_free(struct mig_db_diff *diff)
{
	(void)diff;
}

const struct mig_db_op *
mig_db_ops(const struct mig_db_diff *diff, size_t *ret_count)
{
	(void)diff;
	*ret_count = 0;
	return NULL;
}

const struct mig_db *
mig_db_diff_before(const struct mig_db_diff *diff)
{
	(void)diff;
	return NULL;
}

const struct mig_db *
mig_db_diff_after(const struct mig_db_diff *diff)
{
	(void)diff;
	return NULL;
}

const struct mig_db_object *
mig_db_counterpart(const struct mig_db_diff *diff, const struct mig_db_object *before)
{
	(void)diff;
	(void)before;
	return NULL;
}
