/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/limits.h"
#include "fuzz/fuzz.h"
#include "schema/diff.h"
#include "schema/snapshot.h"

#define OUTPUT_BYTES_MAX (64U * 1024U * 1024U)

/* Read a text; NULL and at least one finding, or a schema and none. */
static struct mig_db *
read_text(const char *text, size_t len, enum mig_db_dialect dialect)
{
	struct mig_findings findings = { .items = NULL };
	struct mig_db *db = NULL;
	int error = mig_snapshot_read(text, len, "f", dialect, &db, &findings);
	MIG_ASSERT(error == MIG_OK || error == MIG_EDOC);
	MIG_ASSERT((error == MIG_OK) == (db != NULL));
	MIG_ASSERT((error == MIG_OK) == (findings.errors == 0));
	for (size_t i = 0; i < findings.count; i++)
		MIG_ASSERT(findings.items[i].line > 0 && findings.items[i].column > 0);
	mig_findings_fini(&findings);
	return db;
}

/* What was written is read again as the same schema, and written to the same bytes. */
static void
check_written(const struct mig_db *db, enum mig_db_dialect dialect)
{
	struct mig_findings findings = { .items = NULL };
	struct mig_db_diff *diff = NULL;
	struct mig_buf first;
	struct mig_buf again;
	size_t count = 0;
	mig_buf_init(&first, OUTPUT_BYTES_MAX);
	mig_buf_init(&again, OUTPUT_BYTES_MAX);
	mig_snapshot_write(db, &first);
	MIG_ASSERT(mig_buf_ok(&first));
	struct mig_db *read = read_text(first.data, first.len, dialect);
	MIG_ASSERT(read != NULL);
	MIG_ASSERT(mig_db_compare(db, read, NULL, 0, &diff, &findings) == MIG_OK);
	(void)mig_db_ops(diff, &count);
	MIG_ASSERT(count == 0);
	mig_snapshot_write(read, &again);
	MIG_ASSERT(strcmp(first.data, again.data) == 0);
	mig_db_diff_free(diff);
	mig_findings_fini(&findings);
	mig_db_free(read);
	mig_buf_fini(&first);
	mig_buf_fini(&again);
}

/* A snapshot of a database; the first byte chooses the dialect of one that says none. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	enum mig_db_dialect dialect =
	    size > 0 && data[0] == ' ' ? MIG_DB_MYSQL : MIG_DB_POSTGRESQL;
	struct mig_db *db = read_text((const char *)data, size, dialect);
	struct mig_json_doc *tree = fuzz_parse(data, size);
	/* What the strict reader of all other documents refuses is refused here, too. */
	MIG_ASSERT(db == NULL || tree != NULL);
	if (db != NULL)
		check_written(db, dialect);
	mig_json_free(tree);
	mig_db_free(db);
	return 0;
}
