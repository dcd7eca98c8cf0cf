/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "engine/compile_int.h"

#define PREFIX "rollback_"

/* A step of one rollback phase, before it is sorted into the policy. */
struct draft {
	struct mig_at at;
	double order;
};

/* The rollback phase of a plan phase; its node is NULL when there is none. */
static struct mig_at
find_rollback(const struct mig_at *list, const char *phase)
{
	struct mig_at it = { 0 };
	while (mig_at_each(list, &it)) {
		const char *name = mig_json_string(mig_json_get(it.node, "phase_name"));
		if (name != NULL && strncmp(name, PREFIX, strlen(PREFIX)) == 0 &&
		    strcmp(name + strlen(PREFIX), phase) == 0)
			return it;
	}
	return (struct mig_at){ .up = list };
}

/*
 * Insert in ascending order; equal orders stay as the document has them.  That each step comes
 * behind what it depends on was checked with the runbook.
 */
static void
insert_draft(struct draft *drafts, size_t count, const struct mig_at *at)
{
	struct draft draft = { .at = *at,
		.order = mig_json_number(mig_json_get(at->node, "rollback_order")) };
	size_t i = count;
	while (i > 0 && drafts[i - 1].order > draft.order) {
		drafts[i] = drafts[i - 1];
		i--;
	}
	drafts[i] = draft;
}

static void
compile_step(struct mig_compiler *compiler, const struct mig_at *at, size_t rb_phase)
{
	struct mig_policy *policy = compiler->policy;
	const char *type = mig_json_string(mig_json_get(at->node, "script_type"));
	size_t count = policy->rb_step_count + 1;
	if (!mig_compile_limit(compiler, at, count, MIG_RB_STEPS_MAX, "rollback steps"))
		return;
	struct mig_rb_step *step = &policy->rb_steps[policy->rb_step_count++];
	step->id = mig_compile_name(compiler, at, "step_id");
	step->name = mig_compile_name(compiler, at, "name");
	step->rb_phase = rb_phase;
	step->manual = !policy->hooks || (type != NULL && strcmp(type, "manual") == 0);
}

static void
compile_steps(struct mig_compiler *compiler, const struct mig_at *at, struct mig_rb_phase *phase)
{
	struct mig_at list = mig_at_key(at, "steps");
	size_t count = 0;
	struct draft *drafts =
	    mig_arena_array(compiler->arena, mig_json_count(list.node) + 1, sizeof(struct draft));
	struct mig_at it = { 0 };
	while (drafts != NULL && mig_at_each(&list, &it))
		insert_draft(drafts, count++, &it);

	phase->first_step = compiler->policy->rb_step_count;
	for (size_t i = 0; i < count; i++)
		compile_step(compiler, &drafts[i].at, compiler->policy->rb_phase_count);
	phase->step_count = compiler->policy->rb_step_count - phase->first_step;
}

/* Every rollback phase must undo a phase of the plan. */
static void
check_names(struct mig_compiler *compiler, const struct mig_at *list)
{
	struct mig_at it = { 0 };
	while (mig_at_each(list, &it)) {
		struct mig_at at = mig_at_key(&it, "phase_name");
		const char *name = mig_json_string(at.node);
		if (name == NULL)
			continue;
		bool prefixed = strncmp(name, PREFIX, strlen(PREFIX)) == 0;
		const char *phase = prefixed ? name + strlen(PREFIX) : name;
		if (!prefixed ||
		    mig_compile_phase_index(compiler, phase) == compiler->policy->phase_count)
			mig_at_error(&compiler->reader, &at, "make the runbook from this plan",
			    "\"%s\" undoes no phase of the plan", name);
	}
}

static void
compile_rollback_phase(struct mig_compiler *compiler, const struct mig_at *list, size_t index)
{
	struct mig_policy *policy = compiler->policy;
	struct mig_at at = find_rollback(list, policy->phases[index].name);
	if (at.node == NULL) {
		mig_at_warning(&compiler->reader, list, "make the runbook from this plan",
		    "the phase \"%s\" has no way back", policy->phases[index].name);
		return;
	}
	struct mig_rb_phase *phase = &policy->rb_phases[policy->rb_phase_count];
	phase->name = mig_compile_name(compiler, &at, "phase_name");
	phase->phase = index;
	compile_steps(compiler, &at, phase);
	policy->rb_phase_count++;
}

static void
warn_manual(struct mig_compiler *compiler, const struct mig_at *list)
{
	if (!compiler->policy->hooks && compiler->policy->rb_step_count > 0)
		mig_at_warning(&compiler->reader, list,
		    "give steps.url to have them carried out by an executor",
		    "each of the %zu rollback steps waits for \"migarchctl ack\"",
		    compiler->policy->rb_step_count);
}

void
mig_compile_rollback(struct mig_compiler *compiler)
{
	struct mig_policy *policy = compiler->policy;
	struct mig_at list = mig_at_key(&compiler->runbook, "rollback_phases");
	policy->hooks = compiler->binding->steps.url != NULL;
	policy->rb_phases =
	    mig_arena_array(compiler->arena, MIG_PHASES_MAX, sizeof(struct mig_rb_phase));
	policy->rb_steps =
	    mig_arena_array(compiler->arena, MIG_RB_STEPS_MAX, sizeof(struct mig_rb_step));
	if (policy->rb_phases == NULL || policy->rb_steps == NULL)
		return;
	check_names(compiler, &list);
	for (size_t i = policy->phase_count; i > 0; i--)
		compile_rollback_phase(compiler, &list, i - 1);
	warn_manual(compiler, &list);
}
