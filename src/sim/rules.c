/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include "sim/rules.h"

static const struct {
	const char *name;
	const char *text;
} rules[SIM_RULE_COUNT] = {
	[SIM_RULE_UNREADY] = { "unready",
	    "nothing advances unless every armed trigger's newest reading is well" },
	[SIM_RULE_ORDER] = { "order",
	    "percentages are a prefix of the plan, one step at a time, then the way back" },
	[SIM_RULE_HOLD] = { "hold", "a step is held for its time, and seen in place" },
	[SIM_RULE_HOLD_COUNT] = { "hold_count",
	    "no time counts for a hold while blind, paused, drifted or unverified" },
	[SIM_RULE_WINDOW] = { "window", "no step up and no risky phase in closed hours" },
	[SIM_RULE_GATE] = { "gate", "nothing passes a closed gate: no phase, no step" },
	[SIM_RULE_HOOK] = { "hook",
	    "no phase is worked on or left before the executor has said that it is done" },
	[SIM_RULE_NO_RETURN] = { "no_return",
	    "a point of no return needs an approval, and nothing goes back over it" },
	[SIM_RULE_LATCH] = { "latch", "nothing happens to a rollout that has ended" },
	[SIM_RULE_RECORD] = { "record", "every change of the run state has its record" },
	[SIM_RULE_CHAIN] = { "chain", "the hash chain verifies and has no gap" },
	[SIM_RULE_WRITE_AHEAD] = { "write_ahead", "nothing is sent that is not durable" },
	[SIM_RULE_KEY] = { "key", "one key is one request, for ever" },
	[SIM_RULE_DELIVERED] = { "delivered", "what is owed arrives, unless it was voided" },
	[SIM_RULE_FORWARD] = { "forward",
	    "nothing goes forward once a rollback was decided" },
	[SIM_RULE_PROMPT] = { "prompt",
	    "the way back is sent with the decision, whatever hangs" },
	[SIM_RULE_RESTORED] = { "restored",
	    "flags are back soon once the flag service can be reached" },
	[SIM_RULE_WAY_BACK] = { "way_back",
	    "behind the flags, the steps of entered phases, newest first, then the quiet time" },
	[SIM_RULE_ABORT] = { "abort", "an acknowledged abort ends rolled back or held" },
	[SIM_RULE_BLIND] = { "blind",
	    "who has seen nothing for too long says so, and acts as told" },
	[SIM_RULE_MISSED] = { "missed", "a breach that lasts is answered in time" },
	[SIM_RULE_FALSE] = { "false", "no rollback without a breach that has lasted" },
	[SIM_RULE_BASELINE] = { "baseline", "a baseline is what was measured, or the floor" },
	[SIM_RULE_RESTART] = { "restart", "a restart finds the state that was durable" },
	[SIM_RULE_SECOND] = { "second", "a second daemon is kept out" },
	[SIM_RULE_PACE] = { "pace", "nothing is asked or sent over and over without a pause" },
	[SIM_RULE_BOUNDED] = { "bounded", "what is kept for a rollout is bounded" },
	[SIM_RULE_STUCK] = { "stuck",
	    "without faults, and with people on call, every rollout ends" },
};

const char *
sim_rule_name(enum sim_rule rule)
{
	return rules[rule].name;
}

const char *
sim_rule_text(enum sim_rule rule)
{
	return rules[rule].text;
}
