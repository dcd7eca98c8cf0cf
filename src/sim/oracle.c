/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/* After every event: the state of the rollout against the state before. */

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/num.h"
#include "core/policy.h"
#include "core/state_codec.h"
#include "sim/sim_int.h"

#define HOUR_MS INT64_C(3600000)
#define MINUTE_MS INT64_C(60000)
#define DAY_MINUTES 1440

/* Every so many records the state is looked at whole: that is slow. */
#define WRITTEN_EVERY 16

/* The clocks of Berlin go forward and back at these times of 2026. */
#define SUMMER_BEGINS_MS 1774746000000
#define SUMMER_ENDS_MS 1792890000000

void
sim_oracle_init(struct sim *sim)
{
	struct sim_oracle *oracle = &sim->oracle;

	oracle->disk_bad_ms = -1;
	oracle->decided_ms = -1;
	oracle->blind_ms = -1;
	for (size_t i = 0; i < SIM_FLAGS_MAX; i++) {
		oracle->flags[i].verified_ms = -1;
		oracle->flags[i].sent_back_ms = -1;
	}
	for (size_t i = 0; i < MIG_TRIGGERS_MAX; i++)
		oracle->triggers[i].breach_ms = -1;
	sim_oracle_forget(sim);
}

void
sim_oracle_fini(struct sim_oracle *oracle)
{
	for (size_t i = 0; i < oracle->key_count; i++)
		free(oracle->keys[i].key);
	free(oracle->keys);
}

/* The state that a text is; NULL when it is none.  Owned by the caller. */
static struct mig_state *
read_back(const struct sim *sim, const char *text, size_t len)
{
	struct mig_findings findings = { 0 };
	struct mig_state *state = calloc(1, sizeof(*state));

	if (state != NULL &&
	    mig_state_decode(text, len, sim->truth.policy, state, &findings) != MIG_OK) {
		free(state);
		state = NULL;
	}
	mig_findings_fini(&findings);
	return state;
}

/* What is written of a state is all of it: read back it is the same, to the byte. */
static void
check_written(struct sim *sim, const struct mig_state *now)
{
	struct mig_buf text;

	mig_buf_init(&text, SIM_BODY_MAX);
	mig_state_encode(now, sim->truth.policy, &text);
	struct mig_state *state = read_back(sim, text.data, text.len);
	/* NOLINTNEXTLINE(bugprone-suspicious-memory-comparison): every byte of a state is set */
	if (state == NULL || memcmp(state, now, sizeof(*state)) != 0)
		sim_broken(sim, SIM_RULE_RESTART, "a part of the state is not written");
	mig_buf_fini(&text);
	free(state);
}

/* What is read back is what was written, to the byte. */
static void
check_restart(struct sim *sim)
{
	const char *text = sim->disk.state;
	struct mig_state *state = read_back(sim, text, strlen(text));
	struct mig_buf again;

	mig_buf_init(&again, SIM_BODY_MAX);
	if (state != NULL)
		mig_state_encode(state, sim->truth.policy, &again);
	if (state == NULL || strcmp(again.data, text) != 0)
		sim_broken(sim, SIM_RULE_RESTART, "the state is read back as another one");
	mig_buf_fini(&again);
	free(state);
}

void
sim_oracle_started(struct sim *sim)
{
	struct sim_oracle *oracle = &sim->oracle;

	oracle->primed = false;
	oracle->lost = oracle->behind;
	oracle->up_ms = sim->now_ms;
	oracle->blank_ms = sim->now_ms;
	oracle->kept_records = sim->disk.record_count;
	memset(oracle->gate_open, 0, sizeof(oracle->gate_open));
	for (size_t i = 0; i < sim->setup->flag_count; i++) {
		oracle->flags[i].shown = NAN;
		oracle->flags[i].shown_before = NAN;
	}
	sim_oracle_forget(sim);
	if (sim->disk.state != NULL)
		check_restart(sim);
}

void
sim_oracle_thawed(struct sim *sim, int64_t at_ms)
{
	struct sim_oracle *oracle = &sim->oracle;
	/* It may have begun while it stood still. */
	int64_t last_ms = oracle->before_ms > oracle->up_ms ? oracle->before_ms : oracle->up_ms;

	oracle->up_ms = at_ms;
	if (at_ms - last_ms > sim->setup->gap_ms)
		oracle->blank_ms = at_ms;
	for (size_t i = 0; i < SIM_METRICS_MAX; i++) {
		oracle->seen[i].ok_ms = at_ms;
		oracle->seen[i].old_ok_ms = at_ms;
	}
	for (size_t i = 0; i < MIG_TRIGGERS_MAX; i++)
		oracle->triggers[i].steady_ms = -1;
}

/* Minutes since midnight in Berlin. */
static int
local_minute(int64_t wall_ms)
{
	bool summer = wall_ms >= SUMMER_BEGINS_MS && wall_ms < SUMMER_ENDS_MS;
	int64_t local = wall_ms + (summer ? 2 : 1) * HOUR_MS;

	return (int)((local / MINUTE_MS) % DAY_MINUTES);
}

static bool
inside(const struct sim_window *window, int minute)
{
	if (window->start_minute == window->end_minute)
		return true;
	if (window->start_minute < window->end_minute)
		return minute >= window->start_minute && minute < window->end_minute;
	return minute >= window->start_minute || minute < window->end_minute;
}

static void
check_window(struct sim *sim, const char *what)
{
	int minute = local_minute(sim->setup->start_ms + sim->now_ms + sim->skew_ms);

	if ((sim->setup->critical.present && inside(&sim->setup->critical, minute)) ||
	    (sim->setup->preferred.present && !inside(&sim->setup->preferred, minute)))
		sim_broken(sim, SIM_RULE_WINDOW, "%s at %02d:%02d", what, minute / 60,
		    minute % 60);
}

/* What was last read of a flag before the step up of this event, which may have been read, too. */
static const struct mig_flag_state *
seen_before(const struct sim *sim, const struct mig_state *now, size_t index)
{
	const struct mig_flag_state *flag = &sim->oracle.before.flags[index];
	const struct mig_flag_state *next = &now->flags[index];
	/* A drift that this very event shows as gone lets the flag step up at once. */
	bool restored = next->observed_known && next->observed >= flag->intended &&
	    next->observed <= flag->intended;

	return next->step == flag->step || restored ? next : flag;
}

/*
 * Whether a flag gave the new path any traffic, a step up of this very event left out.  Of one
 * whose drift is adopted in this event only what was seen counts, no more what was asked for.
 */
static bool
was_exposed(const struct sim *sim, const struct mig_state *now)
{
	bool adopted = sim->oracle.adopted;

	for (size_t i = 0; i < sim->setup->flag_count; i++) {
		const struct mig_flag_state *flag = &sim->oracle.before.flags[i];
		const struct mig_flag_state *seen = seen_before(sim, now, i);
		if ((!adopted && (flag->intended > 0 || flag->acked > 0)) ||
		    (seen->observed_known && seen->observed > 0))
			return true;
	}
	return false;
}

static bool
is_silence(enum mig_quality quality)
{
	return quality == MIG_QUALITY_NO_DATA || quality == MIG_QUALITY_NAN ||
	    quality == MIG_QUALITY_LOW_TRAFFIC;
}

/* The newest sample of a trigger's metric lets an advance pass. */
static void
check_reading(struct sim *sim, const struct mig_state *now, size_t index, const char *what)
{
	const struct mig_trigger *trigger = &sim->truth.policy->triggers[index];
	const struct sim_served *sample = &sim->oracle.seen[trigger->metric].sample;
	bool fresh = sample->at_ms >= 0 && sim->now_ms - sample->at_ms <= sim->setup->max_age_ms;
	/* Nothing can be said of a path that nobody has used. */
	bool excused = is_silence(sample->quality) && !was_exposed(sim, now);

	if (!trigger->armed || (fresh && (sim->oracle.triggers[index].passed || excused)))
		return;
	sim_broken(sim, SIM_RULE_UNREADY, "%s although %s reads %s %g, %lld ms ago", what,
	    trigger->id, mig_quality_name(sample->quality), sample->value,
	    (long long)(sim->now_ms - sample->at_ms));
}

/* What every advance needs. */
static void
check_ready(struct sim *sim, const struct mig_state *now, const char *what)
{
	const struct mig_state *before = &sim->oracle.before;

	for (size_t i = 0; i < sim->truth.policy->trigger_count; i++)
		check_reading(sim, now, i, what);
	if (now->overlays != 0)
		sim_broken(sim, SIM_RULE_UNREADY, "%s with overlays %u", what, now->overlays);
	for (size_t i = 0; i < sim->setup->flag_count; i++) {
		const struct mig_flag_state *flag = &before->flags[i];
		/* A read-back of this event may have shown it, or it was taken as it is. */
		bool seen = flag->verified || now->flags[i].verified || sim->oracle.adopted ||
		    (now->flags[i].observed_known && now->flags[i].observed >= flag->intended &&
		    now->flags[i].observed <= flag->intended);
		if (flag->touched && !seen)
			sim_broken(sim, SIM_RULE_UNREADY, "%s while flag %zu is not seen", what, i);
	}
}

static bool
at_the_end(const struct sim *sim, const struct mig_state *now, size_t flag)
{
	return now->flags[flag].step + 1 == (int32_t)sim->setup->flags[flag].step_count;
}

/*
 * The step that a flag leaves was held for its time.  Whoever adopts a drift in this event says
 * that the flag has left its old step already, and stands on the new one since now.
 */
static void
check_held(struct sim *sim, const struct mig_state *now, size_t flag)
{
	const struct sim_watch_flag *watch = &sim->oracle.flags[flag];
	const struct mig_state *standing = sim->oracle.adopted ? now : &sim->oracle.before;
	int32_t step = standing->flags[flag].step;

	if (step < 0)
		return;
	int64_t hold = sim->setup->flags[flag].hold_ms[step];
	int64_t held = watch->verified_ms < 0 ? -1 :
	    sim->now_ms - watch->verified_ms - watch->idle_ms;
	/* A flag that is seen in the very event that ends a hold of no time is held, too. */
	if (held < hold && !(hold == 0 && held < 0))
		sim_broken(sim, SIM_RULE_HOLD, "flag %zu held %lld ms of %lld", flag,
		    (long long)held, (long long)hold);
}

static bool
gate_open(struct sim *sim, const struct mig_gate *gate, size_t index)
{
	const struct sim_served *rate = &sim->oracle.seen[gate->metric].sample;

	switch (gate->kind) {
	case MIG_GATE_APPROVAL:
		return sim->oracle.approved;
	case MIG_GATE_WEBHOOK:
	case MIG_GATE_SCHEMA: /* no simulated rollout has one */
		return sim->oracle.gate_open[index];
	case MIG_GATE_DURATION:
		return sim->now_ms - sim->oracle.phase_ms >= gate->duration_ms;
	case MIG_GATE_METRIC:
		return rate->quality == MIG_QUALITY_OK && rate->value < 0.05;
	}
	return false;
}

static void
check_gates(struct sim *sim, size_t phase, bool at_entry)
{
	const struct mig_phase *p = &sim->truth.policy->phases[phase];

	for (size_t i = 0; i < p->gate_count; i++) {
		if (p->gates[i].at_entry == at_entry && !gate_open(sim, &p->gates[i], i))
			sim_broken(sim, SIM_RULE_GATE, "phase %zu is %s through %s", phase,
			    at_entry ? "entered" : "left", p->gates[i].name);
	}
}

/* Flags go up one after the other, unless the phase says otherwise, in the phase for it. */
static void
check_turn(struct sim *sim, const struct mig_state *now, size_t index)
{
	for (size_t j = 0; j < index && !sim->setup->parallel; j++) {
		if (!at_the_end(sim, now, j))
			sim_broken(sim, SIM_RULE_ORDER, "flag %zu goes up before flag %zu is up",
			    index, j);
	}
	if (now->phase != sim->setup->traffic_phase)
		sim_broken(sim, SIM_RULE_ORDER, "a step up in phase %zu", (size_t)now->phase);
	if (now->run != MIG_RUN_RUNNING)
		sim_broken(sim, SIM_RULE_ORDER, "a step up while %s", mig_run_name(now->run));
}

bool
sim_oracle_last_shown(const struct sim *sim, size_t index, double percentage)
{
	const struct sim_watch_flag *watch = &sim->oracle.flags[index];
	/* What was shown just now may not have been heard yet. */
	int64_t up_ms = sim->oracle.up_ms;
	bool heard = sim->now_ms - (watch->shown_ms > up_ms ? watch->shown_ms : up_ms) >
	    SIM_HEARD_MS;

	return mig_num_same(watch->shown, percentage) ||
	    (!heard && mig_num_same(watch->shown_before, percentage));
}

bool
sim_oracle_was_seen(const struct sim *sim, size_t index, int64_t at_ms)
{
	int64_t shown_ms = sim->oracle.flags[index].shown_ms;

	return shown_ms >= sim->oracle.blank_ms &&
	    at_ms - shown_ms <= sim->setup->gap_ms + SIM_SHOWN_LATE_MS;
}

/* The service itself has shown the step that is left, and of late. */
static void
check_shown(struct sim *sim, size_t index)
{
	const struct mig_flag_state *before = &sim->oracle.before.flags[index];
	const struct sim_watch_flag *watch = &sim->oracle.flags[index];

	if (sim->setup->readable && !sim_oracle_was_seen(sim, index, sim->now_ms))
		sim_broken(sim, SIM_RULE_HOLD, "flag %zu was last shown %lld ms ago", index,
		    (long long)(sim->now_ms - watch->shown_ms));
	if (sim->setup->readable && !sim_oracle_last_shown(sim, index, before->intended))
		sim_broken(sim, SIM_RULE_HOLD, "flag %zu was last shown at %g %%, not %g %%", index,
		    watch->shown, before->intended);
}

static void
check_step(struct sim *sim, const struct mig_state *now, size_t index)
{
	const struct mig_flag_state *before = &sim->oracle.before.flags[index];
	const struct mig_flag_state *flag = &now->flags[index];
	struct sim_watch_flag *watch = &sim->oracle.flags[index];

	if (flag->step == before->step)
		return;
	if (!sim->oracle.adopted) {
		sim->result.steps_up++;
		double wanted = sim->setup->flags[index].percentages[flag->step];
		if (flag->step != before->step + 1 || flag->intended < wanted ||
		    flag->intended > wanted)
			sim_broken(sim, SIM_RULE_ORDER, "flag %zu goes to step %d (%g %%)", index,
			    (int)flag->step, flag->intended);
		check_held(sim, now, index);
		check_ready(sim, now, "a step up");
		check_window(sim, "a step up");
		check_turn(sim, now, index);
		if (before->step >= 0) {
			check_shown(sim, index);
			check_gates(sim, now->phase, false);
		}
	}
	watch->verified_ms = flag->verified ? sim->now_ms : -1;
	watch->idle_ms = 0;
}

static void
watch_hold(struct sim *sim, const struct mig_state *now, size_t index)
{
	const struct mig_flag_state *before = &sim->oracle.before.flags[index];
	const struct mig_flag_state *flag = &now->flags[index];
	struct sim_watch_flag *watch = &sim->oracle.flags[index];
	bool idle = sim->oracle.before.overlays != 0 || !before->verified;
	int64_t counted = flag->held_ms - before->held_ms;
	int64_t elapsed = now->last_mono.ms - sim->oracle.before.last_mono.ms;

	if (watch->verified_ms >= 0 && idle)
		watch->idle_ms += sim->now_ms - sim->oracle.before_ms;
	if (watch->verified_ms < 0 && flag->verified)
		watch->verified_ms = sim->now_ms;
	if (sim->oracle.refilled || flag->step != before->step || counted <= 0)
		return;
	if (idle || counted > elapsed)
		sim_broken(sim, SIM_RULE_HOLD_COUNT, "flag %zu counts %lld ms of %lld", index,
		    (long long)counted, (long long)elapsed);
	/* What began before the last event is the end of an absence that was lived through. */
	if (sim->setup->readable && counted <= sim->now_ms - sim->oracle.before_ms &&
	    !sim_oracle_was_seen(sim, index, sim->oracle.before_ms))
		sim_broken(sim, SIM_RULE_HOLD_COUNT, "flag %zu counts %lld ms unseen", index,
		    (long long)counted);
}

static void
check_flags(struct sim *sim, const struct mig_state *now)
{
	size_t up = 0;

	for (size_t i = 0; i < sim->setup->flag_count; i++) {
		up += now->flags[i].step != sim->oracle.before.flags[i].step;
		watch_hold(sim, now, i);
		check_step(sim, now, i);
	}
	if (up > 1 && !sim->oracle.adopted)
		sim_broken(sim, SIM_RULE_ORDER, "%zu flags go up at once", up);
}

static void
entered_phase(struct sim *sim, const struct mig_state *now, size_t phase)
{
	check_gates(sim, phase, true);
	check_ready(sim, now, "a phase entered");
	if (sim->truth.policy->phases[phase].risky)
		check_window(sim, "a risky phase");
	if (sim->truth.policy->phases[phase].point_of_no_return && !sim->oracle.approved)
		sim_broken(sim, SIM_RULE_NO_RETURN, "phase %zu is entered unasked", phase);
	for (size_t i = 0; i < phase; i++) {
		if (!now->phase_entered[i])
			sim_broken(sim, SIM_RULE_ORDER, "phase %zu is entered before phase %zu",
			    phase, i);
	}
	sim->oracle.phase_ms = sim->now_ms;
	sim->oracle.approved = false;
}

/* The phase is done with: its hook, if any, is all that follows. */
static void
leaving_phase(struct sim *sim, const struct mig_state *now, size_t phase)
{
	check_gates(sim, phase, false);
	check_ready(sim, now, "a phase left");
	for (size_t i = 0; i < sim->setup->flag_count && phase == sim->setup->traffic_phase; i++) {
		check_held(sim, now, i);
		if (!at_the_end(sim, now, i))
			sim_broken(sim, SIM_RULE_ORDER, "phase %zu is left, flag %zu at step %d",
			    phase, i, (int)now->flags[i].step);
	}
}

static void
check_phases(struct sim *sim, const struct mig_state *now)
{
	const struct mig_state *before = &sim->oracle.before;
	bool hooks = sim->truth.policy->hooks;

	if (before->run != MIG_RUN_RUNNING && now->run != MIG_RUN_RUNNING)
		return;
	if (now->run == MIG_RUN_ROLLING_BACK || now->run == MIG_RUN_HELD)
		return;
	for (size_t i = 0; i < sim->setup->phase_count; i++) {
		bool left = !hooks && before->run == MIG_RUN_RUNNING && before->phase_entered[i] &&
		    i >= before->phase && (now->phase > i || now->run == MIG_RUN_BAKING);
		bool leaves = hooks && i == now->phase && now->stage == MIG_STAGE_LEAVE_HOOK &&
		    (before->phase != now->phase || before->stage != MIG_STAGE_LEAVE_HOOK);
		if (!before->phase_entered[i] && now->phase_entered[i])
			entered_phase(sim, now, i);
		if (left || leaves)
			leaving_phase(sim, now, i);
	}
	if (before->phase != now->phase)
		sim->oracle.approved = false;
}

/* Whether a point of no return was passed. */
static bool
no_return(const struct sim *sim, const struct mig_state *state)
{
	bool passed = false;

	for (size_t i = 0; i < sim->setup->phase_count; i++)
		passed = passed || (state->phase_entered[i] &&
		    sim->truth.policy->phases[i].point_of_no_return);
	return passed;
}

static void
run_changed(struct sim *sim, const struct mig_state *now)
{
	struct sim_oracle *oracle = &sim->oracle;

	sim_trace(sim, "is now %s", mig_run_name(now->run));
	switch (now->run) {
	case MIG_RUN_ROLLING_BACK:
		if (no_return(sim, &oracle->before))
			sim_broken(sim, SIM_RULE_NO_RETURN, "a rollback over it");
		sim_oracle_decided(sim, now);
		if (!sim_is_dead(sim))
			sim_oracle_prompt(sim, now);
		oracle->decided_ms = sim->now_ms;
		sim_oracle_flags_found(sim);
		break;
	case MIG_RUN_HELD:
		if (!no_return(sim, now))
			sim_broken(sim, SIM_RULE_NO_RETURN, "held before any");
		sim_oracle_decided(sim, now);
		break;
	case MIG_RUN_ROLLED_BACK:
		sim_oracle_rolled_back(sim, now);
		break;
	case MIG_RUN_COMPLETED:
		check_ready(sim, now, "the end");
		if (sim->now_ms - oracle->run_ms < sim->setup->bake_ms)
			sim_broken(sim, SIM_RULE_HOLD, "baked for %lld ms of %lld",
			    (long long)(sim->now_ms - oracle->run_ms),
			    (long long)sim->setup->bake_ms);
		break;
	case MIG_RUN_RUNNING:
	case MIG_RUN_LOADED:
	case MIG_RUN_BASELINING:
	case MIG_RUN_BAKING:
		for (size_t i = 0; i < MIG_TRIGGERS_MAX && now->run == MIG_RUN_RUNNING; i++)
			oracle->triggers[i].steady_ms = -1;
		break;
	}
	oracle->run_ms = sim->now_ms;
	oracle->phase_ms = sim->now_ms;
}

static void
check_latch(struct sim *sim, const struct mig_state *now)
{
	const struct mig_state *before = &sim->oracle.before;
	bool reopened = before->run == MIG_RUN_COMPLETED && sim->oracle.abort_asked;

	if (mig_state_finished(before) && !reopened &&
	    (now->run != before->run || now->effect_seq != before->effect_seq ||
	    now->record_seq != before->record_seq))
		sim_broken(sim, SIM_RULE_LATCH, "%s, and then %s", mig_run_name(before->run),
		    mig_run_name(now->run));
}

/* A gate that opened, and a person's word, hold for one step or stage; adopting is no step. */
static void
forget_gates(struct sim_oracle *oracle, const struct mig_state *now)
{
	bool stepped_up = false;

	for (size_t i = 0; i < SIM_FLAGS_MAX; i++)
		stepped_up = stepped_up || (now->flags[i].step != oracle->before.flags[i].step &&
		    !oracle->adopted);
	oracle->approved = oracle->approved && !stepped_up;
	if (stepped_up || now->phase != oracle->before.phase || now->stage != oracle->before.stage)
		memset(oracle->gate_open, 0, sizeof(oracle->gate_open));
}

static void
compare(struct sim *sim, const struct mig_state *now)
{
	struct sim_oracle *oracle = &sim->oracle;

	check_latch(sim, now);
	check_flags(sim, now);
	check_phases(sim, now);
	forget_gates(oracle, now);
	if (now->run != oracle->before.run)
		run_changed(sim, now);
	if ((now->overlays & MIG_OVERLAY_BLIND) == 0)
		oracle->blind_ms = -1;
	else if (oracle->blind_ms < 0)
		/* During an absence that was lived through it may have begun at any time. */
		oracle->blind_ms = oracle->refilled ? 0 : sim->now_ms;
	sim_oracle_metrics(sim, now);
	sim_oracle_restored(sim, now);
	sim_oracle_way_back(sim, now);
	sim_oracle_hooks(sim, now);
}

/* Whether the daemon has lived through an absence in this event, and what it then knows. */
static void
notice_refill(struct sim *sim, const struct mig_state *now)
{
	struct sim_oracle *oracle = &sim->oracle;

	/* That it is back is the first record that it makes. */
	oracle->refilled = oracle->absent && now->record_seq > oracle->before.record_seq;
	if (oracle->refilled) {
		oracle->absent = false;
		sim_oracle_refilled(sim, now);
	}
}

/* What happened to the rollout while nobody looked: it was then or later, or taken back. */
static void
find_since(struct sim_oracle *oracle, const struct mig_state *now)
{
	const struct sim_kept *kept = &oracle->kept;
	bool back = oracle->lost && now->run == kept->run && now->phase == kept->phase;

	if (now->run == oracle->before.run && now->phase == oracle->before.phase)
		return;
	oracle->run_ms = back ? kept->run_ms : oracle->before_ms;
	oracle->phase_ms = back ? kept->phase_ms : oracle->before_ms;
	oracle->approved = back && kept->approved;
}

/* The state is as it is on disk. */
static void
note_durable(struct sim *sim, const struct mig_state *now)
{
	struct sim_oracle *oracle = &sim->oracle;

	oracle->kept = (struct sim_kept){ now->run, now->phase, oracle->run_ms, oracle->phase_ms,
		oracle->approved };
	for (size_t i = 0; i < sim->setup->flag_count; i++)
		oracle->flags[i].durable = now->flags[i].intended;
}

/* The first look after a restart: what the daemon did as it died was not seen. */
static void
catch_up(struct sim *sim, const struct mig_state *now)
{
	struct sim_oracle *oracle = &sim->oracle;

	for (size_t i = 0; i < sim->setup->flag_count; i++) {
		struct sim_watch_flag *watch = &oracle->flags[i];
		bool stepped_up = now->flags[i].step != oracle->before.flags[i].step;
		watch->durable = now->flags[i].intended; /* read from the disk just now */
		/* What it saw as it died it saw no earlier than the last event before. */
		if (stepped_up || watch->verified_ms < 0)
			watch->verified_ms = now->flags[i].verified ? oracle->before_ms : -1;
		if (stepped_up)
			watch->idle_ms = 0;
	}
	find_since(oracle, now);
	sim_oracle_way_back_found(sim, now);
	if (now->run == MIG_RUN_ROLLING_BACK && oracle->decided_ms < 0) {
		oracle->decided_ms = sim->now_ms;
		sim_oracle_flags_found(sim);
	}
	oracle->blind_ms = (now->overlays & MIG_OVERLAY_BLIND) != 0 ? 0 : -1;
	for (size_t i = 0; i < MIG_TRIGGERS_MAX; i++)
		oracle->triggers[i].vague = true;
	oracle->absent = now->run != MIG_RUN_LOADED && !mig_state_finished(now) &&
	    now->record_seq == oracle->kept_records;
}

/* Whether the core may have been asked in this event: then it has set the time of the state. */
static bool
stepped(const struct sim *sim, const struct mig_state *now)
{
	return now->updated_at.ms != sim->oracle.before.updated_at.ms ||
	    now->updated_at.ms == sim->setup->start_ms + sim->now_ms + sim->skew_ms;
}

void
sim_oracle_event(struct sim *sim)
{
	struct sim_oracle *oracle = &sim->oracle;
	struct driver_view view;

	if (sim_frozen(sim, sim->now_ms))
		return;
	if (sim_view(sim, &view) && oracle->primed && !stepped(sim, view.state)) {
		sim_oracle_metrics(sim, view.state);
	} else if (sim_view(sim, &view)) {
		if (oracle->primed) {
			notice_refill(sim, view.state);
			compare(sim, view.state);
		} else {
			catch_up(sim, view.state);
		}
		if (view.state->record_seq / WRITTEN_EVERY !=
		    oracle->before.record_seq / WRITTEN_EVERY)
			check_written(sim, view.state);
		oracle->before = *view.state;
		oracle->before_ms = sim->now_ms;
		oracle->primed = true;
		sim->result.ended = view.state->run;
		if (!oracle->behind)
			note_durable(sim, view.state);
	}
	oracle->abort_asked = false;
	oracle->approve_asked = false;
	oracle->adopted = false;
}

/* Whether an approval of that name opens a gate, and is none of what else can be approved. */
static bool
is_gate(const char *name)
{
	static const char *const others[] = { "rollback", "adopt", "restore", "hook" };
	bool gate = true;

	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		gate = gate && (name == NULL || strcmp(name, others[i]) != 0);
	return gate;
}

void
sim_oracle_shown(struct sim *sim, size_t flag)
{
	struct sim_watch_flag *watch = &sim->oracle.flags[flag];

	watch->shown_before = watch->shown;
	watch->shown = sim->site.flags[flag];
	watch->shown_ms = sim->now_ms;
	sim_oracle_shown_away(sim, flag);
}

void
sim_oracle_command(struct sim *sim, enum mig_command command, const char *name, int error)
{
	struct sim_oracle *oracle = &sim->oracle;

	/* Also when it could not be made durable: it is in force all the same. */
	if (command == MIG_COMMAND_ABORT && (error == MIG_OK || error == MIG_EIO))
		oracle->abort_asked = true;
	if (error != MIG_OK)
		return;
	if (command == MIG_COMMAND_ABORT && !sim_is_dead(sim))
		oracle->abort_acked = true;
	if (command != MIG_COMMAND_APPROVE)
		return;
	oracle->approve_asked = true;
	oracle->approved = oracle->approved || is_gate(name);
	oracle->adopted = name != NULL && strcmp(name, "adopt") == 0;
}
