/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/*
 * The event loop: one thread, timers, signals, and the only reader of the clocks.  Time is read
 * once per callback.  event_base is not to be used elsewhere but by http_client and http_server.
 */
#ifndef MIG_DAEMON_LOOP_H
#define MIG_DAEMON_LOOP_H

#include <stdint.h>

#include "base/err.h"
#include "base/time.h"

struct event_base;
struct loop;
struct loop_timer;
struct loop_signal;
struct loop_reader;

typedef void (*loop_callback)(void *context);

/*
 * A new loop, or NULL.
 */
struct loop *loop_new(void);

/*
 * Free the loop; all timers and signals must be freed before.  NULL is a no-op.
 */
void loop_free(struct loop *loop);

/*
 * Run until loop_stop().
 */
void loop_run(struct loop *loop);

/*
 * Make loop_run() return after the current callback.
 */
void loop_stop(struct loop *loop);

/*
 * Wall time now.
 */
mig_wall loop_wall(const struct loop *loop);

/*
 * Monotonic time now; it goes on while the machine sleeps, timers do not.
 */
mig_mono loop_mono(const struct loop *loop);

/*
 * Monotonic time now in seconds, as fine as the clock is; for measuring only.
 */
double loop_seconds(const struct loop *loop);

/*
 * libevent's base, borrowed, for the HTTP modules.
 */
struct event_base *loop_base(struct loop *loop);

/*
 * A timer, not armed; NULL without memory.  Owned by the caller.
 */
struct loop_timer *loop_timer_new(struct loop *loop, loop_callback callback, void *context);

/*
 * Arm (or re-arm) the timer to fire once after delay_ms (0: as soon as the loop turns).
 */
void loop_timer_set(struct loop_timer *timer, int64_t delay_ms);

/*
 * Disarm the timer.
 */
void loop_timer_clear(struct loop_timer *timer);

/*
 * Disarm and free; NULL is a no-op.
 */
void loop_timer_free(struct loop_timer *timer);

/*
 * Call back on a signal; NULL on failure.
 */
struct loop_signal *loop_signal_new(struct loop *loop, int number, loop_callback callback,
    void *context);

/*
 * Stop listening and free; NULL is a no-op.
 */
void loop_signal_free(struct loop_signal *signal);

/*
 * Call back whenever a descriptor can be read, or is at its end; it stays the caller's and must
 * stay open until loop_reader_free().  NULL on failure.
 */
struct loop_reader *loop_reader_new(struct loop *loop, int fd, loop_callback callback,
    void *context);

/*
 * Stop watching and free; NULL is a no-op.
 */
void loop_reader_free(struct loop_reader *reader);

#endif
