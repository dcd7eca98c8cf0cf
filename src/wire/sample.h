/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/*
 * From answers to a sample: the value, the age of the data and the number of requests that
 * Prometheus gave for one metric become one SAMPLE event.  The daemon (live and when it catches up)
 * and the backtest make their events here and nowhere else, so that they judge alike.
 */
#ifndef MIG_WIRE_SAMPLE_H
#define MIG_WIRE_SAMPLE_H

#include <stdbool.h>
#include <stddef.h>

#include "core/step.h"
#include "wire/prom.h"

struct mig_policy;

/* The queries behind one sample. */
enum mig_sample_part { MIG_SAMPLE_VALUE, MIG_SAMPLE_AGE, MIG_SAMPLE_COUNT };
#define MIG_SAMPLE_PARTS 3

/* What was asked about one metric, and what came back. */
struct mig_answers {
	size_t metric;
	bool old_path; /* answers of the baseline query */
	bool asked[MIG_SAMPLE_PARTS];
	struct mig_prom_sample parts[MIG_SAMPLE_PARTS]; /* of those that were asked */
};

/*
 * The query that a part of a metric's sample is asked with; NULL when that part is not asked.  The
 * old path's requests are not counted.
 */
const char *mig_sample_query(const struct mig_policy *policy, size_t metric, bool old_path,
    enum mig_sample_part part);

/*
 * Whether an answer can be the age of a sample: clocks may disagree by as much as a sample may be
 * old, and nothing is older than thirty years.
 */
bool mig_sample_is_age(const struct mig_policy *policy, const struct mig_prom_sample *age);

/*
 * Make the sample event: kind and u.sample of ret_event are set, its times are the caller's.
 */
void mig_sample_event(const struct mig_policy *policy, const struct mig_answers *answers,
    struct mig_event *ret_event);

/*
 * What a range query's points (in order of time) say about one moment: the answer that an instant
 * query would have had then.  *next is where to look first, 0 in the beginning; it moves on with
 * the moments, which must not go back.
 */
void mig_sample_at(const struct mig_prom_point *points, size_t count, mig_wall at, size_t *next,
    struct mig_prom_sample *ret_sample);

#endif
