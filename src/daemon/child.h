/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/*
 * Programs that the daemon runs beside its loop, for work that may block: each is given a text, has
 * so much time and may say so much.  What it gets is in no argument, environment or file.
 */
#ifndef MIG_DAEMON_CHILD_H
#define MIG_DAEMON_CHILD_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct child;
struct children;
struct loop;

/*
 * How a program has ended.  output (NUL-terminated) is what it has written, len how long that is;
 * both until the callback returns.  fault is NULL when it came to an end by itself within its
 * limits, however it went; else a phrase.
 */
typedef void (*child_callback)(void *context, const char *output, size_t len, const char *fault);

/* What to run. */
struct child_request {
	const char *const *argv; /* the program's path and its arguments, ended by NULL */
	const char *input;       /* what stands on its standard input */
	size_t input_len;
	int64_t timeout_ms;
	size_t output_max; /* bytes */
	child_callback callback;
	void *context;
};

/*
 * A collection without children; NULL without memory.
 */
struct children *children_new(struct loop *loop);

/*
 * Kill all that are at work, without calling back, and free; NULL is a no-op.
 */
void children_free(struct children *children);

/*
 * Start a program, or have it wait until fewer are at work: its time runs from its start.  Called
 * back later, from the loop.  All of the request is copied or done with when it returns.
 * MIG_ELIMIT: too many wait already; MIG_EIO: the system does not give what it takes; MIG_ENOMEM.
 */
int child_start(struct children *children, const struct child_request *request,
    struct child **ret_child) MIG_MUSTCHECK;

/*
 * Kill it, without calling back; NULL is a no-op.  Not to be used on what has called back.
 */
void child_cancel(struct child *child);

#endif
