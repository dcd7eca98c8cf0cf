/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include "config.h"

#include <string.h>

#include "schema/diff_int.h"

/* bit when the two differ. */
static unsigned
bit_if(bool differs, unsigned bit)
{
	return differs ? bit : 0;
}

bool
mig_diff_same_table(
    const struct mig_db_diff *diff, const struct mig_db_ref *before, const struct mig_db_ref *after)
{
	if (before == NULL || after == NULL)
		return before == after;
	const struct mig_db_object *table =
	    mig_db_find(diff->before, MIG_DB_TABLE, before->schema, before->name);
	const struct mig_db_object *now = table != NULL ? mig_diff_renamed(diff, table) : NULL;
	if (now != NULL)
		return mig_db_same(now->schema, after->schema) &&
		    mig_db_same(now->name, after->name);
	return mig_db_same(before->schema, after->schema) && mig_db_same(before->name, after->name);
}

/* Whether two columns, each of its table, are one and the same. */
static bool
same_column(const struct mig_db_diff *diff, const struct mig_db_object *table, const char *name,
    const struct mig_db_object *other, const char *other_name)
{
	if (name == NULL || other_name == NULL || diff->renames_count == 0)
		return mig_db_same(name, other_name);
	const struct mig_db_object *column = mig_db_find_part(table, MIG_DB_COLUMN, name);
	const struct mig_db_object *twin = mig_db_find_part(other, MIG_DB_COLUMN, other_name);
	if (column == NULL || twin == NULL)
		return strcmp(name, other_name) == 0;
	const struct mig_db_object *renamed = mig_diff_renamed(diff, column);
	if (renamed == NULL)
		renamed = mig_diff_renamed_from(diff, column);
	return renamed != NULL ? renamed == twin : strcmp(name, other_name) == 0;
}

bool
mig_db_has_grant(const struct mig_db_diff *diff, const struct mig_db_object *thing,
    const struct mig_db_grant *grant, const struct mig_db_object *other)
{
	for (uint32_t i = 0; i < thing->extra->grants_count; i++) {
		const struct mig_db_grant *own = &thing->extra->grants[i];
		if (strcmp(own->role, grant->role) == 0 &&
		    strcmp(own->privilege, grant->privilege) == 0 &&
		    own->with_grant_option == grant->with_grant_option &&
		    own->denied == grant->denied &&
		    same_column(diff, thing, own->column, other, grant->column))
			return true;
	}
	return false;
}

/* Whether each grant of a is among those of b. */
static bool
grants_within(const struct mig_db_diff *diff, const struct mig_db_object *a,
    const struct mig_db_object *b)
{
	for (uint32_t i = 0; i < a->extra->grants_count; i++)
		if (!mig_db_has_grant(diff, b, &a->extra->grants[i], a))
			return false;
	return true;
}

static bool
same_grants(const struct mig_db_diff *diff, const struct mig_db_object *before,
    const struct mig_db_object *after)
{
	return before->extra->grants_count == after->extra->grants_count &&
	    grants_within(diff, before, after) && grants_within(diff, after, before);
}

/* What all kinds have. */
static unsigned
common_aspects(const struct mig_db_diff *diff, const struct mig_db_object *before,
    const struct mig_db_object *after)
{
	bool owners = before->extra->owner != NULL && after->extra->owner != NULL;
	bool names = before->name != NULL && after->name != NULL;
	return bit_if(names && strcmp(before->name, after->name) != 0, MIG_DB_NAME) |
	    bit_if(!mig_db_same(before->schema, after->schema), MIG_DB_SCHEMA) |
	    bit_if(!mig_db_same(before->extra->comment, after->extra->comment), MIG_DB_COMMENT) |
	    bit_if(owners && strcmp(before->extra->owner, after->extra->owner) != 0, MIG_DB_OWNER) |
	    bit_if(!same_grants(diff, before, after), MIG_DB_GRANTS);
}

static bool
same_inherits(const struct mig_db_diff *diff, const struct mig_db_table *before,
    const struct mig_db_table *after)
{
	if (before->inherits_count != after->inherits_count)
		return false;
	for (size_t i = 0; i < before->inherits_count; i++)
		if (!mig_diff_same_table(diff, &before->inherits[i], &after->inherits[i]))
			return false;
	return true;
}

static unsigned
table_aspects(
    const struct mig_db_diff *diff, const struct mig_db_table *a, const struct mig_db_table *b)
{
	return bit_if(!mig_db_same(a->options, b->options) || !mig_db_same(a->engine, b->engine) ||
	               !mig_db_same(a->row_format, b->row_format),
	           MIG_DB_OPTIONS) |
	    bit_if(a->unlogged != b->unlogged, MIG_DB_PERSISTENCE) |
	    bit_if(!mig_db_same(a->tablespace, b->tablespace), MIG_DB_TABLESPACE) |
	    bit_if(!mig_db_same_text(diff, a->partition_key, b->partition_key),
	        MIG_DB_PARTITION_KEY) |
	    bit_if(!mig_diff_same_table(diff, a->partition_of, b->partition_of) ||
	            !mig_db_same(a->partition_bound, b->partition_bound),
	        MIG_DB_PARTITION) |
	    bit_if(!same_inherits(diff, a, b), MIG_DB_INHERITS) |
	    bit_if(a->row_security != b->row_security ||
	            a->force_row_security != b->force_row_security,
	        MIG_DB_ROW_SECURITY) |
	    bit_if(a->replica_identity != b->replica_identity, MIG_DB_REPLICA_IDENTITY) |
	    bit_if(!mig_db_same(a->charset, b->charset) || !mig_db_same(a->collation, b->collation),
	        MIG_DB_COLLATE);
}

/* Columns of views and attributes of types, in order; what a side does not know is left out. */
static bool
same_column_list(
    struct mig_db_column *const *a, size_t a_count, struct mig_db_column *const *b, size_t b_count)
{
	if (a_count == 0 || b_count == 0)
		return true;
	if (a_count != b_count)
		return false;
	for (size_t i = 0; i < a_count; i++) {
		bool typed = a[i]->type != NULL && b[i]->type != NULL;
		if (strcmp(a[i]->base.name, b[i]->base.name) != 0 ||
		    (typed && strcmp(a[i]->type, b[i]->type) != 0) ||
		    !mig_db_same(a[i]->more->collation, b[i]->more->collation))
			return false;
	}
	return true;
}

static unsigned
view_aspects(
    const struct mig_db_diff *diff, const struct mig_db_table *a, const struct mig_db_table *b)
{
	return bit_if(!mig_diff_same_query(diff, a->base.definition, b->base.definition),
	           MIG_DB_DEFINITION) |
	    bit_if(!same_column_list(a->columns, a->columns_count, b->columns, b->columns_count),
	        MIG_DB_COLUMNS) |
	    bit_if(!mig_db_same(a->options, b->options), MIG_DB_OPTIONS) |
	    bit_if(!mig_db_same(a->tablespace, b->tablespace), MIG_DB_TABLESPACE);
}

static unsigned
enum_aspects(const struct mig_db_enum *a, const struct mig_db_enum *b)
{
	bool same = a->labels_count == b->labels_count;
	for (size_t i = 0; same && i < a->labels_count; i++)
		same = strcmp(a->labels[i], b->labels[i]) == 0;
	return bit_if(!same, MIG_DB_LABELS);
}

static unsigned
domain_aspects(
    const struct mig_db_diff *diff, const struct mig_db_domain *a, const struct mig_db_domain *b)
{
	return bit_if(!mig_db_same(a->type, b->type), MIG_DB_TYPE) |
	    bit_if(!mig_db_same(a->collation, b->collation), MIG_DB_COLLATE) |
	    bit_if(!mig_db_same_text(diff, a->default_expr, b->default_expr), MIG_DB_DEFAULT) |
	    bit_if(a->nullable != b->nullable, MIG_DB_NULLABLE);
}

static unsigned
sequence_aspects(const struct mig_db_diff *diff, const struct mig_db_sequence *a,
    const struct mig_db_sequence *b)
{
	const struct mig_db_sequence_options *x = &a->options;
	const struct mig_db_sequence_options *y = &b->options;
	bool same = x->start == y->start && x->increment == y->increment && x->min == y->min &&
	    x->max == y->max && x->cache == y->cache && x->cycle == y->cycle;
	bool owned = mig_diff_same_table(diff, a->owned_by, b->owned_by) &&
	    (a->owned_by == NULL || mig_db_same(a->owned_by->column, b->owned_by->column));
	return bit_if(!mig_db_same(x->type, y->type), MIG_DB_TYPE) | bit_if(!same, MIG_DB_OPTIONS) |
	    bit_if(!owned, MIG_DB_IDENTITY) |
	    bit_if(a->unlogged != b->unlogged, MIG_DB_PERSISTENCE);
}

static unsigned
routine_aspects(const struct mig_db_diff *diff, const struct mig_db_routine *a,
    const struct mig_db_routine *b)
{
	bool whole = a->base.definition != NULL && b->base.definition != NULL;
	unsigned aspects =
	    bit_if(!mig_db_same_text(diff, a->returns, b->returns), MIG_DB_TYPE) |
	    bit_if(!mig_db_same_text(diff, a->parameters, b->parameters), MIG_DB_COLUMNS) |
	    bit_if(!mig_db_same(a->language, b->language) ||
	            !mig_db_same(a->attributes, b->attributes),
	        MIG_DB_OPTIONS) |
	    /* Renames do not reach into a body that is a text. */
	    bit_if(!mig_db_same(a->body, b->body), MIG_DB_DEFINITION);
	if (aspects == 0 && whole &&
	    !mig_db_same_text(diff, a->base.definition, b->base.definition))
		aspects |= MIG_DB_DEFINITION;
	return aspects;
}

static unsigned
trigger_aspects(
    const struct mig_db_diff *diff, const struct mig_db_trigger *a, const struct mig_db_trigger *b)
{
	return bit_if(!mig_db_same_text(diff, a->base.definition, b->base.definition),
	           MIG_DB_DEFINITION) |
	    bit_if(a->enabled != b->enabled, MIG_DB_ENABLED);
}

unsigned
mig_diff_aspects(const struct mig_db_diff *diff, const struct mig_db_object *before,
    const struct mig_db_object *after)
{
	unsigned common = common_aspects(diff, before, after);
	switch (before->kind) {
	case MIG_DB_TABLE:
		return common |
		    table_aspects(diff, mig_db_as_table(before), mig_db_as_table(after));
	case MIG_DB_VIEW:
	case MIG_DB_MATVIEW:
		return common | view_aspects(diff, mig_db_as_table(before), mig_db_as_table(after));
	case MIG_DB_ENUM:
		return common | enum_aspects(mig_db_as_enum(before), mig_db_as_enum(after));
	case MIG_DB_DOMAIN:
		return common |
		    domain_aspects(diff, mig_db_as_domain(before), mig_db_as_domain(after));
	case MIG_DB_COMPOSITE: {
		const struct mig_db_composite *a = mig_db_as_composite(before);
		const struct mig_db_composite *b = mig_db_as_composite(after);
		return common |
		    bit_if(!same_column_list(
		               a->columns, a->columns_count, b->columns, b->columns_count),
		        MIG_DB_COLUMNS);
	}
	case MIG_DB_SEQUENCE:
		return common |
		    sequence_aspects(diff, mig_db_as_sequence(before), mig_db_as_sequence(after));
	case MIG_DB_ROUTINE:
		return common |
		    routine_aspects(diff, mig_db_as_routine(before), mig_db_as_routine(after));
	case MIG_DB_TRIGGER:
	case MIG_DB_POLICY:
	case MIG_DB_RULE:
		return common |
		    trigger_aspects(diff, mig_db_as_trigger(before), mig_db_as_trigger(after));
	case MIG_DB_COLUMN:
		return common |
		    mig_diff_column(diff, mig_db_as_column(before), mig_db_as_column(after));
	case MIG_DB_CONSTRAINT:
		return common |
		    mig_diff_constraint(
		        diff, mig_db_as_constraint(before), mig_db_as_constraint(after));
	case MIG_DB_INDEX:
		return common |
		    mig_diff_index(diff, mig_db_as_index(before), mig_db_as_index(after));
	case MIG_DB_STATISTICS:
		if (mig_db_as_statistics(before)->target != mig_db_as_statistics(after)->target)
			common |= MIG_DB_STORAGE;
		break;
	case MIG_DB_EXTENSION:
		/* A file seldom says which version. */
		if (before->definition == NULL || after->definition == NULL)
			return common;
		break;
	case MIG_DB_NAMESPACE:
	case MIG_DB_RANGE_TYPE:
	case MIG_DB_COLLATION:
	case MIG_DB_OTHER:
		break;
	}
	return common |
	    bit_if(!mig_db_same_text(diff, before->definition, after->definition),
	        MIG_DB_DEFINITION);
}
