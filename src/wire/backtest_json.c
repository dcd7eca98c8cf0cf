/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include "base/json_write.h"
#include "wire/backtest_render_int.h"

static void
write_baselines(struct mig_jw *jw, const struct mig_backtest_report *report)
{
	mig_jw_array(jw, "baselines");
	for (size_t i = 0; i < report->policy->metric_count; i++) {
		const struct mig_metric *metric = &report->policy->metrics[i];
		const struct mig_metric_state *ms = &report->metrics[i];
		bool captured = metric->baseline == MIG_BASELINE_CAPTURED && ms->baseline_known;
		if (!metric->baseline_wanted)
			continue;
		mig_jw_object(jw, NULL);
		mig_jw_string(jw, "metric", metric->name);
		mig_jw_string(jw, "kind", mig_baseline_kind_name(metric->baseline));
		if (ms->baseline_known)
			mig_jw_number(jw, "value", ms->baseline);
		else
			mig_jw_null(jw, "value");
		mig_jw_bool(jw, "floor_used", ms->floor_used);
		mig_jw_int(jw, "samples", captured ? (int64_t)ms->captured_count : 0);
		mig_jw_time(jw, "captured_at", captured ? ms->captured_at : (mig_wall) { 0 });
		mig_jw_object_end(jw);
	}
	mig_jw_array_end(jw);
}

static void
write_firings(struct mig_jw *jw, const struct mig_backtest_report *report,
    const struct mig_backtest_trigger *trigger)
{
	const struct mig_backtest_options *options = &report->options;
	mig_wall end = { options->to.ms + options->step_ms };

	mig_jw_array(jw, "firings");
	for (size_t i = 0; i < trigger->firings_kept; i++) {
		const struct mig_backtest_firing *firing = &trigger->firings[i];
		mig_wall until = firing->until.ms != 0 ? firing->until : end;
		mig_jw_object(jw, NULL);
		mig_jw_time(jw, "at", firing->at);
		mig_jw_time(jw, "breached_at", firing->breached_at);
		mig_jw_time(jw, "cleared_at", firing->until);
		mig_jw_seconds(jw, "fired_seconds", until.ms - firing->at.ms);
		mig_jw_number(jw, "value", firing->value);
		mig_jw_number(jw, "threshold", firing->threshold);
		mig_jw_number(jw, "worst", firing->worst);
		mig_jw_object_end(jw);
	}
	mig_jw_array_end(jw);
}

static void
write_stretches(struct mig_jw *jw, const struct mig_backtest_trigger *trigger)
{
	mig_jw_array(jw, "stretches");
	for (size_t i = 0; i < trigger->stretches_kept; i++) {
		mig_jw_object(jw, NULL);
		mig_jw_string(jw, "state", mig_backtest_word_name(trigger->stretches[i].word));
		mig_jw_time(jw, "from", trigger->stretches[i].from);
		mig_jw_time(jw, "until", trigger->stretches[i].until);
		mig_jw_object_end(jw);
	}
	mig_jw_array_end(jw);
}

static void
write_damage(struct mig_jw *jw, const struct mig_backtest_report *report,
    const struct mig_backtest_trigger *trigger)
{
	mig_jw_array(jw, "damage");
	for (size_t i = 0; report->damage_done && i < report->exposure_count; i++) {
		for (size_t k = 0; k < MIG_BACKTEST_FACTORS; k++) {
			const struct mig_backtest_sight *sight = &trigger->damage[i][k];
			mig_jw_object(jw, NULL);
			mig_jw_number(jw, "percentage", report->exposures[i].percentage);
			mig_jw_seconds(jw, "watch_seconds", report->exposures[i].watch_ms);
			mig_jw_number(jw, "factor", mig_backtest_factors[k]);
			mig_jw_string(jw, "outcome", mig_backtest_outcome_name(sight->outcome));
			if (sight->outcome == MIG_BACKTEST_SEEN)
				mig_jw_seconds(jw, "after_seconds", sight->after_ms);
			else
				mig_jw_null(jw, "after_seconds");
			mig_jw_bool(jw, "history_too_short", report->exposures[i].cut);
			mig_jw_object_end(jw);
		}
	}
	mig_jw_array_end(jw);
}

/* Rollbacks because nothing was seen. */
static void
write_blind(struct mig_jw *jw, const struct mig_backtest_report *report)
{
	mig_jw_seconds(jw, "blind_rollback_after_seconds",
	    report->policy->settings.blind_rollback_after_ms);
	mig_jw_int(jw, "blind_rollback_count", (int64_t)report->blind_count);
	mig_jw_array(jw, "blind_rollbacks");
	for (size_t i = 0; i < report->blind_count && i < MIG_BACKTEST_BLIND_MAX; i++)
		mig_jw_time(jw, NULL, report->blind_at[i]);
	mig_jw_array_end(jw);
}

static void
write_limits(struct mig_jw *jw, const struct mig_backtest_trigger *trigger)
{
	if (!trigger->threshold_known) {
		mig_jw_null(jw, "threshold_min");
		mig_jw_null(jw, "threshold_max");
		return;
	}
	mig_jw_number(jw, "threshold_min", trigger->threshold_min);
	mig_jw_number(jw, "threshold_max", trigger->threshold_max);
}

static void
write_trigger(struct mig_jw *jw, const struct mig_backtest_report *report, size_t index)
{
	const struct mig_trigger *trigger = &report->policy->triggers[index];
	const struct mig_metric *metric = &report->policy->metrics[trigger->metric];
	const struct mig_backtest_trigger *was = &report->triggers[index];

	mig_jw_object(jw, NULL);
	mig_jw_string(jw, "id", trigger->id);
	mig_jw_string(jw, "name", trigger->name);
	mig_jw_string(jw, "metric", metric->name);
	mig_jw_string(jw, "operator", mig_operator_name(trigger->op));
	mig_jw_seconds(jw, "for_seconds", trigger->for_ms);
	mig_jw_string(jw, "action", mig_action_name(trigger->action));
	mig_jw_string(jw, "origin", mig_origin_name(trigger->origin));
	mig_jw_bool(jw, "armed", trigger->armed);
	mig_jw_bool(jw, "new_path_alone", metric->new_path);
	mig_jw_bool(jw, "compared_with_itself", was->compared_with_itself);
	mig_jw_string(jw, "query", metric->query);
	write_limits(jw, was);
	mig_jw_int(jw, "firing_count", (int64_t)was->firing_count);
	if (mig_backtest_seen(report, index) > 0)
		mig_jw_number(jw, "false_alarms_per_week", mig_backtest_per_week(report, index));
	else
		mig_jw_null(jw, "false_alarms_per_week");
	mig_jw_object(jw, "shares");
	for (unsigned word = 0; word < MIG_BACKTEST_WORDS; word++)
		mig_jw_number(jw, mig_backtest_word_name(word),
		    mig_backtest_share(report, index, word));
	mig_jw_object_end(jw);
	write_firings(jw, report, was);
	write_stretches(jw, was);
	mig_jw_bool(jw, "stretches_cut", was->stretches_cut);
	write_damage(jw, report, was);
	mig_jw_object_end(jw);
}

void
mig_backtest_json(const struct mig_backtest_report *report, struct mig_buf *out)
{
	struct mig_jw jw;

	mig_jw_init(&jw, out, 2);
	mig_jw_object(&jw, NULL);
	mig_jw_string(&jw, "migration_id", report->policy->migration_id);
	mig_jw_string(&jw, "migration_name", report->policy->migration_name);
	mig_jw_string(&jw, "policy", report->policy->hash);
	mig_jw_time(&jw, "from", report->options.from);
	mig_jw_time(&jw, "to", report->options.to);
	mig_jw_seconds(&jw, "step_seconds", report->options.step_ms);
	mig_jw_string(&jw, "path", report->options.old_path ? "old" : "new");
	mig_jw_int(&jw, "moments", (int64_t)report->moments);
	mig_jw_int(&jw, "judged_moments", (int64_t)report->judged);
	mig_jw_time(&jw, "judged_from", report->judged_from);
	write_baselines(&jw, report);
	write_blind(&jw, report);
	mig_jw_time(&jw, "damage_at", report->damage_done ? report->damage_at : (mig_wall) { 0 });
	mig_jw_int(&jw, "exposures_left_out", (int64_t)report->exposures_left_out);
	mig_jw_array(&jw, "triggers");
	for (size_t i = 0; i < report->policy->trigger_count; i++)
		write_trigger(&jw, report, i);
	mig_jw_array_end(&jw);
	mig_jw_object_end(&jw);
	mig_buf_putc(out, '\n');
}
