/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/*
 * What the differences between two versions of an interface mean for its clients and servers.
 */
#ifndef MIG_APISPEC_JUDGE_H
#define MIG_APISPEC_JUDGE_H

#include <stdint.h>

#include "apispec/model.h"
#include "check/check.h"

/* Whose point of view a severity is. */
enum mig_api_view { MIG_VIEW_CLIENT, MIG_VIEW_SERVER, MIG_VIEW_BOTH };

/* What a judgement depends on beside the two versions. */
struct mig_api_policy {
	enum mig_api_view view;
	int64_t today;   /* days since 1970-01-01; 0: unknown, no date has passed */
	int stable_days; /* from deprecation to removal, at least; 0: no date is asked for */
	int beta_days;   /* the same of operations with x-stability-level: beta */
};

/*
 * Append the changes to the report.  Both must be of one style (OpenAPI or GraphQL).  Without
 * memory the report is marked as failed.
 */
void mig_api_judge(const struct mig_api *before, const struct mig_api *after,
    enum mig_api_view view, struct mig_check *check);

/*
 * As mig_api_judge(), with all that it depends on.
 */
void mig_api_judge_by(const struct mig_api *before, const struct mig_api *after,
    const struct mig_api_policy *policy, struct mig_check *check);

/*
 * The ids of all rules, each once, by index; NULL behind the last.
 */
const char *mig_api_rule_id(size_t index);

#endif
