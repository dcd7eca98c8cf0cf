/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/num.h"
#include "schema/snapshot_int.h"

#define NAME_SHOWN_MAX 60
#define ROWS_MAX 64

/* The member that a row is about. */
static void *
member(const struct mig_snap_row *row, void *object)
{
	return (char *)object + row->at;
}

/* The row of a key; NULL: there is none. */
static const struct mig_snap_row *
row_of(const struct mig_snap_form *form, struct mig_text key)
{
	for (size_t i = 0; i < form->count; i++) {
		const char *name = form->rows[i].key;
		if (name[0] == key.data[0] && strncmp(name, key.data, key.len) == 0 &&
		    name[key.len] == '\0')
			return &form->rows[i];
	}
	return NULL;
}

/* The key is none of the form's: a finding, unless it is somebody's own. */
static void
unknown_key(struct mig_snap *snap, const struct mig_snap_form *form, struct mig_text key)
{
	const char *names[ROWS_MAX + 1] = { NULL };
	char text[NAME_SHOWN_MAX + 1];
	char hint[2 * NAME_SHOWN_MAX] = "a key of your own begins with x_";
	struct mig_pull_spot here = mig_pull_here(&snap->pull);
	size_t len = key.len < NAME_SHOWN_MAX ? key.len : NAME_SHOWN_MAX;
	memcpy(text, key.data, len);
	text[len] = '\0';
	for (size_t i = 0; i < form->count; i++)
		names[i] = form->rows[i].key;
	const char *nearest = mig_num_nearest(text, names);
	if (nearest != NULL)
		(void)snprintf(hint, sizeof(hint), "did you mean \"%s\"?", nearest);
	mig_pull_finding(&snap->pull, &here, hint, "unknown key");
}

/* Step over the value of a key that is none of the form's; the key is kept for own_twice(). */
static void
other_key(struct mig_snap *snap, const struct mig_snap_form *form, struct mig_text key)
{
	const struct mig_snap_name *name = mig_snap_intern(snap, key);
	if (name == NULL)
		return;
	mig_buf_add(&snap->own, &name->text, sizeof(name->text));
	if (strncmp(name->text, "x_", 2) != 0)
		unknown_key(snap, form, key);
	(void)mig_pull_skip(&snap->pull);
}

static int
compare_addresses(const void *a, const void *b)
{
	const char *const *left = a;
	const char *const *right = b;
	return *left < *right ? -1 : *left > *right;
}

/* Of the keys that are none of the form's, from the byte first on, no two must be the same. */
static void
own_twice(struct mig_snap *snap, size_t first, const struct mig_pull_spot *spot)
{
	if (!mig_buf_ok(&snap->own)) {
		(void)mig_snap_no_memory(snap);
		return;
	}
	const char **keys = (const char **)(void *)(snap->own.data + first);
	size_t count = (snap->own.len - first) / sizeof(*keys);
	if (count > 1)
		qsort(keys, count, sizeof(*keys), compare_addresses);
	for (size_t i = 1; i < count; i++)
		if (keys[i] == keys[i - 1])
			mig_pull_finding(&snap->pull, spot, "remove one of them",
			    "the key \"%.*s\" is given twice", NAME_SHOWN_MAX, keys[i]);
	mig_buf_truncate(&snap->own, first);
}

/* One of the words: its index; -1 with a finding. */
static int
word_of(struct mig_snap *snap, const struct mig_pull_spot *spot, struct mig_text text,
    const char *const *words)
{
	struct mig_buf list;
	int index = 0;
	for (; words[index] != NULL; index++)
		if (strncmp(words[index], text.data, text.len) == 0 &&
		    words[index][text.len] == '\0')
			return index;
	mig_buf_init(&list, MIG_DETAIL_MAX);
	for (index = 0; words[index] != NULL; index++)
		mig_buf_printf(&list, "%s\"%s\"", index == 0 ? "one of " : ", ", words[index]);
	int shown = text.len < NAME_SHOWN_MAX ? (int)text.len : NAME_SHOWN_MAX;
	mig_pull_finding(
	    &snap->pull, spot, list.data, "\"%.*s\" is not known here", shown, text.data);
	mig_buf_fini(&list);
	return -1;
}

static void
read_text(struct mig_snap *snap, const struct mig_snap_row *row, void *object)
{
	struct mig_pull_spot here = mig_pull_here(&snap->pull);
	struct mig_text text;
	if (!mig_pull_string(&snap->pull, &text))
		return;
	if (text.len == 0 && (row->flags & SNAP_NONEMPTY) != 0) {
		mig_pull_finding(&snap->pull, &here, NULL, "must not be empty");
		return;
	}
	if (row->words != NULL && word_of(snap, &here, text, row->words) < 0)
		return;
	bool own = (row->flags & SNAP_OWN) != 0;
	const char *kept = own ? mig_snap_copy(snap, text) : mig_snap_keep(snap, text);
	memcpy(member(row, object), &kept, sizeof(kept));
}

static void
read_word(struct mig_snap *snap, const struct mig_snap_row *row, void *object)
{
	struct mig_pull_spot here = mig_pull_here(&snap->pull);
	struct mig_text text;
	if (!mig_pull_string(&snap->pull, &text))
		return;
	int index = word_of(snap, &here, text, row->words);
	if (index < 0)
		return;
	if (row->kind == SNAP_LETTER) {
		memcpy(member(row, object), row->words[index], 1);
		return;
	}
	index += (int)row->min;
	memcpy(member(row, object), &index, sizeof(index));
}

/* A whole number, as int64_t or int. */
static void
read_int(struct mig_snap *snap, const struct mig_snap_row *row, void *object)
{
	struct mig_pull_spot here = mig_pull_here(&snap->pull);
	int64_t value = 0;
	if (!mig_pull_int(&snap->pull, row->min, &value))
		return;
	if (row->kind == SNAP_INT) {
		memcpy(member(row, object), &value, sizeof(value));
	} else if (value > INT32_MAX) {
		mig_pull_finding(&snap->pull, &here, NULL, "must be at most %d", INT32_MAX);
	} else {
		int small = (int)value;
		memcpy(member(row, object), &small, sizeof(small));
	}
}

/* The text of a default: any value but an array or object. */
static void
read_scalar(struct mig_snap *snap, const struct mig_snap_row *row, void *object)
{
	struct mig_pull_spot here = mig_pull_here(&snap->pull);
	enum mig_json_type type = MIG_JSON_NULL;
	if (!mig_pull_type(&snap->pull, &type))
		return;
	struct mig_text text = mig_pull_skip(&snap->pull);
	if (snap->pull.error != MIG_OK)
		return;
	if (type == MIG_JSON_ARRAY || type == MIG_JSON_OBJECT) {
		mig_pull_finding(&snap->pull, &here, NULL,
		    "must be a string, a number, true, false or null, not %s",
		    mig_json_type_name(type));
		return;
	}
	const char *kept = mig_snap_keep(snap, text);
	memcpy(member(row, object), &kept, sizeof(kept));
}

bool
mig_snap_read_texts(struct mig_snap *snap, unsigned flags, bool once, const char *const **ret_texts,
    size_t *ret_count)
{
	struct mig_pull_spot list = mig_pull_here(&snap->pull);
	struct mig_text text;
	bool good = true;
	if (!mig_pull_array(&snap->pull))
		return false;
	uint32_t serial = ++snap->serial;
	mig_buf_reset(&snap->items);
	while (mig_pull_item(&snap->pull)) {
		struct mig_pull_spot here = mig_pull_here(&snap->pull);
		if (!mig_pull_string(&snap->pull, &text)) {
			good = false;
			continue;
		}
		struct mig_snap_name *name = mig_snap_intern(snap, text);
		if (name == NULL)
			return false;
		if (text.len == 0 || (once && name->listed == serial)) {
			mig_pull_finding(&snap->pull, &here, NULL,
			    text.len == 0 ? "must not be empty" : "is given twice");
			good = false;
		}
		name->listed = serial;
		mig_buf_add(&snap->items, &name->text, sizeof(name->text));
	}
	size_t count = snap->items.len / sizeof(const char *);
	if (count == 0 && good && (flags & SNAP_NONEMPTY) != 0) {
		mig_pull_finding(&snap->pull, &list, NULL, "must not be empty");
		good = false;
	}
	if (!good || snap->pull.error != MIG_OK)
		return false;
	*ret_texts = mig_snap_items(snap);
	*ret_count = count;
	return snap->pull.error == MIG_OK;
}

static void
read_texts(struct mig_snap *snap, const struct mig_snap_row *row, void *object)
{
	const char *const *texts = NULL;
	size_t count = 0;
	if (!mig_snap_read_texts(snap, row->flags, false, &texts, &count))
		return;
	memcpy(member(row, object), &texts, sizeof(texts));
	memcpy((char *)object + row->count_at, &count, sizeof(count));
}

/* An array of rights or of mentions. */
static void
read_structs(struct mig_snap *snap, const struct mig_snap_row *row, void *object,
    const struct mig_snap_form *form)
{
	struct mig_db_ref ref;
	struct mig_db_grant grant;
	bool grants = row->kind == SNAP_GRANTS;
	if (!mig_pull_array(&snap->pull))
		return;
	mig_buf_reset(&snap->items);
	while (mig_pull_item(&snap->pull)) {
		ref = (struct mig_db_ref){ .kind = MIG_DB_TABLE };
		grant = (struct mig_db_grant){ .role = NULL };
		if (!mig_snap_read(snap, form, grants ? (void *)&grant : (void *)&ref))
			continue;
		if (grants)
			mig_buf_add(&snap->items, &grant, sizeof(grant));
		else
			mig_buf_add(&snap->items, &ref, sizeof(ref));
	}
	size_t count = snap->items.len / (grants ? sizeof(grant) : sizeof(ref));
	uint32_t narrow = (uint32_t)count;
	const void *items = mig_snap_items(snap);
	memcpy(member(row, object), &items, sizeof(items));
	if (row->kind == SNAP_PARENTS)
		memcpy((char *)object + row->count_at, &count, sizeof(count));
	else
		memcpy((char *)object + row->count_at, &narrow, sizeof(narrow));
}

static void
read_ref(struct mig_snap *snap, const struct mig_snap_row *row, void *object)
{
	struct mig_db_ref *ref = mig_arena_alloc(snap->arena, sizeof(*ref));
	if (ref == NULL) {
		(void)mig_snap_no_memory(snap);
		return;
	}
	ref->kind = MIG_DB_TABLE;
	if (mig_snap_read(snap, &mig_snap_ref_form, ref))
		memcpy(member(row, object), &ref, sizeof(ref));
}

/* Whether null stands at hand and may stand there; it is taken. */
static bool
take_null(struct mig_snap *snap, const struct mig_snap_row *row)
{
	enum mig_json_type type = MIG_JSON_OBJECT;
	if ((row->flags & SNAP_NULLABLE) == 0 || !mig_pull_type(&snap->pull, &type) ||
	    type != MIG_JSON_NULL)
		return false;
	(void)mig_pull_skip(&snap->pull);
	return true;
}

static void
read_value(struct mig_snap *snap, const struct mig_snap_row *row, void *object)
{
	if (take_null(snap, row))
		return;
	if ((row->flags & SNAP_EXTRA) != 0)
		object = mig_db_extra(snap->db, object);
	if (object == NULL) {
		(void)mig_snap_no_memory(snap);
		return;
	}
	switch (row->kind) {
	case SNAP_TEXT:
		read_text(snap, row, object);
		break;
	case SNAP_BOOL:
		(void)!mig_pull_bool(&snap->pull, member(row, object));
		break;
	case SNAP_INT:
	case SNAP_SMALL:
		read_int(snap, row, object);
		break;
	case SNAP_NUMBER:
		(void)!mig_pull_number(&snap->pull, member(row, object));
		break;
	case SNAP_LETTER:
	case SNAP_WORD:
		read_word(snap, row, object);
		break;
	case SNAP_SCALAR:
		read_scalar(snap, row, object);
		break;
	case SNAP_TEXTS:
		read_texts(snap, row, object);
		break;
	case SNAP_REF:
		read_ref(snap, row, object);
		break;
	case SNAP_REFS:
	case SNAP_PARENTS:
		read_structs(snap, row, object, &mig_snap_ref_form);
		break;
	case SNAP_GRANTS:
		read_structs(snap, row, object, &mig_snap_grant_form);
		break;
	case SNAP_SECTION:
	case SNAP_SECTION_LIST:
		mig_snap_read_section(snap, row, object);
		break;
	case SNAP_KEYS:
		(void)mig_snap_read(snap, row->form, object);
		break;
	case SNAP_KEY:
	case SNAP_CONSTRAINTS:
		mig_snap_read_keys(snap, row, object);
		break;
	case SNAP_SEQUENCE:
	case SNAP_TARGET:
	case SNAP_PARAMETERS:
	case SNAP_COLUMNS:
	case SNAP_COLUMN_NAMES:
	case SNAP_INDEXES:
	case SNAP_TRIGGERS:
		mig_snap_read_part(snap, row, object);
		break;
	}
}

bool
mig_snap_read(struct mig_snap *snap, const struct mig_snap_form *form, void *object)
{
	struct mig_pull_spot spot = mig_pull_here(&snap->pull);
	struct mig_text key;
	uint64_t seen = 0;
	size_t own = snap->own.len;
	if (!mig_pull_object(&snap->pull))
		return false;
	while (mig_pull_key(&snap->pull, &key)) {
		const struct mig_snap_row *row = row_of(form, key);
		uint64_t bit = row != NULL ? UINT64_C(1) << (row - form->rows) : 0;
		struct mig_pull_spot here = mig_pull_here(&snap->pull);
		if ((seen & bit) != 0)
			mig_pull_finding(&snap->pull, &here, "remove one of them",
			    "the key \"%s\" is given twice", row->key);
		if (row == NULL)
			other_key(snap, form, key);
		else
			read_value(snap, row, object);
		seen |= bit;
	}
	if (snap->own.len > own)
		own_twice(snap, own, &spot);
	for (size_t i = 0; i < form->required && snap->pull.error == MIG_OK; i++)
		if ((form->rows[i].flags & SNAP_REQUIRED) != 0 && (seen & UINT64_C(1) << i) == 0)
			mig_pull_finding(&snap->pull, &spot, NULL, "the key \"%s\" is missing",
			    form->rows[i].key);
	return snap->pull.error == MIG_OK;
}
