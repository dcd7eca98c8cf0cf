/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/*
 * Comparisons made by hand for the tests of reports: one of plain changes, and one whose texts
 * hold whatever could break out of a form.
 */
#ifndef MIG_TEST_CHECK_FIXTURE_H
#define MIG_TEST_CHECK_FIXTURE_H

#include "check/finish.h"
#include "check/report.h"

/* Quotes, brackets, line ends, control characters, invalid UTF-8, marks of every form. */
#define TEST_HOSTILE                                                                           \
	"a\"b'c\\d`e```f|g<h>i&j]]>k-->l%m%0An::o\r\np\tq\001r\033[31ms\177t\xff\xc3u@all#1 "  \
	"*/;$loop$$never$$batch$ \xe2\x80\xae <!-- -- </summary></details> </failure> :v 'w"

struct test_comparison {
	struct mig_check *check;
	struct mig_verdict verdict;
	struct mig_report report;
};

/*
 * Breaking, potentially breaking, non-breaking and additive, one of each, and two scripts, one of
 * which cannot be undone; all texts are plain.  Free with test_comparison_fini().
 */
void test_comparison_plain(struct test_comparison *comparison);

/*
 * As test_comparison_plain(), with TEST_HOSTILE for every text, one text of 200,000 bytes and
 * scripts with a batch, a precheck and no undo.
 */
void test_comparison_hostile(struct test_comparison *comparison);

/*
 * Nothing has changed.
 */
void test_comparison_empty(struct test_comparison *comparison);

/*
 * Free what the comparison owns.
 */
void test_comparison_fini(struct test_comparison *comparison);

#endif
