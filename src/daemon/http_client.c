/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <curl/curl.h>
#include <event2/event.h>

#include "base/buf.h"
#include "base/limits.h"
#include "base/num.h"
#include "daemon/http_client.h"
#include "daemon/http_setup.h"
#include "daemon/loop.h"

#define CONNECTIONS_MAX 64L
#define CONNECTIONS_PER_HOST_MAX 8L
#define CONNECTIONS_IDLE_MAX 64L
#define HEADER_BYTES_MAX 65536U

/*
 * One multi handle.  There are two of them, so that what is urgent has no queue to stand in:
 * libcurl's limits count per multi handle.
 */
struct http_pool {
	struct http_client *client;
	CURLM *multi;
	struct event *timer;    /* libcurl's */
	struct event *finished; /* calls that ended while they were being started */
	size_t count;           /* calls in it */
};

struct http_client {
	struct loop *loop;
	CURLSH *share; /* names and TLS sessions, for both pools */
	struct http_pool normal;
	struct http_pool urgent;
	struct http_call *calls;
};

struct http_call {
	struct http_client *client;
	struct http_pool *pool;
	struct http_call *next;
	struct http_call **link; /* what points at this one */
	CURL *easy;
	struct http_setup_lists lists;
	struct event *deadline;
	struct mig_buf body;
	size_t header_bytes;
	bool too_long;
	bool done; /* its callback runs */
	mig_mono started;
	int64_t timeout_ms;
	http_callback callback;
	void *context;
	char error[CURL_ERROR_SIZE];
};

/* Take a call out of everything; its callback will not run any more. */
static void
call_detach(struct http_call *call)
{
	if (call->link == NULL)
		return;
	*call->link = call->next;
	if (call->next != NULL)
		call->next->link = call->link;
	call->link = NULL;
	call->pool->count--;
	(void)curl_multi_remove_handle(call->pool->multi, call->easy); /* it is in there */
	(void)event_del(call->deadline); /* fails for no event of ours */
}

static void
call_free(struct http_call *call)
{
	call_detach(call);
	curl_easy_cleanup(call->easy);
	curl_slist_free_all(call->lists.headers);
	curl_slist_free_all(call->lists.forget);
	if (call->deadline != NULL)
		event_free(call->deadline);
	mig_buf_fini(&call->body);
	free(call);
}

/* Retry-After is a number of seconds or a date. */
static int64_t
retry_after(const struct http_call *call)
{
	struct curl_header *header = NULL;
	int64_t seconds = 0;

	if (curl_easy_header(call->easy, "Retry-After", 0, CURLH_HEADER, -1, &header) != CURLHE_OK)
		return -1;
	if (mig_num_int(header->value, 0, 366 * 86400, &seconds) == 0)
		return seconds;

	int64_t date_s = (int64_t)curl_getdate(header->value, NULL);
	int64_t now_s = loop_wall(call->client->loop).ms / 1000;

	if (date_s < 0)
		return -1;
	return date_s > now_s ? date_s - now_s : 0;
}

/* The Location header, made absolute; to be freed with curl_free(). */
static char *
location(const struct http_call *call)
{
	struct curl_header *header = NULL;
	char *base = NULL;
	char *result = NULL;
	CURLU *url = NULL;

	if (curl_easy_header(call->easy, "Location", 0, CURLH_HEADER, -1, &header) != CURLHE_OK)
		return NULL;
	url = curl_url();
	if (url != NULL &&
	    curl_easy_getinfo(call->easy, CURLINFO_EFFECTIVE_URL, &base) == CURLE_OK &&
	    base != NULL && curl_url_set(url, CURLUPART_URL, base, 0) == CURLUE_OK &&
	    curl_url_set(url, CURLUPART_URL, header->value, 0) == CURLUE_OK &&
	    curl_url_get(url, CURLUPART_URL, &result, 0) != CURLUE_OK)
		result = NULL;
	curl_url_cleanup(url);
	return result;
}

/* Run the callback with the reply and end the call. */
static void
call_finish(struct http_call *call, struct http_reply *reply)
{
	char *target = reply->error == NULL ? location(call) : NULL;

	reply->body = call->body.data;
	reply->body_len = call->body.len;
	reply->location = target;
	reply->retry_after_s = reply->error == NULL ? retry_after(call) : -1;
	reply->duration_ms = loop_mono(call->client->loop).ms - call->started.ms;
	call_detach(call);
	call->done = true;
	call->callback(call->context, reply);
	curl_free(target);
	call_free(call);
}

static void
call_fail(struct http_call *call, enum http_failure failure, const char *error)
{
	struct http_reply reply = { .error = error, .failure = failure };

	mig_buf_reset(&call->body);
	call_finish(call, &reply);
}

static enum http_failure
failure_of(CURLcode code)
{
	/* Not our enum: most of it cannot happen.  libcurl times the connection alone. */
	switch ((int)code) {
	case CURLE_COULDNT_RESOLVE_HOST:
	case CURLE_COULDNT_CONNECT:
	case CURLE_SSL_CONNECT_ERROR:
	case CURLE_PEER_FAILED_VERIFICATION:
	case CURLE_SSL_CACERT_BADFILE:
	case CURLE_SSL_CERTPROBLEM:
	case CURLE_SSL_ISSUER_ERROR:
	case CURLE_OPERATION_TIMEDOUT:
		return HTTP_FAILURE_CONNECT;
	default:
		return HTTP_FAILURE_REPLY;
	}
}

static void
call_ended(struct http_call *call, CURLcode code)
{
	struct http_reply reply = { 0 };
	char error[CURL_ERROR_SIZE + 64];

	if (code == CURLE_OK &&
	    curl_easy_getinfo(call->easy, CURLINFO_RESPONSE_CODE, &reply.status) == CURLE_OK &&
	    reply.status != 0 && mig_buf_ok(&call->body)) {
		call_finish(call, &reply);
		return;
	}
	if (call->too_long)
		(void)snprintf(error, sizeof(error), "the reply is over %u bytes",
		    MIG_REPLY_BYTES_MAX); /* fits */
	else
		(void)snprintf(error, sizeof(error), "%s", call->error[0] != '\0' ? call->error :
		    curl_easy_strerror(code)); /* fits */
	call_fail(call, failure_of(code), error);
}

/* Callbacks may start and cancel calls, so messages are taken one by one. */
static void
pool_drain(struct http_pool *pool)
{
	int left = 0;
	CURLMsg *message = curl_multi_info_read(pool->multi, &left);

	while (message != NULL) {
		char *call = NULL;
		CURLcode code = message->data.result;

		if (message->msg == CURLMSG_DONE &&
		    curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &call) == CURLE_OK &&
		    call != NULL)
			call_ended((struct http_call *)(void *)call, code);
		message = curl_multi_info_read(pool->multi, &left);
	}
}

static void
on_finished(evutil_socket_t socket, short events, void *arg)
{
	(void)socket;
	(void)events;
	pool_drain(arg);
}

static void
on_timer(evutil_socket_t socket, short events, void *arg)
{
	struct http_pool *pool = arg;
	int running = 0;

	(void)socket;
	(void)events;
	(void)curl_multi_socket_action(pool->multi, CURL_SOCKET_TIMEOUT, 0, &running);
	pool_drain(pool);
}

static void
on_socket(evutil_socket_t socket, short events, void *arg)
{
	struct http_pool *pool = arg;
	int running = 0;
	int mask = 0;

	if ((events & EV_READ) != 0)
		mask |= CURL_CSELECT_IN;
	if ((events & EV_WRITE) != 0)
		mask |= CURL_CSELECT_OUT;
	(void)curl_multi_socket_action(pool->multi, socket, mask, &running);
	pool_drain(pool);
}

static void
on_deadline(evutil_socket_t socket, short events, void *arg)
{
	struct http_call *call = arg;
	char error[64];

	(void)socket;
	(void)events;
	(void)snprintf(error, sizeof(error), "timeout: no complete reply within %lld ms",
	    (long long)call->timeout_ms); /* fits */
	call_fail(call, HTTP_FAILURE_TIMEOUT, error);
}

/* libcurl wants to be told of a socket; its event is kept as the socket's private pointer. */
static int
want_socket(CURL *easy, curl_socket_t socket, int what, void *arg, void *socket_arg)
{
	struct http_pool *pool = arg;
	struct event *event = socket_arg;
	short events = EV_PERSIST;

	(void)easy;
	if (event != NULL)
		event_free(event);
	event = NULL;
	if ((what & CURL_POLL_IN) != 0)
		events |= EV_READ;
	if ((what & CURL_POLL_OUT) != 0)
		events |= EV_WRITE;
	if (what != CURL_POLL_REMOVE) {
		event = event_new(loop_base(pool->client->loop), socket, events, on_socket, pool);
		/* Without the event the call still ends, at its deadline. */
		if (event != NULL && event_add(event, NULL) != 0) {
			event_free(event);
			event = NULL;
		}
	}
	(void)curl_multi_assign(pool->multi, socket, event); /* fails for gone sockets only */
	return 0;
}

static int
want_timer(CURLM *multi, long timeout_ms, void *arg)
{
	struct http_pool *pool = arg;
	struct timeval after = { .tv_sec = timeout_ms / 1000,
	    .tv_usec = (timeout_ms % 1000) * 1000 };

	(void)multi;
	if (timeout_ms < 0)
		return event_del(pool->timer);
	return event_add(pool->timer, &after);
}

static size_t
take_body(char *data, size_t size, size_t count, void *arg)
{
	struct http_call *call = arg;
	size_t len = size * count;

	mig_buf_add(&call->body, data, len);
	if (mig_buf_ok(&call->body))
		return len;
	call->too_long = true;
	return 0;
}

static size_t
take_header(char *data, size_t size, size_t count, void *arg)
{
	struct http_call *call = arg;
	size_t len = size * count;

	(void)data;
	call->header_bytes += len;
	return call->header_bytes <= HEADER_BYTES_MAX ? len : 0;
}

/* What is not the request's own: to whom the reply goes. */
static int
set_reply(struct http_call *call)
{
	CURL *easy = call->easy;
	int bad = 0;

	bad |= curl_easy_setopt(easy, CURLOPT_SHARE, call->client->share) != CURLE_OK;
	bad |= curl_easy_setopt(easy, CURLOPT_PRIVATE, call) != CURLE_OK;
	bad |= curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, call->error) != CURLE_OK;
	bad |= curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, take_body) != CURLE_OK;
	bad |= curl_easy_setopt(easy, CURLOPT_WRITEDATA, call) != CURLE_OK;
	bad |= curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, take_header) != CURLE_OK;
	bad |= curl_easy_setopt(easy, CURLOPT_HEADERDATA, call) != CURLE_OK;
	return bad != 0 ? MIG_ENOMEM : 0;
}

static int
call_prepare(struct http_call *call, const struct http_request *request)
{
	call->easy = curl_easy_init();
	call->deadline = event_new(loop_base(call->client->loop), -1, 0, on_deadline, call);
	if (call->easy == NULL || call->deadline == NULL || set_reply(call) != 0)
		return MIG_ENOMEM;
	return http_setup_request(call->easy, request, &call->lists);
}

/*
 * Put the call into its pool and let libcurl work at once: on a connection that is open already
 * the request is on the wire when this returns.
 */
static int
call_start(struct http_call *call)
{
	struct http_pool *pool = call->pool;
	struct http_client *client = call->client;
	struct timeval limit = { .tv_sec = (time_t)(call->timeout_ms / 1000),
	    .tv_usec = (suseconds_t)(call->timeout_ms % 1000) * 1000 };
	int running = 0;

	if (event_add(call->deadline, &limit) != 0)
		return MIG_ENOMEM;
	if (curl_multi_add_handle(pool->multi, call->easy) != CURLM_OK)
		return MIG_ENOMEM;
	pool->count++;
	call->next = client->calls;
	call->link = &client->calls;
	if (call->next != NULL)
		call->next->link = &call->next;
	client->calls = call;
	(void)curl_multi_socket_action(pool->multi, CURL_SOCKET_TIMEOUT, 0, &running);
	/* Its callback and those of others run from the loop, never from in here. */
	if (running < 0 || (size_t)running < pool->count)
		event_active(pool->finished, EV_TIMEOUT, 0);
	return 0;
}

static void
pool_fini(struct http_pool *pool)
{
	if (pool->multi != NULL)
		(void)curl_multi_cleanup(pool->multi); /* nothing is left in it */
	if (pool->timer != NULL)
		event_free(pool->timer);
	if (pool->finished != NULL)
		event_free(pool->finished);
}

static int
pool_init(struct http_pool *pool, struct http_client *client, bool limited)
{
	struct event_base *base = loop_base(client->loop);
	int bad = 0;

	pool->client = client;
	pool->multi = curl_multi_init();
	pool->timer = event_new(base, -1, 0, on_timer, pool);
	pool->finished = event_new(base, -1, 0, on_finished, pool);
	if (pool->multi == NULL || pool->timer == NULL || pool->finished == NULL)
		return MIG_ENOMEM;
	bad |= curl_multi_setopt(pool->multi, CURLMOPT_SOCKETFUNCTION, want_socket) != CURLM_OK;
	bad |= curl_multi_setopt(pool->multi, CURLMOPT_SOCKETDATA, pool) != CURLM_OK;
	bad |= curl_multi_setopt(pool->multi, CURLMOPT_TIMERFUNCTION, want_timer) != CURLM_OK;
	bad |= curl_multi_setopt(pool->multi, CURLMOPT_TIMERDATA, pool) != CURLM_OK;
	bad |= curl_multi_setopt(pool->multi, CURLMOPT_MAXCONNECTS, CONNECTIONS_IDLE_MAX) != 0;
	bad |= curl_multi_setopt(pool->multi, CURLMOPT_PIPELINING, (long)CURLPIPE_NOTHING) != 0;
	if (limited) {
		bad |= curl_multi_setopt(pool->multi, CURLMOPT_MAX_TOTAL_CONNECTIONS,
		    CONNECTIONS_MAX) != CURLM_OK;
		bad |= curl_multi_setopt(pool->multi, CURLMOPT_MAX_HOST_CONNECTIONS,
		    CONNECTIONS_PER_HOST_MAX) != CURLM_OK;
	}
	return bad != 0 ? MIG_EIO : 0;
}

struct http_client *
http_client_new(struct loop *loop)
{
	struct http_client *client = calloc(1, sizeof(*client));

	if (client == NULL || curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
		free(client);
		return NULL;
	}
	client->loop = loop;
	client->share = curl_share_init();
	if (client->share == NULL ||
	    curl_share_setopt(client->share, CURLSHOPT_SHARE, CURL_LOCK_DATA_DNS) != CURLSHE_OK ||
	    curl_share_setopt(client->share, CURLSHOPT_SHARE, CURL_LOCK_DATA_SSL_SESSION) !=
	    CURLSHE_OK || pool_init(&client->normal, client, true) != 0 ||
	    pool_init(&client->urgent, client, false) != 0) {
		http_client_free(client);
		return NULL;
	}
	return client;
}

void
http_client_free(struct http_client *client)
{
	if (client == NULL)
		return;
	while (client->calls != NULL)
		call_free(client->calls); /* NOLINT(clang-analyzer-unix.Malloc): unlinks itself */
	pool_fini(&client->normal);
	pool_fini(&client->urgent);
	if (client->share != NULL)
		(void)curl_share_cleanup(client->share); /* nobody uses it any more */
	free(client);
	curl_global_cleanup();
}

int
http_client_send(struct http_client *client, const struct http_request *request,
    http_callback callback, void *context, struct http_call **ret_call)
{
	int error = http_setup_check(request);

	if (error != 0)
		return error;

	struct http_call *call = calloc(1, sizeof(*call));

	if (call == NULL)
		return MIG_ENOMEM;
	call->client = client;
	call->pool = request->urgent ? &client->urgent : &client->normal;
	call->callback = callback;
	call->context = context;
	call->started = loop_mono(client->loop);
	call->timeout_ms = request->timeout_ms > 0 ? request->timeout_ms : 1;
	mig_buf_init(&call->body, MIG_REPLY_BYTES_MAX);
	error = call_prepare(call, request);
	if (error == 0)
		error = call_start(call);
	if (error != 0) {
		call_free(call);
		return error;
	}
	if (ret_call != NULL)
		*ret_call = call;
	return 0;
}

void
http_call_cancel(struct http_call *call)
{
	if (call != NULL && !call->done)
		call_free(call);
}
