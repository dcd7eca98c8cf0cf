/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <sys/mman.h>
#include <sys/wait.h>

#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/json_write.h"
#include "base/num.h"
#include "base/prng.h"
#include "cli/cli.h"
#include "cli/simulate.h"
#include "sim/failure.h"
#include "sim/setup.h"
#include "sim/sim.h"

#define SEEDS_DEFAULT 1000
#define SEEDS_MAX INT64_C(1000000000000)
#define JOBS_MAX 64
#define SHOWN_MAX 5
#define REPORT_MAX 65536
#define YEAR_S (365.25 * 86400)
#define ONLY_OPTION 256 /* without a letter */

struct choice {
	int64_t first;
	int64_t count;
	int64_t jobs;
	pid_t self;       /* the process that started the workers */
	const char *only; /* the faults that stay in, "3,7"; NULL: all */
	bool trace;
	bool json;
};

/* A run that broke a rule. */
struct failure {
	uint64_t seed;
	struct sim_result result;
};

/* What some runs came to; travels through a pipe as it is. */
struct tally {
	uint64_t seeds;
	uint64_t broken;
	uint64_t events;
	uint64_t steps_up;
	uint64_t crashes;
	uint64_t ended[MIG_RUN_COUNT];
	uint64_t hash;
	bool commands[MIG_RUN_COUNT][MIG_COMMAND_COUNT];
	bool transitions[MIG_RUN_COUNT][MIG_RUN_COUNT];
	double virtual_s;
	int error;
	size_t shown;
	struct failure failures[SHOWN_MAX];
};

/* Add what was seen to what was seen before; the same for both tables. */
static void
add_seen(bool *sum, const bool *part, size_t count)
{
	for (size_t i = 0; i < count; i++)
		sum[i] = sum[i] || part[i];
}

static size_t
count_seen(const bool *seen, size_t count)
{
	size_t sum = 0;

	for (size_t i = 0; i < count; i++)
		sum += seen[i];
	return sum;
}

static void
add_run(struct tally *tally, uint64_t seed, const struct sim_result *result)
{
	tally->seeds++;
	tally->events += result->events;
	tally->steps_up += result->steps_up;
	tally->crashes += result->crashes;
	tally->ended[result->ended]++;
	tally->virtual_s += (double)result->length_ms / 1000;
	tally->hash ^= mig_prng_mix(seed, result->hash);
	add_seen(tally->commands[0], result->commands[0], MIG_RUN_COUNT * MIG_COMMAND_COUNT);
	add_seen(tally->transitions[0], result->transitions[0], MIG_RUN_COUNT * MIG_RUN_COUNT);
	if (!result->broken)
		return;
	tally->broken++;
	if (tally->shown < SHOWN_MAX)
		tally->failures[tally->shown++] = (struct failure){ seed, *result };
}

static void
add_tally(struct tally *sum, const struct tally *part)
{
	sum->seeds += part->seeds;
	sum->broken += part->broken;
	sum->events += part->events;
	sum->steps_up += part->steps_up;
	sum->crashes += part->crashes;
	for (size_t i = 0; i < MIG_RUN_COUNT; i++)
		sum->ended[i] += part->ended[i];
	sum->hash ^= part->hash;
	add_seen(sum->commands[0], part->commands[0], MIG_RUN_COUNT * MIG_COMMAND_COUNT);
	add_seen(sum->transitions[0], part->transitions[0], MIG_RUN_COUNT * MIG_RUN_COUNT);
	sum->virtual_s += part->virtual_s;
	sum->error = part->error != 0 ? part->error : sum->error;
	for (size_t i = 0; i < part->shown && sum->shown < SHOWN_MAX; i++)
		sum->failures[sum->shown++] = part->failures[i];
}

/* One worker's share: every jobs-th seed; which one it is at is in *at, even when it dies. */
static void
run_share(const struct choice *choice, int64_t share, volatile int64_t *at, struct tally *tally)
{
	struct sim_setup setup;
	struct sim_result result = { 0 };

	for (int64_t i = share; i < choice->count && tally->error == 0; i += choice->jobs) {
		if (getppid() != choice->self)
			return; /* nobody is left to be told */
		uint64_t seed = (uint64_t)(choice->first + i);
		*at = choice->first + i;
		sim_setup_draw(&setup, seed);
		tally->error = sim_run(&setup, NULL, NULL, &result);
		if (tally->error == 0)
			add_run(tally, seed, &result);
		else
			(void)fprintf(stderr, "migarch: seed %" PRIu64 ": %s %s\n", seed,
			    mig_error_text(tally->error), result.text);
	}
}

static bool
write_all(int fd, const void *data, size_t len)
{
	const char *at = data;

	while (len > 0) {
		ssize_t put = write(fd, at, len);
		if (put < 0 && errno == EINTR)
			continue;
		if (put <= 0)
			return false;
		at += put;
		len -= (size_t)put;
	}
	return true;
}

static bool
read_all(int fd, void *data, size_t len)
{
	char *at = data;

	while (len > 0) {
		ssize_t got = read(fd, at, len);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return false;
		at += got;
		len -= (size_t)got;
	}
	return true;
}

/* Start a worker; the end of its pipe to read from, or -1. */
static int
start_worker(const struct choice *choice, int64_t share, volatile int64_t *at)
{
	int ends[2];

	if (pipe(ends) != 0)
		return -1;
	pid_t child = fork();
	if (child == 0) {
		struct tally tally = { 0 };
		(void)close(ends[0]);
		run_share(choice, share, at, &tally);
		_exit(write_all(ends[1], &tally, sizeof(tally)) ? 0 : 1);
	}
	(void)close(ends[1]);
	if (child > 0)
		return ends[0];
	(void)close(ends[0]);
	return -1;
}

static void
tell_death(int64_t seed)
{
	if (seed > 0)
		cli_error("a worker has died at seed %" PRId64 " (see: migarch simulate --seed %"
		    PRId64 " --trace)", seed, seed);
	else
		cli_error("a worker cannot be started");
}

/* All shares, each in a process of its own. */
static int
run_workers(const struct choice *choice, struct tally *sum)
{
	int ends[JOBS_MAX];
	int status = CLI_OK;
	int64_t *at = mmap(NULL, JOBS_MAX * sizeof(*at), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (at == MAP_FAILED) {
		cli_error("%s", mig_error_text(MIG_ENOMEM));
		return CLI_INTERNAL;
	}
	(void)fflush(NULL);
	for (int64_t i = 0; i < choice->jobs; i++)
		ends[i] = start_worker(choice, i, &at[i]);
	for (int64_t i = 0; i < choice->jobs; i++) {
		struct tally part = { 0 };
		if (ends[i] < 0 || !read_all(ends[i], &part, sizeof(part))) {
			status = CLI_INTERNAL;
			tell_death(at[i]);
		} else {
			add_tally(sum, &part);
		}
		if (ends[i] >= 0)
			(void)close(ends[i]);
	}
	while (wait(NULL) > 0)
		;
	(void)munmap(at, JOBS_MAX * sizeof(*at));
	return sum->error != 0 ? CLI_INTERNAL : status;
}

/* Leave out all faults but those that were named; false with a message. */
static bool
keep_only(struct sim_setup *setup, const char *only)
{
	for (size_t i = 0; i < setup->fault_count; i++)
		setup->faults[i].off = true;
	while (*only != '\0') {
		char number[16];
		size_t len = strcspn(only, ",");
		int64_t index = 0;
		(void)snprintf(number, sizeof(number), "%.*s", (int)len, only);
		if (len >= sizeof(number) || mig_num_int(number, 0, (int64_t)setup->fault_count - 1,
		    &index) != MIG_OK) {
			cli_error("--only wants numbers of faults below %zu, like 3,7",
			    setup->fault_count);
			return false;
		}
		setup->faults[index].off = false;
		only += only[len] == ',' ? len + 1 : len;
	}
	return true;
}

static void
print_line(void *context, const char *line)
{
	(void)context;
	(void)puts(line);
}

static void
print_faults(const struct sim_setup *setup)
{
	struct mig_buf text;

	mig_buf_init(&text, REPORT_MAX);
	for (size_t i = 0; i < setup->fault_count; i++) {
		if (!setup->faults[i].off)
			sim_failure_fault(&setup->faults[i], i, &text);
	}
	(void)fputs(text.data, stdout);
	mig_buf_fini(&text);
}

/* What was printed is out, or the message that it is not. */
static int
close_output(int status)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return status;
	cli_error("standard output cannot be written");
	return CLI_CANTWRITE;
}

/* One seed, with all that happens. */
static int
run_traced(const struct choice *choice)
{
	struct sim_result result = { 0 };
	struct sim_setup setup;

	/* What was before a crash must be seen. */
	(void)setvbuf(stdout, NULL, _IOLBF, 0);
	sim_setup_draw(&setup, (uint64_t)choice->first);
	if (choice->only != NULL && !keep_only(&setup, choice->only))
		return CLI_USAGE;
	print_faults(&setup);
	int error = sim_run(&setup, print_line, NULL, &result);
	if (error != MIG_OK) {
		cli_error("seed %" PRId64 ": %s %s", choice->first, mig_error_text(error),
		    result.text);
		return CLI_INTERNAL;
	}
	(void)printf("ended %s after %.3f s, %" PRIu64 " events, hash %016" PRIx64 "\n",
	    mig_run_name(result.ended), (double)result.length_ms / 1000, result.events,
	    result.hash);
	return close_output(result.broken ? CLI_BROKEN : CLI_OK);
}

/* The least that still breaks the rule, and how to see it. */
static void
explain_failure(const struct failure *failure)
{
	struct sim_setup setup;
	struct mig_buf text;

	mig_buf_init(&text, REPORT_MAX);
	sim_setup_draw(&setup, failure->seed);
	sim_failure_write(&setup, &text);
	(void)fputs(text.data, stdout);
	mig_buf_fini(&text);
}

static void
print_text(const struct choice *choice, const struct tally *tally, double seconds)
{
	for (size_t i = 0; i < tally->shown; i++)
		explain_failure(&tally->failures[i]);
	(void)printf("seeds %" PRId64 " to %" PRId64 ": %" PRIu64 " runs, %.1f a second; "
	    "%.2f virtual years, %" PRIu64 " events,\n%" PRIu64 " steps up, %" PRIu64
	    " crashes; ended:", choice->first, choice->first + choice->count - 1,
	    tally->seeds, (double)tally->seeds / seconds, tally->virtual_s / YEAR_S,
	    tally->events, tally->steps_up, tally->crashes);
	for (int i = 0; i < MIG_RUN_COUNT; i++) {
		if (tally->ended[i] > 0)
			(void)printf(" %s %" PRIu64, mig_run_name((enum mig_run)i),
			    tally->ended[i]);
	}
	(void)printf("; hash %016" PRIx64 "\nreached: %zu of %d pairs of state and command, %zu "
	    "transitions\n%" PRIu64 " violations\n", tally->hash,
	    count_seen(tally->commands[0], MIG_RUN_COUNT * MIG_COMMAND_COUNT),
	    MIG_RUN_COUNT * MIG_COMMAND_COUNT,
	    count_seen(tally->transitions[0], MIG_RUN_COUNT * MIG_RUN_COUNT), tally->broken);
}

static void
print_json(const struct choice *choice, const struct tally *tally, double seconds)
{
	char hash[20];
	struct mig_buf text;
	struct mig_jw jw;

	mig_buf_init(&text, REPORT_MAX);
	mig_jw_init(&jw, &text, 2);
	mig_jw_object(&jw, NULL);
	mig_jw_int(&jw, "first_seed", choice->first);
	mig_jw_int(&jw, "seeds", (int64_t)tally->seeds);
	mig_jw_number(&jw, "seeds_per_second", (double)tally->seeds / seconds);
	mig_jw_number(&jw, "virtual_years", tally->virtual_s / YEAR_S);
	mig_jw_int(&jw, "events", (int64_t)tally->events);
	mig_jw_int(&jw, "steps_up", (int64_t)tally->steps_up);
	mig_jw_int(&jw, "crashes", (int64_t)tally->crashes);
	mig_jw_object(&jw, "ended");
	for (int i = 0; i < MIG_RUN_COUNT; i++)
		mig_jw_int(&jw, mig_run_name((enum mig_run)i), (int64_t)tally->ended[i]);
	mig_jw_object_end(&jw);
	(void)snprintf(hash, sizeof(hash), "%016" PRIx64, tally->hash);
	mig_jw_string(&jw, "hash", hash);
	mig_jw_int(&jw, "pairs_of_state_and_command", (int64_t)count_seen(tally->commands[0],
	    MIG_RUN_COUNT * MIG_COMMAND_COUNT));
	mig_jw_int(&jw, "transitions", (int64_t)count_seen(tally->transitions[0],
	    MIG_RUN_COUNT * MIG_RUN_COUNT));
	mig_jw_int(&jw, "violations", (int64_t)tally->broken);
	mig_jw_array(&jw, "broken");
	for (size_t i = 0; i < tally->shown; i++) {
		const struct failure *failure = &tally->failures[i];
		mig_jw_object(&jw, NULL);
		mig_jw_int(&jw, "seed", (int64_t)failure->seed);
		mig_jw_string(&jw, "rule", sim_rule_name(failure->result.rule));
		mig_jw_seconds(&jw, "at_seconds", failure->result.at_ms);
		mig_jw_string(&jw, "text", failure->result.text);
		mig_jw_object_end(&jw);
	}
	mig_jw_array_end(&jw);
	mig_jw_object_end(&jw);
	(void)puts(text.data);
	mig_buf_fini(&text);
}

static double
now_s(void)
{
	struct timespec now = { 0 };

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static int
run_many(const struct choice *choice)
{
	struct tally tally = { 0 };
	double began = now_s();
	int status = run_workers(choice, &tally);
	double seconds = now_s() - began;

	if (status != CLI_OK)
		return status;
	if (choice->json)
		print_json(choice, &tally, seconds);
	else
		print_text(choice, &tally, seconds);
	return close_output(tally.broken > 0 ? CLI_BROKEN : CLI_OK);
}

static bool
read_count(const char *text, const char *option, int64_t max, int64_t *ret_value)
{
	if (mig_num_int(text, 1, max, ret_value) == MIG_OK)
		return true;
	cli_error("%s wants a number from 1 to %" PRId64 ", not \"%s\"", option, max, text);
	return false;
}

static bool
take_option(int letter, struct choice *choice)
{
	switch (letter) {
	case 's':
		return read_count(optarg, "--seed", SEEDS_MAX, &choice->first);
	case 'n':
		return read_count(optarg, "--seeds", SEEDS_MAX, &choice->count);
	case 'j':
		return read_count(optarg, "--jobs", JOBS_MAX, &choice->jobs);
	case ONLY_OPTION:
		choice->only = optarg;
		return true;
	case 't':
		choice->trace = true;
		return true;
	case 'f':
		choice->json = strcmp(optarg, "json") == 0;
		return choice->json || strcmp(optarg, "text") == 0;
	default:
		return false;
	}
}

int
simulate_run(const struct cli_command *command, int argc, char **argv)
{
	static const struct option options[] = {
		{ "seed", required_argument, NULL, 's' },
		{ "seeds", required_argument, NULL, 'n' },
		{ "jobs", required_argument, NULL, 'j' },
		{ "only", required_argument, NULL, ONLY_OPTION },
		{ "trace", no_argument, NULL, 't' },
		{ "format", required_argument, NULL, 'f' },
		{ "help", no_argument, NULL, 'h' },
		{ "version", no_argument, NULL, 'V' },
		{ NULL, 0, NULL, 0 },
	};
	struct choice choice = { .first = 1, .count = SEEDS_DEFAULT, .jobs = 1, .self = getpid() };
	int letter = 0;

	while ((letter = getopt_long(argc, argv, "s:n:j:tf:hV", options, NULL)) != -1) {
		if (letter == 'h')
			return cli_help(command);
		if (letter == 'V')
			return cli_version();
		if (!take_option(letter, &choice))
			return cli_usage(command);
	}
	if (optind < argc) {
		cli_error("\"%s\" is more than %s takes", argv[optind], command->name);
		return cli_usage(command);
	}
	if (!choice.trace && choice.only == NULL)
		return run_many(&choice);
	if (choice.json) {
		cli_error("a trace is text: no --format json with --trace or --only");
		return cli_usage(command);
	}
	return run_traced(&choice);
}
