/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <stddef.h>
#include <string.h>

#include "core/policy.h"
#include "engine/plan_phases.h"
#include "engine/ramp.h"
#include "engine/runbook_fill.h"
#include "engine/shape_rows.h"
#include "engine/spec_tables.h"

/* No phase, plateau or trigger lasts longer than ten years. */
#define HOURS_MAX 87600
#define MINUTES_MAX (HOURS_MAX * 60)

/* One kind of schema edit and the fields it has. */
struct change_kind {
	const char *type;
	struct mig_shape shape;
};

static bool
is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool
matches_code(const char *text)
{
	size_t len = strlen(text);
	return len >= 2 && len <= 32 && *text >= 'A' && *text <= 'Z' &&
	    strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") == len;
}

static bool
matches_clock(const char *text)
{
	size_t len = strlen(text);
	if (len != 5 || strspn(text, "0123456789:") != 5 || text[2] != ':' ||
	    strspn(text, "0123456789") != 2 || strspn(text + 3, "0123456789") != 2)
		return false;
	return strncmp(text, "24", 2) < 0 && text[3] <= '5';
}

static bool
matches_zone(const char *text)
{
	if (!is_letter(*text))
		return false;
	for (; *text != '\0'; text++)
		if (!is_letter(*text) && strchr("0123456789_+/-", *text) == NULL)
			return false;
	return true;
}

static bool
matches_endpoint(const char *text)
{
	static const char *const methods[] = { "GET ", "POST ", "PUT ", "PATCH ", "DELETE ",
		"HEAD ", "OPTIONS " };
	for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
		size_t len = strlen(methods[i]);
		if (strncmp(text, methods[i], len) == 0)
			return text[len] == '/' && strchr(text + len, ' ') == NULL;
	}
	return false;
}

static bool
matches_currency(const char *text)
{
	return strlen(text) == 3 && strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == 3;
}

static bool
matches_cidr(const char *text)
{
	const char *slash = strchr(text, '/');
	if (slash == NULL || slash == text)
		return false;
	size_t host = strspn(text, "0123456789abcdefABCDEF.:");
	size_t bits = strspn(slash + 1, "0123456789");
	return host == (size_t)(slash - text) && bits >= 1 && bits <= 3 && slash[1 + bits] == '\0';
}

static const struct mig_shape_form form_code = { matches_code, "upper-case like PCI_DSS" };
static const struct mig_shape_form form_clock = { matches_clock, "HH:MM, 00:00 to 23:59" };
static const struct mig_shape_form form_zone = { matches_zone,
	"an IANA name like UTC or Europe/Paris" };
static const struct mig_shape_form form_endpoint = { matches_endpoint,
	"a method and a path, like GET /users/{id}" };
static const struct mig_shape_form form_currency = { matches_currency, "three letters like EUR" };
static const struct mig_shape_form form_cidr = { matches_cidr, "like 10.20.0.0/16" };

static const char *const names_place[] = { "on_premises", "cloud", "hybrid", NULL };
static const char *const names_workload[] = { "compute", "database", "storage", "network", "queue",
	NULL };
static const char *const names_link[] = { "vpn", "direct", "internet", NULL };
static const char *const names_constraint[] = { "primary_key", "foreign_key", "unique", "check",
	NULL };

static const struct mig_shape_field item_text = { .kind = MIG_SHAPE_STRING, .flags = NONEMPTY };

static const struct mig_shape_field item_code = FORM(NULL, 0, form_code);
static const struct mig_shape_field item_snake = FORM(NULL, 0, mig_form_snake);
static const struct mig_shape_field item_endpoint = FORM(NULL, 0, form_endpoint);

static const struct mig_shape constraints = { (const struct mig_shape_field[]){
	NUMBER("max_downtime_minutes", 0),
	NUMBER("data_volume_gb", 0),
	ARRAY("dependencies", UNIQUE, item_text),
	ARRAY("compliance_requirements", UNIQUE, item_code),
	ARRAY("special_requirements", UNIQUE, item_snake),
	END } };

static const struct mig_shape table = { (const struct mig_shape_field[]){
	FORM("name", REQUIRED, mig_form_identifier),
	COUNT("row_count", REQUIRED),
	NUMBER("size_mb", REQUIRED),
	BOOL("critical", 0),
	END } };
static const struct mig_shape_field item_table = OBJECT(NULL, 0, table);

static void
check_default(struct mig_reader *reader, const struct mig_at *at)
{
	enum mig_json_type type = mig_json_type(at->node);
	if (type == MIG_JSON_ARRAY || type == MIG_JSON_OBJECT)
		mig_at_error(reader, at, NULL, "must be a string, number, true, false or null");
}

static const struct change_kind change_kinds[] = {
	{ "add_column", { (const struct mig_shape_field[]){
		ENUM("type", REQUIRED, mig_names_change),
		FORM("column", REQUIRED, mig_form_identifier),
		TEXT("data_type", REQUIRED | NONEMPTY),
		BOOL("nullable", 0),
		CUSTOM("default", 0, check_default),
		END } } },
	{ "modify_column", { (const struct mig_shape_field[]){
		ENUM("type", REQUIRED, mig_names_change),
		FORM("column", REQUIRED, mig_form_identifier),
		TEXT("old_type", REQUIRED | NONEMPTY),
		TEXT("new_type", REQUIRED | NONEMPTY),
		END } } },
	{ "add_constraint", { (const struct mig_shape_field[]){
		ENUM("type", REQUIRED, mig_names_change),
		ENUM("constraint_type", REQUIRED, names_constraint),
		FORM("constraint_name", REQUIRED, mig_form_identifier),
		TEXT("definition", REQUIRED | NONEMPTY),
		END } } },
	{ "drop_column", { (const struct mig_shape_field[]){
		ENUM("type", REQUIRED, mig_names_change),
		FORM("column", REQUIRED, mig_form_identifier),
		END } } },
	{ "rename_column", { (const struct mig_shape_field[]){
		ENUM("type", REQUIRED, mig_names_change),
		FORM("column", REQUIRED, mig_form_identifier),
		FORM("new_name", REQUIRED, mig_form_identifier),
		END } } },
	{ "drop_constraint", { (const struct mig_shape_field[]){
		ENUM("type", REQUIRED, mig_names_change),
		FORM("constraint_name", REQUIRED, mig_form_identifier),
		END } } },
	{ "add_index", { (const struct mig_shape_field[]){
		ENUM("type", REQUIRED, mig_names_change),
		FORM("index_name", REQUIRED, mig_form_identifier),
		ARRAY("columns", REQUIRED | NONEMPTY, item_text),
		BOOL("unique", 0),
		END } } },
	{ "drop_index", { (const struct mig_shape_field[]){
		ENUM("type", REQUIRED, mig_names_change),
		FORM("index_name", REQUIRED, mig_form_identifier),
		END } } },
};

/* What a schema edit of unknown type is checked against: only its type is looked at. */
static const struct mig_shape_field change_type = ENUM("type", REQUIRED, mig_names_change);

static void
check_change(struct mig_reader *reader, const struct mig_at *at)
{
	const char *type = mig_json_string(mig_json_get(at->node, "type"));
	size_t count = sizeof(change_kinds) / sizeof(change_kinds[0]);
	for (size_t i = 0; type != NULL && i < count; i++) {
		if (strcmp(type, change_kinds[i].type) != 0)
			continue;
		struct mig_shape_field field = OBJECT(NULL, 0, change_kinds[i].shape);
		mig_shape_check(reader, at, &field);
		return;
	}
	struct mig_at member = mig_at_key(at, "type");
	if (mig_json_type(at->node) == MIG_JSON_OBJECT)
		mig_shape_check(reader, &member, &change_type);
	else
		mig_at_error(reader, at, NULL, "must be an object, not %s",
		    mig_json_type_name(mig_json_type(at->node)));
}

static const struct mig_shape_field item_change = CUSTOM(NULL, 0, check_change);
static const struct mig_shape schema_change = { (const struct mig_shape_field[]){
	FORM("table", REQUIRED, mig_form_identifier),
	ARRAY("changes", REQUIRED | NONEMPTY, item_change),
	END } };
static const struct mig_shape_field item_schema_change = OBJECT(NULL, 0, schema_change);

static const struct mig_shape performance_requirements = { (const struct mig_shape_field[]){
	NUMBER("max_query_response_time_ms", 0),
	COUNT("concurrent_connections", 0),
	NUMBER("transactions_per_second", 0),
	END } };

static const struct mig_shape window = { (const struct mig_shape_field[]){
	FORM("start", REQUIRED, form_clock),
	FORM("end", REQUIRED, form_clock),
	FORM("timezone", REQUIRED, form_zone),
	END } };

static const struct mig_shape business_continuity = { (const struct mig_shape_field[]){
	OBJECT("critical_business_hours", 0, window),
	OBJECT("preferred_migration_window", 0, window),
	END } };

static const struct mig_shape load = { (const struct mig_shape_field[]){
	NUMBER("requests_per_second", REQUIRED),
	NUMBER("peak_requests_per_second", REQUIRED),
	NUMBER("average_response_time_ms", REQUIRED),
	NUMBER("p95_response_time_ms", REQUIRED),
	END } };

static const struct mig_shape legacy_machines = { (const struct mig_shape_field[]){
	COUNT("instances", 0),
	NUMBER("cpu_cores_per_instance", 0),
	NUMBER("memory_gb_per_instance", 0),
	TEXT("load_balancer", NONEMPTY),
	END } };

static const struct mig_shape legacy_service = { (const struct mig_shape_field[]){
	ARRAY("endpoints", REQUIRED, item_endpoint),
	OBJECT("current_load", 0, load),
	OBJECT("infrastructure", 0, legacy_machines),
	END } };

static const struct mig_shape new_machines = { (const struct mig_shape_field[]){
	TEXT("container_platform", NONEMPTY),
	COUNT("initial_replicas", 0),
	COUNT("max_replicas", 0),
	COUNT("cpu_request_millicores", 0),
	COUNT("cpu_limit_millicores", 0),
	COUNT("memory_request_mb", 0),
	COUNT("memory_limit_mb", 0),
	TEXT("load_balancer", NONEMPTY),
	END } };

static const struct mig_shape new_service = { (const struct mig_shape_field[]){
	ARRAY("endpoints", REQUIRED, item_endpoint),
	OBJECT("target_performance", 0, load),
	OBJECT("infrastructure", 0, new_machines),
	END } };

static const struct mig_shape service_details = { (const struct mig_shape_field[]){
	OBJECT("legacy_service", REQUIRED, legacy_service),
	OBJECT("new_service", REQUIRED, new_service),
	END } };

static const struct mig_shape source_environment = { (const struct mig_shape_field[]){
	ENUM("kind", REQUIRED, names_place),
	COUNT("servers", 0),
	COUNT("cpu_cores", 0),
	NUMBER("memory_gb", 0),
	NUMBER("storage_gb", 0),
	NUMBER("uplink_mbps", 0),
	END } };

static const struct mig_shape target_environment = { (const struct mig_shape_field[]){
	ENUM("kind", REQUIRED, names_place),
	ARRAY("regions", NONEMPTY, item_text),
	COUNT("cpu_cores", 0),
	NUMBER("memory_gb", 0),
	NUMBER("storage_gb", 0),
	NUMBER("monthly_budget", 0),
	FORM("currency", 0, form_currency),
	END } };

static const struct mig_shape workload = { (const struct mig_shape_field[]){
	FORM("name", REQUIRED, mig_form_identifier),
	ENUM("kind", REQUIRED, names_workload),
	{ .key = "wave", .kind = MIG_SHAPE_INTEGER, .flags = REQUIRED, .min = 1,
	    .max = MIG_SHAPE_INT_MAX },
	BOOL("critical", 0),
	COUNT("instances", 0),
	NUMBER("storage_gb", 0),
	END } };
static const struct mig_shape_field item_workload = OBJECT(NULL, 0, workload);

static const struct mig_shape network = { (const struct mig_shape_field[]){
	ENUM("link", REQUIRED, names_link),
	NUMBER("bandwidth_mbps", 0),
	FORM("source_cidr", 0, form_cidr),
	FORM("target_cidr", 0, form_cidr),
	COUNT("dns_ttl_seconds", 0),
	END } };

static const struct mig_shape infrastructure_details = { (const struct mig_shape_field[]){
	OBJECT("source_environment", 0, source_environment),
	OBJECT("target_environment", 0, target_environment),
	ARRAY("workloads", 0, item_workload),
	OBJECT("network", 0, network),
	END } };

static const struct mig_shape phase = { (const struct mig_shape_field[]){
	FORM("phase", REQUIRED, mig_form_snake),
	TEXT("description", NONEMPTY),
	{ .key = "estimated_duration_hours", .kind = MIG_SHAPE_NUMBER, .flags = REQUIRED,
	    .max = HOURS_MAX },
	BOOL("traffic", 0),
	END } };
static const struct mig_shape_field item_phase = OBJECT(NULL, 0, phase);

static const struct mig_shape rollout_step = { (const struct mig_shape_field[]){
	{ .key = "percentage", .kind = MIG_SHAPE_NUMBER, .flags = REQUIRED, .max = 100 },
	{ .key = "duration_hours", .kind = MIG_SHAPE_NUMBER, .flags = REQUIRED,
	    .max = HOURS_MAX },
	END } };
static const struct mig_shape_field item_rollout_step = OBJECT(NULL, 0, rollout_step);

static const struct mig_shape flag = { (const struct mig_shape_field[]){
	FORM("name", REQUIRED, mig_form_snake),
	TEXT("description", NONEMPTY),
	{ .key = "initial_percentage", .kind = MIG_SHAPE_NUMBER, .max = 100 },
	ENUM("ramp", 0, mig_names_ramp),
	ARRAY("rollout_schedule", NONEMPTY, item_rollout_step),
	END } };
static const struct mig_shape_field item_flag = OBJECT(NULL, 0, flag);

static const struct mig_shape_field any_number = NUMBER(NULL, 0);
static const struct mig_shape_field ratio = { .kind = MIG_SHAPE_NUMBER, .max = 1 };

static void
check_thresholds(struct mig_reader *reader, const struct mig_at *at)
{
	if (mig_json_type(at->node) != MIG_JSON_OBJECT) {
		mig_at_error(reader, at, NULL, "must be an object, not %s",
		    mig_json_type_name(mig_json_type(at->node)));
		return;
	}
	(void)mig_read_object(reader, at, 0, mig_names_metric);
	struct mig_at item = { 0 };
	while (mig_at_each(at, &item))
		if (strncmp(item.key, "x_", 2) != 0)
			mig_shape_check(reader, &item,
			    mig_metric_is_ratio(item.key) ? &ratio : &any_number);
}

static const struct mig_shape_field item_metric = ENUM(NULL, 0, mig_names_metric);
static const struct mig_shape monitoring = { (const struct mig_shape_field[]){
	ARRAY("critical_metrics", UNIQUE, item_metric),
	CUSTOM("alert_thresholds", 0, check_thresholds),
	END } };

static const struct mig_shape trigger = { (const struct mig_shape_field[]){
	ENUM("metric", REQUIRED, mig_names_metric),
	NUMBER("threshold", REQUIRED),
	ENUM("operator", 0, mig_names_operator),
	{ .key = "duration_minutes", .kind = MIG_SHAPE_NUMBER, .flags = REQUIRED,
	    .max = MINUTES_MAX },
	ENUM("action", REQUIRED, mig_names_action),
	END } };
static const struct mig_shape_field item_trigger = OBJECT(NULL, 0, trigger);

static const struct mig_shape contact = { (const struct mig_shape_field[]){
	TEXT("role", REQUIRED | NONEMPTY),
	TEXT("name", REQUIRED | NONEMPTY),
	TEXT("primary_phone", REQUIRED | NONEMPTY),
	FORM("email", REQUIRED, mig_form_mail),
	FORM("backup_contact", REQUIRED, mig_form_mail),
	END } };
static const struct mig_shape_field item_contact = OBJECT(NULL, 0, contact);

static const struct mig_shape spec = { (const struct mig_shape_field[]){
	TEXT("$schema", 0),
	ENUM("type", REQUIRED, mig_names_type),
	ENUM("pattern", 0, mig_names_pattern),
	TEXT("source", REQUIRED | NONEMPTY),
	TEXT("target", REQUIRED | NONEMPTY),
	TEXT("description", 0),
	OBJECT("constraints", 0, constraints),
	ARRAY("tables_to_migrate", 0, item_table),
	ARRAY("schema_changes", 0, item_schema_change),
	OBJECT("performance_requirements", 0, performance_requirements),
	OBJECT("business_continuity", 0, business_continuity),
	OBJECT("service_details", 0, service_details),
	OBJECT("infrastructure_details", 0, infrastructure_details),
	ARRAY("migration_phases", 0, item_phase),
	ENUM("phases_from", 0, mig_names_phases_from),
	ARRAY("feature_flags", 0, item_flag),
	OBJECT("monitoring", 0, monitoring),
	ARRAY("rollback_triggers", 0, item_trigger),
	ARRAY("contacts", 0, item_contact),
	CUSTOM("parameters", 0, mig_fill_check_parameters),
	END } };

bool
mig_metric_is_ratio(const char *metric)
{
	static const char *const ratios[] = { "error_rate", "cpu_utilization", "memory_utilization",
		"availability", "comparison_mismatch_rate" };
	for (size_t i = 0; i < sizeof(ratios) / sizeof(ratios[0]); i++)
		if (strcmp(metric, ratios[i]) == 0)
			return true;
	return false;
}

bool
mig_metric_listed(const struct mig_json *metrics, const char *metric)
{
	const struct mig_json *node = mig_json_first(metrics);
	for (; node != NULL; node = mig_json_next(node)) {
		const char *name = mig_json_string(node);
		if (name != NULL &&
		    strcmp(mig_metric_canonical(name), mig_metric_canonical(metric)) == 0)
			return true;
	}
	return false;
}

const char *const mig_names_metric[] = { "request_rate", "error_rate", "response_time_p95",
	"response_time_p99", "cpu_utilization", "memory_utilization", "database_connection_pool",
	"availability", "data_validation_failures", "migration_progress_rate",
	"memory_growth_rate", "replication_lag_seconds", "comparison_mismatch_rate",
	"data_drift_percentage", "p95_response_time", NULL };

const struct mig_type_patterns mig_type_patterns[] = {
	{ "database", (const char *const[]){ "schema_change", "data_migration", "expand_contract",
		"parallel_schema", "event_sourcing", "dual_write", "change_data_capture", NULL } },
	{ "service", (const char *const[]){ "strangler_fig", "parallel_run", "blue_green", "canary",
		"rolling_update", "glue_layer", NULL } },
	{ "infrastructure", (const char *const[]){ "cloud_migration", "on_prem_to_cloud",
		"lift_and_shift", "re_architecture", "hybrid_cloud", "multi_cloud", NULL } },
	{ "data", (const char *const[]){ "data_migration", "bulk_snapshot", "incremental_sync",
		"stream_processing", "dual_write", "change_data_capture", "event_sourcing",
		NULL } },
	{ "api", (const char *const[]){ "strangler_fig", "parallel_run", "blue_green", "canary",
		"glue_layer", NULL } },
	{ NULL, NULL },
};

const struct mig_shape_field mig_spec_shape = OBJECT(NULL, MIG_READ_REQUIRED, spec);
