/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include "config.h"

#include <string.h>

#include "base/arena.h"
#include "base/json_write.h"
#include "base/limits.h"
#include "schema/judge_int.h"

const char *
mig_judge_string(struct judge *judge, const char *text)
{
	struct mig_jw jw;
	if (text == NULL)
		return NULL;
	mig_buf_reset(&judge->text);
	mig_jw_init(&jw, &judge->text, 0);
	mig_jw_string(&jw, NULL, text);
	return mig_arena_strdup(judge->arena, judge->text.data);
}

const char *
mig_judge_list(struct judge *judge, const char *const *names, size_t count)
{
	mig_buf_reset(&judge->text);
	for (size_t i = 0; i < count; i++)
		mig_buf_printf(&judge->text, "%s%s", i > 0 ? ", " : "", names[i]);
	return mig_arena_strdup(judge->arena, judge->text.data);
}

static void
put_columns(struct mig_buf *out, const char *before, const char *const *names, size_t count)
{
	mig_buf_puts(out, before);
	for (size_t i = 0; i < count; i++)
		mig_buf_printf(out, "%s%s", i > 0 ? ", " : "", names[i]);
	mig_buf_putc(out, ')');
}

static void
put_foreign_key(struct mig_buf *out, const struct mig_db_constraint *key)
{
	put_columns(out, "FOREIGN KEY (", key->columns, key->columns_count);
	mig_buf_printf(out, " REFERENCES %s%s%s", key->ref_schema != NULL ? key->ref_schema : "",
	    key->ref_schema != NULL ? "." : "", key->ref_table);
	if (key->ref_columns_count > 0)
		put_columns(out, "(", key->ref_columns, key->ref_columns_count);
	if (key->match != NULL)
		mig_buf_printf(out, " MATCH %s", key->match);
	if (key->on_update != NULL && strcmp(key->on_update, "NO ACTION") != 0)
		mig_buf_printf(out, " ON UPDATE %s", key->on_update);
	if (key->on_delete != NULL && strcmp(key->on_delete, "NO ACTION") != 0)
		mig_buf_printf(out, " ON DELETE %s", key->on_delete);
}

const char *
mig_judge_constraint_text(struct judge *judge, const struct mig_db_constraint *constraint)
{
	struct mig_buf *out = &judge->text;
	mig_buf_reset(out);
	switch (constraint->type) {
	case MIG_DB_PRIMARY_KEY:
		put_columns(out, "PRIMARY KEY (", constraint->columns, constraint->columns_count);
		break;
	case MIG_DB_UNIQUE:
		put_columns(out,
		    constraint->nulls_not_distinct ? "UNIQUE NULLS NOT DISTINCT (" : "UNIQUE (",
		    constraint->columns, constraint->columns_count);
		break;
	case MIG_DB_FOREIGN_KEY:
		put_foreign_key(out, constraint);
		break;
	case MIG_DB_CHECK:
		mig_buf_printf(out, "CHECK (%s)", constraint->expression);
		break;
	case MIG_DB_EXCLUSION:
		mig_buf_puts(out, constraint->base.definition);
		break;
	}
	return mig_arena_strdup(judge->arena, out->data);
}

static bool
is_inline(const struct mig_db_table *table, const char *column, enum mig_db_constraint_type type)
{
	for (size_t i = 0; i < table->constraints_count; i++) {
		const struct mig_db_constraint *key = table->constraints[i];
		if (key->type == type && key->inline_column && key->columns_count == 1 &&
		    strcmp(key->columns[0], column) == 0)
			return true;
	}
	return false;
}

static void
write_column(struct mig_jw *jw, const char *key, const struct mig_db_column *column)
{
	const struct mig_db_object *parent = column->base.parent;
	const struct mig_db_table *table =
	    parent != NULL && parent->kind == MIG_DB_TABLE ? mig_db_as_table(parent) : NULL;
	mig_jw_object(jw, key);
	mig_jw_string(jw, "type", column->type_text != NULL ? column->type_text : column->type);
	if (column->length > 0)
		mig_jw_int(jw, "length", column->length);
	mig_jw_bool(jw, "nullable", column->nullable);
	if (column->default_json != NULL)
		mig_jw_raw(jw, "default", column->default_json);
	else if (column->default_expr != NULL)
		mig_jw_string(jw, "default", column->default_expr);
	if (table != NULL && is_inline(table, column->base.name, MIG_DB_PRIMARY_KEY))
		mig_jw_bool(jw, "primary_key", true);
	if (table != NULL && is_inline(table, column->base.name, MIG_DB_UNIQUE))
		mig_jw_bool(jw, "unique", true);
	if (column->identity != MIG_DB_IDENTITY_NONE)
		mig_jw_bool(jw, "auto_increment", true);
	if (column->base.extra->comment != NULL)
		mig_jw_string(jw, "comment", column->base.extra->comment);
	mig_jw_object_end(jw);
}

static void
write_names(struct mig_jw *jw, const char *key, const char *const *names, size_t count)
{
	mig_jw_array(jw, key);
	for (size_t i = 0; i < count; i++)
		mig_jw_string(jw, NULL, names[i]);
	mig_jw_array_end(jw);
}

static void
write_foreign_key(struct judge *judge, struct mig_jw *jw, const struct mig_db_constraint *key)
{
	const char *schema = key->ref_schema != NULL ? key->ref_schema : "";
	mig_jw_object(jw, NULL);
	write_names(jw, "columns", key->columns, key->columns_count);
	struct mig_buf columns;
	mig_buf_init(&columns, MIG_DOC_BYTES_MAX);
	put_columns(&columns, "", key->ref_columns, key->ref_columns_count);
	mig_jw_string(jw, "references",
	    mig_arena_printf(judge->arena, "%s%s%s(%s", schema, schema[0] != '\0' ? "." : "",
	        key->ref_table, columns.data));
	mig_buf_fini(&columns);
	if (key->on_delete != NULL && strcmp(key->on_delete, "NO ACTION") != 0)
		mig_jw_string(jw, "on_delete", key->on_delete);
	if (key->on_update != NULL && strcmp(key->on_update, "NO ACTION") != 0)
		mig_jw_string(jw, "on_update", key->on_update);
	mig_jw_object_end(jw);
}

/* A constraint as an entry of its list. */
static void
write_constraint(struct judge *judge, struct mig_jw *jw, const struct mig_db_constraint *constraint)
{
	switch (constraint->type) {
	case MIG_DB_PRIMARY_KEY:
		for (size_t i = 0; i < constraint->columns_count; i++)
			mig_jw_string(jw, NULL, constraint->columns[i]);
		break;
	case MIG_DB_UNIQUE:
		if (constraint->columns_count == 1)
			mig_jw_string(jw, NULL, constraint->columns[0]);
		else
			write_names(jw, NULL, constraint->columns, constraint->columns_count);
		break;
	case MIG_DB_FOREIGN_KEY:
		write_foreign_key(judge, jw, constraint);
		break;
	case MIG_DB_CHECK:
		mig_jw_string(jw, NULL, constraint->expression);
		break;
	case MIG_DB_EXCLUSION:
		break;
	}
}

static void
write_constraints(struct judge *judge, struct mig_jw *jw, const struct mig_db_table *table)
{
	static const struct {
		enum mig_db_constraint_type type;
		const char *key;
	} kinds[] = { { MIG_DB_PRIMARY_KEY, "primary_key" }, { MIG_DB_UNIQUE, "unique" },
		{ MIG_DB_FOREIGN_KEY, "foreign_key" }, { MIG_DB_CHECK, "check" } };
	mig_jw_object(jw, "constraints");
	for (size_t kind = 0; kind < sizeof(kinds) / sizeof(kinds[0]); kind++) {
		mig_jw_array(jw, kinds[kind].key);
		for (size_t i = 0; i < table->constraints_count; i++)
			if (table->constraints[i]->type == kinds[kind].type)
				write_constraint(judge, jw, table->constraints[i]);
		mig_jw_array_end(jw);
	}
	mig_jw_object_end(jw);
}

static void
write_index(struct mig_jw *jw, const struct mig_db_index *index)
{
	mig_jw_object(jw, NULL);
	if (index->base.name != NULL)
		mig_jw_string(jw, "name", index->base.name);
	write_names(jw, "columns", index->columns, index->columns_count);
	if (index->unique)
		mig_jw_bool(jw, "unique", true);
	mig_jw_object_end(jw);
}

static void
write_table(struct judge *judge, struct mig_jw *jw, const struct mig_db_table *table)
{
	mig_jw_object(jw, NULL);
	mig_jw_object(jw, "columns");
	for (size_t i = 0; i < table->columns_count; i++)
		write_column(jw, table->columns[i]->base.name, table->columns[i]);
	mig_jw_object_end(jw);
	write_constraints(judge, jw, table);
	mig_jw_array(jw, "indexes");
	for (size_t i = 0; i < table->indexes_count; i++)
		write_index(jw, table->indexes[i]);
	mig_jw_array_end(jw);
	mig_jw_object_end(jw);
}

static void
write_view(struct mig_jw *jw, const struct mig_db_table *view)
{
	mig_jw_object(jw, NULL);
	mig_jw_string(jw, "definition", view->base.definition);
	mig_jw_array(jw, "columns");
	for (size_t i = 0; i < view->columns_count; i++)
		mig_jw_string(jw, NULL, view->columns[i]->base.name);
	mig_jw_array_end(jw);
	mig_jw_object_end(jw);
}

static void
write_routine(struct mig_jw *jw, const struct mig_db_routine *routine)
{
	const char *text = routine->body != NULL ? routine->body : routine->base.definition;
	mig_jw_object(jw, NULL);
	mig_jw_string(jw, "name", routine->base.name);
	mig_jw_string(jw, "arguments", routine->arguments);
	mig_jw_string(jw, "definition", text);
	mig_jw_object_end(jw);
}

static void
write_object(struct judge *judge, struct mig_jw *jw, const struct mig_db_object *object)
{
	switch (object->kind) {
	case MIG_DB_TABLE:
		write_table(judge, jw, mig_db_as_table(object));
		return;
	case MIG_DB_VIEW:
	case MIG_DB_MATVIEW:
		write_view(jw, mig_db_as_table(object));
		return;
	case MIG_DB_COLUMN:
		write_column(jw, NULL, mig_db_as_column(object));
		return;
	case MIG_DB_INDEX:
		write_index(jw, mig_db_as_index(object));
		return;
	case MIG_DB_ROUTINE:
		write_routine(jw, mig_db_as_routine(object));
		return;
	case MIG_DB_ENUM:
		write_names(
		    jw, NULL, mig_db_as_enum(object)->labels, mig_db_as_enum(object)->labels_count);
		return;
	case MIG_DB_EXTENSION:
	case MIG_DB_NAMESPACE:
	case MIG_DB_DOMAIN:
	case MIG_DB_COMPOSITE:
	case MIG_DB_RANGE_TYPE:
	case MIG_DB_COLLATION:
	case MIG_DB_SEQUENCE:
	case MIG_DB_STATISTICS:
	case MIG_DB_OTHER:
	case MIG_DB_CONSTRAINT:
	case MIG_DB_TRIGGER:
	case MIG_DB_POLICY:
	case MIG_DB_RULE:
		break;
	}
	mig_jw_string(jw, NULL, object->definition != NULL ? object->definition : object->name);
}

const char *
mig_judge_value(struct judge *judge, const struct mig_db_object *object)
{
	struct mig_jw jw;
	if (object == NULL)
		return NULL;
	mig_buf_reset(&judge->text);
	mig_jw_init(&jw, &judge->text, 0);
	write_object(judge, &jw, object);
	return mig_arena_strdup(judge->arena, judge->text.data);
}
