/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include "config.h"

#include <string.h>

#include "base/arena.h"
#include "schema/judge_int.h"

static struct judge_case
case_of(struct judge *judge, const struct mig_db_op *op, enum judge_rule_id rule)
{
	struct judge_case fact = mig_judge_case(rule, op);
	fact.old_json = mig_judge_value(judge, op->before);
	fact.new_json = mig_judge_value(judge, op->after);
	return fact;
}

static void
add_texts(struct judge *judge, const struct mig_db_op *op, enum judge_rule_id rule, const char *old,
    const char *new)
{
	struct judge_case fact = case_of(judge, op, rule);
	fact.old_text = old != NULL ? old : "none";
	fact.new_text = new != NULL ? new : "none";
	mig_judge_add(judge, &fact);
}

static const char *
parameters_of(const struct mig_db_object *object)
{
	const struct mig_db_routine *routine = mig_db_as_routine(object);
	return routine->parameters != NULL ? routine->parameters : routine->arguments;
}

static void
judge_routine_dropped(struct judge *judge, const struct mig_db_op *op)
{
	const struct mig_db_object *other =
	    mig_judge_routine(judge, op->before->schema, op->before->name);
	if (other == NULL) {
		struct judge_case fact = case_of(judge, op, RULE_ROUTINE_DROPPED);
		mig_judge_add(judge, &fact);
		return;
	}
	add_texts(
	    judge, op, RULE_ROUTINE_PARAMETERS, parameters_of(op->before), parameters_of(other));
}

static const char *
attributes_text(const struct judge *judge, const struct mig_db_routine *routine)
{
	const char *language = routine->language != NULL ? routine->language : "no language";
	const char *attributes = routine->attributes != NULL ? routine->attributes : "";
	return mig_arena_printf(
	    judge->arena, "%s%s%s", language, attributes[0] != '\0' ? " " : "", attributes);
}

static void
judge_routine(struct judge *judge, const struct mig_db_op *op)
{
	if (op->what == MIG_DB_ADDED) {
		struct judge_case fact = case_of(judge, op, RULE_ROUTINE_ADDED);
		mig_judge_add(judge, &fact);
		return;
	}
	if (op->what == MIG_DB_DROPPED) {
		judge_routine_dropped(judge, op);
		return;
	}
	const struct mig_db_routine *old = mig_db_as_routine(op->before);
	const struct mig_db_routine *new = mig_db_as_routine(op->after);
	if ((op->aspects & MIG_DB_TYPE) != 0)
		add_texts(judge, op, RULE_ROUTINE_RETURN, old->returns, new->returns);
	if ((op->aspects & MIG_DB_COLUMNS) != 0)
		add_texts(judge, op, RULE_ROUTINE_PARAMETERS, parameters_of(op->before),
		    parameters_of(op->after));
	if ((op->aspects & MIG_DB_DEFINITION) != 0)
		add_texts(judge, op, RULE_ROUTINE_BODY, NULL, NULL);
	if ((op->aspects & MIG_DB_OPTIONS) != 0)
		add_texts(judge, op, RULE_ROUTINE_ATTRIBUTES, attributes_text(judge, old),
		    attributes_text(judge, new));
	mig_judge_common(judge, op);
}

static const char *
enabled_text(const struct mig_db_object *object)
{
	switch (mig_db_as_trigger(object)->enabled) {
	case 'D':
		return "disabled";
	case 'R':
		return "enabled on replicas only";
	case 'A':
		return "always enabled";
	default:
		return "enabled";
	}
}

static void
judge_trigger(struct judge *judge, const struct mig_db_op *op)
{
	if (op->what != MIG_DB_CHANGED) {
		struct judge_case fact = case_of(judge, op,
		    op->what == MIG_DB_ADDED ? RULE_TRIGGER_ADDED : RULE_TRIGGER_DROPPED);
		mig_judge_add(judge, &fact);
		return;
	}
	if ((op->aspects & (MIG_DB_DEFINITION | MIG_DB_NAME | MIG_DB_POSITION)) != 0) {
		struct judge_case fact = case_of(judge, op, RULE_TRIGGER_CHANGED);
		mig_judge_add(judge, &fact);
	}
	if ((op->aspects & MIG_DB_ENABLED) != 0)
		add_texts(judge, op, RULE_TRIGGER_TOGGLED, enabled_text(op->before),
		    enabled_text(op->after));
	mig_judge_common(judge, op);
}

static const char *
what_text(enum mig_db_what what)
{
	static const char *const texts[] = {
		[MIG_DB_ADDED] = "it is new",
		[MIG_DB_DROPPED] = "it is gone",
		[MIG_DB_CHANGED] = "it was changed",
	};
	return texts[what];
}

static void
judge_policy(struct judge *judge, const struct mig_db_op *op)
{
	static const char *const types[] = {
		[MIG_DB_ADDED] = "check_added",
		[MIG_DB_DROPPED] = "check_removed",
		[MIG_DB_CHANGED] = "check_modified",
	};
	unsigned own = MIG_DB_DEFINITION | MIG_DB_NAME | MIG_DB_ENABLED;
	bool policy = op->kind == MIG_DB_POLICY;
	if (op->what != MIG_DB_CHANGED || (op->aspects & own) != 0) {
		struct judge_case fact =
		    case_of(judge, op, policy ? RULE_POLICY : RULE_REWRITE_RULE);
		fact.type = policy ? types[op->what] : NULL;
		fact.extra = what_text(op->what);
		mig_judge_add(judge, &fact);
	}
	if (op->what == MIG_DB_CHANGED)
		mig_judge_common(judge, op);
}

void
mig_judge_code(struct judge *judge, const struct mig_db_op *op)
{
	if (op->kind == MIG_DB_ROUTINE)
		judge_routine(judge, op);
	else if (op->kind == MIG_DB_TRIGGER)
		judge_trigger(judge, op);
	else
		judge_policy(judge, op);
}
