/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include "config.h"

#include "base/arena.h"
#include "base/limits.h"
#include "schema/judge_int.h"

static void
add_texts(struct judge *judge, const struct mig_db_op *op, enum judge_rule_id rule, const char *old,
    const char *new)
{
	struct judge_case fact = mig_judge_case(rule, op);
	fact.old_text = old != NULL ? old : "none";
	fact.new_text = new != NULL ? new : "none";
	fact.old_json = mig_judge_string(judge, old);
	fact.new_json = mig_judge_string(judge, new);
	mig_judge_add(judge, &fact);
}

/* Those grants (denied: denials) of one side that the other has not. */
static void
add_grants(struct judge *judge, const struct mig_db_object *object,
    const struct mig_db_object *other, bool denied)
{
	for (uint32_t i = 0; i < object->extra->grants_count; i++) {
		const struct mig_db_grant *grant = &object->extra->grants[i];
		if (grant->denied != denied ||
		    mig_db_has_grant(judge->diff, other, grant, object))
			continue;
		mig_buf_printf(&judge->text, "%s%s%s%s%s for %s%s", judge->text.len > 0 ? ", " : "",
		    grant->privilege, grant->column != NULL ? " (" : "",
		    grant->column != NULL ? grant->column : "", grant->column != NULL ? ")" : "",
		    grant->role, grant->with_grant_option ? " with grant option" : "");
	}
}

/* The rights of one side that the other has not; NULL: there are none. */
static const char *
grants_text(
    struct judge *judge, const struct mig_db_object *object, const struct mig_db_object *other)
{
	mig_buf_reset(&judge->text);
	add_grants(judge, object, other, false);
	add_grants(judge, other, object, true);
	return judge->text.len > 0 ? mig_arena_strdup(judge->arena, judge->text.data) : NULL;
}

static void
judge_grants(struct judge *judge, const struct mig_db_op *op)
{
	const char *revoked = grants_text(judge, op->before, op->after);
	const char *granted = grants_text(judge, op->after, op->before);
	if (revoked != NULL)
		add_texts(judge, op, RULE_PRIVILEGE_REVOKED, revoked, NULL);
	if (granted != NULL)
		add_texts(judge, op, RULE_PRIVILEGE_GRANTED, NULL, granted);
}

void
mig_judge_common(struct judge *judge, const struct mig_db_op *op)
{
	enum judge_rule_id comment = RULE_OBJECT_COMMENT;
	if (op->kind == MIG_DB_TABLE)
		comment = RULE_TABLE_COMMENT;
	else if (op->kind == MIG_DB_COLUMN)
		comment = RULE_COLUMN_COMMENT;
	if ((op->aspects & MIG_DB_OWNER) != 0)
		add_texts(judge, op, RULE_OWNER, op->before->extra->owner, op->after->extra->owner);
	if ((op->aspects & MIG_DB_GRANTS) != 0)
		judge_grants(judge, op);
	if ((op->aspects & MIG_DB_COMMENT) != 0)
		add_texts(
		    judge, op, comment, op->before->extra->comment, op->after->extra->comment);
}

static void
judge_op(struct judge *judge, const struct mig_db_op *op)
{
	switch (op->kind) {
	case MIG_DB_TABLE:
		mig_judge_table(judge, op);
		break;
	case MIG_DB_VIEW:
	case MIG_DB_MATVIEW:
		mig_judge_view(judge, op);
		break;
	case MIG_DB_COLUMN:
		mig_judge_column(judge, op);
		break;
	case MIG_DB_CONSTRAINT:
		mig_judge_constraint(judge, op);
		break;
	case MIG_DB_INDEX:
		mig_judge_index(judge, op);
		break;
	case MIG_DB_ROUTINE:
	case MIG_DB_TRIGGER:
	case MIG_DB_POLICY:
	case MIG_DB_RULE:
		mig_judge_code(judge, op);
		break;
	case MIG_DB_EXTENSION:
	case MIG_DB_NAMESPACE:
	case MIG_DB_ENUM:
	case MIG_DB_DOMAIN:
	case MIG_DB_COMPOSITE:
	case MIG_DB_RANGE_TYPE:
	case MIG_DB_COLLATION:
	case MIG_DB_SEQUENCE:
	case MIG_DB_STATISTICS:
	case MIG_DB_OTHER:
		mig_judge_object(judge, op);
		break;
	}
}

void
mig_db_judge(const struct mig_db_diff *diff, struct mig_check *check)
{
	size_t count = 0;
	const struct mig_db_op *ops = mig_db_ops(diff, &count);
	struct judge judge = { .diff = diff,
		.check = check,
		.arena = mig_check_arena(check),
		.before = mig_db_diff_before(diff),
		.after = mig_db_diff_after(diff),
		.dialect = mig_db_dialect(mig_db_diff_before(diff)) };
	mig_buf_init(&judge.text, MIG_SCHEMA_BYTES_MAX);
	mig_judge_collect_routines(&judge);
	for (size_t i = 0; i < count; i++)
		judge_op(&judge, &ops[i]);
	mig_buf_fini(&judge.text);
}
