/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sqlite3.h>

#include "base/num.h"
#include "daemon/store.h"
#include "daemon/store_int.h"

#define STORE_MODE 0600
#define STORE_PID_TEXT 24

/* What a failure of SQLite means to an operator. */
static const char *
store_words(int code, int system_errno)
{
	if (system_errno == ENOSPC || system_errno == EDQUOT || system_errno == EFBIG)
		return "disk full";
	switch (code & 0xff) {
	case SQLITE_FULL:
		return "disk full";
	case SQLITE_IOERR:
		return "I/O error";
	case SQLITE_READONLY:
		return "read-only";
	case SQLITE_CANTOPEN:
		return "cannot be opened";
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return "locked by another program";
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
		return "damaged or no database";
	case SQLITE_CONSTRAINT:
		return "exists already";
	default:
		return "database error";
	}
}

int
store_fail(struct store *store)
{
	int last_errno = errno;
	int code = sqlite3_extended_errcode(store->db);
	/* The system's code is left over from long ago unless the failure is one of its own. */
	int base = code & 0xff;
	bool system = base == SQLITE_IOERR || base == SQLITE_FULL || base == SQLITE_CANTOPEN;
	int system_errno = system ? sqlite3_system_errno(store->db) : 0;

	/* Of a failed write SQLite keeps nothing; a quota or a limit looks like a broken disk. */
	if (base == SQLITE_IOERR && system_errno == 0)
		system_errno = last_errno;
	(void)snprintf(store->error, sizeof(store->error), "%.300s: %s (%.100s%s%.64s)",
	    store->path, store_words(code, system_errno), sqlite3_errmsg(store->db),
	    system_errno != 0 ? ", " : "", system_errno != 0 ? strerror(system_errno) : "");
	switch (base) {
	case SQLITE_NOMEM:
		return MIG_ENOMEM;
	case SQLITE_CONSTRAINT:
		return MIG_ECONFLICT;
	default:
		return MIG_EIO;
	}
}

int
store_fail_text(struct store *store, int error, const char *text)
{
	(void)snprintf(store->error, sizeof(store->error), "%.300s: %s", store->path, text);
	return error;
}

struct store_query
store_query_begin(struct store *store, enum store_statement which)
{
	return (struct store_query){ .store = store, .statement = store->statements[which] };
}

void
store_query_text(struct store_query *query, const char *text)
{
	int code = sqlite3_bind_text(query->statement, ++query->parameter, text, -1, SQLITE_STATIC);

	if (query->code == SQLITE_OK)
		query->code = code;
}

void
store_query_int(struct store_query *query, int64_t value)
{
	int code = sqlite3_bind_int64(query->statement, ++query->parameter, value);

	if (query->code == SQLITE_OK)
		query->code = code;
}

bool
store_query_row(struct store_query *query)
{
	if (query->code != SQLITE_OK)
		return false;
	errno = 0; /* so that it belongs to this step, see store_fail() */
	int code = sqlite3_step(query->statement);
	if (code != SQLITE_ROW && code != SQLITE_DONE)
		query->code = code;
	return code == SQLITE_ROW;
}

const char *
store_column_text(const struct store_query *query, int column)
{
	const unsigned char *text = sqlite3_column_text(query->statement, column);

	return text != NULL ? (const char *)text : "";
}

int64_t
store_column_int(const struct store_query *query, int column)
{
	return sqlite3_column_int64(query->statement, column);
}

int
store_query_end(struct store_query *query)
{
	int error = query->code == SQLITE_OK ? 0 : store_fail(query->store);

	(void)sqlite3_reset(query->statement); /* repeats the failure of the step, told above */
	(void)sqlite3_clear_bindings(query->statement); /* cannot fail */
	return error;
}

int
store_query_run(struct store_query *query)
{
	(void)store_query_row(query); /* the failure is kept, and there are no rows */
	return store_query_end(query);
}

/* Keep other daemons out for as long as this process lives, however it ends. */
static int
store_lock(struct store *store)
{
	char path[STORE_PATH_MAX + 8];
	char text[STORE_PID_TEXT] = "";
	struct flock whole = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	int64_t pid = 0;

	(void)snprintf(path, sizeof(path), "%s.lock", store->path);
	store->lock_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, STORE_MODE);
	if (store->lock_fd < 0) {
		(void)snprintf(store->error, sizeof(store->error), "%.300s: %s", path,
		    strerror(errno));
		return MIG_EIO;
	}
	if (fcntl(store->lock_fd, F_OFD_SETLK, &whole) == 0) {
		int length = snprintf(text, sizeof(text), "%ld\n", (long)getpid());
		/* The number is for people; on a full disk the lock holds without it. */
		if (ftruncate(store->lock_fd, 0) == 0)
			(void)!pwrite(store->lock_fd, text, (size_t)length, 0);
		return 0;
	}
	if (errno != EAGAIN && errno != EACCES) {
		(void)snprintf(store->error, sizeof(store->error), "%.300s: %s", path,
		    strerror(errno));
		return MIG_EIO;
	}
	ssize_t length = pread(store->lock_fd, text, sizeof(text) - 1, 0);
	text[length > 0 ? length : 0] = '\0';
	text[strcspn(text, "\n")] = '\0';
	if (mig_num_int(text, 1, INT32_MAX, &pid) == 0)
		(void)snprintf(store->error, sizeof(store->error),
		    "%.300s: in use by another migarchd (pid %s)", store->path, text);
	else
		(void)snprintf(store->error, sizeof(store->error),
		    "%.300s: in use by another migarchd", store->path);
	return MIG_ECONFLICT;
}

/* Open the file so that nobody else can read it, not even for a moment. */
static int
store_open_database(struct store *store)
{
	int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX |
	    SQLITE_OPEN_EXRESCODE;
	mode_t mask = umask(077);
	int fd = open(store->path, O_RDWR | O_CREAT | O_CLOEXEC, STORE_MODE);

	(void)umask(mask);
	if (fd < 0 || fchmod(fd, STORE_MODE) != 0) {
		(void)snprintf(store->error, sizeof(store->error), "%.300s: %s", store->path,
		    strerror(errno));
		if (fd >= 0)
			(void)close(fd); /* nothing was written */
		return MIG_EIO;
	}
	(void)close(fd); /* nothing was written */
	if (sqlite3_open_v2(store->path, &store->db, flags, NULL) != SQLITE_OK)
		return store->db != NULL ? store_fail(store) : MIG_ENOMEM;
	(void)sqlite3_busy_timeout(store->db, 0); /* cannot fail: it takes a handler away */
	/*
	 * The log and its index stay behind a clean stop, too: on a disk that is full by then they
	 * could not be made again, and nothing would roll back.
	 */
	int keep = 1;
	if (sqlite3_file_control(store->db, "main", SQLITE_FCNTL_PERSIST_WAL, &keep) != SQLITE_OK)
		return store_fail(store);
	return 0;
}

/* How the database is used.  The write-ahead log is asked for apart: it may be refused. */
static int
store_configure(struct store *store)
{
	static const char pragmas[] = "PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;"
	    "PRAGMA trusted_schema = OFF; PRAGMA temp_store = MEMORY;"
	    "PRAGMA journal_size_limit = 16777216";
	sqlite3_stmt *statement = NULL;
	int error = 0;

	if (sqlite3_prepare_v2(store->db, "PRAGMA journal_mode = WAL", -1, &statement, NULL) !=
	    SQLITE_OK || sqlite3_step(statement) != SQLITE_ROW)
		error = store_fail(store);
	else if (strcmp((const char *)sqlite3_column_text(statement, 0), "wal") != 0)
		error = store_fail_text(store, MIG_EIO, "cannot keep a write-ahead log here");
	(void)sqlite3_finalize(statement); /* repeats the failure of the step, told above */
	if (error == 0 && sqlite3_exec(store->db, pragmas, NULL, NULL, NULL) != SQLITE_OK)
		error = store_fail(store);
	return error;
}

static int
store_prepare(struct store *store)
{
	for (size_t i = 0; i < STORE_STATEMENT_COUNT; i++) {
		const char *sql = store_sql((enum store_statement)i);
		if (sqlite3_prepare_v3(store->db, sql, -1, SQLITE_PREPARE_PERSISTENT,
		    &store->statements[i], NULL) != SQLITE_OK)
			return store_fail(store);
	}
	return 0;
}

int
store_open(const char *path, struct store **ret_store, char *ret_error, size_t size)
{
	struct store *store = calloc(1, sizeof(*store));
	int error = 0;

	if (store == NULL) {
		(void)snprintf(ret_error, size, "out of memory");
		return MIG_ENOMEM;
	}
	store->lock_fd = -1;
	if (strlen(path) >= sizeof(store->path))
		error = store_fail_text(store, MIG_EIO, "the path is too long");
	else
		(void)snprintf(store->path, sizeof(store->path), "%s", path);
	if (error == 0)
		error = store_lock(store);
	if (error == 0)
		error = store_open_database(store);
	if (error == 0)
		error = store_configure(store);
	if (error == 0)
		error = store_migrate(store);
	if (error == 0)
		error = store_prepare(store);
	if (error != 0) {
		(void)snprintf(ret_error, size, "%s",
		    store->error[0] != '\0' ? store->error : mig_error_text(error));
		store_close(store);
		return error;
	}
	*ret_store = store;
	return 0;
}

void
store_close(struct store *store)
{
	if (store == NULL)
		return;
	for (size_t i = 0; i < STORE_STATEMENT_COUNT; i++)
		(void)sqlite3_finalize(store->statements[i]); /* old failures have been told */
	(void)sqlite3_close(store->db); /* can only fail for statements that are left */
	if (store->lock_fd >= 0)
		(void)close(store->lock_fd);
	free(store);
}

const char *
store_error(const struct store *store)
{
	return store->error;
}
