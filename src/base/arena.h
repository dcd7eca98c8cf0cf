/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/*
 * A region of memory for one document: parts are allocated from it and never freed singly.
 * Failure is sticky, so a builder may check once at its end.
 */
#ifndef MIG_BASE_ARENA_H
#define MIG_BASE_ARENA_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

struct mig_arena;

/*
 * A new, empty arena that will hand out at most bytes_max bytes; NULL without memory.
 */
struct mig_arena *mig_arena_new(size_t bytes_max);

/*
 * Free the arena and all that was allocated from it; NULL is a no-op.
 */
void mig_arena_free(struct mig_arena *arena);

/*
 * size zeroed bytes, aligned for any type but long double; NULL when memory or the cap is exhausted
 * (sticky: every later call returns NULL as well).  Size 0 gives a valid pointer.
 */
void *mig_arena_alloc(struct mig_arena *arena, size_t size) MIG_MUSTCHECK;

/*
 * count * size zeroed bytes, checked for overflow; as mig_arena_alloc().
 */
void *mig_arena_array(struct mig_arena *arena, size_t count, size_t size) MIG_MUSTCHECK;

/*
 * A copy of the string; NULL in, or a failed arena, gives NULL.
 */
char *mig_arena_strdup(struct mig_arena *arena, const char *text);

/*
 * A copy of the first len bytes, NUL-terminated.
 */
char *mig_arena_strndup(struct mig_arena *arena, const char *text, size_t len);

/*
 * A formatted string in the arena; NULL on failure.
 */
char *mig_arena_printf(struct mig_arena *arena, const char *fmt, ...) MIG_PRINTF(2, 3);

/*
 * Room for one more in an array of *cap pieces of size bytes, count of them in use: the array
 * itself, or a larger copy of it when it is full (NULL at first).  NULL when the arena fails.
 */
void *mig_arena_grow(struct mig_arena *arena, void *items, size_t count, size_t *cap, size_t size)
    MIG_MUSTCHECK;

/*
 * Mark the arena as failed: something that belongs to what is made there could not be made.
 */
void mig_arena_fail(struct mig_arena *arena);

/*
 * Whether an allocation has failed.
 */
bool mig_arena_failed(const struct mig_arena *arena);

#endif
