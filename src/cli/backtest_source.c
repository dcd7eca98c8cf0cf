/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/limits.h"
#include "cli/backtest_int.h"
#include "cli/bound.h"
#include "daemon/config.h"
#include "sys/file.h"

#define LINE_BYTES_MAX 8192

/* Print all findings, or those of one file (NULL: of all), and free them. */
static void
print_findings(struct mig_findings *findings, const char *file)
{
	struct mig_buf line;

	mig_buf_init(&line, LINE_BYTES_MAX);
	for (size_t i = 0; i < findings->count; i++) {
		const char *where = findings->items[i].file;
		if (file != NULL && where != NULL && strcmp(where, file) != 0)
			continue;
		mig_buf_reset(&line);
		mig_finding_format(&findings->items[i], &line);
		cli_error("%s", line.data);
	}
	mig_buf_fini(&line);
	mig_findings_fini(findings);
}

/* The exit status that goes with an error of a document. */
static int
document_status(const char *name, int error, size_t findings)
{
	if (findings == 0)
		cli_error("%s: %s", name, mig_error_text(error));
	if (error == MIG_ENOTFOUND)
		return CLI_NOINPUT;
	return error == MIG_ENOMEM ? CLI_INTERNAL : CLI_DATA;
}

/* The daemon's configuration, with the checks of "migarchd --check". */
static int
read_config(const struct backtest_choice *choice, struct backtest_source *source)
{
	struct mig_findings findings = { 0 };

	if (choice->config == NULL)
		return CLI_OK;
	int error = bound_config(choice->config, &source->config, &findings);
	size_t count = findings.count;
	/* Of the documents of its migrations people hear when they are read, or when that fails. */
	print_findings(&findings, error == MIG_OK ? choice->config : NULL);
	return error == MIG_OK ? CLI_OK : document_status(choice->config, error, count);
}

static int
read_binding_file(const struct backtest_choice *choice, struct backtest_source *source)
{
	char reason[MIG_ERROR_MAX * 2];
	struct mig_findings findings = { 0 };
	char *text = NULL;
	size_t len = 0;
	int error = file_read(choice->binding, MIG_DOC_BYTES_MAX, &text, &len, reason,
	    sizeof(reason));

	if (error != MIG_OK) {
		cli_error("%s", reason);
		return error == MIG_ENOMEM ? CLI_INTERNAL : CLI_NOINPUT;
	}
	error = config_binding_json(text, choice->binding, &source->binding, &findings);
	free(text);
	size_t count = findings.count;
	print_findings(&findings, NULL);
	return error == MIG_OK ? CLI_OK : document_status(choice->binding, error, count);
}

static int
find_binding(const struct backtest_choice *choice, struct backtest_source *source)
{
	const char *id = mig_json_string(mig_json_get(mig_json_root(source->plan.json),
	    "migration_id"));

	if (id != NULL)
		source->binding = bound_binding(source->config, id);
	if (source->binding != NULL)
		return CLI_OK;
	if (id == NULL)
		cli_error("%s: it has no migration_id, so it is no plan", choice->plan);
	else
		cli_error("%s: no group of migrations has the plan's migration_id \"%s\" (give "
		    "--binding)", choice->config, id);
	return CLI_DATA;
}

/* A finding about the source document goes to the file that it is from, which knows the line. */
static void
report(const struct backtest_choice *choice, struct backtest_source *source,
    const struct mig_finding *finding)
{
	static const struct {
		const char *prefix;
		bool plan;
	} parts[] = { { "/plan", true }, { "/runbook", false } };
	const char *pointer = finding->pointer != NULL ? finding->pointer : "";

	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		size_t len = strlen(parts[i].prefix);
		struct document *document = parts[i].plan ? &source->plan : &source->runbook;
		if (strncmp(pointer, parts[i].prefix, len) != 0)
			continue;
		(void)mig_findings_add(&document->findings, finding->severity, NULL,
		    pointer + len, finding->hint, "%s", finding->message);
		return;
	}
	struct mig_buf line;
	struct mig_finding shown = *finding;
	char empty[] = "";
	mig_buf_init(&line, LINE_BYTES_MAX);
	bool binding = strncmp(pointer, "/binding", strlen("/binding")) == 0;
	shown.pointer = binding ? finding->pointer + strlen("/binding") : finding->pointer;
	if (shown.pointer != NULL && shown.pointer[0] == '\0')
		shown.pointer = NULL;
	shown.file = empty;
	mig_finding_format(&shown, &line);
	cli_error("%s%s", binding && choice->binding != NULL ? choice->binding :
	    choice->config != NULL ? choice->config : "defaults", line.data);
	mig_buf_fini(&line);
}

static int
compile(const struct backtest_choice *choice, struct backtest_source *source)
{
	struct mig_findings findings = { 0 };
	struct bound *bound = &source->bound;
	bound->config = source->config;
	bound->plan = mig_json_root(source->plan.json);
	bound->runbook = mig_json_root(source->runbook.json);
	bound->binding = source->binding;
	bound->now = choice->now;
	int error = bound_compile(bound, &findings);
	size_t count = findings.count;
	for (size_t i = 0; i < count; i++)
		report(choice, source, &findings.items[i]);
	mig_findings_fini(&findings);
	document_report(&source->plan);
	document_report(&source->runbook);
	return error == MIG_OK ? CLI_OK : document_status(choice->plan, error, count);
}

static int
turn_to_path(const struct backtest_choice *choice, struct backtest_source *source)
{
	int error = choice->new_path ? MIG_OK : mig_compile_old_path(&source->bound.compiled);

	if (error == MIG_ENOTFOUND)
		cli_error("%s: metrics.old is missing, so nobody knows what the old path is (give "
			  "it, or use --path new)", choice->binding != NULL ? choice->binding :
		    choice->config);
	else if (error != MIG_OK)
		cli_error("%s", mig_error_text(error));
	if (error == MIG_OK)
		return CLI_OK;
	return error == MIG_ENOTFOUND ? CLI_DATA : CLI_INTERNAL;
}

int
backtest_source_read(const struct backtest_choice *choice, struct backtest_source *ret_source)
{
	memset(ret_source, 0, sizeof(*ret_source));
	int status = document_read(choice->plan, &ret_source->plan);
	if (status == CLI_OK)
		status = document_read(choice->runbook, &ret_source->runbook);
	if (status == CLI_OK)
		status = read_config(choice, ret_source);
	if (status == CLI_OK)
		status = choice->binding != NULL ? read_binding_file(choice, ret_source) :
		    find_binding(choice, ret_source);
	if (status == CLI_OK)
		status = compile(choice, ret_source);
	if (status == CLI_OK)
		status = turn_to_path(choice, ret_source);
	return status;
}

void
backtest_source_fini(struct backtest_source *source)
{
	bound_fini(&source->bound);
	free(source->binding);
	config_free(source->config);
	document_fini(&source->plan);
	document_fini(&source->runbook);
	memset(source, 0, sizeof(*source));
}
