/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include "config.h"

#include <string.h>

#include "base/utf8.h"
#include "check/report_int.h"

/* A comment of a pull request has 65,536 characters at most, and this is to be a part of one. */
#define PAGE_MAX 56000U
#define TEXT_MAX 600U    /* bytes of one text */
#define SCRIPT_MAX 8000U /* bytes of one statement */
#define FENCE_MIN 3
#define PATHS_SHOWN 10
#define SCRIPTS_ROOM 16000U /* that issues leave to scripts, when there are any */

struct page {
	const struct mig_report *report;
	struct mig_buf *out;
	struct mig_buf clean; /* a text in one line */
	size_t start;         /* of the page in out */
	size_t room;          /* bytes that the page may have so far */
};

static const char *const headings[MIG_CHANGE_SEVERITIES] = {
	[MIG_BREAKING] = "Breaking",
	[MIG_POTENTIALLY_BREAKING] = "Potentially breaking",
	[MIG_NON_BREAKING] = "Not breaking",
	[MIG_ADDITIVE] = "Additive",
};

static const char *const verdicts[] = {
	[MIG_FULLY_COMPATIBLE] = "compatible",
	[MIG_BACKWARD_COMPATIBLE] = "compatible with the old version",
	[MIG_POTENTIALLY_INCOMPATIBLE] = "some things may break",
	[MIG_BREAKING_CHANGES] = "some things break",
};

/* The text in one line, cut where it is too long; valid until the next call. */
static const char *
clean(struct page *page, const char *text)
{
	mig_buf_reset(&page->clean);
	mig_report_line(&page->clean, text);
	if (page->clean.len > TEXT_MAX) {
		mig_buf_truncate(
		    &page->clean, mig_utf8_cut(page->clean.data, page->clean.len, TEXT_MAX));
		mig_buf_puts(&page->clean, "\342\200\246");
	}
	return page->clean.data;
}

/*
 * Text that is only text, in Markdown and in HTML: a comment behind @ and # keeps GitHub from
 * making mentions and references of them.
 */
static void
prose(struct page *page, const char *text)
{
	for (const char *at = clean(page, text); *at != '\0'; at++) {
		if (*at == '<')
			mig_buf_puts(page->out, "&lt;");
		else if (*at == '>')
			mig_buf_puts(page->out, "&gt;");
		else if (*at == '&')
			mig_buf_puts(page->out, "&amp;");
		else if (*at == '@' || *at == '#')
			mig_buf_printf(page->out, "%c<!-- -->", *at);
		else if (strchr("\\`*_[]|~$!:", *at) != NULL)
			mig_buf_printf(page->out, "&#%d;", *at);
		else
			mig_buf_putc(page->out, *at);
	}
}

/* The longest run of backquotes in a text. */
static size_t
longest_fence(const char *text)
{
	size_t longest = 0;
	for (const char *at = text; (at = strchr(at, '`')) != NULL;) {
		size_t len = strspn(at, "`");
		longest = len > longest ? len : longest;
		at += len;
	}
	return longest;
}

static void
fence(struct page *page, size_t count)
{
	while (count-- > 0)
		mig_buf_putc(page->out, '`');
}

/* A name, between more backquotes than it has itself. */
static void
code(struct page *page, const char *text)
{
	const char *shown = clean(page, text);
	size_t quotes = longest_fence(shown) + 1;
	fence(page, quotes);
	mig_buf_printf(page->out, quotes > 1 ? " %s " : "%s", *shown != '\0' ? shown : " ");
	fence(page, quotes);
}

static void
item(struct page *page, const char *name, const char *text)
{
	if (text == NULL)
		return;
	mig_buf_printf(page->out, "- %s: ", name);
	prose(page, text);
	mig_buf_putc(page->out, '\n');
}

static void
item_code(struct page *page, const char *name, const char *text)
{
	mig_buf_printf(page->out, "- %s: ", name);
	code(page, text);
	mig_buf_putc(page->out, '\n');
}

static void
place(struct page *page, const struct mig_change *change)
{
	struct mig_place at = mig_change_place(page->report, change);
	struct mig_buf text;
	if (at.file == NULL)
		return;
	mig_buf_init(&text, MIG_REPORT_LINE_MAX);
	mig_buf_printf(&text, "%s:%d", mig_report_path(page->report, at.file), at.line);
	item_code(page, "Where", text.data);
	mig_buf_fini(&text);
}

static void
hazard(struct page *page, const struct mig_change *change)
{
	struct mig_buf text;
	if (!change->has_hazard)
		return;
	mig_buf_init(&text, MIG_REPORT_LINE_MAX);
	mig_report_hazard(&text, change);
	item(page, "Lock", text.data);
	mig_buf_fini(&text);
}

static void
issue(struct page *page, const struct mig_change *change)
{
	mig_buf_puts(page->out, "<details><summary>");
	prose(page, mig_change_description(change));
	mig_buf_puts(page->out, "</summary>\n\n");
	item_code(page, "Rule", change->rule);
	item_code(page, "Path", change->field_path);
	place(page, change);
	item(page, "Impact", mig_change_impact(change));
	item(page, "What to do", mig_change_suggestion(change));
	item(page, "Safe way", change->safe_way);
	hazard(page, change);
	item(page, "Why this severity", change->reason);
	mig_buf_puts(page->out, "\n</details>\n");
}

/* Whether there is room for more. */
static bool
has_room(const struct page *page)
{
	return page->out->len - page->start < page->room;
}

static void
issues(struct page *page, enum mig_change_severity severity)
{
	size_t count = 0;
	size_t left_out = 0;
	const struct mig_change *changes = mig_check_changes(page->report->check, &count);
	if (page->report->verdict->counts[severity] == 0)
		return;
	mig_buf_printf(page->out, "\n### %s\n\n", headings[severity]);
	for (size_t i = 0; i < count; i++) {
		if (changes[i].state != MIG_CHANGE_COUNTS || changes[i].severity != severity)
			continue;
		if (has_room(page))
			issue(page, &changes[i]);
		else
			left_out++;
	}
	if (left_out > 0)
		mig_buf_printf(page->out, "\n%zu more are not shown here.\n", left_out);
}

/* A statement in a fence that nothing in it closes. */
static void
block(struct page *page, const char *text)
{
	size_t quotes = longest_fence(text) + 1;
	quotes = quotes < FENCE_MIN ? FENCE_MIN : quotes;
	fence(page, quotes);
	mig_buf_puts(page->out, "sql\n");
	for (const char *line = text; *line != '\0';) {
		size_t len = strcspn(line, "\n");
		mig_buf_reset(&page->clean);
		mig_buf_add(&page->clean, line, len);
		mig_report_line(page->out, page->clean.data);
		mig_buf_putc(page->out, '\n');
		line += len + (line[len] == '\n');
	}
	fence(page, quotes);
	mig_buf_puts(page->out, "\n\n");
}

static void
script(struct page *page, const struct mig_check_script *script, size_t n)
{
	const char *statement = mig_script_statement(script);
	mig_buf_printf(page->out, "%zu\\. **%s**: ", n, mig_script_phase_name(script->phase));
	prose(page, script->description);
	mig_buf_puts(page->out, "\n\n");
	item(page, "Lock", mig_lock_name(script->lock));
	item(page, "Cannot be undone", script->irreversible);
	item(page, "The undo loses", script->lossy);
	mig_buf_putc(page->out, '\n');
	if (strlen(statement) <= SCRIPT_MAX)
		block(page, statement);
	else
		mig_buf_puts(page->out, "The statement is too long to be shown here.\n\n");
}

static void
scripts(struct page *page)
{
	size_t count = 0;
	const struct mig_check_script *list = mig_check_scripts(page->report->check, &count);
	size_t i = 0;
	if (count == 0)
		return;
	mig_buf_printf(page->out, "\n<details><summary>Scripts (%zu)</summary>\n\n", count);
	for (; i < count && has_room(page); i++)
		script(page, &list[i], i + 1);
	if (i < count)
		mig_buf_printf(page->out, "%zu more are not shown here.\n\n", count - i);
	mig_buf_puts(page->out, "</details>\n");
}

static void
row(struct page *page, const char *name, size_t count, bool always)
{
	if (count > 0 || always)
		mig_buf_printf(page->out, "| %s | %zu |\n", name, count);
}

/* What was judged by itself, a few by their names. */
static void
judged_scripts(struct page *page)
{
	const char *const *paths = page->report->scripts;
	size_t count = 0;
	if (paths == NULL)
		return;
	mig_buf_puts(page->out, "Scripts: ");
	for (; paths[count] != NULL; count++) {
		if (count >= PATHS_SHOWN)
			continue;
		mig_buf_puts(page->out, count > 0 ? ", " : "");
		code(page, paths[count]);
	}
	if (count > PATHS_SHOWN)
		mig_buf_printf(page->out, " and %zu more", count - PATHS_SHOWN);
	mig_buf_puts(page->out, "\n\n");
}

static void
summary(struct page *page)
{
	const struct mig_verdict *verdict = page->report->verdict;
	mig_buf_printf(page->out, "## Compatibility: %s\n\n", verdicts[verdict->compatibility]);
	if (page->report->before.name != NULL) {
		code(page, page->report->before.name);
		mig_buf_puts(page->out, " \342\206\222 ");
		code(page, page->report->after.name);
		mig_buf_puts(page->out, "\n\n");
	}
	judged_scripts(page);
	mig_buf_puts(page->out, "| Changes | |\n|---|---:|\n");
	for (int i = 0; i < MIG_CHANGE_SEVERITIES; i++)
		row(page, headings[i], verdict->counts[i], true);
	row(page, "Ignored", verdict->ignored, false);
	row(page, "Known from the baseline", verdict->known, false);
	row(page, "Excluded", verdict->excluded, false);
}

void
mig_report_markdown(const struct mig_report *report, struct mig_buf *out)
{
	struct mig_report_risk risk = mig_report_risk(report);
	struct page page = { .report = report, .out = out, .start = out->len };
	size_t scripts_count = 0;
	(void)mig_check_scripts(report->check, &scripts_count);
	page.room = scripts_count > 0 ? PAGE_MAX - SCRIPTS_ROOM : PAGE_MAX;
	mig_buf_init(&page.clean, MIG_REPORT_LINE_MAX);
	summary(&page);
	for (int i = 0; i < MIG_CHANGE_SEVERITIES; i++)
		issues(&page, (enum mig_change_severity)i);
	page.room = PAGE_MAX;
	scripts(&page);
	mig_buf_puts(out, "\n### Recommendations\n\n");
	for (size_t i = 0; risk.advice[i] != NULL; i++)
		mig_buf_printf(out, "%zu. %s\n", i + 1, risk.advice[i]);
	mig_buf_fini(&page.clean);
}
