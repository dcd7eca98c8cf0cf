/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/*
 * Shared by plan_diff.c (comparing), plan_diff_match.c (which elements belong together),
 * plan_diff_text.c (saying what differs) and plan_diff_tables.c (what is compared how) only.
 */
#ifndef MIG_ENGINE_PLAN_DIFF_INT_H
#define MIG_ENGINE_PLAN_DIFF_INT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/json_read.h"
#include "engine/plan_diff.h"

/* Bits of a rule. */
#define MIG_DIFF_SKIP 1U    /* no difference, whatever it says */
#define MIG_DIFF_ORDERED 2U /* a list in which one comes after the other */
#define MIG_DIFF_FLAG 4U    /* elements are flags: a phase moves each */
#define MIG_DIFF_PROSE 8U   /* elements are sentences: too long to be told by the way */

/* How one member of an object is compared: a value, or a list together with its elements. */
struct mig_diff_rule {
	const char *key;         /* NULL ends a table */
	const char *label;       /* for people, of a list that of one element; NULL: the key, "":
	                            what is below speaks for itself */
	const char *unit;        /* behind a number, or behind an element's identity; may be NULL */
	const char *absent;      /* what it means to leave a value out; NULL: nothing */
	const char *twin;        /* the plan's own member that says the same */
	const char *const *keys; /* members that make two elements the same one, ended by NULL */
	const struct mig_diff_rule *below; /* the members of the object or of each element */
	enum mig_diff_effect effect;       /* members that are not known have that of the object */
	unsigned flags;
};

/* A place in both plans.  Lives on the stack of the walk. */
struct mig_diff_place {
	const struct mig_diff_place *up; /* NULL: the plan itself */
	const struct mig_diff_rule *rule;
	const char *id;       /* of an element; NULL: its content makes it itself */
	struct mig_at old_at; /* without key: an element of a list, or the plan */
	struct mig_at new_at;
};

/* Nobody's index. */
#define MIG_DIFF_NONE SIZE_MAX

/* An element of a list or a member of an object, and what makes it the one that it is. */
struct mig_diff_item {
	const char *id;
	const struct mig_json *node;
	size_t index;   /* in the document */
	size_t partner; /* index of the same one in the other document, or MIG_DIFF_NONE */
	bool keyed;     /* the id is made of members, and the rest may differ */
	bool moved;
};

/* The elements of both sides; zero-initialise, then mig_diff_match_fini(). */
struct mig_diff_match {
	struct mig_diff_item *old_items;
	struct mig_diff_item *new_items;
	size_t old_count;
	size_t new_count;
	struct mig_arena *texts; /* ids that had to be made */
};

/* One comparison under way. */
struct mig_differ {
	struct mig_plan_diff *diff;
	struct mig_plan_change *last[MIG_DIFF_EFFECTS];
	const struct mig_json *old_plan;
	const struct mig_json *new_plan;
	size_t limit;
	int error;
};

/* The members of a plan. */
extern const struct mig_diff_rule mig_diff_plan_rule;

/* What elements of lists without a rule of their own are told apart by. */
extern const char *const mig_diff_default_keys[];

/*
 * Find the elements of two lists (NULL: an empty one) that are the same, by the rule's keys or
 * else by their content; equal ones in their order.  Both sides come out in the order of their
 * documents.  MIG_ENOMEM.
 */
int mig_diff_match_lists(const struct mig_json *old_list, const struct mig_json *new_list,
    const struct mig_diff_rule *rule, struct mig_diff_match *ret_match) MIG_MUSTCHECK;

/*
 * As above for the members of two objects that the table known (NULL: an empty one) does not
 * have; both sides come out in the order of their keys.
 */
int mig_diff_match_members(const struct mig_json *old_object, const struct mig_json *new_object,
    const struct mig_diff_rule *known, struct mig_diff_match *ret_match) MIG_MUSTCHECK;

/*
 * Free what the match owns.
 */
void mig_diff_match_fini(struct mig_diff_match *match);

/*
 * Append a scalar as people write it: text as it is, yes or no, a number; nothing for others.
 */
void mig_diff_scalar(const struct mig_json *node, struct mig_buf *out);

/*
 * Whether what stands there says no more than its absence would.
 */
bool mig_diff_is_vacant(const struct mig_json *node, const struct mig_diff_rule *rule);

/*
 * Append the values of those key members (ended by NULL) that are scalars; false when none is.
 */
bool mig_diff_name(const struct mig_json *object, const char *const *keys, struct mig_buf *out);

/*
 * Compare what stands at a place, NULL where it is not there.  Recursion goes as deep as the
 * parser lets documents nest.
 */
void mig_diff_value(struct mig_differ *differ, const struct mig_diff_place *place,
    const struct mig_json *old_value, const struct mig_json *new_value);

/*
 * Count a difference, and keep it while there is room; it owns copies of its texts.
 */
void mig_diff_tell(struct mig_differ *differ, const struct mig_diff_place *place,
    enum mig_diff_kind kind, const struct mig_json *old_value, const struct mig_json *new_value);

#endif
