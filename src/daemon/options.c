/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <config.h>

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/options.h"

static const char usage[] =
    "Usage: migarchd [OPTION]...\n"
    "Walk migrations through their phases, watch the metrics, roll back when they go bad.\n"
    "Always runs in the foreground.\n"
    "\n"
    "  -c, --config FILE        configuration (default " SYSCONFDIR "/migarchd.conf)\n"
    "      --check              validate configuration, plans and runbooks, and exit\n"
    "      --print-config       print the effective configuration, and exit\n"
    "      --state-dir DIR      where relative state paths lead\n"
    "      --socket PATH        control socket\n"
    "      --log-level LEVEL    error, warning, info (default) or debug\n"
    "      --log-format FORMAT  auto (default), journal, logfmt or json\n"
    "  -h, --help               this text\n"
    "  -V, --version            version\n"
    "\n"
    "Exit status: 0 stopped as asked or nothing to complain about, 64 usage, 65 bad\n"
    "configuration or document, 66 configuration missing, 70 internal, 73 state not\n"
    "writable, 75 another daemon holds the state or the socket.\n";

static const struct option long_options[] = {
	{ "config", required_argument, NULL, 'c' },
	{ "check", no_argument, NULL, 'k' },
	{ "print-config", no_argument, NULL, 'p' },
	{ "state-dir", required_argument, NULL, 's' },
	{ "socket", required_argument, NULL, 'S' },
	{ "log-level", required_argument, NULL, 'l' },
	{ "log-format", required_argument, NULL, 'f' },
	{ "help", no_argument, NULL, 'h' },
	{ "version", no_argument, NULL, 'V' },
	{ NULL, 0, NULL, 0 },
};

/* The place of a word in a list, or -1 with a complaint. */
static int
choose(const char *option, const char *word, const char *const *words)
{
	for (int i = 0; words[i] != NULL; i++) {
		if (strcmp(words[i], word) == 0)
			return i;
	}
	(void)fprintf(stderr, "migarchd: --%s: unknown value \"%s\" (see --help)\n", option, word);
	return -1;
}

/* What systemd says, else what was built in. */
static const char *
directory(const char *variable, const char *fallback)
{
	const char *value = getenv(variable);

	return value != NULL && value[0] == '/' ? value : fallback;
}

/* Take one option; -1 to go on, else the exit status. */
static int
take(int option, struct options *options)
{
	static const char *const levels[] = { "error", "warning", "info", "debug", NULL };
	static const char *const formats[] = { "auto", "journal", "logfmt", "json", NULL };
	int choice = 0;

	switch (option) {
	case 'c':
		options->config = optarg;
		return -1;
	case 'k':
		options->check = true;
		return -1;
	case 'p':
		options->print_config = true;
		return -1;
	case 's':
		options->paths.state_dir = optarg;
		return -1;
	case 'S':
		options->paths.socket = optarg;
		return -1;
	case 'l':
		choice = choose("log-level", optarg, levels);
		options->log_level = (enum log_level)choice;
		return choice < 0 ? EXIT_USAGE : -1;
	case 'f':
		choice = choose("log-format", optarg, formats);
		options->log_format = (enum log_format)choice;
		return choice < 0 ? EXIT_USAGE : -1;
	case 'h':
		(void)fputs(usage, stdout);
		return EXIT_SUCCESS;
	case 'V':
		(void)puts("migarchd " PACKAGE_VERSION);
		return EXIT_SUCCESS;
	default:
		(void)fputs("Try 'migarchd --help'.\n", stderr);
		return EXIT_USAGE;
	}
}

int
options_read(int argc, char **argv, struct options *ret_options)
{
	struct options options = { .config = SYSCONFDIR "/migarchd.conf",
		.log_level = LOG_LEVEL_INFO, .log_format = LOG_FORMAT_AUTO };
	int option = 0;

	options.paths.state_dir = directory("STATE_DIRECTORY", LOCALSTATEDIR "/lib/migarchd");
	options.paths.runtime_dir = directory("RUNTIME_DIRECTORY", RUNSTATEDIR "/migarchd");
	while ((option = getopt_long(argc, argv, "c:hV", long_options, NULL)) != -1) {
		int status = take(option, &options);
		if (status >= 0)
			return status;
	}
	if (optind < argc) {
		(void)fprintf(stderr, "migarchd: unexpected argument \"%s\" (see --help)\n",
		    argv[optind]);
		return EXIT_USAGE;
	}
	*ret_options = options;
	return -1;
}
