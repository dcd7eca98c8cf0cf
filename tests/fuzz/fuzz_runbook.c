/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include "fuzz/fuzz.h"

/* A runbook that somebody wrote or edited: check, and for people. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct mig_json_doc *runbook = fuzz_parse(data, size);
	if (runbook == NULL)
		return 0;
	fuzz_runbook(mig_json_root(runbook), false);
	mig_json_free(runbook);
	return 0;
}
