/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/* No simulated rollout names a live server, and nothing here starts a process. */

#include "daemon/schema_live.h"

void
schema_live_ask(const struct schema_live *live, const struct driver_view *view,
    struct schema_look *look)
{
	(void)live;
	(void)view;
	(void)look;
}

void
schema_live_cancel(struct schema_look *look)
{
	look->child = NULL;
}
