/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/*
 * The commands of migarchctl as one table.  Help, option parsing and dispatch come from the rows.
 */
#ifndef MIG_CTL_COMMANDS_H
#define MIG_CTL_COMMANDS_H

#include <stddef.h>

#include "base/err.h"

struct ctl;

/* Options, as bits of a row. */
#define CTL_OPT_WATCH 0x01U
#define CTL_OPT_WAIT_STATE 0x02U /* --wait STATE */
#define CTL_OPT_WAIT 0x04U       /* --wait */
#define CTL_OPT_TIMEOUT 0x08U
#define CTL_OPT_SINCE 0x10U
#define CTL_OPT_FOLLOW 0x20U
#define CTL_OPT_BINDING 0x40U
#define CTL_OPT_COMMENT 0x80U

/* One command. */
struct ctl_command {
	const char *name;
	const char *operands; /* for the usage line */
	const char *summary;
	const char *text; /* what --help adds, wrapped by hand, or NULL */
	size_t min;       /* fewest operands */
	size_t max;       /* most operands */
	unsigned options; /* CTL_OPT_* */
	int (*run)(struct ctl *ctl);
};

/*
 * The table; ends with a row whose name is NULL.
 */
const struct ctl_command *commands_table(void);

/*
 * The row of a name, NULL when there is none.
 */
const struct ctl_command *commands_find(const char *name);

/*
 * "status": the screen once, again and again (--watch), or until a state (--wait).
 */
int status_run(struct ctl *ctl) MIG_MUSTCHECK;

/*
 * Wait until the rollout is in wait_state (any final one when NULL) or has ended, at most
 * --timeout; CTL_OK, CTL_ELSEWHERE, CTL_TEMPFAIL or why it could not be asked.
 */
int status_wait(struct ctl *ctl, const char *rollout, const char *wait_state) MIG_MUSTCHECK;

/*
 * "history": the records, and those to come (--follow).
 */
int history_run(struct ctl *ctl) MIG_MUSTCHECK;

/*
 * "why": the reasons of a decision, or why nothing goes on now.
 */
int why_run(struct ctl *ctl) MIG_MUSTCHECK;

/*
 * "load": documents to the daemon.
 */
int load_run(struct ctl *ctl) MIG_MUSTCHECK;

#endif
