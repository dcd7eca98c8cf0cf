/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include "apispec/read.h"
#include "fuzz/interface.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	fuzz_interface(data, size, mig_api_read_graphql);
	return 0;
}
