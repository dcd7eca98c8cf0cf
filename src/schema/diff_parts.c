/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "schema/diff_int.h"

static unsigned
bit_if(bool differs, unsigned bit)
{
	return differs ? bit : 0;
}

/* The parameters of a column's sequence; those that nobody gave are the type's. */
static struct mig_db_sequence_options
sequence_of(const struct mig_db_column *column)
{
	if (column->more->sequence != NULL)
		return *column->more->sequence;
	const char *type = column->type != NULL ? column->type : "";
	int64_t max = INT64_MAX;
	if (strcmp(type, "integer") == 0)
		max = INT32_MAX;
	else if (strcmp(type, "smallint") == 0)
		max = INT16_MAX;
	return (struct mig_db_sequence_options){
		.type = type, .start = 1, .increment = 1, .min = 1, .max = max, .cache = 1
	};
}

/* A snapshot's auto_increment is whatever the other side has to count by itself. */
static bool
same_identity(enum mig_db_identity a, enum mig_db_identity b)
{
	bool loose = a == MIG_DB_AUTO_INCREMENT || b == MIG_DB_AUTO_INCREMENT;
	return a == b || (loose && a != MIG_DB_IDENTITY_NONE && b != MIG_DB_IDENTITY_NONE);
}

static unsigned
identity_aspect(const struct mig_db_column *a, const struct mig_db_column *b)
{
	if (!same_identity(a->identity, b->identity))
		return MIG_DB_IDENTITY;
	if (a->identity == MIG_DB_IDENTITY_NONE ||
	    (a->more->sequence == NULL && b->more->sequence == NULL))
		return 0;
	struct mig_db_sequence_options x = sequence_of(a);
	struct mig_db_sequence_options y = sequence_of(b);
	bool same = mig_db_same(x.type, y.type) && x.start == y.start &&
	    x.increment == y.increment && x.min == y.min && x.max == y.max && x.cache == y.cache &&
	    x.cycle == y.cycle;
	return bit_if(!same, MIG_DB_IDENTITY);
}

unsigned
mig_diff_column(
    const struct mig_db_diff *diff, const struct mig_db_column *a, const struct mig_db_column *b)
{
	unsigned rare = 0;
	if (a->more != b->more)
		rare = bit_if(!mig_db_same(a->more->collation, b->more->collation) ||
		               !mig_db_same(a->more->charset, b->more->charset),
		           MIG_DB_COLLATE) |
		    bit_if(!mig_db_same(a->more->storage, b->more->storage) ||
		            !mig_db_same(a->more->compression, b->more->compression) ||
		            a->more->statistics != b->more->statistics,
		        MIG_DB_STORAGE) |
		    bit_if(!mig_db_same(a->more->on_update, b->more->on_update), MIG_DB_DEFAULT) |
		    bit_if(a->more->invisible != b->more->invisible, MIG_DB_VISIBLE) |
		    bit_if(
		        !mig_db_same_text(diff, a->more->generated_expr, b->more->generated_expr),
		        MIG_DB_GENERATED);
	bool lengths = a->length != 0 && b->length != 0;
	return rare | bit_if(!mig_db_same(a->type, b->type), MIG_DB_TYPE) |
	    bit_if(lengths && a->length != b->length, MIG_DB_LENGTH) |
	    bit_if(a->nullable != b->nullable, MIG_DB_NULLABLE) |
	    bit_if(!mig_db_same_text(diff, a->default_expr, b->default_expr), MIG_DB_DEFAULT) |
	    bit_if(a->generated != b->generated, MIG_DB_GENERATED) | identity_aspect(a, b);
}

/* Whether two lists of column names are equal; a column may have been renamed. */
static bool
same_names(const struct mig_db_diff *diff, const struct mig_db_object *table, const char *const *a,
    const char *const *b, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (strcmp(a[i], b[i]) == 0)
			continue;
		const struct mig_db_object *column = table != NULL && diff->renames_count > 0 ?
		    mig_db_find_part(table, MIG_DB_COLUMN, a[i]) :
		    NULL;
		const struct mig_db_object *now =
		    column != NULL ? mig_diff_renamed(diff, column) : NULL;
		if (now == NULL || strcmp(now->name, b[i]) != 0)
			return false;
	}
	return true;
}

bool
mig_diff_same_columns(const struct mig_db_diff *diff, const struct mig_db_object *table,
    const struct mig_db_constraint *a, const struct mig_db_constraint *b)
{
	return a->columns_count == b->columns_count &&
	    same_names(diff, table, a->columns, b->columns, a->columns_count);
}

/* The table that a foreign key points to, as a mention. */
static struct mig_db_ref
target_of(const struct mig_db_constraint *key)
{
	return (struct mig_db_ref){
		.kind = MIG_DB_TABLE, .schema = key->ref_schema, .name = key->ref_table
	};
}

static bool
same_target(const struct mig_db_diff *diff, const struct mig_db_constraint *a,
    const struct mig_db_constraint *b)
{
	if (a->ref_table == NULL || b->ref_table == NULL)
		return a->ref_table == b->ref_table;
	struct mig_db_ref old = target_of(a);
	struct mig_db_ref new = target_of(b);
	const struct mig_db_object *table =
	    mig_db_find(diff->before, MIG_DB_TABLE, a->ref_schema, a->ref_table);
	return mig_diff_same_table(diff, &old, &new) &&
	    a->ref_columns_count == b->ref_columns_count &&
	    same_names(diff, table, a->ref_columns, b->ref_columns, a->ref_columns_count);
}

/* Whether the constraints say the same of the same columns, whatever their name and options. */
static bool
same_meaning(const struct mig_db_diff *diff, const struct mig_db_constraint *a,
    const struct mig_db_constraint *b)
{
	const struct mig_db_object *table = a->base.parent;
	if (a->type != b->type)
		return false;
	if (a->type == MIG_DB_CHECK)
		return mig_db_same_text(diff, a->expression, b->expression) &&
		    a->no_inherit == b->no_inherit;
	if (a->type == MIG_DB_EXCLUSION)
		return mig_db_same_text(diff, a->base.definition, b->base.definition);
	return mig_diff_same_columns(diff, table, a, b) && a->include_count == b->include_count &&
	    same_names(diff, table, a->include, b->include, a->include_count) &&
	    same_target(diff, a, b);
}

static unsigned
key_action(const struct mig_db_diff *diff, const struct mig_db_constraint *a,
    const struct mig_db_constraint *b)
{
	bool same = mig_db_same(a->match, b->match) && mig_db_same(a->on_delete, b->on_delete) &&
	    mig_db_same(a->on_update, b->on_update) &&
	    a->on_delete_columns_count == b->on_delete_columns_count &&
	    same_names(diff, a->base.parent, a->on_delete_columns, b->on_delete_columns,
	        a->on_delete_columns_count);
	return bit_if(!same, MIG_DB_ACTION);
}

unsigned
mig_diff_constraint(const struct mig_db_diff *diff, const struct mig_db_constraint *a,
    const struct mig_db_constraint *b)
{
	return bit_if(!same_meaning(diff, a, b), MIG_DB_DEFINITION) | key_action(diff, a, b) |
	    bit_if(a->deferrable != b->deferrable || a->initially_deferred != b->initially_deferred,
	        MIG_DB_DEFERRABLE) |
	    bit_if(a->not_valid != b->not_valid, MIG_DB_VALID) |
	    bit_if(a->nulls_not_distinct != b->nulls_not_distinct, MIG_DB_NULLS) |
	    bit_if(!mig_db_same(a->options, b->options), MIG_DB_OPTIONS);
}

/* A snapshot gives columns only, other sources the whole text as well. */
static bool
same_index_text(
    const struct mig_db_diff *diff, const struct mig_db_index *a, const struct mig_db_index *b)
{
	if (a->base.definition != NULL && b->base.definition != NULL)
		return mig_db_same_text(diff, a->base.definition, b->base.definition);
	return a->columns_count == b->columns_count &&
	    same_names(diff, a->base.parent, a->columns, b->columns, a->columns_count);
}

unsigned
mig_diff_index(
    const struct mig_db_diff *diff, const struct mig_db_index *a, const struct mig_db_index *b)
{
	return bit_if(!same_index_text(diff, a, b), MIG_DB_DEFINITION) |
	    bit_if(a->unique != b->unique, MIG_DB_UNIQUENESS) |
	    bit_if(a->nulls_not_distinct != b->nulls_not_distinct, MIG_DB_NULLS) |
	    bit_if(a->valid != b->valid, MIG_DB_VALID) |
	    bit_if(a->clustered != b->clustered || a->ignored != b->ignored, MIG_DB_VISIBLE) |
	    bit_if(a->replica_identity != b->replica_identity, MIG_DB_REPLICA_IDENTITY);
}
