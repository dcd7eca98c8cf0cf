/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/*
 * PromQL as text: filling templates, and finding the vector selectors of a query so that the age
 * of what it reads can be asked for.  No full parser: strings, comments and selectors are told
 * apart, the rest is passed over.
 */
#ifndef MIG_ENGINE_PROMQL_H
#define MIG_ENGINE_PROMQL_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

struct mig_buf;

/* One {name} -> value pair; value NULL: the placeholder is known but has no value here. */
struct mig_template_var {
	const char *name;
	const char *value;
};

/*
 * Append text with each {name} of vars (ended by a NULL name) replaced.  Braces that hold
 * something else than a lower-case identifier (PromQL matchers, JSON) stay as they are.  An
 * identifier in braces that is not in vars, or has no value, gives MIG_ENOTFOUND and its name in
 * ret_unknown (size bytes); nothing is then appended.
 */
int mig_template_fill(const char *text, const struct mig_template_var *vars, struct mig_buf *out,
    char *ret_unknown, size_t size) MIG_MUSTCHECK;

/*
 * Whether text uses the placeholder {name}.
 */
bool mig_template_uses(const char *text, const char *name);

/*
 * Append a query for the age in seconds of the newest raw sample behind query:
 * "time() - max(timestamp(SEL1) or timestamp(SEL2) …)" over its distinct vector selectors,
 * without range, offset and @.  Selectors beyond the sixteenth are not looked at.
 * MIG_ENOTFOUND when the query has no selector.
 */
int mig_promql_age_query(const char *query, struct mig_buf *out) MIG_MUSTCHECK;

/*
 * Find what no PromQL parser would take: brackets that do not match, strings that do not end, an
 * empty text.  MIG_EDOC with a phrase ("unclosed ( at column 4") in ret_error (size bytes).
 * Passing says little; the server has the last word.
 */
int mig_promql_check(const char *query, char *ret_error, size_t size) MIG_MUSTCHECK;

/*
 * Check a list of label matchers as it stands between the braces of a selector:
 * NAME OP "VALUE" with OP one of = != =~ !~, separated by commas; empty is fine.  Errors as
 * mig_promql_check().
 */
int mig_promql_check_labels(const char *labels, char *ret_error, size_t size) MIG_MUSTCHECK;

#endif
