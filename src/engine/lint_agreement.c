/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <string.h>

#include "base/buf.h"
#include "base/json.h"
#include "engine/docid.h"
#include "engine/lint_int.h"

#define ID_DIGITS 12
#define DIGITS_MAX 32
#define ID_TEXT 64
#define PREFIX "rollback_"
#define PREFIX_LEN (sizeof(PREFIX) - 1)

/* The digits of a document's identifier, by docid.h; "" without memory. */
static void
identify(int (*docid)(const struct mig_json *, size_t, struct mig_buf *),
    const struct mig_json *node, size_t digits, char ret_id[ID_TEXT])
{
	struct mig_buf id;
	mig_buf_init(&id, ID_TEXT - 1);
	if (docid(node, digits, &id) != MIG_OK || !mig_buf_ok(&id))
		mig_buf_reset(&id);
	memcpy(ret_id, id.data, id.len + 1); /* the limit of the buffer is below ID_TEXT */
	mig_buf_fini(&id);
}

static bool
is_risky(const struct mig_json *phase)
{
	const char *risk = mig_json_string(mig_json_get(phase, "risk_level"));
	return risk != NULL && (strcmp(risk, "high") == 0 || strcmp(risk, "critical") == 0);
}

static void
check_spec_ids(struct mig_lint *lint)
{
	struct mig_at at = mig_at_key(&lint->plan, "migration_id");
	struct mig_findings *list = &lint->lists[MIG_LINT_PLAN];
	const struct mig_json *inner = mig_json_get(lint->plan.node, "spec");
	const char *id = mig_json_string(at.node);
	char own[ID_TEXT];
	char other[ID_TEXT];
	if (id == NULL)
		return;
	if (inner != NULL) {
		identify(mig_docid_spec, inner, ID_DIGITS, own);
		if (strcmp(own, id) != 0)
			mig_lint_say(list, &at, "plan_unchanged",
			    "plan again: migarch plan -i SPEC",
			    "is \"%.64s\", but the specification in the plan is \"%s\"", id, own);
	}
	if (lint->in->spec == NULL || lint->spec.node == NULL || lint->same_spec)
		return;
	identify(mig_docid_spec, lint->spec.node, ID_DIGITS, other);
	if (strcmp(other, inner != NULL ? own : id) != 0)
		mig_lint_say(list, &at, "plan_of_spec", "plan again: migarch plan -i SPEC",
		    "the plan is \"%.64s\", the specification beside it \"%s\"", id, other);
}

/* Whether a phase of the plan moves the flag, and (name NULL) whether one moves any. */
static bool
is_moved(const struct mig_json *phases, const char *name)
{
	const struct mig_json *phase = mig_json_first(phases);
	for (; phase != NULL; phase = mig_json_next(phase)) {
		const struct mig_json *flags = mig_json_get(phase, "flags");
		if (name != NULL ? mig_lint_has(flags, NULL, name) : mig_json_count(flags) > 0)
			return true;
	}
	return false;
}

static void
check_flags(struct mig_lint *lint)
{
	struct mig_at flags = mig_at_key(&lint->spec, "feature_flags");
	struct mig_at phases = mig_at_key(&lint->plan, "phases");
	struct mig_at flag = { 0 };
	bool any = is_moved(phases.node, NULL);
	bool kept = mig_json_get(lint->plan.node, "spec") != NULL;
	if (mig_json_count(flags.node) > 0 && !any && kept)
		mig_lint_say(&lint->lists[MIG_LINT_PLAN], &phases, "traffic_phase",
		    "name the flags in the flags of the phase that moves traffic",
		    "no phase names a flag, but the specification has %zu",
		    mig_json_count(flags.node));
	while ((any || !kept) && flags.node != NULL && mig_at_each(&flags, &flag)) {
		struct mig_at name = mig_at_key(&flag, "name");
		const char *text = mig_json_string(name.node);
		if (text != NULL && !is_moved(phases.node, text))
			mig_lint_say(lint->spec_list, &name, "flag_moved",
			    "name it in the flags of one phase of the plan",
			    "no phase of the plan moves \"%.80s\"", text);
	}
}

static void
check_runbook_ids(struct mig_lint *lint)
{
	struct mig_findings *list = &lint->lists[MIG_LINT_RUNBOOK];
	struct mig_at id = mig_at_key(&lint->runbook, "migration_id");
	struct mig_at own = mig_at_key(&lint->runbook, "runbook_id");
	const char *plan = mig_json_string(mig_json_get(lint->plan.node, "migration_id"));
	const char *text = mig_json_string(own.node);
	char wanted[ID_TEXT];
	if (strcmp(mig_json_string(id.node), plan) != 0) {
		mig_lint_say(list, &id, "runbook_of_plan", "make it again: migarch runbook -i PLAN",
		    "the runbook belongs to \"%.64s\", the plan is \"%.64s\"",
		    mig_json_string(id.node), plan);
		return;
	}
	size_t digits = strlen(text) - strlen("rb_");
	identify(mig_docid_plan, lint->plan.node, digits < DIGITS_MAX ? digits : DIGITS_MAX,
	    wanted);
	if (strcmp(text + strlen("rb_"), wanted) != 0)
		mig_lint_say(list, &own, "runbook_fresh", "make it again, or compare by hand",
		    "is \"%.67s\"; of the plan as it stands it would be \"rb_%s\"", text, wanted);
}

/* The index of a phase in the plan; the number of phases when it is not there. */
static size_t
phase_index(const struct mig_json *phases, const char *name)
{
	const struct mig_json *phase = mig_json_first(phases);
	size_t i = 0;
	for (; phase != NULL; phase = mig_json_next(phase), i++)
		if (strcmp(mig_json_string(mig_json_get(phase, "name")), name) == 0)
			break;
	return i;
}

static void
check_undone(struct mig_lint *lint)
{
	struct mig_findings *list = &lint->lists[MIG_LINT_RUNBOOK];
	const struct mig_json *phases = mig_json_get(lint->plan.node, "phases");
	struct mig_at undone = mig_at_key(&lint->runbook, "rollback_phases");
	struct mig_at it = { 0 };
	size_t before = mig_json_count(phases);
	while (mig_at_each(&undone, &it)) {
		struct mig_at name = mig_at_key(&it, "phase_name");
		const char *text = mig_json_string(name.node);
		size_t index = phase_index(phases, text + PREFIX_LEN);
		if (index == mig_json_count(phases))
			mig_lint_say(list, &name, "undo_known", "make the runbook from this plan",
			    "\"%.80s\" undoes no phase of the plan", text);
		else if (index > before)
			mig_lint_say(list, &name, "undo_order", "the newest phase comes first",
			    "\"%.80s\" stands behind the way back of an earlier phase", text);
		before = index < before ? index : before;
	}
}

static void
check_ways_back(struct mig_lint *lint)
{
	struct mig_at undone = mig_at_key(&lint->runbook, "rollback_phases");
	const struct mig_json *phase = mig_json_first(mig_json_get(lint->plan.node, "phases"));
	for (; phase != NULL; phase = mig_json_next(phase)) {
		const char *name = mig_json_string(mig_json_get(phase, "name"));
		const struct mig_json *it = mig_json_first(undone.node);
		while (it != NULL && strcmp(mig_json_string(mig_json_get(it, "phase_name")) +
		    PREFIX_LEN, name) != 0)
			it = mig_json_next(it);
		bool moves = mig_json_count(mig_json_get(phase, "flags")) > 0;
		if (it == NULL && (moves || is_risky(phase)))
			mig_lint_say(&lint->lists[MIG_LINT_RUNBOOK], &undone, "phase_undone",
			    "make the runbook from this plan",
			    "the phase \"%.80s\" %s, but nothing here undoes it", name,
			    moves ? "moves flags" : "is risky");
	}
}

/* The runbook's condition for a trigger of the specification; NULL when there is none. */
static const struct mig_json *
find_carried(const struct mig_json *runbook, const struct mig_json *trigger)
{
	const char *metric = mig_json_string(mig_json_get(trigger, "metric"));
	const char *action = mig_json_string(mig_json_get(trigger, "action"));
	const struct mig_json *it = mig_json_first(mig_json_get(runbook, "trigger_conditions"));
	for (; it != NULL; it = mig_json_next(it)) {
		const struct mig_json *condition = mig_json_get(it, "metric_threshold");
		const char *name = mig_json_string(mig_json_get(condition, "metric"));
		const char *does = mig_json_string(mig_json_get(it, "action"));
		if (name != NULL && does != NULL && strcmp(does, action) == 0 &&
		    strcmp(mig_metric_canonical(name), mig_metric_canonical(metric)) == 0)
			return condition;
	}
	return NULL;
}

static void
check_carried(struct mig_lint *lint)
{
	struct mig_at triggers = mig_at_key(&lint->spec, "rollback_triggers");
	struct mig_at list = mig_at_key(&lint->runbook, "trigger_conditions");
	struct mig_at it = { 0 };
	while (triggers.node != NULL && mig_at_each(&triggers, &it)) {
		const char *metric = mig_json_string(mig_json_get(it.node, "metric"));
		const struct mig_json *condition = find_carried(lint->runbook.node, it.node);
		const struct mig_json *value = mig_json_get(condition, "value");
		double wanted = mig_json_number(mig_json_get(it.node, "threshold"));
		if (condition == NULL)
			mig_lint_say(&lint->lists[MIG_LINT_RUNBOOK], &list, "trigger_carried",
			    "make the runbook from a plan of this specification",
			    "the specification's trigger on %s with %s is not here", metric,
			    mig_json_string(mig_json_get(it.node, "action")));
		else if (mig_json_type(value) == MIG_JSON_NUMBER &&
		    (mig_json_number(value) < wanted || mig_json_number(value) > wanted))
			mig_lint_say(lint->spec_list, &it, "trigger_as_specified",
			    "correct one of them and make the runbook again",
			    "the threshold of %s is %g here and %g in the runbook", metric, wanted,
			    mig_json_number(value));
	}
}

/* The runbook's own triggers against the levels at which people are alerted. */
static void
check_levels(struct mig_lint *lint)
{
	const struct mig_json *levels = mig_json_get(
	    mig_json_get(lint->spec.node, "monitoring"), "alert_thresholds");
	struct mig_at list = mig_at_key(&lint->runbook, "trigger_conditions");
	struct mig_at it = { 0 };
	while (mig_at_each(&list, &it)) {
		struct mig_at condition = mig_at_key(&it, "metric_threshold");
		struct mig_at value = mig_at_key(&condition, "value");
		const char *metric = mig_json_string(mig_json_get(condition.node, "metric"));
		const char *op = mig_json_string(mig_json_get(condition.node, "operator"));
		const struct mig_json *level = mig_json_first(levels);
		if (metric == NULL || mig_json_type(value.node) != MIG_JSON_NUMBER ||
		    !mig_json_bool(mig_json_get(it.node, "auto_execute")))
			continue;
		while (level != NULL && strcmp(mig_metric_canonical(mig_json_key(level)),
		    mig_metric_canonical(metric)) != 0)
			level = mig_json_next(level);
		double distance = mig_json_number(value.node) - mig_json_number(level);
		if (level != NULL && (strcmp(op, mig_names_operator[MIG_OP_LESS]) == 0 ?
		        distance > 0 : strcmp(op, mig_names_operator[MIG_OP_GREATER]) == 0 &&
		            distance < 0))
			mig_lint_say(&lint->lists[MIG_LINT_RUNBOOK], &value,
			    "alert_before_rollback", "alert first, roll back later",
			    "rolls back at %g, but people are alerted at %g only",
			    mig_json_number(value.node), mig_json_number(level));
	}
}

void
mig_lint_agreement(struct mig_lint *lint)
{
	bool spec = lint->spec.node != NULL;
	bool plan = lint->plan.node != NULL;
	bool runbook = lint->runbook.node != NULL;
	if (plan)
		check_spec_ids(lint);
	if (plan && spec)
		check_flags(lint);
	if (plan && runbook) {
		check_runbook_ids(lint);
		check_undone(lint);
		check_ways_back(lint);
	}
	if (spec && runbook) {
		check_carried(lint);
		check_levels(lint);
	}
}
