/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/*
 * Which components one version's schema reaches, where there is nothing to compare it with.
 */
#ifndef MIG_APISPEC_WALK_H
#define MIG_APISPEC_WALK_H

#include "apispec/judge_int.h"

struct mig_walk {
	struct mig_judge *judge;
	const struct mig_api *api;
	const struct mig_schema **open;
	bool *seen; /* by index of the schema */
	size_t count;
	size_t *found; /* pairs of components of both versions */
};

/*
 * Prepare for walks through one version.  False without memory; fini is needed in any case.
 */
bool mig_walk_init(struct mig_walk *walk, struct mig_judge *judge, bool after);

/*
 * Free what belongs to the walk.
 */
void mig_walk_fini(struct mig_walk *walk);

/*
 * Walk from a schema up to components that both versions have; how many, their pairs are in found
 * until the next walk.
 */
size_t mig_walk_from(struct mig_walk *walk, const struct mig_schema *start);

#endif
