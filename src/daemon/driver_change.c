/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <string.h>

#include "daemon/driver_int.h"
#include "engine/plan_diff.h"

static bool
same_member(const struct mig_json *a, const struct mig_json *b, const char *key)
{
	const char *left = mig_json_string(mig_json_get(a, key));
	const char *right = mig_json_string(mig_json_get(b, key));

	return left != NULL && right != NULL && strcmp(left, right) == 0;
}

static bool
shares_flag(const struct rollout *rollout, const struct mig_json *plan)
{
	const struct mig_json *spec = mig_json_get(plan, "spec");
	const struct mig_json *flag = mig_json_first(mig_json_get(spec, "feature_flags"));

	for (; flag != NULL; flag = mig_json_next(flag)) {
		const char *name = mig_json_string(mig_json_get(flag, "name"));
		if (name != NULL &&
		    mig_policy_flag(rollout->policy, name) < rollout->policy->flag_count)
			return true;
	}
	return false;
}

static const struct mig_json *
plan_of(const struct rollout *rollout)
{
	return mig_json_get(mig_json_root(rollout->source), "plan");
}

/*
 * Whether a plan is one of the rollout's migration.  The id alone does not tell: it is made of the
 * specification, so a changed specification has another.
 */
static bool
same_migration(const struct rollout *rollout, const struct mig_json *plan)
{
	const struct mig_json *mine = plan_of(rollout);

	return same_member(mine, plan, "migration_id") ||
	    (same_member(mine, plan, "migration_type") &&
	    same_member(mine, plan, "source_system") && same_member(mine, plan, "target_system") &&
	    shares_flag(rollout, plan));
}

int
driver_plan_change(const struct driver *driver, const struct mig_json *source, size_t limit,
    struct driver_view *ret_view, struct mig_plan_diff *ret_diff)
{
	const struct mig_json *plan = mig_json_get(source, "plan");
	int result = MIG_ENOTFOUND;

	for (struct rollout *r = driver->first; r != NULL; r = r->next) {
		struct mig_plan_diff diff = { 0 };
		if (mig_state_finished(r->state) || !same_migration(r, plan))
			continue;
		int error = mig_plan_diff(plan_of(r), plan, limit, &diff);
		if (error == MIG_OK && mig_plan_diff_count(&diff) == 0) {
			mig_plan_diff_fini(&diff);
			continue;
		}
		/* The newest of several is told of. */
		if (result == MIG_OK)
			mig_plan_diff_fini(ret_diff);
		if (error != MIG_OK)
			return error;
		*ret_diff = diff;
		rollout_view(r, ret_view);
		result = MIG_OK;
	}
	return result;
}
