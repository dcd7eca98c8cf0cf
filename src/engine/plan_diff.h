/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/*
 * What differs between two plans, by meaning and not by line: the order of keys and of lists in
 * which nothing follows anything, values that only say the default, times of creation and ids
 * are no differences.  Each difference says whether it matters for the traffic, for the work or
 * for the words only.  What is compared how is in plan_diff_tables.c.
 */
#ifndef MIG_ENGINE_PLAN_DIFF_H
#define MIG_ENGINE_PLAN_DIFF_H

#include <stddef.h>

#include "base/err.h"
#include "engine/render.h"

struct mig_arena;
struct mig_buf;
struct mig_json;
struct mig_jw;

/* As many differences of one effect as anybody reads; the others are counted. */
#define MIG_DIFF_SHOWN_MAX 1000000U

enum mig_diff_kind { MIG_DIFF_ADDED, MIG_DIFF_REMOVED, MIG_DIFF_CHANGED, MIG_DIFF_MOVED };

/* What a difference matters for, what is most urgent to know first. */
enum mig_diff_effect {
	MIG_DIFF_TRAFFIC, /* phases, gates, flags and their schedules, triggers, windows */
	MIG_DIFF_WORK,    /* tasks, criteria, scripts, figures */
	MIG_DIFF_WORDS    /* descriptions, risks, people */
};
#define MIG_DIFF_EFFECTS 3

/* One difference.  The values are borrowed from the plans, the texts belong to the diff. */
struct mig_plan_change {
	const struct mig_plan_change *next; /* of the same effect */
	enum mig_diff_kind kind;
	enum mig_diff_effect effect;
	const char *pointer;              /* in the new plan; of what is removed in the old one */
	const char *text;                 /* one sentence for people, values cut when long */
	const struct mig_json *old_value; /* NULL: not there */
	const struct mig_json *new_value;
	size_t old_place; /* of what has moved, from 1 */
	size_t new_place;
};

/* All differences, by effect, each list in the order of the documents. */
struct mig_plan_diff {
	struct mig_arena *arena;
	const struct mig_plan_change *first[MIG_DIFF_EFFECTS];
	size_t kept[MIG_DIFF_EFFECTS];  /* in the list */
	size_t count[MIG_DIFF_EFFECTS]; /* with those over the limit, or without memory */
};

/*
 * Compare two plans, best after mig_plan_check(): what is not as it should be is compared as
 * well.  At most limit differences of each effect are kept, the others counted.  The plans must
 * outlive ret_diff; free that with mig_plan_diff_fini().  MIG_ENOMEM.
 */
int mig_plan_diff(const struct mig_json *old_plan, const struct mig_json *new_plan, size_t limit,
    struct mig_plan_diff *ret_diff) MIG_MUSTCHECK;

/*
 * Free what the differences own; a zeroed one is a no-op.
 */
void mig_plan_diff_fini(struct mig_plan_diff *diff);

/*
 * How many differences there are, those that were not kept included.
 */
size_t mig_plan_diff_count(const struct mig_plan_diff *diff);

/*
 * "3 in traffic, 1 in work": the counts of the effects that there are; "none" without any.
 */
void mig_plan_diff_summary(const struct mig_plan_diff *diff, struct mig_buf *out);

/*
 * Walk the kept differences, traffic first: NULL gives the first one; NULL at the end.
 */
const struct mig_plan_change *mig_plan_diff_next(const struct mig_plan_diff *diff,
    const struct mig_plan_change *change);

/*
 * The names of a kind ("added", "removed", "changed", "moved") and of an effect ("traffic",
 * "work", "words").
 */
const char *mig_diff_kind_name(enum mig_diff_kind kind);
/* As above. */
const char *mig_diff_effect_name(enum mig_diff_effect effect);

/*
 * Write the kept differences as a JSON array of objects with pointer, kind, effect, old, new (left
 * out where there is none) and text.
 */
void mig_plan_diff_write(const struct mig_plan_diff *diff, struct mig_jw *jw);

/*
 * Append the comparison of two plans for people.  MIG_ELIMIT when out cannot hold it.
 */
int mig_render_plan_diff(const struct mig_json *old_plan, const struct mig_json *new_plan,
    const struct mig_plan_diff *diff, enum mig_render_form form, struct mig_buf *out)
    MIG_MUSTCHECK;

#endif
