/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/*
 * What readers of interfaces refuse, with line and pointer, and that hostile documents end soon.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "apispec/read.h"
#include "base/buf.h"
#include "base/limits.h"
#include "source/yaml.h"
#include "support/api_fixture.h"

typedef int (*reader)(const char *text, size_t len, const char *file, struct mig_api **ret_api,
    struct mig_findings *findings);

struct refusal {
	const char *text; /* single quotes stand for double ones */
	const char *pointer; /* NULL: none */
	const char *message; /* a part of the line */
	int line;
};

#define HEAD "{'openapi':'3.0.0',\n"
#define SCHEME(text) HEAD "'components':{'securitySchemes':{'k':{\n" text "}}}}"
#define SCHEMA(text) HEAD "'components':{'schemas':{'S':\n" text "}}}"

static const struct refusal json_rows[] = {
	{ "", "", "the text is empty", 1 },
	{ "[]", "", "must be an object", 1 },
	{ "{'a':1}", "", "neither \"paths\" nor", 1 },
	{ "{'tables':{}}", "", "--type database", 1 },
	{ "{'paths':{}}", "", "neither \"openapi\" nor \"swagger\"", 1 },
	{ "{'openapi':'4.0','paths':{}}", "/openapi", "an unknown version", 1 },
	{ "{'openapi':'3.0.0','openapi':'3.0.0','paths':{}}", "", "given twice", 1 },
	{ HEAD "'paths':[]}", "/paths", "type object, not array", 2 },
	{ HEAD "'paths':{'/a':3}}", "/paths/~1a", "a path must be an object", 2 },
	{ HEAD "'paths':{'/a':{'get':[]}}}", "/paths/~1a/get", "an operation must be", 2 },
	{ HEAD "'paths':{'/a':{'get':{'parameters':[{'in':'query'}]}}}}",
	    "/paths/~1a/get/parameters/0", "needs \"name\" and \"in\"", 2 },
	{ HEAD "'paths':{'/a':{'get':{'parameters':[{'name':'a','in':'query'},"
	       "{'name':'a','in':'query'}]}}}}",
	    "/paths/~1a/get/parameters/1", "a is given twice", 2 },
	{ HEAD "'paths':{'/a':{'get':{'responses':{'200':{'headers':{'A':{},'a':{}}}}}}}}",
	    "/paths/~1a/get/responses/200/headers/a", "a is given twice", 2 },
	{ HEAD "'paths':{'/a':{'get':{'responses':{'200':{'content':{'A/B':{},'a/b':{}}}}}}}}",
	    "/paths/~1a/get/responses/200/content/a~1b", "a/b is given twice", 2 },
	{ HEAD "'paths':{'/a':{'get':{'parameters':[{'name':'a','in':'body'}]}}}}",
	    "/paths/~1a/get/parameters/0/in", "no place of a parameter", 2 },
	{ HEAD "'paths':{'/a':{'get':{'parameters':[{'$ref':'b.json#/P'}]}}}}",
	    "/paths/~1a/get/parameters/0/$ref", "\"b.json#/P\" leads out of this document", 2 },
	{ SCHEMA("{'$ref':'https://a.example/b'}"), "/components/schemas/S/$ref", "bundle", 3 },
	{ SCHEMA("{'$ref':'#/components/schemas/T'}"), "/components/schemas/S/$ref",
	    "leads nowhere", 3 },
	{ SCHEMA("{'$ref':'#/components/schemas/S'}"), "/components/schemas/S",
	    "come back to themselves", 3 },
	{ SCHEMA("{'$ref':'#anchor'}"), "/components/schemas/S/$ref", "names an anchor", 3 },
	{ SCHEMA("'string'"), "/components/schemas/S", "must be an object, not string", 3 },
	{ SCHEMA("{'properties':{'a':'string'}}"), "/components/schemas/S/properties/a",
	    "a schema must be an object, not string", 3 },
	{ SCHEMA("{'properties':{'a':{'required':true}}}"),
	    "/components/schemas/S/properties/a/required", "name the required properties", 3 },
	{ SCHEMA("{'properties':[]}"), "/components/schemas/S/properties", "not array", 3 },
	{ SCHEMA("{'type':'strin'}"), "/components/schemas/S/type", "\"strin\" is no type", 3 },
	{ SCHEMA("{'type':null}"), "/components/schemas/S/type", "null is no type", 3 },
	{ SCHEMA("{'maxLength':'9'}"), "/components/schemas/S/maxLength", "not string", 3 },
	{ SCHEMA("{'nullable':'false'}"), "/components/schemas/S/nullable", "not string", 3 },
	{ SCHEMA("{'enum':'a'}"), "/components/schemas/S/enum", "not string", 3 },
	{ SCHEMA("{'discriminator':{'propertyName':'t','mapping':{'a':0}}}"),
	    "/components/schemas/S/discriminator/mapping/a", "type string, not", 3 },
	{ SCHEME("'type':1"), "/components/securitySchemes/k/type", "type string, not", 3 },
	{ SCHEME("'$ref':'#/components/securitySchemes/k'"), "/components/securitySchemes/k",
	    "come back to themselves", 2 },
	{ SCHEME("'$ref':'#/components/securitySchemes/x'"),
	    "/components/securitySchemes/k/$ref", "leads nowhere", 3 },
	{ SCHEME("'$ref':'#/openapi'"), "/openapi", "must be an object, not string", 1 },
	{ SCHEME("'flows':[]"), "/components/securitySchemes/k/flows", "type object, not", 3 },
	{ SCHEME("'flows':{'implicit':{'scopes':['a']}}"),
	    "/components/securitySchemes/k/flows/implicit/scopes", "type object, not array", 3 },
	{ SCHEMA("{'a':1,}"), "/components/schemas/S", "comma", 3 },
	{ "{'swagger':'2.0',\n'paths':{'/a':{'get':{'parameters':[{'name':'a','in':'query',"
	  "\n'type':'strin'}]}}}}", "/paths/~1a/get/parameters/0/type", "no type", 3 },
	{ "{'swagger':'2.0',\n'paths':{'/a':{'get':{'parameters':[[{'name':'a'}]]}}}}",
	    "/paths/~1a/get/parameters/0", "needs \"name\" and \"in\"", 2 },
	{ "{'swagger':'2.0',\n'paths':{'/a':{'get':{'responses':{'200':"
	  "{'headers':{'H':\n['a']}}}}}}}",
	    "/paths/~1a/get/responses/200/headers/H", "a header must be an object", 3 },
};

static const struct refusal yaml_rows[] = {
	{ "", NULL, "the document is empty", 1 },
	{ "openapi: 3.0.0\npaths: {}\n---\nopenapi: 3.0.0\n", NULL, "a second document", 3 },
	{ "openapi: 3.0.0\npaths: {}\nopenapi: 3.0.0\n", "/openapi", "given twice", 3 },
	{ "openapi: 3.0.0\npaths: *p\n", "", "an anchor that is not there", 2 },
	{ "openapi: 3.0.0\npaths: &p\n  /a: *p\n", "/paths", "inside the value that it names", 3 },
	{ "openapi: 3.0.0\npaths: {}\ninfo: {<<: {a: 1}}\n", "/info", "merge keys", 3 },
	{ "openapi: 3.0.0\npaths: {}\ninfo: {a: .inf}\n", "/info", "finite", 3 },
	{ "openapi: 3.0.0\npaths: {}\ninfo: {[a]: 1}\n", "/info", "a key must be a text", 3 },
	{ "openapi: 3.0.0\npaths: [\n", "/paths", "", 3 },
	{ "openapi: 3.0.0\npaths: !mine {}\n\tx", NULL, "", 3 },
	{ "openapi: 3.0.0\npaths: !mine x\n", "", "a tag that is not known", 2 },
	{ "openapi: 3.0.0\npaths: 3\n", "/paths", "type object, not number", 2 },
};

static const struct refusal graphql_rows[] = {
	{ "", NULL, "no type is defined here", 0 },
	{ "query { a }", NULL, "a definition of a type", 1 },
	{ "type A {\n a }", NULL, ": should stand where \"}\" stands", 2 },
	{ "type A {\n a: Int", NULL, "the text ends where", 2 },
	{ "type A { a: [Int }", NULL, "] should stand", 1 },
	{ "type A { a: Int } type A { b: Int }", NULL, "A is defined twice", 1 },
	{ "type A { a: Int }\nextend type A { b: Int\na: Int }", NULL, "a is defined twice", 3 },
	{ "type A { a(b: Int, c: Int\nb: Int): Int }", NULL, "b is defined twice", 2 },
	{ "enum A { X Y\nX }", NULL, "X is defined twice", 2 },
	{ "directive @d(a: Int\na: Int) on FIELD type A { a: Int }", NULL, "a is defined", 2 },
	{ "directive @d on FIELD type A { a: Int }\ndirective @d on QUERY", NULL,
	    "d is defined twice", 2 },
	{ "type E { a: Int }\nextend enum E { A }", NULL, "E is a type of another kind", 2 },
	{ "type A { a(b: Int = ", NULL, "the text ends", 1 },
	{ "type A { a: Int } %", NULL, "a character that GraphQL does not know", 1 },
	{ "''' a", NULL, "does not end", 1 },
	{ "' a\n'", NULL, "does not end in its line", 1 },
	{ "schema { start: A }", NULL, "query, mutation or subscription", 1 },
};

static void
expect_refusal(reader read, const struct refusal *row, bool pointer)
{
	struct mig_findings findings = { 0 };
	struct mig_api *api = NULL;
	char *text = test_quotes(row->text);
	int error = read(text, strlen(text), "api", &api, &findings);
	char *lines = test_findings(&findings);
	bool right = error == MIG_EDOC && findings.count > 0 &&
	    strstr(lines, row->message) != NULL && findings.items[0].line == row->line;
	if (right && pointer && row->pointer != NULL)
		right = strcmp(findings.items[0].pointer, row->pointer) == 0;
	if (!right) {
		print_error("%d\n%s\nfor %s, wanted line %d, %s: %s\n", error, lines, text,
		    row->line, row->pointer == NULL ? "" : row->pointer, row->message);
		fail();
	}
	free(lines);
	free(text);
	mig_findings_fini(&findings);
}

static void
test_json_refusals(void **state)
{
	(void)state;
	for (size_t i = 0; i < TEST_COUNT(json_rows); i++)
		expect_refusal(mig_api_read_json, &json_rows[i], true);
}

static void
test_yaml_refusals(void **state)
{
	(void)state;
	for (size_t i = 0; i < TEST_COUNT(yaml_rows); i++)
		expect_refusal(yaml_read_api, &yaml_rows[i], true);
}

static void
test_graphql_refusals(void **state)
{
	(void)state;
	for (size_t i = 0; i < TEST_COUNT(graphql_rows); i++)
		expect_refusal(mig_api_read_graphql, &graphql_rows[i], false);
}

/* What other readers stumble over and this one takes. */
static void
test_edges(void **state)
{
	(void)state;
	static const char *const rows[] = {
		/* Path-level members on both sides. */
		HEAD "'paths':{'/a':{'summary':'s','parameters':[{'name':'p','in':'query'}],"
		"'get':{}}}}",
		/* A list of types, as sets. */
		SCHEMA("{'properties':{'a':{'type':['string','null']}}}"),
		/* A reference to a parameter. */
		HEAD "'paths':{'/a':{'get':{'parameters':[{'$ref':'#/components/parameters/P'}]}}},"
		"'components':{'parameters':{'P':{'name':'p','in':'query'}}}}",
		/* An escaped reference into a path. */
		HEAD "'paths':{'/a':{'get':{'responses':{'200':{'$ref':"
		"'#/paths/~1b/get/responses/200'}}}},'/b':{'get':{'responses':{'200':{}}}}}}",
		/* A schema made of itself. */
		SCHEMA("{'allOf':[{'$ref':'#/components/schemas/S'},{'type':'object'}]}"),
		"{'openapi':'3.1.0','webhooks':{}}",
		"{'openapi':'3.1.0','components':{'schemas':{'S':true,'T':false}}}",
		"{'swagger':'2.0','paths':{'/a':{'post':{'consumes':['multipart/form-data'],"
		"'parameters':[{'name':'f','in':'formData','type':'file'}],"
		"'responses':{'200':{'description':'x',"
		"'headers':{'h':{'type':'string'}}}}}}},'definitions':{'S':{'x-nullable':true}},"
		"'securityDefinitions':{'o':{'type':'oauth2','flow':'accessCode','scopes':{}}}}",
	};
	const struct mig_api_policy policy = { .view = MIG_VIEW_BOTH };
	for (size_t i = 0; i < TEST_COUNT(rows); i++) {
		struct mig_check *check =
		    test_api_judge(test_api(rows[i]), test_api(rows[i]), &policy);
		size_t count = 1;
		(void)mig_check_changes(check, &count); /* only how many */
		assert_int_equal(count, 0);
		mig_check_free(check);
	}
}

/* A hostile document: it is read or refused, and compared, with bounded work. */
static void
survive(reader read, const struct mig_buf *text, int wanted)
{
	struct mig_findings findings = { 0 };
	struct mig_api *api = NULL;
	assert_true(mig_buf_ok(text));
	int error = read(text->data, text->len, "api", &api, &findings);
	assert_int_equal(error, wanted);
	if (error == MIG_OK) {
		struct mig_check *check = mig_check_new();
		mig_api_judge(api, api, MIG_VIEW_CLIENT, check);
		assert_false(mig_check_failed(check));
		mig_check_free(check);
		mig_api_free(api);
	}
	mig_findings_fini(&findings);
}

/* Schemas that all contain the next twice: 2^n paths lead through them. */
static void
test_reference_bomb(void **state)
{
	(void)state;
	static const char *const keywords[] = { "allOf", "oneOf", "prefixItems" };
	for (size_t k = 0; k < TEST_COUNT(keywords); k++) {
		struct mig_buf text;
		mig_buf_init(&text, MIG_DOC_BYTES_MAX);
		mig_buf_puts(&text, "{\"openapi\":\"3.1.0\",\"components\":{\"schemas\":{");
		for (int i = 0; i < 200; i++)
			mig_buf_printf(&text,
			    "\"S%d\":{\"%s\":[{\"$ref\":\"#/components/schemas/S%d\"},"
			    "{\"$ref\":\"#/components/schemas/S%d\"}]},",
			    i, keywords[k], i + 1, i + 1);
		mig_buf_puts(&text, "\"S200\":{\"type\":\"string\"}}}}");
		survive(mig_api_read_json, &text, MIG_OK);
		mig_buf_fini(&text);
	}
}

static void
test_deep(void **state)
{
	(void)state;
	struct mig_buf text;
	mig_buf_init(&text, MIG_DOC_BYTES_MAX);
	mig_buf_puts(&text, "{\"openapi\":\"3.1.0\",\"components\":");
	for (int i = 0; i < 100000; i++)
		mig_buf_puts(&text, "{\"items\":");
	survive(mig_api_read_json, &text, MIG_EDOC);
	mig_buf_reset(&text);
	mig_buf_puts(&text, "openapi: 3.1.0\npaths: ");
	for (int i = 0; i < 100000; i++)
		mig_buf_putc(&text, '[');
	survive(yaml_read_api, &text, MIG_EDOC);
	mig_buf_reset(&text);
	mig_buf_puts(&text, "type A { a: ");
	for (int i = 0; i < 100000; i++)
		mig_buf_putc(&text, '[');
	survive(mig_api_read_graphql, &text, MIG_EDOC);
	mig_buf_fini(&text);
}

static void
test_alias_bomb(void **state)
{
	(void)state;
	struct mig_buf text;
	mig_buf_init(&text, MIG_DOC_BYTES_MAX);
	mig_buf_puts(&text, "openapi: 3.1.0\npaths: {}\nx-0: &a0 [a,a,a,a,a,a,a,a,a]\n");
	for (int i = 1; i < 30; i++)
		mig_buf_printf(&text, "x-%d: &a%d [*a%d,*a%d,*a%d,*a%d,*a%d,*a%d,*a%d]\n", i, i,
		    i - 1, i - 1, i - 1, i - 1, i - 1, i - 1, i - 1);
	survive(yaml_read_api, &text, MIG_EDOC);
	mig_buf_fini(&text);
}

/* A path that all others refer to: a small document, very many operations. */
static void
test_operation_bomb(void **state)
{
	(void)state;
	struct mig_buf text;
	mig_buf_init(&text, MIG_DOC_BYTES_MAX);
	mig_buf_puts(&text, "{\"openapi\":\"3.1.0\",\"paths\":{\"/a\":{\"get\":{\"parameters\":[");
	for (int i = 0; i < 400; i++)
		mig_buf_printf(&text, "{\"name\":\"p%d\",\"in\":\"query\"},", i);
	mig_buf_puts(&text, "{\"name\":\"p\",\"in\":\"query\"}]}}");
	for (int i = 0; i < 6000; i++)
		mig_buf_printf(&text, ",\"/%d\":{\"$ref\":\"#/paths/~1a\"}", i);
	mig_buf_puts(&text, "}}");
	survive(mig_api_read_json, &text, MIG_EDOC);
	mig_buf_fini(&text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_json_refusals),
		cmocka_unit_test(test_yaml_refusals),
		cmocka_unit_test(test_graphql_refusals),
		cmocka_unit_test(test_edges),
		cmocka_unit_test(test_reference_bomb),
		cmocka_unit_test(test_deep),
		cmocka_unit_test(test_alias_bomb),
		cmocka_unit_test(test_operation_bomb),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
