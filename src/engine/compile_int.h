/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/*
 * Shared by the compile*.c files only (and timeline.c, which reads the windows the same way): the
 * compilation at work and its parts, in their order.  Each part adds findings and goes on; whoever
 * is last looks at the number of errors.
 */
#ifndef MIG_ENGINE_COMPILE_INT_H
#define MIG_ENGINE_COMPILE_INT_H

#include "base/json_read.h"
#include "engine/compile.h"

struct mig_compiler {
	struct mig_reader reader;
	struct mig_arena *arena;
	struct mig_policy *policy;
	struct mig_binding *binding;
	enum mig_severity doubt; /* of what would only surprise: an error when it is new */
	mig_zone_finder zones;
	void *zones_context;
	/* Places in the source document; each outlives the compilation. */
	struct mig_at plan;
	struct mig_at runbook;
	struct mig_at binding_at;
	struct mig_at spec; /* in the plan; its node is NULL in plans without one */
};

/*
 * The metrics that the binding can measure, with their queries.
 */
void mig_compile_metrics(struct mig_compiler *compiler);

/*
 * The index of a metric, which is added without a query when it is not there yet.  When there is
 * no room a finding about `at` is added and 0 returned.
 */
size_t mig_compile_metric(struct mig_compiler *compiler, const struct mig_at *at, const char *name);

/*
 * Read the member `key` of an object as a threshold: a number or an expression.  Returns whether
 * it is one; else a finding was added.
 */
bool mig_compile_threshold(struct mig_compiler *compiler, const struct mig_at *object,
    const char *key, struct mig_expr *ret_expr);

/*
 * Note that the baselines of a metric's limit are wanted, and check that they can be had.  `at` is
 * where the limit stands.
 */
void mig_compile_baselines(struct mig_compiler *compiler, const struct mig_at *at, size_t metric,
    const struct mig_expr *limit);

/*
 * The triggers of the runbook.
 */
void mig_compile_triggers(struct mig_compiler *compiler);

/*
 * Baseline queries, floors and freshness, once it is known which metrics are wanted.
 */
void mig_compile_baseline_queries(struct mig_compiler *compiler);

/*
 * The flags of the specification.
 */
void mig_compile_flags(struct mig_compiler *compiler);

/*
 * The phases of the plan with their flags and gates.
 */
void mig_compile_phases(struct mig_compiler *compiler);

/*
 * The gates of one phase; at is its place in the plan.
 */
void mig_compile_gates(struct mig_compiler *compiler, const struct mig_at *at,
    struct mig_phase *phase);

/*
 * The way back of the runbook.
 */
void mig_compile_rollback(struct mig_compiler *compiler);

/*
 * The time windows of the specification.
 */
void mig_compile_windows(struct mig_compiler *compiler);

/*
 * Whether count is within the limit max; else a finding about `at` is added.
 */
bool mig_compile_limit(struct mig_compiler *compiler, const struct mig_at *at, size_t count,
    size_t max, const char *what);

/*
 * A required name member as a string in the arena, at most MIG_NAME_MAX - 1 bytes; "" when it is
 * not there or too long, with a finding.
 */
const char *mig_compile_name(struct mig_compiler *compiler, const struct mig_at *object,
    const char *key);

/*
 * The index of a phase of the plan; phase_count when there is none.
 */
size_t mig_compile_phase_index(const struct mig_compiler *compiler, const char *name);

/*
 * Whether text is one of the words, ended by NULL.
 */
bool mig_compile_one_of(const char *text, const char *const *words);

#endif
