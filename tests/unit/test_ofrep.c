/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "support/test_support.h"
#include "wire/ofrep.h"

#define TEST_MAX 65536

static void
test_buckets(void **state)
{
	(void)state;
	static const struct {
		const char *flag;
		const char *user;
		unsigned bucket;
	} rows[] = {
		{ "enable_new_user_service", "user-1", 78 },
		{ "enable_new_user_service", "user-2", 10 },
		{ "enable_new_user_service", "user-42", 1 },
		{ "enable_new_user_service", "1000", 31 },
		{ "enable_new_user_service", "é", 15 },
		{ "enable_new_auth_endpoints", "user-1", 66 },
		{ "enable_new_auth_endpoints", "user-42", 83 },
		{ "route_orders_to_cloud", "user-2", 94 },
		{ "route_orders_to_cloud", "", 91 },
	};
	for (size_t i = 0; i < TEST_COUNT(rows); i++) {
		assert_int_equal(mig_bucket(rows[i].flag, rows[i].user), rows[i].bucket);
		assert_true(mig_bucket_in(rows[i].flag, rows[i].user, rows[i].bucket + 1));
		assert_false(mig_bucket_in(rows[i].flag, rows[i].user, rows[i].bucket));
		/* Fractions count as the next whole percent. */
		assert_true(mig_bucket_in(rows[i].flag, rows[i].user, rows[i].bucket + 0.5));
		assert_true(mig_bucket_in(rows[i].flag, rows[i].user, 100));
		assert_false(mig_bucket_in(rows[i].flag, rows[i].user, 0));
	}
}

/* How many of u0 to u99999 are in, per mille of a percent. */
static unsigned
share(double percentage)
{
	unsigned count = 0;
	char user[32];
	for (int i = 0; i < 100000; i++) {
		(void)snprintf(user, sizeof(user), "u%d", i);
		count += mig_bucket_in("enable_new_user_service", user, percentage);
	}
	return count;
}

static void
test_shares(void **state)
{
	(void)state;
	assert_int_equal(share(1), 961);
	assert_int_equal(share(5), 4949);
	assert_int_equal(share(25), 25018);
	assert_int_equal(share(50), 49903);
}

static void
test_one_flag(void **state)
{
	(void)state;
	static const struct mig_ofrep_flag none = { "f", 0, "r-1" };
	static const struct mig_ofrep_flag some = { "enable_new_user_service", 25, "r-1" };
	static const struct mig_ofrep_flag all = { "f", 100, "r-1" };
	static const struct {
		const struct mig_ofrep_flag *flag;
		const char *body;
		int status;
		const char *answer;
	} rows[] = {
		{ &none, "{\"context\":{}}", 200,
		    "{\"key\":\"f\",\"value\":false,\"reason\":\"STATIC\",\"variant\":\"off\","
		    "\"metadata\":{\"percentage\":0,\"rollout_id\":\"r-1\"}}" },
		{ &all, "{}", 200,
		    "{\"key\":\"f\",\"value\":true,\"reason\":\"STATIC\",\"variant\":\"on\","
		    "\"metadata\":{\"percentage\":100,\"rollout_id\":\"r-1\"}}" },
		{ &some, "{\"context\":{\"targetingKey\":\"user-2\",\"x\":[1]}}", 200,
		    "{\"key\":\"enable_new_user_service\",\"value\":true,\"reason\":\"SPLIT\","
		    "\"variant\":\"on\","
		    "\"metadata\":{\"percentage\":25,\"rollout_id\":\"r-1\"}}" },
		{ &some, "{\"context\":{\"targetingKey\":\"user-1\"}}", 200,
		    "{\"key\":\"enable_new_user_service\",\"value\":false,\"reason\":\"SPLIT\","
		    "\"variant\":\"off\","
		    "\"metadata\":{\"percentage\":25,\"rollout_id\":\"r-1\"}}" },
		{ &some, "{\"context\":{}}", 400, "\"errorCode\":\"TARGETING_KEY_MISSING\"" },
		{ &some, "{\"context\":{\"targetingKey\":7}}", 400,
		    "\"errorCode\":\"INVALID_CONTEXT\"" },
		{ &some, "{\"context\":\"user-1\"}", 400, "\"errorCode\":\"INVALID_CONTEXT\"" },
		{ &some, "{\"context\":null}", 400, "\"errorCode\":\"INVALID_CONTEXT\"" },
		{ &some, "", 400, "\"errorCode\":\"PARSE_ERROR\"" },
		{ &some, "[]", 400, "\"errorCode\":\"PARSE_ERROR\"" },
		{ &some, "{\"context\":{}} x", 400, "\"errorCode\":\"PARSE_ERROR\"" },
		{ NULL, "{\"context\":{}}", 404,
		    "{\"key\":\"k\",\"errorCode\":\"FLAG_NOT_FOUND\"," },
		{ NULL, "{", 400, "{\"key\":\"k\",\"errorCode\":\"PARSE_ERROR\"," },
	};
	for (size_t i = 0; i < TEST_COUNT(rows); i++) {
		struct mig_buf out;
		mig_buf_init(&out, TEST_MAX);
		int status = mig_ofrep_evaluate(rows[i].flag, "k", rows[i].body,
		    strlen(rows[i].body), &out);
		if (status != rows[i].status || strstr(out.data, rows[i].answer) == NULL) {
			print_error("row %zu: %d %s\n", i, status, out.data);
			fail();
		}
		mig_json_free(test_json(out.data));
		mig_buf_fini(&out);
	}
}

static int
evaluate_all(const struct mig_ofrep_flag *flags, size_t count, const char *body, char etag[64],
    struct mig_buf *out)
{
	mig_buf_reset(out);
	return mig_ofrep_evaluate_all(flags, count, body, strlen(body), out, etag, 64);
}

static void
test_all_flags(void **state)
{
	(void)state;
	struct mig_ofrep_flag flags[] = { { "enable_new_user_service", 25, "r-1" },
		{ "other", 100, "r-2" } };
	char first[64];
	char second[64];
	struct mig_buf out;
	mig_buf_init(&out, TEST_MAX);

	assert_int_equal(evaluate_all(flags, 2, "{\"context\":{\"targetingKey\":\"user-2\"}}",
		first, &out), 200);
	assert_string_equal(out.data,
	    "{\"flags\":[{\"key\":\"enable_new_user_service\",\"value\":true,\"reason\":\"SPLIT\","
	    "\"variant\":\"on\",\"metadata\":{\"percentage\":25,\"rollout_id\":\"r-1\"}},"
	    "{\"key\":\"other\",\"value\":true,\"reason\":\"STATIC\",\"variant\":\"on\","
	    "\"metadata\":{\"percentage\":100,\"rollout_id\":\"r-2\"}}],\"metadata\":{}}");
	assert_int_equal(first[0], '"');
	assert_int_equal(first[strlen(first) - 1], '"');
	assert_int_equal(
	    evaluate_all(flags, 2, "{\"context\":{\"targetingKey\":\"user-2\",\"n\":1}}",
		second, &out), 200);
	assert_string_equal(first, second);
	/* The tag follows what the context makes of the flags, and the flags. */
	assert_int_equal(evaluate_all(flags, 2, "{\"context\":{\"targetingKey\":\"user-1\"}}",
		second, &out), 200);
	assert_string_not_equal(first, second);
	flags[0].percentage = 26;
	assert_int_equal(evaluate_all(flags, 2, "{\"context\":{\"targetingKey\":\"user-2\"}}",
		second, &out), 200);
	assert_string_not_equal(first, second);
	/* One flag's fault is its own. */
	assert_int_equal(evaluate_all(flags, 2, "{}", second, &out), 200);
	assert_non_null(strstr(out.data, "TARGETING_KEY_MISSING"));
	assert_non_null(strstr(out.data, "\"key\":\"other\",\"value\":true"));
	assert_int_equal(evaluate_all(NULL, 0, "{}", second, &out), 200);
	assert_string_equal(out.data, "{\"flags\":[],\"metadata\":{}}");
	assert_int_equal(evaluate_all(flags, 2, "nonsense", second, &out), 400);
	assert_non_null(strstr(out.data, "{\"errorCode\":\"PARSE_ERROR\""));
	mig_buf_fini(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_buckets),
		cmocka_unit_test(test_shares),
		cmocka_unit_test(test_one_flag),
		cmocka_unit_test(test_all_flags),
	};
	return cmocka_run_group_tests(tests, NULL, NULL) != 0;
}
