/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <math.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "engine/compile_int.h"

#define MINUTE_MS 60000.0
#define MINUTES_MAX 5256000.0 /* ten years */

/* The metric that stands still while nothing is copied, and has to when all is. */
#define PROGRESS "migration_progress_rate"

static const char *const operators[] = { "greater_than", "less_than", "equals", NULL };
static const char *const origins[] = { "general", "type", "spec", NULL };
static const char *const actions[] = { "automatic_rollback", "alert_team", "scale_up", NULL };

/*
 * What a trigger does.  A rollback that may not start unattended is proposed, whatever else the
 * condition says.
 */
static enum mig_action
read_action(struct mig_compiler *compiler, const struct mig_at *at)
{
	bool unattended = mig_read_bool(&compiler->reader, at, "auto_execute", 0, false);
	switch (mig_read_enum(&compiler->reader, at, "action", 0, actions, 0)) {
	case 1:
		return MIG_ACTION_ALERT;
	case 2:
		return MIG_ACTION_SCALE_UP;
	default:
		return unattended ? MIG_ACTION_ROLLBACK : MIG_ACTION_PROPOSE;
	}
}

static void
warn_unmeasured(
    struct mig_compiler *compiler, const struct mig_at *at, const struct mig_trigger *trigger)
{
	const char *metric = compiler->policy->metrics[trigger->metric].name;
	struct mig_buf hint;
	mig_buf_init(&hint, MIG_DETAIL_MAX);
	mig_buf_printf(&hint, "give a query: metrics = { %s = \"...\"; }", metric);
	mig_at_warning(&compiler->reader, at, hint.data,
	    "the trigger \"%s\" is not armed: nobody measures %s", trigger->id, metric);
	mig_buf_fini(&hint);
}

/* The condition; false when the trigger can't be kept. */
static bool
read_threshold(struct mig_compiler *compiler, const struct mig_at *at, struct mig_trigger *trigger)
{
	struct mig_reader *reader = &compiler->reader;
	const char *metric = mig_read_string(reader, at, "metric", MIG_READ_REQUIRED, NULL);
	if (metric == NULL || !mig_compile_threshold(compiler, at, "value", &trigger->threshold))
		return false;
	trigger->metric = mig_compile_metric(compiler, at, metric);
	if (trigger->metric >= compiler->policy->metric_count)
		return false;
	trigger->op = (enum mig_operator)mig_read_enum(
	    reader, at, "operator", MIG_READ_REQUIRED, operators, MIG_OP_GREATER);
	double minutes =
	    mig_read_number(reader, at, "duration_minutes", MIG_READ_REQUIRED, 0, MINUTES_MAX, 0);
	trigger->for_ms = (int64_t)llround(minutes * MINUTE_MS);

	struct mig_metric *row = &compiler->policy->metrics[trigger->metric];
	trigger->armed = row->query != NULL;
	row->wanted = row->wanted || trigger->armed;
	trigger->standstill = trigger->op == MIG_OP_EQUALS && strcmp(row->name, PROGRESS) == 0;
	return true;
}

static void
compile_trigger(struct mig_compiler *compiler, const struct mig_at *at)
{
	struct mig_policy *policy = compiler->policy;
	struct mig_trigger *trigger = &policy->triggers[policy->trigger_count];
	struct mig_at threshold = mig_at_key(at, "metric_threshold");
	trigger->id = mig_compile_name(compiler, at, "trigger_id");
	trigger->name = mig_compile_name(compiler, at, "name");
	trigger->clear_ratio = 1;
	trigger->action = read_action(compiler, at);
	trigger->origin = (enum mig_origin)mig_read_enum(
	    &compiler->reader, at, "origin", 0, origins, MIG_ORIGIN_GENERAL);
	if (threshold.node == NULL || mig_json_type(threshold.node) == MIG_JSON_NULL) {
		mig_at_warning(&compiler->reader, at, "give it a metric_threshold",
		    "the trigger \"%s\" is not armed: it has no condition for machines",
		    trigger->id);
		return;
	}
	if (!read_threshold(compiler, &threshold, trigger))
		return;
	policy->trigger_count++;
	struct mig_at value = mig_at_key(&threshold, "value");
	if (trigger->armed)
		mig_compile_baselines(compiler, &value, trigger->metric, &trigger->threshold);
	else
		warn_unmeasured(compiler, at, trigger);
}

void
mig_compile_triggers(struct mig_compiler *compiler)
{
	struct mig_at list = mig_at_key(&compiler->runbook, "trigger_conditions");
	size_t count = mig_json_count(list.node);
	compiler->policy->triggers =
	    mig_arena_array(compiler->arena, MIG_TRIGGERS_MAX, sizeof(struct mig_trigger));
	if (compiler->policy->triggers == NULL ||
	    !mig_compile_limit(compiler, &list, count, MIG_TRIGGERS_MAX, "triggers"))
		return;
	struct mig_at it = { 0 };
	while (mig_at_each(&list, &it))
		compile_trigger(compiler, &it);
}
