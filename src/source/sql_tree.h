/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/*
 * PostgreSQL's parse tree, as libpg_query gives it in protobuf messages: parsing, writing back to
 * SQL, walking, and making new nodes.  All memory of a tree is a scratch arena's.  For readers
 * of SQL (ddl, canon, review) only.
 */
#ifndef MIG_SOURCE_SQL_TREE_H
#define MIG_SOURCE_SQL_TREE_H

#include <pg_query/pg_query.pb-c.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

struct mig_arena;
struct mig_buf;

/* What the parser has against a text. */
struct sql_error {
	char message[256];
	size_t offset; /* bytes into the text */
};

/*
 * Parse one or more statements.  The tree lives in the arena.  MIG_EDOC with the error filled in;
 * MIG_ELIMIT when the text is nested deeper than MIG_SQL_DEPTH_MAX; MIG_ENOMEM.
 */
int sql_parse(struct mig_arena *arena, const char *text, PgQuery__ParseResult **ret_result,
    struct sql_error *ret_error) MIG_MUSTCHECK;

/*
 * The nesting of a text: an upper bound of the depth of its tree, brackets and operators
 * counted.  Stops counting soon after MIG_SQL_DEPTH_MAX.
 */
size_t sql_depth(const char *text, size_t len);

/* Called for a name of a text: its bytes as PostgreSQL has them, without quotes. */
typedef void (*sql_identifier_fn)(const char *name, size_t len, void *context);

/*
 * Call see for every identifier in a text that can be parsed, uncut, in the order of the text.
 * MIG_ENOMEM.
 */
int sql_identifiers(struct mig_arena *arena, const char *text, sql_identifier_fn see,
    void *context) MIG_MUSTCHECK;

/*
 * A statement as SQL text, in the arena; NULL when it cannot be written or memory has run out.
 */
char *sql_deparse(struct mig_arena *arena, PgQuery__Node *statement);

/*
 * As sql_deparse(), for an expression.
 */
char *sql_deparse_expr(struct mig_arena *arena, PgQuery__Node *expr);

/*
 * Append a name, in quotes where PostgreSQL needs them.
 */
void sql_ident(struct mig_buf *out, const char *name);

/*
 * Append a string literal.
 */
void sql_literal(struct mig_buf *out, const char *text);

/* Called for every message of a tree below its parent; false: not into its parts. */
typedef bool (*sql_visit_fn)(ProtobufCMessage *message, void *context);

/*
 * Call enter before and leave after the parts of each message, the given one included.  Either
 * may be NULL; what leave answers does not matter.
 */
void sql_walk(ProtobufCMessage *message, sql_visit_fn enter, sql_visit_fn leave, void *context);

/*
 * The text of a String node; NULL when the node is something else.
 */
const char *sql_string(const PgQuery__Node *node);

/*
 * The text of the last String of a list, as in a qualified name; NULL: it is empty.
 */
const char *sql_last(PgQuery__Node *const *names, size_t count);

/*
 * The text of a String that stands before the last one, as the schema of a qualified name; NULL:
 * there is none.
 */
const char *sql_before_last(PgQuery__Node *const *names, size_t count);

/*
 * The text of a constant that is a string, NULL: the node is none.
 */
const char *sql_const_string(const PgQuery__Node *node);

/*
 * New nodes, in the arena; NULL without memory.
 */
PgQuery__Node *sql_node(struct mig_arena *arena, PgQuery__Node__NodeCase node_case, void *message);

/*
 * A String node; as sql_node().
 */
PgQuery__Node *sql_make_string(struct mig_arena *arena, const char *text);

/*
 * A constant that is a string; as sql_node().
 */
PgQuery__Node *sql_make_const(struct mig_arena *arena, const char *text);

/*
 * A constant that is a number as it is written; as sql_node().
 */
PgQuery__Node *sql_make_number(struct mig_arena *arena, const char *text);

/*
 * A list of one String node; as sql_node().
 */
PgQuery__Node **sql_make_name(struct mig_arena *arena, const char *text);

#endif
