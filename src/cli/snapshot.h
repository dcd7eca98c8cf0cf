/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/*
 * `migarch snapshot`: the schema of a live database, written as a document that migarch check
 * reads.
 */
#ifndef MIG_CLI_SNAPSHOT_H
#define MIG_CLI_SNAPSHOT_H

#include "cli/cli.h"

/*
 * The command; see struct cli_command.
 */
int snapshot_run(const struct cli_command *command, int argc, char **argv);

#endif
