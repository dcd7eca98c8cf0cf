/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <string.h>

#include "core/step_int.h"

/* So much of an answer goes into its record; the state keeps less. */
#define TOLD_MAX 4096

bool
mig_schema_open(const struct mig_policy *policy, const struct mig_state *state, size_t gate)
{
	const struct mig_gate_state *gs = &state->gates[gate];

	if (gs->actor[0] != '\0')
		return true;
	/* What was seen before nobody looked for so long says nothing about now. */
	return gs->open && state->clock_ms - gs->ok_ms <= policy->settings.max_gap_ms;
}

/* Write down what stands in the way of the phase, and tell those on call. */
static void
tell(struct mig_turn *turn, size_t gate, const char *why)
{
	const struct mig_phase *phase = &turn->policy->phases[turn->state->phase];
	bool drift = turn->state->schema.answer == MIG_SCHEMA_DRIFT;
	char text[TOLD_MAX];
	struct mig_note note;

	mig_text_copy(text, sizeof(text), why);
	mig_note_open(&note, turn, drift ? "schema_drift" : "schema_unknown", NULL);
	mig_jw_string(&note.jw, "phase", phase->name);
	mig_jw_string(&note.jw, "gate", phase->gates[gate].name);
	mig_note_essential(&note);
	mig_jw_string(&note.jw, "reason", text);
	mig_note_close(&note);
	mig_turn_notify(turn, MIG_NOTICE_ALERT);
}

static void
tell_opened(struct mig_turn *turn, size_t gate)
{
	const struct mig_phase *phase = &turn->policy->phases[turn->state->phase];
	struct mig_note note;

	mig_note_open(&note, turn, "gate_opened", NULL);
	mig_jw_string(&note.jw, "phase", phase->name);
	mig_jw_string(&note.jw, "gate", phase->gates[gate].name);
	mig_jw_string(&note.jw, "kind", mig_gate_kind_name(MIG_GATE_SCHEMA));
	mig_note_close(&note);
}

void
mig_schema_take(struct mig_turn *turn, const struct mig_event *event)
{
	struct mig_schema_state *schema = &turn->state->schema;
	size_t gate = event->u.gate.gate;
	struct mig_gate_state *gs = &turn->state->gates[gate];
	const struct mig_schema_state before = *schema;

	schema->answer = event->u.gate.schema;
	mig_text_copy(schema->why, sizeof(schema->why), event->u.gate.why);
	gs->open = schema->answer == MIG_SCHEMA_AGREES;
	gs->ok_ms = turn->state->clock_ms;
	gs->at = turn->now;
	/* Each answer once, and other differences; why it is unknown may change all the time. */
	bool same = schema->answer == before.answer && (schema->answer != MIG_SCHEMA_DRIFT ||
	    strcmp(schema->why, before.why) == 0);
	if (same)
		return;
	if (gs->open)
		tell_opened(turn, gate);
	else
		tell(turn, gate, event->u.gate.why);
}
