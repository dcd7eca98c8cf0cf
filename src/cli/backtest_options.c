/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <getopt.h>
#include <string.h>

#include "base/num.h"
#include "cli/backtest_int.h"
#include "engine/binding.h"

#define TIMEOUT_MS 60000
#define TIMEOUT_MIN_MS 100
#define TIMEOUT_MAX_MS ((int64_t)60 * 60 * 1000)
#define FAULT_TEXT 128

/* Options without a letter. */
enum word {
	WORD_PROMETHEUS = 256,
	WORD_FROM,
	WORD_TO,
	WORD_STEP,
	WORD_PATH,
	WORD_DAMAGE_AT,
	WORD_BINDING,
	WORD_TOKEN_FILE,
	WORD_HEADER,
	WORD_CA_FILE,
	WORD_TIMEOUT
};

/* "now", a duration before now such as "14d", or an RFC 3339 time. */
static bool
read_time(const char *option, const char *text, mig_wall now, mig_wall *ret_at)
{
	int64_t ago = 0;

	if (strcmp(text, "now") == 0) {
		*ret_at = now;
		return true;
	}
	if (mig_num_duration(text, &ago) == MIG_OK && ago < now.ms) {
		ret_at->ms = now.ms - ago;
		return true;
	}
	if (mig_time_parse(text, ret_at) == MIG_OK && ret_at->ms > 0)
		return true;
	cli_error("%s: \"%s\" is no time: write 2026-11-22T02:00:00Z, or 14d for so long ago, "
		  "or now", option, text);
	return false;
}

static bool
read_duration(const char *option, const char *text, int64_t min, int64_t max, int64_t *ret_ms)
{
	if (mig_num_duration(text, ret_ms) == MIG_OK && *ret_ms >= min && *ret_ms <= max)
		return true;
	cli_error("%s: \"%s\" is no duration that can be used here: write for example 15s",
	    option, text);
	return false;
}

/* One word of a list; its index, or -1 with a message. */
static int
read_word(const char *option, const char *text, const char *const *words)
{
	for (int i = 0; words[i] != NULL; i++) {
		if (strcmp(words[i], text) == 0)
			return i;
	}
	const char *nearest = mig_num_nearest(text, words);
	cli_error("%s: \"%s\" is not known here (did you mean %s?)", option, text,
	    nearest != NULL ? nearest : words[0]);
	return -1;
}

static bool
read_form(const char *text, struct backtest_choice *choice)
{
	/* In the order of enum mig_backtest_form. */
	static const char *const forms[] = { "text", "json", "html", NULL };
	int form = read_word("--format", text, forms);

	if (form >= 0)
		choice->form = (enum mig_backtest_form)form;
	return form >= 0;
}

static bool
read_path(const char *text, struct backtest_choice *choice)
{
	static const char *const paths[] = { "old", "new", NULL };
	int path = read_word("--path", text, paths);

	choice->new_path = path == 1;
	return path >= 0;
}

static bool
read_url(const char *text, struct backtest_choice *choice)
{
	char fault[FAULT_TEXT];

	choice->prometheus = text;
	if (mig_url_check_base(text, fault, sizeof(fault)) == MIG_OK)
		return true;
	cli_error("--prometheus: the URL \"%s\" %s", text, fault);
	return false;
}

static bool
add_header(const char *text, struct backtest_choice *choice)
{
	if (strchr(text, ':') == NULL || text[0] == ':') {
		cli_error("--header: \"%s\" is no header: write \"Name: value\"", text);
		return false;
	}
	if (choice->header_count == BACKTEST_HEADERS_MAX) {
		cli_error("--header: more than %d headers", BACKTEST_HEADERS_MAX);
		return false;
	}
	choice->headers[choice->header_count++] = text;
	return true;
}

/* Take one option; whether its value is right. */
static bool
take(int option, const char *value, struct backtest_choice *choice)
{
	switch (option) {
	case 'c':
		choice->config = value;
		return true;
	case 'o':
		choice->output = value;
		return true;
	case 'f':
		return read_form(value, choice);
	case WORD_PROMETHEUS:
		return read_url(value, choice);
	case WORD_FROM:
		return read_time("--from", value, choice->now, &choice->from);
	case WORD_TO:
		return read_time("--to", value, choice->now, &choice->to);
	case WORD_STEP:
		return read_duration("--step", value, 1000, INT64_MAX, &choice->step_ms);
	case WORD_PATH:
		return read_path(value, choice);
	case WORD_DAMAGE_AT:
		return read_time("--damage-at", value, choice->now, &choice->damage_at);
	case WORD_BINDING:
		choice->binding = value;
		return true;
	case WORD_TOKEN_FILE:
		choice->token_file = value;
		return true;
	case WORD_HEADER:
		return add_header(value, choice);
	case WORD_CA_FILE:
		choice->ca_file = value;
		return true;
	case WORD_TIMEOUT:
		return read_duration("--timeout", value, TIMEOUT_MIN_MS, TIMEOUT_MAX_MS,
		    &choice->timeout_ms);
	default:
		return false;
	}
}

/* What is still to come would count as time in which nothing was seen. */
static void
end_now(struct backtest_choice *choice)
{
	if (choice->to.ms <= choice->now.ms)
		return;
	cli_error("--to: warning: that is still to come; the history ends now");
	choice->to = choice->now;
}

/* What must be there, and how it must fit together. */
static bool
check(const struct backtest_choice *choice, int count)
{
	if (count != 2)
		cli_error(count < 2 ? "a plan and its runbook are wanted" :
		    "a plan and its runbook are wanted, and nothing more");
	else if (choice->from.ms == 0)
		cli_error("--from is missing: when the history begins, such as --from 14d");
	else if (choice->from.ms >= choice->now.ms)
		cli_error("--from is not in the past: there is no history yet");
	else if (choice->from.ms >= choice->to.ms)
		cli_error("--from must be before --to");
	else if (choice->prometheus == NULL && choice->config == NULL)
		cli_error("--prometheus is missing: the URL of the server, or -c with a "
			  "configuration that has it");
	else if (choice->binding == NULL && choice->config == NULL)
		cli_error("--binding is missing: a file that says how the migration is measured, "
			  "or -c with a configuration that does");
	else if (choice->damage_at.ms != 0 && (choice->damage_at.ms < choice->from.ms ||
	    choice->damage_at.ms >= choice->to.ms))
		cli_error("--damage-at must be between --from and --to");
	else
		return true;
	return false;
}

int
backtest_options(const struct cli_command *command, int argc, char **argv,
    struct backtest_choice *ret_choice)
{
	static const struct option options[] = {
		{ "config", required_argument, NULL, 'c' },
		{ "output", required_argument, NULL, 'o' },
		{ "format", required_argument, NULL, 'f' },
		{ "prometheus", required_argument, NULL, WORD_PROMETHEUS },
		{ "from", required_argument, NULL, WORD_FROM },
		{ "to", required_argument, NULL, WORD_TO },
		{ "step", required_argument, NULL, WORD_STEP },
		{ "path", required_argument, NULL, WORD_PATH },
		{ "damage-at", required_argument, NULL, WORD_DAMAGE_AT },
		{ "binding", required_argument, NULL, WORD_BINDING },
		{ "bearer-token-file", required_argument, NULL, WORD_TOKEN_FILE },
		{ "header", required_argument, NULL, WORD_HEADER },
		{ "ca-file", required_argument, NULL, WORD_CA_FILE },
		{ "timeout", required_argument, NULL, WORD_TIMEOUT },
		{ "help", no_argument, NULL, 'h' },
		{ "version", no_argument, NULL, 'V' },
		{ NULL, 0, NULL, 0 },
	};
	struct backtest_choice choice = { .timeout_ms = TIMEOUT_MS };
	int letter = 0;

	if (cli_now(&choice.now) != MIG_OK)
		return CLI_USAGE;
	choice.to = choice.now;
	while ((letter = getopt_long(argc, argv, "c:o:f:hV", options, NULL)) != -1) {
		if (letter == 'h')
			return cli_help(command);
		if (letter == 'V')
			return cli_version();
		if (!take(letter, optarg, &choice))
			return cli_usage(command);
	}
	end_now(&choice);
	if (!check(&choice, argc - optind))
		return cli_usage(command);
	choice.plan = argv[optind];
	choice.runbook = argv[optind + 1];
	*ret_choice = choice;
	return -1;
}
