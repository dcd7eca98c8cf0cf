/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/*
 * Lines for what is said of a JSON document.
 */
#ifndef MIG_CHECK_PLACE_H
#define MIG_CHECK_PLACE_H

#include <stddef.h>

#include "base/err.h"

/*
 * Give the findings from the index first on that have only a JSON pointer the line and column of
 * it in the text; without memory they stay as they are.
 */
void mig_findings_place(struct mig_findings *findings, size_t first, const char *text, size_t len);

#endif
