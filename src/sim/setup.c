/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <string.h>

#include "base/err.h"
#include "base/prng.h"
#include "sim/setup.h"

#define MINUTE_MS INT64_C(60000)
#define DAY_MINUTES 1440

/* Nights on which the clocks of Berlin are changed, and one on which they are not. */
static const int64_t nights_ms[] = {
	1774738800000, /* 2026-03-28T23:00:00Z, at 01:00Z the clocks go forward */
	1792882800000, /* 2026-10-24T23:00:00Z, at 01:00Z they go back */
	1795312800000, /* 2026-11-22T02:00:00Z */
};

static const char *const fault_names[SIM_FAULT_COUNT] = { "prom_down", "prom_slow", "prom_garbage",
	"prom_nan", "prom_empty", "prom_stale", "prom_partial", "prom_many", "prom_reset",
	"no_traffic", "damage", "damage_old", "lag", "flag_error", "flag_hang", "flag_late",
	"flag_twice", "flag_delay", "flag_lie", "flag_refuse", "flag_busy", "flag_unread",
	"flag_moved", "step_error", "step_hang", "step_refuse", "step_accept", "gate_closed",
	"notify_error", "notify_hang", "freeze", "disk_full", "crash", "crash_write", "crash_send",
	"stop", "clock", "second", "abort", "pause", "command", "reload" };

/* That many polls, low to high. */
static int64_t
polls(const struct sim_setup *setup, struct mig_prng *prng, int64_t low, int64_t high)
{
	return setup->poll_ms * mig_prng_between(prng, low, high);
}

static void
draw_settings(struct sim_setup *setup, struct mig_prng *prng)
{
	static const int64_t intervals_ms[] = { 10000, 15000, 30000, 60000 };

	setup->poll_ms = intervals_ms[mig_prng_below(prng, 4)];
	setup->scrape_ms = mig_prng_chance(prng, 50) ? setup->poll_ms : setup->poll_ms / 2;
	setup->max_age_ms = polls(setup, prng, 2, 4);
	setup->gap_ms = polls(setup, prng, 2, 4);
	setup->blind_ms = polls(setup, prng, 3, 10);
	setup->blind_rollback_ms =
	    mig_prng_chance(prng, 50) ? 0 : polls(setup, prng, 1, 10);
	setup->baseline_ms = polls(setup, prng, 20, 21);
	setup->bake_ms = polls(setup, prng, 0, 5);
	setup->validation_ms = polls(setup, prng, 0, 4);
	setup->verify_ms = mig_prng_between(prng, 2, 60) * 1000;
	setup->requests_per_s = (double)mig_prng_between(prng, 1, 200);
	setup->min_samples = (double)mig_prng_between(prng, 0, 30);
	setup->silent_nan = mig_prng_chance(prng, 50);
	setup->fenced = mig_prng_chance(prng, 50);
	setup->oncall_ms = polls(setup, prng, 2, 8);
	setup->start_ms = nights_ms[mig_prng_below(prng, 3)] +
	    mig_prng_between(prng, 0, 120) * MINUTE_MS;
}

static void
draw_flags(struct sim_setup *setup, struct mig_prng *prng)
{
	setup->flag_count = mig_prng_chance(prng, 60) ? 1 : 1 + mig_prng_below(prng, SIM_FLAGS_MAX);
	setup->parallel = mig_prng_chance(prng, 30);
	for (size_t i = 0; i < setup->flag_count; i++) {
		struct sim_flag *flag = &setup->flags[i];
		double left = 100;
		flag->step_count = 1 + mig_prng_below(prng, SIM_STEPS_MAX);
		flag->initial = mig_prng_chance(prng, 10) ? 1 : 0;
		for (size_t j = flag->step_count; j > 0; j--) {
			flag->percentages[j - 1] = left;
			/* Only the last may be held for no time. */
			flag->hold_ms[j - 1] = j == flag->step_count && mig_prng_chance(prng, 30) ?
			    0 : polls(setup, prng, 1, 5);
			left = (double)(int)(left / (double)mig_prng_between(prng, 2, 4));
		}
	}
}

static void
draw_gate(struct sim_setup *setup, struct mig_prng *prng, size_t index)
{
	static const enum mig_gate_kind kinds[] = { MIG_GATE_APPROVAL, MIG_GATE_METRIC,
		MIG_GATE_DURATION, MIG_GATE_WEBHOOK };
	struct sim_phase *phase = &setup->phases[index];
	struct sim_gate *gate = &phase->gates[phase->gate_count++];

	gate->kind = kinds[mig_prng_below(prng, setup->executor ? 4 : 3)];
	gate->at_entry = gate->kind != MIG_GATE_DURATION && mig_prng_chance(prng, 30);
	gate->duration_ms = polls(setup, prng, 0, 4);
	/* Without traffic nobody measures what it waits for, and nothing would ever happen. */
	bool before = index < setup->traffic_phase ||
	    (index == setup->traffic_phase && gate->at_entry);
	if (gate->kind == MIG_GATE_METRIC && before)
		gate->kind = MIG_GATE_APPROVAL;
}

static void
draw_phases(struct sim_setup *setup, struct mig_prng *prng)
{
	setup->executor = mig_prng_chance(prng, 60);
	setup->phase_count = 1 + mig_prng_below(prng, SIM_PHASES_MAX);
	setup->traffic_phase = mig_prng_below(prng, setup->phase_count);
	for (size_t i = 0; i < setup->phase_count; i++) {
		struct sim_phase *phase = &setup->phases[i];
		phase->no_return = i > setup->traffic_phase && mig_prng_chance(prng, 40);
		phase->risky = mig_prng_chance(prng, 30);
		for (size_t gates = mig_prng_below(prng, SIM_GATES_MAX + 1); gates > 0; gates--)
			draw_gate(setup, prng, i);
		phase->rb_step_count = 1 + mig_prng_below(prng, SIM_RB_STEPS_MAX);
		for (size_t j = 0; j < phase->rb_step_count; j++)
			phase->rb_manual[j] = mig_prng_chance(prng, 30);
	}
}

static void
draw_triggers(struct sim_setup *setup, struct mig_prng *prng)
{
	static const struct sim_trigger rows[SIM_TRIGGERS_MAX] = {
		{ "error_rate", false, "\"baseline_error_rate * 5\"", 5, "automatic_rollback" },
		{ "p95_response_time", false, "\"baseline_p95_response_time * 3\"", 10, NULL },
		{ "availability", true, "0.95", 2, "automatic_rollback" },
		{ "error_rate", false, "0.1", 0, "automatic_rollback" },
		{ "replication_lag_seconds", false, "30", 1, "scale_up" },
		{ "request_rate", true, "-1", 0, "alert_team" },
		/* Nobody measures this one. */
		{ "cpu_utilization", false, "0.9", 1, "automatic_rollback" },
	};
	static const char *const actions[] = { "automatic_rollback", "automatic_rollback",
		"alert_team", "scale_up", NULL };

	setup->trigger_count = 3 + mig_prng_below(prng, SIM_TRIGGERS_MAX - 2);
	for (size_t i = 0; i < setup->trigger_count; i++) {
		struct sim_trigger *trigger = &setup->triggers[i];
		*trigger = rows[i];
		trigger->for_minutes = (int)mig_prng_between(prng, 0, 5);
		/* The first keeps its action: one at least must roll back. */
		if (i > 0 && mig_prng_chance(prng, 50))
			trigger->action = actions[mig_prng_below(prng, 5)];
	}
	setup->error_baseline = (enum mig_baseline_kind)mig_prng_below(prng, 3);
	setup->p95_baseline = (enum mig_baseline_kind)mig_prng_below(prng, 3);
	/* The second is above what is measured. */
	setup->error_floor = mig_prng_chance(prng, 75) ? 0.001 : 0.015;
}

/* Hours that are closed a while after the beginning, in local time of Berlin. */
static void
draw_windows(struct sim_setup *setup, struct mig_prng *prng)
{
	int64_t closed = setup->start_ms + polls(setup, prng, 20, 45);
	int local = (int)((closed / MINUTE_MS + 60) % DAY_MINUTES);
	int length = 1 + (int)(polls(setup, prng, 5, 40) / MINUTE_MS);
	struct sim_window hours = { true, local, (local + length) % DAY_MINUTES };

	setup->critical.present = false;
	setup->preferred.present = false;
	if (mig_prng_chance(prng, 70))
		return;
	if (mig_prng_chance(prng, 50))
		setup->critical = hours;
	else
		setup->preferred = (struct sim_window){ true, hours.end_minute,
			hours.start_minute };
}

static void
draw_fault(struct sim_setup *setup, struct mig_prng *prng, enum sim_fault_kind kind)
{
	int64_t length = sim_setup_length(setup);
	/* In the first 45 polls less than a fifth of the faults meet traffic on the new system. */
	bool late = setup->seed % 5 == 1 || setup->seed % 5 == 3;
	int64_t from = late ? mig_prng_between(prng, length / 4, length / 4 * 7) :
	    mig_prng_between(prng, 0, 45 * setup->poll_ms);
	int64_t to = from + mig_prng_between(prng, 1, 12 * setup->poll_ms);

	/* Damage that goes away by itself is the exception. */
	if (kind == SIM_DAMAGE && mig_prng_chance(prng, 60))
		to = INT64_MAX;
	sim_setup_add(setup, kind, from, to);
	setup->faults[setup->fault_count - 1].draw = mig_prng_next(prng);
}

/* Swarm: first it is drawn which kinds may happen at all in this run. */
static void
draw_faults(struct sim_setup *setup, struct mig_prng *prng)
{
	enum sim_fault_kind kinds[SIM_FAULT_COUNT];
	unsigned share = (unsigned)mig_prng_between(prng, 5, 60);
	size_t count = 0;

	for (int kind = 0; kind < SIM_FAULT_COUNT; kind++) {
		if (mig_prng_chance(prng, share))
			kinds[count++] = (enum sim_fault_kind)kind;
	}
	size_t faults = mig_prng_below(prng, 16);
	for (size_t i = 0; i < faults && count > 0; i++)
		draw_fault(setup, prng, kinds[mig_prng_below(prng, count)]);
}

/*
 * Some have steps for the last phase only, so that before it flags are all there is to bring back.
 * Not drawn like the rest, so that seeds stay what they are.
 */
static void
take_steps_away(struct sim_setup *setup)
{
	if (mig_prng_mix(setup->seed, 1) % 8 != 0)
		return;
	for (size_t i = 0; i + 1 < setup->phase_count; i++)
		setup->phases[i].rb_step_count = 0;
}

void
sim_setup_draw(struct sim_setup *setup, uint64_t seed)
{
	struct mig_prng prng = { seed };

	memset(setup, 0, sizeof(*setup));
	setup->seed = seed;
	draw_settings(setup, &prng);
	draw_flags(setup, &prng);
	draw_phases(setup, &prng);
	take_steps_away(setup);
	draw_triggers(setup, &prng);
	draw_windows(setup, &prng);
	setup->embedded = mig_prng_chance(&prng, 25);
	setup->readable = !setup->embedded && mig_prng_chance(&prng, 80);
	draw_faults(setup, &prng);
}

void
sim_setup_calm(struct sim_setup *setup, uint64_t seed)
{
	static const struct sim_trigger triggers[] = {
		{ "error_rate", false, "\"baseline_error_rate * 5\"", 5, "automatic_rollback" },
		{ "p95_response_time", false, "\"baseline_p95_response_time * 3\"", 5,
		    "automatic_rollback" },
		{ "availability", true, "0.95", 2, "automatic_rollback" },
	};

	memset(setup, 0, sizeof(*setup));
	*setup = (struct sim_setup){ .seed = seed, .start_ms = nights_ms[2], .poll_ms = 15000,
		.max_age_ms = 60000, .blind_ms = 120000, .baseline_ms = 600000, .gap_ms = 45000,
		.bake_ms = 600000, .validation_ms = 60000, .verify_ms = 30000, .min_samples = 10,
		.flag_count = 1, .phase_count = 1, .trigger_count = 3, .readable = true,
		.error_floor = 0.001, .error_baseline = MIG_BASELINE_FIXED,
		.p95_baseline = MIG_BASELINE_FIXED,
		.scrape_ms = 15000, .requests_per_s = 100, .oncall_ms = 60000 };
	setup->flags[0] = (struct sim_flag){ .step_count = 3, .percentages = { 5, 25, 100 },
		.hold_ms = { 600000, 600000, 600000 } };
	setup->phases[0].rb_step_count = 1;
	setup->phases[0].rb_manual[0] = true;
	memcpy(setup->triggers, triggers, sizeof(triggers));
}

void
sim_setup_add(struct sim_setup *setup, enum sim_fault_kind kind, int64_t from_ms, int64_t to_ms)
{
	MIG_ASSERT(setup->fault_count < SIM_FAULTS_MAX);
	setup->faults[setup->fault_count++] =
	    (struct sim_fault){ .kind = kind, .from_ms = from_ms, .to_ms = to_ms };
}

int64_t
sim_setup_end(const struct sim_setup *setup)
{
	int64_t end = 0;

	for (size_t i = 0; i < setup->fault_count; i++) {
		/* What never ends is made good by a rollback. */
		int64_t to = setup->faults[i].to_ms == INT64_MAX ? setup->faults[i].from_ms :
		    setup->faults[i].to_ms;
		if (!setup->faults[i].off && to > end)
			end = to;
	}
	return end;
}

int64_t
sim_setup_length(const struct sim_setup *setup)
{
	int64_t length = setup->baseline_ms + setup->bake_ms;

	for (size_t i = 0; i < setup->flag_count; i++) {
		for (size_t j = 0; j < setup->flags[i].step_count; j++)
			length += setup->flags[i].hold_ms[j];
	}
	return length;
}

const struct sim_fault *
sim_setup_fault(const struct sim_setup *setup, enum sim_fault_kind kind, int64_t now_ms)
{
	for (size_t i = 0; i < setup->fault_count; i++) {
		const struct sim_fault *fault = &setup->faults[i];
		if (fault->kind == kind && !fault->off && fault->from_ms <= now_ms &&
		    now_ms < fault->to_ms)
			return fault;
	}
	return NULL;
}

const char *
sim_fault_name(enum sim_fault_kind kind)
{
	return fault_names[kind];
}
