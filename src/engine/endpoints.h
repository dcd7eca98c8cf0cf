/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/*
 * What becomes of the endpoints of a service: kept, moved, added, or not covered by the new
 * service.  Works on the lists of service_details; knows nothing of plans.
 */
#ifndef MIG_ENGINE_ENDPOINTS_H
#define MIG_ENGINE_ENDPOINTS_H

#include <stddef.h>

#include "base/err.h"

struct mig_arena;
struct mig_json;

enum mig_endpoint_fate {
	MIG_ENDPOINT_KEPT,     /* same method and path, whatever the version in front */
	MIG_ENDPOINT_MOVED,    /* same method and last fixed segment under another path */
	MIG_ENDPOINT_ADDED,    /* only the new service has it */
	MIG_ENDPOINT_UNCOVERED /* only the old service has it */
};

/* One endpoint; both texts as in the specification, "METHOD /path". */
struct mig_endpoint_row {
	enum mig_endpoint_fate fate;
	const char *old_text; /* NULL: added */
	const char *new_text; /* NULL: uncovered */
};

/*
 * Compare the two lists of service_details (NULL: both are empty).  The rows stand in the order of
 * the old list, then of the new; they are the arena's, their texts the specification's.  A path
 * parameter counts by its place, not by its name.  Takes n log n time.  MIG_ENOMEM.
 */
int mig_endpoints_compare(const struct mig_json *service_details, struct mig_arena *arena,
    size_t *ret_count, const struct mig_endpoint_row **ret_rows) MIG_MUSTCHECK;

#endif
