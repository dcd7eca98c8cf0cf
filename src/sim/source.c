/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <stdio.h>

#include "base/buf.h"
#include "base/json_write.h"
#include "sim/setup.h"
#include "sim/source.h"

#define HOUR_MS 3600000.0
#define NAME 64

static void
strings(struct mig_jw *jw, const char *key, const char *only)
{
	mig_jw_array(jw, key);
	mig_jw_string(jw, NULL, only);
	mig_jw_array_end(jw);
}

static const char *
phase_name(size_t index, char name[NAME])
{
	(void)snprintf(name, NAME, "phase%zu", index);
	return name;
}

static const char *
flag_name(size_t index, char name[NAME])
{
	(void)snprintf(name, NAME, "flag%zu", index);
	return name;
}

static void
write_gate(const struct sim_gate *gate, size_t index, struct mig_jw *jw)
{
	char name[NAME];

	(void)snprintf(name, sizeof(name), "gate%zu", index);
	mig_jw_object(jw, NULL);
	mig_jw_string(jw, "name", name);
	mig_jw_string(jw, "kind", mig_gate_kind_name(gate->kind));
	mig_jw_string(jw, "at", gate->at_entry ? "entry" : "leave");
	if (gate->kind == MIG_GATE_DURATION)
		mig_jw_number(jw, "hours", (double)gate->duration_ms / HOUR_MS);
	if (gate->kind == MIG_GATE_METRIC) {
		mig_jw_string(jw, "metric", "error_rate");
		mig_jw_string(jw, "operator", "less_than");
		mig_jw_number(jw, "value", 0.05);
		mig_jw_number(jw, "duration_minutes", (double)gate->duration_ms / 60000);
	}
	mig_jw_object_end(jw);
}

static void
write_phase(const struct sim_setup *setup, size_t index, struct mig_jw *jw)
{
	const struct sim_phase *phase = &setup->phases[index];
	char name[NAME];

	mig_jw_object(jw, NULL);
	mig_jw_string(jw, "name", phase_name(index, name));
	mig_jw_string(jw, "description", "A phase");
	mig_jw_int(jw, "duration_hours", 1);
	mig_jw_array(jw, "dependencies");
	mig_jw_array_end(jw);
	strings(jw, "validation_criteria", "quiet");
	strings(jw, "rollback_triggers", "noise");
	strings(jw, "tasks", "work");
	mig_jw_string(jw, "risk_level", phase->risky ? "high" : "low");
	strings(jw, "resources_required", "people");
	mig_jw_array(jw, "gates");
	for (size_t i = 0; i < phase->gate_count; i++)
		write_gate(&phase->gates[i], i, jw);
	mig_jw_array_end(jw);
	mig_jw_array(jw, "flags");
	for (size_t i = 0; index == setup->traffic_phase && i < setup->flag_count; i++)
		mig_jw_string(jw, NULL, flag_name(i, name));
	mig_jw_array_end(jw);
	mig_jw_bool(jw, "parallel", setup->parallel);
	mig_jw_bool(jw, "point_of_no_return", phase->no_return);
	mig_jw_object_end(jw);
}

static void
write_window(const struct sim_window *window, const char *key, struct mig_jw *jw)
{
	char text[16];

	if (!window->present)
		return;
	mig_jw_object(jw, key);
	(void)snprintf(text, sizeof(text), "%02d:%02d", window->start_minute / 60,
	    window->start_minute % 60);
	mig_jw_string(jw, "start", text);
	(void)snprintf(text, sizeof(text), "%02d:%02d", window->end_minute / 60,
	    window->end_minute % 60);
	mig_jw_string(jw, "end", text);
	mig_jw_string(jw, "timezone", "Europe/Berlin");
	mig_jw_object_end(jw);
}

static void
write_spec(const struct sim_setup *setup, struct mig_jw *jw)
{
	char name[NAME];

	mig_jw_object(jw, "spec");
	mig_jw_string(jw, "type", "service");
	mig_jw_string(jw, "source", "old");
	mig_jw_string(jw, "target", "new");
	mig_jw_array(jw, "feature_flags");
	for (size_t i = 0; i < setup->flag_count; i++) {
		const struct sim_flag *flag = &setup->flags[i];
		mig_jw_object(jw, NULL);
		mig_jw_string(jw, "name", flag_name(i, name));
		mig_jw_number(jw, "initial_percentage", flag->initial);
		mig_jw_array(jw, "rollout_schedule");
		for (size_t j = 0; j < flag->step_count; j++) {
			mig_jw_object(jw, NULL);
			mig_jw_number(jw, "percentage", flag->percentages[j]);
			mig_jw_number(jw, "duration_hours", (double)flag->hold_ms[j] / HOUR_MS);
			mig_jw_object_end(jw);
		}
		mig_jw_array_end(jw);
		mig_jw_object_end(jw);
	}
	mig_jw_array_end(jw);
	mig_jw_object(jw, "business_continuity");
	write_window(&setup->critical, "critical_business_hours", jw);
	write_window(&setup->preferred, "preferred_migration_window", jw);
	mig_jw_object_end(jw);
	mig_jw_object_end(jw);
}

static void
write_plan_rollback(struct mig_jw *jw)
{
	mig_jw_object(jw, "rollback_plan");
	mig_jw_array(jw, "rollback_phases");
	mig_jw_object(jw, NULL);
	mig_jw_string(jw, "phase", "phase0");
	strings(jw, "rollback_actions", "go back");
	strings(jw, "validation_criteria", "quiet");
	mig_jw_int(jw, "estimated_time_minutes", 1);
	mig_jw_object_end(jw);
	mig_jw_array_end(jw);
	strings(jw, "rollback_triggers", "noise");
	mig_jw_object(jw, "rollback_decision_matrix");
	mig_jw_string(jw, "low_severity", "watch");
	mig_jw_string(jw, "medium_severity", "watch");
	mig_jw_string(jw, "high_severity", "go back");
	mig_jw_string(jw, "critical_severity", "go back");
	mig_jw_object_end(jw);
	strings(jw, "rollback_contacts", "people");
	mig_jw_object_end(jw);
}

static void
write_plan(const struct sim_setup *setup, struct mig_jw *jw)
{
	mig_jw_object(jw, "plan");
	mig_jw_string(jw, "migration_id", "simulated");
	mig_jw_string(jw, "source_system", "old");
	mig_jw_string(jw, "target_system", "new");
	mig_jw_string(jw, "migration_type", "service");
	mig_jw_string(jw, "complexity", "low");
	mig_jw_int(jw, "estimated_duration_hours", (int64_t)setup->phase_count);
	mig_jw_array(jw, "phases");
	for (size_t i = 0; i < setup->phase_count; i++)
		write_phase(setup, i, jw);
	mig_jw_array_end(jw);
	mig_jw_array(jw, "risks");
	mig_jw_array_end(jw);
	strings(jw, "success_criteria", "quiet");
	write_plan_rollback(jw);
	strings(jw, "stakeholders", "people");
	mig_jw_string(jw, "created_at", "2026-11-22T00:00:00Z");
	write_spec(setup, jw);
	mig_jw_object_end(jw);
}

static void
write_rb_step(const struct sim_phase *phase, size_t phase_index, size_t index, struct mig_jw *jw)
{
	char id[NAME];

	(void)snprintf(id, sizeof(id), "rb_service_%zu_%02zu", phase_index, index + 1);
	mig_jw_object(jw, NULL);
	mig_jw_string(jw, "step_id", id);
	mig_jw_string(jw, "name", "Undo");
	mig_jw_string(jw, "description", "Undo it");
	mig_jw_string(jw, "script_type", phase->rb_manual[index] ? "manual" : "api");
	mig_jw_string(jw, "script_content", "undo");
	mig_jw_int(jw, "estimated_duration_minutes", 1);
	mig_jw_array(jw, "dependencies");
	mig_jw_array_end(jw);
	mig_jw_array(jw, "validation_commands");
	mig_jw_array_end(jw);
	strings(jw, "success_criteria", "undone");
	mig_jw_string(jw, "failure_escalation", "call");
	mig_jw_int(jw, "rollback_order", (int64_t)index + 1);
	mig_jw_object_end(jw);
}

static void
write_rb_phase(const struct sim_setup *setup, size_t index, struct mig_jw *jw)
{
	char name[NAME];

	(void)snprintf(name, sizeof(name), "rollback_phase%zu", index);
	mig_jw_object(jw, NULL);
	mig_jw_string(jw, "phase_name", name);
	mig_jw_string(jw, "description", "The way back");
	mig_jw_string(jw, "urgency_level", "medium");
	mig_jw_int(jw, "estimated_duration_minutes", 1);
	strings(jw, "prerequisites", "none");
	mig_jw_array(jw, "steps");
	for (size_t i = 0; i < setup->phases[index].rb_step_count; i++)
		write_rb_step(&setup->phases[index], index, i, jw);
	mig_jw_array_end(jw);
	strings(jw, "validation_checkpoints", "quiet");
	strings(jw, "communication_requirements", "tell");
	mig_jw_string(jw, "risk_level", "low");
	mig_jw_object_end(jw);
}

static void
write_trigger(const struct sim_trigger *trigger, size_t index, struct mig_jw *jw)
{
	char id[NAME];
	bool automatic = trigger->action != NULL && trigger->action[1] == 'u';

	(void)snprintf(id, sizeof(id), "trigger%zu", index);
	mig_jw_object(jw, NULL);
	mig_jw_string(jw, "trigger_id", id);
	mig_jw_string(jw, "name", id);
	mig_jw_string(jw, "condition", "noise");
	mig_jw_object(jw, "metric_threshold");
	mig_jw_string(jw, "metric", trigger->metric);
	mig_jw_string(jw, "operator", trigger->less ? "less_than" : "greater_than");
	mig_jw_raw(jw, "value", trigger->threshold);
	mig_jw_int(jw, "duration_minutes", trigger->for_minutes);
	mig_jw_object_end(jw);
	mig_jw_int(jw, "evaluation_window_minutes", trigger->for_minutes);
	mig_jw_bool(jw, "auto_execute", automatic);
	strings(jw, "escalation_contacts", "people");
	if (trigger->action != NULL)
		mig_jw_string(jw, "action", trigger->action);
	mig_jw_object_end(jw);
}

static void
write_messages(struct mig_jw *jw)
{
	static const char *const kinds[] = { "rollback_start", "rollback_complete",
		"emergency_escalation" };

	mig_jw_array(jw, "communication_templates");
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		mig_jw_object(jw, NULL);
		mig_jw_string(jw, "template_type", kinds[i]);
		mig_jw_string(jw, "audience", "technical");
		mig_jw_string(jw, "subject", "News");
		mig_jw_string(jw, "body", "News");
		mig_jw_string(jw, "urgency", "high");
		strings(jw, "delivery_methods", "email");
		mig_jw_object_end(jw);
	}
	mig_jw_array_end(jw);
}

static void
write_escalation(struct mig_jw *jw)
{
	static const char *const levels[] = { "level_1", "level_2", "level_3", "emergency" };

	mig_jw_object(jw, "escalation_matrix");
	for (size_t i = 0; i < sizeof(levels) / sizeof(levels[0]); i++) {
		mig_jw_object(jw, levels[i]);
		mig_jw_string(jw, "trigger", "noise");
		mig_jw_int(jw, "response_time_minutes", 1);
		strings(jw, "contacts", "people");
		strings(jw, "actions", "look");
		mig_jw_object_end(jw);
	}
	mig_jw_object_end(jw);
}

static void
write_contacts(struct mig_jw *jw)
{
	mig_jw_array(jw, "emergency_contacts");
	mig_jw_object(jw, NULL);
	mig_jw_string(jw, "role", "on call");
	mig_jw_string(jw, "name", "Anna");
	mig_jw_string(jw, "primary_phone", "0");
	mig_jw_string(jw, "email", "anna@example.com");
	mig_jw_string(jw, "backup_contact", "ben@example.com");
	mig_jw_object_end(jw);
	mig_jw_array_end(jw);
}

static void
write_runbook(const struct sim_setup *setup, struct mig_jw *jw)
{
	mig_jw_object(jw, "runbook");
	mig_jw_string(jw, "runbook_id", "rb_simulated");
	mig_jw_string(jw, "migration_id", "simulated");
	mig_jw_string(jw, "created_at", "2026-11-22T00:00:00Z");
	mig_jw_array(jw, "rollback_phases");
	for (size_t i = setup->phase_count; i > 0; i--) {
		if (setup->phases[i - 1].rb_step_count > 0)
			write_rb_phase(setup, i - 1, jw);
	}
	mig_jw_array_end(jw);
	mig_jw_array(jw, "trigger_conditions");
	for (size_t i = 0; i < setup->trigger_count; i++)
		write_trigger(&setup->triggers[i], i, jw);
	mig_jw_array_end(jw);
	mig_jw_object(jw, "data_recovery_plan");
	mig_jw_string(jw, "recovery_method", "backup_restore");
	mig_jw_string(jw, "backup_location", "here");
	strings(jw, "recovery_scripts", "restore");
	strings(jw, "data_validation_queries", "count");
	mig_jw_int(jw, "estimated_recovery_time_minutes", 1);
	mig_jw_array(jw, "recovery_dependencies");
	mig_jw_array_end(jw);
	mig_jw_object_end(jw);
	write_messages(jw);
	write_escalation(jw);
	strings(jw, "validation_checklist", "quiet");
	strings(jw, "post_rollback_procedures", "learn");
	write_contacts(jw);
	mig_jw_object_end(jw);
}

static void
write_baseline(enum mig_baseline_kind kind, const char *metric, double fixed, struct mig_jw *jw)
{
	if (kind == MIG_BASELINE_FIXED)
		mig_jw_number(jw, metric, fixed);
	else if (kind == MIG_BASELINE_LIVE)
		mig_jw_string(jw, metric, "live");
}

static void
write_metrics(const struct sim_setup *setup, struct mig_jw *jw)
{
	mig_jw_object(jw, "metrics");
	mig_jw_string(jw, "preset", "http");
	mig_jw_string(jw, "new", "version=\"new\"");
	mig_jw_string(jw, "old", "version=\"old\"");
	mig_jw_string(jw, "replication_lag_seconds", "max(lag_seconds)");
	mig_jw_number(jw, "min_samples", setup->min_samples);
	mig_jw_object(jw, "baselines");
	write_baseline(setup->error_baseline, "error_rate", 0.01, jw);
	write_baseline(setup->p95_baseline, "p95_response_time", 120, jw);
	mig_jw_object_end(jw);
	mig_jw_object(jw, "floors");
	mig_jw_number(jw, "error_rate", setup->error_floor);
	mig_jw_object_end(jw);
	mig_jw_object_end(jw);
}

static void
write_binding(const struct sim_setup *setup, struct mig_jw *jw)
{
	mig_jw_object(jw, "binding");
	write_metrics(setup, jw);
	mig_jw_object(jw, "flags");
	mig_jw_string(jw, "provider", setup->embedded ? "embedded" : "webhook");
	if (!setup->embedded)
		mig_jw_string(jw, "url", SIM_FLAGS "{flag}");
	if (setup->readable)
		mig_jw_string(jw, "read_url", SIM_FLAGS "{flag}");
	mig_jw_object_end(jw);
	if (setup->executor) {
		mig_jw_object(jw, "steps");
		mig_jw_string(jw, "url", SIM_STEPS);
		mig_jw_object_end(jw);
	}
	mig_jw_object_end(jw);
}

static void
write_defaults(const struct sim_setup *setup, struct mig_jw *jw)
{
	mig_jw_object(jw, "defaults");
	mig_jw_seconds(jw, "poll_interval", setup->poll_ms);
	mig_jw_seconds(jw, "max_sample_age", setup->max_age_ms);
	mig_jw_seconds(jw, "blind_after", setup->blind_ms);
	mig_jw_seconds(jw, "blind_rollback_after", setup->blind_rollback_ms);
	mig_jw_seconds(jw, "baseline_window", setup->baseline_ms);
	mig_jw_seconds(jw, "max_gap", setup->gap_ms);
	mig_jw_seconds(jw, "bake_time", setup->bake_ms);
	mig_jw_seconds(jw, "validation_window", setup->validation_ms);
	mig_jw_seconds(jw, "verify_timeout", setup->verify_ms);
	mig_jw_object_end(jw);
}

void
sim_source_write(const struct sim_setup *setup, struct mig_buf *out)
{
	struct mig_jw jw;

	mig_jw_init(&jw, out, 0);
	mig_jw_object(&jw, NULL);
	write_plan(setup, &jw);
	write_runbook(setup, &jw);
	write_binding(setup, &jw);
	write_defaults(setup, &jw);
	mig_jw_object_end(&jw);
}
