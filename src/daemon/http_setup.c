/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <config.h>

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include <curl/curl.h>

#include "base/buf.h"
#include "base/limits.h"
#include "daemon/http_client.h"
#include "daemon/http_setup.h"

#ifndef PACKAGE_VERSION
#define PACKAGE_VERSION "unknown"
#endif

#define CONNECT_TIMEOUT_MS 2000

/* While the name service is down, the way back goes where the flag was found before. */
#define NAMES_KEPT_S 600L
#define NAME_BYTES_MAX 300

/* No control characters: nothing of ours may start another header. */
static bool
is_clean(const char *text)
{
	for (; *text != '\0'; text++) {
		if (((unsigned char)*text < 0x20 && *text != '\t') || *text == 0x7f)
			return false;
	}
	return true;
}

static bool
is_method(const char *text)
{
	size_t len = strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ");

	return len > 0 && len < 16 && text[len] == '\0';
}

static bool
is_url(const char *text)
{
	CURLU *url = curl_url();
	char *scheme = NULL;
	bool good = url != NULL && curl_url_set(url, CURLUPART_URL, text, 0) == CURLUE_OK &&
	    curl_url_get(url, CURLUPART_SCHEME, &scheme, 0) == CURLUE_OK &&
	    (strcmp(scheme, "http") == 0 || strcmp(scheme, "https") == 0);

	curl_free(scheme);
	curl_url_cleanup(url);
	return good;
}

/* Whether the request's own headers have this one ("name:"). */
static bool
has_header(const struct http_request *request, const char *name)
{
	for (size_t i = 0; i < request->header_count; i++) {
		if (strncasecmp(request->headers[i], name, strlen(name)) == 0)
			return true;
	}
	return false;
}

static int
add_header(struct curl_slist **headers, const char *name, const char *value)
{
	struct mig_buf line;

	mig_buf_init(&line, MIG_REQUEST_BYTES_MAX);
	mig_buf_puts(&line, name);
	mig_buf_puts(&line, value);

	struct curl_slist *list = mig_buf_ok(&line) ?
	    curl_slist_append(*headers, line.data) : NULL;

	mig_buf_fini(&line);
	if (list == NULL)
		return MIG_ENOMEM;
	*headers = list;
	return 0;
}

static int
set_headers(CURL *easy, const struct http_request *request, struct curl_slist **headers)
{
	/* Empty values take out what libcurl would add: a wait for 100-continue, a form's type. */
	int error = add_header(headers, "Expect:", "");

	for (size_t i = 0; i < request->header_count && error == 0; i++)
		error = add_header(headers, request->headers[i], "");
	if (error == 0 && !has_header(request, "Content-Type:"))
		error = add_header(headers, "Content-Type: ",
		    request->content_type != NULL ? request->content_type : "");
	if (error == 0 && request->bearer_token != NULL)
		error = add_header(headers, "Authorization: Bearer ", request->bearer_token);
	if (error == 0 && curl_easy_setopt(easy, CURLOPT_HTTPHEADER, *headers) != CURLE_OK)
		error = MIG_ENOMEM;
	return error;
}

static int
set_method(CURL *easy, const struct http_request *request)
{
	int bad = 0;

	if (strcmp(request->method, "HEAD") == 0) {
		bad |= curl_easy_setopt(easy, CURLOPT_NOBODY, 1L) != CURLE_OK;
	} else if (strcmp(request->method, "GET") != 0 || request->body != NULL) {
		curl_off_t len = request->body != NULL ? (curl_off_t)request->body_len : 0;

		bad |= curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, len) != CURLE_OK;
		bad |= curl_easy_setopt(easy, CURLOPT_COPYPOSTFIELDS,
		    request->body != NULL ? request->body : "") != CURLE_OK;
		bad |= curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, request->method) != CURLE_OK;
	}
	return bad != 0 ? MIG_ENOMEM : 0;
}

static int
set_tls(CURL *easy, const struct http_request *request)
{
	int bad = 0;

	bad |= curl_easy_setopt(easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2) != 0;
	if (request->ca_file != NULL)
		bad |= curl_easy_setopt(easy, CURLOPT_CAINFO, request->ca_file) != CURLE_OK;
	if (request->cert_file != NULL)
		bad |= curl_easy_setopt(easy, CURLOPT_SSLCERT, request->cert_file) != CURLE_OK;
	if (request->key_file != NULL)
		bad |= curl_easy_setopt(easy, CURLOPT_SSLKEY, request->key_file) != CURLE_OK;
	return bad != 0 ? MIG_ENOMEM : 0;
}

/* Rules for all requests; HTTP/1.1 alone, as on one HTTP/2 connection they would share a fate. */
static int
set_transport(CURL *easy, const struct http_request *request)
{
	long connect_ms = request->timeout_ms < CONNECT_TIMEOUT_MS ? (long)request->timeout_ms :
	    CONNECT_TIMEOUT_MS;
	int bad = 0;

	/* A slow name service or handshake must not rule out the way back: the deadline counts. */
	if (request->urgent)
		connect_ms = (long)request->timeout_ms + CONNECT_TIMEOUT_MS;
	bad |= curl_easy_setopt(easy, CURLOPT_URL, request->url) != CURLE_OK;
	bad |= curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https") != CURLE_OK;
	bad |= curl_easy_setopt(easy, CURLOPT_REDIR_PROTOCOLS_STR, "http,https") != CURLE_OK;
	bad |= curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1) != 0;
	bad |= curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L) != CURLE_OK;
	bad |= curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L) != CURLE_OK;
	bad |= curl_easy_setopt(easy, CURLOPT_PROXY, "") != CURLE_OK;
	bad |= curl_easy_setopt(easy, CURLOPT_USERAGENT, "migarchd/" PACKAGE_VERSION) != CURLE_OK;
	bad |= curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, connect_ms) != CURLE_OK;
	bad |= curl_easy_setopt(easy, CURLOPT_DNS_CACHE_TIMEOUT, NAMES_KEPT_S) != CURLE_OK;
	bad |= curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L) != CURLE_OK;
#if CURL_AT_LEAST_VERSION(7, 87, 0)
	/* Giving up a call must not wait for a resolver that hangs. */
	bad |= curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L) != CURLE_OK;
#endif
	return bad != 0 ? MIG_ENOMEM : 0;
}

/*
 * Forget the address of this host alone: a short time in the cache would drop those of all others
 * as well.
 */
static int
forget_address(CURL *easy, const struct http_request *request, struct curl_slist **forget)
{
	CURLU *url = curl_url();
	char *host = NULL;
	char *port = NULL;
	char name[NAME_BYTES_MAX];

	if (url != NULL && curl_url_set(url, CURLUPART_URL, request->url, 0) == CURLUE_OK &&
	    curl_url_get(url, CURLUPART_HOST, &host, 0) == CURLUE_OK &&
	    curl_url_get(url, CURLUPART_PORT, &port, CURLU_DEFAULT_PORT) == CURLUE_OK) {
		(void)snprintf(name, sizeof(name), "-%s:%s", host, port); /* hosts are shorter */
		*forget = curl_slist_append(NULL, name);
	}
	curl_free(host);
	curl_free(port);
	curl_url_cleanup(url);
	return *forget != NULL &&
	    curl_easy_setopt(easy, CURLOPT_RESOLVE, *forget) == CURLE_OK ? 0 : MIG_ENOMEM;
}

int
http_setup_check(const struct http_request *request)
{
	if (!is_method(request->method) || !is_clean(request->url) || !is_url(request->url))
		return MIG_EDOC;
	if (request->content_type != NULL && !is_clean(request->content_type))
		return MIG_EDOC;
	if (request->bearer_token != NULL && !is_clean(request->bearer_token))
		return MIG_EDOC;
	for (size_t i = 0; i < request->header_count; i++) {
		const char *header = request->headers[i];

		if (!is_clean(header) || header[0] == ':' || strchr(header, ':') == NULL)
			return MIG_EDOC;
	}
	return request->body_len <= MIG_REQUEST_BYTES_MAX ? 0 : MIG_ELIMIT;
}

int
http_setup_request(void *easy, const struct http_request *request, struct http_setup_lists *lists)
{
	int error = set_transport(easy, request);

	if (error == 0 && request->fresh)
		error = forget_address(easy, request, &lists->forget);
	if (error == 0)
		error = set_tls(easy, request);
	if (error == 0)
		error = set_method(easy, request);
	if (error == 0)
		error = set_headers(easy, request, &lists->headers);
	return error;
}
