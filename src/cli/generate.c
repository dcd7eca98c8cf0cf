/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/limits.h"
#include "cli/cli.h"
#include "cli/document.h"
#include "cli/generate.h"
#include "cli/output.h"
#include "engine/plan.h"
#include "engine/promql.h"
#include "engine/render.h"
#include "engine/runbook.h"
#include "engine/spec.h"

#define SETS_MAX 64
#define OPTION_SET 0x100 /* --set has no letter */

/* What turns one kind of document into another. */
struct maker {
	const char *banner;
	int (*check)(const struct mig_json *input, const char *file,
	    struct mig_findings *findings);
	int (*make)(const struct mig_json *input, mig_wall now,
	    const struct mig_template_var *sets, struct mig_buf *ret_json,
	    struct mig_findings *findings);
	int (*render)(const struct mig_json *made, enum mig_render_form form,
	    struct mig_buf *out);
};

/* The command line. */
struct choice {
	const char *input;
	const char *output;
	enum output_format format;
	bool validate;
	struct mig_template_var sets[SETS_MAX + 1]; /* ended by a NULL name */
	size_t set_count;
};

static int
make_plan(const struct mig_json *spec, mig_wall now, const struct mig_template_var *sets,
    struct mig_buf *ret_json, struct mig_findings *findings)
{
	(void)sets; /* plans have no placeholders */
	return mig_plan_from_spec(spec, now, ret_json, findings);
}

static const struct maker plan_maker = { "MIGRATION PLAN FOR PEOPLE", mig_spec_check,
	make_plan, mig_render_plan };
static const struct maker runbook_maker = { "ROLLBACK RUNBOOK FOR PEOPLE", mig_plan_check,
	mig_runbook_from_plan_set, mig_render_runbook };

/* Only check; says on standard output that all is well. */
static int
validate(const struct maker *maker, struct document *document)
{
	int error = maker->check(mig_json_root(document->json), NULL, &document->findings);
	document_report(document);
	if (error == MIG_EDOC)
		return CLI_DATA;
	if (error != MIG_OK) {
		cli_error("%s", mig_error_text(error));
		return CLI_INTERNAL;
	}
	if (printf("%s: valid\n", document->name) < 0 || fflush(stdout) != 0) {
		cli_error("standard output cannot be written");
		return CLI_CANTWRITE;
	}
	return CLI_OK;
}

/* The page is made from the JSON that is written, so the two cannot differ. */
static int
render(const struct maker *maker, struct output *output)
{
	struct mig_findings findings = { 0 };
	struct mig_json_doc *made = NULL;
	enum mig_render_form form =
	    output->format == OUTPUT_MARKDOWN ? MIG_RENDER_MARKDOWN : MIG_RENDER_TEXT;
	int error = mig_json_parse(output->json.data, output->json.len, NULL, &made, &findings);
	if (error == MIG_OK)
		error = maker->render(mig_json_root(made), form, &output->page);
	mig_json_free(made);
	mig_findings_fini(&findings);
	return error;
}

/* Make all forms before the first is written: a failure leaves nothing behind. */
static int
make(const struct maker *maker, const struct choice *choice, struct document *document,
    struct output *output)
{
	mig_wall now;
	if (cli_now(&now) != MIG_OK)
		return CLI_USAGE;
	int error = maker->make(mig_json_root(document->json), now, choice->sets,
	    &output->json, &document->findings);
	document_report(document);
	if (error == MIG_EDOC)
		return CLI_DATA;
	if (error == MIG_OK && output->format != OUTPUT_JSON)
		error = render(maker, output);
	mig_buf_putc(&output->json, '\n');
	if (error != MIG_OK) {
		cli_error("%s: %s", document->name, mig_error_text(error));
		return CLI_INTERNAL;
	}
	return CLI_OK;
}

static int
run(const struct maker *maker, const struct choice *choice)
{
	struct document document = { 0 };
	struct output output = {
		.format = choice->format,
		.path = choice->output,
		.banner = maker->banner,
	};
	mig_buf_init(&output.json, MIG_DOC_BYTES_MAX);
	mig_buf_init(&output.page, MIG_DOC_BYTES_MAX);

	int status = document_read(choice->input, &document);
	if (status != CLI_OK)
		goto out;
	if (choice->validate) {
		status = validate(maker, &document);
		goto out;
	}
	status = make(maker, choice, &document, &output);
	if (status != CLI_OK)
		goto out;
	/* JSON was needed to make the page, but may not be wanted. */
	if (choice->format == OUTPUT_TEXT || choice->format == OUTPUT_MARKDOWN)
		mig_buf_reset(&output.json);
	status = output_write(&output);
out:
	mig_buf_fini(&output.page);
	mig_buf_fini(&output.json);
	document_fini(&document);
	return status;
}

/* --set NAME=VALUE; the argument is cut in two. */
static bool
take_set(const struct cli_command *command, char *text, struct choice *choice)
{
	char *equals = strchr(text, '=');
	if (command->run != generate_runbook) {
		cli_error("--set is for runbook only");
		return false;
	}
	if (equals == NULL || equals == text) {
		cli_error("--set takes NAME=VALUE, not \"%s\"", text);
		return false;
	}
	if (choice->set_count == SETS_MAX) {
		cli_error("at most %d values can be set", SETS_MAX);
		return false;
	}
	*equals = '\0';
	choice->sets[choice->set_count++] = (struct mig_template_var){ text, equals + 1 };
	return true;
}

/* Read the options; -1 to go on, else the exit status. */
static int
parse(const struct cli_command *command, int argc, char **argv, struct choice *ret_choice)
{
	static const struct option options[] = {
		{ "input", required_argument, NULL, 'i' },
		{ "output", required_argument, NULL, 'o' },
		{ "format", required_argument, NULL, 'f' },
		{ "validate", no_argument, NULL, 'n' },
		{ "set", required_argument, NULL, OPTION_SET },
		{ "help", no_argument, NULL, 'h' },
		{ "version", no_argument, NULL, 'V' },
		{ NULL, 0, NULL, 0 },
	};
	struct choice choice = { .format = OUTPUT_BOTH };
	int letter = 0;
	while ((letter = getopt_long(argc, argv, "i:o:f:nhV", options, NULL)) != -1) {
		switch (letter) {
		case 'i':
			choice.input = optarg;
			break;
		case 'o':
			choice.output = optarg;
			break;
		case 'f':
			if (!output_format_find(optarg, &choice.format))
				return cli_usage(command);
			break;
		case 'n':
			choice.validate = true;
			break;
		case OPTION_SET:
			if (!take_set(command, optarg, &choice))
				return cli_usage(command);
			break;
		case 'h':
			return cli_help(command);
		case 'V':
			return cli_version();
		default:
			return cli_usage(command);
		}
	}
	if (optind < argc) {
		cli_error("\"%s\" is more than %s takes", argv[optind], command->name);
		return cli_usage(command);
	}
	if (choice.input == NULL) {
		cli_error("--input is missing");
		return cli_usage(command);
	}
	*ret_choice = choice;
	return -1;
}

int
generate_plan(const struct cli_command *command, int argc, char **argv)
{
	struct choice choice = { 0 };
	int status = parse(command, argc, argv, &choice);
	return status >= 0 ? status : run(&plan_maker, &choice);
}

int
generate_runbook(const struct cli_command *command, int argc, char **argv)
{
	struct choice choice = { 0 };
	int status = parse(command, argc, argv, &choice);
	return status >= 0 ? status : run(&runbook_maker, &choice);
}
