/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <stdlib.h>

#include "fuzz/fuzz.h"
#include "schema/diff.h"
#include "source/canon.h"
#include "source/ddl.h"

static struct mig_db *
read_text(const char *text, size_t len)
{
	struct mig_findings findings = { 0 };
	struct mig_db *db = mig_db_new(MIG_DB_POSTGRESQL);
	MIG_ASSERT(db != NULL);
	int error = ddl_apply(db, text, len, "fuzz", &findings);
	MIG_ASSERT((error == MIG_EDOC) == (findings.errors > 0));
	mig_findings_fini(&findings);
	return db;
}

/* Whatever the text: read twice it is the same, and it may be looked at once more. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct mig_findings findings = { 0 };
	struct mig_db *before = read_text((const char *)data, size);
	struct mig_db *after = read_text((const char *)data, size);
	struct mig_db_diff *diff = NULL;
	size_t count = 0;
	MIG_ASSERT(mig_db_compare(before, after, NULL, 0, &diff, &findings) == MIG_OK);
	(void)mig_db_ops(diff, &count);
	MIG_ASSERT(count == 0);
	mig_db_diff_free(diff);
	MIG_ASSERT(canon_db(after) == MIG_OK);
	mig_findings_fini(&findings);
	mig_db_free(before);
	mig_db_free(after);
	return 0;
}
