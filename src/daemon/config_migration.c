/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <sys/stat.h>

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/limits.h"
#include "daemon/config_migration.h"
#include "daemon/config_source.h"
#include "engine/compile.h"
#include "engine/plan.h"
#include "engine/runbook.h"
#include "sys/file.h"

/* A JSON file, read and parsed. */
struct document {
	const char *path;
	char *text;
	size_t len;
	struct mig_json_doc *doc;
};

struct work {
	const struct config_migration_reader *in;
	const struct mig_at *at;
	const char *pointer; /* of the group in the tree */
	struct document plan;
	struct document runbook;
	struct document spec;
	bool planned; /* plan and runbook were made from the specification */
	struct mig_findings findings;
};

static void
document_fini(struct document *document)
{
	mig_json_free(document->doc);
	free(document->text);
}

static mig_wall
now(void)
{
	struct timespec at = { 0 };
	(void)clock_gettime(CLOCK_REALTIME, &at); /* can't fail for this clock */
	return (mig_wall){ (int64_t)at.tv_sec * 1000 + at.tv_nsec / 1000000 };
}

static const char *
pointer_of(const struct config_migration_reader *in, const struct mig_at *at)
{
	struct mig_buf text;
	mig_buf_init(&text, MIG_DOC_BYTES_MAX);
	mig_at_pointer(at, &text);
	const char *pointer = mig_arena_strdup(in->tree->arena, text.data);
	mig_buf_fini(&text);
	return pointer != NULL ? pointer : "";
}

/* Read the JSON file that a member names; absent or wrong leaves the document empty. */
static void
read_document(struct work *work, const char *key, struct document *document)
{
	char error[CONFIG_FAULT_TEXT];
	const struct config_migration_reader *in = work->in;
	const char *name = mig_read_string(in->reader, work->at, key, MIG_READ_NONEMPTY, NULL);
	if (name == NULL || name[0] == '\0')
		return;
	document->path = config_tree_path(in->tree, name);
	if (document->path == NULL)
		return;
	if (file_read(document->path, MIG_DOC_BYTES_MAX, &document->text, &document->len, error,
	        sizeof(error)) != 0) {
		struct mig_at at = mig_at_key(work->at, key);
		mig_at_error(in->reader, &at, "name a file relative to the configuration's folder",
		    "%s", error);
		return;
	}
	if (mig_json_parse(
	        document->text, document->len, document->path, &document->doc, in->findings) != 0)
		document->doc = NULL;
}

/* Which of the three files are given; false when they don't go together. */
static bool
check_files(const struct work *work)
{
	struct mig_reader *reader = work->in->reader;
	bool plan = mig_json_get(work->at->node, "plan") != NULL;
	bool runbook = mig_json_get(work->at->node, "runbook") != NULL;
	bool spec = mig_json_get(work->at->node, "spec") != NULL;
	if (spec && (plan || runbook))
		mig_at_error(reader, work->at, "give either spec or plan and runbook",
		    "a migration with spec makes plan and runbook itself");
	else if (!spec && !plan)
		mig_at_error(reader, work->at,
		    "give plan and runbook (see \"migarch plan\" and \"migarch runbook\"), or spec",
		    "the migration has no plan");
	else if (!spec && !runbook)
		mig_at_error(reader, work->at, "make it with \"migarch runbook -i PLAN\"",
		    "the migration has no runbook");
	return spec ? !plan && !runbook : plan && runbook;
}

/* A finding about a JSON document: line and column are looked up in its text. */
static void
report_document(const struct work *work, const struct document *document,
    const struct mig_finding *finding, const char *pointer)
{
	struct mig_buf text;
	struct config_place place = { .pointer = pointer, .file = document->path };
	int column = 0;
	mig_buf_init(&text, MIG_DOC_BYTES_MAX);
	mig_buf_puts(&text, pointer);
	while (document->text != NULL &&
	    mig_json_locate(document->text, document->len, text.data, &place.line, &column) != 0) {
		const char *slash = strrchr(text.data, '/');
		if (slash == NULL)
			break;
		mig_buf_truncate(&text, (size_t)(slash - text.data));
	}
	config_report(&place, finding, column, work->in->findings);
	mig_buf_fini(&text);
}

/* A finding about a part of the configuration: prefix stands for what the part was taken from. */
static void
report_config(const struct work *work, const struct mig_finding *finding, const char *prefix,
    const char *rest)
{
	struct mig_buf pointer;
	mig_buf_init(&pointer, MIG_DOC_BYTES_MAX);
	mig_buf_printf(&pointer, "%s%s", prefix, rest);
	config_tree_report(work->in->tree, finding, pointer.data, work->in->findings);
	mig_buf_fini(&pointer);
}

static bool
starts_with(const char *pointer, const char *prefix)
{
	size_t len = strlen(prefix);
	return strncmp(pointer, prefix, len) == 0 && (pointer[len] == '\0' || pointer[len] == '/');
}

/* Lead one finding about the source document back to where it comes from. */
static void
report_source(const struct work *work, const struct mig_finding *finding)
{
	const char *pointer = finding->pointer != NULL ? finding->pointer : "";
	const struct document planned = { .path = work->spec.path };
	if (work->planned && starts_with(pointer, "/plan/spec"))
		report_document(work, &work->spec, finding, pointer + strlen("/plan/spec"));
	else if (work->planned &&
	    (starts_with(pointer, "/plan") || starts_with(pointer, "/runbook")))
		report_document(work, &planned, finding, pointer);
	else if (starts_with(pointer, "/plan"))
		report_document(work, &work->plan, finding, pointer + strlen("/plan"));
	else if (starts_with(pointer, "/runbook"))
		report_document(work, &work->runbook, finding, pointer + strlen("/runbook"));
	else if (starts_with(pointer, "/defaults/poll_interval") ||
	    starts_with(pointer, "/defaults/max_sample_age"))
		report_config(work, finding, "/prometheus", pointer + strlen("/defaults"));
	else if (starts_with(pointer, "/defaults") || starts_with(pointer, "/flags"))
		report_config(work, finding, "", pointer);
	else if (starts_with(pointer, "/binding"))
		report_config(work, finding, work->pointer, pointer + strlen("/binding"));
	else
		report_config(work, finding, work->pointer, "");
}

/* The file's own time, so that planning it twice gives the same document. */
static mig_wall
file_time(const char *path)
{
	struct stat info;
	if (stat(path, &info) != 0)
		return (mig_wall){ 0 };
	return (mig_wall){ (int64_t)info.st_mtim.tv_sec * 1000 };
}

static int
parse_made(struct document *document, struct mig_buf *text, struct mig_findings *findings)
{
	document->len = text->len;
	document->text = mig_buf_steal(text);
	if (document->text == NULL)
		return MIG_ENOMEM;
	return mig_json_parse(document->text, document->len, NULL, &document->doc, findings);
}

/* Plan and runbook out of the specification. */
static int
plan_in_place(struct work *work)
{
	struct mig_buf text;
	mig_wall at = file_time(work->spec.path);
	const struct mig_json *spec = mig_json_root(work->spec.doc);
	mig_buf_init(&text, MIG_DOC_BYTES_MAX);
	work->planned = true;
	int error = mig_plan_from_spec(spec, at, &text, &work->findings);
	for (size_t i = 0; i < work->findings.count; i++) {
		const struct mig_finding *finding = &work->findings.items[i];
		report_document(
		    work, &work->spec, finding, finding->pointer != NULL ? finding->pointer : "");
	}
	mig_findings_fini(&work->findings);
	if (error == 0)
		error = parse_made(&work->plan, &text, &work->findings);
	mig_buf_reset(&text);
	if (error == 0)
		error = mig_runbook_from_plan(
		    mig_json_root(work->plan.doc), at, &text, &work->findings);
	if (error == 0)
		error = parse_made(&work->runbook, &text, &work->findings);
	mig_findings_fini(&work->findings);
	mig_buf_fini(&text);
	return error;
}

/* The group alone, when there are no documents to compile it with. */
static void
check_binding_alone(const struct work *work)
{
	struct mig_binding binding;
	if (mig_binding_read(
	        work->in->reader, work->at, work->in->flags, work->in->tree->arena, &binding) != 0)
		return; /* its findings are with the reader's */
}

static void
check_secret(const struct work *work, const char *group, const char *key, const char *path)
{
	if (path == NULL)
		return;
	bool own = mig_json_get(work->at->node, group) != NULL;
	struct mig_at at = own ? mig_at_key(work->at, group) : *work->in->flags;
	struct mig_at member = mig_at_key(&at, key);
	config_check_file(work->in->reader, &member, path, true);
}

static int
compile_source(struct work *work, const char *text, size_t len, struct mig_compiled *ret_compiled)
{
	struct mig_json_doc *source = NULL;
	mig_wall at = now();
	int error = mig_json_parse(text, len, work->in->tree->path, &source, &work->findings);
	if (error == 0)
		error = mig_compile(
		    mig_json_root(source), NULL, file_zone, &at, ret_compiled, &work->findings);
	for (size_t i = 0; i < work->findings.count; i++)
		report_source(work, &work->findings.items[i]);
	if (error != 0 && error != MIG_EDOC)
		mig_at_error(work->in->reader, work->at, NULL,
		    "the migration can't be compiled: %s", mig_error_text(error));
	mig_json_free(source);
	mig_findings_fini(&work->findings);
	return error;
}

static bool
read_compiled(struct work *work, struct config_migration *ret_migration, const char **ret_id)
{
	struct mig_arena *arena = work->in->tree->arena;
	struct mig_compiled compiled = { 0 };
	struct mig_buf text;
	mig_buf_init(&text, MIG_DOC_BYTES_MAX);
	const struct config_parts parts = {
		.plan = mig_json_root(work->plan.doc),
		.runbook = mig_json_root(work->runbook.doc),
		.binding = work->at->node,
		.defaults_json = work->in->config->defaults_json,
		.flags_json = work->in->config->flags_json,
		.folder = work->in->tree->folder,
	};
	int error = config_source_write(&parts, &text);
	if (error != 0)
		mig_at_error(work->in->reader, work->at, NULL, "plan and runbook are too large");
	if (error == 0)
		error = compile_source(work, text.data, text.len, &compiled);
	if (error == 0) {
		const struct mig_binding *binding = compiled.binding;
		check_secret(work, "flags", "secret_file", binding->flags.secret_file);
		check_secret(work, "flags", "bearer_token_file", binding->flags.bearer_token_file);
		check_secret(work, "schema", "live_password_file",
		    binding->schema.live_password_file);
		check_secret(work, "steps", "secret_file", binding->steps.secret_file);
		check_secret(work, "steps", "bearer_token_file", binding->steps.bearer_token_file);
		ret_migration->source = mig_arena_strdup(arena, text.data);
		ret_migration->start_auto = binding->start_auto;
		ret_migration->preflight_ms =
		    binding->preflight_override ? 0 : binding->preflight_ms;
		*ret_id = mig_arena_strdup(arena, compiled.policy->migration_id);
	}
	mig_policy_free(compiled.policy);
	mig_buf_fini(&text);
	return error == 0 && ret_migration->source != NULL && *ret_id != NULL;
}

bool
config_migration_read(const struct config_migration_reader *in, const struct mig_at *at,
    struct config_migration *ret_migration, const char **ret_id)
{
	struct work work = { .in = in, .at = at, .pointer = pointer_of(in, at) };
	bool good = false;
	if (mig_json_type(at->node) != MIG_JSON_OBJECT) {
		mig_at_error(in->reader, at, "write ( { plan = \"plan.json\"; … } )",
		    "a migration is a group");
		return false;
	}
	if (check_files(&work)) {
		read_document(&work, "plan", &work.plan);
		read_document(&work, "runbook", &work.runbook);
		read_document(&work, "spec", &work.spec);
	}
	if (work.spec.doc != NULL)
		(void)plan_in_place(&work); /* without plan and runbook it failed */
	if (work.plan.doc != NULL && work.runbook.doc != NULL)
		good = read_compiled(&work, ret_migration, ret_id);
	else
		check_binding_alone(&work);

	struct config_place place = config_tree_place(in->tree, work.pointer);
	ret_migration->where = mig_arena_printf(in->tree->arena, "%s:%d", place.file, place.line);
	document_fini(&work.plan);
	document_fini(&work.runbook);
	document_fini(&work.spec);
	mig_findings_fini(&work.findings);
	return good;
}
