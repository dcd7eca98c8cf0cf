/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include "engine/advise_tables.h"

#define LOW MIG_LEVEL_LOW
#define MEDIUM MIG_LEVEL_MEDIUM
#define HIGH MIG_LEVEL_HIGH
#define CRITICAL MIG_LEVEL_CRITICAL

const char *const mig_advise_aims[] = { "a schema change", "the replacement of a service",
	"the update of a service", "a move of data", "a move of infrastructure" };

const struct mig_advise_pattern mig_advise_catalogue[] = {
	{ "schema_change", { MEDIUM, MEDIUM }, { LOW, MEDIUM }, MIG_OUTAGE_NONE,
	    "Add beside, move writes and reads, remove last, in five phases" },
	{ "expand_contract", { MEDIUM, MEDIUM }, { LOW, MEDIUM }, MIG_OUTAGE_NONE,
	    "Add beside, write both, fill, read the new, remove the old" },
	{ "parallel_schema", { HIGH, HIGH }, { MEDIUM, MEDIUM }, MIG_OUTAGE_NONE,
	    "Two whole schemas; a flag says per user which one counts" },
	{ "data_migration", { MEDIUM, HIGH }, { MEDIUM, MEDIUM }, MIG_OUTAGE_SWITCH,
	    "Copy in bulk while in use, then the changes since, then switch" },
	{ "dual_write", { MEDIUM, HIGH }, { MEDIUM, HIGH }, MIG_OUTAGE_NONE,
	    "Every write goes to both stores; reads follow when both agree" },
	{ "change_data_capture", { MEDIUM, HIGH }, { MEDIUM, MEDIUM }, MIG_OUTAGE_SWITCH,
	    "Stream the changes of the source's log to the target" },
	{ "event_sourcing", { HIGH, HIGH }, { MEDIUM, HIGH }, MIG_OUTAGE_SWITCH,
	    "Record every change as an event; the target is built from them" },
	{ "strangler_fig", { MEDIUM, HIGH }, { MEDIUM, MEDIUM }, MIG_OUTAGE_NONE,
	    "Intercept calls and move one function after the other" },
	{ "parallel_run", { MEDIUM, MEDIUM }, { LOW, MEDIUM }, MIG_OUTAGE_NONE,
	    "Both sides answer, the old answer counts until they agree" },
	{ "blue_green", { LOW, MEDIUM }, { LOW, LOW }, MIG_OUTAGE_NONE,
	    "Two equal environments and one switch, there and back" },
	{ "canary", { LOW, MEDIUM }, { LOW, MEDIUM }, MIG_OUTAGE_NONE,
	    "A small share first, more while it stays healthy" },
	{ "rolling_update", { LOW, LOW }, { MEDIUM, MEDIUM }, MIG_OUTAGE_NONE,
	    "Replace instances batch by batch behind the same address" },
	{ "glue_layer", { MEDIUM, HIGH }, { LOW, MEDIUM }, MIG_OUTAGE_NONE,
	    "A router between callers and both systems: shadow, canary, all" },
	{ "cloud_migration", { MEDIUM, HIGH }, { MEDIUM, MEDIUM }, MIG_OUTAGE_SWITCH,
	    "Assess, design, pilot, move, optimise, give back" },
	{ "on_prem_to_cloud", { MEDIUM, HIGH }, { MEDIUM, MEDIUM }, MIG_OUTAGE_SWITCH,
	    "Discover, plan, pilot, move in waves, validate, switch" },
	{ "lift_and_shift", { LOW, MEDIUM }, { LOW, LOW }, MIG_OUTAGE_COPY,
	    "Move as it is: stop, copy, start" },
	{ "re_architecture", { HIGH, CRITICAL }, { MEDIUM, HIGH }, MIG_OUTAGE_SWITCH,
	    "Rebuild for the new place before moving in" },
	{ "hybrid_cloud", { HIGH, HIGH }, { MEDIUM, HIGH }, MIG_OUTAGE_NONE,
	    "A part stays, both places work together for good" },
	{ "multi_cloud", { CRITICAL, CRITICAL }, { HIGH, HIGH }, MIG_OUTAGE_NONE,
	    "Several providers at once" },
	{ "bulk_snapshot", { LOW, LOW }, { LOW, LOW }, MIG_OUTAGE_COPY,
	    "Stop, copy everything, start" },
	{ "incremental_sync", { LOW, MEDIUM }, { LOW, MEDIUM }, MIG_OUTAGE_SWITCH,
	    "Copy once, then again and again what has changed, then switch" },
	{ "stream_processing", { HIGH, HIGH }, { MEDIUM, MEDIUM }, MIG_OUTAGE_NONE,
	    "Transform the data while it flows to the target" },
};

const size_t mig_advise_catalogue_count =
    sizeof(mig_advise_catalogue) / sizeof(mig_advise_catalogue[0]);

const struct mig_advise_choice mig_advise_matrix[] = {
	/* The planner's schema_change is expand and contract. */
	{ MIG_AIM_SCHEMA, LOW, false, { "expand_contract", "schema_change", NULL } },
	{ MIG_AIM_SCHEMA, HIGH, false, { "parallel_schema", NULL } },
	{ MIG_AIM_REPLACE, MEDIUM, false, { "strangler_fig", NULL } },
	{ MIG_AIM_UPDATE, LOW, false, { "blue_green", NULL } },
	{ MIG_AIM_DATA, HIGH, true, { "event_sourcing", NULL } },
	{ MIG_AIM_ESTATE, LOW, true, { "lift_and_shift", NULL } },
	{ MIG_AIM_ESTATE, HIGH, false, { "hybrid_cloud", NULL } },
};
const size_t mig_advise_matrix_count = sizeof(mig_advise_matrix) / sizeof(mig_advise_matrix[0]);
