/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include "config.h"

#include "base/arena.h"
#include "schema/type.h"

const char *
mig_db_type_canonical(struct mig_arena *arena, enum mig_db_dialect dialect, const char *text,
    int64_t length, int64_t precision, int64_t scale)
{
	(void)dialect;
	(void)precision;
	(void)scale;
	return length > 0 ? mig_arena_printf(arena, "%s(%d)", text, (int)length)
			  : mig_arena_strdup(arena, text);
}
