/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <string.h>

#include "base/json.h"
#include "base/json_write.h"
#include "engine/facts.h"
#include "engine/risk.h"
#include "engine/shape.h"

/* One risk; probability, impact and severity are judged together, not derived. */
struct risk_row {
	const char *type; /* NULL: any */
	bool (*applies)(const struct mig_json *spec); /* NULL: always */
	const char *category;
	enum mig_level probability, impact, severity;
	const char *owner;
	const char *description;
	const char *mitigation;
};

#define LOW MIG_LEVEL_LOW
#define MEDIUM MIG_LEVEL_MEDIUM
#define HIGH MIG_LEVEL_HIGH
#define CRITICAL MIG_LEVEL_CRITICAL

static const struct mig_json *
constraint(const struct mig_json *spec, const char *key)
{
	return mig_json_get(mig_json_get(spec, "constraints"), key);
}

static bool
demands_no_downtime(const struct mig_json *spec)
{
	const struct mig_json *minutes = constraint(spec, "max_downtime_minutes");
	return minutes != NULL && mig_json_number(minutes) < 60;
}

static bool
has_large_volume(const struct mig_json *spec)
{
	return mig_json_number(constraint(spec, "data_volume_gb")) > 5000;
}

static bool
is_regulated(const struct mig_json *spec)
{
	return mig_json_count(constraint(spec, "compliance_requirements")) > 0;
}

static const struct risk_row risk_rows[] = {
	{ "database", NULL, "technical", LOW, CRITICAL, HIGH, "DBA Team",
	    "The move damages or loses rows of {tables}",
	    "Back up before every phase; compare {critical_tables} in full before anyone reads "
	    "them" },
	{ "database", NULL, "technical", MEDIUM, HIGH, HIGH, "DevOps Team",
	    "The outage lasts longer than {downtime}",
	    "Copy while {source} is in use; rehearse the switch with a clock; abort at half the "
	    "time" },
	{ "database", NULL, "business", MEDIUM, HIGH, HIGH, "Business Owner",
	    "Processes of {dependencies} stop or give wrong results",
	    "Work inside {window}; have each owner test a read and a write before the switch" },
	{ "database", NULL, "operational", HIGH, CRITICAL, CRITICAL, "QA Team",
	    "The way back to {source} fails because it was never tried with real volumes",
	    "Rehearse the rollback on a copy of {volume} and write the measured time into the "
	    "runbook" },
	{ "service", NULL, "technical", MEDIUM, HIGH, HIGH, "Development Team",
	    "{target} does not fit {dependencies}: fields, codes or sign-in differ",
	    "Contract tests of {new_endpoints} with every caller before the first share of "
	    "traffic" },
	{ "service", NULL, "technical", MEDIUM, MEDIUM, MEDIUM, "DevOps Team",
	    "{target} is slower than {source} under real load",
	    "Load test to {performance}; raise the share only while {metrics} are normal" },
	{ "service", NULL, "business", HIGH, HIGH, HIGH, "Product Owner",
	    "A function of {source} is missing in {target}",
	    "Compare {old_endpoints} with {new_endpoints} and let the product owner sign each "
	    "gap" },
	{ "service", NULL, "operational", MEDIUM, MEDIUM, MEDIUM, "SRE Team",
	    "Faults stay unseen while {source} and {target} run side by side",
	    "Label {metrics} by version and alert on both before traffic moves" },
	{ "infrastructure", NULL, "technical", MEDIUM, CRITICAL, HIGH, "Network Team",
	    "{source} and {target} lose connection or are too slow for each other",
	    "Measure {bandwidth} under load, keep a second link, and move talkative parts "
	    "together" },
	{ "infrastructure", NULL, "technical", HIGH, HIGH, HIGH, "Security Team",
	    "Security settings of {target} drift from those of {source}",
	    "Keep rules as reviewed code; scan {target} before and after each wave" },
	{ "infrastructure", NULL, "business", HIGH, MEDIUM, MEDIUM, "Finance Team",
	    "{target} costs more than planned while both sides are paid",
	    "Set a budget alert per wave and give machines of {source} back as waves finish" },
	{ "infrastructure", NULL, "operational", HIGH, MEDIUM, MEDIUM, "Platform Team",
	    "The team does not know {target} well enough to repair it at night",
	    "Train on the pilot; rehearse an outage of {target} before {critical_workloads} move" },
	{ NULL, demands_no_downtime, "business", HIGH, MEDIUM, HIGH, "DevOps Team",
	    "Only {downtime} of downtime are allowed, so no step may stop the service",
	    "Run both sides in parallel and move traffic by {flags}, never by a restart" },
	{ NULL, has_large_volume, "technical", HIGH, MEDIUM, MEDIUM, "Data Team",
	    "{volume} take longer to move than the schedule has",
	    "Measure the copy rate in the pilot; copy in parallel and in advance, then only "
	    "changes" },
	{ NULL, is_regulated, "compliance", MEDIUM, HIGH, HIGH, "Compliance Team",
	    "Moving the data violates {compliance}",
	    "{rules}; all of it before data moves" },
};

/* A constraint as a number: lists count their entries. */
static double
quantity(const struct mig_json *spec, const struct mig_score_row *row)
{
	const struct mig_json *node = constraint(spec, row->key);
	if (node == NULL)
		return row->fallback;
	if (mig_json_type(node) == MIG_JSON_ARRAY)
		return (double)mig_json_count(node);
	return mig_json_number(node);
}

static size_t
row_points(double value, const struct mig_score_row *row)
{
	for (size_t i = 0; i < 3; i++)
		if (row->below ? value < row->limit[i] : value > row->limit[i])
			return 3 - i;
	return 0;
}

size_t
mig_risk_score(const struct mig_json *spec)
{
	size_t score = mig_json_count(constraint(spec, "special_requirements"));
	for (size_t i = 0; i < mig_score_row_count; i++)
		score += row_points(quantity(spec, &mig_score_rows[i]), &mig_score_rows[i]);
	return score;
}

size_t
mig_risk_points(const struct mig_json *spec, const char *key)
{
	for (size_t i = 0; i < mig_score_row_count; i++)
		if (strcmp(mig_score_rows[i].key, key) == 0)
			return row_points(quantity(spec, &mig_score_rows[i]), &mig_score_rows[i]);
	return 0;
}

enum mig_level
mig_risk_level(size_t score)
{
	if (score <= 2)
		return MIG_LEVEL_LOW;
	if (score <= 4)
		return MIG_LEVEL_MEDIUM;
	return score <= 7 ? MIG_LEVEL_HIGH : MIG_LEVEL_CRITICAL;
}

void
mig_risk_write(const struct mig_json *spec, const struct mig_facts *facts, struct mig_jw *jw,
    const char *key)
{
	const char *type = mig_json_string(mig_json_get(spec, "type"));
	mig_jw_array(jw, key);
	for (size_t i = 0; i < sizeof(risk_rows) / sizeof(risk_rows[0]); i++) {
		const struct risk_row *row = &risk_rows[i];
		if ((row->type != NULL && strcmp(row->type, type) != 0) ||
		    (row->applies != NULL && !row->applies(spec)))
			continue;
		mig_jw_object(jw, NULL);
		mig_jw_string(jw, "category", row->category);
		mig_facts_string(facts, jw, "description", row->description);
		mig_jw_string(jw, "probability", mig_names_level[row->probability]);
		mig_jw_string(jw, "impact", mig_names_level[row->impact]);
		mig_jw_string(jw, "severity", mig_names_level[row->severity]);
		mig_facts_string(facts, jw, "mitigation", row->mitigation);
		mig_jw_string(jw, "owner", row->owner);
		mig_jw_object_end(jw);
	}
	mig_jw_array_end(jw);
}
