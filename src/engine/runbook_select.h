/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/*
 * Which steps a rollback phase has: the rows of runbook_tables.h that fit the plan's phase,
 * each with the elements (flags, tables, scripts, workloads) that it is for.  Private to
 * runbook_steps.c.
 */
#ifndef MIG_ENGINE_RUNBOOK_SELECT_H
#define MIG_ENGINE_RUNBOOK_SELECT_H

#include <stdbool.h>
#include <stddef.h>

struct mig_json;
struct mig_step_row;
struct mig_steps;

#define MIG_DRAFTS_MAX 128   /* per phase; the tables allow for fewer */
#define MIG_CLOSING_ORDER 99 /* of the closing check */

/* The elements that a step is for. */
struct mig_slice {
	const struct mig_json *const *items;
	size_t count;
};

/* A step of a phase on its way into the runbook. */
struct mig_draft {
	const struct mig_step_row *row;
	struct mig_slice of;
	int order;
	bool own; /* beyond those of every runbook */
};

struct mig_drafts {
	struct mig_draft list[MIG_DRAFTS_MAX];
	size_t count;
	size_t index; /* of the rollback phase */
};

/*
 * Choose the steps that undo a phase of the plan: those of every runbook in front, ours
 * behind them, the closing check last.  ret_drafts is zeroed but for its index.  Out of
 * memory is remembered by the arena of the steps' values.
 */
void mig_steps_select(const struct mig_steps *steps, const struct mig_json *phase,
    struct mig_drafts *ret_drafts);

#endif
