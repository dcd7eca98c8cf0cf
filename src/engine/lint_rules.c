/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <string.h>

#include "engine/lint.h"
#include "engine/shape.h"

const struct mig_lint_rule mig_lint_rules[] = {
	/* Of every document. */
	{ MIG_RULE_FORM, MIG_SEV_ERROR,
	    "Every field has its type, its range and its form, and what is required is there." },
	{ MIG_RULE_UNKNOWN_KEY, MIG_SEV_WARNING,
	    "A key that nobody knows is likely misspelt; keys of your own start with x_." },
	{ "unique_names", MIG_SEV_ERROR,
	    "What is spoken of by its name must be the only one of that name." },

	/* Of the specification. */
	{ "pattern_of_type", MIG_SEV_ERROR, "The pattern must be one that the type has." },
	{ "limits_in_order", MIG_SEV_ERROR,
	    "A peak is not below the sustained load, a limit not below the request." },
	{ "schedule_rises", MIG_SEV_ERROR, "The share of a flag never falls on its way up." },
	{ "schedule_holds", MIG_SEV_ERROR,
	    "A plateau without length, other than the last, is no step." },
	{ "schedule_ends", MIG_SEV_WARNING,
	    "A schedule that stops below 100 leaves the migration half done." },
	{ "alert_before_rollback", MIG_SEV_ERROR,
	    "People are alerted before a trigger rolls back, not after it." },
	{ "ratio", MIG_SEV_ERROR, "A ratio lies between 0 and 1; five percent are 0.05." },
	{ "metric_polled", MIG_SEV_WARNING,
	    "A trigger on a metric that is not among the critical ones is likely not measured." },
	{ "windows_apart", MIG_SEV_WARNING,
	    "Where window and critical hours overlap, no step is made." },
	{ "window_opens", MIG_SEV_ERROR,
	    "A window that is never open stops every rollout for ever." },
	{ "window_fits_hold", MIG_SEV_WARNING,
	    "A hold that ends outside the window lasts until the window opens again." },
	{ "table_listed", MIG_SEV_WARNING,
	    "A changed table that is not among the migrated ones is likely misspelt." },
	{ "volume_explained", MIG_SEV_WARNING,
	    "The tables cannot be larger than all data together." },
	{ "hours_near_estimate", MIG_SEV_WARNING,
	    "Hours that are far from the estimate for pattern and complexity want a reason." },
	{ "hold_outlasts_triggers", MIG_SEV_WARNING,
	    "A trigger that needs longer than a step is held cannot fire before the next step." },
	{ "damage_seen", MIG_SEV_WARNING,
	    "A trigger over the whole fleet cannot see a new path with little of the traffic." },
	{ "smallest_damage", MIG_SEV_NOTE,
	    "How bad the new path must be at a step before a trigger over the whole fleet fires." },

	/* Of the plan, alone and with its specification. */
	{ "phase_order", MIG_SEV_ERROR, "A phase depends only on phases before it." },
	{ "gate_complete", MIG_SEV_ERROR, "A gate has what its kind needs." },
	{ "flag_known", MIG_SEV_ERROR,
	    "A phase moves flags of the specification, and no flag is moved twice." },
	{ "plan_says_twice", MIG_SEV_ERROR, "What plan and its specification both say is equal." },
	{ "plan_hours", MIG_SEV_WARNING, "The plan's hours are the sum of its phases'." },
	{ "phase_known", MIG_SEV_ERROR, "The way back undoes phases that the plan has." },
	{ "script_undo", MIG_SEV_ERROR,
	    "What cannot be undone has no undo, and stands behind a point of no return." },
	{ "timeline_of_plan", MIG_SEV_ERROR, "The timeline has the phases of the plan." },
	{ "plan_of_spec", MIG_SEV_ERROR, "The plan was made from the specification beside it." },
	{ "plan_unchanged", MIG_SEV_WARNING,
	    "The specification in a plan is the one that the plan was made from." },
	{ "flag_moved", MIG_SEV_ERROR,
	    "A flag that no phase moves stays where it is, and its traffic with it." },
	{ "traffic_phase", MIG_SEV_WARNING,
	    "Where no phase names its flags, migarchd takes a phase by its name." },

	/* Of the runbook, alone and with the others. */
	{ "step_order", MIG_SEV_ERROR, "A step waits only for steps of its phase before it." },
	{ "trigger_action", MIG_SEV_ERROR,
	    "A trigger cannot act by itself and wait for people at once." },
	{ "trigger_minutes", MIG_SEV_WARNING,
	    "Where a trigger has two durations, only one of them counts." },
	{ "general_triggers", MIG_SEV_ERROR, "The triggers of every migration are there." },
	{ "runbook_of_plan", MIG_SEV_ERROR, "The runbook belongs to the plan beside it." },
	{ "runbook_fresh", MIG_SEV_NOTE,
	    "A plan that was changed after its runbook was made may need another one." },
	{ "undo_known", MIG_SEV_ERROR, "The runbook undoes phases that the plan has." },
	{ "undo_order", MIG_SEV_WARNING, "What was done last is undone first." },
	{ "phase_undone", MIG_SEV_WARNING,
	    "A phase that moves flags or is risky needs a way back." },
	{ "trigger_carried", MIG_SEV_WARNING,
	    "A trigger of the specification that the runbook has not is watched by nobody." },
	{ "trigger_as_specified", MIG_SEV_WARNING,
	    "Where specification and runbook differ, the stricter is meant; both should say so." },
	{ "rollback_in_time", MIG_SEV_WARNING,
	    "Without flags users wait for the whole way back, so it fits the allowed downtime." },
	{ "recovery_in_time", MIG_SEV_WARNING,
	    "Bringing back the data fits the allowed downtime." },
	{ "contact_given", MIG_SEV_WARNING,
	    "At night nobody looks up who \"to be named\" is: contacts have names and numbers." },
	{ "contact_listed", MIG_SEV_NOTE,
	    "Whom the runbook calls in should be among its contacts." },
	{ "placeholder_resolved", MIG_SEV_WARNING,
	    "A command with a placeholder cannot be run as it stands." },
	{ "placeholder_listed", MIG_SEV_WARNING,
	    "A placeholder in a command that is not listed as unresolved is easily run as it "
	    "is." },

	/* With a configuration. */
	{ "config_valid", MIG_SEV_ERROR, "migarchd takes the configuration." },
	{ "config_clean", MIG_SEV_WARNING, "migarchd takes the configuration without a word." },
	{ "config_has_plan", MIG_SEV_WARNING,
	    "A plan that no group of migrations names is not watched by this migarchd." },
	{ "loads", MIG_SEV_ERROR,
	    "migarchd takes plan, runbook and configuration together." },
	{ "loads_clean", MIG_SEV_WARNING,
	    "migarchd takes plan, runbook and configuration together without a word." },
	{ "trigger_armed", MIG_SEV_WARNING,
	    "A trigger without a query in the configuration never fires." },
	{ NULL, MIG_SEV_NOTE, NULL },
};

const struct mig_lint_rule *
mig_lint_rule_find(const char *id)
{
	const struct mig_lint_rule *row = mig_lint_rules;
	while (row->id != NULL && strcmp(row->id, id) != 0)
		row++;
	return row->id != NULL ? row : NULL;
}
