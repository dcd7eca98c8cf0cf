/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include "fuzz/fuzz.h"

/* A plan that somebody wrote or edited: check, runbook, and both for people. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct mig_json_doc *plan = fuzz_parse(data, size);
	if (plan == NULL)
		return 0;
	fuzz_plan(mig_json_root(plan), false);
	mig_json_free(plan);
	return 0;
}
