/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/json.h"
#include "base/json_write.h"
#include "base/limits.h"
#include "base/num.h"
#include "core/policy.h"
#include "wire/webhook.h"

#define NOTICE_BYTES_MAX (256U * 1024U)
#define NOT_KNOWN "(not known)"
#define MINUTE_MS INT64_C(60000)

/* What a message is made from. */
struct notice {
	const struct mig_policy *policy;
	const struct mig_state *state;
	const struct mig_json *runbook;
	const struct mig_notification *notification;
};

/* Appends the value of a placeholder, or nothing when it is not known. */
typedef void (*notice_value)(const struct notice *notice, struct mig_buf *out);

static void
put_time(mig_wall at, struct mig_buf *out)
{
	char text[MIG_TIME_TEXT];

	if (at.ms != 0)
		mig_buf_puts(out, mig_time_format(at, text));
}

static void
put_migration(const struct notice *notice, struct mig_buf *out)
{
	mig_buf_puts(out, notice->policy->migration_name);
}

static void
put_rollout(const struct notice *notice, struct mig_buf *out)
{
	mig_buf_puts(out, notice->state->rollout_id);
}

static void
put_number(double value, struct mig_buf *out)
{
	char text[32];

	(void)snprintf(text, sizeof(text), "%.4g", value); /* for people: four digits do */
	mig_buf_puts(out, text);
}

static void
put_trigger(const struct notice *notice, struct mig_buf *out)
{
	int32_t index = notice->state->rollback.trigger;

	if (index < 0 || (size_t)index >= notice->policy->trigger_count) {
		mig_buf_puts(out, "a trigger fired");
		return;
	}

	const struct mig_trigger *trigger = &notice->policy->triggers[index];
	const struct mig_trigger_state *seen = &notice->state->triggers[index];

	mig_buf_printf(out, "trigger %s fired: %s is ", trigger->id,
	    notice->policy->metrics[trigger->metric].name);
	put_number(seen->value, out);
	if (seen->threshold_known) {
		mig_buf_puts(out, ", threshold ");
		put_number(seen->threshold, out);
	}
}

static void
put_reason(const struct notice *notice, struct mig_buf *out)
{
	const struct mig_rollback_state *rollback = &notice->state->rollback;

	switch (rollback->reason) {
	case MIG_REASON_NONE:
		break;
	case MIG_REASON_TRIGGER:
		put_trigger(notice, out);
		break;
	case MIG_REASON_OPERATOR:
		mig_buf_printf(out, "aborted by %s", rollback->actor);
		if (rollback->comment[0] != '\0')
			mig_buf_printf(out, ": %s", rollback->comment);
		break;
	case MIG_REASON_BLIND:
		mig_buf_puts(out, "no believable metrics for too long");
		break;
	case MIG_REASON_DAEMON_LOSS:
		mig_buf_puts(out, "the controller was lost");
		break;
	}
}

static void
put_start(const struct notice *notice, struct mig_buf *out)
{
	put_time(notice->state->rollback.decided_at, out);
}

static bool
is_over(const struct mig_state *state)
{
	return state->run == MIG_RUN_ROLLED_BACK && state->rollback.decided_at.ms != 0;
}

static void
put_end(const struct notice *notice, struct mig_buf *out)
{
	if (is_over(notice->state))
		put_time(notice->state->run_at, out);
}

static void
put_duration(const struct notice *notice, struct mig_buf *out)
{
	if (is_over(notice->state))
		mig_num_format_duration(notice->state->run_at.ms -
		    notice->state->rollback.decided_at.ms, out);
}

static void
put_phase(const struct notice *notice, struct mig_buf *out)
{
	if (notice->state->phase < notice->policy->phase_count)
		mig_buf_puts(out, notice->policy->phases[notice->state->phase].name);
}

/* Minutes that the runbook gives to the phases that were entered; 0 when it gives none. */
static int64_t
estimated_minutes(const struct notice *notice)
{
	const struct mig_json *phases = mig_json_get(notice->runbook, "rollback_phases");
	double minutes = 0;

	for (size_t i = 0; i < notice->policy->rb_phase_count; i++) {
		const struct mig_rb_phase *row = &notice->policy->rb_phases[i];
		const struct mig_json *node = mig_json_first(phases);

		if (!notice->state->phase_entered[row->phase])
			continue;
		for (; node != NULL; node = mig_json_next(node)) {
			const char *name = mig_json_string(mig_json_get(node, "phase_name"));

			if (name != NULL && strcmp(name, row->name) == 0)
				minutes += mig_json_number(
				    mig_json_get(node, "estimated_duration_minutes"));
		}
	}
	return minutes > 0 && minutes < 1e7 ? (int64_t)minutes : 0;
}

static void
put_estimate(const struct notice *notice, struct mig_buf *out)
{
	int64_t minutes = estimated_minutes(notice);

	if (minutes > 0)
		mig_num_format_duration(minutes * MINUTE_MS, out);
}

static void
put_completion(const struct notice *notice, struct mig_buf *out)
{
	int64_t minutes = estimated_minutes(notice);
	mig_wall at = notice->state->rollback.decided_at;

	if (minutes == 0 || at.ms == 0)
		return;
	at.ms += minutes * MINUTE_MS;
	put_time(at, out);
}

static void
put_phases_done(const struct notice *notice, struct mig_buf *out)
{
	const char *comma = "";

	for (size_t i = 0; i < notice->policy->rb_phase_count; i++) {
		const struct mig_rb_phase *row = &notice->policy->rb_phases[i];
		bool done = notice->state->phase_entered[row->phase];

		for (size_t step = 0; step < row->step_count; step++)
			done = done && notice->state->rollback.steps[row->first_step + step].run ==
			    MIG_RB_STEP_DONE;
		if (!done)
			continue;
		mig_buf_printf(out, "%s%s", comma, row->name);
		comma = ", ";
	}
	if (comma[0] == '\0' && is_over(notice->state))
		mig_buf_puts(out, "none had to be undone");
}

static void
put_validation(const struct notice *notice, struct mig_buf *out)
{
	if (!is_over(notice->state))
		return;
	mig_buf_puts(out, "all triggers were quiet for ");
	mig_num_format_duration(notice->policy->settings.validation_window_ms, out);
}

static void
put_flags(const struct notice *notice, struct mig_buf *out)
{
	const char *comma = "";

	for (size_t i = 0; i < notice->policy->flag_count; i++) {
		const struct mig_flag_state *flag = &notice->state->flags[i];

		mig_buf_printf(out, "%s%s at ", comma, notice->policy->flags[i].name);
		mig_num_format(flag->intended, out);
		mig_buf_printf(out, " %%%s", flag->verified ? "" : " (not verified)");
		comma = ", ";
	}
}

static void
put_run(const struct notice *notice, struct mig_buf *out)
{
	for (const char *at = mig_run_name(notice->state->run); *at != '\0'; at++)
		mig_buf_putc(out, *at == '_' ? ' ' : *at);
}

static void
put_status(const struct notice *notice, struct mig_buf *out)
{
	put_run(notice, out);
	if (notice->policy->flag_count > 0) {
		mig_buf_puts(out, "; ");
		put_flags(notice, out);
	}
}

static void
put_failed(const struct notice *notice, struct mig_buf *out)
{
	mig_buf_puts(out, notice->state->rollback.last_error);
}

/* Name and telephone of a role in the runbook's emergency contacts. */
static void
put_contact(const struct notice *notice, const char *role, struct mig_buf *out)
{
	const struct mig_json *contacts = mig_json_get(notice->runbook, "emergency_contacts");

	for (const struct mig_json *node = mig_json_first(contacts); node != NULL;
	    node = mig_json_next(node)) {
		const char *text = mig_json_string(mig_json_get(node, "role"));
		const char *name = mig_json_string(mig_json_get(node, "name"));
		const char *phone = mig_json_string(mig_json_get(node, "primary_phone"));

		if (text == NULL || strcmp(text, role) != 0 || name == NULL)
			continue;
		mig_buf_puts(out, name);
		if (phone != NULL)
			mig_buf_printf(out, " (%s)", phone);
		return;
	}
}

static void
put_commander(const struct notice *notice, struct mig_buf *out)
{
	put_contact(notice, "Incident Commander", out);
}

static void
put_owner(const struct notice *notice, struct mig_buf *out)
{
	put_contact(notice, "Business Owner", out);
}

static void
put_executive(const struct notice *notice, struct mig_buf *out)
{
	put_contact(notice, "Executive Escalation", out);
}

/* The placeholders of the runbooks' messages that can be answered from what is known. */
static const struct {
	const char *name;
	notice_value put;
} placeholders[] = {
	{ "migration_name", put_migration },
	{ "system_name", put_migration },
	{ "rollback_id", put_rollout },
	{ "rollout_id", put_rollout },
	{ "rollback_reason", put_reason },
	{ "start_time", put_start },
	{ "end_time", put_end },
	{ "actual_duration", put_duration },
	{ "estimated_duration", put_estimate },
	{ "estimated_completion_time", put_completion },
	{ "current_phase", put_phase },
	{ "completed_phases", put_phases_done },
	{ "validation_results", put_validation },
	{ "system_status", put_status },
	{ "current_status", put_status },
	{ "failed_components", put_failed },
	{ "incident_commander", put_commander },
	{ "business_contact", put_owner },
	{ "escalation_contact", put_executive },
	{ "executive_on_call", put_executive },
};

static void
put_placeholder(const struct notice *notice, const char *name, size_t len, struct mig_buf *out)
{
	size_t before = out->len;

	for (size_t i = 0; i < sizeof(placeholders) / sizeof(placeholders[0]); i++) {
		if (strlen(placeholders[i].name) == len &&
		    strncmp(placeholders[i].name, name, len) == 0)
			placeholders[i].put(notice, out);
	}
	if (out->len == before)
		mig_buf_puts(out, NOT_KNOWN);
}

/* Unlike a request's template a message always goes out, whatever it asks for. */
static void
put_filled(const struct notice *notice, const char *text, struct mig_buf *out)
{
	static const char word[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
	    "0123456789_";

	while (*text != '\0') {
		size_t len = text[0] == '{' ? strspn(text + 1, word) : 0;

		if (len > 0 && text[1 + len] == '}') {
			put_placeholder(notice, text + 1, len, out);
			text += len + 2;
		} else {
			mig_buf_putc(out, *text++);
		}
	}
}

static void
put_words(const char *name, struct mig_buf *out)
{
	for (; *name != '\0'; name++)
		mig_buf_putc(out, *name == '_' ? ' ' : *name);
}

static void
put_value(const struct mig_json *node, struct mig_buf *out)
{
	switch (mig_json_type(node)) {
	case MIG_JSON_STRING:
		mig_buf_puts(out, mig_json_string(node));
		break;
	case MIG_JSON_NULL:
	case MIG_JSON_BOOL:
	case MIG_JSON_NUMBER:
	case MIG_JSON_ARRAY:
	case MIG_JSON_OBJECT:
		mig_json_canonical(node, out);
		break;
	}
}

/* Whether a member of a detail is for programs: people read what else was true in the history. */
static bool
is_structure(const struct mig_json *node)
{
	const struct mig_json *first = mig_json_first(node);

	return mig_json_type(node) == MIG_JSON_OBJECT || (mig_json_type(node) == MIG_JSON_ARRAY &&
	    (first == NULL || mig_json_type(first) == MIG_JSON_OBJECT));
}

/* The metrics that are not seen, with what is wrong with their readings. */
static void
put_metrics(const struct mig_json *metrics, struct mig_buf *out)
{
	const char *comma = "- metrics: ";

	for (const struct mig_json *node = mig_json_first(metrics); node != NULL;
	    node = mig_json_next(node)) {
		const char *name = mig_json_string(mig_json_get(node, "metric"));
		const char *quality = mig_json_string(mig_json_get(node, "quality"));

		mig_buf_printf(out, "%s%s (%s)", comma, name != NULL ? name : "?",
		    quality != NULL ? quality : "?");
		comma = ", ";
	}
	mig_buf_putc(out, '\n');
}

static void
put_member(const struct mig_json *node, struct mig_buf *out)
{
	const char *key = mig_json_key(node) != NULL ? mig_json_key(node) : "";

	if (strcmp(key, "metrics") == 0) {
		put_metrics(node, out);
	} else if (!is_structure(node)) {
		mig_buf_puts(out, "- ");
		put_words(key, out);
		mig_buf_puts(out, ": ");
		put_value(node, out);
		mig_buf_putc(out, '\n');
	}
}

/* A record's detail as a list for people. */
static void
put_detail(const struct mig_record *record, struct mig_buf *out)
{
	struct mig_findings findings = { 0 };
	struct mig_json_doc *doc = NULL;

	if (mig_json_parse(record->detail, strlen(record->detail), NULL, &doc, &findings) == 0) {
		for (const struct mig_json *node = mig_json_first(mig_json_root(doc));
		    node != NULL; node = mig_json_next(node))
			put_member(node, out);
	}
	mig_json_free(doc);
	mig_findings_fini(&findings);
}

/* The messages that no runbook has: what happened, and how things stand. */
static void
word_message(const struct notice *notice, struct mig_buf *subject, struct mig_buf *body)
{
	const struct mig_record *record = notice->notification->record;

	mig_buf_puts(subject, notice->policy->migration_name);
	mig_buf_puts(subject, ": ");
	put_words(record->kind, subject);

	mig_buf_puts(body, "What: ");
	put_words(record->kind, body);
	mig_buf_puts(body, "\n");
	put_detail(record, body);
	mig_buf_puts(body, "When: ");
	put_time(record->at, body);
	mig_buf_printf(body, ", by %s\nRollout: %s, ", record->actor, notice->state->rollout_id);
	put_run(notice, body);
	if (notice->state->phase < notice->policy->phase_count)
		mig_buf_printf(body, ", in phase %s",
		    notice->policy->phases[notice->state->phase].name);
	mig_buf_puts(body, "\nFlags: ");
	put_flags(notice, body);
	mig_buf_puts(body, "\n");
}

static const struct mig_json *
find_template(const struct notice *notice)
{
	const struct mig_json *list = mig_json_get(notice->runbook, "communication_templates");

	for (const struct mig_json *node = mig_json_first(list); node != NULL;
	    node = mig_json_next(node)) {
		const char *type = mig_json_string(mig_json_get(node, "template_type"));
		const char *audience = mig_json_string(mig_json_get(node, "audience"));

		if (type != NULL && audience != NULL &&
		    strcmp(type, notice->notification->template_type) == 0 &&
		    strcmp(audience, notice->notification->audience) == 0)
			return node;
	}
	return NULL;
}

static const char *
text_or(const struct mig_json *node, const char *key, const char *fallback)
{
	const char *text = mig_json_string(mig_json_get(node, key));

	return text != NULL ? text : fallback;
}

/*
 * How urgent it is in our own words; NULL when there are none for the audience.  Those who can help
 * hear of everything, whatever the runbook has words for; customers only what it has.
 */
static const char *
own_urgency(const struct notice *notice)
{
	static const struct {
		enum mig_notice notice;
		const char *urgency;
		bool technical; /* for nobody else */
	} rows[] = {
		{ MIG_NOTICE_ALERT, "high", false },
		{ MIG_NOTICE_ROLLBACK_START, "high", true },
		{ MIG_NOTICE_ROLLBACK_COMPLETE, "medium", true },
		{ MIG_NOTICE_EMERGENCY, "emergency", true },
		{ MIG_NOTICE_COMPLETED, "low", false },
	};
	const char *audience = notice->notification->audience;
	bool technical = strcmp(audience, "technical") == 0;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (strcmp(notice->notification->template_type,
		        mig_notice_name(rows[i].notice)) == 0)
			return technical ||
			    (!rows[i].technical && strcmp(audience, "customers") != 0) ?
			    rows[i].urgency : NULL;
	}
	return NULL;
}

/* Subject and body, from the runbook or our own words; returns the urgency or NULL for none. */
static const char *
make_message(const struct notice *notice, struct mig_buf *subject, struct mig_buf *body)
{
	const char *type = notice->notification->template_type;
	const struct mig_json *template = find_template(notice);

	if (template != NULL) {
		put_filled(notice, text_or(template, "subject", type), subject);
		put_filled(notice, text_or(template, "body", ""), body);
		return text_or(template, "urgency", "medium");
	}
	const char *urgency = own_urgency(notice);
	if (urgency != NULL)
		word_message(notice, subject, body);
	return urgency;
}

static void
put_event(const struct mig_record *record, struct mig_jw *jw)
{
	mig_jw_object(jw, "event");
	mig_jw_int(jw, "seq", (int64_t)record->seq);
	mig_jw_time(jw, "at", record->at);
	mig_jw_string(jw, "actor", record->actor);
	mig_jw_string(jw, "kind", record->kind);
	mig_jw_raw(jw, "detail", record->detail[0] != '\0' ? record->detail : "{}");
	mig_jw_object_end(jw);
}

int
mig_webhook_notification(const struct mig_policy *policy, const struct mig_state *state,
    const struct mig_json *runbook, const struct mig_notification *notification,
    struct mig_buf *out)
{
	struct notice notice = { policy, state, runbook, notification };
	struct mig_buf subject;
	struct mig_buf body;
	struct mig_jw jw;
	int error = 0;

	mig_buf_init(&subject, NOTICE_BYTES_MAX);
	mig_buf_init(&body, NOTICE_BYTES_MAX);

	const char *urgency = make_message(&notice, &subject, &body);

	if (urgency == NULL) {
		error = MIG_ENOTFOUND;
	} else if (!mig_buf_ok(&subject) || !mig_buf_ok(&body)) {
		error = MIG_ENOMEM;
	} else {
		mig_jw_init(&jw, out, 0);
		mig_jw_object(&jw, NULL);
		mig_jw_string(&jw, "template_type", notification->template_type);
		mig_jw_string(&jw, "audience", notification->audience);
		mig_jw_string(&jw, "urgency", urgency);
		mig_jw_string(&jw, "subject", subject.data);
		mig_jw_string(&jw, "body", body.data);
		mig_jw_string(&jw, "rollout_id", notification->rollout_id);
		put_event(notification->record, &jw);
		mig_jw_object_end(&jw);
		if (!mig_buf_ok(out))
			error = MIG_ENOMEM;
	}
	mig_buf_fini(&subject);
	mig_buf_fini(&body);
	return error;
}
