/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/*
 * PostgreSQL's DDL, read by PostgreSQL's own parser (libpg_query): the output of pg_dump
 * --schema-only, files written by hand, and migration files that are applied one after the other.
 */
#ifndef MIG_SOURCE_DDL_H
#define MIG_SOURCE_DDL_H

#include "schema/model.h"

/*
 * Apply the statements of a file (len bytes of text) to a schema of PostgreSQL: what is
 * created is put into it, what is altered or dropped must be there.  Statements that change
 * rows and not the schema are passed over, with a note where they could matter.  file is for
 * places and findings and must outlive the schema.  MIG_EDOC with findings (file and line);
 * MIG_ENOMEM.
 */
int ddl_apply(struct mig_db *db, const char *text, size_t len, const char *file,
    struct mig_findings *findings) MIG_MUSTCHECK;

#endif
