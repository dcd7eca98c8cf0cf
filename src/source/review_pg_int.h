/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

/*
 * What the judgement of PostgreSQL's scripts shares among its parts, each of which looks at a
 * statement's tree for rules of its own.
 */
#ifndef MIG_SOURCE_REVIEW_PG_INT_H
#define MIG_SOURCE_REVIEW_PG_INT_H

#include "source/ddl_split.h"
#include "source/review_int.h"
#include "source/sql_tree.h"

/* What a statement does to the things that were there before the script. */
struct review_effect {
	struct review_name object;  /* the one that is locked most; name NULL: none */
	enum mig_lock lock;         /* on it */
	bool patient;               /* waits for the lock: not NOWAIT */
	bool slow;                  /* reads or changes many rows, or builds something from them */
	struct review_name written; /* a table that is written again; name NULL: none */
	const char *why;            /* what writes it again, "VACUUM FULL" */
};

/*
 * The name of a RangeVar, and of the last two words of a list.
 */
struct review_name review_pg_range(const PgQuery__RangeVar *range);

/*
 * See review_pg_range(); NULL when the list is none of names.
 */
struct review_name review_pg_list(PgQuery__Node *const *names, size_t count);

/*
 * The first words of the statement, "ALTER TABLE", in the scratch memory.
 */
const char *review_pg_verb(struct review *review, const struct ddl_piece *piece);

/*
 * Take in what begins or ends transactions and what sets something, with the rule about
 * transactions.
 */
void review_pg_session(struct review *review, const PgQuery__Node *statement);

/*
 * What holds when the script ends.
 */
void review_pg_session_end(struct review *review);

/*
 * Names: their length (of a statement's text), and whether they say which thing is meant.
 */
void review_pg_lengths(struct review *review, const char *text);

/*
 * See review_pg_lengths().
 */
void review_pg_qualified(struct review *review, PgQuery__Node *statement);

/*
 * Keep in mind what the statement makes and drops.
 */
void review_pg_keep(struct review *review, const PgQuery__Node *statement);

/*
 * What the statement locks and writes again.
 */
struct review_effect review_pg_effect(struct review *review, const PgQuery__Node *statement);

/*
 * The same for ALTER TABLE, into effect.
 */
void review_pg_alter(struct review *review, const PgQuery__AlterTableStmt *alter,
    struct review_effect *effect);

/*
 * The thing is locked in that way; into effect when it is there for others and the lock is the
 * strongest yet.
 */
void review_pg_lock(struct review *review, const struct review_name *name, enum mig_lock lock,
    struct review_effect *effect);

/*
 * The rules about locks, waiting and writing again.
 */
void review_pg_hazards(struct review *review, const struct ddl_piece *piece,
    const struct review_effect *effect);

/*
 * Whether an option is on in a list in brackets, as in VACUUM (FULL).
 */
bool review_pg_option(PgQuery__Node *const *options, size_t count, const char *name);

/*
 * Statements that do not go together with a transaction, or not on a server in use.
 */
void review_pg_alone(struct review *review, const PgQuery__Node *statement);

/*
 * Whether the statement can be run a second time.
 */
void review_pg_rerun(struct review *review, const PgQuery__Node *statement);

/*
 * Changes of rows: all at once, columns set twice; and what cannot be known.
 */
void review_pg_rows(struct review *review, PgQuery__Node *statement);

/*
 * Types of new columns.
 */
void review_pg_style(struct review *review, const PgQuery__Node *statement);

#endif
