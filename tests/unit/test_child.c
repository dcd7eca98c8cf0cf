/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/*
 * Programs beside the loop: what they get and give, and that none outlives its time.
 */

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/child.h"
#include "daemon/loop.h"
#include "support/test_support.h"

#define OUTPUT_MAX 100

/* One program, and how it has ended. */
struct attempt {
	struct loop *loop;
	struct children *children;
	struct child *child;
	unsigned answers;
	char output[OUTPUT_MAX * 2];
	char fault[64];
};

static void
on_end(void *context, const char *output, size_t len, const char *fault)
{
	struct attempt *attempt = context;

	attempt->answers++;
	assert_int_equal(strlen(output), len);
	(void)snprintf(attempt->output, sizeof(attempt->output), "%s", output);
	(void)snprintf(attempt->fault, sizeof(attempt->fault), "%s", fault != NULL ? fault : "");
	loop_stop(attempt->loop);
}

static void
begin(struct attempt *attempt)
{
	memset(attempt, 0, sizeof(*attempt));
	attempt->loop = loop_new();
	assert_non_null(attempt->loop);
	attempt->children = children_new(attempt->loop);
	assert_non_null(attempt->children);
}

static void
finish(struct attempt *attempt)
{
	children_free(attempt->children);
	loop_free(attempt->loop);
}

static int
start(struct attempt *attempt, const char *script, const char *input, int64_t timeout_ms)
{
	const char *const argv[] = { "/bin/sh", "-c", script, NULL };
	const struct child_request request = { .argv = argv, .input = input,
		.input_len = strlen(input), .timeout_ms = timeout_ms, .output_max = OUTPUT_MAX,
		.callback = on_end, .context = attempt };

	return child_start(attempt->children, &request, &attempt->child);
}

static void
run(const char *script, const char *input, const char *output, const char *fault)
{
	struct attempt attempt;

	begin(&attempt);
	assert_int_equal(start(&attempt, script, input, fault[0] != '\0' ? 300 : 60000), MIG_OK);
	loop_run(attempt.loop);
	assert_int_equal(attempt.answers, 1);
	assert_string_equal(attempt.fault, fault);
	assert_string_equal(attempt.output, output);
	finish(&attempt);
}

static void
test_answers(void **state)
{
	(void)state;
	run("cat", "a question", "a question", "");
	run("cat >/dev/null", "", "", "");
	run("echo lost >&2; exit 3", "", "", ""); /* however it went */
	run("kill -9 $$", "", "", "");
	run("sleep 0.05; printf a; sleep 0.05; printf b", "", "ab", "");
	run("exec sleep 600", "", "", "it took too long");
}

/* None of the daemon's descriptors is there. */
static void
test_descriptors(void **state)
{
	int fd = dup(STDOUT_FILENO); /* not closed by an exec */

	(void)state;
	run("ls /proc/self/fd | tr '\\n' ' '", "", "0 1 2 3 ", "");
	(void)close(fd);
}

static void
test_too_long(void **state)
{
	struct attempt attempt;

	(void)state;
	begin(&attempt);
	assert_int_equal(start(&attempt, "exec cat /dev/zero | tr '\\0' x", "", 60000), MIG_OK);
	loop_run(attempt.loop);
	assert_string_equal(attempt.fault, "its answer is too long");
	finish(&attempt);
}

static void
test_no_program(void **state)
{
	static const char *const argv[] = { "/nowhere/program", NULL };
	struct attempt attempt;
	const struct child_request request = { .argv = argv, .input = "", .timeout_ms = 60000,
		.output_max = OUTPUT_MAX, .callback = on_end, .context = &attempt };

	(void)state;
	begin(&attempt);
	assert_int_equal(child_start(attempt.children, &request, &attempt.child), MIG_OK);
	loop_run(attempt.loop);
	assert_string_equal(attempt.output, "");
	finish(&attempt);
}

static void
on_time(void *context)
{
	loop_stop(context);
}

/* What was cancelled never calls back, is killed, and is not left as a zombie. */
static void
test_cancel(void **state)
{
	struct attempt attempt;
	long pid = 0;

	(void)state;
	begin(&attempt);
	struct loop_timer *timer = loop_timer_new(attempt.loop, on_time, attempt.loop);
	FILE *file = tmpfile();
	assert_non_null(file);
	char script[64];
	(void)snprintf(script, sizeof(script), "echo $$ >/proc/%d/fd/%d; exec sleep 600",
	    (int)getpid(), fileno(file));
	assert_int_equal(start(&attempt, script, "", 60000), MIG_OK);
	while (pid == 0) {
		loop_timer_set(timer, 20);
		loop_run(attempt.loop);
		rewind(file);
		if (fscanf(file, "%ld", &pid) != 1)
			pid = 0;
	}
	assert_int_equal(kill((pid_t)pid, 0), 0);
	child_cancel(attempt.child);
	child_cancel(NULL);
	for (int i = 0; i < 500 && kill((pid_t)pid, 0) == 0; i++) {
		loop_timer_set(timer, 20);
		loop_run(attempt.loop);
	}
	assert_int_equal(kill((pid_t)pid, 0), -1);
	assert_int_equal(errno, ESRCH);
	assert_int_equal(attempt.answers, 0);
	(void)fclose(file);
	loop_timer_free(timer);
	finish(&attempt);
}

/* A few at a time; the others wait, and who stops takes them all along. */
static void
test_limit(void **state)
{
	struct attempt attempt;
	struct child *waiting = NULL;
	int error = MIG_OK;
	int started = 0;

	(void)state;
	begin(&attempt);
	struct loop_timer *timer = loop_timer_new(attempt.loop, on_time, attempt.loop);
	for (; (error = start(&attempt, "exec sleep 600", "", 60000)) == MIG_OK; started++)
		waiting = started == 10 ? attempt.child : waiting;
	assert_int_equal(error, MIG_ELIMIT);
	assert_int_equal(started, 1004);
	/* Who does not want to wait any more makes room for another. */
	child_cancel(waiting);
	assert_int_equal(start(&attempt, "exec sleep 600", "", 60000), MIG_OK);
	assert_int_equal(start(&attempt, "exec sleep 600", "", 60000), MIG_ELIMIT);
	loop_timer_set(timer, 0);
	loop_run(attempt.loop);
	loop_timer_free(timer);
	finish(&attempt);
	assert_int_equal(attempt.answers, 0);
	children_free(NULL);
}

/* Each gets its turn, in the order in which they came, and its time runs from its start. */
static void
test_turns(void **state)
{
	struct attempt attempts[7];
	unsigned answers = 0;

	(void)state;
	begin(&attempts[0]);
	for (size_t i = 0; i < TEST_COUNT(attempts); i++) {
		attempts[i] = attempts[0];
		attempts[i].answers = 0;
		assert_int_equal(start(&attempts[i], i < 4 ? "exec sleep 600" : "exec cat",
		                     "a question", i < 4 ? 1000 : 60000), MIG_OK);
	}
	while (answers < TEST_COUNT(attempts)) {
		loop_run(attempts[0].loop);
		answers = 0;
		for (size_t i = 0; i < TEST_COUNT(attempts); i++)
			answers += attempts[i].answers;
		/* None of those behind was started while the first ones were at work. */
		assert_true(answers == 0 || attempts[0].answers + attempts[1].answers +
		    attempts[2].answers + attempts[3].answers > 0);
	}
	for (size_t i = 0; i < TEST_COUNT(attempts); i++) {
		assert_int_equal(attempts[i].answers, 1);
		assert_string_equal(attempts[i].fault, i < 4 ? "it took too long" : "");
		assert_string_equal(attempts[i].output, i < 4 ? "" : "a question");
	}
	finish(&attempts[0]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_answers),
		cmocka_unit_test(test_descriptors),
		cmocka_unit_test(test_too_long),
		cmocka_unit_test(test_no_program),
		cmocka_unit_test(test_cancel),
		cmocka_unit_test(test_limit),
		cmocka_unit_test(test_turns),
	};

	return cmocka_run_group_tests(tests, NULL, NULL) != 0;
}
