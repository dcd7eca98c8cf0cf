/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/num.h"
#include "source/live_postgresql_int.h"

#define SLOTS_FIRST 4096

struct slot {
	uint64_t key; /* 0: free */
	struct mig_db_object *object;
	bool alias;
};

/* Open addressing; a power of two of slots. */
struct live_pg_map {
	struct slot *slots;
	size_t count;
	size_t used;
	bool failed;
};

struct live_pg_map *
live_pg_map_new(void)
{
	struct live_pg_map *map = calloc(1, sizeof(*map));
	if (map == NULL)
		return NULL;
	map->count = SLOTS_FIRST;
	map->slots = calloc(map->count, sizeof(*map->slots));
	if (map->slots == NULL) {
		free(map);
		return NULL;
	}
	return map;
}

void
live_pg_map_free(struct live_pg_map *map)
{
	if (map == NULL)
		return;
	free(map->slots);
	free(map);
}

/* The server's own digits: only 0 to 9. */
static uint64_t
number(const char *text)
{
	uint64_t value = 0;
	for (; text != NULL && *text >= '0' && *text <= '9'; text++)
		value = value * 10 + (uint64_t)(*text - '0');
	return value;
}

/* A catalogue needs 13 bits, a number in it 32, a column 11. */
static uint64_t
key_of(int catalog, const char *oid, int sub)
{
	return (uint64_t)catalog << 43 | (number(oid) & UINT32_MAX) << 11 | (unsigned)(sub & 2047);
}

static struct slot *
slot_of(const struct live_pg_map *map, uint64_t key)
{
	size_t i = (size_t)(key * 11400714819323198485U >> 20) & (map->count - 1);
	while (map->slots[i].key != 0 && map->slots[i].key != key)
		i = (i + 1) & (map->count - 1);
	return &map->slots[i];
}

static bool
grow(struct live_pg_map *map)
{
	if ((map->used + 1) * 2 < map->count)
		return true;
	struct live_pg_map bigger = { .count = map->count * 2, .used = map->used };
	bigger.slots = calloc(bigger.count, sizeof(*bigger.slots));
	if (bigger.slots == NULL)
		return false;
	for (size_t i = 0; i < map->count; i++)
		if (map->slots[i].key != 0)
			*slot_of(&bigger, map->slots[i].key) = map->slots[i];
	free(map->slots);
	*map = bigger;
	return true;
}

static void
remember(struct live_pg_map *map, uint64_t key, struct mig_db_object *object, bool alias)
{
	if (object == NULL)
		return;
	if (!grow(map)) {
		map->failed = true;
		return;
	}
	struct slot *slot = slot_of(map, key);
	if (slot->key == 0)
		map->used++;
	*slot = (struct slot){ key, object, alias };
}

void
live_pg_remember(
    struct live_pg_map *map, int catalog, const char *oid, struct mig_db_object *object)
{
	if (number(oid) != 0)
		remember(map, key_of(catalog, oid, 0), object, false);
}

void
live_pg_alias(struct live_pg_map *map, int catalog, const char *oid, struct mig_db_object *object)
{
	if (number(oid) != 0)
		remember(map, key_of(catalog, oid, 0), object, true);
}

void
live_pg_remember_column(
    struct live_pg_map *map, const char *table, int number, struct mig_db_object *column)
{
	remember(map, key_of(PG_CLASS, table, number), column, false);
}

struct mig_db_object *
live_pg_find(const struct live_pg_map *map, int catalog, const char *oid, int sub)
{
	return slot_of(map, key_of(catalog, oid, sub))->object;
}

struct mig_db_object *
live_pg_find_own(const struct live_pg_map *map, int catalog, const char *oid, int sub)
{
	const struct slot *slot = slot_of(map, key_of(catalog, oid, sub));
	return slot->alias ? NULL : slot->object;
}

void
live_pg_map_each(const struct live_pg_map *map, void (*each)(struct mig_db_object *object))
{
	for (size_t i = 0; i < map->count; i++)
		if (map->slots[i].key != 0 && !map->slots[i].alias)
			each(map->slots[i].object);
}

int64_t
live_pg_int(const char *value)
{
	int64_t number = 0;
	if (value == NULL || mig_num_int(value, INT64_MIN, INT64_MAX, &number) != MIG_OK)
		return 0;
	return number;
}

bool
live_pg_bool(const char *value)
{
	return value != NULL && *value == 't';
}

const char *
live_pg_text(struct live_pg *pg, const char *value)
{
	return mig_arena_strdup(pg->live->arena, value);
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\n' || c == '\t';
}

const char *
live_pg_expr(struct live_pg *pg, const char *value)
{
	return live_pg_text(pg, value);
}

const char *
live_pg_statement(struct live_pg *pg, const char *value)
{
	if (value == NULL)
		return NULL;
	while (is_blank(*value))
		value++;
	size_t len = strlen(value);
	while (len > 0 && (is_blank(value[len - 1]) || value[len - 1] == ';'))
		len--;
	return mig_arena_strndup(pg->live->arena, value, len);
}

/* How many members there are at most. */
static size_t
count_commas(const char *value)
{
	size_t count = 1;
	for (; *value != '\0'; value++)
		count += *value == ',';
	return count;
}

/* One member, from *at on, which then stands behind it. */
static const char *
array_member(struct live_pg *pg, const char **at)
{
	const char *from = *at;
	if (*from != '"') {
		size_t len = strcspn(from, ",}");
		*at = from + len;
		return mig_arena_strndup(pg->live->arena, from, len);
	}
	size_t len = 0;
	const char *end = from + 1;
	char *member = mig_arena_strdup(pg->live->arena, from);
	for (; *end != '"' && *end != '\0'; end++) {
		if (*end == '\\' && end[1] != '\0')
			end++;
		if (member != NULL)
			member[len++] = *end;
	}
	if (member != NULL)
		member[len] = '\0';
	*at = *end == '"' ? end + 1 : end;
	return member;
}

const char *const *
live_pg_array(struct live_pg *pg, const char *value, size_t *ret_count)
{
	*ret_count = 0;
	if (value == NULL || value[0] != '{' || value[1] == '}')
		return NULL;
	size_t count = 0;
	const char **members =
	    mig_arena_array(pg->live->arena, count_commas(value), sizeof(*members));
	if (members == NULL)
		return NULL;
	for (value++; *value != '}' && *value != '\0'; value += *value == ',')
		members[count++] = array_member(pg, &value);
	*ret_count = count;
	return members;
}

const char *const *
live_pg_columns(struct live_pg *pg, const char *table, const char *numbers, size_t *ret_count)
{
	size_t count = 0;
	*ret_count = 0;
	if (numbers == NULL)
		return NULL;
	/* A number and what stands behind it take two bytes at least. */
	const char **names =
	    mig_arena_array(pg->live->arena, strlen(numbers) / 2 + 1, sizeof(*names));
	if (names == NULL)
		return NULL;
	for (const char *at = numbers; *at != '\0'; at++) {
		if (*at < '1' || *at > '9')
			continue;
		const struct mig_db_object *column =
		    live_pg_find(pg->map, PG_CLASS, table, (int)number(at));
		if (column != NULL)
			names[count++] = column->name;
		while (at[1] >= '0' && at[1] <= '9')
			at++;
	}
	*ret_count = count;
	return names;
}

void *
live_pg_make(struct live_pg *pg, enum mig_db_kind kind, int catalog, const char *const *values)
{
	if (live_pg_find(pg->map, catalog, values[PG_OID], 0) != NULL)
		return NULL;
	struct mig_db_object *object = mig_db_make(pg->live->db, kind, NULL);
	if (object == NULL)
		return NULL;
	object->schema = live_pg_text(pg, values[PG_SCHEMA]);
	object->name = live_pg_text(pg, values[PG_NAME]);
	mig_db_set_owner(pg->live->db, object, live_pg_text(pg, values[PG_OWNER]));
	if (object->name == NULL)
		return NULL;
	live_pg_remember(pg->map, catalog, values[PG_OID], object);
	return object;
}

void *
live_pg_make_part(
    struct live_pg *pg, enum mig_db_kind kind, struct mig_db_object *parent, const char *name)
{
	struct mig_db_object *object = mig_db_make(pg->live->db, kind, parent);
	if (object != NULL)
		object->name = live_pg_text(pg, name);
	return object;
}

int
live_pg_put(struct live_pg *pg, void *object)
{
	if (mig_db_put(pg->live->db, object) != MIG_OK || pg->map->failed)
		return live_no_memory(pg->live);
	return MIG_OK;
}

int
live_pg_all(struct live_pg *pg, const struct live_pg_query *queries, size_t count)
{
	int error = MIG_OK;
	for (size_t i = 0; i < count && error == MIG_OK; i++)
		error = live_pg_each(pg, &queries[i]);
	return error;
}
