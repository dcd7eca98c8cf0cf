/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include "config.h"

#include <stdlib.h>

#include "base/arena.h"
#include "base/limits.h"
#include "check/check.h"

struct mig_check {
	struct mig_arena *arena;
	struct mig_change *changes;
	size_t changes_count;
	size_t changes_cap;
	struct mig_check_script *scripts;
	size_t scripts_count;
	size_t scripts_cap;
	bool failed;
};

struct mig_check *
mig_check_new(void)
{
	struct mig_check *check = calloc(1, sizeof(*check));
	if (check == NULL)
		return NULL;
	check->arena = mig_arena_new(MIG_CHECK_BYTES_MAX);
	if (check->arena == NULL) {
		free(check);
		return NULL;
	}
	return check;
}

void
mig_check_free(struct mig_check *check)
{
	if (check == NULL)
		return;
	free(check->changes);
	free(check->scripts);
	mig_arena_free(check->arena);
	free(check);
}

struct mig_arena *
mig_check_arena(struct mig_check *check)
{
	return check->arena;
}

/* Room for one more element in a list; false, and the report is marked, without memory. */
static bool
grow(struct mig_check *check, void **list, size_t count, size_t *cap, size_t size)
{
	if (count < *cap)
		return true;
	size_t wanted = *cap == 0 ? 64 : *cap * 2;
	void *grown = reallocarray(*list, wanted, size);
	if (grown == NULL) {
		check->failed = true;
		return false;
	}
	*list = grown;
	*cap = wanted;
	return true;
}

void
mig_check_add(struct mig_check *check, const struct mig_change *change)
{
	void *list = check->changes;
	if (!grow(check, &list, check->changes_count, &check->changes_cap, sizeof(*change)))
		return;
	check->changes = list;
	struct mig_change *kept = &check->changes[check->changes_count++];
	*kept = *change;
	/* Those who compare names need not ask whether there is one. */
	kept->type = kept->type != NULL ? kept->type : "changed";
	kept->rule = kept->rule != NULL ? kept->rule : kept->type;
	kept->field_path = kept->field_path != NULL ? kept->field_path : "?";
}

void
mig_check_add_script(struct mig_check *check, const struct mig_check_script *script)
{
	void *list = check->scripts;
	if (!grow(check, &list, check->scripts_count, &check->scripts_cap, sizeof(*script)))
		return;
	check->scripts = list;
	check->scripts[check->scripts_count++] = *script;
}

struct mig_change *
mig_check_changes(struct mig_check *check, size_t *ret_count)
{
	*ret_count = check->changes_count;
	return check->changes;
}

const struct mig_check_script *
mig_check_scripts(const struct mig_check *check, size_t *ret_count)
{
	*ret_count = check->scripts_count;
	return check->scripts;
}

void
mig_check_fail(struct mig_check *check)
{
	check->failed = true;
}

bool
mig_check_failed(const struct mig_check *check)
{
	return check->failed || mig_arena_failed(check->arena);
}

const char *
mig_change_severity_name(enum mig_change_severity severity)
{
	static const char *const names[] = {
		[MIG_BREAKING] = "breaking",
		[MIG_POTENTIALLY_BREAKING] = "potentially_breaking",
		[MIG_NON_BREAKING] = "non_breaking",
		[MIG_ADDITIVE] = "additive",
	};
	return names[severity];
}

const char *
mig_script_phase_name(enum mig_script_phase phase)
{
	static const char *const names[] = {
		[MIG_SCRIPT_EXPAND] = "expand",
		[MIG_SCRIPT_MIGRATE] = "migrate",
		[MIG_SCRIPT_CONTRACT] = "contract",
	};
	return names[phase];
}

const char *
mig_lock_name(enum mig_lock lock)
{
	static const char *const names[] = {
		[MIG_LOCK_NONE] = "none",
		[MIG_LOCK_ACCESS_SHARE] = "ACCESS SHARE",
		[MIG_LOCK_ROW_SHARE] = "ROW SHARE",
		[MIG_LOCK_ROW_EXCLUSIVE] = "ROW EXCLUSIVE",
		[MIG_LOCK_SHARE_UPDATE_EXCLUSIVE] = "SHARE UPDATE EXCLUSIVE",
		[MIG_LOCK_SHARE] = "SHARE",
		[MIG_LOCK_SHARE_ROW_EXCLUSIVE] = "SHARE ROW EXCLUSIVE",
		[MIG_LOCK_EXCLUSIVE] = "EXCLUSIVE",
		[MIG_LOCK_ACCESS_EXCLUSIVE] = "ACCESS EXCLUSIVE",
	};
	return names[lock];
}
