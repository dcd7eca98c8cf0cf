/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/*
 * Which operations a pair of schemas is reached by: the graph of pairs, walked backwards.
 */
#ifndef MIG_APISPEC_AFFECTED_H
#define MIG_APISPEC_AFFECTED_H

#include "apispec/judge_int.h"

struct mig_affected {
	struct mig_judge *judge;
	size_t *sources;       /* pairs that contain another, those of one side by side */
	size_t *sources_first; /* by pair; one more than there are pairs */
	size_t *roots;         /* roots by pair, in the same way */
	size_t *roots_first;
	size_t *visited; /* by pair: the walk that has seen it */
	size_t walk;
	size_t *open;
	const char *const **known; /* by pair */
};

/*
 * Prepare for a judge whose pairs are complete.  False without memory; fini is needed in any case.
 */
bool mig_affected_init(struct mig_affected *affected, struct mig_judge *judge);

/*
 * Free what belongs to it.
 */
void mig_affected_fini(struct mig_affected *affected);

/*
 * The operations ("GET /users") that reach a pair, in the order of the document, ended by NULL;
 * NULL when there is none.  At most MIG_API_AFFECTED_MAX.
 */
const char *const *mig_affected_by(struct mig_affected *affected, size_t pair);

/*
 * The names of operations, each once and in order, as a list ended by NULL.
 */
const char *const *mig_affected_names(struct mig_judge *judge, const struct mig_api_op **ops,
    size_t count);

#endif
