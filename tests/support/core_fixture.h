/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/*
 * A policy made by hand, a rollout under it and a small world around it (providers, executor,
 * Prometheus) for the tests of the decision core.  Everything is open: a test changes the policy
 * before the first event and the world at any time.
 */
#ifndef MIG_TEST_CORE_FIXTURE_H
#define MIG_TEST_CORE_FIXTURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "core/policy.h"
#include "core/state.h"
#include "core/step.h"
#include "support/test_support.h"

/* Indices of the standard policy. */
enum { CORE_ERROR_RATE, CORE_P95, CORE_AVAILABILITY };
enum { CORE_SPIKE, CORE_LATENCY, CORE_DOWN };
enum { CORE_PREPARE, CORE_REDIRECT, CORE_OBSERVE, CORE_RETIRE };

#define CORE_STEPS_MAX 8
#define CORE_OWED_MAX 512
#define CORE_POLL_MS 10000
#define CORE_START_MS 1795312800000LL /* 2026-11-22T02:00:00Z, a Sunday */

/* What Prometheus would answer. */
struct core_answer {
	enum mig_quality quality;
	double value;
	double count;
};

struct core {
	struct mig_policy policy;
	struct mig_metric metrics[MIG_METRICS_MAX];
	struct mig_trigger triggers[MIG_TRIGGERS_MAX];
	struct mig_flag flags[MIG_FLAGS_MAX];
	struct mig_flag_step steps[MIG_FLAGS_MAX][CORE_STEPS_MAX];
	struct mig_phase phases[MIG_PHASES_MAX];
	struct mig_rb_phase rb_phases[MIG_PHASES_MAX];
	struct mig_rb_step rb_steps[MIG_RB_STEPS_MAX];
	struct mig_zone utc;

	struct mig_state state;
	struct mig_outcome out;
	mig_wall wall;
	mig_mono mono;

	/* The world. */
	struct core_answer now[MIG_METRICS_MAX];
	struct core_answer old[MIG_METRICS_MAX];
	double provider[MIG_FLAGS_MAX]; /* what a read-back shows */
	bool lying;                     /* writes are acknowledged but not carried out */
	unsigned unreadable;            /* flags that can't be read back, a bit each */
	bool gates[MIG_GATES_MAX];      /* what the executor says to a webhook gate */
	enum mig_schema_answer schema; /* what a look at the live server shows */
	const char *schema_why;
	size_t owed_count;              /* effects not acknowledged yet, notifications left out */
	struct mig_effect owed[CORE_OWED_MAX];

	/* What has happened since core_forget(). */
	struct mig_buf records; /* kinds, with blanks between */
	struct mig_buf effects; /* such as "set:0=5(start) notify:alert", with blanks between */
	struct mig_buf details; /* the records' details, one a line */
	uint64_t last_record;
	uint64_t last_effect;
};

/*
 * The standard policy, freshly loaded: three metrics, three triggers that roll back, two flags
 * with the steps 5, 25 and 100 (held 60 s, 60 s, 30 s) that ramp one after the other in
 * "redirect", four phases, no hooks, no windows.  All is healthy and the flags stand at 0.  Owned
 * by the caller.
 */
struct core *core_new(void);

/*
 * Free it.
 */
void core_free(struct core *core);

/*
 * Forget what has happened so far.
 */
void core_forget(struct core *core);

/*
 * Add a gate to a phase; returns it.
 */
struct mig_gate *core_gate(struct core *core, size_t phase, const char *name,
    enum mig_gate_kind kind, bool at_entry);

/*
 * A threshold of the trigger, as text.
 */
void core_threshold(struct core *core, size_t trigger, const char *text);

/*
 * Send an event at the present time.  Checks what always holds: numbers grow, details are JSON, a
 * refused command leaves the state alone.  Returns what mig_step() returned.
 */
int core_event(struct core *core, struct mig_event *event);

/*
 * Let time pass without an event.
 */
void core_wait(struct core *core, int64_t ms);

/*
 * Let time pass, then send a tick.
 */
void core_tick(struct core *core, int64_t ms);

/*
 * An ok sample of the new path.
 */
void core_sample(struct core *core, size_t metric, double value);

/*
 * A sample of the given quality; old_path for the baseline query.
 */
void core_reading(struct core *core, size_t metric, bool old_path, enum mig_quality quality,
    double value);

/*
 * All samples that are wanted now, as the world has them.
 */
void core_samples(struct core *core);

/*
 * Acknowledge all that is owed, in order; the world follows (unless it lies).
 */
void core_ack_writes(struct core *core);

/*
 * Answer one owed effect by its place in core->owed.
 */
void core_result(struct core *core, size_t place, enum mig_result result, uint32_t attempts);

/*
 * Answer all read-backs that are wanted now.
 */
void core_read_back(struct core *core);

/*
 * A read-back of a flag, wanted or not.
 */
void core_read(struct core *core, size_t flag, double percentage);

/*
 * Answer the webhook and schema gates that are wanted now.
 */
void core_answer_gates(struct core *core);

/*
 * One whole poll: time, tick, samples, gates, acknowledgements, read-backs.
 */
void core_poll(struct core *core);

/*
 * Polls until ms have passed.
 */
void core_run(struct core *core, int64_t ms);

/*
 * Polls until the run state is reached; fails the test after max polls.
 */
void core_run_until(struct core *core, enum mig_run run, unsigned max);

/*
 * A command of the operator "anna"; name may be NULL.
 */
int core_command(struct core *core, enum mig_command command, const char *name);

/*
 * As core_command(), which must be granted.
 */
void core_obey(struct core *core, enum mig_command command, const char *name);

/*
 * The daemon was away for ms and is back; its monotonic clock has started again.
 */
void core_restore(struct core *core, int64_t ms, bool refilled);

/*
 * Start and go on until the first phase is current and its gates are waited for.
 */
void core_start(struct core *core);

/*
 * Go on until the first flag has just been seen at its first step, in "redirect".
 */
void core_to_first_step(struct core *core);

/*
 * A rollout in which both flags are up: the first through, the second at its first step.
 */
struct core *core_both_up(void);

/*
 * Go on until a rollback has come to that stage.
 */
void core_to_stage(struct core *core, enum mig_rb_stage stage);

/*
 * Go on until the rollout waits for the approval of the point of no return.
 */
void core_to_no_return(struct core *core);

/*
 * The number of records of that kind since core_forget().
 */
size_t core_count(const struct core *core, const char *kind);

/*
 * The blocks of mig_next() now.
 */
uint32_t core_blocks(const struct core *core);

/*
 * The action of mig_next() now.
 */
enum mig_next_action core_next(const struct core *core);

#endif
