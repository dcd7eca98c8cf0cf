/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/* The daemon's HTTP client on a simulated network. */

#include <stdlib.h>
#include <string.h>

#include "base/prng.h"
#include "daemon/http_client.h"
#include "daemon/loop.h"
#include "sim/sim_int.h"
#include "sim/source.h"

#define LATENCY_MAX_MS 20
#define AGAIN_MAX_MS 120000
#define KEY_HEADER "Idempotency-Key: "

struct http_client {
	struct sim *sim;
	struct http_call *calls;
};

struct http_call {
	struct http_call *next;
	struct http_client *client;
	http_callback callback;
	void *context;
	int64_t sent_ms;
	int64_t due_ms; /* of the answer, or of giving up */
	uint64_t order;
	bool answered;
	struct sim_answer answer;
	char *asked; /* the body of a question, for the oracle; NULL: it is none */
};

static void
call_free(struct http_call *call)
{
	struct http_call **link = &call->client->calls;

	while (*link != call)
		link = &(*link)->next;
	*link = call->next;
	for (struct sim_packet *p = call->client->sim->packets; p != NULL; p = p->next) {
		if (p->call == call)
			p->call = NULL;
	}
	mig_buf_fini(&call->answer.body);
	free(call->asked);
	free(call);
}

struct http_client *
sim_http_new(struct sim *sim)
{
	struct http_client *client = calloc(1, sizeof(*client));

	if (client != NULL)
		client->sim = sim;
	return client;
}

void
sim_http_free(struct http_client *client)
{
	if (client == NULL)
		return;
	while (client->calls != NULL)
		call_free(client->calls);
	free(client);
}

static struct http_call *
first_call(const struct http_client *client)
{
	struct http_call *first = NULL;

	for (struct http_call *call = client->calls; call != NULL; call = call->next) {
		if (first == NULL || call->due_ms < first->due_ms ||
		    (call->due_ms == first->due_ms && call->order < first->order))
			first = call;
	}
	return first;
}

int64_t
sim_http_due(const struct http_client *client, uint64_t *ret_order)
{
	const struct http_call *call = first_call(client);

	if (call == NULL)
		return SIM_NEVER;
	*ret_order = call->order;
	return call->due_ms;
}

/* The oracle hears what the daemon hears. */
static void
tell_oracle(struct sim *sim, const struct http_call *call, const struct http_reply *reply)
{
	struct sim_served served = { sim->now_ms, call->sent_ms, MIG_QUALITY_ERROR, 0 };

	if (call->asked == NULL)
		return;
	if (strncmp(call->asked, "query=", strlen("query=")) != 0) {
		sim_oracle_gate(sim, call->asked, reply->status == 200);
		return;
	}
	if (reply->status == 200) {
		served.quality = call->answer.quality;
		served.value = call->answer.value;
	}
	sim_oracle_served(sim, call->asked, &served);
}

void
sim_http_fire(struct http_client *client)
{
	struct http_call *call = first_call(client);
	struct sim *sim = client->sim;
	const struct sim_answer *answer = &call->answer;
	struct http_reply reply = { .body = "", .retry_after_s = -1,
		.duration_ms = sim->now_ms - call->sent_ms };
	http_callback callback = call->callback;
	void *context = call->context;

	if (!call->answered) {
		reply.failure = HTTP_FAILURE_TIMEOUT;
		reply.error = "no answer in time";
	} else if (answer->refused) {
		reply.failure = HTTP_FAILURE_CONNECT;
		reply.error = "connection refused";
	} else {
		reply.status = answer->status;
		reply.body = answer->body.data;
		reply.body_len = answer->body.len;
		reply.location = answer->location;
		reply.retry_after_s = answer->retry_after_s;
	}
	tell_oracle(sim, call, &reply);
	/* The handle is dead before the callback runs, its answer not before it returns. */
	struct http_call kept = *call;
	call->answer.body = (struct mig_buf){ 0 };
	mig_buf_init(&call->answer.body, SIM_BODY_MAX);
	call_free(call);
	if (kept.answered && !kept.answer.refused) {
		reply.body = kept.answer.body.data;
		reply.body_len = kept.answer.body.len;
	}
	callback(context, &reply);
	mig_buf_fini(&kept.answer.body);
}

void
http_call_cancel(struct http_call *call)
{
	if (call == NULL)
		return;
	struct sim *sim = call->client->sim;
	for (struct sim_packet **link = &sim->packets; *link != NULL; link = &(*link)->next) {
		struct sim_packet *packet = *link;
		if (packet->call != call)
			continue;
		/* On its way already: half of them arrive all the same. */
		if (sim_draw(sim) % 2 == 0)
			break;
		*link = packet->next;
		sim_packet_free(packet);
		break;
	}
	call_free(call);
}

void
sim_packet_free(struct sim_packet *packet)
{
	if (packet == NULL)
		return;
	free(packet->method);
	free(packet->url);
	free(packet->body);
	free(packet->key);
	free(packet);
}

static char *
copy_text(const char *text, size_t len)
{
	char *copy = calloc(1, len + 1);

	if (copy != NULL && len > 0)
		memcpy(copy, text, len);
	return copy;
}

static const char *
find_key(const struct http_request *request)
{
	for (size_t i = 0; i < request->header_count; i++) {
		if (strncmp(request->headers[i], KEY_HEADER, strlen(KEY_HEADER)) == 0)
			return request->headers[i] + strlen(KEY_HEADER);
	}
	return "";
}

static struct sim_packet *
packet_new(const char *method, const char *url, const char *body, size_t len, const char *key)
{
	struct sim_packet *packet = calloc(1, sizeof(*packet));

	if (packet == NULL)
		return NULL;
	packet->method = strdup(method);
	packet->url = strdup(url);
	packet->body = copy_text(body, len);
	packet->key = strdup(key);
	if (packet->method != NULL && packet->url != NULL && packet->body != NULL &&
	    packet->key != NULL)
		return packet;
	sim_packet_free(packet);
	return NULL;
}

static void
enqueue(struct sim *sim, struct sim_packet *packet, int64_t due_ms)
{
	packet->due_ms = due_ms;
	packet->order = ++sim->order;
	packet->next = sim->packets;
	sim->packets = packet;
}

/* A copy that the network delivers once more, later. */
static void
duplicate(struct sim *sim, const struct sim_packet *packet)
{
	struct sim_packet *again = packet_new(packet->method, packet->url, packet->body,
	    strlen(packet->body), packet->key);

	if (again == NULL)
		return;
	again->again = true;
	enqueue(sim, again, sim->now_ms + 1 + (int64_t)(sim_draw(sim) % AGAIN_MAX_MS));
}

/* Whether a request asks and changes nothing. */
static bool
is_question(const struct sim_packet *packet)
{
	return packet->key[0] == '\0' || strstr(packet->body, "\"phase_gate\"") != NULL;
}

/* A write leaves the daemon: that is where it may die, and where the oracle looks. */
static bool
leave(struct sim *sim, const struct sim_packet *packet)
{
	sim_oracle_pace(sim, packet);
	if (is_question(packet))
		return true;
	if (sim->send_faulty) {
		sim_die(sim, "before a request");
		return false;
	}
	sim_trace(sim, "sends %s %s %s %s", packet->method, packet->url, packet->key,
	    packet->body);
	sim_oracle_send(sim, packet);
	return true;
}

int
http_client_send(struct http_client *client, const struct http_request *request,
    http_callback callback, void *context, struct http_call **ret_call)
{
	struct sim *sim = client->sim;
	struct http_call *call = calloc(1, sizeof(*call));
	struct sim_packet *packet = packet_new(request->method, request->url,
	    request->body == NULL ? "" : request->body, request->body_len, find_key(request));

	if (call == NULL || packet == NULL) {
		free(call);
		sim_packet_free(packet);
		return MIG_ENOMEM;
	}
	*call = (struct http_call){ client->calls, client, callback, context, sim->now_ms,
		sim->now_ms + request->timeout_ms, ++sim->order, false, { 0 }, NULL };
	mig_buf_init(&call->answer.body, SIM_BODY_MAX);
	if (is_question(packet) && packet->body[0] != '\0')
		call->asked = strdup(packet->body);
	client->calls = call;
	packet->call = call;
	if (ret_call != NULL)
		*ret_call = call;
	if (sim_is_dead(sim) || !leave(sim, packet)) {
		sim_packet_free(packet);
		return MIG_OK;
	}
	enqueue(sim, packet, sim->now_ms + (int64_t)(sim_draw(sim) % LATENCY_MAX_MS));
	return MIG_OK;
}

/* Whether an answer settles a request, for good or bad, and asking again is no use. */
static bool
is_final(long status)
{
	return status != 408 && status != 429 && status < 500;
}

void
sim_net_deliver(struct sim *sim, struct sim_packet *packet)
{
	struct sim_answer answer = { .retry_after_s = -1, .quality = MIG_QUALITY_ERROR };
	struct http_call *call = packet->call;

	mig_buf_init(&answer.body, SIM_BODY_MAX);
	sim_mark(sim, packet->order);
	sim_site_serve(sim, packet, &answer);
	bool heard = call != NULL && !answer.silent &&
	    sim->now_ms + answer.delay_ms < call->due_ms;
	if (!is_question(packet)) {
		if (heard && is_final(answer.status))
			sim_oracle_taken(sim, packet, &answer);
		if (!packet->again &&
		    sim_setup_fault(sim->setup, SIM_FLAG_TWICE, sim->now_ms) != NULL)
			duplicate(sim, packet);
	}
	if (heard && answer.status == 200 && is_question(packet))
		sim_oracle_job_done(sim, packet->url);
	if (!heard) {
		mig_buf_fini(&answer.body);
	} else {
		mig_buf_fini(&call->answer.body);
		call->answer = answer;
		call->answered = true;
		call->due_ms = sim->now_ms + answer.delay_ms;
		call->order = ++sim->order;
	}
	sim_packet_free(packet);
}
