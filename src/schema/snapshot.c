/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "schema/snapshot.h"
#include "schema/snapshot_int.h"

static int
snap_init(struct mig_snap *snap, enum mig_db_dialect dialect)
{
	snap->dialect = dialect;
	mig_buf_init(&snap->own, MIG_DB_BYTES_MAX);
	mig_buf_init(&snap->items, MIG_DB_BYTES_MAX);
	mig_buf_init(&snap->text, MIG_DB_BYTES_MAX);
	mig_buf_init(&snap->more_text, MIG_DB_BYTES_MAX);
	mig_buf_init(&snap->pending, MIG_DB_BYTES_MAX);
	mig_buf_init(&snap->marked, MIG_DB_BYTES_MAX);
	snap->db = mig_db_new(dialect);
	if (snap->db == NULL)
		return MIG_ENOMEM;
	snap->arena = mig_db_arena(snap->db);
	return MIG_OK;
}

static void
snap_fini(struct mig_snap *snap)
{
	mig_buf_fini(&snap->own);
	mig_buf_fini(&snap->items);
	mig_buf_fini(&snap->text);
	mig_buf_fini(&snap->more_text);
	mig_buf_fini(&snap->pending);
	mig_buf_fini(&snap->marked);
	free(snap->names.slots);
	mig_db_free(snap->db);
	free(snap);
}

/* The whole document. */
static void
snap_document(struct mig_snap *snap)
{
	struct mig_snap_root root = { .dialect = -1 };
	if (!mig_snap_read(snap, &mig_snap_root_form, &root))
		return;
	mig_pull_end(&snap->pull);
	mig_db_set_version(snap->db, root.server_version);
	/* Too late for the types that were read; nothing of it counts. */
	snap->other_dialect = root.dialect >= 0 && root.dialect != (int)snap->dialect;
}

/* Read in a dialect; where the document says another one, nothing but that is found out. */
static int
read_as(const struct mig_snapshot_text *text, enum mig_db_dialect *dialect, struct mig_db **ret_db,
    struct mig_findings *findings)
{
	struct mig_snap *snap = calloc(1, sizeof(*snap));
	size_t errors = findings->errors;
	if (snap == NULL)
		return MIG_ENOMEM;
	int error = snap_init(snap, *dialect);
	if (error == MIG_OK) {
		snap->source = text;
		mig_pull_init(&snap->pull, text->data, text->len, text->file, findings);
		snap_document(snap);
		mig_pull_fini(&snap->pull);
		error = snap->pull.error;
	}
	if (snap->other_dialect) {
		*dialect = *dialect == MIG_DB_MYSQL ? MIG_DB_POSTGRESQL : MIG_DB_MYSQL;
		error = error == MIG_OK ? MIG_EDOC : error;
	}
	if (error == MIG_OK && findings->errors > errors)
		error = MIG_EDOC;
	if (error == MIG_OK && mig_arena_failed(snap->arena))
		error = MIG_ENOMEM;
	if (error == MIG_OK) {
		*ret_db = snap->db;
		snap->db = NULL;
	}
	snap_fini(snap);
	return error;
}

/* Add the findings of one list to another. */
static void
move_findings(const struct mig_findings *from, struct mig_findings *to)
{
	for (size_t i = 0; i < from->count; i++) {
		const struct mig_finding *item = &from->items[i];
		struct mig_finding *copy = mig_findings_add(
		    to, item->severity, item->file, item->pointer, item->hint, "%s", item->message);
		if (copy != NULL) {
			copy->line = item->line;
			copy->column = item->column;
		}
	}
	to->suppressed += from->suppressed;
	to->errors += from->errors > from->count ? from->errors - from->count : 0;
}

int
mig_snapshot_read_text(const struct mig_snapshot_text *text, enum mig_db_dialect dialect,
    struct mig_db **ret_db, struct mig_findings *findings)
{
	struct mig_findings first = { .items = NULL };
	enum mig_db_dialect said = dialect;
	int error = read_as(text, &said, ret_db, &first);
	if (said != dialect)
		error = read_as(text, &said, ret_db, findings);
	else
		move_findings(&first, findings);
	mig_findings_fini(&first);
	return error;
}

int
mig_snapshot_read(const char *text, size_t len, const char *file, enum mig_db_dialect dialect,
    struct mig_db **ret_db, struct mig_findings *findings)
{
	struct mig_snapshot_text source = { text, len, file, NULL };
	return mig_snapshot_read_text(&source, dialect, ret_db, findings);
}
