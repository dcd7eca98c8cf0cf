/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include "config.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/num.h"
#include "schema/script_int.h"

#define MAP_FIRST 16U /* places: many maps hold what stands around one thing */

size_t
mig_script_map_get(const struct mig_script_map *map, const void *key)
{
	if (map->cap == 0 || key == NULL)
		return 0;
	size_t mask = map->cap - 1;
	size_t at = ((uintptr_t)key >> 4) * 11400714819323198485U >> 20 & mask;
	for (; map->keys[at] != NULL; at = (at + 1) & mask)
		if (map->keys[at] == key)
			return map->values[at];
	return 0;
}

static void
map_put(struct mig_script_map *map, const void *key, size_t value)
{
	size_t mask = map->cap - 1;
	size_t at = ((uintptr_t)key >> 4) * 11400714819323198485U >> 20 & mask;
	while (map->keys[at] != NULL && map->keys[at] != key)
		at = (at + 1) & mask;
	map->count += map->keys[at] == NULL;
	map->keys[at] = key;
	map->values[at] = value; /* NOLINT(clang-analyzer-unix.Malloc): of the grown map */
}

bool
mig_script_map_set(struct mig_script_map *map, const void *key, size_t value)
{
	if ((map->count + 1) * 2 > map->cap) {
		struct mig_script_map grown = { .cap = map->cap == 0 ? MAP_FIRST : map->cap * 2 };
		grown.keys = calloc(grown.cap, sizeof(*grown.keys));
		grown.values = calloc(grown.cap, sizeof(*grown.values));
		if (grown.keys == NULL || grown.values == NULL) {
			mig_script_map_fini(&grown);
			return false;
		}
		for (size_t i = 0; i < map->cap; i++)
			if (map->keys[i] != NULL)
				map_put(&grown, map->keys[i], map->values[i]);
		mig_script_map_fini(map);
		*map = grown;
	}
	/* NOLINTNEXTLINE(clang-analyzer-unix.Malloc): the array is the grown one */
	map_put(map, key, value);
	return true;
}

void
mig_script_map_fini(struct mig_script_map *map)
{
	/* The keys are only looked at, their array is the map's. */
	free((void *)map->keys);
	free(map->values);
	*map = (struct mig_script_map){ .cap = 0 };
}

const struct mig_db_op *
mig_script_op(const struct mig_script *script, const struct mig_db_object *object)
{
	size_t number = mig_script_map_get(&script->op_of, object);
	return number > 0 ? &script->ops[number - 1] : NULL;
}

/* The column of a parent, renamed, from which an inherited one has its name. */
static const struct mig_db_object *
renamed_origin(const struct mig_script *script, const struct mig_db_object *column)
{
	size_t count = 0;
	const struct mig_script_use *uses = mig_script_uses_of(&script->uses[0], column, &count);
	for (size_t i = 0; i < count; i++) {
		const struct mig_db_object *origin = uses[i].target;
		const struct mig_db_op *op =
		    origin->kind == MIG_DB_COLUMN && strcmp(origin->name, column->name) == 0 ?
		    mig_script_op(script, origin) :
		    NULL;
		if (op != NULL && op->what == MIG_DB_CHANGED && (op->aspects & MIG_DB_NAME) != 0 &&
		    !mig_script_leaves(script, column->parent, origin->parent))
			return op->after;
	}
	return column;
}

const struct mig_db_object *
mig_script_partner(const struct mig_script *script, const struct mig_db_object *before)
{
	const struct mig_db_op *op = mig_script_op(script, before);
	if (op != NULL)
		return op->before == before ? op->after : before;
	if (before->parent == NULL)
		return mig_db_counterpart(script->diff, before);
	const struct mig_db_object *parent = mig_script_partner(script, before->parent);
	if (parent == NULL || before->name == NULL)
		return NULL;
	if (before->kind == MIG_DB_COLUMN && script->renames)
		before = renamed_origin(script, before);
	return mig_db_find_part(parent, before->kind, before->name);
}

/* What makes another constraint or index of one, which is then made anew under its new name. */
#define OTHER_THING                                                                              \
	(MIG_DB_DEFINITION | MIG_DB_NULLS | MIG_DB_OPTIONS | MIG_DB_ACTION | MIG_DB_UNIQUENESS | \
	    MIG_DB_DEFERRABLE | MIG_DB_VALID)

static const struct mig_db_object *
renamed_in_place(const struct mig_script *script, const struct mig_db_object *object)
{
	const struct mig_db_op *op = mig_script_op(script, object);
	if (op == NULL || op->what != MIG_DB_CHANGED || (op->aspects & MIG_DB_NAME) == 0 ||
	    (op->aspects & OTHER_THING) != 0 || mig_script_clustered(script, op->before) != 0)
		return object;
	/* A table that is made anew has it under its own name at once. */
	if (mig_script_clustered(script, op->before->parent) == ~0U)
		return object;
	return op->after;
}

/* Whether the thing, or what it is part of, is of the before side and has a new name. */
static const struct mig_db_object *
renamed(const struct mig_script *script, const struct mig_db_object *object)
{
	if (!script->renames)
		return object;
	if (object->kind == MIG_DB_CONSTRAINT || object->kind == MIG_DB_INDEX)
		return renamed_in_place(script, object);
	bool hint = object->kind == MIG_DB_COLUMN || object->kind == MIG_DB_TABLE ||
	    object->kind == MIG_DB_VIEW || object->kind == MIG_DB_MATVIEW;
	const struct mig_db_op *op = hint ? mig_script_op(script, object) : NULL;
	bool named = op != NULL && op->what == MIG_DB_CHANGED && (op->aspects & MIG_DB_NAME) != 0;
	if (!named && object->kind == MIG_DB_COLUMN)
		return renamed_origin(script, object);
	return named ? op->after : object;
}

const struct mig_db_object *
mig_script_now(const struct mig_script *script, const struct mig_db_object *object)
{
	return renamed(script, object);
}

static void
put_qualified(struct mig_sql *sql, const char *schema, const char *name)
{
	if (schema != NULL) {
		mig_sql_put_name(&sql->out, sql->script->dialect, schema);
		mig_buf_putc(&sql->out, '.');
	}
	mig_sql_put_name(&sql->out, sql->script->dialect, name != NULL ? name : "");
}

/* Whether a definition of a thing can mean what was renamed. */
static bool
concerns(const struct mig_sql *sql, const struct mig_db_object *renamed)
{
	const struct mig_db_object *about = sql->about;
	if (about == NULL || renamed == about->parent || renamed->parent == about)
		return true;
	if (renamed->parent != NULL && renamed->parent == about->parent)
		return true;
	/* Columns of a child that leaves have their old names for good. */
	if (renamed->parent != NULL && about->parent != NULL &&
	    mig_script_leaves(sql->script, about->parent, renamed->parent))
		return false;
	size_t count = 0;
	const struct mig_script_use *uses =
	    mig_script_uses_of(&sql->script->uses[0], about, &count);
	for (size_t i = 0; i < count; i++)
		if (uses[i].target == renamed)
			return true;
	return false;
}

/* Whether the fact is a new name of something of which the definition can speak. */
static bool
renames(const struct mig_sql *sql, const struct mig_db_op *op)
{
	bool hint = op->kind == MIG_DB_COLUMN || op->kind == MIG_DB_TABLE;
	return hint && op->what == MIG_DB_CHANGED && (op->aspects & MIG_DB_NAME) != 0 &&
	    concerns(sql, op->before);
}

/* Whether the renamed column can have its old name for a moment. */
static bool
can_go_back(const struct mig_db_op *op)
{
	return op->kind == MIG_DB_COLUMN && op->after->parent->kind == MIG_DB_TABLE &&
	    mig_db_find_part(op->after->parent, MIG_DB_COLUMN, op->before->name) == NULL &&
	    mig_db_find_part(op->before->parent, MIG_DB_COLUMN, op->after->name) == NULL;
}

static const char *
new_name(const struct mig_sql *sql, const char *name)
{
	const struct mig_script *script = sql->script;
	for (size_t i = 0; i < script->ops_count; i++) {
		const struct mig_db_op *op = &script->ops[i];
		if (renames(sql, op) && strcmp(op->before->name, name) == 0 &&
		    !(sql->old_names && can_go_back(op)))
			return op->after->name;
	}
	return NULL;
}

/* A definition of the before side, for a moment at which renamed things have their new names. */
static void
put_definition(struct mig_sql *sql, const char *text)
{
	struct mig_sql_word word;
	if (text == NULL)
		return;
	if (!sql->back || !sql->script->renames) {
		mig_buf_puts(&sql->out, text);
		return;
	}
	const char *from = text;
	while (mig_sql_next(&text, &word)) {
		const char *name = new_name(sql, word.name);
		if (name == NULL)
			continue;
		mig_buf_add(&sql->out, from, (size_t)(word.start - from));
		mig_sql_put_name(&sql->out, sql->script->dialect, name);
		from = text;
	}
	mig_buf_puts(&sql->out, from);
}

void
mig_sql_old_names(struct mig_sql *sql, bool on)
{
	const struct mig_script *script = sql->script;
	sql->old_names = on && sql->back;
	for (size_t i = 0; i < script->ops_count && sql->back && script->renames; i++) {
		const struct mig_db_op *op = &script->ops[i];
		if (renames(sql, op) && can_go_back(op))
			mig_sql_put(sql, "ALTER TABLE %t RENAME COLUMN %n TO %n;\n",
			    op->after->parent, (on ? op->after : op->before)->name,
			    (on ? op->before : op->after)->name);
	}
}

/* A routine goes by the types of its arguments, which renames have reached. */
static void
put_arguments(struct mig_sql *sql, const struct mig_db_object *routine)
{
	bool back = sql->back;
	sql->back = mig_db_find_same(sql->script->before, routine) == routine;
	mig_buf_putc(&sql->out, '(');
	put_definition(sql, mig_db_as_routine(routine)->arguments);
	mig_buf_putc(&sql->out, ')');
	sql->back = back;
}

static void
put_thing(struct mig_sql *sql, const struct mig_db_object *object)
{
	const struct mig_db_object *now = mig_script_now(sql->script, object);
	put_qualified(sql, now->schema, now->name);
	if (now->kind == MIG_DB_ROUTINE)
		put_arguments(sql, now);
}

static void
put_object(struct mig_sql *sql, char form, const struct mig_db_object *object)
{
	if (form == 't') {
		put_thing(sql, object);
	} else if (form == 'c') {
		const struct mig_db_object *now = mig_script_now(sql->script, object);
		mig_sql_put_name(&sql->out, sql->script->dialect, now->name);
	} else {
		const struct mig_db_object *table = mig_script_now(sql->script, object->parent);
		put_qualified(sql, table->schema, mig_script_now(sql->script, object)->name);
	}
}

static void
put_string(struct mig_sql *sql, char form, const char *text)
{
	if (form == 's')
		mig_buf_puts(&sql->out, text);
	else if (form == 'n')
		mig_sql_put_name(&sql->out, sql->script->dialect, text != NULL ? text : "");
	else if (form == 'l')
		mig_sql_put_literal(&sql->out, sql->script->dialect, text != NULL ? text : "");
	else
		put_definition(sql, text);
}

static void
put_list(struct mig_sql *sql, const char *fmt, va_list args)
{
	for (; *fmt != '\0'; fmt++) {
		if (*fmt != '%') {
			mig_buf_putc(&sql->out, *fmt);
			continue;
		}
		fmt++;
		if (*fmt == '%')
			mig_buf_putc(&sql->out, '%');
		else if (*fmt == 'd')
			mig_num_format_int(va_arg(args, int64_t), &sql->out);
		else if (strchr("tcp", *fmt) != NULL)
			put_object(sql, *fmt, va_arg(args, const struct mig_db_object *));
		else
			put_string(sql, *fmt, va_arg(args, const char *));
	}
}

void
mig_sql_put(struct mig_sql *sql, const char *fmt, ...)
{
	va_list args;
	va_start(args, fmt);
	put_list(sql, fmt, args);
	va_end(args);
}

void
mig_sql_put_columns(struct mig_sql *sql, const struct mig_db_object *table,
    const char *const *names, size_t count)
{
	mig_sql_put(sql, "(");
	for (size_t i = 0; i < count; i++) {
		const struct mig_db_object *column =
		    table != NULL ? mig_db_find_part(table, MIG_DB_COLUMN, names[i]) : NULL;
		mig_sql_put(sql, i > 0 ? ", " : "");
		if (column != NULL)
			mig_sql_put(sql, "%c", column);
		else
			mig_sql_put(sql, "%n", names[i]);
	}
	mig_sql_put(sql, ")");
}

const char *
mig_sql_text(struct mig_script *script, const char *fmt, ...)
{
	struct mig_sql sql = { .script = script };
	va_list args;
	mig_buf_init(&sql.out, MIG_DOC_BYTES_MAX);
	va_start(args, fmt);
	put_list(&sql, fmt, args);
	va_end(args);
	const char *text =
	    mig_buf_ok(&sql.out) ? mig_arena_strdup(script->arena, sql.out.data) : NULL;
	mig_buf_fini(&sql.out);
	if (text == NULL)
		script->failed = true;
	return text != NULL ? text : "";
}

void
mig_sql_lock(struct mig_sql *sql, enum mig_lock lock, unsigned work)
{
	if (lock > sql->lock)
		sql->lock = lock;
	sql->work |= work;
}
