/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <string.h>

#include "core/step_int.h"

/* So much of an answer goes into its record; the state keeps less. */
#define TOLD_MAX 4096

/* A server that comes and goes is told of once in so long. */
#define TELL_AGAIN_MS 600000

/* How often a live server is looked at while another gate is closed: soon enough for people. */
#define LOOK_AGAIN_MS 300000

bool
mig_schema_open(const struct mig_policy *policy, const struct mig_state *state, size_t gate)
{
	const struct mig_gate_state *gs = &state->gates[gate];

	if (gs->actor[0] != '\0')
		return true;
	/* What was seen before nobody looked for so long says nothing about now. */
	return gs->open && state->clock_ms - gs->ok_ms <= policy->settings.max_gap_ms;
}

bool
mig_schema_rests(const struct mig_policy *policy, const struct mig_state *state, size_t gate)
{
	const struct mig_phase *phase = &policy->phases[state->phase];
	const struct mig_gate_state *gs = &state->gates[gate];
	/* The gate that an answer has opened is closed again by a restart. */
	bool known = state->schema.answer != MIG_SCHEMA_UNASKED &&
	    gs->open == (state->schema.answer == MIG_SCHEMA_AGREES);

	if (phase->gates[gate].kind != MIG_GATE_SCHEMA || !known ||
	    state->clock_ms - gs->ok_ms >= LOOK_AGAIN_MS)
		return false;
	for (size_t i = 0; i < phase->gate_count; i++) {
		if (i != gate && phase->gates[i].at_entry == phase->gates[gate].at_entry &&
		    !mig_gate_open(policy, state, i))
			return true;
	}
	return false;
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

/* Whether those on call have just been told the same; else they are now. */
static bool
told_lately(struct mig_turn *turn)
{
	struct mig_schema_state *schema = &turn->state->schema;
	int64_t *last = schema->answer == MIG_SCHEMA_DRIFT ? &schema->drift_ms :
	    &schema->unknown_ms;

	if (*last > 0 && turn->state->clock_ms - *last < TELL_AGAIN_MS)
		return true;
	*last = turn->state->clock_ms;
	return false;
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
	if (schema->answer == MIG_SCHEMA_DRIFT && (before.answer != MIG_SCHEMA_DRIFT ||
	    strcmp(schema->why, before.why) != 0))
		schema->told = MIG_SCHEMA_UNASKED;
	if (schema->told == schema->answer || (!gs->open && told_lately(turn)))
		return;
	schema->told = schema->answer;
	if (gs->open)
		tell_opened(turn, gate);
	else
		tell(turn, gate, event->u.gate.why);
}
