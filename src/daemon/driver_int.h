/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/*
 * Shared by driver.c (rollouts and commands), driver_apply.c (event to commit to effects),
 * driver_unsaved.c (what the store would not take), driver_owe.c (effects to requests),
 * driver_flags.c (who has a flag), driver_change.c (another plan for what is under way),
 * driver_poll.c (asking the world) and driver_refill.c (what happened while away) only.
 */
#ifndef MIG_DAEMON_DRIVER_INT_H
#define MIG_DAEMON_DRIVER_INT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/json.h"
#include "core/policy.h"
#include "core/state.h"
#include "core/step.h"
#include "daemon/driver.h"
#include "daemon/schema_live.h"
#include "engine/binding.h"
#include "wire/sample.h"

struct http_call;
struct loop_timer;
struct refill;
struct rollout;

/* One metric being asked. */
struct ask {
	struct rollout *rollout;
	struct mig_answers answers;
	unsigned outstanding; /* answers still to come */
	bool outdated;        /* a flag has moved since: they say nothing about where it stands */
	double answered_s;    /* when the value arrived */
	struct ask_part {
		struct ask *ask;
		enum mig_sample_part which;
	} parts[MIG_SAMPLE_PARTS]; /* contexts of the callbacks */
};

/* One flag being read back, or one webhook gate being asked. */
struct probe {
	struct rollout *rollout;
	size_t index;
	struct http_call *call; /* NULL: idle */
	int64_t due_ms;         /* of a flag: since when the answer was due as it was asked for */
	uint32_t unanswered;    /* times in a row that no reply came, or none that says anything */
	long trouble;           /* what the log heard last; 0: it works */
	bool tokenless;         /* its token has never been read, and the log knows */
};

/* What could not be made durable yet; kept until the store works again. */
struct owed_item;

struct unsaved {
	size_t record_count;
	struct mig_record *records;
	size_t owed_count;
	struct owed_item *owed;
	size_t settled_count;
	char **settled;    /* keys of rows to strike out */
	bool drop_forward; /* what the outbox holds from before is void */
	size_t lost;       /* records that made room for one in the middle that says so */
};

/* So many records of a rollout are kept at most: a store may fail for days. */
#define UNSAVED_RECORDS_MAX 4096U

/* An effect as a row of the outbox. */
struct owed_item {
	char *key;
	char *lane;
	char *request;
	uint64_t seq;
	enum mig_effect_kind kind;
	bool rollback; /* part of the way back */
};

/* The rows one outcome adds to the outbox. */
struct owed_list {
	size_t count;
	struct owed_item *items;
};

struct rollout {
	struct driver *driver;
	struct rollout *next; /* newer */
	struct mig_json_doc *source;
	struct mig_policy *policy;
	const struct mig_binding *binding;
	struct mig_state *state;
	uint64_t version;
	bool kept;           /* its source would not be taken any more */
	bool dirty;          /* the state in the store is older than this one */
	mig_mono saved_at;
	struct unsaved unsaved;
	struct loop_timer *poll_timer;
	struct loop_timer *wake_timer;
	int64_t lag_ms; /* wait this long behind a scrape before asking */
	struct refill *refill; /* not NULL: the gap's history is awaited, no event may come first */
	double answered_s; /* when the newest value arrived, for measuring */
	struct ask asks[2][MIG_METRICS_MAX]; /* [old_path][metric] */
	enum mig_quality told[2][MIG_METRICS_MAX]; /* what the log heard last of each */
	struct probe reads[MIG_FLAGS_MAX];
	mig_mono steps_begun[MIG_FLAGS_MAX]; /* a step up whose flag is not seen yet; 0: none */
	struct probe gates[MIG_GATES_MAX];
	struct schema_look look; /* for the schema gate of the current phase */
	size_t look_gate;
};

struct driver {
	struct driver_parts parts;
	struct dispatcher *dispatcher;
	struct rollout *first; /* oldest */
	struct rollout *last;
	size_t count;
	size_t lost; /* rollouts in the store that could not be restored */
	bool store_failing;
	void (*records_callback)(void *context);
	void *records_context;
	struct mig_state *scratch; /* the next state, until it is durable */
	struct mig_outcome *outcome;
};

/* driver.c */

/*
 * Records were made durable: tell whoever streams them.
 */
void driver_records_added(struct driver *driver);

/*
 * A restored rollout knows its gap: dispatch what it owes and watch on.
 */
void driver_resume(struct rollout *rollout);

/*
 * Whether it was started and has not ended.
 */
bool rollout_under_way(const struct rollout *rollout);

/*
 * What is shown of a rollout.
 */
void rollout_view(const struct rollout *rollout, struct driver_view *ret_view);

/* driver_flags.c */

/*
 * Whether the rollout may take its flags in hand by a command, that is, start or go back after its
 * end: MIG_ESTATE and why not in ret_refusal (size bytes).  MIG_OK for what does neither.
 */
int rollout_claim_flags(const struct rollout *rollout, enum mig_command command, char *ret_refusal,
    size_t size) MIG_MUSTCHECK;

/* driver_owe.c */

/*
 * Turn the effects of the driver's outcome into rows of the outbox, added to a zeroed list.
 * Embedded flags, and steps without an executor, need none.  MIG_ENOMEM, or MIG_EDOC for a template
 * that can't be filled.
 */
int owe_effects(struct rollout *rollout, struct owed_list *list) MIG_MUSTCHECK;

/*
 * Free a list's rows; it is empty then.
 */
void owed_list_fini(struct owed_list *list);

/*
 * Free what one row owns.
 */
void owed_item_fini(struct owed_item *item);

/*
 * Grow an array of count elements of a size by one; the new last one, or NULL without memory.
 */
void *owed_grow(void **items, size_t count, size_t size) MIG_MUSTCHECK;

/* driver_apply.c */

/*
 * Take an event into a rollout: decide, make durable, dispatch.  settled_key is the outbox row
 * that the event strikes out, or NULL.  Errors as mig_step(), and MIG_EIO when it could not be made
 * durable: then a command other than an abort is not taken, all else is, with nothing going
 * forward.  ret_refusal may be NULL.
 */
int rollout_apply(struct rollout *rollout, struct mig_event *event, const char *settled_key,
    char *ret_refusal, size_t size);

/*
 * Record and alert as driver_alert().
 */
int rollout_alert(struct rollout *rollout, const char *kind, const char *detail) MIG_MUSTCHECK;

/*
 * The same with a detail of strings, key then value, ended by NULL.  When it fails the log says so.
 */
void rollout_tell(struct rollout *rollout, const char *kind, ...) __attribute__((sentinel));

/*
 * An embedded flag is written by the commit itself: tell the core, as of a time, of what is not
 * acknowledged yet.
 */
void rollout_settle_embedded(struct rollout *rollout, mig_mono at);

/*
 * Write the state to the store if it has changed and the last time was long enough ago (or now,
 * with force).
 */
void rollout_checkpoint(struct rollout *rollout, bool force);

/*
 * Whether nothing of the rollout is waiting to be made durable.
 */
bool rollout_saved(const struct rollout *rollout);

/*
 * Strike out an owed request that the core need not be told of, as soon as that can be done.
 */
void rollout_settle(struct rollout *rollout, const char *key);

/* driver_unsaved.c */

/*
 * Keep what the store would not take, in order; the list is empty then.  What a rollback makes void
 * goes, and of too many records those in the middle do, the oldest of them first.  MIG_ENOMEM.
 */
int unsaved_keep(struct unsaved *unsaved, const struct mig_outcome *outcome,
    struct owed_list *list) MIG_MUSTCHECK;

/*
 * A request is through: it need not be written any more, or its row is to be struck out later.
 * MIG_ENOMEM.
 */
int unsaved_settle(struct unsaved *unsaved, const char *key) MIG_MUSTCHECK;

/*
 * Whether anything waits to be made durable.
 */
bool unsaved_any(const struct unsaved *unsaved);

/*
 * Free what is not durable; it is empty then.
 */
void unsaved_fini(struct unsaved *unsaved);

/* driver_refill.c */

/*
 * Bring a restored rollout up to date: ask Prometheus for the history of the time the daemon was
 * away and live through it; where that can't be had (or is not worth it) the core is told so.
 * Either way ends in driver_resume(), at once or later from the loop.
 */
void rollout_refill(struct rollout *rollout);

/*
 * Do not wait for the history any longer.
 */
void rollout_refill_give_up(struct rollout *rollout);

/*
 * Forget the history under way, if any.
 */
void rollout_refill_cancel(struct rollout *rollout);

/* driver_poll.c */

/*
 * Whether answers of a round of questions are still to come.
 */
bool rollout_asking(const struct rollout *rollout);

/*
 * Start (or go on) asking what the rollout wants to know; one that is not under way is left in
 * peace as soon as all of it is durable.
 */
void rollout_watch(struct rollout *rollout);

/*
 * Ask now for what is wanted between polls: read-backs.  Sets the wake timer.
 */
void rollout_look(struct rollout *rollout);

/*
 * The next state makes answers void that are still to come: those of all gates when it goes on,
 * moves a flag or a flag write has come through, those about metrics in the last of these cases.
 */
void rollout_outdate(struct rollout *rollout, const struct mig_state *next);

/*
 * Stop asking and forget what is under way.
 */
void rollout_unwatch(struct rollout *rollout);

/*
 * Make the timers; whether it worked.
 */
bool rollout_poll_init(struct rollout *rollout);

/*
 * Free the timers.
 */
void rollout_poll_fini(struct rollout *rollout);

/* driver_count.c */

/*
 * Count the steps, phases, rollbacks and rollouts that end with the next state, as the metrics of
 * operations.  A step up that was begun before the daemon's start is not counted.
 */
void rollout_count(struct rollout *rollout, const struct mig_state *next);

#endif
