/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include "config.h"

#include <string.h>

#include "schema/snapshot_int.h"
#include "schema/type.h"

#define NAME_SHOWN_MAX 60
/* No server has longer names, with schema and quotes. */
#define NAME_BYTES_MAX 1024U
#define PASS_BYTES (4U * 1024U * 1024U)

/* The type of a column in one spelling; most columns have one of a few. */
static const char *
canonical(struct mig_snap *snap, const struct mig_snap_column *flat)
{
	uint64_t hash = (uint64_t)(uintptr_t)flat->type >> 4;
	hash = (hash ^ (uint64_t)flat->length * 31 ^ (uint64_t)flat->precision * 1031 ^
	           (uint64_t)flat->scale * 7919) *
	    UINT64_C(0x9e3779b97f4a7c15);
	struct mig_snap_type *type = &snap->types[hash >> 32 & (MIG_SNAP_TYPES - 1)];
	if (type->text == flat->type && type->length == flat->length &&
	    type->precision == flat->precision && type->scale == flat->scale)
		return type->canonical;
	const char *text = mig_db_type_canonical(snap->arena, snap->dialect, flat->type,
	    flat->length > 0 ? flat->length : -1, flat->precision, flat->scale);
	if (text == NULL) {
		(void)mig_snap_no_memory(snap);
		return NULL;
	}
	*type =
	    (struct mig_snap_type){ flat->type, flat->length, flat->precision, flat->scale, text };
	return text;
}

/* What a default means as SQL, with what MySQL has behind it. */
static void
find_default(struct mig_snap *snap, struct mig_snap_value *value)
{
	struct mig_text json = { value->json, strlen(value->json) };
	mig_buf_reset(&snap->text);
	mig_buf_reset(&snap->more_text);
	mig_snap_default(snap->dialect, value->type, json, &snap->text, &snap->more_text);
	if (!mig_buf_ok(&snap->text) || !mig_buf_ok(&snap->more_text)) {
		(void)mig_snap_no_memory(snap);
		return;
	}
	struct mig_text sql = { snap->text.data, snap->text.len };
	struct mig_text update = { snap->more_text.data, snap->more_text.len };
	value->sql = sql.len > 0 ? mig_snap_keep(snap, sql) : NULL;
	value->on_update = update.len > 0 ? mig_snap_keep(snap, update) : NULL;
}

/* The same for a column; most defaults are one of a few. */
static void
set_default(struct mig_snap *snap, struct mig_snap_column *flat, const char *type)
{
	if (flat->default_sql != NULL || flat->default_json == NULL)
		return;
	uint64_t hash = ((uint64_t)(uintptr_t)flat->default_json ^ (uint64_t)(uintptr_t)type << 7) *
	    UINT64_C(0x9e3779b97f4a7c15);
	struct mig_snap_value *value = &snap->values[hash >> 32 & (MIG_SNAP_TYPES - 1)];
	if (value->json != flat->default_json || value->type != type) {
		*value = (struct mig_snap_value){ .type = type, .json = flat->default_json };
		find_default(snap, value);
	}
	flat->default_sql = value->sql;
	if (flat->more.on_update == NULL)
		flat->more.on_update = value->on_update;
}

/* The model's column for one that was read. */
static struct mig_db_column *
make_column(struct mig_snap *snap, struct mig_snap_column *flat, struct mig_db_object *parent)
{
	struct mig_db_column *column = mig_db_make(snap->db, MIG_DB_COLUMN, parent);
	const char *type = flat->sql_type;
	if (type == NULL && flat->type != NULL)
		type = canonical(snap, flat);
	set_default(snap, flat, type);
	if (column == NULL || snap->pull.error != MIG_OK) {
		(void)mig_snap_no_memory(snap);
		return NULL;
	}
	flat->base.kind = MIG_DB_COLUMN;
	flat->base.parent = parent;
	column->base = flat->base;
	column->type = type;
	column->type_text = flat->type;
	column->length = flat->length;
	column->default_json = flat->default_json;
	column->default_expr = flat->default_sql;
	column->position = flat->position;
	column->identity = flat->identity;
	if (flat->auto_increment && flat->identity == MIG_DB_IDENTITY_NONE)
		column->identity = MIG_DB_AUTO_INCREMENT;
	column->generated = flat->generated;
	column->nullable = flat->nullable;
	column->inherited = flat->inherited;
	/* NOLINTNEXTLINE(bugprone-suspicious-memory-comparison): both were copied byte by byte */
	if (memcmp(&flat->more, &mig_snap_column_empty.more, sizeof(flat->more)) != 0) {
		struct mig_db_column_more *more = mig_db_column_more(snap->db, column);
		if (more != NULL)
			*more = flat->more;
		else
			(void)mig_snap_no_memory(snap);
	}
	return column;
}

/* The columns of a table, view or composite type, by name. */
static void
read_columns(struct mig_snap *snap, struct mig_db_object *parent)
{
	bool typed = parent->kind == MIG_DB_TABLE || parent->kind == MIG_DB_COMPOSITE;
	const struct mig_snap_form *form = typed ? &mig_snap_column_form : &mig_snap_attribute_form;
	struct mig_snap_column flat;
	struct mig_text key;
	int position = 0;
	if (!mig_pull_object(&snap->pull))
		return;
	uint32_t serial = ++snap->serial;
	snap->columns = serial;
	while (mig_pull_key(&snap->pull, &key)) {
		struct mig_pull_spot here = mig_pull_here(&snap->pull);
		if (key.len > NAME_BYTES_MAX) {
			mig_pull_finding(&snap->pull, &here, NULL,
			    "the name of a column must not be longer than %u bytes",
			    NAME_BYTES_MAX);
			(void)mig_pull_skip(&snap->pull);
			continue;
		}
		struct mig_snap_name *name = mig_snap_intern(snap, key);
		if (name == NULL)
			return;
		if (key.len == 0)
			mig_pull_finding(&snap->pull, &here, NULL, "a column needs a name");
		else if (name->column == serial)
			mig_pull_finding(&snap->pull, &here, "remove one of them",
			    "the column \"%.*s\" is given twice", NAME_SHOWN_MAX, name->text);
		name->column = serial;
		/* Byte by byte, so that what is between the members is equal as well. */
		memcpy(&flat, &mig_snap_column_empty, sizeof(flat));
		flat.base.name = name->text;
		flat.base.file = snap->pull.file;
		flat.base.line = here.line;
		flat.position = ++position;
		if (!mig_snap_read(snap, form, &flat))
			continue;
		struct mig_db_column *column = make_column(snap, &flat, parent);
		if (column == NULL)
			return;
		if (mig_db_put(snap->db, column) != MIG_OK)
			(void)mig_snap_no_memory(snap);
		if (parent->kind == MIG_DB_TABLE && (flat.primary_key || flat.unique))
			mig_snap_mark(snap, column, flat.primary_key, flat.unique);
	}
}

static void
read_column_names(struct mig_snap *snap)
{
	(void)!mig_snap_read_texts(snap, 0, true, &snap->column_names, &snap->column_names_count);
}

/* The indexes, or the triggers with policies and rules. */
static void
read_array(struct mig_snap *snap, enum mig_db_kind kind, struct mig_db_object *parent)
{
	const struct mig_snap_form *form =
	    kind == MIG_DB_INDEX ? &mig_snap_index_form : &mig_snap_trigger_form;
	if (!mig_pull_array(&snap->pull))
		return;
	while (mig_pull_item(&snap->pull)) {
		struct mig_db_object *part = mig_db_make(snap->db, kind, parent);
		if (part == NULL) {
			(void)mig_snap_no_memory(snap);
			return;
		}
		part->file = snap->pull.file;
		part->line = snap->pull.line;
		if (mig_snap_read(snap, form, part) && mig_db_put(snap->db, part) != MIG_OK)
			(void)mig_snap_no_memory(snap);
	}
}

/* What is left open of a sequence's parameters. */
static void
complete_options(struct mig_db_sequence_options *options)
{
	if (options->type == NULL)
		options->type = "bigint";
	if (options->max == INT64_MAX && strcmp(options->type, "integer") == 0)
		options->max = INT32_MAX;
	if (options->max == INT64_MAX && strcmp(options->type, "smallint") == 0)
		options->max = INT16_MAX;
}

static const struct mig_db_sequence_options options_usual = {
	.start = 1, .increment = 1, .min = 1, .max = INT64_MAX, .cache = 1
};

static void
read_sequence(struct mig_snap *snap, const struct mig_snap_row *row, void *object)
{
	struct mig_db_sequence_options *options = mig_arena_alloc(snap->arena, sizeof(*options));
	if (options == NULL) {
		(void)mig_snap_no_memory(snap);
		return;
	}
	*options = options_usual;
	if (!mig_snap_read(snap, &mig_snap_sequence_form, options))
		return;
	complete_options(options);
	memcpy((char *)object + row->at, &options, sizeof(options));
}

static void
read_target(struct mig_snap *snap, struct mig_db_constraint *constraint)
{
	struct mig_pull_spot here = mig_pull_here(&snap->pull);
	struct mig_text text;
	if (!mig_pull_string(&snap->pull, &text))
		return;
	if (!mig_snap_split_target(snap, text, constraint) && snap->pull.error == MIG_OK)
		mig_pull_finding(&snap->pull, &here, "write table(column, ...)",
		    "\"%.*s\" is no table with its columns",
		    text.len < NAME_SHOWN_MAX ? (int)text.len : NAME_SHOWN_MAX, text.data);
}

/* Whether a word stands at the beginning of a text, in whatever letters; it is cut off. */
static bool
cut_word(struct mig_text *text, const char *word)
{
	size_t len = strlen(word);
	if (text->len <= len || strncasecmp(text->data, word, len) != 0 || text->data[len] != ' ')
		return false;
	text->data += len + 1;
	text->len -= len + 1;
	return true;
}

/* The length of a parameter without its default. */
static size_t
without_default(struct mig_text text)
{
	static const char word[] = " default ";
	for (size_t i = 0; i < text.len; i++) {
		struct mig_text rest = { text.data + i, text.len - i };
		if (text.data[i] == '=' ||
		    (rest.len > sizeof(word) - 1 &&
		        strncasecmp(rest.data, word, sizeof(word) - 1) == 0))
			return i;
	}
	return text.len;
}

/* Append the type of a parameter "name TYPE" to the arguments; nothing of what only goes out. */
static void
add_argument(struct mig_snap *snap, struct mig_text text, struct mig_buf *out)
{
	char type[256];
	if (cut_word(&text, "OUT"))
		return;
	(void)(cut_word(&text, "INOUT") || cut_word(&text, "VARIADIC") || cut_word(&text, "IN"));
	text.len = without_default(text);
	const char *space = memchr(text.data, ' ', text.len);
	if (space != NULL) {
		text.len -= (size_t)(space + 1 - text.data);
		text.data = space + 1;
	}
	if (text.len >= sizeof(type))
		text.len = sizeof(type) - 1;
	memcpy(type, text.data, text.len);
	type[text.len] = '\0';
	const char *name = mig_db_type_canonical(snap->arena, snap->dialect, type, -1, -1, -1);
	if (name == NULL)
		(void)mig_snap_no_memory(snap);
	mig_buf_puts(out, out->len > 0 ? ", " : "");
	/* Sizes are no part of what routines are told apart by. */
	for (bool inside = false; name != NULL && *name != '\0'; name++) {
		inside = inside || *name == '(';
		if (!inside)
			mig_buf_putc(out, *name);
		inside = inside && *name != ')';
	}
}

static void
read_parameters(struct mig_snap *snap, struct mig_db_routine *routine)
{
	struct mig_text text;
	if (!mig_pull_array(&snap->pull))
		return;
	mig_buf_reset(&snap->text);
	mig_buf_reset(&snap->more_text);
	while (mig_pull_item(&snap->pull)) {
		if (!mig_pull_string(&snap->pull, &text))
			continue;
		mig_buf_puts(&snap->text, snap->text.len > 0 ? ", " : "");
		mig_buf_add(&snap->text, text.data, text.len);
		add_argument(snap, text, &snap->more_text);
	}
	if (!mig_buf_ok(&snap->text) || !mig_buf_ok(&snap->more_text))
		(void)mig_snap_no_memory(snap);
	if (snap->pull.error != MIG_OK)
		return;
	/* Each may have been given apart. */
	if (routine->parameters == NULL)
		routine->parameters =
		    mig_snap_keep(snap, (struct mig_text){ snap->text.data, snap->text.len });
	if (routine->arguments == NULL)
		routine->arguments = mig_snap_keep(
		    snap, (struct mig_text){ snap->more_text.data, snap->more_text.len });
}

void
mig_snap_read_part(struct mig_snap *snap, const struct mig_snap_row *row, void *object)
{
	if (row->kind == SNAP_COLUMNS)
		read_columns(snap, object);
	else if (row->kind == SNAP_COLUMN_NAMES)
		read_column_names(snap);
	else if (row->kind == SNAP_INDEXES)
		read_array(snap, MIG_DB_INDEX, object);
	else if (row->kind == SNAP_TRIGGERS)
		read_array(snap, MIG_DB_TRIGGER, object);
	else if (row->kind == SNAP_SEQUENCE)
		read_sequence(snap, row, object);
	else if (row->kind == SNAP_TARGET)
		read_target(snap, object);
	else
		read_parameters(snap, object);
}

/* What has to be there before a thing is read. */
static void
prepare(struct mig_snap *snap, struct mig_db_object *object)
{
	snap->column_names_count = 0;
	mig_snap_keys_begin(snap);
	if (object->kind == MIG_DB_ROUTINE)
		((struct mig_db_routine *)object)->procedure = true;
	if (object->kind == MIG_DB_SEQUENCE)
		((struct mig_db_sequence *)object)->options = options_usual;
}

/* A view that gives only the names of its columns. */
static void
put_column_names(struct mig_snap *snap, struct mig_db_table *view)
{
	for (size_t i = 0; i < snap->column_names_count && view->columns_count == i; i++) {
		struct mig_db_column *column = mig_db_make(snap->db, MIG_DB_COLUMN, &view->base);
		if (column != NULL) {
			column->base.name = snap->column_names[i];
			column->base.file = view->base.file;
			column->base.line = view->base.line;
			column->position = (int)i + 1;
		}
		if (column == NULL || mig_db_put(snap->db, column) != MIG_OK)
			(void)mig_snap_no_memory(snap);
	}
}

/* What follows from what was read of a thing. */
static void
complete(struct mig_snap *snap, struct mig_db_object *object, const struct mig_pull_spot *spot)
{
	if (object->kind == MIG_DB_TABLE) {
		mig_snap_keys_end(snap, mig_db_as_table(object), spot);
	} else if (object->kind == MIG_DB_VIEW || object->kind == MIG_DB_MATVIEW) {
		put_column_names(snap, mig_db_as_table(object));
	} else if (object->kind == MIG_DB_SEQUENCE) {
		complete_options(&mig_db_as_sequence(object)->options);
	} else if (object->kind == MIG_DB_DOMAIN) {
		struct mig_db_domain *domain = mig_db_as_domain(object);
		if (domain->type != NULL)
			domain->type = mig_db_type_canonical(
			    snap->arena, snap->dialect, domain->type, -1, -1, -1);
	}
}

static void
put(struct mig_snap *snap, struct mig_db_object *object, const struct mig_pull_spot *spot)
{
	const struct mig_db_object *same = mig_db_find_same(snap->db, object);
	if (same != NULL) {
		mig_pull_finding(&snap->pull, spot, "remove one of them",
		    "the %s \"%.*s\" is given twice, first as a %s in line %d",
		    mig_db_kind_name(object->kind), NAME_SHOWN_MAX, object->name,
		    mig_db_kind_name(same->kind), same->line);
		return;
	}
	if (mig_db_put(snap->db, object) != MIG_OK)
		(void)mig_snap_no_memory(snap);
}

/* Cut the name of a thing; false with a finding when that is not possible. */
static bool
set_name(struct mig_snap *snap, struct mig_db_object *object, struct mig_text name,
    const struct mig_pull_spot *spot)
{
	if (name.len > NAME_BYTES_MAX) {
		mig_pull_finding(&snap->pull, spot, NULL,
		    "the name of a %s must not be longer than %u bytes",
		    mig_db_kind_name(object->kind), NAME_BYTES_MAX);
		return false;
	}
	if (mig_snap_split(snap, name, &object->schema, &object->name))
		return true;
	int shown = name.len < NAME_SHOWN_MAX ? (int)name.len : NAME_SHOWN_MAX;
	if (snap->pull.error == MIG_OK)
		mig_pull_finding(&snap->pull, spot,
		    "a name with a dot or a quote stands in double quotes",
		    "\"%.*s\" is no name of a %s", shown, name.data,
		    mig_db_kind_name(object->kind));
	return false;
}

/* Tell the source from time to time how far the reading is. */
static void
pass(struct mig_snap *snap)
{
	size_t at = snap->pull.cursor.pos;
	if (snap->source->passed == NULL || at - snap->passed < PASS_BYTES)
		return;
	snap->source->passed(snap->source->data, at);
	snap->passed = at;
}

/* One thing; its name is the key under which it stands, or (NULL) one of its members. */
static void
read_thing(struct mig_snap *snap, const struct mig_snap_row *row, const struct mig_text *key)
{
	struct mig_pull_spot here = mig_pull_here(&snap->pull);
	struct mig_db_object *object = mig_db_make(snap->db, (enum mig_db_kind)row->min, NULL);
	if (object == NULL) {
		(void)mig_snap_no_memory(snap);
		return;
	}
	object->file = snap->pull.file;
	object->line = here.line;
	pass(snap);
	prepare(snap, object);
	bool named = key != NULL && set_name(snap, object, *key, &here);
	if (!mig_snap_read(snap, row->form, object))
		return;
	if (key == NULL && object->name != NULL) {
		struct mig_text name = { object->name, strlen(object->name) };
		named = set_name(snap, object, name, &here);
	}
	if (!named)
		return;
	complete(snap, object, &here);
	if (snap->pull.error == MIG_OK)
		put(snap, object, &here);
}

void
mig_snap_read_section(
    struct mig_snap *snap, const struct mig_snap_row *row, const struct mig_snap_root *root)
{
	struct mig_text key;
	snap->other_dialect = root->dialect >= 0 && root->dialect != (int)snap->dialect;
	if (snap->other_dialect) {
		snap->pull.error = MIG_EDOC;
		return;
	}
	if (row->kind == SNAP_SECTION_LIST) {
		if (!mig_pull_array(&snap->pull))
			return;
		while (mig_pull_item(&snap->pull))
			read_thing(snap, row, NULL);
		return;
	}
	if (!mig_pull_object(&snap->pull))
		return;
	while (mig_pull_key(&snap->pull, &key))
		read_thing(snap, row, &key);
}
