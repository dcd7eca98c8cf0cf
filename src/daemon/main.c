/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include "daemon/migarchd.h"

int
main(int argc, char **argv)
{
	return migarchd_main(argc, argv);
}
