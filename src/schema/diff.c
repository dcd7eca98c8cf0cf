/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "schema/diff_int.h"
#include "schema/script_quote.h"

void
mig_diff_add(struct mig_db_diff *diff, enum mig_db_what what, const struct mig_db_object *before,
    const struct mig_db_object *after, unsigned aspects)
{
	MIG_ASSERT(before != NULL || after != NULL);
	if (what == MIG_DB_CHANGED && aspects == 0)
		return;
	if (diff->count == diff->cap) {
		size_t cap = diff->cap == 0 ? 64 : diff->cap * 2;
		struct mig_db_op *grown = reallocarray(diff->ops, cap, sizeof(*grown));
		if (grown == NULL) {
			diff->failed = true;
			return;
		}
		diff->ops = grown;
		diff->cap = cap;
	}
	diff->ops[diff->count++] = (struct mig_db_op){ .what = what,
		.kind = before != NULL ? before->kind : after->kind,
		.before = before,
		.after = after,
		.aspects = aspects };
}

/* A name such as "schema.table.column", cut at its dots. */
#define PARTS_MAX 3

struct path {
	char text[512];
	const char *parts[PARTS_MAX];
	size_t count;
};

static bool
path_cut(struct path *path, const char *name)
{
	size_t len = strlen(name);
	if (len == 0 || len >= sizeof(path->text))
		return false;
	memcpy(path->text, name, len + 1);
	path->count = 0;
	char *rest = path->text;
	while (rest != NULL && path->count < PARTS_MAX) {
		path->parts[path->count++] = rest;
		rest = strchr(rest, '.');
		if (rest != NULL)
			*rest++ = '\0';
	}
	return rest == NULL;
}

/* The table or view of that name, in the schema if one is given, else wherever it is alone. */
static const struct mig_db_object *
table_named(const struct mig_db *db, const char *schema, const char *name)
{
	if (schema != NULL)
		return mig_db_find(db, MIG_DB_TABLE, schema, name);
	const struct mig_db_object *found = mig_db_find(db, MIG_DB_TABLE, NULL, name);
	if (found == NULL)
		found = mig_db_find(db, MIG_DB_TABLE, "public", name);
	size_t count = 0;
	struct mig_db_object *const *objects = mig_db_objects(db, &count);
	for (size_t i = 0; i < count && found == NULL; i++)
		if (objects[i]->kind == MIG_DB_TABLE && strcmp(objects[i]->name, name) == 0)
			found = objects[i];
	return found;
}

static const struct mig_db_object *
column_named(const struct mig_db_object *table, const char *name)
{
	return table != NULL ? mig_db_find_part(table, MIG_DB_COLUMN, name) : NULL;
}

/* What the old name of a rename stands for; NULL: nothing. */
static const struct mig_db_object *
rename_source(const struct mig_db *db, const char *name)
{
	struct path path;
	if (!path_cut(&path, name))
		return NULL;
	if (path.count == 1)
		return table_named(db, NULL, path.parts[0]);
	if (path.count == 3)
		return column_named(table_named(db, path.parts[0], path.parts[1]), path.parts[2]);
	const struct mig_db_object *table = table_named(db, path.parts[0], path.parts[1]);
	if (table != NULL)
		return table;
	return column_named(table_named(db, NULL, path.parts[0]), path.parts[1]);
}

/* What the new name stands for in the after schema; its table may have been renamed before. */
static const struct mig_db_object *
rename_target(const struct mig_db_diff *diff, const struct mig_db_object *source, const char *to)
{
	if (source->kind != MIG_DB_COLUMN)
		return mig_db_find(diff->after, MIG_DB_TABLE, source->schema, to);
	return column_named(mig_db_counterpart(diff, source->parent), to);
}

/* Take one rename in; renames of tables have to come before those of their columns. */
static void
rename_take(struct mig_db_diff *diff, const struct mig_db_rename *rename,
    const struct mig_db_object *source, struct mig_findings *findings)
{
	const struct mig_db_object *target = rename_target(diff, source, rename->to);
	if (target == NULL || target->kind != source->kind) {
		mig_findings_add(findings, MIG_SEV_ERROR, NULL, NULL,
		    "the new name must be in the schema after", "--rename %s=%s: there is no %s %s",
		    rename->from, rename->to, mig_db_kind_name(source->kind), rename->to);
		return;
	}
	bool taken = source->kind == MIG_DB_COLUMN ?
	    column_named(source->parent, rename->to) != NULL :
	    mig_db_find(diff->before, MIG_DB_TABLE, source->schema, rename->to) != NULL;
	if (taken) {
		mig_findings_add(findings, MIG_SEV_ERROR, NULL, NULL, NULL,
		    "--rename %s=%s: %s is there already in the schema before", rename->from,
		    rename->to, rename->to);
		return;
	}
	diff->renames[diff->renames_count++] = (struct diff_rename){ source, target };
}

/* The routine that has become of one whose arguments have a renamed type; NULL: none has. */
static const struct mig_db_object *
routine_renamed(const struct mig_db_diff *diff, const struct mig_db_object *before)
{
	size_t count = 0;
	struct mig_db_object *const *objects = mig_db_objects(diff->after, &count);
	for (size_t i = 0; i < count; i++)
		if (objects[i]->kind == MIG_DB_ROUTINE &&
		    strcmp(objects[i]->name, before->name) == 0 &&
		    mig_db_same(objects[i]->schema, before->schema) &&
		    mig_db_same_text(diff, mig_db_as_routine(before)->arguments,
		        mig_db_as_routine(objects[i])->arguments))
			return objects[i];
	return NULL;
}

static int
rename_add(struct mig_db_diff *diff, const struct mig_db_object *before,
    const struct mig_db_object *after)
{
	struct diff_rename *grown =
	    reallocarray(diff->renames, diff->renames_count + 1, sizeof(*grown));
	if (grown == NULL)
		return MIG_ENOMEM;
	diff->renames = grown;
	diff->renames[diff->renames_count++] = (struct diff_rename){ before, after };
	return MIG_OK;
}

/* Routines go by the types of their arguments, and tables are types: they get new names as well. */
static int
renames_take_routines(struct mig_db_diff *diff)
{
	size_t named = diff->renames_count;
	size_t count = 0;
	struct mig_db_object *const *objects = mig_db_objects(diff->before, &count);
	for (size_t i = 0; i < count; i++) {
		const struct mig_db_object *before = objects[i];
		bool concerned = false;
		for (size_t k = 0; k < named && before->kind == MIG_DB_ROUTINE; k++)
			concerned = concerned ||
			    mig_sql_mentions(mig_db_as_routine(before)->arguments,
			        diff->renames[k].before->name);
		const struct mig_db_object *after =
		    concerned ? routine_renamed(diff, before) : NULL;
		if (after == NULL)
			continue;
		int error = rename_add(diff, before, after);
		if (error != MIG_OK)
			return error;
	}
	return MIG_OK;
}

/* What a child, which stays one, has of a renamed column; NULL: nothing that is to be renamed. */
static const struct mig_db_object *
heir_of(const struct mig_db_object *table, const struct mig_db_object *column)
{
	bool heir = table->kind == MIG_DB_TABLE && mig_db_has_parent(table, column->parent);
	const struct mig_db_object *own = heir ? column_named(table, column->name) : NULL;
	return own != NULL && mig_db_as_column(own)->inherited ? own : NULL;
}

/* Children get a new name of a column with their parents, and may have children themselves. */
static int
renames_take_heirs(struct mig_db_diff *diff)
{
	size_t count = 0;
	struct mig_db_object *const *objects = mig_db_objects(diff->before, &count);
	for (size_t k = 0; k < diff->renames_count; k++) {
		struct diff_rename rename = diff->renames[k];
		for (size_t i = 0; i < count && rename.before->kind == MIG_DB_COLUMN; i++) {
			const struct mig_db_object *old = heir_of(objects[i], rename.before);
			const struct mig_db_object *table =
			    old != NULL ? mig_db_counterpart(diff, objects[i]) : NULL;
			const struct mig_db_object *new =
			    table != NULL ? heir_of(table, rename.after) : NULL;
			if (new == NULL || mig_diff_renamed(diff, old) != NULL)
				continue;
			int error = rename_add(diff, old, new);
			if (error != MIG_OK)
				return error;
		}
	}
	return MIG_OK;
}

static int
renames_take(struct mig_db_diff *diff, const struct mig_db_rename *renames, size_t count,
    struct mig_findings *findings)
{
	size_t errors = findings->errors;
	if (count == 0)
		return MIG_OK;
	diff->renames = calloc(count, sizeof(*diff->renames));
	if (diff->renames == NULL)
		return MIG_ENOMEM;
	for (int columns = 0; columns <= 1; columns++) {
		for (size_t i = 0; i < count; i++) {
			const struct mig_db_object *source =
			    rename_source(diff->before, renames[i].from);
			if (source == NULL && columns == 0)
				mig_findings_add(findings, MIG_SEV_ERROR, NULL, NULL,
				    "say table, table.column, or either with its schema before it",
				    "--rename %s=%s: there is no %s in the schema before",
				    renames[i].from, renames[i].to, renames[i].from);
			if (source != NULL && (source->kind == MIG_DB_COLUMN) == (columns == 1))
				rename_take(diff, &renames[i], source, findings);
		}
	}
	if (findings->errors > errors)
		return MIG_EDOC;
	int error = renames_take_heirs(diff);
	return error == MIG_OK ? renames_take_routines(diff) : error;
}

const struct mig_db_object *
mig_diff_renamed(const struct mig_db_diff *diff, const struct mig_db_object *before)
{
	for (size_t i = 0; i < diff->renames_count; i++)
		if (diff->renames[i].before == before)
			return diff->renames[i].after;
	return NULL;
}

const struct mig_db_object *
mig_diff_renamed_from(const struct mig_db_diff *diff, const struct mig_db_object *after)
{
	for (size_t i = 0; i < diff->renames_count; i++)
		if (diff->renames[i].after == after)
			return diff->renames[i].before;
	return NULL;
}

static const struct mig_db_object *
same_name(const struct mig_db *db, const struct mig_db_object *object)
{
	const struct mig_db_object *found = mig_db_find_same(db, object);
	return found != NULL && found->kind == object->kind ? found : NULL;
}

const struct mig_db_object *
mig_db_counterpart(const struct mig_db_diff *diff, const struct mig_db_object *before)
{
	const struct mig_db_object *renamed = mig_diff_renamed(diff, before);
	if (renamed != NULL)
		return renamed;
	const struct mig_db_object *after = same_name(diff->after, before);
	return after != NULL && mig_diff_renamed_from(diff, after) == NULL ? after : NULL;
}

/* Whether a thing of the after schema was there before. */
static bool
was_there(const struct mig_db_diff *diff, const struct mig_db_object *after)
{
	if (mig_diff_renamed_from(diff, after) != NULL)
		return true;
	const struct mig_db_object *before = same_name(diff->before, after);
	return before != NULL && mig_diff_renamed(diff, before) == NULL;
}

static void
compare_objects(struct mig_db_diff *diff)
{
	size_t count = 0;
	struct mig_db_object *const *objects = mig_db_objects(diff->before, &count);
	for (size_t i = 0; i < count; i++) {
		const struct mig_db_object *after = mig_db_counterpart(diff, objects[i]);
		if (after == NULL) {
			mig_diff_add(diff, MIG_DB_DROPPED, objects[i], NULL, 0);
			continue;
		}
		mig_diff_add(diff, MIG_DB_CHANGED, objects[i], after,
		    mig_diff_aspects(diff, objects[i], after));
		mig_diff_parts(diff, objects[i], after);
	}
	objects = mig_db_objects(diff->after, &count);
	for (size_t i = 0; i < count; i++)
		if (!was_there(diff, objects[i]))
			mig_diff_add(diff, MIG_DB_ADDED, NULL, objects[i], 0);
}

int
mig_db_compare(const struct mig_db *before, const struct mig_db *after,
    const struct mig_db_rename *renames, size_t renames_count, struct mig_db_diff **ret_diff,
    struct mig_findings *findings)
{
	struct mig_db_diff *diff = calloc(1, sizeof(*diff));
	if (diff == NULL)
		return MIG_ENOMEM;
	diff->before = before;
	diff->after = after;
	int error = renames_take(diff, renames, renames_count, findings);
	if (error == MIG_OK)
		compare_objects(diff);
	if (error == MIG_OK && diff->failed)
		error = MIG_ENOMEM;
	if (error != MIG_OK) {
		mig_db_diff_free(diff);
		return error;
	}
	*ret_diff = diff;
	return MIG_OK;
}

void
mig_db_diff_free(struct mig_db_diff *diff)
{
	if (diff == NULL)
		return;
	free(diff->ops);
	free(diff->renames);
	free(diff->scratch.pair);
	free(diff->scratch.back);
	free(diff->scratch.slots);
	free(diff);
}

const struct mig_db_op *
mig_db_ops(const struct mig_db_diff *diff, size_t *ret_count)
{
	*ret_count = diff->count;
	return diff->ops;
}

const struct mig_db *
mig_db_diff_before(const struct mig_db_diff *diff)
{
	return diff->before;
}

const struct mig_db *
mig_db_diff_after(const struct mig_db_diff *diff)
{
	return diff->after;
}
