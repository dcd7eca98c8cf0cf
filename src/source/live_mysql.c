/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include "config.h"

#include "source/live_int.h"

int
live_mysql_read(struct live *live, const struct live_url *url)
{
	(void)url;
	return live_fail(live, MIG_EDOC, NULL, "not built yet");
}
