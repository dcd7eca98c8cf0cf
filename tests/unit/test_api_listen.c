/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/*
 * The API's listeners: the Unix socket is a must, TCP comes when it can.
 */

#include <sys/socket.h>

#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/limits.h"
#include "daemon/api.h"
#include "daemon/config.h"
#include "daemon/http_client.h"
#include "daemon/log.h"
#include "daemon/loop.h"
#include "daemon/sock.h"
#include "support/test_support.h"

#define GIVE_UP_MS 15000
#define LOOK_MS 50

struct fixture {
	char folder[40];
	char path[64];
	char address[32];
	char url[64];
	struct loop *loop;
	struct http_client *http;
	struct loop_timer *looker;
	struct sock *occupant;
	struct api *api;
	struct config config;
	int64_t late_ms;
	long status;
};

static int
setup(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));
	char error[MIG_ERROR_MAX];

	assert_non_null(fixture);
	(void)snprintf(fixture->folder, sizeof(fixture->folder), "/tmp/test_api_listen.XXXXXX");
	assert_non_null(mkdtemp(fixture->folder));
	(void)snprintf(fixture->path, sizeof(fixture->path), "%s/sock", fixture->folder);
	assert_int_equal(sock_listen_tcp("127.0.0.1:0", true, &fixture->occupant, error,
	    sizeof(error)), 0);
	(void)snprintf(fixture->address, sizeof(fixture->address), "127.0.0.1:%d",
	    sock_port(fixture->occupant));
	(void)snprintf(fixture->url, sizeof(fixture->url), "http://%s/healthz", fixture->address);
	fixture->loop = loop_new();
	fixture->http = http_client_new(fixture->loop);
	fixture->config.socket_path = fixture->path;
	fixture->config.listen = fixture->address;
	*state = fixture;
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *fixture = *state;

	api_free(fixture->api);
	sock_free(fixture->occupant);
	loop_timer_free(fixture->looker);
	http_client_free(fixture->http);
	loop_free(fixture->loop);
	assert_int_equal(rmdir(fixture->folder), 0);
	free(fixture);
	return 0;
}

static void
on_reply(void *context, const struct http_reply *reply)
{
	struct fixture *fixture = context;

	fixture->status = reply->status;
	if (reply->status == 200 || loop_mono(fixture->loop).ms > fixture->late_ms)
		loop_stop(fixture->loop);
	else
		loop_timer_set(fixture->looker, LOOK_MS);
}

static void
on_look(void *context)
{
	struct fixture *fixture = context;
	struct http_request request = { .method = "GET", .url = fixture->url, .timeout_ms = 1000 };

	assert_int_equal(http_client_send(fixture->http, &request, on_reply, fixture, NULL), 0);
}

/* Somebody else has the port: the daemon runs all the same, and takes it when it is free. */
static void
test_port_taken(void **state)
{
	struct fixture *fixture = *state;
	const struct api_parts parts = { .loop = fixture->loop, .config = &fixture->config };
	char error[MIG_ERROR_MAX];

	assert_int_equal(api_new(&parts, &fixture->api, error, sizeof(error)), 0);
	assert_int_equal(access(fixture->path, F_OK), 0);
	sock_free(fixture->occupant);
	fixture->occupant = NULL;
	fixture->looker = loop_timer_new(fixture->loop, on_look, fixture);
	fixture->late_ms = loop_mono(fixture->loop).ms + GIVE_UP_MS;
	loop_timer_set(fixture->looker, 0);
	loop_run(fixture->loop);
	assert_int_equal(fixture->status, 200);
}

/* A name is looked up before the loop runs, never in it. */
static void
test_names(void **state)
{
	struct sock *sock = NULL;
	char error[MIG_ERROR_MAX];

	(void)state;
	assert_int_equal(sock_listen_tcp("some.name.invalid:0", false, &sock, error,
	    sizeof(error)), MIG_ENOTFOUND);
	assert_int_equal(sock_listen_tcp("localhost:0", false, &sock, error, sizeof(error)), 0);
	sock_free(sock);
}

/* Without the Unix socket nobody could steer it. */
static void
test_no_unix_socket(void **state)
{
	struct fixture *fixture = *state;
	const struct api_parts parts = { .loop = fixture->loop, .config = &fixture->config };
	char error[MIG_ERROR_MAX];

	fixture->config.socket_path = "/nonexistent/sock";
	assert_int_equal(api_new(&parts, &fixture->api, error, sizeof(error)), MIG_EIO);
	fixture->api = NULL;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_port_taken, setup, teardown),
		cmocka_unit_test(test_names),
		cmocka_unit_test_setup_teardown(test_no_unix_socket, setup, teardown),
	};

	log_setup(LOG_LEVEL_ERROR, LOG_FORMAT_LOGFMT);
	return cmocka_run_group_tests(tests, NULL, NULL) != 0;
}
