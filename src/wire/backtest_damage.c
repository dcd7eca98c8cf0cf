/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <math.h>
#include <string.h>

#include "base/arena.h"
#include "base/num.h"
#include "wire/backtest_int.h"

/* Errors that a service without any is taken to have, so that twice as many are more. */
#define UNAVAILABILITY_FLOOR 0.001

const double mig_backtest_factors[MIG_BACKTEST_FACTORS] = { 2, 5, 20 };

/* Metrics that are shares of one. */
static const char *const ratios[] = { "error_rate", "comparison_mismatch_rate", NULL };

static bool
is_ratio(const char *name)
{
	for (const char *const *it = ratios; *it != NULL; it++) {
		if (strcmp(*it, name) == 0)
			return true;
	}
	return false;
}

/* Whether less of the metric is what its triggers fear. */
static bool
falls_when_bad(const struct mig_policy *policy, size_t metric)
{
	for (size_t i = 0; i < policy->trigger_count; i++) {
		if (policy->triggers[i].armed && policy->triggers[i].metric == metric &&
		    policy->triggers[i].op == MIG_OP_GREATER)
			return false;
	}
	return true;
}

/* A value with so many times the damage in it. */
static double
worsen(const struct mig_policy *policy, size_t index, double value, double factor)
{
	const struct mig_metric *metric = &policy->metrics[index];
	double worse = 0;

	if (strcmp(metric->name, "availability") == 0)
		return fmax(0, 1 - fmax(1 - value, UNAVAILABILITY_FLOOR) * factor);
	if (falls_when_bad(policy, index))
		return value / factor;
	worse = fmax(value, metric->floor) * factor;
	return is_ratio(metric->name) ? fmin(worse, 1) : worse;
}

_Static_assert(MIG_METRICS_MAX <= 32, "a bit for each metric");

/* Where a string or a comment of a query ends; where it was when none begins there. */
static const char *
pass_over(const char *at)
{
	const char quote = *at;

	if (quote == '#')
		return at + strcspn(at, "\n");
	if (quote != '"' && quote != '\'' && quote != '`')
		return at;
	for (at++; *at != '\0' && *at != quote; at++) {
		if (*at == '\\' && quote != '`' && at[1] != '\0')
			at++;
	}
	return at;
}

/* How far back a query looks: the longest of its ranges, such as [5m] or [1h:1m]. */
static int64_t
window_of(const char *query)
{
	int64_t longest = 0;

	for (const char *at = query; at != NULL && *at != '\0'; at++) {
		char range[32];
		int64_t ms = 0;
		size_t from = 0;
		at = pass_over(at);
		if (*at == '\0')
			break;
		if (*at != '[')
			continue;
		from = 1 + strspn(at + 1, " ");
		size_t len = strcspn(at + from, " :]");
		if (len == 0 || len >= sizeof(range))
			continue;
		memcpy(range, at + from, len);
		range[len] = '\0';
		if (mig_num_duration(range, &ms) == MIG_OK && ms > longest)
			longest = ms;
	}
	return longest;
}

/*
 * How many times the damage a sample has.  Over the whole fleet only the exposed part is damaged;
 * what looks back over a window is so only as far as the damage has filled it.
 */
static double
factor_of(const struct mig_backtest *backtest, const struct mig_backtest_harm *harm, size_t metric)
{
	double share = backtest->report.policy->metrics[metric].new_path ? 1 : harm->exposure;
	int64_t window_ms = backtest->window_ms[metric];

	if (harm->since_ms < window_ms)
		share *= (double)harm->since_ms / (double)window_ms;
	return 1 + share * (harm->factor - 1);
}

void
mig_backtest_harm_sample(struct mig_backtest *backtest, const struct mig_backtest_harm *harm,
    struct mig_event *event)
{
	const struct mig_policy *policy = backtest->report.policy;
	size_t metric = event->u.sample.metric;
	bool alone = policy->metrics[metric].new_path;

	if (event->u.sample.quality != MIG_QUALITY_OK)
		return;
	double value = event->u.sample.value;
	event->u.sample.value = worsen(policy, metric, value, factor_of(backtest, harm, metric));
	if (event->u.sample.value < value || event->u.sample.value > value)
		backtest->harmed |= UINT32_C(1) << metric;
	/* What the old path counted is all traffic; the new one gets its share of it. */
	if (alone && backtest->report.options.old_path && event->u.sample.count > 0)
		event->u.sample.count *= harm->exposure;
}

static void
add_exposure(struct mig_backtest_report *report, double percentage, int64_t watch_ms)
{
	for (size_t i = 0; i < report->exposure_count; i++) {
		const struct mig_backtest_exposure *known = &report->exposures[i];
		if (fabs(known->percentage - percentage) < 1e-9 && known->watch_ms == watch_ms)
			return;
	}
	if (report->exposure_count == MIG_BACKTEST_EXPOSURES_MAX) {
		report->exposures_left_out++;
		return;
	}
	report->exposures[report->exposure_count++] = (struct mig_backtest_exposure) {
		.percentage = percentage, .watch_ms = watch_ms };
}

int
mig_backtest_damage_init(struct mig_backtest *backtest)
{
	struct mig_backtest_report *report = &backtest->report;
	const struct mig_policy *policy = report->policy;

	if (!report->options.damage)
		return MIG_OK;
	for (size_t i = 0; i < policy->metric_count; i++)
		backtest->window_ms[i] = window_of(policy->metrics[i].query);
	for (size_t i = 0; i < policy->flag_count; i++) {
		const struct mig_flag *flag = &policy->flags[i];
		for (size_t k = 0; k < flag->step_count; k++) {
			bool last = k + 1 == flag->step_count;
			/* A step down to nothing exposes nobody. */
			if (flag->steps[k].percentage > 0)
				add_exposure(report, flag->steps[k].percentage,
				    flag->steps[k].hold_ms + (last ? policy->settings.bake_ms : 0));
		}
	}
	for (size_t i = 0; i < policy->trigger_count; i++)
		report->triggers[i].damage = mig_arena_array(backtest->arena,
		    report->exposure_count + 1, sizeof(*report->triggers[i].damage));
	return mig_arena_failed(backtest->arena) ? MIG_ENOMEM : MIG_OK;
}

/* How many moments an exposure is watched for: what its hold gives, as far as it is calm. */
static size_t
moments_of(struct mig_backtest *backtest, struct mig_backtest_exposure *exposure)
{
	/* The place of the calm stretch is behind its first moment. */
	size_t calm = backtest->calm_moments > 1 ? backtest->calm_moments - 1 : 1;
	size_t watch = (size_t)(exposure->watch_ms / backtest->report.options.step_ms);

	if (watch < 1)
		watch = 1; /* what is seen at once is seen without a hold, too */
	exposure->cut = calm < watch;
	return exposure->cut ? calm : watch;
}

static void
begin_trial(struct mig_backtest *backtest, size_t exposure, size_t factor)
{
	const struct mig_policy *policy = backtest->report.policy;

	*backtest->here = *backtest->calm;
	backtest->harmed = 0;
	for (size_t i = 0; i < policy->trigger_count; i++)
		backtest->report.triggers[i].damage[exposure][factor].outcome =
		    policy->triggers[i].op == MIG_OP_EQUALS || !policy->triggers[i].armed ?
		    MIG_BACKTEST_NOT_APPLICABLE : MIG_BACKTEST_BLIND;
}

/* Note who has seen the damage by now; whether somebody still may. */
static bool
note_trial(struct mig_backtest *backtest, size_t exposure, size_t factor)
{
	const struct mig_state *state = &backtest->here->state;
	bool open = false;

	for (size_t i = 0; i < backtest->watch.trigger_count; i++) {
		struct mig_backtest_sight *sight =
		    &backtest->report.triggers[i].damage[exposure][factor];
		size_t metric = backtest->watch.triggers[i].metric;
		int64_t after_ms = (int64_t)backtest->trial_moment *
		    backtest->report.options.step_ms;
		bool incident = backtest->incident_ms[i] != 0 &&
		    backtest->incident_ms[i] <= after_ms;
		if (sight->outcome == MIG_BACKTEST_SEEN ||
		    sight->outcome == MIG_BACKTEST_INCIDENT ||
		    sight->outcome == MIG_BACKTEST_NOT_APPLICABLE)
			continue;
		if (state->metrics[metric].now.quality == MIG_QUALITY_OK &&
		    state->triggers[i].threshold_known)
			sight->outcome = (backtest->harmed & UINT32_C(1) << metric) != 0 ?
			    MIG_BACKTEST_NOT_SEEN : MIG_BACKTEST_UNCHANGED;
		if (state->triggers[i].run == MIG_TRIGGER_FIRED)
			*sight = (struct mig_backtest_sight) {
				incident ? MIG_BACKTEST_INCIDENT : MIG_BACKTEST_SEEN, after_ms };
		open = open || state->triggers[i].run != MIG_TRIGGER_FIRED;
	}
	return open;
}

/* One moment of the time of the damage without any: who fires then has seen something else. */
static void
live_undamaged(struct mig_backtest *backtest)
{
	struct mig_backtest_report *report = &backtest->report;
	size_t most = 0;

	for (size_t i = 0; i < report->exposure_count; i++) {
		size_t moments = moments_of(backtest, &report->exposures[i]);
		most = moments > most ? moments : most;
	}
	if (backtest->trial_moment == 0)
		*backtest->here = *backtest->calm;
	if (backtest->trial_moment == most) {
		backtest->undamaged = true;
		backtest->trial_moment = 0;
		return;
	}
	mig_backtest_live(backtest, backtest->here, NULL);
	backtest->trial_moment++;
	for (size_t i = 0; i < backtest->watch.trigger_count; i++) {
		if (backtest->here->state.triggers[i].run == MIG_TRIGGER_FIRED &&
		    backtest->incident_ms[i] == 0)
			backtest->incident_ms[i] =
			    (int64_t)backtest->trial_moment * report->options.step_ms;
	}
}

bool
mig_backtest_damage_step(struct mig_backtest *backtest)
{
	struct mig_backtest_report *report = &backtest->report;
	size_t exposure = backtest->trial / MIG_BACKTEST_FACTORS;
	size_t factor = backtest->trial % MIG_BACKTEST_FACTORS;

	if (!report->options.damage || backtest->calm_moments == 0)
		return false;
	if (!backtest->undamaged) {
		live_undamaged(backtest);
		return true;
	}
	if (exposure == report->exposure_count) {
		report->damage_done = true;
		/* What came behind that moment is damaged; how soon it is seen counts from it. */
		report->damage_at = mig_backtest_time(backtest, backtest->calm->moment - 1);
		return false;
	}
	/* It began behind the moment before, so the first one has a step of it in it. */
	const struct mig_backtest_harm harm = { report->exposures[exposure].percentage / 100,
		mig_backtest_factors[factor],
		(int64_t)(backtest->trial_moment + 1) * report->options.step_ms };
	size_t most = moments_of(backtest, &report->exposures[exposure]);
	if (backtest->trial_moment == 0)
		begin_trial(backtest, exposure, factor);
	mig_backtest_live(backtest, backtest->here, &harm);
	backtest->trial_moment++;
	if (note_trial(backtest, exposure, factor) && backtest->trial_moment < most)
		return true;
	backtest->trial++;
	backtest->trial_moment = 0;
	return true;
}
