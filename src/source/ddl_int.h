/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/*
 * What the parts of the reader of DDL share.  A handler takes one statement's tree and changes the
 * schema; faults are findings, and out of memory is remembered by the schema's arena.
 */
#ifndef MIG_SOURCE_DDL_INT_H
#define MIG_SOURCE_DDL_INT_H

#include "base/arena.h"
#include "schema/model.h"
#include "source/canon_int.h"
#include "source/ddl_split.h"
#include "source/sql_tree.h"

#define DDL_PATH_MAX 16      /* schemas in a search path */
#define DDL_NAME_MAX 63      /* bytes of a name, as PostgreSQL cuts it */
#define DDL_COLUMNS_MAX 1600 /* of a table, PostgreSQL's own limit */

struct ddl_names;

/* One reading of a file. */
struct ddl {
	struct mig_db *db;
	struct mig_arena *arena;   /* the schema's */
	struct mig_arena *scratch; /* the statement's */
	struct mig_findings *findings;
	const char *file;
	const struct ddl_piece *piece;      /* the statement */
	const char *path[DDL_PATH_MAX + 1]; /* search path, ended by NULL */
	struct ddl_names *names;            /* NULL until somebody asks */
	struct canon canon;
	struct canon_tree tree;
	struct ddl_falling *falling; /* what falls with the thing that is dropped; NULL: none is */
	bool sequences_owned; /* there are sequences that a table takes with it */
};

/* A qualified name as a statement has it. */
struct ddl_name {
	const char *schema; /* NULL: not said */
	const char *name;
};

/* Names (ddl_names.c) */

/*
 * Add a finding at the statement; MIG_SEV_ERROR makes the reading fail.
 */
void ddl_say(const struct ddl *ddl, enum mig_severity severity, const char *hint, const char *fmt,
    ...) MIG_PRINTF(4, 5);

/*
 * The statement was not understood: a warning that says so.
 */
void ddl_not_understood(const struct ddl *ddl, const char *what);

/*
 * The name that a list of strings is.
 */
struct ddl_name ddl_name_of(PgQuery__Node *const *names, size_t count);

/*
 * The name that a node of an object is: a String, a List, a TypeName, a RangeVar.
 */
struct ddl_name ddl_name_of_node(const PgQuery__Node *node);

/*
 * The name of a RangeVar.
 */
struct ddl_name ddl_range_name(const PgQuery__RangeVar *range);

/*
 * A top-level thing by its name, through the search path; NULL: there is none.
 */
struct mig_db_object *ddl_find(const struct ddl *ddl, enum mig_db_kind kind, struct ddl_name name);

/*
 * As ddl_find(), with an error when it is not there and missing_ok is false.
 */
struct mig_db_object *ddl_need(const struct ddl *ddl, enum mig_db_kind kind, struct ddl_name name,
    bool missing_ok);

/*
 * The schema in which an unqualified name is made.
 */
const char *ddl_schema(const struct ddl *ddl, const char *given);

/*
 * A new top-level thing with name and place; NULL when one of that name is there already (an
 * error, unless exists_ok) and without memory.  It is not yet part of the schema.
 */
void *ddl_make(struct ddl *ddl, enum mig_db_kind kind, struct ddl_name name, bool exists_ok);

/*
 * A new part of a thing, with name (may be NULL) and place; NULL without memory.
 */
void *ddl_make_part(
    struct ddl *ddl, enum mig_db_kind kind, struct mig_db_object *parent, const char *name);

/*
 * Put a thing or part where it belongs, and remember its name.  NULL is a no-op.
 */
void ddl_put(struct ddl *ddl, void *object);

/*
 * Take a thing or part out, and forget its name.
 */
void ddl_remove(struct ddl *ddl, struct mig_db_object *object);

/*
 * Forget or remember the names of a thing and its parts, around a rename.
 */
void ddl_forget(struct ddl *ddl, struct mig_db_object *object);

/*
 * See ddl_forget().
 */
void ddl_remember(struct ddl *ddl, struct mig_db_object *object);

/*
 * The sequence of a serial or identity column is known by its name, for later statements.
 */
void ddl_remember_sequence(
    struct ddl *ddl, struct mig_db_object *column, const char *schema, const char *name);

/*
 * A table has got a parent (INHERITS or partition of), or has lost it again.
 */
void ddl_remember_child(
    struct ddl *ddl, const struct mig_db_ref *parent, struct mig_db_object *child, bool add);

/*
 * All direct children of a table, in the scratch arena, and how many there are.
 */
struct mig_db_object **ddl_children(struct ddl *ddl, const struct mig_db_object *table,
    size_t *ret_count);

/*
 * An index, or a constraint that has one, or a column that owns a sequence, by its name in a
 * schema; NULL: there is none.
 */
struct mig_db_object *ddl_find_relation(struct ddl *ddl, struct ddl_name name);

/*
 * A part of a table by its name, in constant time; NULL: there is none.
 */
struct mig_db_object *ddl_find_part(
    struct ddl *ddl, const struct mig_db_object *table, enum mig_db_kind kind, const char *name);

/*
 * The name that PostgreSQL would give: "first_second_label", cut to 63 bytes, with a digit if it is
 * taken.  second may be NULL.  constraint: other constraints are in the way too.
 */
const char *ddl_choose_name(struct ddl *ddl, const struct mig_db_object *table, const char *second,
    const char *label, bool relation);

/*
 * Whether there is room for one more hidden name; a schema with too many is read without them.
 */
bool ddl_may_hide(const struct ddl *ddl);

/*
 * Have nobody else get a name, which something has that is no part of the schema, as long as the
 * foreign key is there; the name stays the caller's, in the schema's arena.
 */
void ddl_hide_name(struct ddl *ddl, struct mig_db_object *key, const char *name);

/*
 * All routines of a name, whatever their arguments; how many there are.
 */
size_t ddl_routines_named(
    struct ddl *ddl, struct ddl_name name, struct mig_db_object *const **ret_routines);

/*
 * Free what the names took.
 */
void ddl_names_free(struct ddl_names *names);

/* Expressions (ddl_expr.c) */

/*
 * An expression of the table (may be NULL) in the one spelling, in the schema's arena.  refs
 * (may be NULL) gets what it mentions and the text as it was written.
 */
const char *ddl_expr(
    struct ddl *ddl, struct mig_db_object *table, PgQuery__Node *expr, struct mig_db_object *refs);

/*
 * As ddl_expr(), for a default of that type; NULL for NULL.
 */
const char *ddl_default(struct ddl *ddl, struct mig_db_object *table, PgQuery__Node *expr,
    const char *type, struct mig_db_object *refs);

/*
 * A statement in the one spelling, without the head that it begins with; in the schema's arena.
 */
const char *ddl_statement(struct ddl *ddl, struct mig_db_object *table, PgQuery__Node *statement,
    const char *head, struct mig_db_object *refs);

/*
 * The same, without writing it: the tree is what it should be afterwards.
 */
void ddl_statement_refs(struct ddl *ddl, struct mig_db_object *table, PgQuery__Node *statement,
    struct mig_db_object *refs);

/*
 * Complete the names of a statement or expression, and nothing else: as scripts write it.
 */
void ddl_fix_names(struct ddl *ddl, struct mig_db_object *table, PgQuery__Node *node);

/*
 * What scripts write for a thing (NULL is a no-op) whose canonical text is the other one.
 */
void ddl_set_written(
    struct ddl *ddl, struct mig_db_object *object, const char *written, const char *canonical);

/*
 * A type as the model has it; a user's own is a mention of refs (may be NULL).
 */
const char *ddl_type(struct ddl *ddl, const PgQuery__TypeName *type, struct mig_db_object *refs);

/*
 * Add a mention; one that is there already is not added again.
 */
void ddl_add_ref(struct ddl *ddl, struct mig_db_object *object, struct mig_db_ref ref);

/*
 * Mention all routines of a name.
 */
void ddl_add_routine_refs(struct ddl *ddl, struct mig_db_object *object, struct ddl_name name);

/*
 * Names from a list of String nodes, in the schema's arena.
 */
const char *const *ddl_strings(struct ddl *ddl, PgQuery__Node *const *nodes, size_t count);

/*
 * The options of WITH (…) laid over those that are there (NULL: none): sorted, "a=1, b=2"; NULL:
 * none are left.  reset: those named are taken away.
 */
const char *ddl_options(
    struct ddl *ddl, const char *now, PgQuery__Node *const *options, size_t count, bool reset);

/*
 * The value of an option as text; NULL: it has none.
 */
const char *ddl_option_value(struct ddl *ddl, const PgQuery__DefElem *option);

/*
 * A text copied to the schema's arena; "" is NULL.
 */
const char *ddl_text(struct ddl *ddl, const char *text);

/*
 * The name of a collation as the model has it: quoted, with its schema unless that is pg_catalog.
 */
const char *ddl_collation(struct ddl *ddl, const char *schema, const char *name);

/*
 * The default "nextval('…')" of a sequence whose quoted name is given.
 */
const char *ddl_nextval(struct ddl *ddl, const char *sequence);

/* Tables (ddl_table.c, ddl_column.c, ddl_constraint.c, ddl_index.c, ddl_inherit.c) */

/*
 * CREATE TABLE
 */
void ddl_create_table(struct ddl *ddl, PgQuery__CreateStmt *statement);

/* Constraints of one statement, which get their names in an order of their own. */
struct ddl_pending {
	struct mig_db_object *table;
	PgQuery__Constraint **items;
	const char **columns; /* of each: its column where it stands at one; NULL */
	size_t count;
	size_t cap;
	bool existing; /* the table has rows, NOT VALID means something */
	bool only;     /* ONLY: not for partitions and children */
};

/*
 * One more constraint for later.
 */
void ddl_pending_add(struct ddl *ddl, struct ddl_pending *pending, PgQuery__Constraint *constraint,
    const char *column);

/*
 * Make all of them: checks, then keys, then foreign keys.
 */
void ddl_pending_make(struct ddl *ddl, struct ddl_pending *pending);

/*
 * A column from its definition, put into the table; its constraints become pending.
 */
void ddl_add_column(struct ddl *ddl, struct mig_db_object *table, PgQuery__ColumnDef *definition,
    struct ddl_pending *pending);

/*
 * The constraints of a definition for a column that is there already.
 */
void ddl_column_constraints(struct ddl *ddl, struct mig_db_column *column,
    const PgQuery__ColumnDef *definition, struct ddl_pending *pending);

/*
 * A copy of a column with another parent, put into it.  inherited: what a child or partition gets.
 */
struct mig_db_column *ddl_copy_column(
    struct ddl *ddl, struct mig_db_object *table, const struct mig_db_column *from, bool inherited);

/*
 * Fill in the definition from the other members (not of an exclusion).
 */
void ddl_define_constraint(struct ddl *ddl, struct mig_db_constraint *constraint);

/*
 * A copy of a constraint for another table, put into it; name NULL: it gets one.  inherited: what a
 * child or partition gets, if it has none that says the same.  Whether there is a new one.
 */
bool ddl_copy_constraint(struct ddl *ddl, struct mig_db_object *table,
    const struct mig_db_constraint *from, const char *name, bool inherited);

/*
 * A copy of an index; as ddl_copy_constraint().
 */
bool ddl_copy_index(
    struct ddl *ddl, struct mig_db_object *table, const struct mig_db_index *from, bool inherited);

/*
 * Give a constraint of a table, or a copy of it in one that inherits, to all that inherit from the
 * table.
 */
void ddl_pass_constraint(
    struct ddl *ddl, const struct mig_db_object *table, const struct mig_db_constraint *from);

/*
 * The same for an index, which partitions get.
 */
void ddl_pass_index(
    struct ddl *ddl, const struct mig_db_object *table, const struct mig_db_index *from);

/*
 * A trigger of a partitioned table for one of its partitions.
 */
void ddl_copy_trigger(struct ddl *ddl, struct mig_db_object *child,
    const struct mig_db_trigger *from);

/*
 * The text of a trigger for another table.
 */
const char *ddl_trigger_on(struct ddl *ddl, const char *definition, const char *schema,
    const char *table);

/*
 * The columns of an index as its name is made of them, from its definition: "a_lower".
 */
const char *ddl_index_columns(struct ddl *ddl, const char *definition);

/*
 * As ddl_index_columns(), for an exclusion constraint.
 */
const char *ddl_exclusion_columns(struct ddl *ddl, const char *definition);

/*
 * The columns of a constraint, likewise; NULL: none.
 */
const char *ddl_constraint_columns(struct ddl *ddl, const struct mig_db_constraint *constraint);

/*
 * ALTER PUBLICATION
 */
void ddl_alter_publication(struct ddl *ddl, PgQuery__AlterPublicationStmt *statement);

/*
 * A new child or partition takes what its parent has and it has not.
 */
void ddl_inherit_parts(struct ddl *ddl, struct mig_db_object *child,
    const struct mig_db_object *parent, bool partition);

/*
 * Called for a table that inherits from another, perhaps once for each of its parents.  Whether
 * what inherits from this one is concerned as well.
 */
typedef bool (*ddl_heir_fn)(struct ddl *ddl, struct mig_db_object *heir, void *context);

/*
 * Call for all that inherit from the table, and from those where call says so, the nearest first.
 * It ends as no table inherits from itself; call says no where there is nothing new to pass down.
 */
void ddl_each_heir(
    struct ddl *ddl, const struct mig_db_object *table, ddl_heir_fn call, void *context);

/*
 * Whether a table is another one, or inherits from it.
 */
bool ddl_comes_from(
    struct ddl *ddl, const struct mig_db_object *table, const struct mig_db_object *origin);

/*
 * Make columns of a key not nullable.
 */
void ddl_set_not_null(struct mig_db_object *table, const char *const *columns, size_t count);

/*
 * The column of an existing table; an error when it is not there.
 */
struct mig_db_column *ddl_need_column(
    const struct ddl *ddl, const struct mig_db_object *table, const char *name, bool missing_ok);

/*
 * CREATE INDEX
 */
void ddl_create_index(struct ddl *ddl, PgQuery__IndexStmt *statement);

/*
 * How the table is partitioned, "RANGE (a)".
 */
const char *ddl_partition_key(struct ddl *ddl, struct mig_db_object *table,
    PgQuery__PartitionSpec *spec);

/*
 * What a partition of the table holds, "FOR VALUES IN (1)".
 */
void ddl_set_bound(struct ddl *ddl, struct mig_db_table *table, struct mig_db_object *parent,
    PgQuery__PartitionBoundSpec *bound);

/*
 * ALTER TABLE, INDEX, VIEW, SEQUENCE, TYPE and so on with its commands.
 */
void ddl_alter_table(struct ddl *ddl, PgQuery__AlterTableStmt *statement);

/* Sequences (ddl_sequence.c) */

/*
 * The sequence behind serial or GENERATED … AS IDENTITY, with its options.
 */
void ddl_column_sequence(struct ddl *ddl, struct mig_db_column *column,
    PgQuery__Node *const *options, size_t count, enum mig_db_identity identity);

/*
 * CREATE SEQUENCE
 */
void ddl_create_sequence(struct ddl *ddl, PgQuery__CreateSeqStmt *statement);

/*
 * ALTER SEQUENCE
 */
void ddl_alter_sequence(struct ddl *ddl, PgQuery__AlterSeqStmt *statement);

/*
 * A column's default may be nextval() of a sequence that it owns: then it is serial.
 */
void ddl_find_serial(struct ddl *ddl, struct mig_db_column *column);

/*
 * Options laid over those of an identity's or serial's sequence.
 */
void ddl_alter_column_sequence(
    struct ddl *ddl, struct mig_db_column *column, PgQuery__Node *const *options, size_t count);

/* The rest, one per statement: ddl_view.c, ddl_routine.c, ddl_type.c, ddl_alter.c, ddl_drop.c, … */

/*
 * CREATE VIEW
 */
void ddl_create_view(struct ddl *ddl, PgQuery__ViewStmt *statement);

/*
 * CREATE MATERIALIZED VIEW and CREATE TABLE AS
 */
void ddl_create_table_as(struct ddl *ddl, PgQuery__CreateTableAsStmt *statement);

/*
 * CREATE TRIGGER
 */
void ddl_create_trigger(struct ddl *ddl, PgQuery__Node *statement);

/*
 * CREATE RULE
 */
void ddl_create_rule(struct ddl *ddl, PgQuery__Node *statement);

/*
 * CREATE POLICY
 */
void ddl_create_policy(struct ddl *ddl, PgQuery__Node *statement);

/*
 * ALTER POLICY
 */
void ddl_alter_policy(struct ddl *ddl, PgQuery__AlterPolicyStmt *statement);

/*
 * CREATE FUNCTION and PROCEDURE
 */
void ddl_create_routine(struct ddl *ddl, PgQuery__Node *statement);

/*
 * CREATE AGGREGATE
 */
void ddl_create_aggregate(struct ddl *ddl, PgQuery__Node *statement);

/*
 * ALTER FUNCTION with new attributes
 */
void ddl_alter_routine(struct ddl *ddl, PgQuery__AlterFunctionStmt *statement);

/*
 * A routine by name and argument types (of which outputs do not count); NULL: there is none, or
 * without types more than one.
 */
struct mig_db_object *ddl_find_routine(struct ddl *ddl, const PgQuery__ObjectWithArgs *name);

/*
 * CREATE TYPE … AS ENUM
 */
void ddl_create_enum(struct ddl *ddl, PgQuery__CreateEnumStmt *statement);

/*
 * ALTER TYPE … ADD VALUE and RENAME VALUE
 */
void ddl_alter_enum(struct ddl *ddl, PgQuery__AlterEnumStmt *statement);

/*
 * CREATE DOMAIN
 */
void ddl_create_domain(struct ddl *ddl, PgQuery__CreateDomainStmt *statement);

/*
 * ALTER DOMAIN
 */
void ddl_alter_domain(struct ddl *ddl, PgQuery__AlterDomainStmt *statement);

/*
 * CREATE TYPE … AS (…)
 */
void ddl_create_composite(struct ddl *ddl, PgQuery__CompositeTypeStmt *statement);

/*
 * CREATE TYPE … AS RANGE
 */
void ddl_create_range(struct ddl *ddl, PgQuery__Node *statement);

/*
 * CREATE COLLATION, OPERATOR, base types and other things with a list of options.
 */
void ddl_define(struct ddl *ddl, PgQuery__Node *statement);

/*
 * CREATE STATISTICS
 */
void ddl_create_statistics(struct ddl *ddl, PgQuery__Node *statement);

/*
 * ALTER STATISTICS … SET STATISTICS
 */
void ddl_alter_statistics(struct ddl *ddl, const PgQuery__AlterStatsStmt *statement);

/*
 * CREATE EXTENSION
 */
void ddl_create_extension(struct ddl *ddl, PgQuery__CreateExtensionStmt *statement);

/*
 * ALTER EXTENSION … UPDATE
 */
void ddl_alter_extension(struct ddl *ddl, PgQuery__AlterExtensionStmt *statement);

/*
 * CREATE SCHEMA
 */
void ddl_create_schema(struct ddl *ddl, PgQuery__CreateSchemaStmt *statement);

/*
 * Anything else that is made: MIG_DB_OTHER under the name "what name".
 */
void ddl_create_other(struct ddl *ddl, PgQuery__Node *statement, const char *what,
    const char *name);

/*
 * ALTER … RENAME
 */
void ddl_rename(struct ddl *ddl, PgQuery__RenameStmt *statement);

/*
 * ALTER … SET SCHEMA
 */
void ddl_set_schema(struct ddl *ddl, PgQuery__AlterObjectSchemaStmt *statement);

/*
 * ALTER … OWNER TO
 */
void ddl_set_owner(struct ddl *ddl, PgQuery__AlterOwnerStmt *statement);

/*
 * COMMENT ON
 */
void ddl_comment(struct ddl *ddl, PgQuery__CommentStmt *statement);

/*
 * GRANT and REVOKE
 */
void ddl_grant(struct ddl *ddl, PgQuery__GrantStmt *statement);

/*
 * DROP
 */
void ddl_drop(struct ddl *ddl, PgQuery__DropStmt *statement);

/*
 * Drop one thing or part, and with it what cannot be without it; cascade: all that mentions it.
 */
void ddl_drop_object(struct ddl *ddl, struct mig_db_object *object, bool cascade);

/*
 * A thing by its kind and name as COMMENT, ALTER OWNER and the like give it; NULL with
 * ret_known false when we keep no such things.
 */
struct mig_db_object *ddl_resolve(
    struct ddl *ddl, PgQuery__ObjectType type, const PgQuery__Node *object, bool *ret_known);

/*
 * The name of a role: "PUBLIC", "CURRENT_USER" or a name of its own, in the schema's arena.
 */
const char *ddl_role(struct ddl *ddl, const PgQuery__RoleSpec *role);

/*
 * Take a mention away.
 */
void ddl_remove_ref(
    struct ddl *ddl, struct mig_db_object *object, const struct mig_db_ref *ref);

/*
 * SET search_path and others; NULL: back to what it was in the beginning.
 */
void ddl_set_path(struct ddl *ddl, PgQuery__Node *const *values, size_t count);

/*
 * "schema.name" with quotes where they are needed, in the schema's arena.
 */
const char *ddl_quoted_name(struct ddl *ddl, const char *schema, const char *name);

/*
 * Give a top-level thing another name or schema, in all texts that mention it as well.
 */
void ddl_move(struct ddl *ddl, struct mig_db_object *object, const char *schema, const char *name);

/*
 * As ddl_move(), for a column.
 */
void ddl_move_column(struct ddl *ddl, struct mig_db_object *column, const char *name);

/*
 * Whether that is the name which the multirange of a range type gets by itself.
 */
bool ddl_is_own_multirange(struct ddl *ddl, const char *range, const char *multirange);

/*
 * Statements inside of CREATE SCHEMA.
 */
void ddl_run_in_schema(
    struct ddl *ddl, const char *schema, PgQuery__Node *const *statements, size_t count);

#endif
