/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/json_read.h"
#include "base/limits.h"
#include "engine/binding.h"
#include "engine/binding_int.h"
#include "engine/promql.h"

#define MINUTE_MS ((int64_t)60 * 1000)
#define HOUR_MS (60 * MINUTE_MS)
#define DAY_MS (24 * HOUR_MS)
#define TIMEOUT_MIN_MS 10
#define FLAG_TIMEOUT_MS 5000
#define STEP_TIMEOUT_MS (10 * MINUTE_MS)
#define PREFLIGHT_MIN_MS HOUR_MS
#define PREFLIGHT_MAX_MS (90 * DAY_MS)

/* One duration of struct mig_settings. */
struct setting {
	const char *key;
	size_t offset;
	int64_t min_ms;
	int64_t max_ms;
	int64_t fallback_ms;
};

static const struct setting settings_table[] = {
	{ "poll_interval", offsetof(struct mig_settings, poll_interval_ms), 100, HOUR_MS, 15000 },
	{ "max_sample_age", offsetof(struct mig_settings, max_sample_age_ms), 1000, DAY_MS,
	    MINUTE_MS },
	{ "blind_after", offsetof(struct mig_settings, blind_after_ms), 1000, DAY_MS,
	    2 * MINUTE_MS },
	{ "blind_rollback_after", offsetof(struct mig_settings, blind_rollback_after_ms), 0,
	    30 * DAY_MS, 0 },
	{ "baseline_window", offsetof(struct mig_settings, baseline_window_ms), 1000, 7 * DAY_MS,
	    10 * MINUTE_MS },
	{ "max_gap", offsetof(struct mig_settings, max_gap_ms), 100, DAY_MS, 45000 },
	{ "bake_time", offsetof(struct mig_settings, bake_ms), 0, 90 * DAY_MS, HOUR_MS },
	{ "validation_window", offsetof(struct mig_settings, validation_window_ms), 0, 7 * DAY_MS,
	    5 * MINUTE_MS },
	{ "verify_timeout", offsetof(struct mig_settings, verify_timeout_ms), 100, HOUR_MS, 30000 },
	{ "manual_reminder", offsetof(struct mig_settings, manual_reminder_ms), 1000, 7 * DAY_MS,
	    15 * MINUTE_MS },
};

#define SETTING_COUNT (sizeof(settings_table) / sizeof(settings_table[0]))

static const char *const methods[] = { "POST", "PUT", "PATCH", "GET", NULL };

/* What the templates of a flag write may use; the values are of no interest here. */
static const struct mig_template_var flag_vars[] = {
	{ "flag", "" },
	{ "percentage", "" },
	{ "previous_percentage", "" },
	{ "migration_id", "" },
	{ "rollout_id", "" },
	{ "phase", "" },
	{ "reason", "" },
	{ "generation", "" },
	{ NULL, NULL },
};

static const struct mig_template_var read_vars[] = {
	{ "flag", "" },
	{ "migration_id", "" },
	{ "rollout_id", "" },
	{ "phase", "" },
	{ NULL, NULL },
};

/* A string member for which "" is the same as absent. */
static const char *
read_text(const struct mig_binding_reader *in, const struct mig_at *object, const char *key)
{
	const char *text = mig_read_string(in->reader, object, key, 0, NULL);
	return text != NULL && text[0] != '\0' ? mig_arena_strdup(in->arena, text) : NULL;
}

static const char *
read_url(const struct mig_binding_reader *in, const struct mig_at *object, const char *key)
{
	return mig_arena_strdup(in->arena, mig_read_url(in->reader, object, key, 0));
}

static void
check_template(const struct mig_binding_reader *in, const struct mig_at *object, const char *key,
    const char *text, const struct mig_template_var *vars)
{
	if (text != NULL)
		mig_binding_check_template(in, object, key, text, vars);
}

/* What flags and steps have in common; vars are what the templates of their requests may use. */
static void
read_endpoint(const struct mig_binding_reader *in, const struct mig_at *at,
    const struct mig_template_var *vars, struct mig_endpoint *endpoint)
{
	endpoint->url = read_url(in, at, "url");
	endpoint->secret_file = read_text(in, at, "secret_file");
	endpoint->bearer_token_file = read_text(in, at, "bearer_token_file");
	mig_read_headers(in->reader, at, in->arena, &endpoint->header_count, &endpoint->headers);
	for (size_t i = 0; i < endpoint->header_count; i++)
		check_template(in, at, "headers", endpoint->headers[i], vars);
	endpoint->timeout_ms = mig_read_duration(
	    in->reader, at, "timeout", 0, TIMEOUT_MIN_MS, DAY_MS, endpoint->timeout_ms);
}

static void
check_pointer(const struct mig_binding_reader *in, const struct mig_at *object,
    const struct mig_binding *binding)
{
	struct mig_at at = mig_at_key(object, "read_pointer");
	const char *pointer = binding->read_pointer;
	if (at.node != NULL && binding->read_url == NULL)
		mig_at_error(
		    in->reader, &at, "give read_url as well", "read_pointer without read_url");
	if (pointer == NULL)
		return;
	bool valid = pointer[0] == '/';
	for (const char *c = pointer; *c != '\0'; c++)
		valid = valid && (*c != '~' || c[1] == '0' || c[1] == '1');
	if (!valid)
		mig_at_error(in->reader, &at, "write it like \"/percentage\"",
		    "\"%s\" is not a JSON pointer", pointer);
}

static void
read_webhook(
    const struct mig_binding_reader *in, const struct mig_at *at, struct mig_binding *binding)
{
	struct mig_endpoint *flags = &binding->flags;
	size_t errors = in->reader->findings->errors;
	read_endpoint(in, at, flag_vars, flags);
	flags->method = methods[mig_read_enum(in->reader, at, "method", 0, methods, 1)];
	flags->body = read_text(in, at, "body");
	binding->read_url = read_url(in, at, "read_url");
	binding->read_pointer = read_text(in, at, "read_pointer");
	check_pointer(in, at, binding);
	if (binding->read_pointer == NULL)
		binding->read_pointer = "/percentage";
	check_template(in, at, "url", flags->url, flag_vars);
	check_template(in, at, "body", flags->body, flag_vars);
	check_template(in, at, "read_url", binding->read_url, read_vars);
	if (flags->url == NULL && in->reader->findings->errors == errors) {
		struct mig_at url = mig_at_key(at, "url");
		mig_at_error(in->reader, &url, "give the URL that sets a flag",
		    "provider \"webhook\" needs url");
	}
}

static void
read_flags(
    const struct mig_binding_reader *in, const struct mig_at *at, struct mig_binding *binding)
{
	static const char *const keys[] = { "provider", "url", "method", "headers", "body",
		"read_url", "read_pointer", "secret_file", "bearer_token_file", "timeout", NULL };
	static const char *const providers[] = { "embedded", "webhook", NULL };

	binding->flags_embedded = true;
	binding->flags.timeout_ms = FLAG_TIMEOUT_MS;
	binding->flags.method = methods[1];
	if (!mig_read_group(in->reader, at, 0, keys))
		return;
	if (mig_read_enum(in->reader, at, "provider", 0, providers, 0) == 1) {
		binding->flags_embedded = false;
		read_webhook(in, at, binding);
		return;
	}
	for (const char *const *key = keys + 1; *key != NULL; key++) {
		struct mig_at it = mig_at_key(at, *key);
		if (it.node != NULL)
			mig_at_error(in->reader, &it, "set provider = \"webhook\" or remove it",
			    "%s has no meaning for the embedded provider", *key);
	}
}

static void
read_steps(const struct mig_binding_reader *in, const struct mig_at *at, struct mig_endpoint *steps)
{
	static const char *const keys[] = { "url", "timeout", "secret_file", "headers",
		"bearer_token_file", NULL };
	steps->method = methods[0];
	steps->timeout_ms = STEP_TIMEOUT_MS;
	if (!mig_read_group(in->reader, at, 0, keys))
		return;
	size_t errors = in->reader->findings->errors;
	read_endpoint(in, at, read_vars + 1, steps);
	if (steps->url == NULL && in->reader->findings->errors == errors)
		mig_at_error(in->reader, at, "give the URL of the executor, or remove the group",
		    "steps needs url");
	if (steps->url != NULL)
		check_template(in, at, "url", steps->url, read_vars + 1);
}

static void
read_phase(
    const struct mig_binding_reader *in, const struct mig_at *at, struct mig_binding *binding)
{
	static const char *const keys[] = { "name", "gate", NULL };
	static const char *const gates[] = { "auto", "approval", "metric", "webhook", NULL };

	if (!mig_read_group(in->reader, at, MIG_READ_REQUIRED, keys))
		return;
	const char *name =
	    mig_read_string(in->reader, at, "name", MIG_READ_REQUIRED | MIG_READ_NONEMPTY, NULL);
	int gate = mig_read_enum(in->reader, at, "gate", MIG_READ_REQUIRED, gates, 1);
	if (name == NULL)
		return;
	for (size_t i = 0; i < binding->phase_count; i++) {
		if (strcmp(binding->phases[i].name, name) == 0) {
			mig_at_error(in->reader, at, "keep one of them",
			    "the phase \"%s\" is given twice", name);
			return;
		}
	}
	binding->phases[binding->phase_count].name = mig_arena_strdup(in->arena, name);
	binding->phases[binding->phase_count].gate = gates[gate];
	binding->phase_count++;
}

static void
read_phases(
    const struct mig_binding_reader *in, const struct mig_at *at, struct mig_binding *binding)
{
	if (!mig_read_array(in->reader, at, 0))
		return;
	if (mig_json_count(at->node) > MIG_PHASES_MAX) {
		mig_at_error(in->reader, at, NULL, "more than %d phases", MIG_PHASES_MAX);
		return;
	}
	binding->phases =
	    mig_arena_array(in->arena, mig_json_count(at->node) + 1, sizeof(*binding->phases));
	struct mig_at it = { 0 };
	while (binding->phases != NULL && mig_at_each(at, &it))
		read_phase(in, &it, binding);
}

static void
read_preflight(
    const struct mig_binding_reader *in, const struct mig_at *at, struct mig_binding *binding)
{
	static const char *const keys[] = { "backtest", "override", NULL };
	size_t errors = in->reader->findings->errors;
	if (!mig_read_group(in->reader, at, 0, keys))
		return;
	binding->preflight_ms = mig_read_duration(in->reader, at, "backtest", MIG_READ_REQUIRED,
	    PREFLIGHT_MIN_MS, PREFLIGHT_MAX_MS, 0);
	binding->preflight_override = mig_read_bool(in->reader, at, "override", 0, false);
	bool new_only = binding->new_labels != NULL && binding->old_labels == NULL;
	if (new_only && in->reader->findings->errors == errors)
		mig_at_error(in->reader, at, "give metrics.old, the label matchers of the old path",
		    "the backtest looks at the old path, and nobody knows what that is");
}

int
mig_binding_read(struct mig_reader *reader, const struct mig_at *at,
    const struct mig_at *default_flags, struct mig_arena *arena, struct mig_binding *ret_binding)
{
	static const char *const keys[] = { "plan", "runbook", "spec", "start", "schema", "metrics",
		"flags", "phases", "steps", "preflight", NULL };
	static const char *const starts[] = { "manual", "auto", NULL };

	struct mig_binding binding = { 0 };
	const struct mig_binding_reader in = { .reader = reader, .arena = arena };
	size_t errors = reader->findings->errors;
	(void)mig_read_group(reader, at, 0, keys); /* an absent binding is an empty one */
	binding.start_auto = mig_read_enum(reader, at, "start", 0, starts, 0) == 1;

	struct mig_at metrics = mig_at_key(at, "metrics");
	struct mig_at flags = mig_at_key(at, "flags");
	struct mig_at phases = mig_at_key(at, "phases");
	struct mig_at steps = mig_at_key(at, "steps");
	struct mig_at preflight = mig_at_key(at, "preflight");
	struct mig_at schema = mig_at_key(at, "schema");
	mig_binding_read_metrics(&in, &metrics, &binding);
	read_flags(&in, flags.node != NULL ? &flags : default_flags, &binding);
	read_phases(&in, &phases, &binding);
	read_steps(&in, &steps, &binding.steps);
	read_preflight(&in, &preflight, &binding);
	mig_binding_read_schema(&in, &schema, &binding.schema);

	if (mig_arena_failed(arena))
		return MIG_ENOMEM;
	if (reader->findings->errors != errors)
		return MIG_EDOC;
	*ret_binding = binding;
	return 0;
}

int
mig_settings_read(
    struct mig_reader *reader, const struct mig_at *at, struct mig_settings *ret_settings)
{
	struct mig_settings settings = { 0 };
	const char *keys[SETTING_COUNT + 2] = { NULL };
	for (size_t i = 0; i < SETTING_COUNT; i++)
		keys[i] = settings_table[i].key;
	keys[SETTING_COUNT] = "min_coverage";

	size_t errors = reader->findings->errors;
	(void)mig_read_group(reader, at, 0, keys); /* absent: all at their defaults */
	for (size_t i = 0; i < SETTING_COUNT; i++) {
		const struct setting *row = &settings_table[i];
		int64_t value = mig_read_duration(
		    reader, at, row->key, 0, row->min_ms, row->max_ms, row->fallback_ms);
		memcpy((char *)&settings + row->offset, &value, sizeof(value));
	}
	settings.min_coverage = mig_read_number(reader, at, "min_coverage", 0, 0, 1, 0.8);

	if (reader->findings->errors != errors)
		return MIG_EDOC;
	*ret_settings = settings;
	return 0;
}
