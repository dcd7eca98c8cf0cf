/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include "config.h"

#include <string.h>
#include <strings.h>

#include "base/arena.h"
#include "schema/judge_int.h"

static const char *
columns_text(struct judge *judge, const struct mig_db_table *view, size_t first)
{
	mig_buf_reset(&judge->text);
	for (size_t i = first; i < view->columns_count; i++)
		mig_buf_printf(
		    &judge->text, "%s%s", i > first ? ", " : "", view->columns[i]->base.name);
	return mig_arena_strdup(judge->arena, judge->text.data);
}

static bool
same_column(const struct mig_db_column *a, const struct mig_db_column *b)
{
	bool typed = a->type != NULL && b->type != NULL;
	return strcmp(a->base.name, b->base.name) == 0 &&
	    (!typed || strcmp(a->type, b->type) == 0) &&
	    mig_db_same(a->more->collation, b->more->collation);
}

/* Whether all old columns are there as they were, and new ones only behind them. */
static bool
is_appended(const struct mig_db_table *old, const struct mig_db_table *new)
{
	if (new->columns_count <= old->columns_count)
		return false;
	for (size_t i = 0; i < old->columns_count; i++)
		if (!same_column(old->columns[i], new->columns[i]))
			return false;
	return true;
}

/* What follows the list of columns: from the first FROM that stands in no bracket; NULL. */
static const char *
from_part(const char *query)
{
	int depth = 0;
	bool literal = false;
	for (const char *p = query; p != NULL && *p != '\0'; p++) {
		literal = literal != (*p == '\'');
		if (literal)
			continue;
		depth += (*p == '(') - (*p == ')');
		bool blank = *p == ' ' || *p == '\n' || *p == '\t';
		if (depth == 0 && blank && strncasecmp(p + 1, "from", 4) == 0 &&
		    (p[5] == ' ' || p[5] == '\n' || p[5] == '\t'))
			return p + 1;
	}
	return NULL;
}

/* Whether the query has changed in more than renames or, where they have, its columns. */
static bool
selects_otherwise(const struct judge *judge, const struct mig_db_op *op, bool columns)
{
	if (!columns)
		return !mig_db_same_text(
		    judge->diff, op->before->definition, op->after->definition);
	const char *old = from_part(op->before->definition);
	const char *new = from_part(op->after->definition);
	return old == NULL || new == NULL || !mig_judge_equivalent(old, new);
}

static struct judge_case
case_of(struct judge *judge, const struct mig_db_op *op, enum judge_rule_id rule)
{
	struct judge_case fact = mig_judge_case(rule, op);
	fact.old_json = mig_judge_value(judge, op->before);
	fact.new_json = mig_judge_value(judge, op->after);
	return fact;
}

static void
judge_columns(struct judge *judge, const struct mig_db_op *op)
{
	const struct mig_db_table *old = mig_db_as_table(op->before);
	const struct mig_db_table *new = mig_db_as_table(op->after);
	bool appended = is_appended(old, new);
	struct judge_case fact =
	    case_of(judge, op, appended ? RULE_VIEW_APPENDED : RULE_VIEW_COLUMNS);
	fact.old_text = columns_text(judge, old, 0);
	fact.new_text = columns_text(judge, new, 0);
	fact.extra = appended ? columns_text(judge, new, old->columns_count) : NULL;
	mig_judge_add(judge, &fact);
}

static void
judge_matview(struct judge *judge, const struct mig_db_op *op)
{
	unsigned rebuilt = MIG_DB_COLUMNS | MIG_DB_DEFINITION;
	struct judge_case fact = { .rule = RULE_MATVIEW_CHANGED };
	if (op->what == MIG_DB_ADDED)
		fact = case_of(judge, op, RULE_MATVIEW_ADDED);
	else if (op->what == MIG_DB_DROPPED)
		fact = case_of(judge, op, RULE_MATVIEW_DROPPED);
	else if ((op->aspects & rebuilt) != 0)
		fact = case_of(judge, op, RULE_MATVIEW_CHANGED);
	if (fact.before != NULL || fact.after != NULL)
		mig_judge_add(judge, &fact);
}

static void
judge_options(struct judge *judge, const struct mig_db_op *op)
{
	const char *old = mig_db_as_table(op->before)->options;
	const char *new = mig_db_as_table(op->after)->options;
	struct judge_case fact =
	    mig_judge_case(op->kind == MIG_DB_VIEW ? RULE_VIEW_OPTIONS : RULE_TABLE_OPTIONS, op);
	fact.old_text = old != NULL ? old : "none";
	fact.new_text = new != NULL ? new : "none";
	fact.old_json = mig_judge_string(judge, old);
	fact.new_json = mig_judge_string(judge, new);
	mig_judge_add(judge, &fact);
}

static void
judge_name(struct judge *judge, const struct mig_db_op *op)
{
	struct judge_case fact = mig_judge_case(RULE_VIEW_RENAMED, op);
	fact.old_text = mig_judge_name(judge, op->before);
	fact.new_text = mig_judge_name(judge, op->after);
	fact.old_json = mig_judge_string(judge, fact.old_text);
	fact.new_json = mig_judge_string(judge, fact.new_text);
	mig_judge_add(judge, &fact);
}

static void
judge_tablespace(struct judge *judge, const struct mig_db_op *op)
{
	const char *old = mig_db_as_table(op->before)->tablespace;
	const char *new = mig_db_as_table(op->after)->tablespace;
	struct judge_case fact = mig_judge_case(RULE_TABLE_TABLESPACE, op);
	fact.old_text = old != NULL ? old : "default";
	fact.new_text = new != NULL ? new : "default";
	fact.old_json = mig_judge_string(judge, old);
	fact.new_json = mig_judge_string(judge, new);
	mig_judge_add(judge, &fact);
}

static void
judge_changed(struct judge *judge, const struct mig_db_op *op)
{
	bool columns = (op->aspects & MIG_DB_COLUMNS) != 0;
	if ((op->aspects & MIG_DB_NAME) != 0)
		judge_name(judge, op);
	if (op->kind == MIG_DB_VIEW && columns)
		judge_columns(judge, op);
	if (op->kind == MIG_DB_VIEW && (op->aspects & MIG_DB_DEFINITION) != 0 &&
	    selects_otherwise(judge, op, columns)) {
		struct judge_case fact = case_of(judge, op, RULE_VIEW_DEFINITION);
		mig_judge_add(judge, &fact);
	}
	if ((op->aspects & MIG_DB_OPTIONS) != 0)
		judge_options(judge, op);
	if ((op->aspects & MIG_DB_TABLESPACE) != 0)
		judge_tablespace(judge, op);
	mig_judge_common(judge, op);
}

void
mig_judge_view(struct judge *judge, const struct mig_db_op *op)
{
	if (op->kind == MIG_DB_MATVIEW) {
		judge_matview(judge, op);
	} else if (op->what != MIG_DB_CHANGED) {
		struct judge_case fact = case_of(
		    judge, op, op->what == MIG_DB_ADDED ? RULE_VIEW_ADDED : RULE_VIEW_DROPPED);
		mig_judge_add(judge, &fact);
	}
	if (op->what == MIG_DB_CHANGED)
		judge_changed(judge, op);
}
