/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/*
 * What must hold in every run, whatever goes wrong.  docs/SIMULATION.md says more on each.
 */
#ifndef MIG_SIM_RULES_H
#define MIG_SIM_RULES_H

enum sim_rule {
	SIM_RULE_UNREADY,     /* no advance unless every armed trigger's newest reading is well */
	SIM_RULE_ORDER,       /* percentages are a prefix of the plan, then the way back */
	SIM_RULE_HOLD,        /* a step is held for its time, seen where it is */
	SIM_RULE_HOLD_COUNT,  /* no time counts while blind, paused, drifted or unverified */
	SIM_RULE_WINDOW,      /* no step up in closed hours */
	SIM_RULE_GATE,        /* no phase is entered or left through a closed gate */
	SIM_RULE_HOOK,        /* nothing goes on before the executor is done, where there is one */
	SIM_RULE_NO_RETURN,   /* no point of no return without an approval, and none back over it */
	SIM_RULE_LATCH,       /* nothing after the end */
	SIM_RULE_RECORD,      /* every change of the run state has its record */
	SIM_RULE_CHAIN,       /* the hash chain verifies and has no gap */
	SIM_RULE_WRITE_AHEAD, /* nothing is sent that is not durable */
	SIM_RULE_KEY,         /* one key is one request */
	SIM_RULE_DELIVERED,   /* what is owed arrives, unless it was voided */
	SIM_RULE_FORWARD,     /* nothing goes forward once a rollback was decided */
	SIM_RULE_PROMPT,      /* the way back is sent with the decision, whatever hangs */
	SIM_RULE_RESTORED,    /* flags are back soon once the flag service can be reached */
	SIM_RULE_WAY_BACK,    /* steps behind the flags, newest phase first, then the quiet time */
	SIM_RULE_ABORT,       /* an acknowledged abort ends rolled back or held */
	SIM_RULE_BLIND,       /* who sees nothing for too long says so, and acts as told */
	SIM_RULE_MISSED,      /* a breach that lasts is answered in time */
	SIM_RULE_FALSE,       /* no rollback without a breach that lasted */
	SIM_RULE_BASELINE,    /* a baseline is what was measured, or the floor */
	SIM_RULE_RESTART,     /* a restart finds the state that was durable */
	SIM_RULE_SECOND,      /* a second daemon is kept out */
	SIM_RULE_PACE,        /* nothing is asked over and over without a pause */
	SIM_RULE_BOUNDED,     /* what is kept for a rollout is bounded */
	SIM_RULE_STUCK        /* without faults and with people on call every run ends */
};
#define SIM_RULE_COUNT (SIM_RULE_STUCK + 1)

/*
 * "unready", "order", ….
 */
const char *sim_rule_name(enum sim_rule rule);

/*
 * The rule as a sentence.
 */
const char *sim_rule_text(enum sim_rule rule);

#endif
