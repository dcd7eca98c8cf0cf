/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/limits.h"
#include "cli/cli.h"
#include "cli/diff.h"
#include "cli/document.h"
#include "cli/generate.h"
#include "cli/output.h"
#include "engine/advise.h"
#include "engine/plan.h"
#include "engine/promql.h"
#include "engine/render.h"
#include "engine/runbook.h"
#include "engine/spec.h"
#include "engine/timeline.h"
#include "sys/file.h"

/* Options without a letter. */
enum { OPTION_START = 0x100, OPTION_DIFF, OPTION_SET };

#define COMMON_OPTIONS                                                                       \
	{ "input", required_argument, NULL, 'i' }, { "output", required_argument, NULL, 'o' }, \
	    { "format", required_argument, NULL, 'f' }, { "validate", no_argument, NULL, 'n' }, \
	    { "help", no_argument, NULL, 'h' }, { "version", no_argument, NULL, 'V' }

static const struct option plan_options[] = { COMMON_OPTIONS,
	{ "start", required_argument, NULL, OPTION_START },
	{ "diff", no_argument, NULL, OPTION_DIFF }, { NULL, 0, NULL, 0 } };
static const struct option runbook_options[] = { COMMON_OPTIONS,
	{ "set", required_argument, NULL, OPTION_SET }, { NULL, 0, NULL, 0 } };
static const struct option advice_options[] = { COMMON_OPTIONS, { NULL, 0, NULL, 0 } };

#define SETS_MAX 64

/* What turns one kind of document into another. */
struct maker {
	const char *banner;
	const struct option *options;
	int (*check)(const struct mig_json *input, const char *file,
	    struct mig_findings *findings);
	int (*make)(const struct mig_json *input, mig_wall now,
	    const struct mig_template_var *sets, struct mig_buf *ret_json,
	    struct mig_findings *findings);
	int (*render)(const struct mig_json *made, enum mig_render_form form,
	    struct mig_buf *out);
	enum output_format format; /* when none is asked for */
};

/* The command line. */
struct choice {
	const char *input;
	const char *output;
	enum output_format format;
	bool format_given;
	bool validate;
	mig_wall start; /* of the timeline; 0: none is wanted */
	bool diff;
	int operand_count;
	char **operands; /* two plans to compare */
	struct mig_template_var sets[SETS_MAX + 1]; /* ended by a NULL name */
	size_t set_count;
};

/* Plans have no placeholders, advice neither that nor a time. */
static int
make_plan(const struct mig_json *spec, mig_wall now, const struct mig_template_var *sets,
    struct mig_buf *ret_json, struct mig_findings *findings)
{
	(void)sets;
	return mig_plan_from_spec(spec, now, ret_json, findings);
}

static int
make_advice(const struct mig_json *spec, mig_wall now, const struct mig_template_var *sets,
    struct mig_buf *ret_json, struct mig_findings *findings)
{
	(void)now;
	(void)sets;
	return mig_advise(spec, ret_json, findings);
}

static const struct maker plan_maker = { "MIGRATION PLAN FOR PEOPLE", plan_options,
	mig_spec_check, make_plan, mig_render_plan, OUTPUT_BOTH };
static const struct maker runbook_maker = { "ROLLBACK RUNBOOK FOR PEOPLE", runbook_options,
	mig_plan_check, mig_runbook_from_plan_set, mig_render_runbook, OUTPUT_BOTH };
static const struct maker advice_maker = { "MIGRATION ADVICE FOR PEOPLE", advice_options,
	mig_spec_check, make_advice, mig_render_advice, OUTPUT_TEXT };

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

/* The plan gets its timeline once it is whole: phases and hours are then what they will be. */
static int
add_timeline(mig_wall at, struct output *output, struct mig_findings *findings)
{
	struct mig_timeline_start start = { at, file_zone, &at };
	struct mig_json_doc *plan = NULL;
	int error = mig_json_parse(output->json.data, output->json.len, NULL, &plan, findings);
	mig_buf_reset(&output->json);
	if (error == MIG_OK)
		error = mig_timeline_add(mig_json_root(plan), &start, &output->json, findings);
	mig_json_free(plan);
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
	if (error == MIG_OK && choice->start.ms != 0)
		error = add_timeline(choice->start, output, &document->findings);
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

/* A day begins at midnight UTC. */
static bool
parse_start(const char *text, mig_wall *ret_start)
{
	char day[sizeof("2026-12-01T00:00:00Z")];
	if (strlen(text) == strlen("2026-12-01")) {
		(void)snprintf(day, sizeof(day), "%sT00:00:00Z", text);
		text = day;
	}
	if (mig_time_parse(text, ret_start) == MIG_OK && ret_start->ms > 0)
		return true;
	cli_error("--start is no time after 1970: write it like 2026-12-01 or "
		  "2026-12-01T22:00:00Z");
	return false;
}

/* --set NAME=VALUE; the argument is cut in two. */
static bool
take_set(char *text, struct choice *choice)
{
	char *equals = strchr(text, '=');
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

/* What goes together; -1 to go on, else the exit status. */
static int
check_choice(const struct cli_command *command, const struct choice *choice)
{
	if (choice->diff) {
		if (choice->operand_count == 2 && choice->input == NULL && !choice->validate &&
		    choice->start.ms == 0)
			return -1;
		cli_error("plan --diff takes two plans, and none of --input, --validate, --start");
		return cli_usage(command);
	}
	if (choice->operand_count > 0) {
		cli_error("\"%s\" is more than %s takes", choice->operands[0], command->name);
		return cli_usage(command);
	}
	if (choice->input == NULL) {
		cli_error("--input is missing");
		return cli_usage(command);
	}
	return -1;
}

/* Read the options over what stands in the choice; -1 to go on, else the exit status. */
static int
parse(const struct maker *maker, const struct cli_command *command, int argc, char **argv,
    struct choice *ret_choice)
{
	struct choice choice = *ret_choice;
	int letter = 0;
	while ((letter = getopt_long(argc, argv, "i:o:f:nhV", maker->options, NULL)) != -1) {
		switch (letter) {
		case OPTION_START:
			if (!parse_start(optarg, &choice.start))
				return cli_usage(command);
			break;
		case OPTION_DIFF:
			choice.diff = true;
			break;
		case 'i':
			choice.input = optarg;
			break;
		case 'o':
			choice.output = optarg;
			break;
		case 'f':
			if (!output_format_find(optarg, &choice.format))
				return cli_usage(command);
			choice.format_given = true;
			break;
		case 'n':
			choice.validate = true;
			break;
		case OPTION_SET:
			if (!take_set(optarg, &choice))
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
	choice.operands = argv + optind;
	choice.operand_count = argc - optind;
	int status = check_choice(command, &choice);
	if (status >= 0)
		return status;
	*ret_choice = choice;
	return -1;
}

static int
generate(const struct maker *maker, const struct cli_command *command, int argc, char **argv)
{
	struct choice choice = { .format = maker->format };
	int status = parse(maker, command, argc, argv, &choice);
	return status >= 0 ? status : run(maker, &choice);
}

int
generate_plan(const struct cli_command *command, int argc, char **argv)
{
	struct choice choice = { .format = plan_maker.format };
	int status = parse(&plan_maker, command, argc, argv, &choice);
	if (status >= 0)
		return status;
	if (!choice.diff)
		return run(&plan_maker, &choice);
	const struct diff_choice diff = { .old_path = choice.operands[0],
		.new_path = choice.operands[1],
		.output = choice.output,
		.format = choice.format_given ? choice.format : OUTPUT_TEXT };
	return diff_run(&diff);
}

int
generate_runbook(const struct cli_command *command, int argc, char **argv)
{
	return generate(&runbook_maker, command, argc, argv);
}

int
generate_advice(const struct cli_command *command, int argc, char **argv)
{
	return generate(&advice_maker, command, argc, argv);
}
