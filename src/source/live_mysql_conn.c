/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include "config.h"

#include <mariadb/errmsg.h>
#include <mariadb/mysql.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/num.h"
#include "source/live_mysql_int.h"

#define MYSQL_MIN 80000
#define MARIADB_MIN 100500
#define VALUES_MAX 40
#define SQL_MAX 65536U

struct live_my_conn {
	MYSQL mysql;
	int64_t timeout_ms;
	int64_t asked_ms; /* when the last thing was asked */
};

/* Settings that a URL may have. */
static const char *const settings[] = { "unix_socket", "sslmode", "sslrootcert", NULL };

static int64_t
now_ms(void)
{
	struct timespec now = { 0 };
	(void)clock_gettime(CLOCK_MONOTONIC, &now); /* fails for unknown clocks only */
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* What the library tells of a failure. */
static int
failed(struct live_my *my, const char *what)
{
	MYSQL *mysql = &my->conn->mysql;
	unsigned code = mysql_errno(mysql);
	bool broken = code == 0 || (code >= CR_MIN_ERROR && code <= CR_MYSQL_LAST_ERROR) ||
	    code >= CER_MIN_ERROR;
	double limit = (double)my->conn->timeout_ms / 1000.0;
	if (broken && now_ms() - my->conn->asked_ms >= my->conn->timeout_ms)
		return live_fail(my->live, MIG_EIO, "see --timeout",
		    "the server does not answer within %g s: %s", limit, what);
	if (strcmp(mysql_sqlstate(mysql), "70100") == 0 || code == 3024 || code == 1205)
		return live_fail(my->live, MIG_EIO, "see --timeout",
		    "the server did not get done within %g s: %s", limit, what);
	return live_fail(
	    my->live, broken ? MIG_EIO : MIG_EDOC, NULL, "%s: %s", what, mysql_error(mysql));
}

static int
check_settings(struct live_my *my, const struct live_url *url)
{
	for (size_t i = 0; i < url->settings_count; i++) {
		size_t known = 0;
		const char *name = url->settings[i].name;
		while (settings[known] != NULL && strcmp(settings[known], name) != 0)
			known++;
		if (settings[known] == NULL)
			return live_fail(my->live, MIG_EDOC, NULL,
			    "a setting behind the ? of this URL is none of unix_socket, "
			    "sslmode and sslrootcert");
	}
	return MIG_OK;
}

/* TLS is not asked for unless sslmode says so. */
static int
set_tls(struct live_my *my, const struct live_url *url)
{
	static const char *const modes[] = { "disable", "require", "verify-full", NULL };
	const char *mode = live_url_setting(url, "sslmode");
	const char *root = live_url_setting(url, "sslrootcert");
	size_t which = 0;
	while (mode != NULL && modes[which] != NULL && strcmp(modes[which], mode) != 0)
		which++;
	if (modes[which] == NULL)
		return live_fail(my->live, MIG_EDOC, NULL,
		    "the sslmode of this URL is none of disable, require and verify-full");
	MYSQL *mysql = &my->conn->mysql;
	my_bool enforce = which > 0;
	my_bool verify = which > 1;
	bool set = mysql_options(mysql, MYSQL_OPT_SSL_ENFORCE, &enforce) == 0 &&
	    mysql_options(mysql, MYSQL_OPT_SSL_VERIFY_SERVER_CERT, &verify) == 0 &&
	    (root == NULL || mysql_ssl_set(mysql, NULL, NULL, root, NULL, NULL) == 0);
	return set ? MIG_OK : live_no_memory(my->live);
}

static int
set_options(struct live_my *my, const struct live_url *url)
{
	MYSQL *mysql = &my->conn->mysql;
	/* Whole seconds only; at least one. */
	unsigned seconds = (unsigned)((my->conn->timeout_ms + 999) / 1000);
	unsigned infile = 0; /* or a server could ask for any of our files */
	bool set = mysql_options(mysql, MYSQL_OPT_CONNECT_TIMEOUT, &seconds) == 0 &&
	    mysql_options(mysql, MYSQL_OPT_READ_TIMEOUT, &seconds) == 0 &&
	    mysql_options(mysql, MYSQL_OPT_WRITE_TIMEOUT, &seconds) == 0 &&
	    mysql_options(mysql, MYSQL_OPT_LOCAL_INFILE, &infile) == 0 &&
	    mysql_options(mysql, MYSQL_SET_CHARSET_NAME, "utf8mb4") == 0;
	if (!set)
		return live_no_memory(my->live);
	return set_tls(my, url);
}

static int
connect_server(struct live_my *my, const struct live_url *url)
{
	MYSQL *mysql = &my->conn->mysql;
	const char *socket = live_url_setting(url, "unix_socket");
	my->conn->asked_ms = now_ms();
	if (mysql_real_connect(mysql, socket != NULL ? NULL : url->host, url->user, url->password,
	        url->database, (unsigned)url->port, socket, 0) != NULL)
		return MIG_OK;
	int error = failed(my, "cannot connect");
	/* Whatever keeps us out: there is no server to read from. */
	return error == MIG_EDOC ? MIG_EIO : error;
}

static int
check_version(struct live_my *my)
{
	const char *text = mysql_get_server_info(&my->conn->mysql);
	int version = (int)mysql_get_server_version(&my->conn->mysql);
	my->mariadb = text != NULL && strstr(text, "MariaDB") != NULL;
	mig_db_set_version(my->live->db, version);
	if (version >= (my->mariadb ? MARIADB_MIN : MYSQL_MIN))
		return MIG_OK;
	return live_fail(my->live, MIG_EDOC, NULL,
	    "the server is version %s; MySQL 8.0 and MariaDB 10.5 are the oldest that can be read",
	    text != NULL ? text : "unknown");
}

/* Read only, all of one moment; SQL texts must not depend on the settings of user or server. */
static int
begin(struct live_my *my)
{
	char limit[160];
	long long ms = (long long)my->conn->timeout_ms;
	(void)snprintf(limit, sizeof(limit),
	    my->mariadb ? "SET SESSION max_statement_time = %lld.%03lld, lock_wait_timeout = %lld" :
	                  "SET SESSION max_execution_time = %lld%03lld, lock_wait_timeout = %lld",
	    ms / 1000, ms % 1000, ms / 1000 + 1);
	const struct live_my_query queries[] = {
		{ "the time limits cannot be set", limit, NULL },
		{ "the session cannot be set up",
		    "SET SESSION sql_mode = '', time_zone = '+00:00',"
		    " group_concat_max_len = 1048576",
		    NULL },
		{ "the transaction cannot be opened",
		    "START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY", NULL },
	};
	return live_my_all(my, queries, sizeof(queries) / sizeof(queries[0]));
}

int
live_my_open(struct live_my *my, const struct live_url *url)
{
	my->conn = calloc(1, sizeof(*my->conn));
	if (my->conn == NULL)
		return live_no_memory(my->live);
	if (mysql_init(&my->conn->mysql) == NULL) {
		free(my->conn);
		my->conn = NULL;
		return live_no_memory(my->live);
	}
	my->conn->timeout_ms = my->live->options->timeout_ms;
	int error = check_settings(my, url);
	if (error == MIG_OK)
		error = set_options(my, url);
	if (error == MIG_OK)
		error = connect_server(my, url);
	if (error == MIG_OK)
		error = check_version(my);
	return error == MIG_OK ? begin(my) : error;
}

static int
each_row(struct live_my *my, MYSQL_RES *result, const struct live_my_query *query)
{
	const char *values[VALUES_MAX] = { NULL };
	unsigned columns = mysql_num_fields(result);
	MYSQL_ROW row = NULL;
	int error = MIG_OK;
	MIG_ASSERT(columns <= VALUES_MAX);
	while (error == MIG_OK && (row = mysql_fetch_row(result)) != NULL) {
		for (unsigned i = 0; i < columns; i++)
			values[i] = row[i];
		error = query->row != NULL ? query->row(my, values) : MIG_OK;
		my->conn->asked_ms = now_ms();
	}
	if (error == MIG_OK && mysql_errno(&my->conn->mysql) != 0)
		error = failed(my, query->what);
	return error;
}

int
live_my_each(struct live_my *my, const struct live_my_query *query)
{
	MYSQL *mysql = &my->conn->mysql;
	my->conn->asked_ms = now_ms();
	my->table = NULL;
	my->part = NULL;
	if (mysql_real_query(mysql, query->sql, strlen(query->sql)) != 0)
		return failed(my, query->what);
	MYSQL_RES *result = mysql_use_result(mysql);
	if (result == NULL)
		return mysql_errno(mysql) != 0 ? failed(my, query->what) : MIG_OK;
	int error = each_row(my, result, query);
	mysql_free_result(result);
	return error;
}

int
live_my_all(struct live_my *my, const struct live_my_query *queries, size_t count)
{
	int error = MIG_OK;
	for (size_t i = 0; i < count && error == MIG_OK; i++)
		if (queries[i].sql != NULL)
			error = live_my_each(my, &queries[i]);
	return error;
}

void
live_my_close(struct live_my_conn *conn)
{
	if (conn == NULL)
		return;
	mysql_close(&conn->mysql);
	mysql_library_end();
	free(conn);
}
