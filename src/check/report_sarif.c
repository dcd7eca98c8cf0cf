/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include "config.h"

#include "check/report_int.h"

void
mig_report_sarif(const struct mig_report *report, struct mig_buf *out)
{
	mig_report_text(report, out);
}
