/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <sys/socket.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <event2/buffer.h>
#include <event2/event.h>
#include <event2/http.h>
#include <event2/keyvalq_struct.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/num.h"
#include "daemon/dispatch_breaker.h"
#include "daemon/dispatch_request.h"
#include "daemon/dispatcher.h"
#include "daemon/http_client.h"
#include "daemon/loop.h"
#include "daemon/store.h"
#include "support/test_support.h"

#define GIVE_UP_MS 15000
#define LATE_MS 80
#define SOON_MS 4000 /* on a busy machine; what must not happen takes ten seconds at least */
#define SEEN_MAX 256
#define TEXT_MAX 256
#define BODY "{\"percentage\":5}"

/* A request as the receiver saw it. */
struct seen {
	int64_t at_ms;
	char method[8];
	char path[TEXT_MAX];
	char key[MIG_KEY_MAX];
	char body[TEXT_MAX];
	char content_type[TEXT_MAX];
	char authorization[TEXT_MAX];
	char webhook_id[MIG_KEY_MAX];
	char timestamp[32];
	char signature[TEXT_MAX];
};

/* A result as the callback was told. */
struct told {
	int64_t at_ms;
	char key[MIG_KEY_MAX];
	char rollout_id[TEXT_MAX];
	enum mig_result result;
	uint32_t attempts;
	long status;
	bool unfollowed;
	char error[TEXT_MAX];
};

struct fixture {
	struct loop *loop;
	struct http_client *http;
	struct dispatcher *dispatcher;
	struct loop_timer *give_up;
	bool gave_up;
	struct evhttp *server;
	evutil_socket_t listener;
	int port;
	size_t seen_count;
	size_t seen_wanted; /* the loop stops when so many have come, and so many were told */
	struct seen seen[SEEN_MAX];
	size_t told_count;
	size_t told_wanted;
	struct told told[SEEN_MAX];
	void (*in_callback)(struct fixture *fixture, const struct dispatch_result *result);
};

/* One reply that comes late. */
struct late {
	struct evhttp_request *request;
	struct event *event;
};

static void
stop_when_done(struct fixture *fixture)
{
	if (fixture->seen_count >= fixture->seen_wanted &&
	    fixture->told_count >= fixture->told_wanted)
		loop_stop(fixture->loop);
}

static void
copy_header(struct evhttp_request *request, const char *name, char *ret_text, size_t size)
{
	const char *value = evhttp_find_header(evhttp_request_get_input_headers(request), name);

	(void)snprintf(ret_text, size, "%s", value != NULL ? value : "");
}

static struct seen *
note_request(struct fixture *fixture, struct evhttp_request *request)
{
	struct evbuffer *input = evhttp_request_get_input_buffer(request);
	struct seen *seen = &fixture->seen[fixture->seen_count];

	if (fixture->seen_count + 1 < SEEN_MAX)
		fixture->seen_count++;
	memset(seen, 0, sizeof(*seen));
	seen->at_ms = loop_mono(fixture->loop).ms;
	(void)snprintf(seen->method, sizeof(seen->method), "%s",
	    evhttp_request_get_command(request) == EVHTTP_REQ_GET ? "GET" :
	    evhttp_request_get_command(request) == EVHTTP_REQ_PUT ? "PUT" : "other");
	(void)snprintf(seen->path, sizeof(seen->path), "%s", evhttp_request_get_uri(request));
	(void)evbuffer_copyout(input, seen->body, sizeof(seen->body) - 1);
	copy_header(request, "Idempotency-Key", seen->key, sizeof(seen->key));
	copy_header(request, "Content-Type", seen->content_type, sizeof(seen->content_type));
	copy_header(request, "Authorization", seen->authorization, sizeof(seen->authorization));
	copy_header(request, "webhook-id", seen->webhook_id, sizeof(seen->webhook_id));
	copy_header(request, "webhook-timestamp", seen->timestamp, sizeof(seen->timestamp));
	copy_header(request, "webhook-signature", seen->signature, sizeof(seen->signature));
	return seen;
}

/* The word of the path's script ("/x?500,hang,200") for this request; the last one repeats. */
static void
script_word(const struct fixture *fixture, const struct seen *seen, char *ret_word, size_t size)
{
	const char *word = strchr(seen->path, '?');

	word = word != NULL ? word + 1 : "200";
	for (const struct seen *before = fixture->seen; before < seen; before++) {
		const char *comma = strchr(word, ',');
		if (strcmp(before->path, seen->path) == 0 && comma != NULL)
			word = comma + 1;
	}
	(void)snprintf(ret_word, size, "%.*s", (int)strcspn(word, ","), word);
}

static void
send_late(evutil_socket_t socket, short what, void *context)
{
	struct late *late = context;

	(void)socket;
	(void)what;
	evhttp_send_reply(late->request, 200, "OK", NULL);
	event_free(late->event);
	free(late);
}

static void
answer_late(struct fixture *fixture, struct evhttp_request *request)
{
	struct timeval delay = { .tv_usec = LATE_MS * 1000 };
	struct late *late = calloc(1, sizeof(*late));

	if (late == NULL)
		abort();
	late->request = request;
	late->event = event_new(loop_base(fixture->loop), -1, 0, send_late, late);
	(void)event_add(late->event, &delay);
}

/*
 * The receiver.  Words: a status; hang; late; STATUSafterSECONDS; found (a redirect); later
 * (accepted, with the place of the result); lost (the same, but it is in trouble, then gone);
 * elsewhere (the same on another host).
 */
static void
on_request(struct evhttp_request *request, void *context)
{
	struct fixture *fixture = context;
	struct evkeyvalq *headers = evhttp_request_get_output_headers(request);
	char word[64];
	char number[8];
	int64_t status = 200;

	script_word(fixture, note_request(fixture, request), word, sizeof(word));
	const char *after = strstr(word, "after");
	if (strcmp(word, "late") == 0) {
		answer_late(fixture, request);
	} else if (strcmp(word, "hang") != 0) {
		(void)snprintf(number, sizeof(number), "%.3s", word);
		if (mig_num_int(number, 100, 599, &status) != 0)
			status = strcmp(word, "found") == 0 ? 302 : 202;
		if (after != NULL)
			(void)evhttp_add_header(headers, "Retry-After", after + 5);
		if (strcmp(word, "found") == 0 || strcmp(word, "later") == 0)
			(void)evhttp_add_header(headers, "Location", "/result?202,200");
		if (strcmp(word, "lost") == 0)
			(void)evhttp_add_header(headers, "Location",
			    "/result?503,202,401,503,502,500,404");
		if (strcmp(word, "elsewhere") == 0)
			(void)evhttp_add_header(headers, "Location", "http://127.0.0.2:1/x");
		evhttp_send_reply(request, (int)status, "x", NULL);
	}
	stop_when_done(fixture);
}

static void
on_told(void *context, const struct dispatch_result *result)
{
	struct fixture *fixture = context;
	struct told *told = &fixture->told[fixture->told_count];

	if (fixture->told_count + 1 < SEEN_MAX)
		fixture->told_count++;
	told->at_ms = loop_mono(fixture->loop).ms;
	(void)snprintf(told->key, sizeof(told->key), "%s", result->key);
	(void)snprintf(told->rollout_id, sizeof(told->rollout_id), "%s", result->rollout_id);
	told->result = result->result;
	told->attempts = result->attempts;
	told->status = result->http_status;
	told->unfollowed = result->unfollowed;
	(void)snprintf(told->error, sizeof(told->error), "%s",
	    result->error != NULL ? result->error : "");
	if (fixture->in_callback != NULL)
		fixture->in_callback(fixture, result);
	stop_when_done(fixture);
}

static void
on_give_up(void *context)
{
	struct fixture *fixture = context;

	fixture->gave_up = true;
	loop_stop(fixture->loop);
}

static int
setup(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));
	ev_uint16_t port = 0;

	assert_non_null(fixture);
	fixture->loop = loop_new();
	assert_non_null(fixture->loop);
	fixture->http = http_client_new(fixture->loop);
	fixture->dispatcher = dispatcher_new(fixture->loop, fixture->http, NULL, on_told, fixture);
	fixture->give_up = loop_timer_new(fixture->loop, on_give_up, fixture);
	assert_non_null(fixture->http);
	assert_non_null(fixture->dispatcher);
	assert_non_null(fixture->give_up);

	fixture->server = evhttp_new(loop_base(fixture->loop));
	assert_non_null(fixture->server);
	evhttp_set_gencb(fixture->server, on_request, fixture);
	struct evhttp_bound_socket *bound = evhttp_bind_socket_with_handle(fixture->server,
	    "127.0.0.1", port);
	assert_non_null(bound);
	fixture->listener = evhttp_bound_socket_get_fd(bound);
	struct sockaddr_in address;
	socklen_t len = sizeof(address);
	assert_int_equal(getsockname(fixture->listener, (struct sockaddr *)&address, &len), 0);
	fixture->port = ntohs(address.sin_port);
	*state = fixture;
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *fixture = *state;

	dispatcher_free(fixture->dispatcher);
	http_client_free(fixture->http);
	evhttp_free(fixture->server);
	loop_timer_free(fixture->give_up);
	loop_free(fixture->loop);
	free(fixture);
	return 0;
}

/* Run until so many requests have come in and so many results were told, in all. */
static void
run_until(struct fixture *fixture, size_t seen, size_t told)
{
	fixture->seen_wanted = seen;
	fixture->told_wanted = told;
	if (fixture->seen_count >= seen && fixture->told_count >= told)
		return;
	loop_timer_set(fixture->give_up, GIVE_UP_MS);
	loop_run(fixture->loop);
	loop_timer_clear(fixture->give_up);
	if (fixture->gave_up)
		fail_msg("%zu of %zu requests and %zu of %zu results", fixture->seen_count, seen,
		    fixture->told_count, told);
}

/* Run that long, whatever happens. */
static void
run_for(struct fixture *fixture, int64_t ms)
{
	fixture->seen_wanted = SIZE_MAX;
	fixture->told_wanted = SIZE_MAX;
	loop_timer_set(fixture->give_up, ms);
	loop_run(fixture->loop);
	fixture->gave_up = false;
}

/* What is owed in a test: most of it is the same. */
struct debt {
	const char *rollout_id;
	const char *key;
	const char *lane;
	const char *script; /* "/path?word,word" */
	enum mig_effect_kind kind;
	bool rollback;
	const char *secret_file;
	const char *bearer_token_file;
	int64_t timeout_ms;
	bool read_back;
};

static void
owe(struct fixture *fixture, struct debt debt)
{
	struct mig_request request = { .lane = debt.lane, .method = "PUT", .body = BODY,
		.secret_file = debt.secret_file, .bearer_token_file = debt.bearer_token_file,
		.timeout_ms = debt.timeout_ms, .read_back = debt.read_back };
	struct store_owed owed = { .key = debt.key, .seq = 1, .kind = debt.kind,
		.rollout_id = debt.rollout_id != NULL ? debt.rollout_id : "r-1",
		.lane = debt.lane };
	char url[TEXT_MAX];
	struct mig_buf encoded;

	(void)snprintf(request.key, sizeof(request.key), "%s", debt.key);
	(void)snprintf(url, sizeof(url), "http://127.0.0.1:%d%s", fixture->port, debt.script);
	request.url = url;
	mig_buf_init(&encoded, 65536);
	assert_int_equal(dispatch_encode(&request, &encoded), 0);
	owed.request = encoded.data;
	assert_int_equal(dispatcher_add(fixture->dispatcher, &owed, debt.rollback), 0);
	mig_buf_fini(&encoded);
}

/* The keys of the requests seen, in order. */
static void
assert_seen(const struct fixture *fixture, const char *keys)
{
	struct mig_buf out;

	mig_buf_init(&out, 65536);
	for (size_t i = 0; i < fixture->seen_count; i++)
		mig_buf_printf(&out, "%s%s", i > 0 ? " " : "", fixture->seen[i].key);
	assert_string_equal(out.data, keys);
	mig_buf_fini(&out);
}

static void
assert_told(const struct fixture *fixture, size_t index, const char *key, enum mig_result result,
    long status)
{
	assert_in_range(index, 0, fixture->told_count - 1);
	assert_string_equal(fixture->told[index].key, key);
	assert_int_equal(fixture->told[index].result, result);
	assert_int_equal(fixture->told[index].status, status);
}

static void
test_kept_request(void **state)
{
	static const char *const headers[] = { "X-One: 1", "X-Two: \"q\"" };
	struct fixture *fixture = *state;
	struct mig_request request = { .key = "r-1-7", .lane = "flag:a", .method = "PUT",
		.url = "http://localhost/x?y=ä", .body = "{\n\"a\":1}", .header_count = 2,
		.headers = headers, .secret_file = "/s", .timeout_ms = 1500, .read_back = true };
	struct mig_request back = { 0 };
	struct mig_arena *arena = mig_arena_new(1U << 20);
	struct store_owed owed = { .key = "k", .rollout_id = "r", .lane = "l" };
	struct mig_buf out;

	assert_non_null(arena);
	mig_buf_init(&out, 65536);
	assert_int_equal(dispatch_encode(&request, &out), 0);
	assert_null(strchr(out.data, '\n'));
	assert_int_equal(dispatch_decode(out.data, arena, &back), 0);
	assert_string_equal(back.key, request.key);
	assert_string_equal(back.lane, request.lane);
	assert_string_equal(back.method, request.method);
	assert_string_equal(back.url, request.url);
	assert_string_equal(back.body, request.body);
	assert_int_equal(back.header_count, 2);
	assert_string_equal(back.headers[1], headers[1]);
	assert_string_equal(back.secret_file, "/s");
	assert_null(back.bearer_token_file);
	assert_int_equal(back.timeout_ms, 1500);
	assert_true(back.read_back);

	owed.request = "{\"key\":\"k\"}";
	assert_int_equal(dispatch_decode(owed.request, arena, &back), MIG_EDOC);
	assert_int_equal(dispatcher_add(fixture->dispatcher, &owed, true), MIG_EDOC);
	owed.request = out.data;
	out.data[out.len / 2] = '\0';
	assert_int_equal(dispatcher_add(fixture->dispatcher, &owed, true), MIG_EDOC);
	assert_int_equal(dispatcher_count(fixture->dispatcher), 0);
	assert_string_equal(dispatch_origin("HTTP://Host:81/a/b?c", arena), "http://host:81");
	assert_string_equal(dispatch_origin("http://host?x", arena), "http://host");
	mig_buf_fini(&out);
	mig_arena_free(arena);
}

static void
test_lanes(void **state)
{
	struct fixture *fixture = *state;

	owe(fixture, (struct debt){ .key = "a1", .lane = "a", .script = "/a1?late" });
	owe(fixture, (struct debt){ .key = "a2", .lane = "a", .script = "/a2?late" });
	owe(fixture, (struct debt){ .key = "a3", .lane = "a", .script = "/a3" });
	owe(fixture, (struct debt){ .key = "a2", .lane = "a", .script = "/a2?late" });
	owe(fixture, (struct debt){ .key = "b1", .lane = "b", .script = "/b1" });
	owe(fixture, (struct debt){ .rollout_id = "r-2", .key = "c1", .lane = "a",
		.script = "/c1" });
	assert_int_equal(dispatcher_count(fixture->dispatcher), 5);
	run_until(fixture, 5, 5);
	assert_int_equal(dispatcher_count(fixture->dispatcher), 0);

	/* Those of one lane one by one, the others did not wait for them. */
	assert_string_equal(fixture->seen[3].key, "a2");
	assert_string_equal(fixture->seen[4].key, "a3");
	assert_true(fixture->seen[3].at_ms - fixture->seen[0].at_ms >= LATE_MS - 10);
	assert_true(fixture->seen[4].at_ms - fixture->seen[3].at_ms >= LATE_MS - 10);
	assert_told(fixture, 4, "a3", MIG_RESULT_DONE, 200);
	for (size_t i = 0; i < fixture->seen_count; i++) {
		assert_string_equal(fixture->seen[i].method, "PUT");
		assert_string_equal(fixture->seen[i].body, BODY);
		assert_string_equal(fixture->seen[i].content_type, "application/json");
		assert_string_equal(fixture->seen[i].signature, "");
	}
}

static void
test_retries_are_the_same(void **state)
{
	struct fixture *fixture = *state;

	owe(fixture, (struct debt){ .key = "f-1", .lane = "f", .script = "/f?500,200" });
	owe(fixture, (struct debt){ .key = "b-1", .lane = "b", .rollback = true,
		.script = "/b?500,408,425,503,200" });
	run_until(fixture, 7, 7);
	for (size_t i = 0; i < fixture->seen_count; i++) {
		bool forward = fixture->seen[i].path[1] == 'f';
		assert_string_equal(fixture->seen[i].key, forward ? "f-1" : "b-1");
		assert_string_equal(fixture->seen[i].body, BODY);
	}

	/* A way back is tried again fast, a way forward at leisure. */
	int64_t back_ms = 0;
	int64_t forward_ms = 0;
	for (size_t i = 0; i < fixture->told_count; i++) {
		const struct told *told = &fixture->told[i];
		bool last = told->result == MIG_RESULT_DONE;
		bool forward = told->key[0] == 'f';
		assert_int_equal(told->attempts, last ? (forward ? 2 : 5) : told->attempts);
		if (told->result == MIG_RESULT_RETRYING)
			assert_non_null(strstr(told->error, "HTTP "));
		if (last && forward)
			forward_ms = told->at_ms - fixture->seen[0].at_ms;
		else if (last)
			back_ms = told->at_ms - fixture->seen[0].at_ms;
	}
	assert_in_range(forward_ms, 374, 8000);
	assert_in_range(back_ms, 1124, 8000);
}

static void
test_sent_before_it_returns(void **state)
{
	struct fixture *fixture = *state;
	struct pollfd accepting = { .fd = fixture->listener, .events = POLLIN };

	assert_int_equal(poll(&accepting, 1, 0), 0);
	owe(fixture, (struct debt){ .key = "k", .lane = "l", .script = "/x", .rollback = true });
	/* The loop has not turned, yet the connection is there. */
	assert_int_equal(poll(&accepting, 1, 1000), 1);
	assert_int_equal(fixture->seen_count, 0);
	run_until(fixture, 1, 1);
	assert_told(fixture, 0, "k", MIG_RESULT_DONE, 200);
}

static void
test_way_back_goes_first(void **state)
{
	struct fixture *fixture = *state;

	owe(fixture, (struct debt){ .key = "f1", .lane = "flag", .script = "/f1?hang" });
	owe(fixture, (struct debt){ .key = "f2", .lane = "flag", .script = "/f2" });
	run_until(fixture, 1, 0);
	int64_t began_ms = loop_mono(fixture->loop).ms;
	owe(fixture, (struct debt){ .key = "b1", .lane = "flag", .script = "/b1",
		.rollback = true });
	owe(fixture, (struct debt){ .key = "b2", .lane = "flag", .script = "/b2",
		.rollback = true });
	run_until(fixture, 3, 2);
	assert_true(fixture->seen[1].at_ms - began_ms < SOON_MS);
	run_for(fixture, 100);
	assert_seen(fixture, "f1 b1 b2");
	assert_int_equal(fixture->told_count, 2);
	assert_told(fixture, 0, "b1", MIG_RESULT_DONE, 200);
	assert_told(fixture, 1, "b2", MIG_RESULT_DONE, 200);
}

static void
test_answers(void **state)
{
	struct fixture *fixture = *state;
	static const struct {
		const char *script;
		enum mig_effect_kind kind;
		bool rollback;
		enum mig_result result;
		long status;
		bool read_back;
	} rows[] = {
		{ "/1?204", MIG_EFFECT_SET_FLAG, false, MIG_RESULT_DONE, 204, false },
		{ "/2?409", MIG_EFFECT_SET_FLAG, false, MIG_RESULT_DONE, 409, true },
		{ "/3?412", MIG_EFFECT_SET_FLAG, true, MIG_RESULT_DONE, 412, true },
		{ "/d?409", MIG_EFFECT_SET_FLAG, false, MIG_RESULT_REFUSED, 409, false },
		{ "/e?412", MIG_EFFECT_SET_FLAG, true, MIG_RESULT_RETRYING, 412, false },
		{ "/4?409", MIG_EFFECT_HOOK, false, MIG_RESULT_REFUSED, 409, false },
		{ "/5?400", MIG_EFFECT_SET_FLAG, false, MIG_RESULT_REFUSED, 400, false },
		{ "/6?found", MIG_EFFECT_SET_FLAG, false, MIG_RESULT_REFUSED, 302, false },
		{ "/7?404", MIG_EFFECT_NOTIFY, false, MIG_RESULT_REFUSED, 404, false },
		{ "/8?202", MIG_EFFECT_NOTIFY, false, MIG_RESULT_DONE, 202, false },
		{ "/9?202", MIG_EFFECT_RB_STEP, true, MIG_RESULT_ACCEPTED, 202, false },
		{ "/a?400", MIG_EFFECT_SET_FLAG, true, MIG_RESULT_RETRYING, 400, false },
		{ "/b?found", MIG_EFFECT_RB_STEP, true, MIG_RESULT_RETRYING, 302, false },
		{ "/c?429", MIG_EFFECT_NOTIFY, false, MIG_RESULT_RETRYING, 429, false },
		{ "/f?202", MIG_EFFECT_SCALE_UP, false, MIG_RESULT_DONE, 202, false },
	};

	for (size_t i = 0; i < TEST_COUNT(rows); i++) {
		char lane[16];
		(void)snprintf(lane, sizeof(lane), "lane%zu", i);
		owe(fixture, (struct debt){ .key = rows[i].script, .lane = lane,
			.script = rows[i].script, .kind = rows[i].kind,
			.rollback = rows[i].rollback, .read_back = rows[i].read_back });
		run_until(fixture, i + 1, i + 1);
		assert_told(fixture, i, rows[i].script, rows[i].result, rows[i].status);
		assert_int_equal(fixture->told[i].error[0] != '\0',
		    rows[i].result == MIG_RESULT_REFUSED || rows[i].result == MIG_RESULT_RETRYING);
	}
	assert_non_null(strstr(fixture->told[7].error, "redirects are not followed"));
	/* Only those that are tried again are left. */
	assert_int_equal(dispatcher_count(fixture->dispatcher), 4);
}

static void
test_refused_way_back(void **state)
{
	struct fixture *fixture = *state;

	owe(fixture, (struct debt){ .key = "b", .lane = "l", .script = "/b?403,200",
		.rollback = true });
	run_until(fixture, 2, 2);
	assert_told(fixture, 0, "b", MIG_RESULT_RETRYING, 403);
	assert_told(fixture, 1, "b", MIG_RESULT_DONE, 200);
	assert_in_range(fixture->seen[1].at_ms - fixture->seen[0].at_ms, 740, 8000);
}

static void
test_retry_after(void **state)
{
	struct fixture *fixture = *state;

	owe(fixture, (struct debt){ .key = "f", .lane = "f", .script = "/f?429after2,200" });
	owe(fixture, (struct debt){ .key = "n", .lane = "notify:0", .kind = MIG_EFFECT_NOTIFY,
		.script = "/n?503after60,200" });
	owe(fixture, (struct debt){ .key = "b", .lane = "b", .script = "/b?429after60,200",
		.rollback = true });
	run_until(fixture, 5, 5);
	assert_told(fixture, 3, "b", MIG_RESULT_DONE, 200);
	assert_told(fixture, 4, "f", MIG_RESULT_DONE, 200);
	assert_in_range(fixture->seen[3].at_ms - fixture->seen[0].at_ms, 990, 8000);
	assert_in_range(fixture->seen[4].at_ms - fixture->seen[0].at_ms, 1990, 8000);

	/* An operator need not wait for that long. */
	dispatcher_kick(fixture->dispatcher);
	run_until(fixture, 6, 6);
	assert_told(fixture, 5, "n", MIG_RESULT_DONE, 200);
}

static void
test_dead_notifier(void **state)
{
	struct fixture *fixture = *state;
	char rollout[TEXT_MAX];
	char key[MIG_KEY_MAX];

	for (int i = 0; i < 50; i++) {
		(void)snprintf(rollout, sizeof(rollout), "r-%d", i);
		(void)snprintf(key, sizeof(key), "n-%d", i);
		owe(fixture, (struct debt){ .rollout_id = rollout, .key = key, .lane = "notify:0",
			.script = "/n?hang", .kind = MIG_EFFECT_NOTIFY });
	}
	run_for(fixture, 200);
	size_t hanging = fixture->seen_count;
	assert_in_range(hanging, 1, 8);

	/* Through the same host, forward and back. */
	int64_t began_ms = loop_mono(fixture->loop).ms;
	owe(fixture, (struct debt){ .key = "f", .lane = "f", .script = "/f" });
	owe(fixture, (struct debt){ .key = "b", .lane = "b", .script = "/b", .rollback = true });
	run_until(fixture, hanging + 2, 2);
	assert_true(fixture->told[0].at_ms - began_ms < SOON_MS);
	assert_true(fixture->told[1].at_ms - began_ms < SOON_MS);
	assert_int_equal(dispatcher_count(fixture->dispatcher), 50);
}

static void
test_notifications_take_turns(void **state)
{
	struct fixture *fixture = *state;
	char rollout[TEXT_MAX];
	char key[MIG_KEY_MAX];

	for (int i = 0; i < 12; i++) {
		(void)snprintf(rollout, sizeof(rollout), "r-%d", i);
		(void)snprintf(key, sizeof(key), "n-%d", i);
		owe(fixture, (struct debt){ .rollout_id = rollout, .key = key, .lane = "notify:0",
			.script = "/n?late", .kind = MIG_EFFECT_NOTIFY });
	}
	run_until(fixture, 12, 12);
	/* Four at a time, the next as soon as there is room. */
	assert_in_range(fixture->told[11].at_ms - fixture->seen[0].at_ms, 3 * LATE_MS - 20, 1800);
}

/* What nobody waits for any more goes, and what stood behind it is sent. */
static void
test_drop_one(void **state)
{
	struct fixture *fixture = *state;
	const struct store_owed first = { .key = "s1", .rollout_id = "r-1", .lane = "steps" };
	const struct store_owed other = { .key = "a1", .rollout_id = "r-1", .lane = "asked" };
	const struct store_owed nobody = { .key = "x", .rollout_id = "r-1", .lane = "none" };

	owe(fixture, (struct debt){ .key = "s1", .lane = "steps", .script = "/s1?503",
		.kind = MIG_EFFECT_RB_STEP, .rollback = true });
	owe(fixture, (struct debt){ .key = "s2", .lane = "steps", .script = "/s2",
		.kind = MIG_EFFECT_RB_STEP, .rollback = true });
	owe(fixture, (struct debt){ .key = "a1", .lane = "asked", .script = "/a1?later",
		.kind = MIG_EFFECT_RB_STEP, .rollback = true });
	run_until(fixture, 2, 2);
	dispatcher_drop(fixture->dispatcher, &nobody);
	dispatcher_drop(fixture->dispatcher, &first);
	dispatcher_drop(fixture->dispatcher, &other);
	size_t before = fixture->seen_count;
	run_until(fixture, before + 1, fixture->told_count + 1);
	assert_string_equal(fixture->seen[before].key, "s2");
	assert_told(fixture, fixture->told_count - 1, "s2", MIG_RESULT_DONE, 200);
	run_for(fixture, 300);
	assert_int_equal(fixture->seen_count, before + 1);
	assert_int_equal(dispatcher_count(fixture->dispatcher), 0);
}

static void
test_drop_forward(void **state)
{
	struct fixture *fixture = *state;

	owe(fixture, (struct debt){ .key = "f1", .lane = "a", .script = "/1?hang" });
	owe(fixture, (struct debt){ .key = "f2", .lane = "a", .script = "/2" });
	owe(fixture, (struct debt){ .key = "f3", .lane = "b", .script = "/3?500,200" });
	owe(fixture, (struct debt){ .key = "h", .lane = "steps", .kind = MIG_EFFECT_HOOK,
		.script = "/h?later" });
	owe(fixture, (struct debt){ .key = "n", .lane = "notify:0", .kind = MIG_EFFECT_NOTIFY,
		.script = "/n?500,200" });
	owe(fixture, (struct debt){ .rollout_id = "r-2", .key = "o", .lane = "a",
		.script = "/o?500,200" });
	run_until(fixture, 5, 4);
	dispatcher_drop_forward(fixture->dispatcher, "r-1");
	assert_int_equal(dispatcher_count(fixture->dispatcher), 2);
	dispatcher_kick(fixture->dispatcher);
	run_until(fixture, 7, 6);
	run_for(fixture, 700);
	assert_int_equal(fixture->seen_count, 7);
	assert_int_equal(fixture->told_count, 6);
	assert_int_equal(dispatcher_count(fixture->dispatcher), 0);
}

/* What the driver does when a failed write makes the core roll back. */
static void
roll_back(struct fixture *fixture, const struct dispatch_result *result)
{
	if (strcmp(result->key, "f1") != 0)
		return;
	dispatcher_drop_forward(fixture->dispatcher, "r-1");
	owe(fixture, (struct debt){ .key = "b1", .lane = "flag", .script = "/b1",
		.rollback = true });
	/* The result can still be read. */
	assert_string_equal(result->key, "f1");
	assert_string_equal(result->rollout_id, "r-1");
}

static void
test_decision_in_callback(void **state)
{
	struct fixture *fixture = *state;
	static const char *const scripts[] = { "/f1?500", "/f1?200", "/f1?400", "/f1?later" };

	fixture->in_callback = roll_back;
	for (size_t i = 0; i < TEST_COUNT(scripts); i++) {
		fixture->seen_count = 0;
		fixture->told_count = 0;
		owe(fixture, (struct debt){ .key = "f1", .lane = "flag", .script = scripts[i],
			.kind = MIG_EFFECT_HOOK });
		owe(fixture, (struct debt){ .key = "f2", .lane = "flag", .script = "/f2" });
		run_until(fixture, 2, 2);
		assert_seen(fixture, "f1 b1");
		assert_int_equal(dispatcher_count(fixture->dispatcher), 0);
	}
	dispatcher_kick(fixture->dispatcher);
	run_for(fixture, 100);
	assert_int_equal(fixture->seen_count, 2);
}

static void
test_result_elsewhere(void **state)
{
	struct fixture *fixture = *state;

	owe(fixture, (struct debt){ .key = "s1", .lane = "steps", .kind = MIG_EFFECT_RB_STEP,
		.script = "/1?later", .rollback = true });
	owe(fixture, (struct debt){ .key = "s2", .lane = "steps", .kind = MIG_EFFECT_RB_STEP,
		.script = "/2?elsewhere", .rollback = true });
	run_until(fixture, 2, 2);
	assert_told(fixture, 0, "s1", MIG_RESULT_ACCEPTED, 202);
	assert_told(fixture, 1, "s2", MIG_RESULT_ACCEPTED, 202);
	assert_false(fixture->told[0].unfollowed);
	assert_true(fixture->told[1].unfollowed);
	assert_int_equal(dispatcher_count(fixture->dispatcher), 0);

	/* Asked for: not ready yet, then it is; and nothing more after that. */
	dispatcher_kick(fixture->dispatcher);
	run_until(fixture, 3, 2);
	assert_string_equal(fixture->seen[2].method, "GET");
	assert_string_equal(fixture->seen[2].path, "/result?202,200");
	assert_string_equal(fixture->seen[2].key, "");
	run_for(fixture, 50);
	dispatcher_kick(fixture->dispatcher);
	run_until(fixture, 4, 3);
	assert_told(fixture, 2, "s1", MIG_RESULT_DONE, 200);
	dispatcher_kick(fixture->dispatcher);
	run_for(fixture, 100);
	assert_int_equal(fixture->seen_count, 4);
}

/*
 * Where the result was to be nobody says a word: four times in a row are news.  Then there is
 * nothing: nobody will say what became of it.
 */
static void
test_result_gone(void **state)
{
	static const size_t told[] = { 1, 1, 1, 1, 1, 2, 3 };
	struct fixture *fixture = *state;

	owe(fixture, (struct debt){ .key = "h", .lane = "steps", .kind = MIG_EFFECT_HOOK,
		.script = "/1?lost" });
	run_until(fixture, 1, 1);
	assert_false(fixture->told[0].unfollowed);
	for (size_t i = 0; i < TEST_COUNT(told); i++) {
		dispatcher_kick(fixture->dispatcher);
		run_until(fixture, i + 2, told[i]);
		run_for(fixture, 50);
	}
	assert_told(fixture, 1, "h", MIG_RESULT_RETRYING, 500);
	assert_int_equal(fixture->told[1].attempts, 4);
	assert_false(fixture->told[1].unfollowed);
	assert_string_equal(fixture->told[1].error, "its result is not told: HTTP 500");
	assert_told(fixture, 2, "h", MIG_RESULT_ACCEPTED, 404);
	assert_true(fixture->told[2].unfollowed);
	dispatcher_kick(fixture->dispatcher);
	run_for(fixture, 100);
	assert_int_equal(fixture->seen_count, 8);
}

static void
test_circuit_breaker(void **state)
{
	struct fixture *fixture = *state;
	char key[16];

	for (unsigned i = 0; i < BREAKER_FAILURES_MAX; i++) {
		(void)snprintf(key, sizeof(key), "f%u", i);
		owe(fixture, (struct debt){ .rollout_id = key, .key = key, .lane = "f",
			.script = "/f?500" });
	}
	run_until(fixture, BREAKER_FAILURES_MAX, BREAKER_FAILURES_MAX);
	owe(fixture, (struct debt){ .key = "held", .lane = "f", .script = "/held" });
	/* Notifications are another matter, even at the same host. */
	owe(fixture, (struct debt){ .key = "n", .lane = "notify:0", .script = "/n",
		.kind = MIG_EFFECT_NOTIFY });
	run_for(fixture, 900);
	assert_int_equal(fixture->seen_count, BREAKER_FAILURES_MAX + 1);

	/* A way back is not held back, and its success is good news for the others. */
	int64_t began_ms = loop_mono(fixture->loop).ms;
	owe(fixture, (struct debt){ .key = "b", .lane = "b", .script = "/b", .rollback = true });
	run_until(fixture, BREAKER_FAILURES_MAX + 3, BREAKER_FAILURES_MAX + 3);
	assert_string_equal(fixture->seen[BREAKER_FAILURES_MAX + 1].key, "b");
	assert_true(fixture->seen[BREAKER_FAILURES_MAX + 1].at_ms - began_ms < SOON_MS);
	bool held = false;
	for (size_t i = 0; i < fixture->told_count; i++)
		held = held || strcmp(fixture->told[i].key, "held") == 0;
	assert_true(held);
}

static void
test_breaker_states(void **state)
{
	struct breaker_set set = { 0 };
	mig_mono now = { 1000 };
	bool probe = false;

	(void)state;
	for (unsigned i = 0; i < BREAKER_FAILURES_MAX; i++) {
		assert_int_equal(breaker_hold(&set, "a", now, &probe), 0);
		assert_false(probe);
		breaker_failure(&set, "a", now);
	}
	assert_int_equal(breaker_hold(&set, "a", now, &probe), BREAKER_OPEN_MS);
	assert_int_equal(breaker_hold(&set, "b", now, &probe), 0);
	now.ms += BREAKER_OPEN_MS;
	assert_int_equal(breaker_hold(&set, "a", now, &probe), 0);
	assert_true(probe);
	assert_int_equal(breaker_hold(&set, "a", now, &probe), BREAKER_PROBE_WAIT_MS);
	assert_false(probe);

	/* A probe that is given up, one that fails, one that does not. */
	breaker_release(&set, "a");
	assert_int_equal(breaker_hold(&set, "a", now, &probe), 0);
	assert_true(probe);
	breaker_failure(&set, "a", now);
	assert_int_equal(breaker_hold(&set, "a", now, &probe), BREAKER_OPEN_MS);
	now.ms += BREAKER_OPEN_MS;
	assert_int_equal(breaker_hold(&set, "a", now, &probe), 0);
	assert_true(breaker_success(&set, "a"));
	assert_false(breaker_success(&set, "a"));
	assert_null(set.first);
	breaker_failure(&set, "a", now);
	assert_false(breaker_success(&set, "a"));
	breaker_failure(&set, "b", now);
	breaker_clear(&set);
	assert_null(set.first);
}

static void
write_file(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
}

static void
test_secrets(void **state)
{
	struct fixture *fixture = *state;
	char folder[] = "/tmp/migarch-dispatch-XXXXXX";
	char secret[64];
	char token[64];
	struct mig_buf wanted;
	int64_t timestamp_s = 0;

	assert_non_null(mkdtemp(folder));
	(void)snprintf(secret, sizeof(secret), "%s/secret", folder);
	(void)snprintf(token, sizeof(token), "%s/token", folder);
	write_file(token, "tok-1\n");
	owe(fixture, (struct debt){ .key = "k-1", .lane = "l", .script = "/x", .rollback = true,
		.secret_file = secret, .bearer_token_file = token });

	/* It cannot be signed, so it is not sent; it is told, but not from inside of add. */
	assert_int_equal(fixture->told_count, 0);
	run_until(fixture, 0, 2);
	assert_int_equal(fixture->seen_count, 0);
	assert_told(fixture, 0, "k-1", MIG_RESULT_RETRYING, 0);
	assert_int_equal(fixture->told[1].attempts, 2);
	assert_non_null(strstr(fixture->told[0].error, secret));
	write_file(secret, "whsec_not base64\n");
	run_until(fixture, 0, 3);
	assert_non_null(strstr(fixture->told[2].error, "whsec_BASE64"));

	write_file(secret, "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n");
	run_until(fixture, 1, 4);
	assert_told(fixture, 3, "k-1", MIG_RESULT_DONE, 200);
	const struct seen *seen = &fixture->seen[0];
	assert_string_equal(seen->key, "k-1");
	assert_string_equal(seen->webhook_id, "k-1");
	assert_string_equal(seen->authorization, "Bearer tok-1");
	assert_int_equal(mig_num_int(seen->timestamp, 0, INT64_MAX, &timestamp_s), 0);
	assert_in_range(timestamp_s, loop_wall(fixture->loop).ms / 1000 - 10,
	    loop_wall(fixture->loop).ms / 1000);
	mig_buf_init(&wanted, TEXT_MAX);
	assert_int_equal(mig_webhook_sign("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "k-1",
	    timestamp_s, BODY, &wanted), 0);
	assert_string_equal(seen->signature, wanted.data);
	mig_buf_fini(&wanted);

	/* Nor does a file that is gone keep the next one from being sent; a new one counts. */
	assert_int_equal(unlink(secret), 0);
	assert_int_equal(unlink(token), 0);
	owe(fixture, (struct debt){ .key = "k-2", .lane = "l", .script = "/y", .rollback = true,
		.secret_file = secret, .bearer_token_file = token });
	run_until(fixture, 2, 5);
	assert_told(fixture, 4, "k-2", MIG_RESULT_DONE, 200);
	assert_string_equal(fixture->seen[1].authorization, "Bearer tok-1");
	assert_int_equal(strncmp(fixture->seen[1].signature, "v1,", 3), 0);
	write_file(token, "tok-2\n");
	owe(fixture, (struct debt){ .key = "k-3", .lane = "l", .script = "/z", .rollback = true,
		.secret_file = secret, .bearer_token_file = token });
	run_until(fixture, 3, 6);
	assert_string_equal(fixture->seen[2].authorization, "Bearer tok-2");
	assert_int_equal(unlink(token), 0);
	assert_int_equal(rmdir(folder), 0);
}

static void
test_no_answer(void **state)
{
	struct fixture *fixture = *state;

	owe(fixture, (struct debt){ .key = "b", .lane = "l", .script = "/b?hang,hang,200",
		.rollback = true, .timeout_ms = 100 });
	run_until(fixture, 3, 3);
	assert_seen(fixture, "b b b");
	assert_told(fixture, 0, "b", MIG_RESULT_RETRYING, 0);
	assert_true(fixture->told[0].error[0] != '\0');
	assert_told(fixture, 2, "b", MIG_RESULT_DONE, 200);
	assert_true(fixture->seen[2].at_ms - fixture->seen[0].at_ms < SOON_MS);
}

/* A receiver that is slower than its timeout is not given up for ever on the way back. */
static void
test_patience(void **state)
{
	struct fixture *fixture = *state;

	assert_int_equal(dispatch_patience(1000, 1), 1000);
	assert_int_equal(dispatch_patience(1000, 2), 2000);
	assert_int_equal(dispatch_patience(1000, 5), 15000);
	assert_int_equal(dispatch_patience(1000, UINT32_MAX), 15000);
	assert_int_equal(dispatch_patience(60000, 3), 60000);
	owe(fixture, (struct debt){ .key = "b", .lane = "l", .script = "/b?late",
		.rollback = true, .timeout_ms = 20 });
	while (fixture->told_count == 0 ||
	    fixture->told[fixture->told_count - 1].result != MIG_RESULT_DONE)
		run_until(fixture, 0, fixture->told_count + 1);
	assert_true(fixture->told_count > 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_kept_request, setup, teardown),
		cmocka_unit_test_setup_teardown(test_lanes, setup, teardown),
		cmocka_unit_test_setup_teardown(test_retries_are_the_same, setup, teardown),
		cmocka_unit_test_setup_teardown(test_sent_before_it_returns, setup, teardown),
		cmocka_unit_test_setup_teardown(test_way_back_goes_first, setup, teardown),
		cmocka_unit_test_setup_teardown(test_answers, setup, teardown),
		cmocka_unit_test_setup_teardown(test_refused_way_back, setup, teardown),
		cmocka_unit_test_setup_teardown(test_retry_after, setup, teardown),
		cmocka_unit_test_setup_teardown(test_dead_notifier, setup, teardown),
		cmocka_unit_test_setup_teardown(test_notifications_take_turns, setup, teardown),
		cmocka_unit_test_setup_teardown(test_drop_forward, setup, teardown),
		cmocka_unit_test_setup_teardown(test_drop_one, setup, teardown),
		cmocka_unit_test_setup_teardown(test_decision_in_callback, setup, teardown),
		cmocka_unit_test_setup_teardown(test_result_elsewhere, setup, teardown),
		cmocka_unit_test_setup_teardown(test_result_gone, setup, teardown),
		cmocka_unit_test_setup_teardown(test_circuit_breaker, setup, teardown),
		cmocka_unit_test(test_breaker_states),
		cmocka_unit_test_setup_teardown(test_secrets, setup, teardown),
		cmocka_unit_test_setup_teardown(test_no_answer, setup, teardown),
		cmocka_unit_test_setup_teardown(test_patience, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL) != 0;
}
