/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "support/test_support.h"

static void
test_empty(void **state)
{
	(void)state;
	struct mig_buf buf;
	mig_buf_init(&buf, 10);
	assert_string_equal(buf.data, "");
	assert_int_equal(buf.len, 0);
	assert_true(mig_buf_ok(&buf));
	mig_buf_puts(&buf, NULL);
	mig_buf_add(&buf, NULL, 0);
	mig_buf_reset(&buf);
	mig_buf_truncate(&buf, 0);
	assert_int_equal(buf.cap, 0);
	char *text = mig_buf_steal(&buf);
	assert_non_null(text);
	assert_string_equal(text, "");
	free(text);
	mig_buf_fini(&buf);
}

static void
test_append(void **state)
{
	(void)state;
	struct mig_buf buf;
	mig_buf_init(&buf, 100000);
	mig_buf_puts(&buf, "abc");
	mig_buf_putc(&buf, '-');
	mig_buf_add(&buf, "xyz", 2);
	mig_buf_printf(&buf, "%d%s", 42, "!");
	assert_string_equal(buf.data, "abc-xy42!");
	assert_int_equal(buf.len, 9);
	mig_buf_truncate(&buf, 20);
	assert_int_equal(buf.len, 9);
	mig_buf_truncate(&buf, 3);
	assert_string_equal(buf.data, "abc");
	mig_buf_fini(&buf);
	assert_string_equal(buf.data, "");
}

/* Formatted text must come out whole wherever the end of the memory is. */
static void
test_printf_grows(void **state)
{
	(void)state;
	for (int before = 0; before < 140; before++) {
		struct mig_buf buf;
		mig_buf_init(&buf, 1000);
		for (int i = 0; i < before; i++)
			mig_buf_putc(&buf, '.');
		mig_buf_printf(&buf, "%s", "0123456789");
		assert_true(mig_buf_ok(&buf));
		assert_int_equal(buf.len, before + 10);
		assert_string_equal(buf.data + before, "0123456789");
		mig_buf_fini(&buf);
	}
}

static void
test_maximum(void **state)
{
	(void)state;
	struct mig_buf buf;
	mig_buf_init(&buf, 5);
	mig_buf_puts(&buf, "12345");
	assert_true(mig_buf_ok(&buf));
	mig_buf_putc(&buf, '6');
	assert_false(mig_buf_ok(&buf));
	assert_string_equal(buf.data, "12345");

	/* Sticky: what would fit now is refused too. */
	mig_buf_truncate(&buf, 2);
	mig_buf_putc(&buf, '3');
	assert_string_equal(buf.data, "12");
	assert_false(mig_buf_ok(&buf));
	assert_null(mig_buf_steal(&buf));

	mig_buf_reset(&buf);
	assert_true(mig_buf_ok(&buf));
	mig_buf_printf(&buf, "%s", "abcdef");
	assert_false(mig_buf_ok(&buf));
	assert_string_equal(buf.data, "");
	mig_buf_reset(&buf);
	mig_buf_printf(&buf, "%s", "abcde");
	assert_true(mig_buf_ok(&buf));
	assert_string_equal(buf.data, "abcde");
	mig_buf_fini(&buf);
}

static void
test_absurd_sizes(void **state)
{
	(void)state;
	struct mig_buf buf;
	mig_buf_init(&buf, SIZE_MAX);
	mig_buf_puts(&buf, "x");
	mig_buf_add(&buf, "", SIZE_MAX);
	assert_false(mig_buf_ok(&buf));
	assert_string_equal(buf.data, "x");
	mig_buf_fini(&buf);
}

static void
test_steal(void **state)
{
	(void)state;
	struct mig_buf buf;
	mig_buf_init(&buf, 100);
	mig_buf_puts(&buf, "mine");
	char *text = mig_buf_steal(&buf);
	assert_string_equal(text, "mine");
	assert_string_equal(buf.data, "");
	mig_buf_puts(&buf, "other");
	assert_string_equal(text, "mine");
	assert_string_equal(buf.data, "other");
	free(text);
	mig_buf_fini(&buf);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_empty),
		cmocka_unit_test(test_append),
		cmocka_unit_test(test_printf_grows),
		cmocka_unit_test(test_maximum),
		cmocka_unit_test(test_absurd_sizes),
		cmocka_unit_test(test_steal),
	};
	return cmocka_run_group_tests(tests, NULL, NULL) != 0;
}
