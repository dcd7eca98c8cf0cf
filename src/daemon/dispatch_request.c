/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/json.h"
#include "base/json_read.h"
#include "base/json_write.h"
#include "base/limits.h"
#include "daemon/dispatch_request.h"
#include "daemon/dispatcher.h"
#include "daemon/secrets.h"

#define TIMEOUT_MS_DEFAULT 10000
#define TIMEOUT_MS_MAX ((int64_t)24 * 3600 * 1000)
#define ASK_TIMEOUT_MS 10000
#define PATIENCE_MS_MAX 15000
#define HEADERS_OWN 4 /* the key and the three of Standard Webhooks */

int
dispatch_encode(const struct mig_request *request, struct mig_buf *out)
{
	struct mig_jw jw;

	mig_jw_init(&jw, out, 0);
	mig_jw_object(&jw, NULL);
	mig_jw_string(&jw, "key", request->key);
	mig_jw_string(&jw, "lane", request->lane);
	mig_jw_string(&jw, "method", request->method);
	mig_jw_string(&jw, "url", request->url);
	if (request->body != NULL)
		mig_jw_string(&jw, "body", request->body);
	mig_jw_array(&jw, "headers");
	for (size_t i = 0; i < request->header_count; i++)
		mig_jw_string(&jw, NULL, request->headers[i]);
	mig_jw_array_end(&jw);
	if (request->secret_file != NULL)
		mig_jw_string(&jw, "secret_file", request->secret_file);
	if (request->bearer_token_file != NULL)
		mig_jw_string(&jw, "bearer_token_file", request->bearer_token_file);
	mig_jw_int(&jw, "timeout_ms", request->timeout_ms);
	if (request->read_back)
		mig_jw_bool(&jw, "read_back", true);
	mig_jw_object_end(&jw);
	return mig_buf_ok(out) ? 0 : MIG_ENOMEM;
}

static void
decode_headers(struct mig_reader *reader, const struct mig_at *at, struct mig_arena *arena,
    struct mig_request *request)
{
	struct mig_at list = mig_at_key(at, "headers");
	struct mig_at item = { 0 };

	if (!mig_read_array(reader, &list, MIG_READ_REQUIRED))
		return;
	const char **headers = mig_arena_array(arena, mig_json_count(list.node),
	    sizeof(*headers));
	while (headers != NULL && mig_at_each(&list, &item)) {
		const char *text = mig_json_string(item.node);
		if (text == NULL)
			mig_at_error(reader, &item, NULL, "expected a string");
		else
			headers[request->header_count++] = mig_arena_strdup(arena, text);
	}
	request->headers = headers;
}

static void
decode_fields(struct mig_reader *reader, const struct mig_at *at, struct mig_arena *arena,
    struct mig_request *request)
{
	unsigned must = MIG_READ_REQUIRED | MIG_READ_NONEMPTY;
	const char *key = mig_read_string(reader, at, "key", must, "");
	const char *lane = mig_read_string(reader, at, "lane", must, "");
	const char *method = mig_read_string(reader, at, "method", must, "");
	const char *url = mig_read_string(reader, at, "url", must, "");
	const char *body = mig_read_string(reader, at, "body", 0, NULL);
	const char *secret = mig_read_string(reader, at, "secret_file", 0, NULL);
	const char *bearer = mig_read_string(reader, at, "bearer_token_file", 0, NULL);

	if (strlen(key) >= sizeof(request->key))
		mig_at_error(reader, at, NULL, "the key is too long");
	(void)snprintf(request->key, sizeof(request->key), "%s", key);
	request->lane = mig_arena_strdup(arena, lane);
	request->method = mig_arena_strdup(arena, method);
	request->url = mig_arena_strdup(arena, url);
	request->body = mig_arena_strdup(arena, body);
	request->secret_file = mig_arena_strdup(arena, secret);
	request->bearer_token_file = mig_arena_strdup(arena, bearer);
	request->timeout_ms = mig_read_integer(reader, at, "timeout_ms", 0, 0, TIMEOUT_MS_MAX, 0);
	request->read_back = mig_read_bool(reader, at, "read_back", 0, false);
	decode_headers(reader, at, arena, request);
}

int
dispatch_decode(const char *json, struct mig_arena *arena, struct mig_request *ret_request)
{
	struct mig_findings findings = { 0 };
	struct mig_reader reader = { .findings = &findings, .unknown_keys = MIG_SEV_WARNING };
	struct mig_request request = { 0 };
	struct mig_json_doc *doc = NULL;
	int error = mig_json_parse(json, strlen(json), NULL, &doc, &findings);

	if (error == 0) {
		struct mig_at root = mig_at_root(doc);
		decode_fields(&reader, &root, arena, &request);
		error = findings.errors > 0 ? MIG_EDOC :
		    mig_arena_failed(arena) ? MIG_ENOMEM : 0;
	}
	mig_findings_fini(&findings);
	mig_json_free(doc);
	if (error == 0)
		*ret_request = request;
	return error;
}

/* webhook-id, webhook-timestamp and webhook-signature. */
static int
add_signature(const struct dispatch_attempt *attempt, struct mig_arena *arena,
    const char **headers, size_t *count, char *ret_error, size_t size)
{
	const struct mig_request *request = attempt->request;
	int64_t timestamp_s = attempt->now.ms / 1000;
	char *secret = NULL;
	struct mig_buf signature;
	int error = secrets_read(attempt->secrets, request->secret_file, &secret, ret_error, size);

	if (error != 0)
		return error;
	mig_buf_init(&signature, 256);
	error = mig_webhook_sign(secret, request->key, timestamp_s,
	    request->body != NULL ? request->body : "", &signature);
	free(secret);
	if (error == 0) {
		headers[(*count)++] = mig_arena_printf(arena, "webhook-id: %s", request->key);
		headers[(*count)++] = mig_arena_printf(arena, "webhook-timestamp: %" PRId64,
		    timestamp_s);
		headers[(*count)++] = mig_arena_printf(arena, "webhook-signature: %s",
		    signature.data);
	} else {
		(void)snprintf(ret_error, size, "%s: %s", request->secret_file,
		    error == MIG_EDOC ? "not a secret of the form whsec_BASE64" :
		    mig_error_text(error));
	}
	mig_buf_fini(&signature);
	return error;
}

static int
build_headers(const struct dispatch_attempt *attempt, struct mig_arena *arena,
    struct http_request *out, char *ret_error, size_t size)
{
	const struct mig_request *request = attempt->request;
	const char **headers = mig_arena_array(arena, request->header_count + HEADERS_OWN,
	    sizeof(*headers));
	size_t count = 0;
	int error = 0;

	if (headers == NULL) {
		(void)snprintf(ret_error, size, "out of memory");
		return MIG_ENOMEM;
	}
	for (; count < request->header_count; count++)
		headers[count] = request->headers[count];
	headers[count++] = mig_arena_printf(arena, "Idempotency-Key: %s", request->key);
	if (request->secret_file != NULL)
		error = add_signature(attempt, arena, headers, &count, ret_error, size);
	if (error == 0 && mig_arena_failed(arena)) {
		(void)snprintf(ret_error, size, "out of memory");
		error = MIG_ENOMEM;
	}
	out->headers = headers;
	out->header_count = count;
	return error;
}

/* Add the bearer token, if there is one, and send. */
static int
send_with_token(const struct dispatch_attempt *attempt, struct http_request *out,
    struct http_call **ret_call, char *ret_error, size_t size)
{
	const char *path = attempt->request->bearer_token_file;
	char *token = NULL;
	int error = path == NULL ? 0 :
	    secrets_read(attempt->secrets, path, &token, ret_error, size);

	if (error != 0)
		return error;
	out->bearer_token = token;
	error = http_client_send(attempt->http, out, attempt->callback, attempt->context, ret_call);
	free(token);
	if (error != 0)
		(void)snprintf(ret_error, size, "the request cannot be sent: %s",
		    mig_error_text(error));
	return error;
}

int64_t
dispatch_patience(int64_t timeout_ms, uint32_t attempts)
{
	int64_t patience_ms = timeout_ms;

	for (uint32_t i = 1; i < attempts && patience_ms < PATIENCE_MS_MAX; i++)
		patience_ms = patience_ms * 2 < PATIENCE_MS_MAX ? patience_ms * 2 : PATIENCE_MS_MAX;
	return patience_ms;
}

int
dispatch_send(const struct dispatch_attempt *attempt, struct http_call **ret_call, char *ret_error,
    size_t size)
{
	const struct mig_request *request = attempt->request;
	int64_t timeout_ms = request->timeout_ms > 0 ? request->timeout_ms : TIMEOUT_MS_DEFAULT;
	struct http_request out = {
		.method = request->method,
		.url = request->url,
		.body = request->body,
		.body_len = request->body != NULL ? strlen(request->body) : 0,
		.content_type = "application/json",
		.timeout_ms = attempt->urgent ?
		    dispatch_patience(timeout_ms, attempt->attempts) : timeout_ms,
		.urgent = attempt->urgent,
		.fresh = attempt->fresh,
	};
	struct mig_arena *arena = mig_arena_new(MIG_REQUEST_BYTES_MAX);

	if (arena == NULL) {
		(void)snprintf(ret_error, size, "out of memory");
		return MIG_ENOMEM;
	}
	int error = build_headers(attempt, arena, &out, ret_error, size);
	if (error == 0)
		error = send_with_token(attempt, &out, ret_call, ret_error, size);
	mig_arena_free(arena);
	return error;
}

int
dispatch_ask(const struct dispatch_attempt *attempt, const char *url, struct http_call **ret_call,
    char *ret_error, size_t size)
{
	struct http_request out = {
		.method = "GET",
		.url = url,
		.timeout_ms = ASK_TIMEOUT_MS,
		.urgent = attempt->urgent,
	};

	return send_with_token(attempt, &out, ret_call, ret_error, size);
}

char *
dispatch_origin(const char *url, struct mig_arena *arena)
{
	const char *host = strstr(url, "://");
	size_t len = host == NULL ? 0 : (size_t)(host + 3 - url);

	len += strcspn(url + len, "/?#");
	char *origin = mig_arena_strndup(arena, url, len);
	for (char *c = origin; c != NULL && *c != '\0'; c++) {
		if (*c >= 'A' && *c <= 'Z')
			*c = (char)(*c - 'A' + 'a');
	}
	return origin;
}
