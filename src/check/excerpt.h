/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/*
 * The beginning of a compared document, for the report: enough to see what was compared.
 */
#ifndef MIG_CHECK_EXCERPT_H
#define MIG_CHECK_EXCERPT_H

#include <stddef.h>

struct mig_buf;

/*
 * Append a JSON text as it looks when it is indented by two spaces; when it has more than 500
 * characters in one line, only the first 500 and "...".  The text must have passed a reader;
 * only its beginning is looked at.
 */
void mig_excerpt_json(const char *text, size_t len, struct mig_buf *out);

/*
 * As mig_excerpt_json() for any other text, which is left as it is.
 */
void mig_excerpt_text(const char *text, size_t len, struct mig_buf *out);

#endif
