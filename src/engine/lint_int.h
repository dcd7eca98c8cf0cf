/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/*
 * Shared by the lint*.c files only: the places that are looked at, the triggers in a form that
 * does not depend on where they stand, and saying what was found.
 */
#ifndef MIG_ENGINE_LINT_INT_H
#define MIG_ENGINE_LINT_INT_H

#include "base/json_read.h"
#include "base/limits.h"
#include "core/policy.h"
#include "engine/lint.h"
#include "engine/shape.h"

/* A trigger, of the runbook or of the specification. */
struct mig_lint_watch {
	const char *name;   /* trigger_id, or the metric */
	const char *metric; /* canonical */
	enum mig_operator op;
	struct mig_expr threshold;
	double minutes;
	bool rolls_back; /* by itself */
	bool new_path;   /* the configuration asks the new path alone */
};

struct mig_json_doc;

struct mig_lint {
	const struct mig_lint_input *in;
	struct mig_findings *lists; /* MIG_LINT_PARTS of them */
	/* Roots; the node is NULL when the document is not given. */
	struct mig_at plan;
	struct mig_at runbook;
	/* The specification: that of its own, or the one in the plan, and where it is spoken of. */
	struct mig_at spec;
	struct mig_findings *spec_list;
	struct mig_json_doc *ramped; /* owned; NULL when each flag has a schedule */
	bool same_spec; /* the plan holds the specification that is given beside it */
	size_t watch_count;
	struct mig_lint_watch watches[MIG_TRIGGERS_MAX];
};

/*
 * Add a finding of a rule, which has its severity.  hint may be NULL.
 */
void mig_lint_say(struct mig_findings *list, const struct mig_at *at, const char *rule,
    const char *hint, const char *fmt, ...) MIG_PRINTF(5, 6);

/*
 * Whether the list has an element with that string as its member key (NULL: that is the string).
 */
bool mig_lint_has(const struct mig_json *list, const char *key, const char *text);

/*
 * Call step for every plateau of every flag of the specification, with its share in percent and
 * its hold in hours.
 */
void mig_lint_each_step(struct mig_lint *lint,
    void (*step)(struct mig_lint *lint, const struct mig_at *at, double share, double hours));

/*
 * Collect the triggers: those of the runbook, or without one those of the specification.
 */
void mig_lint_watches(struct mig_lint *lint);

/*
 * What is asked of the specification alone, and of it with the triggers.
 */
void mig_lint_spec(struct mig_lint *lint);

/*
 * How much of what happens on the new path each trigger can see, step by step.
 */
void mig_lint_exposure(struct mig_lint *lint);

/*
 * Plan against specification, and runbook against both.
 */
void mig_lint_agreement(struct mig_lint *lint);

/*
 * Whether people can work with the runbook: placeholders, contacts, time.
 */
void mig_lint_people(struct mig_lint *lint);

#endif
