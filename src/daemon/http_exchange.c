/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <sys/queue.h>

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/http.h>
#include <event2/keyvalq_struct.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "base/json_write.h"
#include "base/limits.h"
#include "daemon/http_int.h"
#include "daemon/http_route.h"
#include "wire/api.h"

#define HTTP_DETAIL_MAX 512
#define HTTP_NUMBER_MAX 24

struct http_exchange {
	struct http_connection *connection;
	struct evhttp_request *request;
	struct http_path path;
	struct http_match match;
	void (*closed)(void *context);
	void (*drained)(void *context);
	void *context;
	bool head;
	bool streaming;
	bool terminated; /* the body has got its NUL */
	char actor[MIG_NAME_MAX];
};

static const struct {
	int status;
	const char *text;
} status_texts[] = {
	{ 200, "OK" },
	{ 201, "Created" },
	{ 202, "Accepted" },
	{ 204, "No Content" },
	{ 304, "Not Modified" },
	{ 400, "Bad Request" },
	{ 401, "Unauthorized" },
	{ 403, "Forbidden" },
	{ 404, "Not Found" },
	{ 405, "Method Not Allowed" },
	{ 409, "Conflict" },
	{ 413, "Content Too Large" },
	{ 417, "Expectation Failed" },
	{ 422, "Unprocessable Content" },
	{ 500, "Internal Server Error" },
	{ 501, "Not Implemented" },
	{ 503, "Service Unavailable" },
};

static void
exchange_free(struct http_exchange *exchange)
{
	if (exchange->connection != NULL)
		exchange->connection->exchange = NULL;
	http_path_fini(&exchange->path);
	free(exchange);
}

static const char *
method_name(enum evhttp_cmd_type type)
{
	switch (type) {
	case EVHTTP_REQ_GET:
		return "GET";
	case EVHTTP_REQ_POST:
		return "POST";
	case EVHTTP_REQ_HEAD:
		return "HEAD";
	case EVHTTP_REQ_PUT:
		return "PUT";
	case EVHTTP_REQ_DELETE:
		return "DELETE";
	case EVHTTP_REQ_OPTIONS:
		return "OPTIONS";
	case EVHTTP_REQ_TRACE:
		return "TRACE";
	case EVHTTP_REQ_CONNECT:
		return "CONNECT";
	case EVHTTP_REQ_PATCH:
		return "PATCH";
	}
	return "";
}

/* What libevent lets pass and we don't: ambiguous lengths and hosts. */
static int
check_headers(const struct http_port *port, struct evhttp_request *request, bool *ret_foreign,
    char *ret_detail, size_t size)
{
	const struct evkeyval *header;
	size_t lengths = 0;
	size_t hosts = 0;
	TAILQ_FOREACH(header, evhttp_request_get_input_headers(request), next) {
		if (strcasecmp(header->key, "Content-Length") == 0)
			lengths++;
		if (strcasecmp(header->key, "Host") != 0)
			continue;
		hosts++;
		*ret_foreign = port->tcp && !http_host_ours(header->value, port->host);
	}
	if (lengths > 1 || hosts > 1) {
		(void)snprintf(ret_detail, size, "%s is given twice",
		    hosts > 1 ? "Host" : "Content-Length");
		return 400;
	}
	return 0;
}

/*
 * Ask the guard.  Under a name that is not ours (a page of somebody else may have pointed its own
 * name at us) only what is open for everybody is open without the token, which no page has.
 */
static int
check_permission(struct http_exchange *exchange, bool foreign, char *ret_detail, size_t size)
{
	const struct http_port *port = exchange->connection->port;
	const struct http_server_parts *parts = port->parts;
	enum http_permission permission = exchange->match.route->permission;
	if (!foreign || permission == HTTP_OPEN)
		return parts->guard(parts->context, exchange, permission, ret_detail, size);
	if (parts->guard(parts->context, exchange, HTTP_CHANGE, ret_detail, size) == 0)
		return 0;
	(void)snprintf(ret_detail, size,
	    "the Host header names neither a loopback address nor the host of control.listen "
	    "(\"%s\"): only health, version, metrics and flags are answered without the token",
	    port->host);
	return 403;
}

static int
exchange_route(struct http_exchange *exchange, char *ret_detail, size_t size)
{
	const struct http_server_parts *parts = exchange->connection->port->parts;
	const char *method = method_name(evhttp_request_get_command(exchange->request));
	int error = http_path_parse(evhttp_request_get_uri(exchange->request), &exchange->path);
	if (error == MIG_EDOC) {
		(void)snprintf(ret_detail, size,
		    "the path must start with / and be valid percent-encoded UTF-8 without "
		    "control characters");
		return 400;
	}
	if (error == MIG_ENOMEM)
		return 500;
	exchange->head = strcmp(method, "HEAD") == 0;

	struct mig_buf allow;
	mig_buf_init(&allow, HTTP_DETAIL_MAX);
	if (error == 0)
		error = http_route_find(parts, method, &exchange->path, &exchange->match, &allow);
	if (error == MIG_ESTATE) {
		http_exchange_add_header(exchange, "Allow", allow.data);
		(void)snprintf(ret_detail, size, "%s is not possible here, but %s", method,
		    allow.data);
	} else if (error != 0) {
		(void)snprintf(ret_detail, size, "there is nothing at this path");
	}
	mig_buf_fini(&allow);
	if (error == MIG_ESTATE)
		return 405;
	return error == 0 ? 0 : 404;
}

static void
exchange_answer(struct http_exchange *exchange)
{
	const struct http_server_parts *parts = exchange->connection->port->parts;
	char detail[HTTP_DETAIL_MAX] = "";
	bool foreign = false;
	int status = check_headers(exchange->connection->port, exchange->request, &foreign, detail,
	    sizeof(detail));
	if (status == 0)
		status = exchange_route(exchange, detail, sizeof(detail));
	if (status == 0)
		status = check_permission(exchange, foreign, detail, sizeof(detail));
	if (status != 0)
		http_reply_problem(exchange, status, detail[0] != '\0' ? detail : NULL);
	else
		exchange->match.route->handler(parts->context, exchange);
}

static void
reply_done(struct evhttp_request *request, void *context)
{
	struct http_connection *connection = context;
	(void)request;
	connection->ours = false;
}

/* Headers of every reply. */
static void
reply_headers(struct http_exchange *exchange, const char *type)
{
	if (type != NULL)
		http_exchange_add_header(exchange, "Content-Type", type);
	http_exchange_add_header(exchange, "X-Content-Type-Options", "nosniff");
	http_exchange_add_header(exchange, "Cache-Control", "no-store");
}

static void
stream_drained(struct evhttp_connection *evcon, void *context)
{
	const struct http_exchange *exchange = context;
	(void)evcon;
	if (exchange->drained != NULL)
		exchange->drained(exchange->context);
}

void
http_problem_body(struct mig_buf *out, int status, const char *detail)
{
	struct mig_jw jw;
	mig_buf_init(out, MIG_REPLY_BYTES_MAX);
	mig_jw_init(&jw, out, 0);
	mig_api_problem(&jw, status, http_status_text(status), detail, NULL);
	mig_buf_putc(out, '\n');
}

void
http_exchange_run(struct http_connection *connection, struct evhttp_request *request)
{
	struct http_exchange *exchange = calloc(1, sizeof(*exchange));
	connection->ours = true;
	evhttp_request_set_on_complete_cb(request, reply_done, connection);
	if (exchange == NULL) {
		evhttp_send_reply(request, 503, http_status_text(503), NULL);
		return;
	}
	exchange->connection = connection;
	exchange->request = request;
	connection->exchange = exchange;
	exchange_answer(exchange);
}

void
http_exchange_abandon(struct http_exchange *exchange)
{
	/* The request is not answered, or not to its end. */
	struct evhttp_request *request = exchange->request;
	void (*closed)(void *) = exchange->closed;
	void *context = exchange->context;
	bool streaming = exchange->streaming;
	exchange_free(exchange);

	/* Cut off from its connection a request is ours to free; ending a stream does that. */
	if (streaming)
		evhttp_send_reply_end(request);
	else if (evhttp_request_get_connection(request) == NULL)
		evhttp_request_free(request);
	if (closed != NULL)
		closed(context);
}

const char *
http_status_text(int status)
{
	for (size_t i = 0; i < sizeof(status_texts) / sizeof(status_texts[0]); i++) {
		if (status_texts[i].status == status)
			return status_texts[i].text;
	}
	return "Unknown";
}

const char *
http_exchange_param(const struct http_exchange *exchange, size_t index)
{
	MIG_ASSERT(index < HTTP_PARAMS_MAX);
	const char *param = exchange->match.params[index];
	return param != NULL ? param : "";
}

int
http_exchange_query(const struct http_exchange *exchange, const char *name, char **ret_value)
{
	return http_query_get(exchange->path.query, name, ret_value);
}

const char *
http_exchange_header(const struct http_exchange *exchange, const char *name)
{
	return evhttp_find_header(evhttp_request_get_input_headers(exchange->request), name);
}

const char *
http_exchange_body(struct http_exchange *exchange, size_t *ret_len)
{
	struct evbuffer *input = evhttp_request_get_input_buffer(exchange->request);
	if (!exchange->terminated && evbuffer_add(input, "", 1) != 0)
		return NULL;
	exchange->terminated = true;
	const unsigned char *body = evbuffer_pullup(input, -1);
	if (body == NULL)
		return NULL;
	*ret_len = evbuffer_get_length(input) - 1;
	return (const char *)body;
}

bool
http_exchange_tcp(const struct http_exchange *exchange)
{
	return exchange->connection->port->tcp;
}

bool
http_exchange_head(const struct http_exchange *exchange)
{
	return exchange->head;
}

int
http_exchange_fd(const struct http_exchange *exchange)
{
	return bufferevent_getfd(exchange->connection->bev);
}

void
http_exchange_set_actor(struct http_exchange *exchange, const char *actor)
{
	(void)snprintf(exchange->actor, sizeof(exchange->actor), "%s", actor);
}

const char *
http_exchange_actor(const struct http_exchange *exchange)
{
	return exchange->actor;
}

void
http_exchange_add_header(struct http_exchange *exchange, const char *name, const char *value)
{
	/* Fails without memory, or for a value with a line break, which is then better left out. */
	(void)evhttp_add_header(evhttp_request_get_output_headers(exchange->request), name, value);
}

void
http_exchange_on_close(struct http_exchange *exchange, void (*closed)(void *context),
    void *context)
{
	exchange->closed = closed;
	exchange->context = context;
}

void
http_reply(struct http_exchange *exchange, int status, const char *type, const char *body,
    size_t len)
{
	struct evhttp_request *request = exchange->request;
	struct evbuffer *out = NULL;
	reply_headers(exchange, type);
	if (exchange->head) {
		char length[HTTP_NUMBER_MAX];
		(void)snprintf(length, sizeof(length), "%zu", len);
		http_exchange_add_header(exchange, "Content-Length", length);
	} else if (len > 0) {
		out = evbuffer_new();
		if (out == NULL || evbuffer_add(out, body, len) != 0)
			status = 500;
	}
	exchange_free(exchange);
	evhttp_send_reply(request, status, http_status_text(status), out);
	if (out != NULL)
		evbuffer_free(out);
}

void
http_reply_buf(struct http_exchange *exchange, int status, const char *type,
    const struct mig_buf *body)
{
	if (mig_buf_ok(body))
		http_reply(exchange, status, type, body->data, body->len);
	else
		http_reply_problem(exchange, 500, "the answer is too long, or memory is short");
}

void
http_reply_problem(struct http_exchange *exchange, int status, const char *detail)
{
	struct mig_buf body;
	http_problem_body(&body, status, detail);
	http_reply(exchange, status, HTTP_TYPE_PROBLEM, body.data, body.len);
	mig_buf_fini(&body);
}

void
http_stream_start(struct http_exchange *exchange, const char *type,
    void (*drained)(void *context))
{
	MIG_ASSERT(exchange->closed != NULL && !exchange->streaming);
	exchange->drained = drained;
	exchange->streaming = true;
	reply_headers(exchange, type);
	evhttp_send_reply_start(exchange->request, 200, http_status_text(200));
}

void
http_stream_send(struct http_exchange *exchange, const char *data, size_t len)
{
	struct evbuffer *out = evbuffer_new();
	if (out != NULL && evbuffer_add(out, data, len) == 0)
		evhttp_send_reply_chunk_with_cb(exchange->request, out, stream_drained, exchange);
	if (out != NULL)
		evbuffer_free(out);
}

size_t
http_stream_backlog(const struct http_exchange *exchange)
{
	return evbuffer_get_length(bufferevent_get_output(exchange->connection->bev));
}
