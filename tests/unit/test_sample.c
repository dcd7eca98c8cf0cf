/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <math.h>
#include <string.h>

#include "core/policy.h"
#include "support/test_support.h"
#include "wire/sample.h"

static struct mig_metric metric = { .name = "error_rate", .query = "q", .age_query = "a",
	.count_query = "c", .baseline_query = "b", .baseline_count_query = "o" };
static const struct mig_policy policy = { .metric_count = 1, .metrics = &metric,
	.settings = { .max_sample_age_ms = 60000 } };

struct row {
	enum mig_quality value, age, count; /* NONE: not asked */
	double age_s;
	enum mig_quality quality; /* wanted */
	double requests;          /* wanted */
};

static void
test_event(void **state)
{
	static const struct row rows[] = {
		{ MIG_QUALITY_OK, MIG_QUALITY_NONE, MIG_QUALITY_NONE, 0, MIG_QUALITY_OK, -1 },
		{ MIG_QUALITY_OK, MIG_QUALITY_OK, MIG_QUALITY_OK, 60, MIG_QUALITY_OK, 7 },
		{ MIG_QUALITY_OK, MIG_QUALITY_OK, MIG_QUALITY_OK, 60.5, MIG_QUALITY_STALE, 7 },
		{ MIG_QUALITY_OK, MIG_QUALITY_NO_DATA, MIG_QUALITY_OK, 0, MIG_QUALITY_STALE, 7 },
		{ MIG_QUALITY_OK, MIG_QUALITY_ERROR, MIG_QUALITY_OK, 0, MIG_QUALITY_ERROR, 7 },
		{ MIG_QUALITY_OK, MIG_QUALITY_OK, MIG_QUALITY_NO_DATA, 1, MIG_QUALITY_OK, 0 },
		{ MIG_QUALITY_OK, MIG_QUALITY_OK, MIG_QUALITY_ERROR, 1, MIG_QUALITY_OK, -1 },
		{ MIG_QUALITY_NAN, MIG_QUALITY_OK, MIG_QUALITY_OK, 90, MIG_QUALITY_NAN, 7 },
		{ MIG_QUALITY_NAN, MIG_QUALITY_OK, MIG_QUALITY_NO_DATA, 1, MIG_QUALITY_NAN, -1 },
		{ MIG_QUALITY_NO_DATA, MIG_QUALITY_NO_DATA, MIG_QUALITY_NO_DATA, 1,
		    MIG_QUALITY_NO_DATA, -1 },
	};
	(void)state;
	for (size_t i = 0; i < TEST_COUNT(rows); i++) {
		struct mig_answers answers = { .asked = { true,
			rows[i].age != MIG_QUALITY_NONE, rows[i].count != MIG_QUALITY_NONE } };
		struct mig_event event = { .kind = MIG_EVENT_TICK };
		answers.parts[MIG_SAMPLE_VALUE].quality = rows[i].value;
		answers.parts[MIG_SAMPLE_VALUE].value = 0.5;
		answers.parts[MIG_SAMPLE_VALUE].at.ms = 1000000;
		answers.parts[MIG_SAMPLE_AGE].quality = rows[i].age;
		answers.parts[MIG_SAMPLE_AGE].value = rows[i].age_s;
		answers.parts[MIG_SAMPLE_COUNT].quality = rows[i].count;
		answers.parts[MIG_SAMPLE_COUNT].value = 7;
		mig_sample_event(&policy, &answers, &event);
		assert_int_equal(event.kind, MIG_EVENT_SAMPLE);
		assert_int_equal(event.u.sample.quality, rows[i].quality);
		assert_double_same(event.u.sample.count, rows[i].requests);
		if (rows[i].value == MIG_QUALITY_OK && rows[i].age == MIG_QUALITY_OK)
			assert_int_equal(event.u.sample.at.ms,
			    1000000 - (int64_t)(rows[i].age_s * 1000));
	}
}

static void
test_query(void **state)
{
	(void)state;
	assert_string_equal(mig_sample_query(&policy, 0, false, MIG_SAMPLE_VALUE), "q");
	assert_string_equal(mig_sample_query(&policy, 0, false, MIG_SAMPLE_AGE), "a");
	assert_string_equal(mig_sample_query(&policy, 0, false, MIG_SAMPLE_COUNT), "c");
	assert_string_equal(mig_sample_query(&policy, 0, true, MIG_SAMPLE_VALUE), "b");
	assert_null(mig_sample_query(&policy, 0, true, MIG_SAMPLE_AGE));
	assert_string_equal(mig_sample_query(&policy, 0, true, MIG_SAMPLE_COUNT), "o");
}

static void
test_at(void **state)
{
	static const struct mig_prom_point points[] = { { { 10 }, 1 }, { { 20 }, NAN },
		{ { 40 }, 4 } };
	static const struct {
		int64_t at;
		enum mig_quality quality;
		double value;
	} rows[] = { { 5, MIG_QUALITY_NO_DATA, 0 }, { 10, MIG_QUALITY_OK, 1 },
		{ 20, MIG_QUALITY_NAN, 0 }, { 30, MIG_QUALITY_NO_DATA, 0 },
		{ 40, MIG_QUALITY_OK, 4 }, { 40, MIG_QUALITY_OK, 4 },
		{ 50, MIG_QUALITY_NO_DATA, 0 } };
	struct mig_prom_sample sample;
	size_t next = 0;
	(void)state;
	for (size_t i = 0; i < TEST_COUNT(rows); i++) {
		mig_sample_at(points, TEST_COUNT(points), (mig_wall) { rows[i].at }, &next,
		    &sample);
		assert_int_equal(sample.quality, rows[i].quality);
		assert_double_same(sample.value, rows[i].value);
		assert_int_equal(sample.at.ms, rows[i].at);
	}
	next = 0;
	mig_sample_at(NULL, 0, (mig_wall) { 1 }, &next, &sample);
	assert_int_equal(sample.quality, MIG_QUALITY_NO_DATA);
}

/* The sample of a value with such an age. */
static void
sample_of_age(double age_s, struct mig_event *ret_event)
{
	struct mig_answers answers = {
		.asked = { [MIG_SAMPLE_VALUE] = true, [MIG_SAMPLE_AGE] = true } };

	answers.parts[MIG_SAMPLE_VALUE] = (struct mig_prom_sample){ .quality = MIG_QUALITY_OK,
		.value = 1, .at = { 1000000 } };
	answers.parts[MIG_SAMPLE_AGE] =
	    (struct mig_prom_sample){ .quality = MIG_QUALITY_OK, .value = age_s };
	mig_sample_event(&policy, &answers, ret_event);
}

/* An age is a number that somebody else computes; what can't be one moves no time. */
static void
test_sample_age(void **state)
{
	static const struct {
		double age_s;
		enum mig_quality quality;
		int64_t at_ms;
	} rows[] = {
		{ 10, MIG_QUALITY_OK, 990000 },
		{ -10, MIG_QUALITY_OK, 1010000 },
		{ 61, MIG_QUALITY_STALE, 939000 },
		{ 1e9, MIG_QUALITY_STALE, 1000000 - 1000000000000 },
		{ -61, MIG_QUALITY_ERROR, 1000000 },
		{ 1.1e9, MIG_QUALITY_ERROR, 1000000 },
		{ -1e300, MIG_QUALITY_ERROR, 1000000 },
		{ 1e300, MIG_QUALITY_ERROR, 1000000 },
	};
	struct mig_event event;

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(rows); i++) {
		sample_of_age(rows[i].age_s, &event);
		assert_int_equal(event.u.sample.quality, rows[i].quality);
		assert_int_equal(event.u.sample.at.ms, rows[i].at_ms);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sample_age),
		cmocka_unit_test(test_event),
		cmocka_unit_test(test_query),
		cmocka_unit_test(test_at),
	};
	return cmocka_run_group_tests(tests, NULL, NULL) != 0;
}
