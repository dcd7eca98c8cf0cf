/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/*
 * The decision core's one door.  mig_step() takes policy, state and one event, changes the state
 * and says what is owed to the world (effects) and what to write down (records).  Pure: the time
 * travels inside the event; equal inputs give equal outputs.
 *
 * Reading the world has no side effect and is not owed but wanted: mig_wants() derives from the
 * state which queries and read-backs should be made now and when to come back.
 */
#ifndef MIG_CORE_STEP_H
#define MIG_CORE_STEP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/limits.h"
#include "base/time.h"
#include "core/state.h"

struct mig_policy;

enum mig_event_kind {
	MIG_EVENT_TICK,    /* time has passed */
	MIG_EVENT_SAMPLE,  /* a query was answered, or was not */
	MIG_EVENT_READ,    /* a flag was read back, or could not be */
	MIG_EVENT_RESULT,  /* an effect was carried out, accepted or refused */
	MIG_EVENT_GATE,    /* a webhook gate answered, or a schema gate */
	MIG_EVENT_COMMAND, /* an operator */
	MIG_EVENT_RESTORE  /* the daemon came back and read this state from the store */
};

enum mig_command {
	MIG_COMMAND_START,
	MIG_COMMAND_PAUSE,
	MIG_COMMAND_RESUME,
	MIG_COMMAND_ABORT,
	MIG_COMMAND_APPROVE,
	MIG_COMMAND_DISMISS,
	MIG_COMMAND_ACK
};
#define MIG_COMMAND_COUNT 7

enum mig_result {
	MIG_RESULT_DONE,     /* 2xx */
	MIG_RESULT_ACCEPTED, /* 202: done when acked */
	MIG_RESULT_RETRYING, /* failed, will be tried again; told for each attempt */
	MIG_RESULT_REFUSED   /* permanent; not tried again (forward effects only) */
};

struct mig_event {
	enum mig_event_kind kind;
	mig_wall wall;
	mig_mono mono;
	bool hold_back; /* nothing goes forward on it: it is history, or the store fails */
	bool history;   /* of an absence: nobody looked at a flag then, only before and behind */
	union {
		struct {
			size_t metric;
			bool old_path; /* answer of the baseline query */
			enum mig_quality quality;
			double value;
			double count; /* answer of the count query, or -1 */
			mig_wall at;
		} sample;
		struct {
			size_t flag;
			bool ok;
			double percentage;
			const char *error; /* when not ok */
		} read;
		struct {
			uint64_t seq;
			enum mig_result result;
			uint32_t attempts;
			const char *error; /* NULL when done */
		} result;
		struct {
			size_t gate; /* of the current phase */
			bool open;   /* WEBHOOK */
			enum mig_schema_answer schema; /* SCHEMA */
			const char *why; /* SCHEMA: what is different or in the way; NULL */
		} gate;
		struct {
			enum mig_command command;
			const char *actor;   /* never NULL */
			const char *comment; /* may be NULL */
			const char *name;    /* gate, trigger or step id; NULL when left out */
		} command;
		struct {
			bool refilled; /* the gap's history follows as samples that hold back */
		} restore;
	} u;
};

enum mig_effect_kind {
	MIG_EFFECT_SET_FLAG,
	MIG_EFFECT_RB_STEP,
	MIG_EFFECT_HOOK,
	MIG_EFFECT_SCALE_UP,
	MIG_EFFECT_NOTIFY
};
#define MIG_EFFECT_KIND_COUNT 5

enum mig_write_reason {
	MIG_WRITE_START,
	MIG_WRITE_STEP,
	MIG_WRITE_ROLLBACK,
	MIG_WRITE_ABORT,
	MIG_WRITE_DRIFT
};

enum mig_hook { MIG_HOOK_PHASE_ENTER, MIG_HOOK_PHASE_LEAVE };

enum mig_notice {
	MIG_NOTICE_ALERT,              /* something needs a look */
	MIG_NOTICE_ROLLBACK_START,     /* template_type rollback_start */
	MIG_NOTICE_ROLLBACK_COMPLETE,  /* template_type rollback_complete */
	MIG_NOTICE_EMERGENCY,          /* template_type emergency_escalation */
	MIG_NOTICE_COMPLETED           /* the migration is through */
};

/* Something owed to the world.  (rollout_id, seq) names it for ever: the idempotency key. */
struct mig_effect {
	enum mig_effect_kind kind;
	uint64_t seq;
	union {
		struct {
			size_t flag;
			double percentage;
			double previous;
			uint32_t generation;
			enum mig_write_reason reason;
		} set_flag;
		struct {
			size_t step; /* index into policy->rb_steps */
		} rb_step;
		struct {
			size_t phase;
			enum mig_hook hook;
		} hook;
		struct {
			size_t trigger;
		} scale_up;
		struct {
			enum mig_notice notice;
			uint64_t record_seq; /* the record that tells what happened */
		} notify;
	} u;
};

/* Something to remember: one entry of the history.  detail is a JSON object. */
struct mig_record {
	uint64_t seq;
	mig_wall at;
	const char *kind; /* a static string, e.g. "trigger_fired" */
	char actor[MIG_NAME_MAX]; /* "migarchd" or the operator */
	char detail[MIG_DETAIL_MAX];
};

/* What one step brought about.  Large: allocate once and reuse. */
struct mig_outcome {
	bool drop_forward; /* effects owed so far, notifications excepted, are void: cancel them */
	size_t effect_count;
	size_t record_count;
	struct mig_effect effects[MIG_EFFECTS_MAX];
	struct mig_record records[MIG_RECORDS_MAX];
	char refusal[MIG_ERROR_MAX]; /* why a command was refused, a sentence */
};

/*
 * Take one event.  Returns 0 and fills the outcome (always reset first); with
 * effect_count + record_count == 0 nothing need be made durable at once.  A command that the
 * present state does not allow gives MIG_ESTATE, one that names something unknown
 * MIG_ENOTFOUND; the state is then unchanged and outcome->refusal says why.
 */
int mig_step(const struct mig_policy *policy, struct mig_state *state,
    const struct mig_event *event, struct mig_outcome *outcome) MIG_MUSTCHECK;

/* What should be read from the world now. Bit i stands for index i. */
struct mig_wants {
	uint32_t metrics;   /* ask query (and age, count) once per poll interval */
	uint32_t baselines; /* ask baseline_query once per poll interval */
	uint32_t reads;     /* read these flags back now */
	uint32_t gates; /* ask these webhook and schema gates once per poll interval */
	int64_t wake_ms;    /* a TICK is wanted after this long at the latest; -1: not at all */
};

/*
 * What the state wants to know at the time of its last event.
 */
void mig_wants(const struct mig_policy *policy, const struct mig_state *state,
    struct mig_wants *ret_wants);

/* Why nothing advances now; bits, all that apply. */
#define MIG_BLOCK_HOLD 0x001U       /* the hold is not over */
#define MIG_BLOCK_GATE 0x002U       /* a gate is closed */
#define MIG_BLOCK_WINDOW 0x004U     /* outside the migration window or inside business hours */
#define MIG_BLOCK_METRICS 0x008U    /* a reading is missing or not believable */
#define MIG_BLOCK_TRAFFIC 0x010U    /* too little traffic to judge */
#define MIG_BLOCK_TRIGGER 0x020U    /* a trigger is pending or has fired */
#define MIG_BLOCK_BLIND 0x040U
#define MIG_BLOCK_DRIFT 0x080U
#define MIG_BLOCK_PAUSED 0x100U
#define MIG_BLOCK_UNVERIFIED 0x200U /* a flag write is not acknowledged or not seen yet */
#define MIG_BLOCK_HOOK 0x400U       /* the executor has not answered, or refused */
#define MIG_BLOCK_BASELINE 0x800U   /* baselines are still being captured */
#define MIG_BLOCK_START 0x1000U     /* nobody has started it */
#define MIG_BLOCK_STEPS 0x2000U     /* rollback steps are at work */
#define MIG_BLOCK_COUNT 14

enum mig_next_action {
	MIG_NEXT_NOTHING,  /* finished */
	MIG_NEXT_START,    /* an operator starts it */
	MIG_NEXT_RUN,      /* baselining ends, the first phase begins */
	MIG_NEXT_ENTER,    /* the current phase is entered */
	MIG_NEXT_STEP_UP,  /* a flag goes up */
	MIG_NEXT_LEAVE,    /* the current phase is left */
	MIG_NEXT_COMPLETE, /* baking ends */
	MIG_NEXT_ROLLBACK  /* the rollback goes on */
};

/* What happens next, when at the earliest, and what it waits for. */
struct mig_next {
	enum mig_next_action action;
	size_t flag;       /* STEP_UP */
	double percentage; /* STEP_UP */
	uint32_t waiting_for; /* MIG_BLOCK_* */
	mig_wall earliest; /* ms 0 when it can't be told */
};

/*
 * Whether nobody waits for the readings of a trigger: nothing is exposed to the new path, so that
 * may have nothing to say.
 */
bool mig_excused(const struct mig_policy *policy, const struct mig_state *state, size_t trigger);

/*
 * Tell what happens next.  The same function decides whether an advance is made, so what it says is
 * what happens.
 */
void mig_next(const struct mig_policy *policy, const struct mig_state *state, mig_wall at,
    struct mig_next *ret_next);

/*
 * Whether a gate of the current phase lets pass.
 */
bool mig_gate_open(const struct mig_policy *policy, const struct mig_state *state, size_t gate);

/*
 * "hold", "gate", "window", "metrics", "traffic", "trigger", "blind", "drift", "paused",
 * "unverified", "hook", "baseline", "start", "steps" for bit number 0 to MIG_BLOCK_COUNT - 1.
 */
const char *mig_block_name(unsigned bit);

/*
 * "nothing", "start", "run", "enter_phase", "step_up", "leave_phase", "complete", "roll_back".
 */
const char *mig_next_action_name(enum mig_next_action action);

/*
 * "start", "pause", "resume", "abort", "approve", "dismiss", "ack".
 */
const char *mig_command_name(enum mig_command command);

/*
 * The command of that name; MIG_COMMAND_COUNT when there is none.
 */
size_t mig_command_by_name(const char *name);

/*
 * "set_flag", "rollback_step", "hook", "scale_up", "notify".
 */
const char *mig_effect_kind_name(enum mig_effect_kind kind);

/*
 * "start", "step", "rollback", "abort", "drift".
 */
const char *mig_write_reason_name(enum mig_write_reason reason);

/*
 * The template_type of a notification: "alert", "rollback_start", ….
 */
const char *mig_notice_name(enum mig_notice notice);

#endif
