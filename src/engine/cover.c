/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include "config.h"

#include <string.h>

#include "base/json.h"
#include "base/limits.h"
#include "core/policy.h"
#include "engine/cover.h"
#include "engine/ddl.h"

/* A name without the schema before it. */
static const char *
own_name(const char *name)
{
	const char *dot = name != NULL ? strrchr(name, '.') : NULL;
	return dot != NULL ? dot + 1 : name;
}

static bool
is_called(const struct mig_json *object, const char *key, const char *name)
{
	const char *own = own_name(mig_json_string(mig_json_get(object, key)));
	return own != NULL && name != NULL && strcmp(own, name) == 0;
}

/* Whether one change of the specification is about that part of its table. */
static bool
is_about(const struct mig_json *change, const char *part)
{
	static const char *const keys[] = { "column", "new_name", "constraint_name", "index_name" };
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (is_called(change, keys[i], part))
			return true;
	return false;
}

static bool
names_part(const struct mig_json *spec, const struct mig_cover_change *change)
{
	const struct mig_json *tables = mig_json_get(spec, "schema_changes");
	const struct mig_json *table = mig_json_first(tables);
	for (; table != NULL; table = mig_json_next(table)) {
		const struct mig_json *it = mig_json_first(mig_json_get(table, "changes"));
		if (!is_called(table, "table", change->table))
			continue;
		for (; it != NULL; it = mig_json_next(it))
			if (is_about(it, change->part))
				return true;
	}
	return false;
}

/* Whole tables come and go when they are migrated. */
static bool
names_table(const struct mig_json *spec, const char *name)
{
	const struct mig_json *it = mig_json_first(mig_json_get(spec, "tables_to_migrate"));
	for (; it != NULL; it = mig_json_next(it))
		if (is_called(it, "name", name))
			return true;
	return false;
}

static bool
lists(const struct mig_json *list, const char *operation)
{
	const struct mig_json *it = mig_json_first(list);
	for (; it != NULL; it = mig_json_next(it)) {
		const char *text = mig_json_string(it);
		if (text != NULL && strcmp(text, operation) == 0)
			return true;
	}
	return false;
}

/* All operations that a change of an interface touches are endpoints of the specification. */
static bool
names_operations(const struct mig_json *spec, const char *const *operations)
{
	const struct mig_json *details = mig_json_get(spec, "service_details");
	const struct mig_json *legacy = mig_json_get(details, "legacy_service");
	const struct mig_json *service = mig_json_get(details, "new_service");
	const struct mig_json *old = mig_json_get(legacy, "endpoints");
	const struct mig_json *new = mig_json_get(service, "endpoints");
	for (size_t i = 0; operations[i] != NULL; i++)
		if (!lists(old, operations[i]) && !lists(new, operations[i]))
			return false;
	return operations[0] != NULL;
}

static bool
names(const struct mig_json *spec, const struct mig_cover_change *change)
{
	if (change->operations != NULL)
		return names_operations(spec, change->operations);
	return change->part != NULL ? names_part(spec, change) : names_table(spec, change->table);
}

/* The last phase that moves traffic; phase_count when none does. */
static size_t
last_traffic(const struct mig_policy *policy)
{
	size_t last = policy->phase_count;
	for (size_t i = 0; i < policy->phase_count; i++)
		if (policy->phases[i].flag_count > 0)
			last = i;
	return last;
}

/* Additions and removals have a phase in every plan: MIG_DDL_NOWHERE is for drops only. */
static size_t
phase_of(const struct mig_policy *policy, bool contracts)
{
	const char *names[MIG_PHASES_MAX + 1] = { NULL };
	for (size_t i = 0; i < policy->phase_count; i++)
		names[i] = policy->phases[i].name;
	return mig_ddl_phase(names, contracts ? MIG_DDL_CONTRACT : MIG_DDL_EXPAND);
}

enum mig_cover
mig_cover(const struct mig_json *plan, const struct mig_policy *policy,
    const struct mig_cover_change *change, const char **ret_phase)
{
	*ret_phase = NULL;
	if (!names(mig_json_get(plan, "spec"), change) || policy->phase_count == 0)
		return MIG_COVER_MISSING;
	size_t phase = phase_of(policy, change->contracts);
	size_t traffic = last_traffic(policy);
	*ret_phase = policy->phases[phase].name;
	bool early = change->contracts && traffic < policy->phase_count && phase <= traffic;
	return early ? MIG_COVER_EARLY : MIG_COVER_CARRIED;
}
