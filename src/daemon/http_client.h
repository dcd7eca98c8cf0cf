/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/*
 * Outgoing HTTP on libcurl's multi interface, driven by the loop.  With http_setup the only user
 * of libcurl in the daemon.  No redirects, http and https only, TLS verified, body and time
 * bounded, no proxy from the environment.
 */
#ifndef MIG_DAEMON_HTTP_CLIENT_H
#define MIG_DAEMON_HTTP_CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct http_client;
struct http_call;
struct loop;

/* A request; all strings are copied by http_client_send(). */
struct http_request {
	const char *method; /* "GET", "POST", "PUT", … */
	const char *url;
	const char *body;   /* NULL none */
	size_t body_len;
	const char *content_type; /* NULL: none sent */
	size_t header_count;
	const char *const *headers; /* "Name: value" */
	const char *bearer_token;   /* NULL none */
	const char *ca_file;        /* NULL: the system's */
	const char *cert_file;      /* NULL none */
	const char *key_file;       /* NULL none */
	int64_t timeout_ms;         /* of the whole exchange */
	bool urgent; /* goes ahead of what is queued, over the connection limits, and may take all
			of its time to connect */
	bool fresh;  /* ask for the host's address again: nobody answered where it was */
};

/* Why there is no reply. */
enum http_failure {
	HTTP_FAILURE_NONE,
	HTTP_FAILURE_CONNECT, /* no connection: name, route, refused, TLS */
	HTTP_FAILURE_TIMEOUT,
	HTTP_FAILURE_REPLY    /* broken off, no HTTP, over a limit */
};

/* What came back.  Borrowed, valid during the callback only. */
struct http_reply {
	long status;        /* 0: no reply; error says why */
	const char *error;  /* NULL when there is a status */
	const char *body;   /* NUL-terminated, never NULL */
	size_t body_len;
	const char *location;  /* Location header as an absolute URL, or NULL */
	int64_t retry_after_s; /* Retry-After in seconds, -1 none (dates are converted) */
	int64_t duration_ms;
	enum http_failure failure; /* NONE when there is a status */
};

typedef void (*http_callback)(void *context, const struct http_reply *reply);

/*
 * A new client on the loop; NULL on failure.
 */
struct http_client *http_client_new(struct loop *loop);

/*
 * Cancel everything without callbacks and free; not from a callback.  NULL is a no-op.
 */
void http_client_free(struct http_client *client);

/*
 * Start a request.  The callback runs exactly once, from the loop, unless the call is cancelled.
 * On error nothing was started and there is no callback: MIG_ENOMEM, or MIG_EDOC for a malformed
 * URL, header, method or token, MIG_ELIMIT for too long a body.  ret_call may be NULL.
 */
int http_client_send(struct http_client *client, const struct http_request *request,
    http_callback callback, void *context, struct http_call **ret_call) MIG_MUSTCHECK;

/*
 * Give up a call: its connection is closed, its callback will not run.  The handle is dead
 * after this, as it is after the callback.  NULL is a no-op.
 */
void http_call_cancel(struct http_call *call);

#endif
