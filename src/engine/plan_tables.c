/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <string.h>

#include "base/err.h"
#include "engine/plan_tables.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

const char mig_plan_nouns[] =
    "backup|configuration|secret|dashboard|error rate|response time|way back";

/* The estimate of all patterns for which there are no figures of their own. */
#define FLAT 48, { 15, 15, 15, 15 }

const struct mig_pattern_row mig_pattern_rows[] = {
	{ "database", "schema_change|expand_contract", 24, { 10, 15, 25, 40 }, "migrate",
	    "backup|column|index|schema|trigger|catalog|statement",
	    { "preparation", "expand", "migrate", "contract", "cleanup", NULL } },
	{ "database|data", "data_migration", 48, { 12, 20, 30, 50 }, "cutover",
	    "chunk|row|lag|checksum|change stream|report",
	    { "assessment", "setup", "bulk_copy", "delta_sync", "validation", "cutover", NULL } },
	{ "database", "parallel_schema", FLAT, "switch_reads",
	    "schema|row|write|query router|report",
	    { "preparation", "build", "synchronize", "switch_reads", "validation", "retire",
		NULL } },
	{ "database|data", "event_sourcing", FLAT, "cutover",
	    "event|event store|handler|position|report",
	    { "preparation", "capture", "replay", "compare", "cutover", "cleanup", NULL } },
	{ "database|data", "dual_write", FLAT, "switch_reads",
	    "write|row|batch|repair queue|statement",
	    { "preparation", "dual_write", "backfill", "reconcile", "switch_reads", "contract",
		NULL } },
	{ "database|data", "change_data_capture", FLAT, "cutover",
	    "change stream|position|chunk|row|lag|report",
	    { "setup", "bulk_copy", "delta_sync", "validation", "cutover", "cleanup", NULL } },
	{ "data", "bulk_snapshot", FLAT, "cutover", "snapshot|checksum|row|file|report",
	    { "preparation", "snapshot", "load", "validation", "cutover", NULL } },
	{ "data", "incremental_sync", FLAT, "cutover", "chunk|row|lag|checksum|report",
	    { "setup", "bulk_copy", "delta_sync", "validation", "cutover", NULL } },
	{ "data", "stream_processing", FLAT, "cutover", "record|transformation|event|stream|report",
	    { "setup", "transform", "replay", "compare", "cutover", NULL } },
	{ "service|api", "strangler_fig", 168, { 8, 10, 18, 30 }, "redirect",
	    "router|contract test|request|machine",
	    { "intercept", "implement", "redirect", "validate", "retire", NULL } },
	{ "service|api", "parallel_run", 72, { 10, 13, 20, 35 }, "cutover",
	    "answer|request|mirror|host",
	    { "setup", "deploy", "shadow", "compare", "cutover", "cleanup", NULL } },
	{ "service|api", "blue_green", FLAT, "cutover", "environment|probe|load test|switch",
	    { "preparation", "deployment", "testing", "cutover", NULL } },
	{ "service|api", "canary", FLAT, "canary", "instance|share|weight|request",
	    { "preparation", "deployment", "canary", "validation", "retire", NULL } },
	{ "service", "rolling_update", FLAT, "rolling_update", "instance|batch|version|probe",
	    { "preparation", "rehearsal", "rolling_update", "validation", NULL } },
	{ "service|api", "glue_layer", FLAT, "canary", "glue layer|answer|request|share",
	    { "preparation", "shadow", "canary", "full_migration", "cleanup", NULL } },
	{ "infrastructure", "cloud_migration", 720, { 6, 10, 15, 25 }, "migration",
	    "network|account|cost|machine|contract",
	    { "assessment", "design", "pilot", "migration", "optimization", "decommission",
		NULL } },
	{ "infrastructure", "on_prem_to_cloud", 480, { 8, 12, 20, 30 }, "migration",
	    "host|flow|wave|network|cost|name record",
	    { "discovery", "planning", "pilot", "migration", "validation", "cutover", NULL } },
	{ "infrastructure", "lift_and_shift", FLAT, "cutover", "image|host|copy|machine|name",
	    { "assessment", "provision", "copy", "validation", "cutover", "decommission", NULL } },
	{ "infrastructure", "re_architecture", FLAT, "migration",
	    "component|definition|network|cost|machine",
	    { "assessment", "design", "build", "pilot", "migration", "decommission", NULL } },
	{ "infrastructure", "hybrid_cloud", FLAT, "migration",
	    "tunnel|conflict|change|link|route",
	    { "assessment", "connect", "sync", "pilot", "migration", "validation", NULL } },
	{ "infrastructure", "multi_cloud", FLAT, "migration",
	    "provider|link|route|equivalent|cost",
	    { "assessment", "mapping", "connect", "pilot", "migration", "optimization", NULL } },
	{ "database", NULL, FLAT, "cutover", "row|backup|report",
	    { "preparation", "migration", "validation", "cutover", NULL } },
	{ "service", NULL, FLAT, "cutover", "load test|load balancer|request",
	    { "preparation", "deployment", "testing", "cutover", NULL } },
	{ "infrastructure", NULL, FLAT, "migration", "host|part|network",
	    { "assessment", "preparation", "migration", "validation", NULL } },
	{ NULL, NULL, FLAT, "execution", "consumer|backup|access",
	    { "preparation", "execution", "validation", "cleanup", NULL } },
};
const size_t mig_pattern_row_count = COUNT_OF(mig_pattern_rows);

/* Whether a word is one of those with | between; NULL takes every word. */
static bool
takes(const char *words, const char *word)
{
	size_t len = word == NULL ? 0 : strlen(word);
	if (words == NULL)
		return true;
	while (word != NULL) {
		size_t here = strcspn(words, "|");
		if (here == len && strncmp(words, word, len) == 0)
			return true;
		if (words[here] == '\0')
			break;
		words += here + 1;
	}
	return false;
}

const struct mig_pattern_row *
mig_pattern_find(const char *type, const char *pattern)
{
	const struct mig_pattern_row *row = mig_pattern_rows;
	while (!takes(row->types, type) || !takes(row->patterns, pattern))
		row++;
	return row;
}

int
mig_pattern_hours(const struct mig_pattern_row *row, enum mig_level level)
{
	return row->base_hours * row->tenths[level] / 10;
}

int
mig_pattern_phase_hours(const struct mig_pattern_row *row, enum mig_level level, size_t *ret_phases)
{
	size_t phases = 0;
	while (row->phases[phases] != NULL)
		phases++;
	MIG_ASSERT(phases > 0);
	*ret_phases = phases;
	return mig_pattern_hours(row, level) / (int)phases;
}

static const struct mig_phase_row *const phase_tables[] = { mig_phase_rows_database,
	mig_phase_rows_service, mig_phase_rows_infrastructure, mig_phase_rows_any };

bool
mig_phase_is_final(const char *phase)
{
	for (size_t i = 0; i < COUNT_OF(phase_tables); i++) {
		const struct mig_phase_row *row = phase_tables[i];
		for (; row->phase != NULL; row++)
			if (strcmp(row->phase, phase) == 0)
				return (row->marks & MIG_PHASE_FINAL) != 0;
	}
	return false;
}

const struct mig_phase_row *
mig_phase_find(const char *type, const char *pattern, const char *phase)
{
	const struct mig_phase_row *general = NULL;
	for (size_t i = 0; i < COUNT_OF(phase_tables); i++) {
		const struct mig_phase_row *row = phase_tables[i];
		for (; row->phase != NULL; row++) {
			if (strcmp(row->phase, phase) != 0 || !takes(row->types, type) ||
			    !takes(row->patterns, pattern))
				continue;
			if (row->patterns != NULL)
				return row;
			general = general == NULL ? row : general;
		}
	}
	return general;
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
