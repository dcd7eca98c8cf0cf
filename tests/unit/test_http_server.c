/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/*
 * The server runs in a child process on a real Unix socket and a real TCP port; the tests talk
 * to it in raw bytes.
 */
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>

#include <arpa/inet.h>
#include <grp.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/num.h"
#include "daemon/api_auth.h"
#include "daemon/http_route.h"
#include "daemon/http_server.h"
#include "daemon/loop.h"
#include "daemon/sock.h"
#include "support/test_support.h"

#define TEST_CONNECTIONS 12
#define TEST_IDLE_MS 800
#define TEST_BODY_MAX 4096
#define TEST_REPLY_MAX (1024 * 1024)
#define TEST_WAIT_MS 10000
#define TEST_NOBODY 65534
#define TEST_GROUP 1 /* any group that exists and that nobody is in */

/* In the child. */
struct lab {
	struct loop *loop;
	struct http_server *server;
	struct api_auth *auth;
	struct sock *unix_sock;
	struct sock *tcp_sock;
	struct loop_timer *timer;
	struct http_exchange *waiting; /* of /later */
	struct http_exchange *stream;
	unsigned closed; /* exchanges whose connection went away */
	unsigned drained;
};

/* In the parent. */
static struct {
	pid_t pid;
	int port;
	char folder[64];
	char path[108];
} peer;

static void
on_plain(void *context, struct http_exchange *exchange)
{
	(void)context;
	http_reply(exchange, 200, "text/plain", "hello\n", 6);
}

static void
on_thing(void *context, struct http_exchange *exchange)
{
	(void)context;
	struct mig_buf body;
	char *query = NULL;
	mig_buf_init(&body, TEST_REPLY_MAX);
	int error = http_exchange_query(exchange, "q", &query);
	mig_buf_printf(&body, "<%s> <%s> %d", http_exchange_param(exchange, 0),
	    query != NULL ? query : "", error);
	http_reply_buf(exchange, 200, "text/plain", &body);
	mig_buf_fini(&body);
	free(query);
}

static void
on_change(void *context, struct http_exchange *exchange)
{
	(void)context;
	struct mig_buf body;
	size_t len = 0;
	const char *text = http_exchange_body(exchange, &len);
	mig_buf_init(&body, TEST_REPLY_MAX);
	mig_buf_printf(&body, "%s %s by %s: %zu %zu", http_exchange_param(exchange, 1),
	    http_exchange_param(exchange, 0), http_exchange_actor(exchange), len, strlen(text));
	http_reply_buf(exchange, 200, "text/plain", &body);
	mig_buf_fini(&body);
}

static void
on_closed(void *context)
{
	struct lab *lab = context;
	lab->closed++;
	lab->waiting = NULL;
	lab->stream = NULL;
}

static void
on_drained(void *context)
{
	struct lab *lab = context;
	lab->drained++;
}

static void
on_timer(void *context)
{
	struct lab *lab = context;
	struct http_exchange *waiting = lab->waiting;
	lab->waiting = NULL;
	if (waiting != NULL)
		http_reply(waiting, 200, "text/plain", "late", 4);
	if (lab->stream != NULL && http_stream_backlog(lab->stream) < TEST_REPLY_MAX) {
		http_stream_send(lab->stream, "tick\n", 5);
		loop_timer_set(lab->timer, 20);
	}
}

static void
on_later(void *context, struct http_exchange *exchange)
{
	struct lab *lab = context;
	lab->waiting = exchange;
	http_exchange_on_close(exchange, on_closed, lab);
	loop_timer_set(lab->timer, 50);
}

static void
on_stream(void *context, struct http_exchange *exchange)
{
	struct lab *lab = context;
	lab->stream = exchange;
	http_exchange_on_close(exchange, on_closed, lab);
	http_stream_start(exchange, "text/event-stream", on_drained);
	loop_timer_set(lab->timer, 0);
}

/* More than the sockets' buffers hold, in one go. */
static void
on_flood(void *context, struct http_exchange *exchange)
{
	static char block[TEST_REPLY_MAX];
	struct lab *lab = context;
	lab->stream = NULL;
	memset(block, 'x', sizeof(block));
	http_exchange_on_close(exchange, on_closed, lab);
	http_stream_start(exchange, "text/plain", NULL);
	for (int i = 0; i < 4; i++)
		http_stream_send(exchange, block, sizeof(block));
}

static void
on_counts(void *context, struct http_exchange *exchange)
{
	const struct lab *lab = context;
	char text[64];
	int len = snprintf(text, sizeof(text), "closed %u drained %s", lab->closed,
	    lab->drained > 0 ? "yes" : "no");
	http_reply(exchange, 200, "text/plain", text, (size_t)len);
}

static int
guard(void *context, struct http_exchange *exchange, enum http_permission permission,
    char *ret_detail, size_t size)
{
	const struct lab *lab = context;
	return api_auth_check(lab->auth, exchange, permission, ret_detail, size);
}

static const struct http_route routes[] = {
	{ "GET", "/", HTTP_OPEN, on_plain },
	{ "GET", "/plain", HTTP_OPEN, on_plain },
	{ "GET", "/read", HTTP_READ, on_plain },
	{ "GET", "/counts", HTTP_OPEN, on_counts },
	{ "GET", "/later", HTTP_OPEN, on_later },
	{ "GET", "/stream", HTTP_OPEN, on_stream },
	{ "GET", "/flood", HTTP_OPEN, on_flood },
	{ "GET", "/things/{id}", HTTP_READ, on_thing },
	{ "DELETE", "/things/{id}", HTTP_CHANGE, on_change },
	{ "POST", "/things/{id}/{verb}", HTTP_CHANGE, on_change },
};

static void
on_term(void *context)
{
	struct lab *lab = context;
	loop_stop(lab->loop);
}

/* The child's whole life; the port goes up the pipe when all listens. */
static int
serve(int up)
{
	struct lab lab = { 0 };
	char error[256] = "";
	char group[32];
	(void)signal(SIGPIPE, SIG_IGN);
	lab.loop = loop_new();
	struct http_server_parts parts = { .loop = lab.loop,
		.routes = routes,
		.route_count = TEST_COUNT(routes),
		.guard = guard,
		.context = &lab,
		.connections_max = TEST_CONNECTIONS,
		.idle_timeout_ms = TEST_IDLE_MS };
	const struct group *own = getgrgid(TEST_GROUP);
	(void)snprintf(group, sizeof(group), "%s", own != NULL ? own->gr_name : "");
	lab.timer = loop_timer_new(lab.loop, on_timer, &lab);
	struct loop_signal *term = loop_signal_new(lab.loop, SIGTERM, on_term, &lab);
	lab.server = http_server_new(&parts);
	char token[128];
	(void)snprintf(token, sizeof(token), "%s/token", peer.folder);
	if (api_auth_new(group, token, &lab.auth, error, sizeof(error)) != 0
	    || sock_listen_unix(peer.path, NULL, &lab.unix_sock, error, sizeof(error)) != 0
	    || sock_listen_tcp("127.0.0.1:0", true, &lab.tcp_sock, error, sizeof(error)) != 0
	    || http_server_listen(lab.server, lab.unix_sock, false, TEST_BODY_MAX) != 0
	    || http_server_listen(lab.server, lab.tcp_sock, true, TEST_BODY_MAX) != 0) {
		(void)fprintf(stderr, "%s\n", error);
		return 1;
	}
	/* Anyone may connect here: what he may do is the guard's business. */
	(void)chmod(peer.folder, 0755);
	(void)chmod(peer.path, 0666);
	int port = sock_port(lab.tcp_sock);
	if (write(up, &port, sizeof(port)) != sizeof(port))
		return 1;
	(void)close(up);
	loop_run(lab.loop);
	http_server_free(lab.server);
	sock_free(lab.unix_sock);
	sock_free(lab.tcp_sock);
	api_auth_free(lab.auth);
	loop_signal_free(term);
	loop_timer_free(lab.timer);
	loop_free(lab.loop);
	return access(peer.path, F_OK) == 0; /* it must have removed what it made */
}

static int
setup(void **state)
{
	(void)state;
	int pipes[2];
	char token[128];
	(void)snprintf(peer.folder, sizeof(peer.folder), "/tmp/migarch-http-XXXXXX");
	if (mkdtemp(peer.folder) == NULL || pipe(pipes) != 0)
		return -1;
	(void)snprintf(peer.path, sizeof(peer.path), "%s/sock", peer.folder);
	(void)snprintf(token, sizeof(token), "%s/token", peer.folder);
	FILE *file = fopen(token, "w");
	if (file == NULL || fputs("s3cret\n", file) < 0 || fclose(file) != 0)
		return -1;
	peer.pid = fork();
	if (peer.pid < 0)
		return -1;
	if (peer.pid == 0) {
		(void)close(pipes[0]);
		exit(serve(pipes[1]));
	}
	(void)close(pipes[1]);
	bool up = read(pipes[0], &peer.port, sizeof(peer.port)) == sizeof(peer.port);
	(void)close(pipes[0]);
	return up ? 0 : -1;
}

static int
teardown(void **state)
{
	(void)state;
	char token[128];
	int status = -1;
	(void)kill(peer.pid, SIGTERM);
	(void)waitpid(peer.pid, &status, 0);
	(void)snprintf(token, sizeof(token), "%s/token", peer.folder);
	(void)unlink(token);
	(void)rmdir(peer.folder);
	return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : -1;
}

static int
dial_tcp(void)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
		.sin_port = htons((uint16_t)peer.port),
		.sin_addr = { htonl(INADDR_LOOPBACK) } };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (connect(fd, (const struct sockaddr *)&address, sizeof(address)) != 0) {
		(void)close(fd);
		return -1;
	}
	return fd;
}

static int
dial_unix(void)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	(void)snprintf(address.sun_path, sizeof(address.sun_path), "%s", peer.path);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (connect(fd, (const struct sockaddr *)&address, sizeof(address)) != 0) {
		(void)close(fd);
		return -1;
	}
	return fd;
}

static bool
say(int fd, const char *data, size_t len)
{
	while (len > 0) {
		ssize_t sent = send(fd, data, len, MSG_NOSIGNAL);
		if (sent <= 0)
			return false;
		data += sent;
		len -= (size_t)sent;
	}
	return true;
}

/* Read until the text is there (NULL: until the end); false when time is up or it ended before. */
static bool
hear(int fd, struct mig_buf *in, const char *until)
{
	char block[4096];
	for (;;) {
		if (until != NULL && strstr(in->data, until) != NULL)
			return true;
		struct pollfd wait = { fd, POLLIN, 0 };
		if (poll(&wait, 1, TEST_WAIT_MS) != 1)
			return false;
		ssize_t got = read(fd, block, sizeof(block));
		if (got <= 0)
			return until == NULL;
		mig_buf_add(in, block, (size_t)got);
	}
}

/* One request, the whole reply (the connection is closed by the request's own wish). */
static char *
ask(int fd, const char *request)
{
	struct mig_buf in;
	mig_buf_init(&in, TEST_REPLY_MAX);
	assert_true(fd >= 0);
	assert_true(say(fd, request, strlen(request)));
	assert_true(hear(fd, &in, NULL));
	(void)close(fd);
	char *reply = mig_buf_steal(&in);
	assert_non_null(reply);
	return reply;
}

static void
expect(const char *reply, const char *start, const char *part)
{
	if (strncmp(reply, start, strlen(start)) != 0 || strstr(reply, part) == NULL) {
		print_error("wanted \"%s\" … \"%s\", got:\n%s\n", start, part, reply);
		fail();
	}
}

static void
check(int fd, const char *request, const char *start, const char *part)
{
	char *reply = ask(fd, request);
	expect(reply, start, part);
	free(reply);
}

#define END " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
#define PROBLEM "Content-Type: application/problem+json"

static void
test_routing(void **state)
{
	(void)state;
	static const struct {
		const char *request;
		const char *start;
		const char *part;
	} rows[] = {
		{ "GET /plain" END, "HTTP/1.1 200 OK", "\r\n\r\nhello\n" },
		{ "GET /plain" END, "HTTP/1.1 200 OK", "Content-Type: text/plain\r\n" },
		{ "GET /plain?x" END, "HTTP/1.1 200 OK", "hello" },
		{ "GET /plain?a=%zz" END, "HTTP/1.1 200 OK", "hello" },
		{ "GET /" END, "HTTP/1.1 200 OK", "hello" },
		{ "GET /plain/" END, "HTTP/1.1 404 ", PROBLEM },
		{ "GET //plain" END, "HTTP/1.1 404 ", PROBLEM },
		{ "GET /Plain" END, "HTTP/1.1 404 ", PROBLEM },
		{ "GET /plainer" END, "HTTP/1.1 404 ", PROBLEM },
		{ "GET /plai" END, "HTTP/1.1 404 ", PROBLEM },
		{ "GET /plain%00abc" END, "HTTP/1.1 400 ", PROBLEM },
		{ "GET /things/a%00b" END, "HTTP/1.1 400 ", PROBLEM },
		{ "GET /things/a%0ab" END, "HTTP/1.1 400 ", PROBLEM },
		{ "GET /things/%zz" END, "HTTP/1.1 400 ", PROBLEM },
		{ "GET /things/%c3%28" END, "HTTP/1.1 400 ", PROBLEM },
		{ "GET /things/a%2Fb" END, "HTTP/1.1 200 ", "<a/b> <>" },
		{ "GET /things/a%2fpost" END, "HTTP/1.1 200 ", "<a/post> <>" },
		{ "GET /things/%C3%A9?q=%c3%a9" END, "HTTP/1.1 200 ", "<é> <é>" },
		{ "GET /things/..?q=1%2b2+3" END, "HTTP/1.1 200 ", "<..> <1+2+3>" },
		{ "GET /things/x?p=1&q=2&q=3" END, "HTTP/1.1 200 ", "<x> <2>" },
		{ "GET /things/x?qq=1" END, "HTTP/1.1 200 ", "<x> <> -4" },
		{ "GET /things/x?q=%00" END, "HTTP/1.1 200 ", "<x> <> -2" },
		{ "GET /things/" END, "HTTP/1.1 404 ", PROBLEM },
		{ "GET /things" END, "HTTP/1.1 404 ", PROBLEM },
		{ "GET /things/a/b/c/d/e/f/g/h/i/j" END, "HTTP/1.1 404 ", PROBLEM },
		{ "GET /things/x/start" END, "HTTP/1.1 405 ", "Allow: POST\r\n" },
		{ "PUT /things/x" END, "HTTP/1.1 405 ", "Allow: GET, HEAD, DELETE\r\n" },
		{ "PUT /things/x" END, "HTTP/1.1 405 ", PROBLEM },
		{ "PATCH /things/x" END, "HTTP/1.1 405 ", PROBLEM },
		{ "OPTIONS /plain" END, "HTTP/1.1 405 ", PROBLEM },
		{ "TRACE /plain" END, "HTTP/1.1 405 ", PROBLEM },
		{ "BREW /plain" END, "HTTP/1.1 501 ", PROBLEM },
		{ "BREW /plain" END, "HTTP/1.1 501 ", "\"status\":501" },
		{ "rubbish and more rubbish\r\n\r\n", "HTTP/1.1 400 ", PROBLEM },
		{ "GET /later" END, "HTTP/1.1 200 ", "late" },
	};
	for (size_t i = 0; i < TEST_COUNT(rows); i++) {
		check(dial_unix(), rows[i].request, rows[i].start, rows[i].part);
		check(dial_tcp(), rows[i].request, rows[i].start, rows[i].part);
	}
}

static void
test_head(void **state)
{
	(void)state;
	char *reply = ask(dial_unix(), "HEAD /plain" END);
	expect(reply, "HTTP/1.1 200 ", "Content-Length: 6\r\n");
	assert_null(strstr(reply, "hello"));
	free(reply);
	reply = ask(dial_unix(), "HEAD /nothing" END);
	expect(reply, "HTTP/1.1 404 ", PROBLEM);
	assert_null(strchr(strstr(reply, "\r\n\r\n"), '{'));
	free(reply);
}

static void
test_keep_alive(void **state)
{
	(void)state;
	static const char two[] = "GET /things/one HTTP/1.1\r\nHost: localhost\r\n\r\n"
				  "GET /nothing HTTP/1.1\r\nHost: localhost\r\n\r\n"
				  "GET /things/two" END;
	char *reply = ask(dial_tcp(), two);
	expect(reply, "HTTP/1.1 200 ", "<one>");
	expect(reply, "HTTP/1.1 200 ", "HTTP/1.1 404 ");
	expect(reply, "HTTP/1.1 200 ", "<two>");
	free(reply);
	/* A reply of libevent's own after one of ours on the same connection. */
	reply = ask(dial_tcp(), "GET /plain HTTP/1.1\r\nHost: localhost\r\n\r\nBREW /x" END);
	expect(reply, "HTTP/1.1 200 ", "hello");
	expect(reply, "HTTP/1.1 200 ", "HTTP/1.1 501 ");
	assert_null(strstr(reply, "<HTML>"));
	free(reply);
}

static void
test_bodies(void **state)
{
	(void)state;
	static const char with_nul[] =
	    "POST /things/x/start HTTP/1.1\r\nContent-Length: 5\r\nConnection: close\r\n\r\nab\0cd";
	struct mig_buf in;
	mig_buf_init(&in, TEST_REPLY_MAX);
	int fd = dial_unix();
	assert_true(say(fd, with_nul, sizeof(with_nul) - 1));
	assert_true(hear(fd, &in, NULL));
	expect(in.data, "HTTP/1.1 200 ", ": 5 2");
	(void)close(fd);
	mig_buf_fini(&in);
	check(dial_unix(),
	    "POST /things/x/start HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n"
	    "Connection: close\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n",
	    "HTTP/1.1 200 ", "start x by uid:0(root): 5 5");
	check(dial_unix(),
	    "POST /things/x/start HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n"
	    "Content-Length: 1\r\nConnection: close\r\n\r\na",
	    "HTTP/1.1 400 ", "given twice");
}

static void
test_limits(void **state)
{
	(void)state;
	struct mig_buf request;
	mig_buf_init(&request, TEST_REPLY_MAX);
	mig_buf_printf(&request,
	    "POST /things/x/start HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n"
	    "Connection: close\r\n\r\n",
	    TEST_BODY_MAX * 50);
	for (int i = 0; i < TEST_BODY_MAX * 50; i++)
		mig_buf_putc(&request, 'x');
	check(dial_tcp(), request.data, "HTTP/1.1 413 ", PROBLEM);
	check(dial_unix(), request.data, "HTTP/1.1 413 ", "longer than 4096 bytes");

	mig_buf_reset(&request);
	mig_buf_printf(&request,
	    "POST /things/x/start HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n"
	    "Connection: close\r\n\r\n",
	    TEST_BODY_MAX);
	for (int i = 0; i < TEST_BODY_MAX; i++)
		mig_buf_putc(&request, 'x');
	check(dial_unix(), request.data, "HTTP/1.1 200 ", ": 4096 4096");

	mig_buf_reset(&request);
	mig_buf_puts(&request, "GET /plain HTTP/1.1\r\nHost: localhost\r\nX: ");
	for (int i = 0; i < HTTP_HEADER_BYTES_MAX; i++)
		mig_buf_putc(&request, 'x');
	mig_buf_puts(&request, "\r\n\r\n");
	check(dial_tcp(), request.data, "HTTP/1.1 400 ", PROBLEM);
	mig_buf_fini(&request);
}

static void
test_hosts(void **state)
{
	(void)state;
	static const struct {
		const char *host;
		const char *start;
	} rows[] = {
		{ "Host: localhost\r\n", "HTTP/1.1 200 " },
		{ "Host: LOCALHOST:9470\r\n", "HTTP/1.1 200 " },
		{ "Host: 127.0.0.1:1\r\n", "HTTP/1.1 200 " },
		{ "Host: 127.9.9.9\r\n", "HTTP/1.1 200 " },
		{ "Host: [::1]:9470\r\n", "HTTP/1.1 200 " },
		{ "", "HTTP/1.1 200 " },
		{ "Host: evil.example\r\n", "HTTP/1.1 403 " },
		{ "Host: localhost.evil.example\r\n", "HTTP/1.1 403 " },
		{ "Host: 127.0.0.1.evil.example\r\n", "HTTP/1.1 403 " },
		{ "Host: 192.0.2.1\r\n", "HTTP/1.1 403 " },
		{ "Host: [2001:db8::1]\r\n", "HTTP/1.1 403 " },
		{ "Host: [::1\r\n", "HTTP/1.1 403 " },
		{ "Host: \r\n", "HTTP/1.1 403 " },
		{ "Host: localhost\r\nHost: evil.example\r\n", "HTTP/1.1 400 " },
	};
	char request[256];
	for (size_t i = 0; i < TEST_COUNT(rows); i++) {
		(void)snprintf(request, sizeof(request),
		    "GET /read HTTP/1.1\r\n%sConnection: close\r\n\r\n", rows[i].host);
		check(dial_tcp(), request, rows[i].start, "\r\n\r\n");
	}
	check(dial_unix(), "GET /read HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n",
	    "HTTP/1.1 200 ", "hello");
	check(dial_tcp(), "GET /plain HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n",
	    "HTTP/1.1 200 ", "hello");
	assert_true(http_host_ours("192.0.2.1:9470", "0.0.0.0"));
	assert_true(http_host_ours("[2001:db8::1]:9470", "::"));
	assert_false(http_host_ours("evil.example", "0.0.0.0"));
	assert_true(http_host_ours("build.example:1", "build.example"));
}

/* Ask as another user; the exit status of a child tells whether the reply was as wanted. */
static bool
as_user(uid_t uid, gid_t gid, gid_t extra, const char *start, const char *part)
{
	pid_t pid = fork();
	if (pid == 0) {
		struct mig_buf in;
		static const char request[] = "POST /things/x/start" END;
		if (setgroups(1, &extra) != 0 || setgid(gid) != 0 || setuid(uid) != 0)
			_exit(2);
		int fd = dial_unix();
		mig_buf_init(&in, TEST_REPLY_MAX);
		bool good = fd >= 0 && say(fd, request, strlen(request)) && hear(fd, &in, NULL)
		    && strncmp(in.data, start, strlen(start)) == 0
		    && strstr(in.data, part) != NULL;
		if (!good)
			(void)fprintf(stderr, "got: %s\n", in.data);
		_exit(good ? 0 : 1);
	}
	int status = -1;
	(void)waitpid(pid, &status, 0);
	return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static void
test_permissions(void **state)
{
	(void)state;
	check(dial_tcp(), "POST /things/x/start" END, "HTTP/1.1 401 ", "WWW-Authenticate: Bearer");
	check(dial_tcp(), "POST /things/x/start" END, "HTTP/1.1 401 ", PROBLEM);
	check(dial_tcp(),
	    "POST /things/x/start HTTP/1.1\r\nAuthorization: Bearer wrong\r\n"
	    "Connection: close\r\n\r\n",
	    "HTTP/1.1 401 ", "not the bearer token");
	check(dial_tcp(),
	    "POST /things/x/start HTTP/1.1\r\nAuthorization: bearer s3cret\r\n"
	    "Connection: close\r\n\r\n",
	    "HTTP/1.1 200 ", "start x by token");
	if (geteuid() != 0) {
		/* Changing who we are is for root; the daemon's own user may change things. */
		check(dial_unix(), "POST /things/x/start" END, "HTTP/1.1 200 ", "start x by uid:");
		return;
	}
	check(dial_unix(), "POST /things/x/start" END, "HTTP/1.1 200 ", "by uid:0(root)");
	assert_true(as_user(TEST_NOBODY, TEST_NOBODY, TEST_NOBODY, "HTTP/1.1 403 ",
	    "may only look"));
	assert_true(as_user(TEST_NOBODY, TEST_NOBODY, TEST_NOBODY, "HTTP/1.1 403 ", PROBLEM));
	/* Members of the group may, be it their first group or another. */
	assert_true(as_user(TEST_NOBODY, TEST_GROUP, TEST_NOBODY, "HTTP/1.1 200 ", "by uid:65534"));
	assert_true(as_user(TEST_NOBODY, TEST_NOBODY, TEST_GROUP, "HTTP/1.1 200 ", "by uid:65534"));
}

static unsigned
closed_count(void)
{
	char *reply = ask(dial_unix(), "GET /counts" END);
	int64_t count = -1;
	char *number = strstr(reply, "closed ");
	assert_non_null(number);
	number += strlen("closed ");
	number[strcspn(number, " ")] = '\0';
	assert_int_equal(mig_num_int(number, 0, 1000, &count), 0);
	free(reply);
	return (unsigned)count;
}

static void
wait_closed(unsigned wanted)
{
	for (int i = 0; i < 200 && closed_count() < wanted; i++)
		(void)poll(NULL, 0, 20);
	assert_int_equal(closed_count(), wanted);
}

static void
test_stream(void **state)
{
	(void)state;
	struct mig_buf in;
	unsigned before = closed_count();
	mig_buf_init(&in, TEST_REPLY_MAX);
	int fd = dial_unix();
	assert_true(say(fd, "GET /stream" END, strlen("GET /stream" END)));
	assert_true(hear(fd, &in, "tick\n\r\n5\r\ntick\n\r\n5\r\ntick"));
	expect(in.data, "HTTP/1.1 200 ", "Content-Type: text/event-stream\r\n");
	(void)close(fd);
	wait_closed(before + 1);
	check(dial_unix(), "GET /counts" END, "HTTP/1.1 200 ", "drained yes");
	mig_buf_fini(&in);
}

static void
test_leaving(void **state)
{
	(void)state;
	/* A client that leaves before a late reply does no harm. */
	int fd = dial_unix();
	assert_true(say(fd, "GET /later" END, strlen("GET /later" END)));
	(void)close(fd);
	check(dial_unix(), "GET /plain" END, "HTTP/1.1 200 ", "hello");
	/* One that does not read is cut off when its time is up. */
	unsigned before = closed_count();
	fd = dial_unix();
	assert_true(say(fd, "GET /flood" END, strlen("GET /flood" END)));
	wait_closed(before + 1);
	(void)close(fd);
	/* So is one that says nothing, or half a request. */
	struct mig_buf in;
	mig_buf_init(&in, TEST_REPLY_MAX);
	fd = dial_tcp();
	assert_true(say(fd, "GET /pl", 7));
	assert_true(hear(fd, &in, NULL));
	assert_int_equal(in.len, 0);
	(void)close(fd);
	mig_buf_fini(&in);
}

static void
test_too_many(void **state)
{
	(void)state;
	int idle[TEST_CONNECTIONS + 4];
	for (size_t i = 0; i < TEST_COUNT(idle); i++)
		idle[i] = dial_tcp();
	/* The Unix socket has its own limit: an operator still gets in. */
	check(dial_unix(), "GET /plain" END, "HTTP/1.1 200 ", "hello");
	/* The idle ones are closed in time, and then the next get their turn. */
	check(dial_tcp(), "GET /plain" END, "HTTP/1.1 200 ", "hello");
	for (size_t i = 0; i < TEST_COUNT(idle); i++)
		(void)close(idle[i]);
	check(dial_tcp(), "GET /plain" END, "HTTP/1.1 200 ", "hello");
}

/* CPU time that the server has used. */
static int64_t
busy_us(void)
{
	clockid_t clock = 0;
	struct timespec used = { 0, 0 };
	assert_int_equal(clock_getcpuclockid(peer.pid, &clock), 0);
	assert_int_equal(clock_gettime(clock, &used), 0);
	return (int64_t)used.tv_sec * 1000000 + used.tv_nsec / 1000;
}

/* Running out of descriptors must neither spin nor stop the server for good. */
static void
test_no_descriptors(void **state)
{
	(void)state;
	struct rlimit before;
	struct rlimit small;
	assert_int_equal(prlimit(peer.pid, RLIMIT_NOFILE, NULL, &before), 0);
	int first = dial_tcp();
	check(dial_tcp(), "GET /plain" END, "HTTP/1.1 200 ", "hello");
	small = before;
	small.rlim_cur = 8;
	assert_int_equal(prlimit(peer.pid, RLIMIT_NOFILE, &small, NULL), 0);
	int second = dial_tcp();
	assert_true(say(second, "GET /plain" END, strlen("GET /plain" END)));
	int64_t before_us = busy_us();
	(void)poll(NULL, 0, 300);
	assert_true(busy_us() - before_us < 150000);
	assert_int_equal(prlimit(peer.pid, RLIMIT_NOFILE, &before, NULL), 0);
	struct mig_buf in;
	mig_buf_init(&in, TEST_REPLY_MAX);
	assert_true(hear(second, &in, "hello"));
	mig_buf_fini(&in);
	(void)close(first);
	(void)close(second);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_routing),
		cmocka_unit_test(test_head),
		cmocka_unit_test(test_keep_alive),
		cmocka_unit_test(test_bodies),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_hosts),
		cmocka_unit_test(test_permissions),
		cmocka_unit_test(test_stream),
		cmocka_unit_test(test_leaving),
		cmocka_unit_test(test_too_many),
		cmocka_unit_test(test_no_descriptors),
	};
	return cmocka_run_group_tests(tests, setup, teardown) != 0;
}
