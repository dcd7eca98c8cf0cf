/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/*
 * An interface in GraphQL's schema language: types, their fields and arguments, directives, and
 * what the language says a change of them means.
 */
#ifndef MIG_APISPEC_GRAPHQL_H
#define MIG_APISPEC_GRAPHQL_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "check/check.h"

struct mig_arena;

enum mig_gql_kind {
	MIG_GQL_SCALAR,
	MIG_GQL_OBJECT,
	MIG_GQL_INTERFACE,
	MIG_GQL_UNION,
	MIG_GQL_ENUM,
	MIG_GQL_INPUT
};

/* A type as it is used: a name, a list of another, or another that is never null. */
struct mig_gql_ref {
	const char *name; /* of a plain one; NULL */
	bool list;        /* otherwise: a list, or never null */
	const struct mig_gql_ref *of;
};

/* A field, an argument, a field of an input or a value of an enumeration. */
struct mig_gql_field {
	const char *name;
	const struct mig_gql_ref *type; /* NULL: a value */
	const char *type_text;
	const char *fallback;    /* default as it is written, in one line; NULL */
	const char *description; /* white space does not count; NULL */
	const char *reason;      /* of the deprecation; NULL: it has none */
	bool deprecated;
	int line;
	struct mig_gql_field *args;
	size_t args_count;
	size_t args_cap;
};

struct mig_gql_names {
	const char **items;
	size_t count;
	size_t cap;
};

struct mig_gql_type {
	enum mig_gql_kind kind;
	const char *name;
	const char *description;
	int line;
	bool extends; /* "extend", until it is put to what it extends */
	struct mig_gql_names interfaces;
	struct mig_gql_names members; /* of a union */
	struct mig_gql_field *fields; /* and values */
	size_t fields_count;
	size_t fields_cap;
};

struct mig_gql_directive {
	const char *name;
	const char *description;
	int line;
	bool repeatable;
	struct mig_gql_names locations;
	struct mig_gql_field head; /* its name, line and args are the directive's */
};

enum mig_gql_root { MIG_GQL_QUERY, MIG_GQL_MUTATION, MIG_GQL_SUBSCRIPTION };

#define MIG_GQL_ROOTS 3

struct mig_graphql {
	struct mig_arena *arena; /* borrowed */
	struct mig_gql_type *types;
	size_t types_count;
	size_t types_cap;
	const struct mig_gql_type **by_name; /* the same, sorted, without extensions */
	size_t by_name_count;
	struct mig_gql_directive *directives;
	size_t directives_count;
	size_t directives_cap;
	const char *roots[MIG_GQL_ROOTS]; /* as the document says; NULL: it does not */
	int roots_line;
};

/*
 * Read a document into an empty schema.  MIG_EDOC with findings; MIG_ENOMEM.
 */
int mig_gql_parse(const char *text, size_t len, const char *file, struct mig_graphql *graphql,
    struct mig_findings *findings) MIG_MUSTCHECK;

/*
 * Put what extends types to them, and sort them.  The second of two definitions of one name, or
 * what extends a type of another kind, if there is such, else NULL; without memory the arena has
 * failed.
 */
const struct mig_gql_type *mig_gql_merge(struct mig_graphql *graphql);

/*
 * Of a merged schema: the second of two fields, values, arguments or directives that have one name
 * in one place; NULL: there are none such, or the arena has failed.
 */
const struct mig_gql_field *mig_gql_twice(const struct mig_graphql *graphql);

/*
 * The type of a name; NULL when there is none.
 */
const struct mig_gql_type *mig_gql_type(const struct mig_graphql *graphql, const char *name);

/* One kind of change. */
struct mig_gql_rule {
	const char *id;
	const char *kind;                  /* in the report */
	enum mig_change_severity severity; /* for clients of the old version */
	enum mig_change_severity back;     /* for servers of the old one */
};

/*
 * The rows of all rules.
 */
const struct mig_gql_rule *mig_gql_rules(size_t *ret_count);

#endif
