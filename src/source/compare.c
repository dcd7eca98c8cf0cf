/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include "config.h"

#include "check/check.h"
#include "check/ignore.h"
#include "schema/judge.h"
#include "schema/script.h"
#include "source/compare.h"

static int
compare_databases(const struct side *before, const struct side *after,
    const struct compare_options *options, struct mig_check *check, struct mig_findings *findings)
{
	struct mig_db_diff *diff = NULL;
	int error = mig_db_compare(
	    before->db, after->db, options->renames, options->renames_count, &diff, findings);
	if (error == MIG_OK) {
		mig_db_judge(diff, check);
		mig_db_scripts(diff, check);
	}
	mig_db_diff_free(diff);
	return error;
}

int
compare_sides(const struct side *before, const struct side *after,
    const struct compare_options *options, struct mig_check *check, struct mig_findings *findings)
{
	int error = MIG_OK;
	if (before->db != NULL)
		error = compare_databases(before, after, options, check, findings);
	else
		mig_api_judge(before->api, after->api, options->view, check);
	return error == MIG_OK && mig_check_failed(check) ? MIG_ENOMEM : error;
}
