/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <string.h>

#include "base/utf8.h"
#include "support/test_support.h"

/* Each code point there is must be encoded validly; the bounds are where mistakes are made. */
static void
test_all_code_points(void **state)
{
	(void)state;
	for (uint32_t code = 0; code <= 0x10ffff; code++) {
		if (code == 0xd800)
			code = 0xe000;
		char bytes[4];
		size_t len = mig_utf8_encode(code, bytes);
		size_t wanted = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
		if (len != wanted || mig_utf8_sequence(bytes, len) != len)
			fail_msg("U+%04X", code);
		if (len > 1 && mig_utf8_sequence(bytes, len - 1) != 0)
			fail_msg("U+%04X cut off", code);
	}
	char bytes[4];
	assert_int_equal(mig_utf8_encode(0x20ac, bytes), 3);
	assert_memory_equal(bytes, "\xe2\x82\xac", 3);
	assert_int_equal(mig_utf8_encode(0x1f600, bytes), 4);
	assert_memory_equal(bytes, "\xf0\x9f\x98\x80", 4);
}

static void
test_invalid(void **state)
{
	(void)state;
	static const char *const rows[] = {
		"\x80", "\xbf", "\xc0\x80", "\xc1\xbf", "\xc3", "\xc3(", "\xe0\x80\x80",
		"\xe0\x9f\xbf", "\xe2\x82", "\xe2(\xa1", "\xe2\x82(", "\xed\xa0\x80",
		"\xed\xbf\xbf",
		"\xf0\x80\x80\x80", "\xf0\x8f\xbf\xbf", "\xf0\x9f\x98", "\xf4\x90\x80\x80",
		"\xf5\x80\x80\x80", "\xfe", "\xff", "abc\xff", "\xf0\x9f\x98(",
	};
	for (size_t i = 0; i < TEST_COUNT(rows); i++)
		assert_false(mig_utf8_valid(rows[i], strlen(rows[i])));
	assert_true(mig_utf8_valid("", 0));
	assert_true(mig_utf8_valid("a\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80", 10));
	assert_int_equal(mig_utf8_sequence("", 0), 0);
}

static void
test_printable(void **state)
{
	(void)state;
	char bytes[4];
	for (uint32_t code = 0; code < 0x800; code++) {
		bool control = code < 0x20 || (code >= 0x7f && code < 0xa0);
		size_t len = mig_utf8_encode(code, bytes);
		if (mig_utf8_printable(bytes, len) != (control ? 0 : len))
			fail_msg("U+%04X", code);
	}
	assert_int_equal(mig_utf8_printable("\xe2\x82\xac", 3), 3);
	assert_int_equal(mig_utf8_printable("\xe2\x82", 2), 0);
	assert_int_equal(mig_utf8_printable("", 0), 0);
}

static void
test_cut(void **state)
{
	(void)state;
	static const char text[] = "a\xc3\xa9\xe2\x82\xac";
	static const size_t wanted[] = { 0, 1, 1, 3, 3, 3, 6, 6 };
	for (size_t max = 0; max < TEST_COUNT(wanted); max++)
		assert_int_equal(mig_utf8_cut(text, 6, max), wanted[max]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_all_code_points),
		cmocka_unit_test(test_invalid),
		cmocka_unit_test(test_printable),
		cmocka_unit_test(test_cut),
	};
	return cmocka_run_group_tests(tests, NULL, NULL) != 0;
}
