/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/*
 * What the service manager is told.  The only user of libsystemd's notification calls; without
 * the library, or when nobody listens, every call does nothing.
 */
#ifndef MIG_DAEMON_SDNOTIFY_H
#define MIG_DAEMON_SDNOTIFY_H

#include <stdint.h>

/*
 * Start-up, or a reload, is over.
 */
void sdnotify_ready(void);

/*
 * A reload begins; sdnotify_ready() ends it, also when the new configuration was refused.
 */
void sdnotify_reloading(void);

/*
 * The daemon is about to end.
 */
void sdnotify_stopping(void);

/*
 * The line that "systemctl status" shows; must not hold a line break.
 */
void sdnotify_status(const char *text);

/*
 * The loop still turns.
 */
void sdnotify_watchdog(void);

/*
 * How often sdnotify_watchdog() should be called, in ms (half of what the manager waits for);
 * 0 when no watchdog is wanted.
 */
int64_t sdnotify_watchdog_interval_ms(void);

#endif
