/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include "config.h"

#include <errno.h>
#include <libpq-fe.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/num.h"
#include "source/live_postgresql_int.h"

#define VALUES_MAX 40
#define SQL_MAX 65536U
#define OPTIONS_MAX 64
#define VERSION_MIN 120000
#define VERSION_TRIED 179999
#define OID_ARRAY 1028U /* the type of $1 */

struct live_pg_conn {
	PGconn *conn;
	int64_t timeout_ms;
};

/* What the versions have under different names, or not at all. */
static const struct {
	const char *word;
	int since;        /* version */
	const char *then; /* from that version on */
	const char *before;
} words[] = {
	{ "$COMPRESSION", 140000,
	    "CASE a.attcompression WHEN 'p' THEN 'pglz' WHEN 'l' THEN 'lz4' END", "NULL" },
	{ "$NULLS_NOT_DISTINCT", 150000, "i.indnullsnotdistinct", "false" },
	{ "$DELETE_COLUMNS", 150000, "co.confdelsetcols::text", "NULL" },
	{ "$TRIGGER_PARENT", 130000, "t.tgparentid <> 0",
	    "EXISTS (SELECT FROM pg_depend d WHERE d.classid = 2620 AND d.objid = t.oid"
	    " AND d.refclassid = 2620)" },
	{ "$SQL_BODY", 140000, "pg_get_function_sqlbody(p.oid)", "NULL::text" },
	{ "$COLLATION_LOCALE", 170000, "c.colllocale", "$OLDER_LOCALE" },
	{ "$OLDER_LOCALE", 150000, "c.colliculocale", "NULL::text" },
	{ "$COLLATION_RULES", 160000, "c.collicurules", "NULL::text" },
	{ "$MULTIRANGE", 140000, "r.rngmultitypid", "NULL::oid" },
	{ "$STATISTICS_TARGET", 130000, "nullif(s.stxstattarget, -1)", "NULL::int" },
	{ "$PUBLISH_ROOT", 130000, "p.pubviaroot", "false" },
};
#define WORDS (sizeof(words) / sizeof(words[0]))

static int64_t
now_ms(void)
{
	struct timespec now = { 0 };
	(void)clock_gettime(CLOCK_MONOTONIC, &now); /* fails for unknown clocks only */
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Wait until the socket is ready; false: not before the deadline. */
static bool
wait_ready(PGconn *conn, short events, int64_t deadline_ms)
{
	struct pollfd fd = { .fd = PQsocket(conn), .events = events };
	for (;;) {
		int64_t left = deadline_ms - now_ms();
		if (left <= 0)
			return false;
		int ready = poll(&fd, 1, left > INT32_MAX ? INT32_MAX : (int)left);
		if (ready > 0 || (ready < 0 && errno != EINTR))
			return true; /* of an error libpq will know the reason */
	}
}

static int
too_slow(struct live *live, const char *what)
{
	return live_fail(live, MIG_EIO, "see --timeout",
	    "the server does not answer within %g s: %s",
	    (double)live->options->timeout_ms / 1000.0, what);
}

/* What is not understood is told by its name only if it has a name that libpq knows. */
static int
bad_settings(struct live *live, const struct live_url *url)
{
	const char *names[OPTIONS_MAX + 1] = { NULL };
	size_t count = 0;
	const char *wrong = NULL;
	PQconninfoOption *known = PQconndefaults();
	for (size_t i = 0; known != NULL && known[i].keyword != NULL && count < OPTIONS_MAX; i++)
		names[count++] = known[i].keyword;
	for (size_t i = 0; i < url->settings_count && wrong == NULL; i++) {
		const char *near = mig_num_nearest(url->settings[i].name, names);
		if (near != NULL && strcmp(near, url->settings[i].name) != 0)
			wrong = near;
	}
	int error = live_fail(live, MIG_EDOC, wrong != NULL ? NULL : "see the manual of libpq",
	    "libpq does not know a setting behind the ? of this URL%s%s%s",
	    wrong != NULL ? " (did you mean " : "", wrong != NULL ? wrong : "",
	    wrong != NULL ? "?)" : "");
	PQconninfoFree(known);
	return error;
}

/* Begin to connect, with our settings behind those of the URL. */
static int
start(struct live_pg *pg, const char *text, const struct live_url *url)
{
	const char *names[OPTIONS_MAX + 1] = { NULL };
	const char *values[OPTIONS_MAX + 1] = { NULL };
	size_t count = 0;
	char *ignored = NULL; /* it could quote the password */
	PQconninfoOption *options = PQconninfoParse(text, &ignored);
	PQfreemem(ignored);
	if (options == NULL)
		return bad_settings(pg->live, url);
	for (size_t i = 0; options[i].keyword != NULL && count < OPTIONS_MAX - 2; i++) {
		if (options[i].val == NULL)
			continue;
		names[count] = options[i].keyword;
		values[count++] = options[i].val;
	}
	names[count] = "client_encoding";
	values[count++] = "UTF8";
	names[count] = "fallback_application_name";
	values[count] = "migarch";
	pg->conn->conn = PQconnectStartParams(names, values, 0);
	PQconninfoFree(options);
	return pg->conn->conn != NULL ? MIG_OK : live_no_memory(pg->live);
}

static int
connection_failed(struct live_pg *pg)
{
	PGconn *conn = pg->conn->conn;
	const char *hint = PQconnectionNeedsPassword(conn) ?
	    "put the password into PGPASSWORD, a password file or the URL" :
	    NULL;
	return live_fail(pg->live, MIG_EIO, hint, "%s", PQerrorMessage(conn));
}

static int
finish(struct live_pg *pg)
{
	PGconn *conn = pg->conn->conn;
	int64_t deadline_ms = now_ms() + pg->conn->timeout_ms;
	PostgresPollingStatusType status = PGRES_POLLING_WRITING;
	if (PQstatus(conn) == CONNECTION_BAD)
		return connection_failed(pg);
	while (status != PGRES_POLLING_OK) {
		short events = status == PGRES_POLLING_READING ? POLLIN : POLLOUT;
		if (!wait_ready(conn, events, deadline_ms))
			return too_slow(pg->live, "connecting");
		status = PQconnectPoll(conn);
		if (status == PGRES_POLLING_FAILED)
			return connection_failed(pg);
	}
	return MIG_OK;
}

static int
check_version(struct live_pg *pg)
{
	int version = PQserverVersion(pg->conn->conn);
	const char *name = PQparameterStatus(pg->conn->conn, "server_version");
	if (version < VERSION_MIN)
		return live_fail(pg->live, MIG_EDOC, NULL,
		    "the server is PostgreSQL %s; 12 is the oldest that can be read",
		    name != NULL ? name : "of an unknown version");
	if (version > VERSION_TRIED)
		live_note(pg->live, MIG_SEV_WARNING,
		    "the server is PostgreSQL %s; 17 is the newest that migarch was written for",
		    name != NULL ? name : "");
	pg->version = version;
	mig_db_set_version(pg->live->db, version);
	return MIG_OK;
}

/* A query that the server did not carry out. */
static int
refused(struct live_pg *pg, const PGresult *result, const char *what)
{
	struct live *live = pg->live;
	const char *state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
	const char *message = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
	if (PQstatus(pg->conn->conn) == CONNECTION_BAD || state == NULL || message == NULL)
		return live_fail(live, MIG_EIO, NULL, "the connection broke while %s were read: %s",
		    what, PQresultErrorMessage(result));
	if (strcmp(state, "57014") == 0)
		return too_slow(live, what);
	if (strcmp(state, "55P03") == 0)
		return live_fail(live, MIG_EIO, "see --timeout",
		    "somebody keeps a lock on what is to be read (%s) for more than %g s", what,
		    (double)live->options->timeout_ms / 1000.0);
	bool permission = strcmp(state, "42501") == 0;
	return live_fail(live, MIG_EDOC,
	    permission ? "reading needs CONNECT and the catalogues only" : NULL,
	    "%s cannot be read: %s", what, message);
}

/* Wait for the next result; NULL when there is none any more. */
static int
next_result(struct live_pg *pg, const char *what, PGresult **ret_result)
{
	PGconn *conn = pg->conn->conn;
	int64_t deadline_ms = now_ms() + pg->conn->timeout_ms;
	while (PQisBusy(conn)) {
		if (!wait_ready(conn, POLLIN, deadline_ms))
			return too_slow(pg->live, what);
		if (!PQconsumeInput(conn))
			return live_fail(pg->live, MIG_EIO, NULL,
			    "the connection broke while %s were read: %s", what,
			    PQerrorMessage(conn));
	}
	*ret_result = PQgetResult(conn);
	return MIG_OK;
}

static int
each_row(struct live_pg *pg, const PGresult *result, live_pg_row row)
{
	const char *values[VALUES_MAX] = { NULL };
	int columns = PQnfields(result);
	int error = MIG_OK;
	MIG_ASSERT(columns <= VALUES_MAX);
	for (int i = 0; i < PQntuples(result) && error == MIG_OK; i++) {
		for (int j = 0; j < columns; j++)
			values[j] = PQgetisnull(result, i, j) ? NULL : PQgetvalue(result, i, j);
		error = row(pg, values);
	}
	return error;
}

/* Take all results of what was sent. */
static int
receive(struct live_pg *pg, const struct live_pg_query *query)
{
	for (;;) {
		PGresult *result = NULL;
		int error = next_result(pg, query->what, &result);
		if (error != MIG_OK || result == NULL)
			return error;
		ExecStatusType status = PQresultStatus(result);
		if (status == PGRES_SINGLE_TUPLE || status == PGRES_TUPLES_OK)
			error = query->row != NULL ? each_row(pg, result, query->row) : MIG_OK;
		else if (status != PGRES_COMMAND_OK)
			error = refused(pg, result, query->what);
		PQclear(result);
		if (error != MIG_OK)
			return error;
	}
}

/* The SQL for this version. */
static void
add_sql(const struct live_pg *pg, const char *sql, struct mig_buf *out, int depth)
{
	for (; *sql != '\0'; sql++) {
		size_t i = 0;
		while (*sql == '$' && i < WORDS &&
		    strncmp(sql, words[i].word, strlen(words[i].word)) != 0)
			i++;
		if (*sql != '$' || i == WORDS) {
			mig_buf_putc(out, *sql);
			continue;
		}
		MIG_ASSERT(depth < 2);
		add_sql(pg, pg->version >= words[i].since ? words[i].then : words[i].before, out,
		    depth + 1);
		sql += strlen(words[i].word) - 1;
	}
}

int
live_pg_each(struct live_pg *pg, const struct live_pg_query *query)
{
	PGconn *conn = pg->conn->conn;
	const Oid type = OID_ARRAY;
	const char *const namespaces = pg->namespaces;
	struct mig_buf sql;
	mig_buf_init(&sql, SQL_MAX);
	add_sql(pg, query->sql, &sql, 0);
	MIG_ASSERT(mig_buf_ok(&sql));
	int sent = PQsendQueryParams(conn, sql.data, 1, &type, &namespaces, NULL, NULL, 0);
	mig_buf_fini(&sql);
	if (!sent || !PQsetSingleRowMode(conn))
		return live_fail(pg->live, MIG_EIO, NULL, "%s cannot be read: %s", query->what,
		    PQerrorMessage(conn));
	return receive(pg, query);
}

/*
 * Read only, all of one moment; and what SQL texts look like must not depend on the user's or the
 * server's settings.
 */
static int
begin(struct live_pg *pg)
{
	static const struct live_pg_query query = { .what = "settings" };
	/* A lock is given up earlier, so that it is known what was in the way. */
	long long timeout = (long long)pg->live->options->timeout_ms;
	struct mig_buf sql;
	mig_buf_init(&sql, SQL_MAX);
	mig_buf_printf(&sql,
	    "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;"
	    "SET LOCAL statement_timeout = %lld; SET LOCAL lock_timeout = %lld;"
	    "SET LOCAL search_path = pg_catalog; SET LOCAL DateStyle = ISO;"
	    "SET LOCAL IntervalStyle = postgres; SET LOCAL TimeZone = 'UTC';"
	    "SET LOCAL extra_float_digits = 1; SET LOCAL quote_all_identifiers = off;"
	    "SET LOCAL jit = off;"
	    "SET LOCAL bytea_output = hex; SET LOCAL standard_conforming_strings = on",
	    timeout, timeout * 3 / 4);
	int sent = mig_buf_ok(&sql) && PQsendQuery(pg->conn->conn, sql.data);
	mig_buf_fini(&sql);
	if (!sent)
		return live_fail(pg->live, MIG_EIO, NULL, "the transaction cannot be opened: %s",
		    PQerrorMessage(pg->conn->conn));
	return receive(pg, &query);
}

int
live_pg_open(struct live_pg *pg, const char *text, const struct live_url *url)
{
	pg->conn = calloc(1, sizeof(*pg->conn));
	if (pg->conn == NULL)
		return live_no_memory(pg->live);
	pg->conn->timeout_ms = pg->live->options->timeout_ms;
	int error = start(pg, text, url);
	if (error == MIG_OK)
		error = finish(pg);
	if (error == MIG_OK)
		error = check_version(pg);
	return error == MIG_OK ? begin(pg) : error;
}

void
live_pg_close(struct live_pg_conn *conn)
{
	if (conn == NULL)
		return;
	PQfinish(conn->conn);
	free(conn);
}
