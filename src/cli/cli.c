/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include "config.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/num.h"
#include "cli/backtest.h"
#include "cli/check.h"
#include "cli/cli.h"
#include "cli/generate.h"
#include "cli/lint.h"
#include "cli/simulate.h"
#include "cli/snapshot.h"

#define COMMANDS_MAX 16
#define EPOCH_MAX INT64_C(253402300799) /* the last second of the year 9999 */

/* How every command's help ends. */
#define HELP_COMMON                                \
	"  -h, --help            show this help\n" \
	"  -V, --version         show the version\n"

#define HELP_FILES                                                                           \
	"  -o, --output FILE     write JSON to FILE, text to FILE with .txt and Markdown to\n" \
	"                        FILE with .md in place of .json; - or nothing is standard\n"  \
	"                        output\n"                                                     \
	"  -n, --validate        only check the input: list all faults, write nothing\n"

#define HELP_GENERATE                                                                        \
	"  -f, --format FORMAT   json, text, markdown, or both (JSON and text; the default)\n" \
	HELP_FILES HELP_COMMON                                                               \
	"\nTimestamps are taken from SOURCE_DATE_EPOCH when it is set.\n"

static const char backtest_help[] =
    "      --from TIME       when the history begins: 2026-11-22T02:00:00Z, or 14d for so\n"
    "                        long ago\n"
    "      --to TIME         when it ends; now by default\n"
    "      --prometheus URL  the server; by default that of the configuration\n"
    "  -c, --config CONF     migarchd's configuration: settings, server, and the binding when\n"
    "                        --binding is not given\n"
    "      --binding FILE    how the migration is measured, as for migarchctl load\n"
    "      --step D          time between two moments; by default the poll interval\n"
    "      --path PATH       what the queries look at: old (the default: before a migration\n"
    "                        there is no new path) or new\n"
    "      --damage-at TIME  when damage is put on top; by default where it is calm longest\n"
    "      --bearer-token-file FILE\n"
    "                        a file with the bearer token for the server\n"
    "      --header HEADER   a further request header, \"Name: value\"; may be repeated\n"
    "      --ca-file FILE    the certificates that the server's is checked with\n"
    "      --timeout D       how long one answer may take; 60s by default\n"
    "  -f, --format FORMAT   text (the default), json or html\n"
    "  -o, --output FILE     where to write; - or nothing is standard output\n" HELP_COMMON
    "\nSOURCE_DATE_EPOCH is taken for now when it is set.\n";

static const char check_help[] =
    "      --before A        the older version: a snapshot (JSON), SQL, an OpenAPI document, a\n"
    "                        GraphQL schema, - for standard input, a directory of migration\n"
    "                        files, or the URL of a server (postgresql://, mysql://)\n"
    "      --after B         the newer version\n"
    "      --type TYPE       auto (the default: as the documents are), database or api\n"
    "      --dialect NAME    postgresql (the default) or mysql, where a snapshot does not say\n"
    "  -o, --output FILE     write to FILE, with -f sql to the directory FILE; text and\n"
    "                        Markdown get the suffixes .txt and .md; - or nothing is standard\n"
    "                        output\n"
    "  -f, --format FORMAT   json, text, markdown, sql, sarif, junit, github, or both (JSON and\n"
    "                        text; the default)\n"
    "      --rename A.B=C    table A's column B is called C now; A=C for a table; may be repeated\n"
    "      --view VIEW       of interfaces, whom a change hurts: client (the default), server or\n"
    "                        both\n"
    "      --fail-on LEVEL   potentially_breaking (the default), breaking or never\n"
    "      --ignore FILE     what is not to count, and why; .migarch-check.json when it is there\n"
    "      --baseline FILE   leave out what is known from before\n"
    "      --write-baseline FILE\n"
    "                        write what is found as a baseline, and end with 0\n"
    "      --scripts PATH    judge a migration script, or all *.sql of a directory, by itself;\n"
    "                        beside two versions or without them; may be repeated\n" HELP_COMMON
    "\nEnds with 0 when the versions are compatible, 1 when something may break, 2 when\n"
    "something breaks.  Timestamps are taken from SOURCE_DATE_EPOCH when it is set.\n";

static const char lint_help[] =
    "  -i, --spec SPEC       the specification; without it the one in the plan is looked at\n"
    "  -p, --plan PLAN       the plan\n"
    "  -r, --runbook BOOK    the runbook\n"
    "  -c, --config CONF     migarchd's configuration: which queries there are, and what\n"
    "                        migarchd would say to plan and runbook\n"
    "  -f, --format FORMAT   text (the default) or json\n"
    "      --rules           show the rules, and why they are there\n" HELP_COMMON
    "\nAny of the documents may be left out; one of them may be -, standard input.\n"
    "Ends with 0 when there is nothing to say but notes, 1 with warnings, 2 with errors.\n";

static const char snapshot_help[] =
    "  -o, --output FILE     where to write; - or nothing is standard output\n"
    "      --schema NAME     read this schema of PostgreSQL only; may be repeated\n"
    "      --timeout D       how long connecting and each query may take; 60s by "
    "default\n" HELP_COMMON
    "\nURL is postgresql://user@host:port/database or mysql://user@host:port/database.  A\n"
    "password is better given by PGPASSWORD, a password file or MYSQL_PWD than in the URL.\n"
    "Nothing is written to the database.\n";

static const char simulate_help[] =
    "  -s, --seed N          the first seed; 1 by default\n"
    "  -n, --seeds COUNT     how many seeds, one run each; 1000 by default\n"
    "  -j, --jobs COUNT      how many runs side by side; 1 by default\n"
    "  -t, --trace           run the first seed alone and print all that happens\n"
    "      --only LIST       as --trace, with these of its faults only, such as 3,7\n"
    "  -f, --format FORMAT   text (the default) or json\n" HELP_COMMON
    "\nEnds with 1 when a rule is broken: then the least that breaks it is printed.\n";

static const struct cli_command commands[] = {
	{ "plan", "make a migration plan from a specification",
	    "-i SPEC [-o FILE] [-f json|text|markdown|both] [--start TIME] [--validate]\n"
	    "       migarch plan --diff [-o FILE] [-f text|json|markdown|both] OLD NEW",
	    "  -i, --input SPEC      the specification, - for standard input\n"
	    "      --start TIME      add a timeline that begins then, such as 2026-12-01\n"
	    "                        (midnight UTC) or 2026-12-01T22:00:00Z\n"
	    "      --diff            compare two plans, or what two specifications would give;\n"
	    "                        ends with 1 when they differ; as text by default\n"
	    HELP_GENERATE,
	    generate_plan },
	{ "runbook", "make a rollback runbook from a plan",
	    "-i PLAN [--set NAME=VALUE]... [-o FILE] [-f json|text|markdown|both]\n"
	    "       [--validate]",
	    "  -i, --input PLAN      the plan, - for standard input\n"
	    "      --set NAME=VALUE  the value of a placeholder of the steps; may be repeated\n"
	    HELP_GENERATE,
	    generate_runbook },
	{ "advise", "tell which pattern suits a specification and what is wrong in it",
	    "-i SPEC [-o FILE] [-f text|json|markdown|both] [--validate]",
	    "  -i, --input SPEC      the specification, - for standard input\n"
	    "  -f, --format FORMAT   text (the default), json, markdown, or both (JSON and text)\n"
	    HELP_FILES HELP_COMMON
	    "\nAdvice is no verdict: the exit status is 0 whatever is found.\n",
	    generate_advice },
	{ "lint", "check specification, plan, runbook and configuration together",
	    "[-i SPEC] [--plan PLAN] [--runbook BOOK] [-c CONF] [-f text|json]",
	    lint_help, lint_run },
	{ "check", "tell what changes between two versions, and what that breaks",
	    "--before A --after B [--scripts PATH]... [-o FILE]\n"
	    "       [--type auto|database|api]\n"
	    "       [-f json|text|markdown|sql|sarif|junit|github|both]\n"
	    "       [--dialect postgresql|mysql] [--rename A.B=C]...\n"
	    "       [--view client|server|both]\n"
	    "       [--fail-on LEVEL] [--ignore FILE] [--baseline FILE] [--write-baseline FILE]\n"
	    "       migarch check --scripts PATH... [--dialect postgresql|mysql] [OPTION]...",
	    check_help, check_run },
	{ "backtest", "try a runbook's triggers on recorded metrics",
	    "--from T [--to T] [--prometheus URL] [-c CONF] [--binding FILE]\n"
	    "       [--step D] [--path old|new] [-f text|json|html] [-o FILE] PLAN RUNBOOK",
	    backtest_help, backtest_run },
	{ "simulate", "live through rollouts with faults in virtual time",
	    "[--seed N] [--seeds COUNT] [--jobs COUNT] [--trace] [--only LIST]\n"
	    "       [-f text|json]",
	    simulate_help, simulate_run },
	{ "snapshot", "write the schema of a live database as a document",
	    "URL [-o FILE] [--schema NAME]... [--timeout D]", snapshot_help, snapshot_run },
};
#define COMMAND_COUNT (sizeof(commands) / sizeof(commands[0]))

static int
flush_stdout(void)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return CLI_OK;
	cli_error("standard output cannot be written");
	return CLI_CANTWRITE;
}

static int
print_overview(void)
{
	(void)printf("Usage: migarch COMMAND [OPTION]...\n\n"
		     "Plans system migrations and the way back.\n\n");
	for (size_t i = 0; i < COMMAND_COUNT; i++)
		(void)printf("  %-10s %s\n", commands[i].name, commands[i].summary);
	(void)printf("\n  -h, --help     show this help, or that of a command behind it\n"
		     "  -V, --version  show the version\n\n"
		     "Exit status: 0 done, 1 plans differ, a simulated run broke a rule,\n"
		     "lint has warnings or check something that may break, 2 lint has\n"
		     "errors or check something that breaks, 64 usage, 65 bad document,\n"
		     "66 input missing, 69 server not reachable, 70 internal, 73 cannot\n"
		     "write.\n");
	return flush_stdout();
}

static int
unknown_command(const char *name)
{
	const char *names[COMMANDS_MAX + 1] = { NULL };
	for (size_t i = 0; i < COMMAND_COUNT; i++)
		names[i] = commands[i].name;
	const char *nearest = mig_num_nearest(name, names);
	if (nearest != NULL)
		cli_error("unknown command \"%s\" (did you mean %s?)", name, nearest);
	else
		cli_error("unknown command \"%s\" (see migarch --help)", name);
	return CLI_USAGE;
}

void
cli_error(const char *fmt, ...)
{
	va_list args;
	va_start(args, fmt);
	(void)fputs("migarch: ", stderr);
	(void)vfprintf(stderr, fmt, args);
	(void)fputc('\n', stderr);
	va_end(args);
}

int
cli_usage(const struct cli_command *command)
{
	(void)fprintf(stderr, "usage: migarch %s %s\n", command->name, command->usage);
	return CLI_USAGE;
}

int
cli_help(const struct cli_command *command)
{
	(void)printf("Usage: migarch %s %s\n\n%c%s.\n\n%s", command->name, command->usage,
	    command->summary[0] - 'a' + 'A', command->summary + 1, command->help);
	return flush_stdout();
}

int
cli_version(void)
{
	(void)printf("migarch %s\n", PACKAGE_VERSION);
	return flush_stdout();
}

int
cli_now(mig_wall *ret_now)
{
	const char *epoch = getenv("SOURCE_DATE_EPOCH");
	if (epoch != NULL && *epoch != '\0') {
		int64_t seconds = 0;
		if (mig_num_int(epoch, 0, EPOCH_MAX, &seconds) != MIG_OK) {
			cli_error("SOURCE_DATE_EPOCH is not a number of seconds: \"%s\"", epoch);
			return MIG_EDOC;
		}
		*ret_now = (mig_wall){ seconds * 1000 };
		return MIG_OK;
	}
	struct timespec now = { 0 };
	if (clock_gettime(CLOCK_REALTIME, &now) != 0) {
		cli_error("the clock cannot be read");
		return MIG_EIO;
	}
	*ret_now = (mig_wall){ (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000 };
	return MIG_OK;
}

int
cli_main(int argc, char **argv)
{
	const char *name = argc > 1 ? argv[1] : NULL;
	if (name == NULL) {
		cli_error("a command is missing (see migarch --help)");
		return CLI_USAGE;
	}
	if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0 || strcmp(name, "help") == 0)
		return print_overview();
	if (strcmp(name, "--version") == 0 || strcmp(name, "-V") == 0)
		return cli_version();
	if (*name == '-') {
		cli_error("unknown option \"%s\" (options stand behind the command)", name);
		return CLI_USAGE;
	}
	for (size_t i = 0; i < COMMAND_COUNT; i++) {
		if (strcmp(commands[i].name, name) != 0)
			continue;
		/* So that messages about options begin like all others. */
		static char program[] = "migarch";
		argv[1] = program;
		return commands[i].run(&commands[i], argc - 1, argv + 1);
	}
	return unknown_command(name);
}
