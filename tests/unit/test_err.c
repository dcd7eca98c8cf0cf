/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/limits.h"
#include "support/test_support.h"

static void
check_format(const struct mig_finding *finding, const char *wanted)
{
	struct mig_buf out;
	mig_buf_init(&out, 1000);
	mig_finding_format(finding, &out);
	assert_string_equal(out.data, wanted);
	mig_buf_fini(&out);
}

static void
test_error_text(void **state)
{
	(void)state;
	for (int error = 1; error > -12; error--) {
		const char *text = mig_error_text(error);
		assert_non_null(text);
		assert_true(strlen(text) > 0);
		bool known = error <= 0 && error >= MIG_EPERM;
		assert_int_equal(strcmp(text, "unknown error") != 0, known);
	}
}

static void
test_format(void **state)
{
	(void)state;
	struct mig_finding finding = { .severity = MIG_SEV_ERROR };
	char file[] = "spec.json";
	char pointer[] = "/a/b";
	char message[] = "is wrong";
	char hint[] = "do it right";
	finding.message = message;
	check_format(&finding, "is wrong");
	finding.hint = hint;
	check_format(&finding, "is wrong (do it right)");
	finding.line = 3;
	finding.column = 7;
	check_format(&finding, "3:7: is wrong (do it right)");
	finding.file = file;
	check_format(&finding, "spec.json:3:7: is wrong (do it right)");
	finding.pointer = pointer;
	check_format(&finding, "spec.json:3:7: /a/b: is wrong (do it right)");
	finding.severity = MIG_SEV_WARNING;
	check_format(&finding, "spec.json:3:7: /a/b: warning: is wrong (do it right)");
	finding.column = 0;
	finding.hint = NULL;
	check_format(&finding, "spec.json:3: /a/b: warning: is wrong");
	pointer[0] = '\0';
	finding.line = 0;
	check_format(&finding, "spec.json: warning: is wrong");
	message[2] = '\n';
	message[3] = '\033';
	check_format(&finding, "spec.json: warning: is??rong");
	/* A terminal's other control characters, a character that was cut, and one that was not. */
	char odd[] = "\xc2\x9b" "1m \xc3\xa4 \xc3";
	finding.message = odd;
	check_format(&finding, "spec.json: warning: ?1m \xc3\xa4 ?");
}

static void
test_copies(void **state)
{
	(void)state;
	struct mig_findings list = { .items = NULL };
	char pointer[] = "/a";
	struct mig_finding *finding = mig_findings_add(&list, MIG_SEV_WARNING, NULL, pointer, NULL,
	    "%s %d", "number", 5);
	assert_non_null(finding);
	pointer[1] = 'b';
	assert_string_equal(finding->pointer, "/a");
	assert_string_equal(finding->message, "number 5");
	assert_null(finding->file);
	assert_null(finding->hint);
	assert_int_equal(list.errors, 0);
	assert_int_equal(list.count, 1);
	mig_findings_fini(&list);
	assert_int_equal(list.count, 0);
	assert_null(list.items);
}

static void
test_maximum(void **state)
{
	(void)state;
	struct mig_findings list = { .items = NULL };
	for (int i = 0; i < MIG_FINDINGS_MAX; i++)
		assert_non_null(mig_findings_add(&list, MIG_SEV_WARNING, "f", NULL, NULL, "%d", i));
	assert_int_equal(list.errors, 0);
	assert_null(mig_findings_add(&list, MIG_SEV_ERROR, "f", NULL, NULL, "one more"));
	assert_null(mig_findings_add(&list, MIG_SEV_WARNING, "f", NULL, NULL, "and one"));
	assert_int_equal(list.count, MIG_FINDINGS_MAX);
	assert_int_equal(list.suppressed, 2);
	assert_int_equal(list.errors, 1);
	assert_string_equal(list.items[0].message, "0");
	assert_string_equal(list.items[MIG_FINDINGS_MAX - 1].message, "199");
	mig_findings_fini(&list);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_error_text),
		cmocka_unit_test(test_format),
		cmocka_unit_test(test_copies),
		cmocka_unit_test(test_maximum),
	};
	return cmocka_run_group_tests(tests, NULL, NULL) != 0;
}
