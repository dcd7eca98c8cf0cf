/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/* One run: the daemon's life, the faults that happen once, and the order of all events. */

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/prng.h"
#include "daemon/driver.h"
#include "daemon/loop.h"
#include "daemon/prom_client.h"
#include "sim/people.h"
#include "sim/sim_int.h"
#include "sim/source.h"
#include "sys/file.h"

#define TRACE_MAX 4096
#define DOWN_MAX_POLLS 30
#define DOWN_LONG_MS INT64_C(7200000)
#define DOWN_DAYS_MS INT64_C(259200000)
#define CLOCK_JUMP_MS INT64_C(7200000)
#define CLOCK_NUDGE_MS INT64_C(60000)
#define PROM_TIMEOUT_MS 5000
/* After its end a rollout may still have news to deliver, to a receiver that was down. */
#define FAREWELL_MS INT64_C(1200000)
/* Without faults nothing takes that many polls, nor (closed hours) that long. */
#define STUCK_POLLS 600
#define STUCK_MS INT64_C(7200000)

bool
sim_is_dead(const struct sim *sim)
{
	return sim->dead;
}

void
sim_die(struct sim *sim, const char *where)
{
	sim_trace(sim, "the daemon dies %s", where);
	sim->dead = true;
	sim->write_faulty = false;
	sim->send_faulty = false;
	sim->result.crashes++;
	sim->restart_ms = sim->now_ms + sim->down_ms;
}

bool
sim_frozen(const struct sim *sim, int64_t at_ms)
{
	return sim_setup_fault(sim->setup, SIM_FREEZE, at_ms) != NULL;
}

/* Whether the process is frozen at some time from now until then, if not all of it. */
static bool
stands_still(const struct sim *sim, int64_t until_ms)
{
	for (size_t i = 0; i < sim->setup->fault_count; i++) {
		const struct sim_fault *fault = &sim->setup->faults[i];
		bool inside = fault->from_ms <= sim->now_ms && until_ms < fault->to_ms;
		if (fault->kind == SIM_FREEZE && !fault->off && !inside &&
		    fault->from_ms <= until_ms && sim->now_ms < fault->to_ms)
			return true;
	}
	return false;
}

bool
sim_view(struct sim *sim, struct driver_view *ret_view)
{
	if (sim->process == NULL || sim->dead || driver_count(sim->process->driver) == 0)
		return false;
	driver_at(sim->process->driver, 0, ret_view);
	return true;
}

void
sim_trace(struct sim *sim, const char *fmt, ...)
{
	char line[TRACE_MAX];
	va_list args;

	if (sim->tracer == NULL)
		return;
	int len = snprintf(line, sizeof(line), "%10.3f ", (double)sim->now_ms / 1000);
	va_start(args, fmt);
	(void)vsnprintf(line + len, sizeof(line) - (size_t)len, fmt, args);
	va_end(args);
	sim->tracer(sim->tracer_context, line);
}

void
sim_mark(struct sim *sim, uint64_t what)
{
	sim->result.hash = mig_prng_mix(sim->result.hash ^ (uint64_t)sim->now_ms, what);
}

void
sim_broken(struct sim *sim, enum sim_rule rule, const char *fmt, ...)
{
	va_list args;

	if (sim->result.broken)
		return;
	sim->result.broken = true;
	sim->result.rule = rule;
	sim->result.at_ms = sim->now_ms;
	va_start(args, fmt);
	(void)vsnprintf(sim->result.text, sizeof(sim->result.text), fmt, args);
	va_end(args);
	sim_trace(sim, "BROKEN %s: %s", sim_rule_name(rule), sim->result.text);
}

uint64_t
sim_draw(struct sim *sim)
{
	return mig_prng_mix(sim->setup->seed ^ UINT64_C(0xd1ce), ++sim->draws);
}

static void
stop_daemon(struct sim *sim)
{
	struct sim_process *process = sim->process;

	if (process == NULL)
		return;
	loop_timer_free(process->keeper);
	driver_free(process->driver);
	prom_client_free(process->prom);
	sim_http_free(process->http);
	sim_store_close(process->store);
	sim_loop_free(process->loop);
	free(process);
	sim->process = NULL;
	sim->dead = false;
}

static int
load_rollout(struct sim *sim)
{
	struct mig_findings findings = { 0 };
	int error = driver_load(sim->process->driver, mig_json_root(sim->doc), "migarchd",
	    true, sim->id, sizeof(sim->id), &findings);

	mig_findings_fini(&findings);
	if (error == MIG_EIO)
		loop_timer_set(sim->process->keeper, DRIVER_LOAD_AGAIN_MS);
	/* Known already, or (the disk) tried again. */
	return error == MIG_ECONFLICT || error == MIG_EIO ? MIG_OK : error;
}

static void
on_load_again(void *context)
{
	struct sim *sim = context;
	int error = load_rollout(sim);

	if (error != MIG_OK)
		sim_broken(sim, SIM_RULE_STUCK, "cannot load: %s", mig_error_text(error));
}

static int
start_daemon(struct sim *sim)
{
	struct sim_process *process = calloc(1, sizeof(*process));
	const struct prom_settings prometheus = { .url = SIM_PROMETHEUS,
		.timeout_ms = PROM_TIMEOUT_MS };

	if (process == NULL)
		return MIG_ENOMEM;
	sim->process = process;
	sim->dead = false;
	sim_trace(sim, "the daemon starts");
	process->loop = sim_loop_new(sim);
	process->store = sim_store_open(sim);
	process->http = sim_http_new(sim);
	process->prom = prom_client_new(process->loop, process->http, NULL, &prometheus);
	struct driver_parts parts = { process->loop, process->store, process->http, process->prom,
		NULL, &sim->config[0], NULL };
	process->driver = driver_new(&parts);
	process->keeper = loop_timer_new(process->loop, on_load_again, sim);
	if (process->driver == NULL || process->keeper == NULL)
		return MIG_ENOMEM;
	sim_oracle_started(sim);
	int error = driver_restore(process->driver);
	return error == MIG_OK ? load_rollout(sim) : error;
}

/* Up again, perhaps on a machine that was booted meanwhile. */
static int
restart_daemon(struct sim *sim)
{
	sim->restart_ms = SIM_NEVER;
	if (sim_draw(sim) % 4 == 0)
		sim->boot_ms = sim->now_ms;
	return start_daemon(sim);
}

static int64_t
draw_downtime(const struct sim *sim, const struct sim_fault *fault)
{
	uint64_t draw = fault->draw / 16;

	if (fault->draw % 16 == 0)
		return (int64_t)(draw % (uint64_t)DOWN_LONG_MS);
	if (fault->draw % 16 == 1)
		return (int64_t)(draw % (uint64_t)DOWN_DAYS_MS);
	return (int64_t)(draw % (uint64_t)(sim->setup->poll_ms * DOWN_MAX_POLLS));
}

static void
move_clock(struct sim *sim, const struct sim_fault *fault)
{
	int64_t most = (fault->draw >> 32) % 2 == 0 ? CLOCK_JUMP_MS : CLOCK_NUDGE_MS;
	int64_t jump = (int64_t)(fault->draw % (uint64_t)(2 * most)) - most;

	sim_trace(sim, "the wall clock jumps by %" PRId64 " ms", jump);
	sim->skew_ms += jump;
}

static void
start_second(struct sim *sim)
{
	struct store *store = sim->process == NULL ? NULL : sim_store_open(sim);

	if (store == NULL)
		return;
	sim_broken(sim, SIM_RULE_SECOND, "two daemons have the store");
	sim_store_close(store);
}

static void
move_flag(struct sim *sim, const struct sim_fault *fault)
{
	size_t flag = fault->draw % sim->setup->flag_count;

	if (!sim->setup->embedded)
		sim_site_set(sim, flag, (double)((fault->draw >> 8) % 101));
}

/* A fault that happens once. */
static void
happen(struct sim *sim, const struct sim_fault *fault)
{
	sim->down_ms = draw_downtime(sim, fault);
	switch ((int)fault->kind) {
	case SIM_CRASH:
		if (sim->process != NULL)
			sim_die(sim, "by itself");
		break;
	case SIM_CRASH_WRITE:
		sim->write_faulty = sim->process != NULL;
		sim->write_kept = fault->draw % 2 == 0;
		break;
	case SIM_CRASH_SEND:
		sim->send_faulty = sim->process != NULL;
		break;
	case SIM_STOP:
		if (sim->process == NULL)
			break;
		sim_trace(sim, "the daemon is stopped");
		stop_daemon(sim);
		sim->restart_ms = sim->now_ms + sim->down_ms;
		break;
	case SIM_CLOCK:
		move_clock(sim, fault);
		break;
	case SIM_SECOND:
		start_second(sim);
		break;
	case SIM_FLAG_MOVED:
		move_flag(sim, fault);
		break;
	case SIM_RELOAD:
		if (sim->process != NULL)
			driver_configure(sim->process->driver, &sim->config[fault->draw % 2]);
		break;
	default:
		people_act(sim, fault, true);
		break;
	}
}

static bool
happens_once(enum sim_fault_kind kind)
{
	return kind == SIM_FLAG_MOVED || kind >= SIM_CRASH;
}

/* When the next fault happens, or ends. */
static int64_t
fault_due(const struct sim *sim, size_t *ret_fault)
{
	int64_t first = SIM_NEVER;

	for (size_t i = 0; i < sim->setup->fault_count; i++) {
		const struct sim_fault *fault = &sim->setup->faults[i];
		int64_t due = !sim->fault_done[i] ? fault->from_ms :
		    fault->kind == SIM_PAUSE && !sim->resume_done[i] ? fault->to_ms : SIM_NEVER;
		if (fault->off || !happens_once(fault->kind) || due >= first)
			continue;
		first = due;
		*ret_fault = i;
	}
	return first;
}

static void
fire_fault(struct sim *sim, size_t index)
{
	const struct sim_fault *fault = &sim->setup->faults[index];

	sim_mark(sim, (uint64_t)fault->kind);
	if (!sim->fault_done[index]) {
		sim->fault_done[index] = true;
		sim_trace(sim, "fault %zu: %s", index, sim_fault_name(fault->kind));
		happen(sim, fault);
	} else {
		sim->resume_done[index] = true;
		people_act(sim, fault, false);
	}
}

/* What may be next, in the order in which it goes when it is due at one time. */
enum next { NEXT_RESTART, NEXT_FAULT, NEXT_PEOPLE, NEXT_LATER, NEXT_PACKET, NEXT_TIMER, NEXT_CALL,
	NEXT_NONE };

/* The element of a list that is due first; both kinds of lists begin with the same fields. */
static struct sim_packet **
first_packet(struct sim *sim)
{
	struct sim_packet **first = NULL;

	for (struct sim_packet **at = &sim->packets; *at != NULL; at = &(*at)->next) {
		if (first == NULL || (*at)->due_ms < (*first)->due_ms ||
		    ((*at)->due_ms == (*first)->due_ms && (*at)->order < (*first)->order))
			first = at;
	}
	return first;
}

static struct sim_later **
first_later(struct sim *sim)
{
	struct sim_later **first = NULL;

	for (struct sim_later **at = &sim->site.later; *at != NULL; at = &(*at)->next) {
		if (first == NULL || (*at)->due_ms < (*first)->due_ms ||
		    ((*at)->due_ms == (*first)->due_ms && (*at)->order < (*first)->order))
			first = at;
	}
	return first;
}

/* When something of the daemon's can happen that is due at a time: not while it is frozen. */
static int64_t
thawed(const struct sim *sim, int64_t due_ms)
{
	int64_t at_ms = due_ms > sim->now_ms ? due_ms : sim->now_ms;
	const struct sim_fault *freeze = due_ms == SIM_NEVER ? NULL :
	    sim_setup_fault(sim->setup, SIM_FREEZE, at_ms);

	while (freeze != NULL) {
		due_ms = freeze->to_ms;
		freeze = sim_setup_fault(sim->setup, SIM_FREEZE, due_ms);
	}
	return due_ms;
}

/* What is next, and when. */
static enum next
find_next(struct sim *sim, int64_t *ret_due, size_t *ret_fault)
{
	struct sim_packet **packet = first_packet(sim);
	struct sim_later **later = first_later(sim);
	uint64_t order = 0;
	int64_t due[NEXT_NONE] = {
		[NEXT_RESTART] = sim->restart_ms,
		[NEXT_FAULT] = fault_due(sim, ret_fault),
		[NEXT_PEOPLE] = sim->oncall_ms,
		[NEXT_LATER] = later == NULL ? SIM_NEVER : (*later)->due_ms,
		[NEXT_PACKET] = packet == NULL ? SIM_NEVER : (*packet)->due_ms,
		[NEXT_TIMER] = SIM_NEVER,
		[NEXT_CALL] = SIM_NEVER,
	};
	enum next next = NEXT_NONE;

	if (sim->process != NULL) {
		due[NEXT_TIMER] = thawed(sim, sim_loop_due(sim->process->loop, &order));
		due[NEXT_CALL] = thawed(sim, sim_http_due(sim->process->http, &order));
	}
	*ret_due = SIM_NEVER;
	for (int i = 0; i < NEXT_NONE; i++) {
		if (due[i] < *ret_due) {
			*ret_due = due[i];
			next = (enum next)i;
		}
	}
	return next;
}

static int
fire(struct sim *sim, enum next next, size_t fault)
{
	struct sim_packet **packet = NULL;
	struct sim_later **later = NULL;

	switch (next) {
	case NEXT_RESTART:
		return restart_daemon(sim);
	case NEXT_FAULT:
		fire_fault(sim, fault);
		break;
	case NEXT_PEOPLE:
		sim->oncall_ms = sim->now_ms + sim->setup->oncall_ms;
		people_look(sim);
		break;
	case NEXT_LATER:
		later = first_later(sim);
		struct sim_later *write = *later;
		*later = write->next;
		sim_site_apply_later(sim, write);
		break;
	case NEXT_PACKET:
		packet = first_packet(sim);
		struct sim_packet *taken = *packet;
		*packet = taken->next;
		sim_net_deliver(sim, taken);
		break;
	case NEXT_TIMER:
		sim_loop_fire(sim->process->loop);
		break;
	case NEXT_CALL:
		sim_http_fire(sim->process->http);
		break;
	case NEXT_NONE:
		sim_broken(sim, SIM_RULE_STUCK, "nothing will ever happen");
		break;
	}
	return MIG_OK;
}

/* Where the daemon is the flag service, its word is what is true. */
static void
follow_embedded(struct sim *sim)
{
	struct driver_view view;

	if (!sim->setup->embedded || !sim_view(sim, &view))
		return;
	for (size_t i = 0; i < sim->setup->flag_count; i++) {
		const char *owner = NULL;
		double percentage = 0;
		if (driver_flag(sim->process->driver, view.policy->flags[i].name, &percentage,
		    &owner) != MIG_OK)
			continue;
		/* One that has just started knows what is durable, and no more. */
		bool unsaved = sim->oracle.behind && sim->oracle.primed &&
		    percentage > sim->oracle.flags[i].durable;
		if (unsaved && percentage > sim->site.flags[i])
			sim_broken(sim, SIM_RULE_WRITE_AHEAD,
			    "flag %zu is served at %g %%, which is not durable", i, percentage);
		sim_site_set(sim, i, percentage);
	}
}

/* Whether the run is over: the rollout has ended, and all has arrived. */
static bool
is_over(struct sim *sim)
{
	struct driver_view view;
	int64_t end = sim_setup_end(sim->setup);

	if (sim_view(sim, &view) && mig_state_finished(view.state) && sim->disk.finished &&
	    sim->now_ms >= end) {
		if (sim->disk.owed == NULL)
			return true;
		if (sim->now_ms - sim->oracle.run_ms > FAREWELL_MS && sim->now_ms - end >
		    FAREWELL_MS && sim->now_ms - sim->oracle.up_ms > FAREWELL_MS)
			return true; /* the oracle will say what is missing */
	}
	int64_t since = sim->oracle.up_ms > end ? sim->oracle.up_ms : end;
	if (sim->process != NULL &&
	    sim->now_ms > since + STUCK_POLLS * sim->setup->poll_ms + STUCK_MS)
		sim_broken(sim, SIM_RULE_STUCK, "still %s", mig_run_name(sim->result.ended));
	return false;
}

static int
live(struct sim *sim)
{
	int error = MIG_OK;

	while (error == MIG_OK && !sim->result.broken && (!is_over(sim) || !sim->last_word)) {
		if (is_over(sim)) {
			sim->last_word = true;
			people_try(sim);
			sim_oracle_event(sim);
			continue;
		}
		size_t fault = 0;
		int64_t due = 0;
		enum next next = find_next(sim, &due, &fault);
		if (due > sim->now_ms && due != SIM_NEVER) {
			if (stands_still(sim, due))
				sim_oracle_thawed(sim, due);
			sim->now_ms = due;
		}
		sim->result.events++;
		error = fire(sim, next, fault);
		follow_embedded(sim);
		sim_oracle_event(sim);
		if (sim->dead)
			stop_daemon(sim);
	}
	if (error == MIG_OK && !sim->result.broken)
		sim_oracle_end(sim);
	sim->result.length_ms = sim->now_ms;
	return error;
}

/* Write the documents and compile them, for the oracle. */
static int
prepare(struct sim *sim)
{
	struct mig_findings findings = { 0 };
	mig_wall around = { sim->setup->start_ms };
	struct mig_buf text;

	mig_buf_init(&text, SIM_BODY_MAX);
	sim_source_write(sim->setup, &text);
	sim->source = mig_buf_steal(&text);
	mig_buf_fini(&text);
	if (sim->source == NULL)
		return MIG_ENOMEM;
	int error = mig_json_parse(sim->source, strlen(sim->source), NULL, &sim->doc, &findings);
	if (error == MIG_OK)
		error = mig_compile(mig_json_root(sim->doc), NULL, file_zone, &around, &sim->truth,
		    &findings);
	for (size_t i = 0; i < findings.count && error != MIG_OK; i++) {
		if (findings.items[i].severity == MIG_SEV_ERROR)
			(void)snprintf(sim->result.text, sizeof(sim->result.text), "%s: %s",
			    findings.items[i].pointer, findings.items[i].message);
	}
	mig_findings_fini(&findings);
	return error;
}

static void
configure(struct sim *sim)
{
	static const char *const audiences[] = { "technical" };

	for (size_t i = 0; i < 2; i++) {
		sim->notify[i] = (struct config_notify){
			.url = i == 0 ? SIM_NOTIFY "first" : SIM_NOTIFY "second",
			.audience_count = 1, .audiences = audiences, .timeout_ms = 10000 };
		sim->config[i] = (struct config){ .notify_count = 1, .notify = &sim->notify[i] };
	}
}

static void
clear_away(struct sim *sim)
{
	sim->dead = true; /* what it would still write is not part of the run */
	stop_daemon(sim);
	while (sim->packets != NULL) {
		struct sim_packet *packet = sim->packets;
		sim->packets = packet->next;
		sim_packet_free(packet);
	}
	sim_site_fini(&sim->site);
	sim_disk_fini(&sim->disk);
	sim_oracle_fini(&sim->oracle);
	mig_policy_free(sim->truth.policy);
	mig_json_free(sim->doc);
	free(sim->source);
}

int
sim_run(const struct sim_setup *setup, sim_tracer tracer, void *context,
    struct sim_result *ret_result)
{
	struct sim *sim = calloc(1, sizeof(*sim));

	if (sim == NULL)
		return MIG_ENOMEM;
	sim->setup = setup;
	sim->tracer = tracer;
	sim->tracer_context = context;
	sim->restart_ms = SIM_NEVER;
	sim->oncall_ms = setup->oncall_ms;
	sim->result.hash = setup->seed;
	configure(sim);
	int error = prepare(sim);
	if (error == MIG_OK) {
		sim_site_init(sim);
		sim_oracle_init(sim);
		error = start_daemon(sim);
		sim_oracle_event(sim);
	}
	if (error == MIG_OK)
		error = live(sim);
	clear_away(sim);
	*ret_result = sim->result;
	free(sim);
	return error;
}

void
sim_shrink(struct sim_setup *setup)
{
	struct sim_result first = { 0 };
	struct sim_result result = { 0 };
	bool smaller = true;

	if (sim_run(setup, NULL, NULL, &first) != MIG_OK || !first.broken)
		return;
	while (smaller) {
		smaller = false;
		for (size_t i = 0; i < setup->fault_count; i++) {
			if (setup->faults[i].off)
				continue;
			setup->faults[i].off = true;
			bool same = sim_run(setup, NULL, NULL, &result) == MIG_OK &&
			    result.broken && result.rule == first.rule;
			setup->faults[i].off = same;
			smaller = smaller || same;
		}
	}
}
