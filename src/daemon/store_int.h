/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/*
 * The inside of the store, shared by store*.c alone: the handle, its prepared statements, and a
 * thin layer over SQLite that keeps the first failure.
 */
#ifndef MIG_DAEMON_STORE_INT_H
#define MIG_DAEMON_STORE_INT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct sqlite3;
struct sqlite3_stmt;

#define STORE_ERROR_MAX 512
#define STORE_PATH_MAX 4096

enum store_statement {
	STORE_BEGIN,
	STORE_COMMIT,
	STORE_ROLLBACK,
	STORE_ROLLOUT_ADD,
	STORE_SOURCE_ADD,
	STORE_ROLLOUT_UPDATE,
	STORE_ROLLOUT_VERSION,
	STORE_ROLLOUT_EACH,
	STORE_ROLLOUT_LAST_NUMBER,
	STORE_EVENT_LAST,
	STORE_EVENT_ADD,
	STORE_EVENT_EACH,
	STORE_OWED_ADD,
	STORE_OWED_SETTLE,
	STORE_OWED_DROP,
	STORE_OWED_EACH,
	STORE_OWED_COUNT
};
#define STORE_STATEMENT_COUNT (STORE_OWED_COUNT + 1) /* the last one */

struct store {
	struct sqlite3 *db;
	int lock_fd;
	struct sqlite3_stmt *statements[STORE_STATEMENT_COUNT];
	char path[STORE_PATH_MAX];
	char error[STORE_ERROR_MAX];
};

/* One use of a prepared statement, on the stack.  A failure sticks until query_end(). */
struct store_query {
	struct store *store;
	struct sqlite3_stmt *statement;
	int parameter; /* the last that was bound */
	int code;      /* SQLite's, 0 so far so good */
};

/*
 * Put SQLite's last failure into the store's error text and return the MIG_E… for it.
 */
int store_fail(struct store *store);

/*
 * Put a text of our own into the store's error text and return error.
 */
int store_fail_text(struct store *store, int error, const char *text);

/*
 * Bring the schema of an open database up to date, in one transaction; MIG_EIO when it is not
 * ours, is newer than we are, or cannot be written (the store's error text says which).
 */
int store_migrate(struct store *store) MIG_MUSTCHECK;

/*
 * The SQL text of a statement; static.
 */
const char *store_sql(enum store_statement which);

/*
 * Begin to use a statement.  No use of the same statement may be under way.
 */
struct store_query store_query_begin(struct store *store, enum store_statement which);

/*
 * Bind the next parameter to a text, borrowed until query_end(); NULL binds NULL.
 */
void store_query_text(struct store_query *query, const char *text);

/*
 * Bind the next parameter to an integer.
 */
void store_query_int(struct store_query *query, int64_t value);

/*
 * Step to the next row; false at the end and on failure.
 */
bool store_query_row(struct store_query *query);

/*
 * A text column of the row, never NULL; valid until the next step.
 */
const char *store_column_text(const struct store_query *query, int column);

/*
 * An integer column of the row.
 */
int64_t store_column_int(const struct store_query *query, int column);

/*
 * Give the statement back: 0, or the MIG_E… of the first failure with the error text set.
 */
int store_query_end(struct store_query *query) MIG_MUSTCHECK;

/*
 * Run a statement that has its parameters and gives no rows, then give it back.
 */
int store_query_run(struct store_query *query) MIG_MUSTCHECK;

#endif
