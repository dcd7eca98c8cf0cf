/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <sys/socket.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/limits.h"
#include "daemon/http_client.h"
#include "daemon/loop.h"
#include "support/http_peer.h"
#include "support/test_support.h"

#define GIVE_UP_MS 20000
#define PEERS 9
#define CALLS_PER_PEER 10
#define EMPTY "Content-Length: 0\r\n\r\n"

/* One call and how it ended.  Callbacks only write down; the tests look after the loop. */
struct call {
	struct http_call *handle;
	unsigned answers;
	long status;
	enum http_failure failure;
	bool has_error;
	char error[512];
	size_t body_len;
	char body[256];
	char location[256];
	int64_t retry_after_s;
	int64_t duration_ms;
};

struct fixture {
	struct loop *loop;
	struct http_client *client;
	struct http_peer *peer;
	struct loop_timer *give_up;
	bool gave_up;
	size_t ended;  /* calls */
	size_t wanted; /* the loop stops when that many have ended */
	void (*after)(struct fixture *fixture, struct call *call); /* within a callback */
	struct call calls[PEERS * CALLS_PER_PEER + 4];
};

/* Callbacks have one context, so the fixture is here. */
static struct fixture *current;

static void
on_give_up(void *context)
{
	struct fixture *fixture = context;

	fixture->gave_up = true;
	loop_stop(fixture->loop);
}

static void
on_reply(void *context, const struct http_reply *reply)
{
	struct call *call = context;

	call->answers++;
	call->status = reply->status;
	call->failure = reply->failure;
	call->has_error = reply->error != NULL;
	(void)snprintf(call->error, sizeof(call->error), "%s",
	    reply->error != NULL ? reply->error : "");
	call->body_len = reply->body_len;
	(void)snprintf(call->body, sizeof(call->body), "%.200s", reply->body);
	(void)snprintf(call->location, sizeof(call->location), "%s",
	    reply->location != NULL ? reply->location : "");
	call->retry_after_s = reply->retry_after_s;
	call->duration_ms = reply->duration_ms;
	current->ended++;
	if (current->after != NULL)
		current->after(current, call);
	if (current->ended == current->wanted)
		loop_stop(current->loop);
}

static int
setup(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));

	assert_non_null(fixture);
	fixture->loop = loop_new();
	assert_non_null(fixture->loop);
	fixture->client = http_client_new(fixture->loop);
	assert_non_null(fixture->client);
	fixture->peer = http_peer_new(fixture->loop);
	fixture->give_up = loop_timer_new(fixture->loop, on_give_up, fixture);
	assert_non_null(fixture->give_up);
	current = fixture;
	*state = fixture;
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *fixture = *state;

	loop_timer_free(fixture->give_up);
	http_client_free(fixture->client);
	http_peer_free(fixture->peer);
	loop_free(fixture->loop);
	free(fixture);
	return 0;
}

static void
run_until(struct fixture *fixture, size_t wanted)
{
	fixture->wanted = wanted;
	loop_timer_set(fixture->give_up, GIVE_UP_MS);
	if (fixture->ended < wanted)
		loop_run(fixture->loop);
	loop_timer_clear(fixture->give_up);
	assert_false(fixture->gave_up);
	assert_int_equal(fixture->ended, wanted);
}

static void
on_rest(void *context)
{
	loop_stop(context);
}

/* Let the loop turn for a while. */
static void
run_for(struct fixture *fixture, int64_t ms)
{
	struct loop_timer *timer = loop_timer_new(fixture->loop, on_rest, fixture->loop);

	assert_non_null(timer);
	loop_timer_set(timer, ms);
	loop_run(fixture->loop);
	loop_timer_free(timer);
}

static struct http_request
get(const char *url)
{
	return (struct http_request){ .method = "GET", .url = url, .timeout_ms = 10000 };
}

static void
send_call(struct fixture *fixture, size_t index, const struct http_request *request)
{
	assert_int_equal(http_client_send(fixture->client, request, on_reply,
	    &fixture->calls[index], &fixture->calls[index].handle), 0);
	assert_int_equal(fixture->calls[index].answers, 0);
}

static void
send_get(struct fixture *fixture, size_t index, const char *path)
{
	struct http_request request = get(http_peer_url(fixture->peer, path));

	send_call(fixture, index, &request);
}

static void
test_get(void **state)
{
	struct fixture *fixture = *state;
	struct call *call = &fixture->calls[0];

	send_get(fixture, 0, "/ok?a=b");
	run_until(fixture, 1);
	assert_int_equal(call->status, 200);
	assert_false(call->has_error);
	assert_int_equal(call->failure, HTTP_FAILURE_NONE);
	assert_string_equal(call->body, "hello");
	assert_int_equal(call->body_len, 5);
	assert_string_equal(call->location, "");
	assert_int_equal(call->retry_after_s, -1);
	assert_true(call->duration_ms >= 0 && call->duration_ms < GIVE_UP_MS);

	const char *last = http_peer_last(fixture->peer);

	assert_int_equal(strncmp(last, "GET /ok?a=b HTTP/1.1\r\n", 22), 0);
	assert_non_null(strstr(last, "\r\nUser-Agent: migarchd/"));
	assert_null(strstr(last, "Expect"));
	assert_null(strstr(last, "Content-Type"));
	assert_null(strstr(last, "Content-Length"));
	assert_null(strstr(last, "Authorization"));
}

static void
test_write(void **state)
{
	struct fixture *fixture = *state;
	static const char *const headers[] = { "Idempotency-Key: a-1" };
	static const char body[] = "{\"flag\":\"x\"}";
	struct http_request request = get(http_peer_url(fixture->peer, "/ok"));

	request.method = "PUT";
	request.body = body;
	request.body_len = strlen(body);
	request.content_type = "application/json";
	request.headers = headers;
	request.header_count = 1;
	request.bearer_token = "s3cret";
	send_call(fixture, 0, &request);
	run_until(fixture, 1);
	assert_int_equal(fixture->calls[0].status, 200);

	const char *last = http_peer_last(fixture->peer);

	assert_int_equal(strncmp(last, "PUT /ok HTTP/1.1\r\n", 18), 0);
	assert_non_null(strstr(last, "\r\nIdempotency-Key: a-1\r\n"));
	assert_non_null(strstr(last, "\r\nContent-Type: application/json\r\n"));
	assert_non_null(strstr(last, "\r\nContent-Length: 12\r\n"));
	assert_non_null(strstr(last, "\r\nAuthorization: Bearer s3cret\r\n"));
	assert_non_null(strstr(last, "\r\n\r\n{\"flag\":\"x\"}"));
	assert_null(strstr(last, "Expect"));
}

/* The request's own Content-Type takes the place of ours; no body is an empty body. */
static void
test_write_variants(void **state)
{
	struct fixture *fixture = *state;
	static const char *const headers[] = { "content-type: text/plain" };
	struct http_request request = get(http_peer_url(fixture->peer, "/ok"));

	request.method = "POST";
	request.content_type = "application/json";
	request.headers = headers;
	request.header_count = 1;
	send_call(fixture, 0, &request);
	run_until(fixture, 1);
	assert_non_null(strstr(http_peer_last(fixture->peer), "\r\ncontent-type: text/plain\r\n"));
	assert_null(strstr(http_peer_last(fixture->peer), "application/json"));
	assert_non_null(strstr(http_peer_last(fixture->peer), "\r\nContent-Length: 0\r\n"));

	request.method = "DELETE";
	request.header_count = 0;
	request.content_type = NULL;
	send_call(fixture, 1, &request);
	run_until(fixture, 2);
	assert_int_equal(strncmp(http_peer_last(fixture->peer), "DELETE /ok ", 11), 0);
	assert_null(strstr(http_peer_last(fixture->peer), "Content-Type"));
}

/* A body that libcurl would announce with "Expect: 100-continue" and wait a second for. */
static void
test_large_write(void **state)
{
	struct fixture *fixture = *state;
	size_t len = 3U * 1024U * 1024U;
	char *body = malloc(len);
	struct http_request request = get(http_peer_url(fixture->peer, "/ok"));

	assert_non_null(body);
	memset(body, 'y', len);
	request.method = "POST";
	request.body = body;
	request.body_len = len;
	send_call(fixture, 0, &request);
	free(body); /* it was copied */
	run_until(fixture, 1);
	assert_int_equal(fixture->calls[0].status, 200);
	assert_null(strstr(http_peer_last(fixture->peer), "Expect"));
}

static void
check_reply(struct fixture *fixture, const char *reply, long status, const char *location)
{
	size_t index = fixture->ended;

	http_peer_reply(fixture->peer, reply);
	send_get(fixture, index, "/a/fixed");
	run_until(fixture, index + 1);
	assert_int_equal(fixture->calls[index].status, status);
	if (location[0] != '\0')
		location = http_peer_url(fixture->peer, location);
	assert_string_equal(fixture->calls[index].location, location);
}

/* Redirects are answers like others; Location comes as a whole URL. */
static void
test_location(void **state)
{
	struct fixture *fixture = *state;

	check_reply(fixture, "HTTP/1.1 302 Found\r\nLocation: /ok\r\n" EMPTY, 302, "/ok");
	check_reply(fixture, "HTTP/1.1 202 Accepted\r\nLocation: jobs/7\r\n" EMPTY, 202,
	    "/a/jobs/7");
	check_reply(fixture, "HTTP/1.1 301 Moved\r\n" EMPTY, 301, "");
	assert_int_equal(http_peer_requests(fixture->peer), 3);
	http_peer_reply(fixture->peer,
	    "HTTP/1.1 302 Found\r\nLocation: file:///etc/passwd\r\n" EMPTY);
	send_get(fixture, 3, "/fixed");
	run_until(fixture, 4);
	assert_int_equal(fixture->calls[3].status, 302);
	assert_string_equal(fixture->calls[3].body, "");
}

static void
test_retry_after(void **state)
{
	struct fixture *fixture = *state;
	char date[64];
	char reply[256];
	struct tm parts;
	time_t at = (time_t)(loop_wall(fixture->loop).ms / 1000) + 30;

	check_reply(fixture, "HTTP/1.1 429 Slow\r\nRetry-After: 7\r\n" EMPTY, 429, "");
	assert_int_equal(fixture->calls[0].retry_after_s, 7);
	assert_non_null(gmtime_r(&at, &parts));
	assert_true(strftime(date, sizeof(date), "%a, %d %b %Y %H:%M:%S GMT", &parts) > 0);
	(void)snprintf(reply, sizeof(reply), "HTTP/1.1 503 Later\r\nRetry-After: %s\r\n" EMPTY,
	    date);
	check_reply(fixture, reply, 503, "");
	assert_in_range(fixture->calls[1].retry_after_s, 20, 30);
	check_reply(fixture, "HTTP/1.1 503 Later\r\n"
	    "Retry-After: Thu, 01 Jan 2015 00:00:00 GMT\r\n" EMPTY, 503, "");
	assert_int_equal(fixture->calls[2].retry_after_s, 0);
	check_reply(fixture, "HTTP/1.1 503 Later\r\nRetry-After: soon\r\n" EMPTY, 503, "");
	assert_int_equal(fixture->calls[3].retry_after_s, -1);
}

static void
check_failure(struct fixture *fixture, const char *path, enum http_failure failure,
    const char *error)
{
	size_t index = fixture->ended;
	struct http_request request = get(http_peer_url(fixture->peer, path));

	request.timeout_ms = failure == HTTP_FAILURE_TIMEOUT ? 150 : 15000;
	send_call(fixture, index, &request);
	run_until(fixture, index + 1);
	assert_int_equal(fixture->calls[index].status, 0);
	assert_true(fixture->calls[index].has_error);
	if (fixture->calls[index].failure != failure ||
	    strstr(fixture->calls[index].error, error) == NULL)
		fail_msg("%s: failure %d, \"%s\"", path, (int)fixture->calls[index].failure,
		    fixture->calls[index].error);
	assert_string_equal(fixture->calls[index].body, "");
	if (failure == HTTP_FAILURE_TIMEOUT)
		assert_in_range(fixture->calls[index].duration_ms, 130, 5000);
}

static void
test_failures(void **state)
{
	struct fixture *fixture = *state;

	check_failure(fixture, "/hang", HTTP_FAILURE_TIMEOUT, "timeout");
	check_failure(fixture, "/slow", HTTP_FAILURE_TIMEOUT, "timeout");
	check_failure(fixture, "/huge", HTTP_FAILURE_REPLY, "over 4194304 bytes");
	check_failure(fixture, "/endless", HTTP_FAILURE_REPLY, "");
	check_failure(fixture, "/cut", HTTP_FAILURE_REPLY, "");
	check_failure(fixture, "/garbage", HTTP_FAILURE_REPLY, "");
	/* And after all that the client is as good as new. */
	send_get(fixture, fixture->ended, "/ok");
	run_until(fixture, fixture->ended + 1);
	assert_int_equal(fixture->calls[fixture->ended - 1].status, 200);
}

static void
test_refused(void **state)
{
	struct fixture *fixture = *state;
	struct sockaddr_in address = { .sin_family = AF_INET };
	socklen_t len = sizeof(address);
	int held = socket(AF_INET, SOCK_STREAM, 0);
	char url[64];

	/* A port that is taken but not listened on. */
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_true(held >= 0);
	assert_int_equal(bind(held, (struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(getsockname(held, (struct sockaddr *)&address, &len), 0);
	(void)snprintf(url, sizeof(url), "http://127.0.0.1:%u/", (unsigned)ntohs(address.sin_port));

	struct http_request request = get(url);

	send_call(fixture, 0, &request);
	run_until(fixture, 1);
	assert_int_equal(close(held), 0);
	assert_int_equal(fixture->calls[0].failure, HTTP_FAILURE_CONNECT);
	assert_int_equal(fixture->calls[0].status, 0);
	assert_true(strlen(fixture->calls[0].error) > 0);
}

static void
test_bad_requests(void **state)
{
	struct fixture *fixture = *state;
	static const char *const urls[] = { "", "not a url", "ftp://127.0.0.1/",
	    "file:///etc/passwd", "http://", "http://a b/", "http://127.0.0.1/\r\nX: y",
	    "http://127.0.0.1:99999/" };
	static const char *const headers[] = { "X: a\r\nY: b", "no colon", ": none", "X: \x01" };
	static const char *const methods[] = { "", "get", "GET / HTTP/1.1\r\nX: y", "A B" };
	struct http_request request;

	for (size_t i = 0; i < TEST_COUNT(urls); i++) {
		request = get(urls[i]);
		assert_int_equal(http_client_send(fixture->client, &request, on_reply,
		    &fixture->calls[0], NULL), MIG_EDOC);
	}
	for (size_t i = 0; i < TEST_COUNT(headers); i++) {
		request = get("http://127.0.0.1/");
		request.headers = &headers[i];
		request.header_count = 1;
		assert_int_equal(http_client_send(fixture->client, &request, on_reply,
		    &fixture->calls[0], NULL), MIG_EDOC);
	}
	for (size_t i = 0; i < TEST_COUNT(methods); i++) {
		request = get("http://127.0.0.1/");
		request.method = methods[i];
		assert_int_equal(http_client_send(fixture->client, &request, on_reply,
		    &fixture->calls[0], NULL), MIG_EDOC);
	}
	request = get("http://127.0.0.1/");
	request.bearer_token = "a\nb";
	assert_int_equal(http_client_send(fixture->client, &request, on_reply, &fixture->calls[0],
	    NULL), MIG_EDOC);
	request = get("http://127.0.0.1/");
	request.body_len = MIG_REQUEST_BYTES_MAX + 1;
	assert_int_equal(http_client_send(fixture->client, &request, on_reply, &fixture->calls[0],
	    NULL), MIG_ELIMIT);
	run_for(fixture, 20);
	assert_int_equal(fixture->calls[0].answers, 0);
}

/* On a connection that is there the request has left before http_client_send() returns. */
static void
test_reuse(void **state)
{
	struct fixture *fixture = *state;

	for (size_t i = 0; i < 5; i++) {
		assert_int_equal(http_peer_unread(fixture->peer), 0);
		send_get(fixture, i, "/ok");
		if (i > 0)
			assert_true(http_peer_unread(fixture->peer) > 20);
		run_until(fixture, i + 1);
	}
	assert_int_equal(http_peer_connections(fixture->peer), 1);
	assert_int_equal(http_peer_requests(fixture->peer), 5);
}

/* A kept connection that the server has closed meanwhile costs a new one, not a failure. */
static void
test_dropped(void **state)
{
	struct fixture *fixture = *state;

	for (size_t i = 0; i < 3; i++) {
		send_get(fixture, i, "/drop");
		run_until(fixture, i + 1);
		assert_int_equal(fixture->calls[i].status, 200);
	}
	assert_int_equal(http_peer_requests(fixture->peer), 3);
}

static void
test_cancel(void **state)
{
	struct fixture *fixture = *state;

	send_get(fixture, 0, "/hang");
	send_get(fixture, 1, "/ok");
	run_until(fixture, 1);
	assert_int_equal(fixture->calls[0].answers, 0);
	http_call_cancel(fixture->calls[0].handle);
	run_for(fixture, 50);
	assert_int_equal(fixture->calls[0].answers, 0);
	/* The connection of the one given up is closed, the other is kept. */
	assert_int_equal(http_peer_open(fixture->peer), 1);
	/* At once after the start, and before anything was read of a reply. */
	send_get(fixture, 2, "/ok");
	http_call_cancel(fixture->calls[2].handle);
	http_call_cancel(NULL);
	run_for(fixture, 50);
	assert_int_equal(fixture->calls[2].answers, 0);
}

static void
cancel_the_other(struct fixture *fixture, struct call *call)
{
	size_t other = call == &fixture->calls[0] ? 1 : 0;

	http_call_cancel(fixture->calls[other].handle);
	http_call_cancel(call->handle); /* its own: nothing left to cancel */
	fixture->after = NULL;
}

static void
test_cancel_in_callback(void **state)
{
	struct fixture *fixture = *state;

	/* One that hangs. */
	fixture->after = cancel_the_other;
	send_get(fixture, 0, "/hang");
	send_get(fixture, 1, "/ok");
	run_until(fixture, 1);
	run_for(fixture, 50);
	assert_int_equal(fixture->calls[0].answers, 0);

	/* One that may have its answer already, many times over. */
	for (size_t round = 0; round < 20; round++) {
		size_t ended = fixture->ended;

		memset(fixture->calls, 0, sizeof(fixture->calls));
		fixture->after = cancel_the_other;
		send_get(fixture, 0, "/ok");
		send_get(fixture, 1, "/ok");
		run_until(fixture, ended + 1);
		run_for(fixture, 5);
		assert_int_equal(fixture->calls[0].answers + fixture->calls[1].answers, 1);
	}
}

static void
send_another(struct fixture *fixture, struct call *call)
{
	size_t index = (size_t)(call - fixture->calls) + 1;

	if (index < 10)
		send_get(fixture, index, index % 2 == 0 ? "/ok" : "/drop");
}

static void
test_send_in_callback(void **state)
{
	struct fixture *fixture = *state;

	fixture->after = send_another;
	send_get(fixture, 0, "/ok");
	run_until(fixture, 10);
	for (size_t i = 0; i < 10; i++)
		assert_int_equal(fixture->calls[i].status, 200);
}

static void
test_free_in_flight(void **state)
{
	struct fixture *fixture = *state;

	send_get(fixture, 0, "/hang");
	send_get(fixture, 1, "/slow");
	send_get(fixture, 2, "/ok");
	run_until(fixture, 1);
	send_get(fixture, 3, "/hang"); /* teardown frees the client */
	assert_int_equal(fixture->calls[0].answers, 0);
}

/* A handshake that goes on and on: what is urgent gives it all of its time. */
static void
test_slow_connect(void **state)
{
	struct fixture *fixture = *state;
	char url[128];

	(void)snprintf(url, sizeof(url), "https%s", http_peer_url(fixture->peer, "/hang") + 4);
	struct http_request request = get(url);
	send_call(fixture, 0, &request);
	request.timeout_ms = 2600;
	request.urgent = true;
	request.fresh = true;
	send_call(fixture, 1, &request);
	run_until(fixture, 2);
	assert_int_equal(fixture->calls[0].failure, HTTP_FAILURE_CONNECT);
	assert_int_equal(fixture->calls[1].failure, HTTP_FAILURE_TIMEOUT);
	assert_true(fixture->calls[1].duration_ms >= 2590);
}

/* An address that is to be forgotten is looked up again, and that is all. */
static void
test_fresh(void **state)
{
	struct fixture *fixture = *state;
	struct http_request request = get(http_peer_url(fixture->peer, "/ok"));

	send_call(fixture, 0, &request);
	run_until(fixture, 1);
	request.fresh = true;
	send_call(fixture, 1, &request);
	run_until(fixture, 2);
	assert_int_equal(fixture->calls[1].status, 200);
}

/* Everything is taken by calls that hang; what is urgent goes at once, the rest in time. */
static void
test_urgent(void **state)
{
	struct fixture *fixture = *state;
	struct http_peer *peers[PEERS];
	size_t count = PEERS * CALLS_PER_PEER;
	size_t connections = 0;

	for (size_t i = 0; i < PEERS; i++)
		peers[i] = http_peer_new(fixture->loop);
	for (size_t i = 0; i < count; i++) {
		struct http_request request = get(http_peer_url(peers[i % PEERS], "/hang"));

		request.timeout_ms = 1500;
		send_call(fixture, i, &request);
	}
	run_for(fixture, 100);
	for (size_t i = 0; i < PEERS; i++) {
		assert_true(http_peer_connections(peers[i]) <= 8);
		connections += http_peer_connections(peers[i]);
	}
	assert_int_equal(connections, 64);

	struct http_request urgent = get(http_peer_url(peers[0], "/ok"));

	urgent.urgent = true;
	send_call(fixture, count, &urgent);
	run_until(fixture, 1);
	assert_int_equal(fixture->calls[count].status, 200);
	assert_true(fixture->calls[count].duration_ms < 1000);

	run_until(fixture, count + 1);
	for (size_t i = 0; i < count; i++) {
		assert_int_equal(fixture->calls[i].answers, 1);
		assert_int_equal(fixture->calls[i].failure, HTTP_FAILURE_TIMEOUT);
		assert_in_range(fixture->calls[i].duration_ms, 1450, 10000);
	}
	for (size_t i = 0; i < PEERS; i++)
		http_peer_free(peers[i]);
}

/* Calls over the limits wait for their turn and get it. */
static void
test_queue(void **state)
{
	struct fixture *fixture = *state;

	for (size_t i = 0; i < 40; i++)
		send_get(fixture, i, "/ok");
	run_until(fixture, 40);
	for (size_t i = 0; i < 40; i++)
		assert_int_equal(fixture->calls[i].status, 200);
	assert_true(http_peer_connections(fixture->peer) <= 8);
}

#define WITH(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		WITH(test_get),
		WITH(test_write),
		WITH(test_write_variants),
		WITH(test_large_write),
		WITH(test_location),
		WITH(test_retry_after),
		WITH(test_failures),
		WITH(test_refused),
		WITH(test_bad_requests),
		WITH(test_reuse),
		WITH(test_dropped),
		WITH(test_cancel),
		WITH(test_cancel_in_callback),
		WITH(test_send_in_callback),
		WITH(test_free_in_flight),
		WITH(test_slow_connect),
		WITH(test_fresh),
		WITH(test_urgent),
		WITH(test_queue),
	};

	return cmocka_run_group_tests(tests, NULL, NULL) != 0;
}
