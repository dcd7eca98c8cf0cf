/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/*
 * Strict JSON reading.  The text is checked against RFC 8259 by our own scanner (UTF-8, depth,
 * duplicate keys, number range, no NUL, nothing behind the value) before cJSON builds the tree,
 * because cJSON alone accepts far too much.  cJSON appears only in json.c.
 */
#ifndef MIG_BASE_JSON_H
#define MIG_BASE_JSON_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

struct mig_json_doc; /* owns a tree */
struct mig_json;     /* a node; lives as long as its document */
struct mig_buf;

enum mig_json_type {
	MIG_JSON_NULL,
	MIG_JSON_BOOL,
	MIG_JSON_NUMBER,
	MIG_JSON_STRING,
	MIG_JSON_ARRAY,
	MIG_JSON_OBJECT
};

/*
 * Parse text (len bytes, need not be NUL-terminated).  On a fault one finding with file, line,
 * column and the pointer of the value there (of one around it where that is too long) is added
 * and MIG_EDOC returned; file may be NULL.  The document is owned by the caller
 * (mig_json_free()).  Over MIG_DOC_BYTES_MAX or MIG_JSON_DEPTH_MAX is a fault like others.
 */
int mig_json_parse(const char *text, size_t len, const char *file, struct mig_json_doc **ret_doc,
    struct mig_findings *findings) MIG_MUSTCHECK;

/*
 * Free the document and all its nodes; NULL is a no-op.
 */
void mig_json_free(struct mig_json_doc *doc);

/*
 * The top value.
 */
const struct mig_json *mig_json_root(const struct mig_json_doc *doc);

/*
 * The node's type.
 */
enum mig_json_type mig_json_type(const struct mig_json *node);

/*
 * The type's name for messages: "null", "boolean", "number", "string", "array", "object".
 */
const char *mig_json_type_name(enum mig_json_type type);

/*
 * A member by its exact key; NULL when absent or when node is NULL or no object.
 */
const struct mig_json *mig_json_get(const struct mig_json *node, const char *key);

/*
 * First child of an array or object, NULL when there is none or node is NULL.
 */
const struct mig_json *mig_json_first(const struct mig_json *node);

/*
 * Next sibling or NULL.
 */
const struct mig_json *mig_json_next(const struct mig_json *node);

/*
 * The key under which the node stands in its object, NULL in an array.
 */
const char *mig_json_key(const struct mig_json *node);

/*
 * Number of children.
 */
size_t mig_json_count(const struct mig_json *node);

/*
 * The string, borrowed; NULL when node is NULL or no string.
 */
const char *mig_json_string(const struct mig_json *node);

/*
 * The number; 0 when node is NULL or no number.  Always finite.
 */
double mig_json_number(const struct mig_json *node);

/*
 * The truth value; false when node is NULL or no boolean.
 */
bool mig_json_bool(const struct mig_json *node);

/*
 * Whether the number was written without fraction and exponent and is exact in a double.
 */
bool mig_json_is_integer(const struct mig_json *node);

/*
 * Line and column (from 1) of the value that a JSON pointer names in a text that parses;
 * MIG_ENOTFOUND when there is no such value.
 */
int mig_json_locate(const char *text, size_t len, const char *pointer, int *ret_line,
    int *ret_column) MIG_MUSTCHECK;

/* A value that is looked for, and where it stands. */
struct mig_json_spot {
	const char *pointer; /* borrowed */
	int line;            /* 0: there is no such value */
	int column;
};

/*
 * As mig_json_locate() for many pointers at once: the text is read a single time, however many
 * they are.  MIG_ENOMEM, or MIG_EDOC when the text does not parse.
 */
int mig_json_locate_all(const char *text, size_t len, struct mig_json_spot *spots, size_t count)
    MIG_MUSTCHECK;

/*
 * Append the value in canonical form: no white space, keys sorted by bytes at every level,
 * shortest round-trip numbers (integers without fraction), UTF-8 as it is.  For digests.
 */
void mig_json_canonical(const struct mig_json *node, struct mig_buf *out);

#endif
