/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include "config.h"

#include <string.h>

#include "base/arena.h"
#include "schema/judge_int.h"

static const char *
or_none(const char *text)
{
	return text != NULL ? text : "none";
}

/* A case of a rule with these two texts, in sentence and value. */
static struct judge_case
case_texts(struct judge *judge, const struct mig_db_op *op, enum judge_rule_id rule,
    const char *old, const char *new)
{
	struct judge_case fact = mig_judge_case(rule, op);
	fact.old_text = or_none(old);
	fact.new_text = or_none(new);
	fact.old_json = mig_judge_string(judge, old);
	fact.new_json = mig_judge_string(judge, new);
	return fact;
}

static bool
has_foreign_key(const struct mig_db_table *table)
{
	for (size_t i = 0; i < table->constraints_count; i++)
		if (table->constraints[i]->type == MIG_DB_FOREIGN_KEY)
			return true;
	return false;
}

/* The parent that a table is a partition of, if that was there before; NULL. */
static const struct mig_db_object *
old_parent(const struct judge *judge, const struct mig_db_table *table)
{
	const struct mig_db_ref *ref = table->partition_of;
	return ref != NULL ? mig_db_find(judge->before, MIG_DB_TABLE, ref->schema, ref->name) :
	                     NULL;
}

static void
judge_added(struct judge *judge, const struct mig_db_op *op)
{
	const struct mig_db_table *table = mig_db_as_table(op->after);
	bool partition = old_parent(judge, table) != NULL;
	struct judge_case fact =
	    mig_judge_case(partition ? RULE_PARTITION_CREATED : RULE_TABLE_ADDED, op);
	fact.new_json = mig_judge_value(judge, op->after);
	fact.extra = partition ? table->partition_of->name : NULL;
	if (!partition && judge->dialect == MIG_DB_POSTGRESQL && has_foreign_key(table)) {
		fact.measured = true;
		fact.lock = MIG_LOCK_SHARE_ROW_EXCLUSIVE;
	}
	mig_judge_add(judge, &fact);
}

static void
judge_dropped(struct judge *judge, const struct mig_db_op *op)
{
	/* Tables and views share their names: what has it now is something else. */
	bool again =
	    mig_db_find(judge->after, op->kind, op->before->schema, op->before->name) != NULL;
	struct judge_case fact =
	    mig_judge_case(again ? RULE_TABLE_RECREATED : RULE_TABLE_DROPPED, op);
	fact.old_json = mig_judge_value(judge, op->before);
	fact.extra = mig_judge_rename_hint(judge, op);
	mig_judge_add(judge, &fact);
}

static void
judge_name(struct judge *judge, const struct mig_db_op *op)
{
	struct judge_case fact = case_texts(judge, op, RULE_TABLE_RENAMED,
	    mig_judge_name(judge, op->before), mig_judge_name(judge, op->after));
	mig_judge_add(judge, &fact);
}

static void
judge_schema(struct judge *judge, const struct mig_db_op *op)
{
	struct judge_case fact = case_texts(judge, op, RULE_TABLE_SCHEMA,
	    mig_judge_name(judge, op->before), mig_judge_name(judge, op->after));
	mig_judge_add(judge, &fact);
}

static void
judge_persistence(struct judge *judge, const struct mig_db_op *op)
{
	bool unlogged = mig_db_as_table(op->after)->unlogged;
	struct judge_case fact = case_texts(judge, op, RULE_TABLE_PERSISTENCE,
	    unlogged ? "LOGGED" : "UNLOGGED", unlogged ? "UNLOGGED" : "LOGGED");
	mig_judge_add(judge, &fact);
}

static void
judge_tablespace(struct judge *judge, const struct mig_db_op *op)
{
	struct judge_case fact = case_texts(judge, op, RULE_TABLE_TABLESPACE,
	    mig_db_as_table(op->before)->tablespace, mig_db_as_table(op->after)->tablespace);
	mig_judge_add(judge, &fact);
}

static void
judge_options(struct judge *judge, const struct mig_db_op *op)
{
	const struct mig_db_table *old = mig_db_as_table(op->before);
	const struct mig_db_table *new = mig_db_as_table(op->after);
	struct judge_case fact;
	if (!mig_db_same(old->engine, new->engine)) {
		fact = case_texts(judge, op, RULE_TABLE_ENGINE, old->engine, new->engine);
		mig_judge_add(judge, &fact);
	}
	if (!mig_db_same(old->row_format, new->row_format)) {
		fact =
		    case_texts(judge, op, RULE_TABLE_ROW_FORMAT, old->row_format, new->row_format);
		mig_judge_add(judge, &fact);
	}
	if (!mig_db_same(old->options, new->options)) {
		fact = case_texts(judge, op, RULE_TABLE_OPTIONS, old->options, new->options);
		mig_judge_add(judge, &fact);
	}
}

static const char *
charset_text(const struct judge *judge, const struct mig_db_table *table)
{
	return mig_arena_printf(
	    judge->arena, "%s, compared by %s", or_none(table->charset), or_none(table->collation));
}

static void
judge_charset(struct judge *judge, const struct mig_db_op *op)
{
	struct judge_case fact = case_texts(judge, op, RULE_TABLE_CHARSET,
	    charset_text(judge, mig_db_as_table(op->before)),
	    charset_text(judge, mig_db_as_table(op->after)));
	mig_judge_add(judge, &fact);
}

static void
judge_key(struct judge *judge, const struct mig_db_op *op)
{
	struct judge_case fact = case_texts(judge, op, RULE_PARTITION_KEY,
	    mig_db_as_table(op->before)->partition_key, mig_db_as_table(op->after)->partition_key);
	mig_judge_add(judge, &fact);
}

/* Another bound is another set of rows: as if it were detached. */
static void
judge_partition(struct judge *judge, const struct mig_db_op *op)
{
	const struct mig_db_table *old = mig_db_as_table(op->before);
	const struct mig_db_table *new = mig_db_as_table(op->after);
	bool attached = old->partition_of == NULL;
	struct judge_case fact =
	    case_texts(judge, op, attached ? RULE_PARTITION_ATTACHED : RULE_PARTITION_DETACHED,
	        old->partition_bound, new->partition_bound);
	fact.extra = attached ? new->partition_of->name : old->partition_of->name;
	mig_judge_add(judge, &fact);
}

static const char *
parents_text(struct judge *judge, const struct mig_db_table *table)
{
	mig_buf_reset(&judge->text);
	for (size_t i = 0; i < table->inherits_count; i++)
		mig_buf_printf(&judge->text, "%s%s", i > 0 ? ", " : "", table->inherits[i].name);
	return table->inherits_count > 0 ? mig_arena_strdup(judge->arena, judge->text.data) : NULL;
}

static void
judge_inherits(struct judge *judge, const struct mig_db_op *op)
{
	struct judge_case fact = case_texts(judge, op, RULE_TABLE_INHERITANCE,
	    parents_text(judge, mig_db_as_table(op->before)),
	    parents_text(judge, mig_db_as_table(op->after)));
	mig_judge_add(judge, &fact);
}

static const char *
security_text(const struct mig_db_object *object)
{
	const struct mig_db_table *table = mig_db_as_table(object);
	if (!table->row_security)
		return "off";
	return table->force_row_security ? "on, also for the owner" : "on";
}

/* Off again means that readers see more: nobody fails. */
static void
judge_security(struct judge *judge, const struct mig_db_op *op)
{
	const struct mig_db_table *old = mig_db_as_table(op->before);
	const struct mig_db_table *new = mig_db_as_table(op->after);
	bool looser = (old->row_security && !new->row_security) ||
	    (old->force_row_security && !new->force_row_security);
	struct judge_case fact = case_texts(
	    judge, op, RULE_TABLE_RLS, security_text(op->before), security_text(op->after));
	fact.weighed = looser;
	fact.severity = MIG_POTENTIALLY_BREAKING;
	mig_judge_add(judge, &fact);
}

static const char *
identity_text(const struct mig_db_object *object)
{
	switch (mig_db_as_table(object)->replica_identity) {
	case 'f':
		return "FULL";
	case 'n':
		return "NOTHING";
	case 'i':
		return "an index";
	default:
		return "DEFAULT";
	}
}

static void
judge_identity(struct judge *judge, const struct mig_db_op *op)
{
	struct judge_case fact = case_texts(
	    judge, op, RULE_REPLICA_IDENTITY, identity_text(op->before), identity_text(op->after));
	mig_judge_add(judge, &fact);
}

static const struct {
	unsigned aspect;
	void (*judge)(struct judge *, const struct mig_db_op *);
} aspects[] = {
	{ MIG_DB_NAME, judge_name },
	{ MIG_DB_SCHEMA, judge_schema },
	{ MIG_DB_PERSISTENCE, judge_persistence },
	{ MIG_DB_TABLESPACE, judge_tablespace },
	{ MIG_DB_OPTIONS, judge_options },
	{ MIG_DB_COLLATE, judge_charset },
	{ MIG_DB_PARTITION_KEY, judge_key },
	{ MIG_DB_PARTITION, judge_partition },
	{ MIG_DB_INHERITS, judge_inherits },
	{ MIG_DB_ROW_SECURITY, judge_security },
	{ MIG_DB_REPLICA_IDENTITY, judge_identity },
};

void
mig_judge_table(struct judge *judge, const struct mig_db_op *op)
{
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
