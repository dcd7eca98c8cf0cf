/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/num.h"
#include "base/utf8.h"
#include "core/expr.h"
#include "core/policy.h"

#define STACK_MAX 32
#define NUMBER_TEXT_MAX 40

struct parser {
	const char *text;
	const char *at;
	struct mig_expr *expr;
	char *error;
	size_t error_size;
	size_t depth;
	char stack[STACK_MAX]; /* operators and parentheses whose right side is not read yet */
};

struct unit {
	const char *name;
	double factor;
};

static const struct unit units[] = {
	{ "%", 0.01 },
	{ "us", 0.001 },
	{ "ms", 1 },
	{ "s", 1000 },
	{ "m", 60000 },
	{ "h", 3600000 },
	{ "d", 86400000 },
	{ "B", 1 },
	{ "KB", 1e3 },
	{ "MB", 1e6 },
	{ "GB", 1e9 },
	{ "TB", 1e12 },
	{ "KiB", 1024 },
	{ "MiB", 1048576 },
	{ "GiB", 1073741824 },
	{ "TiB", 1099511627776 },
};

/* What stands after the slash of a rate, and how many seconds it is. */
static const struct unit periods[] = {
	{ "second", 1 },
	{ "minute", 60 },
	{ "hour", 3600 },
};

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool
is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static size_t
word_length(const char *text)
{
	size_t len = 0;
	while (is_letter(text[len]) || (len > 0 && is_digit(text[len])))
		len++;
	return len;
}

static void
skip_space(struct parser *parser)
{
	while (*parser->at == ' ' || *parser->at == '\t')
		parser->at++;
}

static int MIG_PRINTF(2, 3)
fail(struct parser *parser, const char *fmt, ...)
{
	char what[128];
	va_list args;
	va_start(args, fmt);
	(void)vsnprintf(what, sizeof(what), fmt, args);
	va_end(args);
	(void)snprintf(parser->error, parser->error_size, "%s at column %zu", what,
	    (size_t)(parser->at - parser->text) + 1);
	return MIG_EDOC;
}

static int
emit(struct parser *parser, enum mig_expr_op op, double number, size_t baseline)
{
	struct mig_expr *expr = parser->expr;
	if (expr->count == MIG_EXPR_OPS_MAX)
		return fail(parser, "the expression is too long");
	expr->ops[expr->count].op = op;
	expr->ops[expr->count].number = number;
	expr->ops[expr->count].baseline = baseline;
	expr->count++;
	return 0;
}

static const struct unit *
find_unit(const struct unit *list, size_t count, const char *text, size_t len)
{
	for (size_t i = 0; i < count; i++) {
		if (strlen(list[i].name) == len && memcmp(list[i].name, text, len) == 0)
			return &list[i];
	}
	return NULL;
}

/* A unit right behind a number, if there is one. */
static int
parse_unit(struct parser *parser, double *value)
{
	skip_space(parser);
	size_t len = *parser->at == '%' ? 1 : word_length(parser->at);
	if (len == 0)
		return 0;
	const struct unit *unit =
	    find_unit(units, sizeof(units) / sizeof(units[0]), parser->at, len);
	if (unit == NULL)
		return fail(parser, "unknown unit \"%.*s\"", (int)len, parser->at);
	*value *= unit->factor;
	parser->at += len;
	return 0;
}

/* "/second" and the like.  A slash before anything but a word is left to be a division. */
static int
parse_period(struct parser *parser, double *value)
{
	skip_space(parser);
	if (*parser->at != '/')
		return 0;
	const char *word = parser->at + 1;
	while (*word == ' ' || *word == '\t')
		word++;
	size_t len = word_length(word);
	if (len == 0 || strncmp(word, "baseline_", 9) == 0)
		return 0;
	const struct unit *period =
	    find_unit(periods, sizeof(periods) / sizeof(periods[0]), word, len);
	if (period == NULL) {
		parser->at = word;
		return fail(parser, "\"%.*s\" is none of second, minute, hour", (int)len, word);
	}
	*value /= period->factor;
	parser->at = word + len;
	return 0;
}

static size_t
number_length(const char *text)
{
	size_t len = strspn(text, "0123456789");
	if (text[len] == '.')
		len += 1 + strspn(text + len + 1, "0123456789");
	if (text[len] == 'e' || text[len] == 'E') {
		size_t sign = text[len + 1] == '+' || text[len + 1] == '-' ? 1 : 0;
		size_t digits = strspn(text + len + 1 + sign, "0123456789");
		if (digits > 0)
			len += 1 + sign + digits;
	}
	return len;
}

static int
parse_number(struct parser *parser)
{
	char text[NUMBER_TEXT_MAX];
	size_t len = number_length(parser->at);
	if (len >= sizeof(text))
		return fail(parser, "the number is too long");
	memcpy(text, parser->at, len);
	text[len] = '\0';
	double value = 0;
	if (mig_num_double(text, &value) != 0)
		return fail(parser, "\"%s\" is not a number", text);
	parser->at += len;
	int error = parse_unit(parser, &value);
	if (error == 0)
		error = parse_period(parser, &value);
	if (error == 0 && !isfinite(value))
		error = fail(parser, "the number is too large");
	return error != 0 ? error : emit(parser, MIG_EXPR_NUMBER, value, 0);
}

static int
parse_baseline(struct parser *parser)
{
	struct mig_expr *expr = parser->expr;
	char name[MIG_EXPR_NAME_MAX];
	size_t len = word_length(parser->at);
	if (len <= 9 || strncmp(parser->at, "baseline_", 9) != 0)
		return fail(parser, "\"%.*s\" is not a number or a baseline", (int)len, parser->at);
	if (len - 9 >= sizeof(name))
		return fail(parser, "the baseline's name is too long");
	memcpy(name, parser->at + 9, len - 9);
	name[len - 9] = '\0';

	const char *canonical = mig_metric_canonical(name);
	size_t index = 0;
	while (index < expr->name_count && strcmp(expr->names[index], canonical) != 0)
		index++;
	if (index == MIG_EXPR_BASELINES_MAX)
		return fail(parser, "more than %d different baselines", MIG_EXPR_BASELINES_MAX);
	if (index == expr->name_count) {
		(void)snprintf(expr->names[index], sizeof(expr->names[index]), "%s", canonical);
		expr->name_count++;
	}
	parser->at += len;
	return emit(parser, MIG_EXPR_BASELINE, 0, index);
}

static int
strength_of(char c)
{
	return c == '*' || c == '/' ? 2 : 1;
}

static enum mig_expr_op
op_of(char c)
{
	switch (c) {
	case '+':
		return MIG_EXPR_ADD;
	case '-':
		return MIG_EXPR_SUB;
	case '*':
		return MIG_EXPR_MUL;
	default:
		return MIG_EXPR_DIV;
	}
}

/* Move operators that bind at least as strongly as `strength` from the stack to the programme. */
static int
emit_operators(struct parser *parser, int strength)
{
	while (parser->depth > 0) {
		char c = parser->stack[parser->depth - 1];
		if (c == '(' || strength_of(c) < strength)
			break;
		int error = emit(parser, op_of(c), 0, 0);
		if (error != 0)
			return error;
		parser->depth--;
	}
	return 0;
}

static int
push(struct parser *parser, char c)
{
	if (parser->depth == STACK_MAX)
		return fail(parser, "the expression is too deep");
	parser->stack[parser->depth++] = c;
	parser->at++;
	return 0;
}

/* Names the character as a whole, and nothing that would disturb the line it is shown in. */
static int
fail_unexpected(struct parser *parser)
{
	size_t len = mig_utf8_printable(parser->at, strlen(parser->at));
	if (len == 0)
		return fail(parser, "unexpected \"?\"");
	return fail(parser, "unexpected \"%.*s\"", (int)len, parser->at);
}

/* Where an operand is due: opening parentheses, then a number or a baseline. */
static int
parse_operand(struct parser *parser)
{
	for (;;) {
		skip_space(parser);
		char c = *parser->at;
		if (is_digit(c))
			return parse_number(parser);
		if (is_letter(c))
			return parse_baseline(parser);
		if (c == '\0')
			return fail(parser, "the expression ends too early");
		if (c != '(')
			return fail_unexpected(parser);
		int error = push(parser, c);
		if (error != 0)
			return error;
	}
}

static int
close_parenthesis(struct parser *parser)
{
	int error = emit_operators(parser, 0);
	if (error != 0)
		return error;
	if (parser->depth == 0)
		return fail(parser, "unexpected \")\"");
	parser->depth--;
	parser->at++;
	return 0;
}

/* Behind an operand: closing parentheses, then an operator (another operand is due) or the end. */
static int
parse_operator(struct parser *parser, bool *ret_more)
{
	int error = 0;
	for (skip_space(parser); error == 0 && *parser->at == ')'; skip_space(parser))
		error = close_parenthesis(parser);
	if (error != 0)
		return error;

	char c = *parser->at;
	*ret_more = c != '\0';
	if (c == '\0')
		return 0;
	if (strchr("+-*/", c) == NULL)
		return fail_unexpected(parser);
	error = emit_operators(parser, strength_of(c));
	return error != 0 ? error : push(parser, c);
}

static int
parse_all(struct parser *parser)
{
	bool more = true;
	while (more) {
		int error = parse_operand(parser);
		if (error == 0)
			error = parse_operator(parser, &more);
		if (error != 0)
			return error;
	}
	int error = emit_operators(parser, 0);
	if (error == 0 && parser->depth > 0)
		error = fail(parser, "a \")\" is missing");
	return error;
}

static double
apply(enum mig_expr_op op, double left, double right)
{
	if (op == MIG_EXPR_ADD)
		return left + right;
	if (op == MIG_EXPR_SUB)
		return left - right;
	if (op == MIG_EXPR_MUL)
		return left * right;
	MIG_ASSERT(op == MIG_EXPR_DIV);
	return left / right;
}

int
mig_expr_parse(const char *text, struct mig_expr *ret_expr, char *ret_error, size_t size)
{
	struct mig_expr expr = { 0 };
	struct parser parser = {
		.text = text, .at = text, .expr = &expr, .error = ret_error, .error_size = size
	};

	int error = parse_all(&parser);
	if (error == 0)
		*ret_expr = expr;
	return error;
}

void
mig_expr_number(double value, struct mig_expr *ret_expr)
{
	memset(ret_expr, 0, sizeof(*ret_expr));
	ret_expr->count = 1;
	ret_expr->ops[0].op = MIG_EXPR_NUMBER;
	ret_expr->ops[0].number = value;
}

double
mig_expr_eval(const struct mig_expr *expr, const double *baselines)
{
	double stack[MIG_EXPR_OPS_MAX];
	size_t depth = 0;
	for (size_t i = 0; i < expr->count; i++) {
		enum mig_expr_op op = expr->ops[i].op;
		if (op == MIG_EXPR_NUMBER) {
			stack[depth++] = expr->ops[i].number;
		} else if (op == MIG_EXPR_BASELINE) {
			MIG_ASSERT(expr->ops[i].baseline < expr->name_count);
			stack[depth++] = baselines[expr->ops[i].baseline];
		} else {
			MIG_ASSERT(depth >= 2);
			depth--;
			stack[depth - 1] = apply(op, stack[depth - 1], stack[depth]);
		}
	}
	return depth == 1 && isfinite(stack[0]) ? stack[0] : NAN;
}
