/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "check/baseline.h"
#include "check/excerpt.h"
#include "check/ignore.h"
#include "check/report_sql.h"
#include "fuzz/fuzz.h"
#include "source/folder.h"
#include "source/guess.h"

#define EXCERPT_MAX 2000

/* Ignore file and baseline: refused with findings, or taken and usable. */
static void
read_files(const char *text, size_t len)
{
	struct mig_findings findings = { 0 };
	struct mig_ignore *ignore = NULL;
	struct mig_baseline *baseline = NULL;
	if (fuzz_verdict(mig_ignore_read(text, len, "i", &ignore, &findings), &findings))
		(void)mig_ignore_excludes(ignore, "tables.users");
	mig_ignore_free(ignore);
	(void)fuzz_verdict(mig_baseline_read(text, len, "b", &baseline, &findings), &findings);
	mig_baseline_free(baseline);
}

static size_t
characters(const struct mig_buf *text)
{
	size_t count = 0;
	for (size_t i = 0; i < text->len; i++)
		count += ((unsigned char)text->data[i] & 0xc0) != 0x80;
	return count;
}

/* Any text has a kind and a short beginning, and keeps its lines when its way back is blanked. */
static void
read_text(const char *text, size_t len)
{
	struct mig_buf out;
	char *copy = malloc(len + 1);
	MIG_ASSERT(copy != NULL);
	memcpy(copy, text, len + 1);
	folder_keep_up(copy, len);
	for (size_t i = 0; i < len; i++)
		MIG_ASSERT(copy[i] == text[i] || (copy[i] == ' ' && text[i] != '\n'));
	free(copy);
	(void)guess_text("a", text, len);
	(void)guess_text("a.sql", text, len);
	mig_buf_init(&out, MIG_DOC_BYTES_MAX);
	mig_excerpt_json(text, len, &out);
	MIG_ASSERT(mig_buf_ok(&out) && characters(&out) <= EXCERPT_MAX);
	mig_buf_reset(&out);
	mig_excerpt_text(text, len, &out);
	MIG_ASSERT(mig_buf_ok(&out) && characters(&out) <= EXCERPT_MAX);
	mig_buf_fini(&out);
}

static struct mig_check *
check_of(const char *text)
{
	struct mig_change change = { .rule = text, .type = text, .field_path = text,
		.description = text, .impact = text, .suggestion = text, .before = { text, 1 },
		.after = { text, 2 }, .safe_way = text, .has_hazard = true };
	struct mig_check_script script = { .slug = text, .description = text, .up = text,
		.lossy = text, .irreversible = text, .precheck = text, .validation = text,
		.expected = text, .batch = text };
	struct mig_check *check = mig_check_new();
	MIG_ASSERT(check != NULL);
	for (int i = 0; i < MIG_CHANGE_SEVERITIES; i++) {
		change.severity = (enum mig_change_severity)i;
		mig_check_add(check, &change);
	}
	mig_check_add_script(check, &script);
	return check;
}

/* Whatever texts a change has, each form stays what it is. */
static void
write_reports(const char *text)
{
	struct mig_verdict verdict;
	struct mig_finish_options options = { .now = { 1 } };
	struct mig_findings notes = { 0 };
	struct mig_check *check = check_of(text);
	struct mig_report report = { .check = check, .verdict = &verdict,
		.before = { text, text, text }, .after = { text, text, text }, .folder = "/a" };
	struct mig_buf out;
	MIG_ASSERT(mig_check_finish(check, &options, &verdict, &notes) == MIG_OK);
	mig_buf_init(&out, MIG_CHECK_PAGE_BYTES_MAX);
	for (int form = 0; form < MIG_REPORT_FORMS; form++) {
		mig_buf_reset(&out);
		mig_report_write(&report, (enum mig_report_form)form, &out);
		MIG_ASSERT(mig_buf_ok(&out));
		if (form == MIG_REPORT_JSON || form == MIG_REPORT_SARIF) {
			struct mig_json_doc *doc = fuzz_parse(out.data, out.len);
			MIG_ASSERT(doc != NULL);
			mig_json_free(doc);
		} else if (form != MIG_REPORT_SQL) {
			fuzz_printable(out.data, out.len, true);
		}
	}
	mig_buf_fini(&out);
	mig_check_free(check);
}

/* What migarch check reads beside schemas, and what it writes. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);
	MIG_ASSERT(text != NULL);
	memcpy(text, data, size);
	text[size] = '\0';
	read_files(text, size);
	read_text(text, size);
	write_reports(text);
	free(text);
	return 0;
}
