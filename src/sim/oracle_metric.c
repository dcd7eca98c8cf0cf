/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/*
 * What the oracle makes of the answers that the daemon was given: readings, breaches, blindness,
 * baselines.  Made from the documents of the design, not from the core's code.
 */

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/expr.h"
#include "core/policy.h"
#include "sim/sim_int.h"

/* A poll may come late by another poll, and its answer by a timeout that is shorter than one. */
#define POLLS_LATE 3

static int64_t
lateness(const struct sim *sim)
{
	return POLLS_LATE * sim->setup->poll_ms + 10000;
}

static bool
exposed(const struct mig_state *state, size_t flags)
{
	for (size_t i = 0; i < flags; i++) {
		const struct mig_flag_state *flag = &state->flags[i];
		if (flag->intended > 0 || flag->acked > 0 ||
		    (flag->observed_known && flag->observed > 0))
			return true;
	}
	return false;
}

void
sim_oracle_forget(struct sim *sim)
{
	struct sim_oracle *oracle = &sim->oracle;

	for (size_t i = 0; i < SIM_METRICS_MAX; i++) {
		struct sim_seen *seen = &oracle->seen[i];
		seen->fresh = false;
		seen->old_fresh = false;
		seen->old_last = NAN;
		seen->old_kept_count = 0;
		seen->sample.at_ms = -1;
		seen->sample.quality = MIG_QUALITY_NONE;
		seen->ok_ms = sim->now_ms;
		seen->old_ok_ms = sim->now_ms;
	}
	for (size_t i = 0; i < MIG_TRIGGERS_MAX; i++)
		oracle->triggers[i].steady_ms = -1;
}

/* Whether a live baseline is the last one: with all traffic on the new path nothing follows. */
static bool
stands(const struct sim *sim, const struct mig_state *state, size_t metric)
{
	bool over = sim->truth.policy->metrics[metric].baseline == MIG_BASELINE_LIVE;

	for (size_t i = 0; i < sim->setup->flag_count; i++)
		over = over && state->flags[i].intended >= 100;
	return over;
}

double
sim_oracle_threshold(const struct sim *sim, const struct mig_state *state,
    const struct mig_trigger *trigger)
{
	const struct mig_policy *policy = sim->truth.policy;
	double baselines[MIG_EXPR_BASELINES_MAX];

	for (size_t i = 0; i < trigger->threshold.name_count; i++) {
		size_t metric = mig_policy_metric(policy, trigger->threshold.names[i]);
		const struct mig_metric_state *ms = &state->metrics[metric];
		bool lost = policy->metrics[metric].baseline == MIG_BASELINE_LIVE &&
		    ms->old.quality != MIG_QUALITY_OK &&
		    ms->old.quality != MIG_QUALITY_LOW_TRAFFIC && !stands(sim, state, metric);
		baselines[i] = ms->baseline_known && !lost ? ms->baseline : NAN;
	}
	return mig_expr_eval(&trigger->threshold, baselines);
}

static bool
breaches(const struct mig_trigger *trigger, double value, double threshold)
{
	switch (trigger->op) {
	case MIG_OP_GREATER:
		return value > threshold;
	case MIG_OP_LESS:
		return value < threshold;
	case MIG_OP_EQUALS:
		return !(value < threshold) && !(value > threshold);
	}
	return false;
}

static void
watch_trigger(struct sim *sim, size_t index, const struct sim_served *sample)
{
	const struct mig_trigger *trigger = &sim->truth.policy->triggers[index];
	struct sim_watch_trigger *watch = &sim->oracle.triggers[index];
	double threshold = sim_oracle_threshold(sim, &sim->oracle.before, trigger);

	watch->passed = false;
	if (sample->quality != MIG_QUALITY_OK || isnan(threshold)) {
		watch->steady_ms = -1;
		return;
	}
	watch->passed = !breaches(trigger, sample->value, threshold);
	if (watch->passed) {
		watch->breach_ms = -1;
		watch->steady_ms = -1;
		watch->vague = false;
	} else {
		if (watch->breach_ms < 0)
			watch->breach_ms = sim->now_ms;
		/* Behind a gap the daemon counts anew. */
		if (watch->steady_ms < 0 || sim->now_ms - watch->last_ms > sim->setup->gap_ms)
			watch->steady_ms = sim->now_ms;
	}
	watch->last_ms = sim->now_ms;
}

/* No value, and no wonder where the count says that there was next to nothing to measure. */
static enum mig_quality
silent_quality(const struct mig_metric *m, const struct sim_served *parts, bool counts)
{
	const struct sim_served *count = &parts[SIM_COUNT];
	enum mig_quality quality = parts[SIM_VALUE].quality;

	if ((quality == MIG_QUALITY_NAN || quality == MIG_QUALITY_NO_DATA) && counts &&
	    count->quality == MIG_QUALITY_OK && count->value < m->min_samples)
		return MIG_QUALITY_LOW_TRAFFIC;
	return quality;
}

/* All answers to one question, which begin with the first part, are in: their worth together. */
static enum mig_quality
whole_quality(const struct sim *sim, size_t metric, enum sim_part first)
{
	const struct mig_metric *m = &sim->truth.policy->metrics[metric];
	const struct sim_served *parts = &sim->oracle.seen[metric].parts[first];
	bool old = first == SIM_OLD;
	bool ages = (old ? m->baseline_age_query : m->age_query) != NULL;
	bool counts = (old ? m->baseline_count_query : m->count_query) != NULL;
	const struct sim_served *count = &parts[SIM_COUNT];

	if (parts[SIM_VALUE].quality != MIG_QUALITY_OK)
		return silent_quality(m, parts, counts);
	if (ages && (parts[SIM_AGE].quality != MIG_QUALITY_OK ||
	    parts[SIM_AGE].value * 1000 > (double)sim->setup->max_age_ms))
		return MIG_QUALITY_STALE;
	if (!counts || !(m->min_samples > 0))
		return MIG_QUALITY_OK;
	if (count->quality == MIG_QUALITY_NO_DATA)
		return MIG_QUALITY_LOW_TRAFFIC;
	if (count->quality != MIG_QUALITY_OK)
		return MIG_QUALITY_PARTIAL;
	return count->value < m->min_samples ? MIG_QUALITY_LOW_TRAFFIC : MIG_QUALITY_OK;
}

static void
whole_sample(struct sim *sim, size_t metric)
{
	const struct mig_policy *policy = sim->truth.policy;
	struct sim_seen *seen = &sim->oracle.seen[metric];
	bool silent = false;

	seen->fresh = false;
	seen->sample = seen->parts[SIM_VALUE];
	seen->sample.at_ms = sim->now_ms;
	seen->sample.quality = whole_quality(sim, metric, SIM_VALUE);
	switch (seen->sample.quality) {
	case MIG_QUALITY_NO_DATA:
	case MIG_QUALITY_NAN:
		silent = policy->metrics[metric].new_path;
		break;
	case MIG_QUALITY_NONE:
	case MIG_QUALITY_OK:
	case MIG_QUALITY_STALE:
	case MIG_QUALITY_PARTIAL:
	case MIG_QUALITY_ERROR:
	case MIG_QUALITY_LOW_TRAFFIC:
		break;
	}
	/* A few requests are something, too: blind is who gets nothing that can be believed. */
	if (seen->sample.quality == MIG_QUALITY_OK ||
	    seen->sample.quality == MIG_QUALITY_LOW_TRAFFIC ||
	    (silent && !exposed(&sim->oracle.before, policy->flag_count)))
		seen->ok_ms = sim->now_ms;
	for (size_t i = 0; i < policy->trigger_count; i++) {
		if (policy->triggers[i].armed && policy->triggers[i].metric == metric)
			watch_trigger(sim, i, &seen->sample);
	}
}

static void
keep_old(struct sim_seen *seen, double value)
{
	seen->old_last = value;
	seen->old_kept[seen->old_kept_count++ % MIG_BASELINE_LIVE_SAMPLES] = value;
}

/* Whether a live baseline that stands is one of what was read last. */
static bool
within_kept(const struct sim_seen *seen, double floor, double baseline)
{
	double least = INFINITY;
	double most = floor;

	/* After a restart what was kept before is not known any more. */
	if (seen->old_kept_count < MIG_BASELINE_LIVE_SAMPLES)
		return true;
	for (size_t i = 0; i < MIG_BASELINE_LIVE_SAMPLES; i++) {
		least = fmin(least, seen->old_kept[i]);
		most = fmax(most, seen->old_kept[i]);
	}
	return baseline >= least * (1 - 1e-9) && baseline <= most * (1 + 1e-9);
}

/* All answers about the old path are in. */
static void
whole_old(struct sim *sim, size_t metric)
{
	struct sim_seen *seen = &sim->oracle.seen[metric];
	double old = seen->parts[SIM_OLD].value;

	seen->old_fresh = false;
	if (stands(sim, &sim->oracle.before, metric)) {
		seen->old_ok_ms = sim->now_ms;
		seen->old_last = NAN;
		return;
	}
	enum mig_quality quality = whole_quality(sim, metric, SIM_OLD);
	if (quality == MIG_QUALITY_OK || quality == MIG_QUALITY_LOW_TRAFFIC)
		seen->old_ok_ms = sim->now_ms;
	if (quality == MIG_QUALITY_OK)
		keep_old(seen, old);
	else if (quality == MIG_QUALITY_LOW_TRAFFIC)
		seen->old_last = NAN;
	if (quality != MIG_QUALITY_OK || sim->oracle.before.run != MIG_RUN_BASELINING)
		return;
	if (seen->old_count == 0 || old < seen->old_min)
		seen->old_min = old;
	if (seen->old_count == 0 || old > seen->old_max)
		seen->old_max = old;
	seen->old_count++;
}

/*
 * Whether a part was answered behind the question for the value that it belongs to. An answer in
 * the millisecond of that question counts when it was asked no earlier: an older one, whose time
 * ran out just then, is what the question was asked anew for.
 */
static bool
belongs(const struct sim *sim, size_t metric, enum sim_part part, enum sim_part value)
{
	const struct sim_served *answer = &sim->oracle.seen[metric].parts[part];
	int64_t asked_ms = sim->oracle.seen[metric].parts[value].asked_ms;

	return sim->site.queries[metric][part] == NULL || answer->at_ms > asked_ms ||
	    (answer->at_ms == asked_ms && answer->asked_ms >= asked_ms);
}

static void
take_part(struct sim *sim, size_t metric, enum sim_part part, const struct sim_served *served)
{
	struct sim_seen *seen = &sim->oracle.seen[metric];

	seen->parts[part] = *served;
	seen->fresh = seen->fresh || part == SIM_VALUE;
	seen->old_fresh = seen->old_fresh || part == SIM_OLD;
	if (sim->truth.policy->metrics[metric].wanted && seen->fresh &&
	    belongs(sim, metric, SIM_AGE, SIM_VALUE) && belongs(sim, metric, SIM_COUNT, SIM_VALUE))
		whole_sample(sim, metric);
	if (seen->old_fresh && belongs(sim, metric, SIM_OLD_AGE, SIM_OLD) &&
	    belongs(sim, metric, SIM_OLD_COUNT, SIM_OLD))
		whole_old(sim, metric);
}

void
sim_oracle_served(struct sim *sim, const char *body, const struct sim_served *served)
{
	/* One query may be part of several metrics' samples. */
	for (size_t i = 0; i < sim->truth.policy->metric_count; i++) {
		for (int part = 0; part < SIM_PARTS; part++) {
			const char *query = sim->site.queries[i][part];
			if (query != NULL && strcmp(query, body) == 0)
				take_part(sim, i, (enum sim_part)part, served);
		}
	}
}

void
sim_oracle_refilled(struct sim *sim, const struct mig_state *now)
{
	for (size_t i = 0; i < sim->truth.policy->metric_count; i++) {
		const struct mig_metric_state *ms = &now->metrics[i];
		sim->oracle.seen[i].sample = (struct sim_served){ sim->now_ms, sim->now_ms,
			ms->now.quality, ms->now.value };
		/* Of a baseline that stands, or stood, nothing is known but what was seen. */
		if (!stands(sim, now, i) && !stands(sim, &sim->oracle.before, i))
			sim->oracle.seen[i].old_last =
			    ms->old.quality == MIG_QUALITY_OK ? ms->old.value : NAN;
		sim->oracle.seen[i].old_kept_count = 0;
	}
	for (size_t i = 0; i < sim->truth.policy->trigger_count; i++) {
		sim->oracle.triggers[i].vague = true;
		sim->oracle.triggers[i].passed = now->triggers[i].run == MIG_TRIGGER_OK;
	}
}

static void
check_seen(struct sim *sim, const struct mig_metric *metric, const char *path, int64_t ok_ms)
{
	const struct sim_oracle *oracle = &sim->oracle;
	int64_t since = oracle->up_ms > oracle->run_ms ? oracle->up_ms : oracle->run_ms;
	int64_t unseen = sim->now_ms - (ok_ms > since ? ok_ms : since);

	if (unseen > sim->setup->blind_ms + lateness(sim))
		sim_broken(sim, SIM_RULE_BLIND, "%s was not seen for %lld s on the %s path",
		    metric->name, (long long)unseen / 1000, path);
}

static void
check_blind(struct sim *sim, const struct mig_state *now)
{
	const struct sim_oracle *oracle = &sim->oracle;
	int64_t since = oracle->up_ms > oracle->run_ms ? oracle->up_ms : oracle->run_ms;
	bool says = (now->overlays & MIG_OVERLAY_BLIND) != 0;

	if (now->run != MIG_RUN_RUNNING && now->run != MIG_RUN_BAKING)
		return;
	for (size_t i = 0; i < sim->truth.policy->metric_count; i++) {
		const struct mig_metric *metric = &sim->truth.policy->metrics[i];
		if (!says && metric->wanted && metric->query != NULL)
			check_seen(sim, metric, "new", oracle->seen[i].ok_ms);
		if (!says && metric->baseline_wanted && metric->baseline == MIG_BASELINE_LIVE &&
		    !stands(sim, now, i))
			check_seen(sim, metric, "old", oracle->seen[i].old_ok_ms);
	}
	if (says && oracle->blind_ms >= 0 && sim->setup->blind_rollback_ms > 0 &&
	    sim->now_ms - (oracle->blind_ms > since ? oracle->blind_ms : since) >
	    sim->setup->blind_rollback_ms + lateness(sim))
		sim_broken(sim, SIM_RULE_BLIND, "blind for too long, and nothing is done");
}

static void
check_missed(struct sim *sim, const struct mig_state *now)
{
	const struct mig_policy *policy = sim->truth.policy;

	if (now->run != MIG_RUN_RUNNING && now->run != MIG_RUN_BAKING)
		return;
	for (size_t i = 0; i < policy->trigger_count; i++) {
		const struct sim_watch_trigger *watch = &sim->oracle.triggers[i];
		bool rolls_back = policy->triggers[i].action == MIG_ACTION_ROLLBACK;
		/* A process that stood still has missed answers: with the next it counts anew. */
		if (sim->now_ms - watch->last_ms > sim->setup->gap_ms)
			continue;
		if (policy->triggers[i].armed && rolls_back && watch->steady_ms >= 0 &&
		    sim->now_ms - watch->steady_ms > policy->triggers[i].for_ms + lateness(sim))
			sim_broken(sim, SIM_RULE_MISSED, "%s is breached since %lld s",
			    policy->triggers[i].id,
			    (long long)(sim->now_ms - watch->steady_ms) / 1000);
	}
}

static bool
close_to(double a, double b)
{
	return fabs(a - b) <= 1e-9 * (fabs(a) + fabs(b));
}

static void
check_baseline(struct sim *sim, size_t index, const struct mig_metric_state *ms)
{
	const struct mig_metric *metric = &sim->truth.policy->metrics[index];
	const struct sim_seen *seen = &sim->oracle.seen[index];
	bool right = true;

	switch (metric->baseline) {
	case MIG_BASELINE_FIXED:
		right = close_to(ms->baseline, fmax(metric->baseline_fixed, metric->floor));
		break;
	case MIG_BASELINE_LIVE:
		right = isnan(seen->old_last) ?
		    within_kept(seen, metric->floor, ms->baseline) :
		    close_to(ms->baseline, fmax(seen->old_last, metric->floor));
		break;
	case MIG_BASELINE_CAPTURED:
		right = ms->baseline >= metric->floor && (seen->old_count == 0 ||
		    (ms->captured_count >= MIG_BASELINE_MIN_COUNT &&
		    ms->baseline <= fmax(seen->old_max, metric->floor) * (1 + 1e-9) &&
		    ms->baseline >= seen->old_min * (1 - 1e-9)));
		break;
	}
	if (!right)
		sim_broken(sim, SIM_RULE_BASELINE, "%s has the baseline %g", metric->name,
		    ms->baseline);
}

void
sim_oracle_metrics(struct sim *sim, const struct mig_state *now)
{
	for (size_t i = 0; i < sim->truth.policy->metric_count; i++) {
		if (sim->truth.policy->metrics[i].baseline_wanted && !mig_state_finished(now) &&
		    !mig_state_finished(&sim->oracle.before) &&
		    now->metrics[i].baseline_known && !sim->oracle.refilled)
			check_baseline(sim, i, &now->metrics[i]);
	}
	check_blind(sim, now);
	check_missed(sim, now);
}

static void
check_trigger_decision(struct sim *sim, const struct mig_state *now)
{
	const struct mig_policy *policy = sim->truth.policy;
	size_t index = (size_t)now->rollback.trigger;
	const struct mig_trigger *trigger = &policy->triggers[index];
	const struct sim_watch_trigger *watch = &sim->oracle.triggers[index];
	int64_t least = trigger->for_ms < sim->setup->poll_ms ? 0 : trigger->for_ms;

	if (now->rollback.trigger < 0) {
		sim_broken(sim, SIM_RULE_FALSE, "rolled back by no trigger");
		return;
	}
	if (trigger->action == MIG_ACTION_PROPOSE) {
		/* It may have cleared since: the operator has decided. */
		if (!sim->oracle.approve_asked)
			sim_broken(sim, SIM_RULE_FALSE, "%s only proposes", trigger->id);
		return;
	}
	if (trigger->action != MIG_ACTION_ROLLBACK)
		sim_broken(sim, SIM_RULE_FALSE, "%s does not roll back", trigger->id);
	if (watch->vague || sim->oracle.refilled)
		return;
	if (watch->breach_ms < 0 || sim->now_ms - watch->breach_ms < least)
		sim_broken(sim, SIM_RULE_FALSE, "%s: breached for %lld ms, not %lld", trigger->id,
		    watch->breach_ms < 0 ? -1LL : (long long)(sim->now_ms - watch->breach_ms),
		    (long long)least);
}

void
sim_oracle_decided(struct sim *sim, const struct mig_state *now)
{
	for (size_t i = 0; i < sim->truth.policy->metric_count; i++) {
		if (sim->oracle.seen[i].sample.quality == MIG_QUALITY_LOW_TRAFFIC)
			sim->oracle.starved = true;
	}
	const struct sim_oracle *oracle = &sim->oracle;

	switch (now->rollback.reason) {
	case MIG_REASON_TRIGGER:
		check_trigger_decision(sim, now);
		break;
	case MIG_REASON_OPERATOR:
		if (!oracle->abort_asked)
			sim_broken(sim, SIM_RULE_FALSE, "nobody has asked for an abort");
		break;
	case MIG_REASON_BLIND:
		if (sim->setup->blind_rollback_ms == 0 || (!oracle->refilled &&
		    (oracle->blind_ms < 0 ||
		    sim->now_ms - oracle->blind_ms < sim->setup->blind_rollback_ms)))
			sim_broken(sim, SIM_RULE_BLIND, "rolled back for blindness too early");
		break;
	case MIG_REASON_NONE:
	case MIG_REASON_DAEMON_LOSS:
		sim_broken(sim, SIM_RULE_FALSE, "rolled back for no reason");
		break;
	}
}
