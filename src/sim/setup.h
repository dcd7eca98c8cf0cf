/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/*
 * What happens in one simulated run: the migration, the site's settings, and every fault with its
 * time.  All of it is drawn from the seed before the run begins, so that a fault can be left out
 * without moving the others.  Times count from the beginning of the run.
 */
#ifndef MIG_SIM_SETUP_H
#define MIG_SIM_SETUP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/policy.h"

#define SIM_FAULTS_MAX 24
#define SIM_FLAGS_MAX 3
#define SIM_STEPS_MAX 4
#define SIM_PHASES_MAX 5
#define SIM_GATES_MAX 2
#define SIM_TRIGGERS_MAX 7
#define SIM_RB_STEPS_MAX 2 /* of one phase */

/* What may go wrong, from `from` to `to`, or once at `from`. */
enum sim_fault_kind {
	/* Prometheus and what it sees */
	SIM_PROM_DOWN,    /* refuses connections and scrapes nothing */
	SIM_PROM_SLOW,    /* answers late, or behind every timeout */
	SIM_PROM_GARBAGE, /* answers something that is no answer */
	SIM_PROM_NAN,     /* values are NaN, or infinite */
	SIM_PROM_EMPTY,   /* no series */
	SIM_PROM_STALE,   /* the targets are down: nothing new is scraped */
	SIM_PROM_PARTIAL, /* answers with a warning */
	SIM_PROM_MANY,    /* several series where one is expected */
	SIM_PROM_RESET,   /* counters begin again: a moment without a rate */
	SIM_NO_TRAFFIC,   /* few requests or none, on both paths or on the old one */
	SIM_DAMAGE,       /* the new path fails: errors and slow answers, as long as it is used */
	SIM_DAMAGE_OLD,   /* both paths fail */
	SIM_LAG,          /* the lag that a trigger of its own watches */
	/* The flag service */
	SIM_FLAG_ERROR,   /* 503 */
	SIM_FLAG_HANG,    /* no answer and no effect */
	SIM_FLAG_LATE,    /* the effect, but no answer in time */
	SIM_FLAG_TWICE,   /* the network delivers the request again later */
	SIM_FLAG_DELAY,   /* an answer, and the effect a while later: out of order */
	SIM_FLAG_LIE,     /* 200 and no effect */
	SIM_FLAG_REFUSE,  /* 403 */
	SIM_FLAG_BUSY,    /* 429 with Retry-After */
	SIM_FLAG_UNREAD,  /* reading fails */
	SIM_FLAG_MOVED,   /* once: somebody moves a flag by hand */
	/* The executor and the receiver of notifications */
	SIM_STEP_ERROR,   /* 500 */
	SIM_STEP_HANG,
	SIM_STEP_REFUSE,  /* 400 */
	SIM_STEP_ACCEPT,  /* 202, done a while later */
	SIM_GATE_CLOSED,  /* webhook gates answer 423 */
	SIM_NOTIFY_ERROR,
	SIM_NOTIFY_HANG,
	/* The machine */
	SIM_FREEZE,       /* the daemon gets no processor time, as under SIGSTOP */
	SIM_DISK_FULL,    /* no write to the store succeeds */
	SIM_CRASH,        /* once: the daemon dies */
	SIM_CRASH_WRITE,  /* once: it dies in the middle of its next write to the store */
	SIM_CRASH_SEND,   /* once: it dies between the write and the request */
	SIM_STOP,         /* once: it is stopped and started again */
	SIM_CLOCK,        /* once: the wall clock jumps */
	SIM_SECOND,       /* once: somebody starts a second daemon on the same state */
	/* People */
	SIM_ABORT,        /* once */
	SIM_PAUSE,        /* paused at `from`, resumed at `to` */
	SIM_COMMAND,      /* once: any command, sensible or not */
	SIM_RELOAD        /* once: another configuration */
};
#define SIM_FAULT_COUNT (SIM_RELOAD + 1)

struct sim_fault {
	enum sim_fault_kind kind;
	int64_t from_ms;
	int64_t to_ms; /* INT64_MAX: never ends */
	uint64_t draw; /* decides the details */
	bool off;      /* left out of this run */
};

struct sim_flag {
	double initial;
	size_t step_count;
	double percentages[SIM_STEPS_MAX];
	int64_t hold_ms[SIM_STEPS_MAX];
};

struct sim_gate {
	enum mig_gate_kind kind; /* a METRIC gate wants the error rate below 0.05 */
	bool at_entry;
	int64_t duration_ms;
};

struct sim_phase {
	bool no_return;
	bool risky;
	size_t gate_count;
	struct sim_gate gates[SIM_GATES_MAX];
	size_t rb_step_count;
	bool rb_manual[SIM_RB_STEPS_MAX];
};

struct sim_trigger {
	const char *metric;
	bool less;
	const char *threshold; /* JSON: a number or a string */
	int for_minutes;
	const char *action; /* "automatic_rollback", "alert_team", "scale_up", NULL: proposed */
};

struct sim_window {
	bool present;
	int start_minute;
	int end_minute;
};

struct sim_setup {
	uint64_t seed;
	int64_t start_ms; /* wall time of the beginning */

	/* Settings */
	int64_t poll_ms;
	int64_t max_age_ms;
	int64_t blind_ms;
	int64_t blind_rollback_ms;
	int64_t baseline_ms;
	int64_t gap_ms;
	int64_t bake_ms;
	int64_t validation_ms;
	int64_t verify_ms;
	double min_samples;

	/* The migration */
	size_t flag_count;
	struct sim_flag flags[SIM_FLAGS_MAX];
	size_t phase_count;
	size_t traffic_phase;
	bool parallel;
	struct sim_phase phases[SIM_PHASES_MAX];
	size_t trigger_count;
	struct sim_trigger triggers[SIM_TRIGGERS_MAX];
	struct sim_window critical;
	struct sim_window preferred;
	bool embedded; /* the daemon is the flag service */
	bool readable; /* flags can be read back */
	bool executor;
	enum mig_baseline_kind error_baseline;
	enum mig_baseline_kind p95_baseline;
	double error_floor;

	/* The site */
	int64_t scrape_ms;
	double requests_per_s;
	bool silent_nan; /* without traffic a ratio is NaN, else there is no series */
	bool fenced;     /* the flag service refuses writes of an older generation */
	int64_t oncall_ms; /* somebody looks after what waits for people that often */

	size_t fault_count;
	struct sim_fault faults[SIM_FAULTS_MAX];
};

/*
 * Draw a run from its seed.
 */
void sim_setup_draw(struct sim_setup *setup, uint64_t seed);

/*
 * A plain run without any fault: one flag with the steps 5, 25 and 100, held for ten minutes each.
 */
void sim_setup_calm(struct sim_setup *setup, uint64_t seed);

/*
 * Add a fault; it must fit.
 */
void sim_setup_add(struct sim_setup *setup, enum sim_fault_kind kind, int64_t from_ms,
    int64_t to_ms);

/*
 * When the last fault is over; one that never ends counts with its beginning.
 */
int64_t sim_setup_end(const struct sim_setup *setup);

/*
 * How long the rollout takes at least when nothing comes in its way.
 */
int64_t sim_setup_length(const struct sim_setup *setup);

/*
 * The fault of a kind that is on at a time, or NULL.
 */
const struct sim_fault *sim_setup_fault(const struct sim_setup *setup, enum sim_fault_kind kind,
    int64_t now_ms);

/*
 * "prom_down", "flag_lie", ….
 */
const char *sim_fault_name(enum sim_fault_kind kind);

#endif
