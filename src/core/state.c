/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <math.h>
#include <string.h>

#include "base/utf8.h"
#include "core/policy.h"
#include "core/state.h"

/* More effects than a daemon can have sent without a store, whatever the clock says. */
#define KEYS_SKIPPED 1000

/* The moments that lives begin at are told apart by so many milliseconds, and so many of them. */
#define LIFE_MS 16
#define LIVES (UINT64_C(1) << 26)

/* What would garble a terminal or swell in JSON. */
static bool
is_control(char c)
{
	return ((unsigned char)c < 0x20 && c != '\n' && c != '\t') || c == 0x7f;
}

void
mig_text_copy(char *to, size_t size, const char *text)
{
	size_t left = text == NULL ? 0 : strlen(text);
	size_t len = 0;

	memset(to, 0, size);
	while (left > 0) {
		size_t bytes = mig_utf8_sequence(text, left);
		size_t step = bytes > 0 ? bytes : 1;
		if (len + step >= size)
			return;
		/* Texts come from servers, too; a record must read back as it was written. */
		if (bytes == 0 || is_control(*text))
			to[len] = '?';
		else
			memcpy(to + len, text, bytes);
		len += step;
		text += step;
		left -= step;
	}
}

void
mig_state_init(struct mig_state *state, const struct mig_policy *policy, const char *rollout_id,
    mig_wall at)
{
	memset(state, 0, sizeof(*state));
	mig_text_copy(state->rollout_id, sizeof(state->rollout_id), rollout_id);
	state->run = MIG_RUN_LOADED;
	state->created_at = at;
	state->run_at = at;
	state->updated_at = at;
	state->rollback.trigger = -1;
	for (size_t i = 0; i < policy->flag_count; i++) {
		struct mig_flag_state *flag = &state->flags[i];
		flag->step = -1;
		flag->intended = policy->flags[i].initial;
		flag->previous = flag->intended;
		flag->acked = flag->intended;
	}
	for (size_t i = 0; i < policy->trigger_count; i++)
		state->triggers[i].run =
		    policy->triggers[i].armed ? MIG_TRIGGER_UNKNOWN : MIG_TRIGGER_DISARMED;
}

double
mig_state_trigger_value(const struct mig_state *state, const struct mig_policy *policy,
    size_t trigger)
{
	const struct mig_trigger_state *ts = &state->triggers[trigger];
	const struct mig_reading *now = &state->metrics[policy->triggers[trigger].metric].now;

	/* Of no requests at all there is no ratio. */
	if (now->quality == MIG_QUALITY_OK ||
	    (now->quality == MIG_QUALITY_LOW_TRAFFIC && now->sample_count > 0))
		return now->value;
	return ts->run == MIG_TRIGGER_FIRED ? ts->value : NAN;
}

void
mig_state_skip_keys(struct mig_state *state, mig_wall now)
{
	int64_t age_ms = now.ms - state->created_at.ms;
	uint64_t life = (uint64_t)now.ms / LIFE_MS % LIVES;

	if (age_ms > 0 && (uint64_t)age_ms > state->effect_seq + KEYS_SKIPPED)
		state->effect_seq = (uint64_t)age_ms;
	else
		state->effect_seq += KEYS_SKIPPED * (life + 1);
}

bool
mig_state_finished(const struct mig_state *state)
{
	return state->run == MIG_RUN_COMPLETED || state->run == MIG_RUN_ROLLED_BACK ||
	    state->run == MIG_RUN_HELD;
}

const char *
mig_run_name(enum mig_run run)
{
	static const char *const names[] = { "loaded", "baselining", "running", "baking",
		"completed", "rolling_back", "rolled_back", "held" };

	return names[run];
}

const char *
mig_quality_name(enum mig_quality quality)
{
	static const char *const names[] = { "none", "ok", "no_data", "nan", "stale", "partial",
		"error", "low_traffic" };

	return names[quality];
}

const char *
mig_trigger_run_name(enum mig_trigger_run run)
{
	static const char *const names[] = { "disarmed", "unknown", "low_traffic", "ok", "pending",
		"fired" };

	return names[run];
}

const char *
mig_stage_name(enum mig_stage stage)
{
	static const char *const names[] = { "entry", "enter_hook", "active", "leave_hook" };

	return names[stage];
}

const char *
mig_reason_name(enum mig_reason reason)
{
	static const char *const names[] = { "none", "trigger", "operator", "blind",
		"daemon_loss" };

	return names[reason];
}

const char *
mig_schema_answer_name(enum mig_schema_answer answer)
{
	static const char *const names[] = { "unasked", "agrees", "drift", "unknown" };

	return names[answer];
}

const char *
mig_rb_stage_name(enum mig_rb_stage stage)
{
	static const char *const names[] = { "none", "flags", "steps", "validation", "done" };

	return names[stage];
}

const char *
mig_rb_step_run_name(enum mig_rb_step_run run)
{
	static const char *const names[] = { "pending", "running", "waiting_for_ack", "done",
		"skipped" };

	return names[run];
}
