/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <sys/stat.h>

#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "cli/bound.h"
#include "cli/lint.h"
#include "cli/lint_int.h"
#include "daemon/config.h"

enum word { WORD_RULES = 256 };

/* Whether two names are the same file. */
static bool
same_file(const char *a, const char *b)
{
	struct stat left;
	struct stat right;
	return a != NULL && b != NULL && stat(a, &left) == 0 && stat(b, &right) == 0 &&
	    left.st_dev == right.st_dev && left.st_ino == right.st_ino;
}

/* Read the JSON documents; the worst is told of by the status of the first that cannot be read. */
static int
read_documents(struct lint_work *work)
{
	int status = CLI_OK;
	for (size_t part = 0; part < MIG_LINT_CONFIG; part++) {
		const char *path = work->choice->paths[part];
		int read = path != NULL ? document_read(path, &work->documents[part]) : CLI_OK;
		status = status != CLI_OK ? status : read;
	}
	return status;
}

/* What cannot even be parsed has no keys to speak of. */
static bool
is_unreadable(const struct mig_findings *findings)
{
	const struct mig_finding *first = findings->count > 0 ? &findings->items[0] : NULL;
	return first == NULL || (first->severity == MIG_SEV_ERROR && first->pointer == NULL);
}

static int
read_config(struct lint_work *work, struct config **ret_config, struct mig_findings *findings)
{
	const char *path = work->choice->paths[MIG_LINT_CONFIG];
	struct document *document = &work->documents[MIG_LINT_CONFIG];
	document->name = path;
	if (path == NULL)
		return CLI_OK;
	int error = bound_config(path, ret_config, findings);
	if (error == MIG_OK || (error == MIG_EDOC && !is_unreadable(findings)))
		return CLI_OK;
	if (findings->count == 0)
		cli_error("%s: %s", path, mig_error_text(error));
	document->findings = *findings;
	*findings = (struct mig_findings){ 0 };
	document_report(document);
	if (error == MIG_ENOTFOUND)
		return CLI_NOINPUT;
	return error == MIG_ENOMEM ? CLI_INTERNAL : CLI_DATA;
}

static bool
has(const struct mig_findings *list, const char *pointer, const char *message)
{
	for (size_t i = 0; i < list->count; i++)
		if (list->items[i].pointer != NULL &&
		    strcmp(list->items[i].pointer, pointer) == 0 &&
		    strcmp(list->items[i].message, message) == 0)
			return true;
	return false;
}

/* Whether it is known of a document, or of the specification that a plan has in it. */
static bool
said(const struct lint_work *work, size_t part, const struct mig_finding *finding)
{
	static const char inner[] = "/spec";
	const char *pointer = finding->pointer != NULL ? finding->pointer : "";
	bool in_spec = part == MIG_LINT_PLAN && strncmp(pointer, inner, strlen(inner)) == 0;
	return has(&work->documents[part].findings, pointer, finding->message) ||
	    (in_spec && has(&work->documents[MIG_LINT_SPEC].findings, pointer + strlen(inner),
	        finding->message));
}

static void
keep(struct mig_findings *list, const struct mig_finding *finding, const char *file,
    const char *rule)
{
	struct mig_finding *kept = mig_findings_add(list, finding->severity, file, finding->pointer,
	    finding->hint, "%s", finding->message);
	if (kept == NULL)
		return;
	kept->line = finding->line;
	kept->column = finding->column;
	kept->rule = rule;
}

/*
 * What reading the configuration has said, either of itself or of the documents that it names: of
 * those that were given, too, only what is not known from them.
 */
static void
sort_config(struct lint_work *work, const struct mig_findings *findings, bool own)
{
	for (size_t i = 0; i < findings->count; i++) {
		const struct mig_finding *finding = &findings->items[i];
		bool error = finding->severity == MIG_SEV_ERROR;
		size_t part = 0;
		while (part < MIG_LINT_CONFIG &&
		    !same_file(work->choice->paths[part], finding->file))
			part++;
		struct mig_findings *list = &work->documents[part].findings;
		if (own != (part == MIG_LINT_CONFIG))
			continue;
		if (own)
			keep(list, finding, finding->file, error ? "config_valid" : "config_clean");
		else if (!said(work, part, finding))
			keep(list, finding, NULL, error ? "loads" : "loads_clean");
	}
}

/* Compile plan and runbook with the configuration, when there are all three. */
static int
compile(struct lint_work *work, const struct config *config, struct bound *bound,
    struct mig_findings *loading)
{
	struct mig_findings *list = &work->documents[MIG_LINT_CONFIG].findings;
	bound->config = config;
	bound->plan = mig_json_root(work->documents[MIG_LINT_PLAN].json);
	bound->runbook = mig_json_root(work->documents[MIG_LINT_RUNBOOK].json);
	const char *id = mig_json_string(mig_json_get(bound->plan, "migration_id"));
	char *binding = id != NULL ? bound_binding(config, id) : NULL;
	int error = MIG_OK;
	if (id != NULL && binding == NULL) {
		struct mig_finding *kept = mig_findings_add(list, MIG_SEV_WARNING, NULL, NULL,
		    "add the plan to migrations", "no group of migrations has the plan \"%.64s\"",
		    id);
		if (kept != NULL)
			kept->rule = "config_has_plan";
	} else if (binding != NULL) {
		bound->binding = binding;
		error = bound_compile(bound, loading);
	}
	free(binding);
	return error == MIG_EDOC ? MIG_OK : error;
}

static const struct mig_json *
root_of(const struct lint_work *work, enum mig_lint_part part)
{
	const struct document *document = &work->documents[part];
	return document->json != NULL ? mig_json_root(document->json) : NULL;
}

static int
check(struct lint_work *work, const struct config *config)
{
	struct mig_findings lists[MIG_LINT_PARTS];
	struct mig_findings loading = { 0 };
	struct bound bound = { 0 };
	struct mig_lint_input in = { .spec = root_of(work, MIG_LINT_SPEC),
		.plan = root_of(work, MIG_LINT_PLAN), .runbook = root_of(work, MIG_LINT_RUNBOOK) };
	int error = cli_now(&bound.now);
	if (error == MIG_OK && config != NULL && in.plan != NULL && in.runbook != NULL)
		error = compile(work, config, &bound, &loading);
	in.policy = bound.compiled.policy;
	in.loading = &loading;
	for (size_t i = 0; i < MIG_LINT_PARTS; i++)
		lists[i] = work->documents[i].findings;
	if (error == MIG_OK)
		error = mig_lint(&in, lists);
	for (size_t i = 0; i < MIG_LINT_PARTS; i++)
		work->documents[i].findings = lists[i];
	bound_fini(&bound);
	mig_findings_fini(&loading);
	return error;
}

static int
run(struct lint_work *work)
{
	struct mig_findings findings = { 0 };
	struct config *config = NULL;
	int status = read_documents(work);
	int read = read_config(work, &config, &findings);
	status = status != CLI_OK ? status : read;
	if (status == CLI_OK) {
		sort_config(work, &findings, true);
		int error = check(work, config);
		sort_config(work, &findings, false);
		if (error != MIG_OK)
			cli_error("%s", mig_error_text(error));
		status = error == MIG_OK ? lint_print(work) : CLI_INTERNAL;
	}
	mig_findings_fini(&findings);
	config_free(config);
	for (size_t i = 0; i < MIG_LINT_PARTS; i++)
		document_fini(&work->documents[i]);
	return status;
}

/* Take one option; false when it is none. */
static bool
take(int letter, const char *value, struct lint_choice *choice)
{
	switch (letter) {
	case 'i':
		choice->paths[MIG_LINT_SPEC] = value;
		return true;
	case 'p':
		choice->paths[MIG_LINT_PLAN] = value;
		return true;
	case 'r':
		choice->paths[MIG_LINT_RUNBOOK] = value;
		return true;
	case 'c':
		choice->paths[MIG_LINT_CONFIG] = value;
		return true;
	case 'f':
		choice->json = strcmp(value, "json") == 0;
		if (!choice->json && strcmp(value, "text") != 0)
			cli_error("unknown format \"%s\" (use text or json)", value);
		return choice->json || strcmp(value, "text") == 0;
	case WORD_RULES:
		choice->rules = true;
		return true;
	default:
		return false;
	}
}

/* What must be there: something to look at, and standard input for one thing only. */
static bool
check_choice(const struct lint_choice *choice)
{
	size_t given = 0;
	size_t streams = 0;
	for (size_t i = 0; i < MIG_LINT_PARTS; i++) {
		given += choice->paths[i] != NULL;
		streams += choice->paths[i] != NULL && strcmp(choice->paths[i], "-") == 0;
	}
	if (given == 0 && !choice->rules)
		cli_error("nothing to check (give --spec, --plan, --runbook or --config)");
	else if (streams > 1)
		cli_error("standard input can be one of the documents only");
	else
		return true;
	return false;
}

int
lint_run(const struct cli_command *command, int argc, char **argv)
{
	static const struct option options[] = {
		{ "spec", required_argument, NULL, 'i' },
		{ "plan", required_argument, NULL, 'p' },
		{ "runbook", required_argument, NULL, 'r' },
		{ "config", required_argument, NULL, 'c' },
		{ "format", required_argument, NULL, 'f' },
		{ "rules", no_argument, NULL, WORD_RULES },
		{ "help", no_argument, NULL, 'h' },
		{ "version", no_argument, NULL, 'V' },
		{ NULL, 0, NULL, 0 },
	};
	struct lint_choice choice = { .json = false };
	int letter = 0;
	while ((letter = getopt_long(argc, argv, "i:p:r:c:f:hV", options, NULL)) != -1) {
		if (letter == 'h')
			return cli_help(command);
		if (letter == 'V')
			return cli_version();
		if (!take(letter, optarg, &choice))
			return cli_usage(command);
	}
	if (optind < argc)
		cli_error("\"%s\" is more than %s takes", argv[optind], command->name);
	if (optind < argc || !check_choice(&choice))
		return cli_usage(command);
	if (choice.rules)
		return lint_print_rules(choice.json);
	struct lint_work work = { .choice = &choice };
	return run(&work);
}
