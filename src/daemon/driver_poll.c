/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "daemon/config.h"
#include "daemon/dispatch_request.h"
#include "daemon/dispatcher.h"
#include "daemon/driver_int.h"
#include "daemon/http_client.h"
#include "daemon/log.h"
#include "daemon/loop.h"
#include "daemon/prom_client.h"
#include "daemon/secrets.h"
#include "wire/webhook.h"

/*
 * How far behind a scrape the first question is asked, and by how much that grows when it was
 * too early.
 */
#define LAG_FIRST_MS 20
#define LAG_MORE_MS 10

/* So many questions at a gate in a row without an answer, and people are told. */
#define GATE_UNANSWERED_MAX 4U

/* The log hears of a query when its answers become, or cease to be, errors. */
static void
tell_log(struct ask *ask, enum mig_quality quality)
{
	struct rollout *rollout = ask->rollout;
	size_t metric = ask->answers.metric;
	bool old_path = ask->answers.old_path;
	enum mig_quality *told = &rollout->told[old_path][metric];
	bool error = quality == MIG_QUALITY_ERROR;

	if (error != (*told == MIG_QUALITY_ERROR))
		log_event(error ? LOG_LEVEL_WARNING : LOG_LEVEL_INFO, "metrics",
		    error ? "a query fails" : "a query works again", "rollout",
		    rollout->state->rollout_id, "metric",
		    rollout->policy->metrics[metric].name, "path",
		    old_path ? "old" : "new", error ? "error" : NULL,
		    ask->answers.parts[MIG_SAMPLE_VALUE].error, NULL);
	*told = quality;
}

bool
rollout_asking(const struct rollout *rollout)
{
	for (size_t i = 0; i < rollout->policy->metric_count; i++) {
		if (rollout->asks[0][i].outstanding + rollout->asks[1][i].outstanding > 0)
			return true;
	}
	return false;
}

static void ask_metric(struct rollout *rollout, size_t metric, bool old_path);

/* All answers of an ask are in: one sample for the core, or the same question again. */
static void
deliver(struct ask *ask)
{
	struct rollout *rollout = ask->rollout;
	struct mig_event event = { .kind = MIG_EVENT_SAMPLE };

	if (ask->outdated && rollout_under_way(rollout)) {
		ask_metric(rollout, ask->answers.metric, ask->answers.old_path);
		return;
	}
	mig_sample_event(rollout->policy, &ask->answers, &event);
	tell_log(ask, event.u.sample.quality);
	rollout->answered_s = ask->answered_s;
	(void)rollout_apply(rollout, &event, NULL, NULL, 0); /* logged there */
}

/* Whether trigger a acts before trigger b. */
static bool
acts_before(const struct mig_trigger *a, const struct mig_trigger *b)
{
	bool a_back = a->action == MIG_ACTION_ROLLBACK;
	bool b_back = b->action == MIG_ACTION_ROLLBACK;

	return a_back != b_back ? a_back : a->for_ms < b->for_ms;
}

/*
 * Targets differ in when they are scraped, and only one of them can set the pace: the one that the
 * quickest rollback looks at.
 */
static bool
sets_pace(const struct mig_policy *policy, size_t metric)
{
	const struct mig_trigger *quickest = NULL;

	for (size_t i = 0; i < policy->trigger_count; i++) {
		const struct mig_trigger *trigger = &policy->triggers[i];
		if (trigger->armed && policy->metrics[trigger->metric].age_query != NULL &&
		    (quickest == NULL || acts_before(trigger, quickest)))
			quickest = trigger;
	}
	return quickest != NULL && quickest->metric == metric;
}

/* Where in Prometheus' scrape cycle the next question should fall: just behind a scrape. */
static void
follow_scrapes(struct rollout *rollout, double age_s)
{
	int64_t interval = rollout->policy->settings.poll_interval_ms;
	int64_t age = (int64_t)(age_s * 1000);

	if (age < 0 || interval < 500)
		return;
	int64_t behind = age % interval;
	if (behind > interval - interval / 8) {
		/* Asked just before the newest scrape could be seen: wait a little longer. */
		if (rollout->lag_ms < interval / 4)
			rollout->lag_ms += LAG_MORE_MS;
		loop_timer_set(rollout->poll_timer, interval - behind + rollout->lag_ms);
	} else if (behind > rollout->lag_ms + interval / 20) {
		int64_t delay = interval - behind + rollout->lag_ms;
		loop_timer_set(rollout->poll_timer, delay > interval / 4 ? delay : interval / 4);
	}
}

static void
on_answer(void *context, const struct mig_prom_sample *sample)
{
	struct ask_part *part = context;
	struct ask *ask = part->ask;
	const struct mig_answers *answers = &ask->answers;

	ask->answers.parts[part->which] = *sample;
	if (part->which == MIG_SAMPLE_VALUE)
		ask->answered_s = loop_seconds(ask->rollout->driver->parts.loop);
	if (part->which == MIG_SAMPLE_AGE && mig_sample_is_age(ask->rollout->policy, sample) &&
	    !answers->old_path && rollout_under_way(ask->rollout) &&
	    sets_pace(ask->rollout->policy, answers->metric))
		follow_scrapes(ask->rollout, sample->value);
	if (--ask->outstanding == 0)
		deliver(ask);
}

static void
ask_part(struct ask *ask, enum mig_sample_part which, const char *query)
{
	struct prom_client *prom = ask->rollout->driver->parts.prom;

	ask->answers.asked[which] = query != NULL;
	if (query == NULL)
		return;
	ask->parts[which] = (struct ask_part) { ask, which };
	ask->outstanding++;
	if (prom_client_query(prom, query, on_answer, &ask->parts[which]) == MIG_OK)
		return;
	/* Not even asked: an error like any other. */
	memset(&ask->answers.parts[which], 0, sizeof(ask->answers.parts[which]));
	ask->answers.parts[which].quality = MIG_QUALITY_ERROR;
	ask->outstanding--;
}

/* Ask one metric, unless the last question is still open. */
static void
ask_metric(struct rollout *rollout, size_t metric, bool old_path)
{
	struct ask *ask = &rollout->asks[old_path][metric];

	if (ask->outstanding > 0)
		return;
	memset(ask, 0, sizeof(*ask));
	ask->rollout = rollout;
	ask->answers.metric = metric;
	ask->answers.old_path = old_path;
	ask->answered_s = loop_seconds(rollout->driver->parts.loop); /* if it is not even asked */
	/* One more than there are answers to come, so that none delivers while others are asked. */
	ask->outstanding = 1;
	for (enum mig_sample_part which = 0; which < MIG_SAMPLE_PARTS; which++)
		ask_part(ask, which, mig_sample_query(rollout->policy, metric, old_path, which));
	if (--ask->outstanding == 0)
		deliver(ask);
}

/* A probe's trouble when it could not even be sent; else it is as reply_trouble() says. */
#define TROUBLE_UNSENT (-100L)

/* What the log is told of probes of one kind. */
struct probe_words {
	const char *subsystem;
	const char *kind;
	const char *fails;
	const char *works;
};

static const struct probe_words read_words = { "flags", "flag", "cannot read a flag back",
	"a flag can be read back again" };

/* What stands for the way in which a reply fails; its text may be another each time. */
static long
reply_trouble(const struct http_reply *reply)
{
	return reply->status != 0 ? reply->status : -(long)reply->failure;
}

/* The log hears of a probe when it begins to fail, fails in another way, or works again (0). */
static void
tell_probe(struct probe *probe, const struct probe_words *words, const char *name, long trouble,
    const char *error)
{
	if (trouble != probe->trouble)
		log_event(trouble != 0 ? LOG_LEVEL_WARNING : LOG_LEVEL_INFO, words->subsystem,
		    trouble != 0 ? words->fails : words->works, "rollout",
		    probe->rollout->state->rollout_id, words->kind, name,
		    trouble != 0 ? "error" : NULL, error, NULL);
	probe->trouble = trouble;
}

/* The token in a file (NULL none), or NULL; owned by the caller. */
static char *
endpoint_token(struct probe *probe, const char *path)
{
	const struct dispatcher *dispatcher = probe->rollout->driver->dispatcher;
	char error[MIG_ERROR_MAX];
	char *token = NULL;

	bool missing = path != NULL && secrets_read(dispatcher_secrets(dispatcher), path, &token,
	    error, sizeof(error)) != MIG_OK;
	if (missing && !probe->tokenless)
		log_event(LOG_LEVEL_ERROR, "flags", "cannot read a token", "error", error, NULL);
	probe->tokenless = missing;
	return token;
}

static void
on_read_back(void *context, const struct http_reply *reply)
{
	struct probe *probe = context;
	struct rollout *rollout = probe->rollout;
	struct mig_event event = { .kind = MIG_EVENT_READ };
	char error[MIG_ERROR_MAX] = "";

	probe->call = NULL;
	probe->unanswered = reply->status == 0 ? probe->unanswered + 1 : 0;
	event.u.read.flag = probe->index;
	event.u.read.error = error;
	if (reply->status == 0) {
		mig_text_copy(error, sizeof(error), reply->error);
	} else if (reply->status < 200 || reply->status > 299) {
		mig_text_copy(error, sizeof(error), "the provider refused the read-back");
	} else {
		event.u.read.ok = mig_webhook_read_percentage(reply->body, reply->body_len,
		    rollout->binding->read_pointer, &event.u.read.percentage, error,
		    sizeof(error)) == MIG_OK;
	}
	tell_probe(probe, &read_words, rollout->policy->flags[probe->index].name,
	    event.u.read.ok ? 0 : reply_trouble(reply), error);
	(void)rollout_apply(rollout, &event, NULL, NULL, 0); /* logged there */
}

/* Send the question of a flag's read-back. */
static int
send_read(struct probe *probe, const struct mig_request *read)
{
	struct rollout *rollout = probe->rollout;
	bool urgent = rollout->state->run == MIG_RUN_ROLLING_BACK;
	char *token = endpoint_token(probe, read->bearer_token_file);
	struct http_request request = { .method = read->method, .url = read->url,
		.header_count = read->header_count, .headers = read->headers,
		.bearer_token = token, .urgent = urgent, .fresh = probe->unanswered > 0,
		.timeout_ms = dispatch_patience(read->timeout_ms,
		    urgent ? probe->unanswered + 1 : 1) };
	int error = http_client_send(rollout->driver->parts.http, &request, on_read_back, probe,
	    &probe->call);

	free(token);
	return error;
}

static void
read_flag(struct rollout *rollout, size_t flag)
{
	struct probe *probe = &rollout->reads[flag];
	struct mig_webhook_rollout about = { rollout->policy, rollout->binding, rollout->state,
		NULL };
	int64_t due_ms = rollout->state->flags[flag].read_due_ms;
	struct mig_request read;

	if (probe->call != NULL && probe->due_ms == due_ms)
		return;
	/* Due anew: an answer to what was asked before may be from before. */
	http_call_cancel(probe->call);
	probe->call = NULL;
	probe->rollout = rollout;
	probe->index = flag;
	probe->due_ms = due_ms;
	struct mig_arena *arena = mig_arena_new(MIG_REQUEST_BYTES_MAX);
	int error = arena == NULL ? MIG_ENOMEM : mig_webhook_read(&about, flag, arena, &read);
	if (error == MIG_OK)
		error = send_read(probe, &read);
	if (error != MIG_OK)
		tell_probe(probe, &read_words, rollout->policy->flags[flag].name, TROUBLE_UNSENT,
		    mig_error_text(error));
	mig_arena_free(arena);
}

static const struct probe_words gate_words = { "gates", "gate", "a gate is not answered",
	"a gate is answered again" };

static const char *
gate_name(const struct probe *probe)
{
	const struct rollout *rollout = probe->rollout;

	return rollout->policy->phases[rollout->state->phase].gates[probe->index].name;
}

/* Neither yes nor no. */
static void
gate_unanswered(struct probe *probe, long trouble, const char *why)
{
	const struct rollout *rollout = probe->rollout;

	tell_probe(probe, &gate_words, gate_name(probe), trouble, why);
	if (++probe->unanswered == GATE_UNANSWERED_MAX)
		rollout_tell(probe->rollout, "gate_unanswered", "phase",
		    rollout->policy->phases[rollout->state->phase].name, "gate",
		    gate_name(probe), "error", why, NULL);
}

/* Whether the status is the executor's word on the gate, and not that it is down or refuses us. */
static bool
is_word_on_gate(long status)
{
	static const long silences[] = { 401, 403, 404, 405, 407, 429 };

	for (size_t i = 0; i < sizeof(silences) / sizeof(silences[0]); i++) {
		if (status == silences[i])
			return false;
	}
	return status / 100 == 2 || status / 100 == 4;
}

static void
on_gate(void *context, const struct http_reply *reply)
{
	struct probe *probe = context;
	struct mig_event event = { .kind = MIG_EVENT_GATE };
	char why[MIG_ERROR_MAX];

	probe->call = NULL;
	if (is_word_on_gate(reply->status)) {
		tell_probe(probe, &gate_words, gate_name(probe), 0, NULL);
		probe->unanswered = 0;
	} else {
		(void)snprintf(why, sizeof(why), "HTTP %ld", reply->status);
		gate_unanswered(probe, reply_trouble(reply),
		    reply->status == 0 ? reply->error : why);
	}
	event.u.gate.gate = probe->index;
	event.u.gate.open = reply->status == 200 || reply->status == 204;
	(void)rollout_apply(probe->rollout, &event, NULL, NULL, 0); /* logged there */
}

/* Ask the executor whether a webhook gate lets pass; 200 and 204 mean yes. */
static void
ask_gate(struct rollout *rollout, size_t gate)
{
	struct driver *driver = rollout->driver;
	struct probe *probe = &rollout->gates[gate];
	struct mig_webhook_rollout about = { rollout->policy, rollout->binding, rollout->state,
		NULL };
	mig_wall now = loop_wall(driver->parts.loop);
	struct mig_request request;
	struct dispatch_attempt attempt = { .http = driver->parts.http, .request = &request,
		.secrets = dispatcher_secrets(driver->dispatcher), .now = now,
		.callback = on_gate, .context = probe };
	char why[MIG_ERROR_MAX];

	if (probe->call != NULL)
		return;
	probe->rollout = rollout;
	probe->index = gate;
	struct mig_arena *arena = mig_arena_new(MIG_REQUEST_BYTES_MAX);
	int error = arena == NULL ? MIG_ENOMEM :
	    mig_webhook_gate(&about, gate, now, arena, &request);
	(void)snprintf(why, sizeof(why), "%s", mig_error_text(error));
	if (error == MIG_OK) {
		/* A step may take hours, this question not: it comes again. */
		request.timeout_ms = rollout->policy->settings.poll_interval_ms;
		error = dispatch_send(&attempt, &probe->call, why, sizeof(why));
	}
	if (error != MIG_OK)
		gate_unanswered(probe, TROUBLE_UNSENT, why);
	mig_arena_free(arena);
}

static void
on_schema(void *context, enum mig_schema_answer answer, const char *why)
{
	struct rollout *rollout = context;
	struct mig_event event = { .kind = MIG_EVENT_GATE };

	event.u.gate.gate = rollout->look_gate;
	event.u.gate.schema = answer;
	event.u.gate.why = why;
	if (answer != rollout->state->schema.answer)
		log_event(answer == MIG_SCHEMA_AGREES ? LOG_LEVEL_INFO : LOG_LEVEL_WARNING,
		    "schema", "the live schema was looked at", "rollout",
		    rollout->state->rollout_id, "answer", mig_schema_answer_name(answer),
		    "reason", why, NULL);
	(void)rollout_apply(rollout, &event, NULL, NULL, 0); /* logged there */
}

/* Ask whether the live server has the schema that the plan was made for. */
static void
ask_schema(struct rollout *rollout, size_t gate)
{
	const struct schema_live live = { .children = rollout->driver->parts.children,
		.secrets = dispatcher_secrets(rollout->driver->dispatcher) };
	struct driver_view view;

	rollout_view(rollout, &view);
	rollout->look_gate = gate;
	rollout->look.callback = on_schema;
	rollout->look.context = rollout;
	schema_live_ask(&live, &view, &rollout->look);
}

/* Ask what keeps a gate of the current phase closed. */
static void
ask_what_gate_wants(struct rollout *rollout, size_t gate)
{
	const struct mig_phase *phase = &rollout->policy->phases[rollout->state->phase];

	if (phase->gates[gate].kind == MIG_GATE_SCHEMA)
		ask_schema(rollout, gate);
	else
		ask_gate(rollout, gate);
}

void
rollout_look(struct rollout *rollout)
{
	struct mig_wants wants;

	mig_wants(rollout->policy, rollout->state, &wants);
	for (size_t i = 0; i < rollout->policy->flag_count; i++) {
		if ((wants.reads & 1U << i) != 0)
			read_flag(rollout, i);
	}
	if (wants.wake_ms >= 0)
		loop_timer_set(rollout->wake_timer, wants.wake_ms);
}

static void
on_wake(void *context)
{
	struct mig_event event = { .kind = MIG_EVENT_TICK };

	(void)rollout_apply(context, &event, NULL, NULL, 0); /* logged there */
}

static void
on_poll(void *context)
{
	struct rollout *rollout = context;
	struct mig_event event = { .kind = MIG_EVENT_TICK };
	struct mig_wants wants;

	if (!rollout_under_way(rollout)) {
		rollout_checkpoint(rollout, true);
		rollout_watch(rollout);
		return;
	}
	loop_timer_set(rollout->poll_timer, rollout->policy->settings.poll_interval_ms);
	(void)rollout_apply(rollout, &event, NULL, NULL, 0); /* logged there */
	mig_wants(rollout->policy, rollout->state, &wants);
	for (size_t i = 0; i < rollout->policy->metric_count; i++) {
		if ((wants.metrics & 1U << i) != 0)
			ask_metric(rollout, i, false);
		if ((wants.baselines & 1U << i) != 0)
			ask_metric(rollout, i, true);
	}
	for (size_t i = 0; i < MIG_GATES_MAX; i++) {
		if ((wants.gates & 1U << i) != 0)
			ask_what_gate_wants(rollout, i);
	}
	rollout_checkpoint(rollout, false);
}

void
rollout_watch(struct rollout *rollout)
{
	if (!rollout_under_way(rollout)) {
		loop_timer_clear(rollout->poll_timer);
		loop_timer_clear(rollout->wake_timer);
		/* However it has ended: until that is durable a restart would not know of it. */
		if (!rollout_saved(rollout))
			loop_timer_set(rollout->poll_timer,
			    rollout->policy->settings.poll_interval_ms);
		return;
	}
	loop_timer_set(rollout->poll_timer, 0);
	rollout_look(rollout);
}

/* Whether a write of this flag was not acknowledged before, and is now. */
static bool
came_through(const struct mig_flag_state *now, const struct mig_flag_state *next)
{
	return now->write_seq != 0 && next->write_seq != now->write_seq;
}

static void
cancel_gates(struct rollout *rollout)
{
	for (size_t i = 0; i < MIG_GATES_MAX; i++) {
		http_call_cancel(rollout->gates[i].call);
		rollout->gates[i].call = NULL;
	}
	schema_live_cancel(&rollout->look);
}

void
rollout_outdate(struct rollout *rollout, const struct mig_state *next)
{
	const struct mig_state *now = rollout->state;
	bool moves = next->run != now->run || next->phase != now->phase ||
	    next->stage != now->stage;
	bool through = false;

	for (size_t i = 0; i < rollout->policy->flag_count; i++) {
		moves = moves || next->flags[i].generation != now->flags[i].generation;
		through = through || came_through(&now->flags[i], &next->flags[i]);
	}
	/* What was asked before a write came through is answered of what was before it. */
	if (moves || through)
		cancel_gates(rollout);
	if (next->phase != now->phase)
		memset(rollout->gates, 0, sizeof(rollout->gates)); /* others from now on */
	for (size_t i = 0; through && i < rollout->policy->metric_count; i++)
		rollout->asks[false][i].outdated = rollout->asks[false][i].outstanding > 0;
}

void
rollout_unwatch(struct rollout *rollout)
{
	struct prom_client *prom = rollout->driver->parts.prom;

	rollout_refill_cancel(rollout);
	for (size_t i = 0; i < MIG_METRICS_MAX; i++) {
		for (size_t part = 0; part < MIG_SAMPLE_PARTS; part++) {
			prom_client_cancel(prom, &rollout->asks[0][i].parts[part]);
			prom_client_cancel(prom, &rollout->asks[1][i].parts[part]);
		}
	}
	for (size_t i = 0; i < MIG_FLAGS_MAX; i++) {
		http_call_cancel(rollout->reads[i].call);
		rollout->reads[i].call = NULL;
	}
	cancel_gates(rollout);
	loop_timer_clear(rollout->poll_timer);
	loop_timer_clear(rollout->wake_timer);
}

bool
rollout_poll_init(struct rollout *rollout)
{
	struct loop *loop = rollout->driver->parts.loop;

	rollout->lag_ms = LAG_FIRST_MS;
	rollout->poll_timer = loop_timer_new(loop, on_poll, rollout);
	rollout->wake_timer = loop_timer_new(loop, on_wake, rollout);
	return rollout->poll_timer != NULL && rollout->wake_timer != NULL;
}

void
rollout_poll_fini(struct rollout *rollout)
{
	loop_timer_free(rollout->poll_timer);
	loop_timer_free(rollout->wake_timer);
}
