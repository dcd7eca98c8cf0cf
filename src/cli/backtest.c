/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/limits.h"
#include "base/num.h"
#include "cli/backtest.h"
#include "cli/backtest_int.h"
#include "cli/fetch.h"
#include "daemon/config.h"
#include "sys/file.h"

/*
 * Points asked for at once.  A server gives up to FETCH_POINTS_MAX, but Prometheus 2.42 needs time
 * that grows with their square for timestamp(), which every age query uses.
 */
#define POINTS_AT_ONCE 2000

/* A server that does not take so many is asked for half, and so on down to about that many. */
#define POINTS_AT_LEAST 100

/* How often in a row a server may fail for what less, or another time, may help against. */
#define FAILURES_MAX 5

/* Before it is asked again when it is in trouble; twice as long each time. */
#define AGAIN_S 1

/* Moments lived through at once; any number would do. */
#define MOMENTS_AT_ONCE 100000

static const char *
server_of(const struct backtest_choice *choice, const struct backtest_source *source)
{
	if (choice->prometheus != NULL)
		return choice->prometheus;
	MIG_ASSERT(source->config != NULL); /* one of the two was asked for */
	return source->config->prometheus_url;
}

/* A slash at the end makes no other server. */
static bool
same_server(const char *a, const char *b)
{
	size_t a_len = strlen(a);
	size_t b_len = strlen(b);

	while (a_len > 0 && a[a_len - 1] == '/')
		a_len--;
	while (b_len > 0 && b[b_len - 1] == '/')
		b_len--;
	return a_len == b_len && strncmp(a, b, a_len) == 0;
}

/* The configuration when it is about that server: its secrets are for no other. */
static const struct config *
access_of(const struct backtest_choice *choice, const struct backtest_source *source)
{
	bool own = source->config != NULL && (choice->prometheus == NULL ||
	    same_server(choice->prometheus, source->config->prometheus_url));

	return own ? source->config : NULL;
}

/* Who would have expected them to be sent is told. */
static void
tell_kept_back(const struct backtest_choice *choice, const struct backtest_source *source)
{
	const struct config *config = source->config;

	if (config != NULL && access_of(choice, source) == NULL &&
	    (config->bearer_token_file != NULL || config->header_count > 0 ||
	    config->cert_file != NULL || config->ca_file != NULL))
		cli_error("%s: warning: the token, headers and certificates of %s are for another "
		    "server and not used (see --bearer-token-file, --header, --ca-file)",
		    choice->prometheus, choice->config);
}

/*
 * How far apart moments may be: over a longer gap than max_gap pending times start over, and what
 * is older than max_sample_age is stale, so nothing would ever be judged.
 */
static bool
check_step(const struct mig_settings *settings, int64_t step_ms)
{
	int64_t most = settings->max_gap_ms < settings->max_sample_age_ms ?
	    settings->max_gap_ms : settings->max_sample_age_ms;
	struct mig_buf text;

	if (step_ms <= most)
		return true;
	mig_buf_init(&text, MIG_ERROR_MAX);
	mig_num_format_duration(most, &text);
	cli_error("--step: no longer than max_gap and max_sample_age allow, which is %s here "
		  "(defaults and prometheus in the configuration of -c)", text.data);
	mig_buf_fini(&text);
	return false;
}

static int
make(const struct backtest_choice *choice, const struct mig_policy *policy,
    struct mig_backtest **ret_backtest)
{
	const struct mig_backtest_options options = { .from = choice->from, .to = choice->to,
		.step_ms = choice->step_ms != 0 ? choice->step_ms :
		    policy->settings.poll_interval_ms,
		.old_path = !choice->new_path, .damage = true, .damage_at = choice->damage_at };

	if (!check_step(&policy->settings, options.step_ms))
		return CLI_USAGE;
	int error = mig_backtest_new(policy, &options, ret_backtest);
	if (error == MIG_OK)
		return CLI_OK;
	if (error == MIG_ELIMIT)
		cli_error("more than %d moments between --from and --to: make --step longer",
		    MIG_BACKTEST_MOMENTS_MAX);
	else
		cli_error("%s", mig_error_text(error));
	return error == MIG_ELIMIT ? CLI_USAGE : CLI_INTERNAL;
}

/* What went wrong with a query, and the exit status for it. */
static int
tell_failure(const char *server, const struct fetch *fetch, const char *query, int error)
{
	if (error == MIG_EIO) {
		cli_error("%s: no history can be had: %s", server, fetch_error(fetch));
		return CLI_UNAVAILABLE;
	}
	if (error == MIG_EDOC) {
		cli_error("%s: %s (the query is %s)", server, fetch_error(fetch), query);
		return CLI_DATA;
	}
	cli_error("%s", mig_error_text(error));
	return CLI_INTERNAL;
}

/* How much of the history is asked for at once, and where it goes on. */
struct portion {
	size_t points;
	size_t chunk;
	size_t failures; /* in a row */
};

/* A server that is in trouble, perhaps for what it was asked, is left alone for some time. */
static void
wait_for(const char *server, const struct fetch *fetch, size_t failures)
{
	const struct timespec pause = { .tv_sec = (time_t)AGAIN_S << (failures - 1) };

	cli_error("%s: warning: %s; asked again in %lld s", server, fetch_error(fetch),
	    (long long)pause.tv_sec);
	(void)nanosleep(&pause, NULL); /* a signal that does not end us may cut it short */
}

/*
 * After a failure: ask for half, from where it goes on.  Whether that may help.  What is as short
 * as it gets is asked for again, as a proxy may have an error now and then.
 */
static bool
ask_less(const char *server, const struct fetch *fetch, struct portion *portion)
{
	enum fetch_remedy remedy = fetch_remedy(fetch);

	if (remedy == FETCH_HOPELESS || ++portion->failures == FAILURES_MAX)
		return false;
	if (remedy == FETCH_ASK_LATER)
		wait_for(server, fetch, portion->failures);
	if (portion->points / 2 >= POINTS_AT_LEAST) {
		portion->points /= 2;
		portion->chunk *= 2;
	}
	return true;
}

/*
 * On a terminal, how much of the history is here.  The cursor stays at the line's beginning: every
 * message is longer, and takes its place.
 */
static void
show_progress(const struct mig_backtest *backtest, size_t query, const struct portion *portion)
{
	double moments = (double)mig_backtest_report(backtest)->moments;
	double part = (double)(portion->chunk * portion->points) / moments;

	if (isatty(STDERR_FILENO))
		(void)fprintf(stderr, "history: %d %%\r", (int)(100 * ((double)query +
		    (part < 1 ? part : 1)) / (double)mig_backtest_query_count(backtest)));
}

static void
end_progress(void)
{
	if (isatty(STDERR_FILENO))
		(void)fputs("              \r", stderr);
}

/* All of one query's history, chunk by chunk. */
static int
fetch_query(const char *server, struct fetch *fetch, struct mig_backtest *backtest, size_t index,
    struct portion *portion)
{
	int64_t step_ms = mig_backtest_report(backtest)->options.step_ms;
	const char *query = mig_backtest_query(backtest, index);
	const struct mig_prom_point *points = NULL;
	size_t count = 0;
	mig_wall from;
	mig_wall to;

	portion->chunk = 0;
	while (mig_backtest_chunk(backtest, portion->chunk, portion->points, &from, &to)) {
		show_progress(backtest, index, portion);
		int error = fetch_range(fetch, query, from, to, step_ms, &points, &count);
		if (error != MIG_OK && ask_less(server, fetch, portion))
			continue;
		if (error != MIG_OK)
			return tell_failure(server, fetch, query, error);
		portion->failures = 0;
		portion->chunk++;
		error = mig_backtest_add(backtest, index, points, count);
		if (error == MIG_EDOC)
			cli_error("%s: it answers with other times than it was asked for (the "
				  "query is %s)", server, query);
		else if (error != MIG_OK)
			cli_error("%s", mig_error_text(error));
		if (error != MIG_OK)
			return error == MIG_EDOC ? CLI_DATA : CLI_INTERNAL;
	}
	return CLI_OK;
}

static int
open_server(const struct backtest_choice *choice, const struct backtest_source *source,
    const char *token, struct fetch **ret_fetch)
{
	const struct config *config = access_of(choice, source);
	struct fetch_settings settings = { .url = server_of(choice, source),
		.timeout_ms = choice->timeout_ms, .bearer_token = token };

	if (config != NULL) {
		settings.header_count = config->header_count;
		settings.headers = config->headers;
		settings.ca_file = config->ca_file;
		settings.cert_file = config->cert_file;
		settings.key_file = config->key_file;
	}
	if (choice->header_count > 0) {
		settings.header_count = choice->header_count;
		settings.headers = choice->headers;
	}
	if (choice->ca_file != NULL)
		settings.ca_file = choice->ca_file;
	int error = fetch_new(&settings, ret_fetch);
	if (error == MIG_OK)
		return CLI_OK;
	cli_error("%s", error == MIG_EDOC ? "a header or the bearer token has control characters" :
	    mig_error_text(error));
	return error == MIG_EDOC ? CLI_USAGE : CLI_INTERNAL;
}

static int
fetch_all(const struct backtest_choice *choice, const struct backtest_source *source,
    struct mig_backtest *backtest)
{
	const struct config *config = access_of(choice, source);
	const char *file = choice->token_file != NULL ? choice->token_file :
	    config != NULL ? config->bearer_token_file : NULL;
	char reason[MIG_ERROR_MAX];
	struct portion portion = { .points = POINTS_AT_ONCE };
	struct fetch *fetch = NULL;
	char *token = NULL;

	if (file != NULL && file_secret(file, &token, reason, sizeof(reason)) != MIG_OK) {
		cli_error("%s", reason);
		return CLI_NOINPUT;
	}
	tell_kept_back(choice, source);
	int status = open_server(choice, source, token, &fetch);
	for (size_t i = 0; status == CLI_OK && i < mig_backtest_query_count(backtest); i++)
		status = fetch_query(server_of(choice, source), fetch, backtest, i, &portion);
	end_progress();
	fetch_free(fetch);
	free(token);
	return status;
}

/* Who looks at the exit status alone must not take silence for calm. */
static void
tell_unjudged(const struct mig_backtest_report *report)
{
	size_t armed = 0;
	size_t seen = 0;

	for (size_t i = 0; i < report->policy->trigger_count; i++) {
		armed += report->policy->triggers[i].armed ? 1 : 0;
		seen += report->policy->triggers[i].armed && mig_backtest_seen(report, i) > 0 ?
		    1 : 0;
	}
	if (armed == 0)
		cli_error("warning: no trigger is armed, so there was nothing to try");
	else if (seen == 0)
		cli_error("warning: no trigger had anything to judge by: the history says nothing");
	else if (seen < armed)
		cli_error("warning: %zu of %zu armed triggers had nothing to judge by",
		    armed - seen, armed);
}

static int
write_report(const struct backtest_choice *choice, const struct mig_backtest *backtest)
{
	const char *path = choice->output != NULL ? choice->output : "-";
	char reason[MIG_ERROR_MAX * 2];
	struct mig_buf out;
	int status = CLI_OK;

	mig_buf_init(&out, MIG_DOC_BYTES_MAX);
	int error = mig_backtest_render(mig_backtest_report(backtest), choice->form, &out);
	if (error != MIG_OK) {
		cli_error("%s", mig_error_text(error));
		status = CLI_INTERNAL;
	} else if (file_write(path, out.data, out.len, reason, sizeof(reason)) != MIG_OK) {
		cli_error("%s", reason);
		status = CLI_CANTWRITE;
	} else if (strcmp(path, "-") != 0) {
		cli_error("saved to %s", path);
	}
	mig_buf_fini(&out);
	return status;
}

int
backtest_run(const struct cli_command *command, int argc, char **argv)
{
	struct backtest_choice choice = { 0 };
	struct backtest_source source = { 0 };
	struct mig_backtest *backtest = NULL;
	int status = backtest_options(command, argc, argv, &choice);

	if (status >= 0)
		return status;
	status = backtest_source_read(&choice, &source);
	if (status == CLI_OK)
		status = make(&choice, source.bound.compiled.policy, &backtest);
	if (status == CLI_OK)
		status = fetch_all(&choice, &source, backtest);
	while (status == CLI_OK && mig_backtest_run(backtest, MOMENTS_AT_ONCE))
		;
	if (status == CLI_OK)
		tell_unjudged(mig_backtest_report(backtest));
	if (status == CLI_OK)
		status = write_report(&choice, backtest);
	mig_backtest_free(backtest);
	backtest_source_fini(&source);
	return status;
}
