/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/*
 * The planner's decisions as data: points of the score, phases and hours of each pattern,
 * what each phase consists of, and the plan's standing texts.  Texts are templates over
 * the facts of facts.h plus {phase}.  A new pattern is a row of mig_pattern_rows and a row
 * for each phase that no other pattern has, and no code.  Private to plan.c and its neighbours.
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
	const char *types;    /* | between; NULL: any */
	const char *patterns; /* names for it, | between; NULL: any or none */
	int base_hours;
	int tenths[MIG_LEVELS]; /* multiplier by complexity, in tenths */
	const char *traffic;    /* the phase that moves traffic: it carries the flags */
	const char *nouns;      /* things that its tasks speak of, besides those of the
	                           specification, | between */
	const char *phases[MIG_PATTERN_PHASES_MAX + 1]; /* ended by NULL */
};

/* What is special about a phase. */
enum mig_phase_mark {
	MIG_PHASE_FINAL = 1,   /* nothing before it can be restored once it has begun */
	MIG_PHASE_PROVES = 2,  /* it is left when the target performance is measured */
	MIG_PHASE_MATCHES = 4, /* it is left when the answers of both sides agree */
	MIG_PHASE_GRACE = 8    /* the old side stays ready for two weeks */
};

/* What a phase consists of.  Tasks and criteria are texts for mig_facts_strings(). */
struct mig_phase_row {
	const char *types;    /* | between; NULL: any */
	const char *patterns; /* | between; NULL: any */
	const char *phase;    /* NULL ends the table */
	enum mig_level risk;
	unsigned marks;          /* of enum mig_phase_mark */
	const char *description; /* as the texts, but without marks */
	const char *const *tasks;    /* ended by NULL */
	const char *const *criteria; /* ended by NULL */
};

/* A list of texts, ended by NULL. */
#define MIG_TEXTS(...) ((const char *const[]){ __VA_ARGS__, NULL })

/*
 * The rows by what moves; mig_phase_rows_any has what does not depend on it and is looked at last.
 * A row for some patterns goes before one for all.
 */
extern const struct mig_phase_row mig_phase_rows_database[];
extern const struct mig_phase_row mig_phase_rows_service[];
extern const struct mig_phase_row mig_phase_rows_infrastructure[];
extern const struct mig_phase_row mig_phase_rows_any[];

/* An authored phase that is not in the catalogue; {authored} is its description. */
extern const struct mig_phase_row mig_phase_row_authored;
extern const struct mig_phase_row mig_phase_row_authored_traffic;

/* Things that tasks of any pattern speak of, | between. */
extern const char mig_plan_nouns[];

/* The rows of all patterns; the last one is for any. */
extern const struct mig_pattern_row mig_pattern_rows[];
extern const size_t mig_pattern_row_count;

/*
 * The row of a type and pattern (NULL when the specification names none); there is always
 * one.
 */
const struct mig_pattern_row *mig_pattern_find(const char *type, const char *pattern);

/*
 * The estimate of a row at a level of complexity, in whole hours.
 */
int mig_pattern_hours(const struct mig_pattern_row *row, enum mig_level level);

/*
 * The hours of each phase of a row at a level of complexity, and how many phases it has.  Hours are
 * cut twice, once for the whole and once per phase: other tools compute it so and compare the
 * figures.
 */
int mig_pattern_phase_hours(const struct mig_pattern_row *row, enum mig_level level,
    size_t *ret_phases);

/*
 * What the phase consists of for this type and pattern (NULL: none); NULL for a phase outside the
 * catalogue.
 */
const struct mig_phase_row *mig_phase_find(const char *type, const char *pattern,
    const char *phase);

/*
 * Whether nothing before a phase of this name can be restored once it has begun.
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
