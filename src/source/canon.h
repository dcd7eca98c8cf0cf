/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/*
 * One spelling for each expression, query and type of PostgreSQL, whether a person wrote it or
 * pg_dump or the server: white space, brackets, the casts that the server adds, IN and = ANY,
 * BETWEEN, LIKE and the rest come out alike.  A text that the parser does not take stays as it
 * is.
 */
#ifndef MIG_SOURCE_CANON_H
#define MIG_SOURCE_CANON_H

#include "schema/model.h"

struct mig_arena;

/* What names in a text mean.  All is borrowed. */
struct canon {
	struct mig_arena *arena; /* where results are made */
	const struct mig_db *db; /* whose tables' columns have types; NULL: none is known */
	const char *const *path; /* search path, ended by NULL; NULL: "public" */
	/* The table, view or type that columns without qualifier belong to; NULL: none */
	const struct mig_db_object *table;
};

/*
 * An expression: of a check, a generated column, an index, a policy.  NULL without memory.
 */
const char *canon_expr(const struct canon *canon, const char *text);

/*
 * A default of a column or domain of that (canonical) type; NULL for DEFAULT NULL, too.
 */
const char *canon_default(const struct canon *canon, const char *text, const char *type);

/*
 * The query of a view, or any other statement (CREATE INDEX, CREATE TRIGGER, …), without its
 * semicolon.  NULL without memory.
 */
const char *canon_statement(const struct canon *canon, const char *text);

/*
 * A type as the model has it: as mig_db_type_canonical(), types that are not PostgreSQL's own
 * with their schema.  NULL without memory.
 */
const char *canon_type(const struct canon *canon, const char *text);

/*
 * All texts of a schema that were read from a server, in place: what a file with the same things in
 * it gives is then equal.  Column types are taken to be canonical.  MIG_ENOMEM.
 */
int canon_db(struct mig_db *db) MIG_MUSTCHECK;

#endif
