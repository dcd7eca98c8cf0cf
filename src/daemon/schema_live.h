/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/*
 * Whether a live server still has the schema that a rollout was planned for: asked of a process of
 * its own (schema_probe), so that nothing here waits for a server.
 */
#ifndef MIG_DAEMON_SCHEMA_LIVE_H
#define MIG_DAEMON_SCHEMA_LIVE_H

#include "core/state.h"

struct child;
struct children;
struct driver_view;
struct secrets;

/* Hears the answer; why is what is different or in the way, and lives until it returns. */
typedef void (*schema_live_callback)(void *context, enum mig_schema_answer answer,
    const char *why);

/* One look at a server; kept by who asks until it is answered or cancelled. */
struct schema_look {
	struct child *child; /* NULL: nothing is asked */
	schema_live_callback callback;
	void *context;
};

/* Who looks, and with what. */
struct schema_live {
	struct children *children; /* NULL: nobody looks, there is never an answer */
	struct secrets *secrets;
};

/*
 * Look at the server of a rollout, as it should be when the current phase is entered; the look's
 * callback and context must be set, and it is called once, later or (what cannot even be asked is
 * unknown) before this returns.  No-op while a look is under way, or waits for others.
 */
void schema_live_ask(const struct schema_live *live, const struct driver_view *view,
    struct schema_look *look);

/*
 * Forget the look without calling back; no-op when there is none.
 */
void schema_live_cancel(struct schema_look *look);

#endif
