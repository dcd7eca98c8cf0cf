/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include <sqlite3.h>

#include "daemon/store_int.h"

/* "MIGA": what file(1) and we recognise our databases by. */
#define STORE_APPLICATION_ID 0x4d494741

/*
 * One script per version, from the one before to it.  Never change one that was released: add
 * another.
 */
static const char *const store_scripts[] = {
	"CREATE TABLE rollout ("
	" ordinal INTEGER PRIMARY KEY,"
	" id TEXT NOT NULL UNIQUE,"
	" migration_id TEXT NOT NULL,"
	" digest TEXT NOT NULL,"
	" state TEXT NOT NULL,"
	" version INTEGER NOT NULL,"
	" finished INTEGER NOT NULL CHECK (finished IN (0, 1)),"
	" created_at INTEGER NOT NULL,"
	" updated_at INTEGER NOT NULL) STRICT;"
	/* Large, and never changed: a step must not write it again with the state. */
	"CREATE TABLE source ("
	" ordinal INTEGER PRIMARY KEY REFERENCES rollout (ordinal),"
	" source TEXT NOT NULL) STRICT;"
	"CREATE INDEX rollout_migration ON rollout (migration_id);"
	"CREATE TABLE event ("
	" rollout_id TEXT NOT NULL REFERENCES rollout (id),"
	" seq INTEGER NOT NULL,"
	" at INTEGER NOT NULL,"
	" actor TEXT NOT NULL,"
	" kind TEXT NOT NULL,"
	" detail TEXT NOT NULL,"
	" hash TEXT NOT NULL,"
	" PRIMARY KEY (rollout_id, seq)) STRICT, WITHOUT ROWID;"
	"CREATE TABLE owed ("
	" ordinal INTEGER PRIMARY KEY,"
	" key TEXT NOT NULL UNIQUE,"
	" rollout_id TEXT NOT NULL REFERENCES rollout (id),"
	" seq INTEGER NOT NULL,"
	" kind TEXT NOT NULL,"
	" lane TEXT NOT NULL,"
	" request TEXT NOT NULL) STRICT;"
	"CREATE INDEX owed_rollout ON owed (rollout_id);",
};
#define STORE_VERSION ((int64_t)(sizeof(store_scripts) / sizeof(store_scripts[0])))

static int
schema_run(struct store *store, const char *sql)
{
	errno = 0; /* so that it belongs to this statement, see store_fail() */
	return sqlite3_exec(store->db, sql, NULL, NULL, NULL) == SQLITE_OK ? 0 : store_fail(store);
}

/* The one integer that a query gives. */
static int
schema_ask(struct store *store, const char *sql, int64_t *ret_value)
{
	sqlite3_stmt *statement = NULL;
	int error = 0;

	if (sqlite3_prepare_v2(store->db, sql, -1, &statement, NULL) == SQLITE_OK &&
	    sqlite3_step(statement) == SQLITE_ROW)
		*ret_value = sqlite3_column_int64(statement, 0);
	else
		error = store_fail(store);
	(void)sqlite3_finalize(statement); /* repeats the failure of the step, told above */
	return error;
}

/* Whether it is ours (or new) and which version it has. */
static int
schema_inspect(struct store *store, int64_t *ret_version)
{
	int64_t application = 0;
	int64_t objects = 0;
	int error = schema_ask(store, "PRAGMA application_id", &application);

	if (error == 0)
		error = schema_ask(store, "PRAGMA user_version", ret_version);
	if (error == 0)
		error = schema_ask(store, "SELECT count(*) FROM sqlite_schema", &objects);
	if (error != 0)
		return error;
	bool fresh = application == 0 && *ret_version == 0 && objects == 0;
	if (!fresh && application != STORE_APPLICATION_ID)
		return store_fail_text(store, MIG_EIO, "a database of another program");
	if (*ret_version > STORE_VERSION)
		return store_fail_text(store, MIG_EIO, "written by a newer migarchd");
	return 0;
}

static int
schema_upgrade(struct store *store, int64_t version)
{
	char pragmas[128];
	int error = 0;

	for (int64_t i = version; i < STORE_VERSION && error == 0; i++)
		error = schema_run(store, store_scripts[i]);
	if (error != 0)
		return error;
	(void)snprintf(pragmas, sizeof(pragmas),
	    "PRAGMA application_id = %d; PRAGMA user_version = %" PRId64, STORE_APPLICATION_ID,
	    STORE_VERSION);
	return schema_run(store, pragmas);
}

int
store_migrate(struct store *store)
{
	int64_t version = 0;
	int error = schema_run(store, "BEGIN IMMEDIATE");

	if (error != 0)
		return error;
	error = schema_inspect(store, &version);
	if (error == 0 && version < STORE_VERSION)
		error = schema_upgrade(store, version);
	if (error == 0)
		error = schema_run(store, "COMMIT");
	/* Some failures have undone the transaction already. */
	if (error != 0 && sqlite3_get_autocommit(store->db) == 0)
		(void)sqlite3_exec(store->db, "ROLLBACK", NULL, NULL, NULL);
	return error;
}

const char *
store_sql(enum store_statement which)
{
	switch (which) {
	case STORE_BEGIN:
		return "BEGIN IMMEDIATE";
	case STORE_COMMIT:
		return "COMMIT";
	case STORE_ROLLBACK:
		return "ROLLBACK";
	case STORE_ROLLOUT_ADD:
		return "INSERT INTO rollout (id, migration_id, digest, state, version,"
		       " finished, created_at, updated_at) VALUES (?, ?, ?, ?, 1, ?, ?, ?)";
	case STORE_SOURCE_ADD:
		return "INSERT INTO source (ordinal, source)"
		       " SELECT ordinal, ? FROM rollout WHERE id = ?";
	case STORE_ROLLOUT_UPDATE:
		return "UPDATE rollout SET state = ?, finished = ?, updated_at = ?,"
		       " version = version + 1 WHERE id = ?";
	case STORE_ROLLOUT_VERSION:
		return "SELECT version FROM rollout WHERE id = ?";
	case STORE_ROLLOUT_EACH:
		return "SELECT id, migration_id, source, digest, state, version, finished,"
		       " created_at FROM rollout JOIN source USING (ordinal) ORDER BY ordinal";
	case STORE_ROLLOUT_LAST_NUMBER:
		return "SELECT max(CAST(substr(id, length(migration_id) + 2) AS INTEGER))"
		       " FROM rollout WHERE migration_id = ?";
	case STORE_EVENT_LAST:
		return "SELECT seq, hash FROM event WHERE rollout_id = ?"
		       " ORDER BY seq DESC LIMIT 1";
	case STORE_EVENT_ADD:
		return "INSERT INTO event (rollout_id, seq, at, actor, kind, detail, hash)"
		       " VALUES (?, ?, ?, ?, ?, ?, ?)";
	case STORE_EVENT_EACH:
		return "SELECT seq, at, actor, kind, detail, hash FROM event"
		       " WHERE rollout_id = ? AND seq > ? ORDER BY seq LIMIT ?";
	case STORE_OWED_ADD:
		return "INSERT INTO owed (key, rollout_id, seq, kind, lane, request)"
		       " VALUES (?, ?, ?, ?, ?, ?)";
	case STORE_OWED_SETTLE:
		return "DELETE FROM owed WHERE key = ?";
	case STORE_OWED_DROP:
		return "DELETE FROM owed WHERE rollout_id = ? AND kind <> ?";
	case STORE_OWED_EACH:
		return "SELECT key, rollout_id, seq, kind, lane, request FROM owed"
		       " ORDER BY ordinal";
	case STORE_OWED_COUNT:
		return "SELECT count(*) FROM owed";
	}
	return NULL;
}
