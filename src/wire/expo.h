/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/*
 * Prometheus' text exposition format 0.0.4: families, samples and histograms as text.  Which
 * metrics there are is the daemon's business.
 */
#ifndef MIG_WIRE_EXPO_H
#define MIG_WIRE_EXPO_H

#include <stddef.h>
#include <stdint.h>

struct mig_buf;

/* The value of the Content-Type header that belongs to the format. */
#define MIG_EXPO_CONTENT_TYPE "text/plain; version=0.0.4; charset=utf-8"

#define MIG_EXPO_BUCKETS_MAX 16

/* One label; a list of them ends with a NULL name. */
struct mig_expo_label {
	const char *name;
	const char *value;
};

/* A histogram with fixed upper bounds (ascending, without +Inf).  Zero-initialise the rest. */
struct mig_expo_histogram {
	const double *bounds; /* borrowed, lives as long as the histogram */
	size_t bound_count;   /* at most MIG_EXPO_BUCKETS_MAX */
	/* Per bucket, not cumulative; the last is +Inf. */
	uint64_t counts[MIG_EXPO_BUCKETS_MAX + 1];
	double sum;
};

/*
 * Append the HELP and TYPE lines of a family; type is "counter", "gauge" or "histogram".
 */
void mig_expo_family(struct mig_buf *out, const char *name, const char *type, const char *help);

/*
 * Append one sample line; labels may be NULL.  NaN and infinities are written as the format has
 * them.
 */
void mig_expo_sample(struct mig_buf *out, const char *name, const struct mig_expo_label *labels,
    double value);

/*
 * Count a value; NaN is not counted.
 */
void mig_expo_observe(struct mig_expo_histogram *histogram, double value);

/*
 * Append the _bucket, _sum and _count lines of a histogram; at most six labels.
 */
void mig_expo_histogram(struct mig_buf *out, const char *name,
    const struct mig_expo_label *labels, const struct mig_expo_histogram *histogram);

#endif
