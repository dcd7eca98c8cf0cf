/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/*
 * Building the source document of a rollout: plan, runbook, binding, defaults and flags as one
 * JSON text.
 */
#ifndef MIG_DAEMON_CONFIG_SOURCE_H
#define MIG_DAEMON_CONFIG_SOURCE_H

#include "base/err.h"

struct mig_arena;
struct mig_buf;
struct mig_json;

struct config_parts {
	const struct mig_json *plan;
	const struct mig_json *runbook;
	const struct mig_json *binding; /* NULL: an empty one */
	const char *defaults_json;
	const char *flags_json; /* NULL: none */
	const char *folder;     /* file names in the binding become absolute against it */
};

/*
 * Append the source document.  The files that the binding's schema names are read, and what they
 * hold is pinned in it (before_sha256, after_sha256).  MIG_ELIMIT when out cannot hold it.
 */
int config_source_write(const struct config_parts *parts, struct mig_buf *out) MIG_MUSTCHECK;

/*
 * Append an object as JSON, its members whose key ends in "_file" made absolute against folder,
 * at every level.
 */
void config_source_object(const struct mig_json *object, const char *folder, struct mig_buf *out);

#endif
