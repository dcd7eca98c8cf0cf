/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "check/report_int.h"

#define WIDTH 80
#define INDENT 2

/* A text that is being written, and the texts that are put together for it. */
struct page {
	const struct mig_report *report;
	struct mig_buf *out;
	struct mig_buf clean; /* a text in one line */
};

static void
repeat(struct mig_buf *out, char c, int count)
{
	while (count-- > 0)
		mig_buf_putc(out, c);
}

static int
columns(const char *text, size_t len)
{
	int count = 0;
	for (size_t i = 0; i < len; i++)
		count += ((unsigned char)text[i] & 0xc0) != 0x80;
	return count;
}

/* Words broken into lines; the cursor is at column at, further lines begin at column indent. */
static void
wrap(struct page *page, const char *text, int at, int indent)
{
	bool first = true;
	mig_buf_reset(&page->clean);
	mig_report_line(&page->clean, text);
	for (const char *word = page->clean.data; *(word += strspn(word, " ")) != '\0';) {
		size_t len = strcspn(word, " ");
		int wide = columns(word, len);
		if (!first && at + 1 + wide > WIDTH) {
			mig_buf_putc(page->out, '\n');
			repeat(page->out, ' ', indent);
			at = indent;
		} else if (!first) {
			mig_buf_putc(page->out, ' ');
			at++;
		}
		mig_buf_add(page->out, word, len);
		at += wide;
		first = false;
		word += len;
	}
	mig_buf_putc(page->out, '\n');
}

static void
section(struct page *page, const char *title)
{
	mig_buf_printf(page->out, "\n%s\n", title);
	repeat(page->out, '-', WIDTH / 2);
	mig_buf_putc(page->out, '\n');
}

/* "Name: value" on a line of its own. */
static void
field(struct page *page, int indent, const char *name, const char *value)
{
	repeat(page->out, ' ', indent);
	mig_buf_printf(page->out, "%s: ", name);
	wrap(page, value, indent + columns(name, strlen(name)) + 2, indent + INDENT);
}

static void
capitals(struct mig_buf *out, const char *text)
{
	for (; *text != '\0'; text++)
		mig_buf_putc(out,
		    *text == '_'                     ? ' ' :
		        *text >= 'a' && *text <= 'z' ? (char)(*text - 'a' + 'A') :
		                                       *text);
}

static void
title(struct page *page)
{
	char date[MIG_TIME_TEXT];
	repeat(page->out, '=', WIDTH);
	mig_buf_puts(page->out, "\nCOMPATIBILITY REPORT\n");
	repeat(page->out, '=', WIDTH);
	mig_buf_putc(page->out, '\n');
	if (page->report->before.name != NULL) {
		field(page, 0, "Before", page->report->before.name);
		field(page, 0, "After", page->report->after.name);
	}
	for (const char *const *script = page->report->scripts; script != NULL && *script != NULL;
	     script++)
		field(page, 0, "Scripts", *script);
	field(page, 0, "Date", mig_time_format(page->report->now, date));
	mig_buf_puts(page->out, "Verdict: ");
	capitals(page->out, mig_compatibility_name(page->report->verdict->compatibility));
	mig_buf_putc(page->out, '\n');
}

static void
number(struct page *page, const char *name, size_t count)
{
	mig_buf_printf(page->out, "  %s: %zu\n", name, count);
}

static void
summary(struct page *page)
{
	const struct mig_verdict *verdict = page->report->verdict;
	section(page, "SUMMARY");
	number(page, "Breaking changes", verdict->counts[MIG_BREAKING]);
	number(page, "Potentially breaking changes", verdict->counts[MIG_POTENTIALLY_BREAKING]);
	number(page, "Non-breaking changes", verdict->counts[MIG_NON_BREAKING]);
	number(page, "Additive changes", verdict->counts[MIG_ADDITIVE]);
	number(page, "Issues in all", verdict->total);
	if (verdict->ignored > 0)
		number(page, "Ignored", verdict->ignored);
	if (verdict->known > 0)
		number(page, "Known from the baseline", verdict->known);
	if (verdict->excluded > 0)
		number(page, "Excluded", verdict->excluded);
}

static void
risks(struct page *page, const struct mig_report_risk *risk)
{
	struct mig_buf tests;
	section(page, "RISK ASSESSMENT");
	field(page, INDENT, "Overall risk", risk->overall);
	field(page, INDENT, "Deployment risk", risk->deployment);
	field(page, INDENT, "Rollback complexity", risk->rollback);
	mig_buf_init(&tests, WIDTH * 2);
	for (size_t i = 0; risk->tests[i] != NULL; i++)
		mig_buf_printf(&tests, "%s%s", i > 0 ? ", " : "", risk->tests[i]);
	field(page, INDENT, "Testing requirements", tests.data);
	mig_buf_fini(&tests);
}

/* Lists and numbers as a field; nothing when there is nothing to say. */
static void
details(struct page *page, const struct mig_change *change)
{
	struct mig_place place = mig_change_place(page->report, change);
	struct mig_buf text;
	mig_buf_init(&text, MIG_REPORT_LINE_MAX);
	for (size_t i = 0; change->affected != NULL && change->affected[i] != NULL; i++)
		mig_buf_printf(&text, "%s%s", i > 0 ? ", " : "", change->affected[i]);
	if (text.len > 0)
		field(page, INDENT * 2, "Affected operations", text.data);
	mig_buf_reset(&text);
	if (place.file != NULL)
		mig_buf_printf(
		    &text, "%s:%d", mig_report_path(page->report, place.file), place.line);
	if (text.len > 0)
		field(page, INDENT * 2, "Where", text.data);
	mig_buf_reset(&text);
	if (change->has_hazard)
		mig_report_hazard(&text, change);
	if (text.len > 0)
		field(page, INDENT * 2, "Lock", text.data);
	mig_buf_fini(&text);
}

static void
issue(struct page *page, const struct mig_change *change)
{
	mig_buf_puts(page->out, "\n  - ");
	wrap(page, mig_change_description(change), INDENT * 2, INDENT * 2);
	field(page, INDENT * 2, "Rule", change->rule);
	field(page, INDENT * 2, "Field", change->field_path);
	field(page, INDENT * 2, "Impact", mig_change_impact(change));
	field(page, INDENT * 2, "Migration", mig_change_suggestion(change));
	if (change->safe_way != NULL)
		field(page, INDENT * 2, "Safe way", change->safe_way);
	details(page, change);
	if (change->reason != NULL)
		field(page, INDENT * 2, "Reason", change->reason);
	if (change->expires != NULL)
		field(page, INDENT * 2, "Until", change->expires);
}

/* All changes of one state, of one severity when that is not negative. */
static void
issues(struct page *page, const char *heading, enum mig_change_state state, int severity)
{
	size_t count = 0;
	bool first = true;
	const struct mig_change *changes = mig_check_changes(page->report->check, &count);
	for (size_t i = 0; i < count; i++) {
		if (changes[i].state != state ||
		    (severity >= 0 && changes[i].severity != (enum mig_change_severity)severity))
			continue;
		if (first)
			section(page, heading);
		first = false;
		issue(page, &changes[i]);
	}
}

/* A statement keeps its lines; what would disturb a terminal does not. */
static void
statement(struct page *page, const char *text)
{
	while (*text != '\0') {
		size_t len = strcspn(text, "\n");
		char *line = strndup(text, len);
		repeat(page->out, ' ', INDENT * 3);
		if (line != NULL)
			mig_report_line(page->out, line);
		mig_buf_putc(page->out, '\n');
		free(line);
		text += len + (text[len] == '\n');
	}
}

static void
script(struct page *page, const struct mig_check_script *script, size_t n)
{
	struct mig_buf lock;
	mig_buf_printf(page->out, "\n  %zu. ", n);
	wrap(page, script->description, INDENT * 2, INDENT * 2);
	field(page, INDENT * 2, "Phase", mig_script_phase_name(script->phase));
	mig_buf_init(&lock, MIG_REPORT_LINE_MAX);
	mig_buf_puts(&lock, mig_lock_name(script->lock));
	mig_buf_puts(&lock, script->work != 0 ? "; " : "");
	mig_report_work(&lock, script->work);
	field(page, INDENT * 2, "Lock", lock.data);
	mig_buf_fini(&lock);
	if (!script->transactional)
		field(page, INDENT * 2, "Transaction", "must run outside of one");
	if (script->irreversible != NULL)
		field(page, INDENT * 2, "Cannot be undone", script->irreversible);
	if (script->lossy != NULL)
		field(page, INDENT * 2, "Undo loses", script->lossy);
	statement(page, mig_script_statement(script));
}

static void
scripts(struct page *page)
{
	size_t count = 0;
	const struct mig_check_script *list = mig_check_scripts(page->report->check, &count);
	if (count > 0)
		section(page, "SUGGESTED MIGRATION SCRIPTS");
	for (size_t i = 0; i < count; i++)
		script(page, &list[i], i + 1);
}

static void
advice(struct page *page, const struct mig_report_risk *risk)
{
	section(page, "RECOMMENDATIONS");
	for (size_t i = 0; risk->advice[i] != NULL; i++) {
		mig_buf_printf(page->out, "  %zu. ", i + 1);
		wrap(page, risk->advice[i], INDENT * 2 + 1, INDENT * 2 + 1);
	}
}

void
mig_report_text(const struct mig_report *report, struct mig_buf *out)
{
	struct mig_report_risk risk = mig_report_risk(report);
	struct page page = { .report = report, .out = out };
	mig_buf_init(&page.clean, MIG_REPORT_LINE_MAX);
	title(&page);
	summary(&page);
	risks(&page, &risk);
	issues(&page, "BREAKING ISSUES", MIG_CHANGE_COUNTS, MIG_BREAKING);
	issues(&page, "POTENTIALLY BREAKING ISSUES", MIG_CHANGE_COUNTS, MIG_POTENTIALLY_BREAKING);
	issues(&page, "NON BREAKING ISSUES", MIG_CHANGE_COUNTS, MIG_NON_BREAKING);
	issues(&page, "ADDITIVE ISSUES", MIG_CHANGE_COUNTS, MIG_ADDITIVE);
	issues(&page, "IGNORED ISSUES", MIG_CHANGE_IGNORED, -1);
	scripts(&page);
	advice(&page, &risk);
	mig_buf_fini(&page.clean);
}
