/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/*
 * The tokens of GraphQL: a cursor over the text that always stands before one token.
 */
#ifndef MIG_APISPEC_GRAPHQL_LEX_H
#define MIG_APISPEC_GRAPHQL_LEX_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

enum mig_gql_token {
	MIG_GQL_END,
	MIG_GQL_PUNCTUATOR, /* one character, or "..." */
	MIG_GQL_NAME,
	MIG_GQL_NUMBER,
	MIG_GQL_STRING,
	MIG_GQL_WRONG
};

struct mig_gql_lex {
	const char *text; /* borrowed */
	size_t len;
	size_t pos; /* behind the token */
	int line;   /* of the cursor */
	enum mig_gql_token token;
	const char *start; /* of the token; of a string, of what is between the quotes */
	size_t size;
	int token_line;
	const char *wrong; /* what is wrong with it */
};

/*
 * Begin before the first token.
 */
void mig_gql_lex_init(struct mig_gql_lex *lex, const char *text, size_t len);

/*
 * Go to the next token.
 */
void mig_gql_lex_next(struct mig_gql_lex *lex);

/*
 * Whether the token is this word or punctuator.
 */
bool mig_gql_lex_is(const struct mig_gql_lex *lex, const char *word);

#endif
