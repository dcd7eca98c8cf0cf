/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/http_client.h"
#include "daemon/loop.h"
#include "daemon/prom_client.h"
#include "support/http_peer.h"
#include "support/test_support.h"

#define GIVE_UP_MS 20000
#define JSON_REPLY(body) "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" body
#define SCALAR(value) \
	"{\"status\":\"success\",\"data\":{\"resultType\":\"scalar\",\"result\":[5,\"" value "\"]}}"

struct asker {
	unsigned answers;
	struct mig_prom_sample sample;
	int error;
	size_t count;
	double last;
};

struct fixture {
	struct loop *loop;
	struct http_client *http;
	struct prom_client *prom;
	struct http_peer *peer;
	struct loop_timer *give_up;
	bool gave_up;
	size_t ended;
	size_t wanted;
	void (*after)(struct fixture *fixture);
	struct asker askers[8];
	char token_file[64];
};

static struct fixture *current;

static void
count_end(void)
{
	current->ended++;
	if (current->after != NULL)
		current->after(current);
	if (current->ended == current->wanted)
		loop_stop(current->loop);
}

static void
on_sample(void *context, const struct mig_prom_sample *sample)
{
	struct asker *asker = context;

	asker->answers++;
	asker->sample = *sample;
	count_end();
}

static void
on_points(void *context, int error, const struct mig_prom_point *points, size_t count)
{
	struct asker *asker = context;

	asker->answers++;
	asker->error = error;
	asker->count = count;
	asker->last = count > 0 ? points[count - 1].value : 0;
	count_end();
}

static void
on_give_up(void *context)
{
	struct fixture *fixture = context;

	fixture->gave_up = true;
	loop_stop(fixture->loop);
}

static struct prom_settings
settings_of(struct fixture *fixture, const char *path)
{
	static const char *const headers[] = { "X-Scope-OrgID: prod" };

	return (struct prom_settings){ .url = http_peer_url(fixture->peer, path),
		.timeout_ms = strstr(path, "/hang") != NULL ? 300 : 15000,
		.header_count = 1, .headers = headers };
}

static int
setup(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));

	assert_non_null(fixture);
	fixture->loop = loop_new();
	assert_non_null(fixture->loop);
	fixture->http = http_client_new(fixture->loop);
	fixture->peer = http_peer_new(fixture->loop);

	struct prom_settings settings = settings_of(fixture, "/fixed/");

	fixture->prom = prom_client_new(fixture->loop, fixture->http, NULL, &settings);
	assert_non_null(fixture->prom);
	fixture->give_up = loop_timer_new(fixture->loop, on_give_up, fixture);
	assert_non_null(fixture->give_up);
	http_peer_reply(fixture->peer, JSON_REPLY(SCALAR("2")));
	current = fixture;
	*state = fixture;
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *fixture = *state;

	if (fixture->token_file[0] != '\0')
		(void)unlink(fixture->token_file);
	prom_client_free(fixture->prom);
	http_client_free(fixture->http);
	http_peer_free(fixture->peer);
	loop_timer_free(fixture->give_up);
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
ask(struct fixture *fixture, size_t index, const char *query)
{
	assert_int_equal(prom_client_query(fixture->prom, query, on_sample,
	    &fixture->askers[index]), 0);
	assert_int_equal(fixture->askers[index].answers, 0);
}

static void
configure(struct fixture *fixture, const char *path, const char *token_file)
{
	struct prom_settings settings = settings_of(fixture, path);

	settings.bearer_token_file = token_file;
	assert_int_equal(prom_client_configure(fixture->prom, &settings), 0);
}

static void
test_query(void **state)
{
	struct fixture *fixture = *state;

	ask(fixture, 0, "sum(rate(x[5s]))");
	run_until(fixture, 1);
	assert_int_equal(fixture->askers[0].sample.quality, MIG_QUALITY_OK);
	assert_double_same(fixture->askers[0].sample.value, 2);

	const char *last = http_peer_last(fixture->peer);

	assert_int_equal(strncmp(last, "POST /fixed/api/v1/query HTTP/1.1\r\n", 35), 0);
	assert_non_null(strstr(last, "\r\nX-Scope-OrgID: prod\r\n"));
	assert_non_null(strstr(last, "\r\nContent-Type: application/x-www-form-urlencoded\r\n"));
	assert_non_null(strstr(last, "\r\n\r\nquery=sum%28rate%28x%5B5s%5D%29%29"));
	assert_null(strstr(last, "Authorization"));
}

static void
test_sharing(void **state)
{
	struct fixture *fixture = *state;

	ask(fixture, 0, "a");
	ask(fixture, 1, "a");
	ask(fixture, 2, "b");
	ask(fixture, 3, "a");
	run_until(fixture, 4);
	assert_int_equal(http_peer_requests(fixture->peer), 2);
	for (size_t i = 0; i < 4; i++) {
		assert_int_equal(fixture->askers[i].answers, 1);
		assert_int_equal(fixture->askers[i].sample.quality, MIG_QUALITY_OK);
	}
	/* An answer is shared while it is under way, not kept. */
	ask(fixture, 4, "a");
	run_until(fixture, 5);
	assert_int_equal(http_peer_requests(fixture->peer), 3);
}

static void
test_failures(void **state)
{
	struct fixture *fixture = *state;

	http_peer_reply(fixture->peer, "HTTP/1.1 503 Service Unavailable\r\n"
	    "Content-Length: 19\r\n\r\nService Unavailable");
	ask(fixture, 0, "a");
	run_until(fixture, 1);
	assert_int_equal(fixture->askers[0].sample.quality, MIG_QUALITY_ERROR);
	assert_string_equal(fixture->askers[0].sample.error,
	    "HTTP status 503: Service Unavailable");

	configure(fixture, "/hang", NULL);
	ask(fixture, 1, "a");
	run_until(fixture, 2);
	assert_int_equal(fixture->askers[1].sample.quality, MIG_QUALITY_ERROR);
	assert_non_null(strstr(fixture->askers[1].sample.error, "no answer: timeout"));

	struct prom_settings bad = { .url = "nonsense", .timeout_ms = 300 };

	assert_int_equal(prom_client_configure(fixture->prom, &bad), 0);
	assert_int_equal(prom_client_query(fixture->prom, "a", on_sample, &fixture->askers[2]),
	    MIG_EDOC);
	assert_int_equal(fixture->askers[2].answers, 0);
}

static void
test_cancel(void **state)
{
	struct fixture *fixture = *state;

	configure(fixture, "/hang", NULL);
	ask(fixture, 0, "a");
	configure(fixture, "/fixed", NULL);
	/* Not to be shared with the one to the older server. */
	ask(fixture, 1, "a");
	ask(fixture, 2, "a");
	ask(fixture, 2, "b");
	ask(fixture, 3, "b");
	prom_client_cancel(fixture->prom, &fixture->askers[0]);
	prom_client_cancel(fixture->prom, &fixture->askers[2]);
	prom_client_cancel(fixture->prom, &fixture->askers[7]);
	run_until(fixture, 2);
	assert_int_equal(fixture->askers[0].answers, 0);
	assert_int_equal(fixture->askers[1].answers, 1);
	assert_int_equal(fixture->askers[2].answers, 0);
	assert_int_equal(fixture->askers[3].answers, 1);
}

static void
cancel_and_ask_again(struct fixture *fixture)
{
	fixture->after = NULL;
	prom_client_cancel(fixture->prom, &fixture->askers[0]);
	prom_client_cancel(fixture->prom, &fixture->askers[1]);
	prom_client_cancel(fixture->prom, &fixture->askers[2]);
	assert_int_equal(prom_client_query(fixture->prom, "a", on_sample, &fixture->askers[3]), 0);
}

/* The first of three that share an answer cancels the others and asks the same again. */
static void
test_cancel_in_callback(void **state)
{
	struct fixture *fixture = *state;

	fixture->after = cancel_and_ask_again;
	ask(fixture, 0, "a");
	ask(fixture, 1, "a");
	ask(fixture, 2, "a");
	run_until(fixture, 2);
	assert_int_equal(fixture->askers[0].answers, 1);
	assert_int_equal(fixture->askers[1].answers, 0);
	assert_int_equal(fixture->askers[2].answers, 0);
	assert_int_equal(fixture->askers[3].answers, 1);
	assert_int_equal(http_peer_requests(fixture->peer), 2);
}

static int
ask_range(struct fixture *fixture, size_t index, int64_t to_ms, int64_t step_ms)
{
	struct prom_span span = { { 1000 }, { to_ms }, step_ms };

	return prom_client_range(fixture->prom, "up", &span, on_points, &fixture->askers[index]);
}

static void
test_range(void **state)
{
	struct fixture *fixture = *state;

	http_peer_reply(fixture->peer, JSON_REPLY("{\"status\":\"success\",\"data\":{"
	    "\"resultType\":\"matrix\",\"result\":[{\"metric\":{},"
	    "\"values\":[[1,\"4\"],[2,\"5\"],[3,\"6\"]]}]}}"));
	assert_int_equal(ask_range(fixture, 0, 3000, 1000), 0);
	run_until(fixture, 1);
	assert_int_equal(fixture->askers[0].error, 0);
	assert_int_equal(fixture->askers[0].count, 3);
	assert_double_same(fixture->askers[0].last, 6);
	assert_non_null(strstr(http_peer_last(fixture->peer),
	    "\r\n\r\nquery=up&start=1.000&end=3.000&step=1.000"));
	assert_int_equal(strncmp(http_peer_last(fixture->peer),
	    "POST /fixed/api/v1/query_range ", 31), 0);

	/* More points than were asked for. */
	assert_int_equal(ask_range(fixture, 1, 2000, 1000), 0);
	run_until(fixture, 2);
	assert_int_equal(fixture->askers[1].error, MIG_EDOC);
	assert_int_equal(fixture->askers[1].count, 0);

	http_peer_reply(fixture->peer, "HTTP/1.1 400 Bad\r\nConnection: close\r\n\r\n"
	    "{\"status\":\"error\",\"errorType\":\"bad_data\",\"error\":\"no\"}");
	assert_int_equal(ask_range(fixture, 2, 3000, 1000), 0);
	run_until(fixture, 3);
	assert_int_equal(fixture->askers[2].error, MIG_EIO);

	assert_int_equal(ask_range(fixture, 3, 3000, 0), MIG_EDOC);
	assert_int_equal(ask_range(fixture, 3, 500, 1000), MIG_EDOC);
	assert_int_equal(ask_range(fixture, 3, 11001000, 1000), MIG_ELIMIT);
	assert_int_equal(ask_range(fixture, 3, 11000999, 1000), 0);
	prom_client_cancel(fixture->prom, &fixture->askers[3]);
	ask(fixture, 4, "a");
	run_until(fixture, 4);
	assert_int_equal(fixture->askers[3].answers, 0);
}

static void
test_token(void **state)
{
	struct fixture *fixture = *state;
	char path[] = "/tmp/test_prom_client.XXXXXX";
	int file = mkstemp(path);

	assert_true(file >= 0);
	(void)snprintf(fixture->token_file, sizeof(fixture->token_file), "%s", path);
	assert_int_equal(write(file, "first\n", 6), 6);
	configure(fixture, "/fixed", path);
	ask(fixture, 0, "a");
	run_until(fixture, 1);
	assert_non_null(strstr(http_peer_last(fixture->peer),
	    "\r\nAuthorization: Bearer first\r\n"));

	/* Tokens are renewed while the daemon runs. */
	assert_int_equal(pwrite(file, "newer\n", 6, 0), 6);
	assert_int_equal(close(file), 0);
	ask(fixture, 1, "a");
	run_until(fixture, 2);
	assert_non_null(strstr(http_peer_last(fixture->peer),
	    "\r\nAuthorization: Bearer newer\r\n"));

	/* While it is being replaced, what it said before is good. */
	assert_int_equal(unlink(path), 0);
	fixture->token_file[0] = '\0';
	ask(fixture, 2, "a");
	run_until(fixture, 3);
	assert_non_null(strstr(http_peer_last(fixture->peer),
	    "\r\nAuthorization: Bearer newer\r\n"));
}

/* A token that was never there: nothing is asked, and the log hears of it once. */
static void
test_no_token(void **state)
{
	struct fixture *fixture = *state;
	FILE *log = tmpfile();
	int before = dup(STDERR_FILENO);
	char text[1024] = "";

	assert_non_null(log);
	configure(fixture, "/fixed", "/nowhere/token");
	assert_int_equal(dup2(fileno(log), STDERR_FILENO), STDERR_FILENO);
	int first = prom_client_query(fixture->prom, "a", on_sample, &fixture->askers[0]);
	int second = ask_range(fixture, 0, 3000, 1000);
	assert_int_equal(dup2(before, STDERR_FILENO), STDERR_FILENO);
	assert_int_equal(close(before), 0);
	assert_int_equal(first, MIG_EIO);
	assert_int_equal(second, MIG_EIO);
	assert_int_equal(fixture->askers[0].answers, 0);
	rewind(log);
	assert_true(fread(text, 1, sizeof(text) - 1, log) > 0);
	assert_int_equal(fclose(log), 0);
	assert_non_null(strstr(text, "cannot read the bearer token"));
	assert_ptr_equal(strchr(text, '\n') + 1, text + strlen(text));
}

static void
test_free_in_flight(void **state)
{
	struct fixture *fixture = *state;

	configure(fixture, "/hang", NULL);
	ask(fixture, 0, "a");
	ask(fixture, 1, "a");
	ask(fixture, 2, "b");
	assert_int_equal(ask_range(fixture, 3, 3000, 1000), 0);
	assert_int_equal(fixture->ended, 0); /* teardown frees the client */
}

#define WITH(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		WITH(test_query),
		WITH(test_sharing),
		WITH(test_failures),
		WITH(test_cancel),
		WITH(test_cancel_in_callback),
		WITH(test_range),
		WITH(test_token),
		WITH(test_no_token),
		WITH(test_free_in_flight),
	};

	return cmocka_run_group_tests(tests, NULL, NULL) != 0;
}
