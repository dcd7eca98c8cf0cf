/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <string.h>

#include "base/limits.h"
#include "core/state.h"
#include "core/state_codec.h"
#include "core/step.h"
#include "engine/compile.h"
#include "fuzz/fuzz.h"

static int
find_zone(void *context, const char *name, struct mig_zone *ret_zone)
{
	(void)context; /* there is only one */
	if (strcmp(name, "UTC") != 0)
		return MIG_ENOTFOUND;
	mig_zone_utc(ret_zone);
	return MIG_OK;
}

static struct mig_policy *
compile(const struct mig_json *source)
{
	struct mig_compiled compiled = { 0 };
	struct mig_findings findings = { 0 };
	int error = mig_compile(source, NULL, find_zone, NULL, &compiled, &findings);
	return fuzz_verdict(error, &findings) ? compiled.policy : NULL;
}

/* What is used as an index is one. */
static void
check_indices(const struct mig_policy *policy)
{
	for (size_t i = 0; i < policy->trigger_count; i++)
		MIG_ASSERT(policy->triggers[i].metric < policy->metric_count);
	for (size_t i = 0; i < policy->phase_count; i++)
		for (size_t j = 0; j < policy->phases[i].flag_count; j++)
			MIG_ASSERT(policy->phases[i].flags[j] < policy->flag_count);
	for (size_t i = 0; i < policy->rb_step_count; i++)
		MIG_ASSERT(policy->rb_steps[i].rb_phase < policy->rb_phase_count);
	for (size_t i = 0; i < policy->rb_phase_count; i++)
		MIG_ASSERT(policy->rb_phases[i].phase < policy->phase_count);
}

/* A rollout under the policy begins, and its state survives being stored. */
static void
check_start(const struct mig_policy *policy)
{
	static struct mig_state state;
	static struct mig_state again;
	const mig_wall at = { INT64_C(1768469400000) };
	struct mig_findings findings = { 0 };
	struct mig_next next;
	struct mig_buf out;
	mig_buf_init(&out, MIG_DOC_BYTES_MAX);
	mig_state_init(&state, policy, "fuzz", at);
	mig_state_encode(&state, policy, &out);
	int error = mig_state_decode(out.data, out.len, policy, &again, &findings);
	MIG_ASSERT(fuzz_verdict(error, &findings));
	MIG_ASSERT(memcmp(&state, &again, sizeof(again)) == 0);
	mig_next(policy, &state, at, &next);
	MIG_ASSERT(next.action == MIG_NEXT_START);
	mig_buf_fini(&out);
}

/* Plan, runbook, binding and defaults in one document, as the store keeps them. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct mig_json_doc *source = fuzz_parse(data, size);
	if (source == NULL)
		return 0;
	struct mig_policy *policy = compile(mig_json_root(source));
	if (policy != NULL) {
		struct mig_json_doc *copy = fuzz_rewrite(mig_json_root(source));
		struct mig_policy *again = compile(mig_json_root(copy));
		MIG_ASSERT(again != NULL && strcmp(policy->hash, again->hash) == 0);
		check_indices(policy);
		check_start(policy);
		mig_policy_free(again);
		mig_json_free(copy);
	}
	mig_policy_free(policy);
	mig_json_free(source);
	return 0;
}
