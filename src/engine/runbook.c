/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "base/json.h"
#include "base/json_write.h"
#include "base/limits.h"
#include "engine/docid.h"
#include "engine/plan.h"
#include "engine/runbook.h"
#include "engine/runbook_tables.h"
#include "engine/runbook_triggers.h"
#include "engine/shape.h"

#define INDENT 2
#define ID_DIGITS 8
#define UNDO_MINUTES_PER_HOUR 30 /* undoing a phase takes half of its time */
#define CHECKPOINT_COMMANDS 3
#define CHECKPOINT_BYTES 50
#define STEP_ID_MAX 64
#define STEPS_MAX 8 /* per phase; the tables have fewer */
#define CLOSING_ORDER 99

/* All that the writing functions need. */
struct author {
	const struct mig_json *plan;
	const char *type;
	struct mig_jw jw;
};

/* A phase of the plan on its way into the runbook. */
struct undo {
	const char *name;
	const char *risk;
	size_t index; /* position in the reversed list */
};

/* Whether name contains one of the words of `in`, whatever their letters' case. */
static bool
name_has(const char *name, const char *in)
{
	while (in != NULL) {
		size_t len = strcspn(in, "|");
		for (const char *at = name; *at != '\0'; at++)
			if (strncasecmp(at, in, len) == 0)
				return true;
		in = in[len] == '|' ? in + len + 1 : NULL;
	}
	return false;
}

static void
write_texts(struct mig_jw *jw, const char *key, const char *const *texts)
{
	mig_jw_array(jw, key);
	for (; *texts != NULL; texts++)
		mig_jw_string(jw, NULL, *texts);
	mig_jw_array_end(jw);
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
		if ((rows[i].in != NULL && !name_has(undo->name, rows[i].in)) ||
		    (rows[i].not_first && undo->index == 0) || (rows[i].grave && !grave))
			continue;
		for (size_t k = 0; rows[i].texts[k] != NULL; k++)
			mig_jw_string(jw, NULL, rows[i].texts[k]);
	}
	mig_jw_array_end(jw);
}

/* The full list of validation commands of the type, NULL when it has none. */
static const char *const *
validation_commands(const char *type)
{
	for (size_t i = 0; i < mig_validation_row_count; i++)
		if (strcmp(mig_validation_rows[i].type, type) == 0)
			return mig_validation_rows[i].texts;
	return NULL;
}

static void
write_checkpoints(struct author *author)
{
	struct mig_jw *jw = &author->jw;
	const char *const *commands = validation_commands(author->type);
	mig_jw_array(jw, "validation_checkpoints");
	for (size_t i = 0; mig_checkpoint_texts[i] != NULL; i++)
		mig_jw_string(jw, NULL, mig_checkpoint_texts[i]);
	for (size_t i = 0; commands != NULL && i < CHECKPOINT_COMMANDS; i++) {
		char text[CHECKPOINT_BYTES + sizeof("...")];
		(void)snprintf(text, sizeof(text), "%.*s...", CHECKPOINT_BYTES, commands[i]);
		mig_jw_string(jw, NULL, text);
	}
	mig_jw_array_end(jw);
}

static void
step_id(const struct mig_step_row *row, size_t index, char ret_id[STEP_ID_MAX])
{
	if (row->order == CLOSING_ORDER)
		(void)snprintf(ret_id, STEP_ID_MAX, "rb_%s_%zu_final", row->family, index);
	else
		(void)snprintf(ret_id, STEP_ID_MAX, "rb_%s_%zu_%02d", row->family, index,
		    row->order);
}

/* The steps that undo the phase, in their order; returns how many. */
static size_t
select_steps(const char *type, const char *phase, const struct mig_step_row *ret_rows[STEPS_MAX])
{
	size_t count = 0;
	for (size_t i = 0; i < mig_step_row_count; i++) {
		const struct mig_step_row *row = &mig_step_rows[i];
		if ((row->type != NULL && strcmp(row->type, type) != 0) ||
		    (row->in != NULL && !name_has(phase, row->in)))
			continue;
		MIG_ASSERT(count < STEPS_MAX);
		ret_rows[count++] = row;
	}
	return count;
}

/* A step waits for the one before it in its family, the closing check for all. */
static void
write_dependencies(struct mig_jw *jw, const struct mig_step_row *const *rows, size_t position,
    size_t index)
{
	const struct mig_step_row *row = rows[position];
	mig_jw_array(jw, "dependencies");
	for (size_t i = 0; i < position; i++) {
		bool before = strcmp(rows[i]->family, row->family) == 0 &&
		    rows[i]->order == row->order - 1;
		if (row->order != CLOSING_ORDER && !before)
			continue;
		char id[STEP_ID_MAX];
		step_id(rows[i], index, id);
		mig_jw_string(jw, NULL, id);
	}
	mig_jw_array_end(jw);
}

static void
write_step(struct author *author, const struct mig_step_row *const *rows, size_t position,
    size_t index)
{
	struct mig_jw *jw = &author->jw;
	const struct mig_step_row *row = rows[position];
	const char *const *commands = row->order == CLOSING_ORDER
	    ? validation_commands(author->type) : row->commands;
	char id[STEP_ID_MAX];
	step_id(row, index, id);
	mig_jw_object(jw, NULL);
	mig_jw_string(jw, "step_id", id);
	mig_jw_string(jw, "name", row->name);
	mig_jw_string(jw, "description", row->description);
	mig_jw_string(jw, "script_type", row->kind);
	mig_jw_string(jw, "script_content", row->script);
	mig_jw_int(jw, "estimated_duration_minutes", row->minutes);
	write_dependencies(jw, rows, position, index);
	write_texts(jw, "validation_commands", commands == NULL ? row->commands : commands);
	write_texts(jw, "success_criteria", row->criteria);
	mig_jw_string(jw, "failure_escalation", row->escalation);
	mig_jw_int(jw, "rollback_order", row->order);
	mig_jw_object_end(jw);
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
	const struct mig_step_row *rows[STEPS_MAX];
	size_t count = select_steps(author->type, undo.name, rows);
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
	mig_jw_array(jw, "steps");
	for (size_t i = 0; i < count; i++)
		write_step(author, rows, i, index);
	mig_jw_array_end(jw);
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

static void
write_recovery(struct author *author)
{
	const struct mig_recovery_row *row = mig_recovery_rows;
	while (row->type != NULL && strcmp(row->type, author->type) != 0)
		row++;
	struct mig_jw *jw = &author->jw;
	mig_jw_object(jw, "data_recovery_plan");
	mig_jw_string(jw, "recovery_method", row->method);
	mig_jw_string(jw, "backup_location", row->location);
	write_texts(jw, "recovery_scripts", row->scripts);
	write_texts(jw, "data_validation_queries", row->queries);
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
			mig_jw_string(jw, NULL, row->texts[k]);
	}
	mig_jw_array_end(jw);
}

static void
write_contacts(struct mig_jw *jw)
{
	mig_jw_array(jw, "emergency_contacts");
	for (const struct mig_contact_row *row = mig_contact_rows; row->role != NULL; row++) {
		mig_jw_object(jw, NULL);
		mig_jw_string(jw, "role", row->role);
		mig_jw_string(jw, "name", row->name);
		mig_jw_string(jw, "primary_phone", row->phone);
		mig_jw_string(jw, "email", row->email);
		mig_jw_string(jw, "backup_contact", row->backup);
		mig_jw_object_end(jw);
	}
	mig_jw_array_end(jw);
}

static int
write_runbook(struct author *author, const char *id, mig_wall now)
{
	struct mig_jw *jw = &author->jw;
	char text[MIG_TIME_TEXT];
	mig_jw_object(jw, NULL);
	mig_jw_string(jw, "runbook_id", id);
	mig_jw_string(jw, "migration_id",
	    mig_json_string(mig_json_get(author->plan, "migration_id")));
	mig_jw_string(jw, "created_at", mig_time_format(now, text));
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
	write_contacts(jw);
	mig_jw_object_end(jw);
	return MIG_OK;
}

int
mig_runbook_from_plan(const struct mig_json *plan, mig_wall now, struct mig_buf *ret_runbook_json,
    struct mig_findings *findings)
{
	int error = mig_plan_check(plan, NULL, findings);
	if (error != MIG_OK)
		return error;

	struct author author = { .plan = plan };
	author.type = mig_json_string(mig_json_get(plan, "migration_type"));
	mig_jw_init(&author.jw, ret_runbook_json, INDENT);
	mig_runbook_warn_triggers(plan, findings);

	struct mig_buf id;
	mig_buf_init(&id, ID_DIGITS * 8);
	mig_buf_puts(&id, "rb_");
	error = mig_docid_plan(plan, ID_DIGITS, &id);
	if (error == MIG_OK)
		error = mig_buf_ok(&id) ? write_runbook(&author, id.data, now) : MIG_ENOMEM;
	if (error == MIG_OK && !mig_buf_ok(ret_runbook_json))
		error = MIG_ELIMIT;
	mig_buf_fini(&id);
	return error;
}
