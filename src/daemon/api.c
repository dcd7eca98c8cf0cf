/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <config.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/json_read.h"
#include "base/json_write.h"
#include "base/limits.h"
#include "daemon/api_auth.h"
#include "daemon/api_int.h"
#include "daemon/config.h"
#include "daemon/driver.h"
#include "daemon/log.h"
#include "daemon/loop.h"
#include "daemon/metrics.h"
#include "daemon/sock.h"
#include "wire/expo.h"

/* Without a token nobody may load anything over TCP, and an evaluation is small. */
#define API_TCP_BODY_MAX 65536U
#define API_TCP_AGAIN_MS 1000

static void
get_version(void *context, struct http_exchange *exchange)
{
	struct mig_buf body;
	struct mig_jw jw;
	(void)context;
	mig_buf_init(&body, MIG_REPLY_BYTES_MAX);
	mig_jw_init(&jw, &body, 0);
	mig_jw_object(&jw, NULL);
	mig_jw_string(&jw, "name", "migarchd");
	mig_jw_string(&jw, "version", PACKAGE_VERSION);
	mig_jw_string(&jw, "api", "v1");
	mig_jw_object_end(&jw);
	http_reply_buf(exchange, 200, HTTP_TYPE_JSON, &body);
	mig_buf_fini(&body);
}

/* That it is answered at all is the answer: the loop turns. */
static void
get_health(void *context, struct http_exchange *exchange)
{
	(void)context;
	http_reply(exchange, 200, "text/plain; charset=utf-8", "ok\n", 3);
}

static void
get_ready(void *context, struct http_exchange *exchange)
{
	const struct api *api = context;
	const char *reason = api->parts.unready == NULL ? NULL :
	    api->parts.unready(api->parts.context);
	if (reason == NULL)
		http_reply(exchange, 200, "text/plain; charset=utf-8", "ready\n", 6);
	else
		http_reply_problem(exchange, 503, reason);
}

static void
get_metrics(void *context, struct http_exchange *exchange)
{
	const struct api *api = context;
	struct mig_buf body;
	mig_buf_init(&body, MIG_LIST_BYTES_MAX);
	metrics_render(api->parts.metrics, api->parts.driver, api->parts.store, &body);
	http_reply_buf(exchange, 200, MIG_EXPO_CONTENT_TYPE, &body);
	mig_buf_fini(&body);
}

static void
reply_reloaded(struct http_exchange *exchange, const struct mig_findings *findings)
{
	struct mig_buf body;
	struct mig_jw jw;
	mig_buf_init(&body, MIG_REPLY_BYTES_MAX);
	mig_jw_init(&jw, &body, 0);
	mig_jw_object(&jw, NULL);
	mig_jw_bool(&jw, "reloaded", true);
	api_write_warnings(&jw, findings);
	mig_jw_object_end(&jw);
	http_reply_buf(exchange, 200, HTTP_TYPE_JSON, &body);
	mig_buf_fini(&body);
}

static void
post_reload(void *context, struct http_exchange *exchange)
{
	struct api *api = context;
	struct mig_findings findings = { 0 };
	log_event(LOG_LEVEL_INFO, "api", "reload asked for", "actor",
	    http_exchange_actor(exchange), NULL);
	int error = api->parts.reload(api->parts.context, &findings);
	if (error == 0)
		reply_reloaded(exchange, &findings);
	else if (findings.errors > 0)
		api_reply_findings(exchange, 422,
		    "the configuration is wrong; the one before stays in use", &findings);
	else
		http_reply_problem(exchange, 503, mig_error_text(error));
	mig_findings_fini(&findings);
}

void
api_write_warnings(struct mig_jw *jw, const struct mig_findings *findings)
{
	struct mig_buf line;
	mig_buf_init(&line, MIG_REPLY_BYTES_MAX);
	mig_jw_array(jw, "warnings");
	for (size_t i = 0; i < findings->count; i++) {
		const struct mig_finding *finding = &findings->items[i];
		mig_buf_reset(&line);
		mig_buf_printf(&line, "%s%s%s", finding->pointer != NULL ? finding->pointer : "",
		    finding->pointer != NULL ? ": " : "", finding->message);
		if (finding->hint != NULL)
			mig_buf_printf(&line, " (%s)", finding->hint);
		mig_jw_string(jw, NULL, line.data);
	}
	mig_jw_array_end(jw);
	mig_buf_fini(&line);
}

static const struct http_route routes[] = {
	{ "GET", "/healthz", HTTP_OPEN, get_health },
	{ "GET", "/readyz", HTTP_OPEN, get_ready },
	{ "GET", "/metrics", HTTP_OPEN, get_metrics },
	{ "GET", "/v1/version", HTTP_OPEN, get_version },
	{ "GET", "/v1/rollouts", HTTP_READ, api_list },
	{ "POST", "/v1/rollouts", HTTP_CHANGE, api_load },
	{ "GET", "/v1/rollouts/{id}", HTTP_READ, api_get },
	{ "GET", "/v1/rollouts/{id}/history", HTTP_READ, api_history },
	{ "POST", "/v1/rollouts/{id}/{command}", HTTP_CHANGE, api_command },
	{ "GET", "/v1/events", HTTP_READ, api_events },
	{ "POST", "/v1/reload", HTTP_CHANGE, post_reload },
	{ "POST", "/ofrep/v1/evaluate/flags", HTTP_OPEN, api_flags },
	{ "OPTIONS", "/ofrep/v1/evaluate/flags", HTTP_OPEN, api_flags_options },
	{ "POST", "/ofrep/v1/evaluate/flags/{key}", HTTP_OPEN, api_flag },
	{ "OPTIONS", "/ofrep/v1/evaluate/flags/{key}", HTTP_OPEN, api_flags_options },
};

static int
guard(void *context, struct http_exchange *exchange, enum http_permission permission,
    char *ret_detail, size_t size)
{
	const struct api *api = context;
	return api_auth_check(api->auth, exchange, permission, ret_detail, size);
}

/* Nobody who has no token can send anything over TCP that is long. */
static size_t
tcp_body_max(const struct config *config)
{
	bool token = config->token_file != NULL && config->token_file[0] != '\0';

	return token ? MIG_REQUEST_BYTES_MAX : API_TCP_BODY_MAX;
}

/* Listen on TCP; names are looked up only before the loop runs, which must not wait for that. */
static int
open_tcp(struct api *api, bool names, char *ret_error, size_t size)
{
	const struct config *config = api->parts.config;
	int error = sock_listen_tcp(config->listen, names, &api->tcp_sock, ret_error, size);
	if (error != 0)
		return error;
	error = http_server_listen(api->server, api->tcp_sock, true, tcp_body_max(config));
	if (error != 0) {
		(void)snprintf(ret_error, size, "%s", mig_error_text(error));
		sock_free(api->tcp_sock);
		api->tcp_sock = NULL;
	}
	return error;
}

/*
 * Without TCP there are no metrics and embedded flags; but the daemon watches, rolls back and obeys
 * without it.
 */
static void
try_tcp(struct api *api, bool names)
{
	char why[MIG_ERROR_MAX];
	int error = open_tcp(api, names, why, sizeof(why));
	if (error == 0 && api->tcp_error != 0)
		log_event(LOG_LEVEL_INFO, "api", "listening on TCP after all", "address",
		    api->parts.config->listen, NULL);
	if (error != 0 && error != api->tcp_error)
		log_event(LOG_LEVEL_ERROR, "api", error == MIG_ENOTFOUND ?
		    "cannot listen on TCP: names are looked up at a start only" :
		    "cannot listen on TCP; it is tried again", "error", why, NULL);
	api->tcp_error = error;
	if (error != 0 && error != MIG_ENOTFOUND)
		loop_timer_set(api->opener, API_TCP_AGAIN_MS);
}

static void
on_opener(void *context)
{
	struct api *api = context;
	if (api->parts.config->listen[0] != '\0') /* a reload may have taken it away */
		try_tcp(api, false);
}

static int
listen_all(struct api *api, char *ret_error, size_t size)
{
	const struct config *config = api->parts.config;
	int error = sock_listen_unix(config->socket_path, config->socket_group, &api->unix_sock,
	    ret_error, size);
	if (error != 0)
		return error;
	error = http_server_listen(api->server, api->unix_sock, false, MIG_REQUEST_BYTES_MAX);
	if (error != 0)
		(void)snprintf(ret_error, size, "%s", mig_error_text(error));
	else if (config->listen != NULL && config->listen[0] != '\0')
		try_tcp(api, true);
	return error;
}

/* One finding of a list, as an object. */
static void
write_finding(struct mig_jw *jw, const struct mig_finding *finding)
{
	mig_jw_object(jw, NULL);
	mig_jw_string(jw, "pointer", finding->pointer);
	mig_jw_string(jw, "message", finding->message);
	mig_jw_string(jw, "hint", finding->hint);
	if (finding->file != NULL)
		mig_jw_string(jw, "file", finding->file);
	if (finding->line > 0)
		mig_jw_int(jw, "line", finding->line);
	if (finding->column > 0)
		mig_jw_int(jw, "column", finding->column);
	mig_jw_object_end(jw);
}

static const struct mig_finding *
first_error(const struct mig_findings *findings)
{
	for (size_t i = 0; i < findings->count; i++) {
		if (findings->items[i].severity == MIG_SEV_ERROR)
			return &findings->items[i];
	}
	return NULL;
}

void
api_reply_findings(struct http_exchange *exchange, int status, const char *detail,
    const struct mig_findings *findings)
{
	struct mig_buf body;
	struct mig_jw jw;
	const struct mig_finding *first = first_error(findings);
	mig_buf_init(&body, MIG_REPLY_BYTES_MAX);
	mig_jw_init(&jw, &body, 0);
	mig_jw_object(&jw, NULL);
	mig_jw_string(&jw, "type", "about:blank");
	mig_jw_string(&jw, "title", http_status_text(status));
	mig_jw_int(&jw, "status", status);
	mig_jw_string(&jw, "detail", detail);
	if (first != NULL && first->pointer != NULL)
		mig_jw_string(&jw, "pointer", first->pointer);
	mig_jw_array(&jw, "errors");
	for (size_t i = 0; i < findings->count; i++) {
		if (findings->items[i].severity == MIG_SEV_ERROR)
			write_finding(&jw, &findings->items[i]);
	}
	mig_jw_array_end(&jw);
	mig_jw_object_end(&jw);
	http_reply_buf(exchange, status, HTTP_TYPE_PROBLEM, &body);
	mig_buf_fini(&body);
}

int
api_read_body(struct http_exchange *exchange, const char *const *known, bool optional,
    struct mig_json_doc **ret_doc)
{
	struct mig_findings findings = { 0 };
	struct mig_json_doc *doc = NULL;
	size_t len = 0;
	const char *body = http_exchange_body(exchange, &len);
	if (body == NULL) {
		http_reply_problem(exchange, 500, mig_error_text(MIG_ENOMEM));
		return MIG_ENOMEM;
	}
	if (len == 0 && optional) {
		body = "{}";
		len = 2;
	}
	int error = mig_json_parse(body, len, NULL, &doc, &findings);
	if (error == 0) {
		struct mig_reader reader = { .findings = &findings, .unknown_keys = MIG_SEV_ERROR };
		struct mig_at root = mig_at_root(doc);
		bool object = mig_read_object(&reader, &root, MIG_READ_REQUIRED, known);
		error = object && findings.errors == 0 ? 0 : MIG_EDOC;
	}
	if (error == 0) {
		*ret_doc = doc;
	} else {
		api_reply_findings(exchange, 400, "the request's body can't be understood",
		    &findings);
		mig_json_free(doc);
	}
	mig_findings_fini(&findings);
	return error;
}

int
api_new(const struct api_parts *parts, struct api **ret_api, char *ret_error, size_t size)
{
	int error = MIG_ENOMEM;
	(void)snprintf(ret_error, size, "%s", mig_error_text(error));
	struct api *api = calloc(1, sizeof(*api));
	if (api == NULL)
		return error;
	api->parts = *parts;
	const struct http_server_parts server = { .loop = parts->loop,
		.routes = routes,
		.route_count = sizeof(routes) / sizeof(routes[0]),
		.guard = guard,
		.context = api };
	api->server = http_server_new(&server);
	api->pump = loop_timer_new(parts->loop, api_streams_pump, api);
	api->heartbeat = loop_timer_new(parts->loop, api_streams_beat, api);
	api->opener = loop_timer_new(parts->loop, on_opener, api);
	if (api->server == NULL || api->pump == NULL || api->heartbeat == NULL ||
	    api->opener == NULL)
		goto fail;
	error = api_auth_new(parts->config->socket_group, parts->config->token_file, &api->auth,
	    ret_error, size);
	if (error == 0)
		error = listen_all(api, ret_error, size);
	if (error != 0)
		goto fail;
	*ret_api = api;
	return 0;
fail:
	api_free(api);
	return error;
}

void
api_free(struct api *api)
{
	if (api == NULL)
		return;
	http_server_free(api->server); /* ends the streams */
	loop_timer_free(api->pump);
	loop_timer_free(api->heartbeat);
	loop_timer_free(api->opener);
	sock_free(api->unix_sock);
	sock_free(api->tcp_sock);
	api_auth_free(api->auth);
	free(api);
}

int
api_configure(struct api *api, const struct config *config, struct mig_findings *findings)
{
	char reason[MIG_ERROR_MAX];
	int error = api_auth_configure(api->auth, config->socket_group, config->token_file, reason,
	    sizeof(reason));
	if (error != 0) {
		(void)mig_findings_add(findings, MIG_SEV_ERROR, NULL, "control.token_file", NULL,
		    "%s", reason);
		return error;
	}
	if (strcmp(config->socket_group, api->parts.config->socket_group) != 0)
		sock_give_to_group(api->unix_sock, config->socket_group);
	http_server_limit_tcp(api->server, tcp_body_max(config));
	api->parts.config = config;
	return 0;
}

void
api_notify_records(struct api *api)
{
	/* From the loop, because the driver is in the middle of something now. */
	if (api != NULL && api->streams != NULL)
		loop_timer_set(api->pump, 0);
}
