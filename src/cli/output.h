/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/*
 * Where a made document goes: which forms, which files.
 */
#ifndef MIG_CLI_OUTPUT_H
#define MIG_CLI_OUTPUT_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/err.h"

enum output_format {
	OUTPUT_JSON,
	OUTPUT_TEXT,
	OUTPUT_MARKDOWN,
	OUTPUT_BOTH /* JSON and text */
};

/* What is to be written; a form that the format does not want stays empty. */
struct output {
	enum output_format format;
	const char *path;   /* NULL, "" or "-": standard output */
	const char *banner; /* between JSON and text on standard output */
	struct mig_buf json;
	struct mig_buf page; /* text or Markdown */
};

/*
 * The format of that name; false (with a message printed) when there is none.
 */
bool output_format_find(const char *name, enum output_format *ret_format);

/*
 * Append the file name of a form to out: path with its suffix ".json" replaced, or with
 * the new one appended; a path that ends in it already is kept when the form is written
 * alone.
 */
void output_name(const char *path, enum output_format form, bool alone, struct mig_buf *out);

/*
 * Write everything; on standard output JSON comes first, then the banner, then the text.
 * Files are there whole or not at all, and each is told of on standard error.  CLI_OK,
 * CLI_CANTWRITE or CLI_INTERNAL; messages are printed.
 */
int output_write(struct output *output) MIG_MUSTCHECK;

#endif
