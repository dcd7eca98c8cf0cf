/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <string.h>

#include "base/arena.h"
#include "support/test_support.h"

static void
test_memory_is_zeroed_and_aligned(void **state)
{
	(void)state;
	static const char zeros[300];
	struct mig_arena *arena = mig_arena_new(1000000);
	assert_non_null(arena);
	for (size_t size = 1; size < sizeof(zeros); size++) {
		char *data = mig_arena_alloc(arena, size);
		assert_non_null(data);
		assert_int_equal((uintptr_t)data % sizeof(void *), 0);
		assert_memory_equal(data, zeros, size);
		memset(data, 0xff, size);
	}
	char *big = mig_arena_alloc(arena, 100000);
	assert_non_null(big);
	assert_int_equal(big[0] | big[99999], 0);
	assert_false(mig_arena_failed(arena));
	mig_arena_free(arena);
}

static void
test_cap_is_exact_and_sticky(void **state)
{
	(void)state;
	struct mig_arena *arena = mig_arena_new(100);
	assert_non_null(arena);
	assert_non_null(mig_arena_alloc(arena, 60));
	assert_non_null(mig_arena_alloc(arena, 40));
	assert_non_null(mig_arena_alloc(arena, 0));
	assert_false(mig_arena_failed(arena));
	assert_null(mig_arena_alloc(arena, 1));
	assert_true(mig_arena_failed(arena));
	assert_null(mig_arena_alloc(arena, 0));
	assert_null(mig_arena_strdup(arena, ""));
	assert_null(mig_arena_printf(arena, "%d", 1));
	mig_arena_free(arena);
}

static void
test_overflow(void **state)
{
	(void)state;
	struct mig_arena *arena = mig_arena_new(SIZE_MAX);
	assert_non_null(arena);
	assert_null(mig_arena_array(arena, SIZE_MAX / 2, 3));
	assert_true(mig_arena_failed(arena));
	mig_arena_free(arena);

	arena = mig_arena_new(SIZE_MAX);
	assert_non_null(arena);
	assert_null(mig_arena_alloc(arena, SIZE_MAX));
	assert_true(mig_arena_failed(arena));
	mig_arena_free(arena);

	arena = mig_arena_new(1000);
	assert_non_null(arena);
	assert_null(mig_arena_strndup(arena, "x", SIZE_MAX));
	assert_true(mig_arena_failed(arena));
	mig_arena_free(arena);
}

static void
test_grow(void **state)
{
	(void)state;
	struct mig_arena *arena = mig_arena_new(100000);
	assert_non_null(arena);
	int *items = NULL;
	size_t cap = 0;
	for (int i = 0; i < 1000; i++) {
		size_t before = cap;
		int *grown = mig_arena_grow(arena, items, (size_t)i, &cap, sizeof(*items));
		assert_non_null(grown);
		assert_true(cap > (size_t)i);
		assert_int_equal(grown == items, before == cap);
		items = grown;
		items[i] = i;
	}
	for (int i = 0; i < 1000; i++)
		assert_int_equal(items[i], i);
	size_t full = cap;
	assert_null(mig_arena_grow(arena, items, cap, &cap, 100000));
	assert_int_equal(cap, full);
	assert_true(mig_arena_failed(arena));
	mig_arena_free(arena);
}

static void
test_strings(void **state)
{
	(void)state;
	struct mig_arena *arena = mig_arena_new(100);
	assert_non_null(arena);
	assert_string_equal(mig_arena_strdup(arena, "abc"), "abc");
	assert_string_equal(mig_arena_strndup(arena, "abcdef", 2), "ab");
	assert_string_equal(mig_arena_printf(arena, "%s-%d", "x", 7), "x-7");
	assert_null(mig_arena_strdup(arena, NULL));
	assert_false(mig_arena_failed(arena));
	int *numbers = mig_arena_array(arena, 3, sizeof(*numbers));
	assert_non_null(numbers);
	assert_int_equal(numbers[0] + numbers[1] + numbers[2], 0);
	mig_arena_free(arena);
	mig_arena_free(NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_memory_is_zeroed_and_aligned),
		cmocka_unit_test(test_cap_is_exact_and_sticky),
		cmocka_unit_test(test_overflow),
		cmocka_unit_test(test_grow),
		cmocka_unit_test(test_strings),
	};
	return cmocka_run_group_tests(tests, NULL, NULL) != 0;
}
