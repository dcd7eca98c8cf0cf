/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/*
 * What the parts of the API share: the object behind all handlers and the handlers of the
 * route table in api.c.
 */
#ifndef MIG_DAEMON_API_INT_H
#define MIG_DAEMON_API_INT_H

#include "daemon/api.h"
#include "daemon/http_server.h"

struct api_auth;
struct api_stream;
struct mig_json_doc;
struct mig_jw;
struct sock;

struct api {
	struct api_parts parts;
	struct http_server *server;
	struct api_auth *auth;
	struct sock *unix_sock;
	struct sock *tcp_sock;       /* NULL: no TCP (yet) */
	struct loop_timer *opener;   /* tries again to open TCP */
	int tcp_error;               /* why that failed, as the log was told; 0: it did not */
	struct api_stream *streams;  /* open event streams */
	size_t stream_count;
	struct loop_timer *pump;     /* armed when there may be something to send */
	struct loop_timer *heartbeat;
};

/*
 * Reply 4xx with the findings as "errors", the first one's pointer as "pointer".
 */
void api_reply_findings(struct http_exchange *exchange, int status, const char *detail,
    const struct mig_findings *findings);

/*
 * Write findings as the member "warnings": a list of sentences.
 */
void api_write_warnings(struct mig_jw *jw, const struct mig_findings *findings);

/*
 * The request's body as a JSON object that has only the known keys (NULL-terminated); otherwise
 * the exchange is answered and MIG_EDOC returned.  An empty body is an empty object if optional.
 */
int api_read_body(struct http_exchange *exchange, const char *const *known, bool optional,
    struct mig_json_doc **ret_doc);

/*
 * Handlers of rollouts: GET /v1/rollouts, /v1/rollouts/ID, /v1/rollouts/ID/history.
 */
void api_list(void *context, struct http_exchange *exchange);
/* As above. */
void api_get(void *context, struct http_exchange *exchange);
/* As above. */
void api_history(void *context, struct http_exchange *exchange);

/*
 * Handlers that change something: POST /v1/rollouts, /v1/rollouts/ID/COMMAND.
 */
void api_load(void *context, struct http_exchange *exchange);
/* As above. */
void api_command(void *context, struct http_exchange *exchange);

/*
 * GET /v1/events.
 */
void api_events(void *context, struct http_exchange *exchange);

/*
 * Timer callbacks of the streams: send what is new; keep idle streams alive.
 */
void api_streams_pump(void *context);
/* As above. */
void api_streams_beat(void *context);

/*
 * OpenFeature remote evaluation: one flag, all flags, and the browsers' question before.
 */
void api_flag(void *context, struct http_exchange *exchange);
/* As above. */
void api_flags(void *context, struct http_exchange *exchange);
/* As above. */
void api_flags_options(void *context, struct http_exchange *exchange);

#endif
