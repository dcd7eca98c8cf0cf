/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <stddef.h>

#include "engine/plan_tables.h"

#define LIST MIG_TEXTS

/* Texts of two lines are meant; what they make is read in tests/data/golden. */
/* NOLINTBEGIN(bugprone-suspicious-missing-comma) */

/*
 * The elaborated phases (preparation, assessment, migration, validation, cutover) have five tasks
 * and four criteria each: other tools count them.
 */
const struct mig_phase_row mig_phase_rows_any[] = {
	{ NULL, NULL, "preparation", MIG_LEVEL_MEDIUM, 0,
	    "Make {source} ready: backups, baselines and a rehearsed way back",
	    LIST("Take a full backup of {source} and restore it on a spare system",
		"Record a baseline of {metrics}",
		"Write down and rehearse the way back to {source}",
		"Announce {window} to the owners of {dependencies}",
		"Check access, capacity and licences of {target}"),
	    LIST("The backup of {source} was restored and compared",
		"Dashboards show {metrics} for {source} and {target}",
		"The way back was rehearsed and interrupted nobody for longer than {downtime}",
		"The owners of {dependencies} have confirmed the dates") },
	{ NULL, NULL, "assessment", MIG_LEVEL_LOW, 0,
	    "Find out what {source} consists of and who depends on it",
	    LIST("List the parts of {source}: {tables}, {workloads}",
		"Measure how much leaves {source}: {volume}, {rows}",
		"Map the interfaces of {source} to {dependencies}",
		"Record the architecture of {source} and of {target}",
		"Map every part of {source} to its place in {target}"),
	    LIST("The list of parts was checked against the running {source}",
		"Volumes and growth of {source} are measured, not estimated",
		"Each of {dependencies} has an owner and a contact",
		"The architecture record of {target} was reviewed, with {special} covered") },
	{ NULL, NULL, "migration", MIG_LEVEL_HIGH, 0,
	    "Move {source} to {target}, part by part",
	    LIST("Move {workloads} in their waves, the least critical first",
		"Watch the copy to {target}: {volume}, and the time that is left at {bandwidth}",
		"Compare each moved part with the original on {source}",
		"Put parts that fail back on {source} and record why",
		"Carry over configuration, secrets and certificates"),
	    LIST("Every part planned for this phase runs on {target}",
		"Data of {critical_workloads} is equal on both sides",
		"{metrics} are within their alert levels",
		"No part runs on {target} with configuration of {source}") },
	{ NULL, NULL, "validation", MIG_LEVEL_MEDIUM, MIG_PHASE_PROVES,
	    "Prove that {target} does what {source} does",
	    LIST("Run the regression tests of {source} against {target}",
		"Walk the business processes through {target} with {dependencies}",
		"Measure {performance} under the load of {source}",
		"Compare data written through {source} and {target}",
		"Check access, encryption and logs against {compliance}"),
	    LIST("All regression tests pass on {target}",
		"The owners of {dependencies} have signed their processes off",
		"On {target} this was measured: {performance}",
		"The findings for {compliance} are closed") },
	{ NULL, NULL, "cutover", MIG_LEVEL_CRITICAL, 0,
	    "Move the users of {source} to {target}",
	    LIST("Switch names and load balancers to {target} (records live {ttl})",
		"Move traffic by {flags}: {schedule}",
		"Watch {metrics} after each change",
		"Let users of {dependencies} confirm that they notice nothing",
		"Hand {target} over to operations with the runbook"),
	    LIST("{target} answers all requests",
		"No caller of {source} was interrupted for longer than {downtime}",
		"{metrics} are within their alert levels",
		"Operations has confirmed alerts and dashboards of {target}") },
	{ NULL, NULL, "cleanup", MIG_LEVEL_MEDIUM, MIG_PHASE_FINAL,
	    "Remove what only the migration needed",
	    LIST("@flag Remove {flag} from the code and from the flag service",
		"!flag Remove the switch between {source} and {target} from the code",
		"Switch off what is left of {source} and archive its configuration",
		"@rule {rule}: {rule_end}"),
	    LIST("{target} runs without any part of {source}",
		"@flag No code asks for {flag} any more") },
	{ NULL, NULL, "setup", MIG_LEVEL_MEDIUM, 0,
	    "Build the place where {target} will run",
	    LIST("Prepare hosts, names and access for {target}",
		"Install monitoring of {metrics} for {target}",
		"@dependency Give {dependency} access to {target} that it does not use yet",
		"@rule {rule}: {rule_before}"),
	    LIST("An empty {target} is deployed, reachable and monitored",
		"@dependency {dependency} reaches the hosts of {target}") },
	{ NULL, NULL, "deployment", MIG_LEVEL_MEDIUM, 0,
	    "Bring {target} into production without users",
	    LIST("Deploy {target} beside {source} and keep users on {source}",
		"Give {target} the secrets, limits and alerts that {source} has",
		"@rule {rule}: {rule_before}"),
	    LIST("{target} is healthy in production and gets no user traffic") },
	{ NULL, NULL, "testing", MIG_LEVEL_MEDIUM, MIG_PHASE_PROVES,
	    "Test {target} in its final place",
	    LIST("Run function and load tests against {target}: {performance}",
		"@dependency Let {dependency} call {target} in a test",
		"@demand Show on {target} that this holds: {demand}"),
	    LIST("All tests pass and {target} reaches {performance}") },
	{ NULL, NULL, "execution", MIG_LEVEL_MEDIUM, 0,
	    "Move from {source} to {target}",
	    LIST("@flag Move the consumers of {source} by {flag} over {flag_hours}: "
		"{flag_schedule}",
		"!flag Move the consumers of {source} to {target} one after the other",
		"@covered Let callers of {old_endpoint} use {new_endpoint}",
		"@table Move {table}: {table_rows}, about {copy_time}",
		"@rule {rule}: {rule_move}"),
	    LIST("All consumers use {target} while {metrics} stay normal",
		"@uncovered The callers of {old_endpoint} know that {target} does not have it") },
	{ NULL, NULL, NULL, MIG_LEVEL_MEDIUM, 0, NULL, NULL, NULL },
};

const struct mig_phase_row mig_phase_row_authored = { NULL, NULL, "", MIG_LEVEL_MEDIUM, 0,
	"{authored}",
	LIST("{authored}", "Watch {metrics} for as long as {phase} lasts"),
	LIST("A second person has checked what {phase} was for: {authored}",
	    "{metrics} are within their alert levels") };

const struct mig_phase_row mig_phase_row_authored_traffic = { NULL, NULL, "", MIG_LEVEL_HIGH, 0,
	"{authored}",
	LIST("{authored}",
	    "@flag Raise {flag} over {flag_hours}: {flag_schedule}",
	    "Hold each share with {metrics} normal and without {triggers}"),
	LIST("@flag {flag} stands at 100 percent and its last hold is over",
	    "Every share was held with {metrics} normal and without {triggers}") };

/* NOLINTEND(bugprone-suspicious-missing-comma) */
