/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <stdlib.h>
#include <string.h>

#include "daemon/dispatch_int.h"
#include "daemon/loop.h"
#include "daemon/secrets.h"
#include "daemon/store.h"

static struct lane *
lane_find(const struct dispatcher *dispatcher, const char *rollout_id, const char *name)
{
	struct lane *lane = dispatcher->lanes;

	while (lane != NULL &&
	    (strcmp(lane->name, name) != 0 || strcmp(lane->rollout_id, rollout_id) != 0))
		lane = lane->next;
	return lane;
}

static void
lane_free(struct dispatcher *dispatcher, struct lane *lane)
{
	struct lane **link = &dispatcher->lanes;

	while (*link != lane)
		link = &(*link)->next;
	*link = lane->next;
	free(lane);
}

/* Put an entry at the end of its lane. */
static int
lane_append(struct entry *entry)
{
	struct dispatcher *dispatcher = entry->dispatcher;
	struct lane *lane = lane_find(dispatcher, entry->rollout_id, entry->request.lane);

	if (lane == NULL) {
		lane = calloc(1, sizeof(*lane));
		if (lane == NULL)
			return MIG_ENOMEM;
		lane->rollout_id = entry->rollout_id;
		lane->name = entry->request.lane;
		lane->next = dispatcher->lanes;
		dispatcher->lanes = lane;
	}
	struct entry **link = &lane->first;
	while (*link != NULL)
		link = &(*link)->next;
	*link = entry;
	entry->lane = lane;
	return 0;
}

/* Take an entry out of a list that it may not be in. */
static void
list_remove(struct entry **link, struct entry *entry)
{
	while (*link != NULL && *link != entry)
		link = &(*link)->next;
	if (*link == NULL)
		return;
	*link = entry->next;
	entry->next = NULL;
}

/* Forget what a way back makes pointless. */
static void
lane_preempt(struct lane *lane)
{
	struct entry *next = NULL;

	for (struct entry *entry = lane != NULL ? lane->first : NULL; entry != NULL; entry = next) {
		next = entry->next;
		if (!entry->rollback)
			dispatch_entry_free(entry);
	}
}

/* The request of that key among those linked from one, or NULL. */
static struct entry *
list_find(struct entry *entry, const char *key)
{
	while (entry != NULL && strcmp(entry->request.key, key) != 0)
		entry = entry->next;
	return entry;
}

static struct entry *
lane_find_key(const struct lane *lane, const char *key)
{
	return list_find(lane != NULL ? lane->first : NULL, key);
}

void
dispatch_detach(struct entry *entry)
{
	struct lane *lane = entry->lane;

	if (lane == NULL) {
		list_remove(&entry->dispatcher->accepted, entry);
		return;
	}
	list_remove(&lane->first, entry);
	entry->lane = NULL;
	if (lane->first == NULL) {
		lane_free(entry->dispatcher, lane);
		return;
	}
	lane->rollout_id = lane->first->rollout_id;
	lane->name = lane->first->request.lane;
}

void
dispatch_advance(struct dispatcher *dispatcher, const char *rollout_id, const char *name)
{
	struct lane *lane = lane_find(dispatcher, rollout_id, name);

	if (lane != NULL && lane->first->call == NULL && !lane->first->waiting)
		dispatch_entry_start(lane->first);
}

struct dispatcher *
dispatcher_new(struct loop *loop, struct http_client *http, struct metrics *metrics,
    dispatch_callback callback, void *context)
{
	struct dispatcher *dispatcher = calloc(1, sizeof(*dispatcher));

	if (dispatcher == NULL)
		return NULL;
	dispatcher->secrets = secrets_new();
	if (dispatcher->secrets == NULL) {
		free(dispatcher);
		return NULL;
	}
	dispatcher->loop = loop;
	dispatcher->http = http;
	dispatcher->metrics = metrics;
	dispatcher->callback = callback;
	dispatcher->context = context;
	return dispatcher;
}

void
dispatcher_free(struct dispatcher *dispatcher)
{
	if (dispatcher == NULL)
		return;
	while (dispatcher->lanes != NULL)
		dispatch_entry_free(dispatcher->lanes->first);
	while (dispatcher->accepted != NULL)
		dispatch_entry_free(dispatcher->accepted);
	breaker_clear(&dispatcher->breakers);
	secrets_free(dispatcher->secrets);
	free(dispatcher);
}

struct secrets *
dispatcher_secrets(const struct dispatcher *dispatcher)
{
	return dispatcher->secrets;
}

int
dispatcher_add(struct dispatcher *dispatcher, const struct store_owed *owed, bool rollback)
{
	struct entry *entry = NULL;

	/* Told twice is owed once. */
	if (lane_find_key(lane_find(dispatcher, owed->rollout_id, owed->lane), owed->key) != NULL)
		return 0;
	int error = dispatch_entry_new(dispatcher, owed, rollback, &entry);
	if (error != 0)
		return error;
	if (rollback)
		lane_preempt(lane_find(dispatcher, entry->rollout_id, entry->request.lane));
	error = lane_append(entry);
	if (error != 0) {
		dispatch_entry_free(entry);
		return error;
	}
	dispatch_advance(dispatcher, entry->rollout_id, entry->request.lane);
	return 0;
}

void
dispatcher_drop_forward(struct dispatcher *dispatcher, const char *rollout_id)
{
	struct lane *next_lane = NULL;
	struct entry *next = NULL;

	for (struct lane *lane = dispatcher->lanes; lane != NULL; lane = next_lane) {
		next_lane = lane->next;
		if (lane->first->kind == MIG_EFFECT_NOTIFY ||
		    strcmp(lane->rollout_id, rollout_id) != 0)
			continue;
		for (struct entry *entry = lane->first; entry != NULL; entry = next) {
			next = entry->next;
			dispatch_entry_free(entry);
		}
	}
	for (struct entry *entry = dispatcher->accepted; entry != NULL; entry = next) {
		next = entry->next;
		if (strcmp(entry->rollout_id, rollout_id) == 0)
			dispatch_entry_free(entry);
	}
}

void
dispatcher_drop(struct dispatcher *dispatcher, const struct store_owed *owed)
{
	struct lane *lane = lane_find(dispatcher, owed->rollout_id, owed->lane);

	dispatch_entry_free(lane_find_key(lane, owed->key));
	dispatch_entry_free(list_find(dispatcher->accepted, owed->key));
	dispatch_advance(dispatcher, owed->rollout_id, owed->lane);
}

void
dispatcher_kick(struct dispatcher *dispatcher)
{
	breaker_clear(&dispatcher->breakers);
	for (struct lane *lane = dispatcher->lanes; lane != NULL; lane = lane->next) {
		if (lane->first->waiting)
			loop_timer_set(lane->first->timer, 0);
	}
	for (struct entry *entry = dispatcher->accepted; entry != NULL; entry = entry->next) {
		if (entry->waiting)
			loop_timer_set(entry->timer, 0);
	}
}

size_t
dispatcher_count(const struct dispatcher *dispatcher)
{
	size_t count = 0;

	for (const struct lane *lane = dispatcher->lanes; lane != NULL; lane = lane->next) {
		for (const struct entry *entry = lane->first; entry != NULL; entry = entry->next)
			count++;
	}
	return count;
}
