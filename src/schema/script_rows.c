/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include "config.h"

#include "schema/script_pg.h"

/* The rows of a table that is dropped and made again: out into a temporary table, and in again. */

/* The column of the new table that has the values of an old one; NULL: none has. */
static const struct mig_db_column *
column_after(
    const struct mig_sql *sql, const struct mig_db_column *old, const struct mig_db_table *to)
{
	const struct mig_db_object *now =
	    sql->back ? NULL : mig_script_partner(sql->script, &old->base);
	if (sql->back)
		for (size_t i = 0; i < to->columns_count && now == NULL; i++)
			if (mig_script_partner(sql->script, &to->columns[i]->base) == &old->base)
				now = &to->columns[i]->base;
	if (now == NULL || mig_db_as_column(now)->generated != MIG_DB_GENERATED_NONE)
		return NULL;
	return mig_db_as_column(now);
}

/* Where the rows of a table are meanwhile. */
static const char *
rows_name(const struct mig_sql *sql, const struct mig_db_table *table)
{
	const char *schema = table->base.schema;
	return mig_sql_made_name(sql->script->work, schema != NULL ? schema : table->base.name,
	    schema != NULL ? table->base.name : NULL, "migarch_rows");
}

/* Whether a table is a part on the side that goes and none on the other, and keeps its rows. */
static bool
leaves_whole(const struct mig_sql *sql, const struct mig_db_object *part)
{
	const struct mig_db_op *op = mig_script_op(sql->script, part);
	const struct mig_db_object *to = op == NULL ? NULL : sql->back ? op->before : op->after;
	return to != NULL && to->kind == MIG_DB_TABLE && mig_db_as_table(to)->partition_of == NULL;
}

/* The rows of parts that leave are not the whole's; nor are those of parts of its parts. */
static void
leave_out(struct mig_sql *sql, const struct mig_db_object *whole, const char **word, int levels)
{
	size_t count = 0;
	const struct mig_script_use *users =
	    mig_script_users_of(&sql->script->uses[sql->back ? 1 : 0], whole, &count);
	for (size_t i = 0; i < count && levels > 0; i++) {
		const struct mig_db_object *part = users[i].user;
		if (part->kind != MIG_DB_TABLE || mig_db_as_table(part)->partition_of == NULL ||
		    !mig_db_has_parent(part, whole))
			continue;
		if (!leaves_whole(sql, part)) {
			leave_out(sql, part, word, levels - 1);
			continue;
		}
		mig_sql_put(sql, "%s tableoid NOT IN (SELECT relid FROM pg_partition_tree(%l))",
		    *word, mig_sql_text(sql->script, "%t", part));
		*word = " AND";
	}
}

void
mig_pg_rows_out(struct mig_sql *sql, const struct mig_db_table *from)
{
	bool anew = false;
	for (size_t i = 0; i < from->columns_count; i++)
		anew = anew || mig_script_type_anew(sql->script, from->columns[i], sql->back);
	mig_sql_put(sql, "CREATE TEMPORARY TABLE %n ON COMMIT DROP AS SELECT %s",
	    rows_name(sql, from), anew ? "" : "*");
	for (size_t i = 0; anew && i < from->columns_count; i++) {
		const struct mig_db_object *column = &from->columns[i]->base;
		mig_sql_put(sql, i > 0 ? ", %c" : "%c", column);
		if (mig_script_type_anew(sql->script, from->columns[i], sql->back))
			mig_sql_put(sql, "::text AS %c", column);
	}
	mig_sql_put(sql, " FROM %s%t", from->partition_key != NULL ? "" : "ONLY ", &from->base);
	leave_out(sql, &from->base, &(const char *){ " WHERE" }, MIG_SCRIPT_LEVELS_MAX);
	mig_sql_put(sql, ";\n");
	mig_sql_lock(sql, MIG_LOCK_ACCESS_EXCLUSIVE, MIG_WORK_REWRITE | MIG_WORK_SCAN);
}

/* Whether nothing is put in a column and it is to be NULL, which its domain would not make it. */
static bool
stays_empty(
    const struct mig_sql *sql, const struct mig_db_table *from, const struct mig_db_column *column)
{
	const struct mig_db_table *to = mig_db_as_table(column->base.parent);
	for (size_t i = 0; i < from->columns_count; i++)
		if (column_after(sql, from->columns[i], to) == column)
			return false;
	return mig_pg_domain_fills(sql->script, column, sql->back ? 0 : 1);
}

/* The names of the columns that are filled, in brackets; how many are only said to be empty. */
static size_t
put_names(struct mig_sql *sql, const struct mig_db_table *from, const struct mig_db_table *to)
{
	const char *between = " (";
	size_t empty = 0;
	for (size_t i = 0; i < from->columns_count; i++) {
		const struct mig_db_column *new = column_after(sql, from->columns[i], to);
		if (new == NULL)
			continue;
		mig_sql_put(sql, "%s%n", between, new->base.name);
		between = ", ";
	}
	for (size_t i = 0; i < to->columns_count; i++) {
		if (!stays_empty(sql, from, to->columns[i]))
			continue;
		mig_sql_put(sql, "%s%n", between, to->columns[i]->base.name);
		between = ", ";
		empty++;
	}
	mig_sql_put(sql, *between == ',' ? ")" : "");
	return empty;
}

/* Their values, and NULL for those that are empty. */
static void
put_values(struct mig_sql *sql, const struct mig_db_table *from, const struct mig_db_table *to,
    size_t empty)
{
	const char *between = " ";
	for (size_t i = 0; i < from->columns_count; i++) {
		const struct mig_db_column *new = column_after(sql, from->columns[i], to);
		if (new == NULL)
			continue;
		mig_sql_put(sql, "%s", between);
		mig_pg_put_value(sql, from->columns[i], new);
		between = ", ";
	}
	for (size_t i = 0; i < empty; i++, between = ", ")
		mig_sql_put(sql, "%sNULL", between);
}

void
mig_pg_rows_in(struct mig_sql *sql, const struct mig_db_table *from, const struct mig_db_table *to)
{
	for (size_t i = 0; i < from->columns_count; i++) {
		const struct mig_db_column *new = column_after(sql, from->columns[i], to);
		if (new != NULL)
			mig_pg_put_zone(sql, from->columns[i], new);
	}
	mig_sql_put(sql, "INSERT INTO %t", &to->base);
	size_t empty = put_names(sql, from, to);
	mig_sql_put(sql, " OVERRIDING SYSTEM VALUE SELECT");
	put_values(sql, from, to, empty);
	mig_sql_put(sql, " FROM %n;\n", rows_name(sql, from));
	for (size_t i = 0; i < to->columns_count; i++)
		if (to->columns[i]->identity != MIG_DB_IDENTITY_NONE)
			mig_pg_column_setval(sql, to->columns[i]);
}
