/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include "config.h"

#include <string.h>

#include "base/buf.h"
#include "base/limits.h"
#include "check/check.h"
#include "check/ignore.h"
#include "schema/judge.h"
#include "schema/script.h"
#include "source/compare.h"

#define DAY_MS (INT64_C(24) * 60 * 60 * 1000)

/* What stands before the name of a thing in the paths of changes. */
static const char *const roots[MIG_DB_KINDS_TOP] = {
	[MIG_DB_EXTENSION] = "components.extensions",
	[MIG_DB_NAMESPACE] = "components.schemas",
	[MIG_DB_ENUM] = "components.types",
	[MIG_DB_DOMAIN] = "components.types",
	[MIG_DB_COMPOSITE] = "components.types",
	[MIG_DB_RANGE_TYPE] = "components.types",
	[MIG_DB_COLLATION] = "components.collations",
	[MIG_DB_SEQUENCE] = "components.sequences",
	[MIG_DB_ROUTINE] = "procedures",
	[MIG_DB_TABLE] = "tables",
	[MIG_DB_VIEW] = "views",
	[MIG_DB_MATVIEW] = "views",
	[MIG_DB_STATISTICS] = "components.statistics",
	[MIG_DB_OTHER] = "components.others",
};

static void
put_path(const struct mig_db_object *object, struct mig_buf *out)
{
	mig_buf_reset(out);
	mig_buf_printf(out, "%s.", roots[object->kind]);
	if (object->schema != NULL && strcmp(object->schema, "public") != 0)
		mig_buf_printf(out, "%s.", object->schema);
	mig_buf_puts(out, object->name);
}

/* Take out what is excluded, so that no script touches it either. */
static int
exclude(struct mig_db *db, const struct mig_ignore *ignore)
{
	size_t count = 0;
	struct mig_buf path;
	if (ignore == NULL)
		return MIG_OK;
	(void)mig_db_objects(db, &count);
	mig_buf_init(&path, MIG_SCHEMA_BYTES_MAX);
	for (size_t i = count; i > 0; i--) {
		struct mig_db_object *object = mig_db_objects(db, &count)[i - 1];
		if (object->name == NULL)
			continue;
		put_path(object, &path);
		if (mig_ignore_excludes(ignore, path.data))
			mig_db_remove(db, object);
	}
	int error = mig_buf_ok(&path) ? MIG_OK : MIG_ENOMEM;
	mig_buf_fini(&path);
	return error;
}

static int
compare_databases(const struct side *before, const struct side *after,
    const struct compare_options *options, struct mig_check *check, struct mig_findings *findings)
{
	struct mig_db_diff *diff = NULL;
	int error = exclude(before->db, options->ignore);
	if (error == MIG_OK)
		error = exclude(after->db, options->ignore);
	if (error == MIG_OK)
		error = mig_db_compare(before->db, after->db, options->renames,
		    options->renames_count, &diff, findings);
	if (error == MIG_OK) {
		mig_db_judge(diff, check);
		mig_db_scripts(diff, check);
	}
	mig_db_diff_free(diff);
	return error;
}

static void
judge_interfaces(const struct side *before, const struct side *after,
    const struct compare_options *options, struct mig_check *check)
{
	struct mig_ignore_deprecation days = mig_ignore_deprecation(options->ignore);
	struct mig_api_policy policy = { .view = options->view,
		.today = options->now.ms / DAY_MS,
		.stable_days = days.stable_days,
		.beta_days = days.beta_days };
	mig_api_judge_by(before->api, after->api, &policy, check);
}

int
compare_sides(const struct side *before, const struct side *after,
    const struct compare_options *options, struct mig_check *check, struct mig_findings *findings)
{
	int error = MIG_OK;
	if (before->db != NULL)
		error = compare_databases(before, after, options, check, findings);
	else
		judge_interfaces(before, after, options, check);
	return error == MIG_OK && mig_check_failed(check) ? MIG_ENOMEM : error;
}
