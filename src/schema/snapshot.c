/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include "config.h"

#include "schema/snapshot.h"

int
mig_snapshot_read(const char *text, size_t len, const char *file, enum mig_db_dialect dialect,
    struct mig_db **ret_db, struct mig_findings *findings)
{
	(void)text;
	(void)len;
	(void)dialect;
	(void)ret_db;
	mig_findings_add(findings, MIG_SEV_ERROR, file, NULL, NULL, "not built yet");
	return MIG_EDOC;
}

void
mig_snapshot_write(const struct mig_db *db, struct mig_buf *out)
{
	(void)db;
	(void)out;
}
