/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include "config.h"

#include <inttypes.h>
#include <string.h>

#include "base/arena.h"
#include "schema/judge_int.h"

/* MySQL keeps the length of a text in one byte up to here. */
#define ONE_BYTE_MAX 255
#define BYTES_PER_CHARACTER 4 /* utf8mb4 */

static const enum judge_rule_id rules[MIG_TYPE_CHANGES] = {
	[MIG_TYPE_TEXT_WIDENED] = RULE_TYPE_TEXT_WIDENED,
	[MIG_TYPE_TEXT_NARROWED] = RULE_TYPE_TEXT_NARROWED,
	[MIG_TYPE_TEXT_LIMITED] = RULE_TYPE_TEXT_LIMITED,
	[MIG_TYPE_TEXT_UNLIMITED] = RULE_TYPE_TEXT_UNLIMITED,
	[MIG_TYPE_CHAR_WIDENED] = RULE_TYPE_CHAR_WIDENED,
	[MIG_TYPE_CHAR_NARROWED] = RULE_TYPE_CHAR_NARROWED,
	[MIG_TYPE_CHAR] = RULE_TYPE_CHAR,
	[MIG_TYPE_CITEXT] = RULE_TYPE_CITEXT,
	[MIG_TYPE_INT_WIDENED] = RULE_TYPE_INT_WIDENED,
	[MIG_TYPE_INT_NARROWED] = RULE_TYPE_INT_NARROWED,
	[MIG_TYPE_INT_TO_NUMERIC] = RULE_TYPE_INT_TO_NUMERIC,
	[MIG_TYPE_TO_FLOAT] = RULE_TYPE_TO_FLOAT,
	[MIG_TYPE_FLOAT_WIDENED] = RULE_TYPE_FLOAT_WIDENED,
	[MIG_TYPE_NUMERIC_UP] = RULE_TYPE_NUMERIC_UP,
	[MIG_TYPE_NUMERIC_CHANGED] = RULE_TYPE_NUMERIC_CHANGED,
	[MIG_TYPE_NUMERIC_REDUCED] = RULE_TYPE_NUMERIC_REDUCED,
	[MIG_TYPE_ZONE] = RULE_TYPE_ZONE,
	[MIG_TYPE_TIME_UP] = RULE_TYPE_TIME_UP,
	[MIG_TYPE_TIME_DOWN] = RULE_TYPE_TIME_DOWN,
	[MIG_TYPE_TIMESTAMP_TO_DATE] = RULE_TYPE_TIMESTAMP_TO_DATE,
	[MIG_TYPE_DATE_TO_TIMESTAMP] = RULE_TYPE_DATE_TO_TIMESTAMP,
	[MIG_TYPE_CIDR_TO_INET] = RULE_TYPE_CIDR_TO_INET,
	[MIG_TYPE_INET_TO_CIDR] = RULE_TYPE_INET_TO_CIDR,
	[MIG_TYPE_JSON] = RULE_TYPE_JSON,
	[MIG_TYPE_NO_CAST] = RULE_TYPE_NO_CAST,
	[MIG_TYPE_TO_TEXT] = RULE_TYPE_TO_TEXT,
	[MIG_TYPE_ENUM_TEXT] = RULE_TYPE_ENUM_TEXT,
	[MIG_TYPE_BITS_WIDENED] = RULE_TYPE_BITS_WIDENED,
	[MIG_TYPE_DOMAIN_TO_BASE] = RULE_TYPE_DOMAIN_TO_BASE,
	[MIG_TYPE_BASE_TO_DOMAIN] = RULE_TYPE_BASE_TO_DOMAIN,
	[MIG_TYPE_ARRAY] = RULE_TYPE_ARRAY,
	[MIG_TYPE_BOOLEAN_TO_TINYINT] = RULE_TYPE_BOOLEAN_TO_TINYINT,
	[MIG_TYPE_ENUM_APPENDED] = RULE_TYPE_ENUM_APPENDED,
	[MIG_TYPE_ENUM_REORDERED] = RULE_TYPE_ENUM_REORDERED,
	[MIG_TYPE_ENUM_REMOVED] = RULE_TYPE_ENUM_REMOVED,
};

/* One change of a column's type. */
struct change {
	const struct mig_db_op *op;
	const struct mig_db_column *old;
	const struct mig_db_column *new;
	struct mig_db_type_facts facts;
	enum mig_db_type_change change;
};

static struct change
change_of(const struct judge *judge, const struct mig_db_op *op)
{
	struct change change = {
		.op = op, .old = mig_db_as_column(op->before), .new = mig_db_as_column(op->after)
	};
	const char *old = change.old->type;
	const char *new = change.new->type;
	if (old == NULL || new == NULL || strcmp(old, new) == 0)
		return change;
	const struct mig_db_object *old_domain = mig_judge_type(judge->before, MIG_DB_DOMAIN, old);
	const struct mig_db_object *new_domain = mig_judge_type(judge->after, MIG_DB_DOMAIN, new);
	change.facts = (struct mig_db_type_facts){
		.old_domain = old_domain != NULL ? mig_db_as_domain(old_domain) : NULL,
		.new_domain = new_domain != NULL ? mig_db_as_domain(new_domain) : NULL,
		.old_enum = mig_judge_type(judge->before, MIG_DB_ENUM, old) != NULL,
		.new_enum = mig_judge_type(judge->after, MIG_DB_ENUM, new) != NULL,
	};
	change.change = mig_db_type_change(judge->dialect, old, new, &change.facts);
	return change;
}

/* Changes of nothing but a length are told behind the nullability, as in the reference. */
static bool
is_length(enum mig_db_type_change change)
{
	return change == MIG_TYPE_TEXT_WIDENED || change == MIG_TYPE_TEXT_NARROWED ||
	    change == MIG_TYPE_CHAR_WIDENED || change == MIG_TYPE_CHAR_NARROWED ||
	    change == MIG_TYPE_BITS_WIDENED;
}

static bool
has_column(const struct mig_db_constraint *constraint, const char *column)
{
	for (size_t i = 0; i < constraint->columns_count; i++)
		if (strcmp(constraint->columns[i], column) == 0)
			return true;
	return false;
}

/* Whether a constraint of that type names the column. */
static bool
is_constrained(const struct mig_db_column *column, enum mig_db_constraint_type type)
{
	const struct mig_db_table *table = mig_db_as_table(column->base.parent);
	for (size_t i = 0; i < table->constraints_count; i++) {
		const struct mig_db_constraint *constraint = table->constraints[i];
		if (constraint->type == type &&
		    (has_column(constraint, column->base.name) ||
		        mig_judge_mentions(constraint->expression, column->base.name)))
			return true;
	}
	return false;
}

static bool
is_key(const struct mig_db_column *column)
{
	return is_constrained(column, MIG_DB_PRIMARY_KEY) ||
	    is_constrained(column, MIG_DB_FOREIGN_KEY);
}

/* Whether a text's length needs one byte before and two after. */
static bool
crosses_byte(const struct change *change)
{
	struct mig_db_type old;
	struct mig_db_type new;
	const char *charset = change->new->more->charset;
	int64_t bytes =
	    charset != NULL && strncmp(charset, "latin1", 6) == 0 ? 1 : BYTES_PER_CHARACTER;
	if (!mig_db_type_parse(MIG_DB_MYSQL, change->old->type, &old) ||
	    !mig_db_type_parse(MIG_DB_MYSQL, change->new->type, &new) || old.arguments_count == 0 ||
	    new.arguments_count == 0)
		return true;
	return old.arguments[0] * bytes <= ONE_BYTE_MAX && new.arguments[0] * bytes > ONE_BYTE_MAX;
}

static enum judge_rule_id
rule_of(const struct judge *judge, const struct change *change)
{
	if (change->change == MIG_TYPE_INT_WIDENED && is_key(change->old))
		return RULE_TYPE_INT_WIDENED_KEY;
	if (judge->dialect == MIG_DB_MYSQL && change->change == MIG_TYPE_TEXT_WIDENED &&
	    crosses_byte(change))
		return RULE_TYPE_TEXT_WIDENED_CROSS;
	return rules[change->change];
}

/* What a change that leaves the rows alone still has to do for indexes and checks. */
static void
weigh_work(const struct judge *judge, const struct change *change, struct judge_case *fact)
{
	bool own = false;
	const struct judge_rule *rule = mig_judge_rule(judge->dialect, fact->rule, &own);
	if (judge->dialect != MIG_DB_POSTGRESQL || rule->lock == JUDGE_NO_HAZARD)
		return;
	unsigned work = rule->work;
	if (change->change == MIG_TYPE_CITEXT &&
	    mig_judge_indexed(change->old->base.parent, change->old->base.name))
		work |= MIG_WORK_INDEX;
	if (change->change == MIG_TYPE_BASE_TO_DOMAIN && change->facts.new_domain->nullable &&
	    change->facts.new_domain->checks_count == 0)
		work = 0;
	/* The pass that writes the table again tests the rows as well. */
	if ((work & MIG_WORK_REWRITE) == 0 && is_constrained(change->old, MIG_DB_CHECK))
		work |= MIG_WORK_SCAN;
	fact->measured = work != rule->work;
	fact->lock = (enum mig_lock)rule->lock;
	fact->work = work;
}

/* The server does not make a default of another type by itself where it makes no value so. */
static void
judge_default(struct judge *judge, const struct change *change)
{
	bool refused = change->change == MIG_TYPE_NO_CAST || change->change == MIG_TYPE_ARRAY ||
	    (change->change == MIG_TYPE_ENUM_TEXT && change->facts.new_enum);
	if (!refused || change->old->default_expr == NULL || judge->dialect != MIG_DB_POSTGRESQL)
		return;
	struct judge_case fact = mig_judge_case(RULE_TYPE_DEFAULT, change->op);
	fact.part = "default";
	fact.old_text = change->old->default_expr;
	fact.new_text = change->new->type;
	fact.old_json = mig_judge_string(judge, change->old->default_expr);
	fact.new_json = mig_judge_string(judge, change->new->default_expr);
	mig_judge_add(judge, &fact);
}

static void
judge_users(struct judge *judge, const struct change *change)
{
	if (judge->dialect != MIG_DB_POSTGRESQL)
		return;
	const char *users = mig_judge_users(judge, change->op->before);
	if (users == NULL)
		return;
	struct judge_case fact = mig_judge_case(RULE_TYPE_USED, change->op);
	fact.part = "type";
	fact.extra = users;
	fact.old_json = mig_judge_string(judge, change->old->type);
	fact.new_json = mig_judge_string(judge, change->new->type);
	mig_judge_add(judge, &fact);
}

static void
judge_sequence(struct judge *judge, const struct change *change)
{
	if (change->old->identity != MIG_DB_SERIAL || change->change != MIG_TYPE_INT_WIDENED)
		return;
	struct judge_case fact = mig_judge_case(RULE_TYPE_SERIAL, change->op);
	fact.part = "type";
	fact.new_text = change->new->type;
	fact.old_json = mig_judge_string(judge, change->old->type);
	fact.new_json = mig_judge_string(judge, change->new->type);
	mig_judge_add(judge, &fact);
}

/* What else a change of type runs into. */
static void
judge_around(struct judge *judge, const struct change *change)
{
	judge_default(judge, change);
	judge_users(judge, change);
	judge_sequence(judge, change);
}

static struct judge_case
case_of(struct judge *judge, const struct change *change)
{
	struct judge_case fact = mig_judge_case(rule_of(judge, change), change->op);
	fact.old_text = change->old->type;
	fact.new_text = change->new->type;
	weigh_work(judge, change, &fact);
	return fact;
}

void
mig_judge_column_type(struct judge *judge, const struct mig_db_op *op)
{
	struct change change = change_of(judge, op);
	if (change.change == MIG_TYPE_SAME || is_length(change.change))
		return;
	struct judge_case fact = case_of(judge, &change);
	fact.part = "type";
	fact.old_json = mig_judge_string(judge, change.old->type);
	fact.new_json = mig_judge_string(judge, change.new->type);
	mig_judge_add(judge, &fact);
	judge_around(judge, &change);
}

/* The length that a type says, or a snapshot beside it; 0: none. */
static int64_t
length_of(const struct judge *judge, const struct mig_db_column *column)
{
	static const char *const texts[] = { "character varying", "varchar", "nvarchar",
		"character", "char", "bit varying", "varbinary", "binary" };
	struct mig_db_type type;
	if (column->length > 0)
		return column->length;
	if (column->type == NULL || !mig_db_type_parse(judge->dialect, column->type, &type) ||
	    type.arguments_count != 1)
		return 0;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (strcmp(type.name, texts[i]) == 0)
			return type.arguments[0];
	return 0;
}

void
mig_judge_column_length(struct judge *judge, const struct mig_db_op *op)
{
	struct change change = change_of(judge, op);
	int64_t old = length_of(judge, change.old);
	int64_t new = length_of(judge, change.new);
	bool whole = is_length(change.change);
	if (!whole && (old == 0 || new == 0 || old == new))
		return;
	struct judge_case fact = { .rule = RULE_TYPE_TEXT_WIDENED };
	if (whole) {
		fact = case_of(judge, &change);
	} else {
		fact = mig_judge_case(
		    new < old ? RULE_TYPE_TEXT_NARROWED : RULE_TYPE_TEXT_WIDENED, op);
		fact.old_text = mig_arena_printf(judge->arena, "%" PRId64, old);
		fact.new_text = mig_arena_printf(judge->arena, "%" PRId64, new);
		fact.no_hazard = true;
	}
	fact.part = "length";
	fact.old_json = old > 0 ? mig_arena_printf(judge->arena, "%" PRId64, old) : NULL;
	fact.new_json = new > 0 ? mig_arena_printf(judge->arena, "%" PRId64, new) : NULL;
	mig_judge_add(judge, &fact);
	if (whole)
		judge_around(judge, &change);
}
