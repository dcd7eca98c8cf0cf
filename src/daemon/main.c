/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <string.h>

#include "daemon/migarchd.h"
#include "daemon/schema_probe.h"

int
main(int argc, char **argv)
{
	if (argc == 2 && strcmp(argv[1], SCHEMA_PROBE_ARGUMENT) == 0)
		return schema_probe_main();
	return migarchd_main(argc, argv);
}
