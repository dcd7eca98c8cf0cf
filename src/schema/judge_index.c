/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include "config.h"

#include <string.h>
#include <strings.h>

#include "base/arena.h"
#include "schema/judge_int.h"

#define WIDE_COLUMNS 3
/* Servers whose CREATE INDEX CONCURRENTLY makes wrong indexes. */
#define CORRUPT_FIRST 140000
#define CORRUPT_LAST 140003

/* What an index is, in one line. */
static const char *
text_of(struct judge *judge, const struct mig_db_object *object)
{
	const struct mig_db_index *index = mig_db_as_index(object);
	if (object->definition != NULL)
		return object->definition;
	return mig_arena_printf(
	    judge->arena, "(%s)", mig_judge_list(judge, index->columns, index->columns_count));
}

static struct judge_case
case_of(struct judge *judge, const struct mig_db_op *op, enum judge_rule_id rule)
{
	struct judge_case fact = mig_judge_case(rule, op);
	fact.old_json = mig_judge_value(judge, op->before);
	fact.new_json = mig_judge_value(judge, op->after);
	fact.old_text = op->before != NULL ? text_of(judge, op->before) : NULL;
	fact.new_text = op->after != NULL ? text_of(judge, op->after) : NULL;
	return fact;
}

static void
add(struct judge *judge, const struct mig_db_op *op, enum judge_rule_id rule)
{
	struct judge_case fact = case_of(judge, op, rule);
	mig_judge_add(judge, &fact);
}

static bool
is_fulltext(const struct mig_db_index *index)
{
	return index->method != NULL && strcasecmp(index->method, "fulltext") == 0;
}

/* The first one of a table writes it anew, with a column of the server's own. */
static void
add_fulltext(struct judge *judge, const struct mig_db_op *op)
{
	struct judge_case fact = case_of(judge, op, RULE_INDEX_ADDED_FULLTEXT);
	const struct mig_db_object *table = op->after->parent;
	table = mig_db_find(judge->before, MIG_DB_TABLE, table->schema, table->name);
	for (size_t i = 0; table != NULL && i < mig_db_as_table(table)->indexes_count; i++) {
		if (!is_fulltext(mig_db_as_table(table)->indexes[i]))
			continue;
		fact.measured = true;
		fact.lock = MIG_LOCK_SHARE;
		fact.work = MIG_WORK_INDEX;
	}
	mig_judge_add(judge, &fact);
}

static void
judge_added(struct judge *judge, const struct mig_db_op *op)
{
	const struct mig_db_index *index = mig_db_as_index(op->after);
	int version = mig_db_version(judge->before);
	if (index->unique)
		add(judge, op, RULE_INDEX_ADDED_UNIQUE);
	else if (judge->dialect == MIG_DB_MYSQL && is_fulltext(index))
		add_fulltext(judge, op);
	else
		add(judge, op, RULE_INDEX_ADDED);
	if (!index->unique && index->columns_count > WIDE_COLUMNS)
		add(judge, op, RULE_INDEX_WIDE);
	if (judge->dialect == MIG_DB_POSTGRESQL && version >= CORRUPT_FIRST &&
	    version <= CORRUPT_LAST)
		add(judge, op, RULE_INDEX_CORRUPTION);
}

static void
judge_dropped(struct judge *judge, const struct mig_db_op *op)
{
	bool unique = mig_db_as_index(op->before)->unique;
	add(judge, op, unique ? RULE_INDEX_DROPPED_UNIQUE : RULE_INDEX_DROPPED);
}

static void
judge_renamed(struct judge *judge, const struct mig_db_op *op)
{
	struct judge_case fact = case_of(judge, op, RULE_INDEX_RENAMED);
	fact.old_text = op->before->name;
	fact.new_text = op->after->name;
	mig_judge_add(judge, &fact);
}

/* Uniqueness goes before all else that the new index has different. */
static enum judge_rule_id
rule_changed(const struct mig_db_op *op)
{
	if ((op->aspects & MIG_DB_UNIQUENESS) != 0)
		return mig_db_as_index(op->after)->unique ? RULE_INDEX_ADDED_UNIQUE :
		                                            RULE_INDEX_DROPPED_UNIQUE;
	return RULE_INDEX_CHANGED;
}

static void
judge_nulls(struct judge *judge, const struct mig_db_op *op)
{
	bool distinct = !mig_db_as_index(op->after)->nulls_not_distinct;
	struct judge_case fact = case_of(judge, op, RULE_UNIQUE_NULLS);
	fact.old_text = distinct ? "NOT DISTINCT" : "DISTINCT";
	fact.new_text = distinct ? "DISTINCT" : "NOT DISTINCT";
	mig_judge_add(judge, &fact);
}

static const char *
visible_text(const struct mig_db_object *object)
{
	const struct mig_db_index *index = mig_db_as_index(object);
	if (index->ignored)
		return "ignored";
	return index->clustered ? "the one the table is clustered by" : "used as any other";
}

static void
judge_visible(struct judge *judge, const struct mig_db_op *op)
{
	struct judge_case fact = case_of(judge, op, RULE_INDEX_OPTIONS);
	fact.old_text = visible_text(op->before);
	fact.new_text = visible_text(op->after);
	mig_judge_add(judge, &fact);
}

static const char *
identity_text(const struct mig_db_object *object)
{
	return mig_db_as_index(object)->replica_identity ? mig_db_as_index(object)->base.name :
	                                                   "another one";
}

static void
judge_identity(struct judge *judge, const struct mig_db_op *op)
{
	struct judge_case fact = case_of(judge, op, RULE_REPLICA_IDENTITY);
	fact.old_text = identity_text(op->before);
	fact.new_text = identity_text(op->after);
	mig_judge_add(judge, &fact);
}

void
mig_judge_index(struct judge *judge, const struct mig_db_op *op)
{
	unsigned rebuilt = MIG_DB_DEFINITION | MIG_DB_UNIQUENESS | MIG_DB_VALID;
	if (op->what == MIG_DB_ADDED)
		judge_added(judge, op);
	if (op->what == MIG_DB_DROPPED)
		judge_dropped(judge, op);
	if (op->what != MIG_DB_CHANGED)
		return;
	if ((op->aspects & MIG_DB_NAME) != 0)
		judge_renamed(judge, op);
	if ((op->aspects & rebuilt) != 0)
		add(judge, op, rule_changed(op));
	if ((op->aspects & MIG_DB_NULLS) != 0)
		judge_nulls(judge, op);
	if ((op->aspects & MIG_DB_VISIBLE) != 0)
		judge_visible(judge, op);
	if ((op->aspects & MIG_DB_REPLICA_IDENTITY) != 0)
		judge_identity(judge, op);
	mig_judge_common(judge, op);
}
