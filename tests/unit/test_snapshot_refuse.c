/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/limits.h"
#include "schema/snapshot.h"
#include "support/test_support.h"

#define OUT_BYTES_MAX (16U * 1024U * 1024U)

/* The document must be refused with exactly these findings. */
static void
refuse(const char *text, const char *wanted)
{
	struct mig_findings findings = { .items = NULL };
	struct mig_db *db = NULL;
	int error =
	    mig_snapshot_read(text, strlen(text), "f", MIG_DB_POSTGRESQL, &db, &findings);
	char *shown = test_findings(&findings);
	mig_findings_fini(&findings);
	assert_string_equal(shown, wanted);
	free(shown);
	assert_int_equal(error, MIG_EDOC);
	assert_null(db);
}

/* A document with one table with one column. */
#define ONE(column) "{\"tables\":{\"t\":{\"columns\":{\"c\":" column "}}}}"
#define TABLE(rest) "{\"tables\":{\"t\":{\"columns\":{\"a\":{\"type\":\"int\"}," \
	"\"b\":{\"type\":\"int\"}}," rest "}}}"

/* Documents that are wrong, and what is said of them. */
static const struct {
	const char *text;
	const char *wanted;
} rows[] = {
	{ "{}", "f:1:1: the key \"tables\" is missing\n" },
	{ "{\"tables\":null}", "f:1:11: /tables: must be an object, not null\n" },
	{ "{\"tables\":[]}", "f:1:11: /tables: must be an object, not array\n" },
	{ "{\"tables\":{\"t\":[]}}", "f:1:16: /tables/t: must be an object, not array\n" },
	{ "{\"tables\":{\"t\":null}}",
	    "f:1:16: /tables/t: must be an object, not null\n" },
	{ "{\"tables\":{\"t\":{}}}",
	    "f:1:16: /tables/t: the key \"columns\" is missing\n" },
	{ "{\"tables\":{\"t\":{\"columns\":[]}}}",
	    "f:1:27: /tables/t/columns: must be an object, not array\n" },
	{ "{\"tables\":{\"t\":{\"columns\":null}}}",
	    "f:1:27: /tables/t/columns: must be an object, not null\n" },
	{ ONE("\"int\""),
	    "f:1:32: /tables/t/columns/c: must be an object, not string\n" },
	{ ONE("null"), "f:1:32: /tables/t/columns/c: must be an object, not null\n" },
	{ ONE("{}"), "f:1:32: /tables/t/columns/c: the key \"type\" is missing\n" },
	{ ONE("{\"type\":null}"),
	    "f:1:40: /tables/t/columns/c/type: must be a string, not null\n" },
	{ ONE("{\"type\":5}"),
	    "f:1:40: /tables/t/columns/c/type: must be a string, not number\n" },
	{ ONE("{\"type\":\"\"}"),
	    "f:1:40: /tables/t/columns/c/type: must not be empty\n" },
	{ ONE("{\"type\":\"varchar\",\"length\":\"50\"}"),
	    "f:1:59: /tables/t/columns/c/length: must be a number, not string\n" },
	{ ONE("{\"type\":\"varchar\",\"length\":1.5}"),
	    "f:1:59: /tables/t/columns/c/length: must be an integer, not 1.5\n" },
	{ ONE("{\"type\":\"varchar\",\"length\":-1}"),
	    "f:1:59: /tables/t/columns/c/length: must be at least 0, not -1\n" },
	{ ONE("{\"type\":\"varchar\",\"length\":true}"),
	    "f:1:59: /tables/t/columns/c/length: must be a number, not boolean\n" },
	{ ONE("{\"type\":\"varchar\",\"length\":NaN}"),
	    "f:1:59: /tables/t/columns/c/length: expected a value, found \"N\" "
	    "(JSON has finite numbers only)\n" },
	{ ONE("{\"type\":\"int\",\"default\":1e400}"),
	    "f:1:56: /tables/t/columns/c/default: the number 1e400 is too large\n" },
	{ ONE("{\"type\":\"int\",\"default\":[1]}"),
	    "f:1:56: /tables/t/columns/c/default: must be a string, a number, true, "
	    "false or null, not array\n" },
	{ ONE("{\"type\":\"int\",\"nullable\":\"false\"}"),
	    "f:1:57: /tables/t/columns/c/nullable: must be true or false, not string\n" },
	{ ONE("{\"type\":\"int\",\"nullable\":null}"),
	    "f:1:57: /tables/t/columns/c/nullable: must be true or false, not null\n" },
	{ ONE("{\"type\":\"int\",\"nulable\":true,\"x_y\":[{}]}"),
	    "f:1:56: /tables/t/columns/c/nulable: unknown key (did you mean "
	    "\"nullable\"?)\n" },
	{ ONE("{\"type\":\"int\",\"type\":\"int\"}"),
	    "f:1:53: /tables/t/columns/c/type: the key \"type\" is given twice (remove one "
	    "of them)\n" },
	{ ONE("{\"type\":\"int\",\"x_a\":1,\"x_b\":[],\"x_a\":2}"),
	    "f:1:32: /tables/t/columns/c: the key \"x_a\" is given twice (remove one of "
	    "them)\n" },
	{ ONE("{\"type\":\"int\",\"x_a\":{\"k\":1,\"k\":1}}"),
	    "f:1:59: /tables/t/columns/c/x_a/k: the key \"k\" is given twice, first in "
	    "line 1, column 53 (remove one of them)\n" },
	{ "{\"tables\":{\"t\":{\"columns\":{}},\"t\":{\"columns\":{}}}}",
	    "f:1:35: /tables/t: the table \"t\" is given twice, first as a table in line 1 "
	    "(remove one of them)\n" },
	{ "{\"tables\":{\"t\":{\"columns\":{\"c\":{\"type\":\"int\"},\"c\":{\"type\":"
	  "\"int\"}}}}}",
	    "f:1:51: /tables/t/columns/c: the column \"c\" is given twice (remove one of "
	    "them)\n" },
	{ "{\"tables\":{},\"tables\":{}}",
	    "f:1:23: /tables: the key \"tables\" is given twice (remove one of them)\n" },
	{ "{\"tables\":{},\"table\":{}}",
	    "f:1:22: /table: unknown key (did you mean \"tables\"?)\n" },
	{ "{\"tables\":{\"\":{\"columns\":{}},\"a.b.c\":{\"columns\":{}}}}",
	    "f:1:15: /tables/: \"\" is no name of a table (a name with a dot or a quote "
	    "stands in double quotes)\nf:1:38: /tables/a.b.c: \"a.b.c\" is no name of a "
	    "table (a name with a dot or a quote stands in double quotes)\n" },
	{ "\xef\xbb\xbf{\"tables\":{}}",
	    "f:1:1: the text begins with a byte-order mark (save the file as UTF-8 "
	    "without it)\n" },
	{ "{\"tables\":{},}", "f:1:13: /tables: a comma before the closing '}' (remove the "
	                      "comma)\n" },
	{ "{\"tables\":{},\n\n}",
	    "f:1:13: /tables: a comma before the closing '}' (remove the comma)\n" },
	{ "{\"tables\":{} // none\n}",
	    "f:1:14: /tables: expected ',' or '}', found \"/\" (JSON has no comments)\n" },
	{ "{\"tables\":{}} x", "f:1:15: expected the end of the text, found \"x\"\n" },
	{ "", "f:1:1: the text is empty\n" },
	{ "[]", "f:1:1: must be an object, not array\n" },
	{ "{\"tables\":{\"t\xff\":{}}}",
	    "f:1:14: /tables: invalid UTF-8 in a string (save the file as UTF-8)\n" },
	{ "{'tables':{}}", "f:1:2: expected a key in double quotes, found \"'\" (strings "
	                   "stand in double quotes)\n" },
	{ TABLE("\"constraints\":[]"),
	    "f:1:81: /tables/t/constraints: must be an object, not array\n" },
	{ TABLE("\"constraints\":{\"primary_key\":\"a\"}"),
	    "f:1:96: /tables/t/constraints/primary_key: must be an array, not string\n" },
	{ TABLE("\"constraints\":{\"primary_key\":[\"a\",\"a\"]}"),
	    "f:1:101: /tables/t/constraints/primary_key/1: is given twice\n" },
	{ TABLE("\"constraints\":{\"primary_key\":[\"z\"]}"),
	    "f:1:96: /tables/t: primary_key: the table has no column \"z\"\n" },
	{ TABLE("\"constraints\":{\"unique\":[7,[]]}"),
	    "f:1:92: /tables/t/constraints/unique/0: must be a string, not number\n"
	    "f:1:94: /tables/t/constraints/unique/1: must not be empty\n" },
	{ TABLE("\"constraints\":{\"not_null\":[]}"),
	    "f:1:93: /tables/t/constraints/not_null: unknown key (a key of your own begins "
	    "with x_)\n" },
	{ TABLE("\"constraints\":{\"foreign_key\":[{\"columns\":[\"a\"],\"references\":"
	        "\"p\"}]}"),
	    "f:1:127: /tables/t/constraints/foreign_key/0/references: \"p\" is no table "
	    "with its columns (write table(column, ...))\n" },
	{ TABLE("\"constraints\":{\"foreign_key\":[{\"columns\":[\"a\"],\"references\":"
	        "\"p(x,y)\"}]}"),
	    "f:1:97: /tables/t/constraints/foreign_key/0: 1 columns refer to 2\n" },
	{ TABLE("\"constraints\":{\"foreign_key\":[{\"columns\":[\"a\"],\"references\":"
	        "\"p(x)\",\"on_delete\":\"cascade\"}]}"),
	    "f:1:146: /tables/t/constraints/foreign_key/0/on_delete: \"cascade\" is not "
	    "known here (one of \"CASCADE\", \"SET NULL\", \"SET DEFAULT\", \"RESTRICT\", "
	    "\"NO ACTION\")\n" },
	{ TABLE("\"indexes\":[{\"columns\":[\"a\"]},{\"name\":\"i\",\"columns\":[]}]"),
	    "f:1:78: /tables/t/indexes/0: the key \"name\" is missing\n"
	    "f:1:118: /tables/t/indexes/1/columns: must not be empty\n" },
	{ "{\"tables\":{},\"views\":{\"v\":{\"columns\":[]}}}",
	    "f:1:27: /views/v: the key \"definition\" is missing\n" },
	{ "{\"tables\":{\"v\":{\"columns\":{}}},\"views\":{\"v\":{\"definition\":\"x\","
	  "\"columns\":[]}}}",
	    "f:1:45: /views/v: the view \"v\" is given twice, first as a table in line 1 "
	    "(remove one of them)\n" },
	{ "{\"tables\":{},\"procedures\":{}}",
	    "f:1:27: /procedures: must be an array, not object\n" },
	{ "{\"tables\":{},\"dialect\":\"oracle\"}",
	    "f:1:24: /dialect: \"oracle\" is not known here (one of \"postgresql\", "
	    "\"mysql\")\n" },
};

static void
test_refusals(void **state)
{
	(void)state;
	for (size_t i = 0; i < TEST_COUNT(rows); i++)
		refuse(rows[i].text, rows[i].wanted);
}

/* All findings of a document are told, and those over the limit are counted. */
static void
test_many_findings(void **state)
{
	(void)state;
	struct mig_findings findings = { .items = NULL };
	struct mig_db *db = NULL;
	struct mig_buf text;
	mig_buf_init(&text, OUT_BYTES_MAX);
	mig_buf_puts(&text, "{\"tables\":{\n");
	for (int i = 0; i < 300; i++)
		mig_buf_printf(&text, "%s\"t%d\":{\"columns\":{\"c\":{\"type\":%d}}}\n",
		    i == 0 ? "" : ",", i, i);
	mig_buf_puts(&text, "}}");
	assert_int_equal(
	    mig_snapshot_read(text.data, text.len, "f", MIG_DB_MYSQL, &db, &findings), MIG_EDOC);
	mig_buf_fini(&text);
	assert_int_equal(findings.count, MIG_FINDINGS_MAX);
	assert_int_equal(findings.errors, 300);
	assert_int_equal(findings.suppressed, 300 - MIG_FINDINGS_MAX);
	assert_string_equal(findings.items[199].pointer, "/tables/t199/columns/c/type");
	assert_int_equal(findings.items[199].line, 201);
	assert_int_equal(findings.items[199].column, 33);
	mig_findings_fini(&findings);
}

static void
refuse_depth(size_t depth, bool good)
{
	struct mig_findings findings = { .items = NULL };
	struct mig_db *db = NULL;
	struct mig_buf text;
	mig_buf_init(&text, OUT_BYTES_MAX);
	mig_buf_puts(&text, "{\"tables\":{},\"x_deep\":");
	for (size_t i = 0; i < depth; i++)
		mig_buf_putc(&text, '[');
	for (size_t i = 0; i < depth; i++)
		mig_buf_putc(&text, ']');
	mig_buf_putc(&text, '}');
	int error =
	    mig_snapshot_read(text.data, text.len, "f", MIG_DB_POSTGRESQL, &db, &findings);
	mig_buf_fini(&text);
	assert_int_equal(error, good ? MIG_OK : MIG_EDOC);
	if (!good)
		assert_non_null(strstr(findings.items[0].message, "512"));
	mig_findings_fini(&findings);
	mig_db_free(db);
}

static void
test_depth(void **state)
{
	(void)state;
	refuse_depth(MIG_JSON_DEPTH_MAX - 1, true);
	refuse_depth(MIG_JSON_DEPTH_MAX, false);
	refuse_depth(1000000, false);
}

/* Names that no server can have. */
static void
test_long_names(void **state)
{
	(void)state;
	struct mig_findings findings = { .items = NULL };
	struct mig_db *db = NULL;
	char name[1026];
	struct mig_buf text;
	memset(name, 'n', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	mig_buf_init(&text, OUT_BYTES_MAX);
	mig_buf_printf(&text, "{\"tables\":{\"%s\":{\"columns\":{}},\"t\":{\"columns\":{\"%s\":"
	    "{\"type\":\"int\"},\"%s\":{\"type\":\"int\"}}}}}", name, name, name + 1);
	assert_int_equal(
	    mig_snapshot_read(text.data, text.len, "f", MIG_DB_POSTGRESQL, &db, &findings),
	    MIG_EDOC);
	assert_int_equal(findings.count, 2);
	assert_string_equal(findings.items[0].message,
	    "the name of a table must not be longer than 1024 bytes");
	assert_string_equal(findings.items[1].message,
	    "the name of a column must not be longer than 1024 bytes");
	mig_findings_fini(&findings);
	mig_buf_fini(&text);
}

/* What is found wrong in the dialect that was not meant is told once. */
static void
test_late_dialect(void **state)
{
	(void)state;
	refuse("{\"tables\":{\"t\":{\"columns\":5}},\"dialect\":\"mysql\"}",
	    "f:1:27: /tables/t/columns: must be an object, not number\n");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_many_findings),
		cmocka_unit_test(test_depth),
		cmocka_unit_test(test_long_names),
		cmocka_unit_test(test_late_dialect),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
