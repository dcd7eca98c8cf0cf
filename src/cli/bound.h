/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/*
 * What a configuration of migarchd says of one migration, and the policy that comes of it: read and
 * compiled as the daemon does it.
 */
#ifndef MIG_CLI_BOUND_H
#define MIG_CLI_BOUND_H

#include "base/json.h"
#include "engine/compile.h"

struct config;

/* A migration's documents with what ties them to a site, and what was made of them. */
struct bound {
	const struct config *config;    /* NULL: all settings at their defaults */
	const struct mig_json *plan;    /* borrowed, as all above the line */
	const struct mig_json *runbook;
	const char *binding;            /* JSON text */
	mig_wall now;                   /* time zones are read around it */

	char *text;                     /* of the source document */
	struct mig_json_doc *json;
	struct mig_compiled compiled;
};

/*
 * Read a configuration with all checks of migarchd --check; as config_read().
 */
int bound_config(const char *path, struct config **ret_config, struct mig_findings *findings)
    MIG_MUSTCHECK;

/*
 * The binding of the group of migrations whose plan has that id, JSON text owned by the caller;
 * NULL when there is none.
 */
char *bound_binding(const struct config *config, const char *migration_id);

/*
 * Compile; findings are about the source document, see compile.h.  Free with bound_fini() in any
 * case.
 */
int bound_compile(struct bound *bound, struct mig_findings *findings) MIG_MUSTCHECK;

/*
 * Free what was made.
 */
void bound_fini(struct bound *bound);

#endif
