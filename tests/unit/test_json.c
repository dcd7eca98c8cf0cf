/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/json.h"
#include "base/limits.h"
#include "support/test_support.h"

/* A text that is refused, where, and a part of what is said. */
struct refusal {
	const char *text;
	int line;
	int column;
	const char *message;
};

static void
check_refused(const char *text, size_t len, const struct refusal *wanted)
{
	struct mig_findings findings = { .items = NULL };
	struct mig_json_doc *doc = NULL;
	/* On the heap and without NUL, so that reading too far is seen. */
	char *copy = malloc(len > 0 ? len : 1);
	assert_non_null(copy);
	memcpy(copy, text, len);
	int error = mig_json_parse(copy, len, "file.json", &doc, &findings);
	free(copy);
	if (error != MIG_EDOC)
		fail_msg("accepted: %s", text);
	assert_null(doc);
	assert_int_equal(findings.count, 1);
	assert_int_equal(findings.errors, 1);
	const struct mig_finding *finding = &findings.items[0];
	if (strstr(finding->message, wanted->message) == NULL ||
	    finding->line != wanted->line || finding->column != wanted->column)
		fail_msg("%s: %d:%d: %s", text, finding->line, finding->column, finding->message);
	assert_string_equal(finding->file, "file.json");
	mig_findings_fini(&findings);
}

static void
check_refusals(const struct refusal *rows, size_t count)
{
	for (size_t i = 0; i < count; i++)
		check_refused(rows[i].text, strlen(rows[i].text), &rows[i]);
}

static void
check_canonical(const char *text, const char *wanted)
{
	struct mig_json_doc *doc = test_json(text);
	struct mig_buf out;
	mig_buf_init(&out, 100000);
	mig_json_canonical(mig_json_root(doc), &out);
	assert_true(mig_buf_ok(&out));
	assert_string_equal(out.data, wanted);
	mig_buf_fini(&out);
	mig_json_free(doc);
}

static void
test_refuses_numbers(void **state)
{
	(void)state;
	static const struct refusal rows[] = {
		{ "[NaN]", 1, 2, "expected a value" },
		{ "[nan]", 1, 2, "expected a value" },
		{ "[Infinity]", 1, 2, "expected a value" },
		{ "[-Infinity]", 1, 3, "expected a digit" },
		{ "[1e400]", 1, 2, "the number 1e400 is too large" },
		{ "[-1e999]", 1, 2, "too large" },
		{ "[01]", 1, 2, "leading zeros" },
		{ "[-00]", 1, 2, "leading zeros" },
		{ "[5.]", 1, 4, "behind the decimal point" },
		{ "[.5]", 1, 2, "expected a value" },
		{ "[1e]", 1, 4, "in the exponent" },
		{ "[1e+]", 1, 5, "in the exponent" },
		{ "[+1]", 1, 2, "expected a value" },
		{ "[-]", 1, 3, "expected a digit" },
		{ "[0x10]", 1, 3, "expected ',' or ']'" },
		{ "[1.2.3]", 1, 5, "expected ',' or ']'" },
		{ "[1 2]", 1, 4, "expected ',' or ']'" },
		{ "1-1", 1, 2, "expected the end" },
	};
	check_refusals(rows, TEST_COUNT(rows));

	char digits[5001];
	memset(digits, '7', sizeof(digits) - 1);
	digits[sizeof(digits) - 1] = '\0';
	static const struct refusal long_number = { "", 1, 1, "more than 63 characters" };
	check_refused(digits, 5000, &long_number);
	check_refused(digits, 64, &long_number);
}

static void
test_refuses_strings(void **state)
{
	(void)state;
	static const struct refusal rows[] = {
		{ "\"abc", 1, 1, "has no end" },
		{ "[\"abc\\\"]", 1, 2, "has no end" },
		{ "\"\\", 1, 2, "unknown escape" },
		{ "\"a\tb\"", 1, 3, "control character 0x09" },
		{ "\"a\nb\"", 1, 3, "control character 0x0a" },
		{ "\"\\x41\"", 1, 2, "unknown escape" },
		{ "\"\\'\"", 1, 2, "unknown escape" },
		{ "\"\\u12\"", 1, 2, "four hexadecimal digits" },
		{ "\"\\u12g4\"", 1, 2, "four hexadecimal digits" },
		{ "\"\\u0000\"", 1, 2, "\\u0000 is not allowed" },
		{ "{\"\\u0000\":1}", 1, 3, "\\u0000 is not allowed" },
		{ "\"\\ud800\"", 1, 2, "\\ud800 is only half a character" },
		{ "\"\\uD83D\\u0041\"", 1, 2, "half a character" },
		{ "\"\\uD83D\\uD83D\"", 1, 2, "half a character" },
		{ "\"\\uD83Dx\"", 1, 2, "half a character" },
		{ "\"\\udc00\"", 1, 2, "half a character" },
		{ "\"\xff\"", 1, 2, "invalid UTF-8" },
		{ "\"\xc0\xaf\"", 1, 2, "invalid UTF-8" },
		{ "\"\xed\xa0\x80\"", 1, 2, "invalid UTF-8" },
		{ "\"\xf4\x90\x80\x80\"", 1, 2, "invalid UTF-8" },
		{ "\"\xc3\xa9\xc3\"", 1, 3, "invalid UTF-8" },
		{ "'abc'", 1, 1, "expected a value" },
	};
	check_refusals(rows, TEST_COUNT(rows));

	static const struct refusal nul = { "", 1, 3, "a NUL byte is not allowed" };
	check_refused("\"a\0b\"", 5, &nul);
	static const struct refusal nul_outside = { "", 1, 2, "found byte 0x00" };
	check_refused("1\0", 2, &nul_outside);
}

static void
test_refuses_structure(void **state)
{
	(void)state;
	static const struct refusal rows[] = {
		{ "", 1, 1, "the text is empty" },
		{ " \n\t", 2, 2, "the text is empty" },
		{ "\xef\xbb\xbf{}", 1, 1, "byte-order mark" },
		{ "[1,]", 1, 3, "a comma before the closing ']'" },
		{ "{\"a\":1,}", 1, 7, "a comma before the closing '}'" },
		{ "[,1]", 1, 2, "expected a value" },
		{ "[1,,2]", 1, 4, "expected a value" },
		{ "// x\n1", 1, 1, "expected a value" },
		{ "[1 /* x */]", 1, 4, "expected ',' or ']'" },
		{ "# x\n1", 1, 1, "expected a value" },
		{ "{} {}", 1, 4, "expected the end" },
		{ "{}x", 1, 3, "expected the end" },
		{ "[", 1, 2, "found the end of the text" },
		{ "[1", 1, 3, "found the end of the text" },
		{ "[1,", 1, 4, "found the end of the text" },
		{ "{", 1, 2, "found the end of the text" },
		{ "{\"a\"", 1, 5, "expected ':'" },
		{ "{\"a\":", 1, 6, "found the end of the text" },
		{ "{\"a\":}", 1, 6, "expected a value" },
		{ "{\"a\" 1}", 1, 6, "expected ':'" },
		{ "{\"a\":1 \"b\":2}", 1, 8, "expected ',' or '}'" },
		{ "{a:1}", 1, 2, "expected a key in double quotes" },
		{ "{1:1}", 1, 2, "expected a key in double quotes" },
		{ "[}", 1, 2, "expected a value" },
		{ "{]", 1, 2, "expected a key" },
		{ "]", 1, 1, "expected a value" },
		{ "[1}", 1, 3, "expected ',' or ']'" },
		{ "tru", 1, 1, "expected a value" },
		{ "True", 1, 1, "expected a value" },
		{ "nulL", 1, 1, "expected a value" },
		{ "truex", 1, 5, "expected the end" },
		{ "[\f1]", 1, 2, "found byte 0x0c" },
		{ "[\xc2\xa0]", 1, 2, "expected a value" },
		{ "{\n  \"\xc3\xa9\": 1,\n  \"b\" 2\n}", 3, 7, "expected ':'" },
		{ "{\r\n\"\xc3\xa9\" x", 2, 5, "expected ':'" },
	};
	check_refusals(rows, TEST_COUNT(rows));
}

static void
test_refuses_duplicate_keys(void **state)
{
	(void)state;
	static const struct refusal rows[] = {
		{ "{\"a\":1,\"a\":2}", 1, 8,
		    "the key \"a\" is given twice, first in line 1, column 2" },
		{ "{\"a\":1,\n\"b\":2,\n\"\\u0061\":2}", 3, 1, "the key \"a\" is given twice" },
		{ "{\"a\":1,\"b\":2,\"b\":3,\"a\":4}", 1, 14, "the key \"b\" is given twice" },
		{ "{\"\":1,\"\":2}", 1, 7, "given twice" },
		{ "[{\"x\":{\"a\":1,\"a\":1}}]", 1, 14, "given twice" },
		{ "{\"a\":1,\"b\":{\"c\":[]},\"a\":2}", 1, 21, "given twice" },
		{ "{\"\xc3\xa9\":1,\"\\u00e9\":2}", 1, 8, "given twice" },
	};
	check_refusals(rows, TEST_COUNT(rows));
	mig_json_free(test_json("{\"a\":{\"a\":{\"a\":1}},"
	    "\"A\":[{\"a\":1},{\"a\":2}],\"aa\":0,\"\":0}"));
}

/* A fault also says in which value it is, or behind which. */
static void
test_fault_pointers(void **state)
{
	(void)state;
	static const char *const rows[][2] = {
		{ "[NaN]", "/0" },
		{ "NaN", "" },
		{ "{\"a\":NaN}", "/a" },
		{ "{\"a\":[1,{\"b\":[0,[],1e400]}]}", "/a/1/b/2" },
		{ "{\"a\":{\"x\":1},\"b\":{\"c\":1,\"d\":2,\"c\":3,\"e\":4}}", "/b/c" },
		{ "{\"a\":{\"z\":1,\"b\":2},\"a\":0}", "/a" },
		{ "{\"a\":1 \"b\":2}", "/a" },
		{ "{\"a\":1, b:2}", "/a" },
		{ "{\"a/b\":{\"c~d\":[01]}}", "/a~1b/c~0d/0" },
		{ "{\"\":{\"\xc3\xa9\":+}}", "//\xc3\xa9" },
		{ "[[],[1,2],[3,]]", "/2/0" },
		{ "{x}", "" },
	};
	for (size_t i = 0; i < TEST_COUNT(rows); i++) {
		struct mig_findings findings = { .items = NULL };
		struct mig_json_doc *doc = NULL;
		assert_int_equal(mig_json_parse(rows[i][0], strlen(rows[i][0]), NULL, &doc,
		    &findings), MIG_EDOC);
		const char *pointer = findings.items[0].pointer;
		assert_string_equal(pointer != NULL ? pointer : "", rows[i][1]);
		mig_findings_fini(&findings);
	}
}

static void
test_depth(void **state)
{
	(void)state;
	char text[2 * MIG_JSON_DEPTH_MAX + 2];
	memset(text, '[', MIG_JSON_DEPTH_MAX);
	memset(text + MIG_JSON_DEPTH_MAX, ']', MIG_JSON_DEPTH_MAX);
	text[2 * MIG_JSON_DEPTH_MAX] = '\0';
	mig_json_free(test_json(text));

	static const struct refusal rows[] = {
		{ "", 1, MIG_JSON_DEPTH_MAX + 1, "more than 512 arrays and objects" },
	};
	size_t len = 100000;
	char *deep = malloc(len);
	assert_non_null(deep);
	memset(deep, '[', len);
	check_refused(deep, len, &rows[0]);
	free(deep);
}

static void
test_too_large(void **state)
{
	(void)state;
	/* The length is refused before the first byte is looked at. */
	struct mig_findings findings = { .items = NULL };
	struct mig_json_doc *doc = NULL;
	assert_int_equal(mig_json_parse("1", (size_t)MIG_DOC_BYTES_MAX + 1, NULL, &doc, &findings),
	    MIG_EDOC);
	assert_int_equal(findings.count, 1);
	assert_non_null(strstr(findings.items[0].message, "67108864 bytes"));
	mig_findings_fini(&findings);
}

/* A large object must not take time with the square of its keys. */
static void
test_many_keys(void **state)
{
	(void)state;
	struct mig_buf text;
	mig_buf_init(&text, 4000000);
	mig_buf_putc(&text, '{');
	for (int i = 0; i < 50000; i++)
		mig_buf_printf(&text, "%s\"key_%d\":%d", i == 0 ? "" : ",", i * 7919 % 50000, i);
	mig_buf_putc(&text, '}');
	struct mig_json_doc *doc = test_json(text.data);
	assert_int_equal(mig_json_count(mig_json_root(doc)), 50000);
	mig_json_free(doc);

	mig_buf_truncate(&text, text.len - 1);
	mig_buf_puts(&text, ",\n\"key_4711\":0}");
	static const struct refusal twice = { "", 2, 1, "the key \"key_4711\" is given twice" };
	check_refused(text.data, text.len, &twice);
	mig_buf_fini(&text);
}

static void
test_tree(void **state)
{
	(void)state;
	struct mig_json_doc *doc = test_json(
	    " {\"s\":\"a\\n\\u00e9\\ud83d\\ude00\\/\",\"n\":-1.5e2,"
	    "\"t\":true,\"f\":false,\"z\":null,\"A\":[1,2,3],\"a\":{\"k\":1},\"\":7} \n");
	const struct mig_json *root = mig_json_root(doc);
	assert_int_equal(mig_json_type(root), MIG_JSON_OBJECT);
	assert_int_equal(mig_json_count(root), 8);
	assert_string_equal(mig_json_string(mig_json_get(root, "s")),
	    "a\n\xc3\xa9\xf0\x9f\x98\x80/");
	assert_double_same(mig_json_number(mig_json_get(root, "n")), -150.0);
	assert_true(mig_json_bool(mig_json_get(root, "t")));
	assert_false(mig_json_bool(mig_json_get(root, "f")));
	assert_int_equal(mig_json_type(mig_json_get(root, "f")), MIG_JSON_BOOL);
	assert_int_equal(mig_json_type(mig_json_get(root, "z")), MIG_JSON_NULL);
	assert_double_same(mig_json_number(mig_json_get(root, "")), 7.0);

	/* Keys are told apart by case. */
	const struct mig_json *array = mig_json_get(root, "A");
	assert_int_equal(mig_json_type(array), MIG_JSON_ARRAY);
	assert_int_equal(mig_json_type(mig_json_get(root, "a")), MIG_JSON_OBJECT);
	assert_string_equal(mig_json_key(array), "A");
	const struct mig_json *element = mig_json_first(array);
	assert_null(mig_json_key(element));
	element = mig_json_next(mig_json_next(element));
	assert_double_same(mig_json_number(element), 3.0);
	assert_null(mig_json_next(element));

	/* What is not there, or is something else. */
	assert_null(mig_json_get(root, "none"));
	assert_null(mig_json_get(NULL, "s"));
	assert_null(mig_json_get(array, "s"));
	assert_null(mig_json_first(NULL));
	assert_null(mig_json_string(array));
	assert_null(mig_json_string(NULL));
	assert_double_same(mig_json_number(NULL), 0.0);
	assert_double_same(mig_json_number(mig_json_get(root, "s")), 0.0);
	assert_false(mig_json_bool(NULL));
	assert_int_equal(mig_json_count(NULL), 0);
	mig_json_free(doc);
	mig_json_free(NULL);
}

static void
test_is_integer(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		bool integer;
	} rows[] = {
		{ "0", true }, { "-0", true }, { "-7", true }, { "3000000000", true },
		{ "9007199254740992", true }, { "9007199254740993", false },
		{ "9007199254740994", true }, { "4611686018427387904", true },
		{ "9223372036854775807", false }, { "9223372036854775808", false },
		{ "-9223372036854775808", true }, { "100000000000000000000", false },
		{ "1.0", false }, { "1e3", false }, { "1.5", false }, { "\"1\"", false },
		{ "true", false },
	};
	for (size_t i = 0; i < TEST_COUNT(rows); i++) {
		struct mig_json_doc *doc = test_json(rows[i].text);
		assert_int_equal(mig_json_is_integer(mig_json_root(doc)), rows[i].integer);
		mig_json_free(doc);
	}
	assert_false(mig_json_is_integer(NULL));

	/* The marks must follow the numbers through any nesting. */
	struct mig_json_doc *doc = test_json(
	    "{\"a\":[1,{\"b\":1.0},[2]],\"c\":{},\"d\":3,\"e\":4.5}");
	const struct mig_json *root = mig_json_root(doc);
	const struct mig_json *one = mig_json_first(mig_json_get(root, "a"));
	const struct mig_json *object = mig_json_next(one);
	assert_true(mig_json_is_integer(one));
	assert_false(mig_json_is_integer(mig_json_get(object, "b")));
	assert_true(mig_json_is_integer(mig_json_first(mig_json_next(object))));
	assert_true(mig_json_is_integer(mig_json_get(root, "d")));
	assert_false(mig_json_is_integer(mig_json_get(root, "e")));
	mig_json_free(doc);
}

static void
test_type_name(void **state)
{
	(void)state;
	assert_string_equal(mig_json_type_name(MIG_JSON_NULL), "null");
	assert_string_equal(mig_json_type_name(MIG_JSON_BOOL), "boolean");
	assert_string_equal(mig_json_type_name(MIG_JSON_NUMBER), "number");
	assert_string_equal(mig_json_type_name(MIG_JSON_STRING), "string");
	assert_string_equal(mig_json_type_name(MIG_JSON_ARRAY), "array");
	assert_string_equal(mig_json_type_name(MIG_JSON_OBJECT), "object");
}

static void
test_canonical(void **state)
{
	(void)state;
	check_canonical("{}", "{}");
	check_canonical(" [ ] ", "[]");
	check_canonical("{\"b\": 1, \"a\": [ 3, {\"z\": null, \"y\": true} ], \"B\": -0}",
	    "{\"B\":0,\"a\":[3,{\"y\":true,\"z\":null}],\"b\":1}");
	check_canonical("[1.0, 1e3, 0.10, 1E-7, 9007199254740992]",
	    "[1,1000,0.1,1e-7,9007199254740992]");
	check_canonical("\"\\u00e9\\u0041\\/\\u001f\\n\"", "\"\xc3\xa9\x41/\\u001f\\n\"");
	/* By bytes: a prefix first, and bytes above 0x7f last. */
	check_canonical("{\"\xc3\xa9\":1,\"aa\":2,\"a\":3,\"~\":4,\"\":5}",
	    "{\"\":5,\"a\":3,\"aa\":2,\"~\":4,\"\xc3\xa9\":1}");

	struct mig_json_doc *doc = test_json("{\"a\":1}");
	struct mig_buf out;
	mig_buf_init(&out, 3);
	mig_json_canonical(mig_json_root(doc), &out);
	assert_false(mig_buf_ok(&out));
	mig_buf_fini(&out);
	mig_json_free(doc);
}

static void
test_locate(void **state)
{
	(void)state;
	static const char text[] = "{\n  \"a\": [1, {\"b/c\": 2}, []],\n  \"d~\": \"x\",\n"
	    "  \"\xc3\xa9\": {\"e\": null},\n  \"\": 5, \"0\": 6\n}\n";
	static const struct {
		const char *pointer;
		int line;
		int column;
	} rows[] = {
		{ "", 1, 1 }, { "/a", 2, 8 }, { "/a/0", 2, 9 }, { "/a/1", 2, 12 },
		{ "/a/1/b~1c", 2, 20 }, { "/a/2", 2, 24 }, { "/d~0", 3, 9 },
		{ "/\xc3\xa9", 4, 8 }, { "/\xc3\xa9/e", 4, 14 }, { "/", 5, 7 }, { "/0", 5, 15 },
	};
	for (size_t i = 0; i < TEST_COUNT(rows); i++) {
		int line = 0;
		int column = 0;
		assert_int_equal(mig_json_locate(text, strlen(text), rows[i].pointer, &line,
		    &column), MIG_OK);
		assert_int_equal(line, rows[i].line);
		assert_int_equal(column, rows[i].column);
	}
	static const char *const absent[] = {
		"a", "/b", "/a/3", "/a/-", "/a/00", "/a/01", "/a/x", "/a/-1", "/a/0/0", "/a/2/0",
		"/d~0/x", "/d~2", "/d~", "/\xc3\xa9/f", "/a/",
	};
	for (size_t i = 0; i < TEST_COUNT(absent); i++) {
		int line = 99;
		int column = 99;
		assert_int_equal(mig_json_locate(text, strlen(text), absent[i], &line, &column),
		    MIG_ENOTFOUND);
		assert_int_equal(line + column, 198);
	}
}

/* Texts that do not parse must at least do no harm. */
/* Many at once stand where they stand one by one. */
static void
test_locate_all(void **state)
{
	(void)state;
	static const char text[] =
	    " {\"a\":[1,\n{\"b/c\":2,\"~\":[]}],\n \"\xc3\xa9\":{\"\":{}}, \"n\":\n"
	    "[0,1,2,3,4,5,6,7,8,9,10,[11]]}\n";
	static const char *const pointers[] = { "", "/a", "/a/0", "/a/1", "/a/1/b~1c", "/a/1/~0",
		"/a/1/~0/0", "/a/2", "/\xc3\xa9", "/\xc3\xa9/", "/n/10", "/n/11/0", "/n/12", "/b",
		"/a/01", "a", "/n/10" };
	struct mig_json_spot spots[TEST_COUNT(pointers)];
	for (size_t i = 0; i < TEST_COUNT(pointers); i++)
		spots[i].pointer = pointers[i];
	assert_int_equal(mig_json_locate_all(text, strlen(text), spots, TEST_COUNT(spots)), MIG_OK);
	for (size_t i = 0; i < TEST_COUNT(pointers); i++) {
		int line = 0;
		int column = 0;
		int error =
		    mig_json_locate(text, strlen(text), pointers[i], &line, &column);
		assert_int_equal(error == MIG_OK, spots[i].line > 0);
		if (error != MIG_OK)
			continue;
		assert_int_equal(spots[i].line, line);
		assert_int_equal(spots[i].column, column);
	}
	assert_int_equal(mig_json_locate_all("[", 1, spots, 1), MIG_EDOC);
	assert_int_equal(mig_json_locate_all("[]", 2, NULL, 0), MIG_OK);
}

static void
test_locate_broken(void **state)
{
	(void)state;
	static const char *const rows[] = {
		"", "{", "{\"a\"", "{\"a\":", "[", "[1", "[1,", "{\"b\":1,", "{x", "]", "[}",
		"{\"b\":[}", "\"a",
	};
	for (size_t i = 0; i < TEST_COUNT(rows); i++) {
		int line = 0;
		int column = 0;
		size_t len = strlen(rows[i]);
		char *copy = malloc(len > 0 ? len : 1);
		assert_non_null(copy);
		memcpy(copy, rows[i], len);
		assert_int_equal(mig_json_locate(copy, len, "/a", &line, &column), MIG_ENOTFOUND);
		assert_int_equal(mig_json_locate(copy, len, "/1", &line, &column), MIG_ENOTFOUND);
		free(copy);
	}
}

/* Damaged documents: whatever happens, no memory is touched that is not ours. */
static void
test_damage(void **state)
{
	(void)state;
	static const char text[] =
	    "{\"a\":[1,-2.5e3,\"x\\u00e9\\ud83d\\ude00\",{\"b\":null}],\"c\":"
	    "{\"d\":true,\"e\":[[],{}]},\"f\":\"\xc3\xa9\"}";
	static const char bytes[] = "{}[]\",:\\u01e.-+tn \xc3\xff";
	uint64_t seed = 42;
	size_t accepted = 0;
	for (int i = 0; i < 20000; i++) {
		size_t len = 1 + test_random(&seed) % (sizeof(text) - 1);
		char *copy = malloc(len);
		assert_non_null(copy);
		memcpy(copy, text, len);
		for (uint64_t j = test_random(&seed) % 3; j > 0; j--)
			copy[test_random(&seed) % len] = bytes[test_random(&seed) % sizeof(bytes)];
		struct mig_findings findings = { .items = NULL };
		struct mig_json_doc *doc = NULL;
		int error = mig_json_parse(copy, len, NULL, &doc, &findings);
		assert_true(error == MIG_OK || error == MIG_EDOC);
		assert_int_equal(findings.count, error == MIG_OK ? 0 : 1);
		accepted += error == MIG_OK ? 1 : 0;
		mig_json_free(doc);
		mig_findings_fini(&findings);
		free(copy);
	}
	assert_in_range(accepted, 10, 19000);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_refuses_numbers),
		cmocka_unit_test(test_refuses_strings),
		cmocka_unit_test(test_refuses_structure),
		cmocka_unit_test(test_refuses_duplicate_keys),
		cmocka_unit_test(test_fault_pointers),
		cmocka_unit_test(test_depth),
		cmocka_unit_test(test_too_large),
		cmocka_unit_test(test_many_keys),
		cmocka_unit_test(test_tree),
		cmocka_unit_test(test_is_integer),
		cmocka_unit_test(test_type_name),
		cmocka_unit_test(test_canonical),
		cmocka_unit_test(test_locate),
		cmocka_unit_test(test_locate_all),
		cmocka_unit_test(test_locate_broken),
		cmocka_unit_test(test_damage),
	};
	return cmocka_run_group_tests(tests, NULL, NULL) != 0;
}
