/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/*
 * Asking a process of its own about a live server, which is this program again: what cannot be seen
 * is unknown, and says why.  tests/integration/schema_drift.sh has the rest, with a server.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/json.h"
#include "daemon/child.h"
#include "daemon/driver.h"
#include "daemon/loop.h"
#include "daemon/schema_live.h"
#include "daemon/schema_probe.h"
#include "daemon/secrets.h"
#include "engine/binding.h"
#include "support/test_support.h"

#define PASSWORD "s3cret"

struct fixture {
	struct loop *loop;
	struct schema_live live;
	struct schema_look look;
	struct mig_json_doc *plan;
	struct mig_binding binding;
	struct mig_state state;
	struct driver_view view;
	unsigned answers;
	enum mig_schema_answer answer;
	char why[1024];
};

static void
on_answer(void *context, enum mig_schema_answer answer, const char *why)
{
	struct fixture *fixture = context;

	fixture->answers++;
	fixture->answer = answer;
	(void)snprintf(fixture->why, sizeof(fixture->why), "%s", why != NULL ? why : "");
	loop_stop(fixture->loop);
}

static struct fixture *
begin(void)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));

	assert_non_null(fixture);
	fixture->loop = loop_new();
	fixture->live.children = children_new(fixture->loop);
	fixture->live.secrets = secrets_new();
	fixture->look.callback = on_answer;
	fixture->look.context = fixture;
	fixture->plan = test_json("{\"plan\":{\"phases\":[{\"scripts\":[{\"forward\":\"x\"},{}]},"
	                          "{},{\"scripts\":[]}]}}");
	fixture->binding.schema = (struct mig_schema_binding) { .before = "/nowhere/a.sql",
		.after = "/nowhere/b.sql", .type = "auto", .accept = "breaking",
		.live = "postgresql://nobody@127.0.0.1:1/none", .live_timeout_ms = 60000 };
	fixture->state.phase = 2;
	fixture->view = (struct driver_view) { .binding = &fixture->binding,
		.state = &fixture->state, .source = mig_json_root(fixture->plan) };
	return fixture;
}

static void
finish(struct fixture *fixture)
{
	schema_live_cancel(&fixture->look);
	children_free(fixture->live.children);
	secrets_free(fixture->live.secrets);
	loop_free(fixture->loop);
	mig_json_free(fixture->plan);
	free(fixture);
}

/* Ask, and expect that nobody knows, for a reason that holds the words. */
static void
must_be_unknown(struct fixture *fixture, const char *words)
{
	unsigned before = fixture->answers;

	schema_live_ask(&fixture->live, &fixture->view, &fixture->look);
	schema_live_ask(&fixture->live, &fixture->view, &fixture->look); /* under way already */
	if (fixture->answers == before)
		loop_run(fixture->loop);
	assert_int_equal(fixture->answer, MIG_SCHEMA_UNKNOWN);
	assert_null(fixture->look.child);
	if (strstr(fixture->why, words) == NULL || strstr(fixture->why, PASSWORD) != NULL)
		fail_msg("nothing like \"%s\" in \"%s\"", words, fixture->why);
}

static void
test_unknown(void **state)
{
	struct fixture *fixture = begin();
	char a[] = "/tmp/migarch-test-XXXXXX.sql";
	char secret[] = "/tmp/migarch-test-XXXXXX";

	(void)state;
	must_be_unknown(fixture, "/nowhere/a.sql");
	int fd = mkstemps(a, 4);
	assert_true(fd >= 0 && write(fd, "CREATE TABLE t ();", 18) == 18);
	(void)close(fd);
	fixture->binding.schema.before = fixture->binding.schema.after = a;
	must_be_unknown(fixture, "onnection refused");
	fixture->binding.schema.after_sha256 = "00";
	must_be_unknown(fixture, "has changed since the rollout was loaded");
	fixture->binding.schema.after_sha256 = NULL;
	fixture->binding.schema.before_sha256 =
	    "0000000000000000000000000000000000000000000000000000000000000000";
	must_be_unknown(fixture, "has changed since the rollout was loaded");
	fixture->binding.schema.before_sha256 = NULL;
	fixture->binding.schema.type = "database";
	fixture->binding.schema.live = "mysql://nobody@127.0.0.1:1/none";
	must_be_unknown(fixture, "127.0.0.1");
	/* With a password, which is told to nobody. */
	fd = mkstemp(secret);
	assert_true(fd >= 0 && write(fd, PASSWORD "/@:\n", 10) == 10);
	(void)close(fd);
	fixture->binding.schema.live_password_file = secret;
	must_be_unknown(fixture, "127.0.0.1");
	fixture->binding.schema.live = "postgresql:///none?host=127.0.0.1&port=1";
	must_be_unknown(fixture, "onnection refused");
	fixture->binding.schema.live_password_file = "/nowhere/password";
	must_be_unknown(fixture, "/nowhere/password");
	assert_int_equal(unlink(a), 0);
	assert_int_equal(unlink(secret), 0);
	finish(fixture);
}

/* Where nobody looks, nobody answers. */
static void
test_nobody(void **state)
{
	struct fixture *fixture = begin();

	(void)state;
	children_free(fixture->live.children);
	fixture->live.children = NULL;
	schema_live_ask(&fixture->live, &fixture->view, &fixture->look);
	assert_null(fixture->look.child);
	assert_int_equal(fixture->answers, 0);
	finish(fixture);
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_unknown),
		cmocka_unit_test(test_nobody),
	};

	if (argc == 2 && strcmp(argv[1], SCHEMA_PROBE_ARGUMENT) == 0)
		return schema_probe_main();
	return cmocka_run_group_tests(tests, NULL, NULL) != 0;
}
