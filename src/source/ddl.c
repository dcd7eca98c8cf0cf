/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include "config.h"

#include "source/ddl.h"

int
ddl_apply(struct mig_db *db, const char *text, size_t len, const char *file,
    struct mig_findings *findings)
{
	(void)db;
	(void)text;
	(void)len;
	mig_findings_add(findings, MIG_SEV_ERROR, file, NULL, NULL, "not built yet");
	return MIG_EDOC;
}
