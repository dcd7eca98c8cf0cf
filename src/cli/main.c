/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include "cli/cli.h"

int
main(int argc, char **argv)
{
	return cli_main(argc, argv);
}
