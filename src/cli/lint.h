/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/*
 * migarch lint: what is wrong or doubtful with specification, plan, runbook and configuration when
 * they are read together.
 */
#ifndef MIG_CLI_LINT_H
#define MIG_CLI_LINT_H

#include "cli/cli.h"

/*
 * The command; returns the exit status.
 */
int lint_run(const struct cli_command *command, int argc, char **argv);

#endif
