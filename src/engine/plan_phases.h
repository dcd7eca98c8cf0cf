/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/*
 * Which phases a plan has, in which order and how long: those of the pattern with the estimate,
 * or those that the specification's author has given.
 */
#ifndef MIG_ENGINE_PLAN_PHASES_H
#define MIG_ENGINE_PLAN_PHASES_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "engine/plan_tables.h"

struct mig_json;

/* A phase before it is written. */
struct mig_plan_phase {
	const char *name;
	const char *description; /* the author's; NULL: that of the row */
	int hours;
	const struct mig_phase_row *row;
	bool traffic; /* it carries the flags */
};

/* All of them, in order. */
struct mig_plan_phases {
	struct mig_plan_phase *rows;
	const char **names; /* those of the rows, ended by NULL */
	size_t count;
	int hours;         /* of all phases */
	int reserve_hours; /* of the estimate, what whole hours per phase do not share out */
	int pattern_hours; /* the pattern's estimate, whosever the phases are */
};

/* The values of phases_from, ended by NULL: pattern (the default), authored. */
extern const char *const mig_names_phases_from[];

/*
 * The phases of a checked specification at a level of complexity; texts are the specification's
 * or the tables'.  Hours of the pattern: base hours times the multiplier of the level, cut to
 * whole hours, shared out in whole hours (FORMATS 3.2); authored hours are rounded up.
 * MIG_EDOC with a finding when the phases are to be authored and there are none, or none of them
 * moves the flags that there are; MIG_ENOMEM.  Free the rows with mig_plan_phases_fini().
 */
int mig_plan_phases(const struct mig_json *spec, enum mig_level complexity,
    struct mig_plan_phases *ret_phases, struct mig_findings *findings) MIG_MUSTCHECK;

/*
 * Free the rows; zeroed phases are a no-op.
 */
void mig_plan_phases_fini(struct mig_plan_phases *phases);

#endif
