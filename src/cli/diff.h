/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/*
 * `migarch plan --diff`: what differs between two plans, or between the plans that two
 * specifications would give.
 */
#ifndef MIG_CLI_DIFF_H
#define MIG_CLI_DIFF_H

#include "cli/output.h"

/* What is compared, and where the comparison goes. */
struct diff_choice {
	const char *old_path; /* "-" is standard input */
	const char *new_path;
	const char *output; /* as in struct output */
	enum output_format format;
};

/*
 * Compare and write.  CLI_OK when the plans are equal, CLI_DIFFERENT when they are not, another
 * exit status after telling what went wrong.
 */
int diff_run(const struct diff_choice *choice);

#endif
