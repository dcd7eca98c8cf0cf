/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include "config.h"

#include <string.h>

#include "base/utf8.h"
#include "check/report_int.h"

#define REPLACEMENT "\357\277\275"

/* Whether the character may stand in XML 1.0: U+FFFE and U+FFFF may not, and few controls. */
static bool
is_char(const char *text, size_t len)
{
	unsigned char first = (unsigned char)text[0];
	if (mig_utf8_printable(text, len) == 0)
		return first == '\n' || first == '\t';
	return len != 3 || first != 0xef || (unsigned char)text[1] != 0xbf ||
	    (unsigned char)text[2] < 0xbe;
}

/* Text as the content of an element or the value of an attribute. */
static void
escape(struct mig_buf *out, const char *text)
{
	size_t left = strlen(text);
	while (left > 0) {
		size_t len = mig_utf8_sequence(text, left);
		if (len == 0 || !is_char(text, len))
			mig_buf_puts(out, REPLACEMENT);
		else if (strchr("<>&\"'\n\t", *text) != NULL)
			mig_buf_printf(out, "&#%d;", *text);
		else
			mig_buf_add(out, text, len);
		len = len > 0 ? len : 1;
		text += len;
		left -= len;
	}
}

static void
attribute(struct mig_buf *out, const char *name, const char *value)
{
	mig_buf_printf(out, " %s=\"", name);
	escape(out, value);
	mig_buf_putc(out, '"');
}

static void
line(struct mig_buf *out, const char *name, const char *value)
{
	if (value == NULL)
		return;
	mig_buf_printf(out, "%s: ", name);
	escape(out, value);
	mig_buf_putc(out, '\n');
}

static void
failure(struct mig_buf *out, const struct mig_report *report, const struct mig_change *change)
{
	struct mig_place at = mig_change_place(report, change);
	mig_buf_puts(out, "      <failure");
	attribute(out, "message", mig_change_description(change));
	attribute(out, "type", mig_change_severity_name(change->severity));
	mig_buf_putc(out, '>');
	line(out, "Impact", mig_change_impact(change));
	line(out, "What to do", mig_change_suggestion(change));
	line(out, "Safe way", change->safe_way);
	if (at.file != NULL) {
		mig_buf_puts(out, "Where: ");
		escape(out, mig_report_path(report, at.file));
		mig_buf_printf(out, ":%d\n", at.line);
	}
	mig_buf_puts(out, "</failure>\n");
}

static bool
fails(const struct mig_report *report, const struct mig_change *change)
{
	return change->state == MIG_CHANGE_COUNTS &&
	    mig_severity_fails(change->severity, report->verdict->fail_on);
}

static void
skipped(struct mig_buf *out, const char *reason)
{
	mig_buf_puts(out, "      <skipped");
	attribute(out, "message", reason);
	mig_buf_puts(out, "/>\n");
}

static void
test_case(struct mig_buf *out, const struct mig_report *report, const struct mig_change *change)
{
	struct mig_buf name;
	mig_buf_init(&name, MIG_REPORT_LINE_MAX);
	mig_buf_printf(&name, "%s %s", change->rule, change->field_path);
	mig_buf_puts(out, "    <testcase");
	attribute(out, "classname", "migarch.check");
	attribute(out, "name", name.data);
	mig_buf_puts(out, ">\n");
	if (fails(report, change))
		failure(out, report, change);
	else if (change->state == MIG_CHANGE_IGNORED)
		skipped(out, change->reason);
	else if (change->state == MIG_CHANGE_KNOWN)
		skipped(out, "known from the baseline");
	mig_buf_puts(out, "    </testcase>\n");
	mig_buf_fini(&name);
}

/* The numbers that both elements at the top have. */
static void
numbers(struct mig_buf *out, size_t tests, size_t failures, size_t skips)
{
	mig_buf_printf(
	    out, " name=\"migarch check\" tests=\"%zu\" failures=\"%zu\"", tests, failures);
	mig_buf_printf(out, " errors=\"0\" skipped=\"%zu\"", skips);
}

void
mig_report_junit(const struct mig_report *report, struct mig_buf *out)
{
	const struct mig_verdict *verdict = report->verdict;
	size_t count = 0;
	size_t failures = 0;
	const struct mig_change *changes = mig_check_changes(report->check, &count);
	size_t skips = verdict->ignored + verdict->known;
	/* A suite without a test is an error to some who read it. */
	size_t tests = verdict->total + skips;
	for (size_t i = 0; i < count; i++)
		failures += fails(report, &changes[i]);
	mig_buf_puts(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites");
	numbers(out, tests > 0 ? tests : 1, failures, skips);
	mig_buf_puts(out, ">\n  <testsuite");
	numbers(out, tests > 0 ? tests : 1, failures, skips);
	mig_buf_puts(out, ">\n");
	for (size_t i = 0; i < count; i++)
		if (changes[i].state != MIG_CHANGE_EXCLUDED)
			test_case(out, report, &changes[i]);
	if (tests == 0)
		mig_buf_puts(
		    out, "    <testcase classname=\"migarch.check\" name=\"no changes\"/>\n");
	mig_buf_puts(out, "  </testsuite>\n</testsuites>\n");
}
