/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/*
 * Advice about a specification: which pattern suits it and why, and what in it has gone
 * wrong for others before.  Advice is no verdict: a specification that draws a lot of it is
 * still valid.  The patterns are rows of advise_patterns.c, the findings rows of
 * advise_rules.c.
 */
#ifndef MIG_ENGINE_ADVISE_H
#define MIG_ENGINE_ADVISE_H

#include "base/err.h"

struct mig_buf;
struct mig_json;

/*
 * Check the specification and append the advice as JSON (docs/schemas has its form; two
 * spaces of indentation, no newline at the end).  It depends on the values of the
 * specification only.  MIG_EDOC with findings when the specification is wrong, and then
 * nothing is appended; MIG_ENOMEM or MIG_ELIMIT when ret_json cannot hold it.  Warnings are
 * added on success, too.
 */
int mig_advise(const struct mig_json *spec, struct mig_buf *ret_json,
    struct mig_findings *findings) MIG_MUSTCHECK;

#endif
