/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/*
 * One side of a comparison, wherever it comes from: a file (snapshot, SQL, OpenAPI, GraphQL),
 * standard input, a directory of migration files or a server.  What it is follows from what
 * stands in it.
 */
#ifndef MIG_SOURCE_SIDE_H
#define MIG_SOURCE_SIDE_H

#include <stdbool.h>
#include <stdint.h>

#include "apispec/model.h"
#include "schema/model.h"

enum side_kind { SIDE_DATABASE, SIDE_OPENAPI, SIDE_GRAPHQL };

/* What a side has to be. */
enum side_type { SIDE_AUTO, SIDE_TYPE_DATABASE, SIDE_TYPE_API };

struct side_options {
	enum side_type type;
	enum mig_db_dialect dialect; /* of snapshots and SQL that do not say it */
	int64_t timeout_ms;          /* of servers */
	bool may_map;                /* large files may be mapped, see file_map() */
	/* SQL that has been run since, ended by NULL: what of it can be applied is; NULL: none */
	const char *const *scripts;
};

/* Open for reading. */
struct side {
	enum side_kind kind;
	const char *name;    /* for messages: the path, or a URL without its password */
	const char *file;    /* a file's path that findings and places have; NULL: there is none */
	struct mig_db *db;   /* of SIDE_DATABASE, else NULL */
	struct mig_api *api; /* of the others, else NULL */
	char *excerpt;       /* how it begins; NUL-terminated */
	struct mig_arena *arena;
};

/*
 * Read a side ("-" is standard input); free with side_fini() in any case.  With findings:
 * MIG_EDOC and MIG_ELIMIT (a bad or too large document), MIG_ENOTFOUND (not there, or not
 * readable), MIG_EIO (a server that does not answer), MIG_ENOMEM.
 */
int side_read(const char *path, const struct side_options *options, struct side *ret_side,
    struct mig_findings *findings) MIG_MUSTCHECK;

/*
 * Free what the side owns.
 */
void side_fini(struct side *side);

/*
 * What the side is, for messages: "a database schema", "an OpenAPI document", "a GraphQL schema".
 */
const char *side_kind_name(enum side_kind kind);

/*
 * Whether two sides can be compared: both of one kind and, as databases, of one dialect.  With a
 * finding otherwise.
 */
bool side_match(const struct side *before, const struct side *after, struct mig_findings *findings);

#endif
