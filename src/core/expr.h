/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/*
 * Threshold expressions: numbers with units ("1MB/minute", "250ms", "95%"), baselines
 * ("baseline_error_rate"), + - * / and parentheses.  Compiled once to a fixed-size postfix
 * program.  Units: times become milliseconds, "%" a fraction, bytes count by 1000 (KB, MB, GB)
 * or 1024 (KiB, MiB, GiB),
 * a rate "/second|minute|hour" is per second.
 */
#ifndef MIG_CORE_EXPR_H
#define MIG_CORE_EXPR_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

#define MIG_EXPR_OPS_MAX 32
#define MIG_EXPR_BASELINES_MAX 4
#define MIG_EXPR_NAME_MAX 48

enum mig_expr_op {
	MIG_EXPR_NUMBER,
	MIG_EXPR_BASELINE, /* index into names */
	MIG_EXPR_ADD,
	MIG_EXPR_SUB,
	MIG_EXPR_MUL,
	MIG_EXPR_DIV
};

struct mig_expr {
	size_t count;
	struct {
		enum mig_expr_op op;
		double number;   /* NUMBER */
		size_t baseline; /* BASELINE: index into names */
	} ops[MIG_EXPR_OPS_MAX];
	size_t name_count;
	char names[MIG_EXPR_BASELINES_MAX][MIG_EXPR_NAME_MAX]; /* canonical metric names */
};

/*
 * Compile text.  On MIG_EDOC ret_error (size bytes) says what is wrong and at which column.
 */
int mig_expr_parse(const char *text, struct mig_expr *ret_expr, char *ret_error, size_t size)
    MIG_MUSTCHECK;

/*
 * An expression that is one number.
 */
void mig_expr_number(double value, struct mig_expr *ret_expr);

/*
 * The value, given one baseline value per name (NAN where unknown).  NAN when a needed baseline
 * is unknown or the result is not finite.
 */
double mig_expr_eval(const struct mig_expr *expr, const double *baselines);

#endif
