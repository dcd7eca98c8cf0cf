/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include "engine/plan_diff_int.h"

#define TRAFFIC .effect = MIG_DIFF_TRAFFIC
#define WORK .effect = MIG_DIFF_WORK
#define WORDS .effect = MIG_DIFF_WORDS
#define KEYS(...) .keys = (const char *const[]){ __VA_ARGS__, NULL }
#define END { .key = NULL }

const char *const mig_diff_default_keys[] = { "id", "script_id", "step_id", "name", NULL };

static const struct mig_diff_rule gate_rules[] = {
	{ .key = "kind", TRAFFIC },
	{ .key = "at", TRAFFIC },
	{ .key = "metric", TRAFFIC },
	{ .key = "operator", TRAFFIC },
	{ .key = "value", TRAFFIC },
	{ .key = "duration_minutes", .label = "duration", .unit = " min", TRAFFIC },
	{ .key = "hours", .label = "duration", .unit = " h", TRAFFIC },
	END,
};

static const struct mig_diff_rule phase_rules[] = {
	{ .key = "flags", .label = "flag to move", TRAFFIC },
	{ .key = "gates", .label = "gate", KEYS("name"), .below = gate_rules, TRAFFIC },
	{ .key = "point_of_no_return", .label = "point of no return", .absent = "no", TRAFFIC },
	{ .key = "parallel", .absent = "no", TRAFFIC },
	{ .key = "risk_level", .label = "risk", TRAFFIC },
	{ .key = "rollback_triggers", .label = "way back when", .flags = MIG_DIFF_PROSE,
	    TRAFFIC },
	{ .key = "duration_hours", .label = "duration", .unit = " h", WORK },
	{ .key = "dependencies", .label = "dependency", WORK },
	{ .key = "tasks", .label = "task", WORK },
	{ .key = "scripts", .label = "script", .flags = MIG_DIFF_ORDERED, WORK },
	{ .key = "validation_criteria", .label = "criterion", WORK },
	{ .key = "resources_required", .label = "resource", WORDS },
	{ .key = "description", WORDS },
	END,
};

static const struct mig_diff_rule step_rules[] = {
	{ .key = "duration_hours", .label = "hold", .unit = " h", TRAFFIC },
	END,
};

static const struct mig_diff_rule flag_rules[] = {
	{ .key = "initial_percentage", .label = "begins at", .unit = " %", .absent = "0",
	    TRAFFIC },
	{ .key = "rollout_schedule", .label = "step to", .unit = " %", KEYS("percentage"),
	    .below = step_rules, .flags = MIG_DIFF_ORDERED, TRAFFIC },
	{ .key = "description", WORDS },
	END,
};

static const struct mig_diff_rule trigger_rules[] = {
	{ .key = "operator", .absent = "greater_than", TRAFFIC },
	{ .key = "threshold", TRAFFIC },
	{ .key = "duration_minutes", .label = "duration", .unit = " min", TRAFFIC },
	{ .key = "action", TRAFFIC },
	END,
};

static const struct mig_diff_rule window_rules[] = {
	{ .key = "start", TRAFFIC },
	{ .key = "end", TRAFFIC },
	{ .key = "timezone", TRAFFIC },
	END,
};

static const struct mig_diff_rule windows_rules[] = {
	{ .key = "critical_business_hours", .label = "critical business hours",
	    .below = window_rules, TRAFFIC },
	{ .key = "preferred_migration_window", .label = "preferred window",
	    .below = window_rules, TRAFFIC },
	END,
};

static const struct mig_diff_rule monitoring_rules[] = {
	{ .key = "critical_metrics", .label = "critical metric", TRAFFIC },
	{ .key = "alert_thresholds", .label = "alert level", TRAFFIC },
	END,
};

static const struct mig_diff_rule service_rules[] = {
	{ .key = "endpoints", .label = "endpoint", WORK },
	{ .key = "current_load", .label = "load", TRAFFIC },
	{ .key = "target_performance", .label = "target performance", TRAFFIC },
	{ .key = "infrastructure", .label = "machines", TRAFFIC },
	END,
};

static const struct mig_diff_rule services_rules[] = {
	{ .key = "legacy_service", .label = "legacy service", .below = service_rules, WORK },
	{ .key = "new_service", .label = "new service", .below = service_rules, WORK },
	END,
};

static const struct mig_diff_rule constraints_rules[] = {
	{ .key = "max_downtime_minutes", .label = "longest downtime", .unit = " min", WORK },
	{ .key = "data_volume_gb", .label = "data volume", .unit = " GB", WORK },
	{ .key = "dependencies", .label = "dependency of the system", WORK },
	{ .key = "compliance_requirements", .label = "compliance requirement", WORK },
	{ .key = "special_requirements", .label = "special requirement", WORK },
	END,
};

static const struct mig_diff_rule table_rules[] = {
	{ .key = "row_count", .label = "rows", WORK },
	{ .key = "size_mb", .label = "size", .unit = " MB", WORK },
	{ .key = "critical", .absent = "no", WORK },
	END,
};

static const struct mig_diff_rule changed_table_rules[] = {
	{ .key = "changes", .label = "schema change",
	    KEYS("type", "column", "constraint_name", "index_name"), .flags = MIG_DIFF_ORDERED,
	    WORK },
	END,
};

static const struct mig_diff_rule authored_phase_rules[] = {
	{ .key = "estimated_duration_hours", .label = "duration", .unit = " h", WORK },
	{ .key = "description", WORDS },
	END,
};

static const struct mig_diff_rule estate_rules[] = {
	{ .key = "workloads", .label = "workload", KEYS("name"), WORK },
	END,
};

static const struct mig_diff_rule spec_rules[] = {
	{ .key = "type", .twin = "migration_type", WORK },
	{ .key = "pattern", .twin = "pattern", WORK },
	{ .key = "source", .twin = "source_system", WORK },
	{ .key = "target", .twin = "target_system", WORK },
	{ .key = "feature_flags", .label = "flag", KEYS("name"), .below = flag_rules,
	    .flags = MIG_DIFF_FLAG, TRAFFIC },
	{ .key = "rollback_triggers", .label = "trigger on", KEYS("metric"),
	    .below = trigger_rules, TRAFFIC },
	{ .key = "business_continuity", .label = "", .below = windows_rules, TRAFFIC },
	{ .key = "monitoring", .label = "", .below = monitoring_rules, TRAFFIC },
	{ .key = "performance_requirements", .label = "performance requirement", TRAFFIC },
	{ .key = "constraints", .label = "", .below = constraints_rules, WORK },
	{ .key = "tables_to_migrate", .label = "table", KEYS("name"), .below = table_rules, WORK },
	{ .key = "schema_changes", .label = "changed table", KEYS("table"),
	    .below = changed_table_rules, .flags = MIG_DIFF_ORDERED, WORK },
	{ .key = "service_details", .label = "", .below = services_rules, WORK },
	{ .key = "infrastructure_details", .label = "", .below = estate_rules, WORK },
	{ .key = "migration_phases", .label = "specified phase", KEYS("phase"),
	    .below = authored_phase_rules, .flags = MIG_DIFF_ORDERED, WORK },
	{ .key = "description", .label = "description of the migration", WORDS },
	{ .key = "$schema", .flags = MIG_DIFF_SKIP, WORDS },
	END,
};

static const struct mig_diff_rule risk_rules[] = {
	{ .key = "category", WORDS },
	{ .key = "probability", WORDS },
	{ .key = "impact", WORDS },
	{ .key = "severity", WORDS },
	{ .key = "mitigation", WORDS },
	{ .key = "owner", WORDS },
	END,
};

static const struct mig_diff_rule undo_rules[] = {
	{ .key = "rollback_actions", .label = "action", .flags = MIG_DIFF_ORDERED, WORK },
	{ .key = "validation_criteria", .label = "criterion", WORK },
	{ .key = "estimated_time_minutes", .label = "time", .unit = " min", WORK },
	END,
};

static const struct mig_diff_rule rollback_rules[] = {
	{ .key = "rollback_triggers", .label = "way back when", .flags = MIG_DIFF_PROSE,
	    TRAFFIC },
	{ .key = "rollback_phases", .label = "way back of", KEYS("phase"), .below = undo_rules,
	    .flags = MIG_DIFF_ORDERED, WORK },
	{ .key = "rollback_decision_matrix", .label = "decision at", WORK },
	{ .key = "rollback_contacts", .label = "contact", WORDS },
	END,
};

static const struct mig_diff_rule move_rules[] = {
	{ .key = "at", WORK },
	{ .key = "waits_for", .label = "waits for", WORK },
	END,
};

static const struct mig_diff_rule span_rules[] = {
	{ .key = "start", WORK },
	{ .key = "end", WORK },
	{ .key = "waits_for", .label = "waits for", WORK },
	{ .key = "steps", .label = "step", .unit = " %", KEYS("flag", "percentage"),
	    .below = move_rules, WORK },
	END,
};

static const struct mig_diff_rule timeline_rules[] = {
	{ .key = "start", WORK },
	{ .key = "end", WORK },
	{ .key = "phases", .label = "phase", KEYS("phase"), .below = span_rules, WORK },
	END,
};

static const struct mig_diff_rule plan_rules[] = {
	{ .key = "migration_id", .flags = MIG_DIFF_SKIP, WORDS },
	{ .key = "created_at", .flags = MIG_DIFF_SKIP, WORDS },
	{ .key = "source_system", .label = "source system", TRAFFIC },
	{ .key = "target_system", .label = "target system", TRAFFIC },
	{ .key = "migration_type", .label = "type", TRAFFIC },
	{ .key = "pattern", TRAFFIC },
	{ .key = "phases", .label = "phase", KEYS("name"), .below = phase_rules,
	    .flags = MIG_DIFF_ORDERED, TRAFFIC },
	{ .key = "spec", .label = "", .below = spec_rules, WORK },
	{ .key = "rollback_plan", .label = "", .below = rollback_rules, WORK },
	{ .key = "complexity", WORK },
	{ .key = "estimated_duration_hours", .label = "duration in all", .unit = " h", WORK },
	{ .key = "reserve_hours", .label = "reserve", .unit = " h", WORK },
	{ .key = "pattern_estimate_hours", .label = "estimate of the pattern", .unit = " h", WORK },
	{ .key = "timeline", .below = timeline_rules, WORK },
	{ .key = "success_criteria", .label = "success criterion", WORK },
	{ .key = "risks", .label = "risk", KEYS("description"), .below = risk_rules, WORDS },
	{ .key = "stakeholders", .label = "stakeholder", WORDS },
	END,
};

const struct mig_diff_rule mig_diff_plan_rule = { .label = "", .below = plan_rules, WORK };
