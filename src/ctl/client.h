/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/*
 * HTTP to the daemon: over its Unix socket, or to a URL with a bearer token.  The only file of
 * migarchctl that knows libcurl; it knows nothing of what is in the bodies.
 */
#ifndef MIG_CTL_CLIENT_H
#define MIG_CTL_CLIENT_H

#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"

struct client;

/*
 * A client for the Unix socket, or for url (http or https, no trailing path) when that is not
 * NULL.  token may be NULL; it is copied.  NULL without memory.
 */
struct client *client_new(const char *socket, const char *url, const char *token) MIG_MUSTCHECK;

/*
 * Free it; NULL is a no-op.
 */
void client_free(struct client *client);

/*
 * One request.  method "GET" or "POST"; path starts with '/' and is escaped already; body is JSON
 * or NULL.  Returns 0 with the HTTP status and the body appended to ret_body, or an exit status
 * (CTL_UNAVAILABLE, CTL_NOPERM, CTL_INTERNAL) when there was no answer: client_error() says why.
 */
int client_call(struct client *client, const char *method, const char *path, const char *body,
    long *ret_status, struct mig_buf *ret_body) MIG_MUSTCHECK;

/*
 * Why the last call failed, one or two sentences.
 */
const char *client_error(const struct client *client);

/*
 * Append text, percent-encoded for use as a path segment or a query value.
 */
void client_escape(const char *text, struct mig_buf *out);

#endif
