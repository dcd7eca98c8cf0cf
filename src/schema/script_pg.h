/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/*
 * The parts of PostgreSQL's SQL, by kind of thing.
 */
#ifndef MIG_SCHEMA_SCRIPT_PG_H
#define MIG_SCHEMA_SCRIPT_PG_H

#include "schema/script_int.h"

/*
 * Outside of a transaction, before a statement that holds others off: what builds an index before
 * it may wait as long as it takes, as that keeps nobody waiting.
 */
#define MIG_PG_SHORT_WAIT "SET lock_timeout = '3s';\n"

/*
 * Append what COMMENT ON, and with other words OWNER TO and GRANT ON, call a thing: "TABLE s.t",
 * "CONSTRAINT c ON s.t".
 */
void mig_pg_put_target(struct mig_sql *sql, const struct mig_db_object *object);

/*
 * Write comment, owner and rights of a thing that has just been made.
 */
void mig_pg_belongings(struct mig_sql *sql, const struct mig_db_object *object);

/*
 * Give the rights that a table says of a column again: they have gone with the column.
 */
void mig_pg_column_rights(struct mig_sql *sql, const struct mig_db_object *column);

/*
 * Write the change of comment, owner and rights of a thing.
 */
void mig_pg_alter_common(struct mig_sql *sql, const struct mig_db_object *from,
    const struct mig_db_object *to, unsigned aspects);

/*
 * Steps for comment, owner and rights, as far as the aspects say so.
 */
void mig_pg_common_steps(struct mig_script *script, const struct mig_db_op *op, unsigned aspects);

/*
 * A step that makes a new thing, or drops an old one, and the reverse.
 */
struct mig_script_step *mig_pg_make_step(
    struct mig_script *script, enum mig_script_phase phase, const struct mig_db_object *object);

/*
 * As mig_pg_make_step(), for what goes.
 */
struct mig_script_step *mig_pg_drop_step(struct mig_script *script,
    const struct mig_db_object *object);

/*
 * Make a table with all its parts, but foreign keys to other tables.
 */
void mig_pg_create_table(struct mig_sql *sql, const struct mig_db_table *table);

/*
 * Drop a table; a partition is detached first.
 */
void mig_pg_drop_table(struct mig_sql *sql, const struct mig_db_table *table);

/*
 * As mig_pg_create_table(), without triggers, policies and rules.
 */
void mig_pg_create_bare_table(struct mig_sql *sql, const struct mig_db_table *table);

/*
 * Make the triggers, policies and rules of a table; whole: but rules for which mig_pg_rule_steps()
 * writes steps.
 */
void mig_pg_create_triggers(struct mig_sql *sql, const struct mig_db_table *table, bool whole);

/*
 * Steps of their own for rules of a table that comes (add) or goes as a whole, where they speak of
 * another table that does.
 */
void mig_pg_rule_steps(struct mig_script *script, const struct mig_db_table *table, bool add);

/*
 * Keep the rows of a table that is to be made again in a temporary one, but for those of parts that
 * leave it.
 */
void mig_pg_rows_out(struct mig_sql *sql, const struct mig_db_table *from);

/*
 * Put the rows that mig_pg_rows_out() kept into a table that was made again.
 */
void mig_pg_rows_in(struct mig_sql *sql, const struct mig_db_table *from,
    const struct mig_db_table *to);

/*
 * The text of a column's default, which it has, with the present name of a sequence in it.
 */
const char *mig_pg_default(struct mig_sql *sql, const struct mig_db_column *column);

/*
 * Whether a default has to be worked out for each row: it calls something that we do not know.
 */
bool mig_pg_by_row(const char *expression);

/*
 * Whether a column of that side (0: before, 1: after) that is not said would get the default of its
 * domain, and may be NULL.
 */
bool mig_pg_domain_fills(
    const struct mig_script *script, const struct mig_db_column *column, int side);

/*
 * Write SQL that gives a column of a new child its own storage where it has just got its parent's,
 * which is not yet, or not any more, as it is on the child's side.
 */
void mig_pg_column_given(struct mig_sql *sql, const struct mig_db_column *parents,
    const struct mig_db_column *column);

/*
 * Write what columns of children have of their own, once their parent has given them its column
 * with that default (NULL: with none).
 */
void mig_pg_put_children(
    struct mig_sql *sql, const struct mig_db_object *column, const char *given);

/*
 * Whether a column of a child is made anew, or stops to be generated, with that of its parent.
 */
bool mig_pg_goes_with_parent(const struct mig_script *script, const struct mig_db_op *op);

/*
 * Go on counting behind the numbers that the rows of a serial or identity column have.
 */
void mig_pg_column_setval(struct mig_sql *sql, const struct mig_db_column *column);

/*
 * Change what a table has apart from its parts.
 */
void mig_pg_alter_table(struct mig_sql *sql, const struct mig_db_table *from,
    const struct mig_db_table *to, unsigned aspects);

/*
 * The steps for a table that is new, goes or changes.
 */
void mig_pg_table_fact(struct mig_script *script, const struct mig_db_op *op, unsigned aspects);

/*
 * Of a part that one side has from a parent: whether it has to be dropped or made as the table
 * leaves or gets that parent; ret_step is the step that moves it, made is to come before, what
 * goes after.
 */
bool mig_pg_moves(
    const struct mig_script *script, const struct mig_db_op *op, struct mig_script_step **ret_step);

/*
 * Whether the foreign key leads to another table than its own, or is one of a partitioned
 * table, and so has a step of its own when its table is made or dropped.
 */
bool mig_pg_leads_away(const struct mig_db_constraint *key);

/*
 * The type of a column as PostgreSQL has it; that of a snapshot may be of another server.
 */
const char *mig_pg_type(const struct mig_script *script, const char *type);

/*
 * The type of that kind that the schema has and a column of that side (0: before, 1: after) is of,
 * itself or by an array; NULL: it is of another.
 */
const struct mig_db_object *mig_pg_own_type(const struct mig_script *script,
    const struct mig_db_column *column, int side, enum mig_db_kind kind);

/*
 * Append a column as CREATE TABLE and ADD COLUMN have it; without its default and NOT NULL when
 * bare.
 */
void mig_pg_put_column(struct mig_sql *sql, const struct mig_db_column *column, bool bare);

/*
 * Write what a column has that CREATE TABLE cannot say: storage, statistics, comment, rights.
 */
void mig_pg_column_more(struct mig_sql *sql, const struct mig_db_column *column);

/*
 * Write the storage of a column whose type has just been set, where it is not the type's own.
 */
void mig_pg_column_storage(struct mig_sql *sql, const struct mig_db_column *column);

/*
 * The same after a change of the type, which leaves the target for statistics as it was.
 */
void mig_pg_column_stay(
    struct mig_sql *sql, const struct mig_db_column *from, const struct mig_db_column *to);

/*
 * Write the sequence of a serial column, which has to be there first; true when there is one.
 */
bool mig_pg_serial_sequence(struct mig_sql *sql, const struct mig_db_column *column);

/*
 * Have the sequence of a serial column belong to it.
 */
void mig_pg_serial_own(struct mig_sql *sql, const struct mig_db_column *column);

/*
 * Have the sequence of a column follow the new name of the column or its table, in both
 * directions.
 */
void mig_pg_rename_sequence(struct mig_script_step *step, const struct mig_db_column *before);

/*
 * Append the parameters of a sequence, each with a blank before it.
 */
void mig_pg_put_sequence(struct mig_sql *sql, const struct mig_db_sequence_options *options);

/*
 * Add a column, or drop it.
 */
void mig_pg_add_column(struct mig_sql *sql, const struct mig_db_column *column);

/*
 * Change a column in place, but for its type.
 */
void mig_pg_alter_column(struct mig_sql *sql, const struct mig_db_column *from,
    const struct mig_db_column *to, unsigned aspects);

/*
 * The steps for a column of a table.
 */
void mig_pg_column_fact(struct mig_script *script, const struct mig_db_op *op, unsigned aspects);

/*
 * Why a dropped column or table cannot be brought back as it was: NULL when it can, though
 * perhaps without its values.
 */
const char *mig_pg_irreversible(struct mig_script *script, const struct mig_db_object *object);

/*
 * An expression that gives each row, numbered by "n", a value of the type; NULL: unknown.
 */
const char *mig_pg_placeholder(struct mig_script *script, const char *type);

/*
 * Append a constraint as CREATE TABLE has it, with its name.
 */
void mig_pg_put_constraint(struct mig_sql *sql, const struct mig_db_constraint *constraint);

/*
 * Add a constraint, as valid as it is to be.
 */
void mig_pg_add_constraint(struct mig_sql *sql, const struct mig_db_constraint *constraint);

/*
 * Drop a constraint, of which the name may have to be looked up.
 */
void mig_pg_drop_constraint(struct mig_sql *sql, const struct mig_db_constraint *constraint);

/*
 * The name of a constraint, as the server would choose it if it has none.
 */
const char *mig_pg_constraint_name(struct mig_script *script,
    const struct mig_db_constraint *constraint);

/*
 * The steps for a constraint.
 */
void mig_pg_constraint_fact(struct mig_script *script, const struct mig_db_op *op,
    unsigned aspects);

/*
 * Create an index; concurrently when that is asked for and possible.
 */
void mig_pg_create_index(
    struct mig_sql *sql, const struct mig_db_index *index, const char *name, bool concurrently);

/*
 * Write the marks of an index that has just been made: clustered, replica identity, comment.
 */
void mig_pg_index_marks(struct mig_sql *sql, const struct mig_db_index *index);

/*
 * The steps for an index.
 */
void mig_pg_index_fact(struct mig_script *script, const struct mig_db_op *op, unsigned aspects);

/*
 * Make a view or a materialised view with all its parts.
 */
void mig_pg_create_view(struct mig_sql *sql, const struct mig_db_table *view, bool replace);

/*
 * Make a trigger, a policy or a rule.
 */
void mig_pg_create_trigger(struct mig_sql *sql, const struct mig_db_trigger *trigger);

/*
 * The steps for a view or a materialised view.
 */
void mig_pg_view_fact(struct mig_script *script, const struct mig_db_op *op, unsigned aspects);

/*
 * The steps for a trigger, a policy or a rule.
 */
void mig_pg_trigger_fact(struct mig_script *script, const struct mig_db_op *op, unsigned aspects);

/*
 * Make an enumeration, a domain, a composite type or a sequence.
 */
void mig_pg_create_type(struct mig_sql *sql, const struct mig_db_object *object);

/*
 * Change a domain, a composite type or a sequence in place.
 */
void mig_pg_alter_type(struct mig_sql *sql, const struct mig_db_object *from,
    const struct mig_db_object *to, unsigned aspects);

/*
 * Have the sequence belong to a column; NULL: to none.
 */
void mig_pg_put_owned(
    struct mig_sql *sql, const struct mig_db_object *sequence, const struct mig_db_object *column);

/*
 * The steps for a type or a sequence.
 */
void mig_pg_type_fact(struct mig_script *script, const struct mig_db_op *op, unsigned aspects);

#endif
