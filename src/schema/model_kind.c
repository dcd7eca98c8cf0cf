/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include "config.h"

#include <string.h>

#include "schema/model.h"

/* Defines the function that gives a thing as what it is. */
#define AS(function, type, condition)                             \
	struct type *function(const struct mig_db_object *object) \
	{                                                         \
		MIG_ASSERT(condition);                            \
		return (struct type *)(uintptr_t)object;          \
	}

AS(mig_db_as_table, mig_db_table,
    object->kind == MIG_DB_TABLE || object->kind == MIG_DB_VIEW || object->kind == MIG_DB_MATVIEW)
AS(mig_db_as_column, mig_db_column, object->kind == MIG_DB_COLUMN)
AS(mig_db_as_constraint, mig_db_constraint, object->kind == MIG_DB_CONSTRAINT)
AS(mig_db_as_index, mig_db_index, object->kind == MIG_DB_INDEX)
AS(mig_db_as_trigger, mig_db_trigger,
    object->kind == MIG_DB_TRIGGER || object->kind == MIG_DB_POLICY || object->kind == MIG_DB_RULE)
AS(mig_db_as_enum, mig_db_enum, object->kind == MIG_DB_ENUM)
AS(mig_db_as_domain, mig_db_domain, object->kind == MIG_DB_DOMAIN)
AS(mig_db_as_composite, mig_db_composite, object->kind == MIG_DB_COMPOSITE)
AS(mig_db_as_sequence, mig_db_sequence, object->kind == MIG_DB_SEQUENCE)
AS(mig_db_as_statistics, mig_db_statistics, object->kind == MIG_DB_STATISTICS)
AS(mig_db_as_routine, mig_db_routine, object->kind == MIG_DB_ROUTINE)

const char *
mig_db_kind_name(enum mig_db_kind kind)
{
	static const char *const names[MIG_DB_KINDS] = {
		[MIG_DB_EXTENSION] = "extension",
		[MIG_DB_NAMESPACE] = "schema",
		[MIG_DB_ENUM] = "enumeration type",
		[MIG_DB_DOMAIN] = "domain",
		[MIG_DB_COMPOSITE] = "composite type",
		[MIG_DB_RANGE_TYPE] = "range type",
		[MIG_DB_COLLATION] = "collation",
		[MIG_DB_SEQUENCE] = "sequence",
		[MIG_DB_ROUTINE] = "routine",
		[MIG_DB_TABLE] = "table",
		[MIG_DB_VIEW] = "view",
		[MIG_DB_MATVIEW] = "materialized view",
		[MIG_DB_STATISTICS] = "statistics",
		[MIG_DB_OTHER] = "object",
		[MIG_DB_COLUMN] = "column",
		[MIG_DB_CONSTRAINT] = "constraint",
		[MIG_DB_INDEX] = "index",
		[MIG_DB_TRIGGER] = "trigger",
		[MIG_DB_POLICY] = "policy",
		[MIG_DB_RULE] = "rule",
	};
	return names[kind];
}

bool
mig_db_has_index(const struct mig_db_object *object)
{
	if (object->kind == MIG_DB_INDEX)
		return true;
	if (object->kind != MIG_DB_CONSTRAINT)
		return false;
	enum mig_db_constraint_type type = mig_db_as_constraint(object)->type;
	return type == MIG_DB_PRIMARY_KEY || type == MIG_DB_UNIQUE || type == MIG_DB_EXCLUSION;
}

bool
mig_db_is_foreign_key(const struct mig_db_object *object)
{
	return object != NULL && object->kind == MIG_DB_CONSTRAINT &&
	    mig_db_as_constraint(object)->type == MIG_DB_FOREIGN_KEY;
}

const struct mig_db_ref *
mig_db_parents(const struct mig_db_object *table, size_t *ret_count)
{
	const struct mig_db_table *child = mig_db_as_table(table);
	*ret_count = child->partition_of != NULL ? 1 : child->inherits_count;
	return child->partition_of != NULL ? child->partition_of : child->inherits;
}

bool
mig_db_has_parent(const struct mig_db_object *child, const struct mig_db_object *parent)
{
	size_t count = 0;
	const struct mig_db_ref *refs = mig_db_parents(child, &count);
	for (size_t i = 0; i < count; i++)
		if (mig_db_same(refs[i].schema, parent->schema) &&
		    strcmp(refs[i].name, parent->name) == 0)
			return true;
	return false;
}
