/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/*
 * The commands that make one document out of another: `plan`, `runbook` and
 * `advise`.
 */
#ifndef MIG_CLI_GENERATE_H
#define MIG_CLI_GENERATE_H

#include "cli/cli.h"

/*
 * migarch plan: a specification becomes a plan.  Returns the exit status.
 */
int generate_plan(const struct cli_command *command, int argc, char **argv);

/*
 * migarch runbook: a plan becomes a runbook.  Returns the exit status.
 */
int generate_runbook(const struct cli_command *command, int argc, char **argv);

/*
 * migarch advise: what there is to say about a specification.  Returns the exit status.
 */
int generate_advice(const struct cli_command *command, int argc, char **argv);

#endif
