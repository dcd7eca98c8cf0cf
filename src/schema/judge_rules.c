/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include "config.h"

#include "schema/judge_int.h"

static const struct judge_rule_list *const postgresql[] = { &mig_judge_rules_tables,
	&mig_judge_rules_types, &mig_judge_rules_keys, &mig_judge_rules_objects };

static const struct judge_rule_list *const mysql[] = { &mig_judge_rules_mysql };

const struct judge_rule_list *const *
mig_judge_rules(enum mig_db_dialect dialect, size_t *ret_count)
{
	*ret_count = dialect == MIG_DB_MYSQL ? sizeof(mysql) / sizeof(mysql[0]) :
	                                       sizeof(postgresql) / sizeof(postgresql[0]);
	return dialect == MIG_DB_MYSQL ? mysql : postgresql;
}

static const struct judge_rule *
find(enum mig_db_dialect dialect, enum judge_rule_id rule)
{
	size_t count = 0;
	const struct judge_rule_list *const *lists = mig_judge_rules(dialect, &count);
	for (size_t i = 0; i < count; i++)
		for (size_t j = 0; j < lists[i]->count; j++)
			if (lists[i]->rules[j].rule == rule)
				return &lists[i]->rules[j];
	return NULL;
}

const struct judge_rule *
mig_judge_rule(enum mig_db_dialect dialect, enum judge_rule_id rule, bool *ret_own)
{
	const struct judge_rule *row = find(dialect, rule);
	*ret_own = row != NULL;
	if (row == NULL)
		row = find(MIG_DB_POSTGRESQL, rule);
	MIG_ASSERT(row != NULL);
	return row;
}
