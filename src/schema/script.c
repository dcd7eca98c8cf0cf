/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include "config.h"

#include "schema/script.h"

void
mig_db_scripts(const struct mig_db_diff *diff, struct mig_check *check)
{
	(void)diff;
	(void)check;
}
