/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/json.h"
#include "base/limits.h"
#include "engine/render_page.h"

static void
render_head(struct mig_page *page, const struct mig_json *runbook)
{
	page->ops->title(page, "ROLLBACK RUNBOOK");
	page->ops->field(page, "Runbook", mig_page_string(runbook, "runbook_id"));
	page->ops->field(page, "Migration", mig_page_string(runbook, "migration_id"));
	page->ops->field(page, "Created", mig_page_string(runbook, "created_at"));
	page->ops->end(page);
}

/* Before all else: commands that somebody has to complete do not run as they are. */
static void
render_unresolved(struct mig_page *page, const struct mig_json *runbook)
{
	static const char *const headers[] = { "Placeholder", "Meaning", "Used in", NULL };
	const struct mig_json *node = mig_json_first(mig_json_get(runbook, "unresolved"));
	if (node == NULL)
		return;
	page->ops->section(page, "TO BE FILLED IN");
	page->ops->paragraph(page,
	    "These placeholders stand in commands below, which do not run as they are. Fill them "
	    "in before the runbook is needed.");
	page->ops->table(page, headers);
	for (; node != NULL; node = mig_json_next(node)) {
		const char *const cells[] = {
			mig_page_string(node, "placeholder"),
			mig_page_string(node, "meaning"),
			mig_page_join(page, mig_json_get(node, "steps")),
		};
		page->ops->row(page, cells);
	}
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
			mig_page_string(node, "role"),
			mig_page_string(node, "name"),
			mig_page_string(node, "primary_phone"),
			mig_page_string(node, "email"),
			mig_page_string(node, "backup_contact"),
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
		page->ops->field(page, "When", mig_page_string(level, "trigger"));
		double minutes = mig_page_number(level, "response_time_minutes");
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
	const char *action = mig_page_string(trigger, "action");
	if (strcmp(action, "scale_up") == 0)
		return "adds replicas, then tells the contacts";
	return mig_json_bool(mig_json_get(trigger, "auto_execute"))
	    ? "rolls back unattended" : "tells the contacts and waits";
}

static const char *
trigger_note(const struct mig_json *trigger)
{
	bool spec = strcmp(mig_page_string(trigger, "origin"), "spec") == 0;
	if (mig_json_bool(mig_json_get(trigger, "stricter")))
		return spec ? "the stricter one on this metric; from the specification"
		            : "the stricter one on this metric";
	return spec ? "from the specification" : "";
}

static void
render_triggers(struct mig_page *page, const struct mig_json *runbook)
{
	static const char *const headers[] = { "Trigger", "Condition", "What it does", "Contacts",
		"Note", NULL };
	page->ops->section(page, "AUTOMATIC ROLLBACK TRIGGERS");
	page->ops->table(page, headers);
	const struct mig_json *node = mig_json_first(mig_json_get(runbook, "trigger_conditions"));
	for (; node != NULL; node = mig_json_next(node)) {
		const char *const cells[] = {
			mig_page_string(node, "name"),
			mig_page_string(node, "condition"),
			trigger_action(node),
			mig_page_join(page, mig_json_get(node, "escalation_contacts")),
			trigger_note(node),
		};
		page->ops->row(page, cells);
	}
	page->ops->end(page);
}

/* The word behind the fence of a script of this kind. */
static const char *
script_language(const char *type)
{
	static const char *const rows[][2] = { { "sql", "sql" }, { "bash", "sh" },
		{ "api", "http" } };
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (strcmp(type, rows[i][0]) == 0)
			return rows[i][1];
	return "text";
}

/* What a step's retry class means for whoever stands before it. */
static void
render_retry(struct mig_page *page, const struct mig_json *step)
{
	static const char *const rows[][2] = {
		{ "safe", "May be repeated at will" },
		{ "once", "Before it is repeated look what the last attempt did" },
		{ "never", "Must not be repeated" },
	};
	const char *retry = mig_page_string(step, "retry");
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (strcmp(retry, rows[i][0]) == 0)
			page->ops->item(page, MIG_PAGE_BULLET, rows[i][1]);
}

/* What must hold before or after a step. */
static void
render_checks(struct mig_page *page, const char *lead, const struct mig_json *list)
{
	const struct mig_json *node = mig_json_first(list);
	for (size_t i = 0; node != NULL && i < MIG_PAGE_LIST_MAX; i++, node = mig_json_next(node))
		page->ops->item(page, MIG_PAGE_BOX,
		    mig_page_printf(page, "%s: %s", lead, mig_page_element(node)));
	mig_page_more(page, mig_json_count(list));
}

static void
render_commands(struct mig_page *page, const struct mig_json *list)
{
	struct mig_buf lines;
	const struct mig_json *node = mig_json_first(list);
	if (node == NULL)
		return;
	mig_buf_init(&lines, MIG_DOC_BYTES_MAX);
	for (; node != NULL; node = mig_json_next(node))
		mig_buf_printf(&lines, "%s\n", mig_page_element(node));
	page->ops->item(page, MIG_PAGE_BULLET, "Look with:");
	page->ops->code(page, "sh", lines.data);
	if (!mig_buf_ok(&lines))
		page->out->failed = true;
	mig_buf_fini(&lines);
}

/* Who does it and for how long, and what it is. */
static void
render_step_head(struct mig_page *page, const struct mig_json *step, size_t number, size_t count)
{
	double limit = mig_page_number(step, "timeout_minutes");
	page->ops->end(page);
	page->ops->label(page,
	    mig_page_printf(page, "Step %zu of %zu: %s", number, count,
	        mig_page_string(step, "name")));
	page->ops->item(page, MIG_PAGE_BULLET,
	    mig_page_printf(page, "%s, %s, %.0f minutes", mig_page_string(step, "step_id"),
	        mig_page_string(step, "script_type"),
	        mig_page_number(step, "estimated_duration_minutes")));
	page->ops->item(page, MIG_PAGE_BULLET, mig_page_string(step, "description"));
	if (limit > 0)
		page->ops->item(page, MIG_PAGE_BULLET,
		    mig_page_printf(page, "Given up after %g minutes", limit));
	render_retry(page, step);
	if (strcmp(mig_page_string(step, "origin"), "spec") == 0)
		page->ops->item(page, MIG_PAGE_BULLET, "Follows from the specification");
	page->ops->item(page, MIG_PAGE_BULLET,
	    mig_page_printf(page, "When it fails: %s",
	        mig_page_string(step, "failure_escalation")));
}

static void
render_step(struct mig_page *page, const struct mig_json *step, size_t number, size_t count)
{
	const char *language = script_language(mig_page_string(step, "script_type"));
	render_step_head(page, step, number, count);
	render_checks(page, "Before", mig_json_get(step, "preconditions"));
	page->ops->code(page, language, mig_page_string(step, "script_content"));
	render_commands(page, mig_json_get(step, "validation_commands"));
	render_checks(page, "After", mig_json_get(step, "success_criteria"));
}

static int
compare_steps(const void *a, const void *b)
{
	const struct mig_json *const *left = a;
	const struct mig_json *const *right = b;
	double difference = mig_page_number(*left, "rollback_order") -
	    mig_page_number(*right, "rollback_order");
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
		render_step(page, sorted[i], i + 1, count);
	free(sorted);
}

static void
render_phases(struct mig_page *page, const struct mig_json *runbook)
{
	page->ops->section(page, "ROLLBACK PHASES");
	const struct mig_json *phase = mig_json_first(mig_json_get(runbook, "rollback_phases"));
	for (; phase != NULL; phase = mig_json_next(phase)) {
		page->ops->part(page,
		    mig_page_capitals(page, "%s", mig_page_string(phase, "phase_name")));
		page->ops->paragraph(page, mig_page_string(phase, "description"));
		page->ops->field(page, "Urgency",
		    mig_page_capitals(page, "%s", mig_page_string(phase, "urgency_level")));
		page->ops->field(page, "Duration",
		    mig_page_printf(page, "%.0f minutes",
		        mig_page_number(phase, "estimated_duration_minutes")));
		page->ops->field(page, "Risk",
		    mig_page_capitals(page, "%s", mig_page_string(phase, "risk_level")));
		mig_page_list(page, "Before it begins", MIG_PAGE_BOX,
		    mig_json_get(phase, "prerequisites"));
		render_steps(page, mig_json_get(phase, "steps"));
		page->ops->end(page);
		mig_page_list(page, "Tell", MIG_PAGE_BULLET,
		    mig_json_get(phase, "communication_requirements"));
		mig_page_list(page, "Checkpoints", MIG_PAGE_BOX,
		    mig_json_get(phase, "validation_checkpoints"));
		page->ops->end(page);
	}
}

static void
render_scripts(struct mig_page *page, const char *label, const char *language,
    const struct mig_json *list)
{
	page->ops->label(page, label);
	const struct mig_json *node = mig_json_first(list);
	for (; node != NULL; node = mig_json_next(node))
		page->ops->code(page, language, mig_json_string(node));
}

static void
render_recovery(struct mig_page *page, const struct mig_json *runbook)
{
	const struct mig_json *plan = mig_json_get(runbook, "data_recovery_plan");
	bool database = strcmp(mig_page_string(plan, "recovery_method"), "point_in_time") == 0;
	page->ops->section(page, "DATA RECOVERY PLAN");
	page->ops->field(page, "Method", mig_page_string(plan, "recovery_method"));
	page->ops->field(page, "Backup", mig_page_string(plan, "backup_location"));
	page->ops->field(page, "Duration",
	    mig_page_printf(page, "%.0f minutes",
	        mig_page_number(plan, "estimated_recovery_time_minutes")));
	render_scripts(page, "Recover", "sh", mig_json_get(plan, "recovery_scripts"));
	render_scripts(page, "Check the data", database ? "sql" : "sh",
	    mig_json_get(plan, "data_validation_queries"));
	page->ops->end(page);
}

/* The bodies are long and full of placeholders: they are for programs. */
static void
render_messages(struct mig_page *page, const struct mig_json *runbook)
{
	static const char *const headers[] = { "Subject", "Message", "Audience", "Channels",
		"Urgency", NULL };
	const struct mig_json *node =
	    mig_json_first(mig_json_get(runbook, "communication_templates"));
	if (node == NULL)
		return;
	page->ops->section(page, "MESSAGES");
	page->ops->paragraph(page, "Their texts are in the JSON (communication_templates).");
	page->ops->table(page, headers);
	for (; node != NULL; node = mig_json_next(node)) {
		const char *const cells[] = {
			mig_page_string(node, "subject"),
			mig_page_string(node, "template_type"),
			mig_page_string(node, "audience"),
			mig_page_join(page, mig_json_get(node, "delivery_methods")),
			mig_page_string(node, "urgency"),
		};
		page->ops->row(page, cells);
	}
	page->ops->end(page);
}

int
mig_render_runbook(const struct mig_json *runbook, enum mig_render_form form, struct mig_buf *out)
{
	struct mig_page page;
	mig_page_init(&page, form, out);
	render_head(&page, runbook);
	render_unresolved(&page, runbook);
	render_contacts(&page, runbook);
	render_escalation(&page, runbook);
	render_triggers(&page, runbook);
	render_phases(&page, runbook);
	render_recovery(&page, runbook);
	render_messages(&page, runbook);
	page.ops->section(&page, "POST-ROLLBACK VALIDATION CHECKLIST");
	mig_page_list(&page, NULL, MIG_PAGE_BOX, mig_json_get(runbook, "validation_checklist"));
	page.ops->end(&page);
	page.ops->section(&page, "POST-ROLLBACK PROCEDURES");
	mig_page_list(&page, NULL, MIG_PAGE_BULLET,
	    mig_json_get(runbook, "post_rollback_procedures"));
	return mig_page_fini(&page);
}
