/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <math.h>
#include <string.h>

#include "base/arena.h"
#include "engine/compile_int.h"

#define HOUR_MS 3600000.0
#define HOURS_MAX 87600.0 /* ten years */

/* Phases in which traffic moves when the plan does not say which; the first that exists. */
static const char *const traffic_phases[] = { "redirect", "cutover", "migrate", "migration",
	"execution", NULL };

/* Phases that can't be taken back by moving flags, when the plan does not say. */
static const char *const final_phases[] = { "retire", "contract", "cleanup", "decommission", NULL };

static void
compile_flag_steps(
    struct mig_compiler *compiler, const struct mig_at *schedule, struct mig_flag *flag)
{
	size_t count = mig_json_count(schedule->node);
	struct mig_flag_step *steps =
	    mig_arena_array(compiler->arena, count + 1, sizeof(struct mig_flag_step));
	if (steps == NULL ||
	    !mig_compile_limit(compiler, schedule, count, MIG_FLAG_STEPS_MAX, "steps of a flag"))
		return;
	struct mig_reader *reader = &compiler->reader;
	struct mig_at it = { 0 };
	while (mig_at_each(schedule, &it)) {
		struct mig_flag_step *step = &steps[flag->step_count++];
		step->percentage =
		    mig_read_number(reader, &it, "percentage", MIG_READ_REQUIRED, 0, 100, 0);
		double hours = mig_read_number(
		    reader, &it, "duration_hours", MIG_READ_REQUIRED, 0, HOURS_MAX, 0);
		step->hold_ms = (int64_t)llround(hours * HOUR_MS);
	}
	flag->steps = steps;
}

static void
compile_flag(struct mig_compiler *compiler, const struct mig_at *at)
{
	struct mig_policy *policy = compiler->policy;
	struct mig_flag *flag = &policy->flags[policy->flag_count++];
	struct mig_at schedule = mig_at_key(at, "rollout_schedule");
	size_t errors = compiler->reader.findings->errors;
	flag->name = mig_compile_name(compiler, at, "name");
	flag->initial = mig_read_number(&compiler->reader, at, "initial_percentage", 0, 0, 100, 0);
	flag->readable = !compiler->binding->flags_embedded && compiler->binding->read_url != NULL;
	compile_flag_steps(compiler, &schedule, flag);
	if (flag->step_count == 0 && compiler->reader.findings->errors == errors)
		mig_at_error(&compiler->reader, at, "plan again, or give it a rollout_schedule",
		    "the flag \"%s\" has no steps", flag->name);
}

/* Add a flag to a phase.  The plan was checked: the flag exists and no other phase moves it. */
static void
attach_flag(struct mig_compiler *compiler, const char *name, struct mig_phase *phase)
{
	size_t flag = name != NULL ? mig_policy_flag(compiler->policy, name) : SIZE_MAX;
	if (flag < compiler->policy->flag_count && phase->flag_count < MIG_FLAGS_MAX)
		phase->flags[phase->flag_count++] = flag;
}

static void
compile_phase(struct mig_compiler *compiler, const struct mig_at *at)
{
	struct mig_reader *reader = &compiler->reader;
	struct mig_phase *phase = &compiler->policy->phases[compiler->policy->phase_count];
	phase->name = mig_compile_name(compiler, at, "name");
	phase->description =
	    mig_arena_strdup(compiler->arena, mig_read_string(reader, at, "description", 0, ""));
	const char *risk = mig_read_string(reader, at, "risk_level", 0, "");
	phase->risky = strcmp(risk, "high") == 0 || strcmp(risk, "critical") == 0;
	phase->point_of_no_return = mig_read_bool(
	    reader, at, "point_of_no_return", 0, mig_compile_one_of(phase->name, final_phases));
	phase->parallel = mig_read_bool(reader, at, "parallel", 0, false);

	struct mig_at flags = mig_at_key(at, "flags");
	struct mig_at it = { 0 };
	if (mig_read_array(reader, &flags, 0)) {
		while (mig_at_each(&flags, &it))
			attach_flag(compiler, mig_json_string(it.node), phase);
	}
	compiler->policy->phase_count++;
}

static size_t
attached_flags(const struct mig_policy *policy)
{
	size_t count = 0;
	for (size_t i = 0; i < policy->phase_count; i++)
		count += policy->phases[i].flag_count;
	return count;
}

/* All flags to the phase that usually moves traffic. */
static void
attach_by_name(struct mig_compiler *compiler, const struct mig_at *list)
{
	struct mig_policy *policy = compiler->policy;
	for (const char *const *name = traffic_phases; *name != NULL; name++) {
		size_t index = mig_compile_phase_index(compiler, *name);
		if (index == policy->phase_count)
			continue;
		struct mig_phase *phase = &policy->phases[index];
		for (size_t i = 0; i < policy->flag_count; i++)
			phase->flags[phase->flag_count++] = i;
		return;
	}
	mig_at_error(&compiler->reader, list, "give the phase that moves traffic its flags",
	    "the plan has flags, but no phase that moves them");
}

/* Every flag must have its phase. */
static void
attach_rest(struct mig_compiler *compiler, const struct mig_at *list)
{
	struct mig_policy *policy = compiler->policy;
	size_t count = attached_flags(policy);
	if (count == 0 && policy->flag_count > 0)
		attach_by_name(compiler, list);
	else if (count < policy->flag_count)
		mig_at_error(&compiler->reader, list, "name each flag in the flags of one phase",
		    "%zu of %zu flags are moved by no phase", policy->flag_count - count,
		    policy->flag_count);
}

/* The phases that the binding names must exist. */
static void
check_bound_phases(struct mig_compiler *compiler)
{
	struct mig_at list = mig_at_key(&compiler->binding_at, "phases");
	for (size_t i = 0; i < compiler->binding->phase_count; i++) {
		const char *name = compiler->binding->phases[i].name;
		if (mig_compile_phase_index(compiler, name) == compiler->policy->phase_count)
			mig_at_error(&compiler->reader, &list, "name a phase of the plan",
			    "the plan has no phase \"%s\"", name);
	}
}

size_t
mig_compile_phase_index(const struct mig_compiler *compiler, const char *name)
{
	const struct mig_policy *policy = compiler->policy;
	size_t i = 0;
	while (i < policy->phase_count && strcmp(policy->phases[i].name, name) != 0)
		i++;
	return i;
}

void
mig_compile_flags(struct mig_compiler *compiler)
{
	struct mig_at list = mig_at_key(&compiler->spec, "feature_flags");
	size_t count = mig_json_count(list.node);
	compiler->policy->flags =
	    mig_arena_array(compiler->arena, MIG_FLAGS_MAX, sizeof(struct mig_flag));
	if (compiler->policy->flags == NULL || list.node == NULL ||
	    !mig_compile_limit(compiler, &list, count, MIG_FLAGS_MAX, "flags"))
		return;
	struct mig_at it = { 0 };
	while (mig_at_each(&list, &it))
		compile_flag(compiler, &it);
}

void
mig_compile_phases(struct mig_compiler *compiler)
{
	struct mig_at list = mig_at_key(&compiler->plan, "phases");
	size_t count = mig_json_count(list.node);
	compiler->policy->phases =
	    mig_arena_array(compiler->arena, MIG_PHASES_MAX, sizeof(struct mig_phase));
	if (compiler->policy->phases == NULL ||
	    !mig_compile_limit(compiler, &list, count, MIG_PHASES_MAX, "phases"))
		return;
	struct mig_at it = { 0 };
	while (mig_at_each(&list, &it))
		compile_phase(compiler, &it);
	attach_rest(compiler, &list);
	check_bound_phases(compiler);

	struct mig_at again = { 0 };
	for (size_t i = 0; mig_at_each(&list, &again); i++)
		mig_compile_gates(compiler, &again, &compiler->policy->phases[i]);
}
