/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/*
 * The state of one rollout: flat, of fixed size, without pointers, so it can be copied, compared
 * and encoded.  Only core/step*.c change it.  Indices refer to the policy's arrays.
 *
 * Durations run on the rollout's own clock (clock_ms): it advances with the monotonic times of
 * the events and stands still while the daemon is away.
 */
#ifndef MIG_CORE_STATE_H
#define MIG_CORE_STATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/limits.h"
#include "base/time.h"

enum mig_run {
	MIG_RUN_LOADED,
	MIG_RUN_BASELINING,
	MIG_RUN_RUNNING,
	MIG_RUN_BAKING,
	MIG_RUN_COMPLETED,
	MIG_RUN_ROLLING_BACK,
	MIG_RUN_ROLLED_BACK,
	MIG_RUN_HELD
};
#define MIG_RUN_COUNT 8

/* Overlays, as bits. */
#define MIG_OVERLAY_PAUSED 1U
#define MIG_OVERLAY_BLIND 2U
#define MIG_OVERLAY_DRIFT 4U

enum mig_quality {
	MIG_QUALITY_NONE, /* nothing was asked yet */
	MIG_QUALITY_OK,
	MIG_QUALITY_NO_DATA,
	MIG_QUALITY_NAN,
	MIG_QUALITY_STALE,
	MIG_QUALITY_PARTIAL,
	MIG_QUALITY_ERROR,
	MIG_QUALITY_LOW_TRAFFIC
};
#define MIG_QUALITY_COUNT 8

enum mig_trigger_run {
	MIG_TRIGGER_DISARMED,
	MIG_TRIGGER_UNKNOWN,
	MIG_TRIGGER_LOW_TRAFFIC,
	MIG_TRIGGER_OK,
	MIG_TRIGGER_PENDING,
	MIG_TRIGGER_FIRED
};
#define MIG_TRIGGER_RUN_COUNT 6

enum mig_stage { /* of the current phase */
	MIG_STAGE_ENTRY,      /* waiting for entry gates and windows */
	MIG_STAGE_ENTER_HOOK, /* entry announced to the executor */
	MIG_STAGE_ACTIVE,     /* flags ramp, or people work */
	MIG_STAGE_LEAVE_HOOK  /* leaving announced to the executor */
};
#define MIG_STAGE_COUNT 4

enum mig_reason { /* why a rollback (or hold) was decided */
	MIG_REASON_NONE,
	MIG_REASON_TRIGGER,
	MIG_REASON_OPERATOR,
	MIG_REASON_BLIND,
	MIG_REASON_DAEMON_LOSS
};
#define MIG_REASON_COUNT 5

enum mig_rb_stage { MIG_RB_NONE, MIG_RB_FLAGS, MIG_RB_STEPS, MIG_RB_VALIDATION, MIG_RB_DONE };
#define MIG_RB_STAGE_COUNT 5

enum mig_rb_step_run {
	MIG_RB_STEP_PENDING,
	MIG_RB_STEP_RUNNING,  /* sent to the executor */
	MIG_RB_STEP_WAITING,  /* manual, or accepted: waits for an ack */
	MIG_RB_STEP_DONE,
	MIG_RB_STEP_SKIPPED   /* its phase was never entered */
};
#define MIG_RB_STEP_RUN_COUNT 5

/* One reading of a query. */
struct mig_reading {
	enum mig_quality quality;
	double value;        /* meaningful when quality is ok or low_traffic; else 0 */
	double sample_count; /* requests in the window when asked for, else 0 */
	mig_wall at;         /* the sample's own time */
	int64_t clock_ms;    /* when it arrived */
	int64_t ok_clock_ms; /* when the last ok or low_traffic one arrived; before, the start */
};

struct mig_metric_state {
	struct mig_reading now;
	struct mig_reading old; /* the live baseline's or, while baselining, the captured one's */
	bool baseline_known;
	bool floor_used;
	double baseline; /* effective value: after floor */
	double captured_spread; /* median absolute deviation of the captured samples */
	size_t captured_count;
	double captured[MIG_BASELINE_SAMPLES]; /* while baselining */
	int64_t captured_last_ms;
	mig_wall captured_at;
};

struct mig_trigger_state {
	enum mig_trigger_run run;
	double value;     /* last evaluated */
	double threshold; /* last evaluated; 0 when unknown */
	bool threshold_known;
	int64_t since_ms;   /* clock at the first breach of the pending time */
	int64_t pending_ms; /* breach time seen */
	int64_t steady_ms;  /* clock since when every reading was ok and a breach */
	int64_t last_ms;    /* clock of the previous reading that was ok */
	bool chained;       /* that reading was the one just before: the time between counts */
	bool breached;      /* the condition held at the last reading that was ok */
	mig_wall fired_at;
};

struct mig_flag_state {
	int32_t step;       /* index of the step in force; -1 before the first */
	bool touched;       /* this rollout has written it at least once */
	bool done;          /* its schedule is through */
	bool checked;       /* seen since the start and of late (or not readable) */
	uint32_t generation; /* counts writes; a late older write is recognised by it */
	uint32_t rewrites;   /* how often a rollback had to write it again */
	uint64_t write_seq; /* effect not yet acknowledged; 0 = none */
	bool write_failed;  /* refused for good: frozen until an operator restores */
	bool observed_known;
	bool verified;      /* observed == intended since the last write */
	double intended;
	double previous;
	double acked;    /* last percentage acknowledged; what an embedded flag serves */
	double observed; /* last percentage read back */
	mig_wall verified_at;
	int64_t acked_ms;    /* clock of the acknowledgement */
	int64_t read_due_ms; /* clock from which the next read-back is wanted */
	int64_t seen_ms;     /* clock of the newest read-back that was answered */
	int64_t held_ms;     /* healthy time in the current step */
	bool drifted;        /* found elsewhere than intended, and told */
	int64_t drifted_ms;  /* clock at which it was */
	int64_t drift_told_ms; /* clock at which people last heard of that; 0: never */
	int64_t unread_ms;   /* clock since when each read fails, or when that was told; 0: none */
	bool unread_told;
};

struct mig_gate_state {
	bool open;
	int64_t ok_ms; /* METRIC: how long its condition has held; SCHEMA: clock of the answer */
	mig_wall at;   /* APPROVAL, WEBHOOK, SCHEMA: when */
	char actor[MIG_NAME_MAX]; /* who has opened it: APPROVAL, and SCHEMA against the answer */
};

/* What a look at the live server's schema has shown. */
enum mig_schema_answer {
	MIG_SCHEMA_UNASKED,
	MIG_SCHEMA_AGREES,
	MIG_SCHEMA_DRIFT,  /* it is not what the plan was made for */
	MIG_SCHEMA_UNKNOWN /* nobody could see it */
};
#define MIG_SCHEMA_ANSWER_COUNT 4

/* The newest answer to the SCHEMA gate of the current phase. */
struct mig_schema_state {
	enum mig_schema_answer answer;
	char why[MIG_COMMENT_MAX]; /* what is different, or why it could not be seen */
	enum mig_schema_answer told; /* the one that was written down last; UNASKED: none like it */
	int64_t drift_ms;   /* clock when those on call were told of drift; 0: never */
	int64_t unknown_ms; /* the same of what could not be seen */
};

struct mig_rb_step_state {
	enum mig_rb_step_run run;
	uint32_t attempts;
	uint64_t seq;       /* effect that carries it */
	int64_t asked_ms;   /* clock when it was sent or asked for */
};

/* Flags of a rollback that are not back, or not seen since the daemon is. */
struct mig_away_state {
	bool now;
	bool told;       /* people know */
	int64_t away_ms; /* for so long, or since people were told last */
	uint32_t moves;  /* how often any was moved after all were back */
};

struct mig_rollback_state {
	enum mig_rb_stage stage;
	enum mig_reason reason;
	int32_t trigger; /* index, -1 none */
	char actor[MIG_NAME_MAX];
	char comment[MIG_COMMENT_MAX];
	char last_error[MIG_ERROR_MAX]; /* of the step at work or of a flag write */
	mig_wall decided_at;
	mig_wall flags_restored_at; /* 0 while they are away, or away again */
	int64_t quiet_ms; /* validation: how long all triggers have been quiet */
	int64_t noisy_ms; /* validation: how long not; escalated when too long */
	uint32_t escalations; /* validation: how often the noise was reported */
	struct mig_away_state away;
	struct mig_rb_step_state steps[MIG_RB_STEPS_MAX];
};

struct mig_state {
	char rollout_id[MIG_ID_MAX];
	enum mig_run run;
	uint32_t overlays; /* MIG_OVERLAY_* */
	uint64_t effect_seq; /* last effect number given */
	uint64_t record_seq; /* last record number given */

	mig_wall created_at;
	mig_wall started_at;
	mig_wall run_at; /* when the present run state was entered */
	mig_wall updated_at;

	mig_mono last_mono; /* of the last event */
	int64_t clock_ms;   /* the rollout's own clock */
	bool healthy;       /* as of the last event: time until the next one counts for holds */
	int64_t blind_ms;   /* clock when the rollout went blind */

	uint32_t phase; /* index of the current phase */
	enum mig_stage stage;
	mig_wall phase_entered_at;
	int64_t phase_held_ms; /* healthy time in the phase */
	int64_t bake_held_ms;
	uint64_t hook_seq; /* outstanding hook effect; 0 none */
	bool hook_failed;
	bool no_return; /* a point of no return was passed */
	bool window_closed; /* last seen; for the record of a change */
	bool phase_entered[MIG_PHASES_MAX];

	struct mig_gate_state gates[MIG_GATES_MAX]; /* of the current phase */
	struct mig_schema_state schema;
	struct mig_metric_state metrics[MIG_METRICS_MAX];
	struct mig_trigger_state triggers[MIG_TRIGGERS_MAX];
	struct mig_flag_state flags[MIG_FLAGS_MAX];
	struct mig_rollback_state rollback;
};

struct mig_policy;

/*
 * The state of a freshly loaded rollout: every byte set, all flags at their initial percentage.
 */
void mig_state_init(struct mig_state *state, const struct mig_policy *policy,
    const char *rollout_id, mig_wall at);

/*
 * A trigger's value for people: that of the newest reading when it is one, the evaluated one when
 * it made the trigger fire, else NAN.
 */
double mig_state_trigger_value(const struct mig_state *state, const struct mig_policy *policy,
    size_t trigger);

/*
 * Copy text into a fixed field of size bytes, cut at a UTF-8 character when it is too long; NULL
 * copies "".
 */
void mig_text_copy(char *to, size_t size, const char *text);

/*
 * The state was read from the store by a daemon that is back: leave out the effect numbers, and
 * with them the keys, that may have been used while the store took nothing.  How many lives of the
 * daemon the store has missed nobody knows, but none has owed more effects than it had
 * milliseconds, and each of them began later.  Where the clock was set back, and so does not say
 * that, each gets numbers of its own by the moment of its beginning.
 */
void mig_state_skip_keys(struct mig_state *state, mig_wall now);

/*
 * Whether nothing will ever happen to the rollout again (completed, rolled_back, held).
 */
bool mig_state_finished(const struct mig_state *state);

/*
 * The words of the outside contracts: "loaded", "baselining", ….
 */
const char *mig_run_name(enum mig_run run);

/*
 * "none", "ok", "no_data", "nan", "stale", "partial", "error", "low_traffic".
 */
const char *mig_quality_name(enum mig_quality quality);

/*
 * "disarmed", "unknown", "low_traffic", "ok", "pending", "fired".
 */
const char *mig_trigger_run_name(enum mig_trigger_run run);

/*
 * "entry", "enter_hook", "active", "leave_hook".
 */
const char *mig_stage_name(enum mig_stage stage);

/*
 * "none", "trigger", "operator", "blind", "daemon_loss".
 */
const char *mig_reason_name(enum mig_reason reason);

/*
 * "unasked", "agrees", "drift", "unknown".
 */
const char *mig_schema_answer_name(enum mig_schema_answer answer);

/*
 * "none", "flags", "steps", "validation", "done".
 */
const char *mig_rb_stage_name(enum mig_rb_stage stage);

/*
 * "pending", "running", "waiting_for_ack", "done", "skipped".
 */
const char *mig_rb_step_run_name(enum mig_rb_step_run run);

#endif
