/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/* The daemon's store on a simulated disk: whole transactions, or none of them. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/store.h"
#include "daemon/store_chain.h"
#include "sim/sim_int.h"

struct store {
	struct sim *sim;
	const char *error;
};

static void
owed_free(struct sim_owed *owed)
{
	free(owed->key);
	free(owed->lane);
	free(owed->request);
	free(owed);
}

void
sim_disk_fini(struct sim_disk *disk)
{
	while (disk->owed != NULL) {
		struct sim_owed *owed = disk->owed;
		disk->owed = owed->next;
		owed_free(owed);
	}
	for (size_t i = 0; i < disk->record_count; i++) {
		free(disk->records[i].actor);
		free(disk->records[i].detail);
	}
	free(disk->records);
	free(disk->migration_id);
	free(disk->source);
	free(disk->digest);
	free(disk->state);
}

struct store *
sim_store_open(struct sim *sim)
{
	if (sim->disk.locked)
		return NULL;
	struct store *store = calloc(1, sizeof(*store));
	if (store != NULL) {
		store->sim = sim;
		store->error = "";
		sim->disk.locked = true;
	}
	return store;
}

void
sim_store_close(struct store *store)
{
	if (store == NULL)
		return;
	store->sim->disk.locked = false;
	free(store);
}

const char *
store_error(const struct store *store)
{
	return store->error;
}

/* Whether a write can be made now.  One that the daemon dies in may be in or not. */
static bool
write_begin(struct store *store)
{
	struct sim *sim = store->sim;

	store->error = "the disk is full";
	if (sim_is_dead(sim))
		return false;
	if (sim_setup_fault(sim->setup, SIM_DISK_FULL, sim->now_ms) != NULL) {
		sim->oracle.disk_bad_ms = sim->now_ms;
		sim->oracle.behind = true;
		return false;
	}
	if (sim->write_faulty && !sim->write_kept) {
		sim_die(sim, "in a write, which is lost");
		return false;
	}
	return true;
}

static void
write_end(struct store *store)
{
	if (store->sim->write_faulty)
		sim_die(store->sim, "behind a write, which is in");
}

static bool
add_record(struct sim_disk *disk, const struct mig_record *record)
{
	if (disk->record_count == disk->record_room) {
		size_t room = disk->record_room * 2 + 64;
		void *more = realloc(disk->records, room * sizeof(*disk->records));
		if (more == NULL)
			return false;
		disk->records = more;
		disk->record_room = room;
	}
	struct sim_record *kept = &disk->records[disk->record_count];
	const char *previous = disk->record_count == 0 ? STORE_CHAIN_START :
	    disk->records[disk->record_count - 1].hash;
	kept->seq = record->seq;
	kept->at = record->at;
	(void)snprintf(kept->kind, sizeof(kept->kind), "%s", record->kind);
	kept->actor = strdup(record->actor);
	kept->detail = strdup(record->detail);
	disk->record_count++;
	struct store_record chained = { kept->seq, kept->at, kept->actor, kept->kind,
		kept->detail, NULL };
	return kept->actor != NULL && kept->detail != NULL &&
	    store_chain_hash(previous, disk->id, &chained, kept->hash) == MIG_OK;
}

static bool
add_owed(struct sim_disk *disk, const struct store_owed *row)
{
	struct sim_owed **link = &disk->owed;
	struct sim_owed *owed = calloc(1, sizeof(*owed));

	if (owed == NULL)
		return false;
	while (*link != NULL)
		link = &(*link)->next;
	*link = owed;
	owed->key = strdup(row->key);
	owed->lane = strdup(row->lane);
	owed->request = strdup(row->request);
	owed->seq = row->seq;
	owed->kind = row->kind;
	return owed->key != NULL && owed->lane != NULL && owed->request != NULL;
}

/* Strike out one key, or (NULL) all that goes forward. */
static void
strike_out(struct sim_disk *disk, const char *key)
{
	struct sim_owed **link = &disk->owed;

	while (*link != NULL) {
		struct sim_owed *owed = *link;
		bool goes = key == NULL ? owed->kind != MIG_EFFECT_NOTIFY :
		    strcmp(owed->key, key) == 0;
		if (!goes) {
			link = &owed->next;
			continue;
		}
		*link = owed->next;
		owed_free(owed);
		if (key != NULL)
			return; /* there is one, and the key may have been its own */
	}
}

static int
write_commit(struct sim *sim, const struct store_commit *commit)
{
	struct sim_disk *disk = &sim->disk;
	char *state = strdup(commit->state);
	bool fits = state != NULL;

	if (commit->drop_forward)
		strike_out(disk, NULL);
	for (size_t i = 0; i < commit->record_count && fits; i++)
		fits = add_record(disk, &commit->records[i]);
	for (size_t i = 0; i < commit->owed_count && fits; i++)
		fits = add_owed(disk, &commit->owed[i]);
	if (commit->settled_key != NULL)
		strike_out(disk, commit->settled_key);
	sim_oracle_commit(sim, commit, disk->state);
	free(disk->state);
	disk->state = state;
	disk->finished = commit->finished;
	disk->version++;
	return fits ? MIG_OK : MIG_ENOMEM;
}

int
store_create(struct store *store, const char *migration_id, const char *source,
    const char *digest, const struct store_commit *commit)
{
	struct sim_disk *disk = &store->sim->disk;

	if (!write_begin(store))
		return MIG_EIO;
	(void)snprintf(disk->id, sizeof(disk->id), "%s", commit->rollout_id);
	disk->migration_id = strdup(migration_id);
	disk->source = strdup(source);
	disk->digest = strdup(digest);
	disk->created_at = commit->at;
	disk->created = true;
	int error = write_commit(store->sim, commit);
	write_end(store);
	return error;
}

int
store_next_id(struct store *store, const char *migration_id, char *ret_id, size_t size)
{
	(void)snprintf(ret_id, size, "%s-%d", migration_id, store->sim->disk.created ? 2 : 1);
	return MIG_OK;
}

int
store_commit_step(struct store *store, const struct store_commit *commit)
{
	struct sim_disk *disk = &store->sim->disk;

	if (!write_begin(store))
		return MIG_EIO;
	if (commit->expected_version != disk->version) {
		store->error = "somebody else has written";
		return MIG_ECONFLICT;
	}
	int error = write_commit(store->sim, commit);
	write_end(store);
	return error;
}

int
store_settle(struct store *store, const char *key)
{
	if (!write_begin(store))
		return MIG_EIO;
	sim_oracle_settled(store->sim, key);
	strike_out(&store->sim->disk, key);
	write_end(store);
	return MIG_OK;
}

int
store_each_rollout(struct store *store,
    int (*callback)(void *context, const struct store_rollout *rollout), void *context)
{
	const struct sim_disk *disk = &store->sim->disk;

	if (!disk->created)
		return MIG_OK;
	struct store_rollout rollout = { disk->id, disk->migration_id, disk->source, disk->digest,
		disk->state, disk->version, disk->finished, disk->created_at };
	return callback(context, &rollout);
}

/* The callback may strike out the row it is given, and no other. */
int
store_each_owed(struct store *store,
    int (*callback)(void *context, const struct store_owed *owed), void *context)
{
	const struct sim_disk *disk = &store->sim->disk;
	const struct sim_owed *next = NULL;
	int error = MIG_OK;

	for (const struct sim_owed *owed = disk->owed; owed != NULL && error == MIG_OK;
	    owed = next) {
		struct store_owed row = { owed->key, disk->id, owed->seq, owed->kind, owed->lane,
			owed->request };
		next = owed->next;
		error = callback(context, &row);
	}
	return error;
}

int
store_each_record(struct store *store, const char *rollout_id, uint64_t after, size_t limit,
    int (*callback)(void *context, const struct store_record *record), void *context)
{
	const struct sim_disk *disk = &store->sim->disk;
	int error = MIG_OK;

	(void)rollout_id; /* there is only one */
	for (size_t i = 0; i < disk->record_count && limit > 0 && error == MIG_OK; i++) {
		const struct sim_record *kept = &disk->records[i];
		if (kept->seq <= after)
			continue;
		struct store_record record = { kept->seq, kept->at, kept->actor, kept->kind,
			kept->detail, kept->hash };
		error = callback(context, &record);
		limit--;
	}
	return error;
}

size_t
store_owed_count(struct store *store)
{
	size_t count = 0;

	for (const struct sim_owed *owed = store->sim->disk.owed; owed != NULL; owed = owed->next)
		count++;
	return count;
}
