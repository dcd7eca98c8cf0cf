/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <string.h>

#include "base/limits.h"
#include "engine/docid.h"
#include "engine/plan.h"
#include "engine/ramp.h"
#include "engine/spec.h"
#include "fuzz/fuzz.h"

/* The plan carries the specification with the schedules of its ramps; its digest is its name. */
static void
check_inside(const struct mig_json *plan, const struct mig_json *spec)
{
	struct mig_buf id;
	struct mig_buf again;
	struct mig_buf given;
	struct mig_buf kept;
	mig_buf_init(&id, 64);
	mig_buf_init(&again, 64);
	mig_buf_init(&given, MIG_DOC_BYTES_MAX);
	mig_buf_init(&kept, MIG_DOC_BYTES_MAX);
	struct mig_json_doc *ramped = NULL;
	MIG_ASSERT(mig_ramp_expand(spec, &ramped) == MIG_OK);
	spec = ramped != NULL ? mig_json_root(ramped) : spec;
	MIG_ASSERT(mig_docid(spec, NULL, 12, &id) == MIG_OK);
	MIG_ASSERT(strcmp(id.data, mig_json_string(mig_json_get(plan, "migration_id"))) == 0);
	MIG_ASSERT(mig_docid(mig_json_get(plan, "spec"), NULL, 12, &again) == MIG_OK);
	MIG_ASSERT(strcmp(id.data, again.data) == 0);
	mig_json_canonical(spec, &given);
	mig_json_canonical(mig_json_get(plan, "spec"), &kept);
	MIG_ASSERT(strcmp(given.data, kept.data) == 0);
	mig_json_free(ramped);
	mig_buf_fini(&id);
	mig_buf_fini(&again);
	mig_buf_fini(&given);
	mig_buf_fini(&kept);
}

/* A specification all the way: check, plan, runbook, and both for people. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct mig_json_doc *spec = fuzz_parse(data, size);
	if (spec == NULL)
		return 0;
	const struct mig_json *root = mig_json_root(spec);
	bool valid = fuzz_check(root, mig_spec_check, false);
	struct mig_json_doc *plan = fuzz_make(root, mig_plan_from_spec, valid);
	if (plan != NULL) {
		check_inside(mig_json_root(plan), root);
		fuzz_plan(mig_json_root(plan), true);
	}
	mig_json_free(plan);
	mig_json_free(spec);
	return 0;
}
