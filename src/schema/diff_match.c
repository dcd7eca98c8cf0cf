/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "schema/diff_int.h"
#include "schema/trigger.h"

/* Up to here a list is searched from its beginning. */
#define SHORT_LIST 64

/* The parts of one kind, of both sides, and who belongs to whom. */
struct sides {
	struct mig_db_diff *diff;
	const struct mig_db_object *table; /* before */
	const struct mig_db_object *table_after;
	struct mig_db_object *const *a;
	struct mig_db_object *const *b;
	size_t a_count;
	size_t b_count;
	size_t *pair;
	size_t *back;
};

static bool
scratch_room(struct mig_db_diff *diff, size_t count)
{
	struct diff_scratch *scratch = &diff->scratch;
	if (count <= scratch->cap)
		return true;
	size_t cap = count < 64 ? 64 : count * 2;
	/* What was in them is not needed any more. */
	free(scratch->pair);
	free(scratch->back);
	scratch->pair = calloc(cap, sizeof(*scratch->pair));
	scratch->back = calloc(cap, sizeof(*scratch->back));
	bool both = scratch->pair != NULL && scratch->back != NULL;
	scratch->cap = both ? cap : 0;
	diff->failed = diff->failed || !both;
	return both;
}

static bool
sides_open(struct sides *sides, enum mig_db_kind kind)
{
	sides->a = mig_db_parts(sides->table, kind, &sides->a_count);
	sides->b = mig_db_parts(sides->table_after, kind, &sides->b_count);
	size_t most = sides->a_count > sides->b_count ? sides->a_count : sides->b_count;
	if (most == 0 || !scratch_room(sides->diff, most))
		return false;
	sides->pair = sides->diff->scratch.pair;
	sides->back = sides->diff->scratch.back;
	for (size_t i = 0; i < most; i++)
		sides->pair[i] = sides->back[i] = DIFF_NONE;
	return true;
}

static void
marry(struct sides *sides, size_t a, size_t b)
{
	sides->pair[a] = b;
	sides->back[b] = a;
}

static size_t
hash_name(const char *name)
{
	size_t hash = 14695981039346656037U;
	for (; *name != '\0'; name++)
		hash = (hash ^ (unsigned char)*name) * 1099511628211U;
	return hash ^ hash >> 29;
}

/* Put the names of a long list into the hash; false without memory. */
static bool
hash_fill(struct sides *sides)
{
	struct diff_scratch *scratch = &sides->diff->scratch;
	size_t wanted = 256;
	while (wanted < sides->b_count * 2)
		wanted *= 2;
	if (wanted > scratch->slots_count) {
		free(scratch->slots);
		scratch->slots = calloc(wanted, sizeof(*scratch->slots));
		scratch->slots_count = scratch->slots != NULL ? wanted : 0;
	} else {
		memset(scratch->slots, 0, scratch->slots_count * sizeof(*scratch->slots));
	}
	if (scratch->slots == NULL) {
		sides->diff->failed = true;
		return false;
	}
	size_t mask = scratch->slots_count - 1;
	for (size_t i = 0; i < sides->b_count; i++) {
		size_t at = sides->b[i]->name != NULL ? hash_name(sides->b[i]->name) & mask : 0;
		while (scratch->slots[at] != 0)
			at = (at + 1) & mask;
		scratch->slots[at] = i + 1;
	}
	return true;
}

/* Whether b, which nobody has yet, is called so and is of the same kind as a. */
static bool
fits(const struct sides *sides, const struct mig_db_object *a, const char *name, size_t b)
{
	const struct mig_db_object *object = sides->b[b];
	return sides->back[b] == DIFF_NONE && object->name != NULL && object->kind == a->kind &&
	    strcmp(object->name, name) == 0;
}

static size_t
find_hashed(const struct sides *sides, const struct mig_db_object *a, const char *name)
{
	const struct diff_scratch *scratch = &sides->diff->scratch;
	size_t mask = scratch->slots_count - 1;
	size_t at = hash_name(name) & mask;
	for (; scratch->slots[at] != 0; at = (at + 1) & mask)
		if (fits(sides, a, name, scratch->slots[at] - 1))
			return scratch->slots[at] - 1;
	return DIFF_NONE;
}

static size_t
find_short(const struct sides *sides, const struct mig_db_object *a, const char *name)
{
	for (size_t b = 0; b < sides->b_count; b++)
		if (fits(sides, a, name, b))
			return b;
	return DIFF_NONE;
}

/* What a is called in the after schema. */
static const char *
name_after(const struct sides *sides, const struct mig_db_object *a)
{
	const struct mig_db_object *renamed =
	    a->kind == MIG_DB_COLUMN ? mig_diff_renamed(sides->diff, a) : NULL;
	return renamed != NULL ? renamed->name : a->name;
}

/* Pair what has the same name.  Mostly the next one is the right one. */
static void
match_names(struct sides *sides)
{
	bool hashed = sides->b_count > SHORT_LIST && hash_fill(sides);
	size_t next = 0;
	for (size_t a = 0; a < sides->a_count; a++) {
		const char *name = name_after(sides, sides->a[a]);
		size_t b = next;
		if (name == NULL)
			continue;
		if (next >= sides->b_count || !fits(sides, sides->a[a], name, next))
			b = hashed ? find_hashed(sides, sides->a[a], name) :
			             find_short(sides, sides->a[a], name);
		if (b == DIFF_NONE)
			continue;
		next = b + 1;
		marry(sides, a, b);
	}
}

/* Constraints of one name and two types are two constraints. */
static void
divorce_types(struct sides *sides)
{
	for (size_t a = 0; a < sides->a_count; a++) {
		size_t b = sides->pair[a];
		if (b == DIFF_NONE ||
		    mig_db_as_constraint(sides->a[a])->type ==
		        mig_db_as_constraint(sides->b[b])->type)
			continue;
		sides->pair[a] = DIFF_NONE;
		sides->back[b] = DIFF_NONE;
	}
}

typedef bool (*alike)(
    const struct sides *, const struct mig_db_object *, const struct mig_db_object *);

static size_t
left_over(const size_t *partner, size_t count)
{
	size_t left = 0;
	for (size_t i = 0; i < count; i++)
		left += partner[i] == DIFF_NONE;
	return left;
}

/* Pair what is left over and alike; of too many, none: then all are dropped and added. */
static void
match_alike(struct sides *sides, alike test)
{
	if (left_over(sides->pair, sides->a_count) * left_over(sides->back, sides->b_count) >
	    MIG_DB_ALIKE_MAX)
		return;
	for (size_t a = 0; a < sides->a_count; a++)
		for (size_t b = 0; sides->pair[a] == DIFF_NONE && b < sides->b_count; b++)
			if (sides->back[b] == DIFF_NONE && test(sides, sides->a[a], sides->b[b]))
				marry(sides, a, b);
}

static bool
index_alike(const struct sides *sides, const struct mig_db_object *a, const struct mig_db_object *b)
{
	return mig_diff_index(sides->diff, mig_db_as_index(a), mig_db_as_index(b)) == 0;
}

static bool
constraint_equal(
    const struct sides *sides, const struct mig_db_object *a, const struct mig_db_object *b)
{
	return mig_diff_constraint(sides->diff, mig_db_as_constraint(a), mig_db_as_constraint(b)) ==
	    0;
}

/* A table's one primary key, and foreign keys of the same columns, stay what they are. */
static bool
constraint_alike(
    const struct sides *sides, const struct mig_db_object *a, const struct mig_db_object *b)
{
	const struct mig_db_constraint *old = mig_db_as_constraint(a);
	const struct mig_db_constraint *new = mig_db_as_constraint(b);
	if (old->type != new->type)
		return false;
	if (old->type == MIG_DB_PRIMARY_KEY)
		return true;
	bool named = a->name != NULL && b->name != NULL;
	return !named && old->type == MIG_DB_FOREIGN_KEY &&
	    mig_diff_same_columns(sides->diff, sides->table, old, new);
}

/* Whether a part comes from a parent table on this side. */
static bool
inherited(const struct mig_db_object *part)
{
	if (part->kind == MIG_DB_COLUMN)
		return mig_db_as_column(part)->inherited;
	if (part->kind == MIG_DB_CONSTRAINT)
		return mig_db_as_constraint(part)->inherited;
	if (part->kind == MIG_DB_INDEX)
		return mig_db_as_index(part)->inherited;
	return part->kind == MIG_DB_TRIGGER && mig_db_as_trigger(part)->inherited;
}

/* Whether a table of that side had a parent from which its parts come, and still has. */
static bool
stays_child(const struct sides *sides)
{
	if (sides->table->kind != MIG_DB_TABLE)
		return false;
	const struct mig_db_table *old = mig_db_as_table(sides->table);
	const struct mig_db_table *new = mig_db_as_table(sides->table_after);
	return (old->partition_of != NULL && new->partition_of != NULL) ||
	    (old->inherits_count > 0 && new->inherits_count > 0);
}

/* What a child is given by its parent: those who change the parent change it in the child. */
#define FROM_PARENT                                                                      \
	(MIG_DB_TYPE | MIG_DB_LENGTH | MIG_DB_COLLATE | MIG_DB_GENERATED | MIG_DB_NAME | \
	    MIG_DB_POSITION)

static unsigned
child_aspects(const struct sides *sides, const struct mig_db_object *a,
    const struct mig_db_object *b, unsigned aspects)
{
	if (!stays_child(sides) || !inherited(a) || !inherited(b))
		return aspects;
	return a->kind == MIG_DB_COLUMN ? aspects & ~FROM_PARENT : 0;
}

/* What has an order of its own. */
enum sequence { SEQUENCE_NONE, SEQUENCE_COLUMNS, SEQUENCE_TRIGGERS };

/* Whether one that was fired before this trigger, at the same moment, is now fired behind it. */
static bool
trigger_moved(const struct sides *sides, size_t a)
{
	size_t b = sides->pair[a];
	for (size_t i = 0; i < a; i++) {
		size_t other = sides->pair[i];
		if (other != DIFF_NONE && other > b &&
		    mig_db_trigger_meets(sides->a[i], sides->a[a]) &&
		    mig_db_trigger_meets(sides->b[other], sides->b[b]))
			return true;
	}
	return false;
}

/* Report the pairs in the order of the before side, then what is new. */
static void
tell(struct sides *sides, enum sequence sequence)
{
	size_t last = 0;
	bool child = stays_child(sides);
	for (size_t a = 0; a < sides->a_count; a++) {
		size_t b = sides->pair[a];
		if (b == DIFF_NONE) {
			if (!child || !inherited(sides->a[a]))
				mig_diff_add(sides->diff, MIG_DB_DROPPED, sides->a[a], NULL, 0);
			continue;
		}
		unsigned aspects = mig_diff_aspects(sides->diff, sides->a[a], sides->b[b]);
		if ((sequence == SEQUENCE_COLUMNS && b < last) ||
		    (sequence == SEQUENCE_TRIGGERS && trigger_moved(sides, a)))
			aspects |= MIG_DB_POSITION;
		last = b > last ? b : last;
		aspects &= ~MIG_DB_SCHEMA;
		mig_diff_add(sides->diff, MIG_DB_CHANGED, sides->a[a], sides->b[b],
		    child_aspects(sides, sides->a[a], sides->b[b], aspects));
	}
	for (size_t b = 0; b < sides->b_count; b++)
		if (sides->back[b] == DIFF_NONE && (!child || !inherited(sides->b[b])))
			mig_diff_add(sides->diff, MIG_DB_ADDED, NULL, sides->b[b], 0);
}

/*
 * Whether the order of columns means something: keys of an object, as in a snapshot written by
 * hand, have none.
 */
static bool
knows_order(const struct sides *sides)
{
	bool named = sides->table->schema != NULL && sides->table_after->schema != NULL;
	return named || (mig_db_version(sides->diff->before) != 0 &&
	    mig_db_version(sides->diff->after) != 0);
}

static enum sequence
sequence_of(const struct sides *sides, enum mig_db_kind kind)
{
	bool triggers =
	    kind == MIG_DB_TRIGGER && mig_db_dialect(sides->diff->before) == MIG_DB_MYSQL;
	if ((kind != MIG_DB_COLUMN && !triggers) || !knows_order(sides))
		return SEQUENCE_NONE;
	return triggers ? SEQUENCE_TRIGGERS : SEQUENCE_COLUMNS;
}

static void
compare_kind(struct sides *sides, enum mig_db_kind kind)
{
	if (!sides_open(sides, kind))
		return;
	match_names(sides);
	if (kind == MIG_DB_CONSTRAINT) {
		divorce_types(sides);
		match_alike(sides, constraint_equal);
		match_alike(sides, constraint_alike);
	} else if (kind == MIG_DB_INDEX) {
		match_alike(sides, index_alike);
	}
	tell(sides, sequence_of(sides, kind));
}

void
mig_diff_parts(
    struct mig_db_diff *diff, const struct mig_db_object *before, const struct mig_db_object *after)
{
	struct sides sides = { .diff = diff, .table = before, .table_after = after };
	if (before->kind == MIG_DB_DOMAIN || before->kind == MIG_DB_TABLE) {
		if (before->kind == MIG_DB_TABLE)
			compare_kind(&sides, MIG_DB_COLUMN);
		compare_kind(&sides, MIG_DB_CONSTRAINT);
	}
	if (before->kind == MIG_DB_TABLE || before->kind == MIG_DB_MATVIEW)
		compare_kind(&sides, MIG_DB_INDEX);
	if (before->kind == MIG_DB_TABLE || before->kind == MIG_DB_VIEW)
		compare_kind(&sides, MIG_DB_TRIGGER);
}
