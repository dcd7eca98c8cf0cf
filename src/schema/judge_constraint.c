/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include "config.h"

#include <string.h>

#include "base/arena.h"
#include "schema/judge_int.h"

static const enum judge_rule_id added_rules[] = {
	[MIG_DB_PRIMARY_KEY] = RULE_PK_ADDED,
	[MIG_DB_UNIQUE] = RULE_UNIQUE_ADDED,
	[MIG_DB_FOREIGN_KEY] = RULE_FK_ADDED,
	[MIG_DB_CHECK] = RULE_CHECK_ADDED,
	[MIG_DB_EXCLUSION] = RULE_EXCLUSION_ADDED,
};

static const enum judge_rule_id dropped_rules[] = {
	[MIG_DB_PRIMARY_KEY] = RULE_PK_DROPPED,
	[MIG_DB_UNIQUE] = RULE_UNIQUE_DROPPED,
	[MIG_DB_FOREIGN_KEY] = RULE_FK_DROPPED,
	[MIG_DB_CHECK] = RULE_CHECK_DROPPED,
	[MIG_DB_EXCLUSION] = RULE_EXCLUSION_DROPPED,
};

/* The kind of issue where a rule is for constraints of all types. */
static const char *const modified_types[] = {
	[MIG_DB_PRIMARY_KEY] = "primary_key_modified",
	[MIG_DB_UNIQUE] = "index_modified",
	[MIG_DB_FOREIGN_KEY] = "foreign_key_modified",
	[MIG_DB_CHECK] = "check_modified",
	[MIG_DB_EXCLUSION] = "index_modified",
};

static const char *
text_of(struct judge *judge, const struct mig_db_object *object)
{
	return object != NULL ? mig_judge_constraint_text(judge, mig_db_as_constraint(object)) :
	                        NULL;
}

/* A case with the texts of both sides. */
static struct judge_case
case_of(struct judge *judge, const struct mig_db_op *op, enum judge_rule_id rule)
{
	struct judge_case fact = mig_judge_case(rule, op);
	fact.old_text = text_of(judge, op->before);
	fact.new_text = text_of(judge, op->after);
	fact.old_json = mig_judge_string(judge, fact.old_text);
	fact.new_json = mig_judge_string(judge, fact.new_text);
	return fact;
}

/* The column of the constraint's table if it was not there before; NULL. */
static const struct mig_db_column *
new_column(const struct judge *judge, const struct mig_db_constraint *constraint, const char *name)
{
	const struct mig_db_object *table = constraint->base.parent;
	const struct mig_db_object *before = mig_judge_before(judge, table);
	const struct mig_db_object *column = mig_db_find_part(table, MIG_DB_COLUMN, name);
	bool there = before == NULL || column == NULL ||
	    mig_db_find_part(before, MIG_DB_COLUMN, name) != NULL ||
	    mig_judge_renamed(judge, column);
	return there ? NULL : mig_db_as_column(column);
}

/* How many of its columns are new with a value for old rows, and without one. */
struct news {
	size_t filled;
	size_t empty;
};

static struct news
news_of(const struct judge *judge, const struct mig_db_constraint *constraint)
{
	struct news news = { 0, 0 };
	for (size_t i = 0; i < constraint->columns_count; i++) {
		const struct mig_db_column *column =
		    new_column(judge, constraint, constraint->columns[i]);
		if (column == NULL)
			continue;
		bool filled = column->default_expr != NULL ||
		    column->identity != MIG_DB_IDENTITY_NONE ||
		    column->generated != MIG_DB_GENERATED_NONE;
		news.filled += filled ? 1 : 0;
		news.empty += filled ? 0 : 1;
	}
	return news;
}

/* What can be said of a constraint all of whose columns are new: no old writer is concerned. */
static enum judge_rule_id
rule_added(const struct judge *judge, const struct mig_db_constraint *constraint, struct news news)
{
	bool all_new = judge->dialect == MIG_DB_POSTGRESQL && constraint->columns_count > 0 &&
	    news.filled + news.empty == constraint->columns_count;
	if (all_new && constraint->type == MIG_DB_CHECK)
		return RULE_COLUMN_ADDED_CHECK;
	if (all_new && constraint->type == MIG_DB_FOREIGN_KEY)
		return RULE_COLUMN_ADDED_FK;
	/* With one value in all old rows it is not unique. */
	if (all_new && constraint->type == MIG_DB_UNIQUE && news.filled == 0)
		return RULE_COLUMN_ADDED_UNIQUE;
	return added_rules[constraint->type];
}

/* A foreign key whose columns no index begins with. */
static void
judge_unindexed(struct judge *judge, const struct mig_db_op *op)
{
	const struct mig_db_constraint *key = mig_db_as_constraint(op->after);
	if (judge->dialect == MIG_DB_MYSQL || key->type != MIG_DB_FOREIGN_KEY ||
	    mig_judge_covered(op->after->parent, key->columns, key->columns_count))
		return;
	struct judge_case fact = case_of(judge, op, RULE_FK_UNINDEXED);
	mig_judge_add(judge, &fact);
}

static void
judge_added(struct judge *judge, const struct mig_db_op *op)
{
	const struct mig_db_constraint *constraint = mig_db_as_constraint(op->after);
	struct news news = news_of(judge, constraint);
	struct judge_case fact = case_of(judge, op, rule_added(judge, constraint, news));
	bool unread =
	    constraint->not_valid || (fact.rule == RULE_COLUMN_ADDED_FK && news.filled == 0);
	if (unread && judge->dialect == MIG_DB_POSTGRESQL) {
		bool own = false;
		fact.measured = true;
		fact.lock = (enum mig_lock)mig_judge_rule(judge->dialect, fact.rule, &own)->lock;
	}
	mig_judge_add(judge, &fact);
	judge_unindexed(judge, op);
}

static void
judge_dropped(struct judge *judge, const struct mig_db_op *op)
{
	MIG_ASSERT(op->before != NULL);
	enum mig_db_constraint_type type = mig_db_as_constraint(op->before)->type;
	struct judge_case fact = case_of(judge, op, dropped_rules[type]);
	/* A snapshot of the reference's form, which names none, is judged as there. */
	if (type == MIG_DB_UNIQUE && op->before->name == NULL) {
		fact.weighed = true;
		fact.severity = MIG_NON_BREAKING;
	}
	mig_judge_add(judge, &fact);
}

/* As if the old one were dropped and the new one added. */
static void
judge_replaced(struct judge *judge, const struct mig_db_op *op)
{
	struct mig_db_op dropped = *op;
	struct mig_db_op added = *op;
	dropped.after = NULL;
	added.before = NULL;
	judge_dropped(judge, &dropped);
	judge_added(judge, &added);
}

static void
judge_check(struct judge *judge, const struct mig_db_op *op)
{
	const struct mig_db_constraint *old = mig_db_as_constraint(op->before);
	const struct mig_db_constraint *new = mig_db_as_constraint(op->after);
	bool equal = old->no_inherit ==
	    new->no_inherit &&mig_judge_equivalent(old->expression, new->expression);
	struct judge_case fact =
	    case_of(judge, op, equal ? RULE_CHECK_EQUIVALENT : RULE_CHECK_CHANGED);
	if (!equal && new->not_valid && judge->dialect == MIG_DB_POSTGRESQL) {
		fact.measured = true;
		fact.lock = MIG_LOCK_ACCESS_EXCLUSIVE;
	}
	mig_judge_add(judge, &fact);
}

static void
judge_definition(struct judge *judge, const struct mig_db_op *op)
{
	struct judge_case fact;
	switch (mig_db_as_constraint(op->after)->type) {
	case MIG_DB_PRIMARY_KEY:
		fact = case_of(judge, op, RULE_PK_COLUMNS);
		mig_judge_add(judge, &fact);
		break;
	case MIG_DB_FOREIGN_KEY:
		fact = case_of(judge, op, RULE_FK_CHANGED);
		mig_judge_add(judge, &fact);
		judge_unindexed(judge, op);
		break;
	case MIG_DB_CHECK:
		judge_check(judge, op);
		break;
	case MIG_DB_UNIQUE:
	case MIG_DB_EXCLUSION:
		judge_replaced(judge, op);
		break;
	}
}

static const char *
deferrable_text(const struct mig_db_object *object)
{
	const struct mig_db_constraint *constraint = mig_db_as_constraint(object);
	if (!constraint->deferrable)
		return "NOT DEFERRABLE";
	return constraint->initially_deferred ? "DEFERRABLE INITIALLY DEFERRED" : "DEFERRABLE";
}

/* A case of a rule for all types of constraints, with these two texts. */
static void
add_modified(struct judge *judge, const struct mig_db_op *op, enum judge_rule_id rule,
    const char *old, const char *new)
{
	struct judge_case fact = mig_judge_case(rule, op);
	fact.type = modified_types[mig_db_as_constraint(op->before)->type];
	fact.old_text = old;
	fact.new_text = new;
	fact.old_json = mig_judge_string(judge, old);
	fact.new_json = mig_judge_string(judge, new);
	mig_judge_add(judge, &fact);
}

static void
judge_name(struct judge *judge, const struct mig_db_op *op)
{
	MIG_ASSERT(op->before != NULL && op->after != NULL);
	add_modified(judge, op, RULE_CONSTRAINT_RENAMED, op->before->name, op->after->name);
}

static void
judge_action(struct judge *judge, const struct mig_db_op *op)
{
	if ((op->aspects & MIG_DB_DEFINITION) != 0)
		return;
	struct judge_case fact = case_of(judge, op, RULE_FK_ACTION);
	mig_judge_add(judge, &fact);
}

static void
judge_deferrable(struct judge *judge, const struct mig_db_op *op)
{
	bool key = mig_db_as_constraint(op->after)->type == MIG_DB_FOREIGN_KEY;
	add_modified(judge, op, key ? RULE_FK_DEFERRABLE : RULE_CONSTRAINT_DEFERRABLE,
	    deferrable_text(op->before), deferrable_text(op->after));
}

static void
judge_valid(struct judge *judge, const struct mig_db_op *op)
{
	bool valid = !mig_db_as_constraint(op->after)->not_valid;
	add_modified(judge, op, valid ? RULE_CONSTRAINT_VALIDATED : RULE_CONSTRAINT_NOT_VALID,
	    valid ? "NOT VALID" : "valid", valid ? "valid" : "NOT VALID");
}

static void
judge_nulls(struct judge *judge, const struct mig_db_op *op)
{
	if ((op->aspects & MIG_DB_DEFINITION) != 0)
		return;
	bool distinct = !mig_db_as_constraint(op->after)->nulls_not_distinct;
	struct judge_case fact = case_of(judge, op, RULE_UNIQUE_NULLS);
	fact.old_text = distinct ? "NOT DISTINCT" : "DISTINCT";
	fact.new_text = distinct ? "DISTINCT" : "NOT DISTINCT";
	mig_judge_add(judge, &fact);
}

static void
judge_options(struct judge *judge, const struct mig_db_op *op)
{
	add_modified(judge, op, RULE_INDEX_OPTIONS, mig_db_as_constraint(op->before)->options,
	    mig_db_as_constraint(op->after)->options);
}

static const struct {
	unsigned aspect;
	void (*judge)(struct judge *, const struct mig_db_op *);
} aspects[] = {
	{ MIG_DB_NAME, judge_name },
	{ MIG_DB_DEFINITION, judge_definition },
	{ MIG_DB_ACTION, judge_action },
	{ MIG_DB_DEFERRABLE, judge_deferrable },
	{ MIG_DB_VALID, judge_valid },
	{ MIG_DB_NULLS, judge_nulls },
	{ MIG_DB_OPTIONS, judge_options },
};

static void
judge_domain(struct judge *judge, const struct mig_db_op *op)
{
	bool dropped = op->after == NULL;
	bool renamed = op->what == MIG_DB_CHANGED && (op->aspects & MIG_DB_DEFINITION) == 0;
	if (renamed && (op->aspects & MIG_DB_NAME) != 0)
		judge_name(judge, op);
	if (renamed)
		return;
	struct judge_case fact = case_of(
	    judge, op, dropped ? RULE_DOMAIN_CONSTRAINT_DROPPED : RULE_DOMAIN_CONSTRAINT_ADDED);
	fact.owner_named = true;
	if (!dropped && mig_db_as_constraint(op->after)->not_valid) {
		fact.measured = true;
		fact.lock = MIG_LOCK_NONE;
	}
	mig_judge_add(judge, &fact);
}

void
mig_judge_constraint(struct judge *judge, const struct mig_db_op *op)
{
	const struct mig_db_object *object = op->before != NULL ? op->before : op->after;
	if (object->parent->kind == MIG_DB_DOMAIN) {
		judge_domain(judge, op);
		return;
	}
	if (op->what == MIG_DB_ADDED)
		judge_added(judge, op);
	if (op->what == MIG_DB_DROPPED)
		judge_dropped(judge, op);
	if (op->what != MIG_DB_CHANGED)
		return;
	for (size_t i = 0; i < sizeof(aspects) / sizeof(aspects[0]); i++)
		if ((op->aspects & aspects[i].aspect) != 0)
			aspects[i].judge(judge, op);
	mig_judge_common(judge, op);
}
