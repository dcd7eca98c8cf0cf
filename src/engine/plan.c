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
#include "engine/plan_tables.h"
#include "engine/risk.h"
#include "engine/shape.h"
#include "engine/spec.h"

#define INDENT 2
#define ID_DIGITS 12
#define UNDO_MINUTES_PER_HOUR 15 /* undoing a phase takes a quarter of its time */

/* All that the writing functions need. */
struct planner {
	const struct mig_json *spec;
	const char *type;
	const struct mig_pattern_row *pattern;
	size_t phase_count;
	int phase_hours; /* the same for all phases */
	enum mig_level complexity;
	struct mig_facts facts;
	struct mig_jw jw;
};

/* One approval, the way out of every phase that is not led by its flags. */
static void
write_gates(struct mig_jw *jw, bool flags)
{
	mig_jw_array(jw, "gates");
	if (!flags) {
		mig_jw_object(jw, NULL);
		mig_jw_string(jw, "name", "approval");
		mig_jw_string(jw, "kind", "approval");
		mig_jw_string(jw, "at", "leave");
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
	const char *name = planner->pattern->phases[index];
	const struct mig_phase_row *row = mig_phase_find(planner->type, name);
	MIG_ASSERT(row != NULL);
	const struct mig_json *flags = strcmp(name, planner->pattern->traffic) == 0
	    ? mig_json_get(planner->spec, "feature_flags") : NULL;
	struct mig_facts *facts = &planner->facts;
	struct mig_jw *jw = &planner->jw;

	mig_facts_set(facts, "phase", name);
	mig_jw_object(jw, NULL);
	mig_jw_string(jw, "name", name);
	mig_facts_string(facts, jw, "description", row->description);
	mig_jw_int(jw, "duration_hours", planner->phase_hours);
	mig_jw_array(jw, "dependencies");
	if (index > 0)
		mig_jw_string(jw, NULL, planner->pattern->phases[index - 1]);
	mig_jw_array_end(jw);
	mig_facts_strings(facts, jw, "validation_criteria", row->criteria);
	mig_facts_strings(facts, jw, "rollback_triggers", mig_plan_phase_triggers);
	mig_facts_strings(facts, jw, "tasks", row->tasks);
	mig_jw_string(jw, "risk_level", mig_names_level[row->risk]);
	mig_facts_strings(facts, jw, "resources_required", mig_plan_resources);
	write_gates(jw, mig_json_count(flags) > 0);
	write_flags(jw, flags);
	mig_jw_bool(jw, "parallel", false);
	mig_jw_bool(jw, "point_of_no_return", mig_phase_is_final(name));
	mig_ddl_write(planner->spec, planner->pattern->phases, index, jw, "scripts");
	mig_jw_object_end(jw);
}

static void
write_rollback_plan(struct planner *planner)
{
	struct mig_jw *jw = &planner->jw;
	struct mig_facts *facts = &planner->facts;
	mig_jw_object(jw, "rollback_plan");
	mig_jw_array(jw, "rollback_phases");
	for (size_t i = planner->phase_count; i > 0; i--) {
		const char *name = planner->pattern->phases[i - 1];
		mig_facts_set(facts, "phase", name);
		mig_jw_object(jw, NULL);
		mig_jw_string(jw, "phase", name);
		mig_facts_strings(facts, jw, "rollback_actions", mig_plan_undo_actions);
		mig_facts_strings(facts, jw, "validation_criteria", mig_plan_undo_criteria);
		mig_jw_int(jw, "estimated_time_minutes",
		    planner->phase_hours * UNDO_MINUTES_PER_HOUR);
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
	const struct mig_json *pattern = mig_json_get(spec, "pattern");
	mig_jw_object(jw, NULL);
	mig_jw_string(jw, "migration_id", id);
	mig_jw_string(jw, "source_system", mig_json_string(mig_json_get(spec, "source")));
	mig_jw_string(jw, "target_system", mig_json_string(mig_json_get(spec, "target")));
	mig_jw_string(jw, "migration_type", planner->type);
	mig_jw_string(jw, "complexity", mig_names_level[planner->complexity]);
	mig_jw_int(jw, "estimated_duration_hours",
	    planner->phase_hours * (int64_t)planner->phase_count);
	mig_jw_array(jw, "phases");
	for (size_t i = 0; i < planner->phase_count; i++)
		write_phase(planner, i);
	mig_jw_array_end(jw);
	mig_risk_write(spec, &planner->facts, jw, "risks");
	mig_facts_strings(&planner->facts, jw, "success_criteria", mig_plan_success);
	write_rollback_plan(planner);
	mig_facts_strings(&planner->facts, jw, "stakeholders", mig_plan_stakeholders);
	/* Unlike other times this one is never "never": a plan of 1970 is still a plan. */
	char text[MIG_TIME_TEXT];
	mig_jw_string(jw, "created_at", mig_time_format(now, text));
	if (pattern != NULL)
		mig_jw_string(jw, "pattern", mig_json_string(pattern));
	mig_jw_node(jw, "spec", spec);
	mig_jw_object_end(jw);
}

/*
 * Hours are cut twice, once for the whole and once per phase, and the total is what is left:
 * other tools compute it so and compare the figures.
 */
static void
estimate(struct planner *planner)
{
	const struct mig_pattern_row *row = planner->pattern;
	while (row->phases[planner->phase_count] != NULL)
		planner->phase_count++;
	int hours = row->base_hours * row->tenths[planner->complexity] / 10;
	planner->phase_hours = hours / (int)planner->phase_count;
}

int
mig_plan_from_spec(const struct mig_json *spec, mig_wall now, struct mig_buf *ret_plan_json,
    struct mig_findings *findings)
{
	int error = mig_spec_check(spec, NULL, findings);
	if (error != MIG_OK)
		return error;

	struct planner planner = { .spec = spec };
	struct mig_buf id;
	mig_buf_init(&id, ID_DIGITS * 4);
	error = mig_docid(spec, NULL, ID_DIGITS, &id);
	if (error == MIG_OK && !mig_buf_ok(&id))
		error = MIG_ENOMEM;
	if (error == MIG_OK)
		error = mig_facts_init(spec, &planner.facts);
	if (error != MIG_OK)
		goto out;

	planner.type = mig_json_string(mig_json_get(spec, "type"));
	planner.pattern = mig_pattern_find(planner.type,
	    mig_json_string(mig_json_get(spec, "pattern")));
	planner.complexity = mig_risk_level(mig_risk_score(spec));
	estimate(&planner);
	mig_jw_init(&planner.jw, ret_plan_json, INDENT);
	write_plan(&planner, id.data, now);
	if (!mig_buf_ok(ret_plan_json))
		error = MIG_ELIMIT;
out:
	mig_facts_fini(&planner.facts);
	mig_buf_fini(&id);
	return error;
}
