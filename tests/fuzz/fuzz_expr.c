/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/num.h"
#include "base/utf8.h"
#include "core/expr.h"
#include "fuzz/fuzz.h"

#define ERROR_BYTES 256

/* Operands of a program on their way into text; no program has more. */
struct stack {
	char *items[MIG_EXPR_OPS_MAX];
	size_t depth;
};

static char *
pop(struct stack *stack)
{
	MIG_ASSERT(stack->depth > 0);
	return stack->items[--stack->depth];
}

/* Put one operation into words: its operands are on the stack. */
static void
write_op(const struct mig_expr *expr, size_t index, struct stack *stack)
{
	static const char signs[] = {
		[MIG_EXPR_ADD] = '+',
		[MIG_EXPR_SUB] = '-',
		[MIG_EXPR_MUL] = '*',
		[MIG_EXPR_DIV] = '/',
	};
	enum mig_expr_op op = expr->ops[index].op;
	struct mig_buf out;
	mig_buf_init(&out, MIG_DOC_BYTES_MAX);
	if (op == MIG_EXPR_NUMBER) {
		mig_num_format(expr->ops[index].number, &out);
	} else if (op == MIG_EXPR_BASELINE) {
		MIG_ASSERT(expr->ops[index].baseline < expr->name_count);
		mig_buf_printf(&out, "baseline_%s", expr->names[expr->ops[index].baseline]);
	} else {
		char *right = pop(stack);
		char *left = pop(stack);
		mig_buf_printf(&out, "(%s %c %s)", left, signs[op], right);
		free(left);
		free(right);
	}
	MIG_ASSERT(stack->depth < MIG_EXPR_OPS_MAX && mig_buf_ok(&out));
	stack->items[stack->depth++] = mig_buf_steal(&out);
}

/* The program as text with all its parentheses; owned by the caller. */
static char *
write_expr(const struct mig_expr *expr)
{
	struct stack stack = { 0 };
	for (size_t i = 0; i < expr->count; i++)
		write_op(expr, i, &stack);
	MIG_ASSERT(stack.depth == 1);
	return stack.items[0];
}

static void
check_same(const struct mig_expr *a, const struct mig_expr *b)
{
	MIG_ASSERT(a->count == b->count && a->name_count == b->name_count);
	for (size_t i = 0; i < a->count; i++) {
		MIG_ASSERT(a->ops[i].op == b->ops[i].op);
		MIG_ASSERT(mig_num_same(a->ops[i].number, b->ops[i].number));
		MIG_ASSERT(a->ops[i].baseline == b->ops[i].baseline);
	}
	for (size_t i = 0; i < a->name_count; i++)
		MIG_ASSERT(strcmp(a->names[i], b->names[i]) == 0);
}

static void
check_values(const struct mig_expr *expr)
{
	static const double probes[] = { 0, 0.01, 250, 1e300, NAN };
	for (size_t i = 0; i < sizeof(probes) / sizeof(probes[0]); i++) {
		double baselines[MIG_EXPR_BASELINES_MAX];
		for (size_t j = 0; j < MIG_EXPR_BASELINES_MAX; j++)
			baselines[j] = probes[i];
		double value = mig_expr_eval(expr, baselines);
		MIG_ASSERT(isnan(value) || isfinite(value));
		MIG_ASSERT(isnan(value) || expr->name_count == 0 || !isnan(probes[i]));
	}
}

/* What is read can be written out in full, and that reads as the same program. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char error[ERROR_BYTES] = "";
	struct mig_expr expr;
	struct mig_expr again;
	char *text = calloc(size + 1, 1);
	MIG_ASSERT(text != NULL);
	memcpy(text, data, size);
	if (mig_expr_parse(text, &expr, error, sizeof(error)) == MIG_OK) {
		char *full = write_expr(&expr);
		MIG_ASSERT(expr.count > 0 && error[0] == '\0');
		MIG_ASSERT(mig_expr_parse(full, &again, error, sizeof(error)) == MIG_OK);
		check_same(&expr, &again);
		check_values(&expr);
		free(full);
	} else {
		MIG_ASSERT(strstr(error, " at column ") != NULL);
		if (mig_utf8_valid(text, strlen(text)))
			fuzz_printable(error, strlen(error), false);
	}
	free(text);
	return 0;
}
