/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/*
 * The texts of a whole schema in canon's spelling: what a server's catalogue says and what a file
 * of DDL says are then equal where they mean the same.
 */
#ifndef MIG_SOURCE_CANON_MODEL_H
#define MIG_SOURCE_CANON_MODEL_H

#include "schema/model.h"

/*
 * Replace all SQL texts of a schema of PostgreSQL by canon's; a text that the parser does not take
 * stays as it is.  The schema has to be whole, as names in a text are looked up in it.  MIG_ENOMEM.
 */
int canon_model(struct mig_db *db) MIG_MUSTCHECK;

#endif
