/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <string.h>

#include "source/ddl.h"
#include "support/script_fixture.h"
#include "support/test_support.h"

struct mig_db *
read_ddl(const char *text)
{
	struct mig_findings findings = { .items = NULL };
	struct mig_db *db = mig_db_new(MIG_DB_POSTGRESQL);
	assert_non_null(db);
	int error = ddl_apply(db, text, strlen(text), "t.sql", &findings);
	if (error != MIG_OK)
		fail_msg("%s", test_findings(&findings));
	mig_findings_fini(&findings);
	return db;
}

struct scripts
scripts_between(struct mig_db *before, struct mig_db *after, const struct mig_db_rename *renames,
    size_t renames_count)
{
	struct scripts scripts = { .before = before, .after = after };
	struct mig_findings findings = { .items = NULL };
	assert_int_equal(mig_db_compare(before, after, renames, renames_count, &scripts.diff,
	                     &findings),
	    MIG_OK);
	mig_findings_fini(&findings);
	scripts.check = mig_check_new();
	assert_non_null(scripts.check);
	mig_db_scripts(scripts.diff, scripts.check);
	assert_false(mig_check_failed(scripts.check));
	scripts.list = mig_check_scripts(scripts.check, &scripts.count);
	return scripts;
}

struct scripts
scripts_of(const char *before, const char *after)
{
	return scripts_between(read_ddl(before), read_ddl(after), NULL, 0);
}

void
scripts_free(struct scripts *scripts)
{
	mig_check_free(scripts->check);
	mig_db_diff_free(scripts->diff);
	mig_db_free(scripts->before);
	mig_db_free(scripts->after);
}

size_t
place_of(const struct scripts *scripts, const char *slug)
{
	for (size_t i = 0; i < scripts->count; i++)
		if (strcmp(scripts->list[i].slug, slug) == 0)
			return i;
	for (size_t i = 0; i < scripts->count; i++)
		print_error("%s\n", scripts->list[i].slug);
	fail_msg("there is no script %s", slug);
	return 0;
}

void
must_have(const char *text, const char *part)
{
	if (part != NULL && (text == NULL || strstr(text, part) == NULL))
		fail_msg("no \"%s\" in:\n%s", part, text != NULL ? text : "(nothing)");
}
