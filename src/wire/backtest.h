/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/*
 * The backtest: what a policy's triggers would have done on recorded metrics.  History goes in as
 * answers to range queries, is lived through moment by moment with mig_step() and the daemon's own
 * sample events, and a report comes out.  No rule about triggers is here; what differs from a
 * rollout is said in mig_backtest_new().
 */
#ifndef MIG_WIRE_BACKTEST_H
#define MIG_WIRE_BACKTEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/time.h"
#include "core/policy.h"
#include "core/state.h"
#include "wire/prom.h"

#define MIG_BACKTEST_MOMENTS_MAX 1000000 /* of a history */
#define MIG_BACKTEST_FIRINGS_MAX 1000    /* kept per trigger; all are counted */
#define MIG_BACKTEST_STRETCHES_MAX 1000  /* kept per trigger */
#define MIG_BACKTEST_BUCKETS 600         /* of a trigger's chart, at most */
#define MIG_BACKTEST_EXPOSURES_MAX 64    /* distinct steps of all schedules; the rest is left out */
#define MIG_BACKTEST_BLIND_MAX 100       /* times kept of blindness that would have rolled back */
#define MIG_BACKTEST_FACTORS 3

struct mig_backtest;

struct mig_backtest_options {
	mig_wall from;
	mig_wall to;
	int64_t step_ms;    /* time between two moments */
	bool old_path;      /* the queries look at the old path: mig_compile_old_path() */
	bool damage;        /* also find out how soon damage would have been seen */
	mig_wall damage_at; /* when that begins; ms 0: with the best calm stretch */
};

/* What a trigger said about a moment. */
enum mig_backtest_word {
	MIG_BACKTEST_OK,
	MIG_BACKTEST_PENDING,
	MIG_BACKTEST_FIRED,
	MIG_BACKTEST_UNKNOWN,
	MIG_BACKTEST_LOW_TRAFFIC
};
#define MIG_BACKTEST_WORDS 5

struct mig_backtest_firing {
	mig_wall breached_at; /* when the breach that led to it began */
	mig_wall at;
	mig_wall until;       /* cleared; ms 0: not before the history's end */
	double value;         /* at that time, and the threshold then */
	double threshold;
	double worst;         /* value farthest beyond the threshold while it was fired */
};

/* A time in which a trigger was unknown or had too little traffic. */
struct mig_backtest_stretch {
	mig_wall from;
	mig_wall until;
	enum mig_backtest_word word;
};

/* A column of a chart: least and greatest value of its moments, and the last threshold. */
struct mig_backtest_bucket {
	bool seen;
	bool threshold_known;
	double min;
	double max;
	double threshold;
};

/* A step of a flag's schedule: so much traffic on the new path, watched for so long. */
struct mig_backtest_exposure {
	double percentage;
	int64_t watch_ms; /* its hold; that of a flag's last step with the bake time */
	bool cut;         /* the calm history is shorter than that */
};

enum mig_backtest_outcome {
	MIG_BACKTEST_SEEN,
	MIG_BACKTEST_NOT_SEEN,
	MIG_BACKTEST_INCIDENT,      /* it fires no sooner than without damage */
	MIG_BACKTEST_BLIND,         /* not one believable reading in that time */
	MIG_BACKTEST_UNCHANGED,     /* so many times the value is the value, as of 0 */
	MIG_BACKTEST_NOT_APPLICABLE /* "equals": there is no more or less of it */
};

struct mig_backtest_sight {
	enum mig_backtest_outcome outcome;
	int64_t after_ms; /* SEEN */
};

struct mig_backtest_trigger {
	/*
	 * Its live baseline is asked for with its own query, as both look at the old path: history
	 * says nothing of how often it would fire in a rollout.
	 */
	bool compared_with_itself;
	uint64_t moments[MIG_BACKTEST_WORDS];
	bool threshold_known;
	double threshold_min;
	double threshold_max;
	size_t firing_count;
	size_t firings_kept;
	struct mig_backtest_firing *firings;
	bool stretches_cut; /* there were more than are kept */
	size_t stretches_kept;
	struct mig_backtest_stretch *stretches;
	struct mig_backtest_bucket *buckets; /* mig_backtest_buckets() of them */
	struct mig_backtest_sight (*damage)[MIG_BACKTEST_FACTORS]; /* one per exposure */
};

/* What came out.  Index i of triggers is the policy's trigger i. */
struct mig_backtest_report {
	const struct mig_policy *policy;
	struct mig_backtest_options options; /* from and to rounded to whole steps */
	uint64_t moments;
	uint64_t judged;      /* moments with the triggers at work */
	mig_wall judged_from; /* ms 0: baselines were never known, nothing was judged */
	struct mig_metric_state *metrics; /* baselines, as the core knew them at the end */
	struct mig_backtest_trigger *triggers;
	size_t blind_count; /* times it would have rolled back because nothing was seen */
	mig_wall blind_at[MIG_BACKTEST_BLIND_MAX]; /* the first of them */
	bool damage_done; /* exposures and triggers[].damage are filled */
	mig_wall damage_at;
	size_t exposure_count;
	size_t exposures_left_out;
	struct mig_backtest_exposure exposures[MIG_BACKTEST_EXPOSURES_MAX];
};

/* The factors by which damage is multiplied: 2, 5, 20. */
extern const double mig_backtest_factors[MIG_BACKTEST_FACTORS];

/*
 * A new backtest of a policy, which is borrowed and must outlive it.  It works on a copy that
 * watches only: triggers of every action re-arm when they clear, as an alert does, nothing advances
 * and rollbacks for blindness are only counted; with old_path silence is unknown, not expected.
 * MIG_EDOC for a span or step that is none, MIG_ELIMIT for more than MIG_BACKTEST_MOMENTS_MAX
 * moments, MIG_ENOMEM.
 */
int mig_backtest_new(const struct mig_policy *policy, const struct mig_backtest_options *options,
    struct mig_backtest **ret_backtest) MIG_MUSTCHECK;

/*
 * Free; NULL is a no-op.
 */
void mig_backtest_free(struct mig_backtest *backtest);

/*
 * How many distinct queries must be answered.
 */
size_t mig_backtest_query_count(const struct mig_backtest *backtest);

/*
 * The text of a query.
 */
const char *mig_backtest_query(const struct mig_backtest *backtest, size_t query);

/*
 * The span of the index-th part of the history, of at most `most` moments; whether there is one.
 */
bool mig_backtest_chunk(const struct mig_backtest *backtest, size_t index, size_t most,
    mig_wall *ret_from, mig_wall *ret_to);

/*
 * Take the points of a query's next chunk, which are copied.  MIG_EDOC when they are not later than
 * those before, MIG_ENOMEM.
 */
int mig_backtest_add(struct mig_backtest *backtest, size_t query,
    const struct mig_prom_point *points, size_t count) MIG_MUSTCHECK;

/*
 * Live through at most `moments` moments; whether there are more.  To be called until there are
 * none, after all points were added.
 */
bool mig_backtest_run(struct mig_backtest *backtest, size_t moments);

/*
 * The report, complete when mig_backtest_run() has said that there is no more; lives as long as the
 * backtest.
 */
const struct mig_backtest_report *mig_backtest_report(const struct mig_backtest *backtest);

/*
 * Moments in which a trigger had something to judge by: ok, pending or fired.
 */
uint64_t mig_backtest_seen(const struct mig_backtest_report *report, size_t trigger);

/*
 * Firings in a week of the time in which a trigger had something to judge by.
 */
double mig_backtest_per_week(const struct mig_backtest_report *report, size_t trigger);

/*
 * The share of the judged time in which a trigger said a word; the five add up to 1, or are all 0
 * when nothing was judged.
 */
double mig_backtest_share(const struct mig_backtest_report *report, size_t trigger,
    enum mig_backtest_word word);

/*
 * The columns of a chart: one for each moment while there are few, so that none is empty for want
 * of a moment.
 */
size_t mig_backtest_buckets(const struct mig_backtest_report *report);

/*
 * "ok", "pending", "fired", "unknown", "low_traffic".
 */
const char *mig_backtest_word_name(enum mig_backtest_word word);

/*
 * "seen", "not_seen", "incident", "blind", "unchanged", "not_applicable".
 */
const char *mig_backtest_outcome_name(enum mig_backtest_outcome outcome);

#endif
