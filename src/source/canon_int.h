/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/*
 * The parts of canon: they work on parse trees in place.
 */
#ifndef MIG_SOURCE_CANON_INT_H
#define MIG_SOURCE_CANON_INT_H

#include "source/canon.h"
#include "source/sql_tree.h"

#define CANON_RELATIONS_MAX 64 /* of one query, whose columns are known */

/* One tree being worked on. */
struct canon_tree {
	const struct canon *canon;
	struct mig_arena *scratch;
	/* What queries in the tree read from, for the types of their columns. */
	const struct mig_db_object *relations[CANON_RELATIONS_MAX];
	size_t relations_count;
	/* Names of WITH queries: they have no schema. */
	const char *ctes[CANON_RELATIONS_MAX];
	size_t ctes_count;
};

/*
 * Bring all of a tree into the one spelling, in place.
 */
void canon_fix(struct canon_tree *tree, ProtobufCMessage *message);

/*
 * A default: as canon_fix(), and the cast to the column's own type is taken away.  The result may
 * be another node; NULL for NULL.
 */
PgQuery__Node *canon_fix_default(struct canon_tree *tree, PgQuery__Node *expr, const char *type);

/*
 * The schema that an unqualified name of a table or sequence stands for, by the search path.
 */
const char *canon_schema_of(const struct canon *canon, enum mig_db_kind kind, const char *name);

/*
 * A type's canonical text, in the canon's arena.
 */
const char *canon_type_name(const struct canon_tree *tree, const PgQuery__TypeName *type);

/*
 * As canon_type_name(), without length and the like: what decides about casts.
 */
const char *canon_type_base(const struct canon_tree *tree, const PgQuery__TypeName *type);

/*
 * The base type of an expression, as far as it can be told from its parts; NULL: unknown.
 */
const char *canon_type_of(const struct canon_tree *tree, const PgQuery__Node *expr);

/*
 * Whether the type is text or one that is compared as text.
 */
bool canon_is_text(const char *type);

/*
 * Whether the type is a number of any kind.
 */
bool canon_is_number(const char *type);

/*
 * A string literal of a type as the server would write it ("30 days", "{\"a\": 1}"); the text
 * itself where it is not known better.  In the scratch arena.
 */
const char *canon_literal(struct mig_arena *scratch, const char *type, const char *text);

/*
 * Put a cast's operand in the place of the cast where the server would add the cast by itself.
 */
void canon_fix_cast(struct canon_tree *tree, PgQuery__Node *node);

/*
 * Operators: IN, BETWEEN, LIKE, and the casts of what they compare.
 */
void canon_fix_operator(struct canon_tree *tree, PgQuery__Node *node);

/*
 * Take the casts away that make all of some expressions one type (COALESCE, CASE, …).
 */
void canon_fix_alike(struct canon_tree *tree, PgQuery__Node **items, size_t count);

/*
 * A query: what it reads, its columns and their qualifiers.
 */
void canon_fix_query(struct canon_tree *tree, PgQuery__SelectStmt *query);

#endif
