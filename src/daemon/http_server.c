/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/http.h>
#include <event2/listener.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "daemon/http_int.h"
#include "daemon/http_server.h"
#include "daemon/log.h"
#include "daemon/loop.h"
#include "daemon/sock.h"

#define HTTP_PORTS_MAX 4
#define HTTP_DETAIL_MAX 256
#define HTTP_STATUS_LINE 32
#define HTTP_RESUME_MS 500 /* after the system had no descriptor left */

struct http_server {
	struct http_server_parts parts;
	size_t port_count;
	struct http_port *ports[HTTP_PORTS_MAX];
};

/*
 * A listener's error callback is given evhttp's pointer, not one of ours: this list is the only
 * way from there to the port.
 */
static struct http_port *all_ports;

static void
port_pause(struct http_port *port)
{
	port->paused = true;
	(void)evconnlistener_disable(port->listener); /* can fail only where there is no listener */
}

static void
port_resume(void *context)
{
	struct http_port *port = context;
	if (!port->paused || port->count >= port->parts->connections_max)
		return;
	port->paused = false;
	if (evconnlistener_enable(port->listener) != 0) {
		port->paused = true;
		loop_timer_set(port->resume, HTTP_RESUME_MS);
	}
}

/* Out of descriptors: libevent would call this in a tight loop until there is one. */
static void
port_accept_failed(struct evconnlistener *listener, void *context)
{
	(void)context;
	struct http_port *port = all_ports;
	while (port != NULL && port->listener != listener)
		port = port->next;
	if (port == NULL || port->paused)
		return;
	log_event(LOG_LEVEL_WARNING, "http", "can't accept a connection, trying again shortly",
	    "error", evutil_socket_error_to_string(EVUTIL_SOCKET_ERROR()), NULL);
	port_pause(port);
	loop_timer_set(port->resume, HTTP_RESUME_MS);
}

static void
connection_output(struct evbuffer *buffer, const struct evbuffer_cb_info *info, void *context)
{
	struct http_connection *connection = context;
	(void)buffer;
	if (info->n_added > 0 && !connection->ours)
		event_active(connection->later, EV_TIMEOUT, 1);
}

static void
connection_free(struct http_connection *connection)
{
	struct http_port *port = connection->port;
	*connection->self = connection->next;
	if (connection->next != NULL)
		connection->next->self = connection->self;
	port->count--;
	if (port->paused)
		loop_timer_set(port->resume, 0);
	event_free(connection->later);
	free(connection);
}

static void
connection_closed(struct evhttp_connection *evcon, void *context)
{
	struct http_connection *connection = context;
	(void)evcon;
	connection->ours = true; /* ending a stream may still write */
	if (connection->exchange != NULL)
		http_exchange_abandon(connection->exchange);
	(void)evbuffer_remove_cb(bufferevent_get_output(connection->bev), connection_output,
	    connection);
	connection_free(connection);
}

/* First run: learn which evhttp connection took the bufferevent. */
static void
connection_adopt(struct http_connection *connection)
{
	void *context = NULL;
	bufferevent_getcb(connection->bev, NULL, NULL, NULL, &context);
	bool alive = context != NULL;
	if (alive) {
		connection->evcon = context;
		evhttp_connection_set_closecb(connection->evcon, connection_closed, connection);
	} else {
		(void)evbuffer_remove_cb(bufferevent_get_output(connection->bev),
		    connection_output, connection);
	}
	(void)bufferevent_decref(connection->bev);
	if (!alive)
		connection_free(connection);
}

/* The status of a reply in the output that nobody here wrote; 0 when there is none. */
static int
foreign_status(struct evbuffer *output)
{
	char line[HTTP_STATUS_LINE] = "";
	ev_ssize_t got = evbuffer_copyout(output, line, sizeof(line) - 1);
	if (got <= 12 || strncmp(line, "HTTP/1.", 7) != 0 || line[8] != ' ')
		return 0;
	int status = 0;
	for (size_t i = 9; line[i] >= '0' && line[i] <= '9' && i < 12; i++)
		status = status * 10 + (line[i] - '0');
	if (status >= 100 && status < 200)
		return 0; /* 100 Continue is right as it is */
	return status >= 400 && status < 600 ? status : 501;
}

static void
foreign_detail(const struct http_port *port, int status, char *ret_detail, size_t size)
{
	switch (status) {
	case 413:
		(void)snprintf(ret_detail, size, "the body is longer than %zu bytes",
		    port->body_bytes_max);
		return;
	case 501:
		(void)snprintf(ret_detail, size, "the method is not known here");
		return;
	default:
		(void)snprintf(ret_detail, size,
		    "the request is malformed, or its head is longer than %d bytes",
		    HTTP_HEADER_BYTES_MAX);
	}
}

/*
 * libevent answers requests that it can't read by itself, in HTML.  What it put into the output
 * has not left yet: writing waits for the next turn of the loop.
 */
static void
connection_correct(struct http_connection *connection)
{
	struct evbuffer *output = bufferevent_get_output(connection->bev);
	(void)evbuffer_unfreeze(output, 1); /* a bufferevent locks the front of its output */
	int status = foreign_status(output);
	if (status == 0)
		goto out;
	char detail[HTTP_DETAIL_MAX];
	struct mig_buf body;
	foreign_detail(connection->port, status, detail, sizeof(detail));
	http_problem_body(&body, status, detail);

	connection->ours = true;
	(void)evbuffer_drain(output, evbuffer_get_length(output));
	(void)evbuffer_add_printf(output,
	    "HTTP/1.1 %d %s\r\nContent-Type: " HTTP_TYPE_PROBLEM "\r\nContent-Length: %zu\r\n"
	    "Connection: close\r\n\r\n",
	    status, http_status_text(status), body.len);
	(void)evbuffer_add(output, body.data, body.len);
	mig_buf_fini(&body);
out:
	(void)evbuffer_freeze(output, 1);
}

static void
connection_later(evutil_socket_t fd, short what, void *context)
{
	struct http_connection *connection = context;
	(void)fd;
	(void)what;
	if (connection->evcon == NULL)
		connection_adopt(connection);
	else if (!connection->ours)
		connection_correct(connection);
}

/* libevent asks for the bufferevent of a connection it has just accepted. */
static struct bufferevent *
connection_new(struct event_base *base, void *context)
{
	struct http_port *port = context;
	struct bufferevent *bev = bufferevent_socket_new(base, -1, BEV_OPT_CLOSE_ON_FREE);
	struct http_connection *connection = calloc(1, sizeof(*connection));
	struct event *later = event_new(base, -1, 0, connection_later, connection);
	if (bev == NULL || connection == NULL || later == NULL
	    || evbuffer_add_cb(bufferevent_get_output(bev), connection_output, connection)
		== NULL)
		goto fail;
	connection->port = port;
	connection->bev = bev;
	connection->later = later;
	connection->next = port->connections;
	connection->self = &port->connections;
	if (connection->next != NULL)
		connection->next->self = &connection->next;
	port->connections = connection;
	port->count++;
	if (port->count >= port->parts->connections_max)
		port_pause(port);
	/* Held until `later` ran, so that it can see whether evhttp dropped it meanwhile. */
	bufferevent_incref(bev);
	event_active(later, EV_TIMEOUT, 1);
	return bev;
fail:
	/* Without one of ours evhttp makes its own; the request is then answered with 503. */
	if (bev != NULL)
		bufferevent_free(bev);
	if (later != NULL)
		event_free(later);
	free(connection);
	return NULL;
}

/* Every request that libevent could read comes here. */
static void
port_request(struct evhttp_request *request, void *context)
{
	struct http_port *port = context;
	struct bufferevent *bev =
	    evhttp_connection_get_bufferevent(evhttp_request_get_connection(request));
	struct http_connection *connection = port->connections;
	while (connection != NULL && connection->bev != bev)
		connection = connection->next;
	if (connection == NULL) {
		evhttp_send_reply(request, 503, http_status_text(503), NULL);
		return;
	}
	http_exchange_run(connection, request);
}

static void
port_free(struct http_port *port)
{
	struct http_port **link = &all_ports;
	while (*link != NULL && *link != port)
		link = &(*link)->next;
	if (*link != NULL)
		*link = port->next;
	/*
	 * A connection accepted in this very turn is not tied yet; untied, it would not learn that
	 * evhttp_free() takes its connection away.
	 */
	struct http_connection *next = NULL;
	for (struct http_connection *c = port->connections; c != NULL; c = next) {
		next = c->next;
		if (c->evcon == NULL)
			connection_adopt(c);
	}
	if (port->http != NULL)
		evhttp_free(port->http); /* closes all connections, and frees the listener */
	loop_timer_free(port->resume);
	free(port);
}

static int
port_open(struct http_port *port, struct event_base *base, int fd)
{
	port->resume = loop_timer_new(port->parts->loop, port_resume, port);
	port->http = evhttp_new(base);
	if (port->resume == NULL || port->http == NULL)
		return MIG_ENOMEM;
	int64_t idle = port->parts->idle_timeout_ms;
	struct timeval timeout = { idle / 1000, (idle % 1000) * 1000 };
	evhttp_set_timeout_tv(port->http, &timeout);
	evhttp_set_max_headers_size(port->http, HTTP_HEADER_BYTES_MAX);
	evhttp_set_max_body_size(port->http, (ev_ssize_t)port->body_bytes_max);
	evhttp_set_allowed_methods(port->http,
	    EVHTTP_REQ_GET | EVHTTP_REQ_POST | EVHTTP_REQ_HEAD | EVHTTP_REQ_PUT
		| EVHTTP_REQ_DELETE | EVHTTP_REQ_OPTIONS | EVHTTP_REQ_TRACE | EVHTTP_REQ_CONNECT
		| EVHTTP_REQ_PATCH);
	/* Read a body that is too long to its end, or the client never sees the 413. */
	(void)evhttp_set_flags(port->http, EVHTTP_SERVER_LINGERING_CLOSE);
	evhttp_set_bevcb(port->http, connection_new, port);
	evhttp_set_gencb(port->http, port_request, port);

	port->listener = evconnlistener_new(base, NULL, NULL, LEV_OPT_CLOSE_ON_EXEC, 0, fd);
	if (port->listener == NULL)
		return MIG_EIO;
	if (evhttp_bind_listener(port->http, port->listener) == NULL) {
		evconnlistener_free(port->listener);
		return MIG_EIO;
	}
	evconnlistener_set_error_cb(port->listener, port_accept_failed);
	return 0;
}

struct http_server *
http_server_new(const struct http_server_parts *parts)
{
	struct http_server *server = calloc(1, sizeof(*server));
	if (server == NULL)
		return NULL;
	server->parts = *parts;
	if (server->parts.connections_max == 0)
		server->parts.connections_max = HTTP_CONNECTIONS_MAX;
	if (server->parts.idle_timeout_ms == 0)
		server->parts.idle_timeout_ms = HTTP_IDLE_TIMEOUT_MS;
	return server;
}

void
http_server_limit_tcp(struct http_server *server, size_t body_bytes_max)
{
	for (size_t i = 0; i < server->port_count; i++) {
		struct http_port *port = server->ports[i];

		if (!port->tcp)
			continue;
		port->body_bytes_max = body_bytes_max;
		evhttp_set_max_body_size(port->http, (ev_ssize_t)body_bytes_max);
	}
}

int
http_server_listen(struct http_server *server, const struct sock *sock, bool tcp,
    size_t body_bytes_max)
{
	if (server->port_count == HTTP_PORTS_MAX)
		return MIG_ELIMIT;
	struct http_port *port = calloc(1, sizeof(*port));
	if (port == NULL)
		return MIG_ENOMEM;
	port->parts = &server->parts;
	port->tcp = tcp;
	port->body_bytes_max = body_bytes_max;
	(void)snprintf(port->host, sizeof(port->host), "%s", sock_host(sock));
	int error = port_open(port, loop_base(server->parts.loop), sock_fd(sock));
	if (error != 0) {
		port_free(port);
		return error;
	}
	port->next = all_ports;
	all_ports = port;
	server->ports[server->port_count++] = port;
	return 0;
}

void
http_server_free(struct http_server *server)
{
	if (server == NULL)
		return;
	for (size_t i = 0; i < server->port_count; i++)
		port_free(server->ports[i]);
	free(server);
}
