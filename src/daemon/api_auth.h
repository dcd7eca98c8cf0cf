/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/*
 * Who may do what.  The transport decides: over the Unix socket the peer's uid and groups, over
 * TCP a bearer token, and without one TCP may only read.
 */
#ifndef MIG_DAEMON_API_AUTH_H
#define MIG_DAEMON_API_AUTH_H

#include <stddef.h>

#include "base/err.h"
#include "daemon/http_server.h"

struct api_auth;

/*
 * A guard that lets root, the daemon's own user and the members of group change things, over
 * TCP whoever has the token in token_file ("" or NULL: nobody).  MIG_E… and a one-line reason in
 * ret_error (size bytes) when the token can't be read.
 */
int api_auth_new(const char *group, const char *token_file, struct api_auth **ret_auth,
    char *ret_error, size_t size) MIG_MUSTCHECK;

/*
 * Free; NULL is a no-op.
 */
void api_auth_free(struct api_auth *auth);

/*
 * Read group and token anew; on an error nothing changes.
 */
int api_auth_configure(struct api_auth *auth, const char *group, const char *token_file,
    char *ret_error, size_t size) MIG_MUSTCHECK;

/*
 * An http_guard, but for its context.  Looks the peer up for changes only: reading needs no
 * name.
 */
int api_auth_check(const struct api_auth *auth, struct http_exchange *exchange,
    enum http_permission permission, char *ret_detail, size_t size);

#endif
