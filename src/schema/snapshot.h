/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/*
 * A database schema as a JSON document (docs/schemas/database-schema.schema.json), in and out.
 * The text is read in one pass, without a tree, as there are documents of 50,000 tables.
 */
#ifndef MIG_SCHEMA_SNAPSHOT_H
#define MIG_SCHEMA_SNAPSHOT_H

#include "schema/model.h"

struct mig_buf;

/* A text that is read; all is borrowed. */
struct mig_snapshot_text {
	const char *data; /* need not be NUL-terminated */
	size_t len;
	const char *file; /* for places and findings; must outlive the schema */
	/*
	 * Called now and then with an offset before which the text will hardly be looked at
	 * again: its memory may be given back if it can be read once more.  NULL: nobody cares.
	 */
	void (*passed)(const char *data, size_t upto);
};

/*
 * As mig_snapshot_read().
 */
int mig_snapshot_read_text(const struct mig_snapshot_text *text, enum mig_db_dialect dialect,
    struct mig_db **ret_db, struct mig_findings *findings) MIG_MUSTCHECK;

/*
 * Read text (len bytes); file is for places and findings and must outlive the schema, which is
 * the caller's (mig_db_free()).  The document's own "dialect" goes before the one given.
 * MIG_EDOC with findings that say file, line and JSON pointer; MIG_ENOMEM.
 */
int mig_snapshot_read(const char *text, size_t len, const char *file, enum mig_db_dialect dialect,
    struct mig_db **ret_db, struct mig_findings *findings) MIG_MUSTCHECK;

/*
 * Append the schema as indented JSON with a line feed at its end.  What mig_snapshot_read() makes
 * of it is equal to the schema by mig_db_compare().
 */
void mig_snapshot_write(const struct mig_db *db, struct mig_buf *out);

#endif
