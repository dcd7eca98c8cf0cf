/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/*
 * The steps of a rollback phase: those that the runbooks of every tool have, and ours for
 * the flags, tables, scripts and workloads that the plan names.  Which ones is data:
 * runbook_tables.h.  Private to runbook.c.
 */
#ifndef MIG_ENGINE_RUNBOOK_STEPS_H
#define MIG_ENGINE_RUNBOOK_STEPS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

struct mig_fill;
struct mig_json;
struct mig_jw;

/* What the steps are made from; all borrowed but the two lists. */
struct mig_steps {
	const char *type;
	struct mig_fill *fill;
	const struct mig_json **tables; /* critical ones first */
	size_t table_count;
	const struct mig_json **workloads; /* last wave first */
	size_t workload_count;
};

/*
 * Prepare for a plan that has passed mig_plan_check().  MIG_ENOMEM.  Free with
 * mig_steps_fini() in any case.
 */
int mig_steps_init(const struct mig_json *plan, struct mig_fill *fill, struct mig_steps *ret_steps)
    MIG_MUSTCHECK;

/*
 * Free the lists; a zeroed one is a no-op.
 */
void mig_steps_fini(struct mig_steps *steps);

/*
 * Write the steps that undo a phase of the plan, the index-th from its end, under "steps".
 */
void mig_steps_write(const struct mig_steps *steps, const struct mig_json *phase, size_t index,
    struct mig_jw *jw);

/*
 * The full list of validation commands of a type, ended by NULL; NULL when it has none.
 */
const char *const *mig_steps_validation(const char *type);

/*
 * Whether name contains one of the words of `in` (| between them), whatever their letters'
 * case.
 */
bool mig_steps_name_has(const char *name, const char *in);

#endif
