/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "daemon/driver_int.h"

/* Percentages closer than this are the same. */
#define SAME_PERCENTAGE 0.005

static bool
has_flag(const struct rollout *rollout, const char *flag)
{
	return mig_policy_flag(rollout->policy, flag) < rollout->policy->flag_count;
}

/* Whether a comes before b in serving a flag: it moves it, or was started later. */
static bool
serves_before(const struct rollout *a, const struct rollout *b)
{
	if (rollout_under_way(a) != rollout_under_way(b))
		return rollout_under_way(a);
	return a->state->started_at.ms >= b->state->started_at.ms;
}

/* The rollout whose percentage an embedded flag serves; NULL when nobody has the flag. */
static const struct rollout *
flag_owner(const struct driver *driver, const char *flag)
{
	const struct rollout *owner = NULL;

	for (const struct rollout *r = driver->first; r != NULL; r = r->next) {
		if (r->binding->flags_embedded && has_flag(r, flag) &&
		    (owner == NULL || serves_before(r, owner)))
			owner = r;
	}
	return owner;
}

int
driver_flag(const struct driver *driver, const char *flag, double *ret_percentage,
    const char **ret_rollout_id)
{
	const struct rollout *owner = flag_owner(driver, flag);

	if (owner == NULL)
		return MIG_ENOTFOUND;
	*ret_percentage = owner->state->flags[mig_policy_flag(owner->policy, flag)].acked;
	*ret_rollout_id = owner->state->rollout_id;
	return MIG_OK;
}

void
driver_each_flag(const struct driver *driver,
    void (*callback)(void *context, const char *flag, double percentage, const char *rollout_id),
    void *context)
{
	for (const struct rollout *r = driver->first; r != NULL; r = r->next) {
		for (size_t i = 0; i < r->policy->flag_count; i++) {
			const char *name = r->policy->flags[i].name;
			if (flag_owner(driver, name) == r)
				callback(context, name, r->state->flags[i].acked,
				    r->state->rollout_id);
		}
	}
}

/* Two rollouts must not move one flag; the one that moves a flag of this one now, or NULL. */
static const struct rollout *
contender(const struct rollout *rollout, const char *flag)
{
	for (const struct rollout *r = rollout->driver->first; r != NULL; r = r->next) {
		if (r != rollout && rollout_under_way(r) && has_flag(r, flag))
			return r;
	}
	return NULL;
}

/* Nobody reads an embedded flag back: what it serves before the start is known here alone. */
static int
check_initial(const struct rollout *rollout, size_t index, char *ret_refusal, size_t size)
{
	const struct mig_flag *flag = &rollout->policy->flags[index];
	const char *owner = NULL;
	double served = 0;

	if (!rollout->binding->flags_embedded ||
	    driver_flag(rollout->driver, flag->name, &served, &owner) != MIG_OK ||
	    fabs(served - flag->initial) < SAME_PERCENTAGE)
		return MIG_OK;
	(void)snprintf(ret_refusal, size, "flag %s serves %g %% for rollout %s, and this plan "
	    "begins at %g %%: abort that rollout first, or load a plan that begins there",
	    flag->name, served, owner, flag->initial);
	return MIG_ESTATE;
}

/* What another rollout serves by now would not move, whatever this one writes. */
static int
check_owner(const struct rollout *rollout, size_t index, char *ret_refusal, size_t size)
{
	const char *flag = rollout->policy->flags[index].name;
	const struct rollout *owner = rollout->binding->flags_embedded ?
	    flag_owner(rollout->driver, flag) : NULL;

	if (owner == NULL || owner == rollout)
		return MIG_OK;
	(void)snprintf(ret_refusal, size, "flag %s has been served for rollout %s since then: an "
	    "abort of this one would not move it", flag, owner->state->rollout_id);
	return MIG_ESTATE;
}

int
rollout_claim_flags(const struct rollout *rollout, enum mig_command command, char *ret_refusal,
    size_t size)
{
	bool starts = command == MIG_COMMAND_START && rollout->state->run == MIG_RUN_LOADED;
	bool returns = command == MIG_COMMAND_ABORT && rollout->state->run == MIG_RUN_COMPLETED;
	int error = MIG_OK;

	if (starts && rollout->kept) {
		(void)snprintf(ret_refusal, size, "its plan, runbook or settings would not be "
		    "taken any more: see the daemon's log, and load it anew");
		return MIG_ESTATE;
	}
	for (size_t i = 0; (starts || returns) && error == MIG_OK &&
	    i < rollout->policy->flag_count; i++) {
		const char *name = rollout->policy->flags[i].name;
		const struct rollout *other = contender(rollout, name);
		if (other != NULL) {
			(void)snprintf(ret_refusal, size,
			    "flag %s is being moved by rollout %s: finish or abort that one first",
			    name, other->state->rollout_id);
			return MIG_ESTATE;
		}
		error = starts ? check_initial(rollout, i, ret_refusal, size) :
		    check_owner(rollout, i, ret_refusal, size);
	}
	return error;
}
