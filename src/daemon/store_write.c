/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <stdio.h>

#include <sqlite3.h>

#include "daemon/store.h"
#include "daemon/store_chain.h"
#include "daemon/store_int.h"

/* The end of a rollout's hash chain. */
struct chain_end {
	int64_t seq;
	char hash[MIG_SHA256_HEX];
};

static int
write_plain(struct store *store, enum store_statement which)
{
	struct store_query query = store_query_begin(store, which);

	return store_query_run(&query);
}

/* Commit when all went well, else undo; the first failure is the one that is told. */
static int
write_finish(struct store *store, int error)
{
	char first[STORE_ERROR_MAX];

	if (error == 0)
		error = write_plain(store, STORE_COMMIT);
	/* Some failures have undone the transaction already. */
	if (error == 0 || sqlite3_get_autocommit(store->db) != 0)
		return error;
	(void)snprintf(first, sizeof(first), "%s", store->error);
	(void)write_plain(store, STORE_ROLLBACK);
	(void)snprintf(store->error, sizeof(store->error), "%s", first);
	return error;
}

static int
write_chain_end(struct store *store, const char *rollout_id, struct chain_end *ret_end)
{
	struct store_query query = store_query_begin(store, STORE_EVENT_LAST);
	struct chain_end end = { .seq = 0, .hash = STORE_CHAIN_START };

	store_query_text(&query, rollout_id);
	if (store_query_row(&query)) {
		end.seq = store_column_int(&query, 0);
		(void)snprintf(end.hash, sizeof(end.hash), "%s", store_column_text(&query, 1));
	}
	int error = store_query_end(&query);
	if (error == 0)
		*ret_end = end;
	return error;
}

static int
write_record(struct store *store, const char *rollout_id, const struct mig_record *record,
    struct chain_end *end)
{
	struct store_record kept = {
		.seq = record->seq,
		.at = record->at,
		.actor = record->actor,
		.kind = record->kind,
		.detail = record->detail,
	};
	char hash[MIG_SHA256_HEX];

	if ((int64_t)record->seq <= end->seq)
		return store_fail_text(store, MIG_ECONFLICT, "a record is out of order");
	int error = store_chain_hash(end->hash, rollout_id, &kept, hash);
	if (error != 0)
		return store_fail_text(store, error, mig_error_text(error));

	struct store_query query = store_query_begin(store, STORE_EVENT_ADD);
	store_query_text(&query, rollout_id);
	store_query_int(&query, (int64_t)record->seq);
	store_query_int(&query, record->at.ms);
	store_query_text(&query, record->actor);
	store_query_text(&query, record->kind);
	store_query_text(&query, record->detail);
	store_query_text(&query, hash);
	error = store_query_run(&query);
	if (error == 0) {
		end->seq = (int64_t)record->seq;
		(void)snprintf(end->hash, sizeof(end->hash), "%s", hash);
	}
	return error;
}

static int
write_records(struct store *store, const struct store_commit *commit)
{
	struct chain_end end;

	if (commit->record_count == 0)
		return 0;
	int error = write_chain_end(store, commit->rollout_id, &end);
	for (size_t i = 0; i < commit->record_count && error == 0; i++)
		error = write_record(store, commit->rollout_id, &commit->records[i], &end);
	return error;
}

static int
write_owed(struct store *store, const struct store_commit *commit)
{
	int error = 0;

	for (size_t i = 0; i < commit->owed_count && error == 0; i++) {
		const struct store_owed *owed = &commit->owed[i];
		struct store_query query = store_query_begin(store, STORE_OWED_ADD);
		store_query_text(&query, owed->key);
		store_query_text(&query, owed->rollout_id);
		store_query_int(&query, (int64_t)owed->seq);
		store_query_text(&query, mig_effect_kind_name(owed->kind));
		store_query_text(&query, owed->lane);
		store_query_text(&query, owed->request);
		error = store_query_run(&query);
	}
	return error;
}

static int
write_settle(struct store *store, const char *key)
{
	struct store_query query = store_query_begin(store, STORE_OWED_SETTLE);

	store_query_text(&query, key);
	return store_query_run(&query);
}

static int
write_drop(struct store *store, const char *rollout_id)
{
	struct store_query query = store_query_begin(store, STORE_OWED_DROP);

	store_query_text(&query, rollout_id);
	store_query_text(&query, mig_effect_kind_name(MIG_EFFECT_NOTIFY));
	return store_query_run(&query);
}

/* Nobody else may have moved the rollout on since the caller read it. */
static int
write_check_version(struct store *store, const struct store_commit *commit)
{
	struct store_query query = store_query_begin(store, STORE_ROLLOUT_VERSION);
	int64_t version = -1;

	store_query_text(&query, commit->rollout_id);
	if (store_query_row(&query))
		version = store_column_int(&query, 0);
	int error = store_query_end(&query);
	if (error != 0)
		return error;
	if (version < 0)
		return store_fail_text(store, MIG_ENOTFOUND, "no such rollout");
	if (version != (int64_t)commit->expected_version)
		return store_fail_text(store, MIG_ECONFLICT,
		    "the rollout was changed by somebody else");
	return 0;
}

static int
write_state(struct store *store, const struct store_commit *commit)
{
	int error = write_check_version(store, commit);

	if (error != 0)
		return error;
	struct store_query query = store_query_begin(store, STORE_ROLLOUT_UPDATE);
	store_query_text(&query, commit->state);
	store_query_int(&query, commit->finished ? 1 : 0);
	store_query_int(&query, commit->at.ms);
	store_query_text(&query, commit->rollout_id);
	return store_query_run(&query);
}

static int
write_source(struct store *store, const char *rollout_id, const char *source)
{
	struct store_query query = store_query_begin(store, STORE_SOURCE_ADD);

	store_query_text(&query, source);
	store_query_text(&query, rollout_id);
	return store_query_run(&query);
}

int
store_create(struct store *store, const char *migration_id, const char *source, const char *digest,
    const struct store_commit *commit)
{
	int error = write_plain(store, STORE_BEGIN);

	if (error != 0)
		return error;
	struct store_query query = store_query_begin(store, STORE_ROLLOUT_ADD);
	store_query_text(&query, commit->rollout_id);
	store_query_text(&query, migration_id);
	store_query_text(&query, digest);
	store_query_text(&query, commit->state);
	store_query_int(&query, commit->finished ? 1 : 0);
	store_query_int(&query, commit->at.ms);
	store_query_int(&query, commit->at.ms);
	error = store_query_run(&query);
	if (error == 0)
		error = write_source(store, commit->rollout_id, source);
	if (error == 0)
		error = write_records(store, commit);
	if (error == 0)
		error = write_owed(store, commit);
	return write_finish(store, error);
}

int
store_commit_step(struct store *store, const struct store_commit *commit)
{
	int error = write_plain(store, STORE_BEGIN);

	if (error != 0)
		return error;
	error = write_state(store, commit);
	if (error == 0 && commit->drop_forward)
		error = write_drop(store, commit->rollout_id);
	if (error == 0 && commit->settled_key != NULL)
		error = write_settle(store, commit->settled_key);
	if (error == 0)
		error = write_records(store, commit);
	if (error == 0)
		error = write_owed(store, commit);
	return write_finish(store, error);
}

int
store_settle(struct store *store, const char *key)
{
	return write_settle(store, key);
}
