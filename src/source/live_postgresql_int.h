/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/*
 * What the parts of the reader of PostgreSQL share: a connection that asks one query after the
 * other, and a map from the catalogue's numbers to what was made of them.
 */
#ifndef MIG_SOURCE_LIVE_POSTGRESQL_INT_H
#define MIG_SOURCE_LIVE_POSTGRESQL_INT_H

#include "source/live_int.h"

/* Numbers of system catalogues, which are the same in all versions. */
enum live_pg_catalog {
	PG_TYPE = 1247,
	PG_PROC = 1255,
	PG_CLASS = 1259, /* with a column's number: pg_attribute */
	PG_ATTRDEF = 2604,
	PG_CAST = 2605,
	PG_CONSTRAINT = 2606,
	PG_NAMESPACE = 2615,
	PG_OPERATOR = 2617,
	PG_REWRITE = 2618,
	PG_TRIGGER = 2620,
	PG_EXTENSION = 3079,
	PG_POLICY = 3256,
	PG_STATISTIC_EXT = 3381,
	PG_COLLATION = 3456,
	PG_EVENT_TRIGGER = 3466,
	PG_PUBLICATION = 6104
};

struct live_pg_map;
struct live_pg_conn;

/* One reading. */
struct live_pg {
	struct live *live;
	struct live_pg_conn *conn;
	struct live_pg_map *map;
	int version; /* 150018 */
	/* The numbers of the namespaces that are read, "{2200,16385}": $1 of all queries */
	char *namespaces;
};

/*
 * Called for each row, with as many values as the query has columns; NULL is SQL's NULL.
 * Returns MIG_OK, or the error that ends it all, a finding added.
 */
typedef int (*live_pg_row)(struct live_pg *pg, const char *const *values);

/* A query of the catalogue. */
struct live_pg_query {
	const char *what; /* what it reads, for messages: "tables" */
	const char *sql;  /* with words for what versions differ in, see live_postgresql_conn.c */
	live_pg_row row;
};

/*
 * Connect within the time limit and open the transaction.  Errors as live_read().
 */
int live_pg_open(struct live_pg *pg, const char *text, const struct live_url *url) MIG_MUSTCHECK;

/*
 * Run a query and hand over its rows.  Errors as live_read(), and those of the row function.
 */
int live_pg_each(struct live_pg *pg, const struct live_pg_query *query) MIG_MUSTCHECK;

/*
 * End the connection; NULL is a no-op.
 */
void live_pg_close(struct live_pg_conn *conn);

/*
 * A new, empty map; NULL without memory.
 */
struct live_pg_map *live_pg_map_new(void);

/*
 * Free the map; NULL is a no-op.
 */
void live_pg_map_free(struct live_pg_map *map);

/*
 * Remember what belongs to a number (as text) of a catalogue.  Lack of memory is told by the next
 * live_pg_put().
 */
void live_pg_remember(struct live_pg_map *map, int catalog, const char *oid,
    struct mig_db_object *object);

/*
 * As live_pg_remember(), for what live_pg_find() finds and live_pg_find_own() does not: a table's
 * row type is the table, but its comment is another.
 */
void live_pg_alias(struct live_pg_map *map, int catalog, const char *oid,
    struct mig_db_object *object);

/*
 * As live_pg_remember(), for a column by the numbers of its table and its own.
 */
void live_pg_remember_column(struct live_pg_map *map, const char *table, int number,
    struct mig_db_object *column);

/*
 * What belongs to the number; NULL: it is not read.
 */
struct mig_db_object *live_pg_find(const struct live_pg_map *map, int catalog, const char *oid,
    int sub);

/*
 * As live_pg_find(), without aliases.
 */
struct mig_db_object *live_pg_find_own(const struct live_pg_map *map, int catalog,
    const char *oid, int sub);

/*
 * Call a function for everything in the map, in no order, without aliases.
 */
void live_pg_map_each(const struct live_pg_map *map, void (*each)(struct mig_db_object *object));

/*
 * A number as the server writes it, 0 for NULL.
 */
int64_t live_pg_int(const char *value);

/*
 * Whether the value is true; NULL is not.
 */
bool live_pg_bool(const char *value);

/*
 * A copy in the schema's arena; NULL for NULL.
 */
const char *live_pg_text(struct live_pg *pg, const char *value);

/*
 * As live_pg_text(), for an SQL expression, in the one spelling in which texts are compared.
 */
const char *live_pg_expr(struct live_pg *pg, const char *value);

/*
 * As live_pg_expr(), for a statement, a view's query included: without ";" and blanks around it.
 */
const char *live_pg_statement(struct live_pg *pg, const char *value);

/*
 * The members of an array as the server writes it, "{a,\"b c\",NULL}", in the schema's arena.
 * NULL is an empty one.
 */
const char *const *live_pg_array(struct live_pg *pg, const char *value, size_t *ret_count);

/*
 * The names of the columns of a table whose numbers are in an array.
 */
const char *const *live_pg_columns(struct live_pg *pg, const char *table, const char *numbers,
    size_t *ret_count);

/*
 * Make a thing that stands alone, with name, schema and owner, and remember it by catalogue and
 * number; it is still to be put.  NULL for what belongs to an extension, and without memory.
 */
void *live_pg_make(struct live_pg *pg, enum mig_db_kind kind, int catalog,
    const char *const *values);

/*
 * Make a part of a table or the like.  NULL without memory.
 */
void *live_pg_make_part(
    struct live_pg *pg, enum mig_db_kind kind, struct mig_db_object *parent, const char *name);

/*
 * Put a thing or part into the schema; NULL is a no-op.  MIG_ENOMEM with a finding, also when
 * memory has run out before.
 */
int live_pg_put(struct live_pg *pg, void *object) MIG_MUSTCHECK;

/*
 * Run queries one after the other; as live_pg_each().
 */
int live_pg_all(struct live_pg *pg, const struct live_pg_query *queries,
    size_t count) MIG_MUSTCHECK;

/* The columns with which live_pg_make() is fed come first in each query that uses it. */
enum { PG_OID, PG_SCHEMA, PG_NAME, PG_OWNER, PG_NEXT };

/*
 * Read extensions, namespaces and types.
 */
int live_pg_read_types(struct live_pg *pg) MIG_MUSTCHECK;

/*
 * Read tables, views, their columns, and sequences.
 */
int live_pg_read_tables(struct live_pg *pg) MIG_MUSTCHECK;

/*
 * Read constraints, indexes, triggers, policies and rules.
 */
int live_pg_read_parts(struct live_pg *pg) MIG_MUSTCHECK;

/*
 * Read routines, extended statistics and what else has a definition.
 */
int live_pg_read_routines(struct live_pg *pg) MIG_MUSTCHECK;

/*
 * Read comments, rights and who uses what, of all that was read before.
 */
int live_pg_read_more(struct live_pg *pg) MIG_MUSTCHECK;

#endif
