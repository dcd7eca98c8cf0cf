/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
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

/* What a condition watches, for comparing it with others. */
struct watch {
	const char *metric;
	const char *operator;
	double value;
	bool known; /* value is a number in the metric's unit */
	double minutes;
	bool automatic;
	bool spec;
	bool stricter;
};

#define BASELINE_P95 "baseline_p95 * "

/* Two names for one quantity. */
static const char *
quantity(const char *metric)
{
	return strcmp(metric, "p95_response_time") == 0 ? "response_time_p95" : metric;
}

/* A multiple of the baseline is a number once the specification tells the present load. */
static void
resolve(const struct mig_json *plan, const char *text, struct watch *watch)
{
	static const char *const path[] = { "spec", "service_details", "legacy_service",
		"current_load", "p95_response_time_ms", NULL };
	const struct mig_json *node = plan;
	for (size_t i = 0; path[i] != NULL; i++)
		node = mig_json_get(node, path[i]);
	if (node == NULL || strncmp(text, BASELINE_P95, strlen(BASELINE_P95)) != 0)
		return;
	double factor = 0;
	watch->known = mig_num_double(text + strlen(BASELINE_P95), &factor) == MIG_OK;
	watch->value = mig_json_number(node) * factor;
}

static struct watch
watch_row(const struct mig_json *plan, const struct mig_trigger_row *row)
{
	struct watch watch = { .metric = quantity(row->metric), .operator = row->op,
		.value = row->value, .known = row->value_text == NULL,
		.minutes = row->minutes, .automatic = row->automatic };
	if (row->value_text != NULL)
		resolve(plan, row->value_text, &watch);
	return watch;
}

static const char *
operator_of(const struct mig_json *trigger)
{
	const char *operator = mig_json_string(mig_json_get(trigger, "operator"));
	return operator != NULL ? operator : mig_names_operator[0];
}

static struct watch
watch_spec(const struct mig_json *node)
{
	const char *action = mig_json_string(mig_json_get(node, "action"));
	return (struct watch){
		.metric = quantity(mig_json_string(mig_json_get(node, "metric"))),
		.operator = operator_of(node),
		.value = mig_json_number(mig_json_get(node, "threshold")),
		.known = true,
		.minutes = mig_json_number(mig_json_get(node, "duration_minutes")),
		.automatic = strcmp(action, "automatic_rollback") == 0,
		.spec = true,
	};
}

/* The rule of the header; a stands before b. */
static bool
is_stricter(const struct watch *b, const struct watch *a)
{
	if (a->known && b->known && (a->value < b->value || a->value > b->value))
		return (b->value < a->value) != (strcmp(a->operator, "less_than") == 0);
	if (a->minutes < b->minutes || a->minutes > b->minutes)
		return b->minutes < a->minutes;
	if (a->automatic != b->automatic)
		return b->automatic;
	return b->spec && !a->spec;
}

/* Mark the strictest of those that watch what the first one of them does. */
static void
mark_strictest(struct watch *watches, size_t count, size_t first)
{
	size_t best = first;
	size_t twins = 0;
	for (size_t i = 0; i < count; i++) {
		if (strcmp(watches[i].metric, watches[first].metric) != 0 ||
		    strcmp(watches[i].operator, watches[first].operator) != 0)
			continue;
		if (i < first)
			return; /* done with that one */
		twins += i > first ? 1 : 0;
		if (i > first && is_stricter(&watches[i], &watches[best]))
			best = i;
	}
	watches[best].stricter = twins > 0;
}

/* All conditions in the order in which they are written; owned by the caller. */
static struct watch *
collect_watches(const struct mig_json *plan, const char *type, const struct mig_json *list)
{
	size_t count = 0;
	struct watch *watches =
	    calloc(mig_trigger_row_count + mig_json_count(list), sizeof(*watches));
	for (size_t i = 0; watches != NULL && i < mig_trigger_row_count; i++) {
		const struct mig_trigger_row *row = &mig_trigger_rows[i];
		if (row->type == NULL || strcmp(row->type, type) == 0)
			watches[count++] = watch_row(plan, row);
	}
	const struct mig_json *node = mig_json_first(list);
	for (; watches != NULL && node != NULL; node = mig_json_next(node))
		watches[count++] = watch_spec(node);
	for (size_t i = 0; watches != NULL && i < count; i++)
		mark_strictest(watches, count, i);
	return watches;
}

static void
write_contacts(struct mig_jw *jw, const char *const *contacts)
{
	mig_jw_array(jw, "escalation_contacts");
	for (; *contacts != NULL; contacts++)
		mig_jw_string(jw, NULL, *contacts);
	mig_jw_array_end(jw);
}

static void
write_row(struct mig_jw *jw, const struct mig_trigger_row *row, const struct watch *watch)
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
	if (watch->stricter)
		mig_jw_bool(jw, "stricter", true);
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
    const struct watch *watch, struct mig_buf *text)
{
	const char *metric = mig_json_string(mig_json_get(trigger, "metric"));
	const char *operator = operator_of(trigger);
	const char *action = mig_json_string(mig_json_get(trigger, "action"));
	size_t twins = earlier_twins(list, trigger, metric);

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
	if (watch->stricter)
		mig_jw_bool(jw, "stricter", true);
	mig_jw_object_end(jw);
}

int
mig_runbook_write_triggers(const struct mig_json *plan, struct mig_jw *jw, const char *key)
{
	const char *type = mig_json_string(mig_json_get(plan, "migration_type"));
	const struct mig_json *list = mig_json_get(mig_json_get(plan, "spec"), "rollback_triggers");
	struct watch *watches = collect_watches(plan, type, list);
	size_t position = 0;
	if (watches == NULL)
		return MIG_ENOMEM;
	mig_jw_array(jw, key);
	for (size_t i = 0; i < mig_trigger_row_count; i++) {
		const struct mig_trigger_row *row = &mig_trigger_rows[i];
		if (row->type == NULL || strcmp(row->type, type) == 0)
			write_row(jw, row, &watches[position++]);
	}
	struct mig_buf text;
	mig_buf_init(&text, TEXT_MAX);
	const struct mig_json *trigger = mig_json_first(list);
	for (; trigger != NULL; trigger = mig_json_next(trigger))
		write_spec_trigger(jw, list, trigger, &watches[position++], &text);
	mig_jw_array_end(jw);
	free(watches);
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
