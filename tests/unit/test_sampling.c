/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include "engine/sampling.h"
#include "support/test_support.h"

static void
test_size(void **state)
{
	static const double rows[][2] = { { 0, 0 }, { 1, 1 }, { 2, 1 }, { 10, 9 }, { 50, 44 },
		{ 100, 79 }, { 384, 192 }, { 500, 217 }, { 1000, 277 }, { 5000, 356 },
		{ 9999, 369 }, { 10000, 384 }, { 1000000, 384 } };

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(rows); i++)
		assert_double_same(mig_sample_size(rows[i][0]), rows[i][1]);
}

static void
test_interval(void **state)
{
	static const double rows[][3] = { { 0, 0, 0 }, { 0.005, 0, 0.01205 },
		{ 0.02, 0.00600, 0.03400 }, { 0.03, 0.01294, 0.04706 }, { 0.1, 0.06999, 0.13001 },
		{ 0.2, 0.15999, 0.24001 } };
	double low;
	double high;

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(rows); i++) {
		mig_sample_interval(rows[i][0], 384, &low, &high);
		assert_double_near(low, rows[i][1], 0.000005);
		assert_double_near(high, rows[i][2], 0.000006);
	}
	mig_sample_interval(0.5, 0, &low, &high);
	assert_double_same(low, 0.5);
	assert_double_same(high, 0.5);
	mig_sample_interval(0.9, 4, &low, &high);
	assert_double_same(high, 1);
}

/* One of 384 is below 1 % with 95 % confidence, two are not; of few rows none may differ. */
static void
test_allowed(void **state)
{
	(void)state;
	assert_double_same(mig_sample_allowed(384), 1);
	assert_double_same(mig_sample_allowed(44), 0);
	assert_double_same(mig_sample_allowed(0), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_size),
		cmocka_unit_test(test_interval),
		cmocka_unit_test(test_allowed),
	};
	return cmocka_run_group_tests(tests, NULL, NULL) != 0;
}
