/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include "ctl/ctl.h"

int
main(int argc, char **argv)
{
	return ctl_main(argc, argv);
}
