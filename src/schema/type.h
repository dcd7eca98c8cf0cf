/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/*
 * Column types: one spelling for each (that of PostgreSQL's format_type() or of MySQL's
 * COLUMN_TYPE), their parts, and what a change from one to another does to rows.
 */
#ifndef MIG_SCHEMA_TYPE_H
#define MIG_SCHEMA_TYPE_H

#include "schema/model.h"

/*
 * The canonical spelling of a type as documents write it: "VARCHAR" with length 255 gives "character
 * varying(255)", "int4[]" gives "integer[]", "numeric" with precision 10 and scale 2 gives
 * "numeric(10,2)", MySQL's "INT(11) UNSIGNED" gives "int unsigned".  length, precision and scale
 * (from a snapshot) below 0 are not given, and give way to what the text itself says.  Names that
 * are not known stay as they are, in lower case unless they are quoted.  In the arena; NULL without
 * memory.
 */
const char *mig_db_type_canonical(struct mig_arena *arena, enum mig_db_dialect dialect,
    const char *text, int64_t length, int64_t precision, int64_t scale);

#endif
