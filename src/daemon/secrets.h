/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/*
 * The secrets that requests are made with.  Their files are read for each request, so that a new
 * one counts at once; while a file can't be read, what was last read of it is used: a rollback must
 * not fail because a secret is just being replaced, or its mount is gone.
 */
#ifndef MIG_DAEMON_SECRETS_H
#define MIG_DAEMON_SECRETS_H

#include <stddef.h>

#include "base/err.h"

struct secrets;

/*
 * An empty collection; NULL without memory.
 */
struct secrets *secrets_new(void);

/*
 * Wipe and free; NULL is a no-op.
 */
void secrets_free(struct secrets *secrets);

/*
 * As file_secret(), but it fails only for a file that was never read before.  The log is told once
 * when a file can't be read any more, and once when it can again.
 */
int secrets_read(struct secrets *secrets, const char *path, char **ret_secret, char *ret_error,
    size_t size) MIG_MUSTCHECK;

#endif
