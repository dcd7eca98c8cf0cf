/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/*
 * What is different between two schemas, as a list of bare facts: this thing is new, that one
 * is gone, of a third these aspects differ.  What that means is judged in judge.h, and how to
 * get from one to the other is in script.h; both start from here.
 */
#ifndef MIG_SCHEMA_DIFF_H
#define MIG_SCHEMA_DIFF_H

#include <stddef.h>

#include "base/err.h"
#include "schema/model.h"

enum mig_db_what { MIG_DB_ADDED, MIG_DB_DROPPED, MIG_DB_CHANGED };

/* Aspects in which the two sides of MIG_DB_CHANGED differ: bits. */
#define MIG_DB_NAME (1U << 0)   /* renamed, as a hint said or as only the name differs */
#define MIG_DB_SCHEMA (1U << 1) /* moved to another namespace */
#define MIG_DB_COMMENT (1U << 2)
#define MIG_DB_OWNER (1U << 3)
#define MIG_DB_GRANTS (1U << 4)
#define MIG_DB_DEFINITION \
	(1U << 5) /* routine, view's query, trigger, policy, rule, index, check, key's columns, … */
#define MIG_DB_TYPE (1U << 6)    /* column, domain, sequence */
#define MIG_DB_COLLATE (1U << 7) /* column, domain, MySQL table: collation or character set */
#define MIG_DB_NULLABLE (1U << 8)
#define MIG_DB_DEFAULT (1U << 9)
#define MIG_DB_IDENTITY (1U << 10) /* identity, serial, auto_increment and their sequence */
#define MIG_DB_GENERATED (1U << 11)
#define MIG_DB_STORAGE (1U << 12)  /* storage, compression, statistics target */
#define MIG_DB_POSITION (1U << 13) /* the order among those that both sides have */
#define MIG_DB_COLUMNS (1U << 14)  /* view's or composite type's columns */
#define MIG_DB_OPTIONS \
	(1U << 15) /* storage parameters, view options, sequence parameters, engine, row format */
#define MIG_DB_PERSISTENCE (1U << 16)
#define MIG_DB_TABLESPACE (1U << 17)
#define MIG_DB_PARTITION_KEY (1U << 18)
#define MIG_DB_PARTITION (1U << 19) /* attached, detached, other bound */
#define MIG_DB_INHERITS (1U << 20)
#define MIG_DB_ROW_SECURITY (1U << 21)
#define MIG_DB_REPLICA_IDENTITY (1U << 22)
#define MIG_DB_DEFERRABLE (1U << 23)
#define MIG_DB_VALID (1U << 24)   /* NOT VALID, and an invalid index */
#define MIG_DB_ACTION (1U << 25)  /* foreign key: ON DELETE, ON UPDATE, MATCH */
#define MIG_DB_NULLS (1U << 26)   /* NULLS [NOT] DISTINCT */
#define MIG_DB_ENABLED (1U << 27) /* trigger */
#define MIG_DB_LABELS (1U << 28)  /* enumeration */
#define MIG_DB_LENGTH (1U << 29)  /* snapshot: "length" differs; MIG_DB_TYPE may be set or not */
#define MIG_DB_VISIBLE (1U << 30) /* MySQL: invisible column, ignored index; also: clustered */
#define MIG_DB_UNIQUENESS (1U << 31) /* index */

/*
 * Of a routine MIG_DB_TYPE is what it returns, MIG_DB_COLUMNS its parameters, MIG_DB_OPTIONS its
 * language and attributes, MIG_DB_DEFINITION its body; of a sequence MIG_DB_IDENTITY is who owns
 * it; of extended statistics MIG_DB_STORAGE is their target.  Checks of a domain are constraints
 * whose parent is the domain.  Parts that a partition or a child table has from its parent have no
 * facts of their own where the parent's say the same.
 */

/* One fact. */
struct mig_db_op {
	enum mig_db_what what;
	enum mig_db_kind kind;
	const struct mig_db_object *before; /* NULL when added */
	const struct mig_db_object *after;  /* NULL when dropped */
	unsigned aspects;                   /* of MIG_DB_CHANGED */
};

/* The user's word that something is the same under another name. */
struct mig_db_rename {
	const char *from; /* "table", "schema.table", "table.column", "schema.table.column" */
	const char *to;   /* the new last part */
};

struct mig_db_diff;

/*
 * Compare two schemas of one dialect.  Both are borrowed and must outlive the result, which is
 * the caller's (mig_db_diff_free()).  The order is fixed: the before schema's things in its
 * order (parts behind their table: columns, constraints, indexes, triggers), then what is new
 * in the order of the after schema.  The parts of an added or dropped table have no facts of
 * their own. What one side does not know (owner NULL, rows) is not compared.  A rename that
 * names nothing is a finding (MIG_EDOC).  MIG_ENOMEM.
 */
int mig_db_compare(const struct mig_db *before, const struct mig_db *after,
    const struct mig_db_rename *renames, size_t renames_count, struct mig_db_diff **ret_diff,
    struct mig_findings *findings) MIG_MUSTCHECK;

/*
 * Free the result; NULL is a no-op.
 */
void mig_db_diff_free(struct mig_db_diff *diff);

/*
 * The facts, and how many there are.
 */
const struct mig_db_op *mig_db_ops(const struct mig_db_diff *diff, size_t *ret_count);

/*
 * The schema that was compared: the older one.
 */
const struct mig_db *mig_db_diff_before(const struct mig_db_diff *diff);

/*
 * The schema that was compared: the newer one.
 */
const struct mig_db *mig_db_diff_after(const struct mig_db_diff *diff);

/*
 * The table or view of the after schema that a table or view of the before schema has become
 * (same name, or renamed); NULL: it is gone.
 */
const struct mig_db_object *mig_db_counterpart(const struct mig_db_diff *diff,
    const struct mig_db_object *before);

/*
 * Whether two SQL texts are equal, where a name that was renamed may stand for its new name.
 */
bool mig_db_same_text(const struct mig_db_diff *diff, const char *before, const char *after);

/*
 * Whether a thing has the right that grant, one of the other side's thing, says; a renamed column
 * has what it had under its old name.
 */
bool mig_db_has_grant(const struct mig_db_diff *diff, const struct mig_db_object *thing,
    const struct mig_db_grant *grant, const struct mig_db_object *other);

#endif
