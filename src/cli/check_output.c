/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <string.h>

#include "base/buf.h"
#include "base/limits.h"
#include "cli/check_int.h"
#include "cli/cli.h"
#include "cli/output.h"

static void
write_form(const struct mig_report *report, enum mig_report_form form, struct mig_buf *out)
{
	mig_report_write(report, form, out);
}

/* JSON, text, Markdown and both, by the rules that all commands share. */
static int
write_documents(const struct check_choice *choice, const struct mig_report *report)
{
	bool both = choice->format == CHECK_BOTH;
	struct output output = { .path = choice->output, .banner = "COMPATIBILITY FOR PEOPLE" };
	output.format = both                ? OUTPUT_BOTH :
	    choice->form == MIG_REPORT_JSON ? OUTPUT_JSON :
	    choice->form == MIG_REPORT_TEXT ? OUTPUT_TEXT :
	                                      OUTPUT_MARKDOWN;
	mig_buf_init(&output.json, MIG_CHECK_PAGE_BYTES_MAX);
	mig_buf_init(&output.page, MIG_CHECK_PAGE_BYTES_MAX);
	if (both || choice->form == MIG_REPORT_JSON)
		write_form(report, MIG_REPORT_JSON, &output.json);
	if (both || choice->form != MIG_REPORT_JSON)
		write_form(report, both ? MIG_REPORT_TEXT : choice->form, &output.page);
	int status = output_write(&output);
	mig_buf_fini(&output.json);
	mig_buf_fini(&output.page);
	return status;
}

int
check_write(const struct check_choice *choice, const struct mig_report *report)
{
	return write_documents(choice, report);
}
