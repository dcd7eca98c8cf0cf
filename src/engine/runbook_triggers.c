/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "base/buf.h"
#include "base/json_read.h"
#include "base/json_write.h"
#include "base/num.h"
#include "engine/runbook_tables.h"
#include "engine/runbook_triggers.h"
#include "engine/shape.h"

#define TEXT_MAX 4096

/* How an operator reads, in the order of mig_names_operator. */
static const char *const operator_signs[] = { ">", "<", "=" };

#define OPERATORS (sizeof(operator_signs) / sizeof(operator_signs[0]))

static void
write_contacts(struct mig_jw *jw, const char *const *contacts)
{
	mig_jw_array(jw, "escalation_contacts");
	for (; *contacts != NULL; contacts++)
		mig_jw_string(jw, NULL, *contacts);
	mig_jw_array_end(jw);
}

static void
write_row(struct mig_jw *jw, const struct mig_trigger_row *row)
{
	mig_jw_object(jw, NULL);
	mig_jw_string(jw, "trigger_id", row->id);
	mig_jw_string(jw, "name", row->name);
	mig_jw_string(jw, "condition", row->condition);
	mig_jw_object(jw, "metric_threshold");
	mig_jw_string(jw, "metric", row->metric);
	mig_jw_string(jw, "operator", row->op);
	if (row->value_text != NULL)
		mig_jw_string(jw, "value", row->value_text);
	else
		mig_jw_number(jw, "value", row->value);
	mig_jw_int(jw, "duration_minutes", row->minutes);
	mig_jw_object_end(jw);
	mig_jw_int(jw, "evaluation_window_minutes", row->minutes);
	mig_jw_bool(jw, "auto_execute", row->automatic);
	write_contacts(jw, row->contacts);
	mig_jw_string(jw, "origin", row->type == NULL ? "general" : "type");
	mig_jw_object_end(jw);
}

static const char *
sign_of(const char *operator)
{
	for (size_t i = 0; i < OPERATORS; i++)
		if (strcmp(mig_names_operator[i], operator) == 0)
			return operator_signs[i];
	return operator_signs[0];
}

/* How many entries before this one watch the same metric: their ids must differ. */
static size_t
earlier_twins(const struct mig_json *list, const struct mig_json *node, const char *metric)
{
	size_t twins = 0;
	const struct mig_json *other = mig_json_first(list);
	for (; other != node; other = mig_json_next(other))
		if (strcmp(mig_json_string(mig_json_get(other, "metric")), metric) == 0)
			twins++;
	return twins;
}

static int64_t
whole_minutes(const struct mig_json *trigger)
{
	return (int64_t)ceil(mig_json_number(mig_json_get(trigger, "duration_minutes")));
}

static void
write_condition(struct mig_jw *jw, struct mig_buf *text, const struct mig_json *trigger,
    const char *sign)
{
	mig_buf_reset(text);
	mig_buf_printf(text, "%s %s ", mig_json_string(mig_json_get(trigger, "metric")), sign);
	mig_num_format(mig_json_number(mig_json_get(trigger, "threshold")), text);
	mig_buf_puts(text, " for ");
	mig_num_format(mig_json_number(mig_json_get(trigger, "duration_minutes")), text);
	mig_buf_puts(text, " minutes");
	mig_jw_string(jw, "condition", text->data);
}

/* One trigger of the specification; text is scratch space. */
static void
write_spec_trigger(struct mig_jw *jw, const struct mig_json *list, const struct mig_json *trigger,
    struct mig_buf *text)
{
	const char *metric = mig_json_string(mig_json_get(trigger, "metric"));
	const char *operator = mig_json_string(mig_json_get(trigger, "operator"));
	const char *action = mig_json_string(mig_json_get(trigger, "action"));
	size_t twins = earlier_twins(list, trigger, metric);
	if (operator == NULL)
		operator = mig_names_operator[0];

	mig_jw_object(jw, NULL);
	mig_buf_reset(text);
	mig_buf_printf(text, "spec_%s", metric);
	if (twins > 0)
		mig_buf_printf(text, "_%zu", twins + 1);
	mig_jw_string(jw, "trigger_id", text->data);
	mig_buf_reset(text);
	mig_buf_printf(text, "Specified limit of %s", metric);
	mig_jw_string(jw, "name", text->data);
	write_condition(jw, text, trigger, sign_of(operator));
	mig_jw_object(jw, "metric_threshold");
	mig_jw_string(jw, "metric", metric);
	mig_jw_string(jw, "operator", operator);
	mig_jw_number(jw, "value", mig_json_number(mig_json_get(trigger, "threshold")));
	mig_jw_int(jw, "duration_minutes", whole_minutes(trigger));
	mig_jw_object_end(jw);
	mig_jw_int(jw, "evaluation_window_minutes", whole_minutes(trigger));
	mig_jw_bool(jw, "auto_execute", strcmp(action, "automatic_rollback") == 0);
	write_contacts(jw, mig_spec_trigger_contacts);
	mig_jw_string(jw, "action", action);
	mig_jw_string(jw, "origin", "spec");
	mig_jw_object_end(jw);
}

int
mig_runbook_write_triggers(const struct mig_json *plan, struct mig_jw *jw, const char *key)
{
	const char *type = mig_json_string(mig_json_get(plan, "migration_type"));
	const struct mig_json *list = mig_json_get(mig_json_get(plan, "spec"), "rollback_triggers");
	mig_jw_array(jw, key);
	for (size_t i = 0; i < mig_trigger_row_count; i++) {
		const struct mig_trigger_row *row = &mig_trigger_rows[i];
		if (row->type == NULL || strcmp(row->type, type) == 0)
			write_row(jw, row);
	}
	struct mig_buf text;
	mig_buf_init(&text, TEXT_MAX);
	const struct mig_json *trigger = mig_json_first(list);
	for (; trigger != NULL; trigger = mig_json_next(trigger))
		write_spec_trigger(jw, list, trigger, &text);
	mig_jw_array_end(jw);
	int error = mig_buf_ok(&text) ? MIG_OK : MIG_ENOMEM;
	mig_buf_fini(&text);
	return error;
}

void
mig_runbook_warn_triggers(const struct mig_json *plan, struct mig_findings *findings)
{
	struct mig_reader reader = { findings, NULL, MIG_SEV_WARNING };
	struct mig_at root = mig_shape_root(plan);
	struct mig_at spec = mig_at_key(&root, "spec");
	struct mig_at list = mig_at_key(&spec, "rollback_triggers");
	struct mig_at trigger = { 0 };
	while (list.node != NULL && mig_at_each(&list, &trigger)) {
		struct mig_at minutes = mig_at_key(&trigger, "duration_minutes");
		if ((double)whole_minutes(trigger.node) > mig_json_number(minutes.node))
			mig_at_warning(&reader, &minutes, "runbooks count whole minutes",
			    "is rounded up in the runbook");
	}
}
