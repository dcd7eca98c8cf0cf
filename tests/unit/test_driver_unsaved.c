/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/*
 * What a driver keeps while its store can't be written.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "daemon/driver_int.h"
#include "support/test_support.h"

struct fixture {
	struct unsaved unsaved;
	struct mig_outcome outcome;
};

static int
setup(void **state)
{
	*state = calloc(1, sizeof(struct fixture));
	return *state != NULL ? 0 : -1;
}

static int
teardown(void **state)
{
	struct fixture *fixture = *state;

	unsaved_fini(&fixture->unsaved);
	free(fixture);
	return 0;
}

/* Keep one request. */
static void
owe(struct fixture *fixture, const char *key, enum mig_effect_kind kind)
{
	struct owed_list list = { .count = 1, .items = calloc(1, sizeof(struct owed_item)) };

	assert_non_null(list.items);
	list.items[0].key = strdup(key);
	list.items[0].kind = kind;
	assert_int_equal(unsaved_keep(&fixture->unsaved, &fixture->outcome, &list), 0);
	owed_list_fini(&list);
}

static void
assert_owed(const struct fixture *fixture, const char *keys)
{
	struct mig_buf text;

	mig_buf_init(&text, 64);
	for (size_t i = 0; i < fixture->unsaved.owed_count; i++)
		mig_buf_puts(&text, fixture->unsaved.owed[i].key);
	assert_string_equal(text.data, keys);
	mig_buf_fini(&text);
}

/* A rollback makes void what was owed before it, written or not. */
static void
test_drop_forward(void **state)
{
	struct fixture *fixture = *state;

	owe(fixture, "a", MIG_EFFECT_SCALE_UP);
	owe(fixture, "b", MIG_EFFECT_NOTIFY);
	owe(fixture, "c", MIG_EFFECT_HOOK);
	assert_owed(fixture, "abc");
	assert_false(fixture->unsaved.drop_forward);
	fixture->outcome.drop_forward = true;
	owe(fixture, "d", MIG_EFFECT_SET_FLAG);
	assert_owed(fixture, "bd");
	fixture->outcome.drop_forward = false;
	owe(fixture, "e", MIG_EFFECT_RB_STEP);
	assert_owed(fixture, "bde");
	assert_true(fixture->unsaved.drop_forward);
}

/* What is through before it was written need not be written. */
static void
test_settle(void **state)
{
	struct fixture *fixture = *state;

	owe(fixture, "a", MIG_EFFECT_SET_FLAG);
	owe(fixture, "b", MIG_EFFECT_SET_FLAG);
	assert_int_equal(unsaved_settle(&fixture->unsaved, "a"), 0);
	assert_owed(fixture, "b");
	assert_int_equal(fixture->unsaved.settled_count, 0);
	assert_int_equal(unsaved_settle(&fixture->unsaved, "x"), 0);
	assert_int_equal(fixture->unsaved.settled_count, 1);
	assert_string_equal(fixture->unsaved.settled[0], "x");
	assert_int_equal(unsaved_settle(&fixture->unsaved, "b"), 0);
	assert_true(unsaved_any(&fixture->unsaved));
}

/* Keep so many more records. */
static void
record(struct fixture *fixture, uint64_t count)
{
	struct mig_outcome *outcome = &fixture->outcome;
	struct owed_list none = { 0 };
	static uint64_t seq;

	seq = fixture->unsaved.record_count == 0 ? 0 : seq;
	outcome->record_count = 1;
	for (uint64_t i = 0; i < count; i++) {
		outcome->records[0].seq = ++seq;
		outcome->records[0].kind = "blind";
		outcome->records[0].at.ms = (int64_t)seq;
		assert_int_equal(unsaved_keep(&fixture->unsaved, outcome, &none), 0);
	}
}

/* A store that fails for days does not fill the memory; what is missing is said. */
static void
test_bounded(void **state)
{
	struct fixture *fixture = *state;
	const struct unsaved *unsaved = &fixture->unsaved;
	char detail[64];
	size_t marks = 0;

	record(fixture, UNSAVED_RECORDS_MAX);
	assert_int_equal(unsaved->record_count, UNSAVED_RECORDS_MAX);
	assert_int_equal(unsaved->lost, 0);
	record(fixture, 10000 - UNSAVED_RECORDS_MAX);
	assert_true(unsaved->record_count <= UNSAVED_RECORDS_MAX);
	assert_int_equal(unsaved->lost + unsaved->record_count - 1, 10000);
	(void)snprintf(detail, sizeof(detail), "{\"count\":%zu}", unsaved->lost);
	for (size_t i = 0; i < unsaved->record_count; i++) {
		const struct mig_record *kept = &unsaved->records[i];
		bool mark = strcmp(kept->kind, "records_lost") == 0;
		uint64_t before = i == 0 ? 0 : kept[-1].seq;
		assert_true(mark ? kept->seq == before + unsaved->lost : kept->seq == before + 1);
		assert_int_equal(kept->at.ms, kept->seq);
		marks += mark;
		if (mark)
			assert_string_equal(kept->detail, detail);
	}
	assert_int_equal(marks, 1);
	assert_int_equal(unsaved->records[unsaved->record_count - 1].seq, 10000);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_drop_forward, setup, teardown),
		cmocka_unit_test_setup_teardown(test_settle, setup, teardown),
		cmocka_unit_test_setup_teardown(test_bounded, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL) != 0;
}
