/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/*
 * A part of http_client: checks a request and turns it into the options of a libcurl handle.
 */
#ifndef MIG_DAEMON_HTTP_SETUP_H
#define MIG_DAEMON_HTTP_SETUP_H

#include "base/err.h"

struct curl_slist;
struct http_request;

/*
 * Whether the request can be sent: 0, MIG_EDOC for a malformed URL, method, header or token,
 * MIG_ELIMIT for a body over MIG_REQUEST_BYTES_MAX.
 */
int http_setup_check(const struct http_request *request) MIG_MUSTCHECK;

/* What a handle borrows; both are NULL before, and the caller's to free after the handle. */
struct http_setup_lists {
	struct curl_slist *headers;
	struct curl_slist *forget; /* names whose cached address does not count */
};

/*
 * Set all options of the request on a fresh easy handle.  MIG_ENOMEM.
 */
int http_setup_request(void *easy, const struct http_request *request,
    struct http_setup_lists *lists) MIG_MUSTCHECK;

#endif
