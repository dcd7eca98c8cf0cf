/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include "config.h"

#include <string.h>

#include "base/arena.h"
#include "schema/judge_int.h"

/* Longer names are compared by their beginning. */
#define NAME_MAX_COMPARED 64
/* Columns of one table, and new tables, that are looked at. */
#define CANDIDATES_MAX 100
/* Of 100: from here on two things are similar enough to be offered. */
#define SIMILAR_ENOUGH 55
#define SIMILAR_TABLES 60

/* How many changes of one character lead from one name to the other. */
static size_t
distance(const char *a, const char *b)
{
	size_t row[NAME_MAX_COMPARED + 1];
	size_t a_len = strnlen(a, NAME_MAX_COMPARED);
	size_t b_len = strnlen(b, NAME_MAX_COMPARED);
	for (size_t j = 0; j <= b_len; j++)
		row[j] = j;
	for (size_t i = 1; i <= a_len; i++) {
		size_t corner = row[0];
		row[0] = i;
		for (size_t j = 1; j <= b_len; j++) {
			size_t changed = corner + (a[i - 1] == b[j - 1] ? 0 : 1);
			size_t dropped = row[j] + 1;
			size_t added = row[j - 1] + 1;
			corner = row[j];
			row[j] = changed < dropped ? changed : dropped;
			row[j] = added < row[j] ? added : row[j];
		}
	}
	return row[b_len];
}

/* 0 to 100. */
static size_t
name_similarity(const char *a, const char *b)
{
	size_t a_len = strnlen(a, NAME_MAX_COMPARED);
	size_t b_len = strnlen(b, NAME_MAX_COMPARED);
	size_t longer = a_len > b_len ? a_len : b_len;
	if (longer == 0)
		return 0;
	if (strstr(a, b) != NULL || strstr(b, a) != NULL)
		return 80;
	return 100 - distance(a, b) * 100 / longer;
}

static bool
same_type(const struct mig_db_column *a, const struct mig_db_column *b)
{
	return a->type != NULL && b->type != NULL && strcmp(a->type, b->type) == 0;
}

/* 0 to 100: the type has to be the same, name and position tell the rest. */
static size_t
column_similarity(const struct mig_db_column *a, const struct mig_db_column *b)
{
	if (!same_type(a, b))
		return 0;
	size_t similarity = name_similarity(a->base.name, b->base.name) * 7 / 10;
	similarity += a->position == b->position ? 20 : 0;
	similarity += a->nullable == b->nullable ? 10 : 0;
	return similarity;
}

/* Whether a column of one table is in the other too. */
static bool
is_there(const struct mig_db_object *table, const struct mig_db_column *column)
{
	return mig_db_find_part(table, MIG_DB_COLUMN, column->base.name) != NULL;
}

/* The column of other that is most similar to this one and not in its table. */
static const struct mig_db_column *
similar_column(const struct mig_db_column *column, const struct mig_db_object *other)
{
	const struct mig_db_column *best = NULL;
	size_t best_similarity = SIMILAR_ENOUGH - 1;
	const struct mig_db_table *table = mig_db_as_table(other);
	for (size_t i = 0; i < table->columns_count && i < CANDIDATES_MAX; i++) {
		size_t similarity = column_similarity(column, table->columns[i]);
		if (similarity <= best_similarity ||
		    is_there(column->base.parent, table->columns[i]))
			continue;
		best = table->columns[i];
		best_similarity = similarity;
	}
	return best;
}

/* 0 to 100: the part of the columns that both have. */
static size_t
table_similarity(const struct mig_db_table *a, const struct mig_db_table *b)
{
	size_t both = 0;
	for (size_t i = 0; i < a->columns_count && i < CANDIDATES_MAX; i++) {
		const struct mig_db_object *other =
		    mig_db_find_part(&b->base, MIG_DB_COLUMN, a->columns[i]->base.name);
		both += other != NULL && same_type(a->columns[i], mig_db_as_column(other)) ? 1 : 0;
	}
	size_t longer = a->columns_count > b->columns_count ? a->columns_count : b->columns_count;
	return longer == 0 ? 0 : both * 100 / longer;
}

static void
collect_added(struct judge *judge)
{
	size_t count = 0;
	const struct mig_db_op *ops = mig_db_ops(judge->diff, &count);
	judge->added_collected = true;
	judge->added = mig_arena_array(judge->arena, CANDIDATES_MAX, sizeof(*judge->added));
	if (judge->added == NULL)
		return;
	for (size_t i = 0; i < count && judge->added_count < CANDIDATES_MAX; i++)
		if (ops[i].what == MIG_DB_ADDED && ops[i].kind == MIG_DB_TABLE)
			judge->added[judge->added_count++] = ops[i].after;
}

static const char *
table_hint(struct judge *judge, const struct mig_db_object *gone)
{
	const struct mig_db_object *best = NULL;
	size_t best_similarity = SIMILAR_TABLES - 1;
	if (!judge->added_collected)
		collect_added(judge);
	for (size_t i = 0; i < judge->added_count; i++) {
		size_t similarity =
		    table_similarity(mig_db_as_table(gone), mig_db_as_table(judge->added[i]));
		if (similarity <= best_similarity ||
		    !mig_db_same(gone->schema, judge->added[i]->schema))
			continue;
		best = judge->added[i];
		best_similarity = similarity;
	}
	if (best == NULL)
		return NULL;
	const char *name = mig_judge_name(judge, gone);
	return mig_arena_printf(judge->arena, "If %s became %s, say --rename %s=%s.", name,
	    best->name, name, best->name);
}

/* 0 to 100: the part of the tables of one schema that another has in the newer version. */
static size_t
schema_similarity(
    const struct judge *judge, const struct mig_db_object *gone, const struct mig_db_object *added)
{
	size_t count = 0;
	size_t all = 0;
	size_t both = 0;
	struct mig_db_object *const *objects = mig_db_objects(judge->before, &count);
	for (size_t i = 0; i < count; i++) {
		if (objects[i]->kind != MIG_DB_TABLE ||
		    !mig_db_same(objects[i]->schema, gone->name))
			continue;
		all++;
		both +=
		    mig_db_find(judge->after, MIG_DB_TABLE, added->name, objects[i]->name) != NULL ?
		    1 :
		    0;
	}
	return all == 0 ? 0 : both * 100 / all;
}

/* A schema is not renamed for the user: its name may stand in any text. */
static const char *
schema_hint(struct judge *judge, const struct mig_db_object *gone)
{
	const struct mig_db_object *best = NULL;
	size_t best_similarity = SIMILAR_TABLES - 1;
	size_t count = 0;
	size_t candidates = 0;
	const struct mig_db_op *ops = mig_db_ops(judge->diff, &count);
	for (size_t i = 0; i < count && candidates < CANDIDATES_MAX; i++) {
		if (ops[i].what != MIG_DB_ADDED || ops[i].kind != MIG_DB_NAMESPACE)
			continue;
		candidates++;
		size_t similarity = schema_similarity(judge, gone, ops[i].after);
		if (similarity > best_similarity) {
			best = ops[i].after;
			best_similarity = similarity;
		}
	}
	if (best == NULL)
		return NULL;
	return mig_arena_printf(judge->arena,
	    "If it became %s, say so with ALTER SCHEMA … RENAME TO … behind the older schema and "
	    "compare again; as it stands, all that is in it is dropped.",
	    best->name);
}

const char *
mig_judge_rename_hint(struct judge *judge, const struct mig_db_op *op)
{
	const struct mig_db_object *object = op->before != NULL ? op->before : op->after;
	if (op->kind == MIG_DB_TABLE)
		return op->before != NULL ? table_hint(judge, op->before) : NULL;
	if (op->kind == MIG_DB_NAMESPACE)
		return op->before != NULL ? schema_hint(judge, op->before) : NULL;
	if (op->kind != MIG_DB_COLUMN || object->parent->kind != MIG_DB_TABLE)
		return NULL;
	const struct mig_db_object *other = op->before != NULL ?
	    mig_db_counterpart(judge->diff, object->parent) :
	    mig_judge_before(judge, object->parent);
	if (other == NULL || other->kind != MIG_DB_TABLE)
		return NULL;
	const struct mig_db_column *column = mig_db_as_column(object);
	const struct mig_db_column *found = similar_column(column, other);
	if (found == NULL)
		return NULL;
	const struct mig_db_column *old = op->before != NULL ? column : found;
	const struct mig_db_column *new = op->before != NULL ? found : column;
	const char *table = mig_judge_name(judge, old->base.parent);
	return mig_arena_printf(judge->arena, "If %s.%s became %s.%s, say --rename %s.%s=%s.",
	    table, old->base.name, mig_judge_name(judge, new->base.parent), new->base.name, table,
	    old->base.name, new->base.name);
}
