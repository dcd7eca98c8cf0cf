/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "daemon/config.h"
#include "daemon/dispatcher.h"
#include "daemon/driver_int.h"
#include "wire/webhook.h"

/* One commit's requests are far smaller than this. */
#define REQUEST_BYTES_MAX (16U * 1024U * 1024U)

void
owed_item_fini(struct owed_item *item)
{
	free(item->key);
	free(item->lane);
	free(item->request);
}

void
owed_list_fini(struct owed_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		owed_item_fini(&list->items[i]);
	free(list->items);
	memset(list, 0, sizeof(*list));
}

void *
owed_grow(void **items, size_t count, size_t size)
{
	void *bigger = realloc(*items, (count + 1) * size);

	if (bigger == NULL)
		return NULL;
	*items = bigger;
	return (char *)bigger + count * size;
}

/* Add a request to the list. */
static int
owe_request(struct owed_list *list, const struct mig_request *request,
    const struct mig_effect *effect)
{
	bool rollback = effect->kind == MIG_EFFECT_RB_STEP ||
	    (effect->kind == MIG_EFFECT_SET_FLAG &&
	    (effect->u.set_flag.reason == MIG_WRITE_ROLLBACK ||
	    effect->u.set_flag.reason == MIG_WRITE_ABORT));
	void *items = list->items;
	struct owed_item *item = owed_grow(&items, list->count, sizeof(*item));
	struct mig_buf encoded;

	list->items = items;
	if (item == NULL)
		return MIG_ENOMEM;
	mig_buf_init(&encoded, REQUEST_BYTES_MAX);
	(void)dispatch_encode(request, &encoded); /* a failure shows in the buffer */
	item->key = strdup(request->key);
	item->lane = strdup(request->lane);
	item->request = mig_buf_steal(&encoded);
	item->seq = effect->seq;
	item->kind = effect->kind;
	item->rollback = rollback;
	mig_buf_fini(&encoded);
	list->count++;
	return item->key != NULL && item->lane != NULL && item->request != NULL ?
	    MIG_OK : MIG_ENOMEM;
}

/* The record that a notification is about. */
static const struct mig_record *
find_record(const struct mig_outcome *outcome, uint64_t seq)
{
	for (size_t i = 0; i < outcome->record_count; i++) {
		if (outcome->records[i].seq == seq)
			return &outcome->records[i];
	}
	return NULL;
}

/* One notification to one target for one of its audiences. */
static int
owe_notice(struct rollout *rollout, struct owed_list *list, const struct mig_effect *effect,
    size_t target_index, const char *audience)
{
	const struct mig_outcome *outcome = rollout->driver->outcome;
	const struct config_notify *target =
	    &rollout->driver->parts.config->notify[target_index];
	const struct mig_json *runbook =
	    mig_json_get(mig_json_root(rollout->source), "runbook");
	struct mig_request request = { .method = "POST", .url = target->url,
		.header_count = target->header_count, .headers = target->headers,
		.secret_file = target->secret_file, .timeout_ms = target->timeout_ms };
	struct mig_notification notification = { .key = request.key,
		.template_type = mig_notice_name(effect->u.notify.notice), .audience = audience,
		.rollout_id = rollout->state->rollout_id,
		.record = find_record(outcome, effect->u.notify.record_seq) };
	char key[MIG_KEY_MAX];
	char lane[32];
	struct mig_buf body;
	int error = MIG_OK;

	mig_webhook_key(rollout->state, effect->seq, key);
	(void)snprintf(request.key, sizeof(request.key), "%.100s-%zu-%s", key, target_index,
	    audience);
	(void)snprintf(lane, sizeof(lane), "notify:%zu", target_index);
	mig_buf_init(&body, REQUEST_BYTES_MAX);
	if (mig_webhook_notification(rollout->policy, rollout->driver->scratch, runbook,
	    &notification, &body) == MIG_OK && mig_buf_ok(&body)) {
		request.lane = lane;
		request.body = body.data;
		error = owe_request(list, &request, effect);
	} /* else the runbook has no words for this audience */
	mig_buf_fini(&body);
	return error;
}

static int
owe_notices(struct rollout *rollout, struct owed_list *list, const struct mig_effect *effect)
{
	const struct config *config = rollout->driver->parts.config;
	int error = MIG_OK;

	for (size_t i = 0; i < config->notify_count && error == MIG_OK; i++) {
		const struct config_notify *target = &config->notify[i];
		for (size_t j = 0; j < target->audience_count && error == MIG_OK; j++)
			error = owe_notice(rollout, list, effect, i, target->audiences[j]);
	}
	return error;
}

int
owe_effects(struct rollout *rollout, struct owed_list *list)
{
	const struct driver *driver = rollout->driver;
	int error = MIG_OK;

	for (size_t i = 0; i < driver->outcome->effect_count && error == MIG_OK; i++) {
		const struct mig_effect *effect = &driver->outcome->effects[i];
		struct mig_request request;
		if (effect->kind == MIG_EFFECT_NOTIFY) {
			error = owe_notices(rollout, list, effect);
			continue;
		}
		struct mig_arena *arena = mig_arena_new(REQUEST_BYTES_MAX);
		if (arena == NULL)
			return MIG_ENOMEM;
		struct mig_webhook_rollout about = { rollout->policy, rollout->binding,
			driver->scratch, mig_json_root(rollout->source) };
		error = mig_webhook_request(&about, effect, arena, &request);
		if (error == MIG_OK)
			error = owe_request(list, &request, effect);
		else if (error == MIG_ENOTFOUND)
			error = MIG_OK;
		mig_arena_free(arena);
	}
	return error;
}
