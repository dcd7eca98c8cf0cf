/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include "config.h"

#include "schema/script_int.h"

void
mig_mysql_fact(struct mig_script *script, const struct mig_db_op *op)
{
	(void)script;
	(void)op;
}
