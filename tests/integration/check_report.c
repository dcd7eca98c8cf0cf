/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/*
 * Writes a comparison that was made by hand in one of the forms of migarch check, for
 * check_reports.sh, where other programs read it:
 *
 *   check_report plain|hostile|empty FORM
 *   check_report plain|hostile|empty up|down NUMBER
 */

#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/limits.h"
#include "base/num.h"
#include "check/report_sql.h"
#include "support/check_fixture.h"
#include "support/test_support.h"

#define NUMBER_MAX 1000

static const char *const forms[] = { "json", "text", "markdown", "sql", "sarif", "junit",
	"github" };

static bool
make(const char *name, struct test_comparison *comparison)
{
	static const struct {
		const char *name;
		void (*make)(struct test_comparison *comparison);
	} makers[] = {
		{ "plain", test_comparison_plain },
		{ "hostile", test_comparison_hostile },
		{ "empty", test_comparison_empty },
	};
	for (size_t i = 0; i < TEST_COUNT(makers); i++) {
		if (strcmp(makers[i].name, name) != 0)
			continue;
		makers[i].make(comparison);
		return true;
	}
	return false;
}

static void
write_form(const struct mig_report *report, char **argv, struct mig_buf *out)
{
	int64_t number = 0;
	bool up = strcmp(argv[2], "up") == 0;
	for (size_t i = 0; i < TEST_COUNT(forms); i++)
		if (strcmp(forms[i], argv[2]) == 0)
			mig_report_write(report, (enum mig_report_form)i, out);
	if ((up || strcmp(argv[2], "down") == 0) && argv[3] != NULL &&
	    mig_num_int(argv[3], 1, NUMBER_MAX, &number) == MIG_OK)
		mig_report_sql_file(report, (size_t)number - 1,
		    up ? MIG_REPORT_UP : MIG_REPORT_DOWN, out);
}

int
main(int argc, char **argv)
{
	struct test_comparison comparison;
	struct mig_buf out;
	if (argc < 3 || !make(argv[1], &comparison)) {
		(void)fprintf(stderr, "usage: check_report plain|hostile|empty FORM\n");
		return 1;
	}
	mig_buf_init(&out, MIG_CHECK_PAGE_BYTES_MAX);
	write_form(&comparison.report, argv, &out);
	bool good = mig_buf_ok(&out) && fwrite(out.data, 1, out.len, stdout) == out.len &&
	    fflush(stdout) == 0;
	mig_buf_fini(&out);
	test_comparison_fini(&comparison);
	return good ? 0 : 1;
}
