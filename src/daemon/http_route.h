/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/*
 * The text part of routing: raw request targets into decoded segments, query parameters, the
 * choice of a route, and which Host headers are ours.  No sockets; internal to http_server.
 */
#ifndef MIG_DAEMON_HTTP_ROUTE_H
#define MIG_DAEMON_HTTP_ROUTE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "daemon/http_server.h"

#define HTTP_SEGMENTS_MAX 8

/* A request target taken apart. */
struct http_path {
	char *memory; /* owns the rest */
	size_t count;
	const char *segments[HTTP_SEGMENTS_MAX]; /* decoded */
	const char *query;                       /* raw, "" when there is none */
};

/* What the search for a route brought. */
struct http_match {
	const struct http_route *route;
	const char *params[HTTP_PARAMS_MAX]; /* borrowed from the path */
};

/*
 * Take a raw request target apart.  MIG_EDOC when it is no absolute path, badly encoded, or
 * decodes to NUL, control characters or invalid UTF-8; MIG_ELIMIT for more segments than any
 * route has; MIG_ENOMEM.
 */
int http_path_parse(const char *target, struct http_path *ret_path) MIG_MUSTCHECK;

/*
 * Free what the path owns and zero it.
 */
void http_path_fini(struct http_path *path);

/*
 * A parameter of a raw query string, decoded and owned by the caller.  '+' is no space here:
 * times with an offset are passed like that.  MIG_ENOTFOUND, MIG_EDOC, MIG_ENOMEM.
 */
int http_query_get(const char *query, const char *name, char **ret_value) MIG_MUSTCHECK;

/*
 * Find the route; HEAD is answered by GET's.  0; MIG_ENOTFOUND when no route has the path;
 * MIG_ESTATE when routes have it but not the method: then their methods are appended to allow.
 */
int http_route_find(const struct http_server_parts *parts, const char *method,
    const struct http_path *path, struct http_match *ret_match, struct mig_buf *allow)
    MIG_MUSTCHECK;

/*
 * Whether a Host header's value may reach a listener on listen_host: the host itself, a
 * loopback name or address, and any plain address when the listener is on all addresses.
 */
bool http_host_ours(const char *value, const char *listen_host);

#endif
