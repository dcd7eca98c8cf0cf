/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/*
 * What several unit tests need: cmocka with its headers, doubles that are really compared,
 * repeatable random numbers, files, members of documents, findings as text.
 */
#ifndef MIG_TEST_SUPPORT_H
#define MIG_TEST_SUPPORT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/err.h"
#include "base/json.h"

/* Numbers of elements of an array. */
#define TEST_COUNT(array) (sizeof(array) / sizeof((array)[0]))

/*
 * Fail unless both are the same number (mig_num_same()); shows both in full.
 */
#define assert_double_same(a, b) test_double_same((a), (b), __FILE__, __LINE__)

/*
 * Fail unless |a - b| <= epsilon.
 */
#define assert_double_near(a, b, epsilon) test_double_near((a), (b), (epsilon), __FILE__, __LINE__)

/*
 * The function behind assert_double_same().
 */
void test_double_same(double a, double b, const char *file, int line);

/*
 * The function behind assert_double_near().
 */
void test_double_near(double a, double b, double epsilon, const char *file, int line);

/*
 * The next number of a xorshift generator; the state must not be 0.
 */
uint64_t test_random(uint64_t *state);

/*
 * The bytes of a file with a NUL behind them, owned by the caller (free()); fails the test when it
 * cannot be read.  ret_len may be NULL.
 */
char *test_read_file(const char *path, size_t *ret_len);

/*
 * As test_read_file(), with the path relative to $MIGARCH_SRCDIR.
 */
char *test_read_source(const char *path, size_t *ret_len);

/*
 * Parse a text that must be valid; fails the test with its finding otherwise.  Owned by the
 * caller (mig_json_free()).
 */
struct mig_json_doc *test_json(const char *text);

/*
 * The text of a member, "" when there is none or it is no text; borrowed from the document.
 */
const char *test_member(const struct mig_json *node, const char *key);

/*
 * The first element of a list whose member `key` is this text, NULL when there is none.
 */
const struct mig_json *test_find(const struct mig_json *list, const char *key, const char *text);

/*
 * All findings, one a line, as the user sees them; owned by the caller (free()).
 */
char *test_findings(const struct mig_findings *findings);

#endif
