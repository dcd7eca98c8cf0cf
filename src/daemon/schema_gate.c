/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <config.h>

#include <string.h>

#include "base/json.h"
#include "check/check.h"
#include "core/policy.h"
#include "daemon/driver.h"
#include "daemon/schema_gate.h"
#include "engine/binding.h"
#include "engine/cover.h"
#include "source/compare.h"
#include "source/pin.h"
#include "source/side.h"

/* How long a server may take when a side is one. */
#define SERVER_TIMEOUT_MS 5000

static enum side_type
type_named(const char *name)
{
	if (strcmp(name, "database") == 0)
		return SIDE_TYPE_DATABASE;
	return strcmp(name, "api") == 0 ? SIDE_TYPE_API : SIDE_AUTO;
}

static enum mig_change_severity
severity_named(const char *name)
{
	for (int i = 0; i < MIG_CHANGE_SEVERITIES; i++)
		if (strcmp(mig_change_severity_name((enum mig_change_severity)i), name) == 0)
			return (enum mig_change_severity)i;
	return MIG_POTENTIALLY_BREAKING;
}

/* Say of one change why the rollout must not start; false: the plan carries it. */
static bool
refuses(const struct driver_view *view, const struct mig_change *change,
    struct mig_findings *findings)
{
	const char *severity = mig_change_severity_name(change->severity);
	const char *what = change->description != NULL ? change->description : change->field_path;
	const char *phase = NULL;
	const struct mig_cover_change wanted = { .table = change->table, .part = change->part,
		.operations = change->table == NULL ? change->affected : NULL, .contracts = true };

	switch (mig_cover(mig_json_get(view->source, "plan"), view->policy, &wanted, &phase)) {
	case MIG_COVER_CARRIED:
		return false;
	case MIG_COVER_MISSING:
		(void)mig_findings_add(findings, MIG_SEV_ERROR, NULL, NULL,
		    "plan it in schema_changes, or say override = true", "%s (%s): no phase of the "
		    "plan carries it", what, severity);
		return true;
	case MIG_COVER_EARLY:
		(void)mig_findings_add(findings, MIG_SEV_ERROR, NULL, NULL,
		    "let it follow the last step of traffic, or say override = true",
		    "%s (%s): phase %s carries it before all traffic has moved", what, severity,
		    phase);
		return true;
	}
	return true;
}

/* What was found against the plan. */
static int
judge(const struct driver_view *view, struct mig_check *check, struct mig_findings *findings)
{
	enum mig_change_severity accept = severity_named(view->binding->schema.accept);
	size_t count = 0;
	size_t refused = 0;
	const struct mig_change *changes = mig_check_changes(check, &count);

	if (mig_check_failed(check))
		return MIG_ENOMEM;
	for (size_t i = 0; i < count; i++)
		refused += changes[i].severity < accept && refuses(view, &changes[i], findings);
	return refused > 0 ? MIG_ECONFLICT : MIG_OK;
}

bool
schema_gate_unchanged(const char *path, const char *pin, struct mig_findings *findings)
{
	char hex[MIG_SHA256_HEX];

	if (pin == NULL || source_pin(path, hex) != MIG_OK || strcmp(hex, pin) == 0)
		return true;
	(void)mig_findings_add(findings, MIG_SEV_ERROR, NULL, NULL,
	    "put it back, or load the plan anew", "%s has changed since the rollout was loaded",
	    path);
	return false;
}

int
schema_gate_check(const struct driver_view *view, struct mig_findings *findings)
{
	const struct mig_schema_binding *schema = &view->binding->schema;
	struct side before = { 0 };
	struct side after = { 0 };

	if (schema->before == NULL || schema->override)
		return MIG_OK;
	const struct side_options sides = { .type = type_named(schema->type),
		.dialect = MIG_DB_POSTGRESQL, .timeout_ms = SERVER_TIMEOUT_MS };
	const struct compare_options options = { .view = MIG_VIEW_CLIENT };
	struct mig_check *check = mig_check_new();
	int error = check != NULL ? MIG_OK : MIG_ENOMEM;
	bool same = schema_gate_unchanged(schema->before, schema->before_sha256, findings) &&
	    schema_gate_unchanged(schema->after, schema->after_sha256, findings);
	if (error == MIG_OK && !same)
		error = MIG_EDOC;
	if (error == MIG_OK)
		error = side_read(schema->before, &sides, &before, findings);
	if (error == MIG_OK)
		error = side_read(schema->after, &sides, &after, findings);
	if (error == MIG_OK && !side_match(&before, &after, findings))
		error = MIG_EDOC;
	if (error == MIG_OK)
		error = compare_sides(&before, &after, &options, check, findings);
	if (error == MIG_OK)
		error = judge(view, check, findings);
	side_fini(&before);
	side_fini(&after);
	mig_check_free(check);
	return error;
}
