/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <stdlib.h>
#include <string.h>

#include "support/core_random.h"

uint64_t
core_random(uint64_t *seed, uint64_t limit)
{
	return (test_random(seed) >> 11) % limit;
}

/* Whether one of n happens. */
static bool
one_in(uint64_t *seed, uint64_t n)
{
	return core_random(seed, n) == 0;
}

static void
random_settings(struct core *core, uint64_t *seed)
{
	struct mig_settings *settings = &core->policy.settings;

	settings->poll_interval_ms = 2000;
	settings->max_sample_age_ms = 20000;
	settings->max_gap_ms = 10000;
	settings->blind_after_ms = 25000;
	settings->blind_rollback_after_ms = one_in(seed, 3) ? 15000 : 0;
	settings->baseline_window_ms = 5000 * (int64_t)core_random(seed, 3);
	settings->bake_ms = 5000 * (int64_t)core_random(seed, 4);
	settings->validation_window_ms = 5000 * (int64_t)core_random(seed, 3);
	settings->verify_timeout_ms = 8000;
	settings->manual_reminder_ms = 20000;
	core->policy.hooks = one_in(seed, 3);
}

static void
random_metrics(struct core *core, uint64_t *seed)
{
	for (size_t i = 0; i < core->policy.metric_count; i++) {
		struct mig_metric *metric = &core->metrics[i];
		metric->new_path = one_in(seed, 2);
		metric->min_samples = one_in(seed, 3) ? 20 : 0;
		metric->count_query = one_in(seed, 2) ? "count" : NULL;
		core->now[i].count = 100;
		if (!metric->baseline_wanted)
			continue;
		metric->baseline = one_in(seed, 2) ? MIG_BASELINE_FIXED : MIG_BASELINE_LIVE;
		if (one_in(seed, 6))
			metric->baseline = MIG_BASELINE_CAPTURED;
		metric->baseline_query = "old";
		metric->baseline_count_query = one_in(seed, 2) ? "old count" : NULL;
		core->old[i].count = 100;
		metric->baseline_fixed = core->now[i].value;
		metric->floor = one_in(seed, 3) ? core->now[i].value * 2 : 0;
	}
}

static void
random_triggers(struct core *core, uint64_t *seed)
{
	for (size_t i = 0; i < core->policy.trigger_count; i++) {
		struct mig_trigger *trigger = &core->triggers[i];
		trigger->for_ms = 3000 * (int64_t)core_random(seed, 4);
		trigger->action = one_in(seed, 2) ?
		    MIG_ACTION_ROLLBACK : (enum mig_action)core_random(seed, 4);
		if (one_in(seed, 3))
			trigger->clear_ratio = trigger->op == MIG_OP_GREATER ? 0.8 : 1.02;
		if (!one_in(seed, 8))
			continue;
		trigger->armed = false;
		core->metrics[trigger->metric].wanted = false;
		core->metrics[trigger->metric].query = one_in(seed, 2) ? NULL : "unused";
	}
}

static void
random_flags(struct core *core, uint64_t *seed)
{
	core->policy.flag_count = core_random(seed, 5);
	for (size_t i = 0; i < core->policy.flag_count; i++) {
		struct mig_flag *flag = &core->flags[i];
		flag->readable = !one_in(seed, 3);
		flag->step_count = one_in(seed, 8) ? 0 : 1 + core_random(seed, 4);
		if (one_in(seed, 6)) {
			flag->initial = 1;
			flag->rollback = one_in(seed, 2) ? 1 : 0;
		}
		core->provider[i] = one_in(seed, 12) ? 50 : flag->initial;
		for (size_t j = 0; j < flag->step_count; j++) {
			core->steps[i][j].percentage = (double)(j + 1) * 12.5;
			core->steps[i][j].hold_ms = 2500 * (int64_t)core_random(seed, 4);
		}
	}
}

/* Gates that may stand before or behind a phase. */
static void
random_gates(struct core *core, size_t phase, uint64_t *seed)
{
	for (size_t i = core_random(seed, 3); i > 0; i--) {
		enum mig_gate_kind kind = (enum mig_gate_kind)core_random(seed, 4);
		struct mig_gate *gate =
		    core_gate(core, phase, i == 1 ? "one" : "two", kind, one_in(seed, 3));
		gate->metric = CORE_AVAILABILITY;
		gate->op = MIG_OP_GREATER;
		mig_expr_number(0.9, &gate->threshold);
		gate->duration_ms = 2000 * (int64_t)core_random(seed, 4);
		if (kind == MIG_GATE_METRIC) {
			core->metrics[CORE_AVAILABILITY].wanted = true;
			core->metrics[CORE_AVAILABILITY].query = "availability";
		}
	}
}

static void
random_phases(struct core *core, uint64_t *seed)
{
	core->policy.phase_count = 1 + core_random(seed, 5);
	memset(core->phases, 0, sizeof(core->phases));
	for (size_t i = 0; i < core->policy.phase_count; i++) {
		struct mig_phase *phase = &core->phases[i];
		phase->name = "phase";
		phase->risky = one_in(seed, 3);
		phase->parallel = one_in(seed, 2);
		phase->point_of_no_return = i > 0 && one_in(seed, 8);
		if (phase->point_of_no_return)
			(void)core_gate(core, i, "no_return", MIG_GATE_APPROVAL, true);
		random_gates(core, i, seed);
	}
	for (size_t i = 0; i < core->policy.flag_count; i++) {
		size_t place = core_random(seed, core->policy.phase_count);
		struct mig_phase *phase = &core->phases[place];
		phase->flags[phase->flag_count++] = i;
	}
}

static void
random_way_back(struct core *core, uint64_t *seed)
{
	static const char *const ids[] = { "s0", "s1", "s2", "s3", "s4", "s5", "s6", "s7", "s8",
		"s9" };

	core->policy.rb_phase_count = core->policy.phase_count;
	core->policy.rb_step_count = 0;
	for (size_t i = 0; i < core->policy.phase_count; i++) {
		struct mig_rb_phase *phase = &core->rb_phases[i];
		phase->name = "back";
		phase->phase = core->policy.phase_count - 1 - i;
		phase->first_step = core->policy.rb_step_count;
		phase->step_count = core_random(seed, 3);
		for (size_t j = 0; j < phase->step_count; j++) {
			struct mig_rb_step *step = &core->rb_steps[core->policy.rb_step_count];
			step->id = ids[core->policy.rb_step_count++];
			step->name = "a step";
			step->rb_phase = i;
			step->manual = one_in(seed, 3);
		}
	}
}

static void
random_windows(struct core *core, uint64_t *seed)
{
	struct mig_window *window = &core->policy.preferred_window;

	if (!one_in(seed, 4))
		return;
	/* The clock starts at 02:00; it opens a minute or two later, or is open and closes. */
	window->present = true;
	window->zone_name = "UTC";
	window->zone = &core->utc;
	window->start_minute = one_in(seed, 2) ? 60 : 121 + (int)core_random(seed, 2);
	window->end_minute = one_in(seed, 2) ? 300 : 124;
}

void
core_random_policy(struct core *core, uint64_t *seed)
{
	random_settings(core, seed);
	random_metrics(core, seed);
	random_triggers(core, seed);
	random_flags(core, seed);
	random_phases(core, seed);
	random_way_back(core, seed);
	random_windows(core, seed);
	mig_state_init(&core->state, &core->policy, "23a52ed1507f-1", core->wall);
}

static void
random_sample(struct core *core, uint64_t *seed, bool calm, struct mig_event *event)
{
	static const double broken[] = { 1.0, 1e6, 0.0 };
	size_t metric = core_random(seed, core->policy.metric_count);
	bool old_path = one_in(seed, core->state.run == MIG_RUN_BASELINING ? 2 : 4);

	/* Mostly the one that has not been asked for longest. */
	for (size_t i = 0; i < core->policy.metric_count && !one_in(seed, 4); i++) {
		if (core->state.metrics[i].now.clock_ms < core->state.metrics[metric].now.clock_ms)
			metric = i;
	}
	const struct core_answer *answer = old_path ? &core->old[metric] : &core->now[metric];

	event->kind = MIG_EVENT_SAMPLE;
	event->u.sample.metric = metric;
	event->u.sample.old_path = old_path;
	event->u.sample.quality = answer->quality;
	event->u.sample.value = answer->value;
	event->u.sample.count = answer->count;
	event->u.sample.at = core->wall;
	if (one_in(seed, calm ? 60 : 8))
		event->u.sample.quality = (enum mig_quality)(1 + core_random(seed, 6));
	if (one_in(seed, calm ? 60 : 8))
		event->u.sample.value = broken[metric];
	else if (one_in(seed, 20))
		event->u.sample.value *= (double)core_random(seed, 1000) / 300;
	if (one_in(seed, calm ? 40 : 10))
		event->u.sample.count = (double)core_random(seed, 40) - 1;
}

static void
random_read(struct core *core, uint64_t *seed, bool calm, struct mig_event *event)
{
	struct mig_wants wants;
	size_t flag = core_random(seed, core->policy.flag_count);

	mig_wants(&core->policy, &core->state, &wants);
	for (size_t i = 0; i < core->policy.flag_count; i++) {
		if ((wants.reads & 1U << i) != 0)
			flag = i;
	}
	if (!core->flags[flag].readable)
		return;
	event->kind = MIG_EVENT_READ;
	event->u.read.flag = flag;
	event->u.read.ok = !one_in(seed, 20);
	event->u.read.error = "connection \xff reset";
	if (one_in(seed, calm ? 100 : 15)) /* somebody moves it by hand */
		core->provider[flag] = 12.5 * (double)core_random(seed, 9);
	event->u.read.percentage = core->provider[flag];
}

static void
random_result(struct core *core, uint64_t *seed, bool calm, struct mig_event *event)
{
	event->kind = MIG_EVENT_RESULT;
	event->u.result.attempts = 1 + (uint32_t)core_random(seed, 5);
	event->u.result.error = "no";
	if (core->owed_count == 0 || one_in(seed, 20)) { /* something older, or nothing at all */
		event->u.result.seq = core_random(seed, core->last_effect + 2);
		event->u.result.result = (enum mig_result)core_random(seed, MIG_RESULT_REFUSED);
		return;
	}
	size_t place = core_random(seed, core->owed_count);
	const struct mig_effect effect = core->owed[place];
	bool back = effect.kind == MIG_EFFECT_RB_STEP || core->state.run == MIG_RUN_ROLLING_BACK;
	uint64_t luck = core_random(seed, calm ? 40 : 8);
	event->u.result.seq = effect.seq;
	event->u.result.result = luck == 0 && !back ? MIG_RESULT_REFUSED :
	    luck == 1 ? MIG_RESULT_RETRYING : luck == 2 && effect.kind == MIG_EFFECT_RB_STEP ?
	    MIG_RESULT_ACCEPTED : MIG_RESULT_DONE;
	if (event->u.result.result == MIG_RESULT_DONE && effect.kind == MIG_EFFECT_SET_FLAG)
		core->provider[effect.u.set_flag.flag] = effect.u.set_flag.percentage;
	if (event->u.result.result == MIG_RESULT_RETRYING)
		return;
	core->owed_count--;
	memmove(&core->owed[place], &core->owed[place + 1],
	    (core->owed_count - place) * sizeof(core->owed[0]));
}

static void
random_command(struct core *core, uint64_t *seed, bool calm, struct mig_event *event)
{
	static const char *const names[] = { NULL, NULL, "one", "two", "no_return", "rollback",
		"adopt", "restore", "hook", "s0", "s1", "s2", "down", "nonsense" };
	enum mig_command command = (enum mig_command)core_random(seed, MIG_COMMAND_COUNT);

	event->kind = MIG_EVENT_COMMAND;
	event->u.command.actor = "anna";
	event->u.command.comment = one_in(seed, 2) ? NULL : "a \xc3\xa9 comment \x01 \xf0\x28";
	event->u.command.name = names[core_random(seed, TEST_COUNT(names))];
	if (core->state.run == MIG_RUN_LOADED && !one_in(seed, 20))
		command = MIG_COMMAND_START;
	else if (command == MIG_COMMAND_ABORT && !one_in(seed, calm ? 20 : 3))
		command = MIG_COMMAND_APPROVE;
	else if (command == MIG_COMMAND_PAUSE && !one_in(seed, calm ? 8 : 3))
		command = MIG_COMMAND_RESUME;
	else if (core->state.run == MIG_RUN_ROLLING_BACK && !one_in(seed, 4))
		command = MIG_COMMAND_ACK;
	event->u.command.command = command;
}

static void
random_gate(struct core *core, uint64_t *seed, struct mig_event *event)
{
	(void)core;
	event->kind = MIG_EVENT_GATE;
	event->u.gate.gate = core_random(seed, MIG_GATES_MAX + 1);
	event->u.gate.open = !one_in(seed, 4);
}

static void
random_restore(struct core *core, uint64_t *seed, struct mig_event *event)
{
	event->kind = MIG_EVENT_RESTORE;
	event->u.restore.refilled = one_in(seed, 3);
	core->wall.ms += (int64_t)core_random(seed, 40000);
	if (one_in(seed, 2))
		core->mono.ms = (int64_t)core_random(seed, 100000);
}

void
core_random_event(struct core *core, uint64_t *seed, bool calm, struct mig_event *ret_event)
{
	uint64_t dice = core_random(seed, 100);

	memset(ret_event, 0, sizeof(*ret_event));
	core_wait(core, (int64_t)core_random(seed, one_in(seed, 100) ? 30000 : 1200));
	ret_event->hold_back = one_in(seed, 50);
	ret_event->kind = MIG_EVENT_TICK;
	if (core->state.run == MIG_RUN_LOADED && dice < 50)
		random_command(core, seed, calm, ret_event);
	else if (dice < 50)
		random_sample(core, seed, calm, ret_event);
	else if (dice < 65 && core->policy.flag_count > 0)
		random_read(core, seed, calm, ret_event);
	else if (dice < 80)
		random_result(core, seed, calm, ret_event);
	else if (dice < 88)
		random_command(core, seed, calm, ret_event);
	else if (dice < 91)
		random_gate(core, seed, ret_event);
	else if (dice < 92)
		random_restore(core, seed, ret_event);
}
