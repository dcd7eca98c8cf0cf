/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include "config.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/utf8.h"
#include "source/ddl_int.h"

/* A part under its name.  Of one name there may be several, even thousands. */
struct entry {
	const void *scope; /* the table, or NULL: the schema counts */
	const char *schema;
	enum mig_db_kind kind; /* MIG_DB_INDEX: all that shares the names of relations */
	const char *name;
	struct mig_db_object *object;
	struct entry *next; /* in its row, the older ones */
};

/* A name that is taken by what is no thing of the schema, as long as the key is there. */
struct hidden {
	struct mig_db_object *key;
	const char *name;
	struct hidden *next;
};

/* For keys times partitions there is no end. */
#define HIDDEN_MAX 10000

struct ddl_names {
	struct entry **rows; /* by hash; a power of two of them */
	size_t rows_count;
	size_t count;
	struct hidden *hidden;
	size_t hidden_count;
	/* The last name that was chosen, and its number: a file may ask for a million like it. */
	char chosen[DDL_NAME_MAX + 1];
	unsigned number;
};

#define ROWS_FIRST 1024U

static size_t
hash_of(const struct entry *entry)
{
	size_t hash = (size_t)entry->kind + (size_t)((uintptr_t)entry->scope >> 4);
	for (const char *at = entry->schema; at != NULL && *at != '\0'; at++)
		hash = (hash ^ (unsigned char)*at) * 1099511628211U;
	hash = (hash ^ 255U) * 1099511628211U;
	for (const char *at = entry->name; *at != '\0'; at++)
		hash = (hash ^ (unsigned char)*at) * 1099511628211U;
	return hash ^ hash >> 31;
}

static bool
same_key(const struct entry *a, const struct entry *b)
{
	return a->scope == b->scope && a->kind == b->kind && strcmp(a->name, b->name) == 0 &&
	    mig_db_same(a->schema, b->schema);
}

static struct entry **
row_of(const struct ddl_names *names, const struct entry *key)
{
	return &names->rows[hash_of(key) & (names->rows_count - 1)];
}

/* More rows, once there are as many entries; the order within a name stays. */
static bool
names_grow(struct ddl_names *names)
{
	if (names->count < names->rows_count)
		return true;
	struct ddl_names grown = *names;
	grown.rows_count = names->rows_count == 0 ? ROWS_FIRST : names->rows_count * 2;
	grown.rows = calloc(grown.rows_count, sizeof(struct entry *));
	if (grown.rows == NULL)
		return false;
	for (size_t i = 0; i < names->rows_count; i++) {
		/* Turned round first, as each goes to the front of its new row. */
		struct entry *oldest = NULL;
		for (struct entry *entry = names->rows[i], *next; entry != NULL; entry = next) {
			next = entry->next;
			entry->next = oldest;
			oldest = entry;
		}
		for (struct entry *entry = oldest, *next; entry != NULL; entry = next) {
			struct entry **row = row_of(&grown, entry);
			next = entry->next;
			entry->next = *row;
			*row = entry;
		}
	}
	free(names->rows);
	*names = grown;
	return true;
}

static void
names_add(struct ddl *ddl, const struct entry *key)
{
	struct ddl_names *names = ddl->names;
	if (key->name == NULL || !names_grow(names))
		return;
	struct entry *entry = mig_arena_alloc(ddl->arena, sizeof(*entry));
	if (entry == NULL)
		return;
	struct entry **row = row_of(names, key);
	*entry = *key;
	entry->next = *row;
	*row = entry;
	names->count++;
}

/* Where the newest entry of that name hangs, and of object if one is given; NULL: nowhere. */
static struct entry **
names_find(const struct ddl_names *names, const struct entry *key)
{
	if (names->rows_count == 0 || key->name == NULL)
		return NULL;
	for (struct entry **link = row_of(names, key); *link != NULL; link = &(*link)->next) {
		if (same_key(*link, key) && (key->object == NULL || key->object == (*link)->object))
			return link;
	}
	return NULL;
}

/* Take away an entry, if there is one. */
static void
names_take(struct ddl_names *names, const struct entry *key)
{
	struct entry **link = names_find(names, key);
	if (link == NULL)
		return;
	*link = (*link)->next;
	names->count--;
	names->chosen[0] = '\0'; /* a smaller number may be free again */
}

static void
names_change(struct ddl *ddl, const struct entry *entry, bool add)
{
	if (add)
		names_add(ddl, entry);
	else
		names_take(ddl->names, entry);
}

/* "schema.name" in quotes is what a column says of its sequence. */
static struct entry
sequence_entry(struct ddl *ddl, struct mig_db_object *column)
{
	struct entry entry = { .kind = MIG_DB_INDEX, .object = column };
	const char *text = mig_db_as_column(column)->more->sequence_name;
	PgQuery__ParseResult *result = NULL;
	struct sql_error error;
	char *statement = text != NULL ? mig_arena_printf(ddl->scratch, "TABLE %s", text) : NULL;
	if (statement == NULL || sql_parse(ddl->scratch, statement, &result, &error) != MIG_OK)
		return entry;
	const PgQuery__SelectStmt *select = result->stmts[0]->stmt->select_stmt;
	entry.schema = mig_arena_strdup(ddl->arena, select->from_clause[0]->range_var->schemaname);
	entry.name = mig_arena_strdup(ddl->arena, select->from_clause[0]->range_var->relname);
	return entry;
}

/* Add or take away all names under which a part is known. */
static void
part_names(struct ddl *ddl, struct mig_db_object *part, bool add)
{
	struct entry entries[3] = {
		{ .scope = part->parent, .kind = part->kind, .name = part->name, .object = part },
		{ .schema = part->parent->schema, .kind = MIG_DB_CONSTRAINT, .object = part },
		{ .schema = part->parent->schema, .kind = MIG_DB_INDEX, .object = part },
	};
	if (part->kind == MIG_DB_COLUMN) {
		entries[0].name = NULL;
		if (mig_db_as_column(part)->more->sequence_name != NULL)
			entries[2] = sequence_entry(ddl, part);
	}
	if (part->kind == MIG_DB_CONSTRAINT)
		entries[1].name = part->name;
	if (mig_db_has_index(part))
		entries[2].name = part->name;
	for (size_t i = 0; i < 3; i++)
		names_change(ddl, &entries[i], add);
}

static void
child_name(struct ddl *ddl, const struct mig_db_ref *parent, struct mig_db_object *child, bool add)
{
	struct entry entry = { .schema = parent->schema,
		.kind = MIG_DB_TABLE,
		.name = parent->name,
		.object = child };
	names_change(ddl, &entry, add);
}

static void
parent_names(struct ddl *ddl, struct mig_db_object *object, bool add)
{
	if (object->kind != MIG_DB_TABLE)
		return;
	const struct mig_db_table *table = mig_db_as_table(object);
	if (table->partition_of != NULL)
		child_name(ddl, table->partition_of, object, add);
	for (size_t i = 0; i < table->inherits_count; i++)
		child_name(ddl, &table->inherits[i], object, add);
}

static void
all_parts(struct ddl *ddl, struct mig_db_object *object, bool add)
{
	static const enum mig_db_kind kinds[] = { MIG_DB_COLUMN, MIG_DB_CONSTRAINT, MIG_DB_INDEX,
		MIG_DB_TRIGGER };
	if (object->parent != NULL) {
		part_names(ddl, object, add);
		return;
	}
	parent_names(ddl, object, add);
	if (object->kind == MIG_DB_ROUTINE) {
		struct entry entry = { .schema = object->schema,
			.kind = MIG_DB_ROUTINE,
			.name = object->name,
			.object = object };
		names_change(ddl, &entry, add);
	}
	for (size_t k = 0; k < sizeof(kinds) / sizeof(kinds[0]); k++) {
		size_t count = 0;
		struct mig_db_object *const *parts = mig_db_parts(object, kinds[k], &count);
		for (size_t i = 0; i < count; i++)
			part_names(ddl, parts[i], add);
	}
}

/* The names of all that is there, gathered when they are needed for the first time. */
static struct ddl_names *
names_of(struct ddl *ddl)
{
	size_t count = 0;
	if (ddl->names != NULL)
		return ddl->names;
	ddl->names = calloc(1, sizeof(*ddl->names));
	if (ddl->names == NULL)
		return NULL;
	struct mig_db_object *const *objects = mig_db_objects(ddl->db, &count);
	for (size_t i = 0; i < count; i++)
		all_parts(ddl, objects[i], true);
	return ddl->names;
}

void
ddl_names_free(struct ddl_names *names)
{
	if (names == NULL)
		return;
	free(names->rows);
	free(names);
}

void
ddl_forget(struct ddl *ddl, struct mig_db_object *object)
{
	if (ddl->names != NULL)
		all_parts(ddl, object, false);
}

void
ddl_remember(struct ddl *ddl, struct mig_db_object *object)
{
	if (ddl->names != NULL)
		all_parts(ddl, object, true);
}

void
ddl_remember_sequence(
    struct ddl *ddl, struct mig_db_object *column, const char *schema, const char *name)
{
	struct entry entry = {
		.schema = schema, .kind = MIG_DB_INDEX, .name = name, .object = column
	};
	if (names_of(ddl) != NULL)
		names_add(ddl, &entry);
}

void
ddl_remember_child(
    struct ddl *ddl, const struct mig_db_ref *parent, struct mig_db_object *child, bool add)
{
	if (ddl->names != NULL)
		child_name(ddl, parent, child, add);
}

/* All things under a key, the oldest first, in the scratch arena. */
static struct mig_db_object **
find_all(struct ddl *ddl, const struct entry *key, size_t *ret_count)
{
	const struct ddl_names *names = names_of(ddl);
	size_t count = 0;
	*ret_count = 0;
	if (names == NULL || names->rows_count == 0)
		return NULL;
	const struct entry *newest = *row_of(names, key);
	for (const struct entry *entry = newest; entry != NULL; entry = entry->next)
		count += same_key(entry, key) ? 1 : 0;
	struct mig_db_object **all =
	    count > 0 ? mig_arena_array(ddl->scratch, count, sizeof(*all)) : NULL;
	if (all == NULL)
		return NULL;
	*ret_count = count;
	for (const struct entry *entry = newest; entry != NULL; entry = entry->next) {
		if (same_key(entry, key))
			all[--count] = entry->object;
	}
	return all;
}

struct mig_db_object **
ddl_children(struct ddl *ddl, const struct mig_db_object *table, size_t *ret_count)
{
	struct entry key = { .schema = table->schema, .kind = MIG_DB_TABLE, .name = table->name };
	return find_all(ddl, &key, ret_count);
}

size_t
ddl_routines_named(
    struct ddl *ddl, struct ddl_name name, struct mig_db_object *const **ret_routines)
{
	struct entry key = { .schema = name.schema, .kind = MIG_DB_ROUTINE, .name = name.name };
	size_t count = 0;
	*ret_routines = NULL;
	if (name.name == NULL || mig_db_same(name.schema, "pg_catalog"))
		return 0;
	if (name.schema != NULL) {
		*ret_routines = find_all(ddl, &key, &count);
		return count;
	}
	for (size_t i = 0; ddl->path[i] != NULL && count == 0; i++) {
		key.schema = ddl->path[i];
		*ret_routines = find_all(ddl, &key, &count);
	}
	return count;
}

static void
say(const struct ddl *ddl, struct mig_finding *finding)
{
	if (finding == NULL)
		return;
	finding->line = ddl->piece->line;
	finding->column = ddl->piece->column;
}

void
ddl_say(const struct ddl *ddl, enum mig_severity severity, const char *hint, const char *fmt, ...)
{
	char text[512];
	va_list args;
	va_start(args, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	say(ddl, mig_findings_add(ddl->findings, severity, ddl->file, NULL, hint, "%s", text));
}

void
ddl_not_understood(const struct ddl *ddl, const char *what)
{
	ddl_say(ddl, MIG_SEV_WARNING, "what it changes is missing in the comparison",
	    "this statement is not understood: %s", what);
}

struct ddl_name
ddl_name_of(PgQuery__Node *const *names, size_t count)
{
	return (struct ddl_name){ sql_before_last(names, count), sql_last(names, count) };
}

struct ddl_name
ddl_range_name(const PgQuery__RangeVar *range)
{
	if (range == NULL)
		return (struct ddl_name){ NULL, NULL };
	return (struct ddl_name){ *range->schemaname != '\0' ? range->schemaname : NULL,
		range->relname };
}

struct ddl_name
ddl_name_of_node(const PgQuery__Node *node)
{
	if (node == NULL)
		return (struct ddl_name){ NULL, NULL };
	if (node->node_case == PG_QUERY__NODE__NODE_LIST)
		return ddl_name_of(node->list->items, node->list->n_items);
	if (node->node_case == PG_QUERY__NODE__NODE_TYPE_NAME)
		return ddl_name_of(node->type_name->names, node->type_name->n_names);
	if (node->node_case == PG_QUERY__NODE__NODE_RANGE_VAR)
		return ddl_range_name(node->range_var);
	if (node->node_case == PG_QUERY__NODE__NODE_OBJECT_WITH_ARGS)
		return ddl_name_of(
		    node->object_with_args->objname, node->object_with_args->n_objname);
	return (struct ddl_name){ NULL, sql_string(node) };
}

struct mig_db_object *
ddl_find(const struct ddl *ddl, enum mig_db_kind kind, struct ddl_name name)
{
	struct mig_db_object *found = NULL;
	if (name.name == NULL)
		return NULL;
	if (kind == MIG_DB_EXTENSION || kind == MIG_DB_NAMESPACE)
		return mig_db_find(ddl->db, kind, NULL, name.name);
	if (name.schema != NULL)
		return mig_db_find(ddl->db, kind, name.schema, name.name);
	for (size_t i = 0; ddl->path[i] != NULL && found == NULL; i++)
		found = mig_db_find(ddl->db, kind, ddl->path[i], name.name);
	return found;
}

struct mig_db_object *
ddl_need(const struct ddl *ddl, enum mig_db_kind kind, struct ddl_name name, bool missing_ok)
{
	struct mig_db_object *object = ddl_find(ddl, kind, name);
	if (object == NULL && !missing_ok)
		ddl_say(ddl, MIG_SEV_ERROR, "it must be made before, in this file or one before it",
		    "there is no %s \"%s%s%s\"", mig_db_kind_name(kind),
		    name.schema != NULL ? name.schema : "", name.schema != NULL ? "." : "",
		    name.name != NULL ? name.name : "");
	return object;
}

const char *
ddl_schema(const struct ddl *ddl, const char *given)
{
	if (given != NULL)
		return given;
	return ddl->path[0] != NULL ? ddl->path[0] : "public";
}

void *
ddl_make(struct ddl *ddl, enum mig_db_kind kind, struct ddl_name name, bool exists_ok)
{
	bool scoped = kind != MIG_DB_EXTENSION && kind != MIG_DB_NAMESPACE && kind != MIG_DB_OTHER;
	const char *schema = scoped ? ddl_schema(ddl, name.schema) : NULL;
	if (kind == MIG_DB_OTHER)
		schema = name.schema;
	if (name.name == NULL)
		return NULL;
	if (kind != MIG_DB_ROUTINE && mig_db_find(ddl->db, kind, schema, name.name) != NULL) {
		if (!exists_ok)
			ddl_say(ddl, MIG_SEV_ERROR, NULL, "%s \"%s\" is there already",
			    mig_db_kind_name(kind), name.name);
		return NULL;
	}
	struct mig_db_object *object = mig_db_make(ddl->db, kind, NULL);
	if (object == NULL)
		return NULL;
	object->schema = mig_arena_strdup(ddl->arena, schema);
	object->name = mig_arena_strdup(ddl->arena, name.name);
	object->file = ddl->file;
	object->line = ddl->piece->line;
	return object->name != NULL ? object : NULL;
}

void *
ddl_make_part(
    struct ddl *ddl, enum mig_db_kind kind, struct mig_db_object *parent, const char *name)
{
	struct mig_db_object *part = mig_db_make(ddl->db, kind, parent);
	if (part == NULL)
		return NULL;
	part->name = mig_arena_strdup(ddl->arena, name);
	part->schema = parent->schema;
	part->file = ddl->file;
	part->line = ddl->piece->line;
	return part;
}

void
ddl_put(struct ddl *ddl, void *item)
{
	struct mig_db_object *object = item;
	if (mig_db_put(ddl->db, object) == MIG_OK && object != NULL)
		ddl_remember(ddl, object);
}

/* What was hidden behind a key that goes, or goes with its table, is free again. */
static void
unhide(struct ddl_names *names, const struct mig_db_object *object)
{
	struct hidden **link = &names->hidden;
	bool keeps = object->kind == MIG_DB_TABLE || mig_db_is_foreign_key(object);
	while (keeps && *link != NULL) {
		struct mig_db_object *key = (*link)->key;
		if (key != object && key->parent != object) {
			link = &(*link)->next;
			continue;
		}
		struct entry wanted = { .schema = key->parent->schema,
			.kind = MIG_DB_CONSTRAINT,
			.name = (*link)->name,
			.object = key };
		names_take(names, &wanted);
		names->hidden_count--;
		*link = (*link)->next;
	}
}

bool
ddl_may_hide(const struct ddl *ddl)
{
	return ddl->names == NULL || ddl->names->hidden_count < HIDDEN_MAX;
}

void
ddl_hide_name(struct ddl *ddl, struct mig_db_object *key, const char *name)
{
	struct hidden *hidden = mig_arena_alloc(ddl->arena, sizeof(*hidden));
	struct entry entry = { .schema = key->parent->schema,
		.kind = MIG_DB_CONSTRAINT,
		.name = name,
		.object = key };
	if (hidden == NULL || name == NULL || names_of(ddl) == NULL)
		return;
	*hidden = (struct hidden){ key, name, ddl->names->hidden };
	ddl->names->hidden = hidden;
	ddl->names->hidden_count++;
	names_add(ddl, &entry);
}

void
ddl_remove(struct ddl *ddl, struct mig_db_object *object)
{
	if (ddl->names != NULL)
		unhide(ddl->names, object);
	ddl_forget(ddl, object);
	mig_db_remove(ddl->db, object);
}

static struct mig_db_object *
find_entry(struct ddl *ddl, const struct entry *key)
{
	struct entry **link = names_of(ddl) != NULL ? names_find(ddl->names, key) : NULL;
	return link != NULL ? (*link)->object : NULL;
}

struct mig_db_object *
ddl_find_relation(struct ddl *ddl, struct ddl_name name)
{
	struct mig_db_object *found = NULL;
	struct entry key = { .kind = MIG_DB_INDEX, .name = name.name, .schema = name.schema };
	if (name.schema != NULL)
		return find_entry(ddl, &key);
	for (size_t i = 0; ddl->path[i] != NULL && found == NULL; i++) {
		key.schema = ddl->path[i];
		found = find_entry(ddl, &key);
	}
	return found;
}

struct mig_db_object *
ddl_find_part(
    struct ddl *ddl, const struct mig_db_object *table, enum mig_db_kind kind, const char *name)
{
	struct entry key = { .scope = table, .kind = kind, .name = name };
	return find_entry(ddl, &key);
}

/* As PostgreSQL cuts: the longer of both gives way, byte for byte, then whole characters. */
static void
compose(char *out, const char *first, const char *second, const char *label)
{
	size_t a = strlen(first);
	size_t b = second != NULL ? strlen(second) : 0;
	size_t extra = strlen(label) + (second != NULL ? 2 : 1);
	while (a + b + extra > DDL_NAME_MAX && a + b > 0) {
		if (a > b)
			a--;
		else
			b--;
	}
	a = mig_utf8_cut(first, strlen(first), a);
	if (second == NULL) {
		(void)snprintf(out, DDL_NAME_MAX + 1, "%.*s_%s", (int)a, first, label);
		return;
	}
	b = mig_utf8_cut(second, strlen(second), b);
	(void)snprintf(out, DDL_NAME_MAX + 1, "%.*s_%.*s_%s", (int)a, first, (int)b, second, label);
}

static bool
is_taken(struct ddl *ddl, const char *schema, const char *name, bool relation)
{
	struct entry key = { .kind = MIG_DB_CONSTRAINT, .schema = schema, .name = name };
	if (find_entry(ddl, &key) != NULL)
		return true;
	if (!relation)
		return false;
	key.kind = MIG_DB_INDEX;
	return find_entry(ddl, &key) != NULL ||
	    mig_db_find(ddl->db, MIG_DB_TABLE, schema, name) != NULL ||
	    mig_db_find(ddl->db, MIG_DB_SEQUENCE, schema, name) != NULL ||
	    mig_db_find(ddl->db, MIG_DB_COMPOSITE, schema, name) != NULL;
}

const char *
ddl_choose_name(struct ddl *ddl, const struct mig_db_object *table, const char *second,
    const char *label, bool relation)
{
	char name[DDL_NAME_MAX + 1];
	char plain[DDL_NAME_MAX + 1];
	char numbered[64];
	struct ddl_names *names = names_of(ddl);
	if (names == NULL)
		return NULL;
	compose(plain, table->name, second, label);
	memcpy(name, plain, sizeof(name));
	unsigned number = strcmp(plain, names->chosen) == 0 ? names->number : 0;
	for (; is_taken(ddl, table->schema, name, relation); number++) {
		(void)snprintf(numbered, sizeof(numbered), "%s%u", label, number + 1);
		compose(name, table->name, second, numbered);
	}
	memcpy(names->chosen, plain, sizeof(plain));
	names->number = number;
	return mig_arena_strdup(ddl->arena, name);
}
