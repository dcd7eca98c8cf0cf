/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/*
 * migarch check: what changes between two versions of a database schema or an interface, how bad
 * that is, and the scripts that lead from one to the other.
 */
#ifndef MIG_CLI_CHECK_H
#define MIG_CLI_CHECK_H

#include "cli/cli.h"

/*
 * The command; returns the exit status: 0, 1 and 2 are verdicts.
 */
int check_run(const struct cli_command *command, int argc, char **argv);

#endif
