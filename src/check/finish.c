/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include "config.h"

#include <string.h>

#include "check/baseline.h"
#include "check/finish.h"
#include "check/ignore.h"

enum status { STATUS_COMPATIBLE = 0, STATUS_POTENTIALLY = 1, STATUS_BREAKING = 2 };

static void
count(const struct mig_change *change, struct mig_verdict *verdict)
{
	switch (change->state) {
	case MIG_CHANGE_COUNTS:
		verdict->counts[change->severity]++;
		verdict->total++;
		break;
	case MIG_CHANGE_IGNORED:
		verdict->ignored++;
		break;
	case MIG_CHANGE_KNOWN:
		verdict->known++;
		break;
	case MIG_CHANGE_EXCLUDED:
		verdict->excluded++;
		break;
	}
}

static enum mig_compatibility
judge(const struct mig_verdict *verdict)
{
	if (verdict->counts[MIG_BREAKING] > 0)
		return MIG_BREAKING_CHANGES;
	if (verdict->counts[MIG_POTENTIALLY_BREAKING] > 0)
		return MIG_POTENTIALLY_INCOMPATIBLE;
	return verdict->counts[MIG_NON_BREAKING] > 0 ? MIG_BACKWARD_COMPATIBLE :
	                                               MIG_FULLY_COMPATIBLE;
}

static int
status_of(const struct mig_verdict *verdict)
{
	if (verdict->counts[MIG_BREAKING] > 0 && mig_severity_fails(MIG_BREAKING, verdict->fail_on))
		return STATUS_BREAKING;
	if (verdict->counts[MIG_POTENTIALLY_BREAKING] > 0 &&
	    mig_severity_fails(MIG_POTENTIALLY_BREAKING, verdict->fail_on))
		return STATUS_POTENTIALLY;
	return STATUS_COMPATIBLE;
}

bool
mig_severity_fails(enum mig_change_severity severity, enum mig_fail_on fail_on)
{
	switch (fail_on) {
	case MIG_FAIL_ON_POTENTIALLY_BREAKING:
		return severity <= MIG_POTENTIALLY_BREAKING;
	case MIG_FAIL_ON_BREAKING:
		return severity == MIG_BREAKING;
	case MIG_FAIL_NEVER:
		break;
	}
	return false;
}

int
mig_check_finish(struct mig_check *check, const struct mig_finish_options *options,
    struct mig_verdict *ret_verdict, struct mig_findings *notes)
{
	struct mig_verdict verdict = { .fail_on = options->fail_on };
	size_t changes_count = 0;
	struct mig_change *changes = mig_check_changes(check, &changes_count);
	if (mig_check_failed(check))
		return MIG_ENOMEM;
	if (options->ignore != NULL &&
	    mig_ignore_apply(options->ignore, check, options->now, notes) != MIG_OK)
		return MIG_ENOMEM;
	mig_baseline_apply(options->baseline, check);
	for (size_t i = 0; i < changes_count; i++)
		count(&changes[i], &verdict);
	verdict.compatibility = judge(&verdict);
	verdict.status = status_of(&verdict);
	*ret_verdict = verdict;
	return MIG_OK;
}

const char *
mig_compatibility_name(enum mig_compatibility compatibility)
{
	static const char *const names[] = {
		[MIG_FULLY_COMPATIBLE] = "fully_compatible",
		[MIG_BACKWARD_COMPATIBLE] = "backward_compatible",
		[MIG_POTENTIALLY_INCOMPATIBLE] = "potentially_incompatible",
		[MIG_BREAKING_CHANGES] = "breaking_changes",
	};
	return names[compatibility];
}
