/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/*
 * Shared by lint.c (the command line, reading) and lint_print.c (what comes of it) only.
 */
#ifndef MIG_CLI_LINT_INT_H
#define MIG_CLI_LINT_INT_H

#include <stdbool.h>

#include "base/err.h"
#include "cli/document.h"
#include "engine/lint.h"

/* The command line. */
struct lint_choice {
	const char *paths[MIG_LINT_PARTS]; /* NULL: not given */
	bool json;
	bool rules; /* only show the rules */
};

/* What was read, and what was found. */
struct lint_work {
	const struct lint_choice *choice;
	struct document documents[MIG_LINT_PARTS]; /* of the configuration only the findings */
};

/*
 * Print the findings to standard output, sorted by document and place.  CLI_OK without any or with
 * notes alone, CLI_BROKEN with warnings, CLI_FAULTY with errors, or what keeps them from being
 * written.
 */
int lint_print(struct lint_work *work) MIG_MUSTCHECK;

/*
 * Print the table of rules to standard output; CLI_OK, or what keeps it from being written.
 */
int lint_print_rules(bool json) MIG_MUSTCHECK;

#endif
