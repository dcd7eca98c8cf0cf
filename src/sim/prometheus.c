/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/*
 * Prometheus and the services it scrapes.  Every value is a function of seed, metric, path and
 * time, so that a range query tells the same story as the instant queries did.
 */

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/num.h"
#include "base/prng.h"
#include "core/policy.h"
#include "sim/sim_int.h"

/* An instant query looks that far back for a sample. */
#define LOOKBACK_MS 300000
#define WINDOW_POLLS 4
#define WINDOW_LEAST_MS 5000
#define POINTS_MAX 11000
/* A slow answer: a second more than anybody waits for it. */
#define LATE_MS 6000

/* What one query says about one moment. */
struct reading {
	bool exists;
	double value;
};

static bool
on_at(const struct sim *sim, enum sim_fault_kind kind, int64_t at_ms)
{
	return sim_setup_fault(sim->setup, kind, at_ms) != NULL;
}

/* What is no number: as 0 / 0 is, or, where something was divided by 0, infinite. */
static double
no_number(const struct sim *sim, int64_t at_ms)
{
	const struct sim_fault *fault = sim_setup_fault(sim->setup, SIM_PROM_NAN, at_ms);

	if (fault == NULL || fault->draw % 3 != 0)
		return NAN;
	return fault->draw % 2 == 0 ? INFINITY : -INFINITY;
}

/* The newest scrape at a time; -1 when there is none that a query would still see. */
static int64_t
last_scrape(const struct sim *sim, int64_t at_ms)
{
	int64_t scrape = sim->setup->scrape_ms;
	/* It has been scraping for an hour before the run begins. */
	int64_t first = -60 * scrape;

	for (int64_t at = at_ms - ((at_ms - first) % scrape); at > at_ms - LOOKBACK_MS &&
	    at >= first; at -= scrape) {
		if (!on_at(sim, SIM_PROM_DOWN, at) && !on_at(sim, SIM_PROM_STALE, at))
			return at;
	}
	return INT64_MIN;
}

/* With nine decimals: a simulation would spend an eighth of its time on writing all seventeen. */
static double
rounded(double value)
{
	return nearbyint(value * 1e9) / 1e9;
}

/* Between 0.7 and 1.3, and the same whenever it is asked. */
static double
noise(const struct sim *sim, size_t metric, bool old_path, int64_t at_ms)
{
	uint64_t place = (uint64_t)at_ms * 64 + metric * 2 + (old_path ? 1 : 0);

	return 0.7 + 0.6 * mig_prng_fraction(mig_prng_mix(sim->setup->seed, place));
}

static int64_t
window_ms(const struct sim *sim)
{
	int64_t window = sim->setup->poll_ms * WINDOW_POLLS;

	return window > WINDOW_LEAST_MS ? window : WINDOW_LEAST_MS;
}

/* What a path would get each second if all went there. */
static double
request_rate(const struct sim *sim, bool old_path, int64_t at_ms)
{
	const struct sim_fault *fault = sim_setup_fault(sim->setup, SIM_NO_TRAFFIC, at_ms);

	if (fault == NULL || (fault->draw % 3 == 2 && !old_path))
		return sim->setup->requests_per_s;
	return fault->draw % 3 == 0 ? 0.01 : 0;
}

static double
requests(const struct sim *sim, bool old_path, int64_t at_ms)
{
	double share = sim_site_exposure(sim, old_path, at_ms - window_ms(sim),
	    at_ms - sim->setup->scrape_ms);

	return rounded(request_rate(sim, old_path, at_ms) * share / 100 *
	    (double)window_ms(sim) / 1000);
}

/* How much worse than usual the path is. */
static double
damage(const struct sim *sim, bool old_path, int64_t at_ms)
{
	const struct sim_fault *fault = sim_setup_fault(sim->setup, SIM_DAMAGE_OLD, at_ms);

	if (fault == NULL && !old_path)
		fault = sim_setup_fault(sim->setup, SIM_DAMAGE, at_ms);
	return fault == NULL ? 1 : fault->draw % 4 == 0 ? 2 : 40;
}

static double
health(const struct sim *sim, const char *name, bool old_path, int64_t at_ms)
{
	double worse = damage(sim, old_path, at_ms);

	if (strcmp(name, "error_rate") == 0)
		return fmin(1, 0.008 * worse);
	if (strcmp(name, "availability") == 0)
		return 1 - fmin(1, 0.008 * worse);
	if (strcmp(name, "p95_response_time") == 0)
		return 120 * fmin(worse, 10);
	if (strcmp(name, "replication_lag_seconds") == 0)
		return on_at(sim, SIM_LAG, at_ms) ? 300 : 3;
	return 1;
}

/* The value of a metric as it was scraped at a time. */
static struct reading
value_at(const struct sim *sim, size_t metric, bool old_path, int64_t at_ms)
{
	const struct mig_metric *m = &sim->truth.policy->metrics[metric];
	bool counts = strcmp(m->name, "replication_lag_seconds") != 0;
	struct reading reading = { true, health(sim, m->name, old_path, at_ms) };

	if (strcmp(m->name, "availability") == 0)
		reading.value = 1 - (1 - reading.value) * noise(sim, metric, old_path, at_ms);
	else
		reading.value *= noise(sim, metric, old_path, at_ms);
	reading.value = rounded(reading.value);
	if (counts && !(requests(sim, old_path, at_ms) > 0)) {
		reading.exists = sim->setup->silent_nan;
		reading.value = NAN;
	}
	return reading;
}

static struct reading
ask(const struct sim *sim, size_t metric, enum sim_part part, int64_t at_ms)
{
	int64_t scraped = last_scrape(sim, at_ms);
	struct reading reading = { false, 0 };

	if (scraped == INT64_MIN || on_at(sim, SIM_PROM_EMPTY, at_ms))
		return reading;
	switch (part) {
	case SIM_VALUE:
	case SIM_OLD:
		reading = value_at(sim, metric, part == SIM_OLD, scraped);
		break;
	case SIM_AGE:
	case SIM_OLD_AGE:
		reading = (struct reading){ true, (double)(at_ms - scraped) / 1000 };
		break;
	case SIM_COUNT:
	case SIM_OLD_COUNT:
		reading = (struct reading){ true, requests(sim, part == SIM_OLD_COUNT, scraped) };
		break;
	}
	if (part != SIM_AGE && part != SIM_OLD_AGE && (on_at(sim, SIM_PROM_NAN, at_ms) ||
	    on_at(sim, SIM_PROM_RESET, at_ms)))
		reading.value = no_number(sim, at_ms);
	return reading;
}

bool
sim_prometheus_find(const struct sim *sim, const char *body, size_t *ret_metric,
    enum sim_part *ret_part)
{
	for (size_t i = 0; i < sim->truth.policy->metric_count; i++) {
		for (int part = 0; part < SIM_PARTS; part++) {
			const char *query = sim->site.queries[i][part];
			if (query == NULL || strcmp(query, body) != 0)
				continue;
			*ret_metric = i;
			*ret_part = (enum sim_part)part;
			return true;
		}
	}
	return false;
}

/* One point as [time,"value"]; like Prometheus with the fewest digits that are the value. */
static void
put_point(struct mig_buf *out, int64_t wall_ms, double value)
{
	mig_buf_printf(out, "[%" PRId64 ".%03d,\"", wall_ms / 1000, (int)(wall_ms % 1000));
	if (isnan(value))
		mig_buf_puts(out, "NaN");
	else if (isinf(value))
		mig_buf_puts(out, value > 0 ? "+Inf" : "-Inf");
	else
		mig_num_format(value, out);
	mig_buf_puts(out, "\"]");
}

/* The time as Prometheus' own clock has it, which is right. */
static int64_t
true_wall(const struct sim *sim, int64_t at_ms)
{
	return sim->setup->start_ms + at_ms;
}

static void
begin_answer(const struct sim *sim, const char *type, struct mig_buf *out)
{
	mig_buf_puts(out, "{\"status\":\"success\",");
	if (on_at(sim, SIM_PROM_PARTIAL, sim->now_ms))
		mig_buf_puts(out, "\"warnings\":[\"a store is missing\"],");
	mig_buf_printf(out, "\"data\":{\"resultType\":\"%s\",\"result\":[", type);
}

static void
serve_instant(struct sim *sim, size_t metric, enum sim_part part, struct sim_answer *answer)
{
	struct reading reading = ask(sim, metric, part, sim->now_ms);
	struct mig_buf *out = &answer->body;
	int series = !reading.exists ? 0 : on_at(sim, SIM_PROM_MANY, sim->now_ms) ? 2 : 1;
	bool partial = on_at(sim, SIM_PROM_PARTIAL, sim->now_ms);

	answer->value = reading.value;
	answer->quality = series > 1 ? MIG_QUALITY_ERROR : partial ? MIG_QUALITY_PARTIAL :
	    series == 0 ? MIG_QUALITY_NO_DATA : !isfinite(reading.value) ? MIG_QUALITY_NAN :
	    MIG_QUALITY_OK;
	begin_answer(sim, "vector", out);
	for (int i = 0; i < series; i++) {
		mig_buf_printf(out, "%s{\"metric\":{\"i\":\"%d\"},\"value\":", i > 0 ? "," : "", i);
		put_point(out, true_wall(sim, sim->now_ms), reading.value);
		mig_buf_putc(out, '}');
	}
	mig_buf_puts(out, "]}}");
}

/* A number of seconds behind "&NAME=", as milliseconds; -1 when it is not there. */
static int64_t
find_seconds(const char *body, const char *name)
{
	const char *at = strstr(body, name);
	int64_t ms = 0;
	int decimals = -1;

	if (at == NULL)
		return -1;
	for (at += strlen(name); (*at >= '0' && *at <= '9') || *at == '.'; at++) {
		if (*at == '.') {
			decimals = 0;
		} else if (decimals < 3) {
			ms = ms * 10 + (*at - '0');
			decimals += decimals >= 0;
		}
	}
	for (decimals = decimals < 0 ? 0 : decimals; decimals < 3; decimals++)
		ms *= 10;
	return ms;
}

/* As Thanos' query frontend and VictoriaMetrics have it: points lie at whole steps only. */
static int64_t
at_whole_step(const struct sim *sim, int64_t wall_ms, int64_t step)
{
	return sim->setup->seed % 3 == 0 && step > 0 ? wall_ms - wall_ms % step : wall_ms;
}

/* Points that a range query asks for. */
struct series {
	size_t metric;
	enum sim_part part;
	int64_t from_ms;
	int64_t to_ms;
	int64_t step_ms;
	int which; /* 0 the first of an answer */
};

/* One series of a range, when it has a point at all. */
static void
put_series(const struct sim *sim, struct series series, struct mig_buf *out)
{
	bool any = false;

	for (int64_t at = series.from_ms; at <= series.to_ms; at += series.step_ms) {
		struct reading reading = ask(sim, series.metric, series.part, at);
		if (!reading.exists)
			continue;
		if (!any)
			mig_buf_printf(out, "%s{\"metric\":{\"i\":\"%d\"},\"values\":[",
			    series.which > 0 ? "," : "", series.which);
		mig_buf_puts(out, any ? "," : "");
		put_point(out, true_wall(sim, at), reading.value);
		any = true;
	}
	if (any)
		mig_buf_puts(out, "]}");
}

static void
serve_range(struct sim *sim, const char *body, struct sim_answer *answer)
{
	int64_t step = find_seconds(body, "&step=");
	int64_t from = at_whole_step(sim, find_seconds(body, "&start="), step);
	int64_t to = at_whole_step(sim, find_seconds(body, "&end="), step);
	const char *end = strstr(body, "&start=");
	struct mig_buf query;
	enum sim_part part = SIM_VALUE;
	size_t metric = 0;

	mig_buf_init(&query, SIM_BODY_MAX);
	mig_buf_add(&query, body, end == NULL ? 0 : (size_t)(end - body));
	bool known = sim_prometheus_find(sim, query.data, &metric, &part);
	mig_buf_fini(&query);
	if (!known || step <= 0 || (to - from) / step >= POINTS_MAX) {
		answer->status = 400;
		return;
	}
	from -= sim->setup->start_ms;
	to -= sim->setup->start_ms;
	/* What has not happened yet nobody has seen. */
	if (to > sim->now_ms)
		to = sim->now_ms;
	begin_answer(sim, "matrix", &answer->body);
	put_series(sim, (struct series){ metric, part, from, to, step, 0 }, &answer->body);
	if (on_at(sim, SIM_PROM_MANY, sim->now_ms))
		put_series(sim, (struct series){ metric, part, from, to, step, 1 }, &answer->body);
	mig_buf_puts(&answer->body, "]}}");
}

/* Answers late, some of them too late, or none before every timeout. */
static void
be_slow(const struct sim *sim, struct sim_answer *answer)
{
	const struct sim_fault *fault = sim_setup_fault(sim->setup, SIM_PROM_SLOW, sim->now_ms);

	if (fault == NULL)
		return;
	answer->silent = fault->draw % 2 == 0;
	answer->delay_ms = (int64_t)(mig_prng_mix(fault->draw, (uint64_t)sim->now_ms) % LATE_MS);
}

void
sim_prometheus_serve(struct sim *sim, const struct sim_packet *packet, struct sim_answer *answer)
{
	enum sim_part part = SIM_VALUE;
	size_t metric = 0;

	answer->status = 200;
	be_slow(sim, answer);
	if (on_at(sim, SIM_PROM_DOWN, sim->now_ms))
		answer->refused = true;
	else if (on_at(sim, SIM_PROM_GARBAGE, sim->now_ms))
		mig_buf_puts(&answer->body, "<html>bad gateway</html>");
	else if (sim_prometheus_find(sim, packet->body, &metric, &part))
		serve_instant(sim, metric, part, answer);
	else
		serve_range(sim, packet->body, answer);
}
