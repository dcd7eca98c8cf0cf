/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/*
 * migarch simulate: many runs of the simulator, side by side, and what they came to.
 */
#ifndef MIG_CLI_SIMULATE_H
#define MIG_CLI_SIMULATE_H

struct cli_command;

/*
 * The command; returns the exit status: CLI_OK, CLI_BROKEN, or another failure.
 */
int simulate_run(const struct cli_command *command, int argc, char **argv);

#endif
