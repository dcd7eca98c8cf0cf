/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/*
 * A JSON document read from a file or standard input, with the text kept so that findings
 * can say line and column.
 */
#ifndef MIG_CLI_DOCUMENT_H
#define MIG_CLI_DOCUMENT_H

#include <stddef.h>

#include "base/err.h"
#include "base/json.h"

struct document {
	const char *name; /* for messages, borrowed */
	char *text;
	size_t len;
	struct mig_json_doc *json;
	struct mig_findings findings;
};

/*
 * Read and parse path ("-" is standard input).  CLI_OK, or another exit status after the
 * message was printed.  Free with document_fini() in any case.
 */
int document_read(const char *path, struct document *ret_document) MIG_MUSTCHECK;

/*
 * Give the findings that have a pointer only the line and column where that is in the text.
 */
void document_locate(struct document *document);

/*
 * Print the findings to standard error, one line each, with line and column where there is
 * a pointer, and forget them.
 */
void document_report(struct document *document);

/*
 * Free what the document owns.
 */
void document_fini(struct document *document);

#endif
