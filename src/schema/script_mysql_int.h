/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/*
 * What the parts of the writer for MySQL and MariaDB share: clauses and statements, without any
 * idea of steps or their order.
 */
#ifndef MIG_SCHEMA_SCRIPT_MYSQL_INT_H
#define MIG_SCHEMA_SCRIPT_MYSQL_INT_H

#include "schema/script_int.h"

/*
 * All of a column behind its name, as MODIFY wants it, with the check that was said at it.
 */
void mig_mysql_put_column(struct mig_sql *sql, const struct mig_db_column *column);

/*
 * Where the column stands among those that its schema has.
 */
void mig_mysql_put_place(struct mig_sql *sql, const struct mig_db_column *column);

/*
 * A statement that gives a column another name, and nothing else.
 */
void mig_mysql_rename_column(struct mig_sql *sql, const struct mig_db_object *from,
    const struct mig_db_object *to, const struct mig_db_object *table);

/*
 * One clause of ALTER TABLE that makes a column of another; either may be NULL, not both.
 */
void mig_mysql_column_clause(struct mig_sql *sql, const struct mig_db_object *from,
    const struct mig_db_object *to);

/*
 * One or two clauses of ALTER TABLE that make a constraint of another; either may be NULL, not
 * both.
 */
void mig_mysql_constraint_clause(struct mig_sql *sql, const struct mig_db_object *from,
    const struct mig_db_object *to);

/*
 * One or two clauses of ALTER TABLE that make an index of another; as above.
 */
void mig_mysql_index_clause(struct mig_sql *sql, const struct mig_db_object *from,
    const struct mig_db_object *to);

/*
 * Statements that make a thing, but for its foreign keys.
 */
void mig_mysql_create(struct mig_sql *sql, const struct mig_db_object *object);

/*
 * A statement that gives a routine or event its comment, or none.
 */
void mig_mysql_comment(struct mig_sql *sql, const struct mig_db_object *object);

/*
 * Statements that drop a thing.
 */
void mig_mysql_drop(struct mig_sql *sql, const struct mig_db_object *object);

/*
 * Statements that make one table of another, but for their parts.
 */
void mig_mysql_change_table(struct mig_sql *sql, const struct mig_db_object *from,
    const struct mig_db_object *to, unsigned aspects);

/*
 * Steps that take a foreign key off, and put it on again, where columns that it joins get another
 * type in between; none where they do not.
 */
void mig_mysql_release(struct mig_script *script, const struct mig_db_object *before,
    const struct mig_db_object *after);

/*
 * Whether a view or trigger is dropped and made again by two steps, because it mentions what gets
 * another name in between, or because others are fired with it, so that its place counts:
 * mig_mysql_finish() does it.
 */
bool mig_mysql_remakes(const struct mig_script *script, const struct mig_db_op *op);

/*
 * Whether no step touches the trigger, of the after side; NULL: no.
 */
bool mig_mysql_stays(const struct mig_script *script, const struct mig_db_object *trigger);

/*
 * A statement that makes or drops the index of a foreign key's own.
 */
void mig_mysql_own_index(struct mig_sql *sql, const struct mig_db_constraint *key, bool add);

/*
 * Whether the fact about a column is more than its name and place, so that all of it is written;
 * NULL: no.
 */
bool mig_mysql_modifies(const struct mig_db_op *op);

/*
 * Whether the type has a character set.
 */
bool mig_mysql_is_text(const struct mig_db_column *column);

/*
 * The check that was said at the column, of which it is a part; NULL: there is none.
 */
const struct mig_db_constraint *mig_mysql_own_check(const struct mig_db_column *column);

/*
 * Whether the constraint is a check that was said at a column.
 */
bool mig_mysql_is_own_check(const struct mig_db_constraint *constraint);

#endif
