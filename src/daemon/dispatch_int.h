/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/*
 * The inside of the dispatcher, shared by dispatcher.c (lanes) and dispatch_entry.c (requests)
 * alone.
 */
#ifndef MIG_DAEMON_DISPATCH_INT_H
#define MIG_DAEMON_DISPATCH_INT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/limits.h"
#include "core/step.h"
#include "daemon/dispatch_breaker.h"
#include "daemon/dispatcher.h"
#include "wire/webhook.h"

struct entry;
struct http_call;
struct loop_timer;
struct mig_arena;
struct secrets;

struct lane {
	struct lane *next;
	struct entry *first; /* the only one that is sent; never NULL */
	const char *rollout_id; /* borrowed from the entry it was made for, or the next */
	const char *name;
};

/* A request until it is through, or until its result has come. */
struct entry {
	struct dispatcher *dispatcher;
	struct entry *next; /* in its lane, or among those that are asked about */
	struct lane *lane;  /* NULL when it is out of it */
	struct mig_arena *arena; /* owns all strings */
	struct mig_request request;
	const char *rollout_id;
	const char *breaker;
	uint64_t seq;
	enum mig_effect_kind kind;
	bool rollback;
	uint32_t attempts;
	struct loop_timer *timer;
	struct http_call *call; /* in flight */
	bool waiting;   /* the timer is set */
	bool held;      /* it waits for its endpoint, not for a retry */
	bool probe;     /* it is its breaker's probe */
	bool unsent;    /* the attempt has failed before anything was sent; error says why */
	bool unanswered; /* the last attempt brought no reply */
	bool reporting; /* the callback runs: must not be freed yet */
	bool dead;      /* to be freed after the callback */
	const char *location; /* of an accepted request's result */
	bool followed;        /* it is asked for there */
	uint32_t asks;
	uint32_t unheard;     /* asks in a row that were answered neither "done" nor "not yet" */
	char error[MIG_ERROR_MAX];
};

struct dispatcher {
	struct loop *loop;
	struct http_client *http;
	struct secrets *secrets;
	struct metrics *metrics;
	dispatch_callback callback;
	void *context;
	struct lane *lanes;
	struct entry *accepted; /* whose result is asked for */
	struct breaker_set breakers;
};

/*
 * Send the first of a lane if nothing of it is under way; a lane that is not there is a no-op.
 */
void dispatch_advance(struct dispatcher *dispatcher, const char *rollout_id, const char *name);

/*
 * Take a request out of its lane, and the lane out of the world when it was the last; or out of
 * the accepted ones.
 */
void dispatch_detach(struct entry *entry);

/*
 * A copy of what the store keeps, in no lane yet.  MIG_EDOC when it is damaged, MIG_ENOMEM.
 */
int dispatch_entry_new(struct dispatcher *dispatcher, const struct store_owed *owed, bool rollback,
    struct entry **ret_entry) MIG_MUSTCHECK;

/*
 * Stop it, detach it and free it, now or as soon as its callback has returned.
 */
void dispatch_entry_free(struct entry *entry);

/*
 * Send it now, unless its endpoint is to be left alone for a while.
 */
void dispatch_entry_start(struct entry *entry);

#endif
