/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/json.h"
#include "base/limits.h"
#include "engine/render_page.h"

#define SCRIPT_LINES 3 /* shown of each step; the JSON has them all */

static const char *
string_of(const struct mig_json *node, const char *key)
{
	const char *text = mig_json_string(mig_json_get(node, key));
	return text == NULL ? "" : text;
}

static double
number_of(const struct mig_json *node, const char *key)
{
	return mig_json_number(mig_json_get(node, key));
}

static void
render_head(struct mig_page *page, const struct mig_json *runbook)
{
	page->ops->title(page, "ROLLBACK RUNBOOK");
	page->ops->field(page, "Runbook", string_of(runbook, "runbook_id"));
	page->ops->field(page, "Migration", string_of(runbook, "migration_id"));
	page->ops->field(page, "Created", string_of(runbook, "created_at"));
	page->ops->end(page);
}

static void
render_contacts(struct mig_page *page, const struct mig_json *runbook)
{
	static const char *const headers[] = { "Role", "Name", "Phone", "Mail", "Backup", NULL };
	page->ops->section(page, "EMERGENCY CONTACTS");
	page->ops->table(page, headers);
	const struct mig_json *node = mig_json_first(mig_json_get(runbook, "emergency_contacts"));
	for (; node != NULL; node = mig_json_next(node)) {
		const char *const cells[] = {
			string_of(node, "role"),
			string_of(node, "name"),
			string_of(node, "primary_phone"),
			string_of(node, "email"),
			string_of(node, "backup_contact"),
		};
		page->ops->row(page, cells);
	}
	page->ops->end(page);
}

static void
render_escalation(struct mig_page *page, const struct mig_json *runbook)
{
	page->ops->section(page, "ESCALATION MATRIX");
	const struct mig_json *level = mig_json_first(mig_json_get(runbook, "escalation_matrix"));
	for (; level != NULL; level = mig_json_next(level)) {
		page->ops->part(page, mig_page_capitals(page, "%s", mig_json_key(level)));
		page->ops->field(page, "When", string_of(level, "trigger"));
		double minutes = number_of(level, "response_time_minutes");
		page->ops->field(page, "First reaction",
		    minutes < 1 ? "at once"
		                : mig_page_printf(page, "within %.0f minute%s", minutes,
		                      minutes > 1 ? "s" : ""));
		page->ops->field(page, "Call",
		    mig_page_join(page, mig_json_get(level, "contacts")));
		mig_page_list(page, "First moves", MIG_PAGE_NUMBER, mig_json_get(level, "actions"));
		page->ops->end(page);
	}
}

static const char *
trigger_action(const struct mig_json *trigger)
{
	const char *action = string_of(trigger, "action");
	if (strcmp(action, "scale_up") == 0)
		return "adds replicas, then tells the contacts";
	return mig_json_bool(mig_json_get(trigger, "auto_execute"))
	    ? "rolls back unattended" : "tells the contacts and waits";
}

static void
render_triggers(struct mig_page *page, const struct mig_json *runbook)
{
	static const char *const headers[] = { "Trigger", "Condition", "What it does", "Contacts",
		NULL };
	page->ops->section(page, "AUTOMATIC ROLLBACK TRIGGERS");
	page->ops->table(page, headers);
	const struct mig_json *node = mig_json_first(mig_json_get(runbook, "trigger_conditions"));
	for (; node != NULL; node = mig_json_next(node)) {
		const char *const cells[] = {
			string_of(node, "name"),
			string_of(node, "condition"),
			trigger_action(node),
			mig_page_join(page, mig_json_get(node, "escalation_contacts")),
		};
		page->ops->row(page, cells);
	}
	page->ops->end(page);
}

/* The first lines of a script, with dots when there are more. */
static const char *
script_head(struct mig_page *page, const char *script)
{
	const char *end = script;
	for (int lines = 0; *end != '\0'; end++)
		if (*end == '\n' && ++lines == SCRIPT_LINES)
			break;
	bool more = *end != '\0' && end[1] != '\0';
	return mig_page_printf(page, "%.*s%s", (int)(end - script), script, more ? "\n..." : "");
}

static void
render_step(struct mig_page *page, const struct mig_json *step)
{
	page->ops->label(page,
	    mig_page_printf(page, "Step %.0f: %s", number_of(step, "rollback_order"),
	        string_of(step, "name")));
	page->ops->item(page, MIG_PAGE_BULLET,
	    mig_page_printf(page, "%s, %s, %.0f minutes", string_of(step, "step_id"),
	        string_of(step, "script_type"), number_of(step, "estimated_duration_minutes")));
	page->ops->item(page, MIG_PAGE_BULLET, string_of(step, "description"));
	page->ops->script(page, script_head(page, string_of(step, "script_content")));
	mig_page_list(page, NULL, MIG_PAGE_BOX, mig_json_get(step, "success_criteria"));
}

static int
compare_steps(const void *a, const void *b)
{
	const struct mig_json *const *left = a;
	const struct mig_json *const *right = b;
	double difference = number_of(*left, "rollback_order") -
	    number_of(*right, "rollback_order");
	return (difference > 0) - (difference < 0);
}

/* The steps in their order, which need not be that of the document. */
static void
render_steps(struct mig_page *page, const struct mig_json *steps)
{
	size_t count = mig_json_count(steps);
	const struct mig_json **sorted = calloc(count + 1, sizeof(*sorted));
	if (sorted == NULL) {
		page->out->failed = true;
		return;
	}
	const struct mig_json *step = mig_json_first(steps);
	for (size_t i = 0; step != NULL; step = mig_json_next(step))
		sorted[i++] = step;
	qsort(sorted, count, sizeof(*sorted), compare_steps);
	for (size_t i = 0; i < count; i++)
		render_step(page, sorted[i]);
	free(sorted);
}

static void
render_phases(struct mig_page *page, const struct mig_json *runbook)
{
	page->ops->section(page, "ROLLBACK PHASES");
	const struct mig_json *phase = mig_json_first(mig_json_get(runbook, "rollback_phases"));
	for (; phase != NULL; phase = mig_json_next(phase)) {
		page->ops->part(page,
		    mig_page_capitals(page, "%s", string_of(phase, "phase_name")));
		page->ops->paragraph(page, string_of(phase, "description"));
		page->ops->field(page, "Urgency",
		    mig_page_capitals(page, "%s", string_of(phase, "urgency_level")));
		page->ops->field(page, "Duration",
		    mig_page_printf(page, "%.0f minutes",
		        number_of(phase, "estimated_duration_minutes")));
		page->ops->field(page, "Risk",
		    mig_page_capitals(page, "%s", string_of(phase, "risk_level")));
		mig_page_list(page, "Before it begins", MIG_PAGE_BOX,
		    mig_json_get(phase, "prerequisites"));
		render_steps(page, mig_json_get(phase, "steps"));
		mig_page_list(page, "Checkpoints", MIG_PAGE_BOX,
		    mig_json_get(phase, "validation_checkpoints"));
		page->ops->end(page);
	}
}

static void
render_scripts(struct mig_page *page, const char *label, const struct mig_json *list)
{
	page->ops->label(page, label);
	const struct mig_json *node = mig_json_first(list);
	for (; node != NULL; node = mig_json_next(node))
		page->ops->script(page, mig_json_string(node));
}

static void
render_recovery(struct mig_page *page, const struct mig_json *runbook)
{
	const struct mig_json *plan = mig_json_get(runbook, "data_recovery_plan");
	page->ops->section(page, "DATA RECOVERY PLAN");
	page->ops->field(page, "Method", string_of(plan, "recovery_method"));
	page->ops->field(page, "Backup", string_of(plan, "backup_location"));
	page->ops->field(page, "Duration",
	    mig_page_printf(page, "%.0f minutes",
	        number_of(plan, "estimated_recovery_time_minutes")));
	render_scripts(page, "Recover", mig_json_get(plan, "recovery_scripts"));
	render_scripts(page, "Check the data", mig_json_get(plan, "data_validation_queries"));
	page->ops->end(page);
}

int
mig_render_runbook(const struct mig_json *runbook, enum mig_render_form form, struct mig_buf *out)
{
	struct mig_page page;
	mig_page_init(&page, form, out);
	render_head(&page, runbook);
	render_contacts(&page, runbook);
	render_escalation(&page, runbook);
	render_triggers(&page, runbook);
	render_phases(&page, runbook);
	render_recovery(&page, runbook);
	page.ops->section(&page, "POST-ROLLBACK VALIDATION CHECKLIST");
	mig_page_list(&page, NULL, MIG_PAGE_BOX, mig_json_get(runbook, "validation_checklist"));
	page.ops->end(&page);
	page.ops->section(&page, "POST-ROLLBACK PROCEDURES");
	mig_page_list(&page, NULL, MIG_PAGE_BULLET,
	    mig_json_get(runbook, "post_rollback_procedures"));
	return mig_page_fini(&page);
}
