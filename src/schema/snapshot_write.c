/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include "config.h"

#include <string.h>

#include "base/limits.h"
#include "schema/snapshot.h"
#include "schema/snapshot_int.h"

#define INDENT 2

static const void *
member(const struct mig_snap_row *row, const void *object)
{
	return (const char *)object + row->at;
}

static const void *
pointer(const struct mig_snap_row *row, const void *object)
{
	const void *value = NULL;
	memcpy(&value, member(row, object), sizeof(value));
	return value;
}

static size_t
count_of(const struct mig_snap_row *row, const void *object)
{
	size_t wide = 0;
	uint32_t narrow = 0;
	if (row->kind == SNAP_TEXTS || row->kind == SNAP_PARENTS) {
		memcpy(&wide, (const char *)object + row->count_at, sizeof(wide));
		return wide;
	}
	memcpy(&narrow, (const char *)object + row->count_at, sizeof(narrow));
	return narrow;
}

static void
write_text(struct mig_snap_writer *writer, const struct mig_snap_row *row, const void *object)
{
	const char *text = pointer(row, object);
	if (text != NULL && row->kind == SNAP_SCALAR)
		mig_jw_raw(&writer->jw, row->key, text);
	else if (text != NULL || (row->flags & SNAP_REQUIRED) != 0)
		mig_jw_string(&writer->jw, row->key, text);
}

static void
write_number(struct mig_snap_writer *writer, const struct mig_snap_row *row, const void *object)
{
	int64_t value = 0;
	int small = 0;
	double number = 0;
	if (row->kind == SNAP_NUMBER) {
		memcpy(&number, member(row, object), sizeof(number));
		if (number >= 0)
			mig_jw_number(&writer->jw, row->key, number);
		return;
	}
	if (row->kind == SNAP_INT) {
		memcpy(&value, member(row, object), sizeof(value));
	} else {
		memcpy(&small, member(row, object), sizeof(small));
		value = small;
	}
	if (value != row->usual)
		mig_jw_int(&writer->jw, row->key, value);
}

static void
write_word(struct mig_snap_writer *writer, const struct mig_snap_row *row, const void *object)
{
	char letter[2] = "";
	int value = 0;
	if (row->kind == SNAP_LETTER) {
		memcpy(letter, member(row, object), 1);
		if (letter[0] != (char)row->usual)
			mig_jw_string(&writer->jw, row->key, letter);
		return;
	}
	memcpy(&value, member(row, object), sizeof(value));
	if (value != row->usual)
		mig_jw_string(&writer->jw, row->key, row->words[value - row->min]);
}

static void
write_bool(struct mig_snap_writer *writer, const struct mig_snap_row *row, const void *object)
{
	bool value = false;
	memcpy(&value, member(row, object), sizeof(value));
	if (value != (row->usual != 0))
		mig_jw_bool(&writer->jw, row->key, value);
}

static void
write_texts(struct mig_snap_writer *writer, const struct mig_snap_row *row, const void *object)
{
	const char *const *texts = pointer(row, object);
	size_t count = count_of(row, object);
	if (count == 0 && (row->flags & SNAP_REQUIRED) == 0)
		return;
	mig_jw_array(&writer->jw, row->key);
	for (size_t i = 0; i < count; i++)
		mig_jw_string(&writer->jw, NULL, texts[i]);
	mig_jw_array_end(&writer->jw);
}

static void
write_structs(struct mig_snap_writer *writer, const struct mig_snap_row *row, const void *object)
{
	const char *items = pointer(row, object);
	size_t count = count_of(row, object);
	bool grants = row->kind == SNAP_GRANTS;
	size_t size = grants ? sizeof(struct mig_db_grant) : sizeof(struct mig_db_ref);
	if (count == 0)
		return;
	mig_jw_array(&writer->jw, row->key);
	for (size_t i = 0; i < count; i++) {
		mig_jw_object(&writer->jw, NULL);
		mig_snap_write(
		    writer, grants ? &mig_snap_grant_form : &mig_snap_ref_form, items + i * size);
		mig_jw_object_end(&writer->jw);
	}
	mig_jw_array_end(&writer->jw);
}

static void
write_ref(struct mig_snap_writer *writer, const struct mig_snap_row *row, const void *object)
{
	const void *ref = pointer(row, object);
	if (ref == NULL)
		return;
	mig_jw_object(&writer->jw, row->key);
	mig_snap_write(writer, &mig_snap_ref_form, ref);
	mig_jw_object_end(&writer->jw);
}

/* One thing: under its name, or with it among its members. */
static void
write_thing(struct mig_snap_writer *writer, const struct mig_snap_row *row,
    const struct mig_db_object *object)
{
	struct mig_buf name;
	mig_buf_init(&name, MIG_DB_BYTES_MAX);
	mig_snap_join(&name, object->schema, object->name);
	writer->arena = mig_arena_new(MIG_DB_BYTES_MAX);
	if (!mig_buf_ok(&name) || writer->arena == NULL)
		writer->failed = true;
	bool list = row->kind == SNAP_SECTION_LIST;
	mig_jw_object(&writer->jw, list ? NULL : name.data);
	if (list)
		mig_jw_string(&writer->jw, "name", name.data);
	mig_snap_write(writer, row->form, object);
	mig_jw_object_end(&writer->jw);
	mig_arena_free(writer->arena);
	mig_buf_fini(&name);
}

/* All things of a kind; the object or array is there only if there are any. */
static void
write_section(struct mig_snap_writer *writer, const struct mig_snap_row *row)
{
	size_t count = 0;
	struct mig_db_object *const *objects = mig_db_objects(writer->db, &count);
	bool list = row->kind == SNAP_SECTION_LIST;
	bool open = (row->flags & SNAP_REQUIRED) != 0;
	if (open)
		mig_jw_object(&writer->jw, row->key);
	for (size_t i = 0; i < count; i++) {
		if ((int64_t)objects[i]->kind != row->min)
			continue;
		if (!open && list)
			mig_jw_array(&writer->jw, row->key);
		else if (!open)
			mig_jw_object(&writer->jw, row->key);
		open = true;
		write_thing(writer, row, objects[i]);
	}
	if (open && list)
		mig_jw_array_end(&writer->jw);
	else if (open)
		mig_jw_object_end(&writer->jw);
}

static void
write_row(struct mig_snap_writer *writer, const struct mig_snap_row *row, const void *object)
{
	if ((row->flags & SNAP_EXTRA) != 0)
		/* NOLINTNEXTLINE(clang-analyzer-core.uninitialized.Assign): only rows of things */
		object = ((const struct mig_db_object *)object)->extra;
	switch (row->kind) {
	case SNAP_TEXT:
	case SNAP_SCALAR:
		write_text(writer, row, object);
		break;
	case SNAP_BOOL:
		write_bool(writer, row, object);
		break;
	case SNAP_INT:
	case SNAP_SMALL:
	case SNAP_NUMBER:
		write_number(writer, row, object);
		break;
	case SNAP_LETTER:
	case SNAP_WORD:
		write_word(writer, row, object);
		break;
	case SNAP_TEXTS:
		write_texts(writer, row, object);
		break;
	case SNAP_REF:
		write_ref(writer, row, object);
		break;
	case SNAP_REFS:
	case SNAP_PARENTS:
	case SNAP_GRANTS:
		write_structs(writer, row, object);
		break;
	case SNAP_SECTION:
	case SNAP_SECTION_LIST:
		write_section(writer, row);
		break;
	case SNAP_SEQUENCE:
	case SNAP_TARGET:
	case SNAP_PARAMETERS:
	case SNAP_COLUMNS:
	case SNAP_COLUMN_NAMES:
	case SNAP_KEYS:
	case SNAP_KEY:
	case SNAP_CONSTRAINTS:
	case SNAP_INDEXES:
	case SNAP_TRIGGERS:
		mig_snap_write_part(writer, row, object);
		break;
	}
}

void
mig_snap_write(struct mig_snap_writer *writer, const struct mig_snap_form *form, const void *object)
{
	for (size_t i = 0; i < form->count; i++)
		if ((form->rows[i].flags & SNAP_SILENT) == 0)
			write_row(writer, &form->rows[i], object);
}

void
mig_snapshot_write(const struct mig_db *db, struct mig_buf *out)
{
	struct mig_snap_writer writer = { .db = db, .dialect = mig_db_dialect(db) };
	struct mig_snap_root root = { .dialect = (int)writer.dialect,
		.server_version = mig_db_version(db) };
	mig_jw_init(&writer.jw, out, INDENT);
	mig_jw_object(&writer.jw, NULL);
	mig_snap_write(&writer, &mig_snap_root_form, &root);
	mig_jw_object_end(&writer.jw);
	mig_buf_putc(out, '\n');
	if (writer.failed)
		out->failed = true;
}
