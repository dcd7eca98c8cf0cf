/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "engine/compile_int.h"
#include "engine/promql.h"

#define INTERVAL_TEXT 32
#define INTERVAL_LEAST_MS 5000
#define INTERVAL_POLLS 4

/* Floors for metrics whose scale is known. */
struct floor_row {
	const char *metric;
	double floor;
};

static const struct floor_row default_floors[] = {
	{ "error_rate", 0.001 },
	{ "comparison_mismatch_rate", 0.001 },
	{ "p95_response_time", 1 },
	{ "response_time_p99", 1 },
};

/* Metrics that say little when there were few requests. */
static const char *const per_request[] = { "error_rate", "availability", "p95_response_time",
	"response_time_p99", "comparison_mismatch_rate", NULL };

static const struct mig_metric_binding *
find_binding(const struct mig_compiler *compiler, const char *name)
{
	for (size_t i = 0; i < compiler->binding->metric_count; i++) {
		if (strcmp(compiler->binding->metrics[i].name, name) == 0)
			return &compiler->binding->metrics[i];
	}
	return NULL;
}

/* The rate window as PromQL writes it. */
static void
format_interval(const struct mig_compiler *compiler, char text[INTERVAL_TEXT])
{
	int64_t ms = compiler->binding->interval_ms;
	if (ms == 0)
		ms = compiler->policy->settings.poll_interval_ms * INTERVAL_POLLS;
	if (compiler->binding->interval_ms == 0 && ms < INTERVAL_LEAST_MS)
		ms = INTERVAL_LEAST_MS;
	if (ms % 1000 == 0)
		(void)snprintf(text, INTERVAL_TEXT, "%" PRId64 "s", ms / 1000);
	else
		(void)snprintf(text, INTERVAL_TEXT, "%" PRId64 "ms", ms);
}

/* A query with its templates filled; {new} stands for `path`.  The binding was checked. */
static const char *
fill_query(struct mig_compiler *compiler, const char *query, const char *path)
{
	char interval[INTERVAL_TEXT];
	char unknown[MIG_NAME_MAX];
	format_interval(compiler, interval);
	const struct mig_template_var vars[] = {
		{ "new", path },
		{ "old", compiler->binding->old_labels },
		{ "interval", interval },
		{ "migration_id", compiler->policy->migration_id },
		{ NULL, NULL },
	};
	struct mig_buf text;
	mig_buf_init(&text, MIG_DOC_BYTES_MAX);
	const char *filled = NULL;
	if (mig_template_fill(query, vars, &text, unknown, sizeof(unknown)) == 0)
		filled = mig_arena_strdup(compiler->arena, text.data);
	mig_buf_fini(&text);
	return filled;
}

/* The age of what a filled query looks at; NULL when that can't be told. */
static const char *
derive_age_query(struct mig_compiler *compiler, const char *filled)
{
	const char *age = NULL;
	struct mig_buf text;
	mig_buf_init(&text, MIG_DOC_BYTES_MAX);
	if (filled != NULL && mig_promql_age_query(filled, &text) == 0)
		age = mig_arena_strdup(compiler->arena, text.data);
	mig_buf_fini(&text);
	return age;
}

static const char *
make_age_query(struct mig_compiler *compiler, const char *filled, const char *path)
{
	if (compiler->binding->freshness != NULL)
		return fill_query(compiler, compiler->binding->freshness, path);
	return derive_age_query(compiler, filled);
}

/* A freshness of fixed words may be the new path's own and says nothing about the old one. */
static const char *
make_old_age_query(struct mig_compiler *compiler, const char *filled)
{
	const char *freshness = compiler->binding->freshness;
	if (freshness != NULL && mig_template_uses(freshness, "new"))
		return fill_query(compiler, freshness, compiler->binding->old_labels);
	return derive_age_query(compiler, filled);
}

/*
 * Requests are counted for ratios and quantiles only.  A count over the new path says nothing
 * about a query over the whole fleet: before the first step it would be 0 for ever.
 */
static bool
count_applies(const struct mig_compiler *compiler, const struct mig_metric *metric)
{
	const char *count = compiler->binding->request_count;
	return count != NULL && mig_compile_one_of(metric->name, per_request) &&
	    (metric->new_path || !mig_template_uses(count, "new"));
}

/* A count of fixed words says nothing about the old path, unless the metric is the fleet's, too. */
static const char *
make_old_count_query(struct mig_compiler *compiler, const struct mig_metric *metric)
{
	const char *count = compiler->binding->request_count;
	if (!count_applies(compiler, metric) ||
	    (metric->new_path && !mig_template_uses(count, "new")))
		return NULL;
	return fill_query(compiler, count, compiler->binding->old_labels);
}

static void
set_baseline(struct mig_metric *metric, const struct mig_metric_binding *row)
{
	metric->baseline = MIG_BASELINE_CAPTURED;
	for (size_t i = 0; i < sizeof(default_floors) / sizeof(default_floors[0]); i++) {
		if (strcmp(default_floors[i].metric, metric->name) == 0)
			metric->floor = default_floors[i].floor;
	}
	if (row != NULL && row->baseline_given) {
		metric->baseline = row->baseline;
		metric->baseline_fixed = row->baseline_fixed;
	}
	if (row != NULL && row->floor_given)
		metric->floor = row->floor;
}

/* The queries of a metric; {new} stands for `path`. */
static void
set_queries(struct mig_compiler *compiler, struct mig_metric *metric,
    const struct mig_metric_binding *row, const char *path)
{
	const struct mig_binding *binding = compiler->binding;
	metric->new_path = mig_template_uses(row->query, "new");
	metric->query = fill_query(compiler, row->query, path);
	metric->age_query = make_age_query(compiler, metric->query, path);
	if (count_applies(compiler, metric)) {
		metric->count_query = fill_query(compiler, binding->request_count, path);
		metric->min_samples = binding->min_samples;
	}
}

static void MIG_PRINTF(5, 6)
report_baseline(struct mig_compiler *compiler, const struct mig_at *at,
    const struct mig_metric *metric, const char *hint, const char *fmt, ...)
{
	struct mig_buf text;
	va_list args;
	mig_buf_init(&text, MIG_DETAIL_MAX);
	va_start(args, fmt);
	mig_buf_vprintf(&text, fmt, args);
	va_end(args);
	mig_at_error(&compiler->reader, at, hint, "the baseline of %s %s", metric->name, text.data);
	mig_buf_fini(&text);
}

/* Add the finding that a wanted baseline can't be had or may be 0. */
static void
check_baseline(
    struct mig_compiler *compiler, const struct mig_at *at, const struct mig_metric *metric)
{
	bool fixed = metric->baseline == MIG_BASELINE_FIXED;
	if (!fixed && metric->query == NULL)
		report_baseline(compiler, at, metric,
		    "give the metric a query in metrics, or a number in metrics.baselines",
		    "is needed, but nobody measures it");
	else if (!fixed && metric->new_path && compiler->binding->old_labels == NULL)
		report_baseline(compiler, at, metric,
		    "give metrics.old, the label matchers of the old path, or a number in "
		    "metrics.baselines",
		    "is %s and needs a query over the old path",
		    mig_baseline_kind_name(metric->baseline));
	else if (!(metric->floor > 0) && !(fixed && metric->baseline_fixed > 0))
		report_baseline(compiler, at, metric,
		    "give metrics.floors an entry for it: the least that it may count",
		    "has no floor: when it is 0 the threshold means nothing (floors.%s)",
		    metric->name);
}

void
mig_compile_metrics(struct mig_compiler *compiler)
{
	compiler->policy->metrics =
	    mig_arena_array(compiler->arena, MIG_METRICS_MAX, sizeof(struct mig_metric));
	for (size_t i = 0; i < compiler->binding->metric_count; i++) {
		if (compiler->binding->metrics[i].query != NULL)
			(void)mig_compile_metric(
			    compiler, &compiler->binding_at, compiler->binding->metrics[i].name);
	}
}

size_t
mig_compile_metric(struct mig_compiler *compiler, const struct mig_at *at, const char *name)
{
	struct mig_policy *policy = compiler->policy;
	size_t index = mig_policy_metric(policy, name);
	if (index < policy->metric_count)
		return index;
	if (policy->metrics == NULL ||
	    !mig_compile_limit(compiler, at, index + 1, MIG_METRICS_MAX, "metrics"))
		return 0;

	struct mig_metric *metric = &policy->metrics[index];
	const char *canonical = mig_metric_canonical(name);
	const struct mig_metric_binding *row = find_binding(compiler, canonical);
	metric->name = mig_arena_strdup(compiler->arena, canonical);
	if (metric->name == NULL)
		return 0;
	policy->metric_count++;
	set_baseline(metric, row);
	if (row != NULL && row->query != NULL)
		set_queries(compiler, metric, row, compiler->binding->new_labels);
	return index;
}

bool
mig_compile_threshold(struct mig_compiler *compiler, const struct mig_at *object, const char *key,
    struct mig_expr *ret_expr)
{
	char error[160];
	struct mig_at at = mig_at_key(object, key);
	const char *text = mig_json_string(at.node);
	if (at.node != NULL && mig_json_type(at.node) == MIG_JSON_NUMBER) {
		mig_expr_number(mig_json_number(at.node), ret_expr);
		return true;
	}
	if (text == NULL) {
		mig_at_error(&compiler->reader, &at, NULL, "a number or an expression is missing");
		return false;
	}
	if (mig_expr_parse(text, ret_expr, error, sizeof(error)) == 0)
		return true;
	mig_at_error(&compiler->reader, &at,
	    "write for example 0.05, \"250ms\", \"1MB/minute\" or \"baseline_error_rate * 5\"",
	    "\"%s\" is not a threshold: %s", text, error);
	return false;
}

/* Where one query asks both paths a live baseline is the value itself. */
static void
check_compared(
    struct mig_compiler *compiler, const struct mig_at *at, const struct mig_metric *metric)
{
	if (metric->baseline == MIG_BASELINE_LIVE && metric->query != NULL && !metric->new_path)
		mig_at_finding(&compiler->reader, compiler->doubt, at,
		    "use {new} in the metric's query, or give no \"live\" in metrics.baselines",
		    "the baseline of %s is live, and its query asks the same of both paths: it "
		    "would be compared with itself", metric->name);
}

void
mig_compile_baselines(struct mig_compiler *compiler, const struct mig_at *at, size_t own,
    const struct mig_expr *limit)
{
	for (size_t i = 0; i < limit->name_count; i++) {
		size_t index = mig_compile_metric(compiler, at, limit->names[i]);
		if (index >= compiler->policy->metric_count)
			continue;
		struct mig_metric *metric = &compiler->policy->metrics[index];
		metric->baseline_wanted = true;
		check_baseline(compiler, at, metric);
		if (index == own)
			check_compared(compiler, at, metric);
	}
}

void
mig_compile_baseline_queries(struct mig_compiler *compiler)
{
	const struct mig_settings *settings = &compiler->policy->settings;
	bool captured = false;
	for (size_t i = 0; i < compiler->policy->metric_count; i++) {
		struct mig_metric *metric = &compiler->policy->metrics[i];
		const struct mig_metric_binding *row = find_binding(compiler, metric->name);
		if (!metric->baseline_wanted || metric->baseline == MIG_BASELINE_FIXED ||
		    row == NULL || row->query == NULL)
			continue;
		metric->baseline_query =
		    fill_query(compiler, row->query, compiler->binding->old_labels);
		metric->baseline_age_query = make_old_age_query(compiler, metric->baseline_query);
		metric->baseline_count_query = make_old_count_query(compiler, metric);
		captured = captured || metric->baseline == MIG_BASELINE_CAPTURED;
	}
	if (captured &&
	    settings->baseline_window_ms / settings->poll_interval_ms < MIG_BASELINE_MIN_COUNT)
		mig_at_warning(&compiler->reader, &compiler->binding_at,
		    "make baseline_window longer or poll_interval shorter",
		    "baseline_window has room for fewer than %d samples: capturing takes longer",
		    MIG_BASELINE_MIN_COUNT);
}

int
mig_compile_old_path(struct mig_compiled *compiled)
{
	struct mig_policy *policy = compiled->policy;
	struct mig_compiler compiler = { .arena = policy->arena, .policy = policy,
		.binding = compiled->binding };
	for (size_t i = 0; i < policy->metric_count; i++) {
		struct mig_metric *metric = &policy->metrics[i];
		if (metric->query == NULL || !metric->new_path)
			continue;
		if (compiled->binding->old_labels == NULL)
			return MIG_ENOTFOUND;
		set_queries(&compiler, metric, find_binding(&compiler, metric->name),
		    compiled->binding->old_labels);
	}
	return mig_arena_failed(policy->arena) ? MIG_ENOMEM : MIG_OK;
}
