/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <stdlib.h>
#include <string.h>

#include "schema/judge.h"
#include "support/db_judge.h"
#include "support/test_support.h"

/* Schemas are freed with the next judgement only: changes borrow from them. */
static struct mig_db *kept[2];

static void
keep(struct mig_db *before, struct mig_db *after)
{
	mig_db_free(kept[0]);
	mig_db_free(kept[1]);
	kept[0] = before;
	kept[1] = after;
}

static void
release(void)
{
	keep(NULL, NULL);
}

struct mig_check *
db_judge_renamed(struct mig_db *before, struct mig_db *after, const struct mig_db_rename *renames,
    size_t count)
{
	static bool registered;
	struct mig_findings findings = { .items = NULL };
	struct mig_db_diff *diff = NULL;
	struct mig_check *check = mig_check_new();

	assert_non_null(check);
	if (!registered)
		registered = atexit(release) == 0;
	int error = mig_db_compare(before, after, renames, count, &diff, &findings);
	if (error != MIG_OK) {
		char *shown = test_findings(&findings);
		print_error("%s", shown);
		free(shown);
	}
	assert_int_equal(error, MIG_OK);
	mig_db_judge(diff, check);
	assert_false(mig_check_failed(check));
	mig_db_diff_free(diff);
	mig_findings_fini(&findings);
	keep(before, after);
	return check;
}

struct mig_check *
db_judge(struct mig_db *before, struct mig_db *after)
{
	return db_judge_renamed(before, after, NULL, 0);
}

const struct mig_change *
db_judge_find(struct mig_check *check, const char *rule, enum mig_change_severity severity)
{
	size_t count = 0;
	const struct mig_change *changes = mig_check_changes(check, &count);
	for (size_t i = 0; i < count; i++)
		if (strcmp(changes[i].rule, rule) == 0 && changes[i].severity == severity)
			return &changes[i];
	return NULL;
}

const struct mig_change *
db_judge_rule(struct mig_check *check, const char *rule)
{
	size_t count = 0;
	const struct mig_change *changes = mig_check_changes(check, &count);
	for (size_t i = 0; i < count; i++)
		if (strcmp(changes[i].rule, rule) == 0)
			return &changes[i];
	return NULL;
}

void
db_judge_print(struct mig_check *check)
{
	size_t count = 0;
	const struct mig_change *changes = mig_check_changes(check, &count);
	for (size_t i = 0; i < count; i++)
		print_error("    %s %s %s: %s\n", changes[i].rule,
		    mig_change_severity_name(changes[i].severity), changes[i].field_path,
		    changes[i].description);
}
