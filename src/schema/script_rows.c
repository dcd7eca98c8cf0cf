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

void
mig_pg_rows_out(struct mig_sql *sql, const struct mig_db_table *from)
{
	bool anew = false;
	for (size_t i = 0; i < from->columns_count; i++)
		anew = anew || mig_script_type_anew(sql->script, from->columns[i], sql->back);
	mig_sql_put(sql, "CREATE TEMPORARY TABLE %n ON COMMIT DROP AS SELECT %s",
	    mig_sql_text(sql->script, "migarch_rows_%s", from->base.name), anew ? "" : "*");
	for (size_t i = 0; anew && i < from->columns_count; i++) {
		const struct mig_db_object *column = &from->columns[i]->base;
		mig_sql_put(sql, i > 0 ? ", %c" : "%c", column);
		if (mig_script_type_anew(sql->script, from->columns[i], sql->back))
			mig_sql_put(sql, "::text AS %c", column);
	}
	mig_sql_put(sql, " FROM %s%t;\n", from->partition_key != NULL ? "" : "ONLY ", &from->base);
	mig_sql_lock(sql, MIG_LOCK_ACCESS_EXCLUSIVE, MIG_WORK_REWRITE | MIG_WORK_SCAN);
}

void
mig_pg_rows_in(struct mig_sql *sql, const struct mig_db_table *from, const struct mig_db_table *to)
{
	bool any = false;
	mig_sql_put(sql, "INSERT INTO %t (", &to->base);
	for (size_t i = 0; i < from->columns_count; i++) {
		const struct mig_db_column *new = column_after(sql, from->columns[i], to);
		if (new == NULL)
			continue;
		mig_sql_put(sql, any ? ", %n" : "%n", new->base.name);
		any = true;
	}
	any = false;
	mig_sql_put(sql, ") OVERRIDING SYSTEM VALUE SELECT ");
	for (size_t i = 0; i < from->columns_count; i++) {
		if (column_after(sql, from->columns[i], to) == NULL)
			continue;
		mig_sql_put(sql, any ? ", " : "");
		mig_pg_put_value(sql, from->columns[i], column_after(sql, from->columns[i], to));
		any = true;
	}
	mig_sql_put(
	    sql, " FROM %n;\n", mig_sql_text(sql->script, "migarch_rows_%s", from->base.name));
	for (size_t i = 0; i < to->columns_count; i++)
		if (to->columns[i]->identity != MIG_DB_IDENTITY_NONE)
			mig_pg_column_setval(sql, to->columns[i]);
}
