/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/* The servers around the daemon: flag service, executor, receiver of notifications. */

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "core/policy.h"
#include "sim/sim_int.h"
#include "sim/source.h"

#define DELAY_MAX_MS 20
#define LATE_MAX_MS 120000
#define JOBS 16
#define BUSY_S 2

static void
note_exposure(struct sim *sim)
{
	struct sim_site *site = &sim->site;
	struct sim_exposure now = { .from_ms = sim->now_ms };

	for (size_t i = 0; i < sim->setup->flag_count; i++) {
		now.new_path = fmax(now.new_path, site->flags[i]);
		now.old_path = fmax(now.old_path, 100 - site->flags[i]);
	}
	if (site->exposure_count == site->exposure_room) {
		size_t room = site->exposure_room * 2 + 16;
		void *more = realloc(site->exposures, room * sizeof(*site->exposures));
		if (more == NULL)
			return;
		site->exposures = more;
		site->exposure_room = room;
	}
	site->exposures[site->exposure_count++] = now;
}

void
sim_site_set(struct sim *sim, size_t flag, double percentage)
{
	struct sim_site *site = &sim->site;

	if (site->flags[flag] >= percentage && site->flags[flag] <= percentage)
		return;
	sim_trace(sim, "flag %zu is at %g %% (was at %g %%)", flag, percentage, site->flags[flag]);
	sim_mark(sim, (uint64_t)percentage);
	site->flags[flag] = percentage;
	site->moved_ms[flag] = sim->now_ms;
	sim_oracle_flag_set(sim, flag);
	note_exposure(sim);
}

double
sim_site_exposure(const struct sim *sim, bool old_path, int64_t from_ms, int64_t to_ms)
{
	const struct sim_site *site = &sim->site;
	double most = 0;

	/* Newest first: the times that are asked for are the last ones. */
	for (size_t i = site->exposure_count; i > 0; i--) {
		const struct sim_exposure *exposure = &site->exposures[i - 1];
		if (exposure->from_ms <= to_ms)
			most = fmax(most, old_path ? exposure->old_path : exposure->new_path);
		if (exposure->from_ms <= from_ms)
			break;
	}
	return most;
}

size_t
sim_site_flag(const struct sim *sim, const char *name, size_t len)
{
	size_t i = 0;

	while (i < sim->setup->flag_count &&
	    (strlen(sim->truth.policy->flags[i].name) != len ||
	    memcmp(sim->truth.policy->flags[i].name, name, len) != 0))
		i++;
	return i;
}

/* A write takes effect, unless the service knows of a newer one and cares. */
static void
apply(struct sim *sim, size_t flag, double percentage, int64_t generation)
{
	struct sim_site *site = &sim->site;

	if (sim->setup->fenced && generation < site->generations[flag])
		return;
	if (generation > site->generations[flag])
		site->generations[flag] = generation;
	sim_site_set(sim, flag, percentage);
}

void
sim_site_apply_later(struct sim *sim, struct sim_later *later)
{
	apply(sim, later->flag, later->percentage, later->generation);
	free(later);
}

static void
apply_in(struct sim *sim, int64_t delay_ms, const struct sim_later *what)
{
	struct sim_later *later = calloc(1, sizeof(*later));

	if (later == NULL)
		return;
	*later = *what;
	later->due_ms = sim->now_ms + delay_ms;
	later->order = ++sim->order;
	later->next = sim->site.later;
	sim->site.later = later;
}

static void
answer_with(struct sim_answer *answer, long status, const char *body)
{
	answer->status = status;
	mig_buf_puts(&answer->body, body);
}

static bool
on(const struct sim *sim, enum sim_fault_kind kind)
{
	return sim_setup_fault(sim->setup, kind, sim->now_ms) != NULL;
}

/* Faults that keep a write from being carried out; whether one is on. */
static bool
flag_write_fails(struct sim *sim, struct sim_answer *answer)
{
	if (on(sim, SIM_FLAG_HANG))
		answer->silent = true;
	else if (on(sim, SIM_FLAG_ERROR))
		answer_with(answer, 503, "down");
	else if (on(sim, SIM_FLAG_REFUSE))
		answer_with(answer, 403, "no");
	else if (on(sim, SIM_FLAG_LIE))
		answer_with(answer, 200, "{}");
	else if (on(sim, SIM_FLAG_BUSY)) {
		answer_with(answer, 429, "busy");
		answer->retry_after_s = BUSY_S;
	} else
		return false;
	return true;
}

static void
write_flag(struct sim *sim, const struct sim_packet *packet, size_t flag,
    struct sim_answer *answer)
{
	struct mig_findings findings = { 0 };
	struct mig_json_doc *doc = NULL;
	int error = mig_json_parse(packet->body, strlen(packet->body), NULL, &doc, &findings);

	mig_findings_fini(&findings);
	if (error != MIG_OK) {
		answer_with(answer, 400, "no JSON");
		return;
	}
	const struct mig_json *root = mig_json_root(doc);
	struct sim_later what = { .flag = flag,
		.percentage = mig_json_number(mig_json_get(root, "percentage")),
		.generation = (int64_t)mig_json_number(mig_json_get(root, "generation")) };
	mig_json_free(doc);
	if (flag_write_fails(sim, answer))
		return;
	if (sim->setup->fenced && what.generation < sim->site.generations[flag]) {
		answer_with(answer, 409, "older than what is set");
		return;
	}
	if (on(sim, SIM_FLAG_DELAY)) {
		apply_in(sim, 1 + (int64_t)(sim_draw(sim) % LATE_MAX_MS), &what);
	} else {
		apply(sim, flag, what.percentage, what.generation);
		answer->silent = on(sim, SIM_FLAG_LATE);
	}
	answer_with(answer, 200, "{}");
}

static void
read_flag(struct sim *sim, size_t flag, struct sim_answer *answer)
{
	if (on(sim, SIM_FLAG_HANG)) {
		answer->silent = true;
	} else if (on(sim, SIM_FLAG_UNREAD)) {
		answer_with(answer, 500, "");
	} else {
		sim_oracle_shown(sim, flag);
		answer->status = 200;
		mig_buf_printf(&answer->body, "{\"percentage\":%g}", sim->site.flags[flag]);
	}
}

static void
serve_flag(struct sim *sim, const struct sim_packet *packet, struct sim_answer *answer)
{
	const char *name = packet->url + strlen(SIM_FLAGS);
	size_t flag = sim_site_flag(sim, name, strlen(name));

	if (flag == sim->setup->flag_count)
		answer_with(answer, 404, "");
	else if (strcmp(packet->method, "GET") == 0)
		read_flag(sim, flag, answer);
	else
		write_flag(sim, packet, flag, answer);
}

static void
accept_step(struct sim *sim, struct sim_answer *answer)
{
	static const char *const places[JOBS] = { SIM_JOBS "0", SIM_JOBS "1", SIM_JOBS "2",
		SIM_JOBS "3", SIM_JOBS "4", SIM_JOBS "5", SIM_JOBS "6", SIM_JOBS "7",
		SIM_JOBS "8", SIM_JOBS "9", SIM_JOBS "a", SIM_JOBS "b", SIM_JOBS "c",
		SIM_JOBS "d", SIM_JOBS "e", SIM_JOBS "f" };
	size_t job = sim->site.jobs++ % JOBS;

	sim->site.job_done_ms[job] = sim->now_ms + (int64_t)(sim_draw(sim) % LATE_MAX_MS);
	answer_with(answer, 202, "");
	/* Some do not say where to ask. */
	if (sim_draw(sim) % 4 != 0)
		answer->location = places[job];
}

static void
serve_job(struct sim *sim, const struct sim_packet *packet, struct sim_answer *answer)
{
	static const char digits[] = "0123456789abcdef";
	const char *digit = strchr(digits, packet->url[strlen(SIM_JOBS)]);
	size_t job = digit == NULL ? 0 : (size_t)(digit - digits) % JOBS;

	if (on(sim, SIM_STEP_HANG))
		answer->silent = true;
	else if (on(sim, SIM_STEP_ERROR))
		answer_with(answer, 500, "");
	else if (on(sim, SIM_STEP_REFUSE))
		answer_with(answer, job % 2 == 0 ? 404 : 410, "");
	else
		answer_with(answer, sim->now_ms >= sim->site.job_done_ms[job] ? 200 : 204, "");
}

static void
serve_step(struct sim *sim, const struct sim_packet *packet, struct sim_answer *answer)
{
	bool gate = strstr(packet->body, "\"phase_gate\"") != NULL;

	if (on(sim, SIM_STEP_HANG))
		answer->silent = true;
	else if (on(sim, SIM_STEP_ERROR))
		answer_with(answer, 500, "");
	else if (gate)
		answer_with(answer, on(sim, SIM_GATE_CLOSED) ? 423 : 200, "");
	else if (on(sim, SIM_STEP_REFUSE))
		answer_with(answer, 400, "");
	else if (on(sim, SIM_STEP_ACCEPT))
		accept_step(sim, answer);
	else
		answer_with(answer, 200, "");
}

static void
serve_notice(struct sim *sim, struct sim_answer *answer)
{
	if (on(sim, SIM_NOTIFY_HANG))
		answer->silent = true;
	else
		answer_with(answer, on(sim, SIM_NOTIFY_ERROR) ? 500 : 204, "");
}

static bool
goes_to(const struct sim_packet *packet, const char *server)
{
	return strncmp(packet->url, server, strlen(server)) == 0;
}

void
sim_site_serve(struct sim *sim, const struct sim_packet *packet, struct sim_answer *answer)
{
	answer->delay_ms = (int64_t)(sim_draw(sim) % DELAY_MAX_MS);
	if (goes_to(packet, SIM_PROMETHEUS))
		sim_prometheus_serve(sim, packet, answer);
	else if (goes_to(packet, SIM_FLAGS))
		serve_flag(sim, packet, answer);
	else if (goes_to(packet, SIM_JOBS))
		serve_job(sim, packet, answer);
	else if (goes_to(packet, SIM_STEPS))
		serve_step(sim, packet, answer);
	else
		serve_notice(sim, answer);
}

/* A query as it stands in the body of a question. */
static char *
encode_query(const char *query)
{
	struct mig_buf body;

	if (query == NULL)
		return NULL;
	mig_buf_init(&body, SIM_BODY_MAX);
	mig_prom_query_body(query, (mig_wall){ 0 }, &body);
	char *text = mig_buf_steal(&body);
	mig_buf_fini(&body);
	return text;
}

void
sim_site_init(struct sim *sim)
{
	const struct mig_policy *policy = sim->truth.policy;

	for (size_t i = 0; i < policy->metric_count; i++) {
		const struct mig_metric *metric = &policy->metrics[i];
		sim->site.queries[i][SIM_VALUE] = encode_query(metric->query);
		sim->site.queries[i][SIM_AGE] = encode_query(metric->age_query);
		sim->site.queries[i][SIM_COUNT] = encode_query(metric->count_query);
		sim->site.queries[i][SIM_OLD] = encode_query(metric->baseline_query);
		sim->site.queries[i][SIM_OLD_AGE] = encode_query(metric->baseline_age_query);
		sim->site.queries[i][SIM_OLD_COUNT] = encode_query(metric->baseline_count_query);
	}
	for (size_t i = 0; i < sim->setup->flag_count; i++)
		sim->site.flags[i] = sim->setup->flags[i].initial;
	note_exposure(sim);
}

void
sim_site_fini(struct sim_site *site)
{
	for (size_t i = 0; i < SIM_METRICS_MAX; i++) {
		for (size_t part = 0; part < SIM_PARTS; part++)
			free(site->queries[i][part]);
	}
	while (site->later != NULL) {
		struct sim_later *later = site->later;
		site->later = later->next;
		free(later);
	}
	free(site->exposures);
}
