/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/*
 * Patterns for paths and rule ids.
 */
#ifndef MIG_CHECK_GLOB_H
#define MIG_CHECK_GLOB_H

#include <stdbool.h>

/*
 * Whether the whole text fits the pattern, in which * stands for any bytes, dots and slashes
 * included, and ? for one.
 */
bool mig_glob_match(const char *pattern, const char *text);

#endif
