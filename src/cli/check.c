/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "base/num.h"
#include "cli/check.h"
#include "cli/check_int.h"

#define TIMEOUT_MS 30000

/* Options without a letter. */
enum {
	OPTION_BEFORE = 0x100,
	OPTION_AFTER,
	OPTION_TYPE,
	OPTION_DIALECT,
	OPTION_RENAME,
	OPTION_VIEW,
	OPTION_FAIL_ON,
	OPTION_IGNORE,
	OPTION_BASELINE,
	OPTION_WRITE_BASELINE,
	OPTION_SCRIPTS
};

/* Each in the order of its enumeration. */
static const char *const types[] = { "auto", "database", "api", NULL };
static const char *const dialects[] = { "postgresql", "mysql", NULL };
static const char *const views[] = { "client", "server", "both", NULL };
static const char *const fails[] = { "potentially_breaking", "breaking", "never", NULL };
/* The forms of a report, and behind them both. */
static const char *const formats[] = { "json", "text", "markdown", "sql", "sarif", "junit",
	"github", "both", NULL };

/* The index of a word; -1 after a message that names the option. */
static int
find(const char *option, const char *word, const char *const *words)
{
	int count = 0;
	for (; words[count] != NULL; count++)
		if (strcmp(words[count], word) == 0)
			return count;
	const char *nearest = mig_num_nearest(word, words);
	if (nearest != NULL)
		cli_error("unknown %s \"%s\" (did you mean %s?)", option, word, nearest);
	else
		cli_error("unknown %s \"%s\" (see migarch check --help)", option, word);
	return -1;
}

/* --rename a.b=c; the argument is cut in two. */
static bool
take_rename(char *text, struct check_choice *choice)
{
	char *equals = strrchr(text, '=');
	if (equals == NULL || equals == text || equals[1] == '\0') {
		cli_error("--rename takes TABLE.COLUMN=NAME or TABLE=NAME, not \"%s\"", text);
		return false;
	}
	if (choice->renames_count == CHECK_RENAMES_MAX) {
		cli_error("at most %d renames can be told", CHECK_RENAMES_MAX);
		return false;
	}
	*equals = '\0';
	choice->renames[choice->renames_count++] = (struct mig_db_rename){ text, equals + 1 };
	return true;
}

static bool
take_format(const char *word, struct check_choice *choice)
{
	int at = find("format", word, formats);
	choice->format = at == MIG_REPORT_FORMS ? CHECK_BOTH : CHECK_FORM;
	choice->form =
	    choice->format == CHECK_BOTH || at < 0 ? MIG_REPORT_JSON : (enum mig_report_form)at;
	return at >= 0;
}

/* An option with a word of a list. */
static bool
take_word(int letter, const char *word, struct check_choice *choice)
{
	int at = -1;
	switch (letter) {
	case OPTION_TYPE:
		at = find("type", word, types);
		choice->side.type = (enum side_type)at;
		break;
	case OPTION_DIALECT:
		at = find("dialect", word, dialects);
		choice->side.dialect = (enum mig_db_dialect)at;
		choice->dialect_given = true;
		break;
	case OPTION_VIEW:
		at = find("view", word, views);
		choice->view = (enum mig_api_view)at;
		break;
	case OPTION_FAIL_ON:
		at = find("--fail-on", word, fails);
		choice->fail_on = (enum mig_fail_on)at;
		break;
	default:
		break;
	}
	return at >= 0;
}

/* Take one option; false when it is none, or after a message. */
static bool
take(int letter, char *value, struct check_choice *choice)
{
	switch (letter) {
	case OPTION_BEFORE:
		choice->before = value;
		return true;
	case OPTION_AFTER:
		choice->after = value;
		return true;
	case 'o':
		choice->output = value;
		return true;
	case 'f':
		return take_format(value, choice);
	case OPTION_RENAME:
		return take_rename(value, choice);
	case OPTION_IGNORE:
		choice->ignore = value;
		return true;
	case OPTION_BASELINE:
		choice->baseline = value;
		return true;
	case OPTION_WRITE_BASELINE:
		choice->write_baseline = value;
		return true;
	case OPTION_SCRIPTS:
		return check_scripts_take(value, choice);
	default:
		return take_word(letter, value, choice);
	}
}

static bool
is_stdin(const char *path)
{
	return path != NULL && strcmp(path, "-") == 0;
}

/* What must be there: both sides or scripts alone, and standard input for one of all only. */
static bool
check_choice(const struct check_choice *choice)
{
	bool alone = choice->before == NULL && choice->after == NULL && choice->scripts_count > 0;
	int inputs = is_stdin(choice->before) + is_stdin(choice->after);
	for (size_t i = 0; i < choice->scripts_count; i++)
		inputs += is_stdin(choice->scripts[i]);
	if (!alone && (choice->before == NULL || choice->after == NULL))
		cli_error("%s is missing", choice->before == NULL ? "--before" : "--after");
	else if (inputs > 1)
		cli_error("standard input can be one of the %s only",
		    choice->scripts_count > 0 ? "inputs" : "sides");
	else if (alone && choice->renames_count > 0)
		cli_error("--rename is for two versions, and there are scripts alone");
	else if (alone && choice->format == CHECK_FORM && choice->form == MIG_REPORT_SQL)
		cli_error("-f sql is for two versions, and there are scripts alone");
	else if (alone && choice->side.type == SIDE_TYPE_API)
		cli_error("--scripts are for databases");
	else
		return true;
	return false;
}

/* Read the options; -1 to go on, else the exit status. */
static int
parse(const struct cli_command *command, int argc, char **argv, struct check_choice *choice)
{
	static const struct option options[] = {
		{ "before", required_argument, NULL, OPTION_BEFORE },
		{ "after", required_argument, NULL, OPTION_AFTER },
		{ "type", required_argument, NULL, OPTION_TYPE },
		{ "dialect", required_argument, NULL, OPTION_DIALECT },
		{ "output", required_argument, NULL, 'o' },
		{ "format", required_argument, NULL, 'f' },
		{ "rename", required_argument, NULL, OPTION_RENAME },
		{ "view", required_argument, NULL, OPTION_VIEW },
		{ "fail-on", required_argument, NULL, OPTION_FAIL_ON },
		{ "ignore", required_argument, NULL, OPTION_IGNORE },
		{ "baseline", required_argument, NULL, OPTION_BASELINE },
		{ "write-baseline", required_argument, NULL, OPTION_WRITE_BASELINE },
		{ "scripts", required_argument, NULL, OPTION_SCRIPTS },
		{ "help", no_argument, NULL, 'h' },
		{ "version", no_argument, NULL, 'V' },
		{ NULL, 0, NULL, 0 },
	};
	int letter = 0;
	while ((letter = getopt_long(argc, argv, "o:f:hV", options, NULL)) != -1) {
		if (letter == 'h')
			return cli_help(command);
		if (letter == 'V')
			return cli_version();
		if (letter == '?' || !take(letter, optarg, choice))
			return cli_usage(command);
	}
	if (optind < argc)
		cli_error("\"%s\" is more than %s takes", argv[optind], command->name);
	if (optind < argc || !check_choice(choice))
		return cli_usage(command);
	return -1;
}

int
check_run(const struct cli_command *command, int argc, char **argv)
{
	struct check_choice *choice = calloc(1, sizeof(*choice));
	if (choice == NULL) {
		cli_error("%s", mig_error_text(MIG_ENOMEM));
		return CLI_INTERNAL;
	}
	choice->format = CHECK_BOTH;
	choice->side.timeout_ms = TIMEOUT_MS;
	int status = parse(command, argc, argv, choice);
	if (status < 0)
		status = check_do(choice);
	free(choice);
	return status;
}
