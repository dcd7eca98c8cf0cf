/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/*
 * The policy: plan, runbook and configuration compiled into one immutable object that the
 * decision core runs.  Built by engine/compile; strings and arrays live in its arena.
 * Percentages are 0-100, ratios 0-1, durations milliseconds.
 */
#ifndef MIG_CORE_POLICY_H
#define MIG_CORE_POLICY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/digest.h"
#include "base/limits.h"
#include "base/zone.h"
#include "core/expr.h"

struct mig_arena;

enum mig_baseline_kind {
	MIG_BASELINE_CAPTURED, /* median of the old path's samples before the first step */
	MIG_BASELINE_FIXED,    /* a number of the configuration */
	MIG_BASELINE_LIVE      /* the old path's newest sample */
};

/* A measured quantity and how to ask for it.  Index in mig_policy.metrics names it everywhere. */
struct mig_metric {
	const char *name;           /* "error_rate", "p95_response_time", ... (canonical) */
	const char *query;          /* PromQL, templates filled in; NULL: nobody can measure it */
	const char *age_query;      /* PromQL: age in seconds of the newest raw sample; or NULL */
	const char *count_query;    /* PromQL: requests in the window; or NULL */
	const char *baseline_query; /* PromQL over the old path; NULL when no baseline is wanted */
	const char *baseline_age_query; /* as age_query, of baseline_query; or NULL */
	const char *baseline_count_query; /* PromQL: requests over the old path; or NULL */
	enum mig_baseline_kind baseline;
	double baseline_fixed;
	double floor;       /* used in place of a smaller baseline */
	double min_samples; /* below that many requests a reading is low_traffic; 0 = off */
	bool new_path;      /* the query sees the new path alone: no exposure, no data */
	bool wanted;        /* some trigger or gate looks at it */
	bool baseline_wanted; /* some expression refers to its baseline */
};

enum mig_operator { MIG_OP_GREATER, MIG_OP_LESS, MIG_OP_EQUALS };

enum mig_action {
	MIG_ACTION_ROLLBACK, /* at once, unattended */
	MIG_ACTION_PROPOSE,  /* alert, then wait for "approve rollback" or "dismiss" */
	MIG_ACTION_ALERT,    /* alert only */
	MIG_ACTION_SCALE_UP  /* hook; alert where there is no executor */
};

enum mig_origin { MIG_ORIGIN_GENERAL, MIG_ORIGIN_TYPE, MIG_ORIGIN_SPEC };

/* A condition that acts when it has held for for_ms. */
struct mig_trigger {
	const char *id;
	const char *name;
	size_t metric;
	enum mig_operator op;
	struct mig_expr threshold;
	int64_t for_ms;
	double clear_ratio; /* a breach clears only beyond this x threshold; 1: no hysteresis */
	enum mig_action action;
	enum mig_origin origin;
	bool armed; /* its metric can be measured */
	bool standstill; /* fires when nothing moves: bad only once it has lasted, or not at all */
};

enum mig_gate_kind {
	MIG_GATE_APPROVAL, /* an operator's approve */
	MIG_GATE_METRIC,   /* a condition holds on an ok sample */
	MIG_GATE_WEBHOOK,  /* the executor answers 200 or 204 */
	MIG_GATE_DURATION, /* healthy time spent in the phase */
	MIG_GATE_SCHEMA    /* the live server has the schema that the plan was made for */
};

/* What must hold before a phase is entered (at_entry) or a phase or flag step is left. */
struct mig_gate {
	const char *name;
	enum mig_gate_kind kind;
	bool at_entry;
	size_t metric;             /* METRIC */
	enum mig_operator op;      /* METRIC: open while "metric op threshold" is true */
	struct mig_expr threshold; /* METRIC */
	int64_t duration_ms;       /* DURATION; METRIC: how long it must have held */
};

struct mig_flag_step {
	double percentage;
	int64_t hold_ms;
};

struct mig_flag {
	const char *name;
	double initial;  /* percentage before the first step */
	double rollback; /* percentage to go back to */
	size_t step_count;
	const struct mig_flag_step *steps;
	bool readable; /* the provider can be asked for the percentage */
};

struct mig_phase {
	const char *name;
	const char *description;
	bool risky; /* risk high or critical: entered only when the windows allow */
	bool point_of_no_return;
	bool parallel; /* its flags ramp side by side instead of one after the other */
	size_t gate_count;
	struct mig_gate gates[MIG_GATES_MAX];
	size_t flag_count;
	size_t flags[MIG_FLAGS_MAX]; /* indices into mig_policy.flags */
};

/* One step of the runbook's way back, in the order of execution. */
struct mig_rb_step {
	const char *id;
	const char *name;
	size_t rb_phase; /* index into rb_phases */
	bool manual;     /* waits for an operator's ack */
};

struct mig_rb_phase {
	const char *name;  /* "rollback_redirect" */
	size_t phase;      /* the plan phase it undoes */
	size_t first_step; /* index into rb_steps */
	size_t step_count;
};

/* A daily span of local time; start == end is the whole day; end < start runs past midnight. */
struct mig_window {
	bool present;
	int start_minute; /* first minute inside, 0-1439 */
	int end_minute;   /* first minute outside */
	const char *zone_name;
	const struct mig_zone *zone;
};

struct mig_settings {
	int64_t poll_interval_ms;
	int64_t max_sample_age_ms;
	int64_t blind_after_ms;
	int64_t blind_rollback_after_ms; /* 0 = never */
	int64_t baseline_window_ms;
	int64_t max_gap_ms;
	double min_coverage;
	int64_t bake_ms;
	int64_t validation_window_ms;
	int64_t verify_timeout_ms; /* an acknowledged write must be read back within this */
	int64_t manual_reminder_ms; /* a manual rollback step is escalated again after this */
};

struct mig_policy {
	struct mig_arena *arena; /* owns everything below */
	const char *migration_id;
	const char *migration_name; /* "SOURCE to TARGET", for people */
	char hash[MIG_SHA256_HEX];  /* of everything that decides */

	size_t metric_count;
	struct mig_metric *metrics;
	size_t trigger_count;
	struct mig_trigger *triggers;
	size_t flag_count;
	struct mig_flag *flags;
	size_t phase_count;
	struct mig_phase *phases;
	size_t rb_phase_count;
	struct mig_rb_phase *rb_phases; /* newest plan phase first */
	size_t rb_step_count;
	struct mig_rb_step *rb_steps;

	struct mig_window critical_hours;   /* no step up inside */
	struct mig_window preferred_window; /* step up only inside */
	struct mig_settings settings;
	bool hooks; /* an executor for phase hooks and runbook steps is configured */
};

/*
 * Free the policy and its arena; NULL is a no-op.
 */
void mig_policy_free(struct mig_policy *policy);

/*
 * Index of a metric by canonical name or alias ("response_time_p95" is "p95_response_time", "p95"
 * and "p99" are short for the response times); metric_count when there is none.
 */
size_t mig_policy_metric(const struct mig_policy *policy, const char *name);

/*
 * Index of a trigger by id; trigger_count when there is none.
 */
size_t mig_policy_trigger(const struct mig_policy *policy, const char *id);

/*
 * The metric whose baseline matters to a trigger's threshold: the first it names, else its own.
 */
size_t mig_policy_baseline_metric(const struct mig_policy *policy,
    const struct mig_trigger *trigger);

/*
 * Index of a flag by name; flag_count when there is none.
 */
size_t mig_policy_flag(const struct mig_policy *policy, const char *name);

/*
 * The canonical spelling of a metric name; the name itself when it has no alias.
 */
const char *mig_metric_canonical(const char *name);

/*
 * Whether the windows allow a step up at this time.  *ret_next (may be NULL) is the earliest
 * time from `at` on at which they do, `at` itself when they do now, 0 when they never do within
 * eight days.
 */
bool mig_policy_window_open(const struct mig_policy *policy, mig_wall at, mig_wall *ret_next);

/*
 * The words of the outside contracts: "greater_than", "less_than", "equals".
 */
const char *mig_operator_name(enum mig_operator op);

/*
 * "automatic_rollback", "propose_rollback", "alert_team", "scale_up".
 */
const char *mig_action_name(enum mig_action action);

/*
 * "general", "type", "spec".
 */
const char *mig_origin_name(enum mig_origin origin);

/*
 * "approval", "metric", "webhook", "duration", "schema".
 */
const char *mig_gate_kind_name(enum mig_gate_kind kind);

/*
 * "captured", "fixed", "live".
 */
const char *mig_baseline_kind_name(enum mig_baseline_kind kind);

#endif
