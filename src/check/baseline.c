/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include "config.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/digest.h"
#include "base/json.h"
#include "base/json_read.h"
#include "base/json_write.h"
#include "base/limits.h"
#include "check/baseline.h"
#include "check/check.h"
#include "check/place.h"

#define INDENT 2

struct mig_baseline {
	struct mig_json_doc *doc;
	const char **prints; /* sorted; the document's */
	size_t count;
};

void
mig_change_fingerprint(const struct mig_change *change, char ret_text[MIG_FINGERPRINT_TEXT])
{
	const char *parts[] = { change->rule, change->field_path, change->old_value,
		change->new_value };
	char hex[MIG_SHA256_HEX] = "";
	struct mig_buf all;
	mig_buf_init(&all, MIG_CHECK_BYTES_MAX);
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		mig_buf_puts(&all, parts[i] != NULL ? parts[i] : "null");
		mig_buf_putc(&all, '\0');
	}
	mig_sha256_hex(all.data, all.len, hex);
	mig_buf_fini(&all);
	memcpy(ret_text, hex, MIG_FINGERPRINT_TEXT - 1);
	ret_text[MIG_FINGERPRINT_TEXT - 1] = '\0';
}

static int
compare(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static bool
is_fingerprint(const char *text)
{
	return strlen(text) == MIG_FINGERPRINT_TEXT - 1 &&
	    strspn(text, "0123456789abcdef") == MIG_FINGERPRINT_TEXT - 1;
}

static void
read_row(struct mig_reader *reader, const struct mig_at *at, struct mig_baseline *baseline)
{
	static const char *const known[] = { "fingerprint", "rule", "path", NULL };
	if (!mig_read_object(reader, at, MIG_READ_REQUIRED, known))
		return;
	struct mig_at place = mig_at_key(at, "fingerprint");
	const char *print = mig_read_string(reader, at, "fingerprint", MIG_READ_REQUIRED, NULL);
	if (print != NULL && is_fingerprint(print))
		baseline->prints[baseline->count++] = print;
	else if (print != NULL)
		mig_at_error(reader, &place, "let --write-baseline write the file",
		    "the fingerprint is not one of %d hexadecimal digits",
		    MIG_FINGERPRINT_TEXT - 1);
	/* For people only, but if there they must be texts. */
	(void)mig_read_string(reader, at, "rule", 0, NULL);
	(void)mig_read_string(reader, at, "path", 0, NULL);
}

static int
read_all(struct mig_reader *reader, struct mig_baseline *baseline)
{
	static const char *const known[] = { "known", "$schema", NULL };
	struct mig_at root = mig_at_root(baseline->doc);
	struct mig_at list = mig_at_key(&root, "known");
	struct mig_at at = { 0 };
	if (!mig_read_object(reader, &root, MIG_READ_REQUIRED, known) ||
	    !mig_read_array(reader, &list, MIG_READ_REQUIRED))
		return MIG_EDOC;
	baseline->prints = calloc(mig_json_count(list.node) + 1, sizeof(*baseline->prints));
	if (baseline->prints == NULL)
		return MIG_ENOMEM;
	while (mig_at_each(&list, &at))
		read_row(reader, &at, baseline);
	if (baseline->count > 1)
		qsort(baseline->prints, baseline->count, sizeof(*baseline->prints), compare);
	return MIG_OK;
}

int
mig_baseline_read(const char *text, size_t len, const char *file,
    struct mig_baseline **ret_baseline, struct mig_findings *findings)
{
	struct mig_reader reader = { findings, file, MIG_SEV_ERROR };
	size_t first = findings->count;
	size_t errors = findings->errors;
	struct mig_baseline *baseline = calloc(1, sizeof(*baseline));
	if (baseline == NULL)
		return MIG_ENOMEM;
	int error = mig_json_parse(text, len, file, &baseline->doc, findings);
	if (error == MIG_OK)
		error = read_all(&reader, baseline);
	mig_findings_place(findings, first, text, len);
	if (error == MIG_OK && findings->errors > errors)
		error = MIG_EDOC;
	if (error != MIG_OK) {
		mig_baseline_free(baseline);
		return error;
	}
	*ret_baseline = baseline;
	return MIG_OK;
}

void
mig_baseline_free(struct mig_baseline *baseline)
{
	if (baseline == NULL)
		return;
	mig_json_free(baseline->doc);
	free(baseline->prints);
	free(baseline);
}

void
mig_baseline_apply(const struct mig_baseline *baseline, struct mig_check *check)
{
	size_t count = 0;
	struct mig_change *changes = mig_check_changes(check, &count);
	if (baseline == NULL || baseline->count == 0)
		return;
	for (size_t i = 0; i < count; i++) {
		char text[MIG_FINGERPRINT_TEXT];
		const char *key = text;
		if (changes[i].state != MIG_CHANGE_COUNTS)
			continue;
		mig_change_fingerprint(&changes[i], text);
		if (bsearch(&key, baseline->prints, baseline->count, sizeof(*baseline->prints),
		        compare) != NULL)
			changes[i].state = MIG_CHANGE_KNOWN;
	}
}

void
mig_baseline_write(struct mig_check *check, struct mig_buf *out)
{
	size_t count = 0;
	const struct mig_change *changes = mig_check_changes(check, &count);
	struct mig_jw jw;
	mig_jw_init(&jw, out, INDENT);
	mig_jw_object(&jw, NULL);
	mig_jw_array(&jw, "known");
	for (size_t i = 0; i < count; i++) {
		char text[MIG_FINGERPRINT_TEXT];
		if (changes[i].state != MIG_CHANGE_COUNTS && changes[i].state != MIG_CHANGE_KNOWN)
			continue;
		mig_change_fingerprint(&changes[i], text);
		mig_jw_object(&jw, NULL);
		mig_jw_string(&jw, "fingerprint", text);
		mig_jw_string(&jw, "rule", changes[i].rule);
		mig_jw_string(&jw, "path", changes[i].field_path);
		mig_jw_object_end(&jw);
	}
	mig_jw_array_end(&jw);
	mig_jw_object_end(&jw);
	mig_buf_putc(out, '\n');
}
