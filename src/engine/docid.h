/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/*
 * Identifiers of documents: a digest of the values, so that neither white space nor the
 * order of keys matters.  The text that is hashed is one line of ASCII with keys sorted at
 * every level, ", " and ": " between them, and 30 kept apart from 30.0, as other writers
 * of these documents do it.
 */
#ifndef MIG_ENGINE_DOCID_H
#define MIG_ENGINE_DOCID_H

#include <stddef.h>

#include "base/err.h"

struct mig_buf;
struct mig_json;

/*
 * Append the text that is hashed.  The members of the top object that skip names (ended by
 * NULL; may be NULL) are left out.  MIG_ENOMEM when there is no memory; the buffer's own failure
 * is for the caller to ask.
 */
int mig_docid_text(const struct mig_json *node, const char *const *skip, struct mig_buf *out)
    MIG_MUSTCHECK;

/*
 * Append the first digits (at most 32) hexadecimal digits of the MD5 of that text.
 */
int mig_docid(const struct mig_json *node, const char *const *skip, size_t digits,
    struct mig_buf *out) MIG_MUSTCHECK;

/*
 * Append so many digits of the id of a checked specification: with the schedules of its ramps (see
 * ramp.h), so that the specification in a plan has the same.
 */
int mig_docid_spec(const struct mig_json *spec, size_t digits, struct mig_buf *out) MIG_MUSTCHECK;

/*
 * Append so many digits of the id of a plan, which does not depend on when it was made and when it
 * is to start.
 */
int mig_docid_plan(const struct mig_json *plan, size_t digits, struct mig_buf *out) MIG_MUSTCHECK;

#endif
