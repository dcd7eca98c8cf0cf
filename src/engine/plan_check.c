/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "engine/plan.h"
#include "engine/shape_rows.h"
#include "engine/spec.h"

/* No phase and no gate lasts longer than ten years. */
#define HOURS_MAX 87600

static bool
matches_id(const char *text)
{
	static const char start[] = "abcdefghijklmnopqrstuvwxyz0123456789";
	size_t len = strlen(text);
	return len >= 6 && len <= 64 && strchr(start, *text) != NULL &&
	    strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789_-") == len;
}

static const struct mig_shape_form form_id = { matches_id,
	"6 to 64 lower-case letters, digits, _ and -" };

static const char *const names_category[] = { "technical", "business", "operational", "compliance",
	NULL };
static const char *const names_likelihood[] = { "low", "medium", "high", NULL };
static const char *const names_gate[] = { "approval", "metric", "webhook", "duration", NULL };
static const char *const names_script[] = { "sql", NULL };
static const char *const names_at[] = { "entry", "leave", NULL };
static const char *const names_window[] = { "preferred_migration_window",
	"critical_business_hours", NULL };

static const struct mig_shape_field item_text = TEXT(NULL, NONEMPTY);
static const struct mig_shape_field item_flag = FORM(NULL, 0, mig_form_snake);

static const struct mig_shape gate = { (const struct mig_shape_field[]){
	TEXT("name", REQUIRED | NONEMPTY),
	ENUM("kind", REQUIRED, names_gate),
	ENUM("at", REQUIRED, names_at),
	FORM("metric", 0, mig_form_snake),
	ENUM("operator", 0, mig_names_operator),
	NUMBER("value", 0),
	{ .key = "duration_minutes", .kind = MIG_SHAPE_NUMBER, .max = HOURS_MAX * 60 },
	{ .key = "hours", .kind = MIG_SHAPE_NUMBER, .max = HOURS_MAX },
	END } };
static const struct mig_shape_field item_gate = OBJECT(NULL, 0, gate);

static void
check_undo_text(struct mig_reader *reader, const struct mig_at *at)
{
	const char *text = mig_json_string(at->node);
	if (mig_json_type(at->node) != MIG_JSON_NULL && (text == NULL || *text == '\0'))
		mig_at_error(reader, at, NULL, "must be null or a string that is not empty");
}

static const struct mig_shape script = { (const struct mig_shape_field[]){
	TEXT("id", REQUIRED | NONEMPTY),
	ENUM("kind", REQUIRED, names_script),
	TEXT("table", REQUIRED | NONEMPTY),
	ENUM("change", REQUIRED, mig_names_change),
	TEXT("description", REQUIRED | NONEMPTY),
	TEXT("forward", REQUIRED | NONEMPTY),
	CUSTOM("undo", REQUIRED, check_undo_text),
	BOOL("reversible", REQUIRED),
	BOOL("transactional", REQUIRED),
	TEXT("verify", REQUIRED | NONEMPTY),
	END } };
static const struct mig_shape_field item_script = OBJECT(NULL, 0, script);

static const struct mig_shape phase = { (const struct mig_shape_field[]){
	TEXT("name", REQUIRED | NONEMPTY),
	TEXT("description", REQUIRED | NONEMPTY),
	{ .key = "duration_hours", .kind = MIG_SHAPE_INTEGER, .flags = REQUIRED,
	    .max = HOURS_MAX },
	ARRAY("dependencies", REQUIRED | UNIQUE, item_text),
	ARRAY("validation_criteria", REQUIRED | NONEMPTY, item_text),
	ARRAY("rollback_triggers", REQUIRED | NONEMPTY, item_text),
	ARRAY("tasks", REQUIRED | NONEMPTY, item_text),
	ENUM("risk_level", REQUIRED, mig_names_level),
	ARRAY("resources_required", REQUIRED | NONEMPTY, item_text),
	ARRAY("gates", 0, item_gate),
	ARRAY("flags", UNIQUE, item_flag),
	BOOL("parallel", 0),
	BOOL("point_of_no_return", 0),
	ARRAY("scripts", NONEMPTY, item_script),
	END } };
static const struct mig_shape_field item_phase = OBJECT(NULL, 0, phase);

static const struct mig_shape risk = { (const struct mig_shape_field[]){
	ENUM("category", REQUIRED, names_category),
	TEXT("description", REQUIRED | NONEMPTY),
	ENUM("probability", REQUIRED, names_likelihood),
	ENUM("impact", REQUIRED, mig_names_level),
	ENUM("severity", REQUIRED, mig_names_level),
	TEXT("mitigation", REQUIRED | NONEMPTY),
	TEXT("owner", REQUIRED | NONEMPTY),
	END } };
static const struct mig_shape_field item_risk = OBJECT(NULL, 0, risk);

static const struct mig_shape undo = { (const struct mig_shape_field[]){
	TEXT("phase", REQUIRED | NONEMPTY),
	ARRAY("rollback_actions", REQUIRED | NONEMPTY, item_text),
	ARRAY("validation_criteria", REQUIRED | NONEMPTY, item_text),
	COUNT("estimated_time_minutes", REQUIRED),
	END } };
static const struct mig_shape_field item_undo = OBJECT(NULL, 0, undo);

static const struct mig_shape matrix = { (const struct mig_shape_field[]){
	TEXT("low_severity", REQUIRED | NONEMPTY),
	TEXT("medium_severity", REQUIRED | NONEMPTY),
	TEXT("high_severity", REQUIRED | NONEMPTY),
	TEXT("critical_severity", REQUIRED | NONEMPTY),
	END } };

static const struct mig_shape rollback_plan = { (const struct mig_shape_field[]){
	ARRAY("rollback_phases", REQUIRED | NONEMPTY, item_undo),
	ARRAY("rollback_triggers", REQUIRED | NONEMPTY, item_text),
	OBJECT("rollback_decision_matrix", REQUIRED, matrix),
	ARRAY("rollback_contacts", REQUIRED | NONEMPTY, item_text),
	END } };

static const struct mig_shape move = { (const struct mig_shape_field[]){
	FORM("flag", REQUIRED, mig_form_snake),
	{ .key = "percentage", .kind = MIG_SHAPE_NUMBER, .flags = REQUIRED, .max = 100 },
	FORM("at", REQUIRED, mig_form_time),
	ENUM("waits_for", 0, names_window),
	END } };
static const struct mig_shape_field item_move = OBJECT(NULL, 0, move);

static const struct mig_shape span = { (const struct mig_shape_field[]){
	TEXT("phase", REQUIRED | NONEMPTY),
	FORM("start", REQUIRED, mig_form_time),
	FORM("end", REQUIRED, mig_form_time),
	ENUM("waits_for", 0, names_window),
	ARRAY("steps", REQUIRED, item_move),
	END } };
static const struct mig_shape_field item_span = OBJECT(NULL, 0, span);

static const struct mig_shape timeline = { (const struct mig_shape_field[]){
	FORM("start", REQUIRED, mig_form_time),
	FORM("end", REQUIRED, mig_form_time),
	ARRAY("phases", REQUIRED | NONEMPTY, item_span),
	END } };

static void
check_spec(struct mig_reader *reader, const struct mig_at *at)
{
	if (mig_spec_check_at(reader, at) != MIG_OK)
		return; /* what is wrong is among the findings already */
}

static const struct mig_shape plan = { (const struct mig_shape_field[]){
	FORM("migration_id", REQUIRED, form_id),
	TEXT("source_system", REQUIRED | NONEMPTY),
	TEXT("target_system", REQUIRED | NONEMPTY),
	ENUM("migration_type", REQUIRED, mig_names_type),
	ENUM("complexity", REQUIRED, mig_names_level),
	COUNT("estimated_duration_hours", REQUIRED),
	ARRAY("phases", REQUIRED | NONEMPTY, item_phase),
	ARRAY("risks", REQUIRED, item_risk),
	ARRAY("success_criteria", REQUIRED | NONEMPTY, item_text),
	OBJECT("rollback_plan", REQUIRED, rollback_plan),
	ARRAY("stakeholders", REQUIRED | NONEMPTY, item_text),
	FORM("created_at", REQUIRED, mig_form_time),
	ENUM("pattern", 0, mig_names_pattern),
	COUNT("reserve_hours", 0),
	COUNT("pattern_estimate_hours", 0),
	OBJECT("timeline", 0, timeline),
	CUSTOM("spec", 0, check_spec),
	END } };
static const struct mig_shape_field plan_field = OBJECT(NULL, REQUIRED, plan);

/* Whether one of the elements before `end` (NULL: of all) has text as its member key. */
static bool
stands_before(const struct mig_json *list, const struct mig_json *end, const char *key,
    const char *text)
{
	const struct mig_json *node = mig_json_first(list);
	for (; node != NULL && node != end; node = mig_json_next(node)) {
		const char *name = mig_json_string(mig_json_get(node, key));
		if (name != NULL && strcmp(name, text) == 0)
			return true;
	}
	return false;
}

static void
check_dependencies(struct mig_reader *reader, const struct mig_at *phases,
    const struct mig_at *at)
{
	struct mig_at dependencies = mig_at_key(at, "dependencies");
	struct mig_at item = { 0 };
	while (dependencies.node != NULL && mig_at_each(&dependencies, &item)) {
		const char *name = mig_json_string(item.node);
		if (name != NULL && !stands_before(phases->node, at->node, "name", name))
			mig_at_error(reader, &item, "phases are in the order of execution",
			    "no earlier phase is called \"%.80s\"", name);
	}
}

/* A gate has what its kind needs. */
static void
check_gate(struct mig_reader *reader, const struct mig_at *at)
{
	static const char *const needs[][2] = {
		{ "metric", "metric" },
		{ "metric", "operator" },
		{ "metric", "value" },
		{ "metric", "duration_minutes" },
		{ "duration", "hours" },
	};
	const char *kind = mig_json_string(mig_json_get(at->node, "kind"));
	for (size_t i = 0; kind != NULL && i < sizeof(needs) / sizeof(needs[0]); i++)
		if (strcmp(kind, needs[i][0]) == 0 && mig_json_get(at->node, needs[i][1]) == NULL)
			mig_at_error(reader, at, NULL, "a gate of kind %s needs the key \"%s\"",
			    kind, needs[i][1]);
}

/* A flag that a phase moves is one of the specification, and only one phase moves it. */
static void
check_flag(struct mig_reader *reader, const struct mig_at *root, const struct mig_at *phases,
    const struct mig_at *at)
{
	const char *name = mig_json_string(at->node);
	const struct mig_json *spec = mig_json_get(root->node, "spec");
	const struct mig_json *mine = at->up->up->node;
	if (name == NULL)
		return;
	if (!stands_before(mig_json_get(spec, "feature_flags"), NULL, "name", name))
		mig_at_error(reader, at, "spec.feature_flags has the schedules",
		    "no flag of the specification is called \"%.80s\"", name);
	const struct mig_json *phase_node = mig_json_first(phases->node);
	for (; phase_node != NULL && phase_node != mine; phase_node = mig_json_next(phase_node)) {
		const struct mig_json *other = mig_json_first(mig_json_get(phase_node, "flags"));
		for (; other != NULL; other = mig_json_next(other)) {
			const char *text = mig_json_string(other);
			if (text != NULL && strcmp(text, name) == 0)
				mig_at_error(reader, at, NULL,
				    "an earlier phase moves \"%.80s\" already", name);
		}
	}
}

/* What cannot be undone has no undo, and stands behind a point of no return. */
static void
check_script(struct mig_reader *reader, const struct mig_at *at, bool no_return)
{
	const struct mig_json *reversible = mig_json_get(at->node, "reversible");
	if (reversible == NULL || mig_json_type(reversible) != MIG_JSON_BOOL ||
	    mig_json_bool(reversible))
		return;
	if (mig_json_string(mig_json_get(at->node, "undo")) != NULL)
		mig_at_error(reader, at, NULL, "a script that is not reversible has no undo");
	if (!no_return)
		mig_at_error(reader, at, "move it behind a point of no return",
		    "cannot be undone, but the phase can");
}

static void
check_scripts(struct mig_reader *reader, const struct mig_at *root)
{
	struct mig_at phases = mig_at_key(root, "phases");
	struct mig_at at = { 0 };
	bool no_return = false;
	while (phases.node != NULL && mig_at_each(&phases, &at)) {
		struct mig_at scripts = mig_at_key(&at, "scripts");
		struct mig_at item = { 0 };
		no_return = no_return ||
		    mig_json_bool(mig_json_get(at.node, "point_of_no_return"));
		if (scripts.node == NULL || mig_json_type(scripts.node) != MIG_JSON_ARRAY)
			continue;
		mig_shape_unique(reader, &scripts, "id");
		while (mig_at_each(&scripts, &item))
			check_script(reader, &item, no_return);
	}
}

static void
check_names(struct mig_reader *reader, const struct mig_at *root)
{
	struct mig_at phases = mig_at_key(root, "phases");
	struct mig_at at = { 0 };
	if (phases.node == NULL || mig_json_type(phases.node) != MIG_JSON_ARRAY)
		return;
	mig_shape_unique(reader, &phases, "name");
	while (mig_at_each(&phases, &at)) {
		struct mig_at gates = mig_at_key(&at, "gates");
		if (gates.node != NULL && mig_json_type(gates.node) == MIG_JSON_ARRAY)
			mig_shape_unique(reader, &gates, "name");
	}
}

static void
check_order(struct mig_reader *reader, const struct mig_at *root)
{
	struct mig_at phases = mig_at_key(root, "phases");
	struct mig_at at = { 0 };
	while (phases.node != NULL && mig_at_each(&phases, &at))
		check_dependencies(reader, &phases, &at);
}

static void
check_gates(struct mig_reader *reader, const struct mig_at *root)
{
	struct mig_at phases = mig_at_key(root, "phases");
	struct mig_at at = { 0 };
	while (phases.node != NULL && mig_at_each(&phases, &at)) {
		struct mig_at gates = mig_at_key(&at, "gates");
		struct mig_at item = { 0 };
		while (gates.node != NULL && mig_at_each(&gates, &item))
			check_gate(reader, &item);
	}
}

static void
check_flags(struct mig_reader *reader, const struct mig_at *root)
{
	struct mig_at phases = mig_at_key(root, "phases");
	struct mig_at at = { 0 };
	while (phases.node != NULL && mig_at_each(&phases, &at)) {
		struct mig_at flags = mig_at_key(&at, "flags");
		struct mig_at item = { 0 };
		while (flags.node != NULL && mig_at_each(&flags, &item))
			check_flag(reader, root, &phases, &item);
	}
}

/* What the plan says twice must agree. */
static void
check_agreement(struct mig_reader *reader, const struct mig_at *root)
{
	static const char *const twice[][2] = { { "migration_type", "type" },
		{ "source_system", "source" }, { "target_system", "target" },
		{ "pattern", "pattern" } };
	const struct mig_json *spec = mig_json_get(root->node, "spec");
	for (size_t i = 0; i < sizeof(twice) / sizeof(twice[0]); i++) {
		struct mig_at at = mig_at_key(root, twice[i][0]);
		const char *text = mig_json_string(at.node);
		const char *other = mig_json_string(mig_json_get(spec, twice[i][1]));
		if (text != NULL && other != NULL && strcmp(text, other) != 0)
			mig_at_error(reader, &at, "plan again after changing the specification",
			    "differs from spec.%s", twice[i][1]);
	}
}

static void
check_sum(struct mig_reader *reader, const struct mig_at *root)
{
	struct mig_at hours = mig_at_key(root, "estimated_duration_hours");
	const struct mig_json *phase_node = mig_json_first(mig_json_get(root->node, "phases"));
	double sum = 0;
	for (; phase_node != NULL; phase_node = mig_json_next(phase_node))
		sum += mig_json_number(mig_json_get(phase_node, "duration_hours"));
	double total = mig_json_number(hours.node);
	if (hours.node != NULL && (total < sum || total > sum))
		mig_at_warning(reader, &hours, NULL, "is not the sum of the phases (%.0f)", sum);
}

static void
check_undo(struct mig_reader *reader, const struct mig_at *root)
{
	const struct mig_json *phases = mig_json_get(root->node, "phases");
	struct mig_at outer = mig_at_key(root, "rollback_plan");
	struct mig_at list = mig_at_key(&outer, "rollback_phases");
	struct mig_at item = { 0 };
	while (list.node != NULL && mig_at_each(&list, &item)) {
		struct mig_at name = mig_at_key(&item, "phase");
		const char *text = mig_json_string(name.node);
		if (text != NULL && !stands_before(phases, NULL, "name", text))
			mig_at_error(reader, &name, NULL, "no phase is called \"%.80s\"", text);
	}
}

/* The timeline has the phases of the plan, in the same order. */
static void
check_timeline(struct mig_reader *reader, const struct mig_at *root)
{
	struct mig_at at = mig_at_key(root, "timeline");
	struct mig_at spans = mig_at_key(&at, "phases");
	struct mig_at item = { 0 };
	const struct mig_json *node = mig_json_first(mig_json_get(root->node, "phases"));
	while (spans.node != NULL && mig_at_each(&spans, &item)) {
		const char *name = mig_json_string(mig_json_get(item.node, "phase"));
		const char *mine = mig_json_string(mig_json_get(node, "name"));
		if (name != NULL && (mine == NULL || strcmp(name, mine) != 0))
			mig_at_error(reader, &item, "plan again with --start",
			    "the plan has another phase here than \"%.80s\"", name);
		node = node != NULL ? mig_json_next(node) : NULL;
	}
	if (spans.node != NULL && node != NULL)
		mig_at_error(reader, &spans, "plan again with --start",
		    "the plan has more phases than the timeline");
}

static const struct mig_check plan_checks[] = {
	{ "unique_names", check_names },
	{ "phase_order", check_order },
	{ "gate_complete", check_gates },
	{ "flag_known", check_flags },
	{ "plan_says_twice", check_agreement },
	{ "plan_hours", check_sum },
	{ "phase_known", check_undo },
	{ "timeline_of_plan", check_timeline },
	{ "script_undo", check_scripts },
	{ NULL, NULL },
};

int
mig_plan_check_at(struct mig_reader *reader, const struct mig_at *at)
{
	return mig_shape_run(reader, at, &plan_field, plan_checks);
}

int
mig_plan_check(const struct mig_json *node, const char *file, struct mig_findings *findings)
{
	struct mig_reader reader = { findings, file, MIG_SEV_WARNING };
	struct mig_at at = mig_shape_root(node);
	return mig_plan_check_at(&reader, &at);
}
