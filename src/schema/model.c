/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/limits.h"
#include "schema/model.h"

#define SLOTS_FIRST 256

/*
 * The lists of a table have no room to say how long their arrays are: a power of two, from this on.
 * What is outgrown is used again, as there are many short lists.
 */
#define LIST_FIRST 2U
#define LIST_SIZES 64U

/* So many parts are too many to look for one from the beginning. */
#define PARTS_WIDE 64U

/* A list that grows in the arena. */
struct list {
	void **items;
	size_t count;
	size_t cap;
};

/* A place of a top-level thing.  Its hash is kept, as looking at the thing itself is slow. */
struct slot {
	struct mig_db_object *object; /* NULL: empty */
	size_t hash;
};

struct mig_db {
	struct mig_arena *arena;
	enum mig_db_dialect dialect;
	int version;
	uint32_t walks;
	bool partial;
	struct list objects;
	struct slot *slots; /* open addressing; a power of two of them */
	size_t slots_count;
	size_t slots_used; /* with what was removed */
	void **spare[LIST_SIZES]; /* arrays that a list has outgrown, by size; each has the next */
};

static const struct mig_db_column_more column_plain = { .statistics = -1 };

/* Stands where something was removed, so that searches go on behind it. */
static const struct mig_db_simple gone;

static struct mig_db_object *
removed(void)
{
	return (struct mig_db_object *)(uintptr_t)&gone;
}

struct mig_db *
mig_db_new(enum mig_db_dialect dialect)
{
	struct mig_db *db = calloc(1, sizeof(*db));
	if (db == NULL)
		return NULL;
	db->dialect = dialect;
	db->arena = mig_arena_new(MIG_DB_BYTES_MAX);
	db->slots = calloc(SLOTS_FIRST, sizeof(*db->slots));
	db->slots_count = SLOTS_FIRST;
	if (db->arena == NULL || db->slots == NULL) {
		mig_db_free(db);
		return NULL;
	}
	return db;
}

void
mig_db_free(struct mig_db *db)
{
	if (db == NULL)
		return;
	mig_arena_free(db->arena);
	free(db->slots);
	free(db);
}

struct mig_arena *
mig_db_arena(struct mig_db *db)
{
	return db->arena;
}

enum mig_db_dialect
mig_db_dialect(const struct mig_db *db)
{
	return db->dialect;
}

int
mig_db_version(const struct mig_db *db)
{
	return db->version;
}

void
mig_db_set_version(struct mig_db *db, int version)
{
	db->version = version;
}

bool
mig_db_partial(const struct mig_db *db)
{
	return db->partial;
}

void
mig_db_set_partial(struct mig_db *db)
{
	db->partial = true;
}

const char *
mig_db_written(const struct mig_db_object *object, const char *canonical)
{
	const char *written = object->extra->written;
	return canonical != NULL && written != NULL ? written : canonical;
}

bool
mig_db_same(const char *a, const char *b)
{
	return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

static size_t
kind_size(enum mig_db_kind kind)
{
	static const size_t sizes[MIG_DB_KINDS] = {
		[MIG_DB_EXTENSION] = sizeof(struct mig_db_simple),
		[MIG_DB_NAMESPACE] = sizeof(struct mig_db_simple),
		[MIG_DB_ENUM] = sizeof(struct mig_db_enum),
		[MIG_DB_DOMAIN] = sizeof(struct mig_db_domain),
		[MIG_DB_COMPOSITE] = sizeof(struct mig_db_composite),
		[MIG_DB_RANGE_TYPE] = sizeof(struct mig_db_simple),
		[MIG_DB_COLLATION] = sizeof(struct mig_db_simple),
		[MIG_DB_SEQUENCE] = sizeof(struct mig_db_sequence),
		[MIG_DB_ROUTINE] = sizeof(struct mig_db_routine),
		[MIG_DB_TABLE] = sizeof(struct mig_db_table),
		[MIG_DB_VIEW] = sizeof(struct mig_db_table),
		[MIG_DB_MATVIEW] = sizeof(struct mig_db_table),
		[MIG_DB_STATISTICS] = sizeof(struct mig_db_statistics),
		[MIG_DB_OTHER] = sizeof(struct mig_db_simple),
		[MIG_DB_COLUMN] = sizeof(struct mig_db_column),
		[MIG_DB_CONSTRAINT] = sizeof(struct mig_db_constraint),
		[MIG_DB_INDEX] = sizeof(struct mig_db_index),
		[MIG_DB_TRIGGER] = sizeof(struct mig_db_trigger),
		[MIG_DB_POLICY] = sizeof(struct mig_db_trigger),
		[MIG_DB_RULE] = sizeof(struct mig_db_trigger),
	};
	return sizes[kind];
}

static bool
is_relation(enum mig_db_kind kind)
{
	return kind == MIG_DB_TABLE || kind == MIG_DB_VIEW || kind == MIG_DB_MATVIEW;
}

static bool
is_trigger(enum mig_db_kind kind)
{
	return kind == MIG_DB_TRIGGER || kind == MIG_DB_POLICY || kind == MIG_DB_RULE;
}

/* The values that are not zero in a new thing. */
static void
set_defaults(struct mig_db_object *object)
{
	if (object->kind == MIG_DB_COLUMN) {
		struct mig_db_column *column = (struct mig_db_column *)object;
		column->nullable = true;
		column->more = &column_plain;
	} else if (object->kind == MIG_DB_INDEX) {
		((struct mig_db_index *)object)->valid = true;
	} else if (is_trigger(object->kind)) {
		((struct mig_db_trigger *)object)->enabled = 'O';
	} else if (object->kind == MIG_DB_DOMAIN) {
		((struct mig_db_domain *)object)->nullable = true;
	} else if (object->kind == MIG_DB_STATISTICS) {
		((struct mig_db_statistics *)object)->target = -1;
	} else if (is_relation(object->kind)) {
		struct mig_db_table *table = (struct mig_db_table *)object;
		table->replica_identity = 'd';
		table->rows = -1;
		table->populated = true;
	}
}

void *
mig_db_make(struct mig_db *db, enum mig_db_kind kind, struct mig_db_object *parent)
{
	struct mig_db_object *object = mig_arena_alloc(db->arena, kind_size(kind));
	if (object == NULL)
		return NULL;
	object->kind = kind;
	object->parent = parent;
	object->extra = &mig_db_extra_none;
	set_defaults(object);
	return object;
}

struct mig_db_column_more *
mig_db_column_more(struct mig_db *db, struct mig_db_column *column)
{
	if (column->more != &column_plain)
		/* Not one of the shared ones: it was made writable below. */
		return (struct mig_db_column_more *)(uintptr_t)column->more;
	struct mig_db_column_more *more = mig_arena_alloc(db->arena, sizeof(*more));
	if (more == NULL)
		return NULL;
	*more = column_plain;
	column->more = more;
	return more;
}

struct mig_db_column_more *
mig_db_column_own(struct mig_db *db, struct mig_db_column *column)
{
	const struct mig_db_column_more *shared = column->more;
	if (shared == &column_plain)
		return NULL;
	column->more = &column_plain;
	struct mig_db_column_more *more = mig_db_column_more(db, column);
	if (more != NULL)
		*more = *shared;
	return more;
}

/* Kinds that share a name space count as one. */
static enum mig_db_kind
name_space(enum mig_db_kind kind)
{
	return is_relation(kind) ? MIG_DB_TABLE : kind;
}

static size_t
hash_text(size_t hash, const char *text)
{
	for (; text != NULL && *text != '\0'; text++)
		hash = (hash ^ (unsigned char)*text) * 1099511628211U;
	return (hash ^ 255U) * 1099511628211U;
}

/* What is hashed and compared of a name: a routine's has its argument types behind it. */
struct key {
	enum mig_db_kind kind;
	const char *schema;
	const char *name;
	size_t name_len;
	const char *arguments; /* without brackets; NULL: not a routine */
	size_t arguments_len;
};

static struct key
key_of(const struct mig_db_object *object)
{
	struct key key = { .kind = name_space(object->kind),
		.schema = object->schema,
		.name = object->name,
		.name_len = object->name != NULL ? strlen(object->name) : 0 };
	if (object->kind == MIG_DB_ROUTINE) {
		const char *arguments = ((const struct mig_db_routine *)object)->arguments;
		key.arguments = arguments != NULL ? arguments : "";
		key.arguments_len = strlen(key.arguments);
	}
	return key;
}

/* The bracket in which a routine's argument types begin; they may have brackets as well. */
static const char *
arguments_begin(const char *name, size_t len)
{
	size_t open = 0;
	for (size_t i = len; i > 0; i--) {
		open += name[i - 1] == ')';
		if (name[i - 1] == '(' && open > 0 && --open == 0)
			return name + i - 1;
	}
	return NULL;
}

/* The key that a caller's name stands for. */
static struct key
key_named(enum mig_db_kind kind, const char *schema, const char *name)
{
	struct key key = {
		.kind = name_space(kind), .schema = schema, .name = name, .name_len = strlen(name)
	};
	if (kind != MIG_DB_ROUTINE)
		return key;
	bool brackets = key.name_len > 0 && name[key.name_len - 1] == ')';
	const char *bracket = brackets ? arguments_begin(name, key.name_len) : NULL;
	key.arguments = "";
	if (bracket != NULL) {
		key.arguments = bracket + 1;
		key.arguments_len = key.name_len - (size_t)(bracket - name) - 2;
		key.name_len = (size_t)(bracket - name);
	}
	return key;
}

static bool
key_same(const struct key *a, const struct key *b)
{
	return a->kind == b->kind && a->name_len == b->name_len &&
	    a->arguments_len == b->arguments_len && mig_db_same(a->schema, b->schema) &&
	    memcmp(a->name, b->name, a->name_len) == 0 &&
	    (a->arguments_len == 0 || memcmp(a->arguments, b->arguments, a->arguments_len) == 0);
}

static size_t
key_hash(const struct key *key)
{
	size_t hash = hash_text(14695981039346656037U + (size_t)key->kind, key->schema);
	for (size_t i = 0; i < key->name_len; i++)
		hash = (hash ^ (unsigned char)key->name[i]) * 1099511628211U;
	for (size_t i = 0; i < key->arguments_len; i++)
		hash = (hash ^ (unsigned char)key->arguments[i]) * 1099511628211U;
	return hash ^ hash >> 29;
}

/* The slot of the key: its thing's, or the empty one where the search ends. */
static struct slot *
slot_of(const struct mig_db *db, const struct key *key, size_t hash)
{
	size_t mask = db->slots_count - 1;
	size_t i = hash & mask;
	for (; db->slots[i].object != NULL; i = (i + 1) & mask) {
		if (db->slots[i].hash != hash || db->slots[i].object == removed())
			continue;
		struct key other = key_of(db->slots[i].object);
		if (key_same(&other, key))
			break;
	}
	return &db->slots[i];
}

static int
slots_grow(struct mig_db *db)
{
	if ((db->slots_used + 1) * 2 < db->slots_count)
		return MIG_OK;
	struct slot *old = db->slots;
	size_t old_count = db->slots_count;
	db->slots = calloc(old_count * 2, sizeof(*db->slots));
	if (db->slots == NULL) {
		db->slots = old;
		return MIG_ENOMEM;
	}
	db->slots_count = old_count * 2;
	db->slots_used = 0;
	for (size_t i = 0; i < old_count; i++) {
		if (old[i].object == NULL || old[i].object == removed())
			continue;
		size_t at = old[i].hash & (db->slots_count - 1);
		while (db->slots[at].object != NULL)
			at = (at + 1) & (db->slots_count - 1);
		db->slots[at] = old[i];
		db->slots_used++;
	}
	free(old);
	return MIG_OK;
}

/* The exponent of a power of two. */
static size_t
size_class(size_t cap)
{
	size_t class = 0;
	while (cap >>= 1)
		class++;
	return class;
}

/* An array for cap things: one that was given back, else a new one. */
static void **
array_take(struct mig_db *db, size_t cap)
{
	void ***spare = &db->spare[size_class(cap)];
	void **array = *spare;
	if (array == NULL)
		return mig_arena_array(db->arena, cap, sizeof(*array));
	*spare = array[0];
	return array;
}

static void
array_give(struct mig_db *db, void **array, size_t cap)
{
	void ***spare = &db->spare[size_class(cap)];
	array[0] = *spare;
	*spare = array;
}

/* Append to an array of the arena that has room for a power of two, from LIST_FIRST on. */
static int
append(struct mig_db *db, void ***items, size_t *count, void *item)
{
	bool full = *count == 0 || (*count >= LIST_FIRST && (*count & (*count - 1)) == 0);
	if (full) {
		size_t cap = *count == 0 ? LIST_FIRST : *count * 2;
		void **grown = array_take(db, cap);
		if (grown == NULL)
			return MIG_ENOMEM;
		if (*count > 0) {
			memcpy(grown, *items, *count * sizeof(*grown));
			/* Who walks over all things may add some: that list stays readable. */
			if (items != &db->objects.items)
				array_give(db, *items, *count);
		}
		*items = grown;
	}
	(*items)[(*count)++] = item;
	return MIG_OK;
}

/* A typed list of a parent, as an array of objects: every part begins with one. */
struct parts {
	void ***items;
	size_t *count;
};

static struct parts
parts_of(struct mig_db_object *parent, enum mig_db_kind kind)
{
	struct parts parts = { NULL, NULL };
	if (parent->kind == MIG_DB_COMPOSITE && kind == MIG_DB_COLUMN) {
		struct mig_db_composite *composite = (struct mig_db_composite *)parent;
		return (struct parts){ (void ***)&composite->columns, &composite->columns_count };
	}
	if (parent->kind == MIG_DB_DOMAIN && kind == MIG_DB_CONSTRAINT) {
		struct mig_db_domain *domain = (struct mig_db_domain *)parent;
		return (struct parts){ (void ***)&domain->checks, &domain->checks_count };
	}
	if (!is_relation(parent->kind))
		return parts;
	struct mig_db_table *table = (struct mig_db_table *)parent;
	if (kind == MIG_DB_COLUMN)
		return (struct parts){ (void ***)&table->columns, &table->columns_count };
	if (kind == MIG_DB_CONSTRAINT)
		return (struct parts){ (void ***)&table->constraints, &table->constraints_count };
	if (kind == MIG_DB_INDEX)
		return (struct parts){ (void ***)&table->indexes, &table->indexes_count };
	if (is_trigger(kind))
		return (struct parts){ (void ***)&table->triggers, &table->triggers_count };
	return parts;
}

/* The parts will be others than those that were sealed. */
static void
unseal(struct mig_db_object *parent)
{
	if (is_relation(parent->kind))
		((struct mig_db_table *)parent)->part_names = NULL;
}

int
mig_db_put(struct mig_db *db, void *item)
{
	struct mig_db_object *object = item;
	if (object == NULL)
		return mig_arena_failed(db->arena) ? MIG_ENOMEM : MIG_OK;
	if (object->parent != NULL) {
		struct parts parts = parts_of(object->parent, object->kind);
		MIG_ASSERT(parts.items != NULL);
		unseal(object->parent);
		return append(db, parts.items, parts.count, object);
	}
	MIG_ASSERT(object->kind < MIG_DB_KINDS_TOP && object->name != NULL);
	if (slots_grow(db) != MIG_OK ||
	    append(db, &db->objects.items, &db->objects.count, object) != MIG_OK)
		return MIG_ENOMEM;
	struct key key = key_of(object);
	size_t hash = key_hash(&key);
	*slot_of(db, &key, hash) = (struct slot){ object, hash };
	db->slots_used++;
	return MIG_OK;
}

static void
take_out(void **items, size_t *count, const void *item)
{
	size_t kept = 0;
	for (size_t i = 0; i < *count; i++)
		if (items[i] != item)
			items[kept++] = items[i];
	*count = kept;
}

void
mig_db_remove(struct mig_db *db, void *item)
{
	struct mig_db_object *object = item;
	if (object->parent != NULL) {
		struct parts parts = parts_of(object->parent, object->kind);
		MIG_ASSERT(parts.items != NULL);
		unseal(object->parent);
		take_out(*parts.items, parts.count, object);
		return;
	}
	struct key key = key_of(object);
	struct slot *slot = slot_of(db, &key, key_hash(&key));
	if (slot->object == object)
		slot->object = removed();
	take_out(db->objects.items, &db->objects.count, object);
}

bool
mig_db_has(const struct mig_db *db, const struct mig_db_object *object)
{
	if (object->parent == NULL) {
		struct key key = key_of(object);
		return slot_of(db, &key, key_hash(&key))->object == object;
	}
	size_t count = 0;
	struct mig_db_object *const *parts = mig_db_parts(object->parent, object->kind, &count);
	for (size_t i = 0; i < count; i++)
		if (parts[i] == object)
			return mig_db_has(db, object->parent);
	return false;
}

uint32_t
mig_db_new_walk(struct mig_db *db)
{
	return ++db->walks;
}

struct mig_db_object *const *
mig_db_objects(const struct mig_db *db, size_t *ret_count)
{
	*ret_count = db->objects.count;
	return (struct mig_db_object *const *)db->objects.items;
}

bool
mig_db_virtual_behind(const struct mig_db *db, const struct mig_db_column *column)
{
	const struct mig_db_table *table = mig_db_as_table(column->base.parent);
	const struct mig_db_object *there =
	    mig_db_find(db, MIG_DB_TABLE, table->base.schema, table->base.name);
	bool behind = false;
	for (size_t i = 0; there != NULL && i < table->columns_count; i++) {
		const struct mig_db_column *other = table->columns[i];
		if (behind && other->generated == MIG_DB_GENERATED_VIRTUAL &&
		    mig_db_find_part(there, MIG_DB_COLUMN, other->base.name) != NULL)
			return true;
		behind = behind || other == column;
	}
	return false;
}

struct mig_db_object *const *
mig_db_parts(const struct mig_db_object *table, enum mig_db_kind kind, size_t *ret_count)
{
	/* Only looked at. */
	struct parts parts = parts_of((struct mig_db_object *)(uintptr_t)table, kind);
	*ret_count = parts.count != NULL ? *parts.count : 0;
	return parts.items != NULL ? (struct mig_db_object *const *)*parts.items : NULL;
}

struct mig_db_object *
mig_db_find(const struct mig_db *db, enum mig_db_kind kind, const char *schema, const char *name)
{
	struct key key = key_named(kind, schema, name);
	return slot_of(db, &key, key_hash(&key))->object;
}

struct mig_db_object *
mig_db_find_same(const struct mig_db *db, const struct mig_db_object *object)
{
	struct key key = key_of(object);
	return slot_of(db, &key, key_hash(&key))->object;
}

/* The parts of a wide table by kind and name: open addressing, half empty, in their order. */
struct mig_db_part_names {
	size_t slots_count; /* a power of two */
	struct mig_db_object *slots[];
};

/* The slot of the first part of that kind and name, or the empty one where the search ends. */
static struct mig_db_object **
part_slot(struct mig_db_part_names *names, enum mig_db_kind kind, const char *name)
{
	size_t mask = names->slots_count - 1;
	size_t hash = hash_text((size_t)kind, name);
	size_t i = (hash ^ hash >> 29) & mask;
	for (; names->slots[i] != NULL; i = (i + 1) & mask)
		if (names->slots[i]->kind == kind && strcmp(names->slots[i]->name, name) == 0)
			break;
	return &names->slots[i];
}

static size_t
parts_count(const struct mig_db_table *table)
{
	return table->columns_count + table->constraints_count + table->indexes_count +
	    table->triggers_count;
}

static int
seal_table(struct mig_db *db, struct mig_db_table *table)
{
	static const enum mig_db_kind kinds[] = { MIG_DB_COLUMN, MIG_DB_CONSTRAINT, MIG_DB_INDEX,
		MIG_DB_TRIGGER };
	size_t slots = PARTS_WIDE * 2;
	while (slots < parts_count(table) * 2)
		slots *= 2;
	struct mig_db_part_names *names =
	    mig_arena_alloc(db->arena, sizeof(*names) + slots * sizeof(names->slots[0]));
	if (names == NULL)
		return MIG_ENOMEM;
	names->slots_count = slots;
	for (size_t k = 0; k < sizeof(kinds) / sizeof(kinds[0]); k++) {
		size_t count = 0;
		struct mig_db_object *const *parts = mig_db_parts(&table->base, kinds[k], &count);
		for (size_t i = 0; i < count; i++) {
			struct mig_db_object **slot = parts[i]->name != NULL ?
			    part_slot(names, parts[i]->kind, parts[i]->name) :
			    NULL;
			if (slot != NULL && *slot == NULL)
				*slot = parts[i];
		}
	}
	table->part_names = names;
	return MIG_OK;
}

int
mig_db_seal(struct mig_db *db)
{
	int error = MIG_OK;
	for (size_t i = 0; i < db->objects.count && error == MIG_OK; i++) {
		struct mig_db_object *object = db->objects.items[i];
		if (!is_relation(object->kind))
			continue;
		struct mig_db_table *table = mig_db_as_table(object);
		if (parts_count(table) >= PARTS_WIDE)
			error = seal_table(db, table);
	}
	return error;
}

struct mig_db_object *
mig_db_find_part(const struct mig_db_object *table, enum mig_db_kind kind, const char *name)
{
	size_t count = 0;
	struct mig_db_part_names *names =
	    is_relation(table->kind) ? mig_db_as_table(table)->part_names : NULL;
	if (names != NULL && name != NULL)
		return *part_slot(names, kind, name);
	struct mig_db_object *const *parts = mig_db_parts(table, kind, &count);
	for (size_t i = 0; i < count; i++)
		if (parts[i]->kind == kind && mig_db_same(parts[i]->name, name))
			return parts[i];
	return NULL;
}
