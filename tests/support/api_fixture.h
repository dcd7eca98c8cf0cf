/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/*
 * What tests of interfaces need: reading documents that must be right, and finding changes in a
 * report.
 */
#ifndef MIG_TEST_API_FIXTURE_H
#define MIG_TEST_API_FIXTURE_H

#include "apispec/judge.h"
#include "support/test_support.h"

/*
 * The interface of a JSON text (single quotes stand for double ones); fails the test when it is
 * wrong.  Owned by the caller (mig_api_free()).
 */
struct mig_api *test_api(const char *text);

/*
 * The same of a file of the tree.
 */
struct mig_api *test_api_file(const char *path);

/*
 * The report of two versions, which are freed; owned by the caller (mig_check_free()).
 */
struct mig_check *test_api_judge(struct mig_api *before, struct mig_api *after,
    const struct mig_api_policy *policy);

/*
 * All changes, one a line: "severity type path rule: description"; owned by the caller (free()).
 */
char *test_changes(struct mig_check *check);

/*
 * The text with double quotes for single ones; owned by the caller (free()).
 */
char *test_quotes(const char *text);

#endif
