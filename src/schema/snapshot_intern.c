/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "schema/snapshot_int.h"

#define SLOTS_FIRST 1024U

/* Longer texts than this hardly come twice. */
#define SHARED_MAX 64U

static uint32_t
hash_of(struct mig_text text)
{
	const uint64_t factor = UINT64_C(0x9e3779b97f4a7c15);
	uint64_t hash = text.len * factor;
	uint64_t bytes = 0;
	for (; text.len >= sizeof(bytes); text.len -= sizeof(bytes), text.data += sizeof(bytes)) {
		memcpy(&bytes, text.data, sizeof(bytes));
		hash = (hash ^ bytes) * factor;
		hash ^= hash >> 29;
	}
	for (bytes = 0; text.len > 0; text.len--)
		bytes = bytes << 8 | (unsigned char)*text.data++;
	hash = (hash ^ bytes) * factor;
	return (uint32_t)(hash ^ hash >> 32);
}

/* The slot that has the text, or the empty one where it belongs. */
static struct mig_snap_name *
slot_of(const struct mig_snap_names *names, struct mig_text text, uint32_t hash)
{
	size_t mask = names->slots_count - 1;
	size_t i = hash & mask;
	for (; names->slots[i].text != NULL; i = (i + 1) & mask) {
		const struct mig_snap_name *slot = &names->slots[i];
		if (slot->hash == hash && strncmp(slot->text, text.data, text.len) == 0 &&
		    slot->text[text.len] == '\0')
			break;
	}
	return &names->slots[i];
}

static bool
grow(struct mig_snap_names *names)
{
	if ((names->used + 1) * 2 < names->slots_count)
		return true;
	size_t count = names->slots_count == 0 ? SLOTS_FIRST : names->slots_count * 2;
	struct mig_snap_name *slots = calloc(count, sizeof(*slots));
	if (slots == NULL)
		return false;
	for (size_t i = 0; i < names->slots_count; i++) {
		size_t at = names->slots[i].hash & (count - 1);
		if (names->slots[i].text == NULL)
			continue;
		while (slots[at].text != NULL)
			at = (at + 1) & (count - 1);
		slots[at] = names->slots[i];
	}
	free(names->slots);
	names->slots = slots;
	names->slots_count = count;
	return true;
}

bool
mig_snap_no_memory(struct mig_snap *snap)
{
	snap->pull.error = MIG_ENOMEM;
	return false;
}

const char *
mig_snap_copy(struct mig_snap *snap, struct mig_text text)
{
	const char *copy = mig_arena_strndup(snap->arena, text.data, text.len);
	if (copy == NULL)
		(void)mig_snap_no_memory(snap);
	return copy;
}

struct mig_snap_name *
mig_snap_intern(struct mig_snap *snap, struct mig_text text)
{
	struct mig_snap_names *names = &snap->names;
	if (!grow(names)) {
		(void)mig_snap_no_memory(snap);
		return NULL;
	}
	uint32_t hash = hash_of(text);
	struct mig_snap_name *slot = slot_of(names, text, hash);
	if (slot->text != NULL)
		return slot;
	const char *copy = mig_snap_copy(snap, text);
	if (copy == NULL)
		return NULL;
	*slot = (struct mig_snap_name){ .text = copy, .hash = hash };
	names->used++;
	return slot;
}

const char *
mig_snap_keep(struct mig_snap *snap, struct mig_text text)
{
	if (text.len > SHARED_MAX)
		return mig_snap_copy(snap, text);
	const struct mig_snap_name *name = mig_snap_intern(snap, text);
	return name != NULL ? name->text : NULL;
}

const void *
mig_snap_items(struct mig_snap *snap)
{
	if (!mig_buf_ok(&snap->items)) {
		(void)mig_snap_no_memory(snap);
		return NULL;
	}
	void *copy = mig_arena_alloc(snap->arena, snap->items.len);
	if (copy == NULL)
		(void)mig_snap_no_memory(snap);
	else if (snap->items.len > 0)
		memcpy(copy, snap->items.data, snap->items.len);
	return copy;
}
