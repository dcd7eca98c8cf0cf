/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include "config.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <curl/curl.h>

#include "base/buf.h"
#include "base/limits.h"
#include "cli/fetch.h"

#define CONNECT_TIMEOUT_MS 5000L
#define URL_BYTES_MAX 8192
#define PATH "/api/v1/query_range"

struct fetch {
	CURL *curl;
	struct curl_slist *headers;
	struct mig_buf body;  /* of a request */
	struct mig_buf reply;
	struct mig_prom_point *points;
	enum fetch_remedy remedy; /* for what failed */
	bool reached;             /* the server was there at some time */
	char error[MIG_ERROR_MAX * 2];
};

static size_t
take_reply(char *data, size_t size, size_t count, void *context)
{
	struct mig_buf *reply = context;

	mig_buf_add(reply, data, size * count);
	return mig_buf_ok(reply) ? size * count : 0;
}

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

static int
add_header(struct fetch *fetch, const char *name, const char *value)
{
	struct mig_buf line;

	mig_buf_init(&line, MIG_REQUEST_BYTES_MAX);
	mig_buf_printf(&line, "%s%s", name, value);
	bool clean = mig_buf_ok(&line) && is_clean(line.data);
	struct curl_slist *grown = clean ? curl_slist_append(fetch->headers, line.data) : NULL;
	mig_buf_fini(&line);
	if (grown == NULL)
		return clean ? MIG_ENOMEM : MIG_EDOC;
	fetch->headers = grown;
	return MIG_OK;
}

static int
add_headers(struct fetch *fetch, const struct fetch_settings *settings)
{
	/* Empty: no wait for 100-continue. */
	int error = add_header(fetch, "Expect:", "");

	for (size_t i = 0; error == MIG_OK && i < settings->header_count; i++)
		error = strchr(settings->headers[i], ':') != NULL ?
		    add_header(fetch, settings->headers[i], "") : MIG_EDOC;
	if (error == MIG_OK && settings->bearer_token != NULL)
		error = add_header(fetch, "Authorization: Bearer ", settings->bearer_token);
	return error;
}

static bool
set_url(struct fetch *fetch, const char *base)
{
	size_t len = strlen(base);
	struct mig_buf url;

	while (len > 0 && base[len - 1] == '/')
		len--;
	mig_buf_init(&url, URL_BYTES_MAX);
	mig_buf_add(&url, base, len);
	mig_buf_puts(&url, PATH);
	bool ok = mig_buf_ok(&url) &&
	    curl_easy_setopt(fetch->curl, CURLOPT_URL, url.data) == CURLE_OK;
	mig_buf_fini(&url);
	return ok;
}

static bool
set_tls(CURL *curl, const struct fetch_settings *settings)
{
	int bad = 0;

	bad |= curl_easy_setopt(curl, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2) != 0;
	if (settings->ca_file != NULL)
		bad |= curl_easy_setopt(curl, CURLOPT_CAINFO, settings->ca_file) != CURLE_OK;
	if (settings->cert_file != NULL)
		bad |= curl_easy_setopt(curl, CURLOPT_SSLCERT, settings->cert_file) != CURLE_OK;
	if (settings->key_file != NULL)
		bad |= curl_easy_setopt(curl, CURLOPT_SSLKEY, settings->key_file) != CURLE_OK;
	return bad == 0;
}

static bool
set_up(struct fetch *fetch, const struct fetch_settings *settings)
{
	CURL *curl = fetch->curl;
	int bad = 0;

	/* A proxy of the environment or a redirect would take the token elsewhere. */
	bad |= curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https") != CURLE_OK;
	bad |= curl_easy_setopt(curl, CURLOPT_PROXY, "") != CURLE_OK;
	bad |= curl_easy_setopt(curl, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED) != CURLE_OK;
	bad |= curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L) != CURLE_OK;
	bad |= curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L) != CURLE_OK;
	bad |= curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, CONNECT_TIMEOUT_MS) != CURLE_OK;
	bad |= curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)settings->timeout_ms) != CURLE_OK;
	bad |= curl_easy_setopt(curl, CURLOPT_USERAGENT, "migarch/" PACKAGE_VERSION) != CURLE_OK;
	bad |= curl_easy_setopt(curl, CURLOPT_HTTPHEADER, fetch->headers) != CURLE_OK;
	bad |= curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_reply) != CURLE_OK;
	bad |= curl_easy_setopt(curl, CURLOPT_WRITEDATA, &fetch->reply) != CURLE_OK;
	return bad == 0 && set_url(fetch, settings->url) && set_tls(curl, settings);
}

int
fetch_new(const struct fetch_settings *settings, struct fetch **ret_fetch)
{
	struct fetch *fetch = calloc(1, sizeof(*fetch));

	if (fetch == NULL)
		return MIG_ENOMEM;
	mig_buf_init(&fetch->body, MIG_REQUEST_BYTES_MAX);
	mig_buf_init(&fetch->reply, MIG_REPLY_BYTES_MAX);
	fetch->points = calloc(FETCH_POINTS_MAX, sizeof(*fetch->points));
	fetch->curl = curl_easy_init();
	int error = fetch->points != NULL && fetch->curl != NULL ?
	    add_headers(fetch, settings) : MIG_ENOMEM;
	if (error == MIG_OK && !set_up(fetch, settings))
		error = MIG_ENOMEM;
	if (error != MIG_OK) {
		fetch_free(fetch);
		return error;
	}
	*ret_fetch = fetch;
	return MIG_OK;
}

void
fetch_free(struct fetch *fetch)
{
	if (fetch == NULL)
		return;
	curl_easy_cleanup(fetch->curl);
	curl_slist_free_all(fetch->headers);
	mig_buf_fini(&fetch->body);
	mig_buf_fini(&fetch->reply);
	free(fetch->points);
	free(fetch);
}

/* A server that was never there is not waited for. */
static enum fetch_remedy
remedy_for(const struct fetch *fetch, CURLcode code)
{
	switch ((int)code) {
	case CURLE_WRITE_ERROR:
	case CURLE_OPERATION_TIMEDOUT:
		return FETCH_ASK_LESS;
	case CURLE_COULDNT_RESOLVE_HOST:
	case CURLE_COULDNT_CONNECT:
		return fetch->reached ? FETCH_ASK_LATER : FETCH_HOPELESS;
	case CURLE_GOT_NOTHING:
	case CURLE_PARTIAL_FILE:
	case CURLE_RECV_ERROR:
	case CURLE_SEND_ERROR:
		return FETCH_ASK_LATER;
	default:
		return FETCH_HOPELESS;
	}
}

/* Send what is in the body; the reply is in fetch->reply. */
static int
post(struct fetch *fetch, long *ret_status)
{
	mig_buf_reset(&fetch->reply);
	if (!mig_buf_ok(&fetch->body) ||
	    curl_easy_setopt(fetch->curl, CURLOPT_POSTFIELDSIZE_LARGE,
		(curl_off_t)fetch->body.len) != CURLE_OK ||
	    curl_easy_setopt(fetch->curl, CURLOPT_POSTFIELDS, fetch->body.data) != CURLE_OK)
		return MIG_ENOMEM;
	CURLcode code = curl_easy_perform(fetch->curl);
	fetch->remedy = remedy_for(fetch, code);
	if (code == CURLE_OK || fetch->remedy == FETCH_ASK_LATER)
		fetch->reached = true;
	if (code == CURLE_OK && curl_easy_getinfo(fetch->curl, CURLINFO_RESPONSE_CODE,
	    ret_status) == CURLE_OK)
		return MIG_OK;
	if (code == CURLE_WRITE_ERROR)
		(void)snprintf(fetch->error, sizeof(fetch->error),
		    "its answer is larger than %u bytes", MIG_REPLY_BYTES_MAX);
	else
		(void)snprintf(fetch->error, sizeof(fetch->error), "%s", curl_easy_strerror(code));
	return MIG_EIO;
}

/*
 * Prometheus has 400 for too many points, 422 for too many samples and 503 for too long; what
 * stands before it has others.
 */
static enum fetch_remedy
remedy_for_status(long status)
{
	if (status == 429 || status >= 500)
		return FETCH_ASK_LATER;
	return status == 400 || status == 413 || status == 422 ? FETCH_ASK_LESS : FETCH_HOPELESS;
}

/* A reply that is no success, in the words that the daemon has for it. */
static int
refused(struct fetch *fetch, long status)
{
	struct mig_prom_sample sample;

	mig_prom_read_instant(status, fetch->reply.data, fetch->reply.len, &sample);
	(void)snprintf(fetch->error, sizeof(fetch->error), "%s", sample.error);
	fetch->remedy = remedy_for_status(status);
	return status == 400 || status == 422 ? MIG_EDOC : MIG_EIO;
}

int
fetch_range(struct fetch *fetch, const char *query, mig_wall from, mig_wall to, int64_t step_ms,
    const struct mig_prom_point **ret_points, size_t *ret_count)
{
	long status = 0;

	MIG_ASSERT(step_ms > 0 && (to.ms - from.ms) / step_ms < FETCH_POINTS_MAX);
	(void)snprintf(fetch->error, sizeof(fetch->error), "%s", mig_error_text(MIG_ENOMEM));
	fetch->remedy = FETCH_HOPELESS;
	mig_buf_reset(&fetch->body);
	mig_prom_range_body(query, from, to, step_ms, &fetch->body);
	int error = post(fetch, &status);
	if (error != MIG_OK)
		return error;
	if (status != 200)
		return refused(fetch, status);
	error = mig_prom_read_range(fetch->reply.data, fetch->reply.len, fetch->points,
	    FETCH_POINTS_MAX, ret_count, fetch->error, sizeof(fetch->error));
	if (error == MIG_OK)
		*ret_points = fetch->points;
	return error;
}

const char *
fetch_error(const struct fetch *fetch)
{
	return fetch->error;
}

enum fetch_remedy
fetch_remedy(const struct fetch *fetch)
{
	return fetch->remedy;
}
