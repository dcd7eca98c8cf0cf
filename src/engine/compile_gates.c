/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <math.h>
#include <string.h>

#include "base/arena.h"
#include "engine/compile_int.h"
#include "engine/ddl.h"

#define MINUTE_MS 60000.0
#define MINUTES_MAX 5256000.0 /* ten years */

static const char *const kinds[] = { "approval", "metric", "webhook", "duration", NULL };
static const char *const operators[] = { "greater_than", "less_than", "equals", NULL };
static const char *const sides[] = { "leave", "entry", NULL };

/* Room for one more gate, or NULL with a finding. */
static struct mig_gate *
new_gate(struct mig_compiler *compiler, const struct mig_at *at, struct mig_phase *phase,
    const char *name, enum mig_gate_kind kind)
{
	for (size_t i = 0; i < phase->gate_count; i++) {
		if (strcmp(phase->gates[i].name, name) != 0)
			continue;
		mig_at_error(&compiler->reader, at, "give each gate a name of its own",
		    "the phase has two gates \"%s\"", name);
		return NULL;
	}
	size_t count = phase->gate_count + 1;
	if (!mig_compile_limit(compiler, at, count, MIG_GATES_MAX, "gates of a phase"))
		return NULL;
	struct mig_gate *gate = &phase->gates[phase->gate_count++];
	gate->name = name;
	gate->kind = kind;
	return gate;
}

/*
 * The condition of a metric gate.  Where nobody measures its metric the gate becomes an approval:
 * somebody must look instead.
 */
static void
compile_condition(struct mig_compiler *compiler, const struct mig_at *at, struct mig_gate *gate)
{
	const char *metric =
	    mig_read_string(&compiler->reader, at, "metric", MIG_READ_REQUIRED, NULL);
	if (metric == NULL || !mig_compile_threshold(compiler, at, "value", &gate->threshold))
		return;
	gate->op = (enum mig_operator)mig_read_enum(
	    &compiler->reader, at, "operator", MIG_READ_REQUIRED, operators, MIG_OP_LESS);
	gate->metric = mig_compile_metric(compiler, at, metric);
	if (gate->metric >= compiler->policy->metric_count)
		return;
	struct mig_metric *row = &compiler->policy->metrics[gate->metric];
	if (row->query == NULL) {
		mig_at_warning(&compiler->reader, at, "give the metric a query in metrics",
		    "the gate \"%s\" needs an approval instead: nobody measures %s", gate->name,
		    row->name);
		gate->kind = MIG_GATE_APPROVAL;
		return;
	}
	row->wanted = true;
	mig_compile_baselines(compiler, at, gate->metric, &gate->threshold);
}

static void
compile_gate(struct mig_compiler *compiler, const struct mig_at *at, struct mig_phase *phase)
{
	struct mig_reader *reader = &compiler->reader;
	int kind = mig_read_enum(reader, at, "kind", MIG_READ_REQUIRED, kinds, 0);
	const char *name = mig_compile_name(compiler, at, "name");
	struct mig_gate *gate = new_gate(compiler, at, phase, name, (enum mig_gate_kind)kind);
	if (gate == NULL)
		return;
	gate->at_entry = mig_read_enum(reader, at, "at", 0, sides, 0) == 1;
	double minutes = mig_read_number(reader, at, "duration_minutes", 0, 0, MINUTES_MAX, 0);
	double hours = mig_read_number(reader, at, "hours", 0, 0, MINUTES_MAX / 60, 0);
	gate->duration_ms = gate->kind == MIG_GATE_DURATION ?
	    (int64_t)llround(hours * 60 * MINUTE_MS) :
	    (int64_t)llround(minutes * MINUTE_MS);
	if (gate->kind == MIG_GATE_METRIC)
		compile_condition(compiler, at, gate);
	if (gate->kind == MIG_GATE_WEBHOOK && compiler->binding->steps.url == NULL)
		mig_at_error(reader, at, "give steps.url, the executor that is asked",
		    "the gate \"%s\" asks an executor, and there is none", name);
}

static void
compile_plan_gates(
    struct mig_compiler *compiler, const struct mig_at *list, struct mig_phase *phase)
{
	struct mig_at it = { 0 };
	while (mig_at_each(list, &it))
		compile_gate(compiler, &it, phase);
}

/* Drop the gates on the way out of a phase, except those of one kind (or all: negative). */
static void
keep_leave_gates(struct mig_phase *phase, int kind)
{
	size_t kept = 0;
	for (size_t i = 0; i < phase->gate_count; i++) {
		if (phase->gates[i].at_entry || (int)phase->gates[i].kind == kind)
			phase->gates[kept++] = phase->gates[i];
	}
	phase->gate_count = kept;
}

static bool
has_leave_gate(const struct mig_phase *phase)
{
	for (size_t i = 0; i < phase->gate_count; i++) {
		if (!phase->gates[i].at_entry)
			return true;
	}
	return false;
}

/* The gate that the configuration wants for a phase, in place of the plan's. */
static void
override_gates(struct mig_compiler *compiler, const struct mig_at *at, struct mig_phase *phase,
    const char *wanted)
{
	struct mig_at bound = mig_at_key(&compiler->binding_at, "phases");
	if (strcmp(wanted, "metric") == 0) {
		keep_leave_gates(phase, MIG_GATE_METRIC);
		if (has_leave_gate(phase))
			return;
		struct mig_gate *gate =
		    new_gate(compiler, at, phase, "metrics_quiet", MIG_GATE_DURATION);
		if (gate != NULL)
			gate->duration_ms = compiler->policy->settings.validation_window_ms;
		return;
	}
	keep_leave_gates(phase, -1);
	if (strcmp(wanted, "approval") == 0)
		(void)new_gate(compiler, at, phase, "approval", MIG_GATE_APPROVAL);
	if (strcmp(wanted, "webhook") != 0)
		return;
	(void)new_gate(compiler, at, phase, "webhook", MIG_GATE_WEBHOOK);
	if (compiler->binding->steps.url == NULL)
		mig_at_error(&compiler->reader, &bound,
		    "give steps.url, the executor that is asked",
		    "the gate \"webhook\" of the phase \"%s\" needs an executor", phase->name);
}

static const char *
bound_gate(const struct mig_compiler *compiler, const char *name)
{
	for (size_t i = 0; i < compiler->binding->phase_count; i++) {
		if (strcmp(compiler->binding->phases[i].name, name) == 0)
			return compiler->binding->phases[i].gate;
	}
	return NULL;
}

/* No configuration and no plan can let a rollout pass this point unasked. */
static void
guard_entry(struct mig_compiler *compiler, const struct mig_at *at, struct mig_phase *phase)
{
	for (size_t i = 0; i < phase->gate_count; i++) {
		const struct mig_gate *gate = &phase->gates[i];
		if (gate->at_entry && gate->kind == MIG_GATE_APPROVAL &&
		    strcmp(gate->name, "point_of_no_return") == 0)
			return;
	}
	struct mig_gate *gate =
	    new_gate(compiler, at, phase, "point_of_no_return", MIG_GATE_APPROVAL);
	if (gate != NULL)
		gate->at_entry = true;
}

/* Whether the plan takes away in this phase what old versions use, or its flags can't undo it. */
static bool
contracts(const struct mig_compiler *compiler, const struct mig_phase *phase)
{
	const struct mig_policy *policy = compiler->policy;
	const char *names[MIG_PHASES_MAX + 1] = { NULL };
	for (size_t i = 0; i < policy->phase_count; i++)
		names[i] = policy->phases[i].name;
	size_t index = (size_t)(phase - policy->phases);
	return phase->point_of_no_return || index == mig_ddl_phase(names, MIG_DDL_CONTRACT) ||
	    index == mig_ddl_phase(names, MIG_DDL_DROP);
}

/* Where a server is named, it must still have the schema that the plan was made for. */
static void
guard_schema(struct mig_compiler *compiler, const struct mig_at *at, struct mig_phase *phase)
{
	if (compiler->binding->schema.live == NULL || !contracts(compiler, phase))
		return;
	struct mig_gate *gate = new_gate(compiler, at, phase, "schema", MIG_GATE_SCHEMA);
	if (gate != NULL)
		gate->at_entry = true;
}

void
mig_compile_gates(struct mig_compiler *compiler, const struct mig_at *at, struct mig_phase *phase)
{
	struct mig_at list = mig_at_key(at, "gates");
	const char *wanted = bound_gate(compiler, phase->name);
	if (mig_read_array(&compiler->reader, &list, 0))
		compile_plan_gates(compiler, &list, phase);
	else if (phase->flag_count == 0 && wanted == NULL)
		(void)new_gate(compiler, at, phase, "approval", MIG_GATE_APPROVAL);
	if (wanted != NULL)
		override_gates(compiler, at, phase, wanted);
	if (phase->point_of_no_return)
		guard_entry(compiler, at, phase);
	guard_schema(compiler, at, phase);
}
