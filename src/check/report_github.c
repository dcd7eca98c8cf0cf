/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include "config.h"

#include <string.h>

#include "check/report_int.h"

/* What ends a command's property or message, as GitHub's runner reads it. */
static void
escape(struct mig_buf *out, const char *text, const char *special)
{
	struct mig_buf clean;
	mig_buf_init(&clean, MIG_REPORT_LINE_MAX);
	mig_report_line(&clean, text);
	for (const char *at = clean.data; *at != '\0'; at++) {
		if (strchr(special, *at) != NULL)
			mig_buf_printf(out, "%%%02X", (unsigned char)*at);
		else
			mig_buf_putc(out, *at);
	}
	mig_buf_fini(&clean);
}

static void
property(struct mig_buf *out, const char *name, const char *value)
{
	mig_buf_printf(out, "%s=", name);
	escape(out, value, "%:,");
}

static void
annotation(struct mig_buf *out, const struct mig_report *report, const struct mig_change *change)
{
	static const char *const commands[MIG_CHANGE_SEVERITIES] = {
		[MIG_BREAKING] = "error",
		[MIG_POTENTIALLY_BREAKING] = "warning",
		[MIG_NON_BREAKING] = "notice",
		[MIG_ADDITIVE] = "notice",
	};
	struct mig_place at = mig_change_place(report, change);
	mig_buf_printf(out, "::%s ", commands[change->severity]);
	if (at.file != NULL) {
		property(out, "file", mig_report_path(report, at.file));
		mig_buf_printf(out, ",line=%d,", at.line);
	}
	property(out, "title", change->rule);
	mig_buf_puts(out, "::");
	escape(out, mig_change_description(change), "%");
	mig_buf_puts(out, "%0A");
	escape(out, mig_change_impact(change), "%");
	mig_buf_puts(out, "%0A");
	escape(out, mig_change_suggestion(change), "%");
	if (change->safe_way != NULL) {
		mig_buf_puts(out, "%0A");
		escape(out, change->safe_way, "%");
	}
	mig_buf_putc(out, '\n');
}

void
mig_report_github(const struct mig_report *report, struct mig_buf *out)
{
	size_t count = 0;
	const struct mig_change *changes = mig_check_changes(report->check, &count);
	/* GitHub shows the first few of each kind only: the worst must come first. */
	for (int severity = 0; severity < MIG_CHANGE_SEVERITIES; severity++)
		for (size_t i = 0; i < count; i++)
			if (changes[i].state == MIG_CHANGE_COUNTS &&
			    changes[i].severity == (enum mig_change_severity)severity)
				annotation(out, report, &changes[i]);
}
