/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/*
 * What the parts of the reader of MySQL and MariaDB share: a connection that asks one query after
 * the other, and texts as they are compared.
 */
#ifndef MIG_SOURCE_LIVE_MYSQL_INT_H
#define MIG_SOURCE_LIVE_MYSQL_INT_H

#include "source/live_int.h"

struct mig_buf;
struct live_my_conn;

/* A body of which there is a better text: that of information_schema, at the definition's end. */
struct live_my_body {
	struct live_my_body *next;
	struct mig_db_object *object;
	const char *text;
};

/* One reading. */
struct live_my {
	struct live *live;
	struct live_my_conn *conn;
	const char *database;
	bool mariadb;
	/* Rows of parts come table by table, those of an index or key column by column. */
	struct mig_db_object *table;
	struct mig_db_object *part;
	struct live_my_body *bodies;
	unsigned hidden; /* bodies that this user may not see */
};

/* As in live_postgresql_int.h. */
typedef int (*live_my_row)(struct live_my *my, const char *const *values);

/* A query of information_schema. */
struct live_my_query {
	const char *what; /* what it reads, for messages */
	const char *sql;  /* where the database is meant, it says DATABASE() */
	live_my_row row;
};

/*
 * Connect within the time limit and open the transaction.  Errors as live_read().
 */
int live_my_open(struct live_my *my, const struct live_url *url) MIG_MUSTCHECK;

/*
 * Run a query and hand over its rows.  Errors as live_read(), and those of the row function.
 */
int live_my_each(struct live_my *my, const struct live_my_query *query) MIG_MUSTCHECK;

/*
 * Run those of the queries that have a text, one after the other; as live_my_each().
 */
int live_my_all(struct live_my *my, const struct live_my_query *queries,
    size_t count) MIG_MUSTCHECK;

/*
 * End the connection; NULL is a no-op.
 */
void live_my_close(struct live_my_conn *conn);

/*
 * A copy in the schema's arena; NULL for NULL, and for a text without a character.
 */
const char *live_my_text(struct live_my *my, const char *value);

/*
 * As live_my_text(), for SQL: the database's own name is taken out of "`database`.`table`".
 */
const char *live_my_sql(struct live_my *my, const char *value);

/*
 * An expression of MariaDB or MySQL in one spelling: current_timestamp() is CURRENT_TIMESTAMP.
 */
const char *live_my_expr(struct live_my *my, const char *value);

/*
 * Append a name in backticks.
 */
void live_my_quote(struct mig_buf *out, const char *name);

/*
 * What was printed, as a copy in the schema's arena; the buffer is freed.  NULL without memory.
 */
const char *live_my_steal(struct live_my *my, struct mig_buf *text);

/*
 * The table or view of that name; NULL: it is not read.
 */
struct mig_db_object *live_my_table(struct live_my *my, const char *name);

/*
 * A copy of a list of names with one more at its end; NULL without memory.
 */
const char *const *live_my_append(struct live_my *my, const char *const *names, size_t count,
    const char *name);

/*
 * Put a thing or part into the schema; NULL is a no-op.  MIG_ENOMEM with a finding, also when
 * memory has run out before.
 */
int live_my_put(struct live_my *my, void *object) MIG_MUSTCHECK;

/*
 * Read tables, views and their columns.
 */
int live_my_read_tables(struct live_my *my) MIG_MUSTCHECK;

/*
 * Read indexes and constraints.
 */
int live_my_read_keys(struct live_my *my) MIG_MUSTCHECK;

/*
 * Read routines, triggers, events and sequences.
 */
int live_my_read_routines(struct live_my *my) MIG_MUSTCHECK;

/*
 * Note that the definition of the thing ends with a text that has lost something, if it has.
 */
void live_my_note_body(struct live_my *my, struct mig_db_object *object, const char *text);

/*
 * Read the bodies that were noted as they were written.
 */
int live_my_read_bodies(struct live_my *my) MIG_MUSTCHECK;

#endif
