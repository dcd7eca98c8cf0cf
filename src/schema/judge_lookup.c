/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "schema/judge_int.h"

/* Names in one sentence. */
#define USERS_TOLD_MAX 12

static bool
is_word(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	    c == '_' || c == '$' || (unsigned char)c >= 0x80;
}

bool
mig_judge_mentions(const char *text, const char *word)
{
	bool literal = false;
	size_t len = strlen(word);
	if (text == NULL || len == 0)
		return false;
	for (const char *p = text; *p != '\0'; p++) {
		if (*p == '\'')
			literal = !literal;
		if (!literal && *p == *word && strncmp(p, word, len) == 0 && !is_word(p[len]) &&
		    (p == text || !is_word(p[-1])))
			return true;
	}
	return false;
}

/* One part of a type's name without its quotes; false when it is too long. */
static bool
unquote(const char *text, size_t len, char *out, size_t size)
{
	bool quoted = len >= 2 && text[0] == '"';
	const char *end = text + len - (quoted ? 1 : 0);
	size_t count = 0;
	for (const char *p = text + (quoted ? 1 : 0); p < end && count + 1 < size; p++) {
		if (quoted && *p == '"' && p + 1 < end)
			p++;
		out[count++] = *p;
	}
	out[count] = '\0';
	return count + 1 < size;
}

/* The dot between schema and name, outside quotes; NULL: there is none. */
static const char *
last_dot(const char *name)
{
	const char *dot = NULL;
	bool quoted = false;
	for (const char *p = name; *p != '\0'; p++) {
		if (*p == '"')
			quoted = !quoted;
		else if (*p == '.' && !quoted)
			dot = p;
	}
	return dot;
}

const struct mig_db_object *
mig_judge_type(const struct mig_db *db, enum mig_db_kind kind, const char *type)
{
	char name[MIG_DB_TYPE_NAME_MAX];
	char schema[MIG_DB_TYPE_NAME_MAX];
	struct mig_db_type parsed;
	if (!mig_db_type_parse(mig_db_dialect(db), type, &parsed))
		return NULL;
	const char *dot = last_dot(parsed.name);
	const char *last = dot != NULL ? dot + 1 : parsed.name;
	if (!unquote(last, strlen(last), name, sizeof(name)))
		return NULL;
	if (dot != NULL) {
		if (!unquote(parsed.name, (size_t)(dot - parsed.name), schema, sizeof(schema)))
			return NULL;
		return mig_db_find(db, kind, schema, name);
	}
	const struct mig_db_object *found = mig_db_find(db, kind, NULL, name);
	return found != NULL ? found : mig_db_find(db, kind, "public", name);
}

static int
compare_names(const void *left, const void *right)
{
	const struct mig_db_object *const *a = left;
	const struct mig_db_object *const *b = right;
	return strcmp((*a)->name, (*b)->name);
}

void
mig_judge_collect_routines(struct judge *judge)
{
	size_t count = 0;
	size_t routines = 0;
	struct mig_db_object *const *objects = mig_db_objects(judge->after, &count);
	for (size_t i = 0; i < count; i++)
		routines += objects[i]->kind == MIG_DB_ROUTINE ? 1 : 0;
	judge->routines = mig_arena_array(judge->arena, routines + 1, sizeof(*judge->routines));
	if (judge->routines == NULL || routines == 0)
		return;
	for (size_t i = 0; i < count; i++)
		if (objects[i]->kind == MIG_DB_ROUTINE)
			judge->routines[judge->routines_count++] = objects[i];
	qsort(judge->routines, routines, sizeof(const struct mig_db_object *), compare_names);
}

/* The first routine of that name in the list; the end of it when there is none. */
static size_t
first_routine(const struct judge *judge, const char *name)
{
	size_t low = 0;
	size_t high = judge->routines_count;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (strcmp(judge->routines[middle]->name, name) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

const struct mig_db_object *
mig_judge_routine(const struct judge *judge, const char *schema, const char *name)
{
	for (size_t i = first_routine(judge, name); i < judge->routines_count; i++) {
		if (strcmp(judge->routines[i]->name, name) != 0)
			return NULL;
		if (schema == NULL || mig_db_same(judge->routines[i]->schema, schema))
			return judge->routines[i];
	}
	return NULL;
}

static bool
has_name(const char *const *names, size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(names[i], name) == 0)
			return true;
	return false;
}

static bool
has_own_index(const struct mig_db_constraint *constraint)
{
	return constraint->type == MIG_DB_PRIMARY_KEY || constraint->type == MIG_DB_UNIQUE ||
	    constraint->type == MIG_DB_EXCLUSION;
}

bool
mig_judge_indexed(const struct mig_db_object *object, const char *column)
{
	const struct mig_db_table *table = mig_db_as_table(object);
	for (size_t i = 0; i < table->indexes_count; i++) {
		const struct mig_db_index *index = table->indexes[i];
		if (has_name(index->columns, index->columns_count, column) ||
		    (index->expressions && mig_judge_mentions(index->base.definition, column)))
			return true;
	}
	for (size_t i = 0; i < table->constraints_count; i++) {
		const struct mig_db_constraint *key = table->constraints[i];
		if (has_own_index(key) && has_name(key->columns, key->columns_count, column))
			return true;
	}
	return false;
}

/* Whether the first columns of a list are these, in any order. */
static bool
begins_with(
    const char *const *columns, size_t columns_count, const char *const *names, size_t count)
{
	if (columns_count < count)
		return false;
	for (size_t i = 0; i < count; i++)
		if (!has_name(columns, count, names[i]))
			return false;
	return true;
}

bool
mig_judge_covered(const struct mig_db_object *object, const char *const *names, size_t count)
{
	const struct mig_db_table *table = mig_db_as_table(object);
	for (size_t i = 0; i < table->indexes_count; i++)
		if (table->indexes[i]->predicate == NULL &&
		    begins_with(
		        table->indexes[i]->columns, table->indexes[i]->columns_count, names, count))
			return true;
	for (size_t i = 0; i < table->constraints_count; i++)
		if (has_own_index(table->constraints[i]) &&
		    begins_with(table->constraints[i]->columns,
		        table->constraints[i]->columns_count, names, count))
			return true;
	return false;
}

/* Things without a table come first, then by table and column. */
static int
compare_users(const void *left, const void *right)
{
	const struct judge_user *a = left;
	const struct judge_user *b = right;
	uintptr_t x = (uintptr_t)a->table;
	uintptr_t y = (uintptr_t)b->table;
	return (x > y) - (x < y);
}

static bool
ties_types(enum mig_db_kind kind)
{
	return kind == MIG_DB_VIEW || kind == MIG_DB_MATVIEW || kind == MIG_DB_TRIGGER ||
	    kind == MIG_DB_POLICY || kind == MIG_DB_RULE;
}

/* How many mentions a thing makes; one without any is asked for the words of its text. */
static size_t
mentions_of(const struct mig_db_object *object)
{
	if (!ties_types(object->kind))
		return 0;
	return object->extra->refs_count > 0 ? object->extra->refs_count : 1;
}

static void
put_users(struct judge *judge, const struct mig_db_object *object)
{
	if (!ties_types(object->kind))
		return;
	for (uint32_t i = 0; i < object->extra->refs_count; i++) {
		const struct mig_db_ref *ref = &object->extra->refs[i];
		const struct mig_db_object *table = ref->kind == MIG_DB_TABLE ?
		    mig_db_find(judge->before, MIG_DB_TABLE, ref->schema, ref->name) :
		    NULL;
		if (table != NULL)
			judge->users[judge->users_count++] =
			    (struct judge_user){ table, ref->column, object };
	}
	/* A trigger's text says nothing of types but in its columns, which are mentions. */
	if (object->extra->refs_count == 0 && object->kind != MIG_DB_TRIGGER)
		judge->users[judge->users_count++] =
		    (struct judge_user){ object->parent, NULL, object };
}

static size_t
count_users(const struct mig_db_object *object)
{
	size_t triggers = 0;
	struct mig_db_object *const *parts = mig_db_parts(object, MIG_DB_TRIGGER, &triggers);
	size_t count = mentions_of(object);
	for (size_t i = 0; i < triggers; i++)
		count += mentions_of(parts[i]);
	return count;
}

static void
collect_users(struct judge *judge)
{
	size_t count = 0;
	size_t wanted = 0;
	struct mig_db_object *const *objects = mig_db_objects(judge->before, &count);
	judge->users_collected = true;
	for (size_t i = 0; i < count; i++)
		wanted += count_users(objects[i]);
	judge->users = mig_arena_array(judge->arena, wanted + 1, sizeof(*judge->users));
	if (judge->users == NULL)
		return;
	for (size_t i = 0; i < count; i++) {
		size_t triggers = 0;
		struct mig_db_object *const *parts =
		    mig_db_parts(objects[i], MIG_DB_TRIGGER, &triggers);
		put_users(judge, objects[i]);
		for (size_t j = 0; j < triggers; j++)
			put_users(judge, parts[j]);
	}
	if (judge->users_count > 0)
		qsort(judge->users, judge->users_count, sizeof(*judge->users), compare_users);
}

/* Whether a thing of the list uses the column; where it does not say, by the words of its text. */
static bool
uses(const struct judge_user *user, const struct mig_db_object *column)
{
	const char *text = user->user->definition;
	if (user->column != NULL)
		return strcmp(user->column, column->name) == 0;
	if (user->table == NULL && !mig_judge_mentions(text, column->parent->name))
		return false;
	return mig_judge_mentions(text, column->name);
}

/* A list of names, each once. */
struct told {
	const struct mig_db_object *things[USERS_TOLD_MAX];
	size_t count;
};

static void
tell(struct told *told, const struct mig_db_object *thing)
{
	for (size_t i = 0; i < told->count; i++)
		if (told->things[i] == thing)
			return;
	if (told->count < USERS_TOLD_MAX)
		told->things[told->count++] = thing;
}

static void
tell_users(const struct judge *judge, const struct mig_db_object *column,
    const struct mig_db_object *table, struct told *told)
{
	size_t low = 0;
	size_t high = judge->users_count;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if ((uintptr_t)judge->users[middle].table < (uintptr_t)table)
			low = middle + 1;
		else
			high = middle;
	}
	for (; low < judge->users_count && judge->users[low].table == table; low++)
		if (uses(&judge->users[low], column))
			tell(told, judge->users[low].user);
}

static void
tell_generated(const struct mig_db_object *column, struct told *told)
{
	const struct mig_db_table *table = mig_db_as_table(column->parent);
	for (size_t i = 0; i < table->columns_count; i++) {
		const struct mig_db_column *other = table->columns[i];
		if (other->generated != MIG_DB_GENERATED_NONE && &other->base != column &&
		    mig_judge_mentions(other->more->generated_expr, column->name))
			tell(told, &other->base);
	}
}

const char *
mig_judge_users(struct judge *judge, const struct mig_db_object *column)
{
	struct told told = { .count = 0 };
	const char *names[USERS_TOLD_MAX];
	if (!judge->users_collected)
		collect_users(judge);
	if (judge->users == NULL)
		return NULL;
	tell_users(judge, column, column->parent, &told);
	tell_users(judge, column, NULL, &told);
	tell_generated(column, &told);
	if (told.count == 0)
		return NULL;
	for (size_t i = 0; i < told.count; i++)
		names[i] = mig_arena_printf(judge->arena, "%s %s",
		    mig_db_kind_name(told.things[i]->kind), mig_judge_name(judge, told.things[i]));
	return mig_arena_failed(judge->arena) ? NULL : mig_judge_list(judge, names, told.count);
}
