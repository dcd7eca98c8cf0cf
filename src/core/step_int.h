/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/*
 * Shared by the files behind mig_step() only: one turn of the core, and what its parts offer each
 * other.  baseline.c and judge.c read metrics, flags.c moves flags, rollback.c goes back, advance.c
 * goes forward, schema.c looks at the live server's schema, command.c obeys, turn.c writes down,
 * explain.c says what it was decided on.
 */
#ifndef MIG_CORE_STEP_INT_H
#define MIG_CORE_STEP_INT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/json_write.h"
#include "core/policy.h"
#include "core/state.h"
#include "core/step.h"

/* The actor of what the daemon does by itself. */
#define MIG_ACTOR_DAEMON "migarchd"

/* One call of mig_step(). */
struct mig_turn {
	const struct mig_policy *policy;
	struct mig_state *state;
	struct mig_outcome *out;
	mig_wall now;
	int64_t elapsed_ms; /* since the last event, on the rollout's clock */
	const char *comment; /* of the operator who is being obeyed, or NULL */
};

/* A place in a record being written, to come back to. */
struct mig_mark {
	size_t len;
	struct mig_jw jw;
};

/* A record being written: open, write fields through jw, close. */
struct mig_note {
	struct mig_record *record;
	struct mig_buf buf;
	struct mig_jw jw;
	struct mig_mark essential; /* what is behind it goes when there is no room for all */
};

/* turn.c */

/*
 * Begin a record; actor NULL is the daemon.  An operator's comment is its first field.
 */
void mig_note_open(struct mig_note *note, struct mig_turn *turn, const char *kind,
    const char *actor);

/*
 * End a record.  Where there was no room for all, what was written since mig_note_essential() is
 * left out and "truncated" is true.
 */
void mig_note_close(struct mig_note *note);

/*
 * What is written so far is what the record must say, whatever else fits.
 */
void mig_note_essential(struct mig_note *note);

/*
 * The present place, for mig_note_keep().
 */
struct mig_mark mig_note_mark(const struct mig_note *note);

/*
 * Whether there is room for what was written since the mark, and for the end of the record.  If
 * there is none, it is taken back.
 */
bool mig_note_keep(struct mig_note *note, const struct mig_mark *mark);

/*
 * A query under a key, cut when it is long; NULL writes nothing.  Whether there was room for it.
 */
bool mig_note_query(struct mig_note *note, const char *key, const char *query);

/*
 * A record without fields.
 */
void mig_turn_record(struct mig_turn *turn, const char *kind, const char *actor);

/*
 * Owe an effect; its number is given here.  Returns it to be filled in.
 */
struct mig_effect *mig_turn_owe(struct mig_turn *turn, enum mig_effect_kind kind);

/*
 * Of what may happen very often the first time, the second, fourth … are worth telling.
 */
bool mig_turn_worth_telling(uint32_t times);

/*
 * Say why an operator's command is refused; returns error, a MIG_E….
 */
int mig_turn_refuse(struct mig_turn *turn, int error, const char *why);

/*
 * Owe a notification about the newest record.
 */
void mig_turn_notify(struct mig_turn *turn, enum mig_notice notice);

/*
 * An attempt at a forward effect has failed: the fourth is written down and told.  name is the
 * flag's or the phase's.
 */
void mig_turn_failing(struct mig_turn *turn, const struct mig_event *event,
    enum mig_effect_kind kind, const char *name);

/*
 * Enter a run state: the only setter.  A transition that is not in the table is our mistake.
 */
void mig_turn_enter(struct mig_turn *turn, enum mig_run run);

/* baseline.c */

/*
 * Take the newest reading of the old path: the live baseline, or one more for the captured one.
 */
void mig_baseline_take(struct mig_turn *turn, size_t metric);

/*
 * Make a fixed baseline known; no-op for the other kinds.
 */
void mig_baseline_fix(const struct mig_metric *metric, struct mig_metric_state *ms);

/*
 * Whether the last readings of a live baseline stand for it: the old path has too few requests for
 * a new one, or all traffic is on the new path.
 */
bool mig_baseline_stands(const struct mig_policy *policy, const struct mig_state *state,
    size_t metric);

/*
 * The baseline's value now; NAN while it is unknown.
 */
double mig_baseline_now(const struct mig_policy *policy, const struct mig_state *state,
    size_t metric);

/*
 * Whether all baselines that are wanted are known.
 */
bool mig_baselines_known(const struct mig_policy *policy, const struct mig_state *state);

/*
 * Clock time until the last captured baseline can be complete, 0 when none is missing.
 */
int64_t mig_baseline_left(const struct mig_policy *policy, const struct mig_state *state);

/* judge.c */

/*
 * Take a sample into the state and judge the triggers that look at it.
 */
void mig_judge_sample(struct mig_turn *turn, const struct mig_event *event);

/*
 * What time alone changes: readings grow old, the rollout goes blind or sees again.  Returns
 * whether it has been blind for so long that it must be rolled back.
 */
bool mig_judge_time(struct mig_turn *turn);

/*
 * Why the metrics forbid an advance now: MIG_BLOCK_METRICS, _TRAFFIC, _TRIGGER.
 */
uint32_t mig_judge_blocks(const struct mig_policy *policy, const struct mig_state *state);

/*
 * Whether a metric may be silent: nothing is exposed to the new path yet, so it has nothing to say.
 */
bool mig_judge_excused(const struct mig_policy *policy, const struct mig_state *state,
    size_t metric);

/*
 * Whether an armed trigger's condition holds, or (*ret_unknown) can't be told.
 */
bool mig_judge_noisy(const struct mig_policy *policy, const struct mig_state *state,
    bool *ret_unknown);

/*
 * The trigger that has fired and rolls back by itself; trigger_count when there is none.
 */
size_t mig_judge_verdict(const struct mig_policy *policy, const struct mig_state *state);

/*
 * The value of an expression with the baselines known now; NAN when one is missing.
 */
double mig_judge_threshold(const struct mig_policy *policy, const struct mig_state *state,
    const struct mig_expr *expr);

/*
 * Whether "value op threshold" is true.
 */
bool mig_judge_compare(double value, enum mig_operator op, double threshold);

/*
 * Start watching: fixed baselines are known, blindness counts from now.
 */
void mig_judge_begin(struct mig_turn *turn);

/*
 * The reading of a metric of which no believable one has come for longer than its allowance: the
 * newest one, or that of the old path which a live baseline is.  NULL when both are seen.
 */
const struct mig_reading *mig_judge_unseen(const struct mig_policy *policy,
    const struct mig_state *state, size_t metric);

/*
 * Put a fired trigger that waits for an operator back to work.
 */
void mig_judge_dismiss(struct mig_turn *turn, size_t trigger, const char *actor);

/*
 * After a restart: no reading counts until it is renewed; with `again` the pending times start
 * over, too.
 */
void mig_judge_forget(struct mig_turn *turn, bool again);

/* flags.c */

/*
 * Intend another percentage and owe the write.
 */
void mig_flags_write(struct mig_turn *turn, size_t flag, double percentage,
    enum mig_write_reason reason);

/*
 * A write was acknowledged or refused; whether the effect was a flag write at all.
 */
bool mig_flags_result(struct mig_turn *turn, const struct mig_event *event);

/*
 * A flag was read back.
 */
void mig_flags_read(struct mig_turn *turn, const struct mig_event *event);

/*
 * A process that stood still knows no more than one that is back, nor does one whose reads fail:
 * such flags have to be seen again.  They are read with the polls, so that the newest answer may
 * be a poll older than max_gap.
 */
void mig_flags_age(struct mig_turn *turn);

/*
 * Whether all flags stand verified where they are intended to be.
 */
bool mig_flags_verified(const struct mig_policy *policy, const struct mig_state *state);

/*
 * Whether every flag that this rollout has written is seen where it was last written to.
 */
bool mig_flags_restored(const struct mig_policy *policy, const struct mig_state *state);

/*
 * Whether the new path may be getting traffic.
 */
bool mig_flags_exposed(const struct mig_policy *policy, const struct mig_state *state);

/*
 * Whether all traffic is meant for the new path: the old one has none left to be compared with.
 */
bool mig_flags_all_over(const struct mig_policy *policy, const struct mig_state *state);

/*
 * Whether a flag write is under way: what is seen by now is seen of the percentage before it.
 */
bool mig_flags_moving(const struct mig_policy *policy, const struct mig_state *state);

/*
 * Clock when the last flag write was acknowledged; -1 before the first.
 */
int64_t mig_flags_moved(const struct mig_policy *policy, const struct mig_state *state);

/*
 * The first drifted flag that must not be taken as it is: it stands below the end of its schedule,
 * and the phase that moves it is over.  Nothing would raise it any more, and what removes the old
 * path would find traffic there.  The number of flags when there is none.
 */
size_t mig_flags_left_behind(const struct mig_policy *policy, const struct mig_state *state);

/*
 * Take the drifted flags as they are, or write them back to what was intended.
 */
void mig_flags_settle_drift(struct mig_turn *turn, bool adopt, const char *actor);

/* rollback.c */

/* Why and by whom. */
struct mig_cause {
	enum mig_reason reason;
	int32_t trigger; /* -1 none */
	const char *actor;
	const char *comment; /* or NULL */
};

/*
 * Decide the rollback: void what goes forward, owe the writes.  Behind a point of no return the
 * rollout is held instead.
 */
void mig_rollback_begin(struct mig_turn *turn, const struct mig_cause *cause);

/*
 * Go on with a rollback as far as it goes now.
 */
void mig_rollback_go_on(struct mig_turn *turn);

/*
 * A rollback step was carried out, accepted or failed; whether the effect was one at all.
 */
bool mig_rollback_result(struct mig_turn *turn, const struct mig_event *event);

/*
 * End a rollback that is at its validation, whatever the triggers say; MIG_ESTATE with a reason in
 * out->refusal when it is not, or flags are away.
 */
int mig_rollback_accept(struct mig_turn *turn, const char *actor);

/*
 * Mark a step done by an operator; MIG_ENOTFOUND, MIG_ESTATE with a reason in out->refusal.
 */
int mig_rollback_ack(struct mig_turn *turn, const char *step_id, const char *actor);

/* advance.c */

/*
 * Advance as far as nothing forbids it: at most one step up.
 */
void mig_advance(struct mig_turn *turn);

/*
 * Whether it is a webhook or schema gate of the current phase whose answer matters at the present
 * stage.
 */
bool mig_gate_asked(const struct mig_policy *policy, const struct mig_state *state, size_t gate);

/*
 * A phase hook was carried out or refused; whether the effect was one at all.
 */
bool mig_advance_hook_result(struct mig_turn *turn, const struct mig_event *event);

/* schema.c */

/*
 * Take an answer about the live server's schema for a gate that is asked.
 */
void mig_schema_take(struct mig_turn *turn, const struct mig_event *event);

/*
 * Whether what was seen of the live server is as it must be, and new enough, or an operator has
 * opened the gate.
 */
bool mig_schema_open(const struct mig_policy *policy, const struct mig_state *state, size_t gate);

/*
 * Whether a gate is a schema gate that need not be asked now: another gate of its stage is closed,
 * and the last answer is not old.
 */
bool mig_schema_rests(const struct mig_policy *policy, const struct mig_state *state, size_t gate);

/* explain.c: fields of a record; what does not fit is left out and counted in "…_left_out" */

/*
 * What stands behind a trigger's value and threshold: the sample, its quality, the window, the
 * baseline, the queries.
 */
void mig_explain_inputs(struct mig_turn *turn, struct mig_note *note, size_t trigger);

/*
 * What else is true: overlays, windows, flags, all armed triggers but `except` (trigger_count: all
 * of them) and their queries.
 */
void mig_explain_situation(struct mig_turn *turn, struct mig_note *note, size_t except);

/*
 * The migration windows, and whether they are open.
 */
void mig_explain_windows(struct mig_turn *turn, struct mig_note *note);

/*
 * The gates of the current phase at its entry or exit, open or closed, and why.
 */
void mig_explain_gates(struct mig_turn *turn, struct mig_note *note, bool at_entry);

/*
 * Why a flag may go up now: the hold it has served, gates, and what else is true.  Called before
 * the state is changed.
 */
void mig_explain_step(struct mig_turn *turn, struct mig_note *note, size_t flag);

/*
 * The metrics that are not seen, since when, and how long that may last.
 */
void mig_explain_blind(struct mig_turn *turn, struct mig_note *note);

/* command.c */

/*
 * Obey an operator, or refuse with a reason in out->refusal and the state unchanged.
 */
int mig_command_obey(struct mig_turn *turn, const struct mig_event *event);

#endif
