/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include "config.h"

#include <string.h>

#include "base/limits.h"
#include "schema/snapshot_int.h"

/* Whether nothing is known of a view's column but its name. */
static bool
is_bare(const struct mig_db_object *object)
{
	const struct mig_db_column *column = mig_db_as_column(object);
	return column->type == NULL && column->type_text == NULL && column->default_expr == NULL &&
	    object->extra->comment == NULL && object->extra->owner == NULL &&
	    object->extra->grants_count == 0 && object->extra->refs_count == 0;
}

static void
write_columns(struct mig_snap_writer *writer, const struct mig_snap_row *row,
    const struct mig_db_object *parent)
{
	size_t count = 0;
	struct mig_db_object *const *columns = mig_db_parts(parent, MIG_DB_COLUMN, &count);
	bool required = (row->flags & SNAP_REQUIRED) != 0;
	size_t bare = 0;
	while (bare < count && is_bare(columns[bare]))
		bare++;
	if (!required && bare == count)
		return;
	const struct mig_snap_form *form =
	    required ? &mig_snap_column_form : &mig_snap_attribute_form;
	mig_jw_object(&writer->jw, row->key);
	for (size_t i = 0; i < count; i++) {
		struct mig_snap_column flat;
		mig_snap_flatten(writer, mig_db_as_column(columns[i]), (int)i + 1, &flat);
		mig_jw_object(&writer->jw, columns[i]->name);
		mig_snap_write(writer, form, &flat);
		mig_jw_object_end(&writer->jw);
	}
	mig_jw_object_end(&writer->jw);
}

static void
write_column_names(struct mig_snap_writer *writer, const struct mig_snap_row *row,
    const struct mig_db_object *view)
{
	size_t count = 0;
	struct mig_db_object *const *columns = mig_db_parts(view, MIG_DB_COLUMN, &count);
	mig_jw_array(&writer->jw, row->key);
	for (size_t i = 0; i < count; i++)
		mig_jw_string(&writer->jw, NULL, columns[i]->name);
	mig_jw_array_end(&writer->jw);
}

/* Whether there is nothing to a constraint that the reference's form cannot say. */
static bool
is_plain(const struct mig_db_constraint *c)
{
	const struct mig_db_object *base = &c->base;
	bool bare = base->name == NULL && base->extra->comment == NULL &&
	    base->extra->owner == NULL && base->definition == NULL &&
	    base->extra->refs_count == 0 && base->extra->grants_count == 0;
	bool flagged = c->deferrable || c->initially_deferred || c->not_valid || c->no_inherit ||
	    c->nulls_not_distinct || c->inherited || c->inline_column;
	return bare && !flagged && c->type != MIG_DB_EXCLUSION && c->include_count == 0 &&
	    c->match == NULL && c->on_delete_columns_count == 0 && c->options == NULL &&
	    (c->type != MIG_DB_CHECK || c->columns_count == 0);
}

/* The constraints of one table, and whether any of them needs more than the reference's form. */
static bool
all_plain(const struct mig_db_object *table)
{
	size_t count = 0;
	struct mig_db_object *const *constraints = mig_db_parts(table, MIG_DB_CONSTRAINT, &count);
	for (size_t i = 0; i < count; i++)
		if (!is_plain(mig_db_as_constraint(constraints[i])))
			return false;
	return true;
}

static void
write_names(struct mig_snap_writer *writer, const char *key, const char *const *names, size_t count)
{
	mig_jw_array(&writer->jw, key);
	for (size_t i = 0; i < count; i++)
		mig_jw_string(&writer->jw, NULL, names[i]);
	mig_jw_array_end(&writer->jw);
}

static void
write_target(struct mig_snap_writer *writer, const struct mig_snap_row *row,
    const struct mig_db_constraint *constraint)
{
	struct mig_buf text;
	if (constraint->ref_table == NULL)
		return;
	mig_buf_init(&text, MIG_DB_BYTES_MAX);
	mig_snap_join_target(&text, constraint);
	writer->failed |= !mig_buf_ok(&text);
	mig_jw_string(&writer->jw, row->key, text.data);
	mig_buf_fini(&text);
}

/* One constraint in the reference's form, as an element of its type's list. */
static void
write_key(struct mig_snap_writer *writer, const struct mig_db_constraint *c)
{
	if (c->type == MIG_DB_FOREIGN_KEY) {
		mig_jw_object(&writer->jw, NULL);
		mig_snap_write(writer, &mig_snap_foreign_key_form, c);
		mig_jw_object_end(&writer->jw);
	} else if (c->type == MIG_DB_CHECK) {
		mig_jw_string(&writer->jw, NULL, c->expression);
	} else if (c->columns_count == 1) {
		mig_jw_string(&writer->jw, NULL, c->columns[0]);
	} else {
		write_names(writer, NULL, c->columns, c->columns_count);
	}
}

/* Constraints of one type as the reference has them. */
static void
write_keys(struct mig_snap_writer *writer, const struct mig_snap_row *row,
    const struct mig_db_table *table)
{
	bool open = false;
	for (size_t i = 0; i < table->constraints_count; i++) {
		const struct mig_db_constraint *c = table->constraints[i];
		if ((int64_t)c->type != row->min ||
		    (c->type == MIG_DB_CHECK && c->expression == NULL))
			continue;
		if (c->type == MIG_DB_PRIMARY_KEY) {
			write_names(writer, row->key, c->columns, c->columns_count);
			return;
		}
		if (!open)
			mig_jw_array(&writer->jw, row->key);
		open = true;
		write_key(writer, c);
	}
	if (open)
		mig_jw_array_end(&writer->jw);
}

static void
write_all_keys(struct mig_snap_writer *writer, const struct mig_snap_row *row,
    const struct mig_db_table *table)
{
	if (table->constraints_count == 0)
		return;
	mig_jw_object(&writer->jw, row->key);
	mig_snap_write(writer, row->form, table);
	mig_jw_object_end(&writer->jw);
}

/* Parts that are written as an array of objects. */
static void
write_list(struct mig_snap_writer *writer, const struct mig_snap_row *row,
    const struct mig_db_object *parent, enum mig_db_kind kind, const struct mig_snap_form *form)
{
	size_t count = 0;
	struct mig_db_object *const *parts = mig_db_parts(parent, kind, &count);
	if (count == 0)
		return;
	mig_jw_array(&writer->jw, row->key);
	for (size_t i = 0; i < count; i++) {
		mig_jw_object(&writer->jw, NULL);
		mig_snap_write(writer, form, parts[i]);
		mig_jw_object_end(&writer->jw);
	}
	mig_jw_array_end(&writer->jw);
}

static void
write_constraints(struct mig_snap_writer *writer, const struct mig_snap_row *row,
    const struct mig_db_object *parent)
{
	if (!all_plain(parent) || parent->kind == MIG_DB_DOMAIN)
		write_list(writer, row, parent, MIG_DB_CONSTRAINT, &mig_snap_constraint_form);
}

static void
write_sequence(struct mig_snap_writer *writer, const struct mig_snap_row *row,
    const struct mig_snap_column *column)
{
	if (column->more.sequence == NULL)
		return;
	mig_jw_object(&writer->jw, row->key);
	mig_snap_write(writer, &mig_snap_sequence_form, column->more.sequence);
	mig_jw_object_end(&writer->jw);
}

/* The length of the first parameter: up to a comma that stands in no brackets and quotes. */
static size_t
parameter_length(const char *text)
{
	size_t open = 0;
	char quote = '\0';
	size_t len = 0;
	for (; text[len] != '\0'; len++) {
		char c = text[len];
		if (quote != '\0')
			quote = c == quote ? '\0' : quote;
		else if (c == '\'' || c == '"')
			quote = c;
		else if (c == '(' || c == '[')
			open++;
		else if ((c == ')' || c == ']') && open > 0)
			open--;
		else if (c == ',' && open == 0)
			break;
	}
	return len;
}

static void
write_parameters(struct mig_snap_writer *writer, const struct mig_snap_row *row,
    const struct mig_db_routine *routine)
{
	const char *text = routine->parameters != NULL ? routine->parameters : "";
	bool same = true; /* a reader that puts the list together gets this very text */
	mig_jw_array(&writer->jw, row->key);
	while (*text != '\0') {
		size_t len = parameter_length(text);
		char *one =
		    writer->arena != NULL ? mig_arena_strndup(writer->arena, text, len) : NULL;
		writer->failed |= one == NULL;
		mig_jw_string(&writer->jw, NULL, one);
		same = same && len > 0 && (text[len] == '\0' || text[len + 1] == ' ');
		text += len + (text[len] == ',');
		text += *text == ' ';
		same = same && (*text != '\0' || text[-1] != ' ');
	}
	mig_jw_array_end(&writer->jw);
	if (!same)
		mig_jw_string(&writer->jw, "parameters_text", routine->parameters);
}

void
mig_snap_write_part(
    struct mig_snap_writer *writer, const struct mig_snap_row *row, const void *object)
{
	if (row->kind == SNAP_COLUMNS)
		write_columns(writer, row, object);
	else if (row->kind == SNAP_COLUMN_NAMES)
		write_column_names(writer, row, object);
	else if (row->kind == SNAP_INDEXES)
		write_list(writer, row, object, MIG_DB_INDEX, &mig_snap_index_form);
	else if (row->kind == SNAP_TRIGGERS)
		write_list(writer, row, object, MIG_DB_TRIGGER, &mig_snap_trigger_form);
	else if (row->kind == SNAP_SEQUENCE)
		write_sequence(writer, row, object);
	else if (row->kind == SNAP_TARGET)
		write_target(writer, row, object);
	else if (row->kind == SNAP_KEYS)
		write_all_keys(writer, row, object);
	else if (row->kind == SNAP_KEY)
		write_keys(writer, row, object);
	else if (row->kind == SNAP_CONSTRAINTS)
		write_constraints(writer, row, object);
	else
		write_parameters(writer, row, object);
}
