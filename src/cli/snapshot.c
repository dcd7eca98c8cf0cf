/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/limits.h"
#include "base/num.h"
#include "cli/cli.h"
#include "cli/output.h"
#include "cli/snapshot.h"
#include "schema/snapshot.h"
#include "source/live.h"

#define SCHEMAS_MAX 64
#define TIMEOUT_DEFAULT_MS 60000
#define TIMEOUT_MAX_MS (24 * 3600 * 1000)

enum { OPTION_SCHEMA = 0x100, OPTION_TIMEOUT };

static const struct option options[] = { { "output", required_argument, NULL, 'o' },
	{ "schema", required_argument, NULL, OPTION_SCHEMA },
	{ "timeout", required_argument, NULL, OPTION_TIMEOUT }, { "help", no_argument, NULL, 'h' },
	{ "version", no_argument, NULL, 'V' }, { NULL, 0, NULL, 0 } };

struct choice {
	const char *url;
	const char *output;
	const char *schemas[SCHEMAS_MAX + 1];
	size_t schemas_count;
	int64_t timeout_ms;
};

static void
report(const struct mig_findings *findings)
{
	struct mig_buf line;
	mig_buf_init(&line, MIG_DOC_BYTES_MAX);
	for (size_t i = 0; i < findings->count; i++) {
		mig_buf_reset(&line);
		mig_finding_format(&findings->items[i], &line);
		cli_error("%s", line.data);
	}
	mig_buf_fini(&line);
}

static int
status_of(int error)
{
	if (error == MIG_OK)
		return CLI_OK;
	if (error == MIG_EIO)
		return CLI_UNAVAILABLE;
	return error == MIG_EDOC ? CLI_DATA : CLI_INTERNAL;
}

static int
run(const struct choice *choice)
{
	struct live_options live = { .timeout_ms = choice->timeout_ms,
		.schemas = choice->schemas_count > 0 ? choice->schemas : NULL };
	struct output output = { .format = OUTPUT_JSON, .path = choice->output };
	struct mig_findings findings = { 0 };
	struct mig_db *db = NULL;
	int status = status_of(live_read(choice->url, &live, &db, &findings));
	report(&findings);
	mig_findings_fini(&findings);
	mig_buf_init(&output.json, MIG_SCHEMA_BYTES_MAX);
	mig_buf_init(&output.page, MIG_DOC_BYTES_MAX);
	if (status == CLI_OK) {
		mig_snapshot_write(db, &output.json);
		if (mig_buf_ok(&output.json)) {
			status = output_write(&output);
		} else {
			cli_error("the snapshot has more than %u MiB", MIG_SCHEMA_BYTES_MAX >> 20);
			status = CLI_INTERNAL;
		}
	}
	mig_db_free(db);
	mig_buf_fini(&output.page);
	mig_buf_fini(&output.json);
	return status;
}

static bool
take_schema(struct choice *choice, const char *name)
{
	if (choice->schemas_count == SCHEMAS_MAX) {
		cli_error("at most %d schemas can be named", SCHEMAS_MAX);
		return false;
	}
	choice->schemas[choice->schemas_count++] = name;
	return true;
}

static bool
take_timeout(struct choice *choice, const char *text)
{
	if (mig_num_duration(text, &choice->timeout_ms) == MIG_OK && choice->timeout_ms > 0 &&
	    choice->timeout_ms <= TIMEOUT_MAX_MS)
		return true;
	cli_error("--timeout is no duration from 1ms to 24h: \"%s\" (write it like 30s)", text);
	return false;
}

/* What stands behind the options: one URL; -1 to go on, else the exit status. */
static int
take_url(struct choice *choice, const struct cli_command *command, int argc, char **argv)
{
	if (argc - optind != 1) {
		cli_error(argc == optind ? "the URL of a database is missing" :
		                           "more than one URL was given");
		return cli_usage(command);
	}
	choice->url = argv[optind];
	if (live_is_url(choice->url))
		return -1;
	cli_error("what was given is no URL of a database (postgresql://user@host/database or "
	          "mysql://user@host/database)");
	return CLI_USAGE;
}

int
snapshot_run(const struct cli_command *command, int argc, char **argv)
{
	struct choice choice = { .timeout_ms = TIMEOUT_DEFAULT_MS };
	int letter = 0;
	while ((letter = getopt_long(argc, argv, "o:hV", options, NULL)) != -1) {
		switch (letter) {
		case 'o':
			choice.output = optarg;
			break;
		case OPTION_SCHEMA:
			if (!take_schema(&choice, optarg))
				return cli_usage(command);
			break;
		case OPTION_TIMEOUT:
			if (!take_timeout(&choice, optarg))
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
	int status = take_url(&choice, command, argc, argv);
	return status >= 0 ? status : run(&choice);
}
