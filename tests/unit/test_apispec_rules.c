/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/*
 * Every rule about interfaces: two fragments between which it fires, and what fires when the same
 * fragments change places.  No rule of the tables may be without a row here.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "apispec/facts.h"
#include "support/api_fixture.h"

#define B MIG_BREAKING
#define P MIG_POTENTIALLY_BREAKING
#define N MIG_NON_BREAKING
#define A MIG_ADDITIVE

/* Where a fragment is put. */
enum place { PARAM, HPARAM, PPROP, HPROP, BODY, PROP, RO, RESP, RPROP, WO, RHEAD, ITEM, DOC };

#define SCHEMA_AT(path) "{'openapi':'3.1.0','paths':{'/a':{" path "}}}"
#define OK_200 "'responses':{'200':{'description':'x'}}"
#define IN_PARAM(in, schema) \
	SCHEMA_AT("'get':{'parameters':[{'name':'p','in':'" in "','schema':" schema "}]," \
	    OK_200 "}")
#define IN_BODY(schema) \
	SCHEMA_AT("'post':{'requestBody':{'content':{'application/json':{'schema':" schema \
	    "}}}," OK_200 "}")
#define IN_RESPONSE(rest) SCHEMA_AT("'get':{'responses':{'200':{'description':'x'," rest "}}}")
#define IN_CONTENT(schema) IN_RESPONSE("'content':{'application/json':{'schema':" schema "}}")
#define IN_OBJECT(schema) "{'type':'object','properties':{'q':" schema "}}"

/* By place. */
static const char *const frames[] = {
	IN_PARAM("query", "%s"),
	IN_PARAM("header", "%s"),
	IN_PARAM("query", IN_OBJECT("%s")),
	IN_PARAM("header", IN_OBJECT("%s")),
	IN_BODY("%s"),
	IN_BODY(IN_OBJECT("%s")),
	IN_BODY(IN_OBJECT("{'readOnly':true,'allOf':[%s]}")),
	IN_CONTENT("%s"),
	IN_CONTENT(IN_OBJECT("%s")),
	IN_CONTENT(IN_OBJECT("{'writeOnly':true,'allOf':[%s]}")),
	IN_RESPONSE("'headers':{'X-H':{'schema':%s}}"),
	SCHEMA_AT("%s"),
	"{'openapi':'3.1.0',%s}",
};

struct row {
	enum place place;
	const char *before;
	const char *after;
	const char *rule; /* NULL: nothing */
	enum mig_change_severity severity;
	const char *back; /* the same from after to before */
	enum mig_change_severity back_severity;
};

#define INT(rest) "{'type':'integer'" rest "}"
#define STR(rest) "{'type':'string'" rest "}"
#define ARR(rest) "{'type':'array','items':{'type':'string'}" rest "}"
#define OBJ(rest) "{'type':'object'" rest "}"
#define ONE "{'type':'string','pattern':'a'}"
#define TWO "{'type':'boolean'}"

/* A limit that is lowered and raised, set and removed.  narrow, wide, set, unset: severities. */
#define LIMIT(at, prefix, word, schema, key, less, more, down, up, set, unset) \
	{ at, schema(",'" key "':" more), schema(",'" key "':" less),                        \
	    prefix "-" word "-decreased",                                                    \
		down, prefix "-" word "-increased", up }, \
	{ at, schema(""), schema(",'" key "':" more), prefix "-" word "-set", set, \
		prefix "-" word "-unset", unset }

/* Requests: what is allowed becomes less, more. */
#define LIMITS_IN(at, prefix) \
	LIMIT(at, prefix, "max", INT, "maximum", "10", "20", P, N, P, N), \
	LIMIT(at, prefix, "min", INT, "minimum", "10", "20", N, P, P, N), \
	LIMIT(at, prefix, "max-length", STR, "maxLength", "10", "20", P, N, P, N), \
	LIMIT(at, prefix, "min-length", STR, "minLength", "10", "20", N, P, P, N), \
	LIMIT(at, prefix, "max-items", ARR, "maxItems", "10", "20", P, N, P, N), \
	LIMIT(at, prefix, "min-items", ARR, "minItems", "10", "20", N, P, P, N)

/* Responses. */
#define LIMITS_OUT(at, prefix) \
	LIMIT(at, prefix, "max", INT, "maximum", "10", "20", N, B, N, B), \
	LIMIT(at, prefix, "min", INT, "minimum", "10", "20", B, N, N, B), \
	LIMIT(at, prefix, "max-length", STR, "maxLength", "10", "20", N, N, N, B), \
	LIMIT(at, prefix, "min-length", STR, "minLength", "10", "20", B, N, N, B), \
	LIMIT(at, prefix, "max-items", ARR, "maxItems", "10", "20", N, B, N, B), \
	LIMIT(at, prefix, "min-items", ARR, "minItems", "10", "20", B, N, N, B)

#define PATTERNS(at, prefix, added, removed, changed, wider_id, wider) \
	{ at, STR(""), STR(",'pattern':'^a'"), prefix "-pattern-added", added, \
		prefix "-pattern-removed", removed }, \
	{ at, STR(",'pattern':'^a'"), STR(",'pattern':'^b'"), prefix "-pattern-changed", changed, \
		prefix "-pattern-changed", changed }, \
	{ at, STR(",'pattern':'^a'"), STR(",'pattern':'.*'"), wider_id, wider, \
		prefix "-pattern-changed", changed }

#define DEFAULTS(at, prefix, added, other) \
	{ at, INT(""), INT(",'default':1"), prefix "-default-value-added", added, \
		prefix "-default-value-removed", other }, \
	{ at, INT(",'default':1"), INT(",'default':2"), prefix "-default-value-changed", other, \
		prefix "-default-value-changed", other }

#define CHOICES(at, prefix, all_add, all_del, one_add, one_del, any_del) \
	{ at, OBJ(""), OBJ(",'oneOf':[{'required':['a']},{'required':['b']}]"), \
		prefix "-all-of-added", all_add, prefix "-all-of-removed", all_del }, \
	{ at, "{'oneOf':[" ONE ",{'type':'integer'}]}", \
		"{'oneOf':[" ONE ",{'type':'integer'}," TWO "]}", prefix "-one-of-added", one_add, \
		prefix "-one-of-removed", one_del }, \
	{ at, "{'anyOf':[" ONE ",{'type':'integer'}]}", \
		"{'anyOf':[" ONE ",{'type':'integer'}," TWO "]}", prefix "-any-of-added", A, \
		prefix "-any-of-removed", any_del }

#define DISC(rest) OBJ(",'discriminator':{'propertyName':'t'" rest "}")
#define DISCRIMINATORS(at, prefix) \
	{ at, OBJ(""), DISC(""), prefix "-discriminator-added", A,                           \
	    prefix "-discriminator-removed",                                                 \
		N }, \
	{ at, DISC(""), OBJ(",'discriminator':{'propertyName':'u'}"), \
		prefix "-discriminator-property-name-changed", N, \
		prefix "-discriminator-property-name-changed", N }, \
	{ at, DISC(",'mapping':{'a':'A'}"), DISC(",'mapping':{'a':'A','b':'B'}"), \
		prefix "-discriminator-mapping-added", A, prefix "-discriminator-mapping-deleted", \
		N }, \
	{ at, DISC(",'mapping':{'a':'A'}"), DISC(",'mapping':{'a':'B'}"), \
		prefix "-discriminator-mapping-changed", N,                                  \
		prefix "-discriminator-mapping-changed",                                     \
		N }

/* A property q that is, or becomes, only read or only written. */
#define QOBJ(required, q) "{'type':'object'," required "'properties':{'q':{'type':'string'" q "}}}"
#define REQ_Q "'required':['q'],"
#define DIRECTIONS(at, side, not_write) \
	{ at, QOBJ("", ""), QOBJ("", ",'readOnly':true"),                                     \
	    side "-optional-property-became-read-only",                                      \
		N, side "-optional-property-became-not-read-only", N }, \
	{ at, QOBJ("", ""), QOBJ("", ",'writeOnly':true"), \
		side "-optional-property-became-write-only", N, \
		side "-optional-property-became-not-write-only", N }, \
	{ at, QOBJ(REQ_Q, ""), QOBJ(REQ_Q, ",'readOnly':true"), \
		side "-required-property-became-read-only", N, \
		side "-required-property-became-not-read-only", N }, \
	{ at, QOBJ(REQ_Q, ""), QOBJ(REQ_Q, ",'writeOnly':true"), \
		side "-required-property-became-write-only", N, \
		side "-required-property-became-not-write-only", not_write }

static const struct row schema_rows[] = {
	/* Types. */
	{ PARAM, STR(""), INT(""), "request-parameter-type-changed", B,
	    "request-parameter-type-changed", B },
	{ PARAM, INT(""), "{'type':'number'}", "request-parameter-type-generalized", A,
	    "request-parameter-type-changed", B },
	{ PARAM, STR(""), "{'type':['string','integer']}", "request-parameter-type-generalized", A,
	    "request-parameter-type-changed", B },
	{ PPROP, STR(""), INT(""), "request-parameter-property-type-changed", P,
	    "request-parameter-property-type-changed", P },
	{ PPROP, INT(""), "{'type':'number'}", "request-parameter-property-type-generalized", A,
	    "request-parameter-property-type-specialized", B },
	{ BODY, STR(""), INT(""), "request-body-type-changed", B, "request-body-type-changed", B },
	{ BODY, INT(""), "{'type':'number'}", "request-body-type-generalized", A,
	    "request-body-type-changed", B },
	{ PROP, STR(""), INT(""), "request-property-type-changed", B,
	    "request-property-type-changed", B },
	{ PROP, INT(""), "{'type':'number'}", "request-property-type-generalized", A,
	    "request-property-type-changed", B },
	{ RESP, STR(""), INT(""), "response-body-type-changed", B, "response-body-type-changed",
	    B },
	{ RESP, INT(""), "{'type':'number'}", "response-body-type-changed", P,
	    "response-body-type-specialized", N },
	{ RPROP, STR(""), "{'type':['string','integer']}", "response-property-type-changed", B,
	    "response-property-type-specialized", N },
	{ RHEAD, STR(""), INT(""), "response-header-type-changed", P,
	    "response-header-type-changed", P },
	{ PROP, INT(",'format':'int64'"), INT(",'format':'int32'"), "format-narrowed", B,
	    "format-widened", N },
	{ RPROP, STR(""), STR(",'format':'uuid'"), "format-narrowed", N, "format-widened", B },
	{ RPROP, STR(",'format':'email'"), STR(",'format':'uuid'"), "format-changed", B,
	    "format-changed", B },
	/* Null. */
	{ BODY, STR(""), "{'type':['string','null']}", "request-body-became-nullable", N,
	    "request-body-became-not-nullable", B },
	{ PROP, STR(""), "{'type':['string','null']}", "request-property-became-nullable", N,
	    "request-property-became-not-nullable", B },
	{ RESP, STR(""), "{'type':['string','null']}", "response-body-became-nullable", B,
	    "type-null-removed", N },
	{ RPROP, STR(""), "{'type':['string','null']}", "response-property-became-nullable", B,
	    "type-null-removed", N },
	{ PARAM, STR(""), "{'type':['string','null']}", "type-null-added", N, "type-null-removed",
	    B },
	/* Values. */
	{ PARAM, STR(",'enum':['a']"), STR(",'enum':['a','b']"),
	    "request-parameter-enum-value-added", N, "request-parameter-enum-value-removed", B },
	{ PARAM, STR(""), STR(",'enum':['a']"), "request-parameter-became-enum", B,
	    "request-enum-constraint-removed", A },
	{ HPROP, STR(""), STR(",'enum':['a']"), "request-header-property-became-enum", B,
	    "request-enum-constraint-removed", A },
	{ BODY, STR(",'enum':['a']"), STR(",'enum':['a','b']"), "request-body-enum-value-added", N,
	    "request-body-enum-value-removed", B },
	{ BODY, STR(""), STR(",'enum':['a']"), "request-body-became-enum", B,
	    "request-enum-constraint-removed", A },
	{ PROP, STR(",'enum':['a']"), STR(",'enum':['a','b']"), "request-property-enum-value-added",
	    N, "request-property-enum-value-removed", B },
	{ RO, STR(",'enum':['a']"), STR(",'enum':['a','b']"), "request-property-enum-value-adde"
	    "d", N,
	    "request-read-only-property-enum-value-removed", N },
	{ PROP, STR(""), STR(",'enum':['a']"), "request-property-became-enum", B,
	    "request-enum-constraint-removed", A },
	{ RESP, STR(",'enum':['a']"), STR(",'enum':['a','b']"),
	    "response-mediatype-enum-value-added", P, "response-mediatype-enum-value-removed", P },
	{ RPROP, STR(",'enum':['a']"), STR(",'enum':['a','b']"),
	    "response-property-enum-value-added", P, "response-property-enum-value-removed", P },
	{ WO, STR(",'enum':['a']"), STR(",'enum':['a','b']"),
	    "response-write-only-property-enum-value-added", N,
	    "response-property-enum-value-removed", N },
	{ RPROP, STR(""), STR(",'enum':['a']"), "response-became-enum", N,
	    "response-enum-constraint-removed", B },
	{ PARAM, STR(",'x-extensible-enum':['a']"), STR(",'x-extensible-enum':['a','b']"),
	    "x-extensible-enum-value-added", N,
	    "request-parameter-x-extensible-enum-value-removed", B },
	{ PROP, STR(",'x-extensible-enum':['a']"), STR(",'x-extensible-enum':['a','b']"),
	    "x-extensible-enum-value-added", N, "request-property-x-extensible-enum-value-removed",
	    B },
	{ RPROP, STR(",'x-extensible-enum':['a']"), STR(",'x-extensible-enum':['a','b']"),
	    "x-extensible-enum-value-added", N, "response-x-extensible-enum-value-removed", N },
	/* Defaults. */
	DEFAULTS(PARAM, "request-parameter", B, B),
	DEFAULTS(BODY, "request-body", A, N),
	DEFAULTS(PROP, "request-property", A, N),
	DEFAULTS(RESP, "response-body", A, N),
	DEFAULTS(RPROP, "response-property", A, N),
	/* Limits. */
	LIMITS_IN(PARAM, "request-parameter"),
	LIMITS_IN(BODY, "request-body"),
	LIMITS_IN(PROP, "request-property"),
	LIMITS_OUT(RESP, "response-body"),
	LIMITS_OUT(RPROP, "response-property"),
	{ RO, INT(",'maximum':20"), INT(",'maximum':10"),
	    "request-read-only-property-max-decreased", N, "request-property-max-increased", N },
	{ RO, STR(",'maxLength':20"), STR(",'maxLength':10"),
	    "request-read-only-property-max-length-decreased", N,
	    "request-property-max-length-increased", N },
	{ RO, INT(",'minimum':10"), INT(",'minimum':20"),
	    "request-read-only-property-min-increased", N, "request-property-min-decreased", N },
	{ PROP, OBJ(",'maxProperties':9"), OBJ(",'maxProperties':5"), "max-properties-changed", B,
	    "max-properties-changed", N },
	{ RPROP, OBJ(",'maxProperties':9"), OBJ(",'maxProperties':5"), "max-properties-changed", N,
	    "max-properties-changed", B },
	{ PROP, OBJ(""), OBJ(",'minProperties':5"), "min-properties-changed", B,
	    "min-properties-changed", N },
	{ RPROP, OBJ(",'minProperties':2"), OBJ(",'minProperties':5"), "min-properties-changed", N,
	    "min-properties-changed", B },
	{ PROP, INT(",'maximum':9"), INT(",'exclusiveMaximum':9"), "exclusive-bound-changed", B,
	    "exclusive-bound-changed", N },
	{ RPROP, INT(",'exclusiveMinimum':1"), INT(",'exclusiveMinimum':2"),
	    "exclusive-bound-changed", N, "exclusive-bound-changed", B },
	{ PROP, INT(",'multipleOf':2"), INT(",'multipleOf':4"), "multiple-of-changed", B,
	    "multiple-of-changed", N },
	{ RPROP, INT(",'multipleOf':2"), INT(",'multipleOf':3"), "multiple-of-changed", B,
	    "multiple-of-changed", B },
	{ PROP, ARR(""), ARR(",'uniqueItems':true"), "unique-items-set", B, "unique-items-unset",
	    N },
	{ RPROP, ARR(""), ARR(",'uniqueItems':true"), "unique-items-set", N, "unique-items-unset",
	    B },
	/* Patterns. */
	PATTERNS(PARAM, "request-parameter", P, N, P, "request-parameter-pattern-generalized", A),
	PATTERNS(PROP, "request-property", P, N, P, "request-property-pattern-generalized", A),
	PATTERNS(BODY, "request-body", P, N, P, "request-body-pattern-generalized", A),
	PATTERNS(RPROP, "response-property", A, N, N, "response-property-pattern-changed", N),
	PATTERNS(RESP, "response-body", A, N, N, "response-body-pattern-changed", N),
	/* Properties. */
	{ HPARAM, OBJ(""), QOBJ(REQ_Q, ""), "new-required-request-header-property", B,
	    "request-property-removed", B },
	{ BODY, OBJ(""), QOBJ(REQ_Q, ""), "new-required-request-property", B,
	    "request-property-removed", B },
	{ BODY, OBJ(""), QOBJ(REQ_Q, ",'default':'x'"), "new-required-request-property-with-defa"
	    "ult",
	    A, "request-property-removed", B },
	{ BODY, OBJ(""), QOBJ("", ""), "new-optional-request-property", A,
	    "request-property-removed", P },
	{ BODY, OBJ(""), QOBJ(REQ_Q, ",'readOnly':true"), "new-required-request-property", N,
	    "request-property-removed", N },
	{ RESP, OBJ(""), QOBJ(REQ_Q, ""), "response-required-property-added", A,
	    "response-required-property-removed", B },
	{ RESP, OBJ(""), QOBJ("", ""), "response-optional-property-added", A,
	    "response-optional-property-removed", B },
	{ RESP, OBJ(""), QOBJ(REQ_Q, ",'writeOnly':true"),
	    "response-required-write-only-property-added", A,
	    "response-required-write-only-property-removed", N },
	{ RESP, OBJ(""), QOBJ("", ",'writeOnly':true"),
	    "response-optional-write-only-property-added", A,
	    "response-optional-write-only-property-removed", N },
	{ HPARAM, QOBJ("", ""), QOBJ(REQ_Q, ""), "request-header-property-became-required", B,
	    "request-property-became-optional", A },
	{ BODY, QOBJ("", ""), QOBJ(REQ_Q, ""), "request-property-became-required", B,
	    "request-property-became-optional", A },
	{ BODY, QOBJ("", ",'default':'x'"), QOBJ(REQ_Q, ",'default':'x'"),
	    "request-property-became-required-with-default", N, "request-property-became-optional",
	    A },
	{ RESP, QOBJ("", ""), QOBJ(REQ_Q, ""), "response-property-became-required", A,
	    "response-property-became-optional", B },
	{ RESP, QOBJ("", ",'writeOnly':true"), QOBJ(REQ_Q, ",'writeOnly':true"),
	    "response-write-only-property-became-required", N,
	    "response-write-only-property-became-optional", N },
	DIRECTIONS(BODY, "request", N),
	DIRECTIONS(RESP, "response", P),
	{ RPROP, STR(""), STR(",'deprecated':true"), "property-deprecated", N,
	    "property-reactivated", N },
	{ PROP, OBJ(""), OBJ(",'additionalProperties':false"), "additional-properties-forbidden", B,
	    "additional-properties-allowed", N },
	{ RPROP, OBJ(""), OBJ(",'additionalProperties':false"), "additional-properties-forbidde"
	    "n", N,
	    "additional-properties-allowed", P },
	/* Keywords that are only seen to differ. */
	{ PROP, STR(",'const':'a'"), STR(",'const':'b'"), "const-changed", P, "const-changed", P },
	{ PROP, OBJ(",'if':{'required':['a']}"), OBJ(",'if':{'required':['b']}"),
	    "if-then-else-changed", P, "if-then-else-changed", P },
	{ PROP, OBJ(""), OBJ(",'not':{'required':['b']}"), "not-changed", P, "not-changed", P },
	{ PROP, ARR(""), ARR(",'contains':{'const':'b'}"), "contains-changed", P,
	    "contains-changed", P },
	{ PROP, ARR(",'prefixItems':[{'type':'string'}]"),
	    ARR(",'prefixItems':[{'type':'string'},{'type':'string'}]"), "prefix-items-changed", P,
	    "prefix-items-changed", P },
	{ PROP, OBJ(",'patternProperties':{'^a':{'type':'string'}}"),
	    OBJ(",'patternProperties':{'^a':{'type':'integer'}}"), "pattern-properties-changed", P,
	    "pattern-properties-changed", P },
	{ PROP, OBJ(""), OBJ(",'propertyNames':{'pattern':'^a'}"), "schema-keyword-changed", P,
	    "schema-keyword-changed", P },
	/* Alternatives. */
	CHOICES(BODY, "request-body", B, P, A, B, B),
	CHOICES(PROP, "request-property", B, P, A, B, B),
	CHOICES(RESP, "response-body", A, N, B, N, N),
	CHOICES(RPROP, "response-property", A, N, B, N, N),
	DISCRIMINATORS(BODY, "request-body"),
	DISCRIMINATORS(PROP, "request-property"),
	DISCRIMINATORS(RESP, "response-body"),
	DISCRIMINATORS(RPROP, "response-property"),
};

#define PATHS(rest) "'paths':{" rest "}"
#define GET(rest) "'get':{" rest OK_200 "}"
#define PATH(rest) "'/a':{" rest "}"
#define SCHEMAS(rest) "'paths':{},'components':{'schemas':{" rest "}}"
#define SCHEMES(rest) "'paths':{},'components':{'securitySchemes':{" rest "}}"
#define FLOW(rest) "'o':{'type':'oauth2','flows':{'implicit':{" rest "}}}"
#define OLD "'deprecated':true,"
#define PARAMS(rest) GET("'parameters':[" rest "],")
#define P_Q(rest) "{'name':'p','in':'query'," rest "'schema':{'type':'string'}}"
#define POST(rest) "'post':{" rest OK_200 "}"
#define BODY_OF(rest) POST("'requestBody':{" rest "'content':{'application/json':{}}},")
#define MEDIA(rest) POST("'requestBody':{'content':{" rest "}},")
#define ANSWERS(rest) "'get':{'responses':{" rest "}}"
#define ANSWER(rest) ANSWERS("'200':{'description':'x'," rest "}")
#define NEEDS(rest) "'security':[" rest "],"

static const struct row op_rows[] = {
	/* Components. */
	{ DOC, SCHEMAS(""), SCHEMAS("'S':{'type':'string'}"), "api-schema-added", A,
	    "api-schema-removed", N },
	{ DOC, SCHEMES(""), SCHEMES("'k':{'type':'http','scheme':'basic'}"),
	    "api-security-component-added", A, "api-security-component-removed", N },
	{ DOC, SCHEMES("'k':{'type':'http','scheme':'basic'}"),
	    SCHEMES("'k':{'type':'http','scheme':'bearer'}"), "api-security-component-type-changed",
	    N, "api-security-component-type-changed", N },
	{ DOC, SCHEMES("'k':{'type':'http','scheme':'basic'}"),
	    SCHEMES("'k':{'$ref':'#/components/x-k'}},'x-k':{'type':'http','scheme':'bearer'"),
	    "api-security-component-type-changed", N, "api-security-component-type-changed", N },
	{ DOC,
	    SCHEMES("'k':{'$ref':'#/components/x-j'}},'x-j':{'$ref':'#/components/x-k'},"
	            "'x-k':{'type':'http','scheme':'bearer'"),
	    SCHEMES("'k':{'$ref':'#/components/x-k'}},'x-k':{'type':'http','scheme':'basic'"),
	    "api-security-component-type-changed", N, "api-security-component-type-changed", N },
	{ DOC, SCHEMES(FLOW("'authorizationUrl':'https://a.example'")),
	    SCHEMES(FLOW("'authorizationUrl':'https://b.example'")),
	    "api-security-component-oauth-url-changed", N,
	    "api-security-component-oauth-url-changed", N },
	{ DOC, SCHEMES(FLOW("'tokenUrl':'https://a.example'")),
	    SCHEMES(FLOW("'tokenUrl':'https://b.example'")),
	    "api-security-component-oauth-token-url-changed", N,
	    "api-security-component-oauth-token-url-changed", N },
	{ DOC, SCHEMES(FLOW("'scopes':{'r':'read'}")),
	    SCHEMES(FLOW("'scopes':{'r':'read','w':'write'}")),
	    "api-security-component-oauth-scope-added", A,
	    "api-security-component-oauth-scope-removed", N },
	{ DOC, SCHEMES(FLOW("'scopes':{'r':'read'}")), SCHEMES(FLOW("'scopes':{'r':'look'}")),
	    "api-security-component-oauth-scope-changed", N,
	    "api-security-component-oauth-scope-changed", N },
	/* Operations. */
	{ DOC, PATHS(PATH(GET(""))), PATHS(""), "api-path-removed-without-deprecation", B,
	    "endpoint-added", A },
	{ DOC, PATHS(PATH(GET(OLD))), PATHS(""), "api-path-removed-with-deprecation", N,
	    "endpoint-added", A },
	{ DOC, PATHS(PATH(GET(OLD "'x-sunset':'2031-01-01',"))), PATHS(""),
	    "api-path-removed-before-sunset", B, "endpoint-added", A },
	{ DOC, PATHS(PATH(GET(OLD "'x-sunset':'2020-01-01',"))), PATHS(""),
	    "api-path-removed-with-deprecation", N, "endpoint-added", A },
	{ DOC, PATHS(PATH(GET(OLD "'x-sunset':'soon',"))), PATHS(""), "api-path-sunset-parse", B,
	    "endpoint-added", A },
	{ ITEM, GET("") "," POST(""), POST(""), "api-removed-without-deprecation", B,
	    "endpoint-added", A },
	{ ITEM, GET(OLD) "," POST(""), POST(""), "api-removed-with-deprecation", N, "endpoint-ad"
	    "ded",
	    A },
	{ ITEM, GET(OLD "'x-sunset':'2031-01-01',") "," POST(""), POST(""),
	    "api-removed-before-sunset", B, "endpoint-added", A },
	{ ITEM, GET(OLD "'x-sunset':'soon',") "," POST(""), POST(""), "api-deprecated-sunset-parse",
	    B, "endpoint-added", A },
	{ ITEM, GET(""), GET(OLD "'x-sunset':'2031-01-01',"), "endpoint-deprecated", N,
	    "endpoint-reactivated", N },
	{ ITEM, GET(OLD "'x-sunset':'2031-01-01',"), GET(OLD), "sunset-deleted", B, NULL, N },
	{ ITEM, GET(""), GET("'x-stability-level':'beta',"), "api-stability-decrease"
	    "d", B, NULL, N },
	{ ITEM, GET(""), GET("'x-stability-level':'firm',"), "api-invalid-stability-level", B, NULL,
	    N },
	{ ITEM, GET(""), GET("'operationId':'a',"), "api-operation-id-added", A,
	    "api-operation-id-removed", N },
	{ ITEM, GET("'operationId':'a',"), GET("'operationId':'b',"), "operation-id-changed", P,
	    "operation-id-changed", P },
	{ ITEM, GET(""), GET("'tags':['a'],"), "api-tag-added", A, "api-tag-removed", N },
	/* Parameters. */
	{ ITEM, GET(""), PARAMS(P_Q("'required':true,")), "new-required-request-parameter", B,
	    "request-parameter-removed", B },
	{ ITEM, GET(""), PARAMS(P_Q("")), "new-optional-request-parameter", A,
	    "request-parameter-removed", P },
	{ ITEM, GET(""), PARAMS("{'name':'p','in':'path','schema':{'type':'string'}}"),
	    "new-request-path-parameter", B, "request-parameter-removed", B },
	{ ITEM, GET(""), "'parameters':[" P_Q("'required':true,") "]," GET(""),
	    "new-required-request-default-parameter-to-existing-path", B,
	    "request-parameter-removed", B },
	{ ITEM, GET(""), "'parameters':[" P_Q("") "]," GET(""),
	    "new-optional-request-default-parameter-to-existing-path", A,
	    "request-parameter-removed", P },
	{ ITEM, PARAMS(P_Q(OLD)), GET(""), "request-parameter-removed-with-deprecation", N,
	    "new-optional-request-parameter", A },
	{ ITEM, PARAMS(P_Q(OLD "'x-sunset':'2031-01-01',")), GET(""),
	    "request-parameter-removed-before-sunset", B, "new-optional-request-parameter", A },
	{ ITEM, PARAMS(P_Q("")), PARAMS(P_Q("'required':true,")),
	    "request-parameter-became-required", B, "request-parameter-became-optional", A },
	{ ITEM, PARAMS(P_Q("")), PARAMS("{'name':'p','in':'cookie','schema':{'type':'string'}}"),
	    "parameter-moved", B, "parameter-moved", B },
	{ ITEM, PARAMS("{'name':'p','in':'query','schema':" ARR("") "}"),
	    PARAMS("{'name':'p','in':'query','explode':false,'schema':" ARR("") "}"),
	    "parameter-style-changed", B, "parameter-style-changed", B },
	{ ITEM, PARAMS(P_Q("")), PARAMS(P_Q(OLD "'x-sunset':'2031-01-01',")),
	    "request-parameter-deprecated", N, "request-parameter-reactivated", N },
	{ ITEM, PARAMS(P_Q(OLD)), PARAMS(P_Q(OLD "'x-sunset':'soon',")),
	    "request-parameter-sunset-parse", B, "request-parameter-sunset-deleted", B },
	/* Bodies and responses. */
	{ ITEM, POST(""), BODY_OF("'required':true,"), "request-body-added-required", B,
	    "request-body-removed", P },
	{ ITEM, POST(""), BODY_OF(""), "request-body-added-optional", A, "request-body-remove"
	    "d", P },
	{ ITEM, BODY_OF(""), BODY_OF("'required':true,"), "request-body-became-required", B,
	    "request-body-became-optional", A },
	{ ITEM, MEDIA("'application/json':{}"), MEDIA("'application/json':{},'text/plain':{}"),
	    "request-body-media-type-added", A, "request-body-media-type-removed", B },
	{ ITEM, ANSWER("'content':{'a/b':{}}"), ANSWER("'content':{'a/b':{},'a/c':{}}"),
	    "response-media-type-added", A, "response-media-type-removed", B },
	{ ITEM, ANSWER("'content':{'a/b':{}}"), ANSWER("'content':{'a/b;charset=utf-8':{}}"),
	    "media-type-parameter-changed", P, "media-type-parameter-changed", P },
	{ ITEM, ANSWERS("'200':{}"), ANSWERS("'200':{},'201':{}"), "response-success-status-added",
	    A, "response-success-status-removed", B },
	{ ITEM, ANSWERS("'200':{}"), ANSWERS("'200':{},'404':{}"),
	    "response-non-success-status-added", A, "response-non-success-status-removed", N },
	{ ITEM, ANSWERS("'200':{}"), ANSWERS("'200':{},'default':{}"), "default-response-changed",
	    P, "default-response-changed", P },
	{ ITEM, ANSWER("'headers':{}"), ANSWER("'headers':{'h':{'required':true}}"),
	    "response-header-added", A, "required-response-header-removed", B },
	{ ITEM, ANSWER("'headers':{}"), ANSWER("'headers':{'h':{}}"), "response-header-added", A,
	    "optional-response-header-removed", P },
	{ ITEM, ANSWER("'headers':{'h':{}}"), ANSWER("'headers':{'h':{'required':true}}"),
	    "response-header-became-required", N, "response-header-became-optional", B },
	{ ITEM, ANSWER("'links':{}"), ANSWER("'links':{'l':{'operationId':'a'}}"), "link-added", A,
	    "link-removed", B },
	{ ITEM, ANSWER("'links':{'l':{'operationId':'b'}}"),
	    ANSWER("'links':{'l':{'operationId':'a'}}"), "link-changed", P, "link-changed", P },
	/* Security, servers, what the server calls. */
	{ ITEM, GET(""), GET(NEEDS("{'k':[]}")), "security-requirement-tightened", B,
	    "security-requirement-loosened", N },
	{ ITEM, GET(NEEDS("{'k':[]}")), GET(NEEDS("{'k':[]},{'l':[]}")), "api-security-added", A,
	    "api-security-removed", B },
	{ ITEM, GET(NEEDS("{'k':['r']}")), GET(NEEDS("{'k':['r','w']}")),
	    "api-security-scope-added", B, "api-security-scope-removed", N },
	{ DOC, NEEDS("{'k':[]}") PATHS(""), NEEDS("{'k':[]},{'l':[]}") PATHS(""),
	    "api-global-security-added", A, "api-global-security-removed", B },
	{ DOC, NEEDS("{'k':['r']}") PATHS(""), NEEDS("{'k':['r','w']}") PATHS(""),
	    "api-global-security-scope-added", B, "api-global-security-scope-removed", N },
	{ DOC, "'servers':[{'url':'https://a'}]," PATHS(""),
	    "'servers':[{'url':'https://a'},{'url':'https://b'}]," PATHS(""), "server-added", A,
	    "server-removed", B },
	{ DOC, "'servers':[{'url':'https://a/v1'}]," PATHS(""),
	    "'servers':[{'url':'https://a/v2'}]," PATHS(""), "base-path-changed", B,
	    "base-path-changed", B },
	{ ITEM, GET(""), GET("'callbacks':{'c':{'{$url}':{'post':{}}}},"), "callback-added", A,
	    "callback-removed", B },
	{ DOC, PATHS(""), PATHS("") ",'webhooks':{'w':{'post':{}}}", "webhook-added", A,
	    "webhook-removed", B },
};

/* Rules that need more than two fragments; each has a test of its own below. */
static const char *const elsewhere[] = { "schema-renamed", "api-deprecated-sunset-missing",
	"api-sunset-date-too-small", "request-parameter-deprecated-sunset-missing",
	"request-parameter-sunset-date-too-small", "api-sunset-date-changed-too-small",
	"request-parameter-sunset-date-changed-too-small", "comparison-cut" };

/* 2026-11-26, and what a careful team asks for. */
static const struct mig_api_policy policy = { .view = MIG_VIEW_CLIENT, .today = 20783 };

static struct mig_api *
framed(enum place place, const char *fragment)
{
	size_t size = strlen(frames[place]) + strlen(fragment) + 1;
	char *text = malloc(size);
	assert_non_null(text);
	const char *hole = strstr(frames[place], "%s");
	int len = snprintf(text, size, "%.*s%s%s", (int)(hole - frames[place]), frames[place],
	    fragment, hole + 2);
	assert_true(len > 0 && (size_t)len < size);
	struct mig_api *api = test_api(text);
	free(text);
	return api;
}

/* One change of that rule and severity, or none at all. */
static void
expect_only(struct mig_check *check, const char *rule, enum mig_change_severity severity,
    const struct row *row)
{
	size_t count = 0;
	const struct mig_change *changes = mig_check_changes(check, &count);
	bool right = rule == NULL ? count == 0
	                          : count == 1 && strcmp(changes[0].rule, rule) == 0 &&
	            changes[0].severity == severity;
	if (!right) {
		char *all = test_changes(check);
		print_error("not just %s %s but %zu\n%sbetween %s\nand %s\n",
		    rule == NULL ? "" : mig_change_severity_name(severity),
		    rule == NULL ? "nothing" : rule, count, all, row->before, row->after);
		free(all);
		fail();
	}
	mig_check_free(check);
}

static void
check_row(const struct row *row)
{
	expect_only(test_api_judge(framed(row->place, row->before), framed(row->place, row->after),
			&policy),
	    row->rule, row->severity, row);
	/* Where the way back says nothing it is another matter. */
	if (row->back != NULL)
		expect_only(test_api_judge(framed(row->place, row->after),
				framed(row->place, row->before), &policy),
		    row->back, row->back_severity, row);
}

static void
test_schema_rules(void **state)
{
	(void)state;
	for (size_t i = 0; i < TEST_COUNT(schema_rows); i++)
		check_row(&schema_rows[i]);
}

static void
test_op_rules(void **state)
{
	(void)state;
	for (size_t i = 0; i < TEST_COUNT(op_rows); i++)
		check_row(&op_rows[i]);
}

static bool
has_rule(const struct row *rows, size_t count, const char *id)
{
	for (size_t i = 0; i < count; i++)
		if ((rows[i].rule != NULL && strcmp(rows[i].rule, id) == 0) ||
		    (rows[i].back != NULL && strcmp(rows[i].back, id) == 0))
			return true;
	return false;
}

/* No rule without a row. */
static void
test_all_rules(void **state)
{
	(void)state;
	size_t missing = 0;
	size_t index = 0;
	for (const char *id = mig_api_rule_id(0); id != NULL; id = mig_api_rule_id(++index)) {
		bool there = has_rule(schema_rows, TEST_COUNT(schema_rows), id) ||
		    has_rule(op_rows, TEST_COUNT(op_rows), id);
		for (size_t i = 0; i < TEST_COUNT(elsewhere) && !there; i++)
			there = strcmp(elsewhere[i], id) == 0;
		if (!there)
			print_error("no row for %s\n", id);
		missing += !there;
	}
	assert_int_equal(missing, 0);
	assert_true(index > 380);
}

/* Every fact has a rule in every place, and an inverse whose inverse is of its kind. */
static void
test_all_places(void **state)
{
	(void)state;
	for (size_t fact = 0; fact < MIG_FACTS; fact++) {
		const struct mig_fact_row *row = mig_fact_row((enum mig_fact)fact);
		assert_int_equal(row->fact, fact);
		assert_non_null(row->text);
		assert_non_null(row->advice);
		for (unsigned i = 0; i < MIG_AT_PLACES; i++) {
			assert_non_null(mig_rule_for((enum mig_fact)fact, 1U << i).id);
			assert_non_null(mig_rule_for(row->inverse, 1U << i).id);
		}
	}
}

/* With a policy a deprecation needs a date that is far enough away. */
static void
test_policy(void **state)
{
	(void)state;
	static const struct mig_api_policy strict = { .today = 20783, .stable_days = 180 };
	static const struct row rows[] = {
		{ ITEM, GET(""), GET(OLD), "api-deprecated-sunset-missing", B, NULL, N },
		{ ITEM, GET(""), GET(OLD "'x-sunset':'2027-01-01',"), "api-sunset-date-too-smal"
		    "l", B,
		    NULL, N },
		{ ITEM, PARAMS(P_Q("")), PARAMS(P_Q(OLD)),
		    "request-parameter-deprecated-sunset-missing", B, NULL, N },
		{ ITEM, PARAMS(P_Q("")), PARAMS(P_Q(OLD "'x-sunset':'2027-01-01',")),
		    "request-parameter-sunset-date-too-small", B, NULL, N },
		{ ITEM, GET(OLD "'x-sunset':'2027-01-01',"), GET(OLD "'x-sunset':'2026-11-30',"),
		    "api-sunset-date-changed-too-small", B, NULL, N },
		{ ITEM, PARAMS(P_Q(OLD "'x-sunset':'2027-01-01',")),
		    PARAMS(P_Q(OLD "'x-sunset':'2026-11-30',")),
		    "request-parameter-sunset-date-changed-too-small", B, NULL, N },
	};
	for (size_t i = 0; i < TEST_COUNT(rows); i++) {
		struct mig_check *check = test_api_judge(framed(rows[i].place, rows[i].before),
		    framed(rows[i].place, rows[i].after), &strict);
		size_t count = 0;
		const struct mig_change *changes = mig_check_changes(check, &count);
		/* A new deprecation is told as well. */
		assert_int_equal(count, i < 4 ? 2 : 1);
		bool found = false;
		for (size_t j = 0; j < count; j++)
			found = found || (strcmp(changes[j].rule, rows[i].rule) == 0 &&
			    changes[j].severity == rows[i].severity);
		assert_true(found);
		mig_check_free(check);
	}
}

/* A component under another name is told once; unused ones can not break anybody. */
static void
test_components(void **state)
{
	(void)state;
	static const struct row renamed = { DOC,
		PATHS(PATH(ANSWER("'content':{'a/b':{'schema':{'$ref':'#/components/schemas/S'}}"
		    "}")))
		    ",'components':{'schemas':{'S':" QOBJ("", "") "}}",
		PATHS(PATH(ANSWER("'content':{'a/b':{'schema':{'$ref':'#/components/schemas/T'}}"
		    "}")))
		    ",'components':{'schemas':{'T':" QOBJ("", "") "}}",
		"schema-renamed", N, "schema-renamed", N };
	static const struct row unused = { DOC, SCHEMAS("'S':" QOBJ("", "")), SCHEMAS("'S'"
	    ":" OBJ("")),
		"response-optional-property-removed", N, "new-optional-request-property", A };
	check_row(&renamed);
	check_row(&unused);
}

/* In a callback the server asks and the client answers. */
static void
test_callbacks(void **state)
{
	(void)state;
#define CALL(schema) \
	GET("'callbacks':{'c':{'{$url}':{'post':{'requestBody':{'content':" \
	    "{'a/b':{'schema':" schema "}}}}}}},")
	static const struct row narrowed = { ITEM, CALL(QOBJ("", "")), CALL(QOBJ(REQ_Q, "")),
		"request-property-became-required", A, "request-property-became-optional", B };
	check_row(&narrowed);
}

/* Drafts promise nothing. */
static void
test_drafts(void **state)
{
	(void)state;
	static const struct row draft = { ITEM,
		PARAMS(P_Q("")) "," POST("'x-stability-level':'draft','requestBody':{'content':{"
		    "}},"),
		PARAMS(P_Q("")) "," POST("'x-stability-level':'draft',"), NULL, N, NULL, N };
	check_row(&draft);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_schema_rules),
		cmocka_unit_test(test_op_rules),
		cmocka_unit_test(test_all_rules),
		cmocka_unit_test(test_all_places),
		cmocka_unit_test(test_policy),
		cmocka_unit_test(test_components),
		cmocka_unit_test(test_callbacks),
		cmocka_unit_test(test_drafts),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
