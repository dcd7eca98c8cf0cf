/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "schema/script.h"
#include "schema/script_int.h"

#define SLUG_MAX 80

static void
step_init(struct mig_script *script, struct mig_script_step *step)
{
	step->script.slug = "";
	step->script.description = "";
	step->script.transactional = script->dialect == MIG_DB_POSTGRESQL;
	step->up.script = script;
	step->down.script = script;
	step->down.back = true;
	mig_buf_init(&step->up.out, MIG_CHECK_BYTES_MAX);
	mig_buf_init(&step->down.out, MIG_CHECK_BYTES_MAX);
}

static int
rank_of(const struct mig_db_object *before, const struct mig_db_object *after)
{
	const struct mig_db_object *object = after != NULL ? after : before;
	int rank = (int)object->kind;
	if (mig_db_is_foreign_key(object))
		rank = MIG_DB_KINDS;
	if (before == NULL)
		return rank;
	return after != NULL ? 100 + rank : 300 - rank;
}

static bool
steps_grow(struct mig_script *script)
{
	if (script->steps_count < script->steps_cap)
		return true;
	size_t cap = script->steps_cap == 0 ? 64 : script->steps_cap * 2;
	struct mig_script_step **grown = reallocarray(script->steps, cap, sizeof(*grown));
	if (grown == NULL)
		return false;
	script->steps = grown;
	script->steps_cap = cap;
	return true;
}

struct mig_script_step *
mig_step_new(struct mig_script *script, enum mig_script_phase phase,
    const struct mig_db_object *before, const struct mig_db_object *after)
{
	struct mig_script_step *step = mig_arena_alloc(script->work, sizeof(*step));
	if (step == NULL || !steps_grow(script)) {
		script->failed = true;
		return &script->spare;
	}
	step_init(script, step);
	step->script.phase = phase;
	step->rank = rank_of(before, after);
	step->number = script->steps_count;
	script->steps[script->steps_count++] = step;
	mig_step_item(script, step, before, after);
	return step;
}

void
mig_step_item(struct mig_script *script, struct mig_script_step *step,
    const struct mig_db_object *before, const struct mig_db_object *after)
{
	size_t count = step->items_count;
	if ((count & (count - 1)) == 0) {
		struct mig_script_item *grown =
		    mig_arena_array(script->work, count == 0 ? 1 : count * 2, sizeof(*grown));
		if (grown == NULL) {
			script->failed = true;
			return;
		}
		if (count > 0)
			memcpy(grown, step->items, count * sizeof(*grown));
		step->items = grown;
	}
	step->items[step->items_count++] = (struct mig_script_item){ before, after };
}

/* Words that tell kinds apart where the kind alone is too wide. */
static const char *
kind_word(const struct mig_db_object *object)
{
	static const char *const types[] = { [MIG_DB_PRIMARY_KEY] = "primary key",
		[MIG_DB_UNIQUE] = "unique constraint",
		[MIG_DB_FOREIGN_KEY] = "foreign key",
		[MIG_DB_CHECK] = "check",
		[MIG_DB_EXCLUSION] = "exclusion" };
	if (object->kind == MIG_DB_CONSTRAINT)
		return types[mig_db_as_constraint(object)->type];
	if (object->kind == MIG_DB_ROUTINE)
		return mig_db_as_routine(object)->procedure ? "procedure" : "function";
	return mig_db_kind_name(object->kind);
}

/* Lower case, digits and "_" alone. */
static const char *
slug_of(struct mig_script *script, const char *text)
{
	char slug[SLUG_MAX + 1];
	size_t len = 0;
	for (; *text != '\0' && len < SLUG_MAX; text++) {
		char c = *text >= 'A' && *text <= 'Z' ? (char)(*text - 'A' + 'a') : *text;
		bool plain = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
		if (plain)
			slug[len++] = c;
		else if (len > 0 && slug[len - 1] != '_')
			slug[len++] = '_';
	}
	while (len > 0 && slug[len - 1] == '_')
		len--;
	slug[len] = '\0';
	const char *copy = mig_arena_strdup(script->arena, slug);
	return copy != NULL ? copy : "";
}

void
mig_step_name(struct mig_script *script, struct mig_script_step *step, const char *verb,
    const struct mig_db_object *object)
{
	const char *word = kind_word(object);
	const char *parent = object->parent != NULL ? object->parent->name : NULL;
	const char *name = object->name != NULL ? object->name : "";
	const char *dot = parent != NULL && *name != '\0' ? "." : "";
	const char *on = *name == '\0' && parent != NULL ? "of " : "";
	step->script.slug = slug_of(script,
	    mig_sql_text(script, "%s_%s_%s_%s", verb, word, parent != NULL ? parent : "", name));
	char first = verb[0] >= 'a' && verb[0] <= 'z' ? (char)(verb[0] - 'a' + 'A') : verb[0];
	char head[2] = { first, '\0' };
	step->script.description = mig_sql_text(script, "%s%s %s %s%s%s%s.", head, verb + 1, word,
	    on, parent != NULL ? parent : "", dot, name);
}

static bool
index_ops(struct mig_script *script)
{
	for (size_t i = 0; i < script->ops_count; i++) {
		const struct mig_db_op *op = &script->ops[i];
		bool hint = op->kind == MIG_DB_COLUMN || op->kind == MIG_DB_TABLE ||
		    op->kind == MIG_DB_VIEW || op->kind == MIG_DB_MATVIEW ||
		    op->kind == MIG_DB_CONSTRAINT || op->kind == MIG_DB_INDEX;
		if ((op->before != NULL &&
		        !mig_script_map_set(&script->op_of, op->before, i + 1)) ||
		    (op->after != NULL && !mig_script_map_set(&script->op_of, op->after, i + 1)))
			return false;
		if (hint && op->what == MIG_DB_CHANGED && (op->aspects & MIG_DB_NAME) != 0)
			script->renames = true;
	}
	return true;
}

static void
script_fini(struct mig_script *script)
{
	for (size_t i = 0; i < script->steps_count; i++) {
		mig_buf_fini(&script->steps[i]->up.out);
		mig_buf_fini(&script->steps[i]->down.out);
		free(script->steps[i]->next);
	}
	mig_buf_fini(&script->spare.up.out);
	mig_buf_fini(&script->spare.down.out);
	free(script->steps);
	free(script->nodes);
	for (size_t side = 0; side < COUNT_OF(script->uses); side++) {
		free(script->uses[side].by_user);
		free(script->uses[side].by_target);
	}
	mig_script_map_fini(&script->op_of);
	mig_script_map_fini(&script->node_of);
	mig_script_map_fini(&script->early);
	mig_script_map_fini(&script->veiled);
	mig_script_map_fini(&script->moved);
	mig_script_map_fini(&script->logged);
	mig_script_map_fini(&script->strict);
	mig_arena_free(script->work);
}

static void
write_all(struct mig_script *script)
{
	if (script->work == NULL || !index_ops(script)) {
		script->failed = true;
		return;
	}
	bool postgresql = script->dialect == MIG_DB_POSTGRESQL;
	mig_script_uses_find(script);
	if (postgresql && !script->failed)
		mig_script_clusters(script);
	for (size_t i = 0; i < script->ops_count && !script->failed; i++) {
		if (postgresql)
			mig_pg_fact(script, &script->ops[i]);
		else
			mig_mysql_fact(script, &script->ops[i]);
	}
	if (!postgresql && !script->failed)
		mig_mysql_finish(script);
	if (!script->failed)
		mig_script_order(script);
}

void
mig_db_scripts(const struct mig_db_diff *diff, struct mig_check *check)
{
	struct mig_script script = { .diff = diff,
		.before = mig_db_diff_before(diff),
		.after = mig_db_diff_after(diff),
		.check = check,
		.arena = mig_check_arena(check),
		.work = mig_arena_new(MIG_CHECK_BYTES_MAX) };
	script.dialect = mig_db_dialect(script.after);
	step_init(&script, &script.spare);
	script.ops = mig_db_ops(diff, &script.ops_count);
	if (script.ops_count > 0)
		write_all(&script);
	if (script.failed || (script.work != NULL && mig_arena_failed(script.work)))
		mig_check_fail(check);
	script_fini(&script);
}
