/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <inttypes.h>
#include <string.h>

#include "base/buf.h"
#include "demo/traffic.h"

/* Upper bounds of the histogram in seconds; one more bucket takes the rest. */
static const double bounds[TRAFFIC_BUCKETS - 1] = { 0.025, 0.05, 0.1, 0.2, 0.4, 0.8, 1.6, 3.2 };
static const char *const bound_names[TRAFFIC_BUCKETS] = { "0.025", "0.05", "0.1", "0.2", "0.4",
	"0.8", "1.6", "3.2", "+Inf" };

void
traffic_init(struct traffic *traffic, uint64_t seed)
{
	memset(traffic, 0, sizeof(*traffic));
	traffic->seed = seed | 1U;
	traffic->old.error_rate = 0.002;
	traffic->old.latency_s = 0.08;
	traffic->new = traffic->old;
}

double
traffic_random(struct traffic *traffic)
{
	/* xorshift64: good enough to make up requests. */
	traffic->seed ^= traffic->seed << 13;
	traffic->seed ^= traffic->seed >> 7;
	traffic->seed ^= traffic->seed << 17;
	return (double)(traffic->seed >> 11) / 9007199254740992.0;
}

void
traffic_request(struct traffic *traffic, bool new_version)
{
	struct traffic_version *version = new_version ? &traffic->new : &traffic->old;
	double seconds = version->latency_s * (0.5 + traffic_random(traffic));
	size_t bucket = 0;

	if (traffic_random(traffic) < version->error_rate)
		version->failed++;
	else
		version->ok++;
	while (bucket < TRAFFIC_BUCKETS - 1 && seconds > bounds[bucket])
		bucket++;
	version->buckets[bucket]++;
	version->seconds += seconds;
}

static void
render_counts(const struct traffic_version *version, const char *name, struct mig_buf *out)
{
	mig_buf_printf(out, "http_requests_total{version=\"%s\",status=\"200\"} %" PRIu64 "\n",
	    name, version->ok);
	mig_buf_printf(out, "http_requests_total{version=\"%s\",status=\"500\"} %" PRIu64 "\n",
	    name, version->failed);
}

static void
render_durations(const struct traffic_version *version, const char *name, struct mig_buf *out)
{
	uint64_t total = 0;

	for (size_t i = 0; i < TRAFFIC_BUCKETS; i++) {
		total += version->buckets[i];
		mig_buf_printf(out, "http_request_duration_seconds_bucket{version=\"%s\","
		    "le=\"%s\"} %" PRIu64 "\n", name, bound_names[i], total);
	}
	mig_buf_printf(out, "http_request_duration_seconds_sum{version=\"%s\"} %g\n", name,
	    version->seconds);
	mig_buf_printf(out, "http_request_duration_seconds_count{version=\"%s\"} %" PRIu64 "\n",
	    name, total);
}

void
traffic_render(const struct traffic *traffic, bool with_new, struct mig_buf *out)
{
	mig_buf_puts(out, "# HELP http_requests_total Requests answered.\n"
	    "# TYPE http_requests_total counter\n");
	render_counts(&traffic->old, "old", out);
	if (with_new)
		render_counts(&traffic->new, "new", out);
	mig_buf_puts(out, "# HELP http_request_duration_seconds Time to answer.\n"
	    "# TYPE http_request_duration_seconds histogram\n");
	render_durations(&traffic->old, "old", out);
	if (with_new)
		render_durations(&traffic->new, "new", out);
}
