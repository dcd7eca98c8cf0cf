/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/json_read.h"
#include "engine/plan_phases.h"
#include "engine/shape.h"

const char *const mig_names_phases_from[] = { "pattern", "authored", NULL };

static const char *
text_of(const struct mig_json *node, const char *key)
{
	return mig_json_string(mig_json_get(node, key));
}

static void
take_pattern(const struct mig_json *spec, const struct mig_pattern_row *pattern, int hours,
    struct mig_plan_phases *phases)
{
	for (size_t i = 0; i < phases->count; i++) {
		const char *name = pattern->phases[i];
		phases->rows[i] = (struct mig_plan_phase) { .name = name, .hours = hours,
			.row = mig_phase_find(
			    text_of(spec, "type"), text_of(spec, "pattern"), name),
			.traffic = strcmp(name, pattern->traffic) == 0 };
		MIG_ASSERT(phases->rows[i].row != NULL);
	}
	phases->reserve_hours = phases->pattern_hours - hours * (int)phases->count;
}

/* The phase that moves traffic: the one that the author has marked, else the pattern's. */
static bool
is_traffic(const struct mig_json *list, const struct mig_json *phase, const char *usual)
{
	const struct mig_json *other = mig_json_first(list);
	for (; other != NULL; other = mig_json_next(other))
		if (mig_json_bool(mig_json_get(other, "traffic")))
			return other == phase;
	return strcmp(text_of(phase, "phase"), usual) == 0;
}

static void
take_authored(const struct mig_json *spec, const struct mig_pattern_row *pattern,
    struct mig_plan_phases *phases)
{
	const struct mig_json *list = mig_json_get(spec, "migration_phases");
	const struct mig_json *node = mig_json_first(list);
	for (size_t i = 0; i < phases->count; i++) {
		struct mig_plan_phase *phase = &phases->rows[i];
		phase->name = text_of(node, "phase");
		phase->description = text_of(node, "description");
		phase->hours = (int)ceil(
		    mig_json_number(mig_json_get(node, "estimated_duration_hours")));
		phase->traffic = is_traffic(list, node, pattern->traffic);
		phase->row = mig_phase_find(
		    text_of(spec, "type"), text_of(spec, "pattern"), phase->name);
		if (phase->row == NULL)
			phase->row = phase->traffic ? &mig_phase_row_authored_traffic :
			    &mig_phase_row_authored;
		node = mig_json_next(node);
	}
}

/* Authored phases must be there, and move what there is to be moved. */
static int
check_authored(const struct mig_json *spec, const struct mig_plan_phases *phases,
    struct mig_findings *findings)
{
	struct mig_reader reader = { findings, NULL, MIG_SEV_WARNING };
	struct mig_at root = mig_shape_root(spec);
	struct mig_at list = mig_at_key(&root, "migration_phases");
	if (phases->count == 0) {
		struct mig_at from = mig_at_key(&root, "phases_from");
		mig_at_error(&reader, &from, "give migration_phases, or leave this out",
		    "there are no authored phases");
		return MIG_EDOC;
	}
	size_t traffic = 0;
	for (size_t i = 0; i < phases->count; i++)
		traffic += phases->rows[i].traffic ? 1 : 0;
	if (traffic == 0 && mig_json_count(mig_json_get(spec, "feature_flags")) > 0) {
		mig_at_error(&reader, &list, "mark one of them with \"traffic\": true",
		    "no phase moves the feature flags");
		return MIG_EDOC;
	}
	return MIG_OK;
}

int
mig_plan_phases(const struct mig_json *spec, enum mig_level complexity,
    struct mig_plan_phases *ret_phases, struct mig_findings *findings)
{
	const struct mig_pattern_row *pattern =
	    mig_pattern_find(text_of(spec, "type"), text_of(spec, "pattern"));
	const char *from = text_of(spec, "phases_from");
	bool authored = from != NULL && strcmp(from, "authored") == 0;
	struct mig_plan_phases phases = {
		.pattern_hours = mig_pattern_hours(pattern, complexity),
	};
	int hours = mig_pattern_phase_hours(pattern, complexity, &phases.count);
	if (authored)
		phases.count = mig_json_count(mig_json_get(spec, "migration_phases"));
	phases.rows = calloc(phases.count + 1, sizeof(*phases.rows));
	phases.names = calloc(phases.count + 1, sizeof(*phases.names));
	if (phases.rows == NULL || phases.names == NULL) {
		mig_plan_phases_fini(&phases);
		return MIG_ENOMEM;
	}

	int error = MIG_OK;
	if (authored) {
		take_authored(spec, pattern, &phases);
		error = check_authored(spec, &phases, findings);
	} else {
		take_pattern(spec, pattern, hours, &phases);
	}
	for (size_t i = 0; i < phases.count; i++) {
		phases.names[i] = phases.rows[i].name;
		phases.hours += phases.rows[i].hours;
	}
	if (error == MIG_OK)
		*ret_phases = phases;
	else
		mig_plan_phases_fini(&phases);
	return error;
}

void
mig_plan_phases_fini(struct mig_plan_phases *phases)
{
	free(phases->rows);
	free(phases->names);
	memset(phases, 0, sizeof(*phases));
}
