/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/json_read.h"
#include "base/num.h"
#include "engine/binding_int.h"

#define INTERVAL_MIN_MS 1000
#define INTERVAL_MAX_MS ((int64_t)24 * 60 * 60 * 1000)
#define MIN_SAMPLES_DEFAULT 10
#define FAULT_TEXT 128

#define OWN_KEYS                                                                         \
	"preset", "new", "old", "interval", "min_samples", "request_count", "freshness", \
	    "baselines", "floors"
#define METRIC_KEYS                                                                            \
	"request_rate", "error_rate", "p95_response_time", "response_time_p95",                \
	    "response_time_p99", "availability", "cpu_utilization", "memory_utilization",      \
	    "database_connection_pool", "data_validation_failures", "migration_progress_rate", \
	    "memory_growth_rate", "replication_lag_seconds", "comparison_mismatch_rate",       \
	    "data_drift_percentage"

static const char *const metric_names[] = { METRIC_KEYS, NULL };
static const char *const group_keys[] = { OWN_KEYS, METRIC_KEYS, NULL };

#define METRIC_COUNT (sizeof(metric_names) / sizeof(metric_names[0]) - 1)

/* What the templates of a query may use. */
static const struct mig_template_var query_vars[] = {
	{ "new", "" },
	{ "old", "" },
	{ "interval", "" },
	{ "migration_id", "" },
	{ NULL, NULL },
};

struct preset_row {
	const char *metric;
	const char *query;
};

/*
 * Common HTTP instrumentation.  A missing 5xx series reads 0 as long as there is traffic; without
 * traffic the ratios are NaN or empty, never 0.  Response times are milliseconds.
 */
static const struct preset_row preset_http[] = {
	{ "error_rate",
	    "(sum(rate(http_requests_total{status=~\"5..\",{new}}[{interval}])) or vector(0))"
	    " / sum(rate(http_requests_total{{new}}[{interval}]))" },
	{ "availability",
	    "1 - (sum(rate(http_requests_total{status=~\"5..\",{new}}[{interval}])) or vector(0))"
	    " / sum(rate(http_requests_total{{new}}[{interval}]))" },
	{ "p95_response_time",
	    "1000 * histogram_quantile(0.95, sum by (le)"
	    " (rate(http_request_duration_seconds_bucket{{new}}[{interval}])))" },
	{ "response_time_p99",
	    "1000 * histogram_quantile(0.99, sum by (le)"
	    " (rate(http_request_duration_seconds_bucket{{new}}[{interval}])))" },
	{ "request_rate", "sum(rate(http_requests_total{{new}}[{interval}]))" },
};

static const char preset_http_count[] = "sum(increase(http_requests_total{{new}}[{interval}]))";

#define PRESET_COUNT (sizeof(preset_http) / sizeof(preset_http[0]))

/* The row of a metric in the binding, made when it is not there yet. */
static struct mig_metric_binding *
metric_row(struct mig_binding *binding, const char *name)
{
	const char *canonical = mig_metric_canonical(name);
	for (size_t i = 0; i < binding->metric_count; i++) {
		if (strcmp(binding->metrics[i].name, canonical) == 0)
			return &binding->metrics[i];
	}
	MIG_ASSERT(binding->metric_count < METRIC_COUNT);
	struct mig_metric_binding *row = &binding->metrics[binding->metric_count++];
	row->name = canonical;
	return row;
}

/* The metric's own spelling in our table, so that the pointer outlives the document. */
static const char *
known_metric(const char *name)
{
	for (const char *const *it = metric_names; *it != NULL; it++) {
		if (strcmp(*it, name) == 0)
			return *it;
	}
	return NULL;
}

static const char *
read_labels(const struct mig_binding_reader *in, const struct mig_at *object, const char *key)
{
	char error[FAULT_TEXT];
	const char *labels = mig_read_string(in->reader, object, key, 0, NULL);
	if (labels == NULL)
		return NULL;
	if (mig_promql_check_labels(labels, error, sizeof(error)) != 0) {
		struct mig_at at = mig_at_key(object, key);
		mig_at_error(in->reader, &at, "write matchers such as service=\\\"users\\\"",
		    "not a list of label matchers: %s", error);
		return NULL;
	}
	return mig_arena_strdup(in->arena, labels);
}

static void
check_labels_given(const struct mig_binding_reader *in, const struct mig_at *at, const char *query,
    const struct mig_binding *binding)
{
	if (mig_template_uses(query, "new") && binding->new_labels == NULL)
		mig_at_error(in->reader, at, "give metrics.new, the label matchers of the new path",
		    "the query uses {new}, which has no value");
	if (mig_template_uses(query, "old") && binding->old_labels == NULL)
		mig_at_error(in->reader, at, "give metrics.old, the label matchers of the old path",
		    "the query uses {old}, which has no value");
}

static const char *
read_query(const struct mig_binding_reader *in, const struct mig_at *object, const char *key,
    const struct mig_binding *binding)
{
	char error[FAULT_TEXT];
	const char *query = mig_read_string(in->reader, object, key, MIG_READ_NONEMPTY, NULL);
	if (query == NULL)
		return NULL;
	struct mig_at at = mig_at_key(object, key);
	if (mig_promql_check(query, error, sizeof(error)) != 0) {
		mig_at_error(in->reader, &at, "try the query in Prometheus first",
		    "not a PromQL query: %s", error);
		return NULL;
	}
	mig_binding_check_template(in, object, key, query, query_vars);
	check_labels_given(in, &at, query, binding);
	return mig_arena_strdup(in->arena, query);
}

static void
read_queries(
    const struct mig_binding_reader *in, const struct mig_at *at, struct mig_binding *binding)
{
	for (const char *const *name = metric_names; *name != NULL; name++) {
		const char *query = read_query(in, at, *name, binding);
		if (query == NULL)
			continue;
		struct mig_metric_binding *row = metric_row(binding, *name);
		if (row->query != NULL) {
			struct mig_at it = mig_at_key(at, *name);
			mig_at_error(in->reader, &it, "keep one of them",
			    "%s and %s are the same metric, given twice", *name, row->name);
		}
		row->query = query;
	}
}

static void
read_baseline(
    const struct mig_binding_reader *in, const struct mig_at *at, struct mig_metric_binding *row)
{
	const char *text = mig_json_string(at->node);
	row->baseline_given = true;
	if (mig_json_type(at->node) == MIG_JSON_NUMBER && mig_json_number(at->node) >= 0) {
		row->baseline = MIG_BASELINE_FIXED;
		row->baseline_fixed = mig_json_number(at->node);
	} else if (text != NULL && strcmp(text, "live") == 0) {
		row->baseline = MIG_BASELINE_LIVE;
	} else if (text != NULL && strcmp(text, "captured") == 0) {
		row->baseline = MIG_BASELINE_CAPTURED;
	} else {
		mig_at_error(
		    in->reader, at, "write a number, \"live\" or \"captured\"", "not a baseline");
	}
}

static void
read_floor(
    const struct mig_binding_reader *in, const struct mig_at *at, struct mig_metric_binding *row)
{
	row->floor_given = true;
	row->floor = mig_json_number(at->node);
	if (mig_json_type(at->node) != MIG_JSON_NUMBER || !(row->floor > 0))
		mig_at_error(in->reader, at,
		    "write the smallest value that a baseline may count for, such as 0.001",
		    "a floor must be a number above 0");
}

/* `baselines` or `floors`: one entry per metric. */
static void
read_per_metric(const struct mig_binding_reader *in, const struct mig_at *object, const char *key,
    struct mig_binding *binding)
{
	bool floors = strcmp(key, "floors") == 0;
	struct mig_at group = mig_at_key(object, key);
	if (!mig_read_group(in->reader, &group, 0, metric_names))
		return;
	struct mig_at it = { 0 };
	while (mig_at_each(&group, &it)) {
		const char *name = known_metric(it.key);
		if (name == NULL)
			continue;
		struct mig_metric_binding *row = metric_row(binding, name);
		if (floors ? row->floor_given : row->baseline_given)
			mig_at_error(in->reader, &it, "keep one of them",
			    "the metric %s is given twice under two names", row->name);
		else if (floors)
			read_floor(in, &it, row);
		else
			read_baseline(in, &it, row);
	}
}

static void
apply_preset(
    const struct mig_binding_reader *in, const struct mig_at *at, struct mig_binding *binding)
{
	if (binding->new_labels == NULL) {
		struct mig_at preset = mig_at_key(at, "preset");
		mig_at_error(in->reader, &preset,
		    "give metrics.new, the label matchers of the new path",
		    "the preset \"%s\" needs metrics.new", binding->preset);
		return;
	}
	for (size_t i = 0; i < PRESET_COUNT; i++) {
		struct mig_metric_binding *row = metric_row(binding, preset_http[i].metric);
		if (row->query == NULL)
			row->query = preset_http[i].query;
	}
	if (binding->request_count == NULL)
		binding->request_count = preset_http_count;
}

const char *const *
mig_metric_names(void)
{
	return metric_names;
}

void
mig_binding_check_template(const struct mig_binding_reader *in, const struct mig_at *object,
    const char *key, const char *text, const struct mig_template_var *vars)
{
	struct mig_buf filled;
	struct mig_buf hint;
	char unknown[64];
	mig_buf_init(&filled, MIG_DOC_BYTES_MAX);
	mig_buf_init(&hint, MIG_DETAIL_MAX);
	if (mig_template_fill(text, vars, &filled, unknown, sizeof(unknown)) == MIG_ENOTFOUND) {
		mig_buf_puts(&hint, "known here:");
		for (; vars->name != NULL; vars++)
			mig_buf_printf(&hint, " {%s}", vars->name);
		struct mig_at at = mig_at_key(object, key);
		mig_at_error(in->reader, &at, hint.data, "{%s} is not known in %s", unknown, key);
	}
	mig_buf_fini(&filled);
	mig_buf_fini(&hint);
}

void
mig_binding_read_metrics(
    const struct mig_binding_reader *in, const struct mig_at *at, struct mig_binding *binding)
{
	static const char *const presets[] = { "http", NULL };

	binding->metrics = mig_arena_array(in->arena, METRIC_COUNT, sizeof(*binding->metrics));
	binding->min_samples = MIN_SAMPLES_DEFAULT;
	if (binding->metrics == NULL || !mig_read_group(in->reader, at, 0, group_keys))
		return;
	int preset = mig_read_enum(in->reader, at, "preset", 0, presets, -1);
	binding->preset = preset >= 0 ? presets[preset] : NULL;
	binding->new_labels = read_labels(in, at, "new");
	binding->old_labels = read_labels(in, at, "old");
	binding->interval_ms =
	    mig_read_duration(in->reader, at, "interval", 0, INTERVAL_MIN_MS, INTERVAL_MAX_MS, 0);
	binding->min_samples =
	    mig_read_number(in->reader, at, "min_samples", 0, 0, 1e9, MIN_SAMPLES_DEFAULT);
	binding->request_count = read_query(in, at, "request_count", binding);
	binding->freshness = read_query(in, at, "freshness", binding);
	read_queries(in, at, binding);
	read_per_metric(in, at, "baselines", binding);
	read_per_metric(in, at, "floors", binding);
	if (binding->preset != NULL)
		apply_preset(in, at, binding);
}
