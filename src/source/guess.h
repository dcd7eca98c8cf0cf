/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/*
 * What kind of document a text is, by what stands in it; its name has a say only where the text
 * leaves it open.  Nothing is read to its end: a reader that is chosen here may still refuse.
 */
#ifndef MIG_SOURCE_GUESS_H
#define MIG_SOURCE_GUESS_H

#include <stddef.h>

enum guess_kind {
	GUESS_SNAPSHOT, /* JSON with tables */
	GUESS_API_JSON, /* JSON with openapi, swagger or paths */
	GUESS_SQL,
	GUESS_API_YAML,
	GUESS_GRAPHQL,
	GUESS_JSON,          /* JSON with none of these: refused */
	GUESS_YAML,          /* YAML without paths: refused */
	GUESS_YAML_SNAPSHOT, /* YAML with tables: refused */
	GUESS_EMPTY,         /* nothing but white space and comments: refused */
	GUESS_UNKNOWN        /* refused */
};

/*
 * The kind of a text of len bytes.  name is the file's, for its suffix; a text without statements
 * is SQL or GraphQL when the suffix says so.
 */
enum guess_kind guess_text(const char *name, const char *text, size_t len);

#endif
