/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <math.h>
#include <string.h>

#include "core/policy.h"
#include "wire/sample.h"

/* Over thirty years: what is said to be older has no age at all. */
#define AGE_MAX_S 1e9

bool
mig_sample_is_age(const struct mig_policy *policy, const struct mig_prom_sample *age)
{
	return age->quality == MIG_QUALITY_OK && age->value <= AGE_MAX_S &&
	    age->value * 1000 >= -(double)policy->settings.max_sample_age_ms;
}

/* An age query that finds nothing or fails means that nobody knows how old the value is. */
static enum mig_quality
quality_by_age(const struct mig_policy *policy, const struct mig_prom_sample *age)
{
	if (age->quality == MIG_QUALITY_NO_DATA)
		return MIG_QUALITY_STALE;
	if (!mig_sample_is_age(policy, age))
		return MIG_QUALITY_ERROR;
	return age->value * 1000 > (double)policy->settings.max_sample_age_ms ?
	    MIG_QUALITY_STALE : MIG_QUALITY_OK;
}

const char *
mig_sample_query(const struct mig_policy *policy, size_t metric, bool old_path,
    enum mig_sample_part part)
{
	const struct mig_metric *m = &policy->metrics[metric];

	switch (part) {
	case MIG_SAMPLE_VALUE:
		return old_path ? m->baseline_query : m->query;
	case MIG_SAMPLE_AGE:
		return old_path ? m->baseline_age_query : m->age_query;
	case MIG_SAMPLE_COUNT:
		return old_path ? m->baseline_count_query : m->count_query;
	}
	return NULL;
}

void
mig_sample_event(const struct mig_policy *policy, const struct mig_answers *answers,
    struct mig_event *ret_event)
{
	const struct mig_prom_sample *value = &answers->parts[MIG_SAMPLE_VALUE];
	const struct mig_prom_sample *age = &answers->parts[MIG_SAMPLE_AGE];
	const struct mig_prom_sample *count = &answers->parts[MIG_SAMPLE_COUNT];

	ret_event->kind = MIG_EVENT_SAMPLE;
	ret_event->u.sample.metric = answers->metric;
	ret_event->u.sample.old_path = answers->old_path;
	ret_event->u.sample.quality = value->quality;
	ret_event->u.sample.value = value->value;
	ret_event->u.sample.at = value->at;
	ret_event->u.sample.count = -1;
	if (value->quality == MIG_QUALITY_OK && answers->asked[MIG_SAMPLE_AGE]) {
		ret_event->u.sample.quality = quality_by_age(policy, age);
		if (mig_sample_is_age(policy, age))
			ret_event->u.sample.at.ms -= (int64_t)(age->value * 1000);
	}
	if (answers->asked[MIG_SAMPLE_COUNT] && count->quality == MIG_QUALITY_OK)
		ret_event->u.sample.count = count->value;
	else if (answers->asked[MIG_SAMPLE_COUNT] && count->quality == MIG_QUALITY_NO_DATA &&
	    value->quality == MIG_QUALITY_OK)
		ret_event->u.sample.count = 0; /* else nobody knows why nothing is there */
}

void
mig_sample_at(const struct mig_prom_point *points, size_t count, mig_wall at, size_t *next,
    struct mig_prom_sample *ret_sample)
{
	memset(ret_sample, 0, sizeof(*ret_sample));
	ret_sample->at = at;
	ret_sample->quality = MIG_QUALITY_NO_DATA;
	while (*next < count && points[*next].at.ms < at.ms)
		(*next)++;
	if (*next == count || points[*next].at.ms != at.ms)
		return;
	bool number = isfinite(points[*next].value);
	ret_sample->quality = number ? MIG_QUALITY_OK : MIG_QUALITY_NAN;
	ret_sample->value = number ? points[*next].value : 0;
}
