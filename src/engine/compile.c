/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/json_write.h"
#include "engine/compile_int.h"
#include "engine/plan.h"
#include "engine/promql.h"
#include "engine/runbook.h"

/* Members that are left out of the policy's hash because they decide nothing. */
static const char *const timestamps[] = { "created_at", NULL };
static const char *const file_names[] = { "plan", "runbook", "spec", "start", "preflight", NULL };

/* An object without some of its members. */
static void
write_without(
    struct mig_jw *jw, const char *key, const struct mig_json *node, const char *const *left_out)
{
	mig_jw_object(jw, key);
	for (const struct mig_json *it = mig_json_first(node); it != NULL; it = mig_json_next(it)) {
		if (!mig_compile_one_of(mig_json_key(it), left_out))
			mig_jw_node(jw, mig_json_key(it), it);
	}
	mig_jw_object_end(jw);
}

/*
 * The hash of what decides: the source without times of creation and names of files, so that the
 * same specification planned twice is the same policy.
 */
static int
hash_source(const struct mig_json *source, char ret_hash[MIG_SHA256_HEX])
{
	struct mig_buf text;
	struct mig_buf canonical;
	struct mig_jw jw;
	struct mig_json_doc *doc = NULL;
	struct mig_findings findings = { 0 };
	mig_buf_init(&text, MIG_DOC_BYTES_MAX);
	mig_buf_init(&canonical, MIG_DOC_BYTES_MAX);

	mig_jw_init(&jw, &text, 0);
	mig_jw_object(&jw, NULL);
	write_without(&jw, "plan", mig_json_get(source, "plan"), timestamps);
	write_without(&jw, "runbook", mig_json_get(source, "runbook"), timestamps);
	write_without(&jw, "binding", mig_json_get(source, "binding"), file_names);
	write_without(&jw, "defaults", mig_json_get(source, "defaults"), file_names);
	write_without(&jw, "flags", mig_json_get(source, "flags"), file_names);
	mig_jw_object_end(&jw);

	int error = mig_buf_ok(&text) ? 0 : MIG_ELIMIT;
	if (error == 0)
		error = mig_json_parse(text.data, text.len, NULL, &doc, &findings);
	if (error == 0) {
		mig_json_canonical(mig_json_root(doc), &canonical);
		error = mig_buf_ok(&canonical) ? 0 : MIG_ELIMIT;
	}
	if (error == 0)
		mig_sha256_hex(canonical.data, canonical.len, ret_hash);
	mig_json_free(doc);
	mig_findings_fini(&findings);
	mig_buf_fini(&text);
	mig_buf_fini(&canonical);
	return error;
}

static void
compile_identity(struct mig_compiler *compiler)
{
	struct mig_policy *policy = compiler->policy;
	const char *plan_id = mig_json_string(mig_json_get(compiler->plan.node, "migration_id"));
	const char *book_id = mig_json_string(mig_json_get(compiler->runbook.node, "migration_id"));
	const char *source = mig_json_string(mig_json_get(compiler->plan.node, "source_system"));
	const char *target = mig_json_string(mig_json_get(compiler->plan.node, "target_system"));

	policy->migration_id = mig_arena_strdup(compiler->arena, plan_id);
	policy->migration_name = mig_arena_printf(compiler->arena, "%s to %s", source, target);
	if (strcmp(plan_id, book_id) != 0) {
		struct mig_at at = mig_at_key(&compiler->runbook, "migration_id");
		mig_at_finding(&compiler->reader, compiler->doubt, &at,
		    "make the runbook from this plan",
		    "the runbook belongs to \"%s\", the plan is \"%s\"", book_id, plan_id);
	}
}

/* What must hold between settings; each of them was checked alone. */
static void
check_settings(struct mig_compiler *compiler, const struct mig_at *defaults)
{
	const struct mig_settings *settings = &compiler->policy->settings;
	struct mig_at age = mig_at_key(defaults, "max_sample_age");
	struct mig_at gap = mig_at_key(defaults, "max_gap");
	struct mig_at blind = mig_at_key(defaults, "blind_after");
	if (settings->max_sample_age_ms < settings->poll_interval_ms)
		mig_at_finding(&compiler->reader, compiler->doubt, &age,
		    "make it several poll intervals",
		    "max_sample_age is shorter than poll_interval: every sample would be stale");
	/* Equal to the interval, a millisecond of jitter would make every pause a gap. */
	if (settings->max_gap_ms < 2 * settings->poll_interval_ms)
		mig_at_finding(&compiler->reader, compiler->doubt, &gap,
		    "make it several poll intervals",
		    "max_gap is shorter than two poll intervals: one late answer is a gap");
	if (settings->blind_after_ms <= settings->poll_interval_ms)
		mig_at_finding(&compiler->reader, compiler->doubt, &blind,
		    "make it several poll intervals",
		    "blind_after is not longer than poll_interval");
}

static void
check_flag_templates(struct mig_compiler *compiler)
{
	const struct mig_binding *binding = compiler->binding;
	if (binding->flags_embedded || compiler->policy->flag_count < 2)
		return;
	struct mig_at flags = mig_at_key(&compiler->binding_at, "flags");
	struct mig_at url = mig_at_key(&flags, "url");
	struct mig_at read_url = mig_at_key(&flags, "read_url");
	const char *body = binding->flags.body;
	if (!mig_template_uses(binding->flags.url, "flag") && body != NULL &&
	    !mig_template_uses(body, "flag"))
		mig_at_warning(&compiler->reader, &url, "use {flag} in url or in body",
		    "neither url nor body tells the %zu flags apart", compiler->policy->flag_count);
	if (binding->read_url != NULL && !mig_template_uses(binding->read_url, "flag"))
		mig_at_warning(&compiler->reader, &read_url, "use {flag} in read_url",
		    "read_url does not tell the %zu flags apart", compiler->policy->flag_count);
}

/* A trigger that rolls back is what all of this is for. */
static void
check_armed(struct mig_compiler *compiler)
{
	const struct mig_policy *policy = compiler->policy;
	for (size_t i = 0; i < policy->trigger_count; i++) {
		if (policy->triggers[i].armed && policy->triggers[i].action == MIG_ACTION_ROLLBACK)
			return;
	}
	struct mig_at metrics = mig_at_key(&compiler->binding_at, "metrics");
	mig_at_finding(&compiler->reader, compiler->doubt,
	    metrics.node != NULL ? &metrics : &compiler->binding_at,
	    "give metrics.error_rate or metrics.availability a query, or use metrics.preset",
	    "no trigger that rolls back automatically can be measured");
}

static void
compile_parts(struct mig_compiler *compiler)
{
	compile_identity(compiler);
	mig_compile_metrics(compiler);
	mig_compile_triggers(compiler);
	mig_compile_flags(compiler);
	mig_compile_phases(compiler);
	mig_compile_rollback(compiler);
	mig_compile_windows(compiler);
	mig_compile_baseline_queries(compiler);
	check_flag_templates(compiler);
	check_armed(compiler);
}

/* Check each of the documents as far as it can be checked alone. */
static int
read_documents(struct mig_compiler *compiler, const struct mig_at *root)
{
	static const char *const keys[] = { "plan", "runbook", "binding", "defaults", "flags",
		NULL };
	struct mig_reader strict = compiler->reader;
	strict.unknown_keys = compiler->doubt;
	struct mig_at defaults = mig_at_key(root, "defaults");
	struct mig_at flags = mig_at_key(root, "flags");

	if (!mig_read_object(&strict, root, MIG_READ_REQUIRED, keys))
		return MIG_EDOC;
	int error = mig_plan_check_at(&compiler->reader, &compiler->plan);
	int next = mig_runbook_check_at(&compiler->reader, &compiler->runbook);
	error = error != 0 ? error : next;
	next = mig_binding_read(
	    &strict, &compiler->binding_at, &flags, compiler->arena, compiler->binding);
	error = error != 0 ? error : next;
	next = mig_settings_read(&strict, &defaults, &compiler->policy->settings);
	error = error != 0 ? error : next;
	if (next == 0)
		check_settings(compiler, &defaults);
	return error;
}

bool
mig_compile_limit(struct mig_compiler *compiler, const struct mig_at *at, size_t count, size_t max,
    const char *what)
{
	if (count <= max)
		return true;
	mig_at_error(&compiler->reader, at, "split the migration",
	    "%zu %s, at most %zu are possible", count, what, max);
	return false;
}

const char *
mig_compile_name(struct mig_compiler *compiler, const struct mig_at *object, const char *key)
{
	const char *name = mig_read_string(
	    &compiler->reader, object, key, MIG_READ_REQUIRED | MIG_READ_NONEMPTY, "");
	if (strlen(name) < MIG_NAME_MAX) {
		name = mig_arena_strdup(compiler->arena, name);
		return name != NULL ? name : "";
	}
	struct mig_at at = mig_at_key(object, key);
	mig_at_error(
	    &compiler->reader, &at, "shorten it", "longer than %d bytes", MIG_NAME_MAX - 1);
	return "";
}

bool
mig_compile_one_of(const char *text, const char *const *words)
{
	for (; *words != NULL; words++) {
		if (strcmp(*words, text) == 0)
			return true;
	}
	return false;
}

static int
compile(const struct mig_json *source, const char *file, const struct mig_compiler *how,
    struct mig_compiled *ret_compiled, struct mig_findings *findings)
{
	struct mig_arena *arena = mig_arena_new(MIG_DOC_BYTES_MAX);
	if (arena == NULL)
		return MIG_ENOMEM;
	struct mig_policy *policy = mig_arena_alloc(arena, sizeof(*policy));
	struct mig_binding *binding = mig_arena_alloc(arena, sizeof(*binding));
	if (policy == NULL || binding == NULL) {
		mig_arena_free(arena);
		return MIG_ENOMEM;
	}
	policy->arena = arena;
	const struct mig_at root = { .node = source };
	struct mig_compiler compiler = {
		.reader = { .findings = findings, .file = file, .unknown_keys = MIG_SEV_WARNING },
		.arena = arena,
		.policy = policy,
		.binding = binding,
		.doubt = how->doubt,
		.zones = how->zones,
		.zones_context = how->zones_context,
	};
	compiler.plan = mig_at_key(&root, "plan");
	compiler.runbook = mig_at_key(&root, "runbook");
	compiler.binding_at = mig_at_key(&root, "binding");
	compiler.spec = mig_at_key(&compiler.plan, "spec");

	size_t errors = findings->errors;
	int error = read_documents(&compiler, &root);
	if (error == 0)
		compile_parts(&compiler);
	if (error == 0 && mig_arena_failed(arena))
		error = MIG_ENOMEM;
	if (error == 0 && findings->errors != errors)
		error = MIG_EDOC;
	if (error == 0)
		error = hash_source(source, policy->hash);
	if (error != 0) {
		mig_arena_free(arena);
		return error;
	}
	*ret_compiled = (struct mig_compiled){ .policy = policy, .binding = binding };
	return 0;
}

int
mig_compile(const struct mig_json *source, const char *file, mig_zone_finder zones,
    void *zones_context, struct mig_compiled *ret_compiled, struct mig_findings *findings)
{
	const struct mig_compiler how = { .doubt = MIG_SEV_ERROR, .zones = zones,
		.zones_context = zones_context };
	return compile(source, file, &how, ret_compiled, findings);
}

int
mig_compile_kept(const struct mig_json *source, const char *file, mig_zone_finder zones,
    void *zones_context, struct mig_compiled *ret_compiled, struct mig_findings *findings)
{
	const struct mig_compiler how = { .doubt = MIG_SEV_WARNING, .zones = zones,
		.zones_context = zones_context };
	return compile(source, file, &how, ret_compiled, findings);
}
