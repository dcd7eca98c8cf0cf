/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "source/canon.h"
#include "source/live_postgresql_int.h"

/* In this order: parts after what they are parts of, mentions after all that can be mentioned. */
static int (*const steps[])(struct live_pg *) = { live_pg_read_types, live_pg_read_tables,
	live_pg_read_parts, live_pg_read_routines, live_pg_read_more };

int
live_postgresql_read(struct live *live, const char *text, const struct live_url *url)
{
	struct live_pg pg = { .live = live, .map = live_pg_map_new(), .namespaces = strdup("{}") };
	int error = MIG_OK;
	if (pg.map == NULL || pg.namespaces == NULL)
		error = live_no_memory(live);
	if (error == MIG_OK)
		error = live_pg_open(&pg, text, url);
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]) && error == MIG_OK; i++)
		error = steps[i](&pg);
	if (error == MIG_OK && canon_db(live->db) != MIG_OK)
		error = live_no_memory(live);
	live_pg_close(pg.conn);
	live_pg_map_free(pg.map);
	free(pg.namespaces);
	return error;
}
