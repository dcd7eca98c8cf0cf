/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/*
 * The driver: owns the live rollouts and is the only caller of mig_step() in the daemon.  Event
 * in, decision, one commit, then the effects go to the dispatcher; it also asks what the core
 * wants to know (queries, read-backs) and wakes it.
 */
#ifndef MIG_DAEMON_DRIVER_H
#define MIG_DAEMON_DRIVER_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "core/policy.h"
#include "core/state.h"
#include "core/step.h"

struct children;
struct config;
struct dispatcher;
struct driver;
struct http_client;
struct loop;
struct metrics;
struct mig_binding;
struct mig_json;
struct mig_plan_diff;
struct prom_client;
struct store;

/* What the driver works with; all borrowed and outliving it. */
struct driver_parts {
	struct loop *loop;
	struct store *store;
	struct http_client *http;
	struct prom_client *prom;
	struct metrics *metrics;
	const struct config *config;
	struct children *children; /* to look at live servers with; NULL: nobody does */
};

/*
 * A new driver; NULL on failure.
 */
struct driver *driver_new(const struct driver_parts *parts);

/*
 * Free it; the rollouts stay as they are in the store.  NULL is a no-op.
 */
void driver_free(struct driver *driver);

/*
 * Bring back all rollouts and everything owed from the store.  Rollouts that cannot be read are
 * reported in the log and kept untouched; MIG_EIO when the store itself fails.
 */
int driver_restore(struct driver *driver) MIG_MUSTCHECK;

/*
 * Use another configuration (reload): new targets for notifications; rollouts keep theirs.
 */
void driver_configure(struct driver *driver, const struct config *config);

/* How long who loads or starts for nobody waits when it may pass what stood against it. */
#define DRIVER_LOAD_AGAIN_MS 10000

/*
 * Whether the same may work later without anybody's doing: MIG_EIO and MIG_ENOMEM.
 */
bool driver_may_pass(int error);

/*
 * Load a source document (see engine/compile.h) for an operator ("migarchd": the configuration says
 * so).  Durable when it returns 0; ret_id (size bytes) is the new id. With unless_known, a
 * migration that was ever loaded before is left alone: MIG_ECONFLICT and ret_id is its newest
 * rollout.  MIG_ESTATE when driver_plan_change() finds a rollout: that is ret_id then.
 */
int driver_load(struct driver *driver, const struct mig_json *source, const char *actor,
    bool unless_known, char *ret_id, size_t size, struct mig_findings *findings) MIG_MUSTCHECK;

/* An operator's command. */
struct driver_order {
	const char *rollout_id;
	enum mig_command command;
	const char *actor;
	const char *comment; /* NULL none */
	const char *name;    /* gate, trigger or step; NULL when left out */
};

/*
 * Obey an operator.  Durable when it returns 0.  MIG_ENOTFOUND (no such rollout, gate, …),
 * MIG_ESTATE (not in this state), MIG_EIO (not durable: nothing happened, but an abort is in
 * force all the same); ret_refusal (size bytes) says why.
 */
int driver_command(struct driver *driver, const struct driver_order *order, char *ret_refusal,
    size_t size) MIG_MUSTCHECK;

/*
 * Write something about a rollout into its history, as done by the daemon, and alert whoever is to
 * be told; its state stays as it is.  kind is a static string, detail a JSON object.  What can't be
 * made durable is told all the same, and written as soon as it can be.  When it fails nobody is
 * told: MIG_ENOTFOUND, MIG_ENOMEM, or MIG_EDOC for words that can't be filled in.
 */
int driver_alert(struct driver *driver, const char *rollout_id, const char *kind,
    const char *detail) MIG_MUSTCHECK;

/* A view of one rollout; borrowed until the loop turns. */
struct driver_view {
	const struct mig_policy *policy;
	const struct mig_binding *binding;
	const struct mig_state *state;
	const struct mig_json *source; /* what it was loaded with */
};

/*
 * The newest rollout that is not finished, is of the source document's migration and has another
 * plan.  Of one migration are plans with the same migration_id, and those of the same type and
 * systems that have a flag in common.  ret_diff has at most limit differences of each effect; free
 * it with mig_plan_diff_fini(), before the loop turns and before the source goes.  MIG_ENOTFOUND
 * when there is none; MIG_ENOMEM.
 */
int driver_plan_change(const struct driver *driver, const struct mig_json *source, size_t limit,
    struct driver_view *ret_view, struct mig_plan_diff *ret_diff) MIG_MUSTCHECK;

/*
 * Number of rollouts, finished ones included.
 */
size_t driver_count(const struct driver *driver);

/*
 * The i-th rollout, oldest first.
 */
void driver_at(const struct driver *driver, size_t index, struct driver_view *ret_view);

/*
 * A rollout by id, by a unique prefix of its id, or by migration_id (its newest).  MIG_ENOTFOUND,
 * MIG_ECONFLICT when the prefix is not unique.
 */
int driver_find(const struct driver *driver, const char *name, struct driver_view *ret_view)
    MIG_MUSTCHECK;

/*
 * The percentage an embedded flag serves now and whose it is: the rollout that moves the flag, else
 * the one that was started last, else the newest loaded one.  MIG_ENOTFOUND.
 */
int driver_flag(const struct driver *driver, const char *flag, double *ret_percentage,
    const char **ret_rollout_id) MIG_MUSTCHECK;

/*
 * Call back for each embedded flag that is served.
 */
void driver_each_flag(const struct driver *driver,
    void (*callback)(void *context, const char *flag, double percentage, const char *rollout_id),
    void *context);

/*
 * Call back whenever records were made durable (for streams of them).
 */
void driver_on_records(struct driver *driver, void (*callback)(void *context), void *context);

/*
 * Whether the last write to the store worked.
 */
bool driver_store_works(const struct driver *driver);

/*
 * How many rollouts of the store could not be restored: nobody watches those.
 */
size_t driver_lost(const struct driver *driver);

/*
 * One line for systemd's STATUS: "2 rollouts, 1 under way; 21031930da18-1 running, enable_x 25 %".
 */
void driver_status_line(const struct driver *driver, char *ret_text, size_t size);

#endif
