/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/json.h"
#include "base/json_read.h"
#include "base/limits.h"
#include "check/check.h"
#include "check/glob.h"
#include "check/ignore.h"
#include "check/place.h"

#define DAY_MS (INT64_C(24) * 60 * 60 * 1000)
#define DATE_LENGTH 10
#define POINTER_MAX 64
#define DEPRECATION_DAYS_MAX 36500

/* One row; texts are the document's. */
struct row {
	const char *rule; /* pattern; NULL: any */
	const char *type; /* NULL: any */
	const char *path; /* pattern; NULL: any */
	const char *reason;
	const char *expires; /* NULL: never */
	mig_wall until;      /* 0: never */
	int severity;        /* as which it counts; negative: not at all */
};

struct mig_ignore {
	struct mig_json_doc *doc;
	struct row *rows;
	size_t rows_count;
	const char **excludes;
	size_t excludes_count;
	struct mig_ignore_deprecation deprecation;
	char *file;
};

static const char *const severity_names[] = { "breaking", "potentially_breaking", "non_breaking",
	"additive", NULL };

/* A day ends with its last moment in UTC; a time is a time. */
static bool
parse_expiry(const char *text, mig_wall *ret_until)
{
	char day[sizeof("2026-12-01T00:00:00Z")];
	bool whole = strlen(text) == DATE_LENGTH;
	if (whole) {
		memcpy(day, text, DATE_LENGTH);
		memcpy(day + DATE_LENGTH, "T00:00:00Z", sizeof("T00:00:00Z"));
		text = day;
	}
	if (mig_time_parse(text, ret_until) != MIG_OK)
		return false;
	ret_until->ms += whole ? DAY_MS : 0;
	return ret_until->ms > 0;
}

static void
read_row(struct mig_reader *reader, const struct mig_at *at, struct row *row)
{
	static const char *const known[] = { "rule", "type", "path", "reason", "expires",
		"severity", NULL };
	if (!mig_read_object(reader, at, MIG_READ_REQUIRED, known))
		return;
	row->rule = mig_read_string(reader, at, "rule", MIG_READ_NONEMPTY, NULL);
	row->type = mig_read_string(reader, at, "type", MIG_READ_NONEMPTY, NULL);
	row->path = mig_read_string(reader, at, "path", MIG_READ_NONEMPTY, NULL);
	row->reason =
	    mig_read_string(reader, at, "reason", MIG_READ_REQUIRED | MIG_READ_NONEMPTY, "");
	row->expires = mig_read_string(reader, at, "expires", MIG_READ_NONEMPTY, NULL);
	row->severity = mig_read_enum(reader, at, "severity", 0, severity_names, -1);
	if (row->rule == NULL && row->type == NULL && row->path == NULL)
		mig_at_error(reader, at, "say which with rule, type or path",
		    "this would ignore everything");
	if (row->expires != NULL && !parse_expiry(row->expires, &row->until)) {
		struct mig_at place = mig_at_key(at, "expires");
		mig_at_error(
		    reader, &place, "write it like 2026-12-31", "\"%s\" is no date", row->expires);
	}
}

/* A list of at most MIG_CHECK_RULES_MAX elements; how many it has. */
static size_t
read_list(struct mig_reader *reader, const struct mig_at *at)
{
	size_t count = mig_read_array(reader, at, 0) ? mig_json_count(at->node) : 0;
	if (count <= MIG_CHECK_RULES_MAX)
		return count;
	mig_at_error(reader, at, NULL, "more than %d rows", MIG_CHECK_RULES_MAX);
	return 0;
}

static int
read_rows(struct mig_reader *reader, const struct mig_at *root, struct mig_ignore *ignore)
{
	struct mig_at list = mig_at_key(root, "ignore");
	struct mig_at at = { 0 };
	size_t count = read_list(reader, &list);
	ignore->rows = calloc(count + 1, sizeof(*ignore->rows));
	if (ignore->rows == NULL)
		return MIG_ENOMEM;
	while (ignore->rows_count < count && mig_at_each(&list, &at))
		read_row(reader, &at, &ignore->rows[ignore->rows_count++]);
	return MIG_OK;
}

static int
read_excludes(struct mig_reader *reader, const struct mig_at *root, struct mig_ignore *ignore)
{
	struct mig_at list = mig_at_key(root, "exclude");
	struct mig_at at = { 0 };
	size_t count = read_list(reader, &list);
	ignore->excludes = calloc(count + 1, sizeof(*ignore->excludes));
	if (ignore->excludes == NULL)
		return MIG_ENOMEM;
	while (ignore->excludes_count < count && mig_at_each(&list, &at)) {
		const char *pattern = mig_json_string(at.node);
		if (pattern == NULL || *pattern == '\0')
			mig_at_error(reader, &at, "such as \"tables.tmp_*\"", "must be a path");
		else
			ignore->excludes[ignore->excludes_count++] = pattern;
	}
	return MIG_OK;
}

static void
read_deprecation(struct mig_reader *reader, const struct mig_at *root, struct mig_ignore *ignore)
{
	static const char *const known[] = { "stable_days", "beta_days", NULL };
	struct mig_at at = mig_at_key(root, "deprecation");
	if (!mig_read_object(reader, &at, 0, known))
		return;
	ignore->deprecation.stable_days =
	    (int)mig_read_integer(reader, &at, "stable_days", 0, 0, DEPRECATION_DAYS_MAX, 0);
	ignore->deprecation.beta_days =
	    (int)mig_read_integer(reader, &at, "beta_days", 0, 0, DEPRECATION_DAYS_MAX, 0);
}

static int
read_all(struct mig_reader *reader, struct mig_ignore *ignore)
{
	static const char *const known[] = { "ignore", "exclude", "deprecation", "$schema", NULL };
	struct mig_at root = mig_at_root(ignore->doc);
	if (!mig_read_object(reader, &root, MIG_READ_REQUIRED, known))
		return MIG_EDOC;
	read_deprecation(reader, &root, ignore);
	int error = read_rows(reader, &root, ignore);
	return error == MIG_OK ? read_excludes(reader, &root, ignore) : error;
}

int
mig_ignore_read(const char *text, size_t len, const char *file, struct mig_ignore **ret_ignore,
    struct mig_findings *findings)
{
	struct mig_reader reader = { findings, file, MIG_SEV_ERROR };
	size_t first = findings->count;
	size_t errors = findings->errors;
	struct mig_ignore *ignore = calloc(1, sizeof(*ignore));
	if (ignore == NULL)
		return MIG_ENOMEM;
	ignore->file = strdup(file);
	int error = ignore->file != NULL ? mig_json_parse(text, len, file, &ignore->doc, findings) :
	                                   MIG_ENOMEM;
	if (error == MIG_OK)
		error = read_all(&reader, ignore);
	mig_findings_place(findings, first, text, len);
	if (error == MIG_OK && findings->errors > errors)
		error = MIG_EDOC;
	if (error != MIG_OK) {
		mig_ignore_free(ignore);
		return error;
	}
	*ret_ignore = ignore;
	return MIG_OK;
}

void
mig_ignore_free(struct mig_ignore *ignore)
{
	if (ignore == NULL)
		return;
	mig_json_free(ignore->doc);
	free(ignore->rows);
	free(ignore->excludes);
	free(ignore->file);
	free(ignore);
}

/* Whether the pattern names the path or something that it is a part of. */
static bool
names(const char *pattern, const char *path)
{
	size_t len = strlen(pattern);
	if (strncmp(pattern, path, len) == 0 && path[len] == '.')
		return true;
	return mig_glob_match(pattern, path);
}

struct mig_ignore_deprecation
mig_ignore_deprecation(const struct mig_ignore *ignore)
{
	return ignore != NULL ? ignore->deprecation : (struct mig_ignore_deprecation){ 0 };
}

bool
mig_ignore_excludes(const struct mig_ignore *ignore, const char *path)
{
	for (size_t i = 0; ignore != NULL && i < ignore->excludes_count; i++)
		if (names(ignore->excludes[i], path))
			return true;
	return false;
}

static bool
fits(const struct row *row, const struct mig_change *change)
{
	return (row->rule == NULL || mig_glob_match(row->rule, change->rule)) &&
	    (row->type == NULL || strcmp(row->type, change->type) == 0) &&
	    (row->path == NULL || mig_glob_match(row->path, change->field_path));
}

static void
mark(const struct row *row, struct mig_change *change)
{
	change->reason = row->reason;
	change->expires = row->expires;
	if (row->severity < 0)
		change->state = MIG_CHANGE_IGNORED;
	else
		change->severity = (enum mig_change_severity)row->severity;
}

/* The first row that fits and holds; the one that would, had it not expired, is marked in used. */
static void
apply_rows(const struct mig_ignore *ignore, mig_wall now, struct mig_change *change, bool *used)
{
	for (size_t i = 0; i < ignore->rows_count; i++) {
		const struct row *row = &ignore->rows[i];
		bool expired = row->until.ms != 0 && row->until.ms <= now.ms;
		if (!fits(row, change))
			continue;
		used[i] = true;
		if (expired)
			continue;
		mark(row, change);
		return;
	}
}

/* What the operator should clean up. */
static void
tell(const struct mig_ignore *ignore, mig_wall now, const bool *used, struct mig_findings *notes)
{
	struct mig_buf pointer;
	mig_buf_init(&pointer, POINTER_MAX);
	for (size_t i = 0; i < ignore->rows_count; i++) {
		const struct row *row = &ignore->rows[i];
		bool expired = row->until.ms != 0 && row->until.ms <= now.ms;
		if (used[i] && !expired)
			continue;
		mig_buf_reset(&pointer);
		mig_buf_printf(&pointer, "/ignore/%zu", i);
		if (used[i])
			mig_findings_add(notes, MIG_SEV_WARNING, ignore->file, pointer.data,
			    "mend it or give it a new date",
			    "expired on %s: what it names counts again", row->expires);
		else
			mig_findings_add(notes, MIG_SEV_NOTE, ignore->file, pointer.data,
			    "it can be removed", "names no change");
	}
	mig_buf_fini(&pointer);
}

int
mig_ignore_apply(const struct mig_ignore *ignore, struct mig_check *check, mig_wall now,
    struct mig_findings *notes)
{
	size_t count = 0;
	struct mig_change *changes = mig_check_changes(check, &count);
	bool *used = calloc(ignore->rows_count + 1, sizeof(*used));
	if (used == NULL)
		return MIG_ENOMEM;
	for (size_t i = 0; i < count; i++) {
		if (mig_ignore_excludes(ignore, changes[i].field_path))
			changes[i].state = MIG_CHANGE_EXCLUDED;
		else
			apply_rows(ignore, now, &changes[i], used);
	}
	tell(ignore, now, used, notes);
	free(used);
	return MIG_OK;
}
