/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <string.h>

#include "base/buf.h"
#include "engine/promql.h"
#include "support/test_support.h"

static const struct mig_template_var vars[] = {
	{ "new", "version=\"new\"" },
	{ "interval", "5s" },
	{ "rollout_id", NULL },
	{ NULL, NULL },
};

static void
test_fill(void **state)
{
	static const struct {
		const char *text;
		const char *filled;
	} cases[] = {
		{ "", "" },
		{ "up", "up" },
		{ "rate(x{{new}}[{interval}])", "rate(x{version=\"new\"}[5s])" },
		{ "x{status=~\"5..\",{new}}", "x{status=~\"5..\",version=\"new\"}" },
		{ "x{}", "x{}" },
		{ "x{a=\"b\"}", "x{a=\"b\"}" },
		{ "{\"flag\":\"{interval}\"}", "{\"flag\":\"5s\"}" },
		{ "{ new }", "{ new }" },
		{ "{New}", "{New}" },
		{ "{new", "{new" },
	};
	char unknown[32];
	(void)state;
	for (size_t i = 0; i < TEST_COUNT(cases); i++) {
		struct mig_buf out;
		mig_buf_init(&out, 4096);
		mig_buf_puts(&out, "<");
		assert_int_equal(
		    mig_template_fill(cases[i].text, vars, &out, unknown, sizeof(unknown)), 0);
		assert_string_equal(out.data + 1, cases[i].filled);
		mig_buf_fini(&out);
	}
}

static void
test_fill_unknown(void **state)
{
	struct mig_buf out;
	char unknown[32] = "";
	(void)state;
	mig_buf_init(&out, 4096);
	mig_buf_puts(&out, "before");
	assert_int_equal(
	    mig_template_fill("a {interval} {flag}", vars, &out, unknown, sizeof(unknown)),
	    MIG_ENOTFOUND);
	assert_string_equal(unknown, "flag");
	assert_string_equal(out.data, "before");
	assert_int_equal(
	    mig_template_fill("{rollout_id}", vars, &out, unknown, sizeof(unknown)), MIG_ENOTFOUND);
	assert_string_equal(unknown, "rollout_id");
	mig_buf_fini(&out);
	mig_buf_init(&out, 3);
	assert_int_equal(
	    mig_template_fill("abcdef", vars, &out, unknown, sizeof(unknown)), MIG_ENOMEM);
	mig_buf_fini(&out);
}

static void
test_uses(void **state)
{
	(void)state;
	assert_true(mig_template_uses("x{{new}}", "new"));
	assert_false(mig_template_uses("x{new=\"new\"}", "new"));
	assert_false(mig_template_uses("{newer}", "new"));
	assert_false(mig_template_uses("", "new"));
}

static void
test_age_query(void **state)
{
	static const struct {
		const char *query;
		const char *age;
	} cases[] = {
		{ "up", "time() - max(timestamp(up))" },
		{ "avg_over_time(up{job=\"a\"}[10s])", "time() - max(timestamp(up{job=\"a\"}))" },
		{ "sum(rate(a{x=\"}\"}[5m] offset 1h)) / sum(rate(b[5m]))",
		    "time() - max(timestamp(a{x=\"}\"}) or timestamp(b))" },
		{ "sum(rate(a[5s])) / sum(rate(a[5s]))", "time() - max(timestamp(a))" },
		{ "1000 * histogram_quantile(0.95, sum by (le) (rate(d_bucket{v=\"n\"}[5s])))",
		    "time() - max(timestamp(d_bucket{v=\"n\"}))" },
		{ "sum without (pod) (rate(a[1m])) * on (job) group_left (team) b",
		    "time() - max(timestamp(a) or timestamp(b))" },
		{ "(sum(a) or vector(0)) / sum(b) # c",
		    "time() - max(timestamp(a) or timestamp(b))" },
		{ "{__name__=\"x\"}", "time() - max(timestamp({__name__=\"x\"}))" },
		{ "max_over_time(rate(a[1m])[30m:1m])", "time() - max(timestamp(a))" },
		{ "job:errors:rate5m > bool 0.1", "time() - max(timestamp(job:errors:rate5m))" },
		{ "a @ end() and b unless c",
		    "time() - max(timestamp(a) or timestamp(b) or timestamp(c))" },
	};
	(void)state;
	for (size_t i = 0; i < TEST_COUNT(cases); i++) {
		struct mig_buf out;
		mig_buf_init(&out, 4096);
		assert_int_equal(mig_promql_age_query(cases[i].query, &out), 0);
		assert_string_equal(out.data, cases[i].age);
		mig_buf_fini(&out);
	}
}

static void
test_age_query_without_selector(void **state)
{
	struct mig_buf out;
	(void)state;
	mig_buf_init(&out, 4096);
	assert_int_equal(mig_promql_age_query("time() - 5", &out), MIG_ENOTFOUND);
	assert_int_equal(mig_promql_age_query("vector(1)", &out), MIG_ENOTFOUND);
	assert_int_equal(mig_promql_age_query("", &out), MIG_ENOTFOUND);
	assert_int_equal(out.len, 0);
	mig_buf_fini(&out);
}

static void
test_check(void **state)
{
	static const struct {
		const char *query;
		const char *fault; /* NULL: fine */
	} cases[] = {
		{ "sum(rate(a{x=\"(\"}[5m])) # (", NULL },
		{ "a{x='\\''}", NULL },
		{ "a{x=`\\`}", NULL },
		{ "", "empty query" },
		{ "  # nothing", "empty query" },
		{ "sum(a", "unclosed ( at column 4" },
		{ "sum(a))", "unexpected ) at column 7" },
		{ "rate(a[5m)", "unexpected ) at column 10" },
		{ "a{x=\"}", "unterminated string at column 5" },
	};
	(void)state;
	for (size_t i = 0; i < TEST_COUNT(cases); i++) {
		char error[128] = "";
		int result = mig_promql_check(cases[i].query, error, sizeof(error));
		assert_int_equal(result, cases[i].fault != NULL ? MIG_EDOC : 0);
		assert_string_equal(error, cases[i].fault != NULL ? cases[i].fault : "");
	}
}

static void
test_check_labels(void **state)
{
	static const struct {
		const char *labels;
		const char *fault; /* NULL: fine */
	} cases[] = {
		{ "", NULL },
		{ "a=\"b\"", NULL },
		{ "a=\"b\", c!=\"d\",e=~\"f|g\" ,h!~'i',", NULL },
		{ "\"new\"", "expected a label name at column 1" },
		{ "version new", "expected =, !=, =~ or !~ at column 9" },
		{ "version!\"new\"", "expected =, !=, =~ or !~ at column 8" },
		{ "version=new", "expected a quoted value at column 9" },
		{ "version=\"new", "expected a quoted value at column 9" },
		{ "a=\"b\" c=\"d\"", "expected a comma at column 7" },
		{ "a=\"b\"}", "expected a comma at column 6" },
	};
	(void)state;
	for (size_t i = 0; i < TEST_COUNT(cases); i++) {
		char error[128] = "";
		int result = mig_promql_check_labels(cases[i].labels, error, sizeof(error));
		assert_int_equal(result, cases[i].fault != NULL ? MIG_EDOC : 0);
		assert_string_equal(error, cases[i].fault != NULL ? cases[i].fault : "");
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fill),
		cmocka_unit_test(test_fill_unknown),
		cmocka_unit_test(test_uses),
		cmocka_unit_test(test_age_query),
		cmocka_unit_test(test_age_query_without_selector),
		cmocka_unit_test(test_check),
		cmocka_unit_test(test_check_labels),
	};
	return cmocka_run_group_tests(tests, NULL, NULL) != 0;
}
