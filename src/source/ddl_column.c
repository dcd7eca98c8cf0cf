/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include "config.h"

#include <string.h>

#include "source/ddl_int.h"

/* serial and its kin: what they stand for; NULL: none of them. */
static const char *
serial_type(const PgQuery__TypeName *type)
{
	static const char *const types[][2] = {
		{ "smallserial", "smallint" },
		{ "serial2", "smallint" },
		{ "serial", "integer" },
		{ "serial4", "integer" },
		{ "bigserial", "bigint" },
		{ "serial8", "bigint" },
	};
	const char *name = type->n_names == 1 ? sql_string(type->names[0]) : NULL;
	for (size_t i = 0; name != NULL && i < sizeof(types) / sizeof(types[0]); i++)
		if (strcmp(types[i][0], name) == 0)
			return types[i][1];
	return NULL;
}

struct mig_db_column *
ddl_need_column(
    const struct ddl *ddl, const struct mig_db_object *table, const char *name, bool missing_ok)
{
	struct mig_db_object *column =
	    name != NULL ? mig_db_find_part(table, MIG_DB_COLUMN, name) : NULL;
	if (column == NULL && !missing_ok)
		ddl_say(ddl, MIG_SEV_ERROR, "it must be made before, in this file or one before it",
		    "%s \"%s\" has no column \"%s\"", mig_db_kind_name(table->kind), table->name,
		    name != NULL ? name : "");
	return column != NULL ? mig_db_as_column(column) : NULL;
}

static void
set_collation(struct ddl *ddl, struct mig_db_column *column, const PgQuery__CollateClause *clause)
{
	const char *schema = sql_before_last(clause->collname, clause->n_collname);
	const char *name = sql_last(clause->collname, clause->n_collname);
	if (name == NULL || strcmp(name, "default") == 0)
		return;
	struct mig_db_column_more *more = mig_db_column_more(ddl->db, column);
	if (more != NULL)
		more->collation = ddl_collation(ddl, schema, name);
}

static void
set_generated(struct ddl *ddl, struct mig_db_column *column, PgQuery__Constraint *constraint)
{
	struct mig_db_column_more *more = mig_db_column_more(ddl->db, column);
	if (more == NULL)
		return;
	column->generated = MIG_DB_GENERATED_STORED;
	more->generated_expr =
	    ddl_expr(ddl, column->base.parent, constraint->raw_expr, &column->base);
}

static void
apply_constraint(struct ddl *ddl, struct mig_db_column *column, PgQuery__Constraint *constraint,
    struct ddl_pending *pending)
{
	switch ((int)constraint->contype) {
	case PG_QUERY__CONSTR_TYPE__CONSTR_NULL:
		column->nullable = true;
		break;
	case PG_QUERY__CONSTR_TYPE__CONSTR_NOTNULL:
		column->nullable = false;
		break;
	case PG_QUERY__CONSTR_TYPE__CONSTR_DEFAULT:
		column->default_expr = ddl_default(
		    ddl, column->base.parent, constraint->raw_expr, column->type, &column->base);
		ddl_find_serial(ddl, column);
		break;
	case PG_QUERY__CONSTR_TYPE__CONSTR_IDENTITY:
		ddl_column_sequence(ddl, column, constraint->options, constraint->n_options,
		    *constraint->generated_when == 'a' ? MIG_DB_IDENTITY_ALWAYS :
		                                         MIG_DB_IDENTITY_BY_DEFAULT);
		break;
	case PG_QUERY__CONSTR_TYPE__CONSTR_GENERATED:
		set_generated(ddl, column, constraint);
		break;
	default:
		ddl_pending_add(ddl, pending, constraint, column->base.name);
		break;
	}
}

static void
set_storage(struct ddl *ddl, struct mig_db_column *column, const PgQuery__ColumnDef *definition)
{
	if (*definition->compression != '\0' && strcmp(definition->compression, "default") != 0) {
		struct mig_db_column_more *more = mig_db_column_more(ddl->db, column);
		if (more != NULL)
			more->compression = mig_arena_strdup(ddl->arena, definition->compression);
	}
}

void
ddl_column_constraints(struct ddl *ddl, struct mig_db_column *column,
    const PgQuery__ColumnDef *definition, struct ddl_pending *pending)
{
	for (size_t i = 0; i < definition->n_constraints; i++)
		apply_constraint(ddl, column, definition->constraints[i]->constraint, pending);
}

void
ddl_add_column(struct ddl *ddl, struct mig_db_object *table, PgQuery__ColumnDef *definition,
    struct ddl_pending *pending)
{
	size_t count = 0;
	(void)mig_db_parts(table, MIG_DB_COLUMN, &count);
	if (count >= DDL_COLUMNS_MAX ||
	    mig_db_find_part(table, MIG_DB_COLUMN, definition->colname)) {
		ddl_say(ddl, MIG_SEV_ERROR, NULL,
		    count >= DDL_COLUMNS_MAX ? "%s \"%s\" has more than 1600 columns" :
		                               "%s \"%s\" has column \"%s\" already",
		    mig_db_kind_name(table->kind), table->name, definition->colname);
		return;
	}
	struct mig_db_column *column =
	    ddl_make_part(ddl, MIG_DB_COLUMN, table, definition->colname);
	if (column == NULL)
		return;
	column->position = (int)count + 1;
	const char *serial =
	    definition->type_name != NULL ? serial_type(definition->type_name) : NULL;
	column->type =
	    serial != NULL ? serial : ddl_type(ddl, definition->type_name, &column->base);
	column->type_text = column->type;
	ddl_put(ddl, column);
	if (serial != NULL)
		ddl_column_sequence(ddl, column, NULL, 0, MIG_DB_SERIAL);
	if (definition->coll_clause != NULL)
		set_collation(ddl, column, definition->coll_clause);
	set_storage(ddl, column, definition);
	ddl_column_constraints(ddl, column, definition, pending);
}

/* What a copy has of its own: neither a sequence nor a target of statistics comes with it. */
static void
own_more(struct ddl *ddl, struct mig_db_column *column)
{
	struct mig_db_column_more *more = mig_db_column_own(ddl->db, column);
	if (more == NULL)
		return;
	more->sequence = NULL;
	more->sequence_name = NULL;
	more->statistics = -1;
}

struct mig_db_column *
ddl_copy_column(
    struct ddl *ddl, struct mig_db_object *table, const struct mig_db_column *from, bool inherited)
{
	size_t count = 0;
	(void)mig_db_parts(table, MIG_DB_COLUMN, &count);
	struct mig_db_column *column = ddl_make_part(ddl, MIG_DB_COLUMN, table, from->base.name);
	if (column == NULL)
		return NULL;
	struct mig_db_object base = column->base;
	*column = *from;
	column->base = base;
	mig_db_share_refs(ddl->db, &column->base, &from->base);
	column->position = (int)count + 1;
	column->inherited = inherited;
	column->identity = MIG_DB_IDENTITY_NONE;
	own_more(ddl, column);
	if (from->identity == MIG_DB_SERIAL && from->more->sequence_name != NULL) {
		/* The copy shares the sequence, but does not own it. */
		column->default_expr = ddl_nextval(ddl, from->more->sequence_name);
		mig_db_set_written(ddl->db, &column->base, NULL);
	}
	ddl_put(ddl, column);
	return column;
}

void
ddl_set_not_null(struct mig_db_object *table, const char *const *columns, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct mig_db_object *column =
		    columns[i] != NULL ? mig_db_find_part(table, MIG_DB_COLUMN, columns[i]) : NULL;
		if (column != NULL)
			mig_db_as_column(column)->nullable = false;
	}
}
