/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "daemon/dispatch_int.h"
#include "daemon/dispatch_request.h"
#include "daemon/http_client.h"
#include "daemon/log.h"
#include "daemon/loop.h"
#include "daemon/metrics.h"
#include "daemon/store.h"

#define ENTRY_BYTES_MAX ((size_t)4 * MIG_REQUEST_BYTES_MAX)

#define FORWARD_BASE_MS 500
#define FORWARD_CAP_MS 30000
#define FORWARD_RETRY_AFTER_MS_MAX 300000
#define ROLLBACK_BASE_MS 100
#define ROLLBACK_CAP_MS 5000
#define ROLLBACK_RETRY_AFTER_MS_MAX 1000
/* A way back that is refused: hammering will not help, but giving up is not allowed. */
#define ROLLBACK_REFUSED_BASE_MS 1000
#define ROLLBACK_REFUSED_CAP_MS 30000

#define ASK_INTERVAL_MS 5000
#define ASKS_MAX 17280U /* a day of them */
#define UNHEARD_MAX 4U  /* in a row: one that is lost is no news */

/* So many notifications at a time may sit at one endpoint: it may never answer. */
#define NOTIFY_CALLS_MAX 4U
#define NOTIFY_WAIT_MS 1000

/* The part of a reply's body that is worth showing. */
#define BODY_SHOWN_MAX 120

static void
entry_wait(struct entry *entry, int64_t delay_ms)
{
	entry->waiting = true;
	loop_timer_set(entry->timer, delay_ms);
}

static struct dispatch_attempt
entry_attempt(struct entry *entry, http_callback callback)
{
	return (struct dispatch_attempt){
		.http = entry->dispatcher->http,
		.secrets = entry->dispatcher->secrets,
		.request = &entry->request,
		.now = loop_wall(entry->dispatcher->loop),
		.urgent = entry->rollback,
		.attempts = entry->attempts,
		.fresh = entry->unanswered,
		.callback = callback,
		.context = entry,
	};
}

/* Tell the callback; false when the entry has been dropped by it. */
static bool
entry_report(struct entry *entry, enum mig_result result, long status, const char *error)
{
	struct dispatch_result told = {
		.key = entry->request.key,
		.rollout_id = entry->rollout_id,
		.seq = entry->seq,
		.kind = entry->kind,
		.result = result,
		.attempts = result == MIG_RESULT_RETRYING && entry->followed ? entry->unheard :
		    entry->attempts,
		.http_status = status,
		.error = error,
		.unfollowed = result == MIG_RESULT_ACCEPTED && !entry->followed,
	};

	entry->reporting = true;
	entry->dispatcher->callback(entry->dispatcher->context, &told);
	entry->reporting = false;
	return !entry->dead;
}

static void
entry_log_failure(const struct entry *entry, const char *message, const char *error)
{
	char attempts[16];

	(void)snprintf(attempts, sizeof(attempts), "%" PRIu32, entry->attempts);
	/* Of the URL only scheme, host and port: the rest may hold a token. */
	log_event(entry->rollback ? LOG_LEVEL_ERROR : LOG_LEVEL_WARNING, "dispatcher", message,
	    "rollout", entry->rollout_id, "key", entry->request.key, "kind",
	    mig_effect_kind_name(entry->kind), "lane", entry->request.lane, "endpoint",
	    entry->breaker, "attempts", attempts, "error", error, NULL);
}

/* What the answer means for this request. */
static enum mig_result
entry_judge(const struct entry *entry, long status)
{
	switch (mig_webhook_answer(status)) {
	case MIG_ANSWER_DONE:
		return MIG_RESULT_DONE;
	case MIG_ANSWER_ACCEPTED:
		/* Nobody waits for what becomes of a notification, or of a call for capacity. */
		return entry->kind == MIG_EFFECT_NOTIFY || entry->kind == MIG_EFFECT_SCALE_UP ?
		    MIG_RESULT_DONE : MIG_RESULT_ACCEPTED;
	case MIG_ANSWER_CHECK:
		/* The read-back decides; where there is none, nobody has seen the flag there. */
		if (entry->request.read_back)
			return MIG_RESULT_DONE;
		break;
	case MIG_ANSWER_RETRY:
		return MIG_RESULT_RETRYING;
	case MIG_ANSWER_REFUSED:
		break;
	}
	return entry->rollback ? MIG_RESULT_RETRYING : MIG_RESULT_REFUSED;
}

static int64_t
entry_delay(const struct entry *entry, long status, int64_t retry_after_s)
{
	bool refused = mig_webhook_answer(status) != MIG_ANSWER_RETRY;
	int64_t cap_ms = FORWARD_RETRY_AFTER_MS_MAX;
	int64_t base_ms = FORWARD_BASE_MS;
	int64_t limit_ms = FORWARD_CAP_MS;

	if (entry->rollback) {
		cap_ms = ROLLBACK_RETRY_AFTER_MS_MAX;
		base_ms = refused ? ROLLBACK_REFUSED_BASE_MS : ROLLBACK_BASE_MS;
		limit_ms = refused ? ROLLBACK_REFUSED_CAP_MS : ROLLBACK_CAP_MS;
	}
	int64_t asked_ms = retry_after_s < 0 ? 0 :
	    retry_after_s > cap_ms / 1000 ? cap_ms : retry_after_s * 1000;
	int64_t delay_ms = mig_webhook_backoff(entry->request.key, entry->attempts, base_ms,
	    limit_ms);
	return asked_ms > delay_ms ? asked_ms : delay_ms;
}

/* The reply in one line: what it was and how its body begins. */
static void
reply_text(const struct http_reply *reply, char *ret_text, size_t size)
{
	char body[BODY_SHOWN_MAX + 1];
	size_t len = 0;

	if (reply->status == 0) {
		(void)snprintf(ret_text, size, "%s", reply->error);
		return;
	}
	if (reply->status >= 300 && reply->status <= 399) {
		(void)snprintf(ret_text, size, "HTTP %ld: redirects are not followed",
		    reply->status);
		return;
	}
	for (; len < BODY_SHOWN_MAX && reply->body[len] != '\0'; len++) {
		unsigned char c = (unsigned char)reply->body[len];
		body[len] = c >= 0x20 && c < 0x7f ? (char)c : ' ';
	}
	body[len] = '\0';
	(void)snprintf(ret_text, size, "HTTP %ld%s%s", reply->status, len > 0 ? ": " : "", body);
}

static void
entry_retry(struct entry *entry, const struct http_reply *reply)
{
	const char *message = entry->rollback ?
	    "a request of a rollback failed and is tried again" :
	    "a request failed and is tried again";

	entry_log_failure(entry, message, entry->error);
	entry_wait(entry, entry_delay(entry, reply->status, reply->retry_after_s));
	if (!entry_report(entry, MIG_RESULT_RETRYING, reply->status, entry->error))
		dispatch_entry_free(entry);
}

/* Keep asking for the result when the reply says where it will be. */
static bool
entry_follow(struct entry *entry, const struct http_reply *reply)
{
	if (entry->kind == MIG_EFFECT_SET_FLAG || reply->location == NULL)
		return false;
	const char *there = dispatch_origin(reply->location, entry->arena);
	const char *here = dispatch_origin(entry->request.url, entry->arena);
	entry->location = mig_arena_strdup(entry->arena, reply->location);
	if (there == NULL || here == NULL || entry->location == NULL)
		return false;
	if (strcmp(there, here) != 0) {
		entry_log_failure(entry, "the result of a request is on another host and is not "
		    "asked for", there);
		return false;
	}
	entry->next = entry->dispatcher->accepted;
	entry->dispatcher->accepted = entry;
	entry_wait(entry, ASK_INTERVAL_MS);
	return true;
}

/* It is through, or refused: let the next of its lane go. */
static void
entry_finish(struct entry *entry, enum mig_result result, const struct http_reply *reply)
{
	struct dispatcher *dispatcher = entry->dispatcher;
	const char *error = result == MIG_RESULT_REFUSED ? entry->error : NULL;

	if (result == MIG_RESULT_REFUSED)
		entry_log_failure(entry, "a request was refused", entry->error);
	dispatch_detach(entry);
	entry->followed = result == MIG_RESULT_ACCEPTED && entry_follow(entry, reply);
	bool alive = entry_report(entry, result, reply->status, error);
	dispatch_advance(dispatcher, entry->rollout_id, entry->request.lane);
	if (!alive || !entry->followed)
		dispatch_entry_free(entry);
}

/* Those that were held back from this endpoint may try again. */
static void
endpoint_kick(struct dispatcher *dispatcher, const char *name)
{
	for (struct lane *lane = dispatcher->lanes; lane != NULL; lane = lane->next) {
		if (lane->first->held && strcmp(lane->first->breaker, name) == 0)
			loop_timer_set(lane->first->timer, 0);
	}
}

/* How many requests of this breaker's name are in flight. */
static size_t
endpoint_calls(const struct dispatcher *dispatcher, const char *name)
{
	size_t count = 0;

	for (struct lane *lane = dispatcher->lanes; lane != NULL; lane = lane->next) {
		if (lane->first->call != NULL && strcmp(lane->first->breaker, name) == 0)
			count++;
	}
	return count;
}

static void
entry_count(struct entry *entry, enum mig_result result, const struct http_reply *reply)
{
	static const char *const outcomes[] = { "done", "accepted", "retry", "refused" };
	struct dispatcher *dispatcher = entry->dispatcher;

	metrics_effect(dispatcher->metrics, entry->kind, outcomes[result],
	    (double)reply->duration_ms / 1000);
	entry->probe = false; /* this is the verdict */
	if (reply->status == 0 || reply->status >= 500)
		breaker_failure(&dispatcher->breakers, entry->breaker,
		    loop_mono(dispatcher->loop));
	else if (breaker_success(&dispatcher->breakers, entry->breaker))
		endpoint_kick(dispatcher, entry->breaker);
	if (entry->kind == MIG_EFFECT_NOTIFY)
		endpoint_kick(dispatcher, entry->breaker);
}

static void
on_reply(void *context, const struct http_reply *reply)
{
	struct entry *entry = context;
	enum mig_result result = entry_judge(entry, reply->status);

	entry->call = NULL;
	entry->unanswered = reply->status == 0;
	reply_text(reply, entry->error, sizeof(entry->error));
	entry_count(entry, result, reply);
	if (result == MIG_RESULT_RETRYING)
		entry_retry(entry, reply);
	else
		entry_finish(entry, result, reply);
}

/* Nobody will say what became of it.  Of a rollback step people are told as of one that waits. */
static void
entry_lose(struct entry *entry, long status, const char *why)
{
	entry_log_failure(entry, "the result of a request cannot be learnt", why);
	entry->followed = false;
	if (entry->kind == MIG_EFFECT_HOOK)
		(void)entry_report(entry, MIG_RESULT_ACCEPTED, status, NULL);
	dispatch_entry_free(entry);
}

/* Where the result is to be there is no word of it: it is asked for again, and that is news. */
static void
entry_unheard(struct entry *entry, long status)
{
	char error[MIG_ERROR_MAX];

	(void)snprintf(error, sizeof(error), "its result is not told: %.200s", entry->error);
	if (++entry->unheard == 1)
		entry_log_failure(entry, "the result of a request is not told; it is asked for "
		    "again and again", entry->error);
	entry_wait(entry, ASK_INTERVAL_MS);
	if (entry->unheard >= UNHEARD_MAX &&
	    !entry_report(entry, MIG_RESULT_RETRYING, status, error))
		dispatch_entry_free(entry);
}

static void
on_result(void *context, const struct http_reply *reply)
{
	struct entry *entry = context;
	bool gone = reply->status == 404 || reply->status == 410;

	entry->call = NULL;
	reply_text(reply, entry->error, sizeof(entry->error));
	if (reply->status == 200) {
		(void)entry_report(entry, MIG_RESULT_DONE, reply->status, NULL);
		dispatch_entry_free(entry);
	} else if (gone || ++entry->asks >= ASKS_MAX) {
		entry_lose(entry, reply->status, gone ? "it is gone" : "it never came");
	} else if (reply->status == 202) {
		entry->unheard = 0;
		entry_wait(entry, ASK_INTERVAL_MS);
	} else {
		entry_unheard(entry, reply->status);
	}
}

static void
entry_ask(struct entry *entry)
{
	struct dispatch_attempt attempt = entry_attempt(entry, on_result);

	if (dispatch_ask(&attempt, entry->location, &entry->call, entry->error,
	    sizeof(entry->error)) == 0)
		return;
	if (++entry->asks >= ASKS_MAX)
		entry_lose(entry, 0, entry->error);
	else
		entry_unheard(entry, 0);
}

static void
on_timer(void *context)
{
	static const struct http_reply none = { .body = "", .retry_after_s = -1 };
	struct entry *entry = context;

	entry->waiting = false;
	if (entry->location != NULL) {
		entry_ask(entry);
	} else if (entry->unsent) {
		entry->unsent = false;
		if (entry->probe)
			breaker_release(&entry->dispatcher->breakers, entry->breaker);
		entry->probe = false;
		entry_retry(entry, &none);
	} else {
		dispatch_entry_start(entry);
	}
}

/* How long the endpoint is to be left alone; 0: not at all. */
static int64_t
entry_hold(struct entry *entry)
{
	struct dispatcher *dispatcher = entry->dispatcher;

	if (entry->kind == MIG_EFFECT_NOTIFY &&
	    endpoint_calls(dispatcher, entry->breaker) >= NOTIFY_CALLS_MAX)
		return NOTIFY_WAIT_MS;
	return breaker_hold(&dispatcher->breakers, entry->breaker, loop_mono(dispatcher->loop),
	    &entry->probe);
}

int
dispatch_entry_new(struct dispatcher *dispatcher, const struct store_owed *owed, bool rollback,
    struct entry **ret_entry)
{
	struct entry *entry = calloc(1, sizeof(*entry));
	int error = MIG_ENOMEM;

	if (entry == NULL)
		return MIG_ENOMEM;
	entry->dispatcher = dispatcher;
	entry->seq = owed->seq;
	entry->kind = owed->kind;
	entry->rollback = rollback;
	entry->arena = mig_arena_new(ENTRY_BYTES_MAX);
	entry->timer = loop_timer_new(dispatcher->loop, on_timer, entry);
	if (entry->arena != NULL && entry->timer != NULL)
		error = dispatch_decode(owed->request, entry->arena, &entry->request);
	if (error == 0) {
		entry->rollout_id = mig_arena_strdup(entry->arena, owed->rollout_id);
		entry->request.lane = mig_arena_strdup(entry->arena, owed->lane);
		entry->breaker = dispatch_origin(entry->request.url, entry->arena);
		/* A dead notifier must not hold back what goes to the same host. */
		if (entry->kind == MIG_EFFECT_NOTIFY && entry->breaker != NULL)
			entry->breaker = mig_arena_printf(entry->arena, "%s (notify)",
			    entry->breaker);
		error = mig_arena_failed(entry->arena) ? MIG_ENOMEM : 0;
	}
	if (error == 0)
		*ret_entry = entry;
	else
		dispatch_entry_free(entry);
	return error;
}

void
dispatch_entry_free(struct entry *entry)
{
	if (entry == NULL)
		return;
	dispatch_detach(entry);
	http_call_cancel(entry->call);
	entry->call = NULL;
	loop_timer_free(entry->timer);
	entry->timer = NULL;
	if (entry->probe)
		breaker_release(&entry->dispatcher->breakers, entry->breaker);
	entry->probe = false;
	entry->dead = true;
	if (entry->reporting)
		return;
	mig_arena_free(entry->arena);
	free(entry);
}

void
dispatch_entry_start(struct entry *entry)
{
	int64_t hold_ms = entry->rollback ? 0 : entry_hold(entry);

	entry->held = hold_ms > 0;
	if (entry->held) {
		entry_wait(entry, hold_ms);
		return;
	}
	entry->attempts++;
	struct dispatch_attempt attempt = entry_attempt(entry, on_reply);
	if (dispatch_send(&attempt, &entry->call, entry->error, sizeof(entry->error)) == 0)
		return;
	/* Told from the loop: the caller may be in the middle of a decision. */
	entry->unsent = true;
	entry_wait(entry, 0);
}
