/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/limits.h"
#include "schema/diff.h"
#include "schema/drift.h"

/* The lists of differences: from the schema before, the one after, and what is in between. */
enum { BEFORE, AFTER, BETWEEN, LISTS_MAX };

#define WHOLE (~0U)

/* What no statement of a migration depends on. */
#define NO_DRIFT (MIG_DB_COMMENT | MIG_DB_OWNER | MIG_DB_GRANTS | MIG_DB_POSITION)

/* How an aspect is called; several bits may share a word. */
static const struct {
	unsigned aspects;
	const char *word;
} words[] = {
	{ MIG_DB_NAME | MIG_DB_SCHEMA, "name" },
	{ MIG_DB_TYPE | MIG_DB_LENGTH, "type" },
	{ MIG_DB_COLLATE, "collation" },
	{ MIG_DB_NULLABLE, "nullability" },
	{ MIG_DB_DEFAULT, "default" },
	{ MIG_DB_IDENTITY, "identity" },
	{ MIG_DB_GENERATED, "generation" },
	{ MIG_DB_DEFINITION | MIG_DB_UNIQUENESS | MIG_DB_NULLS, "definition" },
	{ MIG_DB_COLUMNS, "columns" },
	{ MIG_DB_LABELS, "labels" },
	{ MIG_DB_VALID, "validity" },
	{ MIG_DB_DEFERRABLE | MIG_DB_ACTION, "behaviour" },
	{ MIG_DB_PARTITION_KEY | MIG_DB_PARTITION | MIG_DB_INHERITS, "partitioning" },
	{ MIG_DB_ROW_SECURITY, "row security" },
	{ MIG_DB_ENABLED | MIG_DB_VISIBLE, "state" },
	{ MIG_DB_OPTIONS | MIG_DB_STORAGE | MIG_DB_PERSISTENCE | MIG_DB_TABLESPACE |
	        MIG_DB_REPLICA_IDENTITY,
	    "options" },
};
#define WORDS (sizeof(words) / sizeof(words[0]))

/* One difference between the live schema and one of the others. */
struct fact {
	const char *key;    /* what it is about */
	const char *parent; /* of a part: the key of its table; NULL */
	const struct mig_db_object *object;
	bool live;        /* the live server has it */
	unsigned aspects; /* WHOLE: only one of the two has it */
	unsigned strict;  /* those in which it is not merely less strict than the other */
};

/* All differences from one of the others, by their keys. */
struct list {
	struct mig_db_diff *diff;
	struct fact *facts;
	size_t count;
};

struct drift {
	struct mig_arena *arena;
	struct list lists[LISTS_MAX];
	size_t lists_count;
	size_t first; /* of the lists that count: what scripts have changed is not as before */
	bool contracts;
};

/* In what a live thing differs from its like of one list. */
struct difference {
	unsigned aspects;
	unsigned strict;
};

static const char *
namespace_of(const struct mig_db_object *object)
{
	return object->schema == NULL || strcmp(object->schema, "public") == 0 ? "" :
	                                                                         object->schema;
}

/* Snapshots have constraints without names: what they say stands for it. */
static const char *
name_of(const struct mig_db_object *object)
{
	if (object->name != NULL)
		return object->name;
	return object->definition != NULL ? object->definition : "";
}

static const char *
arguments_of(const struct mig_db_object *object)
{
	if (object->kind != MIG_DB_ROUTINE)
		return "";
	const char *arguments = ((const struct mig_db_routine *)object)->arguments;
	return arguments != NULL ? arguments : "";
}

/* The same text for the same thing, whichever schema it is of. */
static const char *
key_of(struct mig_arena *arena, const struct mig_db_object *object)
{
	const struct mig_db_object *top = object->parent != NULL ? object->parent : object;
	if (object->parent == NULL)
		return mig_arena_printf(arena, "%d\x1f%s\x1f%s\x1f%s", (int)object->kind,
		    namespace_of(object), name_of(object), arguments_of(object));
	return mig_arena_printf(arena, "%d\x1f%s\x1f%s\x1f\x1f%d\x1f%s", (int)top->kind,
	    namespace_of(top), name_of(top), (int)object->kind, name_of(object));
}

static int
order_facts(const void *left, const void *right)
{
	const struct fact *a = left;
	const struct fact *b = right;
	return strcmp(a->key, b->key);
}

/*
 * In what the live thing lacks what makes the other one strict: one that comes is added without it
 * first, one that goes loses it first.
 */
static unsigned
lacks(const struct mig_db_object *other, const struct mig_db_object *live)
{
	unsigned lacking = 0;
	if (other->kind == MIG_DB_COLUMN) {
		if (mig_db_as_column(live)->nullable)
			lacking |= MIG_DB_NULLABLE;
		if (mig_db_as_column(live)->default_expr == NULL &&
		    mig_db_as_column(live)->more->on_update == NULL)
			lacking |= MIG_DB_DEFAULT;
	} else if (other->kind == MIG_DB_CONSTRAINT && mig_db_as_constraint(live)->not_valid) {
		lacking |= MIG_DB_VALID;
	}
	return lacking;
}

static bool
take_fact(struct drift *drift, struct list *list, const struct mig_db_op *op)
{
	struct fact *fact = &list->facts[list->count];
	unsigned aspects = op->what == MIG_DB_CHANGED ? op->aspects & ~NO_DRIFT : WHOLE;
	if (aspects == 0)
		return true;
	fact->live = op->after != NULL;
	fact->object = op->after != NULL ? op->after : op->before;
	fact->aspects = aspects;
	fact->strict = op->what == MIG_DB_CHANGED ? aspects & ~lacks(op->before, op->after) : WHOLE;
	fact->key = key_of(drift->arena, fact->object);
	if (fact->object->parent != NULL)
		fact->parent = key_of(drift->arena, fact->object->parent);
	list->count++;
	return fact->key != NULL && (fact->object->parent == NULL || fact->parent != NULL);
}

static int
add_list(struct drift *drift, const struct mig_db *other, const struct mig_db *live)
{
	struct list *list = &drift->lists[drift->lists_count++];
	struct mig_findings findings = { 0 };
	size_t count = 0;
	int error = mig_db_compare(other, live, NULL, 0, &list->diff, &findings);
	mig_findings_fini(&findings);
	if (error != MIG_OK)
		return error;
	const struct mig_db_op *ops = mig_db_ops(list->diff, &count);
	list->facts = mig_arena_array(drift->arena, count + 1, sizeof(*list->facts));
	for (size_t i = 0; list->facts != NULL && i < count; i++)
		if (!take_fact(drift, list, &ops[i]))
			return MIG_ENOMEM;
	if (list->facts == NULL)
		return MIG_ENOMEM;
	if (list->count > 0)
		qsort(list->facts, list->count, sizeof(*list->facts), order_facts);
	return MIG_OK;
}

/* The first fact of a key; count when there is none. */
static size_t
find(const struct list *list, const char *key)
{
	size_t low = 0;
	size_t high = list->count;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (strcmp(list->facts[middle].key, key) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low < list->count && strcmp(list->facts[low].key, key) == 0 ? low : list->count;
}

static struct difference
difference_in(const struct list *list, const char *key)
{
	struct difference difference = { 0, 0 };
	for (size_t i = find(list, key);
	     i < list->count && strcmp(list->facts[i].key, key) == 0; i++) {
		difference.aspects |= list->facts[i].aspects;
		difference.strict |= list->facts[i].strict;
	}
	return difference;
}

/* A table that one side lacks has no part there. */
static struct difference
difference_of(const struct list *list, const struct fact *fact)
{
	static const struct difference whole = { WHOLE, WHOLE };
	if (fact->parent != NULL && difference_in(list, fact->parent).aspects == WHOLE)
		return whole;
	return difference_in(list, fact->key);
}

/*
 * Whether the new version, which all traffic goes to by the time the old one's things are taken
 * away, cannot do without: it is in no other place of the plan than among what is added first.
 */
static bool
is_due(const struct drift *drift, const struct fact *fact)
{
	const struct mig_db_object *object = fact->object;
	bool column = object->kind == MIG_DB_COLUMN && object->parent->kind == MIG_DB_TABLE;
	return drift->contracts && !fact->live && (object->kind == MIG_DB_TABLE || column);
}

/* What is told of a thing: in what it differs from all that it may be; late: it is as before. */
static unsigned
aspects_of(const struct drift *drift, const struct fact *fact, bool *ret_late)
{
	struct difference here[LISTS_MAX] = { { 0, 0 } };
	unsigned aspects = WHOLE;
	for (size_t i = 0; i < drift->lists_count; i++)
		here[i] = difference_of(&drift->lists[i], fact);
	bool moving = (here[BEFORE].aspects == WHOLE) != (here[AFTER].aspects == WHOLE);
	for (size_t i = drift->first; i < drift->lists_count; i++)
		aspects &= moving ? here[i].strict : here[i].aspects;
	if (here[BEFORE].aspects == 0 && here[AFTER].aspects == WHOLE && is_due(drift, fact))
		aspects = WHOLE;
	*ret_late = (here[BEFORE].aspects & aspects) == 0;
	return aspects;
}

/* Whether an earlier fact was about the same thing. */
static bool
told(const struct drift *drift, size_t list, size_t index)
{
	const struct fact *fact = &drift->lists[list].facts[index];
	if (index > 0 && strcmp(drift->lists[list].facts[index - 1].key, fact->key) == 0)
		return true;
	for (size_t i = drift->first; i < list; i++)
		if (find(&drift->lists[i], fact->key) < drift->lists[i].count)
			return true;
	return false;
}

static void
put_aspects(unsigned aspects, bool late, struct mig_buf *out)
{
	const char *sep = late ? " is still as before in " : " differs in ";
	for (size_t i = 0; i < WORDS; i++) {
		if ((words[i].aspects & aspects) == 0)
			continue;
		mig_buf_printf(out, "%s%s", sep, words[i].word);
		sep = ", ";
	}
}

static void
put_name(const struct mig_db_object *object, struct mig_buf *out)
{
	const struct mig_db_object *top = object->parent != NULL ? object->parent : object;
	mig_buf_printf(out, "%s ", mig_db_kind_name(object->kind));
	if (namespace_of(top)[0] != '\0')
		mig_buf_printf(out, "%s.", namespace_of(top));
	mig_buf_puts(out, name_of(top));
	if (object->parent != NULL)
		mig_buf_printf(out, ".%s", name_of(object));
	if (object->kind == MIG_DB_ROUTINE)
		mig_buf_printf(out, "(%s)", arguments_of(object));
}

static void
tell(const struct fact *fact, unsigned aspects, bool late, struct mig_buf *out)
{
	bool whole = aspects == WHOLE;
	put_name(fact->object, out);
	if (!whole)
		put_aspects(aspects, late, out);
	else if (fact->live)
		mig_buf_puts(out, late ? " is still there" : " is not in the plan");
	else
		mig_buf_puts(out, late ? " is not there yet" : " is missing");
	if (!late)
		return;
	const char *script = whole ? "script that drops it" : "script that changes it";
	mig_buf_printf(out, ": has the %s run?", whole && !fact->live ? "expand script" : script);
}

static size_t
tell_all(const struct drift *drift, size_t max, struct mig_buf *out)
{
	size_t count = 0;
	for (size_t i = drift->first; i < drift->lists_count; i++) {
		for (size_t j = 0; j < drift->lists[i].count; j++) {
			const struct fact *fact = &drift->lists[i].facts[j];
			bool late = false;
			unsigned aspects = told(drift, i, j) ? 0 : aspects_of(drift, fact, &late);
			if (aspects == 0 || ++count > max)
				continue;
			mig_buf_puts(out, count > 1 ? "; " : "");
			tell(fact, aspects, late, out);
		}
	}
	return count;
}

int
mig_db_drift(
    const struct mig_drift_sides *sides, size_t max, struct mig_buf *out, size_t *ret_count)
{
	struct drift drift = { .arena = mig_arena_new(MIG_DB_BYTES_MAX),
		.first = sides->between != NULL ? AFTER : BEFORE,
		.contracts = sides->contracts };
	int error = drift.arena != NULL ? add_list(&drift, sides->before, sides->live) :
	                                  MIG_ENOMEM;
	if (error == MIG_OK)
		error = add_list(&drift, sides->after, sides->live);
	if (error == MIG_OK && sides->between != NULL)
		error = add_list(&drift, sides->between, sides->live);
	if (error == MIG_OK)
		*ret_count = tell_all(&drift, max, out);
	for (size_t i = 0; i < drift.lists_count; i++)
		mig_db_diff_free(drift.lists[i].diff);
	mig_arena_free(drift.arena);
	return error == MIG_OK && !mig_buf_ok(out) ? MIG_ENOMEM : error;
}
