/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "apispec/api_int.h"
#include "apispec/graphql.h"
#include "apispec/graphql_lex.h"
#include "apispec/read.h"
#include "base/arena.h"
#include "base/buf.h"
#include "base/limits.h"
#include "base/utf8.h"

/* Lists in lists in types, and values in values. */
#define NESTED_MAX 64

struct parsing {
	struct mig_gql_lex lex;
	struct mig_graphql *graphql;
	struct mig_findings *findings;
	const char *file;
	bool failed; /* a finding is there, or no memory */
};

/* A kind of definition and how its word is spelt. */
static const struct {
	const char *word;
	enum mig_gql_kind kind;
} kinds[] = {
	{ "scalar", MIG_GQL_SCALAR },
	{ "type", MIG_GQL_OBJECT },
	{ "interface", MIG_GQL_INTERFACE },
	{ "union", MIG_GQL_UNION },
	{ "enum", MIG_GQL_ENUM },
	{ "input", MIG_GQL_INPUT },
};

static void
fault(struct parsing *p, const char *wanted)
{
	const struct mig_gql_lex *lex = &p->lex;
	struct mig_finding *finding = NULL;
	if (p->failed)
		return;
	p->failed = true;
	if (lex->token == MIG_GQL_WRONG)
		finding = mig_findings_add(
		    p->findings, MIG_SEV_ERROR, p->file, NULL, NULL, "%s", lex->wrong);
	else if (lex->token == MIG_GQL_END)
		finding = mig_findings_add(p->findings, MIG_SEV_ERROR, p->file, NULL, NULL,
		    "the text ends where %s should stand", wanted);
	else
		finding = mig_findings_add(p->findings, MIG_SEV_ERROR, p->file, NULL, NULL,
		    "%s should stand where \"%.*s\" stands", wanted,
		    (int)mig_utf8_cut(lex->start, lex->size, 40), lex->start);
	if (finding != NULL)
		finding->line = lex->token_line;
}

static const char *
keep(struct parsing *p, const char *text, size_t len)
{
	const char *copy = mig_arena_strndup(p->graphql->arena, text, len);
	p->failed = p->failed || copy == NULL;
	return copy;
}

static bool
is(const struct parsing *p, const char *word)
{
	return !p->failed && mig_gql_lex_is(&p->lex, word);
}

static void
next(struct parsing *p)
{
	mig_gql_lex_next(&p->lex);
}

/* Step over a word or punctuator, if it is there. */
static bool
accept(struct parsing *p, const char *word)
{
	if (!is(p, word))
		return false;
	next(p);
	return true;
}

static void
expect(struct parsing *p, const char *word)
{
	if (!accept(p, word))
		fault(p, word);
}

static const char *
name(struct parsing *p)
{
	const char *text = "";
	if (p->failed || p->lex.token != MIG_GQL_NAME) {
		fault(p, "a name");
		return text;
	}
	text = keep(p, p->lex.start, p->lex.size);
	next(p);
	return text == NULL ? "" : text;
}

/* Room for one more in a list of the arena, which doubles. */
static void *
grow(struct parsing *p, void *list, size_t count, size_t *cap, size_t size)
{
	if (count < *cap)
		return list;
	size_t wanted = *cap == 0 ? 4 : *cap * 2;
	void *grown = mig_arena_array(p->graphql->arena, wanted, size);
	if (grown == NULL) {
		p->failed = true;
		return NULL;
	}
	if (count > 0)
		memcpy(grown, list, count * size);
	*cap = wanted;
	return grown;
}

static void
add_name(struct parsing *p, struct mig_gql_names *names, const char *text)
{
	if (names->count == MIG_API_PARAMS_MAX) {
		fault(p, "the end of a list that is too long");
		return;
	}
	const char **items = grow(p, names->items, names->count, &names->cap, sizeof(*items));
	if (items == NULL)
		return;
	names->items = items;
	names->items[names->count++] = text;
}

/* A description before a definition; how it is broken into lines does not matter. */
static const char *
description(struct parsing *p)
{
	if (p->failed || p->lex.token != MIG_GQL_STRING)
		return NULL;
	char *text = mig_arena_alloc(p->graphql->arena, p->lex.size + 1);
	size_t len = 0;
	bool blank = false;
	if (text == NULL) {
		p->failed = true;
		return NULL;
	}
	for (size_t i = 0; i < p->lex.size; i++) {
		char c = p->lex.start[i];
		if (c == ' ' || c == '\t' || c == '\n' || c == '\r') {
			blank = true;
			continue;
		}
		if (blank && len > 0)
			text[len++] = ' ';
		blank = false;
		text[len++] = c;
	}
	next(p);
	return len == 0 ? NULL : text;
}

/* One token of a value as it is written. */
static void
put_token(const struct mig_gql_lex *lex, struct mig_buf *out)
{
	bool quoted = lex->token == MIG_GQL_STRING;
	if (out->len > 0 && strchr("[{", out->data[out->len - 1]) == NULL &&
	    !mig_gql_lex_is(lex, "]") && !mig_gql_lex_is(lex, "}") && !mig_gql_lex_is(lex, ":"))
		mig_buf_putc(out, ' ');
	if (quoted)
		mig_buf_putc(out, '"');
	mig_buf_add(out, lex->start, lex->size);
	if (quoted)
		mig_buf_putc(out, '"');
}

/* A value in one line. */
static const char *
value(struct parsing *p)
{
	struct mig_buf out;
	int depth = 0;
	mig_buf_init(&out, MIG_SCHEMA_BYTES_MAX);
	do {
		bool opens = is(p, "[") || is(p, "{");
		bool closes = is(p, "]") || is(p, "}");
		if (p->failed || p->lex.token == MIG_GQL_END || p->lex.token == MIG_GQL_WRONG ||
		    (closes && depth == 0) || (opens && depth == NESTED_MAX)) {
			fault(p, "a value");
			break;
		}
		depth += opens ? 1 : 0;
		depth -= closes ? 1 : 0;
		if (is(p, "$"))
			fault(p, "a value without variables");
		put_token(&p->lex, &out);
		next(p);
	} while (depth > 0 && !p->failed);
	const char *text = p->failed ? NULL : keep(p, out.data, out.len);
	mig_buf_fini(&out);
	return text;
}

/* Directives behind a definition; of these only @deprecated means something here. */
static void
directives(struct parsing *p, struct mig_gql_field *field)
{
	while (accept(p, "@")) {
		bool deprecated = is(p, "deprecated");
		(void)name(p); /* of others nothing is kept */
		if (deprecated && field != NULL)
			field->deprecated = true;
		if (!accept(p, "("))
			continue;
		while (!p->failed && !accept(p, ")")) {
			bool reason = is(p, "reason");
			(void)name(p); /* the same */
			expect(p, ":");
			const char *text = value(p);
			if (deprecated && reason && field != NULL)
				field->reason = text;
		}
	}
}

/* A type as it is used, and how it is written. */
static const struct mig_gql_ref *
type_ref(struct parsing *p, int depth, struct mig_buf *out)
{
	struct mig_gql_ref *ref = mig_arena_alloc(p->graphql->arena, sizeof(*ref));
	if (ref == NULL || depth > NESTED_MAX) {
		if (ref != NULL)
			fault(p, "a type that is not so deep");
		p->failed = true;
		return NULL;
	}
	if (accept(p, "[")) {
		mig_buf_putc(out, '[');
		ref->list = true;
		ref->of = type_ref(p, depth + 1, out);
		expect(p, "]");
		mig_buf_putc(out, ']');
	} else {
		ref->name = name(p);
		mig_buf_puts(out, ref->name);
	}
	if (!accept(p, "!"))
		return ref;
	mig_buf_putc(out, '!');
	struct mig_gql_ref *never_null = mig_arena_alloc(p->graphql->arena, sizeof(*never_null));
	if (never_null == NULL) {
		p->failed = true;
		return NULL;
	}
	never_null->of = ref;
	return never_null;
}

static void
type_of(struct parsing *p, struct mig_gql_field *field)
{
	struct mig_buf out;
	expect(p, ":");
	mig_buf_init(&out, MIG_SCHEMA_BYTES_MAX);
	field->type = type_ref(p, 0, &out);
	field->type_text = p->failed ? NULL : keep(p, out.data, out.len);
	mig_buf_fini(&out);
}

/* An argument, or a field of an input. */
static struct mig_gql_field
input_value(struct parsing *p)
{
	struct mig_gql_field field = { .description = description(p) };
	field.line = p->lex.token_line;
	field.name = name(p);
	type_of(p, &field);
	if (accept(p, "="))
		field.fallback = value(p);
	directives(p, &field);
	return field;
}

static void
arguments(struct parsing *p, struct mig_gql_field *field)
{
	if (!accept(p, "("))
		return;
	while (!p->failed && !accept(p, ")")) {
		struct mig_gql_field argument = input_value(p);
		struct mig_gql_field *args =
		    grow(p, field->args, field->args_count, &field->args_cap, sizeof(*args));
		if (args == NULL)
			return;
		field->args = args;
		field->args[field->args_count++] = argument;
	}
}

static struct mig_gql_field
output_field(struct parsing *p)
{
	struct mig_gql_field field = { .description = description(p) };
	field.line = p->lex.token_line;
	field.name = name(p);
	arguments(p, &field);
	type_of(p, &field);
	directives(p, &field);
	return field;
}

static struct mig_gql_field
enum_value(struct parsing *p)
{
	struct mig_gql_field field = { .description = description(p) };
	field.line = p->lex.token_line;
	field.name = name(p);
	directives(p, &field);
	return field;
}

static void
fields(struct parsing *p, struct mig_gql_type *type)
{
	if (!accept(p, "{"))
		return;
	while (!p->failed && !accept(p, "}")) {
		struct mig_gql_field field;
		if (type->kind == MIG_GQL_ENUM)
			field = enum_value(p);
		else
			field = type->kind == MIG_GQL_INPUT ? input_value(p) : output_field(p);
		struct mig_gql_field *list =
		    grow(p, type->fields, type->fields_count, &type->fields_cap, sizeof(*list));
		if (list == NULL)
			return;
		type->fields = list;
		type->fields[type->fields_count++] = field;
	}
}

static void
names(struct parsing *p, struct mig_gql_names *list, const char *separator)
{
	(void)accept(p, separator); /* may stand before the first, too */
	do
		add_name(p, list, name(p));
	while (!p->failed && accept(p, separator));
}

/* A type that is defined or extended; what belongs together is found at the end. */
static struct mig_gql_type *
add_type(struct parsing *p, const char *wanted, enum mig_gql_kind kind, bool extends)
{
	struct mig_graphql *graphql = p->graphql;
	struct mig_gql_type *types =
	    grow(p, graphql->types, graphql->types_count, &graphql->types_cap, sizeof(*types));
	if (types == NULL)
		return NULL;
	graphql->types = types;
	graphql->types[graphql->types_count] =
	    (struct mig_gql_type){ .kind = kind, .name = wanted, .extends = extends };
	return &graphql->types[graphql->types_count++];
}

static void
type_definition(struct parsing *p, enum mig_gql_kind kind, const char *text, bool extends)
{
	int line = p->lex.token_line;
	struct mig_gql_type *type = add_type(p, name(p), kind, extends);
	if (type == NULL || p->failed)
		return;
	type->line = line;
	type->description = text;
	if (accept(p, "implements"))
		names(p, &type->interfaces, "&");
	directives(p, NULL);
	if (kind == MIG_GQL_UNION && accept(p, "="))
		names(p, &type->members, "|");
	else if (kind != MIG_GQL_SCALAR && kind != MIG_GQL_UNION)
		fields(p, type);
}

static void
directive_definition(struct parsing *p, const char *text)
{
	struct mig_graphql *graphql = p->graphql;
	struct mig_gql_directive directive = { .description = text };
	expect(p, "@");
	directive.line = p->lex.token_line;
	directive.name = name(p);
	directive.head.name = directive.name;
	directive.head.line = directive.line;
	arguments(p, &directive.head);
	directive.repeatable = accept(p, "repeatable");
	expect(p, "on");
	names(p, &directive.locations, "|");
	if (graphql->directives_count == MIG_API_PARAMS_MAX) {
		fault(p, "the last of too many directives");
		return;
	}
	struct mig_gql_directive *list = grow(p, graphql->directives, graphql->directives_count,
	    &graphql->directives_cap, sizeof(*list));
	if (list == NULL)
		return;
	graphql->directives = list;
	graphql->directives[graphql->directives_count++] = directive;
}

static void
schema_definition(struct parsing *p)
{
	static const char *const words[MIG_GQL_ROOTS] = { "query", "mutation", "subscription" };
	p->graphql->roots_line = p->lex.token_line;
	directives(p, NULL);
	if (!accept(p, "{"))
		return;
	while (!p->failed && !accept(p, "}")) {
		size_t root = 0;
		while (root < MIG_GQL_ROOTS && !is(p, words[root]))
			root++;
		if (root == MIG_GQL_ROOTS) {
			fault(p, "query, mutation or subscription");
			return;
		}
		next(p);
		expect(p, ":");
		p->graphql->roots[root] = name(p);
	}
}

static void
definition(struct parsing *p)
{
	const char *text = description(p);
	bool extends = accept(p, "extend");
	if (accept(p, "schema")) {
		schema_definition(p);
		return;
	}
	if (!extends && accept(p, "directive")) {
		directive_definition(p, text);
		return;
	}
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (!accept(p, kinds[i].word))
			continue;
		type_definition(p, kinds[i].kind, text, extends);
		return;
	}
	fault(p, "a definition of a type, directive or schema");
}

/* Two things that do not go together: the second one's name and line, what it is, what to do. */
static void
refuse(struct parsing *p, const char *name, int line, const char *what, const char *hint)
{
	struct mig_finding *finding = mig_findings_add(
	    p->findings, MIG_SEV_ERROR, p->file, NULL, hint, "%.60s is %s", name, what);
	if (finding != NULL)
		finding->line = line;
}

static void
merge(struct parsing *p)
{
	const struct mig_gql_type *type = mig_gql_merge(p->graphql);
	const struct mig_gql_field *field = type == NULL ? mig_gql_twice(p->graphql) : NULL;
	if (mig_arena_failed(p->graphql->arena))
		p->failed = true;
	else if (type != NULL && type->extends)
		refuse(p, type->name, type->line, "a type of another kind where it is defined",
		    "extend it as what it is");
	else if (type != NULL)
		refuse(p, type->name, type->line, "defined twice",
		    "write \"extend\" before what adds to it");
	else if (field != NULL)
		refuse(p, field->name, field->line, "defined twice", "remove one of them");
}

int
mig_gql_parse(const char *text, size_t len, const char *file, struct mig_graphql *graphql,
    struct mig_findings *findings)
{
	struct parsing p = { .graphql = graphql, .findings = findings, .file = file };
	size_t errors = findings->errors;
	if (len > MIG_SCHEMA_BYTES_MAX || !mig_utf8_valid(text, len) ||
	    memchr(text, '\0', len) != NULL) {
		mig_findings_add(
		    findings, MIG_SEV_ERROR, file, NULL, NULL, "the text is too long, or no UTF-8");
		return MIG_EDOC;
	}
	mig_gql_lex_init(&p.lex, text, len);
	while (!p.failed && p.lex.token != MIG_GQL_END)
		definition(&p);
	if (!p.failed && graphql->types_count + graphql->directives_count == 0)
		mig_findings_add(
		    findings, MIG_SEV_ERROR, file, NULL, NULL, "no type is defined here");
	if (!p.failed)
		merge(&p);
	if (findings->errors > errors)
		return MIG_EDOC;
	return p.failed ? MIG_ENOMEM : MIG_OK;
}

int
mig_api_read_graphql(const char *text, size_t len, const char *file, struct mig_api **ret_api,
    struct mig_findings *findings)
{
	struct mig_api *api = calloc(1, sizeof(*api));
	if (api == NULL)
		return MIG_ENOMEM;
	int error = mig_tree_init(&api->doc, file);
	if (error == MIG_OK) {
		api->graphql = mig_arena_alloc(api->doc.arena, sizeof(*api->graphql));
		error = api->graphql == NULL ? MIG_ENOMEM : MIG_OK;
	}
	if (error == MIG_OK) {
		api->graphql->arena = api->doc.arena;
		error = mig_gql_parse(text, len, file, api->graphql, findings);
	}
	if (error == MIG_OK)
		*ret_api = api;
	else
		mig_api_free(api);
	return error;
}
