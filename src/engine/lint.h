/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/*
 * What only shows when documents are read together: specification, plan, runbook and what a
 * configuration makes of them.  Every finding names its rule, and the rules are a table: what each
 * document's own check looks for stands in it, too.  Nothing is changed, nobody is asked.
 */
#ifndef MIG_ENGINE_LINT_H
#define MIG_ENGINE_LINT_H

#include "base/err.h"

struct mig_json;
struct mig_policy;

/* Where a finding belongs. */
enum mig_lint_part { MIG_LINT_SPEC, MIG_LINT_PLAN, MIG_LINT_RUNBOOK, MIG_LINT_CONFIG };
#define MIG_LINT_PARTS 4

struct mig_lint_rule {
	const char *id;             /* stable; NULL ends the table */
	enum mig_severity severity; /* of all its findings */
	const char *reason;         /* one sentence: what must hold, and why */
};

/* Every rule, in the order in which people read about them. */
extern const struct mig_lint_rule mig_lint_rules[];

/* What there is to look at; all of it is borrowed, and each may be NULL. */
struct mig_lint_input {
	const struct mig_json *spec;
	const struct mig_json *plan;
	const struct mig_json *runbook;
	const struct mig_policy *policy;    /* plan and runbook, compiled with a configuration */
	const struct mig_findings *loading; /* what compiling them has said, see compile.h */
};

/*
 * The row of a rule, NULL when there is none.
 */
const struct mig_lint_rule *mig_lint_rule_find(const char *id);

/*
 * Check all that is given and add what is found to the list of the part it belongs to; pointers
 * are those of that document (MIG_LINT_CONFIG: of the binding).  Errors of a document are findings
 * as well; what depends on the faulty values is then left out.  MIG_ENOMEM.
 */
int mig_lint(const struct mig_lint_input *in, struct mig_findings lists[MIG_LINT_PARTS])
    MIG_MUSTCHECK;

#endif
