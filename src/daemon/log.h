/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/*
 * The structured log: one line is one event with a subsystem, a message and key=value fields; to
 * the journal with native fields, or to stderr as logfmt or JSON.  Secrets are never passed in.
 */
#ifndef MIG_DAEMON_LOG_H
#define MIG_DAEMON_LOG_H

#include <stdarg.h>

#include "base/err.h"

enum log_level { LOG_LEVEL_ERROR, LOG_LEVEL_WARNING, LOG_LEVEL_INFO, LOG_LEVEL_DEBUG };

enum log_format { LOG_FORMAT_AUTO, LOG_FORMAT_JOURNAL, LOG_FORMAT_LOGFMT, LOG_FORMAT_JSON };

/*
 * Set level and format; AUTO is the journal when stderr is connected to it, else logfmt.
 */
void log_setup(enum log_level level, enum log_format format);

/*
 * Change the level alone (reload).
 */
void log_set_level(enum log_level level);

/*
 * One event; a reader who takes nothing loses it, and how many are lost is told as soon as one
 * gets through: this never waits.  subsystem is a short word ("store", "driver").  message is a
 * sentence without variable parts; fields are pairs of strings, key then value, ended by NULL; a
 * NULL value ends the list as well.
 */
void log_event(enum log_level level, const char *subsystem, const char *message, ...)
    __attribute__((sentinel));

#endif
