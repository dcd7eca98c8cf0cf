/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/*
 * Whether a plan carries a change between two versions of a schema: a schema change of its
 * specification says so, in a phase that comes when nobody needs the old version any more.
 */
#ifndef MIG_ENGINE_COVER_H
#define MIG_ENGINE_COVER_H

#include <stdbool.h>

struct mig_json;
struct mig_policy;

/* A change that some phase has to carry. */
struct mig_cover_change {
	const char *table; /* without its schema; NULL: not of a table */
	const char *part;  /* column, constraint or index; NULL: the table itself */
	const char *const *operations; /* of an interface: "GET /users", ended by NULL; NULL */
	bool contracts;                /* takes away what the old version uses */
};

enum mig_cover {
	MIG_COVER_CARRIED,
	MIG_COVER_MISSING, /* the plan knows nothing of it */
	MIG_COVER_EARLY    /* it comes before, or together with, the last step of traffic */
};

/*
 * Look at one change.  plan is the document of which policy was compiled.  ret_phase is the name of
 * the phase that carries it (borrowed from the policy), NULL when none does.
 */
enum mig_cover mig_cover(const struct mig_json *plan, const struct mig_policy *policy,
    const struct mig_cover_change *change, const char **ret_phase);

#endif
