/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/*
 * The planner's decisions as data: points of the score, phases and hours of each pattern,
 * what each phase consists of, and the plan's standing texts.  Texts are templates over
 * the facts of facts.h plus {phase}.  Private to plan.c and its neighbours.
 */
#ifndef MIG_ENGINE_PLAN_TABLES_H
#define MIG_ENGINE_PLAN_TABLES_H

#include <stdbool.h>
#include <stddef.h>

#define MIG_PATTERN_PHASES_MAX 6

enum mig_level { MIG_LEVEL_LOW, MIG_LEVEL_MEDIUM, MIG_LEVEL_HIGH, MIG_LEVEL_CRITICAL };

#define MIG_LEVELS 4

/* A quantity of the constraints and the limits at which it earns points. */
struct mig_score_row {
	const char *key;    /* in constraints; a list counts its entries */
	double fallback;    /* when the specification does not say */
	bool below;         /* points for being below the limits instead of above them */
	double limit[3];    /* for 3, 2 and 1 points */
};

extern const struct mig_score_row mig_score_rows[];
extern const size_t mig_score_row_count;

/* A pattern: its phases and its hours. */
struct mig_pattern_row {
	const char *type;    /* NULL: any */
	const char *pattern; /* NULL: any or none */
	int base_hours;
	int tenths[MIG_LEVELS]; /* multiplier by complexity, in tenths */
	const char *traffic;    /* the phase that moves traffic: it carries the flags */
	const char *phases[MIG_PATTERN_PHASES_MAX + 1]; /* ended by NULL */
};

/* What a phase consists of. */
struct mig_phase_row {
	const char *type;  /* NULL: any; rows of one type come before the general one */
	const char *phase; /* NULL ends the table */
	enum mig_level risk;
	const char *description;
	const char *const *tasks;    /* ended by NULL */
	const char *const *criteria; /* ended by NULL */
};

/*
 * The row of a type and pattern (NULL when the specification names none); there is always
 * one.
 */
const struct mig_pattern_row *mig_pattern_find(const char *type, const char *pattern);

/*
 * The hours of each phase of a row at a level of complexity, and how many phases it has.
 * Hours are cut twice, once for the whole and once per phase, and the total is what is
 * left: other tools compute it so and compare the figures.
 */
int mig_pattern_phase_hours(const struct mig_pattern_row *row, enum mig_level level,
    size_t *ret_phases);

/*
 * What the phase consists of for this type; NULL for a phase outside the catalogue.
 */
const struct mig_phase_row *mig_phase_find(const char *type, const char *phase);

/*
 * Whether nothing before the phase can be restored once it has begun.
 */
bool mig_phase_is_final(const char *phase);

/* Standing texts, each list ended by NULL. */
extern const char *const mig_plan_phase_triggers[];
extern const char *const mig_plan_resources[];
extern const char *const mig_plan_success[];
extern const char *const mig_plan_stakeholders[];
extern const char *const mig_plan_undo_actions[];
extern const char *const mig_plan_undo_criteria[];
extern const char *const mig_plan_undo_triggers[];
extern const char *const mig_plan_contacts[];

/* Reaction per severity of an incident: key and text, ended by a NULL key. */
extern const char *const mig_plan_matrix[][2];

#endif
