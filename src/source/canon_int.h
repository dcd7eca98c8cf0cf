/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/*
 * The parts of canon: they work on parse trees in place.
 */
#ifndef MIG_SOURCE_CANON_INT_H
#define MIG_SOURCE_CANON_INT_H

#include "source/canon.h"
#include "source/sql_tree.h"

#define CANON_KEEP (-2)        /* location of a cast that makes the type of a view's column */
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
	int selects; /* that are open around the message being worked on */
	/* Only names get their schemas and stars their columns: the tree stays the same. */
	bool names_only;
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
 * As canon_schema_of(), for a type that is not PostgreSQL's own.
 */
const char *canon_type_schema(const struct canon *canon, const char *name);

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
 * A canonical type without what stands in its brackets: "timestamp(3) without time zone" too.
 */
const char *canon_without_typmod(struct mig_arena *scratch, const char *type);

/*
 * A type, a domain as what it is made of.
 */
const char *canon_without_domain(const struct canon_tree *tree, const char *type);

/*
 * Put a cast's operand in the place of the cast where the server would add the cast by itself.
 */
void canon_fix_cast(struct canon_tree *tree, PgQuery__Node *node);

/*
 * Operators: IN, BETWEEN, LIKE, and the casts of what they compare.
 */
void canon_fix_operator(struct canon_tree *tree, PgQuery__Node *node);

/*
 * The arguments of a call: the casts that the server adds to them.
 */
void canon_fix_arguments(struct canon_tree *tree, PgQuery__FuncCall *call);

/*
 * Take the casts away that make all of some expressions one type (COALESCE, CASE, …).
 */
void canon_fix_alike(struct canon_tree *tree, PgQuery__Node **items, size_t count);

/*
 * The name of a column of a query, given or as the server finds it; NULL: "?column?".
 */
const char *canon_target_name(const PgQuery__Node *target);

/*
 * Take the schema away from a name that is in the search path anyway: COLLATE pg_catalog."C",
 * public.gin_trgm_ops.
 */
void canon_fix_path(PgQuery__Node ***names, size_t *count);

/*
 * A statement that makes a thing, or one of a rule: what stands beside its expressions, such as
 * OR REPLACE and the order of options.  Another message stays as it is.
 */
void canon_fix_statement(const struct canon_tree *tree, ProtobufCMessage *message);

/*
 * A query: what it reads, its columns and their qualifiers.
 */
void canon_fix_query(struct canon_tree *tree, PgQuery__SelectStmt *query);

/*
 * Give what inner queries read the names back that the server has made others, as a query around
 * them reads something of the same name: "orders orders_1".
 */
void canon_fix_aliases(struct canon_tree *tree, ProtobufCMessage *message);

/*
 * What follows the name of its table in a CREATE INDEX that has been brought into the one
 * spelling: "USING btree (a, lower(b)) WHERE (c)".  In the canon's arena, as all that is written.
 */
const char *canon_write_index(struct canon_tree *tree, const PgQuery__IndexStmt *index);

/*
 * "EXCLUDE USING gist (a WITH =)"
 */
const char *canon_write_exclusion(struct canon_tree *tree, const PgQuery__Constraint *constraint);

/*
 * "RANGE (created_at)"
 */
const char *canon_write_partition_key(struct canon_tree *tree, const PgQuery__PartitionSpec *spec);

/*
 * "FOR VALUES FROM (1) TO (2)", of a partition of the parent (NULL: not known).
 */
const char *canon_write_bound(struct canon_tree *tree, const struct mig_db_object *parent,
    const PgQuery__PartitionBoundSpec *bound);

/*
 * The types of input arguments, "integer, text": of parameters, or of types alone.
 */
const char *canon_arguments(struct canon_tree *tree, PgQuery__Node *const *nodes, size_t count);

/*
 * All of a routine but its name from its statement; the name must be there already.
 */
void canon_fill_routine(struct canon_tree *tree, PgQuery__CreateFunctionStmt *statement,
    struct mig_db *db, struct mig_db_routine *routine);

/*
 * The column of a relation that a column of a query is; NULL: it is computed, or not known.
 */
const struct mig_db_column *canon_source_column(
    struct canon_tree *tree, const PgQuery__SelectStmt *query, const PgQuery__Node *target);

#endif
