/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright The Migarch authors */

#include "config.h"

#include "source/review_int.h"

/* How the weight of a rule about scripts counts among changes. */
#define ERROR MIG_BREAKING              /* it fails, or does not do what it says */
#define HAZARD MIG_POTENTIALLY_BREAKING /* it works, and hurts on a server that is in use */
#define ADVISORY MIG_NON_BREAKING       /* another way is better in the long run */

static const struct review_row rows[REVIEW_RULES] = {
	[REVIEW_NO_LOCK_TIMEOUT] = { "script.no_lock_timeout", HAZARD,
	    "While it waits for those who use the table, all who come later wait behind it.",
	    "Give up the wait for a lock soon, and try again.",
	    "SET LOCAL lock_timeout = '3s' at the head of the transaction, SET lock_timeout "
	    "outside of one; run the script again when it has given up." },
	[REVIEW_NO_STATEMENT_TIMEOUT] = { "script.no_statement_timeout", HAZARD,
	    "A statement that takes longer than anybody thought goes on, with its locks.",
	    "Say how long a statement may take.",
	    "SET LOCAL statement_timeout = '60s' at the head of the transaction, SET "
	    "statement_timeout outside of one; 0, said aloud, for VALIDATE and CONCURRENTLY." },
	[REVIEW_TX_NESTING] = { "script.tx_nesting", ERROR,
	    "Transactions cannot be nested: what is meant to be one is cut in two, or never "
	    "committed.",
	    "Begin and commit one transaction for each step.",
	    "BEGIN, the statements of one step, COMMIT; SAVEPOINT for a part that may fail." },
	[REVIEW_NOT_RERUNNABLE] = { "script.not_rerunnable", HAZARD,
	    "When a later statement fails, this one has been done, and the script cannot be run "
	    "again.",
	    "Write it so that it does nothing when it has been done.",
	    "IF NOT EXISTS, IF EXISTS, OR REPLACE or a DO block that looks first; or one "
	    "transaction around the step." },
	[REVIEW_IDENTIFIER] = { "script.identifier_too_long", ERROR,
	    "PostgreSQL cuts a name behind its 63rd byte without an error, so that the thing is "
	    "called otherwise than written and two names may become one.",
	    "Give it a name of at most 63 bytes.",
	    "A short name; where names are made by a program, the first 54 bytes and a hash." },
	[REVIEW_UNQUALIFIED] = { "script.unqualified", HAZARD,
	    "Which one is meant depends on the search_path of whoever runs the script.",
	    "Write the schema in front of the name.",
	    "schema.name, or SET LOCAL search_path at the head of the script." },
	[REVIEW_REWRITE] = { "script.rewrite", HAZARD,
	    "The whole table and its indexes are written again, and nobody can read or write it "
	    "until that is done.",
	    "Change it in steps that do not copy the table under the lock.",
	    "A new column that is filled in batches and takes the old one's name; pg_repack "
	    "instead of VACUUM FULL and CLUSTER." },
	[REVIEW_BACKFILL] = { "script.unbatched_backfill", HAZARD,
	    "All rows stay locked until it is committed, and the table grows by as many dead rows.",
	    "Change the rows in batches, each committed by itself.",
	    "Batches by ranges of the key, COMMIT after each, in a transaction of their own and "
	    "not in that of the DDL." },
	[REVIEW_RAW_SQL] = { "script.raw_sql", ADVISORY,
	    "What it locks and changes is known to nobody before it runs.",
	    "Look at what it does yourself.",
	    "Plain statements where that is possible; else name the lock and the work in a "
	    "comment." },
	[REVIEW_STYLE_TYPES] = { "style.types", ADVISORY,
	    "A later change of the type writes the whole table again.",
	    "Choose the type that does not have to be changed.",
	    "bigint for keys, text with a CHECK on its length, timestamptz, GENERATED ... AS "
	    "IDENTITY instead of serial." },
	[REVIEW_STYLE_ASSIGNMENT] = { "style.duplicate_assignment", ERROR,
	    "PostgreSQL refuses the statement when it comes to it, after those before it.",
	    "Set each column once.", "One value for each column." },
	[REVIEW_CONCURRENT_IN_TX] = { "index.concurrent_in_tx", ERROR,
	    "PostgreSQL refuses the statement.", "Run it outside of a transaction.",
	    "A script of its own without BEGIN; in migration tools the mark for no transaction." },
	[REVIEW_VALIDATED] = { "constraint.validated_in_same_tx", HAZARD,
	    "The lock of adding it is held until all rows have been read, as if NOT VALID were not "
	    "there.",
	    "Validate it in a transaction of its own.",
	    "COMMIT between ADD CONSTRAINT ... NOT VALID and VALIDATE CONSTRAINT." },
	[REVIEW_REINDEXED] = { "index.reindexed", HAZARD,
	    "Writers wait until the index is built, and readers that would use it, too.",
	    "Build it beside the old one.", "REINDEX CONCURRENTLY, outside of a transaction." },
	[REVIEW_TRUNCATED] = { "table.truncated", ERROR,
	    "The rows cannot be had back but from a backup.", "Delete what has to go in batches.",
	    "DELETE by ranges of the key, COMMIT after each; or rename the table and drop it "
	    "later." },
	[REVIEW_DATABASE_DROPPED] = { "database.dropped", ERROR, "Everything in it is gone.",
	    "Keep that out of migrations.", "By hand, behind a backup that has been tried." },
	[REVIEW_MYSQL_COPY] = { "script.algorithm_copy", HAZARD,
	    "The table is copied row by row, and all writers wait until that is done.",
	    "Let the server choose, or ask for an algorithm that lets writers work.",
	    "ALGORITHM=INSTANT or INPLACE with LOCK=NONE, which fails instead of copying; else "
	    "gh-ost or pt-online-schema-change." },
	[REVIEW_MYSQL_LOCK] = { "script.lock_option", HAZARD,
	    "Writers, and with EXCLUSIVE readers too, wait until the statement is done.",
	    "Ask for LOCK=NONE, which fails instead of blocking.",
	    "LOCK=NONE; where the server refuses that, gh-ost or pt-online-schema-change." },
	[REVIEW_MYSQL_TRANSACTION] = { "script.not_transactional", HAZARD,
	    "Every statement that changes the schema commits what is open and itself: when a later "
	    "one fails, the earlier ones stay.",
	    "Make a script of one change each.",
	    "One change of the schema in a script, changes of rows in another, each with its own "
	    "way back." },
	[REVIEW_MYSQL_METADATA_LOCK] = { "script.metadata_lock", HAZARD,
	    "Online or not, it needs the table for itself for a moment: while it waits for a long "
	    "transaction, all who come later wait behind it.",
	    "Give up the wait for a lock soon, and try again.",
	    "SET SESSION lock_wait_timeout = 5 at the head of the script (MySQL waits a year, "
	    "MariaDB a day); "
	    "run it again when it has given up." },
	[REVIEW_MYSQL_GAP] = { "script.gap", ERROR, "MySQL and MariaDB refuse the statement.",
	    "Write it in MySQL's own form.",
	    "MODIFY with the whole definition of the column, CAST(... AS ...), a plain index." },
	[REVIEW_MYSQL_INLINE_REF] = { "column.added.inline_ref", HAZARD,
	    "MySQL before 9 and MariaDB before 10.5 read it and make no foreign key, without a "
	    "word.",
	    "Write the foreign key as a constraint of the table.",
	    "ADD CONSTRAINT name FOREIGN KEY (column) REFERENCES table (column)." },
};

const struct review_row *
review_row(enum review_rule rule)
{
	return &rows[rule];
}
