/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/*
 * What must survive: rollouts with their state, the hash-chained history, and the outbox of
 * effects that are owed.  One interface; SQLite behind it (WAL, synchronous=FULL).
 */
#ifndef MIG_DAEMON_STORE_H
#define MIG_DAEMON_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/time.h"
#include "core/step.h"

struct store;

/* One owed request as it is kept.  Borrowed strings. */
struct store_owed {
	const char *key;  /* idempotency key */
	const char *rollout_id;
	uint64_t seq;     /* effect number within the rollout */
	enum mig_effect_kind kind;
	const char *lane;
	const char *request; /* JSON: all that is needed to send it again (no secrets) */
};

/* One transaction.  All pointers borrowed during the call. */
struct store_commit {
	const char *rollout_id;
	uint64_t expected_version; /* MIG_ECONFLICT when the row has another */
	const char *state;         /* JSON record */
	bool finished;
	bool drop_forward; /* strike out everything owed by this rollout but notifications, first */
	size_t record_count;
	const struct mig_record *records;
	size_t owed_count;
	const struct store_owed *owed;
	const char *settled_key; /* strike out this one; NULL none */
	mig_wall at;
};

/*
 * Open (creating it, mode 0600, or migrating it) the database at path and take the lock that
 * keeps a second daemon out.  On failure MIG_ECONFLICT (locked by another daemon) or MIG_EIO and
 * a one-line reason in ret_error (size bytes).
 */
int store_open(const char *path, struct store **ret_store, char *ret_error, size_t size)
    MIG_MUSTCHECK;

/*
 * Close; NULL is a no-op.
 */
void store_close(struct store *store);

/*
 * The reason of the last failure, one line.
 */
const char *store_error(const struct store *store);

/*
 * Add a rollout: its source document, first state and records, version 1, in one transaction.
 * The id becomes MIGRATION_ID-N with the next free N when rollout_id is a migration id; here
 * the caller has already chosen it with store_next_id().
 */
int store_create(struct store *store, const char *migration_id, const char *source,
    const char *digest, const struct store_commit *commit) MIG_MUSTCHECK;

/*
 * The id the next rollout of a migration gets: "MIGRATION_ID-N".
 */
int store_next_id(struct store *store, const char *migration_id, char *ret_id, size_t size)
    MIG_MUSTCHECK;

/*
 * Commit one step: state (version + 1), records appended to the hash chain, effects owed, one
 * struck out: all or nothing, durable when it returns 0.
 */
int store_commit_step(struct store *store, const struct store_commit *commit) MIG_MUSTCHECK;

/*
 * Strike out one owed request without touching the state (notifications).  Durable.
 */
int store_settle(struct store *store, const char *key) MIG_MUSTCHECK;

/* A rollout as it is kept; borrowed during the callback. */
struct store_rollout {
	const char *id;
	const char *migration_id;
	const char *source;
	const char *digest; /* of the source document */
	const char *state;
	uint64_t version;
	bool finished;
	mig_wall created_at;
};

/*
 * Call back for every rollout, oldest first.  A callback that returns non-zero ends the walk with
 * that value.  It may write to the store but not start the same walk again; here and below.
 */
int store_each_rollout(struct store *store,
    int (*callback)(void *context, const struct store_rollout *rollout), void *context)
    MIG_MUSTCHECK;

/*
 * Call back for everything owed, oldest first.
 */
int store_each_owed(struct store *store,
    int (*callback)(void *context, const struct store_owed *owed), void *context) MIG_MUSTCHECK;

/* A record as it is kept. */
struct store_record {
	uint64_t seq;
	mig_wall at;
	const char *actor;
	const char *kind;
	const char *detail;
	const char *hash; /* hex */
};

/*
 * Call back for a rollout's records with seq > after, at most limit, in order.
 */
int store_each_record(struct store *store, const char *rollout_id, uint64_t after, size_t limit,
    int (*callback)(void *context, const struct store_record *record), void *context)
    MIG_MUSTCHECK;

/*
 * How many requests are owed.
 */
size_t store_owed_count(struct store *store);

#endif
