/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/*
 * Incoming HTTP on libevent's server, the only user of it: routes by the raw path, limits on
 * everything, errors as problem+json, replies now or later, event streams.  Who may do what is
 * asked of a guard; what is answered is the handlers' business.
 */
#ifndef MIG_DAEMON_HTTP_SERVER_H
#define MIG_DAEMON_HTTP_SERVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct http_exchange;
struct http_server;
struct loop;
struct mig_buf;
struct sock;

#define HTTP_HEADER_BYTES_MAX 16384
#define HTTP_CONNECTIONS_MAX 256 /* per listener */
#define HTTP_IDLE_TIMEOUT_MS 60000
#define HTTP_PARAMS_MAX 4 /* of one route */

#define HTTP_TYPE_JSON "application/json"
#define HTTP_TYPE_PROBLEM "application/problem+json"

enum http_permission {
	HTTP_OPEN,  /* for everybody who can connect: health, metrics, flags */
	HTTP_READ,  /* looks at rollouts */
	HTTP_CHANGE /* changes something */
};

typedef void (*http_handler)(void *context, struct http_exchange *exchange);

/* One route.  In path a segment in braces matches any one segment and is a parameter. */
struct http_route {
	const char *method;
	const char *path; /* "/v1/rollouts/{id}/{command}" */
	enum http_permission permission;
	http_handler handler;
};

/*
 * Asked before each handler: 0, or the HTTP status to refuse with (401, 403) and why in
 * ret_detail (size bytes).  Sets the actor.
 */
typedef int (*http_guard)(void *context, struct http_exchange *exchange,
    enum http_permission permission, char *ret_detail, size_t size);

/* What the server works with; all borrowed and outliving it. */
struct http_server_parts {
	struct loop *loop;
	const struct http_route *routes;
	size_t route_count;
	http_guard guard;
	void *context;           /* of guard and handlers */
	size_t connections_max;  /* 0: HTTP_CONNECTIONS_MAX */
	int64_t idle_timeout_ms; /* 0: HTTP_IDLE_TIMEOUT_MS */
};

/*
 * A new server without listeners; NULL without memory.  The process must ignore SIGPIPE.
 */
struct http_server *http_server_new(const struct http_server_parts *parts);

/*
 * Take other bodies than up to now over TCP, on connections that are opened from now on.
 */
void http_server_limit_tcp(struct http_server *server, size_t body_bytes_max);

/*
 * Accept connections on a listening socket (borrowed, outlives the server), with bodies of at most
 * body_bytes_max.  On TCP, under a Host that does not name the listener, only HTTP_OPEN is answered
 * to who may not change things (no DNS rebinding).
 */
int http_server_listen(struct http_server *server, const struct sock *sock, bool tcp,
    size_t body_bytes_max) MIG_MUSTCHECK;

/*
 * Close all connections (streams are told) and free; NULL is a no-op.
 */
void http_server_free(struct http_server *server);

/*
 * The index-th parameter of the path, percent-decoded, valid UTF-8 without control characters;
 * "" when the route has none.  Borrowed, as everything below, until the reply.
 */
const char *http_exchange_param(const struct http_exchange *exchange, size_t index);

/*
 * A parameter of the query string, percent-decoded, owned by the caller (free()).
 * MIG_ENOTFOUND when it is not there, MIG_EDOC when it is badly encoded.
 */
int http_exchange_query(const struct http_exchange *exchange, const char *name, char **ret_value)
    MIG_MUSTCHECK;

/*
 * A request header or NULL.
 */
const char *http_exchange_header(const struct http_exchange *exchange, const char *name);

/*
 * The request's body, NUL-terminated; NULL without memory.
 */
const char *http_exchange_body(struct http_exchange *exchange, size_t *ret_len);

/*
 * Whether the request came over TCP.
 */
bool http_exchange_tcp(const struct http_exchange *exchange);

/*
 * Whether the method is HEAD (it comes on GET's routes; a reply's body is then left out).
 */
bool http_exchange_head(const struct http_exchange *exchange);

/*
 * The connection's descriptor, for asking who is at the other end.
 */
int http_exchange_fd(const struct http_exchange *exchange);

/*
 * Remember who acts (copied, cut to MIG_NAME_MAX); the guard does this.
 */
void http_exchange_set_actor(struct http_exchange *exchange, const char *actor);

/*
 * Who acts; "" when nobody was named.
 */
const char *http_exchange_actor(const struct http_exchange *exchange);

/*
 * Add a header to the reply to come (copied).
 */
void http_exchange_add_header(struct http_exchange *exchange, const char *name,
    const char *value);

/*
 * Be told when the connection goes away before the reply, or ends a stream.  The exchange is
 * gone when the callback runs; it must not be used there.
 */
void http_exchange_on_close(struct http_exchange *exchange, void (*closed)(void *context),
    void *context);

/*
 * Reply and end the exchange, which is gone after this.  type NULL: no body.
 */
void http_reply(struct http_exchange *exchange, int status, const char *type, const char *body,
    size_t len);

/*
 * Reply with a buffer; 500 when the buffer has failed.
 */
void http_reply_buf(struct http_exchange *exchange, int status, const char *type,
    const struct mig_buf *body);

/*
 * Reply with an RFC 9457 problem; detail NULL leaves it out.
 */
void http_reply_problem(struct http_exchange *exchange, int status, const char *detail);

/*
 * The standard phrase of a status code, "Unknown" for others.
 */
const char *http_status_text(int status);

/*
 * Start a reply without an end.  drained runs each time all that was sent has left; it gets
 * the context of http_exchange_on_close(), which must have been called.
 */
void http_stream_start(struct http_exchange *exchange, const char *type,
    void (*drained)(void *context));

/*
 * Send more on a stream.  Look at http_stream_backlog() first: nothing here holds back.
 */
void http_stream_send(struct http_exchange *exchange, const char *data, size_t len);

/*
 * Bytes that were sent on the stream and have not left yet.
 */
size_t http_stream_backlog(const struct http_exchange *exchange);

#endif
