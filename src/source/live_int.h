/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/*
 * What the readers of live servers share: a job, its errors, and URLs taken apart.
 */
#ifndef MIG_SOURCE_LIVE_INT_H
#define MIG_SOURCE_LIVE_INT_H

#include <stdbool.h>
#include <stdint.h>

#include "schema/model.h"
#include "source/live.h"

/* One reading of one server. */
struct live {
	struct mig_db *db;
	struct mig_arena *arena; /* of db */
	const struct live_options *options;
	struct mig_findings *findings;
	const char *name;   /* the URL as it may be shown */
	const char *secret; /* the password, which may not be shown; NULL: there is none */
};

/* A setting behind the "?" of a URL, decoded. */
struct live_setting {
	const char *name;
	const char *value;
};

#define LIVE_SETTINGS_MAX 32

/* The parts of a URL, decoded.  What is not there is NULL. */
struct live_url {
	enum mig_db_dialect dialect;
	const char *user;
	const char *password;
	const char *hosts; /* as written: "h1:1234,h2", "[::1]:5432" */
	const char *host;  /* the first one, without brackets */
	int port;          /* the first one's; 0: not given */
	const char *database;
	struct live_setting settings[LIVE_SETTINGS_MAX];
	size_t settings_count;
};

/*
 * Take a URL apart, within the arena.  NULL, or what is wrong with it, as a sentence that says
 * which part it is and nothing of what stands there: it could be a password.
 */
const char *live_url_split(struct mig_arena *arena, const char *text, struct live_url *ret_url);

/*
 * The value of a setting of the URL, NULL when it is not there.
 */
const char *live_url_setting(const struct live_url *url, const char *name);

/*
 * Add the one finding of a failure and return error.  Line ends become blanks; a password does not
 * get through.
 */
int live_fail(struct live *live, int error, const char *hint, const char *fmt,
    ...) MIG_PRINTF(4, 5);

/*
 * As live_fail(), without memory.
 */
int live_no_memory(const struct live *live);

/*
 * Add a note or warning.
 */
void live_note(struct live *live, enum mig_severity severity, const char *fmt,
    ...) MIG_PRINTF(3, 4);

/*
 * Read PostgreSQL into live->db.  Errors as live_read().
 */
int live_postgresql_read(struct live *live, const char *text,
    const struct live_url *url) MIG_MUSTCHECK;

/*
 * Read MySQL or MariaDB into live->db.  Errors as live_read().
 */
int live_mysql_read(struct live *live, const struct live_url *url) MIG_MUSTCHECK;

#endif
