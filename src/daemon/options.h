/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/*
 * migarchd's command line.
 */
#ifndef MIG_DAEMON_OPTIONS_H
#define MIG_DAEMON_OPTIONS_H

#include <stdbool.h>

#include "base/err.h"
#include "daemon/config.h"
#include "daemon/log.h"

/* Exit statuses, as sysexits.h names them. */
#define EXIT_USAGE 64
#define EXIT_DOCUMENT 65
#define EXIT_NO_INPUT 66
#define EXIT_INTERNAL 70
#define EXIT_CANNOT_WRITE 73
#define EXIT_TRY_AGAIN 75

struct options {
	const char *config;
	bool check;
	bool print_config;
	struct config_paths paths;
	enum log_level log_level;
	enum log_format log_format;
};

/*
 * Read the command line.  Returns -1 to go on, or the exit status when --help or --version was
 * answered or the usage is wrong.
 */
int options_read(int argc, char **argv, struct options *ret_options) MIG_MUSTCHECK;

#endif
