/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/*
 * The daemon's counterpart in the integration tests: a service in two versions with metrics for a
 * real Prometheus, the flag service that splits its traffic, the executor of steps and the
 * receiver of notifications.  Everything it is sent goes into a journal, one JSON line each;
 * what it answers is set over POST /control?NAME=VALUE:
 *
 *   error_rate, latency_ms   of the new version; old_error_rate of the old one
 *   lag                      the gauge shop_lag_seconds
 *   metrics = ok | garbage | no_new | hang | down
 *   traffic = ok | old_only
 *   flags, steps, notify, gate = ok | fail | refuse | hang | late | slow | lie | accept | follow
 *                            late: done, but told later; slow: done and told later;
 *                            follow: accepted, and the answer will be at /jobs/1
 *   late_ms                  how late "late" and "slow" are
 *   jobs = open | done       what /jobs/1 says
 *   reads = ok | fail        when a flag is asked for
 *   set = FLAG:PERCENTAGE    move a flag behind the daemon's back
 *   reset = all              back to the beginning: well, flags at 0, no key seen
 */

#include <sys/queue.h>

#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <event2/buffer.h>
#include <event2/event.h>
#include <event2/http.h>
#include <event2/http_struct.h>
#include <event2/keyvalq_struct.h>

#include "base/buf.h"
#include "base/json.h"
#include "base/json_write.h"
#include "base/num.h"
#include "demo/traffic.h"

#define TICK_US 20000
#define REQUESTS_PER_TICK 8
#define FLAGS_MAX 32
#define KEYS_MAX 65536
#define WORD 32
#define SEED 7

struct flag {
	char name[128];
	double percentage;
};

struct peer {
	struct event_base *base;
	struct traffic traffic;
	FILE *journal;
	char metrics[WORD];
	char split[WORD];
	char flags_mode[WORD];
	char reads_mode[WORD];
	char steps_mode[WORD];
	char notify_mode[WORD];
	char gate_mode[WORD];
	char jobs[WORD];
	double late_ms;
	double lag_s;
	size_t flag_count;
	struct flag flags[FLAGS_MAX];
	size_t key_count;
	struct key {
		char *text; /* seen before */
		bool applied; /* the effect is applied once */
	} keys[KEYS_MAX];
};

/* An answer that is given later, and perhaps an effect. */
struct late {
	struct peer *peer;
	struct evhttp_request *request;
	struct event *timer;
	char *flag; /* NULL: nothing is to be done any more */
	char *body;
};

static struct flag *
find_flag(struct peer *peer, const char *name)
{
	for (size_t i = 0; i < peer->flag_count; i++) {
		if (strcmp(peer->flags[i].name, name) == 0)
			return &peer->flags[i];
	}
	if (peer->flag_count == FLAGS_MAX)
		abort();
	struct flag *flag = &peer->flags[peer->flag_count++];
	(void)snprintf(flag->name, sizeof(flag->name), "%s", name);
	return flag;
}

/* A key that was seen, or NULL. */
static struct key *
find_key(struct peer *peer, const char *text)
{
	for (size_t i = 0; text != NULL && i < peer->key_count; i++) {
		if (strcmp(peer->keys[i].text, text) == 0)
			return &peer->keys[i];
	}
	return NULL;
}

/* Whether a key is new; it is remembered. */
static bool
first_time(struct peer *peer, const char *text)
{
	if (text == NULL)
		return true;
	if (find_key(peer, text) != NULL)
		return false;
	if (peer->key_count == KEYS_MAX)
		abort();
	peer->keys[peer->key_count++] = (struct key) { strdup(text), false };
	return true;
}

static const char *
header_of(struct evhttp_request *request, const char *name)
{
	return evhttp_find_header(evhttp_request_get_input_headers(request), name);
}

static int64_t
now_ms(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_REALTIME, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void
reply(struct evhttp_request *request, int status, const char *body)
{
	struct evbuffer *out = evbuffer_new();

	if (body != NULL)
		(void)evbuffer_add(out, body, strlen(body));
	(void)evhttp_add_header(evhttp_request_get_output_headers(request), "Content-Type",
	    "application/json");
	evhttp_send_reply(request, status, "Answer", out);
	evbuffer_free(out);
}

static void
set_flag(struct peer *peer, const char *name, const char *body)
{
	struct mig_findings findings = { 0 };
	struct mig_json_doc *doc = NULL;

	if (mig_json_parse(body, strlen(body), NULL, &doc, &findings) == MIG_OK)
		find_flag(peer, name)->percentage =
		    mig_json_number(mig_json_get(mig_json_root(doc), "percentage"));
	mig_json_free(doc);
	mig_findings_fini(&findings);
}

static void
on_late(evutil_socket_t fd, short what, void *context)
{
	struct late *late = context;

	(void)fd;
	(void)what;
	if (late->flag != NULL)
		set_flag(late->peer, late->flag, late->body);
	reply(late->request, 200, "{}");
	event_free(late->timer);
	free(late->flag);
	free(late->body);
	free(late);
}

/* Answer later; flag and body: do it then, too. */
static void
answer_late(struct peer *peer, struct evhttp_request *request, const char *flag, const char *body)
{
	struct late *late = calloc(1, sizeof(*late));
	const struct timeval delay = { (time_t)(peer->late_ms / 1000),
		(suseconds_t)(((int64_t)peer->late_ms % 1000) * 1000) };

	late->peer = peer;
	late->request = request;
	late->flag = flag != NULL ? strdup(flag) : NULL;
	late->body = flag != NULL ? strdup(body) : NULL;
	late->timer = event_new(peer->base, -1, 0, on_late, late);
	(void)event_add(late->timer, &delay);
}

/* Answer as the mode says; true when the effect is to be applied. */
static bool
answer(struct peer *peer, struct evhttp_request *request, const char *mode)
{
	if (strcmp(mode, "fail") == 0) {
		reply(request, 503, "{\"error\":\"failing on request\"}");
		return false;
	}
	if (strcmp(mode, "refuse") == 0) {
		reply(request, 400, "{\"error\":\"refused on request\"}");
		return false;
	}
	if (strcmp(mode, "hang") == 0)
		return false; /* never answered; the client gives up */
	if (strcmp(mode, "late") == 0) {
		answer_late(peer, request, NULL, NULL);
		return true;
	}
	if (strcmp(mode, "follow") == 0) {
		(void)evhttp_add_header(evhttp_request_get_output_headers(request), "Location",
		    "/jobs/1");
		reply(request, 202, "{}");
		return true;
	}
	if (strcmp(mode, "accept") == 0) {
		reply(request, 202, "{}");
		return true;
	}
	reply(request, 200, "{}");
	return strcmp(mode, "lie") != 0;
}

/* Write down one request; returns whether its key is new. */
static bool
note(struct peer *peer, struct evhttp_request *request, const char *path, const char *body)
{
	static const char *const signing[] = { "webhook-id", "webhook-timestamp",
		"webhook-signature", NULL };
	const char *key = header_of(request, "Idempotency-Key");
	bool is_signed = header_of(request, "webhook-signature") != NULL;
	bool first = first_time(peer, key);
	struct mig_buf line;
	struct mig_jw jw;

	mig_buf_init(&line, 1U << 20);
	mig_jw_init(&jw, &line, 0);
	mig_jw_object(&jw, NULL);
	mig_jw_int(&jw, "ms", now_ms());
	mig_jw_string(&jw, "path", path);
	mig_jw_string(&jw, "key", key);
	mig_jw_bool(&jw, "first", first);
	mig_jw_bool(&jw, "signed", is_signed);
	for (const char *const *name = signing; is_signed && *name != NULL; name++)
		mig_jw_string(&jw, *name, header_of(request, *name));
	if (is_signed)
		mig_jw_string(&jw, "text", body); /* what the signature is over, byte for byte */
	if (body[0] == '{')
		mig_jw_raw(&jw, "body", body);
	mig_jw_object_end(&jw);
	(void)fprintf(peer->journal, "%s\n", line.data);
	(void)fflush(peer->journal);
	mig_buf_fini(&line);
	return first;
}

static char *
body_of(struct evhttp_request *request)
{
	struct evbuffer *in = evhttp_request_get_input_buffer(request);
	size_t len = evbuffer_get_length(in);
	char *text = calloc(1, len + 1);

	(void)evbuffer_copyout(in, text, len);
	return text;
}

static void
on_flag(struct peer *peer, struct evhttp_request *request, const char *path)
{
	const char *name = path + strlen("/flags/");
	char text[64];

	if (evhttp_request_get_command(request) == EVHTTP_REQ_GET) {
		if (strcmp(peer->reads_mode, "fail") == 0) {
			reply(request, 503, NULL);
			return;
		}
		(void)snprintf(text, sizeof(text), "{\"percentage\":%g}",
		    find_flag(peer, name)->percentage);
		reply(request, 200, text);
		return;
	}
	char *body = body_of(request);
	bool first = note(peer, request, path, body);
	struct key *key = find_key(peer, header_of(request, "Idempotency-Key"));
	bool apply = key == NULL ? first : !key->applied;
	bool slow = strcmp(peer->flags_mode, "slow") == 0;

	if (slow)
		answer_late(peer, request, apply ? name : NULL, body);
	else
		apply = answer(peer, request, peer->flags_mode) && apply;
	if (apply && !slow)
		set_flag(peer, name, body);
	if (apply && key != NULL)
		key->applied = true;
	free(body);
}

static void
on_other(struct peer *peer, struct evhttp_request *request, const char *path)
{
	char *body = body_of(request);
	const char *mode = strcmp(path, "/notify") == 0 ? peer->notify_mode :
	    strstr(body, "\"phase_gate\"") != NULL ? peer->gate_mode : peer->steps_mode;

	(void)note(peer, request, path, body);
	(void)answer(peer, request, mode);
	free(body);
}

static void
on_metrics(struct peer *peer, struct evhttp_request *request)
{
	struct mig_buf text;

	if (strcmp(peer->metrics, "hang") == 0)
		return;
	if (strcmp(peer->metrics, "down") == 0) {
		reply(request, 503, NULL);
		return;
	}
	mig_buf_init(&text, 1U << 16);
	traffic_render(&peer->traffic, strcmp(peer->metrics, "no_new") != 0, &text);
	mig_buf_printf(&text, "# TYPE shop_lag_seconds gauge\nshop_lag_seconds %g\n", peer->lag_s);
	if (strcmp(peer->metrics, "garbage") == 0)
		mig_buf_puts(&text, "this is no metric\n");
	struct evbuffer *out = evbuffer_new();
	(void)evbuffer_add(out, text.data, text.len);
	(void)evhttp_add_header(evhttp_request_get_output_headers(request), "Content-Type",
	    "text/plain; version=0.0.4");
	evhttp_send_reply(request, 200, "OK", out);
	evbuffer_free(out);
	mig_buf_fini(&text);
}

/* As at the start; what is still to be answered late is answered all the same. */
static void
reset(struct peer *peer)
{
	char *const modes[] = { peer->metrics, peer->split, peer->flags_mode, peer->reads_mode,
		peer->steps_mode, peer->notify_mode, peer->gate_mode };
	struct traffic well;

	for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++)
		(void)snprintf(modes[i], WORD, "ok");
	(void)snprintf(peer->jobs, WORD, "open");
	for (size_t i = 0; i < peer->key_count; i++)
		free(peer->keys[i].text);
	peer->key_count = 0;
	memset(peer->flags, 0, sizeof(peer->flags));
	peer->flag_count = 0;
	peer->late_ms = 0;
	peer->lag_s = 0;
	/* Counters go on, as those of a real service. */
	traffic_init(&well, SEED);
	peer->traffic.old.error_rate = well.old.error_rate;
	/* One error in the first handful of requests would be a breach of its own. */
	peer->traffic.new.error_rate = 0;
	peer->traffic.new.latency_s = well.new.latency_s;
}

static void
control_number(struct peer *peer, const char *name, double number)
{
	if (strcmp(name, "error_rate") == 0)
		peer->traffic.new.error_rate = number;
	else if (strcmp(name, "old_error_rate") == 0)
		peer->traffic.old.error_rate = number;
	else if (strcmp(name, "latency_ms") == 0)
		peer->traffic.new.latency_s = number / 1000;
	else if (strcmp(name, "late_ms") == 0)
		peer->late_ms = number;
	else if (strcmp(name, "lag") == 0)
		peer->lag_s = number;
}

static void
control_one(struct peer *peer, const char *name, const char *value)
{
	struct {
		const char *name;
		char *word;
	} words[] = { { "metrics", peer->metrics }, { "traffic", peer->split },
		{ "flags", peer->flags_mode }, { "reads", peer->reads_mode },
		{ "steps", peer->steps_mode }, { "notify", peer->notify_mode },
		{ "gate", peer->gate_mode }, { "jobs", peer->jobs } };
	const char *colon = strchr(value, ':');
	double number = 0;

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (strcmp(words[i].name, name) == 0)
			(void)snprintf(words[i].word, WORD, "%s", value);
	}
	if (strcmp(name, "reset") == 0)
		reset(peer);
	if (strcmp(name, "set") == 0 && colon != NULL &&
	    mig_num_double(colon + 1, &number) == MIG_OK) {
		char flag[128];
		(void)snprintf(flag, sizeof(flag), "%.*s", (int)(colon - value), value);
		find_flag(peer, flag)->percentage = number;
	}
	if (mig_num_double(value, &number) == MIG_OK)
		control_number(peer, name, number);
}

static void
on_control(struct peer *peer, struct evhttp_request *request)
{
	const char *text = evhttp_uri_get_query(evhttp_request_get_evhttp_uri(request));
	struct evkeyvalq query;
	struct evkeyval *pair = NULL;

	if (evhttp_parse_query_str(text == NULL ? "" : text, &query) != 0) {
		reply(request, 400, NULL);
		return;
	}
	for (pair = query.tqh_first; pair != NULL; pair = pair->next.tqe_next)
		control_one(peer, pair->key, pair->value);
	evhttp_clear_headers(&query);
	reply(request, 200, "{}");
}

static void
on_request(struct evhttp_request *request, void *context)
{
	struct peer *peer = context;
	const char *path = evhttp_uri_get_path(evhttp_request_get_evhttp_uri(request));

	if (strcmp(path, "/metrics") == 0)
		on_metrics(peer, request);
	else if (strcmp(path, "/control") == 0)
		on_control(peer, request);
	else if (strncmp(path, "/flags/", strlen("/flags/")) == 0)
		on_flag(peer, request, path);
	else if (strcmp(path, "/jobs/1") == 0)
		reply(request, strcmp(peer->jobs, "done") == 0 ? 200 : 202, "{}");
	else
		on_other(peer, request, path);
}

static void
on_tick(evutil_socket_t fd, short what, void *context)
{
	struct peer *peer = context;
	double share = 0;

	(void)fd;
	(void)what;
	for (size_t i = 0; i < peer->flag_count && strcmp(peer->split, "old_only") != 0; i++)
		share = share > peer->flags[i].percentage ? share : peer->flags[i].percentage;
	for (int i = 0; i < REQUESTS_PER_TICK; i++)
		traffic_request(&peer->traffic, traffic_random(&peer->traffic) * 100 < share);
}

static void
on_term(evutil_socket_t fd, short what, void *context)
{
	struct peer *peer = context;

	(void)fd;
	(void)what;
	(void)event_base_loopbreak(peer->base);
}

static int
serve(struct peer *peer, uint16_t port)
{
	const struct timeval tick = { 0, TICK_US };
	struct evhttp *http = evhttp_new(peer->base);
	struct event *timer = event_new(peer->base, -1, EV_PERSIST, on_tick, peer);
	struct event *term = evsignal_new(peer->base, SIGTERM, on_term, peer);
	int status = EXIT_FAILURE;

	evhttp_set_allowed_methods(http, EVHTTP_REQ_GET | EVHTTP_REQ_POST | EVHTTP_REQ_PUT |
	    EVHTTP_REQ_PATCH);
	evhttp_set_gencb(http, on_request, peer);
	(void)event_add(timer, &tick);
	(void)event_add(term, NULL);
	struct evhttp_bound_socket *bound =
	    evhttp_bind_socket_with_handle(http, "127.0.0.1", port);
	if (bound != NULL) {
		(void)event_base_dispatch(peer->base);
		status = EXIT_SUCCESS;
	}
	event_free(term);
	event_free(timer);
	evhttp_free(http);
	return status;
}

int
main(int argc, char **argv)
{
	static struct peer peer; /* zeroed; large because of the keys */
	int64_t port = 0;

	if (argc != 3 || mig_num_int(argv[1], 1, 65535, &port) != MIG_OK) {
		(void)fputs("usage: peer PORT JOURNAL\n", stderr);
		return 64;
	}
	(void)signal(SIGPIPE, SIG_IGN);
	peer.journal = fopen(argv[2], "ae");
	peer.base = event_base_new();
	if (peer.journal == NULL || peer.base == NULL)
		return EXIT_FAILURE;
	traffic_init(&peer.traffic, SEED);
	reset(&peer);
	int status = serve(&peer, (uint16_t)port);
	reset(&peer);
	(void)fclose(peer.journal);
	event_base_free(peer.base);
	return status;
}
