/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <math.h>
#include <string.h>

#include "base/buf.h"
#include "base/json.h"
#include "base/json_token.h"
#include "base/json_write.h"
#include "support/test_support.h"

/* A writer and what it must have written. */
struct fixture {
	struct mig_buf out;
	struct mig_jw jw;
};

static void
begin(struct fixture *f, int indent)
{
	mig_buf_init(&f->out, 100000);
	mig_jw_init(&f->jw, &f->out, indent);
}

static void
end(struct fixture *f, const char *wanted)
{
	assert_true(mig_buf_ok(&f->out));
	assert_string_equal(f->out.data, wanted);
	mig_buf_fini(&f->out);
}

static void
write_sample(struct mig_jw *jw)
{
	mig_jw_object(jw, NULL);
	mig_jw_string(jw, "s", "x");
	mig_jw_array(jw, "a");
	mig_jw_int(jw, NULL, 1);
	mig_jw_object(jw, NULL);
	mig_jw_object_end(jw);
	mig_jw_array(jw, NULL);
	mig_jw_array_end(jw);
	mig_jw_object(jw, NULL);
	mig_jw_bool(jw, "t", true);
	mig_jw_object_end(jw);
	mig_jw_array_end(jw);
	mig_jw_null(jw, "z");
	mig_jw_object_end(jw);
}

static void
test_one_line(void **state)
{
	(void)state;
	struct fixture f;
	begin(&f, 0);
	write_sample(&f.jw);
	end(&f, "{\"s\":\"x\",\"a\":[1,{},[],{\"t\":true}],\"z\":null}");
}

static void
test_indented(void **state)
{
	(void)state;
	struct fixture f;
	begin(&f, 2);
	write_sample(&f.jw);
	end(&f, "{\n  \"s\": \"x\",\n  \"a\": [\n    1,\n    {},\n    [],\n    {\n"
	    "      \"t\": true\n    }\n  ],\n  \"z\": null\n}");
}

static void
test_top_values(void **state)
{
	(void)state;
	struct fixture f;
	begin(&f, 2);
	mig_jw_string(&f.jw, NULL, "only");
	end(&f, "\"only\"");
	begin(&f, 2);
	mig_jw_array(&f.jw, NULL);
	mig_jw_array_end(&f.jw);
	end(&f, "[]");
}

static void
test_strings(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		const char *json;
	} rows[] = {
		{ "", "\"\"" },
		{ "a\"b\\c/d", "\"a\\\"b\\\\c/d\"" },
		{ "\b\f\n\r\t", "\"\\b\\f\\n\\r\\t\"" },
		{ "\x01\x1f\x7f", "\"\\u0001\\u001f\x7f\"" },
		{ "\xc3\xa9\xf0\x9f\x98\x80", "\"\xc3\xa9\xf0\x9f\x98\x80\"" },
		{ "a\xff" "b", "\"a\xef\xbf\xbd" "b\"" },
		{ "\xc3", "\"\xef\xbf\xbd\"" },
		{ "\xc3\n", "\"\xef\xbf\xbd\\n\"" },
		{ "\xed\xa0\x80", "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"" },
		{ NULL, "null" },
	};
	for (size_t i = 0; i < TEST_COUNT(rows); i++) {
		struct fixture f;
		begin(&f, 0);
		mig_jw_string(&f.jw, NULL, rows[i].text);
		end(&f, rows[i].json);
	}
	struct fixture f;
	begin(&f, 0);
	mig_jw_object(&f.jw, NULL);
	mig_jw_int(&f.jw, "a\"\n\xff", 1);
	mig_jw_object_end(&f.jw);
	end(&f, "{\"a\\\"\\n\xef\xbf\xbd\":1}");
}

static void
test_numbers(void **state)
{
	(void)state;
	struct fixture f;
	begin(&f, 0);
	mig_jw_array(&f.jw, NULL);
	mig_jw_number(&f.jw, NULL, 0.1 + 0.2);
	mig_jw_number(&f.jw, NULL, 9007199254740992.0);
	mig_jw_number(&f.jw, NULL, (double)NAN);
	mig_jw_number(&f.jw, NULL, HUGE_VAL);
	mig_jw_number(&f.jw, NULL, -HUGE_VAL);
	mig_jw_int(&f.jw, NULL, INT64_MIN);
	mig_jw_int(&f.jw, NULL, INT64_MAX);
	mig_jw_bool(&f.jw, NULL, false);
	mig_jw_raw(&f.jw, NULL, "{\"raw\": 1}");
	mig_jw_array_end(&f.jw);
	end(&f, "[0.30000000000000004,9007199254740992,null,null,null,-9223372036854775808,"
	    "9223372036854775807,false,{\"raw\": 1}]");
}

static void
test_times(void **state)
{
	(void)state;
	struct fixture f;
	begin(&f, 0);
	mig_jw_object(&f.jw, NULL);
	mig_jw_time(&f.jw, "at", (mig_wall){ INT64_C(1795313400123) });
	mig_jw_time(&f.jw, "never", (mig_wall){ 0 });
	mig_jw_object_end(&f.jw);
	end(&f, "{\"at\":\"2026-11-22T02:10:00.123Z\",\"never\":null}");

	static const struct {
		int64_t ms;
		const char *json;
	} rows[] = {
		{ 0, "0" }, { 1, "0.001" }, { 10, "0.01" }, { 100, "0.1" }, { 1000, "1" },
		{ 1500, "1.5" }, { 1050, "1.05" }, { 1005, "1.005" }, { -1500, "-1.5" },
		{ -5, "-0.005" }, { INT64_MAX, "9223372036854775.807" },
		{ INT64_MIN, "-9223372036854775.808" },
	};
	for (size_t i = 0; i < TEST_COUNT(rows); i++) {
		begin(&f, 0);
		mig_jw_seconds(&f.jw, NULL, rows[i].ms);
		end(&f, rows[i].json);
	}
}

static void
test_node(void **state)
{
	(void)state;
	static const char text[] = "{\"z\":[1,2.5,30.0,0.0,1e+25,0,{\"k\":null}],"
	    "\"a\":{\"t\":true,\"f\":false},\"e\":[],\"o\":{},\"s\":\"\xc3\xa9\\n\"}";
	struct mig_json_doc *doc = test_json(text);
	struct fixture f;
	begin(&f, 0);
	mig_jw_node(&f.jw, NULL, mig_json_root(doc));
	end(&f, text);
	begin(&f, 0);
	mig_jw_object(&f.jw, NULL);
	mig_jw_node(&f.jw, "copy", mig_json_get(mig_json_root(doc), "o"));
	mig_jw_node(&f.jw, "none", NULL);
	mig_jw_object_end(&f.jw);
	end(&f, "{\"copy\":{},\"none\":null}");
	mig_json_free(doc);
}

/* Every byte at every place of a text that is looked at by eights. */
static void
test_plain(void **state)
{
	(void)state;
	for (size_t at = 0; at < 20; at++) {
		for (unsigned c = 0; c < 256; c++) {
			char text[] = "abcdefghijklmnopqrst";
			bool plain = c >= 0x20 && c < 0x80 && c != '"' && c != '\\';
			text[at] = (char)c;
			assert_int_equal(mig_json_plain(text, 20), plain ? 20 : at);
			assert_int_equal(mig_json_plain(text, at), at);
		}
	}
	assert_int_equal(mig_json_plain("abcdefg\xc3\xa9hijklmno", 17), 17);
	assert_int_equal(mig_json_plain("abcdefg\xc3\xa9hijklmno", 8), 7);
}

/* Random bytes as a string: what we write must parse, and be the same when it was UTF-8. */
static void
test_output_parses(void **state)
{
	(void)state;
	uint64_t seed = 3;
	for (int i = 0; i < 3000; i++) {
		char text[24];
		size_t len = test_random(&seed) % sizeof(text);
		for (size_t j = 0; j < len; j++)
			text[j] = (char)(1 + test_random(&seed) % 255);
		text[len == sizeof(text) ? len - 1 : len] = '\0';
		struct fixture f;
		begin(&f, 0);
		mig_jw_string(&f.jw, NULL, text);
		struct mig_json_doc *doc = test_json(f.out.data);
		const char *back = mig_json_string(mig_json_root(doc));
		assert_non_null(back);
		if (strstr(back, "\xef\xbf\xbd") == NULL)
			assert_string_equal(back, text);
		mig_json_free(doc);
		mig_buf_fini(&f.out);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_one_line),
		cmocka_unit_test(test_indented),
		cmocka_unit_test(test_top_values),
		cmocka_unit_test(test_strings),
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_times),
		cmocka_unit_test(test_node),
		cmocka_unit_test(test_plain),
		cmocka_unit_test(test_output_parses),
	};
	return cmocka_run_group_tests(tests, NULL, NULL) != 0;
}
