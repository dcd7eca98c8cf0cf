/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include "config.h"

#include "apispec/facts_int.h"

const struct mig_fact_row *
mig_fact_row(enum mig_fact fact)
{
	size_t index = (size_t)fact;
	return index < MIG_FACTS_SCHEMA ? &mig_fact_schema_rows[index] :
	                                  &mig_fact_op_rows[index - MIG_FACTS_SCHEMA];
}

/* The first row that fits; NULL when there is none. */
static const struct mig_rule_row *
find(enum mig_fact fact, unsigned where)
{
	size_t count = 0;
	const struct mig_rule_row *rows =
	    (size_t)fact < MIG_FACTS_SCHEMA ? mig_schema_rules(&count) : mig_op_rules(&count);
	for (size_t i = 0; i < count; i++)
		if (rows[i].fact == fact && (rows[i].where & where) != 0)
			return &rows[i];
	return NULL;
}

/* Where a place has no row of its own, that of a wider one holds. */
static unsigned
wider_place(unsigned where)
{
	if (where == MIG_AT_HEADER_PARAM)
		return MIG_AT_PARAM;
	if (where == MIG_AT_HEADER_PROP)
		return MIG_AT_PARAM_PROP;
	if (where == MIG_AT_READ_ONLY)
		return MIG_AT_REQUEST_PROP;
	return where == MIG_AT_WRITE_ONLY ? MIG_AT_RESPONSE_PROP : MIG_AT_REQUEST_PROP;
}

struct mig_rule_row
mig_rule_for(enum mig_fact fact, unsigned where)
{
	if (where == MIG_AT_HEADER && (size_t)fact < MIG_FACTS_SCHEMA)
		return (struct mig_rule_row){ "response-header-type-changed", fact, where,
			MIG_POTENTIALLY_BREAKING };
	const struct mig_rule_row *row = find(fact, where);
	/* What only one side writes, the other can not get wrong. */
	bool idle = row == NULL && (where == MIG_AT_READ_ONLY || where == MIG_AT_WRITE_ONLY);
	if (row == NULL)
		row = find(fact, wider_place(where));
	MIG_ASSERT(row != NULL);
	struct mig_rule_row rule = *row;
	if (idle && rule.severity < MIG_NON_BREAKING)
		rule.severity = MIG_NON_BREAKING;
	return rule;
}
