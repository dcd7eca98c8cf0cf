/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include "config.h"

#include <string.h>

#include "schema/script_pg.h"

/* The name that the server would choose for an index of a snapshot that has none. */
static const char *
index_name(struct mig_script *script, const struct mig_db_index *index)
{
	if (index->base.name != NULL)
		return index->base.name;
	const char *columns = NULL;
	for (size_t i = 0; i < index->columns_count; i++)
		columns = columns == NULL ?
		    index->columns[i] :
		    mig_arena_printf(script->work, "%s_%s", columns, index->columns[i]);
	const char *name =
	    mig_sql_made_name(script->arena, index->base.parent->name, columns, "idx");
	return name != NULL ? name : "";
}

static bool
is_partitioned(const struct mig_db_index *index)
{
	const struct mig_db_object *table = index->base.parent;
	return mig_db_as_table(table)->partition_key != NULL;
}

void
mig_pg_create_index(
    struct mig_sql *sql, const struct mig_db_index *index, const char *name, bool concurrently)
{
	const struct mig_db_object *table = index->base.parent;
	sql->about = &index->base;
	mig_sql_put(sql, "CREATE %sINDEX %s%n ON %t ", index->unique ? "UNIQUE " : "",
	    concurrently ? "CONCURRENTLY IF NOT EXISTS " : "",
	    name != NULL ? name : index_name(sql->script, index), table);
	if (index->base.definition != NULL) {
		mig_sql_put(
		    sql, "%x;\n", mig_db_written(&index->base, index->base.definition));
	} else {
		mig_sql_put(sql, "(");
		for (size_t i = 0; i < index->columns_count; i++)
			mig_sql_put(sql, i > 0 ? ", %n" : "%n", index->columns[i]);
		mig_sql_put(sql, ");\n");
	}
	mig_sql_lock(sql, concurrently ? MIG_LOCK_SHARE_UPDATE_EXCLUSIVE : MIG_LOCK_SHARE,
	    MIG_WORK_INDEX | MIG_WORK_SCAN);
}

void
mig_pg_index_marks(struct mig_sql *sql, const struct mig_db_index *index)
{
	const struct mig_db_object *table = index->base.parent;
	bool view = table->kind == MIG_DB_MATVIEW;
	if (index->clustered)
		mig_sql_put(sql, "ALTER %s %t CLUSTER ON %n;\n",
		    view ? "MATERIALIZED VIEW" : "TABLE", table, index_name(sql->script, index));
	if (index->replica_identity)
		mig_sql_put(sql, "ALTER TABLE %t REPLICA IDENTITY USING INDEX %n;\n", table,
		    index_name(sql->script, index));
	mig_pg_belongings(sql, &index->base);
}

static void
drop(struct mig_sql *sql, const struct mig_db_index *index, bool concurrently)
{
	const struct mig_db_object *table = index->base.parent;
	mig_sql_put(sql, "DROP INDEX %s", concurrently ? "CONCURRENTLY IF EXISTS " : "");
	if (table->schema != NULL)
		mig_sql_put(sql, "%n.", table->schema);
	mig_sql_put(sql, "%n;\n", index_name(sql->script, index));
	mig_sql_lock(
	    sql, concurrently ? MIG_LOCK_SHARE_UPDATE_EXCLUSIVE : MIG_LOCK_ACCESS_EXCLUSIVE, 0);
}

static void
make(struct mig_script_step *step, struct mig_sql *sql, const struct mig_db_index *index)
{
	bool concurrently = !is_partitioned(index);
	mig_pg_create_index(sql, index, NULL, concurrently);
	if (concurrently && index->replica_identity)
		mig_sql_put(sql, MIG_PG_SHORT_WAIT);
	mig_pg_index_marks(sql, index);
	step->script.transactional = !concurrently;
}

static struct mig_script_step *
add_step(struct mig_script *script, const struct mig_db_index *index)
{
	enum mig_script_phase phase = index->unique ? MIG_SCRIPT_CONTRACT : MIG_SCRIPT_EXPAND;
	struct mig_script_step *step = mig_step_new(script, phase, NULL, &index->base);
	mig_step_name(script, step, "add", &index->base);
	if (index->base.name != NULL)
		mig_step_validate(script, step, &index->base, true);
	make(step, &step->up, index);
	drop(&step->down, index, !is_partitioned(index));
	return step;
}

static struct mig_script_step *
drop_step(struct mig_script *script, const struct mig_db_index *index)
{
	struct mig_script_step *step =
	    mig_step_new(script, MIG_SCRIPT_CONTRACT, &index->base, NULL);
	mig_step_name(script, step, "drop", &index->base);
	if (index->base.name != NULL)
		mig_step_validate(script, step, &index->base, false);
	drop(&step->up, index, !is_partitioned(index));
	make(step, &step->down, index);
	return step;
}

/* The new one beside the old one, then the old one goes and leaves its name. */
static void
replace(struct mig_sql *sql, const struct mig_db_index *old, const struct mig_db_index *new)
{
	const struct mig_db_object *table = new->base.parent;
	if (is_partitioned(new)) {
		drop(sql, old, false);
		mig_pg_create_index(sql, new, NULL, false);
		mig_pg_index_marks(sql, new);
		return;
	}
	const char *name = mig_sql_made_name(
	    sql->script->arena, index_name(sql->script, new), NULL, "migarch_new");
	mig_pg_create_index(sql, new, name, true);
	drop(sql, old, true);
	mig_sql_put(sql, "ALTER INDEX IF EXISTS ");
	if (table->schema != NULL)
		mig_sql_put(sql, "%n.", table->schema);
	mig_sql_put(sql, "%n RENAME TO %n;\n", name, index_name(sql->script, new));
	if (new->replica_identity)
		mig_sql_put(sql, MIG_PG_SHORT_WAIT);
	mig_pg_index_marks(sql, new);
}

static void
replace_step(struct mig_script *script, const struct mig_db_op *op)
{
	const struct mig_db_index *old = mig_db_as_index(op->before);
	const struct mig_db_index *new = mig_db_as_index(op->after);
	struct mig_script_step *step = mig_step_new(script,
	    new->unique && !old->unique ? MIG_SCRIPT_CONTRACT : MIG_SCRIPT_MIGRATE, op->before,
	    op->after);
	step->passes = is_partitioned(new);
	mig_step_name(script, step, "change", op->after);
	replace(&step->up, old, new);
	replace(&step->down, new, old);
	step->script.transactional = is_partitioned(new);
}

static void
rename_step(struct mig_script *script, const struct mig_db_op *op)
{
	MIG_ASSERT(op->before != NULL && op->after != NULL);
	struct mig_script_step *step =
	    mig_step_new(script, MIG_SCRIPT_MIGRATE, op->before, op->after);
	const struct mig_db_object *table = op->after->parent;
	const char *prefix =
	    table->schema != NULL ? mig_sql_text(script, "%n.", table->schema) : "";
	step->frees = true;
	step->side = true;
	step->rank = 0;
	mig_step_name(script, step, "rename", op->before);
	mig_sql_put(&step->up, "ALTER INDEX %s%n RENAME TO %n;\n", prefix, op->before->name,
	    op->after->name);
	mig_sql_put(&step->down, "ALTER INDEX %s%n RENAME TO %n;\n", prefix, op->after->name,
	    op->before->name);
	mig_sql_lock(&step->up, MIG_LOCK_SHARE_UPDATE_EXCLUSIVE, 0);
	if (!mig_script_map_set(&script->early, op->before, step->number + 1) ||
	    !mig_script_map_set(&script->early, op->after, step->number + 1))
		script->failed = true;
}

/* The mark is the table's: given to one index, it is taken from the other. */
static bool
any_clustered(const struct mig_db_table *table)
{
	for (size_t i = 0; i < table->indexes_count; i++)
		if (table->indexes[i]->clustered)
			return true;
	return false;
}

static void
put_marks_change(
    struct mig_sql *sql, const struct mig_db_index *from, const struct mig_db_index *to)
{
	const struct mig_db_object *table = to->base.parent;
	const char *name = index_name(sql->script, sql->back ? from : to);
	const char *word = table->kind == MIG_DB_MATVIEW ? "MATERIALIZED VIEW" : "TABLE";
	if (from->clustered && !to->clustered && !any_clustered(mig_db_as_table(table)))
		mig_sql_put(sql, "ALTER %s %t SET WITHOUT CLUSTER;\n", word, table);
	if (!from->clustered && to->clustered)
		mig_sql_put(sql, "ALTER %s %t CLUSTER ON %n;\n", word, table, name);
	if (to->replica_identity && !from->replica_identity)
		mig_sql_put(sql, "ALTER TABLE %t REPLICA IDENTITY USING INDEX %n;\n", table, name);
}

/* An invalid index is a building site that was left; nobody asks for one. */
static void
rebuild_step(struct mig_script *script, const struct mig_db_op *op)
{
	if (!mig_db_as_index(op->after)->valid)
		return;
	struct mig_script_step *step =
	    mig_step_new(script, MIG_SCRIPT_MIGRATE, op->before, op->after);
	step->side = true;
	step->script.transactional = false;
	mig_step_name(script, step, "rebuild", op->after);
	mig_sql_put(&step->up, "REINDEX INDEX CONCURRENTLY %p;\n", op->after);
	mig_sql_lock(&step->up, MIG_LOCK_SHARE_UPDATE_EXCLUSIVE, MIG_WORK_INDEX | MIG_WORK_SCAN);
	step->script.lossy = "the index stays valid";
}

#define OTHER_INDEX (MIG_DB_DEFINITION | MIG_DB_UNIQUENESS | MIG_DB_NULLS)

void
mig_pg_index_fact(struct mig_script *script, const struct mig_db_op *op, unsigned aspects)
{
	const struct mig_db_index *index =
	    mig_db_as_index(op->after != NULL ? op->after : op->before);
	struct mig_script_step *move = NULL;
	bool moves = mig_pg_moves(script, op, &move);
	if (op->what != MIG_DB_CHANGED && index->inherited && !moves)
		return;
	if (op->what == MIG_DB_ADDED) {
		struct mig_script_step *step = add_step(script, index);
		if (index->inherited)
			mig_step_wait(script, move, step);
	} else if (op->what == MIG_DB_DROPPED) {
		struct mig_script_step *step = drop_step(script, index);
		if (index->inherited)
			mig_step_wait(script, step, move);
	} else if ((aspects & OTHER_INDEX) != 0) {
		replace_step(script, op);
	} else {
		if ((aspects & MIG_DB_NAME) != 0)
			rename_step(script, op);
		if ((aspects & MIG_DB_VALID) != 0)
			rebuild_step(script, op);
		if ((aspects & (MIG_DB_VISIBLE | MIG_DB_REPLICA_IDENTITY)) != 0) {
			struct mig_script_step *step =
			    mig_step_new(script, MIG_SCRIPT_MIGRATE, op->before, op->after);
			step->side = true;
			mig_step_name(script, step, "change marks of", op->after);
			put_marks_change(&step->up, mig_db_as_index(op->before), index);
			put_marks_change(&step->down, index, mig_db_as_index(op->before));
			mig_sql_lock(&step->up, MIG_LOCK_ACCESS_EXCLUSIVE, 0);
		}
		mig_pg_common_steps(script, op, aspects);
	}
}
