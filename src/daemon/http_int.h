/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/*
 * What http_server.c (listeners, connections) and http_exchange.c (requests, replies) share.
 */
#ifndef MIG_DAEMON_HTTP_INT_H
#define MIG_DAEMON_HTTP_INT_H

#include <stdbool.h>
#include <stddef.h>

#include "daemon/http_server.h"
#include "daemon/sock.h"

struct bufferevent;
struct event;
struct evconnlistener;
struct evhttp;
struct evhttp_connection;
struct evhttp_request;
struct http_connection;

/* One listener.  Each has its own evhttp, which is how a connection knows where it came in. */
struct http_port {
	const struct http_server_parts *parts;
	struct evhttp *http;
	struct evconnlistener *listener;
	struct loop_timer *resume;
	struct http_connection *connections;
	struct http_port *next; /* in the list of all ports */
	size_t count;
	size_t body_bytes_max;
	bool tcp;
	bool paused;
	char host[SOCK_HOST_MAX];
};

/*
 * What libevent does not keep of a connection.  It is made when libevent asks for a
 * bufferevent, before there is a connection to be told of; `later` runs in the same turn of the
 * loop and ties them together.  After that `later` corrects replies that are not ours.
 */
struct http_connection {
	struct http_port *port;
	struct evhttp_connection *evcon; /* NULL until `later` ran first */
	struct bufferevent *bev;
	struct event *later;
	struct http_exchange *exchange; /* the request at work, or NULL */
	bool ours; /* what is being written is our reply, not one of libevent's own */
	struct http_connection *next;
	struct http_connection **self; /* the pointer to this in the list */
};

/*
 * Handle a request that came on a connection: check, route, ask the guard, call the handler.
 */
void http_exchange_run(struct http_connection *connection, struct evhttp_request *request);

/*
 * End an exchange because its connection goes away.
 */
void http_exchange_abandon(struct http_exchange *exchange);

/*
 * Write a problem document into a buffer that is initialised here.
 */
void http_problem_body(struct mig_buf *out, int status, const char *detail);

#endif
