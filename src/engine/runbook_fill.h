/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/*
 * The values that go into the {placeholders} of a runbook's commands: given by the user, by
 * the specification's parameters, or derived from plan and specification, in this order.
 * Each is quoted for the place where it goes, so that no value can become a command.  What
 * has no value stays as it is and is remembered.  Private to runbook.c and its neighbours.
 */
#ifndef MIG_ENGINE_RUNBOOK_FILL_H
#define MIG_ENGINE_RUNBOOK_FILL_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

#define MIG_PLACEHOLDERS_MAX 64
#define MIG_LOCALS_MAX 12

struct mig_arena;
struct mig_at;
struct mig_buf;
struct mig_json;
struct mig_jw;
struct mig_reader;
struct mig_template_var;

/* What a value may be. */
enum mig_value_kind {
	MIG_VALUE_TEXT,       /* anything on one line */
	MIG_VALUE_IDENTIFIER, /* a name in SQL, with or without its schema */
	MIG_VALUE_WORD,       /* letters, digits and .:_/- only: goes where nothing can be quoted */
	MIG_VALUE_CHOICE,     /* one of the row's choices; never in a text */
	MIG_VALUE_FACT,       /* always derived, cannot be given */
	MIG_VALUE_STATEMENT   /* a script of the plan: goes in as it is */
};

struct mig_placeholder_row {
	const char *name; /* NULL ends the table */
	enum mig_value_kind kind;
	const char *meaning;        /* what to put there and where to find it */
	const char *const *choices; /* ended by NULL */
};

extern const struct mig_placeholder_row mig_placeholder_rows[];

/* The syntax of the text that a value goes into. */
enum mig_place { MIG_PLACE_PLAIN, MIG_PLACE_BASH, MIG_PLACE_SQL, MIG_PLACE_HTTP };

/* A value that one step has for itself. */
struct mig_local {
	const char *name;
	const char *value;
	enum mig_value_kind kind;
};

struct mig_missing; /* where a placeholder without a value stands */

struct mig_fill {
	struct mig_arena *arena;
	const char *values[MIG_PLACEHOLDERS_MAX];  /* as mig_placeholder_rows; NULL: none */
	struct mig_missing *first[MIG_PLACEHOLDERS_MAX];
	struct mig_missing *last[MIG_PLACEHOLDERS_MAX];
	size_t order[MIG_PLACEHOLDERS_MAX]; /* placeholders without value, as they appear */
	size_t missing_count;
	struct mig_local locals[MIG_LOCALS_MAX];
	size_t local_count;
	const char *where; /* the step whose texts are filled */
};

/*
 * Collect the values for a plan that has passed mig_plan_check(); sets is ended by a NULL
 * name and borrowed like plan.  MIG_EDOC with findings when a name is unknown or a value is
 * not of its kind; MIG_ENOMEM.  Free with mig_fill_fini().
 */
int mig_fill_init(const struct mig_json *plan, const struct mig_template_var *sets,
    struct mig_fill *ret_fill, struct mig_findings *findings) MIG_MUSTCHECK;

/*
 * Free what it owns; a zeroed one is a no-op.
 */
void mig_fill_fini(struct mig_fill *fill);

/*
 * The value of a choice, NULL when there is none.
 */
const char *mig_fill_choice(const struct mig_fill *fill, const char *name);

/*
 * Set or replace a value of the present step; both strings are borrowed.
 */
void mig_fill_local(struct mig_fill *fill, const char *name, enum mig_value_kind kind,
    const char *value);

/*
 * Begin another step (copied): its own values are forgotten.
 */
void mig_fill_step(struct mig_fill *fill, const char *where);

/*
 * Append text with its placeholders replaced, each quoted for the place it stands in.
 */
void mig_fill_text(struct mig_fill *fill, enum mig_place place, const char *text,
    struct mig_buf *out);

/*
 * Write the filled text as a JSON string; key as in json_write.h.
 */
void mig_fill_write(struct mig_fill *fill, struct mig_jw *jw, const char *key,
    enum mig_place place, const char *text);

/*
 * Write the list of placeholders without a value under key: name, meaning, steps.
 */
void mig_fill_write_missing(const struct mig_fill *fill, struct mig_jw *jw, const char *key);

/*
 * Add one warning that names the placeholders without a value; nothing when there is none.
 */
void mig_fill_warn(const struct mig_fill *fill, struct mig_findings *findings);

/*
 * Check the `parameters` of a specification: a name and a value that can be quoted each.
 */
void mig_fill_check_parameters(struct mig_reader *reader, const struct mig_at *at);

#endif
