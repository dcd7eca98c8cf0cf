/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/*
 * What ALTER TABLE's commands on columns and on tables share.
 */
#ifndef MIG_SOURCE_DDL_ALTER_INT_H
#define MIG_SOURCE_DDL_ALTER_INT_H

#include "source/ddl_int.h"

/* One command of a statement, being applied. */
struct ddl_alter {
	struct mig_db_object *table;
	PgQuery__AlterTableCmd *command;
	bool recurse; /* children too: no ONLY */
	struct ddl_pending *pending;
};

/*
 * A command that changes one column; false: it is none.
 */
bool ddl_alter_column(struct ddl *ddl, const struct ddl_alter *alter);

/*
 * A serial column gives its sequence back as a thing of its own, as when its default is changed.
 */
void ddl_release_sequence(struct ddl *ddl, struct mig_db_column *column);

#endif
