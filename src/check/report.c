/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include "config.h"

#include <string.h>

#include "base/num.h"
#include "base/utf8.h"
#include "check/report_int.h"

#define MANY_BREAKING 3 /* above, the way back is hard */
#define RIGHT_TO_LEFT_BYTES 3
#define MOMENT_SECONDS 0.1 /* nobody notices that */

/* What is said of a change that says nothing itself, by severity. */
static const char *const impacts[MIG_CHANGE_SEVERITIES] = {
	[MIG_BREAKING] = "What uses the old version fails.",
	[MIG_POTENTIALLY_BREAKING] = "Some of what uses the old version may fail.",
	[MIG_NON_BREAKING] = "What uses the old version goes on to work.",
	[MIG_ADDITIVE] = "Nothing that exists is affected.",
};
static const char *const suggestions[MIG_CHANGE_SEVERITIES] = {
	[MIG_BREAKING] = "Offer old and new side by side until nobody uses the old one.",
	[MIG_POTENTIALLY_BREAKING] = "Find out who depends on it before it changes.",
	[MIG_NON_BREAKING] = "Nothing has to be done.",
	[MIG_ADDITIVE] = "Nothing has to be done.",
};

static const char *const advice_breaking[] = {
	"Give the new version a place of its own, so that the old one stays usable meanwhile.",
	"Deploy all that is affected together, in an agreed order.",
	"Write down the way back and rehearse it before the first step.",
};
static const char *const advice_potentially[] = {
	"Try the change on as much data as production has.",
	"Watch errors and latency closely while it is carried out.",
};
static const char *const advice_scripts[] = {
	"Run each script and its undo on a copy of production first.",
	"Watch the progress of long scripts, and stop between them rather than in one.",
};
static const char *const advice_always[] = {
	"Tell everybody who uses it what changes, and when.",
	"Roll the change out gradually, by feature flags where that is possible.",
};

static const char *const work_names[] = { "scan", "rewrite", "index" };
static const unsigned work_bits[] = { MIG_WORK_SCAN, MIG_WORK_REWRITE, MIG_WORK_INDEX };

static size_t
add_advice(const char **list, size_t at, const char *const *more, size_t count)
{
	for (size_t i = 0; i < count; i++)
		list[at++] = more[i];
	return at;
}

#define ADD_ADVICE(at, more) \
	add_advice(risk.advice, at, more, sizeof(more) / sizeof((more)[0]))

struct mig_report_risk
mig_report_risk(const struct mig_report *report)
{
	struct mig_report_risk risk = { 0 };
	size_t breaking = report->verdict->counts[MIG_BREAKING];
	size_t potentially = report->verdict->counts[MIG_POTENTIALLY_BREAKING];
	size_t scripts = 0;
	size_t at = 0;
	(void)mig_check_scripts(report->check, &scripts);
	risk.overall = breaking > 0 ? "high" : potentially > 0 ? "medium" : "low";
	risk.deployment =
	    breaking > 0 ? "requires_coordinated_deployment" : "safe_independent_deployment";
	risk.rollback = breaking > MANY_BREAKING ? "high" : breaking > 0 ? "medium" : "low";
	risk.tests[0] = "integration_testing";
	risk.tests[1] = "regression_testing";
	risk.tests[2] = scripts > 0 ? "data_migration_testing" : NULL;
	if (breaking > 0)
		at = ADD_ADVICE(at, advice_breaking);
	if (potentially > 0)
		at = ADD_ADVICE(at, advice_potentially);
	if (scripts > 0)
		at = ADD_ADVICE(at, advice_scripts);
	at = ADD_ADVICE(at, advice_always);
	risk.advice[at] = NULL;
	return risk;
}

static const char *
or_else(const char *text, const char *otherwise)
{
	return text != NULL && *text != '\0' ? text : otherwise;
}

const char *
mig_change_description(const struct mig_change *change)
{
	return or_else(change->description, change->type);
}

const char *
mig_change_impact(const struct mig_change *change)
{
	return or_else(change->impact, impacts[change->severity]);
}

const char *
mig_change_suggestion(const struct mig_change *change)
{
	return or_else(change->suggestion, suggestions[change->severity]);
}

struct mig_place
mig_change_place(const struct mig_report *report, const struct mig_change *change)
{
	const char *file = report->after.file != NULL ? report->after.file : report->before.file;
	if (change->after.file != NULL && change->after.line > 0)
		return change->after;
	if (change->before.file != NULL && change->before.line > 0)
		return change->before;
	return (struct mig_place){ file, file != NULL ? 1 : 0 };
}

const char *
mig_report_path(const struct mig_report *report, const char *path)
{
	size_t len = report->folder != NULL ? strlen(report->folder) : 0;
	if (len > 0 && strncmp(path, report->folder, len) == 0 && path[len] == '/')
		path += len + 1;
	while (strncmp(path, "./", 2) == 0)
		path += 2;
	return path;
}

const char *
mig_script_statement(const struct mig_check_script *script)
{
	return or_else(script->up, or_else(script->batch, ""));
}

/* U+200E, U+200F, U+202A to U+202E, U+2066 to U+2069, and the separators U+2028 and U+2029. */
static bool
turns(const char *text, size_t len)
{
	unsigned char last = len == RIGHT_TO_LEFT_BYTES ? (unsigned char)text[2] : 0;
	if (last == 0 || (unsigned char)text[0] != 0xe2)
		return false;
	if ((unsigned char)text[1] == 0x80)
		return last == 0x8e || last == 0x8f || (last >= 0xa8 && last <= 0xae);
	return (unsigned char)text[1] == 0x81 && last >= 0xa6 && last <= 0xa9;
}

void
mig_report_line(struct mig_buf *out, const char *text)
{
	size_t left = strlen(text);
	while (left > 0) {
		size_t len = mig_utf8_printable(text, left);
		size_t step = len > 0 ? len : mig_utf8_sequence(text, left);
		if (len > 0 && !turns(text, len))
			mig_buf_add(out, text, len);
		else
			mig_buf_putc(out, ' ');
		step = step > 0 ? step : 1;
		text += step;
		left -= step;
	}
}

const char *
mig_work_name(size_t n, unsigned *ret_bit)
{
	if (n >= sizeof(work_names) / sizeof(work_names[0]))
		return NULL;
	*ret_bit = work_bits[n];
	return work_names[n];
}

void
mig_report_work(struct mig_buf *out, unsigned work)
{
	const char *name = NULL;
	const char *comma = "";
	unsigned bit = 0;
	for (size_t i = 0; (name = mig_work_name(i, &bit)) != NULL; i++) {
		if ((work & bit) == 0)
			continue;
		mig_buf_printf(out, "%s%s", comma, name);
		comma = ", ";
	}
}

void
mig_report_hazard(struct mig_buf *out, const struct mig_change *change)
{
	mig_buf_printf(out, "%s", mig_lock_name(change->lock));
	if (change->work != 0)
		mig_buf_puts(out, "; ");
	mig_report_work(out, change->work);
	if (change->blocking_seconds < 0)
		return;
	if (change->blocking_seconds < MOMENT_SECONDS) {
		mig_buf_puts(out, "; blocks for a moment");
		return;
	}
	mig_buf_puts(out, "; blocks for about ");
	mig_num_format_duration((int64_t)(change->blocking_seconds * 1000.0), out);
}

void
mig_report_write(const struct mig_report *report, enum mig_report_form form, struct mig_buf *out)
{
	static void (*const writers[])(const struct mig_report *, struct mig_buf *) = {
		[MIG_REPORT_JSON] = mig_report_json,
		[MIG_REPORT_TEXT] = mig_report_text,
		[MIG_REPORT_MARKDOWN] = mig_report_markdown,
		[MIG_REPORT_SQL] = mig_report_sql,
		[MIG_REPORT_SARIF] = mig_report_sarif,
		[MIG_REPORT_JUNIT] = mig_report_junit,
		[MIG_REPORT_GITHUB] = mig_report_github,
	};
	writers[form](report, out);
}
