/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include "config.h"

#include <string.h>

#include "schema/script_mysql_int.h"
#include "schema/trigger.h"

/*
 * What one fact alone does not tell: MySQL and MariaDB have columns in an order that can be asked
 * for, refuse another type under a foreign key, and do not rewrite views and triggers when what
 * they mention gets another name.
 */

/* Aspects that no statement is about. */
#define QUIET (MIG_DB_OWNER | MIG_DB_GRANTS | MIG_DB_LENGTH)

/* Steps by the things they make or take away: 1 + their number. */
struct places {
	struct mig_script *script;
	struct mig_script_map step_of;
};

static struct mig_script_step *
step_at(const struct places *places, const struct mig_db_object *object)
{
	size_t number = object != NULL ? mig_script_map_get(&places->step_of, object) : 0;
	return number > 0 ? places->script->steps[number - 1] : NULL;
}

static void
note_step(struct places *places, const struct mig_db_object *object, size_t number)
{
	if (object != NULL && !mig_script_map_set(&places->step_of, object, number + 1))
		places->script->failed = true;
}

static void
note_steps(struct places *places)
{
	const struct mig_script *script = places->script;
	for (size_t s = 0; s < script->steps_count; s++) {
		const struct mig_script_step *step = script->steps[s];
		for (size_t i = 0; i < step->items_count; i++) {
			note_step(places, step->items[i].before, s);
			note_step(places, step->items[i].after, s);
		}
	}
}

/* One waits for the other; first: the one that is given second comes first. */
static void
wait_for(struct places *places, struct mig_script_step *step, struct mig_script_step *other,
    bool first)
{
	mig_step_wait(places->script, first ? step : other, first ? other : step);
}

/* A new name comes first whatever happens. */
static bool
is_early(const struct places *places, const struct mig_db_object *object,
    const struct mig_script_step *step)
{
	size_t early =
	    object != NULL ? mig_script_map_get(&places->script->early, object) : 0;
	return step == NULL || early == step->number + 1;
}

static void
around_table(struct places *places, struct mig_script_step *step,
    const struct mig_db_object *table, bool add)
{
	struct mig_script_step *other = step_at(places, table);
	if (add || !is_early(places, table, other))
		wait_for(places, step, other, add);
}

/* Those of the key itself, or those it points to in the table. */
static void
around_columns(struct places *places, struct mig_script_step *step,
    const struct mig_db_constraint *key, const struct mig_db_object *target, bool add)
{
	bool own = target == NULL;
	const struct mig_db_object *table = own ? key->base.parent : target;
	const char *const *names = own ? key->columns : key->ref_columns;
	size_t count = own ? key->columns_count : key->ref_columns_count;
	for (size_t i = 0; table != NULL && i < count; i++) {
		const struct mig_db_object *column =
		    mig_db_find_part(table, MIG_DB_COLUMN, names[i]);
		struct mig_script_step *other = step_at(places, column);
		if (!is_early(places, column, other))
			wait_for(places, step, other, add);
	}
}

static void
around_keys(struct places *places, struct mig_script_step *step,
    const struct mig_db_object *table, bool add)
{
	static const enum mig_db_kind kinds[] = { MIG_DB_CONSTRAINT, MIG_DB_INDEX };
	for (size_t k = 0; table != NULL && k < COUNT_OF(kinds); k++) {
		size_t count = 0;
		struct mig_db_object *const *parts = mig_db_parts(table, kinds[k], &count);
		for (size_t i = 0; i < count; i++) {
			bool key = kinds[k] == MIG_DB_INDEX ||
			    mig_db_as_constraint(parts[i])->type == MIG_DB_PRIMARY_KEY ||
			    mig_db_as_constraint(parts[i])->type == MIG_DB_UNIQUE;
			if (key)
				wait_for(places, step, step_at(places, parts[i]), add);
		}
	}
}

/* Foreign keys go before what they stand on changes, and come when it has. */
static void
order_foreign(struct places *places, struct mig_script_step *step,
    const struct mig_db_object *object, bool add)
{
	const struct mig_db_constraint *key = mig_db_as_constraint(object);
	const struct mig_db *db = add ? places->script->after : places->script->before;
	const struct mig_db_object *target =
	    mig_db_find(db, MIG_DB_TABLE, key->ref_schema, key->ref_table);
	around_columns(places, step, key, NULL, add);
	if (target != NULL)
		around_columns(places, step, key, target, add);
	around_keys(places, step, object->parent, add);
	around_keys(places, step, target, add);
	around_table(places, step, object->parent, add);
	if (target != NULL)
		around_table(places, step, target, add);
}

/* A primary key makes its columns NOT NULL without a word: they are so before, and after. */
static void
order_primary(struct places *places, struct mig_script_step *step,
    const struct mig_db_object *object, bool add)
{
	if (object == NULL || object->kind != MIG_DB_CONSTRAINT)
		return;
	const struct mig_db_constraint *key = mig_db_as_constraint(object);
	for (size_t i = 0; key->type == MIG_DB_PRIMARY_KEY && i < key->columns_count; i++) {
		const struct mig_db_object *column =
		    mig_db_find_part(object->parent, MIG_DB_COLUMN, key->columns[i]);
		const struct mig_db_op *op =
		    column != NULL ? mig_script_op(places->script, column) : NULL;
		if (op != NULL && op->what == MIG_DB_CHANGED &&
		    (op->aspects & MIG_DB_NULLABLE) != 0)
			wait_for(places, step, step_at(places, column), add);
	}
}

/* The undo of a part that goes names columns as they are called by then. */
static void
after_renames(struct places *places, struct mig_script_step *step,
    const struct mig_db_object *object)
{
	struct mig_script *script = places->script;
	size_t count = 0;
	if (object == NULL || object->parent == NULL || object->kind == MIG_DB_TRIGGER)
		return;
	const struct mig_script_use *uses =
	    mig_script_uses_of(&script->uses[0], object, &count);
	for (size_t i = 0; i < count; i++) {
		size_t early = mig_script_map_get(&script->early, uses[i].target);
		if (early > 0)
			mig_step_wait(script, step, script->steps[early - 1]);
	}
}

/* Each is made behind the one that is fired before it, and the undo of a drop is no other. */
static void
order_trigger(struct places *places, struct mig_script_step *step,
    const struct mig_db_object *object, bool add)
{
	if (object != NULL && object->kind == MIG_DB_TRIGGER)
		wait_for(places, step, step_at(places, mig_db_trigger_next(object, true)), add);
}

static void
order_all_parts(struct places *places)
{
	struct mig_script *script = places->script;
	for (size_t s = 0; s < script->steps_count; s++) {
		struct mig_script_step *step = script->steps[s];
		for (size_t i = 0; i < step->items_count; i++) {
			if (mig_db_is_foreign_key(step->items[i].before))
				order_foreign(places, step, step->items[i].before, false);
			if (mig_db_is_foreign_key(step->items[i].after))
				order_foreign(places, step, step->items[i].after, true);
			after_renames(places, step, step->items[i].before);
			order_primary(places, step, step->items[i].before, false);
			order_primary(places, step, step->items[i].after, true);
			order_trigger(places, step, step->items[i].before, false);
			order_trigger(places, step, step->items[i].after, true);
		}
	}
}

/* Columns come from the first to the last and go from the last to the first. */
static void
order_columns(struct places *places, const struct mig_db_table *table, bool add)
{
	struct mig_script_step *last = NULL;
	for (size_t i = 0; i < table->columns_count; i++) {
		const struct mig_db_object *column = &table->columns[i]->base;
		const struct mig_db_op *op = mig_script_op(places->script, column);
		if (op == NULL || op->what != (add ? MIG_DB_ADDED : MIG_DB_DROPPED))
			continue;
		struct mig_script_step *step = step_at(places, column);
		if (last != NULL && step != NULL)
			wait_for(places, step, last, add);
		last = step != NULL ? step : last;
	}
}

/* All columns of a table, each behind the one before it. */
static void
put_arranged(struct mig_sql *sql, const struct mig_db_table *order, bool before)
{
	const struct mig_db_object *last = NULL;
	mig_sql_put(sql, "ALTER TABLE %t", &order->base);
	for (size_t i = 0; i < order->columns_count; i++) {
		const struct mig_db_object *column = &order->columns[i]->base;
		const struct mig_db_op *op = mig_script_op(sql->script, column);
		/* At this moment a column that is kept is what it will be. */
		const struct mig_db_object *now =
		    before && op != NULL && op->after != NULL ? op->after : column;
		mig_sql_put(sql, i > 0 ? ", MODIFY COLUMN %n" : " MODIFY COLUMN %n", now->name);
		mig_mysql_put_column(sql, mig_db_as_column(now));
		if (last != NULL)
			mig_sql_put(sql, " AFTER %n", last->name);
		else
			mig_sql_put(sql, " FIRST");
		last = now;
	}
	mig_sql_put(sql, ";\n");
}

/* One step gives all columns of a table their places: after all but drops. */
static void
arrange(struct places *places, const struct mig_db_object *before,
    const struct mig_db_object *after)
{
	struct mig_script *script = places->script;
	const struct mig_db_table *old = mig_db_as_table(before);
	const struct mig_db_table *new = mig_db_as_table(after);
	const struct mig_db_column *moved = NULL;
	for (size_t i = 0; i < new->columns_count && moved == NULL; i++) {
		const struct mig_db_op *op = mig_script_op(script, &new->columns[i]->base);
		if (op != NULL && (op->aspects & MIG_DB_POSITION) != 0)
			moved = new->columns[i];
	}
	if (moved == NULL)
		return;
	struct mig_script_step *step =
	    mig_step_new(script, MIG_SCRIPT_MIGRATE, &moved->base, &moved->base);
	mig_step_name(script, step, "place", &moved->base);
	put_arranged(&step->up, new, false);
	put_arranged(&step->down, old, true);
	step->side = true;
	if (mig_db_virtual_behind(script->before, new->columns[0]))
		mig_sql_lock(&step->up, MIG_LOCK_SHARE, MIG_WORK_REWRITE | MIG_WORK_SCAN);
	for (size_t i = 0; i < new->columns_count; i++)
		wait_for(places, step, step_at(places, &new->columns[i]->base), true);
	for (size_t i = 0; i < old->columns_count; i++) {
		const struct mig_db_op *op = mig_script_op(script, &old->columns[i]->base);
		if (op != NULL && op->what == MIG_DB_DROPPED)
			wait_for(
			    places, step, step_at(places, &old->columns[i]->base), false);
	}
}

/* The table of the before side, where it is on both; parts of others have their steps there. */
static const struct mig_db_object *
table_before(const struct mig_script *script, const struct mig_db_object *after)
{
	const struct mig_db_op *op = mig_script_op(script, after);
	if (op != NULL)
		return op->before;
	return mig_db_find(script->before, MIG_DB_TABLE, after->schema, after->name);
}

static void
order_tables(struct places *places)
{
	size_t count = 0;
	struct mig_db_object *const *objects = mig_db_objects(places->script->after, &count);
	for (size_t i = 0; i < count; i++) {
		if (objects[i]->kind != MIG_DB_TABLE)
			continue;
		const struct mig_db_object *before = table_before(places->script, objects[i]);
		if (before == NULL || before->kind != MIG_DB_TABLE)
			continue;
		order_columns(places, mig_db_as_table(objects[i]), true);
		order_columns(places, mig_db_as_table(before), false);
		arrange(places, before, objects[i]);
	}
}

/*
 * The index of its own that a foreign key gets, or has no more: the server drops it when there is
 * another one, but does not make it again.
 */
static void
own_index(struct places *places, const struct mig_db_object *before,
    const struct mig_db_object *after)
{
	struct mig_script *script = places->script;
	const struct mig_db_constraint *old = mig_db_as_constraint(before);
	const struct mig_db_constraint *new = mig_db_as_constraint(after);
	bool gets = new->index_method != NULL;
	if (gets == (old->index_method != NULL))
		return;
	struct mig_script_step *step = mig_step_new(
	    script, gets ? MIG_SCRIPT_EXPAND : MIG_SCRIPT_CONTRACT, before, after);
	step->side = true;
	mig_step_name(script, step, gets ? "index" : "free", after);
	mig_mysql_own_index(gets ? &step->up : &step->down, gets ? new : old, true);
	mig_mysql_own_index(gets ? &step->down : &step->up, gets ? new : old, false);
	if (gets)
		around_keys(places, step, before->parent, false);
	else
		around_keys(places, step, after->parent, true);
}

/* Foreign keys that stay, but have to be off while a column they join gets another type. */
static void
keep_foreign(struct places *places, bool release)
{
	struct mig_script *script = places->script;
	size_t count = 0;
	struct mig_db_object *const *objects = mig_db_objects(script->after, &count);
	for (size_t i = 0; i < count; i++) {
		const struct mig_db_object *before = objects[i]->kind == MIG_DB_TABLE ?
		    table_before(script, objects[i]) :
		    NULL;
		if (before == NULL || before->kind != MIG_DB_TABLE)
			continue;
		const struct mig_db_table *table = mig_db_as_table(objects[i]);
		for (size_t k = 0; k < table->constraints_count; k++) {
			const struct mig_db_object *key = &table->constraints[k]->base;
			const struct mig_db_object *old = key->name != NULL ?
			    mig_db_find_part(before, MIG_DB_CONSTRAINT, key->name) :
			    NULL;
			if (old == NULL || !mig_db_is_foreign_key(key) ||
			    !mig_db_is_foreign_key(old) ||
			    mig_script_op(script, key) != NULL)
				continue;
			if (release)
				mig_mysql_release(script, old, key);
			else if (step_at(places, key) == NULL)
				own_index(places, old, key);
		}
	}
}

/* Whether the text of a view or trigger names something that gets another name, on one side. */
static bool
mentions_renamed(const struct mig_script *script, const struct mig_db_object *object, bool before)
{
	for (size_t i = 0; i < script->ops_count; i++) {
		const struct mig_db_op *op = &script->ops[i];
		bool hint = op->kind == MIG_DB_COLUMN || op->kind == MIG_DB_TABLE;
		const struct mig_db_object *thing = before ? op->before : op->after;
		if (!hint || op->what != MIG_DB_CHANGED || (op->aspects & MIG_DB_NAME) == 0 ||
		    !mig_sql_mentions(object->definition, thing->name))
			continue;
		if (thing->parent == NULL || thing->parent == object->parent ||
		    mig_sql_mentions(object->definition, thing->parent->name))
			return true;
	}
	return false;
}

static bool
is_crowded(const struct mig_db_object *trigger)
{
	return trigger != NULL && trigger->kind == MIG_DB_TRIGGER &&
	    (mig_db_trigger_next(trigger, true) != NULL ||
	        mig_db_trigger_next(trigger, false) != NULL);
}

/* Whether it goes before names change: triggers that are fired together go in their order. */
static bool
must_lead(const struct mig_script *script, const struct mig_db_object *before)
{
	const struct mig_db_object *it = before;
	if (!script->renames)
		return false;
	if (mentions_renamed(script, before, true))
		return true;
	for (int way = 0; way < 2 && before->kind == MIG_DB_TRIGGER; way++)
		for (it = before; (it = mig_db_trigger_next(it, way == 0)) != NULL;)
			if (mentions_renamed(script, it, true))
				return true;
	return false;
}

/* Before, or behind, all that gives a thing another name. */
static void
around_renames(struct mig_script *script, struct mig_script_step *step, bool before)
{
	for (size_t i = 0; i < script->ops_count; i++) {
		size_t early = script->ops[i].after != NULL ?
		    mig_script_map_get(&script->early, script->ops[i].after) :
		    0;
		if (early == 0)
			continue;
		struct mig_script_step *rename = script->steps[early - 1];
		mig_step_wait(script, before ? rename : step, before ? step : rename);
	}
}

static void
remake(struct mig_script *script, const struct mig_db_object *before,
    const struct mig_db_object *after)
{
	struct mig_script_step *drop = NULL;
	struct mig_script_step *add = NULL;
	if (before != NULL) {
		drop = mig_step_new(script, MIG_SCRIPT_CONTRACT, before, NULL);
		drop->leads = must_lead(script, before);
		/* Who uses it does not have to care. */
		drop->side = after != NULL;
		mig_step_name(script, drop, "drop", before);
		mig_mysql_drop(&drop->up, before);
		mig_mysql_create(&drop->down, before);
		if (drop->leads)
			around_renames(script, drop, true);
	}
	if (after != NULL) {
		add = mig_step_new(script, MIG_SCRIPT_EXPAND, NULL, after);
		mig_step_name(script, add, "add", after);
		mig_mysql_create(&add->up, after);
		mig_mysql_drop(&add->down, after);
		around_renames(script, add, false);
	}
	mig_step_wait(script, add, drop);
}

bool
mig_mysql_remakes(const struct mig_script *script, const struct mig_db_op *op)
{
	bool trigger = op->kind == MIG_DB_TRIGGER;
	if (op->kind != MIG_DB_VIEW && !trigger)
		return false;
	if (op->what == MIG_DB_CHANGED && (op->aspects & ~QUIET) != 0 &&
	    (is_crowded(op->before) || is_crowded(op->after)))
		return true;
	return (op->before != NULL && must_lead(script, op->before)) ||
	    (op->after != NULL && script->renames && mentions_renamed(script, op->after, false));
}

bool
mig_mysql_stays(const struct mig_script *script, const struct mig_db_object *trigger)
{
	const struct mig_db_op *op = trigger != NULL ? mig_script_op(script, trigger) : NULL;
	if (trigger == NULL || (op != NULL && (op->what != MIG_DB_CHANGED ||
	    (op->aspects & ~QUIET) != 0 || mig_mysql_remakes(script, op))))
		return false;
	return op != NULL || !script->renames || !mentions_renamed(script, trigger, false);
}

/* A view or trigger of the after side that stays but for the names in it. */
static void
remake_kept(struct mig_script *script, const struct mig_db_object *after)
{
	const struct mig_db_op *op = mig_script_op(script, after);
	const struct mig_db_object *before = op != NULL ? op->before : NULL;
	if (op != NULL && !mig_mysql_remakes(script, op))
		return;
	if (op == NULL && !(script->renames && mentions_renamed(script, after, false)))
		return;
	if (op == NULL && after->parent != NULL) {
		const struct mig_db_object *table = table_before(script, after->parent);
		before = table != NULL ? mig_db_find_part(table, after->kind, after->name) : NULL;
	} else if (op == NULL) {
		before = mig_db_find(script->before, after->kind, after->schema, after->name);
	}
	if (op != NULL || before != NULL)
		remake(script, before, after);
}

static void
remake_all(struct mig_script *script)
{
	size_t count = 0;
	struct mig_db_object *const *objects = mig_db_objects(script->after, &count);
	for (size_t i = 0; i < count; i++) {
		if (objects[i]->kind == MIG_DB_VIEW)
			remake_kept(script, objects[i]);
		if (objects[i]->kind != MIG_DB_TABLE || table_before(script, objects[i]) == NULL)
			continue;
		size_t triggers = 0;
		struct mig_db_object *const *parts =
		    mig_db_parts(objects[i], MIG_DB_TRIGGER, &triggers);
		for (size_t k = 0; k < triggers; k++)
			remake_kept(script, parts[k]);
	}
	for (size_t i = 0; i < script->ops_count; i++)
		if (script->ops[i].after == NULL && mig_mysql_remakes(script, &script->ops[i]))
			remake(script, script->ops[i].before, NULL);
}

void
mig_mysql_finish(struct mig_script *script)
{
	struct places places = { .script = script };
	keep_foreign(&places, true);
	remake_all(script);
	note_steps(&places);
	if (!script->failed) {
		order_all_parts(&places);
		keep_foreign(&places, false);
		order_tables(&places);
	}
	mig_script_map_fini(&places.step_of);
}
