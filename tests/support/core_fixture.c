/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/core_fixture.h"

#define STORY_BYTES_MAX (4U * 1024U * 1024U)

static void
build_settings(struct core *core)
{
	struct mig_settings *settings = &core->policy.settings;

	settings->poll_interval_ms = CORE_POLL_MS;
	settings->max_sample_age_ms = 60000;
	settings->blind_after_ms = 120000;
	settings->blind_rollback_after_ms = 0;
	settings->baseline_window_ms = 200000;
	settings->max_gap_ms = 45000;
	settings->min_coverage = 0.8;
	settings->bake_ms = 100000;
	settings->validation_window_ms = 60000;
	settings->verify_timeout_ms = 30000;
	settings->manual_reminder_ms = 900000;
}

static void
build_metrics(struct core *core)
{
	static const char *const names[] = { "error_rate", "p95_response_time", "availability" };
	static const double healthy[] = { 0.01, 200, 0.999 };

	for (size_t i = 0; i < TEST_COUNT(names); i++) {
		struct mig_metric *metric = &core->metrics[i];
		metric->name = names[i];
		metric->query = names[i];
		metric->wanted = true;
		core->now[i] = (struct core_answer) { MIG_QUALITY_OK, healthy[i], -1 };
		core->old[i] = core->now[i];
	}
	core->metrics[CORE_ERROR_RATE].baseline = MIG_BASELINE_CAPTURED;
	core->metrics[CORE_ERROR_RATE].baseline_query = "error_rate of the old path";
	core->metrics[CORE_ERROR_RATE].baseline_wanted = true;
	core->metrics[CORE_ERROR_RATE].floor = 0.001;
	core->metrics[CORE_ERROR_RATE].new_path = true;
	core->metrics[CORE_P95].baseline = MIG_BASELINE_FIXED;
	core->metrics[CORE_P95].baseline_fixed = 200;
	core->metrics[CORE_P95].baseline_wanted = true;
	core->policy.metric_count = TEST_COUNT(names);
	core->policy.metrics = core->metrics;
}

static void
build_triggers(struct core *core)
{
	static const struct {
		const char *id;
		size_t metric;
		enum mig_operator op;
		const char *threshold;
		int64_t for_ms;
	} rows[] = {
		{ "error_rate_spike", CORE_ERROR_RATE, MIG_OP_GREATER, "baseline_error_rate * 5",
		    30000 },
		{ "latency", CORE_P95, MIG_OP_GREATER, "baseline_p95_response_time * 2", 60000 },
		{ "down", CORE_AVAILABILITY, MIG_OP_LESS, "0.95", 0 },
	};

	core->policy.trigger_count = TEST_COUNT(rows);
	core->policy.triggers = core->triggers;
	for (size_t i = 0; i < TEST_COUNT(rows); i++) {
		struct mig_trigger *trigger = &core->triggers[i];
		trigger->id = rows[i].id;
		trigger->name = rows[i].id;
		trigger->metric = rows[i].metric;
		trigger->op = rows[i].op;
		core_threshold(core, i, rows[i].threshold);
		trigger->for_ms = rows[i].for_ms;
		trigger->clear_ratio = 1;
		trigger->action = MIG_ACTION_ROLLBACK;
		trigger->armed = true;
	}
}

static void
build_flags(struct core *core)
{
	static const char *const names[] = { "enable_new_reader", "enable_new_writer" };
	static const struct mig_flag_step steps[] = { { 5, 60000 }, { 25, 60000 }, { 100, 30000 } };

	core->policy.flag_count = TEST_COUNT(names);
	core->policy.flags = core->flags;
	for (size_t i = 0; i < MIG_FLAGS_MAX; i++) {
		core->flags[i].name = names[i % TEST_COUNT(names)];
		core->flags[i].readable = true;
		core->flags[i].step_count = TEST_COUNT(steps);
		core->flags[i].steps = core->steps[i];
		memcpy(core->steps[i], steps, sizeof(steps));
	}
}

static void
build_phases(struct core *core)
{
	static const char *const names[] = { "prepare", "redirect", "observe", "retire" };

	core->policy.phase_count = TEST_COUNT(names);
	core->policy.phases = core->phases;
	for (size_t i = 0; i < TEST_COUNT(names); i++) {
		core->phases[i].name = names[i];
		core->phases[i].description = names[i];
	}
	core->phases[CORE_REDIRECT].flag_count = 2;
	core->phases[CORE_REDIRECT].flags[1] = 1;
	core->phases[CORE_RETIRE].point_of_no_return = true;
	(void)core_gate(core, CORE_PREPARE, "approval", MIG_GATE_APPROVAL, false);
	core_gate(core, CORE_OBSERVE, "settled", MIG_GATE_DURATION, false)->duration_ms = 50000;
	(void)core_gate(core, CORE_RETIRE, "point_of_no_return", MIG_GATE_APPROVAL, true);
	(void)core_gate(core, CORE_RETIRE, "approval", MIG_GATE_APPROVAL, false);
}

static void
build_way_back(struct core *core)
{
	static const struct mig_rb_phase phases[] = {
		{ "rollback_retire", CORE_RETIRE, 0, 1 },
		{ "rollback_observe", CORE_OBSERVE, 1, 0 },
		{ "rollback_redirect", CORE_REDIRECT, 1, 2 },
		{ "rollback_prepare", CORE_PREPARE, 3, 1 },
	};
	static const struct mig_rb_step steps[] = {
		{ "rb_retire_1", "bring it back", 0, false },
		{ "rb_redirect_1", "purge the caches", 2, false },
		{ "rb_redirect_2", "tell the partners", 2, true },
		{ "rb_prepare_1", "remove the proxy", 3, false },
	};

	memcpy(core->rb_phases, phases, sizeof(phases));
	memcpy(core->rb_steps, steps, sizeof(steps));
	core->policy.rb_phase_count = TEST_COUNT(phases);
	core->policy.rb_phases = core->rb_phases;
	core->policy.rb_step_count = TEST_COUNT(steps);
	core->policy.rb_steps = core->rb_steps;
}

struct core *
core_new(void)
{
	struct core *core = calloc(1, sizeof(*core));

	assert_non_null(core);
	core->policy.migration_id = "23a52ed1507f";
	core->policy.migration_name = "old to new";
	mig_zone_utc(&core->utc);
	build_settings(core);
	build_metrics(core);
	build_triggers(core);
	build_flags(core);
	build_phases(core);
	build_way_back(core);
	core->wall.ms = CORE_START_MS;
	core->mono.ms = 86400000; /* the machine has been up for a day */
	mig_buf_init(&core->records, STORY_BYTES_MAX);
	mig_buf_init(&core->effects, STORY_BYTES_MAX);
	mig_buf_init(&core->details, STORY_BYTES_MAX);
	mig_state_init(&core->state, &core->policy, "23a52ed1507f-1", core->wall);
	return core;
}

void
core_free(struct core *core)
{
	mig_buf_fini(&core->records);
	mig_buf_fini(&core->effects);
	mig_buf_fini(&core->details);
	free(core);
}

void
core_forget(struct core *core)
{
	mig_buf_reset(&core->records);
	mig_buf_reset(&core->effects);
	mig_buf_reset(&core->details);
}

struct mig_gate *
core_gate(struct core *core, size_t phase, const char *name, enum mig_gate_kind kind,
    bool at_entry)
{
	struct mig_gate *gate = &core->phases[phase].gates[core->phases[phase].gate_count++];

	gate->name = name;
	gate->kind = kind;
	gate->at_entry = at_entry;
	return gate;
}

void
core_threshold(struct core *core, size_t trigger, const char *text)
{
	char error[MIG_ERROR_MAX];

	assert_int_equal(mig_expr_parse(text, &core->triggers[trigger].threshold, error,
	    sizeof(error)), MIG_OK);
}

static void
tell_effect(struct core *core, const struct mig_effect *effect)
{
	struct mig_buf *out = &core->effects;

	if (out->len > 0)
		mig_buf_putc(out, ' ');
	switch (effect->kind) {
	case MIG_EFFECT_SET_FLAG:
		mig_buf_printf(out, "set:%zu=%g(%s)", effect->u.set_flag.flag,
		    effect->u.set_flag.percentage,
		    mig_write_reason_name(effect->u.set_flag.reason));
		break;
	case MIG_EFFECT_RB_STEP:
		mig_buf_printf(out, "step:%s", core->rb_steps[effect->u.rb_step.step].id);
		break;
	case MIG_EFFECT_HOOK:
		mig_buf_printf(out, "hook:%s:%s",
		    effect->u.hook.hook == MIG_HOOK_PHASE_ENTER ? "enter" : "leave",
		    core->phases[effect->u.hook.phase].name);
		break;
	case MIG_EFFECT_SCALE_UP:
		mig_buf_printf(out, "scale_up:%s", core->triggers[effect->u.scale_up.trigger].id);
		break;
	case MIG_EFFECT_NOTIFY:
		mig_buf_printf(out, "notify:%s", mig_notice_name(effect->u.notify.notice));
		break;
	}
}

static void
take_effects(struct core *core)
{
	if (core->out.drop_forward)
		core->owed_count = 0;
	for (size_t i = 0; i < core->out.effect_count; i++) {
		const struct mig_effect *effect = &core->out.effects[i];
		assert_true(effect->seq > core->last_effect);
		core->last_effect = effect->seq;
		tell_effect(core, effect);
		/* People are told of what was written down in this very event. */
		assert_true(effect->kind != MIG_EFFECT_NOTIFY ||
		    (effect->u.notify.record_seq <= core->last_record &&
		    effect->u.notify.record_seq + core->out.record_count > core->last_record));
		if (effect->kind == MIG_EFFECT_NOTIFY || effect->kind == MIG_EFFECT_SCALE_UP)
			continue;
		assert_true(core->owed_count < CORE_OWED_MAX);
		core->owed[core->owed_count++] = *effect;
	}
	assert_true(core->last_effect <= core->state.effect_seq);
}

static void
take_records(struct core *core)
{
	for (size_t i = 0; i < core->out.record_count; i++) {
		const struct mig_record *record = &core->out.records[i];
		assert_true(record->seq == core->last_record + 1);
		core->last_record = record->seq;
		assert_true(record->at.ms == core->wall.ms);
		assert_true(record->actor[0] != '\0');
		mig_json_free(test_json(record->detail));
		if (core->records.len > 0)
			mig_buf_putc(&core->records, ' ');
		mig_buf_puts(&core->records, record->kind);
		mig_buf_printf(&core->details, "%s %s %s\n", record->kind, record->actor,
		    record->detail);
	}
	assert_true(core->last_record == core->state.record_seq);
}

int
core_event(struct core *core, struct mig_event *event)
{
	struct mig_state *before = malloc(sizeof(*before));

	assert_non_null(before);
	*before = core->state;
	event->wall = core->wall;
	event->mono = core->mono;
	int error = mig_step(&core->policy, &core->state, event, &core->out);
	/* The latch: nothing wakes what is finished, but an abort what was completed. */
	bool wakes = before->run == MIG_RUN_COMPLETED && event->kind == MIG_EVENT_COMMAND &&
	    event->u.command.command == MIG_COMMAND_ABORT;
	if (error != MIG_OK || (mig_state_finished(before) && !wakes)) {
		assert_memory_equal(before, &core->state, sizeof(*before));
		assert_int_equal(core->out.record_count + core->out.effect_count, 0);
	}
	assert_int_equal(core->out.refusal[0] != '\0', error != MIG_OK);
	assert_true(core->state.run_at.ms ==
	    (core->state.run != before->run ? core->wall : before->run_at).ms);
	free(before);
	take_records(core);
	take_effects(core);
	return error;
}

/* Send an event that is no command: it is never refused. */
static void
send_event(struct core *core, struct mig_event *event)
{
	assert_int_equal(core_event(core, event), MIG_OK);
}

void
core_wait(struct core *core, int64_t ms)
{
	core->wall.ms += ms;
	core->mono.ms += ms;
}

void
core_tick(struct core *core, int64_t ms)
{
	struct mig_event event = { .kind = MIG_EVENT_TICK };

	core_wait(core, ms);
	send_event(core, &event);
}

static void
send_sample(struct core *core, size_t metric, bool old_path, const struct core_answer *answer)
{
	struct mig_event event = { .kind = MIG_EVENT_SAMPLE };

	event.u.sample.metric = metric;
	event.u.sample.old_path = old_path;
	event.u.sample.quality = answer->quality;
	event.u.sample.value = answer->value;
	event.u.sample.count = answer->count;
	event.u.sample.at = core->wall;
	send_event(core, &event);
}

void
core_reading(struct core *core, size_t metric, bool old_path, enum mig_quality quality,
    double value)
{
	struct core_answer answer = { quality, value, -1 };

	send_sample(core, metric, old_path, &answer);
}

void
core_sample(struct core *core, size_t metric, double value)
{
	core_reading(core, metric, false, MIG_QUALITY_OK, value);
}

void
core_samples(struct core *core)
{
	struct mig_wants wants;

	mig_wants(&core->policy, &core->state, &wants);
	for (size_t i = 0; i < core->policy.metric_count; i++) {
		if ((wants.baselines & 1U << i) != 0)
			send_sample(core, i, true, &core->old[i]);
		if ((wants.metrics & 1U << i) != 0)
			send_sample(core, i, false, &core->now[i]);
	}
}

void
core_result(struct core *core, size_t place, enum mig_result result, uint32_t attempts)
{
	assert_true(place < core->owed_count);
	struct mig_effect effect = core->owed[place];
	struct mig_event event = { .kind = MIG_EVENT_RESULT };

	event.u.result.seq = effect.seq;
	event.u.result.result = result;
	event.u.result.attempts = attempts;
	event.u.result.error = result == MIG_RESULT_DONE ? NULL : "the peer said no";
	if (result == MIG_RESULT_DONE && effect.kind == MIG_EFFECT_SET_FLAG && !core->lying)
		core->provider[effect.u.set_flag.flag] = effect.u.set_flag.percentage;
	if (result == MIG_RESULT_DONE || result == MIG_RESULT_REFUSED) {
		core->owed_count--;
		memmove(&core->owed[place], &core->owed[place + 1],
		    (core->owed_count - place) * sizeof(core->owed[0]));
	}
	send_event(core, &event);
}

void
core_ack_writes(struct core *core)
{
	size_t count = core->owed_count;

	for (; count > 0 && core->owed_count > 0; count--)
		core_result(core, 0, MIG_RESULT_DONE, 1);
}

void
core_read(struct core *core, size_t flag, double percentage)
{
	struct mig_event event = { .kind = MIG_EVENT_READ };

	event.u.read.flag = flag;
	event.u.read.ok = true;
	event.u.read.percentage = percentage;
	send_event(core, &event);
}

void
core_read_back(struct core *core)
{
	struct mig_wants wants;

	mig_wants(&core->policy, &core->state, &wants);
	for (size_t i = 0; i < core->policy.flag_count; i++) {
		bool unreadable = (core->unreadable & 1U << i) != 0;
		if ((wants.reads & 1U << i) != 0)
			core_read(core, i, unreadable ? NAN : core->provider[i]);
	}
}

void
core_answer_gates(struct core *core)
{
	struct mig_event event = { .kind = MIG_EVENT_GATE };
	struct mig_wants wants;

	mig_wants(&core->policy, &core->state, &wants);
	for (size_t i = 0; i < MIG_GATES_MAX; i++) {
		if ((wants.gates & 1U << i) == 0)
			continue;
		event.u.gate.gate = i;
		event.u.gate.open = core->gates[i];
		event.u.gate.schema = core->schema;
		event.u.gate.why = core->schema_why;
		send_event(core, &event);
	}
}

void
core_poll(struct core *core)
{
	core_tick(core, core->policy.settings.poll_interval_ms);
	core_samples(core);
	core_answer_gates(core);
	core_ack_writes(core);
	core_read_back(core);
}

void
core_run(struct core *core, int64_t ms)
{
	for (int64_t t = 0; t < ms; t += core->policy.settings.poll_interval_ms)
		core_poll(core);
}

void
core_run_until(struct core *core, enum mig_run run, unsigned max)
{
	for (; core->state.run != run && max > 0; max--)
		core_poll(core);
	assert_string_equal(mig_run_name(core->state.run), mig_run_name(run));
}

int
core_command(struct core *core, enum mig_command command, const char *name)
{
	struct mig_event event = { .kind = MIG_EVENT_COMMAND };

	event.u.command.command = command;
	event.u.command.actor = "anna";
	event.u.command.comment = "because";
	event.u.command.name = name;
	return core_event(core, &event);
}

void
core_obey(struct core *core, enum mig_command command, const char *name)
{
	assert_int_equal(core_command(core, command, name), MIG_OK);
}

void
core_restore(struct core *core, int64_t ms, bool refilled)
{
	struct mig_event event = { .kind = MIG_EVENT_RESTORE };

	core->wall.ms += ms;
	core->mono.ms = 5000;
	event.u.restore.refilled = refilled;
	send_event(core, &event);
}

void
core_start(struct core *core)
{
	core_obey(core, MIG_COMMAND_START, NULL);
	core_run_until(core, MIG_RUN_RUNNING, 60);
	core_poll(core);
}

void
core_to_first_step(struct core *core)
{
	core_start(core);
	core_obey(core, MIG_COMMAND_APPROVE, "approval");
	assert_int_equal(core->state.phase, CORE_REDIRECT);
	core_ack_writes(core);
	core_read_back(core);
	assert_double_same(core->state.flags[0].intended, 5);
	assert_true(core->state.flags[0].verified);
	core_forget(core);
}

struct core *
core_both_up(void)
{
	struct core *core = core_new();

	core_to_first_step(core);
	for (int i = 0; i < 40 && !core->state.flags[1].verified; i++)
		core_poll(core);
	core_run(core, 200000);
	core_forget(core);
	return core;
}

void
core_to_stage(struct core *core, enum mig_rb_stage stage)
{
	for (int i = 0; i < 30 && core->state.rollback.stage != stage; i++)
		core_poll(core);
	assert_string_equal(mig_rb_stage_name(core->state.rollback.stage),
	    mig_rb_stage_name(stage));
}

void
core_to_no_return(struct core *core)
{
	core_to_first_step(core);
	for (unsigned i = 0; i < 60 && core->state.phase != CORE_RETIRE; i++)
		core_poll(core);
	assert_int_equal(core->state.phase, CORE_RETIRE);
	core_poll(core);
	core_forget(core);
}

size_t
core_count(const struct core *core, const char *kind)
{
	size_t count = 0;
	size_t len = strlen(kind);

	for (const char *at = strstr(core->records.data, kind); at != NULL;
	    at = strstr(at + len, kind)) {
		bool begins = at == core->records.data || at[-1] == ' ';
		if (begins && (at[len] == ' ' || at[len] == '\0'))
			count++;
	}
	return count;
}

uint32_t
core_blocks(const struct core *core)
{
	struct mig_next next;

	mig_next(&core->policy, &core->state, core->wall, &next);
	return next.waiting_for;
}

enum mig_next_action
core_next(const struct core *core)
{
	struct mig_next next;

	mig_next(&core->policy, &core->state, core->wall, &next);
	return next.action;
}
