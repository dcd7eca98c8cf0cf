/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/*
 * The command `backtest`: what a plan's triggers would have done on the history of a server.
 */
#ifndef MIG_CLI_BACKTEST_H
#define MIG_CLI_BACKTEST_H

#include "cli/cli.h"

/*
 * migarch backtest.  Returns the exit status.
 */
int backtest_run(const struct cli_command *command, int argc, char **argv);

#endif
