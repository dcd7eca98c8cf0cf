/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <stdbool.h>
#include <string.h>

#include "base/json.h"
#include "base/time.h"
#include "engine/render_page.h"

#define HOURS_PER_DAY 24.0

static void
render_head(struct mig_page *page, const struct mig_json *plan)
{
	double hours = mig_json_number(mig_json_get(plan, "estimated_duration_hours"));
	const struct mig_page_ops *ops = page->ops;
	ops->title(page, "MIGRATION PLAN");
	ops->field(page, "Migration", mig_page_string(plan, "migration_id"));
	ops->field(page, "From", mig_page_string(plan, "source_system"));
	ops->field(page, "To", mig_page_string(plan, "target_system"));
	ops->field(page, "Type",
	    mig_page_capitals(page, "%s", mig_page_string(plan, "migration_type")));
	ops->field(page, "Complexity",
	    mig_page_capitals(page, "%s", mig_page_string(plan, "complexity")));
	if (mig_json_get(plan, "pattern") != NULL)
		ops->field(page, "Pattern", mig_page_string(plan, "pattern"));
	ops->field(page, "Estimated duration",
	    mig_page_printf(page, "%.0f hours (%.1f days)", hours, hours / HOURS_PER_DAY));
	if (mig_page_number(plan, "reserve_hours") > 0)
		ops->field(page, "Reserve",
		    mig_page_printf(page, "%g h beside the hours of the phases",
		        mig_page_number(plan, "reserve_hours")));
	ops->field(page, "Created", mig_page_string(plan, "created_at"));
	ops->end(page);
}

/* What opens a gate; gates that somebody opens by hand have nothing to say but their name. */
static const char *
gate_words(struct mig_page *page, const struct mig_json *gate)
{
	static const char *const rows[][2] = { { "greater_than", "above" },
		{ "less_than", "below" }, { "equals", "at" } };
	const char *name = mig_page_string(gate, "name");
	const char *kind = mig_page_string(gate, "kind");
	const char *op = mig_page_string(gate, "operator");
	const char *when = strcmp(mig_page_string(gate, "at"), "entry") == 0
	    ? "before it begins" : "before it ends";
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (strcmp(op, rows[i][0]) == 0)
			op = rows[i][1];
	if (strcmp(kind, "metric") == 0)
		return mig_page_printf(page, "%s (%s %s %g for %g minutes) %s", name,
		    mig_page_string(gate, "metric"), op, mig_page_number(gate, "value"),
		    mig_page_number(gate, "duration_minutes"), when);
	if (strcmp(kind, "duration") == 0)
		return mig_page_printf(page, "%s (after %g hours) %s", name,
		    mig_page_number(gate, "hours"), when);
	if (strcmp(kind, name) == 0)
		return mig_page_printf(page, "%s %s", name, when);
	return mig_page_printf(page, "%s (%s) %s", name, kind, when);
}

static void
render_gates(struct mig_page *page, const struct mig_json *gates)
{
	const struct mig_json *gate = mig_json_first(gates);
	for (; gate != NULL; gate = mig_json_next(gate))
		page->ops->field(page, "Gate", gate_words(page, gate));
}

static const char *
waiting_words(const struct mig_json *node)
{
	const char *window = mig_page_string(node, "waits_for");
	if (strcmp(window, "preferred_migration_window") == 0)
		return ", after waiting for the preferred migration window";
	return *window != '\0' ? ", after waiting for the end of the critical business hours" : "";
}

static const char *
stamp_of(const struct mig_json *node, const char *key, char text[MIG_TIME_TEXT])
{
	mig_wall at = { 0 };
	return mig_time_parse(mig_page_string(node, key), &at) == MIG_OK
	    ? mig_page_stamp(at, text) : mig_page_string(node, key);
}

/* When the flags of a phase go up. */
static void
render_moves(struct mig_page *page, const struct mig_json *span)
{
	char at[MIG_TIME_TEXT];
	const struct mig_json *steps = mig_json_get(span, "steps");
	const struct mig_json *step = mig_json_first(steps);
	if (step == NULL)
		return;
	page->ops->label(page,
	    mig_page_printf(page, "Flags of %s", mig_page_string(span, "phase")));
	for (size_t i = 0; step != NULL && i < MIG_PAGE_LIST_MAX; i++, step = mig_json_next(step))
		page->ops->item(page, MIG_PAGE_BULLET,
		    mig_page_printf(page, "%s: %s at %g percent%s", stamp_of(step, "at", at),
		        mig_page_string(step, "flag"), mig_page_number(step, "percentage"),
		        waiting_words(step)));
	mig_page_more(page, mig_json_count(steps));
}

static void
render_spans(struct mig_page *page, const struct mig_json *spans)
{
	char start[MIG_TIME_TEXT];
	char end[MIG_TIME_TEXT];
	page->ops->label(page, "Phases");
	const struct mig_json *span = mig_json_first(spans);
	for (size_t i = 0; span != NULL && i < MIG_PAGE_LIST_MAX; i++, span = mig_json_next(span))
		page->ops->item(page, MIG_PAGE_BULLET,
		    mig_page_printf(page, "%s to %s: %s%s", stamp_of(span, "start", start),
		        stamp_of(span, "end", end), mig_page_string(span, "phase"),
		        waiting_words(span)));
	mig_page_more(page, mig_json_count(spans));
	for (span = mig_json_first(spans); span != NULL; span = mig_json_next(span))
		render_moves(page, span);
	page->ops->end(page);
}

/* In Markdown the bars are there without a start, too: they show what takes how long. */
static void
render_timeline(struct mig_page *page, const struct mig_json *plan)
{
	const struct mig_json *timeline = mig_json_get(plan, "timeline");
	bool drawn = page->form == MIG_RENDER_MARKDOWN;
	char start[MIG_TIME_TEXT];
	char end[MIG_TIME_TEXT];
	if (timeline == NULL && !drawn)
		return;
	page->ops->section(page, "TIMELINE");
	if (timeline != NULL)
		page->ops->paragraph(page,
		    mig_page_printf(page, "From %s to %s; all times are UTC.",
		        stamp_of(timeline, "start", start), stamp_of(timeline, "end", end)));
	else
		page->ops->paragraph(page,
		    "No start is given (--start): days from the start, by the estimated hours of "
		    "the phases.");
	if (drawn)
		mig_mermaid_gantt(plan, page->out);
	if (timeline != NULL)
		render_spans(page, mig_json_get(timeline, "phases"));
}

/* How a script is taken back, which may need nothing, or be impossible. */
static void
render_undo(struct mig_page *page, const struct mig_json *script)
{
	const char *undo = mig_json_string(mig_json_get(script, "undo"));
	if (undo != NULL) {
		page->ops->item(page, MIG_PAGE_BULLET, "Undo:");
		page->ops->code(page, "sql", undo);
	} else if (mig_json_bool(mig_json_get(script, "reversible"))) {
		page->ops->item(page, MIG_PAGE_BULLET, "Nothing to undo");
	} else {
		page->ops->item(page, MIG_PAGE_BULLET,
		    "Cannot be undone: only a backup brings back what was there before");
	}
}

/* One change: what it does, the statement, and how it is taken back. */
static void
render_script(struct mig_page *page, const struct mig_json *script, size_t number, size_t count)
{
	const struct mig_page_ops *ops = page->ops;
	const struct mig_json *transactional = mig_json_get(script, "transactional");
	const char *verify = mig_page_string(script, "verify");
	ops->end(page);
	ops->label(page, mig_page_printf(page, "Script %zu of %zu: %s", number, count,
	    mig_page_string(script, "id")));
	ops->item(page, MIG_PAGE_BULLET,
	    mig_page_printf(page, "%s%s", mig_page_string(script, "description"),
	        transactional != NULL && !mig_json_bool(transactional)
	            ? " (not inside a transaction)" : ""));
	ops->code(page, "sql", mig_page_string(script, "forward"));
	if (*verify != '\0') {
		ops->item(page, MIG_PAGE_BULLET, "Done when this is true:");
		ops->code(page, "sql", verify);
	}
	render_undo(page, script);
}

static void
render_scripts(struct mig_page *page, const struct mig_json *scripts)
{
	size_t count = mig_json_count(scripts);
	const struct mig_json *script = mig_json_first(scripts);
	for (size_t i = 0; script != NULL && i < MIG_PAGE_LIST_MAX; i++) {
		render_script(page, script, i + 1, count);
		script = mig_json_next(script);
	}
	mig_page_more(page, count);
	if (count > 0)
		page->ops->end(page);
}

static void
render_phase(struct mig_page *page, const struct mig_json *phase, int number)
{
	const struct mig_page_ops *ops = page->ops;
	double hours = mig_json_number(mig_json_get(phase, "duration_hours"));
	ops->part(page, mig_page_capitals(page, "%d. %s", number, mig_page_string(phase, "name")));
	ops->paragraph(page, mig_page_string(phase, "description"));
	ops->field(page, "Duration", mig_page_printf(page, "%.0f hours", hours));
	ops->field(page, "Risk",
	    mig_page_capitals(page, "%s", mig_page_string(phase, "risk_level")));
	if (mig_json_count(mig_json_get(phase, "dependencies")) > 0)
		ops->field(page, "After",
		    mig_page_join(page, mig_json_get(phase, "dependencies")));
	if (mig_json_count(mig_json_get(phase, "flags")) > 0)
		ops->field(page, "Moves traffic by",
		    mig_page_join(page, mig_json_get(phase, "flags")));
	render_gates(page, mig_json_get(phase, "gates"));
	if (mig_json_bool(mig_json_get(phase, "point_of_no_return")))
		ops->field(page, "Point of no return",
		    "once this phase has begun, what came before cannot be brought back");
	mig_page_list(page, "Tasks", MIG_PAGE_BULLET, mig_json_get(phase, "tasks"));
	render_scripts(page, mig_json_get(phase, "scripts"));
	mig_page_list(page, "Done when", MIG_PAGE_BOX, mig_json_get(phase, "validation_criteria"));
	ops->end(page);
}

static void
render_phases(struct mig_page *page, const struct mig_json *plan)
{
	int number = 0;
	page->ops->section(page, "MIGRATION PHASES");
	if (page->form == MIG_RENDER_MARKDOWN)
		mig_mermaid_phases(plan, page->out);
	const struct mig_json *phase = mig_json_first(mig_json_get(plan, "phases"));
	for (; phase != NULL; phase = mig_json_next(phase))
		render_phase(page, phase, ++number);
}

static void
render_risk(struct mig_page *page, const struct mig_json *risk)
{
	const char *const cells[] = {
		mig_page_string(risk, "description"),
		mig_page_string(risk, "category"),
		mig_page_string(risk, "probability"),
		mig_page_string(risk, "impact"),
		mig_page_string(risk, "mitigation"),
		mig_page_string(risk, "owner"),
	};
	page->ops->row(page, cells);
}

/* The risks of one severity, nothing when there is none. */
static void
render_risk_group(struct mig_page *page, const struct mig_json *risks, const char *severity)
{
	static const char *const headers[] = { "Risk", "Category", "Probability", "Impact",
		"Mitigation", "Owner", NULL };
	bool open = false;
	const struct mig_json *risk = mig_json_first(risks);
	for (; risk != NULL; risk = mig_json_next(risk)) {
		if (strcmp(mig_page_string(risk, "severity"), severity) != 0)
			continue;
		if (!open) {
			page->ops->part(page, mig_page_capitals(page, "%s", severity));
			page->ops->table(page, headers);
		}
		open = true;
		render_risk(page, risk);
	}
	if (open)
		page->ops->end(page);
}

static void
render_risks(struct mig_page *page, const struct mig_json *plan)
{
	static const char *const severities[] = { "critical", "high", "medium", "low" };
	const struct mig_json *risks = mig_json_get(plan, "risks");
	page->ops->section(page, "RISK ASSESSMENT");
	for (size_t i = 0; i < sizeof(severities) / sizeof(severities[0]); i++)
		render_risk_group(page, risks, severities[i]);
	if (mig_json_count(risks) == 0) {
		page->ops->paragraph(page, "No risks beyond those of any change.");
		page->ops->end(page);
	}
}

static void
render_rollback(struct mig_page *page, const struct mig_json *plan)
{
	const struct mig_json *rollback = mig_json_get(plan, "rollback_plan");
	page->ops->section(page, "ROLLBACK STRATEGY");
	mig_page_list(page, "Roll back when", MIG_PAGE_BULLET,
	    mig_json_get(rollback, "rollback_triggers"));
	page->ops->end(page);
	const struct mig_json *phase = mig_json_first(mig_json_get(rollback, "rollback_phases"));
	for (; phase != NULL; phase = mig_json_next(phase)) {
		page->ops->part(page, mig_page_printf(page, "Undo %s (%.0f minutes)",
		    mig_page_string(phase, "phase"),
		    mig_json_number(mig_json_get(phase, "estimated_time_minutes"))));
		mig_page_list(page, "Actions", MIG_PAGE_NUMBER,
		    mig_json_get(phase, "rollback_actions"));
		page->ops->end(page);
	}
}

int
mig_render_plan(const struct mig_json *plan, enum mig_render_form form, struct mig_buf *out)
{
	struct mig_page page;
	mig_page_init(&page, form, out);
	render_head(&page, plan);
	render_timeline(&page, plan);
	render_phases(&page, plan);
	render_risks(&page, plan);
	render_rollback(&page, plan);
	page.ops->section(&page, "SUCCESS CRITERIA");
	mig_page_list(&page, NULL, MIG_PAGE_BOX, mig_json_get(plan, "success_criteria"));
	page.ops->end(&page);
	page.ops->section(&page, "STAKEHOLDERS");
	mig_page_list(&page, NULL, MIG_PAGE_BULLET, mig_json_get(plan, "stakeholders"));
	return mig_page_fini(&page);
}
