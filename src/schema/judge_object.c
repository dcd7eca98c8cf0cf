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

static bool
has_label(const struct mig_db_enum *type, const char *label)
{
	for (size_t i = 0; i < type->labels_count; i++)
		if (strcmp(type->labels[i], label) == 0)
			return true;
	return false;
}

/* How many labels of one type the other has not. */
static size_t
labels_missing(const struct mig_db_enum *type, const struct mig_db_enum *other)
{
	size_t missing = 0;
	for (size_t i = 0; i < type->labels_count; i++)
		missing += has_label(other, type->labels[i]) ? 0 : 1;
	return missing;
}

/* The place of the one label that another one has taken; labels_count: there is none. */
static size_t
replaced_label(const struct mig_db_enum *old, const struct mig_db_enum *new)
{
	size_t place = old->labels_count;
	if (old->labels_count != new->labels_count)
		return place;
	for (size_t i = 0; i < old->labels_count; i++) {
		if (strcmp(old->labels[i], new->labels[i]) == 0)
			continue;
		if (place != old->labels_count || has_label(new, old->labels[i]) ||
		    has_label(old, new->labels[i]))
			return old->labels_count;
		place = i;
	}
	return place;
}

/* Whether the labels that both have stand in the same order. */
static bool
same_order(const struct mig_db_enum *old, const struct mig_db_enum *new)
{
	size_t j = 0;
	for (size_t i = 0; i < old->labels_count; i++) {
		if (!has_label(new, old->labels[i]))
			continue;
		while (j < new->labels_count && strcmp(new->labels[j], old->labels[i]) != 0)
			j++;
		if (j == new->labels_count)
			return false;
	}
	return true;
}

static void
judge_labels(struct judge *judge, const struct mig_db_op *op)
{
	const struct mig_db_enum *old = mig_db_as_enum(op->before);
	const struct mig_db_enum *new = mig_db_as_enum(op->after);
	size_t replaced = replaced_label(old, new);
	if (replaced < old->labels_count) {
		add_texts(
		    judge, op, RULE_ENUM_RENAMED, old->labels[replaced], new->labels[replaced]);
		return;
	}
	bool rebuilt = labels_missing(old, new) > 0;
	for (size_t i = 0; i < old->labels_count; i++)
		if (!has_label(new, old->labels[i]))
			add_texts(judge, op, RULE_ENUM_REMOVED, old->labels[i], NULL);
	if (!same_order(old, new)) {
		add_texts(judge, op, RULE_ENUM_REORDERED, NULL, NULL);
		rebuilt = true;
	}
	for (size_t i = 0; i < new->labels_count; i++) {
		if (has_label(old, new->labels[i]))
			continue;
		struct judge_case fact = case_of(judge, op, RULE_ENUM_ADDED);
		fact.new_text = new->labels[i];
		fact.no_hazard = rebuilt;
		mig_judge_add(judge, &fact);
	}
}

static void
judge_enum(struct judge *judge, const struct mig_db_op *op)
{
	if ((op->aspects & MIG_DB_LABELS) != 0)
		judge_labels(judge, op);
}

static void
judge_domain(struct judge *judge, const struct mig_db_op *op)
{
	const struct mig_db_domain *old = mig_db_as_domain(op->before);
	const struct mig_db_domain *new = mig_db_as_domain(op->after);
	if ((op->aspects & MIG_DB_TYPE) != 0)
		add_texts(judge, op, RULE_DOMAIN_CHANGED, old->type, new->type);
	if ((op->aspects & MIG_DB_COLLATE) != 0)
		add_texts(judge, op, RULE_DOMAIN_CHANGED, old->collation, new->collation);
	if ((op->aspects & MIG_DB_NULLABLE) != 0)
		add_texts(judge, op,
		    new->nullable ? RULE_DOMAIN_CONSTRAINT_DROPPED : RULE_DOMAIN_CONSTRAINT_ADDED,
		    "NOT NULL", "NOT NULL");
	if ((op->aspects & MIG_DB_DEFAULT) != 0) {
		struct judge_case fact = mig_judge_case(RULE_DEFAULT_DOMAIN, op);
		fact.old_text = old->default_expr != NULL ? old->default_expr : "none";
		fact.new_text = new->default_expr != NULL ? new->default_expr : "none";
		fact.old_json = mig_judge_string(judge, old->default_expr);
		fact.new_json = mig_judge_string(judge, new->default_expr);
		mig_judge_add(judge, &fact);
	}
}

static const char *
attributes_text(struct judge *judge, const struct mig_db_object *object)
{
	const struct mig_db_composite *type = mig_db_as_composite(object);
	mig_buf_reset(&judge->text);
	for (size_t i = 0; i < type->columns_count; i++)
		mig_buf_printf(&judge->text, "%s%s %s", i > 0 ? ", " : "",
		    type->columns[i]->base.name, type->columns[i]->type);
	return mig_arena_strdup(judge->arena, judge->text.data);
}

static void
judge_composite(struct judge *judge, const struct mig_db_op *op)
{
	if ((op->aspects & MIG_DB_COLUMNS) != 0)
		add_texts(judge, op, RULE_COMPOSITE, attributes_text(judge, op->before),
		    attributes_text(judge, op->after));
}

static void
judge_sequence(struct judge *judge, const struct mig_db_op *op)
{
	unsigned own = MIG_DB_TYPE | MIG_DB_OPTIONS | MIG_DB_IDENTITY | MIG_DB_PERSISTENCE;
	if ((op->aspects & own) != 0)
		add_texts(judge, op, RULE_SEQUENCE_CHANGED, NULL, NULL);
}

static void
judge_extension(struct judge *judge, const struct mig_db_op *op)
{
	if ((op->aspects & MIG_DB_DEFINITION) != 0)
		add_texts(judge, op, RULE_EXTENSION_CHANGED, op->before->definition,
		    op->after->definition);
}

static void
judge_namespace(struct judge *judge, const struct mig_db_op *op)
{
	if ((op->aspects & MIG_DB_NAME) != 0)
		add_texts(judge, op, RULE_SCHEMA_RENAMED, op->before->name, op->after->name);
}

/* The word for a kind with a capital letter. */
static const char *
kind_text(const struct judge *judge, enum mig_db_kind kind)
{
	char *text = mig_arena_strdup(judge->arena, mig_db_kind_name(kind));
	if (text != NULL && text[0] >= 'a' && text[0] <= 'z')
		text[0] = (char)(text[0] - 'a' + 'A');
	return text;
}

static void
add_object(struct judge *judge, const struct mig_db_op *op, enum judge_rule_id rule)
{
	struct judge_case fact = case_of(judge, op, rule);
	fact.extra = op->kind == MIG_DB_NAMESPACE ? mig_judge_rename_hint(judge, op) :
	                                            kind_text(judge, op->kind);
	mig_judge_add(judge, &fact);
}

static void
judge_other(struct judge *judge, const struct mig_db_op *op)
{
	if ((op->aspects & MIG_DB_DEFINITION) != 0)
		add_object(judge, op, RULE_OBJECT_CHANGED);
}

static void
judge_statistics(struct judge *judge, const struct mig_db_op *op)
{
	static const char *const texts[] = {
		[MIG_DB_ADDED] = "they are new",
		[MIG_DB_DROPPED] = "they are gone",
		[MIG_DB_CHANGED] = "they were changed",
	};
	unsigned own = MIG_DB_DEFINITION | MIG_DB_STORAGE;
	if (op->what == MIG_DB_CHANGED && (op->aspects & own) == 0)
		return;
	struct judge_case fact = case_of(judge, op, RULE_STATISTICS);
	fact.extra = texts[op->what];
	mig_judge_add(judge, &fact);
}

/* What is said when a thing comes and goes, and who judges it when it changes. */
struct kind_row {
	enum mig_db_kind kind;
	enum judge_rule_id added;
	enum judge_rule_id dropped;
	void (*changed)(struct judge *, const struct mig_db_op *);
};

static const struct kind_row kinds[] = {
	{ MIG_DB_EXTENSION, RULE_EXTENSION_ADDED, RULE_EXTENSION_DROPPED, judge_extension },
	{ MIG_DB_NAMESPACE, RULE_SCHEMA_ADDED, RULE_SCHEMA_DROPPED, judge_namespace },
	{ MIG_DB_ENUM, RULE_OBJECT_ADDED, RULE_OBJECT_DROPPED, judge_enum },
	{ MIG_DB_DOMAIN, RULE_OBJECT_ADDED, RULE_OBJECT_DROPPED, judge_domain },
	{ MIG_DB_COMPOSITE, RULE_OBJECT_ADDED, RULE_OBJECT_DROPPED, judge_composite },
	{ MIG_DB_SEQUENCE, RULE_SEQUENCE_ADDED, RULE_SEQUENCE_DROPPED, judge_sequence },
	{ MIG_DB_RANGE_TYPE, RULE_OBJECT_ADDED, RULE_OBJECT_DROPPED, judge_other },
	{ MIG_DB_COLLATION, RULE_OBJECT_ADDED, RULE_OBJECT_DROPPED, judge_other },
	{ MIG_DB_OTHER, RULE_OBJECT_ADDED, RULE_OBJECT_DROPPED, judge_other },
};

void
mig_judge_object(struct judge *judge, const struct mig_db_op *op)
{
	if (op->kind == MIG_DB_STATISTICS)
		judge_statistics(judge, op);
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (kinds[i].kind != op->kind)
			continue;
		if (op->what == MIG_DB_ADDED)
			add_object(judge, op, kinds[i].added);
		else if (op->what == MIG_DB_DROPPED)
			add_object(judge, op, kinds[i].dropped);
		else
			kinds[i].changed(judge, op);
	}
	if (op->what == MIG_DB_CHANGED)
		mig_judge_common(judge, op);
}
