/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <string.h>

#include "base/err.h"
#include "engine/plan_tables.h"

static const struct mig_pattern_row pattern_rows[] = {
	{ "database", "schema_change", 24, { 10, 15, 25, 40 }, "migrate",
	    { "preparation", "expand", "migrate", "contract", "cleanup", NULL } },
	{ "database", "data_migration", 48, { 12, 20, 30, 50 }, "cutover",
	    { "assessment", "setup", "bulk_copy", "delta_sync", "validation", "cutover", NULL } },
	{ "service", "strangler_fig", 168, { 8, 10, 18, 30 }, "redirect",
	    { "intercept", "implement", "redirect", "validate", "retire", NULL } },
	{ "service", "parallel_run", 72, { 10, 13, 20, 35 }, "cutover",
	    { "setup", "deploy", "shadow", "compare", "cutover", "cleanup", NULL } },
	{ "infrastructure", "cloud_migration", 720, { 6, 10, 15, 25 }, "migration",
	    { "assessment", "design", "pilot", "migration", "optimization", "decommission",
		NULL } },
	{ "infrastructure", "on_prem_to_cloud", 480, { 8, 12, 20, 30 }, "migration",
	    { "discovery", "planning", "pilot", "migration", "validation", "cutover", NULL } },
	{ "database", NULL, 48, { 15, 15, 15, 15 }, "cutover",
	    { "preparation", "migration", "validation", "cutover", NULL } },
	{ "service", NULL, 48, { 15, 15, 15, 15 }, "cutover",
	    { "preparation", "deployment", "testing", "cutover", NULL } },
	{ "infrastructure", NULL, 48, { 15, 15, 15, 15 }, "migration",
	    { "assessment", "preparation", "migration", "validation", NULL } },
	{ NULL, NULL, 48, { 15, 15, 15, 15 }, "execution",
	    { "preparation", "execution", "validation", "cleanup", NULL } },
};

/* After these the old state is gone: there is no way back behind them. */
static const char *const final_phases[] = { "retire", "contract", "cleanup", "decommission" };

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

const struct mig_pattern_row *
mig_pattern_find(const char *type, const char *pattern)
{
	const struct mig_pattern_row *row = pattern_rows;
	for (; row->type != NULL; row++) {
		if (strcmp(row->type, type) != 0)
			continue;
		if (row->pattern == NULL ||
		    (pattern != NULL && strcmp(row->pattern, pattern) == 0))
			break;
	}
	return row;
}

int
mig_pattern_phase_hours(const struct mig_pattern_row *row, enum mig_level level, size_t *ret_phases)
{
	size_t phases = 0;
	while (row->phases[phases] != NULL)
		phases++;
	MIG_ASSERT(phases > 0);
	*ret_phases = phases;
	return row->base_hours * row->tenths[level] / 10 / (int)phases;
}

bool
mig_phase_is_final(const char *phase)
{
	for (size_t i = 0; i < COUNT_OF(final_phases); i++)
		if (strcmp(final_phases[i], phase) == 0)
			return true;
	return false;
}

const struct mig_score_row mig_score_rows[] = {
	{ "data_volume_gb", 0, false, { 10000, 1000, 100 } },
	{ "dependencies", 0, false, { 10, 5, 2 } },
	{ "max_downtime_minutes", 480, true, { 60, 240, 480 } },
};
const size_t mig_score_row_count = COUNT_OF(mig_score_rows);

const char *const mig_plan_phase_triggers[] = {
	"{target} or {source} fails while {phase} is under way",
	"Checks during {phase} find lost, doubled or altered data",
	"Response times are more than 50 % worse than before {phase}",
	"A business process that worked before {phase} no longer completes",
	NULL,
};

const char *const mig_plan_resources[] = {
	"Engineers who know {source} and {target}, on duty for all of {phase}",
	"Access and rights to {source}, {target} and their configuration",
	"Dashboards and alerts for {metrics}",
	"One channel for decisions, one for announcements, both tested",
	NULL,
};

const char *const mig_plan_success[] = {
	"All data of {source} is in {target}, complete and unchanged",
	"{target} reaches {performance} or better",
	"Business processes on {target} complete as they did on {source}",
	"No critical vulnerability that {source} did not have",
	"The owners of {dependencies} have accepted {target}",
	"Operating and recovery documents describe {target}, no longer {source}",
	NULL,
};

const char *const mig_plan_stakeholders[] = { "Business Owner", "Technical Lead", "DevOps Team",
	"QA Team", "Security Team", "End Users", NULL };

const char *const mig_plan_undo_actions[] = {
	"Revert what {phase} changed, newest change first",
	"Restore the configuration and data saved before {phase}",
	"Verify that {source} works as it did before {phase}",
	NULL,
};

const char *const mig_plan_undo_criteria[] = {
	"Nothing that {phase} introduced is in use any more",
	"Data of {source} is consistent after {phase} was undone",
	"{metrics} are back at their values from before {phase}",
	NULL,
};

const char *const mig_plan_undo_triggers[] = {
	"{target} is down or unusable and cannot be repaired in place",
	"Data was damaged or lost on the way to {target}",
	"The schedule is overrun by more than 50 %",
	"A function that the business cannot do without is lost",
	"A security breach came in with {target}",
	"The migration lead and the business owner decide to abort",
	NULL,
};

const char *const mig_plan_contacts[] = { "Migration Lead", "Technical Lead", "Business Owner",
	"On-call Engineer", NULL };

const char *const mig_plan_matrix[][2] = {
	{ "low_severity", "Go on and watch {metrics}" },
	{ "medium_severity", "Hold the current phase and decide within 15 minutes" },
	{ "high_severity", "Roll back the current phase at once" },
	{ "critical_severity", "Emergency rollback of all phases with everyone on the call" },
	{ NULL, NULL },
};
