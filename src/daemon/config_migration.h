/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/*
 * One group of `migrations`: its files are read, its documents put together and compiled, and all
 * findings led back to the file and line they come from.
 */
#ifndef MIG_DAEMON_CONFIG_MIGRATION_H
#define MIG_DAEMON_CONFIG_MIGRATION_H

#include "daemon/config.h"
#include "daemon/config_int.h"

struct config_migration_reader {
	struct mig_reader *reader; /* its findings have pointers of the tree */
	const struct config_tree *tree;
	const struct config *config;
	struct mig_findings *findings; /* where findings about other files go */
	const struct mig_at *flags;    /* the top-level group */
};

/*
 * Read the group at index of `migrations`.  Returns whether it is free of errors; then
 * ret_migration is filled and *ret_id is the migration_id, both in the tree's arena.
 */
bool config_migration_read(const struct config_migration_reader *in, const struct mig_at *at,
    struct config_migration *ret_migration, const char **ret_id);

#endif
