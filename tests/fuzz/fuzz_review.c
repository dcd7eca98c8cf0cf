/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <stdlib.h>
#include <string.h>

#include "check/check.h"
#include "fuzz/fuzz.h"
#include "source/review.h"

static void
review(const char *text, size_t len, enum mig_db_dialect dialect)
{
	struct mig_findings findings = { 0 };
	struct review_text script = { "fuzz.sql", text, len, dialect };
	struct mig_check *check = mig_check_new();
	size_t count = 0;
	MIG_ASSERT(check != NULL);
	(void)fuzz_verdict(review_text(&script, check, &findings), &findings);
	const struct mig_change *changes = mig_check_changes(check, &count);
	for (size_t i = 0; i < count; i++) {
		MIG_ASSERT(changes[i].after.line > 0 && changes[i].description != NULL);
		struct mig_json_doc *doc =
		    fuzz_parse(changes[i].new_value, strlen(changes[i].new_value));
		MIG_ASSERT(doc != NULL);
		mig_json_free(doc);
	}
	mig_check_free(check);
}

/* Whatever the script, in either dialect: it is judged, or refused with a reason. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);
	MIG_ASSERT(text != NULL);
	memcpy(text, data, size);
	text[size] = '\0';
	review(text, size, MIG_DB_POSTGRESQL);
	review(text, size, MIG_DB_MYSQL);
	free(text);
	return 0;
}
