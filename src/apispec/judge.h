/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/*
 * What the differences between two versions of an interface mean for its clients and servers.
 */
#ifndef MIG_APISPEC_JUDGE_H
#define MIG_APISPEC_JUDGE_H

#include "apispec/model.h"
#include "check/check.h"

/* Whose point of view a severity is. */
enum mig_api_view { MIG_VIEW_CLIENT, MIG_VIEW_SERVER, MIG_VIEW_BOTH };

/*
 * Append the changes to the report.  Both must be of one style (OpenAPI or GraphQL).  Without
 * memory the report is marked as failed.
 */
void mig_api_judge(const struct mig_api *before, const struct mig_api *after,
    enum mig_api_view view, struct mig_check *check);

#endif
