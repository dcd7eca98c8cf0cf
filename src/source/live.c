/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include "config.h"

#include "base/buf.h"
#include "source/live.h"

bool
live_is_url(const char *text)
{
	(void)text;
	return false;
}

void
live_url_public(const char *url, struct mig_buf *out)
{
	(void)url;
	mig_buf_puts(out, "URL");
}

int
live_read(const char *url, const struct live_options *options, struct mig_db **ret_db,
    struct mig_findings *findings)
{
	(void)url;
	(void)options;
	(void)ret_db;
	mig_findings_add(findings, MIG_SEV_ERROR, NULL, NULL, NULL, "not built yet");
	return MIG_EDOC;
}
