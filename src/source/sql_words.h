/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/*
 * PostgreSQL's words: what has to be quoted as a name, and which types it comes with.
 */
#ifndef MIG_SOURCE_SQL_WORDS_H
#define MIG_SOURCE_SQL_WORDS_H

#include <stdbool.h>

/*
 * Whether the word, in lower case, is a keyword that must be quoted where it is a name.
 */
bool sql_is_reserved(const char *word);

/*
 * Whether the name is that of a type of pg_catalog, as pg_type has it, or of the serial ones.
 */
bool sql_is_builtin_type(const char *name);

#endif
