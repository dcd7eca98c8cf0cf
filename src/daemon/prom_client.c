/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/limits.h"
#include "daemon/http_client.h"
#include "daemon/log.h"
#include "daemon/loop.h"
#include "daemon/metrics.h"
#include "daemon/prom_client.h"
#include "daemon/secrets.h"

/* What a server gives at most in one reply, so no more is ever asked. */
#define RANGE_POINTS_MAX 11000
#define SETTINGS_BYTES_MAX (256U * 1024U)

/* Somebody who waits for the answer to an instant query. */
struct prom_waiter {
	struct prom_waiter *next;
	prom_callback callback;
	void *context;
};

/* One query under way. */
struct prom_ask {
	struct prom_client *client;
	struct prom_ask *next;
	struct prom_ask **link; /* what points at this one */
	struct http_call *call; /* NULL once it has answered */
	char *query;
	bool outdated;          /* asked with older settings: not to be shared */
	struct prom_waiter *waiters; /* instant */
	prom_range_callback range;   /* range */
	void *range_context;
	bool is_range;
	size_t points_max;
};

struct prom_client {
	struct loop *loop;
	struct http_client *http;
	struct metrics *metrics;
	struct secrets *secrets;
	struct mig_arena *arena; /* of settings and URLs */
	struct prom_settings settings;
	const char *query_url;
	const char *range_url;
	struct prom_ask *asks;
	bool unanswered; /* the last query brought no reply */
	bool tokenless;  /* the token has never been read, and the log knows */
	char range_error[MIG_ERROR_MAX];
};

static void
ask_free(struct prom_ask *ask)
{
	*ask->link = ask->next;
	if (ask->next != NULL)
		ask->next->link = ask->link;
	http_call_cancel(ask->call);
	while (ask->waiters != NULL) {
		struct prom_waiter *waiter = ask->waiters;

		ask->waiters = waiter->next;
		free(waiter);
	}
	free(ask->query);
	free(ask);
}

/* "" is how a configuration says "none". */
static const char *
copy_text(struct mig_arena *arena, const char *text)
{
	return text != NULL && text[0] != '\0' ? mig_arena_strdup(arena, text) : NULL;
}

static const char *
make_url(struct mig_arena *arena, const char *base, const char *path)
{
	size_t len = strlen(base);

	while (len > 0 && base[len - 1] == '/')
		len--;

	const char *root = mig_arena_strndup(arena, base, len);

	return root != NULL ? mig_arena_printf(arena, "%s%s", root, path) : NULL;
}

static struct prom_ask *
ask_new(struct prom_client *client, const char *query)
{
	struct prom_ask *ask = calloc(1, sizeof(*ask));

	if (ask == NULL)
		return NULL;
	ask->query = strdup(query);
	if (ask->query == NULL) {
		free(ask);
		return NULL;
	}
	ask->client = client;
	ask->next = client->asks;
	ask->link = &client->asks;
	if (ask->next != NULL)
		ask->next->link = &ask->next;
	client->asks = ask;
	return ask;
}

/* The bearer token, NULL where there is none; owned by the caller. */
static int
read_token(struct prom_client *client, char **ret_token)
{
	const char *path = client->settings.bearer_token_file;
	char reason[MIG_ERROR_MAX];

	*ret_token = NULL;
	if (path == NULL)
		return MIG_OK;
	int error = secrets_read(client->secrets, path, ret_token, reason, sizeof(reason));
	if (error != MIG_OK && !client->tokenless)
		log_event(LOG_LEVEL_ERROR, "prometheus",
		    "cannot read the bearer token: nothing can be asked", "reason", reason, NULL);
	else if (error == MIG_OK && client->tokenless)
		log_event(LOG_LEVEL_INFO, "prometheus", "the bearer token can be read", NULL);
	client->tokenless = error != MIG_OK;
	return error == MIG_OK ? MIG_OK : MIG_EIO;
}

static int
ask_send(struct prom_ask *ask, const char *url, const struct mig_buf *body, http_callback callback)
{
	const struct prom_settings *settings = &ask->client->settings;
	char *token = NULL;

	if (!mig_buf_ok(body))
		return MIG_ENOMEM;

	int error = read_token(ask->client, &token);

	if (error != MIG_OK)
		return error;

	struct http_request request = {
		.method = "POST",
		.url = url,
		.body = body->data,
		.body_len = body->len,
		.content_type = "application/x-www-form-urlencoded",
		.header_count = settings->header_count,
		.headers = settings->headers,
		.bearer_token = token,
		.ca_file = settings->ca_file,
		.cert_file = settings->cert_file,
		.key_file = settings->key_file,
		.timeout_ms = settings->timeout_ms,
		.fresh = ask->client->unanswered,
	};
	error = http_client_send(ask->client->http, &request, callback, ask, &ask->call);

	free(token);
	return error;
}

/* The word for the counter of failed queries; NULL when there was an answer. */
static const char *
failure_word(const struct http_reply *reply, bool readable)
{
	switch (reply->failure) {
	case HTTP_FAILURE_CONNECT:
		return "connect";
	case HTTP_FAILURE_TIMEOUT:
		return "timeout";
	case HTTP_FAILURE_REPLY:
		return "http";
	case HTTP_FAILURE_NONE:
		break;
	}
	if (reply->status != 200)
		return reply->body[0] == '{' ? "error" : "http";
	return readable ? NULL : "decode";
}

static void
count_query(const struct prom_ask *ask, const struct http_reply *reply, bool readable)
{
	ask->client->unanswered = reply->status == 0;
	metrics_query(ask->client->metrics, (double)reply->duration_ms / 1000.0,
	    failure_word(reply, readable));
}

static void
on_instant(void *context, const struct http_reply *reply)
{
	struct prom_ask *ask = context;
	struct mig_prom_sample sample = { .quality = MIG_QUALITY_ERROR };

	ask->call = NULL;
	if (reply->error != NULL)
		mig_prom_read_instant(0, reply->error, strlen(reply->error), &sample);
	else
		mig_prom_read_instant(reply->status, reply->body, reply->body_len, &sample);
	count_query(ask, reply, sample.quality != MIG_QUALITY_ERROR);
	/* A callback may ask again or cancel others that wait here. */
	while (ask->waiters != NULL) {
		struct prom_waiter *waiter = ask->waiters;
		prom_callback callback = waiter->callback;
		void *waiter_context = waiter->context;

		ask->waiters = waiter->next;
		free(waiter);
		callback(waiter_context, &sample);
	}
	ask_free(ask);
}

static int
read_range(const struct prom_ask *ask, const struct http_reply *reply,
    struct mig_prom_point *points, size_t *ret_count, char ret_reason[MIG_ERROR_MAX])
{
	if (reply->status != 200) {
		struct mig_prom_sample sample;
		const char *body = reply->error != NULL ? reply->error : reply->body;

		/* The words of a failure are the same for both kinds of queries. */
		mig_prom_read_instant(reply->status, body, strlen(body), &sample);
		memcpy(ret_reason, sample.error, sizeof(sample.error));
		return MIG_EIO;
	}
	if (points == NULL) {
		memcpy(ret_reason, "out of memory", sizeof("out of memory"));
		return MIG_ENOMEM;
	}
	return mig_prom_read_range(reply->body, reply->body_len, points, ask->points_max,
	    ret_count, ret_reason, MIG_ERROR_MAX);
}

static void
on_range(void *context, const struct http_reply *reply)
{
	struct prom_ask *ask = context;
	struct mig_prom_point *points = calloc(ask->points_max, sizeof(*points));
	char *reason = ask->client->range_error;
	size_t count = 0;

	reason[0] = '\0';
	int error = read_range(ask, reply, points, &count, reason);

	ask->call = NULL;
	count_query(ask, reply, error == 0);
	if (error != 0)
		log_event(LOG_LEVEL_WARNING, "prometheus", "a range query failed", "query",
		    ask->query, "reason", reason, NULL);
	ask->range(ask->range_context, error, points, error == 0 ? count : 0);
	free(points);
	ask_free(ask);
}

struct prom_client *
prom_client_new(struct loop *loop, struct http_client *http, struct metrics *metrics,
    const struct prom_settings *settings)
{
	struct prom_client *client = calloc(1, sizeof(*client));

	if (client == NULL)
		return NULL;
	client->loop = loop;
	client->http = http;
	client->metrics = metrics;
	client->secrets = secrets_new();
	if (client->secrets == NULL || prom_client_configure(client, settings) != 0) {
		prom_client_free(client);
		return NULL;
	}
	return client;
}

int
prom_client_configure(struct prom_client *client, const struct prom_settings *settings)
{
	struct mig_arena *arena = mig_arena_new(SETTINGS_BYTES_MAX);

	if (arena == NULL)
		return MIG_ENOMEM;

	const char **headers = mig_arena_array(arena, settings->header_count, sizeof(*headers));

	for (size_t i = 0; i < settings->header_count && headers != NULL; i++)
		headers[i] = mig_arena_strdup(arena, settings->headers[i]);

	struct prom_settings copy = {
		.url = mig_arena_strdup(arena, settings->url),
		.timeout_ms = settings->timeout_ms,
		.header_count = settings->header_count,
		.headers = headers,
		.bearer_token_file = copy_text(arena, settings->bearer_token_file),
		.ca_file = copy_text(arena, settings->ca_file),
		.cert_file = copy_text(arena, settings->cert_file),
		.key_file = copy_text(arena, settings->key_file),
	};
	const char *query_url = make_url(arena, settings->url, "/api/v1/query");
	const char *range_url = make_url(arena, settings->url, "/api/v1/query_range");

	if (mig_arena_failed(arena)) {
		mig_arena_free(arena);
		return MIG_ENOMEM;
	}
	for (struct prom_ask *ask = client->asks; ask != NULL; ask = ask->next)
		ask->outdated = true;
	mig_arena_free(client->arena);
	client->arena = arena;
	client->settings = copy;
	client->query_url = query_url;
	client->range_url = range_url;
	client->tokenless = false;
	return 0;
}

void
prom_client_free(struct prom_client *client)
{
	if (client == NULL)
		return;
	while (client->asks != NULL)
		ask_free(client->asks);
	secrets_free(client->secrets);
	mig_arena_free(client->arena);
	free(client);
}

/* The equal query under way, or a new one that is. */
static int
find_ask(struct prom_client *client, const char *query, struct prom_ask **ret_ask)
{
	for (struct prom_ask *ask = client->asks; ask != NULL; ask = ask->next) {
		if (!ask->is_range && !ask->outdated && ask->call != NULL &&
		    strcmp(ask->query, query) == 0) {
			*ret_ask = ask;
			return 0;
		}
	}

	struct prom_ask *ask = ask_new(client, query);
	struct mig_buf body;

	if (ask == NULL)
		return MIG_ENOMEM;
	mig_buf_init(&body, MIG_REQUEST_BYTES_MAX);
	mig_prom_query_body(query, (mig_wall){ 0 }, &body);

	int error = ask_send(ask, client->query_url, &body, on_instant);

	mig_buf_fini(&body);
	if (error != 0) {
		ask_free(ask);
		return error;
	}
	*ret_ask = ask;
	return 0;
}

int
prom_client_query(struct prom_client *client, const char *query, prom_callback callback,
    void *context)
{
	struct prom_waiter *waiter = calloc(1, sizeof(*waiter));
	struct prom_ask *ask = NULL;

	if (waiter == NULL)
		return MIG_ENOMEM;

	int error = find_ask(client, query, &ask);

	if (error != 0) {
		free(waiter);
		return error;
	}
	waiter->callback = callback;
	waiter->context = context;

	struct prom_waiter **end = &ask->waiters;

	while (*end != NULL)
		end = &(*end)->next;
	*end = waiter;
	return 0;
}

int
prom_client_range(struct prom_client *client, const char *query, const struct prom_span *span,
    prom_range_callback callback, void *context)
{
	if (span->step_ms <= 0 || span->to.ms < span->from.ms)
		return MIG_EDOC;

	int64_t steps = (span->to.ms - span->from.ms) / span->step_ms;

	if (steps >= RANGE_POINTS_MAX)
		return MIG_ELIMIT;

	struct prom_ask *ask = ask_new(client, query);
	struct mig_buf body;

	if (ask == NULL)
		return MIG_ENOMEM;
	ask->is_range = true;
	ask->range = callback;
	ask->range_context = context;
	ask->points_max = (size_t)steps + 1;
	mig_buf_init(&body, MIG_REQUEST_BYTES_MAX);
	mig_prom_range_body(query, span->from, span->to, span->step_ms, &body);

	int error = ask_send(ask, client->range_url, &body, on_range);

	mig_buf_fini(&body);
	if (error != 0)
		ask_free(ask);
	return error;
}

/* Drop the callbacks of a context from one query; whether nobody waits for it any more. */
static bool
ask_cancel(struct prom_ask *ask, const void *context)
{
	struct prom_waiter **at = &ask->waiters;

	if (ask->is_range)
		return ask->range_context == context;
	while (*at != NULL) {
		struct prom_waiter *waiter = *at;

		if (waiter->context == context) {
			*at = waiter->next;
			free(waiter);
		} else {
			at = &waiter->next;
		}
	}
	return ask->waiters == NULL;
}

void
prom_client_cancel(struct prom_client *client, const void *context)
{
	struct prom_ask *ask = client->asks;

	while (ask != NULL) {
		struct prom_ask *next = ask->next;

		/* One that is answering just now frees itself. */
		if (ask_cancel(ask, context) && ask->call != NULL)
			ask_free(ask);
		ask = next;
	}
}

const char *
prom_client_range_error(const struct prom_client *client)
{
	return client->range_error;
}
