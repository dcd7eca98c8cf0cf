/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <stdio.h>
#include <string.h>

#include "core/step_int.h"

/* What a command means in a run state. */
enum ruling {
	REFUSE,
	OBEY,
	NOOP /* already so: granted, nothing changes */
};

static const enum ruling rulings[MIG_RUN_COUNT][MIG_COMMAND_COUNT] = {
	/* start, pause, resume, abort, approve, dismiss, ack */
	[MIG_RUN_LOADED] = { OBEY, REFUSE, REFUSE, OBEY, REFUSE, REFUSE, REFUSE },
	[MIG_RUN_BASELINING] = { NOOP, OBEY, OBEY, OBEY, OBEY, REFUSE, REFUSE },
	[MIG_RUN_RUNNING] = { NOOP, OBEY, OBEY, OBEY, OBEY, OBEY, REFUSE },
	[MIG_RUN_BAKING] = { NOOP, OBEY, OBEY, OBEY, OBEY, OBEY, REFUSE },
	[MIG_RUN_COMPLETED] = { REFUSE, REFUSE, REFUSE, OBEY, REFUSE, REFUSE, REFUSE },
	[MIG_RUN_ROLLING_BACK] = { REFUSE, REFUSE, REFUSE, NOOP, OBEY, REFUSE, OBEY },
	[MIG_RUN_ROLLED_BACK] = { REFUSE, REFUSE, REFUSE, NOOP, REFUSE, REFUSE, REFUSE },
	[MIG_RUN_HELD] = { REFUSE, REFUSE, REFUSE, NOOP, REFUSE, REFUSE, REFUSE },
};

static void
start(struct mig_turn *turn, const char *actor)
{
	struct mig_note note;

	for (size_t i = 0; i < turn->policy->flag_count; i++) {
		/* What can't be read is believed to stand where the plan says. */
		turn->state->flags[i].checked = !turn->policy->flags[i].readable;
		turn->state->flags[i].read_due_ms = 0;
	}
	mig_judge_begin(turn);
	mig_turn_enter(turn, MIG_RUN_BASELINING);
	mig_note_open(&note, turn, "started", actor);
	mig_jw_string(&note.jw, "policy", turn->policy->hash);
	mig_note_close(&note);
}

static void
set_paused(struct mig_turn *turn, bool paused, const char *actor)
{
	if (((turn->state->overlays & MIG_OVERLAY_PAUSED) != 0) == paused)
		return;
	if (paused)
		turn->state->overlays |= MIG_OVERLAY_PAUSED;
	else
		turn->state->overlays &= ~MIG_OVERLAY_PAUSED;
	mig_turn_record(turn, paused ? "paused" : "resumed", actor);
}

/* Confirm a proposed rollback. */
static int
approve_rollback(struct mig_turn *turn, const struct mig_event *event)
{
	for (size_t i = 0; i < turn->policy->trigger_count; i++) {
		if (turn->state->triggers[i].run != MIG_TRIGGER_FIRED ||
		    turn->policy->triggers[i].action != MIG_ACTION_PROPOSE)
			continue;
		struct mig_cause cause = { MIG_REASON_TRIGGER, (int32_t)i,
			event->u.command.actor, event->u.command.comment };
		mig_rollback_begin(turn, &cause);
		return MIG_OK;
	}
	return mig_turn_refuse(turn, MIG_ESTATE,
	    "no trigger proposes a rollback; to roll back anyway, abort");
}

static int
approve_drift(struct mig_turn *turn, bool adopt, const char *actor)
{
	bool any = (turn->state->overlays & MIG_OVERLAY_DRIFT) != 0;

	for (size_t i = 0; i < turn->policy->flag_count; i++)
		any = any || turn->state->flags[i].write_failed;
	if (!any)
		return mig_turn_refuse(turn, MIG_ESTATE,
		    "no flag has drifted and no write was refused");
	size_t behind = mig_flags_left_behind(turn->policy, turn->state);
	if (adopt && behind < turn->policy->flag_count) {
		(void)snprintf(turn->out->refusal, sizeof(turn->out->refusal),
		    "flag %s would stay at %g %%, as the phase that raises it is over: approve "
		    "restore, or abort", turn->policy->flags[behind].name,
		    turn->state->flags[behind].observed);
		return MIG_ESTATE;
	}
	mig_flags_settle_drift(turn, adopt, actor);
	return MIG_OK;
}

/* Pass over a phase hook that the executor refused, or never answers. */
static int
approve_hook(struct mig_turn *turn, const char *actor)
{
	if (turn->state->hook_seq == 0)
		return mig_turn_refuse(turn, MIG_ESTATE, "no phase hook is waited for");
	struct mig_event done = { .kind = MIG_EVENT_RESULT,
		.u.result = { turn->state->hook_seq, MIG_RESULT_DONE, 0, NULL } };
	mig_turn_record(turn, "hook_passed_over", actor);
	(void)mig_advance_hook_result(turn, &done); /* it is the outstanding one */
	return MIG_OK;
}

static void
open_gate(struct mig_turn *turn, size_t index, const char *actor)
{
	const struct mig_gate *gate = &turn->policy->phases[turn->state->phase].gates[index];
	struct mig_gate_state *gs = &turn->state->gates[index];
	struct mig_note note;

	if (mig_gate_open(turn->policy, turn->state, index))
		return;
	gs->open = true;
	gs->at = turn->now;
	mig_text_copy(gs->actor, sizeof(gs->actor), actor);
	mig_note_open(&note, turn, "gate_opened", actor);
	mig_jw_string(&note.jw, "phase", turn->policy->phases[turn->state->phase].name);
	mig_jw_string(&note.jw, "gate", gate->name);
	mig_jw_string(&note.jw, "kind", mig_gate_kind_name(gate->kind));
	if (gate->kind == MIG_GATE_SCHEMA) {
		mig_jw_string(&note.jw, "answer",
		    mig_schema_answer_name(turn->state->schema.answer));
		mig_jw_string(&note.jw, "reason", turn->state->schema.why);
	}
	mig_note_close(&note);
}

/*
 * Whether the gate is one that an operator can open at this stage of the phase: an approval, or by
 * its name one that says that the live schema is not as it must be.
 */
static bool
approvable(const struct mig_turn *turn, const struct mig_gate *gate, const char *name)
{
	bool meant = name != NULL ? strcmp(gate->name, name) == 0 &&
	    (gate->kind == MIG_GATE_APPROVAL || gate->kind == MIG_GATE_SCHEMA) :
	    gate->kind == MIG_GATE_APPROVAL;

	return meant && gate->at_entry == (turn->state->stage == MIG_STAGE_ENTRY);
}

static int
approve_gate(struct mig_turn *turn, const char *name, const char *actor)
{
	if (turn->state->run != MIG_RUN_RUNNING)
		return mig_turn_refuse(turn, MIG_ESTATE,
		    "no phase is current, so no gate can be approved");
	const struct mig_phase *phase = &turn->policy->phases[turn->state->phase];
	size_t found = phase->gate_count;

	for (size_t i = 0; i < phase->gate_count; i++) {
		if (!approvable(turn, &phase->gates[i], name))
			continue;
		found = i;
		if (!turn->state->gates[i].open)
			break; /* else without a name the next one may be meant */
	}
	if (found == phase->gate_count) {
		(void)snprintf(turn->out->refusal, sizeof(turn->out->refusal),
		    "phase %s has no approval gate %s%sat this stage", phase->name,
		    name == NULL ? "" : name, name == NULL ? "" : " ");
		return name == NULL ? MIG_ESTATE : MIG_ENOTFOUND;
	}
	open_gate(turn, found, actor);
	return MIG_OK;
}

/* Take the rollback as validated although the triggers are not quiet, or can't be seen. */
static int
approve_validation(struct mig_turn *turn, const char *name, const char *actor)
{
	if (name == NULL || strcmp(name, "validation") != 0)
		return mig_turn_refuse(turn, MIG_ESTATE,
		    "while rolling back only the validation can be approved");
	return mig_rollback_accept(turn, actor);
}

static int
approve(struct mig_turn *turn, const struct mig_event *event)
{
	const char *name = event->u.command.name;
	const char *actor = event->u.command.actor;

	if (turn->state->run == MIG_RUN_ROLLING_BACK)
		return approve_validation(turn, name, actor);
	if (name != NULL && strcmp(name, "rollback") == 0)
		return approve_rollback(turn, event);
	if (name != NULL && strcmp(name, "adopt") == 0)
		return approve_drift(turn, true, actor);
	if (name != NULL && strcmp(name, "restore") == 0)
		return approve_drift(turn, false, actor);
	if (name != NULL && strcmp(name, "hook") == 0)
		return approve_hook(turn, actor);
	return approve_gate(turn, name, actor);
}

static int
dismiss(struct mig_turn *turn, const struct mig_event *event)
{
	const char *name = event->u.command.name;
	size_t index = name == NULL ? turn->policy->trigger_count :
	    mig_policy_trigger(turn->policy, name);

	for (size_t i = 0; name == NULL && i < turn->policy->trigger_count; i++) {
		if (turn->state->triggers[i].run == MIG_TRIGGER_FIRED)
			index = i;
	}
	if (index == turn->policy->trigger_count)
		return mig_turn_refuse(turn, name == NULL ? MIG_ESTATE : MIG_ENOTFOUND,
		    name == NULL ? "no trigger has fired" : "the runbook has no such trigger");
	if (turn->state->triggers[index].run != MIG_TRIGGER_FIRED)
		return mig_turn_refuse(turn, MIG_ESTATE, "the trigger has not fired");
	mig_judge_dismiss(turn, index, event->u.command.actor);
	return MIG_OK;
}

static int
carry_out(struct mig_turn *turn, const struct mig_event *event)
{
	struct mig_cause cause = { MIG_REASON_OPERATOR, -1, event->u.command.actor,
		event->u.command.comment };

	switch (event->u.command.command) {
	case MIG_COMMAND_START:
		start(turn, event->u.command.actor);
		return MIG_OK;
	case MIG_COMMAND_PAUSE:
		set_paused(turn, true, event->u.command.actor);
		return MIG_OK;
	case MIG_COMMAND_RESUME:
		set_paused(turn, false, event->u.command.actor);
		return MIG_OK;
	case MIG_COMMAND_ABORT:
		mig_rollback_begin(turn, &cause);
		return MIG_OK;
	case MIG_COMMAND_APPROVE:
		return approve(turn, event);
	case MIG_COMMAND_DISMISS:
		return dismiss(turn, event);
	case MIG_COMMAND_ACK:
		break;
	}
	return mig_rollback_ack(turn, event->u.command.name, event->u.command.actor);
}

int
mig_command_obey(struct mig_turn *turn, const struct mig_event *event)
{
	int error = MIG_OK;

	switch (rulings[turn->state->run][event->u.command.command]) {
	case OBEY:
		turn->comment = event->u.command.comment;
		error = carry_out(turn, event);
		turn->comment = NULL; /* what follows is not the operator's */
		return error;
	case NOOP:
		return MIG_OK;
	case REFUSE:
		break;
	}
	(void)snprintf(turn->out->refusal, sizeof(turn->out->refusal),
	    "cannot %s a rollout that is %s", mig_command_name(event->u.command.command),
	    mig_run_name(turn->state->run));
	return MIG_ESTATE;
}
