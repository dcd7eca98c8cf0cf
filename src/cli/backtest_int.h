/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/*
 * Shared by backtest.c (the work), backtest_options.c (the command line) and backtest_source.c
 * (from files to a policy) only.
 */
#ifndef MIG_CLI_BACKTEST_INT_H
#define MIG_CLI_BACKTEST_INT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/json.h"
#include "cli/bound.h"
#include "cli/cli.h"
#include "cli/document.h"
#include "engine/compile.h"
#include "wire/backtest_render.h"

#define BACKTEST_HEADERS_MAX 32

struct config;

/* The command line. */
struct backtest_choice {
	const char *plan;
	const char *runbook;
	const char *config;     /* NULL: not given, here and below */
	const char *binding;
	const char *prometheus;
	const char *token_file;
	const char *ca_file;
	const char *output;
	size_t header_count;
	const char *headers[BACKTEST_HEADERS_MAX];
	mig_wall now;
	mig_wall from;
	mig_wall to;
	mig_wall damage_at; /* ms 0: where it is calm */
	int64_t step_ms;    /* 0: the poll interval */
	int64_t timeout_ms;
	bool new_path;
	enum mig_backtest_form form;
};

/* What was read and compiled. */
struct backtest_source {
	struct document plan;
	struct document runbook;
	struct config *config; /* NULL without -c */
	char *binding;         /* JSON text */
	struct bound bound;
};

/*
 * Read the command line: -1 to go on, else the exit status, after a message or help was printed.
 */
int backtest_options(const struct cli_command *command, int argc, char **argv,
    struct backtest_choice *ret_choice) MIG_MUSTCHECK;

/*
 * Read all files and compile them; with the old path as the choice says.  CLI_OK or another exit
 * status after messages were printed.  Free with backtest_source_fini() in any case.
 */
int backtest_source_read(const struct backtest_choice *choice,
    struct backtest_source *ret_source) MIG_MUSTCHECK;

/*
 * Free what the source owns.
 */
void backtest_source_fini(struct backtest_source *source);

#endif
