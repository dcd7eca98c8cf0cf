/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include "config.h"

#include <string.h>

#include "base/arena.h"
#include "schema/judge_int.h"

/* A domain that may reject values. */
static bool
is_strict_domain(const struct mig_db *db, const char *type)
{
	const struct mig_db_object *object =
	    type != NULL ? mig_judge_type(db, MIG_DB_DOMAIN, type) : NULL;
	const struct mig_db_domain *domain = object != NULL ? mig_db_as_domain(object) : NULL;
	return domain != NULL && (domain->checks_count > 0 || !domain->nullable);
}

/* Whether the column's domain gives it a value. */
static bool
has_domain_default(const struct mig_db *db, const char *type)
{
	const struct mig_db_object *object =
	    type != NULL ? mig_judge_type(db, MIG_DB_DOMAIN, type) : NULL;
	return object != NULL && mig_db_as_domain(object)->default_expr != NULL;
}

static enum judge_rule_id
rule_default(const struct judge *judge, const struct mig_db_column *column)
{
	switch (mig_judge_default(judge, column->default_expr)) {
	case DEFAULT_VOLATILE:
		return RULE_COLUMN_ADDED_VOLATILE;
	case DEFAULT_STABLE:
		return RULE_COLUMN_ADDED_STABLE;
	case DEFAULT_CONSTANT:
		break;
	}
	return column->nullable ? RULE_COLUMN_ADDED_CONSTANT : RULE_COLUMN_ADDED_NOT_NULL;
}

static enum judge_rule_id
rule_added(const struct judge *judge, const struct mig_db_column *column)
{
	if (column->generated != MIG_DB_GENERATED_NONE)
		return column->generated == MIG_DB_GENERATED_STORED ? RULE_COLUMN_ADDED_STORED :
		                                                      RULE_COLUMN_ADDED_VIRTUAL;
	if (column->identity == MIG_DB_SERIAL)
		return RULE_COLUMN_ADDED_SERIAL;
	if (column->identity != MIG_DB_IDENTITY_NONE)
		return RULE_COLUMN_ADDED_IDENTITY;
	if (column->default_expr == NULL && !column->nullable &&
	    !has_domain_default(judge->after, column->type))
		return RULE_COLUMN_ADDED_REQUIRED;
	if (is_strict_domain(judge->after, column->type))
		return RULE_COLUMN_ADDED_DOMAIN;
	if (column->default_expr != NULL)
		return rule_default(judge, column);
	if (judge->dialect == MIG_DB_POSTGRESQL && mig_db_same(column->type, "json"))
		return RULE_COLUMN_ADDED_JSON;
	return RULE_COLUMN_ADDED;
}

/* What InnoDB does by the catalogue alone it does by a copy when a virtual column would move. */
static void
note_copy(const struct judge *judge, struct judge_case *fact, bool moves)
{
	if (judge->dialect != MIG_DB_MYSQL || !moves)
		return;
	fact->measured = true;
	fact->lock = MIG_LOCK_SHARE;
	fact->work = MIG_WORK_REWRITE;
}

static void
judge_added(struct judge *judge, const struct mig_db_op *op)
{
	const struct mig_db_column *column = mig_db_as_column(op->after);
	struct judge_case fact = mig_judge_case(rule_added(judge, column), op);
	fact.new_json = mig_judge_value(judge, op->after);
	fact.new_text = fact.rule == RULE_COLUMN_ADDED_DOMAIN ? column->type : column->default_expr;
	note_copy(judge, &fact, mig_db_virtual_behind(judge->before, column));
	mig_judge_add(judge, &fact);
}

static void
judge_dropped(struct judge *judge, const struct mig_db_op *op)
{
	const struct mig_db_column *column = mig_db_as_column(op->before);
	struct judge_case fact = mig_judge_case(column->generated == MIG_DB_GENERATED_VIRTUAL ?
	        RULE_COLUMN_DROPPED_VIRTUAL :
	        RULE_COLUMN_DROPPED,
	    op);
	fact.old_json = mig_judge_value(judge, op->before);
	fact.extra = mig_judge_rename_hint(judge, op);
	if (judge->dialect == MIG_DB_MYSQL &&
	    mig_judge_indexed(op->before->parent, op->before->name)) {
		fact.measured = true;
		fact.work = MIG_WORK_INDEX;
	}
	mig_judge_add(judge, &fact);
}

static void
judge_renamed(struct judge *judge, const struct mig_db_op *op)
{
	struct judge_case fact = mig_judge_case(RULE_COLUMN_RENAMED, op);
	fact.old_text = op->before->name;
	fact.new_text = op->after->name;
	fact.old_json = mig_judge_string(judge, op->before->name);
	fact.new_json = mig_judge_string(judge, op->after->name);
	mig_judge_add(judge, &fact);
}

/* Whether a validated CHECK of the table says already that the column is not NULL. */
static bool
is_proven(const struct judge *judge, const struct mig_db_op *op)
{
	const struct mig_db_table *table = mig_db_as_table(op->before->parent);
	const char *plain = mig_arena_printf(judge->arena, "%s IS NOT NULL", op->before->name);
	const char *quoted = mig_arena_printf(judge->arena, "\"%s\" IS NOT NULL", op->before->name);
	for (size_t i = 0; i < table->constraints_count; i++) {
		const struct mig_db_constraint *check = table->constraints[i];
		if (check->type == MIG_DB_CHECK && !check->not_valid &&
		    (mig_judge_equivalent(check->expression, plain) ||
		        mig_judge_equivalent(check->expression, quoted)))
			return true;
	}
	return false;
}

static void
judge_nullable(struct judge *judge, const struct mig_db_op *op)
{
	bool relaxed = mig_db_as_column(op->after)->nullable;
	struct judge_case fact = mig_judge_case(relaxed ? RULE_NULL_DROPPED : RULE_NULL_SET, op);
	fact.part = "nullable";
	fact.old_json = relaxed ? "false" : "true";
	fact.new_json = relaxed ? "true" : "false";
	if (!relaxed && judge->dialect == MIG_DB_POSTGRESQL && is_proven(judge, op)) {
		fact.measured = true;
		fact.lock = MIG_LOCK_ACCESS_EXCLUSIVE;
	}
	mig_judge_add(judge, &fact);
}

/* A default with what MySQL puts in at each update. */
static const char *
whole_default(const struct judge *judge, const struct mig_db_column *column)
{
	const char *on_update = column->more->on_update;
	if (on_update == NULL)
		return column->default_expr;
	return mig_arena_printf(judge->arena, "%s%sON UPDATE %s",
	    column->default_expr != NULL ? column->default_expr : "",
	    column->default_expr != NULL ? " " : "", on_update);
}

static const char *
default_json(struct judge *judge, const struct mig_db_column *column)
{
	if (column->default_json != NULL)
		return column->default_json;
	return mig_judge_string(judge, whole_default(judge, column));
}

static void
judge_default(struct judge *judge, const struct mig_db_op *op)
{
	const struct mig_db_column *old = mig_db_as_column(op->before);
	const struct mig_db_column *new = mig_db_as_column(op->after);
	const char *old_text = whole_default(judge, old);
	const char *new_text = whole_default(judge, new);
	/* A column that is generated or counts now has no default of its own. */
	bool replaced =
	    new->generated != MIG_DB_GENERATED_NONE || new->identity != MIG_DB_IDENTITY_NONE;
	enum judge_rule_id rule = RULE_DEFAULT_CHANGED;
	if (old_text == NULL)
		rule = RULE_DEFAULT_ADDED;
	else if (new_text == NULL)
		rule = new->nullable || replaced ? RULE_DEFAULT_REMOVED :
		                                   RULE_DEFAULT_REMOVED_REQUIRED;
	struct judge_case fact = mig_judge_case(rule, op);
	fact.part = "default";
	fact.old_text = old_text;
	fact.new_text = new_text;
	fact.old_json = default_json(judge, old);
	fact.new_json = default_json(judge, new);
	mig_judge_add(judge, &fact);
}

static const char *
identity_text(enum mig_db_identity identity)
{
	static const char *const texts[] = {
		[MIG_DB_IDENTITY_NONE] = "no identity",
		[MIG_DB_IDENTITY_ALWAYS] = "GENERATED ALWAYS AS IDENTITY",
		[MIG_DB_IDENTITY_BY_DEFAULT] = "GENERATED BY DEFAULT AS IDENTITY",
		[MIG_DB_SERIAL] = "serial",
		[MIG_DB_AUTO_INCREMENT] = "AUTO_INCREMENT",
	};
	return texts[identity];
}

static void
judge_identity(struct judge *judge, const struct mig_db_op *op)
{
	enum mig_db_identity old = mig_db_as_column(op->before)->identity;
	enum mig_db_identity new = mig_db_as_column(op->after)->identity;
	enum judge_rule_id rule = RULE_IDENTITY_SEQUENCE;
	if (old != new)
		rule = new == MIG_DB_IDENTITY_ALWAYS ? RULE_IDENTITY_ALWAYS : RULE_IDENTITY;
	struct judge_case fact = mig_judge_case(rule, op);
	fact.part = "identity";
	fact.old_text = identity_text(old);
	fact.new_text = identity_text(new);
	fact.old_json = mig_judge_string(judge, fact.old_text);
	fact.new_json = mig_judge_string(judge, fact.new_text);
	/* MySQL: to count no more is a matter of the catalogue. */
	fact.measured = judge->dialect == MIG_DB_MYSQL && new == MIG_DB_IDENTITY_NONE;
	mig_judge_add(judge, &fact);
}

static const char *
generated_text(const struct mig_db_column *column)
{
	return column->generated == MIG_DB_GENERATED_NONE ? "not generated" :
	                                                    column->more->generated_expr;
}

static void
judge_generated(struct judge *judge, const struct mig_db_op *op)
{
	const struct mig_db_column *old = mig_db_as_column(op->before);
	const struct mig_db_column *new = mig_db_as_column(op->after);
	struct judge_case fact =
	    mig_judge_case(new->generated == MIG_DB_GENERATED_NONE ? RULE_GENERATED_DROPPED :
	                                                             RULE_GENERATED_CHANGED,
	        op);
	fact.part = "generated";
	fact.old_text = generated_text(old);
	fact.new_text = generated_text(new);
	fact.old_json = mig_judge_string(judge, old->more->generated_expr);
	fact.new_json = mig_judge_string(judge, new->more->generated_expr);
	mig_judge_add(judge, &fact);
}

static const char *
or_default(const char *text)
{
	return text != NULL ? text : "the default";
}

static void
judge_collation(struct judge *judge, const struct mig_db_op *op)
{
	const struct mig_db_column *old = mig_db_as_column(op->before);
	const struct mig_db_column *new = mig_db_as_column(op->after);
	bool charset = !mig_db_same(old->more->charset, new->more->charset);
	struct judge_case fact =
	    mig_judge_case(charset ? RULE_TYPE_CHARSET : RULE_TYPE_COLLATION, op);
	fact.part = charset ? "charset" : "collation";
	fact.old_text = or_default(charset ? old->more->charset : old->more->collation);
	fact.new_text = or_default(charset ? new->more->charset : new->more->collation);
	fact.old_json = mig_judge_string(judge, fact.old_text);
	fact.new_json = mig_judge_string(judge, fact.new_text);
	if (!charset && mig_judge_indexed(op->before->parent, op->before->name)) {
		fact.measured = true;
		fact.lock =
		    judge->dialect == MIG_DB_MYSQL ? MIG_LOCK_SHARE : MIG_LOCK_ACCESS_EXCLUSIVE;
		fact.work = MIG_WORK_INDEX;
	}
	mig_judge_add(judge, &fact);
}

static void
judge_storage(struct judge *judge, const struct mig_db_op *op)
{
	const struct mig_db_column_more *old = mig_db_as_column(op->before)->more;
	const struct mig_db_column_more *new = mig_db_as_column(op->after)->more;
	struct judge_case fact = mig_judge_case(RULE_COLUMN_STORAGE, op);
	fact.part = "storage";
	fact.old_json = mig_judge_string(judge, old->storage);
	fact.new_json = mig_judge_string(judge, new->storage);
	if (mig_db_same(old->storage, new->storage) &&
	    mig_db_same(old->compression, new->compression)) {
		fact.measured = judge->dialect == MIG_DB_POSTGRESQL;
		fact.lock = MIG_LOCK_SHARE_UPDATE_EXCLUSIVE;
	}
	mig_judge_add(judge, &fact);
}

static void
judge_visible(struct judge *judge, const struct mig_db_op *op)
{
	struct judge_case fact = mig_judge_case(RULE_COLUMN_VISIBLE, op);
	bool invisible = mig_db_as_column(op->after)->more->invisible;
	fact.old_text = invisible ? "visible" : "invisible";
	fact.new_text = invisible ? "invisible" : "visible";
	mig_judge_add(judge, &fact);
}

static void
judge_position(struct judge *judge, const struct mig_db_op *op)
{
	struct judge_case fact = mig_judge_case(RULE_COLUMN_POSITION, op);
	const struct mig_db_table *table = mig_db_as_table(op->after->parent);
	note_copy(judge, &fact,
	    table->columns[0]->generated == MIG_DB_GENERATED_VIRTUAL ||
	        mig_db_virtual_behind(judge->before, table->columns[0]));
	mig_judge_add(judge, &fact);
}

/* One aspect, and who judges it. */
struct aspect_row {
	unsigned aspect;
	void (*judge)(struct judge *, const struct mig_db_op *);
};

static const struct aspect_row aspects[] = {
	{ MIG_DB_NAME, judge_renamed },
	{ MIG_DB_TYPE, mig_judge_column_type },
	{ MIG_DB_NULLABLE, judge_nullable },
	{ MIG_DB_TYPE | MIG_DB_LENGTH, mig_judge_column_length },
	{ MIG_DB_DEFAULT, judge_default },
	{ MIG_DB_IDENTITY, judge_identity },
	{ MIG_DB_GENERATED, judge_generated },
	{ MIG_DB_COLLATE, judge_collation },
	{ MIG_DB_STORAGE, judge_storage },
	{ MIG_DB_VISIBLE, judge_visible },
	{ MIG_DB_POSITION, judge_position },
};

void
mig_judge_column(struct judge *judge, const struct mig_db_op *op)
{
	if (op->what == MIG_DB_ADDED) {
		judge_added(judge, op);
		return;
	}
	if (op->what == MIG_DB_DROPPED) {
		judge_dropped(judge, op);
		return;
	}
	for (size_t i = 0; i < sizeof(aspects) / sizeof(aspects[0]); i++)
		if ((op->aspects & aspects[i].aspect) != 0)
			aspects[i].judge(judge, op);
	mig_judge_common(judge, op);
}
