/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/json.h"
#include "base/json_write.h"
#include "base/limits.h"
#include "engine/docid.h"
#include "engine/plan.h"
#include "engine/promql.h"
#include "engine/runbook.h"
#include "engine/runbook_fill.h"
#include "engine/runbook_steps.h"
#include "engine/runbook_tables.h"
#include "engine/runbook_triggers.h"
#include "engine/shape.h"

#define INDENT 2
#define ID_DIGITS 8
#define UNDO_MINUTES_PER_HOUR 30 /* undoing a phase takes half of its time */
#define CHECKPOINT_COMMANDS 3
#define CHECKPOINT_BYTES 50
#define TEXT_BYTES_MAX (64U * 1024U)
#define RECOVERY "data_recovery_plan"

/* All that the writing functions need. */
struct author {
	const struct mig_json *plan;
	const char *type;
	struct mig_fill fill;
	struct mig_steps steps;
	struct mig_jw jw;
};

/* A phase of the plan on its way into the runbook. */
struct undo {
	const char *name;
	const char *risk;
	size_t index; /* position in the reversed list */
};

static void
write_texts(struct mig_jw *jw, const char *key, const char *const *texts)
{
	mig_jw_array(jw, key);
	for (; *texts != NULL; texts++)
		mig_jw_string(jw, NULL, *texts);
	mig_jw_array_end(jw);
}

static void
write_filled(struct author *author, const char *key, enum mig_place place, const char *template)
{
	mig_fill_write(&author->fill, &author->jw, key, place, template);
}

static const char *
urgency(const char *risk)
{
	return strcmp(risk, "critical") == 0 ? "emergency" : risk;
}

static void
write_extras(struct mig_jw *jw, const char *key, const struct undo *undo,
    const struct mig_extra_row *rows, size_t count)
{
	bool grave = strcmp(undo->risk, "high") == 0 || strcmp(undo->risk, "critical") == 0;
	mig_jw_array(jw, key);
	for (size_t i = 0; i < count; i++) {
		if ((rows[i].in != NULL && !mig_steps_name_has(undo->name, rows[i].in)) ||
		    (rows[i].not_first && undo->index == 0) || (rows[i].grave && !grave))
			continue;
		for (size_t k = 0; rows[i].texts[k] != NULL; k++)
			mig_jw_string(jw, NULL, rows[i].texts[k]);
	}
	mig_jw_array_end(jw);
}

static void
write_checkpoints(struct author *author)
{
	struct mig_jw *jw = &author->jw;
	const char *const *commands = mig_steps_validation(author->type);
	mig_jw_array(jw, "validation_checkpoints");
	for (size_t i = 0; mig_checkpoint_texts[i] != NULL; i++)
		mig_jw_string(jw, NULL, mig_checkpoint_texts[i]);
	for (size_t i = 0; commands != NULL && i < CHECKPOINT_COMMANDS; i++) {
		struct mig_buf text;
		mig_buf_init(&text, TEXT_BYTES_MAX);
		mig_fill_text(&author->fill, MIG_PLACE_BASH, commands[i], &text);
		mig_buf_truncate(&text, CHECKPOINT_BYTES);
		mig_buf_puts(&text, "...");
		mig_jw_string(jw, NULL, text.data);
		if (!mig_buf_ok(&text))
			jw->out->failed = true;
		mig_buf_fini(&text);
	}
	mig_jw_array_end(jw);
}

static void
write_phase(struct author *author, const struct mig_json *phase, size_t index)
{
	struct mig_jw *jw = &author->jw;
	struct undo undo = {
		.name = mig_json_string(mig_json_get(phase, "name")),
		.risk = mig_json_string(mig_json_get(phase, "risk_level")),
		.index = index,
	};
	int64_t hours = (int64_t)mig_json_number(mig_json_get(phase, "duration_hours"));
	struct mig_buf text;
	mig_buf_init(&text, MIG_DOC_BYTES_MAX);

	mig_jw_object(jw, NULL);
	mig_buf_printf(&text, "rollback_%s", undo.name);
	mig_jw_string(jw, "phase_name", text.data);
	mig_buf_reset(&text);
	mig_buf_printf(&text, "Undo %s: %s", undo.name,
	    mig_json_string(mig_json_get(phase, "description")));
	mig_jw_string(jw, "description", text.data);
	mig_jw_string(jw, "urgency_level", urgency(undo.risk));
	mig_jw_int(jw, "estimated_duration_minutes", hours * UNDO_MINUTES_PER_HOUR);
	write_extras(jw, "prerequisites", &undo, mig_prerequisite_rows,
	    mig_prerequisite_row_count);
	mig_steps_write(&author->steps, phase, index, jw);
	write_checkpoints(author);
	write_extras(jw, "communication_requirements", &undo, mig_communication_rows,
	    mig_communication_row_count);
	mig_jw_string(jw, "risk_level", undo.risk);
	mig_jw_object_end(jw);
	if (!mig_buf_ok(&text))
		jw->out->failed = true;
	mig_buf_fini(&text);
}

/* The phases of the plan from the last to the first. */
static int
write_phases(struct author *author)
{
	const struct mig_json *phases = mig_json_get(author->plan, "phases");
	size_t count = mig_json_count(phases);
	const struct mig_json **reversed = calloc(count, sizeof(*reversed));
	if (reversed == NULL)
		return MIG_ENOMEM;
	const struct mig_json *phase = mig_json_first(phases);
	for (size_t i = count; phase != NULL; phase = mig_json_next(phase))
		reversed[--i] = phase;
	mig_jw_array(&author->jw, "rollback_phases");
	for (size_t i = 0; i < count; i++)
		write_phase(author, reversed[i], i);
	mig_jw_array_end(&author->jw);
	free(reversed);
	return MIG_OK;
}

/* The row of this type and pattern; the last one is for any. */
static const struct mig_recovery_row *
recovery_row(const struct author *author)
{
	const struct mig_recovery_row *row = mig_recovery_rows;
	const char *pattern = mig_json_string(mig_json_get(author->plan, "pattern"));
	while ((row->type != NULL && strcmp(row->type, author->type) != 0) ||
	    (row->pattern != NULL && (pattern == NULL || strcmp(row->pattern, pattern) != 0)))
		row++;
	return row;
}

static void
write_scripts(struct author *author, const char *key, const char *const *texts)
{
	mig_jw_array(&author->jw, key);
	for (; *texts != NULL; texts++)
		write_filled(author, NULL,
		    strncmp(*texts, "SELECT", strlen("SELECT")) == 0 ? MIG_PLACE_SQL
		                                                     : MIG_PLACE_BASH,
		    *texts);
	mig_jw_array_end(&author->jw);
}

static void
write_recovery(struct author *author)
{
	const struct mig_recovery_row *row = recovery_row(author);
	struct mig_jw *jw = &author->jw;
	mig_fill_step(&author->fill, RECOVERY);
	mig_jw_object(jw, RECOVERY);
	mig_jw_string(jw, "recovery_method", row->method);
	write_filled(author, "backup_location", MIG_PLACE_PLAIN, row->location);
	write_scripts(author, "recovery_scripts", row->scripts);
	write_scripts(author, "data_validation_queries", row->queries);
	mig_jw_int(jw, "estimated_recovery_time_minutes", row->minutes);
	write_texts(jw, "recovery_dependencies", row->dependencies);
	mig_jw_object_end(jw);
}

static void
write_messages(struct mig_jw *jw)
{
	mig_jw_array(jw, "communication_templates");
	for (size_t i = 0; i < mig_message_row_count; i++) {
		const struct mig_message_row *row = &mig_message_rows[i];
		mig_jw_object(jw, NULL);
		mig_jw_string(jw, "template_type", row->occasion);
		mig_jw_string(jw, "audience", row->audience);
		mig_jw_string(jw, "subject", row->subject);
		mig_jw_string(jw, "body", row->body);
		mig_jw_string(jw, "urgency", row->urgency);
		write_texts(jw, "delivery_methods", row->channels);
		if (row->own)
			mig_jw_string(jw, "origin", "spec");
		mig_jw_object_end(jw);
	}
	mig_jw_array_end(jw);
}

static void
write_escalation(struct mig_jw *jw)
{
	mig_jw_object(jw, "escalation_matrix");
	for (const struct mig_escalation_row *row = mig_escalation_rows; row->key != NULL; row++) {
		mig_jw_object(jw, row->key);
		mig_jw_string(jw, "trigger", row->trigger);
		mig_jw_int(jw, "response_time_minutes", row->minutes);
		write_texts(jw, "contacts", row->contacts);
		write_texts(jw, "actions", row->actions);
		mig_jw_object_end(jw);
	}
	mig_jw_object_end(jw);
}

static void
write_checklist(struct author *author)
{
	struct mig_jw *jw = &author->jw;
	mig_jw_array(jw, "validation_checklist");
	for (size_t i = 0; i < mig_checklist_row_count; i++) {
		const struct mig_list_row *row = &mig_checklist_rows[i];
		if (row->type != NULL && strcmp(row->type, author->type) != 0)
			continue;
		for (size_t k = 0; row->texts[k] != NULL; k++)
			write_filled(author, NULL, MIG_PLACE_PLAIN, row->texts[k]);
	}
	mig_jw_array_end(jw);
}

/* The contact of the specification with this role; letters' case does not matter. */
static const struct mig_json *
contact_named(const struct mig_json *contacts, const char *role)
{
	const struct mig_json *node = mig_json_first(contacts);
	while (node != NULL &&
	    strcasecmp(mig_json_string(mig_json_get(node, "role")), role) != 0)
		node = mig_json_next(node);
	return node;
}

static bool
has_standing_role(const char *role)
{
	const struct mig_contact_row *row = mig_contact_rows;
	while (row->role != NULL && strcasecmp(row->role, role) != 0)
		row++;
	return row->role != NULL;
}

/* One contact; the specification's fields go before those of the row. */
static void
write_contact(struct mig_jw *jw, const struct mig_contact_row *row, const struct mig_json *node)
{
	static const char *const keys[] = { "role", "name", "primary_phone", "email",
		"backup_contact" };
	const char *const fallback[] = { row->role, row->name, row->phone, row->email,
		row->backup };
	mig_jw_object(jw, NULL);
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		const char *text = mig_json_string(mig_json_get(node, keys[i]));
		mig_jw_string(jw, keys[i], text != NULL ? text : fallback[i]);
	}
	if (node != NULL)
		mig_jw_string(jw, "origin", "spec");
	mig_jw_object_end(jw);
}

/* The standing roles, by the specification where it names them, then its further ones. */
static void
write_contacts(struct author *author)
{
	const struct mig_contact_row none = { 0 };
	const struct mig_json *contacts =
	    mig_json_get(mig_json_get(author->plan, "spec"), "contacts");
	struct mig_jw *jw = &author->jw;
	mig_jw_array(jw, "emergency_contacts");
	for (const struct mig_contact_row *row = mig_contact_rows; row->role != NULL; row++)
		write_contact(jw, row, contact_named(contacts, row->role));
	const struct mig_json *node = mig_json_first(contacts);
	for (; node != NULL; node = mig_json_next(node)) {
		const char *role = mig_json_string(mig_json_get(node, "role"));
		if (!has_standing_role(role) || contact_named(contacts, role) != node)
			write_contact(jw, &none, node);
	}
	mig_jw_array_end(jw);
}

/* What stands behind the head: written first, so that the head can say what has no value. */
static int
write_body(struct author *author)
{
	struct mig_jw *jw = &author->jw;
	int error = write_phases(author);
	if (error == MIG_OK)
		error = mig_runbook_write_triggers(author->plan, jw, "trigger_conditions");
	if (error != MIG_OK)
		return error;
	write_recovery(author);
	write_messages(jw);
	write_escalation(jw);
	write_checklist(author);
	write_texts(jw, "post_rollback_procedures", mig_procedure_texts);
	write_contacts(author);
	return MIG_OK;
}

static void
write_head(struct author *author, const char *id, mig_wall now, struct mig_jw *jw)
{
	char text[MIG_TIME_TEXT];
	mig_jw_object(jw, NULL);
	mig_jw_string(jw, "runbook_id", id);
	mig_jw_string(jw, "migration_id",
	    mig_json_string(mig_json_get(author->plan, "migration_id")));
	mig_jw_string(jw, "created_at", mig_time_format(now, text));
	mig_fill_write_missing(&author->fill, jw, "unresolved");
}

static int
write_runbook(struct author *author, const char *id, mig_wall now, struct mig_buf *out)
{
	struct mig_jw jw;
	struct mig_buf body;
	mig_buf_init(&body, MIG_DOC_BYTES_MAX);
	mig_jw_init(&author->jw, &body, INDENT);
	author->jw.depth = 1;
	author->jw.comma = true;
	int error = write_body(author);
	if (error == MIG_OK && mig_arena_failed(author->fill.arena))
		error = MIG_ENOMEM;
	if (error == MIG_OK) {
		mig_jw_init(&jw, out, INDENT);
		write_head(author, id, now, &jw);
		mig_buf_add(out, body.data, body.len);
		mig_jw_object_end(&jw);
		if (!mig_buf_ok(&body) || !mig_buf_ok(out))
			error = MIG_ELIMIT;
	}
	mig_buf_fini(&body);
	return error;
}

int
mig_runbook_from_plan_set(const struct mig_json *plan, mig_wall now,
    const struct mig_template_var *sets, struct mig_buf *ret_runbook_json,
    struct mig_findings *findings)
{
	int error = mig_plan_check(plan, NULL, findings);
	if (error != MIG_OK)
		return error;

	struct author author = { .plan = plan };
	struct mig_buf id;
	mig_buf_init(&id, ID_DIGITS * 8);
	author.type = mig_json_string(mig_json_get(plan, "migration_type"));
	error = mig_fill_init(plan, sets, &author.fill, findings);
	if (error == MIG_OK)
		error = mig_steps_init(plan, &author.fill, &author.steps);
	if (error != MIG_OK)
		goto out;
	mig_runbook_warn_triggers(plan, findings);
	mig_buf_puts(&id, "rb_");
	error = mig_docid_plan(plan, ID_DIGITS, &id);
	if (error == MIG_OK && !mig_buf_ok(&id))
		error = MIG_ENOMEM;
	if (error == MIG_OK)
		error = write_runbook(&author, id.data, now, ret_runbook_json);
	if (error == MIG_OK)
		mig_fill_warn(&author.fill, findings);
out:
	mig_steps_fini(&author.steps);
	mig_fill_fini(&author.fill);
	mig_buf_fini(&id);
	return error;
}

int
mig_runbook_from_plan(const struct mig_json *plan, mig_wall now, struct mig_buf *ret_runbook_json,
    struct mig_findings *findings)
{
	return mig_runbook_from_plan_set(plan, now, NULL, ret_runbook_json, findings);
}
