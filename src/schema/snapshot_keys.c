/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "schema/snapshot_int.h"

#define NAME_SHOWN_MAX 60
/* So many constraints are compared each with each. */
#define FEW 16

/* A constraint that begins at the value at hand; NULL without memory. */
static struct mig_db_constraint *
make(struct mig_snap *snap, enum mig_db_constraint_type type, struct mig_db_object *parent)
{
	struct mig_db_constraint *constraint = mig_db_make(snap->db, MIG_DB_CONSTRAINT, parent);
	if (constraint == NULL) {
		(void)mig_snap_no_memory(snap);
		return NULL;
	}
	constraint->type = type;
	constraint->base.file = snap->pull.file;
	constraint->base.line = snap->pull.line;
	return constraint;
}

/* Let a constraint wait until its table is read. */
static void
wait_for_end(struct mig_snap *snap, struct mig_db_constraint *constraint, size_t at, bool whole)
{
	struct mig_snap_pending pending = { .constraint = constraint,
		.order = snap->pending.len / sizeof(pending),
		.at = at,
		.whole = whole };
	mig_buf_add(&snap->pending, &pending, sizeof(pending));
}

/* What is not said of a foreign key. */
static void
default_actions(struct mig_db_constraint *key)
{
	if (key->on_delete == NULL)
		key->on_delete = "NO ACTION";
	if (key->on_update == NULL)
		key->on_update = "NO ACTION";
}

static bool
check_pair(
    struct mig_snap *snap, const struct mig_pull_spot *spot, const struct mig_db_constraint *key)
{
	if (key->columns_count == key->ref_columns_count)
		return true;
	mig_pull_finding(&snap->pull, spot, NULL, "%zu columns refer to %zu", key->columns_count,
	    key->ref_columns_count);
	return false;
}

static void
read_foreign_key(struct mig_snap *snap, struct mig_db_object *table)
{
	struct mig_pull_spot here = mig_pull_here(&snap->pull);
	size_t errors = snap->pull.findings->errors;
	struct mig_db_constraint *key = make(snap, MIG_DB_FOREIGN_KEY, table);
	if (key == NULL || !mig_snap_read(snap, &mig_snap_foreign_key_form, key) ||
	    snap->pull.findings->errors > errors || !check_pair(snap, &here, key))
		return;
	default_actions(key);
	wait_for_end(snap, key, here.at, false);
}

/* Columns of a key: a list of names, or one name. */
static void
read_columns(struct mig_snap *snap, enum mig_db_constraint_type type, struct mig_db_object *table)
{
	struct mig_pull_spot here = mig_pull_here(&snap->pull);
	enum mig_json_type found = MIG_JSON_NULL;
	struct mig_text text;
	unsigned flags = type == MIG_DB_UNIQUE ? SNAP_NONEMPTY : 0;
	if (!mig_pull_type(&snap->pull, &found))
		return;
	struct mig_db_constraint *key = make(snap, type, table);
	if (key == NULL)
		return;
	if (type == MIG_DB_PRIMARY_KEY || found == MIG_JSON_ARRAY) {
		if (!mig_snap_read_texts(snap, flags, true, &key->columns, &key->columns_count))
			return;
	} else {
		if (!mig_pull_string(&snap->pull, &text))
			return;
		const struct mig_snap_name *name = mig_snap_intern(snap, text);
		mig_buf_reset(&snap->items);
		if (name == NULL)
			return;
		mig_buf_add(&snap->items, &name->text, sizeof(name->text));
		key->columns = mig_snap_items(snap);
		key->columns_count = 1;
	}
	if (key->columns_count > 0)
		wait_for_end(snap, key, here.at, false);
}

static void
read_check(struct mig_snap *snap, struct mig_db_object *table)
{
	struct mig_pull_spot here = mig_pull_here(&snap->pull);
	struct mig_text text;
	if (!mig_pull_string(&snap->pull, &text))
		return;
	if (text.len == 0) {
		mig_pull_finding(&snap->pull, &here, NULL, "must not be empty");
		return;
	}
	struct mig_db_constraint *check = make(snap, MIG_DB_CHECK, table);
	if (check == NULL)
		return;
	check->expression = mig_snap_keep(snap, text);
	wait_for_end(snap, check, here.at, false);
}

/* The constraints of one type, as the reference has them. */
static void
read_keys(struct mig_snap *snap, enum mig_db_constraint_type type, struct mig_db_object *table)
{
	if (type == MIG_DB_PRIMARY_KEY) {
		read_columns(snap, type, table);
		return;
	}
	if (!mig_pull_array(&snap->pull))
		return;
	while (mig_pull_item(&snap->pull)) {
		if (type == MIG_DB_FOREIGN_KEY)
			read_foreign_key(snap, table);
		else if (type == MIG_DB_CHECK)
			read_check(snap, table);
		else
			read_columns(snap, type, table);
	}
}

/* Whether a constraint that was read with all its members has those that its type needs. */
static bool
check_whole(struct mig_snap *snap, const struct mig_pull_spot *spot,
    const struct mig_db_constraint *constraint)
{
	const char *missing = NULL;
	bool keyed = constraint->columns_count > 0;
	switch (constraint->type) {
	case MIG_DB_PRIMARY_KEY:
	case MIG_DB_UNIQUE:
		missing = keyed ? NULL : "columns";
		break;
	case MIG_DB_FOREIGN_KEY:
		missing = keyed ? NULL : "columns";
		if (constraint->ref_table == NULL)
			missing = "references";
		break;
	case MIG_DB_CHECK:
		missing = constraint->expression == NULL ? "expression" : NULL;
		break;
	case MIG_DB_EXCLUSION:
		missing = constraint->base.definition == NULL ? "definition" : NULL;
		break;
	}
	if (missing != NULL) {
		mig_pull_finding(&snap->pull, spot, NULL, "the key \"%s\" is missing", missing);
		return false;
	}
	return constraint->type != MIG_DB_FOREIGN_KEY || check_pair(snap, spot, constraint);
}

static void
read_whole(struct mig_snap *snap, struct mig_db_object *parent)
{
	struct mig_pull_spot here = mig_pull_here(&snap->pull);
	size_t errors = snap->pull.findings->errors;
	struct mig_db_constraint *constraint = make(snap, MIG_DB_CHECK, parent);
	if (constraint == NULL || !mig_snap_read(snap, &mig_snap_constraint_form, constraint) ||
	    snap->pull.findings->errors > errors || !check_whole(snap, &here, constraint))
		return;
	if (constraint->type == MIG_DB_FOREIGN_KEY)
		default_actions(constraint);
	if (parent->kind != MIG_DB_DOMAIN)
		wait_for_end(snap, constraint, here.at, true);
	else if (mig_db_put(snap->db, constraint) != MIG_OK)
		(void)mig_snap_no_memory(snap);
}

void
mig_snap_read_keys(struct mig_snap *snap, const struct mig_snap_row *row, void *object)
{
	if (row->kind == SNAP_KEY) {
		read_keys(snap, (enum mig_db_constraint_type)row->min, object);
		return;
	}
	if (!mig_pull_array(&snap->pull))
		return;
	while (mig_pull_item(&snap->pull))
		read_whole(snap, object);
}

void
mig_snap_keys_begin(struct mig_snap *snap)
{
	mig_buf_reset(&snap->pending);
	mig_buf_reset(&snap->marked);
	snap->columns = 0;
}

void
mig_snap_mark(
    struct mig_snap *snap, const struct mig_db_column *column, bool primary_key, bool unique)
{
	const char *name = column->base.name;
	if (primary_key && snap->marked.len == 0)
		snap->marked_line = column->base.line;
	if (primary_key)
		mig_buf_add(&snap->marked, &name, sizeof(name));
	if (!unique)
		return;
	struct mig_db_constraint *key = make(snap, MIG_DB_UNIQUE, column->base.parent);
	if (key == NULL)
		return;
	mig_buf_reset(&snap->items);
	mig_buf_add(&snap->items, &name, sizeof(name));
	key->columns = mig_snap_items(snap);
	key->columns_count = 1;
	key->inline_column = true;
	key->base.line = column->base.line;
	wait_for_end(snap, key, snap->pull.cursor.pos, false);
}

/* The columns that are marked as primary key make one. */
static void
put_marked(struct mig_snap *snap, struct mig_db_object *table)
{
	struct mig_db_constraint *key = make(snap, MIG_DB_PRIMARY_KEY, table);
	if (key == NULL)
		return;
	mig_buf_reset(&snap->items);
	mig_buf_add(&snap->items, snap->marked.data, snap->marked.len);
	key->columns = mig_snap_items(snap);
	key->columns_count = snap->marked.len / sizeof(const char *);
	key->inline_column = true;
	key->base.line = snap->marked_line;
	if (snap->pull.error == MIG_OK && mig_db_put(snap->db, key) != MIG_OK)
		(void)mig_snap_no_memory(snap);
}

static uint64_t
hash_text(uint64_t hash, const char *text)
{
	for (; text != NULL && *text != '\0'; text++)
		hash = (hash ^ (unsigned char)*text) * 1099511628211U;
	return (hash ^ 255U) * 1099511628211U;
}

/* What both ways to give a constraint say of it. */
static uint64_t
hash_content(const struct mig_db_constraint *constraint)
{
	uint64_t hash = 14695981039346656037U + (uint64_t)constraint->type;
	for (size_t i = 0; i < constraint->columns_count; i++)
		if (constraint->type != MIG_DB_CHECK)
			hash = hash_text(hash, constraint->columns[i]);
	hash = hash_text(hash, constraint->type == MIG_DB_CHECK ? constraint->expression : NULL);
	hash = hash_text(hash, constraint->ref_schema);
	hash = hash_text(hash, constraint->ref_table);
	for (size_t i = 0; i < constraint->ref_columns_count; i++)
		hash = hash_text(hash, constraint->ref_columns[i]);
	hash = hash_text(hash, constraint->on_delete);
	return hash_text(hash, constraint->on_update);
}

static bool
same_texts(const char *const *a, size_t a_count, const char *const *b, size_t b_count)
{
	for (size_t i = 0; i < a_count && i < b_count; i++)
		if (strcmp(a[i], b[i]) != 0)
			return false;
	return a_count == b_count;
}

static bool
same_content(const struct mig_db_constraint *a, const struct mig_db_constraint *b)
{
	if (a->type != b->type)
		return false;
	if (a->type == MIG_DB_CHECK)
		return mig_db_same(a->expression, b->expression);
	return same_texts(a->columns, a->columns_count, b->columns, b->columns_count) &&
	    mig_db_same(a->ref_schema, b->ref_schema) && mig_db_same(a->ref_table, b->ref_table) &&
	    same_texts(
	        a->ref_columns, a->ref_columns_count, b->ref_columns, b->ref_columns_count) &&
	    mig_db_same(a->on_delete, b->on_delete) && mig_db_same(a->on_update, b->on_update);
}

/* Equal content together; of equal ones the whole first, then those of the table, then columns'. */
static int
compare_content(const void *a, const void *b)
{
	const struct mig_snap_pending *left = a;
	const struct mig_snap_pending *right = b;
	if (left->hash != right->hash)
		return left->hash < right->hash ? -1 : 1;
	if (left->whole != right->whole)
		return left->whole ? -1 : 1;
	if (left->constraint->inline_column != right->constraint->inline_column)
		return left->constraint->inline_column ? 1 : -1;
	return left->order < right->order ? -1 : left->order > right->order;
}

/* As they came. */
static int
compare_order(const void *a, const void *b)
{
	const struct mig_snap_pending *left = a;
	const struct mig_snap_pending *right = b;
	return left->order < right->order ? -1 : left->order > right->order;
}

/* Whether b goes before a where both say the same. */
static bool
goes_before(const struct mig_snap_pending *b, const struct mig_snap_pending *a)
{
	int first = b->whole ? 0 : 1 + b->constraint->inline_column;
	int second = a->whole ? 0 : 1 + a->constraint->inline_column;
	return first < second || (first == second && b->order < a->order);
}

/* As find_twice(), each compared with each. */
static void
find_twice_of_few(struct mig_snap_pending *items, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		bool said = false;
		for (size_t j = 0; j < count && !said && !items[i].whole; j++)
			said = goes_before(&items[j], &items[i]) &&
			    same_content(items[i].constraint, items[j].constraint);
		items[i].kept = !said;
	}
}

/* Keep each that is whole, and of the others only what nothing before it says. */
static void
find_twice(struct mig_snap_pending *items, size_t count)
{
	size_t run = 0; /* where those of the same hash begin */
	for (size_t i = 0; i < count; i++)
		items[i].hash = hash_content(items[i].constraint);
	qsort(items, count, sizeof(*items), compare_content);
	for (size_t i = 0; i < count; i++) {
		run = items[i].hash == items[run].hash ? run : i;
		bool said = false;
		for (size_t j = run; j < i && !said && !items[i].whole; j++)
			said =
			    items[j].kept && same_content(items[i].constraint, items[j].constraint);
		items[i].kept = !said;
	}
	qsort(items, count, sizeof(*items), compare_order);
}

/* The columns must be there; those of a parent table may be given with the parent alone. */
static void
check_columns(
    struct mig_snap *snap, const struct mig_snap_pending *pending, const struct mig_pull_spot *spot)
{
	const struct mig_db_constraint *constraint = pending->constraint;
	const struct mig_db_table *table = mig_db_as_table(constraint->base.parent);
	struct mig_pull_spot place = { pending->at, constraint->base.line, spot->depth };
	bool child = table->partition_of != NULL || table->inherits_count > 0;
	if (child || constraint->type == MIG_DB_CHECK || constraint->type == MIG_DB_EXCLUSION)
		return;
	for (size_t i = 0; i < constraint->columns_count; i++) {
		struct mig_text text = { constraint->columns[i], strlen(constraint->columns[i]) };
		const struct mig_snap_name *name = mig_snap_intern(snap, text);
		if (name != NULL && name->column != snap->columns)
			mig_pull_finding(&snap->pull, &place, NULL,
			    "%s: the table has no column \"%.*s\"",
			    mig_snap_constraint_words[constraint->type], NAME_SHOWN_MAX,
			    constraint->columns[i]);
	}
}

/* Put those into the table that are kept and of that kind. */
static void
put_kept(struct mig_snap *snap, const struct mig_pull_spot *spot, bool whole)
{
	const struct mig_snap_pending *items = (const void *)snap->pending.data;
	size_t count = snap->pending.len / sizeof(*items);
	for (size_t i = 0; i < count && snap->pull.error == MIG_OK; i++) {
		if (!items[i].kept || items[i].whole != whole)
			continue;
		if (snap->columns != 0)
			check_columns(snap, &items[i], spot);
		if (mig_db_put(snap->db, items[i].constraint) != MIG_OK)
			(void)mig_snap_no_memory(snap);
	}
}

void
mig_snap_keys_end(
    struct mig_snap *snap, struct mig_db_table *table, const struct mig_pull_spot *spot)
{
	struct mig_snap_pending *items = (void *)snap->pending.data;
	size_t count = snap->pending.len / sizeof(*items);
	size_t primary = 0;
	if (!mig_buf_ok(&snap->pending) || !mig_buf_ok(&snap->marked)) {
		(void)mig_snap_no_memory(snap);
		return;
	}
	if (count <= FEW)
		find_twice_of_few(items, count);
	else
		find_twice(items, count);
	for (size_t i = 0; i < count; i++)
		primary += items[i].kept && items[i].constraint->type == MIG_DB_PRIMARY_KEY;
	if (primary > 1)
		mig_pull_finding(&snap->pull, spot, NULL, "has %zu primary keys", primary);
	put_kept(snap, spot, true);
	if (primary == 0 && snap->marked.len > 0)
		put_marked(snap, &table->base);
	put_kept(snap, spot, false);
}
