/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/*
 * An owed request as it is kept in the store (see dispatch_encode() in dispatcher.h) and as it
 * goes out: the fixed bytes under the fixed key, with the time, signature and secrets of now.
 */
#ifndef MIG_DAEMON_DISPATCH_REQUEST_H
#define MIG_DAEMON_DISPATCH_REQUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/time.h"
#include "daemon/http_client.h"
#include "wire/webhook.h"

struct mig_arena;
struct secrets;

/* One attempt. */
struct dispatch_attempt {
	struct http_client *http;
	struct secrets *secrets;
	const struct mig_request *request; /* borrowed during the call */
	mig_wall now;
	bool urgent;
	uint32_t attempts; /* this one included */
	bool fresh;        /* see http_request */
	http_callback callback;
	void *context;
};

/*
 * Read back what dispatch_encode() wrote; strings are copied into arena.  MIG_EDOC when it is
 * damaged, MIG_ENOMEM.
 */
int dispatch_decode(const char *json, struct mig_arena *arena, struct mig_request *ret_request)
    MIG_MUSTCHECK;

/*
 * Read the secrets, sign and send.  On failure nothing was sent, and ret_error (size bytes) says
 * why, without any secret.
 */
int dispatch_send(const struct dispatch_attempt *attempt, struct http_call **ret_call,
    char *ret_error, size_t size) MIG_MUSTCHECK;

/*
 * Ask for the result of an accepted request: GET url with the request's bearer token.  As
 * dispatch_send().
 */
int dispatch_ask(const struct dispatch_attempt *attempt, const char *url,
    struct http_call **ret_call, char *ret_error, size_t size) MIG_MUSTCHECK;

/*
 * How long an urgent attempt (from 1 on) may take: the endpoint's own timeout, then more each time
 * up to 15 s, so that what is merely slow is not given up for ever.
 */
int64_t dispatch_patience(int64_t timeout_ms, uint32_t attempts);

/*
 * Scheme, host and port of a URL ("http://127.0.0.1:4242"), in lower case, in the arena; NULL
 * without memory.
 */
char *dispatch_origin(const char *url, struct mig_arena *arena);

#endif
