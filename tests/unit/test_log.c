/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/*
 * The log on a pipe that nobody reads.  Whoever waits there is ended by an alarm.
 */

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "daemon/log.h"
#include "support/test_support.h"

#define STUCK_S 20

/* The pipe in place of stderr while a test runs. */
struct fixture {
	int before;
	int reader;
};

static int
setup(void **state)
{
	static struct fixture fixture;
	int ends[2];

	assert_int_equal(pipe(ends), 0);
	fixture.before = dup(STDERR_FILENO);
	fixture.reader = ends[0];
	assert_int_equal(dup2(ends[1], STDERR_FILENO), STDERR_FILENO);
	assert_int_equal(close(ends[1]), 0);
	assert_int_equal(fcntl(fixture.reader, F_SETFL, O_NONBLOCK), 0);
	log_setup(LOG_LEVEL_INFO, LOG_FORMAT_LOGFMT);
	(void)alarm(STUCK_S);
	*state = &fixture;
	return 0;
}

static int
teardown(void **state)
{
	const struct fixture *fixture = *state;

	(void)alarm(0);
	(void)dup2(fixture->before, STDERR_FILENO);
	(void)close(fixture->before);
	(void)close(fixture->reader);
	return 0;
}

/* All that is in the pipe, up to size - 1 bytes; the rest is thrown away. */
static size_t
drain(const struct fixture *fixture, char *ret_text, size_t size)
{
	char block[4096];
	size_t len = 0;
	ssize_t got = read(fixture->reader, block, sizeof(block));

	for (; got > 0; got = read(fixture->reader, block, sizeof(block))) {
		size_t taken = len + (size_t)got < size ? (size_t)got : size - 1 - len;
		memcpy(ret_text + len, block, taken);
		len += taken;
	}
	ret_text[len] = '\0';
	return len;
}

static size_t
count_lines(const char *text)
{
	size_t count = 0;

	for (; *text != '\0'; text++)
		count += *text == '\n';
	return count;
}

static void
test_plain(void **state)
{
	char text[1024];

	log_event(LOG_LEVEL_INFO, "test", "one", "key", "value", NULL);
	assert_true(drain(*state, text, sizeof(text)) > 0);
	assert_non_null(strstr(text, "level=info sub=test msg=\"one\" key=value\n"));
}

/* Nothing waits for a reader, and what is lost is told once. */
static void
test_nobody_reads(void **state)
{
	static char text[1U << 21];
	char told[64];
	size_t written = 2000;

	for (size_t i = 0; i < written; i++)
		log_event(LOG_LEVEL_ERROR, "test",
		    "a line that is long enough to fill a pipe before so many of them are through",
		    NULL);
	assert_true(drain(*state, text, sizeof(text)) > 0);
	size_t kept = count_lines(text);
	assert_in_range(kept, 1, written - 1);

	log_event(LOG_LEVEL_INFO, "test", "read again", NULL);
	log_event(LOG_LEVEL_INFO, "test", "and on", NULL);
	(void)snprintf(told, sizeof(told), "lines are lost\" count=%zu\n", written - kept);
	assert_true(drain(*state, text, sizeof(text)) > 0);
	const char *first = strstr(text, told);
	assert_non_null(first);
	assert_null(strstr(first + 1, "lines are lost"));
	assert_int_equal(count_lines(text), 3);
}

/* A line over what a pipe takes at once does not wait either; the next begins on its own line. */
static void
test_long_line(void **state)
{
	static char text[1U << 18];
	static char value[4001];
	char filler[4096];

	memset(value, 'x', sizeof(value) - 1);
	memset(filler, '\n', sizeof(filler));
	assert_int_equal(fcntl(STDERR_FILENO, F_SETFL, O_NONBLOCK), 0);
	while (write(STDERR_FILENO, filler, sizeof(filler)) > 0)
		; /* until it is full */
	assert_int_equal(fcntl(STDERR_FILENO, F_SETFL, 0), 0);
	assert_int_equal(read(((struct fixture *)*state)->reader, filler, sizeof(filler)),
	    sizeof(filler));
	log_event(LOG_LEVEL_INFO, "test", "long", "a", value, "b", value, "c", value, NULL);
	(void)drain(*state, text, sizeof(text));
	assert_non_null(strstr(text, "msg=\"long\" a=xxx"));
	assert_int_not_equal(text[strlen(text) - 1], '\n');
	log_event(LOG_LEVEL_INFO, "test", "next", NULL);
	(void)drain(*state, text, sizeof(text));
	assert_int_equal(text[0], '\n');
	assert_non_null(strstr(text, "lines are lost\" count=1\n"));
	assert_non_null(strstr(text, "msg=\"next\"\n"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_plain, setup, teardown),
		cmocka_unit_test_setup_teardown(test_nobody_reads, setup, teardown),
		cmocka_unit_test_setup_teardown(test_long_line, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL) != 0;
}
