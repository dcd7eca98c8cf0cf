/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/*
 * migarch, the offline tool: commands that read documents (and history) and write documents.  Here
 * is what the commands share: exit statuses, messages, the clock.
 */
#ifndef MIG_CLI_CLI_H
#define MIG_CLI_CLI_H

#include "base/err.h"
#include "base/time.h"

/* Exit statuses beside those of verdicts. */
enum cli_status {
	CLI_OK = 0,
	CLI_BROKEN = 1, /* a simulated run broke a rule; lint has warnings */
	CLI_DIFFERENT = 1, /* two plans differ */
	/* 1 and 2 are verdicts of check, too: check/finish.h */
	CLI_FAULTY = 2, /* lint has found errors */
	CLI_USAGE = 64,
	CLI_DATA = 65,     /* bad document */
	CLI_NOINPUT = 66,  /* input missing or not readable */
	CLI_UNAVAILABLE = 69, /* a server is not reachable */
	CLI_INTERNAL = 70, /* out of memory and the like */
	CLI_CANTWRITE = 73
};

/* A command of the tool. */
struct cli_command {
	const char *name;
	const char *summary; /* one line for the list of commands */
	const char *usage;   /* arguments, behind the name */
	const char *help;    /* the options, one per line, and what else is to be said */
	int (*run)(const struct cli_command *command, int argc, char **argv); /* exit status */
};

/*
 * The whole program; returns the exit status.
 */
int cli_main(int argc, char **argv);

/*
 * Print one line "migarch: …" to standard error.
 */
void cli_error(const char *fmt, ...) MIG_PRINTF(1, 2);

/*
 * Print where help is to be had, and return CLI_USAGE.
 */
int cli_usage(const struct cli_command *command);

/*
 * Print a command's help to standard output, and return CLI_OK or CLI_CANTWRITE.
 */
int cli_help(const struct cli_command *command);

/*
 * Print the version to standard output, and return CLI_OK or CLI_CANTWRITE.
 */
int cli_version(void);

/*
 * The time for timestamps: SOURCE_DATE_EPOCH (seconds) when it is set, else the clock.
 * MIG_EDOC with a message printed when the variable is no such number.
 */
int cli_now(mig_wall *ret_now) MIG_MUSTCHECK;

#endif
