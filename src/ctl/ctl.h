/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/*
 * migarchctl: what all its commands share.  A command is a row of a table (commands.h); this
 * module reads the options that the row allows, prints help from it and runs it.
 */
#ifndef MIG_CTL_CTL_H
#define MIG_CTL_CTL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/time.h"

struct client;
struct ctl_command;

/* Exit statuses, as in sysexits(3). */
enum ctl_exit {
	CTL_OK = 0,
	CTL_ELSEWHERE = 1, /* waited for a state, the rollout ended in another */
	CTL_USAGE = 64,
	CTL_DATA = 65,        /* a document is wrong */
	CTL_NOINPUT = 66,     /* a file or rollout does not exist */
	CTL_UNAVAILABLE = 69, /* the daemon can't be reached */
	CTL_INTERNAL = 70,
	CTL_CANTWRITE = 73,
	CTL_TEMPFAIL = 75, /* try again later; a wait timed out */
	CTL_NOPERM = 77,
	CTL_REFUSED = 78 /* not possible in the present state */
};

/* Everything said on the command line; strings are borrowed from it. */
struct ctl_options {
	const char *socket; /* never NULL */
	const char *url;    /* NULL: use the socket */
	const char *token_file;
	const char *binding;
	const char *comment;
	const char *since;
	const char *wait_state;
	int64_t timeout_ms; /* 0: none */
	bool json;
	bool help;
	bool version;
	bool watch;
	bool follow;
	bool wait;
};

/* One run of the program. */
struct ctl {
	struct ctl_options options;
	const struct ctl_command *command;
	struct client *client;
	size_t argc; /* operands of the command */
	char **argv;
	bool colour;
	size_t width;
};

/*
 * The whole program; returns the exit status.
 */
int ctl_main(int argc, char **argv);

/*
 * Print "migarchctl: …" and a newline on standard error.
 */
void ctl_complain(const char *fmt, ...) MIG_PRINTF(1, 2);

/*
 * Write text to standard output and flush it; CTL_CANTWRITE (told) when that fails.
 */
int ctl_print(const char *text, size_t len) MIG_MUSTCHECK;

/*
 * The wall clock.
 */
mig_wall ctl_now(void);

/*
 * A clock for waiting, in ms.
 */
mig_mono ctl_mono(void);

/*
 * Sleep; shorter when a signal arrives.
 */
void ctl_sleep(int64_t ms);

#endif
