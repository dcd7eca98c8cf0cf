/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/*
 * One database schema: tables with their parts, views, routines, types, sequences and the rest,
 * as read from a snapshot, from DDL or from a server.  Every thing begins with a struct
 * mig_db_object, so that lists, comparison and scripts can treat all alike.  All memory is the
 * schema's arena; readers build, everybody else only reads.
 */
#ifndef MIG_SCHEMA_MODEL_H
#define MIG_SCHEMA_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "check/check.h"

struct mig_arena;

enum mig_db_dialect { MIG_DB_POSTGRESQL, MIG_DB_MYSQL };

/* Top-level kinds come first, kinds that are parts of a table or view last. */
enum mig_db_kind {
	MIG_DB_EXTENSION,
	MIG_DB_NAMESPACE, /* CREATE SCHEMA */
	MIG_DB_ENUM,
	MIG_DB_DOMAIN,
	MIG_DB_COMPOSITE,
	MIG_DB_RANGE_TYPE,
	MIG_DB_COLLATION,
	MIG_DB_SEQUENCE, /* not those of serial and identity columns */
	MIG_DB_ROUTINE,  /* function, procedure, aggregate */
	MIG_DB_TABLE,
	MIG_DB_VIEW,
	MIG_DB_MATVIEW,
	MIG_DB_STATISTICS, /* CREATE STATISTICS */
	MIG_DB_OTHER, /* anything else with a definition: event trigger, publication, cast, … */
	MIG_DB_COLUMN,
	MIG_DB_CONSTRAINT,
	MIG_DB_INDEX,
	MIG_DB_TRIGGER,
	MIG_DB_POLICY,
	MIG_DB_RULE
};

#define MIG_DB_KINDS 20
#define MIG_DB_KINDS_TOP 14 /* those that stand alone */

/* A mention of one thing by another: what has to be there first. */
struct mig_db_ref {
	enum mig_db_kind kind; /* of what is mentioned; MIG_DB_TABLE also for views */
	const char *schema;    /* NULL: not said */
	const char *name;      /* a routine's with its argument types: "f(integer, text)" */
	const char *column;    /* NULL: the whole */
};

/*
 * One right: role, what it may, and whether it may pass it on.  What PUBLIC may by itself (EXECUTE
 * of routines, USAGE of types) is not among them, but that it was taken away is.
 */
struct mig_db_grant {
	const char *role;      /* "PUBLIC" for all */
	const char *privilege; /* "SELECT" */
	const char *column;    /* NULL: on the whole */
	bool with_grant_option;
	bool denied; /* of PUBLIC: it has not got what it has by itself */
};

/* What few things have.  There may be two million things: each has one pointer for all of this. */
struct mig_db_extra {
	const struct mig_db_object *of; /* whose own it is; a copy of that one only reads it */
	const char *comment;            /* NULL: none */
	const char *owner;              /* NULL: unknown, then it is not compared */
	const char *written;            /* see mig_db_written(); NULL: as the canonical text */
	struct mig_db_ref *refs;        /* what it uses */
	struct mig_db_grant *grants;
	uint32_t refs_count;
	uint32_t grants_count;
};

/* What all things have. */
struct mig_db_object {
	enum mig_db_kind kind;
	int line;           /* where it was read, from 1; 0: unknown */
	const char *file;   /* where it was read; NULL: unknown */
	const char *schema; /* NULL where there is none (snapshots, MySQL, extensions) */
	const char *name;   /* as the catalogue has it, not quoted; NULL: not named (snapshots) */
	struct mig_db_object *parent;     /* of a part: its table, view or composite type */
	const char *definition;           /* canonical text; its meaning stands at each kind */
	const struct mig_db_extra *extra; /* never NULL: what has nothing shares one */
};

/* GENERATED … AS IDENTITY, and serial */
enum mig_db_identity {
	MIG_DB_IDENTITY_NONE,
	MIG_DB_IDENTITY_ALWAYS,
	MIG_DB_IDENTITY_BY_DEFAULT,
	MIG_DB_SERIAL,        /* PostgreSQL: default nextval() of a sequence that the column owns */
	MIG_DB_AUTO_INCREMENT /* MySQL; snapshots, whatever the dialect */
};

enum mig_db_generated { MIG_DB_GENERATED_NONE, MIG_DB_GENERATED_STORED, MIG_DB_GENERATED_VIRTUAL };

/* The parameters of a sequence, all of them as in effect. */
struct mig_db_sequence_options {
	const char *type; /* "smallint", "integer", "bigint" */
	int64_t start;
	int64_t increment;
	int64_t min;
	int64_t max;
	int64_t cache;
	bool cycle;
};

/* What few columns have. */
struct mig_db_column_more {
	const char *collation;                    /* not the type's own; NULL */
	const char *charset;                      /* MySQL; NULL */
	const char *on_update;                    /* MySQL's ON UPDATE expression; NULL */
	struct mig_db_sequence_options *sequence; /* of identity or serial; NULL: defaults */
	/* Of serial and identity, where known, "schema.name" quoted; NULL */
	const char *sequence_name;
	const char *generated_expr;
	const char *storage;     /* PostgreSQL, only where it is not the type's own; NULL */
	const char *compression; /* PostgreSQL; NULL */
	int statistics;          /* PostgreSQL's target; -1: default */
	bool invisible;          /* MySQL */
};

/* There may be a million of them.  definition: not used */
struct mig_db_column {
	struct mig_db_object base;
	/* Canonical and whole: "character varying(255)", "numeric(10,2)[]", see schema/type.h */
	const char *type;
	const char *type_text;    /* as the document spells it (snapshots: without length) */
	int64_t length;           /* of a snapshot's "length"; 0: not given */
	const char *default_expr; /* SQL expression, canonical; NULL: none.  Not that of serial */
	const char *default_json; /* snapshots: the JSON text of the value as it was given; NULL */
	const struct mig_db_column_more *more; /* never NULL: defaults are shared */
	int position;                          /* from 1 */
	enum mig_db_identity identity : 8;
	enum mig_db_generated generated : 8;
	bool nullable;
	bool inherited; /* comes from a parent or partitioned table, not its own */
};

enum mig_db_constraint_type {
	MIG_DB_PRIMARY_KEY,
	MIG_DB_UNIQUE,
	MIG_DB_FOREIGN_KEY,
	MIG_DB_CHECK,
	MIG_DB_EXCLUSION
};

/*
 * definition: as pg_get_constraintdef() has it, "CHECK ((price > 0))", "FOREIGN KEY (a)
 * REFERENCES t(b) ON DELETE CASCADE", with nothing in it that the members below say apart from
 * columns.
 */
struct mig_db_constraint {
	struct mig_db_object base;
	enum mig_db_constraint_type type;
	const char *const *columns; /* in order; empty for checks of snapshots */
	size_t columns_count;
	const char *const *include; /* INCLUDE */
	size_t include_count;
	const char *expression; /* of a check: without "CHECK" and its brackets, canonical */
	const char *ref_schema;
	const char *ref_table;
	const char *const *ref_columns;
	size_t ref_columns_count;
	const char *match;     /* "FULL", or NULL */
	const char *on_delete; /* "NO ACTION" and so on, never NULL for a foreign key */
	const char *on_update;
	const char *const *on_delete_columns; /* SET NULL (columns) */
	size_t on_delete_columns_count;
	const char *index_method; /* of an exclusion; MySQL: of a foreign key's own index */
	const char *options;      /* storage options of its index, "fillfactor=70"; NULL */
	bool deferrable;
	bool initially_deferred;
	bool not_valid;
	bool no_inherit;
	bool nulls_not_distinct;
	bool inherited;     /* comes from a parent or partitioned table */
	bool inline_column; /* the snapshot said it at the column */
};

/*
 * Not those behind constraints.  definition: as pg_get_indexdef() has it without the name, "USING
 * btree (lower(email)) WHERE active", which holds all that follows but unique.
 */
struct mig_db_index {
	struct mig_db_object base;
	const char *method;         /* "btree" */
	const char *const *columns; /* columns and expressions in order, without order and class */
	size_t columns_count;
	const char *predicate; /* of a partial index; NULL */
	bool unique;
	bool nulls_not_distinct; /* unique: NULLS NOT DISTINCT */
	bool expressions;        /* at least one of columns is an expression */
	bool valid;              /* false: left over by a failed CONCURRENTLY */
	bool clustered;
	bool replica_identity;
	bool inherited; /* part of a partitioned index */
	bool ignored;   /* MySQL: invisible */
};

/* definition: as pg_get_triggerdef() has it, "CREATE TRIGGER …"; of a rule and a policy likewise */
struct mig_db_trigger {
	struct mig_db_object base;
	char enabled;    /* 'O' origin, 'D' disabled, 'R' replica, 'A' always */
	bool constraint; /* CREATE CONSTRAINT TRIGGER */
	bool inherited;
};

/* A table, a view or a materialised view.  definition: of views the query; of tables not used */
struct mig_db_table {
	struct mig_db_object base;
	struct mig_db_column **columns; /* in order; of views: name and type (NULL: unknown) only */
	size_t columns_count;
	struct mig_db_constraint **constraints;
	size_t constraints_count;
	struct mig_db_index **indexes;
	size_t indexes_count;
	struct mig_db_trigger **triggers; /* and policies and rules, by base.kind */
	size_t triggers_count;
	const char *partition_key; /* "RANGE (created_at)"; NULL: not partitioned */
	struct mig_db_ref *partition_of;
	const char *partition_bound; /* "FOR VALUES FROM (…) TO (…)" or "DEFAULT" */
	struct mig_db_ref *inherits; /* INHERITS */
	size_t inherits_count;
	const char *options;    /* WITH (…), sorted, "fillfactor=70, …"; of views too; NULL */
	const char *tablespace; /* NULL: default */
	const char *engine;     /* MySQL */
	const char *charset;    /* MySQL */
	const char *collation;  /* MySQL */
	const char *row_format; /* MySQL */
	char replica_identity;  /* 'd' default, 'f' full, 'n' nothing, 'i' index */
	bool unlogged;
	bool row_security;
	bool force_row_security;
	bool populated; /* materialised views */
	uint32_t walk;  /* the last walk that has come by: see mig_db_new_walk() */
	double rows;    /* estimate; negative: unknown */
	struct mig_db_part_names *part_names; /* see mig_db_seal(); NULL */
};

/* definition: not used */
struct mig_db_enum {
	struct mig_db_object base;
	const char *const *labels;
	size_t labels_count;
};

/* definition: not used */
struct mig_db_domain {
	struct mig_db_object base;
	const char *type;
	const char *collation;
	const char *default_expr;
	bool nullable;
	struct mig_db_constraint **checks;
	size_t checks_count;
};

/* Attributes are columns with name, type, collation.  definition: not used */
struct mig_db_composite {
	struct mig_db_object base;
	struct mig_db_column **columns;
	size_t columns_count;
};

/* definition: not used */
struct mig_db_sequence {
	struct mig_db_object base;
	struct mig_db_sequence_options options;
	struct mig_db_ref *owned_by; /* NULL */
	bool unlogged;
};

/* base.name is without arguments.  definition: the statement, "CREATE OR REPLACE FUNCTION …" */
struct mig_db_routine {
	struct mig_db_object base;
	/* Types of the input arguments: "integer, text"; makes the identity */
	const char *arguments;
	const char *parameters; /* as declared, with names, modes and defaults */
	const char *returns;    /* NULL for procedures */
	const char *language;
	const char *body;       /* what it does, as text */
	const char *attributes; /* the rest, in a fixed order: "STABLE STRICT SECURITY DEFINER" */
	bool procedure;
	bool aggregate;
};

/* CREATE STATISTICS.  definition: the statement */
struct mig_db_statistics {
	struct mig_db_object base;
	int target; /* -1: default */
};

/* extension: definition is the version.  Others: the statement that makes it, without ";" */
struct mig_db_simple {
	struct mig_db_object base;
};

struct mig_db;

/* The one that all things share that have nothing of it. */
extern const struct mig_db_extra mig_db_extra_none;

/*
 * A new, empty schema; NULL without memory.
 */
struct mig_db *mig_db_new(enum mig_db_dialect dialect);

/*
 * Free the schema and all its things; NULL is a no-op.
 */
void mig_db_free(struct mig_db *db);

/*
 * A number that no table's walk has: for whoever marks the tables that were looked at.
 */
uint32_t mig_db_new_walk(struct mig_db *db);

/*
 * Whether a thing, or a part and what it is a part of, is in the schema and not only was.
 */
bool mig_db_has(const struct mig_db *db, const struct mig_db_object *object);

/*
 * Where a reader allocates all that the schema points to.
 */
struct mig_arena *mig_db_arena(struct mig_db *db);

/*
 * The dialect of mig_db_new().
 */
enum mig_db_dialect mig_db_dialect(const struct mig_db *db);

/*
 * The server's version as a number (150018 for PostgreSQL 15.18, 80036 for MySQL 8.0.36,
 * 101119 for MariaDB 10.11.19, which is over 100000 where MySQL is below); 0 when it is not
 * known.
 */
int mig_db_version(const struct mig_db *db);

/*
 * Set what mig_db_version() tells.
 */
void mig_db_set_version(struct mig_db *db, int version);

/*
 * Whether who has read the schema knows that there is more of it than could be seen.
 */
bool mig_db_partial(const struct mig_db *db);

/*
 * Have mig_db_partial() be true.
 */
void mig_db_set_partial(struct mig_db *db);

/*
 * A new thing of a kind, zeroed but for kind and parent, of the struct that belongs to the kind,
 * owned by the schema and not yet part of any list; NULL without memory (then
 * mig_arena_failed(mig_db_arena(db))).  Defaults that are not 0 (nullable, statistics -1, valid,
 * enabled 'O', replica_identity 'd', rows -1, populated) are set.
 */
void *mig_db_make(struct mig_db *db, enum mig_db_kind kind, struct mig_db_object *parent);

/*
 * What few things have, of this one, to be written: from its first call on the thing has its own.
 * NULL without memory (then mig_arena_failed(mig_db_arena(db))).
 */
struct mig_db_extra *mig_db_extra(struct mig_db *db, struct mig_db_object *object);

/*
 * Set the comment; NULL: none.
 */
void mig_db_set_comment(struct mig_db *db, struct mig_db_object *object, const char *comment);

/*
 * Set the owner; NULL: unknown.
 */
void mig_db_set_owner(struct mig_db *db, struct mig_db_object *object, const char *owner);

/*
 * Set what mig_db_written() tells; NULL: the canonical text.
 */
void mig_db_set_written(struct mig_db *db, struct mig_db_object *object, const char *written);

/*
 * Set what the thing uses; the list is borrowed.
 */
void mig_db_set_refs(
    struct mig_db *db, struct mig_db_object *object, struct mig_db_ref *refs, uint32_t count);

/*
 * Have a copy use what another thing uses, and be written as that one.
 */
void mig_db_share_refs(
    struct mig_db *db, struct mig_db_object *copy, const struct mig_db_object *from);

/*
 * What few columns have, of this one, to be written: from its first call on the column has its
 * own. NULL without memory.
 */
struct mig_db_column_more *mig_db_column_more(struct mig_db *db, struct mig_db_column *column);

/*
 * As mig_db_column_more(), for a column that was copied from another: what it shares with that one
 * becomes its own.  NULL without memory, and where there is nothing.
 */
struct mig_db_column_more *mig_db_column_own(struct mig_db *db, struct mig_db_column *column);

/*
 * Put a top-level thing into the schema, or a part (column, constraint, …) into its parent's
 * list, at the end.  NULL is a no-op.  MIG_ENOMEM.
 */
int mig_db_put(struct mig_db *db, void *object) MIG_MUSTCHECK;

/*
 * Take a thing out of its list again (a migration file drops it).
 */
void mig_db_remove(struct mig_db *db, void *object);

/*
 * The schema is whole: nothing will be put, removed or renamed any more.  The parts of wide tables
 * are found in constant time from here on.  MIG_ENOMEM.
 */
int mig_db_seal(struct mig_db *db) MIG_MUSTCHECK;

/*
 * The top-level things in the order in which they were put, and how many there are.
 */
struct mig_db_object *const *mig_db_objects(const struct mig_db *db, size_t *ret_count);

/*
 * Whether a virtual column that the table has in db as well stands behind this one in its table.
 */
bool mig_db_virtual_behind(const struct mig_db *db, const struct mig_db_column *column);

/*
 * The parts of one kind that a table or view has, as objects, and how many there are (of
 * MIG_DB_TRIGGER, MIG_DB_POLICY and MIG_DB_RULE: the one list that has all three).
 */
struct mig_db_object *const *mig_db_parts(const struct mig_db_object *table,
    enum mig_db_kind kind, size_t *ret_count);

/*
 * A top-level thing by kind and name; of tables, views and materialised views any of them, as
 * they share a name space.  schema NULL finds only things without one.  A routine's name is
 * "name(argument types)".  NULL: there is none.  By a hash: constant time.
 */
struct mig_db_object *mig_db_find(const struct mig_db *db, enum mig_db_kind kind,
    const char *schema, const char *name);

/*
 * The top-level thing of the same kind, schema, name and arguments as one of another schema (or of
 * this one); as mig_db_find().
 */
struct mig_db_object *mig_db_find_same(const struct mig_db *db,
    const struct mig_db_object *object);

/*
 * A part by its name, NULL: there is none.
 */
struct mig_db_object *mig_db_find_part(const struct mig_db_object *table, enum mig_db_kind kind,
    const char *name);

/*
 * The thing as what it is; the kind must fit (asserted).
 */
struct mig_db_table *mig_db_as_table(const struct mig_db_object *object);

/*
 * As mig_db_as_table(), for a column (of a table, view or composite type).
 */
struct mig_db_column *mig_db_as_column(const struct mig_db_object *object);

/*
 * As mig_db_as_table(), for a constraint.
 */
struct mig_db_constraint *mig_db_as_constraint(const struct mig_db_object *object);

/*
 * As mig_db_as_table(), for an index.
 */
struct mig_db_index *mig_db_as_index(const struct mig_db_object *object);

/*
 * As mig_db_as_table(), for a trigger, a policy or a rule.
 */
struct mig_db_trigger *mig_db_as_trigger(const struct mig_db_object *object);

/*
 * As mig_db_as_table(), for an enumeration type.
 */
struct mig_db_enum *mig_db_as_enum(const struct mig_db_object *object);

/*
 * As mig_db_as_table(), for a domain.
 */
struct mig_db_domain *mig_db_as_domain(const struct mig_db_object *object);

/*
 * As mig_db_as_table(), for a composite type.
 */
struct mig_db_composite *mig_db_as_composite(const struct mig_db_object *object);

/*
 * As mig_db_as_table(), for a sequence.
 */
struct mig_db_sequence *mig_db_as_sequence(const struct mig_db_object *object);

/*
 * As mig_db_as_table(), for a routine.
 */
struct mig_db_routine *mig_db_as_routine(const struct mig_db_object *object);

/*
 * As mig_db_as_table(), for extended statistics.
 */
struct mig_db_statistics *mig_db_as_statistics(const struct mig_db_object *object);

/*
 * The word for a kind: "table", "column", "foreign key" is not one of them, "constraint" is.
 */
const char *mig_db_kind_name(enum mig_db_kind kind);

/*
 * The text that a script says for a thing: as its author or the server wrote it, with the schemas
 * of all names, so that the server makes the very same of it.  canonical: the text of the model
 * that it stands for (a column's or domain's default, what a column is generated from, a check's
 * expression, a partition's bound, else the definition), NULL for none; it is the result where
 * nothing else is known.
 */
const char *mig_db_written(const struct mig_db_object *object, const char *canonical);

/*
 * Whether the thing is an index, or a key that the server keeps an index of its name for.
 */
bool mig_db_has_index(const struct mig_db_object *object);

/*
 * Whether the thing is a foreign key; NULL is none.
 */
bool mig_db_is_foreign_key(const struct mig_db_object *object);

/*
 * The tables of which the table is a part or a child, and how many there are.
 */
const struct mig_db_ref *mig_db_parents(
    const struct mig_db_object *table, size_t *ret_count);

/*
 * Whether the table has the other, of the same side, as a parent of which it is a part or a child.
 */
bool mig_db_has_parent(const struct mig_db_object *table, const struct mig_db_object *parent);

/*
 * Whether two texts are equal; NULL equals only NULL.
 */
bool mig_db_same(const char *a, const char *b);

#endif
