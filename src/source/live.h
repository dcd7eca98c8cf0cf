/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/*
 * The schema of a live server, read from its catalogue in one read-only transaction:
 * PostgreSQL 12 to 17 through libpq, MySQL 8 and MariaDB 10.11 through libmariadb.
 */
#ifndef MIG_SOURCE_LIVE_H
#define MIG_SOURCE_LIVE_H

#include <stdint.h>

#include "schema/model.h"

struct mig_buf;

struct live_options {
	int64_t timeout_ms; /* for connecting and for each query */
	/* Namespaces to read, ended by NULL; NULL: all but the server's own */
	const char *const *schemas;
};

/*
 * Whether the text is a URL that live_read() takes: postgresql://, postgres://, mysql://,
 * mariadb://.
 */
bool live_is_url(const char *text);

/*
 * The URL without its password, for messages; appended to out.
 */
void live_url_public(const char *url, struct mig_buf *out);

/*
 * Read the schema behind the URL; the caller's (mig_db_free()).  One finding on a fault,
 * without the password.  MIG_EIO: no connection, or it broke; MIG_EDOC: the URL or the server
 * is none that we can read; MIG_ENOMEM.
 */
int live_read(const char *url, const struct live_options *options, struct mig_db **ret_db,
    struct mig_findings *findings) MIG_MUSTCHECK;

#endif
