/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <sys/un.h>

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <curl/curl.h>

#include "base/limits.h"
#include "ctl/client.h"
#include "ctl/ctl.h"

#define CONNECT_TIMEOUT_MS 5000L
#define CALL_TIMEOUT_MS 30000L
/* A Unix socket whose backlog is full refuses at once: the daemon is busy, not away. */
#define BUSY_RETRIES 20
#define BUSY_WAIT_MS 50

struct client {
	CURL *curl;
	struct curl_slist *headers;
	char *socket; /* NULL: over TCP */
	char *base;   /* what a path is appended to */
	char error[512];
};

static size_t
take_body(char *data, size_t size, size_t count, void *context)
{
	struct mig_buf *body = context;

	mig_buf_add(body, data, size * count);
	return mig_buf_ok(body) ? size * count : 0;
}

static bool
add_header(struct client *client, const char *header)
{
	struct curl_slist *grown = curl_slist_append(client->headers, header);

	if (grown == NULL)
		return false;
	client->headers = grown;
	return true;
}

static bool
add_token(struct client *client, const char *token)
{
	struct mig_buf header;
	mig_buf_init(&header, 8192);
	mig_buf_printf(&header, "Authorization: Bearer %s", token);
	bool ok = mig_buf_ok(&header) && add_header(client, header.data);

	mig_buf_fini(&header);
	return ok;
}

static bool
set_up(struct client *client, const char *token)
{
	CURL *curl = client->curl;
	bool ok = add_header(client, "Content-Type: application/json") &&
	    add_header(client, "Accept: application/json") && add_header(client, "Expect:") &&
	    (token == NULL || add_token(client, token));

	/* A proxy of the environment or a redirect would take the token elsewhere. */
	ok = ok && curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https") == CURLE_OK &&
	    curl_easy_setopt(curl, CURLOPT_PROXY, "") == CURLE_OK &&
	    curl_easy_setopt(curl, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED) == CURLE_OK &&
	    curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L) == CURLE_OK &&
	    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L) == CURLE_OK &&
	    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, CONNECT_TIMEOUT_MS) == CURLE_OK &&
	    curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, CALL_TIMEOUT_MS) == CURLE_OK &&
	    curl_easy_setopt(curl, CURLOPT_USERAGENT, "migarchctl") == CURLE_OK &&
	    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, client->headers) == CURLE_OK &&
	    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_body) == CURLE_OK;
	if (client->socket != NULL)
		ok = ok && curl_easy_setopt(curl, CURLOPT_UNIX_SOCKET_PATH, client->socket) ==
		    CURLE_OK;
	return ok;
}

/* Nobody answered on the socket: the reason decides what the operator does about it. */
static int
explain_socket(struct client *client, long os_errno, const char *text)
{
	const char *path = client->socket;
	const size_t size = sizeof(client->error);

	switch (os_errno) {
	case ENOENT:
		(void)snprintf(client->error, size,
		    "migarchd is not running: there is no socket %s (--socket PATH names "
		    "another)", path);
		return CTL_UNAVAILABLE;
	case EACCES:
	case EPERM:
		(void)snprintf(client->error, size,
		    "permission denied for %s: you are not in the daemon's group", path);
		return CTL_NOPERM;
	case ECONNREFUSED:
		(void)snprintf(client->error, size,
		    "migarchd is not running: its socket %s is there but refuses connections",
		    path);
		return CTL_UNAVAILABLE;
	case EAGAIN:
		(void)snprintf(client->error, size,
		    "migarchd is too busy to accept a connection on %s", path);
		return CTL_UNAVAILABLE;
	default:
		(void)snprintf(client->error, size, "migarchd can't be reached over %s: %s", path,
		    os_errno != 0 ? strerror((int)os_errno) : text);
		return CTL_UNAVAILABLE;
	}
}

static int
explain(struct client *client, CURLcode code, long os_errno)
{
	const char *text = curl_easy_strerror(code);

	if (code == CURLE_WRITE_ERROR) {
		(void)snprintf(client->error, sizeof(client->error),
		    "the answer is larger than %u bytes", MIG_LIST_BYTES_MAX);
		return CTL_INTERNAL;
	}
	if (code == CURLE_OPERATION_TIMEDOUT) {
		(void)snprintf(client->error, sizeof(client->error),
		    "migarchd did not answer in time");
		return CTL_UNAVAILABLE;
	}
	if (client->socket != NULL &&
	    strlen(client->socket) >= sizeof(((struct sockaddr_un *)NULL)->sun_path)) {
		(void)snprintf(client->error, sizeof(client->error),
		    "the path of the socket is too long: %s", client->socket);
		return CTL_UNAVAILABLE;
	}
	if (client->socket != NULL && code == CURLE_COULDNT_CONNECT)
		return explain_socket(client, os_errno, text);
	(void)snprintf(client->error, sizeof(client->error), "migarchd can't be reached at %s: %s",
	    client->socket != NULL ? client->socket : client->base, text);
	return CTL_UNAVAILABLE;
}

static CURLcode
perform(struct client *client, struct mig_buf *body, long *ret_errno)
{
	size_t before = body->len;
	CURLcode code = CURLE_OK;
	long os_errno = 0;

	for (int i = 0; i <= BUSY_RETRIES; i++) {
		mig_buf_truncate(body, before);
		code = curl_easy_perform(client->curl);
		os_errno = 0;
		(void)curl_easy_getinfo(client->curl, CURLINFO_OS_ERRNO, &os_errno);
		if (code != CURLE_COULDNT_CONNECT || os_errno != EAGAIN)
			break;
		ctl_sleep(BUSY_WAIT_MS);
	}
	*ret_errno = os_errno;
	return code;
}

struct client *
client_new(const char *socket, const char *url, const char *token)
{
	struct client *client = calloc(1, sizeof(*client));

	if (client == NULL)
		return NULL;
	client->curl = curl_easy_init();
	client->base = strdup(url != NULL ? url : "http://localhost");
	client->socket = url == NULL ? strdup(socket) : NULL;
	if (client->curl == NULL || client->base == NULL ||
	    (url == NULL && client->socket == NULL) || !set_up(client, token)) {
		client_free(client);
		return NULL;
	}
	size_t len = strlen(client->base);
	while (len > 0 && client->base[len - 1] == '/')
		client->base[--len] = '\0';
	return client;
}

void
client_free(struct client *client)
{
	if (client == NULL)
		return;
	curl_easy_cleanup(client->curl);
	curl_slist_free_all(client->headers);
	free(client->socket);
	free(client->base);
	free(client);
}

int
client_call(struct client *client, const char *method, const char *path, const char *body,
    long *ret_status, struct mig_buf *ret_body)
{
	bool post = strcmp(method, "POST") == 0;
	int rc = CTL_INTERNAL;
	struct mig_buf url;
	mig_buf_init(&url, 8192);
	mig_buf_printf(&url, "%s%s", client->base, path);
	(void)snprintf(client->error, sizeof(client->error), "out of memory");
	if (!mig_buf_ok(&url) || curl_easy_setopt(client->curl, CURLOPT_URL, url.data) != CURLE_OK)
		goto out;
	if (!post) {
		if (curl_easy_setopt(client->curl, CURLOPT_HTTPGET, 1L) != CURLE_OK)
			goto out;
	} else if (curl_easy_setopt(client->curl, CURLOPT_POST, 1L) != CURLE_OK ||
	    curl_easy_setopt(client->curl, CURLOPT_POSTFIELDSIZE_LARGE,
		(curl_off_t)(body != NULL ? strlen(body) : 0)) != CURLE_OK ||
	    curl_easy_setopt(client->curl, CURLOPT_POSTFIELDS, body != NULL ? body : "") !=
		CURLE_OK) {
		goto out;
	}
	if (curl_easy_setopt(client->curl, CURLOPT_WRITEDATA, ret_body) != CURLE_OK)
		goto out;

	long os_errno = 0;
	CURLcode code = perform(client, ret_body, &os_errno);
	if (code != CURLE_OK) {
		rc = explain(client, code, os_errno);
		goto out;
	}
	rc = curl_easy_getinfo(client->curl, CURLINFO_RESPONSE_CODE, ret_status) == CURLE_OK ?
	    CTL_OK : CTL_INTERNAL;
out:
	mig_buf_fini(&url);
	return rc;
}

const char *
client_error(const struct client *client)
{
	return client->error;
}

void
client_escape(const char *text, struct mig_buf *out)
{
	for (const unsigned char *p = (const unsigned char *)text; *p != '\0'; p++) {
		bool plain = (*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z') ||
		    (*p >= '0' && *p <= '9') || strchr("-._~", *p) != NULL;

		if (plain)
			mig_buf_putc(out, (char)*p);
		else
			mig_buf_printf(out, "%%%02X", (unsigned)*p);
	}
}
