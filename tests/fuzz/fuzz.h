/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/*
 * What the fuzz targets share.  A target is one function that takes any bytes and aborts when
 * something that always holds does not.  libFuzzer calls it with bytes of its own making
 * (scripts/fuzz), replay.c with those that were worth keeping (tests/fuzz/corpus).
 */
#ifndef MIG_FUZZ_H
#define MIG_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/json.h"
#include "base/time.h"
#include "engine/render.h"

/*
 * The target; always returns 0.  The data are borrowed.
 */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/*
 * libFuzzer's own mutator: changes the data in place and returns their new size, at most max.
 */
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max);

/*
 * Our mutator, which libFuzzer uses instead of its own when it is there: a JSON document stays one
 * most of the time.  Returns the new size, at most max.  Same seed, same result.
 */
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max, unsigned seed);

/* What makes a document of another: mig_plan_from_spec() and its like. */
typedef int (*fuzz_maker)(const struct mig_json *input, mig_wall now, struct mig_buf *ret_json,
    struct mig_findings *findings);

/* What checks a document: mig_spec_check() and its like. */
typedef int (*fuzz_checker)(const struct mig_json *input, const char *file,
    struct mig_findings *findings);

/* What renders a document: mig_render_plan() and its like. */
typedef int (*fuzz_renderer)(const struct mig_json *made, enum mig_render_form form,
    struct mig_buf *out);

/*
 * Abort unless text is valid UTF-8 that a terminal shows as it is; with lines, line breaks and
 * tabs are fine as well.
 */
void fuzz_printable(const char *text, size_t len, bool lines);

/*
 * Abort unless error is 0 without errors among the findings, or MIG_EDOC with some, and each
 * finding is one printable line.  Frees the findings; returns whether error is 0.
 */
bool fuzz_verdict(int error, struct mig_findings *findings);

/*
 * The document in the data, or NULL when they are no JSON: then there must be one finding, with
 * its place.  Owned by the caller (mig_json_free()).
 */
struct mig_json_doc *fuzz_parse(const void *data, size_t size);

/*
 * Write a document and read it back: abort unless it is the same.  Owned by the caller.
 */
struct mig_json_doc *fuzz_rewrite(const struct mig_json *node);

/*
 * Check a document; abort when it is wrong but must not be.  Returns whether it is right.
 */
bool fuzz_check(const struct mig_json *node, fuzz_checker check, bool must);

/*
 * Make a document of one that is right (valid) or wrong: abort unless a right one gives the same
 * document twice and a wrong one nothing.  The document, owned by the caller, or NULL.
 */
struct mig_json_doc *fuzz_make(const struct mig_json *input, fuzz_maker make, bool valid);

/*
 * Render a document that is right in all forms; abort unless that works and is printable.
 */
void fuzz_render(const struct mig_json *node, fuzz_renderer render);

/*
 * Check a runbook (which must be right, or may be wrong) and render it.
 */
void fuzz_runbook(const struct mig_json *runbook, bool must);

/*
 * Check a plan (which must be right, or may be wrong), render it, and go on with its runbook.
 */
void fuzz_plan(const struct mig_json *plan, bool must);

#endif
