/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/*
 * Made-up traffic to an old and a new version of a service, counted the way real services count:
 * http_requests_total{version,status} and http_request_duration_seconds{version}.  Used by the
 * demo service and by the peer of the integration tests.
 */
#ifndef MIG_DEMO_TRAFFIC_H
#define MIG_DEMO_TRAFFIC_H

#include <stdbool.h>
#include <stdint.h>

struct mig_buf;

#define TRAFFIC_BUCKETS 9

/* What one version does and has done. */
struct traffic_version {
	double error_rate;  /* 0-1 */
	double latency_s;   /* mean */
	uint64_t ok;
	uint64_t failed;
	uint64_t buckets[TRAFFIC_BUCKETS]; /* not cumulative */
	double seconds;
};

struct traffic {
	struct traffic_version old;
	struct traffic_version new;
	uint64_t seed; /* not 0 */
};

/*
 * Both versions well: 0.2 % errors, 80 ms; seed may be any number.
 */
void traffic_init(struct traffic *traffic, uint64_t seed);

/*
 * A number in 0-1 from the traffic's own generator.
 */
double traffic_random(struct traffic *traffic);

/*
 * One request to the new or to the old version.
 */
void traffic_request(struct traffic *traffic, bool new_version);

/*
 * Append the metrics in Prometheus text format; with_new false leaves the new version's series out.
 */
void traffic_render(const struct traffic *traffic, bool with_new, struct mig_buf *out);

#endif
