/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <stdbool.h>
#include <string.h>

#include "base/buf.h"
#include "base/json.h"
#include "base/json_write.h"
#include "engine/ddl.h"
#include "engine/docid.h"
#include "engine/facts.h"
#include "engine/plan.h"
#include "engine/plan_phases.h"
#include "engine/plan_tables.h"
#include "engine/ramp.h"
#include "engine/risk.h"
#include "engine/shape.h"
#include "engine/spec.h"

#define INDENT 2
#define ID_DIGITS 12
#define UNDO_MINUTES_PER_HOUR 15 /* undoing a phase takes a quarter of its time */
#define GRACE_HOURS 336          /* two weeks in which the old side stays ready */
#define PROOF_MINUTES 10
#define AGREE_MINUTES 60
#define MISMATCH 0.001 /* one answer or row in a thousand */

/* All that the writing functions need. */
struct planner {
	const struct mig_json *spec;
	const char *type;
	const char *pattern; /* NULL: none */
	struct mig_plan_phases phases;
	enum mig_level complexity;
	struct mig_facts facts;
	struct mig_jw jw;
};

/* A gate at the end of the phase; close it with mig_jw_object_end(). */
static void
begin_gate(struct mig_jw *jw, const char *name, const char *kind)
{
	mig_jw_object(jw, NULL);
	mig_jw_string(jw, "name", name);
	mig_jw_string(jw, "kind", kind);
	mig_jw_string(jw, "at", "leave");
}

static void
write_metric_gate(struct mig_jw *jw, const char *name, const char *metric, double below,
    int minutes)
{
	begin_gate(jw, name, "metric");
	mig_jw_string(jw, "metric", metric);
	mig_jw_string(jw, "operator", "less_than");
	mig_jw_number(jw, "value", below);
	mig_jw_int(jw, "duration_minutes", minutes);
	mig_jw_object_end(jw);
}

/* The response time that the new side has to reach, in milliseconds; 0 when none is named. */
static double
wanted_response_ms(const struct mig_json *spec)
{
	const struct mig_json *service =
	    mig_json_get(mig_json_get(spec, "service_details"), "new_service");
	double p95 = mig_json_number(
	    mig_json_get(mig_json_get(service, "target_performance"), "p95_response_time_ms"));
	return p95 > 0 ? p95 : mig_json_number(mig_json_get(
	    mig_json_get(spec, "performance_requirements"), "max_query_response_time_ms"));
}

/* What opens the way out of a phase; an approval unless its flags lead through it. */
static void
write_gates(struct planner *planner, const struct mig_phase_row *row, bool flags)
{
	struct mig_jw *jw = &planner->jw;
	double response_ms = wanted_response_ms(planner->spec);
	bool data = strcmp(planner->type, "database") == 0 || strcmp(planner->type, "data") == 0;

	mig_jw_array(jw, "gates");
	if ((row->marks & MIG_PHASE_PROVES) != 0 && response_ms > 0)
		write_metric_gate(jw, "target_performance", "response_time_p95", response_ms,
		    PROOF_MINUTES);
	if ((row->marks & MIG_PHASE_MATCHES) != 0)
		write_metric_gate(jw, "both_sides_agree",
		    data ? "data_drift_percentage" : "comparison_mismatch_rate",
		    data ? MISMATCH * 100 : MISMATCH, AGREE_MINUTES);
	if ((row->marks & MIG_PHASE_GRACE) != 0) {
		begin_gate(jw, "grace_period", "duration");
		mig_jw_int(jw, "hours", GRACE_HOURS);
		mig_jw_object_end(jw);
	}
	if (!flags) {
		begin_gate(jw, "approval", "approval");
		mig_jw_object_end(jw);
	}
	mig_jw_array_end(jw);
}

static void
write_flags(struct mig_jw *jw, const struct mig_json *flags)
{
	mig_jw_array(jw, "flags");
	const struct mig_json *flag = mig_json_first(flags);
	for (; flag != NULL; flag = mig_json_next(flag))
		mig_jw_string(jw, NULL, mig_json_string(mig_json_get(flag, "name")));
	mig_jw_array_end(jw);
}

static void
write_phase(struct planner *planner, size_t index)
{
	const struct mig_plan_phase *phase = &planner->phases.rows[index];
	const struct mig_phase_row *row = phase->row;
	const struct mig_json *flags =
	    phase->traffic ? mig_json_get(planner->spec, "feature_flags") : NULL;
	struct mig_facts *facts = &planner->facts;
	struct mig_jw *jw = &planner->jw;

	mig_facts_set(facts, "phase", phase->name);
	mig_facts_set(facts, "authored",
	    phase->description != NULL ? phase->description : phase->name);
	mig_jw_object(jw, NULL);
	mig_jw_string(jw, "name", phase->name);
	mig_facts_string(facts, jw, "description",
	    phase->description != NULL ? "{authored}" : row->description);
	mig_jw_int(jw, "duration_hours", phase->hours);
	mig_jw_array(jw, "dependencies");
	if (index > 0)
		mig_jw_string(jw, NULL, phase[-1].name);
	mig_jw_array_end(jw);
	mig_facts_strings(facts, jw, "validation_criteria", row->criteria);
	mig_facts_strings(facts, jw, "rollback_triggers", mig_plan_phase_triggers);
	mig_facts_strings(facts, jw, "tasks", row->tasks);
	mig_jw_string(jw, "risk_level", mig_names_level[row->risk]);
	mig_facts_strings(facts, jw, "resources_required", mig_plan_resources);
	write_gates(planner, row, mig_json_count(flags) > 0);
	write_flags(jw, flags);
	mig_jw_bool(jw, "parallel", false);
	mig_jw_bool(jw, "point_of_no_return",
	    (row->marks & MIG_PHASE_FINAL) != 0 || mig_phase_is_final(phase->name));
	mig_ddl_write(planner->spec, planner->phases.names, index, jw, "scripts");
	mig_jw_object_end(jw);
}

static void
write_rollback_plan(struct planner *planner)
{
	struct mig_jw *jw = &planner->jw;
	struct mig_facts *facts = &planner->facts;
	mig_jw_object(jw, "rollback_plan");
	mig_jw_array(jw, "rollback_phases");
	for (size_t i = planner->phases.count; i > 0; i--) {
		const struct mig_plan_phase *phase = &planner->phases.rows[i - 1];
		mig_facts_set(facts, "phase", phase->name);
		mig_jw_object(jw, NULL);
		mig_jw_string(jw, "phase", phase->name);
		mig_facts_strings(facts, jw, "rollback_actions", mig_plan_undo_actions);
		mig_facts_strings(facts, jw, "validation_criteria", mig_plan_undo_criteria);
		mig_jw_int(jw, "estimated_time_minutes", phase->hours * UNDO_MINUTES_PER_HOUR);
		mig_jw_object_end(jw);
	}
	mig_jw_array_end(jw);
	mig_facts_strings(facts, jw, "rollback_triggers", mig_plan_undo_triggers);
	mig_jw_object(jw, "rollback_decision_matrix");
	for (size_t i = 0; mig_plan_matrix[i][0] != NULL; i++)
		mig_facts_string(facts, jw, mig_plan_matrix[i][0], mig_plan_matrix[i][1]);
	mig_jw_object_end(jw);
	mig_facts_strings(facts, jw, "rollback_contacts", mig_plan_contacts);
	mig_jw_object_end(jw);
}

static void
write_plan(struct planner *planner, const char *id, mig_wall now)
{
	struct mig_jw *jw = &planner->jw;
	const struct mig_json *spec = planner->spec;
	mig_jw_object(jw, NULL);
	mig_jw_string(jw, "migration_id", id);
	mig_jw_string(jw, "source_system", mig_json_string(mig_json_get(spec, "source")));
	mig_jw_string(jw, "target_system", mig_json_string(mig_json_get(spec, "target")));
	mig_jw_string(jw, "migration_type", planner->type);
	mig_jw_string(jw, "complexity", mig_names_level[planner->complexity]);
	mig_jw_int(jw, "estimated_duration_hours", planner->phases.hours);
	mig_jw_array(jw, "phases");
	for (size_t i = 0; i < planner->phases.count; i++)
		write_phase(planner, i);
	mig_jw_array_end(jw);
	mig_risk_write(spec, &planner->facts, jw, "risks");
	mig_facts_strings(&planner->facts, jw, "success_criteria", mig_plan_success);
	write_rollback_plan(planner);
	mig_facts_strings(&planner->facts, jw, "stakeholders", mig_plan_stakeholders);
	/* Unlike other times this one is never "never": a plan of 1970 is still a plan. */
	char text[MIG_TIME_TEXT];
	mig_jw_string(jw, "created_at", mig_time_format(now, text));
	if (planner->pattern != NULL)
		mig_jw_string(jw, "pattern", planner->pattern);
	mig_jw_int(jw, "reserve_hours", planner->phases.reserve_hours);
	mig_jw_int(jw, "pattern_estimate_hours", planner->phases.pattern_hours);
	mig_jw_node(jw, "spec", spec);
	mig_jw_object_end(jw);
}

/* Write the plan of a specification whose flags all have schedules. */
static int
make_plan(const struct mig_json *spec, const char *id, mig_wall now, struct mig_buf *ret_plan_json,
    struct mig_findings *findings)
{
	struct planner planner = { .spec = spec };
	planner.type = mig_json_string(mig_json_get(spec, "type"));
	planner.pattern = mig_json_string(mig_json_get(spec, "pattern"));
	planner.complexity = mig_risk_level(mig_risk_score(spec));
	int error = mig_plan_phases(spec, planner.complexity, &planner.phases, findings);
	if (error == MIG_OK)
		error = mig_facts_init(spec, &planner.facts);
	if (error == MIG_OK) {
		mig_jw_init(&planner.jw, ret_plan_json, INDENT);
		write_plan(&planner, id, now);
		error = mig_buf_ok(ret_plan_json) ? MIG_OK : MIG_ELIMIT;
	}
	mig_facts_fini(&planner.facts);
	mig_plan_phases_fini(&planner.phases);
	return error;
}

int
mig_plan_from_spec(const struct mig_json *spec, mig_wall now, struct mig_buf *ret_plan_json,
    struct mig_findings *findings)
{
	int error = mig_spec_check(spec, NULL, findings);
	if (error != MIG_OK)
		return error;

	struct mig_json_doc *ramped = NULL;
	struct mig_buf id;
	mig_buf_init(&id, ID_DIGITS * 4);
	error = mig_docid_spec(spec, ID_DIGITS, &id);
	if (error == MIG_OK && !mig_buf_ok(&id))
		error = MIG_ENOMEM;
	if (error == MIG_OK)
		error = mig_ramp_expand(spec, &ramped);
	if (error == MIG_OK)
		error = make_plan(ramped == NULL ? spec : mig_json_root(ramped), id.data, now,
		    ret_plan_json, findings);
	mig_json_free(ramped);
	mig_buf_fini(&id);
	return error;
}
