/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include "config.h"

#include "base/json_write.h"
#include "check/report_int.h"

#define INDENT 2

/* A member that is there only when there is something to say. */
static void
optional(struct mig_jw *jw, const char *key, const char *text)
{
	if (text != NULL)
		mig_jw_string(jw, key, text);
}

static void
value(struct mig_jw *jw, const char *key, const char *json)
{
	if (json != NULL && *json != '\0')
		mig_jw_raw(jw, key, json);
	else
		mig_jw_null(jw, key);
}

static void
strings(struct mig_jw *jw, const char *key, const char *const *list)
{
	mig_jw_array(jw, key);
	for (; list != NULL && *list != NULL; list++)
		mig_jw_string(jw, NULL, *list);
	mig_jw_array_end(jw);
}

static void
place(
    struct mig_jw *jw, const struct mig_report *report, const char *key, const struct mig_place *at)
{
	if (at->file == NULL || at->line <= 0) {
		mig_jw_null(jw, key);
		return;
	}
	mig_jw_object(jw, key);
	mig_jw_string(jw, "file", mig_report_path(report, at->file));
	mig_jw_int(jw, "line", at->line);
	mig_jw_object_end(jw);
}

static void
work(struct mig_jw *jw, unsigned bits)
{
	const char *name = NULL;
	unsigned bit = 0;
	mig_jw_array(jw, "work");
	for (size_t i = 0; (name = mig_work_name(i, &bit)) != NULL; i++)
		if ((bits & bit) != 0)
			mig_jw_string(jw, NULL, name);
	mig_jw_array_end(jw);
	mig_jw_bool(jw, "rewrite", (bits & MIG_WORK_REWRITE) != 0);
}

static void
hazard(struct mig_jw *jw, const struct mig_change *change)
{
	mig_jw_string(jw, "lock", mig_lock_name(change->lock));
	work(jw, change->work);
	if (change->blocking_seconds >= 0)
		mig_jw_number(jw, "blocking_seconds", change->blocking_seconds);
	else
		mig_jw_null(jw, "blocking_seconds");
}

/* The members of the reference, then ours. */
static void
issue(struct mig_jw *jw, const struct mig_report *report, const struct mig_change *change)
{
	mig_jw_object(jw, NULL);
	mig_jw_string(jw, "type", change->type);
	mig_jw_string(jw, "severity", mig_change_severity_name(change->severity));
	mig_jw_string(jw, "description", mig_change_description(change));
	mig_jw_string(jw, "field_path", change->field_path);
	value(jw, "old_value", change->old_value);
	value(jw, "new_value", change->new_value);
	mig_jw_string(jw, "impact", mig_change_impact(change));
	mig_jw_string(jw, "suggested_migration", mig_change_suggestion(change));
	strings(jw, "affected_operations", change->affected);
	mig_jw_string(jw, "rule_id", change->rule);
	mig_jw_object(jw, "location");
	place(jw, report, "before", &change->before);
	place(jw, report, "after", &change->after);
	mig_jw_object_end(jw);
	if (change->has_hazard)
		hazard(jw, change);
	optional(jw, "safe_alternative", change->safe_way);
	if (change->reason != NULL)
		mig_jw_string(jw, "x_reason", change->reason);
	optional(jw, "x_expires", change->expires);
	mig_jw_object_end(jw);
}

static void
issues(struct mig_jw *jw, const struct mig_report *report, const char *key,
    enum mig_change_state state)
{
	size_t count = 0;
	const struct mig_change *changes = mig_check_changes(report->check, &count);
	mig_jw_array(jw, key);
	for (size_t i = 0; i < count; i++)
		if (changes[i].state == state)
			issue(jw, report, &changes[i]);
	mig_jw_array_end(jw);
}

void
mig_report_script(struct mig_jw *jw, const struct mig_check_script *script)
{
	mig_jw_string(jw, "script_type", "sql");
	mig_jw_string(jw, "description", script->description);
	mig_jw_string(jw, "script_content", mig_script_statement(script));
	mig_jw_string(jw, "rollback_script", script->down != NULL ? script->down : "");
	strings(jw, "dependencies", script->depends);
	mig_jw_string(jw, "validation_query", script->validation != NULL ? script->validation : "");
	mig_jw_string(jw, "phase", mig_script_phase_name(script->phase));
	optional(jw, "slug", script->slug);
	optional(jw, "irreversible", script->irreversible);
	optional(jw, "lossy", script->lossy);
	optional(jw, "precheck", script->precheck);
	optional(jw, "expected", script->expected);
	optional(jw, "batch", script->batch);
	mig_jw_string(jw, "lock", mig_lock_name(script->lock));
	work(jw, script->work);
	mig_jw_bool(jw, "transactional", script->transactional);
}

static void
scripts(struct mig_jw *jw, const struct mig_report *report)
{
	size_t count = 0;
	const struct mig_check_script *list = mig_check_scripts(report->check, &count);
	mig_jw_array(jw, "migration_scripts");
	for (size_t i = 0; i < count; i++) {
		mig_jw_object(jw, NULL);
		mig_report_script(jw, &list[i]);
		mig_jw_object_end(jw);
	}
	mig_jw_array_end(jw);
}

static const char *
excerpt(const struct mig_report_side *side)
{
	return side->excerpt != NULL ? side->excerpt : "";
}

static void
summary(struct mig_jw *jw, const struct mig_report *report)
{
	const struct mig_verdict *verdict = report->verdict;
	char date[MIG_TIME_TEXT];
	mig_jw_string(jw, "schema_before", excerpt(&report->before));
	mig_jw_string(jw, "schema_after", excerpt(&report->after));
	mig_jw_string(jw, "analysis_date", mig_time_format(report->now, date));
	mig_jw_string(jw, "overall_compatibility", mig_compatibility_name(verdict->compatibility));
	mig_jw_int(jw, "breaking_changes_count", (int64_t)verdict->counts[MIG_BREAKING]);
	mig_jw_int(
	    jw, "potentially_breaking_count", (int64_t)verdict->counts[MIG_POTENTIALLY_BREAKING]);
	mig_jw_int(jw, "non_breaking_changes_count", (int64_t)verdict->counts[MIG_NON_BREAKING]);
	mig_jw_int(jw, "additive_changes_count", (int64_t)verdict->counts[MIG_ADDITIVE]);
}

/* What was set aside; nothing when nothing was. */
static void
set_aside(struct mig_jw *jw, const struct mig_report *report)
{
	const struct mig_verdict *verdict = report->verdict;
	if (verdict->ignored > 0)
		issues(jw, report, "x_ignored", MIG_CHANGE_IGNORED);
	if (verdict->known > 0)
		mig_jw_int(jw, "x_known", (int64_t)verdict->known);
	if (verdict->excluded > 0)
		mig_jw_int(jw, "x_excluded", (int64_t)verdict->excluded);
}

void
mig_report_json(const struct mig_report *report, struct mig_buf *out)
{
	struct mig_report_risk risk = mig_report_risk(report);
	struct mig_jw jw;
	mig_jw_init(&jw, out, INDENT);
	mig_jw_object(&jw, NULL);
	summary(&jw, report);
	issues(&jw, report, "issues", MIG_CHANGE_COUNTS);
	scripts(&jw, report);
	mig_jw_object(&jw, "risk_assessment");
	mig_jw_string(&jw, "overall_risk", risk.overall);
	mig_jw_string(&jw, "deployment_risk", risk.deployment);
	mig_jw_string(&jw, "rollback_complexity", risk.rollback);
	strings(&jw, "testing_requirements", risk.tests);
	mig_jw_object_end(&jw);
	strings(&jw, "recommendations", risk.advice);
	if (report->scripts != NULL)
		strings(&jw, "x_scripts", report->scripts);
	set_aside(&jw, report);
	mig_jw_object_end(&jw);
	mig_buf_putc(out, '\n');
}
