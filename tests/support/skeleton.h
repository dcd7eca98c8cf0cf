/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/*
 * Compares a made document with the skeleton of another writer's: names, types, enumerations,
 * numbers and counts must be equal, prose need not.  In skeletons "~" stands for any text, and a
 * message body is the sorted list of its placeholders.
 */
#ifndef MIG_TEST_SKELETON_H
#define MIG_TEST_SKELETON_H

#include "base/json.h"

struct mig_template_var;

/* The seven samples, ended by NULL. */
extern const char *const test_samples_all[];

/*
 * Fail the test, with the JSON pointer, where made differs from skeleton.  Extension fields of
 * made are passed over, and so are elements that say they come from the specification, and
 * step ids of families that the other writer does not have.
 */
void test_skeleton(const struct mig_json *made, const struct mig_json *skeleton);

/*
 * The skeleton "plan_NAME" or "runbook_NAME"; owned by the caller (mig_json_free()).
 */
struct mig_json_doc *test_skeleton_read(const char *kind, const char *name);

/*
 * The sample specification of that name; owned by the caller.
 */
struct mig_json_doc *test_sample_read(const char *name);

/*
 * The plan of a specification, made at a fixed time; owned by the caller.
 */
struct mig_json_doc *test_plan(const struct mig_json *spec);

/*
 * The runbook of a plan, made at the same time, with values for placeholders (ended by a NULL
 * name; NULL for none); owned by the caller.
 */
struct mig_json_doc *test_runbook(const struct mig_json *plan, const struct mig_template_var *sets);

#endif
