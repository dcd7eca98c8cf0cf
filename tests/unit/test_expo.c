/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <math.h>
#include <string.h>

#include "base/buf.h"
#include "support/test_support.h"
#include "wire/expo.h"

#define TEST_MAX 65536

static void
test_golden(void **state)
{
	(void)state;
	static const double bounds[] = { 0.1, 1, 2.5 };
	static const struct mig_expo_label labels[] = { { "rollout", "a\"b\\c\nd" },
		{ "flag", "é" }, { NULL, NULL } };
	static const struct mig_expo_label kind[] = { { "kind", "set_flag" }, { NULL, NULL } };
	struct mig_expo_histogram histogram = { .bounds = bounds, .bound_count = 3 };
	struct mig_buf out;
	mig_buf_init(&out, TEST_MAX);

	mig_expo_family(&out, "a_total", "counter", "Things \\ \"so\"\nfar.");
	mig_expo_sample(&out, "a_total", NULL, 0);
	mig_expo_sample(&out, "a_total", labels, 9007199254740992.0);
	mig_expo_sample(&out, "b", kind, -0.1);
	mig_expo_sample(&out, "b", NULL, NAN);
	mig_expo_sample(&out, "b", NULL, HUGE_VAL);
	mig_expo_sample(&out, "b", NULL, -HUGE_VAL);
	mig_expo_observe(&histogram, 0.05);
	mig_expo_observe(&histogram, 0.1); /* bounds are inclusive */
	mig_expo_observe(&histogram, 2);
	mig_expo_observe(&histogram, 100);
	mig_expo_observe(&histogram, NAN);
	mig_expo_histogram(&out, "h", kind, &histogram);
	mig_expo_histogram(&out, "n", NULL, &histogram);
	assert_true(mig_buf_ok(&out));
	assert_string_equal(out.data,
	    "# HELP a_total Things \\\\ \"so\"\\nfar.\n"
	    "# TYPE a_total counter\n"
	    "a_total 0\n"
	    "a_total{rollout=\"a\\\"b\\\\c\\nd\",flag=\"é\"} 9007199254740992\n"
	    "b{kind=\"set_flag\"} -0.1\n"
	    "b NaN\n"
	    "b +Inf\n"
	    "b -Inf\n"
	    "h_bucket{kind=\"set_flag\",le=\"0.1\"} 2\n"
	    "h_bucket{kind=\"set_flag\",le=\"1\"} 2\n"
	    "h_bucket{kind=\"set_flag\",le=\"2.5\"} 3\n"
	    "h_bucket{kind=\"set_flag\",le=\"+Inf\"} 4\n"
	    "h_sum{kind=\"set_flag\"} 102.15\n"
	    "h_count{kind=\"set_flag\"} 4\n"
	    "n_bucket{le=\"0.1\"} 2\n"
	    "n_bucket{le=\"1\"} 2\n"
	    "n_bucket{le=\"2.5\"} 3\n"
	    "n_bucket{le=\"+Inf\"} 4\n"
	    "n_sum 102.15\n"
	    "n_count 4\n");
	mig_buf_fini(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_golden),
	};
	return cmocka_run_group_tests(tests, NULL, NULL) != 0;
}
