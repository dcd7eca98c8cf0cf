/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/*
 * Reading a group of the configuration by the rows of its table.
 */
#ifndef MIG_DAEMON_CONFIG_GROUP_H
#define MIG_DAEMON_CONFIG_GROUP_H

#include "daemon/config_int.h"

struct config_paths;

struct config_group_reader {
	struct mig_reader *reader;
	const struct config_tree *tree;
	const struct config_paths *paths;
};

/*
 * Read all keys of the group `name` that have a place in target (struct config or struct
 * config_notify), check the others as far as the table can, report unknown ones.
 */
void config_group_read(const struct config_group_reader *in, const struct mig_at *group,
    const char *name, void *target);

#endif
