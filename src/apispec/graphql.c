/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include "config.h"

#include "apispec/read.h"

int
mig_api_read_graphql(const char *text, size_t len, const char *file, struct mig_api **ret_api,
    struct mig_findings *findings)
{
	(void)text;
	(void)len;
	(void)ret_api;
	mig_findings_add(findings, MIG_SEV_ERROR, file, NULL, NULL, "not built yet");
	return MIG_EDOC;
}
