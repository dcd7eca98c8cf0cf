/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/*
 * An HTTP server that misbehaves on demand, on the loop of the client under test and on a free
 * port of 127.0.0.1.  The path says what it does:
 *
 * /ok "hello"; /fixed what http_peer_reply() set; /hang no answer; /huge a body over the limit;
 * /slow a header that never ends, byte by byte; /endless headers without end; /cut half a body;
 * /drop "hello", then the connection is closed unannounced; /garbage no HTTP at all.
 */
#ifndef MIG_TEST_HTTP_PEER_H
#define MIG_TEST_HTTP_PEER_H

#include <stddef.h>

struct http_peer;
struct loop;

/*
 * Listen on a free port; fails the test when it can't.
 */
struct http_peer *http_peer_new(struct loop *loop);

/*
 * Close everything and free; NULL is a no-op.
 */
void http_peer_free(struct http_peer *peer);

/*
 * The URL of a path on the peer; good until the next call.
 */
const char *http_peer_url(struct http_peer *peer, const char *path);

/*
 * The whole reply to paths with "/fixed" in them, status line included; borrowed.  With a header
 * "Connection: close" the connection is closed behind it.
 */
void http_peer_reply(struct http_peer *peer, const char *reply);

/*
 * Connections accepted so far.
 */
size_t http_peer_connections(const struct http_peer *peer);

/*
 * Connections that are open.
 */
size_t http_peer_open(const struct http_peer *peer);

/*
 * Whole requests seen so far.
 */
size_t http_peer_requests(const struct http_peer *peer);

/*
 * The last whole request as it came, "" before the first.
 */
const char *http_peer_last(const struct http_peer *peer);

/*
 * Bytes that lie in the sockets of all open connections, sent to us but not read by us.
 */
size_t http_peer_unread(const struct http_peer *peer);

#endif
