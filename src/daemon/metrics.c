/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <config.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/buf.h"
#include "daemon/driver.h"
#include "daemon/metrics.h"
#include "daemon/metrics_int.h"
#include "daemon/store.h"
#include "wire/expo.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/*
 * The words that may stand in a label.  Anything else becomes "other", the last, which is shown
 * only once there is one.
 */
static const char *const query_failures[] = { "timeout", "connect", "http", "decode", "error",
	"other" };
static const char *const outcomes[] = { "done", "accepted", "retry", "refused", "other" };
static const char *const operations[] = { "step_up", "phase", "rollback", "rollout", "other" };
static const char *const statuses[] = { "success", "failure", "other" };

/* Seconds of an exchange over the network, of the way inside the daemon, of an operation. */
static const double exchange_bounds[] = { 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
	30 };
static const double decision_bounds[] = { 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1,
	0.25, 1 };
static const double operation_bounds[] = { 1, 5, 15, 60, 300, 900, 3600, 14400, 86400, 259200,
	604800 };

_Static_assert(COUNT(exchange_bounds) <= MIG_EXPO_BUCKETS_MAX, "too many buckets");
_Static_assert(COUNT(decision_bounds) <= MIG_EXPO_BUCKETS_MAX, "too many buckets");
_Static_assert(COUNT(operation_bounds) <= MIG_EXPO_BUCKETS_MAX, "too many buckets");

struct metrics {
	double started_at; /* Unix seconds */
	struct mig_expo_histogram queries;
	uint64_t query_failures[COUNT(query_failures)];
	struct mig_expo_histogram effects[MIG_EFFECT_KIND_COUNT];
	uint64_t attempts[MIG_EFFECT_KIND_COUNT][COUNT(outcomes)];
	struct mig_expo_histogram decision_to_send;
	uint64_t progress[COUNT(operations)][COUNT(statuses)];
	struct mig_expo_histogram durations[COUNT(operations)];
};

static size_t
word_index(const char *const *words, size_t count, const char *word)
{
	size_t i = 0;
	while (i + 1 < count && strcmp(words[i], word) != 0)
		i++;
	return i;
}

static void
histogram_init(struct mig_expo_histogram *histogram, const double *bounds, size_t count)
{
	histogram->bounds = bounds;
	histogram->bound_count = count;
}

static void
render_queries(const struct metrics *metrics, struct mig_buf *out)
{
	mig_expo_family(out, "migarchd_query_duration_seconds", "histogram",
	    "Time until a Prometheus query was answered or given up.");
	mig_expo_histogram(out, "migarchd_query_duration_seconds", NULL, &metrics->queries);
	mig_expo_family(out, "migarchd_query_failures_total", "counter",
	    "Prometheus queries without a usable answer, by reason.");
	for (size_t i = 0; i < COUNT(query_failures); i++) {
		const struct mig_expo_label labels[] = { { "reason", query_failures[i] },
			{ NULL, NULL } };
		if (metrics->query_failures[i] > 0 || i + 1 < COUNT(query_failures))
			mig_expo_sample(out, "migarchd_query_failures_total", labels,
			    (double)metrics->query_failures[i]);
	}
}

static void
render_effects(const struct metrics *metrics, struct mig_buf *out)
{
	mig_expo_family(out, "migarchd_effect_duration_seconds", "histogram",
	    "Time of one attempt to carry out an effect.");
	for (size_t i = 0; i < MIG_EFFECT_KIND_COUNT; i++) {
		const struct mig_expo_label labels[] = {
			{ "kind", mig_effect_kind_name((enum mig_effect_kind)i) }, { NULL, NULL }
		};
		mig_expo_histogram(out, "migarchd_effect_duration_seconds", labels,
		    &metrics->effects[i]);
	}
	mig_expo_family(out, "migarchd_effect_attempts_total", "counter",
	    "Attempts to carry out effects, by outcome.");
	for (size_t i = 0; i < MIG_EFFECT_KIND_COUNT * COUNT(outcomes); i++) {
		size_t kind = i / COUNT(outcomes);
		size_t outcome = i % COUNT(outcomes);
		const struct mig_expo_label labels[] = {
			{ "kind", mig_effect_kind_name((enum mig_effect_kind)kind) },
			{ "outcome", outcomes[outcome] }, { NULL, NULL }
		};
		if (metrics->attempts[kind][outcome] > 0 || outcome + 1 < COUNT(outcomes))
			mig_expo_sample(out, "migarchd_effect_attempts_total", labels,
			    (double)metrics->attempts[kind][outcome]);
	}
	mig_expo_family(out, "migarchd_decision_to_send_seconds", "histogram",
	    "From an event's arrival to its effect's hand-over to the network, commit included.");
	mig_expo_histogram(out, "migarchd_decision_to_send_seconds", NULL,
	    &metrics->decision_to_send);
}

static void
render_operations(const struct metrics *metrics, struct mig_buf *out)
{
	mig_expo_family(out, "migration_progress_total", "counter",
	    "Finished operations of migrations.");
	for (size_t i = 0; i < COUNT(operations) * COUNT(statuses); i++) {
		size_t operation = i / COUNT(statuses);
		size_t status = i % COUNT(statuses);
		uint64_t count = metrics->progress[operation][status];
		bool other = operation == COUNT(operations) - 1 || status == COUNT(statuses) - 1;
		const struct mig_expo_label labels[] = { { "operation", operations[operation] },
			{ "status", statuses[status] }, { NULL, NULL } };
		if (count > 0 || !other)
			mig_expo_sample(out, "migration_progress_total", labels, (double)count);
	}
	mig_expo_family(out, "migration_operation_duration_seconds", "histogram",
	    "Time that finished operations of migrations took.");
	for (size_t i = 0; i + 1 < COUNT(operations); i++) {
		const struct mig_expo_label labels[] = { { "operation", operations[i] },
			{ NULL, NULL } };
		mig_expo_histogram(out, "migration_operation_duration_seconds", labels,
		    &metrics->durations[i]);
	}
}

struct metrics *
metrics_new(void)
{
	struct metrics *metrics = calloc(1, sizeof(*metrics));
	if (metrics == NULL)
		return NULL;
	/*
	 * Taken as the process's start.  The kernel's own figure counts from the boot, whose time a
	 * hardened unit (ProcSubset=pid) can't look up.
	 */
	struct timespec now = { 0, 0 };
	(void)clock_gettime(CLOCK_REALTIME, &now);
	long ms = now.tv_nsec / 1000000;
	metrics->started_at = (double)now.tv_sec + (double)ms / 1000.0;

	histogram_init(&metrics->queries, exchange_bounds, COUNT(exchange_bounds));
	histogram_init(&metrics->decision_to_send, decision_bounds, COUNT(decision_bounds));
	for (size_t i = 0; i < MIG_EFFECT_KIND_COUNT; i++)
		histogram_init(&metrics->effects[i], exchange_bounds, COUNT(exchange_bounds));
	for (size_t i = 0; i < COUNT(operations); i++)
		histogram_init(&metrics->durations[i], operation_bounds, COUNT(operation_bounds));
	return metrics;
}

void
metrics_free(struct metrics *metrics)
{
	free(metrics);
}

void
metrics_query(struct metrics *metrics, double seconds, const char *failure)
{
	if (metrics == NULL)
		return;
	mig_expo_observe(&metrics->queries, seconds);
	if (failure != NULL)
		metrics->query_failures[word_index(query_failures, COUNT(query_failures),
		    failure)]++;
}

void
metrics_effect(struct metrics *metrics, enum mig_effect_kind kind, const char *outcome,
    double seconds)
{
	if (metrics == NULL)
		return;
	MIG_ASSERT((size_t)kind < MIG_EFFECT_KIND_COUNT);
	mig_expo_observe(&metrics->effects[kind], seconds);
	metrics->attempts[kind][word_index(outcomes, COUNT(outcomes), outcome)]++;
}

void
metrics_decision_to_send(struct metrics *metrics, double seconds)
{
	if (metrics != NULL)
		mig_expo_observe(&metrics->decision_to_send, seconds);
}

void
metrics_operation(struct metrics *metrics, const char *operation, const char *status,
    double seconds)
{
	if (metrics == NULL)
		return;
	size_t index = word_index(operations, COUNT(operations), operation);
	metrics->progress[index][word_index(statuses, COUNT(statuses), status)]++;
	mig_expo_observe(&metrics->durations[index], seconds);
}

void
metrics_render(struct metrics *metrics, const struct driver *driver, struct store *store,
    struct mig_buf *out)
{
	const struct mig_expo_label version[] = { { "version", PACKAGE_VERSION },
		{ NULL, NULL } };
	mig_expo_family(out, "migarchd_build_info", "gauge", "Always 1; the version is a label.");
	mig_expo_sample(out, "migarchd_build_info", version, 1);
	metrics_rollouts(driver, out);
	if (metrics != NULL) {
		render_operations(metrics, out);
		render_queries(metrics, out);
		render_effects(metrics, out);
	}
	if (store != NULL) {
		mig_expo_family(out, "migarchd_outbox_size", "gauge",
		    "Effects that are owed and not acknowledged yet.");
		mig_expo_sample(out, "migarchd_outbox_size", NULL,
		    (double)store_owed_count(store));
	}
	metrics_process(metrics != NULL ? metrics->started_at : NAN, out);
}
