/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include "config.h"

#include <sys/ioctl.h>

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/num.h"
#include "ctl/client.h"
#include "ctl/commands.h"
#include "ctl/ctl.h"
#include "ctl/text.h"
#include "sys/file.h"

#ifndef RUNSTATEDIR
#define RUNSTATEDIR "/run"
#endif
#define DEFAULT_SOCKET RUNSTATEDIR "/migarchd/control.sock"
#define COLUMNS_MIN 80
#define COLUMNS_MAX 120
#define OPTIONS_MAX 24

/* One option; bit 0 means that every command has it. */
struct option_row {
	unsigned bit;
	int letter; /* what getopt gives back; letters above 0xff have no short form */
	const char *name;
	const char *argument; /* NULL: none */
	const char *help;
};

enum { LETTER_WAIT_STATE = 0x100, LETTER_WAIT, LETTER_TOKEN_FILE };

static const struct option_row option_rows[] = {
	{ 0, 's', "socket", "PATH", "the daemon's Unix socket (or set MIGARCH_SOCKET)" },
	{ 0, 'u', "url", "URL", "the daemon's TCP address instead, http://HOST:PORT" },
	{ 0, LETTER_TOKEN_FILE, "token-file", "FILE", "file with the bearer token for --url" },
	{ 0, 'f', "format", "FORMAT", "text (default) or json" },
	{ 0, 'h', "help", NULL, "show this help" },
	{ 0, 'V', "version", NULL, "show the version" },
	{ CTL_OPT_WATCH, 'w', "watch", NULL, "draw the screen again every second" },
	{ CTL_OPT_WAIT_STATE, LETTER_WAIT_STATE, "wait", "STATE",
	    "wait until the rollout is in STATE" },
	{ CTL_OPT_WAIT, LETTER_WAIT, "wait", NULL, "wait until the rollout has ended" },
	{ CTL_OPT_TIMEOUT, 't', "timeout", "T", "wait at most that long (\"10m\", \"90s\")" },
	{ CTL_OPT_SINCE, 'S', "since", "T", "records since a time (RFC 3339) or so long ago" },
	{ CTL_OPT_FOLLOW, 'F', "follow", NULL, "go on with what happens from now on" },
	{ CTL_OPT_BINDING, 'b', "binding", "FILE", "what migarchd.conf says of one migration" },
	{ CTL_OPT_COMMENT, 'c', "comment", "TEXT", "why, for the record" },
};
#define OPTION_ROWS (sizeof(option_rows) / sizeof(option_rows[0]))

static bool
allowed(const struct option_row *row, const struct ctl_command *command)
{
	return row->bit == 0 || (command != NULL && (command->options & row->bit) != 0);
}

static void
print_options(const struct ctl_command *command, bool own)
{
	for (size_t i = 0; i < OPTION_ROWS; i++) {
		const struct option_row *row = &option_rows[i];
		char left[64];

		if (!allowed(row, command) || (row->bit != 0) != own)
			continue;
		(void)snprintf(left, sizeof(left), "%c%c%s--%s%s%s",
		    row->letter < 0x100 ? '-' : ' ', row->letter < 0x100 ? row->letter : ' ',
		    row->letter < 0x100 ? ", " : "  ", row->name, row->argument != NULL ? " " : "",
		    row->argument != NULL ? row->argument : "");
		printf("  %-24s %s\n", left, row->help);
	}
}

static int
print_help(const struct ctl_command *command)
{
	if (command == NULL) {
		printf("Usage: migarchctl [OPTION...] COMMAND [OPERAND...]\n"
		    "Watch and direct the rollouts of migarchd.\n\nCommands:\n");
		for (const struct ctl_command *row = commands_table(); row->name != NULL; row++)
			printf("  %-9s %s\n", row->name, row->summary);
		printf("\nOptions, for every command:\n");
		print_options(NULL, false);
		printf("\nROLLOUT may be left out while only one is unfinished; a unique prefix is "
		    "enough,\na migration_id names its newest rollout.\n"
		    "\"migarchctl COMMAND --help\" tells more.\n");
	} else {
		printf("Usage: migarchctl %s [OPTION...]%s%s\n%s.\n", command->name,
		    command->operands[0] != '\0' ? " " : "", command->operands, command->summary);
		if (command->text != NULL)
			printf("\n%s\n", command->text);
		if (command->options != 0)
			printf("\nOptions:\n");
		print_options(command, true);
		printf("\nOptions of every command:\n");
		print_options(command, false);
	}
	return ctl_print("", 0);
}

static int
set_timeout(struct ctl_options *options, const char *text)
{
	if (mig_num_duration(text, &options->timeout_ms) == 0 && options->timeout_ms > 0)
		return CTL_OK;
	ctl_complain("--timeout: not a duration above 0: \"%s\" (write \"90s\", \"10m\")", text);
	return CTL_USAGE;
}

static int
set_format(struct ctl_options *options, const char *text)
{
	options->json = strcmp(text, "json") == 0;
	if (options->json || strcmp(text, "text") == 0)
		return CTL_OK;
	ctl_complain("--format: \"%s\" is neither text nor json", text);
	return CTL_USAGE;
}

static int
set_option(struct ctl_options *options, int letter, const char *argument)
{
	switch (letter) {
	case 's':
		options->socket = argument;
		return CTL_OK;
	case 'u':
		options->url = argument;
		return CTL_OK;
	case LETTER_TOKEN_FILE:
		options->token_file = argument;
		return CTL_OK;
	case 'f':
		return set_format(options, argument);
	case 'h':
		options->help = true;
		return CTL_OK;
	case 'V':
		options->version = true;
		return CTL_OK;
	case 'w':
		options->watch = true;
		return CTL_OK;
	case LETTER_WAIT_STATE:
		options->wait_state = argument;
		return CTL_OK;
	case LETTER_WAIT:
		options->wait = true;
		return CTL_OK;
	case 't':
		return set_timeout(options, argument);
	case 'S':
		options->since = argument;
		return CTL_OK;
	case 'F':
		options->follow = true;
		return CTL_OK;
	case 'b':
		options->binding = argument;
		return CTL_OK;
	case 'c':
		options->comment = argument;
		return CTL_OK;
	default:
		return CTL_USAGE;
	}
}

/*
 * Read the options that the command (NULL: none yet) allows.  Before the command getopt stops at
 * the first operand, which is the command; behind it options and operands may be mixed.
 */
static int
parse(struct ctl *ctl, const struct ctl_command *command, int argc, char **argv)
{
	struct option longs[OPTIONS_MAX] = { { 0 } };
	char shorts[2 + 2 * OPTIONS_MAX];
	size_t count = 0;
	size_t len = 0;
	int letter = 0;

	if (command == NULL)
		shorts[len++] = '+';
	for (size_t i = 0; i < OPTION_ROWS; i++) {
		const struct option_row *row = &option_rows[i];

		if (!allowed(row, command))
			continue;
		longs[count++] = (struct option) { row->name,
			row->argument != NULL ? required_argument : no_argument, NULL,
			row->letter };
		if (row->letter >= 0x100)
			continue;
		shorts[len++] = (char)row->letter;
		if (row->argument != NULL)
			shorts[len++] = ':';
	}
	shorts[len] = '\0';
	optind = 0;
	while ((letter = getopt_long(argc, argv, shorts, longs, NULL)) != -1) {
		int rc = set_option(&ctl->options, letter, optarg);

		if (rc != CTL_OK) {
			(void)fprintf(stderr, "Try \"migarchctl %s%s--help\".\n",
			    command != NULL ? command->name : "", command != NULL ? " " : "");
			return rc;
		}
	}
	return CTL_OK;
}

/* What is behind the global options must be a command. */
static int
find_command(struct ctl *ctl, const char *name)
{
	const char *names[32] = { NULL };
	size_t count = 0;

	ctl->command = commands_find(name);
	if (ctl->command != NULL)
		return CTL_OK;
	for (const struct ctl_command *row = commands_table(); row->name != NULL && count < 31;
	    row++)
		names[count++] = row->name;
	const char *nearest = mig_num_nearest(name, names);
	ctl_complain("there is no command \"%s\"%s%s%s (migarchctl --help)", name,
	    nearest != NULL ? "; did you mean \"" : "", nearest != NULL ? nearest : "",
	    nearest != NULL ? "\"?" : "");
	return CTL_USAGE;
}

static int
check_operands(const struct ctl *ctl)
{
	const struct ctl_command *command = ctl->command;

	if (ctl->argc >= command->min && ctl->argc <= command->max)
		return CTL_OK;
	ctl_complain("%s operands for \"%s\"; usage: migarchctl %s %s",
	    ctl->argc < command->min ? "too few" : "too many", command->name, command->name,
	    command->operands);
	return CTL_USAGE;
}

static int
connect_client(struct ctl *ctl)
{
	const struct ctl_options *options = &ctl->options;
	char *token = NULL;
	char error[512];

	if (options->url != NULL && strncmp(options->url, "http://", 7) != 0 &&
	    strncmp(options->url, "https://", 8) != 0) {
		ctl_complain("--url: \"%s\" does not start with http:// or https://",
		    options->url);
		return CTL_USAGE;
	}
	if (options->token_file != NULL && options->url == NULL) {
		ctl_complain("--token-file is for --url; the socket needs no token");
		return CTL_USAGE;
	}
	if (options->token_file != NULL &&
	    file_secret(options->token_file, &token, error, sizeof(error)) != 0) {
		ctl_complain("%s", error);
		return CTL_NOINPUT;
	}
	ctl->client = client_new(options->socket, options->url, token);
	if (token != NULL)
		explicit_bzero(token, strlen(token));
	free(token);
	if (ctl->client != NULL)
		return CTL_OK;
	ctl_complain("out of memory");
	return CTL_INTERNAL;
}

static void
look_at_terminal(struct ctl *ctl)
{
	const char *no_colour = getenv("NO_COLOR");
	const char *term = getenv("TERM");
	struct winsize size = { 0 };

	ctl->width = COLUMNS_MIN;
	if (!isatty(STDOUT_FILENO))
		return;
	ctl->colour = (no_colour == NULL || no_colour[0] == '\0') &&
	    (term == NULL || strcmp(term, "dumb") != 0);
	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > COLUMNS_MIN)
		ctl->width = size.ws_col < COLUMNS_MAX ? size.ws_col : COLUMNS_MAX;
}

static int
print_version(void)
{
	printf("migarchctl %s\n", PACKAGE_VERSION);
	return ctl_print("", 0);
}

static int
run(struct ctl *ctl, int argc, char **argv)
{
	char *program = argv[0];
	int rc = parse(ctl, NULL, argc, argv);
	if (rc != CTL_OK)
		return rc;
	if (ctl->options.help)
		return print_help(NULL);
	if (ctl->options.version)
		return print_version();
	if (optind >= argc) {
		ctl_complain("which command? (migarchctl --help)");
		return CTL_USAGE;
	}
	argc -= optind;
	argv += optind;
	rc = find_command(ctl, argv[0]);
	argv[0] = program; /* getopt complains in its name */
	if (rc == CTL_OK)
		rc = parse(ctl, ctl->command, argc, argv);
	if (rc != CTL_OK)
		return rc;
	if (ctl->options.help)
		return print_help(ctl->command);
	if (ctl->options.version)
		return print_version();
	ctl->argc = (size_t)(argc - optind);
	ctl->argv = argv + optind;
	rc = check_operands(ctl);
	if (rc == CTL_OK)
		rc = connect_client(ctl);
	return rc == CTL_OK ? ctl->command->run(ctl) : rc;
}

/*
 * A standard stream that is closed must not be the number of a socket, into which all that is
 * printed would go: what is opened here can be neither read nor written.
 */
static void
occupy_streams(void)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
		if (fcntl(fd, F_GETFD) == -1)
			(void)open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY);
	}
}

int
ctl_main(int argc, char **argv)
{
	const char *socket = getenv("MIGARCH_SOCKET");
	struct ctl ctl = { 0 };

	occupy_streams();
	ctl.options.socket = socket != NULL && socket[0] != '\0' ? socket : DEFAULT_SOCKET;
	look_at_terminal(&ctl);
	int rc = run(&ctl, argc, argv);
	client_free(ctl.client);
	return rc;
}

void
ctl_complain(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	(void)fputs("migarchctl: ", stderr);
	(void)vfprintf(stderr, fmt, args);
	(void)fputc('\n', stderr);
	va_end(args);
}

int
ctl_print(const char *text, size_t len)
{
	if (fwrite(text, 1, len, stdout) == len && fflush(stdout) == 0 && !ferror(stdout))
		return CTL_OK;
	ctl_complain("can't write to standard output: %s", strerror(errno));
	return CTL_CANTWRITE;
}

mig_wall
ctl_now(void)
{
	struct timespec now = { 0 };

	(void)clock_gettime(CLOCK_REALTIME, &now); /* can't fail for this clock */
	return (mig_wall) { .ms = (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000 };
}

mig_mono
ctl_mono(void)
{
	struct timespec now = { 0 };

	(void)clock_gettime(CLOCK_MONOTONIC, &now); /* can't fail for this clock */
	return (mig_mono) { .ms = (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000 };
}

void
ctl_sleep(int64_t ms)
{
	struct timespec wanted = { .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000 };

	(void)nanosleep(&wanted, NULL); /* a signal may cut it short: the caller looks again */
}
