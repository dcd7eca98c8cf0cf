/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <string.h>

#include "base/json.h"
#include "engine/render_page.h"

#define HOURS_PER_DAY 24.0

static const char *
string_of(const struct mig_json *node, const char *key)
{
	const char *text = mig_json_string(mig_json_get(node, key));
	return text == NULL ? "" : text;
}

static void
render_head(struct mig_page *page, const struct mig_json *plan)
{
	double hours = mig_json_number(mig_json_get(plan, "estimated_duration_hours"));
	const struct mig_page_ops *ops = page->ops;
	ops->title(page, "MIGRATION PLAN");
	ops->field(page, "Migration", string_of(plan, "migration_id"));
	ops->field(page, "From", string_of(plan, "source_system"));
	ops->field(page, "To", string_of(plan, "target_system"));
	ops->field(page, "Type", mig_page_capitals(page, "%s", string_of(plan, "migration_type")));
	ops->field(page, "Complexity",
	    mig_page_capitals(page, "%s", string_of(plan, "complexity")));
	if (mig_json_get(plan, "pattern") != NULL)
		ops->field(page, "Pattern", string_of(plan, "pattern"));
	ops->field(page, "Estimated duration",
	    mig_page_printf(page, "%.0f hours (%.1f days)", hours, hours / HOURS_PER_DAY));
	ops->field(page, "Created", string_of(plan, "created_at"));
	ops->end(page);
}

static void
render_gates(struct mig_page *page, const struct mig_json *gates)
{
	const struct mig_json *gate = mig_json_first(gates);
	for (; gate != NULL; gate = mig_json_next(gate)) {
		const char *at = string_of(gate, "at");
		const char *when = strcmp(at, "entry") == 0 ? "before it begins" : "before it ends";
		page->ops->field(page, "Gate",
		    mig_page_printf(page, "%s (%s) %s", string_of(gate, "name"),
		        string_of(gate, "kind"), when));
	}
}

static void
render_phase(struct mig_page *page, const struct mig_json *phase, int number)
{
	const struct mig_page_ops *ops = page->ops;
	double hours = mig_json_number(mig_json_get(phase, "duration_hours"));
	ops->part(page, mig_page_capitals(page, "%d. %s", number, string_of(phase, "name")));
	ops->paragraph(page, string_of(phase, "description"));
	ops->field(page, "Duration", mig_page_printf(page, "%.0f hours", hours));
	ops->field(page, "Risk", mig_page_capitals(page, "%s", string_of(phase, "risk_level")));
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
	mig_page_list(page, "Done when", MIG_PAGE_BOX, mig_json_get(phase, "validation_criteria"));
	ops->end(page);
}

static void
render_phases(struct mig_page *page, const struct mig_json *plan)
{
	int number = 0;
	page->ops->section(page, "MIGRATION PHASES");
	const struct mig_json *phase = mig_json_first(mig_json_get(plan, "phases"));
	for (; phase != NULL; phase = mig_json_next(phase))
		render_phase(page, phase, ++number);
}

static void
render_risk(struct mig_page *page, const struct mig_json *risk)
{
	const char *const cells[] = {
		string_of(risk, "description"),
		string_of(risk, "category"),
		string_of(risk, "probability"),
		string_of(risk, "impact"),
		string_of(risk, "mitigation"),
		string_of(risk, "owner"),
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
		if (strcmp(string_of(risk, "severity"), severity) != 0)
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
		    string_of(phase, "phase"),
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
