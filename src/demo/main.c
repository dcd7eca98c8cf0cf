/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/*
 * migarch-demo-service: a service in two versions to play a canary with.  Each made-up request
 * asks the daemon over OFREP which version its user gets.
 *
 *   GET  /metrics                           for Prometheus
 *   POST /fault?error_rate=R&latency_ms=L   damage the new version
 */

#include <sys/queue.h>

#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <curl/curl.h>
#include <event2/buffer.h>
#include <event2/event.h>
#include <event2/http.h>
#include <event2/keyvalq_struct.h>

#include "base/buf.h"
#include "base/json.h"
#include "base/num.h"
#include "demo/traffic.h"

#define TICK_US 20000
#define OFREP_TIMEOUT_MS 200L
#define USERS 10000

struct service {
	struct traffic traffic;
	CURL *ofrep;
	struct curl_slist *headers;
	struct mig_buf answer;
	struct event_base *base;
};

static size_t
on_ofrep_body(char *data, size_t size, size_t count, void *context)
{
	struct mig_buf *answer = context;

	mig_buf_add(answer, data, size * count);
	return mig_buf_ok(answer) ? size * count : 0;
}

/* Which version a user gets; the old one when the daemon does not answer. */
static bool
gets_new_version(struct service *service, const char *user)
{
	struct mig_findings findings = { 0 };
	struct mig_json_doc *doc = NULL;
	char body[96];
	bool on = false;

	(void)snprintf(body, sizeof(body), "{\"context\":{\"targetingKey\":\"%s\"}}", user);
	mig_buf_reset(&service->answer);
	(void)curl_easy_setopt(service->ofrep, CURLOPT_POSTFIELDS, body);
	if (curl_easy_perform(service->ofrep) == CURLE_OK && mig_json_parse(service->answer.data,
	    service->answer.len, NULL, &doc, &findings) == MIG_OK)
		on = mig_json_bool(mig_json_get(mig_json_root(doc), "value"));
	mig_json_free(doc);
	mig_findings_fini(&findings);
	return on;
}

static void
on_tick(evutil_socket_t fd, short what, void *context)
{
	struct service *service = context;
	char user[32];

	(void)fd;
	(void)what;
	(void)snprintf(user, sizeof(user), "u%d",
	    (int)(traffic_random(&service->traffic) * USERS));
	bool new_version = gets_new_version(service, user);
	/* Every user brings a few requests, so that rates have something to count. */
	for (int i = 0; i < 4; i++)
		traffic_request(&service->traffic, new_version);
}

static void
on_metrics(struct evhttp_request *request, void *context)
{
	const struct service *service = context;
	struct evbuffer *out = evbuffer_new();
	struct mig_buf text;

	mig_buf_init(&text, 1U << 16);
	traffic_render(&service->traffic, true, &text);
	(void)evbuffer_add(out, text.data, text.len);
	(void)evhttp_add_header(evhttp_request_get_output_headers(request), "Content-Type",
	    "text/plain; version=0.0.4");
	evhttp_send_reply(request, 200, "OK", out);
	evbuffer_free(out);
	mig_buf_fini(&text);
}

/* A number of the query string, or what it is now. */
static double
parameter(struct evkeyvalq *query, const char *name, double now)
{
	const char *text = evhttp_find_header(query, name);
	double value = now;

	if (text != NULL && mig_num_double(text, &value) != MIG_OK)
		return now;
	return value;
}

static void
on_fault(struct evhttp_request *request, void *context)
{
	struct service *service = context;
	const char *text = evhttp_uri_get_query(evhttp_request_get_evhttp_uri(request));
	struct evkeyvalq query;

	if (evhttp_parse_query_str(text == NULL ? "" : text, &query) != 0) {
		evhttp_send_reply(request, 400, "Bad Request", NULL);
		return;
	}
	struct traffic_version *new = &service->traffic.new;
	new->error_rate = parameter(&query, "error_rate", new->error_rate);
	new->latency_s = parameter(&query, "latency_ms", new->latency_s * 1000) / 1000;
	evhttp_clear_headers(&query);
	evhttp_send_reply(request, 204, "No Content", NULL);
}

static void
on_signal(evutil_socket_t fd, short what, void *context)
{
	struct service *service = context;

	(void)fd;
	(void)what;
	(void)event_base_loopbreak(service->base);
}

static int
prepare_ofrep(struct service *service, const char *url, const char *flag)
{
	struct mig_buf full;

	service->ofrep = curl_easy_init();
	service->headers = curl_slist_append(NULL, "Content-Type: application/json");
	if (service->ofrep == NULL || service->headers == NULL)
		return -1;
	mig_buf_init(&full, 4096);
	mig_buf_printf(&full, "%s/ofrep/v1/evaluate/flags/%s", url, flag);
	(void)curl_easy_setopt(service->ofrep, CURLOPT_URL, full.data);
	(void)curl_easy_setopt(service->ofrep, CURLOPT_HTTPHEADER, service->headers);
	(void)curl_easy_setopt(service->ofrep, CURLOPT_TIMEOUT_MS, OFREP_TIMEOUT_MS);
	(void)curl_easy_setopt(service->ofrep, CURLOPT_NOSIGNAL, 1L);
	(void)curl_easy_setopt(service->ofrep, CURLOPT_PROXY, "");
	(void)curl_easy_setopt(service->ofrep, CURLOPT_WRITEFUNCTION, on_ofrep_body);
	(void)curl_easy_setopt(service->ofrep, CURLOPT_WRITEDATA, &service->answer);
	mig_buf_fini(&full);
	return 0;
}

static int
serve(struct service *service, uint16_t port)
{
	const struct timeval tick = { 0, TICK_US };
	struct evhttp *http = evhttp_new(service->base);
	struct event *timer = event_new(service->base, -1, EV_PERSIST, on_tick, service);
	struct event *term = evsignal_new(service->base, SIGTERM, on_signal, service);
	struct event *interrupt = evsignal_new(service->base, SIGINT, on_signal, service);
	int status = EXIT_FAILURE;

	if (http == NULL || timer == NULL || term == NULL || interrupt == NULL ||
	    evhttp_bind_socket(http, "127.0.0.1", port) != 0) {
		(void)fprintf(stderr, "migarch-demo-service: cannot listen on port %u\n", port);
	} else {
		(void)evhttp_set_cb(http, "/metrics", on_metrics, service);
		(void)evhttp_set_cb(http, "/fault", on_fault, service);
		(void)event_add(timer, &tick);
		(void)event_add(term, NULL);
		(void)event_add(interrupt, NULL);
		(void)event_base_dispatch(service->base);
		status = EXIT_SUCCESS;
	}
	event_free(interrupt);
	event_free(term);
	event_free(timer);
	evhttp_free(http);
	return status;
}

static int
usage(void)
{
	(void)fputs("Usage: migarch-demo-service --port PORT --daemon URL --flag NAME\n", stderr);
	return 64;
}

int
main(int argc, char **argv)
{
	static const struct option options[] = { { "port", required_argument, NULL, 'p' },
		{ "daemon", required_argument, NULL, 'd' },
		{ "flag", required_argument, NULL, 'f' }, { NULL, 0, NULL, 0 } };
	struct service service = { 0 };
	const char *url = NULL;
	const char *flag = NULL;
	int64_t port = 0;
	int option = 0;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (option == 'd')
			url = optarg;
		else if (option == 'f')
			flag = optarg;
		else if (option != 'p' || mig_num_int(optarg, 1, 65535, &port) != MIG_OK)
			return usage();
	}
	if (url == NULL || flag == NULL || port == 0)
		return usage();
	traffic_init(&service.traffic, 2026);
	mig_buf_init(&service.answer, 1U << 16);
	service.base = event_base_new();
	int status = EXIT_FAILURE;
	if (service.base != NULL && prepare_ofrep(&service, url, flag) == 0)
		status = serve(&service, (uint16_t)port);
	curl_slist_free_all(service.headers);
	curl_easy_cleanup(service.ofrep);
	if (service.base != NULL)
		event_base_free(service.base);
	mig_buf_fini(&service.answer);
	return status;
}
