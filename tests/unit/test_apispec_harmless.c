/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/*
 * Pairs of documents that say the same in other words: nothing may be reported, in neither
 * direction and from no point of view.
 */
#include <stdlib.h>
#include <string.h>

#include "apispec/read.h"
#include "source/yaml.h"
#include "support/api_fixture.h"

struct pair {
	const char *what;
	const char *before;
	const char *after;
};

#define OPENAPI "{'openapi':'3.1.0',"
#define OPENAPI_30 "{'openapi':'3.0.3',"
#define OLD "'deprecated':true,'x-sunset':'soon',"
#define GET(rest) "'paths':{'/a':{'get':{" rest "}}}"
#define OK_200 "'responses':{'200':{'description':'x'}}"
#define BODY(schema) \
	"'paths':{'/a':{'post':{'requestBody':{'content':{'application/json':{'schema':" schema \
	"}}}," OK_200 "}}}"
#define ANSWER(schema) \
	"'paths':{'/a':{'get':{'responses':{'200':{'description':'x','content':" \
	"{'application/json':{'schema':" schema "}}}}}}}"
#define SCHEMAS(rest) ",'components':{'schemas':{" rest "}}"
#define STRING "{'type':'string'}"
#define USER "{'type':'object','required':['id'],'properties':{'id':" STRING ",'name':" STRING "}}"
#define REF(name) "{'$ref':'#/components/schemas/" name "'}"

static const struct pair pairs[] = {
	{ "members in another order", OPENAPI ANSWER(USER) "}",
	    "{" ANSWER("{'properties':{'name':" STRING ",'id':" STRING
		       "},'required':['id'],'type':'object'}") ",'openapi':'3.1.0'}" },
	{ "required names in another order",
	    OPENAPI ANSWER("{'required':['a','b'],'properties':{'a':{},'b':{}}}") "}",
	    OPENAPI ANSWER("{'required':['b','a'],'properties':{'a':{},'b':{}}}") "}" },
	{ "values in another order", OPENAPI ANSWER("{'type':'string','enum':['a','b']}") "}",
	    OPENAPI ANSWER("{'type':'string','enum':['b','a']}") "}" },
	{ "types in another order", OPENAPI ANSWER("{'type':['string','integer']}") "}",
	    OPENAPI ANSWER("{'type':['integer','string']}") "}" },
	{ "a description changed", OPENAPI ANSWER("{'type':'string','description':'a'}") "}",
	    OPENAPI ANSWER("{'type':'string','description':'b'}") "}" },
	{ "an end that is no date, as before",
	    OPENAPI GET(OLD "'parameters':[{'name':'p','in':'query'," OLD "'x':1}]," OK_200) "}",
	    OPENAPI GET("'summary':'a'," OLD "'parameters':[{'name':'p','in':'query'," OLD
			"'x':1}]," OK_200) "}" },
	{ "a summary added", OPENAPI GET(OK_200) "}",
	    OPENAPI GET("'summary':'s','description':'d'," OK_200) "}" },
	{ "title, contact and version",
	    OPENAPI "'info':{'title':'a','version':'1','contact':{'name':'x'}}," GET(OK_200) "}",
	    OPENAPI "'info':{'title':'b','version':'2'}," GET(OK_200) "}" },
	{ "examples", OPENAPI ANSWER("{'type':'string','example':'a'}") "}",
	    OPENAPI ANSWER("{'type':'string','examples':['b','c']}") "}" },
	{ "extensions", OPENAPI ANSWER("{'type':'string','x-order':1}") "}",
	    OPENAPI ANSWER("{'type':'string','x-order':2,'x-hint':'a'}") "}" },
	{ "paths in another order",
	    OPENAPI "'paths':{'/a':{'get':{" OK_200 "}},'/b':{'get':{" OK_200 "}}}}",
	    OPENAPI "'paths':{'/b':{'get':{" OK_200 "}},'/a':{'get':{" OK_200 "}}}}" },
	{ "a schema becomes a component", OPENAPI ANSWER(USER) "}",
	    OPENAPI ANSWER(REF("User")) SCHEMAS("'User':" USER) "}" },
	{ "a property becomes a component",
	    OPENAPI BODY("{'type':'object','properties':{'u':" USER "}}") "}",
	    OPENAPI BODY("{'type':'object','properties':{'u':" REF("User") "}}")
		SCHEMAS("'User':" USER) "}" },
	{ "allOf is joined",
	    OPENAPI ANSWER("{'allOf':[{'type':'object','required':['id']},"
	        "{'properties':{'id':" STRING "}},{'properties':{'name':" STRING "}}]}") "}",
	    OPENAPI ANSWER(USER) "}" },
	{ "a component is split with allOf",
	    OPENAPI ANSWER(REF("User")) SCHEMAS("'User':" USER) "}",
	    OPENAPI ANSWER(REF("User")) SCHEMAS("'Base':{'type':'object','required':['id'],"
		"'properties':{'id':" STRING "}},'User':{'allOf':[" REF("Base") ","
		"{'type':'object','properties':{'name':" STRING "}}]}") "}" },
	{ "allOf around one reference", OPENAPI ANSWER(REF("User")) SCHEMAS("'User':" USER) "}",
	    OPENAPI ANSWER("{'allOf':[" REF("User") "],'description':'who'}")
		SCHEMAS("'User':" USER) "}" },
	{ "parts of allOf in another order",
	    OPENAPI BODY("{'allOf':[{'type':'object'},{'properties':{'a':{}}}]}") "}",
	    OPENAPI BODY("{'allOf':[{'properties':{'a':{}}},{'type':'object'}]}") "}" },
	{ "nullable of 3.0 as a list of types",
	    OPENAPI_30 ANSWER("{'type':'string','nullable':true}") "}",
	    OPENAPI ANSWER("{'type':['string','null']}") "}" },
	{ "null as an alternative", OPENAPI ANSWER("{'type':['string','null']}") "}",
	    OPENAPI ANSWER("{'anyOf':[{'type':'string'},{'type':'null'}]}") "}" },
	{ "exclusive limits of 3.0 and 3.1",
	    OPENAPI_30 BODY("{'type':'integer','maximum':9,'exclusiveMaximum':true}") "}",
	    OPENAPI BODY("{'type':'integer','exclusiveMaximum':9}") "}" },
	{ "1 and 1.0", OPENAPI BODY("{'type':'number','maximum':1}") "}",
	    OPENAPI BODY("{'type':'number','maximum':1.0}") "}" },
	{ "minimum lengths of nothing", OPENAPI BODY("{'type':'string','minLength':0}") "}",
	    OPENAPI BODY("{'type':'string'}") "}" },
	{ "additionalProperties as usual", OPENAPI BODY("{'type':'object'}") "}",
	    OPENAPI BODY("{'type':'object','additionalProperties':true}") "}" },
	{ "a constant as the only value", OPENAPI BODY("{'type':'string','const':'a'}") "}",
	    OPENAPI BODY("{'type':'string','enum':['a']}") "}" },
	{ "alternatives in another order", OPENAPI BODY("{'oneOf':[" STRING "," USER "]}") "}",
	    OPENAPI BODY("{'oneOf':[" USER "," STRING "]}") "}" },
	{ "a parameter of the path",
	    OPENAPI "'paths':{'/a/{id}':{'get':{'parameters':[{'name':'id','in':'path',"
	    "'required':true,'schema':" STRING "}]," OK_200 "}}}}",
	    OPENAPI "'paths':{'/a/{id}':{'parameters':[{'name':'id','in':'path','required':true,"
	    "'schema':" STRING "}],'get':{" OK_200 "}}}}" },
	{ "a parameter of the path under another name",
	    OPENAPI "'paths':{'/a/{id}':{'get':{'parameters':[{'name':'id','in':'path',"
	    "'required':true,'schema':" STRING "}]," OK_200 "}}}}",
	    OPENAPI "'paths':{'/a/{key}':{'get':{'parameters':[{'name':'key','in':'path',"
	    "'required':true,'schema':" STRING "}]," OK_200 "}}}}" },
	{ "a parameter becomes a component",
	    OPENAPI GET("'parameters':[{'name':'q','in':'query','schema':" STRING "}]," OK_200) "}",
	    OPENAPI GET("'parameters':[{'$ref':'#/components/parameters/Q'}]," OK_200)
	    ",'components':{'parameters':{'Q':{'name':'q','in':'query','schema':" STRING "}}}}" },
	{ "parameters in another order",
	    OPENAPI GET("'parameters':[{'name':'q','in':'query','schema':" STRING
			"},{'name':'r','in':'query','schema':" STRING "}]," OK_200) "}",
	    OPENAPI GET("'parameters':[{'name':'r','in':'query','schema':" STRING
			"},{'name':'q','in':'query','schema':" STRING "}]," OK_200) "}" },
	{ "the case of a header",
	    OPENAPI GET("'parameters':[{'name':'X-A','in':'header'}]," OK_200) "}",
	    OPENAPI GET("'parameters':[{'name':'x-a','in':'header'}]," OK_200) "}" },
	{ "the usual style written out",
	    OPENAPI GET("'parameters':[{'name':'q','in':'query',"
			"'schema':{'type':'array'}}]," OK_200) "}",
	    OPENAPI GET("'parameters':[{'name':'q','in':'query','style':'form','explode':true,"
			"'schema':{'type':'array'}}]," OK_200) "}" },
	{ "tags in another order", OPENAPI GET("'tags':['a','b']," OK_200) "}",
	    OPENAPI GET("'tags':['b','a']," OK_200) "}" },
	{ "a response becomes a component", OPENAPI ANSWER(USER) "}",
	    OPENAPI GET("'responses':{'200':{'$ref':'#/components/responses/R'}}")
	    ",'components':{'responses':{'R':{'description':'y','content':{'application/json':"
	    "{'schema':" USER "}}}}}}" },
	{ "a slash at the end of a server",
	    OPENAPI "'servers':[{'url':'https://a.example/v1/'}]," GET(OK_200) "}",
	    OPENAPI "'servers':[{'url':'https://a.example/v1'}]," GET(OK_200) "}" },
	{ "schemas that contain themselves",
	    OPENAPI ANSWER(REF("N")) SCHEMAS("'N':{'type':'object','properties':{'next':" REF("N")
		"}}") "}",
	    OPENAPI ANSWER(REF("N")) SCHEMAS("'N':{'properties':{'next':{'allOf':[" REF("N")
		"]}},'type':'object'}") "}" },
	{ "Swagger 2 and OpenAPI 3",
	    "{'swagger':'2.0','host':'a.example','basePath':'/v1','schemes':['https'],"
	    "'consumes':['application/json'],'produces':['application/json'],"
	    "'paths':{'/a':{'post':{"
	    "'parameters':[{'name':'q','in':'query','type':'array','collectionFormat':'multi',"
	    "'items':" STRING "},{'name':'b','in':'body','required':true,'schema':"
	    "{'$ref':'#/definitions/User'}}],'responses':{'200':{'description':'x','schema':"
	    "{'$ref':'#/definitions/User'}}},'security':[{'k':[]}]}}},"
	    "'securityDefinitions':{'k':{'type':'basic'}},'definitions':{'User':" USER "}}",
	    OPENAPI_30 "'servers':[{'url':'https://a.example/v1'}],'paths':{'/a':{'post':{"
	    "'parameters':[{'name':'q','in':'query','schema':{'type':'array','items':" STRING "}}],"
	    "'requestBody':{'required':true,'content':{'application/json':{'schema':" REF("User")
	    "}}},'responses':{'200':{'description':'x','content':{'application/json':{'schema':"
	    REF("User") "}}}},'security':[{'k':[]}]}}},'components':{'schemas':{'User':" USER
	    "},'securitySchemes':{'k':{'type':'http','scheme':'basic'}}}}" },
};

static void
expect_nothing(const char *what, struct mig_api *before, struct mig_api *after,
    enum mig_api_view view)
{
	const struct mig_api_policy policy = { .view = view };
	struct mig_check *check = test_api_judge(before, after, &policy);
	size_t count = 0;
	(void)mig_check_changes(check, &count); /* only how many */
	if (count > 0) {
		char *all = test_changes(check);
		print_error("%s:\n%s", what, all);
		free(all);
		fail();
	}
	mig_check_free(check);
}

static void
test_pairs(void **state)
{
	(void)state;
	assert_true(TEST_COUNT(pairs) >= 30);
	for (size_t i = 0; i < TEST_COUNT(pairs); i++) {
		expect_nothing(pairs[i].what, test_api(pairs[i].before), test_api(pairs[i].after),
		    MIG_VIEW_BOTH);
		expect_nothing(pairs[i].what, test_api(pairs[i].after), test_api(pairs[i].before),
		    MIG_VIEW_CLIENT);
	}
}

static struct mig_api *
read_yaml(const char *text)
{
	struct mig_findings findings = { 0 };
	struct mig_api *api = NULL;
	int error = yaml_read_api(text, strlen(text), "api.yaml", &api, &findings);
	char *lines = test_findings(&findings);
	if (error != MIG_OK)
		print_error("%s", lines);
	free(lines);
	assert_int_equal(error, MIG_OK);
	mig_findings_fini(&findings);
	return api;
}

/* The same in YAML: block and flow, anchors, quotes, numbers as keys. */
static void
test_yaml(void **state)
{
	(void)state;
	static const char yaml[] =
	    "# a comment\n"
	    "openapi: 3.1.0\n"
	    "paths:\n"
	    "  /a:\n"
	    "    post:\n"
	    "      requestBody:\n"
	    "        content:\n"
	    "          application/json:\n"
	    "            schema: &user\n"
	    "              type: object\n"
	    "              required: [id]\n"
	    "              properties:\n"
	    "                id: {type: string, minLength: 0x }\n"
	    "      responses:\n"
	    "        200:\n"
	    "          description: |\n"
	    "            several\n"
	    "            lines\n"
	    "          content:\n"
	    "            application/json: {schema: *user}\n";
	char *text = strdup(yaml);
	assert_non_null(text);
	/* Not a number, as a reader of other languages might think. */
	char *hex = strstr(text, "minLength: 0x ");
	memcpy(hex, "maxLength: 5.0", strlen("maxLength: 5.0"));
	static const char json[] = OPENAPI "'paths':{'/a':{'post':{'requestBody':{'content':"
	    "{'application/json':{'schema':{'type':'object','required':['id'],'properties':{'id':"
	    "{'type':'string','maxLength':5}}}}}},'responses':{'200':{'content':"
	    "{'application/json':{'schema':{'type':'object','required':['id'],'properties':{'id':"
	    "{'type':'string','maxLength':5}}}}}}}}}}}";
	expect_nothing("YAML and JSON", read_yaml(text), test_api(json), MIG_VIEW_BOTH);
	free(text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pairs),
		cmocka_unit_test(test_yaml),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
