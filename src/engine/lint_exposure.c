/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/*
 * How bad the new path must be before a trigger fires, when its query is over the whole fleet and
 * the new path has p percent of the requests.  With x = p/100 a request is of the new path with
 * probability x, so:
 *
 * Ratios of requests (error rate, mismatches, availability).  The fleet has (1-x)*b + x*d when the
 * old path has b and the new one d: it moves by x times the damage d-b.  It passes a threshold T
 * when d is beyond b + (T-b)/x.  Beyond 1 (availability: below 0) no new path can be that bad, and
 * the trigger is blind.  b is the baseline that the configuration fixes, else the healthy value (0;
 * availability 1), from which the way to the threshold is longest.  A threshold k*b of an unknown
 * baseline leaves d = b * (1 + (k-1)/x): so many times the baseline, blind or not.
 *
 * Quantiles (p95, p99).  The fleet's quantile q is over T when more than 1-q of all requests are.
 * With the old path healthy they are all of the new one: a share of (1-q)/x of its requests.  Up to
 * x = 1-q the new path may hang altogether and the quantile does not show it.
 *
 * Other metrics are not shared out as requests are (machines, queues, copies): nothing is said of
 * them.  Neither of steps to 100 percent, where the fleet is the new path.
 */
#include <math.h>
#include <string.h>

#include "base/buf.h"
#include "base/json.h"
#include "base/num.h"
#include "engine/lint_int.h"

#define LIST_MAX 4096
#define PROPORTIONAL_LIMIT 1e-9

enum kind { KIND_RATIO, KIND_QUANTILE };

struct metric_row {
	const char *metric; /* canonical */
	enum kind kind;
	double healthy;  /* RATIO */
	double quantile; /* QUANTILE */
};

static const struct metric_row metric_rows[] = {
	{ "error_rate", KIND_RATIO, 0, 0 },
	{ "comparison_mismatch_rate", KIND_RATIO, 0, 0 },
	{ "availability", KIND_RATIO, 1, 0 },
	{ "p95_response_time", KIND_QUANTILE, 0, 0.95 },
	{ "response_time_p99", KIND_QUANTILE, 0, 0.99 },
};

/* What a step is to a trigger. */
enum sight { SIGHT_UNSAID, SIGHT_BLIND, SIGHT_SEES };

static const struct metric_row *
row_of(const struct mig_lint_watch *watch)
{
	for (size_t i = 0; i < sizeof(metric_rows) / sizeof(metric_rows[0]); i++)
		if (strcmp(metric_rows[i].metric, watch->metric) == 0)
			return &metric_rows[i];
	return NULL;
}

/* The baseline that the configuration fixes for a metric, NAN when it fixes none. */
static double
fixed_baseline(const struct mig_lint *lint, const char *metric)
{
	const struct mig_policy *policy = lint->in->policy;
	size_t index = policy != NULL ? mig_policy_metric(policy, metric) : 0;
	if (policy == NULL || index >= policy->metric_count ||
	    policy->metrics[index].baseline != MIG_BASELINE_FIXED)
		return NAN;
	return fmax(policy->metrics[index].baseline_fixed, policy->metrics[index].floor);
}

static double
evaluate(const struct mig_lint *lint, const struct mig_expr *expr, double unknown)
{
	double baselines[MIG_EXPR_BASELINES_MAX] = { 0 };
	for (size_t i = 0; i < expr->name_count; i++) {
		double fixed = fixed_baseline(lint, expr->names[i]);
		baselines[i] = isnan(fixed) ? unknown : fixed;
	}
	return mig_expr_eval(expr, baselines);
}

static enum sight
see_quantile(const struct metric_row *row, double x, struct mig_buf *out)
{
	double tail = 1 - row->quantile;
	/* 1 - 0.95 is a little more than 0.05 in doubles; that little is no sight. */
	if (x <= tail * (1 + PROPORTIONAL_LIMIT))
		return SIGHT_BLIND;
	mig_buf_printf(out, "when %.3g %% of the new path's requests are over the limit",
	    100 * tail / x);
	return SIGHT_SEES;
}

/* A threshold of an unknown baseline: only a multiple of it says something. */
static enum sight
see_multiple(const struct mig_lint *lint, const struct mig_lint_watch *watch, double x,
    struct mig_buf *out)
{
	double factor = evaluate(lint, &watch->threshold, 1);
	double twice = evaluate(lint, &watch->threshold, 2);
	if (!isfinite(factor) || !(factor > 1) ||
	    fabs(twice - 2 * factor) > PROPORTIONAL_LIMIT * factor)
		return SIGHT_UNSAID;
	mig_buf_printf(out, "from %.3g times the baseline on", 1 + (factor - 1) / x);
	return SIGHT_SEES;
}

static enum sight
see_ratio(const struct mig_lint *lint, const struct mig_lint_watch *watch,
    const struct metric_row *row, double x, struct mig_buf *out)
{
	bool falls = row->healthy > 0;
	if (watch->op != (falls ? MIG_OP_LESS : MIG_OP_GREATER))
		return SIGHT_UNSAID;
	double base = fixed_baseline(lint, watch->metric);
	if (isnan(evaluate(lint, &watch->threshold, NAN)))
		return falls ? SIGHT_UNSAID : see_multiple(lint, watch, x, out);
	if (isnan(base))
		base = row->healthy;
	double damage = base + (evaluate(lint, &watch->threshold, NAN) - base) / x;
	/* Equal is not beyond; the last bits of the quotient do not decide. */
	if (falls ? damage <= PROPORTIONAL_LIMIT : damage >= 1 - PROPORTIONAL_LIMIT)
		return SIGHT_BLIND;
	mig_buf_printf(out, "%s %.3g", falls ? "below" : "above", damage);
	return SIGHT_SEES;
}

static enum sight
see(const struct mig_lint *lint, const struct mig_lint_watch *watch, double x, struct mig_buf *out)
{
	const struct metric_row *row = row_of(watch);
	if (row == NULL || watch->new_path)
		return SIGHT_UNSAID;
	if (row->kind == KIND_RATIO)
		return see_ratio(lint, watch, row, x, out);
	return watch->op == MIG_OP_GREATER ? see_quantile(row, x, out) : SIGHT_UNSAID;
}

static void
append(struct mig_buf *list, const char *name, const char *text)
{
	mig_buf_printf(list, "%s%s%s%s", list->len > 0 ? ", " : "", name,
	    text[0] != '\0' ? " " : "", text);
}

static void
check_step(struct mig_lint *lint, const struct mig_at *step, double share, double hours)
{
	struct mig_at at = mig_at_key(step, "percentage");
	struct mig_buf text;
	struct mig_buf blind;
	struct mig_buf seen;
	(void)hours; /* asked for by mig_lint_each_step() */
	if (share <= 0 || share >= 100)
		return;
	mig_buf_init(&text, LIST_MAX);
	mig_buf_init(&blind, LIST_MAX);
	mig_buf_init(&seen, LIST_MAX);
	for (size_t i = 0; i < lint->watch_count; i++) {
		const struct mig_lint_watch *watch = &lint->watches[i];
		mig_buf_reset(&text);
		enum sight sight = see(lint, watch, share / 100, &text);
		if (sight != SIGHT_UNSAID)
			append(sight == SIGHT_SEES ? &seen : &blind, watch->name, text.data);
	}
	if (blind.len > 0)
		mig_lint_say(lint->spec_list, &at, "damage_seen",
		    "let the configuration ask the new path alone: {new} in the query, or a preset",
		    "at %g %% a metric of the whole fleet hides the new path, however bad, from %s",
		    share, blind.data);
	if (seen.len > 0)
		mig_lint_say(lint->spec_list, &at, "smallest_damage", NULL,
		    "at %g %% a metric of the whole fleet shows the new path to %s", share,
		    seen.data);
	mig_buf_fini(&text);
	mig_buf_fini(&blind);
	mig_buf_fini(&seen);
}

void
mig_lint_exposure(struct mig_lint *lint)
{
	mig_lint_each_step(lint, check_step);
}
