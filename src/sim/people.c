/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <string.h>

#include "core/policy.h"
#include "sim/people.h"
#include "sim/sim_int.h"

/* Who is on call loses patience with a rollout that makes no progress. */
#define PATIENCE_POLLS 60
#define NOISE_POLLS 20

static void
order(struct sim *sim, enum mig_command command, const char *name)
{
	char refusal[MIG_ERROR_MAX] = "";
	struct driver_view view;
	struct driver_order what = { sim->disk.id, command, "anna", "as agreed", name };

	if (sim->process == NULL || sim->dead || !sim->disk.created ||
	    sim_frozen(sim, sim->now_ms))
		return; /* nobody is there to take it */
	if (sim_view(sim, &view))
		sim->result.commands[view.state->run][command] = true;
	int error = driver_command(sim->process->driver, &what, refusal, sizeof(refusal));
	sim_trace(sim, "%s %s: %s", mig_command_name(command), name == NULL ? "" : name,
	    error == MIG_OK ? "done" : refusal);
	sim_mark(sim, (uint64_t)command);
	sim_oracle_command(sim, command, name, error);
}

static bool
any_write_failed(const struct driver_view *view)
{
	for (size_t i = 0; i < view->policy->flag_count; i++) {
		if (view->state->flags[i].write_failed)
			return true;
	}
	return false;
}

/* The approval that the present stage waits for, or NULL. */
static const char *
closed_gate(const struct driver_view *view)
{
	const struct mig_phase *phase = &view->policy->phases[view->state->phase];

	for (size_t i = 0; i < phase->gate_count; i++) {
		const struct mig_gate *gate = &phase->gates[i];
		if (gate->kind == MIG_GATE_APPROVAL && !view->state->gates[i].open &&
		    gate->at_entry == (view->state->stage == MIG_STAGE_ENTRY))
			return gate->name;
	}
	return NULL;
}

static void
look_at_proposals(struct sim *sim, const struct driver_view *view)
{
	for (size_t i = 0; i < view->policy->trigger_count; i++) {
		if (view->state->triggers[i].run != MIG_TRIGGER_FIRED ||
		    view->policy->triggers[i].action != MIG_ACTION_PROPOSE)
			continue;
		if (sim_draw(sim) % 2 == 0)
			order(sim, MIG_COMMAND_APPROVE, "rollback");
		else
			order(sim, MIG_COMMAND_DISMISS, view->policy->triggers[i].id);
		return;
	}
}

static void
look_at_progress(struct sim *sim, const struct driver_view *view)
{
	const struct mig_state *state = view->state;
	const char *gate = NULL;

	if ((state->overlays & MIG_OVERLAY_PAUSED) != 0 &&
	    sim_setup_fault(sim->setup, SIM_PAUSE, sim->now_ms) == NULL)
		order(sim, MIG_COMMAND_RESUME, NULL);
	else if ((state->overlays & MIG_OVERLAY_DRIFT) != 0 || any_write_failed(view))
		order(sim, MIG_COMMAND_APPROVE, sim_draw(sim) % 4 == 0 ? "adopt" : "restore");
	else if (state->run == MIG_RUN_RUNNING && state->hook_failed)
		order(sim, MIG_COMMAND_APPROVE, "hook");
	else if (state->run == MIG_RUN_RUNNING && (gate = closed_gate(view)) != NULL)
		order(sim, MIG_COMMAND_APPROVE, gate);
	else
		look_at_proposals(sim, view);
}

static void
look_at_rollback(struct sim *sim, const struct driver_view *view)
{
	const struct mig_rollback_state *rb = &view->state->rollback;

	for (size_t i = 0; i < view->policy->rb_step_count; i++) {
		if (rb->steps[i].run != MIG_RB_STEP_WAITING)
			continue;
		order(sim, MIG_COMMAND_ACK, view->policy->rb_steps[i].id);
		return;
	}
	if (rb->stage == MIG_RB_VALIDATION && rb->noisy_ms > NOISE_POLLS * sim->setup->poll_ms)
		order(sim, MIG_COMMAND_APPROVE, "validation");
}

/* Whether it went on since somebody last looked: a gate, a window, a phase or a flag. */
static bool
has_progressed(struct sim *sim)
{
	static const char *const kinds[] = { "running", "baking", "gate_opened", "window_opened",
		"phase_entered", "flag_write" };
	bool progressed = false;

	for (; sim->records_seen < sim->disk.record_count; sim->records_seen++) {
		const char *kind = sim->disk.records[sim->records_seen].kind;
		for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
			progressed = progressed || strcmp(kind, kinds[i]) == 0;
	}
	return progressed;
}

/* It ought to be over by now, or at least not to be where it was so long ago. */
static bool
is_overdue(struct sim *sim)
{
	int64_t length_ms = sim_setup_length(sim->setup);
	int64_t over_ms = sim_setup_end(sim->setup);

	if (has_progressed(sim))
		sim->progress_ms = sim->now_ms;
	if (sim->progress_ms > over_ms)
		over_ms = sim->progress_ms;
	return sim->now_ms > over_ms + length_ms + PATIENCE_POLLS * sim->setup->poll_ms;
}

void
people_look(struct sim *sim)
{
	struct driver_view view;

	if (!sim_view(sim, &view))
		return;
	switch (view.state->run) {
	case MIG_RUN_LOADED:
		order(sim, MIG_COMMAND_START, NULL);
		break;
	case MIG_RUN_BASELINING:
	case MIG_RUN_RUNNING:
	case MIG_RUN_BAKING:
		if (is_overdue(sim))
			order(sim, MIG_COMMAND_ABORT, NULL);
		else
			look_at_progress(sim, &view);
		break;
	case MIG_RUN_ROLLING_BACK:
		look_at_rollback(sim, &view);
		break;
	case MIG_RUN_COMPLETED:
	case MIG_RUN_ROLLED_BACK:
	case MIG_RUN_HELD:
		break;
	}
}

void
people_act(struct sim *sim, const struct sim_fault *fault, bool begins)
{
	static const char *const names[] = { NULL, "gate0", "gate1", "rollback", "adopt", "restore",
		"hook", "validation", "trigger1", "rb_service_0_01" };
	enum mig_command command = (enum mig_command)(fault->draw % MIG_COMMAND_COUNT);
	const char *name = names[fault->draw / MIG_COMMAND_COUNT %
	    (sizeof(names) / sizeof(names[0]))];

	if (fault->kind == SIM_ABORT)
		order(sim, MIG_COMMAND_ABORT, NULL);
	else if (fault->kind == SIM_PAUSE)
		order(sim, begins ? MIG_COMMAND_PAUSE : MIG_COMMAND_RESUME, NULL);
	else
		order(sim, command, name);
}

void
people_try(struct sim *sim)
{
	enum mig_command command = (enum mig_command)(sim_draw(sim) % MIG_COMMAND_COUNT);

	/* An abort of what was completed is a story of its own; others tell it. */
	if (command == MIG_COMMAND_ABORT && sim->result.ended == MIG_RUN_COMPLETED)
		command = MIG_COMMAND_ACK;
	order(sim, command, NULL);
}
