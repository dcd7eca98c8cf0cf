/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include "source/yaml.h"
#include "fuzz/interface.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	fuzz_interface(data, size, yaml_read_api);
	return 0;
}
