/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <sys/ioctl.h>
#include <sys/socket.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/listener.h>

#include "base/limits.h"
#include "base/num.h"
#include "daemon/loop.h"
#include "support/http_peer.h"
#include "support/test_support.h"

#define HELLO "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"
#define SLOW_MS 20

struct peer_link {
	struct http_peer *peer;
	struct peer_link *next;
	struct bufferevent *stream;
	struct event *tick; /* of /slow and /endless */
	bool endless;
	bool close_when_sent;
};

struct http_peer {
	struct event_base *base;
	struct evconnlistener *listener;
	struct peer_link *links;
	const char *reply;
	unsigned port;
	size_t connections;
	size_t requests;
	char url[256];
	char last[16384];
};

static void
link_free(struct peer_link *link)
{
	struct peer_link **at = &link->peer->links;

	while (*at != link)
		at = &(*at)->next;
	*at = link->next;
	if (link->tick != NULL)
		event_free(link->tick);
	bufferevent_free(link->stream);
	free(link);
}

static void
put(struct peer_link *link, const char *text)
{
	assert_int_equal(bufferevent_write(link->stream, text, strlen(text)), 0);
}

static void
on_tick(evutil_socket_t socket, short events, void *arg)
{
	struct peer_link *link = arg;

	(void)socket;
	(void)events;
	if (link->endless)
		for (int i = 0; i < 100; i++)
			put(link, "X-More: xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\r\n");
	else
		put(link, "x");
}

static void
start_ticking(struct peer_link *link, bool endless)
{
	struct timeval often = { .tv_usec = SLOW_MS * 1000 };

	put(link, "HTTP/1.1 200 OK\r\nX-Slow: ");
	if (endless)
		put(link, "no\r\n");
	link->endless = endless;
	link->tick = event_new(link->peer->base, -1, EV_PERSIST, on_tick, link);
	assert_non_null(link->tick);
	assert_int_equal(event_add(link->tick, &often), 0);
}

static void
put_huge(struct peer_link *link)
{
	size_t len = MIG_REPLY_BYTES_MAX + 1;
	char *body = malloc(len);

	assert_non_null(body);
	memset(body, 'x', len);
	put(link, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n400001\r\n");
	assert_int_equal(bufferevent_write(link->stream, body, len), 0);
	put(link, "\r\n0\r\n\r\n");
	free(body);
}

static bool
asks(const struct http_peer *peer, const char *path)
{
	const char *target = strchr(peer->last, ' ');
	const char *end = target != NULL ? strchr(target + 1, ' ') : NULL;

	return end != NULL && memmem(target, (size_t)(end - target), path, strlen(path)) != NULL;
}

static void
answer(struct peer_link *link)
{
	struct http_peer *peer = link->peer;

	peer->requests++;
	if (asks(peer, "/fixed")) {
		put(link, peer->reply);
		link->close_when_sent = strstr(peer->reply, "Connection: close") != NULL;
	} else if (asks(peer, "/huge")) {
		put_huge(link);
	} else if (asks(peer, "/slow") || asks(peer, "/endless")) {
		start_ticking(link, asks(peer, "/endless"));
	} else if (asks(peer, "/cut")) {
		put(link, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf");
		link->close_when_sent = true;
	} else if (asks(peer, "/drop")) {
		put(link, HELLO);
		link->close_when_sent = true;
	} else if (asks(peer, "/garbage")) {
		put(link, "SSH-2.0-OpenSSH_9.2\r\n\r\n");
		link->close_when_sent = true;
	} else if (!asks(peer, "/hang")) {
		put(link, HELLO);
	}
}

/* Length of the whole request at text, 0 when some of it is missing. */
static size_t
request_length(const char *text, size_t len)
{
	static const char name[] = "\r\nContent-Length: ";
	const char *end = memmem(text, len, "\r\n\r\n", 4);
	char digits[32] = "";
	int64_t body = 0;

	if (end == NULL)
		return 0;

	size_t head = (size_t)(end - text) + 4;
	const char *header = memmem(text, head, name, strlen(name));

	if (header != NULL) {
		header += strlen(name);
		memcpy(digits, header, strspn(header, "0123456789") % sizeof(digits));
		assert_int_equal(mig_num_int(digits, 0, INT32_MAX, &body), 0);
	}
	return len >= head + (size_t)body ? head + (size_t)body : 0;
}

static void
on_read(struct bufferevent *stream, void *arg)
{
	struct peer_link *link = arg;
	struct evbuffer *in = bufferevent_get_input(stream);
	size_t len = evbuffer_get_length(in);
	const char *text = (const char *)evbuffer_pullup(in, -1);

	if (text == NULL)
		return;

	size_t whole = request_length(text, len);
	size_t kept = whole < sizeof(link->peer->last) ? whole : sizeof(link->peer->last) - 1;

	if (whole == 0)
		return;
	memcpy(link->peer->last, text, kept);
	link->peer->last[kept] = '\0';
	assert_int_equal(evbuffer_drain(in, whole), 0);
	answer(link);
}

static void
on_written(struct bufferevent *stream, void *arg)
{
	struct peer_link *link = arg;

	(void)stream;
	if (link->close_when_sent)
		link_free(link);
}

static void
on_event(struct bufferevent *stream, short what, void *arg)
{
	(void)stream;
	if ((what & (BEV_EVENT_EOF | BEV_EVENT_ERROR)) != 0)
		link_free(arg);
}

static void
on_accept(struct evconnlistener *listener, evutil_socket_t socket, struct sockaddr *address,
    int len, void *arg)
{
	struct http_peer *peer = arg;
	struct peer_link *link = calloc(1, sizeof(*link));

	(void)listener;
	(void)address;
	(void)len;
	assert_non_null(link);
	link->peer = peer;
	link->stream = bufferevent_socket_new(peer->base, socket, BEV_OPT_CLOSE_ON_FREE);
	assert_non_null(link->stream);
	link->next = peer->links;
	peer->links = link;
	peer->connections++;
	bufferevent_setcb(link->stream, on_read, on_written, on_event, link);
	assert_int_equal(bufferevent_enable(link->stream, EV_READ | EV_WRITE), 0);
}

struct http_peer *
http_peer_new(struct loop *loop)
{
	struct http_peer *peer = calloc(1, sizeof(*peer));
	struct sockaddr_in address = { .sin_family = AF_INET };
	socklen_t len = sizeof(address);

	assert_non_null(peer);
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	peer->base = loop_base(loop);
	peer->reply = HELLO;
	peer->listener = evconnlistener_new_bind(peer->base, on_accept, peer,
	    LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC, 512, (struct sockaddr *)&address,
	    sizeof(address));
	assert_non_null(peer->listener);
	assert_int_equal(getsockname(evconnlistener_get_fd(peer->listener),
	    (struct sockaddr *)&address, &len), 0);
	peer->port = ntohs(address.sin_port);
	return peer;
}

void
http_peer_free(struct http_peer *peer)
{
	if (peer == NULL)
		return;
	while (peer->links != NULL)
		link_free(peer->links);
	evconnlistener_free(peer->listener);
	free(peer);
}

const char *
http_peer_url(struct http_peer *peer, const char *path)
{
	(void)snprintf(peer->url, sizeof(peer->url), "http://127.0.0.1:%u%s", peer->port, path);
	return peer->url;
}

void
http_peer_reply(struct http_peer *peer, const char *reply)
{
	peer->reply = reply;
}

size_t
http_peer_connections(const struct http_peer *peer)
{
	return peer->connections;
}

size_t
http_peer_open(const struct http_peer *peer)
{
	size_t count = 0;

	for (const struct peer_link *link = peer->links; link != NULL; link = link->next)
		count++;
	return count;
}

size_t
http_peer_requests(const struct http_peer *peer)
{
	return peer->requests;
}

const char *
http_peer_last(const struct http_peer *peer)
{
	return peer->last;
}

size_t
http_peer_unread(const struct http_peer *peer)
{
	size_t sum = 0;

	for (const struct peer_link *link = peer->links; link != NULL; link = link->next) {
		int count = 0;

		assert_int_equal(ioctl(bufferevent_getfd(link->stream), FIONREAD, &count), 0);
		sum += (size_t)count;
	}
	return sum;
}
