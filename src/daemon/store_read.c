/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "daemon/store.h"
#include "daemon/store_int.h"

/* The kind of that name; MIG_EFFECT_KIND_COUNT when there is none. */
static size_t
read_kind(const char *name)
{
	size_t kind = 0;

	while (kind < MIG_EFFECT_KIND_COUNT &&
	    strcmp(name, mig_effect_kind_name((enum mig_effect_kind)kind)) != 0)
		kind++;
	return kind;
}

/* The callback's verdict, unless reading itself has failed. */
static int
read_end(struct store_query *query, int verdict)
{
	int error = store_query_end(query);

	return error != 0 ? error : verdict;
}

int
store_next_id(struct store *store, const char *migration_id, char *ret_id, size_t size)
{
	struct store_query query = store_query_begin(store, STORE_ROLLOUT_LAST_NUMBER);
	int64_t last = 0;

	store_query_text(&query, migration_id);
	if (store_query_row(&query))
		last = store_column_int(&query, 0); /* no rollout yet: NULL reads as 0 */
	int error = store_query_end(&query);
	if (error != 0)
		return error;
	int length = snprintf(ret_id, size, "%s-%lld", migration_id, (long long)last + 1);
	if (length < 0 || (size_t)length >= size)
		return store_fail_text(store, MIG_ELIMIT, "the id is too long");
	return 0;
}

int
store_each_rollout(struct store *store,
    int (*callback)(void *context, const struct store_rollout *rollout), void *context)
{
	struct store_query query = store_query_begin(store, STORE_ROLLOUT_EACH);
	int verdict = 0;

	while (verdict == 0 && store_query_row(&query)) {
		struct store_rollout rollout = {
			.id = store_column_text(&query, 0),
			.migration_id = store_column_text(&query, 1),
			.source = store_column_text(&query, 2),
			.digest = store_column_text(&query, 3),
			.state = store_column_text(&query, 4),
			.version = (uint64_t)store_column_int(&query, 5),
			.finished = store_column_int(&query, 6) != 0,
			.created_at = { .ms = store_column_int(&query, 7) },
		};
		verdict = callback(context, &rollout);
	}
	return read_end(&query, verdict);
}

int
store_each_owed(struct store *store, int (*callback)(void *context, const struct store_owed *owed),
    void *context)
{
	struct store_query query = store_query_begin(store, STORE_OWED_EACH);
	int verdict = 0;

	while (verdict == 0 && store_query_row(&query)) {
		size_t kind = read_kind(store_column_text(&query, 3));
		if (kind == MIG_EFFECT_KIND_COUNT) {
			verdict = store_fail_text(store, MIG_EIO,
			    "an owed request is of a kind that this migarchd does not know");
			break;
		}
		struct store_owed owed = {
			.key = store_column_text(&query, 0),
			.rollout_id = store_column_text(&query, 1),
			.seq = (uint64_t)store_column_int(&query, 2),
			.kind = (enum mig_effect_kind)kind,
			.lane = store_column_text(&query, 4),
			.request = store_column_text(&query, 5),
		};
		verdict = callback(context, &owed);
	}
	return read_end(&query, verdict);
}

int
store_each_record(struct store *store, const char *rollout_id, uint64_t after, size_t limit,
    int (*callback)(void *context, const struct store_record *record), void *context)
{
	struct store_query query = store_query_begin(store, STORE_EVENT_EACH);
	int verdict = 0;

	store_query_text(&query, rollout_id);
	store_query_int(&query, after > INT64_MAX ? INT64_MAX : (int64_t)after);
	store_query_int(&query, limit > INT64_MAX ? INT64_MAX : (int64_t)limit);
	while (verdict == 0 && store_query_row(&query)) {
		struct store_record record = {
			.seq = (uint64_t)store_column_int(&query, 0),
			.at = { .ms = store_column_int(&query, 1) },
			.actor = store_column_text(&query, 2),
			.kind = store_column_text(&query, 3),
			.detail = store_column_text(&query, 4),
			.hash = store_column_text(&query, 5),
		};
		verdict = callback(context, &record);
	}
	return read_end(&query, verdict);
}

size_t
store_owed_count(struct store *store)
{
	struct store_query query = store_query_begin(store, STORE_OWED_COUNT);
	int64_t count = 0;

	if (store_query_row(&query))
		count = store_column_int(&query, 0);
	/* A number to look at: the failure will be told by the next commit. */
	return store_query_end(&query) == 0 ? (size_t)count : 0;
}
