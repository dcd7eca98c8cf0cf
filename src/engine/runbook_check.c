/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <string.h>

#include "base/json.h"
#include "engine/runbook.h"
#include "engine/shape_rows.h"

#define MINUTES_MAX (87600 * 60) /* ten years */
#define TRIGGERS_MIN 3
#define CLOSING_ORDER 99
#define DIGITS "0123456789"
#define LOWER "abcdefghijklmnopqrstuvwxyz"

static bool
matches_runbook_id(const char *text)
{
	size_t len = strlen(text);
	return strncmp(text, "rb_", 3) == 0 && len >= 9 && len <= 67 &&
	    strspn(text + 3, LOWER DIGITS) == len - 3;
}

static bool
matches_migration_id(const char *text)
{
	size_t len = strlen(text);
	return len >= 6 && len <= 64 && strspn(text, LOWER DIGITS "_-") == len && *text != '_' &&
	    *text != '-';
}

static bool
matches_phase(const char *text)
{
	return strncmp(text, "rollback_", 9) == 0 && text[9] != '\0';
}

static bool
matches_step_id(const char *text)
{
	if (strncmp(text, "rb_", 3) != 0)
		return false;
	text += 3;
	size_t family = strspn(text, LOWER);
	if (family == 0 || text[family] != '_')
		return false;
	text += family + 1;
	size_t index = strspn(text, DIGITS);
	if (index == 0 || text[index] != '_')
		return false;
	text += index + 1;
	return strcmp(text, "final") == 0 || (strlen(text) == 2 && strspn(text, DIGITS) == 2);
}

/* The length of an unsigned decimal number at the start of text, 0 when there is none. */
static size_t
decimal_length(const char *text)
{
	size_t len = strspn(text, DIGITS);
	if (len == 0 || text[len] != '.')
		return len;
	size_t fraction = strspn(text + len + 1, DIGITS);
	return fraction == 0 ? len : len + 1 + fraction;
}

/* "baseline_NAME * FACTOR" */
static bool
matches_baseline(const char *text)
{
	if (strncmp(text, "baseline_", 9) != 0)
		return false;
	text += 9;
	size_t name = strspn(text, LOWER DIGITS "_");
	if (name == 0 || strncmp(text + name, " * ", 3) != 0)
		return false;
	text += name + 3;
	size_t factor = decimal_length(text);
	return factor > 0 && text[factor] == '\0';
}

/* "1MB/minute" and the like */
static bool
matches_growth(const char *text)
{
	static const char *const units[] = { "B/", "KB/", "MB/", "GB/" };
	static const char *const periods[] = { "second", "minute", "hour" };
	size_t amount = decimal_length(text);
	const char *slash = strchr(text, '/');
	if (amount == 0 || slash == NULL)
		return false;
	text += amount;
	bool unit = false;
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		unit = unit || ((size_t)(slash + 1 - text) == strlen(units[i]) &&
		    strncmp(text, units[i], strlen(units[i])) == 0);
	bool period = false;
	for (size_t i = 0; i < sizeof(periods) / sizeof(periods[0]); i++)
		period = period || strcmp(slash + 1, periods[i]) == 0;
	return unit && period;
}

static const struct mig_shape_form form_runbook_id = { matches_runbook_id,
	"rb_ and 6 to 64 lower-case letters and digits" };
static const struct mig_shape_form form_migration_id = { matches_migration_id,
	"6 to 64 lower-case letters, digits, _ and -" };
static const struct mig_shape_form form_phase = { matches_phase, "rollback_ and a phase's name" };
static const struct mig_shape_form form_step_id = { matches_step_id,
	"like rb_service_0_01 or rb_validate_0_final" };

static const char *const names_urgency[] = { "low", "medium", "high", "emergency", NULL };
static const char *const names_script[] = { "sql", "bash", "api", "manual", NULL };
static const char *const names_method[] = { "point_in_time", "backup_restore", "event_replay",
	NULL };
static const char *const names_occasion[] = { "rollback_start", "rollback_progress",
	"rollback_complete", "emergency_escalation", NULL };
static const char *const names_audience[] = { "technical", "business", "executive", "customers",
	NULL };
static const char *const names_channel[] = { "email", "slack", "sms", "phone_call", NULL };
static const char *const names_origin[] = { "general", "type", "spec", NULL };
static const char *const names_own[] = { "spec", NULL };
static const char *const names_retry[] = { "safe", "once", "never", NULL };

#define MINUTES(name) \
	{ .key = (name), .kind = MIG_SHAPE_INTEGER, .flags = REQUIRED, .max = MINUTES_MAX }

static const struct mig_shape_field item_text = TEXT(NULL, NONEMPTY);
static const struct mig_shape_field item_key = FORM(NULL, 0, mig_form_snake);
static const struct mig_shape_field item_step_id = FORM(NULL, 0, form_step_id);

static const struct mig_shape step = { (const struct mig_shape_field[]){
	FORM("step_id", REQUIRED, form_step_id),
	TEXT("name", REQUIRED | NONEMPTY),
	TEXT("description", REQUIRED | NONEMPTY),
	ENUM("script_type", REQUIRED, names_script),
	TEXT("script_content", REQUIRED | NONEMPTY),
	MINUTES("estimated_duration_minutes"),
	ARRAY("dependencies", REQUIRED | UNIQUE, item_step_id),
	ARRAY("validation_commands", REQUIRED, item_text),
	ARRAY("success_criteria", REQUIRED | NONEMPTY, item_text),
	TEXT("failure_escalation", REQUIRED | NONEMPTY),
	{ .key = "rollback_order", .kind = MIG_SHAPE_INTEGER, .flags = REQUIRED, .min = 1,
	    .max = CLOSING_ORDER },
	ARRAY("preconditions", 0, item_text),
	{ .key = "timeout_minutes", .kind = MIG_SHAPE_INTEGER, .min = 1, .max = MINUTES_MAX },
	ENUM("retry", 0, names_retry),
	ENUM("origin", 0, names_own),
	END } };
static const struct mig_shape_field item_step = OBJECT(NULL, 0, step);

static const struct mig_shape phase = { (const struct mig_shape_field[]){
	FORM("phase_name", REQUIRED, form_phase),
	TEXT("description", REQUIRED | NONEMPTY),
	ENUM("urgency_level", REQUIRED, names_urgency),
	COUNT("estimated_duration_minutes", REQUIRED),
	ARRAY("prerequisites", REQUIRED | NONEMPTY, item_text),
	ARRAY("steps", REQUIRED | NONEMPTY, item_step),
	ARRAY("validation_checkpoints", REQUIRED | NONEMPTY, item_text),
	ARRAY("communication_requirements", REQUIRED | NONEMPTY, item_text),
	ENUM("risk_level", REQUIRED, mig_names_level),
	END } };
static const struct mig_shape_field item_phase = OBJECT(NULL, 0, phase);

static void
check_value(struct mig_reader *reader, const struct mig_at *at)
{
	const char *text = mig_json_string(at->node);
	if (text == NULL ? mig_json_type(at->node) == MIG_JSON_NUMBER
	                 : matches_baseline(text) || matches_growth(text))
		return;
	mig_at_error(reader, at, "a number, baseline_NAME * FACTOR, or like 1MB/minute",
	    "is no threshold");
}

static const struct mig_shape threshold = { (const struct mig_shape_field[]){
	FORM("metric", REQUIRED, mig_form_snake),
	ENUM("operator", REQUIRED, mig_names_operator),
	CUSTOM("value", REQUIRED, check_value),
	MINUTES("duration_minutes"),
	END } };
static const struct mig_shape_field threshold_field = OBJECT(NULL, 0, threshold);

/* A condition that nobody can measure has null. */
static void
check_threshold(struct mig_reader *reader, const struct mig_at *at)
{
	if (mig_json_type(at->node) != MIG_JSON_NULL)
		mig_shape_check(reader, at, &threshold_field);
}

static const struct mig_shape trigger = { (const struct mig_shape_field[]){
	FORM("trigger_id", REQUIRED, mig_form_snake),
	TEXT("name", REQUIRED | NONEMPTY),
	TEXT("condition", REQUIRED | NONEMPTY),
	CUSTOM("metric_threshold", REQUIRED, check_threshold),
	MINUTES("evaluation_window_minutes"),
	BOOL("auto_execute", REQUIRED),
	ARRAY("escalation_contacts", REQUIRED | NONEMPTY, item_key),
	ENUM("action", 0, mig_names_action),
	ENUM("origin", 0, names_origin),
	BOOL("stricter", 0),
	END } };
static const struct mig_shape_field item_trigger = OBJECT(NULL, 0, trigger);

static const struct mig_shape recovery = { (const struct mig_shape_field[]){
	ENUM("recovery_method", REQUIRED, names_method),
	TEXT("backup_location", REQUIRED | NONEMPTY),
	ARRAY("recovery_scripts", REQUIRED | NONEMPTY, item_text),
	ARRAY("data_validation_queries", REQUIRED | NONEMPTY, item_text),
	MINUTES("estimated_recovery_time_minutes"),
	ARRAY("recovery_dependencies", REQUIRED, item_key),
	END } };

static const struct mig_shape_field item_channel = ENUM(NULL, 0, names_channel);
static const struct mig_shape message = { (const struct mig_shape_field[]){
	ENUM("template_type", REQUIRED, names_occasion),
	ENUM("audience", REQUIRED, names_audience),
	TEXT("subject", REQUIRED | NONEMPTY),
	TEXT("body", REQUIRED | NONEMPTY),
	ENUM("urgency", REQUIRED, names_urgency),
	ARRAY("delivery_methods", REQUIRED | NONEMPTY | UNIQUE, item_channel),
	ENUM("origin", 0, names_own),
	END } };
static const struct mig_shape_field item_message = OBJECT(NULL, 0, message);

static const struct mig_shape level = { (const struct mig_shape_field[]){
	TEXT("trigger", REQUIRED | NONEMPTY),
	MINUTES("response_time_minutes"),
	ARRAY("contacts", REQUIRED | NONEMPTY, item_key),
	ARRAY("actions", REQUIRED | NONEMPTY, item_text),
	END } };

static const struct mig_shape escalation = { (const struct mig_shape_field[]){
	OBJECT("level_1", REQUIRED, level),
	OBJECT("level_2", REQUIRED, level),
	OBJECT("level_3", REQUIRED, level),
	OBJECT("emergency", REQUIRED, level),
	END } };

static const struct mig_shape contact = { (const struct mig_shape_field[]){
	TEXT("role", REQUIRED | NONEMPTY),
	TEXT("name", REQUIRED | NONEMPTY),
	TEXT("primary_phone", REQUIRED | NONEMPTY),
	FORM("email", REQUIRED, mig_form_mail),
	FORM("backup_contact", REQUIRED, mig_form_mail),
	ENUM("origin", 0, names_own),
	END } };
static const struct mig_shape_field item_contact = OBJECT(NULL, 0, contact);

/* A placeholder without a value, and where it stands. */
static const struct mig_shape missing = { (const struct mig_shape_field[]){
	FORM("placeholder", REQUIRED, mig_form_snake),
	TEXT("meaning", REQUIRED | NONEMPTY),
	ARRAY("steps", REQUIRED | NONEMPTY | UNIQUE, item_key),
	END } };
static const struct mig_shape_field item_missing = OBJECT(NULL, 0, missing);

static const struct mig_shape runbook = { (const struct mig_shape_field[]){
	FORM("runbook_id", REQUIRED, form_runbook_id),
	FORM("migration_id", REQUIRED, form_migration_id),
	FORM("created_at", REQUIRED, mig_form_time),
	ARRAY("unresolved", 0, item_missing),
	ARRAY("rollback_phases", REQUIRED, item_phase),
	ARRAY("trigger_conditions", REQUIRED | NONEMPTY, item_trigger),
	OBJECT("data_recovery_plan", REQUIRED, recovery),
	ARRAY("communication_templates", REQUIRED | NONEMPTY, item_message),
	OBJECT("escalation_matrix", REQUIRED, escalation),
	ARRAY("validation_checklist", REQUIRED | NONEMPTY, item_text),
	ARRAY("post_rollback_procedures", REQUIRED | NONEMPTY, item_text),
	ARRAY("emergency_contacts", REQUIRED | NONEMPTY, item_contact),
	END } };
static const struct mig_shape_field runbook_field = OBJECT(NULL, REQUIRED, runbook);

/* The step of a phase with this id, NULL when there is none. */
static const struct mig_json *
find_step(const struct mig_json *steps, const char *id)
{
	const struct mig_json *node = mig_json_first(steps);
	for (; node != NULL; node = mig_json_next(node)) {
		const char *text = mig_json_string(mig_json_get(node, "step_id"));
		if (text != NULL && strcmp(text, id) == 0)
			return node;
	}
	return NULL;
}

/* A step waits only for steps of its phase that come before it. */
static void
check_dependencies(struct mig_reader *reader, const struct mig_at *steps, const struct mig_at *at)
{
	struct mig_at dependencies = mig_at_key(at, "dependencies");
	double order = mig_json_number(mig_json_get(at->node, "rollback_order"));
	struct mig_at item = { 0 };
	while (dependencies.node != NULL && mig_at_each(&dependencies, &item)) {
		const char *id = mig_json_string(item.node);
		if (id == NULL)
			continue;
		const struct mig_json *other = find_step(steps->node, id);
		if (other == NULL)
			mig_at_error(reader, &item, NULL,
			    "no step of this phase is called \"%.80s\"", id);
		else if (mig_json_number(mig_json_get(other, "rollback_order")) >= order)
			mig_at_error(reader, &item, "see rollback_order",
			    "the step \"%.80s\" does not come before this one", id);
	}
}

/* People acknowledge steps by their id alone, so it is unique in the whole runbook. */
static void
check_step_id(struct mig_reader *reader, const struct mig_at *phase_at, const struct mig_at *at)
{
	struct mig_at id = mig_at_key(at, "step_id");
	const char *text = mig_json_string(id.node);
	const struct mig_json *other = mig_json_first(phase_at->up->node);
	for (; text != NULL && other != phase_at->node; other = mig_json_next(other))
		if (find_step(mig_json_get(other, "steps"), text) != NULL)
			mig_at_error(reader, &id, "names must be unique",
			    "another phase has a step \"%.80s\"", text);
}

static void
check_names(struct mig_reader *reader, const struct mig_at *root)
{
	struct mig_at phases = mig_at_key(root, "rollback_phases");
	struct mig_at triggers = mig_at_key(root, "trigger_conditions");
	struct mig_at phase_at = { 0 };
	if (triggers.node != NULL)
		mig_shape_unique(reader, &triggers, "trigger_id");
	if (phases.node == NULL)
		return;
	mig_shape_unique(reader, &phases, "phase_name");
	while (mig_at_each(&phases, &phase_at)) {
		struct mig_at steps = mig_at_key(&phase_at, "steps");
		struct mig_at item = { 0 };
		if (steps.node == NULL || mig_json_type(steps.node) != MIG_JSON_ARRAY)
			continue;
		mig_shape_unique(reader, &steps, "step_id");
		while (mig_at_each(&steps, &item))
			check_step_id(reader, &phase_at, &item);
	}
}

static void
check_order(struct mig_reader *reader, const struct mig_at *root)
{
	struct mig_at phases = mig_at_key(root, "rollback_phases");
	struct mig_at phase_at = { 0 };
	while (phases.node != NULL && mig_at_each(&phases, &phase_at)) {
		struct mig_at steps = mig_at_key(&phase_at, "steps");
		struct mig_at item = { 0 };
		while (steps.node != NULL && mig_at_each(&steps, &item))
			check_dependencies(reader, &steps, &item);
	}
}

/* Who says that it acts by itself, and that it does not. */
static void
check_actions(struct mig_reader *reader, const struct mig_at *root)
{
	struct mig_at triggers = mig_at_key(root, "trigger_conditions");
	struct mig_at at = { 0 };
	while (triggers.node != NULL && mig_at_each(&triggers, &at)) {
		struct mig_at action = mig_at_key(&at, "action");
		const char *text = mig_json_string(action.node);
		const struct mig_json *automatic = mig_json_get(at.node, "auto_execute");
		if (text != NULL && automatic != NULL &&
		    mig_json_bool(automatic) != (strcmp(text, "automatic_rollback") == 0))
			mig_at_error(reader, &action,
			    "auto_execute is true for automatic_rollback only",
			    "contradicts auto_execute");
	}
}

static void
check_minutes(struct mig_reader *reader, const struct mig_at *root)
{
	struct mig_at triggers = mig_at_key(root, "trigger_conditions");
	struct mig_at at = { 0 };
	while (triggers.node != NULL && mig_at_each(&triggers, &at)) {
		struct mig_at window = mig_at_key(&at, "evaluation_window_minutes");
		const struct mig_json *minutes = mig_json_get(
		    mig_json_get(at.node, "metric_threshold"), "duration_minutes");
		double difference = mig_json_number(minutes) - mig_json_number(window.node);
		if (minutes != NULL && window.node != NULL && (difference < 0 || difference > 0))
			mig_at_warning(reader, &window, "the threshold's duration counts",
			    "differs from metric_threshold.duration_minutes");
	}
}

static void
check_general(struct mig_reader *reader, const struct mig_at *root)
{
	struct mig_at triggers = mig_at_key(root, "trigger_conditions");
	if (triggers.node != NULL && mig_json_count(triggers.node) < TRIGGERS_MIN)
		mig_at_error(reader, &triggers, "the general ones are never left out",
		    "must have at least %d conditions", TRIGGERS_MIN);
}

static const struct mig_check runbook_checks[] = {
	{ "unique_names", check_names },
	{ "step_order", check_order },
	{ "trigger_action", check_actions },
	{ "trigger_minutes", check_minutes },
	{ "general_triggers", check_general },
	{ NULL, NULL },
};

int
mig_runbook_check_at(struct mig_reader *reader, const struct mig_at *at)
{
	return mig_shape_run(reader, at, &runbook_field, runbook_checks);
}

int
mig_runbook_check(const struct mig_json *node, const char *file, struct mig_findings *findings)
{
	struct mig_reader reader = { findings, file, MIG_SEV_WARNING };
	struct mig_at at = mig_shape_root(node);
	return mig_runbook_check_at(&reader, &at);
}
