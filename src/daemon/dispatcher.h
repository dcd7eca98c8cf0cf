/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/*
 * The dispatcher: sends what is owed until it is acknowledged.  Requests of one lane go in
 * order, one at a time; lanes never wait for each other; writes of a rollback go ahead of all.
 * It decides nothing: results go to the callback, which commits them; only then is a request gone.
 */
#ifndef MIG_DAEMON_DISPATCHER_H
#define MIG_DAEMON_DISPATCHER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "core/step.h"

struct dispatcher;
struct http_client;
struct loop;
struct metrics;
struct mig_buf;
struct mig_request;
struct secrets;
struct store_owed;

/* How one attempt went. */
struct dispatch_result {
	const char *key;
	const char *rollout_id;
	uint64_t seq;
	enum mig_effect_kind kind;
	enum mig_result result;
	uint32_t attempts;
	long http_status;  /* 0: no answer */
	const char *error; /* one line, NULL when done */
	bool unfollowed;   /* accepted, and nobody will say what became of it */
};

/*
 * Called for every attempt that ended, from the loop, never from inside dispatcher_add().  DONE,
 * ACCEPTED and REFUSED end the request (for good, once it is settled in the store by the callback);
 * RETRYING is news only.  An ACCEPTED whose reply named a Location on the same host is followed by
 * a DONE when that answers 200, by RETRYING with the times in a row that it answered neither 200
 * nor 202, or by another ACCEPTED, unfollowed, when it can't be learnt.  The callback may add and
 * drop, but not free.
 */
typedef void (*dispatch_callback)(void *context, const struct dispatch_result *result);

/*
 * Append a request as the JSON that store_owed.request keeps.  MIG_ENOMEM, which shows in the
 * buffer as well.
 */
int dispatch_encode(const struct mig_request *request, struct mig_buf *out);

/*
 * A new dispatcher; metrics may be NULL.  NULL on failure.
 */
struct dispatcher *dispatcher_new(struct loop *loop, struct http_client *http,
    struct metrics *metrics, dispatch_callback callback, void *context);

/*
 * Cancel what is under way and free; nothing is lost, it is still in the store.  NULL is a no-op.
 */
void dispatcher_free(struct dispatcher *dispatcher);

/*
 * Take over a committed request (copied) and send it as soon as its lane is free, before this
 * returns when it is free now.  Lanes are per rollout.  rollback: what the lane holds of forward
 * requests is cancelled and forgotten; it is retried without end and fast, never held back by a
 * circuit breaker or a limit, never REFUSED.  MIG_EDOC when the kept request is damaged.
 */
int dispatcher_add(struct dispatcher *dispatcher, const struct store_owed *owed, bool rollback)
    MIG_MUSTCHECK;

/*
 * Cancel and forget everything of a rollout but notifications (it was struck out in the store).
 */
void dispatcher_drop_forward(struct dispatcher *dispatcher, const char *rollout_id);

/*
 * Cancel and forget one request, accepted ones included, and let the next of its lane go; one
 * that is not there is a no-op.
 */
void dispatcher_drop(struct dispatcher *dispatcher, const struct store_owed *owed);

/*
 * Try everything that waits for a retry now (after a reload or when an operator asks).
 */
void dispatcher_kick(struct dispatcher *dispatcher);

/*
 * The secrets that it sends with, for others who ask the same endpoints; borrowed.
 */
struct secrets *dispatcher_secrets(const struct dispatcher *dispatcher);

/*
 * How many requests are not through yet; accepted ones whose result is asked for do not count.
 */
size_t dispatcher_count(const struct dispatcher *dispatcher);

#endif
