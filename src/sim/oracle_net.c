/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/* What the oracle says of commits and of what is sent: outbox, keys, records, order. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/num.h"
#include "base/prng.h"
#include "daemon/store_chain.h"
#include "sim/sim_int.h"
#include "sim/source.h"

#define OWED_MAX 64 /* about ten times what there ever was at once */
#define RECORDS_MAX 4200

/* Nobody has a reason to send the same more often than so in a second. */
#define SAME_IN_A_SECOND 16

static uint64_t
digest(const char *text, uint64_t seed)
{
	uint64_t hash = seed;

	for (; *text != '\0'; text++)
		hash = (hash ^ (unsigned char)*text) * UINT64_C(0x100000001b3);
	return hash;
}

static struct sim_key *
find_key(struct sim_oracle *oracle, const char *key)
{
	for (size_t i = oracle->key_count; i > 0; i--) {
		if (strcmp(oracle->keys[i - 1].key, key) == 0)
			return &oracle->keys[i - 1];
	}
	return NULL;
}

static struct sim_key *
add_key(struct sim_oracle *oracle, const char *text)
{
	if (oracle->key_count == oracle->key_room) {
		size_t room = oracle->key_room * 2 + 64;
		void *more = realloc(oracle->keys, room * sizeof(*oracle->keys));
		if (more == NULL)
			return NULL;
		oracle->keys = more;
		oracle->key_room = room;
	}
	struct sim_key *key = &oracle->keys[oracle->key_count++];
	*key = (struct sim_key){ .key = strdup(text) };
	return key;
}

/* The row of the outbox that a request stands in. */
static const struct sim_owed *
find_owed(const struct sim *sim, const char *key)
{
	const struct sim_owed *owed = sim->disk.owed;

	while (owed != NULL && strcmp(owed->key, key) != 0)
		owed = owed->next;
	return owed;
}

static bool
goes_back(const struct sim_packet *packet)
{
	return strstr(packet->body, "\"reason\":\"rollback\"") != NULL ||
	    strstr(packet->body, "\"reason\":\"abort\"") != NULL ||
	    strstr(packet->body, "\"kind\":\"rollback_step\"") != NULL;
}

static bool
is_flag_write(const struct sim_packet *packet)
{
	return strncmp(packet->url, SIM_FLAGS, strlen(SIM_FLAGS)) == 0;
}

/* How much of the time since then the daemon was not frozen. */
static int64_t
awake_since(const struct sim *sim, int64_t at_ms)
{
	int64_t awake_ms = 0;
	while (at_ms < sim->now_ms) {
		const struct sim_fault *freeze = sim_setup_fault(sim->setup, SIM_FREEZE, at_ms);
		int64_t until_ms = freeze != NULL ? freeze->to_ms : sim->now_ms;
		for (size_t i = 0; freeze == NULL && i < sim->setup->fault_count; i++) {
			const struct sim_fault *next = &sim->setup->faults[i];
			if (next->kind == SIM_FREEZE && !next->off && next->from_ms > at_ms &&
			    next->from_ms < until_ms)
				until_ms = next->from_ms;
		}
		awake_ms += freeze == NULL ? until_ms - at_ms : 0;
		at_ms = until_ms;
	}
	return awake_ms;
}

/* Without the store only the way back goes out, and what people are told. */
static void
check_write_ahead(struct sim *sim, const struct sim_packet *packet)
{
	int64_t bad = sim->oracle.disk_bad_ms;
	bool excused = bad >= 0 && awake_since(sim, bad) <= 3 * sim->setup->poll_ms &&
	    (goes_back(packet) || strncmp(packet->url, SIM_NOTIFY, strlen(SIM_NOTIFY)) == 0);

	if (find_owed(sim, packet->key) == NULL && !excused)
		sim_broken(sim, SIM_RULE_WRITE_AHEAD, "%s is sent but not owed", packet->key);
}

/* What a request says is what the rollout means. */
static void
check_percentage(
    struct sim *sim, const struct sim_packet *packet, const struct mig_state *state)
{
	static const char field[] = "\"percentage\":";
	const char *name = packet->url + strlen(SIM_FLAGS);
	const char *text = strstr(packet->body, field);
	size_t flag = sim_site_flag(sim, name, strlen(name));
	struct mig_buf intended;

	if (flag >= sim->setup->flag_count || text == NULL)
		return;
	mig_buf_init(&intended, SIM_BODY_MAX);
	mig_num_format(state->flags[flag].intended, &intended);
	text += strlen(field);
	if (strncmp(text, intended.data, intended.len) != 0 ||
	    strchr(",}", text[intended.len]) == NULL)
		sim_broken(sim, SIM_RULE_ORDER, "flag %zu is meant to be at %s: %s", flag,
		    intended.data, packet->body);
	mig_buf_fini(&intended);
}

static void
check_forward(struct sim *sim, const struct sim_packet *packet)
{
	struct driver_view view;

	if (!sim_view(sim, &view) || !is_flag_write(packet))
		return;
	enum mig_run run = view.state->run;
	bool forward = run == MIG_RUN_BASELINING || run == MIG_RUN_RUNNING ||
	    run == MIG_RUN_BAKING;
	if (goes_back(packet) ? run != MIG_RUN_ROLLING_BACK : !forward)
		sim_broken(sim, SIM_RULE_FORWARD, "sent while %s: %s", mig_run_name(run),
		    packet->body);
	if (!goes_back(packet))
		check_percentage(sim, packet, view.state);
}

void
sim_oracle_pace(struct sim *sim, const struct sim_packet *packet)
{
	uint64_t same = digest(packet->method, digest(packet->url, digest(packet->body, 11)));
	struct sim_pace *pace = &sim->oracle.paces[same % SIM_PACES];

	if (pace->digest != same || sim->now_ms - pace->since_ms >= 1000)
		*pace = (struct sim_pace){ same, sim->now_ms, 0 };
	if (++pace->count > SAME_IN_A_SECOND)
		sim_broken(sim, SIM_RULE_PACE, "more than %d times in a second: %s %s",
		    SAME_IN_A_SECOND, packet->method, packet->url);
}

void
sim_oracle_send(struct sim *sim, const struct sim_packet *packet)
{
	struct sim_key *key = find_key(&sim->oracle, packet->key);
	uint64_t content = digest(packet->method, digest(packet->url, digest(packet->body, 7)));

	sim_mark(sim, content);
	if (key == NULL) {
		key = add_key(&sim->oracle, packet->key);
		if (key != NULL)
			key->digest = content;
	} else if (key->digest != content) {
		sim_broken(sim, SIM_RULE_KEY, "%s is another request now", packet->key);
	}
	check_write_ahead(sim, packet);
	check_forward(sim, packet);
	if (is_flag_write(packet) && goes_back(packet)) {
		const char *name = packet->url + strlen(SIM_FLAGS);
		size_t flag = sim_site_flag(sim, name, strlen(name));
		if (flag < sim->setup->flag_count)
			sim->oracle.flags[flag].sent_back_ms = sim->now_ms;
	}
}

void
sim_oracle_taken(struct sim *sim, const struct sim_packet *packet, const struct sim_answer *answer)
{
	struct sim_key *key = find_key(&sim->oracle, packet->key);

	if (key == NULL)
		return;
	key->taken = true;
	key->done = key->done || (answer->status / 100 == 2 && answer->status != 202);
	key->job = answer->location;
}

void
sim_oracle_settled(struct sim *sim, const char *text)
{
	const struct sim_owed *owed = find_owed(sim, text);
	const struct sim_key *key = find_key(&sim->oracle, text);

	/* Others may be struck out because nobody needs them any more. */
	if (owed != NULL && owed->kind == MIG_EFFECT_NOTIFY && (key == NULL || !key->taken))
		sim_broken(sim, SIM_RULE_DELIVERED, "%s is struck out, but nobody took it", text);
}

void
sim_oracle_gate(struct sim *sim, const char *body, bool open)
{
	const char *gate = strstr(body, "\"gate\":\"gate");
	int index = gate == NULL ? -1 : gate[strlen("\"gate\":\"gate")] - '0';

	if (index >= 0 && index < MIG_GATES_MAX)
		sim->oracle.gate_open[index] = open;
}

/* The run state in a kept state; -1 without one. */
static int
kept_run(const char *state)
{
	const char *at = state == NULL ? NULL : strstr(state, "\"run\":");

	return at == NULL ? -1 : at[strlen("\"run\":")] - '0';
}

static void
check_records(struct sim *sim, const struct store_commit *commit, const char *old_state)
{
	static const char *const kinds[MIG_RUN_COUNT] = { "loaded", "started", "running", "baking",
		"completed", "rollback_decided", "rolled_back", "held" };
	int before = kept_run(old_state);
	int after = kept_run(commit->state);
	bool told = before == after;
	int run = before;

	for (size_t i = 0; i < commit->record_count; i++) {
		for (int next = 0; next < MIG_RUN_COUNT; next++) {
			if (strcmp(commit->records[i].kind, kinds[next]) != 0)
				continue;
			if (run >= 0)
				sim->result.transitions[run][next] = true;
			run = next;
		}
		told = told || run == after;
		sim_trace(sim, "record %s %s", commit->records[i].kind, commit->records[i].detail);
	}
	if (!told)
		sim_broken(sim, SIM_RULE_RECORD, "%s without a record",
		    mig_run_name((enum mig_run)after));
	if (commit->record_count > RECORDS_MAX)
		sim_broken(sim, SIM_RULE_BOUNDED, "%zu records were kept in memory",
		    commit->record_count);
}

void
sim_oracle_commit(struct sim *sim, const struct store_commit *commit, const char *old_state)
{
	size_t owed = 0;

	sim->oracle.behind = false;
	sim_mark(sim, digest(commit->state, commit->record_count));
	check_records(sim, commit, old_state);
	for (const struct sim_owed *row = sim->disk.owed; row != NULL; row = row->next)
		owed++;
	if (owed > OWED_MAX)
		sim_broken(sim, SIM_RULE_BOUNDED, "%zu requests are owed", owed);
	if (commit->settled_key == NULL)
		return;
	const struct sim_key *key = find_key(&sim->oracle, commit->settled_key);
	if (key == NULL || !key->taken)
		sim_broken(sim, SIM_RULE_DELIVERED, "%s is struck out, but nobody took it",
		    commit->settled_key);
}

void
sim_oracle_end(struct sim *sim)
{
	const struct sim_disk *disk = &sim->disk;
	const char *previous = STORE_CHAIN_START;
	char hash[MIG_SHA256_HEX];

	for (size_t i = 0; i < disk->record_count; i++) {
		const struct sim_record *kept = &disk->records[i];
		struct store_record record = { kept->seq, kept->at, kept->actor, kept->kind,
			kept->detail, NULL };
		if (kept->seq != i + 1)
			sim_broken(sim, SIM_RULE_CHAIN, "record %zu has the number %llu", i + 1,
			    (unsigned long long)kept->seq);
		if (store_chain_hash(previous, disk->id, &record, hash) != MIG_OK ||
		    strcmp(hash, kept->hash) != 0)
			sim_broken(sim, SIM_RULE_CHAIN, "record %zu does not verify", i + 1);
		previous = kept->hash;
	}
	if (disk->owed != NULL)
		sim_broken(sim, SIM_RULE_DELIVERED, "%s is still owed", disk->owed->key);
	/* Few requests may hold it for good: more would come with a step up only. */
	if (sim_setup_end(sim->setup) == 0 && !sim->oracle.starved &&
	    sim->result.ended != MIG_RUN_COMPLETED)
		sim_broken(sim, SIM_RULE_STUCK, "nothing was in the way, and it ended %s",
		    mig_run_name(sim->result.ended));
	if (sim->oracle.abort_acked && sim->result.ended != MIG_RUN_ROLLED_BACK &&
	    sim->result.ended != MIG_RUN_HELD)
		sim_broken(sim, SIM_RULE_ABORT, "an abort ended %s",
		    mig_run_name(sim->result.ended));
}
