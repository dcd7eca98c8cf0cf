/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"

/* Each block is twice as large as the one before it, within these. */
#define ARENA_BLOCK_FIRST 8192U
#define ARENA_BLOCK_LAST (1024U * 1024U)

/* What an array that grows has room for first. */
#define GROW_FIRST 8U

/*
 * What pieces are aligned for.  max_align_t would be 32 bytes for the sake of long double, which
 * nobody keeps here, and a large schema has millions of pieces.
 */
union arena_unit {
	int64_t integer;
	double number;
	void *pointer;
};

#define ARENA_ALIGN sizeof(union arena_unit)

/* One piece from the allocator; the newest stands first and is the one being filled. */
struct arena_block {
	struct arena_block *next;
	size_t used;
	size_t size;
	union arena_unit data[];
};

struct mig_arena {
	struct arena_block *blocks;
	size_t bytes; /* handed out */
	size_t bytes_max;
	size_t block_next; /* size of the block that comes next */
	bool failed;
	union arena_unit nothing; /* what an allocation of no bytes points to */
};

static void *
arena_fail(struct mig_arena *arena)
{
	arena->failed = true;
	return NULL;
}

/* A block with room for size bytes (already rounded up), zeroed, or NULL. */
static struct arena_block *
arena_block(struct mig_arena *arena, size_t size)
{
	struct arena_block *block = arena->blocks;
	if (block != NULL && size <= block->size - block->used)
		return block;

	size_t room = arena->block_next;
	if (room < ARENA_BLOCK_LAST)
		arena->block_next = room * 2;
	if (size > room)
		room = size;
	if (room > SIZE_MAX - sizeof(*block))
		return NULL;
	struct arena_block *fresh = calloc(1, sizeof(*fresh) + room);
	if (fresh == NULL)
		return NULL;
	fresh->size = room;
	fresh->next = block;
	arena->blocks = fresh;
	return fresh;
}

struct mig_arena *
mig_arena_new(size_t bytes_max)
{
	struct mig_arena *arena = calloc(1, sizeof(*arena));
	if (arena == NULL)
		return NULL;
	arena->bytes_max = bytes_max;
	arena->block_next = ARENA_BLOCK_FIRST;
	return arena;
}

void
mig_arena_free(struct mig_arena *arena)
{
	if (arena == NULL)
		return;
	struct arena_block *block = arena->blocks;
	while (block != NULL) {
		struct arena_block *next = block->next;
		free(block);
		block = next;
	}
	free(arena);
}

void *
mig_arena_alloc(struct mig_arena *arena, size_t size)
{
	if (arena->failed)
		return NULL;
	if (size == 0)
		return &arena->nothing;
	if (size > arena->bytes_max - arena->bytes || size > SIZE_MAX - ARENA_ALIGN)
		return arena_fail(arena);

	size_t rounded = (size + ARENA_ALIGN - 1) / ARENA_ALIGN * ARENA_ALIGN;
	struct arena_block *block = arena_block(arena, rounded);
	if (block == NULL)
		return arena_fail(arena);
	void *data = (char *)block->data + block->used;
	block->used += rounded;
	arena->bytes += size;
	return data;
}

void *
mig_arena_array(struct mig_arena *arena, size_t count, size_t size)
{
	if (size > 0 && count > SIZE_MAX / size)
		return arena_fail(arena);
	return mig_arena_alloc(arena, count * size);
}

char *
mig_arena_strndup(struct mig_arena *arena, const char *text, size_t len)
{
	if (text == NULL)
		return NULL;
	if (len == SIZE_MAX)
		return arena_fail(arena);
	char *copy = mig_arena_alloc(arena, len + 1);
	if (copy != NULL)
		memcpy(copy, text, len);
	return copy;
}

char *
mig_arena_strdup(struct mig_arena *arena, const char *text)
{
	return text == NULL ? NULL : mig_arena_strndup(arena, text, strlen(text));
}

char *
mig_arena_printf(struct mig_arena *arena, const char *fmt, ...)
{
	va_list args;
	va_start(args, fmt);
	int len = vsnprintf(NULL, 0, fmt, args);
	va_end(args);
	if (len < 0)
		return arena_fail(arena);

	char *text = mig_arena_alloc(arena, (size_t)len + 1);
	if (text == NULL)
		return NULL;
	va_start(args, fmt);
	(void)vsnprintf(text, (size_t)len + 1, fmt, args);
	va_end(args);
	return text;
}

void *
mig_arena_grow(struct mig_arena *arena, void *items, size_t count, size_t *cap, size_t size)
{
	if (count < *cap)
		return items;
	size_t room = *cap == 0 ? GROW_FIRST : *cap * 2;
	void *grown = mig_arena_array(arena, room, size);
	if (grown == NULL)
		return NULL;
	if (count > 0)
		memcpy(grown, items, count * size);
	*cap = room;
	return grown;
}

void
mig_arena_fail(struct mig_arena *arena)
{
	arena->failed = true;
}

bool
mig_arena_failed(const struct mig_arena *arena)
{
	return arena->failed;
}
